//! A sign-in by a code that is typed at another device (RFC 8628).

use std::time::Duration;

use oauth2::{
    DeviceAuthorizationUrl, DeviceCodeErrorResponseType, RequestTokenError, Scope,
    StandardDeviceAuthorizationResponse,
};

use super::grant::Program;
use super::{Grant, address, asking, refused, told, told_of};
use crate::error::{Error, ErrorKind};
use crate::model::{Instant, OAuthClient, OAuthEndpoints};
use crate::net::Trust;

/// Who waits longer has gone away.
const PATIENCE: Duration = Duration::from_secs(15 * 60);

/// A sign-in that waits for the code to be typed.
pub struct Device {
    program: Program,
    details: StandardDeviceAuthorizationResponse,
}

impl Device {
    /// Begins one.
    ///
    /// Errors: `InvalidInput` where the provider has no such way; those of `Grant::refreshed`.
    pub async fn begin(
        endpoints: &OAuthEndpoints,
        client: &OAuthClient,
        trust: &Trust,
    ) -> Result<Self, Error> {
        let Some(device) = &endpoints.device else {
            return Err(Error::note(ErrorKind::InvalidInput, "the provider signs nobody in by a code"));
        };
        let program = Program::of(endpoints, client);
        let (known, _) = program.client()?;
        let device = DeviceAuthorizationUrl::new(address(device)?)
            .map_err(|error| Error::new(ErrorKind::InvalidInput).because(error))?;
        let asking = asking(trust);
        let details = known
            .set_device_authorization_url(device)
            .exchange_device_code()
            .add_scopes(program.scopes.iter().cloned().map(Scope::new))
            .request_async(&asking)
            .await
            .map_err(refused)?;
        Ok(Self { program, details })
    }

    /// Where the code is to be typed.
    pub fn page(&self) -> &str {
        self.details.verification_uri().as_str()
    }

    /// The code.
    pub fn code(&self) -> &str {
        self.details.user_code().secret()
    }

    /// Asks now and then, as often as the provider wants, whether it was typed.
    ///
    /// Errors: `TimedOut` when nobody did in time; `Canceled` when the person refused; those of `Grant::refreshed`.
    pub async fn wait(self, trust: &Trust, now: impl Fn() -> Instant) -> Result<Grant, Error> {
        let (client, token) = self.program.client()?;
        let client = client.set_token_uri(token);
        let asking = asking(trust);
        let answer = client
            .exchange_device_access_token(&self.details)
            .request_async(&asking, tokio::time::sleep, Some(PATIENCE))
            .await;
        match answer {
            Ok(answer) => Ok(Grant::of(self.program, &answer, None, now())),
            Err(RequestTokenError::ServerResponse(answer)) => Err(match answer.error() {
                DeviceCodeErrorResponseType::ExpiredToken => {
                    Error::note(ErrorKind::TimedOut, "nobody typed the code in time")
                }
                DeviceCodeErrorResponseType::AccessDenied => told("access_denied", ""),
                DeviceCodeErrorResponseType::Basic(code) => told_of(code, answer.error_description()),
                DeviceCodeErrorResponseType::AuthorizationPending | DeviceCodeErrorResponseType::SlowDown => {
                    Error::new(ErrorKind::ProtocolBroken)
                }
            }),
            Err(RequestTokenError::Request(error)) => Err(error),
            Err(RequestTokenError::Parse(..) | RequestTokenError::Other(_)) => Err(Error::note(
                ErrorKind::ProtocolBroken,
                "the provider's answer about a code makes no sense",
            )),
        }
    }
}
