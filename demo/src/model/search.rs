//! SEARCH (RFC 9051 section 6.4.4), ESEARCH (RFC 4731), SEARCHRES (RFC 5182). Text is looked for in the octets as they
//! are: encoded words and encoded bodies are not decoded, which some servers don't do either.

use super::command::{SearchCommand, SearchKey, SearchResult};
use super::connection::{Connection, Reply};
use super::select::Addressed;
use super::set::compact;
use super::{Mail, Mailstore, Uid, date, message};

/// What a search is to know besides the mail.
struct Ground<'a> {
    /// What `*` stands for.
    largest_sequence: u32,
    largest_uid: u32,
    /// What `$` stands for.
    saved: &'a [Uid],
    /// Whether a mail is in the mailbox of that name too.
    labelled: &'a dyn Fn(&Mail, &str) -> bool,
}

/// What was found, ascending.
#[derive(Default)]
struct Found {
    /// Sequence numbers or UIDs, whichever was asked for.
    numbers: Vec<u32>,
    uids: Vec<Uid>,
    modseqs: Vec<u64>,
}

impl Connection {
    pub(super) fn search(
        &mut self,
        store: &Mailstore,
        user: &str,
        tag: &str,
        search: &SearchCommand,
    ) -> Reply {
        let Some(mailbox) = self.mailbox(store, user) else { return Reply::no("No such mailbox") };
        let by_modseq = search.key.asks_for_modseq();
        if by_modseq && let Err(reply) = self.asks_for_modseq(mailbox) {
            return reply;
        }
        let view = self.selected.as_ref().map_or(&[][..], |selected| &selected.view);
        let labelled = |mail: &Mail, label: &str| self.has_label(store, user, mail, label);
        let ground = Ground {
            largest_sequence: u32::try_from(view.len()).unwrap_or(u32::MAX),
            largest_uid: view.last().map_or(0, |seen| seen.uid),
            saved: &self.saved,
            labelled: &labelled,
        };
        let mut found = Found::default();
        for (sequence, seen) in (1..).zip(view) {
            let addressed = Addressed { sequence, uid: seen.uid };
            let mail = mailbox.mail(seen.uid).filter(|mail| matches(&search.key, mail, addressed, &ground));
            if let Some(mail) = mail {
                let number = u32::try_from(sequence).unwrap_or(u32::MAX);
                found.numbers.push(if search.uid { seen.uid } else { number });
                found.uids.push(seen.uid);
                found.modseqs.push(mail.modseq);
            }
        }
        let highest = found.highest_modseq(search.results.as_deref().unwrap_or_default());
        let modseq = highest.filter(|_| by_modseq).map(|highest| self.modseq_on_wire(highest));
        match &search.results {
            Some(results) => self.extended_answer(tag, search.uid, results, found, modseq),
            // IMAP4rev2 knows ESEARCH alone (RFC 9051 appendix E).
            None if self.enabled.rev2 => {
                self.extended_answer(tag, search.uid, &[SearchResult::All], found, modseq);
            }
            None => self.plain_answer(found, modseq),
        }
        Reply::ok("SEARCH completed")
    }

    fn plain_answer(&mut self, mut found: Found, modseq: Option<String>) {
        if self.dialect.unsorted_search {
            found.numbers.reverse();
            let half = found.numbers.len() / 2;
            found.numbers.rotate_left(half);
        }
        let mut answer = "* SEARCH".to_owned();
        for number in found.numbers {
            answer.push_str(&format!(" {number}"));
        }
        if let Some(modseq) = modseq {
            answer.push_str(&format!(" (MODSEQ {modseq})"));
        }
        self.line(&answer);
    }

    /// `* ESEARCH (TAG "a") UID MIN 2 COUNT 3`.
    fn extended_answer(
        &mut self,
        tag: &str,
        uid: bool,
        results: &[SearchResult],
        found: Found,
        modseq: Option<String>,
    ) {
        let mut answer = format!("* ESEARCH (TAG \"{tag}\")");
        if uid {
            answer.push_str(" UID");
        }
        let (first, last) = (found.numbers.first(), found.numbers.last());
        for result in results {
            match (result, first, last) {
                (SearchResult::Count, ..) => answer.push_str(&format!(" COUNT {}", found.numbers.len())),
                (SearchResult::Min, Some(first), _) => answer.push_str(&format!(" MIN {first}")),
                (SearchResult::Max, _, Some(last)) => answer.push_str(&format!(" MAX {last}")),
                (SearchResult::All, Some(_), _) => {
                    answer.push_str(&format!(" ALL {}", compact(&found.numbers)));
                }
                _ => {}
            }
        }
        if let Some(modseq) = modseq {
            answer.push_str(&format!(" MODSEQ {modseq}"));
        }
        // RETURN (SAVE) alone asks for nothing to be told.
        if results != [SearchResult::Save] {
            self.line(&answer);
        }
        if results.contains(&SearchResult::Save) {
            self.saved = meant(results, &found.uids);
        }
    }
}

impl Found {
    /// MODSEQ: the highest of all that is told (RFC 7162 section 3.1.10).
    fn highest_modseq(&self, results: &[SearchResult]) -> Option<u64> {
        meant(results, &self.modseqs).into_iter().max()
    }
}

/// What of the mails found is meant, for `$` and MODSEQ: with MIN or MAX and no more, only those (RFC 5182 section 2.4).
fn meant<T: Copy>(results: &[SearchResult], all: &[T]) -> Vec<T> {
    let has = |result| results.contains(&result);
    let ends = match (has(SearchResult::Min), has(SearchResult::Max)) {
        _ if has(SearchResult::All) || has(SearchResult::Count) => return all.to_vec(),
        (false, false) => return all.to_vec(),
        (true, false) => [all.first(), None],
        (false, true) => [None, all.last()],
        (true, true) => [all.first(), all.last().filter(|_| all.len() > 1)],
    };
    ends.into_iter().flatten().copied().collect()
}

impl SearchKey {
    fn asks_for_modseq(&self) -> bool {
        match self {
            Self::ModSeq(_) => true,
            Self::And(keys) => keys.iter().any(Self::asks_for_modseq),
            Self::Or(left, right) => left.asks_for_modseq() || right.asks_for_modseq(),
            Self::Not(key) => key.asks_for_modseq(),
            _ => false,
        }
    }
}

fn matches(key: &SearchKey, mail: &Mail, addressed: Addressed, ground: &Ground<'_>) -> bool {
    let is = |key: &SearchKey| matches(key, mail, addressed, ground);
    let day = || date::day_of(mail.internal_date);
    match key {
        SearchKey::All => true,
        SearchKey::And(keys) => keys.iter().all(is),
        SearchKey::Or(left, right) => is(left) || is(right),
        SearchKey::Not(key) => !is(key),
        SearchKey::Sequence(set) => u32::try_from(addressed.sequence)
            .is_ok_and(|number| set.contains(number, ground.largest_sequence)),
        SearchKey::Uid(set) => set.contains(addressed.uid, ground.largest_uid),
        SearchKey::Saved => ground.saved.contains(&addressed.uid),
        SearchKey::ModSeq(modseq) => mail.modseq >= *modseq,
        SearchKey::EmailId(id) => mail.email_id() == *id,
        SearchKey::ThreadId(id) => mail.thread_id() == *id,
        SearchKey::Label(label) => (ground.labelled)(mail, label),
        SearchKey::Flag(flag) => mail.flags.has(flag),
        SearchKey::Header { name, text } => {
            let values = message::all_of_field(&mail.raw, name);
            values.iter().any(|value| contains(value.as_bytes(), text))
        }
        SearchKey::Body(text) => contains(message::text(&mail.raw), text),
        SearchKey::Text(text) => contains(&mail.raw, text),
        SearchKey::Larger(size) => mail.raw.len() > *size,
        SearchKey::Smaller(size) => mail.raw.len() < *size,
        SearchKey::Before(wanted) => day() < *wanted,
        SearchKey::On(wanted) => day() == *wanted,
        SearchKey::Since(wanted) => day() >= *wanted,
    }
}

fn contains(octets: &[u8], text: &str) -> bool {
    let text = text.as_bytes();
    text.is_empty() || octets.windows(text.len()).any(|window| window.eq_ignore_ascii_case(text))
}
