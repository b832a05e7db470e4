package waxwing

import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.conflate
import kotlinx.coroutines.flow.filter
import kotlinx.coroutines.flow.mapNotNull

/** Which messages to list, newest first. */
sealed interface ListQuery {
    data object AllInboxes : ListQuery

    /** Conversations of all inboxes, each as its newest message there. */
    data object AllConversations : ListQuery

    data object AllFlagged : ListQuery

    /** Those with this tag ([Tag.id]), wherever they are. */
    data class Tagged(val tag: Long) : ListQuery

    /** Those of a mailbox; with [threads] each conversation is one row, its newest message. */
    data class In(val mailbox: MailboxId, val threads: Boolean = false) : ListQuery

    /**
     * A person's words: from:ann "exact words" before:2024-05; in all mail, or in one of: an account, a mailbox, all inboxes or
     * flagged messages ([Role.INBOX], [Role.FLAGGED]).
     */
    data class Search(
        val words: String,
        val account: AccountId? = null,
        val mailbox: MailboxId? = null,
        val role: Role = Role.NONE,
    ) : ListQuery
}

/** A list with a window that follows a message: mail that comes above moves nothing. It is closed when it isn't shown. */
class MailList internal constructor(private val client: Waxwing, private val id: Long) : AutoCloseable {
    /** The window now and whenever it changes, until the client is closed. */
    val windows: Flow<Window> =
        client.eventsAfter(Event.Resync)
            .filter { it is Event.Resync || it is Event.ListChanged && it.list == id }
            .conflate()
            .mapNotNull {
                try {
                    window()
                } catch (error: WaxwingException) {
                    // It sleeps, and says Resync when it wakes.
                    if (error.status == Status.STATE) null else throw error
                }
            }

    /** The window now. */
    suspend fun window(): Window = client.read { host, out -> Native.listSnapshot(host, id, out) }.window()

    /** Moves the window: [before] rows above the message [anchor] and [after] from it on. Null is the top. */
    fun move(anchor: MessageId?, before: Int, after: Int) {
        val status = client.alive { Native.listMove(it, id, anchor?.value ?: 0, before, after) }
        if (status != Status.OK.code) throw Failure(Status(status)).exception()
    }

    override fun close() {
        client.ifAlive { Native.listClose(it, id) }
    }

    internal companion object {
        /** WAXWING_LIST_THREADS. */
        private const val THREADS = 1

        fun open(client: Waxwing, query: ListQuery, window: Int): MailList {
            val threads = query == ListQuery.AllConversations || query is ListQuery.In && query.threads
            val words = (query as? ListQuery.Search)?.words.orEmpty()
            require(query !is ListQuery.Search || words.isNotEmpty()) { "a search for nothing" }
            val account = (query as? ListQuery.Search)?.account?.value ?: 0
            val mailbox = when (query) {
                is ListQuery.In -> query.mailbox.value
                is ListQuery.Search -> query.mailbox?.value ?: 0
                else -> 0
            }
            val role = when (query) {
                is ListQuery.AllFlagged -> Role.FLAGGED
                is ListQuery.Search -> query.role
                else -> Role.NONE
            }
            val tag = (query as? ListQuery.Tagged)?.tag ?: 0
            val out = LongArray(1)
            val status = client.alive {
                val flags = if (threads) THREADS else 0
                Native.listOpen(it, flags, account, mailbox, role.code, words.encodeToByteArray(), tag, window, out)
            }
            if (status != Status.OK.code) throw Failure(Status(status)).exception()
            return MailList(client, out[0])
        }
    }
}
