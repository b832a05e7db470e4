//! How to leave a mailing list (RFC 2369, RFC 8058). Nothing here does it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::header::line;
use super::opened::values;
use super::{authentication, parameters};

/// Longest address that is followed, in bytes.
const LONGEST_ADDRESS: usize = 2_000;

/// A way to leave a mailing list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unsubscribe {
    /// One request to this https address does it, without a page (RFC 8058).
    OneClick(String),
    /// A mail to this mailto address does it.
    Mail(String),
    /// This https address is a page, for the person to see.
    Page(String),
}

/// The best way a header names: by one request where that may be done, else by a mail, else by a page.
///
/// RFC 8058 section 4 allows the one request only for a mail with a valid DKIM signature that covers both fields: else whoever
/// added them could have the reader's program ask any server for anything. Signatures aren't checked here; the receiving
/// server's finding counts, as far as it can be told that it is its own, and the signature of that domain must name both.
pub(super) fn of(fields: &[(String, String)]) -> Option<Unsubscribe> {
    let value = values(fields, "List-Unsubscribe").next()?;
    let https = addresses(value, "https://");
    if let Some(address) = &https
        && is_one_click(fields)
        && is_signed(fields)
    {
        return Some(Unsubscribe::OneClick(address.clone()));
    }
    let mail = addresses(value, "mailto:").map(Unsubscribe::Mail);
    mail.or(https.map(Unsubscribe::Page))
}

/// An address by https, or else by mailto; empty if none.
pub(super) fn address(fields: &[(String, String)]) -> String {
    let Some(value) = values(fields, "List-Unsubscribe").next() else { return String::new() };
    addresses(value, "https://").or_else(|| addresses(value, "mailto:")).unwrap_or_default()
}

/// The mail that a mailto address asks for (RFC 6068), from `from`; `None`: it names nobody. Of what it may say only whom it is
/// to, its subject and its text are taken.
pub(crate) fn mail(address: &str, from: &str) -> Option<Vec<u8>> {
    let (_, rest) = address.split_once(':')?;
    let (to, query) = rest.split_once('?').unwrap_or((rest, ""));
    let to = unescaped(to);
    let is_address =
        to.split_once('@').is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty())
            && !to.contains([',', ';', '<', '>', '"', '(', ')'])
            && !to.chars().any(|letter| letter.is_whitespace() || letter.is_control());
    if !is_address {
        return None;
    }
    let asked = |wanted: &str| {
        let fields = query.split('&').filter_map(|field| field.split_once('='));
        let mut values = fields.filter(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| value);
        values.next().map(unescaped)
    };
    let subject = asked("subject").map(|subject| line(&subject)).filter(|subject| !subject.is_empty());
    let subject = STANDARD.encode(subject.unwrap_or_else(|| "Unsubscribe".to_owned()));
    let text = STANDARD.encode(asked("body").unwrap_or_else(|| "Unsubscribe".to_owned()));
    let lines: Vec<&str> =
        (0..text.len()).step_by(76).filter_map(|start| text.get(start..text.len().min(start + 76))).collect();
    Some(
        format!(
            "From: {from}\r\nTo: {to}\r\nSubject: =?utf-8?B?{subject}?=\r\nMIME-Version: 1.0\r\n\
             Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n{}\r\n",
            lines.join("\r\n")
        )
        .into_bytes(),
    )
}

/// `%20` is a blank, and `+` is none.
fn unescaped(text: &str) -> String {
    String::from_utf8_lossy(&parameters::unescaped(text.as_bytes())).into_owned()
}

/// The first address of a scheme.
fn addresses(value: &str, scheme: &str) -> Option<String> {
    let pieces = value.split('<').skip(1).filter_map(|piece| piece.split_once('>'));
    let mut addresses = pieces.map(|(address, _)| address.split_whitespace().collect::<String>());
    addresses.find(|address| {
        address.len() <= LONGEST_ADDRESS
            && address.get(..scheme.len()).is_some_and(|found| found.eq_ignore_ascii_case(scheme))
    })
}

fn is_one_click(fields: &[(String, String)]) -> bool {
    let mut posts = values(fields, "List-Unsubscribe-Post");
    posts.any(|value| value.trim().eq_ignore_ascii_case("List-Unsubscribe=One-Click"))
}

/// Whether a signature that the receiving server found valid covers both fields.
fn is_signed(fields: &[(String, String)]) -> bool {
    let valid = authentication::signers(fields);
    values(fields, "DKIM-Signature").any(|signature| {
        let tag = |name: &str| {
            let tags = signature.split(';').filter_map(|tag| tag.split_once('='));
            tags.map(|(name, value)| (name.trim(), value))
                .find(|(known, _)| *known == name)
                .map(|(_, value)| value.split_whitespace().collect::<String>().to_ascii_lowercase())
        };
        let covered = tag("h").unwrap_or_default();
        let covers = |name: &str| covered.split(':').any(|covered| covered == name);
        tag("d").is_some_and(|domain| valid.contains(&domain))
            && covers("list-unsubscribe")
            && covers("list-unsubscribe-post")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(results: &str, covered: &str, post: &str, addresses: &str) -> Option<Unsubscribe> {
        let fields = [
            ("Received", "from a by mx.home.example; x"),
            ("Authentication-Results", results),
            ("DKIM-Signature", &format!("v=1; d=Shop.example; h={covered}; b=x")),
            ("List-Unsubscribe", addresses),
            ("List-Unsubscribe-Post", post),
        ];
        of(&fields.map(|(name, value)| (name.to_owned(), value.to_owned())))
    }

    const PASS: &str = "mx.home.example; dkim=pass header.d=shop.example";
    const COVERED: &str = "From:List-Unsubscribe: List-Unsubscribe-Post";
    const POST: &str = "List-Unsubscribe=One-Click";
    const BOTH: &str = "<mailto:u@shop.example>, <https://shop.example/u>";

    #[test]
    fn one_request_is_offered_only_where_its_fields_are_signed() {
        let one_click = Some(Unsubscribe::OneClick("https://shop.example/u".into()));
        let mail = Some(Unsubscribe::Mail("mailto:u@shop.example".into()));
        assert_eq!(found(PASS, COVERED, POST, BOTH), one_click);
        assert_eq!(found("mx.home.example; dkim=fail header.d=shop.example", COVERED, POST, BOTH), mail);
        assert_eq!(found("mx.home.example; dkim=pass header.d=other.example", COVERED, POST, BOTH), mail);
        assert_eq!(found("mx.evil.test; dkim=pass header.d=shop.example", COVERED, POST, BOTH), mail);
        assert_eq!(found(PASS, "from:list-unsubscribe", POST, BOTH), mail);
        assert_eq!(found(PASS, COVERED, "please", BOTH), mail);
    }

    #[test]
    fn a_mail_says_what_its_address_asks_for_and_nothing_more() {
        let of = |address: &str| mail(address, "bob@home.example").map(|raw| crate::mime::parse(&raw));
        let asked =
            of("mailto:u%2Bx@shop.example?subject=off%20list%0D%0ABcc:a@b&body=please&cc=eve@evil.test")
                .unwrap();
        assert_eq!(asked.subject, "off list Bcc:a@b");
        assert_eq!(
            (asked.to[0].address.as_str(), asked.to.len(), asked.cc.len()),
            ("u+x@shop.example", 1, 0)
        );
        assert_eq!((asked.from[0].address.as_str(), asked.text.as_str()), ("bob@home.example", "please"));
        assert_eq!(of("mailto:u@shop.example").unwrap().subject, "Unsubscribe");
        for nobody in ["mailto:", "mailto:?to=a@b", "mailto:a@b%0D%0ABcc:c@d", "mailto:a@b,c@d", "x"] {
            assert_eq!(of(nobody), None, "{nobody}");
        }
    }

    #[test]
    fn one_request_never_goes_in_the_clear() {
        assert_eq!(found(PASS, COVERED, POST, "<http://shop.example/u>"), None);
        assert_eq!(found(PASS, COVERED, POST, "<javascript:x()>"), None);
        assert_eq!(
            found("", COVERED, POST, "<https://shop.example/u>"),
            Some(Unsubscribe::Page("https://shop.example/u".into()))
        );
    }
}
