//! Documents of the web: asked for inside TLS alone, of whom proves who it is, with an end to size, time and patience.

use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use waxwing_core::error::{Error, ErrorKind};
use waxwing_core::net::Trust;
use waxwing_core::net::http::{self, Https, Reply};
use waxwing_tests::authority::Authority;
use waxwing_tests::provider::whole_request as whole_request_in;

const PATIENCE: Duration = Duration::from_secs(20);

fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

/// A web server on loopback: what it was asked, each request whole, and what it answers to its n-th.
struct Web {
    port: u16,
    trust: Trust,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Web {
    async fn open(answer: impl Fn(usize, u16) -> Vec<u8> + Send + 'static) -> Self {
        Self::open_holding(answer, Duration::ZERO).await
    }

    /// The same, where the connection stays open for so long after the answer.
    async fn open_holding(answer: impl Fn(usize, u16) -> Vec<u8> + Send + 'static, hold: Duration) -> Self {
        let authority = Authority::new();
        let acceptor = TlsAcceptor::from(authority.leaf(&["localhost"]).server_config());
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked = Arc::<Mutex<Vec<String>>>::default();
        let heard = Arc::clone(&asked);
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let Ok(mut stream) = acceptor.accept(socket).await else { continue };
                let request = whole_request(&mut stream).await;
                let count = {
                    let mut heard = heard.lock().unwrap();
                    heard.push(request);
                    heard.len() - 1
                };
                let _ = stream.write_all(&answer(count, port)).await;
                let _ = stream.flush().await;
                tokio::time::sleep(hold).await;
                let _ = stream.shutdown().await;
            }
        });
        Self { port, trust: Trust::new(&[authority.root()]).unwrap(), asked }
    }

    fn address(&self, path: &str) -> Https {
        Https::parse(&format!("https://localhost:{}{path}", self.port)).unwrap()
    }

    async fn get(&self, path: &str) -> Result<Reply, Error> {
        http::get(&self.address(path), &self.trust, PATIENCE).await
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

/// Head and body, the body as long as the head says.
async fn whole_request(stream: &mut (impl AsyncReadExt + Unpin)) -> String {
    let mut got = Vec::new();
    let mut piece = [0; 4096];
    loop {
        if whole_request_in(&got).is_some() {
            return String::from_utf8_lossy(&got).into_owned();
        }
        match stream.read(&mut piece).await {
            Ok(count) if count > 0 => got.extend_from_slice(&piece[..count]),
            _ => return String::from_utf8_lossy(&got).into_owned(),
        }
    }
}

fn ok(body: &str) -> Vec<u8> {
    format!(
        "HTTP/1.1 200 OK\r\nContent-Type: Text/XML; charset=utf-8\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

fn sent_to(location: &str) -> Vec<u8> {
    format!("HTTP/1.1 302 Found\r\nLocation: {location}\r\nSet-Cookie: a=b\r\nContent-Length: 0\r\n\r\n")
        .into_bytes()
}

#[test]
fn a_document_comes_and_nothing_of_the_person_is_told() {
    run(async {
        let web = Web::open(|_, _| ok("<x/>")).await;
        let reply = web.get("/a?b=c").await.unwrap();
        assert_eq!(
            (reply.status, reply.content_type.as_str(), &reply.body[..]),
            (200, "text/xml", &b"<x/>"[..])
        );
        let asked = web.asked();
        assert!(asked[0].starts_with("GET /a?b=c HTTP/1.1\r\n"), "{asked:?}");
        let named: Vec<&str> = asked[0].lines().skip(1).filter_map(|line| line.split(':').next()).collect();
        assert!(
            named.iter().all(
                |name| ["", "host", "user-agent", "accept"].contains(&name.to_ascii_lowercase().as_str())
            ),
            "{asked:?}"
        );
        // One without a length, in pieces, and one that isn't there.
        let web = Web::open(|_, _| {
            b"HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nnot\r\n5\r\n here\r\n0\r\n\r\n"
                .to_vec()
        })
        .await;
        let reply = web.get("/").await.unwrap();
        assert_eq!((reply.status, &reply.body[..]), (404, &b"not here"[..]));
    });
}

#[test]
fn a_form_is_handed_in_encoded_and_sent_on_to_nobody() {
    run(async {
        let web = Web::open(|_, _| ok("{}")).await;
        let fields = [("grant_type", "refresh_token"), ("refresh_token", "a b&c=d/\u{e9}")];
        let reply = http::post_form(&web.address("/token"), &fields, &web.trust, PATIENCE).await.unwrap();
        assert_eq!(reply.status, 200);
        let asked = web.asked();
        assert!(asked[0].starts_with("POST /token HTTP/1.1\r\n"), "{asked:?}");
        assert!(
            asked[0].to_ascii_lowercase().contains("content-type: application/x-www-form-urlencoded\r\n")
        );
        assert!(
            asked[0].ends_with("\r\n\r\ngrant_type=refresh_token&refresh_token=a+b%26c%3Dd%2F%C3%A9"),
            "{asked:?}"
        );
        let web = Web::open(|_, port| sent_to(&format!("https://localhost:{port}/other"))).await;
        let refused =
            http::post_form(&web.address("/token"), &fields, &web.trust, PATIENCE).await.err().unwrap();
        assert_eq!(refused.kind(), ErrorKind::ServerRefused);
        assert_eq!(web.asked().len(), 1);
        // What a refusal says in its body is for the caller.
        let web = Web::open(|_, _| {
            b"HTTP/1.1 400 Bad Request\r\nContent-Length: 26\r\n\r\n{\"error\": \"invalid_grant\"}".to_vec()
        })
        .await;
        let reply = http::post_form(&web.address("/token"), &fields, &web.trust, PATIENCE).await.unwrap();
        assert_eq!((reply.status, &reply.body[..]), (400, &b"{\"error\": \"invalid_grant\"}"[..]));
    });
}

#[test]
fn being_sent_elsewhere_is_followed_three_times_and_never_into_the_clear() {
    run(async {
        let web = Web::open(|count, port| match count {
            0 => sent_to("/second"),
            1 => sent_to("third?x=y"),
            2 => sent_to(&format!("https://localhost:{port}/fourth")),
            _ => ok("here"),
        })
        .await;
        assert_eq!(&web.get("/first").await.unwrap().body[..], b"here");
        let asked = web.asked();
        let lines: Vec<&str> = asked.iter().filter_map(|request| request.lines().next()).collect();
        assert_eq!(
            lines,
            [
                "GET /first HTTP/1.1",
                "GET /second HTTP/1.1",
                "GET /third?x=y HTTP/1.1",
                "GET /fourth HTTP/1.1"
            ]
        );
        assert!(!asked.concat().to_ascii_lowercase().contains("cookie"));

        let web = Web::open(|_, _| sent_to("/again")).await;
        assert_eq!(web.get("/").await.err().unwrap().kind(), ErrorKind::LimitExceeded);
        assert_eq!(web.asked().len(), 4);

        for clear in ["http://localhost/x", "HTTP://localhost/x", "ftp://localhost/x", "https://a@localhost/"]
        {
            let plain = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
            let there = format!("localhost:{}", plain.local_addr().unwrap().port());
            let location = clear.replace("localhost", &there);
            let web = Web::open(move |_, _| sent_to(&location)).await;
            assert_eq!(web.get("/").await.err().unwrap().kind(), ErrorKind::TlsFailed, "{clear}");
            let came = tokio::time::timeout(Duration::from_millis(50), plain.accept()).await;
            assert!(came.is_err(), "{clear}: somebody connected");
        }
    });
}

#[test]
fn what_is_too_long_too_slow_or_no_http_is_given_up() {
    run(async {
        let longest = "x".repeat(http::MOST);
        let web = Web::open(move |_, _| ok(&longest)).await;
        assert_eq!(web.get("/").await.unwrap().body.len(), http::MOST);
        let kinds = [
            (ok(&"x".repeat(http::MOST + 1)), ErrorKind::LimitExceeded),
            // Without a length, it goes on and on.
            ([b"HTTP/1.1 200 OK\r\n\r\n".to_vec(), vec![b'x'; 1 << 20]].concat(), ErrorKind::LimitExceeded),
            // A head without an end.
            ([b"HTTP/1.1 200 OK\r\nX: ".to_vec(), vec![b'x'; 1 << 20]].concat(), ErrorKind::ProtocolBroken),
            (b"* OK IMAP4rev1 ready\r\n".to_vec(), ErrorKind::ProtocolBroken),
            (Vec::new(), ErrorKind::Offline),
            // Cut off in the middle.
            (b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf".to_vec(), ErrorKind::Offline),
        ];
        for (answer, kind) in kinds {
            let start: String = String::from_utf8_lossy(&answer).chars().take(40).collect();
            let web = Web::open(move |_, _| answer.clone()).await;
            assert_eq!(web.get("/").await.err().unwrap().kind(), kind, "{start}");
        }
        // Silence, and a document that never ends.
        for answer in [&b""[..], b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"] {
            let web = Web::open_holding(move |_, _| answer.to_vec(), PATIENCE).await;
            let soon = Duration::from_millis(300);
            let error = http::get(&web.address("/"), &web.trust, soon).await.err().unwrap();
            assert_eq!(error.kind(), ErrorKind::TimedOut);
        }
    });
}

#[test]
fn who_does_not_prove_who_it_is_is_asked_nothing() {
    run(async {
        let web = Web::open(|_, _| ok("here")).await;
        let stranger = Trust::new(&[Authority::new().root()]).unwrap();
        let error = http::get(&web.address("/"), &stranger, PATIENCE).await.err().unwrap();
        assert_eq!(error.kind(), ErrorKind::CertificateUntrusted);
        let other_name = Https::parse(&format!("https://127.0.0.1:{}/", web.port)).unwrap();
        let error = http::get(&other_name, &web.trust, PATIENCE).await.err().unwrap();
        assert_eq!(error.kind(), ErrorKind::CertificateUntrusted);
        assert_eq!(web.asked(), Vec::<String>::new());
    });
}

#[test]
fn what_a_stranger_chose_is_not_asked_for_in_the_persons_own_network() {
    run(async {
        let web = Web::open(|_, _| b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok".to_vec()).await;
        let error = http::get_image(&web.address("/router/reboot"), &web.trust.for_strangers(), PATIENCE)
            .await
            .map(|_| ())
            .unwrap_err();
        assert_eq!(error.kind(), waxwing_core::ErrorKind::InvalidInput);
        assert!(web.asked.lock().unwrap().is_empty());
        let reply = http::get_image(&web.address("/"), &web.trust, PATIENCE).await.unwrap();
        assert_eq!(reply.status, 200);
    });
}
