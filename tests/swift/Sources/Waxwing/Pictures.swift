import CWaxwing
import Foundation

extension Waxwing {
    /// Fetches a message's pictures from the network, because the person said so: `Message.pictures`. `pictures` has them then.
    /// Fails where none of them could be had.
    public func fetchPictures(of message: MessageID) async throws {
        _ = try await core.request(WAXWING_EVENT_DONE) { waxwing_images_fetch($0, message.rawValue, &$1) }
    }

    /// The pictures of a message that were fetched, by their addresses. Whoever decodes them has to bear anything.
    public func pictures(of message: MessageID) async throws -> [String: Data] {
        let fetched = try await core.rows(
            { (row: waxwing_image_row) in
                (String(row.address), row.content.ptr.map { Data(bytes: $0, count: row.content.len) } ?? Data())
            }, { waxwing_images_snapshot($0, message.rawValue, &$1) })
        return Dictionary(fetched) { first, _ in first }
    }

    /// Remembers whether the pictures of this sender are fetched without asking again. Who shows messages asks for them.
    public func rememberPictureSender(_ address: String, always: Bool) async throws {
        _ = try await core.request(WAXWING_EVENT_DONE) { client, request in
            withTexts([address]) { waxwing_images_remember_sender(client, $0[0], always, &request) }
        }
    }

    public func pictureSenders() async throws -> [String] {
        try await core.rows({ (row: waxwing_image_sender_row) in String(row.address) }) {
            waxwing_image_senders_snapshot($0, &$1)
        }
    }

    /// Asks to be taken off the mailing list a message is from, by `Message.unsubscribeWay`: ask the person first. There is no
    /// undo. `wrongState`: there is no way, or only a page.
    public func unsubscribe(_ message: MessageID) async throws {
        _ = try await core.request(WAXWING_EVENT_DONE) { waxwing_message_unsubscribe($0, message.rawValue, &$1) }
    }

    /// Whether the text of a link names another host than it leads to: ask before it is opened.
    public static func isFalseLink(_ shown: String, to url: String) -> Bool {
        withTexts([shown, url]) { waxwing_link_is_false($0[0], $0[1]) }
    }
}
