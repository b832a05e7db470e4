//! Pictures of mails that lie on the network: nobody is asked for them before the person says so, and then nobody but them
//! (SAFETY.md 13).

use waxwing_core::mime::{self, Wanted};
use waxwing_core::model::EmailId;
use waxwing_core::{Command, ErrorKind};

use crate::setup::internet::Page;
use crate::setup::recipient::Recipient;

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

/// A mail of that HTML, here.
fn mail(ground: &Recipient, from: &str, html: &str) -> EmailId {
    ground.mail(&format!("From: {from}\r\nSubject: x\r\nContent-Type: text/html\r\n\r\n{html}\r\n"))
}

#[test]
fn opening_a_mail_asks_nobody_for_anything() {
    let ground = Recipient::new();
    for host in ["sink.example", "pixel.example", "x.list-manage.com"] {
        ground.internet.web(host, &[]);
    }
    let email = mail(&ground, "shop@sink.example", HOSTILE);
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
    let ground = Recipient::new();
    ground.internet.web(
        "sink.example",
        &[("/6.gif", Page::Picture(GIF.to_vec())), ("/no.png", Page::File("<svg/>".into()))],
    );
    let html = format!(
        "{HOSTILE}<img src=\"https://sink.example/no.png\"><img src=\"https://nowhere.example/a.png\">"
    );
    let email = mail(&ground, "shop@sink.example", &html);
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
    let ground = Recipient::new();
    ground.internet.web(
        "shop.example",
        &[
            ("/a.gif", Page::Elsewhere("https://cdn.example/a.gif".into())),
            ("/b.gif", Page::Elsewhere("http://cdn.example/a.gif".into())),
        ],
    );
    ground.internet.web("cdn.example", &[("/a.gif", Page::Picture(GIF.to_vec()))]);
    let email = mail(
        &ground,
        "a@shop.example",
        "<img src=https://shop.example/a.gif><img src=https://shop.example/b.gif>",
    );
    ground.device.finished(Command::FetchImages { email }).unwrap();
    let images = ground.device.engine.reader().images(email).unwrap();
    assert_eq!(images.keys().collect::<Vec<_>>(), ["https://shop.example/a.gif"]);
}

#[test]
fn what_cannot_be_had_is_said() {
    let ground = Recipient::new();
    let email = mail(&ground, "a@shop.example", "<img src=https://nowhere.example/a.png>");
    let error = ground.device.finished(Command::FetchImages { email }).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NameNotResolved);
    let missing = ground.device.finished(Command::FetchImages { email: EmailId(999) }).unwrap_err();
    assert_eq!(missing.kind(), ErrorKind::NotFound);
    let none = mail(&ground, "a@shop.example", "no pictures");
    ground.device.finished(Command::FetchImages { email: none }).unwrap();
}

#[test]
fn a_sender_is_remembered_and_forgotten_when_asked() {
    let ground = Recipient::new();
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
