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
