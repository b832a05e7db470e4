//! The mails of a conversation around the one that is open: lines of one row each, oldest on top.

use iced::widget::{column, container, row, space};
use iced::{Border, Center, Color, Element, Fill, Padding, Theme};
use waxwing_core::model::{EmailId, EmailRow, FlagBits};

use crate::icon::{Icon, icon};
use crate::screen::mailbox::Act;
use crate::theme;
use crate::ui::{self, colour, icon_button, ink};
use crate::widget::{Look, Status, line, press};
use crate::words::{self, dates::Now};

/// So many lines above the open mail are shown as they are; of more, those in the middle are put away.
const LINES: usize = 5;

/// What can happen in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    Open(EmailId),
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

    /// Which lines are above the open mail, and how many of them are put away behind the first.
    fn above(&self, open: EmailId) -> (&[Item], usize) {
        let place = self.place_of(open).unwrap_or(0);
        let above = self.items.get(..place).unwrap_or_default();
        let away = if self.unfolded || place <= LINES { 0 } else { place - LINES + 1 };
        (above, away)
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

    /// The older mails.
    pub fn older<'a>(&'a self, open: Option<EmailId>, now: &Now) -> Option<Element<'a, Message>> {
        let (above, away) = self.above(open?);
        let first = above.first()?;
        let mut lines = column![one(first, now)];
        if away > 0 {
            lines = lines.push(ui::across()).push(folded(away));
        }
        for item in above.iter().skip(1 + away) {
            lines = lines.push(ui::across()).push(one(item, now));
        }
        Some(lines.push(ui::across()).into())
    }

    /// The newer ones.
    pub fn newer<'a>(&'a self, open: Option<EmailId>, now: &Now) -> Option<Element<'a, Message>> {
        let place = self.place_of(open?)?;
        let below = self.items.get(place + 1..).filter(|below| !below.is_empty())?;
        let mut lines = column![ui::across()];
        for item in below {
            lines = lines.push(one(item, now)).push(ui::across());
        }
        Some(lines.into())
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
fn one<'a>(item: &Item, now: &Now) -> Element<'a, Message> {
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
fn folded<'a>(count: usize) -> Element<'a, Message> {
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

    #[test]
    fn of_many_older_mails_those_in_the_middle_are_put_away_until_they_are_asked_for() {
        let mut stack = stack(12, &[]);
        assert_eq!(stack.above(EmailId(6)).1, 0, "five are no crowd");
        let (above, away) = stack.above(EmailId(12));
        assert_eq!((above.len(), away), (11, 7));
        stack.unfold();
        assert_eq!(stack.above(EmailId(12)).1, 0);
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
