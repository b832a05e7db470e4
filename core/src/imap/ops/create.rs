//! CREATE (RFC 9051 section 6.3.4).

use super::{Plain, Started, Unsendable, Writer};

pub(super) fn start(writer: Writer<'_>, mailbox: &str) -> Result<Started, Unsendable> {
    Ok((writer.create(mailbox)?, Box::new(Plain)))
}

#[cfg(test)]
mod tests {
    use super::super::{Answer, Op, trial};

    #[test]
    fn a_name_goes_out_as_it_is() {
        let played = trial::play(&Op::Create { mailbox: "Entw&APw-rfe".into() }, "", &[], "A1 OK");
        assert_eq!(played.sent, "A1 CREATE Entw&APw-rfe\\r\\n");
        assert_eq!(played.answer, Answer::Done);
    }
}
