package waxwing

import java.util.concurrent.locks.ReentrantReadWriteLock
import kotlin.concurrent.read
import kotlin.concurrent.thread
import kotlin.concurrent.write
import kotlin.time.Duration
import kotlin.time.Duration.Companion.seconds
import kotlin.time.Instant
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.withContext

/** A change that is made here, survives a crash, and waits for the server. */
class Operation internal constructor(private val pending: Pending) {
    val id = OperationId(pending.id.value)

    /** Returns when the server agreed. Giving up waiting doesn't take the change back: [Waxwing.undo] does. */
    suspend fun await() {
        pending.await(RawEvent.DONE)
    }
}

/**
 * The mail core: store, accounts, network, timers. One for a directory, for as long as the app's process wants mail.
 *
 * Everything but [close] may be called from any thread, the main one too: what reads the store or waits for the disk does
 * so on [Dispatchers.IO]. Functions that ask for something return when it is done, throw [WaxwingException] if it isn't,
 * and cancel it when their coroutine is cancelled. Changes return as soon as they are kept here, and are shown from then on.
 */
class Waxwing private constructor(private val host: Long) : AutoCloseable {
    private val answers = Answers()
    private val listeners = Listeners()

    /** Held for reading by calls, so that nothing is freed that is in use. */
    private val life = ReentrantReadWriteLock()
    private var closed = false

    /** How the events ended: [Status.CLOSED] once the client is closed; null while more may come. */
    @Volatile
    var ended: Status? = null
        private set

    private val pump = thread(name = "waxwing events", isDaemon = true) { pump() }

    /** What happens, in its order, until the client is closed. A collector that is 1024 events late gets [Event.Resync]. */
    val events: Flow<Event> = listeners.flow()

    internal fun eventsAfter(first: Event) = listeners.flow(first)

    private fun pump() {
        try {
            while (true) {
                val out = arrayOfNulls<ByteArray>(2)
                val status = Status(Native.nextEvent(host, -1, out))
                if (status != Status.OK) {
                    ended = status
                    return
                }
                val event = Packed(checkNotNull(out[0])).event(out[1])
                if (event.isAnswer) answers.tell(event) else event.news()?.let(listeners::tell)
            }
        } finally {
            answers.end()
            listeners.end()
        }
    }

    /**
     * Ends all work, which takes a few seconds at most: who waits gets E_CLOSED. Changes are kept and go on when it is
     * opened again. Not from the main thread, the log, or a coroutine on [Dispatchers.Unconfined].
     */
    override fun close() {
        check(Thread.currentThread() !== pump) { "closed by the thread that tells of it" }
        ifAlive { Native.close(it) }
        pump.join()
        if (life.write { !closed.also { closed = true } }) Native.free(host)
    }

    // Accounts.

    /** Removes an account's local mail, settings and secret; never anything on the server. */
    suspend fun removeAccount(account: AccountId) {
        request(RawEvent.DONE) { host, out -> Native.accountRemove(host, account.value, out) }
    }

    suspend fun sync(account: AccountId): SyncCounts =
        request(RawEvent.SYNC_DONE) { host, out -> Native.accountSync(host, account.value, out) }.synced()

    /** What its server offers and which ways were chosen, as lines for whoever helps. */
    suspend fun capabilities(account: AccountId): String =
        request(RawEvent.DONE) { host, out -> Native.accountCapabilities(host, account.value, out) }.text

    suspend fun setOffline(account: AccountId, offline: Offline) {
        request(RawEvent.DONE) { host, out -> Native.accountSetOffline(host, account.value, offline.days, out) }
    }

    /** Oldest first. */
    suspend fun accounts(): List<Account> = read { host, out -> Native.accounts(host, out) }.accounts()

    // Mailboxes.

    /** Account by account, roles first, then by path. */
    suspend fun mailboxes(account: AccountId? = null): List<Mailbox> =
        read { host, out -> Native.mailboxes(host, account?.value ?: 0, out) }.mailboxes()

    suspend fun sync(mailbox: MailboxId): SyncCounts =
        request(RawEvent.SYNC_DONE) { host, out -> Native.mailboxSync(host, mailbox.value, out) }.synced()

    /** Names the mailbox on the screen: it is kept freshest. */
    suspend fun show(mailbox: MailboxId) {
        request(RawEvent.DONE) { host, out -> Native.mailboxShow(host, mailbox.value, out) }
    }

    suspend fun setOffline(mailbox: MailboxId, offline: Offline) {
        request(RawEvent.DONE) { host, out -> Native.mailboxSetOffline(host, mailbox.value, offline.days, out) }
    }

    suspend fun setRole(mailbox: MailboxId, role: Role) {
        request(RawEvent.DONE) { host, out -> Native.mailboxSetRole(host, mailbox.value, role.code, out) }
    }

    suspend fun setSubscribed(mailbox: MailboxId, subscribed: Boolean): Operation =
        change { host, out -> Native.mailboxSetSubscribed(host, mailbox.value, if (subscribed) 1 else 0, out) }

    /** [path] is with the server's delimiter. */
    suspend fun createMailbox(account: AccountId, path: String, role: Role = Role.NONE): Operation =
        change { host, out -> Native.mailboxCreate(host, account.value, path.encodeToByteArray(), role.code, out) }

    suspend fun renameMailbox(mailbox: MailboxId, path: String): Operation =
        change { host, out -> Native.mailboxRename(host, mailbox.value, path.encodeToByteArray(), out) }

    /** With all messages in it. There is no undo once it was sent. */
    suspend fun deleteMailbox(mailbox: MailboxId): Operation =
        change { host, out -> Native.mailboxDelete(host, mailbox.value, out) }

    suspend fun markAllRead(mailbox: MailboxId): Operation =
        change { host, out -> Native.mailboxMarkAllRead(host, mailbox.value, out) }

    // Messages.

    /** Opens a list with a window of its first [window] rows, 10 000 at most. It reads nothing yet. */
    fun openList(query: ListQuery, window: Int): MailList = MailList.open(this, query, window)

    /** Reads a message, fetching its body first if it isn't here. */
    suspend fun load(message: MessageId, what: Load = Load.TEXT): Message {
        val event = request(RawEvent.MESSAGE_READY) { host, out ->
            Native.messageLoad(host, message.value, what.bits, out)
        }
        return event.opened ?: throw OutOfMemoryError("a message")
    }

    /** Reads a message from its bytes (RFC 5322), such as a file. Needs no account. */
    suspend fun parse(rfc5322: ByteArray, what: Load = Load.TEXT): Message {
        val event = request(RawEvent.MESSAGE_READY) { host, out -> Native.messageParse(host, rfc5322, what.bits, out) }
        return event.opened ?: throw OutOfMemoryError("a message")
    }

    /** Fetches all of a message, with all its files, if it isn't here. */
    suspend fun fetch(message: MessageId) {
        request(RawEvent.DONE) { host, out -> Native.messageFetch(host, message.value, out) }
    }

    /**
     * Fetches a part of a message (its number) alone, if it isn't here. What came is kept: it goes on where it was when it is
     * asked for again. [progress] tells meanwhile how much of it is here, from 0 to 1.
     */
    suspend fun fetchPart(message: MessageId, part: Int, progress: suspend (Double) -> Unit = {}) {
        val told: suspend (RawEvent) -> Unit = {
            if (it.kind == RawEvent.PROGRESS) progress(it.counts[1].toDouble() / it.counts[2].coerceAtLeast(1))
        }
        request(RawEvent.DONE, told) { host, out -> Native.partFetch(host, message.value, part, out) }
    }

    /** Writes a part of a message, decoded, to a new file; [path] is absolute. E_STATE: there is something of that name. */
    suspend fun save(message: MessageId, part: Part, path: String) {
        request(RawEvent.DONE) { host, out ->
            Native.partSave(host, message.value, part.number, path.encodeToByteArray(), out)
        }
    }

    /** Writes a part of a message to an open file, such as a `ParcelFileDescriptor`'s. */
    suspend fun save(message: MessageId, part: Part, fd: Int) {
        request(RawEvent.DONE) { host, out -> Native.partSaveOpen(host, message.value, part.number, fd, out) }
    }

    /**
     * Reads a part of a message, decoded, from [offset] on: [length] bytes, fewer at its end, none beyond. For viewers that go to
     * and fro. E_TIMEOUT: the message wasn't here and didn't come [within] that time, which a cancelled coroutine waits for, too.
     */
    suspend fun readPart(
        message: MessageId,
        part: Part,
        offset: Long,
        length: Int,
        within: Duration = 30.seconds,
    ): ByteArray {
        require(offset >= 0 && length >= 0) { "no piece of a part" }
        val timeout = within.inWholeMilliseconds.coerceIn(0, Int.MAX_VALUE.toLong()).toInt()
        val out = arrayOfNulls<ByteArray>(1)
        read(out) { host, _ -> Native.partRead(host, message.value, part.number, offset, length, timeout, out) }
        return checkNotNull(out[0])
    }

    /** Writes a whole message to an open file: an .eml file. */
    suspend fun export(message: MessageId, fd: Int) {
        request(RawEvent.DONE) { host, out -> Native.messageExport(host, message.value, fd, out) }
    }

    /** The bytes (RFC 5322) of a message that is here, as on the server. E_NOT_FOUND while they aren't: [load] fetches them. */
    suspend fun raw(message: MessageId): ByteArray {
        val out = arrayOfNulls<ByteArray>(2)
        read(out) { host, _ -> Native.messageRaw(host, message.value, out) }
        return out[1] ?: throw OutOfMemoryError("a message")
    }

    suspend fun setFlags(messages: Collection<MessageId>, add: Flags, remove: Flags = Flags.NONE): Operation =
        change { host, out -> Native.messagesSetFlags(host, messages.ids(), add.bits, remove.bits, out) }

    /** Gives messages keywords (atoms of IMAP) and takes others away. */
    suspend fun setKeywords(
        messages: Collection<MessageId>,
        add: Collection<String> = emptyList(),
        remove: Collection<String> = emptyList(),
    ): Operation = change { host, out ->
        val (added, removed) = listOf(add, remove).map { it.joinToString(" ").encodeToByteArray() }
        Native.messagesSetKeywords(host, messages.ids(), added, removed, out)
    }

    /** The tags that messages have, by what they are called. */
    suspend fun tags(): List<Tag> = read { host, out -> Native.tags(host, out) }.tags()

    /** Makes messages of one conversation a conversation of their own, on this device alone. [undo] takes it back. */
    suspend fun splitConversation(messages: Collection<MessageId>): Operation =
        change { host, out -> Native.conversationSplit(host, messages.ids(), out) }

    /** Makes the conversations of these messages of one account one, on this device alone. [undo] takes it back. */
    suspend fun joinConversations(messages: Collection<MessageId>): Operation =
        change { host, out -> Native.conversationsJoin(host, messages.ids(), out) }

    suspend fun move(messages: Collection<MessageId>, to: MailboxId): Operation =
        change { host, out -> Native.messagesMove(host, messages.ids(), to.value, out) }

    suspend fun copy(messages: Collection<MessageId>, to: MailboxId): Operation =
        change { host, out -> Native.messagesCopy(host, messages.ids(), to.value, out) }

    suspend fun archive(messages: Collection<MessageId>): Operation =
        change { host, out -> Native.messagesArchive(host, messages.ids(), out) }

    suspend fun trash(messages: Collection<MessageId>): Operation =
        change { host, out -> Native.messagesTrash(host, messages.ids(), out) }

    /** There is no undo. */
    suspend fun deleteForever(messages: Collection<MessageId>): Operation =
        change { host, out -> Native.messagesDeleteForever(host, messages.ids(), out) }

    /** There is no undo. */
    suspend fun emptyTrash(account: AccountId): Operation =
        change { host, out -> Native.accountEmptyTrash(host, account.value, out) }

    /** Hands a message (RFC 5322) over to the server, into this mailbox. */
    suspend fun append(mailbox: MailboxId, rfc5322: ByteArray, flags: Flags, received: Instant): Operation =
        change { host, out ->
            Native.messageAppend(host, mailbox.value, rfc5322, flags.bits, received.toEpochMilliseconds(), out)
        }

    /**
     * Sends a finished message (RFC 5322) once, after [hold] (an hour at most): until its end is on its way [undo] takes it back.
     * To, Cc and Bcc say who gets it; Bcc is not sent. It is kept in the account's sent messages. Waiting for it ends with
     * E_TIMEOUT when it can't be known whether it was sent: then only [retry] sends it again.
     */
    suspend fun send(account: AccountId, rfc5322: ByteArray, hold: Duration = Duration.ZERO): Operation {
        val holdMs = hold.inWholeMilliseconds.coerceIn(0, Int.MAX_VALUE.toLong()).toInt()
        return change { host, out -> Native.sendRaw(host, account.value, rfc5322, holdMs, out) }
    }

    // Changes that wait.

    suspend fun undo(operation: OperationId): Operation =
        change { host, out -> Native.operationUndo(host, operation.value, out) }

    suspend fun retry(operation: OperationId): Operation =
        change { host, out -> Native.queueRetry(host, operation.value, out) }

    suspend fun discard(operation: OperationId): Operation =
        change { host, out -> Native.queueDiscard(host, operation.value, out) }

    /** What waits for the server, and what it refused. */
    suspend fun queue(): List<QueuedChange> = read { host, out -> Native.queue(host, out) }.queue()

    // Trust.

    /**
     * Answers [Event.TrustAsked]. A key that is believed is the only one there from then on; accounts that wait for it connect,
     * and adding one is to be tried again. E_STATE where it must not be believed.
     */
    suspend fun decide(question: QuestionId, decision: TrustDecision) {
        request(RawEvent.DONE) { host, out -> Native.trustDecide(host, question.value, decision.ordinal, out) }
    }

    /** The keys that were pinned. */
    suspend fun pins(): List<Pin> = read { host, out -> Native.pins(host, out) }.pins()

    /** Takes a pin away: certificates there are looked at as everywhere else. */
    suspend fun removePin(host: String, port: Int) {
        require(port in 0..65_535) { "no port" }
        val name = host.encodeToByteArray()
        request(RawEvent.DONE) { client, out -> Native.pinRemove(client, name, port, out) }
    }

    // A phone's life.

    /** Before the process is put to sleep. Until [resume] all else is refused with E_STATE. */
    suspend fun suspend(within: Duration = 5.seconds) {
        val deadline = within.inWholeMilliseconds.coerceIn(0, Int.MAX_VALUE.toLong()).toInt()
        request(RawEvent.SUSPENDED) { host, out -> Native.suspend(host, deadline, out) }
    }

    /**
     * Brings one account, or all, up to date within a deadline, also out of sleep, into which it falls back: for a WorkManager's
     * job or a push.
     */
    suspend fun syncNow(scope: SyncScope, within: Duration, account: AccountId? = null): SyncCounts {
        val deadline = within.inWholeMilliseconds.coerceIn(0, Int.MAX_VALUE.toLong()).toInt()
        return request(RawEvent.SYNC_DONE) { host, out ->
            Native.syncNow(host, account?.value ?: 0, scope.code, deadline, out)
        }.synced()
    }

    suspend fun resume() {
        request(RawEvent.DONE) { host, out -> Native.resume(host, out) }
    }

    fun networkChanged(network: Network) = alive { Native.networkChanged(it, network.code) }

    /** What `onTrimMemory` says. */
    fun memoryPressure(pressure: MemoryPressure) = alive { Native.memoryPressure(it, pressure.code) }

    /** Whether to spare the battery: then no body is fetched unasked. */
    fun setPowerSaver(saver: Boolean) = alive { Native.setPowerSaver(it, saver) }

    /** Says how much is told to the log from now on. */
    fun setLogLevel(level: LogLevel) = alive { Native.setLogLevel(it, level.code) }

    // How calls are made.

    /** Runs a call on the client, which isn't freed meanwhile. */
    internal fun <T> alive(call: (host: Long) -> T): T = life.read {
        if (closed) throw Failure(Status.CLOSED, "the client is closed").exception()
        call(host)
    }

    internal fun ifAlive(call: (host: Long) -> Unit) = life.read { if (!closed) call(host) }

    /** [told] gets what is told of it before its end. */
    internal suspend fun request(
        kind: Int,
        told: (suspend (RawEvent) -> Unit)? = null,
        call: (host: Long, out: LongArray) -> Int,
    ): RawEvent {
        val pending = answers.start { out -> alive { call(it, out) } }
        return pending.awaitOr({ id -> ifAlive { Native.cancel(it, id.value) } }, kind, told)
    }

    private suspend fun change(call: (host: Long, out: LongArray) -> Int): Operation =
        withContext(Dispatchers.IO) { Operation(answers.start { out -> alive { call(it, out) } }) }

    internal suspend fun read(
        out: Array<ByteArray?> = arrayOfNulls(1),
        call: (host: Long, out: Array<ByteArray?>) -> Int,
    ): Packed = withContext(Dispatchers.IO) {
        val status = Status(alive { call(it, out) })
        if (status != Status.OK) throw Failure(status).exception()
        Packed(checkNotNull(out[0]))
    }

    internal fun replySecret(reply: Long, status: Status, secret: ByteArray?) =
        ifAlive { Native.replySecret(it, reply, status.code, secret) }

    internal fun replyStatus(reply: Long, status: Status) = ifAlive { Native.replyStatus(it, reply, status.code) }

    private fun Collection<MessageId>.ids() = LongArray(size).also { ids -> forEachIndexed { i, id -> ids[i] = id.value } }

    companion object {
        /** WAXWING_CLIENT_START_SUSPENDED and _READ_ONLY. */
        private const val START_SUSPENDED = 2
        private const val READ_ONLY = 4

        /**
         * Opens the store in [dataDir] (absolute, such as `File(context.noBackupFilesDir, "mail").path`) and starts working on
         * every account in it. [extraRootsPem]: more trust anchors. [log] is called on a thread of the library.
         *
         * [readOnly]: what is there is shown, also while the app itself is at work on it (a widget): snapshots and messages that
         * are here are had, all else is E_STATE. [cacheDir] (absolute, such as `context.cacheDir`): where that is which can be
         * fetched again, and the system may empty. [memoryCap]: bytes, 4 MiB at least; 0: 64 MiB. [cacheDiskCap]: bytes of
         * bodies that are kept on disk; 0: as many as [setOffline] says.
         */
        suspend fun open(
            dataDir: String,
            secrets: SecretStore,
            extraRootsPem: ByteArray? = null,
            startSuspended: Boolean = false,
            readOnly: Boolean = false,
            cacheDir: String? = null,
            memoryCap: Long = 0,
            cacheDiskCap: Long = 0,
            logLevel: LogLevel = LogLevel.NONE,
            log: ((level: LogLevel, line: String) -> Unit)? = null,
        ): Waxwing {
            var client: Waxwing? = null
            try {
                withContext(Dispatchers.IO) {
                    val callbacks = Callbacks(secrets, log)
                    val out = LongArray(1)
                    val error = arrayOfNulls<ByteArray>(1)
                    val flags = (if (startSuspended) START_SUSPENDED else 0) or (if (readOnly) READ_ONLY else 0)
                    try {
                        val code = Native.open(
                            dataDir.encodeToByteArray(),
                            cacheDir?.encodeToByteArray(),
                            flags,
                            memoryCap,
                            cacheDiskCap,
                            logLevel.code,
                            extraRootsPem,
                            callbacks,
                            out,
                            error,
                        )
                        if (code == Status.OK.code) client = Waxwing(out[0])
                        else throw (error[0]?.let { Packed(it).failure(null) } ?: Failure(Status(code))).exception()
                    } finally {
                        callbacks.client.complete(client)
                    }
                }
            } catch (cancelled: CancellationException) {
                withContext(NonCancellable + Dispatchers.IO) { client?.close() }
                throw cancelled
            }
            return checkNotNull(client)
        }
    }
}
