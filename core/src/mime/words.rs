//! The words of a text, as the search index keeps them and as a query asks for them.
//!
//! Words are runs of letters and digits, in lower case and without accents, so that `Łódź` is found by `lodz`. What is
//! put together (an address, a file name, `e-mail`) becomes the words it is made of, one after another; asked for as a
//! whole, it is found as a sequence. Scripts that don't put blanks between words (Chinese, Japanese, Thai …; Korean
//! too, which glues particles to them) become overlapping pairs of letters, so that any piece is found.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::ParsedEmail;
use crate::model::Address;

/// Longest word, in letters; of longer ones the beginning counts. Nobody types more, and encoded data would fill the
/// index.
pub(super) const LONGEST_WORD: usize = 40;
/// Most text of one mail that is indexed, in bytes: a novel.
const MOST_TEXT: usize = 2 << 20;

/// The words of a mail by where they stand, each as words joined by spaces.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EmailWords {
    pub subject: String,
    pub from: String,
    pub to: String,
    pub cc: String,
    pub text: String,
    pub files: String,
}

/// The words of a raw mail.
pub fn email_words(raw: &[u8]) -> EmailWords {
    let email = super::parse(&without_files(raw));
    EmailWords::of(&email)
}

impl EmailWords {
    fn of(email: &ParsedEmail) -> Self {
        let mut words = Self::default();
        add_words(&email.subject, &mut words.subject);
        for address in &email.from {
            add_address(address, &mut words.from);
        }
        for address in &email.to {
            add_address(address, &mut words.to);
        }
        for address in &email.cc {
            add_address(address, &mut words.cc);
        }
        add_words(up_to(&email.text, MOST_TEXT), &mut words.text);
        for file in &email.attachments {
            add_words(&file.name, &mut words.files);
        }
        words
    }
}

fn add_address(address: &Address, words: &mut String) {
    add_words(&address.name, words);
    add_words(&address.address, words);
}

/// Adds the words of a text to words that stand before them.
pub fn add_words(text: &str, words: &mut String) {
    let mut out = |word: &str| {
        if !words.is_empty() {
            words.push(' ');
        }
        words.push_str(word);
    };
    each_word(text, true, &mut out);
}

/// The words of what is asked for, in the sequence in which they must stand. The last pair of letters of a script
/// without blanks may be in the middle of the document's: it ends there.
pub fn asked_words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    each_word(text, false, &mut |word| words.push(word.to_owned()));
    words
}

/// Whether the word is a single letter of a script without blanks: the index holds pairs that begin with it.
pub fn is_lone_letter(word: &str) -> bool {
    let mut letters = word.chars();
    letters.next().is_some_and(is_unspaced) && letters.next().is_none()
}

/// Calls `out` for each word. With `closed` the end of the text ends a run of letters without blanks.
fn each_word(text: &str, closed: bool, out: &mut dyn FnMut(&str)) {
    let mut lower = String::with_capacity(LONGEST_WORD);
    let mut rest = text;
    while let Some(start) = find_part(rest) {
        let from_word = rest.get(start..).unwrap_or_default();
        let (word, after) = from_word.split_at(word_length(from_word));
        rest = after;
        if word.is_ascii() {
            plain_word(word, &mut lower, out);
        } else {
            let is_last = !closed && !rest.contains(is_part);
            folded_words(&folded(word), !is_last, out);
        }
    }
}

/// Where the next word begins. Most text is ASCII, and most of the work is done here: octet by octet as long as it is.
fn find_part(text: &str) -> Option<usize> {
    let plain = text.bytes().position(|octet| octet.is_ascii_alphanumeric() || !octet.is_ascii())?;
    let rest = text.get(plain..)?;
    Some(plain + rest.find(is_part)?)
}

/// How long the word is with which a text begins.
fn word_length(text: &str) -> usize {
    let plain = text.bytes().position(|octet| !octet.is_ascii_alphanumeric()).unwrap_or(text.len());
    match text.as_bytes().get(plain) {
        Some(octet) if !octet.is_ascii() => text.find(|letter| !is_part(letter)).unwrap_or(text.len()),
        _ => plain,
    }
}

pub(crate) fn is_part(letter: char) -> bool {
    if letter.is_ascii() {
        letter.is_ascii_alphanumeric()
    } else {
        letter.is_alphanumeric() || is_combining_mark(letter)
    }
}

fn plain_word(word: &str, lower: &mut String, out: &mut dyn FnMut(&str)) {
    let word = word.get(..LONGEST_WORD).unwrap_or(word);
    if word.bytes().any(|octet| octet.is_ascii_uppercase()) {
        lower.clear();
        lower.push_str(word);
        lower.make_ascii_lowercase();
        out(lower);
    } else {
        out(word);
    }
}

/// The words of a folded run; folding may have divided it (`½` is a 1, a stroke and a 2).
fn folded_words(folded: &str, closed: bool, out: &mut dyn FnMut(&str)) {
    let letters: Vec<(usize, char)> = folded.char_indices().collect();
    let slice = |from: usize, to: usize| {
        let start = letters.get(from).map_or(folded.len(), |(place, _)| *place);
        let end = letters.get(to).map_or(folded.len(), |(place, _)| *place);
        folded.get(start..end).unwrap_or_default()
    };
    let is =
        |index: usize, kind: fn(char) -> bool| letters.get(index).is_some_and(|(_, letter)| kind(*letter));
    let mut from = 0;
    while from < letters.len() {
        if !is(from, is_part) {
            from += 1;
            continue;
        }
        let unspaced = is(from, is_unspaced);
        let mut to = from + 1;
        while is(to, is_part) && is(to, is_unspaced) == unspaced {
            to += 1;
        }
        if !unspaced {
            out(slice(from, to.min(from + LONGEST_WORD)));
        } else {
            for first in from..to.saturating_sub(1) {
                out(slice(first, first + 2));
            }
            // The last letter alone ends the run, so that every letter begins an entry.
            if closed || to < letters.len() || to == from + 1 {
                out(slice(to - 1, to));
            }
        }
        from = to;
    }
}

/// Lower case, without accents, in one form of the many Unicode has for the same letters.
pub(crate) fn folded(word: &str) -> Cow<'_, str> {
    let mut folded = String::with_capacity(word.len());
    for letter in word.nfkd().filter(|letter| !is_accent(*letter)) {
        for letter in letter.to_lowercase().filter(|letter| !is_accent(*letter)) {
            match letter {
                'ß' => folded.push_str("ss"),
                'æ' => folded.push_str("ae"),
                'œ' => folded.push_str("oe"),
                'þ' => folded.push_str("th"),
                'ø' => folded.push('o'),
                'ł' => folded.push('l'),
                'đ' | 'ð' => folded.push('d'),
                'ħ' => folded.push('h'),
                'ı' => folded.push('i'),
                'ς' => folded.push('σ'),
                letter => folded.push(letter),
            }
        }
    }
    // Korean syllables and voiced kana were taken apart as well.
    Cow::Owned(folded.nfc().collect())
}

/// Marks that people leave out: Latin, Greek and Cyrillic accents, Hebrew and Arabic vowels.
fn is_accent(letter: char) -> bool {
    matches!(letter, '\u{300}'..='\u{36f}' | '\u{591}'..='\u{5bd}' | '\u{5bf}'..='\u{5c7}' | '\u{640}'
        | '\u{64b}'..='\u{65f}' | '\u{670}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}')
        && is_combining_mark(letter)
        || letter == '\u{640}'
}

/// Letters of scripts that don't divide words by blanks, and Hangul.
pub(crate) fn is_unspaced(letter: char) -> bool {
    matches!(letter, '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1100}'..='\u{11ff}' | '\u{1780}'..='\u{17ff}'
        | '\u{3005}'..='\u{3007}' | '\u{3040}'..='\u{318f}' | '\u{31a0}'..='\u{31bf}' | '\u{31f0}'..='\u{31ff}'
        | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{a960}'..='\u{a97f}' | '\u{ac00}'..='\u{d7ff}'
        | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

fn up_to(text: &str, most: usize) -> &str {
    let mut end = most.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or(text)
}

/// Lines of base64 in a row that are kept of a large mail: as many as a long text may have.
const MOST_LINES: usize = 8_192;

/// A large mail without the rest of its long attachments, whose names are all that is needed of them: it is parsed in
/// a fraction of the time and memory.
fn without_files(raw: &[u8]) -> Cow<'_, [u8]> {
    if raw.len() < 1 << 20 {
        return Cow::Borrowed(raw);
    }
    let mut kept = Vec::with_capacity(1 << 20);
    let mut run = 0;
    for line in raw.split_inclusive(|octet| *octet == b'\n') {
        run = if is_base64(line) { run + 1 } else { 0 };
        if run <= MOST_LINES {
            kept.extend_from_slice(line);
        }
    }
    Cow::Owned(kept)
}

fn is_base64(line: &[u8]) -> bool {
    let line = line.trim_ascii_end();
    line.len() >= 40
        && line.iter().all(|octet| octet.is_ascii_alphanumeric() || matches!(octet, b'+' | b'/' | b'='))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> String {
        let mut words = String::new();
        add_words(text, &mut words);
        words
    }

    #[test]
    fn words_are_found_whatever_their_case_and_accents() {
        assert_eq!(words("Łódź, ÄRGER; Straße — İstanbul"), "lodz arger strasse istanbul");
        assert_eq!(words("re\u{301}sume\u{301} résumé"), "resume resume");
        assert_eq!(words("ΟΔΥΣΣΕΥΣ οδυσσεύς"), "οδυσσευσ οδυσσευσ");
        assert_eq!(words("Ёлка й"), "елка и");
        assert_eq!(words("ＡＢＣ１２３ ﬁn"), "abc123 fin");
        assert_eq!(words("مُحَمَّد محمد"), "محمد محمد");
    }

    #[test]
    fn what_is_put_together_becomes_its_parts_in_sequence() {
        assert_eq!(words("ada.lovelace@example.org"), "ada lovelace example org");
        assert_eq!(words("report-2024_final.PDF e-mail don't"), "report 2024 final pdf e mail don t");
        assert_eq!(asked_words("e-mail"), ["e", "mail"]);
    }

    #[test]
    fn scripts_without_blanks_become_pairs_of_letters() {
        assert_eq!(words("日本語です"), "日本 本語 語で です す");
        assert_eq!(words("第3回 会議ABC"), "第 3 回 会議 議 abc");
        assert_eq!(words("한국어를"), "한국 국어 어를 를");
        assert_eq!(words("ﾃﾞｰﾀ データ"), "デー ータ タ デー ータ タ");
        assert_eq!(words("がか"), "がか か");
        assert_eq!(words("1½日"), "11 2 日", "folding may divide");
    }

    #[test]
    fn any_piece_of_a_run_is_asked_for_by_words_it_has() {
        assert_eq!(asked_words("本語"), ["本語"]);
        assert_eq!(asked_words("本"), ["本"]);
        assert!(is_lone_letter("本") && !is_lone_letter("本語") && !is_lone_letter("a"));
        // Followed by something, the run ended in the document too.
        assert_eq!(asked_words("会議ABC"), ["会議", "議", "abc"]);
        assert_eq!(asked_words("会議 室"), ["会議", "議", "室"]);
    }

    #[test]
    fn endless_words_are_cut_alike_here_and_there() {
        let long = "x".repeat(1_000);
        assert_eq!(asked_words(&long)[0], words(&long));
        let long = "é".repeat(1_000);
        assert_eq!(asked_words(&long)[0], words(&long));
    }

    #[test]
    fn a_large_attachment_is_known_by_name_and_not_read() {
        let mut mail = b"Subject: big\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nhello\r\n--b\r\n\
            Content-Type: application/pdf; name=\"Quarterly Report.pdf\"\r\nContent-Transfer-Encoding: base64\r\n\r\n"
            .to_vec();
        for _ in 0..40_000 {
            mail.extend_from_slice(&[b'A'; 76]);
            mail.extend_from_slice(b"\r\n");
        }
        mail.extend_from_slice(b"--b\r\n\r\nlast words\r\n--b--\r\n");
        assert!(without_files(&mail).len() < 800_000);
        let words = email_words(&mail);
        assert_eq!(words.files, "quarterly report pdf");
        assert_eq!((words.subject.as_str(), words.text.as_str()), ("big", "hello last words"));
    }
}
