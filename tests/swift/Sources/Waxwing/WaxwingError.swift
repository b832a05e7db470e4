import CWaxwing
import Foundation

/// Why something failed.
public struct WaxwingError: Error, Hashable, Sendable {
    public let status: Status
    /// A stable key for a translation, such as "auth.app_password"; "" if the call itself was refused.
    public let key: String
    /// What the server said: untrusted plain text, to be attributed to the server; "" if nothing.
    public let serverText: String
    /// English, for logs; no secrets, no addresses.
    public let message: String
    /// A page of the provider's that helps.
    public let helpURL: URL?
    /// When it is tried again by itself; `nil`: not without the person.
    public let retryAfter: Duration?

    init(_ status: Status, message: String = "") {
        self.status = status
        self.message = message.isEmpty ? status.name : message
        (key, serverText, helpURL, retryAfter) = ("", "", nil, nil)
    }

    /// A copy of what the library says.
    init(_ error: OpaquePointer) {
        guard let view = waxwing_error_view_get(error)?.pointee else {
            self = WaxwingError(.internal)
            return
        }
        status = Status(rawValue: view.status)
        key = String(view.key)
        serverText = String(view.server_text)
        message = String(view.message)
        helpURL = URL(string: String(view.help_url))
        retryAfter = view.retry_after_ms == 0 ? nil : .milliseconds(view.retry_after_ms)
    }

    /// What kind of error it is. There may be more of them in later versions: treat an unknown one by its `group`.
    public struct Status: RawRepresentable, Hashable, Sendable {
        public let rawValue: Int32
        public init(rawValue: Int32) { self.rawValue = rawValue }

        public static let invalidArgument = Self(rawValue: WAXWING_E_ARGUMENT)
        public static let notFound = Self(rawValue: WAXWING_E_NOT_FOUND)
        public static let wrongState = Self(rawValue: WAXWING_E_STATE)
        public static let timedOut = Self(rawValue: WAXWING_E_TIMEOUT)
        public static let cancelled = Self(rawValue: WAXWING_E_CANCELLED)
        public static let closed = Self(rawValue: WAXWING_E_CLOSED)
        public static let network = Self(rawValue: WAXWING_E_NETWORK)
        public static let noAddress = Self(rawValue: WAXWING_E_DNS)
        public static let notSecure = Self(rawValue: WAXWING_E_TLS)
        public static let untrusted = Self(rawValue: WAXWING_E_TRUST)
        public static let signInAgain = Self(rawValue: WAXWING_E_AUTH)
        public static let appPasswordNeeded = Self(rawValue: WAXWING_E_AUTH_APP_PASSWORD)
        public static let browserSignInNeeded = Self(rawValue: WAXWING_E_AUTH_BROWSER)
        public static let serverRefused = Self(rawValue: WAXWING_E_SERVER)
        public static let mailboxFull = Self(rawValue: WAXWING_E_QUOTA)
        public static let overLimit = Self(rawValue: WAXWING_E_LIMIT)
        public static let protocolBroken = Self(rawValue: WAXWING_E_PROTOCOL)
        public static let rebuiltOnServer = Self(rawValue: WAXWING_E_STALE)
        public static let storage = Self(rawValue: WAXWING_E_STORAGE)
        public static let diskFull = Self(rawValue: WAXWING_E_DISK_FULL)
        public static let secretsLocked = Self(rawValue: WAXWING_E_SECRET)
        public static let secretsFailed = Self(rawValue: WAXWING_E_SECRET_FAILED)
        public static let `internal` = Self(rawValue: WAXWING_E_INTERNAL)

        /// Its hundred.
        public var group: Int32 { rawValue / 100 }
        /// Such as "E_TRUST".
        public var name: String { String(waxwing_status_name(rawValue)) }
    }
}

extension WaxwingError: CustomStringConvertible {
    public var description: String { "\(status.name): \(message)" }
}
