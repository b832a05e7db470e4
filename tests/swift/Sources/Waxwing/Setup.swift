import CWaxwing

extension Waxwing {
    /// What `discover` found for an address.
    public struct Discovery: Hashable, Sendable {
        /// Best first; may be none.
        public let proposals: [Proposal]
        /// The address that was probably meant; `nil` where there is no doubt.
        public let meant: String?
        /// Why there is nothing to sign in to; `nil`: it isn't known that there isn't.
        public let obstacle: Obstacle?

        init(_ view: waxwing_event_view) {
            proposals = view.rows.map { waxwing_rows_array($0).map(Proposal.init) } ?? []
            meant = known(view.text)
            obstacle = view.counts.0 == 0 ? nil : Obstacle(rawValue: Int32(clamping: view.counts.0))
        }
    }

    /// Settings that somebody named for an address.
    public struct Proposal: Hashable, Sendable {
        /// The address, cleaned.
        public let address: String
        /// The provider's name; "" if nobody said. From any source but the table a stranger's text.
        public let provider: String
        public let imapHost: String
        public let imapPort: UInt16
        public let imapSecurity: AccountSettings.Security
        /// "": none was named.
        public let smtpHost: String
        public let smtpPort: UInt16
        public let smtpSecurity: AccountSettings.Security
        public let userName: String
        /// To be tried where `userName` is refused.
        public let otherUserName: String?
        /// The best way to sign in, and another.
        public let signIn: SignInWay
        public let otherSignIn: SignInWay?
        public let source: Source
        /// A server of that name proved who it is, and speaks IMAP.
        public let isVerified: Bool
        /// Only DNS or a guess named a host outside the address's domain: have it confirmed before a password goes there.
        public let needsConfirming: Bool
        /// What the person has to do first at the provider.
        public let hint: Hint?
        /// Its page for that.
        public let hintURL: String?
        /// Where people of this server sign in in the browser; `nil`: that isn't known, and it can't be used.
        public let endpoints: OAuthEndpoints?

        public enum Hint: Int32, Sendable {
            case makeAppPassword = 1
            /// In the settings of the mailbox.
            case allowIMAP = 2
        }

        /// A way to sign in.
        public struct SignInWay: RawRepresentable, Hashable, Sendable {
            public let rawValue: Int32
            public init(rawValue: Int32) { self.rawValue = rawValue }

            public static let password = Self(rawValue: WAXWING_AUTH_PASSWORD)
            public static let browser = Self(rawValue: WAXWING_AUTH_OAUTH2)
            /// With a password that the provider makes for an app.
            public static let appPassword = Self(rawValue: WAXWING_AUTH_APP_PASSWORD)
        }

        init(_ row: waxwing_setup_row) {
            (address, provider) = (String(row.address), String(row.provider))
            (imapHost, imapPort) = (String(row.imap_host), row.imap_port)
            (smtpHost, smtpPort) = (String(row.smtp_host), row.smtp_port)
            (imapSecurity, smtpSecurity) = (.init(row.imap_security), .init(row.smtp_security))
            (userName, otherUserName) = (String(row.user_name), known(row.other_user_name))
            signIn = SignInWay(rawValue: row.auth)
            otherSignIn = row.other_auth == 0 ? nil : SignInWay(rawValue: row.other_auth)
            source = Source(rawValue: row.source)
            (isVerified, needsConfirming) = (row.verified_tls, row.needs_confirming)
            (hint, hintURL) = (Hint(rawValue: row.hint_kind), known(row.hint))
            endpoints = known(row.oauth_authorize).map {
                OAuthEndpoints(
                    authorizeURL: $0, tokenURL: String(row.oauth_token), scopes: String(row.oauth_scopes))
            }
        }

        /// What an account is added with.
        public var settings: AccountSettings {
            var settings = AccountSettings(address: address, imapHost: imapHost)
            settings.userName = userName
            (settings.imapPort, settings.imapSecurity) = (imapPort, imapSecurity)
            (settings.smtpHost, settings.smtpPort, settings.smtpSecurity) = (smtpHost, smtpPort, smtpSecurity)
            return settings
        }
    }

    /// Who named settings.
    public struct Source: RawRepresentable, Hashable, Sendable {
        public let rawValue: Int32
        public init(rawValue: Int32) { self.rawValue = rawValue }

        /// The table of well-known providers that comes with the library.
        public static let table = Self(rawValue: WAXWING_SOURCE_TABLE)
        /// The domain itself, at autoconfig.DOMAIN.
        public static let autoconfig = Self(rawValue: WAXWING_SOURCE_AUTOCONFIG)
        /// Records of services in DNS.
        public static let srv = Self(rawValue: WAXWING_SOURCE_SRV)
        /// The provider that takes the domain's mail, by DNS.
        public static let mx = Self(rawValue: WAXWING_SOURCE_MX)
        /// Servers of usual names that answered.
        public static let guess = Self(rawValue: WAXWING_SOURCE_GUESS)
        /// The domain itself, under DOMAIN/.well-known.
        public static let wellKnown = Self(rawValue: WAXWING_SOURCE_WELL_KNOWN)
        /// Mozilla's collection of providers.
        public static let ispdb = Self(rawValue: WAXWING_SOURCE_ISPDB)
    }

    /// Why there is nothing to sign in to.
    public struct Obstacle: RawRepresentable, Hashable, Sendable {
        public let rawValue: Int32
        public init(rawValue: Int32) { self.rawValue = rawValue }

        public static let noIMAP = Self(rawValue: WAXWING_OBSTACLE_NO_IMAP)
        public static let popOnly = Self(rawValue: WAXWING_OBSTACLE_POP_ONLY)
        public static let noSuchDomain = Self(rawValue: WAXWING_OBSTACLE_NO_SUCH_DOMAIN)
        public static let offline = Self(rawValue: WAXWING_OBSTACLE_OFFLINE)
        /// The network wants a sign-in of its own first.
        public static let captivePortal = Self(rawValue: WAXWING_OBSTACLE_CAPTIVE_PORTAL)
    }

    /// How far a source is that is asked for settings.
    public struct SourceProgress: Hashable, Sendable {
        public let source: Source
        public let state: State

        public struct State: RawRepresentable, Hashable, Sendable {
            public let rawValue: Int32
            public init(rawValue: Int32) { self.rawValue = rawValue }

            public static let asking = Self(rawValue: 1)
            public static let found = Self(rawValue: 2)
            public static let nothing = Self(rawValue: 3)
            public static let unreachable = Self(rawValue: 4)
        }

        init(_ view: waxwing_event_view) {
            source = Source(rawValue: Int32(clamping: view.counts.0))
            state = State(rawValue: Int32(clamping: view.counts.1))
        }
    }

    /// Finds the settings for an address, as a person typed it; ten seconds at most. Nothing is kept of it, and no password is
    /// needed. `progress` tells meanwhile how far each source is. `invalidArgument`: this is no address.
    public func discover(
        _ address: String, progress: (@Sendable (SourceProgress) async -> Void)? = nil
    ) async throws -> Discovery {
        let answer = try await core.request(
            WAXWING_EVENT_SETUP_FOUND,
            telling: { told in
                if case .source(let source) = told { await progress?(source) }
            },
            { client, request in
                withTexts([address]) { waxwing_setup_discover(client, $0[0], &request) }
            })
        guard let discovery = answer.discovery else { throw WaxwingError(.internal) }
        return discovery
    }
}

/// `nil` for "".
private func known(_ text: waxwing_str) -> String? {
    text.len == 0 ? nil : String(text)
}
