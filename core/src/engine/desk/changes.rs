//! Changes to mails and mailboxes: each is durable and shown before it is said to be taken.

use super::Desk;
use crate::command::{Message, Ticket};
use crate::engine::clock::Clock;
use crate::error::{Error, ErrorKind};
use crate::event::{Done, Event};
use crate::model::{AccountId, EmailId, FlagBits, Instant, MailboxId, Role, SendTime};
use crate::store::{Change, Changed, Held, Settled, Writer};
use crate::{mime, net, smtp};

/// What is wanted of mails.
pub(super) enum Wish {
    All(Change),
    /// In the mailbox of that role.
    ToRole(Role),
}

/// What is made of conversations.
#[derive(Clone, Copy)]
pub(super) enum Regroup {
    Split,
    Join,
}

/// Whose mails they are.
fn of_one_account(writer: &Writer, first: EmailId, emails: &[EmailId]) -> Result<AccountId, Error> {
    let account = writer.account_of(first)?;
    for email in emails {
        if writer.account_of(*email)? != account {
            return Err(Error::note(ErrorKind::InvalidInput, "the mails belong to several accounts"));
        }
    }
    Ok(account)
}

impl Desk {
    /// One operation: durable and visible before this returns.
    pub(super) async fn change(&self, ticket: Ticket, emails: Vec<EmailId>, wish: Wish) -> Result<(), Error> {
        let Some(first) = emails.first().copied() else {
            self.finish(ticket, Ok(Done::Nothing));
            return Ok(());
        };
        let recorded = self
            .write(move |writer| {
                let account = of_one_account(writer, first, &emails)?;
                let now = Clock::wall();
                let (count, changed) = match wish {
                    Wish::ToRole(role) => writer.record_to_role(ticket, account, &emails, role, now)?,
                    Wish::All(change) => {
                        let changes: Vec<(EmailId, Change)> =
                            emails.into_iter().map(|email| (email, change.clone())).collect();
                        writer.record(ticket, account, &changes, now)?
                    }
                };
                Ok((account, count, changed))
            })
            .await?;
        self.recorded(ticket, recorded)
    }

    /// The same for every mail in a mailbox.
    pub(super) async fn change_all_in(
        &self,
        ticket: Ticket,
        mailbox: MailboxId,
        change: Change,
    ) -> Result<(), Error> {
        let recorded = self
            .write(move |writer| {
                let account = writer.account_of_folder(mailbox)?;
                let (count, changed) = writer.record_in(ticket, mailbox, change, Clock::wall())?;
                Ok((account, count, changed))
            })
            .await?;
        self.recorded(ticket, recorded)
    }

    /// Tells what an operation changed here, and that there is something to carry out.
    fn recorded(
        &self,
        ticket: Ticket,
        (id, count, changed): (AccountId, usize, Changed),
    ) -> Result<(), Error> {
        let account = self.account(id)?;
        account.tell_changed(changed);
        if count == 0 {
            self.finish(ticket, Ok(Done::Nothing));
        } else {
            self.news.tell(&Event::AccountChanged { account: id });
            account.work.notify_one();
        }
        Ok(())
    }

    /// What a person makes of conversations: no server is asked.
    pub(super) async fn regroup(
        &self,
        ticket: Ticket,
        emails: Vec<EmailId>,
        what: Regroup,
    ) -> Result<(), Error> {
        let Some(first) = emails.first().copied() else {
            self.finish(ticket, Ok(Done::Nothing));
            return Ok(());
        };
        let (id, changed) = self
            .write(move |writer| {
                let account = of_one_account(writer, first, &emails)?;
                let now = Clock::wall();
                let changed = match what {
                    Regroup::Split => writer.split(ticket, account, &emails, now)?,
                    Regroup::Join => writer.join(ticket, account, &emails, now)?,
                };
                Ok((account, changed))
            })
            .await?;
        self.account(id)?.tell_changed(changed);
        self.finish(ticket, Ok(Done::Nothing));
        Ok(())
    }

    pub(super) async fn empty_trash(&self, ticket: Ticket, id: AccountId) -> Result<(), Error> {
        self.account(id)?;
        let trash = self.write(move |writer| writer.folder_with_role(id, Role::Trash)).await?;
        match trash {
            Some(trash) => self.change_all_in(ticket, trash, Change::Expunge).await,
            None => {
                self.finish(ticket, Ok(Done::Nothing));
                Ok(())
            }
        }
    }

    pub(super) async fn append(
        &self,
        ticket: Ticket,
        mailbox: MailboxId,
        Message(message): Message,
        flags: FlagBits,
        date: Instant,
    ) -> Result<(), Error> {
        let wrong = |note| Err(Error::note(ErrorKind::InvalidInput, note));
        match message.len() {
            0 => return wrong("the mail is empty"),
            size if size > APPEND => {
                return Err(Error::note(ErrorKind::LimitExceeded, "the mail is too large"));
            }
            _ if message.contains(&0) => return wrong("the mail holds a NUL"),
            _ => {}
        }
        let message = mime::with_line_ends(message);
        self.wish(mailbox, move |writer| writer.append(ticket, mailbox, &message, flags, date, Clock::wall()))
            .await
    }

    pub(super) async fn send(
        &self,
        ticket: Ticket,
        id: AccountId,
        Message(message): Message,
        time: SendTime,
    ) -> Result<(), Error> {
        self.check_sends(id)?;
        let held = held(time, Clock::wall())?;
        let message = smtp::completed(message, held.dated(), &net::nonce()?)?;
        let changed = self.write(move |writer| writer.send(ticket, id, &message, held)).await?;
        self.wished(id, changed)
    }

    /// That the account has a server to send by.
    pub(super) fn check_sends(&self, id: AccountId) -> Result<(), Error> {
        match self.account(id)?.submission() {
            Some(_) => Ok(()),
            None => Err(Error::note(ErrorKind::WrongState, "the account has no server to send mail by")),
        }
    }

    pub(super) async fn retry(&self, ticket: Ticket, operation: Ticket) -> Result<(), Error> {
        let recorded = self
            .write(move |writer| {
                let account = writer.account_of_operation(operation)?;
                let (count, changed) = writer.retry(operation, ticket, account, Clock::wall())?;
                Ok((account, count, changed))
            })
            .await?;
        self.recorded(ticket, recorded)
    }

    pub(super) async fn discard(&self, ticket: Ticket, operation: Ticket) -> Result<(), Error> {
        let (id, settled, changed) = self
            .write(move |writer| {
                let account = writer.account_of_operation(operation)?;
                let (settled, changed) = writer.discard(operation)?;
                Ok((account, settled, changed))
            })
            .await?;
        let account = self.account(id)?;
        account.tell_changed(changed);
        let (this, others): (Vec<Settled>, Vec<Settled>) =
            settled.into_iter().partition(|settled| settled.operation == operation);
        if !this.is_empty() {
            self.finish(operation, Err(Error::new(ErrorKind::Canceled)));
        }
        account.tell_settled(others);
        self.finish(ticket, Ok(Done::Nothing));
        self.news.tell(&Event::AccountChanged { account: id });
        Ok(())
    }

    // Changes to mailboxes.

    /// A wish that concerns a mailbox: durable and visible before this returns.
    pub(super) async fn wish(
        &self,
        mailbox: MailboxId,
        record: impl FnOnce(&mut Writer) -> Result<Changed, Error> + Send + 'static,
    ) -> Result<(), Error> {
        let (id, changed) =
            self.write(move |writer| Ok((writer.account_of_folder(mailbox)?, record(writer)?))).await?;
        self.wished(id, changed)
    }

    pub(super) fn wished(&self, id: AccountId, changed: Changed) -> Result<(), Error> {
        let account = self.account(id)?;
        account.tell_changed(changed);
        self.news.tell(&Event::AccountChanged { account: id });
        account.work.notify_one();
        Ok(())
    }

    pub(super) async fn create_mailbox(
        &self,
        ticket: Ticket,
        id: AccountId,
        path: String,
        role: Option<Role>,
    ) -> Result<(), Error> {
        self.account(id)?;
        check_path(&path)?;
        if let Some(role) = role {
            check_role(role)?;
        }
        let changed =
            self.write(move |writer| writer.create_mailbox(ticket, id, &path, role, Clock::wall())).await?;
        self.wished(id, changed)
    }

    pub(super) async fn rename_mailbox(
        &self,
        ticket: Ticket,
        mailbox: MailboxId,
        path: String,
    ) -> Result<(), Error> {
        check_path(&path)?;
        self.wish(mailbox, move |writer| writer.rename_mailbox(ticket, mailbox, &path, Clock::wall())).await
    }

    pub(super) async fn subscribe(
        &self,
        ticket: Ticket,
        mailbox: MailboxId,
        subscribed: bool,
    ) -> Result<(), Error> {
        self.wish(mailbox, move |writer| writer.subscribe_mailbox(ticket, mailbox, subscribed, Clock::wall()))
            .await
    }

    pub(super) async fn set_role(&self, ticket: Ticket, mailbox: MailboxId, role: Role) -> Result<(), Error> {
        check_role(role)?;
        let (id, changed) = self
            .write(move |writer| {
                let folder = writer.folder(mailbox)?;
                if folder.role == Role::Inbox {
                    return Err(Error::note(ErrorKind::WrongState, "INBOX is what it is"));
                }
                Ok((folder.account, writer.choose_role(mailbox, role)?))
            })
            .await?;
        self.wished(id, changed)?;
        self.finish(ticket, Ok(Done::Nothing));
        Ok(())
    }

    pub(super) async fn undo(&self, ticket: Ticket, operation: Ticket) -> Result<(), Error> {
        let (id, undone, changed) = self
            .write(move |writer| {
                let account = writer.account_of_operation(operation)?;
                let (undone, changed) = writer.undo(operation, ticket, account, Clock::wall())?;
                Ok((account, undone, changed))
            })
            .await?;
        let account = self.account(id)?;
        account.tell_changed(changed);
        if let Some(settled) = undone.settled {
            self.finish(settled.operation, Err(Error::new(ErrorKind::Canceled)));
        }
        account.tell_settled(undone.also);
        if undone.queued == 0 {
            self.finish(ticket, Ok(Done::Undone(operation)));
        }
        self.news.tell(&Event::AccountChanged { account: id });
        account.work.notify_one();
        Ok(())
    }
}

/// For how long a mail may be held back so that the person can take it back, and for how long to be sent later, ms.
const LONGEST_HOLD: i64 = 3600 * 1000;
const LONGEST_WAIT: i64 = 366 * 24 * LONGEST_HOLD;

/// When a mail is sent that is to be sent at that time.
pub(super) fn held(time: SendTime, now: Instant) -> Result<Held, Error> {
    let wrong = |note| Err(Error::note(ErrorKind::InvalidInput, note));
    let wait = match time {
        SendTime::After(hold) => i64::try_from(hold.as_millis()).unwrap_or(i64::MAX),
        SendTime::At(then) => then.0.saturating_sub(now.0).max(0),
    };
    match time {
        SendTime::After(_) if wait > LONGEST_HOLD => wrong("a mail is held back for an hour at most"),
        SendTime::At(_) if wait > LONGEST_WAIT => wrong("a mail is sent within a year"),
        _ if wait == 0 => Ok(Held { now, until: None, is_for_later: false }),
        _ => {
            let until = Some(Instant(now.0.saturating_add(wait)));
            Ok(Held { now, until, is_for_later: matches!(time, SendTime::At(_)) })
        }
    }
}

/// The largest mail that is handed over, in octets: more than any server takes.
const APPEND: usize = 256 << 20;

/// A path that can be a mailbox's. What the server makes of it is its own.
fn check_path(path: &str) -> Result<(), Error> {
    let wrong = |note| Err(Error::note(ErrorKind::InvalidInput, note));
    if path.trim().is_empty() || path.len() > 1000 {
        return wrong("the name is empty or too long");
    }
    if path.chars().any(char::is_control) {
        return wrong("the name holds a control character");
    }
    if path.contains(['*', '%']) {
        return wrong("the name holds a wildcard");
    }
    if path.eq_ignore_ascii_case("INBOX") {
        return wrong("there is one INBOX");
    }
    Ok(())
}

/// A role that a mailbox can be given.
fn check_role(role: Role) -> Result<(), Error> {
    match role {
        Role::None | Role::Sent | Role::Drafts | Role::Trash | Role::Junk | Role::Archive => Ok(()),
        Role::Inbox | Role::All | Role::Flagged => {
            Err(Error::note(ErrorKind::InvalidInput, "the server alone gives this role"))
        }
    }
}
