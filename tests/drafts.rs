//! Drafts: against the model servers, with other devices at work on the same mailbox and the connection cut at every step.
//!
//! What must hold at rest: what was written is on the server once, nothing that somebody else wrote is gone, and a draft that
//! was sent is nowhere but in Sent.

use std::time::Duration;

use waxwing_core::mime::Composition;
use waxwing_core::model::{
    AccountConfig, AccountId, ChangeKind, ChangeState, Draft, DraftId, DraftState, EmailId, Instant, Keep,
    ListQuery, NewFile, Relation, Role, Security, SendTime, SubmissionServer,
};
use waxwing_core::{Command, Done, Error, ErrorKind, Event, Message, Ticket};
use waxwing_demo::model::{Dialect, Fault, Flags, Mailstore, Rule, Verb};
use waxwing_demo::serve::Server;
use waxwing_demo::submission::{Moment, Trouble};
use waxwing_tests::engine::EngineRun;
use waxwing_tests::model::{USER, serve};

const DRAFTS: &str = "Entwürfe";
const AT_ONCE: SendTime = SendTime::After(Duration::ZERO);
const HELD: SendTime = SendTime::After(Duration::from_secs(3000));
const LETTER: &str = "From: Grace <grace@example.net>\r\nTo: ada@example.org\r\nSubject: question\r\n\
                      Message-ID: <question@example.net>\r\nDate: Mon, 23 Nov 2026 10:00:00 +0000\r\n\r\nWell?\r\n";

struct Ground {
    run: EngineRun,
    server: Server,
    account: AccountId,
}

fn ground_as(dialect: Dialect, mailboxes: &[(&str, Option<&'static str>)]) -> Ground {
    let mut mailstore = Mailstore::new();
    mailstore.add_account(USER);
    for (name, special) in mailboxes {
        mailstore.add_mailbox(USER, name, *special);
    }
    let inbox = mailstore.mailbox_mut(USER, "INBOX").unwrap();
    inbox.append(LETTER.as_bytes().to_vec(), Flags::none(), 1_700_000_000_000);
    let (server, login) = serve(mailstore, dialect);
    let run = EngineRun::start(vec![login.authority.clone()]);
    let port = server.submission_port();
    let submission = Some(SubmissionServer { host: "localhost".into(), port, security: Security::Tls });
    let config = AccountConfig { submission, ..login.config() };
    let secret = waxwing_core::model::Secret::new(login.password.as_str());
    let Ok(Done::Account(account)) = run.run(Command::AddAccount { config, secret }) else {
        panic!("the account isn't added")
    };
    run.wait_until_complete(account);
    Ground { run, server, account }
}

fn ground() -> Ground {
    ground_as(Dialect::full(), &[(DRAFTS, Some("\\Drafts")), ("Gesendet", Some("\\Sent"))])
}

fn letter(text: &str) -> Composition {
    Composition {
        from: "Ada <ada@example.org>".into(),
        to: "grace@example.net".into(),
        bcc: "secret@example.net".into(),
        subject: "a letter".into(),
        text: text.into(),
        references: vec!["question@example.net".into()],
        ..Composition::default()
    }
}

impl Ground {
    fn save_as(&self, draft: Option<DraftId>, text: &str, relation: Relation) -> Result<DraftId, Error> {
        let composition = letter(text);
        let save = Command::SaveDraft { draft, account: self.account, composition, relation };
        match self.run.run(save)? {
            Done::Draft(draft) => Ok(draft),
            other => panic!("{other:?}"),
        }
    }

    fn save(&self, draft: Option<DraftId>, text: &str) -> DraftId {
        self.save_as(draft, text, Relation::None).unwrap()
    }

    fn write(&self, text: &str) -> DraftId {
        let draft = self.save(None, text);
        self.close(draft);
        draft
    }

    fn close(&self, draft: DraftId) {
        assert_eq!(self.run.run(Command::CloseDraft { draft }), Ok(Done::Nothing));
    }

    fn draft(&self, draft: DraftId) -> Draft {
        self.run.reader().draft(draft).unwrap().unwrap()
    }

    fn open(&self, email: EmailId) -> DraftId {
        match self.run.run(Command::OpenDraft { email }) {
            Ok(Done::Draft(draft)) => draft,
            other => panic!("{other:?}"),
        }
    }

    fn send(&self, draft: DraftId, time: SendTime) -> Result<Ticket, Error> {
        self.run.engine().submit_durable(Command::SendDraft { draft, time })
    }

    /// What the server has in a mailbox, as text.
    fn there(&self, name: &str) -> Vec<String> {
        self.server.store().with(|store| {
            let mails = store.mailbox(USER, name).map(|mailbox| mailbox.mails().to_vec()).unwrap_or_default();
            let kept = mails.iter().filter(|mail| !mail.flags().has("\\Deleted"));
            kept.map(|mail| String::from_utf8_lossy(mail.raw()).into_owned()).collect()
        })
    }

    /// Waits until nothing waits and the server has drafts with these words, each once, and no others.
    fn rests_with(&self, words: &[&str], what: &str) {
        self.run.wait_until(what, |reader| {
            let there = self.there(DRAFTS);
            let has = |word: &&str| there.iter().filter(|text| text.contains(*word)).count() == 1;
            Ok(there.len() == words.len()
                && words.iter().all(has)
                && reader.waiting_changes(self.account)?.is_empty())
        });
        // A fault that is still to strike may strike this.
        let synced = (0..3).any(|_| self.run.run(Command::SyncAccount { account: self.account }).is_ok());
        assert!(synced, "{what}: it can't be synced");
        assert_eq!(self.there(DRAFTS).len(), words.len(), "{what}");
        assert_eq!(self.listed().len(), words.len(), "{what}: what is listed");
    }

    fn listed(&self) -> Vec<EmailId> {
        let drafts = self.run.role(self.account, Role::Drafts);
        self.run.reader().ids(ListQuery::Mailbox(drafts)).unwrap()
    }

    fn answered(&self) -> EmailId {
        let inbox = self.run.role(self.account, Role::Inbox);
        self.run.reader().ids(ListQuery::Mailbox(inbox)).unwrap()[0]
    }

    /// What another device writes into a mailbox there.
    fn elsewhere(&self, change: impl FnOnce(&mut Mailstore)) {
        self.server.store().with(|store| change(store));
        self.run.run(Command::SyncAccount { account: self.account }).unwrap();
    }

    fn waiting(&self) -> Vec<(ChangeKind, ChangeState)> {
        let waiting = self.run.reader().waiting_changes(self.account).unwrap();
        waiting.into_iter().map(|change| (change.kind, change.state)).collect()
    }

    fn carried(&self) -> Vec<(Vec<String>, String)> {
        self.server.store().with_outbox(|outbox| {
            let mails = outbox.carried.iter();
            mails.map(|one| (one.to.clone(), String::from_utf8_lossy(&one.mail).into_owned())).collect()
        })
    }

    fn reopened(self) -> Self {
        let Self { run, server, account } = self;
        Self { run: run.reopened(), server, account }
    }
}

fn append(text: &str, message_id: &str) -> impl FnOnce(&mut Mailstore) {
    let mail = format!(
        "From: Ada <ada@example.org>\r\nTo: grace@example.net\r\nBcc: secret@example.net\r\nSubject: theirs\r\n\
         Message-ID: <{message_id}>\r\n\r\n{text}\r\n"
    );
    move |store: &mut Mailstore| {
        let mut flags = Flags::none();
        flags.add("\\Draft");
        store.mailbox_mut(USER, DRAFTS).unwrap().append(mail.into_bytes(), flags, 1_700_000_100_000);
    }
}

#[test]
fn a_draft_is_on_the_server_once_and_each_state_of_it_takes_the_place_of_the_one_before() {
    let ground = ground();
    let draft = ground.write("first words");
    ground.rests_with(&["first words"], "a draft that was closed");
    let kept = ground.there(DRAFTS).remove(0);
    assert!(kept.contains("Bcc: <secret@example.net>"), "{kept}");
    let flags = ground.server.store().with(|store| {
        let mail = store.mailbox(USER, DRAFTS).unwrap().mails()[0].clone();
        (mail.flags().has("\\Draft"), mail.flags().has("\\Seen"))
    });
    assert_eq!(flags, (true, true));
    assert_eq!(ground.draft(draft).email, Some(ground.listed()[0]));
    for words in ["second words", "third words"] {
        ground.save(Some(draft), words);
        ground.close(draft);
        ground.rests_with(&[words], words);
    }
    assert_eq!(ground.open(ground.listed()[0]), draft, "the mail there is this draft");
}

/// Runs each case on a ground of its own, several at a time.
fn each<T: Send>(cases: Vec<T>, play: impl Fn(T) + Sync) {
    let cases = std::sync::Mutex::new(cases);
    std::thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| {
                loop {
                    let next = cases.lock().unwrap_or_else(std::sync::PoisonError::into_inner).pop();
                    let Some(case) = next else { return };
                    play(case);
                }
            });
        }
    });
}

#[test]
fn whatever_happens_to_the_connection_while_a_copy_is_replaced_one_is_left() {
    let dialects =
        [("full", Dialect::full()), ("no UIDPLUS", Dialect::no_uidplus()), ("Exchange", Dialect::exchange())];
    let faults = [Fault::CutBefore, Fault::LoseAnswer, Fault::CutAfter(7)];
    let verbs = [Verb::Append, Verb::Status, Verb::Select, Verb::Fetch, Verb::Store, Verb::Expunge];
    let mut cases = Vec::new();
    for (name, dialect) in dialects {
        for verb in verbs {
            cases.extend(faults.iter().map(|fault| (name, dialect.clone(), verb, fault.clone())));
        }
    }
    each(cases, |(name, dialect, verb, fault)| {
        let ground = ground_as(dialect, &[(DRAFTS, Some("\\Drafts")), ("Gesendet", Some("\\Sent"))]);
        let what = format!("{name}: {verb:?} {fault:?}");
        let draft = ground.write("first words");
        ground.rests_with(&["first words"], &what);
        ground.server.store().with(|store| store.faults.add(Rule::once(verb, fault.clone())));
        ground.save(Some(draft), "second words");
        ground.close(draft);
        ground.rests_with(&["second words"], &what);
    });
}

#[test]
fn a_crash_while_a_copy_is_replaced_leaves_one() {
    each(vec![Fault::CutBefore, Fault::LoseAnswer], |fault| {
        let ground = ground();
        let draft = ground.write("first words");
        ground.rests_with(&["first words"], "before");
        ground.server.store().with(|store| {
            store.faults.add(Rule::once(Verb::Append, fault.clone()));
            store.faults.hook =
                Some(Box::new(|_, verb| (verb == Verb::Greeting).then_some(Fault::CutBefore)));
        });
        ground.save(Some(draft), "second words");
        ground.close(draft);
        ground.run.wait_until("it was tried", |_| {
            Ok(ground.server.store().with(|store| store.faults.rules[0].times == 0))
        });
        let ground = ground.reopened();
        ground.server.store().with(|store| store.faults.hook = None);
        ground.run.run(Command::SyncAccount { account: ground.account }).unwrap();
        ground.rests_with(&["second words"], &format!("{fault:?}"));
    });
}

#[test]
fn a_mailbox_for_drafts_is_made_once_where_there_is_none() {
    let ground = ground_as(Dialect::full(), &[]);
    ground.write("one");
    ground.write("other");
    ground.run.wait_until("both are there", |_| Ok(ground.there("Drafts").len() == 2));
    ground.run.run(Command::SyncAccount { account: ground.account }).unwrap();
    let names: Vec<String> = ground.server.store().with(|store| {
        let all = store.account(USER).unwrap().mailboxes().iter();
        all.map(|mailbox| mailbox.name().to_owned()).collect()
    });
    assert_eq!(names, ["INBOX", "Drafts"]);
}

#[test]
fn what_another_device_made_of_a_draft_stays_beside_what_was_written_here() {
    let ground = ground();
    let draft = ground.write("first words");
    ground.rests_with(&["first words"], "before");
    let id = ground.server.store().with(|store| store.mailbox(USER, DRAFTS).unwrap().mails()[0].message_id());
    ground.save(Some(draft), "words of this device");
    ground.elsewhere(|store| {
        let uid = store.mailbox(USER, DRAFTS).unwrap().mails()[0].uid();
        store.mailbox_mut(USER, DRAFTS).unwrap().remove(uid);
        append("words of the other one", &id)(store);
    });
    ground.close(draft);
    ground.rests_with(&["words of this device", "words of the other one"], "both");
    // Neither is touched by what is written further.
    ground.save(Some(draft), "more of this device");
    ground.close(draft);
    ground.rests_with(&["more of this device", "words of the other one"], "still both");
}

#[test]
fn a_draft_that_nobody_writes_on_here_goes_when_another_device_sent_or_deleted_it() {
    let ground = ground();
    let draft = ground.write("first words");
    ground.rests_with(&["first words"], "before");
    ground.elsewhere(|store| {
        let uid = store.mailbox(USER, DRAFTS).unwrap().mails()[0].uid();
        store.mailbox_mut(USER, DRAFTS).unwrap().remove(uid);
    });
    ground.run.wait_until("it is put away", |reader| Ok(reader.drafts()?.is_empty()));
    let discarded = ground.run.reader().discarded_drafts().unwrap();
    assert_eq!((discarded.len(), discarded[0].id), (1, draft), "and can be brought back");
}

#[test]
fn another_devices_draft_is_opened_and_replaced_only_when_it_is_changed() {
    let ground = ground();
    let (account, keep) = (ground.account, Keep::Headers);
    ground.run.run(Command::SetKeep { account, mailbox: None, keep }).unwrap();
    ground.elsewhere(append("their words", "theirs@example.org"));
    let email = ground.listed()[0];
    let draft = ground.open(email);
    let opened = ground.draft(draft);
    assert_eq!(opened.composition.text.trim(), "their words");
    assert_eq!(opened.composition.bcc, "secret@example.net");
    assert_eq!((opened.email, opened.state), (Some(email), DraftState::Writing));
    ground.close(draft);
    assert_eq!(ground.run.reader().drafts().unwrap(), []);
    ground.rests_with(&["their words"], "it was not changed");
    let draft = ground.open(ground.listed()[0]);
    ground.save(Some(draft), "my words");
    ground.close(draft);
    ground.rests_with(&["my words"], "it was changed");
    let elsewhere = ground.run.run(Command::OpenDraft { email: ground.answered() }).unwrap_err();
    assert_eq!(elsewhere.kind(), ErrorKind::WrongState);
}

#[test]
fn a_draft_that_is_sent_is_in_sent_alone_and_what_it_answers_is_marked() {
    let relations: [fn(EmailId) -> Relation; 2] = [Relation::Answers, Relation::Forwards];
    each(relations.into_iter().zip(["\\Answered", "$Forwarded"]).collect(), |(relation, flag)| {
        let ground = ground();
        let email = ground.answered();
        let draft = ground.save_as(None, "an answer", relation(email)).unwrap();
        let octets = Message(b"not a picture".to_vec());
        let file = NewFile::Octets {
            name: "../a\u{202e}b.png".into(),
            media_type: "image/png".into(),
            content_id: String::new(),
            octets,
        };
        assert!(matches!(ground.run.run(Command::AddFile { draft, file }), Ok(Done::DraftFile(_))));
        let whole = Command::AddFile { draft, file: NewFile::Mail(email) };
        assert!(matches!(ground.run.run(whole), Ok(Done::DraftFile(_))));
        ground.close(draft);
        ground.rests_with(&["an answer"], "before");
        let ticket = ground.send(draft, AT_ONCE).unwrap();
        assert_eq!(ground.run.finished(ticket), Ok(Done::Nothing));
        ground.rests_with(&[], "after");
        let carried = ground.carried();
        assert_eq!(carried.len(), 1);
        let (to, mail) = &carried[0];
        assert_eq!(to[..], ["grace@example.net", "secret@example.net"]);
        assert!(!mail.contains("secret"), "{mail}");
        assert!(
            mail.contains("an answer") && mail.contains("ab.png") && mail.contains("question.eml"),
            "{mail}"
        );
        let sent = ground.there("Gesendet");
        assert_eq!(sent.len(), 1);
        assert!(sent[0].contains("Bcc: <secret@example.net>"), "{}", sent[0]);
        let flagged = ground
            .server
            .store()
            .with(|store| store.mailbox(USER, "INBOX").unwrap().mails()[0].flags().has(flag));
        assert!(flagged, "{flag} is on the server");
        let reader = ground.run.reader();
        assert_eq!((reader.draft(draft).unwrap(), reader.drafts().unwrap().len()), (None, 0));
        let versions = reader.draft_versions(draft).unwrap();
        assert_eq!(versions[0].composition, letter("an answer"), "what was sent is kept for a while");
    });
}

#[test]
fn a_mail_that_is_taken_back_is_a_draft_again_and_sent_as_it_is_then() {
    let ground = ground();
    let draft = ground.save(None, "first words");
    let ticket = ground.send(draft, HELD).unwrap();
    assert_eq!(ground.draft(draft).state, DraftState::Sending(ticket));
    let refused = ground.save_as(Some(draft), "x", Relation::None).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::WrongState);
    assert_eq!(ground.run.run(Command::Undo { operation: ticket }), Ok(Done::Undone(ticket)));
    assert_eq!(ground.draft(draft).state, DraftState::Writing);
    ground.save(Some(draft), "better words");
    let ticket = ground.send(draft, HELD).unwrap();
    let ground = ground.reopened();
    assert_eq!(ground.draft(draft).state, DraftState::Sending(ticket), "held over a restart");
    assert_eq!(ground.run.run(Command::DiscardChange { operation: ticket }), Ok(Done::Nothing));
    assert_eq!(ground.draft(draft).state, DraftState::Writing);
    let ticket = ground.send(draft, AT_ONCE).unwrap();
    assert_eq!(ground.run.finished(ticket), Ok(Done::Nothing));
    let carried = ground.carried();
    assert_eq!(carried.len(), 1);
    assert!(carried[0].1.contains("better words"), "{carried:?}");
}

#[test]
fn a_mail_that_is_refused_is_a_draft_again_and_the_old_one_cannot_be_sent_beside_it() {
    let ground = ground();
    let draft = ground.save(None, "refused words");
    let trouble = Trouble::Say("554 5.7.1 we won't");
    ground.server.store().with_outbox(|outbox| outbox.fail_once(Moment::End, trouble));
    let ticket = ground.send(draft, AT_ONCE).unwrap();
    assert_eq!(ground.run.finished(ticket).unwrap_err().kind(), ErrorKind::ServerRefused);
    assert_eq!(ground.draft(draft).state, DraftState::Writing);
    assert!(ground.waiting().contains(&(ChangeKind::Send, ChangeState::Refused)));
    ground.save(Some(draft), "other words");
    assert!(!ground.waiting().contains(&(ChangeKind::Send, ChangeState::Refused)), "it was seen to");
    let ticket = ground.send(draft, AT_ONCE).unwrap();
    assert_eq!(ground.run.finished(ticket), Ok(Done::Nothing));
    assert_eq!(ground.carried().len(), 1);
    assert_eq!(ground.there("Gesendet").len(), 1);
}

#[test]
fn a_draft_is_thrown_away_here_and_there_and_brought_back() {
    let ground = ground();
    let draft = ground.write("first words");
    ground.rests_with(&["first words"], "before");
    assert_eq!(ground.run.run(Command::DiscardDraft { draft }), Ok(Done::Nothing));
    ground.rests_with(&[], "thrown away");
    assert_eq!(ground.run.run(Command::RestoreDraft { draft, version: None }), Ok(Done::Draft(draft)));
    ground.close(draft);
    ground.rests_with(&["first words"], "brought back");
}

#[test]
fn drafts_are_simply_there_after_a_restart_and_those_that_were_open_say_so() {
    let ground = ground();
    let open = ground.save(None, "half a sen");
    let closed = ground.write("a whole one");
    let ground = ground.reopened();
    let (open, closed) = (ground.draft(open), ground.draft(closed));
    assert_eq!((open.composition, open.is_closed), (letter("half a sen"), false));
    assert!(closed.is_closed);
    ground.run.run(Command::Suspend { deadline: Duration::from_secs(5) }).unwrap();
    let asleep = ground.save_as(Some(open.id), "x", Relation::None).unwrap_err();
    assert_eq!(asleep.kind(), ErrorKind::WrongState);
    ground.run.run(Command::Resume).unwrap();
    assert_eq!(ground.save(Some(open.id), "half a sentence"), open.id);
}

#[test]
fn a_mail_to_be_sent_later_says_so_in_its_date_and_waits() {
    let ground = ground();
    let draft = ground.save(None, "for the new year");
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    let now = i64::try_from(now.as_millis()).unwrap();
    let day = 24 * 3_600_000;
    let too_late = ground.send(draft, SendTime::At(Instant(now + 400 * day))).unwrap_err();
    assert_eq!(too_late.kind(), ErrorKind::InvalidInput);
    let then = Instant((now + 300 * day) / 1000 * 1000);
    let ticket = ground.send(draft, SendTime::At(then)).unwrap();
    let change = ground.run.reader().waiting_changes(ground.account).unwrap().remove(0);
    assert_eq!((change.operation, change.next_try), (ticket, Some(then)));
    let raw = ground.run.reader().raw(change.email.unwrap()).unwrap();
    assert_eq!(waxwing_core::mime::header_facts(&raw).written, Some(then));
    // In time gone by it is sent now.
    ground.run.run(Command::Undo { operation: ticket }).unwrap();
    let ticket = ground.send(draft, SendTime::At(Instant(now - day))).unwrap();
    assert_eq!(ground.run.finished(ticket), Ok(Done::Nothing));
}

#[test]
fn a_server_that_takes_no_draft_is_told_of_and_the_draft_is_here() {
    let ground = ground();
    let full = Fault::Refuse { code: "OVERQUOTA".into(), text: "full".into() };
    ground.server.store().with(|store| store.faults.add(Rule::once(Verb::Append, full)));
    let draft = ground.write("first words");
    let told = ground.run.wait_for("the refusal", |event| matches!(event, Event::ChangeRefused { .. }));
    assert!(matches!(told, Event::ChangeRefused { error, .. } if error.kind() == ErrorKind::QuotaFull));
    assert_eq!(ground.draft(draft).composition, letter("first words"));
    assert!(ground.waiting().contains(&(ChangeKind::Append, ChangeState::Refused)));
    let operation = ground.run.reader().waiting_changes(ground.account).unwrap()[0].operation;
    ground.run.run(Command::RetryChange { operation }).unwrap();
    ground.rests_with(&["first words"], "there is room again");
}

#[test]
fn what_is_not_here_of_another_mail_is_fetched_before_it_is_added() {
    let ground = ground();
    let (account, keep) = (ground.account, Keep::Headers);
    ground.run.run(Command::SetKeep { account, mailbox: None, keep }).unwrap();
    let mail = "From: Grace <grace@example.net>\r\nSubject: a/b\r\nMessage-ID: <with@example.net>\r\n\
                MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\nhi\r\n--x\r\n\
                Content-Type: image/png; name=\"a.png\"\r\nContent-Disposition: attachment\r\n\
                Content-Transfer-Encoding: base64\r\n\r\nb2N0ZXRz\r\n--x--\r\n";
    for _ in 0..2 {
        let mail = mail.replace("<with@", &format!("<with{}@", ground.there("INBOX").len()));
        ground.elsewhere(move |store| {
            let inbox = store.mailbox_mut(USER, "INBOX").unwrap();
            inbox.append(mail.into_bytes(), Flags::none(), 1_800_000_000_000);
        });
    }
    let inbox = ground.run.role(ground.account, Role::Inbox);
    let emails = ground.run.reader().ids(ListQuery::Mailbox(inbox)).unwrap();
    let draft = ground.save(None, "look");
    let add = |file| match ground.run.run(Command::AddFile { draft, file })? {
        Done::DraftFile(file) => ground.run.reader().draft_file(file),
        other => panic!("{other:?}"),
    };
    let whole = add(NewFile::Mail(emails[0])).unwrap();
    assert!(String::from_utf8(whole).unwrap().ends_with("\r\nb2N0ZXRz\r\n--x--\r\n"));
    assert_eq!(add(NewFile::Part { email: emails[1], part: 1 }).unwrap(), b"octets");
    assert_eq!(add(NewFile::Part { email: emails[1], part: 9 }).unwrap_err().kind(), ErrorKind::NotFound);
    let files: Vec<(String, String)> =
        ground.draft(draft).files.into_iter().map(|file| (file.name, file.media_type)).collect();
    let named = |name: &str, media_type: &str| (name.to_owned(), media_type.to_owned());
    assert_eq!(files, [named("a_b.eml", "message/rfc822"), named("a.png", "image/png")]);
}
