//! Files of the open mail that aren't on this device: fetched when they are pressed.

use std::collections::{BTreeMap, BTreeSet};

use iced::widget::{column, container, row, space, text};
use iced::{Border, Center, Element, FillPortion, Padding, Theme};
use waxwing_core::mime::PartFacts;
use waxwing_core::model::{Attachment, EmailId};

use super::attachments::{Ask, Message, chip_look, kind};
use crate::icon::{Icon, small};
use crate::theme;
use crate::ui::{ink, paragraph};
use crate::widget::press;
use crate::words;

/// How far a file has come.
#[derive(Clone, Debug, PartialEq)]
enum Download {
    /// Of 100.
    UnderWay(u16),
    /// In words for the person.
    Failed(String),
}

/// What is done when files are here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Then {
    #[default]
    Nothing,
    Show(u32),
    SaveAll,
}

/// The files of the open mail that are fetched, or were.
#[derive(Default)]
pub(super) struct Downloads {
    files: BTreeMap<u32, Download>,
    /// Those that came since the mail was read.
    here: BTreeSet<u32>,
    then: Then,
}

/// What follows from a file that came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Came {
    Nothing,
    Show(u32),
    SaveAll,
}

impl Downloads {
    /// Whether a file is to be fetched before anything else can be done with it.
    pub(super) fn is_missing(&self, parts: &[PartFacts], number: u32) -> bool {
        let place = usize::try_from(number).ok().and_then(|number| number.checked_sub(1));
        place.and_then(|place| parts.get(place)).is_some_and(|part| part.is_missing)
            && !self.here.contains(&number)
    }

    fn missing(&self, parts: &[PartFacts]) -> Vec<u32> {
        let numbers = (1_u32..).zip(parts).map(|(number, _)| number);
        numbers.filter(|number| self.is_missing(parts, *number)).collect()
    }

    /// A file that isn't here was pressed: it is shown once it is.
    pub(super) fn fetch(&mut self, email: EmailId, number: u32) -> Option<Ask> {
        self.then = Then::Show(number);
        self.begin(email, number)
    }

    /// All files are to be saved: those that aren't here are fetched before. None: they are here.
    pub(super) fn fetch_all(&mut self, email: EmailId, parts: &[PartFacts]) -> Vec<Ask> {
        let missing = self.missing(parts);
        if !missing.is_empty() {
            self.then = Then::SaveAll;
        }
        missing.into_iter().filter_map(|number| self.begin(email, number)).collect()
    }

    fn begin(&mut self, email: EmailId, number: u32) -> Option<Ask> {
        if let Some(Download::UnderWay(_)) = self.files.get(&number) {
            return None;
        }
        self.files.insert(number, Download::UnderWay(0));
        Some(Ask::Fetch(email, number))
    }

    /// Whether all files are being fetched, to be saved.
    pub(super) fn is_for_all(&self) -> bool {
        self.then == Then::SaveAll
    }

    /// Whether a file is being fetched.
    pub(super) fn is_under_way(&self, number: u32) -> bool {
        matches!(self.files.get(&number), Some(Download::UnderWay(_)))
    }

    /// So many of its octets are here, of so many.
    pub(super) fn progress(&mut self, number: u32, done: u64, total: u64) {
        let share = u128::from(done.min(total)) * 100 / u128::from(total.max(1));
        let share = u16::try_from(share).unwrap_or(100);
        self.files.insert(number, Download::UnderWay(share));
    }

    /// It is over: the file is here, or (with `None`) the person stopped it, or it failed.
    pub(super) fn ended(
        &mut self,
        number: u32,
        outcome: Result<(), Option<String>>,
        parts: &[PartFacts],
    ) -> Came {
        self.files.remove(&number);
        match outcome {
            Ok(()) => {
                self.here.insert(number);
            }
            Err(why) => {
                self.then = Then::Nothing;
                if let Some(why) = why {
                    self.files.insert(number, Download::Failed(why));
                }
                return Came::Nothing;
            }
        }
        match self.then {
            Then::Show(wanted) if wanted == number => {
                self.then = Then::Nothing;
                Came::Show(number)
            }
            Then::SaveAll if self.missing(parts).is_empty() => {
                self.then = Then::Nothing;
                Came::SaveAll
            }
            _ => Came::Nothing,
        }
    }

    /// The chip of a file that isn't here.
    pub(super) fn chip<'a>(&'a self, number: u32, attachment: &'a Attachment) -> Element<'a, Message> {
        let name = paragraph(attachment.name.as_str(), theme::CHROME).wrapping(text::Wrapping::WordOrGlyph);
        let size = || paragraph(words::size(attachment.size), theme::TINY).style(ink(|t| t.muted));
        let kind = small(kind(&attachment.media_type)).style(ink(|t| t.muted));
        let download = || small(Icon::DOWNLOAD).style(ink(|t| t.accent));
        match self.files.get(&number) {
            None => press(
                row![kind, name, size(), download()].spacing(8).align_y(Center).wrap(),
                words::download(&attachment.name),
            )
            .padding([6, 12])
            .style(chip_look)
            .on_press(Message::Show(number))
            .into(),
            Some(Download::UnderWay(share)) => {
                let told = paragraph(words::share(*share), theme::TINY).style(ink(|t| t.muted)).width(SHARE);
                let stop =
                    press(small(Icon::X).style(ink(|t| t.muted)), words::stop_download(&attachment.name))
                        .padding(3)
                        .style(crate::ui::quiet_look)
                        .on_press(Message::Stop(number));
                let inside = row![kind, name, bar(*share), told, stop].spacing(8).align_y(Center).wrap();
                container(inside).padding(Padding::from([3, 12]).right(6)).style(still).into()
            }
            Some(Download::Failed(why)) => {
                let first = row![kind, name, size(), download()].spacing(8).align_y(Center).wrap();
                let alert = small(Icon::CIRCLE_ALERT).style(ink(|t| t.wax));
                let why = paragraph(why.as_str(), theme::TINY).style(ink(|t| t.wax));
                let inside = column![first, row![alert, why].spacing(6).align_y(Center)].spacing(4);
                press(inside, words::download(&attachment.name))
                    .padding([6, 12])
                    .style(chip_look)
                    .on_press(Message::Show(number))
                    .into()
            }
        }
    }
}

/// Room for "100 %", so that nothing moves while it counts.
const SHARE: f32 = 34.0;
const BAR: f32 = 72.0;

/// How far it is.
fn bar<'a>(share: u16) -> Element<'a, Message> {
    let part = |portion: u16, colour: fn(&theme::Tokens) -> theme::Hex| {
        container(space()).height(4).width(FillPortion(portion)).style(move |theme: &Theme| {
            container::Style {
                background: Some(colour(theme::of(theme)).0.into()),
                ..container::Style::default()
            }
        })
    };
    let share = share.min(100);
    let done = (share > 0).then(|| part(share, |t| t.accent));
    let left = (share < 100).then(|| part(100 - share, |t| t.line));
    row![].push(done).push(left).width(BAR).into()
}

/// A chip that can't be pressed.
fn still(theme: &Theme) -> container::Style {
    let t = theme::of(theme);
    container::Style {
        background: Some(t.raised.into()),
        text_color: Some(t.text.0),
        border: Border { color: t.line.0, width: 1.0, radius: 6.0.into() },
        ..container::Style::default()
    }
}

#[cfg(test)]
mod tests {
    use iced::Size;

    use super::*;
    use crate::stage::{cut_off, renderer};

    const EMAIL: EmailId = EmailId(7);

    #[test]
    fn a_chip_says_what_there_is_to_say_however_narrow_it_is() {
        let file = Attachment {
            name: "Rooms, as measured in the spring and again in the autumn.pdf".into(),
            media_type: "application/pdf".into(),
            size: 6_400_000,
        };
        let parts = [PartFacts { is_missing: true, ..PartFacts::default() }];
        let mut downloads = Downloads::default();
        let look = |downloads: &Downloads| {
            for width in [320.0, 700.0] {
                let lost = cut_off(downloads.chip(1, &file), Size::new(width, 300.0), &renderer());
                assert_eq!(lost, [""; 0], "{width}");
            }
        };
        look(&downloads);
        assert_eq!(downloads.fetch(EMAIL, 1), Some(Ask::Fetch(EMAIL, 1)));
        look(&downloads);
        for done in [0, 1, 50, 100, 101] {
            downloads.progress(1, done, 100);
            look(&downloads);
        }
        let why = Some("There is no connection to the mail server, and none is in sight".into());
        assert_eq!(downloads.ended(1, Err(why), &parts), Came::Nothing);
        look(&downloads);
    }
}
