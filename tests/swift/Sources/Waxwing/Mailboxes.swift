import CWaxwing

extension Waxwing {
    /// A mailbox with its counts; changes that wait count as done.
    public struct Mailbox: Identifiable, Hashable, Sendable {
        public let id: MailboxID
        /// The mailbox it is in; `nil` at the top.
        public let parent: MailboxID?
        public let account: AccountID
        /// The last part of its path. INBOX is left to the app to name.
        public let name: String
        /// The whole path, with the server's delimiter.
        public let path: String
        /// 0 at the top.
        public let depth: UInt32
        public let role: Role
        public let flags: Flags
        public let total: UInt64
        public let unread: UInt64

        public struct Flags: OptionSet, Hashable, Sendable {
            public let rawValue: UInt32
            public init(rawValue: UInt32) { self.rawValue = rawValue }

            /// It can hold messages.
            public static let selectable = Self(rawValue: UInt32(WAXWING_MAILBOX_SELECTABLE))
            public static let hasChildren = Self(rawValue: UInt32(WAXWING_MAILBOX_HAS_CHILDREN))
        }

        @Sendable init(_ row: waxwing_mailbox_row) {
            id = MailboxID(rawValue: row.id)
            parent = MailboxID(some: row.parent)
            account = AccountID(rawValue: row.account)
            name = String(row.name)
            path = String(row.path)
            depth = row.depth
            role = Role(rawValue: row.role)
            flags = Flags(rawValue: row.flags)
            (total, unread) = (row.total, row.unread)
        }
    }

    /// What a mailbox is for (RFC 6154).
    public struct Role: RawRepresentable, Hashable, Sendable {
        public let rawValue: Int32
        public init(rawValue: Int32) { self.rawValue = rawValue }

        public static let none = Self(rawValue: WAXWING_ROLE_NONE)
        public static let inbox = Self(rawValue: WAXWING_ROLE_INBOX)
        public static let sent = Self(rawValue: WAXWING_ROLE_SENT)
        public static let drafts = Self(rawValue: WAXWING_ROLE_DRAFTS)
        public static let trash = Self(rawValue: WAXWING_ROLE_TRASH)
        public static let junk = Self(rawValue: WAXWING_ROLE_JUNK)
        public static let archive = Self(rawValue: WAXWING_ROLE_ARCHIVE)
        /// Everything: Gmail's All Mail.
        public static let all = Self(rawValue: WAXWING_ROLE_ALL)
        /// A view of all flagged messages.
        public static let flagged = Self(rawValue: WAXWING_ROLE_FLAGGED)
    }

    /// The mailboxes of an account, or of all, account by account, roles first, then by path.
    public func mailboxes(of account: AccountID? = nil) async throws -> [Mailbox] {
        try await core.rows(Mailbox.init) { waxwing_mailboxes_snapshot($0, account?.rawValue ?? 0, &$1) }
    }

    /// Makes a mailbox at this path (with the server's delimiter).
    public func createMailbox(_ path: String, in account: AccountID, role: Role = .none) async throws -> Change {
        try await core.change { client, operation in
            withTexts([path]) {
                waxwing_mailbox_create(client, account.rawValue, $0[0], role.rawValue, &operation)
            }
        }
    }

    /// Gives a mailbox, and with it those below it, another path.
    public func rename(_ mailbox: MailboxID, to path: String) async throws -> Change {
        try await core.change { client, operation in
            withTexts([path]) { waxwing_mailbox_rename(client, mailbox.rawValue, $0[0], &operation) }
        }
    }

    /// Deletes a mailbox with all messages in it. There is no undo once it was sent.
    public func delete(_ mailbox: MailboxID) async throws -> Change {
        try await core.change { waxwing_mailbox_delete($0, mailbox.rawValue, &$1) }
    }

    public func setSubscribed(_ subscribed: Bool, to mailbox: MailboxID) async throws -> Change {
        try await core.change { waxwing_mailbox_set_subscribed($0, mailbox.rawValue, subscribed, &$1) }
    }

    /// Sets the seen flag of exactly the messages that are unread now.
    public func markAllRead(in mailbox: MailboxID) async throws -> Change {
        try await core.change { waxwing_mailbox_mark_all_read($0, mailbox.rawValue, &$1) }
    }

    /// Says what a mailbox is for, which goes over what the server says.
    public func setRole(_ role: Role, of mailbox: MailboxID) async throws {
        _ = try await core.request(WAXWING_EVENT_DONE) {
            waxwing_mailbox_set_role($0, mailbox.rawValue, role.rawValue, &$1)
        }
    }

    /// Brings one mailbox up to date now.
    @discardableResult
    public func sync(_ mailbox: MailboxID) async throws -> SyncCounts {
        try await core.request(WAXWING_EVENT_SYNC_DONE) {
            waxwing_mailbox_sync($0, mailbox.rawValue, &$1)
        }.counts
    }

    /// Names the mailbox on the screen: it is kept freshest.
    public func show(_ mailbox: MailboxID) async throws {
        _ = try await core.request(WAXWING_EVENT_DONE) { waxwing_mailbox_show($0, mailbox.rawValue, &$1) }
    }

    public func setOffline(_ offline: Offline, for mailbox: MailboxID) async throws {
        _ = try await core.request(WAXWING_EVENT_DONE) {
            waxwing_mailbox_set_offline($0, mailbox.rawValue, offline.days, &$1)
        }
    }
}
