//! Pictures on the network: fetched when the person says so, for one mail or for all of a sender.

use tokio::sync::mpsc::UnboundedSender;

use super::{Desk, Proved, Tried};
use crate::command::Ticket;
use crate::engine::images::fetch;
use crate::error::{Error, ErrorKind};
use crate::event::Done;
use crate::mime::{self, Wanted};
use crate::model::EmailId;

/// Longest address of a sender, in octets (RFC 5321 section 4.5.3.1).
const LONGEST: usize = 320;

impl Desk {
    pub(super) fn fetch_images(
        &mut self,
        ticket: Ticket,
        email: EmailId,
        tried: &UnboundedSender<Tried>,
    ) -> Result<(), Error> {
        let reader = self.store.reader();
        if !self.life.has_network() {
            return Err(Error::new(ErrorKind::Offline));
        }
        let trust = self.trust.clone();
        self.attempt(ticket, tried, async move {
            let read = {
                let reader = reader.clone();
                move || {
                    let raw = reader.readable(email)?.octets;
                    Ok(mime::open(&raw, Wanted { html: true, ..Wanted::default() }).images)
                }
            };
            let addresses = tokio::task::spawn_blocking(read)
                .await
                .map_err(|error| Error::new(ErrorKind::Bug).because(error))
                .flatten()?;
            let images = fetch(addresses, &trust).await?;
            reader.set_images(email, images);
            Ok(Proved::Images)
        });
        Ok(())
    }

    pub(super) async fn show_images_of(
        &self,
        ticket: Ticket,
        sender: String,
        always: bool,
    ) -> Result<(), Error> {
        if sender.trim().is_empty() || sender.len() > LONGEST || !sender.contains('@') {
            return Err(Error::note(ErrorKind::InvalidInput, "this is no address of a sender"));
        }
        self.write(move |writer| writer.show_images_of(&sender, always)).await?;
        self.finish(ticket, Ok(Done::Nothing));
        Ok(())
    }
}
