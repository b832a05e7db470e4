//! NAMESPACE (RFC 2342): under which prefix mailboxes are made.
//!
//! Quirk: Courier keeps everything below `INBOX.`.

use super::{Answer, Exchange, Started, Status, Unsendable, Writer};
use crate::imap::Capabilities;
use crate::wire::reader::{Namespaces, Response};
use crate::wire::utf7;

pub(super) fn start(writer: Writer<'_>, offered: &Capabilities) -> Result<Started, Unsendable> {
    let asking = Asking { told: Namespaces::default(), answered: false, utf8: offered.utf8() };
    Ok((writer.namespace()?, Box::new(asking)))
}

struct Asking {
    told: Namespaces,
    answered: bool,
    /// Names are UTF-8.
    utf8: bool,
}

impl Exchange for Asking {
    fn data(&mut self, response: &mut Response<'_>) -> bool {
        let Response::Namespaces(told) = response else { return false };
        self.told = std::mem::take(told);
        self.answered = true;
        true
    }

    fn is_whole(&self) -> bool {
        self.answered
    }

    fn answer(self: Box<Self>, _status: &Status<'_>) -> Answer {
        let utf8 = self.utf8;
        let decoded = |list: Vec<(String, Option<char>)>| {
            let decode = |name: String| if utf8 { name } else { utf7::decode(&name).unwrap_or(name) };
            list.into_iter().map(|(name, delimiter)| (decode(name), delimiter)).collect()
        };
        Answer::Namespaces {
            personal: decoded(self.told.personal),
            other: decoded(self.told.other),
            shared: decoded(self.told.shared),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Op, OpError, trial};
    use super::*;

    #[test]
    fn prefixes_are_decoded() {
        let lines: [&[u8]; 1] = [b"* NAMESPACE ((\"INBOX.\" \".\")) NIL ((\"&AOQ-.\" \".\"))"];
        let played = trial::play(&Op::Namespace, "NAMESPACE", &lines, "A1 OK");
        assert_eq!((played.sent.as_str(), played.taken), ("A1 NAMESPACE\\r\\n", vec![true]));
        let personal = vec![("INBOX.".to_owned(), Some('.'))];
        let shared = vec![("ä.".to_owned(), Some('.'))];
        assert_eq!(played.answer, Answer::Namespaces { personal, other: vec![], shared });
    }

    #[test]
    fn it_is_sent_only_where_offered_and_silence_is_no_answer() {
        let writer = Writer { tag: "A1", free_literal: 0 };
        let refused = Op::Namespace.start(writer, &Capabilities::default()).err();
        assert_eq!(refused, Some(OpError::NotOffered));
        let (_, exchange) = Op::Namespace.start(writer, &Capabilities::read(b"NAMESPACE")).unwrap();
        assert!(!exchange.is_whole());
    }
}
