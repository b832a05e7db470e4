//! A mailbox that is here already: opened again with nothing changed, and after what another client did.

use std::path::{Path, PathBuf};
use std::process::Command;

use waxwing_tests::relay::Relay;

use super::in_turn;
use super::titles::{DELTA, SAME, SAME_POOR};
use crate::Options;
use crate::figures::Section;
use crate::ground::{Ground, Kind, clear};
use crate::report::octets;
use crate::{mails, peers};

/// Of the changes made by the other client.
const FLAGS: usize = 100;
const NEW: usize = 10;

/// Everything here, in the stores of those who are measured.
struct Stores {
    engine: PathBuf,
    /// One more of the engine's, which knows its server by the relay's port: an account keeps its port.
    counted: PathBuf,
    relay: Relay,
    mbsync: Option<PathBuf>,
    mbsync_fsync: Option<PathBuf>,
}

impl Stores {
    fn filled(ground: &mut Ground) -> Self {
        ground.account(Kind::Small);
        let has_mbsync = peers::has("mbsync");
        let port = ground.server.port();
        let mut place = || ground.place(false);
        let stores = Self {
            engine: place(),
            counted: place(),
            mbsync: has_mbsync.then(&mut place),
            mbsync_fsync: has_mbsync.then(&mut place),
            relay: Relay::start(port),
        };
        stores.count_engine(ground);
        for name in stores.contenders(false) {
            if let Some(command) = stores.command(ground, name, ground.server.port(), "") {
                ground.run(command);
            }
        }
        stores
    }

    fn contenders(&self, with_fsync: bool) -> Vec<&'static str> {
        let mut names = vec!["floor, QRESYNC", "Waxwing"];
        if self.mbsync.is_some() {
            names.push("mbsync, FSync no");
        }
        if self.mbsync_fsync.is_some() && with_fsync {
            names.push("mbsync, FSync yes");
        }
        names
    }

    /// `floor` is what the floor asks for; without it there is no floor.
    fn command(&self, ground: &Ground, name: &str, port: u16, floor: &str) -> Option<Command> {
        let account = ground.known(Kind::Small);
        let mbsync =
            |place: &Path, fsync: bool| Some(peers::mbsync(&ground.server, account, port, place, fsync));
        match name {
            "Waxwing" => Some(ground.engine(account, port, &self.engine, &["complete"])),
            "mbsync, FSync no" => mbsync(self.mbsync.as_ref()?, false),
            "mbsync, FSync yes" => mbsync(self.mbsync_fsync.as_ref()?, true),
            _ if floor.is_empty() => None,
            _ => Some(ground.floor(account, port, 1, floor)),
        }
    }

    /// What it takes to bring a store that is read through the relay in step: bytes and connections.
    fn count_engine(&self, ground: &Ground) -> (u64, u64) {
        let (before, connections) = (self.relay.passed().total(), self.relay.connections());
        let account = ground.known(Kind::Small);
        ground.run(ground.engine(account, self.relay.port(), &self.counted, &["complete"]));
        (self.relay.passed().total() - before, self.relay.connections() - connections)
    }

    /// Counts what each contender sends and receives to be in step.
    fn count(&self, ground: &Ground, names: &[&str], floor: &str, section: &mut Section) {
        for name in names {
            let bytes = if *name == "Waxwing" {
                let (bytes, connections) = self.count_engine(ground);
                section.lines.push(format!("Waxwing made {connections} connections"));
                bytes
            } else {
                ground.count_bytes(|port| self.command(ground, name, port, floor).expect("a command"))
            };
            section.row(label(name, floor)).bytes = Some(bytes);
        }
        let account = ground.known(Kind::Small);
        let bytes = ground.count_bytes(|port| ground.floor(account, port, 1, "nothing"));
        section.lines.push(format!("a connection that signs in and does nothing else: {}", octets(bytes)));
    }

    fn clear(&self) {
        let all = [Some(&self.engine), Some(&self.counted), self.mbsync.as_ref(), self.mbsync_fsync.as_ref()];
        all.into_iter().flatten().for_each(|place| clear(place));
    }
}

const NOTE: &str = "From the start of the process until everything is in step; \"store open\" is without the start of \
                    the process and the opening of the store.";

pub(crate) fn nothing_changed(ground: &mut Ground, options: &Options) -> Vec<Section> {
    let stores = Stores::filled(ground);
    let count = ground.known(Kind::Small).count;
    let rich = Section::new(SAME, format!("{count} mails. {NOTE}"));
    let known = ground.known_state(Kind::Small).qresync();
    let rich = same(ground, options, &stores, rich, &known);
    ground.restart_with(&[
        "imap_capability = IMAP4rev1 LITERAL+ SASL-IR IDLE UIDPLUS MOVE LIST-STATUS ESEARCH",
    ]);
    let poor = Section::new(SAME_POOR, format!("{count} mails. The floor reads all UIDs and flags. {NOTE}"));
    let poor = same(ground, options, &stores, poor, "flags");
    ground.restart_with(&[]);
    stores.clear();
    vec![rich, poor]
}

fn same(ground: &Ground, options: &Options, stores: &Stores, mut section: Section, floor: &str) -> Section {
    let names = stores.contenders(false);
    let port = ground.server.port();
    for name in &names {
        section.row(label(name, floor));
        if *name == "Waxwing" {
            section.row("Waxwing, store open");
        }
    }
    for round in 0..=options.rounds {
        for name in in_turn(&names, round) {
            let command = stores.command(ground, name, port, floor).expect("a command");
            let run = ground.run(command);
            if round == 0 {
                // Once for nothing: a server that was just started.
                continue;
            }
            section.row(label(name, floor)).add(&run, (*name == "Waxwing").then_some("complete"));
            if *name == "Waxwing" {
                section.row("Waxwing, store open").add_between(&run, "open", "complete");
            }
        }
    }
    stores.count(ground, &names, floor, &mut section);
    section
}

/// What the contender is called: the floor isn't the same for every server.
fn label<'a>(name: &'a str, floor: &str) -> &'a str {
    if floor == "flags" && name.starts_with("floor") { "floor" } else { name }
}

pub(crate) fn delta(ground: &mut Ground, options: &Options) -> Vec<Section> {
    let stores = Stores::filled(ground);
    if let Some(place) = &stores.mbsync_fsync {
        let command =
            peers::mbsync(&ground.server, ground.known(Kind::Small), ground.server.port(), place, false);
        ground.run(command);
    }
    let count = ground.known(Kind::Small).count;
    let mut section = Section::new(
        DELTA,
        format!(
            "{count} mails; made by a second client while nobody else was there. The floor knows from QRESYNC what \
             changed and reads the new mails. {NOTE}"
        ),
    );
    let names = stores.contenders(true);
    for name in &names {
        section.row(name);
        if *name == "Waxwing" {
            section.row("Waxwing, store open");
        }
    }
    for round in 0..options.rounds {
        let floor = change(ground, round);
        for name in in_turn(&names, round) {
            let command = stores.command(ground, name, ground.server.port(), &floor).expect("a command");
            let run = ground.run(command);
            if *name == "Waxwing" {
                assert_eq!(run.rest_of("complete"), count.to_string(), "as many came as went");
                section.row("Waxwing, store open").add_between(&run, "open", "complete");
            }
            section.row(name).add(&run, (*name == "Waxwing").then_some("complete"));
        }
    }
    stores.count_engine(ground);
    let floor = change(ground, options.rounds);
    stores.count(ground, &names, &floor, &mut section);
    stores.clear();
    vec![section]
}

/// Makes the changes, and gives what the floor asks for afterwards.
fn change(ground: &Ground, round: usize) -> String {
    let before = ground.known_state(Kind::Small);
    let account = ground.known(Kind::Small);
    let mut client = ground.second_client(&account.user);
    client.select("INBOX").expect("SELECT");
    let flags = client.flags().expect("FETCH");
    let uids: Vec<u32> = flags.keys().copied().collect();
    // Other mails in each round, from all over the mailbox.
    let spread = |count: usize, offset: usize| -> Vec<u32> {
        let step = uids.len() / count;
        (0..count).map(|place| uids[place * step + offset]).collect()
    };
    let (plain, starred): (Vec<u32>, Vec<u32>) = spread(FLAGS, 2 * round)
        .into_iter()
        .partition(|uid| !flags[uid].iter().any(|flag| flag == "\\Flagged"));
    for (some, how) in [(plain, "+FLAGS"), (starred, "-FLAGS")] {
        if !some.is_empty() {
            client.store(&some, how, "\\Flagged").expect("STORE");
        }
    }
    client.expunge(&spread(NEW, 2 * round + 1)).expect("EXPUNGE");
    for number in 0..NEW {
        client.append("INBOX", "", None, &mails::fresh(round * NEW + number)).expect("APPEND");
    }
    format!("{}:{}", before.qresync(), before.uid_next)
}
