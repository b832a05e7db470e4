//! Every command gets exactly one answer, whatever becomes of the engine, the account or the line.

use std::time::Duration;

use waxwing_core::model::{AccountId, FlagBits, ListQuery, Role, Secret};
use waxwing_core::{Command, ErrorKind, Ticket};
use waxwing_demo::model::{Dialect, Fault, Flags, Mailstore, Rule, Verb};
use waxwing_demo::serve::Server;
use waxwing_tests::engine::{EngineRun, Login};
use waxwing_tests::model::{PASSWORD, USER, serve};

struct Ground {
    server: Server,
    login: Login,
    run: EngineRun,
    account: AccountId,
}

fn ground() -> Ground {
    let mut mailstore = Mailstore::new();
    mailstore.add_account(USER);
    mailstore.add_mailbox(USER, "Archive", Some("\\Archive"));
    let inbox = mailstore.mailbox_mut(USER, "INBOX").unwrap();
    for number in 1..=3 {
        let raw = format!("Subject: mail {number}\r\nMessage-ID: <{number}@example.org>\r\n\r\nText\r\n");
        inbox.append(raw.into_bytes(), Flags::none(), 1_700_000_000_000 + number * 1000);
    }
    let (server, login) = serve(mailstore, Dialect::full());
    let (run, account) = EngineRun::with_account(&login);
    run.wait_until_complete(account);
    Ground { server, login, run, account }
}

impl Ground {
    fn always(&self, verb: Verb, fault: Fault) {
        self.server.store().with(|store| store.faults.add(Rule::always(verb, fault)));
    }

    fn flag(&self) -> Ticket {
        let emails =
            self.run.reader().ids(ListQuery::Mailbox(self.run.role(self.account, Role::Inbox))).unwrap();
        self.run.submit(Command::SetFlags { emails, add: FlagBits::FLAGGED, remove: FlagBits::NONE })
    }

    /// What each of these commands was answered, once nothing more is told.
    fn answers(&self, tickets: &[Ticket]) -> Vec<Vec<Option<ErrorKind>>> {
        self.run.answers(tickets, Duration::from_millis(500))
    }
}

#[test]
fn the_end_of_the_engine_answers_whoever_waits() {
    let ground = ground();
    ground.always(Verb::List, Fault::Stall(None));
    ground.always(Verb::Greeting, Fault::Stall(None));
    let secret = || Secret::new(PASSWORD);
    let tickets = [
        ground.run.submit(Command::SyncAccount { account: ground.account }),
        ground.run.submit(Command::AddAccount {
            config: ground.login.config_of("bob@example.test"),
            secret: secret(),
        }),
        ground.run.submit(Command::SyncAccount { account: ground.account }),
    ];
    std::thread::sleep(Duration::from_millis(300));
    ground.run.engine().shut_down();
    let closed = vec![Some(ErrorKind::Closed)];
    assert_eq!(ground.answers(&tickets), [closed.clone(), closed.clone(), closed]);
}

#[test]
fn the_end_of_an_account_answers_whoever_waits_also_for_changes_to_mail() {
    let ground = ground();
    ground.always(Verb::Store, Fault::Stall(None));
    let changed = ground.flag();
    let synced = ground.run.submit(Command::SyncAccount { account: ground.account });
    std::thread::sleep(Duration::from_millis(200));
    let removed = ground.run.submit(Command::RemoveAccount { account: ground.account });
    let canceled = vec![Some(ErrorKind::Canceled)];
    assert_eq!(ground.answers(&[changed, synced, removed]), [canceled.clone(), canceled, vec![None]]);
}

#[test]
fn a_sync_is_answered_while_a_password_is_asked_for() {
    let ground = ground();
    ground.server.store().with(|store| store.set_password(USER, "another"));
    ground.server.store().cut_connections();
    ground.run.wait_until("the person is asked", |_| {
        Ok(ground.run.status(ground.account).state == waxwing_core::model::AccountState::SignInNeeded)
    });
    let before = ground.server.store().with(|store| store.journal.commands.len());
    let sync = ground.run.run(Command::SyncAccount { account: ground.account });
    assert_eq!(sync.unwrap_err().kind(), ErrorKind::LoginRefused);
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(
        ground.server.store().with(|store| store.journal.commands.len()),
        before,
        "no further sign-in"
    );
}

#[test]
fn a_mail_that_no_other_connection_can_fetch_is_answered_for_at_once_and_comes() {
    let no = || Fault::Refuse { code: String::new(), text: "too many connections".into() };
    for (verb, fault) in [(Verb::Greeting, Fault::CutBefore), (Verb::Authenticate, no())] {
        cannot_be_fetched(verb, fault);
    }
}

fn cannot_be_fetched(verb: Verb, fault: Fault) {
    let ground = ground();
    // The engine's first connection from now on is its main one: it alone is let in.
    ground.server.store().with(|store| {
        let inbox = store.mailbox_mut(USER, "INBOX").unwrap();
        inbox.append(&b"Subject: late\r\n\r\nText\r\n"[..], Flags::none(), 1_800_000_000_000);
        store.faults.add(Rule { skip: 1, ..Rule::always(verb, fault) });
    });
    ground.server.store().cut_connections();
    let inbox = ground.run.role(ground.account, Role::Inbox);
    ground
        .run
        .wait_until("the mail is listed", |reader| Ok(reader.ids(ListQuery::Mailbox(inbox))?.len() == 4));
    let email = ground.run.reader().ids(ListQuery::Mailbox(inbox)).unwrap()[0];
    // Also when the last try was long ago and the next one is far off. In the end the main connection fetches it.
    let outcomes: Vec<bool> = (0..6)
        .map(|_| {
            let start = std::time::Instant::now();
            let came = ground.run.run(Command::FetchBody { email }).is_ok();
            assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
            came
        })
        .collect();
    assert_eq!(outcomes.last(), Some(&true), "{outcomes:?}");
}

#[test]
fn a_stored_mail_that_is_damaged_is_fetched_again() {
    let ground = ground();
    let inbox = ground.run.role(ground.account, Role::Inbox);
    let email = ground.run.reader().ids(ListQuery::Mailbox(inbox)).unwrap()[0];
    let good = ground.run.reader().raw(email).unwrap();
    let pack = ground.run.data_dir().join("packs").join(ground.account.0.to_string()).join("000001.pack");
    let mut bytes = std::fs::read(&pack).unwrap();
    bytes.iter_mut().for_each(|byte| *byte ^= 1);
    std::fs::write(&pack, bytes).unwrap();
    assert_eq!(ground.run.reader().raw(email).unwrap_err().kind(), ErrorKind::StorageFailed);
    ground.run.run(Command::FetchBody { email }).unwrap();
    assert_eq!(ground.run.reader().raw(email).unwrap(), good);
}
