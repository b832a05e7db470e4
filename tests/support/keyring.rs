//! A session of a desktop, as far as programs notice: a message bus with an unlocked keyring on it, both real
//! (dbus-daemon, gnome-keyring) and both for one test.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use tempfile::TempDir;

use crate::process::{Process, within};

/// A running session. Dropping it ends it and removes its keyring.
pub struct Session {
    // Ended before the bus it is on, and that before the directory.
    keyring: Process,
    bus: Process,
    directory: TempDir,
}

/// Unlocks the keyring at its start. It reads the password from its standard input.
const START: &str = "printf %s the-keyrings-own >\"$1/own\" && exec gnome-keyring-daemon --foreground --unlock \
    --components=secrets --control-directory=\"$1\" <\"$1/own\"";

/// Without its password it starts locked, and nobody is there to ask for it.
const START_LOCKED: &str =
    "exec gnome-keyring-daemon --foreground --components=secrets --control-directory=\"$1\"";

fn start_keyring(place: &Path, start: &str) -> Process {
    let mut command = Command::new("sh");
    let address = format!("unix:path={}", place.join("bus").display());
    command.args(["-c", start, "sh"]).arg(place).env("DBUS_SESSION_BUS_ADDRESS", &address);
    command.env("HOME", place).env("XDG_DATA_HOME", place.join("data"));
    Process::start("keyring", place, &command)
}

impl Session {
    /// Starts bus and keyring, and waits until the keyring is on the bus.
    pub fn start() -> Self {
        let directory = tempfile::Builder::new().prefix("waxwing-session-").tempdir().expect("a directory");
        let place = directory.path();
        let address = format!("unix:path={}", place.join("bus").display());
        let mut command = Command::new("dbus-daemon");
        command.args(["--session", "--nofork", "--nopidfile"]).arg(format!("--address={address}"));
        let bus = Process::start("bus", place, &command);
        let up = within(Duration::from_secs(10), || place.join("bus").exists() || !bus.is_running());
        assert!(up && bus.is_running(), "dbus-daemon doesn't start:\n{}", bus.errors());

        let keyring = start_keyring(place, START);
        let session = Self { keyring, bus, directory };
        session.wait_for_keyring();
        session
    }

    /// Ends the keyring and starts it again, with what it keeps: unlocked, or as after a sign-in that didn't open it.
    pub fn restart_keyring(&mut self, is_unlocked: bool) {
        self.keyring.stop();
        let gone = within(Duration::from_secs(10), || !self.has_keyring());
        assert!(gone, "the keyring doesn't end");
        self.keyring = start_keyring(self.directory.path(), if is_unlocked { START } else { START_LOCKED });
        self.wait_for_keyring();
    }

    /// The keyring answers nothing any more.
    pub fn freeze_keyring(&self) {
        let pid = self.keyring.pid().to_string();
        let frozen = Command::new("kill").args(["-s", "STOP", &pid]).status().expect("kill");
        assert!(frozen.success(), "the keyring can't be stopped");
    }

    /// It does again.
    pub fn thaw_keyring(&self) {
        let pid = self.keyring.pid().to_string();
        let thawed = Command::new("kill").args(["-s", "CONT", &pid]).status().expect("kill");
        assert!(thawed.success(), "the keyring can't go on");
    }

    fn wait_for_keyring(&self) {
        let up = within(Duration::from_secs(20), || self.has_keyring() || !self.keyring.is_running());
        assert!(up && self.is_running(), "gnome-keyring doesn't start:\n{}", self.keyring.errors());
    }

    /// What `DBUS_SESSION_BUS_ADDRESS` is for programs of this session.
    pub fn bus(&self) -> String {
        format!("unix:path={}", self.directory.path().join("bus").display())
    }

    /// Whether bus and keyring are still there.
    pub fn is_running(&self) -> bool {
        self.bus.is_running() && self.keyring.is_running()
    }

    fn has_keyring(&self) -> bool {
        let mut command = Command::new("dbus-send");
        command.args(["--session", "--print-reply", "--dest=org.freedesktop.DBus", "/org/freedesktop/DBus"]);
        command.args(["org.freedesktop.DBus.NameHasOwner", "string:org.freedesktop.secrets"]);
        let answer = command.env("DBUS_SESSION_BUS_ADDRESS", self.bus()).output().expect("dbus-send");
        String::from_utf8_lossy(&answer.stdout).contains("boolean true")
    }
}
