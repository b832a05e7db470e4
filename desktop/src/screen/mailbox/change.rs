//! Changes of mail: from the wish to a command, the effect shown at once, and its undo.

use std::time::Duration;

use waxwing_core::model::{DraftId, EmailId, FlagBits, ListQuery, MailboxId, Role, SearchScope};
use waxwing_core::{Command, Error, Reader, Ticket};

use super::list::has;
use super::{Action, CANCEL_BUTTON, Message, Overlay, State, TOAST, Toast};
use crate::screen::composer::Write;
use crate::words::{self, Verb};

/// A change that can be taken back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    pub verb: Verb,
    pub emails: Vec<EmailId>,
    /// Its name at the engine, as soon as it has one.
    pub ticket: Option<Ticket>,
    /// Whether the mails left the list, so that an undo brings them back into it.
    left: bool,
    /// What brings it back, where that isn't an undo of the change.
    restores: Option<DraftId>,
}

impl Change {
    pub(super) fn new(verb: Verb, emails: &[EmailId], left: bool) -> Self {
        Self { verb, emails: emails.to_vec(), ticket: None, left, restores: None }
    }

    /// A mail that was handed over.
    pub(super) fn of_sending(ticket: Ticket) -> Self {
        Self { ticket: Some(ticket), ..Self::new(Verb::Send, &[], false) }
    }

    /// A draft that was thrown away.
    pub(super) fn of_discarding(draft: DraftId) -> Self {
        Self { restores: Some(draft), ..Self::new(Verb::Discard, &[], false) }
    }
}

/// The mails of a change.
fn emails_of(command: &Command) -> Option<&[EmailId]> {
    match command {
        Command::SetFlags { emails, .. }
        | Command::SetKeywords { emails, .. }
        | Command::Move { emails, .. }
        | Command::Archive { emails }
        | Command::Trash { emails } => Some(emails),
        _ => None,
    }
}

/// The same change of all mails of the conversations that its mails stand for.
///
/// # Errors
/// Those of `Reader::whole`.
pub fn of_whole(reader: &Reader, query: ListQuery, mut command: Command) -> Result<Command, Error> {
    if let Command::SetFlags { emails, .. }
    | Command::SetKeywords { emails, .. }
    | Command::Move { emails, .. }
    | Command::Archive { emails }
    | Command::Trash { emails } = &mut command
    {
        *emails = reader.whole(query, emails)?;
    }
    Ok(command)
}

impl State {
    pub(super) fn archive(&mut self) -> Vec<Action> {
        if self.place_role() == Role::Archive {
            return Vec::new();
        }
        self.take_away(Verb::Archive, |emails| Command::Archive { emails })
    }

    /// Into the trash; what is in there already can only be deleted, which asks.
    pub(super) fn trash(&mut self) -> Vec<Action> {
        if self.place_role() == Role::Trash {
            return self.ask_delete();
        }
        self.take_away(Verb::Trash, |emails| Command::Trash { emails })
    }

    pub(super) fn junk(&mut self) -> Vec<Action> {
        let accounts = self.accounts_of_selection();
        let mut junks = accounts.iter().filter_map(|account| self.with_role(*account, Role::Junk));
        match (junks.next().map(|mailbox| mailbox.id), accounts.len()) {
            (Some(to), 1) if self.place_role() != Role::Junk => {
                self.take_away(Verb::Junk, |emails| Command::Move { emails, to })
            }
            _ => Vec::new(),
        }
    }

    pub(super) fn move_to(&mut self, to: MailboxId) -> Vec<Action> {
        self.overlay = None;
        self.take_away(Verb::Move, |emails| Command::Move { emails, to })
    }

    /// A change by which mails leave the list: they do at once.
    fn take_away(&mut self, verb: Verb, command: impl FnOnce(Vec<EmailId>) -> Command) -> Vec<Action> {
        let emails = self.list.targets();
        if emails.is_empty() {
            return Vec::new();
        }
        // What was found everywhere is found where it goes, too.
        let leaves = match self.search {
            Some(_) => matches!(self.search_scope(), SearchScope::Mailbox(_) | SearchScope::Inboxes),
            None => self.place_role() != Role::Flagged,
        };
        let change = Change::new(verb, &emails, leaves);
        if leaves {
            self.list.take_out(&emails);
        }
        let mut actions = vec![self.doing(command(emails), change)];
        actions.extend(self.opened());
        if self.has_one_pane() && self.list.current().is_none() {
            self.reading = false;
        }
        actions
    }

    pub(super) fn ask_delete(&mut self) -> Vec<Action> {
        let emails = self.list.targets();
        if emails.is_empty() {
            return Vec::new();
        }
        match self.query() {
            // The question says how many mails there are.
            query if self.lists_conversations() => vec![Action::FindWhole(query, emails)],
            _ => self.ask_delete_of(emails),
        }
    }

    pub(super) fn ask_delete_of(&mut self, emails: Vec<EmailId>) -> Vec<Action> {
        if emails.is_empty() {
            return Vec::new();
        }
        self.overlay = Some(Overlay::Delete(emails));
        vec![Action::Focus(CANCEL_BUTTON)]
    }

    /// A change of the rows of the list: of all mails of their conversations, where they are conversations.
    fn doing(&self, command: Command, change: Change) -> Action {
        match self.query() {
            query if self.lists_conversations() => Action::DoToWhole(query, command, Some(change)),
            _ => Action::Do(command, Some(change)),
        }
    }

    /// A change whose mails are all known by now.
    pub(super) fn whole(command: Command, change: Option<Change>) -> Vec<Action> {
        let change = change.map(|change| {
            let emails = emails_of(&command).map_or_else(|| change.emails.clone(), <[EmailId]>::to_vec);
            Change { emails, ..change }
        });
        vec![Action::Do(command, change)]
    }

    pub(super) fn delete_confirmed(&mut self) -> Vec<Action> {
        let Some(Overlay::Delete(emails)) = self.overlay.take() else { return Vec::new() };
        self.list.take_out(&emails);
        let mut actions = vec![Action::Do(Command::DeleteForever { emails }, None)];
        actions.extend(self.opened());
        actions
    }

    /// Unread if all are read, else read.
    pub(super) fn toggle_read(&mut self) -> Vec<Action> {
        self.toggle_flag(Verb::Read, FlagBits::SEEN)
    }

    pub(super) fn toggle_star(&mut self) -> Vec<Action> {
        self.toggle_flag(Verb::Star, FlagBits::FLAGGED)
    }

    fn toggle_flag(&mut self, verb: Verb, flag: FlagBits) -> Vec<Action> {
        let emails = self.list.targets();
        if emails.is_empty() {
            return Vec::new();
        }
        let (add, remove) =
            if self.selection_has(flag) { (FlagBits::NONE, flag) } else { (flag, FlagBits::NONE) };
        // Somebody who marks a mail unread does not want the timer to read it again.
        self.generation += 1;
        let change = Change::new(verb, &emails, false);
        if self.lists_conversations() {
            self.list.patch_conversations(&emails, add, remove);
            let Action::Do(command, _) = self.set_flags(emails, add, remove, None) else { return Vec::new() };
            return vec![self.doing(command, change)];
        }
        vec![self.set_flags(emails, add, remove, Some(change))]
    }

    pub(super) fn set_flags(
        &mut self,
        emails: Vec<EmailId>,
        add: FlagBits,
        remove: FlagBits,
        change: Option<Change>,
    ) -> Action {
        self.list.patch_flags(&emails, add, remove);
        self.open_mails().for_each(|open| open.patch_flags(&emails, add, remove));
        self.stack.patch_flags(&emails, add, remove);
        Action::Do(Command::SetFlags { emails, add, remove }, change)
    }

    /// Whether every selected mail that is loaded carries the flag.
    pub(super) fn selection_has(&self, flag: FlagBits) -> bool {
        self.list.selected_rows().all(|row| has(row, flag))
    }

    /// The engine has taken a change: from here on it can be undone.
    pub(super) fn submitted(&mut self, ticket: Ticket, change: Option<Change>) -> Vec<Action> {
        let Some(mut change) = change else { return Vec::new() };
        change.ticket = Some(ticket);
        let shown = !matches!(change.verb, Verb::Read | Verb::Star) || change.emails.len() > 1;
        let text = words::done(change.verb, change.emails.len());
        self.undo.push(change);
        if shown { self.show_toast(text, true) } else { Vec::new() }
    }

    pub(super) fn show_toast(&mut self, text: String, undo: bool) -> Vec<Action> {
        self.show_toast_for(text, undo, TOAST)
    }

    pub(super) fn show_toast_for(&mut self, text: String, undo: bool, time: Duration) -> Vec<Action> {
        self.generation_of_toast += 1;
        let generation = self.generation_of_toast;
        self.toast = Some(Toast { text, undo, generation });
        vec![Action::After(time, Message::ToastOver(generation))]
    }

    /// Takes back the last change that is still there to be taken back.
    pub(super) fn undo(&mut self) -> Vec<Action> {
        let Some(change) = self.undo.pop() else { return Vec::new() };
        self.toast = None;
        if let Some(draft) = change.restores {
            return vec![Action::Write(Write::Restore(draft))];
        }
        let Some(operation) = change.ticket else { return Vec::new() };
        if change.left
            && let Some(first) = change.emails.first()
        {
            self.list.await_mail(*first);
        }
        let mut actions = vec![Action::Do(Command::Undo { operation }, None)];
        actions.extend(self.read_list());
        actions
    }

    /// Something was done that an undo takes back.
    pub(super) fn done(&mut self, change: Change) {
        self.undo.push(change);
    }

    /// A change was refused for good: it can't be undone any more.
    pub(super) fn forget_change(&mut self, ticket: Ticket) {
        self.undo.retain(|change| change.ticket != Some(ticket));
    }
}
