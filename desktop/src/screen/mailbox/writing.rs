//! Mails that are to be written, and what became of them.

use waxwing_core::Ticket;
use waxwing_core::mime::How;
use waxwing_core::model::{AccountId, Draft, DraftId, DraftState, ListQuery, Role, SendTime};

use super::change::Change;
use super::{Action, State};
use crate::screen::composer::{HOLD, Write};
use crate::words::writing as words;

impl State {
    /// A new mail, from the account that is looked at.
    pub(super) fn write_new(&mut self) -> Vec<Action> {
        vec![Action::Write(Write::New(self.account_of_place()))]
    }

    fn account_of_place(&self) -> Option<AccountId> {
        match self.place {
            ListQuery::Mailbox(id) | ListQuery::Conversations(id) => {
                self.mailbox(id).map(|mailbox| mailbox.account)
            }
            _ => None,
        }
    }

    /// Answers the mail that has the focus, or the one chosen in the list.
    pub(super) fn answer(&mut self, how: How) -> Vec<Action> {
        if self.list.selected_count() > 1 {
            return Vec::new();
        }
        let email = self.reader.wanted().or(self.list.current());
        email.map(|email| Action::Write(Write::Answer(email, how))).into_iter().collect()
    }

    /// Whether what is listed are drafts.
    pub(super) fn is_among_drafts(&self) -> bool {
        self.place_role() == Role::Drafts
    }

    /// Opens the chosen draft to be written on.
    pub(super) fn go_on_writing(&mut self) -> Vec<Action> {
        self.list.current().map(|email| Action::Write(Write::Stored(email))).into_iter().collect()
    }

    pub(super) fn write(&mut self, write: Write) -> Vec<Action> {
        if let Write::Draft(draft) = write {
            self.left.retain(|it| it.id != draft);
        }
        if matches!(write, Write::Back { .. }) {
            self.overlay = None;
        }
        vec![Action::Write(write)]
    }

    /// Those that a window was open for when Waxwing ended: known once, at the start.
    pub(super) fn drafts_read(&mut self, drafts: Vec<Draft>) {
        if !std::mem::replace(&mut self.has_read_left, true) {
            let was_left = |draft: &Draft| draft.state == DraftState::Writing && !draft.is_closed;
            self.left = drafts.into_iter().filter(was_left).collect();
            self.left.sort_by_key(|draft| std::cmp::Reverse(draft.changed.0));
        }
    }

    /// A mail is on its way, and may be taken back.
    pub(super) fn sending(&mut self, ticket: Ticket, time: SendTime) -> Vec<Action> {
        self.done(Change::of_sending(ticket));
        let text = match time {
            SendTime::After(hold) => words::sending_in(hold.as_secs()),
            SendTime::At(at) => words::sending_at(&self.now.long(at)),
        };
        self.show_toast_for(text, true, HOLD)
    }

    pub(super) fn discarded(&mut self, draft: DraftId) -> Vec<Action> {
        self.done(Change::of_discarding(draft));
        self.show_toast(words::DISCARDED.into(), true)
    }
}
