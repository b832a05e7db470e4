//! NOTIFY (RFC 5465).

use super::*;

fn notified() -> Dialect {
    Dialect { notify: true, ..Dialect::full() }
}

#[test]
fn other_mailboxes_are_told_of_without_asking() {
    let mut store = store();
    let mut client = Client::in_inbox(&mut store, notified());
    assert_eq!(
        client.says(
            &mut store,
            "a notify set status (selected (MessageNew (uid body.peek[header.fields (from to)]) MessageExpunge)) \
             (personal (MessageNew FlagChange MessageExpunge))"
        ),
        "* STATUS \"Archive\" (UIDVALIDITY 1700000002 UIDNEXT 1 MESSAGES 0 UNSEEN 0)\r\na OK NOTIFY completed\r\n"
    );
    store.mailbox_mut(USER, "Archive").unwrap().append(mail(9), Flags::none(), NOW);
    assert_eq!(
        client.hears(&store),
        "* STATUS \"Archive\" (UIDVALIDITY 1700000002 UIDNEXT 2 MESSAGES 1 UNSEEN 1)\r\n"
    );
    assert_eq!(client.hears(&store), "");
    // In the selected one EXPUNGE is told at once, in no command at all.
    store.mailbox_mut(USER, "INBOX").unwrap().remove(2);
    assert_eq!(client.hears(&store), "* 2 EXPUNGE\r\n");
    assert_eq!(client.says(&mut store, "b NOTIFY NONE"), "b OK NOTIFY completed\r\n");
    store.mailbox_mut(USER, "Archive").unwrap().remove(1);
    store.mailbox_mut(USER, "INBOX").unwrap().remove(1);
    assert_eq!(client.hears(&store), "");
}

#[test]
fn only_the_mailboxes_that_were_named_are_told_of() {
    let mut store = store();
    store.add_mailbox(USER, "Travel/2026", None);
    store.add_mailbox(USER, "Travels", None);
    let mut client = Client::signed_in(&mut store, notified());
    client.says(&mut store, "a ENABLE CONDSTORE");
    client
        .says(&mut store, "b NOTIFY SET (subtree Travel (MessageNew MessageExpunge)) (inboxes (MessageNew))");
    for name in ["Travels", "Archive", "Travel/2026"] {
        store.mailbox_mut(USER, name).unwrap().append(mail(9), Flags::none(), NOW);
    }
    assert_eq!(
        client.hears(&store),
        "* STATUS \"Travel/2026\" (UIDVALIDITY 1700000003 UIDNEXT 2 MESSAGES 1 UNSEEN 1 HIGHESTMODSEQ 2)\r\n"
    );
    assert!(client.says(&mut store, "c NOTIFY SET (personal (Nonsense))").starts_with("c BAD [BADEVENT"));
    let mut without = Client::signed_in(&mut store, Dialect::full());
    assert!(without.says(&mut store, "d NOTIFY NONE").starts_with("d BAD"));
}

#[test]
fn a_delayed_expunge_waits_for_a_command() {
    let mut store = store();
    let mut client = Client::in_inbox(&mut store, notified());
    client.says(&mut store, "a NOTIFY SET (selected-delayed (MessageNew MessageExpunge))");
    store.mailbox_mut(USER, "INBOX").unwrap().remove(2);
    assert_eq!(client.hears(&store), "");
    assert_eq!(client.says(&mut store, "b NOOP"), "* 2 EXPUNGE\r\nb OK done\r\n");
}
