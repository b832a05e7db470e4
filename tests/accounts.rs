//! Adding an account: what is tried, with which name, and what is told; that nothing is kept of what failed; and that nothing is
//! left of one that is removed.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use waxwing_core::error::{Detail, NetworkFault, SignInFault};
use waxwing_core::model::{AccountConfig, Keyword, Network, SearchScope, Secret, Security, SubmissionServer};
use waxwing_core::vault::Vault as _;
use waxwing_core::{CheckState, CheckStep, Command, Done, Error, ErrorKind, Event, Ticket};
use waxwing_demo::model::{Dialect, Fault, Flags, Mailstore, Rule, Verb};
use waxwing_demo::serve::{Server, ServerOptions};
use waxwing_demo::submission::{Moment, Trouble};
use waxwing_tests::engine::{EngineRun, Login};
use waxwing_tests::model::PASSWORD;

const ADDRESS: &str = "ada@example.org";

struct Ground {
    run: EngineRun,
    server: Server,
    login: Login,
}

/// A server that knows the person by that name.
fn ground(user: &str) -> Ground {
    let mut mailstore = Mailstore::new();
    mailstore.set_password(user, PASSWORD);
    mailstore.add_mailbox(user, "Archive", Some("\\Archive"));
    let users = vec![(user.to_owned(), PASSWORD.to_owned())];
    let server = Server::start(ServerOptions { mailstore, dialect: Dialect::full(), users }).unwrap();
    let login = Login {
        host: "localhost".into(),
        port: server.port(),
        user: ADDRESS.into(),
        password: PASSWORD.into(),
        authority: server.ca_der().to_vec(),
    };
    let run = EngineRun::start(vec![login.authority.clone()]);
    Ground { run, server, login }
}

impl Ground {
    /// Without a name to sign in with.
    fn config(&self) -> AccountConfig {
        AccountConfig { user_name: String::new(), ..self.login.config() }
    }

    fn that_sends(&self) -> AccountConfig {
        let submission = SubmissionServer {
            host: "localhost".into(),
            port: self.server.submission_port(),
            security: Security::Tls,
        };
        AccountConfig { submission: Some(submission), ..self.config() }
    }

    /// What comes of it, and what was told before.
    fn add(
        &self,
        config: AccountConfig,
        password: &str,
    ) -> (Result<Done, Error>, Vec<(CheckStep, CheckState)>) {
        let ticket = self.run.submit(Command::AddAccount { config, secret: Secret::new(password) });
        let outcome = self.run.finished(ticket);
        (outcome, self.told(ticket))
    }

    fn told(&self, of: Ticket) -> Vec<(CheckStep, CheckState)> {
        let (told, _) = self.run.told(Duration::ZERO);
        let steps = told.into_iter().filter_map(|event| match event {
            Event::AccountCheck { ticket, step, state } if ticket == of => Some((step, state)),
            _ => None,
        });
        steps.collect()
    }

    fn tries(&self) -> usize {
        self.server.store().with(|store| {
            [Verb::Login, Verb::Authenticate].map(|verb| store.journal.lines_of(verb).count()).iter().sum()
        })
    }

    /// No account, no secret, nothing sent.
    fn assert_nothing_kept(&self) {
        assert!(self.run.reader().accounts().unwrap().is_empty());
        assert!(self.run.vault().get("account-1").unwrap().is_none());
    }
}

#[test]
fn each_step_is_told_and_only_then_is_the_account_there() {
    let ground = ground(ADDRESS);
    let (outcome, told) = ground.add(ground.that_sends(), PASSWORD);
    let Ok(Done::Account(account)) = outcome else { panic!("{outcome:?}") };
    let (begun, passed) = (CheckState::Begun, CheckState::Passed);
    let expected = [
        (CheckStep::Incoming, begun.clone()),
        (CheckStep::Incoming, passed(0)),
        (CheckStep::Mailboxes, begun.clone()),
        (CheckStep::Mailboxes, passed(2)),
        (CheckStep::Outgoing, begun),
        (CheckStep::Outgoing, passed(0)),
    ];
    assert_eq!(told, expected);
    assert_eq!(ground.run.status(account).config.user_name, ADDRESS);
    ground.server.store().with_outbox(|outbox| {
        assert!(outbox.carried.is_empty() && outbox.count("MAIL") == 0, "{:?}", outbox.heard);
        assert_eq!(outbox.count("QUIT"), 1, "it takes leave");
    });
}

#[test]
fn a_server_that_wants_the_first_part_of_the_address_gets_it_at_the_second_try() {
    let ground = ground("ada");
    let (outcome, _) = ground.add(ground.config(), PASSWORD);
    let Ok(Done::Account(account)) = outcome else { panic!("{outcome:?}") };
    assert_eq!(ground.run.status(account).config.user_name, "ada");
    ground.run.wait_until_complete(account);
}

#[test]
fn a_wrong_password_is_tried_with_no_more_than_two_names() {
    let ground = ground(ADDRESS);
    let (outcome, told) = ground.add(ground.that_sends(), "wrong");
    assert_eq!(outcome.unwrap_err().kind(), ErrorKind::LoginRefused);
    assert!(matches!(told[..], [_, (CheckStep::Incoming, CheckState::Failed(_))]), "{told:?}");
    assert_eq!(ground.tries(), 2);
    ground.server.store().with_outbox(|outbox| assert!(outbox.heard.is_empty(), "{:?}", outbox.heard));
    ground.assert_nothing_kept();
    // Where the name is known it is tried once.
    let config = AccountConfig { user_name: ADDRESS.into(), ..ground.config() };
    ground.add(config, "wrong").0.unwrap_err();
    assert_eq!(ground.tries(), 3);
}

/// With a code that nobody knows it may be the way or the name that is refused: two ways and two names are four tries, and
/// providers lock accounts for less.
#[test]
fn bug_a_password_refused_with_an_unusual_code_is_tried_twice_and_no_more() {
    for code in ["ODD", "X-POLICY 7"] {
        let ground = ground(ADDRESS);
        let refused = |code: &str| Fault::Refuse { code: code.into(), text: "No.".into() };
        ground.server.store().with(|store| {
            for verb in [Verb::Authenticate, Verb::Login] {
                store.faults.add(Rule::always(verb, refused(code)));
            }
        });
        let (outcome, told) = ground.add(ground.that_sends(), PASSWORD);
        assert_eq!(outcome.unwrap_err().kind(), ErrorKind::LoginRefused);
        assert!(matches!(told.last(), Some((CheckStep::Incoming, CheckState::Failed(_)))), "{told:?}");
        assert_eq!(ground.tries(), 2, "{code}");
        ground.server.store().with_outbox(|outbox| assert!(outbox.heard.is_empty(), "{:?}", outbox.heard));
        ground.assert_nothing_kept();
    }
}

#[test]
fn the_server_for_sending_is_told_the_secret_once_and_only_after_the_other_one_took_it() {
    let ground = ground("ada");
    ground.server.store().with_outbox(|outbox| {
        for _ in 0..9 {
            outbox.fail_once(Moment::Auth, Trouble::Say("535 5.7.8 Error: authentication failed"));
        }
    });
    ground.add(ground.that_sends(), PASSWORD).0.unwrap_err();
    assert_eq!(ground.tries(), 2, "one of them was right");
    ground.server.store().with_outbox(|outbox| assert_eq!(outbox.count("AUTH"), 1, "{:?}", outbox.heard));
}

#[test]
fn bug_a_closed_port_is_told_from_a_network_that_is_away() {
    let ground = ground(ADDRESS);
    // Nobody listens there any more.
    let taken = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = taken.local_addr().unwrap().port();
    drop(taken);
    let config = AccountConfig { imap_host: "127.0.0.1".into(), imap_port: port, ..ground.config() };
    let error = ground.add(config, PASSWORD).0.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Offline);
    assert_eq!(error.detail(), &Detail::Network(NetworkFault::Refused { port }));
    ground.run.run(Command::NetworkChanged { network: Network::None }).unwrap();
    let Ok(Done::Account(account)) = ground.add(ground.config(), PASSWORD).0 else { panic!("it is added") };
    ground.run.wait_until("it is known", |_| Ok(ground.run.status(account).error.is_some()));
    let error = ground.run.status(account).error.unwrap();
    assert_eq!(error.detail(), &Detail::Network(NetworkFault::NoNetwork));
}

#[test]
fn a_server_that_says_why_it_refuses_is_not_asked_again_with_another_name() {
    let said = "Your account is not enabled for IMAP use.";
    for (code, text, kind, fault) in [
        ("ALERT", said, ErrorKind::LoginRefused, Some(SignInFault::ImapOff)),
        ("EXPIRED", "Renew it", ErrorKind::LoginRefused, Some(SignInFault::PasswordExpired)),
        ("LIMIT", "Enough", ErrorKind::ServerRefused, Some(SignInFault::TryLater)),
        ("ALERT", "Application-specific password required", ErrorKind::AppPasswordNeeded, None),
    ] {
        let ground = ground(ADDRESS);
        ground.server.store().with(|store| {
            let fault = Fault::Refuse { code: code.into(), text: text.into() };
            store.faults.add(Rule::once(Verb::Authenticate, fault));
        });
        let error = ground.add(ground.config(), PASSWORD).0.unwrap_err();
        let found = match error.detail() {
            Detail::SignIn { fault, .. } => Some(*fault),
            _ => None,
        };
        assert_eq!((error.kind(), found, error.server_text()), (kind, fault, Some(text)));
        assert!(!error.to_string().contains(text), "what a server says is in no log");
        assert_eq!(ground.tries(), 1, "{text}");
        ground.assert_nothing_kept();
    }
}

#[test]
fn an_account_whose_mail_can_be_read_but_not_sent_can_be_added_without_sending() {
    let ground = ground(ADDRESS);
    ground.server.store().with_outbox(|outbox| {
        outbox.fail_once(Moment::Auth, Trouble::Say("535 5.7.8 Error: authentication failed"));
    });
    let (outcome, told) = ground.add(ground.that_sends(), PASSWORD);
    let error = outcome.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LoginRefused);
    assert_eq!(told.last(), Some(&(CheckStep::Outgoing, CheckState::Failed(error))));
    assert!(told.contains(&(CheckStep::Mailboxes, CheckState::Passed(2))));
    ground.assert_nothing_kept();
    let (outcome, _) = ground.add(ground.config(), PASSWORD);
    let Ok(Done::Account(account)) = outcome else { panic!("{outcome:?}") };
    let server = ground.that_sends().submission;
    ground.run.run(Command::SetSubmission { account, server }).unwrap();
}

/// Where in a directory these octets are.
fn files_with(directory: &Path, octets: &[u8]) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let found = entries.flat_map(|path| {
        if path.is_dir() {
            return files_with(&path, octets);
        }
        // A journal may go while it is looked at.
        let content = fs::read(&path).unwrap_or_default();
        let has = content.windows(octets.len()).any(|part| part == octets);
        if has { vec![path] } else { Vec::new() }
    });
    found.collect()
}

#[test]
fn nothing_is_left_here_of_an_account_that_is_removed_and_everything_there() {
    const WORD: &str = "heffalump";
    let ground = ground(ADDRESS);
    let mail = format!(
        "From: {WORD} <{WORD}@example.net>\r\nSubject: {WORD}\r\nMessage-ID: <{WORD}@example.net>\r\n\r\n{WORD} and others\r\n"
    );
    ground.server.store().with(|store| {
        let inbox = store.mailbox_mut(ADDRESS, "INBOX").unwrap();
        for day in 1..=20 {
            inbox.append(mail.clone().into_bytes(), Flags::none(), day * 86_400_000);
        }
    });
    let Ok(Done::Account(account)) = ground.add(ground.config(), PASSWORD).0 else { panic!("it is added") };
    ground.run.wait_until_complete(account);
    ground.run.wait_until("its words are found", |reader| {
        Ok(reader.search(WORD, SearchScope::Account(account), 0, 9)?.total == 20)
    });
    let reader = ground.run.reader();
    let sender = format!("{WORD}@example.net");
    ground.run.run(Command::ShowImagesOf { sender, always: true }).unwrap();
    let (name, text, scope) = (WORD.to_owned(), WORD.to_owned(), SearchScope::Everywhere);
    ground.run.run(Command::SaveSearch { name, text, scope }).unwrap();
    let emails = vec![reader.search(WORD, scope, 0, 1).unwrap().rows[0].id];
    let add = vec![Keyword::new(WORD).unwrap()];
    ground.run.run(Command::SetKeywords { emails, add, remove: Vec::new() }).unwrap();
    let data = ground.run.data_dir();
    assert!(!files_with(&data, WORD.as_bytes()).is_empty(), "it is here");
    let commands = || ground.server.store().with(|store| store.journal.commands.len());
    let before = commands();
    ground.run.run(Command::RemoveAccount { account }).unwrap();
    ground.run.wait_until("nothing of it is left", |_| Ok(files_with(&data, WORD.as_bytes()).is_empty()));
    assert!(!data.join("packs").join(account.0.to_string()).exists());
    assert!(reader.image_senders().unwrap().is_empty() && reader.saved_searches().unwrap().is_empty());
    assert!(reader.tags().unwrap().is_empty());
    ground.assert_nothing_kept();
    let there = ground.server.store().with(|store| store.mailbox(ADDRESS, "INBOX").unwrap().mails().len());
    assert_eq!((there, commands()), (20, before), "the server isn't told");
}

#[test]
fn a_check_that_is_given_up_keeps_nothing_and_says_so() {
    let ground = ground(ADDRESS);
    ground.server.store().with(|store| {
        store.faults.add(Rule::once(Verb::List, Fault::Stall(None)));
    });
    let config = ground.config();
    let ticket = ground.run.submit(Command::AddAccount { config, secret: Secret::new(PASSWORD) });
    ground.run.wait_for("the second step", |event| {
        matches!(event, Event::AccountCheck { step: CheckStep::Mailboxes, state: CheckState::Begun, .. })
    });
    ground.run.run(Command::Cancel { ticket }).unwrap();
    assert_eq!(ground.run.finished(ticket).unwrap_err().kind(), ErrorKind::Canceled);
    ground.assert_nothing_kept();
}
