import CWaxwing
import Foundation

extension Waxwing {
    /// How far adding an account is.
    public struct AccountCheck: Sendable, Hashable {
        public let step: Step
        public let state: State

        public struct Step: RawRepresentable, Hashable, Sendable {
            public let rawValue: Int32
            public init(rawValue: Int32) { self.rawValue = rawValue }

            /// Whether the server for mail is who it says and takes the secret.
            public static let incoming = Self(rawValue: WAXWING_CHECK_INCOMING)
            /// Which mailboxes there are.
            public static let mailboxes = Self(rawValue: WAXWING_CHECK_MAILBOXES)
            /// The same as the first for the server for sending, where there is one.
            public static let outgoing = Self(rawValue: WAXWING_CHECK_OUTGOING)
        }

        public enum State: Sendable, Hashable {
            case begun
            /// Of mailboxes with how many there are.
            case passed(mailboxes: UInt64?)
            /// Where only the step `outgoing` fails the account can be added without it.
            case failed(WaxwingError)
        }

        init(_ view: waxwing_event_view) {
            let (step, state, count, _) = view.counts
            self.step = Step(rawValue: Int32(clamping: step))
            if let error = view.error {
                self.state = .failed(WaxwingError(error))
            } else {
                self.state = state == 0 ? .begun : .passed(mailboxes: self.step == .mailboxes ? count : nil)
            }
        }
    }

    /// As which program a sign-in in the browser takes place.
    public struct OAuthClient: Sendable {
        /// The id that the provider gave to the app.
        public var id: String
        public var way: Way
        /// What some providers give beside the id.
        public var secret = ""
        /// `nil`: as the library's table has it for the account's server.
        public var endpoints: OAuthEndpoints?

        /// How the browser comes back.
        public enum Way: Sendable, Hashable {
            /// To a port of this device, open for that time alone: for the Mac.
            case loopback
            /// To this address of the app's own, as the provider knows it: hand it to `browserReturned`.
            case app(redirect: String)
            /// Not at all: the person types a code, at another device perhaps.
            case device
        }

        public init(id: String, way: Way) {
            (self.id, self.way) = (id, way)
        }

        /// As the library takes it, during a call.
        func given<Result>(_ work: (inout waxwing_oauth_client) throws -> Result) rethrows -> Result {
            let (way, redirect): (waxwing_browser_way, String) =
                switch way {
                case .loopback: (WAXWING_BROWSER_LOOPBACK, "")
                case .app(let redirect): (WAXWING_BROWSER_APP, redirect)
                case .device: (WAXWING_BROWSER_DEVICE, "")
                }
            let at = endpoints
            let urls = [at?.authorizeURL ?? "", at?.tokenURL ?? "", at?.deviceURL ?? "", at?.scopes ?? ""]
            return try withTexts([id, redirect] + urls) { texts in
                try withSecret(secret) { secret in
                    var oauth = waxwing_oauth_client()
                    oauth.struct_size = size(of: oauth)
                    (oauth.way, oauth.client_secret) = (way, secret)
                    (oauth.client_id, oauth.redirect) = (texts[0], texts[1])
                    (oauth.authorize_url, oauth.token_url) = (texts[2], texts[3])
                    (oauth.device_url, oauth.scopes) = (texts[4], texts[5])
                    return try work(&oauth)
                }
            }
        }
    }

    /// Where a provider's people sign in (https), and what is asked for.
    public struct OAuthEndpoints: Hashable, Sendable {
        public var authorizeURL: String
        public var tokenURL: String
        /// Separated by spaces.
        public var scopes: String
        /// "": not by a code.
        public var deviceURL = ""

        public init(authorizeURL: String, tokenURL: String, scopes: String) {
            (self.authorizeURL, self.tokenURL, self.scopes) = (authorizeURL, tokenURL, scopes)
        }
    }

    /// A page to open in a browser, such as an `ASWebAuthenticationSession`; never in a web view, where the app could read along.
    public struct SignInPage: Identifiable, Hashable, Sendable {
        /// Which sign-in it is: for `browserReturned`.
        public let id: UInt64
        public let url: String
        /// What the person types there; `nil` as a rule.
        public let code: String?

        init(_ view: waxwing_event_view) {
            (id, url) = (view.request, String(view.text))
            code = view.code.len == 0 ? nil : String(view.code)
        }
    }

    public typealias Checks = @Sendable (AccountCheck) async -> Void
    public typealias OpenPage = @Sendable (SignInPage) async -> Void

    /// Signs in once; only when that worked is the account kept, and its password in the secret store alone. `checks` gets each
    /// step, one after the other.
    public func addAccount(
        _ settings: AccountSettings, password: String, checks: Checks? = nil
    ) async throws -> AccountID {
        try await add(settings, checks) { client, config, request in
            withSecret(password) { waxwing_account_add_password(client, &config, $0, &request) }
        }
    }

    /// The same with an access token of OAuth 2, for apps that see to tokens themselves: when the server no longer takes it
    /// the account needs a sign-in with a new one.
    public func addAccount(
        _ settings: AccountSettings, token: String, checks: Checks? = nil
    ) async throws -> AccountID {
        try await add(settings, checks) { client, config, request in
            withSecret(token) { waxwing_account_add_token(client, &config, $0, &request) }
        }
    }

    /// The same, but the person signs in in the browser: `open` gets the page, and is to return when that is shown. Access is
    /// renewed without the person from then on. `cancelled`: the person refused; `invalidArgument`: it isn't known where people
    /// of this server sign in, or `client` makes no sense.
    public func addAccount(
        _ settings: AccountSettings, inBrowserAs oauth: OAuthClient, checks: Checks? = nil, open: @escaping OpenPage
    ) async throws -> AccountID {
        try await add(settings, checks, open) { client, config, request in
            oauth.given { waxwing_account_add_oauth(client, &config, &$0, &request) }
        }
    }

    /// Gives an account other settings: its `settings` with what is to be another. What differs but for the person's name is tried
    /// first, with the secret there is; where that fails nothing has changed. At another server the mailboxes are read anew.
    public func edit(
        _ account: AccountID, to settings: AccountSettings, checks: Checks? = nil
    ) async throws {
        _ = try await core.request(WAXWING_EVENT_DONE, telling: telling(checks, nil)) { client, request in
            settings.given { waxwing_account_edit(client, account.rawValue, &$0, &request) }
        }
    }

    private func add(
        _ settings: AccountSettings, _ checks: Checks?, _ open: OpenPage? = nil,
        _ call: (OpaquePointer, inout waxwing_account_config, inout waxwing_request) -> waxwing_status
    ) async throws -> AccountID {
        try await core.request(WAXWING_EVENT_DONE, telling: telling(checks, open)) { client, request in
            settings.given { call(client, &$0, &request) }
        }.account
    }

    /// Lets the person of an account sign in in the browser again, or for the first time; returns when it is in step. `oauth`
    /// `nil`: as the program it was done as before.
    @discardableResult
    public func signIn(
        _ account: AccountID, inBrowserAs oauth: OAuthClient? = nil, open: @escaping OpenPage
    ) async throws -> SyncCounts {
        try await core.request(WAXWING_EVENT_SYNC_DONE, telling: telling(nil, open)) { client, request in
            guard let oauth else {
                return waxwing_account_sign_in_oauth(client, account.rawValue, nil, &request)
            }
            return oauth.given { waxwing_account_sign_in_oauth(client, account.rawValue, &$0, &request) }
        }.counts
    }

    /// The app was called with the address that the browser was to come back to. One that isn't the end of this sign-in is passed
    /// over. `notFound`: no such sign-in waits.
    public func browserReturned(to url: String, signIn: SignInPage.ID) async throws {
        _ = try await core.request(WAXWING_EVENT_DONE) { client, request in
            withTexts([url]) { waxwing_account_oauth_redirect(client, signIn, $0[0], &request) }
        }
    }

    private func telling(_ checks: Checks?, _ open: OpenPage?) -> @Sendable (Told) async -> Void {
        { told in
            switch told {
            case .check(let check): await checks?(check)
            case .page(let page): await open?(page)
            case .source, .search, .part: break
            }
        }
    }
}

extension Waxwing.AccountSettings {
    /// As the library takes them, during a call.
    fileprivate func given<Result>(_ work: (inout waxwing_account_config) -> Result) -> Result {
        withTexts([address, displayName, userName, imapHost, smtpHost]) { texts in
            var config = waxwing_account_config()
            config.struct_size = size(of: config)
            (config.address, config.display_name) = (texts[0], texts[1])
            (config.user_name, config.imap_host) = (texts[2], texts[3])
            (config.imap_port, config.imap_security) = (imapPort, imapSecurity.code)
            (config.smtp_host, config.smtp_port) = (texts[4], smtpPort)
            config.smtp_security = smtpSecurity.code
            return work(&config)
        }
    }
}
