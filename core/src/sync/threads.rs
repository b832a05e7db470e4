//! Conversations: mails tied together by Message-ID, In-Reply-To and References, never by a bare subject.
//!
//! The rules are those of Jamie Zawinski's algorithm as far as they say *which* mails belong together: a mail belongs
//! with every mail it names, here or not. Where his algorithm lets the first link win (two mails that tell different
//! stories of the same ancestors), all of them are one conversation here: so the order of arrival changes nothing, and
//! mail arrives newest first.

use std::collections::HashMap;

/// References taken of one mail: the oldest one, which all of a conversation share, and the nearest. More would make
/// one mail cost as much as thousands.
const MOST_TIES: usize = 20;

/// A Message-ID (or a server's own name of a conversation) as a number. Mails that share one belong together.
///
/// FNV-1a with a last mixing, the same for ever, since it is stored. Who wants into a conversation needs no collision:
/// naming one of its mails is enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Tie(pub i64);

impl Tie {
    fn of(kind: u8, text: &str) -> Self {
        let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
        for octet in std::iter::once(kind).chain(text.bytes()) {
            hash = (hash ^ u64::from(octet)).wrapping_mul(0x0000_0100_0000_01b3);
        }
        hash = (hash ^ (hash >> 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        Self((hash ^ (hash >> 29)).cast_signed())
    }
}

/// What ties a mail to others: its own Message-ID, the nearest references and the oldest, and what the server calls its
/// conversation (X-GM-THRID, or THREADID of RFC 8474), where it does. Each once.
pub fn ties(message_id: Option<&str>, references: &[String], server_thread: Option<&str>) -> Vec<Tie> {
    let mut all = nearest_first(message_id, references, server_thread);
    all.sort_unstable();
    all.dedup();
    all
}

/// The same, those first that say most about where a mail belongs: itself, what it answers, what that answered, and so on
/// up; the server's word last. One may be there twice.
pub fn nearest_first(
    message_id: Option<&str>,
    references: &[String],
    server_thread: Option<&str>,
) -> Vec<Tie> {
    let nearest = references.get(references.len().saturating_sub(MOST_TIES - 1)..).unwrap_or_default();
    let oldest = references.first().filter(|_| references.len() >= MOST_TIES);
    let named = message_id.into_iter().chain(nearest.iter().rev().chain(oldest).map(String::as_str));
    let named = named.filter(|id| !id.is_empty()).map(|id| Tie::of(0, id));
    named.chain(server_thread.map(|id| Tie::of(1, id))).collect()
}

/// Conversations of a set of mails at once.
#[derive(Debug, Default)]
pub struct Threads {
    /// The mail first seen with a tie.
    first: HashMap<Tie, u32>,
    /// For each mail another one of its conversation, or itself.
    link: Vec<u32>,
}

impl Threads {
    /// Adds a mail with its ties. Mails are numbered as they come.
    pub fn add(&mut self, ties: &[Tie]) {
        let Ok(mail) = u32::try_from(self.link.len()) else { return };
        self.link.push(mail);
        for tie in ties {
            let other = *self.first.entry(*tie).or_insert(mail);
            let (one, other) = (self.root(mail), self.root(other));
            // The lower number becomes the root: a conversation is known by its first mail.
            let (low, high) = (one.min(other), one.max(other));
            if let Some(link) = usize::try_from(high).ok().and_then(|high| self.link.get_mut(high)) {
                *link = low;
            }
        }
    }

    /// For each mail the number of the first mail of its conversation.
    pub fn finish(mut self) -> Vec<u32> {
        (0..self.link.len()).map(|mail| self.root(u32::try_from(mail).unwrap_or(u32::MAX))).collect()
    }

    fn root(&mut self, mut mail: u32) -> u32 {
        loop {
            let next = self.linked(mail);
            if next == mail {
                return mail;
            }
            // Each step halves the way of whoever comes after.
            let after = self.linked(next);
            if let Some(link) = usize::try_from(mail).ok().and_then(|mail| self.link.get_mut(mail)) {
                *link = after;
            }
            mail = after;
        }
    }

    fn linked(&self, mail: u32) -> u32 {
        usize::try_from(mail).ok().and_then(|index| self.link.get(index)).copied().unwrap_or(mail)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn threads(mails: &[(&str, &[&str])]) -> Vec<u32> {
        let mut threads = Threads::default();
        for (id, references) in mails {
            let references: Vec<String> = references.iter().map(|id| (*id).to_owned()).collect();
            threads.add(&ties(Some(id), &references, None));
        }
        threads.finish()
    }

    #[test]
    fn an_answer_joins_what_it_answers_and_a_stranger_does_not() {
        assert_eq!(threads(&[("a", &[]), ("b", &["a"]), ("x", &[]), ("c", &["a", "b"])]), [0, 0, 2, 0]);
    }

    #[test]
    fn mails_whose_common_ancestor_never_came_are_together() {
        assert_eq!(threads(&[("b", &["a"]), ("c", &["a"])]), [0, 0]);
    }

    #[test]
    fn a_late_mail_joins_two_conversations_into_one() {
        assert_eq!(threads(&[("c", &["b"]), ("a", &[]), ("x", &[]), ("b", &["a"])]), [0, 0, 2, 0]);
    }

    #[test]
    fn mails_that_name_each_other_end_as_one_conversation() {
        assert_eq!(threads(&[("a", &["b"]), ("b", &["a"]), ("c", &["c"])]), [0, 0, 2]);
    }

    #[test]
    fn the_same_message_id_twice_is_one_conversation_and_none_is_none() {
        assert_eq!(threads(&[("a", &[]), ("a", &[]), ("", &[]), ("", &[])]), [0, 0, 2, 3]);
    }

    #[test]
    fn a_list_of_thousands_of_references_costs_little_and_still_joins() {
        let all: Vec<String> = (0..5_000).map(|number| number.to_string()).collect();
        let mut threads = Threads::default();
        threads.add(&ties(Some("0"), &[], None));
        for number in [1, 18, 19, 20, 21, 500, 4_999] {
            let ties = ties(Some(&all[number]), &all[..number], None);
            assert!(ties.len() <= MOST_TIES + 1);
            threads.add(&ties);
        }
        assert_eq!(threads.finish(), [0; 8]);
    }

    #[test]
    fn what_the_server_calls_one_conversation_is_one() {
        let mut threads = Threads::default();
        threads.add(&ties(Some("a"), &[], Some("1266894439832287888")));
        threads.add(&ties(Some("b"), &[], Some("1266894439832287888")));
        // A Message-ID that looks like one isn't.
        threads.add(&ties(Some("1266894439832287888"), &[], None));
        assert_eq!(threads.finish(), [0, 0, 2]);
    }

    #[test]
    fn ties_are_the_same_for_ever_since_they_are_stored() {
        assert_eq!(ties(Some("ada@example.org"), &[], None), [Tie::of(0, "ada@example.org")]);
        assert_ne!(Tie::of(0, "a"), Tie::of(1, "a"));
        println!("{:?}", Tie::of(0, "ada@example.org"));
    }
}
