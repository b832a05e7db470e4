//! Mail is found soon after it came, without anybody asking for it to be indexed; what isn't here is found on the server.

use waxwing_core::model::{AccountId, Coverage, ListQuery, Role, SavedSearchId, SearchScope};
use waxwing_core::{Command, Done, ErrorKind, Event};
use waxwing_demo::model::{Dialect, Fault, Flags, Mailstore, Rule, Verb};
use waxwing_demo::serve::Server;
use waxwing_tests::engine::EngineRun;
use waxwing_tests::model::{USER, serve};

#[test]
fn mail_that_was_synced_is_found_by_its_words_and_what_is_read_is_no_longer_unread() {
    let mut mailstore = Mailstore::new();
    mailstore.add_account(USER);
    let inbox = mailstore.mailbox_mut(USER, "INBOX").unwrap();
    for number in 1..=300 {
        let answers = if number % 3 == 0 {
            format!("References: <{}@example.org>\r\n", number - 1)
        } else {
            String::new()
        };
        let mail = format!(
            "From: Ada <ada@example.org>\r\nSubject: mail {number}\r\nMessage-ID: <{number}@example.org>\r\n{answers}\
             Content-Type: text/plain; charset=utf-8\r\n\r\nword{number} 会議室 harbour\r\n"
        );
        inbox.append(mail.into_bytes(), Flags::none(), 1_700_000_000_000 + i64::from(number) * 1_000);
    }
    let (_server, login) = serve(mailstore, Dialect::full());
    let (run, account) = EngineRun::with_account(&login);
    run.wait_until_complete(account);
    run.wait_until("everything is indexed", |reader| Ok(reader.search_coverage(account)? == (300, 300)));
    let reader = run.reader();
    let find = |query: &str| reader.search(query, SearchScope::Everywhere, 0, 1_000).unwrap();
    let all = find("会議 harbour");
    assert_eq!((all.rows.len(), all.is_all), (300, true));
    assert!(all.rows.is_sorted_by(|one, other| one.date >= other.date), "newest first");
    let one = find("word77 is:unread");
    assert_eq!(one.rows.iter().map(|row| row.subject.as_str()).collect::<Vec<_>>(), ["mail 77"]);

    let add = waxwing_core::model::FlagBits::SEEN;
    let remove = waxwing_core::model::FlagBits::NONE;
    run.run(Command::SetFlags { emails: vec![one.rows[0].id], add, remove }).unwrap();
    assert_eq!(find("word77 is:unread").total, 0);
    assert_eq!(find("word77 is:read").total, 1);

    let inbox = run.role(account, Role::Inbox);
    let conversations = reader.page(ListQuery::Conversations(inbox), 0, 1_000).unwrap();
    assert_eq!(conversations.rows.len(), 200, "a third of the mails answers another");
    let mails: u64 =
        conversations.rows.iter().filter_map(|row| row.conversation.as_ref()).map(|it| it.mails).sum();
    assert_eq!(mails, 300);
}

/// A server with that many mails in INBOX, each with a word of its own in its body, and ten in Archive.
fn mailstore(mails: usize) -> Mailstore {
    let mut mailstore = Mailstore::new();
    mailstore.add_account(USER);
    mailstore.add_mailbox(USER, "Archive", Some("\\Archive"));
    // Those in Archive are newer.
    for (mailbox, mails, since) in [("INBOX", mails, 0), ("Archive", 10, 100_000_000)] {
        let mailbox_of = mailstore.mailbox_mut(USER, mailbox).unwrap();
        for number in 1..=mails {
            let mail = format!(
                "From: Ada <ada@example.org>\r\nSubject: {mailbox} {number}\r\n\
                 Message-ID: <{mailbox}.{number}@example.org>\r\n\r\nThe number{number:04} and a harbour\r\n"
            );
            let date = 1_700_000_000_000 + since + i64::try_from(number).unwrap() * 1_000;
            mailbox_of.append(mail.into_bytes(), Flags::none(), date);
        }
    }
    mailstore
}

/// An engine that fetches no body, with an account of that server whose list is here.
fn without_bodies(mailstore: Mailstore, dialect: Dialect) -> (Server, EngineRun, AccountId) {
    let mails: usize =
        ["INBOX", "Archive"].map(|name| mailstore.mailbox(USER, name).unwrap().mails().len()).iter().sum();
    let (server, login) = serve(mailstore, dialect);
    let run = EngineRun::start(vec![login.authority.clone()]);
    run.run(Command::SetPower { saver: true }).unwrap();
    let account = run.add_account(&login).unwrap();
    run.wait_until("the list is here", |reader| {
        let coverage = reader.coverage(SearchScope::Account(account))?;
        Ok(coverage.mails == mails as u64 && coverage.not_listed == 0)
    });
    (server, run, account)
}

fn subjects(run: &EngineRun, text: &str) -> Vec<String> {
    let found = run.reader().search(text, SearchScope::Everywhere, 0, 1_000).unwrap();
    found.rows.into_iter().map(|row| row.subject).collect()
}

fn on_server(text: &str) -> Command {
    Command::SearchServer { text: text.into(), scope: SearchScope::Everywhere }
}

#[test]
fn what_is_not_here_is_found_on_the_server_until_something_else_is_sought() {
    let (server, run, account) = without_bodies(mailstore(40), Dialect::full());
    let coverage = run.reader().coverage(SearchScope::Account(account)).unwrap();
    let Coverage { mails, without_body, not_listed, .. } = coverage;
    assert_eq!((mails, without_body, not_listed), (50, 50, 0));
    assert_eq!(subjects(&run, "number0007"), [] as [String; 0]);

    let ticket = run.submit(on_server("number0007"));
    assert_eq!(run.finished(ticket), Ok(Done::Searched { found: 2, is_all: true }));
    let told = |event: &Event| matches!(event, Event::SearchProgress { ticket: its, done: 2, total: 2 } if *its == ticket);
    run.wait_for("how far it is", told);
    assert_eq!(subjects(&run, "number0007"), ["Archive 7", "INBOX 7"]);
    let archive = run.role(account, Role::Archive);
    let found = run.reader().search("number0007", SearchScope::Mailbox(archive), 0, 10).unwrap();
    assert_eq!(found.total, 1);
    // Nothing is claimed of any other text.
    assert_eq!(subjects(&run, "number0008"), [] as [String; 0]);
    assert_eq!(subjects(&run, "number0007 subject:inbox"), [] as [String; 0]);

    assert_eq!(
        run.run(on_server("number0008 subject:inbox ")),
        Ok(Done::Searched { found: 1, is_all: true })
    );
    assert_eq!(subjects(&run, "number0008 subject:inbox "), ["INBOX 8"]);
    assert_eq!(subjects(&run, "number0007"), [] as [String; 0]);
    let asked = server.store().with(|store| {
        store
            .journal
            .lines_of(Verb::Search)
            .filter(|line| line.contains("number0008"))
            .map(str::to_owned)
            .collect::<Vec<_>>()
    });
    assert!(!asked.is_empty() && asked.iter().all(|line| line.contains("SUBJECT \"inbox\"")), "{asked:?}");
}

#[test]
fn mail_that_is_not_listed_yet_is_listed_when_the_server_finds_it() {
    let (server, login) = serve(mailstore(900), Dialect::full());
    // The main connection, which comes after that of the trial, says no more after the first screen.
    server.store().with(|store| {
        let stall = Rule { connection: Some(2), skip: 1, ..Rule::once(Verb::Fetch, Fault::Stall(None)) };
        store.faults.add(stall);
    });
    let run = EngineRun::start(vec![login.authority.clone()]);
    run.run(Command::SetPower { saver: true }).unwrap();
    let account = run.add_account(&login).unwrap();
    run.wait_until("the first screen", |reader| {
        Ok(reader.coverage(SearchScope::Account(account))?.mails >= 50)
    });
    let before = run.reader().coverage(SearchScope::Account(account)).unwrap();
    assert!(before.mails < 200 && before.not_listed > 0, "{before:?}");
    assert_eq!(subjects(&run, "number0005"), [] as [String; 0]);

    // INBOX alone: Archive wasn't looked at yet.
    let inbox = SearchScope::Mailbox(run.role(account, Role::Inbox));
    let search = Command::SearchServer { text: "number0005 ".into(), scope: inbox };
    assert_eq!(run.run(search), Ok(Done::Searched { found: 1, is_all: true }));
    assert_eq!(subjects(&run, "number0005 "), ["INBOX 5"]);
    let after = run.reader().coverage(inbox).unwrap();
    assert_eq!((after.mails, after.not_listed), (before.mails + 1, 1), "the rest is still to be read");
}

#[test]
fn with_one_connection_the_search_is_made_on_it_in_between() {
    let (server, login) = serve(mailstore(40), Dialect::bare_rfc3501());
    let run = EngineRun::changed(vec![login.authority.clone()], |options| options.most_connections = Some(1));
    run.run(Command::SetPower { saver: true }).unwrap();
    let account = run.add_account(&login).unwrap();
    run.wait_until("the list is here", |reader| {
        Ok(reader.coverage(SearchScope::Account(account))?.mails == 50)
    });
    assert_eq!(run.run(on_server("number0007 ")), Ok(Done::Searched { found: 2, is_all: true }));
    assert_eq!(subjects(&run, "number0007 "), ["Archive 7", "INBOX 7"]);
    assert!(server.store().connections() <= 1, "{}", server.store().connections());
    run.run(Command::SyncAccount { account }).unwrap();
}

#[test]
fn a_server_that_will_not_search_is_not_said_to_have_searched() {
    let (server, run, _) = without_bodies(mailstore(10), Dialect::full());
    let no = Fault::Refuse { code: "BADCHARSET".into(), text: "not that".into() };
    server.store().with(|store| store.faults.add(Rule::always(Verb::Search, no)));
    assert_eq!(run.run(on_server("number0007 ")), Ok(Done::Searched { found: 0, is_all: false }));
    assert_eq!(subjects(&run, "number0007 "), [] as [String; 0]);
    server.store().with(|store| store.faults.rules.clear());
    // One connection is cut in the middle: nothing is claimed, and the next search is as good as any.
    server.store().with(|store| store.faults.add(Rule::once(Verb::Search, Fault::CutBefore)));
    let outcome = run.run(on_server("number0007 "));
    assert!(outcome.as_ref().is_err_and(|error| error.kind().is_passing()), "{outcome:?}");
    assert_eq!(run.run(on_server("number0007 ")), Ok(Done::Searched { found: 2, is_all: true }));
    assert_eq!(subjects(&run, "number0007 "), ["Archive 7", "INBOX 7"]);
    assert_eq!(run.run(on_server(" - ")).unwrap_err().kind(), ErrorKind::InvalidInput);
}

#[test]
fn a_search_of_the_server_ends_by_cancel_and_when_another_begins() {
    let (server, run, account) = without_bodies(mailstore(10), Dialect::full());
    let stall = Rule { times: 2, ..Rule::once(Verb::Search, Fault::Stall(None)) };
    server.store().with(|store| store.faults.add(stall));
    let first = run.submit(on_server("number0003 "));
    run.wait_for(
        "its beginning",
        |event| matches!(event, Event::SearchProgress { ticket, .. } if *ticket == first),
    );
    let second = run.submit(on_server("number0004 "));
    assert_eq!(run.finished(first).unwrap_err().kind(), ErrorKind::Canceled);
    run.wait_for(
        "its beginning",
        |event| matches!(event, Event::SearchProgress { ticket, .. } if *ticket == second),
    );
    assert_eq!(run.run(Command::Cancel { ticket: second }), Ok(Done::Nothing));
    assert_eq!(run.finished(second).unwrap_err().kind(), ErrorKind::Canceled);
    // Everything else goes on.
    run.run(Command::SyncAccount { account }).unwrap();
    server.store().with(|store| store.faults.rules.clear());
    assert_eq!(run.run(on_server("number0005 ")), Ok(Done::Searched { found: 2, is_all: true }));
}

#[test]
fn while_offline_the_server_is_not_said_to_have_been_asked() {
    let (server, run, account) = without_bodies(mailstore(10), Dialect::full());
    server.store().allow_connections(0);
    server.store().cut_connections();
    run.wait_until(
        "offline",
        |_| Ok(run.status(account).state == waxwing_core::model::AccountState::Offline),
    );
    let outcome = run.run(on_server("number0005 "));
    assert_eq!(outcome.unwrap_err().kind(), ErrorKind::Offline);
}

#[test]
fn searches_that_are_kept_outlive_the_engine() {
    let (server, run, account) = without_bodies(mailstore(1), Dialect::full());
    let save = |name: &str, scope| Command::SaveSearch { name: name.into(), text: "from:ada".into(), scope };
    let scope = SearchScope::Account(account);
    let Ok(Done::SearchSaved(id)) = run.run(save("Ada", scope)) else { panic!("not kept") };
    run.wait_for("the news of it", |event| matches!(event, Event::SearchesChanged));
    let Ok(Done::SearchSaved(other)) = run.run(save("Other", SearchScope::Starred)) else {
        panic!("not kept")
    };
    run.run(Command::RenameSearch { id, name: "From Ada".into() }).unwrap();
    run.run(Command::DeleteSearch { id: other }).unwrap();
    let kind = |command| run.run(command).unwrap_err().kind();
    assert_eq!(kind(save(" ", scope)), ErrorKind::InvalidInput);
    assert_eq!(kind(Command::DeleteSearch { id: SavedSearchId(99) }), ErrorKind::NotFound);
    let run = run.reopened();
    let saved = run.reader().saved_searches().unwrap();
    assert_eq!(saved.len(), 1);
    assert_eq!((saved[0].id, saved[0].name.as_str(), saved[0].scope), (id, "From Ada", scope));
    drop(server);
}
