package waxwing

/** What is told without being asked for. Answers to requests are not among them. */
sealed interface Event {
    /** See [Waxwing.accounts]. */
    data class AccountChanged(val account: AccountId) : Event

    /** See [Waxwing.mailboxes]. */
    data class MailboxesChanged(val account: AccountId) : Event

    /** A [MailList] has changed; [MailList.windows] follows it. */
    class ListChanged internal constructor(internal val list: Long, val generation: Long) : Event

    /**
     * New unread messages in an inbox, for notifications: each is told of once, whatever process found it. [rows] are the
     * newest of them, oldest first, [total] is how many there are.
     */
    data class NewMail(val account: AccountId, val mailbox: MailboxId, val rows: List<MessageRow>, val total: Long) : Event

    /** How many bodies of an account's mail are on this device. */
    data class Progress(val account: AccountId, val done: Long, val total: Long) : Event

    /** The body of a message has arrived, or was found unreadable. */
    data class BodyArrived(val message: MessageId) : Event

    /** See [Waxwing.queue]. */
    data class QueueChanged(val account: AccountId) : Event

    /** A change that was shown was refused by the server for good and is taken back. */
    data class OperationRefused(val operation: OperationId, val error: WaxwingException?) : Event

    /** A server's certificate isn't believed, and a person may decide otherwise: see [Waxwing.decide]. */
    data class TrustAsked(val question: TrustQuestion) : Event

    /** The server's own words: untrusted, plain. */
    data class Alert(val account: AccountId, val text: String) : Event

    /** Searches that are kept came, went or have other names. */
    data object SearchesChanged : Event
    data object DraftsChanged : Event
    data object TemplatesChanged : Event

    /** Something was missed: everything on the screen is to be read again. */
    data object Resync : Event
}

/** An event as waxwing.h has it. */
internal class RawEvent(
    val kind: Int,
    val request: RequestId?,
    val isFinal: Boolean,
    val account: AccountId,
    val mailbox: MailboxId,
    val list: Long,
    val message: MessageId,
    val operation: OperationId,
    val generation: Long,
    val counts: List<Long>,
    val text: String,
    val failure: Failure?,
    val rows: List<MessageRow>,
    val opened: Message?,
    val question: TrustQuestion? = null,
    val proposals: List<Proposal> = emptyList(),
    val code: String = "",
) {
    /** It belongs to whoever asked, and isn't for everybody. */
    val isAnswer get() = isFinal || (request != null && kind in listOf(PROGRESS, SIGN_IN_URL, ACCOUNT_CHECK))

    /** Null: of a kind that this version doesn't know. */
    fun news(): Event? = when (kind) {
        PROGRESS -> Event.Progress(account, counts[0], counts[1])
        ACCOUNT_CHANGED -> Event.AccountChanged(account)
        MAILBOXES_CHANGED -> Event.MailboxesChanged(account)
        LIST_CHANGED -> Event.ListChanged(list, generation)
        NEW_MAIL -> Event.NewMail(account, mailbox, rows, counts[0])
        BODY_ARRIVED -> Event.BodyArrived(message)
        QUEUE_CHANGED -> Event.QueueChanged(account)
        OPERATION_REFUSED -> Event.OperationRefused(operation, failure?.exception())
        TRUST_QUESTION -> question?.let(Event::TrustAsked)
        ALERT -> Event.Alert(account, text)
        SEARCHES_CHANGED -> Event.SearchesChanged
        DRAFTS_CHANGED -> Event.DraftsChanged
        TEMPLATES_CHANGED -> Event.TemplatesChanged
        RESYNC -> Event.Resync
        else -> null
    }

    /** Of one that says how far a discovery is. */
    fun progress() = SourceProgress(SettingsSource(counts[0].toInt()), SourceProgress.State.of(counts[1]))

    /** Of one that says how far a search on servers is. */
    fun searched() = SearchProgress(counts[1], counts[2])

    /** Of one that says how far adding an account is. */
    fun check(): AccountCheck {
        val step = CheckStep(counts[0].toInt())
        return when {
            failure != null -> AccountCheck.Failed(step, failure.exception())
            counts[1] == 0L -> AccountCheck.Begun(step)
            else -> AccountCheck.Passed(step, counts[2].takeIf { step == CheckStep.MAILBOXES })
        }
    }

    /** Of one that asks for a sign-in in the browser. */
    fun page() = SignInPage(checkNotNull(request), text, code.ifEmpty { null })

    /** Of one that says that a sync is done. */
    fun synced() = SyncCounts(counts[0], counts[1], counts[2], counts[3])

    companion object {
        const val DONE = 1
        const val FAILED = 2
        const val PROGRESS = 3
        const val SETUP_FOUND = 10
        const val SIGN_IN_URL = 11
        const val ACCOUNT_CHECK = 12
        const val ACCOUNT_CHANGED = 20
        const val MAILBOXES_CHANGED = 21
        const val TRUST_QUESTION = 30
        const val LIST_CHANGED = 40
        const val NEW_MAIL = 41
        const val SEARCHES_CHANGED = 42
        const val DRAFTS_CHANGED = 43
        const val TEMPLATES_CHANGED = 44
        const val MESSAGE_READY = 50
        const val BODY_ARRIVED = 52
        const val QUEUE_CHANGED = 70
        const val OPERATION_REFUSED = 71
        const val SYNC_DONE = 80
        const val SUSPENDED = 81
        const val ALERT = 90
        const val RESYNC = 91
    }
}
