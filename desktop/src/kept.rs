//! What the window remembers of itself from one start to the next: `window.toml`, beside the store.
//!
//! It is written whole or not at all. What another version wrote there stays; what can't be read counts as not said.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use iced::Size;
use toml::{Table, Value};

/// The file, in the profile.
const FILE: &str = "window.toml";
/// Most of it that is read, in bytes: it holds a few lines.
const LARGEST: u64 = 64 << 10;

/// Sizes of windows that are believed, in logical pixels.
const SMALLEST: Size = Size::new(360.0, 400.0);
const LARGEST_SIZE: Size = Size::new(16_000.0, 16_000.0);

/// What is remembered.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Kept {
    /// Lists show conversations, not mails.
    pub conversations: bool,
    /// How large mails are shown, in percent; `None`: as usual.
    pub zoom: Option<u16>,
    /// How large the window was.
    pub size: Option<Size>,
}

/// The file, with all that stands in it.
#[derive(Debug)]
pub struct Keeper {
    path: PathBuf,
    whole: Table,
    kept: Kept,
}

impl Keeper {
    /// Reads what is kept in a profile; what was never written, or is damaged, is as at the first start.
    pub fn read(profile: &Path) -> Self {
        let path = profile.join(FILE);
        let is_small = std::fs::metadata(&path).is_ok_and(|file| file.is_file() && file.len() <= LARGEST);
        let text = if is_small { std::fs::read_to_string(&path).ok() } else { None };
        let whole: Table = text.and_then(|text| text.parse().ok()).unwrap_or_default();
        let kept = Kept::of(&whole);
        Self { path, whole, kept }
    }

    pub fn kept(&self) -> Kept {
        self.kept
    }

    /// Keeps that from now on. Says whether there is anything new to be written.
    pub fn set(&mut self, kept: Kept) -> bool {
        if kept == self.kept {
            return false;
        }
        self.kept = kept;
        kept.put(&mut self.whole);
        true
    }

    /// What is to be written, to be done where it may take its time.
    pub fn writing(&self) -> impl FnOnce() -> std::io::Result<()> + Send + 'static {
        let (path, text) = (self.path.clone(), self.whole.to_string());
        move || write(&path, &text)
    }
}

/// Written beside it and then put in its place: a crash in between leaves the old one.
fn write(path: &Path, text: &str) -> std::io::Result<()> {
    let mut file = tempfile::NamedTempFile::new_in(path.parent().unwrap_or(Path::new(".")))?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist(path).map(drop).map_err(|error| error.error)
}

impl Kept {
    fn of(whole: &Table) -> Self {
        let length = |name| {
            let window = whole.get("window").and_then(Value::as_table)?;
            let pixels = u16::try_from(window.get(name)?.as_integer()?).ok()?;
            Some(f32::from(pixels))
        };
        let size = length("width").zip(length("height")).map(|(width, height)| Size::new(width, height));
        let zoom = whole.get("zoom").and_then(Value::as_integer).and_then(|zoom| u16::try_from(zoom).ok());
        Self {
            conversations: whole.get("conversations").and_then(Value::as_bool).unwrap_or_default(),
            zoom,
            size: size.map(|size| Size {
                width: size.width.clamp(SMALLEST.width, LARGEST_SIZE.width),
                height: size.height.clamp(SMALLEST.height, LARGEST_SIZE.height),
            }),
        }
    }

    /// Writes it over what was there of the same names.
    fn put(self, whole: &mut Table) {
        whole.insert("conversations".into(), self.conversations.into());
        match self.zoom {
            Some(zoom) => whole.insert("zoom".into(), i64::from(zoom).into()),
            None => whole.remove("zoom"),
        };
        if let Some(size) = self.size {
            // Bounded above, and of whole pixels.
            #[allow(clippy::cast_possible_truncation)]
            let pixels = |length: f32| Value::Integer(length.round() as i64);
            let window = whole.entry("window").or_insert_with(|| Value::Table(Table::new()));
            if !window.is_table() {
                *window = Value::Table(Table::new());
            }
            if let Some(window) = window.as_table_mut() {
                window.insert("width".into(), pixels(size.width));
                window.insert("height".into(), pixels(size.height));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write_and_read(folder: &Path, kept: Kept) -> Kept {
        let mut keeper = Keeper::read(folder);
        keeper.set(kept);
        keeper.writing()().unwrap();
        Keeper::read(folder).kept()
    }

    #[test]
    fn what_is_kept_is_there_at_the_next_start() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(Keeper::read(folder.path()).kept(), Kept::default());
        let kept = Kept { conversations: true, zoom: Some(125), size: Some(Size::new(1024.0, 700.0)) };
        assert_eq!(write_and_read(folder.path(), kept), kept);
        let usual = Kept { zoom: None, ..kept };
        assert_eq!(write_and_read(folder.path(), usual), usual);
        let names = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name());
        assert_eq!(names.collect::<Vec<_>>(), [FILE], "nothing is left beside it");
    }

    #[test]
    fn what_another_version_wrote_stays() {
        let folder = tempfile::tempdir().unwrap();
        let text = "conversations = false\nfont = \"Serif\"\n[window]\nwidth = 900\nheight = 700\nx = -40\n[panes]\nlist = 3\n";
        std::fs::write(folder.path().join(FILE), text).unwrap();
        let mut kept = Keeper::read(folder.path()).kept();
        assert_eq!(kept.size, Some(Size::new(900.0, 700.0)));
        (kept.conversations, kept.size) = (true, Some(Size::new(901.0, 700.0)));
        assert_eq!(write_and_read(folder.path(), kept), kept);
        let text = std::fs::read_to_string(folder.path().join(FILE)).unwrap();
        for line in ["font = \"Serif\"", "x = -40", "list = 3", "width = 901", "conversations = true"] {
            assert!(text.contains(line), "{line}: {text}");
        }
    }

    #[test]
    fn a_damaged_file_is_as_none_and_is_written_anew() {
        let folder = tempfile::tempdir().unwrap();
        for text in [
            "conver",
            "\0\0\0",
            "conversations = 3\nzoom = \"x\"\nwindow = 7\n",
            "zoom = -4\n[window]\nwidth = 1e9",
        ] {
            std::fs::write(folder.path().join(FILE), text).unwrap();
            assert_eq!(Keeper::read(folder.path()).kept(), Kept::default(), "{text}");
            let kept = Kept { conversations: true, zoom: None, size: Some(Size::new(800.0, 600.0)) };
            assert_eq!(write_and_read(folder.path(), kept), kept, "{text}");
        }
        std::fs::write(folder.path().join(FILE), "x".repeat(100_000)).unwrap();
        assert_eq!(Keeper::read(folder.path()).kept(), Kept::default());
        std::fs::write(folder.path().join(FILE), "[window]\nwidth = 3\nheight = 60000").unwrap();
        assert_eq!(
            Keeper::read(folder.path()).kept().size,
            Some(Size::new(360.0, 16_000.0)),
            "no window is so"
        );
    }

    #[test]
    fn what_is_as_it_was_is_not_written() {
        let folder = tempfile::tempdir().unwrap();
        let mut keeper = Keeper::read(folder.path());
        assert!(!keeper.set(Kept::default()));
        assert!(keeper.set(Kept { conversations: true, ..Kept::default() }));
    }
}
