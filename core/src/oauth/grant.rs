//! What a person agreed to in the browser, in the form it is kept in.

use std::time::Duration;

use oauth2::basic::{BasicClient, BasicTokenResponse};
use oauth2::{AuthType, ClientId, ClientSecret, RefreshToken, Scope, TokenResponse, TokenUrl};
use serde_json::{Map, Value, json};
use zeroize::{Zeroize as _, Zeroizing};

use super::{address, asking, refused};
use crate::error::{Error, ErrorKind};
use crate::model::{BrowserWay, Instant, OAuthClient, OAuthEndpoints, Secret};
use crate::net::Trust;

/// A token that ends so soon is no longer used: it has to arrive in time.
const MARGIN: i64 = 60_000;
/// How long a token lives whose provider doesn't say.
const USUAL: Duration = Duration::from_secs(300);

/// An access token, and what new ones are had by. As text it is the secret of an account.
#[derive(Clone)]
pub struct Grant {
    /// The program it was given to.
    pub(super) program: Program,
    access: Secret,
    /// When that ends.
    until: Instant,
    refresh: Option<Secret>,
}

/// Who asks for tokens, and where.
#[derive(Clone)]
pub(super) struct Program {
    pub(super) token: String,
    pub(super) scopes: Vec<String>,
    pub(super) id: String,
    pub(super) secret: Option<Secret>,
    /// For another sign-in: where the person agrees, and how the browser comes back.
    pub(super) authorize: String,
    pub(super) device: Option<String>,
    pub(super) way: BrowserWay,
}

impl Program {
    pub(super) fn of(endpoints: &OAuthEndpoints, client: &OAuthClient) -> Self {
        Self {
            token: endpoints.token.clone(),
            scopes: endpoints.scopes.clone(),
            id: client.id.clone(),
            secret: client.secret.clone(),
            authorize: endpoints.authorize.clone(),
            device: endpoints.device.clone(),
            way: client.way.clone(),
        }
    }

    /// Who asks, as `oauth2` has it, but for where.
    pub(super) fn client(&self) -> Result<(BasicClient, TokenUrl), Error> {
        let mut client =
            BasicClient::new(ClientId::new(self.id.clone())).set_auth_type(AuthType::RequestBody);
        if let Some(secret) = &self.secret {
            client = client.set_client_secret(ClientSecret::new(secret.reveal().to_owned()));
        }
        let token = TokenUrl::new(address(&self.token)?)
            .map_err(|error| Error::new(ErrorKind::InvalidInput).because(error))?;
        Ok((client, token))
    }
}

impl Grant {
    pub(super) fn of(
        program: Program,
        answer: &BasicTokenResponse,
        before: Option<&Secret>,
        now: Instant,
    ) -> Self {
        let lives = i64::try_from(answer.expires_in().unwrap_or(USUAL).as_millis()).unwrap_or(i64::MAX);
        let new = answer.refresh_token().map(|token| Secret::new(token.secret().as_str()));
        Self {
            program,
            access: Secret::new(answer.access_token().secret().as_str()),
            until: Instant(now.0.saturating_add(lives)),
            // A provider that gives no new one lets the old one go on.
            refresh: new.or_else(|| before.cloned()),
        }
    }

    /// The access token (RFC 6750).
    pub fn access(&self) -> &Secret {
        &self.access
    }

    /// As which program, and where, the person agreed: for agreeing again.
    pub fn client(&self) -> OAuthClient {
        let program = self.program.clone();
        let endpoints = OAuthEndpoints {
            issuer: String::new(),
            authorize: program.authorize,
            token: program.token,
            device: program.device,
            scopes: program.scopes,
        };
        OAuthClient { endpoints: Some(endpoints), id: program.id, secret: program.secret, way: program.way }
    }

    /// Whether it was given later than this one: its access token ends later.
    pub fn is_newer_than(&self, other: &Self) -> bool {
        self.until > other.until
    }

    /// The address at which its tokens are given out.
    pub fn issued_at(&self) -> &str {
        &self.program.token
    }

    /// Whether the access token can still be used.
    pub fn is_fresh(&self, now: Instant) -> bool {
        now.0.saturating_add(MARGIN) < self.until.0
    }

    /// The same with a new access token.
    ///
    /// Errors: `BrowserSignInNeeded` when the person has to agree again; `LoginRefused` when an administrator has to; those of
    /// `net::http`.
    pub async fn refreshed(&self, trust: &Trust, now: Instant) -> Result<Self, Error> {
        let Some(refresh) = &self.refresh else {
            return Err(Error::note(
                ErrorKind::BrowserSignInNeeded,
                "the provider gave nothing to go on with",
            ));
        };
        let (client, token) = self.program.client()?;
        let client = client.set_token_uri(token);
        let refresh_token = RefreshToken::new(refresh.reveal().to_owned());
        let asking = asking(trust);
        let answer = client
            .exchange_refresh_token(&refresh_token)
            .add_scopes(self.program.scopes.iter().cloned().map(Scope::new))
            .request_async(&asking)
            .await
            .map_err(refused)?;
        Ok(Self::of(self.program.clone(), &answer, Some(refresh), now))
    }

    /// As it is kept.
    pub fn to_secret(&self) -> Secret {
        let Self { program, access, until, refresh } = self;
        let mut value = json!({
            "grant": 1,
            "token": program.token,
            "scopes": program.scopes,
            "id": program.id,
            "secret": program.secret.as_ref().map(Secret::reveal),
            "authorize": program.authorize,
            "device": program.device,
            "way": match &program.way {
                BrowserWay::Loopback => "loopback",
                BrowserWay::Device => "device",
                BrowserWay::App(address) => address,
            },
            "access": access.reveal(),
            "until": until.0,
            "refresh": refresh.as_ref().map(Secret::reveal),
        });
        let secret = Secret::new(value.to_string());
        wipe(&mut value);
        secret
    }

    /// Reads what `to_secret` wrote. `None` where it is something else.
    pub fn of_secret(secret: &Secret) -> Option<Self> {
        let mut read: Value = serde_json::from_str(secret.reveal()).ok()?;
        let grant = read.as_object().and_then(Self::of_read);
        wipe(&mut read);
        grant
    }

    fn of_read(read: &Map<String, Value>) -> Option<Self> {
        if read.get("grant")?.as_u64()? != 1 {
            return None;
        }
        let text = |name: &str| read.get(name)?.as_str().map(str::to_owned);
        let hidden = |name: &str| text(name).map(Zeroizing::new).map(|text| Secret::new(text.as_str()));
        let scopes = read.get("scopes")?.as_array()?.iter().filter_map(Value::as_str).map(str::to_owned);
        Some(Self {
            program: Program {
                token: text("token")?,
                scopes: scopes.collect(),
                id: text("id")?,
                secret: hidden("secret"),
                authorize: text("authorize")?,
                device: text("device"),
                way: match text("way")?.as_str() {
                    "loopback" => BrowserWay::Loopback,
                    "device" => BrowserWay::Device,
                    address => BrowserWay::App(address.to_owned()),
                },
            },
            access: hidden("access")?,
            until: Instant(read.get("until")?.as_i64()?),
            refresh: hidden("refresh"),
        })
    }
}

/// Zeroes the texts in it.
fn wipe(value: &mut Value) {
    match value {
        Value::String(text) => text.zeroize(),
        Value::Array(all) => all.iter_mut().for_each(wipe),
        Value::Object(all) => all.values_mut().for_each(wipe),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grant() -> Grant {
        Grant {
            program: Program {
                token: "https://id.example.org/token".into(),
                scopes: vec!["mail".into(), "offline_access".into()],
                id: "waxwing".into(),
                secret: None,
                authorize: "https://id.example.org/authorize".into(),
                device: None,
                way: BrowserWay::App("org.example.app:/signed-in".into()),
            },
            access: Secret::new("access \"1\""),
            until: Instant(1_000_000),
            refresh: Some(Secret::new("refresh")),
        }
    }

    #[test]
    fn a_grant_is_read_as_it_was_written_and_nothing_else_is_one() {
        let read = Grant::of_secret(&grant().to_secret()).unwrap();
        assert_eq!(read.to_secret().reveal(), grant().to_secret().reveal());
        assert_eq!(read.access().reveal(), "access \"1\"");
        assert_eq!(read.client().endpoints, grant().client().endpoints);
        assert_eq!(read.client().way, grant().client().way);
        for text in ["", "correct horse", "{}", "{\"grant\":2}", "{\"grant\":1}", "[1]"] {
            assert!(Grant::of_secret(&Secret::new(text)).is_none(), "{text}");
        }
    }

    #[test]
    fn a_token_that_is_about_to_end_is_not_used() {
        assert!(grant().is_fresh(Instant(900_000)));
        assert!(!grant().is_fresh(Instant(950_000)));
    }
}
