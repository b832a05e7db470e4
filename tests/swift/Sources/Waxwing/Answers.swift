import CWaxwing

/// A final event.
struct Answer: Sendable {
    var kind: waxwing_event_kind
    var account = Waxwing.AccountID(rawValue: 0)
    var message: Waxwing.Message?
    var text = ""
    /// Of a sync.
    var counts = Waxwing.SyncCounts()
    /// As the event has them.
    var numbers: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
    var discovery: Waxwing.Discovery?
    var error: WaxwingError?

    init(_ error: WaxwingError) {
        kind = WAXWING_EVENT_FAILED
        self.error = error
    }

    init(_ view: waxwing_event_view, _ event: OpaquePointer) {
        kind = view.kind
        account = .init(rawValue: view.account)
        message = waxwing_event_take_message(event).flatMap { Waxwing.Message(taking: $0) }
        text = String(view.text)
        counts = .init(view.counts)
        numbers = view.counts
        discovery = view.kind == WAXWING_EVENT_SETUP_FOUND ? .init(view) : nil
        error = view.error.map { WaxwingError($0) }
    }

    /// Itself, if it says that it went well.
    func of(_ kind: waxwing_event_kind) throws -> Answer {
        if let error { throw error }
        guard self.kind == kind else {
            throw WaxwingError(.internal, message: "event \(self.kind) instead of \(kind)")
        }
        return self
    }
}

/// What is told of a request before its final event.
enum Told: Sendable {
    case source(Waxwing.SourceProgress)
    case search(Waxwing.SearchProgress)
    case check(Waxwing.AccountCheck)
    case page(Waxwing.SignInPage)
    /// How much of a part is here, of 10,000.
    case part(UInt32)

    /// `nil`: it is for everybody.
    init?(_ view: waxwing_event_view) {
        guard view.request != 0, !view.final else { return nil }
        switch view.kind {
        case WAXWING_EVENT_PROGRESS where view.message_id != 0: self = .part(view.progress_10k)
        // Of a search no source is told, and their numbers begin with 1.
        case WAXWING_EVENT_PROGRESS where view.counts.0 == 0:
            self = .search(.init(done: view.counts.1, total: view.counts.2))
        case WAXWING_EVENT_PROGRESS: self = .source(.init(view))
        case WAXWING_EVENT_ACCOUNT_CHECK: self = .check(.init(view))
        case WAXWING_EVENT_SIGN_IN_URL: self = .page(.init(view))
        default: return nil
        }
    }
}

/// One request and whoever waits for its answer.
final class Ticket: Sendable {
    let request: waxwing_request
    /// What is told before the answer: a few dozen at most.
    private let told: AsyncStream<Told>
    private let teller: AsyncStream<Told>.Continuation
    private let state = Locked(State())

    private struct State {
        var answer: Answer?
        var last = 0
        var waiting: [Int: CheckedContinuation<Answer?, Never>] = [:]
    }

    init(_ request: waxwing_request) {
        self.request = request
        (told, teller) = AsyncStream.makeStream()
    }

    func tell(_ told: Told) {
        teller.yield(told)
    }

    func finish(_ answer: Answer) {
        teller.finish()
        let waiting = state.withLock { state in
            state.answer = answer
            defer { state.waiting = [:] }
            return state.waiting.values
        }
        for continuation in waiting { continuation.resume(returning: answer) }
    }

    /// The answer, waited for even by a cancelled task, which then asks for the request to be cancelled. Before it `tell` gets
    /// what is told, one after the other.
    func answer(
        telling tell: (@Sendable (Told) async -> Void)?, cancel: @escaping @Sendable () -> Void
    ) async -> Answer {
        await withTaskCancellationHandler {
            if let tell {
                for await told in told { await tell(told) }
            }
            return await wait(as: newNumber(), unlessCancelled: false)!
        } onCancel: {
            cancel()
        }
    }

    /// The answer; a cancelled task waits no longer.
    func answerUnlessCancelled() async throws -> Answer {
        let number = newNumber()
        let answer = await withTaskCancellationHandler {
            await wait(as: number, unlessCancelled: true)
        } onCancel: {
            state.withLock { $0.waiting.removeValue(forKey: number) }?.resume(returning: nil)
        }
        guard let answer else { throw CancellationError() }
        return answer
    }

    private func newNumber() -> Int {
        state.withLock { state in
            state.last += 1
            return state.last
        }
    }

    private func wait(as number: Int, unlessCancelled: Bool) async -> Answer? {
        await withCheckedContinuation { continuation in
            let isOver = state.withLock { state in
                // A task that is cancelled from here on finds it among those that wait.
                guard state.answer == nil, !(unlessCancelled && Task.isCancelled) else { return true }
                state.waiting[number] = continuation
                return false
            }
            if isOver { continuation.resume(returning: state.withLock(\.answer)) }
        }
    }
}

/// The requests that wait for their final event.
final class Answers: Sendable {
    private let state = Locked(State())

    private struct State {
        var tickets: [waxwing_request: Ticket] = [:]
        /// Calls under way: an answer may come before the call has said for which request.
        var asking = 0
        var early: [waxwing_request: Answer] = [:]
        var earlyTold: [waxwing_request: [Told]] = [:]
        var ended: WaxwingError?
    }

    /// Makes a request. It throws if that is refused at once.
    func ask(_ call: (inout waxwing_request) -> waxwing_status) throws -> Ticket {
        state.withLock { $0.asking += 1 }
        var request: waxwing_request = 0
        let status = call(&request)
        let (ticket, answer): (Ticket, Answer?) = state.withLock { state in
            state.asking -= 1
            defer { if state.asking == 0 { (state.early, state.earlyTold) = ([:], [:]) } }
            let ticket = state.tickets[request] ?? Ticket(request)
            guard status == WAXWING_OK else { return (ticket, nil) }
            for told in state.earlyTold.removeValue(forKey: request) ?? [] { ticket.tell(told) }
            if let early = state.early.removeValue(forKey: request) { return (ticket, early) }
            if let error = state.ended { return (ticket, Answer(error)) }
            state.tickets[request] = ticket
            return (ticket, nil)
        }
        try check(status)
        if let answer { ticket.finish(answer) }
        return ticket
    }

    func arrived(_ request: waxwing_request, _ answer: Answer) {
        let ticket: Ticket? = state.withLock { state in
            if let ticket = state.tickets.removeValue(forKey: request) { return ticket }
            if state.asking > 0 { state.early[request] = answer }
            return nil
        }
        ticket?.finish(answer)
    }

    func arrived(_ request: waxwing_request, _ told: Told) {
        state.withLock { state in
            if let ticket = state.tickets[request] {
                ticket.tell(told)
            } else if state.asking > 0 {
                state.earlyTold[request, default: []].append(told)
            }
        }
    }

    /// Why no event comes any more.
    var ended: WaxwingError? { state.withLock(\.ended) }

    /// No event comes any more.
    func end(_ error: WaxwingError) {
        let tickets = state.withLock { state in
            state.ended = error
            defer { state.tickets = [:] }
            return state.tickets.values
        }
        for ticket in tickets { ticket.finish(Answer(error)) }
    }
}
