//! Mailboxes and what is appended to them.

use super::*;

#[test]
fn list_status_tells_what_the_extensions_know() {
    let mut store = store();
    let mut client = Client::signed_in(&mut store, Dialect::full());
    assert_eq!(
        client.says(
            &mut store,
            "a LIST \"\" (INBOX) RETURN (STATUS (MESSAGES UIDNEXT UIDVALIDITY HIGHESTMODSEQ SIZE MAILBOXID))"
        ),
        "* LIST (\\HasNoChildren) \"/\" \"INBOX\"\r\n* STATUS \"INBOX\" (MESSAGES 3 UIDNEXT 4 UIDVALIDITY 1700000001 \
         HIGHESTMODSEQ 4 SIZE 225 MAILBOXID (F1))\r\na OK LIST completed\r\n"
    );
    client.says(&mut store, "b UNSUBSCRIBE Archive");
    let subscribed = client.says(&mut store, "c LIST (SUBSCRIBED) \"\" \"*\"");
    assert_eq!(
        subscribed,
        "* LIST (\\HasNoChildren \\Subscribed) \"/\" \"INBOX\"\r\nc OK LIST completed\r\n"
    );
    assert_eq!(
        client.says(&mut store, "d LSUB \"\" \"*\""),
        "* LSUB () \"/\" \"INBOX\"\r\nd OK LSUB completed\r\n"
    );
    client.says(&mut store, "e SUBSCRIBE Archive");
    assert!(client.says(&mut store, "f LSUB \"\" \"*\"").contains("\"Archive\""));
}

#[test]
fn inbox_is_renamed_by_emptying_it() {
    let mut store = store();
    store.add_mailbox(USER, "INBOX/Below", None);
    let validity = store.mailbox(USER, "INBOX").unwrap().uid_validity();
    let mut watching = Client::in_inbox(&mut store, Dialect::full());
    let mut client = Client::signed_in(&mut store, Dialect::full());
    assert!(client.says(&mut store, "a RENAME INBOX Archive").starts_with("a NO [ALREADYEXISTS]"));
    assert!(client.says(&mut store, "b RENAME inbox Old/2026").starts_with("b OK"));
    assert_eq!((uids(&store, "INBOX"), uids(&store, "Old/2026")), (vec![], vec![1, 2, 3]));
    assert_eq!(store.mailbox(USER, "INBOX").unwrap().uid_validity(), validity);
    assert!(store.mailbox(USER, "INBOX/Below").is_some());
    assert_eq!(
        watching.says(&mut store, "c NOOP"),
        "* 1 EXPUNGE\r\n* 1 EXPUNGE\r\n* 1 EXPUNGE\r\nc OK done\r\n"
    );
}

#[test]
fn a_renamed_mailbox_keeps_its_uids_and_takes_its_children_along() {
    let mut store = store();
    store.add_mailbox(USER, "Archive/2025", None);
    let before = store.mailbox(USER, "Archive/2025").unwrap().id();
    let mut client = Client::signed_in(&mut store, Dialect::full());
    assert!(client.says(&mut store, "a RENAME Archive Archive/In").starts_with("a NO"));
    assert!(client.says(&mut store, "b RENAME Archive Kept").starts_with("b OK"));
    assert_eq!(store.mailbox(USER, "Kept/2025").unwrap().id(), before);
    assert!(client.says(&mut store, "c DELETE Kept").starts_with("c OK"));
    // The level stays as long as there is something below it.
    assert!(client.says(&mut store, "d LIST \"\" Kept").contains("(\\Noselect \\HasChildren)"));
    assert!(client.says(&mut store, "e DELETE Kept").starts_with("e NO"));
}

#[test]
fn a_mailbox_is_made_for_a_use() {
    let mut store = store();
    let mut client = Client::signed_in(&mut store, Dialect::full());
    assert_eq!(
        client.says(&mut store, "t2 CREATE MySpecial (USE (\\drafts))"),
        "t2 OK [MAILBOXID (F3)] CREATE completed\r\n"
    );
    assert!(client.says(&mut store, "a LIST (SPECIAL-USE) \"\" *").contains("\\Drafts) \"/\" \"MySpecial\""));
    assert!(client.says(&mut store, "b CREATE Other (USE (\\Nonsense))").starts_with("b NO [USEATTR]"));
    let mut old = Client::signed_in(&mut store, Dialect::bare_rfc3501());
    assert!(old.says(&mut store, "c CREATE Other (USE (\\Sent))").starts_with("c BAD"));
}

#[test]
fn several_mails_are_appended_at_once_or_none() {
    let mut store = store();
    let dialect = Dialect { append_limit: Some(10), ..Dialect::full() };
    let mut client = Client::signed_in(&mut store, dialect);
    assert_eq!(
        client.says(
            &mut store,
            "A003 APPEND Archive (\\Seen) {4+}\r\none\n (\\Draft) \" 7-Feb-1994 22:43:04 -0800\" {4+}\r\ntwo\n"
        ),
        "A003 OK [APPENDUID 1700000002 1:2] APPEND completed\r\n"
    );
    let archive = store.mailbox(USER, "Archive").unwrap();
    assert!(archive.mail(2).unwrap().flags().has("\\Draft") && archive.mail(1).unwrap().raw() == b"one\n");
    let answer = client.says(&mut store, "a APPEND Archive {4+}\r\nyes\n {11+}\r\n12345678901");
    assert!(answer.starts_with("a NO [TOOBIG]"), "{answer}");
    assert_eq!(uids(&store, "Archive"), [1, 2]);
    assert!(client.says(&mut store, "b STATUS INBOX (APPENDLIMIT)").contains("(APPENDLIMIT 10)"));
    assert!(client.says(&mut store, "c CAPABILITY").contains(" APPENDLIMIT=10"));
    assert!(client.says(&mut store, "d APPEND Nowhere {1+}\r\nx").starts_with("d NO [TRYCREATE]"));
}

#[test]
fn a_full_account_refuses_what_would_make_it_larger() {
    let mut store = store();
    let mut client = Client::in_inbox(&mut store, Dialect { quota: Some(230), ..Dialect::full() });
    assert!(client.says(&mut store, "a APPEND Archive {6+}\r\n123456").starts_with("a NO [OVERQUOTA]"));
    assert!(client.says(&mut store, "b UID COPY 1 Archive").starts_with("b NO [OVERQUOTA]"));
    assert!(client.says(&mut store, "c APPEND Archive {5+}\r\n12345").starts_with("c OK"));
    assert_eq!((uids(&store, "INBOX"), uids(&store, "Archive")), (vec![1, 2, 3], vec![1]));
}

#[test]
fn literal_minus_takes_small_literals_unasked_and_no_large_ones() {
    let mut store = store();
    let dialect = Dialect { literal_plus: false, literal_minus: true, ..Dialect::full() };
    let mut client = Client::signed_in(&mut store, dialect.clone());
    assert!(client.says(&mut store, "a CAPABILITY").contains(" LITERAL- "));
    let text = "x".repeat(4096);
    assert!(client.says(&mut store, &format!("b APPEND Archive {{4096+}}\r\n{text}")).starts_with("b OK"));
    let answer = client.says(&mut store, &format!("c APPEND Archive {{4097+}}\r\n{text}y"));
    assert!(answer.starts_with("* BYE"), "{answer}");
    assert!(client.connection.is_closed());
}

#[test]
fn couriers_mailboxes_are_below_inbox_and_listed_twice() {
    let mut store = store();
    store.add_mailbox(USER, "Travel/2026", None);
    let mut client = Client::signed_in(&mut store, Dialect::courier());
    assert_eq!(
        client.says(&mut store, "a NAMESPACE"),
        "* NAMESPACE ((\"INBOX.\" \".\")) NIL NIL\r\na OK NAMESPACE completed\r\n"
    );
    let once = |line: &str| format!("{line}\r\n{line}\r\n");
    assert_eq!(
        client.says(&mut store, "b LIST \"\" *"),
        once("* LIST (\\HasChildren) \".\" \"INBOX\"")
            + &once("* LIST (\\HasNoChildren) \".\" \"INBOX.Archive\"")
            + &once("* LIST (\\Noselect \\HasChildren) \".\" \"INBOX.Travel\"")
            + &once("* LIST (\\HasNoChildren) \".\" \"INBOX.Travel.2026\"")
            + "b OK LIST completed\r\n"
    );
    assert!(!client.says(&mut store, "c LIST \"INBOX.\" %").contains("2026"));
    assert!(client.says(&mut store, "d SELECT INBOX.Travel.2026").contains("d OK"));
    assert!(client.says(&mut store, "e SELECT Archive").starts_with("e NO"));
    assert!(client.says(&mut store, "f CREATE Drafts").starts_with("f NO"));
    assert!(client.says(&mut store, "g CREATE INBOX.Drafts").starts_with("g OK"));
    assert!(store.mailbox(USER, "Drafts").is_some());
    assert!(client.says(&mut store, "h UID MOVE 1 INBOX.Archive").starts_with("h BAD"));
}
