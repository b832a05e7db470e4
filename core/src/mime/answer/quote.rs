//! The text that an answer begins with: what is quoted or passed on, and the signature.

use super::{AnswerWords, SignaturePlace, mailbox};
use crate::mime::opened::OpenedEmail;
use crate::model::{Address, Instant};

/// Most text that is quoted, in bytes: nobody answers more of it, and it would have to be sent.
const MOST: usize = 256 << 10;

/// Who wrote, and what.
pub(super) fn quoted(mail: &OpenedEmail, words: &AnswerWords) -> String {
    let author = mail.email.from.first().cloned().unwrap_or_default();
    let author = if author.name.is_empty() { author.address } else { author.name };
    let wrote = words.wrote.replace("{date}", &date(mail, words)).replace("{author}", &author);
    let mut text = one_line(&wrote);
    text.push('\n');
    for line in without_signature(&readable(mail)).lines() {
        let line = line.trim_end();
        text.push_str(match line {
            "" => ">",
            line if line.starts_with('>') => ">",
            _ => "> ",
        });
        text.push_str(&deeper(line));
        text.push('\n');
    }
    text
}

/// A line as it is quoted once more: `> > word` is `>> word` before.
fn deeper(line: &str) -> String {
    let (depth, content) = crate::mime::compose::quoted(line);
    match (depth, content.trim_end()) {
        (0, content) => content.to_owned(),
        (depth, "") => ">".repeat(depth),
        (depth, content) => format!("{} {content}", ">".repeat(depth)),
    }
}

/// The head and the text of a mail that is passed on.
pub(super) fn passed_on(mail: &OpenedEmail, words: &AnswerWords) -> String {
    let email = &mail.email;
    let mut text = format!("---------- {} ----------\n", one_line(&words.forwarded));
    let people = |people: &[Address]| {
        let people =
            people.iter().map(|one| if mailbox(one).is_empty() { one.name.clone() } else { mailbox(one) });
        people.collect::<Vec<_>>().join(", ")
    };
    let fields = [
        (&words.from, people(&email.from)),
        (&words.sent, date(mail, words)),
        (&words.subject, email.subject.clone()),
        (&words.to, people(&email.to)),
        (&words.cc, people(&email.cc)),
    ];
    for (name, value) in fields.iter().filter(|(_, value)| !value.is_empty()) {
        text.push_str(&format!("{}: {value}\n", one_line(name)));
    }
    text.push('\n');
    text.push_str(&readable(mail));
    text.push('\n');
    text
}

/// A blank line to write in, then what is there already. A signature begins at a line `-- ` (RFC 3676 section 4.3).
pub(super) fn with_signature(text: &str, signature: &str, place: SignaturePlace) -> String {
    let signature = signature.replace("\r\n", "\n").replace('\r', "\n");
    let signature = match signature.trim_end() {
        "" => String::new(),
        signature => format!("-- \n{signature}\n"),
    };
    let pieces = match place {
        SignaturePlace::Below => [text, &signature],
        SignaturePlace::Above => [&signature, text],
    };
    pieces.into_iter().filter(|piece| !piece.is_empty()).fold(String::new(), |all, piece| {
        let gap = if all.is_empty() { "\n\n" } else { "\n" };
        all + gap + piece
    })
}

/// The text of a mail. What is encrypted is of no use to anybody, and what a signature is wrapped in is not its text.
fn readable(mail: &OpenedEmail) -> String {
    let text = &mail.email.text;
    if mail.marks.encrypted {
        return String::new();
    }
    let end = text.floor_char_boundary(MOST);
    let is_cut = end < text.len();
    let text = unwrapped(text.get(..end).unwrap_or_default());
    if is_cut { format!("{}\n[…]", text.trim_end()) } else { text }
}

/// The text within `-----BEGIN PGP SIGNED MESSAGE-----` (RFC 9580 section 7), with what stands around.
fn unwrapped(text: &str) -> String {
    const BEGIN: &str = "-----BEGIN PGP SIGNED MESSAGE-----";
    const SIGNATURE: &str = "-----BEGIN PGP SIGNATURE-----";
    const END: &str = "-----END PGP SIGNATURE-----";
    let is_wrapped = |text: &str| text.lines().any(|line| line.trim_end() == BEGIN);
    if !is_wrapped(text) {
        return text.to_owned();
    }
    enum At {
        Outside,
        Head,
        Text,
        Signature,
    }
    let (mut at, mut lines) = (At::Outside, Vec::new());
    for line in text.lines() {
        match at {
            At::Outside if line.trim_end() == BEGIN => at = At::Head,
            At::Outside => lines.push(line),
            At::Head if line.trim().is_empty() => at = At::Text,
            At::Head => {}
            At::Text if line.trim_end() == SIGNATURE => at = At::Signature,
            At::Text => lines.push(line.strip_prefix("- ").unwrap_or(line)),
            At::Signature if line.trim_end() == END => at = At::Outside,
            At::Signature => {}
        }
    }
    lines.join("\n")
}

/// Without the signature at its end: from the last line `-- ` on that isn't quoted itself.
fn without_signature(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let end = lines.iter().rposition(|line| *line == "-- ").unwrap_or(lines.len());
    lines.get(..end).unwrap_or_default().join("\n").trim_end().to_owned()
}

fn date(mail: &OpenedEmail, words: &AnswerWords) -> String {
    match (words.date.is_empty(), mail.facts.written) {
        (false, _) => one_line(&words.date),
        (true, Some(written)) => iso(written),
        (true, None) => String::new(),
    }
}

/// As ISO 8601 writes it, in UTC, to the minute.
fn iso(at: Instant) -> String {
    let minutes = at.0.div_euclid(60_000);
    let (days, minute) = (minutes.div_euclid(1_440), minutes.rem_euclid(1_440));
    // Days since 1 March of the year 0: leap days are at the ends of years then.
    let days = days + 719_468;
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02} {:02}:{:02} UTC", minute / 60, minute % 60)
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
