//! Signing in in the browser, against a provider of the tests' own, which checks what providers check, and the model servers,
//! which take the tokens it gives out.

use std::sync::Arc;
use std::time::Duration;

use waxwing_core::error::{AGREED_AS_ANOTHER, Detail, PROVIDERS_ONLY};
use waxwing_core::model::{
    AccountConfig, AccountId, AccountState, BrowserWay, OAuthClient, Secret, SecretKind, Security, SendTime,
    SubmissionServer,
};
use waxwing_core::vault::Vault as _;
use waxwing_core::{CheckState, CheckStep, Command, Done, Error, ErrorKind, Event, Message, Ticket};
use waxwing_demo::model::{Dialect, Fault, Mailstore, Rule, Verb};
use waxwing_demo::serve::{Server, ServerOptions};
use waxwing_tests::engine::{EngineRun, Login};
use waxwing_tests::provider::{Provider, visit};

const USER: &str = "ada@example.org";
const APP: &str = "org.example.app:/signed-in";

struct Ground {
    run: EngineRun,
    server: Server,
    provider: Provider,
    login: Login,
}

/// A mail server that takes tokens alone, and whoever gives them out.
fn ground() -> Ground {
    let mut mailstore = Mailstore::new();
    mailstore.add_account(USER);
    mailstore.add_mailbox(USER, "Sent", Some("\\Sent"));
    let dialect = Dialect { oauthbearer: true, xoauth2: true, ..Dialect::full() };
    let users = vec![(USER.to_owned(), "no password of theirs".to_owned())];
    let server = Server::start(ServerOptions { mailstore, dialect, users }).unwrap();
    let store = server.store().clone();
    let provider = Provider::start(move |token| store.with(|store| store.set_token(USER, token)));
    let login = Login {
        host: "localhost".into(),
        port: server.port(),
        user: USER.into(),
        password: String::new(),
        authority: server.ca_der().to_vec(),
    };
    let run = EngineRun::start(vec![login.authority.clone(), provider.authority()]);
    Ground { run, server, provider, login }
}

impl Ground {
    fn config(&self) -> AccountConfig {
        let submission = SubmissionServer {
            host: "localhost".into(),
            port: self.server.submission_port(),
            security: Security::Tls,
        };
        AccountConfig { submission: Some(submission), ..self.login.config() }
    }

    fn client(&self, way: BrowserWay) -> OAuthClient {
        self.provider.client(way)
    }

    fn begin(&self, way: BrowserWay) -> (Ticket, String, Option<String>) {
        let (config, client) = (self.config(), Box::new(self.client(way)));
        let ticket = self.run.submit(Command::AddAccountInBrowser { config, client });
        let (url, code) = self.page(ticket);
        (ticket, url, code)
    }

    /// The page that is to be opened.
    fn page(&self, of: Ticket) -> (String, Option<String>) {
        let told = self.run.wait_for(
            "a page to open",
            |event| matches!(event, Event::SignInPage { ticket, .. } if *ticket == of),
        );
        match told {
            Event::SignInPage { url, code, .. } => (url, code),
            other => panic!("{other:?}"),
        }
    }

    fn account(&self, ended: Result<Done, Error>) -> AccountId {
        match ended {
            Ok(Done::Account(account)) => account,
            other => panic!("{other:?}"),
        }
    }

    fn add(&self) -> AccountId {
        let (ticket, open, _) = self.begin(BrowserWay::Loopback);
        let (status, page) = visit(&self.provider.agree(&open));
        assert_eq!(status, 200, "{page}");
        let account = self.account(self.run.finished(ticket));
        self.run.wait_until_complete(account);
        account
    }

    /// How often a token was asked for in that way.
    fn asked(&self, way: &str) -> usize {
        self.provider.with(|known| known.asked.get(way).copied().unwrap_or(0))
    }

    fn kept(&self, account: AccountId) -> Option<Secret> {
        self.run.vault().get(&format!("account-{}", account.0)).unwrap()
    }

    fn tries(&self) -> usize {
        let of = |verb| self.server.store().with(|store| store.journal.lines_of(verb).count());
        of(Verb::Authenticate) + of(Verb::Login)
    }

    /// The token that was given out last is no longer taken.
    fn withdraw_token(&self) {
        self.server.store().with(|store| store.set_token(USER, "another"));
        self.server.store().cut_connections();
    }

    fn wait_for(&self, account: AccountId, state: AccountState) {
        self.run.wait_until("the account is so", |_| Ok(self.run.status(account).state == state));
    }
}

#[test]
fn an_account_is_added_in_the_browser_and_no_password_is_seen() {
    let ground = ground();
    let account = ground.add();
    assert_eq!(ground.provider.with(|known| known.refused.clone()), [""; 0]);
    assert_eq!(ground.run.status(account).config.secret_kind, SecretKind::Grant);
    let kept = ground.kept(account).unwrap();
    assert!(kept.reveal().contains("refresh-"), "what is kept is what new tokens are had by");
    let mail = "From: ada@example.org\r\nTo: grace@example.net\r\nSubject: hi\r\n\r\nhi\r\n";
    let (message, time) = (Message(mail.as_bytes().to_vec()), SendTime::After(Duration::ZERO));
    ground.run.run(Command::Send { account, message, time }).unwrap();
    assert_eq!(ground.server.store().with_outbox(|outbox| outbox.carried.len()), 1);
    assert_eq!(ground.asked("authorization_code"), 1);
    assert_eq!(ground.asked("refresh_token"), 0, "one token serves until it ends");
}

#[test]
fn whoever_else_comes_to_the_open_port_ends_nothing() {
    let ground = ground();
    let (ticket, open, _) = ground.begin(BrowserWay::Loopback);
    let back = ground.provider.agree(&open);
    let base = back.split('?').next().unwrap().to_owned();
    for stray in ["", "?code=x", "?code=x&state=y", "?error=access_denied&state=y"] {
        let (status, page) = visit(&format!("{base}{stray}"));
        assert_eq!(status, 400, "{stray}");
        assert!(!page.contains("code=x"), "nothing that was said is shown: {page}");
    }
    let (status, page) = visit(&back);
    assert_eq!(status, 200);
    assert!(page.contains("Content-Security-Policy: default-src 'none'"));
    ground.account(ground.run.finished(ticket));
    let port = url::Url::parse(&back).unwrap().port().unwrap();
    let closed = std::net::TcpStream::connect(("127.0.0.1", port));
    assert!(closed.is_err(), "the port is closed again");
}

#[test]
fn a_code_that_somebody_else_got_is_of_no_use() {
    let ground = ground();
    let (ticket, open, _) = ground.begin(BrowserWay::Loopback);
    // Another sign-in's code, brought in by whoever saw this one's state.
    let (_other, foreign, _) = ground.begin(BrowserWay::Loopback);
    let foreign = url::Url::parse(&ground.provider.agree(&foreign)).unwrap();
    let code = foreign.query_pairs().find(|(name, _)| name == "code").unwrap().1.into_owned();
    let mut back = url::Url::parse(&ground.provider.agree(&open)).unwrap();
    let state = back.query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned();
    back.query_pairs_mut().clear().append_pair("code", &code).append_pair("state", &state);
    assert_eq!(visit(back.as_str()).0, 400);
    assert_eq!(ground.run.finished(ticket).unwrap_err().kind(), ErrorKind::BrowserSignInNeeded);
    assert_eq!(ground.provider.with(|known| known.refused.clone()), ["who asks isn't who began"]);
    assert_eq!(ground.tries(), 0, "the mail server hears of nothing");
}

#[test]
fn a_person_who_refuses_has_nothing_added() {
    let ground = ground();
    let (ticket, open, _) = ground.begin(BrowserWay::Loopback);
    assert_eq!(visit(&ground.provider.refuse(&open)).0, 400);
    assert_eq!(ground.run.finished(ticket).unwrap_err().kind(), ErrorKind::Canceled);
    assert!(ground.run.reader().accounts().unwrap().is_empty());
    let (ticket, ..) = ground.begin(BrowserWay::Loopback);
    ground.run.run(Command::Cancel { ticket }).unwrap();
    assert_eq!(ground.run.finished(ticket).unwrap_err().kind(), ErrorKind::Canceled);
}

#[test]
fn a_token_that_ends_is_renewed_without_the_person_also_after_a_restart() {
    let mut ground = ground();
    // Each has ended when it is next looked at.
    ground.provider.with(|known| known.lives = 1);
    let account = ground.add();
    let first = ground.kept(account).unwrap();
    assert!(ground.asked("refresh_token") > 0);
    ground.run = ground.run.reopened();
    ground.run.wait_until_complete(account);
    ground.wait_for(account, AccountState::Online);
    ground.run.wait_until("what came last is kept", |_| {
        Ok(ground.kept(account).is_some_and(|kept| kept.reveal() != first.reveal()))
    });
    assert_eq!(ground.provider.with(|known| known.refused.clone()), [""; 0], "nothing is asked with twice");
}

#[test]
fn a_token_that_is_withdrawn_before_its_time_is_renewed_once() {
    let ground = ground();
    let account = ground.add();
    let (asked, tries) = (ground.asked("refresh_token"), ground.tries());
    ground.withdraw_token();
    ground.run.wait_until("another token is had", |_| Ok(ground.asked("refresh_token") > asked));
    ground.wait_for(account, AccountState::Online);
    assert_eq!(ground.asked("refresh_token"), asked + 1);
    assert!(ground.tries() > tries);
}

#[test]
fn when_what_was_agreed_to_no_longer_holds_the_person_is_asked_and_nothing_is_tried_meanwhile() {
    let ground = ground();
    let account = ground.add();
    ground.provider.withdraw();
    ground.withdraw_token();
    ground.wait_for(account, AccountState::SignInNeeded);
    let error = ground.run.status(account).error.unwrap();
    assert_eq!(error.kind(), ErrorKind::BrowserSignInNeeded);
    let (tries, asked) = (ground.tries(), ground.asked("refresh_token"));
    ground.run.run(Command::SyncAccount { account }).unwrap_err();
    std::thread::sleep(Duration::from_millis(500));
    assert_eq!((ground.tries(), ground.asked("refresh_token")), (tries, asked));
    // As the program it was done as before.
    let ticket = ground.run.submit(Command::SignInInBrowser { account, client: None });
    let (open, _) = ground.page(ticket);
    assert_eq!(visit(&ground.provider.agree(&open)).0, 200);
    ground.run.finished(ticket).unwrap();
    ground.wait_for(account, AccountState::Online);
}

#[test]
fn bug_who_agrees_as_somebody_else_does_not_lose_what_works() {
    let ground = ground();
    let account = ground.add();
    let before = ground.kept(account).unwrap();
    let sign_in = || {
        let ticket = ground.run.submit(Command::SignInInBrowser { account, client: None });
        let (open, _) = ground.page(ticket);
        assert_eq!(visit(&ground.provider.agree(&open)).0, 200);
        ground.run.finished(ticket)
    };
    ground.provider.with(|known| known.is_another = true);
    let tries = ground.tries();
    let error = sign_in().unwrap_err();
    assert_eq!((error.kind(), error.detail()), (ErrorKind::LoginRefused, &Detail::Note(AGREED_AS_ANOTHER)));
    assert!(ground.tries() > tries, "it was tried");
    assert_eq!(ground.kept(account).unwrap().reveal(), before.reveal());
    let tries = ground.tries();
    ground.server.store().cut_connections();
    ground.run.wait_until("it signs in again", |_| Ok(ground.tries() > tries));
    ground.wait_for(account, AccountState::Online);
    ground.provider.with(|known| known.is_another = false);
    sign_in().unwrap();
    assert_ne!(ground.kept(account).unwrap().reveal(), before.reveal());
}

/// An engine that stands for the extension of a phone: it has the same vault, and an account of the same number.
fn renewed_by_another_process(ground: &Ground) {
    let authorities = vec![ground.login.authority.clone(), ground.provider.authority()];
    let directory = Arc::new(tempfile::tempdir().unwrap());
    let other = EngineRun::open(directory, ground.run.vault().clone(), authorities);
    // Providers let what tokens are renewed by be used once: by then it is.
    ground.provider.withdraw();
    let client = Box::new(ground.client(BrowserWay::Loopback));
    let ticket = other.submit(Command::AddAccountInBrowser { config: ground.config(), client });
    let told = other.wait_for("a page", |event| matches!(event, Event::SignInPage { .. }));
    let Event::SignInPage { url, .. } = told else { panic!("{told:?}") };
    assert_eq!(visit(&ground.provider.agree(&url)).0, 200);
    ground.account(other.finished(ticket));
}

#[test]
fn bug_what_another_process_renewed_is_used_before_the_person_is_asked() {
    let ground = ground();
    let account = ground.add();
    let first = ground.kept(account).unwrap();
    renewed_by_another_process(&ground);
    assert_ne!(ground.kept(account).unwrap().reveal(), first.reveal());
    ground.server.store().cut_connections();
    ground.run.wait_until("the old one is refused", |_| {
        Ok(ground.provider.with(|known| known.refused == ["nothing that holds"]))
    });
    ground.wait_for(account, AccountState::Online);
    ground.run.run(Command::SyncAccount { account }).unwrap();
    assert_eq!(ground.asked("refresh_token"), 1);
}

#[test]
fn bug_what_another_process_renewed_meanwhile_is_used_after_a_sleep() {
    let ground = ground();
    let account = ground.add();
    ground.run.run(Command::Suspend { deadline: Duration::from_secs(10) }).unwrap();
    renewed_by_another_process(&ground);
    let tries = ground.tries();
    ground.run.run(Command::Resume).unwrap();
    ground.run.run(Command::SyncAccount { account }).unwrap();
    ground.wait_for(account, AccountState::Online);
    assert_eq!(ground.asked("refresh_token"), 0, "the old one was asked with");
    assert!(ground.tries() > tries);
}

#[test]
fn an_app_is_called_back_at_an_address_of_its_own() {
    let ground = ground();
    let (ticket, open, _) = ground.begin(BrowserWay::App(APP.into()));
    let back = ground.provider.agree(&open);
    assert!(back.starts_with(APP), "{back}");
    let returned = Command::BrowserReturned { ticket, url: Secret::new(back.clone()) };
    assert!(!format!("{returned:?}").contains("code"), "bug: who sees it in a log can sign in by it");
    let unknown = Command::BrowserReturned { ticket: Ticket(ticket.0 + 99), url: Secret::new(back.clone()) };
    assert_eq!(ground.run.run(unknown).unwrap_err().kind(), ErrorKind::NotFound);
    ground
        .run
        .run(Command::BrowserReturned { ticket, url: Secret::new(format!("{APP}?code=x&state=y")) })
        .unwrap();
    ground.run.run(Command::BrowserReturned { ticket, url: Secret::new(back) }).unwrap();
    ground.account(ground.run.finished(ticket));
}

#[test]
fn where_there_is_no_browser_a_code_is_typed_elsewhere() {
    let ground = ground();
    let (ticket, page, code) = ground.begin(BrowserWay::Device);
    assert_eq!((page.as_str(), code.as_deref()), ("https://localhost/type", Some("WXYZ-1234")));
    ground.provider.with(|known| known.typed = true);
    ground.account(ground.run.finished(ticket));
}

#[test]
fn an_account_with_a_password_goes_over_to_the_browser() {
    let ground = ground();
    ground.server.store().with(|store| store.set_password(USER, "old"));
    let config = ground.login.config();
    let added = ground.run.run(Command::AddAccount { config, secret: Secret::new("old") });
    let account = ground.account(added);
    ground.server.store().with(|store| store.set_password(USER, "gone"));
    ground.server.store().cut_connections();
    ground.wait_for(account, AccountState::SignInNeeded);
    let none = ground.run.run(Command::SignInInBrowser { account, client: None });
    assert_eq!(none.unwrap_err().kind(), ErrorKind::InvalidInput, "as which program?");
    let client = Some(Box::new(ground.client(BrowserWay::Loopback)));
    let ticket = ground.run.submit(Command::SignInInBrowser { account, client });
    let (open, _) = ground.page(ticket);
    assert_eq!(visit(&ground.provider.agree(&open)).0, 200);
    ground.run.finished(ticket).unwrap();
    assert_eq!(ground.run.status(account).config.secret_kind, SecretKind::Grant);
    // And back.
    ground.server.store().with(|store| store.set_password(USER, "new"));
    ground.run.run(Command::SignIn { account, secret: Secret::new("new") }).unwrap();
    assert_eq!(ground.run.status(account).config.secret_kind, SecretKind::Password);
}

#[test]
fn bug_what_is_renewed_while_an_account_goes_stays_in_the_vault() {
    let ground = ground();
    let account = ground.add();
    let tries = ground.tries();
    // While this looks at it, the provider answers nobody.
    ground.provider.with(|_| {
        ground.withdraw_token();
        ground.run.wait_until("the token is refused", |_| Ok(ground.tries() > tries));
        std::thread::sleep(Duration::from_millis(500));
        // Another connection wants a token too.
        let mail = "From: ada@example.org\r\nTo: grace@example.net\r\nSubject: hi\r\n\r\nhi\r\n";
        let (message, time) = (Message(mail.as_bytes().to_vec()), SendTime::After(Duration::ZERO));
        ground.run.submit(Command::Send { account, message, time });
        std::thread::sleep(Duration::from_millis(500));
        ground.run.run(Command::RemoveAccount { account }).unwrap();
        assert!(ground.kept(account).is_none());
    });
    ground.run.wait_until("the provider has answered", |_| Ok(ground.asked("refresh_token") > 0));
    std::thread::sleep(Duration::from_secs(1));
    assert!(ground.kept(account).is_none(), "it is there again");
}

#[test]
fn bug_a_question_for_a_token_is_given_up_because_another_connection_ends() {
    let ground = ground();
    // Each has ended when it is next looked at.
    ground.provider.with(|known| known.lives = 1);
    let account = ground.add();
    // While this looks at it, the provider answers nobody. What it gives out then is good for all connections: the server takes
    // the last token alone.
    ground.provider.with(|known| {
        known.lives = 3600;
        let mail = "From: ada@example.org\r\nTo: grace@example.net\r\nSubject: hi\r\n\r\nhi\r\n";
        let (message, time) = (Message(mail.as_bytes().to_vec()), SendTime::After(Duration::ZERO));
        ground.run.submit(Command::Send { account, message, time });
        std::thread::sleep(Duration::from_millis(500));
        ground.server.store().cut_connections();
        std::thread::sleep(Duration::from_secs(4));
    });
    ground.run.wait_until("the mail is sent", |_| {
        Ok(ground.server.store().with_outbox(|outbox| outbox.carried.len()) == 1)
    });
    ground.wait_for(account, AccountState::Online);
    assert_eq!(ground.provider.with(|known| known.refused.clone()), [""; 0], "nothing is asked with twice");
}

#[test]
fn a_token_goes_to_no_server_that_is_not_its_providers() {
    let ground = ground();
    let account = ground.add();
    let before = ground.run.status(account).config;
    let tries = ground.tries();
    let stranger = || SubmissionServer {
        host: "127.0.0.1".into(),
        port: ground.server.submission_port(),
        security: Security::Tls,
    };
    let heard = || ground.server.store().with_outbox(|outbox| outbox.heard.len());
    let was_heard = heard();
    // As if it were somebody else's: the certificate is good for this name too.
    let edit = |config: AccountConfig| ground.run.run(Command::EditAccount { account, config });
    let refused = Error::note(ErrorKind::InvalidInput, PROVIDERS_ONLY);
    let elsewhere = AccountConfig { imap_host: "127.0.0.1".into(), ..before.clone() };
    assert_eq!(edit(elsewhere).unwrap_err(), refused);
    let elsewhere = AccountConfig { submission: Some(stranger()), ..before.clone() };
    assert_eq!(edit(elsewhere).unwrap_err(), refused);
    let elsewhere = Command::SetSubmission { account, server: Some(stranger()) };
    assert_eq!(ground.run.run(elsewhere).unwrap_err(), refused);
    assert_eq!((ground.tries(), heard()), (tries, was_heard), "nobody was asked");
    assert_eq!(ground.run.status(account).config, before);
    // At the host it is for, another port gets it: one that is good still, whatever became of the last.
    ground.provider.with(|known| known.lives = 1);
    ground.withdraw_token();
    ground.run.wait_until("the token was renewed", |_| Ok(ground.asked("refresh_token") > 0));
    let starttls = SubmissionServer {
        host: "localhost".into(),
        port: ground.server.starttls_port(),
        security: Security::StartTls,
    };
    let other_port = AccountConfig { submission: Some(starttls), ..before.clone() };
    let renewed = ground.asked("refresh_token");
    assert_eq!(edit(other_port.clone()), Ok(Done::Nothing));
    assert!(ground.asked("refresh_token") > renewed, "one that has ended isn't tried");
    assert_eq!(ground.run.status(account).config, other_port);
    ground.run.wait_until_complete(account);
    // What no longer renews leads to the browser.
    ground.provider.withdraw();
    ground.withdraw_token();
    ground.wait_for(account, AccountState::SignInNeeded);
    assert_eq!(edit(before).unwrap_err().kind(), ErrorKind::BrowserSignInNeeded);
}

#[test]
fn a_token_that_was_given_while_another_server_was_tried_does_not_go_there() {
    let ground = ground();
    let secret = Secret::new("no password of theirs");
    let added = ground.run.run(Command::AddAccount { config: ground.login.config(), secret });
    let account = ground.account(added);
    ground.run.wait_until_complete(account);
    let before = ground.run.status(account).config;
    ground.server.store().with(|store| store.faults.add(Rule::always(Verb::List, Fault::Stall(Some(6000)))));
    let config = AccountConfig { imap_host: "127.0.0.1".into(), ..before.clone() };
    let edit = ground.run.submit(Command::EditAccount { account, config });
    ground.run.wait_for("the second step", |event| {
        matches!(event, Event::AccountCheck { step: CheckStep::Mailboxes, state: CheckState::Begun, .. })
    });
    let client = Some(Box::new(ground.client(BrowserWay::Loopback)));
    let sign_in = ground.run.submit(Command::SignInInBrowser { account, client });
    let (open, _) = ground.page(sign_in);
    assert_eq!(visit(&ground.provider.agree(&open)).0, 200);
    let refused = Error::note(ErrorKind::InvalidInput, PROVIDERS_ONLY);
    assert_eq!(ground.run.finished(edit).unwrap_err(), refused);
    ground.server.store().with(|store| store.faults.rules.clear());
    let kept = ground.run.status(account).config;
    assert_eq!(kept, AccountConfig { secret_kind: SecretKind::Grant, ..before });
    // It goes on where it was, with what came from the browser.
    ground.run.wait_until_complete(account);
    ground.run.run(Command::SyncAccount { account }).unwrap();
}

#[test]
fn bug_a_token_of_a_provider_went_to_a_server_for_sending_that_is_not_its_own() {
    let ground = ground();
    let is_refused = |ended: Result<Done, Error>| {
        let error = ended.unwrap_err();
        assert_eq!(*error.detail(), Detail::Note(PROVIDERS_ONLY), "{error}");
    };
    // The table knows where Gmail's people sign in; the server for sending is somebody else's.
    let config = AccountConfig { imap_host: "imap.gmail.com".into(), imap_port: 993, ..ground.config() };
    let client = OAuthClient { endpoints: None, ..ground.client(BrowserWay::Loopback) };
    let ticket = ground.run.submit(Command::AddAccountInBrowser { config, client: Box::new(client.clone()) });
    is_refused(ground.run.finished(ticket));
    // Nor does an account at another server sign in there.
    let account = ground.add();
    let google = OAuthClient { endpoints: waxwing_core::setup::endpoints("google"), ..client };
    let tries = ground.tries();
    let ticket = ground.run.submit(Command::SignInInBrowser { account, client: Some(Box::new(google)) });
    is_refused(ground.run.finished(ticket));
    assert_eq!(ground.tries(), tries);
}
