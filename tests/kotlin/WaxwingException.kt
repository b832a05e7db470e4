package waxwing

import kotlin.time.Duration
import kotlin.time.Duration.Companion.milliseconds

/**
 * Why something was not done. There is one subclass for each hundred of statuses, which says what an app does about it; the
 * status says more.
 */
sealed class WaxwingException protected constructor(failure: Failure) : Exception("${failure.status}: ${failure.message}") {
    val status: Status = failure.status

    /** A stable key for a translation of the app's own, such as "auth.app_password"; "" if none. */
    val key: String = failure.key

    /** What the server said: untrusted plain text, to be attributed to the server; "" if nothing. */
    val serverText: String = failure.serverText

    /** A page of the provider's that helps; "" if none. */
    val helpUrl: String = failure.helpUrl

    /** After what time it is tried again by itself; null: not without the person. */
    val retryAfter: Duration? = failure.retryAfterMs.takeIf { it > 0 }?.milliseconds

    /** The request that failed; null: the call was refused at once. */
    val request: RequestId? = failure.request

    /** It can't be: a mistake in the app, a thing that is gone, a client that is suspended or closed, an answer too late. */
    class Refused internal constructor(failure: Failure) : WaxwingException(failure)

    /** The server can't be reached. */
    class Network internal constructor(failure: Failure) : WaxwingException(failure)

    /** There is no secure connection to this server. */
    class Insecure internal constructor(failure: Failure) : WaxwingException(failure)

    /** The person has to sign in. */
    class SignIn internal constructor(failure: Failure) : WaxwingException(failure)

    /** The server said no, or nothing that makes sense. */
    class Server internal constructor(failure: Failure) : WaxwingException(failure)

    /** This device's storage. */
    class Storage internal constructor(failure: Failure) : WaxwingException(failure)

    /** The app's [SecretStore]. */
    class Secrets internal constructor(failure: Failure) : WaxwingException(failure)

    /** A fault of the library's. */
    class Internal internal constructor(failure: Failure) : WaxwingException(failure)
}

/** What is known of a failure. It becomes an exception where it is thrown, so that the stack is that of who asked. */
class Failure internal constructor(
    internal val status: Status,
    internal val message: String = "",
    internal val key: String = "",
    internal val serverText: String = "",
    internal val helpUrl: String = "",
    internal val retryAfterMs: Long = 0,
    internal val request: RequestId? = null,
) {
    internal fun exception(): WaxwingException = when (status.hundred) {
        1 -> WaxwingException.Refused(this)
        2 -> WaxwingException.Network(this)
        3 -> WaxwingException.Insecure(this)
        4 -> WaxwingException.SignIn(this)
        5 -> WaxwingException.Server(this)
        6 -> WaxwingException.Storage(this)
        7 -> WaxwingException.Secrets(this)
        else -> WaxwingException.Internal(this)
    }
}
