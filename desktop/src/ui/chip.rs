//! Tags as chips: their name in a colour that is theirs wherever they are shown.

use iced::widget::{container, row, space};
use iced::{Border, Center, Color, Element, Theme};
use waxwing_core::model::Keyword;

use crate::icon::{Icon, icon};
use crate::theme::{self, Hex, Tokens};
use crate::widget::{Look, Status, line, press};

/// The widest a chip gets in a row of the list.
const WIDEST: usize = 14;

/// What a tag looks like: its name, and which of the colours for tags is its.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chip {
    pub name: String,
    colour: usize,
}

impl Chip {
    /// `None` for what is no tag.
    pub fn of(keyword: &Keyword) -> Option<Self> {
        Some(Self { name: keyword.tag()?, colour: colour_of(keyword) })
    }

    /// Those of a mail.
    pub fn all(keywords: &[Keyword]) -> Vec<Self> {
        keywords.iter().filter_map(Self::of).collect()
    }

    /// Its colour.
    pub fn ink(&self) -> impl Fn(&Tokens) -> Hex + Copy + use<> {
        let place = self.colour;
        move |tokens: &Tokens| tokens.tags.get(place).copied().unwrap_or(tokens.muted)
    }
}

/// Stable: the first five are those that Thunderbird gives its labels, the others go by the name, in whatever case.
fn colour_of(keyword: &Keyword) -> usize {
    // Red, ochre, green, blue, violet, rose.
    const LABELS: [(&str, usize); 5] =
        [("$label1", 0), ("$label2", 1), ("$label3", 2), ("$label4", 3), ("$label5", 4)];
    if let Some((_, colour)) = LABELS.iter().find(|(label, _)| keyword.is(label)) {
        return *colour;
    }
    // FNV-1a; its low bits say little of the first letters.
    let mixed = keyword.name().bytes().fold(0x811c_9dc5_u32, |sum, octet| {
        (sum ^ u32::from(octet.to_ascii_lowercase())).wrapping_mul(0x0100_0193)
    });
    usize::try_from(mixed >> 8).unwrap_or(0) % theme::TAG_COLOURS
}

fn framed(chip: &Chip) -> impl Fn(&Theme) -> container::Style + use<> {
    let ink = chip.ink();
    move |theme| {
        let colour = ink(theme::of(theme)).0;
        container::Style {
            text_color: Some(colour),
            border: Border { color: Color { a: 0.55, ..colour }, width: 1.0, radius: 4.0.into() },
            ..container::Style::default()
        }
    }
}

/// A chip in a row of the list: as small as can be read.
pub fn small_chip<'a, Message: 'a>(chip: &Chip) -> Element<'a, Message> {
    let ink = chip.ink();
    let name = shortened(&chip.name);
    let name = line(name).size((10.5, 13.0)).font(theme::MEDIUM).color(move |theme| ink(theme::of(theme)).0);
    container(name).padding([0, 5]).style(framed(chip)).into()
}

/// One that can be taken off.
pub fn chip<'a, Message: Clone + 'a>(chip: &Chip, label: String, take_off: Message) -> Element<'a, Message> {
    let ink = chip.ink();
    let name = line(chip.name.clone())
        .size(theme::TINY)
        .font(theme::MEDIUM)
        .color(move |theme| ink(theme::of(theme)).0);
    let cross =
        press(icon(Icon::X, 11.0), label).on_press(take_off).padding(3).style(move |theme, status| {
            let colour = ink(theme::of(theme)).0;
            let background = match status {
                Status::Hovered | Status::Pressed => theme::of(theme).hover.0,
                Status::Active | Status::Disabled => Color::TRANSPARENT,
            };
            Look { background, text: colour, border: Border { radius: 4.0.into(), ..Border::default() } }
        });
    let inside = row![name, cross].spacing(3).align_y(Center);
    container(inside)
        .padding(iced::Padding { top: 1.0, right: 2.0, bottom: 1.0, left: 7.0 })
        .style(framed(chip))
        .into()
}

/// A dot of the tag's colour, for a list of tags.
pub fn tag_dot<'a, Message: 'a>(chip: &Chip) -> Element<'a, Message> {
    let ink = chip.ink();
    let dot = container(space().width(9).height(9)).style(move |theme: &Theme| container::Style {
        background: Some(ink(theme::of(theme)).into()),
        border: Border { radius: 3.0.into(), ..Border::default() },
        ..container::Style::default()
    });
    container(dot).center_x(theme::ICON).into()
}

fn shortened(name: &str) -> String {
    if name.chars().count() <= WIDEST {
        return name.to_owned();
    }
    let mut short: String = name.chars().take(WIDEST - 1).collect();
    short.push('…');
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_has_the_same_colour_in_whatever_case_and_the_labels_have_five() {
        let of = |name| colour_of(&Keyword::new(name).unwrap());
        assert_eq!(of("Work"), of("wORK"));
        let labels: std::collections::BTreeSet<usize> =
            ["$label1", "$Label2", "$label3", "$label4", "$label5"].into_iter().map(of).collect();
        assert_eq!(labels.len(), 5);
        let names = ["Trip", "Work_2", "Invoices", "Family", "Garden", "Later_on", "Music", "Taxes"];
        let used: std::collections::BTreeSet<usize> = names.into_iter().map(of).collect();
        assert!(used.len() >= 4 && used.iter().all(|colour| *colour < theme::TAG_COLOURS), "{used:?}");
    }

    #[test]
    fn signs_between_programs_are_no_chips() {
        let keywords: Vec<Keyword> =
            ["$MDNSent", "NonJunk", "Trip"].into_iter().filter_map(Keyword::new).collect();
        assert_eq!(Chip::all(&keywords).into_iter().map(|chip| chip.name).collect::<Vec<_>>(), ["Trip"]);
    }

    #[test]
    fn a_long_name_is_cut_where_rows_have_no_room() {
        assert_eq!(shortened("Fourteen signs"), "Fourteen signs");
        assert_eq!(shortened("Fifteen signs or more").chars().count(), WIDEST);
    }
}
