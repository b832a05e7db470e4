//! Looking for the settings of an address.

use tokio::sync::mpsc::UnboundedSender;

use super::{Desk, Proved, Tried};
use crate::command::Ticket;
use crate::engine::discovery::{Stop, discover};
use crate::error::Error;
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
        let (trust, news) = (self.trust.clone(), self.news.clone());
        let (stop, stopped) = Stop::new();
        self.searches.insert(ticket, stop);
        let about = (self.life.has_network(), stopped);
        self.attempt(ticket, tried, async move {
            let tell = |source, state| news.tell(&Event::DiscoveryProgress { ticket, source, state });
            Ok(Proved::Discovered(Box::new(discover(&address, &trust, about, tell).await?)))
        });
        Ok(())
    }
}
