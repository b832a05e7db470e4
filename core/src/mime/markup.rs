//! HTML as tags and text, told apart as browsers do (WHATWG HTML, section 13.2.5) in one pass that looks at nothing more
//! than a few times, whatever the bytes. What becomes of a tag is for others to say.

/// Most attributes of one tag; more are skipped.
const MOST_ATTRIBUTES: usize = 64;
/// Longest name of a tag or an attribute that means anything.
const LONGEST_NAME: usize = 32;
/// Elements whose content is no markup: it ends at their end tag alone.
const RAW: [&str; 8] = ["iframe", "noembed", "noframes", "script", "style", "textarea", "title", "xmp"];

/// A piece of HTML.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    /// Character references stand in it as they are.
    Text(&'a str),
    Start(Tag<'a>),
    /// The name in lower case.
    End(String),
    /// The content of a `RAW` element.
    Raw(&'static str, &'a str),
}

/// A start tag.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Tag<'a> {
    /// In lower case.
    pub(super) name: String,
    /// Names in lower case, each once; values with their character references as they are.
    pub(super) attributes: Vec<(String, &'a str)>,
    pub(super) closes_itself: bool,
}

/// The pieces of HTML, in order. Comments, declarations and broken end tags are left out.
pub(super) struct Pieces<'a> {
    rest: &'a str,
    /// The `RAW` element that is open.
    raw: Option<&'static str>,
}

impl<'a> Pieces<'a> {
    pub(super) fn of(html: &'a str) -> Self {
        Self { rest: html, raw: None }
    }

    /// All up to a place, which is within the rest.
    fn take(&mut self, length: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at_checked(length).unwrap_or((self.rest, ""));
        self.rest = rest;
        taken
    }

    fn skip_while(&mut self, is_skipped: impl Fn(char) -> bool) {
        self.rest = self.rest.trim_start_matches(is_skipped);
    }

    fn take_until(&mut self, is_end: impl Fn(char) -> bool) -> &'a str {
        self.take(self.rest.find(is_end).unwrap_or(self.rest.len()))
    }

    /// What begins with `<`; `None` where nothing of it is a piece.
    fn markup(&mut self) -> Option<Piece<'a>> {
        let inside = self.rest.get(1..).unwrap_or_default();
        if let Some(comment) = inside.strip_prefix("!--") {
            self.rest = after_comment(comment);
            return None;
        }
        let begins_name = |text: &str| text.starts_with(|letter: char| letter.is_ascii_alphabetic());
        if begins_name(inside) {
            self.rest = inside;
            let tag = self.tag()?;
            self.raw = RAW.into_iter().find(|name| *name == tag.name);
            return Some(Piece::Start(tag));
        }
        if let Some(end) = inside.strip_prefix('/')
            && begins_name(end)
        {
            self.rest = end;
            return self.tag().map(|tag| Piece::End(tag.name));
        }
        if inside.starts_with(['!', '?', '/']) {
            self.take_until(|letter| letter == '>');
            self.take(1);
            return None;
        }
        Some(Piece::Text(self.take(1)))
    }

    /// A tag from its name on, up to and with its `>`. One that never ends is none.
    fn tag(&mut self) -> Option<Tag<'a>> {
        let name = self.take_until(|letter| is_blank(letter) || matches!(letter, '/' | '>'));
        let mut tag = Tag { name: lower(name).unwrap_or_default(), ..Tag::default() };
        loop {
            let before = self.rest;
            self.skip_while(|letter| is_blank(letter) || letter == '/');
            if self.rest.is_empty() {
                return None;
            }
            if self.rest.starts_with('>') {
                let skipped = before.get(..before.len() - self.rest.len()).unwrap_or_default();
                tag.closes_itself = skipped.ends_with('/');
                self.take(1);
                return Some(tag);
            }
            let (name, value) = self.attribute();
            let known = tag.attributes.iter().any(|(known, _)| known.eq_ignore_ascii_case(name));
            if let Some(name) = lower(name)
                && !known
                && tag.attributes.len() < MOST_ATTRIBUTES
            {
                tag.attributes.push((name, value));
            }
        }
    }

    fn attribute(&mut self) -> (&'a str, &'a str) {
        // An equals sign that begins a name is part of it.
        let first = self.rest.chars().next().map_or(0, char::len_utf8);
        let after_first = self.rest.get(first..).unwrap_or_default();
        let ends_name = |letter: char| is_blank(letter) || matches!(letter, '/' | '>' | '=');
        let length = first + after_first.find(ends_name).unwrap_or(after_first.len());
        let name = self.take(length);
        let after_name = self.rest;
        self.skip_while(is_blank);
        if !self.rest.starts_with('=') {
            self.rest = after_name;
            return (name, "");
        }
        self.take(1);
        self.skip_while(is_blank);
        match self.rest.chars().next() {
            Some(quote @ ('"' | '\'')) => {
                self.take(1);
                let value = self.take_until(|letter| letter == quote);
                self.take(1);
                (name, value)
            }
            _ => (name, self.take_until(|letter| is_blank(letter) || letter == '>')),
        }
    }

    /// The content of a `RAW` element, up to its end tag.
    fn raw_content(&mut self, name: &'static str) -> Piece<'a> {
        let rest = self.rest;
        let ends_here = |place: usize| {
            let tail = rest.get(place + 2..).unwrap_or_default();
            let after = tail.get(name.len()..).unwrap_or_default();
            tail.get(..name.len()).is_some_and(|found| found.eq_ignore_ascii_case(name))
                && after.starts_with(|letter| is_blank(letter) || matches!(letter, '/' | '>'))
        };
        let end = rest.match_indices("</").map(|(place, _)| place).find(|place| ends_here(*place));
        Piece::Raw(name, self.take(end.unwrap_or(rest.len())))
    }
}

impl<'a> Iterator for Pieces<'a> {
    type Item = Piece<'a>;

    fn next(&mut self) -> Option<Piece<'a>> {
        if let Some(name) = self.raw.take() {
            return Some(self.raw_content(name));
        }
        loop {
            if self.rest.is_empty() {
                return None;
            }
            if !self.rest.starts_with('<') {
                return Some(Piece::Text(self.take_until(|letter| letter == '<')));
            }
            if let Some(piece) = self.markup() {
                return Some(piece);
            }
        }
    }
}

fn is_blank(letter: char) -> bool {
    matches!(letter, ' ' | '\t' | '\n' | '\r' | '\u{c}')
}

fn lower(name: &str) -> Option<String> {
    (name.len() <= LONGEST_NAME).then(|| name.to_ascii_lowercase())
}

/// What follows a comment; nothing where it never ends.
fn after_comment(comment: &str) -> &str {
    let ends_here = |place: usize| {
        let before = comment.get(..place).unwrap_or_default();
        before.is_empty() || before == "-" || before.ends_with("--") || before.ends_with("--!")
    };
    let end = memchr::memchr_iter(b'>', comment.as_bytes()).find(|place| ends_here(*place));
    end.and_then(|end| comment.get(end + 1..)).unwrap_or_default()
}

/// References by name that may stand in an address or a style and hide what it is. Others are left as they are: a text
/// with one of them is neither.
const NAMED: [(&str, char); 37] = [
    ("amp", '&'),
    ("lt", '<'),
    ("gt", '>'),
    ("quot", '"'),
    ("apos", '\''),
    ("nbsp", '\u{a0}'),
    ("Tab", '\t'),
    ("NewLine", '\n'),
    ("colon", ':'),
    ("semi", ';'),
    ("sol", '/'),
    ("bsol", '\\'),
    ("period", '.'),
    ("comma", ','),
    ("lpar", '('),
    ("rpar", ')'),
    ("lsqb", '['),
    ("lbrack", '['),
    ("rsqb", ']'),
    ("rbrack", ']'),
    ("lcub", '{'),
    ("lbrace", '{'),
    ("rcub", '}'),
    ("rbrace", '}'),
    ("num", '#'),
    ("quest", '?'),
    ("equals", '='),
    ("percnt", '%'),
    ("plus", '+'),
    ("lowbar", '_'),
    ("UnderBar", '_'),
    ("commat", '@'),
    ("excl", '!'),
    ("ast", '*'),
    ("dollar", '$'),
    ("verbar", '|'),
    ("shy", '\u{ad}'),
];
/// Longest reference that is looked for.
const LONGEST_REFERENCE: usize = 12;

/// A value with its character references put in (WHATWG HTML, section 13.2.5.72), as far as `NAMED` goes.
pub(super) fn decoded(value: &str) -> String {
    let mut decoded = String::with_capacity(value.len());
    let mut rest = value;
    while let Some(place) = rest.find('&') {
        decoded.push_str(rest.get(..place).unwrap_or_default());
        let after = rest.get(place + 1..).unwrap_or_default();
        match reference(after) {
            Some((letter, length)) => {
                decoded.push(letter);
                rest = after.get(length..).unwrap_or_default();
            }
            None => {
                decoded.push('&');
                rest = after;
            }
        }
    }
    decoded.push_str(rest);
    decoded
}

/// What a reference stands for, and how long it is without its `&`.
fn reference(text: &str) -> Option<(char, usize)> {
    if let Some(number) = text.strip_prefix('#') {
        let (digits, radix) = match number.strip_prefix(['x', 'X']) {
            Some(digits) => (digits, 16),
            None => (number, 10),
        };
        let length = digits.bytes().take_while(|digit| char::from(*digit).is_digit(radix)).count();
        if length == 0 {
            return None;
        }
        let code = digits.get(..length).and_then(|digits| u32::from_str_radix(digits, radix).ok());
        let letter = code.and_then(char::from_u32).filter(|letter| *letter != '\0');
        let before = text.len() - digits.len();
        let ends = usize::from(digits.get(length..).is_some_and(|after| after.starts_with(';')));
        return Some((letter.unwrap_or(char::REPLACEMENT_CHARACTER), before + length + ends));
    }
    let end = text.bytes().take(LONGEST_REFERENCE).position(|octet| octet == b';')?;
    let name = text.get(..end)?;
    NAMED.iter().find(|(known, _)| *known == name).map(|(_, letter)| (*letter, end + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The pieces in short.
    fn told(html: &str) -> String {
        let told = Pieces::of(html).map(|piece| match piece {
            Piece::Text(text) => format!("[{text}]"),
            Piece::Start(tag) => {
                let attributes = tag.attributes.iter().map(|(name, value)| format!(" {name}={value}"));
                format!(
                    "<{}{}{}>",
                    tag.name,
                    attributes.collect::<String>(),
                    if tag.closes_itself { "/" } else { "" }
                )
            }
            Piece::End(name) => format!("</{name}>"),
            Piece::Raw(name, content) => format!("{{{name}:{content}}}"),
        });
        told.collect()
    }

    #[test]
    fn tags_and_text_are_told_apart_as_browsers_do() {
        assert_eq!(told("a<B>b</b >c"), "[a]<b>[b]</b>[c]");
        assert_eq!(told("<img src=a/b alt='x>y'/>"), "<img src=a/b alt=x>y/>");
        assert_eq!(told("<img/src=x/onerror = 'y'>"), "<img src=x/onerror == 'y'=>");
        assert_eq!(told("<a\nHREF=\"x\"href=y =z>"), "<a href=x =z=>");
        assert_eq!(told("1 < 2 <> <3"), "[1 ][<][ 2 ][<][> ][<][3]");
        assert_eq!(told("a<!-->b<!--->c<!-- <p> --!>d<!-- e"), "[a][b][c][d]");
        assert_eq!(told("<!doctype html><?xml x?></ x>y</>z"), "[y][z]");
        assert_eq!(told("<a b='never closed>x"), "");
    }

    #[test]
    fn the_content_of_raw_elements_ends_at_their_end_tag() {
        assert_eq!(told("<style>a</b></STYLE >c"), "<style>{style:a</b>}</style>[c]");
        assert_eq!(
            told("<script><!--<p></scripty></script>x"),
            "<script>{script:<!--<p></scripty>}</script>[x]"
        );
        assert_eq!(told("<title>never"), "<title>{title:never}");
    }

    #[test]
    fn references_are_decoded_where_they_could_hide_something() {
        assert_eq!(decoded("java&#115;cript&#x3a;&#x3A&colon;&Tab;&sol;"), "javascript:::\t/");
        assert_eq!(
            decoded("?a=1&b=2&amp;copy=3&eacute;&#;&#x;&#0;&#xD800;&"),
            "?a=1&b=2&copy=3&eacute;&#;&#x;\u{fffd}\u{fffd}&"
        );
        assert_eq!(decoded("&#99999999999;"), "\u{fffd}");
    }
}
