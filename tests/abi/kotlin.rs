//! Programs in Kotlin: compiled with the wrapper, tests/kotlin, and run.

use std::path::Path;
use std::process::Command;

use super::{Ground, assert_is_the_scenario, folder, library, well};

/// Compiles the wrapper and its programs, once for all of a test's.
fn compiled(into: &Path) {
    let mut build = Command::new(folder("tests/kotlin/build"));
    build.arg(into).arg(library());
    well(&build.output().expect("bash"), &build);
}

/// `java` with a class of what was compiled; the VM itself looks for misuse of JNI.
fn java(class: &str, compiled: &Path) -> Command {
    let mut path = std::ffi::OsString::from("-Djava.library.path=");
    path.push(compiled);
    let mut java = Command::new("java");
    java.arg("-Xcheck:jni").arg(path).arg("-cp");
    java.arg(std::fs::read_to_string(compiled.join("classpath")).unwrap()).arg(class);
    java
}

#[test]
fn the_scenario_runs_in_kotlin() {
    let ground = Ground::new();
    let program = ground.directory.path().join("kotlin");
    compiled(&program);
    assert_is_the_scenario(&ground.run(&mut java("waxwing.ScenarioKt", &program)));

    let other = Ground::new();
    let checked = other.run(&mut java("waxwing.Manners", &program));
    assert_eq!(checked.lines().count(), 8, "{checked}");
}
