//! What a submission server said it can, and what follows for a mail.

use lettre::transport::smtp::extension::{MailBodyParameter, MailParameter, RcptParameter};

use super::message::{Envelope, Told};
use super::reply::Reply;
use crate::error::{Error, ErrorKind, Limited, NO_SUCH_ADDRESSES, NO_SUCH_LETTERS, NO_SUCH_TEXT};

/// As said inside TLS.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Offers {
    /// 8BITMIME (RFC 6152), SMTPUTF8 (RFC 6531).
    pub(super) eight_bit: bool,
    pub(super) utf8: bool,
    /// SIZE (RFC 1870): `Some(0)` has no limit.
    pub(super) size: Option<u64>,
    /// How many people one mail may be for (LIMITS, RFC 9422).
    pub(super) people: Option<u64>,
    /// PIPELINING (RFC 2920), DSN (RFC 3461).
    pub(super) pipelining: bool,
    pub(super) dsn: bool,
    /// Ways to sign in, in upper case.
    auth: Vec<String>,
}

impl Offers {
    /// From the answer to EHLO.
    pub(super) fn of(reply: &Reply) -> Self {
        let mut offers = Self::default();
        for line in reply.lines.iter().skip(1) {
            // Old servers write AUTH=.
            let line = line.to_ascii_uppercase().replacen("AUTH=", "AUTH ", 1);
            let mut words = line.split_ascii_whitespace();
            match words.next() {
                Some("8BITMIME") => offers.eight_bit = true,
                Some("SMTPUTF8") => offers.utf8 = true,
                Some("PIPELINING") => offers.pipelining = true,
                Some("DSN") => offers.dsn = true,
                Some("SIZE") => {
                    offers.size = Some(words.next().and_then(|size| size.parse().ok()).unwrap_or(0));
                }
                Some("LIMITS") => {
                    let most = words.find_map(|limit| limit.strip_prefix("RCPTMAX="));
                    offers.people = most.and_then(|most| most.parse().ok()).filter(|most| *most > 0);
                }
                Some("AUTH") => offers.auth.extend(words.map(str::to_owned)),
                _ => {}
            }
        }
        offers
    }

    /// Whether that way to sign in is offered.
    pub(super) fn signs_in_by(&self, way: &str) -> bool {
        self.auth.iter().any(|offered| offered == way)
    }

    /// What is said with MAIL of this mail.
    ///
    /// # Errors
    /// The server has said that it can't carry it: nothing is sent. `LimitExceeded`, with both figures; `ServerRefused`.
    pub(super) fn takes(&self, envelope: &Envelope, mail: &Told<'_>) -> Result<Vec<MailParameter>, Error> {
        let cannot = |note| Err(Error::note(ErrorKind::ServerRefused, note));
        let (size, people) = (mail.len(), envelope.to.len());
        if let Some(most) = self.size.filter(|most| *most > 0 && size as u64 > *most) {
            return Err(Error::limit(Limited::Octets, size as u64, most));
        }
        if let Some(most) = self.people.filter(|most| people as u64 > *most) {
            return Err(Error::limit(Limited::People, people as u64, most));
        }
        let mut parameters = Vec::new();
        if envelope.needs_utf8 {
            if !self.utf8 {
                return cannot(if envelope.has_utf8_address { NO_SUCH_ADDRESSES } else { NO_SUCH_LETTERS });
            }
            parameters.push(MailParameter::SmtpUtfEight);
        }
        if !mail.is_ascii() {
            if !self.eight_bit {
                return cannot(NO_SUCH_TEXT);
            }
            parameters.push(MailParameter::Body(MailBodyParameter::EightBitMime));
        }
        if self.size.is_some() {
            parameters.push(MailParameter::Size(size));
        }
        if self.dsn {
            // A notice that it didn't arrive needs no copy of it: the mail is here.
            parameters.push(MailParameter::Other { keyword: "RET".into(), value: Some("HDRS".into()) });
        }
        Ok(parameters)
    }

    /// What is said with each RCPT: to be told when the mail didn't arrive, or takes long to.
    pub(super) fn notices(&self) -> Vec<RcptParameter> {
        let notify = RcptParameter::Other { keyword: "NOTIFY".into(), value: Some("FAILURE,DELAY".into()) };
        if self.dsn { vec![notify] } else { Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::super::message;
    use super::*;

    #[test]
    fn what_a_server_offers_is_read_in_any_case() {
        let lines = [
            "mail.example hi",
            "size 1000",
            "8bitmime",
            "AUTH=login plain",
            "limits MailMax=9 RcptMax=50",
            "HELP",
        ];
        let offers = Offers::of(&Reply { code: 250, lines: lines.map(str::to_owned).to_vec() });
        assert_eq!((offers.eight_bit, offers.utf8, offers.size), (true, false, Some(1000)));
        assert_eq!((offers.people, offers.pipelining, offers.dsn), (Some(50), false, false));
        assert!(offers.signs_in_by("LOGIN") && offers.signs_in_by("PLAIN") && !offers.signs_in_by("XOAUTH2"));
    }

    fn takes(offers: &Offers, mail: &str) -> Result<String, Error> {
        let mail = mail.as_bytes();
        let parameters = offers.takes(&message::envelope(mail).unwrap(), &message::told(mail).unwrap())?;
        Ok(parameters.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "))
    }

    #[test]
    fn a_mail_that_the_server_says_it_cannot_carry_is_not_offered() {
        let (people, text) = ("From: a@example.org\r\nTo: b@example.org\r\n", "\r\nx\r\n");
        let plain = format!("{people}{text}");
        let none = Offers::default();
        assert_eq!(takes(&none, &plain).unwrap(), "");
        let note = |mail: &str, offers: &Offers| takes(offers, mail).unwrap_err();
        let refused = |note| Error::note(ErrorKind::ServerRefused, note);
        let eight_bit = Offers { eight_bit: true, ..Offers::default() };
        assert_eq!(note(&format!("{plain}\u{e4}\r\n"), &none), refused(NO_SUCH_TEXT));
        assert_eq!(note(&format!("{people}Subject: \u{e4}\r\n{text}"), &eight_bit), refused(NO_SUCH_LETTERS));
        assert_eq!(
            note(&format!("{people}Cc: \u{e4}@example.org\r\n{text}"), &eight_bit),
            refused(NO_SUCH_ADDRESSES)
        );
        let all = Offers { utf8: true, size: Some(0), dsn: true, ..eight_bit };
        let utf8 = format!("{people}Subject: \u{e4}\r\n{text}");
        assert_eq!(
            takes(&all, &utf8).unwrap(),
            format!("SMTPUTF8 BODY=8BITMIME SIZE={} RET=HDRS", utf8.len())
        );
        assert_eq!(all.notices()[0].to_string(), "NOTIFY=FAILURE,DELAY");
        let small = Offers { size: Some(20), ..Offers::default() };
        assert_eq!(note(&plain, &small), Error::limit(Limited::Octets, plain.len() as u64, 20));
        let few = Offers { people: Some(1), ..Offers::default() };
        let two = format!("{people}Cc: c@example.org\r\n{text}");
        assert_eq!(note(&two, &few), Error::limit(Limited::People, 2, 1));
    }
}
