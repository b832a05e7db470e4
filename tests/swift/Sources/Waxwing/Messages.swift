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
        /// Addresses as `Name <local@domain>`, parted by ", ".
        public let from, to, cc, replyTo: String
        /// When its author says it was written.
        public let written: Date?
        /// It makes no sense; what could be read is shown.
        public let isDamaged: Bool
        public let isTextFromHTML: Bool
        /// The attached files.
        public let parts: [Part]

        /// Takes over the library's message.
        init?(taking message: OpaquePointer) {
            guard let view = waxwing_message_view_get(message)?.pointee, let row = view.row else {
                waxwing_message_free(message)
                return nil
            }
            pointer = Pointer(raw: message)
            self.row = MessageRow(row.pointee)
            text = String(view.text)
            (from, to) = (String(view.from), String(view.to))
            (cc, replyTo) = (String(view.cc), String(view.reply_to))
            written = Date(known: view.written_ms)
            isDamaged = view.flags & UInt32(WAXWING_MESSAGE_DAMAGED) != 0
            isTextFromHTML = view.flags & UInt32(WAXWING_MESSAGE_TEXT_FROM_HTML) != 0
            parts = waxwing_message_parts(message).map(Part.init)
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

    /// An attached file.
    public struct Part: Identifiable, Hashable, Sendable {
        /// Counts from 1, in the order of the message.
        public let id: UInt32
        /// Decoded bytes.
        public let size: UInt64
        /// Such as "image/png".
        public let mimeType: String
        /// Made safe: one component, no control characters, never "".
        public let fileName: String

        init(_ row: waxwing_part_row) {
            (id, size) = (row.part, row.size)
            (mimeType, fileName) = (String(row.mime_type), String(row.file_name))
        }
    }

    /// Reads a message, fetching its body first if it isn't here, before everything else.
    public func load(_ message: MessageID) async throws -> Message {
        let answer = try await core.request(WAXWING_EVENT_MESSAGE_READY) {
            waxwing_message_load($0, message.rawValue, &$1)
        }
        guard let message = answer.message else { throw WaxwingError(.internal) }
        return message
    }

    /// A message as far as it is here: of one whose body isn't, no text and no bytes.
    public func message(_ message: MessageID) async throws -> Message {
        try await core.call { client in
            var taken: OpaquePointer?
            try check(waxwing_message_raw(client, message.rawValue, &taken))
            guard let taken, let message = Message(taking: taken) else { throw WaxwingError(.internal) }
            return message
        }
    }
}
