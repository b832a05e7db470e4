package waxwing

import java.nio.ByteBuffer
import kotlin.time.Instant

/** Reads what waxwing_jni.c packed, in the order in which it put it there. */
internal class Packed(bytes: ByteArray) {
    private val buffer = ByteBuffer.wrap(bytes)

    private fun int() = buffer.getInt()

    private fun long() = buffer.getLong()

    private fun text(): String {
        val length = int()
        val text = String(buffer.array(), buffer.position(), length, Charsets.UTF_8)
        buffer.position(buffer.position() + length)
        return text
    }

    /** Instants that are never, and ids of nothing, are 0. */
    private fun longOrNull() = long().takeIf { it != 0L }

    private fun instantOrNull() = longOrNull()?.let(Instant::fromEpochMilliseconds)

    private fun <T> ifThere(read: () -> T): T? = if (int() != 0) read() else null

    private fun <T> rows(read: () -> T): Snapshot<T> {
        val generation = long()
        val total = long()
        val first = long()
        return Snapshot(List(int()) { read() }, first, total, generation)
    }

    private class Snapshot<T>(val rows: List<T>, val first: Long, val total: Long, val generation: Long)

    fun accounts(): List<Account> = rows {
        Account(
            id = AccountId(long()),
            address = text(),
            displayName = text(),
            state = AccountState(int()),
            lastStatus = Status(int()),
            lastSync = instantOrNull(),
            unread = long(),
            queued = long(),
            bodies = long(),
            bodiesTotal = long(),
            userName = text(),
            imapHost = text(),
            imapPort = int(),
            isIndexed = int() != 0,
            imapSecurity = security(int()),
            smtpHost = text(),
            smtpPort = int(),
            smtpSecurity = security(int()),
        )
    }.rows

    fun mailboxes(): List<Mailbox> = rows {
        Mailbox(
            id = MailboxId(long()),
            parent = longOrNull()?.let(::MailboxId),
            account = AccountId(long()),
            name = text(),
            path = text(),
            depth = int(),
            role = Role(int()),
            flags = int(),
            total = long(),
            unread = long(),
        )
    }.rows

    fun queue(): List<QueuedChange> = rows {
        QueuedChange(
            id = OperationId(long()),
            account = AccountId(long()),
            kind = ChangeKind(int()),
            state = ChangeState(int()),
            messages = long(),
            tries = int(),
            lastStatus = Status(int()),
            nextTry = instantOrNull(),
            message = longOrNull()?.let(::MessageId),
            mailbox = longOrNull()?.let(::MailboxId),
        )
    }.rows

    fun window(): Window = rows(::messageRow).run { Window(rows, first, total, generation) }

    private fun messageRow() = MessageRow(
        id = MessageId(long()),
        thread = ThreadId(long()),
        mailbox = MailboxId(long()),
        received = Instant.fromEpochMilliseconds(long()),
        size = long(),
        uid = int().toUInt().toLong(),
        flags = Flags(int()),
        threadCount = int(),
        fromName = text(),
        fromAddress = text(),
        subject = text(),
        preview = text(),
        keywords = text().split(' ').filter(String::isNotEmpty),
        threadAuthors = text(),
        threadUnread = int(),
    )

    /** Null: there is no message, or no memory for its bytes. */
    fun message(raw: ByteArray?): Message? = ifThere {
        val flags = int()
        val row = messageRow()
        val text = text()
        val from = text()
        val to = text()
        val cc = text()
        val replyTo = text()
        val written = instantOrNull()
        val html = text()
        val bcc = text()
        val messageId = text()
        val unsubscribe = text()
        val authentication = authentication(int())
        val parts = rows {
            Part(
                number = int(),
                size = long(),
                mimeType = text(),
                fileName = text(),
                isInline = int() == INLINE,
                contentId = text(),
            )
        }.rows
        val headers = rows { text() to text() }.rows
        val blocked = rows { text() }.rows
        val pretences = Pretences(int())
        val way = UnsubscribeWay(int())
        val wayAddress = text()
        val receiptTo = text()
        val pictures = rows { text() }.rows
        val trackers = rows { text() }.rows
        val invitation = invitation()
        raw?.let {
            Message(
                row = row,
                text = text,
                html = html,
                from = from,
                to = to,
                cc = cc,
                bcc = bcc,
                replyTo = replyTo,
                written = written,
                messageId = messageId,
                unsubscribe = unsubscribe,
                authentication = authentication,
                parts = parts,
                headers = headers,
                blocked = blocked,
                raw = it,
                marks = Marks(flags),
                pretences = pretences,
                unsubscribeWay = way,
                unsubscribeAddress = wayAddress,
                receiptTo = receiptTo,
                invitation = invitation,
                pictures = pictures,
                trackers = trackers,
            )
        }
    }

    private fun invitation(): Invitation? = ifThere {
        Invitation(
            method = InvitationMethod(int()),
            summary = text(),
            place = text(),
            organiser = Person(text(), text()),
            start = moment(),
            end = moment(),
            isRepeated = int() != 0,
            invited = rows { Invited(Person(text(), text()), Attendance(int())) }.rows,
        )
    }

    private fun moment(): Moment? = ifThere {
        val (year, month, day) = List(3) { int() }
        val isDay = int() != 0
        val (hour, minute) = List(2) { int().takeUnless { isDay } }
        val zone = text()
        val hasInstant = int() != 0
        val instant = Instant.fromEpochMilliseconds(long()).takeIf { hasInstant }
        Moment(year, month, day, hour, minute, zone, instant)
    }

    private fun authentication(code: Int) =
        Message.Authentication.entries.find { it.code == code } ?: Message.Authentication.NONE

    /** Null: nothing is known. */
    fun failure(request: RequestId?): Failure? = ifThere {
        Failure(
            status = Status(int()),
            message = text(),
            key = text(),
            serverText = text(),
            helpUrl = text(),
            retryAfterMs = int().toUInt().toLong(),
            request = request,
        )
    }

    fun event(raw: ByteArray?): RawEvent {
        val kind = int()
        val request = longOrNull()?.let(::RequestId)
        return RawEvent(
            kind = kind,
            request = request,
            isFinal = int() != 0,
            account = AccountId(long()),
            mailbox = MailboxId(long()),
            list = long(),
            message = MessageId(long()),
            operation = OperationId(long()),
            generation = long(),
            counts = List(4) { long() },
            text = text(),
            failure = failure(request),
            rows = if (kind == RawEvent.SETUP_FOUND) emptyList() else ifThere { rows(::messageRow).rows }.orEmpty(),
            proposals = if (kind != RawEvent.SETUP_FOUND) emptyList() else ifThere { rows(::proposal).rows }.orEmpty(),
            opened = message(raw),
            question = question(),
            code = text(),
        )
    }

    private fun proposal() = Proposal(
        address = text(),
        provider = text(),
        imapHost = text(),
        imapPort = int(),
        imapSecurity = security(int()),
        smtpHost = text(),
        smtpPort = int(),
        smtpSecurity = security(int()),
        userName = text(),
        otherUserName = textOrNull(),
        signIn = SignInWay(int()),
        otherSignIn = int().takeIf { it != 0 }?.let(::SignInWay),
        source = SettingsSource(int()),
        isVerified = int() != 0,
        needsConfirming = int() != 0,
        hint = Proposal.Hint.entries.getOrElse(int()) { Proposal.Hint.NOTHING },
        hintUrl = textOrNull(),
        endpoints = endpoints(),
    )

    private fun textOrNull() = text().ifEmpty { null }

    private fun endpoints(): OAuthEndpoints? {
        val endpoints = OAuthEndpoints(text(), text(), scopes = text())
        return endpoints.takeIf { it.authorizeUrl.isNotEmpty() }
    }

    private fun security(code: Int) =
        AccountConfig.Security.entries.find { it.code == code } ?: AccountConfig.Security.TLS

    private fun question(): TrustQuestion? = ifThere {
        TrustQuestion(
            id = QuestionId(long()),
            account = longOrNull()?.let(::AccountId),
            host = text(),
            port = int(),
            reason = TrustQuestion.Reason.entries.getOrElse(int()) { TrustQuestion.Reason.OTHER },
            mayPin = int() != 0,
            subject = text(),
            issuer = text(),
            names = text().lines().filter(String::isNotEmpty),
            sha256 = text(),
            keySha256 = text(),
            notBefore = Instant.fromEpochMilliseconds(long()),
            notAfter = Instant.fromEpochMilliseconds(long()),
            leaf = ByteArray(int()).also(buffer::get),
        )
    }

    fun pins(): List<Pin> = rows {
        Pin(
            host = text(),
            port = int(),
            isLasting = int() != 0,
            since = Instant.fromEpochMilliseconds(long()),
            subject = text(),
            keySha256 = text(),
        )
    }.rows

    fun tags(): List<Tag> = rows {
        Tag(id = long(), messages = long(), keyword = text(), title = text())
    }.rows

    fun searches(): List<SavedSearch> = rows {
        val id = SearchId(long())
        val account = longOrNull()?.let(::AccountId)
        val mailbox = longOrNull()?.let(::MailboxId)
        val role = Role(int())
        SavedSearch(id, name = text(), ListQuery.Search(text(), account, mailbox, role))
    }.rows

    fun pictures(): Map<String, ByteArray> =
        rows { text() to ByteArray(int()).also(buffer::get) }.rows.toMap()

    fun senders(): List<String> = rows { text() }.rows

    private companion object {
        /** WAXWING_DISPOSITION_INLINE. */
        const val INLINE = 0
    }
}
