//! An account that is being changed: what is typed, how far it was tried, and what came of it.

use waxwing_core::event::{CheckState, CheckStep};
use waxwing_core::model::{AccountConfig, AccountId, AccountStatus, TrustQuestion};
use waxwing_core::{Command, Done, Error, ErrorKind};

use super::{Action, Asked, NAME_FIELD, Page, State};
use crate::screen::setup::{Certificate, GO_BACK, OnCertificate, ServerEdit, ServerProblem, Servers};

/// The form.
#[derive(Clone, Debug)]
pub(super) struct Edit {
    pub(super) account: AccountId,
    pub(super) name: String,
    pub(super) servers: Servers,
    pub(super) problems: Vec<ServerProblem>,
    /// Which checks were told of, in order.
    pub(super) checks: [Option<CheckState>; 3],
    /// What failed, and of which check.
    pub(super) failure: Option<(Error, Option<CheckStep>)>,
    /// The certificate that stands in the way.
    pub(super) certificate: Option<Certificate>,
}

/// What can happen to it.
#[derive(Clone, Debug)]
pub enum Message {
    Name(String),
    Typed(ServerEdit),
    Save,
    Certificate(OnCertificate),
}

/// The checks in their order.
const STEPS: [CheckStep; 3] = [CheckStep::Incoming, CheckStep::Mailboxes, CheckStep::Outgoing];

impl Edit {
    pub(super) fn of(account: &AccountStatus) -> Self {
        Self {
            account: account.id,
            name: account.config.display_name.clone(),
            servers: Servers::of_account(&account.config),
            problems: Vec::new(),
            checks: [None, None, None],
            failure: None,
            certificate: None,
        }
    }

    /// The settings as they are typed; nothing where they can't be meant.
    pub(super) fn config(&self, before: &AccountConfig) -> Option<AccountConfig> {
        let (imap, submission) = (self.servers.imap().ok()?, self.servers.smtp().ok()?);
        Some(AccountConfig {
            display_name: self.name.trim().to_owned(),
            user_name: self.servers.user_name.trim().to_owned(),
            imap_host: imap.host,
            imap_port: imap.port,
            imap_security: imap.security,
            submission,
            ..before.clone()
        })
    }

    /// Whether the mail of another server, or of another user, would be shown.
    pub(super) fn is_elsewhere(&self, before: &AccountConfig) -> bool {
        self.config(before).is_some_and(|config| {
            let place =
                |it: &AccountConfig| (it.imap_host.to_lowercase(), it.imap_port, it.user_name.clone());
            place(&config) != place(before)
        })
    }

    /// The checks that are made, each with how far it is.
    pub(super) fn checks<'a>(
        &'a self,
        before: &AccountConfig,
    ) -> impl Iterator<Item = (CheckStep, Option<&'a CheckState>)> {
        let (reads, sends) = self.config(before).map_or((true, true), |config| {
            let is_way = config.imap_security == before.imap_security;
            let is_name = config.user_name == before.user_name;
            let is_sender = config.submission == before.submission;
            (self.is_elsewhere(before) || !is_way, config.submission.is_some() && !(is_name && is_sender))
        });
        let is_made = move |step| if step == CheckStep::Outgoing { sends } else { reads };
        let all = STEPS.into_iter().zip(&self.checks).map(|(step, check)| (step, check.as_ref()));
        all.filter(move |(step, check)| check.is_some() || is_made(*step))
    }

    /// The server that a check is about.
    pub(super) fn host(&self, step: Option<CheckStep>) -> &str {
        match step {
            Some(CheckStep::Outgoing) => self.servers.smtp_host.trim(),
            Some(CheckStep::Incoming | CheckStep::Mailboxes) | None => self.servers.imap_host.trim(),
        }
    }

    pub(super) fn heard(&mut self, step: CheckStep, state: CheckState) {
        let [incoming, mailboxes, outgoing] = &mut self.checks;
        let slot = match step {
            CheckStep::Incoming => incoming,
            CheckStep::Mailboxes => mailboxes,
            CheckStep::Outgoing => outgoing,
        };
        *slot = Some(state);
    }

    /// Back as it was before it was tried; what was typed stays.
    pub(super) fn untried(&mut self) {
        self.checks = [None, None, None];
        self.failure = None;
        self.certificate = None;
    }

    /// What failed is said above the form, which is in sight: nothing further down gets the focus.
    fn failed(&mut self, error: Error) -> Option<Action> {
        let mut all = STEPS.into_iter().zip(&self.checks);
        let failed =
            all.find(|(_, state)| matches!(state, Some(CheckState::Failed(_)))).map(|(step, _)| step);
        if error.kind() == ErrorKind::Canceled {
            self.untried();
            return Some(Action::Focus(NAME_FIELD));
        }
        if error.kind() == ErrorKind::CertificateUntrusted {
            self.certificate = Some(Certificate::new(error, failed));
            return Some(Action::Questions);
        }
        self.failure = Some((error, failed));
        None
    }
}

impl State {
    fn form(&mut self) -> Option<&mut Edit> {
        match &mut self.page {
            Page::Edit(edit) => Some(edit),
            Page::List | Page::Remove(_) | Page::Writers(_) | Page::Form(_) => None,
        }
    }

    pub(super) fn is_trying(&self) -> bool {
        matches!(self.waits, Some((Asked::Edit, _)))
    }

    pub(super) fn heard(&mut self, step: CheckStep, state: CheckState) {
        if let Some(edit) = self.form() {
            edit.heard(step, state);
        }
    }

    /// What may be said yes to about a certificate.
    pub(super) fn asked_about(&mut self, questions: &[TrustQuestion]) -> Option<Action> {
        self.form()?.certificate.as_mut()?.ask(questions, None);
        Some(Action::Focus(GO_BACK))
    }

    pub(super) fn open_edit(&mut self, id: AccountId) -> Option<Action> {
        let edit = Edit::of(self.account(id)?);
        self.failure = None;
        self.page = Page::Edit(Box::new(edit));
        Some(Action::Focus(NAME_FIELD))
    }

    pub(super) fn on_edit(&mut self, message: Message) -> Option<Action> {
        if self.waits.is_some() {
            // While it is being tried, the form stays what is tried.
            return None;
        }
        match message {
            Message::Name(text) => self.form()?.name = text,
            Message::Typed(edit) => self.form()?.servers.edit(edit),
            Message::Save => return self.save(),
            Message::Certificate(message) => return self.on_certificate(message),
        }
        None
    }

    pub(super) fn save(&mut self) -> Option<Action> {
        let edit = self.form()?;
        edit.problems = edit.servers.problems();
        edit.failure = None;
        if let Some(problem) = edit.problems.first() {
            return Some(Action::Focus(problem.field()));
        }
        edit.untried();
        let Page::Edit(edit) = &self.page else { return None };
        let account = self.account(edit.account)?;
        let (account, config) = (account.id, edit.config(&account.config)?);
        self.ask(Asked::Edit, Command::EditAccount { account, config })
    }

    /// The answer of the engine.
    pub(super) fn edited(&mut self, outcome: Result<Done, Error>) -> Option<Action> {
        match outcome {
            Ok(_) => {
                self.page = Page::List;
                Some(Action::Read)
            }
            Err(error) => self.form()?.failed(error),
        }
    }

    fn on_certificate(&mut self, message: OnCertificate) -> Option<Action> {
        let page = self.form()?.certificate.as_mut()?;
        match message {
            OnCertificate::Decide => {
                page.decide();
                Some(Action::Focus(GO_BACK))
            }
            OnCertificate::Trust(decision) => {
                let question = page.decided()?;
                self.ask(Asked::Trust, Command::DecideTrust { question, decision })
            }
            OnCertificate::Again => self.save(),
            OnCertificate::Back => self.leave_certificate(),
        }
    }

    /// Its key is believed, or that wasn't possible.
    pub(super) fn trusted(&mut self, outcome: Result<Done, Error>) -> Option<Action> {
        match outcome {
            Ok(_) => self.save(),
            Err(error) => {
                let edit = self.form()?;
                edit.untried();
                edit.failure = Some((error, None));
                None
            }
        }
    }

    /// From the question to the certificate, and from that to the form.
    pub(super) fn leave_certificate(&mut self) -> Option<Action> {
        let edit = self.form()?;
        if edit.certificate.as_mut()?.back() {
            return Some(Action::Focus(GO_BACK));
        }
        edit.untried();
        Some(Action::Focus(NAME_FIELD))
    }
}
