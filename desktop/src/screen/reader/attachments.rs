//! The files that came with a mail.

use iced::widget::{container, row, text};
use iced::{Center, Element};
use waxwing_core::model::Attachment;

use super::Message;
use crate::icon::{Icon, small};
use crate::theme;
use crate::ui::{self, ink, paragraph};
use crate::words;

pub(super) fn view<'a>(attachments: &'a [Attachment]) -> Option<Element<'a, Message>> {
    if attachments.is_empty() {
        return None;
    }
    let chips = attachments.iter().map(|attachment| {
        let name = paragraph(attachment.name.as_str(), theme::CHROME).wrapping(text::Wrapping::WordOrGlyph);
        let size = paragraph(words::size(attachment.size), theme::TINY).style(ink(|t| t.muted));
        let inside = row![small(kind(&attachment.media_type)).style(ink(|t| t.muted)), name, size];
        container(inside.spacing(8).align_y(Center))
            .padding([6, 12])
            .style(ui::card(|t| t.raised, 6.0))
            .into()
    });
    Some(row(chips).spacing(8).wrap().vertical_spacing(8).into())
}

fn kind(media_type: &str) -> Icon {
    let (top, sub) = media_type.split_once('/').unwrap_or((media_type, ""));
    match (top, sub) {
        ("image", _) => Icon::IMAGE,
        ("audio", _) => Icon::MUSIC,
        ("video", _) => Icon::VIDEO,
        ("text", "calendar") => Icon::CALENDAR,
        ("message", _) => Icon::MAIL,
        ("application", "zip" | "gzip" | "x-tar" | "x-7z-compressed") => Icon::FILE_ARCHIVE,
        ("text", _) | ("application", "pdf") => Icon::FILE_TEXT,
        _ => Icon::FILE,
    }
}
