//! One suite for every server: the pure session against the model server, stepped in memory in each of its dialects.
//! `real_dovecot_session` and `server_suite` run the same with real ones.

use std::collections::BTreeMap;
use std::sync::Arc;

use waxwing_core::imap::ops::{ChangedMail, MailboxStatus, OpError, SelectedMailbox};
use waxwing_core::imap::{Answer, Capability, Op, Uid, UidSet};
use waxwing_core::mime;
use waxwing_core::model::{FlagBits, Role};
use waxwing_demo::model::{Dialect, Flags, Mailstore};
use waxwing_tests::peer::Peer;

/// The mails a server of this suite has in INBOX, UIDs 1 to 5.
pub(crate) fn mails() -> Vec<Vec<u8>> {
    (1..=5)
        .map(|number| {
            let text = format!(
                "From: Grace <grace@example.org>\r\nSubject: mail {number}\r\nMessage-ID: <{number}@example.org>\r\n\r\n\
                 Line {number}: {{13}}\r\n) A1 OK not an answer\r\n{}\r\n",
                "x".repeat(number * 700)
            );
            text.into_bytes()
        })
        .collect()
}

fn select(peer: &mut Peer, mailbox: &str) -> SelectedMailbox {
    match peer.ask(Op::Select { mailbox: Arc::from(mailbox) }) {
        Ok(Answer::Selected(selected)) => selected,
        other => panic!("SELECT {mailbox}: {other:?}"),
    }
}

/// The name of a mailbox, which some servers have below INBOX.
fn called(peer: &mut Peer, name: &str) -> Arc<str> {
    let Ok(Answer::Mailboxes(listed)) = peer.ask(Op::List) else { panic!("no list") };
    let below = format!("INBOX.{name}");
    let found = listed.into_iter().find(|mailbox| mailbox.path == name || mailbox.path == below);
    found.unwrap_or_else(|| panic!("no {name}")).name
}

fn flags(peer: &mut Peer) -> Vec<(Uid, FlagBits)> {
    match peer.ask(Op::FetchFlags { uids: UidSet::range(1, Uid::MAX) }) {
        Ok(Answer::Flags(all)) => all.into_iter().map(|(uid, flags)| (uid, flags.bits)).collect(),
        other => panic!("flags: {other:?}"),
    }
}

fn uids(peer: &mut Peer, mailbox: &str) -> Vec<Uid> {
    let exists = select(peer, mailbox).exists;
    if exists == 0 { Vec::new() } else { flags(peer).into_iter().map(|(uid, _)| uid).collect() }
}

/// The whole suite. The server has `mails()` in INBOX, and the mailboxes Archive and Trash with their roles.
pub(crate) fn run(mut peer: Peer, deliver: impl FnOnce(&mut Peer)) {
    lists_mailboxes_with_their_roles(&mut peer);
    tells_what_a_mailbox_holds(&mut peer);
    reads_headers_and_bodies_byte_for_byte(&mut peer);
    reads_pieces_that_make_up_the_whole(&mut peer);
    changes_flags(&mut peer);
    sees_what_changed_and_what_is_gone(&mut peer);
    copies_moves_and_expunges(&mut peer);
    finds_all_and_counts_all_at_once(&mut peer);
    refuses_without_losing_the_connection(&mut peer);
    hears_of_new_mail(&mut peer, deliver);
    assert_eq!(peer.ask(Op::Logout), Ok(Answer::Done));
}

fn lists_mailboxes_with_their_roles(peer: &mut Peer) {
    let trash = called(peer, "Trash");
    let Ok(Answer::Mailboxes(listed)) = peer.ask(Op::List) else { panic!("no list") };
    let role = |name: &str| listed.iter().find(|mailbox| mailbox.path == name).map(|mailbox| mailbox.role);
    assert_eq!(role("INBOX"), Some(Role::Inbox));
    let named_by_attribute = peer.capabilities().has(Capability::SpecialUse);
    assert_eq!(role(&trash), Some(if named_by_attribute { Role::Trash } else { Role::None }));
}

fn tells_what_a_mailbox_holds(peer: &mut Peer) {
    let status = peer.ask(Op::Status { mailbox: "INBOX".into() });
    let Ok(Answer::Status(MailboxStatus { messages, unseen, uid_next, .. })) = status else {
        panic!("{status:?}")
    };
    assert_eq!((messages, unseen, uid_next), (Some(5), Some(5), Some(6)));
    let selected = select(peer, "INBOX");
    assert_eq!(selected.exists, 5);
    assert!(selected.uid_validity != 0);
    assert!(selected.uid_next.is_none_or(|uid_next| uid_next == 6));
}

fn reads_headers_and_bodies_byte_for_byte(peer: &mut Peer) {
    select(peer, "INBOX");
    // Two ranges under way at once, as a download does.
    let first = peer.submit(Op::FetchBodies { uids: UidSet::range(3, 5) });
    let second = peer.submit(Op::FetchBodies { uids: UidSet::range(1, 2) });
    assert_eq!(peer.answer(first), Ok(Answer::Bodies(vec![3, 4, 5])));
    assert_eq!(peer.answer(second), Ok(Answer::Bodies(vec![1, 2])));
    let mut bodies = std::mem::take(&mut peer.bodies);
    bodies.sort();
    let expected: Vec<(Uid, Vec<u8>)> = (1..).zip(mails()).collect();
    assert_eq!(bodies, expected);

    let Ok(Answer::Headers(headers)) = peer.ask(Op::FetchHeaders { uids: UidSet::range(1, 5) }) else {
        panic!("no headers")
    };
    for header in headers {
        let facts = mime::header_facts(&header.header.expect("a header"));
        assert_eq!(facts.subject, format!("mail {}", header.uid));
        assert_eq!(facts.message_id, Some(format!("{}@example.org", header.uid)));
        assert_eq!(header.size, Some(mails()[header.uid as usize - 1].len() as u64));
        assert!(header.internal_date.is_some());
    }
    assert!(flags(peer).iter().all(|(_, flags)| !flags.contains(FlagBits::SEEN)), "reading is peeking");
}

fn reads_pieces_that_make_up_the_whole(peer: &mut Peer) {
    let raw = mails().remove(4);
    let text_at = raw.windows(4).position(|four| four == b"\r\n\r\n").unwrap() + 4;
    for (part, whole) in [("", &raw[..]), ("TEXT", &raw[text_at..])] {
        let ask = |offset| Op::FetchPart { uid: 5, part: part.into(), offset, length: 1000 };
        // All on their way at once, beside one that asks for the whole mail.
        let pieces: Vec<_> = (0..4).map(|piece| peer.submit(ask(piece * 1000))).collect();
        let mail = peer.submit(Op::FetchBodies { uids: UidSet::of([5]) });
        for piece in pieces {
            assert_eq!(peer.answer(piece), Ok(Answer::Bodies(vec![5])));
        }
        assert_eq!(peer.answer(mail), Ok(Answer::Bodies(vec![5])));
        let mut bodies: Vec<Vec<u8>> =
            std::mem::take(&mut peer.bodies).into_iter().map(|(_, body)| body).collect();
        assert_eq!(bodies.pop().as_deref(), Some(&raw[..]), "the mail is whole");
        assert_eq!(bodies.concat(), whole, "part {part:?}");
    }
    assert_eq!(
        peer.ask(Op::FetchPart { uid: 99, part: "TEXT".into(), offset: 0, length: 9 }),
        Ok(Answer::Bodies(vec![]))
    );
}

fn changes_flags(peer: &mut Peer) {
    let both = FlagBits::SEEN | FlagBits::FLAGGED;
    let change = |set, flags, uids| Op::StoreFlags { uids, set, flags };
    assert_eq!(peer.ask(change(true, both, UidSet::range(1, 3))), Ok(Answer::Done));
    assert_eq!(peer.ask(change(false, FlagBits::SEEN, UidSet::of([2]))), Ok(Answer::Done));
    let all: Vec<FlagBits> = flags(peer).into_iter().map(|(_, flags)| flags).collect();
    assert_eq!(all, [both, FlagBits::FLAGGED, both, FlagBits::NONE, FlagBits::NONE]);
}

fn copies_moves_and_expunges(peer: &mut Peer) {
    let before = uids(peer, "INBOX");
    let (archive, trash) = (called(peer, "Archive"), called(peer, "Trash"));
    let copied = peer.ask(Op::Copy { uids: UidSet::of([1, 3]), to: Arc::clone(&archive) });
    let Ok(Answer::Copied(copied)) = copied else { panic!("{copied:?}") };
    if peer.capabilities().has(Capability::UidPlus) {
        let pairs = copied.expect("COPYUID").pairs;
        assert_eq!(pairs.iter().map(|(source, _)| *source).collect::<Vec<_>>(), [1, 3]);
    }
    let moved = peer.ask(Op::Move { uids: UidSet::of([2]), to: Arc::clone(&trash) });
    let moves = peer.capabilities().has(Capability::Move);
    match moved {
        Ok(Answer::Copied(_)) => assert!(moves),
        Err(OpError::NotOffered) => assert!(!moves),
        other => panic!("{other:?}"),
    }
    let mark = Op::StoreFlags { uids: UidSet::of([1, 4]), set: true, flags: FlagBits::DELETED };
    assert_eq!(peer.ask(mark), Ok(Answer::Done));
    let expunges = peer.capabilities().has(Capability::UidPlus);
    match peer.ask(Op::ExpungeUids { uids: UidSet::of([1]) }) {
        Ok(Answer::Done) => assert!(expunges),
        Err(OpError::NotOffered) => assert!(!expunges),
        other => panic!("{other:?}"),
    }
    let left: Vec<Uid> =
        before.into_iter().filter(|uid| !(expunges && *uid == 1 || moves && *uid == 2)).collect();
    assert_eq!(uids(peer, "INBOX"), left, "4 is marked and nobody asked to expunge it");
    assert_eq!(uids(peer, &archive).len(), 2);
    assert_eq!(uids(peer, &trash).len(), usize::from(moves));
    let Ok(Answer::Selected(selected)) = peer.ask(Op::Select { mailbox: archive }) else { panic!() };
    let found = peer.ask(Op::FindMessageId { message_id: "3@example.org".into(), from_uid: 1 });
    assert!(matches!(&found, Ok(Answer::Uids(uids)) if uids.len() == 1), "{found:?} in {selected:?}");
}

/// Mail 5 is marked and goes, 3 changes: whatever way the server has to tell it.
fn sees_what_changed_and_what_is_gone(peer: &mut Peer) {
    let before = select(peer, "INBOX");
    let has = |peer: &Peer, capability| peer.capabilities().has(capability);
    let (condstore, qresync) = (has(peer, Capability::Condstore), has(peer, Capability::Qresync));
    let everything = UidSet::range(1, Uid::MAX);
    let Some(since) = before.highest_modseq.filter(|_| condstore) else {
        let ask = Op::FetchChanged { uids: everything, since: 1, vanished: false };
        assert_eq!(peer.ask(ask), Err(OpError::NotOffered));
        return;
    };
    peer.changed = false;
    let answered = Op::StoreFlags { uids: UidSet::of([3]), set: true, flags: FlagBits::ANSWERED };
    assert_eq!(peer.ask(answered), Ok(Answer::Done));
    assert!(!peer.changed, "a change of ours is no news");
    let mut gone = UidSet::default();
    if has(peer, Capability::UidPlus) {
        gone = UidSet::of([5]);
        let mark = Op::StoreFlags { uids: gone.clone(), set: true, flags: FlagBits::DELETED };
        assert_eq!(peer.ask(mark), Ok(Answer::Done));
        assert_eq!(peer.ask(Op::ExpungeUids { uids: gone.clone() }), Ok(Answer::Done));
    }
    let is_third = |mails: &[ChangedMail]| {
        let [mail] = mails else { panic!("{mails:?}") };
        assert!(
            mail.uid == 3 && mail.flags.bits.contains(FlagBits::ANSWERED | FlagBits::FLAGGED),
            "{mail:?}"
        );
        assert!(mail.modseq.is_some_and(|modseq| modseq > since), "{mail:?} after {since}");
    };
    match peer.ask(Op::FetchChanged { uids: everything.clone(), since, vanished: qresync }) {
        Ok(Answer::Changed { mails, vanished }) => {
            is_third(&mails);
            // A server that has forgotten names more than what went; Cyrus doesn't repeat what it told at the expunge.
            assert!(!qresync || vanished.is_empty() || gone.difference(&vanished).is_empty(), "{vanished}");
            assert!(vanished.is_disjoint(&UidSet::range(1, 4)), "{vanished}");
        }
        other => panic!("{other:?}"),
    }
    select(peer, "Archive");
    let known = Some(UidSet::range(1, 5));
    let resync =
        Op::Resync { mailbox: "INBOX".into(), uid_validity: before.uid_validity, modseq: since, known };
    match peer.ask(resync) {
        Ok(Answer::Resynced(resynced)) => {
            assert!(qresync);
            is_third(&resynced.changed);
            assert_eq!(resynced.vanished, gone);
            assert_eq!(u64::from(resynced.selected.exists), 5 - gone.len());
            assert!(resynced.selected.highest_modseq.is_some_and(|modseq| modseq > since));
        }
        Err(OpError::NotOffered) => assert!(!qresync),
        other => panic!("{other:?}"),
    }
    select(peer, "INBOX");
    let Ok(Answer::Headers(headers)) = peer.ask(Op::FetchHeaders { uids: UidSet::range(1, 4) }) else {
        panic!("no headers")
    };
    assert!(headers.len() == 4 && headers.iter().all(|header| header.modseq.is_some()), "{headers:?}");
    let status = peer.ask(Op::Status { mailbox: "INBOX".into() });
    let Ok(Answer::Status(status)) = status else { panic!("{status:?}") };
    assert!(status.highest_modseq.is_some_and(|modseq| modseq > since));
}

fn finds_all_and_counts_all_at_once(peer: &mut Peer) {
    let uids = uids(peer, "INBOX");
    assert_eq!(peer.ask(Op::FindAll), Ok(Answer::UidRanges(UidSet::of(uids.iter().copied()))));
    let Ok(Answer::Mailboxes(listed)) = peer.ask(Op::List) else { panic!("no list") };
    // All under way at once; each answer is its own.
    let asked: Vec<_> =
        listed.iter().map(|mailbox| peer.submit(Op::Status { mailbox: mailbox.name.clone() })).collect();
    let counted: Vec<MailboxStatus> = asked
        .into_iter()
        .map(|id| match peer.answer(id) {
            Ok(Answer::Status(status)) => status,
            other => panic!("{other:?}"),
        })
        .collect();
    let inbox = listed.iter().position(|mailbox| mailbox.role == Role::Inbox).unwrap();
    assert_eq!(counted[inbox].messages, Some(uids.len() as u32));
    match peer.ask(Op::ListStatus) {
        Ok(Answer::MailboxesWithStatus(at_once)) => {
            let told: BTreeMap<_, _> =
                at_once.iter().map(|(mailbox, status)| (&mailbox.name, *status)).collect();
            let names = listed.iter().map(|mailbox| &mailbox.name);
            // Cyrus leaves some of it out now and then; what isn't told isn't relied on.
            let as_told = |one: MailboxStatus, told: Option<MailboxStatus>| MailboxStatus {
                unseen: one.unseen.filter(|_| told.is_none_or(|told| told.unseen.is_some())),
                highest_modseq: one
                    .highest_modseq
                    .filter(|_| told.is_none_or(|told| told.highest_modseq.is_some())),
                ..one
            };
            let one_by_one: BTreeMap<_, _> = names
                .zip(counted)
                .map(|(name, one)| (name, Some(as_told(one, told.get(name).copied().flatten()))))
                .collect();
            assert_eq!(told, one_by_one);
        }
        Err(OpError::NotOffered) => assert!(!peer.capabilities().has(Capability::ListStatus)),
        other => panic!("{other:?}"),
    }
    match peer.ask(Op::Namespace) {
        Ok(Answer::Namespaces { personal, .. }) => assert!(!personal.is_empty()),
        Err(OpError::NotOffered) => assert!(!peer.capabilities().has(Capability::Namespace)),
        other => panic!("{other:?}"),
    }
}

fn refuses_without_losing_the_connection(peer: &mut Peer) {
    let refused = peer.ask(Op::Select { mailbox: "No such mailbox".into() });
    assert!(matches!(refused, Err(OpError::No(_))), "{refused:?}");
    for unsendable in ["a\r\nA9 LOGOUT", "a\0b"] {
        assert_eq!(peer.ask(Op::Select { mailbox: unsendable.into() }), Err(OpError::Unsendable));
    }
    assert_eq!(peer.ask(Op::Noop), Ok(Answer::Done));
}

fn hears_of_new_mail(peer: &mut Peer, deliver: impl FnOnce(&mut Peer)) {
    let before = uids(peer, "INBOX").len();
    if peer.capabilities().has(Capability::Idle) {
        peer.idle_until_changed(deliver);
        assert_eq!(uids(peer, "INBOX").len(), before + 1);
    } else {
        assert_eq!(peer.ask(Op::Idle), Err(OpError::NotOffered));
    }
}

#[test]
fn the_session_and_the_model_server_agree_in_every_dialect() {
    for dialect in [Dialect::full(), Dialect::no_move(), Dialect::no_uidplus(), Dialect::bare_rfc3501()] {
        let mut store = Mailstore::new();
        store.add_account("ada");
        for (name, special) in [("Archive", "\\Archive"), ("Trash", "\\Trash")] {
            store.add_mailbox("ada", name, Some(special));
        }
        for raw in mails() {
            store.mailbox_mut("ada", "INBOX").unwrap().append(raw, Flags::none(), 1_700_000_000_000);
        }
        run(Peer::model(store, dialect, "ada", "sesame \"quoted\" \\ påss"), |peer| {
            let inbox = peer.store().unwrap().mailbox_mut("ada", "INBOX").unwrap();
            inbox.append(mails().remove(0), Flags::none(), 1_700_000_001_000);
        });
    }
}
