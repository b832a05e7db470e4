//! Cuts a server's bytes into responses (RFC 9051 section 4.3), whatever the chunks they arrive in.
//!
//! A response is one line, plus its literals. Short literals are kept inside the response. The literal of a
//! body (`BODY[] {n}`, `BODY[1.2]<0> {n}`) is handed over piece by piece and never kept. What is over a limit is dropped
//! by its announced length, so that the octets of a literal are never taken for lines.
//!
//! In the text of a response a literal looks like this, after its `{n}`:
//! - `CR LF`, then its `n` octets: as on the wire;
//! - `LF S`: it was a body and has been handed over;
//! - `LF X`: it was over the limit and is lost.
//!
//! No other LF can occur there, as LF ends a line.

use super::reader::is_part;

/// A line, or the literals kept with it, over this many octets is not kept.
pub const ITEM_LIMIT: usize = 1024 * 1024;

/// A response over this many octets breaks the connection.
pub const RESPONSE_LIMIT: usize = 16 * 1024 * 1024;

/// What comes out of the stream.
#[derive(Debug, PartialEq, Eq)]
pub enum Frame<'a> {
    /// A whole response without its line end.
    Response(&'a [u8]),
    /// `size` octets of a body follow; `head` is the response so far. The response itself comes later.
    BodyStart { head: &'a [u8], size: u64 },
    /// Some octets of the body.
    BodyChunk(&'a [u8]),
    /// A response was over [`ITEM_LIMIT`] and is lost. If a body had begun in it, it won't end.
    Skipped,
    /// The stream makes no sense any more; nothing else will come.
    Broken(&'static str),
}

/// What a response is, as far as its limits go.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Text to the end of the line: there are no literals in it, even if it ends in `{5}`.
    Status,
    /// A list of UIDs that may be as long as the mailbox is large.
    LongList,
    Data,
}

#[derive(Clone, Copy)]
enum State {
    Text,
    /// Octets of a literal that is kept.
    Kept(u64),
    /// Octets of a body on its way.
    Body(u64),
    /// Octets of a literal over the limit.
    Dropped(u64),
    /// In the text of a response over the limit.
    Skipping,
    /// In a literal of such a response.
    SkippingLiteral(u64),
    Broken,
}

/// The framer. It keeps no more than the response that is still incomplete.
pub struct Framer {
    state: State,
    /// The response so far, unless it lies whole in the input.
    line: Vec<u8>,
    /// Where in `line` the text after the last literal begins.
    segment: usize,
    /// Octets of text, literals not counted.
    text_length: usize,
    /// A body of this response was handed over; there is at most one.
    had_body: bool,
    /// What was in `line` has been handed over.
    spent: bool,
    skip: Skip,
}

/// What must be remembered of text that is thrown away, to find the literals in it.
struct Skip {
    kind: Kind,
    quotes: Quotes,
    tail: Vec<u8>,
}

impl Default for Framer {
    fn default() -> Self {
        Self {
            state: State::Text,
            line: Vec::new(),
            segment: 0,
            text_length: 0,
            had_body: false,
            spent: false,
            skip: Skip { kind: Kind::Data, quotes: Quotes::default(), tail: Vec::new() },
        }
    }
}

/// What one step came to; frames are made of it once nothing else is borrowed.
enum Step {
    More,
    Wait,
    Whole(usize),
    Kept,
    BodyStart(u64),
    BodyChunk(usize),
    Skipped,
    Broken(&'static str),
}

impl Framer {
    /// The next frame, taken from the front of `input`; `None` when `input` is used up.
    pub fn next<'f, 'd: 'f>(&'f mut self, input: &mut &'d [u8]) -> Option<Frame<'f>> {
        if std::mem::take(&mut self.spent) {
            self.begin();
        }
        let data: &'d [u8];
        let step = loop {
            let before = *input;
            match self.step(input) {
                Step::More => {}
                step => {
                    data = before;
                    break step;
                }
            }
        };
        Some(match step {
            Step::More | Step::Wait => return None,
            Step::Whole(length) => Frame::Response(without_cr(data.get(..length)?)),
            Step::Kept => {
                self.spent = true;
                Frame::Response(&self.line)
            }
            Step::BodyStart(size) => Frame::BodyStart { head: &self.line, size },
            Step::BodyChunk(length) => Frame::BodyChunk(data.get(..length)?),
            Step::Skipped => Frame::Skipped,
            Step::Broken(why) => Frame::Broken(why),
        })
    }

    /// How many octets are kept just now.
    pub fn kept(&self) -> usize {
        self.line.capacity().saturating_add(self.skip.tail.capacity())
    }

    fn begin(&mut self) {
        self.line.clear();
        self.line.shrink_to(16 * 1024);
        self.segment = 0;
        self.text_length = 0;
        self.had_body = false;
        self.state = State::Text;
    }

    fn step(&mut self, input: &mut &[u8]) -> Step {
        match self.state {
            State::Broken => {
                *input = &[];
                Step::Wait
            }
            _ if input.is_empty() && !self.at_literal_end() => Step::Wait,
            State::Text => self.text(input),
            State::Kept(left) => {
                let (part, left) = take(input, left);
                self.line.extend_from_slice(part);
                self.state = State::Kept(left);
                if self.line.len() > RESPONSE_LIMIT {
                    return self.broken("a response over 16 MiB");
                }
                self.literal_step(left)
            }
            State::Body(left) => {
                let (part, left) = take(input, left);
                self.state = State::Body(left);
                if part.is_empty() { self.literal_step(left) } else { Step::BodyChunk(part.len()) }
            }
            State::Dropped(left) => {
                let (_, left) = take(input, left);
                self.state = State::Dropped(left);
                self.literal_step(left)
            }
            State::Skipping => self.skip_text(input),
            State::SkippingLiteral(left) => {
                let (_, left) = take(input, left);
                self.state = if left == 0 { State::Skipping } else { State::SkippingLiteral(left) };
                if left == 0 { Step::More } else { Step::Wait }
            }
        }
    }

    /// Whether a literal is complete and only the state must move on.
    fn at_literal_end(&self) -> bool {
        matches!(self.state, State::Kept(0) | State::Body(0) | State::Dropped(0) | State::SkippingLiteral(0))
    }

    fn literal_step(&mut self, left: u64) -> Step {
        if left > 0 {
            return Step::Wait;
        }
        self.segment = self.line.len();
        self.state = State::Text;
        Step::More
    }

    fn text(&mut self, input: &mut &[u8]) -> Step {
        let found = input.iter().position(|byte| *byte == b'\n');
        let length = found.unwrap_or(input.len());
        let (part, rest) = input.split_at_checked(length).unwrap_or((input, &[]));
        self.text_length = self.text_length.saturating_add(part.len());
        if self.text_length > RESPONSE_LIMIT {
            return self.broken("a line over 16 MiB");
        }
        // Most responses lie whole in what arrived: nothing is copied then.
        if found.is_some() && self.line.is_empty() && self.text_length <= ITEM_LIMIT {
            let line = without_cr(part);
            if line.last() != Some(&b'}') || literal_after(Kind::of(line), line) == Literal::None {
                self.text_length = 0;
                *input = rest.get(1..).unwrap_or_default();
                return Step::Whole(length);
            }
        }
        self.line.extend_from_slice(part);
        *input = rest.get(usize::from(found.is_some())..).unwrap_or_default();
        if self.line.len() > RESPONSE_LIMIT {
            return self.broken("a response over 16 MiB");
        }
        if self.text_length > ITEM_LIMIT && Kind::of(&self.line) != Kind::LongList {
            return self.start_skipping(found.is_some());
        }
        if found.is_some() { self.end_of_line() } else { Step::Wait }
    }

    fn end_of_line(&mut self) -> Step {
        if self.line.len() > self.segment && self.line.last() == Some(&b'\r') {
            self.line.pop();
        }
        let kind = Kind::of(&self.line);
        let segment = self.line.get(self.segment..).unwrap_or_default();
        match literal_after(kind, segment) {
            Literal::None => Step::Kept,
            Literal::Absurd => self.broken("a literal of absurd size"),
            Literal::Size(size) if !self.had_body && announces_body(&self.line, segment) => {
                self.had_body = true;
                self.line.extend_from_slice(b"\nS");
                self.state = State::Body(size);
                Step::BodyStart(size)
            }
            Literal::Size(size) if size > ITEM_LIMIT as u64 => {
                self.line.extend_from_slice(b"\nX");
                self.state = State::Dropped(size);
                Step::More
            }
            Literal::Size(size) => {
                self.line.extend_from_slice(b"\r\n");
                self.state = State::Kept(size);
                Step::More
            }
        }
    }

    fn start_skipping(&mut self, line_ended: bool) -> Step {
        self.skip.kind = Kind::of(&self.line);
        self.skip.quotes = Quotes::default();
        self.skip.tail.clear();
        let line = std::mem::take(&mut self.line);
        self.skip.add(line.get(self.segment..).unwrap_or_default());
        self.segment = 0;
        self.state = State::Skipping;
        if line_ended { self.skipped_line_end() } else { Step::Wait }
    }

    fn skip_text(&mut self, input: &mut &[u8]) -> Step {
        let found = input.iter().position(|byte| *byte == b'\n');
        let length = found.unwrap_or(input.len());
        let (part, rest) = input.split_at_checked(length).unwrap_or((input, &[]));
        self.text_length = self.text_length.saturating_add(part.len());
        *input = rest.get(usize::from(found.is_some())..).unwrap_or_default();
        if self.text_length > RESPONSE_LIMIT {
            return self.broken("a line over 16 MiB");
        }
        self.skip.add(part);
        if found.is_some() { self.skipped_line_end() } else { Step::Wait }
    }

    fn skipped_line_end(&mut self) -> Step {
        let tail = without_cr(&self.skip.tail);
        let literal =
            if self.skip.quotes.inside { Literal::None } else { literal_at_end(self.skip.kind, tail) };
        self.skip.tail.clear();
        self.skip.quotes = Quotes::default();
        match literal {
            Literal::Absurd => self.broken("a literal of absurd size"),
            Literal::Size(size) => {
                self.state = State::SkippingLiteral(size);
                Step::More
            }
            Literal::None => {
                self.begin();
                Step::Skipped
            }
        }
    }

    fn broken(&mut self, why: &'static str) -> Step {
        self.begin();
        self.state = State::Broken;
        Step::Broken(why)
    }
}

impl Skip {
    fn add(&mut self, text: &[u8]) {
        // Long enough for `{`, the digits of a u64, `+}` and CR.
        const TAIL: usize = 32;
        for byte in text {
            self.quotes.add(*byte);
        }
        self.tail.extend_from_slice(text.get(text.len().saturating_sub(TAIL)..).unwrap_or_default());
        let surplus = self.tail.len().saturating_sub(TAIL);
        self.tail.drain(..surplus);
        self.tail.shrink_to(4 * TAIL);
    }
}

impl Kind {
    fn of(line: &[u8]) -> Self {
        let mut words = line.splitn(3, |byte| *byte == b' ');
        let (first, second) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let second = without_cr(second);
        let is = |names: &[&str]| names.iter().any(|name| second.eq_ignore_ascii_case(name.as_bytes()));
        if without_cr(first) == b"+" || is(&["OK", "NO", "BAD"]) {
            return Self::Status;
        }
        if first != b"*" {
            return Self::Data;
        }
        if is(&["BYE", "PREAUTH"]) {
            Self::Status
        } else if is(&["SEARCH", "ESEARCH", "VANISHED"]) {
            Self::LongList
        } else {
            Self::Data
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Literal {
    None,
    Size(u64),
    /// More than a number can hold: to go on would be to guess.
    Absurd,
}

fn literal_after(kind: Kind, segment: &[u8]) -> Literal {
    let literal = literal_at_end(kind, segment);
    if literal == Literal::None {
        return literal;
    }
    let mut quotes = Quotes::default();
    for byte in segment {
        quotes.add(*byte);
    }
    // A quoted string has no line ends in it: `"see {5}` is a broken string, not a literal.
    if quotes.inside { Literal::None } else { literal }
}

fn literal_at_end(kind: Kind, text: &[u8]) -> Literal {
    if kind == Kind::Status {
        return Literal::None;
    }
    let Some(inner) = text.strip_suffix(b"}") else { return Literal::None };
    let inner = inner.strip_suffix(b"+").unwrap_or(inner);
    let digits = inner.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    let (before, digits) = inner.split_at_checked(inner.len() - digits).unwrap_or_default();
    if before.last() != Some(&b'{') || digits.is_empty() {
        // In a skipped line the tail may hold digits alone: more of them than any size has.
        return if digits.len() > 20 { Literal::Absurd } else { Literal::None };
    }
    let size = std::str::from_utf8(digits).ok().and_then(|digits| digits.parse::<u64>().ok());
    match size {
        Some(size) if size <= i64::MAX.unsigned_abs() => Literal::Size(size),
        _ => Literal::Absurd,
    }
}

/// Whether the literal announced at the end of `segment` is a body: `* 1 FETCH (… BODY[1.2]<0> {n}`.
fn announces_body(line: &[u8], segment: &[u8]) -> bool {
    let mut words = line.splitn(4, |byte| *byte == b' ');
    let is_fetch = words.next() == Some(b"*")
        && words.next().is_some_and(|number| number.iter().all(u8::is_ascii_digit))
        && words.next().is_some_and(|word| word.eq_ignore_ascii_case(b"FETCH"));
    let Some(brace) = segment.iter().rposition(|byte| *byte == b'{') else { return false };
    let mut key = segment.get(..brace).unwrap_or_default();
    key = key.strip_suffix(b"~").unwrap_or(key).trim_ascii_end();
    if let Some(origin) = key.strip_suffix(b">") {
        let digits = origin.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
        key = origin.get(..origin.len() - digits).and_then(|key| key.strip_suffix(b"<")).unwrap_or(key);
    }
    let word = key.iter().rposition(|byte| *byte == b' ' || *byte == b'(').map_or(0, |place| place + 1);
    let Some(item) = key.get(word..).and_then(|item| item.strip_suffix(b"]")) else { return false };
    let mut halves = item.splitn(2, |byte| *byte == b'[');
    let (Some(name), Some(section)) = (halves.next(), halves.next()) else { return false };
    is_fetch && is_part(name, section)
}

/// Follows quoted strings (RFC 9051 section 4.3): a quote opens one only where a token begins.
struct Quotes {
    inside: bool,
    escaped: bool,
    previous: u8,
}

impl Default for Quotes {
    fn default() -> Self {
        Self { inside: false, escaped: false, previous: b' ' }
    }
}

impl Quotes {
    fn add(&mut self, byte: u8) {
        if self.inside {
            match byte {
                _ if self.escaped => self.escaped = false,
                b'\\' => self.escaped = true,
                b'"' => self.inside = false,
                _ => {}
            }
        } else if byte == b'"' && matches!(self.previous, b' ' | b'(' | b'[') {
            self.inside = true;
        }
        self.previous = byte;
    }
}

fn take<'d>(input: &mut &'d [u8], left: u64) -> (&'d [u8], u64) {
    let length = usize::try_from(left).unwrap_or(usize::MAX).min(input.len());
    let (part, rest) = input.split_at_checked(length).unwrap_or((input, &[]));
    *input = rest;
    (part, left - length as u64)
}

fn without_cr(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").unwrap_or(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frames_of(chunks: &[&[u8]]) -> Vec<String> {
        let mut framer = Framer::default();
        let mut frames: Vec<String> = Vec::new();
        for chunk in chunks {
            let mut rest = *chunk;
            while let Some(frame) = framer.next(&mut rest) {
                frames.push(match frame {
                    Frame::Response(line) => format!("line {}", line.escape_ascii()),
                    Frame::BodyStart { head, size } => format!("body {size} after {}", head.escape_ascii()),
                    Frame::BodyChunk(bytes) => format!("octets {}", bytes.escape_ascii()),
                    Frame::Skipped => "skipped".to_owned(),
                    Frame::Broken(why) => format!("broken: {why}"),
                });
            }
        }
        frames
    }

    #[test]
    fn lines_end_in_crlf_or_bare_lf() {
        assert_eq!(frames_of(&[b"* OK hi\r\n* 1 EXI", b"STS\n"]), ["line * OK hi", "line * 1 EXISTS"]);
    }

    #[test]
    fn a_cr_and_its_lf_may_arrive_apart() {
        assert_eq!(frames_of(&[b"* OK hi\r", b"\n* BYE\r\n"]), ["line * OK hi", "line * BYE"]);
    }

    #[test]
    fn a_short_literal_stays_in_its_response() {
        assert_eq!(
            frames_of(&[b"* LIST () \"/\" {5}\r\na\r\n* \r\n* OK\r\n"]),
            ["line * LIST () \\\"/\\\" {5}\\r\\na\\r\\n* ", "line * OK"]
        );
    }

    #[test]
    fn a_body_is_handed_over_in_pieces() {
        assert_eq!(
            frames_of(&[b"* 1 FETCH (BODY[] {5}\r\nab", b"c\r\n", b" UID 7)\r\n"]),
            [
                "body 5 after * 1 FETCH (BODY[] {5}\\nS",
                "octets ab",
                "octets c\\r\\n",
                "line * 1 FETCH (BODY[] {5}\\nS UID 7)"
            ]
        );
    }

    #[test]
    fn a_part_is_a_body_and_a_header_is_not() {
        for item in ["BODY[1.2]", "BODY[2]<262144>", "binary[1]<0>", "BODY[TEXT]", "BODY[3.TEXT]"] {
            let line = format!("* 1 FETCH (UID 7 {item} {{2}}\r\nab)\r\n");
            assert_eq!(frames_of(&[line.as_bytes()]).len(), 3, "{item}");
        }
        assert_eq!(frames_of(&[b"* 1 FETCH (BINARY[1] ~{2}\r\na\0)\r\n"])[1], "octets a\\x00");
        for item in
            ["BODY[1.MIME]", "BODY[HEADER]", "BODY[HEADER.FIELDS (X-TEXT)]", "BINARY[TEXT]", "BODY[X]"]
        {
            let line = format!("* 1 FETCH (UID 7 {item} {{2}}\r\nab)\r\n");
            assert_eq!(frames_of(&[line.as_bytes()]).len(), 1, "{item}");
        }
    }

    #[test]
    fn an_empty_body_is_a_body() {
        assert_eq!(
            frames_of(&[b"* 1 FETCH (UID 7 BODY[] {0}\r\n)\r\n"]),
            ["body 0 after * 1 FETCH (UID 7 BODY[] {0}\\nS", "line * 1 FETCH (UID 7 BODY[] {0}\\nS)"]
        );
    }

    #[test]
    fn text_that_ends_like_a_literal_is_text() {
        assert_eq!(frames_of(&[b"* OK see {5}\r\n* OK\r\n"]), ["line * OK see {5}", "line * OK"]);
        assert_eq!(frames_of(&[b"A1 NO {5}\r\n* OK\r\n"]), ["line A1 NO {5}", "line * OK"]);
        assert_eq!(frames_of(&[b"+ {5}\r\n* OK\r\n"]), ["line + {5}", "line * OK"]);
        assert_eq!(frames_of(&[b"* X \"see {5}\r\n* OK\r\n"]), ["line * X \\\"see {5}", "line * OK"]);
    }

    #[test]
    fn a_literal_over_the_limit_costs_itself_and_is_never_read_as_lines() {
        let mut bytes = b"* 1 FETCH (BODY[HEADER] {1100000}\r\n".to_vec();
        bytes.extend(b"A1 OK\r\n".iter().cycle().take(1_100_000));
        bytes.extend(b" UID 3)\r\n* OK\r\n");
        assert_eq!(frames_of(&[&bytes]), ["line * 1 FETCH (BODY[HEADER] {1100000}\\nX UID 3)", "line * OK"]);
    }

    #[test]
    fn a_line_over_the_limit_is_skipped_with_its_literals() {
        let mut bytes = b"* LIST (".to_vec();
        bytes.extend(std::iter::repeat_n(b'a', ITEM_LIMIT));
        bytes.extend(b") {9}\r\n* 1 OK \r\n and more\r\n* OK\r\n");
        assert_eq!(frames_of(&[&bytes]), ["skipped", "line * OK"]);
        let halves: Vec<&[u8]> = bytes.chunks(700_001).collect();
        assert_eq!(frames_of(&halves), ["skipped", "line * OK"]);
    }

    #[test]
    fn search_may_be_long() {
        let mut bytes = b"* SEARCH".to_vec();
        bytes.extend(b" 4000000000".iter().cycle().take(11 * 200_000));
        bytes.extend(b"\r\n");
        let mut framer = Framer::default();
        assert!(
            matches!(framer.next(&mut &bytes[..]), Some(Frame::Response(line)) if line.len() > 2_000_000)
        );
    }

    #[test]
    fn a_line_without_end_breaks_the_connection() {
        let chunk = vec![b'x'; ITEM_LIMIT];
        let mut framer = Framer::default();
        let mut broken = 0;
        for _ in 0..40 {
            let mut rest = &chunk[..];
            while let Some(frame) = framer.next(&mut rest) {
                assert!(matches!(frame, Frame::Broken(_)));
                broken += 1;
            }
            assert!(framer.kept() <= 2 * ITEM_LIMIT + 64, "kept {}", framer.kept());
        }
        assert_eq!(broken, 1);
    }

    #[test]
    fn an_absurd_size_breaks_the_connection() {
        assert_eq!(
            frames_of(&[b"* 1 FETCH (BODY[] {99999999999999999999999}\r\nA1 OK\r\n"]),
            ["broken: a literal of absurd size"]
        );
    }

    #[test]
    fn an_announced_size_is_not_reserved() {
        let mut framer = Framer::default();
        let mut rest = &b"* 1 FETCH (BODY[HEADER] {1000000}\r\nab"[..];
        assert_eq!(framer.next(&mut rest), None);
        assert!(framer.kept() < 1000);
    }
}
