//! The disc with a sender's initials, in a colour that stays theirs.

use iced::widget::{container, text};
use iced::{Border, Color, Element, Theme};
use unicode_segmentation::UnicodeSegmentation;
use waxwing_core::model::Address;

use crate::theme;

/// Grounds on which white can be read (4.5:1 and more), told apart by most eyes.
const DISCS: [u32; 8] =
    [0x7A_5A_8C, 0x4A_6A_8C, 0x8A_66_48, 0x3F_73_58, 0x9A_4F_5C, 0x5E_63_9E, 0x6B_6A_35, 0x2F_71_7E];

/// Up to two letters for a sender: of the first and last word of the name, or of the address.
pub fn initials(from: &Address) -> String {
    let source = if from.name.trim().is_empty() { from.address.as_str() } else { from.name.as_str() };
    let words: Vec<&str> = source
        .split(|c: char| c.is_whitespace() || c == '/' || c == '.' || c == '@')
        .filter(|word| word.chars().any(char::is_alphanumeric))
        .collect();
    let letter = |word: &&str| {
        let start = word.find(char::is_alphanumeric).unwrap_or_default();
        word.get(start..).and_then(|word| word.graphemes(true).next()).unwrap_or_default().to_uppercase()
    };
    let by_name = !from.name.trim().is_empty();
    match (words.first(), words.last()) {
        (Some(first), Some(last)) if by_name && words.len() > 1 => letter(first) + &letter(last),
        (Some(first), _) => letter(first),
        _ => "?".into(),
    }
}

/// A colour by address: the same on every start.
fn disc(from: &Address) -> Color {
    let key = if from.address.is_empty() { &from.name } else { &from.address };
    let hash = key
        .to_lowercase()
        .bytes()
        .fold(0x811C_9DC5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    let place = usize::try_from(hash >> 7).unwrap_or_default() % DISCS.len();
    let rgb = DISCS.get(place).copied().unwrap_or_default();
    let [_, r, g, b] = rgb.to_be_bytes();
    Color::from_rgb8(r, g, b)
}

/// The disc, `side` pixels wide.
pub fn avatar<'a, Message: 'a>(from: &Address, side: f32) -> Element<'a, Message> {
    let colour = disc(from);
    let letters = text(initials(from)).font(theme::STRONG).size(side * 0.4).color(Color::WHITE);
    container(letters)
        .center(side)
        .style(move |_: &Theme| container::Style {
            background: Some(colour.into()),
            border: Border { radius: (side / 2.0).into(), ..Border::default() },
            ..container::Style::default()
        })
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(name: &str, address: &str) -> Address {
        Address { name: name.into(), address: address.into() }
    }

    #[test]
    fn initials_of_all_kinds_of_names() {
        assert_eq!(initials(&from("Mira Lindqvist", "m@x.example")), "ML");
        assert_eq!(initials(&from("Stadtwerke", "s@x.example")), "S");
        assert_eq!(initials(&from("octo/waxwing", "o@x.example")), "OW");
        assert_eq!(initials(&from("田中 恵", "t@x.example")), "田恵");
        assert_eq!(initials(&from("", "jonas@x.example")), "J");
        assert_eq!(initials(&from("“Q”", "")), "Q");
        assert_eq!(initials(&from("", "")), "?");
    }

    #[test]
    fn a_senders_colour_stays() {
        assert_eq!(disc(&from("A", "Mira@x.example")), disc(&from("Other name", "mira@x.example")));
    }
}
