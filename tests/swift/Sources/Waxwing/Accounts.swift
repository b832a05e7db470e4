import CWaxwing
import Foundation

extension Waxwing {
    /// What an account is added with.
    public struct AccountSettings: Sendable {
        public var address: String
        /// The person's name.
        public var displayName = ""
        /// The name to sign in with; "": the address.
        public var userName = ""
        public var imapHost: String
        /// 0: 993, with STARTTLS 143.
        public var imapPort: UInt16 = 0
        public var imapSecurity = Security.tls
        /// The server to send by; "": none.
        public var smtpHost = ""
        /// 0: 465, with STARTTLS 587.
        public var smtpPort: UInt16 = 0
        public var smtpSecurity = Security.tls

        public enum Security: Sendable {
            /// From the first byte.
            case tls
            /// After STARTTLS, without which nothing is said.
            case startTLS

            var code: waxwing_security {
                switch self {
                case .tls: WAXWING_SECURITY_TLS
                case .startTLS: WAXWING_SECURITY_STARTTLS
                }
            }

            init(_ code: waxwing_security) {
                self = code == WAXWING_SECURITY_STARTTLS ? .startTLS : .tls
            }
        }

        public init(address: String, imapHost: String) {
            (self.address, self.imapHost) = (address, imapHost)
        }
    }

    /// An account and how it is doing.
    public struct Account: Identifiable, Hashable, Sendable {
        public let id: AccountID
        public let address: String
        public let displayName: String
        public let state: State
        /// What the present trouble is.
        public let trouble: WaxwingError.Status?
        /// When it was last wholly in step with the server.
        public let lastSync: Date?
        /// Unread messages in its inbox.
        public let unread: UInt64
        /// Changes made here and not yet on the server.
        public let queued: UInt64
        /// Bodies on this device, and how many are to be.
        public let bodies: UInt64
        public let bodiesTotal: UInt64
        /// Its settings: the name to sign in with, and the server.
        public let userName: String
        public let imapHost: String
        public let imapPort: UInt16
        /// Whether a search finds everything that is here.
        public let isIndexed: Bool
        public let imapSecurity: AccountSettings.Security
        /// The server to send by; "": none.
        public let smtpHost: String
        public let smtpPort: UInt16
        public let smtpSecurity: AccountSettings.Security

        /// Its settings as `edit` takes them.
        public var settings: AccountSettings {
            var settings = AccountSettings(address: address, imapHost: imapHost)
            (settings.displayName, settings.userName) = (displayName, userName)
            (settings.imapPort, settings.imapSecurity) = (imapPort, imapSecurity)
            (settings.smtpHost, settings.smtpPort, settings.smtpSecurity) = (smtpHost, smtpPort, smtpSecurity)
            return settings
        }

        public struct State: RawRepresentable, Hashable, Sendable {
            public let rawValue: Int32
            public init(rawValue: Int32) { self.rawValue = rawValue }

            /// Tried again by itself.
            public static let offline = Self(rawValue: WAXWING_ACCOUNT_OFFLINE)
            public static let connecting = Self(rawValue: WAXWING_ACCOUNT_CONNECTING)
            public static let online = Self(rawValue: WAXWING_ACCOUNT_ONLINE)
            public static let needsSignIn = Self(rawValue: WAXWING_ACCOUNT_NEEDS_SIGN_IN)
            public static let needsDecisionAboutCertificate = Self(rawValue: WAXWING_ACCOUNT_NEEDS_TRUST)
            /// It can't go on; see `trouble`.
            public static let stuck = Self(rawValue: WAXWING_ACCOUNT_FAILED)
        }

        @Sendable init(_ row: waxwing_account_row) {
            id = AccountID(rawValue: row.id)
            address = String(row.address)
            displayName = String(row.display_name)
            state = State(rawValue: row.state)
            trouble = row.last_status == WAXWING_OK ? nil : .init(rawValue: row.last_status)
            lastSync = Date(known: row.last_sync_ms)
            (unread, queued) = (row.unread, row.queued)
            (bodies, bodiesTotal) = (row.bodies, row.bodies_total)
            (userName, imapHost) = (String(row.user_name), String(row.imap_host))
            (imapPort, isIndexed) = (row.imap_port, row.is_indexed)
            (imapSecurity, smtpSecurity) = (.init(row.imap_security), .init(row.smtp_security))
            (smtpHost, smtpPort) = (String(row.smtp_host), row.smtp_port)
        }
    }

    /// What a sync brought.
    public struct SyncCounts: Hashable, Sendable {
        /// Messages that weren't known, have other flags, and are gone.
        public let new, changed, removed: UInt64
        /// What was read from the server.
        public let bytes: UInt64

        init(_ counts: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)) {
            (new, changed, removed, bytes) = counts
        }
    }

    /// Of which messages the bodies are kept on this device unasked. Lists are always whole.
    public enum Offline: Hashable, Sendable {
        case all, none
        case lastDays(Int32)

        var days: Int32 {
            switch self {
            case .all: WAXWING_OFFLINE_EVERYTHING
            case .none: WAXWING_OFFLINE_NOTHING
            case .lastDays(let days): days
            }
        }
    }

    /// All accounts, oldest first.
    public func accounts() async throws -> [Account] {
        try await core.rows(Account.init) { waxwing_accounts_snapshot($0, &$1) }
    }

    /// Gives a new secret to an account, a password or a token as it was added with; returns when it signed in and is in step.
    @discardableResult
    public func signIn(_ account: AccountID, with secret: String) async throws -> SyncCounts {
        try await core.request(WAXWING_EVENT_SYNC_DONE) { client, request in
            withSecret(secret) {
                waxwing_account_sign_in_password(client, account.rawValue, $0, &request)
            }
        }.counts
    }

    /// Removes an account's local mail, settings and password; never anything on the server.
    public func remove(_ account: AccountID) async throws {
        _ = try await core.request(WAXWING_EVENT_DONE) {
            waxwing_account_remove($0, account.rawValue, &$1)
        }
    }

    /// Brings the whole account up to date now, and connects again if it was waiting to.
    @discardableResult
    public func sync(_ account: AccountID) async throws -> SyncCounts {
        try await core.request(WAXWING_EVENT_SYNC_DONE) {
            waxwing_account_sync($0, account.rawValue, &$1)
        }.counts
    }

    /// What its server offers and which ways were chosen, as lines for whoever helps.
    public func capabilities(of account: AccountID) async throws -> String {
        try await core.request(WAXWING_EVENT_DONE) {
            waxwing_account_capabilities($0, account.rawValue, &$1)
        }.text
    }

    public func setOffline(_ offline: Offline, for account: AccountID) async throws {
        _ = try await core.request(WAXWING_EVENT_DONE) {
            waxwing_account_set_offline($0, account.rawValue, offline.days, &$1)
        }
    }

    /// Expunges exactly the messages that are in the account's trash now. There is no undo.
    public func emptyTrash(of account: AccountID) async throws -> Change {
        try await core.change { waxwing_account_empty_trash($0, account.rawValue, &$1) }
    }
}
