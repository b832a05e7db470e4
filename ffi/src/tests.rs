//! The ABI called from Rust as C calls it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod caller;
mod misuse;
mod scenario;

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
