//! The line that says what of a mail lies on the network, and fetches it.

use iced::widget::{container, row};
use iced::{Center, Element, Fill};

use super::page::Remote;
use super::{Images, Message};
use crate::icon::{Icon, icon};
use crate::theme;
use crate::ui::{self, ink, paragraph};
use crate::words;

/// What can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    /// Fetch the pictures of this mail.
    Show,
    /// And those of every mail of its sender from now on, or no longer.
    Always(bool),
}

/// The line; none where there is nothing to say. `sender` may be remembered: nothing speaks against it.
pub(super) fn view<'a>(
    remote: &Remote,
    images: Images,
    sender: Option<&str>,
) -> Option<Element<'a, Message>> {
    if remote.images == 0 && remote.trackers.is_empty() {
        return None;
    }
    let words = words::remote_images(remote.images, remote.is_shown, &remote.trackers);
    let mut line = row![
        icon(Icon::IMAGE, 14.0).style(ink(|t| t.muted)),
        paragraph(words, theme::SMALL).style(ink(|t| t.muted)).width(Fill),
    ];
    if images == Images::Asked {
        line = line.push(paragraph(words::FETCHING_IMAGES, theme::SMALL).style(ink(|t| t.muted)));
    } else if remote.images > 0 && !remote.is_shown {
        line = line.push(ui::link(words::SHOW_IMAGES).on_press(Message::Images(Ask::Show)));
        if sender.is_some() {
            line = line.push(ui::link(words::ALWAYS_SHOW).on_press(Message::Images(Ask::Always(true))));
        }
    } else if remote.is_always {
        line = line.push(ui::link(words::NO_LONGER_SHOW).on_press(Message::Images(Ask::Always(false))));
    }
    Some(container(line.spacing(12).align_y(Center)).width(Fill).into())
}
