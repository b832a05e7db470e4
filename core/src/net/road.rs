//! What carries the bytes under TLS: this machine's sockets, or what a simulation has in their place.

use std::io;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use tokio::io::{AsyncRead, AsyncWrite};

use super::Target;
use super::dns::Dns;

/// A way to a server other than this machine's sockets. It carries TLS like any other: the server still has to prove
/// who it is, and nothing is said before it has.
pub trait Road: Send + Sync {
    /// A new connection to there. An error of the kind `NotFound` is a name without an address.
    fn go(&self, target: &Target) -> BoxFuture<'static, io::Result<Box<dyn Bytes>>>;

    /// Who is asked what DNS says, along this road; `None`: nobody can be.
    fn dns(&self) -> Option<Arc<dyn Dns>> {
        None
    }
}

/// Bytes to and from a server.
pub trait Bytes: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Bytes for T {}
