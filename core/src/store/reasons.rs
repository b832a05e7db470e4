//! Why a change was refused or waits, as it is kept: the number of its kind, and a text.

use crate::error::{Detail, Error, ErrorKind, Limited, NO_SUCH_ADDRESSES, NO_SUCH_LETTERS, NO_SUCH_TEXT};

/// Notes by which a person knows what to do, and which are still known after a restart.
const NOTES: [&str; 3] = [NO_SUCH_ADDRESSES, NO_SUCH_LETTERS, NO_SUCH_TEXT];

/// What stands before figures.
const LIMITS: [(&str, Limited); 2] = [("octets", Limited::Octets), ("people", Limited::People)];

/// The text: what the server said, a note that is kept, or figures.
pub(super) fn text_of(error: &Error) -> String {
    match error.detail() {
        Detail::Limit { of, is, most } => {
            let name = LIMITS.iter().find(|(_, limited)| limited == of).map_or("", |(name, _)| name);
            format!("{name} {is} {most}")
        }
        Detail::Note(note) if NOTES.contains(note) => (*note).to_owned(),
        _ => error.server_text().unwrap_or_default().to_owned(),
    }
}

/// The error again.
pub(super) fn error_of(kind: ErrorKind, text: &str) -> Error {
    if let Some(note) = NOTES.iter().find(|note| **note == text) {
        return Error::note(kind, note);
    }
    if kind == ErrorKind::LimitExceeded
        && let [name, is, most] = text.split(' ').collect::<Vec<_>>()[..]
        && let Some((_, of)) = LIMITS.iter().find(|(known, _)| *known == name)
        && let (Ok(is), Ok(most)) = (is.parse(), most.parse())
    {
        return Error::limit(*of, is, most);
    }
    if text.is_empty() { Error::new(kind) } else { Error::server(kind, text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_tells_a_person_what_to_do_is_still_known_later() {
        for error in [
            Error::limit(Limited::Octets, 31_000_000, 25_000_000),
            Error::limit(Limited::People, 120, 100),
            Error::note(ErrorKind::ServerRefused, NO_SUCH_ADDRESSES),
            Error::server(ErrorKind::LimitExceeded, "452 4.5.3 too many"),
            Error::server(ErrorKind::LimitExceeded, "octets of no use"),
            Error::new(ErrorKind::LimitExceeded),
        ] {
            assert_eq!(error_of(error.kind(), &text_of(&error)), error);
        }
    }
}
