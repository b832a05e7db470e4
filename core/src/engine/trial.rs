//! The sign-in with settings that nobody proved yet: reading mail, its mailboxes, sending mail. Nothing is kept of it.

use tokio::time::timeout;

use super::Manner;
use super::clock::Clock;
use super::life::{Life, Renewals};
use super::line::{Line, NoLine, Tries, op_error};
use super::news::News;
use crate::command::Ticket;
use crate::error::{Detail, Error, ErrorKind};
use crate::event::{CheckState, CheckStep, Event};
use crate::imap::ops::{Answer, Op};
use crate::imap::{Capability, Credentials};
use crate::model::{AccountConfig, Secret, SecretKind};
use crate::net::{Target, Trust};
use crate::oauth::Grant;
use crate::smtp::{Refused, Sender, Submission};

/// For the submission server as a whole: a person waits.
const SENDING: std::time::Duration = std::time::Duration::from_secs(30);

/// What is tried, and with what.
pub(super) struct Trial {
    pub(super) ticket: Ticket,
    pub(super) config: AccountConfig,
    pub(super) secret: Secret,
    pub(super) servers: Servers,
    pub(super) trust: Trust,
    pub(super) clock: Clock,
    pub(super) life: Life,
    pub(super) manner: Manner,
    pub(super) news: News,
}

/// Which servers are tried: those about which something is new.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Servers {
    pub(super) incoming: bool,
    /// Where there is one.
    pub(super) outgoing: bool,
}

impl Servers {
    pub(super) const BOTH: Self = Self { incoming: true, outgoing: true };
}

/// What was proved.
pub(super) struct Proven {
    /// With the name to sign in with.
    pub(super) config: AccountConfig,
    pub(super) secret: Secret,
    /// It was told by a server of Gmail's kind, which names mails for ever.
    pub(super) is_gmail: bool,
}

impl Trial {
    /// The same with another secret.
    pub(super) fn with(self, secret: Secret) -> Self {
        Self { secret, ..self }
    }

    /// What is said to servers: the secret itself, or the token that was had by it just now.
    fn said(&self) -> (Secret, SecretKind) {
        match Grant::of_secret(&self.secret) {
            Some(grant) if self.config.secret_kind == SecretKind::Grant => {
                (grant.access().clone(), SecretKind::BearerToken)
            }
            _ => (self.secret.clone(), self.config.secret_kind),
        }
    }

    /// Tries it, telling each step. Gives the settings that were proved, with the user name that was.
    ///
    /// A secret is refused twice at most, whether it is tried in two ways or with two user names. The server for sending hears
    /// of it only when the other one took it, and once.
    pub(super) async fn run(mut self) -> Result<Proven, Error> {
        let is_gmail = self.servers.incoming && self.try_reading().await?;
        if self.servers.outgoing {
            self.try_sending().await?;
        }
        Ok(Proven { config: self.config, secret: self.secret, is_gmail })
    }

    /// Signs in and counts the mailboxes. Says whether that server is of Gmail's kind.
    async fn try_reading(&mut self) -> Result<bool, Error> {
        self.tell(CheckStep::Incoming, CheckState::Begun);
        let (mut names, mut tries) = (user_names(&self.config).into_iter(), Tries::default());
        let mut line = loop {
            let Some(user_name) = names.next() else { return Err(Error::new(ErrorKind::Bug)) };
            self.config.user_name = user_name;
            match self.open(&mut tries).await {
                Ok(line) => break line,
                Err(error) if names.len() > 0 && tries.are_left() && is_about_the_name(&error) => {}
                Err(error) => return Err(self.failed(CheckStep::Incoming, error)),
            }
        };
        let is_gmail = line.capabilities().has(Capability::Gmail);
        self.tell(CheckStep::Incoming, CheckState::Passed(0));
        self.tell(CheckStep::Mailboxes, CheckState::Begun);
        let mailboxes = match line.ask(Op::List).await {
            Ok(Answer::Mailboxes(mailboxes)) => mailboxes.iter().filter(|mailbox| mailbox.selectable).count(),
            Ok(_) => return Err(self.failed(CheckStep::Mailboxes, Error::new(ErrorKind::Bug))),
            Err(error) => return Err(self.failed(CheckStep::Mailboxes, op_error(&error))),
        };
        line.log_out().await;
        self.tell(CheckStep::Mailboxes, CheckState::Passed(mailboxes as u64));
        Ok(is_gmail)
    }

    /// Whether the server for reading mail takes the secret, by the name that is known. Nothing is told of it.
    ///
    /// Errors: why it doesn't, or can't be asked.
    pub(super) async fn signs_in(self) -> Result<(), Error> {
        self.open(&mut Tries::default()).await?.log_out().await;
        Ok(())
    }

    async fn open(&self, tries: &mut Tries) -> Result<Line, Error> {
        let Self { config, trust, clock, life, manner, .. } = self;
        let (secret, kind) = self.said();
        let target = Target { host: config.imap_host.clone(), port: config.imap_port };
        let credentials = Credentials::new(config.user_name.clone(), secret, kind);
        let about = (*clock, life, &Renewals::default(), *manner);
        let opened = Line::open((&target, config.imap_security), trust, (credentials, tries), about).await;
        opened.map_err(|error| match error {
            NoLine::Failed(error) | NoLine::SignIn(error) => error,
        })
    }

    async fn try_sending(&self) -> Result<(), Error> {
        let Some(server) = &self.config.submission else { return Ok(()) };
        self.tell(CheckStep::Outgoing, CheckState::Begun);
        let sender = Sender::of(&self.config, server, self.said());
        let tried = timeout(SENDING, async {
            Submission::open(server, &self.trust, &sender).await?.close().await;
            Ok(())
        });
        let error = match tried.await {
            Ok(Ok(())) => {
                self.tell(CheckStep::Outgoing, CheckState::Passed(0));
                return Ok(());
            }
            Ok(Err(Refused::Lost(error) | Refused::Later(error) | Refused::Never(error))) => error,
            Err(_) => Error::new(ErrorKind::TimedOut),
        };
        Err(self.failed(CheckStep::Outgoing, error))
    }

    fn tell(&self, step: CheckStep, state: CheckState) {
        self.news.tell(&Event::AccountCheck { ticket: self.ticket, step, state });
    }

    fn failed(&self, step: CheckStep, error: Error) -> Error {
        self.tell(step, CheckState::Failed(error.clone()));
        error
    }
}

/// The names to sign in with: the one given, or the address and then what stands before its @, since servers want the one or
/// the other.
fn user_names(config: &AccountConfig) -> Vec<String> {
    if !config.user_name.is_empty() {
        return vec![config.user_name.clone()];
    }
    let mut names = vec![config.address.clone()];
    if let Some((local, _)) = config.address.rsplit_once('@').filter(|(local, _)| !local.is_empty()) {
        names.push(local.to_owned());
    }
    names
}

/// Whether it may be another name that is wanted: the server said no, and not why. One that itself proved nothing is told no more.
fn is_about_the_name(error: &Error) -> bool {
    error.kind() == ErrorKind::LoginRefused && matches!(error.detail(), Detail::Server(_))
}
