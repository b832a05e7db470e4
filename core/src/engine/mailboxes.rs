//! Carrying out wishes for mailboxes, one at a time and in their order.

use std::sync::Arc;

use super::account::Account;
use super::carry::{ARRIVED, TRIES, TRIES_LOST, after, later};
use super::clock::Clock;
use super::line::Line;
use super::main_line::Stop;
use crate::error::{Error, ErrorKind};
use crate::imap::ops::OpError;
use crate::model::Role;
use crate::store::{IntentState, MailboxKind, MailboxRow};
use crate::sync::intents::{MailboxEnding, MailboxRun, MailboxStep, MailboxWant};
use crate::wire::utf7;

/// Carries out the wish that is due. `false`: none was.
pub(super) async fn due(account: &Arc<Account>, line: &mut Line) -> Result<bool, Stop> {
    let id = account.id;
    let Some(row) = account.write(move |writer| writer.due_mailbox(id, Clock::wall())).await? else {
        return Ok(false);
    };
    let (ending, broken) = drive(account, line, &row).await?;
    conclude(account, &row, ending, broken.is_some()).await?;
    match broken {
        Some(error) => Err(Stop::Line(error)),
        None => Ok(true),
    }
}

fn want(row: &MailboxRow, utf8: bool) -> MailboxWant {
    let name = Arc::clone(&row.name);
    match row.kind {
        MailboxKind::Create => {
            let name = on_wire(name, utf8);
            MailboxWant::Create { name, role: row.role, look: row.first_use != Role::None }
        }
        MailboxKind::Rename => MailboxWant::Rename { name, to: on_wire(Arc::clone(&row.to), utf8) },
        MailboxKind::Delete => MailboxWant::Delete { name, if_empty: false },
        MailboxKind::DeleteIfEmpty => MailboxWant::Delete { name, if_empty: true },
        MailboxKind::Subscribe => MailboxWant::Subscribe { name, subscribed: true },
        MailboxKind::Unsubscribe => MailboxWant::Subscribe { name, subscribed: false },
    }
}

/// A new name in the form this connection speaks: modified UTF-7, as it is kept, or UTF-8.
fn on_wire(name: Arc<str>, utf8: bool) -> Arc<str> {
    match utf7::decode(&name).filter(|_| utf8) {
        Some(name) => Arc::from(name),
        None => name,
    }
}

/// Makes the exchanges of one wish. The error is why the connection ended, if it did.
async fn drive(
    account: &Arc<Account>,
    line: &mut Line,
    row: &MailboxRow,
) -> Result<(MailboxEnding, Option<Error>), Stop> {
    let wanted = want(row, line.capabilities().utf8());
    let mut run = MailboxRun::new(wanted, row.state == IntentState::Unknown);
    let mut broken = None;
    loop {
        match run.next_step() {
            MailboxStep::End(ending) => {
                // Names mean other mailboxes now, perhaps the one the line is in.
                line.leave();
                return Ok((ending, broken));
            }
            MailboxStep::Remember => {
                let id = row.id;
                run.go_on(account.write(move |writer| writer.mailbox_sent(id)).await?);
            }
            MailboxStep::Ask(op) => {
                let answer = line.ask(op).await;
                if let Err(OpError::Lost { error, .. }) = &answer {
                    broken = Some(error.clone());
                }
                run.answer(answer);
            }
        }
    }
}

/// Writes how it ended, and tells.
async fn conclude(
    account: &Arc<Account>,
    row: &MailboxRow,
    ending: MailboxEnding,
    lost: bool,
) -> Result<(), Stop> {
    let (id, tries) = (row.id, row.tries);
    let tired = tries >= if lost { TRIES_LOST } else { TRIES };
    let refuse = match ending {
        MailboxEnding::Done { name } => {
            if matches!(row.kind, MailboxKind::Delete | MailboxKind::DeleteIfEmpty) {
                // What was in it may be in other mailboxes as well; it is forgotten when all were asked.
                let now = account.clock.now();
                account.todo().gone(now);
            }
            account.settle(Vec::new(), move |writer| writer.mailbox_done(id, name.as_deref())).await?;
            if row.kind == MailboxKind::Create {
                account.look_at(row.mailbox);
            }
            return Ok(());
        }
        MailboxEnding::Retry | MailboxEnding::Unknown if tired => {
            Error::note(ErrorKind::ServerRefused, "it was tried several times")
        }
        MailboxEnding::Retry => {
            account
                .write(move |writer| writer.mailbox_waiting(id, IntentState::Queued, later(tries)))
                .await?;
            return Ok(());
        }
        MailboxEnding::Unknown => {
            let not_before = if lost && tries == 0 { after(ARRIVED) } else { later(tries) };
            account.write(move |writer| writer.mailbox_waiting(id, IntentState::Unknown, not_before)).await?;
            return Ok(());
        }
        MailboxEnding::Refused(error) => error,
    };
    account.todo().errors.insert(row.operation, refuse.clone());
    let told = vec![(row.operation, refuse.clone())];
    account.settle(told, move |writer| writer.mailbox_refused(id, &refuse)).await?;
    Ok(())
}
