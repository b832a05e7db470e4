//! What differs by system: folders, secrets, and one window for one profile.

pub mod browser;
pub mod certificates;
pub mod clipboard;
pub mod dialog;
pub mod instance;
pub mod secrets;

use std::fs::DirBuilder;
use std::io;
use std::path::{Path, PathBuf};

/// Where mail is kept unless `--profile` says otherwise; `None` where the system has no such place.
pub fn default_profile() -> Option<PathBuf> {
    directories::ProjectDirs::from("", "", "waxwing").map(|dirs| dirs.data_dir().to_owned())
}

/// Makes the folder, readable by its owner only.
pub fn make_profile(profile: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(profile)
}
