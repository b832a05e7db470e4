//! Servers there are, as far as their ways differ from the RFCs or from each other.

use super::Dialect;

impl Dialect {
    /// Every preset by its name: for tests that go through all kinds of servers.
    pub fn all() -> [(&'static str, Self); 15] {
        [
            ("full", Self::full()),
            ("bare RFC 3501", Self::bare_rfc3501()),
            ("no MOVE", Self::no_move()),
            ("no UIDPLUS", Self::no_uidplus()),
            ("no CONDSTORE", Self::no_condstore()),
            ("CONDSTORE only", Self::condstore_only()),
            ("Gmail", Self::gmail()),
            ("iCloud", Self::icloud()),
            ("Exchange", Self::exchange()),
            ("Yahoo", Self::yahoo()),
            ("Courier", Self::courier()),
            ("NetEase", Self::netease()),
            ("QQ", Self::qq()),
            ("Zoho", Self::zoho()),
            ("Cyrus", Self::cyrus()),
        ]
    }

    /// All but MOVE: moving is COPY, STORE and UID EXPUNGE.
    pub fn no_move() -> Self {
        Self { move_: false, ..Self::full() }
    }

    /// Neither MOVE nor UIDPLUS: there is no way to expunge one mail alone.
    pub fn no_uidplus() -> Self {
        Self { move_: false, uidplus: false, copyuid: false, ..Self::full() }
    }

    /// CONDSTORE without QRESYNC: what vanished has to be found out.
    pub fn condstore_only() -> Self {
        Self { qresync: false, ..Self::full() }
    }

    /// CONDSTORE and QRESYNC, both as the RFC has them: Dovecot, Cyrus, Fastmail.
    pub fn qresync() -> Self {
        Self::full()
    }

    /// Neither CONDSTORE nor QRESYNC, and all the rest.
    pub fn no_condstore() -> Self {
        Self { condstore: false, qresync: false, ..Self::full() }
    }

    /// Gmail: labels are mailboxes; CONDSTORE, but neither QRESYNC nor BINARY, OBJECTID or ESEARCH RETURN (SAVE).
    pub fn gmail() -> Self {
        Self {
            gmail: true,
            qresync: false,
            searchres: false,
            objectid: false,
            binary: false,
            multiappend: false,
            status_size: false,
            create_special_use: false,
            literal_plus: false,
            literal_minus: true,
            xoauth2: true,
            oauthbearer: true,
            append_limit: Some(35_651_584),
            ..Self::full()
        }
    }

    /// iCloud: no MOVE, SPECIAL-USE or LITERAL+; QRESYNC tells of mails that are there that they vanished.
    pub fn icloud() -> Self {
        Self {
            move_: false,
            special_use: false,
            create_special_use: false,
            literal_plus: false,
            searchres: false,
            objectid: false,
            binary: false,
            compress: false,
            false_vanished: true,
            ..Self::full()
        }
    }

    /// Microsoft 365 and Exchange: neither CONDSTORE nor ESEARCH, LIST-STATUS, COMPRESS, SPECIAL-USE; drops connections
    /// near 50 pipelined commands, spoils parts of bodies, sometimes answers FETCH with nothing.
    pub fn exchange() -> Self {
        Self {
            move_: true,
            uidplus: true,
            copyuid: true,
            idle: true,
            unselect: true,
            id: true,
            namespace: true,
            literal_plus: true,
            sasl_ir: true,
            xoauth2: true,
            no_new_keywords: true,
            max_pipelined: Some(50),
            partial_corrupts: true,
            forgets_fetch_every: Some(7),
            ..Self::bare_rfc3501()
        }
    }

    /// Yahoo and AOL: neither IDLE nor CONDSTORE; lines of at most 1000 octets.
    pub fn yahoo() -> Self {
        Self {
            move_: true,
            uidplus: true,
            copyuid: true,
            special_use: true,
            id: true,
            namespace: true,
            sasl_ir: true,
            xoauth2: true,
            oauthbearer: true,
            capability_codes: true,
            max_line: Some(1000),
            ..Self::bare_rfc3501()
        }
    }

    /// Courier: neither MOVE, CONDSTORE nor SASL-IR; every mailbox is below `INBOX.` and listed twice.
    pub fn courier() -> Self {
        Self {
            uidplus: true,
            copyuid: true,
            idle: true,
            namespace: true,
            capability_codes: true,
            delimiter: '.',
            prefix: "INBOX.",
            lists_twice: true,
            fetch_of_zero: true,
            ..Self::bare_rfc3501()
        }
    }

    /// NetEase (163, 126, 188): SELECT is refused until ID came after sign-in.
    pub fn netease() -> Self {
        Self {
            id: true,
            uidplus: true,
            copyuid: true,
            idle: true,
            select_needs_id: true,
            ..Self::bare_rfc3501()
        }
    }

    /// QQ: a space before the bracket that ends a FETCH.
    pub fn qq() -> Self {
        Self {
            id: true,
            uidplus: true,
            copyuid: true,
            idle: true,
            space_before_bracket: true,
            ..Self::bare_rfc3501()
        }
    }

    /// Zoho: offers CONDSTORE and tells every mod-sequence as -1.
    pub fn zoho() -> Self {
        Self {
            modseq_minus_one: true,
            qresync: false,
            searchres: false,
            objectid: false,
            binary: false,
            compress: false,
            ..Self::full()
        }
    }

    /// Cyrus: LOGINDISABLED is still listed after sign-in; IMAP4rev2 and SCRAM beside the rest.
    pub fn cyrus() -> Self {
        Self {
            rev2: true,
            login_disabled_after: true,
            scram_sha_256: true,
            scram_sha_1: true,
            scram_plus: true,
            ..Self::full()
        }
    }
}
