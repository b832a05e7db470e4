import CWaxwing
import Foundation

extension Waxwing {
    /// A change to mail. Once an app has it, it is shown, and kept even if the app ends; the server gets it when it can be
    /// reached.
    public struct Change: Sendable {
        let ticket: Ticket

        public var id: OperationID { OperationID(rawValue: ticket.request) }

        /// Waits until the server has agreed. Most apps need not: `Event.changeRefused` tells if it didn't. A task that is
        /// cancelled only stops waiting; the change is taken back by `undo`.
        public func agreed() async throws {
            _ = try await ticket.answerUnlessCancelled().of(WAXWING_EVENT_DONE)
        }
    }

    /// A change that the server has not agreed to, or the part of it that is of one kind.
    public struct QueueRow: Hashable, Sendable {
        public let id: OperationID
        public let account: AccountID
        public let kind: Kind
        public let state: State
        /// How many messages, or mailboxes, it concerns.
        public let messages: UInt64
        public let tries: UInt32
        /// Why it was refused.
        public let refusal: WaxwingError.Status?
        /// When it is tried next; `nil`: as soon as it can be.
        public let nextTry: Date?
        /// One of the messages.
        public let message: MessageID?
        /// The mailbox it leads to, or takes place in.
        public let mailbox: MailboxID?

        public struct Kind: RawRepresentable, Hashable, Sendable {
            public let rawValue: Int32
            public init(rawValue: Int32) { self.rawValue = rawValue }

            public static let flags = Self(rawValue: WAXWING_QUEUE_KIND_FLAGS)
            public static let move = Self(rawValue: WAXWING_QUEUE_KIND_MOVE)
            public static let copy = Self(rawValue: WAXWING_QUEUE_KIND_COPY)
            public static let deleteForever = Self(rawValue: WAXWING_QUEUE_KIND_DELETE)
            public static let append = Self(rawValue: WAXWING_QUEUE_KIND_APPEND)
            public static let createMailbox = Self(rawValue: WAXWING_QUEUE_KIND_CREATE_MAILBOX)
            public static let renameMailbox = Self(rawValue: WAXWING_QUEUE_KIND_RENAME_MAILBOX)
            public static let deleteMailbox = Self(rawValue: WAXWING_QUEUE_KIND_DELETE_MAILBOX)
            public static let subscribe = Self(rawValue: WAXWING_QUEUE_KIND_SUBSCRIBE)
            public static let send = Self(rawValue: WAXWING_QUEUE_KIND_SEND)
            public static let keywords = Self(rawValue: WAXWING_QUEUE_KIND_KEYWORDS)
        }

        public struct State: RawRepresentable, Hashable, Sendable {
            public let rawValue: Int32
            public init(rawValue: Int32) { self.rawValue = rawValue }

            public static let waiting = Self(rawValue: WAXWING_QUEUE_STATE_WAITING)
            public static let running = Self(rawValue: WAXWING_QUEUE_STATE_RUNNING)
            /// It was sent and the answer was lost: found out before anything else.
            public static let uncertain = Self(rawValue: WAXWING_QUEUE_STATE_UNSURE)
            /// Until it is tried again or let go.
            public static let refused = Self(rawValue: WAXWING_QUEUE_STATE_REFUSED)
        }

        @Sendable init(_ row: waxwing_queue_row) {
            id = OperationID(rawValue: row.id)
            account = AccountID(rawValue: row.account)
            (kind, state) = (Kind(rawValue: row.kind), State(rawValue: row.state))
            (messages, tries) = (row.messages, row.tries)
            refusal = row.last_status == WAXWING_OK ? nil : .init(rawValue: row.last_status)
            nextTry = Date(known: row.next_try_ms)
            (message, mailbox) = (MessageID(some: row.message_id), MailboxID(some: row.mailbox))
        }
    }

    /// Sets and clears flags of messages of one account.
    public func setFlags(
        of messages: [MessageID], adding: MessageFlags = [], removing: MessageFlags = []
    ) async throws -> Change {
        try await core.change { client, operation in
            withIDs(messages) {
                waxwing_messages_set_flags(client, $0, adding.rawValue, removing.rawValue, &operation)
            }
        }
    }

    /// Gives messages of one account keywords (atoms of IMAP) and takes others away.
    public func setKeywords(
        of messages: [MessageID], adding: [String] = [], removing: [String] = []
    ) async throws -> Change {
        try await core.change { client, operation in
            withIDs(messages) { ids in
                withTexts([adding.joined(separator: " "), removing.joined(separator: " ")]) {
                    waxwing_messages_set_keywords(client, ids, $0[0], $0[1], &operation)
                }
            }
        }
    }

    /// A tag in use.
    public struct Tag: Hashable, Sendable {
        public let id: UInt64
        /// How many messages have it, without those in trash and junk.
        public let messages: UInt64
        /// On the wire.
        public let keyword: String
        /// What a person calls it.
        public let title: String

        @Sendable init(_ row: waxwing_tag_row) {
            (id, messages) = (row.id, row.messages)
            (keyword, title) = (String(row.keyword), String(row.title))
        }
    }

    /// The tags that messages have, by what they are called.
    public func tags() async throws -> [Tag] {
        try await core.rows(Tag.init) { waxwing_tags_snapshot($0, &$1) }
    }

    /// Makes messages of one conversation a conversation of their own, on this device alone. `undo` takes it back.
    public func splitConversation(_ messages: [MessageID]) async throws -> Change {
        try await core.change { client, operation in
            withIDs(messages) { waxwing_conversation_split(client, $0, &operation) }
        }
    }

    /// Makes the conversations of these messages of one account one, on this device alone. `undo` takes it back.
    public func joinConversations(_ messages: [MessageID]) async throws -> Change {
        try await core.change { client, operation in
            withIDs(messages) { waxwing_conversations_join(client, $0, &operation) }
        }
    }

    /// Moves messages of one account to a mailbox, of another account too.
    public func move(_ messages: [MessageID], to mailbox: MailboxID) async throws -> Change {
        try await core.change { client, operation in
            withIDs(messages) { waxwing_messages_move(client, $0, mailbox.rawValue, &operation) }
        }
    }

    /// Makes a second message of each in a mailbox.
    public func copy(_ messages: [MessageID], to mailbox: MailboxID) async throws -> Change {
        try await core.change { client, operation in
            withIDs(messages) { waxwing_messages_copy(client, $0, mailbox.rawValue, &operation) }
        }
    }

    /// Moves messages to their account's archive, which is made if there is none.
    public func archive(_ messages: [MessageID]) async throws -> Change {
        try await core.change { client, operation in
            withIDs(messages) { waxwing_messages_archive(client, $0, &operation) }
        }
    }

    /// Moves messages to their account's trash, which is made if there is none.
    public func trash(_ messages: [MessageID]) async throws -> Change {
        try await core.change { client, operation in
            withIDs(messages) { waxwing_messages_trash(client, $0, &operation) }
        }
    }

    /// Expunges exactly these messages. There is no undo.
    public func deleteForever(_ messages: [MessageID]) async throws -> Change {
        try await core.change { client, operation in
            withIDs(messages) { waxwing_messages_delete_forever(client, $0, &operation) }
        }
    }

    /// Hands a message (RFC 5322) over to the server, into this mailbox.
    public func append(
        _ message: Data, to mailbox: MailboxID, flags: MessageFlags = [], date: Date = .now
    ) async throws -> Change {
        try await core.change { client, operation in
            withBytes(message) {
                waxwing_message_append(
                    client, mailbox.rawValue, $0, flags.rawValue, date.milliseconds, &operation)
            }
        }
    }

    /// Sends a finished message (RFC 5322) once, after `hold` (an hour at most): until its end is on its way `undo` takes it back.
    /// To, Cc and Bcc say who gets it; Bcc is not sent. It is kept in the account's sent messages. `agreed` ends with a timeout
    /// when it can't be known whether it was sent: then only `retry` sends it again.
    public func send(
        _ message: Data, from account: AccountID, hold: Duration = .zero
    ) async throws -> Change {
        let hold = UInt32(clamping: hold.milliseconds)
        return try await core.change { client, operation in
            withBytes(message) { waxwing_send_raw(client, account.rawValue, $0, hold, &operation) }
        }
    }

    /// Takes back a change: unsent, it is dropped; sent, its inverse is made. `wrongState`: it can't be undone.
    public func undo(_ operation: OperationID) async throws -> Change {
        try await core.change { waxwing_operation_undo($0, operation.rawValue, &$1) }
    }

    /// What waits for the server, and what it refused, account by account, oldest first.
    public func queue() async throws -> [QueueRow] {
        try await core.rows(QueueRow.init) { waxwing_queue_snapshot($0, &$1) }
    }

    /// Tries a change now: one that waits, without more waiting; one that was refused, anew.
    public func retry(_ operation: OperationID) async throws -> Change {
        try await core.change { waxwing_queue_retry($0, operation.rawValue, &$1) }
    }

    /// Lets a change go: its effect here is taken back, or its refusal is no longer listed.
    public func discard(_ operation: OperationID) async throws -> Change {
        try await core.change { waxwing_queue_discard($0, operation.rawValue, &$1) }
    }
}
