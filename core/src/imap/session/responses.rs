//! Gives each response to whom it belongs.

use super::{Fact, OpId, Order, Phase, Session};
use crate::imap::Uid;
use crate::imap::ops::{MailboxStatus, Refusal, status};
use crate::model::Moment;
use crate::wire::reader::{self, Body, Fetch, Response, Section, Status, StatusKind};
use crate::wire::{codec, text};

/// How many different ALERTs a server may show in one session.
const ALERTS_LIMIT: usize = 20;

impl Session {
    /// One whole response.
    pub(super) fn response(&mut self, line: &[u8], now: Moment) {
        let response = reader::read(line);
        if self.phase == Phase::Greeting {
            return self.greeting(&response, now);
        }
        match response {
            Response::Continuation => self.continuation(line.get(1..).unwrap_or_default().trim_ascii(), now),
            Response::Tagged { tag, status } => {
                self.alert(&status);
                self.read_capabilities(&status);
                self.ended(tag, &status, now);
            }
            Response::Status(status) if status.kind == StatusKind::Bye => {
                self.alert(&status);
                self.bye.get_or_insert((Refusal::of(&status), now));
                self.close_after_bye();
            }
            Response::Status(status) => {
                self.alert(&status);
                self.read_capabilities(&status);
                if self.is_notified && status.code("NOTIFICATIONOVERFLOW").is_some() {
                    self.is_notified = false;
                    self.facts.push_back(Fact::NotifyEnded);
                }
                self.offer(&mut Response::Status(status));
            }
            Response::Capability(names) => self.told_capabilities(names),
            Response::Fetch(fetch) => self.fetch(fetch),
            Response::Unknown => {
                if !self.told_of_itself(line) && tracing::enabled!(tracing::Level::DEBUG) {
                    let kind = codec::kind_of_rare(line);
                    tracing::debug!(octets = line.len(), kind, "a response was passed over");
                }
            }
            mut other => {
                if !self.offer(&mut other) {
                    self.news(&other);
                }
            }
        }
        // A body whose response made no sense in the end.
        self.body_ends(None);
    }

    /// What nobody asked for. Of other mailboxes than the selected one it counts only where it was asked for once and
    /// for all.
    fn news(&mut self, response: &Response<'_>) {
        match response {
            Response::Exists(_) | Response::Expunge(_) | Response::Vanished { .. } => self.mailbox_changed(),
            Response::Counts(counts) if self.is_notified => {
                let mailbox = String::from_utf8_lossy(&counts.name).as_ref().into();
                let status = status::joined(MailboxStatus::default(), counts);
                self.facts.push_back(Fact::MailboxStatus { mailbox, status });
            }
            Response::Listed(_) if self.is_notified && self.facts.back() != Some(&Fact::MailboxesChanged) => {
                self.facts.push_back(Fact::MailboxesChanged);
            }
            _ => {}
        }
    }

    /// Offers a response to the exchanges, oldest first, until one takes it.
    fn offer(&mut self, response: &mut Response<'_>) -> bool {
        self.running.iter_mut().any(|running| match &mut running.order {
            Order::Op { exchange, .. } => exchange.data(response),
            _ => false,
        })
    }

    fn fetch(&mut self, mut fetch: Fetch<'_>) {
        match std::mem::take(&mut fetch.body) {
            Body::HandedOver => self.body_ends(Some(&mut fetch)),
            // Another one was handed over and can't be found again in the response: nobody knows which one is meant.
            Body::Here(_) if self.body.is_some() => self.body_ends(None),
            Body::Here(octets) => {
                let size = u64::try_from(octets.len()).unwrap_or_default();
                self.body = Some(self.body_owner(fetch.uid, fetch.section));
                if let Some(Some(op)) = self.body {
                    self.facts.push_back(Fact::BodyStart { op, size });
                    if !octets.is_empty() {
                        self.facts.push_back(Fact::BodyChunk { op, bytes: octets.into_owned() });
                    }
                }
                self.body_ends(Some(&mut fetch));
            }
            Body::Missing => {
                if !self.offer(&mut Response::Fetch(fetch)) {
                    self.mailbox_changed();
                }
            }
        }
    }

    /// A body begins. Its UID may not have come yet: then it is taken for the oldest fetch of bodies.
    pub(super) fn body_starts(&mut self, head: &[u8], size: u64) {
        let (uid, section) = reader::part_so_far(head);
        let owner = self.body_owner(uid, section);
        if let Some(op) = owner {
            self.facts.push_back(Fact::BodyStart { op, size });
        }
        self.body = Some(owner);
    }

    fn body_owner(&self, uid: Option<Uid>, section: Section<'_>) -> Option<OpId> {
        self.running.iter().find_map(|running| match &running.order {
            Order::Op { id, exchange, .. } if exchange.expects_body(uid, section) => Some(*id),
            _ => None,
        })
    }

    /// The body that came in is over. It counts only if it is known whose it is and that was asked for.
    pub(super) fn body_ends(&mut self, fetch: Option<&mut Fetch<'_>>) {
        let Some(Some(op)) = self.body.take() else { return };
        let owner = self.running.iter_mut().find_map(|running| match &mut running.order {
            Order::Op { id, exchange, .. } if *id == op => Some(exchange),
            _ => None,
        });
        let (mut uid, mut mail) = (None, None);
        if let (Some(exchange), Some(fetch)) = (owner, fetch) {
            uid = fetch.uid.filter(|uid| exchange.body_done(*uid));
            mail = uid.and_then(|uid| exchange.whole_mail(uid, fetch));
        }
        self.facts.push_back(Fact::BodyEnd { op, uid, mail });
    }

    /// News of the mailbox. Said once as long as nobody has heard it.
    fn mailbox_changed(&mut self) {
        if self.phase == Phase::Ready && self.facts.back() != Some(&Fact::MailboxChanged) {
            self.facts.push_back(Fact::MailboxChanged);
        }
    }

    /// An ALERT, the same text once.
    pub(super) fn alert(&mut self, status: &Status<'_>) {
        if status.code("ALERT").is_none() || self.alerts.len() >= ALERTS_LIMIT {
            return;
        }
        let text = text::clean(status.text);
        if !text.is_empty() && self.alerts.insert(text.clone()) {
            self.facts.push_back(Fact::Alert(text));
        }
    }

    fn read_capabilities(&mut self, status: &Status<'_>) {
        if let Some(names) = status.code("CAPABILITY").filter(|_| status.kind == StatusKind::Ok) {
            self.told_capabilities(names);
        }
    }
}
