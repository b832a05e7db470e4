//! What the person does on this device.

use std::collections::BTreeSet;

use waxwing_core::model::{EmailId, FlagBits, Instant, Keyword, ListQuery, Mailbox, Role};
use waxwing_core::{Command, Message, Ticket};

use super::ground::Ground;
use super::mailboxes::stem;
use super::play::{ALL_MAIL, GMAIL_TRASH, Play, date, mail};

/// What the person wished of a mail's place. Mailboxes by the stems of their names in the server's store.
#[derive(Clone)]
pub(super) struct Wish {
    pub(super) ticket: Ticket,
    pub(super) kind: WishKind,
    /// Of which of two that are alike; `None` for one that was made here.
    pub(super) email: Option<EmailId>,
    /// Where the person saw it; empty for one that was made here.
    pub(super) from: String,
    pub(super) to: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum WishKind {
    /// Made here, and handed over.
    Made,
    Moved,
    Copied,
    /// For ever; `to` is empty.
    Deleted,
}

/// Mails the person points at.
pub(super) struct Chosen {
    /// Where, by the stem of its name in the server's store.
    pub(super) from: String,
    pub(super) emails: Vec<EmailId>,
    /// Which mail each of them is: once a wish was made it may be gone.
    pub(super) numbers: Vec<usize>,
    pub(super) mails: BTreeSet<usize>,
}

impl<G: Ground> Play<G> {
    /// Something the person does here.
    pub(super) fn person(&mut self) {
        if !self.changes.is_empty() && self.random.one_in(6) {
            return self.undo();
        }
        let mut mailboxes = self.mailboxes();
        mailboxes.retain(|mailbox| mailbox.selectable);
        if self.random.one_in(10) {
            return self.hand_over(&mailboxes);
        }
        if !mailboxes.is_empty() && self.random.one_in(self.mailbox_wishes.one_in) {
            return self.work_on_mailboxes(&mailboxes);
        }
        let Some(chosen) = self.choose(&mailboxes) else { return };
        match self.random.below(13) {
            12 => self.change_tags(chosen),
            0..=2 => self.change_flags(chosen),
            3 | 4 => self.place(WishKind::Moved, &mailboxes, chosen),
            5 | 6 => self.place(WishKind::Copied, &mailboxes, chosen),
            7 | 8 => self.archive(&mailboxes, chosen),
            9 | 10 => self.trash(chosen),
            _ => self.delete(chosen),
        }
    }

    fn undo(&mut self) {
        let tickets: Vec<Ticket> = self.changes.keys().copied().collect();
        let operation = *self.random.of(&tickets);
        let mails = self.changes[&operation].clone();
        let made = |number: &&usize| {
            let wishes = self.places.get(*number).map_or(&[][..], Vec::as_slice);
            wishes.iter().any(|wish| wish.ticket == operation && wish.kind == WishKind::Made)
        };
        let unmade: Vec<usize> = mails.iter().filter(made).copied().collect();
        self.unwanted.extend(unmade);
        self.mailbox_wishes.taken_back(operation);
        let ticket = self.submit(Command::Undo { operation }, true);
        self.moved_here.extend(&mails);
        self.meddled.extend(&mails);
        self.changes.insert(ticket, mails);
    }

    /// A mail that is made here.
    fn hand_over(&mut self, mailboxes: &[Mailbox]) {
        // Nobody puts a mail into a view of starred ones.
        let targets: Vec<&Mailbox> =
            mailboxes.iter().filter(|mailbox| mailbox.role != Role::Flagged).collect();
        if targets.is_empty() {
            return;
        }
        let target = self.target(&targets);
        let number = self.next_mail;
        self.next_mail += 1;
        let mut octets = mail(number);
        if self.random.one_in(4) {
            octets.retain(|octet| *octet != b'\r');
        }
        let flags = *self.random.of(&[FlagBits::NONE, FlagBits::SEEN]);
        self.log.push(format!("mail {number} is made"));
        let (message, date) = (Message(octets), Instant(date(number)));
        let ticket = self.submit(Command::Append { mailbox: target.id, message, flags, date }, true);
        self.made_here.insert(number);
        let to = stem(&self.in_store(&target.path)).to_owned();
        let wish = Wish { ticket, kind: WishKind::Made, email: None, from: String::new(), to };
        self.places.insert(number, vec![wish]);
        self.changes.insert(ticket, BTreeSet::from([number]));
    }

    /// A few mails of one mailbox.
    fn choose(&mut self, mailboxes: &[Mailbox]) -> Option<Chosen> {
        let filled: Vec<&Mailbox> = mailboxes.iter().filter(|mailbox| mailbox.total > 0).collect();
        if filled.is_empty() {
            return None;
        }
        let mailbox = *self.random.of(&filled);
        let mut emails = self.ground.reader().ids(ListQuery::Mailbox(mailbox.id)).unwrap();
        while emails.len() > 1 + self.random.below(3) {
            emails.remove(self.random.below(emails.len()));
        }
        let numbers: Vec<Option<usize>> = emails.iter().map(|id| self.number_of(*id)).collect();
        let mails: BTreeSet<usize> = numbers.iter().flatten().copied().collect();
        // A mail can leave while we look, and of one that was copied both can be meant.
        if emails.is_empty() || mails.len() != emails.len() {
            return None;
        }
        let numbers: Vec<usize> = numbers.into_iter().flatten().collect();
        for (id, number) in emails.iter().zip(&numbers) {
            self.ids.entry(*number).or_default().insert(*id);
        }
        Some(Chosen { from: stem(&self.in_store(&mailbox.path)).to_owned(), emails, numbers, mails })
    }

    fn change_flags(&mut self, Chosen { emails, mails, .. }: Chosen) {
        let bits = [FlagBits::SEEN, FlagBits::FLAGGED, FlagBits::ANSWERED];
        let (one, other) = (*self.random.of(&bits), *self.random.of(&bits));
        let (add, remove) = if one == other { (FlagBits::NONE, one) } else { (one, other) };
        let ticket = self.submit(Command::SetFlags { emails, add, remove }, true);
        self.note_flags(ticket, &mails, add, remove);
        self.changes.insert(ticket, mails);
    }

    fn change_tags(&mut self, Chosen { emails, mails, .. }: Chosen) {
        let names = ["Work", "work", "Trip", "$Label", "K&APY-ln"];
        let (one, other) = (*self.random.of(&names), *self.random.of(&names));
        let keyword = |name| vec![Keyword::new(name).unwrap()];
        let is_one = one.eq_ignore_ascii_case(other);
        let (add, remove) = (if is_one { Vec::new() } else { keyword(one) }, keyword(other));
        let ticket = self.submit(Command::SetKeywords { emails, add, remove }, true);
        for number in &mails {
            self.tags.insert((*number, one.to_lowercase()), (ticket, !is_one));
            self.tags.insert((*number, other.to_lowercase()), (ticket, false));
        }
        self.changes.insert(ticket, mails);
    }

    /// Moves or copies to whichever mailbox.
    fn place(&mut self, kind: WishKind, mailboxes: &[Mailbox], chosen: Chosen) {
        let target = self.target(&mailboxes.iter().collect::<Vec<_>>()).clone();
        let (emails, to) = (chosen.emails.clone(), target.id);
        let copies = kind == WishKind::Copied;
        let command = if copies { Command::Copy { emails, to } } else { Command::Move { emails, to } };
        let ticket = self.submit(command, true);
        if target.role == Role::Flagged {
            // Among starred mail it gets a star.
            self.note_flags(ticket, &chosen.mails, FlagBits::FLAGGED, FlagBits::NONE);
        } else {
            let to = self.in_store(&target.path);
            self.note_places(kind, ticket, &chosen, &to);
        }
        self.changes.insert(ticket, chosen.mails);
    }

    fn archive(&mut self, mailboxes: &[Mailbox], chosen: Chosen) {
        if self.dialect.gmail {
            // In INBOX too, where it isn't seen yet: nobody wished it out of there.
            let inbox = mailboxes.iter().find(|mailbox| mailbox.role == Role::Inbox);
            let shown = inbox.map_or_else(Vec::new, |inbox| self.list(inbox.id));
            let shown: BTreeSet<usize> = shown.iter().filter_map(|row| self.number_of(row.id)).collect();
            let there: BTreeSet<usize> = self.on_server("INBOX").iter().map(|mail| mail.0).collect();
            let unseen = chosen.mails.difference(&shown).filter(|number| there.contains(number));
            self.meddled.extend(unseen);
        }
        let to = if self.dialect.gmail { ALL_MAIL } else { "Archive" };
        let ticket = self.submit(Command::Archive { emails: chosen.emails.clone() }, true);
        self.note_places(WishKind::Moved, ticket, &chosen, to);
        self.changes.insert(ticket, chosen.mails);
    }

    fn trash(&mut self, chosen: Chosen) {
        let to = if self.dialect.gmail { GMAIL_TRASH } else { "Trash" };
        let ticket = self.submit(Command::Trash { emails: chosen.emails.clone() }, true);
        self.note_places(WishKind::Moved, ticket, &chosen, to);
        self.changes.insert(ticket, chosen.mails);
    }

    fn delete(&mut self, chosen: Chosen) {
        let ticket = self.submit(Command::DeleteForever { emails: chosen.emails.clone() }, true);
        self.unwanted.extend(&chosen.mails);
        self.note_places(WishKind::Deleted, ticket, &chosen, "");
        self.changes.insert(ticket, chosen.mails);
    }

    pub(super) fn note_flags(
        &mut self,
        ticket: Ticket,
        mails: &BTreeSet<usize>,
        add: FlagBits,
        remove: FlagBits,
    ) {
        for number in mails {
            for (bit, value) in [(remove, false), (add, true)] {
                if bit != FlagBits::NONE {
                    self.flags.insert((*number, bit.0), (ticket, value));
                }
            }
        }
    }

    pub(super) fn note_places(&mut self, kind: WishKind, ticket: Ticket, chosen: &Chosen, to: &str) {
        if kind != WishKind::Copied {
            self.moved_here.extend(&chosen.mails);
        }
        for (email, number) in chosen.emails.iter().zip(&chosen.numbers) {
            let (from, to) = (chosen.from.clone(), stem(to).to_owned());
            self.places.entry(*number).or_default().push(Wish {
                ticket,
                kind,
                email: Some(*email),
                from,
                to,
            });
        }
    }
}
