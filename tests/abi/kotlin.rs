//! Programs in Kotlin: compiled with the wrapper, tests/kotlin, and run.

use std::collections::BTreeMap;
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
    let ground = Ground::of_scenario();
    let program = ground.directory.path().join("kotlin");
    compiled(&program);
    assert_is_the_scenario(&ground.run(&mut java("waxwing.ScenarioKt", &program)));

    let other = Ground::new();
    let checked = other.run(&mut java("waxwing.Manners", &program));
    assert_eq!(checked.lines().count(), 15, "{checked}");
}

/// Sets of numbers of the wrapper, and how the header calls them.
const NUMBERS: [(&str, &str); 24] = [
    ("Status", "E_"),
    ("Flags", "FLAG_"),
    ("Load", "LOAD_"),
    ("Marks", "MESSAGE_"),
    ("Role", "ROLE_"),
    ("AccountState", "ACCOUNT_"),
    ("ChangeKind", "QUEUE_KIND_"),
    ("ChangeState", "QUEUE_STATE_"),
    ("LogLevel", "LOG_"),
    ("Network", "NETWORK_"),
    ("SyncScope", "SYNC_"),
    ("Security", "SECURITY_"),
    ("Authentication", "AUTH_RESULT_"),
    ("SignInWay", "AUTH_"),
    ("SettingsSource", "SOURCE_"),
    ("Obstacle", "OBSTACLE_"),
    ("CheckStep", "CHECK_"),
    ("BrowserWay", "BROWSER_"),
    ("Offline", "OFFLINE_"),
    ("Pretences", "PRETENCE_"),
    ("UnsubscribeWay", "UNSUBSCRIBE_"),
    ("InvitationMethod", "INVITATION_"),
    ("Attendance", "ATTENDANCE_"),
    ("RawEvent", "EVENT_"),
];
/// Those that stand alone.
const ALONE: [(&str, &str); 6] = [
    ("THREADS", "LIST_THREADS"),
    ("SELECTABLE", "MAILBOX_SELECTABLE"),
    ("HAS_CHILDREN", "MAILBOX_HAS_CHILDREN"),
    ("INLINE", "DISPOSITION_INLINE"),
    ("START_SUSPENDED", "CLIENT_START_SUSPENDED"),
    ("READ_ONLY", "CLIENT_READ_ONLY"),
];

type Numbers = BTreeMap<String, i64>;

fn number(digits: &str) -> Option<i64> {
    match digits.strip_prefix("0x") {
        Some(digits) => i64::from_str_radix(digits, 16).ok(),
        None => digits.parse().ok(),
    }
}

/// `const val NAME = 1`
fn constants(source: &str) -> Numbers {
    let constants = source.lines().filter_map(|line| line.split_once("const val ")?.1.split_once(" = "));
    constants.filter_map(|(name, value)| Some((name.to_owned(), number(value)?))).collect()
}

/// `val NAME = Class(1)`, or of an enumeration `NAME(1)`.
fn numbers_of(class: &str, source: &str) -> Numbers {
    let mut numbers = Numbers::new();
    for line in source.lines().map(str::trim) {
        let value = |line: &str| {
            let (name, value) = line.strip_prefix("val ")?.split_once(" = ")?;
            let value = value.strip_prefix(class)?.strip_prefix('(')?.strip_suffix(')')?;
            Some((name.to_owned(), number(value)?))
        };
        numbers.extend(value(line));
        let entries = line.strip_prefix("enum class ").and_then(|rest| rest.strip_prefix(class));
        let entries = entries.and_then(|rest| rest.strip_prefix('(')?.split_once("{ ")?.1.strip_suffix(" }"));
        for entry in entries.into_iter().flat_map(|entries| entries.split(", ")) {
            let (name, value) = entry.trim_end_matches(')').split_once('(').unwrap();
            numbers.insert(name.to_owned(), number(value).unwrap());
        }
    }
    numbers
}

/// Kotlin doesn't see the header: its numbers are written a second time.
#[test]
fn every_number_of_the_wrapper_is_the_headers() {
    let header = std::fs::read_to_string(folder("include/waxwing.h")).unwrap();
    let defined: Numbers = header
        .lines()
        .filter_map(|line| line.strip_prefix("#define WAXWING_")?.split_once(' '))
        .filter_map(|(name, value)| Some((name.to_owned(), number(value)?)))
        .collect();
    let read = |file: &Path| std::fs::read_to_string(file).unwrap();
    let files = std::fs::read_dir(folder("tests/kotlin")).unwrap().map(|file| file.unwrap().path());
    let sources = files.filter(|file| file.extension().is_some_and(|end| end == "kt"));
    let source: String = sources.map(|file| read(&file)).collect();
    for (class, prefix) in NUMBERS {
        let mut numbers = match class {
            "RawEvent" => constants(&read(&folder("tests/kotlin/Event.kt"))),
            class => numbers_of(class, &source),
        };
        match class {
            "Status" => assert_eq!(numbers.remove("OK"), Some(defined["OK"])),
            "Flags" => assert_eq!(numbers.remove("NONE"), Some(0)),
            _ => {}
        }
        let mut wanted: Numbers = defined
            .iter()
            .filter_map(|(name, value)| Some((name.strip_prefix(prefix)?.to_owned(), *value)))
            .collect();
        // What a server found out begins alike.
        wanted.retain(|name, _| class != "SignInWay" || !name.starts_with("RESULT_"));
        assert_eq!(numbers, wanted, "{class} of Kotlin and WAXWING_{prefix} of the header");
    }
    let constants = constants(&source);
    for (name, wanted) in ALONE {
        assert_eq!(constants.get(name), defined.get(wanted), "{name}");
    }
}
