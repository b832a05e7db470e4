//! A mail as it is while it is being written, for other devices to go on with.

use super::compose::{Composition, Enclosure, SUBJECT, compose, identifier};
use super::recipients;
use crate::error::Error;
use crate::model::Instant;

/// The mail with these files. What can't be in a mail yet, such as an address that is half typed, is left out; while nobody is
/// named whom it is from it is from `own`.
///
/// # Errors
/// `InvalidInput` where it can't be made into a mail all the same.
pub fn drafted(
    mail: &Composition,
    files: &[Enclosure],
    own: &str,
    message_id: &str,
    at: Instant,
) -> Result<Vec<u8>, Error> {
    let mut from = valid(&mail.from);
    if from.len() != 1 {
        from = vec![own.to_owned()];
    }
    let list = |typed: &str| valid(typed).join(", ");
    let mut subject = mail.subject.clone();
    subject.truncate(subject.floor_char_boundary(SUBJECT));
    let written = Composition {
        from: from.concat(),
        to: list(&mail.to),
        cc: list(&mail.cc),
        bcc: list(&mail.bcc),
        reply_to: list(&mail.reply_to),
        subject,
        references: mail.references.iter().filter_map(|id| identifier(id).ok()).collect(),
        ..mail.clone()
    };
    compose(&written, files, message_id, at)
}

/// Those of a list whom mail can be sent to.
fn valid(typed: &str) -> Vec<String> {
    recipients::read(typed).into_iter().filter(|one| one.is_valid).map(|one| one.written()).collect()
}

/// A Message-ID (without brackets) made of `nonce`, in the domain of an address.
pub fn message_id(nonce: &str, address: &str) -> String {
    let unique: String = nonce.chars().filter(char::is_ascii_alphanumeric).collect();
    let domain = recipients::read(address).into_iter().find(|one| one.is_valid);
    let domain = domain.and_then(|one| Some(one.address.rsplit_once('@')?.1.to_owned()));
    let may_be = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.');
    let domain = domain.filter(|domain| !domain.is_empty() && domain.chars().all(may_be));
    format!("{unique}@{}", domain.as_deref().unwrap_or("localhost.invalid"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mime;

    fn text(mail: &Composition) -> String {
        let octets = drafted(mail, &[], "ada@example.org", "one@example.org", Instant(0)).unwrap();
        String::from_utf8(octets).unwrap()
    }

    #[test]
    fn what_is_half_typed_is_left_out_and_the_rest_is_there() {
        let mail = Composition {
            from: "Ada <ada@".into(),
            to: "Grace <grace@example.net>, alan@".into(),
            bcc: "secret@example.net; <".into(),
            subject: format!("a\r\nBcc: x@example.net {}", "é".repeat(3_000)),
            text: "half a sen".into(),
            references: vec!["a b".into(), "first@x".into(), "<x>".into()],
            ..Composition::default()
        };
        let text = text(&mail);
        let opened = mime::open(text.as_bytes(), mime::Wanted::default());
        assert_eq!(opened.email.from[0].address, "ada@example.org");
        assert_eq!(opened.email.to.len(), 1);
        assert_eq!(opened.email.to[0].address, "grace@example.net");
        assert_eq!(opened.bcc[0].address, "secret@example.net");
        assert_eq!(opened.facts.references, ["first@x"]);
        assert!(opened.email.subject.starts_with("a Bcc: x@example.net é"), "{}", opened.email.subject);
        assert!(opened.email.text.contains("half a sen"));
    }

    #[test]
    fn nothing_at_all_is_a_draft_as_well() {
        assert!(text(&Composition::default()).contains("From: <ada@example.org>"));
    }

    #[test]
    fn a_message_id_names_no_domain_that_is_none() {
        assert_eq!(message_id("a+b/c==", "Ada <ada@example.org>"), "abc@example.org");
        assert_eq!(message_id("abc", "nobody"), "abc@localhost.invalid");
    }
}
