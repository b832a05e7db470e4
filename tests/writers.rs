//! What is at hand for whoever writes: identities, kept texts, people who are offered; and what was written arrives as it was.

use std::time::Duration;

use waxwing_core::mime::{self, AnswerWords, Composition, Enclosure, How, Writing};
use waxwing_core::model::{
    AccountConfig, Identity, Instant, Role, Secret, Security, SubmissionServer, TemplateId,
};
use waxwing_core::{Command, Done, ErrorKind, Event, Message};
use waxwing_demo::model::{Dialect, Flags, Mailstore};
use waxwing_tests::engine::EngineRun;
use waxwing_tests::model::{PASSWORD, USER, serve};

#[test]
fn identities_and_kept_texts_outlive_the_engine() {
    let mut mailstore = Mailstore::new();
    mailstore.add_account(USER);
    let (server, login) = serve(mailstore, Dialect::full());
    let (run, account) = EngineRun::with_account(&login);
    let own = run.reader().identities(account).unwrap();
    assert_eq!(own.len(), 1, "its own address");
    let alias =
        Identity { address: "alias@example.org".into(), signature: "A.".into(), ..Identity::default() };
    let both = vec![alias.clone(), own[0].clone()];
    run.run(Command::SetIdentities { account, identities: both.clone() }).unwrap();
    run.wait_for("the news of it", |event| matches!(event, Event::AccountChanged { .. }));
    let wrong = Identity { address: "nobody".into(), ..Identity::default() };
    let refused = run.run(Command::SetIdentities { account, identities: vec![wrong] }).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::InvalidInput);

    let save = |id, name: &str| Command::SaveTemplate {
        id,
        name: name.into(),
        subject: "s".into(),
        text: "t\n".into(),
    };
    let Ok(Done::Template(thanks)) = run.run(save(None, "Thanks")) else { panic!("not kept") };
    run.wait_for("the news of it", |event| matches!(event, Event::TemplatesChanged));
    assert_eq!(run.run(save(Some(thanks), "Many thanks")), Ok(Done::Template(thanks)));
    let Ok(Done::Template(other)) = run.run(save(None, "Other")) else { panic!("not kept") };
    run.run(Command::DeleteTemplate { id: other }).unwrap();
    let kind = |command| run.run(command).unwrap_err().kind();
    assert_eq!(kind(save(None, " ")), ErrorKind::InvalidInput);
    assert_eq!(kind(Command::DeleteTemplate { id: TemplateId(99) }), ErrorKind::NotFound);

    let run = run.reopened();
    assert_eq!(run.reader().identities(account).unwrap(), both);
    let kept = run.reader().templates().unwrap();
    assert_eq!(kept.len(), 1);
    assert_eq!((kept[0].id, &*kept[0].name, &*kept[0].text), (thanks, "Many thanks", "t\n"));
    drop(server);
}

#[test]
fn an_answer_arrives_as_it_was_written_and_whom_it_went_to_is_offered_first() {
    const ASKED: &str = "Received: x\r\nFrom: Grace H\u{f6}pper <grace@example.net>\r\nTo: alias@example.org, Gregor <gregor@example.net>\r\n\
        Subject: AW: Plans\r\nMessage-ID: <asked@example.net>\r\n\r\nShall we?\r\n-- \r\nGrace\r\n";
    let mut mailstore = Mailstore::new();
    mailstore.add_account(USER);
    mailstore.add_mailbox(USER, "Sent", Some("\\Sent"));
    let inbox = mailstore.mailbox_mut(USER, "INBOX").unwrap();
    inbox.append(ASKED.as_bytes().to_vec(), Flags::none(), 1_700_000_000_000);
    inbox.append(
        b"From: Grete <grete@example.net>\r\nSubject: x\r\n\r\nx\r\n".to_vec(),
        Flags::none(),
        1_700_000_900_000,
    );
    let (server, login) = serve(mailstore, Dialect::full());
    let run = EngineRun::start(vec![login.authority.clone()]);
    let submission = SubmissionServer {
        host: "localhost".into(),
        port: server.submission_port(),
        security: Security::Tls,
    };
    let config = AccountConfig { submission: Some(submission), ..login.config() };
    let Ok(Done::Account(account)) = run.run(Command::AddAccount { config, secret: Secret::new(PASSWORD) })
    else {
        panic!("no account")
    };
    run.wait_until_complete(account);
    let identities = vec![
        run.reader().identities(account).unwrap()[0].clone(),
        Identity {
            name: "Ada".into(),
            address: "alias@example.org".into(),
            signature: "A.".into(),
            ..Identity::default()
        },
    ];
    run.run(Command::SetIdentities { account, identities: identities.clone() }).unwrap();
    let offered = || -> Vec<String> {
        run.reader().complete("gr", 9).unwrap().into_iter().map(|one| one.address).collect()
    };
    assert_eq!(
        offered(),
        ["grete@example.net", "grace@example.net"],
        "who wrote last, before anybody was answered"
    );

    let inbox = run.role(account, Role::Inbox);
    let page = run.reader().page(waxwing_core::model::ListQuery::Mailbox(inbox), 0, 9).unwrap();
    let asked = page.rows.iter().find(|row| row.subject == "AW: Plans").unwrap();
    let raw = run.reader().raw(asked.id).unwrap();
    let answer = mime::answer(&raw, How::ReplyAll, &identities, None, &AnswerWords::default());
    assert_eq!(answer.identity, 1);
    let mail = Composition {
        text: format!("**Yes**, gladly. \u{1f33b}  \n.\nFrom now on{}", answer.composition.text),
        bcc: "Gro <gro@example.net>".into(),
        writing: Writing::Markdown,
        ..answer.composition
    };
    let file = Enclosure {
        name: "Pl\u{e4}ne.bin".into(),
        media_type: "application/x-plans".into(),
        octets: (0..=255).cycle().take(70_000).collect(),
        ..Enclosure::default()
    };
    let octets =
        mime::compose(&mail, std::slice::from_ref(&file), "answer@example.org", Instant(1_700_001_000_000))
            .unwrap();
    run.run(Command::Send {
        account,
        message: Message(octets),
        time: waxwing_core::model::SendTime::After(Duration::ZERO),
    })
    .unwrap();

    let carried = server.store().with_outbox(|outbox| outbox.carried.clone()).remove(0);
    assert_eq!((&*carried.from, carried.to.len()), ("alias@example.org", 3));
    let (mut arrived, files) = mime::written(&carried.mail);
    assert_eq!(arrived.bcc, "", "nobody sees who got it unseen");
    arrived.bcc.clone_from(&mail.bcc);
    assert_eq!((arrived, files), (mail, vec![file]));
    let text = mime::parse(&carried.mail).text;
    assert!(text.contains("Grace H\u{f6}pper wrote:\n> Shall we?\n\n-- \nA."), "{text}");
    let offered = offered();
    assert_eq!(offered.len(), 4);
    assert_eq!(offered[3], "grete@example.net", "whom one wrote to comes before who wrote: {offered:?}");
}
