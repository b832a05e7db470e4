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
    /// PERMANENTFLAGS comes without `\*`: keywords that no mail of the mailbox has are not kept.
    pub no_new_keywords: bool,
    /// And a STORE of one is answered NO, instead of without a word.
    pub refuses_new_keywords: bool,
    /// UID in unsolicited FETCH responses.
    pub uid_in_unsolicited: bool,
    /// CONDSTORE (RFC 7162): HIGHESTMODSEQ, MODSEQ, CHANGEDSINCE, UNCHANGEDSINCE.
    pub condstore: bool,
    /// QRESYNC (RFC 7162). Needs `condstore` and `enable`.
    pub qresync: bool,
    /// Old expunges are forgotten: QRESYNC is answered with all UIDs that aren't there, whenever they went.
    pub forgetful_expunges: bool,
    /// QRESYNC tells of every third mail that it vanished, though it is there: iCloud.
    pub false_vanished: bool,
    /// Every mod-sequence is told as -1: Zoho.
    pub modseq_minus_one: bool,
    /// ESEARCH (RFC 4731): SEARCH RETURN.
    pub esearch: bool,
    /// SEARCHRES (RFC 5182): `$`. Needs `esearch`.
    pub searchres: bool,
    /// Numbers in SEARCH come in no order.
    pub unsorted_search: bool,
    /// STATUS=SIZE (RFC 8438).
    pub status_size: bool,
    /// CREATE-SPECIAL-USE (RFC 6154).
    pub create_special_use: bool,
    /// NAMESPACE (RFC 2342).
    pub namespace: bool,
    /// What parts the levels of a mailbox's name on the wire. The store has `/`.
    pub delimiter: char,
    /// What every mailbox's name but INBOX begins with on the wire, such as `INBOX.`. The store leaves it out.
    pub prefix: &'static str,
    /// LIST and LSUB name each mailbox twice: Courier.
    pub lists_twice: bool,
    /// LITERAL- (RFC 7888) instead of LITERAL+: at most 4096 octets unasked.
    pub literal_minus: bool,
    /// MULTIAPPEND (RFC 3502).
    pub multiappend: bool,
    /// APPENDLIMIT (RFC 7889): a larger mail is refused with TOOBIG.
    pub append_limit: Option<usize>,
    /// An account that would hold more octets than this is OVERQUOTA (RFC 9208).
    pub quota: Option<usize>,
    /// OBJECTID (RFC 8474): EMAILID, THREADID, MAILBOXID.
    pub objectid: bool,
    /// BINARY (RFC 3516).
    pub binary: bool,
    /// COMPRESS=DEFLATE (RFC 4978).
    pub compress: bool,
    /// NOTIFY (RFC 5465).
    pub notify: bool,
    /// IMAP4rev2 (RFC 9051) beside IMAP4rev1: once enabled, no RECENT, LIST in SELECT, ESEARCH for SEARCH.
    pub rev2: bool,
    /// AUTHENTICATE PLAIN (RFC 4616).
    pub plain: bool,
    /// AUTHENTICATE SCRAM-SHA-256 (RFC 7677).
    pub scram_sha_256: bool,
    /// AUTHENTICATE SCRAM-SHA-1 (RFC 5802).
    pub scram_sha_1: bool,
    /// The same with -PLUS behind the name, bound to the TLS connection. Only where connections are opened with
    /// [`Connection::open_bound`], as [`crate::serve`] does.
    ///
    /// [`Connection::open_bound`]: super::Connection::open_bound
    pub scram_plus: bool,
    /// AUTHENTICATE XOAUTH2, with the account's token.
    pub xoauth2: bool,
    /// AUTHENTICATE OAUTHBEARER (RFC 7628), with the account's token.
    pub oauthbearer: bool,
    /// X-GM-EXT-1: X-GM-MSGID, X-GM-THRID, X-GM-LABELS. The account is to be one of [`Mailstore::make_gmail`].
    ///
    /// [`Mailstore::make_gmail`]: super::Mailstore::make_gmail
    pub gmail: bool,
    /// LOGINDISABLED is still listed after sign-in: Cyrus.
    pub login_disabled_after: bool,
    /// SELECT is refused until ID came after sign-in: NetEase (163, 126, 188).
    pub select_needs_id: bool,
    /// A space before the bracket that ends a FETCH: QQ.
    pub space_before_bracket: bool,
    /// EXPUNGE is followed by a FETCH of message 0, which there is none of: Courier.
    pub fetch_of_zero: bool,
    /// EXPUNGE, EXISTS and changed flags are told in the middle of a UID FETCH instead of behind it. RFC 9051 allows it.
    pub changes_amid_fetch: bool,
    /// A command line longer than this closes the connection: Yahoo.
    pub max_line: Option<usize>,
    /// More commands than this without reading their answers close the connection: Exchange.
    pub max_pipelined: Option<usize>,
    /// A part of a body that doesn't begin at 0 begins one octet too early: Exchange.
    pub partial_corrupts: bool,
    /// A part of a body is never longer than this, however much was asked for.
    pub longest_partial: Option<usize>,
    /// Sizes of parts in BODYSTRUCTURE are off by this.
    pub part_sizes_off: isize,
    /// One FETCH of so many is answered `OK FETCH completed` without data: Exchange.
    pub forgets_fetch_every: Option<u64>,
}

impl Dialect {
    /// Everything the model can do, but for Gmail's ways, IMAP4rev2, NOTIFY and ways to sign in other than PLAIN.
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
            capability_codes: true,
            uid_in_unsolicited: true,
            condstore: true,
            qresync: true,
            esearch: true,
            searchres: true,
            status_size: true,
            create_special_use: true,
            namespace: true,
            multiappend: true,
            objectid: true,
            binary: true,
            compress: true,
            ..Self::bare_rfc3501()
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
            no_new_keywords: false,
            refuses_new_keywords: false,
            uid_in_unsolicited: false,
            condstore: false,
            qresync: false,
            forgetful_expunges: false,
            false_vanished: false,
            modseq_minus_one: false,
            esearch: false,
            searchres: false,
            unsorted_search: false,
            status_size: false,
            create_special_use: false,
            namespace: false,
            delimiter: '/',
            prefix: "",
            lists_twice: false,
            literal_minus: false,
            multiappend: false,
            append_limit: None,
            quota: None,
            objectid: false,
            binary: false,
            compress: false,
            notify: false,
            rev2: false,
            plain: true,
            scram_sha_256: false,
            scram_sha_1: false,
            scram_plus: false,
            xoauth2: false,
            oauthbearer: false,
            gmail: false,
            login_disabled_after: false,
            select_needs_id: false,
            space_before_bracket: false,
            fetch_of_zero: false,
            changes_amid_fetch: false,
            max_line: None,
            max_pipelined: None,
            partial_corrupts: false,
            longest_partial: None,
            part_sizes_off: 0,
            forgets_fetch_every: None,
        }
    }

    /// The CAPABILITY list.
    pub(super) fn capabilities(&self, signed_in: bool) -> String {
        let mut list = vec!["IMAP4rev1".to_owned()];
        let mut offer = |on: bool, name: &str| {
            if on {
                list.push(name.to_owned());
            }
        };
        offer(self.rev2, "IMAP4rev2");
        if !signed_in {
            offer(self.plain, "AUTH=PLAIN");
            offer(self.scram_sha_256 && self.scram_plus, "AUTH=SCRAM-SHA-256-PLUS");
            offer(self.scram_sha_256, "AUTH=SCRAM-SHA-256");
            offer(self.scram_sha_1 && self.scram_plus, "AUTH=SCRAM-SHA-1-PLUS");
            offer(self.scram_sha_1, "AUTH=SCRAM-SHA-1");
            offer(self.xoauth2, "AUTH=XOAUTH2");
            offer(self.oauthbearer, "AUTH=OAUTHBEARER");
        }
        offer(self.login_disabled && !signed_in || self.login_disabled_after && signed_in, "LOGINDISABLED");
        offer(self.sasl_ir, "SASL-IR");
        offer(self.literal_plus, "LITERAL+");
        offer(self.literal_minus && !self.literal_plus, "LITERAL-");
        offer(self.id, "ID");
        offer(self.enable, "ENABLE");
        offer(self.idle, "IDLE");
        offer(self.namespace, "NAMESPACE");
        offer(self.unselect, "UNSELECT");
        offer(self.uidplus, "UIDPLUS");
        offer(self.move_, "MOVE");
        offer(self.special_use, "SPECIAL-USE");
        offer(self.create_special_use, "CREATE-SPECIAL-USE");
        offer(self.list_status, "LIST-EXTENDED");
        offer(self.list_status, "LIST-STATUS");
        offer(self.status_size, "STATUS=SIZE");
        offer(self.condstore, "CONDSTORE");
        offer(self.qresync, "QRESYNC");
        offer(self.esearch, "ESEARCH");
        offer(self.searchres, "SEARCHRES");
        offer(self.multiappend, "MULTIAPPEND");
        offer(self.objectid, "OBJECTID");
        offer(self.binary, "BINARY");
        offer(self.compress, "COMPRESS=DEFLATE");
        offer(self.notify, "NOTIFY");
        offer(self.gmail, "X-GM-EXT-1");
        offer(self.quota.is_some(), "QUOTA");
        // What Yahoo, which reads short lines alone, is known by.
        offer(self.max_line.is_some(), "XYMHIGHESTMODSEQ");
        if let Some(limit) = self.append_limit {
            offer(true, &format!("APPENDLIMIT={limit}"));
        }
        list.join(" ")
    }

    /// How large a literal may be that comes without having been asked for; 0 for none.
    pub(super) fn nonsync_literals(&self) -> usize {
        match (self.literal_plus, self.literal_minus) {
            (true, _) => usize::MAX,
            (false, true) => 4096,
            (false, false) => 0,
        }
    }

    /// A mailbox's name as on the wire.
    pub(super) fn name_on_wire(&self, name: &str) -> String {
        let levels = name.replace('/', &self.delimiter.to_string());
        if self.prefix.is_empty() || name == "INBOX" { levels } else { format!("{}{levels}", self.prefix) }
    }

    /// The same the other way. A name without the prefix becomes one that begins with `/`, which no mailbox has.
    pub(super) fn name_in_store(&self, name: &str) -> String {
        let levels = |name: &str| name.replace(self.delimiter, "/");
        if self.prefix.is_empty() || name.eq_ignore_ascii_case("INBOX") {
            return levels(name);
        }
        let start = name.get(..self.prefix.len()).filter(|start| start.eq_ignore_ascii_case(self.prefix));
        match start {
            Some(_) => levels(&name[self.prefix.len()..]),
            None => format!("/{name}"),
        }
    }
}
