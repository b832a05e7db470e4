//! What a person types, or pastes, as their address.

use std::fmt;

use idna::AsciiDenyList;

use crate::error::{Error, ErrorKind};

/// The longest local part and domain (RFC 5321 section 4.5.3.1), in octets.
const LOCAL: usize = 64;
const DOMAIN: usize = 253;

/// A mail address (RFC 5322 section 3.4.1) without quoted parts and address literals, of UTF-8 where it wants to be (RFC 6532).
/// Its `Debug` shows nothing of a person.
#[derive(Clone, PartialEq, Eq)]
pub struct MailAddress {
    local: String,
    /// A-labels, lower case.
    domain: String,
    /// U-labels.
    shown_domain: String,
}

impl MailAddress {
    /// Reads what was typed: blanks around it, a name before it and `<` `>`, `mailto:`, a full-width `＠` and dots of East Asian
    /// keyboards are taken for what they were meant to be.
    ///
    /// Errors: `InvalidInput`, with a note on what is wrong.
    pub fn parse(typed: &str) -> Result<Self, Error> {
        let wrong = |note| Err(Error::note(ErrorKind::InvalidInput, note));
        if typed.chars().any(char::is_control) {
            return wrong("the address holds a control character");
        }
        let bare = bare(typed);
        let Some((local, domain)) = bare.rsplit_once('@') else {
            return wrong("the address has no @");
        };
        let (local, domain) = (local.trim(), domain.trim());
        if local.is_empty() {
            return wrong("there is nothing before the @");
        }
        if domain.is_empty() {
            return wrong("there is nothing after the @");
        }
        if local.len() > LOCAL || domain.len() > DOMAIN {
            return wrong("the address is too long");
        }
        if !local.chars().all(may_stand_before_the_at) {
            return wrong("the part before the @ holds a character that can't be there");
        }
        let Some((domain, shown_domain)) = domain_of(domain) else {
            return wrong("the part after the @ is no domain");
        };
        Ok(Self { local: local.to_owned(), domain, shown_domain })
    }

    /// The part before the @, as it was typed.
    pub fn local(&self) -> &str {
        &self.local
    }

    /// The part after the @: lower case, and as DNS has it.
    pub fn domain(&self) -> &str {
        &self.domain
    }

    /// The whole address, its domain as DNS has it.
    pub fn text(&self) -> String {
        format!("{}@{}", self.local, self.domain)
    }

    /// The whole address as people read it.
    pub fn shown(&self) -> String {
        format!("{}@{}", self.local, self.shown_domain)
    }

    /// The same person at another domain.
    #[must_use]
    pub fn at(&self, domain: &str) -> String {
        format!("{}@{domain}", self.local)
    }
}

impl fmt::Debug for MailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MailAddress(…)")
    }
}

/// The address without what is around it.
fn bare(typed: &str) -> String {
    let typed = typed.trim().trim_end_matches([',', ';']).trim_end();
    let inner = match typed.strip_suffix('>').and_then(|rest| rest.rsplit_once('<')) {
        Some((_, inner)) => inner,
        None => typed,
    };
    let inner = inner.trim();
    let is_link = inner.get(..7).is_some_and(|start| start.eq_ignore_ascii_case("mailto:"));
    let inner = if is_link { inner.get(7..).unwrap_or_default() } else { inner };
    inner.replace(['\u{ff20}', '\u{fe6b}'], "@")
}

/// Whether a character may stand there unquoted (RFC 5322 section 3.2.3, RFC 6532), and can be seen.
fn may_stand_before_the_at(character: char) -> bool {
    if character.is_ascii() {
        character.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(character)
    } else {
        !character.is_whitespace() && !crate::mime::is_unseen(character)
    }
}

/// A host name in lower case: as DNS has it, and as people read it. One last dot is left out.
fn domain_of(typed: &str) -> Option<(String, String)> {
    let ascii = host_name(typed)?;
    let (shown, read) = idna::domain_to_unicode(&ascii);
    Some((ascii.clone(), if read.is_ok() { shown } else { ascii }))
}

/// A host name as DNS has it (RFC 5890), in lower case; `None` where it can't be one. Address literals are none.
pub fn host_name(text: &str) -> Option<String> {
    let ascii = idna::domain_to_ascii_cow(text.trim().as_bytes(), AsciiDenyList::URL).ok()?;
    let ascii = ascii.strip_suffix('.').unwrap_or(&ascii).to_ascii_lowercase();
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|octet| octet.is_ascii_alphanumeric() || octet == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let last = ascii.rsplit('.').next().unwrap_or_default();
    let is_name = ascii.len() <= DOMAIN
        && ascii.split('.').all(is_label)
        && !last.bytes().all(|octet| octet.is_ascii_digit());
    is_name.then_some(ascii)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_address_is_found_in_what_was_typed() {
        for typed in [
            "ann@example.org",
            "  ann@EXAMPLE.org\u{a0}",
            "<ann@example.org>",
            "Ann Field <ann@Example.Org>",
            "\"Ann @ work <x>\" <ann@example.org>",
            "mailto:ann@example.org",
            "ann @ example.org",
            "ann\u{ff20}example.org",
            "ann@example\u{3002}org",
            "ann@\u{ff45}xample.org",
            "ann@example.org.",
            "ann@example.org;",
        ] {
            assert_eq!(MailAddress::parse(typed).unwrap().text(), "ann@example.org", "{typed}");
        }
        let kept = MailAddress::parse("Ann.O'Field+x@example.org").unwrap();
        assert_eq!(kept.text(), "Ann.O'Field+x@example.org");
    }

    #[test]
    fn other_scripts_have_two_forms() {
        let address = MailAddress::parse("j\u{f6}rg@B\u{fc}cher.example").unwrap();
        assert_eq!(address.text(), "j\u{f6}rg@xn--bcher-kva.example");
        assert_eq!(address.shown(), "j\u{f6}rg@b\u{fc}cher.example");
        let back = MailAddress::parse("j\u{f6}rg@xn--bcher-kva.example").unwrap();
        assert_eq!((back.text(), back.shown()), (address.text(), address.shown()));
    }

    #[test]
    fn what_is_no_address_is_said_to_be_none() {
        for typed in [
            "",
            " ",
            "ann",
            "@example.org",
            "ann@",
            "ann@ ",
            "a nn@example.org",
            "ann@exa mple.org",
            "ann@example..org",
            "ann@-example.org",
            "ann@[192.0.2.1]",
            "ann@192.0.2.1",
            "ann@example.org\r\nRCPT TO:<x@y>",
            "ann\0@example.org",
            "ann@example.org\n",
            "a\"b@example.org",
            "a,b@example.org",
            "ann@under_score.org",
            "ann@exam/ple.org",
            "ann\u{202e}@example.org",
        ] {
            let error = MailAddress::parse(typed).err().unwrap_or_else(|| panic!("{typed:?}"));
            assert_eq!(error.kind(), ErrorKind::InvalidInput, "{typed:?}");
        }
        assert!(MailAddress::parse(&format!("{}@example.org", "a".repeat(65))).is_err());
        assert!(MailAddress::parse(&format!("a@{}.org", "a".repeat(300))).is_err());
    }

    proptest! {
        #[test]
        fn whatever_is_typed_is_an_address_that_reads_the_same_or_none(typed in "\\PC{0,40}@?\\PC{0,40}") {
            if let Ok(address) = MailAddress::parse(&typed) {
                let again = MailAddress::parse(&address.text()).unwrap();
                prop_assert_eq!(again.text(), address.text());
                prop_assert!(address.domain().is_ascii() && !address.text().contains(['<', '>', ' ', '\r', '\n', '\0']));
            }
        }
    }
}
