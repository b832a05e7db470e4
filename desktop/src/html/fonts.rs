//! The fonts a mail is set in: those of the computer, and before them the window's own for what names none.

use std::sync::{Arc, LazyLock, Mutex};

use fontique::{Blob, Collection, CollectionOptions, FontInfoOverride, GenericFamily, SourceCache};
use parley::FontContext;

use crate::theme;

/// Fonts that mails name, and those of the same measures that stand in for them where they aren't installed. The layout engine
/// asks the system for families alone, not for what it would take instead.
const STAND_INS: [(&str, &[&str]); 12] = [
    ("Arial", &["Liberation Sans", "Arimo", "Nimbus Sans", "FreeSans"]),
    ("Helvetica", &["Liberation Sans", "Arimo", "Nimbus Sans", "TeX Gyre Heros", "FreeSans"]),
    ("Helvetica Neue", &["Liberation Sans", "Arimo", "Nimbus Sans", "TeX Gyre Heros"]),
    ("Times New Roman", &["Liberation Serif", "Tinos", "Nimbus Roman", "FreeSerif"]),
    ("Times", &["Liberation Serif", "Tinos", "Nimbus Roman", "TeX Gyre Termes", "FreeSerif"]),
    ("Courier New", &["Liberation Mono", "Cousine", "Nimbus Mono PS", "FreeMono"]),
    ("Courier", &["Liberation Mono", "Cousine", "Nimbus Mono PS", "TeX Gyre Cursor", "FreeMono"]),
    ("Calibri", &["Carlito"]),
    ("Cambria", &["Caladea"]),
    ("Georgia", &["Gelasio"]),
    ("Verdana", &["DejaVu Sans", "Bitstream Vera Sans"]),
    ("Segoe UI", &["Selawik", "Open Sans"]),
];

/// Read once: looking through the fonts of a computer takes longer than a mail.
static FONTS: LazyLock<Mutex<FontContext>> = LazyLock::new(|| Mutex::new(read(!cfg!(test))));

/// All of them.
pub(super) fn all() -> FontContext {
    FONTS.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
}

/// Tests see the window's fonts alone, so that their pictures are the same everywhere.
fn read(with_system: bool) -> FontContext {
    let options = CollectionOptions { shared: true, system_fonts: with_system };
    let mut collection = Collection::new(options);
    add_stand_ins(&mut collection);
    let mut own = Vec::new();
    for font in theme::FONTS.into_iter().take(3) {
        let blob = Blob::new(Arc::new(font));
        own.extend(collection.register_fonts(blob, None).into_iter().map(|(family, _)| family));
    }
    for family in [GenericFamily::SansSerif, GenericFamily::SystemUi, GenericFamily::UiSansSerif] {
        let others: Vec<_> = collection.generic_families(family).collect();
        collection.set_generic_families(family, own.iter().copied().chain(others));
    }
    for family in [GenericFamily::Serif, GenericFamily::Monospace] {
        collection.append_generic_families(family, own.iter().copied());
    }
    FontContext { collection, source_cache: SourceCache::new_shared() }
}

/// Registers stand-ins by the names that mails use.
fn add_stand_ins(collection: &mut Collection) {
    for (name, stand_ins) in STAND_INS {
        if collection.family_id(name).is_some() {
            continue;
        }
        let Some(family) = stand_ins.iter().find_map(|family| collection.family_by_name(family)) else {
            continue;
        };
        for font in family.fonts() {
            if let Some(file) = font.load(None) {
                let called = FontInfoOverride { family_name: Some(name), ..FontInfoOverride::default() };
                collection.register_fonts(file, Some(called));
            }
        }
    }
}
