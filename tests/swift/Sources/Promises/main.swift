// What the wrapper promises beyond the scenario: Promises HOST PORT CA.pem DATA_DIR, the password in WAXWING_PASSWORD. It
// prints each promise that was kept, and ends with 1 at the first that wasn't.

import Foundation
import Waxwing

/// Secrets in memory that are counted, and slow.
actor Secrets: Waxwing.SecretStore {
    private var secrets: [String: Data] = [:]
    private(set) var asked = 0

    func secret(for key: String) async throws -> Data? {
        asked += 1
        try await Task.sleep(for: .milliseconds(50))
        return secrets[key]
    }
    func keep(_ secret: Data, for key: String) { secrets[key] = secret }
    func remove(_ key: String) { secrets[key] = nil }
}

struct Promises {
    let options: Waxwing.Options
    let settings: Waxwing.AccountSettings
    let password: String
    let secrets: Secrets

    func keep() async throws {
        let client = try await Waxwing.open(options)
        let account = try await addAccount(to: client)
        try await client.sync(account)
        try await cancel(client, account)
        try await follow(client)
        try await hearNews(client, account)
        try await discover(client)
        try await check()
        try await signInInBrowser(client, account)
        try await readPart(client)
        try await search(client, account)
        try await onlyRead(account)
        try await refuseAnother()
        try await close(client, account)
        try await openAgain(account)
        try await letGo()
    }

    private func addAccount(to client: Waxwing) async throws -> Waxwing.AccountID {
        let error = await failure { try await client.addAccount(settings, password: "wrong") }
        promise("a refused sign-in has its key", error?.status == .signInAgain && error?.key.isEmpty == false)
        promise("a refused sign-in has the server's words", error?.serverText.isEmpty == false)
        promise("nothing is kept of it", try await client.accounts().isEmpty)
        return try await client.addAccount(settings, password: password)
    }

    /// A task that is cancelled ends, and with its own error.
    private func cancel(_ client: Waxwing, _ account: Waxwing.AccountID) async throws {
        for _ in 0..<20 {
            let sync = Task { try await client.sync(account) }
            await Task.yield()
            sync.cancel()
            guard case .failure(let error) = await sync.result else { continue }
            promise("a cancelled request ends so", error is CancellationError, quietly: true)
        }
        let row = try await client.list(.allInboxes, window: 1).page().rows[0]
        for _ in 0..<20 {
            let change = try await client.setFlags(of: [row.id], adding: .answered)
            let waiting = Task { try await change.agreed() }
            waiting.cancel()
            if case .failure(let error) = await waiting.result {
                promise("a cancelled wait ends so", error is CancellationError, quietly: true)
            }
            try await change.agreed()
        }
        promise("cancelled tasks end, changes go on", try await client.queue().isEmpty)
    }

    /// A list on the screen hears of changes, and sleeps with the client.
    private func follow(_ client: Waxwing) async throws {
        let list = try await client.list(.allInboxes, window: 5)
        var pages = list.pages.makeAsyncIterator()
        guard let row = try await pages.next()?.rows.first else { return promise("there is mail", false) }
        _ = try await client.setFlags(of: [row.id], adding: .flagged)
        var isFlagged = false
        while !isFlagged, let page = try await pages.next() {
            isFlagged = page.rows.first { $0.id == row.id }?.flags.contains(.flagged) ?? false
        }
        promise("a list tells of a change", isFlagged)
        try list.move(to: nil, after: 3)
        var rows = 5
        while rows != 3, let page = try await pages.next() { rows = page.rows.count }
        promise("a list tells that its window moved", rows == 3)

        let events = client.events
        try await client.suspend(within: .seconds(5))
        promise("a list sleeps", await failure { try await list.page() }?.status == .wrongState)
        try await client.resume()
        promise("a list wakes", try await pages.next()?.rows.count == 3)
        for await event in events where event == .resync { break }
        promise("waking is told", true)
    }

    /// A mail that another client put there while this one sleeps.
    private func hearNews(_ client: Waxwing, _ account: Waxwing.AccountID) async throws {
        guard let row = try await client.accounts().first else { return promise("there is an account", false) }
        let isTold = row.userName == "ada@example.org" && row.imapHost == settings.imapHost
        promise("an account tells its settings", isTold && row.imapPort == settings.imapPort)
        let offered = try await client.capabilities(of: account)
        promise("what a server offers is told", offered.contains("move: MOVE\n"))
        client.setLogLevel(.none)
        let events = client.events
        try await client.suspend(within: .seconds(5))

        var otherOptions = options
        otherOptions.directory = options.directory.appendingPathExtension("other")
        otherOptions.secrets = Secrets()
        let other = try await Waxwing.open(otherOptions)
        let added = try await other.addAccount(settings, password: password)
        try await other.sync(added)
        guard let inbox = try await other.mailboxes(of: added).first(where: { $0.role == .inbox }) else {
            return promise("there is an inbox", false)
        }
        let mail = Data("Subject: news\r\nFrom: Ann <ann@example.org>\r\n\r\nHello\r\n".utf8)
        try await other.append(mail, to: inbox.id).agreed()
        await other.close()

        let counts = try await client.syncNow(.inboxes, within: .seconds(20))
        promise("a sync tells what it brought", counts.new == 1 && counts.bytes > 0)
        var news: [Waxwing.MessageRow] = []
        for await event in events {
            guard case .newMail(account, _, let rows, total: 1) = event else { continue }
            news = rows
            break
        }
        promise("new mail is told with its rows", news.map(\.subject) == ["news"])
        try await client.resume()
    }

    /// From an address to settings.
    private func discover(_ client: Waxwing) async throws {
        client.networkChanged(.none)
        let told = Collected<Waxwing.SourceProgress>()
        let found = try await client.discover(" Ann <ann@GMail.com>") { await told.add($0) }
        promise("an address leads to settings", found.proposals.count == 1 && found.meant == nil && found.obstacle == nil)
        let gmail = found.proposals[0]
        promise("settings tell who named them", gmail.provider == "Gmail" && gmail.source == .table)
        let ways = gmail.signIn == .browser && gmail.otherSignIn == .appPassword && gmail.hint == .makeAppPassword
        promise("settings tell how to sign in", ways && gmail.hintURL?.hasPrefix("https://") == true)
        promise("settings tell where", gmail.endpoints?.scopes == "https://mail.google.com/" && gmail.otherUserName == nil)
        let settings = gmail.settings
        let incoming = (settings.address, settings.imapHost, settings.imapPort) == ("ann@gmail.com", "imap.gmail.com", 993)
        promise("settings are ready to be used", incoming && settings.smtpHost == "smtp.gmail.com" && settings.smtpPort == 465)
        let sources = await told.all
        promise("each source is told", sources.contains { $0.source == .table && $0.state == .found })
        let mistyped = try await client.discover("ann@gmial.com")
        promise("a slip is seen", mistyped.meant == "ann@gmail.com" && mistyped.obstacle == .offline)
        let error = await failure { try await client.discover("ann@") }
        promise("what is no address is said to be none", error?.status == .invalidArgument)
        client.networkChanged(.free)
    }

    /// What is told while an account is added.
    private func check() async throws {
        var others = options
        others.directory = options.directory.appendingPathExtension("checked")
        others.secrets = Secrets()
        let client = try await Waxwing.open(others)
        let wrong = Collected<Waxwing.AccountCheck>()
        _ = await failure { try await client.addAccount(settings, password: "wrong") { await wrong.add($0) } }
        let last = await wrong.all.last
        guard last?.step == .incoming, case .failed(let error) = last?.state else {
            return promise("a step that fails is told", false)
        }
        promise("a step that fails is told", error.status == .signInAgain)
        let told = Collected<Waxwing.AccountCheck>()
        let account = try await client.addAccount(settings, password: password) { await told.add($0) }
        let checks = await told.all
        let passed = checks.filter { if case .passed = $0.state { true } else { false } }
        promise("steps that pass are told", passed.map(\.step) == [.incoming, .mailboxes])
        promise("and begun before", checks.first?.state == .begun && checks.count == 4)
        guard case .passed(mailboxes: let count?) = passed[1].state else { return promise("mailboxes are counted", false) }
        promise("mailboxes are counted", count >= 5)
        guard var edited = try await client.accounts().first?.settings else { return promise("it is there", false) }
        let (name, port) = ("Ada Kestrel", edited.imapPort)
        edited.displayName = name
        try await client.edit(account, to: edited) { _ in fail("a name is tried with nobody") }
        edited.imapPort = 1
        let refused = await failure { try await client.edit(account, to: edited) }
        promise("settings that fail are not kept", refused?.status == .network)
        let kept = try await client.accounts().first
        promise("and a name is", kept?.displayName == name && kept?.imapPort == port)
        await client.close()
    }

    private func signInInBrowser(_ client: Waxwing, _ account: Waxwing.AccountID) async throws {
        let redirect = "org.example.app:/signed-in"
        var grace = self.settings
        (grace.address, grace.userName) = ("grace@example.org", "")
        let settings = grace
        for oauth in [
            Waxwing.OAuthClient(id: "", way: .app(redirect: redirect)), .init(id: "app", way: .app(redirect: "")),
            // It isn't known where people of this server sign in.
            .init(id: "app", way: .app(redirect: redirect)),
        ] {
            let error = await failure { try await client.addAccount(settings, inBrowserAs: oauth) { _ in fail("a page") } }
            promise("a program that makes no sense is refused", error?.status == .invalidArgument, quietly: true)
        }
        let never = await failure { try await client.signIn(account) { _ in fail("a page") } }
        promise("as which program is to be said", never?.status == .invalidArgument)
        let stranger = await failure { try await client.browserReturned(to: redirect + "?code=x", signIn: 999_999) }
        promise("who returns to no sign-in is told so", stranger?.status == .notFound)

        var oauth = Waxwing.OAuthClient(id: "app", way: .app(redirect: redirect))
        oauth.endpoints = .init(
            authorizeURL: "https://localhost:1/agree", tokenURL: "https://localhost:1/token", scopes: "mail")
        let (pages, shown) = AsyncStream<Waxwing.SignInPage>.makeStream()
        let adding = Task { [oauth] in
            try await client.addAccount(settings, inBrowserAs: oauth) { shown.yield($0) }
        }
        var iterator = pages.makeAsyncIterator()
        guard let page = await iterator.next() else { return promise("a page is to be opened", false) }
        let isTheirs = page.url.hasPrefix("https://localhost:1/agree?") && page.url.contains("client_id=app")
        promise("a page is to be opened", isTheirs && page.code == nil)
        try await client.browserReturned(to: redirect + "?code=x&state=y", signIn: page.id)
        adding.cancel()
        guard case .failure(let error) = await adding.result else { return promise("a sign-in is given up", false) }
        promise("a sign-in is given up", error is CancellationError)
        promise("nothing is added by it", try await client.accounts().count == 1)
    }

    private func readPart(_ client: Waxwing) async throws {
        let rows = try await client.list(.allInboxes, window: 5).page().rows
        guard let row = rows.first(where: { $0.subject == "mail 30" }),
            let part = try await client.load(row.id).parts.first(where: { $0.fileName == "notes.txt" })
        else { return promise("there is a file", false) }
        func read(_ offset: UInt64, _ count: Int) async throws -> String {
            String(decoding: try await client.read(part, of: row.id, from: offset, count: count), as: UTF8.self)
        }
        promise("a part is read", try await read(0, 1000).hasPrefix("notes"))
        let (middle, beyond) = (try await read(1, 3), try await read(1000, 3))
        promise("from any place on", middle == "ote" && beyond.isEmpty)
        client.memoryPressure(.warning)
        client.memoryPressure(.critical)
        promise("also where memory is short", try await read(0, 5) == "notes")
        let gone = Waxwing.MessageID(rawValue: 999_999)
        let error = await failure { try await client.read(part, of: gone, from: 0, count: 5) }
        promise("a message that isn't there has no part", error?.status == .notFound)
    }

    /// What only shows mail is opened beside the app.
    private func search(_ client: Waxwing, _ account: Waxwing.AccountID) async throws {
        try await client.sync(account)
        guard let inbox = try await client.mailboxes(of: account).first(where: { $0.role == .inbox }) else {
            return promise("there is an inbox", false)
        }
        let told = Collected<Waxwing.SearchProgress>()
        let found = try await client.searchServers("subject:\"mail 26\"", in: .mailbox(inbox.id)) { await told.add($0) }
        let last = await told.all.last
        promise("servers are searched", found == (1, true) && last?.done == 1 && last?.total == 1)
        let conversations = try await client.list(.allConversations, window: 5).page().rows
        guard let row = conversations.first(where: { $0.subject == "mail 30" }) else {
            return promise("conversations are listed", false)
        }
        promise("conversations are listed", row.threadCount == 1 && row.threadAuthors == "Ann <ann@example.org>")
        try await client.setKeywords(of: [row.id], adding: ["Trip"]).agreed()
        guard let tag = try await client.tags().first(where: { $0.keyword == "Trip" }) else {
            return promise("there is a tag", false)
        }
        let tagged = try await client.list(.tagged(tag.id), window: 5).page().rows
        promise("what has a tag is listed", tagged.map(\.id) == [row.id] && tagged.first?.keywords == ["Trip"])
    }

    private func onlyRead(_ account: Waxwing.AccountID) async throws {
        var only = options
        (only.isReadOnly, only.secrets) = (true, nil)
        let widget = try await Waxwing.open(only)
        promise("a store is read beside the app", try await widget.accounts().map(\.id) == [account])
        promise("and only read", await failure { try await widget.sync(account) }?.status == .wrongState)
        await widget.close()
        only.startsSuspended = true
        let both = await failure { [only] in try await Waxwing.open(only) }
        promise("one of both it is", both?.status == .invalidArgument)

        var kept = options
        kept.directory = options.directory.appendingPathExtension("kept")
        kept.secrets = Secrets()
        let cache = options.directory.appendingPathExtension("cache")
        (kept.cacheDirectory, kept.memoryCap, kept.diskCacheCap) = (cache, 8 << 20, 1 << 20)
        let client = try await Waxwing.open(kept)
        promise("what can be fetched again is elsewhere", FileManager.default.fileExists(atPath: cache.path))
        await client.close()
    }

    /// Two clients can't have one store; what was given to the one that wasn't opened is let go.
    private func refuseAnother() async throws {
        for _ in 0..<50 {
            weak var given: Secrets?
            await {
                let theirs = Secrets()
                given = theirs
                var options = options
                options.secrets = theirs
                options.log = { _, _ in _ = theirs }
                let error = await failure { [options] in try await Waxwing.open(options) }
                promise("a store is for one client", error?.status == .wrongState, quietly: true)
            }()
            for _ in 0..<100 where given != nil { try await Task.sleep(for: .milliseconds(1)) }
            promise("a client that wasn't opened holds nothing", given == nil, quietly: true)
        }
        promise("a store is for one client, and another holds nothing", true)
    }

    private func close(_ client: Waxwing, _ account: Waxwing.AccountID) async throws {
        let (events, list) = (client.events, try await client.list(.allInboxes, window: 5))
        let syncs = (0..<5).map { _ in Task { try await client.sync(account) } }
        await client.close()
        for await _ in events {}
        promise("events end", true)
        for sync in syncs {
            let error = await failure { try await sync.value }
            promise("what waits is answered", error == nil || error?.status == .closed, quietly: true)
        }
        promise("a closed client says so", await failure { try await client.sync(account) }?.status == .closed)
        for try await _ in list.pages {}
        promise("lists end", await failure { try await list.page() }?.status == .closed)
    }

    private func openAgain(_ account: Waxwing.AccountID) async throws {
        let client = try await Waxwing.open(options)
        try await client.sync(account)
        promise("the secret is asked for again", await secrets.asked > 0)
        await client.close()
    }

    /// A client that nobody holds any more is closed.
    private func letGo() async throws {
        for await _ in try await eventsOfNobody() {}
        var again: Waxwing?
        for _ in 0..<100 where again == nil {
            again = try? await Waxwing.open(options)
            if again == nil { try await Task.sleep(for: .milliseconds(50)) }
        }
        promise("a client that is let go gives its store up", again != nil)
        await again?.close()
    }

    private func eventsOfNobody() async throws -> AsyncStream<Waxwing.Event> {
        try await Waxwing.open(options).events
    }
}

/// What was told, in its order.
actor Collected<Item: Sendable> {
    private(set) var all: [Item] = []

    func add(_ item: Item) { all.append(item) }
}

func failure<Result>(_ work: () async throws -> Result) async -> WaxwingError? {
    do {
        _ = try await work()
        return nil
    } catch {
        return error as? WaxwingError
    }
}

func promise(_ what: String, _ isKept: Bool, quietly: Bool = false) {
    if !isKept { fail("not kept: \(what)") }
    if !quietly { print(what) }
}

func fail(_ what: String) -> Never {
    FileHandle.standardError.write(Data("\(what)\n".utf8))
    exit(1)
}

let arguments = CommandLine.arguments
guard arguments.count == 5, let port = UInt16(arguments[2]),
    let password = ProcessInfo.processInfo.environment["WAXWING_PASSWORD"]
else {
    fail("usage: WAXWING_PASSWORD=... Promises HOST PORT CA.pem DATA_DIR")
}
do {
    let secrets = Secrets()
    var options = Waxwing.Options(directory: URL(fileURLWithPath: arguments[4]), secrets: secrets)
    options.extraRoots = try Data(contentsOf: URL(fileURLWithPath: arguments[3]))
    var settings = Waxwing.AccountSettings(address: "ada@example.org", imapHost: arguments[1])
    settings.imapPort = port
    try await Promises(options: options, settings: settings, password: password, secrets: secrets).keep()
} catch {
    fail("\(error)")
}
