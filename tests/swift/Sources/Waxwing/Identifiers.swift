/// Ids are the same after a restart and never given again: they may be kept for restoring what was on the screen. One that is
/// stale fails with `notFound`.
public protocol WaxwingIdentifier: RawRepresentable, Hashable, Sendable, Codable where RawValue == UInt64 {}

extension Waxwing {
    public struct AccountID: WaxwingIdentifier {
        public let rawValue: UInt64
        public init(rawValue: UInt64) { self.rawValue = rawValue }
    }

    public struct MailboxID: WaxwingIdentifier {
        public let rawValue: UInt64
        public init(rawValue: UInt64) { self.rawValue = rawValue }
    }

    /// A message keeps its id when it is moved, as far as the server lets it be followed.
    public struct MessageID: WaxwingIdentifier {
        public let rawValue: UInt64
        public init(rawValue: UInt64) { self.rawValue = rawValue }
    }

    /// A conversation.
    public struct ThreadID: WaxwingIdentifier {
        public let rawValue: UInt64
        public init(rawValue: UInt64) { self.rawValue = rawValue }
    }

    /// A search that is kept.
    public struct SearchID: WaxwingIdentifier {
        public let rawValue: UInt64
        public init(rawValue: UInt64) { self.rawValue = rawValue }
    }

    /// A change that was made here.
    public struct OperationID: WaxwingIdentifier {
        public let rawValue: UInt64
        public init(rawValue: UInt64) { self.rawValue = rawValue }
    }
}

extension WaxwingIdentifier {
    /// `nil` for 0, which is none.
    init?(some rawValue: UInt64) {
        guard rawValue != 0 else { return nil }
        self.init(rawValue: rawValue)
    }
}
