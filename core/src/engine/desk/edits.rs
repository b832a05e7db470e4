//! Other settings for an account that is here: tried first, then taken over at once.

use std::sync::Arc;

use tokio::sync::mpsc::UnboundedSender;

use super::{Desk, Proved, Tried, check, settled};
use crate::command::Ticket;
use crate::engine::account::Account;
use crate::engine::trial::{Proven, Servers, Trial};
use crate::error::{ALREADY_HERE, Error, ErrorKind, PROVIDERS_ONLY};
use crate::event::{Done, Event};
use crate::model::{AccountConfig, AccountId, Secret, SecretKind};
use crate::oauth::Grant;
use crate::setup;
use crate::store::{Edited, ServerNow, is_twin};

/// Settings that were proved, where something was to be.
pub(super) struct Edit {
    id: AccountId,
    before: AccountConfig,
    config: AccountConfig,
    /// What signed in with them.
    secret: Option<Secret>,
    is_gmail: bool,
}

impl Desk {
    pub(super) async fn edit(
        &mut self,
        ticket: Ticket,
        id: AccountId,
        config: AccountConfig,
        tried: &UnboundedSender<Tried>,
    ) -> Result<(), Error> {
        let account = Arc::clone(self.account(id)?);
        let kept = self.write(|writer| writer.accounts()).await?.into_iter().find(|(other, _)| *other == id);
        let (_, before) = kept.ok_or_else(|| Error::new(ErrorKind::NotFound))?;
        let mut config = AccountConfig { secret_kind: before.secret_kind, ..settled(config)? };
        if config.address.is_empty() {
            config.address.clone_from(&before.address);
        }
        check(&config)?;
        if config.address != before.address {
            return Err(Error::note(ErrorKind::InvalidInput, "an account keeps its address"));
        }
        let mut others =
            self.accounts.values().map(|running| &running.account).filter(|other| other.id != id);
        if others.any(|other| is_twin(&other.config, &config)) {
            return Err(Error::note(ErrorKind::WrongState, ALREADY_HERE));
        }
        let servers = to_try(&before, &config);
        if servers == (Servers { incoming: false, outgoing: false }) {
            return self.take_over(ticket, Edit { id, before, config, secret: None, is_gmail: false }).await;
        }
        let vault = self.vault_of(id);
        let trial = Trial { servers, ..self.trial(ticket, config, Secret::new("")) };
        self.attempt(ticket, tried, async move {
            let secret = match account.secret_to_try().await? {
                Some(secret) => secret,
                // It was refused where it went until now, which needn't say anything.
                None => account.secret_to_try_again(vault().await.unwrap_or(Ok(None))?)?,
            };
            check_tokens(&before, &secret, &trial.config)?;
            let kind = account.kind_of(&secret);
            let config = AccountConfig { secret_kind: kind, ..trial.config.clone() };
            let Proven { config, secret, is_gmail } = Trial { config, secret, ..trial }.run().await?;
            Ok(Proved::Edited(Box::new(Edit { id, before, config, secret: Some(secret), is_gmail })))
        });
        Ok(())
    }

    /// What was proved is kept, and the account goes on with it.
    pub(super) async fn take_over(&mut self, ticket: Ticket, edit: Edit) -> Result<(), Error> {
        let id = edit.id;
        if reads_as(&edit.before, &edit.config) {
            let Edit { before, config, .. } = edit;
            let account = Arc::clone(self.account(id)?);
            check_newer(&account, &before, &config)?;
            let edit = move |writer: &mut crate::store::Writer| {
                writer.edit_account(id, &before, &config, ServerNow::Same)
            };
            account.set_submission(self.write(edit).await?.config.submission);
        } else {
            self.begin_anew_with(edit).await?;
        }
        self.news.tell(&Event::AccountChanged { account: id });
        self.finish(ticket, Ok(Done::Nothing));
        Ok(())
    }

    /// Every connection ends before it is written that there is another server, and nothing that came over them is written
    /// afterwards. Whatever comes of it, the account is at work again.
    async fn begin_anew_with(&mut self, edit: Edit) -> Result<(), Error> {
        let Edit { id, before, config, secret, is_gmail } = edit;
        let mut running = self.accounts.remove(&id).ok_or_else(|| Error::new(ErrorKind::NotFound))?;
        let account = Arc::clone(&running.account);
        running.halt(&Error::note(ErrorKind::Canceled, "the account gets other settings")).await;
        account.end_writing();
        let server = server_now(&before, &config, is_gmail);
        let stored = match check_newer(&account, &before, &config) {
            Ok(()) => self.write(move |writer| writer.edit_account(id, &before, &config, server)).await,
            Err(error) => Err(error),
        };
        // A newer one may have been given meanwhile.
        let kept = account.todo().secret.take();
        let (config, secret) = match &stored {
            Ok(edited) => (edited.config.clone(), kept.or(secret)),
            Err(_) => {
                let config = AccountConfig { submission: account.submission(), ..account.config.clone() };
                (config, kept)
            }
        };
        let mut running = self.at_rest(id, config, secret);
        running.account.follow(&account);
        let account = Arc::clone(&running.account);
        running.go();
        self.accounts.insert(id, running);
        let Edited { refused, settled, changed, .. } = stored?;
        for (ticket, error) in refused {
            account.todo().errors.insert(ticket, error.clone());
            self.news.tell(&Event::ChangeRefused { ticket, error });
        }
        account.tell_changed(changed);
        account.tell_settled(settled);
        Ok(())
    }

    /// That tokens of this account may go to that server for sending.
    pub(super) fn check_tokens_go_to(&self, account: &Account, host: &str) -> Result<(), Error> {
        let secret =
            account.last_grant().as_ref().map(Grant::to_secret).or_else(|| account.todo().secret.clone());
        let before = AccountConfig { submission: account.submission(), ..account.config.clone() };
        // One whose secret isn't known yet is judged by what it was when it was added.
        let kind = secret.as_ref().map_or(account.config.secret_kind, |secret| account.kind_of(secret));
        check_token(&before, (kind, secret.as_ref()), host)
    }
}

/// Whether what is read, and as whom, stays as it is.
pub(super) fn reads_as(before: &AccountConfig, config: &AccountConfig) -> bool {
    is_there(before, config) && before.imap_security == config.imap_security
}

/// Whether it is the same user's mail at the same server.
fn is_there(before: &AccountConfig, config: &AccountConfig) -> bool {
    let place =
        |config: &AccountConfig| (config.imap_host.clone(), config.imap_port, config.user_name.clone());
    place(before) == place(config)
}

fn to_try(before: &AccountConfig, config: &AccountConfig) -> Servers {
    let is_new_name = before.user_name != config.user_name;
    let sends_otherwise = is_new_name || before.submission != config.submission;
    Servers { incoming: !reads_as(before, config), outgoing: config.submission.is_some() && sends_otherwise }
}

fn server_now(before: &AccountConfig, config: &AccountConfig, is_gmail: bool) -> ServerNow {
    if is_there(before, config) {
        ServerNow::Same
    } else if is_gmail && before.user_name == config.user_name {
        ServerNow::AnotherOfGmail
    } else {
        ServerNow::Another
    }
}

/// The same of a secret that was given since these settings were tried.
fn check_newer(account: &Account, before: &AccountConfig, config: &AccountConfig) -> Result<(), Error> {
    let secret = account.todo().secret.clone();
    secret.map_or(Ok(()), |secret| check_tokens(before, &secret, config))
}

/// That what the secret holds may go to the servers of these settings. A password goes where the person says.
fn check_tokens(before: &AccountConfig, secret: &Secret, config: &AccountConfig) -> Result<(), Error> {
    let kind = match Grant::of_secret(secret) {
        Some(_) => SecretKind::Grant,
        None => before.secret_kind,
    };
    let submission = config.submission.as_ref().map(|server| server.host.as_str());
    let mut hosts = std::iter::once(config.imap_host.as_str()).chain(submission);
    hosts.try_for_each(|host| check_token(before, (kind, Some(secret)), host))
}

/// A token opens a person's mail at whoever issued it: it goes where it goes already, or to a server of its issuer's.
fn check_token(
    before: &AccountConfig,
    (kind, secret): (SecretKind, Option<&Secret>),
    host: &str,
) -> Result<(), Error> {
    let goes_there =
        before.imap_host == host || before.submission.as_ref().is_some_and(|its| its.host == host);
    let may_go = goes_there
        || match kind {
            SecretKind::Password => true,
            SecretKind::BearerToken => setup::take_the_same_tokens(&before.imap_host, host),
            SecretKind::Grant => secret
                .and_then(Grant::of_secret)
                .is_some_and(|grant| setup::takes_tokens_from(grant.issued_at(), host)),
        };
    if may_go {
        return Ok(());
    }
    Err(Error::note(ErrorKind::InvalidInput, PROVIDERS_ONLY))
}
