//! Mail is found soon after it came, without anybody asking for it to be indexed.

use waxwing_core::Command;
use waxwing_core::model::{ListQuery, Role, SearchScope};
use waxwing_demo::model::{Dialect, Flags, Mailstore};
use waxwing_tests::engine::EngineRun;
use waxwing_tests::model::{USER, serve};

#[test]
fn mail_that_was_synced_is_found_by_its_words_and_what_is_read_is_no_longer_unread() {
    let mut mailstore = Mailstore::new();
    mailstore.add_account(USER);
    let inbox = mailstore.mailbox_mut(USER, "INBOX").unwrap();
    for number in 1..=300 {
        let answers = if number % 3 == 0 {
            format!("References: <{}@example.org>\r\n", number - 1)
        } else {
            String::new()
        };
        let mail = format!(
            "From: Ada <ada@example.org>\r\nSubject: mail {number}\r\nMessage-ID: <{number}@example.org>\r\n{answers}\
             Content-Type: text/plain; charset=utf-8\r\n\r\nword{number} 会議室 harbour\r\n"
        );
        inbox.append(mail.into_bytes(), Flags::none(), 1_700_000_000_000 + i64::from(number) * 1_000);
    }
    let (_server, login) = serve(mailstore, Dialect::full());
    let (run, account) = EngineRun::with_account(&login);
    run.wait_until_complete(account);
    run.wait_until("everything is indexed", |reader| Ok(reader.search_coverage(account)? == (300, 300)));
    let reader = run.reader();
    let find = |query: &str| reader.search(query, SearchScope::Everywhere, 0, 1_000).unwrap();
    let all = find("会議 harbour");
    assert_eq!((all.rows.len(), all.is_all), (300, true));
    assert!(all.rows.is_sorted_by(|one, other| one.date >= other.date), "newest first");
    let one = find("word77 is:unread");
    assert_eq!(one.rows.iter().map(|row| row.subject.as_str()).collect::<Vec<_>>(), ["mail 77"]);

    let add = waxwing_core::model::FlagBits::SEEN;
    let remove = waxwing_core::model::FlagBits::NONE;
    run.run(Command::SetFlags { emails: vec![one.rows[0].id], add, remove }).unwrap();
    assert_eq!(find("word77 is:unread").total, 0);
    assert_eq!(find("word77 is:read").total, 1);

    let inbox = run.role(account, Role::Inbox);
    let conversations = reader.page(ListQuery::Conversations(inbox), 0, 1_000).unwrap();
    assert_eq!(conversations.rows.len(), 200, "a third of the mails answers another");
    let mails: u64 =
        conversations.rows.iter().filter_map(|row| row.conversation.as_ref()).map(|it| it.mails).sum();
    assert_eq!(mails, 300);
}
