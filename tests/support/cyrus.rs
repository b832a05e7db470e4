//! A private Cyrus IMAP: started for one test from its unpacked root, over TLS on a loopback port.
//!
//! It has everything that speeds a sync up (QRESYNC, CONDSTORE, OBJECTID) and lists LOGINDISABLED once one is signed in.

use std::net::TcpStream;
use std::path::PathBuf;
use std::time::Duration;

use crate::authority::Authority;
use crate::dovecot::free_port;
use crate::engine::Login;
use crate::process::{Process, within};
use crate::real_server::{PASSWORD, RealServer, USER_NAME};
use crate::unpacked::Root;

/// Where it notes what its user says.
const NOTES: &str = "/conf/log/ann@example.test";

/// A running (or stopped) server. Dropping it ends it and removes all it had.
pub struct Cyrus {
    // Before `root`: processes end before their files go.
    process: Option<Process>,
    root: Root,
    port: u16,
    authority: Vec<u8>,
}

impl Cyrus {
    /// A server with a good certificate for `localhost` and its one user.
    pub fn start() -> Self {
        Self::start_with("")
    }

    /// The same with more lines in its imapd.conf.
    pub fn start_with(settings: &str) -> Self {
        let root = Root::of("cyrus");
        // In /conf/log it notes what is said by whom has a directory there; in /conf/socket every connection that waits in IDLE has a socket of its own.
        for directory in
            ["/conf", "/conf/socket", "/spool", "/run/cyrus", "/run/cyrus/lock", "/conf/log", NOTES]
        {
            root.make_directory(directory);
        }
        let authority = Authority::new();
        let leaf = authority.leaf(&["localhost", "127.0.0.1"]);
        let files = authority.write_pem(&leaf, &root.path("/conf")).expect("certificates");
        for file in [&files.certificate, &files.key] {
            root.give_away(&format!("/conf/{}", file.file_name().expect("a file").display()));
        }
        root.write("/etc/imapd.conf", format!("{CONFIGURATION}{settings}"));
        let (name, domain) = USER_NAME.split_once('@').expect("an address");
        // Kept as it is, so that the SCRAM mechanisms have what they need.
        let arguments = ["-f", "/conf/sasldb2", "-p", "-c", "-u", domain, name];
        root.run("/usr/sbin/saslpasswd2", &arguments, PASSWORD);
        root.give_away("/conf/sasldb2");
        let mut server = Self { process: None, root, port: 0, authority: authority.root() };
        let up = (0..5).any(|_| {
            server.port = free_port();
            server.try_run()
        });
        assert!(up, "Cyrus doesn't start:\n{}", server.errors());
        server
    }

    /// What the server has said in its log.
    fn errors(&self) -> String {
        ["out", "err"]
            .map(|kind| {
                std::fs::read_to_string(self.root.path(&format!("/conf/cyrus.{kind}"))).unwrap_or_default()
            })
            .concat()
    }

    /// Starts the server and waits until it listens. False if it ended instead (the port may be taken).
    fn try_run(&mut self) -> bool {
        let listen = format!("127.0.0.1:{}", self.port);
        self.root.write("/etc/cyrus.conf", services(&listen));
        // -D: what it says on its standard error is kept, and it stays in our group of processes.
        let arguments = ["-D", "-C", "/etc/imapd.conf", "-M", "/etc/cyrus.conf"];
        let command = self.root.command(&[], "/usr/lib/cyrus/bin/master", &arguments);
        let process = Process::start("cyrus", &self.root.path("/conf"), &command);
        let mut listening = false;
        within(Duration::from_secs(30), || {
            listening = TcpStream::connect(&listen).is_ok() && process.is_running();
            listening || !process.is_running()
        });
        if listening {
            self.process = Some(process);
        }
        listening
    }
}

impl RealServer for Cyrus {
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

    fn stop(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.stop();
        }
    }

    fn restart(&mut self) {
        self.stop();
        // Whoever is left of the old connections may hold the port for a moment.
        let up = within(Duration::from_secs(10), || self.try_run());
        assert!(up, "Cyrus doesn't start again:\n{}", self.errors());
    }
}

/// imapd.conf. Passwords are checked against a database of SASL's.
const CONFIGURATION: &str = "\
configdirectory: /conf
defaultpartition: default
partition-default: /spool
cyrus_user: cyrus
servername: localhost
virtdomains: userid
defaultdomain: localhost
unixhierarchysep: yes
altnamespace: yes
allowplaintext: yes
sasl_pwcheck_method: auxprop
sasl_auxprop_plugin: sasldb
sasl_sasldb_path: /conf/sasldb2
sasl_mech_list: PLAIN LOGIN SCRAM-SHA-1 SCRAM-SHA-256
tls_server_cert: /conf/certificate.pem
tls_server_key: /conf/key.pem
autocreate_quota: 0
autocreate_inbox_folders: Archive|Drafts|Junk|Sent|Trash
autocreate_subscribe_folders: Archive|Drafts|Junk|Sent|Trash
xlist-archive: Archive
xlist-drafts: Drafts
xlist-junk: Junk
xlist-sent: Sent
xlist-trash: Trash
expunge_mode: immediate
delete_mode: immediate
proc_path: /run/cyrus/proc
mboxname_lockpath: /run/cyrus/lock
skiplist_unsafe: yes
";

/// cyrus.conf.
fn services(listen: &str) -> String {
    let bin = "/usr/lib/cyrus/bin";
    format!(
        "START {{\n  recover cmd=\"{bin}/ctl_cyrusdb -r\"\n  idled cmd=\"{bin}/idled\"\n}}\n\
         SERVICES {{\n  imaps cmd=\"{bin}/imapd -s -U 30\" listen=\"{listen}\" prefork=0 maxchild=100\n}}\n\
         EVENTS {{\n  checkpoint cmd=\"{bin}/ctl_cyrusdb -c\" period=30\n}}\n"
    )
}
