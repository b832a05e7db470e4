//! Reading the headers of what is new in a mailbox, newest first, range by range.
//!
//! The server works on the next ranges while one is written; each is a transaction of its own that closes its part of
//! the mailbox's holes, so that a pass that breaks off goes on where it was.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::account::Account;
use super::carry;
use super::line::Line;
use super::look::Look;
use super::main_line::{Stop, lost};
use super::whole;
use crate::error::{Error, ErrorKind};
use crate::imap::ops::{Answer, FetchedHeader, Op, OpError};
use crate::imap::{Capability, OpId, Uid, UidSet};
use crate::mime;
use crate::model::Instant;
use crate::store::{Bulk, NewEmail};
use crate::sync::folder::{HeaderRange, Unread};
use crate::sync::identity::{self, ServerId};

/// Mails of one exchange.
const HEADERS: usize = 500;
/// Mails of the very first one: what a screen shows.
const FIRST_HEADERS: usize = 60;
/// Exchanges under way at once.
const AHEAD: usize = 3;
/// How long the other connection's bodies are waited for.
const SOON: Duration = Duration::from_millis(300);

/// A mailbox with much to read shows its newest mails before everything is listed.
pub(super) async fn first_screen(
    account: &Arc<Account>,
    line: &mut Line,
    look: &mut Look,
    uid_next: Uid,
) -> Result<(), Stop> {
    let new = uid_next.saturating_sub(look.folder.uid_next);
    if usize::try_from(look.selected.exists).unwrap_or(usize::MAX) <= FIRST_HEADERS || new == 0 {
        return Ok(());
    }
    let span = u32::try_from(FIRST_HEADERS).unwrap_or(new).min(new);
    let (low, high) = (uid_next.saturating_sub(span), uid_next.saturating_sub(1));
    let mut range = Some(HeaderRange { uids: UidSet::range(low, high), low, high });
    read_some(account, line, look, || range.take()).await.map(|_| ())
}

/// Reads the mails at these UIDs (newest first): their headers, or all of each where that takes no longer. `false`: some
/// didn't come, or the mailbox isn't the one it was.
pub(super) async fn read(
    account: &Arc<Account>,
    line: &mut Line,
    look: &mut Look,
    unknown: &[Uid],
) -> Result<bool, Stop> {
    let size = HEADERS.min(line.most_uids());
    let mut unread = Unread::new(unknown);
    let mut all_read = true;
    while !unread.is_empty() {
        match line.enter(&look.folder.wire_name).await {
            // Renumbered since the UIDs were told: they mean other mails now.
            Ok(Answer::Selected(now)) if now.uid_validity != look.selected.uid_validity => return Ok(false),
            Ok(_) => {}
            Err(error @ OpError::Lost { .. }) => return Err(lost(error)),
            Err(_) => return Ok(false),
        }
        line.pack_if_slow(&account.packing());
        // Where a mail may be here from another mailbox, its name tells before its body is fetched again.
        let may_be_here = line.capabilities().has(Capability::Gmail);
        let mailbox = look.folder.id;
        let is_whole = look.lacks_bodies
            && account.life.bulk() == Bulk::Everything
            && !may_be_here
            && unknown.len() > FIRST_HEADERS
            && look.pace.is_whole(unread.len())
            // The person may have said otherwise meanwhile.
            && account.write(move |writer| writer.keeps_everything(mailbox)).await?;
        // Bodies that come in on the other connection just now are soon here, where it is fast.
        let alone = if is_whole { timeout(SOON, account.intake.lock()).await.ok() } else { None };
        let mut left = if is_whole { AHEAD } else { usize::MAX };
        all_read &= match alone {
            Some(_alone) => whole::read_some(account, line, look, &mut unread).await?,
            None => {
                let next = || {
                    left = left.checked_sub(1)?;
                    unread.next(size)
                };
                read_some(account, line, look, next).await?
            }
        };
        // The person's wishes come before the next range.
        while carry::due(account, line).await? {}
    }
    Ok(all_read)
}

/// Reads headers range by range until there is none, or the person wants something else.
pub(super) async fn read_some(
    account: &Arc<Account>,
    line: &mut Line,
    look: &mut Look,
    mut next: impl FnMut() -> Option<HeaderRange>,
) -> Result<bool, Stop> {
    let mut under_way: VecDeque<(OpId, HeaderRange)> = VecDeque::new();
    let mut writing = Writing(None);
    let (mut all_read, mut yielding) = (true, false);
    loop {
        while under_way.len() < AHEAD && !yielding {
            let Some(range) = next() else { break };
            under_way.push_back((line.submit(Op::FetchHeaders { uids: range.uids.clone() }), range));
        }
        let Some((op, range)) = under_way.pop_front() else { break };
        let emails: Vec<NewEmail> = match line.answer(op).await {
            Ok(Answer::Headers(headers)) => headers.into_iter().filter(came).map(new_email).collect(),
            Err(error @ OpError::Lost { .. }) => {
                // What came whole is kept.
                writing.ended().await?;
                return Err(lost(error));
            }
            Ok(_) | Err(_) => Vec::new(),
        };
        // What was asked for and didn't come may be gone, or left out: only a full comparison tells.
        all_read &= emails.len() as u64 >= range.uids.len();
        if emails.is_empty() {
            continue;
        }
        let octets = emails.iter().map(|email| email.size).fold(0, u64::saturating_add);
        look.pace.saw(emails.len() as u64, octets);
        writing.ended().await?;
        writing = Writing::begin(account, look, emails, range);
        yielding = yielding || carry::is_due(account).await?;
    }
    writing.ended().await?;
    account.bodies.notify_one();
    Ok(all_read)
}

/// One range being written while the next one comes in.
struct Writing(Option<JoinHandle<Result<(), Error>>>);

impl Writing {
    fn begin(account: &Arc<Account>, look: &Look, emails: Vec<NewEmail>, range: HeaderRange) -> Self {
        let (account, mailbox) = (Arc::clone(account), look.folder.id);
        Self(Some(tokio::spawn(async move {
            account
                .settle(Vec::new(), move |writer| writer.add_emails(mailbox, &emails, range.low, range.high))
                .await
        })))
    }

    async fn ended(&mut self) -> Result<(), Stop> {
        let Some(writing) = self.0.take() else { return Ok(()) };
        let written = writing.await.unwrap_or_else(|error| Err(Error::new(ErrorKind::Bug).because(error)));
        Ok(written?)
    }
}

/// News of its flags alone isn't the mail: that is still to come.
fn came(fetched: &FetchedHeader) -> bool {
    fetched.header.is_some() || fetched.size.is_some()
}

/// A mail whose header made no sense is still a mail: it is listed with what is known.
pub(super) fn new_email(fetched: FetchedHeader) -> NewEmail {
    let facts = fetched.header.as_deref().map(mime::header_facts).unwrap_or_default();
    let date = fetched.internal_date.or(facts.written).unwrap_or(Instant(0));
    let (server_id, server_thread) = (ServerId::of(&fetched), identity::server_thread(&fetched));
    NewEmail {
        uid: fetched.uid,
        flags: fetched.flags,
        date,
        size: fetched.size.unwrap_or(0),
        facts,
        server_id,
        server_thread,
        preview: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn news_of_flags_during_a_header_pass_is_no_mail_of_size_zero() {
        let news = FetchedHeader { uid: 5, ..FetchedHeader::default() };
        assert!(!came(&news));
        assert!(came(&FetchedHeader { size: Some(10), ..news.clone() }));
        assert!(came(&FetchedHeader { header: Some(Vec::new()), ..news }));
    }
}
