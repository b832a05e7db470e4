//! The engine against the model server: every dialect, and faults at the moments that lose mail in other programs.

use std::time::Duration;

use waxwing_core::model::{AccountId, EmailId, FlagBits, ListQuery, MailboxId, Role};
use waxwing_core::{Command, Done, ErrorKind, Event};
use waxwing_demo::model::{Dialect, Fault, Flags, Mailstore, Rule, Verb};
use waxwing_demo::serve::Server;
use waxwing_tests::engine::{EngineRun, Login};
use waxwing_tests::model::{USER, serve};

fn mail(number: usize) -> Vec<u8> {
    format!(
        "From: Grace <grace@example.org>\r\nTo: {USER}\r\nSubject: mail {number}\r\nMessage-ID: <{number}@example.org>\r\n\
         Date: Mon, 23 Nov 2026 10:00:00 +0000\r\n\r\nText of mail {number}{}\r\n",
        ".".repeat(number % 37)
    )
    .into_bytes()
}

/// A server with that many mails in INBOX, and an engine signed in to it.
struct Ground {
    server: Server,
    run: EngineRun,
    account: AccountId,
}

fn ground(dialect: Dialect, mails: usize) -> Ground {
    let mut mailstore = Mailstore::new();
    mailstore.add_account(USER);
    for (name, special) in [("Archive", "\\Archive"), ("Trash", "\\Trash"), ("Sent", "\\Sent")] {
        mailstore.add_mailbox(USER, name, Some(special));
    }
    let inbox = mailstore.mailbox_mut(USER, "INBOX").unwrap();
    for number in 1..=mails {
        inbox.append(mail(number), Flags::none(), 1_700_000_000_000 + number as i64 * 1000);
    }
    let (server, login) = serve(mailstore, dialect);
    let (run, account) = EngineRun::with_account(&login);
    run.wait_until_complete(account);
    Ground { server, run, account }
}

impl Ground {
    fn ids(&self, role: Role) -> Vec<EmailId> {
        self.run.reader().ids(ListQuery::Mailbox(self.run.role(self.account, role))).unwrap()
    }

    /// Message-IDs on the server, by mailbox, sorted.
    fn on_server(&self, name: &str) -> Vec<String> {
        self.server.store().with(|store| {
            let mails = store.mailbox(USER, name).unwrap().mails();
            let mut ids: Vec<String> = mails
                .iter()
                .filter(|mail| !mail.flags().has("\\Deleted"))
                .map(|mail| mail.message_id())
                .collect();
            ids.sort();
            ids
        })
    }

    /// Message-IDs here, by mailbox, sorted.
    fn here(&self, role: Role) -> Vec<String> {
        let reader = self.run.reader();
        let mut ids: Vec<String> = self
            .ids(role)
            .into_iter()
            .map(|id| {
                let raw = String::from_utf8(reader.raw(id).unwrap()).unwrap();
                raw.lines().find_map(|line| line.strip_prefix("Message-ID: <")).unwrap().replace('>', "")
            })
            .collect();
        ids.sort();
        ids
    }

    fn assert_in_step(&self) {
        self.run.wait_until_complete(self.account);
        for (role, name) in [(Role::Inbox, "INBOX"), (Role::Archive, "Archive"), (Role::Trash, "Trash")] {
            let server: Vec<String> =
                self.on_server(name).into_iter().map(|id| id.trim_matches(['<', '>']).to_owned()).collect();
            assert_eq!(self.here(role), server, "{name}");
        }
    }

    fn sync(&self) {
        self.run.run(Command::SyncAccount { account: self.account }).unwrap();
    }

    /// What no test may ever see: a mail that the server has nowhere any more though nobody asked to destroy it.
    fn assert_nothing_destroyed(&self) {
        let lost = self.server.store().with(|store| {
            let destroyed = store.journal.destroyed().map(|gone| gone.message_id.clone()).collect::<Vec<_>>();
            destroyed.into_iter().filter(|id| store.find_message_id(USER, id).is_empty()).collect::<Vec<_>>()
        });
        assert!(lost.is_empty(), "{lost:?}");
    }

    fn fault(&self, verb: Verb, fault: Fault) {
        self.server.store().with(|store| store.faults.add(Rule::once(verb, fault)));
    }

    fn commands(&self, verb: Verb) -> usize {
        self.server.store().with(|store| store.journal.lines_of(verb).count())
    }
}

fn dialects() -> [(&'static str, Dialect); 4] {
    [
        ("full", Dialect::full()),
        ("bare RFC 3501", Dialect::bare_rfc3501()),
        ("no MOVE", Dialect::no_move()),
        ("no UIDPLUS", Dialect::no_uidplus()),
    ]
}

#[test]
fn everything_comes_over_byte_for_byte_in_every_dialect() {
    for (name, dialect) in dialects() {
        let ground = ground(dialect, 321);
        assert_eq!(ground.ids(Role::Inbox).len(), 321, "{name}");
        let reader = ground.run.reader();
        for (place, id) in ground.ids(Role::Inbox).into_iter().enumerate() {
            assert_eq!(reader.raw(id).unwrap(), mail(321 - place), "{name}");
        }
        ground.assert_nothing_destroyed();
    }
}

#[test]
fn flags_archive_trash_and_move_reach_the_server_in_every_dialect() {
    for (name, dialect) in dialects() {
        let ground = ground(dialect, 12);
        let ids = ground.ids(Role::Inbox);
        let inbox = ground.run.role(ground.account, Role::Inbox);
        let read = FlagBits::SEEN | FlagBits::FLAGGED;
        let flag = Command::SetFlags { emails: ids[..3].to_vec(), add: read, remove: FlagBits::NONE };
        for command in [
            flag,
            Command::Archive { emails: ids[1..5].to_vec() },
            Command::Trash { emails: ids[6..8].to_vec() },
            Command::Move { emails: ids[2..3].to_vec(), to: inbox },
        ] {
            assert_eq!(ground.run.run(command), Ok(Done::Nothing), "{name}");
        }
        ground.sync();
        ground.assert_in_step();
        assert_eq!(ground.on_server("Archive").len(), 3, "{name}");
        assert_eq!(ground.on_server("Trash").len(), 2, "{name}");
        let starred = ground.server.store().with(|store| {
            let all = ["INBOX", "Archive"].map(|name| store.mailbox(USER, name).unwrap().mails().to_vec());
            all.into_iter()
                .flatten()
                .filter(|mail| mail.flags().has("\\Flagged") && !mail.flags().has("\\Deleted"))
                .count()
        });
        assert_eq!(starred, 3, "{name}");
        ground.assert_nothing_destroyed();
        let unscoped = ground
            .server
            .store()
            .with(|store| store.journal.expunged.iter().filter(|gone| !gone.by_uid).count());
        assert_eq!(unscoped, 0, "{name}: only UID EXPUNGE of what was copied is ever sent");
    }
}

#[test]
fn foreign_mail_marked_deleted_survives_our_moves_in_every_dialect() {
    for (name, dialect) in dialects() {
        let ground = ground(dialect, 6);
        ground.server.store().with(|store| {
            store.mailbox_mut(USER, "INBOX").unwrap().change_flags(1, |flags| flags.add("\\Deleted"));
        });
        let ids = ground.ids(Role::Inbox);
        ground.run.run(Command::Archive { emails: ids[..2].to_vec() }).unwrap();
        ground.run.run(Command::DeleteForever { emails: ids[2..3].to_vec() }).unwrap();
        let there =
            ground.server.store().with(|store| store.mailbox(USER, "INBOX").unwrap().mail(1).is_some());
        assert!(there, "{name}");
    }
}

#[test]
fn a_move_whose_answer_was_lost_happens_exactly_once() {
    for (name, dialect) in dialects() {
        for fault in [Fault::LoseAnswer, Fault::CutBefore] {
            let ground = ground(dialect.clone(), 8);
            for verb in [Verb::Move, Verb::Copy] {
                ground.fault(verb, fault.clone());
            }
            let ids = ground.ids(Role::Inbox);
            let ticket = ground.run.submit(Command::Archive { emails: ids[..3].to_vec() });
            assert_eq!(ground.run.finished(ticket), Ok(Done::Nothing), "{name} {fault:?}");
            ground.sync();
            ground.assert_in_step();
            assert_eq!(ground.on_server("Archive").len(), 3, "{name} {fault:?}");
            assert_eq!(ground.on_server("INBOX").len(), 5, "{name} {fault:?}");
            ground.assert_nothing_destroyed();
        }
    }
}

#[test]
fn a_connection_lost_between_copy_and_expunge_leaves_no_twin_and_no_loss() {
    for verb in [Verb::Store, Verb::Expunge] {
        for fault in [Fault::LoseAnswer, Fault::CutBefore] {
            let ground = ground(Dialect::no_move(), 8);
            ground.fault(verb, fault.clone());
            let ids = ground.ids(Role::Inbox);
            let ticket = ground.run.submit(Command::Archive { emails: ids[..2].to_vec() });
            assert_eq!(ground.run.finished(ticket), Ok(Done::Nothing), "{verb:?} {fault:?}");
            ground.sync();
            ground.assert_in_step();
            assert_eq!(ground.on_server("Archive").len(), 2, "{verb:?} {fault:?}");
            assert_eq!(ground.on_server("INBOX").len(), 6, "{verb:?} {fault:?}");
            ground.assert_nothing_destroyed();
        }
    }
}

#[test]
fn a_refused_move_is_told_and_taken_back() {
    let ground = ground(Dialect::full(), 3);
    ground.server.store().with(|store| {
        store
            .faults
            .add(Rule::always(Verb::Move, Fault::Refuse { code: "OVERQUOTA".into(), text: "full".into() }));
    });
    let ids = ground.ids(Role::Inbox);
    let ticket = ground.run.submit(Command::Archive { emails: ids[..1].to_vec() });
    let error = ground.run.finished(ticket).unwrap_err();
    assert_eq!((error.kind(), error.server_text()), (ErrorKind::QuotaFull, Some("full")));
    assert_eq!(ground.ids(Role::Inbox), ids);
    assert!(ground.ids(Role::Archive).is_empty());
}

#[test]
fn undo_brings_mail_back_here_and_on_the_server() {
    for (name, dialect) in dialects() {
        let ground = ground(dialect, 4);
        let ids = ground.ids(Role::Inbox);
        let archived = ground.run.submit(Command::Archive { emails: ids[..2].to_vec() });
        ground.run.finished(archived).unwrap();
        let undone = ground.run.run(Command::Undo { operation: archived });
        assert_eq!(undone, Ok(Done::Undone(archived)), "{name}");
        ground.sync();
        ground.assert_in_step();
        assert_eq!(ground.on_server("INBOX").len(), 4, "{name}");
        let mut back = ground.ids(Role::Inbox);
        back.sort();
        let mut all = ids.clone();
        all.sort();
        assert_eq!(back, all, "{name}: the same mails, not copies of them");
    }
}

#[test]
fn changes_made_elsewhere_are_seen_without_asking() {
    let ground = ground(Dialect::full(), 5);
    let inbox: MailboxId = ground.run.role(ground.account, Role::Inbox);
    ground.server.store().with(|store| {
        let inbox = store.mailbox_mut(USER, "INBOX").unwrap();
        inbox.append(mail(900), Flags::none(), 1_800_000_000_000);
        inbox.remove(2);
        inbox.change_flags(3, |flags| flags.add("\\Seen"));
    });
    ground.run.wait_until("the other device's changes are here", |reader| {
        let page = reader.page(ListQuery::Mailbox(inbox), 0, 100)?;
        Ok(page.total == 5
            && page.rows[0].subject == "mail 900"
            && page.rows.iter().filter(|row| row.flags.contains(FlagBits::SEEN)).count() == 1)
    });
    ground.assert_in_step();
}

#[test]
fn a_mail_that_another_device_moves_is_found_there_and_not_fetched_again() {
    let ground = ground(Dialect::full(), 5);
    let id = ground.ids(Role::Inbox)[0];
    let fetches = ground.commands(Verb::Fetch);
    ground.server.store().with(|store| {
        let mail = store.mailbox_mut(USER, "INBOX").unwrap().remove(5).unwrap();
        let archive = store.mailbox_mut(USER, "Archive").unwrap();
        archive.append(mail.raw().to_vec(), Flags::none(), mail.internal_date());
    });
    ground.run.wait_until("it is in Archive", |_| Ok(ground.ids(Role::Archive) == [id]));
    ground.assert_in_step();
    let again = ground.server.store().with(|store| {
        let fetches = store.journal.lines_of(Verb::Fetch).skip(fetches);
        fetches.filter(|line| line.contains("BODY.PEEK[]")).count()
    });
    assert_eq!(again, 0);
}

#[test]
fn what_was_done_offline_is_done_when_the_server_is_back() {
    let ground = ground(Dialect::full(), 6);
    let ids = ground.ids(Role::Inbox);
    ground.server.store().with(|store| {
        store.faults.add(Rule { verb: None, times: 2, ..Rule::always(Verb::Noop, Fault::CutBefore) });
    });
    ground.server.store().cut_connections();
    let archived = ground.run.submit(Command::Archive { emails: ids[..2].to_vec() });
    let starred = ground.run.submit(Command::SetFlags {
        emails: ids[..3].to_vec(),
        add: FlagBits::FLAGGED,
        remove: FlagBits::NONE,
    });
    ground.run.wait_until("the effect is shown at once", |_| Ok(ground.ids(Role::Archive).len() == 2));
    ground.run.finished(archived).unwrap();
    ground.run.finished(starred).unwrap();
    ground.sync();
    ground.assert_in_step();
}

#[test]
fn a_renumbered_mailbox_is_read_again_without_fetching_bodies_again() {
    let ground = ground(Dialect::full(), 40);
    let ids = ground.ids(Role::Inbox);
    let fetched = |ground: &Ground| {
        ground.server.store().with(|store| {
            store.journal.lines_of(Verb::Fetch).filter(|line| line.contains("BODY.PEEK[]")).count()
        })
    };
    let before = fetched(&ground);
    ground.server.store().with(|store| store.bump_uid_validity(USER, "INBOX"));
    // The connection that watches it ends with its numbering.
    ground.run.wait_until("a new connection has looked", |_| {
        Ok(ground.run.run(Command::SyncAccount { account: ground.account }).is_ok())
    });
    ground.assert_in_step();
    assert_eq!(ground.ids(Role::Inbox), ids);
    assert_eq!(fetched(&ground), before);
}

#[test]
fn a_refused_sign_in_is_not_tried_again_and_a_new_password_is() {
    let ground = ground(Dialect::full(), 3);
    ground.server.store().with(|store| store.set_password(USER, "another"));
    let tries = |ground: &Ground| ground.commands(Verb::Login) + ground.commands(Verb::Authenticate);
    let before = tries(&ground);
    ground.server.store().cut_connections();
    let needed = |ground: &Ground| {
        ground.run.status(ground.account).state == waxwing_core::model::AccountState::SignInNeeded
    };
    ground.run.wait_until("the person is asked", |_| Ok(needed(&ground)));
    std::thread::sleep(Duration::from_secs(3));
    assert!(tries(&ground) - before <= 2, "{} tries", tries(&ground) - before);
    assert_eq!(ground.ids(Role::Inbox).len(), 3, "reading goes on");
    let secret = waxwing_core::model::Secret::new("another");
    assert!(ground.run.run(Command::SignIn { account: ground.account, secret }).is_ok());
    ground.assert_in_step();
}

#[test]
fn a_wrong_password_adds_no_account_and_keeps_no_secret() {
    let ground = ground(Dialect::full(), 1);
    let login = Login {
        host: "localhost".into(),
        port: ground.server.port(),
        user: USER.into(),
        password: "wrong".into(),
        authority: ground.server.ca_der().to_vec(),
    };
    let run = EngineRun::start(vec![login.authority.clone()]);
    assert_eq!(run.add_account(&login).unwrap_err().kind(), ErrorKind::LoginRefused);
    assert!(run.reader().accounts().unwrap().is_empty());
    assert!(run.vault().is_empty());
}

#[test]
fn the_port_for_unencrypted_mail_cannot_be_configured() {
    let run = EngineRun::start(vec![waxwing_tests::authority::Authority::new().root()]);
    let login = Login {
        host: "localhost".into(),
        port: 143,
        user: USER.into(),
        password: "x".into(),
        authority: Vec::new(),
    };
    assert_eq!(run.add_account(&login).unwrap_err().kind(), ErrorKind::InvalidInput);
}

#[test]
fn a_mail_that_makes_no_sense_is_listed_and_can_be_opened() {
    let ground = ground(Dialect::full(), 2);
    ground.server.store().with(|store| {
        let inbox = store.mailbox_mut(USER, "INBOX").unwrap();
        inbox.append(vec![0xff, 0xfe, 0, 0, b'\r', b'\n', 0x80], Flags::none(), 1_800_000_000_000);
        inbox.append(Vec::new(), Flags::none(), 1_800_000_001_000);
    });
    ground.sync();
    ground.run.wait_until_complete(ground.account);
    let ids = ground.ids(Role::Inbox);
    assert_eq!(ids.len(), 4);
    for id in ids {
        ground.run.reader().email(id).unwrap();
    }
}

#[test]
fn one_mail_that_cannot_be_fetched_does_not_hold_up_the_others() {
    let mut mailstore = Mailstore::new();
    mailstore.add_account(USER);
    let inbox = mailstore.mailbox_mut(USER, "INBOX").unwrap();
    for number in 1..=30 {
        inbox.append(mail(number), Flags::none(), 1_700_000_000_000 + number as i64 * 1000);
    }
    // The first fetches of bodies, which ask for all of them together, are refused for the sake of one mail.
    let mut fetches = 0;
    mailstore.faults.hook = Some(Box::new(move |connection, verb| {
        // The first connection proved the settings, the second is the main one.
        let is_body = verb == Verb::Fetch && connection >= 3;
        fetches += u32::from(is_body);
        let refused = Fault::Refuse { code: "SERVERBUG".into(), text: "can't read a mail".into() };
        (is_body && fetches <= 3).then_some(refused)
    }));
    let (_server, login) = serve(mailstore, Dialect::full());
    let (run, account) = EngineRun::with_account(&login);
    run.wait_until_complete(account);
    let ids = run.reader().ids(ListQuery::Mailbox(run.role(account, Role::Inbox))).unwrap();
    let here = ids.iter().filter(|id| run.reader().raw(**id).is_ok()).count();
    assert_eq!((ids.len(), here), (30, 30));
}

#[test]
fn an_alert_is_passed_on() {
    let ground = ground(Dialect::full(), 1);
    ground.server.store().with(|store| {
        store
            .faults
            .add(Rule::once(Verb::List, Fault::Refuse { code: "ALERT".into(), text: "Down at nine".into() }));
    });
    let _ = ground.run.run(Command::SyncAccount { account: ground.account });
    let event = ground.run.wait_for("the alert", |event| matches!(event, Event::Alert { .. }));
    assert!(matches!(event, Event::Alert { text, .. } if text == "Down at nine"));
    assert_eq!(ground.ids(Role::Inbox).len(), 1, "a refused LIST erases nothing");
}

/// A SEARCH response that nobody asked for was taken for the list of all UIDs, and UIDNEXT as stored ran ahead of the
/// server's: mail that got these UIDs later counted as known, until a count didn't add up.
#[test]
fn uids_that_a_server_has_not_given_out_yet_are_not_believed() {
    for dialect in [Dialect::full(), Dialect::bare_rfc3501()] {
        let mut mailstore = Mailstore::new();
        mailstore.add_account(USER);
        let inbox = mailstore.mailbox_mut(USER, "INBOX").unwrap();
        inbox.append(mail(1), Flags::none(), 1_700_000_000_000);
        let unasked = Fault::Unsolicited { line: "* SEARCH 1 2 3".into(), times: 1 };
        mailstore.faults.add(Rule::always(Verb::Search, unasked));
        let (_server, login) = serve(mailstore, dialect);
        let (run, account) = EngineRun::with_account(&login);
        run.wait_until_complete(account);
        let database = rusqlite::Connection::open(run.data_dir().join("mail.db")).unwrap();
        let uid_next = "SELECT uid_next FROM folder WHERE wire_name = 'INBOX'";
        let uid_next: u32 = database.query_row(uid_next, [], |row| row.get(0)).unwrap();
        assert_eq!(uid_next, 2);
    }
}
