//! One conversation with a submission server: sign in, name those who get a mail, hand it over.
//!
//! What a lost connection means depends on how far it came. Before the end of the mail has left, nothing can have been
//! accepted; afterwards nobody but the server knows. So the mail is `Offered` first, without its end, and whoever asked
//! decides when `finish` sends that.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use futures_util::FutureExt;
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::commands::{Data, Ehlo, Mail, Quit, Rcpt};
use lettre::transport::smtp::extension::{ClientId, MailBodyParameter, MailParameter};
use lettre::transport::smtp::response::Response;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::{Instant, timeout, timeout_at};
use zeroize::Zeroizing;

use super::message::{self, Envelope};
use super::opening::StartTls;
use super::wire::Wire;
use crate::error::{Error, ErrorKind};
use crate::model::{AccountConfig, Secret, SecretKind, Security, SubmissionServer};
use crate::net::{self, Target, Trust};
use crate::sign_in;

/// For names, TCP, TLS and what STARTTLS needs said.
const CONNECT: Duration = Duration::from_secs(30);
/// For an answer to a command, and for the network to take a piece of the mail.
const ANSWER: Duration = Duration::from_secs(120);
/// For the answer to the whole mail: servers look for viruses then (RFC 5321 section 4.5.3.2.6 asks for ten minutes).
const JUDGEMENT: Duration = Duration::from_secs(600);
/// For everything up to the end of the mail.
const OVERALL: Duration = Duration::from_secs(3600);
/// For taking leave.
const LEAVE: Duration = Duration::from_secs(3);
/// Octets of a mail that are handed over at once.
const PIECE: usize = 32 << 10;

/// Why a mail was not taken. Nothing of it was accepted.
#[derive(Clone, Debug)]
pub enum Refused {
    /// No connection, or it was lost: to be tried again.
    Lost(Error),
    /// The server can't now (a 4xx reply): to be tried again.
    Later(Error),
    /// Tried again it would be the same: a 5xx reply, a refused sign-in, or a mail the server says it can't carry.
    Never(Error),
}

/// How handing a mail over ended.
#[derive(Clone, Debug)]
pub enum Verdict {
    /// The server has it and sees to it.
    Accepted,
    /// It hasn't.
    Refused(Refused),
    /// The end of the mail was on its way, and there was no answer: it may have been accepted.
    Unknown(Error),
}

/// Who signs in.
#[derive(Clone)]
pub struct Sender {
    pub user_name: String,
    pub secret: Secret,
    pub kind: SecretKind,
}

impl Sender {
    /// Who an account is to that server, with that secret.
    pub fn of(
        config: &AccountConfig,
        server: &SubmissionServer,
        (secret, kind): (Secret, SecretKind),
    ) -> Self {
        // iCloud knows people by the first part of the address for reading, and by all of it for sending.
        let user_name = match server.host == "smtp.mail.me.com" && !config.user_name.contains('@') {
            true => config.address.clone(),
            false => config.user_name.clone(),
        };
        Self { user_name, secret, kind }
    }
}

/// A connection to a submission server, signed in.
pub struct Submission {
    connection: AsyncSmtpConnection,
    wire: Wire,
    offers: Offers,
    until: Instant,
}

/// What a server said it can, inside TLS.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Offers {
    eight_bit: bool,
    utf8: bool,
    /// SIZE (RFC 1870): `Some(0)` has no limit.
    size: Option<u64>,
    /// Ways to sign in, in upper case.
    auth: Vec<String>,
}

impl Offers {
    fn of(response: &Response) -> Self {
        let mut offers = Self::default();
        for line in response.message().skip(1) {
            // Old servers write AUTH=.
            let line = line.to_ascii_uppercase().replacen("AUTH=", "AUTH ", 1);
            let mut words = line.split_ascii_whitespace();
            match words.next() {
                Some("8BITMIME") => offers.eight_bit = true,
                Some("SMTPUTF8") => offers.utf8 = true,
                Some("SIZE") => {
                    offers.size = Some(words.next().and_then(|size| size.parse().ok()).unwrap_or(0))
                }
                Some("AUTH") => offers.auth.extend(words.map(str::to_owned)),
                _ => {}
            }
        }
        offers
    }

    fn takes(&self, envelope: &Envelope, mail: &[u8]) -> Result<Vec<MailParameter>, Error> {
        let cannot = |note| Err(Error::note(ErrorKind::ServerRefused, note));
        let mut parameters = Vec::new();
        if envelope.needs_utf8 {
            if !self.utf8 {
                return cannot(
                    "the server can't carry addresses or subjects in other letters than ASCII as they are",
                );
            }
            parameters.push(MailParameter::SmtpUtfEight);
        }
        if !mail.is_ascii() {
            if !self.eight_bit {
                return cannot("the server can't carry text in other letters than ASCII as it is");
            }
            parameters.push(MailParameter::Body(MailBodyParameter::EightBitMime));
        }
        if let Some(limit) = self.size {
            if limit > 0 && mail.len() as u64 > limit {
                return Err(Error::note(
                    ErrorKind::LimitExceeded,
                    "the server takes no mail as large as this",
                ));
            }
            parameters.push(MailParameter::Size(mail.len()));
        }
        Ok(parameters)
    }
}

/// Sees whether a submission server is there: connects, verifies who answers, and exchanges greetings. Nothing of a person is
/// told.
///
/// # Errors
/// Those of `connect`; whatever a server says that is none, or takes nobody now; `TimedOut`.
pub async fn greet(server: &SubmissionServer, trust: &Trust, deadline: Duration) -> Result<(), Error> {
    let until = Instant::now() + deadline;
    let greeted = async {
        let hello = ClientId::default();
        let wire = connect(server, trust, &hello, deadline).await?;
        let connecting = AsyncSmtpConnection::connect_with_transport(Box::new(wire), &hello);
        let mut connection = within(until, deadline, connecting).await?;
        // Whether it hears that makes no difference.
        let _ = within(until, Duration::from_secs(1), connection.command(Quit)).await;
        Ok(())
    };
    greeted.await.map_err(|refused| match refused {
        Refused::Lost(error) | Refused::Later(error) | Refused::Never(error) => error,
    })
}

/// A connection on which greetings are next.
async fn connect(
    server: &SubmissionServer,
    trust: &Trust,
    hello: &ClientId,
    deadline: Duration,
) -> Result<Wire, Refused> {
    let target = Target { host: server.host.clone(), port: server.port };
    let wire = match server.security {
        Security::Tls => net::connect(&target, trust, deadline).await.map(Wire::new),
        Security::StartTls => {
            let opening = StartTls { hello: hello.to_string() };
            net::connect_after(&target, trust, deadline, opening).await.map(Wire::greeted)
        }
    };
    wire.map_err(Refused::Lost)
}

impl Submission {
    /// Connects, verifies who answers, signs in. Nothing is sent before TLS but what STARTTLS needs, and only where that was
    /// chosen.
    ///
    /// # Errors
    /// `Refused::Never` is a refused sign-in, or none that is possible.
    pub async fn open(server: &SubmissionServer, trust: &Trust, sender: &Sender) -> Result<Self, Refused> {
        // Who we are is told by no name of this machine.
        let hello = ClientId::default();
        let wire = connect(server, trust, &hello, CONNECT).await?;
        let until = Instant::now() + OVERALL;
        let connecting = AsyncSmtpConnection::connect_with_transport(Box::new(wire.clone()), &hello);
        let mut connection = within(until, ANSWER, connecting).await?;
        // It keeps of the answer only what it knows itself: asked once more, all of it is heard.
        let response = within(until, ANSWER, connection.command(Ehlo::new(hello))).await?;
        let offers = Offers::of(&response);
        let mut submission = Self { connection, wire, offers, until };
        submission.sign_in(sender).await?;
        Ok(submission)
    }

    /// Takes leave; nothing was sent.
    pub async fn close(mut self) {
        let _ = timeout(LEAVE, self.connection.quit()).await;
    }

    async fn sign_in(&mut self, sender: &Sender) -> Result<(), Refused> {
        let (user, secret) = (sender.user_name.as_str(), sender.secret.reveal());
        let offered = |name: &str| self.offers.auth.iter().any(|way| way == name);
        let answer = match sender.kind {
            SecretKind::BearerToken if offered("XOAUTH2") => {
                let words = Zeroizing::new(format!("user={user}\x01auth=Bearer {secret}\x01\x01"));
                self.say(&line("AUTH XOAUTH2 ", words.as_bytes())).await?;
                let answer = self.answer(ANSWER).await;
                match answer {
                    // Why it is refused comes as a challenge, which wants an empty answer.
                    Ok(response) if response.has_code(334) => {
                        self.say(b"\r\n").await?;
                        self.answer(ANSWER).await
                    }
                    answer => answer,
                }
            }
            SecretKind::Password if offered("PLAIN") => {
                let words = Zeroizing::new(format!("\0{user}\0{secret}"));
                self.say(&line("AUTH PLAIN ", words.as_bytes())).await?;
                self.answer(ANSWER).await
            }
            SecretKind::Password if offered("LOGIN") => {
                self.say(b"AUTH LOGIN\r\n").await?;
                self.answer(ANSWER).await?;
                self.say(&line("", user.as_bytes())).await?;
                self.answer(ANSWER).await?;
                self.say(&line("", secret.as_bytes())).await?;
                self.answer(ANSWER).await
            }
            SecretKind::Password | SecretKind::BearerToken | SecretKind::Grant => {
                return Err(Refused::Never(Error::note(
                    ErrorKind::BrowserSignInNeeded,
                    "the server for sending offers no way to sign in with this secret",
                )));
            }
        };
        match answer {
            Ok(response) if response.has_code(235) => Ok(()),
            Ok(_) => Err(broken("the server asks for more than there is to sign in with")),
            Err(Refused::Never(error)) => {
                Err(Refused::Never(sign_in::refused_by_submission(error.server_text().unwrap_or_default())))
            }
            Err(refused) => Err(refused),
        }
    }

    /// Names who sends the mail and who gets it, and hands over all of it but its end. Everybody gets it or nobody: one
    /// recipient who is refused refuses the mail.
    ///
    /// # Errors
    /// When the server won't have it; then nobody gets it. Dropping what this gives means the same.
    pub async fn offer(mut self, envelope: &Envelope, mail: &[u8]) -> Result<Offered, Refused> {
        let mail = message::without_bcc(mail).map_err(Refused::Never)?;
        let parameters = self.offers.takes(envelope, &mail).map_err(Refused::Never)?;
        self.command(Mail::new(Some(envelope.from.clone()), parameters)).await?;
        for (count, address) in (0usize..).zip(&envelope.to) {
            self.command(Rcpt::new(address.clone(), Vec::new())).await.map_err(|refused| match refused {
                // More than it takes at once: it would be the same tomorrow.
                Refused::Later(error) if count >= 100 => Refused::Never(error),
                refused => refused,
            })?;
        }
        let go_on = self.command(Data).await?;
        if !go_on.has_code(354) {
            return Err(broken("the server's answer to DATA makes no sense"));
        }
        for piece in stuffed(&mail).chunks(PIECE) {
            self.say(piece).await?;
        }
        let end: &[u8] = if mail.ends_with(b"\r\n") { b".\r\n" } else { b"\r\n.\r\n" };
        Ok(Offered { submission: self, end })
    }

    async fn command(&mut self, command: impl std::fmt::Display) -> Result<Response, Refused> {
        within(self.until, ANSWER, self.connection.command(command)).await
    }

    async fn answer(&mut self, patience: Duration) -> Result<Response, Refused> {
        within(self.until, patience, self.connection.read_response()).await
    }

    async fn say(&mut self, bytes: &[u8]) -> Result<(), Refused> {
        let wire = &mut self.wire;
        let written = timeout_at(self.until.min(Instant::now() + ANSWER), async {
            wire.write_all(bytes).await?;
            wire.flush().await
        });
        match written.await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(Refused::Lost(Error::new(ErrorKind::Offline).because(error))),
            Err(_) => Err(Refused::Lost(Error::note(ErrorKind::TimedOut, "the server takes nothing more"))),
        }
    }
}

/// A mail of which the server has everything but the end. Dropped, it is not sent.
pub struct Offered {
    submission: Submission,
    end: &'static [u8],
}

impl Offered {
    /// Sends the end of the mail: from here on the server may accept it, whatever is heard of that.
    pub async fn finish(mut self) -> Verdict {
        let submission = &mut self.submission;
        // A server that hung up already, or spoke before its turn, won't have the mail: that is certain only now.
        if submission.wire.read(&mut [0]).now_or_never().is_some() {
            let error = Error::note(ErrorKind::Offline, "the server broke off before the end of the mail");
            return Verdict::Refused(Refused::Lost(error));
        }
        // Whatever time the mail took, its answer has its own.
        submission.until = Instant::now() + JUDGEMENT;
        let answer = match submission.say(self.end).await {
            Ok(()) => submission.answer(JUDGEMENT).await,
            Err(lost) => Err(lost),
        };
        match answer {
            Ok(response) if response.code().to_string().starts_with('2') => {
                // Whatever comes of this, the mail is the server's.
                let goodbye = within(
                    Instant::now() + CONNECT,
                    Duration::from_secs(2),
                    submission.connection.command(Quit),
                );
                let _ = goodbye.await;
                Verdict::Accepted
            }
            Ok(_) => Verdict::Unknown(Error::note(
                ErrorKind::ProtocolBroken,
                "the server's answer to the mail makes no sense",
            )),
            Err(Refused::Lost(error)) => Verdict::Unknown(error),
            Err(refused) => Verdict::Refused(refused),
        }
    }
}

/// A line of SASL; wiped when it goes.
fn line(before: &str, words: &[u8]) -> Zeroizing<Vec<u8>> {
    let encoded = Zeroizing::new(BASE64.encode(words));
    // In one piece, so that no part of it stays where it grew out of.
    let mut line = Zeroizing::new(Vec::with_capacity(before.len() + encoded.len() + 2));
    line.extend_from_slice(before.as_bytes());
    line.extend_from_slice(encoded.as_bytes());
    line.extend_from_slice(b"\r\n");
    line
}

/// The mail with a second dot where a line begins with one (RFC 5321 section 4.5.2). Its lines end in CR LF.
fn stuffed(mail: &[u8]) -> Vec<u8> {
    let mut stuffed = Vec::with_capacity(mail.len() + mail.len() / 64);
    for line in mail.split_inclusive(|octet| *octet == b'\n') {
        if line.starts_with(b".") {
            stuffed.push(b'.');
        }
        stuffed.extend_from_slice(line);
    }
    stuffed
}

/// Waits for a reply, and says what a bad one means.
async fn within<T>(
    until: Instant,
    patience: Duration,
    reply: impl Future<Output = Result<T, lettre::transport::smtp::Error>>,
) -> Result<T, Refused> {
    match timeout_at(until.min(Instant::now() + patience), reply).await {
        Ok(Ok(reply)) => Ok(reply),
        Ok(Err(error)) => Err(refused(error)),
        Err(_) => Err(Refused::Lost(Error::new(ErrorKind::TimedOut))),
    }
}

fn refused(error: lettre::transport::smtp::Error) -> Refused {
    use std::error::Error as _;
    // With its code: many servers' texts say little.
    let said = |error: &lettre::transport::smtp::Error| {
        let code = error.status().map(|code| code.to_string()).unwrap_or_default();
        let text = error.source().map(ToString::to_string).unwrap_or_default();
        format!("{code} {text}").trim().to_owned()
    };
    if error.is_permanent() {
        Refused::Never(Error::server(ErrorKind::ServerRefused, &said(&error)))
    } else if error.is_transient() {
        Refused::Later(Error::server(ErrorKind::ServerRefused, &said(&error)))
    } else if error.is_response() {
        // Among these is a stream that ends between two lines.
        Refused::Lost(Error::note(ErrorKind::Offline, "the connection ended, or what was said is no reply"))
    } else {
        Refused::Lost(Error::new(ErrorKind::Offline).because(error))
    }
}

fn broken(note: &'static str) -> Refused {
    Refused::Lost(Error::note(ErrorKind::ProtocolBroken, note))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dot_at_the_start_of_a_line_is_doubled_and_no_other() {
        assert_eq!(stuffed(b".\r\na.b\r\n..\r\n\r\n."), b"..\r\na.b\r\n...\r\n\r\n..");
    }

    #[test]
    fn what_a_server_offers_is_read_in_any_case() {
        let response: Response =
            "250-mail.example hi\r\n250-size 1000\r\n250-8bitmime\r\n250-AUTH=login plain\r\n250 HELP\r\n"
                .parse()
                .unwrap();
        let offers = Offers::of(&response);
        assert_eq!((offers.eight_bit, offers.utf8, offers.size), (true, false, Some(1000)));
        assert_eq!(offers.auth, ["LOGIN", "PLAIN"]);
    }

    #[test]
    fn a_mail_that_the_server_says_it_cannot_carry_is_not_offered() {
        let plain = message::envelope(b"From: a@example.org\r\nTo: b@example.org\r\n\r\n").unwrap();
        let utf8 = message::envelope(
            "From: a@example.org\r\nTo: b@example.org\r\nSubject: \u{e4}\r\n\r\n".as_bytes(),
        )
        .unwrap();
        let offers = |eight_bit, utf8, size| Offers { eight_bit, utf8, size, auth: Vec::new() };
        assert!(offers(false, false, None).takes(&plain, b"x").unwrap().is_empty());
        assert!(offers(false, false, None).takes(&plain, b"\xe4").is_err());
        assert!(offers(true, false, None).takes(&utf8, b"\xe4").is_err());
        let parameters = offers(true, true, Some(0)).takes(&utf8, b"\xe4").unwrap();
        assert_eq!(
            parameters.iter().map(ToString::to_string).collect::<Vec<_>>(),
            ["SMTPUTF8", "BODY=8BITMIME", "SIZE=1"]
        );
        let error = offers(true, true, Some(3)).takes(&plain, b"1234").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::LimitExceeded);
    }
}
