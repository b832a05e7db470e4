//! Who is believed: each fault is refused under its own name, and nothing is said to a server that did not
//! prove who it is.

use std::io::ErrorKind as IoKind;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::{HandshakeKind, ServerConfig};
use sha2::{Digest as _, Sha256};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use waxwing_core::ErrorKind;
use waxwing_core::error::{CertificateFault, Detail, Error};
use waxwing_core::net::{ChainVerifier, Link, Target, Trust, channel_bindings, connect};
use waxwing_tests::authority::{Authority, Leaf, Validity};

const PATIENCE: Duration = Duration::from_secs(10);

fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

/// A server for one connection; its task ends with the application bytes it got, or with none.
async fn serve(config: Arc<ServerConfig>) -> (SocketAddr, JoinHandle<Vec<u8>>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let task = tokio::spawn(async move {
        let (socket, _) = listener.accept().await.unwrap();
        let mut got = Vec::new();
        if let Ok(mut stream) = TlsAcceptor::from(config).accept(socket).await {
            let _ = stream.write_all(b"* OK ready\r\n").await;
            let _ = stream.read_to_end(&mut got).await;
        }
        got
    });
    (address, task)
}

async fn dial(host: &str, port: u16, trust: &Trust) -> Result<Link, Error> {
    connect(&Target { host: host.to_owned(), port }, trust, PATIENCE).await
}

/// Connects as to `host` and checks that it is refused for `fault`, with the certificate's facts, before the
/// server got a single application byte.
async fn refused_for(leaf: &Leaf, trust: &Trust, host: &str, fault: CertificateFault) {
    for version in [&rustls::version::TLS13, &rustls::version::TLS12] {
        let (address, server) = serve(leaf.server_config_for(&[version])).await;
        let error = dial(host, address.port(), trust).await.map(drop).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::CertificateUntrusted, "{error:?}");
        let Detail::Certificate { fault: found, facts } = error.detail() else { panic!("{error:?}") };
        assert_eq!(*found, fault, "{error:?}");
        let facts = facts.as_ref().expect("facts of the certificate");
        assert!(facts.subject.contains("Waxwing test server"), "{facts:?}");
        assert_eq!(server.await.unwrap(), b"", "the server was told something");
    }
}

#[test]
fn a_good_chain_is_believed_for_its_names_and_addresses() {
    run(async {
        let authority = Authority::new();
        let trust = Trust::new(&[authority.root()]).unwrap();
        let leaf = authority.leaf(&["localhost", "127.0.0.1"]);
        for host in ["localhost", "127.0.0.1"] {
            for version in [&rustls::version::TLS13, &rustls::version::TLS12] {
                let (address, server) = serve(leaf.server_config_for(&[version])).await;
                let mut link = dial(host, address.port(), &trust).await.unwrap();
                let mut greeting = [0; 12];
                link.read_exact(&mut greeting).await.unwrap();
                assert_eq!(&greeting, b"* OK ready\r\n");
                link.write_all(b"a LOGOUT\r\n").await.unwrap();
                link.shutdown().await.unwrap();
                assert_eq!(server.await.unwrap(), b"a LOGOUT\r\n");
            }
        }
    });
}

#[test]
fn each_fault_has_its_own_name() {
    run(async {
        let authority = Authority::new();
        let trust = Trust::new(&[authority.root()]).unwrap();
        let here: &[&str] = &["localhost"];
        let expired = authority.leaf_valid(here, Validity::Past);
        refused_for(&expired, &trust, "localhost", CertificateFault::Expired).await;
        let early = authority.leaf_valid(here, Validity::Future);
        refused_for(&early, &trust, "localhost", CertificateFault::NotYetValid).await;
        let elsewhere = authority.leaf(&["mail.example", "127.0.0.2"]);
        refused_for(&elsewhere, &trust, "localhost", CertificateFault::WrongHost).await;
        refused_for(&elsewhere, &trust, "127.0.0.1", CertificateFault::WrongHost).await;
        let stranger = Authority::named("Another authority").leaf(here);
        refused_for(&stranger, &trust, "localhost", CertificateFault::UnknownIssuer).await;
        let impostor = Authority::new().leaf(here); // the trusted authority's name, another key
        refused_for(&impostor, &trust, "localhost", CertificateFault::UnknownIssuer).await;
        let own = Leaf::self_signed(here, Validity::Now);
        refused_for(&own, &trust, "localhost", CertificateFault::SelfSigned).await;
        let for_clients = authority.leaf_for_clients(here);
        refused_for(&for_clients, &trust, "localhost", CertificateFault::Unusable).await;
    });
}

#[test]
fn of_several_faults_the_one_that_matters_is_named() {
    run(async {
        let authority = Authority::new();
        let trust = Trust::new(&[authority.root()]).unwrap();
        let own_elsewhere = Leaf::self_signed(&["mail.example"], Validity::Now);
        refused_for(&own_elsewhere, &trust, "localhost", CertificateFault::WrongHost).await;
        let own_old = Leaf::self_signed(&["localhost"], Validity::Past);
        refused_for(&own_old, &trust, "localhost", CertificateFault::SelfSigned).await;
        let own_authority = Leaf::self_signed_authority(&["localhost"]);
        refused_for(&own_authority, &trust, "localhost", CertificateFault::SelfSigned).await;
    });
}

/// "It has run out, look at your clock" hid that it is somebody else's, or that nobody vouches for it: who then waits for it to be
/// renewed, or sets the clock, believes that nothing else is wrong.
#[test]
fn bug_a_date_that_has_passed_hides_nothing_graver() {
    run(async {
        let authority = Authority::new();
        let trust = Trust::new(&[authority.root()]).unwrap();
        let stranger = Authority::named("Another authority");
        for when in [Validity::Past, Validity::Future] {
            let elsewhere = authority.leaf_valid(&["mail.example"], when);
            refused_for(&elsewhere, &trust, "localhost", CertificateFault::WrongHost).await;
            let unknown = stranger.leaf_valid(&["localhost"], when);
            refused_for(&unknown, &trust, "localhost", CertificateFault::UnknownIssuer).await;
            let both = stranger.leaf_valid(&["mail.example"], when);
            refused_for(&both, &trust, "localhost", CertificateFault::WrongHost).await;
            let own = Leaf::self_signed(&["localhost"], when);
            refused_for(&own, &trust, "localhost", CertificateFault::SelfSigned).await;
        }
        let app = Trust::asking(Arc::new(TrustsAll)).unwrap();
        let elsewhere = authority.leaf_valid(&["mail.example"], Validity::Past);
        refused_for(&elsewhere, &app, "localhost", CertificateFault::WrongHost).await;
        // One that names nobody is nobody else's either: that nobody vouches for it is what there is to say.
        let nameless = Leaf::self_signed(&[], Validity::Past);
        refused_for(&nameless, &trust, "localhost", CertificateFault::SelfSigned).await;
    });
}

#[test]
fn a_self_made_certificate_given_as_root_is_believed_until_its_last_day() {
    run(async {
        let own = Leaf::self_signed(&["localhost"], Validity::Now);
        let trust = Trust::new(&[own.der()]).unwrap();
        let (address, server) = serve(own.server_config()).await;
        drop(dial("localhost", address.port(), &trust).await.unwrap());
        server.await.unwrap();

        let old = Leaf::self_signed(&["localhost"], Validity::Past);
        let trust = Trust::new(&[old.der()]).unwrap();
        refused_for(&old, &trust, "localhost", CertificateFault::Expired).await;
    });
}

/// A platform that trusts everybody.
struct TrustsAll;

impl ChainVerifier for TrustsAll {
    fn is_trusted(&self, _host: &str, _chain: &[&[u8]], _ocsp: &[u8]) -> bool {
        true
    }
}

#[test]
fn an_apps_verifier_cannot_switch_off_what_is_checked_beside_it() {
    run(async {
        let trust = Trust::asking(Arc::new(TrustsAll)).unwrap();
        let authority = Authority::new();
        let here: &[&str] = &["localhost"];
        let (address, server) = serve(authority.leaf(here).server_config()).await;
        drop(dial("localhost", address.port(), &trust).await.unwrap());
        server.await.unwrap();
        let expired = authority.leaf_valid(here, Validity::Past);
        refused_for(&expired, &trust, "localhost", CertificateFault::Expired).await;
        let early = authority.leaf_valid(here, Validity::Future);
        refused_for(&early, &trust, "localhost", CertificateFault::NotYetValid).await;
        let elsewhere = authority.leaf(&["mail.example", "127.0.0.2"]);
        refused_for(&elsewhere, &trust, "localhost", CertificateFault::WrongHost).await;
        refused_for(&elsewhere, &trust, "127.0.0.1", CertificateFault::WrongHost).await;
        let by_name_only = authority.leaf_with_common_name_only("localhost");
        let (address, server) = serve(by_name_only.server_config()).await;
        let error = dial("localhost", address.port(), &trust).await.map(drop).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::CertificateUntrusted);
        assert_eq!(server.await.unwrap(), b"");
        let for_clients = authority.leaf_for_clients(here);
        refused_for(&for_clients, &trust, "localhost", CertificateFault::Unusable).await;
    });
}

/// Serves connections one after another; gives for each whether a session was resumed, or `None` where TLS was not agreed on.
async fn serve_all(config: Arc<ServerConfig>) -> (SocketAddr, UnboundedReceiver<Option<bool>>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let (sender, receiver) = unbounded_channel();
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            let Ok(mut stream) = TlsAcceptor::from(Arc::clone(&config)).accept(socket).await else {
                let _ = sender.send(None);
                continue;
            };
            let _ = stream.write_all(b"* OK ready\r\n").await;
            let mut got = Vec::new();
            let _ = stream.read_to_end(&mut got).await;
            assert_eq!(got, b"");
            let is_resumed = stream.get_ref().1.handshake_kind() == Some(HandshakeKind::Resumed);
            let _ = sender.send(Some(is_resumed));
        }
    });
    (address, receiver)
}

/// Connects, reads the greeting, and with it the tickets for another session.
async fn greeted(port: u16, trust: &Trust) -> Result<(), Error> {
    let mut link = dial("localhost", port, trust).await?;
    let mut greeting = [0; 12];
    link.read_exact(&mut greeting).await.unwrap();
    link.shutdown().await.unwrap();
    Ok(())
}

fn fault_of(error: &Error) -> CertificateFault {
    let Detail::Certificate { fault, .. } = error.detail() else { panic!("{error:?}") };
    *fault
}

#[test]
fn a_session_is_resumed_at_its_own_port_alone_and_not_past_a_change_of_the_pin() {
    run(async {
        for version in [&rustls::version::TLS13, &rustls::version::TLS12] {
            let authority = Authority::new();
            let trust = Trust::new(&[authority.root()]).unwrap();
            let (good, own) =
                (authority.leaf(&["localhost"]), Leaf::self_signed(&["localhost"], Validity::Now));

            // Believed by its chain, until another key is pinned.
            let (address, mut seen) = serve_all(good.server_config_for(&[version])).await;
            let port = address.port();
            greeted(port, &trust).await.unwrap();
            greeted(port, &trust).await.unwrap();
            assert_eq!((seen.recv().await, seen.recv().await), (Some(Some(false)), Some(Some(true))));
            trust.pins().replace([("localhost".into(), port, own.key_sha256())]);
            assert_eq!(fault_of(&greeted(port, &trust).await.unwrap_err()), CertificateFault::PinChanged);
            assert_eq!(seen.recv().await, Some(None));

            // Believed by its pin, until that is gone; and at no other port, though one server has both.
            let config = own.server_config_for(&[version]);
            let (address, mut seen) = serve_all(Arc::clone(&config)).await;
            let (elsewhere, mut seen_elsewhere) = serve_all(config).await;
            let port = address.port();
            trust.pins().replace([("localhost".into(), port, own.key_sha256())]);
            greeted(port, &trust).await.unwrap();
            greeted(port, &trust).await.unwrap();
            assert_eq!((seen.recv().await, seen.recv().await), (Some(Some(false)), Some(Some(true))));
            let error = greeted(elsewhere.port(), &trust).await.unwrap_err();
            assert_eq!(fault_of(&error), CertificateFault::SelfSigned);
            assert_eq!(seen_elsewhere.recv().await, Some(None));
            trust.pins().replace([]);
            assert_eq!(fault_of(&greeted(port, &trust).await.unwrap_err()), CertificateFault::SelfSigned);
            assert_eq!(seen.recv().await, Some(None));
        }
    });
}

#[test]
fn who_shows_a_pinned_certificate_without_its_key_is_refused() {
    run(async {
        let own = Leaf::self_signed(&["localhost"], Validity::Now);
        let stranger = Leaf::self_signed(&["localhost"], Validity::Now);
        for version in [&rustls::version::TLS13, &rustls::version::TLS12] {
            let trust = Trust::new(&[Authority::new().root()]).unwrap();
            let (address, server) = serve(own.server_config_with_the_key_of(&stranger, &[version])).await;
            trust.pins().replace([("localhost".into(), address.port(), own.key_sha256())]);
            let error = dial("localhost", address.port(), &trust).await.map(drop).unwrap_err();
            assert_eq!(fault_of(&error), CertificateFault::Unusable, "{error:?}");
            assert_eq!(server.await.unwrap(), b"");
        }
    });
}

#[test]
fn an_apps_verifier_does_not_replace_pins() {
    run(async {
        let trust = Trust::asking(Arc::new(TrustsAll)).unwrap();
        let (leaf, other) =
            (Authority::new().leaf(&["localhost"]), Leaf::self_signed(&["x.example"], Validity::Past));
        let (address, server) = serve(leaf.server_config()).await;
        trust.pins().replace([("localhost".into(), address.port(), other.key_sha256())]);
        let error = dial("localhost", address.port(), &trust).await.map(drop).unwrap_err();
        assert_eq!(fault_of(&error), CertificateFault::PinChanged);
        assert_eq!(server.await.unwrap(), b"");
        let (address, server) = serve(other.server_config()).await;
        trust.pins().replace([("localhost".into(), address.port(), other.key_sha256())]);
        drop(dial("localhost", address.port(), &trust).await.unwrap());
        server.await.unwrap();
    });
}

#[test]
fn the_common_name_proves_nothing() {
    run(async {
        let authority = Authority::new();
        let trust = Trust::new(&[authority.root()]).unwrap();
        let leaf = authority.leaf_with_common_name_only("localhost");
        let (address, server) = serve(leaf.server_config()).await;
        let error = dial("localhost", address.port(), &trust).await.map(drop).unwrap_err();
        let Detail::Certificate { fault, .. } = error.detail() else { panic!("{error:?}") };
        assert_eq!(*fault, CertificateFault::WrongHost);
        assert_eq!(server.await.unwrap(), b"");
    });
}

#[test]
fn the_facts_are_those_of_the_certificate_shown() {
    run(async {
        let trust = Trust::new(&[Authority::new().root()]).unwrap();
        let leaf = Leaf::self_signed(&["localhost", "127.0.0.1"], Validity::Past);
        let (address, _server) = serve(leaf.server_config()).await;
        let error = dial("localhost", address.port(), &trust).await.map(drop).unwrap_err();
        let Detail::Certificate { facts: Some(facts), .. } = error.detail() else { panic!("{error:?}") };
        assert_eq!(facts.names, ["localhost", "127.0.0.1"]);
        assert_eq!(facts.subject, facts.issuer);
        assert_eq!(facts.not_after.0, 1_009_843_200_000);
        let digest = <sha2::Sha256 as sha2::Digest>::digest(leaf.der());
        let octets: Vec<String> = digest.iter().map(|octet| format!("{octet:02X}")).collect();
        assert_eq!(facts.sha256, octets.join(":"));
    });
}

#[test]
fn a_server_that_greets_in_the_open_gets_no_answer() {
    run(async {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = tokio::spawn(async move {
            let (mut socket, _) = listener.accept().await.unwrap();
            socket.write_all(b"* OK [CAPABILITY IMAP4rev1 STARTTLS] ready\r\n").await.unwrap();
            let mut got = Vec::new();
            let _ = socket.read_to_end(&mut got).await;
            got
        });
        let trust = Trust::new(&[Authority::new().root()]).unwrap();
        let error = dial("127.0.0.1", port, &trust).await.map(drop).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TlsFailed, "{error:?}");
        assert!(error.to_string().contains("does not speak TLS"), "{error}");
        // Only TLS records (handshake 22, alert 21) went out, no line of IMAP.
        let got = server.await.unwrap();
        assert_eq!(got[0], 22);
        assert!(!got.windows(5).any(|window| window.eq_ignore_ascii_case(b"LOGIN")));
    });
}

#[test]
fn a_black_hole_ends_at_the_deadline() {
    run(async {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let target = Target { host: "127.0.0.1".into(), port: listener.local_addr().unwrap().port() };
        let trust = Trust::new(&[Authority::new().root()]).unwrap();
        let start = Instant::now();
        let error = connect(&target, &trust, Duration::from_millis(300)).await.map(drop).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TimedOut);
        assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
    });
}

#[test]
fn nobody_there_is_offline_and_no_such_name_is_said_so() {
    run(async {
        let trust = Trust::new(&[Authority::new().root()]).unwrap();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        let error = dial("127.0.0.1", port, &trust).await.map(drop).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Offline);
        let error = dial("no-such-host.invalid", 993, &trust).await.map(drop).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NameNotResolved);
    });
}

#[test]
fn a_server_that_hangs_up_in_the_handshake_is_offline() {
    run(async {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = tokio::spawn(async move { drop(listener.accept().await) });
        let trust = Trust::new(&[Authority::new().root()]).unwrap();
        let error = dial("127.0.0.1", port, &trust).await.map(drop).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Offline, "{error:?}");
        server.await.unwrap();
    });
}

/// A name with a dead first address (localhost is often `::1` and `127.0.0.1`) is reached without a wait.
#[test]
fn a_dead_address_of_a_name_costs_no_more_than_one_step() {
    run(async {
        let authority = Authority::new();
        let trust = Trust::new(&[authority.root()]).unwrap();
        let (address, server) = serve(authority.leaf(&["localhost"]).server_config()).await;
        let start = Instant::now();
        drop(dial("localhost", address.port(), &trust).await.unwrap());
        assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
        server.await.unwrap();
    });
}

#[test]
fn a_cut_is_an_error_and_only_close_notify_is_an_end() {
    run(async {
        let authority = Authority::new();
        let trust = Trust::new(&[authority.root()]).unwrap();
        let config = authority.leaf(&["127.0.0.1"]).server_config();
        for clean in [true, false] {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
            let port = listener.local_addr().unwrap().port();
            let config = Arc::clone(&config);
            let server = tokio::spawn(async move {
                let (socket, _) = listener.accept().await.unwrap();
                let mut stream = TlsAcceptor::from(config).accept(socket).await.unwrap();
                stream.write_all(b"* 1 FETCH (BODY[] {100}\r\nhalf").await.unwrap();
                stream.flush().await.unwrap();
                if clean {
                    stream.shutdown().await.unwrap();
                } else {
                    stream.get_mut().0.shutdown().await.unwrap(); // FIN without close_notify
                }
                stream
            });
            let mut link = dial("127.0.0.1", port, &trust).await.unwrap();
            let mut got = Vec::new();
            let end = link.read_to_end(&mut got).await;
            assert!(got.ends_with(b"half"));
            if clean {
                end.unwrap();
            } else {
                assert_eq!(end.unwrap_err().kind(), IoKind::UnexpectedEof);
            }
            drop(server.await.unwrap());
        }
    });
}

#[test]
fn each_connection_has_bindings_of_its_own_that_both_ends_know() {
    run(async {
        let authority = Authority::new();
        let trust = Trust::new(&[authority.root()]).unwrap();
        let leaf = authority.leaf(&["127.0.0.1"]);
        let mut seen = Vec::new();
        for version in [&rustls::version::TLS13, &rustls::version::TLS13, &rustls::version::TLS12] {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
            let port = listener.local_addr().unwrap().port();
            let config = leaf.server_config_for(&[version]);
            let server = tokio::spawn(async move {
                let (socket, _) = listener.accept().await.unwrap();
                let stream = TlsAcceptor::from(config).accept(socket).await.unwrap();
                let export =
                    stream.get_ref().1.export_keying_material([0; 32], b"EXPORTER-Channel-Binding", None);
                export.unwrap()
            });
            let link = dial("127.0.0.1", port, &trust).await.unwrap();
            let bindings = channel_bindings(&link);
            let exported = server.await.unwrap();
            let is_tls13 = version == &rustls::version::TLS13;
            assert_eq!(bindings.exporter, is_tls13.then_some(exported));
            // The leaf is signed by ECDSA with SHA-256.
            assert_eq!(bindings.server_end_point, Some(Sha256::digest(leaf.der()).to_vec()));
            seen.extend(bindings.exporter);
        }
        assert!(seen.len() == 2 && seen[0] != seen[1], "two connections have the same binding");
    });
}

/// What a device without any list of authorities does, asked in a process of its own: the list is found by
/// environment variables on Linux.
#[cfg(target_os = "linux")]
#[test]
fn without_the_platform_s_roots_the_extra_ones_still_count() {
    const INSIDE: &str = "WAXWING_TEST_WITHOUT_ROOTS";
    if std::env::var_os(INSIDE).is_some() {
        let error = Trust::new(&[]).err().expect("nobody to trust");
        assert_eq!(error.kind(), ErrorKind::TlsFailed);
        assert!(error.to_string().contains("no list of trusted authorities"), "{error}");
        Trust::new(&[Authority::new().root()]).unwrap();
        println!("inside: done");
        return;
    }
    let empty = tempfile::tempdir().unwrap();
    std::fs::write(empty.path().join("none.pem"), "").unwrap();
    let output = std::process::Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "--nocapture",
            "certificates::without_the_platform_s_roots_the_extra_ones_still_count",
        ])
        .env(INSIDE, "1")
        .env("SSL_CERT_FILE", empty.path().join("none.pem"))
        .env("SSL_CERT_DIR", empty.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success() && said.contains("inside: done"), "{said}");
}

#[test]
fn pem_files_for_a_real_server_are_written() {
    let authority = Authority::new();
    let directory = tempfile::tempdir().unwrap();
    let files = authority.write_pem(&authority.leaf(&["localhost"]), directory.path()).unwrap();
    for (file, head) in
        [(files.root, "CERTIFICATE"), (files.certificate, "CERTIFICATE"), (files.key, "PRIVATE KEY")]
    {
        assert!(std::fs::read_to_string(file).unwrap().starts_with(&format!("-----BEGIN {head}-----")));
    }
}
