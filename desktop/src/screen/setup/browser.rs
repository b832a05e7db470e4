//! Signing in in the browser: as which program, and how it goes while the person is there.

use iced::widget::{Row, column, container, text::Wrapping};
use iced::{Element, Fill};
use waxwing_core::Command;
use waxwing_core::model::{AccountId, BrowserWay, OAuthClient, OAuthEndpoints, Secret};

use super::sign_in_settings::SignIn;
use super::{Action, Asked, CLIENT_FIELD, CLIENT_SECRET_FIELD, NEXT, State};
use crate::clients::{self, Client};
use crate::theme;
use crate::ui::form::{self, labelled};
use crate::ui::{self, ink, paragraph, plain, primary};
use crate::widget::Field;
use crate::words::setup as texts;

/// What is known, typed and open.
#[derive(Clone, Debug)]
pub(super) struct Browser {
    /// As which program this build is known to the provider.
    of_build: Option<Client>,
    /// The account has signed in like this before, as a program that is known.
    is_known: bool,
    id: String,
    secret: Secret,
    /// What is wrong with the id.
    problem: Option<&'static str>,
    /// The id is to be typed whatever else is known: the provider knows none of it.
    is_refused: bool,
    page: Option<Page>,
    /// By a code that is typed on another page, not by coming back from this device's browser.
    is_by_code: bool,
    /// It is stopped to be begun by a code.
    begins_anew: bool,
}

/// A page that the person is to go to.
#[derive(Clone, Debug)]
struct Page {
    url: String,
    /// What is typed there.
    code: Option<String>,
}

/// What can happen to it.
#[derive(Clone, Debug)]
pub enum Message {
    Id(String),
    Secret(Secret),
    /// Open the page once more.
    Open,
    /// Copy the page's address, or the code.
    Copy,
    /// Go on by a code, where the browser of this device is of no use.
    ByCode,
}

impl Default for Browser {
    fn default() -> Self {
        Self {
            of_build: None,
            is_known: false,
            id: String::new(),
            secret: Secret::new(""),
            problem: None,
            is_refused: false,
            page: None,
            is_by_code: false,
            begins_anew: false,
        }
    }
}

impl Browser {
    /// For settings of a provider.
    pub(super) fn at(provider: Option<&OAuthEndpoints>) -> Self {
        Self { of_build: provider.and_then(clients::of_this_build), ..Self::default() }
    }

    /// For an account that may have signed in like this before.
    pub(super) fn again(provider: Option<&OAuthEndpoints>, is_known: bool) -> Self {
        Self { is_known, ..Self::at(provider) }
    }

    /// The servers are others now, and with them perhaps the provider.
    pub(super) fn moved(&mut self, provider: Option<&OAuthEndpoints>) {
        self.of_build = provider.and_then(clients::of_this_build);
    }

    #[cfg(test)]
    pub(super) fn has_id(&mut self, id: &str) {
        self.of_build = Some(Client { id: id.into(), secret: None });
    }

    /// Whether it is known as which program to sign in, without the person's help.
    pub(super) fn has_client(&self) -> bool {
        !self.is_refused && (self.is_known || self.of_build.is_some())
    }

    /// The provider doesn't know the program by that id.
    pub(super) fn refused(&mut self) {
        self.is_refused = true;
        self.problem = Some(texts::CLIENT_UNKNOWN);
    }

    /// Whether an id is missing.
    pub(super) fn lacks_client(&mut self) -> bool {
        let is_missing = !self.has_client() && self.id.trim().is_empty();
        self.problem = is_missing.then_some(texts::CLIENT_MISSING);
        is_missing
    }

    /// Whether the person is there just now.
    pub(super) fn is_open(&self) -> bool {
        self.page.is_some()
    }

    /// The person is back, or has given up.
    pub(super) fn close(&mut self) {
        self.page = None;
    }

    /// Whether it is to be begun anew, now that it has ended.
    pub(super) fn begins_anew(&mut self) -> bool {
        std::mem::take(&mut self.begins_anew)
    }

    fn client(&self) -> Option<Client> {
        let id = self.id.trim();
        if id.is_empty() {
            return self.of_build.clone();
        }
        let secret = Some(self.secret.clone()).filter(|secret| !secret.reveal().is_empty());
        Some(Client { id: id.to_owned(), secret })
    }

    fn as_client(&self, provider: Option<OAuthEndpoints>) -> Option<OAuthClient> {
        let Client { id, secret } = self.client()?;
        let way = if self.is_by_code { BrowserWay::Device } else { BrowserWay::Loopback };
        Some(OAuthClient { endpoints: provider, id, secret, way })
    }

    /// Signs in to an account that is here.
    pub(super) fn sign_in(&self, account: AccountId, provider: Option<OAuthEndpoints>) -> Command {
        Command::SignInInBrowser { account, client: self.as_client(provider).map(Box::new) }
    }

    /// Adds an account.
    pub(super) fn add(
        &self,
        config: waxwing_core::model::AccountConfig,
        provider: Option<OAuthEndpoints>,
    ) -> Option<Command> {
        let client = Box::new(self.as_client(provider)?);
        Some(Command::AddAccountInBrowser { config, client })
    }
}

impl State {
    pub(super) fn browser(&mut self, message: Message) -> Option<Action> {
        let is_busy = self.is_busy();
        let waits = self.waits;
        let browser = &mut self.settings.as_mut()?.browser;
        match message {
            Message::Id(text) if !is_busy => browser.id = text,
            Message::Secret(text) if !is_busy => browser.secret = text,
            Message::Id(_) | Message::Secret(_) => {}
            Message::Open => return browser.page.as_ref().map(|page| Action::Open(page.url.clone())),
            Message::Copy => {
                let page = browser.page.as_ref()?;
                return Some(Action::Copy(page.code.clone().unwrap_or_else(|| page.url.clone())));
            }
            Message::ByCode => {
                browser.is_by_code = true;
                let Some((Asked::Account, Some(ticket))) = waits else { return None };
                browser.begins_anew = true;
                return Some(Action::Submit(Command::Cancel { ticket }));
            }
        }
        None
    }

    /// A page is to be opened. Where there is a code to type, the person reads it first.
    pub(super) fn opens(&mut self, url: String, code: Option<String>) -> Option<Action> {
        let browser = &mut self.settings.as_mut()?.browser;
        let is_code = code.is_some();
        browser.page = Some(Page { url: url.clone(), code });
        Some(if is_code { Action::Focus(NEXT) } else { Action::Open(url) })
    }
}

#[cfg(test)]
mod tests;

fn said(message: Message) -> super::Message {
    super::Message::Browser(message)
}

/// What stands where a password would: where the person goes, and as which program where that isn't known.
pub(super) fn view<'a>(settings: &'a SignIn) -> Element<'a, super::Message> {
    let issuer = settings.issuer();
    let browser = &settings.browser;
    let words = paragraph(texts::on_the_page_of(&issuer), theme::CHROME)
        .style(ink(|t| t.muted))
        .wrapping(Wrapping::WordOrGlyph);
    if browser.has_client() {
        return words.into();
    }
    let submit = super::Message::SignIn(super::OnSignIn::SignIn);
    let id = Field::new(
        CLIENT_FIELD,
        "",
        &browser.id,
        false,
        |text| said(Message::Id(text)),
        Some(submit.clone()),
    );
    let secret = Field::new(
        CLIENT_SECRET_FIELD,
        "",
        browser.secret.reveal(),
        true,
        |text| said(Message::Secret(Secret::new(text))),
        Some(submit),
    );
    column![
        words,
        labelled(texts::CLIENT_ID, id, browser.problem, Some(texts::CLIENT_ID_HINT)),
        labelled(texts::CLIENT_SECRET, secret, None, Some(texts::CLIENT_SECRET_HINT)),
    ]
    .spacing(14)
    .into()
}

/// While the person is in the browser.
pub(super) fn waiting<'a>(state: &'a State, settings: &'a SignIn) -> Option<Element<'a, super::Message>> {
    let page = settings.browser.page.as_ref()?;
    let issuer = settings.issuer();
    let (title, advice) = match &page.code {
        None => (texts::GO_ON_IN_BROWSER, texts::page_is_open(&issuer)),
        Some(_) => (texts::TYPE_THE_CODE, texts::CODE_ADVICE.to_owned()),
    };
    let mut lines = column![
        paragraph(title, theme::TITLE).font(theme::STRONG),
        paragraph(advice, theme::READING).style(ink(|t| t.muted)).wrapping(Wrapping::WordOrGlyph),
    ]
    .spacing(16)
    .width(Fill);
    if let Some(code) = &page.code {
        let code = column![
            paragraph(page.url.as_str(), theme::CHROME).wrapping(Wrapping::Glyph),
            paragraph(code.as_str(), theme::TITLE).font(theme::STRONG).wrapping(Wrapping::Glyph),
        ]
        .spacing(6);
        let card = container(code).padding([12, 15]).width(Fill).style(ui::card(|t| t.canvas, 8.0));
        lines = lines.push(card);
    }
    let copy = if page.code.is_some() { texts::COPY_CODE } else { texts::COPY_PAGE };
    let mut others = vec![plain(copy).on_press(said(Message::Copy)).into()];
    let can_be_by_code = settings.oauth().is_some_and(|provider| provider.device.is_some());
    if page.code.is_none() && can_be_by_code {
        others.push(plain(texts::BY_CODE).on_press(said(Message::ByCode)).into());
    }
    let open = if page.code.is_some() { texts::OPEN_PAGE } else { texts::OPEN_PAGE_AGAIN };
    let open = primary(open).id(NEXT).on_press(said(Message::Open)).into();
    let stop = plain(texts::STOP).on_press(super::Message::Back).into();
    let lines = lines.push(Row::with_children(others).spacing(8).wrap());
    Some(lines.push(form::verbs(state.is_narrow(), Some(stop), vec![open])).into())
}

/// The other way to sign in, where there is one.
pub(super) fn other_way<'a>(state: &State, settings: &SignIn) -> Option<Element<'a, super::Message>> {
    use waxwing_core::model::SignInMethod;
    if state.is_busy() {
        return None;
    }
    let way = settings.other_way()?;
    let verb = match way {
        SignInMethod::Browser => texts::BROWSER_INSTEAD,
        SignInMethod::AppPassword => texts::APP_PASSWORD_INSTEAD,
        SignInMethod::Password => texts::PASSWORD_INSTEAD,
    };
    Some(ui::link(verb).padding([4, 0]).on_press(super::Message::SignIn(super::OnSignIn::Way(way))).into())
}
