//! What a session told, as text.

use std::collections::{HashMap, VecDeque};
use std::fmt::Display;

use waxwing_core::imap::ops::{
    ChangedMail, FetchedHeader, ListedMailbox, MailboxStatus, OpError, Refusal, SelectedMailbox, Structure,
};
use waxwing_core::imap::{Answer, CloseReason, Fact, OpId};
use waxwing_core::model::{FlagBits, Flags, Role};

/// The facts that weren't named yet. The pieces of a body are joined: how it was cut is no promise.
#[derive(Default)]
pub(super) struct Told {
    facts: VecDeque<(Fact, u64)>,
}

impl Told {
    pub(super) fn add(&mut self, fact: Fact, labels: &HashMap<OpId, u64>) {
        let label = match &fact {
            Fact::BodyStart { op, .. }
            | Fact::BodyChunk { op, .. }
            | Fact::BodyEnd { op, .. }
            | Fact::Answered { op, .. } => labels.get(op).copied().unwrap_or_default(),
            _ => 0,
        };
        if let (Some((Fact::BodyChunk { bytes, .. }, _)), Fact::BodyChunk { bytes: more, .. }) =
            (self.facts.back_mut(), &fact)
        {
            bytes.extend(more);
            return;
        }
        let is_repeated = matches!(fact, Fact::MailboxChanged | Fact::MailboxesChanged)
            && self.facts.back().is_some_and(|(last, _)| *last == fact);
        if !is_repeated {
            self.facts.push_back((fact, label));
        }
    }

    pub(super) fn next(&mut self) -> Option<String> {
        self.facts.pop_front().map(|(fact, label)| Self::text(&fact, label))
    }

    /// A fact as it stands in a file.
    fn text(fact: &Fact, label: u64) -> String {
        match fact {
            Fact::SignedIn => "signed in".to_owned(),
            Fact::SignInRefused(refusal) => format!("sign-in refused{}", words(refusal)),
            Fact::NoMechanism => "no mechanism".to_owned(),
            Fact::BodyStart { size, .. } => format!("{label} body of {size} octets"),
            Fact::BodyChunk { bytes, .. } => format!("{label} octets {}", bytes.escape_ascii()),
            Fact::BodyEnd { uid: Some(uid), .. } => format!("{label} body was {uid}"),
            Fact::BodyEnd { uid: None, .. } => format!("{label} body was nobody's"),
            Fact::LiteralWanted { .. } => format!("{label} wants its mail"),
            Fact::Answered { answer: Ok(answer), .. } => format!("{label} {}", answer_text(answer)),
            Fact::Answered { answer: Err(error), .. } => format!("{label} {}", error_text(error)),
            Fact::MailboxChanged => "mailbox changed".to_owned(),
            Fact::MailboxStatus { mailbox, status } => format!("status of {mailbox} {}", counts(status)),
            Fact::MailboxesChanged => "mailboxes changed".to_owned(),
            Fact::NotifyEnded => "nothing is told any more".to_owned(),
            Fact::Alert(text) => format!("alert {text}"),
            Fact::Closed(CloseReason::LoggedOut) => "closed, logged out".to_owned(),
            Fact::Closed(CloseReason::Bye(refusal)) => format!("closed, bye{}", words(refusal)),
            Fact::Closed(CloseReason::Failed(error)) => format!("closed, {:?}", error.kind()),
        }
    }
}

fn words(refusal: &Refusal) -> String {
    let code = if refusal.code.is_empty() { String::new() } else { format!(" [{}]", refusal.code) };
    let text = if refusal.text.is_empty() { String::new() } else { format!(" {}", refusal.text) };
    code + &text
}

fn error_text(error: &OpError) -> String {
    match error {
        OpError::No(refusal) => format!("no{}", words(refusal)),
        OpError::Bad(refusal) => format!("bad{}", words(refusal)),
        OpError::NotOffered => "not offered".to_owned(),
        OpError::Unsendable => "unsendable".to_owned(),
        OpError::Incomplete => "incomplete".to_owned(),
        OpError::Lost { sent: true, .. } => "lost after it was sent".to_owned(),
        OpError::Lost { sent: false, .. } => "lost, never sent".to_owned(),
    }
}

fn answer_text(answer: &Answer) -> String {
    match answer {
        Answer::Done => "done".to_owned(),
        Answer::Appended(Some((validity, uid))) => format!("appended as {uid} of {validity}"),
        Answer::Appended(None) => "appended".to_owned(),
        Answer::Mailboxes(mailboxes) => {
            format!("mailboxes {}", mailboxes.iter().map(mailbox).collect::<Vec<_>>().join(" | "))
        }
        Answer::MailboxesWithStatus(mailboxes) => {
            let with_status = |(listed, status): &(ListedMailbox, Option<MailboxStatus>)| {
                let status = status.as_ref().map(|status| format!(" {}", counts(status))).unwrap_or_default();
                mailbox(listed) + &status
            };
            format!("mailboxes {}", mailboxes.iter().map(with_status).collect::<Vec<_>>().join(" | "))
        }
        Answer::Status(status) => format!("status {}", counts(status)),
        Answer::Selected(told) => format!("selected {}", selected(told)),
        Answer::Resynced(resynced) => format!(
            "resynced {} changed{} gone {}",
            selected(&resynced.selected),
            changed(&resynced.changed),
            resynced.vanished
        ),
        Answer::Changed { mails, vanished } => format!("changed{} gone {vanished}", changed(mails)),
        Answer::Flags(mails) => mails.iter().fold("flags".to_owned(), |text, (uid, mail_flags)| {
            format!("{text} {uid} {}", flags(mail_flags))
        }),
        Answer::Headers(headers) => headers.iter().fold("headers".to_owned(), |text, header| {
            let raw = header.header.as_ref().map(|raw| raw.escape_ascii().to_string());
            format!(
                "{text} | {} {} date={} size={} {}{}",
                header.uid,
                flags(&header.flags),
                number(header.internal_date.map(|instant| instant.0)),
                number(header.size),
                raw.unwrap_or_else(|| "-".to_owned()),
                extensions(header)
            )
        }),
        Answer::Bodies(uids) => uids.iter().fold("bodies".to_owned(), |text, uid| format!("{text} {uid}")),
        Answer::Structures(mails) => mails.iter().fold("structures".to_owned(), |text, (uid, told)| {
            let part = |(name, part): (String, &Structure)| {
                let file = part.file_name().map(|name| format!(" {name}")).unwrap_or_default();
                format!(" {name} {} {}{file}", part.kind, number(part.size))
            };
            format!("{text} | {uid}{}", told.leaves().into_iter().map(part).collect::<String>())
        }),
        Answer::Namespaces { personal, other, shared } => {
            format!(
                "namespaces personal{} other{} shared{}",
                prefixes(personal),
                prefixes(other),
                prefixes(shared)
            )
        }
        Answer::Copied(None) => "copied".to_owned(),
        Answer::Copied(Some(copied)) => {
            copied.pairs.iter().fold(format!("copied {}", copied.uid_validity), |text, (from, to)| {
                format!("{text} {from}>{to}")
            })
        }
        Answer::Uids(uids) => uids.iter().fold("uids".to_owned(), |text, uid| format!("{text} {uid}")),
        Answer::UidRanges(uids) => format!("uid ranges {uids}"),
    }
}

/// What only some servers tell of a mail.
fn extensions(header: &FetchedHeader) -> String {
    let modseq = header.modseq.map(|modseq| format!(" modseq={modseq}")).unwrap_or_default();
    let email = header.email_id.as_ref().map(|id| format!(" email={id}")).unwrap_or_default();
    let thread = header.thread_id.as_ref().map(|id| format!(" thread={id}")).unwrap_or_default();
    let gmail = header
        .gmail
        .as_ref()
        .map(|gmail| format!(" gmail={}/{} [{}]", gmail.msgid, gmail.thrid, gmail.labels.join(", ")));
    format!("{modseq}{email}{thread}{}", gmail.unwrap_or_default())
}

fn prefixes(prefixes: &[(String, Option<char>)]) -> String {
    prefixes.iter().map(|(prefix, delimiter)| format!(" \"{prefix}\" {}", number(*delimiter))).collect()
}

fn counts(status: &MailboxStatus) -> String {
    let modseq = status.highest_modseq.map(|modseq| format!(" modseq={modseq}")).unwrap_or_default();
    format!(
        "messages={} unseen={} uidnext={} uidvalidity={}{modseq}",
        number(status.messages),
        number(status.unseen),
        number(status.uid_next),
        number(status.uid_validity)
    )
}

fn selected(selected: &SelectedMailbox) -> String {
    format!(
        "exists={} uidvalidity={} uidnext={} modseq={}{}",
        selected.exists,
        selected.uid_validity,
        number(selected.uid_next),
        number(selected.highest_modseq),
        if selected.read_only { " read-only" } else { "" }
    )
}

fn changed(mails: &[ChangedMail]) -> String {
    mails.iter().fold(String::new(), |text, mail| {
        format!("{text} | {} {} modseq={}", mail.uid, flags(&mail.flags), number(mail.modseq))
    })
}

fn number(number: Option<impl Display>) -> String {
    number.map_or_else(|| "-".to_owned(), |number| number.to_string())
}

fn flags(flags: &Flags) -> String {
    let bits = FlagBits::NAMES.iter().filter(|(bit, _)| flags.bits.contains(*bit)).map(|(_, name)| *name);
    let names: Vec<&str> = bits.chain(flags.keywords.iter().map(|keyword| &**keyword)).collect();
    format!("({})", names.join(" "))
}

fn mailbox(mailbox: &ListedMailbox) -> String {
    let path = if *mailbox.path == *mailbox.name { String::new() } else { format!(" = {}", mailbox.path) };
    let delimiter = mailbox.delimiter.map(|delimiter| format!(" {delimiter}")).unwrap_or_default();
    let role = if mailbox.role == Role::None { String::new() } else { format!(" {:?}", mailbox.role) };
    let unselectable = if mailbox.selectable { "" } else { " unselectable" };
    let subscribed = match mailbox.subscribed {
        Some(true) => " subscribed",
        Some(false) => " unsubscribed",
        None => "",
    };
    let id = mailbox.object_id.as_ref().map(|id| format!(" id={id}")).unwrap_or_default();
    format!("{}{path}{delimiter}{role}{unselectable}{subscribed}{id}", mailbox.name)
}
