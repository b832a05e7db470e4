//! Colours, type and measures. The colours are those of `assets/tokens.toml`.

use std::sync::LazyLock;

use iced::font::Weight;
use iced::widget::text::LineHeight;
use iced::{Color, Font, Theme};
use serde::Deserialize;

/// Text sizes and their line heights in pixels.
pub const CHROME: (f32, f32) = (13.0, 18.0);
pub const SMALL: (f32, f32) = (12.0, 16.0);
pub const TINY: (f32, f32) = (11.0, 14.0);
pub const READING: (f32, f32) = (14.0, 22.0);
pub const HEADING: (f32, f32) = (19.0, 26.0);
pub const TITLE: (f32, f32) = (20.0, 26.0);
pub const ICON: f32 = 16.0;

/// Measures of the window in pixels.
pub const SIDEBAR: f32 = 216.0;
pub const LIST: f32 = 368.0;
pub const TOOLBAR: f32 = 52.0;
pub const ROW: f32 = 66.0;
/// From this width on three panes fit, and from the second on two.
pub const THREE_PANES: f32 = 1100.0;
pub const TWO_PANES: f32 = 700.0;
/// The widest a line of mail gets: 72 times the width of `0` in the reading size.
pub const READING_WIDTH: f32 = 624.0;

pub const REGULAR: Font = Font { weight: Weight::Normal, ..Font::with_name("Inter") };
pub const MEDIUM: Font = Font { weight: Weight::Medium, ..Font::with_name("Inter") };
pub const STRONG: Font = Font { weight: Weight::Semibold, ..Font::with_name("Inter") };

/// Every font of the window, to be loaded before it opens.
pub const FONTS: [&[u8]; 4] = [
    include_bytes!("../assets/fonts/Inter-Regular.ttf"),
    include_bytes!("../assets/fonts/Inter-Medium.ttf"),
    include_bytes!("../assets/fonts/Inter-SemiBold.ttf"),
    include_bytes!("../assets/fonts/waxwing-icons.ttf"),
];

/// The seal as RGBA pixels, `SEAL_SIDE` on each side.
pub const SEAL: &[u8] = include_bytes!("../assets/seal-128.rgba");
pub const SEAL_SIDE: u32 = 128;

const TOKENS: &str = include_str!("../assets/tokens.toml");

/// The colours of one theme, by what they are for.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tokens {
    pub canvas: Hex,
    pub side: Hex,
    pub surface: Hex,
    pub raised: Hex,
    pub line: Hex,
    pub text: Hex,
    pub muted: Hex,
    pub faint: Hex,
    pub accent: Hex,
    pub onaccent: Hex,
    pub tint: Hex,
    pub hover: Hex,
    pub wax: Hex,
    pub star: Hex,
    pub ok: Hex,
    pub warn: Hex,
    pub warnbg: Hex,
    pub errbg: Hex,
    /// Behind words that were sought.
    pub mark: Hex,
    /// Of tags: red, ochre, green, blue, violet, rose.
    pub tags: [Hex; TAG_COLOURS],
}

/// How many colours tags have.
pub const TAG_COLOURS: usize = 6;

/// A colour written `#RRGGBB`.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(try_from = "String")]
pub struct Hex(pub Color);

impl TryFrom<String> for Hex {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse().map(Self).map_err(|_| format!("{text} is not #RRGGBB"))
    }
}

impl From<Hex> for Color {
    fn from(hex: Hex) -> Self {
        hex.0
    }
}

impl From<Hex> for iced::Background {
    fn from(hex: Hex) -> Self {
        Self::Color(hex.0)
    }
}

#[derive(Deserialize)]
struct Both {
    light: Tokens,
    dark: Tokens,
}

static BOTH: LazyLock<Both> = LazyLock::new(|| {
    // The file is part of the binary and a test reads it, so the second branch is never seen.
    toml::from_str(TOKENS)
        .unwrap_or(Both { light: plain(Color::WHITE, Color::BLACK), dark: plain(Color::BLACK, Color::WHITE) })
});

const fn plain(ground: Color, ink: Color) -> Tokens {
    let (ground, ink) = (Hex(ground), Hex(ink));
    Tokens {
        canvas: ground,
        side: ground,
        surface: ground,
        raised: ground,
        line: ink,
        text: ink,
        muted: ink,
        faint: ink,
        accent: ink,
        onaccent: ground,
        tint: ground,
        hover: ground,
        wax: ink,
        star: ink,
        ok: ink,
        warn: ink,
        warnbg: ground,
        errbg: ground,
        mark: ground,
        tags: [ink; TAG_COLOURS],
    }
}

/// What the person asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Choice {
    Light,
    Dark,
    #[default]
    System,
}

impl Choice {
    /// The theme to use while the system prefers `system`.
    pub fn theme(self, system: iced::theme::Mode) -> Theme {
        let dark = match self {
            Self::Light => false,
            Self::Dark => true,
            Self::System => system == iced::theme::Mode::Dark,
        };
        if dark { dark_theme() } else { light_theme() }
    }
}

/// The light theme for iced.
pub fn light_theme() -> Theme {
    static THEME: LazyLock<Theme> = LazyLock::new(|| custom("Waxwing light", &BOTH.light));
    THEME.clone()
}

/// The dark theme for iced.
pub fn dark_theme() -> Theme {
    static THEME: LazyLock<Theme> = LazyLock::new(|| custom("Waxwing dark", &BOTH.dark));
    THEME.clone()
}

fn custom(name: &'static str, tokens: &Tokens) -> Theme {
    let palette = iced::theme::Palette {
        background: tokens.surface.0,
        text: tokens.text.0,
        primary: tokens.accent.0,
        success: tokens.ok.0,
        warning: tokens.warn.0,
        danger: tokens.wax.0,
    };
    Theme::custom(name, palette)
}

/// Whether its ground is dark.
pub fn is_dark(theme: &Theme) -> bool {
    theme.extended_palette().is_dark
}

/// The colours that go with an iced theme.
pub fn of(theme: &Theme) -> &'static Tokens {
    if theme.extended_palette().is_dark { &BOTH.dark } else { &BOTH.light }
}

/// The line height of a size pair.
pub fn leading(size: (f32, f32)) -> LineHeight {
    LineHeight::Absolute(size.1.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn luminance(color: Color) -> f32 {
        let [r, g, b] = [color.r, color.g, color.b]
            .map(|part| if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) });
        0.2126 * r + 0.7152 * g + 0.0722 * b
    }

    fn contrast(a: Hex, b: Hex) -> f32 {
        let (a, b) = (luminance(a.0), luminance(b.0));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn the_bundled_colours_can_be_read() {
        toml::from_str::<Both>(TOKENS).unwrap();
    }

    #[test]
    fn every_text_has_enough_contrast() {
        for (name, t) in [("light", &BOTH.light), ("dark", &BOTH.dark)] {
            let pairs = [
                ("text on surface", t.text, t.surface, 4.5),
                ("text on side", t.text, t.side, 4.5),
                ("text on tint", t.text, t.tint, 4.5),
                ("text on hover", t.text, t.hover, 4.5),
                ("text on canvas", t.text, t.canvas, 4.5),
                ("muted on surface", t.muted, t.surface, 4.5),
                ("muted on side", t.muted, t.side, 4.5),
                ("muted on tint", t.muted, t.tint, 4.5),
                ("muted on hover", t.muted, t.hover, 4.5),
                ("muted on canvas", t.muted, t.canvas, 4.5),
                ("muted on raised", t.muted, t.raised, 4.5),
                ("accent on tint", t.accent, t.tint, 4.5),
                ("accent on surface", t.accent, t.surface, 4.5),
                ("on accent", t.onaccent, t.accent, 4.5),
                ("wax on surface", t.wax, t.surface, 4.5),
                ("wax on tint", t.wax, t.tint, 4.5),
                ("warn on its ground", t.warn, t.warnbg, 4.5),
                ("text on error ground", t.text, t.errbg, 4.5),
                ("muted on error ground", t.muted, t.errbg, 4.5),
                ("text on warning ground", t.text, t.warnbg, 4.5),
                ("wax on error ground", t.wax, t.errbg, 4.5),
                ("text on a mark", t.text, t.mark, 4.5),
                ("muted on a mark", t.muted, t.mark, 4.5),
                ("toast", t.surface, t.text, 4.5),
                ("star", t.star, t.surface, 3.0),
            ];
            for (place, tag) in t.tags.into_iter().enumerate() {
                for ground in [t.surface, t.hover, t.tint, t.side, t.canvas, t.raised] {
                    assert!(contrast(tag, ground) >= 4.5, "{name}, tag {place}: {}", contrast(tag, ground));
                }
            }
            for (what, a, b, least) in pairs {
                assert!(contrast(a, b) >= least, "{name}, {what}: {}", contrast(a, b));
            }
        }
    }
}
