//! The report: text for people, in Markdown.

use std::fmt::Write as _;
use std::fs;
use std::time::Duration;

use crate::figures::{Row, Sample, Section};
use crate::ground::Ground;
use crate::{Options, measure, peers, targets};

/// All of it.
pub(crate) fn whole(
    sections: &[Section],
    ground: &Ground,
    options: &Options,
    load: f64,
    took: Duration,
) -> String {
    let mut text = String::from("# Benchmarks\n\nWritten by `tests/bench/run`; not to be edited.\n\n");
    let date = jiff::Timestamp::now().strftime("%Y-%m-%d").to_string();
    let place =
        if ground.has_memory() { "in memory (tmpfs)" } else { "on the disk, for want of room in memory" };
    let _ = writeln!(
        text,
        "- {date}, {}; load before the run {load:.1}\n\
         - server: {}, TLS on loopback, its mail {place}\n\
         - others: {}\n\
         - each thing {} times, in turn (three times what takes very long); median (least to most); the whole run took {} s\n\
         - command: `tests/bench/run{}`",
        machine(),
        dovecot(),
        peers::PEERS.map(|(program, _)| peers::version(program)).join("; "),
        options.rounds,
        took.as_secs(),
        if options.quick { " --quick" } else { "" },
    );
    if load > measure::QUIET || options.quick {
        text.push_str(
            "\n**Not to be quoted:** the machine was busy with other work, or the run was a small one.\n",
        );
    }
    text.push_str(
        "\nRatios are to the first line of each table. Processor time is user and system time, the client's ",
    );
    text.push_str(
        "and the server's apart. Bytes are those on the wire, TLS included, counted in a run of its own.\n",
    );
    text.push('\n');
    text.push_str(&targets::table(sections));
    for one in sections {
        text.push('\n');
        text.push_str(&section(one));
    }
    text
}

/// One scenario.
pub(crate) fn section(section: &Section) -> String {
    let mut text = format!("## {}\n\n{}\n", section.title, section.note);
    if !section.rows.is_empty() {
        text.push_str("\n| | time | ratio | client CPU | server CPU | peak memory | bytes |\n");
        text.push_str("| --- | --- | --- | --- | --- | --- | --- |\n");
        let first = section.rows.first().map_or(f64::NAN, |row| row.wall.median());
        for row in &section.rows {
            text.push_str(&line(row, first));
        }
    }
    for line in &section.lines {
        let _ = write!(text, "\n- {line}");
    }
    if !section.lines.is_empty() {
        text.push('\n');
    }
    text
}

fn line(row: &Row, first: f64) -> String {
    if row.wall.count() == 0 {
        return format!("| {} | – | – | – | – | – | – |\n", row.name);
    }
    format!(
        "| {} | {} ({} to {}) | {:.2} | {} | {} | {:.1} MB | {} |\n",
        row.name,
        seconds(row.wall.median()),
        seconds(row.wall.least()),
        seconds(row.wall.most()),
        row.wall.median() / first,
        cpu(&row.cpu),
        cpu(&row.server_cpu),
        row.peak.median(),
        row.bytes.map_or_else(|| "–".to_owned(), octets),
    )
}

/// Processor time is known in steps of 10 ms.
fn cpu(sample: &Sample) -> String {
    if sample.median() < 0.02 { "< 20 ms".to_owned() } else { seconds(sample.median()) }
}

pub(crate) fn seconds(value: f64) -> String {
    if value < 0.0995 { format!("{:.1} ms", value * 1000.0) } else { format!("{value:.2} s") }
}

pub(crate) fn octets(count: u64) -> String {
    let count = count as f64;
    if count < 1e5 { format!("{:.1} KB", count / 1e3) } else { format!("{:.1} MB", count / 1e6) }
}

/// Cores and memory; no more than that is anybody's business.
fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let text = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let kb: f64 = text
        .lines()
        .find_map(|line| line.strip_prefix("MemTotal:"))
        .and_then(|rest| rest.trim().trim_end_matches(" kB").parse().ok())
        .unwrap_or(0.0);
    let cpu = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpu.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or_default();
    let model = model.trim_start_matches([' ', '\t', ':']);
    format!("{cores} cores ({model}), {:.0} GB of memory", kb / 1024.0 / 1024.0)
}

fn dovecot() -> String {
    let output = std::process::Command::new("/usr/sbin/dovecot").arg("--version").output();
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    format!("Dovecot {}", text.split(' ').next().unwrap_or_default().trim())
}
