//! What it takes to open mails that are large in one way or another: milliseconds, and the most memory the process had till then.
//!
//! `cargo run --release --example mail_figures`, or with files of mails as arguments.

use std::time::Instant;

use waxwing_core::mime::{self, Wanted};

fn main() -> std::io::Result<()> {
    let files: Vec<String> = std::env::args().skip(1).collect();
    if files.is_empty() {
        for (name, raw) in made() {
            show(name, &raw);
        }
    }
    for file in files {
        show(&file, &std::fs::read(&file)?);
    }
    Ok(())
}

fn show(name: &str, raw: &[u8]) {
    let start = Instant::now();
    let opened = mime::open(raw, Wanted { html: true, ..Wanted::default() });
    let time = start.elapsed().as_secs_f64() * 1000.0;
    println!(
        "{name}: {} KB, {time:.1} ms, {} letters of text, {} files, peak {}",
        raw.len() / 1024,
        opened.email.text.chars().count(),
        opened.email.attachments.len(),
        peak().unwrap_or_else(|| "unknown".into()),
    );
}

/// The most memory the process had, where the system tells.
fn peak() -> Option<String> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().to_owned())
}

fn made() -> Vec<(&'static str, Vec<u8>)> {
    let of_html = |html: String| format!("Subject: x\r\nContent-Type: text/html\r\n\r\n{html}").into_bytes();
    let mut parts =
        "Subject: x\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nwords\r\n".to_owned();
    let mut deep = "Subject: x\r\n".to_owned();
    for number in 0..10_000 {
        if number < 5_000 {
            parts.push_str(&format!(
                "--b\r\nContent-Type: application/pdf; name=\"{number}.pdf\"\r\n\r\nx\r\n"
            ));
        }
        deep.push_str(&format!("Content-Type: multipart/mixed; boundary=b{number}.\r\n\r\n--b{number}.\r\n"));
    }
    deep.push_str("\r\nwords\r\n");
    let row = "<tr><td bgcolor=\"#eee\" width=100>cell</td><td>more</td></tr>";
    vec![
        ("a short mail", b"Subject: x\r\n\r\nwords\r\n".to_vec()),
        ("5,000 parts", parts.into_bytes()),
        ("300 KB of tables", of_html(format!("<table>{}</table>", row.repeat(300_000 / row.len())))),
        ("10,000 multiparts deep", deep.into_bytes()),
        ("10,000 elements deep", of_html(format!("{}words", "<div>".repeat(10_000)))),
    ]
}
