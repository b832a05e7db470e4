//! Styles: what of an attribute may stay, and what a style would load.

use super::target;

/// Longest style of an attribute that is kept, in bytes.
const LONGEST: usize = 4_000;
/// Furthest end of an address in a style that is looked for, in bytes.
const LONGEST_ADDRESS: usize = 1_000;

/// Properties that say how something looks and nothing else: with these beginnings, or names.
const FAMILIES: [&str; 5] = ["border-", "font-", "margin-", "padding-", "text-"];
const PROPERTIES: [&str; 30] = [
    "background",
    "background-color",
    "border",
    "caption-side",
    "clear",
    "color",
    "direction",
    "display",
    "empty-cells",
    "float",
    "font",
    "height",
    "letter-spacing",
    "line-height",
    "list-style",
    "list-style-type",
    "margin",
    "max-height",
    "max-width",
    "min-height",
    "min-width",
    "opacity",
    "overflow-wrap",
    "padding",
    "table-layout",
    "vertical-align",
    "white-space",
    "width",
    "word-break",
    "word-spacing",
];
/// Functions that load nothing.
const FUNCTIONS: [&str; 4] = ["rgb", "rgba", "hsl", "hsla"];

/// What may stay of a style attribute; `None` if nothing.
pub(super) fn harmless(style: &str) -> Option<String> {
    let declarations = style.split(';').filter_map(|declaration| {
        let (property, value) = declaration.split_once(':')?;
        let (property, value) = (property.trim().to_ascii_lowercase(), value.trim());
        let is_known = PROPERTIES.contains(&property.as_str())
            || FAMILIES.iter().any(|family| property.starts_with(family));
        // Only letters, so that no name hides anything behind its beginning.
        let is_name = property.bytes().all(|octet| octet.is_ascii_lowercase() || octet == b'-');
        (is_known && is_name && is_harmless(value)).then(|| format!("{property}: {value}"))
    });
    if style.len() > LONGEST {
        return None;
    }
    let kept: Vec<String> = declarations.collect();
    (!kept.is_empty()).then(|| kept.join("; "))
}

/// Whether a value is words, numbers, colours and names of fonts.
fn is_harmless(value: &str) -> bool {
    let is_allowed = |letter: char| letter.is_alphanumeric() || " #.,%+-!'\"()/".contains(letter);
    let is_paired = |quote: char| value.matches(quote).count().is_multiple_of(2);
    if value.is_empty() || !value.chars().all(is_allowed) || !is_paired('"') || !is_paired('\'') {
        return false;
    }
    let mut before = value.split('(');
    let last = before.next_back();
    before.all(|before| {
        let name = before.rsplit(|letter: char| !letter.is_alphanumeric() && letter != '-').next();
        name.is_some_and(|name| FUNCTIONS.contains(&name.to_ascii_lowercase().as_str()))
    }) && last.is_some()
}

/// Tells of every address in a style that is loaded over the network, wherever it stands: `url()`, `@import`, `@font-face`,
/// `image-set()`.
pub(super) fn loaded(style: &str, mut tell: impl FnMut(&str)) {
    const URL: &str = "url(";
    let plain = unescaped(style);
    let mut rest = plain.as_str();
    while let Some(place) = rest.find(['u', 'U', '"', '\'']) {
        rest = rest.get(place..).unwrap_or_default();
        let (opening, closing) = match rest.chars().next() {
            Some('"') => (1, b'"'),
            Some('\'') => (1, b'\''),
            _ if rest.get(..URL.len()).is_some_and(|found| found.eq_ignore_ascii_case(URL)) => {
                (URL.len(), b')')
            }
            _ => (1, b'\0'),
        };
        let inside = rest.get(opening..).unwrap_or_default();
        rest = inside;
        if closing == b'\0' {
            continue;
        }
        let near = inside.get(..inside.floor_char_boundary(LONGEST_ADDRESS)).unwrap_or(inside);
        let end = memchr::memchr(closing, near.as_bytes());
        // What isn't closed ends with the style.
        let found = near.get(..end.unwrap_or(near.len())).unwrap_or_default();
        let address = target::cleaned(found.trim().trim_matches(['"', '\'']));
        if target::is_remote(&address) {
            tell(&address);
            rest = end.and_then(|end| inside.get(end + 1..)).unwrap_or(inside);
        }
    }
}

/// A style without its escapes (CSS Syntax, section 4.3.7) and comments.
fn unescaped(style: &str) -> String {
    let mut plain = String::with_capacity(style.len());
    let mut rest = style;
    while let Some(place) = rest.find(['\\', '/']) {
        plain.push_str(rest.get(..place).unwrap_or_default());
        let from = rest.get(place..).unwrap_or_default();
        if let Some(comment) = from.strip_prefix("/*") {
            rest = comment.find("*/").and_then(|end| comment.get(end + 2..)).unwrap_or_default();
            continue;
        }
        let after = from.get(1..).unwrap_or_default();
        let digits = after.bytes().take(6).take_while(u8::is_ascii_hexdigit).count();
        if from.starts_with('/') {
            plain.push('/');
            rest = after;
        } else if digits > 0 {
            let code = after.get(..digits).and_then(|digits| u32::from_str_radix(digits, 16).ok());
            plain.push(code.and_then(char::from_u32).unwrap_or(char::REPLACEMENT_CHARACTER));
            let after = after.get(digits..).unwrap_or_default();
            rest = after.strip_prefix([' ', '\t', '\n', '\r', '\u{c}']).unwrap_or(after);
        } else {
            // The letter behind it stands for itself, or the line goes on.
            let mut letters = after.chars();
            plain.extend(letters.next().filter(|letter| *letter != '\n'));
            rest = letters.as_str();
        }
    }
    plain.push_str(rest);
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(style: &str) -> Vec<String> {
        let mut told = Vec::new();
        loaded(style, |address| told.push(address.to_owned()));
        told
    }

    #[test]
    fn looks_stay_and_nothing_else() {
        assert_eq!(
            harmless(
                "COLOR:#fff;font: 12px/1.5 'Segoe UI', sans-serif;width:50%;margin-left:-2px !important;"
            )
            .unwrap(),
            "color: #fff; font: 12px/1.5 'Segoe UI', sans-serif; width: 50%; margin-left: -2px !important"
        );
        assert_eq!(harmless("background:rgb(1, 2, 3)").unwrap(), "background: rgb(1, 2, 3)");
        for bad in [
            "background:url(x)",
            "background:URL('x')",
            "background:u\\72l(x)",
            "background:image-set('x' 1x)",
            "color:expression(alert(1))",
            "width:rgb(expression(1))",
            "position:fixed",
            "behavior:url(x)",
            "-moz-binding:x",
            "color:red/**/",
            "font-family:'a",
            "font-x{}y:red",
            "color",
            "",
        ] {
            assert_eq!(harmless(bad), None, "{bad}");
        }
        assert_eq!(harmless("position:fixed; color:red").unwrap(), "color: red");
        assert_eq!(harmless(&format!("color:{}", "a".repeat(LONGEST))), None);
    }

    #[test]
    fn what_a_style_loads_is_told() {
        assert_eq!(told("a{background:url( 'https://a.example/1' )}"), ["https://a.example/1"]);
        assert_eq!(told("a{background:URL(//b.example/2)}"), ["//b.example/2"]);
        assert_eq!(
            told("@import \"http://c.example/3\";@import url(http://c.example/4)"),
            ["http://c.example/3", "http://c.example/4"]
        );
        assert_eq!(
            told("\\75rl(https://d.example/5) u\\52 l(https\\3a//d.example/6)"),
            ["https://d.example/5", "https://d.example/6"]
        );
        assert_eq!(told("u/**/rl(x) image-set('https://e.example/7' 1x)"), ["https://e.example/7"]);
        assert_eq!(told("a{color:red;content:'it''s';background:url(data:x)}"), Vec::<String>::new());
        assert_eq!(told("content:'\"';x:url(https://f.example/8"), ["https://f.example/8"]);
    }
}
