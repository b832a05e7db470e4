//! The store of drafts on a disk that forgets what was not synced, killed before any of its writes: what was acknowledged is
//! there, to the last octet, and nothing is there that was never written.
//!
//! `WAXWING_DRAFT_SEEDS=n` plays so many seeds; 200 without it.

use std::process::{Command as Program, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};

use waxwing_core::model::AccountId;
use waxwing_core::store::Store;
use waxwing_tests::engine::once_unlocked;
use waxwing_tests::forgetful::{Fate, ForgetfulDisk};
use waxwing_tests::repository::binary;
use waxwing_tests::store;
use waxwing_tests::typing::{self, STEPS};

/// A store with an account and nothing written; it holds `data`.
fn prepared() -> (tempfile::TempDir, AccountId) {
    let home = tempfile::Builder::new().prefix("waxwing-drafts-").tempdir_in(memory()).unwrap();
    let (_, account, _) = store::with_inbox(&home.path().join("data"));
    (home, account)
}

fn memory() -> std::path::PathBuf {
    let memory = std::path::PathBuf::from("/dev/shm");
    if memory.is_dir() { memory } else { std::env::temp_dir() }
}

/// What is to be there before the first step and after each.
fn expected(seed: u64) -> Vec<String> {
    let (home, account) = prepared();
    let store = Store::open(&home.path().join("data")).unwrap();
    let mut states = vec![typing::state(&store.reader())];
    typing::write(&store, account, seed, |_| states.push(typing::state(&store.reader())));
    states
}

/// Plays a seed on a disk with that fate; gives what was acknowledged, in steps.
fn play(seed: u64, account: AccountId, disk: &ForgetfulDisk, fate: Fate) -> u64 {
    let mut child = Program::new(binary("crash-child"));
    child.arg("write-drafts").arg(disk.live().join("data")).arg(account.0.to_string()).arg(seed.to_string());
    disk.under(&mut child, fate);
    let output = child.stdin(Stdio::null()).stderr(Stdio::inherit()).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    said.lines().last().map_or(0, |line| line.parse().unwrap())
}

/// Whether it was killed in the midst of it.
fn kill_once(seed: u64, calls: u64) -> bool {
    let (home, account) = prepared();
    let disk = ForgetfulDisk::holding(&home.path().join("data"));
    let at = 1 + seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) % calls;
    let acknowledged = play(seed, account, &disk, Fate::KilledAt(at));
    let survivors = (!seed.is_multiple_of(3)).then_some(seed);
    disk.crash(survivors);
    let store = once_unlocked(|| Store::open(&disk.live().join("data")));
    let store = store.unwrap_or_else(|error| panic!("seed {seed}: it doesn't open: {error:?}"));
    let (found, expected) = (typing::state(&store.reader()), expected(seed));
    let done = usize::try_from(acknowledged).unwrap();
    // What was under way may have been done.
    let may_be = expected.get(done..).unwrap().iter().take(2);
    assert!(
        may_be.clone().any(|state| *state == found),
        "seed {seed}, killed at call {at}, survivors {survivors:?}: {done} steps were acknowledged; there is\n{found}\n\
         and should be\n{}",
        expected[done]
    );
    acknowledged < STEPS
}

#[test]
fn a_power_cut_at_any_write_takes_nothing_of_a_draft_that_was_acknowledged() {
    let seeds: u64 = std::env::var("WAXWING_DRAFT_SEEDS").ok().map_or(200, |count| count.parse().unwrap());
    let calls = {
        let (home, account) = prepared();
        let disk = ForgetfulDisk::holding(&home.path().join("data"));
        assert_eq!(play(1, account, &disk, Fate::Lives), STEPS);
        disk.calls()
    };
    let (next, killed) = (AtomicU64::new(0), AtomicU64::new(0));
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(2, usize::from).min(8) {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= seeds {
                        return;
                    }
                    killed.fetch_add(u64::from(kill_once(seed, calls)), Ordering::Relaxed);
                }
            });
        }
    });
    let killed = killed.into_inner();
    println!("{killed} of {seeds} were killed while they wrote; a run has {calls} calls");
    assert!(killed * 2 > seeds, "only {killed} of {seeds} were killed while they wrote");
}
