//! The core's log as lines for the caller.

use std::fmt::{self, Write};
use std::sync::Arc;

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

use crate::client::waxwing_log_level;
use crate::herald::Lines;

/// What makes a thread's log go there.
pub(crate) fn for_threads(lines: Lines) -> Arc<dyn Fn() + Send + Sync> {
    let log = tracing::Dispatch::new(Log(lines));
    Arc::new(move || {
        // For as long as the thread lives.
        std::mem::forget(tracing::dispatcher::set_default(&log));
    })
}

struct Log(Lines);

fn level(level: &Level) -> waxwing_log_level {
    match *level {
        Level::ERROR => 1,
        Level::WARN => 2,
        Level::INFO => 3,
        _ => 4,
    }
}

impl Subscriber for Log {
    /// Only what the core says itself: others may log what is not to be seen.
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("waxwing") && self.0.takes(level(metadata.level()))
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut line = Line(String::new());
        event.record(&mut line);
        self.0.say(level(event.metadata().level()), line.0);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// The message, then each field by its name.
struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let _ = match field.name() {
            "message" if self.0.is_empty() => write!(self.0, "{value:?}"),
            "message" => {
                self.0.insert_str(0, &format!("{value:?} "));
                Ok(())
            }
            name => write!(self.0, "{}{name}={value:?}", if self.0.is_empty() { "" } else { " " }),
        };
    }
}
