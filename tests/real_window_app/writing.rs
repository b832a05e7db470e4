//! Mail that is written in the window and sent, taken back and sent again; answered, passed on; and what is left of it when the
//! program is ended while somebody types.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use waxwing_core::model::DraftState;
use waxwing_core::vault::Memory;
use waxwing_core::{Engine, EngineOptions};
use waxwing_demo::model::{Dialect, Flags, Mailstore};
use waxwing_demo::serve::{Server, ServerOptions};
use waxwing_demo::submission::Carried;
use waxwing_tests::desk;
use waxwing_tests::process::within;
use waxwing_tests::repository;
use waxwing_tests::window::Window;

use super::{SOON, profile};

const ANN: &str = "ann@example.org";
const PASSWORD: &str = "secret of ann";

struct Ground {
    server: Server,
    _directory: tempfile::TempDir,
    profile: PathBuf,
}

/// A mail with a file, from somebody else.
const INVITATION: &str = "From: Jonas Weber <jonas@example.net>\r\nTo: ann@example.org\r\nSubject: Photos\r\n\
    Message-ID: <photos@example.net>\r\nDate: Tue, 14 Nov 2023 22:13:20 +0000\r\nMIME-Version: 1.0\r\n\
    Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nHere they are.\r\n\
    --b\r\nContent-Type: application/octet-stream; name=photos.bin\r\n\
    Content-Disposition: attachment; filename=photos.bin\r\nContent-Transfer-Encoding: base64\r\n\r\n\
    AAECAwQFBgcICQ==\r\n--b--\r\n";

impl Ground {
    fn new() -> Self {
        let mut mailstore = Mailstore::new();
        mailstore.add_account(ANN);
        for (name, special) in [("Sent", "\\Sent"), ("Drafts", "\\Drafts")] {
            mailstore.add_mailbox(ANN, name, Some(special));
        }
        let inbox = mailstore.mailbox_mut(ANN, "INBOX").unwrap();
        inbox.append(INVITATION.as_bytes().to_vec(), Flags::default(), 1_700_000_000_000);
        let users = vec![(ANN.to_owned(), PASSWORD.to_owned())];
        let server = Server::start(ServerOptions { mailstore, dialect: Dialect::full(), users }).unwrap();
        let (directory, profile) = profile();
        fs::write(directory.path().join("ca.pem"), server.ca_pem()).unwrap();
        Self { server, _directory: directory, profile }
    }

    fn command(&self, link: Option<&str>) -> Command {
        let mut command = Command::new(repository::binary("examples/window_to_write_in"));
        command.arg(&self.profile).arg(self.profile.with_file_name("ca.pem"));
        command.args([self.server.port().to_string(), self.server.submission_port().to_string()]);
        command.args([ANN, PASSWORD]).args(link);
        command.env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus");
        command
    }

    fn open(&self) -> Window {
        let window = Window::of("writing", self.profile.parent().unwrap(), &mut self.command(None));
        desk::until(&window, SOON, "rows", |now| desk::rows(now) >= 1);
        window
    }

    fn carried(&self) -> Vec<Carried> {
        self.server.store().with_outbox(|outbox| outbox.carried.clone())
    }

    fn messages(&self, mailbox: &str) -> usize {
        self.server.store().with(|store| store.mailbox_mut(ANN, mailbox).map_or(0, |it| it.mails().len()))
    }

    /// What the window left in its store.
    fn left(&self) -> Vec<String> {
        let engine =
            Engine::start(EngineOptions::new(self.profile.clone(), Arc::new(Memory::new()))).unwrap();
        let drafts = engine.reader().drafts().unwrap();
        let open = drafts.iter().filter(|draft| draft.state == DraftState::Writing && !draft.is_closed);
        let texts = open.map(|draft| draft.composition.text.clone()).collect();
        engine.shut_down();
        texts
    }
}

fn windows(window: &Window, count: usize) {
    assert!(within(SOON, || window.windows().len() == count), "{:?}", window.windows());
}

/// Opens a window for a new mail; a key that came before the window listened is pressed again.
fn new_mail(window: &Window) {
    window.focus();
    let opened = (0..4).any(|_| {
        window.keys(&["c"]);
        within(Duration::from_secs(8), || window.windows().len() == 2)
    });
    assert!(opened, "{:?}", window.windows());
    window.other("New mail");
    calm();
}

/// Waits until a window that was just opened is painted and listens.
fn calm() {
    std::thread::sleep(Duration::from_millis(700));
}

#[test]
fn a_mail_is_written_sent_taken_back_and_sent_once_and_others_are_answered_and_passed_on() {
    let ground = Ground::new();
    let window = ground.open();

    // A new mail.
    new_mail(&window);
    window.type_text("Mira Lind <mira@example.net>,bob@example.net");
    window.keys(&["Tab", "Tab", "Tab"]);
    window.type_text("Cabin");
    window.keys(&["Return"]);
    window.type_text("The tenth it is.");
    window.picture("11-writing");
    window.keys(&["ctrl+Return"]);
    windows(&window, 1);
    window.focus();
    desk::until(&window, SOON, "toast", desk::has_toast);
    window.picture("11-sending");
    assert!(ground.carried().is_empty(), "it can be taken back");

    // Taken back, it is in a window again; nothing goes while it is written on.
    window.keys(&["ctrl+z"]);
    window.other("Cabin");
    calm();
    window.keys(&["ctrl+End"]);
    window.type_text(" And the pan.");
    std::thread::sleep(Duration::from_secs(11));
    assert!(ground.carried().is_empty());
    window.keys(&["ctrl+Return"]);
    windows(&window, 1);
    assert!(within(Duration::from_secs(30), || ground.carried().len() == 1), "it is sent");
    let sent = ground.carried().remove(0);
    assert_eq!(sent.to, ["mira@example.net", "bob@example.net"]);
    let text = String::from_utf8_lossy(&sent.mail).into_owned();
    assert!(text.contains("The tenth it is. And the pan."), "{text}");
    assert!(text.contains("Subject: Cabin\r\n"), "{text}");
    assert!(within(Duration::from_secs(40), || ground.messages("Sent") == 1), "it is kept once");

    // An answer.
    window.focus();
    desk::click_row(&window, 0);
    desk::until(&window, SOON, "text", |now| now.ink(&desk::mail()) > 2_000);
    window.keys(&["r"]);
    window.other("Re: Photos");
    calm();
    window.type_text("Thank you!");
    window.picture("11-answer");
    window.keys(&["ctrl+Return"]);
    windows(&window, 1);
    assert!(within(Duration::from_secs(30), || ground.carried().len() == 2), "the answer is sent");
    let text = String::from_utf8_lossy(&ground.carried()[1].mail).into_owned();
    assert!(text.contains("In-Reply-To: <photos@example.net>"), "{text}");
    assert!(text.contains("Thank you!") && text.contains("> Here they are."), "{text}");

    // Passed on, with its file.
    window.focus();
    window.keys(&["f"]);
    window.other("Fwd: Photos");
    calm();
    window.type_text("carol@example.net");
    window.keys(&["ctrl+Return"]);
    windows(&window, 1);
    assert!(within(Duration::from_secs(30), || ground.carried().len() == 3), "it is passed on");
    let text = String::from_utf8_lossy(&ground.carried()[2].mail).into_owned();
    assert!(text.contains("photos.bin") && text.contains("AAECAwQFBgcICQ=="), "{text}");
    let flags = || {
        ground.server.store().with(|store| {
            let inbox = store.mailbox_mut(ANN, "INBOX").unwrap();
            format!("{:?}", inbox.mails().first().map(waxwing_demo::model::Mail::flags))
        })
    };
    assert!(within(SOON, || flags().contains("Answered") && flags().contains("$Forwarded")), "{}", flags());
    assert_eq!(ground.carried().len(), 3);
    drop(window);
}

#[test]
fn a_link_opens_the_mail_in_the_window_there_is() {
    let ground = Ground::new();
    let window = ground.open();
    let link = "mailto:mira@example.net?subject=Hello%20there&body=Hi%20Mira";
    let mut second = ground.command(Some(link));
    second.env("DISPLAY", window.screen().display()).env_remove("WAYLAND_DISPLAY");
    assert!(second.status().unwrap().success());
    window.other("Hello there");
    assert!(window.is_running());
    windows(&window, 2);
}

#[test]
fn a_program_that_is_killed_while_somebody_types_loses_two_seconds_at_most_and_offers_the_rest() {
    let ground = Ground::new();
    for round in 0..4_u32 {
        let mut window = ground.open();
        new_mail(&window);
        window.keys(&["Tab", "Tab", "Tab"]);
        window.type_text(&format!("Round {round}"));
        window.keys(&["Return"]);
        let begin = Instant::now();
        let mut typed = Vec::new();
        let mut words = String::new();
        let long = Duration::from_millis(3_000 + 700 * u64::from(round));
        while begin.elapsed() < long {
            let word = format!("w{} ", typed.len());
            window.type_text(&word);
            words.push_str(&word);
            typed.push((Instant::now(), words.clone()));
        }
        let killed = Instant::now();
        window.kill();
        drop(window);
        let left = ground.left();
        let last = left.first().cloned().unwrap_or_default();
        let due = typed.iter().rfind(|(at, _)| killed - *at >= Duration::from_secs(2)).unwrap();
        assert!(last.starts_with(due.1.trim_end()), "round {round}: {last:?} lacks {:?}", due.1);
        assert!(words.starts_with(last.trim_end()), "{last:?} was never typed");
        println!("round {round}: {} of {} letters are there", last.len(), words.len());
    }
    // The next start offers what was left, and goes on with it.
    let window = ground.open();
    std::thread::sleep(Duration::from_secs(1));
    window.picture("11-left");
    window.click(1_223, 80);
    window.other("Round 3");
}
