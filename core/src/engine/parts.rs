//! Large mails: read without their large files first (`sync::excerpt`), and the files one by one when somebody wants them.
//!
//! A file comes in pieces, each durable before the next is waited for. So whatever ends the fetching, it goes on where it was.

use std::collections::VecDeque;
use std::sync::Arc;

use super::account::{Account, Want, What};
use super::body_line::{Portion, enter, one};
use super::intake::Piece;
use super::line::{BodiesOrAnswer, Line, op_error};
use super::main_line::{Stop, lost};
use crate::error::{Error, ErrorKind};
use crate::event::{Done, Event};
use crate::imap::ops::{Answer, Op, OpError, Structure};
use crate::imap::{OpId, Uid, UidSet};
use crate::model::EmailId;
use crate::store::{Kept, OnServer, PartState, ToFetch};
use crate::sync::excerpt::{Excerpt, FIRST, Limits, Next, OVERLAP, PIECE, Reading};

/// Mails that are larger are read in part first, in octets.
pub(super) const LARGE: u64 = 1 << 20;
/// Pieces under way at once: the server reads the next while this one is written.
const AHEAD: usize = 2;
/// Pieces before anything else gets its turn, where there is one connection for all.
const SMALL_PORTION: usize = 4;
/// How often the reading of one mail in part may end a connection before it is read whole.
const MOST_BROKEN: u32 = 2;

const OTHER_PIECE: &str = "the server sent something else than it was asked for";

/// How the fetching of a file ended.
pub(super) enum Ended {
    Finally(Result<Done, Error>),
    /// Something more urgent is first.
    Later,
}

/// Reads a mail without its large files. `false`: it is to be read whole, or isn't there.
pub(super) async fn read_in_part(
    account: &Arc<Account>,
    line: &mut Line,
    email: EmailId,
) -> Result<bool, Stop> {
    let place = account
        .write(move |writer| {
            let Some((mailbox, uid)) = writer.wanted_body(email)? else { return Ok(None) };
            let folder = writer.folder(mailbox)?;
            let at = OnServer { mailbox, uid_validity: folder.uid_validity, uid };
            Ok((writer.size_of(email)? > LARGE).then_some((folder, at)))
        })
        .await?;
    let Some((folder, at)) = place else { return Ok(false) };
    if line.quirks().whole_bodies_only || account.todo().reads_whole(email, MOST_BROKEN) {
        return Ok(false);
    }
    // Should it be what ends the connection, it isn't tried for ever.
    account.todo().reading_in_part(email);
    let read = async {
        if !enter(account, line, &folder).await? {
            return Ok(None);
        }
        excerpt(line, at.uid).await
    };
    let read = read.await?;
    account.todo().read_in_part(email);
    let Some(excerpt) = read else { return Ok(false) };
    let _alone = account.intake.lock().await;
    let kept = account.write(move |writer| writer.keep_excerpt(email, at, &excerpt)).await?;
    let Some(changed) = kept else { return Ok(false) };
    account.tell_changed(changed);
    account.todo().bodies_came = true;
    account.news.tell(&Event::BodyArrived { email });
    Ok(true)
}

/// Reads what there is to read of a mail before it is shown; `None`: it is to be read whole.
async fn excerpt(line: &mut Line, uid: Uid) -> Result<Option<Excerpt>, Stop> {
    let first = line.submit(piece_op(uid, 0, FIRST));
    let asked = line.submit(Op::FetchStructure { uids: UidSet::of([uid]) });
    let octets = piece(line, first, FIRST).await?;
    let structure = match line.answer(asked).await {
        Ok(Answer::Structures(structures)) => structures.into_iter().find(|(of, _)| *of == uid),
        Err(error @ OpError::Lost { .. }) => return Err(lost(error)),
        Ok(_) | Err(_) => None,
    };
    let (Ok(octets), Some((_, structure))) = (octets, structure) else { return Ok(None) };
    read_on(line, uid, structure, &octets).await
}

async fn read_on(
    line: &mut Line,
    uid: Uid,
    structure: Structure,
    first: &[u8],
) -> Result<Option<Excerpt>, Stop> {
    let mut reading = Reading::new(structure, Limits::default());
    reading.came(0, FIRST, first);
    loop {
        match reading.next() {
            Next::Ask { offset, length } => {
                let asked = line.submit(piece_op(uid, offset, length));
                let Ok(octets) = piece(line, asked, length).await? else { return Ok(None) };
                reading.came(offset, length, &octets);
            }
            Next::Done(excerpt) => return Ok(Some(excerpt)),
            Next::Whole => return Ok(None),
        }
    }
}

fn piece_op(uid: Uid, offset: u64, length: u32) -> Op {
    Op::FetchPart { uid, part: Arc::from(""), offset, length }
}

/// Waits for one piece of a mail, of so many octets at most. An error is the server's answer, and doesn't end the connection.
async fn piece(line: &mut Line, op: OpId, most: u32) -> Result<Result<Vec<u8>, Error>, Stop> {
    let (mut octets, mut is_too_long, mut has_ended) = (Vec::new(), false, false);
    let answer = loop {
        match line.bodies_or_answer(op).await {
            BodiesOrAnswer::Bodies(pieces) => {
                for piece in pieces {
                    match piece {
                        Piece::Start(size) => {
                            octets.clear();
                            is_too_long = size > u64::from(most);
                        }
                        Piece::Chunk(more) if !is_too_long => octets.extend_from_slice(&more),
                        Piece::Chunk(_) => {}
                        Piece::End(uid) => has_ended |= uid.is_some(),
                        Piece::Whole(_) => is_too_long = true,
                    }
                }
            }
            BodiesOrAnswer::Answer(answer) => break answer,
        }
    };
    match answer {
        Ok(Answer::Bodies(uids)) if uids.is_empty() => Ok(Err(Error::new(ErrorKind::NotFound))),
        Ok(Answer::Bodies(_)) if has_ended && !is_too_long => Ok(Ok(octets)),
        Ok(_) => Ok(Err(Error::note(ErrorKind::ProtocolBroken, OTHER_PIECE))),
        Err(error @ OpError::Lost { .. }) => Err(lost(error)),
        Err(error) => Ok(Err(op_error(&error))),
    }
}

/// Fetches a file of a mail, or goes on with it.
pub(super) async fn part(
    account: &Arc<Account>,
    line: &mut Line,
    (want, number): (&Want, u32),
    portion: Portion,
) -> Result<Ended, Stop> {
    let email = want.email;
    let mut error = Error::new(ErrorKind::NotFound);
    for _ in 0..4 {
        match state(account, email, number).await? {
            PartState::Here => return Ok(Ended::Finally(Ok(Done::Nothing))),
            PartState::NoSuch => return Ok(Ended::Finally(Err(Error::new(ErrorKind::NotFound)))),
            PartState::NoMail => {
                let read = tokio::select! {
                    read = one(account, line, email, What::Body) => read?,
                    () = account.no_longer_wanted(want.ticket) => {
                        return Err(Stop::Line(Error::new(ErrorKind::Canceled)));
                    }
                };
                if let Err(error) = read {
                    return Ok(Ended::Finally(Err(error)));
                }
            }
            PartState::Missing => {
                let found = account.write(move |writer| writer.part_to_fetch(email, number)).await?;
                let Some(found) = found else { continue };
                match pieces(account, line, (want, number), found, portion).await? {
                    Came::All => {}
                    Came::Later => return Ok(Ended::Later),
                    Came::Again(why) => error = why,
                    Came::Failed(why) => return Ok(Ended::Finally(Err(why))),
                }
            }
        }
    }
    Ok(Ended::Finally(Err(error)))
}

async fn state(account: &Account, email: EmailId, number: u32) -> Result<PartState, Error> {
    let reader = account.store.reader();
    let state = tokio::task::spawn_blocking(move || reader.part_state(email, number)).await;
    match state.unwrap_or_else(|error| Err(Error::new(ErrorKind::Bug).because(error))) {
        // What is kept of it is damaged: it is read again.
        Err(error) if error.kind() == ErrorKind::StorageFailed => {
            account.write(move |writer| writer.forget_excerpt(email)).await?;
            Ok(PartState::NoMail)
        }
        state => state,
    }
}

/// What came of asking for pieces.
enum Came {
    All,
    Later,
    /// It is somewhere else, perhaps; why not, if it isn't.
    Again(Error),
    Failed(Error),
}

/// A piece that was asked for.
struct Asked {
    op: OpId,
    /// The first octet that is new.
    from: u64,
    /// How many octets before it come once more.
    overlap: usize,
    length: u32,
}

async fn pieces(
    account: &Arc<Account>,
    line: &mut Line,
    (want, number): (&Want, u32),
    found: ToFetch,
    portion: Portion,
) -> Result<Came, Stop> {
    let (email, at, end) = (want.email, found.at, found.left_out.end);
    let folder = account.write(move |writer| writer.folder(at.mailbox)).await?;
    if folder.uid_validity != at.uid_validity || !enter(account, line, &folder).await? {
        return Ok(Came::Again(Error::new(ErrorKind::NotFound)));
    }
    let total = found.left_out.end - found.left_out.start;
    let tell = |to: u64| {
        let done = to - found.left_out.start;
        account.news.tell(&Event::PartProgress { ticket: want.ticket, email, part: number, done, total });
    };
    let mut next = found.left_out.start + found.here;
    let (mut asked, mut before) = (next, found.before);
    let mut under_way: VecDeque<Asked> = VecDeque::new();
    let (mut came, mut ended) = (0, None);
    tell(next);
    loop {
        if ended.is_none() && !account.todo().goes_on_with(want.ticket) {
            ended = Some(Came::Later);
        }
        if ended.is_none() && portion == Portion::Small && came >= SMALL_PORTION {
            ended = Some(Came::Later);
        }
        while ended.is_none() && under_way.len() < AHEAD && asked < end {
            let overlap = if asked == next { before.len() } else { usize::try_from(OVERLAP).unwrap_or(0) };
            let length = u32::try_from(end - asked).unwrap_or(PIECE).min(PIECE);
            let wanted = length.saturating_add(u32::try_from(overlap).unwrap_or(0));
            let op = line.submit(piece_op(at.uid, asked - overlap as u64, wanted));
            under_way.push_back(Asked { op, from: asked, overlap, length: wanted });
            asked += u64::from(length);
        }
        // What was asked for is waited for whatever happens: it is kept, if it can be.
        let Some(piece_asked) = under_way.pop_front() else {
            return Ok(ended.unwrap_or(Came::All));
        };
        let octets = match piece(line, piece_asked.op, piece_asked.length).await? {
            Ok(octets) => octets,
            Err(error) => {
                ended.get_or_insert(refused(line, error));
                continue;
            }
        };
        if piece_asked.from != next || matches!(ended, Some(Came::Again(_) | Came::Failed(_))) {
            continue;
        }
        let length = usize::try_from(piece_asked.length).unwrap_or(usize::MAX);
        let new = octets.strip_prefix(before.as_slice()).filter(|_| octets.len() == length);
        let Some(new) = new.filter(|_| before.len() == piece_asked.overlap) else {
            // It isn't tried in pieces again.
            account.todo().never_in_part(email, MOST_BROKEN);
            account.write(move |writer| writer.forget_excerpt(email)).await?;
            ended = Some(Came::Failed(Error::note(ErrorKind::ProtocolBroken, OTHER_PIECE)));
            continue;
        };
        let new = new.to_vec();
        before = octets
            .get(octets.len().saturating_sub(usize::try_from(OVERLAP).unwrap_or(0))..)
            .unwrap_or_default()
            .to_vec();
        next += new.len() as u64;
        came += 1;
        match keep(account, email, (at, piece_asked.from), new).await? {
            Kept::More => tell(next),
            Kept::Part => {
                tell(next);
                account.news.tell(&Event::BodyArrived { email });
            }
            Kept::Whole(arrived, changed) => {
                tell(next);
                account.tell_arrived(arrived, changed);
            }
            Kept::Contradiction => {
                account.todo().never_in_part(email, MOST_BROKEN);
                ended = Some(Came::Again(Error::note(ErrorKind::ProtocolBroken, OTHER_PIECE)));
            }
            Kept::NotWanted => ended = Some(Came::Again(Error::new(ErrorKind::NotFound))),
        }
        account.todo().part_came(want.ticket);
    }
}

/// What an answer without octets means.
fn refused(line: &mut Line, error: Error) -> Came {
    if error.kind() == ErrorKind::NotFound {
        // It was moved or deleted, or came after the mailbox was selected.
        line.leave();
        return Came::Again(error);
    }
    Came::Failed(error)
}

async fn keep(
    account: &Arc<Account>,
    email: EmailId,
    (at, from): (OnServer, u64),
    octets: Vec<u8>,
) -> Result<Kept, Error> {
    let _alone = account.intake.lock().await;
    account.write(move |writer| writer.keep_piece(email, at, from, &octets)).await
}
