//! Other settings of an account, and what becomes of its mail where it has another server by them.

use super::*;
use crate::sync::identity::ServerId;

impl Ground {
    /// The account has that server from now on.
    fn go_to(&self, host: &str, server: ServerNow) -> Edited {
        let mut writer = self.store.writer();
        let (_, before) = writer.accounts().unwrap().remove(0);
        let config = AccountConfig { imap_host: host.into(), ..before.clone() };
        let edited = writer.edit_account(self.account, &before, &config, server).unwrap();
        drop(writer);
        self.recount();
        edited
    }

    /// A mailbox is read at the new server, under the numbering it had at the old one.
    fn read_anew(&self, mailbox: MailboxId, uid_validity: u32, emails: &[NewEmail]) {
        let next = emails.iter().map(|email| email.uid + 1).max().unwrap_or(1);
        self.store.writer().extend_folder(mailbox, uid_validity, next).unwrap();
        if !emails.is_empty() {
            self.arrive(mailbox, emails);
        }
        let _ = self.store.writer().end_quarantine(mailbox).unwrap();
        self.recount();
    }

    fn has_body(&self, email: EmailId) -> bool {
        self.store.reader().raw(email).is_ok()
    }
}

fn named(uid: u32, id: &str, thread: Option<&str>) -> NewEmail {
    NewEmail {
        server_id: ServerId::stored(id.to_owned()),
        server_thread: thread.map(Box::from),
        ..email(uid, FlagBits::NONE)
    }
}

#[test]
fn a_name_changes_nothing_of_the_mail_and_is_there_after_a_restart() {
    let ground = ground();
    ground.arrive(ground.inbox, &[email(1, FlagBits::NONE)]);
    let before = ground.store.writer().folder(ground.inbox).unwrap();
    let config = AccountConfig { display_name: "Ada".into(), ..config() };
    let mut writer = ground.store.writer();
    let edited = writer.edit_account(ground.account, &super::config(), &config, ServerNow::Same).unwrap();
    assert_eq!((edited.config, edited.changed), (config.clone(), Changed::default()));
    // Whoever read the settings before that is too late.
    let late = writer.edit_account(ground.account, &super::config(), &config, ServerNow::Same).unwrap_err();
    assert_eq!(late.kind(), ErrorKind::WrongState);
    assert_eq!(writer.folder(ground.inbox).unwrap(), before);
    drop(writer);
    let ground = ground.reopen();
    assert_eq!(ground.store.writer().accounts().unwrap(), [(ground.account, config)]);
}

#[test]
fn another_server_numbers_alike_and_its_mail_is_its_own() {
    let ground = ground();
    ground.arrive(ground.inbox, &[email(1, FlagBits::NONE), email(2, FlagBits::NONE)]);
    ground.body(ground.inbox, 1, b"Subject: mail 1\r\n\r\none");
    let known = ground.ids(ground.inbox);
    ground.go_to("other.example.org", ServerNow::Another);
    let ground = ground.reopen();
    assert_eq!(ground.ids(ground.inbox), known, "offline it is shown as before");
    // Another mail has UID 1, and the one that had it has 2.
    let other = NewEmail { uid: 1, ..email(9, FlagBits::NONE) };
    let same = NewEmail { uid: 2, ..email(1, FlagBits::NONE) };
    ground.read_anew(ground.inbox, 7, &[other, same]);
    assert_eq!(ground.subjects(ground.inbox), ["mail 9", "mail 1"]);
    let [new, old] = ground.ids(ground.inbox)[..] else { panic!("two") };
    assert!(known.contains(&old) && !known.contains(&new));
    assert!(ground.has_body(old) && !ground.has_body(new));
}

#[test]
fn what_the_old_server_called_a_mail_is_another_ones_name_at_the_new_one() {
    let ground = ground();
    ground.arrive(ground.inbox, &[named(1, "eM1", Some("T1"))]);
    ground.body(ground.inbox, 1, b"Subject: 1\r\n\r\n");
    let thread = ground.store.reader().row(ground.ids(ground.inbox)[0]).unwrap().thread;
    ground.go_to("other.example.org", ServerNow::Another);
    let other = NewEmail { facts: email(5, FlagBits::NONE).facts, ..named(1, "eM1", Some("T1")) };
    ground.read_anew(ground.inbox, 7, &[other]);
    let [id] = ground.ids(ground.inbox)[..] else { panic!("one") };
    let row = ground.store.reader().row(id).unwrap();
    assert_eq!(row.subject, "mail 5");
    assert!(!ground.has_body(id), "its octets aren't those of the other");
    assert_ne!(row.thread, thread, "nor is it of that one's conversation");
}

#[test]
fn gmails_names_are_the_same_at_its_other_host_and_no_label_costs_a_body() {
    let ground = ground();
    let mail = || named(1, "g7", Some("70"));
    ground.arrive(ground.inbox, &[mail()]);
    ground.arrive(ground.archive, &[mail()]);
    ground.body(ground.inbox, 1, b"Subject: 1\r\n\r\n");
    let known = ground.ids(ground.inbox);
    let bodies = ground.store.reader().bodies(ground.account).unwrap();
    ground.go_to("imap.googlemail.com", ServerNow::AnotherOfGmail);
    ground.read_anew(ground.inbox, 7, &[NewEmail { uid: 4, ..mail() }]);
    ground.read_anew(ground.archive, 8, &[NewEmail { uid: 6, ..mail() }]);
    assert_eq!((ground.ids(ground.inbox), ground.ids(ground.archive)), (known.clone(), known));
    assert_eq!(ground.store.reader().bodies(ground.account).unwrap(), bodies, "none is to be fetched");
}

#[test]
fn a_mailbox_that_was_to_be_deleted_stays_at_another_server_and_that_is_told() {
    let ground = ground();
    let _ = ground.store.writer().delete_mailbox(Ticket(5), ground.archive, Instant(1)).unwrap();
    assert!(
        ground.store.reader().mailboxes(ground.account).unwrap().iter().all(|it| it.id != ground.archive)
    );
    let edited = ground.go_to("other.example.org", ServerNow::Another);
    let told: Vec<(Ticket, ErrorKind)> =
        edited.refused.iter().map(|(ticket, error)| (*ticket, error.kind())).collect();
    assert_eq!(told, [(Ticket(5), ErrorKind::FolderReset)]);
    assert_eq!(
        edited.settled.iter().map(|it| (it.operation, it.well)).collect::<Vec<_>>(),
        [(Ticket(5), false)]
    );
    assert_eq!(ground.mailbox("Archive"), ground.archive);
    assert!(ground.store.writer().due_mailbox(ground.account, Instant(i64::MAX)).unwrap().is_none());
}

#[test]
fn a_move_that_is_to_be_found_out_about_waits_until_its_target_was_read_at_the_new_server() {
    let ground = ground();
    ground.arrive(ground.inbox, &[email(1, FlagBits::NONE)]);
    ground.arrive(ground.archive, &[email(3, FlagBits::NONE)]);
    let id = ground.ids(ground.inbox)[0];
    ground.record(1, &[id], Change::Move { to: ground.archive });
    let intent = ground.due()[0].id;
    // Its answer was lost. At the new server the same UIDVALIDITY and UIDNEXT are others.
    ground.store.writer().intents_sent(&[intent], 4, 8).unwrap();
    ground.go_to("other.example.org", ServerNow::Another);
    let ground = ground.reopen();
    assert_eq!(ground.due(), [], "neither mailbox was read");
    ground.read_anew(ground.inbox, 7, &[email(1, FlagBits::NONE)]);
    assert_eq!(ground.due(), [], "the target wasn't");
    ground.read_anew(ground.archive, 8, &[NewEmail { uid: 1, ..email(3, FlagBits::NONE) }]);
    let due = ground.due();
    assert_eq!((due[0].state, due[0].uid), (IntentState::Unknown, Some(1)));
    assert_eq!((due[0].target_uid_next, due[0].target_validity, due[0].base), (0, 0, (0, 0)));
}
