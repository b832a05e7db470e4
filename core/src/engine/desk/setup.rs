//! Looking for the settings of an address.

use std::panic::AssertUnwindSafe;

use futures_util::FutureExt;
use tokio::sync::mpsc::UnboundedSender;

use super::{Desk, Proved, Tried};
use crate::command::Ticket;
use crate::engine::discovery::discover;
use crate::error::{Error, ErrorKind};
use crate::event::Event;
use crate::setup::MailAddress;

impl Desk {
    pub(super) fn discover(
        &mut self,
        ticket: Ticket,
        address: &str,
        tried: &UnboundedSender<Tried>,
    ) -> Result<(), Error> {
        let address = MailAddress::parse(address)?;
        let (trust, news, tried) = (self.trust.clone(), self.news.clone(), tried.clone());
        let has_network = self.life.has_network();
        let trial = tokio::spawn(async move {
            let tell = |source, state| news.tell(&Event::DiscoveryProgress { ticket, source, state });
            let discovering = AssertUnwindSafe(discover(&address, &trust, has_network, tell)).catch_unwind();
            let outcome = match discovering.await {
                Ok(discovery) => Ok(Proved::Discovered(Box::new(discovery))),
                Err(_) => Err(Error::new(ErrorKind::Bug)),
            };
            let _ = tried.send(Tried { ticket, outcome });
        });
        self.trials.insert(ticket, trial);
        Ok(())
    }
}
