//! The benchmark: the engine, a bare reader of the same bytes and other programs, on one real server, in one run.
//!
//! `tests/bench/run [--quick] [--only PART]… [--rounds N] [--write FILE]`. The same program is its own children:
//! `waxwing-bench floor …`, `engine …` and `rows …`, so that processor time and memory are those of one process
//! that does nothing else.
#![forbid(unsafe_code)]
// A program for developers: it ends loudly at the first thing that isn't as it should be.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation
)]

mod engine_child;
mod figures;
mod floor;
mod ground;
mod mails;
mod measure;
mod peers;
mod report;
mod rows_child;
mod scenarios;
mod targets;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use figures::Section;
use ground::Ground;

/// What this run was asked for.
pub(crate) struct Options {
    /// A small run that only shows that all of it works.
    pub(crate) quick: bool,
    /// Measurements of each thing.
    pub(crate) rounds: usize,
    /// Names of scenarios; all if there is none.
    only: Vec<String>,
    /// Where the report goes, besides standard output.
    write: Option<PathBuf>,
    /// A directory on a real disk.
    disk: PathBuf,
}

impl Options {
    fn of(arguments: impl Iterator<Item = String>) -> Self {
        let mut options = Self {
            quick: false,
            rounds: 0,
            only: Vec::new(),
            write: None,
            disk: std::env::current_dir().expect("a working directory"),
        };
        let mut arguments = arguments;
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().unwrap_or_else(|| panic!("{argument} needs a value"));
            match argument.as_str() {
                "--quick" => options.quick = true,
                "--rounds" => options.rounds = value().parse().expect("a number of rounds"),
                "--only" => options.only.push(value()),
                "--write" => options.write = Some(value().into()),
                "--disk" => options.disk = value().into(),
                other => panic!(
                    "{other}: known are --quick, --rounds N, --only PART, --write FILE, --disk DIRECTORY"
                ),
            }
        }
        for only in &options.only {
            let known: Vec<&str> = scenarios::ALL.iter().map(|(name, _)| *name).collect();
            assert!(known.iter().any(|name| name.starts_with(only.as_str())), "{only}: there are {known:?}");
        }
        if options.rounds == 0 {
            options.rounds = if options.quick { 1 } else { 5 };
        }
        options
    }

    fn wants(&self, name: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| name.starts_with(only.as_str()))
    }
}

fn main() {
    let mut arguments = std::env::args().skip(1).peekable();
    match arguments.peek().map(String::as_str) {
        Some("floor") => floor::main(&arguments.skip(1).collect::<Vec<_>>()),
        Some("engine") => engine_child::main(&arguments.skip(1).collect::<Vec<_>>()),
        Some("rows") => rows_child::main(&arguments.skip(1).collect::<Vec<_>>()),
        _ => benchmark(&Options::of(arguments)),
    }
}

fn benchmark(options: &Options) {
    // Its own build has just ended: that is no other work.
    let load = measure::load_once_quiet(Duration::from_secs(180));
    let start = Instant::now();
    let mut ground = Ground::prepare(options);
    let mut sections: Vec<Section> = Vec::new();
    for (name, scenario) in scenarios::ALL {
        if !options.wants(name) {
            continue;
        }
        eprintln!("[{:4} s] {name}", start.elapsed().as_secs());
        for section in scenario(&mut ground, options) {
            eprintln!("{}", report::section(&section));
            sections.push(section);
        }
    }
    let text = report::whole(&sections, &ground, options, load, start.elapsed());
    println!("{text}");
    if let Some(path) = &options.write {
        std::fs::write(path, text).expect("the report is written");
    }
}
