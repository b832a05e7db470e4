//! A program started for a test that never outlives it.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};

/// A running program with all its descendants, in a process group of its own.
///
/// A small shell stands between the test and the program. It holds the reading end of a pipe whose writing
/// end lives here: when the test lets go of it, by `stop`, by a panic or by being killed, the shell sends all
/// of them SIGTERM. So even a killed test run leaves nothing behind. A program that leads a group of its own
/// instead (couriertcpd does) is ended with that group.
pub struct Process {
    shell: Child,
    lifeline: Option<ChildStdin>,
    pid: u32,
    output: PathBuf,
    errors: PathBuf,
}

/// `$1` and `$2` are the files for what the program says, the rest is the program itself.
const LIFELINE: &str = r#"
output=$1; errors=$2; shift 2
"$@" </dev/null >>"$output" 2>>"$errors" &
program=$!
echo $program
exec >/dev/null
trap '' TERM
read -r _
kill -TERM 0
kill -s TERM -- -$program 2>/dev/null
wait $program
"#;

impl Process {
    /// Starts `command`. What it says goes to `NAME.out` and `NAME.err` in `directory`, after what an earlier
    /// run of that name said.
    pub fn start(name: &str, directory: &Path, command: &Command) -> Self {
        let output = directory.join(format!("{name}.out"));
        let errors = directory.join(format!("{name}.err"));
        let mut shell = Command::new("sh");
        shell.args(["-c", LIFELINE, "sh"]).arg(&output).arg(&errors);
        shell.arg(command.get_program()).args(command.get_args());
        for (key, value) in command.get_envs() {
            match value {
                Some(value) => shell.env(key, value),
                None => shell.env_remove(key),
            };
        }
        shell.process_group(0).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut shell = shell.spawn().expect("sh starts");
        let lifeline = shell.stdin.take();
        let mut line = String::new();
        let said = shell.stdout.take().expect("the shell's output is piped");
        BufReader::new(said).read_line(&mut line).expect("the shell names the program's pid");
        let pid = line.trim().parse().expect("a pid");
        Self { shell, lifeline, pid, output, errors }
    }

    /// The program's own pid.
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// Whether the program (not only one of its descendants) is still there.
    pub fn is_running(&self) -> bool {
        state(self.pid).is_some_and(|(_, state)| state != 'Z')
    }

    /// What the program has written to its standard output so far.
    pub fn output(&self) -> String {
        read_text(&self.output)
    }

    /// What the program has written to its standard error so far.
    pub fn errors(&self) -> String {
        read_text(&self.errors)
    }

    /// Asks the program to end, waits up to five seconds for it and all its descendants, then kills.
    pub fn stop(&mut self) {
        self.lifeline = None;
        if !within(Duration::from_secs(5), || self.members().is_empty()) {
            self.signal("KILL");
        }
        self.reap();
    }

    /// Ends the program and its descendants at once, as a power cut would.
    pub fn kill(&mut self) {
        self.signal("KILL");
        assert!(within(Duration::from_secs(5), || self.members().is_empty()), "SIGKILL is obeyed");
        self.reap();
    }

    fn reap(&mut self) {
        self.lifeline = None;
        // The shell ends once its child has; it is ours to collect.
        let _ = self.shell.wait();
    }

    fn signal(&self, name: &str) {
        for group in self.groups() {
            // The group may be gone already, which is what is wanted.
            let _ = Command::new("sh")
                .args(["-c", "kill -s \"$1\" -- \"-$2\" 2>/dev/null", "sh", name, &group.to_string()])
                .status();
        }
    }

    /// The shell's group, and the one that the program may lead. The program's pid is nobody else's before `reap`.
    fn groups(&self) -> [u32; 2] {
        [self.shell.id(), self.pid]
    }

    /// The pids of the groups that have not ended, the shell left out.
    fn members(&self) -> Vec<u32> {
        let (shell, groups) = (self.shell.id(), self.groups());
        let pids = fs::read_dir("/proc").into_iter().flatten().flatten();
        pids.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok())
            .filter(|pid| *pid != shell)
            .filter(|pid| state(*pid).is_some_and(|(group, state)| groups.contains(&group) && state != 'Z'))
            .collect()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Asks `question` until it says yes; false if it hasn't within `limit`.
pub fn within(limit: Duration, mut question: impl FnMut() -> bool) -> bool {
    let start = Instant::now();
    let mut pause = Duration::from_millis(2);
    loop {
        if question() {
            return true;
        }
        if start.elapsed() >= limit {
            return false;
        }
        std::thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(50));
    }
}

/// Whether a program of that name is on the path.
pub fn is_installed(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let places = std::env::split_paths(&path).chain([PathBuf::from("/usr/sbin")]);
    places.map(|place| place.join(program)).any(|file| File::open(file).is_ok())
}

/// A process's group and state letter (proc(5), `stat`).
fn state(pid: u32) -> Option<(u32, char)> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name is in parentheses and may itself hold spaces and parentheses.
    let (_, rest) = text.rsplit_once(')')?;
    let mut fields = rest.split_whitespace();
    let state = fields.next()?.chars().next()?;
    let group = fields.nth(1)?.parse().ok()?;
    Some((group, state))
}

fn read_text(path: &Path) -> String {
    fs::read(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
}
