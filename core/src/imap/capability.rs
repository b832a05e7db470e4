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
    CreateSpecialUse,
    ListExtended,
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

/// Every capability by its name on the wire.
const NAMES: [(&str, Capability); 22] = [
    ("IMAP4REV2", Capability::Imap4Rev2),
    ("IDLE", Capability::Idle),
    ("MOVE", Capability::Move),
    ("UIDPLUS", Capability::UidPlus),
    ("SPECIAL-USE", Capability::SpecialUse),
    ("CREATE-SPECIAL-USE", Capability::CreateSpecialUse),
    ("LIST-EXTENDED", Capability::ListExtended),
    ("SASL-IR", Capability::SaslIr),
    ("AUTH=PLAIN", Capability::AuthPlain),
    ("LOGINDISABLED", Capability::LoginDisabled),
    ("LITERAL+", Capability::LiteralPlus),
    ("LITERAL-", Capability::LiteralMinus),
    ("CONDSTORE", Capability::Condstore),
    ("QRESYNC", Capability::Qresync),
    ("LIST-STATUS", Capability::ListStatus),
    ("ID", Capability::Id),
    ("ESEARCH", Capability::Esearch),
    ("UNSELECT", Capability::Unselect),
    ("NAMESPACE", Capability::Namespace),
    ("UTF8=ACCEPT", Capability::Utf8Accept),
    ("OBJECTID", Capability::ObjectId),
    ("X-GM-EXT-1", Capability::Gmail),
];

impl Capabilities {
    /// Reads names separated by spaces, in any case; those that mean nothing to us are left out.
    pub fn read(names: &[u8]) -> Self {
        let known = |word: &[u8]| {
            let name = NAMES.iter().find(|(name, _)| word.eq_ignore_ascii_case(name.as_bytes()));
            name.map(|(_, capability)| *capability)
        };
        Self(names.split(|byte| *byte == b' ').filter_map(known).collect())
    }

    /// Whether the server offers it.
    pub fn has(&self, capability: Capability) -> bool {
        self.0.contains(&capability)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_any_case() {
        let offered = Capabilities::read(b"IMAP4rev1 idle AUTH=Plain  X-FOO LOGINDISABLED");
        assert!(offered.has(Capability::Idle) && offered.has(Capability::AuthPlain));
        assert!(offered.has(Capability::LoginDisabled) && !offered.has(Capability::Move));
    }
}
