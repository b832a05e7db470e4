//! Rows of the list: what they say, and how they are drawn.

use std::ops::Range;

use iced::widget::{column, container, row, space};
use iced::{Border, Center, Element, Fill, Padding, Theme};
use waxwing_core::mime::places;
use waxwing_core::model::{EmailRow, FlagBits, SearchWords};

use super::Message;
use crate::icon::{Icon, icon};
use crate::theme::{self, Tokens};
use crate::ui::{Chip, colour, ink, small_chip};
use crate::widget::line;
use crate::words::{self, dates::Now};

/// What a row says. Role: list item; `label` is what a screen reader would read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowModel {
    pub sender: String,
    pub subject: String,
    pub preview: String,
    pub time: String,
    pub unread: bool,
    pub starred: bool,
    pub attachment: bool,
    /// What was sought, where it stands in sender, subject and preview.
    pub marks: [Vec<Range<usize>>; 3],
    pub tags: Vec<Chip>,
    /// Mails of a conversation; 0 for a single mail.
    pub mails: u64,
}

impl RowModel {
    pub fn new(row: &EmailRow, now: &Now) -> Self {
        let (sender, mails, unread) = match &row.conversation {
            Some(it) if it.mails > 1 => (words::authors(&it.authors), it.mails, it.unread > 0),
            _ => (words::sender(&row.from), 0, !row.flags.contains(FlagBits::SEEN)),
        };
        let subject = row.subject.trim();
        Self {
            sender,
            mails,
            subject: if subject.is_empty() { words::NO_SUBJECT.into() } else { subject.to_owned() },
            preview: row.preview.clone(),
            time: now.short(row.date),
            unread,
            starred: row.flags.contains(FlagBits::FLAGGED),
            attachment: row.has_attachment,
            marks: Default::default(),
            tags: Chip::all(&row.keywords),
        }
    }

    /// Words that were sought stand out.
    #[must_use]
    pub fn marked(mut self, sought: &SearchWords) -> Self {
        let both = |of: &[String]| -> Vec<String> { sought.anywhere.iter().chain(of).cloned().collect() };
        self.marks = [
            places(&self.sender, &both(&sought.from)),
            places(&self.subject, &both(&sought.subject)),
            places(&self.preview, &sought.anywhere),
        ];
        self
    }

    /// The whole row as one sentence.
    pub fn label(&self) -> String {
        let mark = |on: bool, text: &'static str| if on { text } else { "" };
        let tags: String = self.tags.iter().map(|tag| format!(", tagged {}", tag.name)).collect();
        let mails = if self.mails > 1 { format!(", {} mails", self.mails) } else { String::new() };
        format!(
            "{}{}{mails}, {}, {}{}{}{tags}",
            mark(self.unread, "Unread, "),
            self.sender,
            self.subject,
            self.time,
            mark(self.attachment, ", with attachment"),
            mark(self.starred, ", starred"),
        )
    }
}

/// So many tags are seen in a row; the rest is counted.
const MOST_TAGS: usize = 2;

/// A row, 66 pixels high. Unread differs by weight and by a dot, not by colour alone.
pub fn view<'a>(model: RowModel) -> Element<'a, Message> {
    let weight = if model.unread { theme::STRONG } else { theme::REGULAR };
    let time_font = if model.unread { theme::STRONG } else { theme::REGULAR };
    let time_ink: fn(&Tokens) -> theme::Hex = if model.unread { |t| t.wax } else { |t| t.muted };
    let [in_sender, in_subject, in_preview] = model.marks;
    let mut who =
        row![line(model.sender).marks(in_sender).font(weight)].spacing(6).align_y(Center).width(Fill);
    if model.mails > 1 {
        let count = line(words::grouped(model.mails)).font(weight).size(theme::TINY);
        who = who.push(count.color(colour(|t| t.muted)));
    }
    let first =
        row![who, line(model.time).font(time_font).size((11.5, 18.0)).color(colour(time_ink)),].spacing(8);
    let mut second =
        row![line(model.subject).marks(in_subject).font(weight).width(Fill)].spacing(6).align_y(Center);
    if model.attachment {
        second = second.push(icon(Icon::PAPERCLIP, 13.0).style(ink(|t| t.muted)));
    }
    if model.starred {
        second = second.push(icon(Icon::STAR_FILLED, 14.0).style(ink(|t| t.star)));
    }
    let mut third = row![].spacing(5).align_y(Center).height(18);
    for tag in model.tags.iter().take(MOST_TAGS) {
        third = third.push(small_chip(tag));
    }
    if model.tags.len() > MOST_TAGS {
        let more = format!("+{}", model.tags.len() - MOST_TAGS);
        third = third.push(line(more).size((10.5, 13.0)).color(colour(|t| t.muted)));
    }
    let third = third.push(line(model.preview).marks(in_preview).width(Fill).color(colour(|t| t.muted)));
    let texts = column![first, second.height(18), third].spacing(1).width(Fill);
    row![dot(model.unread), texts].padding(Padding { top: 5.0, right: 14.0, bottom: 0.0, left: 0.0 }).into()
}

/// The wax dot of unread mail, or the room for it.
fn dot<'a>(shown: bool) -> Element<'a, Message> {
    if !shown {
        return space().width(26).into();
    }
    let dot = container(space().width(8).height(8)).style(|theme: &Theme| container::Style {
        background: Some(theme::of(theme).wax.into()),
        border: Border { radius: 4.0.into(), ..Border::default() },
        ..container::Style::default()
    });
    container(dot).padding(Padding { top: 24.0, left: 10.0, right: 8.0, bottom: 0.0 }).width(26).into()
}

/// A row that isn't loaded yet: quiet bars where its text will be.
pub fn placeholder<'a>() -> Element<'a, Message> {
    let bar = |width: f32| {
        container(space().width(width).height(8)).style(|theme: &Theme| container::Style {
            background: Some(theme::of(theme).hover.into()),
            border: Border { radius: 4.0.into(), ..Border::default() },
            ..container::Style::default()
        })
    };
    column![bar(120.0), bar(220.0), bar(280.0)]
        .spacing(11)
        .padding(Padding { top: 11.0, left: 26.0, right: 14.0, bottom: 0.0 })
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::screen::mailbox::fixture;

    #[test]
    fn an_empty_mail_still_says_something() {
        let mut row = fixture::row(1);
        row.from = waxwing_core::model::Address::default();
        row.subject = "  ".into();
        let model = RowModel::new(&row, &fixture::now());
        assert_eq!((model.sender.as_str(), model.subject.as_str()), (words::NO_SENDER, words::NO_SUBJECT));
    }

    #[test]
    fn what_was_sought_stands_out_where_it_was_sought() {
        let row = fixture::rows().remove(0);
        let sought = waxwing_core::search_words("from:mira cab subject:keys the ");
        let model = RowModel::new(&row, &fixture::now()).marked(&sought);
        let found = |text: &str, marks: &[Range<usize>]| -> Vec<String> {
            marks.iter().map(|mark| text[mark.clone()].to_owned()).collect()
        };
        assert_eq!(found(&model.sender, &model.marks[0]), ["Mira"]);
        assert_eq!(found(&model.subject, &model.marks[1]), ["keys"], "cab is no longer being typed");
        assert_eq!(found(&model.preview, &model.marks[2]), ["the", "the", "The"]);
    }

    #[test]
    fn the_label_says_all_that_is_seen() {
        let row = fixture::rows().remove(0);
        let label = RowModel::new(&row, &fixture::now()).label();
        assert_eq!(
            label,
            "Unread, Mira Lindqvist, Cabin in August: dates and keys, 12:01, with attachment, starred"
        );
    }
}
