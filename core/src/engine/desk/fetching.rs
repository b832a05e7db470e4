//! Mails and files that somebody wants now.

use super::Desk;
use crate::command::Ticket;
use crate::engine::account::{Want, What};
use crate::error::{Error, ErrorKind};
use crate::event::Done;
use crate::model::{AccountId, EmailId};
use crate::store::PartState;

impl Desk {
    /// A mail that isn't here.
    pub(super) async fn fetch_body(&self, ticket: Ticket, email: EmailId, what: What) -> Result<(), Error> {
        let reader = self.store.reader();
        let (id, here) = self
            .write(move |writer| {
                let id = writer.account_of(email)?;
                if writer.wanted_body(email)?.is_some() {
                    if what != What::Body {
                        return Ok((id, None));
                    }
                    return match reader.readable(email) {
                        Ok(_) => Ok((id, Some(Ok(Done::Nothing)))),
                        Err(error) if error.kind() == ErrorKind::NotFound => Ok((id, None)),
                        // What is kept of it is damaged.
                        Err(error) if error.kind() == ErrorKind::StorageFailed => {
                            writer.forget_excerpt(email)?;
                            Ok((id, None))
                        }
                        Err(error) => Err(error),
                    };
                }
                match reader.raw(email) {
                    // What is kept of it is damaged: the server has it still.
                    Err(error) if error.kind() == ErrorKind::StorageFailed => {
                        writer.body_damaged(email)?;
                        Ok((id, None))
                    }
                    read => Ok((id, Some(read.map(|_| Done::Nothing)))),
                }
            })
            .await?;
        match here {
            Some(outcome) => {
                self.finish(ticket, outcome);
                Ok(())
            }
            None => self.want(id, Want::new(ticket, email, what)),
        }
    }

    /// A file that isn't here.
    pub(super) async fn fetch_part(&self, ticket: Ticket, email: EmailId, part: u32) -> Result<(), Error> {
        let reader = self.store.reader();
        let (id, state) = self
            .write(move |writer| {
                let id = writer.account_of(email)?;
                let state = match reader.part_state(email, part) {
                    Err(error) if error.kind() == ErrorKind::StorageFailed => {
                        if writer.wanted_body(email)?.is_some() {
                            writer.forget_excerpt(email)?;
                        } else {
                            writer.body_damaged(email)?;
                        }
                        PartState::NoMail
                    }
                    state => state?,
                };
                let can_come = state != PartState::NoMail || writer.wanted_body(email)?.is_some();
                Ok((id, can_come.then_some(state)))
            })
            .await?;
        match state {
            Some(PartState::Here) => {
                self.finish(ticket, Ok(Done::Nothing));
                Ok(())
            }
            Some(PartState::NoSuch) | None => Err(Error::new(ErrorKind::NotFound)),
            Some(PartState::Missing | PartState::NoMail) => {
                self.want(id, Want::new(ticket, email, What::Part(part)))
            }
        }
    }

    pub(super) fn want(&self, id: AccountId, want: Want) -> Result<(), Error> {
        let account = self.account(id)?;
        {
            let mut todo = account.todo();
            match want.what {
                What::Part(_) => todo.emails.push_back(want),
                What::Body | What::Whole => todo.emails.push_front(want),
            }
            // Who opens a mail wants to know now whether it can be had.
            todo.hurry = true;
        }
        account.bodies.notify_one();
        account.work.notify_one();
        Ok(())
    }
}
