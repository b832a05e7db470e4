//! A TCP relay on loopback that counts, delays, limits and cuts: a slow or broken network where the kernel has none.
//!
//! It passes bytes on and understands none of them. A rate is that of a whole direction, whatever the number of
//! connections, as on a real link; a delay is added to it; a cut is made in each connection.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// What one direction does to the bytes that pass.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Way {
    /// Bits per second, but for a few milliseconds' worth; as fast as it goes if there is none.
    pub rate: Option<u64>,
    /// From the moment bytes have been sent until they arrive.
    pub delay: Duration,
    /// After that many bytes of a connection both ends of it are closed.
    pub cut_after: Option<u64>,
}

/// Bytes that were passed on so far, by all connections.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Passed {
    pub to_server: u64,
    pub to_client: u64,
}

impl Passed {
    /// Both directions.
    pub fn total(self) -> u64 {
        self.to_server + self.to_client
    }
}

/// A running relay. Dropping it ends all its connections.
pub struct Relay {
    port: u16,
    shared: Arc<Shared>,
    listener: Option<JoinHandle<()>>,
}

struct Shared {
    target: u16,
    to_server: Direction,
    to_client: Direction,
    ended: AtomicBool,
    /// Both ends of each connection.
    sockets: Mutex<Vec<TcpStream>>,
    /// How many connections there were.
    connections: AtomicU64,
}

struct Direction {
    way: Way,
    passed: AtomicU64,
    /// When the link has sent all that it was given.
    free_at: Mutex<Instant>,
}

/// Bytes, and when they arrive.
type Parcel = (Instant, Vec<u8>);

/// At a time from a socket; a small part of a second even on a slow link.
const PIECE: usize = 16 << 10;
/// What a link may make up for that was late to be used: clocks wake late, and a real link doesn't wait for them.
const CREDIT: Duration = Duration::from_millis(5);
/// Parcels under way in one direction of one connection: 4 MB, what a delayed fast link may hold.
const UNDER_WAY: usize = 256;

impl Relay {
    /// A relay to a port of this machine that only counts.
    pub fn start(target: u16) -> Self {
        Self::with(target, Way::default(), Way::default())
    }

    /// One whose directions are as told.
    pub fn with(target: u16, to_server: Way, to_client: Way) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let port = listener.local_addr().expect("its own address").port();
        let shared = Arc::new(Shared {
            target,
            to_server: Direction::new(to_server),
            to_client: Direction::new(to_client),
            ended: AtomicBool::new(false),
            sockets: Mutex::default(),
            connections: AtomicU64::new(0),
        });
        let of_listener = Arc::clone(&shared);
        let listener = std::thread::spawn(move || of_listener.accept(&listener));
        Self { port, shared, listener: Some(listener) }
    }

    /// Where it listens.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// What passed so far.
    pub fn passed(&self) -> Passed {
        let of = |direction: &Direction| direction.passed.load(Ordering::SeqCst);
        Passed { to_server: of(&self.shared.to_server), to_client: of(&self.shared.to_client) }
    }

    /// How many connections were made so far.
    pub fn connections(&self) -> u64 {
        self.shared.connections.load(Ordering::SeqCst)
    }

    /// Ends every connection there is; new ones are taken.
    pub fn cut(&self) {
        self.shared.close_all();
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.shared.ended.store(true, Ordering::SeqCst);
        // Who waits for a connection gets one and sees that it is over.
        let _ = TcpStream::connect(("127.0.0.1", self.port));
        if let Some(listener) = self.listener.take() {
            let _ = listener.join();
        }
        self.shared.close_all();
    }
}

impl Shared {
    fn accept(self: &Arc<Self>, listener: &TcpListener) {
        for client in listener.incoming() {
            if self.ended.load(Ordering::SeqCst) {
                return;
            }
            let Ok(client) = client else { continue };
            // A server that isn't there is seen as a connection that ends at once.
            let Ok(server) = TcpStream::connect(("127.0.0.1", self.target)) else { continue };
            self.connections.fetch_add(1, Ordering::SeqCst);
            let _ = (client.set_nodelay(true), server.set_nodelay(true));
            let twin = |socket: &TcpStream| socket.try_clone().expect("a descriptor");
            {
                let mut sockets = self.sockets.lock().unwrap_or_else(PoisonError::into_inner);
                sockets.extend([twin(&client), twin(&server)]);
            }
            self.carry(twin(&client), twin(&server), |shared| &shared.to_server);
            self.carry(server, client, |shared| &shared.to_client);
        }
    }

    /// Two threads for a direction of a connection: one takes bytes as fast as the link does, one hands them over when
    /// they arrive.
    fn carry(
        self: &Arc<Self>,
        from: TcpStream,
        to: TcpStream,
        which: impl Fn(&Self) -> &Direction + Send + Copy + 'static,
    ) {
        let (sender, parcels) = sync_channel(UNDER_WAY);
        let shared = Arc::clone(self);
        std::thread::spawn(move || which(&shared).take(from, &sender));
        let shared = Arc::clone(self);
        std::thread::spawn(move || which(&shared).hand_over(&parcels, to));
    }

    fn close_all(&self) {
        for socket in self.sockets.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
            // It may have ended by itself.
            let _ = socket.shutdown(Shutdown::Both);
        }
    }
}

impl Direction {
    fn new(way: Way) -> Self {
        Self { way, passed: AtomicU64::new(0), free_at: Mutex::new(Instant::now()) }
    }

    fn take(&self, mut from: TcpStream, sender: &SyncSender<Parcel>) {
        let mut buffer = vec![0; PIECE];
        loop {
            let Ok(count @ 1..) = from.read(&mut buffer) else { return };
            let sent = self.sent_at(count);
            std::thread::sleep(sent.saturating_duration_since(Instant::now()));
            if sender.send((sent + self.way.delay, buffer[..count].to_vec())).is_err() {
                // Nobody hands over any more: the other end is gone.
                let _ = from.shutdown(Shutdown::Both);
                return;
            }
        }
    }

    /// When the link has sent that many more bytes, after all it was given before.
    fn sent_at(&self, count: usize) -> Instant {
        let now = Instant::now();
        let Some(rate) = self.way.rate else { return now };
        let mut free_at = self.free_at.lock().unwrap_or_else(PoisonError::into_inner);
        let needs = Duration::from_secs_f64(count as f64 * 8.0 / rate as f64);
        *free_at = (*free_at).max(now.checked_sub(CREDIT).unwrap_or(now)) + needs;
        *free_at
    }

    fn hand_over(&self, parcels: &Receiver<Parcel>, mut to: TcpStream) {
        let mut left = self.way.cut_after.unwrap_or(u64::MAX);
        while let Ok((arrives, bytes)) = parcels.recv() {
            std::thread::sleep(arrives.saturating_duration_since(Instant::now()));
            let count = bytes.len().min(usize::try_from(left).unwrap_or(usize::MAX));
            // Counted first: who has got them finds them counted.
            self.passed.fetch_add(count as u64, Ordering::SeqCst);
            if to.write_all(&bytes[..count]).is_err() {
                return;
            }
            left -= count as u64;
            if left == 0 {
                let _ = to.shutdown(Shutdown::Both);
                return;
            }
        }
        // The sender has nothing more to say; the other direction may.
        let _ = to.shutdown(Shutdown::Write);
    }
}
