//! The C ABI as programs in other languages see it, against the model server.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use tempfile::TempDir;
use waxwing_demo::model::{Dialect, Flags, Mailstore};
use waxwing_demo::serve::{Server, ServerOptions};
use waxwing_tests::repository::root;

mod browser;
mod c;
mod kotlin;
mod mails;
mod probe;
mod released;
mod rust;
mod swift;

const USER: &str = "ada@example.org";
const PASSWORD: &str = "correct horse";

/// A server with so many mails in INBOX, and nothing else.
fn long_mailbox(mails: i64) -> Server {
    let mut mailstore = Mailstore::new();
    mailstore.add_account(USER);
    let inbox = mailstore.mailbox_mut(USER, "INBOX").unwrap();
    for number in 1..=mails {
        inbox.append(mail(number), Flags::none(), 1_700_000_000_000 + number * 1000);
    }
    serve(mailstore)
}

fn serve(mailstore: Mailstore) -> Server {
    let users = vec![(USER.to_owned(), PASSWORD.to_owned())];
    Server::start(ServerOptions { mailstore, dialect: Dialect::full(), users }).unwrap()
}

/// The server of `tests/abi/README.md`.
fn server() -> Server {
    serve(mailstore())
}

/// The same with the mailbox that the scenario reads, besides.
fn server_of_scenario() -> Server {
    let mut mailstore = mailstore();
    mails::put(&mut mailstore);
    serve(mailstore)
}

fn mailstore() -> Mailstore {
    let mut mailstore = Mailstore::new();
    mailstore.add_account(USER);
    for (name, role) in [("Archive", "\\Archive"), ("Sent", "\\Sent"), ("Trash", "\\Trash")] {
        mailstore.add_mailbox(USER, name, Some(role));
    }
    mailstore.add_mailbox(USER, "Work", None);
    let inbox = mailstore.mailbox_mut(USER, "INBOX").unwrap();
    for number in 1..=30 {
        inbox.append(mail(number), Flags::none(), 1_700_000_000_000 + number * 1000);
    }
    mailstore
}

fn mail(number: i64) -> Vec<u8> {
    let head = format!(
        "From: Ann <ann@example.org>\r\nTo: Ada <ada@example.org>\r\nSubject: mail {number}\r\n\
         Message-ID: <{number}@example.org>\r\nMIME-Version: 1.0\r\n"
    );
    let rest = match number {
        30 => "Content-Type: multipart/mixed; boundary=b\r\n\r\n\
             --b\r\nContent-Type: text/plain\r\n\r\nHello 30\r\n\
             --b\r\nContent-Type: text/plain; name=notes.txt\r\n\
             Content-Disposition: attachment; filename=notes.txt\r\n\r\nnotes\r\n--b--\r\n"
            .to_owned(),
        _ => format!("Content-Type: text/plain\r\n\r\nHello {number}\r\n"),
    };
    (head + &rest).into_bytes()
}

/// A folder with `libwaxwing` under the names that programs link and load it by: the one that is shipped where that is tested
/// (WAXWING_LIBRARY_DIR), else the one of this build.
fn library() -> &'static Path {
    static LINKS: OnceLock<TempDir> = OnceLock::new();
    let links = LINKS.get_or_init(|| {
        let built = match std::env::var_os("WAXWING_LIBRARY_DIR") {
            Some(directory) => PathBuf::from(directory),
            None => std::env::current_exe().unwrap().ancestors().nth(2).unwrap().to_owned(),
        };
        let links = tempfile::tempdir().unwrap();
        for (name, file) in [
            ("libwaxwing.so", "libwaxwing.so"),
            ("libwaxwing.so.1", "libwaxwing.so"),
            ("libwaxwing.a", "libwaxwing.a"),
        ] {
            let built = built.join(file);
            assert!(built.exists(), "{} is missing: cargo build --workspace", built.display());
            std::os::unix::fs::symlink(built, links.path().join(name)).unwrap();
        }
        links
    });
    links.path()
}

/// A program and what it works with.
struct Ground {
    server: Server,
    directory: TempDir,
}

impl Ground {
    fn new() -> Self {
        Self::on(server())
    }

    fn of_scenario() -> Self {
        Self::on(server_of_scenario())
    }

    fn on(server: Server) -> Self {
        let ground = Self { server, directory: tempfile::tempdir().unwrap() };
        std::fs::write(ground.directory.path().join("CA.pem"), ground.server.ca_pem()).unwrap();
        ground
    }

    /// Runs a program on its server: `PROGRAM… HOST PORT CA.pem DATA_DIR`.
    fn run(&self, program: &mut Command) -> String {
        self.arguments(program);
        well(&program.output().unwrap_or_else(|error| panic!("{program:?}: {error}")), program)
    }

    fn arguments<'a>(&self, program: &'a mut Command) -> &'a mut Command {
        let path = self.directory.path();
        program.arg("localhost").arg(self.server.port().to_string());
        program.arg(path.join("CA.pem")).arg(path.join("data")).env("WAXWING_PASSWORD", PASSWORD);
        program.env("WAXWING_SMTP_PORT", self.server.submission_port().to_string())
    }
}

/// What a program that did its work has printed.
fn well(output: &Output, program: &Command) -> String {
    let (said, complained) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{program:?}: {}\n{said}\n{complained}", output.status);
    said.into_owned()
}

/// The transcript is the same in every language. `WAXWING_WRITE_SCENARIO=1` writes it anew.
fn assert_is_the_scenario(said: &str) {
    let path = root().join("tests/abi/scenario.txt");
    if std::env::var_os("WAXWING_WRITE_SCENARIO").is_some() {
        std::fs::write(&path, said).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    for (number, (line, wanted)) in (1..).zip(said.lines().zip(expected.lines())) {
        assert_eq!(line, wanted, "line {number} of the scenario:\n{said}");
    }
    assert_eq!(said.lines().count(), expected.lines().count(), "{said}");
}

/// A folder of this repository.
fn folder(path: &str) -> PathBuf {
    root().join(Path::new(path))
}
