package waxwing

import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.Duration.Companion.seconds
import kotlin.time.TimeSource
import kotlinx.coroutines.delay
import waxwing.Scenario.Companion.change
import waxwing.Scenario.Companion.quoted
import waxwing.Scenario.Companion.step

/** What the scenario does with the mails of the mailbox Reading. */
internal suspend fun Scenario.readMails() {
    val (invited, offer, plan) = listOf("invited", "offer", "plan").map { mail(it, "Reading").single() }
    readNotices(invited)
    readNotices(offer)
    val links = listOf("bank.example", "Log in").map { if (isFalseLink(it, "https://shop.example/")) 1 else 0 }
    println("false ${links[0]} ${links[1]}")
    readNotices(plan)
    showPictures(invited, plan)
    step("leave", "DONE") { client.unsubscribe(offer) }
    printList("Sent")
    step("stay", "DONE") { client.unsubscribe(plan) }
    regroup()
    keepSearches()
    searchEverywhere()
}

/** What is to be known of a message before it is read. */
private suspend fun Scenario.readNotices(id: MessageId) {
    val message = step("read", "MESSAGE_READY") { client.load(id, Load.HTML) } ?: return
    val (marks, pretences) = message.marks.bits to message.pretences.bits
    println("opened $marks ${message.authentication.code} $pretences ${quoted(message.receiptTo)}")
    println("way ${message.unsubscribeWay.code} ${quoted(message.unsubscribeAddress)}")
    message.invitation?.let(::print)
    message.pictures.forEach { println("picture $it") }
    message.trackers.forEach { println("tracker $it") }
}

private fun print(invitation: Invitation) {
    val organiser = invitation.organiser
    val texts = listOf(invitation.summary, invitation.place, organiser.name).joinToString(" ", transform = ::quoted)
    val repeated = if (invitation.isRepeated) 1 else 0
    println("invitation ${invitation.method.code} $repeated $texts ${organiser.address}")
    invitation.start?.let { print("from", it) }
    invitation.end?.let { print("until", it) }
    for ((person, attendance) in invitation.invited) {
        println("asked ${quoted(person.name)} ${person.address} ${attendance.code}")
    }
}

private fun print(what: String, moment: Moment) {
    val day = "%04d-%02d-%02d".format(moment.year, moment.month, moment.day)
    val time = moment.hour?.let { " %02d:%02d %s".format(it, moment.minute, quoted(moment.zone)) }.orEmpty()
    val instant = moment.instant?.let { " ${it.toEpochMilliseconds()}" }.orEmpty()
    println("$what $day$time$instant")
}

private suspend fun Scenario.showPictures(with: MessageId, without: MessageId) {
    step("pictures", "DONE") { client.fetchPictures(with) }
    println("fetched ${client.pictures(with).size}")
    step("none", "DONE") { client.fetchPictures(without) }
    for ((what, always) in listOf("always" to true, "never" to false)) {
        step(what, "DONE") { client.rememberPictureSender("Ann@Shop.example", always) }
        println("senders" + client.pictureSenders().joinToString("") { " $it" })
    }
}

private suspend fun Scenario.printConversations() {
    val window = window(ListQuery.In(mailbox("Reading"), threads = true))
    println("conversations ${window.total}")
    for (row in window.rows) {
        val counts = "${row.threadCount} ${row.threadUnread}"
        println("thread ${quoted(row.subject)} $counts ${quoted(row.threadAuthors)}")
    }
}

private suspend fun Scenario.regroup() {
    val answer = mail("Re: plan", "Reading")
    val both = answer + mail("offer", "Reading")
    printConversations()
    val split = change("split") { client.splitConversation(answer) }
    printConversations()
    change("unsplit") { client.undo(checkNotNull(split).id) }
    printConversations()
    change("several") { client.splitConversation(both) }
    val join = change("join") { client.joinConversations(both) }
    printConversations()
    change("unjoin") { client.undo(checkNotNull(join).id) }
    printConversations()
}

private suspend fun Scenario.printSearches() {
    val searches = client.searches()
    println("searches ${searches.size}")
    for ((_, name, query) in searches) {
        val isHere = if (query.account == account) 1 else 0
        println("kept ${quoted(name)} ${quoted(query.words)} ${query.role.code} $isHere")
    }
}

private suspend fun Scenario.keepSearches() {
    val stars = ListQuery.Search("is:unread", role = Role.FLAGGED)
    val saved = step("save", "DONE") { client.saveSearch("Bills", ListQuery.Search("subject:invoice", account)) }
    val id = checkNotNull(saved)
    step("another", "DONE") { client.saveSearch("A star", stars) }
    step("nameless", "DONE") { client.saveSearch(" ", stars) }
    printSearches()
    step("rename", "DONE") { client.renameSearch(id, "Invoices") }
    printSearches()
    step("forget", "DONE") { client.deleteSearch(id) }
    step("forgotten", "DONE") { client.deleteSearch(id) }
    printSearches()
}

private suspend fun Scenario.searchEverywhere() {
    val here = ListQuery.Search("", mailbox = mailbox("Reading"))
    val until = TimeSource.Monotonic.markNow() + 10.seconds
    var coverage = client.coverage(here)
    while (coverage.withoutBody + coverage.notIndexed > 0 && until.hasNotPassedNow()) {
        delay(50.milliseconds)
        coverage = client.coverage(here)
    }
    println(coverage.run { "coverage $messages $withoutBody $notIndexed $notListed" })
    val inbox = mailbox("INBOX")
    val found = step("server", "DONE") { client.searchServers(ListQuery.Search("subject:\"mail 26\"", mailbox = inbox)) }
    if (found != null) println("found ${found.messages} ${if (found.isAll) 1 else 0}")
    step("unsought", "DONE") { client.searchServers(ListQuery.Search(" - ", mailbox = inbox)) }
}
