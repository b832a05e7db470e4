import CWaxwing
import Foundation

extension Waxwing {
    /// A certificate that isn't believed. Its texts are a stranger's.
    public struct TrustQuestion: Identifiable, Hashable, Sendable {
        public let id: UInt64
        /// `nil`: of an account that is being added.
        public let account: AccountID?
        public let host: String
        public let port: UInt16
        public let reason: Reason
        /// Whether it may be believed all the same.
        public let mayPin: Bool
        public let subject: String
        public let issuer: String
        /// Host names and addresses it is for.
        public let names: [String]
        public let sha256: String
        /// Of its public key: what a pin holds.
        public let keySHA256: String
        public let notBefore: Date
        public let notAfter: Date
        /// DER.
        public let leaf: Data

        public struct Reason: RawRepresentable, Hashable, Sendable {
            public let rawValue: Int32
            public init(rawValue: Int32) { self.rawValue = rawValue }

            public static let unknownIssuer = Self(rawValue: WAXWING_TRUST_UNKNOWN_ISSUER)
            public static let wrongHost = Self(rawValue: WAXWING_TRUST_WRONG_HOST)
            public static let expired = Self(rawValue: WAXWING_TRUST_EXPIRED)
            public static let notYetValid = Self(rawValue: WAXWING_TRUST_NOT_YET_VALID)
            public static let revoked = Self(rawValue: WAXWING_TRUST_REVOKED)
            public static let pinChanged = Self(rawValue: WAXWING_TRUST_PIN_CHANGED)
            public static let weak = Self(rawValue: WAXWING_TRUST_WEAK)
            public static let selfSigned = Self(rawValue: WAXWING_TRUST_SELF_SIGNED)
            public static let unusable = Self(rawValue: WAXWING_TRUST_UNUSABLE)
        }

        init(_ question: waxwing_trust_question) {
            id = question.question
            account = question.account == 0 ? nil : AccountID(rawValue: question.account)
            (host, port) = (String(question.host), question.port)
            (reason, mayPin) = (Reason(rawValue: question.reason), question.may_pin)
            (subject, issuer) = (String(question.subject), String(question.issuer))
            names = String(question.names).split(separator: "\n").map { String($0) }
            (sha256, keySHA256) = (String(question.sha256_hex), String(question.key_sha256_hex))
            notBefore = Date(milliseconds: question.not_before_ms)
            notAfter = Date(milliseconds: question.not_after_ms)
            leaf = question.leaf_der.ptr.map { Data(bytes: $0, count: question.leaf_der.len) } ?? Data()
        }
    }

    public enum TrustDecision: Int32, Sendable {
        /// It isn't believed, as before.
        case refuse = 0
        /// Its key is believed there until the client is closed.
        case thisRun = 1
        /// Its key is believed there from now on.
        case pin = 2
    }

    /// A key that alone is believed at a port of a host.
    public struct Pin: Hashable, Sendable {
        public let host: String
        public let port: UInt16
        /// It outlives this client.
        public let isLasting: Bool
        public let since: Date
        public let subject: String
        public let keySHA256: String

        @Sendable init(_ row: waxwing_pin_row) {
            (host, port, isLasting) = (String(row.host), row.port, row.lasting)
            since = Date(milliseconds: row.since_ms)
            (subject, keySHA256) = (String(row.subject), String(row.key_sha256_hex))
        }
    }

    /// Answers `Event.trustAsked`. A key that is believed is the only one there from then on; accounts that wait for it connect,
    /// and adding one is to be tried again.
    public func decide(_ question: TrustQuestion.ID, _ decision: TrustDecision) async throws {
        _ = try await core.request(WAXWING_EVENT_DONE) {
            waxwing_trust_decide($0, question, decision.rawValue, &$1)
        }
    }

    /// The keys that were pinned, by host and port.
    public func pins() async throws -> [Pin] {
        try await core.rows(Pin.init) { waxwing_pins_snapshot($0, &$1) }
    }

    /// Takes a pin away: certificates there are looked at as everywhere else.
    public func removePin(at host: String, port: UInt16) async throws {
        _ = try await core.request(WAXWING_EVENT_DONE) { client, request in
            withTexts([host]) { waxwing_pin_remove(client, $0[0], port, &request) }
        }
    }
}
