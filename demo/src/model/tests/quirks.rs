//! Servers with ways of their own.

use super::*;

#[test]
fn exchange_hangs_up_on_more_than_fifty_commands_at_once() {
    let mut store = store();
    let pipelined = |store: &mut Mailstore, count: usize| {
        let mut client = Client::signed_in(store, Dialect::exchange());
        client.connection.feed(store, "a NOOP\r\n".repeat(count).as_bytes(), NOW);
        client.connection.is_closed()
    };
    assert!(!pipelined(&mut store, 50));
    assert!(pipelined(&mut store, 51));
    let mut client = Client::in_inbox(&mut store, Dialect::exchange());
    for _ in 0..200 {
        assert!(client.says(&mut store, "a NOOP").starts_with("a OK"));
    }
}

#[test]
fn exchange_spoils_parts_and_sometimes_answers_nothing() {
    let mut store = store();
    let mut client = Client::in_inbox(&mut store, Dialect::exchange());
    assert!(client.says(&mut store, "a FETCH 1 BODY.PEEK[TEXT]<0.4>").contains("{4}\r\nHell)"));
    assert!(client.says(&mut store, "b FETCH 1 BODY.PEEK[TEXT]<4.4>").contains("{4}\r\nlo 1)"));
    let empty =
        (0..14).filter(|_| client.says(&mut store, "c UID FETCH 1 FLAGS") == "c OK FETCH completed\r\n");
    assert_eq!(empty.count(), 2);
    for line in ["d ENABLE CONDSTORE", "e SEARCH RETURN (ALL) ALL", "f COMPRESS DEFLATE", "g FETCH 1 MODSEQ"]
    {
        assert!(client.says(&mut store, line)[1..].starts_with(" BAD"), "{line}");
    }
}

#[test]
fn yahoo_hangs_up_on_long_lines_and_has_no_idle() {
    let mut store = store();
    let mut client = Client::in_inbox(&mut store, Dialect::yahoo());
    assert!(client.says(&mut store, "a IDLE").starts_with("a BAD"));
    let line = |length: usize| {
        let start = "b UID FETCH 1";
        format!("{start}{} FLAGS", ",1".repeat((length - start.len() - 6) / 2))
    };
    let short = line(999);
    assert!(short.len() <= 1000 && client.says(&mut store, &short).ends_with("b OK FETCH completed\r\n"));
    // A literal is no part of the line.
    let text = "x".repeat(2000);
    client.connection.feed(&mut store, b"c APPEND Archive {2000}\r\n", NOW);
    assert!(client.says(&mut store, &text).contains("c OK"));
    assert!(client.says(&mut store, &line(1003)).starts_with("* BYE"));
    assert!(client.connection.is_closed());
}

#[test]
fn netease_opens_no_mailbox_before_id() {
    let mut store = store();
    let mut client = Client::new(&mut store, Dialect::netease());
    client.says(&mut store, "a ID (\"name\" \"x\")");
    client.says(&mut store, "b LOGIN ada@example.org secret");
    assert!(client.says(&mut store, "c SELECT INBOX").starts_with("c NO SELECT Unsafe Login"));
    assert!(client.says(&mut store, "d ID (\"name\" \"x\")").contains("d OK"));
    assert!(client.says(&mut store, "e SELECT INBOX").contains("e OK"));
}

#[test]
fn qq_leaves_a_space_before_the_bracket() {
    let mut store = store();
    let mut client = Client::in_inbox(&mut store, Dialect::qq());
    assert!(client.says(&mut store, "a UID FETCH 1 FLAGS").starts_with("* 1 FETCH (UID 1 FLAGS () )\r\n"));
}

#[test]
fn cyrus_lists_logindisabled_after_sign_in_and_speaks_rev2() {
    let mut store = store();
    let mut client = Client::new(&mut store, Dialect::cyrus());
    let before = client.says(&mut store, "a CAPABILITY");
    assert!(!before.contains("LOGINDISABLED") && before.contains(" IMAP4rev2 "), "{before}");
    let after = client.says(&mut store, "b LOGIN ada@example.org secret");
    assert!(after.starts_with("b OK") && after.contains(" LOGINDISABLED "), "{after}");
    assert!(client.says(&mut store, "c SELECT INBOX").contains("* 0 RECENT"));
    assert_eq!(
        client.says(&mut store, "d ENABLE IMAP4rev2"),
        "* ENABLED IMAP4rev2\r\nd OK ENABLE completed\r\n"
    );
    let selected = client.says(&mut store, "e SELECT INBOX");
    assert!(selected.contains("* LIST () \"/\" \"INBOX\"\r\n") && !selected.contains("RECENT"), "{selected}");
    assert_eq!(
        client.says(&mut store, "f UID SEARCH ALL"),
        "* ESEARCH (TAG \"f\") UID ALL 1:3\r\nf OK SEARCH completed\r\n"
    );
    assert!(client.says(&mut store, "g STATUS INBOX (DELETED SIZE)").contains("(DELETED 0 SIZE 225)"));
}

#[test]
fn courier_tells_of_a_message_0() {
    let mut store = store();
    let mut client = Client::in_inbox(&mut store, Dialect::courier());
    store.mailbox_mut(USER, "INBOX").unwrap().remove(2);
    assert_eq!(client.says(&mut store, "a NOOP"), "* 2 EXPUNGE\r\n* 0 FETCH (FLAGS ())\r\na OK done\r\n");
}

#[test]
fn changes_may_come_in_the_middle_of_a_fetch() {
    let mut store = store();
    let mut client = Client::in_inbox(&mut store, Dialect { changes_amid_fetch: true, ..Dialect::full() });
    let inbox = store.mailbox_mut(USER, "INBOX").unwrap();
    inbox.append(mail(4), Flags::none(), NOW);
    inbox.remove(1);
    assert_eq!(
        client.says(&mut store, "a UID FETCH 2:4 (FLAGS)"),
        "* 2 FETCH (UID 2 FLAGS ())\r\n* 1 EXPUNGE\r\n* 3 EXISTS\r\n* 0 RECENT\r\n\
         * 2 FETCH (UID 3 FLAGS ())\r\na OK FETCH completed\r\n"
    );
    store.mailbox_mut(USER, "INBOX").unwrap().change_flags(4, |flags| flags.add("\\Flagged"));
    assert_eq!(
        client.says(&mut store, "b FETCH 1:2 UID"),
        "* 1 FETCH (UID 2)\r\n* 2 FETCH (UID 3)\r\n* 3 FETCH (FLAGS (\\Flagged) UID 4)\r\nb OK FETCH completed\r\n"
    );
}
