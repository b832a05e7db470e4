//! Where OAuth 2 takes place at providers of mail. An address for that is taken from nobody else: whoever named one could have
//! the person sign in on a page of theirs.

use crate::model::OAuthEndpoints;

/// A provider's own addresses, as its documentation has them.
struct Issuer {
    /// Its name in `providers.txt`.
    name: &'static str,
    /// Hosts that settings call it by.
    hosts: &'static [&'static str],
    authorize: &'static str,
    token: &'static str,
    device: Option<&'static str>,
    scopes: &'static [&'static str],
}

const ISSUERS: [Issuer; 7] = [
    Issuer {
        name: "google",
        hosts: &["accounts.google.com"],
        authorize: "https://accounts.google.com/o/oauth2/v2/auth",
        token: "https://oauth2.googleapis.com/token",
        // There is one, but not for mail.
        device: None,
        scopes: &["https://mail.google.com/"],
    },
    Issuer {
        name: "microsoft",
        hosts: &["login.microsoftonline.com"],
        authorize: "https://login.microsoftonline.com/common/oauth2/v2.0/authorize",
        token: "https://login.microsoftonline.com/common/oauth2/v2.0/token",
        device: Some("https://login.microsoftonline.com/common/oauth2/v2.0/devicecode"),
        scopes: &[
            "https://outlook.office.com/IMAP.AccessAsUser.All",
            "https://outlook.office.com/SMTP.Send",
            "offline_access",
        ],
    },
    Issuer {
        name: "yahoo",
        hosts: &["login.yahoo.com"],
        authorize: "https://api.login.yahoo.com/oauth2/request_auth",
        token: "https://api.login.yahoo.com/oauth2/get_token",
        device: None,
        scopes: &["mail-w"],
    },
    Issuer {
        name: "aol",
        hosts: &["login.aol.com"],
        authorize: "https://api.login.aol.com/oauth2/request_auth",
        token: "https://api.login.aol.com/oauth2/get_token",
        device: None,
        scopes: &["mail-w"],
    },
    Issuer {
        name: "yandex",
        hosts: &["oauth.yandex.com"],
        authorize: "https://oauth.yandex.com/authorize",
        token: "https://oauth.yandex.com/token",
        device: None,
        scopes: &["mail:imap_full", "mail:smtp"],
    },
    Issuer {
        name: "mail.ru",
        hosts: &["o2.mail.ru"],
        authorize: "https://o2.mail.ru/login",
        token: "https://o2.mail.ru/token",
        device: None,
        scopes: &["mail.imap"],
    },
    Issuer {
        name: "comcast",
        hosts: &["comcast.net"],
        authorize: "https://oauth.xfinity.com/oauth/authorize",
        token: "https://oauth.xfinity.com/oauth/token",
        device: None,
        scopes: &["https://email.comcast.net/", "profile", "openid"],
    },
];

/// The hosts of all of them.
pub(super) fn hosts() -> impl Iterator<Item = &'static str> {
    ISSUERS.iter().flat_map(|issuer| {
        let addresses = [Some(issuer.authorize), Some(issuer.token), issuer.device];
        addresses
            .into_iter()
            .flatten()
            .filter_map(|address| address.strip_prefix("https://")?.split('/').next())
    })
}

/// What all of them are called in `OAuthEndpoints`.
pub(super) fn issuers() -> impl Iterator<Item = &'static str> {
    ISSUERS.iter().filter_map(|issuer| issuer.hosts.first().copied())
}

/// Who gives out tokens at that address: at the host alone, for whatever directory (of Microsoft's, say).
pub(super) fn issuer_at(address: &str) -> Option<&'static str> {
    let host = |address: &str| address.strip_prefix("https://")?.split('/').next().map(str::to_owned);
    let its = host(address)?;
    ISSUERS.iter().find(|known| host(known.token).is_some_and(|host| host == its))?.hosts.first().copied()
}

/// The addresses of an issuer, by its name in the table or by a host that settings call it by.
pub fn endpoints(issuer: &str) -> Option<OAuthEndpoints> {
    let is_it = |known: &&Issuer| {
        known.name == issuer || known.hosts.iter().any(|host| host.eq_ignore_ascii_case(issuer))
    };
    let known = ISSUERS.iter().find(is_it)?;
    Some(OAuthEndpoints {
        issuer: known.hosts.first().copied().unwrap_or_default().to_owned(),
        authorize: known.authorize.to_owned(),
        token: known.token.to_owned(),
        device: known.device.map(str::to_owned),
        scopes: known.scopes.iter().map(|scope| (*scope).to_owned()).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn issuers_are_known_by_either_name_and_sit_on_https() {
        for known in &ISSUERS {
            let found = endpoints(known.name).unwrap();
            assert_eq!(endpoints(known.hosts[0]), Some(found.clone()));
            for address in [Some(found.authorize), Some(found.token), found.device].into_iter().flatten() {
                let url = url::Url::parse(&address).unwrap();
                assert_eq!((url.scheme(), url.query()), ("https", None), "{address}");
            }
            assert!(!found.scopes.is_empty());
        }
        assert_eq!(endpoints("accounts.google.com.evil.example"), None);
        assert_eq!(endpoints(""), None);
    }

    #[test]
    fn who_gives_out_tokens_is_known_by_the_host_and_by_no_name_like_it() {
        assert_eq!(issuer_at("https://oauth2.googleapis.com/token"), Some("accounts.google.com"));
        let directory = "https://login.microsoftonline.com/example.org/oauth2/v2.0/token";
        assert_eq!(issuer_at(directory), Some("login.microsoftonline.com"));
        for stranger in [
            "http://oauth2.googleapis.com/token",
            "https://oauth2.googleapis.com@evil.example/token",
            "https://oauth2.googleapis.com.evil.example/token",
            "https://oauth2.googleapis.com:444/token",
            "",
        ] {
            assert_eq!(issuer_at(stranger), None, "{stranger}");
        }
        assert!(issuers().all(|issuer| endpoints(issuer).is_some()));
    }
}
