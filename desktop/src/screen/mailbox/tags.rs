//! The menu of tags, and what it does to mails.

use waxwing_core::Command;
use waxwing_core::model::{EmailId, Keyword};

use super::{Action, Change, FIND_FIELD, Overlay, State};
use crate::words::Verb;

/// The tags of old that are offered before anybody made one.
const USUAL: [&str; 5] = ["$label1", "$label2", "$label3", "$label4", "$label5"];

/// An entry of the menu.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) keyword: Keyword,
    /// What it is called.
    pub(super) name: String,
    /// All selected mails have it.
    pub(super) is_on: bool,
    /// No mail has it yet: it is what was typed.
    pub(super) is_new: bool,
}

impl State {
    pub(super) fn open_tags(&mut self) -> Vec<Action> {
        if self.list.selected_count() == 0 {
            return Vec::new();
        }
        self.overlay = Some(Overlay::Tag { filter: String::new(), chosen: 0 });
        vec![Action::Focus(FIND_FIELD)]
    }

    /// The tags with that in their names, those in use first, then the usual ones, then a new one of that name.
    pub(super) fn tag_entries(&self, filter: &str) -> Vec<Entry> {
        let usual = USUAL.iter().filter_map(|name| Keyword::new(name));
        let mut entries: Vec<Entry> = Vec::new();
        for keyword in self.tags.iter().map(|tag| tag.keyword.clone()).chain(usual) {
            if !entries.iter().any(|entry| entry.keyword.is(keyword.name())) {
                entries.extend(self.entry(keyword, false));
            }
        }
        let wanted = filter.trim().to_lowercase();
        entries.retain(|entry| entry.name.to_lowercase().contains(&wanted));
        // The one that is called so is chosen before those that only hold it.
        entries.sort_by_key(|entry| entry.name.to_lowercase() != wanted);
        if let Some(keyword) = Keyword::of_tag(filter)
            && !entries.iter().any(|entry| entry.keyword.is(keyword.name()))
        {
            entries.extend(self.entry(keyword, true));
        }
        entries
    }

    fn entry(&self, keyword: Keyword, is_new: bool) -> Option<Entry> {
        let name = keyword.tag()?;
        let mut rows = self.list.selected_rows().peekable();
        let has = |keywords: &[Keyword]| keywords.iter().any(|known| known.is(keyword.name()));
        let is_on = rows.peek().is_some() && rows.all(|row| has(&row.keywords));
        Some(Entry { keyword, name, is_on, is_new })
    }

    pub(super) fn toggle_chosen_tag(&mut self) -> Vec<Action> {
        let Some(Overlay::Tag { filter, chosen }) = &self.overlay else { return Vec::new() };
        let entry = self.tag_entries(filter).into_iter().nth(*chosen);
        entry.map_or_else(Vec::new, |entry| self.toggle_tag(entry.keyword))
    }

    /// Takes a tag off the selected mails if all have it, else gives it to them.
    pub(super) fn toggle_tag(&mut self, keyword: Keyword) -> Vec<Action> {
        self.overlay = None;
        let emails = self.list.targets();
        if emails.is_empty() {
            return Vec::new();
        }
        let is_on = self.entry(keyword.clone(), false).is_some_and(|entry| entry.is_on);
        let query = self.query();
        let (command, change) = self.tagging(emails, keyword, !is_on);
        vec![if self.lists_conversations() {
            Action::DoToWhole(query, command, Some(change))
        } else {
            Action::Do(command, Some(change))
        }]
    }

    /// Takes a tag off the open mail alone.
    pub(super) fn untag_open(&mut self, keyword: Keyword) -> Vec<Action> {
        let Some(open) = self.reader.wanted() else { return Vec::new() };
        let (command, change) = self.tagging(vec![open], keyword, false);
        vec![Action::Do(command, Some(change))]
    }

    fn tagging(&mut self, emails: Vec<EmailId>, keyword: Keyword, on: bool) -> (Command, Change) {
        let change = Change::new(if on { Verb::Tag } else { Verb::Untag }, &emails, false);
        let keywords = vec![keyword];
        let (add, remove) = if on { (keywords, Vec::new()) } else { (Vec::new(), keywords) };
        self.list.patch_keywords(&emails, &add, &remove);
        self.open_mails().for_each(|open| open.patch_keywords(&emails, &add, &remove));
        (Command::SetKeywords { emails, add, remove }, change)
    }
}
