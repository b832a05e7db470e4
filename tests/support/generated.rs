//! Generated mail: the same mails for the same seed, on every machine, shaped like a person's mailbox.
//!
//! Median 8 KB with a tail to 5 MB; plain text, HTML alternatives, attachments, threads, six charsets, four
//! transfer encodings, repeated Message-IDs and the odd ones that real mailboxes hold. Lines end in CRLF.

mod body;
pub(crate) mod random;
mod texts;

use std::collections::VecDeque;

use body::Body;
use random::Random;
use texts::Charset;

/// A mail and how the server is to hold it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// All of it, header and body.
    pub raw: Vec<u8>,
    /// INTERNALDATE, in seconds since 1970.
    pub received: u64,
    pub seen: bool,
    pub flagged: bool,
    pub answered: bool,
}

impl Mail {
    /// A mail received on 1 January 2024, with no flag.
    pub fn new(raw: impl Into<Vec<u8>>) -> Self {
        Self { raw: raw.into(), received: 1_704_067_200, seen: false, flagged: false, answered: false }
    }

    /// A short plain mail with that subject and text.
    pub fn short(subject: &str, text: &str) -> Self {
        let name = subject.replace(|letter: char| !letter.is_ascii_alphanumeric(), "-");
        Self::new(format!(
            "From: Ann Field <ann@field.example>\r\nTo: Bo Lund <bo@lund.example>\r\nSubject: {subject}\r\n\
             Date: Mon, 01 Jan 2024 00:00:00 +0000\r\nMessage-ID: <{name}@field.example>\r\n\r\n{text}\r\n"
        ))
    }

    /// Its flags as on the wire, such as `\Seen \Flagged`.
    pub fn flags(&self) -> String {
        let flags = [(self.answered, "\\Answered"), (self.flagged, "\\Flagged"), (self.seen, "\\Seen")];
        flags.iter().filter_map(|(is_set, name)| is_set.then_some(*name)).collect::<Vec<_>>().join(" ")
    }
}

/// The mails of a mailbox, oldest first, made as they are asked for.
pub struct Generated {
    random: Random,
    number: u64,
    count: u64,
    threads: VecDeque<Thread>,
    last_id: String,
}

/// A conversation that may still get answers.
struct Thread {
    subject: Vec<u8>,
    ids: Vec<String>,
}

/// What is odd about a mail.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Oddity {
    NoMessageId,
    RepeatedMessageId,
    NoDate,
    EmptyBody,
    EightBitHeader,
    LongLines,
    BrokenMultipart,
    HeaderOnly,
}

/// 2020-01-01, and five years in seconds.
const FIRST_DAY: u64 = 1_577_836_800;
const FIVE_YEARS: u64 = 157_788_000;

impl Generated {
    /// `count` mails. The first mails of a larger mailbox are the same but for their dates.
    pub fn mailbox(seed: u64, count: usize) -> Self {
        let (random, threads) = (Random::new(seed), VecDeque::new());
        Self { random, number: 0, count: count as u64, threads, last_id: String::new() }
    }

    fn mail(&mut self) -> Mail {
        let step = FIVE_YEARS / self.count.max(1);
        let received = FIRST_DAY + step * self.number + self.random.next() % step.max(1);
        let oddity = self.oddity();
        let charset = *self.random.pick(&Charset::WEIGHTED);
        let mut raw = self.header(received, oddity, charset);
        match oddity {
            Some(Oddity::HeaderOnly) => {}
            Some(Oddity::EmptyBody) => raw.extend_from_slice(b"Content-Type: text/plain\r\n\r\n"),
            Some(Oddity::LongLines) => body::long_lines(&mut self.random, &mut raw),
            Some(Oddity::BrokenMultipart) => body::broken_multipart(&mut self.random, &mut raw),
            _ => Body::of(&mut self.random, charset).write(&mut self.random, &mut raw),
        }
        // Older mail has mostly been read.
        let is_recent = self.number + 50 >= self.count;
        let seen = self.random.chance(if is_recent { 400 } else { 950 });
        let answered = seen && self.random.chance(150);
        Mail { raw, received, seen, flagged: self.random.chance(40), answered }
    }

    fn oddity(&mut self) -> Option<Oddity> {
        const ODDITIES: [Oddity; 8] = [
            Oddity::NoMessageId,
            Oddity::RepeatedMessageId,
            Oddity::NoDate,
            Oddity::EmptyBody,
            Oddity::EightBitHeader,
            Oddity::LongLines,
            Oddity::BrokenMultipart,
            Oddity::HeaderOnly,
        ];
        self.random.chance(24).then(|| *self.random.pick(&ODDITIES))
    }

    fn header(&mut self, received: u64, oddity: Option<Oddity>, charset: Charset) -> Vec<u8> {
        let random = &mut self.random;
        let (from, to) = (*random.pick(&texts::PEOPLE), *random.pick(&texts::PEOPLE));
        let mut id = format!("<{:016x}.{}@{}>", random.next(), self.number, texts::domain(from));
        if oddity == Some(Oddity::RepeatedMessageId) && !self.last_id.is_empty() {
            id.clone_from(&self.last_id);
        }
        self.last_id.clone_from(&id);
        let answers = self.random.chance(400) && !self.threads.is_empty();
        let place = if answers { self.random.below(self.threads.len() as u64) as usize } else { 0 };
        if !answers {
            let subject = match oddity {
                Some(Oddity::EightBitHeader) => b"Gr\xfc\xdfe aus M\xfcnchen".to_vec(),
                _ => texts::subject(&mut self.random, charset),
            };
            self.threads.push_front(Thread { subject, ids: Vec::new() });
            self.threads.truncate(30);
        }
        let thread = &mut self.threads[place];
        let mut raw = Vec::with_capacity(2048);
        let received_date = date(received, 0);
        let host = texts::domain(to);
        raw.extend_from_slice(
            format!(
                "Return-Path: <{}>\r\nReceived: from mail.{} (mail.{} [192.0.2.{}])\r\n\tby mx.{host} with ESMTPS id \
                 {:08X};\r\n\t{received_date}\r\n",
                texts::address(from),
                texts::domain(from),
                texts::domain(from),
                self.number % 250 + 1,
                self.number
            )
            .as_bytes(),
        );
        raw.extend_from_slice(format!("From: {from}\r\nTo: {to}\r\nSubject: ").as_bytes());
        raw.extend_from_slice(if answers { b"Re: " } else { b"" });
        raw.extend_from_slice(&thread.subject);
        raw.extend_from_slice(b"\r\n");
        if oddity != Some(Oddity::NoDate) {
            let hours = [0, 1, 2, -5, 9][(self.number % 5) as usize];
            raw.extend_from_slice(
                format!("Date: {}\r\n", date(received.saturating_sub(7), hours)).as_bytes(),
            );
        }
        if oddity != Some(Oddity::NoMessageId) {
            raw.extend_from_slice(format!("Message-ID: {id}\r\n").as_bytes());
        }
        if let (true, Some(parent)) = (answers, thread.ids.last()) {
            raw.extend_from_slice(format!("In-Reply-To: {parent}\r\n").as_bytes());
            let recent = &thread.ids[thread.ids.len().saturating_sub(10)..];
            raw.extend_from_slice(format!("References: {}\r\n", recent.join("\r\n ")).as_bytes());
        }
        thread.ids.push(id);
        raw.extend_from_slice(b"MIME-Version: 1.0\r\n");
        raw
    }
}

impl Iterator for Generated {
    type Item = Mail;

    fn next(&mut self) -> Option<Mail> {
        if self.number >= self.count {
            return None;
        }
        let mail = self.mail();
        self.number += 1;
        Some(mail)
    }
}

/// RFC 5322 date-time, that many hours from UTC.
fn date(seconds: u64, hours: i8) -> String {
    let timestamp = jiff::Timestamp::from_second(seconds.cast_signed()).expect("a date of this century");
    let zoned = timestamp.to_zoned(jiff::tz::TimeZone::fixed(jiff::tz::offset(hours)));
    zoned.strftime("%a, %d %b %Y %H:%M:%S %z").to_string()
}
