//! Leaving a mailing list: what goes over the wire when somebody says so, and that nothing does before.

use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use waxwing_core::model::{AccountConfig, AccountId, ListQuery, Role, Secret, Security, SubmissionServer};
use waxwing_core::{Command, Done, Error, ErrorKind};
use waxwing_demo::model::{Dialect, Flags, Mailstore};
use waxwing_demo::serve::Server;
use waxwing_tests::authority::Authority;
use waxwing_tests::engine::EngineRun;
use waxwing_tests::model::{PASSWORD, USER, serve};
use waxwing_tests::provider::whole_request;

use crate::setup::internet::Page;
use crate::setup::recipient::Recipient;

/// A list's server that answers each request with this status, and what it was asked.
fn list_server(status: &'static str) -> (u16, Vec<u8>, Arc<Mutex<Vec<String>>>) {
    let authority = Authority::new();
    let acceptor = TlsAcceptor::from(authority.leaf(&["localhost"]).server_config());
    let asked = Arc::<Mutex<Vec<String>>>::default();
    let heard = Arc::clone(&asked);
    let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    listener.set_nonblocking(true).unwrap();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async move {
            let listener = TcpListener::from_std(listener).unwrap();
            while let Ok((socket, _)) = listener.accept().await {
                let Ok(mut stream) = acceptor.accept(socket).await else { continue };
                let mut got = Vec::new();
                let mut piece = [0; 4096];
                while whole_request(&got).is_none() {
                    match stream.read(&mut piece).await {
                        Ok(count) if count > 0 => got.extend_from_slice(&piece[..count]),
                        _ => break,
                    }
                }
                heard.lock().unwrap().push(String::from_utf8_lossy(&got).into_owned());
                let answer =
                    format!("HTTP/1.1 {status}\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n");
                let _ = stream.write_all(answer.as_bytes()).await;
                let _ = stream.shutdown().await;
            }
        });
    });
    (port, authority.root(), asked)
}

struct Ground {
    run: EngineRun,
    server: Server,
    account: AccountId,
}

/// An account whose inbox holds this one mail, which is here.
fn ground(mail: &str, roots: &[Vec<u8>]) -> Ground {
    let mut mailstore = Mailstore::new();
    mailstore.add_account(USER);
    mailstore.add_mailbox(USER, "Sent", Some("\\Sent"));
    let inbox = mailstore.mailbox_mut(USER, "INBOX").unwrap();
    inbox.append(mail.replace('\n', "\r\n").into_bytes(), Flags::none(), 1_700_000_000_000);
    let (server, login) = serve(mailstore, Dialect::full());
    let run = EngineRun::start([std::slice::from_ref(&login.authority), roots].concat());
    let config = AccountConfig { submission: None, ..login.config() };
    let Ok(Done::Account(account)) = run.run(Command::AddAccount { config, secret: Secret::new(PASSWORD) })
    else {
        panic!("no account");
    };
    let port = server.submission_port();
    let submission = Some(SubmissionServer { host: "localhost".into(), port, security: Security::Tls });
    run.run(Command::SetSubmission { account, server: submission }).unwrap();
    run.wait_until_complete(account);
    Ground { run, server, account }
}

impl Ground {
    fn leave(&self) -> Result<Done, Error> {
        let inbox = self.run.role(self.account, Role::Inbox);
        let email = self.run.reader().ids(ListQuery::Mailbox(inbox)).unwrap()[0];
        self.run.run(Command::FetchBody { email }).unwrap();
        self.run.run(Command::LeaveList { email })
    }

    fn sent(&self) -> usize {
        self.server.store().with_outbox(|outbox| outbox.carried.len())
    }
}

const SIGNED: &str = "Received: from list.example by mx.example.org; x\n\
    Authentication-Results: mx.example.org; dkim=pass header.d=list.example\n\
    DKIM-Signature: v=1; d=list.example; h=from:list-unsubscribe:list-unsubscribe-post; b=x\n";

fn mail(head: &str, fields: &str) -> String {
    format!("{head}From: news@list.example\nTo: ada@example.org\nSubject: News\n{fields}\nText\n")
}

/// A mail of a list that can be left at that address by one request.
fn one_click(list: &str) -> String {
    let fields = format!(
        "List-Unsubscribe: <{list}>, <mailto:off@list.example>\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\n"
    );
    mail(SIGNED, &fields)
}

#[test]
fn one_request_says_what_the_rfc_says_and_nothing_of_the_person() {
    let ground = Recipient::new();
    ground.internet.web("list.example", &[("/leave", Page::File(String::new()))]);
    let email = ground.mail(&one_click("https://list.example/leave?k=7").replace('\n', "\r\n"));
    assert!(ground.asked().is_empty(), "nothing is asked before somebody says so");
    let left = ground.device.finished(Command::LeaveList { email });
    assert!(matches!(left, Ok(Done::Nothing)), "{left:?}");
    let asked = ["connect list.example:443", "post list.example/leave?k=7 List-Unsubscribe=One-Click"];
    assert_eq!(ground.asked(), asked);
    for field in ground.internet.fields() {
        for private in ["cookie", "referer", "ada@", "authorization"] {
            assert!(!field.contains(private), "{field}");
        }
    }
}

#[test]
fn a_list_that_refuses_or_sends_elsewhere_has_not_been_left() {
    for answer in [Page::Missing, Page::Elsewhere("https://list.example/elsewhere".into())] {
        let ground = Recipient::new();
        ground.internet.web("list.example", &[("/leave", answer.clone())]);
        let email = ground.mail(&one_click("https://list.example/leave").replace('\n', "\r\n"));
        let error = ground.device.finished(Command::LeaveList { email }).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ServerRefused, "{answer:?}");
        assert_eq!(ground.asked().len(), 2, "{answer:?}");
    }
}

/// A request that a stranger words may be meant for the router at home.
#[test]
fn bug_a_list_in_the_persons_own_network_was_sent_a_request() {
    let (port, root, asked) = list_server("200 OK");
    let ground = ground(&one_click(&format!("https://localhost:{port}/reboot")), std::slice::from_ref(&root));
    assert_eq!(ground.leave().unwrap_err().kind(), ErrorKind::InvalidInput);
    assert!(asked.lock().unwrap().is_empty());
    assert_eq!(ground.sent(), 0);
}

#[test]
fn a_mail_goes_to_the_list_alone() {
    let fields = "List-Unsubscribe: <mailto:off@list.example?subject=leave%207&bcc=eve@evil.example>\n";
    let ground = ground(&mail("", fields), &[]);
    assert_eq!(ground.sent(), 0);
    ground.leave().unwrap();
    let carried = ground.server.store().with_outbox(|outbox| outbox.carried.clone());
    assert_eq!((carried.len(), &carried[0].to[..]), (1, &["off@list.example".to_owned()][..]));
    let sent = waxwing_core::mime::parse(&carried[0].mail);
    assert_eq!(sent.subject, "leave 7");
    assert_eq!(sent.from.len(), 1);
}

#[test]
fn a_page_is_not_asked_for_by_the_engine() {
    let (port, root, asked) = list_server("200 OK");
    let fields = format!("List-Unsubscribe: <https://localhost:{port}/page>\n");
    let ground = ground(&mail("", &fields), std::slice::from_ref(&root));
    assert_eq!(ground.leave().unwrap_err().kind(), ErrorKind::WrongState);
    assert!(asked.lock().unwrap().is_empty());
    let silent = self::ground(&mail("", ""), &[]);
    assert_eq!(silent.leave().unwrap_err().kind(), ErrorKind::WrongState);
}
