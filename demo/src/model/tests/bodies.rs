//! What FETCH tells of a mail's inside: ENVELOPE, BODYSTRUCTURE, parts, BINARY, OBJECTID.

use super::*;

const MULTIPART: &[u8] = b"From: Ada <ada@x.test>\r\nSubject: parts\r\nMessage-ID: <p@x.test>\r\n\
    References: <root@x.test> <m1@x.test>\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\
    Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nK=C3=A4se\r\n--b\r\n\
    Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\nAAEC\r\n--b\r\n\
    Content-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\nin\r\n--b--\r\n";

fn with_parts() -> (Mailstore, Client) {
    let mut store = store();
    store.mailbox_mut(USER, "Archive").unwrap().append(MULTIPART, Flags::none(), NOW);
    let mut client = Client::signed_in(&mut store, Dialect::full());
    client.says(&mut store, "s EXAMINE Archive");
    (store, client)
}

/// What a FETCH of the only mail's item says.
fn item(store: &mut Mailstore, client: &mut Client, item: &str) -> String {
    let answer = client.says(store, &format!("a FETCH 1 ({item})"));
    let inner = answer
        .strip_prefix("* 1 FETCH (")
        .and_then(|rest| rest.strip_suffix(")\r\na OK FETCH completed\r\n"));
    inner.unwrap_or_else(|| panic!("{answer}")).to_owned()
}

#[test]
fn parts_are_fetched_by_their_numbers() {
    let (mut store, mut client) = with_parts();
    let mut item = |name: &str| item(&mut store, &mut client, name);
    assert_eq!(item("BODY.PEEK[1]"), "BODY[1] {9}\r\nK=C3=A4se");
    assert_eq!(item("BODY.PEEK[1]<2.3>"), "BODY[1]<2> {3}\r\nC3=");
    assert_eq!(
        item("BODY.PEEK[2.MIME]"),
        "BODY[2.MIME] {77}\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    );
    assert_eq!(item("BODY.PEEK[3.HEADER]"), "BODY[3.HEADER] {18}\r\nSubject: inner\r\n\r\n");
    assert_eq!(item("BODY.PEEK[3.TEXT]"), "BODY[3.TEXT] {2}\r\nin");
    assert_eq!(item("BODY.PEEK[3.1]"), "BODY[3.1] {2}\r\nin");
    assert_eq!(
        item("BODY.PEEK[3.HEADER.FIELDS (SUBJECT)]"),
        "BODY[3.HEADER.FIELDS (SUBJECT)] {18}\r\nSubject: inner\r\n\r\n"
    );
    assert_eq!(item("BODY.PEEK[4]"), "BODY[4] NIL");
}

#[test]
fn binary_is_without_its_transfer_encoding() {
    let (mut store, mut client) = with_parts();
    let mut item = |name: &str| item(&mut store, &mut client, name);
    assert_eq!(item("BINARY.PEEK[1]"), "BINARY[1] {5}\r\nKäse");
    assert_eq!(item("BINARY.PEEK[2]"), "BINARY[2] ~{3}\r\n\0\u{1}\u{2}");
    assert_eq!(item("BINARY.SIZE[2]"), "BINARY.SIZE[2] 3");
    let raw = b"Content-Transfer-Encoding: x-nobody-knows\r\n\r\nx";
    store.mailbox_mut(USER, "Archive").unwrap().append(&raw[..], Flags::none(), NOW);
    client.hears(&store);
    assert!(client.says(&mut store, "b FETCH 2 BINARY.PEEK[1]").contains("b NO [UNKNOWN-CTE]"));
    assert!(client.says(&mut store, "c APPEND Archive ~{2+}\r\n\0x").contains("c OK"));
    assert!(client.says(&mut store, "d APPEND Archive {2+}\r\n\0x").contains("d NO"));
}

#[test]
fn structure_and_envelope_describe_it() {
    let (mut store, mut client) = with_parts();
    let structure = item(&mut store, &mut client, "BODYSTRUCTURE");
    assert!(
        structure.starts_with(
            "BODYSTRUCTURE ((\"text\" \"plain\" (\"charset\" \"utf-8\") NIL NIL \"quoted-printable\" 9 0 NIL NIL NIL NIL)"
        ),
        "{structure}"
    );
    let body = item(&mut store, &mut client, "BODY");
    assert!(body.starts_with("BODY ((") && body.ends_with(" \"mixed\")"), "{body}");
    assert_eq!(
        item(&mut store, &mut client, "ENVELOPE"),
        "ENVELOPE (NIL \"parts\" ((\"Ada\" NIL \"ada\" \"x.test\")) ((\"Ada\" NIL \"ada\" \"x.test\")) \
         ((\"Ada\" NIL \"ada\" \"x.test\")) NIL NIL NIL NIL \"<p@x.test>\")"
    );
    assert!(client.says(&mut store, "b FETCH 1 FULL").contains(" ENVELOPE ("));
}

#[test]
fn a_mail_keeps_its_email_id_wherever_it_goes() {
    let mut store = store();
    let mut client = Client::in_inbox(&mut store, Dialect::full());
    let id = |answer: String| {
        let (_, rest) = answer.split_once("EMAILID (").unwrap();
        rest.split_once(')').unwrap().0.to_owned()
    };
    let first = id(client.says(&mut store, "a UID FETCH 1 (EMAILID THREADID)"));
    let second = id(client.says(&mut store, "b UID FETCH 2 (EMAILID THREADID)"));
    assert_ne!(first, second);
    client.says(&mut store, "c UID MOVE 1 Archive");
    client.says(&mut store, "d SELECT Archive");
    assert_eq!(id(client.says(&mut store, "e UID FETCH 1 (EMAILID)")), first);
    assert_eq!(
        client.says(&mut store, &format!("f UID SEARCH EMAILID {first}")),
        "* SEARCH 1\r\nf OK SEARCH completed\r\n"
    );
    store.bump_uid_validity(USER, "Archive");
    let mut client = Client::signed_in(&mut store, Dialect::full());
    client.says(&mut store, "g SELECT Archive");
    assert_eq!(id(client.says(&mut store, "h UID FETCH 1 (EMAILID)")), first);
}

#[test]
fn answers_have_the_thread_of_what_they_answer() {
    let mut store = store();
    let reply = b"Message-ID: <r@x.test>\r\nReferences: <m1@test.example> <m2@test.example>\r\n\r\n";
    store.mailbox_mut(USER, "INBOX").unwrap().append(&reply[..], Flags::none(), NOW);
    let inbox = store.mailbox(USER, "INBOX").unwrap();
    let thread = |uid| inbox.mail(uid).unwrap().thread_id();
    assert_eq!(thread(4), thread(1));
    assert_ne!(thread(4), thread(2));
}
