//! The style sheets of a mail: of their rules what says how something looks, written anew token by token.
//!
//! Selectors of classes and elements stay, `@media` by size and colour scheme, and the properties that `css` lets through.
//! Nothing of what is written closes the element it stands in.

use cssparser::{
    AtRuleParser, CowRcStr, ParseError, Parser, ParserState, QualifiedRuleParser, StyleSheetParser,
    ToCss as _, Token,
};

use super::css;

/// Longest style sheet that is read, in bytes, and most rules of it that are kept.
const LONGEST: usize = 256 << 10;
const MOST_RULES: usize = 2_000;
/// Longest selector and condition, in bytes.
const LONGEST_PRELUDE: usize = 1_000;
/// What of an element's state may be asked for.
const STATES: [&str; 9] = [
    "active",
    "first-child",
    "first-of-type",
    "focus",
    "hover",
    "last-child",
    "last-of-type",
    "link",
    "visited",
];
/// What the element has that the mail's `body` becomes.
pub(super) const BODY: &str = "waxwing-body";

/// What stays of a style sheet; empty if nothing.
pub(super) fn harmless(sheet: &str) -> String {
    let sheet = sheet.get(..sheet.floor_char_boundary(LONGEST)).unwrap_or_default();
    let mut input = Parser::new(sheet);
    let mut rules = Rules { left: MOST_RULES, is_in_condition: false };
    let mut kept = String::new();
    for rule in StyleSheetParser::new(&mut input, &mut rules).flatten() {
        kept.push_str(&rule);
    }
    kept
}

struct Rules {
    left: usize,
    is_in_condition: bool,
}

type Kept = Result<String, ParseError<()>>;

fn nothing() -> Kept {
    Err(ParseError::custom(()))
}

impl<'i> QualifiedRuleParser<'i> for Rules {
    type Prelude = String;
    type QualifiedRule = String;
    type Error = ();

    fn parse_prelude(&mut self, input: &mut Parser<'i>) -> Kept {
        let selectors = input.parse_comma_separated_ignoring_errors(selector);
        let selectors = selectors.join(",");
        if selectors.is_empty() || selectors.len() > LONGEST_PRELUDE { nothing() } else { Ok(selectors) }
    }

    fn parse_block(&mut self, selectors: String, _: &ParserState, input: &mut Parser<'i>) -> Kept {
        let start = input.position();
        while input.next().is_ok() {}
        let Some(style) = css::harmless(input.slice_from(start)) else { return nothing() };
        let Some(left) = self.left.checked_sub(1) else { return nothing() };
        self.left = left;
        Ok(format!("{selectors}{{{style}}}\n"))
    }
}

impl<'i> AtRuleParser<'i> for Rules {
    type Prelude = String;
    type AtRule = String;
    type Error = ();

    fn parse_prelude(&mut self, name: CowRcStr<'i>, input: &mut Parser<'i>) -> Kept {
        let start = input.position();
        while input.next().is_ok() {}
        let condition = input.slice_from(start).trim();
        let is_plain =
            condition.chars().all(|letter| letter.is_ascii_alphanumeric() || " :(),.-".contains(letter));
        let is_kept = name.eq_ignore_ascii_case("media") && is_plain && condition.len() <= LONGEST_PRELUDE;
        if is_kept && !self.is_in_condition { Ok(condition.to_owned()) } else { nothing() }
    }

    fn parse_block(&mut self, condition: String, _: &ParserState, input: &mut Parser<'i>) -> Kept {
        self.is_in_condition = true;
        let rules: String = StyleSheetParser::new(input, self).flatten().collect();
        self.is_in_condition = false;
        if rules.is_empty() { nothing() } else { Ok(format!("@media {condition}{{{rules}}}\n")) }
    }
}

/// One selector, written anew.
fn selector(input: &mut Parser<'_>) -> Kept {
    let mut written = String::new();
    let mut before = ' ';
    loop {
        let Ok(token) = input.next_including_whitespace().cloned() else { break };
        let begins_with = match &token {
            Token::Ident(name) if before == ':' => {
                if !STATES.contains(&name.to_ascii_lowercase().as_str()) {
                    return nothing();
                }
                'a'
            }
            Token::Ident(name) if before != '.' && name.eq_ignore_ascii_case("body") => {
                written.push('.');
                written.push_str(BODY);
                before = 'a';
                continue;
            }
            // Nothing of the page around the mail is the mail's.
            Token::Ident(name) if before != '.' && (name.eq_ignore_ascii_case("html")) => return nothing(),
            Token::Ident(_) => 'a',
            Token::Delim(sign @ ('.' | '>' | '+' | '*')) => *sign,
            Token::Colon => ':',
            Token::WhiteSpace(_) => {
                written.push(' ');
                before = ' ';
                continue;
            }
            Token::SquareBracketBlock => {
                written.push_str(&input.parse_nested_block(attribute)?);
                before = 'a';
                continue;
            }
            _ => return nothing(),
        };
        written.push_str(&token.to_css_string());
        before = begins_with;
    }
    let written = written.trim();
    if written.is_empty() || matches!(before, '.' | ':') { nothing() } else { Ok(written.to_owned()) }
}

/// What is asked of an attribute: that it is there, or what it is.
fn attribute(input: &mut Parser<'_>) -> Kept {
    let name = input.expect_ident_cloned()?;
    let mut written = format!("[{}", Token::Ident(name).to_css_string());
    if input.try_parse(|input| input.expect_delim('=')).is_ok() {
        let value = input.expect_ident_or_string()?;
        written.push('=');
        written.push_str(&Token::QuotedString(value.clone()).to_css_string());
    }
    input.expect_exhausted()?;
    if written.contains('<') {
        return nothing();
    }
    written.push(']');
    Ok(written)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_things_look_stays() {
        for (sheet, kept) in [
            ("p { color: red; position: fixed }", "p{color: red}\n"),
            (".a > td.b:first-child, #x a:hover{width:1px}", ".a > td.b:first-child{width: 1px}\n"),
            ("body, td { margin: 0 }", ".waxwing-body,td{margin: 0}\n"),
            (
                "table[class=\"w100\"] { width: 100% !important }",
                "table[class=\"w100\"]{width: 100% !important}\n",
            ),
            (
                "@media only screen and (max-width:480px) { .c { width: 100% } }",
                "@media only screen and (max-width:480px){.c{width: 100%}\n}\n",
            ),
            ("<!-- p{color:red} -->", "p{color: red}\n"),
        ] {
            assert_eq!(harmless(sheet), kept, "{sheet}");
        }
    }

    #[test]
    fn what_loads_hides_or_leaves_goes() {
        for sheet in [
            "@import 'https://a.example/x.css';",
            "@font-face { font-family: x; src: url(https://a.example/f) }",
            "p { background: url(https://a.example/1) }",
            "p { position: fixed; content: 'x' }",
            "p ~ * { color: red }",
            "p:not(.x) { color: red }",
            "html { color: red }",
            "</style><script> { color: red }",
            "p[title='</style>'] { color: red }",
            "p[title=\"\\3c/style\"] { color: red }",
            ".a\\3c /style { color: red }",
            "@media screen { @media print { p { color: red } } }",
            "@media <x> { p { color: red } }",
            "p { color: red",
            "{",
            "}",
        ] {
            let kept = harmless(sheet);
            assert!(!kept.contains('<') && !kept.contains("http"), "{sheet}: {kept}");
            // What isn't closed ends with the sheet, and may be read as it was meant.
            assert!(kept.is_empty() || sheet == "p { color: red", "{sheet}: {kept}");
        }
    }

    #[test]
    fn a_sheet_without_end_is_cut() {
        let kept = harmless(&"p{color:red}".repeat(50_000));
        assert_eq!(kept.lines().count(), MOST_RULES);
        assert!(harmless(&"@media x{".repeat(20_000)).is_empty());
        assert!(harmless(&format!("{} a{{color:red}}", "a ".repeat(20_000))).is_empty());
    }
}
