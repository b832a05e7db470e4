//! The model servers in the small internet: one that signs people in and has mailboxes, and the one beside it that sends.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream, ReadBuf};
use waxwing_demo::model::{Connection, Dialect, Fault, Mailstore, Rule, Verb};
use waxwing_demo::submission::{Outbox, Talk};

/// Clones are the same.
#[derive(Clone)]
pub(crate) struct Model {
    store: Arc<Mutex<Mailstore>>,
    outbox: Arc<Mutex<Outbox>>,
    dialect: Dialect,
}

impl Model {
    /// One that knows that person.
    pub(crate) fn knowing(user: &str, password: &str) -> Self {
        let mut store = Mailstore::new();
        store.set_password(user, password);
        store.add_mailbox(user, "Archive", Some("\\Archive"));
        Self { store: Arc::new(Mutex::new(store)), outbox: Arc::default(), dialect: Dialect::full() }
    }

    /// The same that offers something else.
    pub(crate) fn offering(self, change: impl FnOnce(&mut Dialect)) -> Self {
        let mut dialect = self.dialect;
        change(&mut dialect);
        Self { dialect, ..self }
    }

    /// The same that refuses its first sign-in so many times, with that response code and in these words.
    pub(crate) fn refusing(self, times: u32, code: &str, text: &str) -> Self {
        let fault = Fault::Refuse { code: code.to_owned(), text: text.to_owned() };
        self.store.lock().unwrap().faults.add(Rule { times, ..Rule::once(Verb::Authenticate, fault) });
        self
    }

    /// How often somebody tried to sign in to read, and to send.
    pub(crate) fn sign_ins(&self) -> (usize, usize) {
        let store = self.store.lock().unwrap();
        let of = |verb| store.journal.lines_of(verb).count();
        (of(Verb::Login) + of(Verb::Authenticate), self.outbox.lock().unwrap().count("AUTH"))
    }

    /// Looks at what was sent, or says what goes wrong.
    pub(crate) fn with_outbox<T>(&self, act: impl FnOnce(&mut Outbox) -> T) -> T {
        act(&mut self.outbox.lock().unwrap())
    }

    /// One connection that reads, until it ends.
    pub(crate) async fn serve(&self, mut stream: impl AsyncRead + AsyncWrite + Unpin) -> io::Result<()> {
        let mut connection = Connection::open(&mut self.store.lock().unwrap(), self.dialect.clone(), 0);
        let mut buffer = vec![0; 16 << 10];
        loop {
            loop {
                let piece = connection.take_output();
                if piece.is_empty() {
                    break;
                }
                stream.write_all(&piece).await?;
            }
            stream.flush().await?;
            if connection.is_closed() {
                return stream.shutdown().await;
            }
            match stream.read(&mut buffer).await? {
                0 => return Ok(()),
                count => connection.feed(&mut self.store.lock().unwrap(), &buffer[..count], 0),
            }
        }
    }

    /// One connection that sends, until it ends.
    pub(crate) async fn submit(&self, mut stream: impl AsyncRead + AsyncWrite + Unpin) -> io::Result<()> {
        let mut talk = Talk::open(&mut self.outbox.lock().unwrap(), true);
        let mut buffer = vec![0; 16 << 10];
        loop {
            stream.write_all(&talk.take_output()).await?;
            stream.flush().await?;
            if talk.is_closed() {
                return stream.shutdown().await;
            }
            match stream.read(&mut buffer).await? {
                0 => return Ok(()),
                count => {
                    let (mut outbox, mut store) = (self.outbox.lock().unwrap(), self.store.lock().unwrap());
                    talk.feed(&buffer[..count], &mut outbox, &mut store, 0);
                }
            }
        }
    }
}

/// What goes over all wires.
#[derive(Clone, Default)]
pub(crate) struct Wire(Arc<Mutex<Vec<u8>>>);

impl Wire {
    pub(crate) fn octets(&self) -> Vec<u8> {
        self.0.lock().unwrap().clone()
    }
}

/// A server's end of a connection, of which all that comes is written down before it is read.
pub(crate) struct Tap {
    stream: DuplexStream,
    wire: Wire,
}

impl Tap {
    pub(crate) fn on(stream: DuplexStream, wire: &Wire) -> Self {
        Self { stream, wire: wire.clone() }
    }
}

impl AsyncRead for Tap {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = into.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(cx, into);
        self.wire.0.lock().unwrap().extend_from_slice(&into.filled()[before..]);
        read
    }
}

impl AsyncWrite for Tap {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, from: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, from)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
