//! What went wrong and what to do about it, for people.

use waxwing_core::error::{
    ALREADY_HERE, CertificateFault, Detail, Error, ErrorKind, MAY_HAVE_BEEN_SENT, NO_PASSWORD,
    PROVIDERS_ONLY, SignInFault,
};

use super::{NOT_SENT, server_says};

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
        (ErrorKind::CertificateUntrusted, Detail::Certificate { fault, facts }) => certificate(
            *fault,
            host,
            facts.as_ref().and_then(|facts| facts.names.first()).map(String::as_str),
        ),
        (_, Detail::SignIn { fault, .. }) => sign_in(*fault, &named(host)),
        (_, Detail::Note(MAY_HAVE_BEEN_SENT)) => (
            "It can’t be known whether this mail was sent".into(),
            "The server’s answer was lost. Look among sent mail, or ask who it was for, before you send it again.".into(),
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
        (kind, _) => by_kind(kind, &named(host)),
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
            "This user name or password was not accepted".into(),
            "Type the password once more. Some providers want a user name other than the address.",
        ),
        ErrorKind::AppPasswordNeeded => (
            "Your provider wants an app password".into(),
            "Your usual password works on its web page only. Make a password for Waxwing there and paste it here.",
        ),
        ErrorKind::BrowserSignInNeeded => (
            "Your provider signs in through the browser only".into(),
            "Waxwing can’t do that yet. If your provider offers app passwords, make one and use it here.",
        ),
        ErrorKind::ServerRefused => ("The server said no".into(), "What it said may tell why."),
        ErrorKind::QuotaFull => (
            "Your mailbox on the server is full".into(),
            "Delete something large or ask your provider for room.",
        ),
        ErrorKind::LimitExceeded => ("This is more than is allowed".into(), "Try with less at once."),
        ErrorKind::ProtocolBroken => (
            format!("{host} answered something that makes no sense"),
            "Is this a mail server, and the port the one for IMAP? Waxwing keeps trying.",
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

/// Title and advice for a certificate that was not accepted. `name` is the host it is made out to.
fn certificate(fault: CertificateFault, host: &str, name: Option<&str>) -> (String, String) {
    let server = if host.is_empty() { "The server" } else { host };
    let (title, advice) = match fault {
        CertificateFault::WrongHost => (
            "This server may not be who it says",
            match name {
                Some(name) => format!(
                    "{server} showed a certificate for {name}. {NOT_SENT} Often the server’s name is just spelled \
                     differently: your provider’s help page has the right one."
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
            format!(
                "{NOT_SENT} Whoever runs {server} has to renew it. Try again later, and check this computer’s clock."
            ),
        ),
        CertificateFault::NotYetValid => (
            "This server’s certificate is not valid yet",
            format!(
                "{NOT_SENT} Most often this computer’s clock is wrong: check date and time, then try again."
            ),
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
    fn each_reason_for_a_refused_sign_in_has_its_own_words() {
        let faults = [
            SignInFault::ImapOff,
            SignInFault::Locked,
            SignInFault::TryLater,
            SignInFault::PasswordExpired,
            SignInFault::WebVisitNeeded,
            SignInFault::AdminNeeded,
        ];
        let mut titles =
            std::collections::HashSet::from([trouble(&Error::new(ErrorKind::LoginRefused), "h").title]);
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
    fn five_failures_of_a_sign_in_have_five_texts() {
        let kinds = [
            ErrorKind::NameNotResolved,
            ErrorKind::Offline,
            ErrorKind::TlsFailed,
            ErrorKind::LoginRefused,
            ErrorKind::AppPasswordNeeded,
        ];
        let titles: std::collections::HashSet<String> =
            kinds.iter().map(|kind| trouble(&Error::new(*kind), "imap.example.org").title).collect();
        assert_eq!(titles.len(), kinds.len());
    }
}
