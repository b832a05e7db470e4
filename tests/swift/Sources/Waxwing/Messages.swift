import CWaxwing
import Foundation

extension Waxwing {
    /// An opened message. Its bytes are held once, by the library.
    public final class Message: Sendable {
        private let pointer: Pointer
        /// As in a list.
        public let row: MessageRow
        /// The text to read; of mail that is HTML alone its text. "" while the body isn't here.
        public let text: String
        /// Made fit to be shown; a picture `waxwing-part:N` is the part N. "" unless `.html` was asked for.
        public let html: String
        /// Addresses as `Name <local@domain>`, parted by ", ".
        public let from, to, cc, bcc, replyTo: String
        /// Its Message-ID; "" if none.
        public let messageID: String
        /// An https or mailto address to unsubscribe at, for a link; "" if none.
        public let unsubscribeURL: String
        /// How its mailing list is left, and the address that this leads to, which a person sees first; "" if it is of none.
        public let unsubscribeWay: UnsubscribeWay
        public let unsubscribeAddress: String
        /// Who asks to be told that it was read, and isn't; "": nobody.
        public let receiptTo: String
        /// Why `.spoof` is among its marks.
        public let pretences: Pretences
        public let invitation: Invitation?
        /// Its pictures on the network, which `fetchPictures` asks for; none unless `.html` was asked for.
        public let pictures: [String]
        /// Who would be told that it was opened, and isn't; none unless `.html` was asked for.
        public let trackers: [String]
        /// What the receiving server found of where it comes from: a hint.
        public let authentication: Authentication
        /// When its author says it was written.
        public let written: Date?
        public let marks: Marks
        /// Files that are attached, or shown within the text.
        public let parts: [Part]
        /// All fields, in order; none unless `.headers` was asked for.
        public let headers: [Header]
        /// What the HTML would have loaded over the network.
        public let blocked: [String]

        /// It makes no sense; what could be read is shown.
        public var isDamaged: Bool { marks.contains(.damaged) }
        public var isTextFromHTML: Bool { marks.contains(.textFromHTML) }

        /// Takes over the library's message.
        init?(taking message: OpaquePointer) {
            guard let view = waxwing_message_view_get(message)?.pointee, let row = view.row else {
                waxwing_message_free(message)
                return nil
            }
            pointer = Pointer(raw: message)
            self.row = MessageRow(row.pointee)
            (text, html) = (String(view.text), String(view.html))
            (from, to) = (String(view.from), String(view.to))
            (cc, bcc, replyTo) = (String(view.cc), String(view.bcc), String(view.reply_to))
            (messageID, unsubscribeURL) = (String(view.message_id_header), String(view.list_unsubscribe_url))
            unsubscribeWay = UnsubscribeWay(rawValue: view.unsubscribe_way)
            (unsubscribeAddress, receiptTo) = (String(view.unsubscribe_url), String(view.receipt_to))
            pretences = Pretences(rawValue: view.pretences)
            invitation = waxwing_message_invitation(message).map { Invitation($0.pointee, of: message) }
            pictures = waxwing_message_images(message).map { (row: waxwing_remote_row) in String(row.url) }
            trackers = waxwing_message_trackers(message).map { (row: waxwing_tracker_row) in String(row.name) }
            authentication = Authentication(rawValue: view.auth_result)
            written = Date(known: view.written_ms)
            marks = Marks(rawValue: view.flags)
            parts = waxwing_message_parts(message).map(Part.init)
            headers = waxwing_message_headers(message).map(Header.init)
            blocked = waxwing_message_remote(message).map { (row: waxwing_remote_row) in String(row.url) }
        }

        deinit {
            waxwing_message_free(pointer.raw)
        }

        /// The raw bytes (RFC 5322), as on the server; none while the body isn't here. They aren't copied, and keep the
        /// message.
        public var raw: Data {
            let bytes = waxwing_message_bytes(pointer.raw)
            guard let start = bytes.ptr, bytes.len > 0 else { return Data() }
            return Data(
                bytesNoCopy: UnsafeMutableRawPointer(mutating: start), count: bytes.len,
                deallocator: .custom { [self] _, _ in withExtendedLifetime(self) {} })
        }
    }

    /// What is wanted of a message. `remoteImages`: pictures by https stay in its HTML.
    public struct Load: OptionSet, Sendable {
        public let rawValue: UInt32
        public init(rawValue: UInt32) { self.rawValue = rawValue }
        public static let text = Load(rawValue: UInt32(WAXWING_LOAD_TEXT))
        public static let html = Load(rawValue: UInt32(WAXWING_LOAD_HTML))
        public static let remoteImages = Load(rawValue: UInt32(WAXWING_LOAD_REMOTE_IMAGES))
        public static let headers = Load(rawValue: UInt32(WAXWING_LOAD_HEADERS))
    }

    /// What a message is, beside what is to be read of it.
    public struct Marks: OptionSet, Hashable, Sendable {
        public let rawValue: UInt32
        public init(rawValue: UInt32) { self.rawValue = rawValue }
        public static let damaged = Marks(rawValue: UInt32(WAXWING_MESSAGE_DAMAGED))
        public static let textFromHTML = Marks(rawValue: UInt32(WAXWING_MESSAGE_TEXT_FROM_HTML))
        public static let signed = Marks(rawValue: UInt32(WAXWING_MESSAGE_SIGNED))
        public static let encrypted = Marks(rawValue: UInt32(WAXWING_MESSAGE_ENCRYPTED))
        public static let invite = Marks(rawValue: UInt32(WAXWING_MESSAGE_INVITE))
        /// Worth a warning: something pretends.
        public static let spoof = Marks(rawValue: UInt32(WAXWING_MESSAGE_SPOOF))
        public static let truncated = Marks(rawValue: UInt32(WAXWING_MESSAGE_TRUNCATED))
        public static let form = Marks(rawValue: UInt32(WAXWING_MESSAGE_FORM))
        /// It is large, and some of its files aren't on this device: see `fetchPart`.
        public static let partial = Marks(rawValue: UInt32(WAXWING_MESSAGE_PARTIAL))
    }

    /// How a message pretends, which is worth a warning and no proof.
    public struct Pretences: OptionSet, Hashable, Sendable {
        public let rawValue: UInt32
        public init(rawValue: UInt32) { self.rawValue = rawValue }
        public static let severalAuthors = Pretences(rawValue: UInt32(WAXWING_PRETENCE_SEVERAL_AUTHORS))
        /// The name of an author is the address of somebody else.
        public static let nameIsAnAddress = Pretences(rawValue: UInt32(WAXWING_PRETENCE_NAME_IS_AN_ADDRESS))
        /// A domain is written in letters of several scripts, or in others than it seems.
        public static let mixedScripts = Pretences(rawValue: UInt32(WAXWING_PRETENCE_MIXED_SCRIPTS))
        /// Answers go to another domain than it came from.
        public static let answersElsewhere = Pretences(rawValue: UInt32(WAXWING_PRETENCE_ANSWERS_ELSEWHERE))
        /// The text of a link names another host than it leads to; see `isFalseLink`.
        public static let falseLink = Pretences(rawValue: UInt32(WAXWING_PRETENCE_FALSE_LINK))
    }

    /// How a mailing list is left.
    public struct UnsubscribeWay: RawRepresentable, Hashable, Sendable {
        public let rawValue: Int32
        public init(rawValue: Int32) { self.rawValue = rawValue }

        public static let none = Self(rawValue: WAXWING_UNSUBSCRIBE_NONE)
        /// By one request, without a page.
        public static let oneClick = Self(rawValue: WAXWING_UNSUBSCRIBE_ONE_CLICK)
        public static let mail = Self(rawValue: WAXWING_UNSUBSCRIBE_MAIL)
        /// There is only a page, which the person has to open.
        public static let page = Self(rawValue: WAXWING_UNSUBSCRIBE_PAGE)
    }

    /// What a receiving server found.
    public struct Authentication: RawRepresentable, Hashable, Sendable {
        public let rawValue: Int32
        public init(rawValue: Int32) { self.rawValue = rawValue }

        public static let none = Self(rawValue: WAXWING_AUTH_RESULT_NONE)
        public static let pass = Self(rawValue: WAXWING_AUTH_RESULT_PASS)
        public static let fail = Self(rawValue: WAXWING_AUTH_RESULT_FAIL)
    }

    /// A field of a header, decoded.
    public struct Header: Hashable, Sendable {
        public let name, value: String

        init(_ row: waxwing_header_row) {
            (name, value) = (String(row.name), String(row.value))
        }
    }

    /// A file that is attached, or shown within the text.
    public struct Part: Identifiable, Hashable, Sendable {
        /// Counts from 1, in the order of the message.
        public let id: UInt32
        /// Decoded bytes.
        public let size: UInt64
        /// Such as "image/png".
        public let mimeType: String
        /// Made safe: one component, no control characters, never "".
        public let fileName: String
        public let isInline: Bool
        /// "" if none.
        public let contentID: String

        init(_ row: waxwing_part_row) {
            (id, size) = (row.part, row.size)
            (mimeType, fileName) = (String(row.mime_type), String(row.file_name))
            (isInline, contentID) = (row.disposition == WAXWING_DISPOSITION_INLINE, String(row.content_id))
        }
    }

    /// Reads a message, fetching its body first if it isn't here, before everything else.
    public func load(_ message: MessageID, _ what: Load = .text) async throws -> Message {
        let answer = try await core.request(WAXWING_EVENT_MESSAGE_READY) {
            waxwing_message_load($0, message.rawValue, what.rawValue, &$1)
        }
        guard let message = answer.message else { throw WaxwingError(.internal) }
        return message
    }

    /// Reads a message from its bytes (RFC 5322), such as a file. Needs no account.
    public func parse(_ bytes: Data, _ what: Load = .text) async throws -> Message {
        let answer = try await core.request(WAXWING_EVENT_MESSAGE_READY) { client, request in
            withBytes(bytes) { waxwing_message_parse(client, $0, what.rawValue, &request) }
        }
        guard let message = answer.message else { throw WaxwingError(.internal) }
        return message
    }

    /// Fetches all of a message, with all its files, if it isn't here.
    public func fetch(_ message: MessageID) async throws {
        _ = try await core.request(WAXWING_EVENT_DONE) { waxwing_message_fetch($0, message.rawValue, &$1) }
    }

    /// Fetches a part of a message (its number) alone, if it isn't here. What came is kept: it goes on where it was when it is
    /// asked for again. `progress` tells meanwhile how much of it is here, of 10,000.
    public func fetchPart(
        _ part: UInt32, of message: MessageID, progress: (@Sendable (UInt32) async -> Void)? = nil
    ) async throws {
        _ = try await core.request(
            WAXWING_EVENT_DONE,
            telling: { told in
                if case .part(let share) = told { await progress?(share) }
            },
            { client, request in waxwing_part_fetch(client, message.rawValue, part, &request) })
    }

    /// Writes a part of a message, decoded, to a new file; the path is absolute. `wrongState`: there is something of that name.
    public func save(_ part: Part, of message: MessageID, to path: String) async throws {
        _ = try await core.request(WAXWING_EVENT_DONE) { client, request in
            withTexts([path]) { waxwing_part_save_path(client, message.rawValue, part.id, $0[0], &request) }
        }
    }

    /// Writes a part of a message to an open file.
    public func save(_ part: Part, of message: MessageID, to descriptor: Int32) async throws {
        _ = try await core.request(WAXWING_EVENT_DONE) {
            waxwing_part_save_fd($0, message.rawValue, part.id, descriptor, &$1)
        }
    }

    /// Reads a part of a message, decoded, from `offset` on: `count` bytes, fewer at its end, none beyond. For viewers that go to
    /// and fro. `timedOut`: the message wasn't here and didn't come within that time, which a cancelled task waits for, too.
    public func read(
        _ part: Part, of message: MessageID, from offset: UInt64, count: Int, within deadline: Duration = .seconds(30)
    ) async throws -> Data {
        precondition(count >= 0)
        return try await core.call { client in
            // One more, so that there is an address also for none.
            var bytes = Data(count: count + 1)
            var read = 0
            let status = bytes.withUnsafeMutableBytes { bytes in
                waxwing_part_read(
                    client, message.rawValue, part.id, offset, bytes.bindMemory(to: UInt8.self).baseAddress!, count,
                    UInt32(clamping: deadline.milliseconds), &read)
            }
            try check(status)
            return bytes.prefix(read)
        }
    }

    /// Writes a whole message to an open file: an .eml file.
    public func export(_ message: MessageID, to descriptor: Int32) async throws {
        _ = try await core.request(WAXWING_EVENT_DONE) {
            waxwing_message_export_fd($0, message.rawValue, descriptor, &$1)
        }
    }

    /// The bytes (RFC 5322) of a message that is here, as on the server. `notFound`: its body isn't here.
    public func raw(_ message: MessageID) async throws -> Data {
        try await core.call { client in
            var taken: OpaquePointer?
            try check(waxwing_message_raw(client, message.rawValue, &taken))
            guard let taken, let message = Message(taking: taken) else { throw WaxwingError(.internal) }
            return message.raw
        }
    }
}
