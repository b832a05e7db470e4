//! Answers to a mail, and mail that is passed on: to whom, about what, and with which text they begin.

mod people;
mod quote;

use super::compose::Composition;
use super::opened::{OpenedEmail, Wanted, open};
use super::{recipients, subject};
use crate::model::{Address, Identity};

/// Message-IDs that an answer names besides the mail that it answers, and their length in all, in bytes: the first, and the
/// newest ones. RFC 5322 section 3.6.4 sets no bound; servers do.
const REFERENCES: usize = 39;
const LONGEST_REFERENCES: usize = 8_000;

/// How a mail is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum How {
    /// To whoever wrote it, or wherever they want answers.
    Reply,
    /// To everybody who got it, too.
    ReplyAll,
    /// To its mailing list alone; where it is of none, as `ReplyAll`.
    ReplyList,
    /// Its text is passed on in the text of a new mail, with its files.
    ForwardInline,
    /// It is passed on as a file.
    ForwardAttached,
}

/// Where the signature of an answer stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum SignaturePlace {
    /// Below what is quoted.
    #[default]
    Below,
    /// Above it.
    Above,
}

/// The words of an answer that aren't its writer's, in their language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnswerWords {
    /// Who wrote what is quoted, as one line: `{author}` and `{date}` stand for whom and when.
    pub wrote: String,
    /// When the mail was written, as the person reads dates; empty: as ISO 8601, in UTC.
    pub date: String,
    /// Above a mail that is passed on.
    pub forwarded: String,
    /// Names of its fields.
    pub from: String,
    pub sent: String,
    pub to: String,
    pub cc: String,
    pub subject: String,
    pub signature: SignaturePlace,
}

impl Default for AnswerWords {
    fn default() -> Self {
        let words =
            ["On {date} {author} wrote:", "", "Forwarded message", "From", "Date", "To", "Cc", "Subject"];
        let [wrote, date, forwarded, from, sent, to, cc, subject] = words.map(str::to_owned);
        Self { wrote, date, forwarded, from, sent, to, cc, subject, signature: SignaturePlace::Below }
    }
}

/// An answer as it begins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    pub composition: Composition,
    /// The files of the mail to take along, numbered from 1 as `ParsedEmail::attachments` lists them. With
    /// `How::ForwardAttached` none: the mail itself is the file, and the caller attaches it.
    pub files: Vec<u32>,
    /// Which of the identities answers.
    pub identity: usize,
}

/// An answer to this mail by whichever of these identities got it (`received_by`: if the caller knows the address), else by the
/// first one. Never panics, whatever the bytes.
pub fn answer(
    raw: &[u8],
    how: How,
    identities: &[Identity],
    received_by: Option<&str>,
    words: &AnswerWords,
) -> Answer {
    let mail = open(raw, Wanted { headers: true, ..Wanted::default() });
    let who = people::who_answers(&mail, identities, received_by);
    let mut composition = Composition {
        from: recipients::mailbox(&who.identity.name, &who.address),
        reply_to: who.identity.reply_to.clone(),
        ..Composition::default()
    };
    let signature = &who.identity.signature;
    let mut files = Vec::new();
    match how {
        How::Reply | How::ReplyAll | How::ReplyList => {
            let people = people::answered(&mail, how, identities, &who);
            (composition.to, composition.cc, composition.bcc) = (people.to, people.cc, people.bcc);
            composition.subject = subject::of_answer(&mail.email.subject);
            composition.references = references(&mail);
            composition.text =
                quote::with_signature(&quote::quoted(&mail, words), signature, words.signature);
        }
        How::ForwardInline => {
            composition.subject = subject::of_forward(&mail.email.subject);
            composition.text =
                quote::with_signature(&quote::passed_on(&mail, words), signature, words.signature);
            files = files_of(&mail);
        }
        How::ForwardAttached => {
            composition.subject = subject::of_forward(&mail.email.subject);
            composition.text = quote::with_signature("", signature, words.signature);
        }
    }
    Answer { composition, files, identity: who.number }
}

/// The mails it answers (RFC 5322 section 3.6.4). Without an own Message-ID a mail can't be named.
fn references(mail: &OpenedEmail) -> Vec<String> {
    let may_be =
        |id: &&String| id.len() <= 900 && id.chars().all(|c| c.is_ascii_graphic() && !"<>".contains(c));
    let Some(own) = mail.facts.message_id.iter().find(may_be) else { return Vec::new() };
    let before: Vec<&String> = mail.facts.references.iter().filter(may_be).filter(|id| *id != own).collect();
    let Some((first, others)) = before.split_first() else { return vec![own.clone()] };
    let mut length = first.len() + own.len();
    let mut newest: Vec<String> = others
        .iter()
        .rev()
        .take(REFERENCES - 1)
        .take_while(|id| {
            length += id.len();
            length <= LONGEST_REFERENCES
        })
        .map(|id| (*id).clone())
        .collect();
    newest.push((*first).clone());
    newest.reverse();
    newest.push(own.clone());
    newest
}

/// All files but signatures, which are of no use to anybody else.
fn files_of(mail: &OpenedEmail) -> Vec<u32> {
    const SIGNATURES: [&str; 3] =
        ["application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature"];
    let files = (1_u32..).zip(&mail.email.attachments);
    files.filter(|(_, file)| !SIGNATURES.contains(&&*file.media_type)).map(|(number, _)| number).collect()
}

/// Somebody as a list of people names them; empty where there is no address.
fn mailbox(one: &Address) -> String {
    if one.address.contains('@') { recipients::mailbox(&one.name, &one.address) } else { String::new() }
}

#[cfg(test)]
mod tests;
