//! Contradictions, floods and what no server should send.

use super::*;

fn told(store: &mut Mailstore, verb: Verb, fault: Fault, line: &str) -> String {
    let mut client = Client::in_inbox(store, Dialect::full());
    store.faults.add(Rule::once(verb, fault));
    client.says(store, line)
}

#[test]
fn select_and_status_are_off_by_as_much_as_asked() {
    let mut store = store();
    let lie = |lie| Fault::Lie(lie);
    let answer = told(&mut store, Verb::Select, lie(Lie::Exists(2)), "a SELECT INBOX");
    assert!(answer.contains("* 5 EXISTS"), "{answer}");
    let answer = told(&mut store, Verb::Select, lie(Lie::UidNext(-2)), "a SELECT INBOX");
    assert!(answer.contains("[UIDNEXT 2]"), "{answer}");
    let answer = told(&mut store, Verb::Select, lie(Lie::HighestModSeq(-3)), "a SELECT INBOX");
    assert!(answer.contains("[HIGHESTMODSEQ 1]"), "{answer}");
    let line = "a STATUS INBOX (MESSAGES UIDNEXT HIGHESTMODSEQ)";
    let answer = told(&mut store, Verb::Status, lie(Lie::HighestModSeq(5)), line);
    assert!(answer.contains("(MESSAGES 3 UIDNEXT 4 HIGHESTMODSEQ 9)"), "{answer}");
    // It is over with the command.
    let mut client = Client::in_inbox(&mut store, Dialect::full());
    assert!(client.says(&mut store, line).contains("(MESSAGES 3 UIDNEXT 4 HIGHESTMODSEQ 4)"));
}

#[test]
fn fetch_leaves_mails_out_tells_them_twice_or_without_uid() {
    let mut store = store();
    let line = "a UID FETCH 1:* UID";
    assert_eq!(
        told(&mut store, Verb::Fetch, Fault::Lie(Lie::OmitMails { every: 2 }), line),
        "* 2 FETCH (UID 2)\r\na OK FETCH completed\r\n"
    );
    let changes = Fault::Lie(Lie::OmitChanges { every: 2 });
    let changed = "a UID FETCH 1:* UID (CHANGEDSINCE 1)";
    assert_eq!(told(&mut store, Verb::Fetch, changes.clone(), line).matches("FETCH (").count(), 3);
    assert!(!told(&mut store, Verb::Fetch, changes, changed).contains("* 1 FETCH"));
    let twice = told(&mut store, Verb::Fetch, Fault::Lie(Lie::MailsTwice), line);
    assert!(twice.starts_with("* 1 FETCH (UID 1)\r\n* 1 FETCH (UID 1)\r\n* 2 FETCH"), "{twice}");
    assert!(
        told(&mut store, Verb::Fetch, Fault::Lie(Lie::MailsWithoutUid), "a UID FETCH 1 FLAGS")
            .starts_with("* 1 FETCH (FLAGS ())\r\n")
    );
}

#[test]
fn anything_can_come_unasked_and_as_often_as_wanted() {
    let mut store = store();
    let flood = Fault::Unsolicited { line: "* 1 EXPUNGE".to_owned(), times: 500_000 };
    let answer = told(&mut store, Verb::Noop, flood, "a NOOP");
    assert_eq!(answer.len(), 500_000 * "* 1 EXPUNGE\r\n".len() + "a OK done\r\n".len());
    for line in ["* VANISHED 1:4294967295", "* 4294967295 EXISTS", "* 1 FETCH (X {3}\r\na\0b)"] {
        let fault = Fault::Unsolicited { line: line.to_owned(), times: 1 };
        assert_eq!(told(&mut store, Verb::Noop, fault, "a NOOP"), format!("{line}\r\na OK done\r\n"));
    }
    assert_eq!(uids(&store, "INBOX"), [1, 2, 3]);
}

#[test]
fn a_server_restored_from_a_backup_counts_on_from_before() {
    let mut store = store();
    let inbox = store.mailbox_mut(USER, "INBOX").unwrap();
    inbox.change_flags(1, |flags| flags.add("\\Seen"));
    inbox.set_back_modseq(3);
    assert_eq!((inbox.modseq(), inbox.mail(1).unwrap().modseq()), (3, 3));
    inbox.skip_uids_to(100);
    assert_eq!(inbox.append(mail(9), Flags::none(), NOW), 101);
}

#[test]
fn a_mailbox_numbered_anew_while_selected_says_bye() {
    let mut store = store();
    let bump = Fault::BumpUidValidity { mailbox: "INBOX".to_owned() };
    let answer = told(&mut store, Verb::Noop, bump, "a NOOP");
    assert!(answer.starts_with("* BYE"), "{answer}");
}
