//! The list of mails: what is loaded, what is selected, where it stands. Pure.
//!
//! Every id of the list is known (eight bytes each); rows are loaded in windows around what is seen.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use waxwing_core::model::{EmailId, EmailRow, FlagBits, Keyword, Page, ThreadId};

use crate::theme::ROW;
use crate::widget::{Click, visible_rows};

/// Rows read beyond each edge of what is seen.
const MARGIN: usize = 60;
/// So many rows are kept before those far away are let go.
const KEPT: usize = 2_000;

/// The list's state.
#[derive(Default)]
pub struct List {
    ids: Vec<EmailId>,
    rows: HashMap<EmailId, EmailRow>,
    /// Whether the list has been read at all.
    pub loaded: bool,
    /// Pixels from the top of the list to the top of its pane.
    pub scroll: f64,
    /// The pane's height in pixels, as last told.
    pub height: f32,
    selected: HashSet<EmailId>,
    /// The mail that is open.
    current: Option<EmailId>,
    /// Where a range began.
    pivot: Option<EmailId>,
    /// Selected again as soon as it is in the list: what an undo brings back.
    awaited: Option<EmailId>,
}

/// A direction in the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    Down,
    Up,
}

impl List {
    /// An empty one in a pane of that height.
    pub fn of_height(height: f32) -> Self {
        Self { height, ..Self::default() }
    }

    pub fn total(&self) -> usize {
        self.ids.len()
    }

    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    pub fn id(&self, index: usize) -> Option<EmailId> {
        self.ids.get(index).copied()
    }

    /// The row at that place, `None` while it isn't loaded.
    pub fn row(&self, index: usize) -> Option<&EmailRow> {
        self.rows.get(self.ids.get(index)?)
    }

    /// The row of that mail, if it is loaded.
    pub fn row_of(&self, id: EmailId) -> Option<&EmailRow> {
        self.rows.get(&id)
    }

    pub fn current(&self) -> Option<EmailId> {
        self.current
    }

    pub fn is_selected(&self, id: EmailId) -> bool {
        self.selected.contains(&id)
    }

    pub fn selected_count(&self) -> usize {
        self.selected.len()
    }

    /// What an action is about: the selected mails in the list's order.
    pub fn targets(&self) -> Vec<EmailId> {
        self.ids.iter().copied().filter(|id| self.selected.contains(id)).collect()
    }

    /// The selected mails whose rows are loaded, in no order: cheap however long the list is.
    pub fn selected_rows(&self) -> Box<dyn Iterator<Item = &EmailRow> + '_> {
        if self.selected.len() < self.rows.len() {
            Box::new(self.selected.iter().filter_map(|id| self.rows.get(id)))
        } else {
            Box::new(self.rows.values().filter(|row| self.selected.contains(&row.id)))
        }
    }

    /// Whether the row of every selected mail is loaded.
    pub fn knows_selection(&self) -> bool {
        self.selected.len() <= self.rows.len() && self.selected.iter().all(|id| self.rows.contains_key(id))
    }

    fn index_of(&self, id: EmailId) -> Option<usize> {
        self.ids.iter().position(|other| *other == id)
    }

    /// The place of the open mail.
    pub fn current_index(&self) -> Option<usize> {
        self.index_of(self.current?)
    }

    /// What is seen now; before the pane's height is known, what fits a usual one.
    pub fn visible(&self) -> Range<usize> {
        let height = if self.height > 0.0 { self.height } else { 1_200.0 };
        visible_rows(self.total(), ROW, self.scroll, height)
    }

    /// First row and count of the window around what is seen.
    pub fn window(&self) -> (usize, usize) {
        let seen = self.visible();
        let first = seen.start.saturating_sub(MARGIN);
        let seen = seen.len().max(20);
        (first, seen + 2 * MARGIN)
    }

    /// Whether something that is seen is not loaded.
    pub fn has_gap(&self) -> bool {
        self.visible().any(|index| self.row(index).is_none())
    }

    /// Takes the whole list anew. What is at the top of the pane stays there, unless the list stood at its very
    /// top, where new mail is to be seen.
    pub fn take(&mut self, ids: Vec<EmailId>, page: Page) {
        let anchor = self.anchor();
        self.ids = ids;
        // Those of selected mails are needed wherever they are: what can be done depends on them.
        self.rows.retain(|id, _| self.selected.len() <= KEPT && self.selected.contains(id));
        self.add_rows(page);
        if let Some((candidates, offset)) = anchor {
            // Nearly always the first of them is still there, so that one pass over the ids is enough.
            let mut places = candidates.into_iter().enumerate();
            if let Some((index, above)) =
                places.find_map(|(above, id)| self.index_of(id).map(|place| (place, above)))
            {
                self.scroll = top_of(index.saturating_sub(above)) + offset;
            }
        }
        self.loaded = true;
        self.keep_selection();
        self.clamp();
    }

    /// The ids from the top of the pane on, with how far the first is scrolled past; `None` at the very top.
    fn anchor(&self) -> Option<(Vec<EmailId>, f64)> {
        if self.scroll < 1.0 || self.ids.is_empty() {
            return None;
        }
        let first = self.visible().start;
        let ids = self.ids.get(first..)?.iter().copied().take(64).collect();
        Some((ids, self.scroll - top_of(first)))
    }

    fn keep_selection(&mut self) {
        if self.selected.len() > 4 {
            let known: HashSet<EmailId> = self.ids.iter().copied().collect();
            self.selected.retain(|id| known.contains(id));
        } else {
            let ids = &self.ids;
            self.selected.retain(|id| ids.contains(id));
        }
        self.pivot = self.pivot.filter(|id| self.ids.contains(id));
        self.current = self.current.filter(|id| self.ids.contains(id));
        if let Some(id) = self.awaited.take_if(|id| self.ids.contains(id)) {
            self.choose(id);
        }
    }

    /// Adds the rows of a window.
    pub fn add_rows(&mut self, page: Page) {
        if self.rows.len() > KEPT {
            let (first, count) = self.window();
            let near: HashSet<EmailId> = self.ids.iter().skip(first).take(count).copied().collect();
            let selected = &self.selected;
            self.rows.retain(|id, _| near.contains(id) || selected.len() <= KEPT && selected.contains(id));
        }
        self.rows.extend(page.rows.into_iter().map(|row| (row.id, row)));
    }

    /// A row that was read by itself is newer than the one kept here.
    pub fn freshen(&mut self, row: EmailRow) {
        if let Some(kept) = self.rows.get_mut(&row.id) {
            // Of its conversation a mail by itself says nothing.
            let conversation = kept.conversation.take();
            *kept = row;
            kept.conversation = conversation;
        }
    }

    /// Forgets everything: another mailbox is shown.
    pub fn reset(&mut self) {
        *self = Self::of_height(self.height);
    }

    /// Where the wheel or the bar went.
    pub fn scrolled(&mut self, scroll: f64, height: f32) {
        (self.scroll, self.height) = (scroll, height);
        self.clamp();
    }

    fn clamp(&mut self) {
        let furthest = (top_of(self.total()) - f64::from(self.height)).max(0.0);
        self.scroll = if self.height > 0.0 { self.scroll.clamp(0.0, furthest) } else { self.scroll.max(0.0) };
    }

    /// Selects exactly this mail and opens it.
    pub fn choose(&mut self, id: EmailId) {
        self.selected = HashSet::from([id]);
        (self.current, self.pivot) = (Some(id), Some(id));
        if let Some(index) = self.index_of(id) {
            self.bring_into_view(index);
        }
    }

    /// Selects nothing.
    pub fn choose_none(&mut self) {
        self.selected.clear();
        (self.current, self.pivot) = (None, None);
    }

    /// Keeps only the open mail selected.
    pub fn narrow(&mut self) {
        match self.current {
            Some(id) => self.selected = HashSet::from([id]),
            None => self.selected.clear(),
        }
    }

    /// Selects this mail as soon as the list has it (again).
    pub fn await_mail(&mut self, id: EmailId) {
        self.awaited = Some(id);
    }

    /// A press on a row.
    pub fn click(&mut self, click: Click) {
        let Some(id) = self.id(click.index) else { return };
        if click.extend {
            self.extend_to(click.index);
        } else if click.toggle {
            self.toggle(id);
        } else {
            self.choose(id);
        }
    }

    /// Selects this one more, or one less.
    pub fn toggle(&mut self, id: EmailId) {
        if !self.selected.remove(&id) {
            self.selected.insert(id);
        }
        (self.current, self.pivot) = (Some(id), Some(id));
    }

    fn extend_to(&mut self, index: usize) {
        let pivot = self.pivot.and_then(|id| self.index_of(id)).unwrap_or(index);
        let range = pivot.min(index)..=pivot.max(index);
        self.selected = self.ids.get(range).unwrap_or_default().iter().copied().collect();
        self.current = self.id(index);
        self.pivot = self.id(pivot);
        self.bring_into_view(index);
    }

    /// Selects one more row in that direction.
    pub fn extend(&mut self, step: Step) {
        if let Some(index) = self.stepped(step, 1) {
            self.extend_to(index);
        }
    }

    /// Goes `rows` in that direction; stays inside the list.
    pub fn go(&mut self, step: Step, rows: usize) {
        if let Some(id) = self.stepped(step, rows).and_then(|index| self.id(index)) {
            self.choose(id);
        }
    }

    fn stepped(&self, step: Step, rows: usize) -> Option<usize> {
        let last = self.total().checked_sub(1)?;
        Some(match (self.current_index(), step) {
            (None, _) => self.visible().start.min(last),
            (Some(index), Step::Down) => index.saturating_add(rows).min(last),
            (Some(index), Step::Up) => index.saturating_sub(rows),
        })
    }

    /// How many rows a page down goes.
    pub fn page_rows(&self) -> usize {
        self.visible().len().saturating_sub(2).max(1)
    }

    pub fn select_all(&mut self) {
        self.selected = self.ids.iter().copied().collect();
    }

    /// The next unread mail in that direction, as far as rows are loaded.
    pub fn unread_from(&self, from: Option<usize>, step: Step) -> Hunt {
        let mut index = from;
        loop {
            index = match (index, step) {
                (None, Step::Down) => Some(0),
                (None, Step::Up) => return Hunt::Nothing,
                (Some(at), Step::Down) => at.checked_add(1),
                (Some(at), Step::Up) => at.checked_sub(1),
            };
            let Some(at) = index.filter(|at| *at < self.total()) else { return Hunt::Nothing };
            match self.row(at) {
                Some(row) if !has(row, FlagBits::SEEN) => return Hunt::Found(row.id),
                Some(_) => {}
                None => return Hunt::Unknown(at),
            }
        }
    }

    /// Shows the flags of a change before the store tells of it.
    pub fn patch_flags(&mut self, emails: &[EmailId], add: FlagBits, remove: FlagBits) {
        for id in emails {
            if let Some(row) = self.rows.get_mut(id) {
                row.flags = row.flags.changed(add, remove);
            }
        }
    }

    /// The same where all mails of these conversations get them.
    pub fn patch_conversations(&mut self, emails: &[EmailId], add: FlagBits, remove: FlagBits) {
        for id in emails {
            let conversation = self.rows.get_mut(id).and_then(|row| row.conversation.as_mut());
            if let Some(conversation) = conversation {
                if add.contains(FlagBits::SEEN) {
                    conversation.unread = 0;
                } else if remove.contains(FlagBits::SEEN) {
                    conversation.unread = conversation.mails;
                }
            }
        }
    }

    /// The same for keywords.
    pub fn patch_keywords(&mut self, emails: &[EmailId], add: &[Keyword], remove: &[Keyword]) {
        for id in emails {
            if let Some(row) = self.rows.get_mut(id) {
                change_keywords(&mut row.keywords, add, remove);
            }
        }
    }

    /// The mail that stands for this conversation in a window of rows.
    pub fn row_of_thread(page: &Page, thread: ThreadId) -> Option<EmailId> {
        page.rows.iter().find(|row| row.thread == thread).map(|row| row.id)
    }

    /// Takes mails out of the list before the store tells of it, and opens the one after them.
    pub fn take_out(&mut self, emails: &[EmailId]) {
        let gone: HashSet<EmailId> = emails.iter().copied().collect();
        let next = self.next_after(&gone);
        let above = self.ids.iter().take(self.visible().start).filter(|id| gone.contains(id)).count();
        self.ids.retain(|id| !gone.contains(id));
        self.scroll -= top_of(above);
        self.clamp();
        match next {
            Some(id) => self.choose(id),
            None => self.choose_none(),
        }
    }

    /// The mail below the last one of these, or else the one above the first.
    fn next_after(&self, gone: &HashSet<EmailId>) -> Option<EmailId> {
        let last = self.ids.iter().rposition(|id| gone.contains(id))?;
        let below = self.ids.iter().skip(last + 1).find(|id| !gone.contains(id));
        below.or_else(|| self.ids.iter().take(last).rev().find(|id| !gone.contains(id))).copied()
    }

    fn bring_into_view(&mut self, index: usize) {
        if self.height <= 0.0 {
            return;
        }
        let (top, bottom) = (top_of(index), top_of(index + 1));
        if top < self.scroll {
            self.scroll = top;
        } else if bottom > self.scroll + f64::from(self.height) {
            self.scroll = bottom - f64::from(self.height);
        }
        self.clamp();
    }
}

/// Whether a mail has a flag; whether a conversation is read, where its row stands for it.
pub fn has(row: &EmailRow, flag: FlagBits) -> bool {
    match &row.conversation {
        Some(conversation) if flag == FlagBits::SEEN => conversation.unread == 0,
        _ => row.flags.contains(flag),
    }
}

/// Adds and takes away keywords of a row.
pub fn change_keywords(keywords: &mut Vec<Keyword>, add: &[Keyword], remove: &[Keyword]) {
    for keyword in add {
        if !keywords.iter().any(|known| known.is(keyword.name())) {
            keywords.push(keyword.clone());
        }
    }
    keywords.retain(|known| !remove.iter().any(|keyword| keyword.is(known.name())));
}

/// Where a search for unread mail stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hunt {
    Found(EmailId),
    /// It goes on at this row, which isn't loaded.
    Unknown(usize),
    Nothing,
}

#[expect(clippy::cast_precision_loss, reason = "a list longer than 2^52 rows does not fit in memory")]
fn top_of(index: usize) -> f64 {
    index as f64 * f64::from(ROW)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::screen::mailbox::fixture::row;

    fn ids(range: Range<i64>) -> Vec<EmailId> {
        range.map(EmailId).collect()
    }

    fn list(range: Range<i64>) -> List {
        let mut list = List { height: 660.0, ..List::default() };
        let rows = range.clone().map(row).collect();
        list.take(ids(range), Page { rows, first: 0, total: 0 });
        list
    }

    fn top_id(list: &List) -> EmailId {
        list.id(list.visible().start).unwrap()
    }

    #[test]
    fn what_is_read_stays_where_it_is_when_rows_arrive_above() {
        let mut list = list(100..300);
        list.scrolled(50.0 * 66.0 + 20.0, 660.0);
        let before = top_id(&list);
        list.take(ids(0..300), Page::default());
        assert_eq!(top_id(&list), before);
        assert_eq!(list.scroll, 150.0 * 66.0 + 20.0);
    }

    #[test]
    fn at_the_very_top_new_mail_is_seen() {
        let mut list = list(100..300);
        list.take(ids(90..300), Page::default());
        assert_eq!(list.scroll, 0.0);
        assert_eq!(top_id(&list), EmailId(90));
    }

    #[test]
    fn the_place_holds_even_when_the_top_row_itself_goes() {
        let mut list = list(0..300);
        list.scrolled(50.0 * 66.0, 660.0);
        let mut fewer = ids(0..300);
        fewer.retain(|id| id.0 != 50);
        list.take(fewer, Page::default());
        assert_eq!(list.scroll, 49.0 * 66.0, "row 51 stays one row below the edge");
    }

    #[test]
    fn after_archiving_the_next_mail_is_open() {
        let mut list = list(0..10);
        list.choose(EmailId(4));
        list.take_out(&[EmailId(4)]);
        assert_eq!(list.current(), Some(EmailId(5)));
        assert_eq!(list.targets(), [EmailId(5)]);
    }

    #[test]
    fn after_archiving_the_last_mail_the_one_above_is_open() {
        let mut list = list(0..3);
        list.take_out(&[EmailId(1), EmailId(2)]);
        assert_eq!(list.current(), Some(EmailId(0)));
        list.take_out(&[EmailId(0)]);
        assert_eq!(list.current(), None);
    }

    #[test]
    fn taking_out_rows_above_does_not_move_what_is_read() {
        let mut list = list(0..300);
        list.scrolled(50.0 * 66.0, 660.0);
        list.selected = HashSet::from([EmailId(3), EmailId(55)]);
        list.take_out(&[EmailId(3), EmailId(55)]);
        assert_eq!(top_id(&list), EmailId(50));
    }

    #[test]
    fn shift_selects_a_range_and_mod_single_ones() {
        let mut list = list(0..10);
        list.click(Click { index: 2, extend: false, toggle: false });
        list.click(Click { index: 4, extend: true, toggle: false });
        assert_eq!(list.targets(), ids(2..5));
        list.click(Click { index: 3, extend: false, toggle: true });
        assert_eq!(list.targets(), [EmailId(2), EmailId(4)]);
        list.extend(Step::Down);
        assert_eq!(list.targets(), [EmailId(3), EmailId(4)], "a range begins at the last one touched");
    }

    #[test]
    fn an_undone_mail_is_selected_when_it_is_back() {
        let mut list = list(0..10);
        list.choose(EmailId(4));
        list.take_out(&[EmailId(4)]);
        list.await_mail(EmailId(4));
        list.take(ids(0..10), Page::default());
        assert_eq!(list.current(), Some(EmailId(4)));
    }

    #[test]
    fn a_hunt_for_unread_stops_where_rows_are_not_loaded() {
        let mut list = list(0..10);
        list.patch_flags(&ids(0..10), FlagBits::SEEN, FlagBits::NONE);
        assert_eq!(list.unread_from(Some(0), Step::Down), Hunt::Nothing);
        list.patch_flags(&[EmailId(7)], FlagBits::NONE, FlagBits::SEEN);
        assert_eq!(list.unread_from(Some(0), Step::Down), Hunt::Found(EmailId(7)));
        assert_eq!(list.unread_from(Some(9), Step::Up), Hunt::Found(EmailId(7)));
        list.take(ids(0..20), Page::default());
        assert_eq!(list.unread_from(Some(0), Step::Down), Hunt::Unknown(1));
    }

    #[test]
    fn a_gap_is_seen_and_the_window_covers_it() {
        let mut list = list(0..10);
        list.take(ids(0..100_000), Page { rows: (0..80).map(row).collect(), first: 0, total: 0 });
        assert!(!list.has_gap());
        list.scrolled(50_000.0 * 66.0, 660.0);
        assert!(list.has_gap());
        let (first, count) = list.window();
        assert!(first <= 50_000 && first + count >= 50_011);
        assert!(count < 200);
    }
}
