//! Questions about certificates: each key that isn't believed at a port of a host is asked about once.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::news::News;
use crate::error::CertificateFault;
use crate::event::Event;
use crate::model::{AccountId, Instant, Pin, QuestionId, TrustQuestion};
use crate::net::{Refusal, Trust};
use crate::setup::is_host_of_provider;
use crate::store::Reader;

/// Of more questions the oldest are forgotten: a server may show another key at each try.
const MOST: usize = 16;

/// What was asked, and what was decided for this run. Clones are the same.
#[derive(Clone)]
pub(super) struct Questions {
    state: Arc<Mutex<State>>,
    reader: Reader,
    news: News,
}

#[derive(Default)]
struct State {
    last: u64,
    /// Oldest first, with those of the answers that were no.
    open: Vec<TrustQuestion>,
    /// Decided for this run.
    pins: Vec<Pin>,
}

impl Questions {
    pub(super) fn new(reader: Reader, news: News) -> Self {
        Self { state: Arc::default(), reader, news }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Trust for connections of an account, or of one that is being added, whose refusals become questions.
    pub(super) fn asked_by(&self, trust: &Trust, account: Option<AccountId>) -> Trust {
        let questions = self.clone();
        trust.telling(move |refusal| questions.ask(account, refusal))
    }

    fn ask(&self, account: Option<AccountId>, refusal: Refusal) {
        let Refusal { host, port, fault, facts, leaf, is_sound } = refusal;
        let question = {
            let mut state = self.state();
            let is_asked = state.open.iter().any(|asked| {
                (asked.port, asked.fault) == (port, fault)
                    && asked.host == host
                    && asked.facts.key_sha256 == facts.key_sha256
            });
            if is_asked {
                return;
            }
            let may_pin = is_sound && may_be_right(fault) && !is_host_of_provider(&host);
            state.last += 1;
            let id = QuestionId(state.last);
            let question =
                TrustQuestion { id, account, host, port, fault, facts, leaf: Arc::from(leaf), may_pin };
            if state.open.len() >= MOST {
                state.open.remove(0);
            }
            state.open.push(question.clone());
            self.show(&state);
            question
        };
        self.news.tell(&Event::TrustQuestion(Box::new(question)));
    }

    fn show(&self, state: &State) {
        self.reader.set_trust(state.open.clone(), state.pins.clone());
    }

    /// The question with that id.
    pub(super) fn find(&self, id: QuestionId) -> Option<TrustQuestion> {
        self.state().open.iter().find(|question| question.id == id).cloned()
    }

    /// The key asked about is believed there from now on: nothing is left to be asked of it.
    pub(super) fn believed(&self, question: &TrustQuestion, now: Instant, is_lasting: bool) {
        let mut state = self.state();
        if !is_lasting {
            state.pins.push(pin_of(question, now, false));
        }
        let key = question.facts.key_sha256;
        state.open.retain(|other| {
            (&other.host, other.port, other.facts.key_sha256) != (&question.host, question.port, key)
        });
        self.show(&state);
    }

    /// Nothing is pinned there any more: whatever is shown there is asked about anew. `false`: for this run nothing was.
    pub(super) fn unpinned(&self, host: &str, port: u16) -> bool {
        let mut state = self.state();
        let before = state.pins.len();
        state.pins.retain(|pin| (pin.host.as_str(), pin.port) != (host, port));
        state.open.retain(|question| (question.host.as_str(), question.port) != (host, port));
        self.show(&state);
        before > state.pins.len()
    }

    /// What was decided for this run.
    pub(super) fn pins(&self) -> Vec<Pin> {
        self.state().pins.clone()
    }
}

/// The pin that a question leads to.
pub(super) fn pin_of(question: &TrustQuestion, since: Instant, is_lasting: bool) -> Pin {
    Pin {
        host: question.host.clone(),
        port: question.port,
        key: question.facts.key_sha256,
        since,
        subject: question.facts.subject.clone(),
        is_lasting,
    }
}

/// Whether a certificate with this fault may be the right one after all.
const fn may_be_right(fault: CertificateFault) -> bool {
    match fault {
        CertificateFault::UnknownIssuer
        | CertificateFault::SelfSigned
        | CertificateFault::Expired
        | CertificateFault::NotYetValid
        | CertificateFault::WrongHost => true,
        CertificateFault::Revoked
        | CertificateFault::Weak
        | CertificateFault::PinChanged
        | CertificateFault::Unusable => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::CertificateFacts;
    use crate::store::Store;

    fn refusal(host: &str, fault: CertificateFault, key: u8) -> Refusal {
        let facts = CertificateFacts {
            subject: "CN=somebody".into(),
            issuer: "CN=somebody".into(),
            names: Vec::new(),
            not_before: Instant(0),
            not_after: Instant(1),
            sha256: String::new(),
            key_sha256: [key; 32],
        };
        let facts = Arc::new(facts);
        Refusal { host: host.into(), port: 993, fault, facts, leaf: vec![key], is_sound: true }
    }

    fn questions() -> (Questions, tempfile::TempDir) {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(directory.path()).unwrap();
        (Questions::new(store.reader(), News::default()), directory)
    }

    #[test]
    fn what_cannot_be_the_right_certificate_is_not_offered_to_be_believed() {
        let (questions, _directory) = questions();
        let may = |host: &str, fault, is_sound| {
            questions.ask(None, Refusal { is_sound, ..refusal(host, fault, 1) });
            let may = questions.reader.trust_questions().pop().unwrap().may_pin;
            questions.unpinned(host, 993);
            may
        };
        use CertificateFault as Fault;
        for fault in [Fault::SelfSigned, Fault::UnknownIssuer, Fault::WrongHost, Fault::Expired] {
            assert!(may("mail.example", fault, true), "{fault:?}");
            assert!(!may("mail.example", fault, false), "{fault:?} of a key that is of no use");
            assert!(!may("imap.gmail.com", fault, true), "{fault:?} of a well-known provider");
        }
        assert!(may("mail.example", Fault::NotYetValid, true));
        for fault in [Fault::Revoked, Fault::Weak, Fault::PinChanged, Fault::Unusable] {
            assert!(!may("mail.example", fault, true), "{fault:?}");
        }
    }

    #[test]
    fn a_server_with_another_key_at_each_try_fills_no_memory() {
        let (questions, _directory) = questions();
        for key in 0..100 {
            questions.ask(None, refusal("mail.example", CertificateFault::SelfSigned, key));
            questions.ask(None, refusal("mail.example", CertificateFault::SelfSigned, key));
        }
        let open = questions.reader.trust_questions();
        assert_eq!(open.len(), MOST);
        assert_eq!(open.last().unwrap().id, QuestionId(100), "each was asked about once");
        assert!(questions.find(QuestionId(1)).is_none() && questions.find(QuestionId(100)).is_some());
    }
}
