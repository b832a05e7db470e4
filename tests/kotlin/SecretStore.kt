package waxwing

import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.SupervisorJob
import kotlinx.coroutines.launch

/**
 * A place for secrets, which the app supplies: on Android files encrypted with a key of the Keystore. What it throws means
 * that it failed, and [SecretStoreLocked] that the person has to unlock it. The library waits a minute for an answer.
 */
interface SecretStore {
    /** The secret, UTF-8; null: there is none. The array is zeroed once it was handed over. */
    suspend fun get(key: String): ByteArray?

    /** Keeps it. The array is zeroed when this returns. */
    suspend fun put(key: String, secret: ByteArray)

    /** Forgets it; one that isn't there is no error. */
    suspend fun remove(key: String)
}

class SecretStoreLocked : Exception()

/** What the library calls, on threads of its own, by way of waxwing_jni.c. Nothing here blocks. */
internal class Callbacks(private val secrets: SecretStore, private val log: ((level: LogLevel, line: String) -> Unit)?) {
    /** Questions may come before the call that opens the client has returned. Null: it failed. */
    val client = CompletableDeferred<Waxwing?>()

    private val scope = CoroutineScope(SupervisorJob() + Dispatchers.IO)

    @Suppress("unused")
    fun getSecret(key: ByteArray, reply: Long) = answer {
        var secret: ByteArray? = null
        val status = status {
            secret = secrets.get(key.decodeToString())
            if (secret == null) Status.NOT_FOUND else Status.OK
        }
        client.await()?.replySecret(reply, status, secret)
        secret?.fill(0)
    }

    @Suppress("unused")
    fun putSecret(key: ByteArray, secret: ByteArray, reply: Long) = answer {
        val status = status {
            secrets.put(key.decodeToString(), secret)
            Status.OK
        }
        secret.fill(0)
        client.await()?.replyStatus(reply, status)
    }

    @Suppress("unused")
    fun removeSecret(key: ByteArray, reply: Long) = answer {
        val status = status {
            secrets.remove(key.decodeToString())
            Status.OK
        }
        client.await()?.replyStatus(reply, status)
    }

    @Suppress("unused")
    fun log(level: Int, line: ByteArray) {
        log?.invoke(LogLevel(level), line.decodeToString())
    }

    private fun answer(work: suspend () -> Unit) {
        scope.launch { work() }
    }

    private suspend fun status(work: suspend () -> Status): Status = try {
        work()
    } catch (_: SecretStoreLocked) {
        Status.SECRET
    } catch (_: Exception) {
        Status.SECRET_FAILED
    }
}
