//! The lines above the text: what it is, who writes, to whom, about what.

use iced::keyboard::key::Named;
use iced::widget::{column, container, row, space};
use iced::{Border, Center, Color, Element, Fill, Padding, Theme};
use waxwing_core::mime::Recipient;

use super::people::{OnPeople, People, called};
use super::{Field, Menu, Message, SUBJECT_FIELD, Saved, State, later};
use crate::icon::{Icon, icon};
use crate::theme;
use crate::ui::{self, colour, icon_button, ink, paragraph};
use crate::widget::{self, Look, Press, Status, flow, line, popup, press};
use crate::words::writing as words;

/// Of what names a line.
const LABEL: f32 = 64.0;
const SIDE: f32 = 18.0;

/// Title, how it is kept, and the verbs.
pub(super) fn head(state: &State) -> Element<'_, Message> {
    let title = line(state.title()).font(theme::STRONG).size((15.0, 20.0));
    let (kept, wrong) = match &state.saved {
        Saved::Nothing => (String::new(), false),
        Saved::At(at) => (words::saved_at(&state.now.clock(*at)), false),
        Saved::Failed(why) => (words::draft_not_saved(why), true),
    };
    let kept =
        line(kept).color(move |theme| if wrong { theme::of(theme).wax.0 } else { theme::of(theme).muted.0 });
    let narrow = state.size.width < 520.0;
    let title = container(title).max_width((state.size.width - 360.0).max(120.0));
    let mut words = row![title].spacing(8).align_y(Center);
    if !narrow || wrong {
        words = words.push(kept);
    }
    let free = !state.is_leaving();
    let of = |message: Message| free.then_some(message);
    let open = Message::Menu(Menu::Later(String::new(), None));
    let clock = icon_button(Icon::CLOCK, words::SEND_LATER, "", of(open), None);
    let menu = match &state.menu {
        Some(Menu::Later(typed, problem)) => Some(later::view(state, typed, *problem)),
        _ => None,
    };
    let clock = popup(state.root.clone(), clock, menu, Message::CloseMenu);
    let discard = icon_button(Icon::TRASH, words::DISCARD, "", of(Message::Discard), None);
    let bar = row![
        container(words).width(Fill).clip(true),
        clock,
        discard,
        space().width(6),
        send(of(Message::Send))
    ]
    .spacing(2)
    .align_y(Center)
    .height(theme::TOOLBAR - 1.0);
    container(bar).padding(Padding { left: SIDE, right: 12.0, ..Padding::ZERO }).into()
}

fn send<'a>(message: Option<Message>) -> Press<'a, Message> {
    let inside = row![icon(Icon::SEND, 15.0), paragraph(words::SEND, theme::CHROME).font(theme::STRONG)];
    press(inside.spacing(8).align_y(Center), words::SEND)
        .on_press_maybe(message)
        .padding([8, 16])
        .style(ui::primary_look)
}

/// A line with a name in front of it.
fn named<'a>(
    label: &'a str,
    content: impl Into<Element<'a, Message>>,
    right: Option<Element<'a, Message>>,
) -> Element<'a, Message> {
    let label = line(label).color(colour(|t| t.muted));
    let label = container(label).width(LABEL).padding([3, 0]);
    let inside = row![label, container(content).width(Fill)].push(right).spacing(0).align_y(iced::Top);
    container(inside).padding(Padding { top: 8.0, bottom: 8.0, left: SIDE, right: SIDE }).into()
}

/// Who writes.
pub(super) fn from(state: &State) -> Element<'_, Message> {
    let words = match state.sender() {
        Some(sender) => called_as(&sender.identity.name, &sender.identity.address),
        None => state.from().to_owned(),
    };
    let chevron = (state.senders.len() > 1).then(|| icon(Icon::CHEVRON_DOWN, 12.0).style(ink(|t| t.muted)));
    let inside = row![line(words.clone())].push(chevron).spacing(8).align_y(Center);
    let several = state.senders.len() > 1;
    let button = press(inside, words)
        .on_press_maybe(several.then_some(Message::Menu(Menu::From)))
        .padding([4, 0])
        .style(|theme, status| Look {
            text: theme::of(theme).text.0,
            background: Color::TRANSPARENT,
            ..ui::quiet_look(theme, status)
        });
    let hanging = (state.menu == Some(Menu::From)).then(|| senders(state));
    named(crate::words::FROM, popup(state.root.clone(), button, hanging, Message::CloseMenu), None)
}

fn called_as(name: &str, address: &str) -> String {
    if name.is_empty() { address.to_owned() } else { format!("{name} · {address}") }
}

fn senders(state: &State) -> Element<'_, Message> {
    let mut entries = column![].spacing(1);
    for (place, sender) in state.senders.iter().enumerate() {
        let words = called_as(&sender.identity.name, &sender.identity.address);
        let is_chosen = state.sender() == Some(sender);
        let tick = is_chosen.then(|| icon(Icon::CHECK, 14.0));
        let inside = row![line(words.clone()).width(Fill)].push(tick).spacing(9).align_y(Center);
        entries = entries.push(menu_entry(inside.into(), words, Message::From(place)));
    }
    menu(ui::scrolling(entries).into(), 340.0)
}

/// A card with entries.
pub(super) fn menu<'a>(entries: Element<'a, Message>, width: f32) -> Element<'a, Message> {
    container(container(entries).width(width)).padding(6).style(ui::floating(8.0)).into()
}

pub(super) fn menu_entry<'a>(
    inside: Element<'a, Message>,
    label: impl Into<String>,
    message: Message,
) -> Element<'a, Message> {
    press(container(inside).width(Fill), label)
        .on_press(message)
        .width(Fill)
        .padding([7, 10])
        .style(|theme, status| Look { text: theme::of(theme).text.0, ..ui::quiet_look(theme, status) })
        .into()
}

/// A field of people: chips, what is typed, and who could be meant.
pub(super) fn people(state: &State, field: Field) -> Element<'_, Message> {
    let people = state.people(field);
    let on = move |message| Message::People(field, message);
    let chips = people.chips.iter().enumerate().map(|(place, one)| chip(people, field, place, one));
    let input = widget::Field::bare(
        field.id(),
        "",
        &people.typed,
        theme::REGULAR,
        move |text| on(OnPeople::Typed(text)),
        Some(on(OnPeople::Take)),
    )
    .on_paste(move |text| on(OnPeople::Pasted(text)))
    .on_key(move |key| key_of(people, key).map(on));
    let hanging = proposals(people, field);
    let input = popup(state.root.clone(), input, hanging, Message::CloseMenu);
    let mut lines = column![flow(chips, input)].spacing(4);
    if let Some(problem) = state.problem_of(field) {
        lines = lines.push(wrong(problem));
    }
    let right = (field == Field::To).then(|| copies(state)).flatten();
    named(field.label(), lines, right)
}

/// What is wrong, below its field: by a sign, not by colour alone.
fn wrong<'a>(problem: String) -> Element<'a, Message> {
    let sign = icon(Icon::CIRCLE_ALERT, 13.0).style(ink(|t| t.wax));
    let words = paragraph(problem, theme::SMALL).style(ink(|t| t.wax));
    row![sign, words].spacing(6).align_y(Center).into()
}

/// What a named key does in a field of people; `None`: what it does in any field.
fn key_of(people: &People, key: Named) -> Option<OnPeople> {
    let is_empty = people.typed.is_empty();
    match key {
        Named::Backspace | Named::Delete
            if is_empty && (key == Named::Backspace || people.chosen.is_some()) =>
        {
            Some(OnPeople::Erase)
        }
        Named::ArrowLeft if is_empty && !people.chips.is_empty() => Some(OnPeople::ChipLeft),
        Named::ArrowRight if people.chosen.is_some() => Some(OnPeople::ChipRight),
        Named::ArrowDown if !people.proposed.is_empty() => Some(OnPeople::ProposalDown),
        Named::ArrowUp if !people.proposed.is_empty() => Some(OnPeople::ProposalUp),
        Named::Escape if !people.proposed.is_empty() => Some(OnPeople::NoProposals),
        Named::Enter if people.chosen.is_some() => people.chosen.map(OnPeople::Rewrite),
        Named::Tab if !is_empty => Some(OnPeople::TakeAndLeave),
        _ => None,
    }
}

fn chip<'a>(people: &People, field: Field, place: usize, one: &'a Recipient) -> Element<'a, Message> {
    let (valid, chosen) = (one.is_valid, people.chosen == Some(place));
    let name = called(one);
    let sign = (!valid).then(|| icon(Icon::CIRCLE_ALERT, 13.0).style(ink(|t| t.wax)));
    let words = press(line(name).color(colour(|t| t.text)), name)
        .on_press(Message::People(field, OnPeople::Rewrite(place)))
        .style(|theme, _| Look {
            background: Color::TRANSPARENT,
            text: theme::of(theme).text.0,
            border: Border { radius: 8.0.into(), ..Border::default() },
        });
    let cross = press(icon(Icon::X, 12.0), words::remove(name))
        .on_press(Message::People(field, OnPeople::Remove(place)))
        .padding(4)
        .style(|theme, status| {
            let look = ui::quiet_look(theme, status);
            Look { border: Border { radius: 10.0.into(), ..Border::default() }, ..look }
        });
    let inside = row![].push(sign).push(words).push(cross).spacing(5).align_y(Center);
    container(inside)
        .padding(Padding { top: 1.0, bottom: 1.0, left: 10.0, right: 5.0 })
        .style(move |theme: &Theme| {
            let t = theme::of(theme);
            let (ground, frame) = match (valid, chosen) {
                (_, true) => (t.tint, t.accent),
                (true, false) => (t.hover, t.line),
                (false, false) => (t.errbg, t.wax),
            };
            container::Style {
                background: Some(ground.into()),
                border: Border { color: frame.0, width: 1.0, radius: 12.0.into() },
                ..container::Style::default()
            }
        })
        .into()
}

fn proposals<'a>(people: &'a People, field: Field) -> Option<Element<'a, Message>> {
    if people.proposed.is_empty() || people.typed.trim().is_empty() {
        return None;
    }
    let mut entries = column![].spacing(1);
    for (place, contact) in people.proposed.iter().enumerate() {
        let is_chosen = place == people.proposal;
        let named = !contact.name.is_empty();
        let name = if named { contact.name.as_str() } else { contact.address.as_str() };
        let address =
            named.then(|| line(contact.address.as_str()).size(theme::SMALL).color(colour(|t| t.muted)));
        let inside = row![line(name).width(Fill)].push(address).spacing(12).align_y(Center);
        let entry = press(inside, name)
            .on_press(Message::People(field, OnPeople::Propose(place)))
            .width(Fill)
            .padding([7, 10])
            .style(move |theme, status| {
                let t = theme::of(theme);
                let look = ui::quiet_look(theme, status);
                let background =
                    if is_chosen && status == Status::Active { t.tint.0 } else { look.background };
                Look { background, text: t.text.0, ..look }
            });
        entries = entries.push(entry);
    }
    Some(menu(entries.into(), 380.0))
}

/// The fields that aren't shown, to be shown.
fn copies(state: &State) -> Option<Element<'_, Message>> {
    let one = |field: Field| {
        press(line(field.label()).color(colour(|t| t.muted)), field.label())
            .on_press(Message::ShowCopies(field))
            .padding([3, 3])
            .style(ui::quiet_look)
    };
    let cc = (!state.copies.0).then(|| one(Field::Cc));
    let bcc = (!state.copies.1).then(|| one(Field::Bcc));
    let any = cc.is_some() || bcc.is_some();
    any.then(|| row![].push(cc).push(bcc).spacing(2).into())
}

pub(super) fn subject(state: &State) -> Element<'_, Message> {
    let field = widget::Field::bare(
        SUBJECT_FIELD,
        "",
        &state.subject,
        theme::STRONG,
        Message::Subject,
        Some(Message::SubjectDone),
    );
    let mut lines = column![field].spacing(4);
    if state.has_no_subject() {
        lines = lines.push(wrong(words::NO_SUBJECT_YET.into()));
    }
    named(words::SUBJECT, lines, None)
}
