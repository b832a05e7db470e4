//! A private Courier IMAP: started for one test from its unpacked root, over TLS on a loopback port.
//!
//! A server of the old kind: no CONDSTORE, no MOVE, no SPECIAL-USE, no UIDNEXT when a mailbox is selected; all mailboxes
//! lie below `INBOX.`.

use std::fs;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::authority::Authority;
use crate::dovecot::free_port;
use crate::engine::Login;
use crate::process::{Process, within};
use crate::real_server::{PASSWORD, RealServer, USER_NAME};
use crate::unpacked::{Root, USER};

/// A running (or stopped) server. Dropping it ends it and removes all it had.
pub struct Courier {
    // Before `root`: processes end before their files go.
    processes: Vec<Process>,
    root: Root,
    port: u16,
    authority: Vec<u8>,
}

const HOME: &str = "/mail/ann";
/// Where it notes what its user says, into a file that has to be there.
const NOTES: &str = "/mail/ann/notes";
const NOTES_FILE: &str = "/mail/ann/notes/imap.log";
/// What Debian's configuration offers over TLS.
const CAPABILITY: &str = "IMAP4rev1 UIDPLUS CHILDREN NAMESPACE THREAD=ORDEREDSUBJECT THREAD=REFERENCES SORT QUOTA IDLE \
    AUTH=PLAIN";

impl Courier {
    /// A server with a good certificate for `localhost` and its one user.
    pub fn start() -> Self {
        let root = Root::of("courier");
        for directory in ["/conf", "/run/courier", "/run/courier/authdaemon", HOME, NOTES] {
            root.make_directory(directory);
        }
        root.write(NOTES_FILE, "");
        root.give_away(NOTES_FILE);
        let authority = Authority::new();
        let leaf = authority.leaf(&["localhost", "127.0.0.1"]);
        let files = authority.write_pem(&leaf, &root.path("/conf")).expect("certificates");
        let text = |path: &Path| fs::read_to_string(path).expect("a PEM file of our own");
        root.write("/conf/server.pem", text(&files.key) + &text(&files.certificate));
        root.give_away("/conf/server.pem");
        root.write("/etc/courier/authdaemonrc", AUTHENTICATION);
        make_user(&root);
        let mut server = Self { processes: Vec::new(), root, port: 0, authority: authority.root() };
        let up = (0..5).any(|_| {
            server.port = free_port();
            server.try_run()
        });
        assert!(up, "Courier doesn't start:\n{}", server.errors());
        server
    }

    /// What the server has said in its logs.
    fn errors(&self) -> String {
        ["authdaemond.out", "authdaemond.err", "courier.out", "courier.err"]
            .map(|name| fs::read_to_string(self.root.path("/conf").join(name)).unwrap_or_default())
            .concat()
    }

    /// Starts both programs and waits until the server listens. False if it ended instead (the port may be taken).
    fn try_run(&mut self) -> bool {
        let log = self.root.path("/conf");
        let command = self.root.command(&[], "/usr/lib/courier/courier-authlib/authdaemond", &[]);
        let authentication = Process::start("authdaemond", &log, &command);
        let socket = self.root.path("/run/courier/authdaemon/socket");
        within(Duration::from_secs(20), || socket.exists() || !authentication.is_running());
        let port = self.port.to_string();
        let arguments = [
            "-address=127.0.0.1",
            "-maxprocs=100",
            "-maxperip=100",
            "-nodnslookup",
            "-noidentlookup",
            &port,
            "/usr/bin/couriertls",
            "-server",
            "-tcpd",
            "-user=courier",
            "/usr/lib/courier/courier/imaplogin",
            "/usr/bin/imapd",
            "Maildir",
        ];
        let command = self.root.command(&environment(), "/usr/sbin/couriertcpd", &arguments);
        let server = Process::start("courier", &log, &command);
        let mut listening = false;
        within(Duration::from_secs(20), || {
            listening = TcpStream::connect(("127.0.0.1", self.port)).is_ok() && server.is_running();
            listening || !server.is_running()
        });
        if listening {
            self.processes = vec![server, authentication];
        }
        listening
    }
}

impl RealServer for Courier {
    fn login(&self) -> Login {
        Login {
            host: "localhost".to_owned(),
            port: self.port,
            user: USER_NAME.to_owned(),
            password: PASSWORD.to_owned(),
            authority: self.authority.clone(),
        }
    }

    fn place(&self) -> PathBuf {
        self.root.place()
    }

    fn notes(&self) -> PathBuf {
        self.root.path(NOTES)
    }

    fn prefix(&self) -> &'static str {
        "INBOX."
    }

    fn delimiter(&self) -> char {
        '.'
    }

    /// At once: asked to end, it would leave the connections that it has to themselves.
    fn stop(&mut self) {
        for mut process in self.processes.drain(..) {
            process.kill();
        }
        let socket = self.root.path("/run/courier/authdaemon/socket");
        if socket.exists() {
            fs::remove_file(socket).expect("a socket of the server's");
        }
    }

    fn restart(&mut self) {
        self.stop();
        // Whoever is left of the old connections may hold the port for a moment.
        let up = within(Duration::from_secs(10), || self.try_run());
        assert!(up, "Courier doesn't start again:\n{}", self.errors());
    }
}

/// authdaemonrc.
const AUTHENTICATION: &str = "\
authmodulelist=\"authuserdb\"
authmodulelistorig=\"authuserdb\"
daemons=3
authdaemonvar=/run/courier/authdaemon
DEBUG_LOGIN=0
";

/// Debian's configuration, but for IDLE, which looks every two seconds in place of every sixty, and for the locks: they
/// would want a daemon that watches files and outlives the server.
fn environment() -> Vec<(&'static str, &'static str)> {
    vec![
        ("TLS_CERTFILE", "/conf/server.pem"),
        ("TLS_VERIFYPEER", "NONE"),
        ("IMAP_TLS", "1"),
        ("IMAP_CAPABILITY", CAPABILITY),
        ("IMAP_CAPABILITY_TLS", CAPABILITY),
        ("IMAPDEBUGFILE", NOTES_FILE),
        ("IMAP_KEYWORDS", "1"),
        ("IMAP_ACL", "1"),
        ("IMAP_IDLE_TIMEOUT", "2"),
        ("IMAP_MAILBOX_SANITY_CHECK", "1"),
        ("IMAP_CHECK_ALL_FOLDERS", "0"),
        ("IMAP_OBSOLETE_CLIENT", "0"),
        ("IMAP_USELOCKS", "0"),
        ("IMAP_ENHANCEDIDLE", "0"),
        ("IMAP_TRASHFOLDERNAME", "Trash"),
        ("IMAP_MOVE_EXPUNGE_TO_TRASH", "0"),
        ("MAILDIRPATH", "Maildir"),
    ]
}

/// The user with an encrypted password in Courier's own database, and a Maildir.
fn make_user(root: &Root) {
    let password = root.run("/usr/sbin/userdbpw", &["-md5"], &format!("{PASSWORD}\n"));
    let place = format!("imap=1|uid={USER}|gid={USER}|home={HOME}|mail={HOME}/Maildir");
    let secret = format!("systempw={}", password.trim());
    for (file, record) in [("userdb", place), ("userdbshadow", secret)] {
        let (draft, file) = (format!("/etc/courier/{file}.draft"), format!("/etc/courier/{file}.dat"));
        let program = "/usr/lib/courier/courier-authlib/makedatprog";
        root.run(program, &["-", &draft, &file], &format!("{USER_NAME}\t{record}\n.\n"));
    }
    for mailbox in ["", ".Archive", ".Drafts", ".Junk", ".Sent", ".Trash"] {
        for part in ["", "/cur", "/new", "/tmp"] {
            root.make_directory(&format!("{HOME}/Maildir/{mailbox}{part}"));
        }
        if !mailbox.is_empty() {
            // Says that this is a mailbox below INBOX.
            let mark = format!("{HOME}/Maildir/{mailbox}/maildirfolder");
            root.write(&mark, "");
            root.give_away(&mark);
        }
    }
}
