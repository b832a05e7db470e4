package waxwing

import kotlin.time.Instant

/** Names a question about a certificate while the client lives. */
@JvmInline
value class QuestionId(val value: Long)

/** A certificate that isn't believed. Its texts are a stranger's. */
class TrustQuestion(
    val id: QuestionId,
    /** Null: of an account that is being added. */
    val account: AccountId?,
    val host: String,
    val port: Int,
    val reason: Reason,
    /** Whether it may be believed all the same. */
    val mayPin: Boolean,
    val subject: String,
    val issuer: String,
    /** Host names and addresses it is for. */
    val names: List<String>,
    val sha256: String,
    /** Of its public key: what a pin holds. */
    val keySha256: String,
    val notBefore: Instant,
    val notAfter: Instant,
    /** DER. */
    val leaf: ByteArray,
) {
    /** In the order of their numbers. */
    enum class Reason {
        OTHER,
        UNKNOWN_ISSUER,
        WRONG_HOST,
        EXPIRED,
        NOT_YET_VALID,
        REVOKED,
        PIN_CHANGED,
        WEAK,
        SELF_SIGNED,
        UNUSABLE,
    }
}

/** In the order of their numbers: it isn't believed; its key is until the client is closed; it is from now on. */
enum class TrustDecision { REFUSE, THIS_RUN, PIN }

/** A key that alone is believed at a port of a host. */
data class Pin(
    val host: String,
    val port: Int,
    val isLasting: Boolean,
    val since: Instant,
    val subject: String,
    val keySha256: String,
)
