//! The search index: how fast it is made, how large it is, how fast it answers; beside notmuch and mu.

use std::fs;
use std::path::Path;

use super::titles::{BUILD, QUERIES};
use crate::Options;
use crate::figures::Section;
use crate::ground::{Ground, Kind, clear};
use crate::peers;
use crate::report::octets;

/// Words that are in some of the generated mails.
pub(crate) const WORDS: [&str; 4] = ["harbour", "figures", "tide report", "good news office"];

pub(crate) fn build_and_queries(ground: &mut Ground, options: &Options) -> Vec<Section> {
    let account = ground.account(Kind::Small);
    let (count, bytes) = (account.count, account.bytes);
    let mut build =
        Section::new(BUILD, format!("{count} mails, {}, from a Maildir in memory.", octets(bytes)));
    let mut queries = Section::new(
        QUERIES,
        format!(
            "The newest 50 mails with the words: {}. Others are programs that are started for each query.",
            WORDS.join("; ")
        ),
    );
    ours(ground, &mut build);
    if !peers::has("mbsync") {
        build.lines.push("others: not measured, mbsync is missing to give them their Maildir".to_owned());
        return vec![build, queries];
    }
    let place = ground.place(false);
    ground.run(peers::mbsync(&ground.server, ground.known(Kind::Small), ground.server.port(), &place, false));
    let maildir = peers::maildir(&place);
    for peer in [peers::Index::notmuch(&place, &maildir), peers::Index::mu(&place, &maildir)] {
        if !peers::has(peer.name) {
            build.lines.push(format!("{}: not installed", peer.name));
            continue;
        }
        for prepare in peer.prepare() {
            ground.run(prepare);
        }
        let run = ground.run(peer.build());
        build.row(peer.name).add(&run, None);
        let rate = count as f64 / run.wall.as_secs_f64();
        let size = size_of(&peer.directory);
        build.lines.push(format!(
            "{}: {rate:.0} mails a second, index {} ({:.2} of the mail)",
            peer.name,
            octets(size),
            size as f64 / bytes as f64
        ));
        for _ in 0..options.rounds {
            for words in WORDS {
                let run = ground.run(peer.query(words));
                queries.row(peer.name).add(&run, None);
            }
        }
    }
    clear(&place);
    vec![build, queries]
}

/// The engine makes its index of what it fetched, once everything is here.
fn ours(ground: &mut Ground, build: &mut Section) {
    let place = ground.place(false);
    let account = ground.known(Kind::Small);
    let bytes = account.bytes;
    let run = ground.run(ground.engine(account, ground.server.port(), &place, &["indexed"]));
    let figures: Vec<f64> =
        run.rest_of("indexed").split(' ').map(|figure| figure.parse().expect("a figure")).collect();
    let [millis, mails, query] = figures[..] else { panic!("{figures:?}") };
    let rate = mails * 1e3 / millis;
    let size = ["search.db", "search.db-wal"]
        .iter()
        .map(|file| fs::metadata(place.join(file)).map_or(0, |file| file.len()))
        .sum::<u64>();
    let share = size as f64 / bytes as f64;
    build.lines.push(format!(
        "Waxwing: {rate:.0} mails a second of processor time, index {} ({share:.2} of the mail); of its queries 95 of 100 \
         within {query:.0} µs",
        octets(size)
    ));
    build.figures.extend([("seconds for 2,100", 2_100.0 / rate), ("size", share), ("query", query / 1e3)]);
    clear(&place);
}

/// All files in a directory, in bytes.
fn size_of(directory: &Path) -> u64 {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    entries
        .map(|entry| match entry.metadata() {
            Ok(metadata) if metadata.is_dir() => size_of(&entry.path()),
            Ok(metadata) => metadata.len(),
            Err(_) => 0,
        })
        .sum()
}
