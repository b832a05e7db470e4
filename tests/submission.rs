//! What a submission server can and can't: what is asked of it, what is said of a mail that it refuses, and to whom a mail goes
//! where it refuses somebody. Against the model server.

use std::time::Duration;

use waxwing_core::error::{Limited, NO_SUCH_ADDRESSES};
use waxwing_core::model::{ChangeState, Security};
use waxwing_core::smtp::{SendFault, send_fault};
use waxwing_core::{Command, Done, Error, ErrorKind};
use waxwing_demo::model::Dialect;
use waxwing_demo::submission::{Moment, Trouble};

use crate::sending::{Ground, each, ground, ground_as};

fn mail_to(people: &[String]) -> String {
    format!(
        "From: ada@example.org\r\nTo: {}\r\nSubject: many\r\nMessage-ID: <hello@example.org>\r\n\r\nx\r\n",
        people.join(",\r\n ")
    )
}

fn people(count: usize) -> Vec<String> {
    (1..=count).map(|number| format!("person{number}@example.net")).collect()
}

fn offering(offers: &[&'static str]) -> Ground {
    let ground = ground();
    ground.server.store().with_outbox(|outbox| outbox.offers = offers.to_vec());
    ground
}

/// Why it isn't sent, as it is told now, and as it is listed, also after a restart.
fn refusal(ground: Ground, mail: &str) -> (Ground, Error) {
    let error = ground.send(mail).unwrap_err();
    assert_eq!(ground.carried().len(), 0, "nobody gets it");
    assert_eq!(ground.waiting()[0].error, Some(error.clone()));
    let Ground { run, server, account } = ground;
    let ground = Ground { run: run.reopened(), server, account };
    let change = ground.waiting().remove(0);
    assert_eq!((change.state, change.error), (ChangeState::Refused, Some(error.clone())), "after a restart");
    (ground, error)
}

#[test]
fn whoever_is_refused_is_named_and_nobody_gets_the_mail_until_they_are_left_out() {
    for offers in [&["PIPELINING"][..], &[]] {
        let ground = offering(offers);
        let refuses = vec![
            ("person2@example.net", "550 5.1.1 no such person"),
            ("person3@example.net", "451 4.7.1 not now"),
            ("person60@example.net", "550-5.1.1 nor this one,\r\n550 5.1.1 sorry"),
        ];
        ground.server.store().with_outbox(|outbox| outbox.refuses = refuses);
        let (ground, error) = refusal(ground, &mail_to(&people(70)));
        let said = "<person2@example.net> 550 5.1.1 no such person\n<person60@example.net> 550 5.1.1 nor this one, sorry";
        assert_eq!((error.kind(), error.server_text()), (ErrorKind::ServerRefused, Some(said)));
        assert_eq!(send_fault(&error), Some(SendFault::NobodyThere));
        assert_eq!((ground.said("DATA"), ground.said("RCPT")), (0, 70), "all are asked about");
        // A server that hangs up on refusals has told enough.
        ground.server.store().with_outbox(|outbox| {
            outbox.refuses.insert(1, ("person3@example.net", "421 4.7.0 too many errors"))
        });
        let error = ground.send(&mail_to(&people(70)).replace("hello@", "again@")).unwrap_err();
        assert_eq!(error.server_text(), Some("<person2@example.net> 550 5.1.1 no such person"));
        ground.server.store().with_outbox(|outbox| outbox.refuses.remove(1));
        // Who is refused for the moment alone is tried again, and everybody else with them.
        let left: Vec<String> = people(70)
            .into_iter()
            .filter(|person| !["person2@example.net", "person60@example.net"].contains(&person.as_str()))
            .collect();
        let ticket = ground.submit(&mail_to(&left), Duration::ZERO).unwrap();
        ground.run.wait_until("it waits", |reader| {
            Ok(reader.waiting_changes(ground.account)?.iter().any(|change| {
                change.operation == ticket
                    && change.error.as_ref().is_some_and(|error| {
                        error.server_text() == Some("<person3@example.net> 451 4.7.1 not now")
                    })
            }))
        });
        assert_eq!(ground.carried().len(), 0);
        ground.server.store().with_outbox(|outbox| outbox.refuses.clear());
        assert_eq!(ground.run.finished(ticket), Ok(Done::Nothing));
        assert_eq!((ground.carried().len(), ground.carried()[0].to.len()), (1, 68));
    }
}

#[test]
fn a_hundred_people_get_a_mail_and_more_than_the_server_takes_are_counted() {
    for offers in [&["PIPELINING"][..], &[]] {
        let ground = offering(offers);
        ground.server.store().with_outbox(|outbox| outbox.most_people = 100);
        assert_eq!(ground.send(&mail_to(&people(100))), Ok(Done::Nothing));
        ground.assert_came_to(1, 1, "a hundred");
        assert_eq!(ground.carried()[0].to, people(100));
        let pieces = ground.server.store().with_outbox(|outbox| outbox.pieces);
        assert_eq!(pieces < 30, !offers.is_empty(), "{offers:?}: {pieces}");
    }
    let ground = offering(&["PIPELINING"]);
    ground.server.store().with_outbox(|outbox| outbox.most_people = 100);
    let (_, error) = refusal(ground, &mail_to(&people(120)));
    assert_eq!(error, Error::limit(Limited::People, 120, 100));
    // One that says so beforehand isn't asked.
    let (ground, error) = refusal(offering(&["LIMITS RCPTMAX=100"]), &mail_to(&people(120)));
    assert_eq!(error, Error::limit(Limited::People, 120, 100));
    assert_eq!(ground.said("MAIL"), 0);
}

#[test]
fn a_mail_that_is_too_large_is_told_with_both_sizes_before_anything_of_it_is_sent() {
    let mail = mail_to(&people(1)).replace("\r\n\r\n", "\r\nDate: Tue, 14 Nov 2023 22:13:20 +0000\r\n\r\n");
    let (ground, error) = refusal(offering(&["SIZE 100"]), &mail);
    assert_eq!(error, Error::limit(Limited::Octets, mail.len() as u64, 100));
    assert_eq!(ground.said("MAIL"), 0);
    assert!(error.to_string().contains("100"), "{error}");
}

#[test]
fn an_address_in_other_letters_goes_where_it_can_and_is_told_where_it_cannot() {
    let mail = mail_to(&["\u{434}\u{438}\u{43c}\u{430}@example.net".to_owned()]);
    let (ground, error) = refusal(offering(&["8BITMIME"]), &mail);
    assert_eq!(error, Error::note(ErrorKind::ServerRefused, NO_SUCH_ADDRESSES));
    ground.server.store().with_outbox(|outbox| outbox.offers = vec!["8BITMIME", "SMTPUTF8"]);
    let operation = ground.waiting()[0].operation;
    assert_eq!(ground.run.run(Command::RetryChange { operation }), Ok(Done::Nothing));
    let carried = ground.carried().remove(0);
    assert_eq!(carried.to, ["\u{434}\u{438}\u{43c}\u{430}@example.net"]);
    assert!(carried.parameters.contains("SMTPUTF8"), "{}", carried.parameters);
}

#[test]
fn a_notice_is_asked_for_where_that_is_offered() {
    for (offers, asked) in [(&["DSN"][..], true), (&[], false)] {
        let ground = offering(offers);
        assert_eq!(ground.send(&mail_to(&people(2))), Ok(Done::Nothing));
        assert_eq!(ground.carried()[0].parameters.contains("RET=HDRS"), asked);
        let rcpt = "RCPT TO:<person2@example.net>";
        assert_eq!(ground.said(&format!("{rcpt} NOTIFY=FAILURE,DELAY")), usize::from(asked));
        assert_eq!(ground.said(rcpt), 1);
    }
}

/// A reply too many was taken for the answer to what was said next: the mail counted as sent, and was lost.
#[test]
fn bug_a_mail_that_the_server_refused_counted_as_sent() {
    let ground = ground();
    ground.fail(Moment::Data, Trouble::AlsoSay("250 2.0.0 queued"));
    ground.fail(Moment::End, Trouble::Say("554 5.7.1 we won't"));
    let error = ground.send(&mail_to(&people(1))).unwrap_err();
    assert_eq!(error.server_text(), Some("554 5.7.1 we won't"));
    ground.assert_came_to(0, 0, "refused");
    // At any other place, too, it ends the conversation and no more.
    each(vec![Moment::Greeting, Moment::Ehlo, Moment::Auth, Moment::Mail, Moment::Rcpt], |at| {
        for offers in [&["PIPELINING"][..], &[]] {
            let ground = offering(offers);
            ground.fail(at, Trouble::AlsoSay("250 2.0.0 ok"));
            assert_eq!(ground.send(&mail_to(&people(3))), Ok(Done::Nothing), "{at:?}");
            ground.assert_came_to(1, 1, &format!("{at:?}"));
            assert_eq!(ground.carried()[0].to, people(3), "{at:?}");
        }
    });
}

#[test]
fn long_replies_of_many_lines_are_heard_to_their_end() {
    let ground = ground();
    let long: &'static str = Box::leak(
        (0..300).map(|_| format!("250-{}\r\n", "x".repeat(90))).collect::<String>().into_boxed_str(),
    );
    let end: &'static str = Box::leak(format!("{long}250 2.0.0 queued").into_boxed_str());
    // It isn't accepted by the model, which says so all the same: what counts here is the reply.
    ground.fail(Moment::Mail, Trouble::Say("451-4.3.0 wait\r\n451-4.3.0 a\r\n451 4.3.0 little"));
    let greeting = format!("{}220 hi", long.replace("250-", "220-"));
    ground.fail(Moment::Greeting, Trouble::Say(Box::leak(greeting.into_boxed_str())));
    ground.fail(Moment::Rcpt, Trouble::Say(end));
    let error = {
        let ticket = ground.submit(&mail_to(&people(1)), Duration::ZERO).unwrap();
        ground.run.finished(ticket)
    };
    // The recipient was never noted: DATA is refused, which shows that everything before was heard in its place.
    assert_eq!(error.unwrap_err().server_text(), Some("503 5.5.1 not now"));
}

#[test]
fn thirty_megabytes_arrive_as_they_are_over_starttls_too() {
    each(vec![Security::Tls, Security::StartTls], |security| {
        let ground = ground_as(Dialect::full(), &[("Gesendet", Some("\\Sent"))], security);
        ground.server.store().with_outbox(|outbox| outbox.offers = vec!["SIZE 50000000"]);
        let line = format!(".{}\r\n", "x".repeat(75));
        let mail = format!("{}{}", mail_to(&people(1)), line.repeat((30 << 20) / line.len()));
        assert_eq!(ground.send(&mail), Ok(Done::Nothing));
        ground.assert_came_to(1, 1, "30 MB");
        assert!(ground.carried()[0].mail.ends_with(&mail.as_bytes()[mail.len() - (30 << 20)..]));
    });
}
