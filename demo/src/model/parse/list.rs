//! LIST and STATUS (RFC 5258, RFC 5819).

use super::super::command::{Command, ListCommand, StatusItem};
use super::{Cursor, Step};

impl Cursor<'_> {
    pub(super) fn list(&mut self) -> Step<Command> {
        let mut list = ListCommand::default();
        self.space()?;
        if self.peek() == Some(b'(') && self.dialect.list_status {
            for option in self.atoms()? {
                match option.to_ascii_uppercase().as_str() {
                    "SUBSCRIBED" => list.only_subscribed = true,
                    "SPECIAL-USE" if self.dialect.special_use => list.only_special_use = true,
                    "REMOTE" | "RECURSIVEMATCH" => {}
                    _ => return Err("Unknown LIST selection option"),
                }
            }
            self.space()?;
        }
        list.reference = self.astring()?;
        self.space()?;
        if self.peek() == Some(b'(') && self.dialect.list_status {
            self.expect(b'(')?;
            list.patterns.push(self.list_mailbox()?);
            while self.peek() == Some(b' ') {
                self.space()?;
                list.patterns.push(self.list_mailbox()?);
            }
            self.expect(b')')?;
        } else {
            list.patterns.push(self.list_mailbox()?);
        }
        if self.peek() == Some(b' ') && (self.dialect.list_status || self.dialect.special_use) {
            self.space()?;
            if !self.atom()?.eq_ignore_ascii_case("RETURN") {
                return Err("RETURN expected");
            }
            self.space()?;
            self.list_return(&mut list)?;
        }
        Ok(Command::List(list))
    }

    fn list_return(&mut self, list: &mut ListCommand) -> Step<()> {
        self.expect(b'(')?;
        while self.peek() != Some(b')') {
            match self.atom()?.to_ascii_uppercase().as_str() {
                "SUBSCRIBED" => list.return_subscribed = true,
                "CHILDREN" | "SPECIAL-USE" => {}
                "STATUS" if self.dialect.list_status => {
                    self.space()?;
                    list.return_status = Some(self.status_items()?);
                }
                _ => return Err("Unknown LIST return option"),
            }
            if self.peek() == Some(b' ') {
                self.space()?;
            }
        }
        self.expect(b')')
    }

    pub(super) fn status_items(&mut self) -> Step<Vec<StatusItem>> {
        let dialect = self.dialect;
        let read = |name: String| match name.to_ascii_uppercase().as_str() {
            "MESSAGES" => Ok(StatusItem::Messages),
            "RECENT" => Ok(StatusItem::Recent),
            "UNSEEN" => Ok(StatusItem::Unseen),
            "UIDNEXT" => Ok(StatusItem::UidNext),
            "UIDVALIDITY" => Ok(StatusItem::UidValidity),
            "HIGHESTMODSEQ" if dialect.condstore => Ok(StatusItem::HighestModSeq),
            "SIZE" if dialect.status_size || dialect.rev2 => Ok(StatusItem::Size),
            "DELETED" if dialect.rev2 => Ok(StatusItem::Deleted),
            "MAILBOXID" if dialect.objectid => Ok(StatusItem::MailboxId),
            "APPENDLIMIT" if dialect.append_limit.is_some() => Ok(StatusItem::AppendLimit),
            _ => Err("Unknown STATUS item"),
        };
        self.atoms()?.into_iter().map(read).collect()
    }
}
