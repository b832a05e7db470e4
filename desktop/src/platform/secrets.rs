//! Where passwords are kept. The one place that chooses.

use std::path::Path;
use std::sync::Arc;

use waxwing_core::vault::{Memory, Places, Vault};

/// Where the person wants them: in the system's keyring as a rule; what can't be kept there is kept until the end of this run.
/// May take some seconds: a keyring that is broken is slow to say so.
pub fn open(data_dir: &Path) -> Arc<dyn Vault> {
    let places = Places::new(data_dir);
    places.look();
    Arc::new(places)
}

/// A store that forgets: for the demo, whose password is worth nothing.
pub fn for_this_run() -> Arc<dyn Vault> {
    Arc::new(Memory::new())
}
