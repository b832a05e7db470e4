//! Mails that are being written: kept as they are typed, on this device and on the server, and sent.

use std::mem::MaybeUninit;
use std::time::Duration;

use waxwing_core::command::Message;
use waxwing_core::mime::{self, AnswerWords, Composition, How, SignaturePlace, Writing};
use waxwing_core::model::{Draft, DraftFileId, DraftId, DraftState, Instant, NewFile, Relation, SendTime};
use waxwing_core::{Command, ErrorKind, Ticket};

use crate::accounts::request;
use crate::changes::durable;
use crate::client::{Purpose, waxwing_client, waxwing_operation_id, waxwing_request};
use crate::event::id;
use crate::guard::{self, Fault, Misuse, Sized32};
use crate::ids::{account_id, email_id, number, waxwing_account_id, waxwing_message_id};
use crate::rows::{Row, waxwing_rows};
use crate::status::waxwing_status;
use crate::text::{Texts, waxwing_bytes, waxwing_str};

/// A mail that is being written; as `waxwing_account_id`.
pub type waxwing_draft_id = u64;
/// A file of one.
pub type waxwing_draft_file_id = u64;

/// Those who read it are asked to say so (RFC 8098).
pub const WAXWING_DRAFT_WANTS_RECEIPT: u32 = 1;
/// The text is CommonMark: it is sent as it is, and as HTML beside it.
pub const WAXWING_DRAFT_MARKDOWN: u32 = 2;
/// Nobody writes on it: see `waxwing_draft_close`. Told of rows alone.
pub const WAXWING_DRAFT_CLOSED: u32 = 4;

/// A mail as far as it is written. Set `struct_size` and zero the rest.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct waxwing_composition {
    pub struct_size: u32,
    /// WAXWING_DRAFT_WANTS_RECEIPT, WAXWING_DRAFT_MARKDOWN.
    pub flags: u32,
    /// Whose it is, and by whose server it is sent.
    pub account: waxwing_account_id,
    /// 0: a new one.
    pub draft: waxwing_draft_id,
    /// The message that it answers, or that it passes on, or 0; not both. Once it was sent that one is marked so.
    pub answers: waxwing_message_id,
    pub forwards: waxwing_message_id,
    /// One author: `Name <local@domain>`.
    pub from: waxwing_str,
    /// Lists, as people type or paste them.
    pub to: waxwing_str,
    pub cc: waxwing_str,
    pub bcc: waxwing_str,
    pub reply_to: waxwing_str,
    pub subject: waxwing_str,
    pub text: waxwing_str,
    /// Message-IDs of what it answers, oldest first, without brackets, with blanks between them: from `waxwing_message_answer`.
    pub references: waxwing_str,
}

// SAFETY: it begins with its size, and holds numbers and pointers.
unsafe impl Sized32 for waxwing_composition {
    const FIRST: usize = size_of::<Self>();
}

/// A file that is to go along. Set `struct_size` and zero the rest.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct waxwing_new_file {
    pub struct_size: u32,
    /// A file of `message`, as `waxwing_message_parts` numbers them; 0: the whole message. Without one: 0.
    pub part: u32,
    /// What goes along is this message, or a file of it, and nothing below; fetched first if it isn't here. 0: what is below.
    pub message: waxwing_message_id,
    /// Made safe for whoever gets it.
    pub name: waxwing_str,
    /// `type/subtype`.
    pub media_type: waxwing_str,
    /// "": it is attached; else it is a picture that a text in CommonMark shows: `![words](cid:…)`.
    pub content_id: waxwing_str,
    pub octets: waxwing_bytes,
}

// SAFETY: it begins with its size, and holds numbers and pointers.
unsafe impl Sized32 for waxwing_new_file {
    const FIRST: usize = size_of::<Self>();
}

fn draft_id(draft: waxwing_draft_id) -> Result<DraftId, Fault> {
    Ok(DraftId(number(draft)?))
}

fn composition(of: &waxwing_composition) -> Result<Composition, Fault> {
    // SAFETY: the caller's promise: text that lives during the call.
    let read = |text: waxwing_str, name| unsafe { text.read(name) }.map(str::to_owned);
    let known = WAXWING_DRAFT_WANTS_RECEIPT | WAXWING_DRAFT_MARKDOWN;
    if of.flags & !known != 0 {
        return Err(Misuse::of("composition.flags", "has bits that aren't known").into());
    }
    let is_markdown = of.flags & WAXWING_DRAFT_MARKDOWN != 0;
    Ok(Composition {
        from: read(of.from, "composition.from")?,
        to: read(of.to, "composition.to")?,
        cc: read(of.cc, "composition.cc")?,
        bcc: read(of.bcc, "composition.bcc")?,
        reply_to: read(of.reply_to, "composition.reply_to")?,
        subject: read(of.subject, "composition.subject")?,
        text: read(of.text, "composition.text")?,
        writing: if is_markdown { Writing::Markdown } else { Writing::Plain },
        references: read(of.references, "composition.references")?
            .split(' ')
            .filter(|id| !id.is_empty())
            .map(str::to_owned)
            .collect(),
        wants_receipt: of.flags & WAXWING_DRAFT_WANTS_RECEIPT != 0,
    })
}

/// Keeps a mail as far as it is written, a new draft or another state of one: meant for every two seconds while somebody types.
/// Half a minute after the last change it is handed over to the account's mailbox for drafts. Final: DONE with its id in
/// `counts[0]`, durable then; FAILED with E_NOT_FOUND, with E_STATE while it is being sent or when it was discarded, with E_LIMIT
/// where it is too large.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn waxwing_draft_save(
    client: MaybeUninit<&waxwing_client>,
    composition: MaybeUninit<&waxwing_composition>,
    out_request: MaybeUninit<&mut waxwing_request>,
) -> waxwing_status {
    request(client, "waxwing_draft_save", out_request, Purpose::Plain, || {
        // SAFETY: the caller's promise: a struct as long as it says.
        let of = unsafe { guard::sized(composition, "composition")? };
        let relation = match (of.answers, of.forwards) {
            (0, 0) => Relation::None,
            (answers, 0) => Relation::Answers(email_id(answers)?),
            (0, forwards) => Relation::Forwards(email_id(forwards)?),
            _ => return Err(Misuse::of("composition.forwards", "can't be with answers").into()),
        };
        let draft = if of.draft == 0 { None } else { Some(draft_id(of.draft)?) };
        let composition = self::composition(&of)?;
        Ok(Command::SaveDraft { draft, account: account_id(of.account)?, composition, relation })
    })
}

/// Adds a file to a draft. Final: DONE with its id in `counts[0]`, durable then; FAILED as `waxwing_draft_save`, and where a
/// message could not be fetched.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn waxwing_draft_add_file(
    client: MaybeUninit<&waxwing_client>,
    draft: waxwing_draft_id,
    file: MaybeUninit<&waxwing_new_file>,
    out_request: MaybeUninit<&mut waxwing_request>,
) -> waxwing_status {
    request(client, "waxwing_draft_add_file", out_request, Purpose::Plain, || {
        // SAFETY: the caller's promise: a struct as long as it says.
        let file = unsafe { guard::sized(file, "file")? };
        // SAFETY: the caller's promise: text that lives during the call.
        let read = |text: waxwing_str, name| unsafe { text.read(name) }.map(str::to_owned);
        let file = match (file.message, file.part) {
            (0, 0) => NewFile::Octets {
                name: read(file.name, "file.name")?,
                media_type: read(file.media_type, "file.media_type")?,
                content_id: read(file.content_id, "file.content_id")?,
                // SAFETY: the caller's promise: bytes that live during the call.
                octets: Message(unsafe { file.octets.read("file.octets")? }.to_vec()),
            },
            (0, _) => return Err(Misuse::of("file.part", "is of no message").into()),
            (message, 0) => NewFile::Mail(email_id(message)?),
            (message, part) => NewFile::Part { email: email_id(message)?, part },
        };
        Ok(Command::AddFile { draft: draft_id(draft)?, file })
    })
}

/// Takes a file out of a draft, for good. Final: DONE, or FAILED with E_NOT_FOUND or E_STATE.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn waxwing_draft_remove_file(
    client: MaybeUninit<&waxwing_client>,
    draft: waxwing_draft_id,
    file: waxwing_draft_file_id,
    out_request: MaybeUninit<&mut waxwing_request>,
) -> waxwing_status {
    request(client, "waxwing_draft_remove_file", out_request, Purpose::Plain, || {
        Ok(Command::RemoveFile { draft: draft_id(draft)?, file: DraftFileId(number(file)?) })
    })
}

/// Nobody writes on a draft any more: it is handed over to the server without waiting; one in which there is nothing is dropped.
/// Final: DONE, or FAILED with E_NOT_FOUND.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn waxwing_draft_close(
    client: MaybeUninit<&waxwing_client>,
    draft: waxwing_draft_id,
    out_request: MaybeUninit<&mut waxwing_request>,
) -> waxwing_status {
    request(client, "waxwing_draft_close", out_request, Purpose::Plain, || {
        Ok(Command::CloseDraft { draft: draft_id(draft)? })
    })
}

/// Throws a draft away: what the server has of it is removed, here it is kept for thirty days. Final: DONE, or FAILED with
/// E_NOT_FOUND or E_STATE.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn waxwing_draft_discard(
    client: MaybeUninit<&waxwing_client>,
    draft: waxwing_draft_id,
    out_request: MaybeUninit<&mut waxwing_request>,
) -> waxwing_status {
    request(client, "waxwing_draft_discard", out_request, Purpose::Plain, || {
        Ok(Command::DiscardDraft { draft: draft_id(draft)? })
    })
}

/// Brings back a draft that was discarded (`version_ms` 0), or what a draft was then: `changed_ms` of a row of
/// `waxwing_draft_versions_snapshot`. Final: DONE with its id in `counts[0]`, which is another one where it was sent; FAILED with
/// E_NOT_FOUND or E_STATE.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn waxwing_draft_restore(
    client: MaybeUninit<&waxwing_client>,
    draft: waxwing_draft_id,
    version_ms: i64,
    out_request: MaybeUninit<&mut waxwing_request>,
) -> waxwing_status {
    request(client, "waxwing_draft_restore", out_request, Purpose::Plain, || {
        let version = (version_ms != 0).then_some(Instant(version_ms));
        Ok(Command::RestoreDraft { draft: draft_id(draft)?, version })
    })
}

/// Makes a draft of a message in the mailbox for drafts, whichever program wrote it. Final: DONE with its id in `counts[0]`;
/// FAILED with E_NOT_FOUND, with E_STATE where it is in no mailbox for drafts, or because it could not be fetched.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn waxwing_draft_open(
    client: MaybeUninit<&waxwing_client>,
    message: waxwing_message_id,
    out_request: MaybeUninit<&mut waxwing_request>,
) -> waxwing_status {
    request(client, "waxwing_draft_open", out_request, Purpose::Plain, || {
        Ok(Command::OpenDraft { email: email_id(message)? })
    })
}

/// Sends a draft, once: `hold_ms` from now (an hour at most), or at `at_ms` (milliseconds since 1970-01-01T00:00Z, a year ahead at
/// most; then `hold_ms` is 0); 0: not at a time of its own. Until its end is on its way waxwing_operation_undo gives the draft back;
/// refused it is a draft again as well. Otherwise as `waxwing_send_raw`. E_ARGUMENT: an address is none, or nobody is to get it. [durable]
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn waxwing_draft_send(
    client: MaybeUninit<&waxwing_client>,
    draft: waxwing_draft_id,
    hold_ms: u32,
    at_ms: i64,
    out_op: MaybeUninit<&mut waxwing_operation_id>,
) -> waxwing_status {
    durable(client, "waxwing_draft_send", out_op, || {
        let time = match (hold_ms, at_ms) {
            (hold, 0) => SendTime::After(Duration::from_millis(u64::from(hold))),
            (0, at) => SendTime::At(Instant(at)),
            _ => return Err(Misuse::of("at_ms", "can't be with hold_ms").into()),
        };
        Ok(Command::SendDraft { draft: draft_id(draft)?, time })
    })
}

/// Where a draft stands. An open set.
pub type waxwing_draft_state = i32;
pub const WAXWING_DRAFT_WRITING: waxwing_draft_state = 0;
/// It is to be sent, or is being sent, by `operation`.
pub const WAXWING_DRAFT_SENDING: waxwing_draft_state = 1;
/// It was thrown away, and is kept for thirty days.
pub const WAXWING_DRAFT_DISCARDED: waxwing_draft_state = 2;

/// A mail that is being written, or was, or is about to be. As in `waxwing_composition` where nothing is said.
#[repr(C)]
pub struct waxwing_draft_row {
    pub id: waxwing_draft_id,
    pub account: waxwing_account_id,
    pub answers: waxwing_message_id,
    pub forwards: waxwing_message_id,
    /// The server's copy, or the one on its way there, as the mailbox for drafts lists it; 0 if there is none.
    pub message: waxwing_message_id,
    /// By which it is sent; else 0.
    pub operation: waxwing_operation_id,
    /// When it was last changed; of a version, which one it is.
    pub changed_ms: i64,
    pub state: waxwing_draft_state,
    pub flags: u32,
    pub from: waxwing_str,
    pub to: waxwing_str,
    pub cc: waxwing_str,
    pub bcc: waxwing_str,
    pub reply_to: waxwing_str,
    pub subject: waxwing_str,
    pub text: waxwing_str,
    pub references: waxwing_str,
    /// Of an answer: the files to take along, as numbers for `waxwing_new_file` with blanks between them. Else "".
    pub parts: waxwing_str,
}

// SAFETY: plain data.
unsafe impl Row for waxwing_draft_row {}

fn row(texts: &mut Texts, of: &Composition) -> waxwing_draft_row {
    let receipt = if of.wants_receipt { WAXWING_DRAFT_WANTS_RECEIPT } else { 0 };
    let markdown = if of.writing == Writing::Markdown { WAXWING_DRAFT_MARKDOWN } else { 0 };
    waxwing_draft_row {
        id: 0,
        account: 0,
        answers: 0,
        forwards: 0,
        message: 0,
        operation: 0,
        changed_ms: 0,
        state: WAXWING_DRAFT_WRITING,
        flags: receipt | markdown,
        from: texts.keep(&of.from),
        to: texts.keep(&of.to),
        cc: texts.keep(&of.cc),
        bcc: texts.keep(&of.bcc),
        reply_to: texts.keep(&of.reply_to),
        subject: texts.keep(&of.subject),
        text: texts.keep(&of.text),
        references: texts.keep(&of.references.join(" ")),
        parts: texts.keep(""),
    }
}

fn row_of(texts: &mut Texts, draft: &Draft) -> waxwing_draft_row {
    let written = row(texts, &draft.composition);
    let (answers, forwards) = match draft.relation {
        Relation::None => (0, 0),
        Relation::Answers(email) => (id(email.0), 0),
        Relation::Forwards(email) => (0, id(email.0)),
    };
    let (state, operation) = match draft.state {
        DraftState::Writing => (WAXWING_DRAFT_WRITING, 0),
        DraftState::Sending(Ticket(operation)) => (WAXWING_DRAFT_SENDING, operation),
        DraftState::Discarded(_) => (WAXWING_DRAFT_DISCARDED, 0),
    };
    waxwing_draft_row {
        id: id(draft.id.0),
        account: id(draft.account.0),
        answers,
        forwards,
        message: draft.email.map_or(0, |email| id(email.0)),
        operation,
        changed_ms: draft.changed.0,
        state,
        flags: written.flags | if draft.is_closed { WAXWING_DRAFT_CLOSED } else { 0 },
        ..written
    }
}

/// The mails that are being written or sent, or (`discarded`) those that were thrown away: rows are `waxwing_draft_row`. Reads the
/// store. Free it with `waxwing_rows_free`. When they change DRAFTS_CHANGED says so.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn waxwing_drafts_snapshot(
    client: MaybeUninit<&waxwing_client>,
    discarded: bool,
    out: MaybeUninit<&mut *mut waxwing_rows>,
) -> waxwing_status {
    guard::from_client(client, "waxwing_drafts_snapshot", out, |client| {
        let reader = client.reader()?;
        let drafts = if discarded { reader.discarded_drafts()? } else { reader.drafts()? };
        let mut texts = Texts::default();
        let rows: Vec<_> = drafts.iter().map(|draft| row_of(&mut texts, draft)).collect();
        Ok(waxwing_rows::of(rows, texts))
    })
}

/// What a draft was before, newest first, of one that was sent all it was; for thirty days: rows are `waxwing_draft_row`, with
/// `id`, `changed_ms`, flags and texts alone. Reads the store. Free it with `waxwing_rows_free`.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn waxwing_draft_versions_snapshot(
    client: MaybeUninit<&waxwing_client>,
    draft: waxwing_draft_id,
    out: MaybeUninit<&mut *mut waxwing_rows>,
) -> waxwing_status {
    guard::from_client(client, "waxwing_draft_versions_snapshot", out, |client| {
        let versions = client.reader()?.draft_versions(draft_id(draft)?)?;
        let mut texts = Texts::default();
        let mut rows = Vec::new();
        for version in versions {
            let written = row(&mut texts, &version.composition);
            rows.push(waxwing_draft_row { id: draft, changed_ms: version.at.0, ..written });
        }
        Ok(waxwing_rows::of(rows, texts))
    })
}

/// A file of a draft.
#[repr(C)]
pub struct waxwing_draft_file_row {
    pub id: waxwing_draft_file_id,
    /// In octets.
    pub size: u64,
    pub name: waxwing_str,
    pub media_type: waxwing_str,
    /// As in `waxwing_new_file`.
    pub content_id: waxwing_str,
}

// SAFETY: plain data.
unsafe impl Row for waxwing_draft_file_row {}

/// The files of a draft, in the order in which they came: rows are `waxwing_draft_file_row`. Reads the store; E_NOT_FOUND. Free it
/// with `waxwing_rows_free`.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn waxwing_draft_files_snapshot(
    client: MaybeUninit<&waxwing_client>,
    draft: waxwing_draft_id,
    out: MaybeUninit<&mut *mut waxwing_rows>,
) -> waxwing_status {
    guard::from_client(client, "waxwing_draft_files_snapshot", out, |client| {
        let found = client.reader()?.draft(draft_id(draft)?)?;
        let draft = found.ok_or_else(|| Fault::of(ErrorKind::NotFound))?;
        let mut texts = Texts::default();
        let mut rows = Vec::new();
        for file in &draft.files {
            let (name, media_type) = (texts.keep(&file.name), texts.keep(&file.media_type));
            let content_id = texts.keep(&file.content_id);
            rows.push(waxwing_draft_file_row {
                id: id(file.id.0),
                size: file.size,
                name,
                media_type,
                content_id,
            });
        }
        Ok(waxwing_rows::of(rows, texts))
    })
}

/// How a message is answered. An open set.
pub type waxwing_answer_how = i32;
/// To whoever wrote it, or wherever they want answers.
pub const WAXWING_ANSWER_AUTHOR: waxwing_answer_how = 1;
/// To everybody who got it, too.
pub const WAXWING_ANSWER_ALL: waxwing_answer_how = 2;
/// To its mailing list alone; where it is of none, as ANSWER_ALL.
pub const WAXWING_ANSWER_LIST: waxwing_answer_how = 3;
/// It is passed on in the text of a new one, with its files.
pub const WAXWING_ANSWER_FORWARD: waxwing_answer_how = 4;
/// It is passed on as a file: add it with `message` of `waxwing_new_file`.
pub const WAXWING_ANSWER_FORWARD_FILE: waxwing_answer_how = 5;

/// The words of an answer that aren't its writer's, in their language. Set `struct_size` and zero the rest: what is "" is said in
/// English, or left out.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct waxwing_answer_words {
    pub struct_size: u32,
    /// The signature stands above what is quoted.
    pub signature_above: bool,
    /// Who wrote what is quoted, as one line: `{author}` and `{date}` stand for whom and when.
    pub wrote: waxwing_str,
    /// When the message was written, as the person reads dates; "": as ISO 8601, in UTC.
    pub date: waxwing_str,
    /// Above a message that is passed on.
    pub forwarded: waxwing_str,
    /// Names of its fields.
    pub from: waxwing_str,
    pub sent: waxwing_str,
    pub to: waxwing_str,
    pub cc: waxwing_str,
    pub subject: waxwing_str,
}

// SAFETY: it begins with its size, and holds numbers and pointers.
unsafe impl Sized32 for waxwing_answer_words {
    const FIRST: usize = size_of::<Self>();
}

fn answer_words(of: &waxwing_answer_words) -> Result<AnswerWords, Fault> {
    let english = AnswerWords::default();
    let read = |text: waxwing_str, name, other: &str| -> Result<String, Fault> {
        // SAFETY: the caller's promise: text that lives during the call.
        let said = unsafe { text.read(name)? };
        Ok(if said.is_empty() { other } else { said }.to_owned())
    };
    Ok(AnswerWords {
        wrote: read(of.wrote, "words.wrote", &english.wrote)?,
        date: read(of.date, "words.date", &english.date)?,
        forwarded: read(of.forwarded, "words.forwarded", &english.forwarded)?,
        from: read(of.from, "words.from", &english.from)?,
        sent: read(of.sent, "words.sent", &english.sent)?,
        to: read(of.to, "words.to", &english.to)?,
        cc: read(of.cc, "words.cc", &english.cc)?,
        subject: read(of.subject, "words.subject", &english.subject)?,
        signature: if of.signature_above { SignaturePlace::Above } else { SignaturePlace::Below },
    })
}

/// An answer to a message as it begins: one row of `waxwing_draft_row`, with `id` 0 and no state, to be shown, changed and given to
/// `waxwing_draft_save`, whatever of it is wanted. It is from the identity that got the message. Reads the store, nothing is kept.
/// E_NOT_FOUND while the message isn't here whole: see `waxwing_message_fetch`. Free it with `waxwing_rows_free`.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn waxwing_message_answer(
    client: MaybeUninit<&waxwing_client>,
    message: waxwing_message_id,
    how: waxwing_answer_how,
    words: MaybeUninit<&waxwing_answer_words>,
    out: MaybeUninit<&mut *mut waxwing_rows>,
) -> waxwing_status {
    guard::from_client(client, "waxwing_message_answer", out, |client| {
        // SAFETY: the caller's promise: a struct as long as it says.
        let words = answer_words(&unsafe { guard::sized(words, "words")? })?;
        let (how, is_forward) = match how {
            WAXWING_ANSWER_AUTHOR => (How::Reply, false),
            WAXWING_ANSWER_ALL => (How::ReplyAll, false),
            WAXWING_ANSWER_LIST => (How::ReplyList, false),
            WAXWING_ANSWER_FORWARD => (How::ForwardInline, true),
            WAXWING_ANSWER_FORWARD_FILE => (How::ForwardAttached, true),
            _ => return Err(Misuse::of("how", "is no way to answer").into()),
        };
        let (email, reader) = (email_id(message)?, client.reader()?);
        let account = reader.account_of(reader.row(email)?.mailbox)?;
        let answer = mime::answer(&reader.raw(email)?, how, &reader.identities(account)?, None, &words);
        let mut texts = Texts::default();
        let numbers: Vec<String> = answer.files.iter().map(u32::to_string).collect();
        let parts = texts.keep(&numbers.join(" "));
        let (answers, forwards) = if is_forward { (0, message) } else { (message, 0) };
        let written = row(&mut texts, &answer.composition);
        let row = waxwing_draft_row { account: id(account.0), answers, forwards, parts, ..written };
        Ok(waxwing_rows::of(vec![row], texts))
    })
}
