//! Replies of a server (RFC 5321 section 4.2), out of whatever it says.

use crate::error::{Error, ErrorKind};

/// A reply that is longer than this is none, in octets: an answer to EHLO has a few hundred.
const LONGEST: usize = 64 << 10;
/// The most lines of one.
const LINES: usize = 1000;

/// What a server said to one command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reply {
    pub(super) code: u16,
    /// Without the code. Servers say things in their own alphabets: what is no UTF-8 is replaced.
    pub(super) lines: Vec<String>,
}

impl Reply {
    /// 2xx.
    pub(super) fn is_done(&self) -> bool {
        self.code / 100 == 2
    }

    /// 4xx.
    pub(super) fn is_for_now(&self) -> bool {
        self.code / 100 == 4
    }

    /// 5xx.
    pub(super) fn is_for_good(&self) -> bool {
        self.code / 100 == 5
    }

    /// With its code, as many servers' texts say little; the enhanced code that some repeat on every line once.
    pub(super) fn said(&self) -> String {
        let repeated = self.lines.first().and_then(|line| line.split(' ').next()).unwrap_or_default();
        let is_code =
            repeated.split('.').count() == 3 && repeated.bytes().all(|c| c == b'.' || c.is_ascii_digit());
        let mut said = self.code.to_string();
        for (place, line) in (0..).zip(&self.lines) {
            let new = if place > 0 && is_code { line.strip_prefix(repeated) } else { None };
            let text = new.unwrap_or(line).trim();
            if !text.is_empty() {
                said.push(' ');
                said.push_str(text);
            }
        }
        said
    }
}

/// What was heard and isn't taken yet.
#[derive(Debug, Default)]
pub(super) struct Heard {
    octets: Vec<u8>,
    /// Lines of a reply that goes on, its code, and their octets.
    lines: Vec<String>,
    code: Option<u16>,
    size: usize,
}

impl Heard {
    /// Nothing was said that isn't taken.
    pub(super) fn is_empty(&self) -> bool {
        self.octets.is_empty() && self.lines.is_empty()
    }

    pub(super) fn add(&mut self, octets: &[u8]) {
        self.octets.extend_from_slice(octets);
    }

    /// The next whole reply. What came after it stays.
    ///
    /// # Errors
    /// `ProtocolBroken`: this is no reply, or it has no end.
    pub(super) fn take(&mut self) -> Result<Option<Reply>, Error> {
        let broken = || Error::note(ErrorKind::ProtocolBroken, "this is no answer of a mail server");
        while let Some(end) = memchr::memchr(b'\n', &self.octets) {
            let line: Vec<u8> = self.octets.drain(..=end).collect();
            self.size += line.len();
            let line = String::from_utf8_lossy(&line);
            let line = line.trim_end_matches(['\r', '\n']);
            let (code, rest) = line.split_at_checked(3).ok_or_else(broken)?;
            let is_code = code.bytes().all(|digit| digit.is_ascii_digit());
            let code: u16 =
                code.parse().ok().filter(|code| is_code && (200..600).contains(code)).ok_or_else(broken)?;
            if self.code.is_some_and(|before| before != code)
                || self.size > LONGEST
                || self.lines.len() >= LINES
            {
                return Err(broken());
            }
            self.lines.push(rest.get(1..).unwrap_or_default().to_owned());
            match rest.as_bytes().first() {
                Some(b'-') => self.code = Some(code),
                None | Some(b' ') => {
                    (self.code, self.size) = (None, 0);
                    return Ok(Some(Reply { code, lines: std::mem::take(&mut self.lines) }));
                }
                Some(_) => return Err(broken()),
            }
        }
        if self.octets.len() > LONGEST { Err(broken()) } else { Ok(None) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(pieces: &[&[u8]]) -> Result<Vec<Reply>, Error> {
        let (mut heard, mut replies) = (Heard::default(), Vec::new());
        for piece in pieces {
            heard.add(piece);
            while let Some(reply) = heard.take()? {
                replies.push(reply);
            }
        }
        Ok(replies)
    }

    #[test]
    fn a_reply_is_the_same_in_any_pieces() {
        let said = b"220 hi\r\n250-one\r\n250-two\r\n250 three\r\n354\r\n550 5.1.1 n\xf6\n";
        let whole = all(&[said]).unwrap();
        assert_eq!(whole.iter().map(|reply| reply.code).collect::<Vec<_>>(), [220, 250, 354, 550]);
        assert_eq!(whole[1].lines, ["one", "two", "three"]);
        for cut in 0..said.len() {
            assert_eq!(all(&[&said[..cut], &said[cut..]]).unwrap(), whole, "{cut}");
        }
        let single: Vec<&[u8]> = said.chunks(1).collect();
        assert_eq!(all(&single).unwrap(), whole);
    }

    #[test]
    fn what_is_no_reply_or_never_ends_is_refused() {
        for said in [
            "* OK IMAP4rev1\r\n".to_owned(),
            "99 x\r\n".to_owned(),
            "600 x\r\n".to_owned(),
            "+50 x\r\n".to_owned(),
            "250x\r\n".to_owned(),
            "250-a\r\n251 b\r\n".to_owned(),
            "\r\n".to_owned(),
            "2".repeat(LONGEST + 1),
            "250-again\r\n".repeat(LINES + 1),
            format!("250-{}\r\n", "x".repeat(1000)).repeat(70),
        ] {
            assert!(all(&[said.as_bytes()]).is_err(), "{:.20}", said);
        }
        // As long as any server has been seen to talk.
        let long = format!("{}250 end\r\n", format!("250-{}\r\n", "x".repeat(500)).repeat(100));
        assert_eq!(all(&[long.as_bytes()]).unwrap()[0].lines.len(), 101);
    }

    #[test]
    fn an_enhanced_code_that_is_on_every_line_is_said_once() {
        let said = |reply: &str| all(&[reply.as_bytes()]).unwrap()[0].said();
        assert_eq!(said("550-5.1.1 no such user\r\n550 5.1.1 here\r\n"), "550 5.1.1 no such user here");
        assert_eq!(said("550-no\r\n550 no\r\n"), "550 no no");
        assert_eq!(said("451\r\n"), "451");
    }
}
