//! Reads conversation files.

use waxwing_core::imap::{Op, UidSet};
use waxwing_core::model::{FlagBits, Role};

pub(super) struct Script {
    pub(super) user_name: String,
    pub(super) secret: String,
    /// Each with the number of its line.
    pub(super) steps: Vec<(usize, Step)>,
}

#[derive(Debug, PartialEq)]
pub(super) enum Step {
    Server(Vec<u8>),
    Client(Vec<u8>),
    Do(u64, Op),
    FinishIdle,
    Fact(String),
    Later(u64),
    End,
    Cut,
}

pub(super) fn parse(name: &str, text: &str) -> Script {
    let mut script = Script { user_name: "mia".to_owned(), secret: "sesame".to_owned(), steps: Vec::new() };
    for (index, line) in text.lines().enumerate() {
        let number = index + 1;
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some((user_name, secret)) = line.strip_prefix("user: ").and_then(|user| user.split_once(' ')) {
            (script.user_name, script.secret) = (user_name.to_owned(), secret.to_owned());
            continue;
        }
        let step = step(line).unwrap_or_else(|| panic!("{name}.imap line {number} means nothing: {line}"));
        script.steps.push((number, step));
    }
    script
}

fn step(line: &str) -> Option<Step> {
    let whole = |text: &str| format!("{text}\r\n").into_bytes();
    let after = |prefix: &str| line.strip_prefix(prefix).map(|rest| rest.strip_prefix(' ').unwrap_or(rest));
    if let Some(text) = after("S:") {
        return Some(Step::Server(whole(text)));
    }
    if let Some(text) = after("S-") {
        return Some(Step::Server(text.as_bytes().to_vec()));
    }
    if let Some(text) = after("S%") {
        return Some(Step::Server([octets(text)?, b"\r\n".to_vec()].concat()));
    }
    if let Some(text) = after("C:") {
        return Some(Step::Client(whole(text)));
    }
    if let Some(text) = after("C%") {
        return Some(Step::Client([octets(text)?, b"\r\n".to_vec()].concat()));
    }
    if let Some(text) = after("fact:") {
        return Some(Step::Fact(text.to_owned()));
    }
    if let Some((label, text)) = after("do").and_then(|rest| rest.split_once(": ")) {
        return Some(Step::Do(label.parse().ok()?, op(text)?));
    }
    if let Some(seconds) = after("later:") {
        return Some(Step::Later(seconds.parse().ok()?));
    }
    match line {
        "finish idle" => Some(Step::FinishIdle),
        "end" => Some(Step::End),
        "cut" => Some(Step::Cut),
        _ => None,
    }
}

fn octets(text: &str) -> Option<Vec<u8>> {
    let mut parts = text.split('%');
    let mut octets = parts.next()?.as_bytes().to_vec();
    for part in parts {
        let (digits, rest) = part.split_at_checked(2)?;
        octets.push(u8::from_str_radix(digits, 16).ok()?);
        octets.extend(rest.bytes());
    }
    Some(octets)
}

/// An op: its verb, UIDs as on the wire, then a mailbox (the rest of the line, `%XX` being an octet), flags or
/// a Message-ID.
fn op(text: &str) -> Option<Op> {
    let (verb, rest) = text.split_once(' ').unwrap_or((text, ""));
    let mailbox = || String::from_utf8(octets(rest).unwrap()).unwrap().into();
    let (set, behind) = rest.split_once(' ').unwrap_or((rest, ""));
    Some(match verb {
        "list" => Op::List,
        "status" => Op::Status { mailbox: mailbox() },
        "create" => Op::Create { mailbox: mailbox(), role: Role::None },
        "select" => Op::Select { mailbox: mailbox() },
        "flags" => Op::FetchFlags { uids: uids(set)? },
        "headers" => Op::FetchHeaders { uids: uids(set)? },
        "bodies" => Op::FetchBodies { uids: uids(set)? },
        "set" | "clear" => Op::StoreFlags { uids: uids(set)?, set: verb == "set", flags: flags(behind)? },
        "move" => Op::Move { uids: uids(set)?, to: behind.into() },
        "copy" => Op::Copy { uids: uids(set)?, to: behind.into() },
        "expunge" => Op::ExpungeUids { uids: uids(set)? },
        "find" => Op::FindMessageId { message_id: behind.into(), from_uid: set.parse().ok()? },
        "find-deleted" => Op::FindDeleted,
        "noop" => Op::Noop,
        "idle" => Op::Idle,
        "logout" => Op::Logout,
        _ => return None,
    })
}

fn uids(text: &str) -> Option<UidSet> {
    let mut uids = Vec::new();
    for range in text.split(',') {
        let (first, last) = range.split_once(':').unwrap_or((range, range));
        uids.extend(first.parse::<u32>().ok()?..=last.parse().ok()?);
    }
    Some(UidSet::of(uids))
}

fn flags(text: &str) -> Option<FlagBits> {
    text.split(' ').try_fold(FlagBits::NONE, |flags, name| {
        let known = FlagBits::NAMES.iter().find(|(_, known)| *known == name)?;
        Some(flags | known.0)
    })
}
