//! CONDSTORE (RFC 7162 section 3.1).

use super::*;

/// A client of a server with CONDSTORE that has INBOX selected and said so.
fn aware(store: &mut Mailstore) -> Client {
    let mut client = Client::signed_in(store, Dialect::condstore_only());
    let answer = client.says(store, "s SELECT INBOX (CONDSTORE)");
    assert!(answer.contains("* OK [HIGHESTMODSEQ 4] "), "{answer}");
    client
}

#[test]
fn who_never_asked_for_mod_sequences_is_told_none_but_the_highest() {
    let mut store = store();
    let mut client = Client::signed_in(&mut store, Dialect::condstore_only());
    assert!(client.says(&mut store, "a SELECT INBOX").contains("* OK [HIGHESTMODSEQ 4] "));
    assert_eq!(
        client.says(&mut store, "b UID STORE 1 +FLAGS (\\Seen)"),
        "* 1 FETCH (FLAGS (\\Seen) UID 1)\r\nb OK STORE completed\r\n"
    );
    let mut bare = Client::signed_in(&mut store, Dialect::no_condstore());
    assert!(!bare.says(&mut store, "c SELECT INBOX").contains("MODSEQ"));
    for line in [
        "d FETCH 1 MODSEQ",
        "e SELECT INBOX (CONDSTORE)",
        "f UID FETCH 1 (FLAGS) (CHANGEDSINCE 1)",
        "g UID STORE 1 (UNCHANGEDSINCE 1) +FLAGS (\\Seen)",
        "h UID SEARCH MODSEQ 1",
        "i STATUS INBOX (HIGHESTMODSEQ)",
    ] {
        assert!(bare.says(&mut store, line)[1..].starts_with(" BAD"), "{line}");
    }
}

#[test]
fn each_of_the_enabling_commands_brings_modseq_into_unasked_fetches() {
    for line in [
        "a SELECT INBOX (CONDSTORE)",
        "a STATUS Archive (HIGHESTMODSEQ)",
        "a LIST \"\" \"*\" RETURN (STATUS (HIGHESTMODSEQ))",
        "a FETCH 1 (MODSEQ)",
        "a UID FETCH 1 (FLAGS) (CHANGEDSINCE 1)",
        "a UID SEARCH MODSEQ 3",
        "a UID STORE 1 (UNCHANGEDSINCE 1) +FLAGS ()",
        "a ENABLE CONDSTORE",
    ] {
        let mut store = store();
        let mut client = Client::in_inbox(&mut store, Dialect::full());
        let answer = client.says(&mut store, line);
        assert!(answer.contains("a OK"), "{line}: {answer}");
        store.mailbox_mut(USER, "INBOX").unwrap().change_flags(2, |flags| flags.add("\\Flagged"));
        assert_eq!(client.hears(&store), "* 2 FETCH (FLAGS (\\Flagged) UID 2 MODSEQ (5))\r\n", "{line}");
    }
}

#[test]
fn every_change_moves_the_mod_sequence_and_nothing_else_does() {
    let mut store = store();
    let mut client = aware(&mut store);
    let mut highest = |line: &str| {
        client.says(&mut store, line);
        let answer = client.says(&mut store, "z STATUS INBOX (HIGHESTMODSEQ)");
        let digits: String = answer.chars().filter(char::is_ascii_digit).collect();
        digits.parse::<u64>().unwrap()
    };
    assert_eq!(highest("a NOOP"), 4);
    assert_eq!(highest("b UID STORE 1 +FLAGS.SILENT (\\Seen)"), 5);
    assert_eq!(highest("c UID STORE 1 +FLAGS.SILENT (\\Seen)"), 5);
    assert_eq!(highest("d UID FETCH 2 BODY[TEXT]"), 6);
    assert_eq!(highest("e APPEND INBOX {2+}\r\nhi"), 7);
    assert_eq!(highest("f UID STORE 1 -FLAGS.SILENT (\\Seen)"), 8);
    assert_eq!(highest("g UID STORE 1 +FLAGS.SILENT (\\Deleted)"), 9);
    assert_eq!(highest("h EXPUNGE"), 10);
    assert_eq!(highest("i UID MOVE 2 Archive"), 11);
}

#[test]
fn fetch_tells_modseq_and_only_what_changed_since() {
    let mut store = store();
    let mut client = aware(&mut store);
    assert_eq!(
        client.says(&mut store, "a UID FETCH 1:2 (FLAGS MODSEQ)"),
        "* 1 FETCH (UID 1 FLAGS () MODSEQ (2))\r\n* 2 FETCH (UID 2 FLAGS () MODSEQ (3))\r\n\
         a OK FETCH completed\r\n"
    );
    store.mailbox_mut(USER, "INBOX").unwrap().change_flags(1, |flags| flags.add("\\Seen"));
    client.hears(&store);
    assert_eq!(
        client.says(&mut store, "s100 UID FETCH 1:* (FLAGS) (CHANGEDSINCE 3)"),
        "* 1 FETCH (UID 1 FLAGS (\\Seen) MODSEQ (5))\r\n* 3 FETCH (UID 3 FLAGS () MODSEQ (4))\r\n\
         s100 OK FETCH completed\r\n"
    );
    assert_eq!(
        client.says(&mut store, "b UID FETCH 1:* (FLAGS) (CHANGEDSINCE 5)"),
        "b OK FETCH completed\r\n"
    );
    // A body that is read tells what became of the flags.
    assert_eq!(
        client.says(&mut store, "c UID FETCH 2 (BODY[TEXT])"),
        "* 2 FETCH (UID 2 FLAGS (\\Seen) MODSEQ (6) BODY[TEXT] {9}\r\nHello 2\r\n)\r\nc OK FETCH completed\r\n"
    );
    assert!(client.says(&mut store, "d UID FETCH 1 (FLAGS) (CHANGEDSINCE 1 VANISHED)").starts_with("d BAD"));
}

#[test]
fn unchangedsince_spares_what_changed_meanwhile_and_names_it() {
    let mut store = store();
    let mut client = aware(&mut store);
    store.mailbox_mut(USER, "INBOX").unwrap().change_flags(2, |flags| flags.add("\\Flagged"));
    client.hears(&store);
    assert_eq!(
        client.says(&mut store, "d105 STORE 3,2,1 (UNCHANGEDSINCE 4) +FLAGS.SILENT (\\Deleted)"),
        "* 1 FETCH (MODSEQ (6))\r\n* 3 FETCH (MODSEQ (7))\r\nd105 OK [MODIFIED 2] Conditional STORE failed\r\n"
    );
    assert_eq!(
        client.says(&mut store, "a103 UID STORE 1:2 (UNCHANGEDSINCE 5) -FLAGS (\\Deleted \\Flagged)"),
        "* 2 FETCH (FLAGS () UID 2 MODSEQ (8))\r\na103 OK [MODIFIED 1] Conditional STORE failed\r\n"
    );
    let deleted = |uid| store.mailbox(USER, "INBOX").unwrap().mail(uid).unwrap().flags().has("\\Deleted");
    assert_eq!([deleted(1), deleted(2), deleted(3)], [true, false, true]);
}

#[test]
fn a_silent_store_tells_the_new_modseq_once_condstore_is_on() {
    let mut store = store();
    let mut client = aware(&mut store);
    assert_eq!(
        client.says(&mut store, "a UID STORE 3 +FLAGS.SILENT (\\Seen)"),
        "* 3 FETCH (UID 3 MODSEQ (5))\r\na OK STORE completed\r\n"
    );
    assert_eq!(
        client.says(&mut store, "b UID STORE 1 +FLAGS (\\Deleted)"),
        "* 1 FETCH (FLAGS (\\Deleted) UID 1 MODSEQ (6))\r\nb OK STORE completed\r\n"
    );
    assert_eq!(
        client.says(&mut store, "c UID EXPUNGE 1"),
        "* 1 EXPUNGE\r\nc OK [HIGHESTMODSEQ 7] EXPUNGE completed\r\n"
    );
    assert_eq!(client.says(&mut store, "d CLOSE"), "d OK CLOSE completed\r\n");
}

#[test]
fn search_finds_by_modseq_and_tells_the_highest_found() {
    let mut store = store();
    let mut client = aware(&mut store);
    assert_eq!(
        client.says(&mut store, "a SEARCH MODSEQ 3"),
        "* SEARCH 2 3 (MODSEQ 4)\r\na OK SEARCH completed\r\n"
    );
    assert_eq!(
        client.says(&mut store, "b UID SEARCH MODSEQ \"/flags/\\\\draft\" all 3 NOT UID 3"),
        "* SEARCH 2 (MODSEQ 3)\r\nb OK SEARCH completed\r\n"
    );
    assert_eq!(
        client.says(&mut store, "t SEARCH OR MODSEQ 5 LARGER 50000"),
        "* SEARCH\r\nt OK SEARCH completed\r\n"
    );
    assert_eq!(
        client.says(&mut store, "c UID SEARCH RETURN (ALL) MODSEQ 3"),
        "* ESEARCH (TAG \"c\") UID ALL 2:3 MODSEQ 4\r\nc OK SEARCH completed\r\n"
    );
    // With MIN or MAX alone it is the modseq of that one.
    assert_eq!(
        client.says(&mut store, "d UID SEARCH RETURN (MIN) MODSEQ 1"),
        "* ESEARCH (TAG \"d\") UID MIN 1 MODSEQ 2\r\nd OK SEARCH completed\r\n"
    );
}

#[test]
fn a_mailbox_without_mod_sequences_says_so() {
    let mut store = store();
    store.mailbox_mut(USER, "INBOX").unwrap().set_keeps_modseq(false);
    let mut client = Client::signed_in(&mut store, Dialect::full());
    let answer = client.says(&mut store, "a SELECT INBOX (CONDSTORE)");
    assert!(answer.contains("* OK [NOMODSEQ] ") && !answer.contains("HIGHESTMODSEQ"), "{answer}");
    assert!(client.says(&mut store, "b FETCH 1 MODSEQ").starts_with("b BAD"));
    assert!(client.says(&mut store, "c STATUS INBOX (HIGHESTMODSEQ)").contains("(HIGHESTMODSEQ 0)"));
    assert_eq!(
        client.says(&mut store, "d UID STORE 1 +FLAGS (\\Seen)"),
        "* 1 FETCH (FLAGS (\\Seen) UID 1)\r\nd OK STORE completed\r\n"
    );
}

#[test]
fn zoho_tells_every_mod_sequence_as_minus_one() {
    let mut store = store();
    let mut client = Client::signed_in(&mut store, Dialect::zoho());
    assert!(client.says(&mut store, "a SELECT INBOX").contains("[HIGHESTMODSEQ -1]"));
    assert_eq!(
        client.says(&mut store, "b UID FETCH 1 (MODSEQ)"),
        "* 1 FETCH (UID 1 MODSEQ (-1))\r\nb OK FETCH completed\r\n"
    );
}
