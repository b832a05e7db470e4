//! Between the sign-in and the first op: who is there (RFC 2971) and what is switched on (RFC 5161).
//!
//! Both go out together and are waited for, so that the first op knows what it may use. 163.com and its like refuse
//! SELECT to clients that didn't say who they are.

use super::{Fact, Order, Phase, Session};
use crate::imap::quirks::Quirks;
use crate::imap::{Capabilities, Capability};
use crate::model::Moment;
use crate::wire::codec::LINE_LIMIT;
use crate::wire::reader::StatusKind;

/// The name we tell servers that ask who is there.
const CLIENT_NAME: &str = "Waxwing";

/// What may be switched on, by its name on the wire.
const TO_ENABLE: [(Capability, &str); 2] =
    [(Capability::Condstore, "CONDSTORE"), (Capability::Qresync, "QRESYNC")];

/// The same for what changes the names of mailboxes, and is therefore switched on by choice alone.
const TO_ENABLE_FOR_NAMES: [(Capability, &str); 2] =
    [(Capability::Utf8Accept, "UTF8=ACCEPT"), (Capability::Imap4Rev2, "IMAP4rev2")];

impl Session {
    /// Signed in, and the capabilities that hold from now on are known.
    pub(super) fn settle(&mut self, now: Moment) {
        self.credentials = None;
        self.ways.clear();
        if self.bye.is_none() {
            if self.capabilities.has(Capability::Id) || self.quirks.id_first {
                let tag = self.next_tag();
                let parts = self.writer(&tag).id(CLIENT_NAME).unwrap_or_default();
                self.start(tag, Order::Identify, parts, now);
            }
            let names = self.names_to_enable();
            if !names.is_empty() {
                let tag = self.next_tag();
                let command = format!("{tag} ENABLE {}\r\n", names.join(" ")).into_bytes();
                self.start(tag, Order::Enable, vec![command], now);
            }
        }
        self.settled();
    }

    fn names_to_enable(&self) -> Vec<&'static str> {
        let offered = &self.capabilities;
        if !offered.has(Capability::Enable) && !offered.has(Capability::Imap4Rev2) {
            return Vec::new();
        }
        // UTF8=ONLY servers (RFC 6855 section 6) know no other names: nothing that is stored changes.
        let has_utf8_names = self.options.utf8_names || self.signs.offers("utf8=only");
        let names = if has_utf8_names { &TO_ENABLE_FOR_NAMES[..] } else { &[] };
        TO_ENABLE
            .iter()
            .chain(names)
            .filter(|(capability, _)| offered.has(*capability))
            .map(|(_, name)| *name)
            .collect()
    }

    /// Looks whether all of it was answered: then ops may go out.
    pub(super) fn settled(&mut self) {
        if self.phase == Phase::SigningIn && self.running.is_empty() {
            self.phase = Phase::Ready;
            self.look_again();
            self.facts.push_back(Fact::SignedIn);
        }
    }

    /// `* ID …` and `* ENABLED …`: whether it was one of them.
    pub(super) fn told_of_itself(&mut self, line: &[u8]) -> bool {
        let after = |name: &str| {
            let (word, rest) = line.strip_prefix(b"* ")?.split_at_checked(name.len())?;
            word.eq_ignore_ascii_case(name.as_bytes()).then(|| rest.strip_prefix(b" ")).flatten()
        };
        let is_asked = |order: fn(&Order) -> bool| self.running.iter().any(|running| order(&running.order));
        if let Some(list) = after("ID") {
            if is_asked(|order| matches!(order, Order::Identify)) {
                self.signs.id(list);
                self.look_again();
            }
        } else if let Some(names) = after("ENABLED") {
            if is_asked(|order| matches!(order, Order::Enable)) {
                self.enabled = Capabilities::read(names);
            }
        } else {
            return false;
        }
        true
    }

    /// The server told its capabilities.
    pub(super) fn told_capabilities(&mut self, names: &[u8]) {
        self.offered = Capabilities::read(names);
        self.told_again = true;
        self.signs.capabilities(names);
        self.look_again();
    }

    /// Who is it, and what of its offer may be used?
    pub(super) fn look_again(&mut self) {
        self.quirks = Quirks::of(&self.signs);
        let mut usable = self.offered;
        for capability in self.quirks.unusable {
            usable = usable.without(*capability);
        }
        // It does nothing unless it was switched on.
        if self.phase == Phase::Ready && !self.enabled.has(Capability::Qresync) {
            usable = usable.without(Capability::Qresync);
        }
        let utf8 = self.enabled.has(Capability::Utf8Accept) || self.enabled.has(Capability::Imap4Rev2);
        self.capabilities = usable.in_utf8(utf8);
    }

    /// What the server offers and can be relied on, as last told: what [`Self::quirks`] says is unusable isn't in it,
    /// nor QRESYNC where it wasn't agreed on.
    pub fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    /// What was switched on after sign-in and the server agreed to.
    pub fn enabled(&self) -> &Capabilities {
        &self.enabled
    }

    /// What this server does otherwise.
    pub fn quirks(&self) -> &Quirks {
        &self.quirks
    }

    /// How many UIDs one command can name, wherever they lie.
    pub fn most_uids(&self) -> usize {
        /// With the comma behind it.
        const LONGEST_UID: usize = 11;
        /// The names of mailboxes, of flags and of header fields.
        const FOR_THE_REST: usize = 300;
        let longest = self.quirks.line_limit.unwrap_or(LINE_LIMIT).min(LINE_LIMIT);
        longest.saturating_sub(FOR_THE_REST) / LONGEST_UID
    }

    /// The end of a command of this file, agreed to or not.
    pub(super) fn settling_ended(&mut self, kind: StatusKind) {
        tracing::debug!(agreed = kind == StatusKind::Ok, "a command after sign-in ended");
        self.settled();
    }
}
