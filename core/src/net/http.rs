//! HTTP/1.1 (RFC 9110, 9112) inside TLS, as little of it as setting up an account needs: ask for a document, hand in a form.
//!
//! Nothing is ever asked for in the clear, and no answer leads there. No cookies, no cache, no credentials of its own; what the
//! server learns is the address that is asked for. A connection serves one request.

use std::fmt;
use std::pin::pin;
use std::time::Duration;

use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::{Body as _, Bytes as Octets};
use hyper::client::conn::http1;
use hyper::header::{ACCEPT, CONTENT_TYPE, HOST, LOCATION, USER_AGENT};
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use tokio::time::{Instant, timeout_at};
use url::Url;
use zeroize::Zeroizing;

use super::{Link, Target, Trust, connect};
use crate::error::{Error, ErrorKind};

/// The longest document that is taken, in octets.
pub const MOST: usize = 256 << 10;
/// The same of a picture.
pub const MOST_OF_IMAGE: usize = 10 << 20;
/// An answer that holds tokens is shorter.
const TOKENS: u64 = 16 << 10;
/// The longest head of an answer, in octets.
const HEAD: usize = 64 << 10;
/// How often an answer may send us elsewhere.
const REDIRECTS: usize = 3;

/// An `https` address (RFC 9110 section 4.2.2) without a user name in it. There is no other kind.
///
/// It may hold a person's address: its `Debug` shows the host alone.
#[derive(Clone, PartialEq, Eq)]
pub struct Https(Url);

impl Https {
    /// Errors: `InvalidInput` when this is no address, or not one of `https`.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let url = Url::parse(text).map_err(|error| {
            Error::note(ErrorKind::InvalidInput, "this is no address of the web").because(error)
        })?;
        Self::of(url).ok_or_else(|| {
            Error::note(ErrorKind::InvalidInput, "this is no address of the web that is encrypted")
        })
    }

    fn of(url: Url) -> Option<Self> {
        let is_plain = url.username().is_empty() && url.password().is_none();
        (url.scheme() == "https" && url.host_str().is_some() && is_plain).then_some(Self(url))
    }

    /// The same with one more pair in its query, encoded as forms are.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.0.query_pairs_mut().append_pair(name, value);
        self
    }

    /// The host's name, in its ASCII form, or an address literal.
    pub fn host(&self) -> &str {
        self.0.host_str().unwrap_or_default()
    }

    /// The address as text.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    fn target(&self) -> Target {
        Target { host: self.host().to_owned(), port: self.0.port_or_known_default().unwrap_or(443) }
    }

    /// Where an answer sends us (RFC 9110 section 10.2.2), which may be written relative to here.
    fn elsewhere(&self, location: &str) -> Option<Self> {
        Self::of(self.0.join(location).ok()?)
    }
}

impl fmt::Debug for Https {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Https({})", self.host())
    }
}

/// An answer. Its body may be a secret: zeroed when dropped.
pub struct Reply {
    /// The status code (RFC 9110 section 15).
    pub status: u16,
    /// What it says its body is, in lower case and without parameters; may be empty.
    pub content_type: String,
    /// At most `MOST` octets, of a picture `MOST_OF_IMAGE`.
    pub body: Zeroizing<Vec<u8>>,
}

/// Asks for a document. An answer that sends us elsewhere is followed three times, and only to `https`.
///
/// Any other status is an answer: it is the caller's to judge.
///
/// Errors: those of `connect`; `TlsFailed` when it sends us to where nothing is encrypted; `LimitExceeded` (too long a document,
/// or sent on too often); `ProtocolBroken` (this is no HTTP); `Offline` (hung up); `TimedOut` when all of it took longer than
/// `deadline`.
pub async fn get(address: &Https, trust: &Trust, deadline: Duration) -> Result<Reply, Error> {
    get_up_to(address, ("*/*", MOST), trust, deadline).await
}

/// The same for a picture.
///
/// Errors: those of `get`.
pub async fn get_image(address: &Https, trust: &Trust, deadline: Duration) -> Result<Reply, Error> {
    get_up_to(address, ("image/webp,image/png,image/jpeg,image/gif", MOST_OF_IMAGE), trust, deadline).await
}

async fn get_up_to(
    address: &Https,
    (accept, most): (&'static str, usize),
    trust: &Trust,
    deadline: Duration,
) -> Result<Reply, Error> {
    let until = Instant::now() + deadline;
    let mut address = address.clone();
    for _ in 0..=REDIRECTS {
        let request = request(Method::GET, &address, accept, None)?;
        let answer = within(until, exchange(&address.target(), request, most, trust, until)).await?;
        match answer {
            Answer::Reply(reply) => return Ok(reply),
            Answer::Elsewhere(location) => {
                address = address.elsewhere(&location).ok_or_else(|| {
                    Error::note(ErrorKind::TlsFailed, "the server sends us to where nothing is encrypted")
                })?;
            }
        }
    }
    Err(Error::note(ErrorKind::LimitExceeded, "the server sends us from one address to the next"))
}

/// Hands in a form (`application/x-www-form-urlencoded`), as OAuth 2 asks for tokens (RFC 6749 section 4.1.3). It is never sent
/// on to another address: an answer that wants that is `ServerRefused`.
///
/// What was written of it is zeroed here; the buffers of HTTP and TLS are not.
///
/// Errors: those of `get`.
pub async fn post_form(
    address: &Https,
    fields: &[(&str, &str)],
    trust: &Trust,
    deadline: Duration,
) -> Result<Reply, Error> {
    let until = Instant::now() + deadline;
    // Three octets for one at most, so that no copy is left behind while it grows.
    let most: usize = fields.iter().map(|(name, value)| 3 * (name.len() + value.len()) + 2).sum();
    let form = String::with_capacity(most);
    let form = url::form_urlencoded::Serializer::new(form).extend_pairs(fields).finish();
    let request = request(Method::POST, address, "*/*", Some(Zeroizing::new(form.into_bytes())))?;
    match within(until, exchange(&address.target(), request, MOST, trust, until)).await? {
        Answer::Reply(reply) => Ok(reply),
        Answer::Elsewhere(_) => {
            Err(Error::note(ErrorKind::ServerRefused, "the server sends a form on to another address"))
        }
    }
}

async fn within<T>(until: Instant, doing: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    let late = || Error::note(ErrorKind::TimedOut, "the web server took too long");
    timeout_at(until, doing).await.map_err(|_| late())?
}

/// What a form holds, zeroed once it was written.
struct Form(Zeroizing<Vec<u8>>);

impl AsRef<[u8]> for Form {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

fn request(
    method: Method,
    address: &Https,
    accept: &'static str,
    form: Option<Zeroizing<Vec<u8>>>,
) -> Result<Request<Full<Octets>>, Error> {
    let url = &address.0;
    let path = match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    };
    let host = match url.port() {
        Some(port) => format!("{}:{port}", address.host()),
        None => address.host().to_owned(),
    };
    let mut request = Request::builder()
        .method(method)
        .uri(path)
        .header(HOST, host)
        .header(USER_AGENT, "Waxwing")
        .header(ACCEPT, accept);
    if form.is_some() {
        request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
    }
    let body = form.map_or_else(Octets::new, |form| Octets::from_owner(Form(form)));
    request.body(Full::new(body)).map_err(|error| {
        Error::note(ErrorKind::InvalidInput, "this address can't be asked for").because(error)
    })
}

enum Answer {
    Reply(Reply),
    Elsewhere(String),
}

/// One request on a connection of its own.
async fn exchange(
    target: &Target,
    request: Request<Full<Octets>>,
    most: usize,
    trust: &Trust,
    until: Instant,
) -> Result<Answer, Error> {
    let left = until.saturating_duration_since(Instant::now());
    let link: Link = connect(target, trust, left).await?;
    let (mut sender, connection) = http1::Builder::new()
        .max_buf_size(HEAD)
        .handshake::<_, Full<Octets>>(TokioIo::new(link))
        .await
        .map_err(broken)?;
    let mut connection = pin!(connection);
    let mut asking = pin!(async {
        let response = sender.send_request(request).await.map_err(broken)?;
        read(response, most).await
    });
    tokio::select! {
        answer = &mut asking => answer,
        // All has been read, or nothing more comes: either way the other half knows.
        _ = &mut connection => asking.await,
    }
}

async fn read(response: Response<hyper::body::Incoming>, most: usize) -> Result<Answer, Error> {
    let text = |name| response.headers().get(name).and_then(|value| value.to_str().ok());
    if matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308)
        && let Some(location) = text(LOCATION)
    {
        return Ok(Answer::Elsewhere(location.to_owned()));
    }
    let content_type = text(CONTENT_TYPE).and_then(|text| text.split(';').next()).unwrap_or_default();
    let content_type = content_type.trim().to_ascii_lowercase();
    let status = response.status().as_u16();
    // As long as it will be, as far as that is said: no copy of a token is left behind while it grows.
    let expected = response.body().size_hint().upper().unwrap_or(TOKENS);
    let expected = usize::try_from(expected).unwrap_or(MOST).min(most);
    let mut body = Zeroizing::new(Vec::with_capacity(expected));
    let mut incoming = pin!(Limited::new(response.into_body(), most));
    while let Some(frame) = incoming.frame().await {
        let frame = frame.map_err(|error| match error.downcast::<hyper::Error>() {
            Ok(error) => broken(*error),
            Err(error) if error.is::<LengthLimitError>() => {
                Error::note(ErrorKind::LimitExceeded, "the document is too long")
            }
            Err(_) => Error::new(ErrorKind::ProtocolBroken),
        })?;
        if let Ok(octets) = frame.into_data() {
            body.extend_from_slice(&octets);
        }
    }
    Ok(Answer::Reply(Reply { status, content_type, body }))
}

fn broken(error: hyper::Error) -> Error {
    if error.is_parse() {
        return Error::note(ErrorKind::ProtocolBroken, "the server doesn't speak HTTP").because(error);
    }
    Error::note(ErrorKind::Offline, "the web server hung up").because(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_that_are_encrypted_are_any() {
        for bad in [
            "http://example.org/",
            "ftp://example.org/",
            "file:///etc/passwd",
            "https://ann@example.org/",
            "https://ann:secret@example.org/",
            "https://",
            "example.org",
            "",
        ] {
            assert!(Https::parse(bad).is_err(), "{bad}");
        }
        let good = Https::parse("HTTPS://Autoconfig.B\u{fc}cher.example:8443/a?b=c").unwrap();
        assert_eq!(good.target(), Target { host: "autoconfig.xn--bcher-kva.example".into(), port: 8443 });
        assert_eq!(Https::parse("https://example.org").unwrap().target().port, 443);
    }

    #[test]
    fn a_persons_address_stands_encoded_in_a_query_and_in_no_log() {
        let address = Https::parse("https://example.org/x").unwrap().with("emailaddress", "ann+b&c@d");
        assert_eq!(address.as_str(), "https://example.org/x?emailaddress=ann%2Bb%26c%40d");
        assert_eq!(format!("{address:?}"), "Https(example.org)");
    }

    #[test]
    fn an_answer_leads_nowhere_in_the_clear() {
        let address = Https::parse("https://example.org/a/b").unwrap();
        let there = |location| address.elsewhere(location).map(|address| address.as_str().to_owned());
        assert_eq!(there("c").as_deref(), Some("https://example.org/a/c"));
        assert_eq!(there("//other.example/").as_deref(), Some("https://other.example/"));
        assert_eq!(there("http://example.org/a/b"), None);
        assert_eq!(there("HTTP://other.example/"), None);
        assert_eq!(there("javascript:alert(1)"), None);
    }
}
