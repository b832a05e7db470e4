package waxwing

import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.channels.Channel

/** Who waits for which final event, and what was told of it before. */
internal class Answers {
    private val waiting = HashMap<Long, Answer>()

    /** What came before the call that asked for it has returned: only while such a call runs. */
    private val early = HashMap<Long, MutableList<RawEvent>>()
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

    private fun answerOf(id: Long): Answer = synchronized(this) {
        val answer = Answer()
        val known = early.remove(id).orEmpty()
        known.forEach(answer::tell)
        when {
            known.lastOrNull()?.isFinal == true -> {}
            ended -> answer.fail(closed())
            else -> waiting[id] = answer
        }
        answer
    }

    /** A final event has come, or one that tells how far its request is. */
    fun tell(event: RawEvent) {
        val id = event.request?.value ?: return
        val answer = synchronized(this) {
            val answer = if (event.isFinal) waiting.remove(id) else waiting[id]
            // Nobody here waits for changes of an earlier run.
            if (answer == null && starting > 0) early.getOrPut(id, ::ArrayList) += event
            answer
        }
        answer?.tell(event)
    }

    /** None will come any more. */
    fun end() {
        val left = synchronized(this) {
            ended = true
            waiting.values.toList().also { waiting.clear() }
        }
        left.forEach { it.fail(closed()) }
    }

    private fun closed() = Failure(Status.CLOSED, "the client is closed").exception()
}

/** The events of a request. */
internal class Answer {
    val final = CompletableDeferred<RawEvent>()

    /** Those before the final one: a few dozen at most. */
    val told = Channel<RawEvent>(Channel.UNLIMITED)

    fun tell(event: RawEvent) {
        if (!event.isFinal) {
            told.trySend(event)
            return
        }
        told.close()
        final.complete(event)
    }

    fun fail(error: WaxwingException) {
        told.close()
        final.completeExceptionally(error)
    }
}

/** A request whose answer is yet to come. */
internal class Pending(val id: RequestId, private val answer: Answer) {
    /** Waits for the final event, which is of this kind if the request succeeds. */
    suspend fun await(kind: Int): RawEvent {
        val event = answer.final.await()
        if (event.kind == kind) return event
        val failure = if (event.kind == RawEvent.FAILED) event.failure else null
        throw (failure ?: Failure(Status.INTERNAL, "answered by kind ${event.kind}", request = id)).exception()
    }

    /**
     * The same for one that is `cancel`led with the coroutine that waits, or by what [told] throws, which gets the events
     * before the final one, in their order.
     */
    suspend fun awaitOr(cancel: (RequestId) -> Unit, kind: Int, told: (suspend (RawEvent) -> Unit)?): RawEvent {
        try {
            if (told != null) for (event in answer.told) told(event)
            answer.final.join()
        } catch (error: Throwable) {
            cancel(id)
            throw error
        }
        return await(kind)
    }
}
