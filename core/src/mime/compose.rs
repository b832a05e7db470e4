//! A mail as a person writes it, as octets (RFC 5322, MIME): what is typed never becomes a field, an address or a line of its
//! own that wasn't meant.

mod flowed;
mod markdown;
mod transfer;

pub(super) use flowed::quoted;

use mail_builder::MessageBuilder;
use mail_builder::headers::address::Address as Mailbox;
use mail_builder::headers::content_type::ContentType;
use mail_builder::headers::message_id::MessageId;
use mail_builder::headers::raw::Raw;
use mail_builder::mime::{BodyPart, MimePart};

use super::recipients::{self, Recipient};
use super::{body, is_unseen};
use crate::error::{Error, ErrorKind};
use crate::model::Instant;

/// The longest subject, in bytes: far more than any list shows, and no field that servers refuse.
pub(super) const SUBJECT: usize = 1_990;
/// The longest Message-ID, in bytes: no line can hold a longer one.
const IDENTIFIER: usize = 900;
/// Message-IDs named in References: the first, and the newest ones (RFC 5322 section 3.6.4 sets no bound; servers do).
const REFERENCES: usize = 40;

/// How a text that is Markdown says so, for whoever writes on; to others it is plain text.
pub(super) const MARKUP: &str = "x-markup";
pub(super) const MARKDOWN: &str = "markdown";

/// How a text is meant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Writing {
    /// As it is typed.
    #[default]
    Plain,
    /// CommonMark: sent as it is typed, and as HTML beside it (multipart/alternative).
    Markdown,
}

/// A file that goes along.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Enclosure {
    pub name: String,
    /// `type/subtype`; anything else is taken for application/octet-stream.
    pub media_type: String,
    pub octets: Vec<u8>,
    /// What names it in the text, without brackets: `![alt](cid:…)` shows it there. Empty: it is attached.
    pub content_id: String,
}

/// A mail that is being written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Composition {
    /// One mailbox: `Name <local@domain>`.
    pub from: String,
    /// Lists of mailboxes, as they are typed or pasted.
    pub to: String,
    pub cc: String,
    pub bcc: String,
    /// Where answers are to go, if elsewhere: a list as well.
    pub reply_to: String,
    pub subject: String,
    pub text: String,
    pub writing: Writing,
    /// Message-IDs of the mails it answers, oldest first, without brackets; the last one is the one that is answered.
    pub references: Vec<String>,
    /// Those who read it are asked to say so (RFC 8098).
    pub wants_receipt: bool,
}

/// The mail with these files, with that Message-ID (without brackets) and that Date. It has its Bcc still.
///
/// # Errors
/// `InvalidInput`: an address is none, there is no sender, or something holds what can't be in a header.
pub fn compose(
    mail: &Composition,
    files: &[Enclosure],
    message_id: &str,
    at: Instant,
) -> Result<Vec<u8>, Error> {
    let from = sender(&mail.from)?;
    let mut message = MessageBuilder::new()
        .message_id(MessageId::new(identifier(message_id)?))
        .date(at.0.div_euclid(1000))
        .from(mailbox(&from));
    let subject = subject(&mail.subject)?;
    if subject.contains("=?") {
        // It must not be taken for what it looks like (RFC 2047).
        message = message.header("Subject", Raw::new(transfer::words(&subject)));
    } else if !subject.is_empty() {
        message = message.subject(subject);
    }
    for (field, list) in
        [("Reply-To", &mail.reply_to), ("To", &mail.to), ("Cc", &mail.cc), ("Bcc", &mail.bcc)]
    {
        let people = people(list)?;
        if !people.is_empty() {
            message = message.header(field, Mailbox::new_list(people.iter().map(mailbox).collect()));
        }
    }
    if let Some(answered) = mail.references.last() {
        message = message.in_reply_to(MessageId::new(identifier(answered)?));
        message = message.references(MessageId { id: references(&mail.references)? });
    }
    if mail.wants_receipt {
        message = message.header("Disposition-Notification-To", mailbox(&from));
    }
    let pictures: Vec<&str> =
        files.iter().map(|file| &*file.content_id).filter(|id| !id.is_empty()).collect();
    let shown = shown(mail, &markdown::Pictures(&pictures));
    let (inline, attached): (Vec<&Enclosure>, Vec<&Enclosure>) =
        files.iter().partition(|file| shown.contains(&&*file.content_id));
    let mut body = text(mail, &shown, enclosures(&inline, true)?);
    if !attached.is_empty() {
        let mut parts = vec![body];
        parts.append(&mut enclosures(&attached, false)?);
        body = MimePart::new("multipart/mixed", parts);
    }
    message.body(body).write_to_vec().map_err(|error| Error::new(ErrorKind::Bug).because(error))
}

fn wrong(note: &'static str) -> Error {
    Error::note(ErrorKind::InvalidInput, note)
}

fn sender(from: &str) -> Result<Recipient, Error> {
    match &mut people(from)?[..] {
        [one] => Ok(std::mem::take(one)),
        _ => Err(wrong("the mail is from nobody, or from more than one")),
    }
}

/// All of a list, each as it is written to; an address that is none is refused.
fn people(list: &str) -> Result<Vec<Recipient>, Error> {
    let people = recipients::read(list);
    if people.iter().all(|one| one.is_valid) {
        Ok(people)
    } else {
        Err(wrong("an address is none that mail can be sent to"))
    }
}

fn mailbox(one: &Recipient) -> Mailbox<'static> {
    let name = Some(one.name.clone()).filter(|name| !name.is_empty());
    Mailbox::new_address(name, one.address.clone())
}

fn subject(subject: &str) -> Result<String, Error> {
    if subject.len() > SUBJECT {
        return Err(wrong("the subject is too long"));
    }
    // A line end that is pasted ends no field.
    Ok(super::header::line(&subject.replace(char::is_control, " ")))
}

pub(super) fn identifier(id: &str) -> Result<String, Error> {
    let may_be = |c: char| c.is_ascii_graphic() && !matches!(c, '<' | '>');
    if id.is_empty() || id.len() > IDENTIFIER || !id.chars().all(may_be) {
        return Err(wrong("a Message-ID is none"));
    }
    Ok(id.to_owned())
}

/// The first one begins the conversation, the newest are nearest to it.
fn references(all: &[String]) -> Result<Vec<std::borrow::Cow<'static, str>>, Error> {
    let newest = all.len().saturating_sub(REFERENCES - 1).max(1);
    let kept = all.iter().take(1).chain(all.iter().skip(newest));
    kept.map(|id| identifier(id).map(Into::into)).collect()
}

/// A text as it is sent: lines that end in a line feed, without controls.
fn typed(mail: &Composition) -> String {
    let typed = mail.text.replace("\r\n", "\n").replace('\r', "\n");
    typed.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect()
}

/// The pictures that stand in the text.
fn shown<'a>(mail: &Composition, pictures: &markdown::Pictures<'a>) -> Vec<&'a str> {
    match mail.writing {
        Writing::Markdown if !pictures.0.is_empty() => markdown::shown(&typed(mail), pictures),
        Writing::Markdown | Writing::Plain => Vec::new(),
    }
}

/// The text, with HTML beside it where it has any form, and with the pictures that stand in that.
fn text(mail: &Composition, shown: &[&str], pictures: Vec<MimePart<'static>>) -> MimePart<'static> {
    let typed = typed(mail);
    let mut content = ContentType::new("text/plain").attribute("charset", "utf-8");
    let flowed = flowed::flowed(&typed);
    // What would come back otherwise than it was typed goes with its lines as they are.
    let body = if body::unflowed(&flowed, false).strip_suffix('\n') == Some(&typed) {
        content = content.attribute("format", "flowed");
        flowed
    } else {
        typed.replace('\n', "\r\n") + "\r\n"
    };
    if mail.writing == Writing::Markdown {
        content = content.attribute(MARKUP, MARKDOWN);
    }
    let plain = text_part(content, &body);
    let known = markdown::Pictures(shown);
    if mail.writing == Writing::Plain || !markdown::has_form(&typed, &known) {
        return plain;
    }
    let html = markdown::html(&typed, &known).replace('\n', "\r\n");
    let mut html = text_part(ContentType::new("text/html").attribute("charset", "utf-8"), &html);
    if !pictures.is_empty() {
        let mut parts = vec![html];
        parts.extend(pictures);
        html = MimePart::new(ContentType::new("multipart/related").attribute("type", "text/html"), parts);
    }
    MimePart::new("multipart/alternative", vec![plain, html])
}

fn text_part(content: ContentType<'static>, text: &str) -> MimePart<'static> {
    let (coding, octets) = transfer::coded(text);
    MimePart::new(content, BodyPart::Binary(octets.into())).transfer_encoding(coding)
}

fn enclosures(files: &[&Enclosure], is_inline: bool) -> Result<Vec<MimePart<'static>>, Error> {
    let part = |file: &&Enclosure| {
        let name = file.name.trim();
        if name.is_empty() || name.len() > 1_000 || name.contains(['/', '\\']) || name.chars().any(is_unseen)
        {
            return Err(wrong("the name of a file can't be in a mail"));
        }
        let (media_type, coding, octets) = coded(&file.media_type, &file.octets);
        let part = MimePart::new(ContentType::new(media_type), BodyPart::Binary(octets.into()));
        let disposition = ContentType::new(if is_inline { "inline" } else { "attachment" });
        let part = part.header("Content-Disposition", disposition.attribute("filename", name.to_owned()));
        let part = part.transfer_encoding(coding);
        if file.content_id.is_empty() {
            return Ok(part);
        }
        Ok(part.header("Content-ID", MessageId::new(identifier(&file.content_id)?)))
    };
    files.iter().map(part).collect()
}

/// A file as it goes over the wire: nothing on the way may change an octet of it. A mail can't be coded (RFC 2046 section
/// 5.2.1): one that would have to be goes as a file like any other.
fn coded(media_type: &str, octets: &[u8]) -> (String, &'static str, Vec<u8>) {
    let media_type = media_type.to_ascii_lowercase();
    if media_type == "message/rfc822" && passes_as_it_is(octets) {
        return (media_type, "7bit", octets.to_vec());
    }
    let is_token = |c: u8| c.is_ascii_alphanumeric() || b"-.+_".contains(&c);
    let may_be = media_type.split_once('/').is_some_and(|(kind, of)| {
        let are = |word: &str| (1..=100).contains(&word.len()) && word.bytes().all(is_token);
        are(kind) && are(of) && !matches!(kind, "message" | "multipart")
    });
    (
        if may_be { media_type } else { "application/octet-stream".to_owned() },
        "base64",
        transfer::base64_lines(octets),
    )
}

/// Lines of ASCII that no server has to break (RFC 5322 section 2.1.1).
fn passes_as_it_is(octets: &[u8]) -> bool {
    octets.ends_with(b"\r\n")
        && octets.iter().all(|octet| octet.is_ascii() && *octet != 0)
        && octets.split_inclusive(|octet| *octet == b'\n').all(|line| {
            let text = line.strip_suffix(b"\r\n").unwrap_or(b"\n");
            text.len() <= 998 && !text.contains(&b'\r') && !text.contains(&b'\n')
        })
}

#[cfg(test)]
mod tests;
