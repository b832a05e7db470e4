package waxwing

import java.io.File
import kotlin.system.exitProcess
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.Duration.Companion.seconds
import kotlin.time.Instant
import kotlin.time.TimeSource
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.async
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.filterIsInstance
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.runBlocking

/**
 * The scenario of tests/abi/README.md: HOST PORT CA.pem DATA_DIR, the password in WAXWING_PASSWORD, the port of the server for
 * sending in WAXWING_SMTP_PORT.
 */
fun main(arguments: Array<String>) {
    val password = System.getenv("WAXWING_PASSWORD")
    val smtpPort = System.getenv("WAXWING_SMTP_PORT")?.toIntOrNull()
    if (arguments.size != 4 || password == null || smtpPort == null) {
        System.err.println("usage: WAXWING_PASSWORD=... WAXWING_SMTP_PORT=... HOST PORT CA.pem DATA_DIR")
        exitProcess(1)
    }
    val (host, port, roots, dataDir) = arguments
    val config = AccountConfig(
        "ada@example.org",
        host,
        displayName = "Ada",
        imapPort = port.toInt(),
        smtpHost = host,
        smtpPort = smtpPort,
    )
    // What isn't caught ends the program with 1.
    runBlocking { Scenario.run(dataDir, File(roots).readBytes(), config, password.encodeToByteArray()) }
}

/** An app would use the Android Keystore. */
internal class SecretsInMemory : SecretStore {
    private val kept = HashMap<String, ByteArray>()

    override suspend fun get(key: String) = synchronized(kept) { kept[key]?.copyOf() }

    override suspend fun put(key: String, secret: ByteArray) = synchronized(kept) { kept[key] = secret.copyOf() }

    override suspend fun remove(key: String) {
        synchronized(kept) { kept.remove(key) }
    }
}

internal class Scenario(internal val client: Waxwing, internal val account: AccountId) {
    internal suspend fun mailbox(path: String) = client.mailboxes(account).single { it.path == path }.id

    internal suspend fun mail(subject: String, path: String = "INBOX"): List<MessageId> =
        listOf(window(ListQuery.In(mailbox(path))).rows.single { it.subject == subject }.id)

    internal suspend fun window(query: ListQuery): Window = client.openList(query, window = 5).use { it.window() }

    internal suspend fun printList(path: String) = print(window(ListQuery.In(mailbox(path))))

    private fun print(window: Window) {
        println("list ${window.total}")
        for (row in window.rows) {
            val flags = (row.flags - Flags.PENDING - Flags.HAS_ATTACHMENT).bits
            println("row ${quoted(row.subject)} ${quoted(row.fromName)} ${row.fromAddress} $flags ${row.uid}")
        }
    }

    suspend fun sync() {
        step("sync", "SYNC_DONE") { client.sync(account) }
        for (mailbox in client.mailboxes(account)) {
            val (path, role) = quoted(mailbox.path) to mailbox.role.code
            val counts = "total ${mailbox.total} unread ${mailbox.unread}"
            println("mailbox $path role $role flags ${mailbox.flags} depth ${mailbox.depth} $counts")
        }
        printList("INBOX")
    }

    suspend fun read() {
        val message = step("load", "MESSAGE_READY") { client.load(mail("mail 30").single()) } ?: return
        val (subject, from, text) = listOf(message.row.subject, message.from, message.text).map(::quoted)
        println("message $subject $from $text ${message.raw.size}")
        for (part in message.parts) {
            println("part ${part.number} ${quoted(part.fileName)} ${part.mimeType} ${part.size}")
        }
    }

    suspend fun change() {
        change("flag") { client.setFlags(mail("mail 30"), add = Flags.FLAGGED + Flags.SEEN) }
        printList("INBOX")
        change("tag") { client.setKeywords(mail("mail 30"), add = listOf("Trip")) }
        for (tag in client.tags()) println("tagged ${quoted(tag.title)} ${tag.messages}")
        val move = change("move") { client.move(mail("mail 29"), to = mailbox("Archive")) }
        printList("Archive")
        change("undo") { client.undo(checkNotNull(move).id) }
        printList("Archive")
        change("copy") { client.copy(mail("mail 28"), to = mailbox("Work")) }
        printList("Work")
        append()
        printList("Archive")
        val unwanted = mail("mail 27")
        change("trash") { client.trash(unwanted) }
        printList("Trash")
        change("delete") { client.deleteForever(unwanted) }
        printList("Trash")
    }

    private suspend fun append() {
        val head = "Subject: appended\r\nFrom: Ada <ada@example.org>\r\nMessage-ID: <appended@example.org>\r\n"
        val mail = "$head\r\nHello\r\n".encodeToByteArray()
        val received = Instant.fromEpochMilliseconds(1_700_000_500_000)
        change("append") { client.append(mailbox("Archive"), mail, Flags.SEEN, received) }
    }

    suspend fun send() {
        val from = "From: Ada <ada@example.org>\r\n"
        val rest = "To: Grace <grace@example.org>\r\nBcc: alan@example.org\r\nSubject: sent\r\n" +
            "Message-ID: <sent@example.org>\r\n\r\nHello\r\n"
        val sent = change("send") { client.send(account, (from + rest).encodeToByteArray()) }
        printList("Sent")
        change("late") { client.undo(checkNotNull(sent).id) }
        change("nobody") { client.send(account, from.encodeToByteArray()) }
    }

    suspend fun search() {
        val until = TimeSource.Monotonic.markNow() + 10.seconds
        val query = ListQuery.Search("subject:\"mail 26\"", account)
        var found = window(query)
        while (found.rows.isEmpty() && until.hasNotPassedNow()) {
            delay(50.milliseconds)
            found = window(query)
        }
        print(found)
    }

    suspend fun askForNothing() {
        step("stale", "MESSAGE_READY") { client.load(MessageId(999_999)) }
        change("nothing") { client.move(emptyList(), to = MailboxId(999_999)) }
        println("queue ${client.queue().size}")
    }

    suspend fun sleep() {
        step("suspend", "SUSPENDED") { client.suspend(within = 5.seconds) }
        step("asleep", "OK") { client.accounts() }
        step("resume", "DONE") { client.resume() }
        printList("INBOX")
    }

    suspend fun fetch() {
        val id = mail("mail 30").single()
        step("file", "DONE") { client.fetchPart(id, 1) }
        step("file", "DONE") { client.fetchPart(id, 2) }
        step("whole", "DONE") { client.fetch(id) }
    }

    companion object {
        /** A client that trusts nobody here, until its person says so. */
        private suspend fun stranger(dataDir: String, config: AccountConfig, password: ByteArray) {
            val alone = config.copy(displayName = "", smtpHost = "", smtpPort = 0)
            Waxwing.open(dataDir, SecretsInMemory()).use { client ->
                val question = coroutineScope {
                    val asked = async(start = CoroutineStart.UNDISPATCHED) {
                        client.events.filterIsInstance<Event.TrustAsked>().first().question
                    }
                    step("stranger", "DONE") { client.addAccount(alone, password) }
                    asked.await()
                }
                val mayPin = if (question.mayPin) 1 else 0
                println("question ${question.reason.ordinal} $mayPin ${quoted(question.subject)}")
                step("decide", "DONE") { client.decide(question.id, TrustDecision.PIN) }
                println("pins ${client.pins().size}")
                step("believed", "DONE") { client.addAccount(alone, password) }
                step("unpin", "DONE") { client.removePin(question.host, question.port) }
                println("pins ${client.pins().size}")
            }
        }

        suspend fun run(dataDir: String, roots: ByteArray, config: AccountConfig, password: ByteArray) {
            stranger("$dataDir-stranger", config, password)
            val opened = step("open", "OK") { Waxwing.open(dataDir, SecretsInMemory(), extraRootsPem = roots) }
            val client = checkNotNull(opened)
            client.use {
                val account = step("add", "DONE") { client.addAccount(config, password) }
                Scenario(client, checkNotNull(account)).run {
                    sync()
                    read()
                    change()
                    send()
                    search()
                    readMails()
                    askForNothing()
                    sleep()
                    fetch()
                }
            }
            println("close ${client.ended}")
        }

        internal suspend fun change(name: String, make: suspend () -> Operation): Operation? =
            step(name, "DONE") { make().apply { await() } }

        /**
         * Prints how something ended. `success` is the kind of its final event: the client accepts no other (Pending.await),
         * so that it is what came. Null: it failed.
         */
        internal suspend fun <T> step(name: String, success: String, work: suspend () -> T): T? = try {
            work().also { println("$name $success") }
        } catch (error: WaxwingException) {
            println(if (error.request != null) "$name FAILED ${error.status}" else "$name ${error.status}")
            null
        }

        internal fun quoted(text: String): String {
            val escaped = text.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n")
            return "\"$escaped\""
        }
    }
}
