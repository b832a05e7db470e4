//! Mailboxes made, renamed and deleted, mails handed over, copied, and moved between accounts: against the model server,
//! in every dialect, with faults at the moments that lose or double mail in other programs.

use std::time::Duration;

use waxwing_core::model::{
    AccountId, ChangeKind, ChangeState, EmailId, FlagBits, Instant, ListQuery, MailboxId, Role,
};
use waxwing_core::{Command, Done, ErrorKind, Event, Message};
use waxwing_demo::model::{Dialect, Fault, Flags, Mailstore, Rule, Verb};
use waxwing_demo::serve::Server;
use waxwing_tests::engine::{EngineRun, Login};
use waxwing_tests::model::{USER, serve};

const DATE: i64 = 1_700_000_000_000;

fn mail(number: usize) -> Vec<u8> {
    format!(
        "From: Grace <grace@example.org>\r\nTo: {USER}\r\nSubject: mail {number}\r\nMessage-ID: <{number}@example.org>\r\n\
         Date: Mon, 23 Nov 2026 10:00:00 +0000\r\n\r\nText of mail {number}{}\r\n",
        ".".repeat(number % 37)
    )
    .into_bytes()
}

fn dialects() -> [(&'static str, Dialect); 6] {
    [
        ("full", Dialect::full()),
        ("bare RFC 3501", Dialect::bare_rfc3501()),
        ("no MOVE", Dialect::no_move()),
        ("no UIDPLUS", Dialect::no_uidplus()),
        ("no COPYUID", Dialect { copyuid: false, ..Dialect::full() }),
        ("no UIDNEXT", Dialect { uidnext_in_select: false, ..Dialect::full() }),
    ]
}

/// Faults after which the engine goes on by itself.
fn faults() -> [Fault; 5] {
    [
        Fault::CutBefore,
        Fault::LoseAnswer,
        Fault::CutAfter(7),
        Fault::Refuse { code: "UNAVAILABLE".into(), text: "not now".into() },
        Fault::Bye { code: "UNAVAILABLE".into(), text: "going down".into() },
    ]
}

/// A server with an account on it.
struct Home {
    server: Server,
    account: AccountId,
}

impl Home {
    /// Message-IDs in a mailbox there, those marked as deleted left out, sorted.
    fn mails(&self, name: &str) -> Vec<String> {
        self.server.store().with(|store| {
            let Some(mailbox) = store.mailbox(USER, name) else { return Vec::new() };
            let not_deleted = mailbox.mails().iter().filter(|mail| !mail.flags().has("\\Deleted"));
            let mut ids: Vec<String> = not_deleted.map(|mail| mail.message_id()).collect();
            ids.sort();
            ids
        })
    }

    fn mailboxes(&self) -> Vec<String> {
        self.server.store().with(|store| {
            let all = store.account(USER).unwrap().mailboxes();
            let mut names: Vec<String> = all.iter().map(|mailbox| mailbox.name().to_owned()).collect();
            names.sort();
            names
        })
    }

    fn fault(&self, rule: Rule) {
        self.server.store().with(|store| store.faults.add(rule));
    }

    /// Nobody can reach it, until `open`.
    fn shut(&self) {
        self.server.store().with(|store| {
            store.faults.hook = Some(Box::new(|_, _| Some(Fault::CutBefore)));
        });
    }

    fn open(&self) {
        self.server.store().with(|store| store.faults.hook = None);
    }

    fn count(&self, verb: Verb) -> usize {
        self.server.store().with(|store| store.journal.lines_of(verb).count())
    }

    fn assert_nothing_unscoped(&self) {
        let unscoped = self.server.store().with(|store| {
            store.journal.expunged.iter().filter(|gone| !gone.by_uid && gone.by != Verb::Delete).count()
        });
        assert_eq!(unscoped, 0, "only UID EXPUNGE of mails that were named is ever sent");
        assert_eq!(self.count(Verb::Close), 0);
    }
}

fn home(
    mailboxes: &[(&str, Option<&'static str>)],
    dialect: &Dialect,
    first: usize,
    mails: usize,
) -> (Server, Login) {
    let mut mailstore = Mailstore::new();
    mailstore.add_account(USER);
    for (name, special) in mailboxes {
        mailstore.add_mailbox(USER, name, *special);
    }
    let inbox = mailstore.mailbox_mut(USER, "INBOX").unwrap();
    for number in first..first + mails {
        inbox.append(mail(number), Flags::none(), DATE + number as i64 * 1000);
    }
    serve(mailstore, dialect.clone())
}

struct Ground {
    run: EngineRun,
    home: Home,
    login: Login,
}

const USUAL: [(&str, Option<&str>); 3] =
    [("Archive", Some("\\Archive")), ("Trash", Some("\\Trash")), ("Sent", Some("\\Sent"))];

fn ground_with(mailboxes: &[(&str, Option<&'static str>)], dialect: &Dialect, mails: usize) -> Ground {
    let (server, login) = home(mailboxes, dialect, 1, mails);
    let (run, account) = EngineRun::with_account(&login);
    run.wait_until_complete(account);
    Ground { run, home: Home { server, account }, login }
}

fn ground(dialect: &Dialect, mails: usize) -> Ground {
    ground_with(&USUAL, dialect, mails)
}

impl Ground {
    fn account(&self) -> AccountId {
        self.home.account
    }

    fn ids(&self, mailbox: MailboxId) -> Vec<EmailId> {
        self.run.reader().ids(ListQuery::Mailbox(mailbox)).unwrap()
    }

    fn role(&self, role: Role) -> MailboxId {
        self.run.role(self.account(), role)
    }

    fn inbox(&self) -> Vec<EmailId> {
        self.ids(self.role(Role::Inbox))
    }

    /// Message-IDs shown in a mailbox, sorted.
    fn shown(&self, mailbox: MailboxId) -> Vec<String> {
        shown(&self.run, mailbox)
    }

    fn paths(&self) -> Vec<String> {
        let mut paths: Vec<String> = self
            .run
            .reader()
            .mailboxes(self.account())
            .unwrap()
            .into_iter()
            .map(|mailbox| mailbox.path)
            .collect();
        paths.sort();
        paths
    }

    fn sync(&self) {
        sync(&self.run, self.account());
    }

    fn append(&self, to: MailboxId, number: usize) -> Command {
        let _ = self;
        Command::Append {
            mailbox: to,
            message: Message(mail(number)),
            flags: FlagBits::SEEN,
            date: Instant(DATE + 5_000),
        }
    }
}

/// Brings an account up to date. A try that was under way may still fail by what went wrong before.
fn sync(run: &EngineRun, account: AccountId) {
    let worked = (0..20).any(|_| run.run(Command::SyncAccount { account }).is_ok());
    assert!(worked, "the account can be synced");
}

fn shown(run: &EngineRun, mailbox: MailboxId) -> Vec<String> {
    let reader = run.reader();
    let ids = reader.ids(ListQuery::Mailbox(mailbox)).unwrap();
    let mut shown: Vec<String> = ids
        .into_iter()
        .map(|id| {
            let raw = String::from_utf8(reader.raw(id).unwrap()).unwrap();
            raw.lines().find_map(|line| line.strip_prefix("Message-ID: <")).unwrap().replace('>', "")
        })
        .collect();
    shown.sort();
    shown
}

fn ids(numbers: impl IntoIterator<Item = usize>) -> Vec<String> {
    let mut ids: Vec<String> = numbers.into_iter().map(|number| format!("{number}@example.org")).collect();
    ids.sort();
    ids
}

fn bare(names: Vec<String>) -> Vec<String> {
    names.into_iter().map(|name| name.trim_matches(['<', '>']).to_owned()).collect()
}

// Mailboxes.

#[test]
fn a_mailbox_is_shown_at_once_and_made_renamed_and_deleted_on_the_server() {
    for (name, dialect) in dialects() {
        let ground = ground(&dialect, 3);
        let account = ground.account();
        let path = "Reisen/Köln".to_owned();
        let made = ground.run.submit(Command::CreateMailbox { account, path: path.clone(), role: None });
        assert_eq!(ground.run.finished(made), Ok(Done::Nothing), "{name}");
        assert!(ground.home.mailboxes().contains(&"Reisen/K&APY-ln".to_owned()), "{name}");
        let mailbox = ground.run.mailbox(account, &path).id;
        let moved = Command::Move { emails: ground.inbox()[..1].to_vec(), to: mailbox };
        assert_eq!(ground.run.run(moved), Ok(Done::Nothing), "{name}");
        let renamed = Command::RenameMailbox { mailbox, path: "Reisen/Bonn".into() };
        assert_eq!(ground.run.run(renamed), Ok(Done::Nothing), "{name}");
        ground.sync();
        assert_eq!(ground.run.mailbox(account, "Reisen/Bonn").id, mailbox, "{name}: the same mailbox");
        assert_eq!(ground.home.mails("Reisen/Bonn").len(), 1, "{name}");
        assert_eq!(ground.ids(mailbox).len(), 1, "{name}");
        assert_eq!(ground.run.run(Command::DeleteMailbox { mailbox }), Ok(Done::Nothing), "{name}");
        ground.sync();
        assert!(!ground.paths().contains(&"Reisen/Bonn".to_owned()), "{name}");
        assert!(!ground.home.mailboxes().contains(&"Reisen/Bonn".to_owned()), "{name}");
        ground.run.wait_until_complete(account);
    }
}

#[test]
fn work_on_mailboxes_happens_exactly_once_whatever_happens_to_an_answer() {
    for fault in faults() {
        let ground = ground(&Dialect::full(), 2);
        let account = ground.account();
        for verb in [Verb::Create, Verb::Rename, Verb::Delete, Verb::Subscribe] {
            ground.home.fault(Rule::once(verb, fault.clone()));
        }
        let create = |path: &str| Command::CreateMailbox { account, path: path.into(), role: None };
        assert_eq!(ground.run.run(create("One")), Ok(Done::Nothing), "{fault:?}");
        assert_eq!(ground.run.run(create("Two")), Ok(Done::Nothing), "{fault:?}");
        let one = ground.run.mailbox(account, "One").id;
        let renamed = Command::RenameMailbox { mailbox: one, path: "Three".into() };
        assert_eq!(ground.run.run(renamed), Ok(Done::Nothing), "{fault:?}");
        let two = ground.run.mailbox(account, "Two").id;
        assert_eq!(ground.run.run(Command::DeleteMailbox { mailbox: two }), Ok(Done::Nothing), "{fault:?}");
        ground.sync();
        assert_eq!(ground.home.mailboxes(), ["Archive", "INBOX", "Sent", "Three", "Trash"], "{fault:?}");
        assert_eq!(ground.paths(), ["Archive", "INBOX", "Sent", "Three", "Trash"], "{fault:?}");
    }
}

#[test]
fn inbox_is_neither_deleted_nor_renamed_and_no_two_mailboxes_have_one_name() {
    let ground = ground(&Dialect::full(), 1);
    let account = ground.account();
    let inbox = ground.role(Role::Inbox);
    let kind = |command| ground.run.run(command).unwrap_err().kind();
    assert_eq!(kind(Command::DeleteMailbox { mailbox: inbox }), ErrorKind::WrongState);
    let rename = Command::RenameMailbox { mailbox: inbox, path: "Other".into() };
    assert_eq!(kind(rename), ErrorKind::WrongState);
    let create = |path: &str| Command::CreateMailbox { account, path: path.into(), role: None };
    assert_eq!(kind(create("Archive")), ErrorKind::WrongState);
    for bad in ["", "a\r\nA9 LOGOUT", "inbox", "x*"] {
        assert_eq!(kind(create(bad)), ErrorKind::InvalidInput, "{bad:?}");
    }
    assert_eq!((ground.home.count(Verb::Delete), ground.home.count(Verb::Rename)), (0, 0));
}

#[test]
fn a_refused_deletion_brings_the_mailbox_back_with_its_mail() {
    let ground = ground(&Dialect::full(), 3);
    let archive = ground.role(Role::Archive);
    ground.run.run(Command::Archive { emails: ground.inbox() }).unwrap();
    let refusal = Fault::Refuse { code: "HASCHILDREN".into(), text: "it has children".into() };
    ground.home.fault(Rule::always(Verb::Delete, refusal));
    let error = ground.run.run(Command::DeleteMailbox { mailbox: archive }).unwrap_err();
    assert_eq!(error.server_text(), Some("it has children"));
    assert_eq!(ground.role(Role::Archive), archive);
    assert_eq!(ground.shown(archive), ids(1..=3));
}

#[test]
fn undo_renames_back_and_deletes_what_was_made_only_while_it_is_empty() {
    let ground = ground(&Dialect::full(), 2);
    let account = ground.account();
    let made = ground.run.submit(Command::CreateMailbox { account, path: "Work".into(), role: None });
    ground.run.finished(made).unwrap();
    let work = ground.run.mailbox(account, "Work").id;
    let renamed = ground.run.submit(Command::RenameMailbox { mailbox: work, path: "Play".into() });
    ground.run.finished(renamed).unwrap();
    assert_eq!(ground.run.run(Command::Undo { operation: renamed }), Ok(Done::Undone(renamed)));
    assert!(ground.home.mailboxes().contains(&"Work".to_owned()));
    // Another client puts a mail there.
    ground.home.server.store().with(|store| {
        store.mailbox_mut(USER, "Work").unwrap().append(mail(9), Flags::none(), DATE);
    });
    assert_eq!(ground.run.run(Command::Undo { operation: made }).unwrap_err().kind(), ErrorKind::WrongState);
    assert_eq!(ground.home.mails("Work").len(), 1);
    assert!(ground.paths().contains(&"Work".to_owned()));
}

#[test]
fn a_missing_archive_is_made_once_on_first_use_and_other_mail_follows_into_it() {
    for (name, dialect) in dialects() {
        let ground = ground_with(&[], &dialect, 4);
        let mails = ground.inbox();
        for email in &mails[..2] {
            ground.run.submit(Command::Archive { emails: vec![*email] });
        }
        ground.run.submit(Command::Trash { emails: mails[2..3].to_vec() });
        ground.run.wait_until_complete(ground.account());
        ground.sync();
        assert_eq!(ground.home.mailboxes(), ["Archive", "INBOX", "Trash"], "{name}");
        assert_eq!(ground.home.mails("Archive").len(), 2, "{name}");
        assert_eq!(ground.home.mails("Trash").len(), 1, "{name}");
        assert_eq!(ground.shown(ground.role(Role::Archive)), ids([3, 4]), "{name}");
    }
}

#[test]
fn an_archive_that_another_client_just_made_is_used_whatever_it_is_called() {
    for there in ["Archiv", "Archive"] {
        let ground = ground_with(&[], &Dialect::full(), 3);
        ground.home.server.store().with(|store| store.add_mailbox(USER, there, None));
        let mails = ground.inbox();
        ground.run.run(Command::Archive { emails: mails[..2].to_vec() }).unwrap();
        ground.sync();
        assert_eq!(ground.home.mailboxes(), [there, "INBOX"]);
        assert_eq!(ground.home.mails(there).len(), 2);
        assert_eq!(ground.shown(ground.role(Role::Archive)), ids([2, 3]));
        assert_eq!(ground.paths(), [there, "INBOX"]);
    }
}

#[test]
fn the_persons_word_goes_over_the_servers_on_what_a_mailbox_is_for() {
    let ground = ground_with(&[("Archive", Some("\\Archive")), ("Keep", None)], &Dialect::full(), 2);
    let keep = ground.run.mailbox(ground.account(), "Keep").id;
    ground.run.run(Command::SetRole { mailbox: keep, role: Role::Archive }).unwrap();
    ground.sync();
    assert_eq!(ground.role(Role::Archive), keep);
    ground.run.run(Command::Archive { emails: ground.inbox()[..1].to_vec() }).unwrap();
    assert_eq!(ground.home.mails("Keep").len(), 1);
    let (home, run) = (ground.home, ground.run.reopened());
    assert_eq!(run.role(home.account, Role::Archive), keep);
}

#[test]
fn what_is_made_offline_is_there_after_a_restart_in_its_order() {
    let ground = ground(&Dialect::full(), 6);
    let account = ground.account();
    ground.home.shut();
    let mails = ground.inbox();
    ground.run.submit(Command::CreateMailbox { account, path: "Trips".into(), role: None });
    ground.run.wait_until("it is shown", |reader| {
        Ok(reader.mailboxes(account)?.iter().any(|mailbox| mailbox.path == "Trips"))
    });
    let trips = ground.run.mailbox(account, "Trips").id;
    ground.run.submit(Command::Move { emails: mails[..2].to_vec(), to: trips });
    ground.run.submit(Command::RenameMailbox { mailbox: trips, path: "Journeys".into() });
    ground.run.submit(Command::Move { emails: mails[2..3].to_vec(), to: trips });
    let (home, run) = (ground.home, ground.run.reopened());
    assert_eq!(run.mailbox(account, "Journeys").total, 3);
    home.open();
    sync(&run, account);
    run.wait_until_complete(account);
    assert_eq!(home.mailboxes(), ["Archive", "INBOX", "Journeys", "Sent", "Trash"]);
    assert_eq!(bare(home.mails("Journeys")), ids([4, 5, 6]));
    sync(&run, account);
    assert_eq!(shown(&run, trips), ids([4, 5, 6]));
}

#[test]
fn empty_trash_destroys_exactly_what_was_there_and_never_by_a_plain_expunge() {
    for (name, dialect) in dialects() {
        let ground = ground(&dialect, 8);
        ground.run.run(Command::Trash { emails: ground.inbox()[..5].to_vec() }).unwrap();
        ground.sync();
        // Another client throws something away that this device doesn't know of.
        ground.home.server.store().with(|store| {
            store.mailbox_mut(USER, "Trash").unwrap().append(mail(99), Flags::none(), DATE);
        });
        let emptied = Command::EmptyTrash { account: ground.account() };
        assert_eq!(ground.run.run(emptied), Ok(Done::Nothing), "{name}");
        assert_eq!(bare(ground.home.mails("Trash")), ids([99]), "{name}");
        assert_eq!(ground.home.mails("INBOX").len(), 3, "{name}");
        ground.home.assert_nothing_unscoped();
    }
}

#[test]
fn mark_all_read_marks_what_is_known_and_undo_makes_exactly_that_unread() {
    let ground = ground(&Dialect::full(), 1203);
    let inbox = ground.role(Role::Inbox);
    ground.home.server.store().with(|store| {
        store.mailbox_mut(USER, "INBOX").unwrap().change_flags(7, |flags| flags.add("\\Seen"));
    });
    ground.sync();
    let unread = |ground: &Ground| {
        ground.home.server.store().with(|store| store.mailbox(USER, "INBOX").unwrap().unseen())
    };
    let marked = ground.run.submit(Command::MarkAllRead { mailbox: inbox });
    ground.run.finished(marked).unwrap();
    assert_eq!(unread(&ground), 0);
    let stores = ground.home.count(Verb::Store);
    assert!((3..10).contains(&stores), "{stores} exchanges");
    ground.run.run(Command::Undo { operation: marked }).unwrap();
    assert_eq!(unread(&ground), 1202);
}

// Handing mails over.

#[test]
fn a_mail_made_here_is_shown_at_once_and_handed_over_byte_for_byte_in_every_dialect() {
    for (name, dialect) in dialects() {
        let ground = ground(&dialect, 1);
        let sent = ground.role(Role::Sent);
        ground.home.shut();
        let ticket = ground.run.submit(ground.append(sent, 50));
        ground.run.wait_until("it is shown", |reader| Ok(!reader.ids(ListQuery::Mailbox(sent))?.is_empty()));
        let email = ground.ids(sent)[0];
        assert_eq!(ground.run.reader().raw(email).unwrap(), mail(50), "{name}");
        ground.home.open();
        ground.run.submit(Command::SyncAccount { account: ground.account() });
        assert_eq!(ground.run.finished(ticket), Ok(Done::Nothing), "{name}");
        ground.sync();
        ground.run.wait_until_complete(ground.account());
        let there =
            ground.home.server.store().with(|store| store.mailbox(USER, "Sent").unwrap().mails().to_vec());
        assert_eq!(there.len(), 1, "{name}");
        assert_eq!(there[0].raw(), mail(50), "{name}");
        assert!(there[0].flags().has("\\Seen"), "{name}");
        assert_eq!(there[0].internal_date(), DATE + 5_000, "{name}");
        assert_eq!(ground.ids(sent), [email], "{name}: the same mail, not a copy of it");
        assert_eq!(ground.run.reader().raw(email).unwrap(), mail(50), "{name}");
    }
}

#[test]
fn a_mail_is_handed_over_exactly_once_whatever_happens_to_an_answer() {
    for (name, dialect) in dialects() {
        for fault in faults() {
            let ground = ground(&dialect, 1);
            let sent = ground.role(Role::Sent);
            ground.home.fault(Rule::once(Verb::Append, fault.clone()));
            assert_eq!(ground.run.run(ground.append(sent, 50)), Ok(Done::Nothing), "{name} {fault:?}");
            ground.sync();
            ground.run.wait_until_complete(ground.account());
            assert_eq!(bare(ground.home.mails("Sent")), ids([50]), "{name} {fault:?}");
            assert_eq!(ground.shown(sent), ids([50]), "{name} {fault:?}");
        }
    }
}

#[test]
fn a_refused_mail_is_told_kept_listed_and_can_be_tried_again() {
    let ground = ground(&Dialect::full(), 1);
    let (account, sent) = (ground.account(), ground.role(Role::Sent));
    let mut full = Rule::once(Verb::Append, Fault::Refuse { code: "OVERQUOTA".into(), text: "full".into() });
    full.times = 2;
    ground.home.fault(full);
    let ticket = ground.run.submit(ground.append(sent, 50));
    ground.run.wait_for(
        "a refusal",
        |event| matches!(event, Event::ChangeRefused { ticket: its, .. } if *its == ticket),
    );
    let error = ground.run.finished(ticket).unwrap_err();
    assert_eq!((error.kind(), error.server_text()), (ErrorKind::QuotaFull, Some("full")));
    assert!(ground.ids(sent).is_empty());
    ground.sync();
    let (home, run) = (ground.home, ground.run.reopened());
    let waiting = run.reader().waiting_changes(account).unwrap();
    assert_eq!(waiting.len(), 1);
    let change = &waiting[0];
    assert_eq!(
        (change.operation, change.kind, change.state),
        (ticket, ChangeKind::Append, ChangeState::Refused)
    );
    assert_eq!(
        change.error.as_ref().map(|error| (error.kind(), error.server_text())),
        Some((ErrorKind::QuotaFull, Some("full")))
    );
    assert_eq!(run.reader().raw(change.email.unwrap()).unwrap(), mail(50), "it isn't lost");
    let again = run.submit(Command::RetryChange { operation: ticket });
    assert_eq!(run.finished(again).unwrap_err().kind(), ErrorKind::QuotaFull);
    assert_eq!(run.run(Command::RetryChange { operation: again }), Ok(Done::Nothing));
    assert_eq!(bare(home.mails("Sent")), ids([50]));
    assert!(run.reader().waiting_changes(account).unwrap().is_empty());
}

#[test]
fn a_discarded_change_is_not_made() {
    let ground = ground(&Dialect::full(), 3);
    let account = ground.account();
    ground.home.shut();
    let ticket = ground.run.submit(Command::Archive { emails: ground.inbox()[..2].to_vec() });
    ground.run.wait_until("it waits", |reader| Ok(reader.waiting_changes(account)?.len() == 1));
    let change = ground.run.reader().waiting_changes(account).unwrap().remove(0);
    assert_eq!((change.kind, change.count, change.state), (ChangeKind::Move, 2, ChangeState::Queued));
    assert_eq!(ground.run.run(Command::DiscardChange { operation: ticket }), Ok(Done::Nothing));
    assert_eq!(ground.run.finished(ticket).unwrap_err().kind(), ErrorKind::Canceled);
    assert_eq!(ground.inbox().len(), 3);
    ground.home.open();
    ground.sync();
    assert_eq!(ground.home.mails("INBOX").len(), 3);
}

#[test]
fn a_sent_mailbox_that_vanished_is_made_again_for_the_mail() {
    let ground = ground(&Dialect::full(), 1);
    let sent = ground.role(Role::Sent);
    // Another client deletes it.
    let (other, account) = EngineRun::with_account(&ground.login);
    other.wait_until_complete(account);
    other.run(Command::DeleteMailbox { mailbox: other.role(account, Role::Sent) }).unwrap();
    assert_eq!(ground.run.run(ground.append(sent, 50)), Ok(Done::Nothing));
    ground.sync();
    assert_eq!(bare(ground.home.mails("Sent")), ids([50]));
    assert_eq!(ground.shown(ground.role(Role::Sent)), ids([50]));
}

#[test]
fn lone_line_feeds_become_line_ends_and_what_is_no_mail_is_refused() {
    let ground = ground(&Dialect::full(), 1);
    let sent = ground.role(Role::Sent);
    let append = |message: &[u8]| Command::Append {
        mailbox: sent,
        message: Message(message.to_vec()),
        flags: FlagBits::NONE,
        date: Instant(DATE),
    };
    assert_eq!(ground.run.run(append(b"")).unwrap_err().kind(), ErrorKind::InvalidInput);
    assert_eq!(ground.run.run(append(b"a\0b")).unwrap_err().kind(), ErrorKind::InvalidInput);
    ground.run.run(append(b"Subject: x\n\r\nA9 LOGOUT\n")).unwrap();
    let there = ground
        .home
        .server
        .store()
        .with(|store| store.mailbox(USER, "Sent").unwrap().mails()[0].raw().to_vec());
    assert_eq!(there, b"Subject: x\r\n\r\nA9 LOGOUT\r\n");
}

#[test]
fn a_large_mail_is_handed_over_whole() {
    for dialect in [Dialect::full(), Dialect { literal_plus: false, ..Dialect::full() }] {
        let ground = ground(&dialect, 1);
        let sent = ground.role(Role::Sent);
        let mut message = mail(50);
        while message.len() < 3_000_000 {
            message.extend_from_slice(b"0123456789 a line of a large mail, again and again\r\n");
        }
        let command = Command::Append {
            mailbox: sent,
            message: Message(message.clone()),
            flags: FlagBits::NONE,
            date: Instant(DATE),
        };
        ground.run.run(command).unwrap();
        let there = ground
            .home
            .server
            .store()
            .with(|store| store.mailbox(USER, "Sent").unwrap().mails()[0].raw().to_vec());
        assert!(there == message);
    }
}

// Copies.

#[test]
fn a_copy_is_a_mail_of_its_own_and_is_made_exactly_once() {
    for (name, dialect) in dialects() {
        for fault in [None, Some(Fault::LoseAnswer), Some(Fault::CutBefore)] {
            let ground = ground(&dialect, 5);
            let archive = ground.role(Role::Archive);
            if let Some(fault) = fault.clone() {
                ground.home.fault(Rule::once(Verb::Copy, fault));
            }
            let mails = ground.inbox();
            let ticket = ground.run.submit(Command::Copy { emails: mails[..2].to_vec(), to: archive });
            assert_eq!(ground.run.finished(ticket), Ok(Done::Nothing), "{name} {fault:?}");
            ground.sync();
            ground.run.wait_until_complete(ground.account());
            assert_eq!(bare(ground.home.mails("Archive")), ids([4, 5]), "{name} {fault:?}");
            assert_eq!(ground.shown(archive), ids([4, 5]), "{name} {fault:?}");
            assert_eq!(bare(ground.home.mails("INBOX")), ids(1..=5), "{name} {fault:?}");
            assert_eq!(ground.inbox(), mails, "{name} {fault:?}");
            // A flag of the one is no flag of the other.
            let copy = ground.ids(archive)[0];
            let star =
                Command::SetFlags { emails: vec![copy], add: FlagBits::FLAGGED, remove: FlagBits::NONE };
            ground.run.run(star).unwrap();
            ground.sync();
            let starred = ground.run.reader().ids(ListQuery::Starred).unwrap();
            assert_eq!(starred, [copy], "{name} {fault:?}");
            // And undo removes the copies alone.
            ground.run.run(Command::Undo { operation: ticket }).unwrap();
            ground.sync();
            assert_eq!(ground.home.mails("Archive").len(), 0, "{name} {fault:?}");
            assert_eq!(bare(ground.home.mails("INBOX")), ids(1..=5), "{name} {fault:?}");
            ground.home.assert_nothing_unscoped();
        }
    }
}

// Between accounts.

/// One engine, two servers.
struct Two {
    run: EngineRun,
    from: Home,
    to: Home,
}

fn two(from: &Dialect, to: &Dialect, mails: usize) -> Two {
    let (one, login) = home(&USUAL, from, 1, mails);
    let (other, other_login) = home(&USUAL, to, 500, 1);
    let run = EngineRun::start(vec![login.authority.clone(), other_login.authority.clone()]);
    let from = Home { server: one, account: run.add_account(&login).unwrap() };
    let to = Home { server: other, account: run.add_account(&other_login).unwrap() };
    run.wait_until_complete(from.account);
    run.wait_until_complete(to.account);
    Two { run, from, to }
}

impl Two {
    fn emails(&self) -> Vec<EmailId> {
        self.run.reader().ids(ListQuery::Mailbox(self.run.role(self.from.account, Role::Inbox))).unwrap()
    }

    fn archive(&self) -> MailboxId {
        self.run.role(self.to.account, Role::Archive)
    }

    fn settle(&self) {
        for home in [&self.from, &self.to] {
            sync(&self.run, home.account);
            self.run.wait_until_complete(home.account);
        }
    }

    /// Every mail is there at least once, wherever: nothing was lost.
    fn assert_nothing_lost(&self, what: &str) {
        let mut all: Vec<String> = Vec::new();
        for name in ["INBOX", "Archive", "Trash", "Sent"] {
            all.extend(bare(self.from.mails(name)));
            all.extend(bare(self.to.mails(name)));
        }
        for id in ids(1..=4) {
            assert!(all.contains(&id), "{what}: {id} is nowhere");
        }
    }
}

#[test]
fn mail_moves_between_accounts_whole_and_once_in_every_pair_of_dialects() {
    for (one, from) in dialects() {
        for (other, to) in dialects() {
            let two = two(&from, &to, 4);
            let emails = two.emails();
            let what = format!("{one} → {other}");
            let read = FlagBits::SEEN | FlagBits::FLAGGED;
            let flags = Command::SetFlags { emails: emails[..1].to_vec(), add: read, remove: FlagBits::NONE };
            two.run.run(flags).unwrap();
            let moved = two.run.submit(Command::Move { emails: emails[..2].to_vec(), to: two.archive() });
            assert_eq!(two.run.finished(moved), Ok(Done::Nothing), "{what}");
            two.settle();
            assert_eq!(bare(two.from.mails("INBOX")), ids([1, 2]), "{what}");
            assert_eq!(bare(two.to.mails("Archive")), ids([3, 4]), "{what}");
            assert_eq!(shown(&two.run, two.archive()), ids([3, 4]), "{what}");
            let there =
                two.to.server.store().with(|store| store.mailbox(USER, "Archive").unwrap().mails().to_vec());
            let first = there.iter().find(|there| there.message_id().contains("4@")).unwrap();
            assert_eq!(first.raw(), mail(4), "{what}");
            assert_eq!(first.internal_date(), DATE + 4_000, "{what}");
            assert!(first.flags().has("\\Seen") && first.flags().has("\\Flagged"), "{what}");
            two.from.assert_nothing_unscoped();
            two.to.assert_nothing_unscoped();
        }
    }
}

#[test]
fn a_move_between_accounts_loses_and_doubles_nothing_at_any_fault() {
    for (name, dialect) in [
        ("full", Dialect::full()),
        ("bare RFC 3501", Dialect::bare_rfc3501()),
        ("no UIDPLUS", Dialect::no_uidplus()),
    ] {
        for fault in faults() {
            for (at_target, verb) in [
                (true, Verb::Append),
                (true, Verb::Status),
                (true, Verb::Select),
                (true, Verb::Fetch),
                (false, Verb::Store),
                (false, Verb::Expunge),
            ] {
                let two = two(&dialect, &dialect, 4);
                let what = format!("{name} {fault:?} at {verb:?}");
                let home = if at_target { &two.to } else { &two.from };
                home.fault(Rule::once(verb, fault.clone()));
                let moved = Command::Move { emails: two.emails()[..2].to_vec(), to: two.archive() };
                assert_eq!(two.run.run(moved), Ok(Done::Nothing), "{what}");
                home.server.store().with(|store| store.faults.rules.clear());
                two.settle();
                assert_eq!(bare(two.from.mails("INBOX")), ids([1, 2]), "{what}");
                assert_eq!(bare(two.to.mails("Archive")), ids([3, 4]), "{what}");
                assert_eq!(shown(&two.run, two.archive()), ids([3, 4]), "{what}");
                two.assert_nothing_lost(&what);
            }
        }
    }
}

#[test]
fn a_move_between_accounts_is_shown_at_once_and_survives_restarts_with_either_server_away() {
    for target_first in [true, false] {
        let two = two(&Dialect::full(), &Dialect::full(), 4);
        let archive = two.archive();
        two.from.shut();
        two.to.shut();
        two.run.submit(Command::Move { emails: two.emails()[..2].to_vec(), to: archive });
        two.run.wait_until("it is shown", |reader| Ok(reader.ids(ListQuery::Mailbox(archive))?.len() == 2));
        assert_eq!(two.emails().len(), 2);
        let Two { run, from, to } = two;
        let run = run.reopened();
        assert_eq!(shown(&run, archive), ids([3, 4]));
        let two = Two { run, from, to };
        let first = if target_first { &two.to } else { &two.from };
        first.open();
        let _ = two.run.run(Command::SyncAccount { account: first.account });
        assert_eq!(two.from.mails("INBOX").len(), 4, "nothing goes before it is proved to be there");
        let Two { run, from, to } = two;
        let two = Two { run: run.reopened(), from, to };
        let second = if target_first { &two.from } else { &two.to };
        second.open();
        sync(&two.run, second.account);
        two.run.wait_until_complete(two.to.account);
        two.run.wait_until_complete(two.from.account);
        two.settle();
        assert_eq!(bare(two.from.mails("INBOX")), ids([1, 2]));
        assert_eq!(bare(two.to.mails("Archive")), ids([3, 4]));
        assert_eq!(two.to.count(Verb::Append), 2);
    }
}

#[test]
fn a_refused_hand_over_leaves_the_mail_where_it_was_and_is_told() {
    let two = two(&Dialect::full(), &Dialect::full(), 4);
    let refusal = Fault::Refuse { code: "OVERQUOTA".into(), text: "full".into() };
    two.to.fault(Rule::always(Verb::Append, refusal));
    let emails = two.emails();
    let moved = two.run.submit(Command::Move { emails: emails[..2].to_vec(), to: two.archive() });
    assert_eq!(two.run.finished(moved).unwrap_err().kind(), ErrorKind::QuotaFull);
    assert_eq!(two.emails(), emails);
    assert!(shown(&two.run, two.archive()).is_empty());
    two.settle();
    assert_eq!(two.from.mails("INBOX").len(), 4);
    assert_eq!((two.from.count(Verb::Expunge), two.from.count(Verb::Store)), (0, 0));
    let waiting = two.run.reader().waiting_changes(two.to.account).unwrap();
    assert_eq!((waiting.len(), waiting[0].state), (1, ChangeState::Refused));
    two.to.server.store().with(|store| store.faults.rules.clear());
    assert_eq!(two.run.run(Command::RetryChange { operation: moved }), Ok(Done::Nothing));
    two.settle();
    assert_eq!(bare(two.from.mails("INBOX")), ids([1, 2]));
    assert_eq!(bare(two.to.mails("Archive")), ids([3, 4]));
}

#[test]
fn a_move_between_accounts_is_undone_across_a_restart() {
    let two = two(&Dialect::full(), &Dialect::full(), 4);
    let moved = two.run.submit(Command::Move { emails: two.emails()[..2].to_vec(), to: two.archive() });
    two.run.finished(moved).unwrap();
    let Two { run, from, to } = two;
    let two = Two { run: run.reopened(), from, to };
    assert_eq!(two.run.run(Command::Undo { operation: moved }), Ok(Done::Undone(moved)));
    two.settle();
    assert_eq!(bare(two.from.mails("INBOX")), ids(1..=4));
    assert!(two.to.mails("Archive").is_empty());
}

#[test]
fn a_copy_to_another_account_leaves_the_mail_where_it_is() {
    let two = two(&Dialect::full(), &Dialect::full(), 4);
    let copied = two.run.submit(Command::Copy { emails: two.emails()[..2].to_vec(), to: two.archive() });
    assert_eq!(two.run.finished(copied), Ok(Done::Nothing));
    two.settle();
    assert_eq!(bare(two.from.mails("INBOX")), ids(1..=4));
    assert_eq!(bare(two.to.mails("Archive")), ids([3, 4]));
    two.run.run(Command::Undo { operation: copied }).unwrap();
    two.settle();
    assert_eq!(bare(two.from.mails("INBOX")), ids(1..=4));
    assert!(two.to.mails("Archive").is_empty());
}

#[test]
fn removing_an_account_in_the_middle_of_a_move_leaves_the_mail_where_it_is() {
    for remove_target in [true, false] {
        let two = two(&Dialect::full(), &Dialect::full(), 4);
        two.to.shut();
        let moved = two.run.submit(Command::Move { emails: two.emails()[..2].to_vec(), to: two.archive() });
        let account = if remove_target { two.to.account } else { two.from.account };
        two.run.run(Command::RemoveAccount { account }).unwrap();
        assert_eq!(two.run.finished(moved).unwrap_err().kind(), ErrorKind::Canceled);
        two.to.open();
        let left = if remove_target { &two.from } else { &two.to };
        sync(&two.run, left.account);
        two.run.wait_until_complete(left.account);
        sync(&two.run, left.account);
        assert_eq!(two.from.mails("INBOX").len(), 4, "{remove_target}");
        assert!(two.to.mails("Archive").is_empty(), "{remove_target}");
        if remove_target {
            assert_eq!(two.emails().len(), 4);
        } else {
            assert!(two.run.reader().ids(ListQuery::Mailbox(two.archive())).unwrap().is_empty());
        }
    }
}

// All together.

#[test]
fn two_hundred_changes_made_offline_reach_the_server_that_another_client_changed_meanwhile() {
    let ground = ground(&Dialect::full(), 240);
    let account = ground.account();
    let mails = ground.inbox();
    ground.home.shut();
    ground.run.submit(Command::CreateMailbox { account, path: "Kept".into(), role: None });
    ground.run.wait_until("it is shown", |reader| {
        Ok(reader.mailboxes(account)?.iter().any(|mailbox| mailbox.path == "Kept"))
    });
    let (kept, archive) = (ground.run.mailbox(account, "Kept").id, ground.role(Role::Archive));
    for (place, email) in mails.iter().take(199).enumerate() {
        let emails = vec![*email];
        ground.run.submit(match place % 5 {
            0 => Command::SetFlags { emails, add: FlagBits::FLAGGED, remove: FlagBits::NONE },
            1 => Command::Archive { emails },
            2 => Command::Move { emails, to: kept },
            3 => Command::Copy { emails, to: archive },
            _ => Command::Trash { emails },
        });
    }
    ground.run.wait_until("all are recorded", |reader| {
        let changes = reader.waiting_changes(account)?;
        Ok(changes.iter().map(|change| change.count).sum::<u64>() == 200)
    });
    let (home, run) = (ground.home, ground.run.reopened());
    // Meanwhile another client reads one, destroys one (which none of the changes is about), and mail comes.
    home.server.store().with(|store| {
        let inbox = store.mailbox_mut(USER, "INBOX").unwrap();
        inbox.change_flags(3, |flags| flags.add("\\Seen"));
        inbox.remove(5);
        inbox.append(mail(900), Flags::none(), DATE);
    });
    home.open();
    sync(&run, account);
    run.wait_until_complete(account);
    sync(&run, account);
    run.wait_until_complete(account);
    // Newest first: the mail at place n is number 240 - n.
    let at = |rest: usize| (0..199).filter(move |place| place % 5 == rest).map(|place| 240 - place);
    assert_eq!(bare(home.mails("Kept")), ids(at(2)));
    assert_eq!(bare(home.mails("Trash")), ids(at(4)));
    assert_eq!(bare(home.mails("Archive")), ids(at(1).chain(at(3))));
    let rest = (1..=41).filter(|number| *number != 5).chain([900]);
    assert_eq!(bare(home.mails("INBOX")), ids(at(0).chain(at(3)).chain(rest)));
    for (mailbox, name) in [(kept, "Kept"), (archive, "Archive"), (run.role(account, Role::Inbox), "INBOX")] {
        assert_eq!(shown(&run, mailbox), bare(home.mails(name)), "{name}");
    }
    assert!(run.reader().waiting_changes(account).unwrap().is_empty());
    let _ = run.told(Duration::from_millis(1));
}

#[test]
fn an_engine_that_ends_while_an_answer_is_awaited_does_nothing_twice_when_it_is_started_again() {
    for (name, dialect) in [("full", Dialect::full()), ("bare RFC 3501", Dialect::bare_rfc3501())] {
        for (at_target, verb) in
            [(true, Verb::Append), (true, Verb::Status), (false, Verb::Store), (false, Verb::Expunge)]
        {
            let two = two(&dialect, &dialect, 4);
            let what = format!("{name} at {verb:?}");
            let home = if at_target { &two.to } else { &two.from };
            let before = home.count(verb);
            home.fault(Rule::once(verb, Fault::Stall(None)));
            two.run.submit(Command::Move { emails: two.emails()[..2].to_vec(), to: two.archive() });
            let is_bare_expunge = verb == Verb::Expunge && !dialect.uidplus;
            if !is_bare_expunge {
                two.run.wait_until("it is sent", |_| Ok(home.count(verb) > before));
            }
            let Two { run, from, to } = two;
            let two = Two { run: run.reopened(), from, to };
            for home in [&two.from, &two.to] {
                home.server.store().with(|store| store.faults.rules.clear());
                sync(&two.run, home.account);
            }
            two.run.wait_until_complete(two.to.account);
            two.run.wait_until_complete(two.from.account);
            two.settle();
            assert_eq!(bare(two.from.mails("INBOX")), ids([1, 2]), "{what}");
            assert_eq!(bare(two.to.mails("Archive")), ids([3, 4]), "{what}");
            assert_eq!(shown(&two.run, two.archive()), ids([3, 4]), "{what}");
        }
    }
}

#[test]
fn a_mailbox_is_made_for_its_use_where_the_server_lets_us_say_so() {
    let ground = ground_with(&[], &Dialect::full(), 2);
    ground.run.run(Command::Trash { emails: ground.inbox()[..1].to_vec() }).unwrap();
    let made = ground
        .home
        .server
        .store()
        .with(|store| store.journal.lines_of(Verb::Create).map(str::to_owned).collect::<Vec<_>>());
    assert_eq!(made.len(), 1);
    let offered =
        ground.home.server.store().with(|store| store.mailbox(USER, "Trash").unwrap().special_use());
    assert!(made[0].contains("USE (\\Trash)") && offered == Some("\\Trash"), "{made:?} {offered:?}");
}
