//! Looking at one mailbox: the way `sync::plan` chose, taking over what changed, reading the headers of what is new.

use std::sync::Arc;

use super::account::{Account, Orphans};
use super::headers;
use super::line::{Line, op_error};
use super::main_line::{Stop, lost};
use crate::error::{Error, ErrorKind};
use crate::event::{Done, Event};
use crate::imap::ops::{Answer, ChangedMail, Op, OpError, SelectedMailbox};
use crate::imap::{Capability, Uid, UidSet};
use crate::model::{Flags, MailboxId, Role};
use crate::store::FolderState;
use crate::sync::pace::Pace;
use crate::sync::plan::{self, Entrance, Known, Offered, Plan};
use crate::sync::{folder, intents};

/// One mailbox while it is looked at.
pub(super) struct Look {
    pub(super) folder: FolderState,
    pub(super) selected: SelectedMailbox,
    /// The moves whose mails are somewhere in it: what lands from now on may come too late to be seen.
    landed: Vec<i64>,
    /// No body of its new mails is here.
    pub(super) lacks_bodies: bool,
    /// How large its mails are and how fast they come.
    pub(super) pace: Pace,
}

/// A list of more UIDs than this is not taken at its word: flags, window by window, tell how many there are.
const MOST_UIDS: u64 = 4_000_000;

/// What selecting a mailbox told beside its numbers: what changed and what is gone since it was last in step.
type Since = (Vec<ChangedMail>, UidSet);

/// Whether a look has seen everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Seen {
    All,
    /// The server contradicted itself, or left something out: look again.
    NotAll,
    /// The server won't say.
    Refused,
}

/// Brings the list of a mailbox up to date. The answer for who asked: one that can't be selected stays as it was.
pub(super) async fn at(
    account: &Arc<Account>,
    line: &mut Line,
    mailbox: MailboxId,
) -> Result<Result<Done, Error>, Stop> {
    let (mut last, mut is_inbox) = (Seen::All, false);
    // A rebase or a count that moved meanwhile wants another look, not an endless one.
    for again in [false, true, true] {
        let found = account.write(move |writer| Ok((writer.folder(mailbox)?, writer.landed(mailbox)?))).await;
        let (folder, landed) = match found {
            Ok(found) => found,
            Err(error) => return Ok(Err(error)),
        };
        is_inbox = folder.role == Role::Inbox;
        let mut known = known(&folder);
        if again {
            // What was agreed on up to some change didn't hold.
            known.highest_modseq = 0;
        }
        let offered = offered(line);
        let (selected, since) = match enter(line, &folder, known, offered).await {
            Ok(entered) => entered,
            Err(error @ OpError::Lost { .. }) => return Err(lost(error)),
            Err(error) => {
                let why = op_error(&error);
                if is_forbidden(&error) {
                    let why = why.clone();
                    account.settle(Vec::new(), move |writer| writer.end_landed_unseen(mailbox, &why)).await?;
                }
                return Ok(Err(why));
            }
        };
        line.changed = false;
        let lacks_bodies = are_new(account, line, &folder, &landed);
        let look = Look { folder, selected, landed, lacks_bodies, pace: Pace::default() };
        last = match plan::plan(known, &selected, offered) {
            Plan::Rebase => {
                let changed = account
                    .write(move |writer| writer.quarantine_folder(mailbox, selected.uid_validity))
                    .await?;
                account.tell_changed(changed);
                Seen::NotAll
            }
            Plan::Nothing => finish(account, look, true, Seen::All).await?,
            Plan::First { uid_next } => first(account, line, look, uid_next).await?,
            Plan::Changes { since: modseq, uid_next } => {
                changes(account, line, look, (modseq, uid_next), since).await?
            }
            Plan::FullComparison { uid_next } => compare(account, line, look, uid_next).await?,
            Plan::Distrust => compare(account, line, look, None).await?,
        };
        if last != Seen::NotAll {
            break;
        }
    }
    if last == Seen::All && is_inbox {
        announce(account, mailbox).await?;
    }
    account.bodies.notify_one();
    Ok(match last {
        Seen::All => Ok(Done::Nothing),
        Seen::NotAll => {
            Err(Error::note(ErrorKind::ProtocolBroken, "the server contradicts itself about this mailbox"))
        }
        Seen::Refused => {
            Err(Error::note(ErrorKind::ServerRefused, "the server doesn't say what is in this mailbox"))
        }
    })
}

/// Tells of new mail in INBOX.
async fn announce(account: &Arc<Account>, mailbox: MailboxId) -> Result<(), Stop> {
    let (emails, total) = account.write(move |writer| writer.announce(mailbox)).await?;
    if total > 0 {
        account.news.tell(&Event::NewMail { account: account.id, mailbox, emails, total });
    }
    Ok(())
}

/// Whether the mailbox stays closed: not for this moment alone, as far as the server says (RFC 5530).
fn is_forbidden(error: &OpError) -> bool {
    matches!(error, OpError::No(refusal) | OpError::Bad(refusal) if !intents::is_passing(refusal))
}

/// What is known of a mailbox, for the planner.
pub(super) fn known(folder: &FolderState) -> Known {
    Known {
        uid_validity: folder.uid_validity,
        uid_next: folder.uid_next,
        highest_modseq: folder.highest_modseq,
        count: folder.on_server,
        has_holes: !folder.holes.is_empty(),
    }
}

/// Whether mails that aren't known in this mailbox have no body here either: none was renumbered, moved here or, as a
/// label, is somewhere else too.
fn are_new(account: &Account, line: &Line, folder: &FolderState, landed: &[i64]) -> bool {
    !folder.quarantined
        && landed.is_empty()
        && account.todo().orphans == Orphans::None
        && !line.capabilities().has(Capability::Gmail)
}

fn offered(line: &Line) -> Offered {
    let has = |capability| line.capabilities().has(capability);
    Offered {
        condstore: has(Capability::Condstore) || has(Capability::Qresync),
        qresync: has(Capability::Qresync),
    }
}

/// Selects the mailbox, asking for what changed at once where that is possible.
async fn enter(
    line: &mut Line,
    folder: &FolderState,
    known: Known,
    offered: Offered,
) -> Result<(SelectedMailbox, Option<Since>), OpError> {
    let mailbox = Arc::clone(&folder.wire_name);
    if let Entrance::Resync { uid_validity, modseq } = plan::entrance(known, offered) {
        let op = Op::Resync { mailbox: Arc::clone(&mailbox), uid_validity, modseq, known: None };
        match line.ask(op).await {
            Ok(Answer::Resynced(resynced)) => {
                return Ok((resynced.selected, Some((resynced.changed, resynced.vanished))));
            }
            Err(error @ OpError::Lost { .. }) => return Err(error),
            // It offers what it can't do; a mailbox that can't be selected at all says so again.
            Ok(_) | Err(_) => {}
        }
    }
    match line.ask(Op::Select { mailbox }).await? {
        Answer::Selected(selected) => Ok((selected, None)),
        _ => Err(OpError::Unsendable),
    }
}

/// A mailbox nothing is known of: its newest mails first, then a list of all UIDs, then everything that isn't here.
async fn first(
    account: &Arc<Account>,
    line: &mut Line,
    mut look: Look,
    uid_next: Option<Uid>,
) -> Result<Seen, Stop> {
    let mailbox = look.folder.id;
    extend(account, &look, uid_next).await?;
    if let Some(uid_next) = uid_next {
        headers::first_screen(account, line, &mut look, uid_next).await?;
    }
    let uids = if look.selected.exists == 0 { Some(UidSet::default()) } else { all_uids(line).await? };
    let Some(uids) = uids else { return compare(account, line, look, uid_next).await };
    // What has a higher UID came since, and the next look sees it; or nobody asked for what was taken for the answer.
    let uids = match uid_next {
        Some(uid_next) => uids.difference(&UidSet::range(uid_next, Uid::MAX)),
        None => uids,
    };
    let complete = uids.len() == u64::from(look.selected.exists);
    let highest = uids.ranges().last().map_or(0, |(_, last)| *last);
    extend(account, &look, Some(highest.saturating_add(1).max(uid_next.unwrap_or(1)))).await?;
    let here = account.write(move |writer| writer.known_uids(mailbox, &UidSet::range(1, Uid::MAX))).await?;
    let mut unknown: Vec<Uid> = uids.iter().filter(|uid| here.binary_search(uid).is_err()).collect();
    unknown.reverse();
    let all_read = headers::read(account, line, &mut look, &unknown).await?;
    let seen = if complete && all_read { Seen::All } else { Seen::NotAll };
    finish(account, look, complete && unknown.is_empty(), seen).await
}

/// Every UID of the selected mailbox; `None` if the server refuses to tell, or names more than can be.
async fn all_uids(line: &mut Line) -> Result<Option<UidSet>, Stop> {
    match line.ask(Op::FindAll).await {
        Ok(Answer::UidRanges(uids)) => Ok(Some(uids).filter(|uids| uids.len() <= MOST_UIDS)),
        Err(error @ OpError::Lost { .. }) => Err(lost(error)),
        Ok(_) | Err(_) => Ok(None),
    }
}

/// What changed since the mailbox was last in step. Whatever doesn't add up is compared in full.
async fn changes(
    account: &Arc<Account>,
    line: &mut Line,
    mut look: Look,
    (modseq, uid_next): (u64, Uid),
    since: Option<Since>,
) -> Result<Seen, Stop> {
    let mailbox = look.folder.id;
    let told_gone = since.is_some();
    let (mails, vanished) = match since {
        Some(since) => since,
        None => {
            let uids = UidSet::range(1, Uid::MAX);
            match line.ask(Op::FetchChanged { uids, since: modseq, vanished: false }).await {
                Ok(Answer::Changed { mails, vanished }) => (mails, vanished),
                Err(error @ OpError::Lost { .. }) => return Err(lost(error)),
                Ok(_) | Err(_) => return compare(account, line, look, Some(uid_next)).await,
            }
        }
    };
    let uids: Vec<Uid> = mails.iter().map(|mail| mail.uid).filter(|uid| !vanished.contains(*uid)).collect();
    let (mut unknown, mut gone) = account
        .write(move |writer| {
            Ok((writer.unknown_uids(mailbox, &uids)?, writer.known_uids(mailbox, &vanished)?))
        })
        .await?;
    let exists = u64::from(look.selected.exists);
    let expected =
        (u64::from(look.folder.on_server) + unknown.len() as u64).saturating_sub(gone.len() as u64);
    if expected != exists {
        if told_gone || !gone.is_empty() {
            return compare(account, line, look, Some(uid_next)).await;
        }
        // Changes say nothing of what is gone: the UIDs that are left do.
        let Some(all) = all_uids(line).await?.filter(|all| all.len() == exists) else {
            return compare(account, line, look, Some(uid_next)).await;
        };
        let missing = all.clone();
        let (here, new) = account
            .write(move |writer| {
                let here = writer.known_uids(mailbox, &UidSet::range(1, Uid::MAX))?;
                let new: Vec<Uid> = all.iter().collect();
                Ok((here, writer.unknown_uids(mailbox, &new)?))
            })
            .await?;
        gone = here.into_iter().filter(|uid| !missing.contains(*uid)).collect();
        unknown = new;
    }
    unknown.sort_unstable_by(|one, other| other.cmp(one));
    unknown.dedup();
    let highest = unknown.first().copied().unwrap_or(0);
    extend(account, &look, Some(uid_next.max(highest.saturating_add(1)))).await?;
    let flags = mails.into_iter().map(|mail| (mail.uid, mail.flags)).collect();
    apply(account, mailbox, flags, gone).await?;
    let all_read = headers::read(account, line, &mut look, &unknown).await?;
    let seen = if all_read { Seen::All } else { Seen::NotAll };
    finish(account, look, unknown.is_empty(), seen).await
}

/// The full comparison: every UID with its flags.
async fn compare(
    account: &Arc<Account>,
    line: &mut Line,
    mut look: Look,
    uid_next: Option<Uid>,
) -> Result<Seen, Stop> {
    let mailbox = look.folder.id;
    if let Some(uid_next) = uid_next {
        extend(account, &look, Some(uid_next)).await?;
        headers::first_screen(account, line, &mut look, uid_next).await?;
    }
    let mut server: Vec<(Uid, Flags)> = Vec::new();
    for uids in folder::flag_windows(look.selected.exists, uid_next) {
        match line.ask(Op::FetchFlags { uids }).await {
            Ok(Answer::Flags(flags)) => server.extend(flags),
            Err(error @ OpError::Lost { .. }) => return Err(lost(error)),
            Ok(_) | Err(_) => return Ok(Seen::Refused),
        }
    }
    let named = server.len();
    let highest = server.iter().map(|(uid, _)| *uid).max().unwrap_or(0);
    extend(account, &look, Some(highest.saturating_add(1).max(uid_next.unwrap_or(1)))).await?;
    let local = account.write(move |writer| writer.local_mails(mailbox)).await?;
    let difference = folder::compare(local.into_iter().map(|mail| (mail.uid, mail.flags)), server);
    let complete = folder::proves_absence(named, look.selected.exists);
    let gone = if complete { difference.missing.clone() } else { Vec::new() };
    apply(account, mailbox, difference.changed, gone).await?;
    let all_read = headers::read(account, line, &mut look, &difference.unknown).await?;
    let seen = if complete && all_read { Seen::All } else { Seen::NotAll };
    let exists = look.selected.exists;
    finish(account, look, complete && difference.unknown.is_empty(), seen).await?;
    // Fewer than there are: what was left out may be new. More: what came meanwhile.
    let is_more = u64::try_from(named).is_ok_and(|named| named > u64::from(exists));
    Ok(if all_read && (complete || is_more && difference.missing.is_empty()) {
        Seen::All
    } else {
        Seen::NotAll
    })
}

/// UIDs below `uid_next` exist: what isn't known of them is a hole from now on.
async fn extend(account: &Arc<Account>, look: &Look, uid_next: Option<Uid>) -> Result<(), Stop> {
    let (mailbox, uid_validity) = (look.folder.id, look.selected.uid_validity);
    let uid_next = uid_next.unwrap_or(1);
    if look.folder.uid_validity == uid_validity && look.folder.uid_next >= uid_next {
        return Ok(());
    }
    Ok(account.write(move |writer| writer.extend_folder(mailbox, uid_validity, uid_next)).await?)
}

/// Takes over flags, and removes mails that are proved to be gone.
async fn apply(
    account: &Arc<Account>,
    mailbox: MailboxId,
    flags: Vec<(Uid, Flags)>,
    gone: Vec<Uid>,
) -> Result<(), Stop> {
    if !gone.is_empty() {
        let now = account.clock.now();
        account.todo().gone(now);
    }
    let changed = account.write(move |writer| writer.apply_flags(mailbox, &flags, &gone)).await?;
    account.tell_changed(changed);
    Ok(())
}

/// The end of a look. Where everything was seen, holes that are left are closed, what waited for this ends, and the
/// mailbox is in step up to the change that selecting it told.
async fn finish(account: &Arc<Account>, look: Look, nothing_new: bool, seen: Seen) -> Result<Seen, Stop> {
    let Look { folder, selected, landed, .. } = look;
    let mailbox = folder.id;
    let is_settled = nothing_new
        && landed.is_empty()
        && folder.holes.is_empty()
        && !folder.quarantined
        && folder.uid_validity == selected.uid_validity
        && folder.highest_modseq == selected.highest_modseq.unwrap_or(0)
        && folder.uid_next >= selected.uid_next.unwrap_or(1);
    if is_settled {
        return Ok(seen);
    }
    account
        .settle(Vec::new(), move |writer| {
            let (mut settled, mut changed) = Default::default();
            if nothing_new {
                let (more, also) = writer.add_emails(mailbox, &[], 1, Uid::MAX)?;
                settled = more;
                changed = also;
            }
            if seen == Seen::All {
                changed.and(writer.end_quarantine(mailbox)?);
                let (more, also) = writer.end_landed(&landed)?;
                settled.extend(more);
                changed.and(also);
                let now = selected.highest_modseq.unwrap_or(0);
                writer.folder_in_step(mailbox, (folder.highest_modseq, now))?;
            }
            Ok((settled, changed))
        })
        .await?;
    Ok(seen)
}
