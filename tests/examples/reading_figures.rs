//! How long a mail takes from its octets to its first screen painted, over 1,000 mails of usual kinds, and what hard ones
//! cost: `cargo run --release --workspace --example reading_figures`. Figures are told, nothing is judged.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a measurement, not a product")]

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use waxwing_core::mime::{self, Wanted};
use waxwing_desktop::html::{Answer, Look, Request, Worker, of_text};
use waxwing_desktop::theme;

const MAILS: u32 = 1_000;
/// Of a window of usual size: two strips.
const SCREEN: usize = 2;

fn main() {
    let mut reader = Reader::new();
    // Fonts are read once for a run.
    let _ = reader.open(&mail(0));
    let mut times: Vec<Duration> = (1..=MAILS).map(|number| reader.open(&mail(number))).collect();
    times.sort_unstable();
    let of = |share: usize| times.get(times.len() * share / 1_000).copied().unwrap_or_default();
    println!(
        "open to painted, {MAILS} mails: median {:.1?}, p90 {:.1?}, p99 {:.1?}, most {:.1?}",
        of(500),
        of(900),
        of(990),
        times.last().copied().unwrap_or_default()
    );
    for (name, raw) in hard() {
        let before = peak();
        let took = reader.open(&raw);
        println!("{name}: {took:.1?}, peak memory {} MB (before {} MB)", peak(), before);
    }
}

/// The reader's way of one mail.
struct Reader {
    worker: Worker,
    answers: iced::futures::channel::mpsc::UnboundedReceiver<Answer>,
    page: u64,
}

impl Reader {
    fn new() -> Self {
        let (worker, answers) = Worker::start();
        Self { worker, answers, page: 0 }
    }

    /// From its octets to its first screen painted.
    fn open(&mut self, raw: &[u8]) -> Duration {
        let start = Instant::now();
        self.page += 1;
        let page = self.page;
        let opened = mime::open(raw, Wanted { html: true, ..Wanted::default() });
        let html = if opened.html.trim().is_empty() {
            of_text(&opened.email.text, &opened.email.subject)
        } else {
            opened.html
        };
        let raw = raw.to_vec();
        let pictures = Arc::new(move |address: &str| {
            let number = address.strip_prefix("waxwing-part:")?.parse().ok()?;
            mime::part(&raw, number)
        });
        let look = Look::of(&theme::light_theme(), 640.0, 1.0);
        self.worker.ask(Request::Open { page, html, look, pictures });
        let mut wanted = 0;
        loop {
            match iced::futures::executor::block_on(self.answers.next()).unwrap() {
                Answer::LaidOut { height, .. } => {
                    wanted = if height > waxwing_desktop::html::STRIP { SCREEN } else { 1 };
                    (0..wanted).for_each(|strip| self.worker.ask(Request::Strip { page, strip }));
                }
                Answer::Painted { .. } if wanted > 1 => wanted -= 1,
                Answer::Painted { .. } => return start.elapsed(),
                Answer::Failed { .. } => {
                    println!("(not painted: shown as text)");
                    return start.elapsed();
                }
                _ => {}
            }
        }
    }
}

/// Most memory of the process so far, in MB.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    line.split_whitespace().next().and_then(|number| number.parse::<u64>().ok()).unwrap_or_default() / 1024
}

fn words(seed: u32, count: u32) -> String {
    const WORDS: [&str; 16] = [
        "harbour",
        "and",
        "the",
        "lamp",
        "on",
        "Thursday",
        "before",
        "anybody",
        "had",
        "seen",
        "it",
        "over",
        "bay",
        "count",
        "Überraschung",
        "会議",
    ];
    let mut state = seed.wrapping_mul(2_654_435_761).wrapping_add(1);
    let mut text = String::new();
    for place in 0..count {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let word = WORDS.get((state >> 28) as usize).copied().unwrap_or_default();
        let end = if place % 14 == 13 { ". " } else { " " };
        let _ = write!(text, "{word}{end}");
    }
    text
}

/// One in four of each: text, an answer in HTML with quotes, a newsletter of tables, a text of many lines.
fn mail(number: u32) -> Vec<u8> {
    let length = 60 + (number * 37) % 900;
    let head = "From: Ann <ann@a.example>\r\nTo: b@b.example\r\nSubject: Figures\r\nMIME-Version: 1.0\r\n";
    match number % 4 {
        0 => format!("{head}Content-Type: text/plain; charset=utf-8\r\n\r\n{}", words(number, length)),
        1 => {
            let quote = format!("<blockquote>{}</blockquote>", words(number + 7, length));
            let body = format!(
                "<p>{}</p><p>{}</p>{quote}",
                words(number, length / 4),
                words(number + 1, length / 4)
            );
            format!("{head}Content-Type: text/html; charset=utf-8\r\n\r\n{body}")
        }
        2 => format!(
            "{head}Content-Type: text/html; charset=utf-8\r\n\r\n{}",
            newsletter(number, 3 + number % 10)
        ),
        _ => {
            let lines: String = (0..length / 6)
                .map(|line| format!("> {}\r\n{}\r\n", words(line, 9), words(line + 3, 12)))
                .collect();
            format!("{head}Content-Type: text/plain; charset=utf-8; format=flowed\r\n\r\n{lines}")
        }
    }
    .into_bytes()
}

fn newsletter(seed: u32, cards: u32) -> String {
    let card = |place: u32| {
        format!(
            "<tr><td style=\"padding:12px\"><table width=\"100%\" cellpadding=\"8\" bgcolor=\"#f4f4f4\" style=\"border-collapse:collapse\">\
             <tr><td width=\"120\" bgcolor=\"#88aacc\" height=\"80\">&nbsp;</td><td valign=\"top\"><h3 style=\"margin:0;font-family:Arial\">Offer {place}</h3>\
             <p style=\"color:#555\">{}</p><a href=\"https://shop.example/{place}\" style=\"background:#1d5c57;color:#fff;padding:6px 12px\">See it</a></td></tr></table></td></tr>",
            words(seed + place, 40)
        )
    };
    let cards: String = (0..cards).map(card).collect();
    format!(
        "<style>p {{ line-height: 150% }} @media (max-width: 400px) {{ td {{ display: block }} }}</style><table width=\"600\" align=\"center\">{cards}</table>"
    )
}

/// Mails that are hard on purpose, each by a name.
fn hard() -> Vec<(&'static str, Vec<u8>)> {
    let html = |body: String| {
        format!("Subject: x\r\nContent-Type: text/html; charset=utf-8\r\n\r\n{body}").into_bytes()
    };
    let mut parts =
        b"Subject: x\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nThe text\r\n".to_vec();
    for number in 0..5_000 {
        parts.extend(format!("--b\r\nContent-Type: application/pdf; name=\"{number}.pdf\"\r\nContent-Disposition: attachment\r\n\r\nx\r\n").bytes());
    }
    let cell = "<td style=\"padding:2px;border:1px solid #ccc\">cell of a table</td>";
    let row = format!("<tr>{}</tr>", cell.repeat(10));
    let tables = format!("<table>{}</table>", row.repeat(1 + 300_000 / row.len()));
    let deep = format!("{}deep{}", "<table><tr><td>".repeat(10_000), "</td></tr></table>".repeat(10_000));
    let divs = format!("{}deep", "<div>".repeat(10_000));
    let mut multiparts = String::from("Subject: x\r\n");
    for depth in 0..10_000 {
        let _ = write!(multiparts, "Content-Type: multipart/mixed; boundary=b{depth}\r\n\r\n--b{depth}\r\n");
    }
    multiparts.push_str("\r\nThe text at the bottom\r\n");
    let selectors = format!("<style>{}</style><p>text</p>", "a ~ * ~ * { color: red } ".repeat(5_000));
    let bomb = {
        use base64::Engine as _;
        let picture = base64::engine::general_purpose::STANDARD.encode(bomb());
        format!("Subject: x\r\nContent-Type: multipart/related; boundary=b\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\n<p>The text <img src=\"cid:a\" alt=\"A bomb\"></p>\r\n--b\r\nContent-Type: image/png\r\nContent-ID: <a>\r\nContent-Transfer-Encoding: base64\r\n\r\n{picture}\r\n--b--\r\n").into_bytes()
    };
    vec![
        ("5,000 parts", parts),
        ("300 KB of tables", html(tables)),
        ("10,000 tables in each other", html(deep)),
        ("10,000 elements in each other", html(divs)),
        ("10,000 multiparts in each other", multiparts.into_bytes()),
        ("5,000 selectors", html(selectors)),
        ("a picture of 30,000 x 30,000", bomb),
        ("4 MB of text", format!("Subject: x\r\n\r\n{}", words(3, 700_000)).into_bytes()),
    ]
}

/// A PNG that is small and says it is large.
fn bomb() -> Vec<u8> {
    use std::io::Write as _;
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    let mut chunk = |name: &[u8; 4], content: &[u8]| {
        png.extend(u32::try_from(content.len()).unwrap_or(0).to_be_bytes());
        let checked = [&name[..], content].concat();
        let mut crc = flate2::Crc::new();
        crc.update(&checked);
        png.extend(&checked);
        png.extend(crc.sum().to_be_bytes());
    };
    let side = 30_000_u32.to_be_bytes();
    chunk(b"IHDR", &[&side[..], &side, &[8, 2, 0, 0, 0]].concat());
    let mut packed = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    let row = vec![0; 90_001];
    (0..30_000).for_each(|_| packed.write_all(&row).unwrap());
    chunk(b"IDAT", &packed.finish().unwrap());
    chunk(b"IEND", b"");
    png
}
