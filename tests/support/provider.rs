//! A provider's sign-in in the browser (OAuth 2), as far as a mail program sees it: the page where a person agrees, and where
//! tokens are had, over TLS on loopback. It checks what a provider has to check.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rustls::{ServerConnection, StreamOwned};
use sha2::{Digest as _, Sha256};
use url::Url;
use waxwing_core::model::{BrowserWay, OAuthClient, OAuthEndpoints};

use crate::authority::Authority;

/// The program that may ask.
pub const CLIENT: &str = "waxwing-tests";
const SCOPE: &str = "mail";

type Tell = Box<dyn Fn(&str) + Send>;
type Make = Box<dyn Fn(usize, u32) -> String + Send>;

/// What the provider knows.
#[derive(Default)]
pub struct Known {
    /// Codes that were given out: the challenge and where the browser went.
    codes: BTreeMap<String, (String, String)>,
    /// What access is renewed by.
    refresh: Vec<String>,
    /// Whether the code of a device was typed.
    pub typed: bool,
    issued: usize,
    /// What leave is asked for.
    scope: String,
    /// How long an access token lives, in seconds.
    pub lives: u32,
    /// Whoever agrees is somebody else from now on: of their tokens nobody is told.
    pub is_another: bool,
    /// What it said no to, and why.
    pub refused: Vec<String>,
    /// How often a token was asked for, by kind of question.
    pub asked: BTreeMap<String, usize>,
    /// Called with each access token that it gives out.
    told: Option<Tell>,
    /// What the access token is, of that number, which lives so many seconds.
    make: Option<Make>,
}

/// It runs until it is dropped.
pub struct Provider {
    port: u16,
    authority: Vec<u8>,
    known: Arc<Mutex<Known>>,
    ended: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Provider {
    /// Starts one whose access tokens are made in that way: from their number, and how many seconds they live.
    pub fn making(make: impl Fn(usize, u32) -> String + Send + 'static) -> Self {
        let provider = Self::start(|_| {});
        provider.with(|known| known.make = Some(Box::new(make)));
        provider
    }

    /// Starts one that tells of each access token that it gives out.
    pub fn start(told: impl Fn(&str) + Send + 'static) -> Self {
        let authority = Authority::named("Waxwing test provider");
        Self::of(&authority, &["localhost"], SCOPE, told)
    }

    /// Starts one of those names, which an authority vouches for, and where leave is asked for that.
    pub fn of(
        authority: &Authority,
        names: &[&str],
        scope: &str,
        told: impl Fn(&str) + Send + 'static,
    ) -> Self {
        let config = authority.leaf(names).server_config();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let known =
            Known { lives: 3600, scope: scope.to_owned(), told: Some(Box::new(told)), ..Known::default() };
        let (known, ended) = (Arc::new(Mutex::new(known)), Arc::new(AtomicBool::new(false)));
        let (shared, end) = (Arc::clone(&known), Arc::clone(&ended));
        let thread = std::thread::spawn(move || {
            while let Ok((socket, _)) = listener.accept() {
                if end.load(Ordering::SeqCst) {
                    return;
                }
                let connection = ServerConnection::new(Arc::clone(&config)).expect("a configuration");
                let _ = socket.set_read_timeout(Some(Duration::from_secs(10)));
                let _ = serve(StreamOwned::new(connection, socket), &shared);
            }
        });
        Self { port, authority: authority.root(), known, ended, thread: Some(thread) }
    }

    /// Where it listens.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The authority behind its certificate, DER.
    pub fn authority(&self) -> Vec<u8> {
        self.authority.clone()
    }

    /// Where it is, for a program that comes back in this way.
    pub fn client(&self, way: BrowserWay) -> OAuthClient {
        let at = |path: &str| format!("https://localhost:{}/{path}", self.port);
        let endpoints = OAuthEndpoints {
            issuer: "localhost".into(),
            authorize: at("authorize"),
            token: at("token"),
            device: Some(at("device")),
            scopes: vec![SCOPE.into()],
        };
        OAuthClient { endpoints: Some(endpoints), id: CLIENT.into(), secret: None, way }
    }

    /// Looks at what it knows, or changes it.
    pub fn with<T>(&self, act: impl FnOnce(&mut Known) -> T) -> T {
        act(&mut self.known.lock().unwrap())
    }

    /// Nothing that was agreed to holds any more.
    pub fn withdraw(&self) {
        self.with(|known| known.refresh.clear());
    }

    /// What a person's browser is sent back to who agrees on the page at `open`.
    pub fn agree(&self, open: &str) -> String {
        let asked = Url::parse(open).expect("an address");
        assert_eq!(asked.scheme(), "https");
        let value = |name: &str| {
            let found = asked.query_pairs().find(|(key, _)| key == name);
            found.map(|(_, value)| value.into_owned()).unwrap_or_default()
        };
        assert_eq!((value("response_type").as_str(), value("client_id").as_str()), ("code", CLIENT));
        let scope = self.with(|known| known.scope.clone());
        assert_eq!((value("scope"), value("code_challenge_method").as_str()), (scope, "S256"));
        let code = self.with(|known| {
            known.issued += 1;
            let code = format!("code-{}", known.issued);
            known.codes.insert(code.clone(), (value("code_challenge"), value("redirect_uri")));
            code
        });
        let mut back = Url::parse(&value("redirect_uri")).expect("an address");
        back.query_pairs_mut().append_pair("code", &code).append_pair("state", &value("state"));
        back.into()
    }

    /// The same who refuses.
    pub fn refuse(&self, open: &str) -> String {
        let asked = Url::parse(open).expect("an address");
        let value = |name: &str| asked.query_pairs().find(|(key, _)| key == name).expect("it").1.into_owned();
        let mut back = Url::parse(&value("redirect_uri")).expect("an address");
        back.query_pairs_mut().append_pair("error", "access_denied").append_pair("state", &value("state"));
        back.into()
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// A person's browser goes to an address of this device: the status and the page it gets.
pub fn visit(address: &str) -> (u16, String) {
    let address = Url::parse(address).expect("an address");
    let port = address.port().expect("a port");
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).expect("somebody listens");
    let query = address.query().map_or(String::new(), |query| format!("?{query}"));
    let request = format!("GET {}{query} HTTP/1.1\r\nHost: localhost\r\n\r\n", address.path());
    stream.write_all(request.as_bytes()).expect("it is taken");
    let _ = stream.set_read_timeout(Some(Duration::from_secs(60)));
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok());
    (status.expect("a status"), answer)
}

/// Head and body of a request of the web, once the body is as long as the head says.
pub fn whole_request(got: &[u8]) -> Option<(String, String)> {
    let text = String::from_utf8_lossy(got);
    let (head, body) = text.split_once("\r\n\r\n")?;
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
    });
    (body.len() >= length.unwrap_or(0)).then(|| (head.to_owned(), body.to_owned()))
}

fn serve(mut stream: StreamOwned<ServerConnection, TcpStream>, known: &Mutex<Known>) -> std::io::Result<()> {
    let mut got = Vec::new();
    let mut piece = [0; 4096];
    let (path, body) = loop {
        if let Some((head, body)) = whole_request(&got) {
            let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
            break (path, body);
        }
        match stream.read(&mut piece)? {
            0 => return Ok(()),
            count => got.extend_from_slice(&piece[..count]),
        }
    };
    let fields: BTreeMap<String, String> =
        url::form_urlencoded::parse(body.as_bytes()).into_owned().collect();
    let answered = answer(&path, &fields, &mut known.lock().unwrap());
    let (status, json) = match answered {
        Ok(json) => ("200 OK", json),
        Err(code) => ("400 Bad Request", format!("{{\"error\":\"{code}\"}}")),
    };
    let length = json.len();
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes())?;
    stream.write_all(json.as_bytes())?;
    stream.conn.send_close_notify();
    stream.flush()
}

fn answer(path: &str, fields: &BTreeMap<String, String>, known: &mut Known) -> Result<String, String> {
    let value = |name: &str| fields.get(name).map(String::as_str).unwrap_or_default();
    let mut no = |why: &str, code: &str| {
        known.refused.push(why.to_owned());
        Err(code.to_owned())
    };
    if value("client_id") != CLIENT {
        return no("another program", "invalid_client");
    }
    if path == "/device" {
        return Ok(
            "{\"device_code\":\"device\",\"user_code\":\"WXYZ-1234\",\"interval\":1,\"expires_in\":600,\
                   \"verification_uri\":\"https://localhost/type\"}"
                .into(),
        );
    }
    *known.asked.entry(value("grant_type").to_owned()).or_default() += 1;
    match value("grant_type") {
        "authorization_code" => {
            let Some((challenge, redirect)) = known.codes.remove(value("code")) else {
                return no("a code that isn't one, or was used", "invalid_grant");
            };
            let proof = URL_SAFE_NO_PAD.encode(Sha256::digest(value("code_verifier").as_bytes()));
            if proof != challenge {
                return no("who asks isn't who began", "invalid_grant");
            }
            if redirect != value("redirect_uri") {
                return no("another way back", "invalid_grant");
            }
        }
        "refresh_token" => {
            let Some(place) = known.refresh.iter().position(|token| token == value("refresh_token")) else {
                return no("nothing that holds", "invalid_grant");
            };
            // Each is good for once.
            known.refresh.remove(place);
        }
        "urn:ietf:params:oauth:grant-type:device_code" if !known.typed => {
            return Err("authorization_pending".into());
        }
        "urn:ietf:params:oauth:grant-type:device_code" if value("device_code") == "device" => {}
        _ => return no("an unknown question", "unsupported_grant_type"),
    }
    known.issued += 1;
    let (number, lives) = (known.issued, known.lives);
    let access = known.make.as_ref().map_or_else(|| format!("access-{number}"), |make| make(number, lives));
    let refresh = format!("refresh-{number}");
    if let Some(told) = known.told.as_ref().filter(|_| !known.is_another) {
        told(&access);
    }
    known.refresh.push(refresh.clone());
    Ok(format!(
        "{{\"access_token\":\"{access}\",\"token_type\":\"Bearer\",\"expires_in\":{lives},\"refresh_token\":\"{refresh}\"}}"
    ))
}
