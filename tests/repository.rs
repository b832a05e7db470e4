//! The repository holds what it must and nothing that has no place in it.

use std::fs;
use std::path::Path;

use waxwing_tests::repository::{files, root, text};
use waxwing_tests::source::code;

#[test]
fn every_test_file_is_part_of_the_one_test_program() {
    let all = text(Path::new("tests/all.rs"));
    let forgotten: Vec<String> = files()
        .iter()
        .filter(|file| file.parent() == Some(Path::new("tests")) && has_kind(file, "rs"))
        .filter_map(|file| file.file_stem()?.to_str().map(str::to_owned))
        .filter(|name| name != "all" && !all.lines().any(|line| line == format!("mod {name};")))
        .collect();
    assert!(forgotten.is_empty(), "never run, for want of a `mod` in tests/all.rs: {forgotten:?}");
}

#[test]
fn no_source_holds_a_test_switched_off_or_work_put_off() {
    // In two halves each, so that this file may hold them.
    let words = [["#[ig", "nore"], ["to", "do!("], ["unimple", "mented!("]].map(|halves| halves.concat());
    let found = lines_with(&words, |file| has_kind(file, "rs"), code);
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn no_file_names_a_place_on_somebodys_machine() {
    let words = [
        ["/ro", "ot/"],
        ["/ho", "me/"],
        ["/Us", "ers/"],
        ["C:\\Us", "ers"],
        ["/wo", "rk/"],
        ["/workspace", "s/"],
        ["/var/fold", "ers/"],
    ]
    .map(|halves| halves.concat());
    let found = lines_with(&words, |file| !file.ends_with("Cargo.lock"), str::to_owned);
    // A path in the middle of an address or of a longer path is no place on a machine.
    let found: Vec<String> =
        found.into_iter().filter(|line| words.iter().any(|word| is_absolute(line, word))).collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn dependencies_come_from_one_place_and_bring_one_crypto_provider() {
    let lock = text(Path::new("Cargo.lock"));
    let value = |name: &str| -> Vec<String> {
        let prefix = format!("{name} = \"");
        let lines = lock.lines().filter_map(|line| line.strip_prefix(&prefix));
        lines.map(|line| line.trim_end_matches('"').to_owned()).collect()
    };
    let crates_io = "registry+https://github.com/rust-lang/crates.io-index";
    assert!(value("source").len() > 100);
    assert_eq!(value("source").iter().find(|source| *source != crates_io), None);
    // rustls panics at the first connection where two providers could be meant.
    let others = ["aws-lc-rs", "aws-lc-sys", "openssl", "openssl-sys", "native-tls", "boring"];
    let found: Vec<String> =
        value("name").into_iter().filter(|name| others.contains(&name.as_str())).collect();
    assert!(found.is_empty(), "{found:?}");
    assert!(value("name").contains(&"ring".to_owned()));
}

#[test]
fn the_core_holds_no_unsafe_code() {
    assert!(code(&text(Path::new("core/src/lib.rs"))).contains("#![forbid(unsafe_code)]"));
    let words = ["unsafe {", "unsafe fn", "unsafe impl", "unsafe extern"].map(str::to_owned);
    let found = lines_with(&words, |file| has_kind(file, "rs") && !file.starts_with("ffi"), code);
    assert!(found.is_empty(), "only ffi may: {}", found.join("\n"));
}

#[test]
fn both_licences_are_there_in_full() {
    for (name, words) in
        [("LICENSE-MIT", "Permission is hereby granted"), ("LICENSE-APACHE", "Apache License")]
    {
        assert!(text(Path::new(name)).contains(words), "{name}");
    }
}

#[test]
fn the_readme_names_the_two_commands_of_a_newcomer() {
    let readme = text(Path::new("README.md"));
    for command in ["cargo run --release -- --demo", "./check"] {
        assert!(readme.contains(command), "README.md doesn't name `{command}`");
    }
    let check = fs::metadata(root().join("check")).expect("check");
    assert_ne!(std::os::unix::fs::PermissionsExt::mode(&check.permissions()) & 0o111, 0, "check can be run");
}

fn has_kind(file: &Path, kind: &str) -> bool {
    file.extension().is_some_and(|its| its == kind)
}

/// `FILE:LINE: text` for each line with one of the words, in the files asked for, after `prepare`.
fn lines_with(
    words: &[String],
    wanted: impl Fn(&Path) -> bool,
    prepare: impl Fn(&str) -> String,
) -> Vec<String> {
    let mut found = Vec::new();
    for file in files().iter().filter(|file| wanted(file)) {
        for (number, line) in (1..).zip(prepare(&text(file)).lines()) {
            if words.iter().any(|word| line.contains(word)) {
                found.push(format!("{}:{number}: {line}", file.display()));
            }
        }
    }
    found
}

/// Whether the word begins a path in this line.
fn is_absolute(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(place, _)| {
        let before = line[..place].chars().next_back();
        !before
            .is_some_and(|letter| letter.is_alphanumeric() || matches!(letter, '.' | '_' | '-' | '}' | '~'))
    })
}

#[test]
fn every_test_the_manual_names_exists() {
    let manual = text(Path::new("core/src/manual.rs"));
    let missing = missing_tests(&manual);
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn every_invariant_has_a_test_that_exists() {
    let table = text(Path::new("tests/simulation.rs"));
    for number in 1..=12 {
        let start = format!("//! | I{number} ");
        let rows: Vec<&str> = table.lines().filter(|line| line.starts_with(&start)).collect();
        assert!(rows.len() == 1 && rows[0].contains('`'), "I{number}: {rows:?}");
        let missing = missing_tests(rows[0]);
        assert!(missing.is_empty(), "I{number}: {missing:?}");
    }
}

#[test]
fn every_fuzz_target_has_seeds_and_a_row_of_tests_that_exist() {
    let readme = text(Path::new("tests/fuzz/README.md"));
    let rows: Vec<&str> = readme.lines().filter(|line| line.starts_with("| `")).collect();
    let mut named: Vec<&str> = rows.iter().filter_map(|row| row.split('`').nth(1)).collect();
    named.sort_unstable();
    let fuzz = Path::new("tests/fuzz");
    let files = files();
    let within = |folder: &Path| files.iter().filter(|file| file.starts_with(folder)).collect::<Vec<_>>();
    let mut targets: Vec<&str> = within(&fuzz.join("fuzz_targets"))
        .into_iter()
        .filter_map(|file| file.file_stem().and_then(|name| name.to_str()))
        .collect();
    targets.sort_unstable();
    assert_eq!(named, targets);
    for target in targets {
        assert!(within(&fuzz.join("seeds").join(target)).len() >= 3, "{target} has few seeds");
    }
    let rows = rows.concat();
    let missing = missing_tests(&rows);
    assert!(missing.is_empty(), "{missing:?}");
}

/// The tests named in a text, in backquotes, that there are not.
fn missing_tests(manual: &str) -> Vec<&str> {
    let files = files();
    let source: String = files.iter().filter(|file| has_kind(file, "rs")).map(|file| text(file)).collect();
    let named: Vec<&str> = manual.split('`').skip(1).step_by(2).filter(|name| name.len() >= 20).collect();
    assert!(!named.is_empty());
    named
        .into_iter()
        .filter(|name| match name.strip_suffix(".imap") {
            Some(_) => !files.contains(&Path::new("tests/conversations").join(name)),
            None => !name.contains('/') && !source.contains(&format!("fn {name}(")),
        })
        .collect()
}
