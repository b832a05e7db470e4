//! What a person decides about certificates: what is asked, what is believed by that and where, and that nothing is said to
//! any server before.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::future::BoxFuture;
use waxwing_core::error::{CertificateFault, Detail};
use waxwing_core::model::{
    AccountConfig, AccountId, AccountState, QuestionId, Secret, Security, SendTime, SubmissionServer,
    TrustDecision, TrustQuestion,
};
use waxwing_core::net::{Bytes, Road, Target, Trust};
use waxwing_core::vault::Memory;
use waxwing_core::{Command, Done, Engine, Error, ErrorKind, Event, Message};
use waxwing_demo::model::{Dialect, Flags, Mailstore};
use waxwing_demo::serve::Server;
use waxwing_tests::authority::{Authority, Leaf, Validity};
use waxwing_tests::engine::{EngineRun, Login, PATIENCE};
use waxwing_tests::model::{PASSWORD, USER, serve};

const HERE: &[&str] = &["localhost"];

struct Ground {
    server: Server,
    login: Login,
    run: EngineRun,
}

/// A server that shows this certificate, and an engine that trusts the server's own authority, and `root`.
fn ground(leaf: &Leaf, root: Option<&Authority>) -> Ground {
    let mut mailstore = Mailstore::new();
    mailstore.add_account(USER);
    mailstore.add_mailbox(USER, "Sent", Some("\\Sent"));
    let inbox = mailstore.mailbox_mut(USER, "INBOX").unwrap();
    inbox.append(b"Subject: hello\r\n\r\nText\r\n".to_vec(), Flags::none(), 1_700_000_000_000);
    let (server, login) = serve(mailstore, Dialect::full());
    show(&server, leaf);
    let mut roots = vec![login.authority.clone()];
    roots.extend(root.map(Authority::root));
    Ground { server, login, run: EngineRun::start(roots) }
}

fn show(server: &Server, leaf: &Leaf) {
    server.store().show_certificate(leaf.server_config(), &leaf.der());
}

impl Ground {
    /// How many commands of IMAP the server got.
    fn said(&self) -> usize {
        self.server.store().with(|store| store.journal.commands.len())
    }

    fn question(&self) -> TrustQuestion {
        match self.run.wait_for("a question", |event| matches!(event, Event::TrustQuestion(_))) {
            Event::TrustQuestion(question) => *question,
            other => panic!("not a question: {other:?}"),
        }
    }

    fn is_asked_nothing(&self) {
        let (told, _) = self.run.told(Duration::from_millis(300));
        assert!(!told.iter().any(|event| matches!(event, Event::TrustQuestion(_))), "{told:?}");
    }

    fn decide(&self, question: &TrustQuestion, decision: TrustDecision) -> Result<Done, Error> {
        self.run.run(Command::DecideTrust { question: question.id, decision })
    }

    fn unpin(&self, port: u16) -> Result<Done, Error> {
        self.run.run(Command::Unpin { host: "LOCALHOST.".into(), port })
    }

    fn add_is_refused_for(&self, fault: CertificateFault) {
        let (config, secret) = (self.login.config_of("bob@example.test"), Secret::new(&*self.login.password));
        is_for(&self.run.run(Command::AddAccount { config, secret }).unwrap_err(), fault);
    }

    /// Asked for and added, with that decision.
    fn added(&self, decision: TrustDecision) -> AccountId {
        self.run.add_account(&self.login).unwrap_err();
        self.decide(&self.question(), decision).unwrap();
        self.run.add_account(&self.login).unwrap()
    }

    fn wait_for_state(&self, account: AccountId, state: AccountState) {
        let what = format!("{state:?}");
        self.run.wait_until(&what, |_| Ok(self.run.status(account).state == state));
    }

    fn reopened(self) -> Self {
        Self { run: self.run.reopened(), ..self }
    }
}

fn is_for(error: &Error, fault: CertificateFault) {
    assert_eq!(error.kind(), ErrorKind::CertificateUntrusted, "{error:?}");
    let Detail::Certificate { fault: found, .. } = error.detail() else { panic!("{error:?}") };
    assert_eq!(*found, fault);
}

#[test]
fn a_person_is_asked_once_with_what_the_certificate_says_and_the_server_is_told_nothing() {
    let own = Leaf::self_signed(&["localhost", "127.0.0.1"], Validity::Now);
    let ground = ground(&own, None);
    ground.add_is_refused_for(CertificateFault::SelfSigned);
    let question = ground.question();
    assert_eq!((question.host.as_str(), question.port), ("localhost", ground.login.port));
    assert_eq!((question.fault, question.account), (CertificateFault::SelfSigned, None));
    assert!(question.may_pin);
    assert_eq!(question.leaf[..], own.der());
    assert_eq!(question.facts.names, ["localhost", "127.0.0.1"]);
    assert!(question.facts.subject.contains("Waxwing test server"), "{question:?}");

    ground.add_is_refused_for(CertificateFault::SelfSigned);
    ground.is_asked_nothing();
    assert_eq!(ground.run.reader().trust_questions(), std::slice::from_ref(&question));
    // No is no, and may be thought better of.
    ground.decide(&question, TrustDecision::Refuse).unwrap();
    ground.add_is_refused_for(CertificateFault::SelfSigned);
    assert_eq!(ground.said(), 0, "the server was told something");
    let nobody =
        ground.run.run(Command::DecideTrust { question: QuestionId(99), decision: TrustDecision::Pin });
    assert_eq!(nobody.unwrap_err().kind(), ErrorKind::NotFound);
    assert!(ground.run.reader().pins().unwrap().is_empty() && ground.run.vault().is_empty());

    ground.decide(&question, TrustDecision::Pin).unwrap();
    assert!(ground.run.reader().trust_questions().is_empty());
    let pins = ground.run.reader().pins().unwrap();
    assert_eq!(pins.len(), 1);
    assert_eq!((pins[0].host.as_str(), pins[0].port, pins[0].is_lasting), ("localhost", question.port, true));
    assert_eq!((pins[0].key, &pins[0].subject), (question.facts.key_sha256, &question.facts.subject));
    let account = ground.run.add_account(&ground.login).unwrap();
    ground.run.wait_until_complete(account);
}

/// Also where TLS begins by STARTTLS; and the server would resume a session of its other port.
#[test]
fn a_pinned_key_is_believed_at_its_own_port_and_at_no_other_of_that_host() {
    for security in [Security::Tls, Security::StartTls] {
        let ground = ground(&Leaf::self_signed(HERE, Validity::Now), None);
        let account = ground.added(TrustDecision::Pin);
        ground.run.wait_until_complete(account);
        let port = match security {
            Security::StartTls => ground.server.starttls_port(),
            _ => ground.server.submission_port(),
        };
        let server = Some(SubmissionServer { host: "localhost".into(), port, security });
        ground.run.run(Command::SetSubmission { account, server }).unwrap();
        let message = Message(b"From: ada@example.org\r\nTo: grace@example.net\r\n\r\nText\r\n".to_vec());
        let send = Command::Send { account, message, time: SendTime::After(Duration::ZERO) };
        let sending = ground.run.engine().submit_durable(send).unwrap();
        let question = ground.question();
        assert_eq!((question.port, question.account), (port, Some(account)));
        assert_eq!(question.fault, CertificateFault::SelfSigned);
        ground.run.wait_until("why it isn't sent is listed", |reader| {
            Ok(reader.waiting_changes(account)?.iter().any(|change| change.error.is_some()))
        });
        let auth = || ground.server.store().with_outbox(|outbox| outbox.count("AUTH"));
        assert_eq!(auth(), 0, "the secret went to a server that is not believed");
        ground.decide(&question, TrustDecision::ThisRun).unwrap();
        ground.run.finished(sending).unwrap();
        assert_eq!(auth(), 1);
        assert_eq!(ground.run.reader().pins().unwrap().iter().filter(|pin| pin.is_lasting).count(), 1);
    }
}

#[test]
fn names_and_dates_are_of_no_account_where_the_key_is_pinned() {
    let authority = Authority::new();
    for (leaf, fault) in [
        (authority.leaf(&["mail.example"]), CertificateFault::WrongHost),
        (authority.leaf_valid(HERE, Validity::Past), CertificateFault::Expired),
        (authority.leaf_valid(HERE, Validity::Future), CertificateFault::NotYetValid),
        (Authority::named("Another authority").leaf(HERE), CertificateFault::UnknownIssuer),
        (Leaf::self_signed(&["mail.example"], Validity::Past), CertificateFault::WrongHost),
    ] {
        let ground = ground(&leaf, Some(&authority));
        ground.add_is_refused_for(fault);
        let question = ground.question();
        assert_eq!((question.fault, question.may_pin), (fault, true));
        ground.decide(&question, TrustDecision::Pin).unwrap();
        let account = ground.run.add_account(&ground.login).unwrap();
        ground.run.wait_until_complete(account);
    }
}

#[test]
fn a_certificate_that_is_of_no_use_is_not_offered_to_be_believed() {
    let authority = Authority::new();
    let ground = ground(&authority.leaf_for_clients(HERE), Some(&authority));
    ground.add_is_refused_for(CertificateFault::Unusable);
    let question = ground.question();
    assert!(!question.may_pin);
    for decision in [TrustDecision::ThisRun, TrustDecision::Pin] {
        assert_eq!(ground.decide(&question, decision).unwrap_err().kind(), ErrorKind::WrongState);
    }
    ground.add_is_refused_for(CertificateFault::Unusable);
    assert_eq!(ground.said(), 0);
}

#[test]
fn another_key_stops_everything_though_an_authority_stands_behind_it_until_the_pin_is_removed() {
    for decision in [TrustDecision::Pin, TrustDecision::ThisRun] {
        let authority = Authority::new();
        let ground = ground(&Leaf::self_signed(HERE, Validity::Now), Some(&authority));
        let account = ground.added(decision);
        ground.run.wait_until_complete(account);
        let port = ground.login.port;

        show(&ground.server, &authority.leaf(HERE));
        ground.server.store().cut_connections();
        ground.wait_for_state(account, AccountState::TrustNeeded);
        is_for(&ground.run.status(account).error.unwrap(), CertificateFault::PinChanged);
        let question = ground.question();
        assert_eq!((question.fault, question.may_pin), (CertificateFault::PinChanged, false));
        assert_eq!(question.account, Some(account));
        for decision in [TrustDecision::ThisRun, TrustDecision::Pin] {
            assert_eq!(ground.decide(&question, decision).unwrap_err().kind(), ErrorKind::WrongState);
        }
        is_for(&ground.run.run(Command::SyncAccount { account }).unwrap_err(), CertificateFault::PinChanged);
        ground.add_is_refused_for(CertificateFault::PinChanged);
        let heard = ground.server.store().heard_under_this_certificate();
        assert_eq!(heard, 0, "something was said to a server with another key");

        assert_eq!(ground.unpin(port + 1).unwrap_err().kind(), ErrorKind::NotFound);
        ground.unpin(port).unwrap();
        assert!(ground.run.reader().pins().unwrap().is_empty());
        ground.wait_for_state(account, AccountState::Online);
        assert_eq!(ground.unpin(port).unwrap_err().kind(), ErrorKind::NotFound);
    }
}

/// What was asked before a pin was set must not undo it.
#[test]
fn an_older_question_does_not_put_one_key_in_the_place_of_another() {
    let first = Leaf::self_signed(HERE, Validity::Now);
    let ground = ground(&first, None);
    ground.add_is_refused_for(CertificateFault::SelfSigned);
    let one = ground.question();
    show(&ground.server, &Leaf::self_signed(HERE, Validity::Now));
    ground.add_is_refused_for(CertificateFault::SelfSigned);
    let other = ground.question();
    assert!(one.may_pin && other.may_pin && one.id != other.id);
    ground.decide(&one, TrustDecision::Pin).unwrap();
    assert_eq!(ground.decide(&other, TrustDecision::Pin).unwrap_err().kind(), ErrorKind::WrongState);
    assert_eq!(ground.run.reader().pins().unwrap()[0].key, one.facts.key_sha256);
    ground.add_is_refused_for(CertificateFault::PinChanged);
    assert_eq!(ground.said(), 0);
}

#[test]
fn a_pin_outlives_the_engine_and_what_was_decided_for_one_run_does_not() {
    let leaf = Leaf::self_signed(HERE, Validity::Now);
    let kept = ground(&leaf, None);
    let account = kept.added(TrustDecision::Pin);
    let kept = kept.reopened();
    kept.wait_for_state(account, AccountState::Online);
    kept.is_asked_nothing();

    let once = ground(&leaf, None);
    let account = once.added(TrustDecision::ThisRun);
    let pins = once.run.reader().pins().unwrap();
    assert_eq!((pins.len(), pins[0].is_lasting), (1, false));
    once.wait_for_state(account, AccountState::Online);
    let once = once.reopened();
    once.wait_for_state(account, AccountState::TrustNeeded);
    assert_eq!(once.question().account, Some(account));
    assert!(once.run.reader().pins().unwrap().is_empty());
}

/// It would try again by itself after five minutes, which is longer than anybody waits here.
#[test]
fn an_account_that_waits_for_the_decision_goes_on_at_once() {
    let authority = Authority::new();
    let ground = ground(&authority.leaf(HERE), Some(&authority));
    let account = ground.run.add_account(&ground.login).unwrap();
    ground.run.wait_until_complete(account);
    show(&ground.server, &authority.leaf_valid(HERE, Validity::Past));
    ground.server.store().cut_connections();
    ground.wait_for_state(account, AccountState::TrustNeeded);
    let question = ground.question();
    assert_eq!((question.account, question.fault), (Some(account), CertificateFault::Expired));
    ground.decide(&question, TrustDecision::ThisRun).unwrap();
    ground.wait_for_state(account, AccountState::Online);
}

#[test]
fn without_its_pin_a_server_is_not_believed_any_longer_though_it_would_resume_a_session() {
    let ground = ground(&Leaf::self_signed(HERE, Validity::Now), None);
    let account = ground.added(TrustDecision::Pin);
    ground.run.wait_until_complete(account);
    ground.unpin(ground.login.port).unwrap();
    // Its connections end, and none is made again.
    ground.wait_for_state(account, AccountState::TrustNeeded);
    is_for(&ground.run.status(account).error.unwrap(), CertificateFault::SelfSigned);
    let question = ground.question();
    assert!(question.may_pin, "it is asked about anew");
    ground.run.wait_until("the last connection has ended", |_| Ok(ground.server.store().connections() == 0));
    let said = ground.said();
    is_for(&ground.run.run(Command::SyncAccount { account }).unwrap_err(), CertificateFault::SelfSigned);
    assert_eq!(ground.said(), said);
}

#[test]
fn what_another_process_pinned_holds_after_resuming() {
    let ground = ground(&Leaf::self_signed(HERE, Validity::Now), None);
    ground.add_is_refused_for(CertificateFault::SelfSigned);
    ground.run.run(Command::Suspend { deadline: PATIENCE }).unwrap();
    let roots = vec![ground.login.authority.clone()];
    let other = EngineRun::at(ground.run.data_dir(), ground.run.vault().clone(), roots);
    other.add_account(&ground.login).unwrap_err();
    let id = other.reader().trust_questions()[0].id;
    other.run(Command::DecideTrust { question: id, decision: TrustDecision::Pin }).unwrap();
    drop(other);
    waxwing_tests::engine::once_unlocked(|| ground.run.run(Command::Resume)).unwrap();
    let account = ground.run.add_account(&ground.login).unwrap();
    ground.wait_for_state(account, AccountState::Online);

    // And one that it took away doesn't.
    ground.run.run(Command::Suspend { deadline: PATIENCE }).unwrap();
    let other = EngineRun::at(ground.run.data_dir(), ground.run.vault().clone(), Vec::new());
    other.run(Command::Unpin { host: "localhost".into(), port: ground.login.port }).unwrap();
    drop(other);
    waxwing_tests::engine::once_unlocked(|| ground.run.run(Command::Resume)).unwrap();
    ground.wait_for_state(account, AccountState::TrustNeeded);
}

/// Leads everywhere to one port of this machine.
struct Detour(u16);

impl Road for Detour {
    fn go(&self, _target: &Target) -> BoxFuture<'static, io::Result<Box<dyn Bytes>>> {
        let port = self.0;
        Box::pin(async move {
            let socket = tokio::net::TcpStream::connect(("127.0.0.1", port)).await?;
            Ok(Box::new(socket) as Box<dyn Bytes>)
        })
    }
}

/// Somebody who stands between here and a well-known provider.
#[test]
fn nobody_is_asked_to_believe_a_stranger_in_the_place_of_a_well_known_provider() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    for (host, may_pin) in
        [("imap.gmail.com", false), ("outlook.office365.com", false), ("imap.example.org", true)]
    {
        let ground = ground(&Leaf::self_signed(&[host], Validity::Now), None);
        let directory = tempfile::tempdir().unwrap();
        let trust = Trust::new(std::slice::from_ref(&ground.login.authority)).unwrap();
        let trust = trust.on(Arc::new(Detour(ground.server.port())));
        let vault = Arc::new(Memory::new());
        let engine = Engine::start_on(runtime.handle(), trust, directory.path(), vault).unwrap();
        let mut events = engine.events();
        let config = AccountConfig { imap_host: host.into(), imap_port: 993, ..ground.login.config() };
        engine.submit(Command::AddAccount { config, secret: Secret::new(PASSWORD) });
        let asked = async {
            loop {
                match events.next().await.unwrap() {
                    Event::TrustQuestion(question) => return question,
                    Event::Finished { outcome, .. } => panic!("{outcome:?} before the question"),
                    _ => {}
                }
            }
        };
        let question = runtime.block_on(async { tokio::time::timeout(PATIENCE, asked).await }).unwrap();
        assert_eq!((question.host.as_str(), question.may_pin), (host, may_pin));
        let pin = engine.submit(Command::DecideTrust { question: question.id, decision: TrustDecision::Pin });
        let decided = async {
            loop {
                match events.next().await.unwrap() {
                    Event::Finished { ticket, outcome } if ticket == pin => return outcome,
                    _ => {}
                }
            }
        };
        let decided = runtime.block_on(async { tokio::time::timeout(PATIENCE, decided).await }).unwrap();
        let wanted = if may_pin { None } else { Some(ErrorKind::WrongState) };
        assert_eq!(decided.err().map(|error| error.kind()), wanted, "{host}");
        assert_eq!(ground.said(), 0);
        runtime.block_on(engine.end());
    }
}
