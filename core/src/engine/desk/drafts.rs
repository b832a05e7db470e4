//! Mails that are being written.

use super::Desk;
use crate::command::{Message, Ticket};
use crate::engine::clock::Clock;
use crate::error::{Error, ErrorKind};
use crate::event::{Done, Event};
use crate::mime::{self, Composition};
use crate::model::{AccountId, DraftFileId, DraftId, EmailId, Instant, NewFile, Relation, SendTime};
use crate::store::{AddedFile, Changed, Reader};

/// A mail as a file.
const MAIL: &str = "message/rfc822";

impl Desk {
    pub(super) async fn save_draft(
        &self,
        ticket: Ticket,
        draft: Option<DraftId>,
        account: AccountId,
        (composition, relation): (Composition, Relation),
    ) -> Result<(), Error> {
        let (draft, changed) = self
            .write(move |writer| writer.save_draft(draft, account, (&composition, relation), Clock::wall()))
            .await?;
        self.draft_done(ticket, Done::Draft(draft), changed);
        Ok(())
    }

    pub(super) async fn add_file(&self, ticket: Ticket, draft: DraftId, file: NewFile) -> Result<(), Error> {
        let reader = self.store.reader();
        let (file, changed) = self
            .write(move |writer| writer.add_draft_file(draft, &added(&reader, file)?, Clock::wall()))
            .await?;
        self.draft_done(ticket, Done::DraftFile(file), changed);
        Ok(())
    }

    pub(super) async fn remove_file(
        &self,
        ticket: Ticket,
        draft: DraftId,
        file: DraftFileId,
    ) -> Result<(), Error> {
        let changed = self.write(move |writer| writer.remove_draft_file(draft, file, Clock::wall())).await?;
        self.draft_done(ticket, Done::Nothing, changed);
        Ok(())
    }

    pub(super) async fn close_draft(&self, ticket: Ticket, draft: DraftId) -> Result<(), Error> {
        let changed = self.write(move |writer| writer.close_draft(ticket, draft, Clock::wall())).await?;
        self.draft_done(ticket, Done::Nothing, changed);
        Ok(())
    }

    pub(super) async fn discard_draft(&self, ticket: Ticket, draft: DraftId) -> Result<(), Error> {
        let changed = self.write(move |writer| writer.discard_draft(ticket, draft, Clock::wall())).await?;
        self.draft_done(ticket, Done::Nothing, changed);
        Ok(())
    }

    pub(super) async fn restore_draft(
        &self,
        ticket: Ticket,
        draft: DraftId,
        version: Option<Instant>,
    ) -> Result<(), Error> {
        let (draft, changed) =
            self.write(move |writer| writer.restore_draft(draft, version, Clock::wall())).await?;
        self.draft_done(ticket, Done::Draft(draft), changed);
        Ok(())
    }

    pub(super) async fn open_draft(&self, _ticket: Ticket, _email: EmailId) -> Result<(), Error> {
        Err(Error::new(ErrorKind::WrongState))
    }

    pub(super) async fn send_draft(
        &self,
        _ticket: Ticket,
        _draft: DraftId,
        _time: SendTime,
    ) -> Result<(), Error> {
        Err(Error::new(ErrorKind::WrongState))
    }

    fn draft_done(&self, ticket: Ticket, done: Done, changed: Changed) {
        if let Some(running) = self.accounts.values().next() {
            running.account.tell_changed(changed);
        } else if changed.drafts {
            self.news.tell(&Event::DraftsChanged);
        }
        self.finish(ticket, Ok(done));
    }
}

/// A file as it is kept.
fn added(reader: &Reader, file: NewFile) -> Result<AddedFile, Error> {
    let file = match file {
        NewFile::Octets { name, media_type, content_id, octets: Message(octets) } => {
            AddedFile { name, media_type, content_id, octets }
        }
        NewFile::Mail(email) => {
            let subject = reader.row(email)?.subject;
            let octets = reader.raw(email)?;
            // A stroke in a subject divides words, not directories.
            let name = format!("{}.eml", subject.replace(['/', '\\'], "_"));
            AddedFile { name, media_type: MAIL.into(), content_id: String::new(), octets }
        }
        NewFile::Part { email, part } => {
            let readable = reader.readable(email)?;
            let number = usize::try_from(part).ok().and_then(|part| part.checked_sub(1));
            let facts = reader.email(email)?.attachments;
            let facts = number.and_then(|number| facts.into_iter().nth(number));
            let (facts, octets) = facts.zip(readable.part(part)).ok_or(Error::new(ErrorKind::NotFound))?;
            AddedFile { name: facts.name, media_type: facts.media_type, content_id: String::new(), octets }
        }
    };
    let is_graphic = |octet: u8| octet.is_ascii_graphic() && !b"<>".contains(&octet);
    if file.content_id.len() > 900 || !file.content_id.bytes().all(is_graphic) {
        return Err(Error::note(ErrorKind::InvalidInput, "a Content-ID is none"));
    }
    let (name, media_type) = mime::file_to_send(&file.name, &file.media_type);
    Ok(AddedFile { name, media_type, ..file })
}
