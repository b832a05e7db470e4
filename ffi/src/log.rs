//! The core's log as lines for the caller.

use std::fmt::{self, Write};
use std::mem::MaybeUninit;
use std::sync::Arc;

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::Interest;
use tracing::{Event, Level, Metadata, Subscriber};

use crate::client::waxwing_client;
use crate::guard::{self, Misuse};
use crate::herald::Lines;

/// How much is told to `log`, each level with those before it. No level holds secrets or text of mails.
pub type waxwing_log_level = i32;

/// Nothing but the caller's mistakes, which are told whatever the level.
pub const WAXWING_LOG_NONE: waxwing_log_level = 0;
pub const WAXWING_LOG_ERROR: waxwing_log_level = 1;
pub const WAXWING_LOG_WARNING: waxwing_log_level = 2;
pub const WAXWING_LOG_INFORMATION: waxwing_log_level = 3;
pub const WAXWING_LOG_DEBUG: waxwing_log_level = 4;

/// A level, or a mistake of that name.
pub(crate) fn known(level: waxwing_log_level, name: &'static str) -> Result<waxwing_log_level, Misuse> {
    if (WAXWING_LOG_NONE..=WAXWING_LOG_DEBUG).contains(&level) {
        Ok(level)
    } else {
        Err(Misuse::of(name, "is not 0 to 4"))
    }
}

/// Says how much is told to `log` from now on. Returns at once. What is no WAXWING_LOG_ changes nothing.
#[unsafe(no_mangle)]
pub extern "C" fn waxwing_client_set_log_level(
    client: MaybeUninit<&waxwing_client>,
    level: waxwing_log_level,
) {
    guard::on_client(client, "waxwing_client_set_log_level", |client| {
        client.herald.set_level(known(level, "level")?);
        Ok(())
    });
}

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
        Level::ERROR => WAXWING_LOG_ERROR,
        Level::WARN => WAXWING_LOG_WARNING,
        Level::INFO => WAXWING_LOG_INFORMATION,
        _ => WAXWING_LOG_DEBUG,
    }
}

/// Only what the core says itself: others may log what is not to be seen.
fn is_ours(metadata: &Metadata<'_>) -> bool {
    metadata.target().starts_with("waxwing")
}

impl Subscriber for Log {
    /// What is ours is asked about each time: the level may have changed.
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        if is_ours(metadata) { Interest::sometimes() } else { Interest::never() }
    }

    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        is_ours(metadata) && self.0.takes(level(metadata.level()))
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
