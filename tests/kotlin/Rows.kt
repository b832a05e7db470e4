package waxwing

import kotlin.time.Instant

data class Account(
    val id: AccountId,
    val address: String,
    val displayName: String,
    val state: AccountState,
    /** What the present trouble is; [Status.OK] if none. */
    val lastStatus: Status,
    /** When it was last wholly in step with the server; null: never. */
    val lastSync: Instant?,
    val unread: Long,
    /** Changes made here and not yet on the server. */
    val queued: Long,
    /** Bodies on this device, and how many are to be. */
    val bodies: Long,
    val bodiesTotal: Long,
    /** Its settings: the name to sign in with, and the server. */
    val userName: String,
    val imapHost: String,
    val imapPort: Int,
    /** Whether a search finds everything that is here. */
    val isIndexed: Boolean,
    val imapSecurity: AccountConfig.Security,
    /** The server to send by; "": none. */
    val smtpHost: String,
    val smtpPort: Int,
    val smtpSecurity: AccountConfig.Security,
) {
    /** Its settings as [editAccount] takes them. */
    fun config() = AccountConfig(
        address, imapHost, displayName, userName, imapPort, smtpHost, smtpPort, smtpSecurity, imapSecurity,
    )
}

/** What a sync brought: messages that are new, changed and gone, and bytes that were read. */
data class SyncCounts(val new: Long, val changed: Long, val removed: Long, val bytes: Long)

data class Mailbox(
    val id: MailboxId,
    /** The mailbox it is in; null at the top. */
    val parent: MailboxId?,
    val account: AccountId,
    /** The last part of its path. INBOX is left to the app to name. */
    val name: String,
    /** With the server's delimiter. */
    val path: String,
    val depth: Int,
    val role: Role,
    val flags: Int,
    val total: Long,
    val unread: Long,
) {
    val isSelectable get() = flags and SELECTABLE != 0
    val hasChildren get() = flags and HAS_CHILDREN != 0

    private companion object {
        const val SELECTABLE = 1
        const val HAS_CHILDREN = 4
    }
}

/** A message in a list. */
data class MessageRow(
    val id: MessageId,
    val thread: ThreadId,
    val mailbox: MailboxId,
    val received: Instant,
    val size: Long,
    /** The server's UID in that mailbox; 0 while it is not yet there. */
    val uid: Long,
    val flags: Flags,
    /** In a list of conversations: how many messages this one has; else 0. */
    val threadCount: Int,
    val fromName: String,
    val fromAddress: String,
    val subject: String,
    /** The first words; "" while the body isn't here. */
    val preview: String,
    /** As on the wire; see [Tag.keyword]. */
    val keywords: List<String>,
    /** In a list of conversations: who wrote this one, as in a header; else "". */
    val threadAuthors: String,
    /** In a list of conversations: how many messages of this one are unread; else 0. */
    val threadUnread: Int,
)

/** A part of a list: [rows] from the place [first] on, of [total]. */
data class Window(val rows: List<MessageRow>, val first: Long, val total: Long, val generation: Long)

/** A message to read. */
class Message(
    /** Of one that was parsed its ids are 0. */
    val row: MessageRow,
    val text: String,
    /** Made fit to be shown; a picture `waxwing-part:N` is the part N. "" unless [Load.HTML] was asked for. */
    val html: String,
    val from: String,
    val to: String,
    val cc: String,
    val bcc: String,
    val replyTo: String,
    /** When its author says it was written; null: unknown. */
    val written: Instant?,
    /** Its Message-ID; "" if none. */
    val messageId: String,
    /** An https or mailto address to unsubscribe at; "" if none. */
    val unsubscribe: String,
    val authentication: Authentication,
    val parts: List<Part>,
    /** Names and values of all fields, in order; none unless [Load.HEADERS] was asked for. */
    val headers: List<Pair<String, String>>,
    /** What the HTML would have loaded over the network. */
    val blocked: List<String>,
    /** The message as on the server (RFC 5322). */
    val raw: ByteArray,
    val marks: Marks,
    /** Why [Marks.SPOOF] is set. */
    val pretences: Pretences,
    /** How its mailing list is left, and the address that this leads to, which a person sees first; "" if it is of none. */
    val unsubscribeWay: UnsubscribeWay,
    val unsubscribeAddress: String,
    /** Who asks to be told that it was read, and isn't; "": nobody. */
    val receiptTo: String,
    val invitation: Invitation?,
    /** Its pictures on the network, which [fetchPictures] asks for; none unless [Load.HTML] was asked for. */
    val pictures: List<String>,
    /** Who would be told that it was opened, and isn't; none unless [Load.HTML] was asked for. */
    val trackers: List<String>,
) {
    /** It makes no sense; what could be read is shown. */
    val isDamaged get() = Marks.DAMAGED in marks
    val isTextFromHtml get() = Marks.TEXT_FROM_HTML in marks

    /** What the receiving server found of where it comes from: a hint. */
    enum class Authentication(internal val code: Int) { NONE(0), PASS(1), FAIL(2) }
}

/** A file that is attached, or shown within the text. */
data class Part(
    val number: Int,
    val size: Long,
    val mimeType: String,
    val fileName: String,
    val isInline: Boolean,
    /** "" if none. */
    val contentId: String,
)

/** A change that the server has not agreed to. */
data class QueuedChange(
    val id: OperationId,
    val account: AccountId,
    val kind: ChangeKind,
    val state: ChangeState,
    val messages: Long,
    val tries: Int,
    /** Why it was refused; [Status.OK] if it wasn't. */
    val lastStatus: Status,
    /** Null: as soon as it can be. */
    val nextTry: Instant?,
    val message: MessageId?,
    val mailbox: MailboxId?,
)

/** A tag in use. */
data class Tag(
    val id: Long,
    /** How many messages have it, without those in trash and junk. */
    val messages: Long,
    /** On the wire. */
    val keyword: String,
    /** What a person calls it. */
    val title: String,
)
