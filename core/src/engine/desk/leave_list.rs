//! Leaving a mailing list, because somebody said so.

use std::time::Duration;

use tokio::sync::mpsc::UnboundedSender;

use super::{Desk, Proved, Tried};
use crate::command::{Message, Ticket};
use crate::error::{Error, ErrorKind};
use crate::mime::{self, Unsubscribe, Wanted};
use crate::model::{AccountId, EmailId, SendTime};
use crate::net::http::{self, Https};

/// What the one request may take.
const DEADLINE: Duration = Duration::from_secs(30);

/// What is to be done, and for whom.
struct Leaving {
    account: AccountId,
    address: String,
    way: Option<Unsubscribe>,
}

impl Desk {
    pub(super) async fn leave_list(
        &mut self,
        ticket: Ticket,
        email: EmailId,
        tried: &UnboundedSender<Tried>,
    ) -> Result<(), Error> {
        let Leaving { account, address, way } = self.leaving(email).await?;
        match way {
            Some(Unsubscribe::OneClick(list)) => {
                let (list, trust) = (Https::parse(&list)?, self.trust.for_strangers());
                self.attempt(ticket, tried, async move {
                    // RFC 8058 section 3.1: this and nothing else, to that address and to no other.
                    let form = [("List-Unsubscribe", "One-Click")];
                    let reply = http::post_form(&list, &form, &trust, DEADLINE).await?;
                    match reply.status {
                        200..300 => Ok(Proved::LeftList),
                        _ => Err(Error::note(
                            ErrorKind::ServerRefused,
                            "the list's server did not take the request",
                        )),
                    }
                });
                Ok(())
            }
            Some(Unsubscribe::Mail(list)) => {
                let mail = mime::unsubscribe_mail(&list, &address);
                let mail =
                    mail.ok_or_else(|| Error::note(ErrorKind::WrongState, "the list's address is none"))?;
                self.send(ticket, account, Message(mail), SendTime::After(Duration::ZERO)).await
            }
            Some(Unsubscribe::Page(_)) | None => Err(Error::note(
                ErrorKind::WrongState,
                "the mail names no list that can be left without a page",
            )),
        }
    }

    async fn leaving(&self, email: EmailId) -> Result<Leaving, Error> {
        let reader = self.store.reader();
        let read = tokio::task::spawn_blocking(move || {
            let account = reader.account_of(reader.row(email)?.mailbox)?;
            let status = reader.accounts()?.into_iter().find(|status| status.id == account);
            let address = status.ok_or(Error::new(ErrorKind::NotFound))?.config.address;
            let way = mime::open(&reader.readable(email)?.octets, Wanted::default()).unsubscribe;
            Ok(Leaving { account, address, way })
        });
        read.await.unwrap_or_else(|error| Err(Error::new(ErrorKind::Bug).because(error)))
    }
}
