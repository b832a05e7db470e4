//! Signing in in the browser: OAuth 2 (RFC 6749) for programs on a person's device (RFC 8252), with proof that who asks for the
//! token is who began (PKCE, RFC 7636), or by a code that is typed elsewhere (RFC 8628).
//!
//! No password of the provider's is ever seen here. What comes of it is a [`Grant`], kept as the account's secret: by it new
//! access tokens are had without the person. `oauth2` makes the requests and reads the answers; they go over `net::http`.

mod device;
mod grant;
mod round;

use std::time::Duration;

use oauth2::basic::{BasicErrorResponseType, BasicRequestTokenError};
use oauth2::{HttpRequest, HttpResponse};
use zeroize::Zeroizing;

use crate::error::{CLIENT_UNKNOWN, Error, ErrorKind, NOT_AGREED, SignInFault};
use crate::net::Trust;
use crate::net::http::{self, Https};

pub use device::Device;
pub use grant::Grant;
pub use round::{Answer, Round};

/// For one question to a provider.
const PATIENCE: Duration = Duration::from_secs(30);

/// What the provider's answers are fetched with.
fn asking(trust: &Trust) -> impl Fn(HttpRequest) -> Exchange + Send + Sync {
    let trust = trust.clone();
    move |request| {
        let trust = trust.clone();
        Box::pin(async move { exchanged(request, &trust).await })
    }
}

type Exchange = std::pin::Pin<Box<dyn Future<Output = Result<HttpResponse, Error>> + Send>>;

/// What was written of secrets is zeroed here; what `oauth2` makes of the answer isn't.
async fn exchanged(request: HttpRequest, trust: &Trust) -> Result<HttpResponse, Error> {
    let address = Https::parse(&request.uri().to_string())?;
    let form = Zeroizing::new(request.into_body());
    let fields: Vec<(String, Zeroizing<String>)> = url::form_urlencoded::parse(&form)
        .map(|(name, value)| (name.into_owned(), Zeroizing::new(value.into_owned())))
        .collect();
    let fields: Vec<(&str, &str)> =
        fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let mut reply = http::post_form(&address, &fields, trust, PATIENCE).await?;
    let mut response = HttpResponse::new(std::mem::take(&mut *reply.body));
    *response.status_mut() = oauth2::http::StatusCode::from_u16(reply.status)
        .map_err(|error| Error::new(ErrorKind::ProtocolBroken).because(error))?;
    Ok(response)
}

/// An address of a provider's that has to be one of `https`.
fn address(text: &str) -> Result<String, Error> {
    Ok(Https::parse(text)?.as_str().to_owned())
}

/// What a refused question for a token means.
fn refused(error: BasicRequestTokenError<Error>) -> Error {
    match error {
        oauth2::RequestTokenError::Request(error) => error,
        oauth2::RequestTokenError::ServerResponse(answer) => {
            let said = answer.error_description().map_or("", String::as_str);
            told(answer.error().as_ref(), said)
        }
        oauth2::RequestTokenError::Parse(..) | oauth2::RequestTokenError::Other(_) => {
            Error::note(ErrorKind::ProtocolBroken, "the provider's answer about a token makes no sense")
        }
    }
}

/// What an error code of OAuth means (RFC 6749 sections 4.1.2.1 and 5.2, RFC 8628 section 3.5), with what was said about it.
fn told(code: &str, said: &str) -> Error {
    let words = said.to_lowercase();
    // Microsoft's numbers: an administrator has to agree, or keeps people out.
    let is_for_admins =
        ["aadsts65001", "aadsts90094", "aadsts50105", "admin"].iter().any(|word| words.contains(word));
    match code {
        // Whoever is to be asked if that goes on: it passes, and nothing that was agreed to is forgotten for it.
        "temporarily_unavailable" | "server_error" => Error::server(ErrorKind::Offline, said),
        _ if is_for_admins => Error::sign_in(SignInFault::AdminNeeded, said),
        "access_denied" => Error::note(ErrorKind::Canceled, NOT_AGREED),
        "invalid_grant"
        | "expired_token"
        | "login_required"
        | "interaction_required"
        | "consent_required" => Error::server(ErrorKind::BrowserSignInNeeded, said),
        "invalid_client" | "unauthorized_client" => Error::note(ErrorKind::InvalidInput, CLIENT_UNKNOWN),
        _ => Error::server(ErrorKind::ServerRefused, said),
    }
}

/// The same for the errors of `oauth2`'s own list.
fn told_of(code: &BasicErrorResponseType, said: Option<&String>) -> Error {
    told(code.as_ref(), said.map_or("", String::as_str))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bug_a_provider_that_is_out_of_order_and_names_its_administrators_ends_what_was_agreed_to() {
        for code in ["temporarily_unavailable", "server_error"] {
            let error = told(code, "Try later. If this goes on, contact your administrator.");
            assert_eq!(error.kind(), ErrorKind::Offline, "{code}");
        }
    }

    #[test]
    fn what_a_provider_says_is_told_apart() {
        for (code, said, kind) in [
            ("invalid_grant", "Token has been revoked.", ErrorKind::BrowserSignInNeeded),
            (
                "invalid_grant",
                "AADSTS65001: The user or administrator has not consented",
                ErrorKind::LoginRefused,
            ),
            ("access_denied", "", ErrorKind::Canceled),
            ("invalid_client", "", ErrorKind::InvalidInput),
            ("temporarily_unavailable", "", ErrorKind::Offline),
            ("whatever", "no", ErrorKind::ServerRefused),
        ] {
            assert_eq!(told(code, said).kind(), kind, "{code} {said}");
        }
    }
}
