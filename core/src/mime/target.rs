//! Where an address in HTML leads, told as browsers do (WHATWG URL, section 4.4).

/// Longest address that is kept or looked at, in bytes.
const LONGEST: usize = 8_192;
/// Schemes that are loaded from elsewhere.
const LOADING: [&str; 5] = ["http", "https", "ftp", "ws", "wss"];

/// Where an address leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target<'a> {
    /// Elsewhere, by https.
    Secure,
    /// Elsewhere, by http.
    Plain,
    /// Elsewhere, in some other way, or in one that depends on where the HTML is.
    Remote,
    /// To a part of the same mail, by its Content-ID.
    Content(&'a str),
    /// To a part of the same mail, by its number.
    Part(&'a str),
    Mail,
    /// To nothing that is followed.
    Nowhere,
}

/// The scheme of part numbers.
pub(super) const PART: &str = "waxwing-part";

/// An address without what browsers leave out of one: blanks and controls around it, tabs and line ends within.
pub(super) fn cleaned(address: &str) -> String {
    let ends = |letter: char| letter <= ' ';
    let cleaned: String =
        address.trim_matches(ends).chars().filter(|letter| !"\t\r\n".contains(*letter)).collect();
    if cleaned.len() > LONGEST { String::new() } else { cleaned }
}

/// Where a cleaned address leads.
pub(super) fn of(address: &str) -> Target<'_> {
    let mut first = address.chars();
    let is_stroke = |letter: Option<char>| matches!(letter, Some('/' | '\\'));
    if is_stroke(first.next()) && is_stroke(first.next()) {
        return Target::Remote;
    }
    let Some((scheme, rest)) = address.split_once(':') else { return Target::Nowhere };
    let scheme = scheme.to_ascii_lowercase();
    match scheme.as_str() {
        // What hasn't two strokes depends on where it stands.
        "https" if rest.starts_with("//") => Target::Secure,
        "http" if rest.starts_with("//") => Target::Plain,
        "mailto" => Target::Mail,
        "cid" => Target::Content(rest),
        PART => Target::Part(rest),
        // A server of files is elsewhere too.
        "file"
            if rest.starts_with(['/', '\\'])
                && rest.get(1..).is_some_and(|rest| rest.starts_with(['/', '\\'])) =>
        {
            match rest.get(2..).unwrap_or_default().starts_with(['/', '\\']) {
                true => Target::Nowhere,
                false => Target::Remote,
            }
        }
        scheme if LOADING.contains(&scheme) => Target::Remote,
        _ => Target::Nowhere,
    }
}

/// Whether something is loaded over the network by it.
pub(super) fn is_remote(address: &str) -> bool {
    matches!(of(address), Target::Secure | Target::Plain | Target::Remote)
}

/// `%41` as `A`; bytes that are no UTF-8 then are replaced.
pub(super) fn unescaped(text: &str) -> String {
    let mut octets = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let digits =
            after.get(..2).filter(|_| *first == b'%').and_then(|digits| std::str::from_utf8(digits).ok());
        let octet = digits
            .filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        octets.push(octet.unwrap_or(*first));
        rest = if octet.is_some() { after.get(2..).unwrap_or_default() } else { after };
    }
    String::from_utf8_lossy(&octets).into_owned()
}

/// The host of an address that leads elsewhere, in lower case, without the user before and the port behind it.
pub(super) fn host(address: &str) -> Option<String> {
    let (_, rest) = address.split_once("//")?;
    let authority = rest.split(['/', '\\', '?', '#']).next()?;
    let host = authority.rsplit('@').next()?;
    let host = if host.starts_with('[') { host } else { host.split(':').next()? };
    let host = host.trim_end_matches('.').to_lowercase();
    (!host.is_empty()).then_some(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_lead_where_browsers_go() {
        let leads = |address: &str| {
            let cleaned = cleaned(address);
            format!("{:?}", of(&cleaned))
        };
        assert_eq!(leads(" ht\ntps://a.example/ "), "Secure");
        assert_eq!(leads("HTTP://a.example"), "Plain");
        for remote in [
            "//a.example",
            "\\\\a.example",
            "/\\a.example",
            "https:/a.example",
            "http:a",
            "ftp://a",
            "file://host/x",
        ] {
            assert_eq!(leads(remote), "Remote", "{remote}");
        }
        for nothing in [
            "",
            "a.png",
            "/a.png",
            "#top",
            "file:///etc/passwd",
            "javascript:x()",
            "data:text/html,x",
            "vbscript:x",
        ] {
            assert_eq!(leads(nothing), "Nowhere", "{nothing}");
        }
        assert_eq!(leads("\u{1}java\tscript:x"), "Nowhere");
        assert_eq!(leads("cid:a@b"), "Content(\"a@b\")");
        assert_eq!(leads("mailto:a@b.example"), "Mail");
        assert_eq!(cleaned(&"x".repeat(LONGEST + 1)), "");
    }

    #[test]
    fn hosts_are_found_behind_what_looks_like_one() {
        assert_eq!(host("https://bank.example@evil.example:8443/x").as_deref(), Some("evil.example"));
        assert_eq!(host("https://Evil.example\\@bank.example/").as_deref(), Some("evil.example"));
        assert_eq!(host("https://?x"), None);
        assert_eq!(unescaped("a%40b%zz%4"), "a@b%zz%4");
    }
}
