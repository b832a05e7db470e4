//! What a refused mail means, by enhanced status codes (RFC 3463, 5248) where there are any: an address that doesn't exist is
//! another matter than a mail that is too large.

use lettre::Address;

use super::reply::Reply;
use super::submission::Refused;
use crate::error::{Error, ErrorKind, Limited};

/// So many people who were refused are named; nobody is asked about after them.
pub(super) const NAMED: usize = 20;

/// What a person can do about a refused mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SendFault {
    /// There is no such address.
    NobodyThere,
    /// Their mailbox is full.
    TheirsFull,
    /// The sender's address may not send by this server.
    NotYours,
    /// It is too large for the server, or for theirs.
    TooLarge,
    /// It is for more people than the server takes at once.
    TooMany,
    /// More was sent than may be in so much time.
    OverLimit,
    /// It was taken for unwanted, or is against a rule.
    Unwanted,
}

/// What a refusal of a submission server means; `None` where that can't be said, or it is no such refusal.
pub fn send_fault(error: &Error) -> Option<SendFault> {
    if !matches!(error.kind(), ErrorKind::ServerRefused | ErrorKind::LimitExceeded) {
        return None;
    }
    let text = error.server_text()?;
    // Who was refused stands before.
    let said = match text.strip_prefix('<') {
        Some(rest) => rest.split_once("> ")?.1,
        None => text,
    };
    let mut words = said.split(' ');
    let code: u16 = words.next().filter(|code| code.len() == 3)?.parse().ok()?;
    let enhanced = words.next().map(numbers).unwrap_or_default();
    meaning(code, enhanced, &said.to_lowercase())
}

/// `5.1.10` is class, subject and detail.
fn numbers(word: &str) -> Option<(u16, u16, u16)> {
    let mut parts = word.trim_end_matches([':', ';']).split('.').map(str::parse);
    match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some(Ok(class @ (2 | 4 | 5))), Some(Ok(subject)), Some(Ok(detail)), None) => {
            Some((class, subject, detail))
        }
        _ => None,
    }
}

fn meaning(code: u16, enhanced: Option<(u16, u16, u16)>, text: &str) -> Option<SendFault> {
    let says = |words: &[&str]| words.iter().any(|words| text.contains(words));
    if says(&["too many recipients"]) || matches!(enhanced, Some((_, 5, 3))) {
        return Some(SendFault::TooMany);
    }
    if says(&["not owned by user", "sendasdenied", "not allowed to send as", "sender address rejected"])
        || matches!(enhanced, Some((_, 1, 7 | 8) | (_, 7, 60)))
    {
        return Some(SendFault::NotYours);
    }
    if says(&["quota exceeded", "limit exceeded", "rate limit", "too many messages", "sending limit"])
        && !matches!(enhanced, Some((_, 2 | 3, _)))
        || matches!(enhanced, Some((_, 4, 5)))
    {
        return Some(SendFault::OverLimit);
    }
    match (code, enhanced) {
        (_, Some((_, 1, 1 | 2 | 3 | 6 | 10) | (_, 2, 1) | (5, 4, 4))) => Some(SendFault::NobodyThere),
        (_, Some((_, 2, 2))) => Some(SendFault::TheirsFull),
        (_, Some((_, 2, 3) | (_, 3, 4))) | (552, None) => Some(SendFault::TooLarge),
        (_, Some((5, 7, _))) => Some(SendFault::Unwanted),
        (550 | 551 | 553, None)
            if says(&["unknown", "no such", "not found", "does not exist", "doesn't exist"]) =>
        {
            Some(SendFault::NobodyThere)
        }
        _ => None,
    }
}

/// Everybody gets the mail or nobody: what becomes of it where the server took so many of `all`, and refuses these.
pub(super) fn of_people(refused: &[(&Address, Reply)], taken: usize, all: usize) -> Result<(), Refused> {
    let Some((_, first)) = refused.first() else { return Ok(()) };
    let are_too_many = |reply: &Reply| {
        let enhanced =
            reply.lines.first().and_then(|line| numbers(line.split(' ').next().unwrap_or_default()));
        let meant = meaning(reply.code, enhanced, &reply.said().to_lowercase());
        // RFC 5321 section 4.5.3.1.10.
        meant == Some(SendFault::TooMany) || reply.code == 452 && enhanced.is_none() && taken > 0
    };
    if refused.iter().any(|(_, reply)| are_too_many(reply)) {
        // Tried again it would be the same.
        return Err(Refused::Never(match taken {
            0 => Error::server(ErrorKind::LimitExceeded, &first.said()),
            taken => Error::limit(Limited::People, all as u64, taken as u64),
        }));
    }
    let is_for_good = refused.iter().any(|(_, reply)| !reply.is_for_now());
    // Who may be taken later isn't to blame where others won't be.
    let mut to_blame = refused.iter().filter(|(_, reply)| !is_for_good || !reply.is_for_now());
    let told: Vec<String> =
        to_blame.by_ref().take(NAMED).map(|(to, reply)| format!("<{to}> {}", reply.said())).collect();
    let more = match to_blame.count() {
        0 => String::new(),
        more => format!("\n(+{more})"),
    };
    let error = Error::server(ErrorKind::ServerRefused, &format!("{}{more}", told.join("\n")));
    Err(if is_for_good { Refused::Never(error) } else { Refused::Later(error) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_servers_say_of_a_refused_mail_is_told_apart() {
        use SendFault as F;
        for (text, fault) in [
            ("550 5.1.1 <x@example.org>: Recipient address rejected: User unknown", Some(F::NobodyThere)),
            ("<x@example.org> 550 5.1.1 no such user", Some(F::NobodyThere)),
            ("<\"a b\"@example.org> 550 5.1.10 RESOLVER.ADR.RecipientNotFound", Some(F::NobodyThere)),
            ("550 No such user here", Some(F::NobodyThere)),
            ("450 4.1.2 <x@nowhere.example>: Domain not found", Some(F::NobodyThere)),
            ("452 4.2.2 The email account that you tried to reach is over quota", Some(F::TheirsFull)),
            ("553 5.7.1 <x@example.org>: Sender address rejected: not owned by user ann", Some(F::NotYours)),
            (
                "554 5.2.252 SendAsDenied; ann@example.org not allowed to send as bob@example.org",
                Some(F::NotYours),
            ),
            ("552 5.3.4 Message size exceeds fixed limit", Some(F::TooLarge)),
            ("552 too big", Some(F::TooLarge)),
            ("452 4.5.3 Error: too many recipients", Some(F::TooMany)),
            ("550 5.4.5 Daily user sending limit exceeded.", Some(F::OverLimit)),
            ("451 4.7.1 Rate limit, come back later", Some(F::OverLimit)),
            ("550 5.7.1 Our system has detected that this message is likely unsolicited", Some(F::Unwanted)),
            ("451 4.3.0 try again", None),
            ("554 transaction failed", None),
            ("NO such mailbox", None),
            ("", None),
        ] {
            assert_eq!(send_fault(&Error::server(ErrorKind::ServerRefused, text)), fault, "{text}");
        }
        assert_eq!(send_fault(&Error::server(ErrorKind::LoginRefused, "535 5.7.8 no")), None);
        assert_eq!(send_fault(&Error::new(ErrorKind::ServerRefused)), None);
    }

    fn said(people: &[(&str, u16, &str)], all: usize) -> Option<Refused> {
        let addresses: Vec<Address> = people.iter().map(|(address, ..)| address.parse().unwrap()).collect();
        let refused: Vec<(&Address, Reply)> = addresses
            .iter()
            .zip(people)
            .map(|(address, (_, code, line))| {
                (address, Reply { code: *code, lines: vec![(*line).to_owned()] })
            })
            .collect();
        of_people(&refused, all.saturating_sub(people.len()), all).err()
    }

    #[test]
    fn who_is_refused_is_named_and_who_is_to_blame_alone() {
        assert!(said(&[], 3).is_none());
        let both = said(
            &[
                ("a@x.example", 550, "5.1.1 unknown"),
                ("b@x.example", 451, "4.7.1 later"),
                ("c@x.example", 550, "5.1.1 gone"),
            ],
            9,
        );
        let text = "<a@x.example> 550 5.1.1 unknown\n<c@x.example> 550 5.1.1 gone";
        assert!(matches!(both, Some(Refused::Never(error)) if error.server_text() == Some(text)));
        let later = said(&[("b@x.example", 451, "4.7.1 later")], 2);
        assert!(
            matches!(later, Some(Refused::Later(error)) if error.server_text() == Some("<b@x.example> 451 4.7.1 later"))
        );
        let many: Vec<(&str, u16, &str)> = vec![("a@x.example", 550, "no"); 30];
        assert!(matches!(said(&many, 30), Some(Refused::Never(error))
            if error.server_text().is_some_and(|text| text.lines().count() == 21 && text.ends_with("(+10)"))));
    }

    #[test]
    fn more_people_than_a_server_takes_are_counted() {
        for line in ["4.5.3 too many recipients", "Too many recipients", "enough"] {
            let error = said(&[("a@x.example", 452, line), ("b@x.example", 452, line)], 102);
            assert!(
                matches!(&error, Some(Refused::Never(error)) if *error == Error::limit(Limited::People, 102, 100)),
                "{line}: {error:?}"
            );
        }
        // Full for the moment is another thing.
        assert!(matches!(said(&[("a@x.example", 452, "4.3.1 no room")], 2), Some(Refused::Later(_))));
    }
}
