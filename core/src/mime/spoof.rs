//! Signs that a mail pretends (SAFETY.md 15): each is worth a warning, none is a proof.

use unicode_script::{Script, UnicodeScript};

use super::target;
use crate::model::Address;

/// Cyrillic and Greek letters that can't be told from Latin ones.
const LOOKALIKES: &str = "аеорсухіјѕԁӏԛԝһґоѵαορνικτυ";

/// Ends of file names that could be hosts.
const FILES: [&str; 32] = [
    "avi", "bmp", "csv", "doc", "docx", "eml", "gif", "htm", "html", "ics", "jpeg", "jpg", "js", "json",
    "md", "mov", "mp3", "mp4", "odt", "pdf", "php", "png", "ppt", "pptx", "py", "rs", "svg", "txt", "webp",
    "xls", "xlsx", "xml",
];

/// How a mail pretends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pretence {
    /// It names several authors.
    SeveralAuthors,
    /// The name of a sender is the address of somebody else.
    NameIsAnAddress,
    /// A domain is written in letters of several scripts, or in others than it seems.
    MixedScripts,
    /// Answers go to another domain than it came from.
    AnswersElsewhere,
    /// The text of a link names another host than it leads to.
    FalseLink,
}

/// How a header's authors or its address for answers pretend.
pub(super) fn of_header(from: &[Address], reply_to: &[Address]) -> Vec<Pretence> {
    let authors: Vec<&Address> = from.iter().filter(|author| !author.address.is_empty()).collect();
    let goes_elsewhere = |answer: &Address| {
        let answer = domain(&answer.address);
        !answer.is_empty() && !authors.iter().any(|author| are_of_one_site(answer, domain(&author.address)))
    };
    let signs = [
        (Pretence::SeveralAuthors, authors.len() > 1),
        (
            Pretence::NameIsAnAddress,
            from.iter().any(|author| names_another_address(&author.name, &author.address)),
        ),
        (
            Pretence::MixedScripts,
            from.iter().chain(reply_to).any(|address| is_mixed(domain(&address.address))),
        ),
        (Pretence::AnswersElsewhere, !authors.is_empty() && reply_to.iter().any(goes_elsewhere)),
    ];
    signs.into_iter().filter(|(_, is_there)| *is_there).map(|(pretence, _)| pretence).collect()
}

/// Whether the text of a link names another host than the link leads to. Words name none.
pub fn is_false_link(shown: &str, target: &str) -> bool {
    let visible =
        |letter: &char| !super::is_unseen(*letter) && !matches!(letter, '\u{200b}'..='\u{200d}' | '\u{ad}');
    let shown: String = shown.trim().chars().filter(visible).collect();
    let Some(named) = named_host(&shown) else { return false };
    target::host(target).is_some_and(|host| !are_of_one_site(&named, &unicode(&host)))
}

/// The domain of an address.
pub(super) fn domain(address: &str) -> &str {
    address.rsplit_once('@').map_or("", |(_, domain)| domain.trim_end_matches('.'))
}

/// The host in a text that is an address of the web or looks like one.
fn named_host(shown: &str) -> Option<String> {
    if shown.is_empty() || shown.contains(char::is_whitespace) {
        return None;
    }
    let lower = shown.to_lowercase();
    if lower.starts_with("http://") || lower.starts_with("https://") {
        return target::host(&lower).map(|host| unicode(&host));
    }
    if lower.contains('@') {
        return None;
    }
    let host = lower.split(['/', '?', '#', ':']).next()?;
    let labels: Vec<&str> = host.split('.').collect();
    let is_label = |label: &&str| {
        !label.is_empty() && label.chars().all(|letter| letter.is_alphanumeric() || letter == '-')
    };
    let last = labels.last().copied().unwrap_or_default();
    let is_host = labels.len() > 1
        && !FILES.contains(&last)
        && labels.iter().all(is_label)
        && last.chars().count() > 1
        && last.chars().all(char::is_alphabetic);
    is_host.then(|| unicode(host))
}

/// Whether two hosts are of one owner, as far as names tell.
pub(super) fn are_of_one_site(one: &str, other: &str) -> bool {
    !one.is_empty() && site(&one.to_lowercase()) == site(&other.to_lowercase())
}

/// What one owner has: the last two labels, or three where the second last is a country's own ("co.uk", "com.au").
fn site(host: &str) -> &str {
    let mut dots = host.rmatch_indices('.').map(|(place, _)| place);
    let (Some(last), Some(second)) = (dots.next(), dots.next()) else { return host };
    let is_country = host.len() - last == ".uk".len();
    let is_short = last - second <= ".com".len();
    let start = if is_country && is_short { dots.next().map_or(0, |third| third + 1) } else { second + 1 };
    host.get(start..).unwrap_or(host)
}

/// A name that looks like an address other than the one it belongs to.
fn names_another_address(name: &str, address: &str) -> bool {
    let words = name.split(|letter: char| letter.is_whitespace() || "<>()[]\"',;".contains(letter));
    let mut addresses = words.filter(|word| {
        let (local, domain) = word.split_once('@').unwrap_or_default();
        !local.is_empty() && domain.contains('.')
    });
    addresses.any(|named| !named.eq_ignore_ascii_case(address))
}

fn unicode(domain: &str) -> String {
    idna::domain_to_unicode(domain).0
}

/// Whether a domain mixes scripts within a label as no language does (UTS 39, section 5.2), or is written in letters of
/// another script that look like Latin ones.
fn is_mixed(domain: &str) -> bool {
    if domain.is_ascii() && !domain.to_ascii_lowercase().contains("xn--") {
        return false;
    }
    let domain = unicode(domain);
    let is_latin_end = domain.rsplit('.').next().is_some_and(str::is_ascii);
    domain.split('.').any(|label| {
        let mut scripts: Vec<Script> = label.chars().map(|letter| letter.script()).collect();
        scripts.retain(|script| !matches!(script, Script::Common | Script::Inherited));
        scripts.sort_unstable_by_key(|script| *script as u8);
        scripts.dedup();
        let is_of = |known: &[Script]| scripts.iter().all(|script| known.contains(script));
        let is_plain = scripts.len() <= 1
            || is_of(&[Script::Latin, Script::Han, Script::Hiragana, Script::Katakana])
            || is_of(&[Script::Latin, Script::Han, Script::Bopomofo])
            || is_of(&[Script::Latin, Script::Han, Script::Hangul]);
        let letters = || label.chars().filter(|letter| letter.is_alphabetic());
        let looks_latin = is_latin_end
            && is_of(&[Script::Cyrillic, Script::Greek])
            && letters().count() > 0
            && letters().all(|letter| LOOKALIKES.contains(letter));
        !is_plain || looks_latin || label.contains(char::REPLACEMENT_CHARACTER)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(name: &str, address: &str) -> Address {
        Address { name: name.into(), address: address.into() }
    }

    fn is_false(from: &[(&str, &str)], reply_to: &str) -> bool {
        let from: Vec<Address> = from.iter().map(|(name, mail)| address(name, mail)).collect();
        let reply_to: Vec<Address> =
            (!reply_to.is_empty()).then(|| address("", reply_to)).into_iter().collect();
        !of_header(&from, &reply_to).is_empty()
    }

    #[test]
    fn headers_that_pretend_are_noticed() {
        assert!(is_false(&[("", "a@x.example"), ("", "b@x.example")], ""));
        assert!(is_false(&[("boss@bank.example", "a@evil.example")], ""));
        assert!(is_false(&[("Boss <boss@bank.example>", "a@evil.example")], ""));
        assert!(is_false(&[("Ann", "a@x.example")], "a@evil.test"));
        assert!(is_false(&[("Ann", "a@раураl.com")], ""), "Cyrillic and Latin");
        assert!(is_false(&[("Ann", "a@xn--80ak6aa92e.com")], ""), "letters that look Latin");
    }

    #[test]
    fn headers_of_every_day_are_not() {
        assert!(!is_false(&[("Ann", "a@x.example")], ""));
        assert!(!is_false(&[("a@x.example", "A@x.example")], "b@x.example"));
        assert!(!is_false(&[("Ann", "news@mail.shop.co.uk")], "help@shop.co.uk"));
        assert!(!is_false(&[("Ann @ Work", "a@x.example")], "A@lists.x.example"));
        assert!(!is_false(&[("Jürgen", "j@münchen.de")], ""));
        assert!(!is_false(&[("", "a@東京タワーtokyo.jp"), ("only a name", "")], ""));
        assert!(!is_false(&[("Иван", "i@пример.рф")], ""));
        assert!(!is_false(&[], "a@x.example"));
    }

    #[test]
    fn owners_are_told_apart_by_the_end_of_their_names() {
        assert!(are_of_one_site("a.shop.com", "SHOP.com"));
        assert!(!are_of_one_site("shop.com", "shop.com.evil.net"));
        assert!(!are_of_one_site("a.co.uk", "b.co.uk"));
        assert!(!are_of_one_site("", ""));
    }

    #[test]
    fn links_that_name_another_host_are_noticed() {
        for shown in [
            "https://bank.example/login",
            "bank.example",
            "www.bank.example",
            " BANK.example/x ",
            "b\u{200b}ank.example",
        ] {
            assert!(is_false_link(shown, "https://evil.test/"), "{shown}");
        }
        assert!(is_false_link("bank.example", "https://bank.example@evil.test/"));
        for (shown, target) in [
            ("Log in", "https://evil.test/"),
            ("bank.example", "https://www.bank.example/login"),
            ("https://bank.example", "http://bank.example:8080/"),
            ("Order no. 12.345", "https://a.test/"),
            ("12.345", "https://a.test/"),
            ("Report.PDF", "https://a.test/"),
            ("ann@bank.example", "https://a.test/"),
            ("", "https://a.test/"),
            ("bank.example", "mailto:a@b.example"),
        ] {
            assert!(!is_false_link(shown, target), "{shown}");
        }
    }
}
