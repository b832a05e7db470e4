//! What only the bytes, the clock or the memory show; whole conversations are in tests/conversations.

use super::*;
use crate::imap::ops::SelectedMailbox;
use crate::imap::{Capability, UidSet};
use crate::model::{FlagBits, Secret};
use std::time::Duration;

const START: Moment = Moment(1_000_000);

fn later(seconds: u64) -> Moment {
    START.after(Duration::from_secs(seconds))
}

fn credentials(user_name: &str, secret: &str) -> Credentials {
    Credentials::password(user_name, Secret::new(secret))
}

fn output(session: &mut Session) -> String {
    session.take_output().escape_ascii().to_string()
}

fn facts(session: &mut Session) -> Vec<Fact> {
    std::iter::from_fn(|| session.next_fact()).collect()
}

/// A session that has signed in, with these capabilities.
fn ready(capabilities: &str) -> Session {
    let mut session = Session::new(credentials("u", "p"), SessionOptions::default(), START);
    session.feed(b"* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR] hi\r\n", START);
    assert_eq!(output(&mut session), "A1 AUTHENTICATE PLAIN AHUAcA==\\r\\n");
    session.feed(format!("A1 OK [CAPABILITY IMAP4rev1 {capabilities}] in\r\n").as_bytes(), START);
    assert_eq!(facts(&mut session), [Fact::SignedIn]);
    session
}

/// One with INBOX selected, too.
fn selected(capabilities: &str) -> Session {
    let mut session = ready(capabilities);
    session.submit(Op::Select { mailbox: "INBOX".into() }, START);
    assert_eq!(output(&mut session), "A2 SELECT INBOX\\r\\n");
    session.feed(b"* 3 EXISTS\r\n* OK [UIDVALIDITY 9]\r\nA2 OK\r\n", START);
    facts(&mut session);
    session
}

fn closed_with(facts: &[Fact]) -> ErrorKind {
    match facts.last() {
        Some(Fact::Closed(CloseReason::Failed(error))) => error.kind(),
        other => panic!("{other:?}"),
    }
}

fn uids(first: Uid, last: Uid) -> UidSet {
    UidSet::range(first, last)
}

#[test]
fn the_login_line_leaves_once_and_nothing_of_it_stays() {
    let mut session = Session::new(credentials("us\"er", "pa ss\\"), SessionOptions::default(), START);
    session.feed(b"* OK [CAPABILITY IMAP4rev1] hi\r\n", START);
    assert_eq!(output(&mut session), r#"A1 LOGIN \"us\\\"er\" \"pa ss\\\\\"\r\n"#);
    assert!(session.credentials.is_none());
    assert_eq!((session.outgoing.len(), output(&mut session).as_str()), (0, ""));
}

#[test]
fn eight_bit_secrets_go_as_literals() {
    let mut session = Session::new(credentials("u", "pä"), SessionOptions::default(), START);
    session.feed(b"* OK [CAPABILITY IMAP4rev1] hi\r\n", START);
    assert_eq!(output(&mut session), "A1 LOGIN \\\"u\\\" {3}\\r\\n");
    session.feed(b"+ go on\r\n", START);
    assert_eq!(output(&mut session), "p\\xc3\\xa4\\r\\n");
    let mut session = Session::new(credentials("u", "pä"), SessionOptions::default(), START);
    session.feed(b"* OK [CAPABILITY IMAP4rev1 LITERAL+] hi\r\n", START);
    assert_eq!(output(&mut session), "A1 LOGIN \\\"u\\\" {3+}\\r\\np\\xc3\\xa4\\r\\n");
}

#[test]
fn a_secret_with_a_line_end_is_not_sent() {
    for (user_name, secret) in [("u", "p\r\nA9 DELETE INBOX"), ("u\n", "p"), ("u", "p\0")] {
        for greeting in [&b"* OK [CAPABILITY X]\r\n"[..], b"* OK [CAPABILITY AUTH=PLAIN SASL-IR]\r\n"] {
            let mut session = Session::new(credentials(user_name, secret), SessionOptions::default(), START);
            session.feed(greeting, START);
            assert_eq!(output(&mut session), "");
            assert_eq!(closed_with(&facts(&mut session)), ErrorKind::InvalidInput);
        }
    }
}

#[test]
fn line_ends_in_names_are_not_sent() {
    let mut session = selected("");
    let op = session.submit(Op::Copy { uids: uids(1, 2), to: "a\r\nA9 LOGOUT".into() }, START);
    assert_eq!(output(&mut session), "");
    assert_eq!(facts(&mut session), [Fact::Answered { op, answer: Err(OpError::Unsendable) }]);
}

#[test]
fn ops_are_pipelined_eight_at_a_time() {
    let mut session = selected("");
    for uid in 1..=20 {
        session.submit(Op::FetchFlags { uids: uids(uid, uid) }, START);
    }
    assert_eq!(session.take_output().split(|byte| *byte == b'\n').count() - 1, 8);
    session.feed(b"A3 OK\r\nA4 OK\r\n", START);
    assert_eq!(output(&mut session), "A11 UID FETCH 9 (UID FLAGS)\\r\\nA12 UID FETCH 10 (UID FLAGS)\\r\\n");
}

#[test]
fn select_waits_for_what_is_on_its_way_and_others_wait_for_it() {
    let mut session = selected("");
    session.submit(Op::Noop, START);
    session.submit(Op::Select { mailbox: "Old".into() }, START);
    let flags = session.submit(Op::FetchFlags { uids: uids(1, 9) }, START);
    assert_eq!(output(&mut session), "A3 NOOP\\r\\n");
    session.feed(b"A3 OK\r\n", START);
    assert_eq!(output(&mut session), "A4 SELECT Old\\r\\n");
    session.feed(b"* 7 EXISTS\r\nA4 OK\r\n", START);
    assert_eq!(output(&mut session), "A5 UID FETCH 1:9 (UID FLAGS)\\r\\n");
    session.feed(b"* 1 FETCH (UID 4 FLAGS ())\r\nA5 OK\r\n", START);
    let expected = Fact::Answered { op: flags, answer: Ok(Answer::Flags(vec![(4, Default::default())])) };
    let facts = facts(&mut session);
    assert_eq!(facts.last(), Some(&expected));
    assert!(facts.iter().any(|fact| matches!(
        fact,
        Fact::Answered { answer: Ok(Answer::Selected(SelectedMailbox { exists: 7, .. })), .. }
    )));
}

#[test]
fn an_op_meant_for_a_mailbox_that_was_not_selected_is_not_sent() {
    for bad in ["Gone", "Go\nne"] {
        let mut session = selected("");
        session.submit(Op::Select { mailbox: bad.into() }, START);
        let store = Op::StoreFlags { uids: uids(1, 1), set: true, flags: FlagBits::DELETED };
        session.submit(store.clone(), START);
        output(&mut session);
        session.feed(b"A3 NO no such mailbox\r\n", START);
        let last = session.submit(store, START);
        assert_eq!(output(&mut session), "", "{bad:?}");
        let facts = facts(&mut session);
        assert!(
            matches!(facts.last(), Some(Fact::Answered { op, answer: Err(OpError::Lost { sent: false, .. }) }) if *op == last)
        );
        session.submit(Op::Noop, START);
        assert!(output(&mut session).ends_with("NOOP\\r\\n"));
    }
}

#[test]
fn searches_are_not_mixed_up() {
    let mut session = selected("");
    session.submit(Op::FindDeleted, START);
    session.submit(Op::FindMessageId { message_id: "<x@example.test>".into(), from_uid: 1 }, START);
    assert_eq!(output(&mut session), "A3 UID SEARCH DELETED\\r\\n");
    session.feed(b"* SEARCH 4\r\nA3 OK\r\n", START);
    assert!(output(&mut session).starts_with("A4 UID SEARCH UID 1:*"));
}

#[test]
fn nothing_goes_out_while_the_server_owes_a_go_ahead() {
    let mut session = ready("");
    session.submit(Op::Create { mailbox: "ü".into(), role: crate::model::Role::None }, START);
    session.submit(Op::Noop, START);
    assert_eq!(output(&mut session), "A2 CREATE {2}\\r\\n");
    session.feed(b"+ go\r\n", START);
    assert_eq!(output(&mut session), "\\xc3\\xbc\\r\\nA3 NOOP\\r\\n");
    let mut session = ready("LITERAL-");
    session.submit(Op::Create { mailbox: "ü".into(), role: crate::model::Role::None }, START);
    assert_eq!(output(&mut session), "A2 CREATE {2+}\\r\\n\\xc3\\xbc\\r\\n");
}

#[test]
fn lost_ops_know_whether_they_had_left() {
    let mut session = selected("");
    let first = session.submit(Op::Noop, START);
    output(&mut session);
    let second = session.submit(Op::FindDeleted, START);
    let third = session.submit(Op::FindDeleted, START);
    session.end_of_stream(None, START);
    session.end_of_stream(None, START);
    session.feed(b"A3 OK\r\n", START);
    session.tick(later(99999));
    let sent: Vec<_> = facts(&mut session)
        .iter()
        .map(|fact| match fact {
            Fact::Answered { op, answer: Err(OpError::Lost { sent, .. }) } => (op.0, *sent),
            Fact::Closed(_) => (0, false),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(sent, [(first.0, true), (second.0, false), (third.0, false), (0, false)]);
    assert_eq!((output(&mut session).as_str(), session.wake_at()), ("", None));
}

#[test]
fn an_op_after_the_end_is_answered() {
    let mut session = ready("");
    session.end_of_stream(Some(Error::new(ErrorKind::Offline)), START);
    facts(&mut session);
    session.submit(Op::Noop, START);
    assert!(matches!(
        &facts(&mut session)[..],
        [Fact::Answered { answer: Err(OpError::Lost { sent: false, .. }), .. }]
    ));
}

#[test]
fn sign_in_has_sixty_seconds_whatever_the_server_sends() {
    let mut session = Session::new(credentials("u", "p"), SessionOptions::default(), START);
    session.feed(b"* OK [CAPABILITY IMAP4rev1] hi\r\n", START);
    for second in 1..60 {
        session.feed(b"* OK patience\r\n", later(second));
        session.tick(later(second));
    }
    assert_eq!(facts(&mut session), []);
    assert_eq!(session.wake_at(), Some(later(60)));
    session.tick(later(60));
    assert_eq!(closed_with(&facts(&mut session)), ErrorKind::TimedOut);
}

#[test]
fn a_command_without_answer_ends_the_session() {
    let mut session = ready("");
    assert_eq!(session.wake_at(), None);
    session.submit(Op::Noop, later(100));
    assert_eq!(session.wake_at(), Some(later(160)));
    session.feed(b"* OK wait\r\n", later(150));
    session.tick(later(160));
    assert_eq!(facts(&mut session), []);
    session.tick(later(210));
    assert_eq!(closed_with(&facts(&mut session)), ErrorKind::TimedOut);
}

#[test]
fn a_trickle_does_not_hold_a_command_for_ever() {
    let mut session = ready("");
    session.submit(Op::List, START);
    for second in (0..600).step_by(30) {
        session.feed(b"* LIST () \"/\" x\r\n", later(second));
        session.tick(later(second));
        assert!(facts(&mut session).is_empty());
    }
    session.feed(b"* ", later(599));
    session.tick(later(600));
    assert_eq!(closed_with(&facts(&mut session)), ErrorKind::TimedOut);
}

#[test]
fn each_octet_of_a_body_is_a_sign_of_life() {
    let mut session = selected("");
    session.submit(Op::FetchBodies { uids: uids(7, 7) }, START);
    session.feed(b"* 1 FETCH (UID 7 BODY[] {100}\r\n", START);
    for second in (0..1500).step_by(50) {
        session.feed(b"x", later(second));
        session.tick(later(second + 49));
    }
    assert!(!facts(&mut session).iter().any(|fact| matches!(fact, Fact::Closed(_))));
}

#[test]
fn idle_is_renewed_and_its_op_stays_open() {
    let mut session = selected("IDLE");
    let idle = session.submit(Op::Idle, START);
    assert_eq!(output(&mut session), "A3 IDLE\\r\\n");
    session.feed(b"+ idling\r\n", START);
    assert_eq!(session.wake_at(), Some(later(540)));
    session.tick(later(540));
    assert_eq!(output(&mut session), "DONE\\r\\n");
    session.feed(b"A3 OK\r\n", later(541));
    assert_eq!(output(&mut session), "A4 IDLE\\r\\n");
    session.feed(b"+ idling\r\n* 4 EXISTS\r\n", later(542));
    assert_eq!(facts(&mut session), [Fact::MailboxChanged]);
    session.finish_idle(later(543));
    session.finish_idle(later(543));
    assert_eq!(output(&mut session), "DONE\\r\\n");
    session.feed(b"A4 OK\r\n", later(543));
    assert_eq!(facts(&mut session), [Fact::Answered { op: idle, answer: Ok(Answer::Done) }]);
}

#[test]
fn idle_finished_while_it_is_renewed_is_not_begun_again() {
    let mut session = selected("IDLE");
    let idle = session.submit(Op::Idle, START);
    session.feed(b"+ idling\r\n", START);
    session.tick(later(540));
    session.finish_idle(later(540));
    output(&mut session);
    session.feed(b"A3 OK\r\n", later(541));
    assert_eq!(output(&mut session), "");
    assert_eq!(facts(&mut session), [Fact::Answered { op: idle, answer: Ok(Answer::Done) }]);
}

#[test]
fn a_done_without_answer_ends_the_session() {
    let mut session = selected("IDLE");
    session.submit(Op::Idle, START);
    session.feed(b"+ idling\r\n", START);
    session.finish_idle(later(5));
    assert_eq!(session.wake_at(), Some(later(25)));
    session.feed(b"* 5 EXISTS\r\n", later(20));
    session.tick(later(25));
    assert_eq!(closed_with(&facts(&mut session)), ErrorKind::TimedOut);
}

#[test]
fn done_waits_for_the_go_ahead() {
    let mut session = selected("IDLE");
    session.submit(Op::Idle, START);
    session.finish_idle(START);
    assert_eq!(output(&mut session), "A3 IDLE\\r\\n");
    session.feed(b"+ idling\r\n", START);
    assert_eq!(output(&mut session), "DONE\\r\\n");
}

#[test]
fn an_idle_not_sent_yet_is_done() {
    let mut session = selected("IDLE");
    session.submit(Op::Noop, START);
    let idle = session.submit(Op::Idle, START);
    session.finish_idle(START);
    assert_eq!(facts(&mut session), [Fact::Answered { op: idle, answer: Ok(Answer::Done) }]);
    assert_eq!(output(&mut session), "A3 NOOP\\r\\n");
}

#[test]
fn bodies_belong_to_the_op_that_asked_for_them() {
    let mut session = selected("");
    let first = session.submit(Op::FetchBodies { uids: uids(1, 3) }, START);
    let second = session.submit(Op::FetchBodies { uids: uids(7, 7) }, START);
    session.feed(b"* 1 FETCH (UID 2 BODY[] \"hi\")\r\n", START);
    session.feed(b"* 1 FETCH (UID 2 BODY[] {1}\r\nx)\r\n* 5 FETCH (UID 5 BODY[] {1}\r\nx)\r\n", START);
    session.feed(b"* 1 FETCH (BODY[] {1}\r\ny UID 9)\r\n* 7 FETCH (UID 7 BODY[] {0}\r\n)\r\n", START);
    session.feed(b"* 3 FETCH (UID 3 BODY[] NIL)\r\nA3 OK\r\nA4 OK\r\n", START);
    let told = facts(&mut session);
    assert_eq!(
        told,
        [
            Fact::BodyStart { op: first, size: 2 },
            Fact::BodyChunk { op: first, bytes: b"hi".to_vec() },
            Fact::BodyEnd { op: first, uid: Some(2), mail: None },
            Fact::BodyStart { op: first, size: 1 },
            Fact::BodyChunk { op: first, bytes: b"y".to_vec() },
            Fact::BodyEnd { op: first, uid: None, mail: None },
            Fact::BodyStart { op: second, size: 0 },
            Fact::BodyEnd { op: second, uid: Some(7), mail: None },
            Fact::Answered { op: first, answer: Ok(Answer::Bodies(vec![2])) },
            Fact::Answered { op: second, answer: Ok(Answer::Bodies(vec![7])) },
        ]
    );
}

#[test]
fn a_body_cut_off_never_counts() {
    for end in [&b""[..], b"56789", b"56789 UID 7"] {
        let mut session = selected("");
        session.submit(Op::FetchBodies { uids: uids(7, 7) }, START);
        session.feed(b"* 1 FETCH (UID 7 BODY[] {10}\r\n01234", START);
        session.feed(end, START);
        session.end_of_stream(None, START);
        let ends: Vec<Fact> =
            facts(&mut session).into_iter().filter(|fact| matches!(fact, Fact::BodyEnd { .. })).collect();
        assert!(matches!(ends[..], [Fact::BodyEnd { uid: None, .. }]), "{ends:?}");
    }
}

/// Found by fuzzing: behind an item without a value the body was overlooked and the next one began before it had ended.
#[test]
fn a_body_that_is_overlooked_ends_before_another_one_begins() {
    let mut session = selected("");
    let op = session.submit(Op::FetchBodies { uids: uids(7, 7) }, START);
    session.feed(b"* 1 FETCH (UID 7 ODD BODY[] {4}\r\nbody 1 BODY[] {3}\r\nabc)\r\n", START);
    assert_eq!(
        facts(&mut session),
        [
            Fact::BodyStart { op, size: 4 },
            Fact::BodyChunk { op, bytes: b"body".to_vec() },
            Fact::BodyEnd { op, uid: None, mail: None },
        ]
    );
    session.feed(b"A3 OK\r\n", START);
    assert_eq!(facts(&mut session), [Fact::Answered { op, answer: Ok(Answer::Bodies(vec![])) }]);
}

#[test]
fn a_huge_body_passes_through() {
    let mut session = selected("");
    session.submit(Op::FetchBodies { uids: uids(7, 7) }, START);
    session.feed(b"* 1 FETCH (UID 7 BODY[] {67108864}\r\n", START);
    let (chunk, mut octets) = ([b'x'; 16 * 1024], 0);
    for _ in 0..4096 {
        session.feed(&chunk, START);
        for fact in facts(&mut session) {
            if let Fact::BodyChunk { bytes, .. } = fact {
                octets += bytes.len();
            }
        }
        assert!(session.buffered() < 1024, "{} octets held", session.buffered());
    }
    session.feed(b")\r\n", START);
    assert_eq!(octets, 64 * 1024 * 1024);
    assert!(matches!(facts(&mut session)[..], [Fact::BodyEnd { uid: Some(7), .. }]));
}

#[test]
fn a_million_lines_of_news_are_one_fact_and_alerts_are_few() {
    let mut session = selected("");
    for _ in 0..10_000 {
        session.feed(&b"* 1 EXPUNGE\r\n".repeat(50), START);
    }
    assert_eq!(facts(&mut session), [Fact::MailboxChanged]);
    session.feed(b"* 1 EXPUNGE\r\n", START);
    assert_eq!(facts(&mut session), [Fact::MailboxChanged]);
    for number in 0..1000 {
        session.feed(format!("* OK [ALERT] buy {number}\r\n* OK [ALERT] buy\r\n").as_bytes(), START);
    }
    assert_eq!(facts(&mut session).len(), 20);
}

#[test]
fn ops_on_no_mail_at_all_need_no_server() {
    let mut session = selected("UIDPLUS MOVE");
    session.submit(Op::ExpungeUids { uids: UidSet::default() }, START);
    session.submit(Op::FetchFlags { uids: UidSet::default() }, START);
    assert_eq!(output(&mut session), "");
    assert_eq!(facts(&mut session).len(), 2);
}

#[test]
fn after_bye_what_is_still_answered_counts() {
    let mut session = selected("");
    let op = session.submit(Op::Noop, START);
    let later_op = session.submit(Op::FindDeleted, START);
    output(&mut session);
    session.feed(b"* BYE [UNAVAILABLE] going down\r\nA3 OK\r\n", START);
    session.submit(Op::Noop, START);
    assert_eq!(output(&mut session), "");
    session.tick(later(5));
    let told = facts(&mut session);
    assert_eq!(told[0], Fact::Answered { op, answer: Ok(Answer::Done) });
    assert!(
        matches!(&told[1], Fact::Answered { op, answer: Err(OpError::Lost { sent: true, .. }) } if *op == later_op)
    );
    let refusal = Refusal { code: "UNAVAILABLE".into(), text: "going down".into() };
    assert_eq!(told.last(), Some(&Fact::Closed(CloseReason::Bye(refusal))));
}

fn append(size: u64) -> Op {
    Op::Append { mailbox: "Sent".into(), flags: crate::model::Flags::default(), date: None, size }
}

#[test]
fn a_mail_is_handed_over_in_pieces_once_the_server_asked_for_it_and_nothing_else_is_said_meanwhile() {
    let mut session = ready("");
    let op = session.submit(append(8), START);
    assert_eq!(output(&mut session), "A2 APPEND Sent {8}\\r\\n");
    // Not asked for yet: what is handed over too early is not sent.
    session.literal(op, b"early", START);
    session.submit(Op::Noop, START);
    assert_eq!(output(&mut session), "");
    session.feed(b"+ go on\r\n", START);
    assert_eq!(facts(&mut session), [Fact::LiteralWanted { op }]);
    session.literal(op, b"abc", START);
    assert_eq!(output(&mut session), "abc");
    // What is over the size announced is left out, so that it can't become a command.
    session.literal(op, b"defgh\r\nA9 LOGOUT\r\n", START);
    assert_eq!(output(&mut session), "defgh\\r\\nA3 NOOP\\r\\n");
    session.feed(b"A2 OK [APPENDUID 7 31] done\r\n", START);
    let answer = Ok(Answer::Appended(Some((7, 31))));
    assert_eq!(facts(&mut session), [Fact::Answered { op, answer }]);
}

#[test]
fn where_literals_are_free_a_mail_is_asked_for_at_once() {
    for (capabilities, size, free) in
        [("LITERAL+", 900_000, true), ("LITERAL-", 4096, true), ("LITERAL-", 4097, false)]
    {
        let mut session = ready(capabilities);
        let op = session.submit(append(size), START);
        let plus = if free { "+" } else { "" };
        assert_eq!(output(&mut session), format!("A2 APPEND Sent {{{size}{plus}}}\\r\\n"));
        let wanted = facts(&mut session) == [Fact::LiteralWanted { op }];
        assert_eq!(wanted, free, "{capabilities} {size}");
    }
}

#[test]
fn a_mail_that_is_refused_before_it_was_asked_for_costs_nothing_but_the_answer() {
    let mut session = ready("");
    let op = session.submit(append(5), START);
    session.feed(b"A2 NO [TRYCREATE] no such mailbox\r\n", START);
    let told = facts(&mut session);
    assert!(
        matches!(&told[..], [Fact::Answered { op: its, answer: Err(OpError::No(_)) }] if *its == op),
        "{told:?}"
    );
    output(&mut session);
    session.submit(Op::Noop, START);
    assert_eq!(output(&mut session), "A3 NOOP\\r\\n");
}

#[test]
fn a_mail_that_is_refused_half_way_ends_the_line_since_its_rest_would_be_read_as_commands() {
    let mut session = ready("LITERAL+");
    let op = session.submit(append(100), START);
    session.literal(op, b"From: x\r\n", START);
    output(&mut session);
    session.feed(b"A2 NO [TOOBIG] too large\r\n", START);
    let told = facts(&mut session);
    assert!(matches!(&told[1], Fact::Answered { answer: Err(OpError::No(_)), .. }), "{told:?}");
    assert_eq!(closed_with(&told), ErrorKind::ProtocolBroken);
    session.literal(op, b"A9 DELETE INBOX\r\n", START);
    assert_eq!(output(&mut session), "");
}

#[test]
fn a_large_mail_has_as_long_as_it_takes_while_pieces_are_taken() {
    let mut session = ready("LITERAL+");
    let op = session.submit(append(1_000_000), START);
    for minute in 0..50 {
        session.literal(op, &[b'x'; 1000], later(minute * 50));
        output(&mut session);
        session.tick(later(minute * 50 + 40));
    }
    assert!(!facts(&mut session).iter().any(|fact| matches!(fact, Fact::Closed(_))));
    session.tick(later(50 * 50 + 100));
    assert_eq!(closed_with(&facts(&mut session)), ErrorKind::TimedOut);
}

#[test]
fn a_password_is_kept_only_while_there_is_a_way_left_to_use_it() {
    let mut session = Session::new(credentials("u", "p"), SessionOptions::default(), START);
    session.feed(b"* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR] hi\r\n", START);
    assert_eq!(output(&mut session), "A1 AUTHENTICATE PLAIN AHUAcA==\\r\\n");
    assert!(session.credentials.is_some());
    session.feed(b"A1 BAD what is that\r\n", START);
    assert_eq!(output(&mut session), "A2 LOGIN \\\"u\\\" \\\"p\\\"\\r\\n");
    assert!(session.credentials.is_none() && session.ways.is_empty());
    let mut session = Session::new(credentials("u", "p"), SessionOptions::default(), START);
    session.feed(b"* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR] hi\r\nA1 OK [CAPABILITY X] in\r\n", START);
    assert!(session.credentials.is_none() && session.ways.is_empty());
}

#[test]
fn nothing_secret_leaves_for_a_refusal_about_the_account_or_the_moment() {
    for refusal in [
        "NO wrong",
        "NO [AUTHENTICATIONFAILED] x",
        "NO [ALERT] app password",
        "NO [LIMIT] later",
        "NO [EXPIRED]",
    ] {
        let mut session = Session::new(credentials("u", "p"), SessionOptions::default(), START);
        session.feed(b"* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR] hi\r\n", START);
        output(&mut session);
        session.feed(format!("A1 {refusal}\r\n").as_bytes(), START);
        assert_eq!(output(&mut session), "", "{refusal}");
        assert!(matches!(facts(&mut session).last(), Some(Fact::Closed(_))));
    }
}

#[test]
fn what_the_server_is_and_agreed_to_is_known_when_it_is_signed_in() {
    let mut session = Session::new(credentials("u", "p"), SessionOptions::default(), START);
    session.feed(b"* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR] hi\r\n", START);
    output(&mut session);
    session.feed(b"A1 OK [CAPABILITY IMAP4rev1 ID CONDSTORE ENABLE QRESYNC] in\r\n", START);
    let early = session.submit(Op::Noop, START);
    assert_eq!(
        output(&mut session),
        "A2 ID (\\\"name\\\" \\\"Waxwing\\\")\\r\\nA3 ENABLE CONDSTORE QRESYNC\\r\\n"
    );
    session.feed(b"* ENABLED QRESYNC\r\nA3 OK\r\n", START);
    assert_eq!((facts(&mut session), output(&mut session).as_str()), (vec![], ""));
    session.feed(b"* ID (\"name\" \"Dovecot\")\r\nA2 OK\r\n", START);
    assert_eq!(facts(&mut session), [Fact::SignedIn]);
    assert_eq!(output(&mut session), "A4 NOOP\\r\\n");
    assert_eq!(session.quirks().server, Some(crate::imap::Server::Dovecot));
    assert!(session.enabled().has(Capability::Qresync) && session.capabilities().has(Capability::Qresync));
    // Told anew, they are still masked; and nobody agrees to more than was asked for.
    session.feed(b"* ENABLED UTF8=ACCEPT\r\n* CAPABILITY IMAP4rev1 QRESYNC MOVE\r\nA4 OK\r\n", START);
    assert!(!session.enabled().has(Capability::Utf8Accept) && session.capabilities().has(Capability::Move));
    assert_eq!(facts(&mut session), [Fact::Answered { op: early, answer: Ok(Answer::Done) }]);
}

#[test]
fn a_server_that_is_found_out_by_its_id_loses_what_it_breaks() {
    let mut session = Session::new(credentials("u", "p"), SessionOptions::default(), START);
    session.feed(
        b"* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR] hi\r\nA1 OK [CAPABILITY ID CONDSTORE] in\r\n",
        START,
    );
    session.feed(b"* ID (\"name\" \"Zoho IMAP\")\r\nA2 OK\r\n", START);
    assert_eq!(facts(&mut session), [Fact::SignedIn]);
    assert!(!session.capabilities().has(Capability::Condstore));
}

#[test]
fn no_more_than_four_megabytes_are_asked_for_at_once() {
    let mut session = selected("");
    let mb = 1024 * 1024;
    for (uid, size) in [(1, mb), (2, 2 * mb), (3, mb), (4, 1), (5, 0)] {
        session.submit_expecting(Op::FetchBodies { uids: uids(uid, uid) }, size, START);
    }
    let sent = |session: &mut Session| session.take_output().split(|byte| *byte == b'\n').count() - 1;
    assert_eq!(sent(&mut session), 3);
    session.feed(b"A3 OK\r\n", START);
    assert_eq!(sent(&mut session), 2);
    // What is larger than all of that goes alone.
    session.feed(b"A4 OK\r\nA5 OK\r\n", START);
    session.submit_expecting(Op::FetchBodies { uids: uids(6, 6) }, 50 * mb, START);
    session.submit_expecting(Op::Noop, 0, START);
    assert_eq!(sent(&mut session), 0);
    session.feed(b"A6 OK\r\nA7 OK\r\n", START);
    assert_eq!(sent(&mut session), 1);
    session.feed(b"A8 OK\r\n", START);
    assert_eq!(sent(&mut session), 1);
}

#[test]
fn the_time_of_idle_is_learnt_and_handed_on() {
    let mut session = selected("IDLE");
    session.submit(Op::Idle, START);
    session.feed(b"+ idling\r\n", START);
    session.tick(later(540));
    session.feed(b"A3 OK\r\n+ idling\r\n", later(540));
    assert_eq!(session.wake_at(), Some(later(540 + 780)));
    session.tick(later(540 + 780));
    session.tick(later(540 + 780 + 20));
    assert_eq!(closed_with(&facts(&mut session)), ErrorKind::TimedOut);
    let learnt = session.idle_renewal();
    assert_eq!(learnt.after(), Duration::from_secs(540));
    let options = SessionOptions { idle_renewal: learnt, ..SessionOptions::default() };
    let session = Session::new(credentials("u", "p"), options, START);
    assert_eq!(session.idle_renewal(), learnt);
}

#[test]
fn a_long_token_fits_into_a_line_and_a_longer_one_is_not_sent() {
    for (length, is_sent) in [(5_000, true), (6_000, false)] {
        let token = Credentials::bearer_token("u", Secret::new("x".repeat(length)));
        let mut session = Session::new(token, SessionOptions::default(), START);
        session.feed(b"* OK [CAPABILITY IMAP4rev1 AUTH=XOAUTH2 SASL-IR] hi\r\n", START);
        let sent = session.take_output().len();
        assert!(if is_sent { sent > length && sent < 8_000 } else { sent == 0 }, "{sent}");
    }
}
