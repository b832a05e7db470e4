//! From the bytes of a mail to something readable. Never panics, whatever the bytes.

use crate::model::{Address, Attachment, Instant};

/// What a list row and threading need of a header.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeaderFacts {
    pub from: Address,
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

/// Reads the fields of a header block.
pub fn header_facts(_header: &[u8]) -> HeaderFacts {
    HeaderFacts::default()
}

/// Reads a whole mail.
pub fn parse(_raw: &[u8]) -> ParsedEmail {
    ParsedEmail::default()
}

/// The first words of a parsed mail's text as one line of at most `chars` characters, quotes left out.
pub fn preview(_parsed: &ParsedEmail, _chars: usize) -> String {
    String::new()
}

/// Whether a character has no business in a header, a name or a certificate: controls and bidi controls.
pub(crate) fn is_unseen(_character: char) -> bool {
    false
}
