//! Programs in Swift, with the wrapper that an app would use: compiled with every warning an error, and run. They need root
//! and the place that `tests/swift/prepare` makes.

use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

use super::{Ground, assert_is_the_scenario, folder, library, well};

/// A program of `tests/swift/`, all of which are built at once. What is built is kept: the next time it's quicker.
fn built(name: &str) -> Command {
    static BUILT: OnceLock<&Path> = OnceLock::new();
    let out = BUILT.get_or_init(|| {
        let out = Path::new(concat!(env!("CARGO_TARGET_TMPDIR"), "/swift"));
        let mut build = Command::new(folder("tests/swift/build"));
        build.arg(out).arg(library());
        well(&build.output().unwrap(), &build);
        out
    });
    Command::new(out.join(name))
}

#[test]
fn the_scenario_runs_in_swift() {
    assert_is_the_scenario(&Ground::of_scenario().run(&mut built("scenario")));
}

/// Cancelled tasks, lists that follow, sleep, closing, and clients that are let go.
#[test]
fn the_wrapper_keeps_its_promises() {
    let said = Ground::new().run(&mut built("promises"));
    assert_eq!(said.lines().last(), Some("a client that is let go gives its store up"), "{said}");
}
