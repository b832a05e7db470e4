//! What is to be known of a mail before it is read: one line each, and only what matters.

use iced::widget::{column, container, row, space};
use iced::{Alignment, Border, Element, Fill, Theme};
use waxwing_core::mime::{
    Attendance, Authentication, Invitation, Method, OpenedEmail, Pretence, Unsubscribe,
};

use super::attachments::in_full;
use super::{Message, Unsubscribing};
use crate::icon::{Icon, small};
use crate::theme;
use crate::ui::{Tone, ink, paragraph, plain, primary, quiet};
use crate::words::{self, dates::Now, notices as say};

/// The lines above a mail.
pub(super) fn view<'a>(
    mail: &'a OpenedEmail,
    unsubscribing: &'a Unsubscribing,
    now: &Now,
) -> Option<Element<'a, Message>> {
    let mut lines: Vec<Element<'a, Message>> = Vec::new();
    lines.extend(
        mail.pretences.iter().map(|pretence| line(Tone::Wrong, Icon::SHIELD_ALERT, told(*pretence, mail))),
    );
    if mail.authentication == Authentication::Fail {
        lines.push(line(Tone::Wrong, Icon::SHIELD_X, say::NOT_AUTHENTIC.into()));
    }
    if mail.marks.encrypted {
        lines.push(line(Tone::Note, Icon::LOCK, say::ENCRYPTED.into()));
    } else if mail.marks.signed {
        lines.push(line(Tone::Note, Icon::INFO, say::SIGNED.into()));
    }
    lines.extend(mail.invitation.as_ref().map(|invitation| card(invitation, now)));
    let receipt = mail.receipt_to.as_ref();
    lines.extend(receipt.map(|who| line(Tone::Note, Icon::EYE, say::receipt(&in_full(who)))));
    if mail.marks.truncated {
        lines.push(line(Tone::Note, Icon::SPLIT, say::TRUNCATED.into()));
    }
    if mail.marks.form {
        lines.push(line(Tone::Note, Icon::INFO, say::FORM.into()));
    }
    lines.extend(mail.unsubscribe.as_ref().map(|way| unsubscribe(way, unsubscribing)));
    (!lines.is_empty()).then(|| column(lines).spacing(6).into())
}

fn told(pretence: Pretence, mail: &OpenedEmail) -> String {
    let from = mail.email.from.first().map(|from| from.address.as_str()).unwrap_or_default();
    match pretence {
        Pretence::SeveralAuthors => say::SEVERAL_AUTHORS.into(),
        Pretence::NameIsAnAddress => say::name_is_an_address(from),
        Pretence::MixedScripts => say::MIXED_SCRIPTS.into(),
        Pretence::AnswersElsewhere => say::answers_elsewhere(
            mail.email.reply_to.first().map(|to| to.address.as_str()).unwrap_or_default(),
        ),
        Pretence::FalseLink => say::FALSE_LINK.into(),
    }
}

fn line<'a>(tone: Tone, which: Icon, words: String) -> Element<'a, Message> {
    lined(tone, row![small(which).style(ink(mark(tone))), paragraph(words, theme::CHROME).width(Fill)])
}

fn mark(tone: Tone) -> fn(&theme::Tokens) -> theme::Hex {
    match tone {
        Tone::Note => |t| t.muted,
        Tone::Wrong => |t| t.wax,
    }
}

/// The ground of a line: calm for what is only to be known.
fn lined<'a>(tone: Tone, inside: iced::widget::Row<'a, Message>) -> Element<'a, Message> {
    container(inside.spacing(9).align_y(Alignment::Center))
        .padding([7, 12])
        .width(Fill)
        .style(move |theme: &Theme| ground(theme, tone))
        .into()
}

fn ground(theme: &Theme, tone: Tone) -> container::Style {
    let t = theme::of(theme);
    let background = match tone {
        Tone::Note => t.canvas.0,
        Tone::Wrong => t.errbg.0,
    };
    container::Style {
        background: Some(background.into()),
        text_color: Some(t.text.0),
        border: Border { radius: 6.0.into(), ..Border::default() },
        ..container::Style::default()
    }
}

/// What is invited to; it is shown and never answered.
fn card<'a>(invitation: &'a Invitation, now: &Now) -> Element<'a, Message> {
    let what = match invitation.method {
        Method::Request => say::INVITATION,
        Method::Cancel => say::CANCELLED,
        Method::Reply => say::ANSWER,
        Method::Publish | Method::Other => say::EVENT,
    };
    let summary = if invitation.summary.is_empty() { words::NO_SUBJECT } else { invitation.summary.as_str() };
    let mut lines = column![
        paragraph(what, theme::SMALL).style(ink(|t| t.muted)),
        paragraph(summary, theme::CHROME).font(theme::STRONG),
    ]
    .spacing(2);
    let when = invitation.start.as_ref().map(|start| now.event(start, invitation.end.as_ref()));
    let repeated = if invitation.is_repeated { say::REPEATED } else { "" };
    let organiser = invitation.organiser.as_ref().map(|who| say::organised_by(&in_full(who)));
    let answers = invitation.people.iter().filter(|_| invitation.method == Method::Reply);
    let answers = answers.map(|(who, how)| format!("{}: {}", in_full(who), attendance(*how)));
    let more = when.map(|when| format!("{when}{repeated}")).into_iter();
    let more = more.chain((!invitation.place.is_empty()).then(|| invitation.place.clone())).chain(organiser);
    for words in more.chain(answers.take(3)) {
        lines = lines.push(paragraph(words, theme::CHROME).style(ink(|t| t.muted)));
    }
    let mark = container(small(Icon::CALENDAR).style(ink(|t| t.muted))).padding([1, 0]);
    container(row![mark, lines.width(Fill)].spacing(9))
        .padding([9, 12])
        .width(Fill)
        .style(|theme: &Theme| ground(theme, Tone::Note))
        .into()
}

fn attendance(how: Attendance) -> &'static str {
    match how {
        Attendance::Accepted => say::ACCEPTED,
        Attendance::Declined => say::DECLINED,
        Attendance::Tentative => say::TENTATIVE,
        Attendance::Open | Attendance::Other => say::OPEN,
    }
}

/// One button, and before anything is done what it is.
fn unsubscribe<'a>(way: &'a Unsubscribe, state: &'a Unsubscribing) -> Element<'a, Message> {
    match state {
        Unsubscribing::No => {
            let verb = quiet(say::UNSUBSCRIBE).on_press(Message::Unsubscribe);
            let words = paragraph(say::MAILING_LIST, theme::CHROME).width(Fill);
            lined(Tone::Note, row![small(Icon::MAILS).style(ink(|t| t.muted)), words, verb])
        }
        Unsubscribing::Asked => {
            let happens = match way {
                Unsubscribe::OneClick(address) => say::will_be_asked(host(address)),
                Unsubscribe::Mail(address) => say::will_be_written(recipient(address)),
                Unsubscribe::Page(address) => say::will_be_opened(host(address)),
            };
            let verbs = row![
                space().width(Fill),
                plain(words::CANCEL).on_press(Message::StayOnList),
                primary(say::UNSUBSCRIBE).on_press(Message::UnsubscribeNow),
            ]
            .align_y(Alignment::Center);
            let inside = column![paragraph(happens, theme::CHROME), verbs.spacing(10)].spacing(8);
            container(inside)
                .padding([9, 12])
                .width(Fill)
                .style(|theme: &Theme| ground(theme, Tone::Note))
                .into()
        }
        Unsubscribing::UnderWay => line(Tone::Note, Icon::CLOCK, say::UNSUBSCRIBING.into()),
        Unsubscribing::Done => line(Tone::Note, Icon::CHECK, say::UNSUBSCRIBED.into()),
        Unsubscribing::Failed(why) => {
            let verb = quiet(words::TRY_AGAIN).on_press(Message::Unsubscribe);
            let words = paragraph(say::not_unsubscribed(why), theme::CHROME).width(Fill);
            lined(Tone::Wrong, row![small(Icon::TRIANGLE_ALERT).style(ink(|t| t.wax)), words, verb])
        }
    }
}

/// Whoever is asked, out of an address.
fn host(address: &str) -> &str {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    rest.split(['/', '?', '#']).next().unwrap_or(rest)
}

fn recipient(address: &str) -> &str {
    let rest = address.split_once(':').map_or(address, |(_, rest)| rest);
    rest.split('?').next().unwrap_or(rest)
}
