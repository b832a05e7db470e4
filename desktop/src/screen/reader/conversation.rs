//! The mails of a conversation, oldest on top: those that are open, and a line for each of the others.

use iced::widget::{container, row, space};
use iced::{Border, Center, Color, Element, Fill, Padding, Theme};
use waxwing_core::model::{EmailId, EmailRow, FlagBits};

use crate::icon::{Icon, icon};
use crate::screen::mailbox::Act;
use crate::theme;
use crate::ui::{colour, icon_button, ink};
use crate::widget::{Look, Status, line, press};
use crate::words::{self, dates::Now};

/// So many mails are open from the beginning, at most.
const OPEN_AT_FIRST: usize = 6;
/// So many lines above the open mail are shown as they are; of more, those in the middle are put away.
const LINES: usize = 5;

/// What can happen in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    Open(EmailId),
    /// Show a line of it again.
    Close(EmailId),
    /// Show the lines that were put away.
    Unfold,
    /// A button of the head.
    Act(Act),
}

/// One mail of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    pub row: EmailRow,
    /// Where it lies, if that isn't the mailbox that is shown.
    pub place: String,
    /// It was thrown away: nobody wants to read that first.
    pub is_away: bool,
}

/// What stands at one place of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part<'a> {
    Line(&'a Item),
    /// So many lines are put away; they come after that mail.
    Folded(EmailId, usize),
    Open(EmailId),
}

/// The conversation that is open.
#[derive(Clone, Debug, Default)]
pub struct Stack {
    /// The row of the list that stands for it.
    row: Option<EmailId>,
    items: Vec<Item>,
    unfolded: bool,
}

impl Stack {
    /// The conversation of that row is opened; its mails are about to be read.
    pub fn begin(&mut self, row: EmailId) {
        *self = Self { row: Some(row), ..Self::default() };
    }

    /// Another row of the list stands for it now: a newer mail came.
    pub fn follow(&mut self, row: EmailId) {
        self.row = Some(row);
    }

    pub fn close(&mut self) {
        *self = Self::default();
    }

    pub fn row(&self) -> Option<EmailId> {
        self.row
    }

    pub fn items(&self) -> &[Item] {
        &self.items
    }

    /// The row of one of its mails.
    pub fn row_of(&self, id: EmailId) -> Option<&EmailRow> {
        self.items.iter().map(|item| &item.row).find(|row| row.id == id)
    }

    /// Takes its mails in. Says which one is to be opened, the first time.
    pub fn take(&mut self, items: Vec<Item>) -> Option<EmailId> {
        let is_first = self.items.is_empty();
        self.items = items;
        if is_first { self.to_open() } else { None }
    }

    /// The newest unread mail, or else the newest.
    pub fn to_open(&self) -> Option<EmailId> {
        let mut newest = self.items.iter().rev().filter(|item| !item.is_away);
        let unread = newest.clone().find(|item| is_unread(&item.row));
        unread.or_else(|| newest.next()).map(|item| item.row.id)
    }

    /// The mail beside the open one, newer or older.
    pub fn beside(&self, open: EmailId, newer: bool) -> Option<EmailId> {
        let place = self.place_of(open)?;
        let there = if newer { place.checked_add(1) } else { place.checked_sub(1) };
        self.items.get(there?).map(|item| item.row.id)
    }

    /// The open mail and all newer ones; none where that is all of it.
    pub fn from_here_on(&self, open: EmailId) -> Vec<EmailId> {
        let place = self.place_of(open).filter(|place| *place > 0);
        let rest = place.and_then(|place| self.items.get(place..)).unwrap_or_default();
        rest.iter().map(|item| item.row.id).collect()
    }

    fn place_of(&self, id: EmailId) -> Option<usize> {
        self.items.iter().position(|item| item.row.id == id)
    }

    /// Shows the flags of a change before the store tells of it.
    pub fn patch_flags(&mut self, emails: &[EmailId], add: FlagBits, remove: FlagBits) {
        for item in self.items.iter_mut().filter(|item| emails.contains(&item.row.id)) {
            item.row.flags = item.row.flags.changed(add, remove);
        }
    }

    /// Shows the lines that were put away.
    pub fn unfold(&mut self) {
        self.unfolded = true;
    }

    /// What stands below each other; of many lines above an open mail those in the middle are put away. `None` where there is
    /// no other mail to be shown.
    pub fn parts(&self, open: EmailId, is_open: impl Fn(EmailId) -> bool) -> Option<Vec<Part<'_>>> {
        self.place_of(open).filter(|_| self.items.len() > 1)?;
        let mut parts = Vec::new();
        let mut lines: Vec<&Item> = Vec::new();
        for item in &self.items {
            if !is_open(item.row.id) {
                lines.push(item);
                continue;
            }
            self.put_lines(&mut parts, &mut lines);
            parts.push(Part::Open(item.row.id));
        }
        parts.extend(lines.into_iter().map(Part::Line));
        Some(parts)
    }

    fn put_lines<'a>(&self, parts: &mut Vec<Part<'a>>, lines: &mut Vec<&'a Item>) {
        let away = if self.unfolded || lines.len() <= LINES { 0 } else { lines.len() - LINES + 1 };
        let first = lines.first().map(|item| item.row.id);
        for (place, item) in lines.drain(..).enumerate() {
            match first.filter(|_| away > 0 && (1..=away).contains(&place)) {
                Some(first) if place == 1 => parts.push(Part::Folded(first, away)),
                Some(_) => {}
                None => parts.push(Part::Line(item)),
            }
        }
    }

    /// What is open besides that one from the beginning: the newest, and the newest of those that are unread.
    pub fn to_open_beside(&self, open: EmailId) -> Vec<EmailId> {
        let newest = self.items.iter().rev().filter(|item| !item.is_away);
        let is_wanted = |(place, item): &(usize, &Item)| *place == 0 || is_unread(&item.row);
        let ids = newest.enumerate().filter(is_wanted).map(|(_, item)| item.row.id);
        ids.filter(|id| *id != open).take(OPEN_AT_FIRST - 1).collect()
    }

    /// Which of these is closest to one that is closed now: the next newer, or else the next older.
    pub fn closest(&self, closed: EmailId, open: &[EmailId]) -> Option<EmailId> {
        let place = self.place_of(closed)?;
        let is_open = |item: &&Item| open.contains(&item.row.id);
        let newer = self.items.iter().skip(place + 1).find(is_open);
        let older = || self.items.iter().take(place).rev().find(is_open);
        newer.or_else(older).map(|item| item.row.id)
    }

    /// How many mails it has, and what can be done with it.
    pub fn head(&self, open: Option<EmailId>) -> Option<Element<'_, Message>> {
        let open = open.filter(|_| self.items.len() > 1)?;
        let split = Some(Message::Act(Act::Split)).filter(|_| !self.from_here_on(open).is_empty());
        let words = line(words::in_conversation(self.items.len())).color(colour(|t| t.muted)).width(Fill);
        let inside = row![
            icon(Icon::MESSAGES_SQUARE, 14.0).style(ink(|t| t.muted)),
            words,
            icon_button(Icon::SPLIT, words::SPLIT, "|", split, None),
        ];
        let padding = Padding { top: 0.0, right: 16.0, bottom: 4.0, left: 24.0 };
        Some(inside.spacing(8).align_y(Center).padding(padding).into())
    }
}

fn is_unread(row: &EmailRow) -> bool {
    !row.flags.contains(FlagBits::SEEN)
}

fn quiet(theme: &Theme, status: Status) -> Look {
    let t = theme::of(theme);
    let background = match status {
        Status::Hovered | Status::Pressed => t.hover.0,
        Status::Active | Status::Disabled => Color::TRANSPARENT,
    };
    Look { background, text: t.text.0, border: Border { radius: 0.0.into(), ..Border::default() } }
}

/// A mail on one line: who, the first words, where, a paper clip, when. Unread differs by weight and by a dot.
pub(super) fn one<'a>(item: &Item, now: &Now) -> Element<'a, Message> {
    let (row_, unread) = (&item.row, is_unread(&item.row));
    let weight = if unread { theme::STRONG } else { theme::REGULAR };
    let sender = words::sender(&row_.from);
    let dot = container(space().width(8).height(8)).style(move |theme: &Theme| container::Style {
        background: unread.then(|| theme::of(theme).wax.into()),
        border: Border { radius: 4.0.into(), ..Border::default() },
        ..container::Style::default()
    });
    let mut inside = row![
        dot,
        line(sender.clone()).font(weight).width(150),
        line(row_.preview.clone()).color(colour(|t| t.muted)).width(Fill),
    ]
    .spacing(8)
    .align_y(Center);
    if !item.place.is_empty() {
        inside = inside.push(line(item.place.clone()).size(theme::TINY).color(colour(|t| t.muted)));
    }
    if row_.has_attachment {
        inside = inside.push(icon(Icon::PAPERCLIP, 13.0).style(ink(|t| t.muted)));
    }
    if row_.flags.contains(FlagBits::FLAGGED) {
        inside = inside.push(icon(Icon::STAR_FILLED, 13.0).style(ink(|t| t.star)));
    }
    let time = now.short(row_.date);
    inside = inside.push(line(time.clone()).font(weight).size((11.5, 18.0)).color(colour(|t| t.muted)));
    let label = words::conversation_line(unread, &sender, &item.place, &time);
    press(inside, label)
        .on_press(Message::Open(row_.id))
        .width(Fill)
        .padding(Padding { top: 8.0, right: 24.0, bottom: 8.0, left: 8.0 })
        .style(quiet)
        .into()
}

/// Lines that are put away.
pub(super) fn folded<'a>(count: usize) -> Element<'a, Message> {
    let words = words::more_mails(count);
    let inside = row![
        icon(Icon::ELLIPSIS, 14.0).style(ink(|t| t.muted)),
        line(words.clone()).color(colour(|t| t.muted)).width(Fill)
    ];
    press(inside.spacing(8).align_y(Center), words)
        .on_press(Message::Unfold)
        .width(Fill)
        .padding(Padding { top: 6.0, right: 24.0, bottom: 6.0, left: 24.0 })
        .style(quiet)
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::screen::mailbox::fixture;

    /// Mails 1 to `count`, of which these are unread.
    fn stack(count: i64, unread: &[i64]) -> Stack {
        let mut stack = Stack::default();
        stack.begin(EmailId(count));
        let item = |id| {
            let flags = if unread.contains(&id) { FlagBits::NONE } else { FlagBits::SEEN };
            Item { row: EmailRow { flags, ..fixture::row(id) }, place: String::new(), is_away: false }
        };
        stack.take((1..=count).map(item).collect());
        stack
    }

    #[test]
    fn the_newest_unread_mail_is_opened_or_else_the_newest_that_was_not_thrown_away() {
        assert_eq!(stack(5, &[2, 4]).to_open(), Some(EmailId(4)));
        let mut read = stack(5, &[]);
        assert_eq!(read.to_open(), Some(EmailId(5)));
        read.items[4].is_away = true;
        assert_eq!(read.to_open(), Some(EmailId(4)));
        assert_eq!(
            read.take(read.items.clone()),
            None,
            "which one is open is the person's to say from then on"
        );
    }

    /// Numbers of mails that are lines, negative ones of those that are open, and how many are put away as a word.
    fn parts(stack: &Stack, open: &[i64]) -> Vec<String> {
        let focus = EmailId(open[0]);
        let part = |part: &Part<'_>| match part {
            Part::Line(item) => item.row.id.0.to_string(),
            Part::Folded(_, away) => format!("{away} away"),
            Part::Open(id) => format!("open {}", id.0),
        };
        stack.parts(focus, |id| open.contains(&id.0)).unwrap().iter().map(part).collect()
    }

    #[test]
    fn of_many_lines_above_an_open_mail_those_in_the_middle_are_put_away_until_they_are_asked_for() {
        let mut stack = stack(12, &[]);
        assert_eq!(parts(&stack, &[6])[..6], ["1", "2", "3", "4", "5", "open 6"], "five are no crowd");
        assert_eq!(parts(&stack, &[12]), ["1", "7 away", "9", "10", "11", "open 12"]);
        assert_eq!(
            parts(&stack, &[12, 4]),
            ["1", "2", "3", "open 4", "5", "3 away", "9", "10", "11", "open 12"]
        );
        assert_eq!(parts(&stack, &[1]).len(), 12, "below it they are what comes next");
        stack.unfold();
        assert_eq!(parts(&stack, &[12]).len(), 12);
    }

    #[test]
    fn unread_mails_and_the_newest_are_open_from_the_beginning_but_no_crowd() {
        let beside = |stack: &Stack, open| {
            stack.to_open_beside(EmailId(open)).iter().map(|id| id.0).collect::<Vec<_>>()
        };
        assert_eq!(beside(&stack(5, &[2, 4]), 4), [5, 2]);
        assert!(beside(&stack(5, &[]), 5).is_empty());
        let all: Vec<i64> = (1..=20).collect();
        assert_eq!(beside(&stack(20, &all), 20), [19, 18, 17, 16, 15]);
        let mut away = stack(3, &[1, 2, 3]);
        away.items[1].is_away = true;
        assert_eq!(beside(&away, 3), [1]);
    }

    #[test]
    fn where_the_one_with_the_focus_is_closed_the_next_newer_one_gets_it() {
        let stack = stack(5, &[]);
        let closest = |open: &[i64]| {
            let open: Vec<EmailId> = open.iter().copied().map(EmailId).collect();
            stack.closest(EmailId(3), &open).map(|id| id.0)
        };
        assert_eq!((closest(&[1, 2, 4, 5]), closest(&[1, 2]), closest(&[])), (Some(4), Some(2), None));
    }

    #[test]
    fn what_is_split_off_is_the_open_mail_and_all_newer_ones_never_all() {
        let stack = stack(4, &[]);
        assert_eq!(stack.from_here_on(EmailId(3)), [EmailId(3), EmailId(4)]);
        assert!(stack.from_here_on(EmailId(1)).is_empty());
        assert_eq!(stack.beside(EmailId(3), true), Some(EmailId(4)));
        assert_eq!(stack.beside(EmailId(4), true), None);
        assert_eq!(stack.beside(EmailId(1), false), None);
    }
}
