//! Large mails: shown without their large files, which come one by one when somebody wants them.

use std::path::Path;
use std::time::Duration;

use waxwing_core::imap::ops::Structure;
use waxwing_core::mime::{self, Wanted};
use waxwing_core::model::{AccountId, BodyState, EmailId, Keep, ListQuery, MailboxId, Role};
use waxwing_core::store::PartState;
use waxwing_core::sync::excerpt::{Limits, Next, Reading};
use waxwing_core::wire::reader::{self, Response};
use waxwing_core::{Command, Done, ErrorKind, Event, Reader};
use waxwing_demo::model::{Connection, Dialect, Fault, Flags, Mailstore, Rule, Verb};
use waxwing_demo::serve::Server;
use waxwing_tests::engine::EngineRun;
use waxwing_tests::large::{FILM, SCAN, base64, content, mail, nested};
use waxwing_tests::model::{PASSWORD, USER, serve};

const NOW: i64 = 1_783_418_400_000;
const SECOND: Duration = Duration::from_secs(1);

struct Ground {
    run: EngineRun,
    server: Server,
    account: AccountId,
    inbox: MailboxId,
}

/// An account that fetches no body unasked, with these mails in INBOX.
fn ground(dialect: Dialect, mails: &[Vec<u8>]) -> Ground {
    let mut mailstore = Mailstore::new();
    mailstore.add_account(USER);
    let (server, login) = serve(mailstore, dialect);
    let (run, account) = EngineRun::with_account(&login);
    run.run(Command::SetKeep { account, mailbox: None, keep: Keep::Headers }).unwrap();
    run.run(Command::SyncAccount { account }).unwrap();
    let ground = Ground { inbox: run.role(account, Role::Inbox), run, server, account };
    for raw in mails {
        ground.deliver(raw.clone());
    }
    ground.run.run(Command::SyncAccount { account }).unwrap();
    ground
}

impl Ground {
    fn deliver(&self, raw: Vec<u8>) {
        self.server.store().with(|store| {
            store.mailbox_mut(USER, "INBOX").unwrap().append(raw, Flags::none(), NOW);
        });
    }

    fn emails(&self) -> Vec<EmailId> {
        self.run.reader().ids(ListQuery::Mailbox(self.inbox)).unwrap()
    }

    fn reader(&self) -> Reader {
        self.run.reader()
    }

    fn fault(&self, rule: Rule) {
        self.server.store().with(|store| store.faults.add(rule));
    }

    /// The FETCH commands since `from`.
    fn fetches(&self, from: usize) -> Vec<String> {
        self.server.store().with(|store| {
            store
                .journal
                .lines_of(Verb::Fetch)
                .map(str::to_owned)
                .skip(from)
                .filter(|line| line.contains("BODY"))
                .collect()
        })
    }

    fn commands(&self) -> usize {
        self.server.store().with(|store| store.journal.lines_of(Verb::Fetch).count())
    }

    fn fetch_part(&self, email: EmailId, part: u32) -> Result<Done, waxwing_core::Error> {
        self.run.run(Command::FetchPart { email, part })
    }

    /// The content of a file of `mail`, where it is here.
    fn part(&self, email: EmailId, part: u32) -> Option<Vec<u8>> {
        self.reader().readable(email).unwrap().part(part)
    }

    /// Waits until a file has come as far as that many pieces, and goes on no further by itself.
    fn progress(&self, ticket: waxwing_core::Ticket, least: u64) -> (u64, u64) {
        let wanted = |event: &Event| matches!(event, Event::PartProgress { ticket: its, done, .. } if *its == ticket && *done >= least);
        match self.run.wait_for("progress", wanted) {
            Event::PartProgress { done, total, .. } => (done, total),
            other => panic!("{other:?}"),
        }
    }
}

fn kind(outcome: Result<Done, waxwing_core::Error>) -> ErrorKind {
    outcome.unwrap_err().kind()
}

#[test]
fn a_large_mail_is_shown_without_its_large_files_and_they_come_one_by_one() {
    let ground = ground(Dialect::full(), &[mail("holiday")]);
    let email = ground.emails()[0];
    ground.run.run(Command::FetchBody { email }).unwrap();
    let read = ground.reader().readable(email).unwrap();
    assert!(read.octets.len() < 20_000, "{}", read.octets.len());
    let opened = mime::open_excerpt(&read.octets, &read.left_out, Wanted::default());
    let whole = mime::parse(&mail("holiday"));
    assert_eq!(opened.email.text, whole.text);
    assert_eq!(ground.reader().email(email).unwrap().body, BodyState::Here);
    let names = |files: &[waxwing_core::model::Attachment]| -> Vec<String> {
        files.iter().map(|file| file.name.clone()).collect()
    };
    assert_eq!(names(&opened.email.attachments), names(&whole.attachments));
    let missing: Vec<bool> = opened.parts.iter().map(|part| part.is_missing).collect();
    assert_eq!(missing, [true, false, true]);
    for (told, true_one) in opened.email.attachments.iter().zip(&whole.attachments) {
        assert!(told.size.abs_diff(true_one.size) < 60, "{told:?} {true_one:?}");
    }
    // It is no mail to anybody who needs one.
    assert_eq!(ground.reader().raw(email).unwrap_err().kind(), ErrorKind::NotFound);
    assert!(ground.reader().row(email).unwrap().preview.contains("The text of holiday"));
    let before = ground.commands();
    ground.run.run(Command::FetchBody { email }).unwrap();
    assert_eq!(ground.fetches(before), [""; 0], "it is here");

    let ticket = ground.run.submit(Command::FetchPart { email, part: 3 });
    let (_, total) = ground.progress(ticket, SCAN as u64);
    assert_eq!(total, base64(&content(3, SCAN)).len() as u64);
    ground.run.finished(ticket).unwrap();
    assert_eq!(ground.part(email, 3).unwrap(), content(3, SCAN));
    assert_eq!(ground.part(email, 1), None);
    assert_eq!(ground.reader().part_state(email, 1).unwrap(), PartState::Missing);
    let pieces = ground.fetches(before);
    assert!(pieces.iter().all(|line| line.contains("BODY.PEEK[]<")), "{pieces:?}");
    assert_eq!(pieces.len(), 4, "{pieces:?}");
    assert_eq!(kind(ground.fetch_part(email, 4)), ErrorKind::NotFound);
    assert_eq!(kind(ground.fetch_part(email, 0)), ErrorKind::NotFound);
    assert_eq!(ground.fetch_part(email, 2), Ok(Done::Nothing));
    // Read in pieces, it is the same.
    let mut reading = ground.reader().part_reader(email, 3).unwrap();
    let mut room = vec![0; 100_000];
    let count = reading.read(&ground.reader(), 400_000, &mut room).unwrap();
    assert_eq!((count, &room), (100_000, &content(3, SCAN)[400_000..500_000].to_vec()));
    assert!(ground.reader().part_reader(email, 1).is_err());

    // With the last one the mail is whole, as on the server, without being fetched again.
    ground.fetch_part(email, 1).unwrap();
    assert_eq!(ground.reader().raw(email).unwrap(), mail("holiday"));
    assert_eq!(ground.part(email, 1).unwrap(), content(1, FILM));
    let before = ground.commands();
    ground.run.run(Command::FetchWhole { email }).unwrap();
    assert_eq!(ground.fetches(before), [""; 0]);
}

#[test]
fn files_that_lie_deep_and_mails_within_are_left_out_too() {
    let ground = ground(Dialect::full(), &[nested("deep")]);
    let email = ground.emails()[0];
    ground.run.run(Command::FetchBody { email }).unwrap();
    let read = ground.reader().readable(email).unwrap();
    assert!(read.octets.len() < 20_000, "{}", read.octets.len());
    let wanted = Wanted { html: true, ..Wanted::default() };
    let opened = mime::open_excerpt(&read.octets, &read.left_out, wanted);
    let whole = mime::open(&nested("deep"), wanted);
    assert_eq!((&opened.email.text, &opened.html), (&whole.email.text, &whole.html));
    let listed: Vec<(&str, bool)> = opened
        .email
        .attachments
        .iter()
        .map(|file| file.name.as_str())
        .zip(opened.parts.iter().map(|part| part.is_missing))
        .collect();
    assert_eq!(listed, [("p.png", false), ("The one within.eml", true), ("Grüße.csv", true)]);
    for part in [3, 2] {
        ground.fetch_part(email, part).unwrap();
        assert_eq!(ground.part(email, part), mime::part(&nested("deep"), part));
    }
    assert_eq!(ground.reader().raw(email).unwrap(), nested("deep"));
}

#[test]
fn a_file_goes_on_where_its_connection_broke_and_after_a_restart() {
    let ground = ground(Dialect::full(), &[mail("broken")]);
    let email = ground.emails()[0];
    ground.run.run(Command::FetchBody { email }).unwrap();
    let before = ground.commands();
    // After the third piece, in the middle of a literal.
    ground.fault(Rule { skip: 3, ..Rule::once(Verb::Fetch, Fault::CutAfter(100_000)) });
    ground.fetch_part(email, 1).unwrap();
    assert_eq!(ground.part(email, 1).unwrap(), content(1, FILM));
    let pieces = ground.fetches(before);
    // Eight pieces make it; what was under way came twice.
    assert!(pieces.len() > 8 && pieces.len() <= 10, "{pieces:?}");

    ground.fault(Rule { skip: 2, ..Rule::always(Verb::Fetch, Fault::Stall(None)) });
    let ticket = ground.run.submit(Command::FetchPart { email, part: 3 });
    let (done, total) = ground.progress(ticket, 400_000);
    assert!(done < total);
    let Ground { run, server, .. } = ground;
    let run = run.reopened_after(|| server.store().with(|store| store.faults.rules.clear()));
    let before = server.store().with(|store| store.journal.lines_of(Verb::Fetch).count());
    run.wait_until("the file", |_| Ok(run.run(Command::FetchPart { email, part: 3 }).is_ok()));
    assert_eq!(run.reader().raw(email).unwrap(), mail("broken"));
    let pieces = server.store().with(|store| {
        store.journal.lines_of(Verb::Fetch).skip(before).filter(|line| line.contains("BODY.PEEK[]<")).count()
    });
    assert_eq!(pieces, 2, "the rest alone");
}

#[test]
fn a_file_can_be_given_up_and_is_answered_once() {
    let ground = ground(Dialect::full(), &[mail("unwanted"), mail("wanted")]);
    let email = ground.emails()[1];
    ground.run.run(Command::FetchBody { email }).unwrap();
    ground.fault(Rule { skip: 2, ..Rule::once(Verb::Fetch, Fault::Stall(Some(3_000))) });
    let ticket = ground.run.submit(Command::FetchPart { email, part: 1 });
    ground.progress(ticket, 300_000);
    ground.run.run(Command::Cancel { ticket }).unwrap();
    assert_eq!(ground.run.answers(&[ticket], SECOND), [vec![Some(ErrorKind::Canceled)]]);
    assert_eq!(ground.reader().part_state(email, 1).unwrap(), PartState::Missing);
    assert_eq!(kind(ground.run.run(Command::Cancel { ticket })), ErrorKind::WrongState);
    // What came is kept.
    let ticket = ground.run.submit(Command::FetchPart { email, part: 1 });
    let (done, _) = ground.progress(ticket, 0);
    assert!(done >= 300_000, "{done}");
    ground.run.finished(ticket).unwrap();
    assert_eq!(ground.part(email, 1).unwrap(), content(1, FILM));
}

#[test]
fn a_mail_on_the_screen_comes_before_a_file() {
    let ground = ground(Dialect::full(), &[mail("first"), mail("second")]);
    let [second, first] = ground.emails()[..] else { panic!() };
    ground.run.run(Command::FetchBody { email: first }).unwrap();
    ground.fault(Rule { skip: 1, times: 4, ..Rule::once(Verb::Fetch, Fault::Stall(Some(300))) });
    let file = ground.run.submit(Command::FetchPart { email: first, part: 1 });
    ground.progress(file, 200_000);
    let read = ground.run.submit(Command::FetchBody { email: second });
    ground.run.finished(read).unwrap();
    assert_eq!(ground.reader().part_state(first, 1).unwrap(), PartState::Missing, "it isn't done yet");
    ground.run.finished(file).unwrap();
    assert_eq!(ground.part(first, 1).unwrap(), content(1, FILM));
}

#[test]
fn one_connection_alone_brings_files_too() {
    let mut mailstore = Mailstore::new();
    mailstore.add_account(USER);
    mailstore.mailbox_mut(USER, "INBOX").unwrap().append(mail("alone"), Flags::none(), NOW);
    let (_server, login) = serve(mailstore, Dialect::full());
    let run = EngineRun::changed(vec![login.authority.clone()], |options| options.most_connections = Some(1));
    let account = run.add_account(&login).unwrap();
    run.run(Command::SetKeep { account, mailbox: None, keep: Keep::Headers }).unwrap();
    run.run(Command::SyncAccount { account }).unwrap();
    let email = run.reader().ids(ListQuery::Mailbox(run.role(account, Role::Inbox))).unwrap()[0];
    run.run(Command::FetchPart { email, part: 1 }).unwrap();
    assert_eq!(run.reader().readable(email).unwrap().part(1).unwrap(), content(1, FILM));
}

#[test]
fn in_another_numbering_the_mail_is_read_anew_and_nothing_is_mixed() {
    let ground = ground(Dialect::full(), &[mail("renumbered")]);
    let email = ground.emails()[0];
    ground.run.run(Command::FetchBody { email }).unwrap();
    ground.fault(Rule { skip: 2, ..Rule::once(Verb::Fetch, Fault::CutBefore) });
    ground.server.store().with(|store| {
        store.faults.add(Rule {
            skip: 2,
            ..Rule::once(Verb::Fetch, Fault::BumpUidValidity { mailbox: "INBOX".into() })
        });
    });
    let mut outcome = ground.fetch_part(email, 1);
    // Told, or done; a person tries again.
    for _ in 0..20 {
        if outcome.is_ok() {
            break;
        }
        assert!(ground.part(email, 1).is_none());
        std::thread::sleep(SECOND / 4);
        let _ = ground.run.run(Command::SyncAccount { account: ground.account });
        outcome = ground.fetch_part(ground.emails()[0], 1);
    }
    outcome.unwrap();
    assert_eq!(ground.part(ground.emails()[0], 1).unwrap(), content(1, FILM));
}

#[test]
fn a_mail_that_goes_meanwhile_is_told() {
    let ground = ground(Dialect::full(), &[mail("going"), mail("gone")]);
    let email = ground.emails()[0];
    ground.run.run(Command::FetchBody { email }).unwrap();
    ground.server.store().with(|store| {
        let uid = store.mailbox(USER, "INBOX").unwrap().mails().last().unwrap().uid();
        store.mailbox_mut(USER, "INBOX").unwrap().remove(uid);
    });
    assert_eq!(kind(ground.fetch_part(email, 1)), ErrorKind::NotFound);
}

#[test]
fn a_server_whose_pieces_or_sizes_are_wrong_gives_the_mail_whole() {
    let dialects = [
        ("pieces one octet too early", Dialect { partial_corrupts: true, ..Dialect::full() }),
        ("short pieces", Dialect { longest_partial: Some(50_000), ..Dialect::full() }),
        ("sizes too small", Dialect { part_sizes_off: -700, ..Dialect::full() }),
        ("sizes too large", Dialect { part_sizes_off: 1_000_000, ..Dialect::full() }),
        ("Exchange", Dialect::exchange()),
    ];
    for (name, dialect) in dialects {
        let ground = ground(dialect, &[mail("odd")]);
        let email = ground.emails()[0];
        ground.run.run(Command::FetchBody { email }).unwrap();
        assert_eq!(ground.reader().raw(email).unwrap(), mail("odd"), "{name}");
        ground.fetch_part(email, 1).unwrap();
        assert_eq!(ground.part(email, 1).unwrap(), content(1, FILM), "{name}");
    }
}

#[test]
fn a_piece_that_was_not_asked_for_is_never_part_of_a_file() {
    // A server that is all right until the file is asked for.
    let ground = ground(Dialect::full(), &[mail("swapped")]);
    let email = ground.emails()[0];
    ground.run.run(Command::FetchBody { email }).unwrap();
    let other = [mail("swapped").split_off(3), vec![b'x'; 3]].concat();
    ground.server.store().with(|store| store.mailbox_mut(USER, "INBOX").unwrap().swap_octets(1, other));
    assert_eq!(kind(ground.fetch_part(email, 3)), ErrorKind::ProtocolBroken);
    assert!(ground.reader().readable(email).is_err(), "what was read of it isn't believed either");
    ground.run.run(Command::FetchBody { email }).unwrap();
    assert!(ground.reader().raw(email).is_ok(), "it is read whole");
}

#[test]
fn a_connection_that_ends_at_the_structure_costs_two_tries() {
    let ground = ground(Dialect::full(), &[mail("deadly")]);
    let email = ground.emails()[0];
    ground.server.store().with(|store| {
        // Whoever asks for pieces is thrown out.
        let mut fetches = 0;
        store.faults.hook = Some(Box::new(move |_, verb| {
            fetches += usize::from(verb == Verb::Fetch);
            (verb == Verb::Fetch && fetches <= 2).then_some(Fault::CutBefore)
        }));
    });
    let outcomes: Vec<bool> = (0..3).map(|_| ground.run.run(Command::FetchBody { email }).is_ok()).collect();
    assert_eq!(outcomes, [false, false, true]);
    assert_eq!(ground.reader().raw(email).unwrap(), mail("deadly"));
}

#[test]
fn the_whole_mail_takes_the_place_of_what_was_read_of_it() {
    let ground = ground(Dialect::full(), &[mail("whole")]);
    let email = ground.emails()[0];
    ground.run.run(Command::FetchBody { email }).unwrap();
    ground.fetch_part(email, 3).unwrap();
    ground.run.run(Command::FetchWhole { email }).unwrap();
    assert_eq!(ground.reader().raw(email).unwrap(), mail("whole"));
    assert!(ground.reader().readable(email).unwrap().is_whole());
    let before = ground.commands();
    ground.fetch_part(email, 1).unwrap();
    assert_eq!(ground.fetches(before), [""; 0]);
}

/// What the model server says of the parts of a mail.
fn structure(raw: &[u8]) -> Option<Structure> {
    let mut store = Mailstore::new();
    store.set_password(USER, PASSWORD);
    store.mailbox_mut(USER, "INBOX").unwrap().append(raw.to_vec(), Flags::none(), NOW);
    let mut connection = Connection::open(&mut store, Dialect::full(), NOW);
    let mut said = Vec::new();
    for line in [
        format!("a LOGIN {USER} \"{PASSWORD}\""),
        "b SELECT INBOX".into(),
        "c UID FETCH 1 (BODYSTRUCTURE)".into(),
    ] {
        connection.feed(&mut store, format!("{line}\r\n").as_bytes(), NOW);
        said.clear();
        loop {
            let more = connection.take_output();
            if more.is_empty() {
                break;
            }
            said.extend_from_slice(&more);
        }
    }
    let line = said.split(|octet| *octet == b'\n').find(|line| line.starts_with(b"* 1 FETCH"))?;
    match reader::read(line.strip_suffix(b"\r").unwrap_or(line)) {
        Response::Fetch(fetch) => fetch.structure.map(|structure| *structure),
        _ => None,
    }
}

#[test]
fn of_every_difficult_mail_what_is_read_in_part_says_the_same_as_the_whole() {
    let limits = Limits { file: 8, picture: 8, kept: u64::MAX, saved: 1, pieces: 100 };
    let corpus = waxwing_tests::repository::root().join("tests/corpus");
    let (mut in_part, mut all) = (0, 0);
    for entry in std::fs::read_dir(corpus).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "eml") {
            continue;
        }
        all += 1;
        in_part += usize::from(is_the_same_in_part(&path, limits));
    }
    assert!(in_part >= 40, "{in_part} of {all} mails were read in part");
}

fn is_the_same_in_part(path: &Path, limits: Limits) -> bool {
    let raw = std::fs::read(path).unwrap();
    let Some(structure) = structure(&raw) else { return false };
    let mut reading = Reading::new(structure, limits);
    let piece = |offset: u64, length: u32| {
        let from = usize::try_from(offset).unwrap().min(raw.len());
        &raw[from..(from + length as usize).min(raw.len())]
    };
    reading.came(0, 64, piece(0, 64));
    let excerpt = loop {
        match reading.next() {
            Next::Ask { offset, length } => reading.came(offset, length, piece(offset, length)),
            Next::Done(excerpt) => break excerpt,
            Next::Whole => return false,
        }
    };
    let (octets, left_out) = excerpt.joined();
    let wanted = Wanted { html: true, headers: true, ..Wanted::default() };
    let (part, whole) = (mime::open_excerpt(&octets, &left_out, wanted), mime::open(&raw, wanted));
    let name = path.display();
    assert_eq!(part.email.text, whole.email.text, "{name}");
    assert_eq!(
        (&part.facts, &part.headers, &part.html),
        (&whole.facts, &whole.headers, &whole.html),
        "{name}"
    );
    assert_eq!(part.marks, whole.marks, "{name}");
    let files = |opened: &mime::OpenedEmail| -> Vec<(String, String, String, bool)> {
        let files = opened.email.attachments.iter().zip(&opened.parts);
        files
            .map(|(file, facts)| {
                (file.name.clone(), file.media_type.clone(), facts.content_id.clone(), facts.is_inline)
            })
            .collect()
    };
    assert_eq!(files(&part), files(&whole), "{name}");
    for (number, facts) in (1..).zip(&part.parts) {
        if !facts.is_missing {
            assert_eq!(mime::part(&octets, number), mime::part(&raw, number), "{name}: file {number}");
        }
    }
    true
}
