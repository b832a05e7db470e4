//! Shows the screens with mail that does not exist, to look at: `cargo run --example gallery -- SCENE [WxH] [dark]`.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a tool for development")]

mod fixture;

use iced::{Size, Task};
use waxwing_core::error::{CertificateFault, Error, ErrorKind};
use waxwing_core::model::{AccountState, CertificateFacts, EmailId, FlagBits, Instant, ListQuery, Page};
use waxwing_core::{Command, Event, Ticket};
use waxwing_desktop::screen::mailbox::{self, Act, Action, Answer, Ask, Message};
use waxwing_desktop::screen::setup;
use waxwing_desktop::theme;
use waxwing_desktop::words::dates::Now;

enum Scene {
    Mail(Box<mailbox::State>),
    Setup(Box<setup::State>),
}

#[derive(Clone, Debug)]
enum Any {
    Mail(Message),
    Setup(setup::Message),
}

fn main() -> iced::Result {
    let mut arguments = std::env::args().skip(1);
    let scene = arguments.next().unwrap_or_else(|| "main".into());
    let size = arguments.next().unwrap_or_else(|| "1280x800".into());
    let dark = arguments.next().as_deref() == Some("dark");
    let (width, height) = size.split_once('x').unwrap();
    let size = Size::new(width.parse().unwrap(), height.parse().unwrap());
    let look = if dark { theme::dark_theme() } else { theme::light_theme() };
    let mut application = iced::application(move || make(&scene, size), update, view)
        .theme(move |_: &Scene| look.clone())
        .default_font(theme::REGULAR)
        .window_size(size);
    for font in theme::FONTS {
        application = application.font(font);
    }
    application.run()
}

fn update(scene: &mut Scene, message: Any) -> Task<Any> {
    match (scene, message) {
        (Scene::Mail(state), Any::Mail(message)) => drive(state, message),
        (Scene::Setup(state), Any::Setup(message)) => {
            let _ = state.update(message);
        }
        _ => {}
    }
    Task::none()
}

fn view(scene: &Scene) -> iced::Element<'_, Any> {
    match scene {
        Scene::Mail(state) => mailbox::view(state).map(Any::Mail),
        Scene::Setup(state) => setup::view(state).map(Any::Setup),
    }
}

/// Plays the part of the app and the engine.
fn drive(state: &mut mailbox::State, message: Message) {
    let mut queue = state.update(message);
    while let Some(action) = queue.pop() {
        match action {
            Action::Read(ask) => queue.extend(state.update(Message::Answered(answer(ask)))),
            Action::Do(Command::Undo { .. }, _) => {}
            Action::Do(_, change) => queue.extend(state.update(Message::Submitted(Ticket(1), change))),
            _ => {}
        }
    }
}

fn answer(ask: Ask) -> Answer {
    let rows = fixture::rows();
    match ask {
        Ask::Overview => Answer::Overview(fixture::accounts(), fixture::mailboxes()),
        Ask::List { query: query @ ListQuery::Mailbox(id), .. } if id.0 != 1 => {
            Answer::List(query, Vec::new(), Page::default())
        }
        Ask::List { query, first, .. } => {
            let ids = rows.iter().map(|row| row.id).collect();
            Answer::List(query, ids, Page { total: rows.len(), rows, first })
        }
        Ask::Rows { query, first, .. } => Answer::Rows(query, Page { total: rows.len(), rows, first }),
        Ask::Email(id) => {
            let row = rows.into_iter().find(|row| row.id == id).unwrap();
            Answer::Email(id, Box::new(Ok(fixture::email(row))))
        }
    }
}

fn facts() -> std::sync::Arc<CertificateFacts> {
    std::sync::Arc::new(CertificateFacts {
        subject: "CN=mx4.hoster.test".into(),
        issuer: "R11, Let’s Encrypt".into(),
        names: vec!["mx4.hoster.test".into(), "mail.hoster.test".into()],
        not_before: Instant(fixture::NOW - 40 * 86_400_000),
        not_after: Instant(fixture::NOW + 50 * 86_400_000),
        sha256:
            "3F:0A:91:7C:E2:55:18:BD:40:6E:A1:0C:77:3D:12:9B:5E:44:08:F1:6A:C3:2E:90:B7:1D:58:E6:24:FA:03:CC"
                .into(),
        key_sha256: [0; 32],
    })
}

fn make(name: &str, size: Size) -> Scene {
    if let Some(name) = name.strip_prefix("setup-") {
        return Scene::Setup(Box::new(make_setup(name)));
    }
    let (mut state, first) = mailbox::State::new(size, fixture::now(), None);
    for action in first {
        if let Action::Read(ask) = action {
            drive(&mut state, Message::Answered(answer(ask)));
        }
    }
    let act = |state: &mut mailbox::State, acts: &[Act]| {
        for one in acts {
            drive(state, Message::Act(*one));
        }
    };
    match name {
        "main" => {
            let click = waxwing_desktop::widget::Click { index: 0, extend: false, toggle: false };
            drive(&mut state, Message::Clicked(click));
        }
        "list" => {}
        "toast" => {
            act(&mut state, &[Act::Next, Act::Next, Act::Next, Act::Archive]);
        }
        "details" => {
            act(&mut state, &[Act::Next, Act::Open]);
            drive(&mut state, Message::Reader(waxwing_desktop::screen::reader::Message::Details));
        }
        "many" => act(&mut state, &[Act::Next, Act::ExtendDown, Act::ExtendDown]),
        "keys" => act(&mut state, &[Act::Next, Act::Help]),
        "move" => act(&mut state, &[Act::Next, Act::Move]),
        "delete" => act(&mut state, &[Act::Next, Act::DeleteForever]),
        "sidebar" => drive(&mut state, Message::ShowSidebar),
        "empty" => drive(&mut state, Message::Go(ListQuery::Mailbox(waxwing_core::model::MailboxId(4)))),
        "panes" => act(&mut state, &[Act::Next, Act::NextPane]),
        "first" => {
            drive(&mut state, Message::Go(ListQuery::Mailbox(waxwing_core::model::MailboxId(4))));
            for account in &mut state.accounts {
                (account.synced, account.bodies) = (None, (3_412, 51_000));
            }
        }
        "signin" => {
            act(&mut state, &[Act::Next]);
            state.accounts[0].state = AccountState::SignInNeeded;
            state.accounts[0].error =
                Some(Error::server(ErrorKind::LoginRefused, "Invalid credentials (Failure)"));
        }
        "certificate" => {
            act(&mut state, &[Act::Next]);
            state.accounts[0].state = AccountState::TrustNeeded;
            state.accounts[0].error = Some(Error::certificate(CertificateFault::WrongHost, Some(facts())));
            let account = state.accounts[0].id;
            drive(&mut state, Message::ShowCertificate(account));
        }
        "offline" => {
            act(&mut state, &[Act::Next]);
            for account in &mut state.accounts {
                account.state = AccountState::Offline;
                account.waiting = u64::from(account.id.0 == 1) * 3;
            }
            let mut mail = fixture::email(fixture::rows().remove(0));
            (mail.body, mail.text) = (waxwing_core::model::BodyState::NotYet, String::new());
            mail.attachments.clear();
            drive(&mut state, Message::Answered(Answer::Email(EmailId(1), Box::new(Ok(mail)))));
            let text = "Maintenance on Sunday from 2 to 4 in the morning.".into();
            let account = state.accounts[1].id;
            drive(&mut state, Message::News(Event::Alert { account, text }));
        }
        "disk" => {
            act(&mut state, &[Act::Next]);
            state.accounts[0].error = Some(Error::new(ErrorKind::DiskFull));
            let mut mail = fixture::email(fixture::rows().remove(0));
            mail.body = waxwing_core::model::BodyState::Damaged;
            mail.row.flags = FlagBits::SEEN;
            drive(&mut state, Message::Answered(Answer::Email(EmailId(1), Box::new(Ok(mail)))));
        }
        other => panic!("no scene {other}"),
    }
    Scene::Mail(Box::new(state))
}

fn make_setup(name: &str) -> setup::State {
    use setup::Message as M;
    let mut state = setup::State::new(name != "memory", fixture::now(), None);
    if name == "welcome" {
        return state;
    }
    let mut all = vec![M::Begin, M::Address("ada@example.org".into()), M::Password("twelve chars".into())];
    match name {
        "form" | "memory" => {}
        "edit" => all.push(M::Edit),
        "checking" => all.push(M::SignIn),
        "port" => all.extend([M::Server("mail.example.org:143".into()), M::SignIn]),
        "empty" => all = vec![M::Begin, M::SignIn],
        "refused" | "certificate" | "name" => {
            let error = match name {
                "refused" => Error::server(ErrorKind::LoginRefused, "Invalid credentials (Failure)"),
                "name" => Error::new(ErrorKind::NameNotResolved),
                _ => Error::certificate(CertificateFault::WrongHost, Some(facts())),
            };
            all.extend([M::SignIn, M::Submitted(Ticket(1)), M::Finished(Ticket(1), Some(error))]);
        }
        other => panic!("no scene setup-{other}"),
    }
    for message in all {
        let _ = state.update(message);
    }
    state
}
