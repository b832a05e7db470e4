import CWaxwing

extension Waxwing {
    /// What happens without having been asked for. Lists tell of their changes themselves.
    public enum Event: Sendable, Hashable {
        /// How much of an account's mail is on this device: parts per 10 000, and messages.
        case progress(AccountID, parts: UInt32, done: UInt64, total: UInt64)
        /// The state of an account: see `accounts`.
        case accountChanged(AccountID)
        /// Mailboxes came, went or were renamed, or their counts changed: see `mailboxes`.
        case mailboxesChanged(AccountID)
        /// New unread messages in an inbox, for notifications: each is told of once, whatever process found it. The rows are the
        /// newest of them, oldest first; `total` is how many there are.
        case newMail(AccountID, MailboxID, rows: [MessageRow], total: UInt64)
        /// The body of a message has arrived.
        case bodyArrived(MessageID)
        /// What waits for the server: see `queue`.
        case queueChanged(AccountID)
        /// A change that was shown is taken back: the server refused it for good.
        case changeRefused(OperationID, WaxwingError)
        /// A server's certificate isn't believed: see `decide`.
        case trustAsked(TrustQuestion)
        /// The server's own words for the person, to be shown as such: untrusted plain text.
        case alert(AccountID, String)
        /// Searches that are kept came, went or have other names.
        case searchesChanged
        case draftsChanged
        case templatesChanged
        /// Something was missed: read everything again that is on the screen.
        case resync

        /// `nil` for kinds of a newer version, which may be ignored.
        init?(_ view: waxwing_event_view, _ question: waxwing_trust_question?) {
            let account = AccountID(rawValue: view.account)
            switch view.kind {
            case WAXWING_EVENT_PROGRESS:
                let (done, total, _, _) = view.counts
                self = .progress(account, parts: view.progress_10k, done: done, total: total)
            case WAXWING_EVENT_ACCOUNT_CHANGED: self = .accountChanged(account)
            case WAXWING_EVENT_MAILBOXES_CHANGED: self = .mailboxesChanged(account)
            case WAXWING_EVENT_NEW_MAIL:
                let rows = view.rows.map { waxwing_rows_array($0).map(MessageRow.init) } ?? []
                let mailbox = MailboxID(rawValue: view.mailbox)
                self = .newMail(account, mailbox, rows: rows, total: view.counts.0)
            case WAXWING_EVENT_BODY_ARRIVED: self = .bodyArrived(MessageID(rawValue: view.message_id))
            case WAXWING_EVENT_QUEUE_CHANGED: self = .queueChanged(account)
            case WAXWING_EVENT_OPERATION_REFUSED:
                let error = view.error.map { WaxwingError($0) } ?? WaxwingError(.serverRefused)
                self = .changeRefused(OperationID(rawValue: view.operation), error)
            case WAXWING_EVENT_TRUST_QUESTION:
                guard let question else { return nil }
                self = .trustAsked(TrustQuestion(question))
            case WAXWING_EVENT_ALERT: self = .alert(account, String(view.text))
            case WAXWING_EVENT_SEARCHES_CHANGED: self = .searchesChanged
            case WAXWING_EVENT_DRAFTS_CHANGED: self = .draftsChanged
            case WAXWING_EVENT_TEMPLATES_CHANGED: self = .templatesChanged
            case WAXWING_EVENT_RESYNC: self = .resync
            default: return nil
            }
        }
    }
}

/// Tells everybody who listens what happens.
final class News: Sendable {
    enum Item: Sendable {
        case event(Waxwing.Event)
        case list(waxwing_list_id)
    }

    private struct Listener: Sendable {
        let tell: @Sendable (Item) -> Void
        let end: @Sendable () -> Void
    }

    private struct State {
        var last = 0
        var listeners: [Int: Listener] = [:]
        var hasEnded = false
    }

    private let state = Locked(State())

    func tell(_ item: Item) {
        for listener in state.withLock(\.listeners.values) { listener.tell(item) }
    }

    func end() {
        let listeners = state.withLock { state in
            state.hasEnded = true
            defer { state.listeners = [:] }
            return state.listeners.values
        }
        for listener in listeners { listener.end() }
    }

    func events() -> AsyncStream<Waxwing.Event> {
        stream(holding: 1024) { item, events in
            guard case .event(let event) = item else { return }
            // What is lost is the oldest; that it was stands behind it.
            if case .dropped = events.yield(event) { events.yield(.resync) }
        }
    }

    /// Says that a list may have changed.
    func changes(of list: waxwing_list_id) -> AsyncStream<Void> {
        stream(holding: 1) { item, changes in
            switch item {
            case .list(list), .event(.resync): changes.yield()
            default: break
            }
        }
    }

    private func stream<Element>(
        holding most: Int,
        _ tell: @escaping @Sendable (Item, AsyncStream<Element>.Continuation) -> Void
    ) -> AsyncStream<Element> {
        AsyncStream(bufferingPolicy: .bufferingNewest(most)) { continuation in
            let listener = Listener(tell: { tell($0, continuation) }, end: { continuation.finish() })
            let number: Int? = state.withLock { state in
                guard !state.hasEnded else { return nil }
                state.last += 1
                state.listeners[state.last] = listener
                return state.last
            }
            guard let number else { return continuation.finish() }
            continuation.onTermination = { [weak self] _ in
                self?.state.withLock { _ = $0.listeners.removeValue(forKey: number) }
            }
        }
    }
}
