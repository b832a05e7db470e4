//! What a server offers.

use std::collections::BTreeSet;

/// A capability the session acts on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Capability {
    Imap4Rev2,
    Idle,
    Move,
    UidPlus,
    SpecialUse,
    SaslIr,
    AuthPlain,
    LoginDisabled,
    LiteralPlus,
    LiteralMinus,
    Condstore,
    Qresync,
    ListStatus,
    Id,
    Esearch,
    Unselect,
    Namespace,
    Utf8Accept,
    ObjectId,
    Gmail,
}

/// A server's capabilities.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Capabilities(BTreeSet<Capability>);

impl Capabilities {
    /// Whether the server offers it.
    pub fn has(&self, capability: Capability) -> bool {
        self.0.contains(&capability)
    }
}
