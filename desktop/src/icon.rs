//! Icons: a subset of Lucide as a font of our own, drawn as text.

use iced::Font;
use iced::widget::text;

use crate::theme;

/// The family name inside `assets/fonts/waxwing-icons.ttf`.
const ICONS: Font = Font::with_name("Waxwing Icons");

/// One icon: its code point in the font.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Icon(char);

impl Icon {
    pub const ARCHIVE: Self = Self('\u{e041}');
    pub const ARROW_LEFT: Self = Self('\u{e048}');
    pub const BOLD: Self = Self('\u{e05d}');
    pub const BOOKMARK: Self = Self('\u{e060}');
    pub const CALENDAR: Self = Self('\u{e063}');
    pub const CALENDAR_CLOCK: Self = Self('\u{e304}');
    pub const CHECK: Self = Self('\u{e06c}');
    pub const CHECK_CHECK: Self = Self('\u{e38e}');
    pub const CHEVRON_DOWN: Self = Self('\u{e06d}');
    pub const CHEVRON_RIGHT: Self = Self('\u{e06f}');
    pub const CHEVRON_UP: Self = Self('\u{e070}');
    pub const CIRCLE_ALERT: Self = Self('\u{e077}');
    pub const CIRCLE_CHECK: Self = Self('\u{e226}');
    pub const CLOCK: Self = Self('\u{e087}');
    pub const CLOUD_OFF: Self = Self('\u{e08d}');
    pub const DOWNLOAD: Self = Self('\u{e0b2}');
    pub const ELLIPSIS: Self = Self('\u{e0b6}');
    pub const EXTERNAL_LINK: Self = Self('\u{e0b9}');
    pub const EYE: Self = Self('\u{e0ba}');
    pub const FILE: Self = Self('\u{e0c0}');
    pub const FILE_ARCHIVE: Self = Self('\u{e30d}');
    pub const FILE_TEXT: Self = Self('\u{e0cc}');
    pub const FOLDER: Self = Self('\u{e0d7}');
    pub const FOLDER_DOWN: Self = Self('\u{e332}');
    pub const FOLDER_INPUT: Self = Self('\u{e334}');
    pub const FORWARD: Self = Self('\u{e229}');
    pub const HARD_DRIVE: Self = Self('\u{e0ed}');
    pub const HELP: Self = Self('\u{e082}');
    pub const IMAGE: Self = Self('\u{e0f6}');
    pub const INBOX: Self = Self('\u{e0f7}');
    pub const INFO: Self = Self('\u{e0f9}');
    pub const ITALIC: Self = Self('\u{e0fb}');
    pub const KEY_ROUND: Self = Self('\u{e4a3}');
    pub const LINK: Self = Self('\u{e102}');
    pub const LIST: Self = Self('\u{e106}');
    pub const LIST_ORDERED: Self = Self('\u{e1d1}');
    pub const LOCK: Self = Self('\u{e10b}');
    pub const MAIL: Self = Self('\u{e10f}');
    pub const MAILS: Self = Self('\u{e369}');
    pub const MAIL_OPEN: Self = Self('\u{e363}');
    pub const MENU: Self = Self('\u{e115}');
    pub const MERGE: Self = Self('\u{e43f}');
    pub const MESSAGES_SQUARE: Self = Self('\u{e40d}');
    pub const MOUSE_POINTER: Self = Self('\u{e11f}');
    pub const MUSIC: Self = Self('\u{e122}');
    pub const PAPERCLIP: Self = Self('\u{e12d}');
    pub const PLUS: Self = Self('\u{e13d}');
    pub const QUOTE: Self = Self('\u{e239}');
    pub const REFRESH_CW: Self = Self('\u{e145}');
    pub const REPLY: Self = Self('\u{e22a}');
    pub const REPLY_ALL: Self = Self('\u{e22b}');
    pub const SAVE: Self = Self('\u{e14d}');
    pub const SEARCH: Self = Self('\u{e151}');
    pub const SEND: Self = Self('\u{e152}');
    pub const SHIELD_ALERT: Self = Self('\u{e1fe}');
    pub const SHIELD_CHECK: Self = Self('\u{e1ff}');
    pub const SHIELD_X: Self = Self('\u{e200}');
    pub const SPLIT: Self = Self('\u{e440}');
    pub const SQUARE_PEN: Self = Self('\u{e172}');
    pub const STAR: Self = Self('\u{e176}');
    pub const TAG: Self = Self('\u{e17f}');
    pub const TRASH: Self = Self('\u{e18e}');
    pub const TRIANGLE_ALERT: Self = Self('\u{e193}');
    pub const UNDO: Self = Self('\u{e2a1}');
    pub const USERS: Self = Self('\u{e1a4}');
    pub const VIDEO: Self = Self('\u{e1a5}');
    pub const X: Self = Self('\u{e1b2}');
    /// The star with its inside filled.
    pub const STAR_FILLED: Self = Self('\u{f8f0}');
}

/// An icon as text of that size in pixels, in the colour of its surroundings unless one is set.
pub fn icon<'a>(icon: Icon, size: f32) -> text::Text<'a> {
    text(icon.0.to_string())
        .font(ICONS)
        .size(size)
        .line_height(text::LineHeight::Relative(1.0))
        .shaping(text::Shaping::Basic)
}

/// The usual size in rows and buttons.
pub fn small<'a>(which: Icon) -> text::Text<'a> {
    icon(which, theme::ICON)
}
