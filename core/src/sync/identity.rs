//! What a server calls a mail, wherever it is.
//!
//! Gmail's X-GM-MSGID names a mail: under every label it is that one, with one set of flags. EMAILID (RFC 8474) names what
//! a mail holds: a copy has the same one, with flags and a fate of its own, and may be in the same mailbox.

use crate::imap::ops::FetchedHeader;

/// A server's name for a mail, empty where it gives none. As text: `g` and X-GM-MSGID, or `e` and EMAILID.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServerId(Box<str>);

impl ServerId {
    /// As the server told it with a mail's header.
    pub fn of(fetched: &FetchedHeader) -> Self {
        match (&fetched.gmail, &fetched.email_id) {
            (Some(gmail), _) if gmail.msgid != 0 => Self(format!("g{}", gmail.msgid).into()),
            (_, Some(email_id)) => Self(format!("e{email_id}").into()),
            (_, None) => Self::default(),
        }
    }

    /// As it was stored.
    pub fn stored(text: String) -> Self {
        Self(text.into())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Wherever this is, it is the same mail.
    pub fn is_of_mail(&self) -> bool {
        self.0.starts_with('g')
    }

    /// Wherever this is, it has the same octets.
    pub fn is_of_content(&self) -> bool {
        self.0.starts_with('e')
    }
}

/// What the server calls a mail's conversation.
pub fn server_thread(fetched: &FetchedHeader) -> Option<Box<str>> {
    match &fetched.gmail {
        Some(gmail) if gmail.thrid != 0 => Some(gmail.thrid.to_string().into()),
        _ => fetched.thread_id.clone(),
    }
}
