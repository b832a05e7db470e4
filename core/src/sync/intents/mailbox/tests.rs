//! Each way work on a mailbox can go.

use super::*;
use crate::imap::ops::MailboxStatus;

type Answered = Result<Answer, OpError>;

fn listed(names: &[&str]) -> Answered {
    let mailbox = |name: &&str| ListedMailbox {
        name: Arc::from(*name),
        path: (*name).to_owned(),
        delimiter: Some('.'),
        role: if *name == "INBOX" { Role::Inbox } else { Role::None },
        selectable: true,
        subscribed: None,
        object_id: None,
    };
    Ok(Answer::Mailboxes(names.iter().map(mailbox).collect()))
}

fn no(code: &str) -> Answered {
    Err(OpError::No(Refusal { code: code.into(), text: "no".into() }))
}

fn lost(sent: bool) -> Answered {
    Err(OpError::Lost { sent, error: Error::new(ErrorKind::Offline) })
}

fn done() -> Answered {
    Ok(Answer::Done)
}

fn shown(step: &MailboxStep) -> String {
    match step {
        MailboxStep::Remember => "remember".into(),
        MailboxStep::End(_) => "end".into(),
        MailboxStep::Ask(Op::List) => "LIST".into(),
        MailboxStep::Ask(Op::Select { mailbox }) => format!("SELECT {mailbox}"),
        MailboxStep::Ask(Op::Status { mailbox }) => format!("STATUS {mailbox}"),
        MailboxStep::Ask(Op::Create { mailbox, .. }) => format!("CREATE {mailbox}"),
        MailboxStep::Ask(Op::Rename { mailbox, to }) => format!("RENAME {mailbox} {to}"),
        MailboxStep::Ask(Op::Delete { mailbox }) => format!("DELETE {mailbox}"),
        MailboxStep::Ask(Op::Subscribe { mailbox, .. }) => format!("SUBSCRIBE {mailbox}"),
        MailboxStep::Ask(other) => panic!("no run asks for {other:?}"),
    }
}

fn play(want: MailboxWant, probing: bool, script: Vec<(&str, Answered)>) -> MailboxEnding {
    let mut run = MailboxRun::new(want, probing);
    for (expected, answer) in script {
        let step = run.next_step();
        assert_eq!(shown(&step), expected);
        match step {
            MailboxStep::Remember => run.go_on(true),
            _ => run.answer(answer),
        }
    }
    match run.next_step() {
        MailboxStep::End(ending) => ending,
        step => panic!("not over: {}", shown(&step)),
    }
}

fn create(look: bool) -> MailboxWant {
    MailboxWant::Create { name: "Archive".into(), role: Role::Archive, look }
}

fn rename() -> MailboxWant {
    MailboxWant::Rename { name: "Old".into(), to: "New".into() }
}

fn delete(if_empty: bool) -> MailboxWant {
    MailboxWant::Delete { name: "Old".into(), if_empty }
}

fn called(name: &str) -> MailboxEnding {
    MailboxEnding::Done { name: Some(name.into()) }
}

const DONE: MailboxEnding = MailboxEnding::Done { name: None };

fn is_refused(ending: &MailboxEnding) -> bool {
    matches!(ending, MailboxEnding::Refused(_))
}

#[test]
fn a_mailbox_for_a_role_is_made_only_where_none_has_it_in_any_language() {
    assert_eq!(play(create(true), false, vec![("LIST", listed(&["INBOX", "Archiv"]))]), called("Archiv"));
    assert_eq!(
        play(create(true), false, vec![("LIST", listed(&["INBOX", "INBOX.Arkiv"]))]),
        called("INBOX.Arkiv")
    );
    let script = vec![
        ("LIST", listed(&["INBOX", "Work"])),
        ("remember", done()),
        ("CREATE Archive", done()),
        ("SUBSCRIBE Archive", no("")),
    ];
    assert_eq!(play(create(true), false, script), called("Archive"));
}

/// Gmail's Trash may be hidden from IMAP. A label of that name, or one that is made, would leave the mail where it is.
#[test]
fn bug_a_label_was_made_and_used_as_gmails_trash() {
    for there in [&["INBOX", "[Gmail]", "[Gmail]/All Mail"][..], &["INBOX", "[Gmail]", "Trash"]] {
        let want = MailboxWant::Create { name: "Trash".into(), role: Role::Trash, look: true };
        let MailboxEnding::Refused(error) = play(want, false, vec![("LIST", listed(there))]) else {
            panic!()
        };
        assert_eq!(error.kind(), ErrorKind::WrongState);
    }
}

#[test]
fn where_all_lies_below_inbox_so_does_what_is_made() {
    let script = vec![
        ("LIST", listed(&["INBOX", "INBOX.Work"])),
        ("remember", done()),
        ("CREATE INBOX.Archive", done()),
        ("SUBSCRIBE INBOX.Archive", done()),
    ];
    assert_eq!(play(create(true), false, script), called("INBOX.Archive"));
    // With INBOX alone it shows by a NO.
    let script = vec![
        ("LIST", listed(&["INBOX"])),
        ("remember", done()),
        ("CREATE Archive", no("")),
        ("LIST", listed(&["INBOX"])),
        ("CREATE INBOX.Archive", done()),
        ("SUBSCRIBE INBOX.Archive", done()),
    ];
    assert_eq!(play(create(true), false, script), called("INBOX.Archive"));
}

#[test]
fn a_mailbox_another_client_made_a_moment_ago_is_the_one() {
    let script = vec![
        ("LIST", listed(&["INBOX", "Work"])),
        ("remember", done()),
        ("CREATE Archive", no("ALREADYEXISTS")),
    ];
    assert_eq!(play(create(true), false, script), called("Archive"));
    // Not every server says so.
    let script =
        vec![("remember", done()), ("CREATE Archive", no("")), ("LIST", listed(&["INBOX", "Archive"]))];
    assert_eq!(play(create(false), false, script), called("Archive"));
}

#[test]
fn a_refused_mailbox_is_refused_once_and_told() {
    let script =
        vec![("remember", done()), ("CREATE Archive", no("OVERQUOTA")), ("LIST", listed(&["INBOX", "Work"]))];
    let MailboxEnding::Refused(error) = play(create(false), false, script) else { panic!() };
    assert_eq!(error.kind(), ErrorKind::QuotaFull);
}

#[test]
fn a_lost_answer_is_followed_by_list_and_never_by_the_same_command_unseen() {
    for want in [create(false), rename(), delete(false)] {
        let first = match want {
            MailboxWant::Create { .. } => vec![("remember", done()), ("CREATE Archive", lost(true))],
            MailboxWant::Rename { .. } => vec![("remember", done()), ("RENAME Old New", lost(true))],
            _ => vec![("SELECT INBOX", done()), ("remember", done()), ("DELETE Old", lost(true))],
        };
        assert_eq!(play(want.clone(), false, first), MailboxEnding::Unknown);
        assert_eq!(play(want.clone(), true, vec![("LIST", lost(true))]), MailboxEnding::Unknown);
        assert_eq!(play(want, true, vec![("LIST", listed(&[]))]), MailboxEnding::Unknown);
    }
    assert_eq!(play(create(false), true, vec![("LIST", listed(&["INBOX", "Archive"]))]), called("Archive"));
    assert_eq!(play(rename(), true, vec![("LIST", listed(&["INBOX", "New"]))]), called("New"));
    assert_eq!(play(delete(false), true, vec![("LIST", listed(&["INBOX"]))]), DONE);
    let again = vec![("LIST", listed(&["INBOX", "Old"])), ("remember", done()), ("RENAME Old New", done())];
    assert_eq!(play(rename(), true, again), called("New"));
    assert!(is_refused(&play(rename(), true, vec![("LIST", listed(&["INBOX", "Old", "New"]))])));
    assert!(is_refused(&play(rename(), true, vec![("LIST", listed(&["INBOX"]))])));
}

#[test]
fn what_never_left_is_done_again() {
    let script = vec![("remember", done()), ("RENAME Old New", lost(false))];
    assert_eq!(play(rename(), false, script), MailboxEnding::Retry);
    let script = vec![("remember", done()), ("RENAME Old New", no("INUSE"))];
    assert_eq!(play(rename(), false, script), MailboxEnding::Retry);
    assert_eq!(play(create(true), false, vec![("LIST", lost(true))]), MailboxEnding::Retry);
}

#[test]
fn an_undone_mailbox_is_deleted_only_while_it_is_empty() {
    let count = |messages| Ok(Answer::Status(MailboxStatus { messages, ..MailboxStatus::default() }));
    let list = || ("LIST", listed(&["INBOX", "Old"]));
    let script = vec![
        list(),
        ("STATUS Old", count(Some(0))),
        ("SELECT INBOX", done()),
        ("remember", done()),
        ("DELETE Old", done()),
    ];
    assert_eq!(play(delete(true), false, script), DONE);
    for messages in [Some(1), None] {
        assert!(is_refused(&play(delete(true), false, vec![list(), ("STATUS Old", count(messages))])));
    }
    assert!(is_refused(&play(delete(true), false, vec![("LIST", listed(&["INBOX", "Old", "Old.Sub"]))])));
    // And again after a lost answer: mail may have come since.
    assert!(is_refused(&play(delete(true), true, vec![list(), ("STATUS Old", count(Some(2)))])));
}

#[test]
fn a_mailbox_that_is_gone_is_deleted_and_one_with_children_is_the_servers_answer() {
    let script = |code| vec![("SELECT INBOX", done()), ("remember", done()), ("DELETE Old", no(code))];
    assert_eq!(play(delete(false), false, script("NONEXISTENT")), DONE);
    assert!(is_refused(&play(delete(false), false, script("HASCHILDREN"))));
}
