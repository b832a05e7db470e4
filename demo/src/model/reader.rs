//! From octets to whole commands: lines, and the literals inside them (RFC 9051 section 4.3).

/// A line without a literal may be this long.
const LINE_LIMIT: usize = 64 * 1024;
/// A literal may be this long.
const LITERAL_LIMIT: usize = 64 * 1024 * 1024;

/// What has arrived and is not yet a whole command.
#[derive(Default)]
pub(super) struct CommandReader {
    pending: Vec<u8>,
    /// Where the line begins that is being read; before it are finished lines and literals of the same command.
    line_start: usize,
    /// Up to where there is no line end to be found any more.
    searched: usize,
}

/// What the reader has to say.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Nothing whole yet.
    More,
    /// A synchronizing literal was announced: the client waits for `+`.
    Continue,
    /// A whole command without its line end; literals are in it as they came, `{n}` CRLF octets.
    Command(Vec<u8>),
    /// More than the server takes. There is no way to find the next command: the connection has to end.
    TooLong,
}

impl CommandReader {
    pub(super) fn feed(&mut self, bytes: &[u8]) {
        self.pending.extend_from_slice(bytes);
    }

    /// The next whole command. `literals`: whether `{n}` at a line's end announces one, which it doesn't inside
    /// AUTHENTICATE and IDLE; `unasked`: up to which size `{n+}` does too.
    pub(super) fn next(&mut self, literals: bool, unasked: usize) -> Next {
        loop {
            let from = self.line_start.max(self.searched);
            let Some(found) =
                self.pending.get(from..).and_then(|rest| rest.iter().position(|octet| *octet == b'\n'))
            else {
                let waiting_for_literal = self.line_start > self.pending.len();
                self.searched = self.pending.len();
                let line = self.pending.len().saturating_sub(self.line_start);
                return if !waiting_for_literal && line > LINE_LIMIT { Next::TooLong } else { Next::More };
            };
            let end = from + found + 1;
            let line = self.pending[self.line_start..end].trim_ascii_end();
            let announced = if literals { announced_literal(line, unasked > 0) } else { None };
            match announced {
                Some((size, _)) if size > LITERAL_LIMIT => return Next::TooLong,
                // LITERAL- (RFC 7888 section 5).
                Some((size, false)) if size > unasked => return Next::TooLong,
                Some((size, synchronizing)) => {
                    self.line_start = end + size;
                    self.searched = end;
                    if synchronizing {
                        return Next::Continue;
                    }
                }
                None => {
                    // Only the line's own end goes: a literal before it may end in CRLF too.
                    let octets = self.pending[self.line_start..end - 1].strip_suffix(b"\r").map_or(1, |_| 2);
                    let mut command: Vec<u8> = self.pending.drain(..end).collect();
                    command.truncate(end - octets);
                    self.line_start = 0;
                    self.searched = 0;
                    return Next::Command(command);
                }
            }
        }
    }
}

/// The size a line's end announces, and whether the client waits for leave to send it.
pub(super) fn announced_literal(line: &[u8], plus: bool) -> Option<(usize, bool)> {
    let inner = line.strip_suffix(b"}")?;
    let open = inner.iter().rposition(|octet| *octet == b'{')?;
    let digits = &inner[open + 1..];
    let (digits, synchronizing) = match digits.strip_suffix(b"+") {
        Some(digits) if plus => (digits, false),
        Some(_) => return None,
        None => (digits, true),
    };
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    // A number that doesn't fit is certainly past the limit.
    let size = std::str::from_utf8(digits).ok()?.parse().unwrap_or(usize::MAX - LITERAL_LIMIT);
    Some((size, synchronizing))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_literal_is_asked_for_once_and_never_read_as_a_line() {
        let mut reader = CommandReader::default();
        reader.feed(b"a LOGIN {3}\r\n");
        assert_eq!(reader.next(true, usize::MAX), Next::Continue);
        assert_eq!(reader.next(true, usize::MAX), Next::More);
        reader.feed(b"\r\n");
        assert_eq!(reader.next(true, usize::MAX), Next::More);
        reader.feed(b"} {2+}\r\nxy\r\nb NOOP\r\n");
        assert_eq!(reader.next(true, usize::MAX), Next::Command(b"a LOGIN {3}\r\n\r\n} {2+}\r\nxy".to_vec()));
        assert_eq!(reader.next(true, usize::MAX), Next::Command(b"b NOOP".to_vec()));
        assert_eq!(reader.next(true, usize::MAX), Next::More);
    }

    #[test]
    fn what_is_too_long_ends_the_connection() {
        let mut reader = CommandReader::default();
        reader.feed(&vec![b'x'; LINE_LIMIT + 1]);
        assert_eq!(reader.next(true, usize::MAX), Next::TooLong);
        let mut reader = CommandReader::default();
        reader.feed(b"a APPEND INBOX {99999999999999999999999}\r\n");
        assert_eq!(reader.next(true, usize::MAX), Next::TooLong);
    }
}
