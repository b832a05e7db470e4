//! COMPRESS=DEFLATE (RFC 4978) on links of several kinds: is what the engine chooses near the better choice?

use std::time::Duration;

use waxwing_tests::relay::{Relay, Way};

use super::in_turn;
use crate::Options;
use crate::figures::Section;
use crate::ground::{Ground, Kind, clear};
use crate::measure::Run;

/// A link, as the relay makes it.
pub(crate) struct Link {
    pub(crate) name: &'static str,
    /// Bits per second.
    rate: Option<u64>,
    round_trip: Duration,
    /// What is downloaded: little on a slow link.
    kind: Kind,
}

pub(crate) const LINKS: [Link; 5] = [
    Link { name: "10 Mbit/s", rate: Some(10_000_000), round_trip: Duration::ZERO, kind: Kind::Few },
    Link {
        name: "10 Mbit/s, 40 ms",
        rate: Some(10_000_000),
        round_trip: Duration::from_millis(40),
        kind: Kind::Few,
    },
    Link { name: "100 Mbit/s", rate: Some(100_000_000), round_trip: Duration::ZERO, kind: Kind::Few },
    Link {
        name: "100 Mbit/s, 40 ms",
        rate: Some(100_000_000),
        round_trip: Duration::from_millis(40),
        kind: Kind::Few,
    },
    Link { name: "loopback", rate: None, round_trip: Duration::ZERO, kind: Kind::Small },
];

/// What the engine is told; the first is what people get.
const CHOICES: [&str; 3] = ["chosen", "always", "never"];

/// How the titles of the sections begin; the link's name follows.
pub(crate) const TITLE: &str = "COMPRESS";

fn title(link: &str) -> String {
    format!("{TITLE}, {link}")
}

pub(crate) fn by_throughput(ground: &mut Ground, options: &Options) -> Vec<Section> {
    ground.restart_with(&["mail_plugins = zlib", "protocol imap {\n  mail_plugins = zlib imap_zlib\n}"]);
    let sections = LINKS.iter().map(|link| on(ground, options, link)).collect();
    ground.restart_with(&[]);
    sections
}

fn on(ground: &mut Ground, options: &Options, link: &Link) -> Section {
    let count = ground.account(link.kind).count;
    let note =
        format!("First full sync of {count} small mails through a relay. Ratios are to what is chosen.");
    let mut section = Section::new(&title(link.name), note);
    for choice in CHOICES {
        section.row(choice);
    }
    let way = Way { rate: link.rate, delay: link.round_trip / 2, cut_after: None };
    for round in 0..options.rounds.min(3) {
        for choice in in_turn(&CHOICES, round) {
            let relay = Relay::with(ground.server.port(), way, way);
            // The relay itself is slower than loopback.
            let direct = link.rate.is_none() && link.round_trip.is_zero();
            let port = if direct { ground.server.port() } else { relay.port() };
            let run = once(ground, link.kind, port, choice);
            if direct {
                once(ground, link.kind, relay.port(), choice);
            }
            let row = section.row(choice);
            row.add(&run, Some("complete"));
            row.bytes = Some(relay.passed().total());
        }
    }
    section
}

fn once(ground: &mut Ground, kind: Kind, port: u16, choice: &str) -> Run {
    let place = ground.place(false);
    let mut command = ground.engine(ground.known(kind), port, &place, &["complete"]);
    command.env("BENCH_COMPRESSION", choice);
    let run = ground.run(command);
    clear(&place);
    run
}
