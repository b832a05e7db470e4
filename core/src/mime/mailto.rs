//! Links that begin a mail (RFC 6068).

use super::compose::Composition;
use super::{parameters, recipients};

/// Longest link that is followed, in bytes: a text of some pages.
const LONGEST: usize = 200_000;

/// The mail that a link asks for: whom it is to, its subject and its text, and nothing else; above all no file. `None`: it is
/// no such link, or it tries to write something of its own into the header.
pub fn mailto(url: &str) -> Option<Composition> {
    let (scheme, rest) = url.trim().split_once(':')?;
    if !scheme.eq_ignore_ascii_case("mailto") || rest.len() > LONGEST {
        return None;
    }
    let rest = rest.split('#').next().unwrap_or_default();
    let (to, fields) = rest.split_once('?').unwrap_or((rest, ""));
    let mut mail = Composition::default();
    for address in to.split(',') {
        add(&mut mail.to, &one_line(address)?);
    }
    for field in fields.split('&') {
        // As it stands in HTML whose references nobody resolved.
        let field = field.strip_prefix("amp;").unwrap_or(field);
        let Some((name, value)) = field.split_once('=') else { continue };
        match unescaped(name).to_ascii_lowercase().as_str() {
            "to" => add(&mut mail.to, &one_line(value)?),
            "cc" => add(&mut mail.cc, &one_line(value)?),
            "bcc" => add(&mut mail.bcc, &one_line(value)?),
            "subject" if mail.subject.is_empty() => mail.subject = super::header::line(&one_line(value)?),
            "body" => add_text(&mut mail.text, &unescaped(value)),
            _ => {}
        }
    }
    Some(mail)
}

/// The value of a header field; `None`: it holds what would end it.
fn one_line(value: &str) -> Option<String> {
    let text = unescaped(value);
    (!text.chars().any(|c| c.is_control() && c != '\t')).then_some(text)
}

/// `%20` is a blank, and `+` is none.
fn unescaped(text: &str) -> String {
    String::from_utf8_lossy(&parameters::unescaped(text.as_bytes())).into_owned()
}

fn add(list: &mut String, people: &str) {
    for one in recipients::read(people) {
        if !list.is_empty() {
            list.push_str(", ");
        }
        list.push_str(&one.written());
    }
}

fn add_text(text: &mut String, more: &str) {
    if !text.is_empty() {
        text.push('\n');
    }
    let more = more.replace("\r\n", "\n").replace('\r', "\n");
    text.extend(more.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mail(to: &str, cc: &str, bcc: &str, subject: &str, text: &str) -> Composition {
        let [to, cc, bcc, subject, text] = [to, cc, bcc, subject, text].map(str::to_owned);
        Composition { to, cc, bcc, subject, text, ..Composition::default() }
    }

    #[test]
    fn a_link_says_whom_what_about_and_what_text() {
        for (url, wanted) in [
            ("mailto:ann@example.org", mail("ann@example.org", "", "", "", "")),
            (
                "MAILTO:ann@example.org,bob@example.org",
                mail("ann@example.org, bob@example.org", "", "", "", ""),
            ),
            (
                "mailto:?to=ann@example.org&cc=b@example.org&bcc=c@example.org",
                mail("ann@example.org", "b@example.org", "c@example.org", "", ""),
            ),
            (
                "mailto:ann@example.org?to=bob@example.org",
                mail("ann@example.org, bob@example.org", "", "", "", ""),
            ),
            (
                "mailto:a@example.org?Subject=caf%C3%A9%20%26%20tea+x&body=one%0D%0Atwo%0Athree",
                mail("a@example.org", "", "", "caf\u{e9} & tea+x", "one\ntwo\nthree"),
            ),
            ("mailto:a@example.org?subject=x&amp;body=y", mail("a@example.org", "", "", "x", "y")),
            ("mailto:gorby%25kremvax@example.com", mail("gorby%kremvax@example.com", "", "", "", "")),
            ("mailto:%22not%40me%22@example.org", mail("\"not@me\"@example.org", "", "", "", "")),
            ("mailto:user@example.org?subject=%D0%BF", mail("user@example.org", "", "", "\u{43f}", "")),
            ("mailto:", mail("", "", "", "", "")),
            ("mailto:nobody", mail("nobody", "", "", "", "")),
        ] {
            assert_eq!(mailto(url), Some(wanted), "{url}");
        }
    }

    #[test]
    fn nothing_is_attached_and_no_field_is_added_by_a_link() {
        let asked = "mailto:a@example.org?attach=/etc/passwd&attachment=x&from=eve@evil.example&in-reply-to=%3Cx@y%3E&reply-to=e@evil.example&x=y";
        assert_eq!(mailto(asked), Some(mail("a@example.org", "", "", "", "")));
        for bad in [
            "mailto:a@example.org%0D%0ABcc:eve@evil.example",
            "mailto:?subject=x%0ABcc:eve@evil.example",
            "mailto:?cc=a@example.org%00",
            "mailto:?bcc=a@example.org%0D",
            "http://example.org",
            "mailtox:a@example.org",
            "a@example.org",
            "",
        ] {
            assert_eq!(mailto(bad), None, "{bad}");
        }
        assert_eq!(mailto(&format!("mailto:?body={}", "x".repeat(LONGEST))), None);
    }

    proptest::proptest! {
        #[test]
        fn whatever_a_link_holds_no_line_ends_in_a_field(rest in "(to=|cc=|subject=|body=|[&?%=,@a-f0-9<>\"]|%0d|%0A|%00|\\PC){0,40}") {
            if let Some(mail) = mailto(&format!("mailto:{rest}")) {
                for field in [&mail.to, &mail.cc, &mail.bcc, &mail.subject] {
                    proptest::prop_assert!(!field.contains(char::is_control), "{field:?}");
                }
                proptest::prop_assert!(!mail.text.contains(['\r', '\0']));
                proptest::prop_assert!(mail.from.is_empty() && mail.reply_to.is_empty() && mail.references.is_empty());
            }
        }
    }
}
