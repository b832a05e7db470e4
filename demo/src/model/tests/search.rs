//! ESEARCH (RFC 4731) and SEARCHRES (RFC 5182).

use super::*;

fn six() -> Mailstore {
    let mut store = store();
    let inbox = store.mailbox_mut(USER, "INBOX").unwrap();
    for number in 4..=7 {
        inbox.append(mail(number), Flags::none(), NOW);
    }
    inbox.remove(1);
    for uid in [3, 5, 6] {
        inbox.change_flags(uid, |flags| flags.add("\\Flagged"));
    }
    store
}

#[test]
fn return_asks_for_min_max_count_and_ranges() {
    let mut store = six();
    let mut client = Client::in_inbox(&mut store, Dialect::full());
    let mut search = |line: &str| client.says(&mut store, line).lines().next().unwrap().to_owned();
    assert_eq!(
        search("A282 SEARCH RETURN (MIN COUNT) FLAGGED SINCE 1-Feb-1994 NOT FROM \"Smith\""),
        "* ESEARCH (TAG \"A282\") MIN 2 COUNT 3"
    );
    assert_eq!(search("A283 UID SEARCH RETURN () FLAGGED"), "* ESEARCH (TAG \"A283\") UID ALL 3,5:6");
    assert_eq!(
        search("A284 UID SEARCH RETURN (COUNT MIN MAX ALL) ALL"),
        "* ESEARCH (TAG \"A284\") UID COUNT 6 MIN 2 MAX 7 ALL 2:7"
    );
    assert_eq!(
        search("A285 UID SEARCH RETURN (MIN MAX COUNT ALL) DRAFT"),
        "* ESEARCH (TAG \"A285\") UID COUNT 0"
    );
    assert_eq!(search("A286 UID SEARCH FLAGGED"), "* SEARCH 3 5 6");
    assert!(search("A287 UID SEARCH RETURN (SOME) ALL").starts_with("A287 BAD"));
    let mut old = Client::in_inbox(&mut store, Dialect::bare_rfc3501());
    assert!(old.says(&mut store, "a SEARCH RETURN (ALL) ALL").starts_with("a BAD"));
}

#[test]
fn what_was_found_can_be_kept_and_named() {
    let mut store = six();
    let mut client = Client::in_inbox(&mut store, Dialect::full());
    assert_eq!(client.says(&mut store, "a UID SEARCH RETURN (SAVE) FLAGGED"), "a OK SEARCH completed\r\n");
    assert_eq!(
        client.says(&mut store, "b FETCH $ UID"),
        "* 2 FETCH (UID 3)\r\n* 4 FETCH (UID 5)\r\n* 5 FETCH (UID 6)\r\nb OK FETCH completed\r\n"
    );
    assert_eq!(
        client.says(&mut store, "c UID SEARCH UID $ LARGER 1 NOT UID 3"),
        "* SEARCH 5 6\r\nc OK SEARCH completed\r\n"
    );
    // What is gone is no longer meant.
    store.mailbox_mut(USER, "INBOX").unwrap().remove(5);
    client.says(&mut store, "d NOOP");
    assert_eq!(
        client.says(&mut store, "e UID MOVE $ Archive"),
        "* OK [COPYUID 1700000002 3,6 1:2] moved\r\n* 2 EXPUNGE\r\n* 3 EXPUNGE\r\ne OK MOVE completed\r\n"
    );
    assert_eq!(
        client.says(&mut store, "f UID SEARCH RETURN (MIN SAVE) ALL"),
        "* ESEARCH (TAG \"f\") UID MIN 2\r\nf OK SEARCH completed\r\n"
    );
    assert_eq!(client.says(&mut store, "g FETCH $ UID"), "* 1 FETCH (UID 2)\r\ng OK FETCH completed\r\n");
    client.says(&mut store, "h SELECT INBOX");
    assert_eq!(client.says(&mut store, "i FETCH $ UID"), "i OK FETCH completed\r\n");
}

#[test]
fn some_servers_find_in_no_order() {
    let mut store = six();
    let mut client = Client::in_inbox(&mut store, Dialect { unsorted_search: true, ..Dialect::full() });
    let answer = client.says(&mut store, "a UID SEARCH ALL");
    let mut numbers: Vec<u32> =
        answer.lines().next().unwrap()[9..].split(' ').map(|number| number.parse().unwrap()).collect();
    assert_ne!(numbers, [2, 3, 4, 5, 6, 7]);
    numbers.sort_unstable();
    assert_eq!(numbers, [2, 3, 4, 5, 6, 7]);
}
