//! What a server offers and how it is odd.

/// Switches of the model server. Start from a preset and change what the test is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dialect {
    /// MOVE (RFC 6851).
    pub move_: bool,
    /// UIDPLUS (RFC 4315): UID EXPUNGE, APPENDUID, COPYUID.
    pub uidplus: bool,
    /// COPYUID in the answers to COPY and MOVE; some servers with UIDPLUS leave it out.
    pub copyuid: bool,
    /// IDLE (RFC 2177).
    pub idle: bool,
    /// SPECIAL-USE attributes in LIST (RFC 6154).
    pub special_use: bool,
    /// LITERAL+ (RFC 7888).
    pub literal_plus: bool,
    /// SASL-IR (RFC 4959).
    pub sasl_ir: bool,
    /// LIST-EXTENDED and LIST-STATUS (RFC 5258, RFC 5819).
    pub list_status: bool,
    /// UNSELECT (RFC 3691).
    pub unselect: bool,
    /// ID (RFC 2971).
    pub id: bool,
    /// ENABLE (RFC 5161).
    pub enable: bool,
    /// LOGINDISABLED: LOGIN is refused, AUTHENTICATE is the only way in.
    pub login_disabled: bool,
    /// CAPABILITY as a response code in the greeting and after sign-in; without it a client has to ask.
    pub capability_codes: bool,
    /// UIDNEXT in the answer to SELECT. RFC 3501 lets a server leave it out.
    pub uidnext_in_select: bool,
    /// UID in unsolicited FETCH responses.
    pub uid_in_unsolicited: bool,
    // CONDSTORE (RFC 7162) goes here. Mailboxes and mails already have a modseq; what is missing is MODSEQ in FETCH,
    // SEARCH and STATUS, CHANGEDSINCE, UNCHANGEDSINCE and HIGHESTMODSEQ.
}

impl Dialect {
    /// Everything the model can do.
    pub fn full() -> Self {
        Self {
            move_: true,
            uidplus: true,
            copyuid: true,
            idle: true,
            special_use: true,
            literal_plus: true,
            sasl_ir: true,
            list_status: true,
            unselect: true,
            id: true,
            enable: true,
            login_disabled: false,
            capability_codes: true,
            uidnext_in_select: true,
            uid_in_unsolicited: true,
        }
    }

    /// RFC 3501 and nothing else.
    pub fn bare_rfc3501() -> Self {
        Self {
            move_: false,
            uidplus: false,
            copyuid: false,
            idle: false,
            special_use: false,
            literal_plus: false,
            sasl_ir: false,
            list_status: false,
            unselect: false,
            id: false,
            enable: false,
            login_disabled: false,
            capability_codes: false,
            uidnext_in_select: true,
            uid_in_unsolicited: false,
        }
    }

    /// All but MOVE: moving is COPY, STORE and UID EXPUNGE.
    pub fn no_move() -> Self {
        Self { move_: false, ..Self::full() }
    }

    /// Neither MOVE nor UIDPLUS: there is no way to expunge one mail alone.
    pub fn no_uidplus() -> Self {
        Self { move_: false, uidplus: false, copyuid: false, ..Self::full() }
    }

    /// The CAPABILITY list.
    pub(super) fn capabilities(&self, signed_in: bool) -> String {
        let mut list = vec!["IMAP4rev1"];
        let mut offer = |on: bool, name: &'static str| {
            if on {
                list.push(name);
            }
        };
        if !signed_in {
            offer(true, "AUTH=PLAIN");
            offer(self.login_disabled, "LOGINDISABLED");
        }
        offer(self.sasl_ir, "SASL-IR");
        offer(self.literal_plus, "LITERAL+");
        offer(self.id, "ID");
        offer(self.enable, "ENABLE");
        offer(self.idle, "IDLE");
        offer(self.unselect, "UNSELECT");
        offer(self.uidplus, "UIDPLUS");
        offer(self.move_, "MOVE");
        offer(self.special_use, "SPECIAL-USE");
        offer(self.list_status, "LIST-EXTENDED");
        offer(self.list_status, "LIST-STATUS");
        list.join(" ")
    }
}
