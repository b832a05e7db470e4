//! Mails in part: nothing of them counts as a mail, and nothing of them is mixed.

use std::ops::Range;

use super::*;
use crate::error::ErrorKind;
use crate::mime;
use crate::store::pack;
use crate::sync::excerpt::{Excerpt, OVERLAP};

const FILE: &[u8] = b"Content-Type: application/pdf; name=a.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n";

/// A mail with two files, and where the octets of those are.
fn mail() -> (Vec<u8>, [Range<u64>; 2]) {
    let mut mail =
        b"Subject: x\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nThe text\r\n".to_vec();
    let files = [b"QUFB".repeat(200), b"QkJC".repeat(300)].map(|content| {
        mail.extend_from_slice(b"--b\r\n");
        mail.extend_from_slice(FILE);
        let from = mail.len() as u64;
        mail.extend_from_slice(&content);
        let place = from..mail.len() as u64;
        mail.extend_from_slice(b"\r\n");
        place
    });
    mail.extend_from_slice(b"--b--\r\n");
    (mail, files)
}

/// Lists a mail of that size.
fn arrived(ground: &Ground, uid: u32, size: u64) -> EmailId {
    ground.arrive(ground.inbox, &[NewEmail { size, ..email(uid, FlagBits::NONE) }]);
    let ids = ground.ids(ground.inbox);
    *ids.iter().max().unwrap()
}

fn excerpt(mail: &[u8], left_out: &[Range<u64>]) -> Excerpt {
    let (mut kept, mut from) = (Vec::new(), 0);
    let end = mail.len() as u64;
    for hole in left_out.iter().chain(std::iter::once(&(end..end))) {
        kept.push((from, mail[from as usize..hole.start as usize].to_vec()));
        from = hole.end;
    }
    Excerpt { kept, left_out: left_out.to_vec() }
}

struct Large {
    ground: Ground,
    mail: Vec<u8>,
    files: [Range<u64>; 2],
    email: EmailId,
    at: OnServer,
}

/// A mail in INBOX of which the text was read.
fn large() -> Large {
    let (ground, (mail, files)) = (ground(), mail());
    let email = arrived(&ground, 1, mail.len() as u64);
    let at = OnServer { mailbox: ground.inbox, uid_validity: 7, uid: 1 };
    let kept = ground.store.writer().keep_excerpt(email, at, &excerpt(&mail, &files)).unwrap();
    assert!(!kept.unwrap().folders.is_empty(), "its row shows what it begins with");
    Large { ground, mail, files, email, at }
}

impl Large {
    fn piece(&self, range: Range<u64>) -> Kept {
        let octets = &self.mail[range.start as usize..range.end as usize];
        self.ground.store.writer().keep_piece(self.email, self.at, range.start, octets).unwrap()
    }

    fn readable(&self) -> Readable {
        self.ground.store.reader().readable(self.email).unwrap()
    }

    fn state(&self, number: u32) -> PartState {
        self.ground.store.reader().part_state(self.email, number).unwrap()
    }
}

#[test]
fn what_was_read_is_here_and_is_no_mail() {
    let large = large();
    let reader = large.ground.store.reader();
    assert!(reader.raw_is_missing(large.email).unwrap());
    assert_eq!(reader.email(large.email).unwrap().text, "The text");
    assert_eq!(reader.row(large.email).unwrap().preview, "The text");
    assert_eq!(
        (large.state(1), large.state(2), large.state(3)),
        (PartState::Missing, PartState::Missing, PartState::NoSuch)
    );
    assert_eq!(large.readable().part(1), None);
    let wanted = large.ground.store.writer().wanted_body(large.email).unwrap();
    assert_eq!(wanted, Some((large.ground.inbox, 1)), "the mail itself is still to come");
    assert_eq!(reader.bodies(large.ground.account).unwrap(), (0, 1));
}

#[test]
fn pieces_come_in_their_order_and_survive_the_end_of_the_program() {
    let large = large();
    let second = large.files[1].clone();
    let middle = second.start + 500;
    assert_eq!(large.piece(middle..second.end), Kept::NotWanted, "the first octets are missing");
    assert_eq!(large.piece(second.start..middle), Kept::More);
    assert_eq!(large.piece(second.start..middle), Kept::NotWanted, "they are here");
    assert_eq!(large.piece(middle..second.end + 2), Kept::NotWanted, "more than was left out");
    let fetch = large.ground.store.writer().part_to_fetch(large.email, 2).unwrap().unwrap();
    assert_eq!((fetch.here, fetch.left_out.clone()), (500, second.clone()));
    let before = usize::try_from(middle).unwrap();
    assert_eq!(fetch.before, large.mail[before - OVERLAP as usize..before]);
    assert_eq!(large.state(2), PartState::Missing, "half of it is none of it");

    let large = Large { ground: large.ground.reopen(), ..large };
    assert_eq!(large.piece(middle..second.end), Kept::Part);
    assert_eq!((large.state(1), large.state(2)), (PartState::Missing, PartState::Here));
    assert_eq!(large.readable().part(2), mime::part(&large.mail, 2));
    assert!(
        matches!(large.piece(large.files[0].clone()), Kept::Whole(arrived, _) if arrived.emails == [large.email])
    );
    assert_eq!(large.ground.store.reader().raw(large.email).unwrap(), large.mail);
    assert_eq!(large.ground.store.writer().wanted_body(large.email).unwrap(), None);
    let left: i64 = large
        .ground
        .store
        .writer()
        .look()
        .query_row("SELECT count(*) FROM fragment", [], |row| row.get(0))
        .unwrap();
    assert_eq!(left, 0);
    large.ground.recount();
}

#[test]
fn what_would_be_read_as_something_else_is_not_kept() {
    let large = large();
    let first = large.files[0].clone();
    let mut octets = vec![b'A'; usize::try_from(first.end - first.start).unwrap()];
    octets[100..140].copy_from_slice(b"\r\n--b\r\nContent-Type: text/plain\r\n\r\nfalse");
    let kept = large.ground.store.writer().keep_piece(large.email, large.at, first.start, &octets).unwrap();
    assert_eq!(kept, Kept::Contradiction);
    let error = large.ground.store.reader().readable(large.email).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound, "nothing of it is believed");
}

#[test]
fn pieces_of_another_numbering_or_of_another_place_are_not_added() {
    let large = large();
    let first = large.files[0].clone();
    let octets = &large.mail[first.start as usize..first.end as usize];
    for at in [OnServer { uid: 2, ..large.at }, OnServer { uid_validity: 8, ..large.at }] {
        let kept = large.ground.store.writer().keep_piece(large.email, at, first.start, octets).unwrap();
        assert_eq!(kept, Kept::NotWanted);
        assert_eq!(
            large.ground.store.writer().keep_excerpt(large.email, at, &Excerpt::default()).unwrap(),
            None
        );
    }
    let _ = large.ground.store.writer().quarantine_folder(large.ground.inbox, 8).unwrap();
    assert_eq!(large.piece(first), Kept::NotWanted);
    assert_eq!(large.ground.store.writer().part_to_fetch(large.email, 1).unwrap(), None, "it is read anew");
    assert!(large.ground.store.reader().readable(large.email).is_err());
}

/// Another server may have given the same numbers, to the same mail even: its octets may be others all the same.
#[test]
fn what_was_read_at_another_server_can_be_read_and_nothing_is_added_to_it() {
    let large = large();
    let mut writer = large.ground.store.writer();
    let (_, before) = writer.accounts().unwrap().remove(0);
    let config = AccountConfig { imap_host: "other.example.org".into(), ..before.clone() };
    writer.edit_account(large.ground.account, &before, &config, ServerNow::Another).unwrap();
    writer.extend_folder(large.ground.inbox, 7, 2).unwrap();
    drop(writer);
    let size = large.mail.len() as u64;
    large.ground.arrive(large.ground.inbox, &[NewEmail { size, ..email(1, FlagBits::NONE) }]);
    assert_eq!(large.ground.ids(large.ground.inbox), [large.email], "it is the same mail");
    assert_eq!(large.piece(large.files[0].clone()), Kept::NotWanted);
    assert_eq!(large.ground.store.reader().email(large.email).unwrap().text, "The text");
    assert_eq!(large.ground.store.writer().part_to_fetch(large.email, 1).unwrap(), None, "it is read anew");
}

#[test]
fn the_mail_itself_takes_its_place() {
    let large = large();
    assert_eq!(large.piece(large.files[1].clone()), Kept::Part);
    large.ground.body(large.ground.inbox, 1, &large.mail);
    assert!(large.readable().is_whole());
    assert_eq!(large.piece(large.files[0].clone()), Kept::NotWanted);
    assert_eq!(
        large.ground.store.writer().keep_excerpt(large.email, large.at, &Excerpt::default()).unwrap(),
        None
    );
}

#[test]
fn it_goes_with_its_mail_and_its_account() {
    let large = large();
    let count = |large: &Large| -> i64 {
        large
            .ground
            .store
            .writer()
            .look()
            .query_row("SELECT count(*) FROM stored", [], |row| row.get(0))
            .unwrap()
    };
    assert_eq!(count(&large), 3);
    let _ = large.ground.store.writer().remove_account(large.ground.account).unwrap();
    assert_eq!(count(&large), 0);
}

#[test]
fn a_pack_file_is_written_anew_with_it_and_room_is_counted_with_it() {
    let large = large();
    assert_eq!(large.piece(large.files[1].clone()), Kept::Part);
    // Many bodies that go again, so that the file is worth writing anew.
    for uid in 2..40 {
        arrived(&large.ground, uid, 20_000);
        large.ground.body(large.ground.inbox, uid, &vec![b'x'; 20_000]);
    }
    let removed: Vec<u32> = (2..40).collect();
    let _ = large.ground.store.writer().apply_flags(large.ground.inbox, &[], &removed).unwrap();
    assert_eq!(large.ground.store.writer().remove_orphans(large.ground.account).unwrap(), removed.len());
    let before = on_disk(&large.ground);
    let mut tidying = large.ground.store.tidying().unwrap().unwrap();
    while tidying.step().unwrap() {}
    drop(tidying);
    assert!(on_disk(&large.ground) < before / 10, "{} of {before}", on_disk(&large.ground));
    assert_eq!(large.readable().part(2), mime::part(&large.mail, 2));
    assert_eq!(large.ground.store.reader().email(large.email).unwrap().text, "The text");
    // What comes after it is written behind it, not over it.
    let large = Large { ground: large.ground.reopen(), ..large };
    arrived(&large.ground, 41, 2_000);
    large.ground.body(large.ground.inbox, 41, &vec![b'y'; 2_000]);
    assert_eq!(large.readable().part(2), mime::part(&large.mail, 2));
}

#[test]
fn what_is_damaged_of_it_is_told_and_read_again() {
    let large = large();
    let directory = pack_directory(&large.ground.dir.path().join("packs"), large.ground.account);
    let pack = directory.join("000001.pack");
    let mut octets = std::fs::read(&pack).unwrap();
    octets[30] ^= 1;
    std::fs::write(&pack, octets).unwrap();
    let error = large.ground.store.reader().readable(large.email).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::StorageFailed);
    large.ground.store.writer().forget_excerpt(large.email).unwrap();
    let _ = large
        .ground
        .store
        .writer()
        .keep_excerpt(large.email, large.at, &excerpt(&large.mail, &large.files))
        .unwrap();
    assert_eq!(large.ground.store.reader().email(large.email).unwrap().text, "The text");
    // A cache may be emptied by others.
    let large = Large { ground: emptied(large.ground), ..large };
    assert_eq!(large.ground.store.reader().readable(large.email).unwrap_err().kind(), ErrorKind::NotFound);
}

/// The same ground, its pack files gone.
fn emptied(ground: Ground) -> Ground {
    let directory = pack_directory(&ground.dir.path().join("packs"), ground.account);
    std::fs::remove_dir_all(directory).unwrap();
    let ground = ground.reopen();
    ground.store.writer().miss_lost_packs().unwrap();
    ground
}

fn on_disk(ground: &Ground) -> u64 {
    let directory = pack_directory(&ground.dir.path().join("packs"), ground.account);
    pack::files(&directory).unwrap().iter().map(|(_, size)| size).sum()
}
