//! Searches that are kept, as folders of whatever they find.

use waxwing_core::Command;
use waxwing_core::model::{SavedSearch, SavedSearchId};

use super::{NAME_FIELD, place_of};
use crate::screen::mailbox::{Action, Ask, State};

impl State {
    pub(super) fn ask_for_name(&mut self) -> Vec<Action> {
        let Some(search) = self.search.as_mut().filter(|search| !search.is_blank()) else {
            return Vec::new();
        };
        let known = search.saved.and_then(|id| self.saved.iter().find(|saved| saved.id == id));
        search.name = Some(known.map_or_else(|| search.text.trim().to_owned(), |saved| saved.name.clone()));
        vec![Action::Focus(NAME_FIELD)]
    }

    /// Keeps it under the name that was typed, or gives it that one.
    pub(super) fn keep_search(&mut self) -> Vec<Action> {
        let scope = self.search_scope();
        let Some(search) = &mut self.search else { return Vec::new() };
        let name = search.name.as_deref().unwrap_or_default().trim().to_owned();
        if name.is_empty() {
            return Vec::new();
        }
        search.name = None;
        let command = match search.saved {
            Some(id) => Command::RenameSearch { id, name },
            None => Command::SaveSearch { name, text: search.text.clone(), scope },
        };
        vec![Action::Do(command, None), Action::Unfocus]
    }

    pub(super) fn delete_search(&mut self) -> Vec<Action> {
        let Some(id) = self.search.as_mut().and_then(|search| search.saved.take()) else { return Vec::new() };
        vec![Action::Do(Command::DeleteSearch { id }, None)]
    }

    pub(super) fn open_saved(&mut self, id: SavedSearchId) -> Vec<Action> {
        let Some(saved) = self.saved.iter().find(|saved| saved.id == id).cloned() else { return Vec::new() };
        let mut actions = self.leave_search();
        if let Some(place) = place_of(saved.scope) {
            actions.extend(self.go(place));
        }
        actions.extend(self.open_search());
        // One opens it to read.
        actions.retain(|action| !matches!(action, Action::Focus(_)));
        if let Some(search) = &mut self.search {
            search.elsewhere = place_of(saved.scope).is_none().then_some(saved.scope);
        }
        actions.extend(self.search_typed(saved.text));
        actions
    }

    /// Which searches are kept: one that was opened may be gone, or have been kept a moment ago.
    pub(in crate::screen::mailbox) fn saved_answered(&mut self, saved: Vec<SavedSearch>) -> Vec<Action> {
        self.saved = saved;
        self.recognise();
        if self.saved_turn.answered() { self.read_saved() } else { Vec::new() }
    }

    /// Whether what is sought is one of those that are kept.
    pub(super) fn recognise(&mut self) {
        let scope = self.search_scope();
        if let Some(search) = &mut self.search {
            let is_it = |saved: &&SavedSearch| saved.text == search.text && saved.scope == scope;
            search.saved = self.saved.iter().find(is_it).map(|saved| saved.id);
        }
    }

    pub(in crate::screen::mailbox) fn read_saved(&mut self) -> Vec<Action> {
        if self.saved_turn.ask() { vec![Action::Read(Ask::Saved)] } else { Vec::new() }
    }
}
