package waxwing

import java.util.concurrent.CopyOnWriteArraySet
import java.util.concurrent.atomic.AtomicBoolean
import kotlinx.coroutines.channels.Channel
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.flow

/** Who collects events. None of them can hold up the others, or an answer. */
internal class Listeners {
    private val listeners = CopyOnWriteArraySet<Listener>()

    @Volatile
    private var ended = false

    /** Events from the moment it is collected until the client is closed, after [first]. */
    fun flow(first: Event? = null): Flow<Event> = flow {
        val listener = Listener()
        listeners += listener
        if (ended) listener.end()
        try {
            if (first != null) emit(first)
            for (event in listener.events) {
                emit(event)
                if (listener.hasMissed.getAndSet(false)) emit(Event.Resync)
            }
        } finally {
            listeners -= listener
        }
    }

    fun tell(event: Event) = listeners.forEach { it.tell(event) }

    fun end() {
        ended = true
        listeners.forEach { it.end() }
    }

    private class Listener {
        val events = Channel<Event>(MOST)

        /** It was so slow that events were lost to it, which [Event.Resync] makes good. */
        val hasMissed = AtomicBoolean()

        fun tell(event: Event) {
            if (events.trySend(event).isFailure) hasMissed.set(true)
        }

        fun end() {
            events.close()
        }
    }

    private companion object {
        /** Events that wait for one collector. */
        const val MOST = 1024
    }
}
