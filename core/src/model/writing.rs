//! What is at hand for whoever writes a mail.

use super::TemplateId;

/// Whom somebody writes as. An account has at least one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identity {
    /// The name beside the address; may be empty.
    pub name: String,
    /// One address, without a name.
    pub address: String,
    /// Where answers go, as a list of recipients is typed; empty: to the address.
    pub reply_to: String,
    /// What stands below a mail, without the line `-- ` above it; may be empty.
    pub signature: String,
    /// Mail to any address of its domain comes here, and is answered from that very address.
    pub is_catch_all: bool,
}

/// Somebody that mail may go to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contact {
    /// May be empty.
    pub name: String,
    /// As it goes over the wire.
    pub address: String,
}

/// A text that is kept to be sent again and again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    pub id: TemplateId,
    /// What it is called; never empty.
    pub name: String,
    /// May be empty, as may the text.
    pub subject: String,
    pub text: String,
}
