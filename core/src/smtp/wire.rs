//! The bytes of a submission, shared by lettre, which reads replies and writes commands, and by us, who write the rest.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use lettre::transport::smtp::client::AsyncTokioStream;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::net::Link;

/// A reply that is longer than this is none, in octets: lettre looks at its length only when a line has ended.
const REPLY: usize = 16 << 10;

/// Clones are the same connection.
#[derive(Clone)]
pub(super) struct Wire(Arc<Mutex<Shared>>);

struct Shared {
    link: Link,
    /// What is heard before anything the server says: after STARTTLS a server doesn't greet again, and lettre waits for that.
    first: &'static [u8],
    /// Octets that came since something was last written.
    heard: usize,
}

impl Wire {
    /// On a link where the server is about to greet.
    pub(super) fn new(link: Link) -> Self {
        Self::with(link, b"")
    }

    /// On a link where it has greeted already, in the clear.
    pub(super) fn greeted(link: Link) -> Self {
        Self::with(link, b"220 \r\n")
    }

    fn with(link: Link, first: &'static [u8]) -> Self {
        Self(Arc::new(Mutex::new(Shared { link, first, heard: 0 })))
    }

    fn shared(&self) -> MutexGuard<'_, Shared> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let mut shared = self.shared();
        if !shared.first.is_empty() {
            let (now, later) = shared.first.split_at(shared.first.len().min(buffer.remaining()));
            buffer.put_slice(now);
            shared.first = later;
            return Poll::Ready(Ok(()));
        }
        let before = buffer.filled().len();
        let read = Pin::new(&mut shared.link).poll_read(context, buffer);
        if let Poll::Ready(Ok(())) = read {
            let new = buffer.filled_mut().get_mut(before..).unwrap_or_default();
            // Servers say things in their own alphabets. A reply is its number: it must not be lost for that.
            new.iter_mut().filter(|octet| !octet.is_ascii()).for_each(|octet| *octet = b'?');
            shared.heard = shared.heard.saturating_add(new.len());
            if shared.heard > REPLY {
                return Poll::Ready(Err(io::Error::new(io::ErrorKind::InvalidData, "the reply has no end")));
            }
        }
        read
    }
}

impl AsyncWrite for Wire {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let mut shared = self.shared();
        shared.heard = 0;
        Pin::new(&mut shared.link).poll_write(context, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.shared().link).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.shared().link).poll_shutdown(context)
    }
}

impl AsyncTokioStream for Wire {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Wire")
    }
}
