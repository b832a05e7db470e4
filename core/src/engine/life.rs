//! What goes on around the engine: which network there is, whether to spare the battery, and time that jumped.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use super::clock::Clock;
use crate::error::{Error, ErrorKind, NetworkFault};
use crate::imap::IdleRenewal;
use crate::model::{self, Moment, Network};
use crate::store::Bulk;

/// After a change of the network a connection that says nothing for so long is dead.
const PROBE: Duration = Duration::from_secs(8);
/// How often the clocks are compared.
pub(super) const BEAT: Duration = Duration::from_secs(10);
/// By how much they may be apart, or a beat be late, with nothing to it.
const APART: Duration = Duration::from_secs(5);
/// A small body: on a network that is paid for by use larger ones wait.
const SMALL: u64 = 64 << 10;

/// The surroundings, shared by everything in one engine. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub(super) struct Life(Arc<watch::Sender<Surroundings>>);

#[derive(Clone, Copy, Debug, Default)]
struct Surroundings {
    network: Network,
    saver: bool,
    /// How often connections came into doubt.
    shaken: u64,
    /// How often the network became another one.
    networks: u64,
}

impl Life {
    /// There is another network now, or the same one again: no connection is known to be alive.
    pub(super) fn network_changed(&self, network: Network) {
        self.0.send_modify(|now| {
            now.network = network;
            now.networks += 1;
            now.shaken += 1;
        });
    }

    pub(super) fn set_saver(&self, saver: bool) {
        self.0.send_modify(|now| now.saver = saver);
    }

    /// Time jumped: no connection is known to be alive.
    pub(super) fn shake(&self) {
        self.0.send_modify(|now| now.shaken += 1);
    }

    /// What may be fetched unasked now.
    pub(super) fn bulk(&self) -> Bulk {
        let now = *self.0.borrow();
        match (now.saver, now.network) {
            (true, _) | (_, Network::None) => Bulk::Nothing,
            (false, Network::Metered) => Bulk::UpTo(SMALL),
            (false, Network::Free) => Bulk::Everything,
        }
    }

    pub(super) fn has_network(&self) -> bool {
        self.0.borrow().network != Network::None
    }

    /// How often the network became another one.
    pub(super) fn networks(&self) -> u64 {
        self.0.borrow().networks
    }

    /// Waits until there is a network.
    pub(super) async fn network_comes(&self) {
        self.wait_for(|now| now.network != Network::None).await;
    }

    /// Waits until there is none.
    pub(super) async fn network_goes(&self) {
        self.wait_for(|now| now.network == Network::None).await;
    }

    /// Waits until connections come into doubt.
    pub(super) async fn shaken(&self) {
        let before = self.0.borrow().shaken;
        self.wait_for(|now| now.shaken != before).await;
    }

    async fn wait_for(&self, wanted: impl FnMut(&Surroundings) -> bool) {
        // The sender is here, so it can't be gone.
        let _ = self.0.subscribe().wait_for(wanted).await;
    }

    /// The pulse of a connection made now.
    pub(super) fn pulse(&self) -> Pulse {
        Pulse { life: self.0.subscribe(), seen: self.0.borrow().shaken, due: None, is_asked: false }
    }
}

/// Why nothing can be had from the network.
pub(super) fn no_network() -> Error {
    Error::network(ErrorKind::Offline, NetworkFault::NoNetwork)
}

/// Whether one connection is alive, in doubt, or dead.
#[derive(Debug)]
pub(super) struct Pulse {
    life: watch::Receiver<Surroundings>,
    seen: u64,
    /// Something is to be heard by then.
    due: Option<Instant>,
    is_asked: bool,
}

impl Pulse {
    /// Waits until the connection comes into doubt: from then on it has a short time to prove itself.
    pub(super) async fn doubt(&mut self) {
        let seen = self.seen;
        let now = self.life.wait_for(|now| now.shaken != seen).await.map(|now| now.shaken);
        let Ok(now) = now else { return std::future::pending().await };
        self.seen = now;
        self.due = Some(Instant::now() + PROBE);
        self.is_asked = true;
    }

    /// Something was heard.
    pub(super) fn beats(&mut self) {
        self.due = None;
    }

    /// How long it has left to prove itself.
    pub(super) fn left(&self) -> Option<Duration> {
        self.due.map(|due| due.saturating_duration_since(Instant::now()))
    }

    /// Whether it had to prove itself and didn't.
    pub(super) fn is_dead(&self) -> bool {
        self.left() == Some(Duration::ZERO)
    }

    /// Whether the server is to be asked for a sign of life; says so once.
    pub(super) fn take_asked(&mut self) -> bool {
        std::mem::take(&mut self.is_asked) && self.due.is_some()
    }
}

/// When IDLE is renewed, handed from one connection of an account to the next as long as the network stays the same.
#[derive(Clone, Default)]
pub(super) struct Renewals {
    kept: Arc<Mutex<(u64, IdleRenewal)>>,
    /// The network that the connection which holds this goes over.
    networks: u64,
}

impl Renewals {
    /// For a connection over this network.
    pub(super) fn on(&self, networks: u64) -> Self {
        Self { kept: Arc::clone(&self.kept), networks }
    }

    pub(super) fn get(&self) -> IdleRenewal {
        let (networks, renewal) = *self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if networks == self.networks { renewal } else { IdleRenewal::default() }
    }

    /// What a connection learnt.
    pub(super) fn set(&self, renewal: IdleRenewal) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.0 <= self.networks {
            *kept = (self.networks, renewal);
        }
    }
}

/// Both clocks at one moment.
pub(super) struct Beat {
    wall: model::Instant,
    moment: Moment,
}

impl Beat {
    pub(super) fn now(clock: Clock) -> Self {
        Self { wall: Clock::wall(), moment: clock.now() }
    }

    /// Whether the machine slept from the one to the other: the wall clock went on and the other didn't, or both went
    /// on and nobody was there.
    pub(super) fn jumped(&self, later: &Self) -> bool {
        let moments = later.moment.since(self.moment);
        let walls = later.wall.0.saturating_sub(self.wall.0);
        let ahead = walls.saturating_sub(i64::try_from(moments.as_millis()).unwrap_or(i64::MAX));
        let apart = i64::try_from(APART.as_millis()).unwrap_or(i64::MAX);
        ahead.abs() > apart || moments > BEAT + 3 * APART
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sleep_of_the_machine_is_noticed_and_a_late_beat_is_none() {
        let at = |wall: i64, moment: u64| Beat {
            wall: model::Instant(1_800_000_000_000 + wall * 1000),
            moment: Moment::default().after(Duration::from_secs(moment)),
        };
        let before = at(0, 0);
        assert!(!before.jumped(&at(10, 10)) && !before.jumped(&at(13, 12)));
        assert!(before.jumped(&at(3600, 10)), "the one clock stood still");
        assert!(before.jumped(&at(3600, 3600)), "nobody was there");
        assert!(before.jumped(&at(-3600, 10)), "the wall clock was put back");
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_in_doubt_has_a_short_time_to_prove_itself() {
        let life = Life::default();
        let mut pulse = life.pulse();
        assert!(!pulse.take_asked() && !pulse.is_dead());
        life.network_changed(Network::Metered);
        pulse.doubt().await;
        assert!(pulse.take_asked() && !pulse.take_asked() && !pulse.is_dead());
        tokio::time::advance(PROBE).await;
        assert!(pulse.is_dead());
        pulse.beats();
        assert!(!pulse.is_dead());
        assert!(!life.pulse().take_asked(), "one made now isn't in doubt");
    }
}
