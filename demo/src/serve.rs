//! The model server behind TLS on 127.0.0.1, on a thread of its own.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose,
};
use ring::digest::{SHA256, digest};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use crate::model::{Connection, Dialect, Mailstore};
use crate::submission::{Outbox, Talk};

/// What to serve.
pub struct ServerOptions {
    pub mailstore: Mailstore,
    pub dialect: Dialect,
    /// User names and passwords; who is not in the mailstore gets an empty INBOX.
    pub users: Vec<(String, String)>,
}

/// A running server. Dropping it ends it and all its connections.
pub struct Server {
    port: u16,
    submission_ports: [u16; 2],
    ca_der: Vec<u8>,
    ca_pem: String,
    store: SharedStore,
    stop: watch::Sender<bool>,
    thread: Option<JoinHandle<()>>,
}

/// The mailstore of a running server. Clones are the same store.
#[derive(Clone)]
pub struct SharedStore {
    store: Arc<Mutex<Mailstore>>,
    /// Counts changes; connections look at the store when it moves.
    changes: watch::Sender<u64>,
    /// Counts how often all connections were cut.
    cuts: watch::Sender<u64>,
    /// How connections from now on are served.
    dialect: Arc<Mutex<Dialect>>,
    shown: Arc<Mutex<Shown>>,
    connections: Arc<Connections>,
    outbox: Arc<Mutex<Outbox>>,
}

/// The certificate that connections from now on are shown.
#[derive(Clone)]
struct Shown {
    acceptor: TlsAcceptor,
    /// Its SHA-256.
    digest: Vec<u8>,
    /// How many octets of IMAP came over connections that were shown it.
    heard: Arc<AtomicUsize>,
}

impl Shown {
    fn new(config: Arc<rustls::ServerConfig>, der: &[u8]) -> Self {
        let digest = digest(&SHA256, der).as_ref().to_vec();
        Self { acceptor: TlsAcceptor::from(config), digest, heard: Arc::default() }
    }

    /// What ties a sign-in to its connection: RFC 9266, and RFC 5929 for certificates signed with SHA-256.
    fn bindings(&self, connection: &rustls::ServerConnection) -> Vec<(&'static str, Vec<u8>)> {
        let mut bindings = vec![("tls-server-end-point", self.digest.clone())];
        let exported = connection.export_keying_material([0; 32], b"EXPORTER-Channel-Binding", Some(b""));
        bindings.extend(exported.ok().map(|secret| ("tls-exporter", secret.to_vec())));
        bindings
    }
}

/// How many connections there are, and how many there may be.
struct Connections {
    open: AtomicUsize,
    most: AtomicUsize,
    turned_away: AtomicUsize,
}

/// One of them, until it is dropped.
struct Counted(Arc<Connections>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.open.fetch_sub(1, Ordering::AcqRel);
    }
}

impl Server {
    /// Listens on a free port of 127.0.0.1, with a certificate for `localhost`, `127.0.0.1` and `::1` from a CA made just now.
    pub fn start(options: ServerOptions) -> io::Result<Self> {
        let ServerOptions { mut mailstore, dialect, users } = options;
        for (user, password) in &users {
            mailstore.set_password(user, password);
            if dialect.gmail {
                mailstore.make_gmail(user);
            }
        }
        let identity = Identity::make().map_err(io::Error::other)?;
        let listener = listen()?;
        let port = listener.local_addr()?.port();
        let submission = [listen()?, listen()?];
        let submission_ports = [submission[0].local_addr()?.port(), submission[1].local_addr()?.port()];
        let store = SharedStore {
            store: Arc::new(Mutex::new(mailstore)),
            changes: watch::Sender::new(0),
            cuts: watch::Sender::new(0),
            dialect: Arc::new(Mutex::new(dialect)),
            shown: Arc::new(Mutex::new(identity.shown)),
            connections: Arc::new(Connections {
                open: AtomicUsize::new(0),
                most: AtomicUsize::new(usize::MAX),
                turned_away: AtomicUsize::new(0),
            }),
            outbox: Arc::default(),
        };
        let (stop, stopped) = watch::channel(false);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let shared = store.clone();
        let thread = std::thread::Builder::new().name("model-server".to_owned()).spawn(move || {
            // A listener that can't be registered leaves clients with a refused connection.
            let [encrypted, clear] = submission;
            let _ = runtime.block_on(async {
                tokio::join!(
                    accept(listener, &shared, stopped.clone(), serve),
                    accept(encrypted, &shared, stopped.clone(), submit),
                    accept(clear, &shared, stopped, submit_after_starttls),
                )
            });
        })?;
        Ok(Self {
            port,
            submission_ports,
            ca_der: identity.ca_der,
            ca_pem: identity.ca_pem,
            store,
            stop,
            thread: Some(thread),
        })
    }

    /// The port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The port for sending mail, with TLS from the first byte.
    pub fn submission_port(&self) -> u16 {
        self.submission_ports[0]
    }

    /// The port for sending mail after STARTTLS.
    pub fn starttls_port(&self) -> u16 {
        self.submission_ports[1]
    }

    /// The CA's certificate in DER: the root a client has to trust.
    pub fn ca_der(&self) -> &[u8] {
        &self.ca_der
    }

    /// The same in PEM.
    pub fn ca_pem(&self) -> &str {
        &self.ca_pem
    }

    /// What it serves.
    pub fn store(&self) -> &SharedStore {
        &self.store
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.send_replace(true);
        if let Some(thread) = self.thread.take() {
            // A panic in there has already been printed.
            let _ = thread.join();
        }
    }
}

impl SharedStore {
    /// Looks at the store or changes it; connections then notice at once.
    pub fn with<T>(&self, act: impl FnOnce(&mut Mailstore) -> T) -> T {
        let result = {
            let mut store = self.lock();
            let result = act(&mut store);
            store.settle();
            result
        };
        self.changed();
        result
    }

    /// Looks at what was sent, or says what is to go wrong with what will be.
    pub fn with_outbox<T>(&self, act: impl FnOnce(&mut Outbox) -> T) -> T {
        act(&mut self.outbox())
    }

    fn outbox(&self) -> MutexGuard<'_, Outbox> {
        self.outbox.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends every connection there is now, without a word.
    pub fn cut_connections(&self) {
        self.cuts.send_modify(|count| *count += 1);
    }

    /// How many connections are open.
    pub fn connections(&self) -> usize {
        self.connections.open.load(Ordering::Acquire)
    }

    /// From now on a connection beyond so many gets a BYE instead of a greeting.
    pub fn allow_connections(&self, most: usize) {
        self.connections.most.store(most, Ordering::Release);
    }

    /// How many got one.
    pub fn turned_away(&self) -> usize {
        self.connections.turned_away.load(Ordering::Acquire)
    }

    /// Serves the connections that are opened from now on in another way, as after an update of the server.
    pub fn set_dialect(&self, dialect: Dialect) {
        *self.dialect.lock().unwrap_or_else(PoisonError::into_inner) = dialect;
    }

    /// Shows another certificate to the connections that are opened from now on, at all ports: this one (DER), with that
    /// configuration.
    pub fn show_certificate(&self, config: Arc<rustls::ServerConfig>, der: &[u8]) {
        *self.shown() = Shown::new(config, der);
    }

    /// How many octets of IMAP came over connections that were shown the certificate that is shown now. Connections from
    /// before it was, which may still have something to say, don't count.
    pub fn heard_under_this_certificate(&self) -> usize {
        self.shown().heard.load(Ordering::Acquire)
    }

    fn shown(&self) -> MutexGuard<'_, Shown> {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn dialect(&self) -> Dialect {
        self.dialect.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn lock(&self) -> MutexGuard<'_, Mailstore> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn changed(&self) {
        self.changes.send_modify(|count| *count += 1);
    }
}

/// The server's certificate, and who vouches for it.
struct Identity {
    ca_der: Vec<u8>,
    ca_pem: String,
    shown: Shown,
}

impl Identity {
    fn make() -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        // Some platforms refuse certificates that are valid for years.
        let day = |days: i64| {
            let moment = Timestamp::now() + SignedDuration::from_hours(24 * days);
            let date = moment.to_zoned(TimeZone::UTC).date();
            let number = |part: i8| u8::try_from(part).unwrap_or(1);
            rcgen::date_time_ymd(i32::from(date.year()), number(date.month()), number(date.day()))
        };
        let (not_before, not_after) = (day(-2), day(60));
        let mut ca = CertificateParams::new(Vec::<String>::new())?;
        (ca.not_before, ca.not_after) = (not_before, not_after);
        ca.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        ca.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        ca.distinguished_name.push(DnType::CommonName, "Waxwing demo CA, made for one run");
        let ca = CertifiedIssuer::self_signed(ca, KeyPair::generate()?)?;

        let names = ["localhost", "127.0.0.1", "::1"].map(str::to_owned);
        let mut own = CertificateParams::new(names)?;
        (own.not_before, own.not_after) = (not_before, not_after);
        own.distinguished_name.push(DnType::CommonName, "localhost");
        own.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        own.use_authority_key_identifier_extension = true;
        let key = KeyPair::generate()?;
        let certificate = own.signed_by(&key, &ca)?;

        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)?;
        Ok(Self {
            ca_der: ca.der().to_vec(),
            ca_pem: ca.pem(),
            shown: Shown::new(Arc::new(config), certificate.der()),
        })
    }
}

/// A port of this machine, for this machine.
fn listen() -> io::Result<std::net::TcpListener> {
    let listener = std::net::TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

/// Takes connections until told to stop; then drops them all.
async fn accept<F>(
    listener: std::net::TcpListener,
    shared: &SharedStore,
    mut stopped: watch::Receiver<bool>,
    attend: fn(TcpStream, Shown, SharedStore) -> F,
) -> io::Result<()>
where
    F: Future<Output = io::Result<()>> + Send + 'static,
{
    let listener = TcpListener::from_std(listener)?;
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            _ = stopped.wait_for(|stop| *stop) => return Ok(()),
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
            Ok((stream, _)) = listener.accept() => {
                let attending = attend(stream, shared.shown().clone(), shared.clone());
                // A connection that fails is the client's to notice.
                connections.spawn(async move { let _ = attending.await; });
            }
        }
    }
}

/// One connection that sends mail, from handshake to end.
async fn submit(stream: TcpStream, shown: Shown, shared: SharedStore) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut stream = shown.acceptor.accept(stream).await?;
    let talk = Talk::open(&mut shared.outbox(), true);
    talk_on(&mut stream, talk, &shared).await?;
    stream.shutdown().await
}

/// The same that begins in the clear.
async fn submit_after_starttls(mut stream: TcpStream, shown: Shown, shared: SharedStore) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let talk = Talk::open(&mut shared.outbox(), false);
    if !talk_on(&mut stream, talk, &shared).await? {
        return stream.shutdown().await;
    }
    let mut stream = shown.acceptor.accept(stream).await?;
    talk_on(&mut stream, Talk::secured(), &shared).await?;
    stream.shutdown().await
}

/// Until the connection ends, or TLS is to begin (`true`).
async fn talk_on(
    stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
    mut talk: Talk,
    shared: &SharedStore,
) -> io::Result<bool> {
    let mut buffer = vec![0; 16 * 1024];
    loop {
        stream.write_all(&talk.take_output()).await?;
        stream.flush().await?;
        if talk.is_closed() || talk.wants_tls() {
            return Ok(talk.wants_tls());
        }
        let size = stream.read(&mut buffer).await?;
        if size == 0 {
            return Ok(false);
        }
        talk.feed(&buffer[..size], &mut shared.outbox(), &mut shared.lock(), now());
        shared.changed();
    }
}

/// One connection from handshake to end.
async fn serve(stream: TcpStream, shown: Shown, shared: SharedStore) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let (mut changes, mut cuts) = (shared.changes.subscribe(), shared.cuts.subscribe());
    let mut stream = shown.acceptor.accept(stream).await?;
    let before = shared.connections.open.fetch_add(1, Ordering::AcqRel);
    let _counted = Counted(Arc::clone(&shared.connections));
    if before >= shared.connections.most.load(Ordering::Acquire) {
        shared.connections.turned_away.fetch_add(1, Ordering::AcqRel);
        stream.write_all(b"* BYE [UNAVAILABLE] Too many connections\r\n").await?;
        return stream.shutdown().await;
    }
    let bindings = shown.bindings(stream.get_ref().1);
    let mut connection = Connection::open_bound(&mut shared.lock(), shared.dialect(), bindings, now());
    let mut buffer = vec![0; 16 * 1024];
    loop {
        loop {
            let piece = connection.take_output();
            if piece.is_empty() {
                break;
            }
            tokio::select! {
                written = stream.write_all(&piece) => written?,
                _ = cuts.changed() => return Ok(()),
            }
            stream.flush().await?;
        }
        if connection.is_closed() && connection.wake_at().is_none() {
            return stream.shutdown().await;
        }
        tokio::select! {
            size = stream.read(&mut buffer) => {
                let size = size?;
                if size == 0 {
                    return Ok(());
                }
                shown.heard.fetch_add(size, Ordering::AcqRel);
                connection.feed(&mut shared.lock(), &buffer[..size], now());
                shared.changed();
            }
            _ = changes.changed() => connection.poll(&shared.lock(), now()),
            () = wait_until(connection.wake_at()) => connection.poll(&shared.lock(), now()),
            _ = cuts.changed() => return Ok(()),
        }
    }
}

async fn wait_until(moment: Option<i64>) {
    match moment {
        None => std::future::pending().await,
        Some(moment) => {
            let wait = u64::try_from(moment.saturating_sub(now())).unwrap_or(0);
            tokio::time::sleep(Duration::from_millis(wait)).await;
        }
    }
}

/// Milliseconds since 1970 UTC.
fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use rustls::pki_types::{CertificateDer, ServerName};
    use tokio_rustls::TlsConnector;
    use tokio_rustls::client::TlsStream;

    use super::*;
    use crate::model::{Fault, Flags, Rule, Verb};

    const USER: &str = "ada@example.org";

    fn start() -> Server {
        let users = vec![(USER.to_owned(), "a b\"c".to_owned())];
        let server =
            Server::start(ServerOptions { mailstore: Mailstore::new(), dialect: Dialect::full(), users });
        let server = server.unwrap();
        server.store().with(|store| {
            store.add_mailbox(USER, "Archive", None);
            store.mailbox_mut(USER, "INBOX").unwrap().append(
                &b"Subject: x\r\n\r\ny\r\n"[..],
                Flags::none(),
                0,
            );
        });
        server
    }

    async fn connect(server: &Server, name: &str, ca_der: &[u8]) -> io::Result<TlsStream<TcpStream>> {
        let mut roots = rustls::RootCertStore::empty();
        roots.add(CertificateDer::from(ca_der.to_vec())).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, server.port())).await?;
        let name = ServerName::try_from(name.to_owned()).unwrap();
        TlsConnector::from(Arc::new(config)).connect(name, stream).await
    }

    /// Reads until `end` has come; what came before a closed connection otherwise. Never longer than ten seconds.
    async fn read_to(stream: &mut TlsStream<TcpStream>, end: &str) -> String {
        let mut all = Vec::new();
        let reading = async {
            let mut buffer = [0; 1024];
            while !String::from_utf8_lossy(&all).contains(end) {
                match stream.read(&mut buffer).await {
                    Ok(0) | Err(_) => break,
                    Ok(size) => all.extend_from_slice(&buffer[..size]),
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(10), reading).await.unwrap();
        String::from_utf8(all).unwrap()
    }

    async fn send(stream: &mut (impl AsyncWrite + Unpin), text: &str) {
        stream.write_all(text.as_bytes()).await.unwrap();
        stream.flush().await.unwrap();
    }

    async fn in_inbox(server: &Server) -> TlsStream<TcpStream> {
        let mut stream = connect(server, "localhost", server.ca_der()).await.unwrap();
        send(&mut stream, "a LOGIN ada@example.org \"a b\\\"c\"\r\nb SELECT INBOX\r\n").await;
        let answers = read_to(&mut stream, "b OK").await;
        assert!(answers.contains("a OK") && answers.contains("* 1 EXISTS"), "{answers}");
        stream
    }

    #[tokio::test]
    async fn serves_over_tls_under_each_of_its_names_and_no_other_ca() {
        let server = start();
        for name in ["localhost", "127.0.0.1", "::1"] {
            let mut stream = connect(&server, name, server.ca_der()).await.unwrap();
            assert!(read_to(&mut stream, "\r\n").await.starts_with("* OK"));
        }
        assert!(connect(&server, "mail.example.org", server.ca_der()).await.is_err());
        let other = start();
        assert!(connect(&server, "localhost", other.ca_der()).await.is_err());
    }

    #[tokio::test]
    async fn idle_hears_at_once_what_another_connection_and_a_test_do() {
        let server = start();
        let mut one = in_inbox(&server).await;
        let mut two = in_inbox(&server).await;
        send(&mut one, "c IDLE\r\n").await;
        read_to(&mut one, "+ idling").await;
        send(&mut two, "d UID STORE 1 +FLAGS.SILENT (\\Flagged)\r\n").await;
        assert!(read_to(&mut one, "\\Flagged").await.starts_with("* 1 FETCH"));
        server.store().with(|store| {
            store.mailbox_mut(USER, "INBOX").unwrap().append(&b"Subject: z\r\n\r\n"[..], Flags::none(), 0);
        });
        assert!(read_to(&mut one, "EXISTS").await.contains("* 2 EXISTS"));
        send(&mut one, "DONE\r\nf LOGOUT\r\n").await;
        assert!(read_to(&mut one, "never").await.ends_with("f OK LOGOUT completed\r\n"));
    }

    #[tokio::test]
    async fn connections_from_now_on_are_served_in_another_dialect() {
        let server = start();
        let mut before = connect(&server, "localhost", server.ca_der()).await.unwrap();
        assert!(read_to(&mut before, "\r\n").await.contains(" QRESYNC"));
        server.store().set_dialect(Dialect::gmail());
        let mut after = connect(&server, "localhost", server.ca_der()).await.unwrap();
        let greeting = read_to(&mut after, "\r\n").await;
        assert!(greeting.contains(" X-GM-EXT-1") && !greeting.contains(" QRESYNC"), "{greeting}");
        send(&mut after, "a LOGIN ada@example.org \"a b\\\"c\"\r\n").await;
        read_to(&mut after, "a OK").await;
        // What a test puts into one mailbox is in All Mail at once.
        server.store().with(|store| {
            let archive = store.mailbox_mut(USER, "Archive").unwrap();
            archive.append(&b"Subject: w\r\n\r\n"[..], Flags::none(), 0);
        });
        send(&mut after, "b STATUS \"[Gmail]/All Mail\" (MESSAGES)\r\n").await;
        assert!(read_to(&mut after, "b OK").await.contains("(MESSAGES 2)"));
    }

    #[tokio::test]
    async fn faults_reach_the_wire() {
        let server = start();
        let mut stream = in_inbox(&server).await;
        server.store().with(|store| {
            store.faults.add(Rule::once(Verb::Noop, Fault::Stall(Some(30))));
            store.faults.add(Rule::once(Verb::Move, Fault::LoseAnswer));
            store.faults.pieces = Some(1);
        });
        send(&mut stream, "c NOOP\r\n").await;
        assert_eq!(read_to(&mut stream, "done\r\n").await, "c OK done\r\n");
        send(&mut stream, "d UID MOVE 1 Archive\r\n").await;
        assert_eq!(read_to(&mut stream, "never").await, "");
        let moved = server.store().with(|store| store.mailbox(USER, "Archive").unwrap().mails().len());
        assert_eq!(moved, 1);
        let mut stream = connect(&server, "localhost", server.ca_der()).await.unwrap();
        read_to(&mut stream, "\r\n").await;
        server.store().cut_connections();
        assert_eq!(read_to(&mut stream, "never").await, "");
    }

    #[tokio::test]
    async fn dropping_it_ends_it() {
        let server = start();
        let port = server.port();
        let mut stream = in_inbox(&server).await;
        drop(server);
        assert_eq!(read_to(&mut stream, "never").await, "");
        assert!(TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.is_err());
    }
}
