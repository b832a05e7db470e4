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
use super::{Dialect, Fault, Mailbox, Mailstore, Uid, Verb};

/// The server's side of one connection. Moments are milliseconds since 1970 UTC.
pub struct Connection {
    pub(super) id: u64,
    pub(super) dialect: Dialect,
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
    lie: Option<Lie>,
    pub(super) expects: Expects,
    compression: Option<Deflate>,
    /// What goes over the wire as it is, ahead of `output`.
    wire: Vec<u8>,
    /// Commands since output was last taken.
    unanswered: usize,
    /// The most that still goes out; then the connection is cut.
    octets_left: Option<usize>,
    held_until: Option<i64>,
    /// The most that goes out at once.
    pieces: usize,
    /// What `poll` or `feed` was last told the time is.
    pub(super) now: i64,
    closing: bool,
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
        let id = store.next_connection();
        let mut connection = Self {
            id,
            dialect,
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
        let size = self.wire.len().min(self.pieces);
        let rest = self.wire.split_off(size);
        std::mem::replace(&mut self.wire, rest)
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
            Some(Fault::Lie(lie)) => {
                self.lie = Some(lie);
                act(self, store);
                self.lie = None;
            }
            Some(Fault::Unsolicited { line, times }) => {
                for _ in 0..times {
                    self.line(&line);
                }
                act(self, store);
            }
        }
    }

    /// Whether the command under way is to be untrue in that way.
    pub(super) fn lies(&self, is_that: impl Fn(&Lie) -> bool) -> bool {
        self.lie.as_ref().is_some_and(is_that)
    }

    /// EXISTS as it is told.
    pub(super) fn told_exists(&self, mailbox: &Mailbox) -> u64 {
        let by = if let Some(Lie::Exists(by)) = self.lie { by } else { 0 };
        (mailbox.mails().len() as u64).saturating_add_signed(by)
    }

    /// UIDNEXT as it is told.
    pub(super) fn told_uid_next(&self, mailbox: &Mailbox) -> u64 {
        let by = if let Some(Lie::UidNext(by)) = self.lie { by } else { 0 };
        u64::from(mailbox.uid_next()).saturating_add_signed(by).max(1)
    }

    /// HIGHESTMODSEQ as it is told.
    pub(super) fn told_modseq(&self, mailbox: &Mailbox) -> u64 {
        let by = if let Some(Lie::HighestModSeq(by)) = self.lie { by } else { 0 };
        mailbox.modseq().saturating_add_signed(by).max(1)
    }

    fn carry_out(&mut self, store: &mut Mailstore, tag: &str, command: Command) {
        let expunge_may_pass = command.lets_expunge_through();
        let compresses = command == Command::Compress && self.compression.is_none() && self.user.is_some();
        let reply = match command {
            Command::Capability => {
                let list = self.dialect.capabilities(self.user.is_some());
                self.line(&format!("* CAPABILITY {list}"));
                Reply::ok("CAPABILITY completed")
            }
            Command::Noop | Command::Check => Reply::ok("done"),
            Command::Id => {
                self.said_id = self.user.is_some();
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
        if self.dialect.gmail {
            store.settle();
        }
        if !self.closing {
            self.tell_changes(store, expunge_may_pass);
            self.tell_others(store);
        }
        self.reply(tag, reply);
        if compresses && !self.closing {
            // The answer goes out as it is; what comes after it doesn't (RFC 4978 section 3).
            self.wire.append(&mut self.output);
            self.compression = Some(Deflate::new());
        }
    }

    fn signed_in(&mut self, store: &mut Mailstore, tag: &str, user: &str, command: Command) -> Reply {
        match command {
            Command::Enable(names) => self.enable(store, user, &names),
            Command::Compress if self.compression.is_some() => Reply::no("[COMPRESSIONACTIVE] Already"),
            Command::Compress => Reply::ok("DEFLATE active"),
            Command::Namespace => {
                let (prefix, delimiter) = (self.dialect.prefix, self.dialect.delimiter);
                self.line(&format!("* NAMESPACE ((\"{prefix}\" \"{delimiter}\")) NIL NIL"));
                Reply::ok("NAMESPACE completed")
            }
            Command::Notify(command) => self.notify(store, user, command),
            Command::Idle => {
                self.line("+ idling");
                self.tell_changes(store, true);
                self.expects = Expects::Done { tag: tag.to_owned() };
                Reply::Later
            }
            Command::List(list) => self.list(store, user, &list),
            Command::Lsub { reference, pattern } => self.lsub(store, user, &reference, &pattern),
            Command::Status { mailbox, items } => self.status(store, user, &mailbox, &items),
            Command::Create { mailbox, special_use } => {
                self.create(store, user, &mailbox, special_use.as_deref())
            }
            Command::Delete { mailbox } => self.delete(store, user, &mailbox),
            Command::Rename { from, to } => self.rename(store, user, &from, &to),
            Command::Subscribe { mailbox, subscribed } => self.subscribe(store, user, &mailbox, subscribed),
            Command::Select(select) => self.select(store, user, &select),
            Command::Append { mailbox, mails } => self.append(store, user, &mailbox, mails),
            command => match store.account_mut(user) {
                Some(_) if self.selected.is_some() => self.in_mailbox(store, tag, user, command),
                _ => Reply::Bad("Select a mailbox first".to_owned()),
            },
        }
    }

    /// Switches on what it knows (RFC 5161); QRESYNC brings CONDSTORE along (RFC 7162 section 3.2.3).
    fn enable(&mut self, store: &Mailstore, user: &str, names: &[String]) -> Reply {
        let knew_modseqs = self.enabled.condstore;
        let mut enabled = String::new();
        for name in names {
            match name.as_str() {
                "CONDSTORE" if self.dialect.condstore => {}
                "QRESYNC" if self.dialect.qresync => self.enabled.qresync = true,
                "IMAP4REV2" if self.dialect.rev2 => {
                    self.enabled.rev2 = true;
                    enabled.push_str(" IMAP4rev2");
                    continue;
                }
                _ => continue,
            }
            self.enabled.condstore = true;
            enabled.push_str(&format!(" {name}"));
        }
        self.line(&format!("* ENABLED{enabled}"));
        // Who has a mailbox selected has to learn where its mod-sequences stand.
        let mailbox = self.mailbox(store, user).filter(|mailbox| self.tells_modseq(mailbox));
        if let Some(mailbox) = mailbox.filter(|_| !knew_modseqs) {
            let highest = self.modseq_on_wire(self.told_modseq(mailbox));
            self.line(&format!("* OK [HIGHESTMODSEQ {highest}] highest"));
        }
        Reply::ok("ENABLE completed")
    }

    fn in_mailbox(&mut self, store: &mut Mailstore, tag: &str, user: &str, command: Command) -> Reply {
        match command {
            Command::Unselect => {
                self.selected = None;
                Reply::ok("UNSELECT completed")
            }
            Command::Close => self.close(store, user),
            Command::Expunge { uids } => self.expunge(store, user, uids.as_ref()),
            Command::Fetch(fetch) => self.fetch(store, user, &fetch),
            Command::Search(search) => self.search(store, user, tag, &search),
            Command::Store(command) => self.store(store, user, &command),
            Command::Copy { uid, set, mailbox } => self.copy(store, user, uid, &set, &mailbox),
            Command::Move { uid, set, mailbox } => self.move_mails(store, user, uid, &set, &mailbox),
            // Every other command was taken above.
            _ => Reply::Bad("Not now".to_owned()),
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
