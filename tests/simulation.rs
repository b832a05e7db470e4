//! Random work of two clients on one account, with faults at random commands, crashes and restarts: whatever happens, in
//! the end this device and the server hold the same mails, and none that nobody wanted gone is gone.
//!
//! `WAXWING_SEED=n` plays one run again, `WAXWING_SEEDS=n` that many from `WAXWING_FIRST_SEED` on. A seed fixes the work,
//! the faults and the time they take; the order in which the engine's connections get their turn isn't wholly fixed.

mod ground;
mod judge;
mod play;
mod random;
mod simulated;

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use waxwing_demo::model::Dialect;

use self::ground::{Ground, Real};
use self::play::{Play, Tally};
use self::random::Random;
use self::simulated::Simulated;

/// The servers that runs are played against, each as often as the others.
const DIALECTS: &[(&str, fn() -> Dialect)] = &[
    ("full", Dialect::full),
    ("bare RFC 3501", Dialect::bare_rfc3501),
    ("no MOVE", Dialect::no_move),
    ("no UIDPLUS", Dialect::no_uidplus),
    ("MOVE without COPYUID", || Dialect { copyuid: false, ..Dialect::full() }),
    ("COPY without COPYUID", || Dialect { copyuid: false, ..Dialect::no_move() }),
    ("no UIDNEXT", || Dialect { uidnext_in_select: false, ..Dialect::full() }),
];

fn play<G: Ground>(seed: u64) -> Tally {
    let mut random = Random(seed);
    let (name, dialect) = random.of(DIALECTS);
    Play::<G>::new(seed, (name, dialect()), random).run()
}

/// Plays so many runs on so many threads and names the seeds that failed.
fn play_all(count: u64, threads: usize, play: fn(u64) -> Tally) {
    let variable = |name| std::env::var(name).ok().and_then(|value: String| value.parse::<u64>().ok());
    if let Some(seed) = variable("WAXWING_SEED") {
        println!("{:?}", play(seed));
        return;
    }
    let first = variable("WAXWING_FIRST_SEED").unwrap_or(1);
    let end = first + variable("WAXWING_SEEDS").unwrap_or(count);
    let (next, start) = (AtomicU64::new(first), Instant::now());
    let player = || {
        let (mut tally, mut failed) = (Tally::default(), Vec::new());
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= end {
                return (tally, failed);
            }
            let thread = std::thread::Builder::new().name(format!("seed {seed}"));
            match thread.spawn(move || play(seed)).unwrap().join() {
                Ok(one) => tally += one,
                Err(_) => failed.push(seed),
            }
        }
    };
    let (mut tally, mut failed) = (Tally::default(), Vec::new());
    std::thread::scope(|scope| {
        let players: Vec<_> = (0..threads).map(|_| scope.spawn(player)).collect();
        for (one, those) in players.into_iter().map(|player| player.join().unwrap()) {
            tally += one;
            failed.extend(those);
        }
    });
    println!(
        "simulation: {} runs in {:.1?}, {} failed: {} changes, {} commands, {} restarts and crashes in {:.1} hours of \
         their clocks",
        end - first,
        start.elapsed(),
        failed.len(),
        tally.changes,
        tally.commands,
        tally.stops,
        tally.time.as_secs_f64() / 3600.0
    );
    assert!(failed.is_empty(), "see seeds {failed:?} above; WAXWING_SEED plays one again");
}

#[test]
fn whatever_two_clients_and_a_bad_line_do_mail_is_neither_lost_nor_doubled() {
    play_all(1000, std::thread::available_parallelism().map_or(2, usize::from), play::<Simulated>);
}

/// A few with the engine's own threads and real sockets: what one thread with a clock of its own can't show.
#[test]
fn the_same_holds_over_real_sockets() {
    // A run is mostly waiting.
    play_all(24, 6, play::<Real>);
}
