import CWaxwing
import Foundation

/// A mail client: its store, its accounts, and what is done for them. One per process is enough.
///
/// Nothing here needs the main actor, and nothing blocks it. When the last reference goes, or with `close`, all work ends;
/// changes to mail are kept and go on when the store is opened again.
public final class Waxwing: Sendable {
    let core: Core

    private init(core: Core) {
        self.core = core
    }

    deinit {
        core.closeSoon()
    }

    /// How a client is opened.
    public struct Options: Sendable {
        /// Where everything is kept; made if it is missing.
        public var directory: URL
        /// Where passwords are kept: the keychain. `nil`: they live as long as the client.
        public var secrets: (any SecretStore)?
        /// More trust anchors (PEM) for this client: a company's own.
        public var extraRoots = Data()
        /// Begin asleep, as after `suspend`: for an app that is started in the background.
        public var startsSuspended = false
        /// What is there is shown, also while the app itself is at work on it (a widget): snapshots and messages that are here
        /// are had, all else is `wrongState`.
        public var isReadOnly = false
        /// Where bodies and the search index are, which can be made again: the system may empty it. `nil`: in `directory`.
        public var cacheDirectory: URL?
        /// Bytes for caches and for what is on its way, 4 MiB at least. 0: 64 MiB.
        public var memoryCap: UInt64 = 0
        /// Bytes of bodies kept on disk: those of the oldest messages go first. 0: as many as `setOffline` says.
        public var diskCacheCap: UInt64 = 0
        public var logLevel = LogLevel.warning
        /// Gets the lines of the log, which hold no secrets and no text of mails; called on a thread of the library.
        public var log: (@Sendable (LogLevel, String) -> Void)?

        public init(directory: URL, secrets: (any SecretStore)?) {
            self.directory = directory
            self.secrets = secrets
        }
    }

    /// Each with those before it.
    public struct LogLevel: RawRepresentable, Hashable, Sendable {
        public let rawValue: Int32
        public init(rawValue: Int32) { self.rawValue = rawValue }

        /// Nothing but mistakes in calling the library.
        public static let none = Self(rawValue: WAXWING_LOG_NONE)
        public static let error = Self(rawValue: WAXWING_LOG_ERROR)
        public static let warning = Self(rawValue: WAXWING_LOG_WARNING)
        public static let information = Self(rawValue: WAXWING_LOG_INFORMATION)
        public static let debugging = Self(rawValue: WAXWING_LOG_DEBUG)
    }

    /// Opens the store and starts working on every account in it. `wrongState`: another process has the store.
    public static func open(_ options: Options) async throws -> Waxwing {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async {
                continuation.resume(with: Result { Waxwing(core: try Core(options)) })
            }
        }
    }

    /// Ends all work: what waits fails with `closed`, and the streams of events end. Takes a few seconds at most.
    public func close() async {
        await core.close()
    }

    /// The version of the library.
    public static var version: String { String(waxwing_version()) }
}

// MARK: - Events

extension Waxwing {
    /// What happens from now on. Every stream gets all of it; one that isn't read for long loses some, and `resync` says so.
    public var events: AsyncStream<Event> { core.news.events() }
}

// MARK: - The log

extension Waxwing {
    /// Says how much is told to `Options.log` from now on.
    public func setLogLevel(_ level: LogLevel) {
        waxwing_client_set_log_level(core.client.raw, level.rawValue)
    }
}

// MARK: - Sleep

extension Waxwing {
    /// Before the app is put to sleep: within `deadline` no socket and no lock on a file is left. Until `resume` all else
    /// fails with `wrongState`. `timedOut`: something is still being written; ask again.
    public func suspend(within deadline: Duration) async throws {
        let deadline = UInt32(clamping: deadline.milliseconds)
        _ = try await core.request(WAXWING_EVENT_SUSPENDED) { waxwing_client_suspend($0, deadline, &$1) }
    }

    /// How far `syncNow` goes; each does what those before it do.
    public enum SyncScope: Sendable {
        case inboxes, changes, everything

        var code: waxwing_sync_scope {
            switch self {
            case .inboxes: WAXWING_SYNC_INBOXES
            case .changes: WAXWING_SYNC_CHANGES
            case .everything: WAXWING_SYNC_EVERYTHING
            }
        }
    }

    /// Brings one account, or all, up to date within `deadline`, also out of sleep, into which it falls back: for a
    /// `BGAppRefreshTask` or a silent push.
    @discardableResult
    public func syncNow(
        _ scope: SyncScope, within deadline: Duration, account: AccountID? = nil
    ) async throws -> SyncCounts {
        let deadline = UInt32(clamping: deadline.milliseconds)
        return try await core.request(WAXWING_EVENT_SYNC_DONE) {
            waxwing_sync_now($0, account?.rawValue ?? 0, scope.code, deadline, &$1)
        }.counts
    }

    /// Goes on after `suspend`. `wrongState`: another process has the store meanwhile; it may be tried again.
    public func resume() async throws {
        _ = try await core.request(WAXWING_EVENT_DONE) { waxwing_client_resume($0, &$1) }
    }

    public enum Network: Sendable {
        case none
        /// One that is paid for by use.
        case metered
        case free

        var code: waxwing_network {
            switch self {
            case .none: WAXWING_NETWORK_NONE
            case .metered: WAXWING_NETWORK_METERED
            case .free: WAXWING_NETWORK_FREE
            }
        }
    }

    /// There is another network: tell what `NWPathMonitor` says.
    public func networkChanged(_ network: Network) {
        waxwing_client_network_changed(core.client.raw, network.code)
    }

    public enum MemoryPressure: Int32, Sendable {
        /// Gives back what nobody uses just now.
        case warning = 1
        /// Gives back all that can be read again from disk.
        case critical = 2
    }

    /// The system is short of memory: tell what `DispatchSource.makeMemoryPressureSource` says.
    public func memoryPressure(_ pressure: MemoryPressure) {
        waxwing_client_memory_pressure(core.client.raw, pressure.rawValue)
    }

    /// In low power mode no body is fetched unasked.
    public func setPowerSaver(_ saver: Bool) {
        waxwing_client_set_power_saver(core.client.raw, saver)
    }
}

extension Duration {
    var milliseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds.multipliedReportingOverflow(by: 1000).overflow
            ? (seconds < 0 ? .min : .max) : seconds * 1000 + attoseconds / 1_000_000_000_000_000
    }
}
