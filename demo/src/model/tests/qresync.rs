//! QRESYNC (RFC 7162 section 3.2).

use super::*;

fn enabled(store: &mut Mailstore, dialect: Dialect) -> Client {
    let mut client = Client::signed_in(store, dialect);
    assert_eq!(
        client.says(store, "e ENABLE QRESYNC X-UNKNOWN"),
        "* ENABLED QRESYNC\r\ne OK ENABLE completed\r\n"
    );
    client
}

/// INBOX with mails 1 to 9 of which 2, 3 and 7 went, at modseqs 11, 12 and 14, and 5 was flagged at 13.
fn thinned() -> Mailstore {
    let mut store = store();
    let inbox = store.mailbox_mut(USER, "INBOX").unwrap();
    for number in 4..=9 {
        inbox.append(mail(number), Flags::none(), NOW);
    }
    inbox.remove(2);
    inbox.remove(3);
    inbox.change_flags(5, |flags| flags.add("\\Flagged"));
    inbox.remove(7);
    store
}

/// What a SELECT with these QRESYNC arguments tells of mails.
fn resync(store: &mut Mailstore, dialect: Dialect, arguments: &str) -> String {
    let mut client = enabled(store, dialect);
    let answer = client.says(store, &format!("a SELECT INBOX (QRESYNC ({arguments}))"));
    assert!(answer.ends_with("a OK [READ-WRITE] SELECT completed\r\n"), "{answer}");
    let (_, told) = answer.split_once("[MAILBOXID (F1)] id\r\n").unwrap();
    told.replace("a OK [READ-WRITE] SELECT completed\r\n", "")
}

#[test]
fn select_tells_what_went_and_what_changed_since() {
    let mut store = thinned();
    let all = "* VANISHED (EARLIER) 2:3,7\r\n* 3 FETCH (UID 5 FLAGS (\\Flagged) MODSEQ (13))\r\n";
    assert_eq!(resync(&mut store, Dialect::full(), "1700000001 10"), all);
    assert_eq!(
        resync(&mut store, Dialect::full(), "1700000001 11"),
        "* VANISHED (EARLIER) 3,7\r\n* 3 FETCH (UID 5 FLAGS (\\Flagged) MODSEQ (13))\r\n"
    );
    assert_eq!(
        resync(&mut store, Dialect::full(), "1700000001 12"),
        "* VANISHED (EARLIER) 7\r\n* 3 FETCH (UID 5 FLAGS (\\Flagged) MODSEQ (13))\r\n"
    );
    assert_eq!(resync(&mut store, Dialect::full(), "1700000001 13"), "* VANISHED (EARLIER) 7\r\n");
    assert_eq!(resync(&mut store, Dialect::full(), "1700000001 14"), "");
    // Only of what the client says it knows.
    assert_eq!(resync(&mut store, Dialect::full(), "1700000001 10 1:3,6"), "* VANISHED (EARLIER) 2:3\r\n");
    // Other UIDs: nothing but the plain SELECT.
    assert_eq!(resync(&mut store, Dialect::full(), "1700000009 10"), "");
}

#[test]
fn a_server_that_forgot_old_expunges_tells_of_all_uids_it_lacks() {
    let mut store = thinned();
    let forgetful = Dialect { forgetful_expunges: true, ..Dialect::full() };
    assert_eq!(resync(&mut store, forgetful.clone(), "1700000001 13"), "* VANISHED (EARLIER) 2:3,7\r\n");
    // Mail 4 is number 2 and mail 5 number 3 here too: up to there nothing went that the client knows.
    assert_eq!(
        resync(&mut store, forgetful.clone(), "1700000001 13 1,4:9 (1:3,5 1,4:5,7)"),
        "* VANISHED (EARLIER) 7\r\n"
    );
    assert_eq!(
        resync(&mut store, forgetful.clone(), "1700000001 13 (2,3 4,5)"),
        "* VANISHED (EARLIER) 7\r\n"
    );
    assert_eq!(resync(&mut store, forgetful, "1700000001 14"), "");
}

#[test]
fn icloud_tells_of_mails_that_are_there_that_they_vanished() {
    let mut store = thinned();
    let icloud = Dialect { objectid: true, ..Dialect::icloud() };
    assert_eq!(resync(&mut store, icloud, "1700000001 13"), "* VANISHED (EARLIER) 6:7,9\r\n");
    assert_eq!(uids(&store, "INBOX"), [1, 4, 5, 6, 8, 9]);
}

#[test]
fn qresync_has_to_be_enabled_first_and_closes_aloud() {
    let mut store = store();
    let mut client = Client::in_inbox(&mut store, Dialect::full());
    assert!(client.says(&mut store, "a SELECT INBOX (QRESYNC (1700000001 1))").starts_with("a BAD"));
    assert!(client.says(&mut store, "b UID FETCH 1 (FLAGS) (CHANGEDSINCE 1 VANISHED)").starts_with("b BAD"));
    assert_eq!(
        client.says(&mut store, "c ENABLE QRESYNC"),
        "* ENABLED QRESYNC\r\n* OK [HIGHESTMODSEQ 4] highest\r\nc OK ENABLE completed\r\n"
    );
    assert!(client.says(&mut store, "d SELECT Archive").starts_with("* OK [CLOSED] "));
    let mut without = Client::in_inbox(&mut store, Dialect::condstore_only());
    assert_eq!(without.says(&mut store, "e ENABLE QRESYNC"), "* ENABLED\r\ne OK ENABLE completed\r\n");
    assert!(without.says(&mut store, "f SELECT INBOX (QRESYNC (1700000001 1))").starts_with("f BAD"));
    assert!(!without.says(&mut store, "g SELECT INBOX").contains("CLOSED"));
}

#[test]
fn vanished_takes_the_place_of_expunge() {
    let mut store = thinned();
    let mut one = enabled(&mut store, Dialect::full());
    one.says(&mut store, "a SELECT INBOX");
    let mut two = enabled(&mut store, Dialect::full());
    two.says(&mut store, "b SELECT INBOX");
    two.says(&mut store, "c UID STORE 1,4,5,8 +FLAGS.SILENT (\\Deleted)");
    assert_eq!(
        two.says(&mut store, "A202 EXPUNGE"),
        "* VANISHED 1,4:5,8\r\nA202 OK [HIGHESTMODSEQ 22] EXPUNGE completed\r\n"
    );
    // The other one may not hear of it while it counts on sequence numbers, nor outside of a command.
    assert_eq!(one.hears(&store), "");
    assert_eq!(one.says(&mut store, "d FETCH 6 UID"), "* 6 FETCH (UID 9)\r\nd OK FETCH completed\r\n");
    assert_eq!(one.says(&mut store, "f NOOP"), "* VANISHED 1,4:5,8\r\nf OK done\r\n");
    assert_eq!(one.says(&mut store, "g IDLE"), "+ idling\r\n");
    assert_eq!(
        two.says(&mut store, "h UID MOVE 6 Archive"),
        "* OK [COPYUID 1700000002 6 1] moved\r\n* VANISHED 6\r\nh OK [HIGHESTMODSEQ 23] MOVE completed\r\n"
    );
    assert_eq!(one.hears(&store), "* VANISHED 6\r\n");
}

#[test]
fn fetch_tells_what_vanished_of_the_uids_it_names() {
    let mut store = thinned();
    let mut client = enabled(&mut store, Dialect::full());
    client.says(&mut store, "a SELECT INBOX");
    assert_eq!(
        client.says(&mut store, "s100 UID FETCH 3:6,7 (FLAGS) (CHANGEDSINCE 10 VANISHED)"),
        "* VANISHED (EARLIER) 3,7\r\n* 3 FETCH (UID 5 FLAGS (\\Flagged) MODSEQ (13))\r\ns100 OK FETCH completed\r\n"
    );
    assert!(client.says(&mut store, "b FETCH 1:* (FLAGS) (CHANGEDSINCE 10 VANISHED)").starts_with("b BAD"));
    // 1:* reaches to the last UID there ever was.
    store.mailbox_mut(USER, "INBOX").unwrap().remove(9);
    assert_eq!(
        client.says(&mut store, "c UID FETCH 1:* (FLAGS) (CHANGEDSINCE 14 VANISHED)"),
        "* VANISHED (EARLIER) 9\r\n* VANISHED 9\r\nc OK [EXPUNGEISSUED] FETCH completed\r\n"
    );
}

#[test]
fn uid_is_in_every_fetch_once_qresync_is_on() {
    let mut store = thinned();
    let mut client = enabled(&mut store, Dialect { uid_in_unsolicited: false, ..Dialect::full() });
    client.says(&mut store, "a SELECT INBOX");
    assert_eq!(
        client.says(&mut store, "b STORE 1 +FLAGS.SILENT (\\Seen)"),
        "* 1 FETCH (UID 1 MODSEQ (15))\r\nb OK STORE completed\r\n"
    );
    store.mailbox_mut(USER, "INBOX").unwrap().change_flags(4, |flags| flags.add("\\Seen"));
    assert_eq!(client.hears(&store), "* 2 FETCH (FLAGS (\\Seen) UID 4 MODSEQ (16))\r\n");
}

#[test]
fn a_mailbox_numbered_anew_forgets_what_went() {
    let mut store = thinned();
    store.bump_uid_validity(USER, "INBOX");
    let validity = store.mailbox(USER, "INBOX").unwrap().uid_validity();
    assert_eq!(uids(&store, "INBOX"), [1, 2, 3, 4, 5, 6]);
    assert_eq!(resync(&mut store, Dialect::full(), &format!("{validity} 15")), "");
}
