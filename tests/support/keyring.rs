//! A session of a desktop, as far as programs notice: a message bus with an unlocked keyring on it, both real
//! (dbus-daemon, gnome-keyring) and both for one test.

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
const START: &str = "printf %s the-keyrings-own | exec gnome-keyring-daemon --foreground --unlock \
    --components=secrets --control-directory=\"$1\"";

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

        let mut command = Command::new("sh");
        command.args(["-c", START, "sh"]).arg(place).env("DBUS_SESSION_BUS_ADDRESS", &address);
        command.env("HOME", place).env("XDG_DATA_HOME", place.join("data"));
        let keyring = Process::start("keyring", place, &command);
        let session = Self { keyring, bus, directory };
        let up = within(Duration::from_secs(20), || session.has_keyring() || !session.keyring.is_running());
        assert!(up && session.is_running(), "gnome-keyring doesn't start:\n{}", session.keyring.errors());
        session
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
