//! Servers that don't say what their mailboxes are for, and whose mailboxes a program in another language made: what is sent is kept in
//! the one that is there, and no second one is made beside it.

use waxwing_core::Done;
use waxwing_core::model::{Role, Security};
use waxwing_demo::model::{Dialect, Verb};

use crate::sending::{each, ground_as};

/// What programs call the mailboxes for sent mail and for drafts.
const MADE: [(&str, &str, &str); 30] = [
    ("English", "Sent Items", "Drafts"),
    ("German", "Gesendete Elemente", "Entwürfe"),
    ("French", "Éléments envoyés", "Brouillons"),
    ("Spanish", "Elementos enviados", "Borradores"),
    ("Portuguese", "Itens Enviados", "Rascunhos"),
    ("Italian", "Posta inviata", "Bozze"),
    ("Dutch", "Verzonden items", "Concepten"),
    ("Swedish", "Skickat", "Utkast"),
    ("Danish", "Sendt post", "Kladder"),
    ("Norwegian", "Sendte elementer", "Utkast"),
    ("Finnish", "Lähetetyt", "Luonnokset"),
    ("Polish", "Elementy wysłane", "Kopie robocze"),
    ("Czech", "Odeslaná pošta", "Koncepty"),
    ("Slovak", "Odoslaná pošta", "Koncepty"),
    ("Hungarian", "Elküldött elemek", "Piszkozatok"),
    ("Romanian", "Elemente trimise", "Ciorne"),
    ("Bulgarian", "Изпратени", "Чернови"),
    ("Russian", "Отправленные", "Черновики"),
    ("Ukrainian", "Надіслані", "Чернетки"),
    ("Greek", "Απεσταλμένα", "Πρόχειρα"),
    ("Turkish", "Gönderilmiş Öğeler", "Taslaklar"),
    ("Hebrew", "פריטים שנשלחו", "טיוטות"),
    ("Arabic", "العناصر المرسلة", "المسودات"),
    ("Chinese", "已发送邮件", "草稿箱"),
    ("Chinese of Taiwan", "寄件備份", "草稿"),
    ("Japanese", "送信済みアイテム", "下書き"),
    ("Korean", "보낸 편지함", "임시 보관함"),
    ("Vietnamese", "Thư đã gửi", "Thư nháp"),
    ("Thai", "รายการที่ถูกส่ง", "แบบร่าง"),
    ("Catalan", "Elements enviats", "Esborranys"),
];

const MAIL: &str = "From: ada@example.org\r\nTo: grace@example.net\r\nSubject: x\r\nMessage-ID: <hello@example.org>\r\n\r\nx\r\n";

#[test]
fn what_is_sent_is_kept_in_the_mailbox_that_is_there_in_whatever_language() {
    let cases = MADE.iter().flat_map(|made| ["", "INBOX."].map(|prefix| (*made, prefix))).collect();
    each(cases, |((language, sent, drafts), prefix)| {
        let plain = Dialect::bare_rfc3501();
        let dialect = match prefix {
            "" => plain,
            prefix => Dialect { prefix, delimiter: '.', ..plain },
        };
        let ground = ground_as(dialect, &[(sent, None), (drafts, None)], Security::Tls);
        assert_eq!(ground.send(MAIL), Ok(Done::Nothing), "{language} {prefix}");
        let mut names = ground.mailboxes();
        names.sort_by_key(|name| name != "INBOX" && name != sent);
        names.sort_by_key(|name| name == drafts);
        assert_eq!(names, ["INBOX", sent, drafts], "{language} {prefix}: nothing was made");
        let kept = ground.kept("hello@example.org");
        assert_eq!(
            kept.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(),
            [sent],
            "{language} {prefix}"
        );
        let created = ground.server.store().with(|store| store.journal.lines_of(Verb::Create).count());
        assert_eq!(created, 0, "{language} {prefix}");
        // What a draft would be kept in.
        let drafts_here = ground.run.role(ground.account, Role::Drafts);
        let shown = ground.run.reader().mailboxes(ground.account).unwrap();
        let its = shown.iter().find(|mailbox| mailbox.id == drafts_here).unwrap();
        assert!(its.path.ends_with(drafts), "{language} {prefix}: {}", its.path);
        assert_eq!(ground.server.store().with(|store| store.journal.lines_of(Verb::Append).count()), 1);
    });
}
