//! An account that gets other settings: what is tried before anything is kept, and what becomes of the mail that is here, and of
//! changes that wait, when it has another server by that.

use std::time::Duration;

use waxwing_core::error::ALREADY_HERE;
use waxwing_core::model::{
    AccountConfig, AccountId, AccountState, ChangeState, EmailId, FlagBits, Instant, ListQuery, MailboxId,
    Role, Secret, Security, SendTime, SubmissionServer,
};
use waxwing_core::vault::Vault as _;
use waxwing_core::{CheckState, CheckStep, Command, Done, Error, ErrorKind, Event, Message, Ticket};
use waxwing_demo::model::{Dialect, Fault, Flags, Mailstore, Rule, Verb};
use waxwing_demo::serve::Server;
use waxwing_tests::engine::{EngineRun, Login};
use waxwing_tests::model::{PASSWORD, USER, serve};

const DATE: i64 = 1_700_000_000_000;
const MAILBOXES: [(&str, Option<&str>); 4] =
    [("Archive", Some("\\Archive")), ("Trash", Some("\\Trash")), ("Sent", Some("\\Sent")), ("Old", None)];

fn mail(number: usize) -> Vec<u8> {
    format!(
        "From: Grace <grace@example.org>\r\nTo: {USER}\r\nSubject: mail {number}\r\nMessage-ID: <{number}@example.org>\r\n\
         Date: Mon, 23 Nov 2026 10:00:00 +0000\r\n\r\nText of mail number {number:04}\r\n"
    )
    .into_bytes()
}

/// A server with these mails, from UID 1 on in each mailbox. All of them number their mailboxes alike.
fn server(dialect: &Dialect, mails: &[(&str, &[usize])]) -> (Server, Login) {
    let mut mailstore = Mailstore::new();
    mailstore.add_account(USER);
    for (name, special) in MAILBOXES {
        mailstore.add_mailbox(USER, name, special);
    }
    for (name, numbers) in mails {
        let mailbox = mailstore.mailbox_mut(USER, name).unwrap();
        for number in *numbers {
            mailbox.append(mail(*number), Flags::none(), DATE + *number as i64 * 1000);
        }
    }
    serve(mailstore, dialect.clone())
}

fn dialects() -> [(&'static str, Dialect); 5] {
    [
        ("full", Dialect::full()),
        ("bare RFC 3501", Dialect::bare_rfc3501()),
        ("no MOVE", Dialect::no_move()),
        ("no UIDPLUS", Dialect::no_uidplus()),
        ("no UIDNEXT", Dialect { uidnext_in_select: false, ..Dialect::full() }),
    ]
}

struct Ground {
    run: EngineRun,
    account: AccountId,
    old: Server,
    new: Server,
    login: Login,
}

/// An account in step with the old server.
fn ground(dialect: &Dialect, old: &[(&str, &[usize])], new: &[(&str, &[usize])]) -> Ground {
    let ((old, was), (new, login)) = (server(dialect, old), server(dialect, new));
    let run = EngineRun::start(vec![was.authority.clone(), login.authority.clone()]);
    let account = run.add_account(&was).unwrap();
    run.wait_until_complete(account);
    Ground { run, account, old, new, login }
}

impl Ground {
    fn config(&self) -> AccountConfig {
        self.run.status(self.account).config
    }

    /// The account's settings with the new server.
    fn there(&self) -> AccountConfig {
        AccountConfig { imap_port: self.login.port, ..self.config() }
    }

    fn edit(&self, config: AccountConfig) -> Result<Done, Error> {
        self.run.run(Command::EditAccount { account: self.account, config })
    }

    fn told(&self, of: Ticket) -> Vec<(CheckStep, CheckState)> {
        let (told, _) = self.run.told(Duration::ZERO);
        let steps = told.into_iter().filter_map(|event| match event {
            Event::AccountCheck { ticket, step, state } if ticket == of => Some((step, state)),
            _ => None,
        });
        steps.collect()
    }

    fn role(&self, role: Role) -> MailboxId {
        self.run.role(self.account, role)
    }

    fn ids(&self, mailbox: MailboxId) -> Vec<EmailId> {
        self.run.reader().ids(ListQuery::Mailbox(mailbox)).unwrap()
    }

    /// The mail of that number, in whichever mailbox it is shown.
    fn id_of(&self, number: usize) -> EmailId {
        let reader = self.run.reader();
        let mailboxes = reader.mailboxes(self.account).unwrap();
        let mut ids = mailboxes.iter().flat_map(|mailbox| self.ids(mailbox.id));
        ids.find(|id| reader.row(*id).unwrap().subject == format!("mail {number}")).expect("it is shown")
    }

    /// Subjects shown in a mailbox, sorted.
    fn shown(&self, mailbox: MailboxId) -> Vec<String> {
        let reader = self.run.reader();
        let ids = self.ids(mailbox).into_iter();
        let mut shown: Vec<String> = ids.map(|id| reader.row(id).unwrap().subject).collect();
        shown.sort();
        shown
    }

    /// Nobody reaches the old server any more.
    fn cut_off(&self) {
        self.old.store().with(|store| store.faults.hook = Some(Box::new(|_, _| Some(Fault::CutBefore))));
        self.old.store().cut_connections();
    }

    fn submit(&self, command: Command) -> Ticket {
        self.run.submit(command)
    }
}

/// What a mailbox of a server holds: UID, Message-ID and flags.
fn there(server: &Server, name: &str) -> Vec<(u32, String, Vec<String>)> {
    server.store().with(|store| {
        let mailbox = store.mailbox(USER, name).unwrap();
        let mails = mailbox.mails().iter().map(|mail| {
            let flags = mail.flags().iter().map(str::to_owned).collect();
            (mail.uid(), mail.message_id().trim_matches(['<', '>']).to_owned(), flags)
        });
        mails.collect()
    })
}

/// The numbers of the mails of a mailbox there, those that are marked as deleted left out, sorted.
fn numbers(server: &Server, name: &str) -> Vec<usize> {
    let mails = there(server, name).into_iter();
    let alive = mails.filter(|(_, _, flags)| !flags.iter().any(|flag| flag == "\\Deleted"));
    let mut numbers: Vec<usize> =
        alive.map(|(_, id, _)| id.split('@').next().unwrap().parse().unwrap()).collect();
    numbers.sort_unstable();
    numbers
}

fn flags_of(server: &Server, name: &str, number: usize) -> Vec<String> {
    let wanted = format!("{number}@example.org");
    there(server, name).into_iter().find(|(_, id, _)| *id == wanted).expect("it is there").2
}

fn subjects(numbers: impl IntoIterator<Item = usize>) -> Vec<String> {
    let mut subjects: Vec<String> = numbers.into_iter().map(|number| format!("mail {number}")).collect();
    subjects.sort();
    subjects
}

fn bodies_fetched(server: &Server) -> usize {
    server
        .store()
        .with(|store| store.journal.lines_of(Verb::Fetch).filter(|line| line.contains("BODY.PEEK[]")).count())
}

fn tries(server: &Server) -> usize {
    server.store().with(|store| {
        [Verb::Login, Verb::Authenticate].map(|verb| store.journal.lines_of(verb).count()).iter().sum()
    })
}

// The mail.

#[test]
fn changes_that_wait_touch_no_other_mail_under_the_same_numbers_of_another_server() {
    for (name, dialect) in dialects() {
        let old: [(&str, &[usize]); 3] =
            [("INBOX", &[1, 2, 3, 4, 5, 6, 7]), ("Trash", &[11, 12]), ("Old", &[21, 22])];
        let new: [(&str, &[usize]); 3] =
            [("INBOX", &[101, 102, 103, 104, 105, 106, 107]), ("Trash", &[111, 112]), ("Old", &[121, 122])];
        let ground = ground(&dialect, &old, &new);
        let (inbox, archive) = (ground.role(Role::Inbox), ground.role(Role::Archive));
        let mailbox = ground.run.mailbox(ground.account, "Old").id;
        let before: Vec<_> = ["INBOX", "Trash", "Old"].map(|name| there(&ground.new, name)).into();
        ground.cut_off();
        let one = |number: usize| vec![ground.id_of(number)];
        let waiting = [
            Command::Trash { emails: one(1) },
            Command::DeleteForever { emails: one(2) },
            Command::Move { emails: one(3), to: archive },
            Command::SetFlags { emails: one(4), add: FlagBits::FLAGGED, remove: FlagBits::NONE },
            Command::Copy { emails: one(5), to: archive },
            Command::Move { emails: one(21), to: inbox },
            Command::EmptyTrash { account: ground.account },
            Command::MarkAllRead { mailbox: inbox },
            Command::DeleteMailbox { mailbox },
        ]
        .map(|command| ground.submit(command));
        let there_now = ground.there();
        assert_eq!(ground.edit(there_now), Ok(Done::Nothing), "{name}");
        for (place, ticket) in waiting.into_iter().enumerate() {
            // What was to be deleted isn't there, which is as was wanted. Of all else it is told that it wasn't done.
            let is_deletion = [1, 6].contains(&place);
            assert_eq!(ground.run.finished(ticket).is_ok(), is_deletion, "{name}: {place}");
        }
        ground.run.wait_until_complete(ground.account);
        let after: Vec<_> = ["INBOX", "Trash", "Old"].map(|name| there(&ground.new, name)).into();
        assert_eq!(after, before, "{name}");
        assert_eq!(numbers(&ground.new, "Archive"), [0; 0], "{name}");
        ground.new.store().with(|store| {
            assert!(store.journal.expunged.is_empty(), "{name}: {:?}", store.journal.expunged);
            for verb in [Verb::Delete, Verb::Move, Verb::Copy, Verb::Store, Verb::Append, Verb::Close] {
                assert_eq!(store.journal.lines_of(verb).count(), 0, "{name}: {verb:?}");
            }
        });
        assert_eq!(ground.shown(inbox), subjects(101..=107), "{name}");
        assert_eq!(ground.shown(ground.role(Role::Trash)), subjects([111, 112]), "{name}");
        assert_eq!(
            ground.shown(ground.run.mailbox(ground.account, "Old").id),
            subjects([121, 122]),
            "{name}"
        );
        // It goes on as any account: what is done now is done to what is seen.
        let command = Command::DeleteForever { emails: vec![ground.id_of(103)] };
        assert_eq!(ground.run.run(command), Ok(Done::Nothing), "{name}");
        assert_eq!(numbers(&ground.new, "INBOX"), [101, 102, 104, 105, 106, 107], "{name}");
    }
}

#[test]
fn a_server_that_only_got_another_name_gets_the_changes_that_wait_and_no_body_is_fetched_again() {
    for (name, dialect) in dialects() {
        // The same numbers mean other mails of the same person there: it was copied over from the newest to the oldest.
        let old: [(&str, &[usize]); 2] = [("INBOX", &[1, 2, 3, 4, 5, 6, 7]), ("Trash", &[11, 12])];
        let new: [(&str, &[usize]); 2] = [("INBOX", &[7, 6, 5, 4, 3, 2, 1]), ("Trash", &[12, 11])];
        let ground = ground(&dialect, &old, &new);
        let (inbox, archive) = (ground.role(Role::Inbox), ground.role(Role::Archive));
        let known = ground.ids(inbox);
        ground.cut_off();
        let one = |number: usize| vec![ground.id_of(number)];
        let add = FlagBits::FLAGGED;
        let made = Message(mail(31));
        let waiting = [
            Command::Trash { emails: one(1) },
            Command::DeleteForever { emails: one(2) },
            Command::Move { emails: one(3), to: archive },
            Command::SetFlags { emails: one(5), add, remove: FlagBits::NONE },
            Command::Copy { emails: one(6), to: archive },
            Command::DeleteForever { emails: one(11) },
            Command::Append { mailbox: inbox, message: made, flags: FlagBits::SEEN, date: Instant(DATE) },
        ]
        .map(|command| ground.submit(command));
        // Before they are sent nothing of it is taken back, and it is shown.
        let there_now = ground.there();
        assert_eq!(ground.edit(there_now), Ok(Done::Nothing), "{name}");
        for (place, ticket) in waiting.into_iter().enumerate() {
            assert_eq!(ground.run.finished(ticket), Ok(Done::Nothing), "{name}: {place}");
        }
        ground.run.wait_until_complete(ground.account);
        assert_eq!(numbers(&ground.new, "INBOX"), [4, 5, 6, 7, 31], "{name}");
        assert_eq!(numbers(&ground.new, "Trash"), [1, 12], "{name}");
        assert_eq!(numbers(&ground.new, "Archive"), [3, 6], "{name}");
        assert!(flags_of(&ground.new, "INBOX", 5).contains(&"\\Flagged".to_owned()), "{name}");
        for other in [4, 6, 7] {
            assert_eq!(flags_of(&ground.new, "INBOX", other), [""; 0], "{name}: {other}");
        }
        assert!(bodies_fetched(&ground.new) <= 1, "{name}: that of the mail that was handed over comes back");
        // What a server without UIDPLUS is left with is read with the next look.
        ground.run.run(Command::SyncAccount { account: ground.account }).unwrap();
        assert_eq!(ground.shown(inbox), subjects([4, 5, 6, 7, 31]), "{name}");
        assert_eq!(ground.shown(archive), subjects([3, 6]), "{name}");
        let still = ground.ids(inbox).iter().filter(|id| known.contains(id)).count();
        assert_eq!(still, 4, "{name}: they are the mails they were");
        assert_eq!(
            ground.new.store().with(|store| store.journal.lines_of(Verb::Delete).count()),
            0,
            "{name}"
        );
        // A move without MOVE leaves its mail behind, which is removed once its copy is proved.
        let gone = ground.new.store().with(|store| {
            let gone = store.journal.destroyed().map(|gone| gone.message_id.clone());
            gone.collect::<std::collections::BTreeSet<_>>()
        });
        let meant = [1, 2, 3, 11].map(|number| format!("{number}@example.org"));
        assert!(gone.iter().all(|gone| meant.contains(gone)), "{name}: {gone:?}");
    }
}

#[test]
fn a_move_whose_answer_the_old_server_lost_is_found_out_about_by_what_mails_are_and_not_by_numbers() {
    for (name, dialect) in dialects() {
        for is_same in [true, false] {
            let old: [(&str, &[usize]); 2] = [("INBOX", &[1, 2, 3]), ("Archive", &[11, 12, 13, 14])];
            // The numbers at which the copy would be looked for are those of other mails, and further on.
            let new: [(&str, &[usize]); 2] = match is_same {
                true => [("INBOX", &[3, 2, 1]), ("Archive", &[11])],
                false => [("INBOX", &[101, 102, 103]), ("Archive", &[111, 112, 113, 114, 115])],
            };
            let ground = ground(&dialect, &old, &new);
            let (inbox, archive) = (ground.role(Role::Inbox), ground.role(Role::Archive));
            ground.old.store().with(|store| {
                store.faults.hook = Some(Box::new(|_, verb| match verb {
                    Verb::Move | Verb::Copy => Some(Fault::LoseAnswer),
                    Verb::Select | Verb::Status | Verb::Fetch | Verb::Store | Verb::Expunge | Verb::Idle => {
                        None
                    }
                    _ => Some(Fault::CutBefore),
                }));
            });
            let ticket = ground.submit(Command::Move { emails: vec![ground.id_of(2)], to: archive });
            ground.run.wait_until("it isn't known whether it was moved", |reader| {
                let waiting = reader.waiting_changes(ground.account)?;
                Ok(waiting.iter().any(|change| change.state == ChangeState::Unknown)
                    || ground.old.store().with(|store| {
                        [Verb::Move, Verb::Copy].iter().any(|verb| store.journal.lines_of(*verb).count() > 0)
                    }))
            });
            ground.cut_off();
            let there_now = ground.there();
            assert_eq!(ground.edit(there_now), Ok(Done::Nothing), "{name} {is_same}");
            let outcome = ground.run.finished(ticket);
            ground.run.wait_until_complete(ground.account);
            if is_same {
                assert_eq!(outcome, Ok(Done::Nothing), "{name}");
                assert_eq!(numbers(&ground.new, "INBOX"), [1, 3], "{name}");
                assert_eq!(numbers(&ground.new, "Archive"), [2, 11], "{name}");
                assert_eq!(bodies_fetched(&ground.new), 0, "{name}");
            } else {
                assert_eq!(numbers(&ground.new, "INBOX"), [101, 102, 103], "{name}");
                assert_eq!(numbers(&ground.new, "Archive"), [111, 112, 113, 114, 115], "{name}");
                assert_eq!(ground.shown(inbox), subjects(101..=103), "{name}");
                assert_eq!(ground.shown(archive), subjects(111..=115), "{name}");
            }
        }
    }
}

#[test]
fn bodies_that_come_while_the_server_is_changed_go_to_no_other_mail() {
    // Large enough for some to be under way.
    let numbers: Vec<usize> = (1..=300).collect();
    let others: Vec<usize> = (1001..=1300).collect();
    let dialect = Dialect::full();
    let ((old, was), (new, login)) =
        (server(&dialect, &[("INBOX", &numbers)]), server(&dialect, &[("INBOX", &others)]));
    let run = EngineRun::start(vec![was.authority.clone(), login.authority.clone()]);
    let account = run.add_account(&was).unwrap();
    run.wait_until("some mail is here", |reader| {
        Ok(reader
            .accounts()?
            .iter()
            .any(|status| status.bodies.0 > 0 && status.bodies.0 < 300 || status.bodies.0 == 300))
    });
    let ground = Ground { run, account, old, new, login };
    let there_now = ground.there();
    assert_eq!(ground.edit(there_now), Ok(Done::Nothing));
    ground.run.wait_until_complete(account);
    let reader = ground.run.reader();
    let inbox = ground.role(Role::Inbox);
    assert_eq!(ground.shown(inbox), subjects(1001..=1300));
    for id in ground.ids(inbox) {
        let (subject, raw) = (reader.row(id).unwrap().subject, reader.raw(id).unwrap());
        assert!(String::from_utf8(raw).unwrap().contains(&format!("Subject: {subject}\r\n")), "{subject}");
    }
    drop(ground.old);
}

#[test]
fn new_mail_is_told_of_as_before_and_what_was_there_already_is_not() {
    let ground = ground(&Dialect::full(), &[("INBOX", &[1, 2])], &[("INBOX", &[101, 102, 103])]);
    let there_now = ground.there();
    ground.edit(there_now).unwrap();
    ground.run.wait_until_complete(ground.account);
    ground.new.store().with(|store| {
        store.mailbox_mut(USER, "INBOX").unwrap().append(mail(104), Flags::none(), DATE + 104_000);
    });
    ground.run.run(Command::SyncAccount { account: ground.account }).unwrap();
    let told = ground.run.wait_for("new mail", |event| matches!(event, Event::NewMail { .. }));
    let Event::NewMail { emails, total, .. } = told else { panic!("{told:?}") };
    assert_eq!((total, emails[0].0.subject.as_str()), (1, "mail 104"));
}

#[test]
fn who_changes_the_server_back_finds_the_mail_that_was_here() {
    let ground = ground(&Dialect::full(), &[("INBOX", &[1, 2, 3])], &[("INBOX", &[101])]);
    let (back, inbox) = (ground.config(), ground.role(Role::Inbox));
    let fetched = bodies_fetched(&ground.old);
    let there_now = ground.there();
    ground.edit(there_now).unwrap();
    ground.run.wait_until_complete(ground.account);
    assert_eq!(ground.shown(inbox), subjects([101]));
    ground.edit(back).unwrap();
    ground.run.wait_until_complete(ground.account);
    assert_eq!(ground.shown(inbox), subjects(1..=3));
    assert_eq!(bodies_fetched(&ground.old), fetched, "what was here still is");
}

#[test]
fn the_server_stays_changed_when_the_engine_ends_before_it_was_read() {
    let ground = ground(&Dialect::full(), &[("INBOX", &[1, 2, 3])], &[("INBOX", &[101, 102, 103])]);
    ground.cut_off();
    let (emails, add, remove) = (vec![ground.id_of(1)], FlagBits::FLAGGED, FlagBits::NONE);
    let waiting = ground.submit(Command::SetFlags { emails, add, remove });
    ground.new.store().with(|store| {
        store.faults.add(Rule::always(Verb::Select, Fault::CutBefore));
    });
    let there_now = ground.there();
    ground.edit(there_now).unwrap();
    let Ground { run, account, old, new, login } = ground;
    let run = run.reopened_after(|| new.store().with(|store| store.faults.rules.clear()));
    assert_eq!(run.status(account).config.imap_port, login.port);
    let ground = Ground { run, account, old, new, login };
    assert!(ground.run.finished(waiting).is_err());
    ground.run.wait_until_complete(account);
    assert_eq!(ground.shown(ground.role(Role::Inbox)), subjects(101..=103));
    assert_eq!(flags_of(&ground.new, "INBOX", 101), [""; 0]);
}

// What is tried, and what is kept.

#[test]
fn a_name_alone_is_kept_without_a_word_to_anybody() {
    let ground = ground(&Dialect::full(), &[("INBOX", &[1])], &[]);
    let before = (tries(&ground.old), ground.old.store().connections());
    let config = AccountConfig { display_name: "Ada Lovelace".into(), ..ground.config() };
    let ticket = ground.submit(Command::EditAccount { account: ground.account, config: config.clone() });
    assert_eq!(ground.run.finished(ticket), Ok(Done::Nothing));
    assert_eq!(ground.told(ticket), []);
    assert_eq!(ground.config(), config);
    assert_eq!((tries(&ground.old), ground.old.store().connections()), before);
    assert_eq!(ground.run.status(ground.account).state, AccountState::Online);
    // The last word without a network too.
    let run = ground.run.reopened();
    assert_eq!(run.status(ground.account).config, config);
}

#[test]
fn each_server_about_which_something_is_new_is_tried() {
    let ground = ground(&Dialect::full(), &[("INBOX", &[1])], &[("INBOX", &[1])]);
    let submission = |server: &Server| {
        Some(SubmissionServer {
            host: "localhost".into(),
            port: server.submission_port(),
            security: Security::Tls,
        })
    };
    let steps = |ticket| -> Vec<CheckStep> {
        let passed = ground.told(ticket).into_iter();
        passed.filter(|(_, state)| matches!(state, CheckState::Passed(_))).map(|(step, _)| step).collect()
    };
    let edit = |config: AccountConfig| {
        let ticket = ground.submit(Command::EditAccount { account: ground.account, config });
        assert_eq!(ground.run.finished(ticket), Ok(Done::Nothing));
        steps(ticket)
    };
    let sends = AccountConfig { submission: submission(&ground.old), ..ground.config() };
    let before = tries(&ground.old);
    assert_eq!(edit(sends.clone()), [CheckStep::Outgoing]);
    assert_eq!(tries(&ground.old), before, "the account's connections go on");
    let reads = AccountConfig { imap_port: ground.login.port, ..sends.clone() };
    assert_eq!(edit(reads.clone()), [CheckStep::Incoming, CheckStep::Mailboxes]);
    let both = AccountConfig { submission: submission(&ground.new), imap_port: sends.imap_port, ..reads };
    assert_eq!(edit(both), [CheckStep::Incoming, CheckStep::Mailboxes, CheckStep::Outgoing]);
    let message =
        Message(b"From: ada@example.org\r\nTo: grace@example.net\r\nSubject: hi\r\n\r\nhi\r\n".to_vec());
    let send = Command::Send { account: ground.account, message, time: SendTime::After(Duration::ZERO) };
    ground.run.run(send).unwrap();
    let carried = |server: &Server| server.store().with_outbox(|outbox| outbox.carried.len());
    assert_eq!((carried(&ground.old), carried(&ground.new)), (0, 1));
}

/// Nothing is otherwise than it was, and the account is at work.
fn assert_as_it_was(ground: &Ground, before: &AccountConfig) {
    assert_eq!(ground.config(), *before);
    let number = 50 + ground.ids(ground.role(Role::Inbox)).len();
    ground.old.store().with(|store| {
        store.mailbox_mut(USER, "INBOX").unwrap().append(mail(number), Flags::none(), DATE);
    });
    ground.run.run(Command::SyncAccount { account: ground.account }).unwrap();
    assert!(ground.shown(ground.role(Role::Inbox)).contains(&format!("mail {number}")));
}

#[test]
fn what_fails_when_it_is_tried_is_not_kept_and_the_account_goes_on() {
    let ground = ground(&Dialect::full(), &[("INBOX", &[1])], &[("INBOX", &[101])]);
    let before = ground.config();
    let there_now = ground.there();
    // The password isn't right there.
    ground.new.store().with(|store| store.set_password(USER, "another"));
    assert_eq!(ground.edit(there_now.clone()).unwrap_err().kind(), ErrorKind::LoginRefused);
    assert_eq!(tries(&ground.new), 1);
    assert_as_it_was(&ground, &before);
    // With no name to sign in with there are two.
    let unnamed = AccountConfig { user_name: String::new(), ..there_now.clone() };
    assert_eq!(ground.edit(unnamed).unwrap_err().kind(), ErrorKind::LoginRefused);
    assert_eq!(tries(&ground.new), 3);
    // Only sending fails.
    ground.new.store().with(|store| store.set_password(USER, PASSWORD));
    let submission =
        SubmissionServer { host: "localhost".into(), port: ground.new.port(), security: Security::StartTls };
    let unsent = AccountConfig { submission: Some(submission), ..there_now.clone() };
    ground.edit(unsent).unwrap_err();
    assert_as_it_was(&ground, &before);
    // Nobody is there.
    let closed = AccountConfig { imap_port: 1, ..there_now.clone() };
    assert_eq!(ground.edit(closed).unwrap_err().kind(), ErrorKind::Offline);
    assert_as_it_was(&ground, &before);
    // It is given up.
    ground.new.store().with(|store| store.faults.add(Rule::once(Verb::List, Fault::Stall(None))));
    let ticket = ground.submit(Command::EditAccount { account: ground.account, config: there_now });
    ground.run.wait_for("the second step", |event| {
        matches!(event, Event::AccountCheck { step: CheckStep::Mailboxes, state: CheckState::Begun, .. })
    });
    ground.run.run(Command::Cancel { ticket }).unwrap();
    assert_eq!(ground.run.finished(ticket).unwrap_err().kind(), ErrorKind::Canceled);
    assert_as_it_was(&ground, &before);
    ground.run.wait_until_complete(ground.account);
}

#[test]
fn no_password_goes_to_a_server_that_does_not_prove_who_it_is() {
    let dialect = Dialect::full();
    let ((old, was), (new, login)) = (server(&dialect, &[("INBOX", &[1])]), server(&dialect, &[]));
    let run = EngineRun::start(vec![was.authority.clone()]);
    let account = run.add_account(&was).unwrap();
    run.wait_until_complete(account);
    let ground = Ground { run, account, old, new, login };
    let before = ground.config();
    let there_now = ground.there();
    assert_eq!(ground.edit(there_now).unwrap_err().kind(), ErrorKind::CertificateUntrusted);
    assert_eq!(ground.new.store().with(|store| store.journal.commands.len()), 0);
    ground.new.store().with_outbox(|outbox| assert!(outbox.heard.is_empty()));
    let submission = SubmissionServer {
        host: "localhost".into(),
        port: ground.new.submission_port(),
        security: Security::Tls,
    };
    let sends = AccountConfig { submission: Some(submission), ..before.clone() };
    assert_eq!(ground.edit(sends).unwrap_err().kind(), ErrorKind::CertificateUntrusted);
    ground.new.store().with_outbox(|outbox| assert!(outbox.heard.is_empty()));
    assert_as_it_was(&ground, &before);
}

#[test]
fn an_account_keeps_its_address_and_settings_that_cannot_be_right_are_refused_at_once() {
    let ground = ground(&Dialect::full(), &[("INBOX", &[1])], &[]);
    let before = ground.config();
    for wrong in [
        AccountConfig { address: "grace@example.org".into(), ..before.clone() },
        AccountConfig { imap_host: "no host".into(), ..before.clone() },
        AccountConfig { imap_port: 143, ..before.clone() },
        AccountConfig { display_name: "Ada\r\nBcc: x".into(), ..before.clone() },
    ] {
        assert_eq!(ground.edit(wrong).unwrap_err().kind(), ErrorKind::InvalidInput);
    }
    let missing = Command::EditAccount { account: AccountId(77), config: before.clone() };
    assert_eq!(ground.run.run(missing).unwrap_err().kind(), ErrorKind::NotFound);
    assert_as_it_was(&ground, &before);
}

#[test]
fn a_second_change_of_settings_that_was_overtaken_is_refused() {
    let ground = ground(&Dialect::full(), &[("INBOX", &[1])], &[("INBOX", &[101])]);
    ground.new.store().with(|store| store.faults.add(Rule::once(Verb::List, Fault::Stall(Some(1500)))));
    let config = ground.there();
    let slow = ground.submit(Command::EditAccount { account: ground.account, config });
    ground.run.wait_for("the second step", |event| {
        matches!(event, Event::AccountCheck { step: CheckStep::Mailboxes, state: CheckState::Begun, .. })
    });
    let named = AccountConfig { display_name: "Ada Lovelace".into(), ..ground.config() };
    assert_eq!(ground.edit(named.clone()), Ok(Done::Nothing));
    assert_eq!(ground.run.finished(slow).unwrap_err().kind(), ErrorKind::WrongState);
    assert_as_it_was(&ground, &named);
}

#[test]
fn an_account_that_was_refused_where_it_was_goes_on_at_the_new_server() {
    let ground = ground(&Dialect::full(), &[("INBOX", &[1, 2])], &[("INBOX", &[1, 2])]);
    // The provider moved: the old server takes nobody any more.
    ground.old.store().with(|store| store.set_password(USER, "nobody's"));
    ground.old.store().cut_connections();
    ground.run.wait_until("it needs a sign-in", |_| {
        Ok(ground.run.status(ground.account).state == AccountState::SignInNeeded)
    });
    let there_now = ground.there();
    assert_eq!(ground.edit(there_now), Ok(Done::Nothing));
    ground.run.wait_until_complete(ground.account);
    assert_eq!(ground.run.status(ground.account).state, AccountState::Online);
    assert_eq!(bodies_fetched(&ground.new), 0);
}

#[test]
fn without_a_secret_the_person_is_asked_to_sign_in_first() {
    let ground = ground(&Dialect::full(), &[("INBOX", &[1])], &[("INBOX", &[1])]);
    ground.old.store().with(|store| store.set_password(USER, "another"));
    ground.old.store().cut_connections();
    ground.run.wait_until("it needs a sign-in", |_| {
        Ok(ground.run.status(ground.account).state == AccountState::SignInNeeded)
    });
    let key = format!("account-{}", ground.account.0);
    ground.run.vault().delete(&key).unwrap();
    let there_now = ground.there();
    assert_eq!(ground.edit(there_now.clone()).unwrap_err().kind(), ErrorKind::LoginRefused);
    assert_eq!(tries(&ground.new), 0);
    // The one they give is right at the new server alone; at the old one it is refused.
    let secret = Secret::new(PASSWORD);
    ground.run.run(Command::SignIn { account: ground.account, secret }).unwrap_err();
    assert_eq!(ground.edit(there_now), Ok(Done::Nothing));
    ground.run.wait_until_complete(ground.account);
}

// The same account twice.

#[test]
fn an_account_that_is_here_already_is_not_added_again_and_no_server_is_asked() {
    let ground = ground(&Dialect::full(), &[("INBOX", &[1])], &[("INBOX", &[1])]);
    let before = tries(&ground.old);
    let secret = || Secret::new(PASSWORD);
    let config = ground.config();
    for twice in [
        config.clone(),
        AccountConfig { user_name: String::new(), ..config.clone() },
        AccountConfig { user_name: "ada".into(), address: "Ada@Example.ORG".into(), ..config.clone() },
        AccountConfig { imap_host: "LOCALHOST.".into(), ..config.clone() },
    ] {
        let error = ground.run.run(Command::AddAccount { config: twice, secret: secret() }).unwrap_err();
        assert_eq!(error, Error::note(ErrorKind::WrongState, ALREADY_HERE));
    }
    assert_eq!(tries(&ground.old), before);
    assert_eq!(ground.run.reader().accounts().unwrap().len(), 1);
    // Elsewhere it is another one, which doesn't become the same by other settings.
    let Ok(Done::Account(other)) =
        ground.run.run(Command::AddAccount { config: ground.there(), secret: secret() })
    else {
        panic!("it is added")
    };
    let error = ground.run.run(Command::EditAccount { account: other, config }).unwrap_err();
    assert_eq!(error, Error::note(ErrorKind::WrongState, ALREADY_HERE));
    assert_eq!(tries(&ground.old), before);
}
