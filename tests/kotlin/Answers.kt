package waxwing

import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.CompletableDeferred

/** Who waits for which final event. */
internal class Answers {
    private val waiting = HashMap<Long, CompletableDeferred<RawEvent>>()

    /** Answers that came before the call that asked for them has returned: only while such a call runs. */
    private val early = HashMap<Long, RawEvent>()
    private var starting = 0
    private var ended = false

    /** Starts a request by a call that writes its id. */
    fun start(call: (out: LongArray) -> Int): Pending {
        synchronized(this) { starting++ }
        try {
            val out = LongArray(1)
            val status = Status(call(out))
            if (status != Status.OK) throw Failure(status).exception()
            return Pending(RequestId(out[0]), answerOf(out[0]))
        } finally {
            synchronized(this) {
                starting--
                if (starting == 0) early.clear()
            }
        }
    }

    private fun answerOf(id: Long): CompletableDeferred<RawEvent> = synchronized(this) {
        val answer = CompletableDeferred<RawEvent>()
        val known = early.remove(id)
        when {
            known != null -> answer.complete(known)
            ended -> answer.completeExceptionally(closed())
            else -> waiting[id] = answer
        }
        answer
    }

    /** A final event has come. */
    fun tell(event: RawEvent) {
        val id = event.request?.value ?: return
        val answer = synchronized(this) {
            val answer = waiting.remove(id)
            // Nobody here waits for changes of an earlier run.
            if (answer == null && starting > 0) early[id] = event
            answer
        }
        answer?.complete(event)
    }

    /** None will come any more. */
    fun end() {
        val left = synchronized(this) {
            ended = true
            waiting.values.toList().also { waiting.clear() }
        }
        left.forEach { it.completeExceptionally(closed()) }
    }

    private fun closed() = Failure(Status.CLOSED, "the client is closed").exception()
}

/** A request whose answer is yet to come. */
internal class Pending(val id: RequestId, private val answer: CompletableDeferred<RawEvent>) {
    /** Waits for the final event, which is of this kind if the request succeeds. */
    suspend fun await(kind: Int): RawEvent {
        val event = answer.await()
        if (event.kind == kind) return event
        val failure = if (event.kind == RawEvent.FAILED) event.failure else null
        throw (failure ?: Failure(Status.INTERNAL, "answered by kind ${event.kind}", request = id)).exception()
    }

    /** The same for one that is `cancel`led with the coroutine that waits. */
    suspend fun awaitOr(cancel: (RequestId) -> Unit, kind: Int): RawEvent = try {
        await(kind)
    } catch (error: CancellationException) {
        cancel(id)
        throw error
    }
}
