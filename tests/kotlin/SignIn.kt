package waxwing

/** A step of adding an account: an open set. */
@JvmInline
value class CheckStep(val code: Int) {
    companion object {
        /** Whether the server for mail is who it says and takes the secret. */
        val INCOMING = CheckStep(1)

        /** Which mailboxes there are. */
        val MAILBOXES = CheckStep(2)

        /** The same as the first for the server for sending, where there is one. */
        val OUTGOING = CheckStep(3)
    }
}

/** How far adding an account is. */
sealed interface AccountCheck {
    val step: CheckStep

    data class Begun(override val step: CheckStep) : AccountCheck

    /** [mailboxes]: how many there are, of [CheckStep.MAILBOXES]. */
    data class Passed(override val step: CheckStep, val mailboxes: Long?) : AccountCheck

    /** Where only [CheckStep.OUTGOING] fails the account can be added without it. */
    data class Failed(override val step: CheckStep, val error: WaxwingException) : AccountCheck
}

/**
 * How a sign-in in the browser comes back: to a port of this device; to an address of the app's own ([OAuthClient.redirect]),
 * which is handed to [browserReturned]; not at all, because a code is typed, at another device perhaps.
 */
enum class BrowserWay(internal val code: Int) { LOOPBACK(0), APP(1), DEVICE(2) }

/** As which program a sign-in in the browser takes place. */
class OAuthClient(
    /** The id that the provider gave to the app. */
    val id: String,
    val way: BrowserWay = BrowserWay.APP,
    /** With [BrowserWay.APP]: where the browser comes back to, as the provider knows it. */
    val redirect: String = "",
    /** What some providers give beside the id. */
    val secret: ByteArray? = null,
    /** Null: as the library's table has it for the account's server. */
    val endpoints: OAuthEndpoints? = null,
) {
    internal fun texts(): Array<ByteArray> {
        val at = endpoints ?: OAuthEndpoints("", "", "")
        val texts = arrayOf(id, redirect, at.authorizeUrl, at.tokenUrl, at.deviceUrl, at.scopes)
        return Array(texts.size) { texts[it].encodeToByteArray() }
    }
}

/** Where a provider's people sign in (https), and what is asked for, separated by spaces. [deviceUrl] "": not by a code. */
data class OAuthEndpoints(
    val authorizeUrl: String,
    val tokenUrl: String,
    val scopes: String,
    val deviceUrl: String = "",
)

/** A page to open in a browser, such as a custom tab; never in a web view, where the app could read along. */
data class SignInPage(
    /** Which sign-in it is: for [browserReturned]. */
    val signIn: RequestId,
    val url: String,
    /** What the person types there; null as a rule. */
    val code: String?,
)

/**
 * Signs in once with these settings; they are kept if that worked, and the secret in the secret store alone. [onCheck] tells of
 * each step.
 */
suspend fun Waxwing.addAccount(
    config: AccountConfig,
    password: ByteArray,
    onCheck: suspend (AccountCheck) -> Unit = {},
): AccountId {
    val (texts, numbers) = config.texts() to config.numbers()
    return request(RawEvent.DONE, checks(onCheck)) { host, out ->
        Native.addPassword(host, texts, numbers, password, out)
    }.account
}

/** The same with an access token of OAuth 2. When it has run out the account needs a [signIn] with a new one. */
suspend fun Waxwing.addAccountByToken(
    config: AccountConfig,
    token: ByteArray,
    onCheck: suspend (AccountCheck) -> Unit = {},
): AccountId {
    val (texts, numbers) = config.texts() to config.numbers()
    return request(RawEvent.DONE, checks(onCheck)) { host, out ->
        Native.addToken(host, texts, numbers, token, out)
    }.account
}

/**
 * Gives an account other settings: [Account.config] with what is to be another. What differs but for the person's name is tried
 * first, with the secret there is; where that fails nothing has changed. At another server the mailboxes are read anew.
 */
suspend fun Waxwing.editAccount(
    account: AccountId,
    config: AccountConfig,
    onCheck: suspend (AccountCheck) -> Unit = {},
) {
    val (texts, numbers) = config.texts() to config.numbers()
    request(RawEvent.DONE, checks(onCheck)) { host, out -> Native.edit(host, account.value, texts, numbers, out) }
}

/**
 * As [addAccount], but the person signs in in the browser: [open] gets the page, and is to return when that is shown. Access is renewed
 * without the person from then on. E_CANCELLED: the person refused; E_ARGUMENT: it isn't known where people of this server sign
 * in, or [client] makes no sense.
 */
suspend fun Waxwing.addAccountInBrowser(
    config: AccountConfig,
    client: OAuthClient,
    onCheck: suspend (AccountCheck) -> Unit = {},
    open: suspend (SignInPage) -> Unit,
): AccountId {
    val (texts, numbers) = config.texts() to config.numbers()
    return request(RawEvent.DONE, checks(onCheck, open)) { host, out ->
        Native.addOAuth(host, texts, numbers, client.texts(), client.secret, client.way.code, out)
    }.account
}

/**
 * Lets the person of an account sign in in the browser again, or for the first time; returns when it is in step. [client] null: as
 * the program it was done as before.
 */
suspend fun Waxwing.signInInBrowser(
    account: AccountId,
    client: OAuthClient? = null,
    open: suspend (SignInPage) -> Unit,
): SyncCounts {
    val way = client?.way?.code ?: 0
    return request(RawEvent.SYNC_DONE, checks(open = open)) { host, out ->
        Native.signInOAuth(host, account.value, client?.texts(), client?.secret, way, out)
    }.synced()
}

/**
 * The app was called with [address], where the browser was to come back to: an activity's `intent.dataString`. One that isn't the
 * end of this sign-in is passed over. E_NOT_FOUND: no such sign-in waits.
 */
suspend fun Waxwing.browserReturned(signIn: RequestId, address: String) {
    val text = address.encodeToByteArray()
    request(RawEvent.DONE) { host, out -> Native.oauthRedirect(host, signIn.value, text, out) }
}

/** Gives a new password, or token, to an account; returns when it signed in and is in step. */
suspend fun Waxwing.signIn(account: AccountId, secret: ByteArray): SyncCounts =
    request(RawEvent.SYNC_DONE) { host, out -> Native.signInPassword(host, account.value, secret, out) }.synced()

private fun checks(
    onCheck: suspend (AccountCheck) -> Unit = {},
    open: suspend (SignInPage) -> Unit = {},
): suspend (RawEvent) -> Unit = { event ->
    when (event.kind) {
        RawEvent.ACCOUNT_CHECK -> onCheck(event.check())
        RawEvent.SIGN_IN_URL -> open(event.page())
    }
}
