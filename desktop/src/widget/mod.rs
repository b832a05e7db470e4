//! What iced lacks, each widget small and on its own.

mod chords;
mod field;
mod flow;
mod line;
mod list;
mod paper;
mod popup;
mod press;
mod quotes;
mod reveal;
mod within;

pub use chords::{Chords, chords};
pub use field::Field;
pub use flow::flow;
#[cfg(test)]
pub(crate) use line::cut_line;
pub use line::{Line, line};
pub use list::{Click, Ground, List, visible_rows};
pub use paper::{Happened, Strip, paper};
pub use popup::popup;
pub use press::{Look, Press, Status, press};
pub use quotes::{Quiet, Quotes};
pub use reveal::{reveal, reveal_part};
pub use within::{whole, within};
