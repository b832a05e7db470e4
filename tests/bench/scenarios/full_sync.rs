//! First full sync: every mail, durable.

use std::time::Duration;

use super::{in_turn, titles};
use crate::Options;
use crate::figures::Section;
use crate::ground::{Ground, Kind, clear, settle_disk};
use crate::measure::Run;
use crate::peers;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Contender {
    Floor(usize),
    Engine,
    Mbsync { fsync: bool },
}

impl Contender {
    fn name(self) -> &'static str {
        match self {
            Self::Floor(1) => "floor",
            Self::Floor(_) => "floor, two connections",
            Self::Engine => "Waxwing",
            Self::Mbsync { fsync: false } => "mbsync, FSync no",
            Self::Mbsync { fsync: true } => "mbsync, FSync yes",
        }
    }
}

/// Something that takes longer than this is measured three times only.
const LONG: Duration = Duration::from_secs(20);

pub(crate) fn small(ground: &mut Ground, options: &Options) -> Vec<Section> {
    vec![measured(ground, options, Kind::Small, false, titles::SMALL)]
}

pub(crate) fn small_on_disk(ground: &mut Ground, options: &Options) -> Vec<Section> {
    vec![measured(ground, options, Kind::Small, true, titles::SMALL_DISK)]
}

pub(crate) fn heavy(ground: &mut Ground, options: &Options) -> Vec<Section> {
    vec![measured(ground, options, Kind::Heavy, false, titles::HEAVY)]
}

pub(crate) fn heavy_on_disk(ground: &mut Ground, options: &Options) -> Vec<Section> {
    vec![measured(ground, options, Kind::Heavy, true, titles::HEAVY_DISK)]
}

fn measured(ground: &mut Ground, options: &Options, kind: Kind, on_disk: bool, title: &str) -> Section {
    let account = ground.account(kind);
    let (count, megabytes) = (account.count, account.bytes as f64 / 1e6);
    let mut section = Section::new(
        title,
        format!(
            "{count} mails, {megabytes:.0} MB. The server's mail is in memory. Waxwing is measured from the start of \
             its process until every mail is durable and listed; others until they end."
        ),
    );
    section.figures.push(("mails", count as f64));
    let contenders: Vec<Contender> = [
        Contender::Floor(1),
        Contender::Floor(2),
        Contender::Engine,
        Contender::Mbsync { fsync: false },
        Contender::Mbsync { fsync: true },
    ]
    .into_iter()
    .filter(|contender| !matches!(contender, Contender::Mbsync { .. }) || peers::has("mbsync"))
    .collect();
    for contender in &contenders {
        section.row(contender.name());
    }
    let one = |ground: &mut Ground, contender: Contender| {
        let run = once(ground, kind, contender, on_disk);
        assert_all_came(&run, contender, count);
        run
    };
    if !options.quick {
        // Once for nothing: what the server reads for the first time.
        one(ground, Contender::Floor(1));
        one(ground, Contender::Engine);
    }
    for round in 0..options.rounds {
        for contender in in_turn(&contenders, round).copied() {
            let row = section.row(contender.name());
            if round >= 3 && row.wall.median() > LONG.as_secs_f64() {
                continue;
            }
            let run = one(ground, contender);
            let until = (contender == Contender::Engine).then_some("complete");
            section.row(contender.name()).add(&run, until);
        }
    }
    if !on_disk {
        for contender in contenders {
            section.row(contender.name()).bytes = Some(bytes(ground, kind, contender));
        }
    }
    section
}

fn assert_all_came(run: &Run, contender: Contender, count: usize) {
    if contender == Contender::Engine {
        assert_eq!(run.rest_of("complete"), count.to_string(), "every mail is here");
    }
}

fn once(ground: &mut Ground, kind: Kind, contender: Contender, on_disk: bool) -> Run {
    let place = ground.place(on_disk);
    if on_disk {
        settle_disk();
    }
    ground.account(kind);
    let command = command(ground, kind, contender, ground.server.port(), &place);
    let run = ground.run(command);
    clear(&place);
    run
}

fn bytes(ground: &mut Ground, kind: Kind, contender: Contender) -> u64 {
    let place = ground.place(false);
    ground.account(kind);
    let bytes = ground.count_bytes(|port| command(ground, kind, contender, port, &place));
    clear(&place);
    bytes
}

fn command(
    ground: &Ground,
    kind: Kind,
    contender: Contender,
    port: u16,
    place: &std::path::Path,
) -> std::process::Command {
    let account = ground.known(kind);
    match contender {
        Contender::Floor(connections) => ground.floor(account, port, connections, "bodies"),
        Contender::Engine => ground.engine(account, port, place, &["complete"]),
        Contender::Mbsync { fsync } => peers::mbsync(&ground.server, account, port, place, fsync),
    }
}
