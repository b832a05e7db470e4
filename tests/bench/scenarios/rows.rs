//! A list of a million mails that is here already.

use super::list;
use super::titles::ROWS;
use crate::Options;
use crate::figures::Section;
use crate::ground::{Ground, clear};
use crate::report::seconds;

const MILLION: usize = 1_000_000;

pub(crate) fn a_million(ground: &mut Ground, options: &Options) -> Vec<Section> {
    let count = if options.quick { MILLION / 50 } else { MILLION };
    let mut section =
        Section::new(ROWS, format!("{count} mails put into the store without a server, in one mailbox."));
    let place = ground.place(false);
    let made = ground.run(ground.rows(&place, Some(count)));
    let rate = count as f64 / made.time_of("made").as_secs_f64();
    section.lines.push(format!("made with {rate:.0} rows a second"));
    let read = ground.run(ground.rows(&place, None));
    let (opened, shown) = read.rest_of("shown").split_once(' ').expect("two figures");
    let micros = |text: &str| text.parse::<f64>().expect("a number");
    section.lines.push(format!(
        "opened in {}, first page after {}",
        seconds(micros(opened) / 1e6),
        seconds(micros(shown) / 1e6)
    ));
    section.figures.push(("first page after opening", micros(shown) / 1000.0));
    section.lines.push(format!("peak memory {:.1} MB", read.peak_kb as f64 / 1024.0));
    list::pages(&read, &mut section);
    clear(&place);
    vec![section]
}
