//! How much of the device the store takes.

use super::*;
use crate::store::pack;

/// Bytes in all pack files of the account.
fn on_disk(ground: &Ground) -> u64 {
    let directory = pack_directory(&ground.dir.path().join("packs"), ground.account);
    pack::files(&directory).unwrap().iter().map(|(_, size)| size).sum()
}

/// A body of that mail, of `size` bytes.
fn body_of(uid: u32, size: usize) -> Vec<u8> {
    let mut body = format!("Subject: mail {uid}\r\nMessage-ID: <{uid}@example.org>\r\n\r\n").into_bytes();
    body.resize(size, b'a' + u8::try_from(uid % 26).unwrap());
    body
}

fn with_size(uid: u32, size: usize) -> NewEmail {
    NewEmail { size: size as u64, ..email(uid, FlagBits::default()) }
}

/// Lists mails and brings their bodies.
fn bring(ground: &Ground, uids: std::ops::RangeInclusive<u32>, size: usize) {
    let emails: Vec<NewEmail> = uids.clone().map(|uid| with_size(uid, size)).collect();
    ground.arrive(ground.inbox, &emails);
    for uid in uids {
        ground.body(ground.inbox, uid, &body_of(uid, size));
    }
}

fn tidy(store: &Store) -> usize {
    let Some(mut tidying) = store.tidying().unwrap() else { return 0 };
    let mut steps = 0;
    while tidying.step().unwrap() {
        steps += 1;
        assert!(steps < 10_000, "it ends");
    }
    steps
}

/// What is here of each mail of the inbox: its UID, and whether its body is, which is then proved.
fn bodies_here(ground: &Ground, size: usize) -> Vec<u32> {
    let reader = ground.store.reader();
    let rows = reader.page(ListQuery::Mailbox(ground.inbox), 0, 10_000).unwrap().rows;
    let uids = reader.uids(&rows).unwrap();
    let mut here = Vec::new();
    for (row, uid) in rows.iter().zip(uids) {
        match reader.raw(row.id) {
            Ok(raw) => {
                assert_eq!(raw, body_of(uid, size), "mail {uid}");
                here.push(uid);
            }
            Err(error) => assert_eq!(error.kind(), ErrorKind::NotFound, "mail {uid}"),
        }
    }
    here.sort_unstable();
    here
}

fn gone(ground: &Ground, uids: &[u32]) {
    let _ = ground.store.writer().apply_flags(ground.inbox, &[], uids).unwrap();
    ground.store.writer().remove_orphans(ground.account).unwrap();
}

#[test]
fn the_bytes_of_mail_that_is_gone_leave_the_disk() {
    let ground = ground();
    bring(&ground, 1..=40, 50_000);
    assert!(on_disk(&ground) > 2_000_000);
    assert_eq!(tidy(&ground.store), 0, "there is nothing to do");
    gone(&ground, &(1..=30).collect::<Vec<u32>>());
    assert!(tidy(&ground.store) > 0);
    assert!(on_disk(&ground) < 600_000, "{}", on_disk(&ground));
    assert_eq!(bodies_here(&ground, 50_000), (31..=40).collect::<Vec<u32>>());
    // What comes goes on behind what was written anew, also in a store that is opened again.
    bring(&ground, 41..=42, 50_000);
    let Ground { dir, store, account, inbox, archive } = ground;
    drop(store);
    let store = Store::open(dir.path()).unwrap();
    let ground = Ground { dir, store, account, inbox, archive };
    bring(&ground, 43..=44, 50_000);
    assert_eq!(bodies_here(&ground, 50_000), (31..=44).collect::<Vec<u32>>());
    gone(&ground, &(31..=44).collect::<Vec<u32>>());
    tidy(&ground.store);
    assert_eq!(on_disk(&ground), 0, "nothing is left of any mail");
}

/// A disk that can't be read for a moment is no reason to fetch everything again, or to give up what the server doesn't have.
#[cfg(unix)]
#[test]
fn bug_an_error_of_the_disk_while_tidying_up_is_not_taken_for_damage() {
    let ground = ground();
    bring(&ground, 1..=100, 50_000);
    gone(&ground, &(1..=50).collect::<Vec<u32>>());
    let mut tidying = ground.store.tidying().unwrap().unwrap();
    let directory = pack_directory(&ground.dir.path().join("packs"), ground.account);
    let names = || {
        let files = pack::files(&directory).unwrap().into_iter();
        files.map(|(number, _)| directory.join(format!("{number:06}.pack"))).collect::<Vec<_>>()
    };
    let first = names()[0].clone();
    while names().len() == 1 {
        assert!(tidying.step().unwrap(), "some of it is still to be written anew");
    }
    let aside = directory.join("aside");
    std::fs::rename(&first, &aside).unwrap();
    // Nobody reads this.
    std::os::unix::fs::symlink(&first, &first).unwrap();
    assert_eq!(tidying.step().unwrap_err().kind(), ErrorKind::StorageFailed);
    std::fs::remove_file(&first).unwrap();
    std::fs::rename(&aside, &first).unwrap();
    let all = (51..=100).collect::<Vec<u32>>();
    assert_eq!(bodies_here(&ground, 50_000), all, "nothing is fetched again");
    while tidying.step().unwrap() {}
    assert_eq!(bodies_here(&ground, 50_000), all);
    assert!(!first.exists(), "it was brought to its end");
}

#[test]
fn a_body_two_mails_share_is_written_anew_once() {
    let ground = ground();
    bring(&ground, 1..=20, 50_000);
    let ids = ground.ids(ground.inbox);
    let newest = ids[0];
    assert_eq!(ground.record(1, &[newest], Change::Copy { to: ground.archive }), 1);
    gone(&ground, &(1..=15).collect::<Vec<u32>>());
    tidy(&ground.store);
    let copy = ground.ids(ground.archive)[0];
    assert_ne!(copy, newest);
    assert_eq!(ground.store.reader().raw(copy).unwrap(), body_of(20, 50_000));
    assert_eq!(ground.store.reader().raw(newest).unwrap(), body_of(20, 50_000));
    assert!(on_disk(&ground) < 300_000, "{}", on_disk(&ground));
}

#[test]
fn a_body_that_is_just_coming_is_not_cut_in_two() {
    let ground = ground();
    bring(&ground, 1..=20, 50_000);
    gone(&ground, &(1..=19).collect::<Vec<u32>>());
    ground.arrive(ground.inbox, &[with_size(21, 50_000)]);
    let body = body_of(21, 50_000);
    let take = |events| ground.store.writer().take_bodies(ground.inbox, 7, events).unwrap();
    take(vec![BodyEvent::Start(50_000), BodyEvent::Chunk(body[..20_000].to_vec())]);
    tidy(&ground.store);
    take(vec![BodyEvent::Chunk(body[20_000..].to_vec()), BodyEvent::Ended(21, Box::default())]);
    let _ = ground.store.writer().commit_bodies(ground.account, &[]).unwrap();
    assert_eq!(bodies_here(&ground, 50_000), [20, 21]);
    assert!(tidy(&ground.store) > 0, "it is done later");
    assert_eq!(bodies_here(&ground, 50_000), [20, 21]);
}

#[test]
fn bug_mail_on_its_way_in_is_forgotten_where_files_cannot_be_written_anew() {
    let ground = ground();
    bring(&ground, 1..=100, 50_000);
    gone(&ground, &(1..=40).collect::<Vec<u32>>());
    ground.store.writer().extend_folder(ground.inbox, 7, 103).unwrap();
    let writer = || ground.store.writer();
    let take = |uid| {
        let whole = BodyEvent::Whole(Box::new(with_size(uid, 50_000)));
        let events = vec![BodyEvent::Start(50_000), BodyEvent::Chunk(body_of(uid, 50_000)), whole];
        writer().take_bodies(ground.inbox, 7, events).unwrap();
    };
    let mut tidying = ground.store.tidying().unwrap().unwrap();
    assert!(tidying.step().unwrap(), "there is more to be written anew");
    take(101);
    // What is written to is taken away, as may be done with caches.
    let directory = pack_directory(&ground.dir.path().join("packs"), ground.account);
    fs::remove_file(directory.join("000002.pack")).unwrap();
    while matches!(tidying.step(), Ok(true)) {}
    take(102);
    let closed = writer().commit_bodies(ground.account, &[(ground.inbox, 101, 102)]);
    let (holes, listed) = (writer().folder(ground.inbox).unwrap().holes, ground.subjects(ground.inbox));
    if closed.is_ok() {
        assert!(listed.contains(&"mail 101".to_owned()), "it counts as read and was not");
    } else {
        assert!(holes.iter().any(|(low, high)| *low <= 101 && *high >= 102), "it is asked for again");
    }
}

#[test]
fn a_damaged_body_is_asked_for_again_when_its_file_is_written_anew() {
    let ground = ground();
    bring(&ground, 1..=20, 50_000);
    let path = ground.dir.path().join("packs").join(ground.account.0.to_string()).join("000001.pack");
    let mut bytes = fs::read(&path).unwrap();
    let at = bytes.len() - 60_000;
    bytes[at] ^= 1;
    fs::write(&path, bytes).unwrap();
    gone(&ground, &(1..=15).collect::<Vec<u32>>());
    tidy(&ground.store);
    assert_eq!(bodies_here(&ground, 50_000), [16, 17, 18, 20]);
    let wanted = ground.store.writer().bodies_to_fetch(ground.inbox, 10, Bulk::Everything).unwrap();
    assert_eq!(wanted.iter().map(|body| body.uid).collect::<Vec<_>>(), [19]);
}

fn limited(bodies: u64) -> Ground {
    let ground = ground();
    let Ground { dir, store, account, inbox, archive } = ground;
    drop(store);
    let limits = Limits { bodies: Some(bodies), ..Limits::default() };
    let store = Store::open_within(dir.path(), limits).unwrap();
    Ground { dir, store, account, inbox, archive }
}

#[test]
fn no_more_bodies_are_kept_than_there_is_room_for_and_the_oldest_go() {
    let ground = limited(2_000_000);
    bring(&ground, 1..=8, 200_000);
    assert_eq!(tidy(&ground.store), 0);
    assert_eq!(bodies_here(&ground, 200_000).len(), 8, "they fit in");
    bring(&ground, 9..=14, 200_000);
    tidy(&ground.store);
    let here = bodies_here(&ground, 200_000);
    assert_eq!(here, (6..=14).collect::<Vec<u32>>(), "nine tenths of the room are the newest nine");
    assert!(on_disk(&ground) <= 2_300_000, "{}", on_disk(&ground));
    // What went isn't fetched again unasked, which the progress says too, but may be.
    let fetch = || ground.store.writer().bodies_to_fetch(ground.inbox, 10, Bulk::Everything).unwrap();
    assert_eq!(fetch(), []);
    assert_eq!(ground.store.reader().bodies(ground.account).unwrap(), (9, 9));
    let oldest = *ground.ids(ground.inbox).last().unwrap();
    assert_eq!(ground.store.writer().wanted_body(oldest).unwrap(), Some((ground.inbox, 1)));
    // When much of the rest is gone there is room again.
    gone(&ground, &(9..=14).collect::<Vec<u32>>());
    tidy(&ground.store);
    assert_eq!(fetch().len(), 5, "all eight fit in");
}

#[test]
fn a_body_that_a_change_needs_or_the_server_has_not_stays_whatever_the_room() {
    let ground = limited(100_000);
    ground.arrive(ground.inbox, &[with_size(1, 50_000), with_size(2, 50_000)]);
    ground.body(ground.inbox, 1, &body_of(1, 50_000));
    ground.body(ground.inbox, 2, &body_of(2, 50_000));
    let oldest = ground.ids(ground.inbox)[1];
    assert_eq!(ground.record(1, &[oldest], Change::Move { to: ground.archive }), 1);
    bring(&ground, 3..=6, 50_000);
    tidy(&ground.store);
    assert_eq!(ground.store.reader().raw(oldest).unwrap(), body_of(1, 50_000));
    assert_eq!(bodies_here(&ground, 50_000), [6]);
}

#[test]
fn a_cache_that_was_emptied_loses_bodies_that_are_fetched_again_and_nothing_else() {
    let dir = tempfile::tempdir().unwrap();
    let limits = || Limits { caches: Some(dir.path().join("caches")), ..Limits::default() };
    let data = tempfile::tempdir().unwrap();
    let store = Store::open_within(data.path(), limits()).unwrap();
    let account = store.writer().add_account(&config()).unwrap();
    let _ = store.writer().list_folders(account, &[folder("INBOX", Role::Inbox)]).unwrap();
    let inbox = store.writer().folder_with_role(account, Role::Inbox).unwrap().unwrap();
    store.writer().extend_folder(inbox, 7, 1).unwrap();
    let ground = Ground { dir: data, store, account, inbox, archive: inbox };
    bring(&ground, 1..=3, 5_000);
    assert_eq!(bodies_here(&ground, 5_000), [1, 2, 3]);
    assert!(!ground.dir.path().join("packs").exists(), "bodies are in the cache");
    // While it is open: what is read is missed, what comes goes to a new file.
    fs::remove_dir_all(dir.path().join("caches").join("packs")).unwrap();
    let newest = ground.ids(ground.inbox)[0];
    assert_eq!(ground.store.reader().raw(newest).unwrap_err().kind(), ErrorKind::StorageFailed);
    ground.store.writer().body_damaged(newest).unwrap();
    let events = |uid| {
        let body = body_of(uid, 5_000);
        vec![BodyEvent::Start(5_000), BodyEvent::Chunk(body), BodyEvent::Ended(uid, Box::default())]
    };
    ground.store.writer().take_bodies(ground.inbox, 7, events(3)).unwrap();
    assert!(ground.store.writer().commit_bodies(ground.account, &[]).is_err(), "its file is gone");
    ground.body(ground.inbox, 3, &body_of(3, 5_000));
    assert_eq!(ground.store.reader().raw(newest).unwrap(), body_of(3, 5_000));
    // Before it is opened: all that is gone is wanted again.
    let Ground { dir: data, store, account, inbox, archive } = ground;
    drop(store);
    fs::remove_dir_all(dir.path().join("caches")).unwrap();
    let store = Store::open_within(data.path(), limits()).unwrap();
    let ground = Ground { dir: data, store, account, inbox, archive };
    assert_eq!(bodies_here(&ground, 5_000), [0; 0]);
    let wanted = ground.store.writer().bodies_to_fetch(ground.inbox, 10, Bulk::Everything).unwrap();
    assert_eq!(wanted.iter().map(|body| body.uid).collect::<Vec<_>>(), [3, 2, 1]);
}

#[test]
fn a_store_is_read_while_another_process_writes_it() {
    let ground = ground();
    bring(&ground, 1..=3, 5_000);
    let reading = Store::open_for_reading(ground.dir.path(), Limits::default()).unwrap();
    let list = |first| reading.reader().page(ListQuery::Mailbox(ground.inbox), first, 10).unwrap();
    assert_eq!(list(1).rows.len(), 2);
    assert_eq!(reading.reader().raw(list(0).rows[0].id).unwrap(), body_of(3, 5_000));
    bring(&ground, 4..=4, 5_000);
    assert_eq!(list(1).rows.len(), 3, "it sees what the other wrote");
    let emails = ground.ids(ground.inbox);
    let change = Change::Flags { add: FlagBits::SEEN, remove: FlagBits::default() };
    let refused =
        reading.writer().record(Ticket(1), ground.account, &[(emails[0], change.clone())], Instant(1));
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::WrongState);
    reading.release(std::time::Duration::from_secs(1)).unwrap();
    assert_eq!(
        reading.reader().page(ListQuery::Mailbox(ground.inbox), 0, 1).unwrap_err().kind(),
        ErrorKind::WrongState
    );
    reading.reacquire().unwrap();
    assert_eq!(list(0).rows.len(), 4);
    // Also when nobody has it open, and no journal is there any more.
    let Ground { dir, store, .. } = ground;
    drop((store, reading));
    let reading = Store::open_for_reading(dir.path(), Limits::default()).unwrap();
    assert_eq!(reading.reader().accounts().unwrap().len(), 1);
    let missing = Store::open_for_reading(&dir.path().join("nowhere"), Limits::default());
    assert_eq!(missing.err().unwrap().kind(), ErrorKind::NotFound);
}

#[test]
fn memory_that_was_given_back_changes_nothing_that_is_read() {
    let ground = ground();
    bring(&ground, 1..=3, 5_000);
    for release in [MemoryRelease::Idle, MemoryRelease::Caches] {
        let before = ground.store.reader().page(ListQuery::Mailbox(ground.inbox), 1, 10).unwrap();
        ground.store.shrink(release).unwrap();
        assert_eq!(ground.store.reader().page(ListQuery::Mailbox(ground.inbox), 1, 10).unwrap(), before);
    }
    bring(&ground, 4..=4, 5_000);
    assert_eq!(bodies_here(&ground, 5_000), [1, 2, 3, 4]);
}

#[test]
fn bug_bodies_of_a_mailbox_that_is_not_listed_go_though_nobody_has_them() {
    let ground = limited(500_000);
    bring(&ground, 1..=40, 50_000);
    let ids = ground.ids(ground.inbox);
    let _ = ground.store.writer().list_folders(ground.account, &[folder("Archive", Role::Archive)]).unwrap();
    tidy(&ground.store);
    let reader = ground.store.reader();
    let lost = ids.iter().filter(|id| reader.raw(**id).is_err()).count();
    assert_eq!(lost, 0, "the server gives them to nobody any more");
}

#[test]
fn bug_mail_of_an_account_that_was_removed_in_the_last_moment_stays_on_the_disk() {
    let ground = ground();
    bring(&ground, 1..=3, 50_000);
    let grace = AccountConfig { address: "grace@example.org".into(), user_name: "grace".into(), ..config() };
    let other = ground.store.writer().add_account(&grace).unwrap();
    let packs = ground.dir.path().join("packs");
    let (own, aside) = (pack_directory(&packs, ground.account), ground.dir.path().join("aside"));
    // As if it had ended between the rows and the files.
    fs::rename(&own, &aside).unwrap();
    let _ = ground.store.writer().remove_account(ground.account).unwrap();
    fs::rename(&aside, &own).unwrap();
    // Whose this is isn't known: nobody of this store had that number.
    let unknown = packs.join((other.0 + 1).to_string());
    fs::create_dir(&unknown).unwrap();
    let Ground { dir, store, .. } = ground;
    drop(store);
    let store = Store::open(dir.path()).unwrap();
    tidy(&store);
    assert!(!own.exists() && unknown.exists());
}
