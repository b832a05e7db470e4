//! The servers, typed by hand: the one place with server words.

use waxwing_core::model::{AccountConfig, Proposal, Security, SubmissionServer};

use super::{IMAP_FIELD, IMAP_PORT_FIELD, SMTP_FIELD, SMTP_PORT_FIELD};
use crate::words::setup as texts;

/// Ports that begin in the clear: IMAP, and submission (RFC 6409).
const IMAP_IN_CLEAR: u16 = 143;
const SUBMISSION_IN_CLEAR: u16 = 587;
/// Mail between servers (RFC 5321); nobody signs in there.
const RELAY: u16 = 25;

/// What is typed, as it is typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Servers {
    pub user_name: String,
    /// `host`, or also `host:port` and `[address]:port`, which go over what stands in the field for the port.
    pub imap_host: String,
    pub imap_port: String,
    pub imap_security: Security,
    /// Empty: mail is only read.
    pub smtp_host: String,
    pub smtp_port: String,
    pub smtp_security: Security,
}

impl Default for Servers {
    fn default() -> Self {
        Self {
            user_name: String::new(),
            imap_host: String::new(),
            imap_port: "993".into(),
            imap_security: Security::Tls,
            smtp_host: String::new(),
            smtp_port: "465".into(),
            smtp_security: Security::Tls,
        }
    }
}

/// One server of the form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    pub host: String,
    pub port: u16,
    pub security: Security,
}

/// What is typed or chosen of them.
#[derive(Clone, Debug)]
pub enum Edit {
    UserName(String),
    ImapHost(String),
    ImapPort(String),
    ImapSecurity(Security),
    SmtpHost(String),
    SmtpPort(String),
    SmtpSecurity(Security),
}

/// What can't be used like this.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Problem {
    ImapHost,
    ImapPort,
    ImapInClear,
    SmtpHost,
    SmtpPort,
    SmtpInClear,
    Relay,
}

impl Problem {
    /// What is said beside the field.
    pub fn words(self) -> &'static str {
        match self {
            Self::ImapHost | Self::SmtpHost => texts::HOST_INCOMPLETE,
            Self::ImapPort => texts::PORT_WRONG,
            Self::SmtpPort => texts::PORT_OUTGOING_WRONG,
            Self::ImapInClear | Self::SmtpInClear => texts::PORT_NEEDS_START_TLS,
            Self::Relay => texts::PORT_25,
        }
    }

    /// The field to mend it in.
    pub fn field(self) -> &'static str {
        match self {
            Self::ImapHost => IMAP_FIELD,
            Self::ImapPort | Self::ImapInClear => IMAP_PORT_FIELD,
            Self::SmtpHost => SMTP_FIELD,
            Self::SmtpPort | Self::SmtpInClear | Self::Relay => SMTP_PORT_FIELD,
        }
    }

    /// Whether it is about the server for reading.
    pub fn is_of_imap(self) -> bool {
        matches!(self, Self::ImapHost | Self::ImapPort | Self::ImapInClear)
    }
}

impl Servers {
    /// As a proposal has them, to be changed.
    pub fn of(proposal: &Proposal, address: &str) -> Self {
        let names = &proposal.user_names;
        // Two names are the whole address and what stands before its @: both are tried for an empty one.
        let name = names.first().filter(|name| names.len() == 1 || *name != address);
        let mut servers = Self {
            user_name: name.cloned().unwrap_or_default(),
            imap_host: proposal.imap_host.clone(),
            imap_port: proposal.imap_port.to_string(),
            imap_security: proposal.imap_security,
            ..Self::default()
        };
        if let Some(smtp) = &proposal.submission {
            servers.set_submission(smtp);
        }
        servers
    }

    /// As an account has them, to be changed.
    pub fn of_account(config: &AccountConfig) -> Self {
        let mut servers = Self {
            user_name: config.user_name.clone(),
            imap_host: config.imap_host.clone(),
            imap_port: config.imap_port.to_string(),
            imap_security: config.imap_security,
            ..Self::default()
        };
        if let Some(smtp) = &config.submission {
            servers.set_submission(smtp);
        }
        servers
    }

    /// Takes in what is typed.
    pub fn edit(&mut self, edit: Edit) {
        match edit {
            Edit::UserName(text) => self.user_name = text,
            Edit::ImapHost(text) => self.imap_host = text,
            Edit::ImapPort(text) => self.imap_port = text,
            Edit::SmtpHost(text) => self.smtp_host = text,
            Edit::SmtpPort(text) => self.smtp_port = text,
            Edit::ImapSecurity(to) => {
                switch(&mut self.imap_port, &mut self.imap_security, to, ["993", "143"]);
            }
            Edit::SmtpSecurity(to) => {
                switch(&mut self.smtp_port, &mut self.smtp_security, to, ["465", "587"]);
            }
        }
    }

    fn set_submission(&mut self, smtp: &SubmissionServer) {
        self.smtp_host.clone_from(&smtp.host);
        self.smtp_port = smtp.port.to_string();
        self.smtp_security = smtp.security;
    }

    /// The server for reading.
    pub fn imap(&self) -> Result<Place, Problem> {
        let (host, port) = parse(&self.imap_host, &self.imap_port);
        let host = host.ok_or(Problem::ImapHost)?;
        match port.ok_or(Problem::ImapPort)? {
            IMAP_IN_CLEAR if self.imap_security == Security::Tls => Err(Problem::ImapInClear),
            port => Ok(Place { host, port, security: self.imap_security }),
        }
    }

    /// The server for sending, if there is to be one.
    pub fn smtp(&self) -> Result<Option<SubmissionServer>, Problem> {
        if self.smtp_host.trim().is_empty() {
            return Ok(None);
        }
        let (host, port) = parse(&self.smtp_host, &self.smtp_port);
        let host = host.ok_or(Problem::SmtpHost)?;
        match port.ok_or(Problem::SmtpPort)? {
            RELAY => Err(Problem::Relay),
            SUBMISSION_IN_CLEAR if self.smtp_security == Security::Tls => Err(Problem::SmtpInClear),
            port => Ok(Some(SubmissionServer { host, port, security: self.smtp_security })),
        }
    }

    /// All that stands against them.
    pub fn problems(&self) -> Vec<Problem> {
        [self.imap().err(), self.smtp().err()].into_iter().flatten().collect()
    }
}

/// Takes the other way of securing a connection, and with it the port that goes with it where the usual one stood.
fn switch(port: &mut String, security: &mut Security, to: Security, [tls, start_tls]: [&str; 2]) {
    let (from, usual) = if to == Security::Tls { (start_tls, tls) } else { (tls, start_tls) };
    if port.trim() == from {
        usual.clone_into(port);
    }
    *security = to;
}

/// Host and port, each if it can be one.
fn parse(host: &str, port: &str) -> (Option<String>, Option<u16>) {
    let host = host.trim();
    // An address of a page or of a person is neither.
    if host.contains(['/', '@']) {
        return (None, None);
    }
    let (host, port) =
        if let Some((inside, rest)) = host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            (inside, rest.strip_prefix(':').unwrap_or(port))
        } else if host.matches(':').count() == 1 {
            host.split_once(':').unwrap_or((host, port))
        } else {
            (host, port)
        };
    let is_host = !host.is_empty() && !host.contains(|c: char| c.is_whitespace() || "[]".contains(c));
    let number = port.trim().parse().ok().filter(|port| *port != 0);
    (is_host.then(|| host.to_owned()), number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_in_every_way_people_write_them() {
        let typed = |host: &str| Servers { imap_host: host.into(), ..Servers::default() }.imap();
        let ok = |text: &str, host: &str, port| {
            assert_eq!(typed(text), Ok(Place { host: host.into(), port, security: Security::Tls }), "{text}");
        };
        ok(" imap.example.org ", "imap.example.org", 993);
        ok("imap.example.org:1993", "imap.example.org", 1993);
        ok("[::1]:1993", "::1", 1993);
        ok("::1", "::1", 993);
        for text in ["", ":993", "imaps://host", "[::1", "a b", "me@host"] {
            assert_eq!(typed(text), Err(Problem::ImapHost), "{text}");
        }
        for text in ["host:", "host:0", "host:99999"] {
            assert_eq!(typed(text), Err(Problem::ImapPort), "{text}");
        }
    }

    #[test]
    fn what_begins_in_the_clear_is_for_starttls_alone() {
        let mut servers = Servers { imap_host: "h.test:143".into(), ..Servers::default() };
        (servers.smtp_host, servers.smtp_port) = ("s.test".into(), "587".into());
        assert_eq!(servers.problems(), [Problem::ImapInClear, Problem::SmtpInClear]);
        (servers.imap_security, servers.smtp_security) = (Security::StartTls, Security::StartTls);
        assert_eq!(servers.problems(), []);
        servers.smtp_port = "25".into();
        assert_eq!(servers.problems(), [Problem::Relay]);
        servers.smtp_host.clear();
        assert_eq!(servers.smtp(), Ok(None), "mail is only read");
    }

    #[test]
    fn the_usual_port_follows_the_way_and_another_stays() {
        let (mut port, mut security) = ("993".to_owned(), Security::Tls);
        switch(&mut port, &mut security, Security::StartTls, ["993", "143"]);
        assert_eq!((port.as_str(), security), ("143", Security::StartTls));
        port = "1993".into();
        switch(&mut port, &mut security, Security::Tls, ["993", "143"]);
        assert_eq!((port.as_str(), security), ("1993", Security::Tls));
    }
}
