//! LOGOUT (RFC 9051 section 6.1.3). The BYE before the answer belongs to it; the session sees to that.

use super::{Plain, Started, Unsendable, Writer};

pub(super) fn start(writer: Writer<'_>) -> Result<Started, Unsendable> {
    Ok((writer.logout()?, Box::new(Plain)))
}

#[cfg(test)]
mod tests {
    use super::super::{Op, trial};

    #[test]
    fn it_is_one_word() {
        assert_eq!(trial::play(&Op::Logout, "", &[], "A1 OK bye").sent, "A1 LOGOUT\\r\\n");
    }
}
