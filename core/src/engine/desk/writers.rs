//! What is at hand for whoever writes: identities, and texts that are kept.

use super::Desk;
use crate::command::Ticket;
use crate::error::Error;
use crate::event::{Done, Event};
use crate::model::{AccountId, Identity, TemplateId};

impl Desk {
    pub(super) async fn set_identities(
        &self,
        ticket: Ticket,
        account: AccountId,
        identities: Vec<Identity>,
    ) -> Result<(), Error> {
        self.write(move |writer| writer.set_identities(account, &identities)).await?;
        self.news.tell(&Event::AccountChanged { account });
        self.finish(ticket, Ok(Done::Nothing));
        Ok(())
    }

    pub(super) async fn save_template(
        &self,
        ticket: Ticket,
        id: Option<TemplateId>,
        (name, subject, text): (String, String, String),
    ) -> Result<(), Error> {
        let id = self.write(move |writer| writer.save_template(id, &name, &subject, &text)).await?;
        self.templates_changed(ticket, Done::Template(id));
        Ok(())
    }

    pub(super) async fn delete_template(&self, ticket: Ticket, id: TemplateId) -> Result<(), Error> {
        self.write(move |writer| writer.delete_template(id)).await?;
        self.templates_changed(ticket, Done::Nothing);
        Ok(())
    }

    fn templates_changed(&self, ticket: Ticket, done: Done) {
        self.news.tell(&Event::TemplatesChanged);
        self.finish(ticket, Ok(done));
    }
}
