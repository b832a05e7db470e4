//! A mail that is to be sent: whether it can be, who gets it, and what is not told to them.
//!
//! All of it is read from the mail's own header (RFC 5322 section 3.6). Octets that would mean one thing to us and another
//! to a server, such as a lone CR in a field, are refused: nothing in a field becomes another field, or a command.

use lettre::Address;
use mail_parser::{HeaderName, MessageParser};

use crate::error::{Error, ErrorKind};
use crate::mime;
use crate::model::Instant;

/// The largest mail that is sent, in octets: more than any server takes.
const LARGEST: usize = 256 << 20;
/// The largest header, in octets.
const HEADER: usize = 1 << 20;
/// Recipients of one mail: servers take at least 100 (RFC 5321 section 4.5.3.1.8).
const RECIPIENTS: usize = 1000;

/// From whom and to whom a server is asked to carry a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    pub(super) from: Address,
    pub(super) to: Vec<Address>,
    /// An address or the header holds more than ASCII: the server must know SMTPUTF8 (RFC 6531).
    pub(super) needs_utf8: bool,
    /// It is an address.
    pub(super) has_utf8_address: bool,
}

impl Envelope {
    /// Whose answers and bounces it gets.
    pub fn from(&self) -> &str {
        AsRef::<str>::as_ref(&self.from)
    }

    /// Each of those who get it, once.
    pub fn to(&self) -> impl Iterator<Item = &str> {
        self.to.iter().map(AsRef::<str>::as_ref)
    }
}

/// The mail as it is kept and sent: with CR LF at the end of each line, and with a Message-ID (made of `nonce`) and a Date
/// if it had none.
///
/// # Errors
/// `InvalidInput` when it is no mail, or can't be sent to those it names; `LimitExceeded` when it is too large.
pub fn completed(message: Vec<u8>, now: Instant, nonce: &str) -> Result<Vec<u8>, Error> {
    let wrong = |note| Err(Error::note(ErrorKind::InvalidInput, note));
    match message.len() {
        0 => return wrong("the mail is empty"),
        size if size > LARGEST => {
            return Err(Error::note(ErrorKind::LimitExceeded, "the mail is too large"));
        }
        _ if message.contains(&0) => return wrong("the mail holds a NUL"),
        _ => {}
    }
    let lone_return = |pair: &[u8]| matches!(pair, [b'\r', after] if *after != b'\n');
    if message.windows(2).any(lone_return) || message.ends_with(b"\r") {
        return wrong("the mail holds a lone carriage return");
    }
    let message = mime::with_line_ends(message);
    let envelope = envelope(&message)?;
    let (fields, _) = split(&message)?;
    let facts = mime::header_facts(&message);
    let mut added = String::new();
    if !fields.iter().any(|field| field.is("Date")) {
        let date = mail_parser::DateTime::from_timestamp(now.0.div_euclid(1000)).to_rfc822();
        added.push_str(&format!("Date: {date}\r\n"));
    }
    let has_id = facts.message_id.is_some_and(|id| !id.is_empty());
    if !has_id {
        let unique: String = nonce.chars().filter(char::is_ascii_alphanumeric).collect();
        added.push_str(&format!("Message-ID: <{unique}@{}>\r\n", ascii_domain(&envelope.from)));
    }
    if added.is_empty() {
        return Ok(message);
    }
    let mut whole = added.into_bytes();
    // A Message-ID that can't be read would stand beside the one that can.
    whole.extend(if has_id { message } else { without(&message, &["Message-ID"])? });
    Ok(whole)
}

/// A domain that can stand in a Message-ID of any server.
fn ascii_domain(address: &Address) -> &str {
    Some(address.domain()).filter(|domain| domain.is_ascii()).unwrap_or("localhost.invalid")
}

/// Who sends a mail and who gets it, from its Sender or From, and its To, Cc and Bcc.
///
/// # Errors
/// `InvalidInput` when there is no sender, nobody gets it, or an address is none; `LimitExceeded` when too many get it.
pub fn envelope(message: &[u8]) -> Result<Envelope, Error> {
    let wrong = |note| Error::note(ErrorKind::InvalidInput, note);
    let (fields, _) = split(message)?;
    let mut header: Vec<u8> = fields.iter().flat_map(|field| field.bytes).copied().collect();
    header.extend_from_slice(b"\r\n");
    let parser = MessageParser::new().with_address_headers().default_header_ignore();
    let parsed = mime::unless_it_panics(|| parser.parse_headers(&header))
        .flatten()
        .ok_or_else(|| wrong("the mail has no header"))?;
    let addresses = |name: HeaderName<'_>| -> Result<Vec<Address>, Error> {
        let mut found = Vec::new();
        for header in parsed.headers().iter().filter(|header| header.name == name) {
            let Some(list) = header.value.as_address() else { continue };
            for address in list.iter() {
                found.push(checked(address.address().unwrap_or_default())?);
            }
        }
        Ok(found)
    };
    let sender = match addresses(HeaderName::Sender)?.into_iter().next() {
        Some(sender) => Some(sender),
        None => addresses(HeaderName::From)?.into_iter().next(),
    };
    let from = sender.ok_or_else(|| wrong("the mail names no sender"))?;
    let mut to: Vec<Address> = Vec::new();
    for name in [HeaderName::To, HeaderName::Cc, HeaderName::Bcc] {
        for address in addresses(name)? {
            if !to.contains(&address) {
                to.push(address);
            }
        }
    }
    if to.is_empty() {
        return Err(wrong("the mail names nobody who gets it"));
    }
    if to.len() > RECIPIENTS {
        return Err(Error::note(ErrorKind::LimitExceeded, "more people than a thousand get the mail"));
    }
    // Whoever gets it by Bcc alone is named in no field that is sent.
    let is_told = |field: &&Field<'_>| !field.is("Bcc") && !field.is("Resent-Bcc");
    let header_is_ascii = fields.iter().filter(is_told).all(|field| field.bytes.is_ascii());
    let is_ascii = |address: &Address| AsRef::<str>::as_ref(address).is_ascii();
    let has_utf8_address = !is_ascii(&from) || !to.iter().all(is_ascii);
    Ok(Envelope { from, to, needs_utf8: !header_is_ascii || has_utf8_address, has_utf8_address })
}

fn checked(address: &str) -> Result<Address, Error> {
    let wrong =
        || Error::note(ErrorKind::InvalidInput, "an address in the mail is none that mail can be sent to");
    let is_out_of_place = |c: char| c.is_control() || c.is_whitespace() || matches!(c, '<' | '>');
    let (user, domain) = address.rsplit_once('@').ok_or_else(wrong)?;
    if address.chars().any(is_out_of_place) {
        return Err(wrong());
    }
    Address::new(user, domain).map_err(|error| wrong().because(error))
}

/// A mail as it goes to the server: without the fields that tell who gets it unseen by the others. However large it is, no second
/// copy of it is made.
pub(super) struct Told<'a> {
    header: Vec<u8>,
    rest: &'a [u8],
}

/// # Errors
/// `InvalidInput` when it is no mail.
pub(super) fn told(message: &[u8]) -> Result<Told<'_>, Error> {
    let (fields, rest) = split(message)?;
    let is_told = |field: &&Field<'_>| !field.is("Bcc") && !field.is("Resent-Bcc");
    let header = fields.iter().filter(is_told).flat_map(|field| field.bytes).copied().collect();
    Ok(Told { header, rest })
}

impl Told<'_> {
    pub(super) fn len(&self) -> usize {
        self.header.len() + self.rest.len()
    }

    pub(super) fn is_ascii(&self) -> bool {
        self.header.is_ascii() && self.rest.is_ascii()
    }

    pub(super) fn ends_with_line(&self) -> bool {
        if self.rest.is_empty() { self.header.ends_with(b"\r\n") } else { self.rest.ends_with(b"\r\n") }
    }

    /// All of it, in pieces of at most so many octets.
    pub(super) fn pieces(&self, most: usize) -> impl Iterator<Item = &[u8]> {
        self.header.chunks(most).chain(self.rest.chunks(most))
    }
}

fn without(message: &[u8], names: &[&str]) -> Result<Vec<u8>, Error> {
    let (fields, rest) = split(message)?;
    let mut left = Vec::with_capacity(message.len());
    for field in fields.iter().filter(|field| !names.iter().any(|name| field.is(name))) {
        left.extend_from_slice(field.bytes);
    }
    left.extend_from_slice(rest);
    Ok(left)
}

/// A field with its line ends.
struct Field<'a> {
    name: &'a [u8],
    bytes: &'a [u8],
}

impl Field<'_> {
    fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name.as_bytes())
    }
}

/// The fields of a mail, and what comes after them: the empty line and the text.
fn split(message: &[u8]) -> Result<(Vec<Field<'_>>, &[u8]), Error> {
    let wrong = || Error::note(ErrorKind::InvalidInput, "the mail doesn't begin with a header");
    let mut fields: Vec<Field<'_>> = Vec::new();
    let mut rest = message;
    let mut begin = 0;
    loop {
        let at = message.len() - rest.len();
        let end = memchr::memchr(b'\n', rest).map_or(rest.len(), |end| end + 1);
        let (line, after) = rest.split_at(end);
        let continues = matches!(line.first(), Some(b' ' | b'\t'));
        if continues {
            let last = fields.last_mut().ok_or_else(wrong)?;
            last.bytes = message.get(begin..at + end).ok_or_else(wrong)?;
        } else if line.is_empty() || line == b"\r\n" || line == b"\n" {
            return if fields.is_empty() { Err(wrong()) } else { Ok((fields, rest)) };
        } else {
            let colon = memchr::memchr(b':', line).filter(|colon| *colon > 0).ok_or_else(wrong)?;
            let name =
                line.get(..colon).filter(|name| name.iter().all(u8::is_ascii_graphic)).ok_or_else(wrong)?;
            begin = at;
            fields.push(Field { name, bytes: line });
        }
        rest = after;
        if at + end > HEADER {
            return Err(Error::note(ErrorKind::LimitExceeded, "the header of the mail is too large"));
        }
    }
}

#[cfg(test)]
mod tests;
