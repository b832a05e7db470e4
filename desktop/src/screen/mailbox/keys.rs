//! The keys of the mailbox window: one table for what they do and for the help that lists them.

use iced::keyboard::{Key, Modifiers, key::Named};

use crate::screen::reader::Zoom;

/// What a key or a button asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// A new mail.
    New,
    Reply,
    ReplyAll,
    ReplyList,
    Forward,
    Archive,
    Trash,
    DeleteForever,
    Junk,
    ToggleRead,
    ToggleStar,
    Move,
    Tag,
    /// The open mail and all newer ones become a conversation of their own.
    Split,
    /// The selected conversations become one.
    Join,
    /// Lists show conversations, or mails.
    Conversations,
    /// The mail before and after the open one, in its conversation.
    Older,
    Newer,
    Next,
    Previous,
    NextUnread,
    PreviousUnread,
    PageDown,
    PageUp,
    First,
    Last,
    ExtendDown,
    ExtendUp,
    ToggleSelect,
    SelectAll,
    Open,
    MailDown,
    MailUp,
    /// Find words in the mail.
    Find,
    Zoom(Zoom),
    Undo,
    Search,
    Sync,
    NextPane,
    PreviousPane,
    Inbox,
    /// The first nine places of the sidebar, from 0.
    Place(u8),
    Help,
    Settings,
    Back,
    Quit,
}

/// One key with its modifiers. Without any, letters count as typed (`#` is whatever makes a `#`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Chord {
    Typed(char),
    Named(Named),
    ShiftNamed(Named),
    Mod(char),
    ModShift(char),
    Alt(char),
    /// `g`, then this.
    AfterG(char),
}

/// A line of the table.
pub struct Binding {
    chords: &'static [Chord],
    pub act: Act,
    pub label: &'static str,
}

const fn binding(chords: &'static [Chord], act: Act, label: &'static str) -> Binding {
    Binding { chords, act, label }
}

use Chord::{AfterG, Alt, Mod, ModShift, Named as N, ShiftNamed, Typed};

/// Every key, in the order of the help.
pub static TABLE: [Binding; 56] = [
    binding(&[Typed('c'), Mod('n')], Act::New, "New mail"),
    binding(&[Typed('r'), Mod('r')], Act::Reply, "Reply"),
    binding(&[Typed('a'), ModShift('r')], Act::ReplyAll, "Reply to all"),
    binding(&[ModShift('l')], Act::ReplyList, "Reply to the list"),
    binding(&[Typed('f'), Mod('l')], Act::Forward, "Forward"),
    binding(&[Typed('j'), N(Named::ArrowDown)], Act::Next, "Next mail"),
    binding(&[Typed('k'), N(Named::ArrowUp)], Act::Previous, "Previous mail"),
    binding(&[Typed('n')], Act::NextUnread, "Next unread"),
    binding(&[Typed('p')], Act::PreviousUnread, "Previous unread"),
    binding(&[N(Named::PageDown)], Act::PageDown, "A page down"),
    binding(&[N(Named::PageUp)], Act::PageUp, "A page up"),
    binding(&[N(Named::Home)], Act::First, "First mail"),
    binding(&[N(Named::End)], Act::Last, "Last mail"),
    binding(&[N(Named::Enter)], Act::Open, "Open"),
    binding(&[N(Named::Space)], Act::MailDown, "Read on"),
    binding(&[ShiftNamed(Named::Space)], Act::MailUp, "Read back"),
    binding(&[Mod('f')], Act::Find, "Find in the mail"),
    binding(&[Mod('+'), Mod('=')], Act::Zoom(Zoom::In), "Larger"),
    binding(&[Mod('-')], Act::Zoom(Zoom::Out), "Smaller"),
    binding(&[Mod('0')], Act::Zoom(Zoom::Usual), "Usual size"),
    binding(&[Typed('e')], Act::Archive, "Archive"),
    binding(&[Typed('#'), N(Named::Delete), N(Named::Backspace)], Act::Trash, "Move to Trash"),
    binding(&[ShiftNamed(Named::Delete)], Act::DeleteForever, "Delete for ever (asks)"),
    binding(&[Typed('!')], Act::Junk, "Move to Junk"),
    binding(&[Typed('v'), ModShift('v')], Act::Move, "Move to a mailbox"),
    binding(&[Typed('t')], Act::Tag, "Tag"),
    binding(&[Typed('m'), Mod('u')], Act::ToggleRead, "Read or unread"),
    binding(&[Typed('s')], Act::ToggleStar, "Star"),
    binding(&[Typed('z'), Mod('z')], Act::Undo, "Undo"),
    binding(&[Typed('x')], Act::ToggleSelect, "Select"),
    binding(&[ShiftNamed(Named::ArrowDown)], Act::ExtendDown, "Select downwards"),
    binding(&[ShiftNamed(Named::ArrowUp)], Act::ExtendUp, "Select upwards"),
    binding(&[Mod('a')], Act::SelectAll, "Select all"),
    binding(&[Typed('/')], Act::Search, "Search"),
    binding(&[AfterG('c')], Act::Conversations, "Conversations on or off"),
    binding(&[Typed('[')], Act::Older, "Older mail of the conversation"),
    binding(&[Typed(']')], Act::Newer, "Newer mail of the conversation"),
    binding(&[Typed('|')], Act::Split, "Split the conversation here"),
    binding(&[Typed('&')], Act::Join, "Join the selected conversations"),
    binding(&[AfterG('i')], Act::Inbox, "Go to the inbox"),
    binding(&[Alt('1')], Act::Place(0), "Go to the first place …"),
    binding(&[Alt('2')], Act::Place(1), ""),
    binding(&[Alt('3')], Act::Place(2), ""),
    binding(&[Alt('4')], Act::Place(3), ""),
    binding(&[Alt('5')], Act::Place(4), ""),
    binding(&[Alt('6')], Act::Place(5), ""),
    binding(&[Alt('7')], Act::Place(6), ""),
    binding(&[Alt('8')], Act::Place(7), ""),
    binding(&[Alt('9')], Act::Place(8), "… to the ninth"),
    binding(&[N(Named::F5)], Act::Sync, "Check for mail"),
    binding(&[N(Named::F6)], Act::NextPane, "Next pane"),
    binding(&[ShiftNamed(Named::F6)], Act::PreviousPane, "Previous pane"),
    binding(&[Typed('?'), N(Named::F1)], Act::Help, "This list"),
    binding(&[Mod(',')], Act::Settings, "Settings"),
    binding(&[N(Named::Escape)], Act::Back, "Back"),
    binding(&[Mod('q')], Act::Quit, "Quit"),
];

/// A key press as the table needs it.
#[derive(Clone, Debug)]
pub struct Pressed {
    /// The key alone.
    pub key: Key,
    /// The key with Shift applied: what would be typed.
    pub typed: Key,
    pub modifiers: Modifiers,
    /// It is held down, and this is one more of the same.
    pub repeat: bool,
}

impl Act {
    /// Whether a key held down does it again and again. What changes mail waits for the next press.
    pub fn repeats(self) -> bool {
        matches!(
            self,
            Self::Next
                | Self::Previous
                | Self::NextUnread
                | Self::PreviousUnread
                | Self::PageDown
                | Self::PageUp
                | Self::ExtendDown
                | Self::ExtendUp
                | Self::MailDown
                | Self::MailUp
                | Self::Older
                | Self::Newer
        )
    }
}

impl Pressed {
    /// Whether this is the `g` that waits for another key.
    pub fn is_g(&self) -> bool {
        matches(Typed('g'), self, false)
    }
}

/// What a key press asks for; `after_g` if a `g` came just before.
pub fn find(pressed: &Pressed, after_g: bool) -> Option<Act> {
    let with = |after_g| {
        TABLE
            .iter()
            .find(|binding| binding.chords.iter().any(|chord| matches(*chord, pressed, after_g)))
            .map(|binding| binding.act)
    };
    if after_g { with(true) } else { with(false) }
}

fn matches(chord: Chord, pressed: &Pressed, after_g: bool) -> bool {
    let m = pressed.modifiers;
    let bare = !m.command() && !m.control() && !m.alt() && !m.logo();
    let only_command = m.command() && !m.alt();
    match chord {
        AfterG(letter) => after_g && bare && is_char(&pressed.typed, letter),
        _ if after_g => false,
        Typed(letter) => bare && is_char(&pressed.typed, letter),
        N(named) => bare && !m.shift() && is_named(&pressed.key, named),
        ShiftNamed(named) => bare && m.shift() && is_named(&pressed.key, named),
        Mod(letter) => only_command && !m.shift() && is_char(&pressed.key, letter),
        ModShift(letter) => only_command && m.shift() && is_char(&pressed.key, letter),
        Alt(letter) => m.alt() && !m.command() && is_char(&pressed.key, letter),
    }
}

fn is_char(key: &Key, letter: char) -> bool {
    match key {
        Key::Character(text) => text.chars().eq([letter]) || text.to_lowercase().chars().eq([letter]),
        // A space bar press may come as a character on some systems.
        Key::Named(_) | Key::Unidentified => false,
    }
}

fn is_named(key: &Key, named: Named) -> bool {
    match key {
        Key::Named(key) => *key == named,
        Key::Character(text) => named == Named::Space && text.as_str() == " ",
        Key::Unidentified => false,
    }
}

/// What the Mod key is called here.
pub const MOD: &str = if cfg!(target_os = "macos") { "⌘" } else { "Ctrl" };

/// The lines of the help: label and keys.
pub fn help() -> Vec<(&'static str, String)> {
    TABLE
        .iter()
        .filter(|binding| !binding.label.is_empty())
        .map(|binding| {
            let keys: Vec<String> = binding.chords.iter().map(|chord| name(*chord)).collect();
            (binding.label, keys.join("  "))
        })
        .collect()
}

fn name(chord: Chord) -> String {
    match chord {
        Typed(letter) => letter.to_string(),
        AfterG(letter) => format!("g {letter}"),
        N(named) => named_key(named).into(),
        ShiftNamed(named) => format!("Shift {}", named_key(named)),
        Mod(letter) => format!("{MOD} {}", letter.to_uppercase()),
        ModShift(letter) => format!("{MOD} Shift {}", letter.to_uppercase()),
        Alt(letter) => format!("Alt {letter}"),
    }
}

fn named_key(named: Named) -> &'static str {
    match named {
        Named::ArrowDown => "↓",
        Named::ArrowUp => "↑",
        Named::PageDown => "Page ↓",
        Named::PageUp => "Page ↑",
        Named::Home => "Home",
        Named::End => "End",
        Named::Enter => "Enter",
        Named::Space => "Space",
        Named::Delete => "Del",
        Named::Backspace => "Backspace",
        Named::F1 => "F1",
        Named::F5 => "F5",
        Named::F6 => "F6",
        Named::Escape => "Esc",
        _ => "?",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn press(chord: Chord) -> (Pressed, bool) {
        let of = |key: Key, typed: Key, modifiers| Pressed { key, typed, modifiers, repeat: false };
        let letter = |letter: char| Key::Character(letter.to_string().into());
        match chord {
            Typed(l) => (of(letter(l), letter(l), Modifiers::empty()), false),
            AfterG(l) => (of(letter(l), letter(l), Modifiers::empty()), true),
            N(n) => (of(Key::Named(n), Key::Named(n), Modifiers::empty()), false),
            ShiftNamed(n) => (of(Key::Named(n), Key::Named(n), Modifiers::SHIFT), false),
            Mod(l) => (of(letter(l), letter(l), Modifiers::COMMAND), false),
            ModShift(l) => (of(letter(l), letter(l), Modifiers::COMMAND | Modifiers::SHIFT), false),
            Alt(l) => (of(letter(l), letter(l), Modifiers::ALT), false),
        }
    }

    #[test]
    fn every_key_of_the_table_finds_its_own_line() {
        for binding in &TABLE {
            for chord in binding.chords {
                let (pressed, after_g) = press(*chord);
                assert_eq!(find(&pressed, after_g), Some(binding.act), "{chord:?}");
            }
        }
    }

    #[test]
    fn a_letter_with_a_modifier_is_another_key() {
        let (mut pressed, _) = press(Typed('e'));
        pressed.modifiers = Modifiers::COMMAND;
        assert_eq!(find(&pressed, false), None, "Mod+E does not archive");
        let (mut pressed, _) = press(N(Named::Delete));
        pressed.modifiers = Modifiers::SHIFT;
        assert_eq!(find(&pressed, false), Some(Act::DeleteForever));
    }

    #[test]
    fn after_g_few_letters_mean_something() {
        let (e, _) = press(Typed('e'));
        assert_eq!(find(&e, true), None, "g e does not archive");
        let (i, _) = press(Typed('i'));
        assert_eq!(find(&i, false), None);
        assert_eq!(find(&i, true), Some(Act::Inbox));
    }

    #[test]
    fn the_help_names_every_kind_of_act() {
        let help = help();
        assert!(help.iter().any(|(label, keys)| *label == "Move to Trash" && keys == "#  Del  Backspace"));
        assert!(help.iter().all(|(_, keys)| !keys.contains("?  ?")));
    }
}
