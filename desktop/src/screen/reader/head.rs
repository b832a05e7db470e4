//! Who wrote a mail to whom, and about what.

use iced::widget::{column, container, row, text};
use iced::{Border, Center, Color, Element, Fill};
use waxwing_core::model::{Address, BodyState, EmailId, ReadableEmail};

use super::{Message, OnFile, conversation};
use crate::icon::{Icon, icon};
use crate::theme;
use crate::ui::{self, colour, icon_button, ink, paragraph};
use crate::widget::{line, press};
use crate::words::{self, dates::Now};

pub(super) fn subject<'a>(email: &ReadableEmail, place: String) -> Element<'a, Message> {
    let words = if email.row.subject.is_empty() { words::NO_SUBJECT } else { email.row.subject.as_str() };
    let title = paragraph(words.to_owned(), theme::HEADING).font(theme::STRONG).width(Fill);
    column![title, paragraph(place, theme::SMALL).style(ink(|t| t.muted)), tags(email)]
        .spacing(5)
        .padding(iced::Padding { top: 18.0, bottom: 13.0, left: 24.0, right: 24.0 })
        .into()
}

/// Its tags, each with a cross that takes it off.
fn tags<'a>(email: &ReadableEmail) -> Option<Element<'a, Message>> {
    let chips = email.row.keywords.iter().filter_map(|keyword| {
        let chip = ui::Chip::of(keyword)?;
        Some(ui::chip(&chip, words::take_off(&chip.name), Message::Untag(keyword.clone())))
    });
    let chips: Vec<Element<'a, Message>> = chips.collect();
    (!chips.is_empty()).then(|| row(chips).spacing(6).wrap().vertical_spacing(4).into())
}

/// `close`: that mail of a conversation can be made a line again.
pub(super) fn head<'a>(
    email: &'a ReadableEmail,
    now: &Now,
    details: bool,
    close: Option<EmailId>,
) -> Element<'a, Message> {
    let nobody = Address::default();
    let from = email.from.first().unwrap_or(&nobody);
    let name = if from.name.is_empty() { None } else { Some(from.name.as_str()) };
    let address = if from.address.is_empty() { words::NO_SENDER } else { from.address.as_str() };
    // The address is always there: a name proves nothing.
    let mut who = row![].spacing(8).align_y(Center);
    if let Some(name) = name {
        who = who.push(line(name).font(theme::STRONG).size((14.0, 20.0)));
    }
    let plain = line(address).width(Fill);
    who = who.push(if name.is_some() { plain.color(colour(|t| t.muted)) } else { plain.font(theme::STRONG) });
    let date = line(now.long(email.written.unwrap_or(email.row.date))).color(colour(|t| t.muted));
    let close = close.map(|id| {
        let message = Message::Conversation(conversation::Message::Close(id));
        icon_button(Icon::CHEVRON_UP, words::CLOSE_MAIL, "", Some(message), None)
    });
    let top = row![who.width(Fill), date.size(theme::SMALL)].push(close).spacing(12).align_y(Center);
    let mut lines = column![top].spacing(1);
    if !email.to.is_empty() || !email.cc.is_empty() {
        lines = lines.push(recipients(email, details));
    }
    let mut head =
        column![row![ui::avatar(from, 36.0), lines.width(Fill)].spacing(12).align_y(Center)].spacing(10);
    if details {
        head = head.push(all_addresses(email, now));
    }
    head.into()
}

/// `to Ada, Jonas ⌄`, which opens the whole list.
fn recipients<'a>(email: &ReadableEmail, details: bool) -> Element<'a, Message> {
    let names: Vec<String> = email.to.iter().chain(&email.cc).map(called).collect();
    let chevron = if details { Icon::CHEVRON_DOWN } else { Icon::CHEVRON_RIGHT };
    let inside = row![line(words::recipients(&names)).size(theme::SMALL), icon(chevron, 12.0)];
    let label = if details { words::HIDE_DETAILS } else { words::SHOW_DETAILS };
    press(inside.spacing(4).align_y(Center), label)
        .on_press(Message::Details)
        .style(|theme, status| crate::widget::Look {
            background: Color::TRANSPARENT,
            text: match status {
                crate::widget::Status::Hovered => theme::of(theme).text.0,
                _ => theme::of(theme).muted.0,
            },
            border: Border { radius: 4.0.into(), ..Border::default() },
        })
        .into()
}

fn called(address: &Address) -> String {
    if address.name.is_empty() { address.address.clone() } else { address.name.clone() }
}

fn in_full(addresses: &[Address]) -> String {
    let one = |address: &Address| {
        if address.name.is_empty() {
            address.address.clone()
        } else {
            format!("{} <{}>", address.name, address.address)
        }
    };
    addresses.iter().map(one).collect::<Vec<_>>().join("\n")
}

/// Everybody by name and address, as a card below the head.
fn all_addresses<'a>(email: &ReadableEmail, now: &Now) -> Element<'a, Message> {
    let mut lines = column![].spacing(5);
    let date = email.written.map(|written| now.long(written)).unwrap_or_default();
    let all = [
        (words::FROM, in_full(&email.from)),
        (words::TO, in_full(&email.to)),
        (words::COPY, in_full(&email.cc)),
        (words::REPLY_TO, in_full(&email.reply_to)),
        (words::DATE, date),
    ];
    for (label, value) in all.into_iter().filter(|(_, value)| !value.is_empty()) {
        let label = paragraph(label, theme::SMALL).style(ink(|t| t.muted)).width(80);
        let value = paragraph(value, theme::SMALL).width(Fill).wrapping(text::Wrapping::WordOrGlyph);
        lines = lines.push(row![label, value]);
    }
    if email.body != BodyState::NotYet {
        let subject = email.row.subject.clone();
        let source = ui::link(words::SOURCE).on_press(Message::File(OnFile::Source(subject)));
        lines = lines.push(source);
    }
    container(lines).padding([10, 14]).width(Fill).style(ui::card(|t| t.canvas, 8.0)).into()
}
