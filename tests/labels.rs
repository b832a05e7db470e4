//! One mail in many mailboxes (Gmail's labels), and mails that a server names: what is fetched, shown and changed.

use std::collections::BTreeSet;

use waxwing_core::Command;
use waxwing_core::model::{AccountId, EmailId, FlagBits, ListQuery, MailboxId};
use waxwing_demo::model::{Dialect, Fault, Flags, Mailstore, Rule, Verb};
use waxwing_demo::serve::Server;
use waxwing_tests::engine::EngineRun;
use waxwing_tests::model::{USER, serve};

const ALL: &str = "[Gmail]/All Mail";
const TRASH: &str = "[Gmail]/Trash";
const STARRED: &str = "[Gmail]/Starred";
const LABELS: [&str; 3] = ["INBOX", "Work", "Travel"];

struct Ground {
    server: Server,
    run: EngineRun,
    account: AccountId,
}

fn mail(number: usize) -> Vec<u8> {
    // Two of them look alike but for what is in them.
    format!("Subject: mail {number}\r\nMessage-ID: <{}@example.org>\r\n\r\nText {number:05}\r\n", number / 2)
        .into_bytes()
}

/// An account of that dialect with mails in INBOX, Work and Travel.
fn ground(dialect: Dialect, mails: usize) -> Ground {
    let mut mailstore = Mailstore::new();
    mailstore.add_account(USER);
    if dialect.gmail {
        mailstore.make_gmail(USER);
    } else {
        mailstore.add_mailbox(USER, "Archive", Some("\\Archive"));
        mailstore.add_mailbox(USER, "Trash", Some("\\Trash"));
    }
    for name in LABELS {
        mailstore.add_mailbox(USER, name, None);
        let mailbox = mailstore.mailbox_mut(USER, name).unwrap();
        for number in 1..=mails {
            mailbox.append(mail(number), Flags::none(), 1_700_000_000_000 + number as i64 * 1000);
        }
    }
    mailstore.settle();
    let (server, login) = serve(mailstore, dialect);
    let (run, account) = EngineRun::with_account(&login);
    run.wait_until_complete(account);
    Ground { server, run, account }
}

impl Ground {
    fn mailbox(&self, path: &str) -> MailboxId {
        self.run.mailbox(self.account, path).id
    }

    fn ids(&self, path: &str) -> Vec<EmailId> {
        self.run.reader().ids(ListQuery::Mailbox(self.mailbox(path))).unwrap()
    }

    /// The mail of that subject.
    fn email(&self, path: &str, number: usize) -> EmailId {
        let rows = self.run.reader().page(ListQuery::Mailbox(self.mailbox(path)), 0, 10_000).unwrap().rows;
        rows.iter().find(|row| row.subject == format!("mail {number}")).unwrap().id
    }

    fn shows(&self, path: &str, email: EmailId) -> bool {
        self.ids(path).contains(&email)
    }

    fn look(&self) {
        // A renumbered mailbox ends the connection that was in it.
        let looked = |_| self.run.run(Command::SyncAccount { account: self.account }).is_ok();
        assert!((0..10).any(looked));
        self.run.wait_until_complete(self.account);
    }

    /// Which mails the server has there.
    fn there(&self, name: &str) -> BTreeSet<usize> {
        self.server.store().with(|store| {
            store.settle();
            let mails = store.mailbox(USER, name).unwrap().mails();
            let alive = mails.iter().filter(|mail| !mail.flags().has("\\Deleted"));
            alive.map(|mail| number(mail.raw())).collect()
        })
    }

    /// How many bodies the server was asked for.
    fn bodies_asked(&self) -> usize {
        self.server.store().with(|store| {
            let lines = store.journal.lines_of(Verb::Fetch).filter(|line| line.contains("BODY.PEEK[]"));
            lines.map(uids).sum()
        })
    }

    fn destroyed(&self) -> usize {
        self.server.store().with(|store| store.journal.destroyed().count())
    }
}

fn number(raw: &[u8]) -> usize {
    let text = String::from_utf8_lossy(raw).into_owned();
    text.lines().find_map(|line| line.strip_prefix("Subject: mail ")).unwrap().parse().unwrap()
}

/// How many UIDs a `UID FETCH` names.
fn uids(line: &str) -> usize {
    let mut words = line.split(' ').skip_while(|word| !word.eq_ignore_ascii_case("FETCH")).skip(1);
    let ranges = words.next().unwrap().split(',');
    ranges
        .map(|range| match range.split_once(':') {
            Some((low, high)) => high.parse::<usize>().unwrap() - low.parse::<usize>().unwrap() + 1,
            None => 1,
        })
        .sum()
}

#[test]
fn five_hundred_mails_under_three_labels_are_five_hundred_bodies() {
    let ground = ground(Dialect::gmail(), 500);
    for name in LABELS.iter().chain([&ALL]) {
        assert_eq!(ground.ids(name).len(), 500, "{name}");
        assert_eq!(ground.ids(name), ground.ids("INBOX"), "{name}");
    }
    assert_eq!(ground.bodies_asked(), 500);
    let raw = ground.run.reader().raw(ground.email("Travel", 7)).unwrap();
    assert_eq!(raw, mail(7));
}

#[test]
fn copies_on_a_server_with_objectid_are_mails_of_their_own_and_one_download() {
    let ground = ground(Dialect::full(), 60);
    let all: BTreeSet<EmailId> = LABELS.iter().flat_map(|name| ground.ids(name)).collect();
    assert_eq!(all.len(), 180);
    assert_eq!(ground.bodies_asked(), 60);
    let (here, there) = (ground.email("INBOX", 3), ground.email("Work", 3));
    ground
        .run
        .run(Command::SetFlags { emails: vec![here], add: FlagBits::FLAGGED, remove: FlagBits::NONE })
        .unwrap();
    assert_eq!(ground.run.reader().raw(there).unwrap(), mail(3));
    assert!(!ground.run.reader().email(there).unwrap().row.flags.contains(FlagBits::FLAGGED));
}

#[test]
fn without_names_two_places_of_a_mail_stay_two_mails() {
    let ground = ground(Dialect { objectid: false, ..Dialect::full() }, 10);
    let all: BTreeSet<EmailId> = LABELS.iter().flat_map(|name| ground.ids(name)).collect();
    assert_eq!((all.len(), ground.bodies_asked()), (30, 30));
}

#[test]
fn a_star_is_one_star_under_every_label_at_once_and_costs_no_body() {
    let ground = ground(Dialect::gmail(), 20);
    let email = ground.email("Work", 5);
    ground
        .run
        .run(Command::SetFlags { emails: vec![email], add: FlagBits::FLAGGED, remove: FlagBits::NONE })
        .unwrap();
    for name in LABELS.iter().chain([&ALL]) {
        let rows = ground.run.reader().page(ListQuery::Mailbox(ground.mailbox(name)), 0, 100).unwrap().rows;
        let row = rows.iter().find(|row| row.id == email).unwrap();
        assert!(row.flags.contains(FlagBits::FLAGGED), "{name}");
    }
    ground.look();
    assert_eq!(ground.bodies_asked(), 20);
    assert_eq!(ground.ids(STARRED), []);
}

#[test]
fn a_renumbered_mailbox_downloads_nothing_again_with_names_or_without() {
    let without = Dialect { objectid: false, ..Dialect::full() };
    for dialect in [Dialect::gmail(), Dialect::full(), without] {
        let ground = ground(dialect, 100);
        let (bodies, before) = (ground.bodies_asked(), ground.ids("Work"));
        ground.server.store().with(|store| {
            for name in LABELS {
                store.bump_uid_validity(USER, name);
            }
        });
        ground.look();
        assert_eq!(ground.ids("Work"), before);
        assert_eq!(ground.bodies_asked(), bodies);
    }
}

#[test]
fn archive_takes_a_mail_out_of_inbox_and_leaves_its_labels() {
    let ground = ground(Dialect::gmail(), 6);
    let email = ground.email("Work", 2);
    let archived = ground.run.submit(Command::Archive { emails: vec![email] });
    ground.run.finished(archived).unwrap();
    ground.look();
    assert!(!ground.shows("INBOX", email) && ground.shows("Work", email) && ground.shows(ALL, email));
    assert_eq!((ground.there("INBOX").contains(&2), ground.there("Work").contains(&2)), (false, true));
    assert_eq!(ground.bodies_asked(), 6);
    // Again there is nothing to be done; undo puts it back.
    ground.run.run(Command::Archive { emails: vec![email] }).unwrap();
    assert!(ground.there("Work").contains(&2));
    ground.run.run(Command::Undo { operation: archived }).unwrap();
    ground.look();
    assert!(ground.shows("INBOX", email) && ground.there("INBOX").contains(&2));
    assert_eq!((ground.bodies_asked(), ground.ids("INBOX").len()), (6, 6));
}

#[test]
fn trash_takes_a_mail_out_of_every_label_and_deleting_for_ever_is_done_there() {
    let ground = ground(Dialect::gmail(), 6);
    let (thrown, deleted) = (ground.email("Work", 2), ground.email("Work", 4));
    ground.run.run(Command::Trash { emails: vec![thrown] }).unwrap();
    let delete = ground.run.submit(Command::DeleteForever { emails: vec![deleted] });
    ground.run.finished(delete).unwrap();
    for name in LABELS.iter().chain([&ALL]) {
        assert!(!ground.shows(name, thrown) && !ground.shows(name, deleted), "{name}");
        assert_eq!(ground.there(name), BTreeSet::from([1, 3, 5, 6]), "{name}");
    }
    ground.look();
    assert_eq!((ground.ids(TRASH), ground.there(TRASH)), (vec![thrown], BTreeSet::from([2])));
    assert_eq!(ground.destroyed(), 1);
    ground.run.run(Command::Undo { operation: delete }).unwrap_err();
}

/// Only the one it had been taken from came back.
#[test]
fn bug_undo_of_trash_put_one_label_on_again_of_several() {
    let ground = ground(Dialect::gmail(), 4);
    let (thrown, other) = (ground.email("Work", 2), ground.email("Work", 3));
    let trash = ground.run.submit(Command::Trash { emails: vec![thrown, other] });
    ground.run.finished(trash).unwrap();
    assert_eq!(ground.there(TRASH), BTreeSet::from([2, 3]));
    ground.run.run(Command::Undo { operation: trash }).unwrap();
    ground.look();
    for name in LABELS.iter().chain([&ALL]) {
        assert!(ground.shows(name, thrown) && ground.shows(name, other), "{name}");
        assert_eq!(ground.there(name), BTreeSet::from([1, 2, 3, 4]), "{name}");
    }
    assert_eq!((ground.there(TRASH), ground.destroyed(), ground.bodies_asked()), (BTreeSet::new(), 0, 4));
}

#[test]
fn a_mail_that_another_device_takes_back_out_of_trash_is_not_said_to_be_deleted() {
    let ground = ground(Dialect::gmail(), 3);
    let email = ground.email("Work", 2);
    // The expunge is held up until the mail is gone from there.
    ground.server.store().with(|store| {
        let not_now = Fault::Refuse { code: "UNAVAILABLE".into(), text: "not now".into() };
        store.faults.add(Rule::always(Verb::Store, not_now));
    });
    let delete = ground.run.submit(Command::DeleteForever { emails: vec![email] });
    ground.run.wait_until("the mail is in Trash", |_| Ok(ground.there(TRASH).contains(&2)));
    ground.server.store().with(|store| {
        let uid = store.mailbox(USER, TRASH).unwrap().mails().first().map(|mail| mail.uid());
        uid.map(|uid| store.move_mail(USER, TRASH, uid, "INBOX"))
    });
    ground.run.finished(delete).unwrap_err();
    ground.look();
    assert!(ground.shows("INBOX", email) && ground.there("INBOX").contains(&2));
    assert_eq!(ground.destroyed(), 0);
}

#[test]
fn a_copy_puts_a_label_on_and_undo_takes_it_off_without_deleting() {
    let ground = ground(Dialect::gmail(), 4);
    ground.server.store().with(|store| store.add_mailbox(USER, "Later", None));
    ground.look();
    let email = ground.email("Work", 2);
    let copied = ground.run.submit(Command::Copy { emails: vec![email], to: ground.mailbox("Later") });
    ground.run.finished(copied).unwrap();
    assert_eq!((ground.ids("Later"), ground.there("Later")), (vec![email], BTreeSet::from([2])));
    ground.run.run(Command::Undo { operation: copied }).unwrap();
    ground.look();
    assert_eq!((ground.ids("Later"), ground.there("Later")), (vec![], BTreeSet::new()));
    assert_eq!((ground.there("Work").len(), ground.there(ALL).len(), ground.destroyed()), (4, 4, 0));
    assert_eq!(ground.bodies_asked(), 4);
}

#[test]
fn what_is_moved_among_starred_mail_gets_a_star_and_stays() {
    let ground = ground(Dialect::gmail(), 4);
    let email = ground.email("Work", 2);
    ground.run.run(Command::Move { emails: vec![email], to: ground.mailbox(STARRED) }).unwrap();
    assert!(ground.shows("INBOX", email) && ground.there("Work").contains(&2));
    assert!(ground.run.reader().email(email).unwrap().row.flags.contains(FlagBits::FLAGGED));
}

#[test]
fn an_archive_whose_answer_was_lost_is_not_said_to_have_failed() {
    let ground = ground(Dialect::gmail(), 4);
    let email = ground.email("INBOX", 2);
    ground.server.store().with(|store| store.faults.add(Rule::once(Verb::Move, Fault::LoseAnswer)));
    ground.run.run(Command::Archive { emails: vec![email] }).unwrap();
    assert!(!ground.there("INBOX").contains(&2) && ground.there(ALL).contains(&2));
}

#[test]
fn a_mail_handed_over_is_one_with_what_the_server_makes_of_it() {
    let ground = ground(Dialect::gmail(), 4);
    let append = |raw: Vec<u8>| Command::Append {
        mailbox: ground.mailbox("Work"),
        message: waxwing_core::Message(raw),
        flags: FlagBits::SEEN,
        date: waxwing_core::model::Instant(1_700_000_999_000),
    };
    ground.run.run(append(mail(9))).unwrap();
    ground.look();
    let email = ground.email("Work", 9);
    assert_eq!(ground.email(ALL, 9), email);
    // One that it has already stays one.
    ground.run.run(append(mail(2))).unwrap();
    ground.look();
    assert_eq!((ground.ids("Work").len(), ground.ids(ALL).len()), (5, 5));
}

#[test]
fn a_star_on_a_mail_that_another_device_archived_meanwhile_is_put_on_it_where_it_is() {
    let ground = ground(Dialect::gmail(), 4);
    let email = ground.email("INBOX", 2);
    // Archived between our last look and our change.
    ground.server.store().with(|store| {
        let not_now = Fault::Refuse { code: "UNAVAILABLE".into(), text: "not now".into() };
        store.faults.add(Rule::once(Verb::Store, not_now));
        for name in ["INBOX", "Work"] {
            let uid = store.mailbox(USER, name).unwrap().mails()[1].uid();
            store.move_mail(USER, name, uid, ALL);
        }
    });
    ground
        .run
        .run(Command::SetFlags { emails: vec![email], add: FlagBits::FLAGGED, remove: FlagBits::NONE })
        .unwrap();
    let starred = ground.server.store().with(|store| {
        store.settle();
        let mails = store.mailbox(USER, ALL).unwrap().mails();
        mails.iter().any(|mail| number(mail.raw()) == 2 && mail.flags().has("\\Flagged"))
    });
    assert!(starred);
    ground.look();
    assert!(ground.run.reader().email(email).unwrap().row.flags.contains(FlagBits::FLAGGED));
}
