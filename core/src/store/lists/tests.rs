//! Lists that follow the writer are what a list made anew would be, whatever happens; so are conversations.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use proptest::collection::vec;
use proptest::prelude::*;

use super::super::*;
use super::Lists;
use crate::mime::HeaderFacts;
use crate::model::{
    AccountConfig, AccountId, EmailRow, FlagBits, Flags, Instant, ListQuery, MailboxId, MemoryBudget, Role,
    SecretKind, Security, ThreadId,
};
use crate::store::limits::Room;
use crate::store::tests::folder;
use crate::sync::threads::{Threads, ties};

struct Ground {
    dir: tempfile::TempDir,
    store: Store,
    account: AccountId,
    folders: Vec<MailboxId>,
    /// The next UID of each.
    next: Vec<u32>,
}

fn account(store: &Store, user: &str) -> (AccountId, Vec<MailboxId>) {
    let config = AccountConfig {
        address: format!("{user}@example.org"),
        display_name: String::new(),
        user_name: user.into(),
        imap_host: "imap.example.org".into(),
        imap_port: 993,
        imap_security: Security::Tls,
        secret_kind: SecretKind::Password,
        submission: None,
    };
    let mut writer = store.writer();
    let account = writer.add_account(&config).unwrap();
    let roles = [("INBOX", Role::Inbox), ("Archive", Role::Archive), ("Trash", Role::Trash)];
    let listed = roles.map(|(name, role)| folder(name, role));
    let _ = writer.list_folders(account, &listed).unwrap();
    let folders = roles.map(|(_, role)| writer.folder_with_role(account, role).unwrap().unwrap());
    for folder in folders {
        writer.extend_folder(folder, 7, 1).unwrap();
    }
    (account, folders.into())
}

fn ground() -> Ground {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    let (account_id, mut folders) = account(&store, "ada");
    folders.extend(account(&store, "grace").1);
    let next = vec![1; folders.len()];
    Ground { dir, store, account: account_id, folders, next }
}

/// A mail of the conversations' game: its name, and the names it refers to.
type Named = (u8, Vec<u8>);

fn facts((name, references): &Named) -> HeaderFacts {
    HeaderFacts {
        // Some mails have no Message-ID.
        message_id: (*name > 0).then(|| format!("{name}@example.org")),
        references: references.iter().map(|name| format!("{name}@example.org")).collect(),
        subject: "the same for all".into(),
        ..HeaderFacts::default()
    }
}

#[derive(Clone, Debug)]
enum Step {
    Arrive(usize, Vec<(Named, i64)>),
    Flags(usize, u32, u32),
    Gone(usize, u32),
    Move(usize, usize),
    Forget,
    Body(usize, u32),
    Split(usize),
    Join(usize, usize),
    /// Takes back what was made of conversations by that step.
    Back(u64),
}

fn step() -> impl Strategy<Value = Step> {
    let named = (0u8..12, vec(1u8..12, 0..3));
    prop_oneof![
        4 => (0usize..6, vec((named, 0i64..40), 1..6)).prop_map(|(folder, mails)| Step::Arrive(folder, mails)),
        3 => (0usize..6, 1u32..12, 0u32..8).prop_map(|(folder, uid, flags)| Step::Flags(folder, uid, flags)),
        2 => (0usize..6, 1u32..12).prop_map(|(folder, uid)| Step::Gone(folder, uid)),
        2 => (0usize..3, 0usize..9).prop_map(|(to, which)| Step::Move(to, which)),
        1 => Just(Step::Forget),
        1 => (0usize..6, 1u32..12).prop_map(|(folder, uid)| Step::Body(folder, uid)),
        2 => (0usize..9).prop_map(Step::Split),
        2 => (0usize..9, 0usize..9).prop_map(|(one, other)| Step::Join(one, other)),
        1 => (1u64..25).prop_map(Step::Back),
    ]
}

impl Ground {
    fn arrive(&mut self, folder: usize, mails: &[(Named, i64)]) -> Changed {
        let low = self.next[folder];
        let emails: Vec<NewEmail> = mails
            .iter()
            .zip(low..)
            .map(|((named, date), uid)| NewEmail {
                uid,
                date: Instant(*date),
                // No two are taken for the same mail found again.
                size: u64::from(uid) * 100 + folder as u64,
                facts: facts(named),
                ..NewEmail::default()
            })
            .collect();
        self.next[folder] += u32::try_from(mails.len()).unwrap();
        self.store.writer().add_emails(self.folders[folder], &emails, low, self.next[folder] - 1).unwrap().1
    }

    fn take(&mut self, step: &Step, ticket: u64) -> Changed {
        let mut writer = self.store.writer();
        match step {
            Step::Arrive(folder, mails) => {
                drop(writer);
                self.arrive(*folder, mails)
            }
            Step::Flags(folder, uid, bits) => {
                let keywords = if bits % 2 == 0 { vec![Box::from("Trip")] } else { Vec::new() };
                let flags = Flags { bits: FlagBits(*bits), keywords };
                writer.apply_flags(self.folders[*folder], &[(*uid, flags)], &[]).unwrap()
            }
            Step::Gone(folder, uid) => writer.apply_flags(self.folders[*folder], &[], &[*uid]).unwrap(),
            Step::Move(to, which) => {
                let emails = self.store.reader().ids(ListQuery::Mailbox(self.folders[0])).unwrap();
                let change = Change::Move { to: self.folders[*to] };
                let changes: Vec<_> = emails.get(*which).map(|email| (*email, change)).into_iter().collect();
                writer.record(crate::Ticket(ticket), self.account, &changes, Instant(1)).unwrap().1
            }
            Step::Split(which) => {
                let emails = self.store.reader().ids(ListQuery::Mailbox(self.folders[0])).unwrap();
                let one: Vec<_> = emails.get(*which).copied().into_iter().collect();
                match one.is_empty() {
                    true => Changed::default(),
                    false => writer.split(crate::Ticket(ticket), self.account, &one, Instant(1)).unwrap(),
                }
            }
            Step::Join(one, other) => {
                let emails = self.store.reader().ids(ListQuery::Mailbox(self.folders[0])).unwrap();
                let both: Vec<_> =
                    [one, other].iter().filter_map(|which| emails.get(**which)).copied().collect();
                writer.join(crate::Ticket(ticket), self.account, &both, Instant(1)).unwrap()
            }
            Step::Back(step) => {
                let (operation, undo) = (crate::Ticket(*step), crate::Ticket(ticket));
                // There may be no such operation, or nothing left of it.
                writer
                    .undo(operation, undo, self.account, Instant(1))
                    .map_or_else(|_| Changed::default(), |(_, changed)| changed)
            }
            Step::Forget => {
                writer.remove_orphans(self.account).unwrap();
                Changed::default()
            }
            Step::Body(folder, uid) => {
                let account = writer.account_of_folder(self.folders[*folder]).unwrap();
                let events = vec![
                    BodyEvent::Start(2),
                    BodyEvent::Chunk(b"hi".to_vec()),
                    BodyEvent::Ended(*uid, Box::default()),
                ];
                writer.take_bodies(self.folders[*folder], 7, events).unwrap();
                writer.commit_bodies(account, &[]).unwrap().1
            }
        }
    }

    /// A reader that has held nothing yet.
    fn fresh(&self) -> Reader {
        let path = self.dir.path().join("mail.db");
        let index = Arc::new(search::Files::new(self.dir.path().join("search.db")));
        let (lists, room) = (Arc::new(Lists::new(1_000_000)), Arc::new(Room::new(None)));
        Reader::new((path, self.dir.path().join("packs")), lists, index, (room, MemoryBudget::USUAL))
    }

    fn queries(&self) -> Vec<ListQuery> {
        let mut queries = vec![ListQuery::AllInboxes, ListQuery::Starred, ListQuery::InboxConversations];
        queries.extend(self.store.reader().tags().unwrap().into_iter().map(|tag| ListQuery::Tagged(tag.id)));
        queries.extend(self.folders.iter().copied().map(ListQuery::Mailbox));
        queries.extend(self.folders.iter().take(2).copied().map(ListQuery::Conversations));
        queries
    }

    fn everything(reader: &Reader, query: ListQuery) -> Vec<EmailRow> {
        let ids = reader.ids(query).unwrap();
        let page = reader.page(query, 0, 1_000).unwrap();
        assert_eq!(page.total, ids.len(), "{query:?}: the counter is what a count gives");
        assert_eq!(page.rows.iter().map(|row| row.id).collect::<Vec<_>>(), ids, "{query:?}");
        page.rows
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(32) })]

    #[test]
    fn lists_follow_every_change_and_news_misses_none(steps in vec(step(), 1..25)) {
        let mut ground = ground();
        let reader = ground.store.reader();
        // What someone sees who reads a mailbox again only when it is said to have changed (I10).
        let mut seen: HashMap<MailboxId, Vec<EmailRow>> = HashMap::new();
        for (step, ticket) in steps.iter().zip(1..) {
            let changed = ground.take(step, ticket);
            let fresh = ground.fresh();
            for query in ground.queries() {
                let rows = Ground::everything(&fresh, query);
                prop_assert_eq!(&rows, &Ground::everything(&reader, query));
                let page = reader.page(query, 1, 2).unwrap();
                prop_assert_eq!(page.total, rows.len());
                prop_assert_eq!(&page.rows[..], rows.get(1..rows.len().min(3)).unwrap_or_default());
            }
            for (mailbox, _) in changed.folders {
                seen.insert(mailbox, Ground::everything(&reader, ListQuery::Mailbox(mailbox)));
            }
            for mailbox in &ground.folders {
                let rows = Ground::everything(&fresh, ListQuery::Mailbox(*mailbox));
                prop_assert_eq!(&rows[..], seen.get(mailbox).map_or(&[][..], Vec::as_slice));
            }
        }
    }

    #[test]
    fn conversations_are_the_same_in_any_order_of_arrival(
        mails in vec(((0u8..14, vec(1u8..14, 0..4)), 0usize..3), 1..24),
        order in vec(any::<u32>(), 24),
    ) {
        let mut batch = Threads::default();
        for (named, _) in &mails {
            let facts = facts(named);
            batch.add(&ties(facts.message_id.as_deref(), &facts.references, None));
        }
        let batch = batch.finish();
        let mut order: Vec<(u32, usize)> = order.into_iter().zip(0..mails.len()).collect();
        order.sort_unstable();

        let mut ground = ground();
        for (_, number) in &order {
            let (named, folder) = &mails[*number];
            let _ = ground.arrive(*folder, &[(named.clone(), *number as i64)]);
        }
        let reader = ground.store.reader();
        // By its date each mail is known again.
        let mut threads: BTreeMap<i64, ThreadId> = BTreeMap::new();
        for folder in &ground.folders {
            let rows = Ground::everything(&reader, ListQuery::Mailbox(*folder));
            threads.extend(rows.iter().map(|row| (row.date.0, row.thread)));
        }
        let kept: Vec<ThreadId> = threads.into_values().collect();
        prop_assert_eq!(kept.len(), batch.len());
        for (one, of_one) in batch.iter().enumerate() {
            for (other, of_other) in batch.iter().enumerate() {
                prop_assert_eq!(of_one == of_other, kept[one] == kept[other], "{} and {}", one, other);
            }
        }
        for thread in kept.iter().collect::<BTreeSet<_>>() {
            let mails = reader.thread(*thread).unwrap();
            prop_assert_eq!(mails.len(), kept.iter().filter(|kept| *kept == thread).count());
            prop_assert!(mails.is_sorted_by_key(|mail| mail.date));
        }
    }
}

#[test]
fn a_conversation_is_one_row_with_its_newest_mail_and_its_size() {
    let mut ground = ground();
    let _ = ground.arrive(0, &[((1, vec![]), 10), ((9, vec![]), 20), ((2, vec![1]), 30)]);
    let _ = ground.arrive(1, &[((3, vec![1, 2]), 40)]);
    let seen = Flags { bits: FlagBits::SEEN, keywords: Vec::new() };
    let _ = ground.store.writer().apply_flags(ground.folders[0], &[(3, seen)], &[]).unwrap();
    let reader = ground.store.reader();
    let page = reader.page(ListQuery::Conversations(ground.folders[0]), 0, 10).unwrap();
    let rows: Vec<(i64, u64, u64)> = page
        .rows
        .iter()
        .map(|row| row.conversation.as_ref().map(|it| (row.date.0, it.mails, it.unread)).unwrap())
        .collect();
    assert_eq!(rows, [(30, 3, 2), (20, 1, 1)]);
    assert_eq!(page.total, 2);
    let dates: Vec<i64> = reader.thread(page.rows[0].thread).unwrap().iter().map(|row| row.date.0).collect();
    assert_eq!(dates, [10, 30, 40], "oldest first, over all mailboxes");
    // A mail that ties the two together.
    let _ = ground.arrive(0, &[((4, vec![9, 3]), 50)]);
    let page = reader.page(ListQuery::Conversations(ground.folders[0]), 0, 10).unwrap();
    assert_eq!((page.total, page.rows[0].conversation.as_ref().unwrap().mails), (1, 5));
}

#[test]
fn more_changes_than_are_remembered_still_end_in_the_right_list() {
    let mut ground = ground();
    let many =
        |from: i64| -> Vec<(Named, i64)> { (0..9_000).map(|number| ((0, vec![]), from + number)).collect() };
    let _ = ground.arrive(0, &many(0));
    let reader = ground.store.reader();
    assert_eq!(reader.page(ListQuery::AllInboxes, 5, 1).unwrap().total, 9_000);
    let _ = ground.arrive(0, &many(4_000));
    assert_eq!(reader.page(ListQuery::AllInboxes, 5, 1).unwrap().total, 18_000);
    let _ = ground.arrive(0, &many(-4_000));
    let _ = ground.arrive(0, &many(9_000));
    let fresh = ground.fresh();
    for query in [ListQuery::AllInboxes, ListQuery::Mailbox(ground.folders[0])] {
        assert_eq!(reader.ids(query).unwrap(), fresh.ids(query).unwrap());
    }
}

#[test]
fn a_number_is_new_once_wherever_it_lies() {
    let mut seen = super::Seen::default();
    let far = i64::try_from(super::Seen::MOST * 64).unwrap();
    let numbers = [0, 1, 63, 64, 65, 1_000_000, far - 1, far, far + 1, i64::MAX, -1, i64::MIN];
    for number in numbers {
        assert!(seen.insert(number), "{number}");
    }
    for number in numbers {
        assert!(!seen.insert(number), "{number}");
    }
    assert!(seen.insert(2) && seen.insert(999_999));
}
