//! One mail as its reader needs it: more than a list or a search takes from it, and only where it is asked for.

use std::sync::LazyLock;

use mail_parser::{HeaderName, Message, MessageParser, MessagePart, MimeHeaders};

use super::invitation::{self, Invitation};
use super::sanitise::{Allowed, Findings, sanitised};
use super::spoof::{self, Pretence};
use super::unsubscribe::{self, Unsubscribe};
use super::{HeaderFacts, PARSER, ParsedEmail, authentication, body, files, guard, header, tnef};
use crate::model::Address;

pub use super::authentication::Authentication;

/// Reads every field as text. Without one that is named the library would choose by itself.
static FIELDS: LazyLock<MessageParser> =
    LazyLock::new(|| MessageParser::new().header_text(HeaderName::Subject).default_header_text());

/// Most fields told of, and most bytes of the header looked at for them.
const MOST_FIELDS: usize = 2_000;
const LONGEST_HEADER: usize = 1 << 20;
/// Longest field told of, in bytes.
const LONGEST_FIELD: usize = 16_000;
/// Most calendars that are looked into for one that makes sense.
const MOST_CALENDARS: usize = 4;

/// What is wanted of a mail beyond its text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Its HTML, made fit to be shown.
    pub html: bool,
    /// Pictures by https stay in the HTML.
    pub remote_images: bool,
    /// All fields of its header.
    pub headers: bool,
}

/// What a mail is, beside what is to be read of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Marks {
    /// It carries a signature (S/MIME, OpenPGP), which nobody has checked.
    pub signed: bool,
    /// It is encrypted, or a part of it is.
    pub encrypted: bool,
    /// It carries an invitation (text/calendar).
    pub invite: bool,
    /// Something pretends: see SAFETY.md 15. What links say is known with the HTML alone.
    pub spoof: bool,
    /// Limits cut it.
    pub truncated: bool,
    /// Its HTML had a form, which is left out. Known with the HTML alone.
    pub form: bool,
}

/// A file of a mail beyond its `Attachment`, at the same place in its list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PartFacts {
    /// Meant to be shown within the text.
    pub is_inline: bool,
    /// Without the angle brackets; empty if none.
    pub content_id: String,
    /// Its octets aren't here yet: `Command::FetchPart` fetches them. Its size is what they will be, about.
    pub is_missing: bool,
}

/// A mail with what its reader needs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OpenedEmail {
    pub facts: HeaderFacts,
    pub email: ParsedEmail,
    pub bcc: Vec<Address>,
    /// Where to unsubscribe (RFC 2369): an address by https or mailto; empty if none.
    pub list_unsubscribe: String,
    /// How to leave its mailing list, by the best way it names.
    pub unsubscribe: Option<Unsubscribe>,
    /// Who asks to be told when it is read (RFC 8098), and is not.
    pub receipt_to: Option<Address>,
    /// What its first calendar part says.
    pub invitation: Option<Invitation>,
    /// Why `marks.spoof` is set, each once.
    pub pretences: Vec<Pretence>,
    /// What the receiving server says of where it comes from.
    pub authentication: Authentication,
    pub marks: Marks,
    /// One for each of `email.attachments`.
    pub parts: Vec<PartFacts>,
    /// Fit to be shown; empty where it has none or none was wanted. `waxwing-part:N` is the attachment N, from 1.
    pub html: String,
    /// What the HTML would have loaded over the network, each once.
    pub blocked: Vec<String>,
    /// Its pictures on the network, by https, each once: those that stay in the HTML where `remote_images` is wanted. None that
    /// nobody would see, and none of a service that is told by it.
    pub images: Vec<String>,
    /// Who would be told that the mail was opened: known services by name, else the host of a picture that nobody would see.
    pub trackers: Vec<String>,
    /// Names and values of all fields, decoded, in order; empty where none were wanted.
    pub headers: Vec<(String, String)>,
}

impl OpenedEmail {
    /// Whether its sender may be somebody else than it says: nothing is done for them unasked.
    pub fn is_doubtful(&self) -> bool {
        self.marks.spoof || self.authentication == Authentication::Fail
    }
}

/// Reads a whole mail with what is wanted of it. Never panics and always gives something, whatever the bytes.
pub fn open(raw: &[u8], wanted: Wanted) -> OpenedEmail {
    let as_mail = tnef::as_mail(raw);
    let raw = &guard::with_lines(as_mail.as_deref().unwrap_or(raw));
    let (within, is_cut) = guard::within_limits(raw);
    let opened = guard::unless_it_panics(|| {
        let quiet = guard::without_nested_mails(within);
        let readable = header::readable(&quiet);
        PARSER.parse(readable.as_ref()).map(|message| opened(&message, wanted))
    });
    let is_mail = |opened: &OpenedEmail| super::says_something(&opened.email) && !header::is_missing(within);
    let mut opened = match opened.flatten().filter(is_mail) {
        Some(opened) => opened,
        None => {
            let (facts, email) = super::damaged(raw, within);
            OpenedEmail { facts, email, ..OpenedEmail::default() }
        }
    };
    opened.email.damaged |= is_cut;
    opened.marks.truncated |= is_cut;
    if is_cut {
        super::read_the_end(&mut opened.email, raw);
    }
    let fields = guard::unless_it_panics(|| fields(raw)).unwrap_or_default();
    opened.list_unsubscribe = unsubscribe::address(&fields);
    opened.unsubscribe = unsubscribe::of(&fields);
    opened.receipt_to = guard::unless_it_panics(|| receipt_to(&fields)).flatten();
    opened.authentication = authentication::of(&fields, &opened.email.from);
    let of_header = spoof::of_header(&opened.email.from, &opened.email.reply_to);
    opened.pretences.splice(..0, of_header);
    opened.marks.spoof = !opened.pretences.is_empty();
    if wanted.headers {
        opened.headers = fields;
    }
    opened
}

fn opened(message: &Message<'_>, wanted: Wanted) -> OpenedEmail {
    let body = body::of(message);
    let parts: Vec<PartFacts> = files::of(message, &body).into_iter().map(|file| file.facts).collect();
    let html = if wanted.html { html(message, &body, wanted, &parts) } else { Html::default() };
    let email = super::read_with(message, body);
    let mut marks = marks_of(message);
    let text = &email.text;
    let has_line = |line: &str| text.starts_with(line) || text.contains(&format!("\n{line}"));
    marks.signed |= has_line("-----BEGIN PGP SIGNED MESSAGE-----");
    marks.encrypted |= has_line("-----BEGIN PGP MESSAGE-----");
    marks.form = html.findings.has_form;
    marks.truncated = html.findings.is_cut;
    OpenedEmail {
        facts: super::facts_of(message),
        bcc: header::addresses(message, HeaderName::Bcc),
        invitation: invitation_of(message),
        pretences: if html.findings.has_false_link { vec![Pretence::FalseLink] } else { Vec::new() },
        email,
        parts,
        marks,
        html: html.shown,
        blocked: html.findings.blocked,
        images: html.findings.images,
        trackers: html.findings.trackers,
        ..OpenedEmail::default()
    }
}

/// The HTML of a mail, made fit to be shown.
#[derive(Default)]
struct Html {
    shown: String,
    findings: Findings,
}

/// Each part by itself, so that what one leaves open can't hold another.
fn html(message: &Message<'_>, body: &body::Body, wanted: Wanted, parts: &[PartFacts]) -> Html {
    let numbered = (1_u32..).zip(parts);
    let parts: Vec<(u32, String)> = numbered
        .filter(|(_, part)| !part.content_id.is_empty())
        .map(|(number, part)| (number, part.content_id.clone()))
        .collect();
    let allowed = Allowed { remote_images: wanted.remote_images, parts: &parts };
    let mut findings = Findings::default();
    let mut shown = Vec::new();
    for part in body::documents(message, body) {
        match part {
            body::Document::Html(html) => {
                let html = sanitised(&html, allowed, &mut findings);
                if !html.is_empty() {
                    shown.push(html);
                }
            }
            body::Document::Text(text) => {
                let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
                shown.push(format!("<div style=\"white-space: pre-wrap\">{text}</div>"));
            }
        }
    }
    let shown = match <[String; 1]>::try_from(shown) {
        Ok([only]) => only,
        Err(shown) => shown.iter().map(|html| format!("<div>{html}</div>")).collect(),
    };
    Html { shown, findings }
}

/// What the first part that is a calendar says.
fn invitation_of(message: &Message<'_>) -> Option<Invitation> {
    let is_calendar = |part: &&MessagePart<'_>| {
        matches!(files::media_type(part).as_str(), "text/calendar" | "application/ics")
    };
    let calendars = message.parts.iter().filter(is_calendar).take(MOST_CALENDARS);
    calendars.filter_map(|part| invitation::read(&body::text_of(message, part))).next()
}

/// Whoever asks for a receipt, in the field of today or in that of old.
fn receipt_to(fields: &[(String, String)]) -> Option<Address> {
    let mut asked = values(fields, "Disposition-Notification-To").chain(values(fields, "Return-Receipt-To"));
    let field = format!("From: {}\r\n\r\n", asked.next()?);
    let message = PARSER.parse_headers(field.as_bytes())?;
    header::addresses(&message, HeaderName::From).into_iter().next()
}

fn marks_of(message: &Message<'_>) -> Marks {
    let mut marks = Marks::default();
    for part in &message.parts {
        let attribute = |name| part.content_type().and_then(|kind| kind.attribute(name)).unwrap_or_default();
        match files::media_type(part).as_str() {
            "multipart/signed"
            | "application/pkcs7-signature"
            | "application/x-pkcs7-signature"
            | "application/pgp-signature" => marks.signed = true,
            "multipart/encrypted" | "application/pgp-encrypted" => marks.encrypted = true,
            "application/pkcs7-mime" | "application/x-pkcs7-mime" => {
                match attribute("smime-type").to_ascii_lowercase().as_str() {
                    "signed-data" => marks.signed = true,
                    "certs-only" => {}
                    _ => marks.encrypted = true,
                }
            }
            "text/calendar" | "application/ics" => marks.invite = true,
            _ => {}
        }
    }
    marks
}

/// The fields of a header in order, decoded.
fn fields(raw: &[u8]) -> Vec<(String, String)> {
    let block = header::block(raw);
    let block = block.get(..LONGEST_HEADER).unwrap_or(block);
    let mut block = header::readable(block).into_owned();
    block.extend_from_slice(b"\r\n\r\n");
    let Some(message) = FIELDS.parse_headers(&block) else { return Vec::new() };
    let fields = message.headers().iter().take(MOST_FIELDS).map(|field| {
        let value = field.value().as_text().unwrap_or_default();
        let value = value.get(..value.floor_char_boundary(LONGEST_FIELD)).unwrap_or(value);
        (header::line(field.name()), one_line(value))
    });
    fields.collect()
}

/// Without controls and what reorders text; as long as it is.
fn one_line(value: &str) -> String {
    let mut line = String::with_capacity(value.len());
    for word in value.split_whitespace() {
        if !line.is_empty() {
            line.push(' ');
        }
        line.extend(word.chars().filter(|letter| !super::is_unseen(*letter)));
    }
    line
}

/// The values of the fields of a name.
pub(super) fn values<'a>(fields: &'a [(String, String)], name: &str) -> impl Iterator<Item = &'a str> {
    fields.iter().filter(move |(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: Wanted = Wanted { html: true, remote_images: false, headers: true };

    fn opened(mail: &str) -> OpenedEmail {
        open(mail.replace('\n', "\r\n").as_bytes(), ALL)
    }

    #[test]
    fn a_mail_is_opened_with_all_that_its_reader_needs() {
        let opened = opened(
            "Received: from a.example by mx.here.example with ESMTP\n\
             Authentication-Results: mx.here.example; dmarc=pass\nFrom: Ann <ann@a.example>\nTo: b@b.example\n\
             Bcc: c@c.example\nSubject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?=\nMessage-ID: <1@a.example>\n\
             List-Unsubscribe: (x) <mailto:u@a.example?subject=u>,\n <https://a.example/u>\nX-Folded: a\n\tb\n\
             Content-Type: multipart/related; boundary=b\n\n\
             --b\nContent-Type: text/html\n\n<p>Hi <img src=\"cid:p@a\"> <img src=http://t.example/1></p>\n\
             --b\nContent-Type: image/png\nContent-ID: <p@a>\nContent-Transfer-Encoding: base64\n\nAAAA\n\
             --b\nContent-Type: application/pdf; name=a.pdf\nContent-Disposition: attachment\n\nx\n--b--\n",
        );
        assert_eq!(opened.html, "<p>Hi <img src=\"waxwing-part:1\"> </p>\n".trim_end());
        assert_eq!(opened.blocked, ["http://t.example/1"]);
        let parts: Vec<(&str, bool)> =
            opened.parts.iter().map(|part| (part.content_id.as_str(), part.is_inline)).collect();
        assert_eq!(parts, [("p@a", true), ("", false)]);
        assert_eq!(opened.email.attachments.len(), 2);
        assert_eq!(opened.bcc[0].address, "c@c.example");
        assert_eq!(opened.facts.message_id.as_deref(), Some("1@a.example"));
        assert_eq!(opened.list_unsubscribe, "https://a.example/u");
        assert_eq!(opened.authentication, Authentication::Pass);
        assert_eq!(opened.marks, Marks::default());
        let header = |name: &str| opened.headers.iter().find(|(known, _)| known == name).unwrap().1.as_str();
        assert_eq!((opened.headers.len(), header("Subject"), header("X-Folded")), (10, "Grüße", "a b"));
        assert_eq!(header("From"), "Ann <ann@a.example>");
    }

    #[test]
    fn pictures_on_the_network_are_told_apart_from_those_that_tell_on_the_reader() {
        let mail = "Subject: x\r\nContent-Type: text/html\r\n\r\n<img src=https://a.example/1><img src=https://a.example/1>\
            <img src=http://a.example/2><img width=1 height=1px src=https://p.example/o.gif><img width=1 height=60% \
            src=https://a.example/3><img src=https://x.list-manage.com/track/open.php?u=1 alt=x>\
            <div style='background:url(https://a.example/4)'>x</div>";
        let opened_with =
            |remote_images| open(mail.as_bytes(), Wanted { html: true, remote_images, ..Wanted::default() });
        let (without, with) = (opened_with(false), opened_with(true));
        assert_eq!(without.images, ["https://a.example/1", "https://a.example/3"]);
        assert_eq!(without.trackers, ["p.example", "Mailchimp"]);
        assert_eq!((&with.images, &with.trackers), (&without.images, &without.trackers));
        assert!(!without.html.contains("https"), "{}", without.html);
        assert_eq!(with.html.matches("src=\"https://a.example/").count(), 3);
        assert!(!with.html.contains("list-manage") && !with.html.contains("p.example"), "{}", with.html);
        for address in ["http://a.example/2", "https://p.example/o.gif", "https://a.example/4"] {
            assert!(with.blocked.iter().any(|blocked| blocked == address), "{address}");
        }
        assert_eq!(without.blocked.len(), with.blocked.len() + 2);
    }

    #[test]
    fn nothing_is_made_that_isnt_wanted() {
        let mail = "Subject: x\r\nContent-Type: text/html\r\n\r\n<form><img src=http://a.example>y</form>";
        let opened = open(mail.as_bytes(), Wanted::default());
        assert_eq!((opened.html.as_str(), opened.blocked.len(), opened.headers.len()), ("", 0, 0));
        assert_eq!(opened.email.text, "y");
    }

    #[test]
    fn marks_say_what_a_mail_is() {
        let of_type = |kind: &str| opened(&format!("Subject: x\nContent-Type: {kind}\n\nx\n")).marks;
        let within = |kind: &str| {
            opened(&format!("Subject: x\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\ntext\n--b\nContent-Type: {kind}\n\nx\n--b--\n"))
                .marks
        };
        assert!(of_type("multipart/signed; boundary=b").signed);
        assert!(within("application/pgp-signature").signed);
        assert!(within("application/pkcs7-signature; name=smime.p7s").signed);
        assert!(of_type("application/pkcs7-mime; smime-type=signed-data").signed);
        assert!(of_type("application/pkcs7-mime; smime-type=enveloped-data").encrypted);
        assert!(of_type("multipart/encrypted; boundary=b").encrypted);
        assert!(within("text/calendar; method=REQUEST").invite);
        assert!(opened("Subject: x\n\n-----BEGIN PGP MESSAGE-----\nx").marks.encrypted);
        assert!(opened("Subject: x\n\nhi\n-----BEGIN PGP SIGNED MESSAGE-----\nx").marks.signed);
        assert!(!opened("Subject: x\n\nwhat -----BEGIN PGP MESSAGE----- means").marks.encrypted);
        assert!(opened("From: a@b.example\nContent-Type: text/html\n\n<form></form>x").marks.form);
        let elsewhere = opened("From: a@b.example\nReply-To: a@c.example\n\nx");
        assert!(elsewhere.marks.spoof && elsewhere.is_doubtful());
        assert!(!opened("From: a@b.example\n\nx").is_doubtful());
        assert!(
            opened("From: a@b.example\nContent-Type: text/html\n\n<a href=https://c.example>b.example</a>")
                .marks
                .spoof
        );
        assert_eq!(opened("From: a@b.example\n\nx").marks, Marks::default());
    }

    #[test]
    fn parts_are_never_joined_into_one_document() {
        let opened = opened(
            "Subject: x\nContent-Type: multipart/mixed; boundary=b\n\n\
             --b\nContent-Type: text/html\n\n<div><img alt=\"one\n--b\n\na < b\n--b\nContent-Type: text/html\n\n\">two</div>\n--b--\n",
        );
        assert_eq!(
            opened.html,
            "<div><div></div></div><div><div style=\"white-space: pre-wrap\">a &lt; b</div></div><div>\"&gt;two</div>"
        );
    }

    #[test]
    fn huge_html_is_cut_and_says_so() {
        let html = "<p>x</p>".repeat(1 << 20);
        let opened = open(format!("Subject: x\r\nContent-Type: text/html\r\n\r\n{html}").as_bytes(), ALL);
        assert!(opened.marks.truncated);
        assert!(opened.html.starts_with("<p>x</p><p>x</p>") && opened.html.ends_with("</p>"));
    }

    #[test]
    fn bytes_that_are_no_mail_are_opened() {
        for raw in [&b""[..], b"\0\xff\xfe", b"\r\n\r\n", b"Content-Type: text/html\r\n\r\n"] {
            let opened = open(raw, ALL);
            assert_eq!((opened.html.as_str(), opened.marks), ("", Marks::default()), "{raw:?}");
        }
    }

    #[test]
    fn only_addresses_that_can_be_followed_unsubscribe() {
        let unsubscribe =
            |value: &str| opened(&format!("Subject: x\nList-Unsubscribe: {value}\n\nx")).list_unsubscribe;
        assert_eq!(unsubscribe("<http://a.example/u>, <mailto:u@a.example>"), "mailto:u@a.example");
        assert_eq!(unsubscribe("<javascript:x()>, <file:///x>"), "");
        assert_eq!(unsubscribe("https://a.example/u"), "");
    }
}
