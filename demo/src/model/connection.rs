//! One client's session on the server: bytes in, bytes out.

use super::command::{Command, NotifySelected};
use super::compress::Deflate;
use super::faults::Lie;
use super::journal::CommandLine;
use super::notify::Watch;
use super::parse::{Parsed, parse};
use super::reader::{CommandReader, Next};
use super::select::Selected;
use super::sign_in::Exchange;
use super::{Dialect, Mailstore, Uid, Verb};

/// The server's side of one connection. Moments are milliseconds since 1970 UTC.
pub struct Connection {
    pub(super) id: u64,
    pub(super) dialect: Dialect,
    pub(super) bindings: Vec<(&'static str, Vec<u8>)>,
    input: CommandReader,
    pub(super) output: Vec<u8>,
    /// Who is signed in.
    pub(super) user: Option<String>,
    pub(super) selected: Option<Selected>,
    pub(super) enabled: Enabled,
    /// What `$` stands for.
    pub(super) saved: Vec<Uid>,
    pub(super) watch: Watch,
    /// Whether ID came since sign-in.
    pub(super) said_id: bool,
    /// How many FETCHes there were.
    pub(super) fetches: u64,
    /// What the command under way is to be untrue about.
    pub(super) lie: Option<Lie>,
    pub(super) expects: Expects,
    pub(super) compression: Option<Deflate>,
    /// What goes over the wire as it is, ahead of `output`.
    pub(super) wire: Vec<u8>,
    /// Commands since output was last taken.
    unanswered: usize,
    /// The most that still goes out; then the connection is cut.
    pub(super) octets_left: Option<usize>,
    pub(super) held_until: Option<i64>,
    /// The most that goes out at once.
    pieces: usize,
    /// What `poll` or `feed` was last told the time is.
    pub(super) now: i64,
    pub(super) closing: bool,
}

/// What the client switched on, for good.
#[derive(Default)]
pub(super) struct Enabled {
    pub(super) condstore: bool,
    pub(super) qresync: bool,
    pub(super) rev2: bool,
}

/// What the next line from the client is.
pub(super) enum Expects {
    Command,
    /// The answer to AUTHENTICATE's `+`.
    Credentials {
        tag: String,
        exchange: Exchange,
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
        Self::open_bound(store, dialect, Vec::new(), now)
    }

    /// The same over TLS: with the names and values of the channel bindings that SCRAM may use (RFC 5929, RFC 9266).
    pub fn open_bound(
        store: &mut Mailstore,
        dialect: Dialect,
        bindings: Vec<(&'static str, Vec<u8>)>,
        now: i64,
    ) -> Self {
        let id = store.next_connection();
        let mut connection = Self {
            id,
            dialect,
            bindings,
            input: CommandReader::default(),
            output: Vec::new(),
            user: None,
            selected: None,
            enabled: Enabled::default(),
            saved: Vec::new(),
            watch: Watch::default(),
            said_id: false,
            fetches: 0,
            lie: None,
            expects: Expects::Command,
            compression: None,
            wire: Vec::new(),
            unanswered: 0,
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
        match self.compression.as_mut().map(|streams| streams.unpack(bytes)) {
            None => self.input.feed(bytes),
            Some(Some(plain)) => self.input.feed(&plain),
            Some(None) => self.closing = true,
        }
        store.settle();
        while !self.closing {
            let literals = matches!(self.expects, Expects::Command);
            match self.input.next(literals, self.dialect.nonsync_literals()) {
                Next::More => return,
                Next::Continue => self.line("+ go on"),
                Next::TooLong => self.bye("[LIMIT] That is too long"),
                Next::Command(line) => match std::mem::replace(&mut self.expects, Expects::Command) {
                    Expects::Command if line.is_empty() => {}
                    Expects::Command if self.is_too_much(&line) => {}
                    Expects::Command => self.command(store, &line),
                    Expects::Credentials { tag, exchange } => self.credentials(store, &tag, exchange, &line),
                    Expects::Done { tag } => self.idle_ends(store, &tag, &line),
                },
            }
        }
    }

    /// Hangs up on a client that goes over the dialect's limits.
    fn is_too_much(&mut self, line: &[u8]) -> bool {
        let length = line.iter().position(|octet| *octet == b'\n').unwrap_or(line.len());
        self.unanswered += 1;
        if self.dialect.max_line.is_some_and(|most| length > most) {
            self.bye("Command line too long");
        }
        if self.dialect.max_pipelined.is_some_and(|most| self.unanswered > most) {
            self.closing = true;
        }
        self.closing
    }

    /// Looks whether others changed the selected mailbox, and tells the client as far as RFC 9051 section 7.5.1 lets it:
    /// EXPUNGE only in IDLE and under NOTIFY. Also lets go what a stall held back. To be called after other connections were fed.
    pub fn poll(&mut self, store: &Mailstore, now: i64) {
        self.now = now;
        if !self.closing {
            let in_idle = matches!(self.expects, Expects::Done { .. });
            let at_once = self.watch.selected() == Some(NotifySelected::AtOnce);
            self.tell_changes(store, in_idle || at_once);
            self.tell_others(store);
        }
    }

    /// What goes to the client now; empty when nothing does. Where the faults ask for pieces it is one piece: call again.
    pub fn take_output(&mut self) -> Vec<u8> {
        if self.held_until.is_some_and(|until| self.now < until) {
            return Vec::new();
        }
        self.held_until = None;
        let plain = std::mem::take(&mut self.output);
        match &mut self.compression {
            None => self.wire.extend(plain),
            Some(_) if plain.is_empty() => {}
            Some(streams) => self.wire.extend(streams.pack(&plain).unwrap_or_default()),
        }
        if !self.wire.is_empty() {
            self.unanswered = 0;
        }
        if self.wire.len() <= self.pieces {
            return std::mem::take(&mut self.wire);
        }
        self.wire.drain(..self.pieces).collect()
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

    fn idle_ends(&mut self, store: &mut Mailstore, tag: &str, line: &[u8]) {
        self.note(store, Verb::Idle, &String::from_utf8_lossy(line));
        self.tell_changes(store, true);
        if line.eq_ignore_ascii_case(b"DONE") {
            self.reply(tag, Reply::ok("IDLE completed"));
        } else {
            self.reply(tag, Reply::Bad("DONE expected".to_owned()));
        }
    }

    pub(super) fn note(&self, store: &mut Mailstore, verb: Verb, line: &str) {
        let line = line.to_owned();
        store.journal.commands.push(CommandLine {
            connection: self.id,
            at: self.now,
            verb: Some(verb),
            line,
        });
    }

    pub(super) fn reply(&mut self, tag: &str, reply: Reply) {
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

    pub(super) fn capability_code(&self) -> String {
        if !self.dialect.capability_codes {
            return String::new();
        }
        format!("[CAPABILITY {}] ", self.dialect.capabilities(self.user.is_some()))
    }
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
