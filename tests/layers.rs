//! The layers of ARCHITECTURE.md hold: no module uses a word its row of the table forbids.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use waxwing_tests::repository::{files, text};
use waxwing_tests::source::code;

/// A row of the table.
struct Layer {
    /// A file or a folder.
    module: PathBuf,
    forbidden: Vec<String>,
}

#[test]
fn no_module_uses_what_its_layer_forbids() {
    let mut found = Vec::new();
    for layer in layers() {
        for file in sources(&layer.module) {
            let code = code(&text(&file));
            for (number, line) in (1..).zip(code.lines()) {
                for word in layer.forbidden.iter().filter(|word| holds(line, word)) {
                    found.push(format!("{}:{number}: {word}", file.display()));
                }
            }
        }
    }
    assert!(found.is_empty(), "forbidden by the table in ARCHITECTURE.md:\n{}", found.join("\n"));
}

#[test]
fn every_row_names_a_module_with_source() {
    for layer in layers() {
        assert!(!sources(&layer.module).is_empty(), "{} has no source", layer.module.display());
        assert!(!layer.forbidden.is_empty(), "{} has nothing forbidden", layer.module.display());
    }
}

#[test]
fn every_module_of_the_core_has_a_row() {
    let rows: BTreeSet<PathBuf> = layers().into_iter().map(|layer| layer.module).collect();
    let missing: BTreeSet<PathBuf> = sources(Path::new("core/src"))
        .iter()
        .filter_map(|file| file.components().nth(2).map(|name| Path::new("core/src").join(name)))
        .filter(|module| !module.ends_with("lib.rs") && !rows.contains(module))
        .collect();
    assert!(missing.is_empty(), "no row in ARCHITECTURE.md for {missing:?}");
}

#[test]
fn words_are_found_as_whole_words_outside_comments_and_unit_tests() {
    assert!(holds("use tokio::net::TcpStream;", "tokio"));
    assert!(holds("let now = std::time::Instant::now();", "Instant::now"));
    assert!(!holds("use my_tokio_like::Thing;", "tokio"));
    assert!(!holds("use crate::imap_words;", "crate::imap"));

    let source = "use a;\n// tokio\n/* tokio */ fn b() {} // tokio\n\
                  #[cfg(test)]\nmod tests {\n    use tokio;\n    fn c() { '{'; \"}\"; }\n}\nuse std::net;\n";
    let code = code(source);
    assert!(!holds(&code, "tokio"), "{code}");
    assert!(holds(&code, "std::net"));
    assert_eq!(code.lines().nth(8), Some("use std::net;"), "lines keep their numbers");
}

/// The table of ARCHITECTURE.md.
fn layers() -> Vec<Layer> {
    let text = text(Path::new("ARCHITECTURE.md"));
    let (_, table) = text.split_once("| module | may not use these words |").expect("the table of layers");
    let rows: Vec<Layer> = table
        .lines()
        .skip(2)
        .take_while(|line| line.starts_with('|'))
        .map(|line| {
            // Whatever stands in backquotes is a module or a word.
            let mut quoted = line.split('`').skip(1).step_by(2).map(str::to_owned);
            let module = PathBuf::from(quoted.next().expect("a module in each row"));
            Layer { module, forbidden: quoted.collect() }
        })
        .collect();
    assert!(rows.len() > 5, "the table of layers is nearly empty");
    rows
}

/// The Rust files of a module, without files that are unit tests as a whole.
fn sources(module: &Path) -> Vec<PathBuf> {
    let is_test =
        |file: &Path| file.file_stem().is_some_and(|stem| stem == "tests") || has_folder(file, "tests");
    files()
        .into_iter()
        .filter(|file| file.starts_with(module) && file.extension().is_some_and(|kind| kind == "rs"))
        .filter(|file| !is_test(file))
        .collect()
}

fn has_folder(file: &Path, name: &str) -> bool {
    file.parent().is_some_and(|folder| folder.components().any(|part| part.as_os_str() == name))
}

/// Whether `word` stands in `line` with no letter, digit or underscore beside it.
fn holds(line: &str, word: &str) -> bool {
    let is_part = |letter: char| letter.is_alphanumeric() || letter == '_';
    line.match_indices(word).any(|(place, _)| {
        let before = line[..place].chars().next_back();
        let after = line[place + word.len()..].chars().next();
        !before.is_some_and(is_part) && !after.is_some_and(is_part)
    })
}
