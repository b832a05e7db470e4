//! The bytes of a submission.
//!
//! Commands and replies take turns. A reply too many is never taken for the answer to what is said next: it would be believed
//! of a mail that the server refuses.

use futures_util::FutureExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::reply::{Heard, Reply};
use crate::error::{Error, ErrorKind};
use crate::net::Link;

pub(super) struct Wire {
    link: Link,
    heard: Heard,
}

impl Wire {
    pub(super) fn new(link: Link) -> Self {
        Self { link, heard: Heard::default() }
    }

    pub(super) async fn say(&mut self, octets: &[u8]) -> Result<(), Error> {
        let written = async {
            self.link.write_all(octets).await?;
            self.link.flush().await
        };
        written.await.map_err(|error| Error::new(ErrorKind::Offline).because(error))
    }

    /// The next reply.
    pub(super) async fn reply(&mut self) -> Result<Reply, Error> {
        loop {
            if let Some(reply) = self.heard.take()? {
                return Ok(reply);
            }
            let mut piece = [0; 2048];
            let read = self.link.read(&mut piece).await;
            match read.map_err(|error| Error::new(ErrorKind::Offline).because(error))? {
                0 => return Err(Error::note(ErrorKind::Offline, "the server hung up")),
                count => self.heard.add(piece.get(..count).unwrap_or_default()),
            }
        }
    }

    /// A reply was heard that nothing was said for.
    pub(super) fn has_more(&self) -> bool {
        !self.heard.is_empty()
    }

    /// The same, or the connection has ended: as far as is known without waiting.
    pub(super) fn has_spoken(&mut self) -> bool {
        self.has_more() || self.link.read(&mut [0]).now_or_never().is_some()
    }
}
