//! Memory with very large mails, and what the engine does while nothing happens.

use super::in_turn;
use super::titles::{HUGE, IDLE};
use crate::Options;
use crate::figures::Section;
use crate::ground::{Ground, Kind, clear};
use crate::peers;
use crate::report::octets;

pub(crate) fn memory_and_rest(ground: &mut Ground, options: &Options) -> Vec<Section> {
    vec![huge(ground, options), idle(ground, options)]
}

fn huge(ground: &mut Ground, options: &Options) -> Section {
    let account = ground.account(Kind::Huge);
    let note = format!("{} mails, {}: it is about the memory.", account.count, octets(account.bytes));
    let mut section = Section::new(HUGE, note);
    let mut names = vec!["floor", "Waxwing"];
    names.extend(peers::has("mbsync").then_some("mbsync, FSync no"));
    for name in &names {
        section.row(name);
    }
    for round in 0..options.rounds {
        for name in in_turn(&names, round) {
            let place = ground.place(false);
            let (account, port) = (ground.known(Kind::Huge), ground.server.port());
            let command = match *name {
                "floor" => ground.floor(account, port, 1, "bodies"),
                "Waxwing" => ground.engine(account, port, &place, &["complete"]),
                _ => peers::mbsync(&ground.server, account, port, &place, false),
            };
            let run = ground.run(command);
            section.row(name).add(&run, (*name == "Waxwing").then_some("complete"));
            clear(&place);
        }
    }
    section
}

fn idle(ground: &mut Ground, options: &Options) -> Section {
    ground.account(Kind::Small);
    let place = ground.place(false);
    let (account, port) = (ground.known(Kind::Small), ground.server.port());
    let seconds = if options.quick { "5" } else { "30" };
    let run = ground.run(ground.engine(account, port, &place, &["idle", seconds]));
    clear(&place);
    let (spent, of) = run.rest_of("idle").split_once(' ').expect("two figures");
    let (spent, of): (f64, f64) = (spent.parse().expect("ms"), of.parse().expect("s"));
    let percent = spent / of / 10.0;
    let mut section = Section::new(
        IDLE,
        "Connected, in IDLE, everything here and indexed. Processor time is known in steps of 10 ms.",
    );
    section.lines.push(format!("{spent} ms of processor time in {of} s: {percent:.3} %"));
    section.figures.push(("percent", percent));
    section
}
