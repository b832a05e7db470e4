//! What a person decides about certificates.

use std::sync::Arc;

use super::Desk;
use crate::command::Ticket;
use crate::engine::clock::Clock;
use crate::engine::trust::pin_of;
use crate::error::{Error, ErrorKind};
use crate::event::Done;
use crate::model::{AccountId, AccountState, QuestionId, TrustDecision, TrustQuestion};
use crate::net::usual_host;

impl Desk {
    pub(super) async fn decide(
        &mut self,
        ticket: Ticket,
        id: QuestionId,
        decision: TrustDecision,
    ) -> Result<(), Error> {
        let question = self.questions.find(id).ok_or_else(|| Error::new(ErrorKind::NotFound))?;
        match decision {
            TrustDecision::Refuse => {}
            TrustDecision::ThisRun => self.believe(&question, false).await?,
            TrustDecision::Pin => self.believe(&question, true).await?,
        }
        self.finish(ticket, Ok(Done::Nothing));
        Ok(())
    }

    async fn believe(&mut self, question: &TrustQuestion, is_lasting: bool) -> Result<(), Error> {
        let wrong = |note| Err(Error::note(ErrorKind::WrongState, note));
        if !question.may_pin {
            return wrong("this certificate must not be believed");
        }
        let pinned = self.trust.pins().key(&question.host, question.port);
        if pinned.is_some_and(|key| key != question.facts.key_sha256) {
            return wrong("another key is pinned there");
        }
        let now = Clock::wall();
        if is_lasting {
            let pin = pin_of(question, now, true);
            self.write(move |writer| writer.add_pin(&pin)).await?;
        }
        self.questions.believed(question, now, is_lasting);
        self.read_pins().await?;
        self.connect_anew(&question.host, question.port).await;
        Ok(())
    }

    pub(super) async fn unpin(&mut self, ticket: Ticket, host: &str, port: u16) -> Result<(), Error> {
        let host = usual_host(host);
        let stored = host.clone();
        let was_kept = self.write(move |writer| writer.remove_pin(&stored, port)).await?;
        let was_pinned = self.questions.unpinned(&host, port);
        if !was_kept && !was_pinned {
            return Err(Error::new(ErrorKind::NotFound));
        }
        self.read_pins().await?;
        self.connect_anew(&host, port).await;
        self.finish(ticket, Ok(Done::Nothing));
        Ok(())
    }

    /// What is kept, and what was decided for this run, holds from now on.
    pub(super) async fn read_pins(&self) -> Result<(), Error> {
        let kept = self.write(|writer| writer.pins()).await?;
        // What is kept is the later word, perhaps of another process.
        let pins = self.questions.pins().into_iter().chain(kept);
        self.trust.pins().replace(pins.map(|pin| (pin.host, pin.port, pin.key)));
        Ok(())
    }

    /// It was decided whom to believe there: who waits for that goes on, and no connection stays that was made before.
    async fn connect_anew(&mut self, host: &str, port: u16) {
        let is_there = |its: &str, its_port: u16| its_port == port && usual_host(its) == host;
        let canceled = Error::note(ErrorKind::Canceled, "somebody decided whom to believe there");
        let mut senders: Vec<AccountId> = Vec::new();
        for running in self.accounts.values_mut() {
            let account = Arc::clone(&running.account);
            if account.submission().is_some_and(|server| is_there(&server.host, server.port)) {
                senders.push(account.id);
            }
            if !is_there(&account.config.imap_host, account.config.imap_port) {
                continue;
            }
            let waits = *account.state.borrow() == AccountState::TrustNeeded;
            if !waits {
                running.halt(&canceled).await;
                running.go();
            }
            account.todo().hurry = true;
            account.work.notify_one();
            account.bodies.notify_one();
        }
        for id in senders {
            if let Err(error) = self.write(move |writer| writer.hurry_sending(id)).await {
                tracing::warn!(%error, "mail to be sent waits for its time");
            }
            if let Ok(account) = self.account(id) {
                account.sends.notify_one();
            }
        }
    }
}
