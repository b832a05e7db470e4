//! Conversations with the model, octet by octet.

mod bodies;
mod condstore;
mod gmail;
mod lies;
mod mailboxes;
mod mirror;
mod notify;
mod qresync;
mod quirks;
mod search;
mod sign_in;

use super::*;

const NOW: i64 = 1_783_418_400_000;
const USER: &str = "ada@example.org";

fn mail(number: u32) -> Vec<u8> {
    format!(
        "Message-ID: <m{number}@test.example>\r\nSubject: Mail {number}\r\nFrom: a@x.test\r\n\r\nHello {number}\r\n"
    )
    .into_bytes()
}

/// A store with three unread mails in INBOX, and an empty Archive.
fn store() -> Mailstore {
    let mut store = Mailstore::new();
    store.set_password(USER, "secret");
    store.add_mailbox(USER, "Archive", Some("\\Archive"));
    let inbox = store.mailbox_mut(USER, "INBOX").unwrap();
    for number in 1..=3 {
        inbox.append(mail(number), Flags::none(), NOW - 1_000);
    }
    store
}

struct Client {
    connection: Connection,
}

impl Client {
    fn new(store: &mut Mailstore, dialect: Dialect) -> Self {
        let mut client = Self { connection: Connection::open(store, dialect, NOW) };
        client.output();
        client
    }

    fn signed_in(store: &mut Mailstore, dialect: Dialect) -> Self {
        let mut client = Self::new(store, dialect);
        let answer = client.says(store, "l LOGIN ada@example.org secret");
        assert!(answer.contains("l OK"), "{answer}");
        client
    }

    fn in_inbox(store: &mut Mailstore, dialect: Dialect) -> Self {
        let mut client = Self::signed_in(store, dialect);
        let answer = client.says(store, "s SELECT inbox");
        assert!(answer.contains("s OK [READ-WRITE]"), "{answer}");
        client
    }

    /// Sends a line and gives all that comes back at once.
    fn says(&mut self, store: &mut Mailstore, line: &str) -> String {
        self.connection.feed(store, format!("{line}\r\n").as_bytes(), NOW);
        self.output()
    }

    fn hears(&mut self, store: &Mailstore) -> String {
        self.connection.poll(store, NOW);
        self.output()
    }

    fn output(&mut self) -> String {
        let mut all = Vec::new();
        loop {
            let piece = self.connection.take_output();
            if piece.is_empty() {
                return String::from_utf8(all).unwrap();
            }
            all.extend(piece);
        }
    }
}

fn uids(store: &Mailstore, name: &str) -> Vec<Uid> {
    store.mailbox(USER, name).unwrap().mails().iter().map(Mail::uid).collect()
}

#[test]
fn greets_and_signs_in_with_what_the_dialect_offers() {
    let mut store = store();
    let mut client = Client { connection: Connection::open(&mut store, Dialect::full(), NOW) };
    let greeting = client.output();
    assert!(greeting.starts_with("* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR "), "{greeting}");
    let refused = client.says(&mut store, "a LOGIN ada@example.org wrong");
    assert!(refused.starts_with("a NO [AUTHENTICATIONFAILED]"), "{refused}");
    assert_eq!(client.says(&mut store, "b AUTHENTICATE PLAIN"), "+ \r\n");
    let accepted = client.says(&mut store, "AGFkYUBleGFtcGxlLm9yZwBzZWNyZXQ=");
    assert!(accepted.starts_with("b OK [CAPABILITY IMAP4rev1 "), "{accepted}");
    assert!(!accepted.contains("AUTH="), "{accepted}");

    let mut client = Client::new(&mut store, Dialect::full());
    let accepted = client.says(&mut store, "c AUTHENTICATE PLAIN AGFkYUBleGFtcGxlLm9yZwBzZWNyZXQ=");
    assert!(accepted.starts_with("c OK"), "{accepted}");
    let mut client = Client::new(&mut store, Dialect { login_disabled: true, ..Dialect::full() });
    assert!(client.says(&mut store, "d LOGIN ada@example.org secret").starts_with("d NO"));
    let mut client = Client::new(&mut store, Dialect::bare_rfc3501());
    assert_eq!(
        client.says(&mut store, "e CAPABILITY").lines().next(),
        Some("* CAPABILITY IMAP4rev1 AUTH=PLAIN")
    );
    assert!(client.says(&mut store, "f SELECT INBOX").starts_with("f BAD"));
}

#[test]
fn no_secret_gets_into_the_journal() {
    let mut store = store();
    let mut client = Client::new(&mut store, Dialect::full());
    for line in ["a LOGIN ada@example.org secret extra", "a LOGIN ada@example.org {6+}\r\nsecret", "a LOGOUT"]
    {
        client.says(&mut store, line);
    }
    let mut client = Client::new(&mut store, Dialect::full());
    client.says(&mut store, "b AUTHENTICATE PLAIN");
    client.says(&mut store, "AGFkYUBleGFtcGxlLm9yZwBzZWNyZXQ=");
    let mut client = Client::new(&mut store, Dialect::full());
    client.says(&mut store, "c AUTHENTICATE PLAIN AGFkYUBleGFtcGxlLm9yZwBzZWNyZXQ=");
    let lines: Vec<&str> = store.journal.commands.iter().map(|line| line.line.as_str()).collect();
    assert_eq!(
        lines,
        [
            "a LOGIN …",
            "a LOGIN ada@example.org ***",
            "a LOGOUT",
            "b AUTHENTICATE PLAIN",
            "***",
            "c AUTHENTICATE PLAIN ***"
        ]
    );
}

#[test]
fn lists_mailboxes_with_their_use_and_status() {
    let mut store = store();
    store.add_mailbox(USER, "Travel/2026", None);
    let mut client = Client::signed_in(&mut store, Dialect::full());
    assert_eq!(
        client.says(&mut store, "a LIST \"\" \"*\" RETURN (SPECIAL-USE STATUS (MESSAGES UNSEEN))"),
        "* LIST (\\HasNoChildren) \"/\" \"INBOX\"\r\n\
         * STATUS \"INBOX\" (MESSAGES 3 UNSEEN 3)\r\n\
         * LIST (\\HasNoChildren \\Archive) \"/\" \"Archive\"\r\n\
         * STATUS \"Archive\" (MESSAGES 0 UNSEEN 0)\r\n\
         * LIST (\\Noselect \\HasChildren) \"/\" \"Travel\"\r\n\
         * LIST (\\HasNoChildren) \"/\" \"Travel/2026\"\r\n\
         * STATUS \"Travel/2026\" (MESSAGES 0 UNSEEN 0)\r\n\
         a OK LIST completed\r\n"
    );
    assert_eq!(
        client.says(&mut store, "b LIST \"\" \"\""),
        "* LIST (\\Noselect) \"/\" \"\"\r\nb OK LIST completed\r\n"
    );
    let mut bare = Client::signed_in(&mut store, Dialect::bare_rfc3501());
    assert!(bare.says(&mut store, "c LIST \"\" % RETURN (STATUS (MESSAGES))").starts_with("c BAD"));
    assert!(!bare.says(&mut store, "d LIST \"\" %").contains("\\Archive"));
}

#[test]
fn mailboxes_are_made_renamed_and_deleted() {
    let mut store = store();
    let mut client = Client::signed_in(&mut store, Dialect::full());
    assert!(client.says(&mut store, "a CREATE Plans/2026").starts_with("a OK"));
    assert!(client.says(&mut store, "b CREATE Plans/2026").starts_with("b NO [ALREADYEXISTS]"));
    assert!(client.says(&mut store, "c RENAME Plans Ideas").starts_with("c OK"));
    assert!(store.mailbox(USER, "Ideas/2026").is_some());
    assert!(client.says(&mut store, "d UNSUBSCRIBE Ideas/2026").starts_with("d OK"));
    assert!(!client.says(&mut store, "e LSUB \"\" *").contains("Ideas"));
    assert!(client.says(&mut store, "f DELETE Ideas/2026").starts_with("f OK"));
    assert!(client.says(&mut store, "g STATUS Ideas/2026 (MESSAGES)").starts_with("g NO [NONEXISTENT]"));
    assert!(client.says(&mut store, "h DELETE INBOX").starts_with("h NO"));
}

#[test]
fn selects_and_fetches() {
    let mut store = store();
    let mut client = Client::signed_in(&mut store, Dialect::full());
    assert_eq!(
        client.says(&mut store, "a EXAMINE INBOX"),
        "* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)\r\n\
         * OK [PERMANENTFLAGS ()] kept\r\n* 3 EXISTS\r\n* 0 RECENT\r\n* OK [UNSEEN 1] first unseen\r\n\
         * OK [UIDVALIDITY 1700000001] UIDs valid\r\n* OK [UIDNEXT 4] next\r\n\
         * OK [HIGHESTMODSEQ 4] highest\r\n* OK [MAILBOXID (F1)] id\r\n\
         a OK [READ-ONLY] EXAMINE completed\r\n"
    );
    client.says(&mut store, "b SELECT INBOX");
    assert_eq!(
        client.says(
            &mut store,
            "c UID FETCH 2:2 (FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[HEADER.FIELDS (SUBJECT From)])"
        ),
        "* 2 FETCH (UID 2 FLAGS () INTERNALDATE \" 7-Jul-2026 09:59:59 +0000\" RFC822.SIZE 75 \
         BODY[HEADER.FIELDS (SUBJECT From)] {35}\r\nSubject: Mail 2\r\nFrom: a@x.test\r\n\r\n)\r\n\
         c OK FETCH completed\r\n"
    );
    assert_eq!(
        client.says(&mut store, "d FETCH 3 (BODY.PEEK[TEXT] BODY.PEEK[]<0.4> BODY.PEEK[TEXT]<7.100>)"),
        "* 3 FETCH (BODY[TEXT] {9}\r\nHello 3\r\n BODY[]<0> {4}\r\nMess BODY[TEXT]<7> {2}\r\n\r\n)\r\n\
         d OK FETCH completed\r\n"
    );
    assert_eq!(store.mailbox(USER, "INBOX").unwrap().unseen(), 3);
    assert_eq!(
        client.says(&mut store, "e UID FETCH *:4294967295 BODY[TEXT]"),
        "* 3 FETCH (UID 3 FLAGS (\\Seen) BODY[TEXT] {9}\r\nHello 3\r\n)\r\ne OK FETCH completed\r\n"
    );
    assert_eq!(store.mailbox(USER, "INBOX").unwrap().unseen(), 2);
    assert!(client.says(&mut store, "f FETCH 4 FLAGS").starts_with("f BAD"));
    assert!(client.says(&mut store, "g FETCH 1 ENVELOPES").starts_with("g BAD"));
    assert_eq!(client.says(&mut store, "h UID FETCH 900 FLAGS"), "h OK FETCH completed\r\n");
}

#[test]
fn searches() {
    let mut store = store();
    store.mailbox_mut(USER, "INBOX").unwrap().change_flags(2, |flags| flags.add("\\Seen"));
    store.mailbox_mut(USER, "INBOX").unwrap().remove(1);
    let mut client = Client::in_inbox(&mut store, Dialect::full());
    let mut search = |keys: &str| {
        let answer = client.says(&mut store, &format!("a {keys}"));
        answer.lines().next().unwrap().to_owned()
    };
    assert_eq!(search("SEARCH ALL"), "* SEARCH 1 2");
    assert_eq!(search("UID SEARCH ALL"), "* SEARCH 2 3");
    assert_eq!(search("UID SEARCH UNSEEN UNDELETED"), "* SEARCH 3");
    assert_eq!(search("UID SEARCH UID 3:* HEADER Message-ID \"<m3@test.example>\""), "* SEARCH 3");
    assert_eq!(search("UID SEARCH UID 3:* HEADER Message-ID \"<m2@test.example>\""), "* SEARCH");
    assert_eq!(search("UID SEARCH OR SEEN NOT (1 SEEN)"), "* SEARCH 2 3");
    assert_eq!(search("SEARCH SINCE 7-Jul-2026 SUBJECT {6+}\r\nmail 3"), "* SEARCH 2");
    assert_eq!(search("SEARCH BEFORE 7-Jul-2026"), "* SEARCH");
    assert_eq!(search("SEARCH FUZZY x"), "a BAD Unknown SEARCH key");
}

#[test]
fn flags_are_added_removed_and_replaced() {
    let mut store = store();
    let mut client = Client::in_inbox(&mut store, Dialect::full());
    assert_eq!(
        client.says(&mut store, "a UID STORE 1,3 +FLAGS (\\Seen $Travel)"),
        "* 1 FETCH (FLAGS (\\Seen $Travel) UID 1)\r\n* 3 FETCH (FLAGS (\\Seen $Travel) UID 3)\r\n\
         a OK STORE completed\r\n"
    );
    assert_eq!(client.says(&mut store, "b STORE 1 -FLAGS.SILENT (\\SEEN)"), "b OK STORE completed\r\n");
    assert_eq!(client.says(&mut store, "c STORE 3 FLAGS.SILENT \\Flagged"), "c OK STORE completed\r\n");
    let inbox = store.mailbox(USER, "INBOX").unwrap();
    assert_eq!(*inbox.mail(1).unwrap().flags(), Flags::from(["$Travel"]));
    assert_eq!(*inbox.mail(3).unwrap().flags(), Flags::from(["\\Flagged"]));
    client.says(&mut store, "d EXAMINE INBOX");
    assert!(client.says(&mut store, "e UID STORE 1 +FLAGS (\\Deleted)").starts_with("e NO"));
}

#[test]
fn a_silent_store_still_tells_what_someone_else_changed() {
    let mut store = store();
    let mut client = Client::in_inbox(&mut store, Dialect::full());
    store.mailbox_mut(USER, "INBOX").unwrap().change_flags(1, |flags| flags.add("\\Flagged"));
    assert_eq!(
        client.says(&mut store, "a UID STORE 1 +FLAGS.SILENT (\\Seen)"),
        "* 1 FETCH (FLAGS (\\Flagged \\Seen) UID 1)\r\na OK STORE completed\r\n"
    );
    assert_eq!(client.hears(&store), "");
}

#[test]
fn expunge_is_kept_from_a_client_that_counts_on_its_numbers() {
    let mut store = store();
    let mut one = Client::in_inbox(&mut store, Dialect::full());
    let mut two = Client::in_inbox(&mut store, Dialect::full());
    one.says(&mut store, "a UID STORE 1:2 +FLAGS.SILENT (\\Deleted)");
    assert_eq!(one.says(&mut store, "b EXPUNGE"), "* 1 EXPUNGE\r\n* 1 EXPUNGE\r\nb OK EXPUNGE completed\r\n");
    // Outside of a command, and in answers by sequence number, the other one hears nothing of it.
    assert_eq!(two.hears(&store), "");
    assert_eq!(
        two.says(&mut store, "c FETCH 1:3 UID"),
        "* 3 FETCH (UID 3)\r\nc OK [EXPUNGEISSUED] FETCH completed\r\n"
    );
    // A new mail is counted on top of what it still believes in.
    store.mailbox_mut(USER, "INBOX").unwrap().append(mail(9), Flags::none(), NOW);
    assert_eq!(two.hears(&store), "* 4 EXISTS\r\n* 0 RECENT\r\n");
    assert_eq!(two.says(&mut store, "d NOOP"), "* 1 EXPUNGE\r\n* 1 EXPUNGE\r\nd OK done\r\n");
    assert_eq!(
        two.says(&mut store, "e FETCH 1:2 UID"),
        "* 1 FETCH (UID 3)\r\n* 2 FETCH (UID 4)\r\ne OK FETCH completed\r\n"
    );
    let destroyed: Vec<(Verb, bool, &str)> =
        store.journal.destroyed().map(|gone| (gone.by, gone.by_uid, gone.message_id.as_str())).collect();
    assert_eq!(
        destroyed,
        [(Verb::Expunge, false, "m1@test.example"), (Verb::Expunge, false, "m2@test.example")]
    );
}

#[test]
fn uid_expunge_takes_only_what_it_names() {
    let mut store = store();
    let mut client = Client::in_inbox(&mut store, Dialect::full());
    client.says(&mut store, "a UID STORE 1,3 +FLAGS.SILENT (\\Deleted)");
    assert_eq!(client.says(&mut store, "b UID EXPUNGE 2:3"), "* 3 EXPUNGE\r\nb OK EXPUNGE completed\r\n");
    assert_eq!(uids(&store, "INBOX"), [1, 2]);
    let mut old = Client::in_inbox(&mut store, Dialect::no_uidplus());
    assert!(old.says(&mut store, "c UID EXPUNGE 1").starts_with("c BAD"));
    assert!(old.says(&mut store, "d UID MOVE 1 Archive").starts_with("d BAD"));
    assert_eq!(old.says(&mut store, "e UNSELECT"), "e OK UNSELECT completed\r\n");
    assert_eq!(uids(&store, "INBOX"), [1, 2]);
    client.says(&mut store, "f CLOSE");
    assert_eq!(uids(&store, "INBOX"), [2]);
}

#[test]
fn idle_pushes_at_once_and_ends_with_done() {
    let mut store = store();
    let mut one = Client::in_inbox(&mut store, Dialect::full());
    let mut two = Client::in_inbox(&mut store, Dialect::full());
    assert_eq!(one.says(&mut store, "a IDLE"), "+ idling\r\n");
    two.says(&mut store, "b UID STORE 2 +FLAGS (\\Flagged)");
    assert_eq!(one.hears(&store), "* 2 FETCH (FLAGS (\\Flagged) UID 2)\r\n");
    two.says(&mut store, "c UID MOVE 2 Archive");
    let answer = two.says(&mut store, "d APPEND INBOX (\\Seen) {5+}\r\nx: y\n");
    assert!(answer.contains("d OK [APPENDUID"), "{answer}");
    assert_eq!(one.hears(&store), "* 2 EXPUNGE\r\n* 3 EXISTS\r\n* 0 RECENT\r\n");
    assert_eq!(one.hears(&store), "");
    assert_eq!(one.says(&mut store, "DONE"), "a OK IDLE completed\r\n");
}

#[test]
fn copy_move_and_append_tell_the_new_uids() {
    let mut store = store();
    let mut client = Client::in_inbox(&mut store, Dialect::full());
    let validity = store.mailbox(USER, "Archive").unwrap().uid_validity();
    assert_eq!(
        client.says(&mut store, "a UID COPY 1:2 Archive"),
        format!("a OK [COPYUID {validity} 1:2 1:2] COPY completed\r\n")
    );
    assert_eq!(
        client.says(&mut store, "b UID MOVE 1,3 Archive"),
        format!(
            "* OK [COPYUID {validity} 1,3 3:4] moved\r\n* 1 EXPUNGE\r\n* 2 EXPUNGE\r\nb OK MOVE completed\r\n"
        )
    );
    assert!(client.says(&mut store, "c UID MOVE 2 Nowhere").starts_with("c NO [TRYCREATE]"));
    assert_eq!((uids(&store, "INBOX"), uids(&store, "Archive")), (vec![2], vec![1, 2, 3, 4]));
    assert_eq!(store.journal.destroyed().count(), 0);
    assert_eq!(store.journal.expunged[1].moved_to, Some(("Archive".to_owned(), 4)));
    assert_eq!(
        client.says(&mut store, "d APPEND Archive (\\Draft) \" 1-Jan-2026 00:00:00 +0100\" {4}\r\nabcd"),
        format!("+ go on\r\nd OK [APPENDUID {validity} 5] APPEND completed\r\n")
    );
    let appended = store.mailbox(USER, "Archive").unwrap().mail(5).unwrap();
    assert_eq!((appended.raw(), appended.internal_date()), (&b"abcd"[..], 1_767_222_000_000));
    let mut quiet = Client::in_inbox(&mut store, Dialect { copyuid: false, ..Dialect::full() });
    assert_eq!(quiet.says(&mut store, "e UID COPY 2 Archive"), "e OK COPY completed\r\n");
}

#[test]
fn any_splitting_of_the_octets_gives_the_same_answers() {
    let script = b"a LOGIN {15}\r\nada@example.org {6}\r\nsecret\r\nb SELECT \"INBOX\"\r\n\
        c APPEND {7+}\r\nArchive () {12}\r\nX: y\r\n\r\n}{3}\r\nd UID FETCH 1:* (FLAGS BODY[])\r\n\
        e IDLE\r\nDONE\r\nf AUTHENTICATE PLAIN\r\ng LOGOUT\r\n";
    let answers = |cut: usize| {
        let mut store = store();
        let mut client = Client::new(&mut store, Dialect::full());
        client.connection.feed(&mut store, &script[..cut], NOW);
        let mut all = client.output();
        client.connection.feed(&mut store, &script[cut..], NOW);
        all.push_str(&client.output());
        assert!(client.connection.is_closed());
        all
    };
    let whole = answers(0);
    assert!(whole.ends_with("* BYE Goodbye\r\ng OK LOGOUT completed\r\n"), "{whole}");
    assert!(whole.contains("c OK [APPENDUID"), "{whole}");
    for cut in 1..script.len() {
        assert_eq!(answers(cut), whole, "cut at {cut}");
    }
}

#[test]
fn a_lost_answer_leaves_the_move_done() {
    let mut store = store();
    let mut client = Client::in_inbox(&mut store, Dialect::full());
    store.faults.add(Rule::once(Verb::Move, Fault::LoseAnswer));
    assert_eq!(client.says(&mut store, "a UID MOVE 1 Archive"), "");
    assert!(client.connection.is_closed());
    assert_eq!((uids(&store, "INBOX"), uids(&store, "Archive")), (vec![2, 3], vec![1]));
}

#[test]
fn faults_strike_when_they_are_told_to() {
    let mut store = store();
    let mut client = Client::in_inbox(&mut store, Dialect::full());
    let refuse = Fault::Refuse { code: "OVERQUOTA".to_owned(), text: "Full".to_owned() };
    store.faults.add(Rule { skip: 1, ..Rule::once(Verb::Copy, refuse) });
    assert!(client.says(&mut store, "a UID COPY 1 Archive").starts_with("a OK"));
    assert_eq!(client.says(&mut store, "b UID COPY 1 Archive"), "b NO [OVERQUOTA] Full\r\n");
    assert!(client.says(&mut store, "c UID COPY 1 Archive").starts_with("c OK"));
    assert_eq!(uids(&store, "Archive").len(), 2);

    store.faults.add(Rule::once(Verb::Noop, Fault::Stall(Some(500))));
    assert_eq!(client.says(&mut store, "d NOOP"), "");
    client.connection.poll(&store, NOW + 499);
    assert_eq!((client.output().as_str(), client.connection.wake_at()), ("", Some(NOW + 500)));
    client.connection.poll(&store, NOW + 500);
    assert_eq!(client.output(), "d OK done\r\n");

    store.faults.add(Rule::once(Verb::Fetch, Fault::CutAfter(10)));
    assert_eq!(client.says(&mut store, "e UID FETCH 1 FLAGS"), "* 1 FETCH ");
    assert!(client.connection.is_closed());

    let mut client = Client::in_inbox(&mut store, Dialect::full());
    store.faults.add(Rule::once(Verb::Move, Fault::CutBefore));
    assert_eq!(client.says(&mut store, "f UID MOVE 1 Archive"), "");
    assert_eq!((client.connection.is_closed(), uids(&store, "INBOX")), (true, vec![1, 2, 3]));

    store.faults.hook = Some(Box::new(|_, verb| {
        (verb == Verb::Greeting)
            .then(|| Fault::Bye { code: "UNAVAILABLE".to_owned(), text: "Later".to_owned() })
    }));
    let mut client = Client { connection: Connection::open(&mut store, Dialect::full(), NOW) };
    assert_eq!(client.output(), "* BYE [UNAVAILABLE] Later\r\n");
}

#[test]
fn a_mailbox_numbered_anew_ends_the_connections_that_selected_it() {
    let mut store = store();
    let mut watching = Client::in_inbox(&mut store, Dialect::full());
    let mut client = Client::signed_in(&mut store, Dialect::full());
    let before = store.mailbox(USER, "INBOX").unwrap().uid_validity();
    store.mailbox_mut(USER, "INBOX").unwrap().remove(1);
    let bump = Fault::BumpUidValidity { mailbox: "INBOX".to_owned() };
    store.faults.add(Rule::once(Verb::Select, bump));
    let answer = client.says(&mut store, "a SELECT INBOX");
    assert!(answer.contains("UIDNEXT 3") && !answer.contains(&before.to_string()), "{answer}");
    assert_eq!(uids(&store, "INBOX"), [1, 2]);
    assert!(watching.hears(&store).starts_with("* BYE"));
    assert!(watching.connection.is_closed());
}

#[test]
fn output_comes_in_pieces_when_asked() {
    let mut store = store();
    store.faults.pieces = Some(3);
    let mut client = Client { connection: Connection::open(&mut store, Dialect::full(), NOW) };
    client.connection.feed(&mut store, b"a NOOP\r\n", NOW);
    assert_eq!(client.connection.take_output(), b"* O");
    assert!(client.output().ends_with("a OK done\r\n"));
}
