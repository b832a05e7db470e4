import CWaxwing

extension Waxwing {
    /// A search that is kept: what to open a list with.
    public struct SavedSearch: Identifiable, Hashable, Sendable {
        public let id: SearchID
        public let name: String
        public let words: String
        public let scope: Query.Scope

        @Sendable init(_ row: waxwing_search_row) {
            id = SearchID(rawValue: row.id)
            (name, words) = (String(row.name), String(row.search))
            scope = Query.Scope(row)
        }

        /// For `list`.
        public var query: Query { .search(words, in: scope) }
    }

    /// How many mailboxes were searched on servers, of how many.
    public struct SearchProgress: Hashable, Sendable {
        public let done, total: UInt64
    }

    /// How far a search can be trusted.
    public struct Coverage: Hashable, Sendable {
        /// Listed.
        public let messages: UInt64
        /// Of those: found by subject and author alone.
        public let withoutBody: UInt64
        /// Of those: perhaps not found.
        public let notIndexed: UInt64
        /// Mailboxes that are not yet listed whole.
        public let notListed: UInt64
    }

    /// Searches on the servers too: what they find is in the lists of the same search. How many messages they found, and whether
    /// every mailbox was searched for everything. Another one ends it with `cancelled`.
    public func searchServers(
        _ words: String, in scope: Query.Scope = .everywhere,
        progress: (@Sendable (SearchProgress) async -> Void)? = nil
    ) async throws -> (messages: UInt64, isAll: Bool) {
        let answer = try await core.request(
            WAXWING_EVENT_DONE,
            telling: { told in
                if case .search(let searched) = told { await progress?(searched) }
            },
            { client, request in
                scope.withQuery(words) { waxwing_search_server(client, &$0, &request) }
            })
        return (answer.numbers.0, answer.numbers.1 != 0)
    }

    public func saveSearch(
        _ words: String, in scope: Query.Scope = .everywhere, as name: String
    ) async throws -> SearchID {
        let answer = try await core.request(WAXWING_EVENT_DONE) { client, request in
            withTexts([name]) { texts in
                scope.withQuery(words) { waxwing_search_save(client, texts[0], &$0, &request) }
            }
        }
        return SearchID(rawValue: answer.numbers.0)
    }

    public func renameSearch(_ search: SearchID, to name: String) async throws {
        _ = try await core.request(WAXWING_EVENT_DONE) { client, request in
            withTexts([name]) { waxwing_search_rename(client, search.rawValue, $0[0], &request) }
        }
    }

    /// No longer keeps a search; messages stay as they are.
    public func deleteSearch(_ search: SearchID) async throws {
        _ = try await core.request(WAXWING_EVENT_DONE) { waxwing_search_delete($0, search.rawValue, &$1) }
    }

    /// By name. `Event.searchesChanged` tells when there are others.
    public func searches() async throws -> [SavedSearch] {
        try await core.rows(SavedSearch.init) { waxwing_searches_snapshot($0, &$1) }
    }

    public func coverage(of scope: Query.Scope) async throws -> Coverage {
        try await core.call { client in
            var (messages, withoutBody, notIndexed, notListed) = (UInt64(), UInt64(), UInt64(), UInt64())
            let status = scope.withQuery("") {
                waxwing_search_coverage(client, &$0, &messages, &withoutBody, &notIndexed, &notListed)
            }
            try check(status)
            return Coverage(
                messages: messages, withoutBody: withoutBody, notIndexed: notIndexed, notListed: notListed)
        }
    }
}

extension Waxwing.Query.Scope {
    init(_ row: waxwing_search_row) {
        switch (row.account, row.mailbox, row.role) {
        case (_, let mailbox, _) where mailbox != 0: self = .mailbox(.init(rawValue: mailbox))
        case (let account, _, _) where account != 0: self = .account(.init(rawValue: account))
        case (_, _, WAXWING_ROLE_INBOX): self = .inboxes
        case (_, _, WAXWING_ROLE_FLAGGED): self = .flagged
        default: self = .everywhere
        }
    }

    func fill(_ query: inout waxwing_list_query) {
        switch self {
        case .everywhere: break
        case .account(let account): query.account = account.rawValue
        case .mailbox(let mailbox): query.mailbox = mailbox.rawValue
        case .inboxes: query.role = WAXWING_ROLE_INBOX
        case .flagged: query.role = WAXWING_ROLE_FLAGGED
        }
    }

    /// A search as the library takes it, during a call.
    func withQuery<Result>(_ words: String, _ work: (inout waxwing_list_query) -> Result) -> Result {
        var query = waxwing_list_query()
        query.struct_size = size(of: query)
        fill(&query)
        return withTexts([words]) { texts in
            query.search = texts[0]
            return work(&query)
        }
    }
}
