//! Each way handing a mail over can go.

use super::*;
use crate::imap::ops::{MailboxStatus, Refusal};

type Answered = Result<Answer, OpError>;

fn mail() -> Mail {
    Mail {
        intent: 10,
        mailbox: "Sent".into(),
        flags: Flags::default(),
        date: Instant(1_700_000_000_000),
        message_id: "1@example.org".into(),
        size: 310,
    }
}

fn run(prove: bool) -> AppendRun {
    AppendRun::new(mail(), prove, None)
}

fn shown(step: &Step) -> String {
    match step {
        Step::Remember { target_uid_next, target_validity, .. } => {
            format!("remember {target_uid_next} of {target_validity}")
        }
        Step::End(_) => "end".into(),
        Step::Ask(Op::Select { mailbox }) => format!("SELECT {mailbox}"),
        Step::Ask(Op::Status { mailbox }) => format!("STATUS {mailbox}"),
        Step::Ask(Op::FetchHeaders { uids }) => format!("headers of {uids}"),
        Step::Ask(Op::Append { mailbox, size, .. }) => format!("APPEND {mailbox} {size}"),
        other => panic!("no run asks for {other:?}"),
    }
}

fn play(mut run: AppendRun, script: Vec<(&str, Answered)>) -> (Ending, u32) {
    for (expected, answer) in script {
        let step = run.next_step();
        assert_eq!(shown(&step), expected);
        match step {
            Step::Remember { intents, .. } => run.go_on(&intents),
            _ => run.answer(answer),
        }
    }
    match run.next_step() {
        Step::End(endings) => {
            assert_eq!(endings.len(), 1);
            (endings[0].1.clone(), run.numbering())
        }
        step => panic!("not over: {}", shown(&step)),
    }
}

fn next_is(uid_next: Uid) -> Answered {
    let uid_validity = Some(7);
    Ok(Answer::Status(MailboxStatus { uid_next: Some(uid_next), uid_validity, ..MailboxStatus::default() }))
}

fn selected(uid_validity: u32, uid_next: Option<Uid>) -> Answered {
    let selected = SelectedMailbox { uid_validity, uid_next, exists: 5, ..SelectedMailbox::default() };
    Ok(Answer::Selected(selected))
}

fn found(of: &[(Uid, u64, &str)]) -> Answered {
    let header = |(uid, size, id): &(Uid, u64, &str)| FetchedHeader {
        uid: *uid,
        size: Some(*size),
        internal_date: Some(Instant(1_700_000_000_000)),
        header: Some(if id.is_empty() {
            b"Subject: x\r\n\r\n".to_vec()
        } else {
            format!("Message-ID: <{id}>\r\n\r\n").into_bytes()
        }),
        ..FetchedHeader::default()
    };
    Ok(Answer::Headers(of.iter().map(header).collect()))
}

fn told(at: Option<(u32, Uid)>) -> Answered {
    Ok(Answer::Appended(at))
}

fn no(code: &str) -> Answered {
    Err(OpError::No(Refusal { code: code.into(), text: "no".into() }))
}

fn lost(sent: bool) -> Answered {
    Err(OpError::Lost { sent, error: Error::new(ErrorKind::Offline) })
}

fn begun(answer: Answered) -> Vec<(&'static str, Answered)> {
    vec![("STATUS Sent", next_is(30)), ("remember 30 of 7", Ok(Answer::Done)), ("APPEND Sent 310", answer)]
}

#[test]
fn appenduid_says_where_it_is_and_in_which_numbering() {
    assert_eq!(play(run(true), begun(told(Some((9, 31))))), (Ending::Moved(Some(31)), 9));
}

#[test]
fn without_appenduid_a_mail_that_nothing_depends_on_is_found_later() {
    assert_eq!(play(run(false), begun(told(None))).0, Ending::Moved(None));
}

#[test]
fn without_appenduid_it_is_proved_before_anything_may_be_removed_for_it() {
    let mut script = begun(told(None));
    script.push(("SELECT Sent", selected(7, Some(33))));
    // The same Message-ID at another size is another mail.
    script.push(("headers of 30:32", found(&[(30, 1, "1@example.org"), (32, 310, "1@example.org")])));
    assert_eq!(play(run(true), script), (Ending::Moved(Some(32)), 7));
    let mut script = begun(told(None));
    script.push(("SELECT Sent", selected(7, Some(33))));
    script.push(("headers of 30:32", found(&[(31, 310, "2@example.org")])));
    assert!(matches!(play(run(true), script).0, Ending::Refused(_)));
}

/// Otherwise the original would be removed for the sake of one that goes with the next EXPUNGE.
#[test]
fn a_mail_that_is_marked_as_deleted_proves_nothing() {
    let Ok(Answer::Headers(mut left)) = found(&[(31, 310, "1@example.org")]) else { panic!("headers") };
    left[0].flags.bits = FlagBits::DELETED;
    let mut script = begun(told(None));
    script.push(("SELECT Sent", selected(7, Some(33))));
    script.push(("headers of 30:32", Ok(Answer::Headers(left))));
    assert!(matches!(play(run(true), script).0, Ending::Refused(_)));
}

#[test]
fn what_breaks_off_before_the_mail_left_is_done_again_and_after_that_looked_for() {
    assert_eq!(play(run(true), vec![("STATUS Sent", lost(true))]).0, Ending::Retry);
    assert_eq!(play(run(true), begun(lost(false))).0, Ending::Retry);
    assert_eq!(play(run(true), begun(lost(true))).0, Ending::Unknown);
    for prove in ["SELECT Sent", "headers of 30:32"] {
        let mut script = begun(told(None));
        script.push(("SELECT Sent", if prove == "SELECT Sent" { lost(true) } else { selected(7, Some(33)) }));
        if prove != "SELECT Sent" {
            script.push((prove, lost(true)));
        }
        assert_eq!(play(run(true), script).0, Ending::Unknown, "{prove}");
    }
}

#[test]
fn a_wish_taken_back_before_it_left_sends_nothing() {
    let mut run = run(false);
    assert_eq!(shown(&run.next_step()), "STATUS Sent");
    run.answer(next_is(30));
    assert_eq!(shown(&run.next_step()), "remember 30 of 7");
    run.go_on(&[]);
    assert_eq!(shown(&run.next_step()), "end");
}

#[test]
fn after_a_lost_answer_nothing_is_sent_before_it_was_looked_for() {
    let probing = || AppendRun::new(mail(), true, Some((30, 7)));
    let script = vec![
        ("SELECT Sent", selected(7, Some(33))),
        ("headers of 30:32", found(&[(32, 310, "1@example.org")])),
    ];
    assert_eq!(play(probing(), script), (Ending::Moved(Some(32)), 7));
    // Not there: sent now.
    let mut script = vec![("SELECT Sent", selected(7, Some(33))), ("headers of 30:32", found(&[]))];
    script.extend(begun(told(Some((7, 33)))));
    assert_eq!(play(probing(), script), (Ending::Moved(Some(33)), 7));
    // Nothing new at all.
    let mut script = vec![("SELECT Sent", selected(7, Some(30)))];
    script.extend(begun(told(Some((7, 30)))));
    assert_eq!(play(probing(), script).0, Ending::Moved(Some(30)));
}

#[test]
fn a_probe_that_breaks_off_or_is_refused_for_the_moment_leaves_it_unknown() {
    let probing = || AppendRun::new(mail(), true, Some((30, 7)));
    for answer in [lost(true), lost(false), no("UNAVAILABLE")] {
        assert_eq!(play(probing(), vec![("SELECT Sent", answer.clone())]).0, Ending::Unknown);
        let script = vec![("SELECT Sent", selected(7, Some(33))), ("headers of 30:32", answer)];
        assert_eq!(play(probing(), script).0, Ending::Unknown);
    }
}

#[test]
fn a_target_numbered_anew_since_is_searched_from_its_newest_mails() {
    let script = vec![
        ("SELECT Sent", selected(8, Some(500))),
        ("headers of 299:499", found(&[(300, 310, "1@example.org")])),
    ];
    let run = |known, others| AppendRun::new(mail(), true, Some((450, 7))).beside(known, others);
    assert_eq!(play(run(8, UidSet::range(1, 299)), script), (Ending::Moved(Some(300)), 8));
    // Not before it was read here in that numbering, which tells what was there before.
    let select = || vec![("SELECT Sent", selected(8, Some(500)))];
    assert_eq!(play(run(7, UidSet::default()), select()).0, Ending::Unknown);
    let mut script = select();
    script.push(("headers of 299:499", found(&[(300, 310, "1@example.org")])));
    script.extend(begun(told(Some((8, 500)))));
    assert_eq!(play(run(8, UidSet::range(1, 300)), script), (Ending::Moved(Some(500)), 8));
}

#[test]
fn a_mail_without_message_id_is_known_by_size_and_second() {
    let nameless = Mail { message_id: String::new(), ..mail() };
    let later = Mail { date: Instant(1_700_000_005_000), ..nameless.clone() };
    for (mail, expected) in [(nameless, true), (later, false)] {
        let mut run = AppendRun::new(mail, true, Some((30, 7)));
        run.next_step();
        run.answer(selected(7, Some(32)));
        run.next_step();
        run.answer(found(&[(31, 310, "")]));
        let ended = matches!(run.next_step(), Step::End(endings) if endings[0].1 == Ending::Moved(Some(31)));
        assert_eq!(ended, expected);
    }
}

#[test]
fn refusals_by_what_a_person_can_do() {
    let kind = |code: &str| match play(run(true), begun(no(code))).0 {
        Ending::Refused(error) => error.kind(),
        other => panic!("{other:?}"),
    };
    assert_eq!(kind("OVERQUOTA"), ErrorKind::QuotaFull);
    assert_eq!(kind("TOOBIG"), ErrorKind::LimitExceeded);
    assert_eq!(kind(""), ErrorKind::ServerRefused);
    assert_eq!(play(run(true), begun(no("UNAVAILABLE"))).0, Ending::Retry);
    assert!(matches!(play(run(true), begun(no("TRYCREATE"))).0, Ending::NoMailbox(_)));
}

#[test]
fn a_server_that_refuses_status_gets_the_mail_all_the_same() {
    let script = vec![
        ("STATUS Sent", no("")),
        ("remember 0 of 0", Ok(Answer::Done)),
        ("APPEND Sent 310", told(Some((7, 4)))),
    ];
    assert_eq!(play(run(true), script).0, Ending::Moved(Some(4)));
}

/// A NO to looking into the mailbox counted as its being gone: the mail, which had arrived, was handed over a second time.
#[test]
fn bug_a_mailbox_that_could_not_be_looked_into_for_the_moment_counted_as_gone() {
    let probing = || AppendRun::new(mail(), true, Some((30, 7)));
    let script = vec![("SELECT Sent", no("")), ("STATUS Sent", next_is(31))];
    assert_eq!(play(probing(), script).0, Ending::Unknown);
    let script = vec![("SELECT Sent", no("")), ("STATUS Sent", lost(true))];
    assert_eq!(play(probing(), script).0, Ending::Unknown);
    // Not there for STATUS either.
    let script = vec![
        ("SELECT Sent", no("")),
        ("STATUS Sent", no("NONEXISTENT")),
        ("remember 30 of 7", Ok(Answer::Done)),
        ("APPEND Sent 310", no("TRYCREATE")),
    ];
    assert!(matches!(play(probing(), script).0, Ending::NoMailbox(_)));
}
