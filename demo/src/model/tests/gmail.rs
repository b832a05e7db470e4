//! Gmail's ways (X-GM-EXT-1).

use super::*;

const ALL: &str = "[Gmail]/All Mail";

/// An account of Gmail's kind with mails 1 to 3 in INBOX and the label Work, and a client that has INBOX selected.
fn gmail() -> (Mailstore, Client) {
    let mut store = store();
    store.add_mailbox(USER, "Work", None);
    store.make_gmail(USER);
    let client = Client::in_inbox(&mut store, Dialect::gmail());
    (store, client)
}

#[test]
fn the_mailboxes_below_gmail_have_their_uses_and_all_mail_has_everything() {
    let (mut store, mut client) = gmail();
    let capabilities = client.says(&mut store, "a CAPABILITY");
    assert!(capabilities.contains(" CONDSTORE ") && capabilities.contains(" X-GM-EXT-1"), "{capabilities}");
    assert!(!capabilities.contains("QRESYNC"));
    let list = client.says(&mut store, "b LIST \"\" \"*\"");
    assert!(list.contains("* LIST (\\Noselect \\HasChildren) \"/\" \"[Gmail]\"\r\n"), "{list}");
    assert!(list.contains("* LIST (\\HasNoChildren \\All) \"/\" \"[Gmail]/All Mail\"\r\n"));
    assert_eq!(uids(&store, ALL), [1, 2, 3]);
    store.mailbox_mut(USER, "Work").unwrap().append(mail(4), Flags::none(), NOW);
    store.settle();
    assert_eq!(uids(&store, ALL), [1, 2, 3, 4]);
}

#[test]
fn a_mail_has_one_number_and_one_set_of_flags_in_all_its_places() {
    let (mut store, mut client) = gmail();
    let answer = client.says(&mut store, "a UID COPY 1 Work");
    assert!(answer.starts_with("a OK [COPYUID 1700000003 1 1]"), "{answer}");
    // A second time nothing new comes of it.
    assert!(client.says(&mut store, "b UID COPY 1 Work").starts_with("b OK [COPYUID 1700000003 1 1]"));
    assert_eq!((uids(&store, "Work"), uids(&store, ALL)), (vec![1], vec![1, 2, 3]));
    let items = |answer: String| answer.split_once("X-GM-MSGID").map(|(_, rest)| rest.to_owned()).unwrap();
    let here = items(client.says(&mut store, "c UID FETCH 1 (X-GM-MSGID X-GM-THRID)"));
    client.says(&mut store, "d UID STORE 1 +FLAGS.SILENT (\\Seen \\Deleted)");
    assert_eq!(*store.mailbox(USER, ALL).unwrap().mail(1).unwrap().flags(), Flags::from(["\\Seen"]));
    assert_eq!(*store.mailbox(USER, "Work").unwrap().mail(1).unwrap().flags(), Flags::from(["\\Seen"]));
    let mut other = Client::signed_in(&mut store, Dialect::gmail());
    other.says(&mut store, "e SELECT \"[Gmail]/All Mail\"");
    assert_eq!(items(other.says(&mut store, "c UID FETCH 1 (X-GM-MSGID X-GM-THRID)")), here);
    other.says(&mut store, "f UID STORE 1 -FLAGS.SILENT (\\Seen)");
    assert_eq!(client.hears(&store), "* 1 FETCH (FLAGS (\\Deleted) UID 1)\r\n");
}

#[test]
fn labels_are_told_and_stored() {
    let (mut store, mut client) = gmail();
    client.says(&mut store, "a UID COPY 1 Work");
    assert_eq!(
        client.says(&mut store, "b UID FETCH 1 (X-GM-LABELS)"),
        "* 1 FETCH (UID 1 X-GM-LABELS (\"Work\"))\r\nb OK FETCH completed\r\n"
    );
    assert_eq!(
        client.says(&mut store, "c UID STORE 1 +X-GM-LABELS (\"Muy Importante\" \\Starred)"),
        "* 1 FETCH (X-GM-LABELS (\"Work\" \"\\\\Starred\" \"Muy Importante\") UID 1)\r\nc OK STORE completed\r\n"
    );
    assert_eq!(uids(&store, "Muy Importante"), [1]);
    assert_eq!(
        client.says(&mut store, "d UID STORE 1 -X-GM-LABELS.SILENT (Work)"),
        "d OK STORE completed\r\n"
    );
    assert!(uids(&store, "Work").is_empty());
    // The label of the selected mailbox itself can go: the mail leaves it and is archived.
    assert!(
        client.says(&mut store, "e UID STORE 1 -X-GM-LABELS (\"\\\\Inbox\")").contains("* 1 EXPUNGE\r\n")
    );
    assert_eq!((uids(&store, "INBOX"), uids(&store, ALL)), (vec![2, 3], vec![1, 2, 3]));
    let mut other = Client::signed_in(&mut store, Dialect::gmail());
    other.says(&mut store, "f SELECT \"[Gmail]/All Mail\"");
    assert!(other.says(&mut store, "g UID FETCH 2 X-GM-LABELS").contains("X-GM-LABELS (\"\\\\Inbox\")"));
    assert!(other.says(&mut store, "h UID SEARCH X-GM-LABELS \\Inbox").starts_with("* SEARCH 2 3\r\n"));
    let mut without = Client::in_inbox(&mut store, Dialect::full());
    assert!(without.says(&mut store, "i FETCH 1 X-GM-LABELS").starts_with("i BAD"));
}

#[test]
fn an_expunge_in_a_label_archives_and_one_in_trash_destroys() {
    let (mut store, mut client) = gmail();
    client.says(&mut store, "a UID STORE 1 +FLAGS.SILENT (\\Deleted)");
    assert!(client.says(&mut store, "b EXPUNGE").starts_with("* 1 EXPUNGE\r\n"));
    assert_eq!((uids(&store, "INBOX"), uids(&store, ALL)), (vec![2, 3], vec![1, 2, 3]));
    assert_eq!(store.journal.destroyed().count(), 0);

    client.says(&mut store, "c UID COPY 2 Work");
    assert!(client.says(&mut store, "d UID MOVE 2 [Gmail]/Trash").contains("* 1 EXPUNGE\r\n"));
    assert_eq!(
        (uids(&store, "INBOX"), uids(&store, "Work"), uids(&store, ALL)),
        (vec![3], vec![], vec![1, 3])
    );
    client.says(&mut store, "e SELECT \"[Gmail]/Trash\"");
    client.says(&mut store, "f UID STORE 1 +FLAGS.SILENT (\\Deleted)");
    client.says(&mut store, "g EXPUNGE");
    assert_eq!(store.find_message_id(USER, "m2@test.example"), []);
    let destroyed: Vec<&str> = store.journal.destroyed().map(|gone| gone.message_id.as_str()).collect();
    assert_eq!(destroyed, ["m2@test.example"]);
}

#[test]
fn a_mail_comes_back_out_of_trash_and_out_of_all_mail() {
    let (mut store, mut client) = gmail();
    client.says(&mut store, "a UID MOVE 1 [Gmail]/Trash");
    client.says(&mut store, "b SELECT \"[Gmail]/Trash\"");
    client.says(&mut store, "c UID MOVE 1 INBOX");
    assert_eq!((uids(&store, "[Gmail]/Trash"), uids(&store, "INBOX")), (vec![], vec![2, 3, 4]));
    assert_eq!(uids(&store, ALL), [2, 3, 4]);
    client.says(&mut store, "d SELECT \"[Gmail]/All Mail\"");
    client.says(&mut store, "e UID STORE 2 +FLAGS.SILENT (\\Deleted)");
    assert_eq!(client.says(&mut store, "f EXPUNGE").lines().next(), Some("* 1 EXPUNGE"));
    assert_eq!(store.find_message_id(USER, "m2@test.example").len(), 2);
    assert_eq!(store.journal.destroyed().count(), 0);
}

#[test]
fn another_client_moves_and_copies_in_either_kind_of_account() {
    let (mut store, mut client) = gmail();
    assert_eq!(store.move_mail(USER, "INBOX", 1, "Work"), Some(1));
    assert_eq!(store.move_mail(USER, "INBOX", 2, "[Gmail]/Trash"), Some(1));
    assert_eq!(store.copy_mail(USER, "INBOX", 3, "Work"), Some(2));
    assert_eq!(
        (uids(&store, "INBOX"), uids(&store, "Work"), uids(&store, ALL)),
        (vec![3], vec![1, 2], vec![1, 3])
    );
    assert_eq!(client.says(&mut store, "a NOOP"), "* 1 EXPUNGE\r\n* 1 EXPUNGE\r\na OK done\r\n");
    let mut plain = super::store();
    assert_eq!(plain.move_mail(USER, "INBOX", 2, "Archive"), Some(1));
    assert_eq!(plain.copy_mail(USER, "INBOX", 2, "Archive"), None);
    assert_eq!((uids(&plain, "INBOX"), uids(&plain, "Archive")), (vec![1, 3], vec![1]));
}

#[test]
fn the_same_mail_appended_twice_is_one_mail() {
    let (mut store, mut client) = gmail();
    let text = String::from_utf8(mail(7)).unwrap();
    for name in ["Work", "\"[Gmail]/Sent Mail\"", "Work"] {
        let line = format!("a APPEND {name} {{{}+}}\r\n{text}", text.len());
        assert!(client.says(&mut store, &line).contains("a OK [APPENDUID"), "{name}");
    }
    assert_eq!(store.find_message_id(USER, "m7@test.example").len(), 3);
    assert_eq!((uids(&store, "Work"), uids(&store, ALL)), (vec![1], vec![1, 2, 3, 4]));
}
