//! What the mailbox window asks of the store, read away from the window.

use waxwing_core::model::DraftState;
use waxwing_core::{Error, ErrorKind, Reader};

use super::reading;
use crate::screen::mailbox::{Answer, Ask, Waiting};

/// One read of the store, on a thread of the executor.
pub(super) fn read(reader: &Reader, ask: Ask) -> Answer {
    let answer = match ask {
        Ask::Overview => overview(reader),
        Ask::List { query, first, count } => {
            let ids = reader.ids(query);
            ids.and_then(|ids| Ok(Answer::List(query, ids, reader.page(query, first, count)?)))
        }
        Ask::Rows { query, first, count } => {
            reader.page(query, first, count).map(|page| Answer::Rows(query, page))
        }
        Ask::Tags => reader.tags().map(Answer::Tags),
        Ask::Drafts => drafts(reader),
        Ask::Thread(email) => {
            let thread = reader.row(email).and_then(|row| reader.thread(row.thread));
            match thread {
                // It went meanwhile: so does its place in the list.
                Err(error) if error.kind() == ErrorKind::NotFound => Ok(Answer::Thread(email, Vec::new())),
                thread => thread.map(|mails| Answer::Thread(email, mails)),
            }
        }
        Ask::Email(email) => Ok(Answer::Email(email, Box::new(reading::mail(reader, email)))),
        Ask::Found { ref words, scope, count, number } => {
            reader.search(words, scope, 0, count).map(|found| Answer::Found(number, found))
        }
        Ask::Coverage(scope) => reader.coverage(scope).map(|coverage| Answer::Coverage(scope, coverage)),
        Ask::Saved => reader.saved_searches().map(Answer::Saved),
    };
    answer.unwrap_or_else(|error| Answer::Failed(ask, error))
}

fn drafts(reader: &Reader) -> Result<Answer, Error> {
    let drafts = reader.drafts()?;
    let mut waiting = Vec::new();
    for draft in &drafts {
        if let DraftState::Sending(ticket) = draft.state {
            let changes = reader.waiting_changes(draft.account)?;
            let change = changes.into_iter().find(|change| change.operation == ticket);
            waiting.push(Waiting { draft: draft.clone(), ticket, change });
        }
    }
    Ok(Answer::Drafts(drafts, waiting))
}

fn overview(reader: &Reader) -> Result<Answer, Error> {
    let accounts = reader.accounts()?;
    let mut mailboxes = Vec::new();
    for account in &accounts {
        mailboxes.extend(reader.mailboxes(account.id)?);
    }
    Ok(Answer::Overview(accounts, mailboxes))
}
