//! Each way a run can go: what is sent, in which order, and what each mail's ending is.

use super::*;
use crate::imap::ops::{CopyUid, MailboxStatus, SelectedMailbox};

const VALIDITY: u32 = 7;
const MOVES: Abilities = Abilities { moves: true, uidplus: true };
const COPIES: Abilities = Abilities { moves: false, uidplus: true };
const BARE: Abilities = Abilities { moves: false, uidplus: false };

type Answered = Result<Answer, OpError>;
/// Steps and their answers.
type Script = Vec<(&'static str, Answered)>;

fn item(uid: Uid) -> Item {
    Item {
        intent: i64::from(uid) * 10,
        uid,
        is_gone: false,
        is_another: false,
        message_id: format!("{uid}@example.org"),
        size: 100 + u64::from(uid),
        date: Instant(i64::from(uid) * 1000),
        server_id: ServerId::default(),
        there: None,
    }
}

fn nameless(uid: Uid) -> Item {
    Item { message_id: String::new(), ..item(uid) }
}

fn run_of(want: Want, abilities: Abilities, items: Vec<Item>, probe_from: Option<Uid>) -> Run {
    let place = Place { mailbox: "INBOX".into(), uid_validity: VALIDITY };
    Run::new(place, want, abilities, items, probe_from)
}

fn moving(abilities: Abilities, uids: &[Uid]) -> Run {
    run_of(Want::Move { to: "Old".into() }, abilities, uids.iter().map(|uid| item(*uid)).collect(), None)
}

fn probing(abilities: Abilities, uids: &[Uid], from: Uid) -> Run {
    let items = uids.iter().map(|uid| item(*uid)).collect();
    run_of(Want::Move { to: "Old".into() }, abilities, items, Some(from))
}

fn flagging(add: FlagBits, remove: FlagBits) -> Run {
    run_of(Want::Flags { add, remove }, MOVES, vec![item(1), item(2)], None)
}

fn expunging(abilities: Abilities) -> Run {
    run_of(Want::Expunge, abilities, vec![item(1), item(2)], None)
}

/// A step as the tests write it.
fn shown(step: &Step) -> String {
    match step {
        Step::Enter(mailbox) => format!("enter {mailbox}"),
        Step::Remember { intents, target_uid_next, .. } => format!("remember {intents:?} {target_uid_next}"),
        Step::End(_) => "end".into(),
        Step::Ask(Op::Select { mailbox }) => format!("SELECT {mailbox}"),
        Step::Ask(Op::Status { mailbox }) => format!("STATUS {mailbox}"),
        Step::Ask(Op::FetchFlags { uids }) => format!("flags of {uids}"),
        Step::Ask(Op::FetchHeaders { uids }) => format!("headers of {uids}"),
        Step::Ask(Op::Move { uids, to }) => format!("MOVE {uids} {to}"),
        Step::Ask(Op::Copy { uids, to }) => format!("COPY {uids} {to}"),
        Step::Ask(Op::StoreFlags { uids, set, flags }) => {
            format!("STORE {uids} {}{}", if *set { '+' } else { '-' }, flags.0)
        }
        Step::Ask(Op::ExpungeUids { uids }) => format!("EXPUNGE {uids}"),
        Step::Ask(other) => panic!("no run asks for {other:?}"),
    }
}

/// Plays a run: each step must be the one written, and is answered as written.
fn play(mut run: Run, script: Script) -> Vec<(i64, Ending)> {
    for (expected, answer) in script {
        let step = run.next_step();
        assert_eq!(shown(&step), expected);
        match step {
            Step::Remember { intents, .. } => run.go_on(&intents),
            _ => run.answer(answer),
        }
    }
    match run.next_step() {
        Step::End(mut endings) => {
            endings.sort_by_key(|(intent, _)| *intent);
            endings
        }
        step => panic!("not over: {}", shown(&step)),
    }
}

fn selected(uid_validity: u32, uid_next: Option<Uid>) -> Answered {
    Ok(Answer::Selected(SelectedMailbox { uid_validity, uid_next, exists: 5, ..SelectedMailbox::default() }))
}

fn here() -> Answered {
    selected(VALIDITY, Some(50))
}

fn next_is(uid_next: Uid) -> Answered {
    Ok(Answer::Status(MailboxStatus { uid_next: Some(uid_next), ..MailboxStatus::default() }))
}

fn done() -> Answered {
    Ok(Answer::Done)
}

fn copied(pairs: &[(Uid, Uid)]) -> Answered {
    Ok(Answer::Copied(Some(CopyUid { uid_validity: 9, pairs: pairs.to_vec() })))
}

fn silent_copy() -> Answered {
    Ok(Answer::Copied(None))
}

fn present(uids: &[Uid]) -> Answered {
    Ok(Answer::Flags(uids.iter().map(|uid| (*uid, crate::model::Flags::default())).collect()))
}

fn marked(flags: &[(Uid, FlagBits)]) -> Answered {
    let told = |(uid, bits): &(Uid, FlagBits)| (*uid, Flags { bits: *bits, ..Flags::default() });
    Ok(Answer::Flags(flags.iter().map(told).collect()))
}

/// What the target shows: UID there, and of which mail it is a copy.
fn copies(of: &[(Uid, &Item)]) -> Answered {
    let header = |(uid, item): &(Uid, &Item)| FetchedHeader {
        uid: *uid,
        internal_date: Some(item.date),
        size: Some(item.size),
        header: Some(match item.message_id.as_str() {
            "" => b"Subject: x\r\n\r\n".to_vec(),
            id => format!("Message-ID: <{id}>\r\n\r\n").into_bytes(),
        }),
        ..FetchedHeader::default()
    };
    Ok(Answer::Headers(of.iter().map(header).collect()))
}

fn no(code: &str) -> Answered {
    Err(OpError::No(Refusal { code: code.into(), text: "no".into() }))
}

fn lost(sent: bool) -> Answered {
    Err(OpError::Lost { sent, error: Error::new(ErrorKind::Offline) })
}

fn both(ending: &Ending) -> Vec<(i64, Ending)> {
    vec![(10, ending.clone()), (20, ending.clone())]
}

fn is_refused(endings: &[(i64, Ending)]) -> bool {
    !endings.is_empty() && endings.iter().all(|(_, ending)| matches!(ending, Ending::Refused(_)))
}

/// A move up to the point where it is sent.
fn begun(transfer: &'static str) -> Script {
    vec![
        ("STATUS Old", next_is(30)),
        ("enter INBOX", here()),
        ("remember [10, 20] 30", done()),
        (transfer, silent_copy()),
    ]
}

/// The same, with that answer.
fn begun_with(transfer: &'static str, answer: Answered) -> Script {
    let mut script = begun(transfer);
    script.pop();
    script.push((transfer, answer));
    script
}

fn then(mut script: Script, more: Script) -> Script {
    script.extend(more);
    script
}

#[test]
fn a_move_tells_where_each_mail_is_now_and_which_was_not_there() {
    let endings = play(moving(MOVES, &[1, 2]), begun_with("MOVE 1:2 Old", copied(&[(2, 31)])));
    assert_eq!(endings, [(10, Ending::Gone), (20, Ending::Moved(Some(31)))]);
}

/// A server names no UIDs where it has moved nothing, and its OK says no other than that.
#[test]
fn bug_a_move_of_mails_that_had_left_was_said_to_be_done() {
    let script = then(
        begun("MOVE 1:2 Old"),
        vec![("SELECT Old", selected(9, Some(32))), ("headers of 30:31", copies(&[(31, &item(2))]))],
    );
    let endings = play(moving(MOVES, &[1, 2]), script);
    assert_eq!(endings, [(10, Ending::Gone), (20, Ending::Moved(Some(31)))]);
    let nothing_new = then(begun("MOVE 1:2 Old"), vec![("SELECT Old", selected(9, Some(30)))]);
    assert_eq!(play(moving(MOVES, &[1, 2]), nothing_new), both(&Ending::Gone));
}

#[test]
fn without_uidplus_a_mail_that_is_not_there_is_told_before_the_move() {
    let abilities = Abilities { moves: true, uidplus: false };
    let script = vec![
        ("STATUS Old", next_is(30)),
        ("enter INBOX", here()),
        ("flags of 1:2", present(&[2])),
        ("remember [20] 30", done()),
        ("MOVE 2 Old", silent_copy()),
    ];
    let endings = play(moving(abilities, &[1, 2]), script);
    assert_eq!(endings, [(10, Ending::Gone), (20, Ending::Moved(None))]);
}

#[test]
fn a_copy_is_proved_by_copyuid_and_only_what_was_copied_is_removed() {
    let script = then(
        begun_with("COPY 1:2 Old", copied(&[(2, 31)])),
        vec![("enter INBOX", here()), ("STORE 2 +8", done()), ("EXPUNGE 2", done())],
    );
    let endings = play(moving(COPIES, &[1, 2]), script);
    assert!(is_refused(&endings[..1]), "{endings:?}");
    assert_eq!(endings[1], (20, Ending::Moved(Some(31))));
}

#[test]
fn a_copy_without_copyuid_is_looked_for_and_only_what_was_found_is_removed() {
    let other = Item { size: 1, ..item(1) };
    let script = then(
        begun("COPY 1:2 Old"),
        vec![
            ("SELECT Old", selected(9, Some(33))),
            // The same Message-ID at another size is another mail.
            ("headers of 30:32", copies(&[(30, &other), (31, &item(2)), (32, &item(3))])),
            ("enter INBOX", here()),
            ("STORE 2 +8", done()),
            ("EXPUNGE 2", done()),
        ],
    );
    let endings = play(moving(COPIES, &[1, 2]), script);
    assert!(is_refused(&endings[..1]), "{endings:?}");
    assert_eq!(endings[1], (20, Ending::Moved(Some(31))));
}

#[test]
fn where_nothing_new_is_in_the_target_nothing_is_removed() {
    let script = then(begun("COPY 1:2 Old"), vec![("SELECT Old", selected(9, Some(30)))]);
    assert!(is_refused(&play(moving(COPIES, &[1, 2]), script)));
}

#[test]
fn without_uidplus_mail_is_marked_and_never_expunged() {
    let script = vec![
        ("STATUS Old", next_is(30)),
        ("enter INBOX", here()),
        ("flags of 1:2", present(&[1, 2])),
        ("remember [10, 20] 30", done()),
        ("COPY 1:2 Old", silent_copy()),
        ("SELECT Old", selected(9, Some(32))),
        ("headers of 30:31", copies(&[(30, &item(1)), (31, &item(2))])),
        ("enter INBOX", here()),
        ("STORE 1:2 +8", done()),
    ];
    let endings = play(moving(BARE, &[1, 2]), script);
    assert_eq!(endings, [(10, Ending::Moved(Some(30))), (20, Ending::Moved(Some(31)))]);
    let script = vec![("enter INBOX", here()), ("remember [10, 20] 0", done()), ("STORE 1:2 +8", done())];
    assert_eq!(play(expunging(BARE), script), both(&Ending::Done));
}

#[test]
fn two_mails_with_one_message_id_need_two_copies() {
    let twin = Item { message_id: item(1).message_id, size: item(1).size, ..item(2) };
    let run = run_of(Want::Move { to: "Old".into() }, COPIES, vec![item(1), twin], None);
    let script = then(
        begun("COPY 1:2 Old"),
        vec![
            ("SELECT Old", selected(9, Some(31))),
            ("headers of 30", copies(&[(30, &item(1))])),
            ("enter INBOX", here()),
            ("STORE 1 +8", done()),
            ("EXPUNGE 1", done()),
        ],
    );
    let endings = play(run, script);
    assert_eq!(endings[0], (10, Ending::Moved(Some(30))));
    assert!(is_refused(&endings[1..]), "{endings:?}");
}

#[test]
fn a_mail_without_message_id_is_proved_by_size_and_date() {
    let elsewhen = Item { date: Instant(5), ..nameless(1) };
    for (copy, proved) in [(nameless(1), true), (elsewhen, false), (item(1), false)] {
        let run = run_of(Want::Move { to: "Old".into() }, COPIES, vec![nameless(1)], None);
        let mut script = vec![
            ("STATUS Old", next_is(30)),
            ("enter INBOX", here()),
            ("remember [10] 30", done()),
            ("COPY 1 Old", silent_copy()),
            ("SELECT Old", selected(9, Some(31))),
            ("headers of 30", copies(&[(30, &copy)])),
        ];
        if proved {
            script.extend([("enter INBOX", here()), ("STORE 1 +8", done()), ("EXPUNGE 1", done())]);
            assert_eq!(play(run, script), [(10, Ending::Moved(Some(30)))]);
        } else {
            assert!(is_refused(&play(run, script)));
        }
    }
}

#[test]
fn flags_are_set_and_cleared_each_by_its_own_command() {
    let start = || vec![("enter INBOX", here()), ("remember [10, 20] 0", done())];
    let (seen, starred) = (FlagBits::SEEN, FlagBits::FLAGGED);
    let cases: [(FlagBits, FlagBits, Script); 3] = [
        (starred, FlagBits::NONE, vec![("STORE 1:2 +4", done())]),
        (FlagBits::NONE, seen, vec![("STORE 1:2 -1", done())]),
        (starred, seen, vec![("STORE 1:2 +4", done()), ("STORE 1:2 -1", done())]),
    ];
    for (add, remove, stores) in cases {
        let stored = then(start(), stores);
        let kept = then(stored.clone(), vec![("flags of 1:2", marked(&[(1, add), (2, add)]))]);
        assert_eq!(play(flagging(add, remove), kept), both(&Ending::Done));
        // The server agrees also to flags of a mail that another device has moved.
        let left = then(stored, vec![("flags of 1:2", marked(&[(2, add)]))]);
        assert_eq!(play(flagging(add, remove), left), [(10, Ending::Retry), (20, Ending::Done)]);
    }
}

#[test]
fn bug_a_flag_that_the_mailbox_does_not_keep_was_said_to_be_set() {
    let told = [(1, FlagBits::SEEN), (2, FlagBits::SEEN | FlagBits::FLAGGED | FlagBits::FORWARDED)];
    let script = |store| {
        let start = vec![("enter INBOX", here()), ("remember [10, 20] 0", done())];
        then(start, vec![(store, done()), ("flags of 1:2", marked(&told))])
    };
    let starred = play(flagging(FlagBits::FLAGGED, FlagBits::NONE), script("STORE 1:2 +4"));
    assert!(is_refused(&starred[..1]));
    assert_eq!(starred[1..], [(20, Ending::Done)]);
    let unread = play(flagging(FlagBits::NONE, FlagBits::SEEN), script("STORE 1:2 -1"));
    assert!(is_refused(&unread));
    // A keyword is a help for other clients: that it isn't kept, nobody needs to hear.
    let forwarded = play(flagging(FlagBits::FORWARDED, FlagBits::NONE), script("STORE 1:2 +32"));
    assert_eq!(forwarded, both(&Ending::Done));
}

/// It couldn't be expunged just then, and counted as expunged for ever.
#[test]
fn bug_a_deletion_that_the_server_put_off_counted_as_done() {
    let sent = vec![("enter INBOX", here()), ("remember [10, 20] 0", done()), ("STORE 1:2 +8", done())];
    let put_off = then(sent.clone(), vec![("EXPUNGE 1:2", no("UNAVAILABLE"))]);
    assert_eq!(play(expunging(MOVES), put_off), both(&Ending::Retry));
    for (abilities, expunge) in [(MOVES, Some(no("NOPERM"))), (MOVES, Some(done())), (BARE, None)] {
        let lingers = expunge != Some(done());
        let mut run = expunging(abilities);
        let script = then(sent.clone(), expunge.map(|answer| ("EXPUNGE 1:2", answer)).into_iter().collect());
        for (_, answer) in script {
            match run.next_step() {
                Step::Remember { intents, .. } => run.go_on(&intents),
                _ => run.answer(answer),
            }
        }
        assert_eq!(run.lingers(), lingers, "{abilities:?}");
    }
}

/// The mailbox it was in was deleted, or renamed, by another device after the mail had left it: the move that was done was
/// said to be refused.
#[test]
fn bug_a_move_was_refused_whose_mailbox_went_after_it() {
    let script = vec![
        ("SELECT INBOX", no("NONEXISTENT")),
        ("SELECT Old", selected(9, Some(31))),
        ("headers of 30", copies(&[(30, &item(1))])),
    ];
    for abilities in [MOVES, COPIES, BARE] {
        let endings = play(probing(abilities, &[1, 2], 30), script.clone());
        assert_eq!(endings, [(10, Ending::Moved(Some(30))), (20, Ending::Gone)]);
    }
    let later = vec![("SELECT INBOX", no("UNAVAILABLE"))];
    assert_eq!(play(probing(MOVES, &[1, 2], 30), later), both(&Ending::Unknown));
}

#[test]
fn what_was_taken_back_before_it_was_sent_is_not_sent() {
    for (mut run, first) in [
        (moving(MOVES, &[1, 2]), "MOVE 2 Old"),
        (flagging(FlagBits::SEEN, FlagBits::NONE), "STORE 2 +1"),
        (expunging(MOVES), "STORE 2 +8"),
    ] {
        loop {
            match run.next_step() {
                Step::Remember { .. } => break,
                Step::Ask(Op::Status { .. }) => run.answer(next_is(30)),
                _ => run.answer(here()),
            }
        }
        run.go_on(&[20]);
        assert_eq!(shown(&run.next_step()), first);
    }
    let mut run = expunging(MOVES);
    run.next_step();
    run.answer(here());
    run.next_step();
    run.go_on(&[]);
    assert_eq!(run.next_step(), Step::End(Vec::new()));
}

#[test]
fn a_renumbered_source_stops_everything() {
    for run in [moving(MOVES, &[1, 2]), expunging(MOVES), flagging(FlagBits::SEEN, FlagBits::NONE)] {
        let mut script = vec![("enter INBOX", selected(8, Some(9)))];
        if matches!(run.want, Want::Move { .. }) {
            script.insert(0, ("STATUS Old", next_is(30)));
        }
        assert_eq!(play(run, script), both(&Ending::Retry), "nothing was sent");
    }
    let script = then(
        begun_with("COPY 1:2 Old", copied(&[(1, 30), (2, 31)])),
        vec![("enter INBOX", selected(8, Some(9)))],
    );
    assert_eq!(play(moving(COPIES, &[1, 2]), script), both(&Ending::Unknown), "copied, and not removed");
    let script = vec![("SELECT INBOX", selected(8, Some(9)))];
    assert_eq!(play(probing(COPIES, &[1, 2], 30), script), both(&Ending::Unknown));
}

#[test]
fn a_probe_tells_all_four_cases_apart() {
    let items = [item(1), item(2), item(3), item(4)];
    let script = vec![
        ("SELECT INBOX", here()),
        ("flags of 1:4", present(&[1, 2])),
        ("SELECT Old", selected(9, Some(32))),
        ("headers of 30:31", copies(&[(30, &items[1]), (31, &items[2])])),
        // Copied and still here: what is left to do is to remove it, and nothing else.
        ("enter INBOX", here()),
        ("STORE 2 +8", done()),
        ("EXPUNGE 2", done()),
    ];
    for abilities in [MOVES, COPIES] {
        assert_eq!(
            play(probing(abilities, &[1, 2, 3, 4], 30), script.clone()),
            [
                (10, Ending::Retry),
                (20, Ending::Moved(Some(30))),
                (30, Ending::Moved(Some(31))),
                (40, Ending::Gone)
            ]
        );
    }
}

/// The mail had arrived, and a copy of it came to where it had been: that was taken for what was left of the move, and removed.
#[test]
fn bug_a_copy_that_came_to_where_a_mail_was_moved_from_was_removed() {
    let items = vec![Item { is_another: true, ..item(20) }];
    let copied = copies(&[(30, &items[0])]);
    let script = vec![
        ("SELECT INBOX", here()),
        ("flags of 20", present(&[20])),
        ("SELECT Old", selected(9, Some(31))),
        ("headers of 30", copied),
    ];
    let run = run_of(Want::Move { to: "Old".into() }, MOVES, items, Some(30));
    assert_eq!(play(run, script), [(200, Ending::Moved(Some(30)))]);
}

/// What an earlier move away from the target left there, without UIDPLUS, was taken for the copy: the mail was then marked
/// as deleted where it was, and so in both places.
#[test]
fn what_an_earlier_move_left_behind_is_no_copy() {
    let Ok(Answer::Headers(mut left)) = copies(&[(11, &item(1))]) else { panic!("headers") };
    left[0].flags.bits = FlagBits::DELETED;
    let probe = vec![
        ("SELECT INBOX", here()),
        ("flags of 1", present(&[1])),
        ("SELECT Old", selected(9, Some(12))),
        ("headers of 1:11", Ok(Answer::Headers(left))),
    ];
    assert_eq!(play(probing(BARE, &[1], 0), probe), [(10, Ending::Retry)]);
}

#[test]
fn a_probe_finds_copies_in_a_target_that_was_renumbered_or_tells_no_uidnext() {
    let found = vec![("enter INBOX", here()), ("STORE 1 +8", done()), ("EXPUNGE 1", done())];
    for (from, uid_next, headers) in [
        (300, Some(12), "headers of 1:11"),
        (5, None, "headers of 5:4294967295"),
        (0, Some(900), "headers of 699:899"),
    ] {
        let script = then(
            vec![
                ("SELECT INBOX", here()),
                ("flags of 1", present(&[1])),
                ("SELECT Old", selected(9, uid_next)),
                (headers, copies(&[(11, &item(1))])),
            ],
            found.clone(),
        );
        assert_eq!(play(probing(COPIES, &[1], from), script), [(10, Ending::Moved(Some(11)))]);
    }
}

#[test]
fn a_probe_where_nothing_came_does_it_again() {
    let script = vec![
        ("SELECT INBOX", here()),
        ("flags of 1:2", present(&[1, 2])),
        ("SELECT Old", selected(9, Some(30))),
    ];
    assert_eq!(play(probing(MOVES, &[1, 2], 30), script), both(&Ending::Retry));
}

/// The copy had been made and seen, and was moved on by another device; what is marked is copied with its mark, so that the
/// second copy was hidden, and the next client to expunge would have destroyed it.
#[test]
fn bug_a_mail_that_was_marked_by_a_lost_move_was_copied_with_the_mark() {
    let Ok(Answer::Flags(mut here_still)) = present(&[1, 2]) else { panic!("flags") };
    here_still[0].1.bits = FlagBits::DELETED;
    let asked = vec![
        ("SELECT INBOX", here()),
        ("flags of 1:2", Ok(Answer::Flags(here_still))),
        ("SELECT Old", selected(9, Some(30))),
    ];
    for abilities in [COPIES, BARE] {
        let script = then(asked.clone(), vec![("enter INBOX", here()), ("STORE 1 -8", done())]);
        assert_eq!(play(probing(abilities, &[1, 2], 30), script.clone()), both(&Ending::Retry));
        for step in [3, 4] {
            let mut broken = script.clone();
            broken.truncate(step + 1);
            broken[step].1 = lost(true);
            assert_eq!(play(probing(abilities, &[1, 2], 30), broken), both(&Ending::Unknown));
        }
    }
    assert_eq!(play(probing(MOVES, &[1, 2], 30), asked), both(&Ending::Retry), "a moved mail is no copy");
}

/// A move by copying with everything answered well; errors are put in at each place in turn.
fn by_copying() -> Script {
    then(
        begun("COPY 1:2 Old"),
        vec![
            ("SELECT Old", selected(9, Some(32))),
            ("headers of 30:31", copies(&[(30, &item(1)), (31, &item(2))])),
            ("enter INBOX", here()),
            ("STORE 1:2 +8", done()),
            ("EXPUNGE 1:2", done()),
        ],
    )
}

fn broken_off_at(mut script: Script, place: &str, with: Answered) -> Script {
    let at = script.iter().position(|(step, _)| *step == place).unwrap();
    script.truncate(at);
    script.push((script_name(place), with));
    script
}

fn script_name(place: &str) -> &'static str {
    by_copying()
        .into_iter()
        .chain(begun("MOVE 1:2 Old"))
        .map(|(step, _)| step)
        .find(|step| *step == place)
        .unwrap()
}

#[test]
fn a_lost_line_is_probed_from_the_moment_something_may_have_happened() {
    for (place, ending) in [
        ("STATUS Old", Ending::Retry),
        ("enter INBOX", Ending::Retry),
        ("COPY 1:2 Old", Ending::Unknown),
        ("SELECT Old", Ending::Unknown),
        ("headers of 30:31", Ending::Unknown),
        ("STORE 1:2 +8", Ending::Unknown),
        ("EXPUNGE 1:2", Ending::Unknown),
    ] {
        let script = broken_off_at(by_copying(), place, lost(true));
        assert_eq!(play(moving(COPIES, &[1, 2]), script), both(&ending), "{place}");
    }
    for (sent, ending) in [(true, Ending::Unknown), (false, Ending::Retry)] {
        let script = begun_with("MOVE 1:2 Old", lost(sent));
        assert_eq!(play(moving(MOVES, &[1, 2]), script), both(&ending));
    }
}

#[test]
fn a_passing_no_is_tried_again_and_a_copy_made_is_never_made_twice() {
    for (place, ending) in [
        ("STATUS Old", Ending::Retry),
        ("enter INBOX", Ending::Retry),
        ("COPY 1:2 Old", Ending::Retry),
        ("SELECT Old", Ending::Unknown),
        ("headers of 30:31", Ending::Unknown),
        ("STORE 1:2 +8", Ending::Unknown),
    ] {
        let script = broken_off_at(by_copying(), place, no("UNAVAILABLE"));
        assert_eq!(play(moving(COPIES, &[1, 2]), script), both(&ending), "{place}");
    }
}

#[test]
fn a_no_for_good_is_told() {
    for place in ["enter INBOX", "COPY 1:2 Old", "SELECT Old", "headers of 30:31", "STORE 1:2 +8"] {
        for error in [
            no("OVERQUOTA"),
            Err(OpError::Bad(Refusal::default())),
            Err(OpError::NotOffered),
            Err(OpError::Unsendable),
        ] {
            let endings = play(moving(COPIES, &[1, 2]), broken_off_at(by_copying(), place, error));
            assert!(is_refused(&endings), "{place}: {endings:?}");
        }
    }
    let one = vec![
        ("STATUS Old", next_is(30)),
        ("enter INBOX", here()),
        ("remember [10] 30", done()),
        ("MOVE 1 Old", no("OVERQUOTA")),
    ];
    let endings = play(moving(MOVES, &[1]), one);
    assert!(is_over_quota(&endings[0].1), "{endings:?}");
}

fn is_over_quota(ending: &Ending) -> bool {
    matches!(ending, Ending::Refused(error) if error.kind() == ErrorKind::QuotaFull)
}

/// The server had moved the first and had no room for the second: both were said to be refused.
#[test]
fn bug_a_move_that_failed_part_of_the_way_counted_as_none() {
    let asked = vec![
        ("SELECT INBOX", here()),
        ("flags of 1:2", present(&[2])),
        ("SELECT Old", selected(9, Some(31))),
        ("headers of 30", copies(&[(30, &item(1))])),
    ];
    let play_out = |code| {
        let script = then(begun_with("MOVE 1:2 Old", no(code)), asked.clone());
        play(moving(MOVES, &[1, 2]), script)
    };
    let endings = play_out("OVERQUOTA");
    assert_eq!(endings[0], (10, Ending::Moved(Some(30))));
    assert!(is_over_quota(&endings[1].1), "{endings:?}");
    assert_eq!(play_out("LIMIT"), [(10, Ending::Moved(Some(30))), (20, Ending::Retry)]);
}

#[test]
fn a_server_that_refuses_status_can_still_move() {
    for error in [no(""), Err(OpError::Bad(Refusal::default()))] {
        let script = vec![
            ("STATUS Old", error),
            ("enter INBOX", here()),
            ("remember [10, 20] 0", done()),
            ("MOVE 1:2 Old", copied(&[(1, 30), (2, 31)])),
        ];
        let endings = play(moving(MOVES, &[1, 2]), script);
        assert_eq!(endings, [(10, Ending::Moved(Some(30))), (20, Ending::Moved(Some(31)))]);
    }
}

#[test]
fn a_refused_expunge_leaves_the_mail_marked_as_without_uidplus() {
    let script = broken_off_at(by_copying(), "EXPUNGE 1:2", no("CANNOT"));
    let endings = play(moving(COPIES, &[1, 2]), script);
    assert_eq!(endings, [(10, Ending::Moved(Some(30))), (20, Ending::Moved(Some(31)))]);
    let script = vec![
        ("enter INBOX", here()),
        ("remember [10, 20] 0", done()),
        ("STORE 1:2 +8", done()),
        ("EXPUNGE 1:2", no("")),
    ];
    assert_eq!(play(expunging(MOVES), script), both(&Ending::Done));
}

#[test]
fn flags_and_expunges_that_broke_off_are_done_again() {
    for error in [lost(true), no("INUSE")] {
        let script = |last| vec![("enter INBOX", here()), ("remember [10, 20] 0", done()), last];
        let flagged = play(flagging(FlagBits::SEEN, FlagBits::NONE), script(("STORE 1:2 +1", error.clone())));
        assert_eq!(flagged, both(&Ending::Retry));
        assert_eq!(play(expunging(MOVES), script(("STORE 1:2 +8", error))), both(&Ending::Retry));
    }
}

#[test]
fn an_answer_to_something_else_concludes_nothing() {
    let script = begun_with("COPY 1:2 Old", present(&[1]));
    assert_eq!(play(moving(COPIES, &[1, 2]), script), both(&Ending::Unknown));
    let script = vec![("STATUS Old", present(&[1]))];
    assert_eq!(play(moving(COPIES, &[1, 2]), script), both(&Ending::Retry));
}

fn copying(abilities: Abilities, from: Option<Uid>) -> Run {
    run_of(Want::Copy { to: "Old".into() }, abilities, vec![item(1), item(2)], from)
}

#[test]
fn a_copy_leaves_the_original_alone_and_tells_where_it_is() {
    for abilities in [MOVES, COPIES] {
        let endings = play(copying(abilities, None), begun_with("COPY 1:2 Old", copied(&[(2, 31)])));
        assert_eq!(endings, [(10, Ending::Gone), (20, Ending::Moved(Some(31)))]);
    }
    let mut script = begun("COPY 1:2 Old");
    script.insert(2, ("flags of 1:2", present(&[1, 2])));
    assert_eq!(play(copying(BARE, None), script), both(&Ending::Moved(None)), "the next look tells");
}

/// Another client had moved the mail away at that moment, and a server that can say so named no copy: the person was told
/// that it had been copied.
#[test]
fn bug_a_copy_that_the_server_did_not_name_counted_as_made() {
    let script = then(
        begun("COPY 1:2 Old"),
        vec![("SELECT Old", selected(9, Some(31))), ("headers of 30", copies(&[(30, &item(2))]))],
    );
    let endings = play(copying(COPIES, None), script);
    assert!(matches!(endings[0], (10, Ending::Refused(_))), "{endings:?}");
    assert_eq!(endings[1], (20, Ending::Moved(Some(30))));
}

#[test]
fn a_copy_that_breaks_off_is_looked_for_in_the_target_alone_before_it_is_made_again() {
    assert_eq!(play(copying(MOVES, None), begun_with("COPY 1:2 Old", lost(true))), both(&Ending::Unknown));
    assert_eq!(play(copying(MOVES, None), begun_with("COPY 1:2 Old", lost(false))), both(&Ending::Retry));
    let script = vec![
        ("SELECT Old", selected(9, Some(33))),
        ("headers of 30:32", copies(&[(31, &item(2)), (32, &item(3))])),
    ];
    let endings = play(copying(MOVES, Some(30)), script);
    assert_eq!(endings, [(10, Ending::Retry), (20, Ending::Moved(Some(31)))]);
    let nothing_new = vec![("SELECT Old", selected(9, Some(30)))];
    assert_eq!(play(copying(MOVES, Some(30)), nothing_new), both(&Ending::Retry));
    for broken in [lost(true), lost(false), no("UNAVAILABLE")] {
        assert_eq!(
            play(copying(MOVES, Some(30)), vec![("SELECT Old", broken.clone())]),
            both(&Ending::Unknown)
        );
        let script = vec![("SELECT Old", selected(9, Some(33))), ("headers of 30:32", broken)];
        assert_eq!(play(copying(MOVES, Some(30)), script), both(&Ending::Unknown));
    }
}

#[test]
fn a_target_numbered_anew_since_a_lost_answer_is_searched_from_its_newest_mails() {
    let script = vec![
        ("SELECT Old", selected(10, Some(500))),
        ("headers of 299:499", copies(&[(300, &item(1)), (301, &item(2))])),
    ];
    let run = copying(MOVES, Some(450)).numbered(9).beside(10, UidSet::default());
    let endings = play(run, script);
    assert_eq!(endings, [(10, Ending::Moved(Some(300))), (20, Ending::Moved(Some(301)))]);
    // Not before it was read here in that numbering.
    let select = vec![("SELECT Old", selected(10, Some(500)))];
    let run = copying(MOVES, Some(450)).numbered(9).beside(9, UidSet::default());
    assert_eq!(play(run, select), both(&Ending::Unknown));
}

/// The target had been renumbered since, and held an older copy of the mail: it counted for the one whose answer was lost,
/// the mail was removed where it was, and with the older copy taken back it was nowhere.
#[test]
fn bug_a_copy_that_was_in_the_target_before_counted_as_the_one_to_prove() {
    let script = || {
        vec![
            ("SELECT INBOX", here()),
            ("flags of 1", present(&[1])),
            ("SELECT Old", selected(10, Some(12))),
            ("headers of 1:11", copies(&[(4, &item(1))])),
        ]
    };
    let probing = |others| probing(MOVES, &[1], 9).numbered(9).beside(10, others);
    assert_eq!(play(probing(UidSet::range(1, 4)), script()), [(10, Ending::Retry)]);
    let found = vec![("enter INBOX", here()), ("STORE 1 +8", done()), ("EXPUNGE 1", done())];
    assert_eq!(play(probing(UidSet::range(1, 3)), then(script(), found)), [(10, Ending::Moved(Some(4)))]);
}

#[test]
fn uids_of_a_move_belong_to_the_numbering_copyuid_names() {
    let mut run = moving(MOVES, &[1]);
    for answer in [next_is(30), here()] {
        run.next_step();
        run.answer(answer);
    }
    let Step::Remember { intents, target_uid_next, .. } = run.next_step() else { panic!() };
    assert_eq!(target_uid_next, 30);
    run.go_on(&intents);
    run.next_step();
    run.answer(copied(&[(1, 31)]));
    assert_eq!(run.numbering(), 9);
}

#[test]
fn a_mailbox_that_is_not_there_is_told_apart_from_a_refusal() {
    for (run, transfer) in [(moving(MOVES, &[1, 2]), "MOVE 1:2 Old"), (copying(MOVES, None), "COPY 1:2 Old")]
    {
        let endings = play(run, begun_with(transfer, no("TRYCREATE")));
        assert!(endings.iter().all(|(_, ending)| matches!(ending, Ending::NoMailbox(_))), "{endings:?}");
    }
}

/// Its mailbox had been renumbered since the answer was lost, so that what is copied was looked at as well: it was taken
/// for the copy, and the person was told of a copy that nobody had made.
#[test]
fn bug_what_was_to_be_copied_within_a_mailbox_was_taken_for_its_copy() {
    let within = Want::Copy { to: "INBOX".into() };
    let run = run_of(within, MOVES, vec![item(1), item(2)], Some(3))
        .numbered(6)
        .beside(VALIDITY, UidSet::default());
    let script = vec![
        ("SELECT INBOX", selected(VALIDITY, Some(4))),
        ("headers of 1:3", copies(&[(1, &item(1)), (2, &item(2)), (3, &item(2))])),
    ];
    assert_eq!(play(run, script), [(10, Ending::Retry), (20, Ending::Moved(Some(3)))]);
}

/// Its mailbox had been renumbered and read anew, without it. It was left to the next look at the target, which had been
/// looked at before: the mail there was taken for another one, and what was wished of the moved mail was met by nothing.
#[test]
fn bug_a_moved_mail_that_had_left_was_not_looked_for_where_it_was_to_go() {
    let items = [Item { is_gone: true, ..item(1) }, Item { is_gone: true, ..item(2) }];
    let script = vec![
        ("SELECT INBOX", here()),
        ("flags of 1:2", present(&[])),
        ("SELECT Old", selected(9, Some(31))),
        ("headers of 30", copies(&[(30, &items[1])])),
    ];
    let run = run_of(Want::Move { to: "Old".into() }, COPIES, items.to_vec(), Some(30));
    assert_eq!(play(run, script), [(10, Ending::Moved(None)), (20, Ending::Moved(Some(30)))]);
}
