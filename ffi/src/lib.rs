//! The C ABI of the Waxwing mail core. Every request is a core `Command`, every answer a core `Event`; there is no
//! logic here.
//!
//! Functions are written out, never made by a macro: cbindgen leaves those out silently.

/// Versions of the ABI: a major one breaks, a minor one adds.
pub const WAXWING_ABI_MAJOR: u32 = 1;
/// See `WAXWING_ABI_MAJOR`.
pub const WAXWING_ABI_MINOR: u32 = 0;

/// The ABI version of this library: `WAXWING_ABI_MAJOR << 16 | WAXWING_ABI_MINOR`. Compare it with the header's.
///
/// May be called at any time, from any thread.
// SAFETY of the name: nothing else in the process is called waxwing_*.
#[unsafe(no_mangle)]
pub extern "C" fn waxwing_abi_version() -> u32 {
    (WAXWING_ABI_MAJOR << 16) | WAXWING_ABI_MINOR
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn the_version_is_the_headers() {
        assert_eq!(waxwing_abi_version(), 0x0001_0000);
    }

    /// `WAXWING_WRITE_HEADER=1 cargo test --workspace the_committed_header` writes it anew.
    #[test]
    fn the_committed_header_is_what_the_source_gives() {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut made = Vec::new();
        cbindgen::generate(here).expect("a header").write(&mut made);
        let made = String::from_utf8(made).unwrap();
        let committed = here.join("../include/waxwing.h");
        if std::env::var_os("WAXWING_WRITE_HEADER").is_some() {
            std::fs::write(&committed, &made).unwrap();
        }
        assert_eq!(std::fs::read_to_string(committed).unwrap_or_default(), made);
    }
}
