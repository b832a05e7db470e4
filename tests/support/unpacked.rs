//! Servers that are never installed: each runs from a root directory of its own, which `tests/support/unpack` fills.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::repository;

/// Who the servers run as, and whom their mail belongs to: the one user of their roots besides root.
pub const USER: u32 = 65_534;

/// A copy of an unpacked root for one server of one test. Its programs are hard links, so making one is quick.
pub struct Root(TempDir);

impl Root {
    /// A copy of the root with that name.
    pub fn of(name: &str) -> Self {
        Self::copied(name, &repository::target().join("servers"))
    }

    /// The same where other programs may look into it, who must not where the target directory is somebody's own.
    pub fn open_to_all(name: &str) -> Self {
        Self::copied(name, &std::env::temp_dir())
    }

    fn copied(name: &str, beside: &Path) -> Self {
        let servers = repository::target().join("servers");
        let source = servers.join(name);
        assert!(
            source.join("unpacked").exists(),
            "{name} is not unpacked: as root, tests/support/unpack {name} {}",
            servers.display()
        );
        let copy = tempfile::Builder::new().prefix(&format!("running-{name}-")).tempdir_in(beside);
        let copy = copy.expect("a directory for the copy");
        let copied = |how: &str| {
            let mut command = Command::new("cp");
            command.arg(how).arg(source.join(".")).arg(copy.path()).stderr(Stdio::null());
            command.status().expect("cp").success()
        };
        // On another disk nothing can be linked.
        assert!(copied("-al") || copied("-a"), "{} can't be copied", source.display());
        // Its unprivileged user passes through it.
        fs::set_permissions(copy.path(), fs::Permissions::from_mode(0o755)).expect("our own directory");
        Self(copy)
    }

    /// The root itself, from outside.
    pub fn place(&self) -> PathBuf {
        self.0.path().to_owned()
    }

    /// Where a file of the root lies outside.
    pub fn path(&self, inside: &str) -> PathBuf {
        self.0.path().join(inside.trim_start_matches('/'))
    }

    /// Writes a file, in place of the link to the unpacked one.
    pub fn write(&self, inside: &str, content: impl AsRef<[u8]>) {
        let path = self.path(inside);
        if path.exists() {
            fs::remove_file(&path).expect("a link of our own");
        }
        fs::write(path, content).expect("a file of our own");
    }

    /// Makes a directory that belongs to the server's user.
    pub fn make_directory(&self, inside: &str) {
        fs::create_dir_all(self.path(inside)).expect("a directory of our own");
        self.give_away(inside);
    }

    /// Gives a file or directory to the server's user.
    pub fn give_away(&self, inside: &str) {
        chown(self.path(inside), Some(USER), Some(USER)).expect("only root may start unpacked servers");
    }

    /// A program of the root, to be run inside it with nothing but these in its environment.
    pub fn command(&self, environment: &[(&str, &str)], program: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new("env");
        command.arg("-i").args(environment.iter().map(|(name, value)| format!("{name}={value}")));
        command.arg(chroot()).arg(self.0.path()).arg(program).args(arguments);
        command
    }

    /// Runs a program that ends by itself, and gives what it says.
    pub fn run(&self, program: &str, arguments: &[&str], input: &str) -> String {
        let mut command = self.command(&[], program, arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("env starts");
        // One that takes no input has ended before it is given any.
        let _ = child.stdin.take().expect("its input is piped").write_all(input.as_bytes());
        let output = child.wait_with_output().expect("it was started");
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{program} {arguments:?}: {said}{errors}");
        said
    }
}

/// Not every PATH holds the directory of programs for root.
fn chroot() -> &'static Path {
    let places = ["/usr/sbin/chroot", "/usr/bin/chroot", "/sbin/chroot"].map(Path::new);
    places.into_iter().find(|place| place.exists()).expect("chroot is part of every system")
}
