//! What a refused sign-in means: a wrong password is another matter than a mailbox that IMAP is switched off for.
//!
//! By response codes (RFC 5530) and enhanced status codes (RFC 3463, 4954) where there are any, else by words that providers are
//! known to use.

use crate::error::{Error, ErrorKind, SignInFault};

/// What is known of the provider, whatever it says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Wants {
    /// The person's own password, as far as is known.
    #[default]
    Password,
    /// Passwords that were made for one program.
    AppPassword,
    /// A sign-in in the browser.
    Browser,
}

/// What it means that words like these are in what the server says, in lower case. The first that fits counts.
const WORDS: &[(&str, Meaning)] = &[
    ("application-specific password", Meaning::Kind(ErrorKind::AppPasswordNeeded)),
    ("app-specific password", Meaning::Kind(ErrorKind::AppPasswordNeeded)),
    ("app password", Meaning::Kind(ErrorKind::AppPasswordNeeded)),
    ("application password", Meaning::Kind(ErrorKind::AppPasswordNeeded)),
    ("authorization code", Meaning::Kind(ErrorKind::AppPasswordNeeded)),
    ("authorized code", Meaning::Kind(ErrorKind::AppPasswordNeeded)),
    ("not enabled for imap", Meaning::Fault(SignInFault::ImapOff)),
    ("imap is disabled", Meaning::Fault(SignInFault::ImapOff)),
    ("imap disabled", Meaning::Fault(SignInFault::ImapOff)),
    ("imap access is disabled", Meaning::Fault(SignInFault::ImapOff)),
    ("imap access disabled", Meaning::Fault(SignInFault::ImapOff)),
    ("enable imap", Meaning::Fault(SignInFault::ImapOff)),
    ("service is not open", Meaning::Fault(SignInFault::ImapOff)),
    ("authenticated but not connected", Meaning::Fault(SignInFault::ImapOff)),
    ("disabled for the tenant", Meaning::Fault(SignInFault::AdminNeeded)),
    ("disabled for the mailbox", Meaning::Fault(SignInFault::AdminNeeded)),
    ("admin consent", Meaning::Fault(SignInFault::AdminNeeded)),
    ("contact your administrator", Meaning::Fault(SignInFault::AdminNeeded)),
    ("basic authentication is disabled", Meaning::Kind(ErrorKind::BrowserSignInNeeded)),
    ("via your web browser", Meaning::Fault(SignInFault::WebVisitNeeded)),
    ("web login required", Meaning::Fault(SignInFault::WebVisitNeeded)),
    ("too many", Meaning::Fault(SignInFault::TryLater)),
    ("rate limit", Meaning::Fault(SignInFault::TryLater)),
    ("try again later", Meaning::Fault(SignInFault::TryLater)),
    ("temporarily", Meaning::Fault(SignInFault::TryLater)),
    ("password expired", Meaning::Fault(SignInFault::PasswordExpired)),
    ("password has expired", Meaning::Fault(SignInFault::PasswordExpired)),
    ("account is locked", Meaning::Fault(SignInFault::Locked)),
    ("account locked", Meaning::Fault(SignInFault::Locked)),
    ("account has been locked", Meaning::Fault(SignInFault::Locked)),
    ("account is disabled", Meaning::Fault(SignInFault::Locked)),
    ("account disabled", Meaning::Fault(SignInFault::Locked)),
    ("user is disabled", Meaning::Fault(SignInFault::Locked)),
    ("account is blocked", Meaning::Fault(SignInFault::Locked)),
    ("account suspended", Meaning::Fault(SignInFault::Locked)),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Meaning {
    Kind(ErrorKind),
    Fault(SignInFault),
}

/// The error of a sign-in that an IMAP server refused with that response code, in these words.
pub(crate) fn refused_by_imap(code: &str, text: &str, wants: Wants) -> Error {
    match code {
        "UNAVAILABLE" | "SERVERBUG" => Error::server(ErrorKind::ServerRefused, text),
        "LIMIT" | "INUSE" | "THROTTLED" | "OVERQUOTA" => Error::sign_in(SignInFault::TryLater, text),
        "EXPIRED" => Error::sign_in(SignInFault::PasswordExpired, text),
        "CONTACTADMIN" => Error::sign_in(SignInFault::AdminNeeded, text),
        _ => match (meaning(text), code) {
            (None, "AUTHORIZATIONFAILED") => Error::sign_in(SignInFault::Locked, text),
            (meant, _) => refused(meant, text, wants),
        },
    }
}

/// The same of a submission server, which says an enhanced status code at the beginning of its words, or none.
pub(crate) fn refused_by_submission(text: &str) -> Error {
    // Its code of three digits stands before, where it is known.
    let said = text.trim_start();
    let said = said.split_once(' ').filter(|(code, _)| code.len() == 3).map_or(said, |(_, said)| said);
    let begins = |code: &str| said.starts_with(code);
    let meant = meaning(text);
    if begins("5.7.9") && meant.is_none() {
        return Error::server(ErrorKind::AppPasswordNeeded, text);
    }
    refused(meant, text, Wants::Password)
}

fn meaning(text: &str) -> Option<Meaning> {
    let text = text.to_lowercase();
    WORDS.iter().find(|(words, _)| text.contains(words)).map(|(_, meaning)| *meaning)
}

fn refused(meant: Option<Meaning>, text: &str, wants: Wants) -> Error {
    match (meant, wants) {
        (Some(Meaning::Fault(fault)), _) => Error::sign_in(fault, text),
        (Some(Meaning::Kind(kind)), _) => Error::server(kind, text),
        (None, Wants::Password) => Error::server(ErrorKind::LoginRefused, text),
        (None, Wants::AppPassword) => Error::server(ErrorKind::AppPasswordNeeded, text),
        (None, Wants::Browser) => Error::server(ErrorKind::BrowserSignInNeeded, text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Detail;

    fn told(error: &Error) -> (ErrorKind, Option<SignInFault>) {
        let fault = match error.detail() {
            Detail::SignIn { fault, .. } => Some(*fault),
            _ => None,
        };
        (error.kind(), fault)
    }

    #[test]
    fn what_providers_say_is_told_apart() {
        let by_imap = |code, text, wants| told(&refused_by_imap(code, text, wants));
        let (password, app, browser) = (Wants::Password, Wants::AppPassword, Wants::Browser);
        for (code, text, wants, kind, fault) in [
            ("AUTHENTICATIONFAILED", "Authentication failed.", password, ErrorKind::LoginRefused, None),
            ("", "LOGIN failed.", password, ErrorKind::LoginRefused, None),
            ("", "LOGIN failed.", browser, ErrorKind::BrowserSignInNeeded, None),
            (
                "AUTHENTICATIONFAILED",
                "Invalid credentials (Failure)",
                app,
                ErrorKind::AppPasswordNeeded,
                None,
            ),
            (
                "ALERT",
                "Application-specific password required: https://example.org/185833 (Failure)",
                password,
                ErrorKind::AppPasswordNeeded,
                None,
            ),
            (
                "ALERT",
                "Your account is not enabled for IMAP use. Please visit your settings page.",
                app,
                ErrorKind::LoginRefused,
                Some(SignInFault::ImapOff),
            ),
            (
                "AUTHENTICATIONFAILED",
                "LOGIN invalid credentials or IMAP is disabled",
                password,
                ErrorKind::LoginRefused,
                Some(SignInFault::ImapOff),
            ),
            (
                "ALERT",
                "Please log in via your web browser: https://example.org/78754 (Failure)",
                app,
                ErrorKind::LoginRefused,
                Some(SignInFault::WebVisitNeeded),
            ),
            ("", "LOGIN Rate limit hit", app, ErrorKind::ServerRefused, Some(SignInFault::TryLater)),
            (
                "LIMIT",
                "Maximum number of connections from user+IP exceeded",
                password,
                ErrorKind::ServerRefused,
                Some(SignInFault::TryLater),
            ),
            ("UNAVAILABLE", "Temporary authentication failure.", password, ErrorKind::ServerRefused, None),
            ("EXPIRED", "Renew it.", password, ErrorKind::LoginRefused, Some(SignInFault::PasswordExpired)),
            (
                "AUTHORIZATIONFAILED",
                "Not for you.",
                password,
                ErrorKind::LoginRefused,
                Some(SignInFault::Locked),
            ),
            ("CONTACTADMIN", "Ask them.", password, ErrorKind::LoginRefused, Some(SignInFault::AdminNeeded)),
        ] {
            assert_eq!(by_imap(code, text, wants), (kind, fault), "[{code}] {text}");
        }
    }

    #[test]
    fn what_a_submission_server_says_is_told_apart() {
        for (text, kind, fault) in [
            ("5.7.8 Error: authentication failed", ErrorKind::LoginRefused, None),
            ("5.7.9 Application-specific password required", ErrorKind::AppPasswordNeeded, None),
            ("5.7.9 Use another one", ErrorKind::AppPasswordNeeded, None),
            // bug: as it comes from the conversation it was a wrong password.
            ("534 5.7.9 Use another one", ErrorKind::AppPasswordNeeded, None),
            ("535 5.7.8 Error: authentication failed", ErrorKind::LoginRefused, None),
            (
                "5.7.139 Authentication unsuccessful, basic authentication is disabled.",
                ErrorKind::BrowserSignInNeeded,
                None,
            ),
            (
                "5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant.",
                ErrorKind::LoginRefused,
                Some(SignInFault::AdminNeeded),
            ),
            ("4.7.0 Too many login attempts", ErrorKind::ServerRefused, Some(SignInFault::TryLater)),
        ] {
            assert_eq!(told(&refused_by_submission(text)), (kind, fault), "{text}");
        }
    }
}
