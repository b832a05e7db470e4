use super::backlog::STEP;
use super::*;
use crate::command::Ticket;
use crate::model::{AccountConfig, AccountId, FlagBits, Flags, Identity, MailboxId, SecretKind, Security};
use crate::store::tests::folder;
use crate::store::{BodyEvent, NewEmail, Store};

const DAY: i64 = 86_400_000;
/// Some day.
const NOW: i64 = 1_786_000_000_000;

struct Ground {
    directory: tempfile::TempDir,
    store: Store,
    account: AccountId,
    next: u32,
}

fn config(address: &str) -> AccountConfig {
    AccountConfig {
        address: address.into(),
        display_name: "Ada".into(),
        user_name: address.into(),
        imap_host: "imap.example.org".into(),
        imap_port: 993,
        imap_security: Security::Tls,
        secret_kind: SecretKind::Password,
        submission: None,
    }
}

fn add_account(store: &Store, address: &str) -> AccountId {
    let account = store.writer().add_account(&config(address)).unwrap();
    let roles = [Role::Inbox, Role::Sent, Role::Drafts, Role::Trash, Role::Junk];
    let listed = roles.map(|role| folder(&format!("{role:?}"), role));
    let _ = store.writer().list_folders(account, &listed).unwrap();
    for role in roles {
        let mailbox = store.writer().folder_with_role(account, role).unwrap().unwrap();
        store.writer().extend_folder(mailbox, 7, 1).unwrap();
    }
    account
}

impl Ground {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(directory.path()).unwrap();
        let account = add_account(&store, "ada@example.org");
        Self { directory, store, account, next: 1 }
    }

    fn mailbox(&self, role: Role) -> MailboxId {
        self.store.writer().folder_with_role(self.account, role).unwrap().unwrap()
    }

    /// A mail of so many days ago is listed.
    fn mail(&mut self, role: Role, days: i64, head: &str) {
        let email = NewEmail {
            uid: self.next,
            date: Instant(NOW - days * DAY),
            size: 9,
            flags: Flags { bits: FlagBits::SEEN, keywords: Vec::new() },
            facts: mime::header_facts(format!("{head}\nMessage-ID: <{}@x>\n\n", self.next).as_bytes()),
            ..NewEmail::default()
        };
        let mailbox = self.mailbox(role);
        let _ = self.store.writer().add_emails(mailbox, &[email], self.next, self.next).unwrap();
        self.next += 1;
    }

    fn sent(&mut self, days: i64, to: &str) {
        self.mail(Role::Sent, days, &format!("From: ada@example.org\nTo: {to}"));
    }

    fn found(&self, prefix: &str) -> Vec<String> {
        let found = self.store.reader().complete(prefix, 5).unwrap();
        found.into_iter().map(|one| mime::mailbox(&one.name, &one.address)).collect()
    }
}

#[test]
fn whom_one_wrote_to_last_and_most_comes_first() {
    let mut ground = Ground::new();
    ground.sent(400, "Anna <anna@a.example>");
    ground.sent(390, "Anna <anna@a.example>");
    ground.sent(3, "Andy <andy@a.example>");
    ground.sent(200, "Antje <antje@a.example>, Ansgar <ansgar@a.example>");
    ground.sent(201, "antje@a.example");
    ground.mail(Role::Inbox, 0, "From: Anton <anton@a.example>\nTo: ada@example.org");
    let wanted = [
        "Andy <andy@a.example>",
        "Antje <antje@a.example>",
        "Ansgar <ansgar@a.example>",
        "Anna <anna@a.example>",
        "Anton <anton@a.example>",
    ];
    assert_eq!(ground.found("an"), wanted);
    assert_eq!(ground.store.reader().complete("an", 2).unwrap().len(), 2);
    // In whatever order mail is listed.
    let mut other = Ground::new();
    other.mail(Role::Inbox, 0, "From: Anton <anton@a.example>\nTo: ada@example.org");
    other.sent(201, "antje@a.example");
    other.sent(200, "Antje <antje@a.example>, Ansgar <ansgar@a.example>");
    other.sent(3, "Andy <andy@a.example>");
    other.sent(390, "Anna <anna@a.example>");
    other.sent(400, "Anna <anna@a.example>");
    assert_eq!(other.found("an"), wanted);
}

#[test]
fn people_are_found_by_parts_of_their_names_and_addresses_without_accents() {
    let mut ground = Ground::new();
    ground.sent(1, "\"M\u{fc}ller-L\u{fc}denscheid, J\u{f6}rg\" <jml@b\u{fc}ro.example>");
    ground.sent(1, "\"Se\u{e1}n O'Brien\" <s.obrien+x@mail.post.example>");
    ground.sent(1, "\u{5c71}\u{7530}\u{592a}\u{90ce} <taro@post.example>");
    for prefix in ["mull", "M\u{dc}LL", "lud", "jor", "jorg mu", "muller jo", "jml@", "jml@xn--b", "xn--bro"]
    {
        assert_eq!(ground.found(prefix).len(), 1, "{prefix}");
    }
    for prefix in
        ["sean", "o'b", "brien", "obr", "s.obrien+x@ma", "mail.po", "post", "sean o'br", "x", "\"Se\u{e1}n O"]
    {
        assert!(ground.found(prefix).iter().any(|one| one.contains("s.obrien")), "{prefix}");
    }
    for prefix in ["\u{5c71}\u{7530}", "\u{592a}\u{90ce}", "taro"] {
        assert_eq!(ground.found(prefix).len(), 1, "{prefix}");
    }
    for prefix in ["uller", "example", "zz", "mull q", "@", "%", "jorg zz"] {
        assert_eq!(ground.found(prefix), [""; 0], "{prefix}");
    }
    assert_eq!(ground.found("").len(), 3);
}

#[test]
fn nobody_is_offered_who_is_a_program_or_unwanted_or_was_not_written_to() {
    let mut ground = Ground::new();
    ground.mail(Role::Inbox, 1, "From: Shop <no-reply@shop.example>\nTo: ada@example.org");
    ground.mail(Role::Junk, 1, "From: Prince <prince@shop.example>\nTo: ada@example.org");
    ground.mail(Role::Trash, 1, "From: Old <old@shop.example>\nTo: ada@example.org");
    ground.mail(Role::Drafts, 1, "From: ada@example.org\nTo: draft@shop.example");
    ground.mail(Role::Inbox, 1, "From: x\nTo: ada@example.org");
    assert_eq!(ground.found("shop"), [""; 0]);
    // Unless the person did.
    ground.sent(1, "no-reply@shop.example, not an address, also@shop.example");
    assert_eq!(ground.found("shop"), ["also@shop.example", "no-reply@shop.example"]);
}

#[test]
fn people_are_called_as_they_call_themselves_and_no_name_is_another_address() {
    let mut ground = Ground::new();
    ground.sent(9, "bob <bob@b.example>");
    ground.mail(Role::Inbox, 5, "From: Bob Ray <BOB@b.example>\nTo: ada@example.org");
    ground.mail(Role::Inbox, 8, "From: Bobby <bob@b.example>\nTo: ada@example.org");
    assert_eq!(ground.found("bob"), ["Bob Ray <bob@b.example>"]);
    assert_eq!(ground.found("bobby"), [""; 0]);
    // Who was never written to keeps the first one.
    ground.mail(Role::Inbox, 7, "From: One <many@b.example>\nTo: ada@example.org");
    ground.mail(Role::Inbox, 6, "From: Two <many@b.example>\nTo: ada@example.org");
    ground.mail(Role::Inbox, 6, "From: \"boss@bank.example\" <eve@b.example>\nTo: ada@example.org");
    assert_eq!(ground.found("many"), ["One <many@b.example>"]);
    assert_eq!(ground.found("eve"), ["eve@b.example"]);
    assert_eq!(ground.found("boss"), [""; 0]);
}

#[test]
fn ones_own_addresses_come_last_and_each_address_once() {
    let mut ground = Ground::new();
    let other = add_account(&ground.store, "ada@other.example");
    let alias = Identity { address: "alias@example.org".into(), ..Identity::default() };
    ground.store.writer().set_identities(ground.account, &[alias]).unwrap();
    ground
        .sent(1, "ada@example.org, ada@other.example, alias@example.org, adam@b.example, ann@alias.example");
    ground.account = other;
    ground.mail(Role::Sent, 2, "From: ada@other.example\nTo: Adam <adam@b.example>");
    assert_eq!(ground.found("ada").first().unwrap(), "adam@b.example");
    assert_eq!(ground.found("ada").len(), 3);
    assert_eq!(ground.found("alias").first().unwrap(), "ann@alias.example");
    // Mail from an alias is one's own.
    ground.account = ground.store.reader().accounts().unwrap()[0].id;
    ground.mail(Role::Sent, 2, "From: alias@example.org\nTo: by-alias@b.example");
    assert_eq!(ground.found("by-alias"), ["by-alias@b.example"]);
}

#[test]
fn with_an_account_those_go_whom_it_knew() {
    let mut ground = Ground::new();
    let first = ground.account;
    ground.sent(1, "ann@a.example");
    ground.account = add_account(&ground.store, "ada@other.example");
    ground.mail(Role::Sent, 2, "From: ada@other.example\nTo: anton@b.example");
    let _ = ground.store.writer().remove_account(first).unwrap();
    assert_eq!(ground.found("an"), ["anton@b.example"]);
    let orphans: i64 = ground
        .store
        .reader()
        .with(|connection| {
            let sql = "SELECT count(*) FROM contact_word WHERE word LIKE 'ann%'";
            Ok(connection.query_row(sql, [], |row| row.get(0))?)
        })
        .unwrap();
    assert_eq!(orphans, 0);
}

#[test]
fn a_mail_that_is_sent_makes_its_people_known_when_the_server_took_it_unseen_ones_too() {
    let ground = Ground::new();
    let raw =
        b"From: ada@example.org\r\nTo: ann@a.example\r\nBcc: anton@b.example\r\nSubject: x\r\n\r\nx\r\n";
    let held = crate::store::outbox::Held { now: Instant(NOW), until: None, is_for_later: false };
    let _ = ground.store.writer().send(Ticket(900), ground.account, raw, held).unwrap();
    assert_eq!(ground.found("an"), [""; 0], "it may be taken back");
    let crate::store::ToSend::Now(row) = ground.store.writer().to_send(ground.account, Instant(NOW)).unwrap()
    else {
        panic!("nothing to send")
    };
    let _ = ground.store.writer().sending_accepted(row.intent, (Ticket(901), Instant(NOW))).unwrap();
    assert_eq!(ground.found("an").len(), 2);
}

#[test]
fn mail_of_an_earlier_version_tells_of_its_people_step_by_step() {
    let mut ground = Ground::new();
    for n in 0..STEP + 20 {
        ground.mail(Role::Inbox, 9, &format!("From: P{n} <p{n}@a.example>\nTo: ada@example.org"));
    }
    ground.mail(Role::Junk, 1, "From: Prince <prince@a.example>\nTo: ada@example.org");
    ground.sent(1, "Zoe <zoe@a.example>");
    let raw = b"From: ada@example.org\r\nTo: Zoe <zoe@a.example>, q@a.example\r\n\r\nx\r\n";
    let (sent, uid) = (ground.mailbox(Role::Sent), ground.next - 1);
    let events = vec![
        BodyEvent::Start(raw.len() as u64),
        BodyEvent::Chunk(raw.to_vec()),
        BodyEvent::Ended(uid, Box::new(mime::glance(raw, true))),
    ];
    ground.store.writer().take_bodies(sent, 7, events).unwrap();
    let _ = ground.store.writer().commit_bodies(ground.account, &[]).unwrap();
    // As an earlier version left it.
    let forget = "DELETE FROM contact; UPDATE contact_backlog SET next = (SELECT max(id) FROM msg)";
    ground.store.writer().keep(|tx| Ok(tx.execute_batch(forget)?)).unwrap();
    assert_eq!(ground.found(""), [""; 0]);
    assert!(ground.store.meet_some().unwrap(), "there is more to look at");
    assert_eq!(ground.found("zoe"), ["Zoe <zoe@a.example>"]);
    assert_eq!(ground.found("p0"), [""; 0]);
    // What goes on after a restart.
    let Ground { directory, store, .. } = ground;
    drop(store);
    let store = Store::open(directory.path()).unwrap();
    assert!(!store.meet_some().unwrap());
    assert!(!store.meet_some().unwrap());
    let names = |prefix: &str| store.reader().complete(prefix, 2_000).unwrap().len();
    assert_eq!((names("p0@"), names("q@"), names("prince"), names("")), (1, 1, 0, STEP + 22));
}

#[test]
fn the_many_that_begin_so_are_met_in_their_order() {
    let mut ground = Ground::new();
    let people = |from: u32| {
        (from..from + 100).map(|n| format!("a{n} <a{n}@a{n}.example>")).collect::<Vec<_>>().join(", ")
    };
    for step in 0..12 {
        ground.sent(i64::from(100 - step), &people(step * 100));
    }
    ground.sent(1, "a7@a7.example");
    let found = ground.store.reader().complete("a", 3).unwrap();
    assert_eq!(found[0].address, "a7@a7.example");
    assert!(found[1].address.starts_with("a11"), "{found:?}");
    assert_eq!(ground.found("a1199"), ["a1199 <a1199@a1199.example>"]);
}

proptest::proptest! {
    /// However often and lately: the order in which mails are met doesn't matter, and one more never weighs less.
    #[test]
    fn what_counts_is_the_same_in_any_order(mut days in proptest::collection::vec(0_i64..20_000, 1..20)) {
        let weight = |days: &[i64]| days.iter().fold(0.0, |weight, day| more(weight, Instant(*day * DAY)));
        let one = weight(&days);
        proptest::prop_assert!(more(one, Instant(0)) >= one);
        days.reverse();
        proptest::prop_assert!((weight(&days) - one).abs() < 1e-9);
    }
}
