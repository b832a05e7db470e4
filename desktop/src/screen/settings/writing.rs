//! As whom somebody writes, with which signature, and texts that are kept to be sent again.

use iced::widget::text_editor::{self, Content};
use iced::widget::{column, container, row, text::Wrapping};
use iced::{Border, Center, Color, Element, Fill, Theme};
use waxwing_core::Command;
use waxwing_core::mime;
use waxwing_core::model::{AccountId, Identity, Template, TemplateId};

use super::view::{failure, group};
use super::{Action, Asked, CANCEL, Message, NAME_FIELD, Page, State};
use crate::icon::{Icon, icon};
use crate::theme;
use crate::ui::form::{self, labelled};
use crate::ui::{ink, paragraph, plain, primary, quiet};
use crate::widget::{Field, Look, press};
use crate::words::{self, settings as texts};

/// Fields, by name.
const ADDRESS_FIELD: &str = "identity-address";
const REPLY_FIELD: &str = "identity-reply-to";
const SUBJECT_FIELD: &str = "template-subject";
const TEXT_FIELD: &str = "settings-text";

/// An identity or a text, as it is being changed.
#[derive(Clone, Debug)]
pub(super) enum Form {
    Identity(IdentityForm),
    Template(TemplateForm),
}

#[derive(Clone, Debug)]
pub(super) struct IdentityForm {
    account: AccountId,
    /// Which of the account's; one more where there is none.
    place: usize,
    identity: Identity,
    signature: Content,
    problem: Option<&'static str>,
}

#[derive(Clone, Debug)]
pub(super) struct TemplateForm {
    id: Option<TemplateId>,
    name: String,
    subject: String,
    text: Content,
    problem: Option<&'static str>,
}

/// What can happen.
#[derive(Clone, Debug)]
pub enum OnWriting {
    /// Shows whom one can write as.
    Open(AccountId),
    EditIdentity(AccountId, usize),
    RemoveIdentity(AccountId, usize),
    /// A new one where there is none.
    EditTemplate(Option<TemplateId>),
    RemoveTemplate(TemplateId),
    Name(String),
    Address(String),
    ReplyTo(String),
    Subject(String),
    Text(text_editor::Action),
    CatchAll,
    Save,
}

impl Form {
    fn text(&mut self) -> &mut Content {
        match self {
            Self::Identity(form) => &mut form.signature,
            Self::Template(form) => &mut form.text,
        }
    }

    pub(super) fn account(&self) -> Option<AccountId> {
        match self {
            Self::Identity(form) => Some(form.account),
            Self::Template(_) => None,
        }
    }
}

impl State {
    fn identities(&self, account: AccountId) -> &[Identity] {
        let of = self.identities.iter().find(|(id, _)| *id == account);
        of.map_or(&[], |(_, identities)| identities)
    }

    pub(super) fn on_writing(&mut self, message: OnWriting) -> Option<Action> {
        match message {
            OnWriting::Open(account) => {
                self.failure = None;
                self.page = Page::Writers(account);
                Some(Action::Focus(CANCEL))
            }
            OnWriting::EditIdentity(account, place) => {
                let usual = Identity {
                    name: self.account(account).map(|it| it.config.display_name.clone()).unwrap_or_default(),
                    ..Identity::default()
                };
                let identity = self.identities(account).get(place).cloned().unwrap_or(usual);
                let signature = Content::with_text(&identity.signature);
                let form = IdentityForm { account, place, identity, signature, problem: None };
                self.page = Page::Form(Box::new(Form::Identity(form)));
                Some(Action::Focus(NAME_FIELD))
            }
            OnWriting::RemoveIdentity(account, place) => {
                let mut identities = self.identities(account).to_vec();
                if identities.len() < 2 || place >= identities.len() {
                    return None;
                }
                identities.remove(place);
                self.ask(Asked::Change, Command::SetIdentities { account, identities })
            }
            OnWriting::EditTemplate(id) => {
                let known = self.templates.iter().find(|template| Some(template.id) == id);
                let form = TemplateForm {
                    id,
                    name: known.map(|it| it.name.clone()).unwrap_or_default(),
                    subject: known.map(|it| it.subject.clone()).unwrap_or_default(),
                    text: Content::with_text(known.map_or("", |it| it.text.as_str())),
                    problem: None,
                };
                self.page = Page::Form(Box::new(Form::Template(form)));
                Some(Action::Focus(NAME_FIELD))
            }
            OnWriting::RemoveTemplate(id) => self.ask(Asked::Change, Command::DeleteTemplate { id }),
            OnWriting::Save => self.save_form(),
            other => {
                self.type_in_form(other);
                None
            }
        }
    }

    fn type_in_form(&mut self, message: OnWriting) {
        let Page::Form(form) = &mut self.page else { return };
        match (message, &mut **form) {
            (OnWriting::Text(action), form) => form.text().perform(action),
            (OnWriting::Name(name), Form::Identity(form)) => form.identity.name = name,
            (OnWriting::Name(name), Form::Template(form)) => form.name = name,
            (OnWriting::Address(address), Form::Identity(form)) => form.identity.address = address,
            (OnWriting::ReplyTo(list), Form::Identity(form)) => form.identity.reply_to = list,
            (OnWriting::CatchAll, Form::Identity(form)) => {
                form.identity.is_catch_all = !form.identity.is_catch_all
            }
            (OnWriting::Subject(subject), Form::Template(form)) => form.subject = subject,
            _ => {}
        }
    }

    fn save_form(&mut self) -> Option<Action> {
        let Page::Form(form) = &mut self.page else { return None };
        match &mut **form {
            Form::Identity(form) => {
                let address = form.identity.address.trim().to_owned();
                let is_one =
                    matches!(&mime::recipients(&address)[..], [one] if one.is_valid && one.name.is_empty());
                if !is_one {
                    form.problem = Some(words::ADDRESS_INCOMPLETE);
                    return Some(Action::Focus(ADDRESS_FIELD));
                }
                let signature = form.signature.text().trim_end().to_owned();
                let identity = Identity { address, signature, ..form.identity.clone() };
                let (account, place) = (form.account, form.place);
                let mut identities = self.identities(account).to_vec();
                match identities.get_mut(place) {
                    Some(known) => *known = identity,
                    None => identities.push(identity),
                }
                self.ask(Asked::Change, Command::SetIdentities { account, identities })
            }
            Form::Template(form) => {
                let name = form.name.trim().to_owned();
                if name.is_empty() {
                    form.problem = Some(texts::TEMPLATE_NAMELESS);
                    return Some(Action::Focus(NAME_FIELD));
                }
                let (id, subject, text) = (form.id, form.subject.clone(), form.text.text());
                self.ask(Asked::Change, Command::SaveTemplate { id, name, subject, text })
            }
        }
    }
}

fn on(message: OnWriting) -> Message {
    Message::Writing(message)
}

/// Those one can write as from an account.
pub(super) fn writers(state: &State, account: AccountId) -> Element<'_, Message> {
    let address = state.account(account).map_or("", |it| it.config.address.as_str());
    let identities = state.identities(account);
    let is_free = state.waits.is_none();
    let lines = identities.iter().enumerate().map(|(place, identity)| {
        let called =
            if identity.name.is_empty() { identity.address.as_str() } else { identity.name.as_str() };
        let signed = if identity.signature.is_empty() { texts::UNSIGNED } else { texts::SIGNED };
        let more = format!("{} · {signed}", identity.address);
        let words = column![
            paragraph(called, theme::CHROME).font(theme::STRONG).wrapping(Wrapping::WordOrGlyph),
            paragraph(more, theme::CHROME).style(ink(|t| t.muted)).wrapping(Wrapping::WordOrGlyph),
        ];
        let change = is_free.then(|| on(OnWriting::EditIdentity(account, place)));
        let remove = (is_free && identities.len() > 1).then(|| on(OnWriting::RemoveIdentity(account, place)));
        let mut verbs = row![plain(texts::CHANGE).on_press_maybe(change)].spacing(8);
        if identities.len() > 1 {
            verbs = verbs.push(quiet(texts::REMOVE).on_press_maybe(remove));
        }
        row![words.width(Fill), verbs].spacing(12).align_y(Center).into()
    });
    let back = plain(words::BACK).id(CANCEL).on_press(Message::Back).into();
    let add =
        primary(texts::ADD_IDENTITY).on_press(on(OnWriting::EditIdentity(account, identities.len()))).into();
    column![
        paragraph(address, theme::TITLE).font(theme::STRONG).wrapping(Wrapping::WordOrGlyph),
        paragraph(texts::WRITERS_HINT, theme::CHROME).style(ink(|t| t.muted)),
        failure(state),
        group(lines.collect()),
        form::verbs(state.is_narrow(), Some(back), vec![add]),
    ]
    .spacing(16)
    .into()
}

/// The texts that are kept.
pub(super) fn templates(state: &State) -> Element<'_, Message> {
    let is_free = state.waits.is_none();
    let line = |template: &Template| {
        let name =
            paragraph(template.name.clone(), theme::CHROME).wrapping(Wrapping::WordOrGlyph).width(Fill);
        let change = is_free.then(|| on(OnWriting::EditTemplate(Some(template.id))));
        let remove = is_free.then(|| on(OnWriting::RemoveTemplate(template.id)));
        let verbs =
            row![plain(texts::CHANGE).on_press_maybe(change), quiet(texts::REMOVE).on_press_maybe(remove)];
        row![name, verbs.spacing(8)].spacing(12).align_y(Center).into()
    };
    let add = plain(texts::ADD_TEMPLATE).on_press(on(OnWriting::EditTemplate(None)));
    if state.templates.is_empty() {
        let none = paragraph(texts::NO_TEMPLATES, theme::CHROME).style(ink(|t| t.muted));
        return column![none, add].spacing(10).into();
    }
    column![group(state.templates.iter().map(line).collect()), add].spacing(10).into()
}

/// The page with the form.
pub(super) fn view<'a>(state: &'a State, form: &'a Form) -> Element<'a, Message> {
    let save = state.waits.is_none().then(|| on(OnWriting::Save));
    let (title, fields) = match form {
        Form::Identity(form) => (texts::IDENTITY, identity(form)),
        Form::Template(form) => (texts::TEMPLATE, template(form)),
    };
    let back = plain(words::CANCEL).id(CANCEL).on_press(Message::Back).into();
    let save = primary(texts::SAVE).on_press_maybe(save).into();
    column![
        paragraph(title, theme::TITLE).font(theme::STRONG),
        failure(state),
        fields,
        form::verbs(state.is_narrow(), Some(back), vec![save]),
    ]
    .spacing(16)
    .into()
}

fn field<'a>(
    id: &'static str,
    hint: &'a str,
    value: &'a str,
    typed: impl Fn(String) -> OnWriting + 'a,
) -> Field<'a, Message> {
    Field::new(id, hint, value, false, move |text| on(typed(text)), Some(on(OnWriting::Save)))
}

fn identity(form: &IdentityForm) -> Element<'_, Message> {
    let known = &form.identity;
    let name = field(NAME_FIELD, texts::NAME_EXAMPLE, &known.name, OnWriting::Name);
    let address = field(ADDRESS_FIELD, words::ADDRESS_EXAMPLE, &known.address, OnWriting::Address);
    let reply_to = field(REPLY_FIELD, "", &known.reply_to, OnWriting::ReplyTo);
    column![
        labelled(texts::NAME, name, None, None),
        labelled(words::ADDRESS, address, form.problem, None),
        labelled(words::REPLY_TO, reply_to, None, Some(texts::REPLY_TO_HINT)),
        labelled(texts::SIGNATURE, editor(&form.signature), None, None),
        tick(texts::CATCH_ALL, known.is_catch_all, on(OnWriting::CatchAll)),
    ]
    .spacing(14)
    .into()
}

fn template(form: &TemplateForm) -> Element<'_, Message> {
    let name = field(NAME_FIELD, texts::TEMPLATE_EXAMPLE, &form.name, OnWriting::Name);
    let subject = field(SUBJECT_FIELD, "", &form.subject, OnWriting::Subject);
    column![
        labelled(texts::TEMPLATE_NAME, name, form.problem, None),
        labelled(words::writing::SUBJECT, subject, None, None),
        labelled(words::writing::TEXT, editor(&form.text), None, None),
    ]
    .spacing(14)
    .into()
}

/// Several lines to type into.
fn editor(content: &Content) -> Element<'_, Message> {
    let editor = text_editor::TextEditor::new(content)
        .id(TEXT_FIELD)
        .on_action(|action| on(OnWriting::Text(action)))
        .font(theme::REGULAR)
        .size(theme::READING.0)
        .line_height(theme::leading(theme::READING))
        .padding([8, 11])
        .min_height(110)
        .style(|theme: &Theme, status| {
            let t = theme::of(theme);
            let is_focused = matches!(status, text_editor::Status::Focused { .. });
            let (colour, width) = if is_focused { (t.accent.0, 2.0) } else { (t.line.0, 1.0) };
            text_editor::Style {
                background: t.surface.into(),
                border: Border { color: colour, width, radius: 6.0.into() },
                placeholder: t.faint.0,
                value: t.text.0,
                selection: Color { a: 0.3, ..t.accent.0 },
            }
        });
    container(editor).width(Fill).into()
}

/// A thing that is so or not.
fn tick<'a>(label: &'a str, is_on: bool, message: Message) -> Element<'a, Message> {
    let sign = container(if is_on { icon(Icon::CHECK, 12.0) } else { icon(Icon::CHECK, 0.1) })
        .center(16)
        .style(move |theme: &Theme| {
            let t = theme::of(theme);
            let color = if is_on { t.accent.0 } else { t.faint.0 };
            container::Style {
                text_color: Some(t.accent.0),
                border: Border { color, width: 1.5, radius: 4.0.into() },
                ..container::Style::default()
            }
        });
    let inside = row![sign, paragraph(label, theme::CHROME)].spacing(9).align_y(Center);
    press(inside, label)
        .padding([4, 0])
        .on_press(message)
        .style(|theme, _| Look {
            background: Color::TRANSPARENT,
            text: theme::of(theme).text.0,
            border: Border { radius: 6.0.into(), ..Border::default() },
        })
        .into()
}
