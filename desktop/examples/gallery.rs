//! Shows the screens with mail that does not exist, to look at: `cargo run --example gallery -- SCENE [WxH] [dark]`.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a tool for development")]

mod fixture;

use std::cell::RefCell;
use std::sync::Arc;

use iced::futures::StreamExt as _;
use iced::futures::channel::mpsc::UnboundedReceiver;
use iced::{Size, Task};
use waxwing_core::error::{CertificateFault, Error, ErrorKind};
use waxwing_core::mime::{Composition, OpenedEmail, PartFacts, Writing};
use waxwing_core::model::{
    AccountId, AccountState, CertificateFacts, Coverage, EmailId, FlagBits, Found, Identity, Instant,
    ListQuery, Page, Relation, SavedSearch, SavedSearchId,
};
use waxwing_core::{Command, Event, Ticket};
use waxwing_desktop::html::{self, Look, Request, Worker};
use waxwing_desktop::screen::mailbox::search::OnSearch;
use waxwing_desktop::screen::mailbox::{self, Act, Action, Answer, Ask, Message};
use waxwing_desktop::screen::reader::{self, OnFile, OnPage, Wish};
use waxwing_desktop::screen::{composer, setup};
use waxwing_desktop::theme;
use waxwing_desktop::words::dates::Now;

enum Scene {
    Mail(Box<mailbox::State>),
    Setup(Box<setup::State>),
    Composer(Box<composer::State>),
}

#[derive(Clone, Debug)]
enum Any {
    Mail(Message),
    Setup(setup::Message),
    Composer(composer::Message),
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
        .subscription(keys)
        .default_font(theme::REGULAR)
        .window_size(size);
    for font in theme::FONTS {
        application = application.font(font);
    }
    application.run()
}

fn update(scene: &mut Scene, message: Any) -> Task<Any> {
    match (scene, message) {
        (Scene::Mail(state), Any::Mail(message)) => return focused(drive(state, message)),
        (Scene::Setup(state), Any::Setup(message)) => {
            let _ = state.update(message);
        }
        (Scene::Composer(state), Any::Composer(message)) => {
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
        Scene::Composer(state) => composer::view(state).map(Any::Composer),
    }
}

fn focused(field: Option<&'static str>) -> Task<Any> {
    field.map_or_else(Task::none, iced::widget::operation::focus)
}

/// Keys that no widget took.
fn keys(_: &Scene) -> iced::Subscription<Any> {
    iced::event::listen_with(|event, status, _| match event {
        iced::Event::Keyboard(iced::keyboard::Event::KeyPressed {
            key,
            modified_key,
            modifiers,
            repeat,
            ..
        }) if status == iced::event::Status::Ignored => {
            let pressed = mailbox::Pressed { key, typed: modified_key, modifiers, repeat };
            Some(Any::Mail(Message::Key(pressed)))
        }
        iced::Event::Window(iced::window::Event::Resized(size)) => Some(Any::Mail(Message::Resized(size))),
        _ => None,
    })
}

/// Plays the part of the app and the engine. Says what is to have the focus.
fn drive(state: &mut mailbox::State, message: Message) -> Option<&'static str> {
    let mut focus = None;
    let mut queue = state.update(message);
    while let Some(action) = queue.pop() {
        match action {
            Action::Read(ask) => queue.extend(state.update(Message::Answered(answer(ask)))),
            Action::Do(Command::Undo { .. }, _) => {}
            Action::Do(_, change) => queue.extend(state.update(Message::Submitted(Ticket(1), change))),
            Action::Focus(field) => focus = Some(field),
            Action::Page(wish) => queue.extend(page(state, wish)),
            _ => {}
        }
    }
    focus
}

/// Lays out and paints the open mail, as a thread of the app does.
fn page(state: &mut mailbox::State, wish: Wish) -> Vec<Action> {
    thread_local! {
        static WORKER: RefCell<Option<(Worker, UnboundedReceiver<html::Answer>)>> = const { RefCell::new(None) };
    }
    let dark = std::env::args().nth(3).as_deref() == Some("dark");
    let request = match wish {
        Wish::LayOut { page, source, width, zoom, folds } => {
            let theme =
                if dark && !source.has_colours() { theme::dark_theme() } else { theme::light_theme() };
            let look = Look { zoom, folds, ..Look::of(&theme, width, 1.0) };
            Request::Open { page, html: source.html.clone(), look, pictures: Arc::new(|_| None) }
        }
        Wish::Ask(request @ (Request::Strip { .. } | Request::Find { .. })) => request,
        _ => return Vec::new(),
    };
    let answer = WORKER.with_borrow_mut(|worker| {
        let (worker, answers) = worker.get_or_insert_with(Worker::start);
        worker.ask(request);
        let answers = answers.by_ref().filter(|answer| {
            let is_one = !matches!(answer, html::Answer::Begun { .. });
            async move { is_one }
        });
        iced::futures::executor::block_on(Box::pin(answers).next())
    });
    let message = reader::Message::Page(OnPage::Painted(answer.unwrap()));
    state.update(Message::Reader(message))
}

fn answer(ask: Ask) -> Answer {
    if std::env::args().nth(1).as_deref() == Some("large") {
        return large(ask);
    }
    let is_of_conversations = |ask: &Ask| match ask {
        Ask::List { query, .. } | Ask::Rows { query, .. } => query.is_of_conversations(),
        _ => false,
    };
    let mut rows = if is_of_conversations(&ask) { fixture::conversations() } else { fixture::rows() };
    rows[0].keywords = fixture::keywords(&["$label1", "Family", "Trip_2026"]);
    rows[3].keywords = fixture::keywords(&["$label2"]);
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
        Ask::Drafts => Answer::Drafts(Vec::new(), Vec::new()),
        Ask::Tags => Answer::Tags(fixture::tags()),
        Ask::Thread(id) => Answer::Thread(id, fixture::thread(id)),
        Ask::Email(id) => {
            let row = rows.into_iter().chain(fixture::thread(EmailId(1))).find(|row| row.id == id).unwrap();
            Answer::Email(id, Box::new(Ok(fixture::email(row).into())))
        }
        other => search(other, rows),
    }
}

/// What of the sample mail has that word somewhere.
fn search(ask: Ask, rows: Vec<waxwing_core::model::EmailRow>) -> Answer {
    match ask {
        Ask::Found { words, number, .. } => {
            let sought = waxwing_core::search_words(&words).anywhere;
            let has = |row: &waxwing_core::model::EmailRow| {
                [&row.subject, &row.preview, &row.from.name]
                    .iter()
                    .any(|text| !waxwing_core::mime::places(text, &sought).is_empty())
            };
            let rows: Vec<_> = rows.into_iter().filter(has).collect();
            let found = Found { total: rows.len(), rows, first: 0, is_all: true };
            Answer::Found(number, found)
        }
        Ask::Coverage(scope) => {
            let coverage = Coverage { mails: 12_031, without_body: 3_000, ..Coverage::default() };
            Answer::Coverage(scope, coverage)
        }
        _ => Answer::Saved(vec![SavedSearch {
            id: SavedSearchId(1),
            name: "Minutes of meetings".into(),
            text: "subject:minutes".into(),
            scope: waxwing_core::model::SearchScope::Inboxes,
        }]),
    }
}

/// A hundred thousand mails, of which only what is asked for exists.
fn large(ask: Ask) -> Answer {
    const TOTAL: usize = 100_000;
    let page = |first: usize, count: usize| {
        let ids = (0..i64::try_from(TOTAL).unwrap()).skip(first).take(count);
        Page { rows: ids.map(|id| fixture::row(id + 1)).collect(), first, total: TOTAL }
    };
    match ask {
        Ask::Overview => Answer::Overview(fixture::accounts(), fixture::mailboxes()),
        Ask::List { query, first, count } => {
            let ids = (0..i64::try_from(TOTAL).unwrap()).map(|id| EmailId(id + 1)).collect();
            Answer::List(query, ids, page(first, count))
        }
        Ask::Rows { query, first, count } => Answer::Rows(query, page(first, count)),
        Ask::Tags => Answer::Tags(Vec::new()),
        Ask::Thread(id) => Answer::Thread(id, vec![fixture::row(id.0)]),
        Ask::Email(id) => Answer::Email(id, Box::new(Ok(fixture::email(fixture::row(id.0)).into()))),
        other => search(other, fixture::rows()),
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
        return Scene::Setup(Box::new(make_setup(name, size)));
    }
    if let Some(name) = name.strip_prefix("composer") {
        return Scene::Composer(Box::new(make_composer(name, size)));
    }
    let note = (name == "note").then(|| waxwing_desktop::words::extra_roots("/etc/ssl/lab-root.pem"));
    let (mut state, first) = mailbox::State::new(size, fixture::now(), note);
    for action in first {
        if let Action::Read(ask) = action {
            let _ = drive(&mut state, Message::Answered(answer(ask)));
        }
    }
    let act = |state: &mut mailbox::State, acts: &[Act]| {
        for one in acts {
            let _ = drive(state, Message::Act(*one));
        }
    };
    match name {
        "main" => {
            let click = waxwing_desktop::widget::Click { index: 0, extend: false, toggle: false };
            let _ = drive(&mut state, Message::Clicked(click));
        }
        "list" | "large" | "note" => {}
        "toast" => {
            act(&mut state, &[Act::Next, Act::Next, Act::Next, Act::Archive]);
        }
        "details" => {
            act(&mut state, &[Act::Next, Act::Open]);
            let _ = drive(&mut state, Message::Reader(waxwing_desktop::screen::reader::Message::Details));
        }
        "search" | "search-nothing" | "search-help" | "search-name" => {
            let words = if name == "search-nothing" { "zeppelin" } else { "the" };
            act(&mut state, &[Act::Search]);
            if name != "search-help" {
                let _ = drive(&mut state, Message::Search(OnSearch::Typed(words.into())));
            }
            if name == "search" {
                let _ = drive(&mut state, Message::Search(OnSearch::ToFound));
            }
            if name == "search-name" {
                let _ = drive(&mut state, Message::Search(OnSearch::Save));
            }
        }
        "many" => act(&mut state, &[Act::Next, Act::ExtendDown, Act::ExtendDown]),
        "keys" => act(&mut state, &[Act::Next, Act::Help]),
        "move" => act(&mut state, &[Act::Next, Act::Move]),
        "delete" => act(&mut state, &[Act::Next, Act::DeleteForever]),
        "tags" => {
            act(&mut state, &[Act::Next, Act::Tag]);
        }
        "conversation" => act(&mut state, &[Act::Conversations, Act::Next, Act::Open]),
        "conversation-find" => {
            act(&mut state, &[Act::Conversations, Act::Next, Act::Open, Act::Find]);
        }
        "conversations" => {
            act(&mut state, &[Act::Conversations, Act::Next, Act::ExtendDown, Act::ExtendDown])
        }
        "sidebar" => {
            let _ = drive(&mut state, Message::ShowSidebar);
        }
        "empty" => {
            let _ = drive(&mut state, Message::Go(ListQuery::Mailbox(waxwing_core::model::MailboxId(4))));
        }
        "panes" => act(&mut state, &[Act::Next, Act::NextPane]),
        "first" => {
            let _ = drive(&mut state, Message::Go(ListQuery::Mailbox(waxwing_core::model::MailboxId(4))));
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
            let _ =
                drive(&mut state, Message::Answered(Answer::Email(EmailId(1), Box::new(Ok(mail.into())))));
            let text = "Maintenance on Sunday from 2 to 4 in the morning.".into();
            let account = state.accounts[1].id;
            let _ = drive(&mut state, Message::News(Event::Alert { account, text }));
        }
        "disk" => {
            act(&mut state, &[Act::Next]);
            state.accounts[0].error = Some(Error::new(ErrorKind::DiskFull));
            let mut mail = fixture::email(fixture::rows().remove(0));
            mail.body = waxwing_core::model::BodyState::Damaged;
            mail.row.flags = FlagBits::SEEN;
            let _ =
                drive(&mut state, Message::Answered(Answer::Email(EmailId(1), Box::new(Ok(mail.into())))));
        }
        "files" => {
            act(&mut state, &[Act::Next]);
            files(&mut state);
        }
        other => panic!("no scene {other}"),
    }
    Scene::Mail(Box::new(state))
}

/// A mail whose large files aren't here: one is, one comes, one failed, one is to be saved with all others.
fn files(state: &mut mailbox::State) {
    let mut email = fixture::email(fixture::rows().remove(0));
    let file = |name: &str, media_type: &str, size| waxwing_core::model::Attachment {
        name: name.into(),
        media_type: media_type.into(),
        size,
    };
    email.attachments.extend([
        file("The lake from above.mp4", "video/mp4", 24_800_000),
        file("Rooms, as measured in the spring and again in the autumn.pdf", "application/pdf", 6_400_000),
        file("walk.gpx", "application/gpx+xml", 1_900_000),
    ]);
    let is_missing = [false, true, true, true, true];
    let parts = is_missing.map(|is_missing| PartFacts { is_missing, ..PartFacts::default() }).to_vec();
    let mail: reader::Mail = email.into();
    let mail = reader::Mail { opened: Arc::new(OpenedEmail { parts, ..OpenedEmail::default() }), ..mail };
    let id = mail.email.row.id;
    let _ = drive(state, Message::Answered(Answer::Email(id, Box::new(Ok(mail)))));
    for message in [
        OnFile::Show(3),
        OnFile::Progress(id, 3, (10_600_000, 24_800_000)),
        OnFile::Show(4),
        OnFile::Fetched(id, 4, Err(Some("There is no connection to the mail server".into()))),
    ] {
        let _ = drive(state, Message::Reader(reader::Message::File(message)));
    }
}

/// The pictures of all steps and failures are made by the tests of `screen/setup`.
fn make_composer(name: &str, size: Size) -> composer::State {
    use composer::{Field, Menu, Message as M, Sender, Start, people::OnPeople};
    let identity = |address: &str| Identity {
        name: "Ada Keller".into(),
        address: address.into(),
        signature: "Ada".into(),
        ..Identity::default()
    };
    let senders = vec![
        Sender { account: AccountId(1), identity: identity("ada@example.org") },
        Sender { account: AccountId(2), identity: identity("ada@workshop.test") },
    ];
    let quoted: String = (1..=24).map(|line| format!("> Line {line} of what Mira wrote\n")).collect();
    let text = "Wonderful, then the **10th** it is. I bring the big pan and the *lantern*.\n\n- tents\n- kettle\n\n\
        See the attached [ticket](https://rail.example) for my train.\n\n-- \nAda";
    let composition = Composition {
        from: senders.first().unwrap().in_full(),
        to: "Mira Lindqvist <mira@lindqvist.example>, Jonas Weber <jonas@weber.example>, berg@exmaple".into(),
        subject: "Re: Cabin in August: dates and keys".into(),
        text: format!("{text}\n\nOn 9 July, Mira Lindqvist wrote:\n{quoted}"),
        writing: Writing::Markdown,
        ..Composition::default()
    };
    let start = Start {
        draft: None,
        account: AccountId(1),
        senders,
        composition,
        relation: Relation::None,
        files: Vec::new(),
        trouble: None,
    };
    let (mut state, _) = composer::State::new("composer".into(), start, size, fixture::now());
    let _ = state.update(M::SaveDue);
    let more = match name {
        "" => Vec::new(),
        "-later" => vec![M::Menu(Menu::Later(String::new(), None))],
        "-from" => vec![M::Menu(Menu::From)],
        "-wrong" => vec![M::Send],
        "-people" => vec![M::ShowCopies(Field::Cc), M::People(Field::Cc, OnPeople::Typed("ann".into()))],
        "-drop" => vec![M::Hovered(true)],
        other => panic!("no scene composer{other}"),
    };
    for message in more {
        let _ = state.update(message);
    }
    state
}

fn make_setup(name: &str, size: Size) -> setup::State {
    use setup::Message as M;
    let mut state = setup::State::new(None, size, fixture::now(), None);
    let typed = [
        M::Begin,
        M::Person(setup::OnPerson::Name("Ada Kestrel".into())),
        M::Person(setup::OnPerson::Address("ada@example.org".into())),
    ];
    let more = match name {
        "welcome" => return state,
        "person" => Vec::new(),
        "lookup" => {
            vec![M::Person(setup::OnPerson::Continue), M::Submitted(setup::Asked::Discovery, Ticket(1))]
        }
        "hand" => vec![M::Lookup(setup::OnLookup::ByHand)],
        other => panic!("no scene setup-{other}"),
    };
    for message in typed.into_iter().chain(more) {
        let _ = state.update(message);
    }
    state
}
