//! A port of this device that a browser comes back to (RFC 8252 section 7.3): open for one sign-in, for this device alone.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};
use zeroize::Zeroizing;

use crate::error::{Error, ErrorKind};

/// The longest request that is read.
const MOST: usize = 16 << 10;
/// Octets of it that are read at once.
const PIECE: usize = 2048;
/// Connections at a time: browsers open some that they don't use.
const CONNECTIONS: usize = 16;
/// For one of them.
const PATIENCE: Duration = Duration::from_secs(10);

/// After an error before the next one is let in.
const AGAIN: Duration = Duration::from_millis(50);

/// The open port.
pub struct Loopback {
    port: u16,
    visits: Receiver<Visit>,
    listening: JoinHandle<()>,
}

/// A browser that came.
pub struct Visit {
    stream: TcpStream,
    /// What it asks for: a path and a query, with a code in it.
    target: Zeroizing<String>,
}

impl Loopback {
    /// Opens one.
    ///
    /// Errors: `Bug` where this device has no port left.
    pub async fn open() -> Result<Self, Error> {
        let failed = |error: io::Error| Error::new(ErrorKind::Bug).because(error);
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.map_err(failed)?;
        let port = listener.local_addr().map_err(failed)?.port();
        let (sender, visits) = channel(1);
        let listener = Arc::new(listener);
        let accept = move || {
            let listener = Arc::clone(&listener);
            async move { listener.accept().await.map(|(stream, _)| stream) }
        };
        let listening = tokio::spawn(listen(accept, sender));
        Ok(Self { port, visits, listening })
    }

    /// Its port.
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// The next browser that asks for something.
    pub async fn next(&mut self) -> Option<Visit> {
        self.visits.recv().await
    }
}

impl Drop for Loopback {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

impl Visit {
    /// What it asks for: a path and a query.
    pub fn target(&self) -> &str {
        &self.target
    }

    /// Shows a page with a heading and a line of text, both plain.
    pub async fn answer(mut self, is_well: bool, heading: &str, text: &str) {
        let status = if is_well { "200 OK" } else { "400 Bad Request" };
        let page = format!(
            "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>{heading}</title>\
             <body style=\"font-family:sans-serif;max-width:30em;margin:15vh auto\"><h1>{heading}</h1><p>{text}</p>"
        );
        let head = format!(
            "HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\n\
             Cache-Control: no-store\r\nReferrer-Policy: no-referrer\r\n\
             Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'\r\nConnection: close\r\n\r\n",
            page.len()
        );
        let _ = timeout(PATIENCE, async {
            self.stream.write_all(head.as_bytes()).await?;
            self.stream.write_all(page.as_bytes()).await?;
            self.stream.shutdown().await
        })
        .await;
    }
}

/// Until nobody wants any more visits: a connection that was reset before it was taken, or no room for one more just now, passes.
async fn listen<F>(mut accept: impl FnMut() -> F, visits: Sender<Visit>)
where
    F: Future<Output = io::Result<TcpStream>>,
{
    let free = Arc::new(Semaphore::new(CONNECTIONS));
    // Dropped with this, and with it every connection that waits.
    let mut open = tokio::task::JoinSet::new();
    while let Ok(permit) = Arc::clone(&free).acquire_owned().await {
        while open.try_join_next().is_some() {}
        let stream = loop {
            match accept().await {
                Ok(stream) => break stream,
                Err(error) => {
                    tracing::debug!(%error, "a browser could not be let in");
                    sleep(AGAIN).await;
                }
            }
        };
        let visits = visits.clone();
        open.spawn(async move {
            let _permit = permit;
            if let Ok(Ok(Some(visit))) = timeout(PATIENCE, read(stream)).await {
                let _ = visits.send(visit).await;
            }
        });
    }
}

/// Reads a request as far as its head; nothing of it but its first line is looked at.
async fn read(mut stream: TcpStream) -> io::Result<Option<Visit>> {
    let mut head = Zeroizing::new(Vec::with_capacity(MOST + PIECE));
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        if head.len() >= MOST {
            return Ok(None);
        }
        let mut piece = Zeroizing::new([0; PIECE]);
        let read = stream.read(&mut *piece).await?;
        if read == 0 {
            return Ok(None);
        }
        head.extend_from_slice(piece.get(..read).unwrap_or_default());
    }
    let line = head.split(|byte| *byte == b'\r').next().unwrap_or_default();
    let mut words = line.split(|byte| *byte == b' ');
    let (Some(b"GET"), Some(target)) = (words.next(), words.next()) else { return Ok(None) };
    let target = Zeroizing::new(String::from_utf8_lossy(target).into_owned());
    Ok(target.starts_with('/').then_some(Visit { stream, target }))
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[tokio::test]
    async fn bug_a_passing_error_does_not_close_the_port_in_the_middle_of_a_sign_in() {
        let listener = Arc::new(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap());
        let address = listener.local_addr().unwrap();
        let asked = Arc::new(AtomicUsize::new(0));
        let accept = move || {
            let (listener, number) = (Arc::clone(&listener), asked.fetch_add(1, Ordering::SeqCst));
            async move {
                match number {
                    0 => Err(io::ErrorKind::ConnectionAborted.into()),
                    // Too many open files.
                    1 => Err(io::Error::from_raw_os_error(24)),
                    _ => listener.accept().await.map(|(stream, _)| stream),
                }
            }
        };
        let (sender, mut visits) = channel(1);
        let listening = tokio::spawn(listen(accept, sender));
        let mut browser = TcpStream::connect(address).await.unwrap();
        browser.write_all(b"GET /?code=x HTTP/1.1\r\n\r\n").await.unwrap();
        let visit = timeout(Duration::from_secs(60), visits.recv()).await.unwrap().unwrap();
        assert_eq!(visit.target(), "/?code=x");
        listening.abort();
    }
}
