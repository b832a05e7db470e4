//! The keyboard alone, from the welcome to mail; and names longer than anybody expected.

use iced::keyboard::key::Named;
use waxwing_core::error::CertificateFault;
use waxwing_core::model::{ChosenPlace, Discovery, KeyringState, Proposal, SecretPlace, TrustDecision};
use waxwing_core::{Command, Done, Event, Ticket};

use super::pictures::*;
use super::*;
use crate::screen::mailbox::fixture;
use crate::stage::{Stage, cut_off, renderer};
use crate::words::{self, setup as texts};

/// A person without a mouse: keys go to what has the focus, as in the window, and what comes of it is done.
struct Keys {
    state: State,
    focus: Focus,
    /// What the engine was asked.
    asked: Vec<Command>,
    opened: Vec<String>,
    is_in: bool,
    tickets: u64,
}

/// What has the focus: by name where the screen gave it there, by place where Tab led.
#[derive(Clone, Copy)]
enum Focus {
    Name(&'static str),
    Place(usize),
    None,
}

impl Keys {
    fn at(state: State) -> Self {
        let focus = Focus::Name(state.first_focus());
        Self { state, focus, asked: Vec::new(), opened: Vec::new(), is_in: false, tickets: 10 }
    }

    /// The screen as it is, with its focus where it is.
    fn act(&mut self, what: impl FnOnce(&mut Stage<'_, Message>)) {
        let messages = {
            let mut stage = Stage::new(view(&self.state), WIDE);
            match self.focus {
                Focus::Name(name) => stage.focus(name),
                Focus::Place(place) => (0..=place).for_each(|_| stage.tab()),
                Focus::None => {}
            }
            what(&mut stage);
            self.focus = stage.focus_order().1.map_or(Focus::None, Focus::Place);
            assert!(matches!(self.focus, Focus::None) || stage.shows_focus(), "the ring is seen");
            std::mem::take(&mut stage.messages)
        };
        for message in messages {
            self.tell(message);
        }
    }

    fn types(&mut self, text: &str) {
        // Letter by letter: the screen is built anew after each, as in the window.
        for letter in text.chars() {
            self.act(|stage| stage.type_text(&letter.to_string()));
        }
    }

    fn enter(&mut self) {
        let is_nowhere = {
            let mut before = 0;
            self.act(|stage| {
                stage.key(Named::Enter);
                before = stage.messages.len();
            });
            before == 0
        };
        // What no widget takes is the window's.
        if is_nowhere {
            self.tell(Message::Enter);
        }
    }

    fn escape(&mut self) {
        self.tell(Message::Back);
    }

    /// Tab, until what has the focus says so, or is called so.
    fn tabs_to(&mut self, what: &'static str) {
        for _ in 0..30 {
            let mut is_there = false;
            self.act(|stage| {
                stage.tab();
                is_there = stage.is_at(what);
            });
            if is_there {
                return;
            }
        }
        panic!("Tab doesn't lead to {what}");
    }

    fn tell(&mut self, message: Message) {
        let mut next = self.state.update(message);
        while let Some(action) = next.take() {
            match action {
                Action::Do(asked, command) => {
                    self.asked.push(command);
                    self.tickets += 1;
                    next = self.state.update(Message::Submitted(asked, Ticket(self.tickets)));
                }
                Action::Submit(command) => self.asked.push(command),
                Action::Focus(name) => self.focus = Focus::Name(name),
                Action::Open(page) => self.opened.push(page),
                Action::Questions => {
                    let questions = vec![question(true, CertificateFault::SelfSigned)];
                    next = self.state.update(Message::Questions(questions));
                }
                Action::Leave => self.is_in = true,
                other => panic!("{other:?}"),
            }
        }
    }

    /// The engine answers what it was asked last.
    fn answered(&mut self, outcome: Result<Done, waxwing_core::Error>) {
        self.tell(Message::News(Event::Finished { ticket: Ticket(self.tickets), outcome }));
    }

    fn shows(&self, words: &str) -> bool {
        Stage::new(view(&self.state), WIDE).has(words)
    }
}

/// At the password, with nothing but keys.
fn at_the_password(places: Option<SecretPlaces>, found: Discovery) -> Keys {
    let mut keys = Keys::at(State::new(places, WIDE, fixture::now(), None));
    keys.enter();
    keys.types("Ada");
    keys.tabs_to(ADDRESS_FIELD);
    keys.types("ada@example.org");
    keys.enter();
    assert!(matches!(&keys.asked[..], [Command::Discover { address }] if address == "ada@example.org"));
    keys.answered(Ok(Done::Discovered(Box::new(found))));
    keys
}

#[test]
fn the_keyboard_alone_leads_from_the_welcome_to_mail() {
    let mut keys = at_the_password(places(KeyringState::Usable), discovery(vec![proposal()]));
    keys.types("secret");
    keys.enter();
    let Some(Command::AddAccount { config, secret }) = keys.asked.last() else { panic!("{:?}", keys.asked) };
    assert_eq!((config.display_name.as_str(), secret.reveal()), ("Ada", "secret"));
    keys.answered(Ok(Done::Account(waxwing_core::model::AccountId(1))));
    assert!(keys.is_in);
}

#[test]
fn a_search_is_stopped_and_servers_are_typed_by_keyboard_alone() {
    let mut keys = Keys::at(person(places(KeyringState::Usable)));
    keys.enter();
    keys.tabs_to(texts::STOP);
    keys.enter();
    assert!(matches!(keys.asked.last(), Some(Command::Cancel { .. })));
    keys.answered(Err(waxwing_core::Error::new(waxwing_core::ErrorKind::Canceled)));
    // The first server has the focus.
    keys.types("mail.example.org");
    keys.tabs_to(texts::START_TLS);
    keys.enter();
    keys.tabs_to(SMTP_FIELD);
    keys.types("out.example.org");
    keys.tabs_to(PASSWORD_FIELD);
    keys.types("secret");
    keys.enter();
    let Some(Command::AddAccount { config, secret }) = keys.asked.last() else { panic!("{:?}", keys.asked) };
    assert_eq!((config.imap_host.as_str(), config.imap_port), ("mail.example.org", 143));
    assert_eq!(config.imap_security, waxwing_core::model::Security::StartTls);
    assert_eq!(config.submission.as_ref().map(|smtp| smtp.host.as_str()), Some("out.example.org"));
    assert_eq!(secret.reveal(), "secret");
}

#[test]
fn a_host_is_confirmed_by_keyboard_alone_but_not_by_enter_alone() {
    let stranger = Proposal { needs_confirming: true, ..proposal() };
    let mut keys = at_the_password(places(KeyringState::Usable), discovery(vec![stranger]));
    keys.enter();
    assert!(!keys.shows(words::PASSWORD));
    keys.tabs_to(texts::CONFIRM_HOST);
    keys.enter();
    assert!(keys.shows(words::PASSWORD));
    keys.types("secret");
    keys.enter();
    assert!(matches!(keys.asked.last(), Some(Command::AddAccount { .. })));
}

#[test]
fn a_certificate_is_left_and_believed_by_keyboard_alone() {
    let mut keys = Keys::at(untrusted(true, CertificateFault::SelfSigned));
    keys.enter();
    assert_eq!(keys.state.step, Step::SignIn, "Enter goes back");
    let mut keys = Keys::at(untrusted(true, CertificateFault::SelfSigned));
    keys.escape();
    assert_eq!(keys.state.step, Step::SignIn, "and so does Escape");
    let mut keys = Keys::at(untrusted(true, CertificateFault::SelfSigned));
    keys.tabs_to(texts::TRUST_KEY);
    keys.enter();
    keys.tabs_to(texts::TRUST_ALWAYS);
    keys.enter();
    let Some(Command::DecideTrust { decision, .. }) = keys.asked.last() else { panic!("{:?}", keys.asked) };
    assert_eq!(*decision, TrustDecision::Pin);
}

#[test]
fn where_the_password_is_kept_is_chosen_by_keyboard_alone() {
    let mut keys = at_the_password(places(KeyringState::Absent), discovery(vec![proposal()]));
    keys.types("secret");
    keys.tabs_to(texts::IN_FILE);
    keys.enter();
    keys.types("a passphrase");
    keys.tabs_to(AGAIN_FIELD);
    keys.types("a passphrase");
    keys.enter();
    let Some(Command::KeepSecrets { place: SecretPlace::File { passphrase } }) = keys.asked.last() else {
        panic!("{:?}", keys.asked)
    };
    assert_eq!(passphrase.reveal(), "a passphrase");
    keys.answered(Ok(Done::Nothing));
    assert!(matches!(keys.asked.last(), Some(Command::AddAccount { .. })));
    assert_eq!(keys.state.keeping.places.map(|places| places.chosen), Some(ChosenPlace::Keyring));
}

#[test]
fn what_has_happened_is_seen_before_what_can_be_done_in_a_low_window_too() {
    let size = Size::new(400.0, 300.0);
    let mut count = 0;
    for (name, mut state) in scenes() {
        let _ = state.update(Message::Resized(size));
        let field = state.first_focus();
        let mut stage = Stage::new(view(&state), size);
        // However far the step before was scrolled.
        (0..9).for_each(|_| stage.tab());
        stage.focus(field);
        if matches!(state.step, Step::Lookup | Step::Certificate) {
            count += 1;
            assert!(stage.shows_its_title(), "{name}");
        }
    }
    assert!(count > 10, "{count}");
}

#[test]
fn long_names_have_room_in_windows_of_every_width() {
    const LOCAL: &str = "hildegard.von-der-weiden-und-zu-hohenstein";
    const DOMAIN: &str = "verwaltungsgemeinschaft-niederunterwaldhausen.beispielstadt.example";
    let address = format!("{LOCAL}@{DOMAIN}");
    let imap = format!("eingang.{DOMAIN}");
    let typed = |state: &mut State| {
        let _ = state.update(Message::Person(OnPerson::Address(address.clone())));
    };
    let long = || Proposal { imap_host: imap.clone(), provider: DOMAIN.into(), ..proposal() };
    let reach = |found: Discovery| {
        let mut state = person(places(KeyringState::Usable));
        typed(&mut state);
        let _ = state.update(Message::Person(OnPerson::Continue));
        let _ = state.update(Message::Submitted(Asked::Discovery, Ticket(1)));
        let outcome = Ok(Done::Discovered(Box::new(found)));
        let _ = state.update(Message::News(Event::Finished { ticket: Ticket(1), outcome }));
        state
    };
    let mut searching = person(None);
    typed(&mut searching);
    let _ = searching.update(Message::Person(OnPerson::Continue));
    let meant = Discovery { did_you_mean: Some(format!("{LOCAL}@gmail.com")), ..discovery(Vec::new()) };
    let stranger = Proposal { needs_confirming: true, ..long() };
    let mut states = vec![
        ("search", searching),
        ("typo", reach(meant)),
        ("found", reach(discovery(vec![long()]))),
        ("asked", reach(discovery(vec![stranger]))),
    ];
    for (name, obstacle) in
        [("nothing", None), ("nowhere", Some(waxwing_core::model::Obstacle::NoSuchDomain))]
    {
        states.push((name, reach(Discovery { obstacle, ..discovery(Vec::new()) })));
    }
    for (width, height) in [(860.0, 620.0), (800.0, 600.0), (400.0, 300.0)] {
        for (name, state) in &mut states {
            let size = Size::new(width, height);
            let _ = state.update(Message::Resized(size));
            let lost = cut_off(view(state), size, &renderer());
            assert!(lost.is_empty(), "{name} at {width}: {lost:#?}");
        }
    }
}
