//! What the engine promises of itself, and whether this run shows it.

use crate::figures::{Row, Section};
use crate::scenarios::titles::{
    BUILD, COLD, COST, DELTA, HEAVY, HEAVY_DISK, HUGE, IDLE, LARGE, ROWS, SAME, SAME_POOR, SMALL, SMALL_DISK,
};
use crate::scenarios::{COMPRESS_TITLE, LINKS};

const OURS: &str = "Waxwing";
const OPEN: &str = "Waxwing, store open";
const FLOOR: &str = "floor";
const RESYNC: &str = "floor, QRESYNC";
const MBSYNC: &str = "mbsync, FSync no";

/// What a run showed, and questions about it. `None`: it wasn't measured.
struct Figures<'a>(&'a [Section]);

impl Figures<'_> {
    fn row(&self, section: &str, row: &str) -> Option<&Row> {
        let section = self.0.iter().find(|found| found.title == section)?;
        section.find(row).filter(|row| row.wall.count() > 0)
    }

    fn time(&self, section: &str, row: &str) -> Option<f64> {
        Some(self.row(section, row)?.wall.median())
    }

    fn time_ratio(&self, section: &str, row: &str, to: &str) -> Option<f64> {
        Some(self.time(section, row)? / self.time(section, to)?)
    }

    fn bytes(&self, section: &str, row: &str) -> Option<f64> {
        Some(self.row(section, row)?.bytes? as f64)
    }

    fn peak(&self, section: &str) -> Option<f64> {
        Some(self.row(section, OURS)?.peak.most())
    }

    fn figure(&self, section: &str, name: &str) -> Option<f64> {
        let section = self.0.iter().find(|found| found.title == section)?;
        section.figures.iter().find(|(known, _)| *known == name).map(|(_, figure)| *figure)
    }

    /// How much of the time of a mail of a small mailbox a mail of a large one takes.
    fn cost_of_size(&self) -> Option<f64> {
        let of = |section: &str| Some(self.time(section, OURS)? / self.figure(section, "mails")?);
        Some(of(COST)? / of(SMALL)?)
    }

    /// The same in processor time.
    fn processor_cost_of_size(&self) -> Option<f64> {
        let of = |section: &str| Some(self.row(section, OURS)?.cpu.median() / self.figure(section, "mails")?);
        Some(of(COST)? / of(SMALL)?)
    }

    fn processor_ratio(&self, section: &str, to: &str) -> Option<f64> {
        Some(self.row(section, OURS)?.cpu.median() / self.row(section, to)?.cpu.median())
    }

    /// The slowest choice over all links, times the better one of the two that can be forced.
    fn compression(&self) -> Option<f64> {
        let ratios = LINKS.iter().map(|link| {
            let title = format!("{COMPRESS_TITLE}, {}", link.name);
            let better = self.time(&title, "always")?.min(self.time(&title, "never")?);
            Some(self.time(&title, "chosen")? / better)
        });
        ratios.collect::<Option<Vec<f64>>>()?.into_iter().reduce(f64::max)
    }
}

/// Every promise, met or not.
pub(crate) fn table(sections: &[Section]) -> String {
    let run = Figures(sections);
    let kilobytes = |bytes: Option<f64>| bytes.map(|bytes| bytes / 1e3);
    let targets: [(&str, f64, Option<f64>); 26] = [
        ("first full sync of small mail, times the floor", 1.5, run.time_ratio(SMALL, OURS, FLOOR)),
        ("the same on disk with fsync, times the floor", 2.0, run.time_ratio(SMALL_DISK, OURS, FLOOR)),
        ("first full sync with attachments, times the floor", 1.15, run.time_ratio(HEAVY, OURS, FLOOR)),
        ("the same on disk with fsync, times the floor", 2.0, run.time_ratio(HEAVY_DISK, OURS, FLOOR)),
        ("processor time of it, times mbsync's without FSync", 0.5, run.processor_ratio(SMALL, MBSYNC)),
        ("time of it, times mbsync's without FSync", 1.0, run.time_ratio(SMALL, OURS, MBSYNC)),
        ("nothing changed, from the open store, times the floor", 2.0, run.time_ratio(SAME, OPEN, RESYNC)),
        ("nothing changed, bytes on the wire, KB", 4.0, kilobytes(run.bytes(SAME, OURS))),
        ("nothing changed without CONDSTORE, KB", 1500.0, kilobytes(run.bytes(SAME_POOR, OURS))),
        ("the delta, from the open store, times the floor", 2.0, run.time_ratio(DELTA, OPEN, RESYNC)),
        ("the delta, bytes times the floor's", 1.2, ratio(run.bytes(DELTA, OURS), run.bytes(DELTA, RESYNC))),
        ("list of 100,000 mails, times the floor", 1.5, run.time_ratio(LARGE, OURS, FLOOR)),
        (
            "the same, times the floor of two connections",
            1.5,
            run.time_ratio(LARGE, OURS, "floor, two connections"),
        ),
        ("first screen with the server's index cold, seconds", 1.0, run.time(COLD, OURS)),
        ("a million mails: first page, µs", 1000.0, run.figure(ROWS, "first page")),
        ("a million mails: a page at a random place, 99 of 100, µs", 1000.0, run.figure(ROWS, "random page")),
        ("a million mails: first page after opening, ms", 50.0, run.figure(ROWS, "first page after opening")),
        ("peak memory at 100,000 mails, MB", 24.0, run.peak(COST)),
        ("peak memory with mails of 12 MB, MB", 24.0, run.peak(HUGE)),
        ("time of a mail at 100,000, times that at 10,000", 1.15, run.cost_of_size()),
        ("processor time of a mail, the same", 1.15, run.processor_cost_of_size()),
        ("idle, percent of a processor", 0.1, run.figure(IDLE, "percent")),
        ("COMPRESS as chosen, times the better choice", 1.1, run.compression()),
        ("search: seconds for 2,100 mails of the index", 1.0, run.figure(BUILD, "seconds for 2,100")),
        ("search: index, times the bytes of the mail", 0.5, run.figure(BUILD, "size")),
        ("search: query, 95 of 100, ms", 5.0, run.figure(BUILD, "query")),
    ];
    let mut text = String::from("## Targets\n\n| what | at most | measured | |\n| --- | --- | --- | --- |\n");
    for (what, most, figure) in targets {
        let (measured, word) = match figure {
            Some(figure) if figure <= most => (format!("{figure:.2}"), "met"),
            Some(figure) => (format!("{figure:.2}"), "**not met**"),
            None => ("–".to_owned(), "not measured"),
        };
        text.push_str(&format!("| {what} | {most} | {measured} | {word} |\n"));
    }
    text
}

fn ratio(of: Option<f64>, to: Option<f64>) -> Option<f64> {
    Some(of? / to?)
}
