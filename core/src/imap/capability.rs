//! What a server offers.

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
    AuthScramSha1,
    AuthScramSha1Plus,
    AuthScramSha256,
    AuthScramSha256Plus,
    AuthXoauth2,
    AuthOauthBearer,
    LoginDisabled,
    LiteralPlus,
    LiteralMinus,
    Condstore,
    Qresync,
    ListStatus,
    Id,
    Enable,
    Esearch,
    SearchRes,
    Unselect,
    Namespace,
    Utf8Accept,
    ObjectId,
    Compress,
    Notify,
    Binary,
    /// The largest mail APPEND takes may be told: [`Capabilities::append_limit`].
    AppendLimit,
    MultiAppend,
    Quota,
    /// `STATUS` knows SIZE (RFC 8438).
    StatusSize,
    Unauthenticate,
    Gmail,
}

/// A server's capabilities.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Capabilities {
    /// One bit for each.
    offered: u64,
    append_limit: Option<u64>,
    /// Not offered but switched on: names are UTF-8.
    utf8: bool,
}

/// Every capability by its name on the wire.
const NAMES: [(&str, Capability); 39] = [
    ("IMAP4REV2", Capability::Imap4Rev2),
    ("IDLE", Capability::Idle),
    ("MOVE", Capability::Move),
    ("UIDPLUS", Capability::UidPlus),
    ("SPECIAL-USE", Capability::SpecialUse),
    ("CREATE-SPECIAL-USE", Capability::CreateSpecialUse),
    ("LIST-EXTENDED", Capability::ListExtended),
    ("SASL-IR", Capability::SaslIr),
    ("AUTH=PLAIN", Capability::AuthPlain),
    ("AUTH=SCRAM-SHA-1", Capability::AuthScramSha1),
    ("AUTH=SCRAM-SHA-1-PLUS", Capability::AuthScramSha1Plus),
    ("AUTH=SCRAM-SHA-256", Capability::AuthScramSha256),
    ("AUTH=SCRAM-SHA-256-PLUS", Capability::AuthScramSha256Plus),
    ("AUTH=XOAUTH2", Capability::AuthXoauth2),
    ("AUTH=OAUTHBEARER", Capability::AuthOauthBearer),
    ("LOGINDISABLED", Capability::LoginDisabled),
    ("LITERAL+", Capability::LiteralPlus),
    ("LITERAL-", Capability::LiteralMinus),
    ("CONDSTORE", Capability::Condstore),
    ("QRESYNC", Capability::Qresync),
    ("LIST-STATUS", Capability::ListStatus),
    ("ID", Capability::Id),
    ("ENABLE", Capability::Enable),
    ("ESEARCH", Capability::Esearch),
    ("SEARCHRES", Capability::SearchRes),
    ("UNSELECT", Capability::Unselect),
    ("NAMESPACE", Capability::Namespace),
    ("UTF8=ACCEPT", Capability::Utf8Accept),
    ("UTF8=ONLY", Capability::Utf8Accept),
    ("OBJECTID", Capability::ObjectId),
    ("COMPRESS=DEFLATE", Capability::Compress),
    ("NOTIFY", Capability::Notify),
    ("BINARY", Capability::Binary),
    ("APPENDLIMIT", Capability::AppendLimit),
    ("MULTIAPPEND", Capability::MultiAppend),
    ("QUOTA", Capability::Quota),
    ("STATUS=SIZE", Capability::StatusSize),
    ("UNAUTHENTICATE", Capability::Unauthenticate),
    ("X-GM-EXT-1", Capability::Gmail),
];

/// What offering one thing says of others: QRESYNC has all of CONDSTORE in it (RFC 7162 section 3.2.3).
const INCLUDED: [(Capability, &[Capability]); 2] = [
    (Capability::Qresync, &[Capability::Condstore, Capability::Enable]),
    (
        // RFC 9051 appendix E
        Capability::Imap4Rev2,
        &[
            Capability::Namespace,
            Capability::Unselect,
            Capability::UidPlus,
            Capability::Esearch,
            Capability::SearchRes,
            Capability::Enable,
            Capability::Idle,
            Capability::SaslIr,
            Capability::ListExtended,
            Capability::ListStatus,
            Capability::Move,
            Capability::LiteralMinus,
            Capability::SpecialUse,
            Capability::StatusSize,
            Capability::Binary,
        ],
    ),
];

impl Capabilities {
    /// Reads names separated by spaces, in any case; those that mean nothing to us are left out.
    pub fn read(names: &[u8]) -> Self {
        let mut read = Self::default();
        for word in names.split(|byte| *byte == b' ') {
            let (word, limit) = append_limit(word);
            read.append_limit = read.append_limit.or(limit);
            let known = NAMES.iter().find(|(name, _)| word.eq_ignore_ascii_case(name.as_bytes()));
            if let Some((_, capability)) = known {
                read.offered |= bit(*capability);
            }
        }
        for (capability, included) in INCLUDED {
            if read.has(capability) {
                read.offered |= included.iter().fold(0, |bits, included| bits | bit(*included));
            }
        }
        read
    }

    /// Whether the server offers it.
    pub const fn has(&self, capability: Capability) -> bool {
        self.offered & bit(capability) != 0
    }

    /// The names of all that is offered, each thing once.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        let offered = self.offered;
        let is_first =
            |place: usize, capability| !NAMES.iter().take(place).any(|(_, other)| *other == capability);
        let names = NAMES.iter().enumerate().filter(move |(place, (_, capability))| {
            offered & bit(*capability) != 0 && is_first(*place, *capability)
        });
        names.map(|(_, (name, _))| *name)
    }

    /// The same without this one, which is broken on this server or doesn't hold in this mailbox.
    #[must_use]
    pub const fn without(mut self, capability: Capability) -> Self {
        self.offered &= !bit(capability);
        self
    }

    /// Takes one away.
    pub const fn remove(&mut self, capability: Capability) {
        *self = self.without(capability);
    }

    /// Adds all of another set.
    pub const fn add(&mut self, other: &Self) {
        self.offered |= other.offered;
    }

    /// The same with names in UTF-8 or not: whether UTF8=ACCEPT or IMAP4rev2 was switched on (RFC 6855 section 3).
    #[must_use]
    pub const fn in_utf8(mut self, utf8: bool) -> Self {
        self.utf8 = utf8;
        self
    }

    /// Whether names of mailboxes are UTF-8 on this connection and not modified UTF-7.
    pub const fn utf8(&self) -> bool {
        self.utf8
    }

    /// The largest mail the server takes, in octets, if it says so (RFC 7889).
    pub const fn append_limit(&self) -> Option<u64> {
        self.append_limit
    }
}

const fn bit(capability: Capability) -> u64 {
    1 << capability as u32
}

/// `APPENDLIMIT=35651584`, as its name and its value.
fn append_limit(word: &[u8]) -> (&[u8], Option<u64>) {
    const NAME: usize = "APPENDLIMIT".len();
    match word.split_at_checked(NAME) {
        Some((name, [b'=', digits @ ..])) if name.eq_ignore_ascii_case(b"APPENDLIMIT") => {
            (name, std::str::from_utf8(digits).ok().and_then(|digits| digits.parse().ok()))
        }
        _ => (word, None),
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

    #[test]
    fn each_name_is_its_own_capability() {
        for (name, capability) in NAMES {
            let offered = Capabilities::read(name.as_bytes());
            assert!(offered.has(capability), "{name}");
            assert!(!offered.without(capability).has(capability), "{name}");
            let others = NAMES.iter().filter(|(_, other)| *other != capability && offered.has(*other));
            let included = INCLUDED.iter().find(|(whole, _)| *whole == capability);
            assert_eq!(others.count(), included.map_or(0, |(_, parts)| parts.len()), "{name}");
        }
    }

    #[test]
    fn the_limit_of_append_may_have_a_value() {
        for (names, has, limit) in [
            (&b"APPENDLIMIT=35651584"[..], true, Some(35_651_584)),
            (b"appendlimit", true, None),
            (b"APPENDLIMIT=", true, None),
            (b"APPENDLIMITED=3", false, None),
        ] {
            let offered = Capabilities::read(names);
            assert_eq!((offered.has(Capability::AppendLimit), offered.append_limit()), (has, limit));
        }
    }

    #[test]
    fn the_whole_has_its_parts() {
        let offered = Capabilities::read(b"IMAP4rev2");
        assert!(offered.has(Capability::Move) && offered.has(Capability::ListStatus));
        assert!(!offered.has(Capability::Condstore));
        assert!(Capabilities::read(b"QRESYNC").has(Capability::Condstore));
    }
}
