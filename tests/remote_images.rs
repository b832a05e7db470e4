//! Pictures of mails that lie on the network: nobody is asked for them before the person says so, and then nobody but them
//! (SAFETY.md 13).

use waxwing_core::mime::{self, Wanted};
use waxwing_core::model::{
    AccountConfig, EmailId, FlagBits, Instant, ListQuery, Role, Secret, SecretKind, Security,
};
use waxwing_core::{Command, Done, ErrorKind, Message};

use crate::setup::internet::{Device, Internet, Page, Server};
use crate::setup::model::Model;

const ADDRESS: &str = "ada@harbour.example";
const PASSWORD: &str = "correct horse";
const IMAP: &str = "imap.harbour.example";

const GIF: &[u8] = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\xff\xff\xff\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;";

/// Everything that can ask for something by being looked at.
const HOSTILE: &str = r#"
<link rel="stylesheet" href="https://sink.example/1"><link rel="dns-prefetch" href="//prefetch.example">
<meta http-equiv="refresh" content="0;url=https://sink.example/2"><base href="https://sink.example/">
<style>@import url(https://sink.example/3); @font-face { font-family: x; src: url(https://sink.example/4) }
p { background: url(https://sink.example/5) }</style>
<img src="https://sink.example/6.gif" srcset="https://sink.example/7 2x"><img src="http://sink.example/8">
<picture><source srcset="https://sink.example/9"></picture><table background="https://sink.example/10"><tr><td>x</table>
<iframe src="https://sink.example/11"></iframe><object data="https://sink.example/12"></object>
<embed src="https://sink.example/13"><video poster="https://sink.example/14" src="https://sink.example/15"></video>
<audio src="https://sink.example/16"></audio><input type="image" src="https://sink.example/17">
<svg><image href="https://sink.example/18"/><use xlink:href="https://sink.example/19#a"/></svg>
<p style="background-image: url('https://sink.example/20'); list-style-image: url(https://sink.example/21)">Words to read</p>
<img width="1" height="1" src="https://pixel.example/open"><img src="https://x.list-manage.com/track/open.php?u=1">
"#;

struct Ground {
    internet: Internet,
    device: Device,
}

impl Ground {
    fn new() -> Self {
        let internet = Internet::default();
        let model = Model::knowing(ADDRESS, PASSWORD);
        internet.put(IMAP, 993, Server::Model(model));
        let device = Device::on(&internet);
        let config = AccountConfig {
            address: ADDRESS.into(),
            display_name: "Ada".into(),
            user_name: ADDRESS.into(),
            imap_host: IMAP.into(),
            imap_port: 993,
            imap_security: Security::Tls,
            secret_kind: SecretKind::Password,
            submission: None,
        };
        let added = device.finished(Command::AddAccount { config, secret: Secret::new(PASSWORD) });
        let Ok(Done::Account(account)) = added else { panic!("{added:?}") };
        device.finished(Command::SyncAccount { account }).unwrap();
        Self { internet, device }
    }

    /// A mail of that HTML, here.
    fn mail(&self, from: &str, html: &str) -> EmailId {
        let reader = self.device.engine.reader();
        let account = reader.accounts().unwrap()[0].id;
        let inbox =
            reader.mailboxes(account).unwrap().into_iter().find(|mailbox| mailbox.role == Role::Inbox);
        let mailbox = inbox.unwrap().id;
        let message = format!("From: {from}\r\nSubject: x\r\nContent-Type: text/html\r\n\r\n{html}\r\n");
        let (flags, date) = (FlagBits::NONE, Instant(1_786_000_000_000));
        let ids = || reader.ids(ListQuery::Mailbox(mailbox)).unwrap();
        let before = ids();
        let append = Command::Append { mailbox, message: Message(message.into_bytes()), flags, date };
        self.device.finished(append).unwrap();
        ids().into_iter().find(|id| !before.contains(id)).unwrap()
    }

    /// Who was asked for anything but mail.
    fn asked(&self) -> Vec<String> {
        self.internet.asked().into_iter().filter(|what| !what.contains(IMAP)).collect()
    }
}

#[test]
fn opening_a_mail_asks_nobody_for_anything() {
    let ground = Ground::new();
    for host in ["sink.example", "pixel.example", "x.list-manage.com"] {
        ground.internet.web(host, &[]);
    }
    let email = ground.mail("shop@sink.example", HOSTILE);
    let raw = ground.device.engine.reader().raw(email).unwrap();
    for remote_images in [false, true] {
        let opened = mime::open(&raw, Wanted { html: true, remote_images, headers: true });
        assert!(opened.html.contains("Words to read"));
        let look = waxwing_desktop::html::Look::of(&waxwing_desktop::theme::light_theme(), 600.0, 1.0);
        let reader = ground.device.engine.reader();
        let pictures =
            move |address: &str| reader.images(email).and_then(|images| images.get(address).cloned());
        let mut page = waxwing_desktop::html::Page::new(&opened.html, &look, std::sync::Arc::new(pictures));
        let _ = page.strip(0.0, page.height());
        assert_eq!(page.find(&waxwing_desktop::html::Sought::Letters("words to read".into())).len(), 1);
    }
    assert_eq!(ground.asked(), Vec::<String>::new());
}

#[test]
fn pictures_are_fetched_when_the_person_says_so_and_nothing_else_is() {
    let ground = Ground::new();
    ground.internet.web(
        "sink.example",
        &[("/6.gif", Page::Picture(GIF.to_vec())), ("/no.png", Page::File("<svg/>".into()))],
    );
    let html = format!(
        "{HOSTILE}<img src=\"https://sink.example/no.png\"><img src=\"https://nowhere.example/a.png\">"
    );
    let email = ground.mail("shop@sink.example", &html);
    let reader = ground.device.engine.reader();
    assert!(reader.images(email).is_none());
    ground.device.finished(Command::FetchImages { email }).unwrap();
    let images = reader.images(email).unwrap();
    assert_eq!(images.len(), 1);
    assert_eq!(images["https://sink.example/6.gif"], GIF);
    let mut asked = ground.asked();
    asked.sort();
    assert_eq!(
        asked,
        [
            "connect nowhere.example:443",
            "connect sink.example:443",
            "connect sink.example:443",
            "get sink.example/6.gif",
            "get sink.example/no.png",
        ]
    );
    for field in ground.internet.fields() {
        for tells in ["cookie", "referer", "origin", "authorization", "from:", "if-none-match"] {
            assert!(!field.starts_with(tells), "{field}");
        }
    }
}

#[test]
fn pictures_elsewhere_are_taken_only_from_where_it_is_encrypted() {
    let ground = Ground::new();
    ground.internet.web(
        "shop.example",
        &[
            ("/a.gif", Page::Elsewhere("https://cdn.example/a.gif".into())),
            ("/b.gif", Page::Elsewhere("http://cdn.example/a.gif".into())),
        ],
    );
    ground.internet.web("cdn.example", &[("/a.gif", Page::Picture(GIF.to_vec()))]);
    let email = ground
        .mail("a@shop.example", "<img src=https://shop.example/a.gif><img src=https://shop.example/b.gif>");
    ground.device.finished(Command::FetchImages { email }).unwrap();
    let images = ground.device.engine.reader().images(email).unwrap();
    assert_eq!(images.keys().collect::<Vec<_>>(), ["https://shop.example/a.gif"]);
}

#[test]
fn what_cannot_be_had_is_said() {
    let ground = Ground::new();
    let email = ground.mail("a@shop.example", "<img src=https://nowhere.example/a.png>");
    let error = ground.device.finished(Command::FetchImages { email }).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NameNotResolved);
    let missing = ground.device.finished(Command::FetchImages { email: EmailId(999) }).unwrap_err();
    assert_eq!(missing.kind(), ErrorKind::NotFound);
    let none = ground.mail("a@shop.example", "no pictures");
    ground.device.finished(Command::FetchImages { email: none }).unwrap();
}

#[test]
fn a_sender_is_remembered_across_a_restart_and_forgotten_when_asked() {
    let ground = Ground::new();
    let always = |sender: &str, always| Command::ShowImagesOf { sender: sender.into(), always };
    ground.device.finished(always("Shop@Sink.example", true)).unwrap();
    let reader = ground.device.engine.reader();
    assert!(reader.shows_images_of("shop@sink.example").unwrap());
    for none in ["", "shop", &format!("{}@b.example", "a".repeat(400))] {
        let error = ground.device.finished(always(none, true)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{none}");
    }
    ground.device.finished(always("shop@sink.example", false)).unwrap();
    assert!(!reader.shows_images_of("shop@sink.example").unwrap());
}
