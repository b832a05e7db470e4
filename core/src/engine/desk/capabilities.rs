//! What one account's server offers and which ways were chosen, as lines of text for whoever helps.
//!
//! As the report it is made of words of ours alone, and of numbers.

use std::fmt::Write;

use super::Desk;
use super::report::{Learnt, Seen, learnt, plan};
use crate::command::Ticket;
use crate::error::Error;
use crate::event::{Done, Event};
use crate::model::{AccountId, AccountState};

impl Desk {
    pub(super) async fn capabilities(&self, ticket: Ticket, id: AccountId) -> Result<(), Error> {
        let account = self.account(id)?;
        let state = *account.state.borrow();
        let lines = lines(state, &learnt(account));
        self.news.tell(&Event::Finished { ticket, outcome: Ok(Done::Capabilities(lines)) });
        Ok(())
    }
}

/// `name: what it is`, a line each.
fn lines(state: AccountState, learnt: &Learnt) -> String {
    let mut lines = format!("state: {state:?}\n");
    let mut line = |name: &str, value: &str| {
        // Writing to a text doesn't fail.
        let _ = writeln!(lines, "{name}: {value}");
    };
    let Some(Seen { capabilities, server }) = &learnt.seen else {
        line("offers", "not known before the first sign-in");
        return lines;
    };
    line("server", &server.map_or_else(|| "not known".to_owned(), |server| format!("{server:?}")));
    line("offers", &capabilities.names().collect::<Vec<_>>().join(" "));
    let limit = capabilities.append_limit();
    line("append limit", &limit.map_or_else(|| "none".to_owned(), |limit| format!("{limit} octets")));
    for (name, way) in plan(capabilities) {
        line(name, way);
    }
    line("compressed", if learnt.is_packed { "yes" } else { "no" });
    let (open, allowed) = learnt.connections;
    line("connections", &format!("{open} besides the main one, {allowed} allowed"));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::imap::{Capabilities, Server};

    fn said(offered: Option<&[u8]>) -> String {
        let seen = offered
            .map(|names| Seen { capabilities: Capabilities::read(names), server: Some(Server::Dovecot) });
        lines(AccountState::Online, &Learnt { seen, is_packed: false, connections: (2, 5) })
    }

    #[test]
    fn a_line_says_one_thing_and_none_says_what_the_server_said() {
        let said = said(Some(b"IMAP4rev1 IDLE MOVE QRESYNC APPENDLIMIT=1000 X-OPERATOR=mallory"));
        let names: Vec<&str> = said.lines().map(|line| line.split_once(": ").unwrap().0).collect();
        let wanted = [
            "state",
            "server",
            "offers",
            "append limit",
            "sync",
            "list",
            "move",
            "delete",
            "news",
            "names",
            "compression",
            "compressed",
            "connections",
        ];
        assert_eq!(names, wanted);
        for line in [
            "server: Dovecot\n",
            "offers: IDLE MOVE CONDSTORE QRESYNC ENABLE APPENDLIMIT\n",
            "append limit: 1000 octets\n",
            "sync: QRESYNC\n",
            "list: LIST, STATUS\n",
            "move: MOVE\n",
            "connections: 2 besides the main one, 5 allowed\n",
        ] {
            assert!(said.contains(line), "{line}: {said}");
        }
        assert!(!said.contains("mallory") && !said.contains("OPERATOR"), "{said}");
    }

    #[test]
    fn before_the_first_sign_in_nothing_is_claimed() {
        assert_eq!(said(None), "state: Online\noffers: not known before the first sign-in\n");
    }
}
