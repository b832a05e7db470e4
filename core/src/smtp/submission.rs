//! One conversation with a submission server: sign in, name those who get a mail, hand it over.
//!
//! What a lost connection means depends on how far it came. Before the end of the mail has left, nothing can have been
//! accepted; afterwards nobody but the server knows. So the mail is `Offered` first, without its end, and whoever asked
//! decides when `finish` sends that.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use lettre::Address;
use lettre::transport::smtp::commands::{Data, Ehlo, Mail, Quit, Rcpt};
use lettre::transport::smtp::extension::{ClientId, MailParameter, RcptParameter};
use tokio::time::{Instant, timeout, timeout_at};
use zeroize::Zeroizing;

use super::message::{self, Envelope};
use super::offers::Offers;
use super::opening::StartTls;
use super::refusal;
use super::reply::Reply;
use super::wire::Wire;
use crate::error::{Error, ErrorKind};
use crate::model::{AccountConfig, Secret, SecretKind, Security, SubmissionServer};
use crate::net::{self, Target, Trust};
use crate::sign_in;

/// For names, TCP, TLS and what STARTTLS needs said.
const CONNECT: Duration = Duration::from_secs(30);
/// For the greeting, and for an answer to a command (RFC 5321 section 4.5.3.2.1 to 3): servers look up who is there.
const ANSWER: Duration = Duration::from_secs(300);
/// For the answer to DATA (4.5.3.2.4).
const GO_ON: Duration = Duration::from_secs(120);
/// For the network to take a piece of the mail (4.5.3.2.5).
const BLOCK: Duration = Duration::from_secs(180);
/// For the answer to the whole mail: servers look for viruses then (4.5.3.2.6).
const JUDGEMENT: Duration = Duration::from_secs(600);
/// For everything up to the end of the mail.
const OVERALL: Duration = Duration::from_secs(3600);
/// For taking leave.
const LEAVE: Duration = Duration::from_secs(3);
/// Octets of a mail that are handed over at once.
const PIECE: usize = 32 << 10;
/// Commands that are on their way at once where the server takes several (RFC 2920): their answers, too, fit what lies on
/// the way, so that nobody waits for the other to read.
const AT_ONCE: usize = 50;

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
    wire: Wire,
    offers: Offers,
    until: Instant,
}

/// Sees whether a submission server is there: connects, verifies who answers, and exchanges greetings. Nothing of a person is
/// told.
///
/// # Errors
/// Those of `connect`; whatever a server says that is none, or takes nobody now; `TimedOut`.
pub async fn greet(server: &SubmissionServer, trust: &Trust, deadline: Duration) -> Result<(), Error> {
    let greeted = timeout(deadline, async {
        let mut submission = Submission::begin(server, trust, deadline).await?;
        // Whether it hears that makes no difference.
        let _ = timeout(Duration::from_secs(1), submission.ask(Quit, ANSWER)).await;
        Ok(())
    });
    match greeted.await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(Refused::Lost(error) | Refused::Later(error) | Refused::Never(error))) => Err(error),
        Err(_) => Err(Error::new(ErrorKind::TimedOut)),
    }
}

impl Submission {
    /// Connects, verifies who answers, signs in. Nothing is sent before TLS but what STARTTLS needs, and only where that was
    /// chosen.
    ///
    /// # Errors
    /// `Refused::Never` is a refused sign-in, or none that is possible.
    pub async fn open(server: &SubmissionServer, trust: &Trust, sender: &Sender) -> Result<Self, Refused> {
        let mut submission = Self::begin(server, trust, CONNECT).await?;
        submission.sign_in(server, sender).await?;
        Ok(submission)
    }

    /// Connects and exchanges greetings.
    async fn begin(server: &SubmissionServer, trust: &Trust, deadline: Duration) -> Result<Self, Refused> {
        // Who we are is told by no name of this machine.
        let hello = ClientId::default();
        let target = Target { host: server.host.clone(), port: server.port };
        let link = match server.security {
            Security::Tls => net::connect(&target, trust, deadline).await,
            Security::StartTls => {
                let opening = StartTls { hello: hello.to_string() };
                net::connect_after(&target, trust, deadline, opening).await
            }
        };
        let wire = Wire::new(link.map_err(Refused::Lost)?);
        let mut submission = Self { wire, offers: Offers::default(), until: Instant::now() + OVERALL };
        // After STARTTLS a server doesn't greet again.
        if server.security == Security::Tls && submission.answer(ANSWER).await?.code != 220 {
            return Err(broken("the server greets like none for mail"));
        }
        let offered = submission.ask(Ehlo::new(hello), ANSWER).await?;
        submission.offers = Offers::of(&offered);
        Ok(submission)
    }

    /// Takes leave; nothing was sent.
    pub async fn close(mut self) {
        let _ = timeout(LEAVE, self.ask(Quit, LEAVE)).await;
    }

    async fn sign_in(&mut self, server: &SubmissionServer, sender: &Sender) -> Result<(), Refused> {
        let (user, secret) = (sender.user_name.as_str(), sender.secret.reveal());
        let offers = self.offers.clone();
        let answer = match sender.kind {
            SecretKind::BearerToken if offers.signs_in_by("OAUTHBEARER") => {
                // RFC 7628; in a name these two stand for something else (RFC 5801).
                let name = user.replace('=', "=3D").replace(',', "=2C");
                let (host, port) = (&server.host, server.port);
                let words =
                    format!("n,a={name},\x01host={host}\x01port={port}\x01auth=Bearer {secret}\x01\x01");
                self.token(&line("AUTH OAUTHBEARER ", Zeroizing::new(words).as_bytes()), b"AQ==\r\n").await
            }
            SecretKind::BearerToken if offers.signs_in_by("XOAUTH2") => {
                let words = Zeroizing::new(format!("user={user}\x01auth=Bearer {secret}\x01\x01"));
                self.token(&line("AUTH XOAUTH2 ", words.as_bytes()), b"\r\n").await
            }
            SecretKind::Password if offers.signs_in_by("PLAIN") => {
                let words = Zeroizing::new(format!("\0{user}\0{secret}"));
                self.say(&line("AUTH PLAIN ", words.as_bytes()), BLOCK).await?;
                self.answer(ANSWER).await
            }
            SecretKind::Password if offers.signs_in_by("LOGIN") => {
                self.say(b"AUTH LOGIN\r\n", BLOCK).await?;
                self.answer(ANSWER).await?;
                self.say(&line("", user.as_bytes()), BLOCK).await?;
                self.answer(ANSWER).await?;
                self.say(&line("", secret.as_bytes()), BLOCK).await?;
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
            Ok(reply) if reply.code == 235 => Ok(()),
            Ok(_) => Err(broken("the server asks for more than there is to sign in with")),
            Err(Refused::Never(error)) => {
                Err(Refused::Never(sign_in::refused_by_submission(error.server_text().unwrap_or_default())))
            }
            Err(refused) => Err(refused),
        }
    }

    /// Shows a token. Why it is refused comes as a challenge, which wants an answer that says nothing.
    async fn token(&mut self, words: &[u8], nothing: &[u8]) -> Result<Reply, Refused> {
        self.say(words, BLOCK).await?;
        let reply = self.answer(ANSWER).await?;
        if reply.code != 334 {
            return Ok(reply);
        }
        self.say(nothing, BLOCK).await?;
        self.answer(ANSWER).await
    }

    /// Names who sends the mail and who gets it, and hands over all of it but its end. Everybody gets it or nobody: one
    /// recipient who is refused refuses the mail.
    ///
    /// # Errors
    /// When the server won't have it; then nobody gets it. Dropping what this gives means the same.
    pub async fn offer(mut self, envelope: &Envelope, mail: &[u8]) -> Result<Offered, Refused> {
        let told = message::told(mail).map_err(Refused::Never)?;
        let parameters = self.offers.takes(envelope, &told).map_err(Refused::Never)?;
        self.name_people(envelope, parameters).await?;
        if self.ask(Data, GO_ON).await?.code != 354 {
            return Err(broken("the server's answer to DATA makes no sense"));
        }
        let mut stuffing = Stuffing::default();
        for piece in told.pieces(PIECE) {
            let stuffed = stuffing.of(piece);
            self.say(&stuffed, BLOCK).await?;
        }
        let end: &[u8] = if told.ends_with_line() { b".\r\n" } else { b"\r\n.\r\n" };
        Ok(Offered { submission: self, end })
    }

    /// MAIL and every RCPT. All are asked about, so that the person hears at once of everybody who is refused.
    async fn name_people(
        &mut self,
        envelope: &Envelope,
        parameters: Vec<MailParameter>,
    ) -> Result<(), Refused> {
        let notices: Vec<RcptParameter> = self.offers.notices();
        let mail = (None, Mail::new(Some(envelope.from.clone()), parameters).to_string());
        let people =
            envelope.to.iter().map(|to| (Some(to), Rcpt::new(to.clone(), notices.clone()).to_string()));
        let commands: Vec<_> = std::iter::once(mail).chain(people).collect();
        let (mut refused, mut taken): (Vec<(&Address, Reply)>, usize) = Default::default();
        let at_once = if self.offers.pipelining { AT_ONCE } else { 1 };
        'asking: for some in commands.chunks(at_once) {
            self.is_our_turn()?;
            let lines: String = some.iter().map(|(_, line)| line.as_str()).collect();
            self.say(lines.as_bytes(), BLOCK).await?;
            for (address, _) in some {
                let answer = self.reply(ANSWER).await;
                // Servers hang up on many refusals (Postfix on twenty): those it said count, or they would be tried for days.
                let has_told = refused.iter().any(|(_, reply)| reply.is_for_good());
                match (answer, address) {
                    (Ok(reply), _) if reply.is_done() => taken += usize::from(address.is_some()),
                    (Ok(reply), Some(to)) if reply.code != 421 => refused.push((*to, reply)),
                    (_, _) if has_told => break 'asking,
                    (Ok(reply), _) => {
                        return judged(reply).and(Err(broken("the server's answer makes no sense")));
                    }
                    (Err(lost), _) => return Err(lost),
                }
            }
            if refused.len() >= refusal::NAMED {
                break;
            }
        }
        refusal::of_people(&refused, taken, envelope.to.len())
    }

    /// Says a command and gives its answer.
    async fn ask(&mut self, command: impl std::fmt::Display, patience: Duration) -> Result<Reply, Refused> {
        self.is_our_turn()?;
        self.say(command.to_string().as_bytes(), BLOCK).await?;
        self.answer(patience).await
    }

    fn is_our_turn(&self) -> Result<(), Refused> {
        if self.wire.has_more() { Err(broken("the server speaks before its turn")) } else { Ok(()) }
    }

    /// The next reply, if it is none that refuses.
    async fn answer(&mut self, patience: Duration) -> Result<Reply, Refused> {
        judged(self.reply(patience).await?)
    }

    async fn reply(&mut self, patience: Duration) -> Result<Reply, Refused> {
        match timeout_at(self.until.min(Instant::now() + patience), self.wire.reply()).await {
            Ok(reply) => reply.map_err(Refused::Lost),
            Err(_) => Err(Refused::Lost(Error::new(ErrorKind::TimedOut))),
        }
    }

    async fn say(&mut self, octets: &[u8], patience: Duration) -> Result<(), Refused> {
        match timeout_at(self.until.min(Instant::now() + patience), self.wire.say(octets)).await {
            Ok(said) => said.map_err(Refused::Lost),
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
        if submission.wire.has_spoken() {
            let error = Error::note(ErrorKind::Offline, "the server broke off before the end of the mail");
            return Verdict::Refused(Refused::Lost(error));
        }
        // Whatever time the mail took, its answer has its own.
        submission.until = Instant::now() + JUDGEMENT;
        let answer = match submission.say(self.end, JUDGEMENT).await {
            Ok(()) => submission.answer(JUDGEMENT).await,
            Err(lost) => Err(lost),
        };
        match answer {
            Ok(reply) if reply.is_done() => {
                // Whatever comes of this, the mail is the server's.
                let _ = timeout(Duration::from_secs(2), submission.ask(Quit, LEAVE)).await;
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

/// Puts a second dot where a line begins with one (RFC 5321 section 4.5.2), piece by piece.
#[derive(Default)]
struct Stuffing {
    is_within_line: bool,
}

impl Stuffing {
    fn of(&mut self, piece: &[u8]) -> Vec<u8> {
        let mut stuffed = Vec::with_capacity(piece.len() + piece.len() / 64);
        for line in piece.split_inclusive(|octet| *octet == b'\n') {
            if line.starts_with(b".") && !self.is_within_line {
                stuffed.push(b'.');
            }
            stuffed.extend_from_slice(line);
            self.is_within_line = !line.ends_with(b"\n");
        }
        stuffed
    }
}

/// What a reply means that refuses.
fn judged(reply: Reply) -> Result<Reply, Refused> {
    if reply.is_for_good() {
        Err(Refused::Never(Error::server(ErrorKind::ServerRefused, &reply.said())))
    } else if reply.is_for_now() {
        Err(Refused::Later(Error::server(ErrorKind::ServerRefused, &reply.said())))
    } else {
        Ok(reply)
    }
}

fn broken(note: &'static str) -> Refused {
    Refused::Lost(Error::note(ErrorKind::ProtocolBroken, note))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dot_at_the_start_of_a_line_is_doubled_and_no_other_however_the_mail_is_cut() {
        let (mail, sent) = (b".\r\na.b\r\n..\r\n\r\n.", b"..\r\na.b\r\n...\r\n\r\n..");
        for size in 1..=mail.len() {
            let mut stuffing = Stuffing::default();
            let stuffed: Vec<u8> = mail.chunks(size).flat_map(|piece| stuffing.of(piece)).collect();
            assert_eq!(stuffed, sent, "{size}");
        }
    }
}
