//! SELECT (RFC 9051 section 6.3.2).
//!
//! Nothing else is on its way meanwhile, but news of the mailbox selected before may still come in. CLOSED
//! (RFC 7162) marks where it ends; without it, what comes last counts.
//!
//! Quirk: Dovecot keeps no modseqs until somebody asks, so it is asked by `(CONDSTORE)` wherever that is offered.

use super::{
    Answer, Capabilities, Capability, Exchange, SelectedMailbox, Started, Status, Unsendable, Writer,
};
use crate::wire::reader::{Response, modseq};

pub(super) fn start(
    writer: Writer<'_>,
    mailbox: &str,
    offered: &Capabilities,
) -> Result<Started, Unsendable> {
    let parts = writer.select(mailbox, offered.has(Capability::Condstore))?;
    Ok((parts, Box::new(Selecting::default())))
}

/// Gathers what a SELECT tells of the mailbox, whatever else it is asked for.
#[derive(Default)]
pub(super) struct Selecting {
    selected: SelectedMailbox,
}

impl Exchange for Selecting {
    fn data(&mut self, response: &mut Response<'_>) -> bool {
        match response {
            Response::Exists(count) => self.selected.exists = *count,
            Response::Recent(_) | Response::Flags => {}
            Response::Status(status) => return self.code(status),
            _ => return false,
        }
        true
    }

    fn answer(mut self: Box<Self>, status: &Status<'_>) -> Answer {
        self.code(status);
        Answer::Selected(self.selected)
    }
}

impl Selecting {
    pub(super) const fn selected(&self) -> SelectedMailbox {
        self.selected
    }

    /// Whether the response code was one of a SELECT.
    pub(super) fn code(&mut self, status: &Status<'_>) -> bool {
        fn number<N: std::str::FromStr>(arguments: &[u8]) -> Option<N> {
            std::str::from_utf8(arguments).ok()?.trim().parse().ok()
        }
        if status.code("CLOSED").is_some() {
            self.selected = SelectedMailbox::default();
        } else if let Some(arguments) = status.code("UIDVALIDITY") {
            self.selected.uid_validity = number(arguments).unwrap_or_default();
        } else if let Some(arguments) = status.code("UIDNEXT") {
            self.selected.uid_next = number(arguments).filter(|uid| *uid != 0);
        } else if let Some(arguments) = status.code("HIGHESTMODSEQ") {
            self.selected.highest_modseq = modseq(arguments.trim_ascii());
        } else if status.code("NOMODSEQ").is_some() {
            self.selected.highest_modseq = None;
        } else if let Some(arguments) = status.code("PERMANENTFLAGS") {
            self.selected.keeps_no_new_keywords = !arguments.windows(2).any(|sign| sign == b"\\*");
            // It says more than is kept of it.
            return false;
        } else if status.code("READ-ONLY").is_some() {
            self.selected.read_only = true;
        } else if status.code("READ-WRITE").is_some() {
            self.selected.read_only = false;
        } else {
            return false;
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Op, trial};
    use super::*;

    fn selected(lines: &[&[u8]], end: &str) -> SelectedMailbox {
        let played = trial::play(&Op::Select { mailbox: "INBOX".into() }, "", lines, end);
        assert_eq!(played.sent, "A1 SELECT INBOX\\r\\n");
        match played.answer {
            Answer::Selected(selected) => selected,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn whether_new_keywords_are_kept_is_what_permanentflags_says() {
        let of = |line: &[u8]| selected(&[line], "A1 OK").keeps_no_new_keywords;
        assert!(!of(b"* OK [PERMANENTFLAGS (\\Seen \\*)] Limited"));
        assert!(of(b"* OK [PERMANENTFLAGS (\\Seen Work)] Limited"));
        assert!(!of(b"* OK hello"), "a server that doesn't say keeps them (RFC 9051 section 7.1)");
    }

    #[test]
    fn modseqs_are_asked_for_where_there_are_some() {
        let op = Op::Select { mailbox: "a b".into() };
        let played = trial::play(&op, "CONDSTORE", &[], "A1 OK");
        assert_eq!(played.sent, "A1 SELECT \\\"a b\\\" (CONDSTORE)\\r\\n");
    }

    #[test]
    fn what_select_tells() {
        let lines: [&[u8]; 6] = [
            b"* 172 EXISTS",
            b"* FLAGS (\\Answered)",
            b"* OK [UIDVALIDITY 3857529045] UIDs valid",
            b"* OK [UIDNEXT 4392]",
            b"* OK [HIGHESTMODSEQ 715194045007]",
            b"* OK [PERMANENTFLAGS (\\*)] Limited",
        ];
        assert_eq!(
            selected(&lines, "A1 OK [READ-WRITE] done"),
            SelectedMailbox {
                exists: 172,
                uid_validity: 3_857_529_045,
                uid_next: Some(4392),
                highest_modseq: Some(715_194_045_007),
                read_only: false,
                keeps_no_new_keywords: false,
            }
        );
        assert!(selected(&[], "A1 OK [READ-ONLY]").read_only);
    }

    #[test]
    fn news_of_the_mailbox_before_is_forgotten() {
        let before_closed: [&[u8]; 3] = [b"* OK [HIGHESTMODSEQ 9]", b"* OK [CLOSED] old", b"* 2 EXISTS"];
        let told = selected(&before_closed, "A1 OK");
        assert_eq!((told.exists, told.highest_modseq), (2, None));
        assert_eq!(selected(&[b"* 900 EXISTS", b"* 2 EXISTS"], "A1 OK").exists, 2);
    }

    #[test]
    fn a_uidnext_that_makes_no_sense_is_none() {
        assert_eq!(selected(&[b"* OK [UIDNEXT 0]"], "A1 OK").uid_next, None);
        assert_eq!(selected(&[b"* OK [UIDNEXT 4294967296]"], "A1 OK").uid_next, None);
        assert_eq!(selected(&[b"* OK [HIGHESTMODSEQ -1]"], "A1 OK").highest_modseq, None);
    }
}
