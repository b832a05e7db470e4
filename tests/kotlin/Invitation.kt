package waxwing

import kotlin.time.Instant

/** Somebody, as a stranger's text names them. Either may be "". */
data class Person(val name: String, val address: String)

/** Somebody who is asked to come, or who answers. */
data class Invited(val person: Person, val attendance: Attendance)

/** What the calendar of a message says, to be shown: the library never answers one. All texts are a stranger's. */
data class Invitation(
    val method: InvitationMethod,
    val summary: String,
    val place: String,
    /** Nothing proves that it is whoever wrote the message. */
    val organiser: Person,
    val start: Moment?,
    /** When it is over; of whole days the day after the last. */
    val end: Moment?,
    /** It takes place several times; [start] and [end] are of the first. */
    val isRepeated: Boolean,
    val invited: List<Invited>,
)

/** A day, or a time of a day, as a calendar wrote it. */
data class Moment(
    val year: Int,
    val month: Int,
    /** It need not be in that month. */
    val day: Int,
    /** Null: it is a day as a whole. */
    val hour: Int?,
    val minute: Int?,
    /** As the calendar names it, not always known here; "": by the clock of the reader, unless there is an [instant]. */
    val zone: String,
    /** The same everywhere. Null: it is a day, has no zone, or its zone isn't known. */
    val instant: Instant?,
)
