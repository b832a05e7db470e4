package waxwing

/** An account. Ids are the same after a restart and never given again. */
@JvmInline
value class AccountId(val value: Long)

/** A mailbox, as [AccountId]. */
@JvmInline
value class MailboxId(val value: Long)

/** A message, as [AccountId]. It keeps its id when it is moved. */
@JvmInline
value class MessageId(val value: Long)

/** A conversation. */
@JvmInline
value class ThreadId(val value: Long)

/** A change that was made here. It survives restarts. */
@JvmInline
value class OperationId(val value: Long)

/** A search that is kept, as [AccountId]. */
@JvmInline
value class SearchId(val value: Long)

/** Names a request while the client lives. */
@JvmInline
value class RequestId(val value: Long)

/** How a call ended: an open set, so that an unknown one is treated by its [hundred]. */
@JvmInline
value class Status(val code: Int) {
    val hundred: Int get() = code / 100

    /** Such as "E_TRUST". */
    override fun toString() = Native.statusName(code).decodeToString()

    companion object {
        val OK = Status(0)
        val ARGUMENT = Status(100)
        val NOT_FOUND = Status(101)
        val STATE = Status(102)
        val TIMEOUT = Status(103)
        val CANCELLED = Status(104)
        val CLOSED = Status(105)
        val NETWORK = Status(200)
        val DNS = Status(201)
        val TLS = Status(300)
        val TRUST = Status(301)
        val AUTH = Status(400)
        val AUTH_APP_PASSWORD = Status(401)
        val AUTH_BROWSER = Status(402)
        val SERVER = Status(500)
        val QUOTA = Status(501)
        val LIMIT = Status(502)
        val PROTOCOL = Status(503)
        val STALE = Status(504)
        val STORAGE = Status(600)
        val DISK_FULL = Status(601)
        val SECRET = Status(700)
        val SECRET_FAILED = Status(701)
        val INTERNAL = Status(900)
    }
}

/** What is set of a message. [PENDING] and [HAS_ATTACHMENT] are only told. */
@JvmInline
value class Flags(val bits: Int) {
    operator fun plus(other: Flags) = Flags(bits or other.bits)
    operator fun minus(other: Flags) = Flags(bits and other.bits.inv())
    operator fun contains(other: Flags) = bits and other.bits == other.bits

    companion object {
        val NONE = Flags(0)
        val SEEN = Flags(1)
        val ANSWERED = Flags(2)
        val FLAGGED = Flags(4)
        val DELETED = Flags(8)
        val DRAFT = Flags(16)
        val FORWARDED = Flags(32)
        val JUNK = Flags(64)

        /** A change of it is not yet on the server. */
        val PENDING = Flags(0x10000)
        val HAS_ATTACHMENT = Flags(0x20000)
    }
}

/** What is wanted of a message. [REMOTE_IMAGES]: pictures by https stay in its HTML. */
@JvmInline
value class Load(val bits: Int) {
    operator fun plus(other: Load) = Load(bits or other.bits)

    companion object {
        val TEXT = Load(1)
        val HTML = Load(2)
        val REMOTE_IMAGES = Load(4)
        val HEADERS = Load(8)
    }
}

/** What a message is, beside what is to be read of it: an open set. */
@JvmInline
value class Marks(val bits: Int) {
    operator fun contains(other: Marks) = bits and other.bits == other.bits

    companion object {
        val DAMAGED = Marks(1)
        val TEXT_FROM_HTML = Marks(2)
        val SIGNED = Marks(4)
        val ENCRYPTED = Marks(8)
        val INVITE = Marks(16)

        /** Worth a warning: something pretends. */
        val SPOOF = Marks(32)
        val TRUNCATED = Marks(64)
        val FORM = Marks(128)

        /** It is large, and some of its files aren't on this device: see [Waxwing.fetchPart]. */
        val PARTIAL = Marks(256)
    }
}

/** How a message pretends, which is worth a warning and no proof: an open set. */
@JvmInline
value class Pretences(val bits: Int) {
    operator fun contains(other: Pretences) = bits and other.bits == other.bits

    companion object {
        val SEVERAL_AUTHORS = Pretences(1)

        /** The name of an author is the address of somebody else. */
        val NAME_IS_AN_ADDRESS = Pretences(2)

        /** A domain is written in letters of several scripts, or in others than it seems. */
        val MIXED_SCRIPTS = Pretences(4)

        /** Answers go to another domain than it came from. */
        val ANSWERS_ELSEWHERE = Pretences(8)

        /** The text of a link names another host than it leads to; see [isFalseLink]. */
        val FALSE_LINK = Pretences(16)
    }
}

/** How a mailing list is left: an open set. */
@JvmInline
value class UnsubscribeWay(val code: Int) {
    companion object {
        val NONE = UnsubscribeWay(0)

        /** By one request, without a page. */
        val ONE_CLICK = UnsubscribeWay(1)
        val MAIL = UnsubscribeWay(2)

        /** There is only a page, which the person has to open. */
        val PAGE = UnsubscribeWay(3)
    }
}

/** What an invitation wants: an open set. */
@JvmInline
value class InvitationMethod(val code: Int) {
    companion object {
        /** Nothing: it tells of an event. */
        val PUBLISH = InvitationMethod(0)
        val REQUEST = InvitationMethod(1)
        val CANCEL = InvitationMethod(2)

        /** Somebody answers. */
        val REPLY = InvitationMethod(3)
        val OTHER = InvitationMethod(4)
    }
}

/** How somebody answered an invitation: an open set. */
@JvmInline
value class Attendance(val code: Int) {
    companion object {
        val OPEN = Attendance(0)
        val ACCEPTED = Attendance(1)
        val DECLINED = Attendance(2)
        val TENTATIVE = Attendance(3)
        val OTHER = Attendance(4)
    }
}

/** What a mailbox is for: an open set. */
@JvmInline
value class Role(val code: Int) {
    companion object {
        val NONE = Role(0)
        val INBOX = Role(1)
        val SENT = Role(2)
        val DRAFTS = Role(3)
        val TRASH = Role(4)
        val JUNK = Role(5)
        val ARCHIVE = Role(6)
        val ALL = Role(7)
        val FLAGGED = Role(8)
    }
}

/** How an account is doing: an open set. */
@JvmInline
value class AccountState(val code: Int) {
    companion object {
        /** Tried again by itself. */
        val OFFLINE = AccountState(0)
        val CONNECTING = AccountState(1)
        val ONLINE = AccountState(2)
        val NEEDS_SIGN_IN = AccountState(3)
        val NEEDS_TRUST = AccountState(4)

        /** It can't go on: see [Account.lastStatus]. */
        val FAILED = AccountState(5)
    }
}

/** How much is told to the log, each level with those before it. No level holds secrets or text of mails. */
@JvmInline
value class LogLevel(val code: Int) {
    companion object {
        /** Nothing but the app's own mistakes, which are told whatever the level. */
        val NONE = LogLevel(0)
        val ERROR = LogLevel(1)
        val WARNING = LogLevel(2)
        val INFORMATION = LogLevel(3)
        val DEBUG = LogLevel(4)
    }
}

/** [METERED]: one that is paid for by use. */
enum class Network(internal val code: Int) { NONE(0), METERED(1), FREE(2) }

/** How short of memory the system is: [CRITICAL] gives back all that can be read again from disk. */
enum class MemoryPressure(internal val code: Int) { LOW(1), CRITICAL(2) }

/** How far [Waxwing.syncNow] goes; each does what those before it do. */
enum class SyncScope(internal val code: Int) { INBOXES(1), CHANGES(2), EVERYTHING(3) }

/** What a change that waits is: an open set. */
@JvmInline
value class ChangeKind(val code: Int) {
    companion object {
        val FLAGS = ChangeKind(1)
        val MOVE = ChangeKind(2)
        val COPY = ChangeKind(3)

        /** For ever. */
        val DELETE = ChangeKind(4)
        val APPEND = ChangeKind(5)
        val CREATE_MAILBOX = ChangeKind(6)
        val RENAME_MAILBOX = ChangeKind(7)
        val DELETE_MAILBOX = ChangeKind(8)
        val SUBSCRIBE = ChangeKind(9)
        val SEND = ChangeKind(10)
        val KEYWORDS = ChangeKind(11)
    }
}

/** How far a change that waits is: an open set. */
@JvmInline
value class ChangeState(val code: Int) {
    companion object {
        val WAITING = ChangeState(0)
        val RUNNING = ChangeState(1)

        /** Sent, but the answer was lost. */
        val UNSURE = ChangeState(2)

        /** Listed until it is tried again or let go. */
        val REFUSED = ChangeState(3)
    }
}

/** Of whose messages the bodies are kept on this device unasked. */
@JvmInline
value class Offline private constructor(val days: Int) {
    companion object {
        val EVERYTHING = Offline(-1)
        val NOTHING = Offline(0)

        fun lastDays(days: Int): Offline {
            require(days > 0)
            return Offline(days)
        }
    }
}
