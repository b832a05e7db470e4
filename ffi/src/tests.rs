//! The ABI called from Rust as C calls it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

pub(crate) mod caller;
mod drafts;
mod images;
mod misuse;
mod notices;
mod opening;
mod places;
mod scenario;
mod search;
mod trust;
mod verifier;

use std::path::Path;

use super::*;

#[test]
fn the_version_is_the_headers() {
    assert_eq!(waxwing_abi_version(), 0x0001_0000);
    assert_eq!(caller::text(waxwing_version()), env!("CARGO_PKG_VERSION"));
}

fn header() -> String {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut made = Vec::new();
    cbindgen::generate(here).expect("a header").write(&mut made);
    String::from_utf8(made).unwrap()
}

/// `WAXWING_WRITE_HEADER=1 cargo test --workspace the_committed_header` writes it anew.
#[test]
fn the_committed_header_is_what_the_source_gives() {
    let made = header();
    let committed = Path::new(env!("CARGO_MANIFEST_DIR")).join("../include/waxwing.h");
    if std::env::var_os("WAXWING_WRITE_HEADER").is_some() {
        std::fs::write(&committed, &made).unwrap();
    }
    assert_eq!(std::fs::read_to_string(committed).unwrap_or_default(), made);
}

/// The source of this crate without its tests.
fn source() -> String {
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let files = std::fs::read_dir(here).unwrap().map(|file| file.unwrap().path());
    files.filter(|file| file.is_file()).map(|file| std::fs::read_to_string(file).unwrap()).collect()
}

/// Events and errors are matched one by one in the source: a new one doesn't compile. Commands are only made there.
#[test]
fn every_command_of_the_core_has_a_function() {
    let commands = include_str!("../../core/src/command.rs");
    let (_, commands) = commands.split_once("pub enum Command {").unwrap();
    let (commands, _) = commands.split_once("\n}\n").unwrap();
    let is_name = |line: &&str| line.starts_with("    ") && line.trim_start().starts_with(char::is_uppercase);
    let names = commands.lines().filter(is_name).filter_map(|line| line.trim().split([' ', ',']).next());
    let source = source();
    let missing: Vec<&str> = names.filter(|name| !source.contains(&format!("Command::{name}"))).collect();
    assert!(missing.is_empty(), "no function of the C ABI submits {missing:?}");
}

#[test]
fn every_function_is_called_with_nothing() {
    let misuse = include_str!("tests/misuse.rs");
    let source = source();
    let functions = source.split("extern \"C\" fn ").skip(1).filter_map(|rest| rest.split_once('('));
    // What takes nothing can't be called wrongly.
    let takes_something = functions.filter(|(_, arguments)| !arguments.starts_with(')'));
    let names = takes_something.map(|(name, _)| name).filter(|name| name.starts_with("waxwing_"));
    let missing: Vec<&str> = names.filter(|name| !misuse.contains(&format!("{name}("))).collect();
    assert!(missing.is_empty(), "tests/misuse.rs doesn't call {missing:?}");
}
