//! What the person does with whole mailboxes, and what must come of it.

use std::collections::{BTreeMap, BTreeSet};

use waxwing_core::model::{EmailId, FlagBits, Mailbox, Role};
use waxwing_core::{Command, Ticket};
use waxwing_demo::model::Mailstore;
use waxwing_tests::model::USER;

use super::ground::Ground;
use super::person::{Chosen, WishKind};
use super::play::Play;

/// What was wished for mailboxes. Each that is made in a run is told by its stem, whatever it is renamed to.
#[derive(Default)]
pub(super) struct MailboxWishes {
    /// What each that was made here was to be called after each wish; `None`: it was to be gone.
    names: BTreeMap<String, Vec<(Ticket, Option<String>)>>,
    /// Whether each was to be subscribed to after each wish.
    subscribed: BTreeMap<String, Vec<(Ticket, bool)>>,
    /// Stems of those that undos or the other client touched.
    pub(super) meddled: BTreeSet<String>,
    /// Stems of those that are to be deleted, whatever another client puts there meanwhile.
    pub(super) doomed: BTreeSet<String>,
    /// One in so many things that are done concerns whole mailboxes.
    pub(super) one_in: usize,
    made: usize,
}

impl MailboxWishes {
    pub(super) fn new_name(&mut self) -> String {
        self.made += 1;
        format!("M{}", self.made)
    }

    /// That command left no trace.
    pub(super) fn forget(&mut self, ticket: Ticket) {
        self.names.values_mut().for_each(|wishes| wishes.retain(|(other, _)| *other != ticket));
        self.subscribed.values_mut().for_each(|wishes| wishes.retain(|(other, _)| *other != ticket));
    }

    /// That command is taken back.
    pub(super) fn taken_back(&mut self, ticket: Ticket) {
        for (stem, wishes) in &self.names {
            if wishes.iter().any(|(other, _)| *other == ticket) {
                self.meddled.insert(stem.clone());
                // One that was made goes again, if it is found to be empty.
                self.doomed.insert(stem.clone());
            }
        }
        for (stem, wishes) in &self.subscribed {
            if wishes.iter().any(|(other, _)| *other == ticket) {
                self.meddled.insert(stem.clone());
            }
        }
    }

    fn wish(&mut self, ticket: Ticket, stem: &str, name: Option<String>) {
        self.names.entry(stem.to_owned()).or_default().push((ticket, name));
    }
}

/// The last part of a mailbox's name in the server's store.
pub(super) fn leaf(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}

/// Whether a mailbox was made in the run: `M` and a number, and what it was renamed to, in whichever other.
pub(super) fn is_made(name: &str) -> bool {
    leaf(name).strip_prefix('M').is_some_and(|rest| rest.starts_with(|first: char| first.is_ascii_digit()))
}

/// What stays of a mailbox's name when it is renamed, or one that it is in.
pub(super) fn stem(name: &str) -> &str {
    if is_made(name) { leaf(name).trim_end_matches(|last: char| last.is_ascii_lowercase()) } else { name }
}

impl<G: Ground> Play<G> {
    /// A mailbox to put mail into: where there are some that were made in the run, often one of those.
    pub(super) fn target<'m>(&mut self, mailboxes: &[&'m Mailbox]) -> &'m Mailbox {
        let is_made = |mailbox: &&&Mailbox| is_made(&self.in_store(&mailbox.path));
        let made: Vec<&Mailbox> = mailboxes.iter().filter(is_made).copied().collect();
        let among = if made.is_empty() || self.random.one_in(2) { mailboxes } else { &made };
        among[self.random.below(among.len())]
    }

    /// Something the person does with a whole mailbox.
    pub(super) fn work_on_mailboxes(&mut self, mailboxes: &[Mailbox]) {
        let made: Vec<&Mailbox> =
            mailboxes.iter().filter(|mailbox| is_made(&self.in_store(&mailbox.path))).collect();
        let any = self.random.of(mailboxes);
        match self.random.below(10) {
            0..=2 => self.make_mailbox(&made),
            3 | 4 if !made.is_empty() => {
                let mailbox = *self.random.of(&made);
                self.rename_mailbox(mailbox);
            }
            5 if !made.is_empty() => {
                let mailbox = *self.random.of(&made);
                self.delete_mailbox(mailbox);
            }
            6 | 7 => self.subscribe(any),
            8 => self.mark_all_read(any),
            _ => self.empty_trash(mailboxes),
        }
    }

    /// Some within another.
    fn make_mailbox(&mut self, made: &[&Mailbox]) {
        let name = self.mailbox_wishes.new_name();
        let parent = match !made.is_empty() && self.random.one_in(3) {
            true => {
                let parent = self.random.of(made);
                format!("{}/", self.in_store(&parent.path))
            }
            false => String::new(),
        };
        let (account, path) = (self.ground.account(), self.path(&format!("{parent}{name}")));
        let ticket = self.submit(Command::CreateMailbox { account, path, role: None }, true);
        self.mailbox_wishes.wish(ticket, &name, Some(name.clone()));
        self.changes.insert(ticket, BTreeSet::new());
    }

    fn rename_mailbox(&mut self, mailbox: &Mailbox) {
        let before = self.in_store(&mailbox.path);
        let parent = before.strip_suffix(leaf(&before)).unwrap_or_default();
        let name = format!("{}{}", stem(&before), self.random.of(&["", "a", "b", "c"]));
        let path = self.path(&format!("{parent}{name}"));
        let ticket = self.submit(Command::RenameMailbox { mailbox: mailbox.id, path }, true);
        self.mailbox_wishes.wish(ticket, stem(&before), Some(name));
        self.changes.insert(ticket, BTreeSet::new());
    }

    fn delete_mailbox(&mut self, mailbox: &Mailbox) {
        let stem = stem(&self.in_store(&mailbox.path)).to_owned();
        let mails = self.may_be_in(mailbox);
        let ticket = self.submit(Command::DeleteMailbox { mailbox: mailbox.id }, true);
        self.log.push(format!("  {stem} with {mails:?}"));
        self.mailbox_wishes.doomed.insert(stem.clone());
        self.mailbox_wishes.wish(ticket, &stem, None);
        self.unwanted.extend(&mails);
        self.meddled.extend(&mails);
        self.changes.insert(ticket, mails);
    }

    fn subscribe(&mut self, mailbox: &Mailbox) {
        let stem = stem(&self.in_store(&mailbox.path)).to_owned();
        let (subscribed, mailbox) = (self.random.one_in(2), mailbox.id);
        let command =
            if subscribed { Command::Subscribe { mailbox } } else { Command::Unsubscribe { mailbox } };
        let ticket = self.submit(command, true);
        self.mailbox_wishes.subscribed.entry(stem).or_default().push((ticket, subscribed));
        self.changes.insert(ticket, BTreeSet::new());
    }

    fn mark_all_read(&mut self, mailbox: &Mailbox) {
        let mails = self.may_be_in(mailbox);
        let shown: BTreeSet<usize> =
            self.list(mailbox.id).iter().filter_map(|row| self.number_of(row.id)).collect();
        let pending = self.pending();
        let ticket = self.submit(Command::MarkAllRead { mailbox: mailbox.id }, true);
        let (sure, unsure) =
            mails.iter().partition(|number| shown.contains(number) && !pending.contains(number));
        let unsure: BTreeSet<usize> = unsure;
        self.flags.retain(|(number, bit), _| *bit != FlagBits::SEEN.0 || !unsure.contains(number));
        self.note_flags(ticket, &sure, FlagBits::SEEN, FlagBits::NONE);
        self.changes.insert(ticket, mails);
    }

    fn empty_trash(&mut self, mailboxes: &[Mailbox]) {
        let Some(trash) = mailboxes.iter().find(|mailbox| mailbox.role == Role::Trash) else { return };
        let mails = self.may_be_in(trash);
        // What arrives in this moment, or leaves, may be meant or not.
        let (pending, account) = (self.pending(), self.ground.account());
        let shown = self.list(trash.id).into_iter().filter_map(|row| Some((row.id, self.number_of(row.id)?)));
        let sure = shown.filter(|(_, number)| !pending.contains(number));
        let (emails, numbers): (Vec<EmailId>, Vec<usize>) = sure.unzip();
        let ticket = self.submit(Command::EmptyTrash { account }, true);
        self.log.push(format!("  with {mails:?}"));
        self.unwanted.extend(&mails);
        let sure: BTreeSet<usize> = numbers.iter().copied().collect();
        self.meddled.extend(mails.difference(&sure));
        let from = self.in_store(&trash.path);
        let chosen = Chosen { from, emails, numbers, mails: sure };
        self.note_places(WishKind::Deleted, ticket, &chosen, "");
        self.changes.insert(ticket, mails);
    }

    /// Mails of changes that have no answer yet.
    fn pending(&self) -> BTreeSet<usize> {
        let open = self.unanswered.keys().filter_map(|ticket| self.changes.get(ticket));
        open.flatten().copied().collect()
    }

    /// Mails that are in a mailbox, here or on the server, or may be once what is under way is done. Not those that the
    /// person has moved out, for all to see.
    fn may_be_in(&self, mailbox: &Mailbox) -> BTreeSet<usize> {
        let name = &*self.in_store(&mailbox.path);
        let numbers = |mailbox: &Mailbox| -> BTreeSet<usize> {
            self.list(mailbox.id).iter().filter_map(|row| self.number_of(row.id)).collect()
        };
        let shown = numbers(mailbox);
        let touches = |number: &usize| {
            let wishes = self.places.get(number).map_or(&[][..], Vec::as_slice);
            wishes.iter().any(|wish| wish.from == stem(name) || wish.to == stem(name))
        };
        let mut mails = shown.clone();
        // There it may still have another name.
        let names = self.names();
        let there = names.iter().filter(|there| stem(there) == stem(name));
        mails.extend(there.flat_map(|there| self.on_server(there)).map(|mail| mail.0));
        mails.extend(self.pending().into_iter().filter(touches));
        let all = self.mailboxes();
        mails.retain(|number| {
            let last = self.places.get(number).and_then(|wishes| wishes.last());
            let Some(last) = last.filter(|last| last.kind == WishKind::Moved && last.to != stem(name)) else {
                return true;
            };
            let target = all.iter().find(|mailbox| stem(&self.in_store(&mailbox.path)) == last.to);
            // Of one and its copy the other may be the one that was moved.
            let is_it = last.from == stem(name) || self.copies(*number) == 0;
            let left = is_it
                && !shown.contains(number)
                && target.is_some_and(|target| numbers(target).contains(number));
            !left || self.meddled.contains(number)
        });
        mails
    }

    /// What was wished for mailboxes is so, where nobody else had a hand in it.
    pub(super) fn judge_mailboxes(&self) {
        let names = self.names();
        let wishes = &self.mailbox_wishes;
        for (made, wished) in wishes.names.iter().filter(|(made, _)| !wishes.meddled.contains(*made)) {
            let found: Vec<&String> = names.iter().filter(|name| stem(name) == made).collect();
            if found.len() > 1 && !self.lies {
                self.fail(&format!("mailbox {made} is there twice: {found:?}"));
            }
            let certain = wished.iter().all(|(ticket, _)| self.well.get(ticket) == Some(&true));
            let Some((_, last)) = wished.last().filter(|_| certain) else { continue };
            // Deleted while another was in it, and renamed: that took the other along and nothing else (RFC 9051, 6.3.5).
            if found.is_empty() && wished.iter().any(|(_, name)| name.is_none()) {
                continue;
            }
            if found.first().map(|name| leaf(name)) != last.as_deref() {
                self.fail(&format!("mailbox {made} was wished {wished:?} and is {found:?}"));
            }
        }
        let is_subscribed = |name: &String| {
            self.ground
                .with(|store: &mut Mailstore| store.mailbox(USER, name).is_some_and(|it| it.subscribed()))
        };
        for (made, wished) in wishes.subscribed.iter().filter(|(made, _)| !wishes.meddled.contains(*made)) {
            let Some((ticket, subscribed)) = wished.last() else { continue };
            let name = names.iter().find(|name| stem(name) == made);
            let well = self.well.get(ticket) == Some(&true);
            if name.is_some_and(|name| well && is_subscribed(name) != *subscribed) {
                self.fail(&format!("that {made} is subscribed to isn't {subscribed} ({ticket:?})"));
            }
        }
    }
}
