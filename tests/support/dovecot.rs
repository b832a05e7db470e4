//! A private Dovecot: the real server, started for one test, over TLS on a loopback port.
//!
//! Everything it has lies in a temporary directory and goes with it. As root it runs as Dovecot's own users
//! and keeps mail as an unprivileged one (it refuses to serve mail of uid 0); otherwise all of it runs as
//! whoever runs the test.

use std::fs::{self, File};
use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU16, AtomicU64, Ordering};
use std::time::{Duration, UNIX_EPOCH};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose};
use tempfile::TempDir;

use crate::generated::Mail;
use crate::process::{Process, within};
use crate::second_client::SecondClient;

/// How mail is kept on the server's disk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// One file per mail; seeded by writing files.
    #[default]
    Maildir,
    /// Dovecot's own format; seeded by APPEND, so slower.
    Sdbox,
}

/// What may differ from one server to the next.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// How mail is kept.
    pub format: Format,
    /// Certificate chain and key as PEM, in place of a good certificate of the server's own authority.
    pub identity: Option<(String, String)>,
    /// More lines for dovecot.conf, such as `imap_capability = IMAP4rev1 UIDPLUS` for a poorer server.
    pub settings: Vec<String>,
}

/// A user of the server, with a home of its own.
#[derive(Clone, Debug)]
pub struct User {
    /// The name to sign in with.
    pub name: String,
    /// The password to sign in with.
    pub password: String,
    home: PathBuf,
}

/// A running (or stopped) server. Dropping it ends it and removes all it had.
pub struct Dovecot {
    // Ended before its directory goes.
    process: Option<Process>,
    directory: TempDir,
    port: u16,
    authority: Vec<u8>,
    options: Options,
    owner: Owner,
}

/// Whom the mail files belong to.
#[derive(Clone, Debug)]
struct Owner {
    uid: u32,
    gid: u32,
    /// The user and group for the server's own processes; `None` as root, where Dovecot's defaults are right.
    own_processes: Option<(String, String)>,
}

/// The next port to try. Below the range from which systems take ports for outgoing connections, so that a
/// stopped server finds its port free again.
static NEXT_PORT: AtomicU16 = AtomicU16::new(0);
/// Numbers mails, so that no two files in a Maildir share a name.
static NEXT_MAIL: AtomicU64 = AtomicU64::new(0);
/// nobody and nogroup on Debian.
const UNPRIVILEGED: u32 = 65_534;

impl Dovecot {
    /// A server with a good certificate for `localhost` and 127.0.0.1, keeping Maildirs.
    pub fn start() -> Self {
        Self::start_with(Options::default())
    }

    /// A server that differs from the usual one.
    pub fn start_with(options: Options) -> Self {
        let directory = tempfile::Builder::new().prefix("waxwing-dovecot-").tempdir().expect("a directory");
        // The server's unprivileged processes pass through it.
        set_mode(directory.path(), 0o755);
        for name in ["base", "state", "home", "log"] {
            make_directory(&directory.path().join(name));
        }
        let (authority, chain, key) = identity(&options);
        fs::write(directory.path().join("authority.pem"), pem(&authority)).expect("authority.pem");
        fs::write(directory.path().join("chain.pem"), chain).expect("chain.pem");
        fs::write(directory.path().join("key.pem"), key).expect("key.pem");
        fs::write(directory.path().join("users"), "").expect("users");
        let owner = owner(directory.path());
        let mut server = Self { process: None, directory, port: 0, authority, options, owner };
        for _ in 0..5 {
            server.port = free_port();
            if server.try_run() {
                return server;
            }
        }
        panic!("Dovecot doesn't start:\n{}{}", server.errors(), server.log());
    }

    /// The name its certificate is for.
    pub fn host(&self) -> &'static str {
        "localhost"
    }

    /// The port of IMAP over TLS; the same for the server's whole life.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The pid of the running server's first process, in whose process group all its others are.
    pub fn pid(&self) -> u32 {
        self.process.as_ref().expect("a running server").pid()
    }

    /// Where a mailbox of a Maildir server lies.
    pub fn maildir(&self, user: &User, mailbox: &str) -> PathBuf {
        folder(user, mailbox)
    }

    /// The authority behind the server's certificate, as DER.
    pub fn authority(&self) -> Vec<u8> {
        self.authority.clone()
    }

    /// The same as a PEM file.
    pub fn authority_file(&self) -> PathBuf {
        self.directory.path().join("authority.pem")
    }

    /// Makes a user with an empty mailbox, or gives an existing one another password. Takes a second from the
    /// second user on.
    pub fn user(&self, name: &str, password: &str) -> User {
        let home = self.directory.path().join("home").join(name);
        if !home.exists() {
            self.make_owned_directory(&home);
        }
        let path = self.directory.path().join("users");
        let prefix = format!("{name}:");
        let before = fs::read_to_string(&path).expect("users");
        let mut lines: Vec<String> =
            before.lines().filter(|line| !line.starts_with(&prefix)).map(str::to_owned).collect();
        let Owner { uid, gid, .. } = self.owner;
        lines.push(format!("{prefix}{{PLAIN}}{password}:{uid}:{gid}::{}::", home.display()));
        // Replaced in one step: the server may be reading it.
        let next = path.with_extension("next");
        fs::write(&next, lines.join("\n") + "\n").expect("users");
        fs::rename(&next, &path).expect("users");
        if self.process.is_some() && !before.is_empty() {
            // Dovecot looks at the file again only when a second has passed since it last did.
            std::thread::sleep(Duration::from_millis(1100));
        }
        User { name: name.to_owned(), password: password.to_owned(), home }
    }

    /// Signs a second client in.
    pub fn second_client(&self, user: &User) -> SecondClient {
        SecondClient::connect(self.host(), self.port, &self.authority, &user.name, &user.password)
            .expect("the second client signs in")
    }

    /// Puts mails into a mailbox (made if missing), oldest first, with the flags and dates they ask for.
    ///
    /// In a Maildir they are written as files, which is how ten thousand of them take a second or two.
    pub fn seed(&self, user: &User, mailbox: &str, mails: impl IntoIterator<Item = Mail>) -> usize {
        match self.options.format {
            Format::Maildir => self.seed_files(user, mailbox, mails),
            Format::Sdbox => self.seed_by_append(user, mailbox, mails),
        }
    }

    /// Makes the server forget a mailbox's UIDs, as after a restore from a backup: the same mails, a higher
    /// UIDVALIDITY, UIDs from 1. For Maildirs only, and with nobody signed in.
    pub fn reset_uids(&self, user: &User, mailbox: &str) {
        assert_eq!(self.options.format, Format::Maildir);
        for entry in fs::read_dir(folder(user, mailbox)).expect("the mailbox has a directory").flatten() {
            let name = entry.file_name();
            if name == "dovecot-uidlist" || name.to_string_lossy().starts_with("dovecot.index") {
                fs::remove_file(entry.path()).expect("a file of the server's");
            }
        }
    }

    /// What the server has logged so far, sign-ins and refusals included. The log comes with a short delay.
    pub fn log(&self) -> String {
        fs::read_to_string(self.directory.path().join("log/dovecot.log")).unwrap_or_default()
    }

    /// How often somebody tried to sign in as that user, successfully or not, as far as logged.
    pub fn sign_ins(&self, user: &str) -> usize {
        let (good, bad) = (format!("Login: user=<{user}>"), format!("passwd-file({user},"));
        self.log().lines().filter(|line| line.contains(&good) || line.contains(&bad)).count()
    }

    /// Waits up to ten seconds until `sign_ins` is at least `count`, and gives what it is then.
    pub fn sign_ins_reaching(&self, user: &str, count: usize) -> usize {
        within(Duration::from_secs(10), || self.sign_ins(user) >= count);
        self.sign_ins(user)
    }

    /// Ends the server, politely to its clients. Mail stays.
    pub fn stop(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.stop();
        }
    }

    /// Ends the server as a power cut would: no BYE, no close_notify. Mail stays; the locks of the dead don't, for which
    /// the next server would wait two minutes.
    pub fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill();
            remove_locks(&self.directory.path().join("home"));
        }
    }

    /// Starts the server again (after ending it, if it runs) on the same port with the same mail.
    pub fn restart(&mut self) {
        self.stop();
        // Whoever is left of the old connections may hold the port for a moment.
        let up = within(Duration::from_secs(10), || self.try_run());
        assert!(up, "Dovecot doesn't start again:\n{}{}", self.errors(), self.log());
    }

    /// Changes what comes after `imap_capability` and the like; holds from the next `restart` on.
    pub fn set_options(&mut self, settings: &[&str]) {
        self.options.settings = settings.iter().map(|line| (*line).to_owned()).collect();
    }

    fn errors(&self) -> String {
        fs::read_to_string(self.directory.path().join("log/dovecot.err")).unwrap_or_default()
    }

    /// Starts the server and waits until it greets. False if it ended instead (the port may be taken).
    fn try_run(&mut self) -> bool {
        let path = self.directory.path().join("dovecot.conf");
        fs::write(&path, self.configuration()).expect("dovecot.conf");
        let program = if Path::new("/usr/sbin/dovecot").exists() { "/usr/sbin/dovecot" } else { "dovecot" };
        let mut command = Command::new(program);
        command.arg("-F").arg("-c").arg(&path);
        let process = Process::start("dovecot", &self.directory.path().join("log"), &command);
        let mut listening = false;
        within(Duration::from_secs(20), || {
            listening = TcpStream::connect(("127.0.0.1", self.port)).is_ok() && process.is_running();
            listening || !process.is_running()
        });
        if listening {
            self.process = Some(process);
        }
        listening
    }

    fn configuration(&self) -> String {
        let place = self.directory.path().display();
        let Owner { uid, gid, .. } = self.owner;
        let location = match self.options.format {
            Format::Maildir => "maildir:~/Maildir",
            Format::Sdbox => "sdbox:~/sdbox",
        };
        let roles: String = ["Drafts", "Sent", "Trash", "Junk", "Archive"]
            .iter()
            .map(|name| format!("  mailbox {name} {{\n    auto = create\n    special_use = \\{name}\n  }}\n"))
            .collect();
        let own_processes = self.owner.own_processes.as_ref().map_or_else(String::new, |(user, group)| {
            let chroots: String = ["anvil", "imap-login", "stats", "imap-urlauth-login"]
                .iter()
                .map(|service| format!("service {service} {{\n  chroot =\n}}\n"))
                .collect();
            format!(
                "default_internal_user = {user}\ndefault_login_user = {user}\n\
                 default_internal_group = {group}\n{chroots}"
            )
        });
        let port = self.port;
        let settings = self.options.settings.join("\n");
        format!(
            "base_dir = {place}/base\nstate_dir = {place}/state\ninstance_name = waxwing-{port}\n\
             protocols = imap\nlisten = 127.0.0.1\nlog_path = {place}/log/dovecot.log\nauth_verbose = yes\n\
             auth_failure_delay = 0\nauth_mechanisms = plain login\nmail_fsync = never\n\
             ssl = required\nssl_cert = <{place}/chain.pem\nssl_key = <{place}/key.pem\n\
             first_valid_uid = 1\nfirst_valid_gid = 1\nmail_uid = {uid}\nmail_gid = {gid}\n\
             mail_location = {location}\nmail_max_userip_connections = 40\n\
             passdb {{\n  driver = passwd-file\n  args = username_format=%u {place}/users\n}}\n\
             userdb {{\n  driver = passwd-file\n  args = username_format=%u {place}/users\n}}\n\
             namespace inbox {{\n  inbox = yes\n  separator = /\n{roles}}}\n\
             service imap-login {{\n  inet_listener imap {{\n    port = 0\n  }}\n  \
             inet_listener imaps {{\n    port = {port}\n    ssl = yes\n  }}\n}}\n\
             service anvil {{\n  unix_listener anvil-auth-penalty {{\n    mode = 0\n  }}\n}}\n\
             {own_processes}{settings}\n"
        )
    }

    fn seed_files(&self, user: &User, mailbox: &str, mails: impl IntoIterator<Item = Mail>) -> usize {
        let (root, folder) = (user.home.join("Maildir"), folder(user, mailbox));
        for directory in [root, folder.clone(), folder.join("cur"), folder.join("new"), folder.join("tmp")] {
            if !directory.exists() {
                self.make_owned_directory(&directory);
            }
        }
        let mut count = 0;
        for mail in mails {
            let number = NEXT_MAIL.fetch_add(1, Ordering::Relaxed);
            let size = mail.raw.len();
            let flags: String = [(mail.answered, 'R'), (mail.flagged, 'F'), (mail.seen, 'S')]
                .iter()
                .filter_map(|(is_set, letter)| is_set.then_some(*letter))
                .collect();
            // The server numbers new files in the order of the times in their names.
            let name = format!("{}.M{number}P1.waxwing,S={size},W={size}", 1_000_000_000 + number);
            let draft = folder.join("tmp").join(&name);
            let mut file = File::create(&draft).expect("a mail file");
            file.write_all(&mail.raw).expect("a mail file");
            file.set_modified(UNIX_EPOCH + Duration::from_secs(mail.received)).expect("a mail's date");
            self.give_away(&draft);
            fs::rename(&draft, folder.join("cur").join(format!("{name}:2,{flags}"))).expect("delivered");
            count += 1;
        }
        count
    }

    fn seed_by_append(&self, user: &User, mailbox: &str, mails: impl IntoIterator<Item = Mail>) -> usize {
        let mut client = self.second_client(user);
        if !client.mailboxes().expect("LIST").iter().any(|known| known == mailbox) {
            client.create(mailbox).expect("CREATE");
        }
        let mut count = 0;
        for mail in mails {
            client.append(mailbox, &mail.flags(), Some(mail.received), &mail.raw).expect("APPEND");
            count += 1;
        }
        count
    }

    fn make_owned_directory(&self, path: &Path) {
        fs::DirBuilder::new().mode(0o700).create(path).expect("a directory");
        self.give_away(path);
    }

    fn give_away(&self, path: &Path) {
        if self.owner.own_processes.is_none() {
            chown(path, Some(self.owner.uid), Some(self.owner.gid)).expect("root may give files away");
        }
    }
}

/// The authority (DER), and the chain and key (PEM) the server shows.
fn identity(options: &Options) -> (Vec<u8>, String, String) {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, "Waxwing test authority");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let authority =
        CertifiedIssuer::self_signed(params, KeyPair::generate().expect("a key")).expect("a root");
    let (chain, key) = options.identity.clone().unwrap_or_else(|| {
        let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
        let mut params = CertificateParams::new(names).expect("names");
        params.distinguished_name.push(DnType::CommonName, "localhost");
        let key = KeyPair::generate().expect("a key");
        let leaf = params.signed_by(&key, &authority).expect("a certificate");
        (leaf.pem(), key.serialize_pem())
    });
    (authority.der().to_vec(), chain, key)
}

/// Where a Maildir mailbox lies. Maildir++: each but INBOX is a directory beside the others, levels joined by dots.
fn folder(user: &User, mailbox: &str) -> PathBuf {
    let root = user.home.join("Maildir");
    if mailbox.eq_ignore_ascii_case("INBOX") {
        root
    } else {
        root.join(format!(".{}", mailbox.replace('/', ".")))
    }
}

fn pem(der: &[u8]) -> String {
    use base64::Engine as _;
    let text = base64::engine::general_purpose::STANDARD.encode(der);
    let lines: Vec<&str> =
        text.as_bytes().chunks(64).map(|line| str::from_utf8(line).expect("ASCII")).collect();
    format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"))
}

/// Removes the files by which processes shut others out of a mailbox, in all below this directory.
fn remove_locks(directory: &Path) {
    for entry in fs::read_dir(directory).expect("a directory of mailboxes").flatten() {
        let (path, name) = (entry.path(), entry.file_name());
        if name.as_encoded_bytes().ends_with(b".lock") {
            fs::remove_file(path).expect("a lock that is no longer held");
        } else if path.is_dir() && !["cur", "new", "tmp"].iter().any(|mails| name == *mails) {
            remove_locks(&path);
        }
    }
}

fn owner(directory: &Path) -> Owner {
    let metadata = fs::metadata(directory).expect("our own directory");
    if metadata.uid() == 0 {
        return Owner { uid: UNPRIVILEGED, gid: UNPRIVILEGED, own_processes: None };
    }
    let (user, group) = (name_of("-un"), name_of("-gn"));
    Owner { uid: metadata.uid(), gid: metadata.gid(), own_processes: Some((user, group)) }
}

fn name_of(option: &str) -> String {
    let answer = Command::new("id").arg(option).output().expect("id");
    String::from_utf8_lossy(&answer.stdout).trim().to_owned()
}

fn make_directory(path: &Path) {
    fs::DirBuilder::new().mode(0o755).create(path).expect("a directory");
    set_mode(path, 0o755);
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("our own directory");
}

/// A port on which nobody listens.
pub(crate) fn free_port() -> u16 {
    const FIRST: u16 = 20_000;
    const COUNT: u16 = 12_000;
    // Test runs side by side start looking at different places.
    let offset = (std::process::id() % u32::from(COUNT)) as u16;
    for _ in 0..COUNT {
        let step = NEXT_PORT.fetch_add(1, Ordering::Relaxed) % COUNT;
        let port = FIRST + (offset + step) % COUNT;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
    panic!("no free port from {FIRST} on");
}
