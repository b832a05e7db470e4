//! From a command to the one that carries it out.

use super::Mailstore;
use super::command::Command;
use super::compress::Deflate;
use super::connection::{Connection, Expects, Reply};

impl Connection {
    pub(super) fn carry_out(&mut self, store: &mut Mailstore, tag: &str, command: Command) {
        let expunge_may_pass = command.lets_expunge_through();
        let compresses = command == Command::Compress && self.compression.is_none() && self.user.is_some();
        let reply = match command {
            Command::Capability => {
                let list = self.dialect.capabilities(self.user.is_some());
                self.line(&format!("* CAPABILITY {list}"));
                Reply::ok("CAPABILITY completed")
            }
            Command::Noop | Command::Check => Reply::ok("done"),
            Command::Id => {
                self.said_id = self.user.is_some();
                self.line("* ID (\"name\" \"Waxwing model server\")");
                Reply::ok("ID completed")
            }
            Command::Logout => {
                self.bye("Goodbye");
                self.closing = false;
                self.line(&format!("{tag} OK LOGOUT completed"));
                self.closing = true;
                return;
            }
            Command::Login { user, password } => self.login(store, &user, &password),
            Command::Authenticate { mechanism, initial } => {
                self.authenticate(store, tag, &mechanism, initial)
            }
            command => match self.user.clone() {
                None => Reply::Bad("Sign in first".to_owned()),
                Some(user) => self.signed_in(store, tag, &user, command),
            },
        };
        if self.dialect.gmail {
            store.settle();
        }
        if !self.closing {
            self.tell_changes(store, expunge_may_pass);
            self.tell_others(store);
        }
        self.reply(tag, reply);
        if compresses && !self.closing {
            // The answer goes out as it is; what comes after it doesn't (RFC 4978 section 3).
            self.wire.append(&mut self.output);
            self.compression = Some(Deflate::new());
        }
    }

    fn signed_in(&mut self, store: &mut Mailstore, tag: &str, user: &str, command: Command) -> Reply {
        match command {
            Command::Enable(names) => self.enable(store, user, &names),
            Command::Compress if self.compression.is_some() => Reply::no("[COMPRESSIONACTIVE] Already"),
            Command::Compress => Reply::ok("DEFLATE active"),
            Command::Namespace => {
                let (prefix, delimiter) = (self.dialect.prefix, self.dialect.delimiter);
                self.line(&format!("* NAMESPACE ((\"{prefix}\" \"{delimiter}\")) NIL NIL"));
                Reply::ok("NAMESPACE completed")
            }
            Command::Notify(command) => self.notify(store, user, command),
            Command::Idle => {
                self.line("+ idling");
                self.tell_changes(store, true);
                self.expects = Expects::Done { tag: tag.to_owned() };
                Reply::Later
            }
            Command::List(list) => self.list(store, user, &list),
            Command::Lsub { reference, pattern } => self.lsub(store, user, &reference, &pattern),
            Command::Status { mailbox, items } => self.status(store, user, &mailbox, &items),
            Command::Create { mailbox, special_use } => {
                self.create(store, user, &mailbox, special_use.as_deref())
            }
            Command::Delete { mailbox } => self.delete(store, user, &mailbox),
            Command::Rename { from, to } => self.rename(store, user, &from, &to),
            Command::Subscribe { mailbox, subscribed } => self.subscribe(store, user, &mailbox, subscribed),
            Command::Select(select) => self.select(store, user, &select),
            Command::Append { mailbox, mails } => self.append(store, user, &mailbox, mails),
            command => match store.account_mut(user) {
                Some(_) if self.selected.is_some() => self.in_mailbox(store, tag, user, command),
                _ => Reply::Bad("Select a mailbox first".to_owned()),
            },
        }
    }

    /// Switches on what it knows (RFC 5161); QRESYNC brings CONDSTORE along (RFC 7162 section 3.2.3).
    fn enable(&mut self, store: &Mailstore, user: &str, names: &[String]) -> Reply {
        let knew_modseqs = self.enabled.condstore;
        let mut enabled = String::new();
        for name in names {
            match name.as_str() {
                "CONDSTORE" if self.dialect.condstore => {}
                "QRESYNC" if self.dialect.qresync => self.enabled.qresync = true,
                "IMAP4REV2" if self.dialect.rev2 => {
                    self.enabled.rev2 = true;
                    enabled.push_str(" IMAP4rev2");
                    continue;
                }
                _ => continue,
            }
            self.enabled.condstore = true;
            enabled.push_str(&format!(" {name}"));
        }
        self.line(&format!("* ENABLED{enabled}"));
        // Who has a mailbox selected has to learn where its mod-sequences stand.
        let mailbox = self.mailbox(store, user).filter(|mailbox| self.tells_modseq(mailbox));
        if let Some(mailbox) = mailbox.filter(|_| !knew_modseqs) {
            let highest = self.modseq_on_wire(self.told_modseq(mailbox));
            self.line(&format!("* OK [HIGHESTMODSEQ {highest}] highest"));
        }
        Reply::ok("ENABLE completed")
    }

    fn in_mailbox(&mut self, store: &mut Mailstore, tag: &str, user: &str, command: Command) -> Reply {
        match command {
            Command::Unselect => {
                self.selected = None;
                Reply::ok("UNSELECT completed")
            }
            Command::Close => self.close(store, user),
            Command::Expunge { uids } => self.expunge(store, user, uids.as_ref()),
            Command::Fetch(fetch) => self.fetch(store, user, &fetch),
            Command::Search(search) => self.search(store, user, tag, &search),
            Command::Store(command) => self.store(store, user, &command),
            Command::Copy { uid, set, mailbox } => self.copy(store, user, uid, &set, &mailbox),
            Command::Move { uid, set, mailbox } => self.move_mails(store, user, uid, &set, &mailbox),
            // Every other command was taken above.
            _ => Reply::Bad("Not now".to_owned()),
        }
    }
}
