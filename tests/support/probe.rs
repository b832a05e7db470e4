//! waxwing-probe (docs/probe.md): built once for a run of the tests, and run on a server.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use serde_json::Value;
use tempfile::TempDir;

use crate::engine::Login;
use crate::repository::root;

/// The program: the one that is said (WAXWING_PROBE), else one that is built with the library of this build.
pub fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        if let Some(program) = std::env::var_os("WAXWING_PROBE") {
            return PathBuf::from(program);
        }
        let this = std::env::current_exe().expect("this program has a path");
        let built = this.ancestors().nth(2).expect("it lies in the build's folder");
        // Another run may be building it too.
        let (new, program) =
            (built.join(format!("waxwing-probe-{}", std::process::id())), built.join("waxwing-probe"));
        let mut build = Command::new(root().join("packaging/build-probe"));
        let output = build.arg(built).arg(&new).output().expect("packaging/build-probe");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        std::fs::rename(&new, &program).expect("the build's folder is ours");
        program
    })
}

/// The probe as somebody on some server, with a state directory that lasts as long as this.
pub struct Probe {
    directory: TempDir,
    login: Login,
}

impl Probe {
    /// As that user, trusting what the login trusts.
    pub fn of(login: &Login) -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        std::fs::write(directory.path().join("CA.pem"), pem(&login.authority)).expect("our own directory");
        Self { directory, login: login.clone() }
    }

    /// A file for it.
    pub fn file(&self, name: &str, content: &[u8]) -> String {
        let path = self.directory.path().join(name);
        std::fs::write(&path, content).expect("our own directory");
        path.to_str().expect("UTF-8").to_owned()
    }

    /// The state directory.
    pub fn state(&self) -> PathBuf {
        self.directory.path().join("state")
    }

    /// A run in the state directory, yet to be started. What `arguments` say goes over what it says by itself.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.without_state(arguments);
        command.arg("--state").arg(self.state());
        command
    }

    /// The same in a directory of its own that goes with the run.
    pub fn without_state(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(program());
        command.args(["--host", &self.login.host, "--port", &self.login.port.to_string()]);
        command.args(["--user", &self.login.user, "--ca"]).arg(self.directory.path().join("CA.pem"));
        command.args(arguments);
        command.env("WAXWING_PROBE_PASSWORD", &self.login.password);
        command
    }

    /// Runs it in the state directory to a good end. What it printed before the result.
    pub fn run(&self, arguments: &[&str]) -> Vec<Value> {
        well(&mut self.command(arguments))
    }

    /// Runs it in the state directory to a bad end, of which this gives the kind.
    pub fn refused(&self, arguments: &[&str]) -> String {
        kind(&mut self.command(arguments))
    }
}

/// A run to a good end. What it printed before the result.
pub fn well(command: &mut Command) -> Vec<Value> {
    let (mut said, status) = said(&command.output().expect("the probe starts"));
    let result = said.pop().expect("a result");
    assert_eq!((&result["status"], status), (&Value::from("ok"), 0), "{command:?}: {result}");
    said
}

/// The kind of a run's bad end.
pub fn kind(command: &mut Command) -> String {
    let (mut said, status) = said(&command.output().expect("the probe starts"));
    let result = said.pop().expect("a result");
    assert_eq!((&result["status"], status), (&Value::from("error"), 1), "{command:?}: {result}");
    assert!(!text(&result, "text").is_empty(), "{command:?}: it doesn't say why");
    text(&result, "kind").to_owned()
}

/// All that was printed, and the exit status.
pub fn said(output: &Output) -> (Vec<Value>, i32) {
    let complaints = String::from_utf8_lossy(&output.stderr);
    assert!(complaints.is_empty(), "{complaints}");
    let said = std::str::from_utf8(&output.stdout).expect("UTF-8");
    let lines = said.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}")));
    (lines.collect(), output.status.code().unwrap_or_else(|| panic!("it died: {}", output.status)))
}

/// The objects that say this.
pub fn events<'a>(said: &'a [Value], event: &str) -> Vec<&'a Value> {
    said.iter().filter(|line| line["event"] == event).collect()
}

/// A field that is a text.
pub fn text<'a>(line: &'a Value, field: &str) -> &'a str {
    line[field].as_str().unwrap_or_else(|| panic!("{field} of {line}"))
}

fn pem(der: &[u8]) -> String {
    use base64::Engine as _;
    let text = base64::engine::general_purpose::STANDARD.encode(der);
    let lines: Vec<&str> = text.as_bytes().chunks(64).filter_map(|line| str::from_utf8(line).ok()).collect();
    format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"))
}
