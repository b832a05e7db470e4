//! A report for whoever helps: what servers offer, which way was chosen, how far everything is. As JSON, on one line.
//!
//! It is passed on to strangers, so it is made of numbers and of words of ours alone: nothing in it was typed by a person or
//! said by a server.

use std::collections::BTreeMap;

use super::Desk;
use crate::command::Ticket;
use crate::engine::account::Account;
use crate::error::{Error, ErrorKind};
use crate::event::{Done, Event};
use crate::imap::{Capabilities, Capability, Server};
use crate::model::{AccountId, AccountStatus};
use crate::store::Reader;

/// What the engine knows of an account that isn't in the store.
pub(super) struct Learnt {
    /// As it was at the last sign-in; `None` before the first one.
    pub(super) seen: Option<Seen>,
    pub(super) is_packed: bool,
    /// Connections that are open besides the main one, and how many there may be in all.
    pub(super) connections: (usize, usize),
}

/// What a server showed of itself when the main connection signed in last.
#[derive(Clone, Copy, Debug)]
pub(in crate::engine) struct Seen {
    pub(in crate::engine) capabilities: Capabilities,
    pub(in crate::engine) server: Option<Server>,
}

impl Desk {
    pub(super) async fn report(&self, ticket: Ticket) -> Result<(), Error> {
        let learnt = self.accounts.iter().map(|(id, running)| (*id, learnt(&running.account))).collect();
        let reader = self.store.reader();
        let report = tokio::task::spawn_blocking(move || compose(&reader, &learnt))
            .await
            .unwrap_or_else(|error| Err(Error::new(ErrorKind::Bug).because(error)))?;
        self.news.tell(&Event::Finished { ticket, outcome: Ok(Done::Report(report)) });
        Ok(())
    }
}

pub(super) fn learnt(account: &Account) -> Learnt {
    let is_packed = account.packing().is_packed();
    Learnt { seen: account.seen(), is_packed, connections: account.pool.connections() }
}

fn compose(reader: &Reader, learnt: &BTreeMap<AccountId, Learnt>) -> Result<String, Error> {
    let mut accounts = Vec::new();
    for status in reader.accounts()? {
        let mailboxes = reader.mailboxes(status.id)?;
        let counts = object([
            ("mailboxes", mailboxes.len().to_string()),
            ("messages", mailboxes.iter().map(|mailbox| mailbox.total).sum::<u64>().to_string()),
            ("unread", mailboxes.iter().map(|mailbox| mailbox.unread).sum::<u64>().to_string()),
            ("bodies", status.bodies.0.to_string()),
            ("bodies_wanted", status.bodies.1.to_string()),
            ("changes_waiting", status.waiting.to_string()),
        ]);
        accounts.push(account(&status, learnt.get(&status.id), counts));
    }
    let system = format!("{}-{}", std::env::consts::OS, std::env::consts::ARCH);
    Ok(object([
        ("version", word(env!("CARGO_PKG_VERSION"))),
        ("system", word(&system)),
        ("accounts", array(accounts)),
    ]))
}

fn account(status: &AccountStatus, learnt: Option<&Learnt>, counts: String) -> String {
    let kind = status.error.as_ref().map(|error| format!("{:?}", error.kind()));
    let mut fields = vec![
        ("state", word(&format!("{:?}", status.state))),
        ("error", kind.map_or_else(null, |kind| word(&kind))),
        ("last_sync_ms", status.synced.map_or_else(null, |synced| synced.0.to_string())),
        ("counts", counts),
    ];
    if let Some(Learnt { is_packed, connections: (open, allowed), seen }) = learnt {
        fields.push((
            "connections",
            object([("besides_the_main_one", open.to_string()), ("allowed", allowed.to_string())]),
        ));
        fields.push(("compressed", is_packed.to_string()));
        if let Some(Seen { capabilities, server }) = seen {
            fields.push(("server", server.map_or_else(null, |server| word(&format!("{server:?}")))));
            fields.push(("capabilities", array(capabilities.names().map(word).collect())));
            let limit = capabilities.append_limit();
            fields.push(("append_limit", limit.map_or_else(null, |limit| limit.to_string())));
            fields.push(("plan", object(plan(capabilities).map(|(name, way)| (name, word(way))))));
        }
    }
    object(fields)
}

/// The way chosen for each thing of which servers offer several: see `sync::plan` and who carries it out.
pub(super) fn plan(offered: &Capabilities) -> [(&'static str, &'static str); 7] {
    let first = |ways: &[(Capability, &'static str)], otherwise| {
        let way = ways.iter().find(|(capability, _)| offered.has(*capability));
        way.map_or(otherwise, |(_, way)| *way)
    };
    [
        (
            "sync",
            first(
                &[(Capability::Qresync, "QRESYNC"), (Capability::Condstore, "CONDSTORE")],
                "full comparison",
            ),
        ),
        ("list", first(&[(Capability::ListStatus, "LIST-STATUS")], "LIST, STATUS")),
        (
            "move",
            first(
                &[(Capability::Move, "MOVE"), (Capability::UidPlus, "COPY, UID EXPUNGE")],
                "COPY, marked as deleted",
            ),
        ),
        ("delete", first(&[(Capability::UidPlus, "UID EXPUNGE")], "marked as deleted")),
        ("news", first(&[(Capability::Notify, "NOTIFY"), (Capability::Idle, "IDLE")], "asking")),
        ("names", if offered.utf8() { "UTF-8" } else { "modified UTF-7" }),
        ("compression", first(&[(Capability::Compress, "where it is faster")], "none")),
    ]
}

/// Words here are ours: they need no escaping.
fn word(word: &str) -> String {
    format!("\"{word}\"")
}

fn null() -> String {
    "null".to_owned()
}

fn array(items: Vec<String>) -> String {
    format!("[{}]", items.join(","))
}

fn object(fields: impl IntoIterator<Item = (&'static str, String)>) -> String {
    let fields = fields.into_iter().map(|(name, value)| format!("\"{name}\":{value}"));
    format!("{{{}}}", fields.collect::<Vec<_>>().join(","))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{AccountConfig, AccountState, Role, SecretKind, Security};
    use crate::store::{ListedFolder, Store};

    /// An account of which every text is a word of its own.
    fn store(directory: &std::path::Path) -> (Store, AccountId) {
        let store = Store::open(directory).unwrap();
        let config = AccountConfig {
            address: "anna.secretary@address.example".into(),
            display_name: "Display Person".into(),
            user_name: "signin-name".into(),
            imap_host: "imap.provider.example".into(),
            imap_port: 40_993,
            imap_security: Security::Tls,
            secret_kind: SecretKind::Password,
            submission: None,
        };
        let id = store.writer().add_account(&config).unwrap();
        let folder = ListedFolder {
            wire_name: "Divorce".into(),
            path: "Divorce".into(),
            delimiter: Some('/'),
            role: Role::None,
            selectable: true,
        };
        let _ = store.writer().list_folders(id, &[folder]).unwrap();
        (store, id)
    }

    fn report(seen: &[u8], error: Option<Error>) -> String {
        let directory = tempfile::tempdir().unwrap();
        let (store, id) = store(directory.path());
        let reader = store.reader();
        reader.set_state(id, AccountState::SignInNeeded, error);
        let seen = Seen { capabilities: Capabilities::read(seen), server: Some(Server::Dovecot) };
        let learnt = Learnt { seen: Some(seen), is_packed: false, connections: (1, 5) };
        compose(&reader, &BTreeMap::from([(id, learnt)])).unwrap()
    }

    #[test]
    fn nothing_private_is_in_it_and_nothing_a_server_said() {
        let refused = Error::server(ErrorKind::LoginRefused, "no mailbox of anna.secretary here");
        let report = report(b"IMAP4rev1 IDLE X-OPERATOR=mallory APPENDLIMIT=1000", Some(refused));
        for word in [
            "anna",
            "secretary",
            "address",
            "Display",
            "Person",
            "signin",
            "provider",
            "imap.",
            "example",
            "40993",
            "Divorce",
            "mallory",
            "OPERATOR",
            "no mailbox",
        ] {
            assert!(!report.contains(word), "{word}: {report}");
        }
        for field in [
            r#""state":"SignInNeeded""#,
            r#""error":"LoginRefused""#,
            r#""mailboxes":1"#,
            r#""capabilities":["IDLE","APPENDLIMIT"]"#,
            r#""append_limit":1000"#,
        ] {
            assert!(report.contains(field), "{field}: {report}");
        }
    }

    #[test]
    fn the_plan_is_what_the_server_allows() {
        let rich = report(b"QRESYNC LIST-STATUS MOVE UIDPLUS IDLE COMPRESS=DEFLATE", None);
        for way in [r#""sync":"QRESYNC""#, r#""list":"LIST-STATUS""#, r#""move":"MOVE""#, r#""news":"IDLE""#]
        {
            assert!(rich.contains(way), "{way}: {rich}");
        }
        let poor = report(b"IMAP4rev1 UIDPLUS", None);
        for way in [
            r#""sync":"full comparison""#,
            r#""list":"LIST, STATUS""#,
            r#""move":"COPY, UID EXPUNGE""#,
            r#""compression":"none""#,
        ] {
            assert!(poor.contains(way), "{way}: {poor}");
        }
    }
}
