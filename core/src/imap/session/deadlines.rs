//! What must happen by when.

use std::time::Duration;

use super::queue::{Idle, Running};
use super::{CloseReason, Op, Order, Phase, Session};
use crate::error::{Error, ErrorKind};
use crate::model::Moment;

/// From the start to the signed-in state.
const SIGN_IN: Duration = Duration::from_secs(60);

/// Without a single octet while something is due, unless the options say otherwise.
const INACTIVITY: Duration = Duration::from_secs(60);

/// For one command once those before it are done, however busy the server seems.
const COMMAND: Duration = Duration::from_secs(10 * 60);

/// The same for one that fetches bodies or hands one over.
const BODIES: Duration = Duration::from_secs(60 * 60);

/// For the answer to DONE: after that the connection is dead.
const DONE: Duration = Duration::from_secs(20);

/// From BYE to the end.
const BYE: Duration = Duration::from_secs(5);

#[derive(Clone, Copy)]
enum Due {
    RenewIdle,
    GiveUp(&'static str),
    EndAfterBye,
}

impl Session {
    /// Time passed: deadlines are looked at.
    pub fn tick(&mut self, now: Moment) {
        while let Some((at, due)) = self.next_due() {
            if at > now {
                break;
            }
            match due {
                Due::RenewIdle => self.renew_idle(now),
                Due::GiveUp(note) => {
                    self.learn_of_silence();
                    self.close(CloseReason::Failed(Error::note(ErrorKind::TimedOut, note)));
                }
                Due::EndAfterBye => self.end_of_stream(None, now),
            }
        }
        self.send_waiting(now);
    }

    /// The connection is dead. If that was noticed as IDLE was to end, it had been quiet for too long.
    pub(super) fn learn_of_silence(&mut self) {
        if let Some(Idle::Ends { since, .. }) = self.running.front().and_then(Running::idle) {
            self.options.idle_renewal.died(since.since(self.last_arrival));
        }
    }

    /// When `tick` is to be called at the latest.
    pub fn wake_at(&self) -> Option<Moment> {
        self.next_due().map(|(at, _)| at)
    }

    fn next_due(&self) -> Option<(Moment, Due)> {
        if self.phase == Phase::Closed {
            return None;
        }
        let bye = self.bye.as_ref().map(|(_, since)| (since.after(BYE), Due::EndAfterBye));
        let is_signing_in = self.phase != Phase::Ready;
        let slow = Due::GiveUp("the server is too slow to sign in to");
        let sign_in = is_signing_in.then(|| (self.began.after(SIGN_IN), slow));
        let silent = is_signing_in
            .then(|| (self.last_arrival.after(self.inactivity()), Due::GiveUp("the server doesn't answer")));
        let oldest = self.running.front().map(|running| self.due_of(running));
        [bye, sign_in, silent, oldest].into_iter().flatten().min_by_key(|(at, _)| *at)
    }

    fn inactivity(&self) -> Duration {
        self.options.inactivity.unwrap_or(INACTIVITY)
    }

    fn due_of(&self, running: &Running) -> (Moment, Due) {
        match running.idle() {
            Some(Idle::Runs(since)) => {
                return (since.after(self.options.idle_renewal.after()), Due::RenewIdle);
            }
            Some(Idle::Ends { since, .. }) => {
                return (since.after(DONE), Due::GiveUp("the server doesn't end IDLE"));
            }
            Some(Idle::Asked { .. }) | None => {}
        }
        let has_bodies = matches!(
            running.order,
            Order::Op { op: Op::FetchBodies { .. } | Op::FetchWhole { .. } | Op::Append { .. }, .. }
        );
        let whole = running.oldest_since.after(if has_bodies { BODIES } else { COMMAND });
        let quiet = self.last_arrival.max(running.waits_since).after(self.inactivity());
        (whole.min(quiet), Due::GiveUp("the server doesn't answer"))
    }
}
