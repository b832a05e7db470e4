package waxwing

import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.withContext

/** A search that is kept: what to open a list with. */
data class SavedSearch(val id: SearchId, val name: String, val query: ListQuery.Search)

/** What servers found: how many messages, and whether every mailbox was searched for everything. */
data class FoundOnServers(val messages: Long, val isAll: Boolean)

/** How many mailboxes were searched on servers, of how many. */
data class SearchProgress(val done: Long, val total: Long)

/** How far a search can be trusted. */
data class Coverage(
    /** Listed. */
    val messages: Long,
    /** Of those: found by subject and author alone. */
    val withoutBody: Long,
    /** Of those: perhaps not found. */
    val notIndexed: Long,
    /** Mailboxes that are not yet listed whole. */
    val notListed: Long,
)

/** Searches on the servers too: what they find is in the lists of the same search. Another one ends it with E_CANCELLED. */
suspend fun Waxwing.searchServers(
    query: ListQuery.Search,
    progress: suspend (SearchProgress) -> Unit = {},
): FoundOnServers {
    val words = query.words.encodeToByteArray()
    val told: suspend (RawEvent) -> Unit = { if (it.kind == RawEvent.PROGRESS) progress(it.searched()) }
    val event = request(RawEvent.DONE, told) { host, out ->
        Native.searchServer(host, query.accountOrNone, query.mailboxOrNone, query.role.code, words, out)
    }
    return FoundOnServers(event.counts[0], event.counts[1] != 0L)
}

suspend fun Waxwing.saveSearch(name: String, query: ListQuery.Search): SearchId {
    val (called, words) = listOf(name, query.words).map { it.encodeToByteArray() }
    val event = request(RawEvent.DONE) { host, out ->
        Native.searchSave(host, called, query.accountOrNone, query.mailboxOrNone, query.role.code, words, out)
    }
    return SearchId(event.counts[0])
}

suspend fun Waxwing.renameSearch(search: SearchId, name: String) {
    request(RawEvent.DONE) { host, out -> Native.searchRename(host, search.value, name.encodeToByteArray(), out) }
}

/** No longer keeps a search; messages stay as they are. */
suspend fun Waxwing.deleteSearch(search: SearchId) {
    request(RawEvent.DONE) { host, out -> Native.searchDelete(host, search.value, out) }
}

/** By name. [Event.SearchesChanged] tells when there are others. */
suspend fun Waxwing.searches(): List<SavedSearch> = read { host, out -> Native.searches(host, out) }.searches()

/** How far a search there can be trusted, whatever its words. */
suspend fun Waxwing.coverage(query: ListQuery.Search): Coverage {
    val counts = LongArray(4)
    val status = withContext(Dispatchers.IO) {
        alive { Native.searchCoverage(it, query.accountOrNone, query.mailboxOrNone, query.role.code, counts) }
    }
    if (status != Status.OK.code) throw Failure(Status(status)).exception()
    return Coverage(counts[0], counts[1], counts[2], counts[3])
}

private val ListQuery.Search.accountOrNone get() = account?.value ?: 0
private val ListQuery.Search.mailboxOrNone get() = mailbox?.value ?: 0
