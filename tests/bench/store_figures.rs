//! Figures of the store on this machine: `store-figures search [MAILS]` builds a store of generated mail, indexes it and
//! asks it; `store-figures search-small` does it with short mail of few words; `store-figures lists [MAILS]` does the
//! same with headers alone, for lists and conversations; `store-figures people [MAILS]` asks whom mail may go to. With a DIRECTORY after the number the store stays there;
//! `store-figures ask DIRECTORY` asks it again, and `store-figures index DIRECTORY` makes its index anew.
//!
//! Build it with `cargo build --release --workspace --bin store-figures`. It asserts nothing.
#![allow(
    clippy::expect_used,
    clippy::cast_possible_truncation,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program for people at a terminal"
)]

use std::path::Path;
use std::time::{Duration, Instant};

use waxwing_core::mime::{BEGINNING, HeaderFacts, glance, header_facts};
use waxwing_core::model::{
    AccountId, Address, FlagBits, Flags, Instant as Date, ListQuery, MailboxId, Role, SearchScope,
};
use waxwing_core::store::{BodyEvent, NewEmail, Store};
use waxwing_core::sync::threads::{Threads, ties};
use waxwing_tests::generated::Generated;
use waxwing_tests::store::with_inbox;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let argument = |place: usize| arguments.get(place).map(String::as_str);
    let mails = argument(1).and_then(|number| number.parse().ok());
    let passing = tempfile::tempdir().expect("a place for the store");
    let directory = argument(2).map_or(passing.path(), Path::new);
    let kept = || {
        let store = Store::open(Path::new(argument(1).expect("a directory"))).expect("the store");
        let account = store.reader().accounts().expect("accounts").first().expect("an account").id;
        let inbox =
            store.writer().folder_with_role(account, Role::Inbox).ok().flatten().expect("the mailbox");
        (store, account, inbox)
    };
    match argument(0).unwrap_or_default() {
        "search" => search(directory, mails.unwrap_or(33_000), true),
        "search-small" => search(directory, mails.unwrap_or(1_000_000), false),
        "lists" => lists(directory, mails.unwrap_or(1_000_000)),
        "people" => people(directory, mails.unwrap_or(100_000)),
        "ask" => {
            let (store, _, inbox) = kept();
            ask(&store, inbox);
        }
        "index" => {
            let (store, account, _) = kept();
            let directory = Path::new(argument(1).unwrap_or_default());
            for name in ["search.db", "search.db-wal", "search.db-shm"] {
                let _ = std::fs::remove_file(directory.join(name));
            }
            index(&store, account, directory);
        }
        _ => eprintln!(
            "usage: store-figures search|search-small|lists|people [MAILS [DIRECTORY]], or ask|index DIRECTORY"
        ),
    }
    println!("peak memory {} MB", status("VmHWM") >> 10);
}

/// A figure in kB of what this process uses, where the system tells (Linux).
fn status(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with(name)).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|figure| figure.parse().ok()).unwrap_or(0)
}

/// Words with the frequencies of a language: few are in every mail, most in few.
struct Small(u64);

impl Small {
    fn next(&mut self, below: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % below
    }

    fn word(&mut self) -> String {
        // A product of two makes low numbers frequent.
        let rank = self.next(300) * self.next(200) / 3;
        let mut word = String::new();
        let mut left = rank * 7 + 11;
        while left > 0 {
            let letters = ["ba", "ko", "mi", "tu", "re", "sa", "lo", "ne", "di", "pu", "ga", "ve"];
            word.push_str(letters.get(usize::try_from(left % 12).unwrap_or(0)).unwrap_or(&"x"));
            left /= 12;
        }
        word
    }

    fn mail(&mut self, number: usize) -> Vec<u8> {
        let words =
            |small: &mut Self, count: usize| (0..count).map(|_| small.word()).collect::<Vec<_>>().join(" ");
        let (from, subject, text) = (self.word(), words(self, 5), words(self, 60));
        let head = format!(
            "From: {from} <{from}@example.org>\r\nTo: ada@example.org\r\nSubject: {subject}\r\nMessage-ID: <{number}@example.org>\r\n"
        );
        let text = format!("{text} only{number}\r\n");
        match number % 40 {
            7 => format!(
                "{head}Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n{text}--b\r\n\
                 Content-Type: application/pdf; name=plan.pdf\r\nContent-Disposition: attachment\r\n\r\nx\r\n--b--\r\n"
            ),
            _ => format!("{head}\r\n{text}"),
        }
        .into_bytes()
    }
}

/// What few mails have, as people mark theirs: one of 20 is unread, of 500 starred, of 50 and of 5,000 tagged.
fn marks(number: usize) -> Flags {
    let mut bits = if number.is_multiple_of(20) { FlagBits::NONE } else { FlagBits::SEEN };
    if number.is_multiple_of(500) {
        bits = bits.changed(FlagBits::FLAGGED, FlagBits::NONE);
    }
    let named = [("work", 50), ("rare", 5_000), ("$Forwarded", 10)];
    let names = named.into_iter().filter(|(_, one_of)| number % one_of == 3).map(|(name, _)| name.into());
    Flags { bits, keywords: names.collect() }
}

fn search(directory: &Path, count: usize, generated: bool) {
    let (store, account, inbox) = with_inbox(directory);
    let mut bytes = 0;
    let mut uid = 0u32;
    let began = Instant::now();
    let mut take = |batch: &mut Vec<(Vec<u8>, i64, Flags)>| {
        let low = uid + 1;
        let mut emails = Vec::new();
        let mut events = Vec::new();
        for (raw, received, flags) in batch.drain(..) {
            uid += 1;
            bytes += raw.len() as u64;
            emails.push(NewEmail {
                uid,
                flags,
                date: Date(received * 1000),
                size: raw.len() as u64,
                facts: header_facts(&raw),
                ..NewEmail::default()
            });
            let seen = glance(raw.get(..BEGINNING).unwrap_or(&raw), raw.len() <= BEGINNING);
            events.extend([
                BodyEvent::Start(raw.len() as u64),
                BodyEvent::Chunk(raw),
                BodyEvent::Ended(uid, Box::new(seen)),
            ]);
        }
        let mut writer = store.writer();
        let _ = writer.add_emails(inbox, &emails, low, uid).expect("headers");
        writer.take_bodies(inbox, 1, events).expect("bodies");
        let _ = writer.commit_bodies(account, &[]).expect("bodies");
    };
    let mut batch = Vec::new();
    let mut small = Small(88_172_645_463_325_252);
    let mut mails = Generated::mailbox(1, count);
    for number in 0..count {
        if generated {
            let mail = mails.next().expect("as many as asked for");
            let bits = if mail.seen { FlagBits::SEEN } else { FlagBits::NONE };
            let flags = Flags { bits, keywords: Vec::new() };
            batch.push((mail.raw, mail.received.cast_signed(), flags));
        } else {
            batch.push((small.mail(number), 1_000_000_000 + number as i64 * 300, marks(number)));
        }
        if batch.len() == 500 {
            take(&mut batch);
        }
    }
    take(&mut batch);
    println!("{count} mails, {} MB, stored in {:.1} s", bytes >> 20, began.elapsed().as_secs_f64());

    index(&store, account, directory);
    ask(&store, inbox);
}

fn index(store: &Store, account: AccountId, directory: &Path) {
    let before = status("VmRSS");
    let (began, cpu) = (Instant::now(), processor_seconds());
    let search = store.search();
    let mut most = 0;
    while search.index_some(1_000).expect("the index") > 0 {
        most = most.max(status("VmRSS"));
    }
    let took = began.elapsed().as_secs_f64();
    let size: u64 = ["search.db", "search.db-wal"]
        .iter()
        .filter_map(|name| std::fs::metadata(directory.join(name)).ok())
        .map(|file| file.len())
        .sum();
    let cpu = processor_seconds() - cpu;
    let (count, _) = store.reader().search_coverage(account).expect("the coverage");
    let bytes: u64 = std::fs::read_dir(directory.join("packs").join(account.0.to_string()))
        .expect("packs")
        .filter_map(|file| file.ok()?.metadata().ok())
        .map(|file| file.len())
        .sum();
    println!(
        "indexed in {took:.1} s ({cpu:.1} s of processor time): {:.0} mails/s ({:.0}), {:.1} MB/s; index {} MB = {:.2} of the packs",
        count as f64 / took,
        count as f64 / cpu,
        bytes as f64 / took / 1e6,
        size >> 20,
        size as f64 / bytes.max(1) as f64
    );
    let (indexed, total) = store.reader().search_coverage(account).expect("the coverage");
    println!("coverage {indexed} of {total}; memory grew by {} kB", most.saturating_sub(before));
}

/// Queries made of the words that are there, as a person would type them.
fn ask(store: &Store, inbox: MailboxId) {
    let reader = store.reader();
    let total = reader.page(ListQuery::Mailbox(inbox), 0, 1).expect("a page").total;
    let mut words = Vec::new();
    for place in 0..200 {
        let page = reader.page(ListQuery::Mailbox(inbox), place * total / 200, 1).expect("a page");
        for row in page.rows {
            words.extend(
                row.preview
                    .split_whitespace()
                    .chain(row.subject.split_whitespace())
                    .map(str::to_owned)
                    .take(12),
            );
        }
    }
    let word = |number: usize| words.get(number * 7_919 % words.len().max(1)).map_or("", String::as_str);
    let mut all = Vec::new();
    type Make<'a> = Box<dyn Fn(usize) -> String + 'a>;
    let kinds: [(&str, Make<'_>); 24] = [
        ("a word", Box::new(|number| format!("{} ", word(number)))),
        ("a word being typed", Box::new(|number| word(number).to_owned())),
        ("2 letters", Box::new(|number| word(number).chars().take(2).collect())),
        ("3 letters", Box::new(|number| word(number).chars().take(3).collect())),
        ("4 letters", Box::new(|number| word(number).chars().take(4).collect())),
        ("two words", Box::new(|number| format!("{} {} ", word(number), word(number + 1)))),
        (
            "a phrase",
            Box::new(|number| {
                let place = number * 7_919 % words.len().max(2);
                format!("\"{}\"", words.get(place..place + 2).unwrap_or_default().join(" "))
            }),
        ),
        ("one of two", Box::new(|number| format!("{} OR {} ", word(number), word(number + 1)))),
        ("one without the other", Box::new(|number| format!("{} -{} ", word(number), word(number + 1)))),
        (
            "from: and is:unread",
            Box::new(|number| format!("{} from:{} is:unread ", word(number), word(number + 3))),
        ),
        ("unread with a word", Box::new(|number| format!("{} is:unread ", word(number)))),
        ("starred with a word", Box::new(|number| format!("{} is:starred ", word(number)))),
        ("an attachment, a word", Box::new(|number| format!("{} has:attachment ", word(number)))),
        (
            "old with a word",
            Box::new(|number| format!("{} before:200{}-01-01 ", word(number), 2 + number % 8)),
        ),
        ("without a word", Box::new(|number| format!("-{} ", word(number)))),
        ("starred or a word", Box::new(|number| format!("is:starred OR {} ", word(number)))),
        ("unread or a word", Box::new(|number| format!("is:unread OR {} ", word(number)))),
        ("starred or rare words", Box::new(|number| format!("is:starred OR only{} ", number * 991))),
        ("a tag nobody has", Box::new(|number| format!("{} tag:important ", word(number)))),
        ("a tag few have", Box::new(|number| format!("{} tag:rare ", word(number)))),
        ("a tag of one in 50", Box::new(|number| format!("{} tag:work ", word(number)))),
        ("a tag of few alone", Box::new(|_| "tag:rare".to_owned())),
        ("a tag of many alone", Box::new(|_| "tag:forwarded".to_owned())),
        ("large", Box::new(|number| format!("larger:{}k ", number * 10))),
    ];
    for (name, make) in kinds {
        let mut times = Vec::new();
        let mut found = 0;
        for number in 0..100 {
            let query = make(number);
            // The best of three: what else the machine does isn't meant.
            let best = (0..3).map(|_| {
                let began = Instant::now();
                let answer = reader.search(&query, SearchScope::Everywhere, 0, 50).expect("an answer");
                found += usize::from(answer.total > 0);
                began.elapsed()
            });
            times.extend(best.min());
        }
        all.extend(times.iter().copied());
        println!("{name:22} {} ({} of 100 find something)", spread(times), found / 3);
    }
    println!("{:22} {}", "all queries", spread(all));
    let timed = |work: &dyn Fn(usize)| {
        let times = (0..100).map(|number| {
            let began = Instant::now();
            work(number);
            began.elapsed()
        });
        spread(times.collect())
    };
    // What the window asks at each letter.
    let window = timed(&|number| {
        let _ = reader.search(word(number), SearchScope::Inboxes, 0, 300).expect("an answer");
    });
    println!("{:22} {window}", "300 rows of an inbox");
    let coverage = timed(&|_| {
        let _ = reader.coverage(SearchScope::Everywhere).expect("the coverage");
    });
    println!("{:22} {coverage}", "how far it goes");
}

/// What this process has used, where the system tells (Linux).
fn processor_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(") ").next().unwrap_or_default().split(' ').collect();
    let ticks = |place: usize| fields.get(place).and_then(|field| field.parse::<f64>().ok()).unwrap_or(0.0);
    (ticks(11) + ticks(12)) / 100.0
}

fn spread(mut times: Vec<Duration>) -> String {
    times.sort_unstable();
    let at = |part: f64| {
        let place = ((times.len() as f64 * part) as usize).min(times.len().saturating_sub(1));
        times.get(place).map_or(0.0, |time| time.as_secs_f64() * 1e3)
    };
    format!(
        "median {:.2} ms, p95 {:.2} ms, p99 {:.2} ms, longest {:.2} ms",
        at(0.5),
        at(0.95),
        at(0.99),
        at(1.0)
    )
}

/// Mail from a third as many people as there are mails, one in ten of them to some of those.
fn people(directory: &Path, count: usize) {
    let (store, _, inbox) = with_inbox(directory);
    let mut small = Small(88_172_645_463_325_252);
    let mut known: Vec<(String, String)> = Vec::new();
    for number in 0..(count / 3).max(1) {
        let (given, family) = (small.word(), small.word());
        known.push((
            format!("{given} {family}"),
            format!("{given}.{family}{number}@{}.example", small.word()),
        ));
    }
    let address = |number: u64| {
        let (name, address) = known.get(number as usize).cloned().unwrap_or_default();
        Address { name, address }
    };
    let began = Instant::now();
    for low in (1..=count).step_by(500) {
        let high = (low + 499).min(count);
        let emails: Vec<NewEmail> = (low..=high)
            .map(|number| {
                let is_own = number % 10 == 0;
                let own = Address { name: "Ada".into(), address: "ada@example.org".into() };
                let other = address(small.next(known.len() as u64));
                // Few get much.
                let to = (0..3).map(|_| address(small.next(1 + known.len() as u64 / 20))).collect();
                let facts = HeaderFacts {
                    from: if is_own { own } else { other },
                    recipients: if is_own { to } else { Vec::new() },
                    subject: format!("mail {number}"),
                    message_id: Some(format!("{number}@example.org")),
                    ..HeaderFacts::default()
                };
                let date = Date(1_500_000_000_000 + number as i64 * 2_000_000);
                NewEmail { uid: number as u32, date, size: 9, facts, ..NewEmail::default() }
            })
            .collect();
        let _ = store.writer().add_emails(inbox, &emails, low as u32, high as u32).expect("headers");
    }
    println!("{count} mails listed in {:.1} s", began.elapsed().as_secs_f64());
    let reader = store.reader();
    let before = status("VmRSS");
    let mut all = Vec::new();
    for letters in [0, 1, 2, 3, 4, 6] {
        let (mut times, mut found) = (Vec::new(), 0);
        for number in 0..200 {
            let (name, address) = known.get(number * 7_919 % known.len()).cloned().unwrap_or_default();
            let text = if number % 2 == 0 { name } else { address };
            let prefix: String = text.chars().take(letters).collect();
            let began = Instant::now();
            found += reader.complete(&prefix, 8).expect("people").len();
            times.push(began.elapsed());
        }
        all.extend(times.iter().copied());
        println!("{letters} letters              {} ({found} found)", spread(times));
    }
    let times = (0..200).map(|number| {
        let began = Instant::now();
        let _ = reader.complete(&format!("ba ko{number}zz"), 8).expect("people");
        began.elapsed()
    });
    println!("nobody                 {}", spread(times.collect()));
    println!(
        "all                    {}; memory grew by {} kB",
        spread(all),
        status("VmRSS").saturating_sub(before)
    );
}

fn lists(directory: &Path, count: usize) {
    let facts = |number: usize| {
        let references = if number.is_multiple_of(3) {
            vec![]
        } else {
            vec![format!("{}@example.org", number - number % 3)]
        };
        HeaderFacts {
            subject: format!("mail {number}"),
            message_id: Some(format!("{number}@example.org")),
            references,
            ..HeaderFacts::default()
        }
    };
    let all: Vec<HeaderFacts> = (0..count).map(facts).collect();
    let began = Instant::now();
    let mut threads = Threads::default();
    for facts in &all {
        threads.add(&ties(facts.message_id.as_deref(), &facts.references, None));
    }
    let threads = threads.finish();
    println!("conversations of {} mails at once: {:.2} s", threads.len(), began.elapsed().as_secs_f64());

    let (store, _, inbox) = with_inbox(directory);
    let mut spans = Vec::new();
    for (batch, chunk) in all.chunks(500).enumerate() {
        // Newest first, as a sync does it.
        let base = count - batch * 500 - chunk.len();
        let emails: Vec<NewEmail> = (1..)
            .zip(chunk)
            .map(|(place, facts)| NewEmail {
                uid: u32::try_from(base + place).unwrap_or(u32::MAX),
                date: Date((base + place) as i64 * 300_000),
                size: 9,
                facts: facts.clone(),
                ..NewEmail::default()
            })
            .collect();
        let began = Instant::now();
        let (low, high) =
            (u32::try_from(base + 1).unwrap_or(1), u32::try_from(base + chunk.len()).unwrap_or(1));
        let _ = store.writer().add_emails(inbox, &emails, low, high).expect("headers");
        spans.push(began.elapsed());
    }
    let each = |spans: &[Duration]| {
        spans.iter().sum::<Duration>().as_secs_f64() * 1e6 / (spans.len() as f64 * 500.0)
    };
    println!(
        "added one by one: {:.0} µs a mail of the first 10,000, {:.0} µs of those before 100,000; by tenths of all: {}",
        each(spans.get(..20).unwrap_or_default()),
        each(spans.get(180..200).unwrap_or_default()),
        spans
            .chunks((spans.len() / 10).max(1))
            .map(|spans| format!("{:.0}", each(spans)))
            .collect::<Vec<_>>()
            .join(" ")
    );
    drop(store);

    let began = Instant::now();
    let store = Store::open(directory).expect("the store");
    let reader = store.reader();
    let page = reader.page(ListQuery::Mailbox(inbox), 0, 50).expect("a page");
    println!("reopened to the first page of {}: {:.2} ms", page.total, began.elapsed().as_secs_f64() * 1e3);
    for (name, query) in [
        ("mailbox", ListQuery::Mailbox(inbox)),
        ("all inboxes", ListQuery::AllInboxes),
        ("starred", ListQuery::Starred),
        ("conversations", ListQuery::Conversations(inbox)),
    ] {
        let page = |first| {
            let began = Instant::now();
            let page = reader.page(query, first, 50).expect("a page");
            (page, began.elapsed())
        };
        let firsts = (0..50).map(|_| page(0).1).collect();
        println!("{name}: first page {}", spread(firsts));
        let (deep, took) = page(count / 7);
        println!("{name}: the first page further down {:.1} ms", took.as_secs_f64() * 1e3);
        let deeper = (1..100).map(|number| page(number * 7_919_317 % deep.total.max(1)).1).collect();
        println!("{name}: any page {}", spread(deeper));
        let mut times = Vec::new();
        for number in 0..50u32 {
            let uid = u32::try_from(count).unwrap_or(0) + 1 + number;
            let date = Date(i64::from(uid) * 300_000);
            let email = NewEmail {
                uid: uid + 1_000 * u32::from(name.len() as u8),
                date,
                size: 9,
                ..NewEmail::default()
            };
            let _ = store.writer().add_emails(inbox, &[email], 0, 0).expect("a mail");
            times.push(page(count / 7).1);
        }
        println!("{name}: a page after each new mail {}", spread(times));
    }
}
