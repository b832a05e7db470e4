//! What went wrong and what to do about it, for people.

use waxwing_core::error::{
    AGREED_AS_ANOTHER, ALREADY_HERE, CLIENT_MISSING, CLIENT_UNKNOWN, CertificateFault, Detail, Error,
    ErrorKind, MAY_HAVE_BEEN_SENT, NEWER_NOT_KEPT, NO_NEW_TAGS, NO_PASSWORD, NO_SUCH_ADDRESSES,
    NO_SUCH_LETTERS, NO_SUCH_TEXT, NOBODY_CAME_BACK, NOT_AGREED, NetworkFault, PROVIDERS_ONLY, SignInFault,
};
use waxwing_core::model::CertificateFacts;
use waxwing_core::smtp::send_fault;

use super::dates::date;
use super::{NOT_SENT, server_says, unsent};

/// One trouble in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// One sentence: what happened.
    pub title: String,
    /// What to do, and what did not happen.
    pub advice: String,
    /// The server's own words, attributed.
    pub server: Option<String>,
}

/// The words for an error while working with `host` (a server's name; may be empty).
pub fn trouble(error: &Error, host: &str) -> Trouble {
    let (title, advice) = match (error.kind(), error.detail()) {
        (ErrorKind::CertificateUntrusted, Detail::Certificate { fault, facts }) => {
            certificate(*fault, host, facts.as_deref())
        }
        (_, Detail::SignIn { fault, .. }) => sign_in(*fault, &named(host)),
        (_, Detail::Network(fault)) => network(*fault, host),
        (_, Detail::Note(MAY_HAVE_BEEN_SENT)) => (
            "It can’t be known whether this mail was sent".into(),
            "The server’s answer was lost. Look among sent mail, or ask who it was for, before you send it again.".into(),
        ),
        (_, Detail::Note(NO_NEW_TAGS)) => {
            (super::NO_NEW_TAGS_TITLE.into(), super::NO_NEW_TAGS_ADVICE.into())
        }
        (_, Detail::Note(NOT_AGREED)) => (
            "Waxwing may not read your mail yet".into(),
            "In the browser, the sign-in was turned down. Try again and agree there, or choose another way.".into(),
        ),
        (_, Detail::Note(NOBODY_CAME_BACK)) => (
            "The sign-in in the browser was not finished".into(),
            "Waxwing waited a quarter of an hour. Try again when you have time.".into(),
        ),
        (_, Detail::Note(CLIENT_UNKNOWN | CLIENT_MISSING)) => (
            "The provider doesn’t know this program".into(),
            "Sign in with a client ID that it gave to you or to whoever built Waxwing.".into(),
        ),
        (_, Detail::Note(AGREED_AS_ANOTHER)) => (
            "The mail server did not accept this sign-in".into(),
            "The browser may have been signed in as somebody else. Sign in once more, and choose the account whose mail this is.".into(),
        ),
        (_, Detail::Note(NEWER_NOT_KEPT)) => (
            "Your password is needed once more".into(),
            "The last one you typed could not be kept, because the keyring was locked or away. Waxwing tries again to keep it.".into(),
        ),
        (_, Detail::Note(ALREADY_HERE)) => (
            "This account is here already".into(),
            "It is not added a second time. To change its name or its servers, open the settings.".into(),
        ),
        (_, Detail::Note(NO_PASSWORD)) => (
            "There is no password to try this with".into(),
            "Sign in to the account again first: what you type then is tried here.".into(),
        ),
        (_, Detail::Note(PROVIDERS_ONLY)) => (
            "This sign-in is for its provider’s servers alone".into(),
            "You signed in through the browser, and nobody else may get what came of that. To read mail at another server, add \
             it as an account."
                .into(),
        ),
        (_, Detail::Note(NO_SUCH_ADDRESSES | NO_SUCH_LETTERS | NO_SUCH_TEXT)) => unsent::letters(),
        (_, Detail::Limit { of, is, most }) => unsent::limit(*of, *is, *most, &named(host)),
        (kind, _) => send_fault(error).map_or_else(|| by_kind(kind, &named(host)), unsent::refused),
    };
    Trouble { title, advice, server: error.server_text().map(server_says) }
}

fn named(host: &str) -> String {
    if host.is_empty() { "The server".into() } else { host.into() }
}

fn by_kind(kind: ErrorKind, host: &str) -> (String, String) {
    let (title, advice): (String, &str) = match kind {
        ErrorKind::InvalidInput => (
            "Something in this form does not fit".into(),
            "Look at the address and the server once more. Only encrypted ports such as 993 are used.",
        ),
        ErrorKind::NotFound => {
            ("This is no longer here".into(), "It may have been moved or deleted elsewhere.")
        }
        ErrorKind::WrongState => ("This is not possible just now".into(), "Try again in a moment."),
        ErrorKind::TimedOut => (
            format!("{host} did not answer in time"),
            "It may be busy, or the connection slow. Check the server name and try again.",
        ),
        ErrorKind::Canceled => ("Stopped".into(), "Nothing was changed."),
        ErrorKind::Closed => ("Waxwing is closing".into(), "Open it again to go on."),
        ErrorKind::Offline => {
            (format!("{host} can’t be reached"), "Check that you are online, and the server’s name and port.")
        }
        ErrorKind::NameNotResolved => (
            format!("There is no server called {host}"),
            "Look for a slip in its name. Your provider’s help page says which one to use. If you are offline, \
             connect first.",
        ),
        ErrorKind::TlsFailed => (
            format!("No secure connection to {host}"),
            "The server did not offer encryption that is safe today. Check the port: 993 is the usual one. Your \
             password has not been sent.",
        ),
        ErrorKind::CertificateUntrusted => {
            ("This server can’t prove who it is".into(), "Your password has not been sent.")
        }
        ErrorKind::LoginRefused => (
            "User name or password not accepted".into(),
            "Type the password once more. Some providers want a user name other than the address.",
        ),
        ErrorKind::AppPasswordNeeded => (
            "Your provider wants an app password".into(),
            "Your usual password works on its web page only. Make a password for Waxwing there and paste it here.",
        ),
        ErrorKind::BrowserSignInNeeded => (
            "Your provider signs in by browser only".into(),
            "No password opens this mailbox here. Sign in on your provider’s page; or, if it offers app passwords, make one \
             and use it here.",
        ),
        ErrorKind::ServerRefused => ("The server said no".into(), "What it said may tell why."),
        ErrorKind::QuotaFull => (
            "Your mailbox on the server is full".into(),
            "Delete something large or ask your provider for room.",
        ),
        ErrorKind::LimitExceeded => ("This is more than is allowed".into(), "Try with less at once."),
        ErrorKind::ProtocolBroken => (
            format!("{host} answered something that makes no sense"),
            "Is this a mail server, and the port the one for IMAP?",
        ),
        ErrorKind::FolderReset => (
            "The mailbox was rebuilt on the server".into(),
            "Waxwing fetches it anew; the change was not made.",
        ),
        ErrorKind::StorageFailed => (
            "Mail on this computer can’t be read or written".into(),
            "Check that the disk works and that the folder of Waxwing may be written to. Your mail is safe on the \
             server.",
        ),
        ErrorKind::DiskFull => {
            ("The disk is full".into(), "Make some room. Nothing is lost: the rest stays on the server.")
        }
        ErrorKind::VaultLocked => {
            ("Passwords are locked".into(), "Unlock the keyring, or the file of passwords, then try again.")
        }
        ErrorKind::VaultFailed => {
            ("The keyring can’t be used".into(), "Sign in again; the password is kept for this run only.")
        }
        ErrorKind::Bug => {
            ("Waxwing made a mistake".into(), "Nothing was lost. If it happens again, please tell us how.")
        }
    };
    (title, advice.into())
}

/// Title and advice for a server that can't be reached.
fn network(fault: NetworkFault, host: &str) -> (String, String) {
    match fault {
        NetworkFault::NoNetwork => ("You are offline".into(), "Connect to a network, then try again.".into()),
        NetworkFault::Refused { port } => {
            let host = if host.is_empty() { "this name" } else { host };
            (
                format!("No mail server answers at {host} on port {port}"),
                format!(
                    "There is a computer of that name, but nothing on that port. Check the server’s name and port. {NOT_SENT}"
                ),
            )
        }
    }
}

/// Title and advice for a sign-in that was refused, where it isn't the user name or the password.
fn sign_in(fault: SignInFault, host: &str) -> (String, String) {
    let (title, advice): (String, &str) = match fault {
        SignInFault::ImapOff => (
            "Your provider keeps mail programs out".into(),
            "IMAP is, or may be, switched off for your mailbox. Switch it on in the settings on your provider’s web \
             page, then try again. It can also be that the password is wrong.",
        ),
        SignInFault::Locked => (
            "Your account is locked".into(),
            "Your provider has locked it. Sign in on its web page to see why, or ask its support.",
        ),
        SignInFault::TryLater => (
            format!("{host} wants a pause"),
            "There were too many sign-ins or connections for now. Wait some minutes, then try again: the password may \
             well be right.",
        ),
        SignInFault::PasswordExpired => (
            "Your password has run out".into(),
            "Choose a new one on your provider’s web page, then sign in here with that.",
        ),
        SignInFault::WebVisitNeeded => (
            "Your provider wants to see you first".into(),
            "Sign in once on its web page and confirm that it is you, then try again here.",
        ),
        SignInFault::AdminNeeded => (
            "Your organisation has to allow this".into(),
            "Ask who looks after mail there to allow mail programs (IMAP, and SMTP for sending) for your account.",
        ),
    };
    (title, advice.into())
}

/// What is wrong with a certificate, in a few words.
pub fn reason(fault: CertificateFault) -> &'static str {
    match fault {
        CertificateFault::UnknownIssuer => "Unknown authority",
        CertificateFault::SelfSigned => "Signed by itself",
        CertificateFault::Expired => "Run out",
        CertificateFault::NotYetValid => "Not valid yet",
        CertificateFault::WrongHost => "For another name",
        CertificateFault::Revoked => "Withdrawn",
        CertificateFault::Weak => "Too weak",
        CertificateFault::PinChanged => "Another key than you trusted",
        CertificateFault::Unusable => "Damaged, or not for servers",
    }
}

/// Title and advice for a certificate that was not accepted.
fn certificate(fault: CertificateFault, host: &str, facts: Option<&CertificateFacts>) -> (String, String) {
    let server = if host.is_empty() { "The server" } else { host };
    // The host it is made out to.
    let name = facts.and_then(|facts| facts.names.first());
    let (title, advice) = match fault {
        CertificateFault::WrongHost => (
            "This server may not be who it says",
            match name {
                Some(name) => format!(
                    "{server} showed a certificate for {name}. {NOT_SENT} Often its name is just spelled differently: \
                     your provider’s help page has it."
                ),
                None => format!("{server} showed a certificate that names no server. {NOT_SENT}"),
            },
        ),
        CertificateFault::SelfSigned => (
            "Nobody vouches for this server",
            format!(
                "{server} signed its certificate itself, so it could be anyone’s. {NOT_SENT} Ask who runs the server \
                 for one from a known authority."
            ),
        ),
        CertificateFault::UnknownIssuer => (
            "The authority behind this server is not known",
            format!(
                "Nobody this computer trusts stands behind the certificate of {server}. {NOT_SENT} In a company \
                 network its own authority may have to be installed first."
            ),
        ),
        CertificateFault::Expired => (
            "This server’s certificate has run out",
            match facts {
                Some(facts) => format!(
                    "It was valid until {}. {NOT_SENT} Whoever runs {server} has to renew it. If that day is yet to come, this \
                     computer’s clock is wrong.",
                    date(facts.not_after)
                ),
                None => format!(
                    "{NOT_SENT} Whoever runs {server} has to renew it. Try again later, and check this computer’s clock."
                ),
            },
        ),
        CertificateFault::NotYetValid => (
            "This computer’s clock seems to be wrong",
            match facts {
                Some(facts) => format!(
                    "By this clock the certificate of {server} is not valid yet: its first day is {}. {NOT_SENT} Set date and \
                     time, then try again.",
                    date(facts.not_before)
                ),
                None => format!(
                    "By this clock the certificate of {server} is not valid yet. {NOT_SENT} Set date and time, then try again."
                ),
            },
        ),
        CertificateFault::Revoked => (
            "This server’s certificate was withdrawn",
            format!("{NOT_SENT} Its authority no longer vouches for it. Ask whoever runs {server}."),
        ),
        CertificateFault::Weak => (
            "This server’s certificate is too weak",
            format!("{NOT_SENT} It could be forged. Whoever runs {server} has to replace it."),
        ),
        CertificateFault::PinChanged => (
            "This server has another key than before",
            format!("{NOT_SENT} You had trusted one certain key of {server}, and this is a different one."),
        ),
        CertificateFault::Unusable => (
            "This server’s certificate can’t be used",
            format!("{NOT_SENT} It is damaged or not meant for servers."),
        ),
    };
    (title.into(), advice)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::sync::Arc;

    use waxwing_core::model::Instant;

    use super::*;

    const FAULTS: [CertificateFault; 9] = [
        CertificateFault::UnknownIssuer,
        CertificateFault::SelfSigned,
        CertificateFault::Expired,
        CertificateFault::NotYetValid,
        CertificateFault::WrongHost,
        CertificateFault::Revoked,
        CertificateFault::Weak,
        CertificateFault::PinChanged,
        CertificateFault::Unusable,
    ];

    #[test]
    fn who_may_have_sent_a_mail_is_not_told_to_try_again() {
        let words = trouble(&Error::note(ErrorKind::TimedOut, MAY_HAVE_BEEN_SENT), "");
        assert!(words.title.contains("can’t be known") && words.advice.contains("before you send it again"));
        assert_ne!(words.title, trouble(&Error::new(ErrorKind::TimedOut), "").title);
    }

    #[test]
    fn each_certificate_fault_has_its_own_words_and_says_the_password_stayed() {
        let texts: Vec<Trouble> = FAULTS
            .iter()
            .map(|fault| trouble(&Error::certificate(*fault, None), "imap.example.org"))
            .collect();
        for (place, text) in texts.iter().enumerate() {
            assert!(text.advice.contains(NOT_SENT), "{}", text.advice);
            assert!(texts.iter().skip(place + 1).all(|other| other.title != text.title), "{}", text.title);
        }
    }

    #[test]
    fn a_wrong_clock_is_told_apart_from_a_certificate_that_ran_out_by_the_day_a_person_can_compare() {
        // 2026-05-05 and 2027-05-05.
        let facts = Arc::new(CertificateFacts {
            subject: String::new(),
            issuer: String::new(),
            names: vec!["imap.example.org".into()],
            not_before: Instant(1_777_939_200_000),
            not_after: Instant(1_809_475_200_000),
            sha256: String::new(),
            key_sha256: [0; 32],
        });
        let words = |fault| trouble(&Error::certificate(fault, Some(Arc::clone(&facts))), "imap.example.org");
        let early = words(CertificateFault::NotYetValid);
        assert!(early.title.contains("clock") && early.advice.contains("5 May 2026"), "{early:?}");
        let late = words(CertificateFault::Expired);
        assert!(late.title.contains("run out") && late.advice.contains("5 May 2027"), "{late:?}");
    }

    #[test]
    fn each_reason_for_a_refused_sign_in_has_its_own_words() {
        let faults = [
            SignInFault::ImapOff,
            SignInFault::Locked,
            SignInFault::TryLater,
            SignInFault::PasswordExpired,
            SignInFault::WebVisitNeeded,
            SignInFault::AdminNeeded,
        ];
        let mut titles = HashSet::from([trouble(&Error::new(ErrorKind::LoginRefused), "h").title]);
        for fault in faults {
            let words = trouble(&Error::sign_in(fault, "No."), "h");
            assert_eq!(words.server.as_deref(), Some("The server says: “No.”"));
            assert!(titles.insert(words.title.clone()), "{}", words.title);
        }
    }

    #[test]
    fn server_text_is_quoted_and_attributed() {
        let words = trouble(&Error::server(ErrorKind::LoginRefused, "[ALERT] click http://x.test "), "h");
        assert_eq!(words.server.as_deref(), Some("The server says: “[ALERT] click http://x.test”"));
        assert!(!words.title.contains("click"));
    }

    #[test]
    fn the_failures_of_a_sign_in_have_a_text_each() {
        let kinds = [
            ErrorKind::NameNotResolved,
            ErrorKind::Offline,
            ErrorKind::TimedOut,
            ErrorKind::TlsFailed,
            ErrorKind::LoginRefused,
            ErrorKind::AppPasswordNeeded,
        ];
        let refused = Error::network(ErrorKind::Offline, NetworkFault::Refused { port: 993 });
        let none = Error::network(ErrorKind::Offline, NetworkFault::NoNetwork);
        let all: Vec<Error> = kinds.map(Error::new).into_iter().chain([refused.clone(), none]).collect();
        let words = all.iter().map(|error| trouble(error, "imap.example.org"));
        let (titles, advice): (HashSet<String>, HashSet<String>) =
            words.map(|words| (words.title, words.advice)).unzip();
        assert_eq!((titles.len(), advice.len()), (all.len(), all.len()));
        let title = trouble(&refused, "imap.example.org").title;
        assert_eq!(title, "No mail server answers at imap.example.org on port 993");
        // That nobody can be asked for a name says nothing of the name.
        let unasked = Error::network(ErrorKind::NameNotResolved, NetworkFault::NoNetwork);
        assert_eq!(trouble(&unasked, "imap.example.org").title, "You are offline");
    }
}
