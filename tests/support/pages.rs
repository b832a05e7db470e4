//! Web sites that hold files: one server of https on loopback for all their names.

use std::collections::HashMap;
use std::io::{self, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::provider::whole_request;

/// They are there until it is dropped.
pub struct Pages {
    port: u16,
    asked: Arc<Mutex<Vec<String>>>,
    ended: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Pages {
    /// Begins to serve files, by host with path; whatever else is asked for isn't there.
    pub fn serve(config: Arc<ServerConfig>, files: HashMap<String, String>) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let (asked, ended) = (Arc::<Mutex<Vec<String>>>::default(), Arc::new(AtomicBool::new(false)));
        let (heard, end, files) = (Arc::clone(&asked), Arc::clone(&ended), Arc::new(files));
        let thread = std::thread::spawn(move || {
            while let Ok((socket, _)) = listener.accept() {
                if end.load(Ordering::SeqCst) {
                    return;
                }
                let connection = ServerConnection::new(Arc::clone(&config)).expect("a configuration");
                let (heard, files) = (Arc::clone(&heard), Arc::clone(&files));
                // One that asks for nothing holds up nobody else.
                std::thread::spawn(move || {
                    let _ = socket.set_read_timeout(Some(Duration::from_secs(10)));
                    drop(answer(StreamOwned::new(connection, socket), &files, &heard));
                });
            }
        });
        Self { port, asked, ended, thread: Some(thread) }
    }

    /// The port of all the sites.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// What was asked for so far: host with path and query.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("no test thread died here").clone()
    }
}

impl Drop for Pages {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn answer(
    mut stream: StreamOwned<ServerConnection, TcpStream>,
    files: &HashMap<String, String>,
    heard: &Mutex<Vec<String>>,
) -> io::Result<()> {
    let mut got = Vec::new();
    let mut piece = [0; 4096];
    let head = loop {
        if let Some((head, _)) = whole_request(&got) {
            break head;
        }
        match stream.read(&mut piece)? {
            0 => return Ok(()),
            count => got.extend_from_slice(&piece[..count]),
        }
    };
    let host = head
        .lines()
        .find_map(|line| line.split_once(':').filter(|(name, _)| name.eq_ignore_ascii_case("host")));
    let host = host.map(|(_, host)| host.trim()).unwrap_or_default();
    let wanted = format!("{host}{}", head.split(' ').nth(1).unwrap_or_default());
    let file = files.get(wanted.split('?').next().unwrap_or_default());
    heard.lock().expect("no test thread died here").push(wanted.clone());
    let (status, body) = file.map_or(("404 Not Found", ""), |body| ("200 OK", body));
    let length = body.len();
    write!(stream, "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}")?;
    stream.conn.send_close_notify();
    stream.flush()
}
