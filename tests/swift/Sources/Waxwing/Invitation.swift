import CWaxwing
import Foundation

extension Waxwing {
    /// What the calendar of a message says, to be shown: the library never answers one. All texts are a stranger's.
    public struct Invitation: Hashable, Sendable {
        public let method: Method
        public let summary, place: String
        /// Nothing proves that it is whoever wrote the message.
        public let organiser: Person
        public let start: Moment?
        /// When it is over; of whole days the day after the last.
        public let end: Moment?
        /// It takes place several times; `start` and `end` are of the first.
        public let isRepeated: Bool
        public let invited: [Invited]

        /// Somebody, as a stranger's text names them. Either may be "".
        public struct Person: Hashable, Sendable {
            public let name, address: String
        }

        /// Somebody who is asked to come, or who answers.
        public struct Invited: Hashable, Sendable {
            public let person: Person
            public let attendance: Attendance

            init(_ row: waxwing_invited_row) {
                person = Person(name: String(row.name), address: String(row.address))
                attendance = Attendance(rawValue: row.attendance)
            }
        }

        /// A day, or a time of a day, as the calendar wrote it.
        public struct Moment: Hashable, Sendable {
            /// Year, month and day, and of a time hour and minute. The day need not be in that month.
            public let components: DateComponents
            public let isAllDay: Bool
            /// As the calendar names it, not always known here; "": by the clock of the reader, unless there is an `instant`.
            public let zone: String
            /// The same everywhere. `nil`: it is a day, has no zone, or its zone isn't known.
            public let instant: Date?

            init(_ moment: waxwing_moment_view) {
                isAllDay = moment.all_day
                components = DateComponents(
                    year: Int(moment.year), month: Int(moment.month), day: Int(moment.day),
                    hour: moment.all_day ? nil : Int(moment.hour), minute: moment.all_day ? nil : Int(moment.minute))
                zone = String(moment.zone)
                instant = moment.has_instant ? Date(milliseconds: moment.instant_ms) : nil
            }
        }

        /// What it wants.
        public struct Method: RawRepresentable, Hashable, Sendable {
            public let rawValue: Int32
            public init(rawValue: Int32) { self.rawValue = rawValue }

            /// Nothing: it tells of an event.
            public static let publish = Self(rawValue: WAXWING_INVITATION_PUBLISH)
            public static let request = Self(rawValue: WAXWING_INVITATION_REQUEST)
            public static let cancel = Self(rawValue: WAXWING_INVITATION_CANCEL)
            /// Somebody answers.
            public static let reply = Self(rawValue: WAXWING_INVITATION_REPLY)
            public static let other = Self(rawValue: WAXWING_INVITATION_OTHER)
        }

        /// How somebody answered.
        public struct Attendance: RawRepresentable, Hashable, Sendable {
            public let rawValue: Int32
            public init(rawValue: Int32) { self.rawValue = rawValue }

            public static let open = Self(rawValue: WAXWING_ATTENDANCE_OPEN)
            public static let accepted = Self(rawValue: WAXWING_ATTENDANCE_ACCEPTED)
            public static let declined = Self(rawValue: WAXWING_ATTENDANCE_DECLINED)
            public static let tentative = Self(rawValue: WAXWING_ATTENDANCE_TENTATIVE)
            public static let other = Self(rawValue: WAXWING_ATTENDANCE_OTHER)
        }

        init(_ view: waxwing_invitation_view, of message: OpaquePointer) {
            method = Method(rawValue: view.method)
            (summary, place) = (String(view.summary), String(view.place))
            organiser = Person(name: String(view.organiser_name), address: String(view.organiser_address))
            start = view.start.map { Moment($0.pointee) }
            end = view.end.map { Moment($0.pointee) }
            isRepeated = view.repeated
            invited = waxwing_message_invited(message).map(Invited.init)
        }
    }
}
