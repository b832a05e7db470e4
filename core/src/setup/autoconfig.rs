//! The file in which domains publish their settings, and Mozilla's collection keeps them: XML, "clientConfig" version 1.1
//! (https://www.bucksch.org/1/projects/thunderbird/autoconfiguration/).
//!
//! Whoever wrote it is a stranger. Nothing is taken from it but servers with TLS, names to sign in with, and ways to do that;
//! where a browser is sent (OAuth 2) is ours to know, and no file says.

use quick_xml::Reader;
use quick_xml::events::{BytesRef, BytesStart, Event};

use super::address::{MailAddress, host_name};
use super::{oauth, score};
use crate::model::{Proposal, Security, SettingsSource, SignInMethod, SubmissionServer};

/// The longest file, in octets.
pub const MOST: usize = 256 << 10;
/// How deep elements may lie in one another; what is read lies four deep.
const DEPTH: usize = 16;
/// The longest text of an element that is kept, in octets.
const TEXT: usize = 1024;
/// Servers of a kind that are looked at.
const SERVERS: usize = 20;

/// What such a file says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClientConfig {
    /// The provider's name, plain text of a stranger; may be empty.
    name: String,
    imap: Vec<Server>,
    submission: Vec<Server>,
    /// It names servers for POP3.
    has_pop: bool,
    /// It names servers for IMAP, whether they can be used or not.
    has_imap: bool,
    /// Who issues tokens (OAuth 2).
    issuer: String,
}

/// A server as it stands there, its places still to be filled.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Server {
    host: String,
    port: String,
    socket: String,
    user_name: String,
    authentication: Vec<String>,
}

/// Which server an element is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Imap,
    Pop,
    Submission,
    Other,
}

/// Reads such a file; `None` where it is none, or is damaged, or out of all bounds.
pub fn read(file: &[u8]) -> Option<ClientConfig> {
    if file.len() > MOST {
        return None;
    }
    let text = String::from_utf8_lossy(file);
    let mut reader = Reader::from_str(&text);
    reader.config_mut().expand_empty_elements = true;
    let mut reading = Reading::default();
    loop {
        match reader.read_event().ok()? {
            Event::Start(start) => reading.begin(&start)?,
            Event::End(_) => reading.end(),
            Event::Text(text) => reading.add(&text.decode().ok()?),
            Event::CData(text) => reading.add(&text.decode().ok()?),
            // Five names, and numbers. A file with entities of its own is nothing we read.
            Event::GeneralRef(reference) => reading.add(&resolved(&reference)?),
            Event::Eof => return reading.done(),
            Event::Empty(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
        }
    }
}

fn resolved(reference: &BytesRef<'_>) -> Option<String> {
    if let Some(character) = reference.resolve_char_ref().ok()? {
        return Some(character.to_string());
    }
    let name = reference.decode().ok()?;
    quick_xml::escape::resolve_xml_entity(&name).map(str::to_owned)
}

/// How far the reading has come.
#[derive(Default)]
struct Reading {
    config: ClientConfig,
    /// The names of the elements around this place.
    path: Vec<String>,
    /// The text of the innermost one.
    text: String,
    server: Option<(Kind, Server)>,
    /// There was such a file's root.
    is_one: bool,
    /// Providers begun; only the first is read.
    providers: usize,
}

impl Reading {
    fn begin(&mut self, start: &BytesStart<'_>) -> Option<()> {
        if self.path.len() >= DEPTH {
            return None;
        }
        let name = String::from_utf8_lossy(start.local_name().as_ref()).into_owned();
        self.text.clear();
        match (self.path.len(), name.as_str()) {
            (0, "clientConfig") => self.is_one = true,
            (1, "emailProvider") => self.providers += 1,
            (2, "incomingServer" | "outgoingServer") if self.is_of_the_first() => {
                let kind = match kind(start).as_str() {
                    "imap" if name == "incomingServer" => Kind::Imap,
                    "pop3" if name == "incomingServer" => Kind::Pop,
                    "smtp" if name == "outgoingServer" => Kind::Submission,
                    _ => Kind::Other,
                };
                self.server = Some((kind, Server::default()));
            }
            _ => {}
        }
        self.path.push(name);
        Some(())
    }

    fn is_of_the_first(&self) -> bool {
        self.providers == 1 && self.path.last().is_some_and(|name| name == "emailProvider")
    }

    fn end(&mut self) {
        let Some(name) = self.path.pop() else { return };
        let text = std::mem::take(&mut self.text);
        let text = text.trim();
        match (self.path.len(), name.as_str()) {
            (2, "incomingServer" | "outgoingServer") => self.keep_server(),
            (2, "displayName") if self.is_of_the_first() => text.clone_into(&mut self.config.name),
            (2, "issuer") if self.path.last().is_some_and(|name| name == "oAuth2") => {
                text.clone_into(&mut self.config.issuer);
            }
            (3, name) => {
                let Some((_, server)) = &mut self.server else { return };
                match name {
                    "hostname" => text.clone_into(&mut server.host),
                    "port" => text.clone_into(&mut server.port),
                    "socketType" => text.clone_into(&mut server.socket),
                    "username" => text.clone_into(&mut server.user_name),
                    "authentication" if server.authentication.len() < SERVERS => {
                        server.authentication.push(text.to_owned());
                    }
                    _ => {}
                }
            }
            _ => {}
        }
    }

    fn keep_server(&mut self) {
        let Some((kind, server)) = self.server.take() else { return };
        let kept = match kind {
            Kind::Imap => {
                self.config.has_imap = true;
                &mut self.config.imap
            }
            Kind::Submission => &mut self.config.submission,
            Kind::Pop => {
                self.config.has_pop = true;
                return;
            }
            Kind::Other => return,
        };
        if kept.len() < SERVERS {
            kept.push(server);
        }
    }

    fn add(&mut self, text: &str) {
        // Whatever is longer is no host name, no port, no user name.
        if self.text.len() + text.len() <= TEXT {
            self.text.push_str(text);
        }
    }

    fn done(self) -> Option<ClientConfig> {
        (self.is_one && self.path.is_empty()).then_some(self.config)
    }
}

/// The value of its `type`, in lower case.
fn kind(start: &BytesStart<'_>) -> String {
    let mut attributes = start.attributes();
    let mut attributes = attributes.with_checks(false).take(SERVERS).filter_map(Result::ok);
    attributes
        .find(|attribute| attribute.key.as_ref() == b"type")
        .map(|attribute| String::from_utf8_lossy(&attribute.value).trim().to_ascii_lowercase())
        .unwrap_or_default()
}

impl ClientConfig {
    /// Whether mail can be had by POP3 there, and not by IMAP.
    pub fn is_pop_only(&self) -> bool {
        self.has_pop && !self.has_imap
    }

    /// What can be used of it for an address, in its own order. Servers without TLS can't.
    pub fn proposals(&self, address: &MailAddress, source: SettingsSource) -> Vec<Proposal> {
        let submission = self.submission(address);
        let oauth = oauth::endpoints(&self.issuer);
        let imap = self.imap.iter().filter_map(|server| Some((server, server.place(address)?)));
        imap.map(|(server, (imap_host, imap_port, imap_security))| {
            let sign_in = score::usable(server.sign_in(), oauth.is_some());
            let by_browser = sign_in.contains(&SignInMethod::Browser);
            Proposal {
                provider: plain(&filled(&self.name, address)),
                source,
                imap_host,
                imap_port,
                imap_security,
                submission: submission.clone(),
                user_names: server.user_names(address),
                sign_in,
                oauth: oauth.clone().filter(|_| by_browser),
                needs_confirming: false,
                is_tls_verified: false,
                hint: None,
            }
        })
        .collect()
    }

    /// The server to send by: TLS from the first byte before STARTTLS, else as they stand there.
    fn submission(&self, address: &MailAddress) -> Option<SubmissionServer> {
        let usable = self.submission.iter().filter_map(|server| server.place(address));
        let (host, port, security) = usable.min_by_key(|(_, _, security)| *security != Security::Tls)?;
        Some(SubmissionServer { host, port, security })
    }
}

impl Server {
    /// Where it is; `None` where that can't be, or isn't encrypted.
    fn place(&self, address: &MailAddress) -> Option<(String, u16, Security)> {
        let security = match self.socket.to_ascii_uppercase().as_str() {
            "SSL" | "TLS" => Security::Tls,
            "STARTTLS" => Security::StartTls,
            _ => return None,
        };
        let host = host_name(&filled(&self.host, address))?;
        let port = self.port.parse().ok().filter(|port| *port > 0)?;
        Some((host, port, security))
    }

    fn user_names(&self, address: &MailAddress) -> Vec<String> {
        let name = filled(&self.user_name, address);
        let is_possible = !name.is_empty() && name.len() <= 320 && !name.chars().any(char::is_control);
        if is_possible { vec![name] } else { vec![address.text(), address.local().to_owned()] }
    }

    fn sign_in(&self) -> Vec<SignInMethod> {
        let mut named = Vec::new();
        for way in &self.authentication {
            let method = match way.to_ascii_lowercase().as_str() {
                "password-cleartext" | "password-encrypted" | "plain" | "secure" => SignInMethod::Password,
                "oauth2" => SignInMethod::Browser,
                _ => continue,
            };
            if !named.contains(&method) {
                named.push(method);
            }
        }
        named
    }
}

/// A text with its places filled.
fn filled(text: &str, address: &MailAddress) -> String {
    // The domain and the local part hold no `%NAME%` that would be filled again: each is put in once, at its place.
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('%') {
        let (before, from) = rest.split_at(start);
        out.push_str(before);
        let places = [
            ("%EMAILADDRESS%", address.text()),
            ("%EMAILLOCALPART%", address.local().to_owned()),
            ("%EMAILDOMAIN%", address.domain().to_owned()),
        ];
        match places.into_iter().find(|(place, _)| from.starts_with(place)) {
            Some((place, value)) => {
                out.push_str(&value);
                rest = from.get(place.len()..).unwrap_or_default();
            }
            None => {
                out.push('%');
                rest = from.get(1..).unwrap_or_default();
            }
        }
    }
    out.push_str(rest);
    out
}

/// Text of a stranger, fit to be shown.
fn plain(text: &str) -> String {
    text.chars().filter(|character| !crate::mime::is_unseen(*character)).take(80).collect()
}

#[cfg(test)]
mod tests;
