//! STARTTLS, where a person chose it: what is said before TLS, what is believed of it, and what gets nothing.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use waxwing_core::model::{AccountConfig, ListQuery, Role, Secret, Security};
use waxwing_core::{Command, Error, ErrorKind, Event};
use waxwing_demo::model::{Dialect, Flags, Mailstore};
use waxwing_tests::engine::{EngineRun, Login};
use waxwing_tests::model::{USER, serve};

/// What stands before the server and speaks in the clear.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Manner {
    /// As it should be; with an ALERT in its greeting, and capabilities that aren't the server's.
    Good,
    OffersNothing,
    Refuses,
    TakesUsForSignedIn,
    /// Somebody in between adds a response of the time after TLS.
    SpeaksOn,
    HangsUp,
    /// It agrees, and goes on in the clear.
    HasNoTls,
    NeverEnds,
}

/// A door in the clear to the server's port for TLS.
struct Door {
    port: u16,
    /// All that was said to it in the clear.
    said: Arc<Mutex<Vec<String>>>,
    _listening: JoinHandle<()>,
}

impl Door {
    /// For so many connections.
    fn open(manner: Manner, server: u16, connections: usize) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let said = Arc::<Mutex<Vec<String>>>::default();
        let heard = Arc::clone(&said);
        let listening = std::thread::spawn(move || {
            for socket in listener.incoming().take(connections).flatten() {
                let heard = Arc::clone(&heard);
                std::thread::spawn(move || admit(manner, socket, server, &heard));
            }
        });
        Self { port, said, _listening: listening }
    }
}

/// The words before TLS; what comes after them is the server's. Ends with the connection.
fn admit(manner: Manner, socket: TcpStream, server: u16, heard: &Mutex<Vec<String>>) -> Option<()> {
    let mut lines = BufReader::new(socket.try_clone().ok()?);
    let mut out = socket;
    let mut say = |text: &str| out.write_all(text.as_bytes()).ok();
    let mut hear = || {
        let mut line = String::new();
        (lines.read_line(&mut line).ok()? > 0).then_some(())?;
        heard.lock().unwrap().push(line.trim_end().to_owned());
        Some(line.split(' ').next()?.to_owned())
    };
    match manner {
        Manner::TakesUsForSignedIn => say("* PREAUTH welcome\r\n")?,
        Manner::NeverEnds => (0..100_000).try_for_each(|_| say("* OK still here"))?,
        _ => say("* OK [ALERT] Pay at once\r\n")?,
    }
    let tag = hear()?;
    let offer = if manner == Manner::OffersNothing { "" } else { " STARTTLS" };
    say(&format!("* CAPABILITY IMAP4rev1 LOGINDISABLED{offer}\r\n{tag} OK done\r\n"))?;
    let tag = hear()?;
    match manner {
        Manner::Refuses => say(&format!("{tag} NO not now\r\n"))?,
        Manner::SpeaksOn => say(&format!("{tag} OK begin\r\n* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n"))?,
        Manner::HangsUp => return None,
        _ => say(&format!("{tag} OK begin\r\n"))?,
    }
    if manner == Manner::HasNoTls {
        say("* OK in the clear\r\n")?;
    }
    if manner != Manner::Good {
        // Whatever else is said to it.
        let mut rest = Vec::new();
        let _ = lines.read_to_end(&mut rest);
        heard.lock().unwrap().push(String::from_utf8_lossy(&rest).into_owned());
        return None;
    }
    let inside = TcpStream::connect((Ipv4Addr::LOCALHOST, server)).ok()?;
    let (mut from_server, mut to_server) = (inside.try_clone().ok()?, inside);
    let back = std::thread::spawn(move || {
        let _ = std::io::copy(&mut from_server, &mut out);
        let _ = out.shutdown(std::net::Shutdown::Both);
    });
    let _ = std::io::copy(&mut lines, &mut to_server);
    let _ = to_server.shutdown(std::net::Shutdown::Both);
    let _ = back.join();
    Some(())
}

fn mailstore() -> Mailstore {
    let mut mailstore = Mailstore::new();
    mailstore.add_account(USER);
    let raw = b"Subject: behind the door\r\n\r\nText.\r\n".to_vec();
    mailstore.mailbox_mut(USER, "INBOX").unwrap().append(raw, Flags::none(), 1);
    mailstore
}

fn add(run: &EngineRun, login: &Login, port: u16) -> Result<waxwing_core::Done, Error> {
    let config = AccountConfig { imap_port: port, imap_security: Security::StartTls, ..login.config() };
    run.run(Command::AddAccount { config, secret: Secret::new(login.password.as_str()) })
}

#[test]
fn after_starttls_mail_comes_and_nothing_from_before_is_believed() {
    let (server, login) = serve(mailstore(), Dialect::full());
    let door = Door::open(Manner::Good, login.port, 16);
    let run = EngineRun::start(vec![login.authority.clone()]);
    let Ok(waxwing_core::Done::Account(account)) = add(&run, &login, door.port) else { panic!("not added") };
    run.wait_until_complete(account);
    let inbox = run.role(account, Role::Inbox);
    let page = run.reader().page(ListQuery::Mailbox(inbox), 0, 10).unwrap();
    assert_eq!(page.rows[0].subject, "behind the door");
    // LOGINDISABLED, from before TLS, kept nobody from signing in; the ALERT was shown to nobody.
    let (told, _) = run.told(std::time::Duration::from_millis(200));
    assert!(!told.iter().any(|event| matches!(event, Event::Alert { .. })), "{told:?}");
    let said = door.said.lock().unwrap().clone();
    assert!(said.iter().all(|line| line == "T1 CAPABILITY" || line == "T2 STARTTLS"), "{said:?}");
    // The choice is kept.
    let run = run.reopened();
    run.wait_until("it is signed in again", |_| {
        Ok(run.status(account).state == waxwing_core::model::AccountState::Online)
    });
    assert_eq!(run.status(account).config.imap_security, Security::StartTls);
    drop(server);
}

#[test]
fn without_tls_nothing_but_the_wish_for_it_is_said() {
    let (_server, login) = serve(mailstore(), Dialect::full());
    for (manner, kind) in [
        (Manner::OffersNothing, ErrorKind::TlsFailed),
        (Manner::Refuses, ErrorKind::TlsFailed),
        (Manner::TakesUsForSignedIn, ErrorKind::TlsFailed),
        (Manner::SpeaksOn, ErrorKind::TlsFailed),
        (Manner::HangsUp, ErrorKind::Offline),
        (Manner::HasNoTls, ErrorKind::TlsFailed),
        (Manner::NeverEnds, ErrorKind::ProtocolBroken),
    ] {
        let door = Door::open(manner, login.port, 1);
        let run = EngineRun::start(vec![login.authority.clone()]);
        let error = add(&run, &login, door.port).unwrap_err();
        assert_eq!(error.kind(), kind, "{manner:?} {error:?}");
        assert_eq!(error.server_text(), None, "{manner:?}: a stranger's words");
        assert!(run.reader().accounts().unwrap().is_empty());
        drop(run);
        let said = door.said.lock().unwrap().join("\n");
        for secret in ["ada", "AUTHENTICATE", "LOGIN", "correct"] {
            assert!(!said.contains(secret), "{manner:?}: {said}");
        }
    }
}

#[test]
fn the_certificate_counts_after_starttls_too() {
    let (_server, login) = serve(mailstore(), Dialect::full());
    let door = Door::open(Manner::Good, login.port, 1);
    let (_other, stranger) = serve(mailstore(), Dialect::full());
    let run = EngineRun::start(vec![stranger.authority.clone()]);
    assert_eq!(add(&run, &login, door.port).unwrap_err().kind(), ErrorKind::CertificateUntrusted);
}

#[test]
fn port_143_is_for_starttls_alone() {
    let (_server, login) = serve(mailstore(), Dialect::full());
    let run = EngineRun::start(vec![login.authority.clone()]);
    let config = AccountConfig { imap_port: 143, ..login.config() };
    let refused = run.run(Command::AddAccount { config, secret: Secret::new("secret") });
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::InvalidInput);
}
