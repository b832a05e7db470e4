//! SUBSCRIBE and UNSUBSCRIBE (RFC 9051 sections 6.3.7 and 6.3.8).

use super::{Plain, Started, Unsendable, Writer};

pub(super) fn start(writer: Writer<'_>, mailbox: &str, subscribed: bool) -> Result<Started, Unsendable> {
    Ok((writer.subscribe(mailbox, subscribed)?, Box::new(Plain)))
}

#[cfg(test)]
mod tests {
    use super::super::{Op, trial};

    #[test]
    fn on_and_off() {
        let sent = |subscribed| {
            trial::play(&Op::Subscribe { mailbox: "Work".into(), subscribed }, "", &[], "A1 OK").sent
        };
        assert_eq!(sent(true), "A1 SUBSCRIBE Work\\r\\n");
        assert_eq!(sent(false), "A1 UNSUBSCRIBE Work\\r\\n");
    }
}
