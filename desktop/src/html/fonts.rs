//! The fonts a mail is set in: those of the computer, and before them the window's own for what names none.

use std::sync::{Arc, LazyLock, Mutex};

use fontique::{Blob, Collection, CollectionOptions, GenericFamily, SourceCache};
use parley::FontContext;

use crate::theme;

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
