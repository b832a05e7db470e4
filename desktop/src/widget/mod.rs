//! What iced lacks, each widget small and on its own.

mod field;
mod line;
mod list;
mod paper;
mod press;
mod quotes;
mod reveal;

pub use field::Field;
#[cfg(test)]
pub(crate) use line::cut_line;
pub use line::{Line, line};
pub use list::{Click, Ground, List, visible_rows};
pub use paper::{Happened, Strip, paper};
pub use press::{Look, Press, Status, press};
pub use quotes::{Quiet, Quotes};
pub use reveal::{reveal, reveal_part};
