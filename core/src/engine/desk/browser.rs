//! Sign-ins in the browser.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use super::{Desk, Proved, Tried, check, settled};
use crate::command::Ticket;
use crate::engine::browser::Browsing;
use crate::engine::trial::{Proven, Trial};
use crate::error::{AGREED_AS_ANOTHER, CLIENT_MISSING, Detail, Error, ErrorKind, PROVIDERS_ONLY};
use crate::event::Done;
use crate::model::{AccountConfig, AccountId, OAuthClient, OAuthEndpoints, Secret, SecretKind};
use crate::oauth::Grant;
use crate::setup;

impl Desk {
    /// An account whose secret comes from the browser.
    pub(super) fn try_account_in_browser(
        &mut self,
        ticket: Ticket,
        config: AccountConfig,
        client: OAuthClient,
        tried: &UnboundedSender<Tried>,
    ) -> Result<(), Error> {
        let mut config = settled(config)?;
        config.secret_kind = SecretKind::Grant;
        check(&config)?;
        let endpoints = endpoints(&client, &config)?;
        check_hosts(&endpoints, &config)?;
        self.check_new(&config)?;
        let browsing = self.browsing(ticket, client, endpoints, &config.address);
        let trial = self.trial(ticket, config, Secret::new(""));
        self.attempt(ticket, tried, async move {
            let secret = browsing.run().await?.to_secret();
            let Proven { config, secret, .. } = trial.with(secret).run().await?;
            Ok(Proved::SignedIn(Box::new(config), secret))
        });
        Ok(())
    }

    /// The same for an account that is here and asks for it. Without a client it is the one it had.
    pub(super) fn sign_in_in_browser(
        &mut self,
        ticket: Ticket,
        id: AccountId,
        client: Option<OAuthClient>,
        tried: &UnboundedSender<Tried>,
    ) -> Result<(), Error> {
        let account = Arc::clone(self.account(id)?);
        let known = || account.last_grant().as_ref().map(Grant::client);
        let client =
            client.or_else(known).ok_or_else(|| Error::note(ErrorKind::InvalidInput, CLIENT_MISSING))?;
        let endpoints = endpoints(&client, &account.config)?;
        check_hosts(&endpoints, &account.config)?;
        let browsing = self.browsing(ticket, client, endpoints, &account.config.address);
        let config = AccountConfig { secret_kind: SecretKind::Grant, ..account.config.clone() };
        let trial = Trial { trust: account.trust.clone(), ..self.trial(ticket, config, Secret::new("")) };
        self.attempt(ticket, tried, async move {
            let secret = browsing.run().await?.to_secret();
            // In the browser one may be signed in as somebody else: what works is not given up for that.
            match trial.with(secret.clone()).signs_in().await {
                Err(error)
                    if error.kind() == ErrorKind::LoginRefused
                        && !matches!(error.detail(), Detail::SignIn { .. }) =>
                {
                    Err(Error::note(ErrorKind::LoginRefused, AGREED_AS_ANOTHER))
                }
                // There is nothing to be given up, and it may be right.
                Err(error) if error.kind().is_passing() && !account.has_secret() => {
                    Ok(Proved::Agreed(id, secret))
                }
                tried => tried.map(|()| Proved::Agreed(id, secret)),
            }
        });
        Ok(())
    }

    fn browsing(
        &mut self,
        ticket: Ticket,
        client: OAuthClient,
        endpoints: OAuthEndpoints,
        address: &str,
    ) -> Browsing {
        let (sender, returns) = unbounded_channel();
        self.browsers.insert(ticket, sender);
        let (trust, news) = (self.questions.asked_by(&self.trust, None), self.news.clone());
        Browsing { ticket, client, endpoints, address: address.to_owned(), trust, news, returns }
    }

    /// The app was called with an address.
    pub(super) fn browser_returned(&self, ticket: Ticket, waiting: Ticket, url: Secret) -> Result<(), Error> {
        let sent = self.browsers.get(&waiting).is_some_and(|browser| browser.send(url).is_ok());
        if !sent {
            return Err(Error::note(ErrorKind::NotFound, "no sign-in waits for the browser"));
        }
        self.finish(ticket, Ok(Done::Nothing));
        Ok(())
    }

    /// Tries something that a ticket waits for, away from everything else.
    pub(super) fn attempt(
        &mut self,
        ticket: Ticket,
        tried: &UnboundedSender<Tried>,
        attempt: impl Future<Output = Result<Proved, Error>> + Send + 'static,
    ) {
        let tried = tried.clone();
        let attempt = tokio::spawn(async move {
            let outcome = AssertUnwindSafe(attempt).catch_unwind().await;
            let outcome = outcome.unwrap_or_else(|_| Err(Error::new(ErrorKind::Bug)));
            let _ = tried.send(Tried { ticket, outcome });
        });
        self.trials.insert(ticket, attempt);
    }
}

/// A token opens a person's mail at whoever issued it. Where the table knows the issuer it goes to that one's servers alone; an
/// issuer that only the app knows has servers that only the app knows.
fn check_hosts(endpoints: &OAuthEndpoints, config: &AccountConfig) -> Result<(), Error> {
    let submission = config.submission.as_ref().map(|server| server.host.as_str());
    let mut hosts = std::iter::once(config.imap_host.as_str()).chain(submission);
    let may_get_it = |host| setup::takes_tokens_from(&endpoints.token, host);
    if !setup::gives_out_tokens(&endpoints.token) || hosts.all(may_get_it) {
        return Ok(());
    }
    Err(Error::note(ErrorKind::InvalidInput, PROVIDERS_ONLY))
}

/// Where it takes place: as was said, or as the table has it for the account's server.
fn endpoints(client: &OAuthClient, config: &AccountConfig) -> Result<OAuthEndpoints, Error> {
    let known = || setup::endpoints_of_server(&config.imap_host, config.imap_port);
    client.endpoints.clone().or_else(known).ok_or_else(|| {
        Error::note(
            ErrorKind::InvalidInput,
            "it isn't known where this server's people sign in in the browser",
        )
    })
}
