//! From the bytes of a mail to something readable. Never panics, whatever the bytes.
//!
//! The MIME work is mail-parser's; here are the limits around it (`guard`) and what makes its findings fit to
//! be shown: fields (`header`), the text to read (`body`, `html`), file names and what is in the files (`file_name`, `part`, `pieces`), `preview`, a row of a list
//! (`glance`); and the words to find it by (`words`). Who opens one mail gets more of it (`opened`): its HTML made fit to be
//! shown (`sanitise`, on `markup`, `tree`, `css` and `target`), signs that it pretends (`spoof`), what its server found
//! (`authentication`), what it invites to (`invitation`), how to leave its list (`unsubscribe`). Files are in `files`, also
//! those inside Outlook's container (`tnef`, `rtf`) and in the midst of a text (`uuencode`).
//!
//! The other way, what is written becomes octets (`compose`) and is read back to be written on (`written`); `answer`, `subject`,
//! `mailto` and `forgotten` are for whoever begins one and sends it, `recipients` for whom it is to.

mod answer;
mod authentication;
mod body;
mod charset;
mod compose;
mod css;
mod drafted;
mod encoded_words;
mod excerpt;
mod file_name;
mod files;
mod forgotten;
mod found;
mod glance;
mod guard;
mod header;
#[cfg(test)]
mod hostile;
mod html;
mod invitation;
mod mailto;
mod markup;
mod opened;
mod parameters;
mod part;
mod pieces;
mod preview;
mod recipients;
mod rtf;
#[cfg(test)]
mod samples;
mod sanitise;
mod sheet;
mod spoof;
mod subject;
mod target;
#[cfg(test)]
mod tests;
mod tnef;
mod tracker;
mod transfer;
mod tree;
mod unsubscribe;
mod uuencode;
pub mod words;
mod written;

use std::sync::LazyLock;

use mail_parser::{HeaderName, Message, MessageParser, MessagePart, MimeHeaders};

use crate::model::{Address, Attachment, Instant};

pub(crate) use guard::unless_it_panics;
pub(crate) use unsubscribe::mail as unsubscribe_mail;

pub use answer::{Answer, AnswerWords, How, SignaturePlace, answer};
pub use compose::{Composition, Enclosure, Writing, compose};
pub use drafted::{drafted, message_id};
pub use excerpt::{LeftOut, file_places, files_left_out, open_excerpt, parse_excerpt};
pub use files::file_to_send;
pub use forgotten::forgets_attachment;
pub use found::places;
pub use glance::{BEGINNING, Glance, PREVIEW, glance};
pub use invitation::{Attendance, Invitation, Method, Moment};
pub use mailto::mailto;
pub use opened::{Authentication, Marks, OpenedEmail, PartFacts, Wanted, open};
pub use part::{part, part_pieces};
pub use pieces::{Coding, Decoder, Pieces};
pub use preview::preview;
pub use recipients::{Recipient, mailbox, read as recipients};
pub use spoof::{Pretence, is_false_link};
pub use tracker::tracker;
pub use unsubscribe::Unsubscribe;
pub use written::written;

/// Reads the fields that are of use here, and skips the others.
static PARSER: LazyLock<MessageParser> =
    LazyLock::new(|| MessageParser::new().with_minimal_headers().with_message_ids().default_header_ignore());

/// Recipients told of a header.
const RECIPIENTS: usize = 200;

/// What a list row and threading need of a header.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeaderFacts {
    pub from: Address,
    /// Those in To, Cc and Bcc; the first two hundred.
    pub recipients: Vec<Address>,
    pub subject: String,
    /// The Date field, if it makes sense.
    pub written: Option<Instant>,
    /// Without the angle brackets.
    pub message_id: Option<String>,
    /// Message-IDs of In-Reply-To and References, oldest first, each once, without brackets.
    pub references: Vec<String>,
    /// The Content-Type makes an attachment likely (multipart/mixed, or a single part that is no text).
    pub has_attachment: bool,
}

/// A parsed mail.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ParsedEmail {
    pub from: Vec<Address>,
    pub to: Vec<Address>,
    pub cc: Vec<Address>,
    pub reply_to: Vec<Address>,
    pub subject: String,
    pub written: Option<Instant>,
    /// The text to read, `\n` line ends; made from HTML when there is only HTML.
    pub text: String,
    pub from_html: bool,
    pub attachments: Vec<Attachment>,
    /// It could not be parsed as a mail; `text` holds what could be shown of it.
    pub damaged: bool,
}

/// How many octets a mail's header takes, its empty line left out; all of it where there is none.
pub fn header_length(raw: &[u8]) -> usize {
    header::block(raw).len()
}

/// Reads the fields of a header block.
pub fn header_facts(header: &[u8]) -> HeaderFacts {
    guard::unless_it_panics(|| {
        let header = &guard::with_lines(header);
        let header = header::block(header);
        // The library forgets a last field without a line end.
        let mut block = header::readable(header).into_owned();
        block.extend_from_slice(b"\r\n\r\n");
        PARSER.parse_headers(&block).map(|message| facts_of(&message))
    })
    .flatten()
    .unwrap_or_default()
}

/// The same mail with CR LF at the end of each line, as it must be on the wire (RFC 5322 section 2.3).
pub fn with_line_ends(message: Vec<u8>) -> Vec<u8> {
    let lone = |place: usize| {
        message.get(place) == Some(&b'\n')
            && place.checked_sub(1).and_then(|p| message.get(p)) != Some(&b'\r')
    };
    let count = (0..message.len()).filter(|place| lone(*place)).count();
    if count == 0 {
        return message;
    }
    let mut whole = Vec::with_capacity(message.len() + count);
    for (place, byte) in message.iter().enumerate() {
        if lone(place) {
            whole.push(b'\r');
        }
        whole.push(*byte);
    }
    whole
}

/// Reads a whole mail.
pub fn parse(raw: &[u8]) -> ParsedEmail {
    parse_with_facts(raw).1
}

/// Reads a whole mail, and what a list row needs of its header.
pub fn parse_with_facts(raw: &[u8]) -> (HeaderFacts, ParsedEmail) {
    let raw = &guard::with_lines(raw);
    let (within, cut) = guard::within_limits(raw);
    if header::is_missing(within) {
        return damaged(raw, within);
    }
    let parsed = guard::unless_it_panics(|| {
        let quiet = guard::without_nested_mails(within);
        let readable = header::readable(&quiet);
        PARSER.parse(readable.as_ref()).map(|message| (facts_of(&message), read(&message)))
    });
    match parsed.flatten().filter(|(_, parsed)| says_something(parsed)) {
        Some((facts, mut parsed)) => {
            parsed.damaged |= cut;
            if cut {
                read_the_end(&mut parsed, raw);
            }
            (facts, parsed)
        }
        None => damaged(raw, within),
    }
}

/// What can be shown of bytes that are no mail.
fn damaged(raw: &[u8], within: &[u8]) -> (HeaderFacts, ParsedEmail) {
    let text = body::tidied(&charset::decoded(within, None));
    (header_facts(raw), ParsedEmail { damaged: true, text, ..ParsedEmail::default() })
}

/// Of a mail that was cut before anything was read of it: what its last octets say, without what divides parts.
fn read_the_end(email: &mut ParsedEmail, raw: &[u8]) {
    const MOST: usize = 64 << 10;
    if !email.text.is_empty() || !email.attachments.is_empty() {
        return;
    }
    let end = raw.get(raw.len().saturating_sub(MOST)..).unwrap_or(raw);
    let text = charset::decoded(end, None);
    let divides = |line: &&str| line.starts_with("--") || line.to_ascii_lowercase().starts_with("content-");
    let lines: Vec<&str> = text.lines().filter(|line| !divides(line)).collect();
    email.text = body::tidied(&lines.join("\n"));
}

/// Octets of a text in whatever charset as text, fit to be read.
pub fn plain_text(octets: &[u8]) -> String {
    body::tidied(&charset::decoded(octets, None))
}

/// Whether a character has no business in a header, a name or a certificate: controls and what reorders text.
pub(crate) fn is_unseen(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' // bidi
            | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}

/// Whether anything was found; the library takes any words for a header.
fn says_something(parsed: &ParsedEmail) -> bool {
    *parsed != ParsedEmail::default()
}

fn facts_of(message: &Message<'_>) -> HeaderFacts {
    let first_id = message.header_values(HeaderName::MessageId).flat_map(header::message_ids).next();
    let fields = [HeaderName::To, HeaderName::Cc, HeaderName::Bcc];
    HeaderFacts {
        from: header::addresses(message, HeaderName::From).into_iter().next().unwrap_or_default(),
        recipients: fields
            .into_iter()
            .flat_map(|field| header::addresses(message, field))
            .take(RECIPIENTS)
            .collect(),
        subject: header::subject(message),
        written: header::written(message),
        message_id: first_id,
        references: header::references(message),
        has_attachment: message.parts.first().is_some_and(seems_to_carry_a_file),
    }
}

fn seems_to_carry_a_file(root: &MessagePart<'_>) -> bool {
    if root.content_disposition().is_some_and(|disposition| disposition.is_attachment()) {
        return true;
    }
    let Some(content_type) = root.content_type() else { return false };
    match content_type.ctype() {
        "multipart" => content_type.subtype() == Some("mixed"),
        "text" => false,
        _ => content_type.subtype().is_some(),
    }
}

fn read(message: &Message<'_>) -> ParsedEmail {
    read_with(message, body::of(message))
}

/// The mail with the text to read of it.
fn read_with(message: &Message<'_>, body: body::Body) -> ParsedEmail {
    ParsedEmail {
        from: header::addresses(message, HeaderName::From),
        to: header::addresses(message, HeaderName::To),
        cc: header::addresses(message, HeaderName::Cc),
        reply_to: header::addresses(message, HeaderName::ReplyTo),
        subject: header::subject(message),
        written: header::written(message),
        attachments: files::of(message, &body).into_iter().map(|file| file.attachment).collect(),
        text: body.text,
        from_html: body.from_html,
        damaged: body.damaged,
    }
}
