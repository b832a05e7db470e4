//! One sign-in in the browser, from the address that is opened to the grant.

use oauth2::{
    AuthUrl, AuthorizationCode, CsrfToken, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, Scope,
};
use url::Url;

use super::grant::Program;
use super::{Grant, address, asking, refused, told};
use crate::error::{Error, ErrorKind};
use crate::model::{Instant, OAuthClient, OAuthEndpoints};
use crate::net::Trust;

/// A sign-in that was begun.
pub struct Round {
    program: Program,
    redirect: String,
    state: CsrfToken,
    verifier: PkceCodeVerifier,
    open: String,
}

/// What a browser that came back says.
pub enum Answer {
    /// The person agreed: with this the token is asked for.
    Code(String),
    /// This is not the end of this sign-in: whoever sent it doesn't know what was made up for it.
    NotOurs,
}

impl Round {
    /// Begins one that comes back to `redirect`, for the person of that address.
    ///
    /// Errors: `InvalidInput` for addresses that aren't such, or not of `https`.
    pub fn begin(
        endpoints: &OAuthEndpoints,
        client: &OAuthClient,
        redirect: &str,
        person: &str,
    ) -> Result<Self, Error> {
        let invalid = |error| Error::new(ErrorKind::InvalidInput).because(error);
        let program = Program::of(endpoints, client);
        let (known, _) = program.client()?;
        let known = known
            .set_auth_uri(AuthUrl::new(address(&endpoints.authorize)?).map_err(invalid)?)
            .set_redirect_uri(RedirectUrl::new(redirect.to_owned()).map_err(invalid)?);
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let mut asked = known
            .authorize_url(CsrfToken::new_random)
            .add_scopes(program.scopes.iter().cloned().map(Scope::new))
            .set_pkce_challenge(challenge)
            // What Google wants to hear before it gives something to go on with; others pass it over.
            .add_extra_param("access_type", "offline");
        if !person.is_empty() {
            asked = asked.add_extra_param("login_hint", person);
        }
        let (open, state) = asked.url();
        Ok(Self { program, redirect: redirect.to_owned(), state, verifier, open: open.into() })
    }

    /// The address to be opened in a browser.
    pub fn open(&self) -> &str {
        &self.open
    }

    /// What the address says that the browser came back to.
    ///
    /// Errors: what the provider says against it.
    pub fn answered(&self, came_to: &str) -> Result<Answer, Error> {
        let Ok(came_to) = Url::parse(came_to) else { return Ok(Answer::NotOurs) };
        let (mut state, mut code, mut error, mut said) = (None, None, None, String::new());
        for (name, value) in came_to.query_pairs() {
            match &*name {
                "state" => state = Some(value.into_owned()),
                "code" => code = Some(value.into_owned()),
                "error" => error = Some(value.into_owned()),
                "error_description" => said = value.into_owned(),
                _ => {}
            }
        }
        if state.as_deref() != Some(self.state.secret().as_str()) {
            return Ok(Answer::NotOurs);
        }
        match (error, code) {
            (Some(error), _) => Err(told(&error, &said)),
            (None, Some(code)) => Ok(Answer::Code(code)),
            (None, None) => Ok(Answer::NotOurs),
        }
    }

    /// Asks for the token.
    ///
    /// Errors: those of `Grant::refreshed`.
    pub async fn finish(self, code: String, trust: &Trust, now: Instant) -> Result<Grant, Error> {
        let invalid = |error| Error::new(ErrorKind::InvalidInput).because(error);
        let (client, token) = self.program.client()?;
        let client =
            client.set_token_uri(token).set_redirect_uri(RedirectUrl::new(self.redirect).map_err(invalid)?);
        let asking = asking(trust);
        let answer = client
            .exchange_code(AuthorizationCode::new(code))
            .set_pkce_verifier(self.verifier)
            .request_async(&asking)
            .await
            .map_err(refused)?;
        Ok(Grant::of(self.program, &answer, None, now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::BrowserWay;

    fn begun(authorize: &str) -> Result<Round, Error> {
        let endpoints = OAuthEndpoints {
            issuer: "id.example.org".into(),
            authorize: authorize.into(),
            token: "https://id.example.org/token".into(),
            device: None,
            scopes: vec!["mail".into()],
        };
        let client =
            OAuthClient { endpoints: None, id: "waxwing".into(), secret: None, way: BrowserWay::Loopback };
        Round::begin(&endpoints, &client, "http://127.0.0.1:7000/", "ada@example.org")
    }

    #[test]
    fn the_browser_is_sent_with_all_that_the_provider_has_to_know_and_no_secret() {
        let round = begun("https://id.example.org/authorize").unwrap();
        let open = Url::parse(round.open()).unwrap();
        let value =
            |name: &str| open.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
        assert_eq!(value("response_type").as_deref(), Some("code"));
        assert_eq!(value("client_id").as_deref(), Some("waxwing"));
        assert_eq!(value("code_challenge_method").as_deref(), Some("S256"));
        assert_eq!(value("redirect_uri").as_deref(), Some("http://127.0.0.1:7000/"));
        assert_eq!(value("login_hint").as_deref(), Some("ada@example.org"));
        assert!(value("code_challenge").is_some_and(|challenge| challenge.len() == 43));
        assert!(!round.open().contains(round.verifier.secret().as_str()));
        assert!(begun("http://id.example.org/authorize").is_err(), "only over TLS");
    }

    #[test]
    fn only_who_knows_what_was_made_up_for_it_ends_a_sign_in() {
        let round = begun("https://id.example.org/authorize").unwrap();
        let state = round.state.secret().clone();
        let at = |query: &str| round.answered(&format!("http://127.0.0.1:7000/?{query}"));
        assert!(matches!(at(&format!("state={state}&code=abc")), Ok(Answer::Code(code)) if code == "abc"));
        for query in
            ["", "code=abc", "state=x&code=abc", "state=x&error=access_denied", &format!("state={state}")]
        {
            assert!(matches!(at(query), Ok(Answer::NotOurs)), "{query}");
        }
        let refused = at(&format!("state={state}&error=access_denied"));
        assert_eq!(refused.err().map(|error| error.kind()), Some(ErrorKind::Canceled));
    }
}
