//! Tags (IMAP keywords) from the command to the server and back, and what servers do that keep none; conversations as a
//! person wants them, through a sync.

use waxwing_core::error::NO_NEW_TAGS;
use waxwing_core::model::{AccountId, EmailId, EmailRow, Keyword, ListQuery, MailboxId};
use waxwing_core::{Command, Done, ErrorKind, Event};
use waxwing_demo::model::{Dialect, Fault, Flags, Mailstore, Rule, Verb};
use waxwing_demo::serve::Server;
use waxwing_tests::engine::EngineRun;
use waxwing_tests::model::{USER, serve};

struct Ground {
    server: Server,
    run: EngineRun,
    account: AccountId,
}

/// Each answers the one before it, but for the last.
fn mail(number: usize) -> Vec<u8> {
    let answers = if number == 4 { String::new() } else { "References: <0@example.org>\r\n".into() };
    format!("Subject: mail {number}\r\nMessage-ID: <{number}@example.org>\r\n{answers}\r\nText\r\n")
        .into_bytes()
}

/// Four mails in INBOX; the first has the keyword Known.
fn ground(dialect: Dialect) -> Ground {
    let mut mailstore = Mailstore::new();
    mailstore.add_account(USER);
    if dialect.gmail {
        mailstore.make_gmail(USER);
    }
    mailstore.add_mailbox(USER, "Work", None);
    let inbox = mailstore.mailbox_mut(USER, "INBOX").unwrap();
    for number in 1..=4 {
        let flags = if number == 1 { Flags::from(["Known"]) } else { Flags::none() };
        inbox.append(mail(number), flags, 1_700_000_000_000 + number as i64 * 1000);
    }
    mailstore.settle();
    let (server, login) = serve(mailstore, dialect);
    let (run, account) = EngineRun::with_account(&login);
    run.wait_until_complete(account);
    Ground { server, run, account }
}

fn keywords(names: &[&str]) -> Vec<Keyword> {
    names.iter().map(|name| Keyword::new(name).unwrap()).collect()
}

impl Ground {
    fn inbox(&self) -> MailboxId {
        self.run.mailbox(self.account, "INBOX").id
    }

    fn rows(&self) -> Vec<EmailRow> {
        let mut rows = self.run.reader().page(ListQuery::Mailbox(self.inbox()), 0, 100).unwrap().rows;
        rows.sort_by(|one, other| one.subject.cmp(&other.subject));
        rows
    }

    /// The mails "mail 1" and so on.
    fn mails(&self, numbers: &[usize]) -> Vec<EmailId> {
        let rows = self.rows();
        numbers.iter().map(|number| rows[number - 1].id).collect()
    }

    /// Keywords as they are shown, mail by mail.
    fn here(&self) -> Vec<Vec<String>> {
        let names = |row: EmailRow| row.keywords.iter().map(|keyword| keyword.name().to_owned()).collect();
        self.rows().into_iter().map(names).collect()
    }

    /// The same as the server has them.
    fn there(&self) -> Vec<Vec<String>> {
        self.server.store().with(|store| {
            let mut all: Vec<(Vec<u8>, Vec<String>)> = Vec::new();
            for mail in store.mailbox(USER, "INBOX").unwrap().mails() {
                let names = mail.flags().iter().filter(|flag| !flag.starts_with('\\'));
                let mut names: Vec<String> = names.map(str::to_owned).collect();
                names.sort();
                all.push((mail.raw().to_vec(), names));
            }
            all.sort();
            all.into_iter().map(|(_, names)| names).collect()
        })
    }

    fn tag(&self, numbers: &[usize], add: &[&str], remove: &[&str]) -> Command {
        Command::SetKeywords { emails: self.mails(numbers), add: keywords(add), remove: keywords(remove) }
    }

    fn other_client(&self, uid: u32, change: impl Fn(&mut Flags)) {
        self.server.store().with(|store| {
            store.mailbox_mut(USER, "INBOX").unwrap().change_flags(uid, &change);
            store.settle();
        });
    }

    fn sync(&self) {
        assert!((0..10).any(|_| self.run.run(Command::SyncAccount { account: self.account }).is_ok()));
        self.run.wait_until_complete(self.account);
    }

    /// The subjects of each conversation of INBOX.
    fn conversations(&self) -> Vec<Vec<String>> {
        let reader = self.run.reader();
        let rows = reader.page(ListQuery::InboxConversations, 0, 100).unwrap().rows;
        let subjects = |row: EmailRow| {
            reader.thread(row.thread).unwrap().into_iter().map(|row| row.subject).collect::<Vec<_>>()
        };
        rows.into_iter().map(subjects).collect()
    }
}

#[test]
fn tags_reach_the_server_and_those_of_others_reach_us_in_every_dialect() {
    for dialect in [
        Dialect::full(),
        Dialect::condstore_only(),
        Dialect::no_condstore(),
        Dialect::bare_rfc3501(),
        Dialect::gmail(),
    ] {
        let ground = ground(dialect);
        assert_eq!(ground.here(), ground.there());
        let ticket = ground.run.submit(ground.tag(&[1, 2], &["Work", "$label1"], &["Known"]));
        assert_eq!(ground.run.finished(ticket), Ok(Done::Nothing));
        let tagged = || vec!["$label1".to_owned(), "Work".to_owned()];
        assert_eq!(ground.there(), [tagged(), tagged(), vec![], vec![]]);
        assert_eq!(ground.here(), ground.there());
        ground.other_client(3, |flags| flags.add("WORK"));
        ground.other_client(2, |flags| flags.remove("$label1"));
        ground.sync();
        assert_eq!(ground.here(), ground.there());
        // However others spell it.
        assert_eq!(ground.run.run(ground.tag(&[1, 2, 3], &[], &["work"])), Ok(Done::Nothing));
        assert_eq!(ground.there(), [vec!["$label1".to_owned()], vec![], vec![], vec![]]);
        ground.run.run(Command::Undo { operation: ticket }).unwrap();
        assert_eq!(ground.there(), [vec!["Known".to_owned()], vec![], vec![], vec![]]);
        ground.sync();
        assert_eq!(ground.here(), ground.there());
    }
}

#[test]
fn a_mailbox_that_takes_no_new_tags_refuses_in_words_and_the_tag_is_taken_back() {
    for refuses in [false, true] {
        let dialect = Dialect { no_new_keywords: true, refuses_new_keywords: refuses, ..Dialect::full() };
        let ground = ground(dialect);
        let ticket = ground.run.submit(ground.tag(&[2], &["New"], &[]));
        let refused =
            ground.run.wait_for("the refusal", |event| matches!(event, Event::ChangeRefused { .. }));
        let Event::ChangeRefused { ticket: its, error } = refused else { panic!("{refused:?}") };
        assert_eq!((its, error.kind()), (ticket, ErrorKind::ServerRefused));
        assert!(error.to_string().contains(NO_NEW_TAGS), "{error}");
        assert!(ground.run.finished(ticket).is_err());
        assert_eq!(ground.here(), ground.there());
        assert_eq!(ground.here()[1], [""; 0]);
        assert!(ground.run.reader().tags().unwrap().iter().all(|tag| tag.keyword.name() == "Known"));
        // One that it knows is as good as any.
        assert_eq!(ground.run.run(ground.tag(&[2], &["known"], &[])), Ok(Done::Nothing));
        assert_eq!(ground.here(), ground.there());
        assert_eq!(ground.here()[1].len(), 1);
    }
}

#[test]
fn tags_given_offline_and_elsewhere_are_all_kept_after_a_restart_and_a_new_numbering() {
    let Ground { server, run, account } = ground(Dialect::full());
    let mut ground = Ground { server, run, account };
    let always =
        |verb| ground.server.store().with(|store| store.faults.add(Rule::always(verb, Fault::CutBefore)));
    always(Verb::Store);
    let ticket = ground.run.submit(ground.tag(&[1, 2, 3], &["Trip"], &["Known"]));
    ground.run.wait_until("it is shown", |_| Ok(ground.here()[2] == ["Trip"]));
    ground.run = ground.run.reopened_after(|| {
        ground.server.store().with(|store| {
            store.bump_uid_validity(USER, "INBOX");
            let first = store.mailbox(USER, "INBOX").unwrap().mails()[0].uid();
            store.mailbox_mut(USER, "INBOX").unwrap().change_flags(first, |flags| flags.add("Theirs"));
            store.faults.rules.clear();
        });
    });
    assert_eq!(ground.run.finished(ticket), Ok(Done::Nothing));
    ground.sync();
    let trip = || vec!["Trip".to_owned()];
    assert_eq!(ground.there(), [vec!["Theirs".to_owned(), "Trip".to_owned()], trip(), trip(), vec![]]);
    assert_eq!(ground.here(), ground.there());
}

#[test]
fn an_answer_that_was_lost_costs_no_tag() {
    for dialect in [Dialect::full(), Dialect::bare_rfc3501()] {
        let ground = ground(dialect);
        ground.server.store().with(|store| store.faults.add(Rule::once(Verb::Store, Fault::LoseAnswer)));
        assert_eq!(ground.run.run(ground.tag(&[1, 4], &["Trip"], &["Known"])), Ok(Done::Nothing));
        ground.sync();
        assert_eq!(ground.there(), [vec!["Trip".to_owned()], vec![], vec![], vec!["Trip".to_owned()]]);
        assert_eq!(ground.here(), ground.there());
    }
}

#[test]
fn a_person_splits_and_joins_conversations_and_mail_that_comes_follows() {
    let mut ground = ground(Dialect::full());
    let all = [vec!["mail 4"], vec!["mail 1", "mail 2", "mail 3"]];
    assert_eq!(ground.conversations(), all);
    let split = ground.run.submit(Command::SplitConversation { emails: ground.mails(&[2]) });
    assert_eq!(ground.run.finished(split), Ok(Done::Nothing));
    let parted = [vec!["mail 4"], vec!["mail 1", "mail 3"], vec!["mail 2"]];
    assert_eq!(ground.conversations(), parted);
    ground.run = ground.run.reopened_after(|| {
        ground.server.store().with(|store| {
            store.bump_uid_validity(USER, "INBOX");
            let inbox = store.mailbox_mut(USER, "INBOX").unwrap();
            let answer = b"Subject: mail 5\r\nMessage-ID: <5@example.org>\r\n\
                           References: <0@example.org> <2@example.org>\r\n\r\nText\r\n";
            inbox.append(answer.to_vec(), Flags::none(), 1_700_000_005_000);
        });
    });
    ground.sync();
    let followed = [vec!["mail 2", "mail 5"], vec!["mail 4"], vec!["mail 1", "mail 3"]];
    assert_eq!(ground.conversations(), followed);
    let join = ground.run.submit(Command::JoinConversations { emails: ground.mails(&[1, 4]) });
    assert_eq!(ground.run.finished(join), Ok(Done::Nothing));
    assert_eq!(ground.conversations(), [vec!["mail 2", "mail 5"], vec!["mail 1", "mail 3", "mail 4"]]);
    assert_eq!(ground.run.run(Command::Undo { operation: join }), Ok(Done::Undone(join)));
    assert_eq!(ground.run.run(Command::Undo { operation: split }), Ok(Done::Undone(split)));
    assert_eq!(ground.conversations(), [vec!["mail 1", "mail 2", "mail 3", "mail 5"], vec!["mail 4"]]);
    let asked = ground.server.store().with(|store| store.journal.lines_of(Verb::Store).count());
    assert_eq!(asked, 0, "no server hears of it");
}
