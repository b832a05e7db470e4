//! Mails that are being written: what is said of them is done on this device at once; what the server is to have of them is
//! looked for every few seconds, and handed over as any change is.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::oneshot;
use tokio::time::Instant as Then;

use super::changes::held;
use super::{Desk, Proved, Tried};
use crate::command::{Message, Ticket};
use crate::engine::account::{Want, What};
use crate::engine::clock::Clock;
use crate::error::{Error, ErrorKind};
use crate::event::{Done, Event};
use crate::mime::{self, Composition};
use crate::model::{AccountId, DraftFileId, DraftId, EmailId, Instant, NewFile, Relation, SendTime};
use crate::store::{AddedFile, Changed, PartState, Reader};
use crate::{net, smtp};

/// A mail as a file.
const MAIL: &str = "message/rfc822";
/// How long it may take to see that the server agreed to what another copy waits for, or that a draft is gone there.
const LOOK: Duration = Duration::from_secs(10);
/// How often what was kept for long enough is forgotten.
const SWEEP: i64 = 6 * 3600 * 1000;

/// When drafts are looked at next.
pub(super) struct Tending {
    pub(super) due: Then,
    /// When what is old was last forgotten.
    swept: Option<Instant>,
}

impl Tending {
    /// At once.
    pub(super) fn new() -> Self {
        Self { due: Then::now(), swept: None }
    }
}

/// What is to be done with a mail that has to be fetched first.
pub(super) enum Errand {
    Open(EmailId),
    Add(DraftId, NewFile),
}

impl Desk {
    pub(super) async fn save_draft(
        &mut self,
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

    pub(super) async fn add_file(
        &mut self,
        ticket: Ticket,
        draft: DraftId,
        file: NewFile,
        tried: &UnboundedSender<Tried>,
    ) -> Result<(), Error> {
        let reader = self.store.reader();
        let wanted = match file {
            NewFile::Octets { .. } => None,
            NewFile::Mail(email) => {
                self.write(move |_| Ok(reader.raw_is_missing(email)?.then_some((email, What::Whole)))).await?
            }
            NewFile::Part { email, part } => {
                let state = self.write(move |_| reader.part_state(email, part)).await?;
                let is_missing = matches!(state, PartState::Missing | PartState::NoMail);
                is_missing.then_some((email, What::Part(part)))
            }
        };
        match wanted {
            Some((email, what)) => {
                self.fetch_first(ticket, (email, what), Errand::Add(draft, file), tried).await
            }
            None => self.add_file_that_is_here(ticket, draft, file).await,
        }
    }

    async fn add_file_that_is_here(
        &mut self,
        ticket: Ticket,
        draft: DraftId,
        file: NewFile,
    ) -> Result<(), Error> {
        let reader = self.store.reader();
        let (file, changed) = self
            .write(move |writer| writer.add_draft_file(draft, &added(&reader, file)?, Clock::wall()))
            .await?;
        self.draft_done(ticket, Done::DraftFile(file), changed);
        Ok(())
    }

    pub(super) async fn remove_file(
        &mut self,
        ticket: Ticket,
        draft: DraftId,
        file: DraftFileId,
    ) -> Result<(), Error> {
        let changed = self.write(move |writer| writer.remove_draft_file(draft, file, Clock::wall())).await?;
        self.draft_done(ticket, Done::Nothing, changed);
        Ok(())
    }

    pub(super) async fn close_draft(&mut self, ticket: Ticket, draft: DraftId) -> Result<(), Error> {
        let tidy = self.another_ticket();
        let changed = self.write(move |writer| writer.close_draft(tidy, draft, Clock::wall())).await?;
        self.draft_done(ticket, Done::Nothing, changed);
        Ok(())
    }

    pub(super) async fn discard_draft(&mut self, ticket: Ticket, draft: DraftId) -> Result<(), Error> {
        let tidy = self.another_ticket();
        let changed = self.write(move |writer| writer.discard_draft(tidy, draft, Clock::wall())).await?;
        self.draft_done(ticket, Done::Nothing, changed);
        Ok(())
    }

    pub(super) async fn restore_draft(
        &mut self,
        ticket: Ticket,
        draft: DraftId,
        version: Option<Instant>,
    ) -> Result<(), Error> {
        let (draft, changed) =
            self.write(move |writer| writer.restore_draft(draft, version, Clock::wall())).await?;
        self.draft_done(ticket, Done::Draft(draft), changed);
        Ok(())
    }

    pub(super) async fn open_draft(
        &mut self,
        ticket: Ticket,
        email: EmailId,
        tried: &UnboundedSender<Tried>,
    ) -> Result<(), Error> {
        let reader = self.store.reader();
        let (known, is_draft, is_missing) = self
            .write(move |writer| {
                let (known, is_draft) = writer.draft_of(email)?;
                if known.is_none() {
                    writer.account_of(email)?;
                }
                Ok((known, is_draft, reader.raw_is_missing(email)?))
            })
            .await?;
        if let Some(draft) = known {
            self.finish(ticket, Ok(Done::Draft(draft)));
            return Ok(());
        }
        if !is_draft {
            return Err(Error::note(ErrorKind::WrongState, "the mail is in no mailbox for drafts"));
        }
        if is_missing {
            return self.fetch_first(ticket, (email, What::Whole), Errand::Open(email), tried).await;
        }
        self.open_draft_that_is_here(ticket, email).await
    }

    async fn open_draft_that_is_here(&mut self, ticket: Ticket, email: EmailId) -> Result<(), Error> {
        let reader = self.store.reader();
        let (draft, changed) = self
            .write(move |writer| {
                let (composition, files) = mime::written(&reader.raw(email)?);
                let files: Vec<AddedFile> = files
                    .into_iter()
                    .map(|file| {
                        let (name, media_type) = mime::file_to_send(&file.name, &file.media_type);
                        AddedFile { name, media_type, content_id: file.content_id, octets: file.octets }
                    })
                    .collect();
                writer.open_draft(email, (&composition, &files), Clock::wall())
            })
            .await?;
        self.draft_done(ticket, Done::Draft(draft), changed);
        Ok(())
    }

    pub(super) async fn send_draft(
        &mut self,
        ticket: Ticket,
        draft: DraftId,
        time: SendTime,
    ) -> Result<(), Error> {
        let reader = self.store.reader();
        let known = self.write(move |_| reader.draft(draft)).await?.ok_or(Error::new(ErrorKind::NotFound))?;
        let id = known.account;
        self.check_sends(id)?;
        let held = held(time, Clock::wall())?;
        let nonce = net::nonce()?;
        let changed = self
            .write(move |writer| {
                let found = writer.draft_to_compose(draft)?;
                let (mail, files, _) = found.ok_or_else(|| {
                    Error::note(ErrorKind::WrongState, "the draft was discarded, or is to be sent")
                })?;
                let message_id = mime::message_id(&nonce, &mail.composition.from);
                let mail = mime::compose(&mail.composition, &files, &message_id, held.dated())?;
                let mail = smtp::completed(mail, held.dated(), &nonce)?;
                writer.send_draft(ticket, draft, &mail, held)
            })
            .await?;
        self.wished(id, changed)
    }

    /// A ticket for what follows from a command that is answered before.
    fn another_ticket(&self) -> Ticket {
        Ticket(self.tickets.fetch_add(1, std::sync::atomic::Ordering::Relaxed))
    }

    fn draft_done(&mut self, ticket: Ticket, done: Done, changed: Changed) {
        self.tending.due = Then::now();
        self.tell_of_drafts(changed);
        self.finish(ticket, Ok(done));
    }

    fn tell_of_drafts(&self, changed: Changed) {
        match self.accounts.values().next() {
            Some(running) => running.account.tell_changed(changed),
            None if changed.drafts => self.news.tell(&Event::DraftsChanged),
            None => {}
        }
    }

    // What comes only from the network.

    async fn fetch_first(
        &mut self,
        ticket: Ticket,
        (email, what): (EmailId, What),
        errand: Errand,
        tried: &UnboundedSender<Tried>,
    ) -> Result<(), Error> {
        let (id, can_come) = self
            .write(move |writer| Ok((writer.account_of(email)?, writer.wanted_body(email)?.is_some())))
            .await?;
        if !can_come {
            return Err(Error::new(ErrorKind::NotFound));
        }
        let (told, answer) = oneshot::channel();
        let account = Arc::clone(self.account(id)?);
        account.tell_afterwards(ticket, told);
        self.attempt(ticket, tried, async move {
            answer.await.unwrap_or_else(|_| Err(Error::new(ErrorKind::Canceled)))?;
            Ok(Proved::Fetched(errand))
        });
        self.want(id, Want::new(ticket, email, what))
    }

    /// It came.
    pub(super) async fn run_errand(&mut self, ticket: Ticket, errand: Errand) -> Result<(), Error> {
        match errand {
            Errand::Open(email) => self.open_draft_that_is_here(ticket, email).await,
            Errand::Add(draft, file) => self.add_file_that_is_here(ticket, draft, file).await,
        }
    }

    // What the server is to have.

    /// Hands over what is to be handed over by now, and says when to look again.
    pub(super) async fn tend_drafts(&mut self) {
        let now = Clock::wall();
        let next = match self.hand_over_drafts(now).await {
            Ok(next) => next,
            Err(error) => {
                tracing::warn!(%error, "drafts are on this device alone for now");
                None
            }
        };
        let wait = next.map(|next| u64::try_from(next.0.saturating_sub(now.0)).unwrap_or(0));
        self.tending.due = Then::now() + wait.map_or(LOOK, Duration::from_millis).min(LOOK);
    }

    /// Gives when there is more to hand over.
    pub(super) async fn hand_over_drafts(&mut self, now: Instant) -> Result<Option<Instant>, Error> {
        let sweeps =
            self.tending.swept.is_none_or(|swept| !(0..SWEEP).contains(&now.0.saturating_sub(swept.0)));
        let (found, changed) = self
            .write(move |writer| {
                let mut changed = writer.drafts_gone_elsewhere(now)?;
                if sweeps {
                    changed.and(writer.sweep_drafts(now)?);
                }
                Ok((writer.drafts_to_hand_over(now)?, changed))
            })
            .await?;
        if sweeps {
            self.tending.swept = Some(now);
        }
        self.tell_of_drafts(changed);
        for draft in found.now {
            let (operation, nonce) = (self.another_ticket(), net::nonce()?);
            let changed = self
                .write(move |writer| {
                    let Some((mail, files, own)) = writer.draft_to_compose(draft)? else {
                        return Ok(Changed::default());
                    };
                    let message_id = mime::message_id(&nonce, &own);
                    let composed = mime::drafted(&mail.composition, &files, &own, &message_id, now);
                    match composed {
                        Ok(octets) if !mail.is_empty() => {
                            writer.hand_over_draft(operation, draft, &octets, now)
                        }
                        Ok(_) => writer.draft_not_handed_over(draft, now).map(|()| Changed::default()),
                        Err(error) => {
                            tracing::warn!(%error, "a draft can't be made into a mail");
                            writer.draft_not_handed_over(draft, now).map(|()| Changed::default())
                        }
                    }
                })
                .await?;
            self.tell_of_drafts(changed);
        }
        Ok(found.next)
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
