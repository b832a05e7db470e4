//! Accounts that come, change and go.

use std::sync::Arc;

use tokio::sync::mpsc::UnboundedSender;

use super::{Desk, Proved, Tried};
use crate::command::Ticket;
use crate::engine::account::{Asker, Running};
use crate::engine::trial::{Proven, Servers, Trial};
use crate::error::{ALREADY_HERE, Error, ErrorKind};
use crate::event::{Done, Event};
use crate::model::{AccountConfig, AccountId, Secret, SecretKind, Security, SubmissionServer};
use crate::oauth::Grant;
use crate::store::is_twin;

impl Desk {
    pub(super) fn try_account(
        &mut self,
        ticket: Ticket,
        config: AccountConfig,
        secret: Secret,
        tried: &UnboundedSender<Tried>,
    ) -> Result<(), Error> {
        let config = settled(config)?;
        check(&config)?;
        self.check_new(&config)?;
        check_secret(&secret)?;
        if config.secret_kind == SecretKind::Grant && Grant::of_secret(&secret).is_none() {
            return Err(Error::note(
                ErrorKind::InvalidInput,
                "the secret is nothing that came from the browser",
            ));
        }
        let trial = self.trial(ticket, config, secret);
        self.attempt(ticket, tried, async move {
            let Proven { config, secret, .. } = trial.run().await?;
            Ok(Proved::SignedIn(Box::new(config), secret))
        });
        Ok(())
    }

    /// A sign-in with new settings, to be run.
    pub(super) fn trial(&self, ticket: Ticket, config: AccountConfig, secret: Secret) -> Trial {
        let trust = self.questions.asked_by(&self.trust, None);
        let (clock, life, news) = (self.clock, self.life.clone(), self.news.clone());
        let (servers, manner) = (Servers::BOTH, self.manner);
        Trial { ticket, config, secret, servers, trust, clock, life, manner, news }
    }

    /// That it isn't here already: nothing is asked of anybody for what can't be kept.
    pub(super) fn check_new(&self, config: &AccountConfig) -> Result<(), Error> {
        let is_here = |running: &Running| is_twin(&running.account.config, config);
        match self.accounts.values().any(is_here) {
            true => Err(Error::note(ErrorKind::WrongState, ALREADY_HERE)),
            false => Ok(()),
        }
    }

    /// What was tried has ended.
    pub(super) async fn keep(&mut self, Tried { ticket, outcome }: Tried) {
        self.browsers.remove(&ticket);
        self.searches.remove(&ticket);
        if self.trials.remove(&ticket).is_none() {
            // It was given up as it ended, and is answered.
            return;
        }
        let (config, secret) = match outcome {
            Ok(Proved::SignedIn(config, secret)) => (*config, secret),
            Ok(Proved::LeftList) => return self.finish(ticket, Ok(Done::Nothing)),
            Ok(Proved::Discovered(discovery)) => return self.finish(ticket, Ok(Done::Discovered(discovery))),
            Ok(Proved::Images) => return self.finish(ticket, Ok(Done::Nothing)),
            Ok(Proved::Searched(done)) => return self.finish(ticket, Ok(done)),
            Ok(Proved::Fetched(errand)) => {
                if let Err(error) = self.run_errand(ticket, errand).await {
                    self.finish(ticket, Err(error));
                }
                return;
            }
            Ok(Proved::Edited(edit)) => {
                if let Err(error) = self.take_over(ticket, *edit).await {
                    self.finish(ticket, Err(error));
                }
                return;
            }
            Ok(Proved::Agreed(id, secret)) => {
                if let Err(error) = self.sign_in(ticket, id, secret).await {
                    self.finish(ticket, Err(error));
                }
                return;
            }
            Err(error) => return self.finish(ticket, Err(error)),
        };
        let stored = config.clone();
        match self.write(move |writer| writer.add_account(&stored)).await {
            Ok(id) => {
                // First: a connection may soon have a newer one to keep.
                self.keep_first_secret(ticket, id, secret.clone());
                self.start(id, config, Some(secret));
            }
            Err(error) => self.finish(ticket, Err(error)),
        }
    }

    /// A person gave a new secret, which may be of another kind than the one before.
    pub(super) async fn sign_in(&self, ticket: Ticket, id: AccountId, secret: Secret) -> Result<(), Error> {
        let account = Arc::clone(self.account(id)?);
        let kind = account.kind_of(&secret);
        self.write(move |writer| writer.set_secret_kind(id, kind)).await?;
        // First: from then on no older one that is being renewed is kept.
        account.set_secret(secret.clone());
        self.keep_secret(id, secret);
        account.ask(Asker::Sync(ticket, account.came()), None);
        account.sends.notify_one();
        Ok(())
    }

    pub(super) async fn set_submission(
        &self,
        ticket: Ticket,
        id: AccountId,
        server: Option<SubmissionServer>,
    ) -> Result<(), Error> {
        let account = Arc::clone(self.account(id)?);
        let server = server.map(usual).transpose()?;
        if let Some(server) = &server {
            self.check_tokens_go_to(&account, &server.host)?;
        }
        let stored = server.clone();
        self.write(move |writer| writer.set_submission(id, stored.as_ref())).await?;
        account.set_submission(server);
        self.finish(ticket, Ok(Done::Nothing));
        Ok(())
    }

    pub(super) async fn remove(&mut self, ticket: Ticket, id: AccountId) -> Result<(), Error> {
        let running = self.accounts.remove(&id).ok_or_else(|| Error::new(ErrorKind::NotFound))?;
        let account = Arc::clone(&running.account);
        running.stop(&Error::new(ErrorKind::Canceled)).await;
        // A token that is still asked for is not kept after it was forgotten.
        account.todo().secret = None;
        let forgotten = self.forget_secret(id);
        let (open, others, changed) = self.write(move |writer| writer.remove_account(id)).await?;
        self.store.search().forget();
        if let Some(other) = self.accounts.values().next() {
            other.account.tell_changed(changed);
        }
        for operation in open.into_iter().chain(others.into_iter().map(|other| other.operation)) {
            self.finish(operation, Err(Error::new(ErrorKind::Canceled)));
        }
        self.news.tell(&Event::AccountChanged { account: id });
        self.news.tell(&Event::Resync);
        self.finish_when_forgotten(ticket, forgotten);
        Ok(())
    }
}

/// Settings as they are written as a rule.
pub(super) fn settled(mut config: AccountConfig) -> Result<AccountConfig, Error> {
    config.imap_host = config.imap_host.trim().trim_end_matches('.').to_ascii_lowercase();
    config.submission = config.submission.map(usual).transpose()?;
    Ok(config)
}

/// A server to send by, as it is written as a rule; one that can't be right is refused.
fn usual(mut server: SubmissionServer) -> Result<SubmissionServer, Error> {
    server.host = server.host.trim().trim_end_matches('.').to_ascii_lowercase();
    let wrong = |note| Err(Error::note(ErrorKind::InvalidInput, note));
    match () {
        () if is_no_host(&server.host) => wrong("the name of the server for sending is not a host name"),
        () if server.port == 0 => wrong("the port of the server for sending is missing"),
        () => Ok(server),
    }
}

/// Settings that can't be right are refused before anything is sent anywhere.
pub(super) fn check(config: &AccountConfig) -> Result<(), Error> {
    let wrong = |note| Err(Error::note(ErrorKind::InvalidInput, note));
    let texts = [&config.address, &config.user_name, &config.imap_host, &config.display_name];
    if texts.iter().any(|text| text.chars().any(char::is_control)) {
        return wrong("a setting holds a control character");
    }
    match config.imap_port {
        0 => return wrong("the port is missing"),
        143 if config.imap_security != Security::StartTls => {
            return wrong("port 143 is for connections that are not encrypted; use 993, or STARTTLS");
        }
        _ => {}
    }
    if is_no_host(&config.imap_host) {
        return wrong("the server name is not a host name");
    }
    if config.user_name.is_empty() && config.address.is_empty() {
        return wrong("the user name is missing");
    }
    Ok(())
}

fn check_secret(secret: &Secret) -> Result<(), Error> {
    if secret.reveal().is_empty() {
        return Err(Error::note(ErrorKind::InvalidInput, "the password is missing"));
    }
    Ok(())
}

fn is_no_host(host: &str) -> bool {
    host.is_empty() || host.contains([' ', '/', '@']) || host.chars().any(char::is_control)
}
