//! Running a program and measuring it: time, processor, memory, and the server's processor meanwhile.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use waxwing_tests::dovecot::Dovecot;

/// More load than this is other work.
pub(crate) const QUIET: f64 = 0.5;

/// A moment that a child told of: `phase NAME PROCESSOR-MS PEAK-KB [REST]` on its standard output.
#[derive(Clone, Debug)]
struct Phase {
    name: String,
    at: Duration,
    cpu: Duration,
    peak_kb: u64,
    rest: String,
}

/// What one run of a program cost.
#[derive(Clone, Debug)]
pub(crate) struct Run {
    /// From before it was started until it had ended.
    pub(crate) wall: Duration,
    /// User and system time of the program and what it started.
    pub(crate) cpu: Duration,
    pub(crate) server_cpu: Duration,
    /// The most memory that was resident at any time (VmHWM).
    pub(crate) peak_kb: u64,
    phases: Vec<Phase>,
}

impl Run {
    /// When the child told of that phase, from its start.
    pub(crate) fn time_of(&self, name: &str) -> Duration {
        self.phase(name).at
    }

    pub(crate) fn cpu_at(&self, name: &str) -> Duration {
        self.phase(name).cpu
    }

    /// What the child said behind the figures of that phase.
    pub(crate) fn rest_of(&self, name: &str) -> &str {
        &self.phase(name).rest
    }

    fn phase(&self, name: &str) -> &Phase {
        let found = self.phases.iter().find(|phase| phase.name == name);
        found.unwrap_or_else(|| panic!("no phase {name} among {:?}", self.phases))
    }
}

/// The clock of /proc; 100 on every Linux that Rust's standard library runs on.
const TICKS: u64 = 100;
/// Longer than anything here takes.
const LIMIT: Duration = Duration::from_secs(600);

/// Runs a program to its end. It must end well.
pub(crate) fn run(server: &Dovecot, command: &mut Command) -> Run {
    let server_before = group_cpu(server.pid());
    let cpu_before = children_cpu();
    let start = Instant::now();
    // The open pipe is the child's leave to live: it ends when we do.
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{:?}: {error}", command.get_program()));
    let lifeline = child.stdin.take();
    let output = BufReader::new(child.stdout.take().expect("its output is piped"));
    let (ended, peak) = (AtomicBool::new(false), AtomicU64::new(0));
    let pid = child.id();
    let mut phases = Vec::new();
    let status = std::thread::scope(|scope| {
        scope.spawn(|| watch(pid, start, &ended, &peak));
        for line in output.lines() {
            let line = line.expect("a child speaks UTF-8");
            phases.extend(phase(&line, start.elapsed()));
        }
        let status = child.wait().expect("it can be waited for");
        ended.store(true, Ordering::Relaxed);
        status
    });
    let wall = start.elapsed();
    drop(lifeline);
    assert!(status.success(), "{command:?}: {status}");
    let told = phases.iter().map(|phase: &Phase| phase.peak_kb).max().unwrap_or(0);
    // The server's processes end a moment after their clients.
    std::thread::sleep(Duration::from_millis(50));
    Run {
        wall,
        cpu: children_cpu().saturating_sub(cpu_before),
        server_cpu: group_cpu(server.pid()).saturating_sub(server_before),
        peak_kb: peak.load(Ordering::Relaxed).max(told),
        phases,
    }
}

/// Looks at a process's peak memory until it has ended, and ends it if that takes too long.
fn watch(pid: u32, start: Instant, ended: &AtomicBool, peak: &AtomicU64) {
    while !ended.load(Ordering::Relaxed) {
        peak.fetch_max(peak_kb(&pid.to_string()), Ordering::Relaxed);
        if start.elapsed() > LIMIT {
            let _ = Command::new("kill").arg(pid.to_string()).status();
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn phase(line: &str, at: Duration) -> Option<Phase> {
    let mut words = line.strip_prefix("phase ")?.splitn(4, ' ');
    let name = words.next()?.to_owned();
    let cpu = Duration::from_millis(words.next()?.parse().ok()?);
    let peak_kb = words.next()?.parse().ok()?;
    Some(Phase { name, at, cpu, peak_kb, rest: words.next().unwrap_or_default().to_owned() })
}

/// A child says that it has come so far.
pub(crate) fn say(name: &str, rest: &str) {
    use std::io::Write as _;
    let mut output = std::io::stdout().lock();
    let cpu = own_cpu().as_millis();
    writeln!(output, "phase {name} {cpu} {} {rest}", peak_kb("self")).expect("somebody listens");
    output.flush().expect("somebody listens");
}

/// A child ends when whoever started it has ended.
pub(crate) fn end_with_parent() {
    std::thread::spawn(|| {
        let mut line = String::new();
        while std::io::stdin().read_line(&mut line).is_ok_and(|count| count > 0) {}
        std::process::exit(3);
    });
}

/// VmHWM of proc(5).
fn peak_kb(pid: &str) -> u64 {
    let text = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    line.trim().trim_end_matches(" kB").parse().unwrap_or(0)
}

/// User and system time of this process.
pub(crate) fn own_cpu() -> Duration {
    times("self").map(|times| ticks(times.own)).unwrap_or_default()
}

/// The same of all processes that were waited for.
fn children_cpu() -> Duration {
    times("self").map(|times| ticks(times.ended)).unwrap_or_default()
}

/// Of a process's group: all that runs and all that ran and was waited for.
fn group_cpu(pid: u32) -> Duration {
    let Some(group) = times(&pid.to_string()).map(|times| times.group) else { return Duration::ZERO };
    let pids = fs::read_dir("/proc").into_iter().flatten().flatten();
    let all = pids.filter_map(|entry| {
        let name = entry.file_name();
        let pid = name.to_str().filter(|name| name.bytes().all(|octet| octet.is_ascii_digit()))?;
        times(pid).filter(|times| times.group == group)
    });
    ticks(all.map(|times| times.own + times.ended).sum())
}

struct Times {
    group: u64,
    own: u64,
    ended: u64,
}

/// proc(5), `stat`.
fn times(pid: &str) -> Option<Times> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name is in parentheses and may itself hold spaces and parentheses.
    let (_, rest) = text.rsplit_once(')')?;
    let fields: Vec<u64> = rest.split_whitespace().map(|field| field.parse().unwrap_or(0)).collect();
    Some(Times {
        group: *fields.get(2)?,
        own: fields.get(11)? + fields.get(12)?,
        ended: fields.get(13)? + fields.get(14)?,
    })
}

fn ticks(count: u64) -> Duration {
    Duration::from_millis(count * 1000 / TICKS)
}

/// The load once it is as low as that of a machine at rest, or what it is after so long.
pub(crate) fn load_once_quiet(patience: Duration) -> f64 {
    let until = Instant::now() + patience;
    while load() > QUIET && Instant::now() < until {
        std::thread::sleep(Duration::from_secs(5));
    }
    load()
}

/// How many processes wanted to run in the last minute.
pub(crate) fn load() -> f64 {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().and_then(|word| word.parse().ok()).unwrap_or(f64::NAN)
}
