import CWaxwing
import Foundation

/// A pointer to an object of the library whose functions may be called from any thread.
struct Pointer: @unchecked Sendable {
    let raw: OpaquePointer
}

/// A value behind a lock.
final class Locked<Value: Sendable>: @unchecked Sendable {
    private let lock = NSLock()
    private var value: Value

    init(_ value: Value) {
        self.value = value
    }

    func withLock<Result>(_ work: (inout Value) throws -> Result) rethrows -> Result {
        lock.lock()
        defer { lock.unlock() }
        return try work(&value)
    }
}

/// The library's client and the thread that takes its events.
///
/// Lists and changes hold on to it too; it is freed with the last of them, and by then it was closed.
final class Core: Sendable {
    let client: Pointer
    let answers = Answers()
    let news = News()
    /// For calls that read or write the store: milliseconds, too long for Swift's own threads.
    private let calls = DispatchQueue(label: "waxwing.calls", attributes: .concurrent)
    private let taking = DispatchGroup()

    init(_ options: Waxwing.Options) throws {
        // Rows may be shorter than the header says in an older version.
        let version = waxwing_abi_version()
        guard version >> 16 == WAXWING_ABI_MAJOR, version & 0xffff >= WAXWING_ABI_MINOR else {
            throw WaxwingError(.invalidArgument, message: "the library is of another version than its header")
        }
        let secrets = options.secrets.map(SecretBridge.init)
        client = Pointer(raw: try opened(options, secrets))
        secrets?.bind(to: self)
        taking.enter()
        let thread = Thread { self.takeEvents() }
        thread.name = "waxwing.events"
        thread.start()
    }

    deinit {
        waxwing_client_free(client.raw)
    }

    private func takeEvents() {
        defer { taking.leave() }
        var status = WAXWING_OK
        while status == WAXWING_OK {
            var event: OpaquePointer?
            status = waxwing_client_next_event(client.raw, -1, &event)
            if let event { take(event) }
            waxwing_event_free(event)
        }
        // E_CLOSED, unless the library is at fault.
        answers.end(WaxwingError(.init(rawValue: status)))
        news.end()
    }

    private func take(_ event: OpaquePointer) {
        guard let view = waxwing_event_view_get(event)?.pointee else { return }
        if view.final {
            answers.arrived(view.request, Answer(view, event))
        } else if let told = Told(view) {
            answers.arrived(view.request, told)
        } else if view.kind == WAXWING_EVENT_LIST_CHANGED {
            news.tell(.list(view.list))
        } else if let said = Waxwing.Event(view, waxwing_event_trust(event)?.pointee) {
            news.tell(.event(said))
        }
    }

    func close() async {
        await withCheckedContinuation { continuation in
            calls.async {
                waxwing_client_close(self.client.raw)
                self.taking.wait()
                continuation.resume()
            }
        }
    }

    func closeSoon() {
        calls.async { waxwing_client_close(self.client.raw) }
    }

    // MARK: Calls

    /// A call that reads or writes the store. Once no event comes any more, nothing does.
    func call<Result: Sendable>(
        _ work: @escaping @Sendable (OpaquePointer) throws -> Result
    ) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            calls.async {
                continuation.resume(
                    with: Swift.Result {
                        if let error = self.answers.ended { throw error }
                        return try work(self.client.raw)
                    })
            }
        }
    }

    /// Copies the rows of a snapshot.
    func rows<Row, Result: Sendable>(
        _ make: @escaping @Sendable (Row) -> Result,
        _ snapshot: @escaping @Sendable (OpaquePointer, inout OpaquePointer?) -> waxwing_status
    ) async throws -> [Result] {
        try await call { client in
            var rows: OpaquePointer?
            try check(snapshot(client, &rows))
            defer { waxwing_rows_free(rows) }
            return rows.map { waxwing_rows_array($0).map(make) } ?? []
        }
    }

    /// A request, until its final event has come; `tell` gets what is told of it before. Cancelling the task cancels it.
    func request(
        _ kind: waxwing_event_kind,
        telling tell: (@Sendable (Told) async -> Void)? = nil,
        _ ask: (OpaquePointer, inout waxwing_request) -> waxwing_status
    ) async throws -> Answer {
        try Task.checkCancellation()
        let ticket = try answers.ask { ask(client.raw, &$0) }
        let answer = await ticket.answer(telling: tell) {
            // A request that is over meanwhile is no mistake.
            _ = waxwing_client_cancel(self.client.raw, ticket.request)
        }
        if answer.error?.status == .cancelled, Task.isCancelled { throw CancellationError() }
        return try answer.of(kind)
    }

    /// A change to mail: it is kept when this returns.
    func change(
        _ make: @escaping @Sendable (OpaquePointer, inout waxwing_operation_id) -> waxwing_status
    ) async throws -> Waxwing.Change {
        Waxwing.Change(ticket: try await call { client in try self.answers.ask { make(client, &$0) } })
    }
}

func check(_ status: waxwing_status) throws {
    if status != WAXWING_OK { throw WaxwingError(.init(rawValue: status)) }
}

/// What the library is told when it is opened, and the functions that it calls back.
private func opened(_ options: Waxwing.Options, _ secrets: SecretBridge?) throws -> OpaquePointer {
    try withTexts([options.directory.path, options.cacheDirectory?.path ?? ""]) { texts in
        try withBytes(options.extraRoots) { roots in
            var given = waxwing_client_options()
            given.struct_size = size(of: given)
            given.flags = options.startsSuspended ? UInt32(WAXWING_CLIENT_START_SUSPENDED) : 0
            given.flags |= options.isReadOnly ? UInt32(WAXWING_CLIENT_READ_ONLY) : 0
            (given.data_dir, given.cache_dir) = (texts[0], texts[1])
            (given.memory_cap, given.cache_disk_cap) = (options.memoryCap, options.diskCacheCap)
            given.extra_roots_pem = roots
            let log = options.log.map { LogBridge($0).given(to: &given, options.logLevel) }
            var store = secrets?.store()
            var client: OpaquePointer?
            var error: OpaquePointer?
            let status =
                if store != nil {
                    withUnsafePointer(to: &store!) { store in
                        given.secrets = store
                        return waxwing_client_open(&given, &client, &error)
                    }
                } else {
                    waxwing_client_open(&given, &client, &error)
                }
            defer { waxwing_error_free(error) }
            if let client { return client }
            // What was to be freed by the library is still ours.
            log?.release()
            secrets?.release()
            throw error.map { WaxwingError($0) } ?? WaxwingError(.init(rawValue: status))
        }
    }
}

/// The app's log as the library knows it.
private final class LogBridge: Sendable {
    private let log: @Sendable (Waxwing.LogLevel, String) -> Void

    init(_ log: @escaping @Sendable (Waxwing.LogLevel, String) -> Void) {
        self.log = log
    }

    func given(to options: inout waxwing_client_options, _ level: Waxwing.LogLevel) -> Unmanaged<LogBridge> {
        let retained = Unmanaged.passRetained(self)
        options.user_data = retained.toOpaque()
        options.log_level = level.rawValue
        options.log = { data, level, line in
            let bridge = Unmanaged<LogBridge>.fromOpaque(data!).takeUnretainedValue()
            bridge.log(Waxwing.LogLevel(rawValue: level), String(line))
        }
        options.free = { Unmanaged<LogBridge>.fromOpaque($0!).release() }
        return retained
    }
}
