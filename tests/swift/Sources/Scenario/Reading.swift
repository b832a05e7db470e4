// What the scenario does with the mails of the mailbox Reading.

import Foundation
import Waxwing

extension Scenario {
    func readMails(_ inbox: Waxwing.MailboxID) async throws {
        let reading = try await mailbox("Reading")
        let invited = try await message("invited", in: reading)
        let offer = try await message("offer", in: reading)
        let plan = try await message("plan", in: reading)
        await readNotices(invited)
        await readNotices(offer)
        let links = ["bank.example", "Log in"].map { Waxwing.isFalseLink($0, to: "https://shop.example/") ? 1 : 0 }
        print("false \(links[0]) \(links[1])")
        await readNotices(plan)
        try await showPictures(invited, plan)
        _ = await ended("leave", "DONE") { try await client.unsubscribe(offer) }
        try await printList(.mailbox(try await mailbox("Sent")))
        _ = await ended("stay", "DONE") { try await client.unsubscribe(plan) }
        try await regroup(reading)
        try await keepSearches()
        try await searchEverywhere(reading, inbox)
    }

    /// What is to be known of a message before it is read.
    private func readNotices(_ id: Waxwing.MessageID) async {
        guard let message = await ended("read", "MESSAGE_READY", { try await client.load(id, .html) }) else { return }
        print(
            "opened \(message.marks.rawValue) \(message.authentication.rawValue) \(message.pretences.rawValue)",
            quoted(message.receiptTo))
        print("way \(message.unsubscribeWay.rawValue) \(quoted(message.unsubscribeAddress))")
        if let invitation = message.invitation { printInvitation(invitation) }
        for picture in message.pictures { print("picture \(picture)") }
        for tracker in message.trackers { print("tracker \(tracker)") }
    }

    private func printInvitation(_ invitation: Waxwing.Invitation) {
        let texts = [invitation.summary, invitation.place, invitation.organiser.name].map { quoted($0) }
        print(
            "invitation \(invitation.method.rawValue) \(invitation.isRepeated ? 1 : 0)", texts.joined(separator: " "),
            invitation.organiser.address)
        if let start = invitation.start { printMoment("from", start) }
        if let end = invitation.end { printMoment("until", end) }
        for one in invitation.invited {
            print("asked \(quoted(one.person.name)) \(one.person.address) \(one.attendance.rawValue)")
        }
    }

    private func printMoment(_ what: String, _ moment: Waxwing.Invitation.Moment) {
        func number(_ value: Int?, _ digits: Int) -> String {
            let text = String(value ?? 0)
            return String(repeating: "0", count: max(0, digits - text.count)) + text
        }
        let parts = moment.components
        var line = "\(what) \(number(parts.year, 4))-\(number(parts.month, 2))-\(number(parts.day, 2))"
        if !moment.isAllDay {
            line += " \(number(parts.hour, 2)):\(number(parts.minute, 2)) \(quoted(moment.zone))"
        }
        if let instant = moment.instant { line += " \(Int64(instant.timeIntervalSince1970 * 1000))" }
        print(line)
    }

    private func showPictures(_ with: Waxwing.MessageID, _ without: Waxwing.MessageID) async throws {
        _ = await ended("pictures", "DONE") { try await client.fetchPictures(of: with) }
        print("fetched \(try await client.pictures(of: with).count)")
        _ = await ended("none", "DONE") { try await client.fetchPictures(of: without) }
        for (what, always) in [("always", true), ("never", false)] {
            _ = await ended(what, "DONE") {
                try await client.rememberPictureSender("Ann@Shop.example", always: always)
            }
            print((["senders"] + (try await client.pictureSenders())).joined(separator: " "))
        }
    }

    private func printConversations(_ mailbox: Waxwing.MailboxID) async throws {
        let page = try await page(.conversations(mailbox))
        print("conversations \(page.total)")
        for row in page.rows {
            print("thread \(quoted(row.subject)) \(row.threadCount) \(row.threadUnread) \(quoted(row.threadAuthors))")
        }
    }

    private func regroup(_ mailbox: Waxwing.MailboxID) async throws {
        let answer = try await message("Re: plan", in: mailbox)
        let both = [answer, try await message("offer", in: mailbox)]
        try await printConversations(mailbox)
        let split = await agreed("split") { try await client.splitConversation([answer]) }
        try await printConversations(mailbox)
        guard let split else { throw Failure(description: "there is no split to undo") }
        _ = await agreed("unsplit") { try await client.undo(split.id) }
        try await printConversations(mailbox)
        _ = await agreed("several") { try await client.splitConversation(both) }
        let join = await agreed("join") { try await client.joinConversations(both) }
        try await printConversations(mailbox)
        guard let join else { throw Failure(description: "there is nothing joined to undo") }
        _ = await agreed("unjoin") { try await client.undo(join.id) }
        try await printConversations(mailbox)
    }

    private func printSearches() async throws {
        let searches = try await client.searches()
        print("searches \(searches.count)")
        for search in searches {
            let role = search.scope == .flagged ? Waxwing.Role.flagged.rawValue : 0
            let isHere = search.scope == .account(account) ? 1 : 0
            print("kept \(quoted(search.name)) \(quoted(search.words)) \(role) \(isHere)")
        }
    }

    private func keepSearches() async throws {
        let saved = await ended("save", "DONE") {
            try await client.saveSearch("subject:invoice", in: .account(account), as: "Bills")
        }
        guard let saved else { throw Failure(description: "no search is kept") }
        _ = await ended("another", "DONE") { try await client.saveSearch("is:unread", in: .flagged, as: "A star") }
        _ = await ended("nameless", "DONE") { try await client.saveSearch("is:unread", in: .flagged, as: " ") }
        try await printSearches()
        _ = await ended("rename", "DONE") { try await client.renameSearch(saved, to: "Invoices") }
        try await printSearches()
        _ = await ended("forget", "DONE") { try await client.deleteSearch(saved) }
        _ = await ended("forgotten", "DONE") { try await client.deleteSearch(saved) }
        try await printSearches()
    }

    private func searchEverywhere(_ reading: Waxwing.MailboxID, _ inbox: Waxwing.MailboxID) async throws {
        var coverage = try await client.coverage(of: .mailbox(reading))
        for _ in 0..<200 where coverage.withoutBody + coverage.notIndexed > 0 {
            try await Task.sleep(for: .milliseconds(50))
            coverage = try await client.coverage(of: .mailbox(reading))
        }
        print("coverage \(coverage.messages) \(coverage.withoutBody) \(coverage.notIndexed) \(coverage.notListed)")
        let words = "subject:\"mail 26\""
        let found = await ended("server", "DONE") { try await client.searchServers(words, in: .mailbox(inbox)) }
        if let found { print("found \(found.messages) \(found.isAll ? 1 : 0)") }
        _ = await ended("unsought", "DONE") { try await client.searchServers(" - ", in: .mailbox(inbox)) }
    }
}
