//! What is typed to sign in, and the settings it makes.

use waxwing_core::model::{AccountConfig, SecretKind, Security};

use crate::words;

/// The port of IMAP over TLS (RFC 8314).
const PORT: u16 = 993;
/// The port that begins in the clear.
const CLEARTEXT: u16 = 143;

/// The form; `None` means: as guessed from the address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Form {
    pub address: String,
    pub user_name: Option<String>,
    /// `host`, `host:port` or `[address]:port`.
    pub server: Option<String>,
    /// Whether user name and server can be edited.
    pub open: bool,
}

/// What can't be sent like this.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Problem {
    AddressIncomplete,
    PasswordMissing,
    UserNameMissing,
    ServerIncomplete,
    Port143,
}

impl Problem {
    /// What is said beside the field.
    pub fn words(self) -> &'static str {
        match self {
            Self::AddressIncomplete => words::ADDRESS_INCOMPLETE,
            Self::PasswordMissing => words::PASSWORD_MISSING,
            Self::UserNameMissing => words::USER_NAME_MISSING,
            Self::ServerIncomplete => words::SERVER_INCOMPLETE,
            Self::Port143 => words::PORT_143,
        }
    }

    /// The field to mend it in.
    pub fn field(self) -> &'static str {
        match self {
            Self::AddressIncomplete => super::ADDRESS_FIELD,
            Self::PasswordMissing => super::PASSWORD_FIELD,
            Self::UserNameMissing => super::USER_FIELD,
            Self::ServerIncomplete | Self::Port143 => super::SERVER_FIELD,
        }
    }

    /// Whether its field is one of those that are folded away at first.
    pub fn is_in_details(self) -> bool {
        matches!(self, Self::UserNameMissing | Self::ServerIncomplete | Self::Port143)
    }
}

impl Form {
    /// The part after the `@`, if the address has both parts.
    pub fn domain(&self) -> Option<&str> {
        let (local, domain) = self.address.trim().rsplit_once('@')?;
        let whole = !local.is_empty() && !domain.is_empty();
        let plain = !domain.contains(|c: char| c.is_whitespace() || c == ',' || c == '@');
        (whole && plain && !domain.starts_with('.') && !domain.ends_with('.')).then_some(domain)
    }

    pub fn user_name(&self) -> String {
        self.user_name.clone().unwrap_or_else(|| self.address.trim().to_owned())
    }

    pub fn server(&self) -> String {
        match (&self.server, self.domain()) {
            (Some(server), _) => server.clone(),
            (None, Some(domain)) => format!("imap.{domain}:{PORT}"),
            (None, None) => String::new(),
        }
    }

    /// The settings, or all that stands against them.
    pub fn config(&self) -> Result<AccountConfig, Vec<Problem>> {
        let mut problems = Vec::new();
        if self.domain().is_none() {
            problems.push(Problem::AddressIncomplete);
        }
        let user_name = self.user_name().trim().to_owned();
        if user_name.is_empty() && self.domain().is_some() {
            problems.push(Problem::UserNameMissing);
        }
        let server = parse_server(&self.server());
        match &server {
            // An address that is incomplete has no server yet: one problem at a time.
            Err(_) if self.server.is_none() => {}
            Err(problem) => problems.push(*problem),
            Ok(_) => {}
        }
        match server {
            Ok((imap_host, imap_port)) if problems.is_empty() => Ok(AccountConfig {
                address: self.address.trim().to_owned(),
                display_name: String::new(),
                user_name,
                imap_host,
                imap_port,
                imap_security: Security::Tls,
                secret_kind: SecretKind::Password,
                submission: None,
            }),
            _ => Err(problems),
        }
    }
}

/// Host and port of `host`, `host:port`, `[v6]` or `[v6]:port`.
fn parse_server(text: &str) -> Result<(String, u16), Problem> {
    let text = text.trim();
    let (host, port) = if let Some(inside) = text.strip_prefix('[') {
        let (host, rest) = inside.split_once(']').ok_or(Problem::ServerIncomplete)?;
        (host, rest.strip_prefix(':').or_else(|| rest.is_empty().then_some("993")))
    } else if text.matches(':').count() > 1 {
        (text, Some("993"))
    } else {
        let (host, port) = text.split_once(':').unwrap_or((text, "993"));
        (host, Some(port))
    };
    let port: u16 = port.and_then(|port| port.trim().parse().ok()).ok_or(Problem::ServerIncomplete)?;
    let plain = !host.is_empty() && !host.contains(|c: char| c.is_whitespace() || c == '/' || c == '@');
    match port {
        CLEARTEXT => Err(Problem::Port143),
        0 => Err(Problem::ServerIncomplete),
        port if plain => Ok((host.to_owned(), port)),
        _ => Err(Problem::ServerIncomplete),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_in_every_way_people_write_them() {
        let ok =
            |text: &str, host: &str, port| assert_eq!(parse_server(text), Ok((host.into(), port)), "{text}");
        ok("imap.example.org", "imap.example.org", 993);
        ok(" imap.example.org:1993 ", "imap.example.org", 1993);
        ok("[::1]:1993", "::1", 1993);
        ok("::1", "::1", 993);
        ok("localhost:9930", "localhost", 9930);
        for text in
            ["", ":993", "host:", "host:0", "host:99999", "imaps://host:993", "[::1", "a b:993", "me@host"]
        {
            assert_eq!(parse_server(text), Err(Problem::ServerIncomplete), "{text}");
        }
        assert_eq!(parse_server("host:143"), Err(Problem::Port143));
        assert_eq!(parse_server("[::1]:143"), Err(Problem::Port143));
    }

    #[test]
    fn an_incomplete_address_is_the_only_problem_named() {
        for address in ["", "ada", "ada@", "@example.org", "ada@exa mple.org", "ada@.org"] {
            let form = Form { address: address.into(), ..Form::default() };
            assert_eq!(form.config(), Err(vec![Problem::AddressIncomplete]), "{address}");
        }
    }

    #[test]
    fn user_name_and_server_follow_the_address_until_they_are_typed() {
        let mut form = Form { address: "ada@example.org".into(), ..Form::default() };
        assert_eq!(
            (form.user_name().as_str(), form.server().as_str()),
            ("ada@example.org", "imap.example.org:993")
        );
        form.user_name = Some("ada".into());
        form.address = "ada@other.test".into();
        assert_eq!((form.user_name().as_str(), form.server().as_str()), ("ada", "imap.other.test:993"));
    }
}
