//! Sends mail, one after another, each over a connection of its own.
//!
//! That a mail may have been sent is written down before its end leaves, and never taken back by anything but the server's
//! word. What is found out later, and from Sent, is the main connection's (`filing`).

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::time::sleep;

use super::account::Account;
use super::carry::{ARRIVED, after};
use super::clock::Clock;
use super::life::no_network;
use super::secret::is_persons;
use crate::error::{Error, ErrorKind};
use crate::event::Event;
use crate::model::{Instant, Secret, SecretKind, SubmissionServer};
use crate::smtp::{self, Refused, Sender, Submission, Verdict};
use crate::store::{SendRow, ToSend};

/// After a local failure (a full disk, say).
const STORE_TROUBLE: Duration = Duration::from_secs(30);
/// Before the second try; doubled each time, up to the longest.
const AGAIN: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(600);
/// A server that doesn't prove who it is: its certificate is renewed by others.
const UNTRUSTED: Duration = Duration::from_secs(300);
/// A mail that is held back is not slept through for longer.
const LOOK_AT_CLOCK: Duration = Duration::from_secs(60);
/// How often a mail is tried that the server keeps refusing for the moment: for about three days.
const TRIES: u32 = 450;

/// What came of trying to send a mail.
enum Outcome {
    Tried(Verdict),
    /// It was taken back meanwhile.
    TakenBack,
    /// It could not be read, or not be written down that it is about to be sent.
    Store(Error),
}

/// Runs for as long as the account is here.
pub(super) async fn run(account: Arc<Account>) {
    let id = account.id;
    // What was on its way when this stopped.
    while account.write(move |writer| writer.recover_sending(id, after(ARRIVED))).await.is_err() {
        sleep(STORE_TROUBLE).await;
    }
    account.work.notify_one();
    loop {
        if !account.life.has_network() {
            account.life.network_comes().await;
            hurry(&account).await;
        }
        let Some((server, sender)) = sender(&account) else {
            account.sends.notified().await;
            continue;
        };
        match account.write(move |writer| writer.to_send(id, Clock::wall())).await {
            Ok(ToSend::Now(row)) => send(&account, &server, &sender, row).await,
            Ok(ToSend::At(then)) => wait(&account, Some(then)).await,
            Ok(ToSend::Nothing) => wait(&account, None).await,
            Err(_) => sleep(STORE_TROUBLE).await,
        }
    }
}

/// Sends what is to be sent now, and no more.
pub(super) async fn once(account: &Arc<Account>) -> Result<(), Error> {
    let Some((server, sender)) = sender(account) else { return Ok(()) };
    let id = account.id;
    account.write(move |writer| writer.recover_sending(id, after(ARRIVED))).await?;
    while let ToSend::Now(row) = account.write(move |writer| writer.to_send(id, Clock::wall())).await? {
        send(account, &server, &sender, row).await;
    }
    Ok(())
}

/// By which server it sends and as whom; nothing where one of them is missing.
fn sender(account: &Account) -> Option<(SubmissionServer, Sender)> {
    let (config, server) = (&account.config, account.submission()?);
    let secret = account.todo().secret.clone()?;
    let kind = account.kind_of(&secret);
    let sender = Sender::of(config, &server, (secret, kind));
    Some((server, sender))
}

/// Connects and signs in, with a token where the secret is what the person agreed to.
async fn opened(
    account: &Arc<Account>,
    server: &SubmissionServer,
    sender: &Sender,
) -> Result<Submission, Refused> {
    if sender.kind != SecretKind::Grant {
        return Submission::open(server, &account.trust, sender).await;
    }
    let no_token = |error| if is_persons(&error) { Refused::Never(error) } else { Refused::Lost(error) };
    let with = |token: &Secret| {
        let user_name = sender.user_name.clone();
        Sender { user_name, secret: token.clone(), kind: SecretKind::BearerToken }
    };
    let token = account.token(None).await.map_err(no_token)?;
    match Submission::open(server, &account.trust, &with(&token)).await {
        // It may have been withdrawn before its time.
        Err(Refused::Never(error)) if is_persons(&error) => {
            let token = account.token(Some(&token)).await.map_err(no_token)?;
            Submission::open(server, &account.trust, &with(&token)).await
        }
        opened => opened,
    }
}

/// Waits until then, or until there may be something else to do.
async fn wait(account: &Arc<Account>, then: Option<Instant>) {
    let due = async {
        match then {
            Some(then) => {
                let wait = u64::try_from(then.0.saturating_sub(Clock::wall().0)).unwrap_or(0);
                // The clock of the wall is looked at again: it may be set, and go on while this one stands still.
                sleep(Duration::from_millis(wait).min(LOOK_AT_CLOCK)).await;
            }
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        () = due => {}
        () = account.sends.notified() => {}
        () = account.life.shaken() => hurry(account).await,
    }
}

/// There is another network: what waits for another try is tried.
async fn hurry(account: &Arc<Account>) {
    let id = account.id;
    if let Err(error) = account.write(move |writer| writer.hurry_sending(id)).await {
        tracing::warn!(%error, "mail to be sent waits for its time");
    }
}

/// Sends one mail, and writes down what came of it.
async fn send(account: &Arc<Account>, server: &SubmissionServer, sender: &Sender, row: SendRow) {
    let may_be_sent = AtomicBool::new(false);
    let outcome = tokio::select! {
        outcome = attempt(account, server, sender, &row, &may_be_sent) => outcome,
        () = account.life.network_goes() => Outcome::Tried(cut(&may_be_sent)),
    };
    let verdict = match outcome {
        Outcome::Tried(verdict) => verdict,
        Outcome::TakenBack => return,
        Outcome::Store(error) => {
            tracing::warn!(%error, "a mail could not be sent: the store");
            return sleep(STORE_TROUBLE).await;
        }
    };
    // What the server said must not get lost, whatever the disk says.
    while let Err(error) = conclude(account, &row, &verdict).await {
        tracing::warn!(%error, "what came of sending a mail could not be written");
        sleep(STORE_TROUBLE).await;
    }
}

fn cut(may_be_sent: &AtomicBool) -> Verdict {
    if may_be_sent.load(Ordering::SeqCst) {
        Verdict::Unknown(no_network())
    } else {
        Verdict::Refused(Refused::Lost(no_network()))
    }
}

async fn attempt(
    account: &Arc<Account>,
    server: &SubmissionServer,
    sender: &Sender,
    row: &SendRow,
    may_be_sent: &AtomicBool,
) -> Outcome {
    let (reader, email, intent) = (account.store.reader(), row.email, row.intent);
    let octets = tokio::task::spawn_blocking(move || reader.raw(email))
        .await
        .unwrap_or_else(|error| Err(Error::new(ErrorKind::Bug).because(error)));
    let octets = match octets {
        Ok(octets) => octets,
        Err(error) => return Outcome::Store(error),
    };
    let offering = async {
        let envelope = smtp::envelope(&octets).map_err(Refused::Never)?;
        let submission = opened(account, server, sender).await?;
        submission.offer(&envelope, &octets).await
    };
    let offered = match offering.await {
        Ok(offered) => offered,
        Err(refused) => return Outcome::Tried(Verdict::Refused(refused)),
    };
    match account.write(move |writer| writer.intents_sent(&[intent], 0, 0)).await {
        Ok(sent) if sent.is_empty() => return Outcome::TakenBack,
        Ok(_) => {}
        Err(error) => return Outcome::Store(error),
    }
    account.news.tell(&Event::AccountChanged { account: account.id });
    may_be_sent.store(true, Ordering::SeqCst);
    Outcome::Tried(offered.finish().await)
}

async fn conclude(account: &Arc<Account>, row: &SendRow, verdict: &Verdict) -> Result<(), Error> {
    let intent = row.intent;
    match verdict {
        Verdict::Accepted => {
            let tidy = (account.ticket(), Clock::wall());
            account.settle(Vec::new(), move |writer| writer.sending_accepted(intent, tidy)).await?
        }
        Verdict::Unknown(error) => {
            tracing::warn!(%error, "a mail may have been sent");
            account.write(move |writer| writer.sending_unknown(intent, after(ARRIVED))).await?;
        }
        Verdict::Refused(Refused::Never(error)) => refuse(account, row, error.clone()).await?,
        Verdict::Refused(Refused::Later(error)) if row.tries >= TRIES => {
            refuse(account, row, error.clone()).await?;
        }
        Verdict::Refused(Refused::Lost(error) | Refused::Later(error)) => {
            tracing::info!(%error, tries = row.tries, "a mail waits to be sent");
            let wait = match error.kind() {
                ErrorKind::CertificateUntrusted => UNTRUSTED,
                _ => AGAIN.saturating_mul(1 << row.tries.min(10)).min(LONGEST),
            };
            let (error, not_before) = (error.clone(), after(wait));
            account.write(move |writer| writer.sending_waits(intent, &error, not_before)).await?;
        }
    }
    account.news.tell(&Event::AccountChanged { account: account.id });
    account.work.notify_one();
    Ok(())
}

async fn refuse(account: &Arc<Account>, row: &SendRow, error: Error) -> Result<(), Error> {
    let (intent, operation) = (row.intent, row.operation);
    account.todo().errors.insert(operation, error.clone());
    let refused = vec![(intent, error.clone())];
    account.settle(vec![(operation, error)], move |writer| writer.intents_refused(&refused)).await
}
