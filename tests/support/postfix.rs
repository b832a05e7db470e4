//! A private Postfix: Debian's own, started for one test from its unpacked root, on loopback ports. It takes mail over TLS from whoever
//! signs in at a Dovecot beside it, and puts it into that one's mailboxes; nothing goes anywhere else.

use std::fs;
use std::net::TcpStream;
use std::os::unix::fs::{PermissionsExt as _, chown, symlink};
use std::path::Path;
use std::time::Duration;

use crate::authority::Authority;
use crate::dovecot::{Dovecot, Options, User, free_port};
use crate::process::{Process, within};
use crate::unpacked::{Root, USER as MAIL};

/// Who its processes are, and the group that may hand mail in; in its root alone.
const POSTFIX: u32 = 65_533;
const POSTDROP: u32 = 65_532;
/// The domain it has mailboxes of.
pub const DOMAIN: &str = "example.test";

/// A running server. Dropping it ends it and removes all it had.
pub struct Postfix {
    // Before `root`: processes end before their files go.
    process: Option<Process>,
    root: Root,
    port: u16,
    starttls_port: u16,
    authority: Vec<u8>,
}

/// A Dovecot that tells a Postfix who somebody is; and at which port it does.
pub fn dovecot() -> (Dovecot, u16) {
    let port = free_port();
    let service =
        format!("service auth {{\n  inet_listener {{\n    address = 127.0.0.1\n    port = {port}\n  }}\n}}");
    (Dovecot::start_with(Options { settings: vec![service], ..Options::default() }), port)
}

impl Postfix {
    /// A server with a good certificate for `localhost`, which puts mail into these users' INBOXes; `others` are addresses whose mail
    /// the last of them gets, too; `settings` are more lines of main.cf.
    pub fn start(
        (dovecot, auth): &(Dovecot, u16),
        users: &[User],
        others: &[String],
        settings: &str,
    ) -> Self {
        let root = Root::open_to_all("postfix");
        let users_of_it = format!(
            "root:x:0:0::/:/bin/false\npostfix:x:{POSTFIX}:{POSTFIX}::/:/bin/false\nnobody:x:{MAIL}:{MAIL}::/:/bin/false\n"
        );
        root.write("/etc/passwd", users_of_it);
        let groups = format!("root:x:0:\npostfix:x:{POSTFIX}:\npostdrop:x:{POSTDROP}:\nnogroup:x:{MAIL}:\n");
        root.write("/etc/group", groups);
        make_queue(&root);
        let mut mailboxes = String::new();
        for user in users {
            // Its user's processes look for mail where the server puts it.
            let place = format!("/mail/{}", user.name);
            root.make_directory(&place);
            symlink(root.path(&place), dovecot.maildir(user, "INBOX")).expect("a link of our own");
            mailboxes.push_str(&format!("{0} {0}/\n", user.name));
        }
        let last = &users.last().expect("somebody").name;
        mailboxes.extend(others.iter().map(|address| format!("{address} {last}/\n")));
        root.write("/etc/postfix/mailboxes", mailboxes);
        let authority = Authority::new();
        let leaf = authority.leaf(&["localhost", "127.0.0.1"]);
        authority.write_pem(&leaf, &root.path("/etc/postfix")).expect("certificates");
        root.write(
            "/etc/postfix/main.cf",
            format!("{CONFIGURATION}smtpd_sasl_path = inet:127.0.0.1:{auth}\n{settings}\n"),
        );
        let mut server = Self { process: None, root, port: 0, starttls_port: 0, authority: authority.root() };
        let up = (0..5).any(|_| {
            (server.port, server.starttls_port) = (free_port(), free_port());
            server.try_run()
        });
        assert!(up, "Postfix doesn't start:\n{}", server.log());
        server
    }

    /// The port with TLS from the first octet.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The port with STARTTLS.
    pub fn starttls_port(&self) -> u16 {
        self.starttls_port
    }

    /// The authority behind its certificate, as DER.
    pub fn authority(&self) -> Vec<u8> {
        self.authority.clone()
    }

    /// What it has logged so far.
    pub fn log(&self) -> String {
        let said = ["/var/log/mail.log", "/var/log/postfix.out", "/var/log/postfix.err"];
        said.map(|file| fs::read_to_string(self.root.path(file)).unwrap_or_default()).concat()
    }

    /// Starts the server and waits until it listens. False if it ended instead (a port may be taken).
    fn try_run(&mut self) -> bool {
        self.root.write("/etc/postfix/master.cf", services(self.port, self.starttls_port));
        // -d: it stays where its end can be seen to.
        let command = self.root.command(&[], "/usr/lib/postfix/sbin/master", &["-d", "-c", "/etc/postfix"]);
        let process = Process::start("postfix", &self.root.path("/var/log"), &command);
        let ports = [self.port, self.starttls_port];
        let mut listening = false;
        within(Duration::from_secs(20), || {
            listening = process.is_running()
                && ports.iter().all(|port| TcpStream::connect(("127.0.0.1", *port)).is_ok());
            listening || !process.is_running()
        });
        if listening {
            self.process = Some(process);
        }
        listening
    }
}

impl Drop for Postfix {
    fn drop(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.stop();
        }
    }
}

/// What `postfix check` would make, which needs programs that aren't in the root.
fn make_queue(root: &Root) {
    let own = |path: &Path, group: u32, mode: u32| {
        fs::create_dir_all(path).expect("a directory of our own");
        chown(path, Some(POSTFIX), Some(group)).expect("only root may start unpacked servers");
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("our own directory");
    };
    let queue = root.path("/var/spool/postfix");
    for name in [
        "active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming", "private", "saved",
        "trace",
    ] {
        own(&queue.join(name), 0, 0o700);
    }
    own(&queue.join("public"), POSTDROP, 0o710);
    own(&queue.join("maildrop"), POSTDROP, 0o1730);
    own(&root.path("/var/lib/postfix"), POSTFIX, 0o700);
    for path in [queue.join("pid"), root.path("/var/log"), root.path("/mail")] {
        fs::create_dir_all(&path).expect("a directory of our own");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("our own directory");
    }
}

/// main.cf. Mail for others than its mailboxes is refused: nobody is asked for a name, nothing leaves the machine.
const CONFIGURATION: &str = "\
compatibility_level = 3.6
queue_directory = /var/spool/postfix
data_directory = /var/lib/postfix
mail_owner = postfix
setgid_group = postdrop
default_privs = nobody
myhostname = mail.example.test
mydestination =
mynetworks =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
maillog_file = /var/log/mail.log
alias_maps =
alias_database =
local_recipient_maps =
default_transport = error:nobody is out there
disable_dns_lookups = yes
virtual_mailbox_domains = example.test
virtual_mailbox_base = /mail
virtual_mailbox_maps = texthash:/etc/postfix/mailboxes
virtual_mailbox_limit = 0
virtual_uid_maps = static:65534
virtual_gid_maps = static:65534
smtpd_tls_chain_files = /etc/postfix/key.pem, /etc/postfix/certificate.pem
smtpd_tls_auth_only = yes
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_relay_restrictions = permit_sasl_authenticated, reject
smtpd_client_restrictions =
smtpd_peername_lookup = no
smtputf8_enable = yes
message_size_limit = 60000000
";

/// master.cf; nothing of it in a directory that was changed to, as all of it is in one.
fn services(port: u16, starttls_port: u16) -> String {
    let mut services = format!(
        "127.0.0.1:{port} inet n - n - - smtpd\n  -o smtpd_tls_wrappermode=yes\n\
         127.0.0.1:{starttls_port} inet n - n - - smtpd\n  -o smtpd_tls_security_level=encrypt\n\
         postlog unix-dgram n - n - 1 postlogd\nqmgr unix n - n 300 1 qmgr\nvirtual unix - n n - - virtual\n"
    );
    for (name, limit, program) in [
        ("cleanup", "0", "cleanup"),
        ("tlsmgr", "1", "tlsmgr"),
        ("rewrite", "-", "trivial-rewrite"),
        ("bounce", "0", "bounce"),
        ("defer", "0", "bounce"),
        ("trace", "0", "bounce"),
        ("verify", "1", "verify"),
        ("proxymap", "-", "proxymap"),
        ("error", "-", "error"),
        ("retry", "-", "error"),
        ("anvil", "1", "anvil"),
    ] {
        let private = if name == "cleanup" { "n" } else { "-" };
        services.push_str(&format!("{name} unix {private} - n - {limit} {program}\n"));
    }
    services
}
