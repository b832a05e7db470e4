//! The commands by name.

use super::super::command::{
    Appended, Command, NotifyCommand, NotifySelected, NotifyWhere, Resync, SelectCommand,
};
use super::super::date;
use super::{Cursor, Step};

impl Cursor<'_> {
    // One arm a command: longer than other functions, and read like a table.
    pub(super) fn plain_command(&mut self, name: &str) -> Step<Command> {
        let dialect = self.dialect;
        Ok(match name {
            "CAPABILITY" => Command::Capability,
            "NOOP" => Command::Noop,
            "CHECK" => Command::Check,
            "LOGOUT" => Command::Logout,
            "CLOSE" => Command::Close,
            "EXPUNGE" => Command::Expunge { uids: None },
            "UNSELECT" if dialect.unselect => Command::Unselect,
            "IDLE" if dialect.idle => Command::Idle,
            "NAMESPACE" if dialect.namespace => Command::Namespace,
            "ID" if dialect.id => {
                self.rest = b"";
                Command::Id
            }
            "ENABLE" if dialect.enable => self.enable()?,
            "COMPRESS" if dialect.compress => {
                self.space()?;
                match self.atom()?.to_ascii_uppercase().as_str() {
                    "DEFLATE" => Command::Compress,
                    _ => return Err("Unknown compression"),
                }
            }
            "NOTIFY" if dialect.notify => self.notify()?,
            "LOGIN" => Command::Login { user: self.spaced_string()?, password: self.spaced_string()? },
            "AUTHENTICATE" => {
                self.space()?;
                let mechanism = self.atom()?.to_ascii_uppercase();
                let initial = if self.peek() == Some(b' ') {
                    self.space()?;
                    Some(self.atom()?)
                } else {
                    None
                };
                Command::Authenticate { mechanism, initial }
            }
            "SELECT" | "EXAMINE" => self.select(name == "EXAMINE")?,
            "CREATE" => self.create()?,
            "DELETE" => Command::Delete { mailbox: self.mailbox()? },
            "RENAME" => Command::Rename { from: self.mailbox()?, to: self.mailbox()? },
            "SUBSCRIBE" | "UNSUBSCRIBE" => {
                Command::Subscribe { mailbox: self.mailbox()?, subscribed: name == "SUBSCRIBE" }
            }
            "LIST" => self.list()?,
            "LSUB" => Command::Lsub { reference: self.spaced_string()?, pattern: self.pattern()? },
            "STATUS" => {
                let mailbox = self.mailbox()?;
                self.space()?;
                Command::Status { mailbox, items: self.status_items()? }
            }
            "APPEND" => self.append()?,
            other => return self.message_command(other, false),
        })
    }

    pub(super) fn message_command(&mut self, name: &str, uid: bool) -> Step<Command> {
        match name {
            "FETCH" => self.fetch(uid),
            "SEARCH" => self.search(uid),
            "STORE" => self.store(uid),
            "COPY" => Ok(Command::Copy { uid, set: self.spaced_set()?, mailbox: self.mailbox()? }),
            "MOVE" if self.dialect.move_ => {
                Ok(Command::Move { uid, set: self.spaced_set()?, mailbox: self.mailbox()? })
            }
            "EXPUNGE" if uid && self.dialect.uidplus => {
                Ok(Command::Expunge { uids: Some(self.spaced_set()?) })
            }
            _ => Err("Unknown command"),
        }
    }

    fn enable(&mut self) -> Step<Command> {
        let mut names = Vec::new();
        while self.peek() == Some(b' ') {
            self.space()?;
            names.push(self.atom()?.to_ascii_uppercase());
        }
        if names.is_empty() { Err("What is to be enabled?") } else { Ok(Command::Enable(names)) }
    }

    fn create(&mut self) -> Step<Command> {
        let mailbox = self.mailbox()?;
        let mut special_use = None;
        if self.dialect.create_special_use && self.peek() == Some(b' ') {
            // (USE (\Drafts)): RFC 6154 section 3.
            self.space()?;
            self.expect(b'(')?;
            if !self.atom()?.eq_ignore_ascii_case("USE") {
                return Err("Unknown CREATE parameter");
            }
            self.space()?;
            special_use = self.atoms()?.into_iter().next();
            self.expect(b')')?;
        }
        Ok(Command::Create { mailbox, special_use })
    }

    fn select(&mut self, read_only: bool) -> Step<Command> {
        let mailbox = self.mailbox()?;
        let mut select = SelectCommand { mailbox, read_only, condstore: false, qresync: None };
        if self.dialect.condstore && self.rest.starts_with(b" (") {
            self.space()?;
            self.expect(b'(')?;
            while self.peek() != Some(b')') {
                match self.atom()?.to_ascii_uppercase().as_str() {
                    "CONDSTORE" => select.condstore = true,
                    "QRESYNC" if self.dialect.qresync => select.qresync = Some(self.resync()?),
                    _ => return Err("Unknown SELECT parameter"),
                }
                if self.peek() == Some(b' ') {
                    self.space()?;
                }
            }
            self.expect(b')')?;
        }
        Ok(Command::Select(select))
    }

    /// ` (uidvalidity modseq [known-uids] [(known-sequence-set known-uid-set)])`.
    fn resync(&mut self) -> Step<Resync> {
        self.space()?;
        self.expect(b'(')?;
        let uid_validity = u32::try_from(self.number()?).map_err(|_| "Number too large")?;
        let modseq = self.spaced_modseq()?;
        let (mut known, mut matches) = (None, None);
        if self.rest.starts_with(b" ") && !self.rest.starts_with(b" (") {
            known = Some(self.spaced_set()?);
        }
        if self.rest.starts_with(b" (") {
            self.space()?;
            self.expect(b'(')?;
            matches = Some((self.set()?, self.spaced_set()?));
            self.expect(b')')?;
        }
        self.expect(b')')?;
        Ok(Resync { uid_validity, modseq, known, matches })
    }

    fn append(&mut self) -> Step<Command> {
        let mailbox = self.mailbox()?;
        let mut mails = vec![self.appended()?];
        while self.dialect.multiappend && self.peek() == Some(b' ') {
            mails.push(self.appended()?);
        }
        Ok(Command::Append { mailbox, mails })
    }

    fn appended(&mut self) -> Step<Appended> {
        self.space()?;
        let mut flags = Vec::new();
        if self.peek() == Some(b'(') {
            flags = self.atoms()?;
            self.space()?;
        }
        let mut received = None;
        if self.peek() == Some(b'"') {
            let text = self.astring()?;
            received = Some(date::read_internal_date(&text).ok_or("Bad date-time")?);
            self.space()?;
        }
        let binary = self.peek() == Some(b'~');
        if binary && !self.dialect.binary {
            return Err("No literal8 here");
        }
        Ok(Appended { flags, date: received, message: self.literal()?, binary })
    }

    /// `NONE`, or `SET [STATUS] (where (events)) …` (RFC 5465 section 8). Which events is read and not kept: the model tells
    /// all it tells.
    fn notify(&mut self) -> Step<Command> {
        let mut notify = NotifyCommand::default();
        self.space()?;
        match self.atom()?.to_ascii_uppercase().as_str() {
            "NONE" => return Ok(Command::Notify(notify)),
            "SET" => {}
            _ => return Err("SET or NONE expected"),
        }
        if self.rest.len() > 1 && self.rest[1..].to_ascii_uppercase().starts_with(b"STATUS") {
            self.space()?;
            self.atom()?;
            notify.status = true;
        }
        while self.peek() == Some(b' ') {
            self.space()?;
            self.expect(b'(')?;
            self.event_group(&mut notify)?;
            self.expect(b')')?;
        }
        Ok(Command::Notify(notify))
    }

    fn event_group(&mut self, notify: &mut NotifyCommand) -> Step<()> {
        let place = self.atom()?.to_ascii_uppercase();
        let place = match place.as_str() {
            "SELECTED" => Err(NotifySelected::AtOnce),
            "SELECTED-DELAYED" => Err(NotifySelected::Delayed),
            "INBOXES" => Ok(NotifyWhere::Inboxes),
            "PERSONAL" => Ok(NotifyWhere::Personal),
            "SUBSCRIBED" => Ok(NotifyWhere::Subscribed),
            "MAILBOXES" => Ok(NotifyWhere::Mailboxes(self.one_or_more_mailboxes()?)),
            "SUBTREE" => Ok(NotifyWhere::Subtree(self.one_or_more_mailboxes()?)),
            _ => return Err("Unknown NOTIFY filter"),
        };
        self.space()?;
        let events = self.events()?;
        match place {
            _ if !events => {}
            Err(selected) => notify.selected = Some(selected),
            Ok(place) => notify.others.push(place),
        }
        Ok(())
    }

    /// `NONE`, or names in parentheses, MessageNew possibly with FETCH items behind it. Whether there are any.
    fn events(&mut self) -> Step<bool> {
        if self.next_word() == "NONE" {
            self.atom()?;
            return Ok(false);
        }
        self.expect(b'(')?;
        while self.peek() != Some(b')') {
            match self.atom()?.to_ascii_uppercase().as_str() {
                "MESSAGENEW" | "MESSAGEEXPUNGE" | "FLAGCHANGE" | "MAILBOXNAME" | "SUBSCRIPTIONCHANGE" => {}
                _ => return Err("[BADEVENT (MessageNew MessageExpunge FlagChange)] Unknown event"),
            }
            if self.peek() == Some(b' ') {
                self.space()?;
            }
            if self.peek() == Some(b'(') {
                self.fetch_items()?;
            }
            if self.peek() == Some(b' ') {
                self.space()?;
            }
        }
        self.expect(b')')?;
        Ok(true)
    }

    fn one_or_more_mailboxes(&mut self) -> Step<Vec<String>> {
        self.space()?;
        if self.peek() == Some(b'(') {
            self.parenthesized(Self::mailbox_name)
        } else {
            Ok(vec![self.mailbox_name()?])
        }
    }
}
