//! Reads conversation files.

use waxwing_core::imap::{Credentials, Op, SessionOptions, UidSet};
use waxwing_core::model::{FlagBits, Role, Secret};

pub(super) struct Script {
    pub(super) credentials: Credentials,
    pub(super) options: SessionOptions,
    /// Each with the number of its line.
    pub(super) steps: Vec<(usize, Step)>,
}

#[derive(Debug, PartialEq)]
pub(super) enum Step {
    Server(Vec<u8>),
    Client(Vec<u8>),
    Do(u64, Op),
    FinishIdle,
    Compress,
    /// Octets that aren't compressed whatever was agreed on.
    Raw(Vec<u8>),
    Fact(String),
    Later(u64),
    End,
    Cut,
}

pub(super) fn parse(name: &str, text: &str) -> Script {
    let credentials = Credentials::password("mia", Secret::new("sesame"));
    let mut script = Script { credentials, options: SessionOptions::default(), steps: Vec::new() };
    for (index, line) in text.lines().enumerate() {
        let number = index + 1;
        if line.is_empty() || line.starts_with('#') || setting(line, &mut script).is_some() {
            continue;
        }
        let step = step(line).unwrap_or_else(|| panic!("{name}.imap line {number} means nothing: {line}"));
        script.steps.push((number, step));
    }
    script
}

/// A line that says with what the session begins.
fn setting(line: &str, script: &mut Script) -> Option<()> {
    let (name, value) = line.split_once(": ")?;
    let options = &mut script.options;
    match name {
        "user" => {
            let (user_name, secret) = value.split_once(' ')?;
            script.credentials = Credentials::password(user_name, Secret::new(secret));
        }
        "token" => {
            let (user_name, token) = value.split_once(' ')?;
            script.credentials = Credentials::bearer_token(user_name, Secret::new(token));
        }
        "host" => options.host = value.to_owned(),
        "nonce" => options.client_nonce = Some(value.to_owned()),
        "exporter" => options.channel_bindings.exporter = Some([value.parse().ok()?; 32]),
        "end point" => options.channel_bindings.server_end_point = Some(value.as_bytes().to_vec()),
        "names" => options.utf8_names = value == "utf-8",
        _ => return None,
    }
    Some(())
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
    if let Some(text) = after("raw%") {
        return Some(Step::Raw(octets(text)?));
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
        "compress" => Some(Step::Compress),
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
/// a Message-ID. `resync` has UIDVALIDITY, modseq and known UIDs (or `-`) before the mailbox; `changed` has the
/// modseq behind the UIDs, and `vanished` behind that; `part` and `binary` have part, offset and length.
fn op(text: &str) -> Option<Op> {
    let (verb, rest) = text.split_once(' ').unwrap_or((text, ""));
    let mailbox = || String::from_utf8(octets(rest).unwrap()).unwrap().into();
    let (set, behind) = rest.split_once(' ').unwrap_or((rest, ""));
    Some(match verb {
        "list" => Op::List,
        "list-status" => Op::ListStatus,
        "status" => Op::Status { mailbox: mailbox() },
        "create" => Op::Create { mailbox: mailbox(), role: Role::None },
        "select" => Op::Select { mailbox: mailbox() },
        "resync" => resync(rest)?,
        "flags" => Op::FetchFlags { uids: uids(set)? },
        "changed" => {
            let (since, vanished) =
                behind.split_once(' ').map_or((behind, false), |(since, _)| (since, true));
            Op::FetchChanged { uids: uids(set)?, since: since.parse().ok()?, vanished }
        }
        "headers" => Op::FetchHeaders { uids: uids(set)? },
        "bodies" => Op::FetchBodies { uids: uids(set)? },
        "part" | "binary" => {
            let words: Vec<&str> = behind.split(' ').collect();
            let [part, offset, length] = words.as_slice() else { return None };
            let (uid, part) = (set.parse().ok()?, (*part).into());
            let (offset, length) = (offset.parse().ok()?, length.parse().ok()?);
            match verb {
                "part" => Op::FetchPart { uid, part, offset, length },
                _ => Op::FetchBinary { uid, part, offset, length },
            }
        }
        "structures" => Op::FetchStructure { uids: uids(set)? },
        "set" | "clear" => Op::StoreFlags { uids: uids(set)?, set: verb == "set", flags: flags(behind)? },
        "move" => Op::Move { uids: uids(set)?, to: behind.into() },
        "copy" => Op::Copy { uids: uids(set)?, to: behind.into() },
        "expunge" => Op::ExpungeUids { uids: uids(set)? },
        "find" => Op::FindMessageId { message_id: behind.into(), from_uid: set.parse().ok()? },
        "find-deleted" => Op::FindDeleted,
        "find-all" => Op::FindAll,
        "search-subject" => {
            let words = String::from_utf8(octets(rest)?).ok()?;
            Op::Search { criteria: vec![waxwing_core::imap::ops::Criterion::Subject(words)] }
        }
        "namespace" => Op::Namespace,
        "notify" => Op::Notify,
        "noop" => Op::Noop,
        "idle" => Op::Idle,
        "logout" => Op::Logout,
        _ => return None,
    })
}

fn resync(text: &str) -> Option<Op> {
    let words: Vec<&str> = text.splitn(4, ' ').collect();
    let [uid_validity, modseq, known, mailbox] = words.as_slice() else { return None };
    Some(Op::Resync {
        mailbox: (*mailbox).into(),
        uid_validity: uid_validity.parse().ok()?,
        modseq: modseq.parse().ok()?,
        known: if *known == "-" { None } else { Some(uids(known)?) },
    })
}

fn uids(text: &str) -> Option<UidSet> {
    let mut ranges = Vec::new();
    for range in text.split(',') {
        let (first, last) = range.split_once(':').unwrap_or((range, range));
        ranges.push((first.parse().ok()?, last.parse().ok()?));
    }
    Some(UidSet::from_ranges(ranges))
}

fn flags(text: &str) -> Option<FlagBits> {
    text.split(' ').try_fold(FlagBits::NONE, |flags, name| {
        let known = FlagBits::NAMES.iter().find(|(_, known)| *known == name)?;
        Some(flags | known.0)
    })
}
