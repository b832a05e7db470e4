//! One client's session on the server: bytes in, bytes out.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::command::Command;
use super::journal::CommandLine;
use super::parse::{Parsed, parse};
use super::reader::{CommandReader, Next};
use super::select::Selected;
use super::{Account, Dialect, Fault, Mailstore, Verb};

/// The server's side of one connection. Moments are milliseconds since 1970 UTC.
pub struct Connection {
    pub(super) id: u64,
    pub(super) dialect: Dialect,
    input: CommandReader,
    pub(super) output: Vec<u8>,
    /// Who is signed in.
    pub(super) user: Option<String>,
    pub(super) selected: Option<Selected>,
    expects: Expects,
    /// The most that still goes out; then the connection is cut.
    octets_left: Option<usize>,
    held_until: Option<i64>,
    /// The most that goes out at once.
    pieces: usize,
    /// What `poll` or `feed` was last told the time is.
    pub(super) now: i64,
    closing: bool,
}

/// What the next line from the client is.
enum Expects {
    Command,
    /// The answer to AUTHENTICATE's `+`.
    Credentials {
        tag: String,
    },
    Done {
        tag: String,
    },
}

/// How a command ends.
pub(super) enum Reply {
    Ok(String),
    No(String),
    Bad(String),
    /// The tagged answer comes later.
    Later,
}

impl Reply {
    pub(super) fn ok(text: &str) -> Self {
        Self::Ok(text.to_owned())
    }

    pub(super) fn no(text: &str) -> Self {
        Self::No(text.to_owned())
    }
}

impl Connection {
    /// A client has connected: the greeting is ready to be taken.
    pub fn open(store: &mut Mailstore, dialect: Dialect, now: i64) -> Self {
        let id = store.next_connection();
        let mut connection = Self {
            id,
            dialect,
            input: CommandReader::default(),
            output: Vec::new(),
            user: None,
            selected: None,
            expects: Expects::Command,
            octets_left: None,
            held_until: None,
            pieces: usize::MAX,
            now,
            closing: false,
        };
        let code = connection.capability_code();
        let greeting = format!("* OK {code}Waxwing model server ready");
        connection.under_fault(store, Verb::Greeting, "*", |connection, _| connection.line(&greeting));
        connection
    }

    /// Which connection it is, counted from 1.
    pub fn id(&self) -> u64 {
        self.id
    }

    /// Octets arrived from the client. Whole commands are carried out and answered at once.
    pub fn feed(&mut self, store: &mut Mailstore, bytes: &[u8], now: i64) {
        self.now = now;
        self.pieces = store.faults.pieces.unwrap_or(usize::MAX).max(1);
        self.input.feed(bytes);
        while !self.closing {
            let literals = matches!(self.expects, Expects::Command);
            match self.input.next(literals, self.dialect.literal_plus) {
                Next::More => return,
                Next::Continue => self.line("+ go on"),
                Next::TooLong => self.bye("[LIMIT] That is too long"),
                Next::Command(line) => match std::mem::replace(&mut self.expects, Expects::Command) {
                    Expects::Command if line.is_empty() => {}
                    Expects::Command => self.command(store, &line),
                    Expects::Credentials { tag } => self.credentials(store, &tag, &line),
                    Expects::Done { tag } => self.idle_ends(store, &tag, &line),
                },
            }
        }
    }

    /// Looks whether others changed the selected mailbox, and tells the client as far as RFC 9051 section 7.5.1 lets it:
    /// EXPUNGE only in IDLE. Also lets go what a stall held back. To be called after other connections were fed.
    pub fn poll(&mut self, store: &Mailstore, now: i64) {
        self.now = now;
        if !self.closing {
            let in_idle = matches!(self.expects, Expects::Done { .. });
            self.tell_changes(store, in_idle);
        }
    }

    /// What goes to the client now; empty when nothing does. Where the faults ask for pieces it is one piece: call again.
    pub fn take_output(&mut self) -> Vec<u8> {
        if self.held_until.is_some_and(|until| self.now < until) {
            return Vec::new();
        }
        self.held_until = None;
        let size = self.output.len().min(self.pieces);
        self.output.drain(..size).collect()
    }

    /// When `poll` is to be called at the latest.
    pub fn wake_at(&self) -> Option<i64> {
        self.held_until.filter(|until| *until != i64::MAX)
    }

    /// Whether the server hangs up once what is ready has been taken.
    pub fn is_closed(&self) -> bool {
        self.closing
    }

    fn command(&mut self, store: &mut Mailstore, line: &[u8]) {
        let Parsed { tag, command } = parse(line, &self.dialect);
        let verb = command.as_ref().ok().map(Command::verb);
        let shown = shown_line(line, command.as_ref().ok());
        store.journal.commands.push(CommandLine { connection: self.id, at: self.now, verb, line: shown });
        match command {
            Err(text) => self.line(&format!("{tag} BAD {text}")),
            Ok(command) => self.under_fault(store, command.verb(), &tag, |connection, store| {
                connection.carry_out(store, &tag, command);
            }),
        }
    }

    /// Does `act`, and what the faults say should happen to it.
    fn under_fault(
        &mut self,
        store: &mut Mailstore,
        verb: Verb,
        tag: &str,
        act: impl FnOnce(&mut Self, &mut Mailstore),
    ) {
        let before = self.output.len();
        match store.faults.strike(self.id, verb) {
            None => act(self, store),
            Some(Fault::CutBefore) => self.closing = true,
            Some(Fault::LoseAnswer) => {
                act(self, store);
                self.output.truncate(before);
                self.closing = true;
            }
            Some(Fault::CutAfter(octets)) => {
                self.octets_left = Some(octets);
                act(self, store);
            }
            Some(Fault::Stall(milliseconds)) => {
                act(self, store);
                let until = milliseconds.map_or(i64::MAX, |wait| self.now.saturating_add(wait));
                self.held_until = Some(until);
            }
            Some(Fault::Refuse { code, text }) => self.line(&format!("{tag} NO {}{text}", bracketed(&code))),
            Some(Fault::Bye { code, text }) => self.bye(&format!("{}{text}", bracketed(&code))),
            Some(Fault::BumpUidValidity { mailbox }) => {
                if let Some(user) = self.user.clone() {
                    store.bump_uid_validity(&user, &mailbox);
                }
                act(self, store);
            }
        }
    }

    fn carry_out(&mut self, store: &mut Mailstore, tag: &str, command: Command) {
        let expunge_may_pass = command.lets_expunge_through();
        let reply = match command {
            Command::Capability => {
                let list = self.dialect.capabilities(self.user.is_some());
                self.line(&format!("* CAPABILITY {list}"));
                Reply::ok("CAPABILITY completed")
            }
            Command::Noop | Command::Check => Reply::ok("done"),
            Command::Id => {
                self.line("* ID (\"name\" \"Waxwing model server\")");
                Reply::ok("ID completed")
            }
            Command::Logout => {
                self.bye("Goodbye");
                self.closing = false;
                self.line(&format!("{tag} OK LOGOUT completed"));
                self.closing = true;
                return;
            }
            Command::Login { user, password } => self.login(store, &user, &password),
            Command::Authenticate { mechanism, initial } => {
                self.authenticate(store, tag, &mechanism, initial)
            }
            command => match self.user.clone() {
                None => Reply::Bad("Sign in first".to_owned()),
                Some(user) => self.signed_in(store, tag, &user, command),
            },
        };
        if !self.closing {
            self.tell_changes(store, expunge_may_pass);
        }
        self.reply(tag, reply);
    }

    fn signed_in(&mut self, store: &mut Mailstore, tag: &str, user: &str, command: Command) -> Reply {
        match command {
            Command::Enable => {
                self.line("* ENABLED");
                Reply::ok("ENABLE completed")
            }
            Command::Idle => {
                self.line("+ idling");
                self.tell_changes(store, true);
                self.expects = Expects::Done { tag: tag.to_owned() };
                Reply::Later
            }
            Command::List(list) => self.list(store, user, &list),
            Command::Lsub { reference, pattern } => self.lsub(store, user, &reference, &pattern),
            Command::Status { mailbox, items } => self.status(store, user, &mailbox, &items),
            Command::Create { mailbox } => self.create(store, user, &mailbox),
            Command::Delete { mailbox } => self.delete(store, user, &mailbox),
            Command::Rename { from, to } => self.rename(store, user, &from, &to),
            Command::Subscribe { mailbox, subscribed } => self.subscribe(store, user, &mailbox, subscribed),
            Command::Select { mailbox, read_only } => self.select(store, user, &mailbox, read_only),
            Command::Append { mailbox, flags, date, message } => {
                self.append(store, user, &mailbox, &flags, date, message)
            }
            command => match store.account_mut(user) {
                Some(_) if self.selected.is_some() => self.in_mailbox(store, user, command),
                _ => Reply::Bad("Select a mailbox first".to_owned()),
            },
        }
    }

    fn in_mailbox(&mut self, store: &mut Mailstore, user: &str, command: Command) -> Reply {
        match command {
            Command::Unselect => {
                self.selected = None;
                Reply::ok("UNSELECT completed")
            }
            Command::Close => self.close(store, user),
            Command::Expunge { uids } => self.expunge(store, user, uids.as_ref()),
            Command::Fetch { uid, set, items } => self.fetch(store, user, uid, &set, &items),
            Command::Search { uid, key } => self.search(store, user, uid, &key),
            Command::Store { uid, set, how, silent, flags } => {
                self.store_flags(store, user, uid, &set, how, silent, &flags)
            }
            Command::Copy { uid, set, mailbox } => self.copy(store, user, uid, &set, &mailbox),
            Command::Move { uid, set, mailbox } => self.move_mails(store, user, uid, &set, &mailbox),
            // Every other command was taken above.
            _ => Reply::Bad("Not now".to_owned()),
        }
    }

    fn login(&mut self, store: &Mailstore, user: &str, password: &str) -> Reply {
        if self.user.is_some() {
            return Reply::Bad("Already signed in".to_owned());
        }
        if self.dialect.login_disabled {
            return Reply::no("LOGIN is disabled; use AUTHENTICATE");
        }
        self.sign_in(store, user, password)
    }

    fn sign_in(&mut self, store: &Mailstore, user: &str, password: &str) -> Reply {
        if !store.account(user).is_some_and(|account: &Account| account.accepts(password)) {
            return Reply::no("[AUTHENTICATIONFAILED] Wrong user name or password");
        }
        self.user = Some(user.to_owned());
        Reply::Ok(format!("{}Signed in", self.capability_code()))
    }

    fn authenticate(
        &mut self,
        store: &Mailstore,
        tag: &str,
        mechanism: &str,
        initial: Option<String>,
    ) -> Reply {
        if self.user.is_some() {
            return Reply::Bad("Already signed in".to_owned());
        }
        if mechanism != "PLAIN" {
            return Reply::no("[CANNOT] No such mechanism");
        }
        match initial {
            Some(_) if !self.dialect.sasl_ir => Reply::Bad("No initial response here".to_owned()),
            Some(response) => self.plain(store, response.as_bytes()),
            None => {
                self.line("+ ");
                self.expects = Expects::Credentials { tag: tag.to_owned() };
                Reply::Later
            }
        }
    }

    fn credentials(&mut self, store: &mut Mailstore, tag: &str, line: &[u8]) {
        let shown = if line == b"*" { "*" } else { "***" };
        self.note(store, Verb::Authenticate, shown);
        let reply = if line == b"*" { Reply::Bad("Cancelled".to_owned()) } else { self.plain(store, line) };
        self.reply(tag, reply);
    }

    /// PLAIN (RFC 4616): who to act as, who one is, and the password, parted by NUL.
    fn plain(&mut self, store: &Mailstore, response: &[u8]) -> Reply {
        let decoded = BASE64.decode(response).ok().and_then(|octets| String::from_utf8(octets).ok());
        let Some(decoded) = decoded else { return Reply::Bad("Bad response".to_owned()) };
        match decoded.split('\0').collect::<Vec<_>>()[..] {
            [as_whom, user, password] if as_whom.is_empty() || as_whom == user => {
                self.sign_in(store, user, password)
            }
            _ => Reply::Bad("Bad response".to_owned()),
        }
    }

    fn idle_ends(&mut self, store: &mut Mailstore, tag: &str, line: &[u8]) {
        self.note(store, Verb::Idle, &String::from_utf8_lossy(line));
        self.tell_changes(store, true);
        if line.eq_ignore_ascii_case(b"DONE") {
            self.reply(tag, Reply::ok("IDLE completed"));
        } else {
            self.reply(tag, Reply::Bad("DONE expected".to_owned()));
        }
    }

    fn note(&self, store: &mut Mailstore, verb: Verb, line: &str) {
        let line = line.to_owned();
        store.journal.commands.push(CommandLine {
            connection: self.id,
            at: self.now,
            verb: Some(verb),
            line,
        });
    }

    fn reply(&mut self, tag: &str, reply: Reply) {
        match reply {
            Reply::Ok(text) => self.line(&format!("{tag} OK {text}")),
            Reply::No(text) => self.line(&format!("{tag} NO {text}")),
            Reply::Bad(text) => self.line(&format!("{tag} BAD {text}")),
            Reply::Later => {}
        }
    }

    pub(super) fn bye(&mut self, text: &str) {
        self.line(&format!("* BYE {text}"));
        self.closing = true;
    }

    /// Puts a line out.
    pub(super) fn line(&mut self, line: &str) {
        self.put(line.as_bytes());
        self.put(b"\r\n");
    }

    /// Puts octets out, as many as are left before a cut.
    pub(super) fn put(&mut self, octets: &[u8]) {
        if self.closing {
            return;
        }
        let size = octets.len().min(self.octets_left.unwrap_or(usize::MAX));
        self.output.extend_from_slice(&octets[..size]);
        if let Some(left) = &mut self.octets_left {
            *left -= size;
            self.closing = *left == 0;
        }
    }

    fn capability_code(&self) -> String {
        if !self.dialect.capability_codes {
            return String::new();
        }
        format!("[CAPABILITY {}] ", self.dialect.capabilities(self.user.is_some()))
    }
}

fn bracketed(code: &str) -> String {
    if code.is_empty() { String::new() } else { format!("[{code}] ") }
}

/// A command as the journal shows it.
fn shown_line(line: &[u8], command: Option<&Command>) -> String {
    let text = String::from_utf8_lossy(line);
    let words = |count| text.split(' ').take(count).collect::<Vec<_>>().join(" ");
    match command {
        Some(Command::Login { user, .. }) => format!("{} {user} ***", words(2)),
        Some(Command::Authenticate { initial: Some(_), .. }) => format!("{} ***", words(3)),
        Some(Command::Append { .. }) => text.lines().next().unwrap_or_default().to_owned(),
        // What couldn't be read may be a sign-in gone wrong.
        None => format!("{} …", words(2)),
        Some(_) => text.into_owned(),
    }
}
