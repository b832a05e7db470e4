import CWaxwing
import Foundation

extension Waxwing {
    /// Where passwords are kept: the keychain. An app supplies it; it may be called at any time while a client is open.
    ///
    /// An error of `WaxwingError` with `secretsLocked` says that the person has to unlock it first. An answer is waited for a
    /// minute.
    public protocol SecretStore: Sendable {
        /// `nil` if there is none.
        func secret(for key: String) async throws -> Data?
        func keep(_ secret: Data, for key: String) async throws
        /// One that isn't there is no error.
        func remove(_ key: String) async throws
    }
}

extension WaxwingError {
    /// For a secret store that can't be read before the person has unlocked the device.
    public static let secretsLocked = WaxwingError(.secretsLocked)
}

/// The app's secret store as the library knows it.
final class SecretBridge: Sendable {
    private let secrets: any Waxwing.SecretStore
    private let state = Locked(State())

    /// The library may ask before its client is known here: such answers wait.
    private struct State: Sendable {
        weak var core: Core?
        var isBound = false
        var waiting: [@Sendable (OpaquePointer) -> Void] = []
    }

    init(_ secrets: any Waxwing.SecretStore) {
        self.secrets = secrets
    }

    func bind(to core: Core) {
        let waiting = state.withLock { state in
            (state.core, state.isBound) = (core, true)
            defer { state.waiting = [] }
            return state.waiting
        }
        for answer in waiting { answer(core.client.raw) }
    }

    /// The functions for the library, which holds on to this until it calls `free`.
    func store() -> waxwing_secret_store {
        var store = waxwing_secret_store()
        store.struct_size = size(of: store)
        store.user_data = Unmanaged.passRetained(self).toOpaque()
        store.get = { data, key, reply in SecretBridge.at(data).get(String(key), reply) }
        store.put = { data, key, secret, reply in
            let secret = Data(UnsafeRawBufferPointer(start: secret.ptr, count: secret.len))
            SecretBridge.at(data).answer(reply, to: String(key)) { try await $0.keep(secret, for: $1) }
        }
        store.remove = { data, key, reply in
            SecretBridge.at(data).answer(reply, to: String(key)) { try await $0.remove($1) }
        }
        store.free = { SecretBridge.at($0).release() }
        return store
    }

    func release() {
        Unmanaged.passUnretained(self).release()
    }

    private static func at(_ data: UnsafeMutableRawPointer?) -> SecretBridge {
        Unmanaged<SecretBridge>.fromOpaque(data!).takeUnretainedValue()
    }

    private func get(_ key: String, _ reply: waxwing_reply) {
        Task { [secrets] in
            let (status, secret): (waxwing_status, Data)
            do {
                let found = try await secrets.secret(for: key)
                (status, secret) = (found == nil ? WAXWING_E_NOT_FOUND : WAXWING_OK, found ?? Data())
            } catch {
                (status, secret) = (SecretBridge.status(of: error), Data())
            }
            send { client in withBytes(secret) { waxwing_reply_secret(client, reply, status, $0) } }
        }
    }

    private func answer(
        _ reply: waxwing_reply, to key: String,
        _ work: @escaping @Sendable (any Waxwing.SecretStore, String) async throws -> Void
    ) {
        Task { [secrets] in
            var status = WAXWING_OK
            do { try await work(secrets, key) } catch { status = SecretBridge.status(of: error) }
            send { [status] in waxwing_reply_status($0, reply, status) }
        }
    }

    private static func status(of error: any Error) -> waxwing_status {
        (error as? WaxwingError)?.status.rawValue ?? WAXWING_E_SECRET_FAILED
    }

    private func send(_ answer: @escaping @Sendable (OpaquePointer) -> Void) {
        let core: Core? = state.withLock { state in
            if !state.isBound { state.waiting.append(answer) }
            return state.core
        }
        // One that is freed meanwhile waits for no answer.
        if let core { answer(core.client.raw) }
    }
}
