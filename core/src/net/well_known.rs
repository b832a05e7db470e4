//! Hosts of providers whose certificates are good: one that isn't is somebody else's, and no person is asked to believe it.

/// Domains whose hosts these are. To be replaced by the table of providers.
const DOMAINS: [&str; 38] = [
    "163.com",
    "126.com",
    "aol.com",
    "comcast.net",
    "fastmail.com",
    "free.fr",
    "gmail.com",
    "gmx.com",
    "gmx.de",
    "gmx.net",
    "google.com",
    "googlemail.com",
    "hotmail.com",
    "icloud.com",
    "ionos.com",
    "kpnmail.nl",
    "live.com",
    "mac.com",
    "mail.com",
    "mail.ru",
    "mailbox.org",
    "me.com",
    "messagingengine.com",
    "naver.com",
    "office365.com",
    "orange.fr",
    "outlook.com",
    "ovh.net",
    "posteo.de",
    "qq.com",
    "t-online.de",
    "web.de",
    "yahoo.co.jp",
    "yahoo.com",
    "yandex.com",
    "yandex.ru",
    "zoho.com",
    "zoho.eu",
];

/// Whether it is a host of a well-known provider, written as `usual_host` does.
pub fn is_well_known_host(host: &str) -> bool {
    DOMAINS.iter().any(|domain| {
        host.strip_suffix(domain).is_some_and(|before| before.is_empty() || before.ends_with('.'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_of_providers_are_known_and_names_like_theirs_are_not() {
        for host in ["imap.gmail.com", "smtp.mail.me.com", "outlook.office365.com", "imap.web.de", "gmx.net"]
        {
            assert!(is_well_known_host(host), "{host}");
        }
        for host in ["imap.notgmail.com", "gmail.com.example.org", "localhost", "127.0.0.1", ""] {
            assert!(!is_well_known_host(host), "{host}");
        }
    }
}
