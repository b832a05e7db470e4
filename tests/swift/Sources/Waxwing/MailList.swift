import CWaxwing
import Foundation

extension Waxwing {
    /// A message in a list.
    public struct MessageRow: Identifiable, Hashable, Sendable {
        public let id: MessageID
        public let thread: ThreadID
        /// The mailbox it is listed from.
        public let mailbox: MailboxID
        /// When it was received.
        public let date: Date
        /// Bytes on the server.
        public let size: UInt64
        /// The server's number for it; `nil` while it isn't there yet.
        public let uid: UInt32?
        /// As shown: changes that wait are laid over what the server has.
        public let flags: MessageFlags
        /// In a list of conversations: how many messages this one has; else 0.
        public let threadCount: UInt32
        public let fromName: String
        public let fromAddress: String
        public let subject: String
        /// The first words; "" while the body isn't here.
        public let preview: String
        /// As on the wire: see `Tag.keyword`.
        public let keywords: [String]
        /// In a list of conversations: who wrote this one, as in a header; else "".
        public let threadAuthors: String
        /// In a list of conversations: how many messages of this one are unread; else 0.
        public let threadUnread: UInt32

        @Sendable init(_ row: waxwing_message_row) {
            id = MessageID(rawValue: row.id)
            thread = ThreadID(rawValue: row.thread)
            mailbox = MailboxID(rawValue: row.mailbox)
            date = Date(milliseconds: row.date_ms)
            size = row.size
            uid = row.uid == 0 ? nil : row.uid
            flags = MessageFlags(rawValue: row.flags)
            threadCount = row.thread_count
            (fromName, fromAddress) = (String(row.from_name), String(row.from_address))
            (subject, preview) = (String(row.subject), String(row.preview))
            keywords = String(row.keywords).split(separator: " ").map { String($0) }
            (threadAuthors, threadUnread) = (String(row.thread_authors), row.thread_unread)
        }
    }

    public struct MessageFlags: OptionSet, Hashable, Sendable {
        public let rawValue: UInt32
        public init(rawValue: UInt32) { self.rawValue = rawValue }

        public static let seen = Self(rawValue: UInt32(WAXWING_FLAG_SEEN))
        public static let answered = Self(rawValue: UInt32(WAXWING_FLAG_ANSWERED))
        public static let flagged = Self(rawValue: UInt32(WAXWING_FLAG_FLAGGED))
        public static let deleted = Self(rawValue: UInt32(WAXWING_FLAG_DELETED))
        public static let draft = Self(rawValue: UInt32(WAXWING_FLAG_DRAFT))
        public static let forwarded = Self(rawValue: UInt32(WAXWING_FLAG_FORWARDED))
        public static let junk = Self(rawValue: UInt32(WAXWING_FLAG_JUNK))
        /// A change of it is not yet on the server. Can't be set.
        public static let pending = Self(rawValue: UInt32(WAXWING_FLAG_PENDING))
        /// Can't be set.
        public static let hasAttachment = Self(rawValue: UInt32(WAXWING_FLAG_HAS_ATTACHMENT))
    }

    /// Which messages to list, newest first.
    public enum Query: Hashable, Sendable {
        case allInboxes
        case allFlagged
        case mailbox(MailboxID)
        /// Conversations, each listed as its newest message.
        case conversations(MailboxID)
        /// The same of all inboxes.
        case allConversations
        /// Those with this tag (`Tag.id`), wherever they are.
        case tagged(UInt64)
        /// A person's words: `from:ann "exact words" before:2024-05`.
        case search(String, in: Scope = .everywhere)

        public enum Scope: Hashable, Sendable {
            case everywhere
            case account(AccountID)
            case mailbox(MailboxID)
            case inboxes
            case flagged
        }
    }

    /// The window of a list at one time.
    public struct Page: Hashable, Sendable {
        public let rows: [MessageRow]
        /// How many rows the whole list has.
        public let total: UInt64
        /// The place of the first row in the whole list.
        public let first: UInt64
        /// Counts the changes of the list.
        public let generation: UInt64
    }

    /// Opens a list with a window of its first rows, 10 000 at most.
    public func list(_ query: Query, window: Int) async throws -> MailList {
        try await core.call { [core] client in
            MailList(core: core, id: try query.open(client, UInt32(clamping: window)))
        }
    }
}

extension Waxwing.Query {
    fileprivate func open(_ client: OpaquePointer, _ window: UInt32) throws -> waxwing_list_id {
        var query = waxwing_list_query()
        query.struct_size = size(of: query)
        var words = ""
        switch self {
        case .allInboxes: query.role = WAXWING_ROLE_INBOX
        case .allFlagged: query.role = WAXWING_ROLE_FLAGGED
        case .mailbox(let mailbox): query.mailbox = mailbox.rawValue
        case .conversations(let mailbox):
            (query.mailbox, query.flags) = (mailbox.rawValue, UInt32(WAXWING_LIST_THREADS))
        case .allConversations: query.flags = UInt32(WAXWING_LIST_THREADS)
        case .tagged(let tag): query.tag = tag
        case .search(let given, let scope):
            words = given
            scope.fill(&query)
        }
        var list: waxwing_list_id = 0
        try withTexts([words]) { texts in
            query.search = texts[0]
            try check(waxwing_list_open(client, &query, window, &list))
        }
        return list
    }
}

extension Waxwing {
    /// A list of messages that is on the screen: a window of it, which follows what a person reads. It is closed when it is
    /// let go.
    public final class MailList: Sendable {
        private let core: Core
        private let id: waxwing_list_id

        fileprivate init(core: Core, id: waxwing_list_id) {
            (self.core, self.id) = (core, id)
        }

        deinit {
            waxwing_list_close(core.client.raw, id)
        }

        /// The window now.
        public func page() async throws -> Page {
            try await core.call { [id] client in
                var rows: OpaquePointer?
                try check(waxwing_list_snapshot(client, id, &rows))
                defer { waxwing_rows_free(rows) }
                guard let rows else { throw WaxwingError(.internal) }
                let array = waxwing_rows_array(rows)
                return Page(
                    rows: array.map(MessageRow.init), total: array.total, first: array.first,
                    generation: array.generation)
            }
        }

        /// Moves the window: `before` rows above a message and `after` rows from it on. `nil` is the top.
        public func move(to anchor: MessageID?, before: Int = 0, after: Int) throws {
            let (before, after) = (UInt32(clamping: before), UInt32(clamping: after))
            try check(waxwing_list_move(core.client.raw, id, anchor?.rawValue ?? 0, before, after))
            core.news.tell(.list(id))
        }

        /// The window now, and again whenever the list changes or the window moves, until the client is closed. While it is
        /// suspended nothing comes.
        public var pages: Pages { Pages(list: self) }

        public struct Pages: AsyncSequence, Sendable {
            fileprivate let list: MailList

            public func makeAsyncIterator() -> Iterator {
                Iterator(list: list, changes: list.core.news.changes(of: list.id).makeAsyncIterator())
            }

            public struct Iterator: AsyncIteratorProtocol {
                fileprivate let list: MailList
                fileprivate var changes: AsyncStream<Void>.Iterator
                fileprivate var isFirst = true

                public mutating func next() async throws -> Page? {
                    while true {
                        if !isFirst, await changes.next() == nil { return nil }
                        isFirst = false
                        do {
                            return try await list.page()
                        } catch let error as WaxwingError where error.status == .wrongState {
                            continue
                        } catch let error as WaxwingError where error.status == .closed {
                            return nil
                        }
                    }
                }
            }
        }
    }
}
