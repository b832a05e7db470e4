package waxwing

/**
 * An account's settings. [userName] "": the address is the name to sign in with. [imapPort] with STARTTLS is 143 as a
 * rule. [smtpHost] "": it can't send; [smtpPort] 0: 465, with STARTTLS 587.
 */
data class AccountConfig(
    val address: String,
    val imapHost: String,
    val displayName: String = "",
    val userName: String = "",
    val imapPort: Int = 993,
    val smtpHost: String = "",
    val smtpPort: Int = 0,
    val smtpSecurity: Security = Security.TLS,
    val imapSecurity: Security = Security.TLS,
) {
    /** [TLS] from the first byte, or after STARTTLS, without which nothing is said. */
    enum class Security(internal val code: Int) { TLS(1), STARTTLS(2) }

    internal fun texts(): Array<ByteArray> {
        val texts = arrayOf(address, displayName, userName, imapHost, smtpHost)
        return Array(texts.size) { texts[it].encodeToByteArray() }
    }

    internal fun numbers(): IntArray {
        require(imapPort in 0..65_535 && smtpPort in 0..65_535) { "no port" }
        return intArrayOf(imapPort, imapSecurity.code, smtpPort, smtpSecurity.code)
    }
}

/** What [discover] found for an address. */
data class Discovery(
    /** Best first; may be none. */
    val proposals: List<Proposal>,
    /** The address that was probably meant; null where there is no doubt. */
    val meant: String?,
    /** Why there is nothing to sign in to; null: it isn't known that there isn't. */
    val obstacle: Obstacle?,
)

/** Settings that somebody named for an address. */
data class Proposal(
    /** The address, cleaned. */
    val address: String,
    /** The provider's name; "" if nobody said. From any source but [SettingsSource.TABLE] a stranger's text. */
    val provider: String,
    val imapHost: String,
    val imapPort: Int,
    val imapSecurity: AccountConfig.Security,
    /** "": none was named. */
    val smtpHost: String,
    val smtpPort: Int,
    val smtpSecurity: AccountConfig.Security,
    val userName: String,
    /** To be tried where [userName] is refused. */
    val otherUserName: String?,
    /** The best way to sign in, and another. */
    val signIn: SignInWay,
    val otherSignIn: SignInWay?,
    val source: SettingsSource,
    /** A server of that name proved who it is, and speaks IMAP. */
    val isVerified: Boolean,
    /** Only DNS or a guess named a host outside the address's domain: have it confirmed before a password goes there. */
    val needsConfirming: Boolean,
    /** What the person has to do first at the provider, and its page for that. */
    val hint: Hint,
    val hintUrl: String?,
    /** Where people of this server sign in in the browser; null: that isn't known, and it can't be used. */
    val endpoints: OAuthEndpoints?,
) {
    /** In the order of their numbers: nothing; have an app password made; allow IMAP in the settings of the mailbox. */
    enum class Hint { NOTHING, APP_PASSWORD, ALLOW_IMAP }

    /** What an account with these settings is added with. */
    fun config(displayName: String = "") = AccountConfig(
        address = address,
        imapHost = imapHost,
        displayName = displayName,
        userName = userName,
        imapPort = imapPort,
        smtpHost = smtpHost,
        smtpPort = smtpPort,
        smtpSecurity = smtpSecurity,
        imapSecurity = imapSecurity,
    )
}

/** A way to sign in: an open set. */
@JvmInline
value class SignInWay(val code: Int) {
    companion object {
        val PASSWORD = SignInWay(1)

        /** In the browser. */
        val OAUTH2 = SignInWay(2)

        /** With a password that the provider makes for an app. */
        val APP_PASSWORD = SignInWay(3)
    }
}

/** Who named settings: an open set. */
@JvmInline
value class SettingsSource(val code: Int) {
    companion object {
        /** The table of well-known providers that comes with the library. */
        val TABLE = SettingsSource(1)

        /** The domain itself, at autoconfig.DOMAIN. */
        val AUTOCONFIG = SettingsSource(2)

        /** Records of services in DNS. */
        val SRV = SettingsSource(3)

        /** The provider that takes the domain's mail, by DNS. */
        val MX = SettingsSource(4)

        /** Servers of usual names that answered. */
        val GUESS = SettingsSource(5)

        /** The domain itself, under DOMAIN/.well-known. */
        val WELL_KNOWN = SettingsSource(6)

        /** Mozilla's collection of providers. */
        val ISPDB = SettingsSource(7)
    }
}

/** Why there is nothing to sign in to: an open set. */
@JvmInline
value class Obstacle(val code: Int) {
    companion object {
        val NO_IMAP = Obstacle(1)
        val POP_ONLY = Obstacle(2)
        val NO_SUCH_DOMAIN = Obstacle(3)
        val OFFLINE = Obstacle(4)

        /** The network wants a sign-in of its own first. */
        val CAPTIVE_PORTAL = Obstacle(5)
    }
}

/** How far a source is that is asked for settings. */
data class SourceProgress(val source: SettingsSource, val state: State) {
    /** In the order of their numbers. */
    enum class State {
        UNKNOWN,
        ASKING,
        FOUND,
        NOTHING,
        UNREACHABLE;

        internal companion object {
            fun of(number: Long) = entries.getOrElse(number.toInt()) { UNKNOWN }
        }
    }
}

/**
 * Finds the settings for an address, as a person typed it; ten seconds at most. Nothing is kept of it, and no password is
 * needed. [progress] tells meanwhile how far each source is. E_ARGUMENT: this is no address.
 */
suspend fun Waxwing.discover(address: String, progress: suspend (SourceProgress) -> Unit = {}): Discovery {
    val typed = address.encodeToByteArray()
    val told: suspend (RawEvent) -> Unit = { if (it.kind == RawEvent.PROGRESS) progress(it.progress()) }
    val found = request(RawEvent.SETUP_FOUND, told) { host, out -> Native.discover(host, typed, out) }
    val obstacle = found.counts[0].toInt().takeIf { it != 0 }?.let(::Obstacle)
    return Discovery(found.proposals, found.text.ifEmpty { null }, obstacle)
}
