//! Large mails at a real server: shown without their large files, which come in pieces.

use waxwing_core::model::{Keep, ListQuery, Role};
use waxwing_core::store::PartState;
use waxwing_core::{Command, ErrorKind, Event, mime};
use waxwing_tests::dovecot::Dovecot;
use waxwing_tests::engine::{EngineRun, Login};
use waxwing_tests::generated::Mail;
use waxwing_tests::large::{FILM, content, mail, nested};

#[test]
fn large_mails_are_read_in_part_and_their_files_come_in_pieces() {
    let server = Dovecot::start();
    let user = server.user("ann@example.test", "correct horse");
    let mails = [("film", mail("film")), ("nested", nested("nested"))];
    let (run, account) = EngineRun::with_account(&Login::to(&server, &user));
    run.run(Command::SetKeep { account, mailbox: None, keep: Keep::Headers }).unwrap();
    server.seed(&user, "INBOX", mails.iter().map(|(_, raw)| Mail::new(raw.clone())));
    run.run(Command::SyncAccount { account }).unwrap();
    let inbox = run.role(account, Role::Inbox);
    let rows = run.reader().page(ListQuery::Mailbox(inbox), 0, 10).unwrap().rows;
    assert_eq!(rows.len(), 2);
    for row in &rows {
        let email = row.id;
        let raw = &mails.iter().find(|(subject, _)| *subject == row.subject).unwrap().1;
        run.run(Command::FetchBody { email }).unwrap();
        let (read, whole) = (run.reader().readable(email).unwrap(), mime::parse(raw));
        assert!(!read.is_whole() && read.octets.len() < 100_000, "{}: {}", row.subject, read.octets.len());
        assert_eq!(run.reader().raw(email).unwrap_err().kind(), ErrorKind::NotFound);
        let opened = mime::open_excerpt(&read.octets, &read.left_out, mime::Wanted::default());
        assert_eq!(opened.email.text, whole.text);
        let names = |files: &[waxwing_core::model::Attachment]| -> Vec<(String, String)> {
            files.iter().map(|file| (file.name.clone(), file.media_type.clone())).collect()
        };
        assert_eq!(names(&opened.email.attachments), names(&whole.attachments));
        for (number, facts) in (1..).zip(&opened.parts) {
            if !facts.is_missing {
                continue;
            }
            assert_eq!(run.reader().part_state(email, number).unwrap(), PartState::Missing);
            let ticket = run.submit(Command::FetchPart { email, part: number });
            run.finished(ticket).unwrap();
            let end = |event: &Event| matches!(event, Event::PartProgress { ticket: its, done, total, .. } if *its == ticket && done == total);
            run.wait_for("the last of its progress", end);
            assert_eq!(
                run.reader().readable(email).unwrap().part(number),
                mime::part(raw, number),
                "{number}"
            );
        }
        assert_eq!(&run.reader().raw(email).unwrap(), raw, "all of it is here");
    }
    let film = rows.iter().find(|row| row.subject == "film").unwrap().id;
    assert_eq!(run.reader().readable(film).unwrap().part(1).unwrap(), content(1, FILM));
}
