//! What goes out next, and what becomes of it at its end.
//!
//! Ops go out while earlier ones are still on their way (RFC 9051 section 5.5), which is safe as none of them
//! names a mail by its sequence number. SELECT, IDLE and LOGOUT go alone.

use std::collections::VecDeque;

use zeroize::Zeroizing;

use super::{CloseReason, Fact, OpId, Phase, Session};
use crate::error::{Error, ErrorKind};
use crate::imap::ops::{self, Answer, Op, OpError, Refusal, Started, idle};
use crate::imap::sasl::Exchange;
use crate::imap::{Capabilities, Capability};
use crate::model::Moment;
use crate::wire::codec::{Parts, Writer};
use crate::wire::reader::{Status, StatusKind};

/// An op that isn't sent yet.
pub(super) struct Waiting {
    pub(super) id: OpId,
    pub(super) op: Op,
    /// How long its answer may become; 0 if nobody knows.
    pub(super) octets: u64,
}

/// A command on its way.
pub(super) struct Running {
    pub(super) tag: String,
    pub(super) order: Order,
    /// What goes out each time the server asks for more.
    pub(super) rest: VecDeque<Zeroizing<Vec<u8>>>,
    /// What follows after that, handed over from outside.
    literal: Option<Literal>,
    /// Where in the outgoing stream it begins.
    pub(super) starts_at: u64,
    /// When it became the oldest one, or went on.
    pub(super) waits_since: Moment,
    /// When it became the oldest one.
    pub(super) oldest_since: Moment,
    /// How long its answer may become.
    octets: u64,
}

/// A mail that is handed over piece by piece.
#[derive(Clone, Copy)]
struct Literal {
    /// Octets not handed over yet.
    left: u64,
    /// The server needn't be asked (RFC 7888).
    free: bool,
    /// It was asked for.
    wanted: bool,
}

/// What a command is for.
pub(super) enum Order {
    AskCapabilities,
    /// `None` for LOGIN.
    SignIn {
        sasl: Option<Exchange>,
    },
    AskCapabilitiesAgain,
    Identify,
    Enable,
    Compress,
    Op {
        id: OpId,
        op: Op,
        exchange: Box<dyn ops::Exchange>,
        idle: Option<Idle>,
    },
}

/// How far an IDLE is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Idle {
    /// The server hasn't agreed yet; `finish` if it is to end as soon as it has.
    Asked { finish: bool },
    /// It runs since then.
    Runs(Moment),
    /// DONE was sent then; `again` if another IDLE follows.
    Ends { since: Moment, again: bool },
}

impl Running {
    pub(super) const fn is_logout(&self) -> bool {
        matches!(self.order, Order::Op { op: Op::Logout, .. })
    }

    pub(super) const fn idle(&self) -> Option<Idle> {
        match self.order {
            Order::Op { idle, .. } => idle,
            _ => None,
        }
    }

    fn set_idle(&mut self, state: Idle) {
        if let Order::Op { idle, .. } = &mut self.order {
            *idle = Some(state);
        }
    }

    const fn op(&self) -> Option<&Op> {
        match &self.order {
            Order::Op { op, .. } => Some(op),
            _ => None,
        }
    }
}

impl Session {
    /// Sends what may be sent by now.
    pub(super) fn send_waiting(&mut self, now: Moment) {
        while self.phase == Phase::Ready && self.bye.is_none() && !self.holds_for_compression(now) {
            if !self.waiting.front().is_some_and(|waiting| self.may_start(waiting)) {
                return;
            }
            let Some(Waiting { id, op, octets }) = self.waiting.pop_front() else { return };
            if op.needs_mailbox() && !self.has_mailbox {
                // Some servers keep the old mailbox when a SELECT fails: this op was not meant for that one.
                let error = Error::note(ErrorKind::WrongState, "no mailbox is selected");
                self.answer(id, Err(OpError::Lost { sent: false, error }));
                continue;
            }
            if let Some(answer) = op.empty_answer() {
                self.answer(id, Ok(answer));
                continue;
            }
            if op.selects() {
                self.has_mailbox = false;
            }
            let tag = self.next_tag();
            match op.start(self.writer(&tag), &self.offered_to(&op)) {
                Ok(started) => {
                    self.start_op(id, op, tag, started, now);
                    if let Some(running) = self.running.back_mut() {
                        running.octets = octets;
                    }
                }
                Err(error) => self.answer(id, Err(error)),
            }
        }
    }

    /// What may be asked for: a mailbox that has no modseqs answers none (RFC 7162 section 3.1.2.2).
    fn offered_to(&self, op: &Op) -> Capabilities {
        if op.needs_mailbox() && !self.has_modseqs {
            return self.capabilities.without(Capability::Condstore).without(Capability::Qresync);
        }
        self.capabilities
    }

    fn start_op(&mut self, id: OpId, op: Op, tag: String, (parts, exchange): Started, now: Moment) {
        let idle = (op == Op::Idle).then_some(Idle::Asked { finish: false });
        self.start(tag, Order::Op { id, op, exchange, idle }, parts, now);
    }

    fn may_start(&self, Waiting { op, octets, .. }: &Waiting) -> bool {
        let on_their_way =
            self.running.iter().fold(*octets, |sum, running| sum.saturating_add(running.octets));
        let is_clear = |running: &Running| {
            running.rest.is_empty()
                && running.literal.is_none()
                && running.op().is_none_or(|other| !other.is_alone() && !op.is_ambiguous_with(other))
        };
        self.running.is_empty()
            || !op.is_alone()
                && self.running.len() < self.quirks.most_commands
                && on_their_way <= self.options.window
                && self.running.iter().all(is_clear)
    }

    pub(super) fn writer<'t>(&self, tag: &'t str) -> Writer<'t> {
        let free_literal = if self.capabilities.has(Capability::LiteralPlus) {
            usize::MAX
        } else if self.capabilities.has(Capability::LiteralMinus) {
            4096
        } else {
            0
        };
        Writer { tag, free_literal }
    }

    pub(super) fn next_tag(&mut self) -> String {
        self.tags += 1;
        format!("A{}", self.tags)
    }

    /// Puts a command on its way.
    pub(super) fn start(&mut self, tag: String, order: Order, parts: Parts, now: Moment) {
        let literal = match &order {
            Order::Op { op: Op::Append { size, .. }, .. } => {
                let free = parts.last().is_some_and(|part| part.ends_with(b"+}\r\n"));
                Some(Literal { left: *size, free, wanted: false })
            }
            _ => None,
        };
        let mut rest: VecDeque<_> = parts.into_iter().map(Zeroizing::new).collect();
        let starts_at = self.outgoing.end();
        if let Some(first) = rest.pop_front() {
            self.outgoing.push(&first);
        }
        let running =
            Running { tag, order, rest, literal, starts_at, waits_since: now, oldest_since: now, octets: 0 };
        self.running.push_back(running);
        self.ask_for_free_literal();
    }

    /// A literal that needs no leave of the server is asked for as soon as all before it is written.
    fn ask_for_free_literal(&mut self) {
        for running in &mut self.running {
            if let (Order::Op { id, .. }, Some(literal)) = (&running.order, &mut running.literal)
                && literal.free
                && !literal.wanted
                && running.rest.is_empty()
            {
                literal.wanted = true;
                self.facts.push_back(Fact::LiteralWanted { op: *id });
            }
        }
    }

    /// The next piece of the mail of an APPEND that asked for it. What is over its size is left out.
    pub fn literal(&mut self, op: OpId, bytes: &[u8], now: Moment) {
        let is_it = |running: &&mut Running| matches!(running.order, Order::Op { id, .. } if id == op);
        let Some(running) = self.running.iter_mut().find(is_it) else { return };
        let Some(literal) = running.literal.as_mut().filter(|literal| literal.wanted) else { return };
        let count = usize::try_from(literal.left).unwrap_or(usize::MAX).min(bytes.len());
        self.outgoing.push(bytes.get(..count).unwrap_or_default());
        literal.left = literal.left.saturating_sub(count as u64);
        running.waits_since = now;
        if literal.left == 0 {
            running.literal = None;
            self.outgoing.push(b"\r\n");
            self.send_waiting(now);
        }
    }

    /// The server asks for more, with these words.
    pub(super) fn continuation(&mut self, words: &[u8], now: Moment) {
        for running in &mut self.running {
            if let Some(part) = running.rest.pop_front() {
                self.outgoing.push(&part);
                running.waits_since = now;
                self.ask_for_free_literal();
                return;
            }
            if let (Order::Op { id, .. }, Some(literal)) = (&running.order, &mut running.literal) {
                if !literal.wanted {
                    literal.wanted = true;
                    running.waits_since = now;
                    self.facts.push_back(Fact::LiteralWanted { op: *id });
                }
                return;
            }
            if let Some(Idle::Asked { finish }) = running.idle() {
                running.set_idle(if finish {
                    Idle::Ends { since: now, again: false }
                } else {
                    Idle::Runs(now)
                });
                if finish {
                    self.outgoing.push(idle::DONE);
                }
                return;
            }
            if let Order::SignIn { sasl: Some(exchange) } = &mut running.order {
                running.waits_since = now;
                match exchange.challenge(words) {
                    Ok(line) => self.outgoing.push(&line),
                    Err(error) => self.close(CloseReason::Failed(error)),
                }
                return;
            }
        }
        tracing::debug!("the server asked for more, and there is nothing");
    }

    /// A command ended.
    pub(super) fn ended(&mut self, tag: &[u8], status: &Status<'_>, now: Moment) {
        let Some(place) = self.running.iter().position(|running| running.tag.as_bytes() == tag) else {
            tracing::debug!("the end of a command that isn't on its way");
            return;
        };
        let Some(running) = self.running.remove(place) else { return };
        if let (0, Some(next)) = (place, self.running.front_mut()) {
            next.oldest_since = now;
            next.waits_since = now;
        }
        // The server takes what comes next for the rest of the mail: nothing sensible can be said on this line.
        let cut_short = running.literal.is_some_and(|literal| literal.wanted);
        match running.order {
            Order::AskCapabilities => self.asked_capabilities(status, now),
            Order::SignIn { sasl } => self.sign_in_ended(status, sasl.as_ref(), now),
            Order::AskCapabilitiesAgain => self.settle(now),
            Order::Identify | Order::Enable => self.settling_ended(status.kind),
            Order::Compress => self.compression_answered(status),
            Order::Op { idle: Some(Idle::Ends { again: true, .. }), .. }
                if status.kind == StatusKind::Ok && self.bye.is_none() =>
            {
                self.options.idle_renewal.survived();
                self.idle_again(running, now);
            }
            Order::Op { id, op, exchange, .. } => self.op_ended(id, &op, exchange, status),
        }
        if cut_short {
            let error = Error::note(ErrorKind::ProtocolBroken, "a mail was refused before it was whole");
            self.close(CloseReason::Failed(error));
        }
        self.close_after_bye();
    }

    fn op_ended(&mut self, id: OpId, op: &Op, exchange: Box<dyn ops::Exchange>, status: &Status<'_>) {
        let answer = match status.kind {
            StatusKind::Ok if !exchange.is_whole() => Err(OpError::Incomplete),
            StatusKind::Ok => Ok(exchange.answer(status)),
            StatusKind::No => Err(OpError::No(Refusal::of(status))),
            StatusKind::Bad | StatusKind::Bye | StatusKind::PreAuth => Err(OpError::Bad(Refusal::of(status))),
        };
        if op.selects() {
            // With half an answer the mailbox is selected all the same, and its modseqs are asked for anew.
            self.has_mailbox = status.kind == StatusKind::Ok;
            self.has_modseqs = match &answer {
                Ok(Answer::Selected(selected)) => selected.highest_modseq.is_some(),
                Ok(Answer::Resynced(resynced)) => resynced.selected.highest_modseq.is_some(),
                _ => false,
            };
        }
        self.is_notified |= *op == Op::Notify && answer.is_ok();
        let is_over = *op == Op::Logout;
        self.answer(id, answer);
        if is_over {
            self.close(CloseReason::LoggedOut);
        }
    }

    /// After BYE nothing is waited for but what is still on its way and would be answered by itself.
    pub(super) fn close_after_bye(&mut self) {
        if self.running.iter().all(|running| running.idle().is_some())
            && let Some((refusal, _)) = self.bye.take()
        {
            self.close(CloseReason::Bye(refusal));
        }
    }

    /// Ends a running IDLE (sends DONE); its op is then answered. One that isn't sent yet is answered without
    /// being sent. Nothing happens when there is none.
    pub fn finish_idle(&mut self, now: Moment) {
        for running in &mut self.running {
            match running.idle() {
                None => {}
                Some(Idle::Asked { .. }) => running.set_idle(Idle::Asked { finish: true }),
                Some(Idle::Runs(_)) => {
                    running.set_idle(Idle::Ends { since: now, again: false });
                    self.outgoing.push(idle::DONE);
                }
                Some(Idle::Ends { since, .. }) => running.set_idle(Idle::Ends { since, again: false }),
            }
        }
        let facts = &mut self.facts;
        self.waiting.retain(|waiting| {
            let is_idle = waiting.op == Op::Idle;
            if is_idle {
                facts.push_back(Fact::Answered { op: waiting.id, answer: Ok(Answer::Done) });
            }
            !is_idle
        });
        self.send_waiting(now);
    }

    /// Ends the IDLE to begin it anew, so that the server and what lies between see a living connection.
    pub(super) fn renew_idle(&mut self, now: Moment) {
        for running in &mut self.running {
            if matches!(running.idle(), Some(Idle::Runs(_))) {
                running.set_idle(Idle::Ends { since: now, again: true });
                self.outgoing.push(idle::DONE);
            }
        }
    }

    fn idle_again(&mut self, mut running: Running, now: Moment) {
        running.tag = self.next_tag();
        running.set_idle(Idle::Asked { finish: false });
        running.waits_since = now;
        running.oldest_since = now;
        for part in self.writer(&running.tag).idle().unwrap_or_default() {
            self.outgoing.push(&part);
        }
        self.running.push_front(running);
    }
}
