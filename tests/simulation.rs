//! Random work of two clients on one account, with faults at random commands, crashes and restarts: whatever happens, in
//! the end this device and the server hold the same mails, and none that nobody wanted gone is gone.
//!
//! What must never be broken, and the tests that try to; `repository.rs` sees to it that each exists.
//!
//! | invariant | test |
//! | --- | --- |
//! | I1 an acknowledged change survives kill -9 and a power cut at any write, and ends done or told | `a_power_cut_takes_no_acknowledged_change_with_it`, `a_disk_that_fails_or_is_full_loses_nothing_that_was_acknowledged`, `a_wish_whose_end_could_not_be_written_comes_right_without_a_restart`, `killed_fifty_times_in_the_middle_of_its_work_it_loses_and_doubles_nothing` |
//! | I2 at rest what is kept (mailbox, UID, flags, keywords) is what the server has | `whatever_two_clients_and_a_bad_line_do_mail_is_neither_lost_nor_doubled`, `the_same_holds_over_real_sockets` |
//! | I3 every row of a body points at a good record, and no byte goes before its replacement is durable | `a_power_cut_while_bodies_are_written_leaves_no_row_without_its_bytes`, `a_power_cut_in_the_first_sync_leaves_a_store_that_opens_and_completes`, `one_flipped_bit_is_noticed_wherever_it_is` |
//! | I4 no mail is expunged that no change named; for moves its copy was proved | `foreign_mail_marked_deleted_survives_our_moves_in_every_dialect`, `a_connection_lost_between_copy_and_expunge_leaves_no_twin_and_no_loss`, and every random run |
//! | I5 a move or copy happens exactly once where that can be found out | `a_move_whose_answer_was_lost_happens_exactly_once`, `a_move_that_was_being_sent_at_a_crash_is_probed_and_not_repeated`, and every random run |
//! | I6 a mailbox numbered anew (UIDVALIDITY) loses no row, body or change | `a_renumbered_mailbox_loses_no_mail_no_body_and_no_wish`, `a_power_cut_while_a_mailbox_is_numbered_anew_loses_no_body_and_no_wish`, and every random run |
//! | I7 UIDNEXT and HIGHESTMODSEQ as stored are never ahead of what was read | `a_hole_is_there_until_its_last_range_is_read`, and every random run, after each of its steps |
//! | I8 any bytes from a server: no panic, no hang, bounded memory, no body read as protocol | `any_octets_do_no_harm`, `a_literal_over_the_limit_costs_itself_and_is_never_read_as_lines`, `a_huge_body_passes_through`, `a_million_lines_of_news_are_one_fact_and_alerts_are_few` |
//! | I9 the same bytes in any pieces say the same | `the_cuts_dont_matter` |
//! | I10 who reads again only what was told to have changed sees what there is | `a_slow_listener_loses_detail_and_never_an_answer`, and every random run, at its end |
//! | I11 counters are what a recount gives | every random run, after each of its steps: `whatever_two_clients_and_a_bad_line_do_mail_is_neither_lost_nor_doubled` |
//! | I12 no word of the sign-in before TLS is verified | `a_server_that_proves_nothing_is_told_nothing`, `a_server_that_greets_in_the_open_gets_no_answer` |
//!
//! `WAXWING_SEED=n` plays one run again, `WAXWING_SEEDS=n` that many from `WAXWING_FIRST_SEED` on,
//! `WAXWING_DIALECT=name` against that server alone. A seed fixes the work,
//! the faults and the time they take; the order in which the engine's connections get their turn isn't wholly fixed.

pub(crate) mod ground;
mod judge;
mod mailboxes;
mod other_client;
mod person;
mod play;
pub(crate) mod random;
pub(crate) mod simulated;

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use waxwing_demo::model::Dialect;

use self::ground::{Ground, Real};
use self::play::{Play, Tally};
use self::random::Random;
use self::simulated::Simulated;

/// The servers that runs are played against, each as often as the others: every preset of the model server, and what else
/// is worth it.
fn dialects() -> Vec<(&'static str, Dialect)> {
    let mut all: Vec<_> = Dialect::all().into();
    all.extend([
        ("MOVE without COPYUID", Dialect { copyuid: false, ..Dialect::full() }),
        ("COPY without COPYUID", Dialect { copyuid: false, ..Dialect::no_move() }),
        ("no UIDNEXT", Dialect { uidnext_in_select: false, ..Dialect::full() }),
        ("names of mails without MOVE", Dialect { objectid: true, ..Dialect::no_move() }),
        ("no new keywords", Dialect { no_new_keywords: true, refuses_new_keywords: true, ..Dialect::full() }),
        ("forgotten expunges", Dialect { forgetful_expunges: true, ..Dialect::qresync() }),
    ]);
    all
}

fn play<G: Ground>(seed: u64) -> Tally {
    let mut random = Random(seed);
    let mut dialects = dialects();
    if let Ok(name) = std::env::var("WAXWING_DIALECT") {
        dialects.retain(|(known, _)| *known == name);
    }
    let dialect = random.of(&dialects).clone();
    Play::<G>::new(seed, dialect, random).run()
}

fn variable(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|value| value.parse().ok())
}

/// Plays so many runs on so many threads and names the seeds that failed.
fn play_all(count: u64, threads: usize, play: fn(u64) -> Tally) {
    if let Some(seed) = variable("WAXWING_SEED") {
        println!("{:?}", play(seed));
        return;
    }
    let first = variable("WAXWING_FIRST_SEED").unwrap_or(1);
    let end = first + count;
    let (next, start) = (AtomicU64::new(first), Instant::now());
    let player = || {
        let (mut tally, mut failed) = (Tally::default(), Vec::new());
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= end {
                return (tally, failed);
            }
            if (seed - first) % 10_000 == 9_999 {
                println!(
                    "simulation: {} of {count} runs begun after {:.0?}",
                    seed - first + 1,
                    start.elapsed()
                );
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
    // Of a run's two threads, the engine's and the store's, one waits for the other.
    let threads = 2 * std::thread::available_parallelism().map_or(2, usize::from);
    play_all(variable("WAXWING_SEEDS").unwrap_or(1000), threads, play::<Simulated>);
}

/// A few with the engine's own threads and real sockets: what one thread with a clock of its own can't show.
#[test]
fn the_same_holds_over_real_sockets() {
    // A run is mostly waiting.
    play_all(24, 6, play::<Real>);
}
