//! Why a mail was not sent, and what to do about it.

use waxwing_core::error::Limited;
use waxwing_core::smtp::SendFault;

use super::size;

/// Title and advice for a mail that the server for sending refused.
pub(super) fn refused(fault: SendFault) -> (String, String) {
    let (title, advice) = match fault {
        SendFault::NobodyThere => (
            "An address of this mail does not exist",
            "Look for a slip in it, or ask for the right one. Nobody has got the mail.",
        ),
        SendFault::TheirsFull => (
            "A mailbox this mail is for is full",
            "They have to make room before they can get it. Nobody has got the mail.",
        ),
        SendFault::NotYours => (
            "Your server does not send for this address",
            "Choose another one of yours as the sender, or send by the server that this address belongs to.",
        ),
        SendFault::TooLarge => ("This mail is too large", "Leave a file out, or share it in another way."),
        SendFault::TooMany => (
            "This mail is for more people than your server takes at once",
            "Send it to some of them first, then to the others.",
        ),
        SendFault::OverLimit => (
            "Your provider lets you send no more for now",
            "It allows so many mails in a time. Try again later.",
        ),
        SendFault::Unwanted => (
            "The server took this mail for unwanted, or a rule forbids it",
            "What it said may tell why. Nobody has got the mail.",
        ),
    };
    (title.into(), advice.into())
}

/// The same for one that is more than it takes.
pub(super) fn limit(of: Limited, is: u64, most: u64, host: &str) -> (String, String) {
    match of {
        Limited::Octets => (
            "This mail is too large".into(),
            format!(
                "It has {}, and {host} takes {} at most. Leave a file out, or share it in another way.",
                size(is),
                size(most)
            ),
        ),
        Limited::People => (
            "This mail is for more people than your server takes at once".into(),
            format!(
                "It is for {is}, and {host} takes {most}. Send it to some of them first, then to the others."
            ),
        ),
    }
}

/// The same for letters that it can't carry.
pub(super) fn letters() -> (String, String) {
    (
        "Your server can’t carry this mail".into(),
        "It takes nothing but plain letters (A to Z) in addresses, or as this mail has them. Use an address without others, or another server.".into(),
    )
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use waxwing_core::error::{Error, ErrorKind, Limited, NO_SUCH_ADDRESSES};

    use super::super::trouble::trouble;

    #[test]
    fn each_reason_for_a_refused_mail_has_its_own_words() {
        let said = [
            "<x@example.org> 550 5.1.1 no such user",
            "452 4.2.2 over quota",
            "553 5.7.1 sender address rejected: not owned by user",
            "552 5.3.4 too big",
            "452 4.5.3 too many recipients",
            "550 5.4.5 daily sending quota exceeded",
            "554 5.7.1 looks like spam",
            "554 no",
        ];
        let titles: HashSet<String> = said
            .iter()
            .map(|text| {
                let words = trouble(&Error::server(ErrorKind::ServerRefused, text), "h");
                assert!(words.server.is_some_and(|server| server.contains(text)));
                words.title
            })
            .collect();
        assert_eq!(titles.len(), said.len());
    }

    #[test]
    fn what_is_too_much_is_told_with_both_figures() {
        let words = trouble(&Error::limit(Limited::Octets, 31_000_000, 25_000_000), "smtp.example.org");
        assert!(
            words.advice.contains("31")
                && words.advice.contains("25")
                && words.advice.contains("smtp.example.org"),
            "{words:?}"
        );
        let words = trouble(&Error::limit(Limited::People, 120, 100), "smtp.example.org");
        assert!(words.advice.contains("120") && words.advice.contains("100"), "{words:?}");
        let words = trouble(&Error::note(ErrorKind::ServerRefused, NO_SUCH_ADDRESSES), "");
        assert_ne!(words.title, trouble(&Error::new(ErrorKind::ServerRefused), "").title);
    }
}
