package waxwing

import java.io.File
import java.lang.reflect.Modifier
import java.net.ServerSocket
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.Duration.Companion.seconds
import kotlin.time.Instant
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitAll
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.filterIsInstance
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withContext
import kotlinx.coroutines.withTimeout

/** What the scenario doesn't show of the wrapper, on the same server and with the same arguments. Prints what it checked. */
object Manners {
    private lateinit var dataDir: String
    private lateinit var roots: ByteArray
    private lateinit var config: AccountConfig
    private val password get() = System.getenv("WAXWING_PASSWORD").encodeToByteArray()
    private val secrets = SlowSecrets()

    @JvmStatic
    fun main(arguments: Array<String>) {
        dataDir = arguments[3]
        roots = File(arguments[2]).readBytes()
        config = AccountConfig("ada@example.org", arguments[0], displayName = "Ada 😀 ü", imapPort = arguments[1].toInt())
        val checks = listOf<Pair<String, suspend () -> Unit>>(
            "nothing crashes on null" to ::nothingCrashesOnNull,
            "a cancelled coroutine cancels its request" to ::cancelled,
            "text beyond the BMP stays what it is" to ::text,
            "a secret store may take its time" to ::slowSecrets,
            "a list is followed" to ::followed,
            "what another client put there is told" to ::news,
            "an error says what is known" to ::errors,
            "no answer is lost that comes early" to ::early,
            "an address leads to settings" to ::discovered,
            "adding an account tells its steps" to ::checked,
            "a sign-in in the browser is asked for" to ::browser,
            "a part is read from any place on" to ::partRead,
            "servers are searched, and tags and conversations listed" to ::searched,
            "a store is only read beside the app" to ::onlyRead,
            "closing ends all" to ::closing,
        )
        for ((name, check) in checks) {
            runBlocking { withTimeout(60.seconds) { check() } }
            println(name)
        }
    }

    private suspend fun open() = Waxwing.open(dataDir, secrets, extraRootsPem = roots)

    private suspend fun <T> opened(work: suspend (Waxwing) -> T): T {
        val client = open()
        try {
            return work(client)
        } finally {
            withContext(Dispatchers.IO) { client.close() }
        }
    }

    private suspend fun refused(status: Status, work: suspend () -> Unit): WaxwingException {
        val error = runCatching { work() }.exceptionOrNull()
        check(error is WaxwingException && error.status == status) { "$error instead of $status" }
        return error
    }

    private suspend fun nothingCrashesOnNull() {
        val functions = Native::class.java.declaredMethods.filter { Modifier.isNative(it.modifiers) }
        check(functions.size > 40)
        for (function in functions) {
            val nothing: List<Any?> = function.parameterTypes.map { type ->
                when (type) {
                    Long::class.java -> 0L
                    Int::class.java -> 0
                    Boolean::class.java -> false
                    else -> null
                }
            }
            val said = function.invoke(Native, *nothing.toTypedArray())
            if (said is Int && function.name != "abiVersion") {
                check(Status(said) == Status.ARGUMENT) { "${function.name}: $said" }
            }
        }
    }

    /** A server that accepts connections and never says anything. */
    private suspend fun atSilentServer(work: suspend (config: AccountConfig, server: ServerSocket) -> Unit) {
        ServerSocket(0).use { server -> work(config.copy(imapPort = server.localPort), server) }
    }

    private suspend fun cancelled() = opened { client ->
        atSilentServer { silent, server ->
            withContext(Dispatchers.IO) {
                val adding = launch { client.addAccount(silent, password) }
                server.accept().use { connection ->
                    adding.cancel()
                    adding.join()
                    // The library hangs up: the request itself has ended, not only the wait.
                    val stream = connection.getInputStream()
                    while (stream.read() >= 0) { }
                }
            }
        }
        check(client.accounts().isEmpty())
    }

    private suspend fun text() = opened { client ->
        val account = client.addAccount(config, password)
        check(client.accounts().single().displayName == "Ada 😀 ü")
        client.sync(account)
        val work = client.mailboxes(account).single { it.path == "Work" }.id
        val mail = "Subject: =?UTF-8?B?8J+YgCBHcsO8w59l?=\r\nFrom: Ann <ann@example.org>\r\n\r\nHello\r\n"
        client.append(work, mail.encodeToByteArray(), Flags.SEEN, Instant.fromEpochMilliseconds(0)).await()
        val row = client.openList(ListQuery.In(work), window = 5).use { it.window() }.rows.single()
        check(row.subject == "😀 Grüße") { row.subject }
        client.createMailbox(account, "Grüße 😀").await()
        client.sync(account)
        check(client.mailboxes(account).any { it.path == "Grüße 😀" })
    }

    private suspend fun slowSecrets() {
        val before = secrets.asked
        opened { client -> client.sync(client.accounts().single().id) }
        check(secrets.asked > before)
    }

    private suspend fun followed() = opened<Unit> { client ->
        val inbox = client.mailboxes().single { it.role == Role.INBOX }.id
        client.openList(ListQuery.In(inbox), window = 5).use { list ->
            val begun = CompletableDeferred<Window>()
            runBlocking {
                val flagged = async(Dispatchers.Default) {
                    list.windows.first { window ->
                        begun.complete(window)
                        Flags.FLAGGED in window.rows.first().flags
                    }
                }
                client.setFlags(listOf(begun.await().rows.first().id), add = Flags.FLAGGED)
                flagged.await()
            }
        }
    }

    private suspend fun news() = opened { client ->
        val account = client.accounts().single()
        check(account.userName == "ada@example.org" && account.imapHost == config.imapHost)
        check(account.imapPort == config.imapPort)
        client.sync(account.id)
        check("move: MOVE" in client.capabilities(account.id).lines())
        client.suspend(within = 5.seconds)
        val other = Waxwing.open("$dataDir.other", SecretsInMemory(), extraRootsPem = roots)
        withContext(Dispatchers.IO) {
            other.use {
                val added = other.addAccount(config, password)
                other.sync(added)
                val inbox = other.mailboxes(added).single { it.role == Role.INBOX }.id
                val mail = "Subject: news\r\nFrom: Ann <ann@example.org>\r\n\r\nHello\r\n".encodeToByteArray()
                other.append(inbox, mail, Flags.NONE, Instant.fromEpochMilliseconds(1_800_000_000_000)).await()
            }
        }
        val told = CompletableDeferred<Event.NewMail>()
        runBlocking {
            val listening = launch(start = CoroutineStart.UNDISPATCHED) {
                told.complete(client.events.filterIsInstance<Event.NewMail>().first())
            }
            val counts = withContext(Dispatchers.Default) { client.syncNow(SyncScope.INBOXES, within = 20.seconds) }
            check(counts.new == 1L && counts.bytes > 0) { counts }
            listening.join()
        }
        val news = told.await()
        check(news.account == account.id && news.total == 1L && news.rows.single().subject == "news") { news }
        client.resume()
    }

    private suspend fun errors() = opened { client ->
        val inUse = refused(Status.STATE) { open() }
        check(inUse is WaxwingException.Refused && inUse.key == "usage.state" && inUse.request == null)
        val stranger = config.copy(address = "bob@example.test", userName = "bob@example.test")
        val wrong = refused(Status.AUTH) { client.addAccount(stranger, "wrong".encodeToByteArray()) }
        check(wrong is WaxwingException.SignIn && wrong.key == "auth.refused" && wrong.request != null)
        check(wrong.serverText.isNotEmpty())
    }

    private suspend fun early() {
        val answers = Answers()
        val pending = answers.start { out ->
            out[0] = 7
            answers.tell(done(RequestId(7)))
            Status.OK.code
        }
        pending.await(RawEvent.DONE)
        opened { client ->
            runBlocking(Dispatchers.Default) {
                List(1000) { async { refused(Status.NOT_FOUND) { client.load(MessageId(999_999)) } } }.awaitAll()
            }
        }
    }

    private fun done(request: RequestId) = RawEvent(
        kind = RawEvent.DONE,
        request = request,
        isFinal = true,
        account = AccountId(0),
        mailbox = MailboxId(0),
        list = 0,
        message = MessageId(0),
        operation = OperationId(0),
        generation = 0,
        counts = emptyList(),
        text = "",
        failure = null,
        rows = emptyList(),
        opened = null,
    )

    private suspend fun discovered() = opened { client ->
        client.networkChanged(Network.NONE)
        val told = ArrayList<SourceProgress>()
        val found = client.discover(" Ann <ann@GMail.com>") { told += it }
        val gmail = found.proposals.single()
        check(found.meant == null && found.obstacle == null) { found }
        check(gmail.address == "ann@gmail.com" && gmail.provider == "Gmail" && gmail.source == SettingsSource.TABLE) { gmail }
        check(gmail.signIn == SignInWay.OAUTH2 && gmail.otherSignIn == SignInWay.APP_PASSWORD) { gmail }
        check(gmail.hint == Proposal.Hint.APP_PASSWORD && gmail.hintUrl!!.startsWith("https://")) { gmail }
        check(gmail.endpoints?.scopes == "https://mail.google.com/" && gmail.otherUserName == null) { gmail }
        val settings = gmail.config("Ann")
        check(settings == AccountConfig(
            "ann@gmail.com",
            "imap.gmail.com",
            displayName = "Ann",
            userName = "ann@gmail.com",
            smtpHost = "smtp.gmail.com",
            smtpPort = 465,
        )) { settings }
        check(SourceProgress(SettingsSource.TABLE, SourceProgress.State.FOUND) in told) { told }
        val mistyped = client.discover("ann@gmial.com")
        check(mistyped.meant == "ann@gmail.com" && mistyped.proposals.isEmpty()) { mistyped }
        check(mistyped.obstacle == Obstacle.OFFLINE) { mistyped }
        refused(Status.ARGUMENT) { client.discover("ann@") }
        // What an app's own function throws ends it, and is what the app gets.
        val thrown = runCatching { client.discover("ann@gmail.com") { error("mine") } }.exceptionOrNull()
        check(thrown is IllegalStateException && thrown.message == "mine") { "$thrown" }
        client.networkChanged(Network.FREE)
    }

    private suspend fun checked() = Waxwing.open("$dataDir.checked", SecretsInMemory(), extraRootsPem = roots).let { client ->
        try {
            val wrong = ArrayList<AccountCheck>()
            refused(Status.AUTH) { client.addAccount(config, "wrong".encodeToByteArray()) { wrong += it } }
            check(wrong.first() == AccountCheck.Begun(CheckStep.INCOMING)) { wrong }
            val failed = wrong.last()
            check(failed is AccountCheck.Failed && failed.step == CheckStep.INCOMING) { wrong }
            check(failed.error.status == Status.AUTH) { wrong }
            val told = ArrayList<AccountCheck>()
            val account = client.addAccount(config, password) { told += it }
            val passed = told.filterIsInstance<AccountCheck.Passed>()
            check(passed.map { it.step } == listOf(CheckStep.INCOMING, CheckStep.MAILBOXES)) { told }
            check(passed[0].mailboxes == null && passed[1].mailboxes!! >= 5) { told }
            check(told.filterIsInstance<AccountCheck.Begun>().map { it.step } == passed.map { it.step }) { told }
            val added = client.accounts().single().config()
            client.editAccount(account, added.copy(displayName = "Ada Kestrel")) { error("a name is tried with nobody") }
            check(client.accounts().single().config() == added.copy(displayName = "Ada Kestrel")) { client.accounts() }
            wrong.clear()
            refused(Status.NETWORK) { client.editAccount(account, added.copy(imapPort = 1)) { wrong += it } }
            check(wrong.last() is AccountCheck.Failed && client.accounts().single().imapPort == added.imapPort) { wrong }
        } finally {
            withContext(Dispatchers.IO) { client.close() }
        }
    }

    private suspend fun browser() = opened { client ->
        val account = client.accounts().single().id
        val other = config.copy(address = "grace@example.org")
        val nobody = OAuthClient(id = "")
        val none: suspend (SignInPage) -> Unit = { error("there is no page") }
        refused(Status.ARGUMENT) { client.addAccountInBrowser(other, nobody, open = none) }
        refused(Status.ARGUMENT) { client.addAccountInBrowser(other, OAuthClient(id = "app"), open = none) }
        // It isn't known where people of this server sign in; nor as which program it was done before.
        val app = OAuthClient(id = "app", redirect = "org.example.app:/signed-in")
        refused(Status.ARGUMENT) { client.addAccountInBrowser(other, app, open = none) }
        refused(Status.ARGUMENT) { client.signInInBrowser(account, open = none) }
        refused(Status.NOT_FOUND) { client.browserReturned(RequestId(999_999), "org.example.app:/signed-in?code=x") }

        // Nobody is asked before the browser is back.
        val endpoints = OAuthEndpoints("https://localhost:1/agree", "https://localhost:1/token", "mail")
        val known = OAuthClient(id = "app", redirect = "org.example.app:/signed-in", endpoints = endpoints)
        val shown = CompletableDeferred<SignInPage>()
        runBlocking {
            val adding = launch { client.addAccountInBrowser(other, known) { shown.complete(it) } }
            val page = shown.await()
            check(page.url.startsWith("https://localhost:1/agree?") && page.code == null) { page }
            check("client_id=app" in page.url) { page }
            client.browserReturned(page.signIn, "org.example.app:/signed-in?code=x&state=y")
            check(adding.isActive) { "somebody else's return ends nothing" }
            adding.cancel()
            adding.join()
        }
        check(client.accounts().size == 1)
    }

    private suspend fun partRead() = opened<Unit> { client ->
        val inbox = client.mailboxes().single { it.role == Role.INBOX }.id
        val row = client.openList(ListQuery.In(inbox), window = 5).use { it.window() }.rows.single { it.subject == "mail 30" }
        val part = client.load(row.id).parts.single { it.fileName == "notes.txt" }
        suspend fun read(offset: Long, length: Int) = client.readPart(row.id, part, offset, length).decodeToString()
        val whole = read(0, 1000)
        check(whole.trimEnd() == "notes") { whole }
        check(read(1, 3) == "ote" && read(1000, 3) == "")
        client.memoryPressure(MemoryPressure.LOW)
        client.memoryPressure(MemoryPressure.CRITICAL)
        check(read(0, 5) == "notes")
        refused(Status.NOT_FOUND) { client.readPart(MessageId(999_999), part, 0, 5) }
        refused(Status.NOT_FOUND) { client.readPart(row.id, part.copy(number = 99), 0, 5) }
    }

    private suspend fun searched() = opened { client ->
        client.sync(client.accounts().single().id)
        val inbox = client.mailboxes().single { it.role == Role.INBOX }.id
        val told = ArrayList<SearchProgress>()
        val query = ListQuery.Search("subject:\"mail 26\"", mailbox = inbox)
        val found = client.searchServers(query) { told += it }
        check(found == FoundOnServers(1, isAll = true) && told.last() == SearchProgress(1, 1)) { "$found, $told" }
        suspend fun rows(query: ListQuery) = client.openList(query, window = 5).use { it.window() }.rows
        val row = rows(ListQuery.AllConversations).single { it.subject == "mail 30" }
        check(row.threadCount == 1 && row.threadAuthors == "Ann <ann@example.org>") { row }
        client.setKeywords(listOf(row.id), add = listOf("Trip")).await()
        val tagged = rows(ListQuery.Tagged(client.tags().single { it.keyword == "Trip" }.id)).single()
        check(tagged.id == row.id && tagged.keywords == listOf("Trip") && tagged.threadCount == 0) { tagged }
    }

    private suspend fun onlyRead() = opened { _ ->
        val widget = Waxwing.open(dataDir, SecretsInMemory(), readOnly = true)
        val account = widget.accounts().single().id
        refused(Status.STATE) { widget.sync(account) }
        withContext(Dispatchers.IO) { widget.close() }
        refused(Status.ARGUMENT) { Waxwing.open(dataDir, SecretsInMemory(), readOnly = true, startSuspended = true) }
        val cache = File("$dataDir.cache")
        val kept = Waxwing.open(
            "$dataDir.kept",
            SecretsInMemory(),
            cacheDir = cache.path,
            memoryCap = 8 shl 20,
            cacheDiskCap = 1 shl 20,
        )
        check(cache.isDirectory)
        withContext(Dispatchers.IO) { kept.close() }
    }

    private suspend fun closing() = atSilentServer { silent, _ ->
        val client = open()
        runBlocking(Dispatchers.Default) {
            val events = async(start = CoroutineStart.UNDISPATCHED) { client.events.toList() }
            val waits = async(start = CoroutineStart.UNDISPATCHED) {
                refused(Status.CLOSED) { client.addAccount(silent, password) }
            }
            delay(50.milliseconds)
            client.close()
            waits.await()
            events.await()
        }
        client.close()
        check(client.ended == Status.CLOSED)
        refused(Status.CLOSED) { client.accounts() }
        refused(Status.CLOSED) { client.setPowerSaver(true) }
        check(client.events.toList().isEmpty())
    }
}

/** It answers after a while, as one does that asks a person. */
private class SlowSecrets : SecretStore {
    private val kept = SecretsInMemory()

    @Volatile
    var asked = 0

    override suspend fun get(key: String): ByteArray? {
        asked++
        delay(50.milliseconds)
        return kept.get(key)
    }

    override suspend fun put(key: String, secret: ByteArray) {
        delay(50.milliseconds)
        kept.put(key, secret)
    }

    override suspend fun remove(key: String) = kept.remove(key)
}
