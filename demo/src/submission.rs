//! A model submission server (RFC 6409) without a socket: bytes in, bytes out. What goes wrong is said beforehand.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use crate::model::{Flags, Mailstore};

/// Where in a conversation something goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    Greeting,
    Ehlo,
    StartTls,
    Auth,
    Mail,
    Rcpt,
    Data,
    /// The first octets of the mail have come.
    Content,
    /// The end of the mail has come.
    End,
    Quit,
}

/// What goes wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The connection ends before anything is done.
    CutBefore,
    /// It is done, and the connection ends before the reply.
    LoseReply,
    /// It is done, and the connection ends in the middle of the reply.
    HalfReply,
    /// The same after so many octets of it, its line end among them.
    CutReply(usize),
    /// It isn't done; this is said instead, with its code.
    Say(&'static str),
    /// It is done, and this comes in the same piece as the reply.
    AlsoSay(&'static str),
}

/// Something that goes wrong so many times.
#[derive(Clone, Debug)]
pub struct Rule {
    pub at: Moment,
    pub trouble: Trouble,
    pub times: usize,
}

/// A mail that was accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Carried {
    pub from: String,
    pub to: Vec<String>,
    /// What came after the sender's address: SIZE and the like.
    pub parameters: String,
    /// Without the doubled dots.
    pub mail: Vec<u8>,
}

/// What all connections share.
#[derive(Debug)]
pub struct Outbox {
    /// What was accepted, oldest first.
    pub carried: Vec<Carried>,
    /// What clients said, and whether inside TLS; mails left out, and what signs in.
    pub heard: Vec<(bool, String)>,
    pub rules: Vec<Rule>,
    /// What EHLO gives inside TLS, besides AUTH.
    pub offers: Vec<&'static str>,
    /// Ways to sign in.
    pub auth: &'static str,
    /// Whether STARTTLS is offered in the clear.
    pub starttls: bool,
    /// Whether what is accepted is put among sent mail, as Gmail does, before it is said to be.
    pub keeps_sent: bool,
    /// Addresses that are refused, and in which words.
    pub refuses: Vec<(&'static str, &'static str)>,
    /// How often something came from clients, however much at once.
    pub pieces: usize,
    /// How many people one mail may be for.
    pub most_people: usize,
}

impl Default for Outbox {
    fn default() -> Self {
        Self {
            carried: Vec::new(),
            heard: Vec::new(),
            rules: Vec::new(),
            offers: vec!["8BITMIME", "SMTPUTF8", "SIZE 1000000"],
            auth: "PLAIN LOGIN XOAUTH2",
            starttls: true,
            keeps_sent: false,
            refuses: Vec::new(),
            pieces: 0,
            most_people: usize::MAX,
        }
    }
}

impl Outbox {
    /// Something goes wrong once.
    pub fn fail_once(&mut self, at: Moment, trouble: Trouble) {
        self.rules.push(Rule { at, trouble, times: 1 });
    }

    /// How often clients said something that begins so.
    pub fn count(&self, begin: &str) -> usize {
        self.heard.iter().filter(|(_, line)| line.starts_with(begin)).count()
    }

    fn trouble(&mut self, at: Moment) -> Option<Trouble> {
        let rule = self.rules.iter_mut().find(|rule| rule.at == at && rule.times > 0)?;
        rule.times -= 1;
        Some(rule.trouble.clone())
    }
}

/// What a line is taken for.
enum Waiting {
    Command,
    /// The answer to a challenge of LOGIN; with the name once it is known.
    Login(Option<Vec<u8>>),
    Content,
}

/// One connection.
pub struct Talk {
    encrypted: bool,
    /// Who is signed in.
    user: Option<String>,
    waiting: Waiting,
    from: Option<(String, String)>,
    to: Vec<String>,
    mail: Vec<u8>,
    input: Vec<u8>,
    output: Vec<u8>,
    closed: bool,
    wants_tls: bool,
}

impl Talk {
    /// A connection that was just made; `encrypted`: TLS was spoken from the first byte.
    pub fn open(outbox: &mut Outbox, encrypted: bool) -> Self {
        let mut talk = Self::new(encrypted);
        talk.reply(outbox, Moment::Greeting, "220 model.example ESMTP", |_| {});
        talk
    }

    fn new(encrypted: bool) -> Self {
        Self {
            encrypted,
            user: None,
            waiting: Waiting::Command,
            from: None,
            to: Vec::new(),
            mail: Vec::new(),
            input: Vec::new(),
            output: Vec::new(),
            closed: false,
            wants_tls: false,
        }
    }

    /// The same client once TLS is agreed: whatever was said before is forgotten (RFC 3207 section 4.2).
    pub fn secured() -> Self {
        Self::new(true)
    }

    /// What is to be sent now.
    pub fn take_output(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.output)
    }

    /// Whether the connection ends once the output is sent.
    pub fn is_closed(&self) -> bool {
        self.closed
    }

    /// Whether TLS begins once the output is sent.
    pub fn wants_tls(&self) -> bool {
        self.wants_tls
    }

    /// Octets that came.
    pub fn feed(&mut self, bytes: &[u8], outbox: &mut Outbox, store: &mut Mailstore, now: i64) {
        outbox.pieces += 1;
        self.input.extend_from_slice(bytes);
        while !self.closed && !self.wants_tls {
            if matches!(self.waiting, Waiting::Content) && !self.input.is_empty() && self.mail.is_empty() {
                match outbox.trouble(Moment::Content) {
                    None => {}
                    Some(_) => return self.closed = true,
                }
            }
            let Some(end) = self.input.iter().position(|byte| *byte == b'\n') else { return };
            let line: Vec<u8> = self.input.drain(..=end).collect();
            match std::mem::replace(&mut self.waiting, Waiting::Command) {
                Waiting::Content => self.content(&line, outbox, store, now),
                Waiting::Login(name) => self.login(&line, name, outbox, store),
                Waiting::Command => {
                    let line = String::from_utf8_lossy(&line).trim_end().to_owned();
                    self.command(&line, outbox, store);
                }
            }
        }
    }

    /// Does something and replies, unless something goes wrong.
    fn reply(
        &mut self,
        outbox: &mut Outbox,
        at: Moment,
        text: &str,
        act: impl FnOnce(&mut (&mut Self, &mut Outbox)),
    ) {
        let trouble = outbox.trouble(at);
        match trouble {
            Some(Trouble::CutBefore) => return self.closed = true,
            Some(Trouble::Say(instead)) => return self.say(instead),
            _ => {}
        }
        act(&mut (self, outbox));
        match trouble {
            Some(Trouble::LoseReply) => self.closed = true,
            Some(Trouble::HalfReply) => {
                self.output.extend_from_slice(&text.as_bytes()[..text.len() / 2]);
                self.closed = true;
            }
            Some(Trouble::CutReply(octets)) => {
                let whole = format!("{text}\r\n");
                self.output.extend_from_slice(&whole.as_bytes()[..octets.min(whole.len())]);
                self.closed = true;
            }
            Some(Trouble::AlsoSay(more)) => {
                self.say(text);
                self.say(more);
            }
            _ => self.say(text),
        }
    }

    fn say(&mut self, text: &str) {
        self.output.extend_from_slice(text.as_bytes());
        self.output.extend_from_slice(b"\r\n");
    }

    fn command(&mut self, line: &str, outbox: &mut Outbox, store: &mut Mailstore) {
        let upper = line.to_ascii_uppercase();
        let kept = if upper.starts_with("AUTH ") {
            line.split(' ').take(2).collect::<Vec<_>>().join(" ")
        } else {
            line.to_owned()
        };
        outbox.heard.push((self.encrypted, kept));
        let (verb, rest) = upper.split_once(' ').unwrap_or((upper.as_str(), ""));
        match verb {
            "EHLO" => {
                let mut lines = vec!["model.example at your service".to_owned()];
                if self.encrypted {
                    lines.extend(outbox.offers.iter().map(|offer| (*offer).to_owned()));
                    lines.push(format!("AUTH {}", outbox.auth));
                } else if outbox.starttls {
                    lines.push("STARTTLS".to_owned());
                }
                let last = lines.len() - 1;
                let text: Vec<String> = lines
                    .iter()
                    .enumerate()
                    .map(|(place, line)| format!("250{}{line}", if place == last { ' ' } else { '-' }))
                    .collect();
                self.reply(outbox, Moment::Ehlo, &text.join("\r\n"), |_| {});
            }
            "STARTTLS" if !self.encrypted && outbox.starttls => {
                self.reply(outbox, Moment::StartTls, "220 go ahead", |(talk, _)| talk.wants_tls = true);
            }
            "QUIT" => {
                self.reply(outbox, Moment::Quit, "221 bye", |_| {});
                self.closed = true;
            }
            _ if !self.encrypted => self.say("530 5.7.0 STARTTLS first"),
            "AUTH" => self.auth(line, outbox, store),
            _ if self.user.is_none() => self.say("530 5.7.0 sign in first"),
            "MAIL" if rest.starts_with("FROM:<") => {
                let (address, parameters) = path(line);
                self.reply(outbox, Moment::Mail, "250 2.1.0 ok", |(talk, _)| {
                    (talk.from, talk.to) = (Some((address, parameters)), Vec::new());
                });
            }
            "RCPT" if rest.starts_with("TO:<") && self.from.is_some() => {
                let (address, _) = path(line);
                if let Some((_, words)) = outbox.refuses.iter().find(|(refused, _)| *refused == address) {
                    return self.say(words);
                }
                if self.to.len() >= outbox.most_people {
                    return self.say("452 4.5.3 too many recipients");
                }
                self.reply(outbox, Moment::Rcpt, "250 2.1.5 ok", |(talk, _)| talk.to.push(address));
            }
            "DATA" if !self.to.is_empty() => {
                self.reply(outbox, Moment::Data, "354 go ahead", |(talk, _)| talk.waiting = Waiting::Content);
            }
            _ => self.say("503 5.5.1 not now"),
        }
    }

    fn auth(&mut self, line: &str, outbox: &mut Outbox, store: &mut Mailstore) {
        let mut words = line.split(' ').skip(1);
        let (way, first) = (words.next().unwrap_or_default().to_ascii_uppercase(), words.next());
        if !outbox.auth.split(' ').any(|offered| offered == way) {
            return self.say("504 5.5.4 no such way");
        }
        let first = first.and_then(|first| BASE64.decode(first).ok()).unwrap_or_default();
        let user = match way.as_str() {
            "PLAIN" => {
                let mut parts = first.split(|byte| *byte == 0).skip(1);
                let (user, password) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
                who(user, |user| {
                    store.account(user).is_some_and(|it| it.accepts(&String::from_utf8_lossy(password)))
                })
            }
            "OAUTHBEARER" => {
                let text = String::from_utf8_lossy(&first).into_owned();
                let user =
                    text.strip_prefix("n,a=").and_then(|rest| rest.split(',').next()).unwrap_or_default();
                let user = user.replace("=2C", ",").replace("=3D", "=");
                let token =
                    text.split('\x01').find_map(|part| part.strip_prefix("auth=Bearer ")).unwrap_or_default();
                let known = who(user.as_bytes(), |user| {
                    store.account(user).is_some_and(|it| it.accepts_token(token))
                });
                if known.is_none() {
                    self.waiting = Waiting::Login(Some(Vec::new()));
                    return self.say("334 eyJzdGF0dXMiOiJpbnZhbGlkX3Rva2VuIn0=");
                }
                known
            }
            "XOAUTH2" => {
                let text = String::from_utf8_lossy(&first).into_owned();
                let mut parts = text.split('\x01');
                let user = parts.next().and_then(|part| part.strip_prefix("user=")).unwrap_or_default();
                let token =
                    parts.next().and_then(|part| part.strip_prefix("auth=Bearer ")).unwrap_or_default();
                let known = who(user.as_bytes(), |user| {
                    store.account(user).is_some_and(|it| it.accepts_token(token))
                });
                if known.is_none() {
                    // The reason is a challenge; whatever is said to it, the sign-in is refused.
                    self.waiting = Waiting::Login(Some(Vec::new()));
                    return self.say("334 e30=");
                }
                known
            }
            _ => {
                self.waiting = Waiting::Login(None);
                return self.say("334 VXNlcm5hbWU6");
            }
        };
        self.signed_in(user, outbox);
    }

    fn login(&mut self, line: &[u8], name: Option<Vec<u8>>, outbox: &mut Outbox, store: &mut Mailstore) {
        let said = BASE64.decode(line.trim_ascii()).unwrap_or_default();
        match name {
            None => {
                self.waiting = Waiting::Login(Some(said));
                self.say("334 UGFzc3dvcmQ6");
            }
            Some(name) => {
                let password = String::from_utf8_lossy(&said).into_owned();
                let user = who(&name, |user| store.account(user).is_some_and(|it| it.accepts(&password)));
                self.signed_in(user, outbox);
            }
        }
    }

    fn signed_in(&mut self, user: Option<String>, outbox: &mut Outbox) {
        match user {
            None => self.say("535 5.7.8 wrong name or password"),
            Some(user) => {
                self.reply(outbox, Moment::Auth, "235 2.7.0 welcome", |(talk, _)| talk.user = Some(user));
            }
        }
    }

    fn content(&mut self, line: &[u8], outbox: &mut Outbox, store: &mut Mailstore, now: i64) {
        if line != b".\r\n" {
            self.mail.extend_from_slice(line.strip_prefix(b".").unwrap_or(line));
            self.waiting = Waiting::Content;
            return;
        }
        let mail = std::mem::take(&mut self.mail);
        self.reply(outbox, Moment::End, "250 2.0.0 queued", |(talk, outbox)| {
            let (from, parameters) = talk.from.take().unwrap_or_default();
            let to = std::mem::take(&mut talk.to);
            let user = talk.user.clone().unwrap_or_default();
            if outbox.keeps_sent {
                let mailboxes = store.account(&user).map_or(&[][..], |account| account.mailboxes());
                let sent = mailboxes.iter().find(|mailbox| mailbox.special_use() == Some("\\Sent"));
                if let Some(name) = sent.map(|sent| sent.name().to_owned())
                    && let Some(sent) = store.mailbox_mut(&user, &name)
                {
                    sent.append(mail.clone(), Flags::from(["\\Seen"]), now);
                }
            }
            outbox.carried.push(Carried { from, to, parameters, mail });
        });
    }
}

fn who(name: &[u8], proves: impl FnOnce(&str) -> bool) -> Option<String> {
    let name = std::str::from_utf8(name).ok()?;
    proves(name).then(|| name.to_owned())
}

/// The address in the angle brackets, and what follows them.
fn path(line: &str) -> (String, String) {
    let inside = line.split_once('<').map_or("", |(_, rest)| rest);
    let (address, parameters) = inside.rsplit_once('>').unwrap_or((inside, ""));
    (address.to_owned(), parameters.trim().to_owned())
}
