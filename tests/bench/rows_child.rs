//! A list of a million mails: made in the store without a server, then opened and read as after a restart.
//!
//! `waxwing-bench rows make DIRECTORY COUNT` and `waxwing-bench rows read DIRECTORY`.

use std::path::Path;
use std::time::{Duration, Instant};

use waxwing_core::mime::HeaderFacts;
use waxwing_core::model::{Address, ListQuery};
use waxwing_core::store::{NewEmail, Store};
use waxwing_core::{Reader, model};
use waxwing_tests::store::with_inbox;

use crate::measure::{end_with_parent, say};

/// Rows of a page, as a large window shows.
const SCREEN: usize = 50;
/// Mails of one transaction.
const BATCH: u32 = 10_000;

pub(crate) fn main(arguments: &[String]) {
    end_with_parent();
    match arguments {
        [what, directory, count] if what == "make" => {
            make(Path::new(directory), count.parse().expect("a number"));
        }
        [what, directory] if what == "read" => read(Path::new(directory)),
        _ => panic!("make DIRECTORY COUNT | read DIRECTORY"),
    }
}

fn make(directory: &Path, count: u32) {
    let (store, _, folder) = with_inbox(directory);
    let mut writer = store.writer();
    writer.extend_folder(folder, 1, count + 1).expect("its UIDs");
    for low in (1..=count).step_by(BATCH as usize) {
        let high = count.min(low + BATCH - 1);
        let emails: Vec<NewEmail> = (low..=high).map(email).collect();
        let _ = writer.add_emails(folder, &emails, low, high).expect("mails");
    }
    say("made", "");
}

fn email(uid: u32) -> NewEmail {
    let facts = HeaderFacts {
        from: Address {
            name: format!("Person {}", uid % 997),
            address: format!("p{}@field.example", uid % 997),
        },
        subject: format!("About the {} minutes of the meeting", uid % 7919),
        message_id: Some(format!("{uid}@field.example")),
        ..HeaderFacts::default()
    };
    let date = model::Instant(1_500_000_000_000 + i64::from(uid) * 60_000);
    NewEmail { uid, date, size: 8000, facts, ..NewEmail::default() }
}

fn read(directory: &Path) {
    let start = Instant::now();
    let store = Store::open(directory).expect("the store opens");
    let reader = store.reader();
    let opened = start.elapsed();
    reader.page(ListQuery::AllInboxes, 0, SCREEN).expect("a page");
    let shown = start.elapsed();
    say("shown", &format!("{} {}", opened.as_micros(), shown.as_micros()));
    pages(&reader);
}

/// How long a page takes: the first one, and those at random places.
pub(crate) fn pages(reader: &Reader) {
    let query = ListQuery::AllInboxes;
    let first = Instant::now();
    let total = reader.page(query, 0, SCREEN).expect("a page").total;
    let first = first.elapsed();
    let mut times: Vec<Duration> = (0..1000_u64)
        .map(|number| {
            // Spread over the whole list, each far from the one before.
            let place = (number * 0x9E37_79B9 % total.max(1) as u64) as usize;
            let start = Instant::now();
            reader.page(query, place, SCREEN).expect("a page");
            start.elapsed()
        })
        .collect();
    times.sort();
    let micros = |place: usize| times[place].as_micros();
    say("pages", &format!("{total} {} {} {}", first.as_micros(), micros(500), micros(990)));
}
