//! Mailboxes, copies, mails made here and moves between accounts, with a real server and a second client beside us.

use std::time::Duration;

use waxwing_core::model::{AccountId, EmailId, FlagBits, Instant, ListQuery, MailboxId, Role};
use waxwing_core::{Command, Done, Message};
use waxwing_tests::comparison::{assert_same, here, on_server};
use waxwing_tests::dovecot::{Dovecot, User};
use waxwing_tests::engine::{EngineRun, Login};
use waxwing_tests::generated::{Generated, Mail};
use waxwing_tests::process::within;

/// One server, two people, one engine with both.
struct Ground {
    server: Dovecot,
    ann: User,
    bob: User,
    run: EngineRun,
    anns: AccountId,
    bobs: AccountId,
}

fn ground(mails: Vec<Mail>) -> Ground {
    let server = Dovecot::start();
    let (ann, bob) =
        (server.user("ann@example.test", "correct horse"), server.user("bob@example.test", "battery"));
    server.seed(&ann, "INBOX", mails);
    server.seed(&bob, "INBOX", [Mail::short("for Bob", "Hello")]);
    let run = EngineRun::start(vec![server.authority()]);
    let anns = run.add_account(&Login::to(&server, &ann)).unwrap();
    let bobs = run.add_account(&Login::to(&server, &bob)).unwrap();
    run.wait_until_complete(anns);
    run.wait_until_complete(bobs);
    Ground { server, ann, bob, run, anns, bobs }
}

impl Ground {
    fn ids(&self, mailbox: MailboxId) -> Vec<EmailId> {
        self.run.reader().ids(ListQuery::Mailbox(mailbox)).unwrap()
    }

    fn inbox(&self) -> Vec<EmailId> {
        self.ids(self.run.role(self.anns, Role::Inbox))
    }

    fn assert_in_step(&self) {
        for (account, user) in [(self.anns, &self.ann), (self.bobs, &self.bob)] {
            let synced =
                within(Duration::from_secs(60), || self.run.run(Command::SyncAccount { account }).is_ok());
            assert!(synced, "{:?}", self.run.status(account));
            self.run.wait_until_complete(account);
            let snapshot = self.server.second_client(user).snapshot().unwrap();
            assert_same(&here(&self.run.reader(), account), &on_server(&snapshot));
        }
    }
}

#[test]
fn mailboxes_copies_and_mails_made_here_are_the_same_on_a_real_server() {
    let ground = ground(Generated::mailbox(7, 40).collect());
    let account = ground.anns;
    let create = |path: &str| Command::CreateMailbox { account, path: path.into(), role: None };
    assert_eq!(ground.run.run(create("Entwürfe & Co")), Ok(Done::Nothing));
    let mailbox = ground.run.mailbox(account, "Entwürfe & Co").id;
    let mails = ground.inbox();
    ground.run.run(Command::Copy { emails: mails[..10].to_vec(), to: mailbox }).unwrap();
    ground.run.run(Command::Archive { emails: mails[10..15].to_vec() }).unwrap();
    ground.run.run(Command::Trash { emails: mails[15..20].to_vec() }).unwrap();
    ground.run.run(Command::RenameMailbox { mailbox, path: "Projekte".into() }).unwrap();
    let message = Mail::short("made here", "with a text").raw;
    for _ in 0..2 {
        let (message, date) = (Message(message.clone()), Instant(1_700_000_000_000));
        let append = Command::Append { mailbox, message, flags: FlagBits::SEEN, date };
        assert_eq!(ground.run.run(append), Ok(Done::Nothing));
    }
    ground.assert_in_step();
    assert_eq!(ground.ids(mailbox).len(), 12);
    assert_eq!(ground.run.run(Command::EmptyTrash { account }), Ok(Done::Nothing));
    ground.run.run(Command::MarkAllRead { mailbox }).unwrap();
    ground.assert_in_step();
    assert!(ground.ids(ground.run.role(account, Role::Trash)).is_empty());
    ground.run.run(Command::DeleteMailbox { mailbox }).unwrap();
    ground.assert_in_step();
    let left = ground.server.second_client(&ground.ann).mailboxes().unwrap();
    assert!(!left.iter().any(|name| name.contains("Projekte") || name.contains("Entw")), "{left:?}");
}

#[test]
fn mail_moves_between_two_real_accounts_while_the_server_is_killed_again_and_again() {
    let mut ground = ground(Generated::mailbox(11, 60).collect());
    let bobs = ground.run.role(ground.bobs, Role::Inbox);
    let mails = ground.inbox();
    let moved = ground.run.submit(Command::Move { emails: mails[..40].to_vec(), to: bobs });
    for _ in 0..4 {
        std::thread::sleep(Duration::from_millis(150));
        ground.server.kill();
        ground.server.restart();
        for account in [ground.anns, ground.bobs] {
            ground.run.submit(Command::SyncAccount { account });
        }
    }
    assert_eq!(ground.run.finished(moved), Ok(Done::Nothing));
    ground.assert_in_step();
    assert_eq!((ground.inbox().len(), ground.ids(bobs).len()), (20, 41));
}
