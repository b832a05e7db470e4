//! Servers that behave badly, and what must not come of it: tight loops, mail held up, mail taken for another.

use std::time::{Duration, Instant};

use waxwing_core::model::{AccountId, AccountState, EmailId, FlagBits, ListQuery, Role};
use waxwing_core::{Command, Done, ErrorKind};
use waxwing_demo::model::{Dialect, Fault, Flags, Lie, Mailstore, Rule, Verb};
use waxwing_demo::serve::Server;
use waxwing_tests::engine::EngineRun;
use waxwing_tests::model::{USER, serve};

struct Ground {
    server: Server,
    run: EngineRun,
    account: AccountId,
}

fn mail(number: usize, size: usize) -> Vec<u8> {
    let text = "x".repeat(size);
    format!("Subject: mail {number}\r\nMessage-ID: <{number}@example.org>\r\n\r\n{text}\r\n").into_bytes()
}

fn ground(dialect: Dialect, mails: usize) -> Ground {
    let mut mailstore = Mailstore::new();
    mailstore.add_account(USER);
    mailstore.add_mailbox(USER, "Archive", Some("\\Archive"));
    mailstore.add_mailbox(USER, "Work", None);
    let inbox = mailstore.mailbox_mut(USER, "INBOX").unwrap();
    for number in 1..=mails {
        inbox.append(mail(number, 10), Flags::none(), 1_700_000_000_000 + number as i64 * 1000);
    }
    let (server, login) = serve(mailstore, dialect);
    let (run, account) = EngineRun::with_account(&login);
    run.wait_until_complete(account);
    Ground { server, run, account }
}

impl Ground {
    fn add(&self, rule: Rule) {
        self.server.store().with(|store| store.faults.add(rule));
    }

    fn ids(&self, path: &str) -> Vec<EmailId> {
        let mailbox = self.run.mailbox(self.account, path).id;
        self.run.reader().ids(ListQuery::Mailbox(mailbox)).unwrap()
    }

    fn commands(&self) -> usize {
        self.server.store().with(|store| store.journal.commands.len())
    }

    fn lines(&self, verb: Verb) -> usize {
        self.server.store().with(|store| store.journal.lines_of(verb).count())
    }
}

/// Every second mail, so that each is named by itself: in one command they would be twice as long as Yahoo reads.
#[test]
fn five_hundred_scattered_mails_are_moved_within_the_lines_that_yahoo_reads() {
    let ground = ground(Dialect::yahoo(), 1_200);
    let scattered: Vec<EmailId> = ground.ids("INBOX").into_iter().step_by(2).take(500).collect();
    let archive = ground.run.mailbox(ground.account, "Archive").id;
    let flagged =
        Command::SetFlags { emails: scattered.clone(), add: FlagBits::FLAGGED, remove: FlagBits::NONE };
    assert_eq!(ground.run.run(flagged), Ok(Done::Nothing));
    assert_eq!(ground.run.run(Command::Move { emails: scattered, to: archive }), Ok(Done::Nothing));
    let there = ground.server.store().with(|store| {
        let archive = store.mailbox(USER, "Archive").unwrap();
        assert!(archive.mails().iter().all(|mail| mail.flags().has("\\Flagged")));
        (store.mailbox(USER, "INBOX").unwrap().mails().len(), archive.mails().len())
    });
    assert_eq!(there, (700, 500));
    let longest = |verb| {
        ground.server.store().with(|store| store.journal.lines_of(verb).map(str::len).max().unwrap_or(0))
    };
    for verb in [Verb::Move, Verb::Store, Verb::Fetch] {
        assert!(longest(verb) <= 1_000, "{verb:?} {}", longest(verb));
    }
    assert!(longest(Verb::Move) > 300, "not one by one");
}

#[test]
fn a_no_to_idle_ends_no_connection_and_is_not_asked_for_without_end() {
    let ground = ground(Dialect::full(), 2);
    ground.add(Rule::always(Verb::Idle, Fault::Refuse { code: String::new(), text: "no".into() }));
    let mailbox = ground.run.mailbox(ground.account, "Work").id;
    ground.run.run(Command::ShowMailbox { mailbox }).unwrap();
    ground.server.store().cut_connections();
    std::thread::sleep(Duration::from_secs(2));
    let before = (ground.lines(Verb::Authenticate) + ground.lines(Verb::Login), ground.lines(Verb::Idle));
    std::thread::sleep(Duration::from_secs(4));
    let after = (ground.lines(Verb::Authenticate) + ground.lines(Verb::Login), ground.lines(Verb::Idle));
    assert_eq!(after.0, before.0, "no further sign-in");
    assert!(after.1 - before.1 <= 3, "{before:?} {after:?}");
    assert_eq!(ground.run.status(ground.account).state, AccountState::Online);
}

#[test]
fn a_mailbox_on_the_screen_that_was_deleted_elsewhere_goes_here_too() {
    let ground = ground(Dialect::full(), 2);
    let mailbox = ground.run.mailbox(ground.account, "Work").id;
    ground.run.run(Command::ShowMailbox { mailbox }).unwrap();
    let connections = || ground.server.store().connections();
    ground.run.wait_until("INBOX is watched by another connection", |_| Ok(connections() == 2));
    ground.server.store().with(|store| store.remove_mailbox(USER, "Work"));
    // Some servers end the connection that was in it.
    ground.run.run(Command::SyncMailbox { mailbox }).unwrap_err();
    ground.run.wait_until("it is gone here, too", |reader| {
        Ok(reader.mailboxes(ground.account)?.iter().all(|other| other.id != mailbox))
    });
    assert!(ground.lines(Verb::Select) < 20, "{}", ground.lines(Verb::Select));
}

/// It is in the list of mailboxes, and isn't there when it is to be opened.
#[test]
fn bug_a_mailbox_that_is_listed_and_does_not_exist_was_asked_for_without_end() {
    let ground = ground(Dialect::full(), 2);
    let mailbox = ground.run.mailbox(ground.account, "Work").id;
    ground.run.run(Command::ShowMailbox { mailbox }).unwrap();
    let connections = || ground.server.store().connections();
    ground.run.wait_until("INBOX is watched by another connection", |_| Ok(connections() == 2));
    let gone = Fault::Refuse { code: "NONEXISTENT".into(), text: "no such mailbox".into() };
    ground.add(Rule::always(Verb::Select, gone));
    ground.server.store().cut_connections();
    std::thread::sleep(Duration::from_secs(3));
    let before = ground.lines(Verb::Select);
    std::thread::sleep(Duration::from_secs(2));
    assert!(ground.lines(Verb::Select) - before <= 3, "{before} {}", ground.lines(Verb::Select));
}

#[test]
fn a_sync_of_a_mailbox_the_server_does_not_open_says_so_and_keeps_its_mail() {
    let ground = ground(Dialect::full(), 2);
    ground.add(Rule::always(Verb::Select, Fault::Refuse { code: "NOPERM".into(), text: "not today".into() }));
    let mailbox = ground.run.mailbox(ground.account, "INBOX").id;
    let error = ground.run.run(Command::SyncMailbox { mailbox }).unwrap_err();
    assert_eq!((error.kind(), error.server_text()), (ErrorKind::ServerRefused, Some("not today")));
    assert_eq!(ground.ids("INBOX").len(), 2);
    assert_eq!(ground.run.status(ground.account).state, AccountState::Online);
}

#[test]
fn a_mailbox_renumbered_while_the_answer_to_a_copy_was_lost_is_read_before_the_probe() {
    for dialect in [Dialect::no_move(), Dialect::no_uidplus(), Dialect::full()] {
        let ground = ground(dialect, 4);
        for verb in [Verb::Copy, Verb::Move] {
            ground.add(Rule::once(verb, Fault::LoseAnswer));
        }
        // The next sign-in finds it renumbered.
        ground.add(Rule {
            skip: 1,
            ..Rule::once(Verb::Select, Fault::BumpUidValidity { mailbox: "INBOX".into() })
        });
        let before = ground.commands();
        let archived = ground.run.submit(Command::Archive { emails: ground.ids("INBOX")[..2].to_vec() });
        assert!(ground.run.finished(archived).is_ok());
        ground.run.run(Command::SyncAccount { account: ground.account }).unwrap();
        ground.run.wait_until_complete(ground.account);
        assert!(ground.commands() - before < 200, "{} commands", ground.commands() - before);
        assert_eq!((ground.ids("INBOX").len(), ground.ids("Archive").len()), (2, 2));
        let there = ground.server.store().with(|store| {
            let archive = store.mailbox(USER, "Archive").unwrap();
            archive.mails().iter().filter(|mail| !mail.flags().has("\\Deleted")).count()
        });
        assert_eq!(there, 2, "copied once");
    }
}

#[test]
fn a_mail_that_another_device_moved_where_nobody_looked_yet_stays_the_same_mail() {
    let ground = ground(Dialect::full(), 3);
    let ids = ground.ids("INBOX");
    let fetched = |ground: &Ground| {
        ground.server.store().with(|store| {
            store.journal.lines_of(Verb::Fetch).filter(|line| line.contains("BODY.PEEK[]")).count()
        })
    };
    let before = fetched(&ground);
    ground.server.store().with(|store| {
        let mail = store.mailbox_mut(USER, "INBOX").unwrap().remove(3).unwrap();
        let work = store.mailbox_mut(USER, "Work").unwrap();
        work.append(mail.raw(), Flags::none(), mail.internal_date());
    });
    ground.run.wait_until("it is gone from INBOX", |_| Ok(ground.ids("INBOX").len() == 2));
    // Time enough to forget it wrongly.
    std::thread::sleep(Duration::from_millis(500));
    ground.run.run(Command::SyncAccount { account: ground.account }).unwrap();
    ground.run.wait_until_complete(ground.account);
    assert_eq!(ground.ids("Work"), ids[..1]);
    assert_eq!(fetched(&ground), before);
}

#[test]
fn a_mail_that_ends_every_line_it_is_fetched_on_keeps_no_other_from_coming() {
    let ground = ground(Dialect::full(), 1);
    ground.add(Rule::always(Verb::Fetch, Fault::CutAfter(8000)));
    ground.server.store().with(|store| {
        let inbox = store.mailbox_mut(USER, "INBOX").unwrap();
        for number in 2..=9 {
            let size = if number == 7 { 30_000 } else { 10 };
            inbox.append(mail(number, size), Flags::none(), 1_700_000_100_000 + number as i64);
        }
    });
    let inbox = ground.run.role(ground.account, Role::Inbox);
    ground.run.wait_until("all but one are here", |reader| {
        let ids = reader.ids(ListQuery::Mailbox(inbox))?;
        Ok(ids.len() == 9 && ids.iter().filter(|id| reader.raw(**id).is_ok()).count() == 8)
    });
    // Once it can be had it comes, too.
    ground.server.store().with(|store| store.faults.rules.clear());
    let start = Instant::now();
    while ground.ids("INBOX").iter().any(|id| ground.run.reader().raw(*id).is_err()) {
        ground.run.run(Command::SyncAccount { account: ground.account }).ok();
        std::thread::sleep(Duration::from_millis(200));
        assert!(start.elapsed() < Duration::from_secs(60), "it never comes");
    }
}

#[test]
fn bodies_come_from_a_mailbox_that_was_renumbered_while_a_line_was_in_it() {
    let ground = ground(Dialect::full(), 3);
    // The connection for bodies is in INBOX and waits there, unaware.
    ground.server.store().with(|store| {
        store.bump_uid_validity(USER, "INBOX");
        let inbox = store.mailbox_mut(USER, "INBOX").unwrap();
        inbox.append(mail(4, 10), Flags::none(), 1_700_000_100_000);
    });
    let start = Instant::now();
    while ground.ids("INBOX").len() < 4
        || ground.ids("INBOX").iter().any(|id| ground.run.reader().raw(*id).is_err())
    {
        ground.run.run(Command::SyncAccount { account: ground.account }).ok();
        std::thread::sleep(Duration::from_millis(100));
        assert!(start.elapsed() < Duration::from_secs(20), "it never comes");
    }
}

#[test]
fn a_new_mail_that_is_left_out_of_what_changed_is_read_all_the_same() {
    let ground = ground(Dialect::condstore_only(), 3);
    ground.add(Rule::once(Verb::Fetch, Fault::Lie(Lie::OmitChanges { every: 1 })));
    ground.server.store().with(|store| {
        let inbox = store.mailbox_mut(USER, "INBOX").unwrap();
        inbox.append(mail(4, 10), Flags::none(), 1_700_000_009_000);
    });
    ground.run.run(Command::SyncAccount { account: ground.account }).unwrap();
    assert_eq!(ground.ids("INBOX").len(), 4);
    let asked = ground.server.store().with(|store| {
        store.journal.lines_of(Verb::Fetch).filter(|line| line.contains("CHANGEDSINCE")).count()
    });
    assert_eq!(asked, 1, "the lie was told");
}

/// It had said nothing of the only mail, and that was taken for everything: the next look met the same.
#[test]
fn bug_a_mail_left_out_of_all_flags_was_not_looked_for_again() {
    let ground = ground(Dialect::no_condstore(), 1);
    let mailbox = ground.run.mailbox(ground.account, "Work").id;
    ground.run.run(Command::Move { emails: ground.ids("INBOX"), to: mailbox }).unwrap();
    ground.run.run(Command::DeleteForever { emails: ground.ids("Work") }).unwrap();
    ground.run.run(Command::SyncMailbox { mailbox }).unwrap();
    ground.add(Rule::once(Verb::Fetch, Fault::Lie(Lie::OmitMails { every: 1 })));
    ground.server.store().with(|store| {
        store.mailbox_mut(USER, "Work").unwrap().append(mail(2, 10), Flags::none(), 1_700_000_009_000);
    });
    ground.run.run(Command::SyncMailbox { mailbox }).unwrap();
    assert_eq!(ground.ids("Work").len(), 1);
}

/// What lingers there, marked, was one more than was known here, and what another device removed meanwhile one less: the
/// counts agreed.
#[test]
fn bug_a_mail_that_lingers_hid_that_another_one_went() {
    let ground = ground(Dialect { qresync: false, ..Dialect::no_uidplus() }, 0);
    let mailbox = ground.run.mailbox(ground.account, "Work").id;
    let work = |change: &dyn Fn(&mut waxwing_demo::model::Mailbox)| {
        ground.server.store().with(|store| change(store.mailbox_mut(USER, "Work").unwrap()));
    };
    work(&|work| {
        for number in 1..=2 {
            work.append(mail(number, 10), Flags::none(), 1_700_000_000_000 + number as i64 * 1000);
        }
    });
    ground.run.run(Command::SyncMailbox { mailbox }).unwrap();
    // It is known to be marked before it is known to be deleted.
    work(&|work| assert!(work.change_flags(1, |flags| flags.add("\\Deleted"))));
    let refusal = Fault::Refuse { code: "UNAVAILABLE".into(), text: "not now".into() };
    ground.add(Rule::once(Verb::Store, refusal));
    let first = *ground.ids("Work").last().unwrap();
    ground.run.run(Command::DeleteForever { emails: vec![first] }).unwrap();
    work(&|work| drop(work.remove(2)));
    ground.run.run(Command::SyncMailbox { mailbox }).unwrap();
    assert_eq!(ground.ids("Work"), []);
}

/// Its mailbox had got another name on another device before anybody had seen it there: the copy lives on in that one.
#[test]
fn bug_a_copy_was_said_to_be_deleted_that_went_with_its_mailbox() {
    let ground = ground(Dialect::full(), 1);
    let work = ground.run.mailbox(ground.account, "Work").id;
    ground.add(Rule::once(Verb::Copy, Fault::BumpUidValidity { mailbox: "Work".into() }));
    ground.add(Rule::always(Verb::Select, Fault::CutBefore));
    let copying = ground.run.submit(Command::Copy { emails: ground.ids("INBOX"), to: work });
    ground.run.wait_until("a copy", |_| {
        Ok(ground.server.store().with(|store| store.mailbox(USER, "Work").unwrap().mails().len() == 1))
    });
    let deleting = ground.run.submit(Command::DeleteForever { emails: ground.ids("Work") });
    ground.server.store().with(|store| {
        assert!(store.rename_mailbox(USER, "Work", "Play"));
        store.faults.rules.clear();
    });
    assert_eq!(ground.run.finished(copying), Ok(Done::Nothing));
    assert_eq!(ground.run.finished(deleting).unwrap_err().kind(), ErrorKind::NotFound);
    ground.run.run(Command::SyncAccount { account: ground.account }).unwrap();
    assert_eq!(ground.ids("Play").len(), 1);
}

/// Mail may be put into it and not looked at: a move there was waited for without an end, and all that was wished of the mail.
#[test]
fn bug_a_move_into_a_mailbox_that_may_not_be_opened_never_ended() {
    let ground = ground(Dialect { copyuid: false, ..Dialect::full() }, 2);
    let work = ground.run.mailbox(ground.account, "Work").id;
    ground.add(Rule::always(Verb::Select, Fault::Refuse { code: "NOPERM".into(), text: "no".into() }));
    let one = ground.ids("INBOX")[..1].to_vec();
    assert_eq!(ground.run.run(Command::Move { emails: one, to: work }), Ok(Done::Nothing));
    assert_eq!(ground.run.status(ground.account).waiting, 0);
}

/// Said without a reason, too, a NO is final as far as anybody can know.
#[test]
fn bug_a_move_into_a_mailbox_that_is_not_opened_without_a_reason_never_ended() {
    let ground = ground(Dialect { copyuid: false, uidplus: false, ..Dialect::full() }, 2);
    let work = ground.run.mailbox(ground.account, "Work").id;
    ground.add(Rule::always(Verb::Select, Fault::Refuse { code: String::new(), text: "no".into() }));
    let one = ground.ids("INBOX")[..1].to_vec();
    assert_eq!(ground.run.run(Command::Move { emails: one, to: work }), Ok(Done::Nothing));
    assert_eq!(ground.run.status(ground.account).waiting, 0);
}

#[test]
fn bug_a_sync_that_saw_nothing_or_contradictions_was_said_to_be_done() {
    let refuse = Fault::Refuse { code: String::new(), text: "no".into() };
    let faults =
        [(refuse, ErrorKind::ServerRefused), (Fault::Lie(Lie::Exists(3)), ErrorKind::ProtocolBroken)];
    for (fault, kind) in faults {
        let ground = ground(Dialect::no_condstore(), 3);
        let mailbox = ground.run.mailbox(ground.account, "INBOX").id;
        let verb = if kind == ErrorKind::ServerRefused { Verb::Fetch } else { Verb::Select };
        ground.add(Rule::always(verb, fault));
        let error = ground.run.run(Command::SyncMailbox { mailbox }).unwrap_err();
        assert_eq!(error.kind(), kind);
        assert_eq!(ground.ids("INBOX").len(), 3);
        ground.server.store().with(|store| store.faults.rules.clear());
        assert!(ground.run.run(Command::SyncMailbox { mailbox }).is_ok());
    }
}
