//! Programs in C: compiled with every warning, and run.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use waxwing_demo::model::Flags;

use super::{Ground, assert_is_the_scenario, folder, library, long_mailbox, well};

const WARNINGS: [&str; 4] = ["-Wall", "-Wextra", "-Wpedantic", "-Werror"];

/// Compiles a program of `tests/c/` against the shared library.
pub(super) fn compiled(name: &str, into: &Path) -> PathBuf {
    let (program, library) = (into.join(name), library());
    // The library is built with the sanitizer of LLVM, which clang has the other half of.
    let sanitizer = std::env::var("WAXWING_SANITIZER").ok();
    let mut compiler = Command::new(if sanitizer.is_some() { "clang" } else { "cc" });
    compiler.args(["-std=c11", "-g", "-O1", "-pthread"]).args(WARNINGS);
    compiler.args(sanitizer.map(|sanitizer| format!("-fsanitize={sanitizer}")));
    compiler.arg("-I").arg(folder("include"));
    compiler.arg(source(name)).arg("-o").arg(&program);
    compiler.arg("-L").arg(library).arg("-lwaxwing").arg(format!("-Wl,-rpath,{}", library.display()));
    well(&compiler.output().expect("a C compiler"), &compiler);
    program
}

fn source(name: &str) -> PathBuf {
    folder("tests/c").join(name).with_extension("c")
}

/// A program under valgrind, which fails for what is lost or used wrongly.
pub(super) fn under_valgrind(program: &Path) -> Command {
    let mut valgrind = Command::new("valgrind");
    valgrind.args(["--quiet", "--leak-check=full", "--error-exitcode=9", "--fair-sched=yes"]);
    valgrind.args(["--show-leak-kinds=definite,indirect", "--errors-for-leak-kinds=definite,indirect"]);
    valgrind.arg(format!("--suppressions={}", folder("tests/c/valgrind.supp").display())).arg(program);
    valgrind
}

fn header() -> String {
    std::fs::read_to_string(folder("include/waxwing.h")).unwrap()
}

/// The functions of the header.
fn declared() -> BTreeSet<String> {
    let header = header();
    let code = header.lines().filter(|line| !line.starts_with([' ', '/', '#', '*']));
    let names = code.filter_map(|line| line.split_once('(')?.0.rsplit([' ', '*']).next());
    names.filter(|name| name.starts_with("waxwing_")).map(str::to_owned).collect()
}

#[test]
fn the_scenario_runs_in_c() {
    let ground = Ground::of_scenario();
    let program = compiled("scenario", ground.directory.path());
    assert_is_the_scenario(&ground.run(&mut Command::new(program)));
}

#[test]
fn valgrind_finds_nothing_lost_after_the_scenario() {
    let ground = Ground::of_scenario();
    let program = compiled("scenario", ground.directory.path());
    assert_is_the_scenario(&ground.run(&mut under_valgrind(&program)));
}

#[test]
fn valgrind_finds_nothing_lost_where_the_scenario_ends_early() {
    let ground = Ground::of_scenario();
    let program = compiled("scenario", ground.directory.path());
    let path = ground.directory.path();
    let port = ground.server.port().to_string();
    let path_to = |name: &str| path.join(name).to_str().unwrap().to_owned();
    let (roots, data) = (path_to("CA.pem"), path_to("data"));
    for (arguments, password) in [
        (vec![], "correct horse"),
        (vec!["localhost", &port, "/nowhere/CA.pem", &data], "correct horse"),
        (vec!["localhost", &port, &roots, "not/absolute"], "correct horse"),
        (vec!["localhost", &port, &roots, &data], "wrong"),
        (vec!["localhost", "1", &roots, &data], "correct horse"),
    ] {
        let mut valgrind = under_valgrind(&program);
        let output = valgrind
            .args(&arguments)
            .env("WAXWING_PASSWORD", password)
            .env("WAXWING_SMTP_PORT", "465")
            .output()
            .unwrap();
        let complained = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {complained}");
        assert!(!complained.is_empty(), "{arguments:?} ends without a word");
    }
}

#[test]
fn whatever_is_called_wrongly_gives_a_status_and_is_named_in_the_log() {
    let ground = Ground::new();
    let program = compiled("misuse", ground.directory.path());
    assert_eq!(ground.run(&mut Command::new(program)), "ok\n");
}

#[test]
fn valgrind_finds_nothing_lost_after_every_misuse() {
    let ground = Ground::new();
    let program = compiled("misuse", ground.directory.path());
    assert_eq!(ground.run(&mut under_valgrind(&program)), "ok\n");
}

#[test]
fn every_function_of_the_header_is_misused() {
    let misuse = std::fs::read_to_string(source("misuse")).unwrap();
    let words: BTreeSet<&str> =
        misuse.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_').collect();
    let left_out: Vec<String> =
        declared().into_iter().filter(|name| !words.contains(name.as_str())).collect();
    assert_eq!(left_out, Vec::<String>::new(), "tests/c/misuse.c calls every function");
}

#[test]
fn eight_threads_on_one_client_get_exactly_one_answer_to_each_request() {
    let ground = Ground::new();
    let program = compiled("threads", ground.directory.path());
    assert_eq!(ground.run(&mut Command::new(program)), "ok\n");
}

#[test]
fn addresses_lead_to_settings_without_a_network() {
    let ground = Ground::new();
    let program = compiled("setup", ground.directory.path());
    let said = ground.run(&mut under_valgrind(&program));
    let oauth = "\"https://accounts.google.com/o/oauth2/v2/auth\" \"https://oauth2.googleapis.com/token\" \
                 \"https://mail.google.com/\"";
    let lines = [
        "found obstacle 0 meant \"\" table 2".to_owned(),
        "row Ann@gmail.com \"Gmail\" imap imap.gmail.com:993/1 smtp smtp.gmail.com:465/1 user \"Ann@gmail.com\" \
         or \"\" auth 2 or 3 source 1"
            .to_owned(),
        format!("  hint 1 https://myaccount.google.com/apppasswords oauth {oauth}"),
        "found obstacle 0 meant \"\" table 2".to_owned(),
        "row ann@web.de \"WEB.DE\" imap imap.web.de:993/1 smtp smtp.web.de:465/1 user \"ann\" or \"ann@web.de\" \
         auth 1 or 0 source 1"
            .to_owned(),
        "  hint 2 https://hilfe.web.de/pop-imap/einschalten.html oauth \"\" \"\" \"\"".to_owned(),
        "found obstacle 1 meant \"\" table 2".to_owned(),
        "found obstacle 4 meant \"ann@gmail.com\" table 3".to_owned(),
        "found obstacle 4 meant \"\" table 3".to_owned(),
        "ok".to_owned(),
    ];
    assert_eq!(said.lines().collect::<Vec<_>>(), lines);
}

/// Twenty mails come into a mailbox of twenty thousand while the app is asleep.
#[cfg(target_os = "linux")]
#[test]
fn an_extension_brings_what_is_new_in_little_memory_and_holds_nothing_afterwards() {
    let ground = Ground::on(long_mailbox(20_000));
    let program = compiled("extension", ground.directory.path());
    assert_eq!(ground.run(Command::new(&program).arg("app")), "");
    ground.server.store().with(|store| {
        let inbox = store.mailbox_mut(super::USER, "INBOX").unwrap();
        for number in 20_001..=20_020 {
            inbox.append(super::mail(number), Flags::none(), 1_700_000_000_000 + number * 1000);
        }
    });
    let said = ground.run(Command::new(&program).arg("extension"));
    println!("{said}");
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(lines[..2], ["news 20 of 20: \"mail 20001\" to \"mail 20020\"", "new 20"]);
    let peak: u64 = lines[2].split(' ').nth(1).unwrap().parse().unwrap();
    // One for debugging is several times as large, and much of it comes to be in memory.
    let is_shipped = std::env::var_os("WAXWING_LIBRARY_DIR").is_some();
    let most = if is_shipped { 24 } else { 40 };
    assert!(peak <= most * 1024, "{peak} KiB");
}

/// Its figures are for docs/embedding.md.
#[test]
fn a_list_of_a_hundred_thousand_is_paged_to_its_middle() {
    let ground = Ground::on(long_mailbox(100_000));
    let program = compiled("paging", ground.directory.path());
    let said = ground.run(&mut Command::new(program));
    println!("{said}");
    assert!(said.starts_with("rows 100000\nwindow "), "{said}");
}

/// Every struct of the header with its fields.
fn declared_fields() -> Vec<String> {
    let header = header();
    let mut fields = Vec::new();
    let (mut is_inside, mut statement) = (false, String::new());
    for line in header.lines().map(|line| line.split("//").next().unwrap_or_default().trim_end()) {
        if let Some(name) = line.strip_prefix("typedef struct ").and_then(|rest| rest.strip_suffix(" {")) {
            is_inside = true;
            fields.push(name.to_owned());
        } else if line.starts_with('}') {
            is_inside = false;
        } else if is_inside {
            statement.push_str(line);
            if !line.ends_with(';') {
                continue;
            }
            let line = std::mem::take(&mut statement);
            // `type name;`, `type name[4];` or `type (*name)(…);`, over several lines
            let name = match line.split_once("(*") {
                Some((_, pointer)) => pointer.split(')').next(),
                None => {
                    line.trim_end_matches(';').split('[').next().and_then(|it| it.rsplit([' ', '*']).next())
                }
            };
            fields.push(format!("  {}", name.unwrap_or_default()));
        }
    }
    fields
}

#[cfg(target_pointer_width = "64")]
#[test]
fn every_struct_is_laid_out_as_it_was() {
    let directory = tempfile::tempdir().unwrap();
    let mut program = Command::new(compiled("layout", directory.path()));
    let said = well(&program.output().unwrap(), &program);
    let golden = std::fs::read_to_string(folder("tests/c/layout.txt")).unwrap();
    assert_eq!(said, golden, "a layout that was given out is kept");
    let names: Vec<&str> = said.lines().filter_map(|line| Some(line.rsplit_once(' ')?.0)).collect();
    assert_eq!(names, declared_fields(), "tests/c/layout.c has every field of every struct");
}

#[test]
fn the_header_compiles_without_a_warning_in_every_c_and_in_cpp() {
    for compiler in ["gcc", "clang"] {
        if Command::new(compiler).arg("--version").output().is_err() {
            eprintln!("{compiler} is not here: the header was not compiled with it");
            continue;
        }
        for (language, standard) in
            [("c", "-std=c99"), ("c", "-std=c11"), ("c", "-std=c17"), ("c++", "-std=c++17")]
        {
            let mut command = Command::new(compiler);
            command.args(["-x", language, standard]).args(WARNINGS).arg("-I").arg(folder("include"));
            command.arg("-fsyntax-only").arg(source("header"));
            well(&command.output().unwrap(), &command);
        }
    }
}

#[cfg(target_os = "linux")]
#[test]
fn the_library_exports_the_functions_of_the_header_and_nothing_else() {
    let mut nm = Command::new("nm");
    nm.args(["-D", "--defined-only"]).arg(library().join("libwaxwing.so"));
    let said = well(&nm.output().expect("nm"), &nm);
    let exported: BTreeSet<String> =
        said.lines().filter_map(|line| line.split_whitespace().last()).map(str::to_owned).collect();
    assert_eq!(exported, declared());
}
