//! Programs that were built with the last header that was given out still work: `tests/abi/released`.

use std::process::{Command, Output};

use super::{folder, well};

/// Compares the header, or another one.
fn compared(header: Option<&str>) -> (Command, Output) {
    let directory = tempfile::tempdir().unwrap();
    let mut compare = Command::new(folder("tests/abi/released/compare"));
    if let Some(header) = header {
        let path = directory.path().join("waxwing.h");
        std::fs::write(&path, header).unwrap();
        compare.env("WAXWING_HEADER", path);
    }
    let output = compare.output().expect("bash");
    (compare, output)
}

#[test]
fn the_header_keeps_what_was_given_out() {
    let (command, output) = compared(None);
    well(&output, &command);
}

#[test]
fn what_breaks_programs_is_found_and_what_is_added_is_not() {
    let header = std::fs::read_to_string(folder("tests/abi/released/waxwing.h")).unwrap();
    let changes = [
        ("a row grows", true, "} waxwing_account_row;\n", "  uint64_t more;\n} waxwing_account_row;\n"),
        (
            "a function is added",
            true,
            "void waxwing_rows_free(",
            "void waxwing_more(int more);\n\nvoid waxwing_rows_free(",
        ),
        (
            "a constant is added",
            true,
            "#define WAXWING_OK 0\n",
            "#define WAXWING_OK 0\n#define WAXWING_E_MORE 799\n",
        ),
        ("a field has another type", false, "  uint64_t queued;\n", "  uint32_t queued;\n"),
        ("a field has another name", false, "  uint64_t queued;\n", "  uint64_t waiting;\n"),
        ("a field is gone", false, "  bool is_indexed;\n", ""),
        (
            "a row grows in its middle",
            false,
            "  uint64_t queued;\n",
            "  uint64_t more;\n  uint64_t queued;\n",
        ),
        (
            "a struct that goes by value grows",
            false,
            "  const char *ptr;\n",
            "  const char *ptr;\n  size_t more;\n",
        ),
        ("an argument has another type", false, "int32_t timeout_ms,", "int64_t timeout_ms,"),
        ("a function is gone", false, "void waxwing_rows_free(struct waxwing_rows *rows);", ""),
        ("a constant is another", false, "#define WAXWING_E_STATE 102", "#define WAXWING_E_STATE 107"),
    ];
    for (what, is_fine, from, to) in changes {
        assert!(header.contains(from), "{what}: {from}");
        let (command, output) = compared(Some(&header.replacen(from, to, 1)));
        if is_fine {
            well(&output, &command);
        } else {
            assert!(!output.status.success(), "{what}, and nobody says so");
        }
    }
}
