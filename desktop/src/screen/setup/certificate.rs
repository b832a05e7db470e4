//! A certificate that isn't believed: a page of its own, which nobody should click past. Going back is the default. The settings
//! show it too.

use iced::widget::{column, container, row, space};
use iced::{Element, Fill, Padding, Top};
use waxwing_core::Command;
use waxwing_core::error::{CertificateFault, Detail, Error};
use waxwing_core::event::CheckStep;
use waxwing_core::model::{AccountId, QuestionId, TrustDecision, TrustQuestion};

use super::failure::Failure;
use super::{Action, Asked, GO_BACK, NEXT, Purpose, State, Step};
use crate::icon::{Icon, icon};
use crate::theme;
use crate::ui::{self, form, ink, paragraph, plain, primary};
use crate::words::dates::Now;
use crate::words::{self, setup as texts, trouble::trouble};

/// What is shown, and whether it may be believed all the same.
#[derive(Clone, Debug)]
pub struct Certificate {
    error: Error,
    step: Option<CheckStep>,
    question: Option<TrustQuestion>,
    /// The further page, on which it can be believed.
    is_deciding: bool,
}

/// What can happen on this page.
#[derive(Clone, Debug)]
pub enum Message {
    /// Go on to the question whether to believe the key.
    Decide,
    Trust(TrustDecision),
    Again,
    Back,
}

impl Certificate {
    pub fn new(error: Error, step: Option<CheckStep>) -> Self {
        Self { error, step, question: None, is_deciding: false }
    }

    /// Takes the question that is about this certificate, for the account or for settings that are being tried.
    pub fn ask(&mut self, questions: &[TrustQuestion], account: Option<AccountId>) {
        let Detail::Certificate { facts: Some(facts), .. } = self.error.detail() else { return };
        let is_this = |it: &&TrustQuestion| {
            it.facts.sha256 == facts.sha256 && (it.account == account || it.account.is_none())
        };
        self.question = questions.iter().rev().find(is_this).cloned();
    }

    fn fault(&self) -> Option<CertificateFault> {
        match self.error.detail() {
            Detail::Certificate { fault, .. } => Some(*fault),
            _ => None,
        }
    }

    /// Goes on to the question whether to believe the key, where it may be believed.
    pub fn decide(&mut self) {
        self.is_deciding = self.may_be_trusted().is_some();
    }

    /// The question that was said yes to.
    pub fn decided(&self) -> Option<QuestionId> {
        self.may_be_trusted().filter(|_| self.is_deciding).map(|question| question.id)
    }

    /// Back from that question. `false`: it wasn't shown.
    pub fn back(&mut self) -> bool {
        std::mem::take(&mut self.is_deciding)
    }

    /// The check it stood in the way of.
    pub fn step(&self) -> Option<CheckStep> {
        self.step
    }

    /// The question, where it may be said yes to. Never where another key had been believed before.
    fn may_be_trusted(&self) -> Option<&TrustQuestion> {
        let question = self.question.as_ref()?;
        (question.may_pin && self.fault() != Some(CertificateFault::PinChanged)).then_some(question)
    }
}

impl State {
    pub(super) fn on_certificate(&mut self, message: Message) -> Option<Action> {
        let page = self.certificate.as_mut()?;
        match message {
            Message::Decide => {
                page.decide();
                Some(Action::Focus(GO_BACK))
            }
            Message::Trust(decision) => {
                let question = page.decided()?;
                Some(Action::Do(Asked::Trust, Command::DecideTrust { question, decision }))
            }
            Message::Again => self.after_trust(),
            Message::Back => self.back(),
        }
    }

    /// How the page is shown here.
    pub(super) fn certificate_shown(&self, page: &Certificate) -> Shown<'_> {
        let host = self.settings.as_ref().map_or("", |settings| match page.step {
            Some(CheckStep::Outgoing) => &settings.servers.smtp_host,
            Some(CheckStep::Incoming | CheckStep::Mailboxes) | None => &settings.servers.imap_host,
        });
        Shown { host, now: &self.now, is_narrow: self.is_narrow(), is_busy: self.is_busy() }
    }

    /// Tries once more, after the key was believed or the certificate mended.
    fn after_trust(&mut self) -> Option<Action> {
        match &self.purpose {
            Purpose::Again(account) => {
                Some(Action::SubmitAndLeave(Command::SyncAccount { account: account.id }))
            }
            Purpose::First | Purpose::Another => {
                self.certificate = None;
                self.step = Step::SignIn;
                self.submit()
            }
        }
    }

    pub(super) fn trusted(&mut self, outcome: Result<(), Error>) -> Option<Action> {
        match outcome {
            Ok(()) => match &self.purpose {
                // The account connects by itself.
                Purpose::Again(_) => Some(Action::Leave),
                Purpose::First | Purpose::Another => self.after_trust(),
            },
            Err(error) => {
                let page = self.certificate.take();
                self.step = Step::SignIn;
                let step = page.and_then(|page| page.step);
                self.settings.as_mut()?.failure = Some(Failure::new(error, step));
                Some(Action::Focus(NEXT))
            }
        }
    }

    /// Back from the further page to this one, and from this one to where it came from.
    pub(super) fn leave_certificate(&mut self) -> Option<Action> {
        let page = self.certificate.as_mut()?;
        if page.back() {
            return Some(Action::Focus(GO_BACK));
        }
        let page = self.certificate.take()?;
        if matches!(self.purpose, Purpose::Again(_)) {
            return Some(Action::Leave);
        }
        self.step = Step::SignIn;
        let settings = self.settings.as_mut()?;
        if page.step == Some(CheckStep::Outgoing) {
            // Mail can be read all the same.
            settings.failure = Some(Failure::new(page.error, page.step));
            return Some(Action::Focus(NEXT));
        }
        settings.checks = [None, None, None];
        Some(Action::Focus(settings.field()))
    }
}

/// How a page is shown.
pub struct Shown<'a> {
    /// The server it is about.
    pub host: &'a str,
    pub now: &'a Now,
    pub is_narrow: bool,
    /// The engine was asked something.
    pub is_busy: bool,
}

/// The page as it is seen.
pub fn view<'a>(page: &'a Certificate, shown: &Shown<'_>) -> Element<'a, Message> {
    match page.may_be_trusted().filter(|_| page.is_deciding) {
        Some(question) => deciding(question, shown),
        None => certificate(page, shown),
    }
}

fn head<'a>(title: String, advice: String) -> Element<'a, Message> {
    let title = row![
        icon(Icon::SHIELD_X, 24.0).style(ink(|t| t.wax)),
        paragraph(title, theme::TITLE)
            .font(theme::STRONG)
            .width(Fill)
            .wrapping(iced::widget::text::Wrapping::WordOrGlyph),
    ]
    .spacing(14)
    .align_y(Top);
    let advice = container(paragraph(advice, theme::READING).style(ink(|t| t.muted)))
        .padding(Padding { left: 38.0, ..Padding::ZERO });
    column![title, advice].spacing(8).into()
}

fn certificate<'a>(page: &'a Certificate, shown: &Shown<'_>) -> Element<'a, Message> {
    let host = page.question.as_ref().map_or(shown.host, |question| question.host.as_str());
    let words = trouble(&page.error, host);
    let mut lines = column![head(words.title, words.advice)].spacing(16);
    if let Detail::Certificate { fault, facts: Some(facts) } = page.error.detail() {
        lines = lines.push(ui::certificate(facts, Some(*fault), shown.now));
    }
    let mut verbs = vec![plain(words::TRY_AGAIN).on_press(Message::Again).into()];
    if page.may_be_trusted().is_some() {
        verbs.push(plain(texts::TRUST_KEY).on_press(Message::Decide).into());
    }
    verbs.push(primary(words::GO_BACK).id(GO_BACK).on_press(Message::Back).into());
    lines.push(space().height(4)).push(form::verbs(shown.is_narrow, None, verbs)).into()
}

fn deciding<'a>(question: &'a TrustQuestion, shown: &Shown<'_>) -> Element<'a, Message> {
    let title = texts::trust_question(&question.host, question.port);
    let trust = |words: &'static str, decision| {
        plain(words).on_press_maybe((!shown.is_busy).then_some(Message::Trust(decision))).into()
    };
    let verbs = vec![
        trust(texts::TRUST_FOR_RUN, TrustDecision::ThisRun),
        trust(texts::TRUST_ALWAYS, TrustDecision::Pin),
        primary(words::GO_BACK).id(GO_BACK).on_press(Message::Back).into(),
    ];
    column![
        head(title, texts::TRUST_ADVICE.into()),
        ui::certificate(&question.facts, Some(question.fault), shown.now),
        space().height(4),
        form::verbs(shown.is_narrow, None, verbs),
    ]
    .spacing(16)
    .into()
}
