package waxwing

/**
 * The functions of waxwing_jni.c, one for each of waxwing.h. `host` is what [open] wrote; statuses are returned, what else
 * there is goes into `out`: an id, or packed bytes (see [Packed]) and, of a message, its raw bytes beside them.
 *
 * An app that is shrunk keeps the names: `-keep class waxwing.Native { *; }` and `-keep class waxwing.Callbacks { *; }`.
 */
internal object Native {
    /** The version of waxwing.h that this was written for. */
    const val ABI_MAJOR = 1

    init {
        System.loadLibrary("waxwing_jni")
        check(abiVersion() ushr 16 == ABI_MAJOR) { "libwaxwing is of another major version" }
    }

    external fun abiVersion(): Int
    external fun statusName(status: Int): ByteArray

    external fun open(
        dataDir: ByteArray,
        cacheDir: ByteArray?,
        flags: Int,
        memoryCap: Long,
        cacheDiskCap: Long,
        logLevel: Int,
        rootsPem: ByteArray?,
        callbacks: Callbacks,
        out: LongArray,
        error: Array<ByteArray?>,
    ): Int

    external fun close(host: Long)
    external fun free(host: Long)
    external fun nextEvent(host: Long, timeoutMs: Int, out: Array<ByteArray?>): Int
    external fun replySecret(host: Long, reply: Long, status: Int, secret: ByteArray?)
    external fun replyStatus(host: Long, reply: Long, status: Int)
    external fun cancel(host: Long, request: Long): Int
    external fun suspend(host: Long, deadlineMs: Int, out: LongArray): Int
    external fun resume(host: Long, out: LongArray): Int
    external fun syncNow(host: Long, account: Long, scope: Int, deadlineMs: Int, out: LongArray): Int
    external fun networkChanged(host: Long, network: Int)
    external fun memoryPressure(host: Long, level: Int)
    external fun setPowerSaver(host: Long, saver: Boolean)
    external fun setLogLevel(host: Long, level: Int)

    /**
     * `texts`: the address, the person's name, the name to sign in with, the host, the host to send by; `numbers`: the port
     * and how it is secured, the port to send by and how that is.
     */
    external fun addPassword(
        host: Long,
        texts: Array<ByteArray>,
        numbers: IntArray,
        secret: ByteArray,
        out: LongArray,
    ): Int
    external fun addToken(
        host: Long,
        texts: Array<ByteArray>,
        numbers: IntArray,
        token: ByteArray,
        out: LongArray,
    ): Int

    external fun edit(host: Long, account: Long, texts: Array<ByteArray>, numbers: IntArray, out: LongArray): Int

    /** `oauth`: the program's id, its address to come back to, three of the provider's (agree, tokens, codes), and scopes. */
    external fun addOAuth(
        host: Long,
        texts: Array<ByteArray>,
        numbers: IntArray,
        oauth: Array<ByteArray>,
        secret: ByteArray?,
        way: Int,
        out: LongArray,
    ): Int

    /** `oauth` null: as the program it was done as before. */
    external fun signInOAuth(
        host: Long,
        account: Long,
        oauth: Array<ByteArray>?,
        secret: ByteArray?,
        way: Int,
        out: LongArray,
    ): Int
    external fun oauthRedirect(host: Long, signIn: Long, address: ByteArray, out: LongArray): Int
    external fun discover(host: Long, address: ByteArray, out: LongArray): Int
    external fun signInPassword(host: Long, account: Long, secret: ByteArray, out: LongArray): Int
    external fun accountRemove(host: Long, account: Long, out: LongArray): Int
    external fun accountSync(host: Long, account: Long, out: LongArray): Int
    external fun accountCapabilities(host: Long, account: Long, out: LongArray): Int
    external fun accountSetOffline(host: Long, account: Long, days: Int, out: LongArray): Int
    external fun accountEmptyTrash(host: Long, account: Long, out: LongArray): Int

    external fun mailboxSync(host: Long, mailbox: Long, out: LongArray): Int
    external fun mailboxShow(host: Long, mailbox: Long, out: LongArray): Int
    external fun mailboxSetOffline(host: Long, mailbox: Long, days: Int, out: LongArray): Int
    external fun mailboxSetRole(host: Long, mailbox: Long, role: Int, out: LongArray): Int
    external fun mailboxSetSubscribed(host: Long, mailbox: Long, subscribed: Int, out: LongArray): Int
    external fun mailboxCreate(host: Long, account: Long, path: ByteArray, role: Int, out: LongArray): Int
    external fun mailboxRename(host: Long, mailbox: Long, path: ByteArray, out: LongArray): Int
    external fun mailboxDelete(host: Long, mailbox: Long, out: LongArray): Int
    external fun mailboxMarkAllRead(host: Long, mailbox: Long, out: LongArray): Int

    external fun messageLoad(host: Long, message: Long, what: Int, out: LongArray): Int

    external fun messageParse(host: Long, rfc5322: ByteArray, what: Int, out: LongArray): Int

    external fun messageFetch(host: Long, message: Long, out: LongArray): Int

    external fun partFetch(host: Long, message: Long, part: Int, out: LongArray): Int

    external fun partSave(host: Long, message: Long, part: Int, path: ByteArray, out: LongArray): Int

    external fun partSaveOpen(host: Long, message: Long, part: Int, fd: Int, out: LongArray): Int

    external fun partRead(
        host: Long,
        message: Long,
        part: Int,
        offset: Long,
        length: Int,
        timeoutMs: Int,
        out: Array<ByteArray?>,
    ): Int

    external fun messageExport(host: Long, message: Long, fd: Int, out: LongArray): Int
    external fun messageRaw(host: Long, message: Long, out: Array<ByteArray?>): Int
    external fun messageAppend(
        host: Long,
        mailbox: Long,
        rfc5322: ByteArray,
        flags: Int,
        dateMs: Long,
        out: LongArray,
    ): Int

    external fun sendRaw(host: Long, account: Long, rfc5322: ByteArray, holdMs: Int, out: LongArray): Int

    external fun messagesSetFlags(host: Long, ids: LongArray, add: Int, remove: Int, out: LongArray): Int
    external fun messagesSetKeywords(host: Long, ids: LongArray, add: ByteArray, remove: ByteArray, out: LongArray): Int
    external fun tags(host: Long, out: Array<ByteArray?>): Int
    external fun conversationSplit(host: Long, ids: LongArray, out: LongArray): Int
    external fun conversationsJoin(host: Long, ids: LongArray, out: LongArray): Int
    external fun messageUnsubscribe(host: Long, message: Long, out: LongArray): Int
    external fun linkIsFalse(shown: ByteArray, url: ByteArray): Boolean

    external fun imagesFetch(host: Long, message: Long, out: LongArray): Int
    external fun images(host: Long, message: Long, out: Array<ByteArray?>): Int
    external fun imagesRememberSender(host: Long, address: ByteArray, always: Boolean, out: LongArray): Int
    external fun imageSenders(host: Long, out: Array<ByteArray?>): Int

    external fun searchServer(
        host: Long,
        account: Long,
        mailbox: Long,
        role: Int,
        search: ByteArray,
        out: LongArray,
    ): Int

    external fun searchSave(
        host: Long,
        name: ByteArray,
        account: Long,
        mailbox: Long,
        role: Int,
        search: ByteArray,
        out: LongArray,
    ): Int

    external fun searchRename(host: Long, search: Long, name: ByteArray, out: LongArray): Int
    external fun searchDelete(host: Long, search: Long, out: LongArray): Int
    external fun searches(host: Long, out: Array<ByteArray?>): Int

    /** `out`: the four numbers in the order of waxwing.h. */
    external fun searchCoverage(host: Long, account: Long, mailbox: Long, role: Int, out: LongArray): Int

    external fun messagesMove(host: Long, ids: LongArray, to: Long, out: LongArray): Int
    external fun messagesCopy(host: Long, ids: LongArray, to: Long, out: LongArray): Int
    external fun messagesArchive(host: Long, ids: LongArray, out: LongArray): Int
    external fun messagesTrash(host: Long, ids: LongArray, out: LongArray): Int
    external fun messagesDeleteForever(host: Long, ids: LongArray, out: LongArray): Int

    external fun operationUndo(host: Long, operation: Long, out: LongArray): Int
    external fun queueRetry(host: Long, operation: Long, out: LongArray): Int
    external fun queueDiscard(host: Long, operation: Long, out: LongArray): Int

    external fun accounts(host: Long, out: Array<ByteArray?>): Int
    external fun mailboxes(host: Long, account: Long, out: Array<ByteArray?>): Int
    external fun queue(host: Long, out: Array<ByteArray?>): Int

    external fun trustDecide(host: Long, question: Long, decision: Int, out: LongArray): Int
    external fun pinRemove(host: Long, name: ByteArray, port: Int, out: LongArray): Int
    external fun pins(host: Long, out: Array<ByteArray?>): Int

    external fun listOpen(
        host: Long,
        flags: Int,
        account: Long,
        mailbox: Long,
        role: Int,
        search: ByteArray,
        tag: Long,
        window: Int,
        out: LongArray,
    ): Int

    external fun listMove(host: Long, list: Long, anchor: Long, before: Int, after: Int): Int
    external fun listSnapshot(host: Long, list: Long, out: Array<ByteArray?>): Int
    external fun listClose(host: Long, list: Long)
}
