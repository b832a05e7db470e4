//! The servers as a form, and how far a sign-in to them has come: for an account that is added and for one that is changed.

use iced::widget::{column, container, row};
use iced::{Element, Fill};
use waxwing_core::event::{CheckState, CheckStep};
use waxwing_core::model::Security;

use super::servers::{Edit, Problem, Servers};
use super::{IMAP_FIELD, IMAP_PORT_FIELD, SMTP_FIELD, SMTP_PORT_FIELD, USER_FIELD};
use crate::theme;
use crate::ui::form::{Mark, check_line, choice, labelled};
use crate::ui::{ink, paragraph};
use crate::widget::Field;
use crate::words::{self, setup as texts};

/// The form as it stands.
pub struct Form<'a> {
    pub servers: &'a Servers,
    pub problems: &'a [Problem],
    /// What an empty user name stands for.
    pub address: &'a str,
    pub is_narrow: bool,
}

/// The fields for the servers and the name to sign in with. `typed` says what was typed, `enter` what Enter does in a field.
pub fn servers<'a, Message: Clone + 'a>(
    form: &Form<'a>,
    typed: fn(Edit) -> Message,
    enter: &Message,
) -> Element<'a, Message> {
    let Form { servers, problems, address, .. } = *form;
    let problem = |of_imap: bool, is_port: bool| {
        let found = problems.iter().find(|problem| {
            problem.is_of_imap() == of_imap
                && is_port != matches!(problem, Problem::ImapHost | Problem::SmtpHost)
        });
        found.map(|problem| problem.words())
    };
    let field = |id, example: &str, value: &str, edit: fn(String) -> Edit| {
        Field::new(id, example, value, false, move |text| typed(edit(text)), Some(enter.clone()))
    };
    let user = field(USER_FIELD, address, &servers.user_name, Edit::UserName);
    let imap = [
        labelled(
            texts::INCOMING_SERVER,
            field(IMAP_FIELD, texts::INCOMING_EXAMPLE, &servers.imap_host, Edit::ImapHost),
            problem(true, false),
            None,
        ),
        labelled(
            texts::SERVER_PORT,
            field(IMAP_PORT_FIELD, "993", &servers.imap_port, Edit::ImapPort),
            None,
            None,
        ),
    ];
    let smtp = [
        labelled(
            texts::OUTGOING_SERVER,
            field(SMTP_FIELD, texts::OUTGOING_EXAMPLE, &servers.smtp_host, Edit::SmtpHost),
            problem(false, false),
            None,
        ),
        labelled(
            texts::SERVER_PORT,
            field(SMTP_PORT_FIELD, "465", &servers.smtp_port, Edit::SmtpPort),
            None,
            None,
        ),
    ];
    let server = |fields, security, problem, hint, edit: fn(Security) -> Edit| {
        server(form.is_narrow, fields, security, (problem, hint), move |to| typed(edit(to)))
    };
    column![
        labelled(words::USER_NAME, user, None, Some(texts::USER_NAME_HINT)),
        server(imap, servers.imap_security, problem(true, true), None, Edit::ImapSecurity),
        server(
            smtp,
            servers.smtp_security,
            problem(false, true),
            Some(texts::OUTGOING_HINT),
            Edit::SmtpSecurity
        ),
    ]
    .spacing(14)
    .into()
}

/// Host and port beside each other, and below them how the connection is secured.
fn server<'a, Message: Clone + 'a>(
    is_narrow: bool,
    [host, port]: [Element<'a, Message>; 2],
    security: Security,
    (problem, hint): (Option<&'a str>, Option<&'a str>),
    message: impl Fn(Security) -> Message,
) -> Element<'a, Message> {
    let fields: Element<'a, Message> = if is_narrow {
        column![host, port].spacing(10).into()
    } else {
        row![container(host).width(Fill), container(port).width(92)].spacing(10).into()
    };
    let way = |words, to| choice(words, security == to, message(to));
    let ways = row![way(texts::TLS, Security::Tls), way(texts::START_TLS, Security::StartTls)].spacing(10);
    let below = match (problem, hint) {
        (Some(problem), _) => Some(paragraph(problem, theme::SMALL).style(ink(|t| t.wax))),
        (None, Some(hint)) => Some(paragraph(hint, theme::SMALL).style(ink(|t| t.muted))),
        (None, None) => None,
    };
    column![fields, ways, below].spacing(6).into()
}

/// One check, of that host, as far as it has come.
pub fn check<'a, Message: 'a>(
    is_narrow: bool,
    step: CheckStep,
    check: Option<&CheckState>,
    host: &str,
) -> Element<'a, Message> {
    let label = match step {
        CheckStep::Incoming => words::INCOMING,
        CheckStep::Mailboxes => texts::MAILBOXES,
        CheckStep::Outgoing => texts::OUTGOING,
    };
    let (mark, said) = match check {
        None => (Mark::Waiting, texts::WAITING.into()),
        Some(CheckState::Begun) if step == CheckStep::Mailboxes => (Mark::Busy, texts::LISTING.into()),
        Some(CheckState::Begun) => (Mark::Busy, texts::CHECKING.into()),
        Some(CheckState::Passed(count)) if step == CheckStep::Mailboxes => {
            (Mark::Done, texts::mailboxes(*count))
        }
        Some(CheckState::Passed(_)) => (Mark::Done, host.to_owned()),
        Some(CheckState::Failed(_)) => (Mark::Failed, texts::FAILED.into()),
    };
    check_line(is_narrow, mark, label.into(), said)
}
