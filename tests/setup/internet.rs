//! A small internet: names that lead to servers of the test, which prove who they are by one authority, and what DNS says. All
//! in memory and on a clock that jumps to whatever happens next: what takes ten seconds takes none.

use std::collections::HashMap;
use std::io;
use std::path::Path;
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use futures_util::future::BoxFuture;
use futures_util::{FutureExt, StreamExt};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, duplex};
use tokio::runtime::{Builder, Runtime};
use tokio::time::{Instant, sleep, timeout};
use tokio_rustls::TlsAcceptor;
use waxwing_core::model::{Discovery, SettingsSource, SourceState};
use waxwing_core::net::{Bytes, Dns, Exchange, NoRecord, Road, Service, Target, Trust};
use waxwing_core::{Command, Done, Engine, Error, Event, EventStream, Ticket};
use waxwing_tests::authority::{Authority, Leaf, Validity};
use waxwing_tests::engine::{MemoryVault, once_unlocked};

use super::model::{Model, Tap, Wire};

/// Who vouches for all servers, and a device that trusts it: made once, it is slow.
static IDENTITY: LazyLock<(Authority, Trust)> = LazyLock::new(|| {
    let authority = Authority::new();
    let trust = Trust::new(&[authority.root()]).expect("an authority");
    (authority, trust)
});

/// Longer than anything may take, by the clock that jumps.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);

/// What answers at a port.
#[derive(Clone)]
pub(crate) enum Server {
    /// A web server: what it answers to a path with its query.
    Web(Arc<dyn Fn(&str) -> Page + Send + Sync>),
    Imap,
    ImapStartTls,
    Submission,
    SubmissionStartTls,
    /// It takes connections and says nothing.
    Silent,
    /// It is there, and speaks something else inside TLS.
    Babble,
    /// One that signs in, has mailboxes, and keeps in mind what was said.
    Model(Model),
    /// The same model's server for sending.
    ModelSubmission(Model),
}

/// What a web server answers.
#[derive(Clone, Debug)]
pub(crate) enum Page {
    File(String),
    Picture(Vec<u8>),
    Missing,
    Elsewhere(String),
    /// Longer than any file of settings.
    Endless,
    /// After so long.
    Late(Duration, String),
}

/// Servers by host and port, each with how it proves who it is.
type Servers = HashMap<(String, u16), (Server, TlsAcceptor)>;

#[derive(Default)]
struct World {
    servers: Mutex<Servers>,
    services: Mutex<HashMap<String, Vec<Service>>>,
    exchanges: Mutex<HashMap<String, Result<Vec<Exchange>, NoRecord>>>,
    /// Everything that was asked of anybody, in order.
    asked: Mutex<Vec<String>>,
    /// The fields of all requests to web servers, in lower case.
    fields: Mutex<Vec<String>>,
    /// Where no name has an address and DNS doesn't answer.
    is_cut_off: Mutex<bool>,
    /// Where there is no way to any address.
    is_unreachable: Mutex<bool>,
    /// Whoever is asked, this one answers.
    portal: Mutex<Option<TlsAcceptor>>,
    /// All octets that anybody sent, of TLS for the most part.
    wire: Wire,
}

/// Clones are the same.
#[derive(Clone, Default)]
pub(crate) struct Internet(Arc<World>);

/// What came of a search for settings.
pub(crate) struct Found {
    pub(crate) outcome: Result<Discovery, Error>,
    /// How far each source was said to be, in order.
    pub(crate) told: Vec<(SettingsSource, SourceState)>,
    /// By the clock that jumps.
    pub(crate) took: Duration,
}

impl Found {
    pub(crate) fn discovery(&self) -> &Discovery {
        self.outcome.as_ref().expect("it is answered")
    }

    /// The last that was told of a source.
    pub(crate) fn state(&self, source: SettingsSource) -> Option<SourceState> {
        self.told.iter().rev().find(|(of, _)| *of == source).map(|(_, state)| *state)
    }
}

impl Internet {
    /// Puts a server there, with a certificate for that name.
    pub(crate) fn put(&self, host: &str, port: u16, server: Server) {
        self.put_with(host, port, server, &IDENTITY.0.leaf(&[host]));
    }

    pub(crate) fn put_with(&self, host: &str, port: u16, server: Server, leaf: &Leaf) {
        let acceptor = TlsAcceptor::from(leaf.server_config());
        let place = (host.to_owned(), port);
        self.0.servers.lock().unwrap().insert(place, (server, acceptor));
    }

    /// The same with a certificate whose last day has passed.
    pub(crate) fn put_expired(&self, host: &str, port: u16, server: Server) {
        self.put_with(host, port, server, &IDENTITY.0.leaf_valid(&[host], Validity::Past));
    }

    /// A web server that has these pages, and no others.
    pub(crate) fn web(&self, host: &str, pages: &[(&str, Page)]) {
        let pages: HashMap<String, Page> =
            pages.iter().map(|(path, page)| ((*path).to_owned(), page.clone())).collect();
        let answer = move |path: &str| {
            let path = path.split('?').next().unwrap_or_default();
            pages.get(path).cloned().unwrap_or(Page::Missing)
        };
        self.put(host, 443, Server::Web(Arc::new(answer)));
    }

    pub(crate) fn srv(&self, name: &str, records: &[(u16, u16, &str, u16)]) {
        let record = |(priority, weight, host, port): &(u16, u16, &str, u16)| Service {
            priority: *priority,
            weight: *weight,
            host: (*host).to_owned(),
            port: *port,
        };
        self.0.services.lock().unwrap().insert(name.to_owned(), records.iter().map(record).collect());
    }

    pub(crate) fn mx(&self, domain: &str, hosts: &[&str]) {
        let exchange = |(preference, host): (u16, &&str)| Exchange { preference, host: (*host).to_owned() };
        let records = (10..).zip(hosts).map(exchange).collect();
        self.0.exchanges.lock().unwrap().insert(domain.to_owned(), Ok(records));
    }

    pub(crate) fn no_such_domain(&self, domain: &str) {
        self.0.exchanges.lock().unwrap().insert(domain.to_owned(), Err(NoRecord::NoSuchName));
    }

    pub(crate) fn cut_off(&self) {
        *self.0.is_cut_off.lock().unwrap() = true;
    }

    /// From now on there is no way to anybody, however well their names are known.
    pub(crate) fn lose_the_network(&self) {
        *self.0.is_unreachable.lock().unwrap() = true;
    }

    /// From now on one server answers in everybody's place.
    pub(crate) fn portal(&self, leaf: &Leaf) {
        *self.0.portal.lock().unwrap() = Some(TlsAcceptor::from(leaf.server_config()));
    }

    /// Everybody is there again.
    pub(crate) fn no_portal(&self) {
        *self.0.portal.lock().unwrap() = None;
    }

    pub(crate) fn authority() -> &'static Authority {
        &IDENTITY.0
    }

    /// All octets that left the device, as whoever is on the way sees them.
    pub(crate) fn wire(&self) -> Vec<u8> {
        self.0.wire.octets()
    }

    /// Everything that was asked of anybody.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.0.asked.lock().unwrap().clone()
    }

    /// The fields of all requests to web servers, in lower case.
    pub(crate) fn fields(&self) -> Vec<String> {
        self.0.fields.lock().unwrap().clone()
    }

    pub(crate) fn discover(&self, address: &str) -> Found {
        let device = Device::on(self);
        let ticket = device.engine.submit(Command::Discover { address: address.to_owned() });
        device.found(ticket)
    }
}

/// An engine in this internet.
pub(crate) struct Device {
    pub(crate) runtime: Runtime,
    pub(crate) engine: Engine,
    pub(crate) vault: MemoryVault,
    directory: TempDir,
}

impl Device {
    pub(crate) fn on(internet: &Internet) -> Self {
        let runtime = Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        let directory = tempfile::Builder::new().prefix("waxwing-setup-").tempdir().unwrap();
        let data = directory.path().join("data");
        let (trust, vault) = (|| IDENTITY.1.clone().on(Arc::new(internet.clone())), MemoryVault::default());
        let start = || Engine::start_on(runtime.handle(), trust(), &data, Arc::new(vault.clone()));
        let engine = once_unlocked(start).unwrap();
        Self { runtime, engine, vault, directory }
    }

    /// Where all is that it keeps.
    pub(crate) fn directory(&self) -> &Path {
        self.directory.path()
    }

    pub(crate) fn found(&self, ticket: Ticket) -> Found {
        self.found_after(ticket, |_| {})
    }

    /// The end of a search; after each event before that, `seen` sees it.
    pub(crate) fn found_after(&self, ticket: Ticket, mut seen: impl FnMut(&Event)) -> Found {
        let mut events: EventStream = self.engine.events();
        let mut told = Vec::new();
        self.runtime.block_on(async {
            let start = Instant::now();
            let waiting = async {
                while let Some(event) = events.next().await {
                    seen(&event);
                    match event {
                        Event::DiscoveryProgress { ticket: its, source, state } if its == ticket => {
                            told.push((source, state));
                        }
                        Event::Finished { ticket: its, outcome } if its == ticket => return outcome,
                        _ => {}
                    }
                }
                panic!("the engine ended");
            };
            let outcome = timeout(PATIENCE, waiting).await.expect("it is answered");
            let took = start.elapsed();
            // Nothing comes after the end.
            let later = timeout(Duration::from_secs(30), async {
                while let Some(event) = events.next().await {
                    let is_late =
                        matches!(event, Event::DiscoveryProgress { ticket: its, .. } if its == ticket);
                    assert!(!is_late, "{event:?} after the end");
                }
            });
            let _ = later.await;
            let outcome = outcome.map(|done| match done {
                Done::Discovered(discovery) => *discovery,
                other => panic!("finished with {other:?}"),
            });
            Found { outcome, told: std::mem::take(&mut told), took }
        })
    }

    /// Waits for the answer to a command.
    pub(crate) fn finished(&self, command: Command) -> Result<Done, Error> {
        let mut events = self.engine.events();
        let ticket = self.engine.submit(command);
        self.runtime.block_on(async {
            let waiting = async {
                while let Some(event) = events.next().await {
                    if let Event::Finished { ticket: its, outcome } = event
                        && its == ticket
                    {
                        return outcome;
                    }
                }
                panic!("the engine ended");
            };
            timeout(PATIENCE, waiting).await.expect("it is answered")
        })
    }
}

impl Drop for Device {
    fn drop(&mut self) {
        self.runtime.block_on(self.engine.end());
    }
}

impl World {
    fn note(&self, what: String) {
        self.asked.lock().unwrap().push(what);
    }
}

impl Road for Internet {
    fn go(&self, target: &Target) -> BoxFuture<'static, io::Result<Box<dyn Bytes>>> {
        let (world, target) = (Arc::clone(&self.0), target.clone());
        async move {
            world.note(format!("connect {}:{}", target.host, target.port));
            if *world.is_cut_off.lock().unwrap() {
                return Err(io::ErrorKind::NotFound.into());
            }
            if *world.is_unreachable.lock().unwrap() {
                return Err(io::ErrorKind::NetworkUnreachable.into());
            }
            let portal = world.portal.lock().unwrap().clone();
            let there = match portal {
                Some(acceptor) => Some((Server::Babble, acceptor)),
                None => world.servers.lock().unwrap().get(&(target.host.clone(), target.port)).cloned(),
            };
            let Some((server, acceptor)) = there else {
                let has_address = world.servers.lock().unwrap().keys().any(|(host, _)| *host == target.host);
                let kind =
                    if has_address { io::ErrorKind::ConnectionRefused } else { io::ErrorKind::NotFound };
                return Err(kind.into());
            };
            let (here, there) = duplex(64 << 10);
            let there = Tap::on(there, &world.wire);
            // A connection that fails is the client's to notice.
            tokio::spawn(async move { drop(attend(&server, there, &acceptor, &target.host, &world).await) });
            Ok(Box::new(here) as Box<dyn Bytes>)
        }
        .boxed()
    }

    fn dns(&self) -> Option<Arc<dyn Dns>> {
        Some(Arc::new(self.clone()))
    }
}

impl Dns for Internet {
    fn services(&self, name: &str) -> BoxFuture<'static, Result<Vec<Service>, NoRecord>> {
        self.0.note(format!("srv {name}"));
        let answer = match self.0.services.lock().unwrap().get(name) {
            _ if *self.0.is_cut_off.lock().unwrap() => Err(NoRecord::Unreached),
            Some(records) => Ok(records.clone()),
            None => Err(NoRecord::NoSuchName),
        };
        std::future::ready(answer).boxed()
    }

    fn exchanges(&self, domain: &str) -> BoxFuture<'static, Result<Vec<Exchange>, NoRecord>> {
        self.0.note(format!("mx {domain}"));
        let answer = match self.0.exchanges.lock().unwrap().get(domain) {
            _ if *self.0.is_cut_off.lock().unwrap() => Err(NoRecord::Unreached),
            Some(answer) => answer.clone(),
            None => Err(NoRecord::NoneOfThisKind),
        };
        std::future::ready(answer).boxed()
    }
}

type Lines<S> = BufReader<S>;

async fn line(stream: &mut (impl AsyncBufReadExt + Unpin)) -> io::Result<String> {
    let mut line = String::new();
    match stream.read_line(&mut line).await? {
        0 => Err(io::ErrorKind::UnexpectedEof.into()),
        _ => Ok(line.trim_end().to_owned()),
    }
}

/// One connection from its first byte to its end.
async fn attend(
    server: &Server,
    stream: Tap,
    acceptor: &TlsAcceptor,
    host: &str,
    world: &World,
) -> io::Result<()> {
    match server {
        Server::Silent => {
            let mut stream = stream;
            // For as long as the other end has patience.
            while stream.read(&mut [0; 1024]).await? > 0 {}
            Ok(())
        }
        Server::Babble => {
            let mut stream = acceptor.accept(stream).await?;
            stream.write_all(b"hello there\r\n").await?;
            stream.shutdown().await
        }
        Server::Model(model) => model.serve(acceptor.accept(stream).await?).await,
        Server::ModelSubmission(model) => model.submit(acceptor.accept(stream).await?).await,
        Server::Web(answer) => {
            let mut stream = BufReader::new(acceptor.accept(stream).await?);
            let request = line(&mut stream).await?;
            let mut fields = Vec::new();
            loop {
                match line(&mut stream).await? {
                    end if end.is_empty() => break,
                    field => fields.push(field.to_ascii_lowercase()),
                }
            }
            let length =
                fields.iter().find_map(|field| field.strip_prefix("content-length:")?.trim().parse().ok());
            let mut form = vec![0; length.unwrap_or(0)];
            stream.read_exact(&mut form).await?;
            world.fields.lock().unwrap().extend(fields);
            let path = request.split(' ').nth(1).unwrap_or_default();
            world.note(match form.is_empty() {
                true => format!("get {host}{path}"),
                false => format!("post {host}{path} {}", String::from_utf8_lossy(&form)),
            });
            let answer = answered(answer(path)).await;
            stream.write_all(&answer).await?;
            stream.shutdown().await
        }
        Server::Imap => {
            let stream = BufReader::new(acceptor.accept(stream).await?);
            imap(stream, host, world, b"* OK [CAPABILITY IMAP4rev1] ready\r\n").await.map(drop)
        }
        Server::ImapStartTls => {
            let stream = BufReader::new(stream);
            let Some(stream) = imap(stream, host, world, b"* OK ready\r\n").await? else { return Ok(()) };
            let stream = BufReader::new(acceptor.accept(stream.into_inner()).await?);
            imap(stream, host, world, b"").await.map(drop)
        }
        Server::Submission => {
            let stream = BufReader::new(acceptor.accept(stream).await?);
            submission(stream, host, world, b"220 ready\r\n").await.map(drop)
        }
        Server::SubmissionStartTls => {
            let stream = BufReader::new(stream);
            let Some(stream) = submission(stream, host, world, b"220 ready\r\n").await? else {
                return Ok(());
            };
            let stream = BufReader::new(acceptor.accept(stream.into_inner()).await?);
            submission(stream, host, world, b"").await.map(drop)
        }
    }
}

async fn answered(page: Page) -> Vec<u8> {
    let file =
        |body: &str| format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len()).into_bytes();
    match page {
        Page::File(body) => file(&body),
        Page::Picture(octets) => {
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", octets.len());
            [head.into_bytes(), octets].concat()
        }
        Page::Late(time, body) => {
            sleep(time).await;
            file(&body)
        }
        Page::Missing => b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n".to_vec(),
        Page::Elsewhere(location) => {
            format!("HTTP/1.1 301 Moved\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n").into_bytes()
        }
        Page::Endless => file(&"<!-- -->".repeat(1 << 20)),
    }
}

/// Until the other end leaves; gives the stream back where it wants TLS.
async fn imap<S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin>(
    mut stream: Lines<S>,
    host: &str,
    world: &World,
    greeting: &[u8],
) -> io::Result<Option<Lines<S>>> {
    stream.write_all(greeting).await?;
    stream.flush().await?;
    loop {
        let said = line(&mut stream).await?;
        world.note(format!("imap {host} {said}"));
        let (tag, command) = said.split_once(' ').unwrap_or_default();
        match command {
            "CAPABILITY" => {
                stream
                    .write_all(format!("* CAPABILITY IMAP4rev1 STARTTLS\r\n{tag} OK\r\n").as_bytes())
                    .await?;
            }
            "STARTTLS" => {
                stream.write_all(format!("{tag} OK begin\r\n").as_bytes()).await?;
                stream.flush().await?;
                return Ok(Some(stream));
            }
            _ => return Ok(None),
        }
        stream.flush().await?;
    }
}

async fn submission<S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin>(
    mut stream: Lines<S>,
    host: &str,
    world: &World,
    greeting: &[u8],
) -> io::Result<Option<Lines<S>>> {
    stream.write_all(greeting).await?;
    stream.flush().await?;
    loop {
        let said = line(&mut stream).await?;
        world.note(format!("smtp {host} {said}"));
        match said.split(' ').next().unwrap_or_default() {
            "EHLO" => stream.write_all(b"250-here\r\n250-STARTTLS\r\n250 AUTH PLAIN\r\n").await?,
            "STARTTLS" => {
                stream.write_all(b"220 begin\r\n").await?;
                stream.flush().await?;
                return Ok(Some(stream));
            }
            _ => return Ok(None),
        }
        stream.flush().await?;
    }
}
