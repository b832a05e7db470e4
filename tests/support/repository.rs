//! The repository's own files, and what was built from them.

use std::fs;
use std::path::{Path, PathBuf};

/// The repository's top directory.
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().expect("tests/ lies in the repository").to_owned()
}

/// The directory that this build goes to.
pub fn target() -> PathBuf {
    profile().parent().expect("profiles lie in the target directory").to_owned()
}

/// A program built in the same run as the tests.
pub fn binary(name: &str) -> PathBuf {
    let path = profile().join(name);
    assert!(
        path.exists(),
        "{} is missing: build with `cargo build --workspace --all-targets`",
        path.display()
    );
    path
}

/// Every file that git would keep, relative to the top directory: all but `target`, `.git`, what fuzzing found, and
/// hidden ones of no concern here.
pub fn files() -> Vec<PathBuf> {
    let (root, mut found) = (root(), Vec::new());
    collect(&root, &mut found);
    found.iter().filter_map(|path| path.strip_prefix(&root).ok()).map(Path::to_owned).collect()
}

/// A file of the repository as text; empty if it is no text.
pub fn text(path: &Path) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_default()
}

/// The directory with this profile's programs; test programs lie in `deps` inside it.
fn profile() -> PathBuf {
    let test = std::env::current_exe().expect("a test has a file");
    test.parent().and_then(Path::parent).expect("test programs lie in PROFILE/deps").to_owned()
}

fn collect(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).expect("a directory of ours").flatten() {
        let path = entry.path();
        let name = entry.file_name();
        let passed_over = [".git", "target", "build", "corpus", "artifacts"];
        let is_passed_over = passed_over.iter().any(|passed_over| name == *passed_over);
        match entry.file_type() {
            Ok(kind) if kind.is_dir() && !is_passed_over => collect(&path, found),
            Ok(kind) if kind.is_file() && !is_passed_over => found.push(path),
            _ => {}
        }
    }
}
