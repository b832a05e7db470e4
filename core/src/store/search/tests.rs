//! What can be found, on a real directory.

mod abroad;
mod large;
mod scanned;

use std::fs;

use super::super::*;
use crate::mime::{HeaderFacts, header_facts};
use crate::model::{
    AccountConfig, AccountId, EmailId, FlagBits, Found, Instant, MailboxId, Role, SearchScope, SecretKind,
    Security,
};
use crate::store::tests::folder;

const DAY: i64 = 86_400_000;

pub(super) struct Ground {
    pub(super) dir: tempfile::TempDir,
    pub(super) store: Store,
    account: AccountId,
    inbox: MailboxId,
    archive: MailboxId,
    next: u32,
}

fn account(store: &Store, user: &str) -> (AccountId, MailboxId, MailboxId) {
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
    let listed = [folder("INBOX", Role::Inbox), folder("Old/Archive", Role::Archive)];
    let _ = writer.list_folders(account, &listed).unwrap();
    let of = |role| writer.folder_with_role(account, role).unwrap().unwrap();
    let (inbox, archive) = (of(Role::Inbox), of(Role::Archive));
    writer.extend_folder(inbox, 7, 1).unwrap();
    writer.extend_folder(archive, 8, 1).unwrap();
    (account, inbox, archive)
}

fn ground() -> Ground {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    let (account, inbox, archive) = account(&store, "ada");
    Ground { dir, store, account, inbox, archive, next: 1 }
}

impl Ground {
    /// A mail arrives, its header alone: one more day after the first of 2024.
    fn head(&mut self, mailbox: MailboxId, raw: &[u8]) -> u32 {
        let uid = self.next;
        self.next += 1;
        let facts = HeaderFacts { message_id: Some(format!("{uid}@here")), ..header_facts(raw) };
        let date = Instant(1_704_067_200_000 + i64::from(uid) * DAY);
        let size = raw.len() as u64;
        let email = NewEmail { uid, date, size, facts, ..NewEmail::default() };
        let _ = self.store.writer().add_emails(mailbox, &[email], uid, uid).unwrap();
        uid
    }

    fn body(&self, mailbox: MailboxId, uid: u32, raw: &[u8]) {
        let mut writer = self.store.writer();
        let validity = writer.folder(mailbox).unwrap().uid_validity;
        let account = writer.account_of_folder(mailbox).unwrap();
        let start = BodyEvent::Start(raw.len() as u64);
        let events = vec![
            start,
            BodyEvent::Chunk(raw.to_vec()),
            BodyEvent::Ended(uid, Box::new(crate::mime::glance(raw, true))),
        ];
        writer.take_bodies(mailbox, validity, events).unwrap();
        let _ = writer.commit_bodies(account, &[]).unwrap();
    }

    fn mail(&mut self, mailbox: MailboxId, raw: &[u8]) -> u32 {
        let uid = self.head(mailbox, raw);
        self.body(mailbox, uid, raw);
        uid
    }

    /// A mail of one line in the INBOX.
    fn line(&mut self, subject: &str, text: &str) -> u32 {
        let raw = format!(
            "From: Ada <ada@example.org>\r\nSubject: {subject}\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n"
        );
        self.mail(self.inbox, raw.as_bytes())
    }

    pub(super) fn index(&self) {
        let search = self.store.search();
        for _ in 0..1_000 {
            if search.index_some(7).unwrap() == 0 {
                assert!(!search.pending().unwrap());
                return;
            }
        }
        panic!("indexing never ends");
    }

    fn ids(&self, mailbox: MailboxId) -> Vec<EmailId> {
        self.store.reader().ids(crate::model::ListQuery::Mailbox(mailbox)).unwrap()
    }

    fn found(&self, query: &str, scope: SearchScope) -> Found {
        self.store.reader().search(query, scope, 0, 1_000).unwrap()
    }

    /// The mails a query finds, by the order in which they arrived.
    fn find(&self, query: &str) -> Vec<u32> {
        let found = self.found(query, SearchScope::Everywhere);
        assert!(found.is_all, "{query}");
        assert_eq!(found.total, found.rows.len());
        found.rows.iter().map(|row| u32::try_from((row.date.0 - 1_704_067_200_000) / DAY).unwrap()).collect()
    }

    fn coverage(&self) -> (u64, u64) {
        self.store.reader().search_coverage(self.account).unwrap()
    }
}

#[test]
fn words_are_found_newest_first_in_body_subject_and_author() {
    let mut ground = ground();
    ground.line("Lake", "The boat is ready.");
    ground.line("Boat", "It is green.");
    ground.line("Nothing", "at all");
    ground.index();
    assert_eq!(ground.find("boat"), [2, 1]);
    assert_eq!(ground.find("BOAT is"), [2, 1]);
    assert_eq!(ground.find("green boat "), [2]);
    assert_eq!(ground.find("ada "), [3, 2, 1]);
    assert_eq!(ground.find("boats "), [] as [u32; 0]);
    assert_eq!(ground.coverage(), (3, 3));
}

#[test]
fn mail_in_every_language_and_encoding_is_found_by_any_piece_of_it() {
    let mut ground = ground();
    let inbox = ground.inbox;
    // 1: Japanese, ISO-2022-JP in base64; "来週の会議について".
    ground.mail(inbox, b"Subject: =?iso-2022-jp?B?GyRCTWg9NSROMnE1RBsoQg==?=\r\nContent-Type: text/plain; charset=iso-2022-jp\r\n\r\n\x1b$B2q5D<<$O;03,$G$9!#\x1b(B\r\n");
    // 2: Chinese, GB18030 as base64: "你好，明天下午见。"
    ground.mail(inbox, b"Subject: x\r\nContent-Type: text/plain; charset=gb2312\r\nContent-Transfer-Encoding: base64\r\n\r\nxOO6w6Osw/fM7M/CzuezvKGj\r\n");
    // 3: Korean, UTF-8 in quoted-printable: "한국어를 공부합니다".
    ground.mail(inbox, b"Subject: y\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n=ED=95=9C=EA=B5=AD=EC=96=B4=EB=A5=BC =EA=B3=B5=EB=B6=80=ED=95=A9=EB=8B=88=EB=\r\n=8B=A4\r\n");
    // 4: German, ISO-8859-1 in quoted-printable, a soft line break within a word.
    ground.mail(inbox, b"Subject: =?iso-8859-1?Q?Gr=FC=DFe?=\r\nContent-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nDie Stra=DFe nach M=FC=\r\nnchen ist gesperrt.\r\n");
    // 5: HTML alone, with entities and a word in two tags.
    ground.mail(inbox, b"Subject: z\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>Caf&eacute; <b>cr</b>&egrave;me</p><script>hidden</script>\r\n");
    // 6: Thai and Russian.
    ground.line("Ёлка", "สวัสดีครับ");
    ground.index();
    for (query, mail) in [
        ("会議", 1),
        ("会議室", 1),
        ("議室", 1),
        ("来週", 1),
        ("週の会", 1),
        ("三階", 1),
        ("室", 1),
        ("明天", 2),
        ("天下", 2),
        ("你好", 2),
        ("한국어", 3),
        ("국어", 3),
        ("공부", 3),
        ("합니다", 3),
        ("grüße", 4),
        ("GRÜSSE", 4),
        ("grusse", 4),
        ("strasse", 4),
        ("Straße", 4),
        ("münchen", 4),
        ("munchen", 4),
        ("cafe", 5),
        ("café", 5),
        ("CRÈME", 5),
        ("creme", 5),
        ("елка", 6),
        ("ёлка", 6),
        ("สวัสดี", 6),
        ("ครับ", 6),
    ] {
        assert_eq!(ground.find(query), [mail], "{query}");
        assert_eq!(ground.find(&format!("{query} ")), [mail], "{query} and a blank");
        assert_eq!(ground.find(&format!("\"{query}\"")), [mail], "quoted {query}");
    }
    for nothing in ["議会", "天明", "hidden", "어한"] {
        assert_eq!(ground.find(nothing), [] as [u32; 0], "{nothing}");
    }
}

#[test]
fn addresses_and_file_names_are_found_whole_and_in_parts() {
    let mut ground = ground();
    let inbox = ground.inbox;
    ground.mail(inbox, b"From: Charles Babbage <charles.babbage@engine.example>\r\nTo: ada@example.org, Mary <mary@home.example>\r\nCc: lists@example.org\r\nSubject: plan\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nsee the e-mail\r\n--b\r\nContent-Type: application/pdf; name=\"Budget_2024-final.pdf\"\r\nContent-Disposition: attachment; filename=\"Budget_2024-final.pdf\"\r\n\r\n%PDF\r\n--b--\r\n");
    ground.line("other", "charles");
    ground.index();
    for query in [
        "charles.babbage@engine.example",
        "babbage",
        "engine.example",
        "babbage@engine",
        "from:charles",
        "from:babbage@engine.example",
        "to:mary",
        "to:ada",
        "cc:lists",
        "cc:lists@example.org",
        "e-mail",
        "filename:budget",
        "filename:final.pdf",
        "Budget_2024-final.pdf",
        "budget 2024",
        "2024-fina",
        "has:attachment",
        "from:charles has:attachment plan",
        "subject:plan",
        "from:\"Charles Babbage\"",
    ] {
        assert_eq!(ground.find(query), [1], "{query}");
    }
    for query in ["from:mary", "to:charles", "cc:ada", "filename:plan", "subject:babbage", "\"mary ada\""] {
        assert_eq!(ground.find(query), [] as [u32; 0], "{query}");
    }
    assert_eq!(ground.find("charles"), [2, 1]);
}

#[test]
fn operators_are_checked_against_what_is_shown_at_that_moment() {
    let mut ground = ground();
    ground.line("one", "word");
    ground.line("two", "word");
    let inbox = ground.inbox;
    let large = format!("Subject: three\r\n\r\nword {}\r\n", "filler ".repeat(2_000));
    ground.mail(inbox, large.as_bytes());
    ground.index();
    assert_eq!(ground.find("word is:unread"), [3, 2, 1]);
    let ids = ground.ids(ground.inbox);
    let seen = Change::Flags { add: FlagBits::SEEN, remove: FlagBits::NONE };
    let star = Change::Flags { add: FlagBits::FLAGGED, remove: FlagBits::NONE };
    let to_archive = Change::Move { to: ground.archive };
    let changes = [(ids[0], seen), (ids[1], star), (ids[2], to_archive)];
    let _ = ground.store.writer().record(crate::Ticket(1), ground.account, &changes, Instant(1)).unwrap();
    for (query, mails) in [
        ("word is:unread", vec![2, 1]),
        ("is:read", vec![3]),
        ("is:starred", vec![2]),
        ("-is:starred", vec![3, 1]),
        ("in:archive", vec![1]),
        ("word in:inbox", vec![3, 2]),
        ("in:old/archive", vec![1]),
        ("-in:inbox", vec![1]),
        ("in:nowhere", vec![]),
        ("in:anywhere", vec![3, 2, 1]),
        ("larger:10k", vec![3]),
        ("smaller:10k word", vec![2, 1]),
        ("before:2024-01-03", vec![1]),
        ("after:2024-01-03", vec![3, 2]),
        ("word after:2024-01-03 before:2024-01-04", vec![2]),
        ("is:starred OR is:read", vec![3, 2]),
        ("one OR two", vec![2, 1]),
        ("two OR is:read", vec![3, 2]),
        ("one OR -word", vec![1]),
        ("word -one -two", vec![3]),
        ("-one", vec![3, 2]),
        ("-one -filler", vec![2]),
        ("-one is:unread", vec![2]),
        ("-\"two\" -is:read", vec![1]),
    ] {
        assert_eq!(ground.find(query), mails, "{query}");
    }
    let found = |scope| ground.found("word", scope).total;
    assert_eq!(found(SearchScope::Mailbox(ground.archive)), 1);
    assert_eq!(found(SearchScope::Account(ground.account)), 3);
    assert_eq!(found(SearchScope::Account(AccountId(99))), 0);
}

#[test]
fn while_a_word_is_typed_its_beginning_finds_it() {
    let mut ground = ground();
    ground.line("Meeting", "about the harbour");
    ground.line("Other", "We are meeting at noon. The mechanism");
    ground.index();
    // Two or three letters: subjects and authors, and whole words anywhere.
    assert_eq!(ground.find("me"), [1]);
    assert_eq!(ground.find("at"), [2]);
    assert_eq!(ground.find("mee"), [1]);
    assert_eq!(
        ground.find("harbour me"),
        [1],
        "a short beginning in the subject, the other word in the body"
    );
    assert_eq!(ground.find("meet"), [2, 1]);
    assert_eq!(ground.find("mech*"), [2]);
    assert_eq!(ground.find("meet "), [] as [u32; 0]);
    assert_eq!(ground.find("subject:meet"), [1]);
    assert_eq!(
        ground.find("me -harbour"),
        [] as [u32; 0],
        "what must not be in the body isn't, though the subject has no such word"
    );
}

#[test]
fn a_frequent_word_is_no_longer_a_beginning_unless_a_star_says_so() {
    let mut ground = ground();
    ground.line("one", "the harbourmaster");
    ground.line("harbourmaster", "two");
    for _ in 0..300 {
        ground.line("more", "the harbour");
    }
    ground.index();
    let found = |query: &str| ground.found(query, SearchScope::Everywhere).total;
    assert_eq!((found("harbour"), found("harbour*"), found("harbour ")), (301, 302, 300));
    assert_eq!((found("harbourm"), found("harbourmaster ")), (2, 2));
}

#[test]
fn a_mail_without_its_body_is_found_by_subject_and_author_and_counted_as_such() {
    let mut ground = ground();
    let inbox = ground.inbox;
    let raw = b"From: Grace <grace@navy.example>\r\nSubject: Compiler\r\n\r\nnanoseconds\r\n";
    let uid = ground.head(inbox, raw);
    ground.index();
    assert_eq!(ground.find("compiler"), [1]);
    assert_eq!(ground.find("from:grace@navy.example"), [1]);
    assert_eq!(ground.find("nanoseconds"), [] as [u32; 0]);
    assert_eq!(ground.coverage(), (0, 1));
    ground.body(inbox, uid, raw);
    assert!(ground.store.search().pending().unwrap());
    ground.index();
    assert_eq!(ground.find("nanoseconds compiler"), [1]);
    assert_eq!(ground.find("compiler"), [1], "once");
    assert_eq!(ground.coverage(), (1, 1));
}

#[test]
fn a_deleted_mail_leaves_the_index_and_a_moved_one_stays() {
    let mut ground = ground();
    let gone = ground.line("gone", "same");
    ground.line("moved", "same");
    ground.index();
    let ids = ground.ids(ground.inbox);
    let moves = [(ids[0], Change::Move { to: ground.archive })];
    let mut writer = ground.store.writer();
    let _ = writer.record(crate::Ticket(1), ground.account, &moves, Instant(1)).unwrap();
    let _ = writer.apply_flags(ground.inbox, &[], &[gone]).unwrap();
    drop(writer);
    assert_eq!(ground.find("same"), [2], "what isn't shown isn't found, even before the index knows");
    assert_eq!(ground.store.writer().remove_orphans(ground.account).unwrap(), 1);
    ground.index();
    assert_eq!(ground.find("same"), [2]);
    assert_eq!(ground.coverage(), (1, 1));
    let index = rusqlite::Connection::open(ground.dir.path().join("search.db")).unwrap();
    let entries: i64 = index.query_row("SELECT count(*) FROM entry", [], |row| row.get(0)).unwrap();
    let rows: i64 =
        index.query_row("SELECT count(*) FROM main WHERE main MATCH 'same'", [], |row| row.get(0)).unwrap();
    assert_eq!((entries, rows), (1, 1));
}

#[test]
fn an_index_that_is_lost_or_damaged_is_made_anew() {
    let mut ground = ground();
    for number in 0..40 {
        ground.line(&format!("mail {number}"), &format!("treasure {}", "words to fill pages ".repeat(40)));
    }
    ground.index();
    let path = ground.dir.path().join("search.db");
    let checkpoint = || {
        let index = rusqlite::Connection::open(&path).unwrap();
        let _: i64 = index.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0)).unwrap();
    };
    type Damage = fn(&std::path::Path);
    let damages: [(&str, Damage); 6] = [
        ("deleted", |path| fs::remove_file(path).unwrap()),
        ("emptied", |path| fs::write(path, b"").unwrap()),
        ("another kind of file", |path| fs::write(path, b"not a database at all".repeat(1_000)).unwrap()),
        ("cut short", |path| {
            let length = fs::metadata(path).unwrap().len();
            fs::File::options().write(true).open(path).unwrap().set_len(length / 2).unwrap();
        }),
        ("overwritten in the middle", |path| {
            let mut bytes = fs::read(path).unwrap();
            for byte in bytes.iter_mut().skip(4096) {
                *byte = byte.wrapping_mul(31).wrapping_add(17);
            }
            fs::write(path, bytes).unwrap();
        }),
        ("of another version", |path| {
            rusqlite::Connection::open(path).unwrap().pragma_update(None, "user_version", 99).unwrap();
        }),
    ];
    for (name, damage) in damages {
        checkpoint();
        // The damage is met by a store that opens, as after a crash.
        drop(std::mem::replace(&mut ground.store, Store::open(tempfile::tempdir().unwrap().path()).unwrap()));
        damage(&path);
        ground.store = Store::open(ground.dir.path()).unwrap();
        let found = ground.found("treasure", SearchScope::Everywhere);
        assert!(found.total <= 40, "{name}");
        ground.index();
        assert_eq!(ground.find("treasure").len(), 40, "{name}");
        assert_eq!(ground.coverage(), (40, 40), "{name}");
    }
}

#[test]
fn an_index_that_is_damaged_while_it_is_open_is_made_anew() {
    let mut ground = ground();
    for number in 0..40 {
        ground.line(&format!("mail {number}"), &format!("treasure {}", "words to fill pages ".repeat(40)));
    }
    ground.index();
    let path = ground.dir.path().join("search.db");
    fs::remove_file(&path).unwrap();
    assert!(ground.store.search().pending().unwrap());
    ground.index();
    assert_eq!(ground.find("treasure").len(), 40);
}

#[test]
fn a_crash_in_the_middle_of_indexing_loses_nothing_and_doubles_nothing() {
    let mut ground = ground();
    for number in 0..30 {
        ground.line(&format!("mail {number}"), "treasure");
    }
    assert_eq!(ground.store.search().index_some(10).unwrap(), 10);
    // The entries were durable, and the word that they are was not.
    let store = rusqlite::Connection::open(ground.dir.path().join("mail.db")).unwrap();
    store.execute("INSERT OR IGNORE INTO unindexed SELECT id, 1 FROM msg", []).unwrap();
    drop(std::mem::replace(&mut ground.store, Store::open(tempfile::tempdir().unwrap().path()).unwrap()));
    ground.store = Store::open(ground.dir.path()).unwrap();
    ground.index();
    assert_eq!(ground.find("treasure").len(), 30);
    assert_eq!(ground.coverage(), (30, 30));
    // A crash before a new index had heard of every mail.
    let index = rusqlite::Connection::open(ground.dir.path().join("search.db")).unwrap();
    index.pragma_update(None, "user_version", 0).unwrap();
    drop(index);
    drop(std::mem::replace(&mut ground.store, Store::open(tempfile::tempdir().unwrap().path()).unwrap()));
    ground.store = Store::open(ground.dir.path()).unwrap();
    ground.index();
    assert_eq!(ground.find("treasure").len(), 30);
}

#[test]
fn a_change_while_a_mail_is_indexed_is_not_forgotten() {
    let mut ground = ground();
    let inbox = ground.inbox;
    let raw = b"Subject: s\r\n\r\nlate\r\n";
    let uid = ground.head(inbox, raw);
    ground.index();
    ground.body(inbox, uid, raw);
    let due = super::feed::due(&ground.store.reader(), 9).unwrap();
    assert_eq!(due.len(), 1);
    // It is done as it was before something else came of it.
    let store = rusqlite::Connection::open(ground.dir.path().join("mail.db")).unwrap();
    let (msg, times): (i64, i64) = store
        .query_row("SELECT msg, times FROM unindexed", [], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap();
    super::feed::settle(&mut ground.store.writer(), &[(msg, times - 1)]).unwrap();
    assert!(ground.store.search().pending().unwrap());
    ground.index();
    assert_eq!(ground.find("late"), [1]);
}

#[test]
fn the_words_of_a_removed_account_leave_this_device() {
    let mut ground = ground();
    ground.line("secret", "xyzzyplugh");
    let (other, inbox, _) = account(&ground.store, "grace");
    let raw = b"Subject: kept\r\n\r\nkeepsake\r\n";
    let uid = ground.head(inbox, raw);
    ground.body(inbox, uid, raw);
    ground.index();
    let _ = ground.store.writer().remove_account(ground.account).unwrap();
    ground.index();
    assert_eq!(ground.find("keepsake"), [2]);
    assert_eq!(ground.store.reader().search_coverage(other).unwrap(), (1, 1));
    for file in ["search.db", "search.db-wal"] {
        let bytes = fs::read(ground.dir.path().join(file)).unwrap();
        assert!(!bytes.windows(10).any(|window| window == b"xyzzyplugh"), "{file}");
    }
}

#[test]
fn the_index_belongs_to_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let mut ground = ground();
    ground.line("a", "b");
    ground.index();
    for file in ["search.db", "search.db-wal", "search.db-shm"] {
        let mode = fs::metadata(ground.dir.path().join(file)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
}

#[test]
fn thousands_of_mails_of_one_second_are_all_found() {
    let ground = ground();
    let facts = |number: u32| HeaderFacts {
        subject: format!("import {number}"),
        message_id: Some(number.to_string()),
        ..HeaderFacts::default()
    };
    let emails: Vec<NewEmail> = (1..=3_000)
        .map(|uid| NewEmail {
            uid,
            date: Instant(1_704_067_200_000 + i64::from(uid % 500)),
            size: 9,
            facts: facts(uid),
            ..NewEmail::default()
        })
        .collect();
    let _ = ground.store.writer().add_emails(ground.inbox, &emails, 1, 3_000).unwrap();
    while ground.store.search().index_some(500).unwrap() > 0 {}
    let found = ground.store.reader().search("import ", SearchScope::Everywhere, 0, 10_000).unwrap();
    assert_eq!((found.total, found.is_all), (3_000, true));
    let once: std::collections::HashSet<_> = found.rows.iter().map(|row| row.id).collect();
    assert_eq!(once.len(), 3_000);
    // A window gives the same rows as the whole, and says honestly when it stopped counting.
    let window = ground.store.reader().search("import ", SearchScope::Everywhere, 100, 50).unwrap();
    assert_eq!(window.rows, found.rows[100..150]);
    assert!(!window.is_all && window.total >= 150 && window.total < 3_000);
    let last = ground.store.reader().search("import ", SearchScope::Everywhere, 2_990, 50).unwrap();
    assert_eq!((last.rows.len(), last.total, last.is_all), (10, 3_000, true));
    // So does a window around any of them.
    for place in [0, 1, 1_234, 2_999] {
        let around = ground.store.reader().at_once(|snapshot| {
            let anchor = found.rows[place].id;
            snapshot.search_around("import ", SearchScope::Everywhere, anchor, (2, 3), 0)
        });
        let (around, first) = (around.unwrap(), place.saturating_sub(2));
        assert_eq!((around.first, around.rows), (first, found.rows[first..(place + 3).min(3_000)].to_vec()));
    }
}

#[test]
fn no_text_is_an_error_or_reaches_the_index_as_syntax() {
    let mut ground = ground();
    ground.line("NEAR", "subject body AND OR NOT sender rowid");
    ground.index();
    for text in [
        "\"",
        "\"\"",
        "'",
        "''; DROP TABLE main; --",
        "NEAR(a b)",
        "a NEAR b",
        "subject:",
        "{subject body} : x",
        "^a",
        "a^2",
        "*",
        "a*b",
        "(",
        ")",
        "(a OR",
        "- -",
        "--",
        "-\"",
        "body:x",
        "-subject:\"",
        "\0",
        "a\0b",
        "\\",
        "%",
        "_",
        "rowid:1",
        "AND",
        "NOT",
        "a AND b",
        "from:*",
        "from:\"",
        "🙂",
        "\u{202e}abc",
        "語*",
        "-語",
        "OR OR -",
        "main:x",
        "+a",
        "a+b",
    ] {
        let _ = ground.found(text, SearchScope::Everywhere);
    }
    assert_eq!(ground.find("AND"), [1], "words that a database knows are words");
    assert_eq!(ground.find("rowid NOT"), [1]);
    assert_eq!(ground.find("near "), [1]);
    assert_eq!(ground.find("body:sender "), [] as [u32; 0], "no operator of ours: words in that sequence");
}

proptest::proptest! {
    #![proptest_config(proptest::test_runner::Config::with_cases(64))]
    #[test]
    fn any_text_can_be_searched_for(text in ".{0,80}", pieces in proptest::collection::vec("(from:|-|\"|OR |in:|is:unread |\\*|a|語|é| ){1,3}", 0..12)) {
        let ground = shared();
        let _ = ground.found(&text, SearchScope::Everywhere);
        let _ = ground.found(&pieces.concat(), SearchScope::Everywhere);
        for file in fs::read_dir(ground.dir.path()).unwrap() {
            assert!(file.is_ok());
        }
        assert!(!ground.store.search().pending().unwrap(), "the index is still thought to be sound");
    }
}

fn shared() -> &'static Ground {
    static GROUND: std::sync::OnceLock<Ground> = std::sync::OnceLock::new();
    GROUND.get_or_init(|| {
        let mut ground = ground();
        ground.line("a é 語", "from in is OR");
        ground.index();
        ground
    })
}
