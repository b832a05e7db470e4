//! Pictures that are there to tell somebody that a mail was opened (SAFETY.md 13).

use std::sync::LazyLock;

use super::target;

struct Tracker {
    /// The end of the host, by whole labels; empty for any.
    host: &'static str,
    /// What stands in what is behind it; empty for anything.
    path: &'static str,
    name: &'static str,
}

static KNOWN: LazyLock<Vec<Tracker>> = LazyLock::new(|| {
    let any = |word: &'static str| if word == "*" { "" } else { word };
    let read = |line: &'static str| {
        let (host, rest) = line.split_once(char::is_whitespace)?;
        let (path, name) = rest.trim_start().split_once(char::is_whitespace)?;
        Some(Tracker { host: any(host), path: any(path), name: name.trim() })
    };
    include_str!("trackers.txt").lines().filter(|line| !line.starts_with('#')).filter_map(read).collect()
});

/// The service that is told by this address that a mail was opened, if it is a known one.
pub fn tracker(address: &str) -> Option<&'static str> {
    let host = target::host(address)?;
    let behind = address.split_once("//").map_or("", |(_, rest)| rest);
    let path = behind.find(['/', '?']).and_then(|place| behind.get(place..)).unwrap_or_default();
    let is_of = |known: &&Tracker| {
        let is_host = known.host.is_empty()
            || host.strip_suffix(known.host).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
        is_host && path.contains(known.path)
    };
    KNOWN.iter().find(is_of).map(|known| known.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn services_are_known_by_host_and_path() {
        let known = |address| tracker(address);
        assert_eq!(known("https://shop.us4.list-manage.com/track/open.php?u=1"), Some("Mailchimp"));
        assert_eq!(known("https://u123.ct.sendgrid.net/wf/open?upn=x"), Some("SendGrid"));
        assert_eq!(known("https://email.shop.example/wf/open?upn=x"), Some("SendGrid"));
        assert_eq!(known("https://WWW.Google-Analytics.com/collect"), Some("Google Analytics"));
        assert_eq!(known("https://list-manage.com/images/logo.png"), None, "a picture of theirs");
        assert_eq!(known("https://notlist-manage.com/track/open.php"), None, "another's host");
        assert_eq!(known("https://shop.example/logo.png"), None);
        assert_eq!(known("nothing"), None);
    }

    #[test]
    fn every_line_of_the_table_is_read() {
        let lines = include_str!("trackers.txt").lines().filter(|line| !line.starts_with('#'));
        assert_eq!(lines.count(), KNOWN.len());
        for known in KNOWN.iter() {
            assert!(!known.name.is_empty() && known.host == known.host.to_lowercase(), "{}", known.name);
            assert!(!known.host.is_empty() || known.path.len() > 5, "{} is too wide", known.name);
        }
    }
}
