//! Lists: the header pass, at 10,000 and at 100,000 mails, and what a person sees first.

use std::process::Command;

use super::in_turn;
use super::titles::{COLD, COST, HEADERS, LARGE};
use crate::Options;
use crate::figures::{Sample, Section};
use crate::ground::{Ground, Kind, clear};
use crate::measure::Run;
use crate::report::{octets, seconds};

const NOTE: &str = "Until the list is complete, the server's index warm. The floor asks for the same fields and drops \
                    them. The engine is told to keep headers only; and once not, so that it fetches bodies meanwhile.";

const WITH_BODIES: &str = "Waxwing, bodies meanwhile";

pub(crate) fn headers(ground: &mut Ground, options: &Options) -> Vec<Section> {
    vec![list(ground, options, Kind::Small, HEADERS)]
}

/// All that is measured with the large mailbox.
pub(crate) fn large(ground: &mut Ground, options: &Options) -> Vec<Section> {
    let cost = cost(ground, options);
    let list = list(ground, options, Kind::Large, LARGE);
    vec![list, first_screen(ground, options), cost]
}

fn list(ground: &mut Ground, options: &Options, kind: Kind, title: &str) -> Section {
    let count = ground.account(kind).count;
    let mut section = Section::new(title, format!("{count} mails. {NOTE}"));
    let contenders = ["floor", "floor, two connections", "Waxwing", WITH_BODIES];
    // Once for nothing: what the floor asks for is in the server's index afterwards.
    once(ground, kind, "floor");
    once(ground, kind, "Waxwing");
    for round in 0..options.rounds {
        for name in in_turn(&contenders, round) {
            let run = once(ground, kind, name);
            section.row(name).add(&run, name.starts_with("Waxwing").then_some("listed"));
        }
    }
    section.rows.sort_by_key(|row| contenders.iter().position(|name| *name == row.name));
    section
}

fn once(ground: &mut Ground, kind: Kind, name: &str) -> Run {
    let place = ground.place(false);
    let (account, port) = (ground.known(kind), ground.server.port());
    let mut command = match name {
        "floor" => ground.floor(account, port, 1, "headers"),
        "floor, two connections" => ground.floor(account, port, 2, "headers"),
        _ => ground.engine(account, port, &place, &["listed"]),
    };
    if name == "Waxwing" {
        command.env("BENCH_HEADERS_ONLY", "yes");
    }
    let run = ground.run(command);
    clear(&place);
    run
}

fn first_screen(ground: &mut Ground, options: &Options) -> Section {
    let count = ground.known(Kind::Large).count;
    let mut section = Section::new(
        COLD,
        format!(
            "{count} mails; what the server had kept of their headers is removed before each run. The floor is a \
             SELECT with QRESYNC; the engine is measured from the start of its process until the first page of INBOX \
             can be read, signing in and adding the account included."
        ),
    );
    let known = ground.known_state(Kind::Large);
    for _ in 0..options.rounds {
        let (account, port) = (ground.known(Kind::Large), ground.server.port());
        ground.cool(account);
        let run = ground.run(ground.floor(account, port, 1, &known.qresync()));
        section.row("floor, QRESYNC").add(&run, None);
        let place = ground.place(false);
        let account = ground.known(Kind::Large);
        ground.cool(account);
        let run = ground.run(ground.engine(account, port, &place, &["screen"]));
        section.row("Waxwing").add(&run, Some("screen"));
        section.row("Waxwing, once added").add_between(&run, "added", "screen");
        clear(&place);
    }
    section
}

/// Everything of the large mailbox, for the cost of each mail and the memory it takes; and pages of its list.
fn cost(ground: &mut Ground, options: &Options) -> Section {
    let account = ground.account(Kind::Large);
    let (count, bytes) = (account.count, account.bytes);
    let mut section = Section::new(COST, format!("{count} mails, {}.", octets(bytes)));
    section.figures.push(("mails", count as f64));
    let rounds = options.rounds.min(3);
    for round in 0..rounds {
        let place = ground.place(false);
        let (account, port) = (ground.known(Kind::Large), ground.server.port());
        let floor = ground.floor(account, port, 1, "bodies");
        let engine: Command = ground.engine(account, port, &place, &["complete"]);
        let again = ground.engine(account, port, &place, &["pages"]);
        let run = ground.run(floor);
        section.row("floor").add(&run, None);
        let run = ground.run(engine);
        assert_eq!(run.rest_of("complete"), count.to_string(), "every mail is here");
        section.row("Waxwing").add(&run, Some("complete"));
        if round + 1 == rounds {
            let run = ground.run(again);
            pages(&run, &mut section);
            let opened: Sample = [run.time_of("screen").as_secs_f64()].into_iter().collect();
            section.lines.push(format!(
                "opened again: first page {} after the start of the process",
                seconds(opened.median())
            ));
        }
        clear(&place);
    }
    section
}

/// What a child said of pages.
pub(super) fn pages(run: &Run, section: &mut Section) {
    let figures: Vec<&str> = run.rest_of("pages").split(' ').collect();
    let [total, first, middle, late] = figures.as_slice() else { panic!("{figures:?}") };
    section.lines.push(format!(
        "pages of 50 rows at {total} mails: the first one {first} µs with the list's order to be read, then at random \
         places {middle} µs (median), {late} µs (99 of 100)"
    ));
    let number = |text: &str| text.parse().expect("a number");
    section.figures.extend([("first page", number(first)), ("random page", number(late))]);
}
