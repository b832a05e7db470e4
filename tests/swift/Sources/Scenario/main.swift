// The scenario of tests/abi/README.md: Scenario HOST PORT CA.pem DATA_DIR, the password in WAXWING_PASSWORD, the port of the
// server for sending in WAXWING_SMTP_PORT.

import Foundation
import Waxwing

/// Secrets in memory: an app would use the keychain.
actor Secrets: Waxwing.SecretStore {
    private var secrets: [String: Data] = [:]

    func secret(for key: String) -> Data? { secrets[key] }
    func keep(_ secret: Data, for key: String) { secrets[key] = secret }
    func remove(_ key: String) { secrets[key] = nil }
}

struct Failure: Error, CustomStringConvertible {
    let description: String
}

struct Scenario {
    let client: Waxwing
    let account: Waxwing.AccountID

    func run() async throws {
        _ = await ended("sync", "SYNC_DONE") { try await client.sync(account) }
        for mailbox in try await client.mailboxes(of: account) {
            print(
                "mailbox \(quoted(mailbox.path)) role \(mailbox.role.rawValue) flags \(mailbox.flags.rawValue)",
                "depth \(mailbox.depth) total \(mailbox.total) unread \(mailbox.unread)")
        }
        let inbox = try await mailbox("INBOX")
        try await printList(.mailbox(inbox))
        try await load(try await message("mail 30", in: inbox))
        try await change(inbox)
        try await send()
        try await search("subject:\"mail 26\"")
        try await readMails(inbox)

        let none = Waxwing.MessageID(rawValue: 999_999)
        _ = await ended("stale", "MESSAGE_READY") { try await client.load(none) }
        _ = await agreed("nothing") { try await client.move([], to: .init(rawValue: 999_999)) }
        print("queue \(try await client.queue().count)")

        _ = await ended("suspend", "SUSPENDED") { try await client.suspend(within: .seconds(5)) }
        print("asleep \(await status { try await client.accounts() })")
        _ = await ended("resume", "DONE") { try await client.resume() }
        try await printList(.mailbox(inbox))
        try await fetch(inbox)
        await close()
    }

    private func fetch(_ inbox: Waxwing.MailboxID) async throws {
        let thirtieth = try await message("mail 30", in: inbox)
        _ = await ended("file", "DONE") { try await client.fetchPart(1, of: thirtieth) }
        _ = await ended("file", "DONE") { try await client.fetchPart(2, of: thirtieth) }
        _ = await ended("whole", "DONE") { try await client.fetch(thirtieth) }
    }

    private func change(_ inbox: Waxwing.MailboxID) async throws {
        let archive = try await mailbox("Archive")
        let work = try await mailbox("Work")
        let trash = try await mailbox("Trash")

        let thirtieth = try await message("mail 30", in: inbox)
        _ = await agreed("flag") { try await client.setFlags(of: [thirtieth], adding: [.flagged, .seen]) }
        try await printList(.mailbox(inbox))
        _ = await agreed("tag") { try await client.setKeywords(of: [thirtieth], adding: ["Trip"]) }
        for tag in try await client.tags() { print("tagged \(quoted(tag.title)) \(tag.messages)") }

        let moved = try await message("mail 29", in: inbox)
        let change = await agreed("move") { try await client.move([moved], to: archive) }
        try await printList(.mailbox(archive))
        guard let change else { throw Failure(description: "there is no change to undo") }
        _ = await agreed("undo") { try await client.undo(change.id) }
        try await printList(.mailbox(archive))

        let copied = try await message("mail 28", in: inbox)
        _ = await agreed("copy") { try await client.copy([copied], to: work) }
        try await printList(.mailbox(work))

        let mail = [
            "Subject: appended", "From: Ada <ada@example.org>", "Message-ID: <appended@example.org>", "", "Hello",
            "",
        ]
        let data = Data(mail.joined(separator: "\r\n").utf8)
        let date = Date(timeIntervalSince1970: 1_700_000_500)
        _ = await agreed("append") { try await client.append(data, to: archive, flags: .seen, date: date) }
        try await printList(.mailbox(archive))

        let trashed = try await message("mail 27", in: inbox)
        _ = await agreed("trash") { try await client.trash([trashed]) }
        try await printList(.mailbox(trash))
        _ = await agreed("delete") { try await client.deleteForever([trashed]) }
        try await printList(.mailbox(trash))
    }

    private func send() async throws {
        let from = "From: Ada <ada@example.org>\r\n"
        let rest = [
            "To: Grace <grace@example.org>", "Bcc: alan@example.org", "Subject: sent", "Message-ID: <sent@example.org>",
            "", "Hello", "",
        ]
        let whole = Data((from + rest.joined(separator: "\r\n")).utf8)
        let sent = await agreed("send") { try await client.send(whole, from: account) }
        try await printList(.mailbox(try await mailbox("Sent")))
        guard let sent else { throw Failure(description: "there is nothing to undo") }
        _ = await agreed("late") { try await client.undo(sent.id) }
        _ = await agreed("nobody") { try await client.send(Data(from.utf8), from: account) }
    }

    private func load(_ id: Waxwing.MessageID) async throws {
        guard let message = await ended("load", "MESSAGE_READY", { try await client.load(id) }) else { return }
        print(
            "message \(quoted(message.row.subject)) \(quoted(message.from)) \(quoted(message.text))",
            message.raw.count)
        for part in message.parts {
            print("part \(part.id) \(quoted(part.fileName)) \(part.mimeType) \(part.size)")
        }
    }

    /// Asks anew until something is found.
    private func search(_ words: String) async throws {
        var page = try await page(.search(words, in: .account(account)))
        for _ in 0..<200 where page.rows.isEmpty {
            try await Task.sleep(for: .milliseconds(50))
            page = try await self.page(.search(words, in: .account(account)))
        }
        printPage(page)
    }

    /// Everything that is left comes before the end of the events. What ended them is what every call says from then on.
    private func close() async {
        let events = client.events
        await client.close()
        for await _ in events {}
        print("close \(await status { try await client.accounts() })")
    }

    // MARK: What there is

    func page(_ query: Waxwing.Query) async throws -> Waxwing.Page {
        try await client.list(query, window: 5).page()
    }

    func mailbox(_ path: String) async throws -> Waxwing.MailboxID {
        guard let mailbox = try await client.mailboxes(of: account).first(where: { $0.path == path }) else {
            throw Failure(description: "\(path) isn't there")
        }
        return mailbox.id
    }

    func message(_ subject: String, in mailbox: Waxwing.MailboxID) async throws -> Waxwing.MessageID {
        guard let row = try await page(.mailbox(mailbox)).rows.first(where: { $0.subject == subject }) else {
            throw Failure(description: "\(subject) isn't there")
        }
        return row.id
    }

    // MARK: Printing

    func printList(_ query: Waxwing.Query) async throws {
        printPage(try await page(query))
    }

    private func printPage(_ page: Waxwing.Page) {
        print("list \(page.total)")
        for row in page.rows {
            // These depend on how far it has come.
            let flags = row.flags.subtracting([.pending, .hasAttachment]).rawValue
            print(
                "row \(quoted(row.subject)) \(quoted(row.fromName)) \(row.fromAddress) \(flags) \(row.uid ?? 0)")
        }
    }
}

/// Prints how a change ended.
func agreed(_ what: String, _ make: () async throws -> Waxwing.Change) async -> Waxwing.Change? {
    await ended(what, "DONE") {
        let change = try await make()
        try await change.agreed()
        return change
    }
}

/// Prints how a request ended; the wrapper only returns after the kind of event that is named here.
func ended<Result>(_ what: String, _ kind: String, _ work: () async throws -> Result) async -> Result? {
    do {
        let result = try await work()
        print("\(what) \(kind)")
        return result
    } catch let error as WaxwingError {
        // A call that is refused at once has no more to say than its status.
        print("\(what) \(error.key.isEmpty ? "" : "FAILED ")\(error.status.name)")
    } catch {
        print("\(what) \(error)")
    }
    return nil
}

func status<Result>(_ work: () async throws -> Result) async -> String {
    do {
        _ = try await work()
        return "OK"
    } catch {
        return (error as? WaxwingError)?.status.name ?? "\(error)"
    }
}

func quoted(_ text: String) -> String {
    let escaped = text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
    return "\"\(escaped)\""
}

/// A client that trusts nobody here, until its person says so.
func stranger(in directory: String, _ settings: Waxwing.AccountSettings, password: String) async throws {
    let client = try await Waxwing.open(.init(directory: URL(fileURLWithPath: directory), secrets: Secrets()))
    let events = client.events
    _ = await ended("stranger", "DONE") { try await client.addAccount(settings, password: password) }
    for await case .trustAsked(let question) in events {
        print("question \(question.reason.rawValue) \(question.mayPin ? 1 : 0) \(quoted(question.subject))")
        _ = await ended("decide", "DONE") { try await client.decide(question.id, .pin) }
        print("pins \(try await client.pins().count)")
        _ = await ended("believed", "DONE") { try await client.addAccount(settings, password: password) }
        _ = await ended("unpin", "DONE") { try await client.removePin(at: question.host, port: question.port) }
        print("pins \(try await client.pins().count)")
        break
    }
    await client.close()
}

func fail(_ what: any Error) -> Never {
    FileHandle.standardError.write(Data("\(what)\n".utf8))
    exit(1)
}

let arguments = CommandLine.arguments
guard arguments.count == 5, let port = UInt16(arguments[2]),
    let password = ProcessInfo.processInfo.environment["WAXWING_PASSWORD"],
    let smtpPort = UInt16(ProcessInfo.processInfo.environment["WAXWING_SMTP_PORT"] ?? "")
else {
    fail(Failure(description: "usage: WAXWING_PASSWORD=... WAXWING_SMTP_PORT=... Scenario HOST PORT CA.pem DATA_DIR"))
}
do {
    var alone = Waxwing.AccountSettings(address: "ada@example.org", imapHost: arguments[1])
    alone.imapPort = port
    try await stranger(in: arguments[4] + "-stranger", alone, password: password)
    var options = Waxwing.Options(directory: URL(fileURLWithPath: arguments[4]), secrets: Secrets())
    options.extraRoots = try Data(contentsOf: URL(fileURLWithPath: arguments[3]))
    let client = try await Waxwing.open(options)
    print("open OK")
    var settings = Waxwing.AccountSettings(address: "ada@example.org", imapHost: arguments[1])
    (settings.displayName, settings.imapPort) = ("Ada", port)
    (settings.smtpHost, settings.smtpPort) = (arguments[1], smtpPort)
    let added = await ended("add", "DONE") { [settings] in
        try await client.addAccount(settings, password: password)
    }
    guard let added else { throw Failure(description: "there is no account to go on with") }
    try await Scenario(client: client, account: added).run()
} catch {
    fail(error)
}
