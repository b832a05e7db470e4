use iced::Size;
use iced::keyboard::{Key, Modifiers, key::Named};
use iced_test::simulator::Simulator;
use waxwing_core::error::{Error, ErrorKind};
use waxwing_core::model::{
    AccountId, AccountState, BodyState, EmailId, FlagBits, ListQuery, MailboxId, Page,
};
use waxwing_core::{Command, Event, Ticket};

use super::*;
use crate::screen::reader::OnPage;
use crate::widget::Happened;

mod searching;

mod conversations;

mod writing;

const WIDE: Size = Size::new(1280.0, 800.0);

/// A window with the sample mail, as after the first answers of the store.
fn window(size: Size) -> State {
    let (mut state, first) = State::new(size, fixture::now(), None);
    assert!(matches!(
        first.as_slice(),
        [Action::Read(Ask::Overview), Action::Read(Ask::List { .. }), Action::Read(Ask::Drafts)]
    ));
    state.update(Message::Answered(Answer::Overview(fixture::accounts(), fixture::mailboxes())));
    give_list(&mut state);
    state.update(Message::Scrolled(0.0, 748.0));
    state
}

/// The store's answer for the place that is shown: the sample mail without these.
fn give_list_without(state: &mut State, gone: &[EmailId]) {
    let rows: Vec<_> = fixture::rows().into_iter().filter(|row| !gone.contains(&row.id)).collect();
    let ids = rows.iter().map(|row| row.id).collect();
    let page = Page { total: rows.len(), rows, first: 0 };
    state.update(Message::Answered(Answer::List(state.place, ids, page)));
}

fn give_list(state: &mut State) {
    give_list_without(state, &[]);
}

fn typed(letter: &str) -> Message {
    let key = Key::Character(letter.into());
    Message::Key(Pressed { key: key.clone(), typed: key, modifiers: Modifiers::empty(), repeat: false })
}

fn named(named: Named, modifiers: Modifiers) -> Message {
    let key = Key::Named(named);
    Message::Key(Pressed { key: key.clone(), typed: key, modifiers, repeat: false })
}

fn commands(actions: &[Action]) -> Vec<&Command> {
    actions
        .iter()
        .filter_map(|action| if let Action::Do(command, _) = action { Some(command) } else { None })
        .collect()
}

/// Carries out what is asked of the engine: every change gets the next ticket.
fn submit(state: &mut State, actions: Vec<Action>, ticket: u64) {
    for action in actions {
        if let Action::Do(_, change) = action {
            state.update(Message::Submitted(Ticket(ticket), change));
        }
    }
}

fn current(state: &State) -> Option<i64> {
    state.list.current().map(|id| id.0)
}

#[test]
fn archiving_goes_on_to_the_next_mail_and_offers_undo() {
    let mut state = window(WIDE);
    state.update(typed("j"));
    state.update(typed("j"));
    assert_eq!(current(&state), Some(2));
    let actions = state.update(typed("e"));
    assert!(matches!(commands(&actions)[..], [Command::Archive { emails }] if *emails == [EmailId(2)]));
    assert_eq!(current(&state), Some(3));
    assert!(actions.iter().any(|action| matches!(action, Action::Read(Ask::Email(EmailId(3))))));
    submit(&mut state, actions, 70);
    let toast = state.toast.clone().unwrap();
    assert_eq!((toast.text.as_str(), toast.undo), ("Archived 1 message", true));
}

#[test]
fn undo_names_the_ticket_and_brings_the_mail_back_under_the_cursor() {
    let mut state = window(WIDE);
    state.update(typed("j"));
    let actions = state.update(typed("e"));
    submit(&mut state, actions, 70);
    give_list_without(&mut state, &[EmailId(1)]);
    assert_eq!(current(&state), Some(2));
    let undo = state.update(typed("z"));
    assert!(matches!(commands(&undo)[..], [Command::Undo { operation: Ticket(70) }]));
    assert_eq!(state.toast, None);
    give_list(&mut state);
    assert_eq!(current(&state), Some(1));
    assert!(commands(&state.update(typed("z"))).is_empty(), "there is nothing more to undo");
}

#[test]
fn changes_are_undone_in_the_reverse_order() {
    let mut state = window(WIDE);
    state.update(typed("j"));
    for (key, ticket) in [("s", 70), ("m", 71), ("e", 72)] {
        let actions = state.update(typed(key));
        submit(&mut state, actions, ticket);
    }
    for ticket in [72, 71, 70] {
        let undo = state.update(typed("z"));
        assert!(matches!(commands(&undo)[..], [Command::Undo { operation }] if operation.0 == ticket));
    }
}

#[test]
fn a_refused_change_is_said_in_the_servers_words_and_can_not_be_undone() {
    let mut state = window(WIDE);
    state.update(typed("j"));
    let actions = state.update(typed("e"));
    submit(&mut state, actions, 70);
    let error = Error::server(ErrorKind::ServerRefused, "Mailbox is read-only");
    let actions = state.update(Message::News(Event::ChangeRefused { ticket: Ticket(70), error }));
    assert!(actions.iter().any(|action| matches!(action, Action::Read(Ask::List { .. }))));
    let toast = state.toast.clone().unwrap();
    assert!(toast.text.contains("The server says: “Mailbox is read-only”") && !toast.undo);
    assert!(commands(&state.update(typed("z"))).is_empty());
}

#[test]
fn every_key_does_its_own_thing() {
    let first = |state: &mut State| state.update(typed("j"));
    let run = |message: Message| {
        let mut state = window(WIDE);
        first(&mut state);
        let actions = state.update(message);
        (state, actions)
    };
    for key in
        [typed("#"), named(Named::Delete, Modifiers::empty()), named(Named::Backspace, Modifiers::empty())]
    {
        assert!(matches!(commands(&run(key).1)[..], [Command::Trash { .. }]));
    }
    assert!(matches!(commands(&run(typed("!")).1)[..], [Command::Move { to: MailboxId(5), .. }]));
    let seen = |add, remove| move |command: &Command| matches!(command, Command::SetFlags { add: a, remove: r, .. } if *a == add && *r == remove);
    assert!(seen(FlagBits::SEEN, FlagBits::NONE)(commands(&run(typed("m")).1)[0]));
    assert!(
        seen(FlagBits::NONE, FlagBits::FLAGGED)(commands(&run(typed("s")).1)[0]),
        "the first one has a star"
    );
    let (state, actions) = run(typed("v"));
    assert!(matches!(state.overlay, Some(Overlay::Move { .. })));
    assert!(matches!(actions[..], [Action::Focus(FIND_FIELD)]));
    assert_eq!(current(&run(typed("n")).0), Some(2));
    assert_eq!(run(named(Named::End, Modifiers::empty())).0.list.current_index(), Some(113));
    assert_eq!(run(named(Named::ArrowDown, Modifiers::SHIFT)).0.list.selected_count(), 2);
    assert_eq!(run(typed("x")).0.list.selected_count(), 0);
    assert!(matches!(
        commands(&run(named(Named::F5, Modifiers::empty())).1)[..],
        [Command::SyncAccount { .. }, Command::SyncAccount { .. }]
    ));
    assert!(matches!(run(typed("?")).0.overlay, Some(Overlay::Keys)));
    let quit = Message::Key(Pressed {
        key: Key::Character("q".into()),
        typed: Key::Character("q".into()),
        modifiers: Modifiers::COMMAND,
        repeat: false,
    });
    assert!(matches!(run(quit).1[..], [Action::Quit]));
}

#[test]
fn places_have_keys() {
    let mut state = window(WIDE);
    let alt = |digit: &str| {
        let key = Key::Character(digit.into());
        Message::Key(Pressed { key: key.clone(), typed: key, modifiers: Modifiers::ALT, repeat: false })
    };
    state.update(alt("2"));
    assert_eq!(state.place, ListQuery::Starred);
    let actions = state.update(alt("4"));
    assert_eq!(state.place, ListQuery::Mailbox(MailboxId(2)));
    assert!(matches!(commands(&actions)[..], [Command::ShowMailbox { mailbox: MailboxId(2) }]));
    state.update(typed("g"));
    state.update(typed("i"));
    assert_eq!(state.place, ListQuery::AllInboxes);
}

#[test]
fn deleting_for_ever_asks_first() {
    let mut state = window(WIDE);
    state.update(typed("j"));
    let actions = state.update(named(Named::Delete, Modifiers::SHIFT));
    assert!(commands(&actions).is_empty());
    assert_eq!(state.overlay, Some(Overlay::Delete(vec![EmailId(1)])));
    assert!(
        commands(&state.update(named(Named::Enter, Modifiers::empty()))).is_empty(),
        "Enter is not a yes"
    );
    state.update(named(Named::Escape, Modifiers::empty()));
    assert_eq!((&state.overlay, current(&state)), (&None, Some(1)));
    state.update(named(Named::Delete, Modifiers::SHIFT));
    let actions = state.update(Message::DeleteConfirmed);
    assert!(matches!(commands(&actions)[..], [Command::DeleteForever { emails }] if *emails == [EmailId(1)]));
}

#[test]
fn in_the_trash_the_trash_key_asks() {
    let mut state = window(WIDE);
    state.update(Message::Go(ListQuery::Mailbox(MailboxId(6))));
    give_list(&mut state);
    state.update(typed("j"));
    assert!(commands(&state.update(typed("#"))).is_empty());
    assert!(matches!(state.overlay, Some(Overlay::Delete(_))));
}

#[test]
fn a_key_held_down_archives_one_mail() {
    let mut state = window(WIDE);
    state.update(typed("j"));
    let Message::Key(pressed) = typed("e") else { unreachable!() };
    let again = Message::Key(Pressed { repeat: true, ..pressed });
    assert!(commands(&state.update(again)).is_empty());
}

#[test]
fn behind_a_menu_keys_rest() {
    let mut state = window(WIDE);
    state.update(typed("j"));
    state.update(typed("v"));
    assert!(commands(&state.update(typed("e"))).is_empty());
    assert!(matches!(state.overlay, Some(Overlay::Move { .. })));
}

#[test]
fn moving_filters_steps_and_submits() {
    let mut state = window(WIDE);
    state.update(typed("j"));
    state.update(typed("v"));
    state.update(Message::Filter("tra".into()));
    let names: Vec<&str> = state.destinations("tra").iter().map(|mailbox| mailbox.path.as_str()).collect();
    assert_eq!(names, ["Trash", "Travel", "Travel/2026"]);
    state.update(Message::FilterStep(Step::Down));
    let actions = state.update(Message::MoveToChosen);
    assert!(matches!(commands(&actions)[..], [Command::Move { to: MailboxId(7), .. }]));
    assert_eq!(state.overlay, None);
}

#[test]
fn a_mail_is_read_after_a_second_of_being_looked_at_and_not_when_one_went_on() {
    let mut state = window(WIDE);
    let first = state.update(typed("j"));
    let timer = |actions: &[Action]| {
        actions.iter().find_map(|action| match action {
            Action::After(_, message @ Message::LookedAt(_)) => Some(message.clone()),
            _ => None,
        })
    };
    let first = timer(&first).unwrap();
    let second = timer(&state.update(typed("j"))).unwrap();
    assert!(commands(&state.update(first)).is_empty(), "the first was left before its second was over");
    let actions = state.update(second);
    assert!(
        matches!(commands(&actions)[..], [Command::SetFlags { emails, add: FlagBits::SEEN, .. }] if *emails == [EmailId(2)])
    );
    submit(&mut state, actions, 70);
    assert_eq!(state.toast, None);
    assert!(commands(&state.update(typed("z"))).is_empty(), "reading is nothing to undo");
}

#[test]
fn marking_unread_holds_against_the_timer() {
    let mut state = window(WIDE);
    let actions = state.update(typed("j"));
    let timer = actions.into_iter().find_map(|action| match action {
        Action::After(_, message) => Some(message),
        _ => None,
    });
    state.update(typed("m"));
    state.update(typed("m"));
    assert!(commands(&state.update(timer.unwrap())).is_empty());
}

#[test]
fn a_body_that_is_not_here_is_fetched_once() {
    let mut state = window(WIDE);
    state.update(typed("j"));
    let mut email = fixture::email(fixture::rows().remove(0));
    email.body = BodyState::NotYet;
    email.text.clear();
    let answer = |email: &waxwing_core::model::ReadableEmail| {
        Message::Answered(Answer::Email(EmailId(1), Box::new(Ok(email.clone().into()))))
    };
    assert!(matches!(
        commands(&state.update(answer(&email)))[..],
        [Command::FetchBody { email: EmailId(1) }]
    ));
    assert!(commands(&state.update(answer(&email))).is_empty());
    let actions = state.update(Message::News(Event::BodyArrived { email: EmailId(1) }));
    assert!(matches!(actions[..], [Action::Read(Ask::Email(EmailId(1)))]));
}

#[test]
fn many_events_make_one_read_at_a_time() {
    let mut state = window(WIDE);
    let event = || Message::News(Event::FolderChanged { mailbox: MailboxId(1), version: 1 });
    assert_eq!(state.update(event()).len(), 1);
    assert_eq!(state.update(event()).len() + state.update(event()).len(), 0);
    let rows = fixture::rows();
    let ids = rows.iter().map(|row| row.id).collect();
    let answer = Answer::List(ListQuery::AllInboxes, ids, Page { rows, first: 0, total: 0 });
    let again = state.update(Message::Answered(answer));
    assert!(matches!(again[..], [Action::Read(Ask::List { .. })]), "what came meanwhile is read once more");
}

#[test]
fn news_of_another_mailbox_reads_nothing() {
    let mut state = window(WIDE);
    assert!(
        state.update(Message::News(Event::FolderChanged { mailbox: MailboxId(3), version: 1 })).is_empty()
    );
}

#[test]
fn unread_is_hunted_beyond_the_loaded_rows() {
    let mut state = window(WIDE);
    let ids: Vec<EmailId> = (1..1_001).map(EmailId).collect();
    let read = |id: i64| fixture::row(id);
    let page = Page { rows: (1..100).map(read).collect(), first: 0, total: 1_000 };
    state.update(Message::Answered(Answer::List(ListQuery::AllInboxes, ids, page)));
    state.update(typed("j"));
    let actions = state.update(typed("n"));
    assert!(matches!(actions[..], [Action::Read(Ask::Rows { first: 99, .. })]));
    let rows = (100..600)
        .map(|id| {
            let mut row = fixture::row(id);
            if id == 317 {
                row.flags = FlagBits::NONE;
            }
            row
        })
        .collect();
    state.update(Message::Answered(Answer::Rows(
        ListQuery::AllInboxes,
        Page { rows, first: 99, total: 1_000 },
    )));
    assert_eq!(current(&state), Some(317));
}

#[test]
fn a_banner_leads_to_the_sign_in_and_to_the_certificate() {
    let mut state = window(WIDE);
    for (trouble, verb) in [
        (AccountState::SignInNeeded, crate::words::settings::SIGN_IN_AGAIN),
        (AccountState::TrustNeeded, crate::words::settings::SHOW_CERTIFICATE),
    ] {
        state.accounts[0].state = trouble;
        state.accounts[0].error =
            Some(Error::certificate(waxwing_core::error::CertificateFault::Expired, None));
        let mut ui = simulator(&state);
        ui.click(verb).unwrap();
        let messages: Vec<Message> = ui.into_messages().collect();
        assert!(matches!(messages[..], [Message::SignInAgain(AccountId(1))]), "{verb}: {messages:?}");
        let actions = state.update(Message::SignInAgain(AccountId(1)));
        assert!(matches!(actions[..], [Action::SignInAgain(AccountId(1))]));
    }
}

#[test]
fn one_pane_opens_goes_back_and_does_not_read_behind_ones_back() {
    let mut state = window(Size::new(480.0, 700.0));
    state.update(Message::Clicked(Click { index: 0, extend: false, toggle: false }));
    assert!(state.reading);
    state.update(named(Named::Escape, Modifiers::empty()));
    assert!(!state.reading);
    let actions = state.update(typed("j"));
    let timer = actions.into_iter().find_map(|action| match action {
        Action::After(_, message) => Some(message),
        _ => None,
    });
    assert!(commands(&state.update(timer.unwrap())).is_empty(), "the list alone is seen");
}

// What is on the screen.

fn simulator(state: &State) -> Simulator<'_, Message> {
    let settings = iced::Settings {
        fonts: theme::FONTS.iter().map(|font| (*font).into()).collect(),
        default_font: theme::REGULAR,
        ..iced::Settings::default()
    };
    Simulator::with_size(settings, state.size, view(state))
}

#[test]
fn buttons_are_pressed_by_their_words() {
    let mut state = window(WIDE);
    state.update(typed("j"));
    for (words, act) in [
        (crate::words::ARCHIVE, Act::Archive),
        (crate::words::MARK_READ, Act::ToggleRead),
        (crate::words::UNSTAR, Act::ToggleStar),
        (crate::words::MOVE, Act::Move),
    ] {
        let mut ui = simulator(&state);
        // "Archive" is a mailbox too: the button is the last one of that name.
        if words == crate::words::ARCHIVE {
            ui.point_at(iced::Point::new(781.0, 26.0));
            let _ = ui.simulate(iced_test::simulator::click());
        } else {
            ui.click(words).unwrap();
        }
        let pressed = ui.into_messages().any(|message| matches!(message, Message::Act(it) if it == act));
        assert!(pressed, "{words}");
    }
}

#[test]
fn the_address_is_always_shown_beside_the_name() {
    let mut state = window(WIDE);
    state.update(typed("j"));
    let email = fixture::email(fixture::rows().remove(0));
    state.update(Message::Answered(Answer::Email(EmailId(1), Box::new(Ok(email.into())))));
    let mut ui = simulator(&state);
    assert!(ui.find("mira@lindqvist.example").is_ok());
    assert!(ui.find("Beds and lists.pdf").is_ok());
}

#[test]
fn empty_places_say_what_and_what_next() {
    let mut state = window(WIDE);
    assert!(simulator(&state).find(crate::words::NOTHING_SELECTED).is_ok());
    for (place, next) in [
        (ListQuery::Mailbox(MailboxId(1)), crate::words::EMPTY_INBOX_NEXT),
        (ListQuery::Mailbox(MailboxId(7)), crate::words::EMPTY_MAILBOX_NEXT),
        (ListQuery::Starred, crate::words::EMPTY_STARRED_NEXT),
    ] {
        state.update(Message::Go(place));
        state.update(Message::Answered(Answer::List(place, Vec::new(), Page::default())));
        assert!(simulator(&state).find(next).is_ok(), "{next}");
    }
    state.accounts[0].synced = None;
    assert!(simulator(&state).find(crate::words::FIRST_SYNC_NEXT).is_ok());
}

fn draw_row(row: &waxwing_core::model::EmailRow) -> iced::Element<'_, Message> {
    rows::view(rows::RowModel::new(row, &fixture::now()))
}

/// A row drawn, as grey values from 0 (black) to 255, 368 of them to the line.
fn drawn_in_grey(flags: FlagBits) -> Vec<u32> {
    let row = move || waxwing_core::model::EmailRow { flags, ..fixture::row(1) };
    let mut application = iced::application(row, |_: &mut _, _: Message| (), draw_row);
    for font in theme::FONTS {
        application = application.font(font);
    }
    let size = Size::new(368.0, 66.0);
    let picture =
        iced_test::screenshot(&application, &theme::light_theme(), size, 1.0, Duration::from_millis(60));
    let grey =
        |pixel: &[u8]| (u32::from(pixel[0]) * 30 + u32::from(pixel[1]) * 59 + u32::from(pixel[2]) * 11) / 100;
    picture.rgba.chunks(4).map(grey).collect()
}

#[test]
fn unread_is_seen_in_greyscale() {
    let (unread, read) = (drawn_in_grey(FlagBits::NONE), drawn_in_grey(FlagBits::SEEN));
    // How much ink there is in a part of the row.
    let ink = |grey: &[u32], x: std::ops::Range<usize>| -> u32 {
        (0..66).flat_map(|y| x.clone().map(move |x| y * 368 + x)).map(|at| 255 - grey[at]).sum()
    };
    assert_eq!(ink(&read, 0..24), 0, "no dot on a read mail");
    assert!(ink(&unread, 0..24) > 40 * 100, "a dark dot of some forty pixels");
    let (heavy, light) = (ink(&unread, 26..300), ink(&read, 26..300));
    assert!(heavy > light + light / 20, "heavier text: {heavy} and {light}");
}

#[test]
fn nothing_is_wider_than_the_window() {
    for width in [480.0, 800.0, 1280.0, 1920.0] {
        let mut state = window(Size::new(width, 700.0));
        state.update(typed("j"));
        state.update(named(Named::Enter, Modifiers::empty()));
        let email = fixture::email(fixture::rows().remove(0));
        state.update(Message::Answered(Answer::Email(EmailId(1), Box::new(Ok(email.into())))));
        let mut ui = simulator(&state);
        for words in ["Cabin in August: dates and keys", "cabin.jpg", crate::words::KEYS] {
            let found = ui.find(words).unwrap();
            let bounds = found.bounds();
            assert!(bounds.x >= 0.0 && bounds.x + bounds.width <= width, "{words} at {width}: {bounds:?}");
        }
    }
}

/// How many of these key presses no widget takes, so that they reach the table of keys.
fn left_over(ui: &mut Simulator<'_, Message>, keys: &[Key]) -> usize {
    let press = |key: &Key| iced_test::simulator::press_key(key.clone(), None);
    let statuses = ui.simulate(keys.iter().map(press));
    statuses.iter().filter(|status| **status == iced::event::Status::Ignored).count()
}

const SINGLE: [&str; 10] = ["e", "#", "m", "s", "v", "j", "k", "n", "x", "z"];

fn single_keys() -> Vec<Key> {
    let letters = SINGLE.iter().map(|letter| Key::Character((*letter).into()));
    let others =
        [Named::Delete, Named::Backspace, Named::ArrowDown, Named::ArrowUp, Named::Space, Named::Enter];
    letters.chain(others.map(Key::Named)).collect()
}

#[test]
fn no_single_key_gets_past_a_field_with_the_focus() {
    let mut state = window(WIDE);
    let keys = single_keys();
    assert_eq!(
        left_over(&mut simulator(&state), &keys),
        keys.len(),
        "without a field they are all for the window"
    );
    state.update(typed("j"));
    state.update(Message::Act(Act::Move));
    let mut ui = simulator(&state);
    ui.click(iced_test::selector::id(FIND_FIELD)).unwrap();
    assert_eq!(left_over(&mut ui, &keys), 0);
    assert_eq!(
        left_over(&mut ui, &[Key::Named(Named::Tab), Key::Named(Named::F6)]),
        2,
        "these lead out of it"
    );
}

#[test]
fn selecting_text_in_a_mail_does_not_take_the_keys() {
    let mut state = window(WIDE);
    state.update(typed("j"));
    let email = fixture::email(fixture::rows().remove(0));
    state.update(Message::Answered(Answer::Email(EmailId(1), Box::new(Ok(email.into())))));
    lay_out(&mut state, 300.0);
    let mut ui = simulator(&state);
    ui.point_at(iced::Point::new(700.0, 260.0));
    let _ = ui.simulate(iced_test::simulator::click());
    let keys = single_keys();
    assert_eq!(left_over(&mut ui, &keys), keys.len());
    let pressed = |message: &Message| {
        matches!(message, Message::Reader(reader::Message::Page(OnPage::Page(Happened::Pressed(_)))))
    };
    assert!(ui.into_messages().any(|message| pressed(&message)), "the text was hit");
}

/// Plays the part of the thread that lays out the open mail.
fn lay_out(state: &mut State, height: f32) {
    let on_page = |message| Message::Reader(reader::Message::Page(message));
    let actions = state.update(on_page(OnPage::Page(Happened::Room(500.0))));
    let page = actions.iter().find_map(|action| match action {
        Action::Page(reader::Wish::LayOut { page, .. }) => Some(*page),
        _ => None,
    });
    let answer = crate::html::Answer::LaidOut { page: page.unwrap(), height };
    let _ = state.update(on_page(OnPage::Painted(answer)));
}

#[test]
fn words_are_found_in_the_open_mail_and_escape_ends_that_alone() {
    let mut state = window(WIDE);
    state.update(typed("j"));
    let email = fixture::email(fixture::rows().remove(0));
    state.update(Message::Answered(Answer::Email(EmailId(1), Box::new(Ok(email.into())))));
    lay_out(&mut state, 300.0);
    let actions = state.update(Message::Act(Act::Find));
    assert!(matches!(actions[..], [Action::Focus(reader::FIND_IN_MAIL)]));
    let mut ui = simulator(&state);
    ui.click(iced_test::selector::id(reader::FIND_IN_MAIL)).unwrap();
    let _ = ui.typewrite("keys");
    for message in ui.into_messages().collect::<Vec<_>>() {
        state.update(message);
    }
    assert!(!state.update(Message::Act(Act::Back)).iter().any(|action| matches!(action, Action::Read(_))));
    assert_eq!(state.reader.wanted(), Some(EmailId(1)), "the mail stays open");
}

#[test]
fn the_open_mail_keeps_its_row_when_the_list_was_scrolled_far_away() {
    let mut state = window(WIDE);
    state.update(typed("j"));
    let ids: Vec<EmailId> = (1..1_001).map(EmailId).collect();
    let page = Page { rows: (500..600).map(fixture::row).collect(), first: 499, total: 1_000 };
    let actions = state.update(Message::Answered(Answer::List(state.place, ids, page)));
    assert!(actions.iter().any(|action| matches!(action, Action::Read(Ask::Email(EmailId(1))))));
    let mut email = fixture::email(fixture::rows().remove(0));
    email.row.flags = FlagBits::SEEN;
    state.update(Message::Answered(Answer::Email(EmailId(1), Box::new(Ok(email.into())))));
    let actions = state.update(typed("m"));
    assert!(matches!(commands(&actions)[..], [Command::SetFlags { remove: FlagBits::SEEN, .. }]));
}

#[test]
fn a_mailbox_that_vanishes_leaves_the_inboxes_on_the_screen() {
    let mut state = window(WIDE);
    state.update(Message::Go(ListQuery::Mailbox(MailboxId(7))));
    let left = fixture::mailboxes().into_iter().filter(|mailbox| mailbox.id != MailboxId(7)).collect();
    state.update(Message::Answered(Answer::Overview(fixture::accounts(), left)));
    assert_eq!(state.place, ListQuery::AllInboxes);
}

#[test]
fn rows_the_store_does_not_have_are_not_asked_for_for_ever() {
    let mut state = window(WIDE);
    let ids: Vec<EmailId> = (1..1_001).map(EmailId).collect();
    let nothing = || Page { rows: Vec::new(), first: 0, total: 1_000 };
    let actions = state.update(Message::Answered(Answer::List(state.place, ids, nothing())));
    assert!(matches!(actions[..], [Action::Read(Ask::Rows { .. })]));
    assert!(state.update(Message::Answered(Answer::Rows(state.place, nothing()))).is_empty());
    assert!(!state.update(Message::Scrolled(30_000.0, 748.0)).is_empty(), "another window is asked for");
    state.update(Message::Answered(Answer::Rows(state.place, nothing())));
    assert!(matches!(state.update(typed("n"))[..], [Action::Read(Ask::Rows { .. })]));
    let actions = state.update(Message::Answered(Answer::Rows(state.place, nothing())));
    assert!(actions.is_empty(), "nor by the hunt for unread: {actions:?}");
}

/// The window with a mail open of which this is known.
fn reading(opened: waxwing_core::mime::OpenedEmail) -> State {
    let mut state = window(WIDE);
    state.update(typed("j"));
    let email = fixture::email(fixture::rows().remove(0));
    let mail = reader::Mail { opened: std::sync::Arc::new(opened), ..email.into() };
    state.update(Message::Answered(Answer::Email(EmailId(1), Box::new(Ok(mail)))));
    state
}

/// Presses what has these words: what the mail wants of the app then.
fn press(state: &mut State, words: &str) -> Vec<reader::Wish> {
    let mut ui = simulator(state);
    ui.click(words).unwrap();
    let messages: Vec<Message> = ui.into_messages().collect();
    let actions = messages.into_iter().flat_map(|message| state.update(message));
    let wishes = actions.filter_map(|action| match action {
        Action::Page(
            wish @ (reader::Wish::File(_) | reader::Wish::Follow(_) | reader::Wish::Unsubscribe(_)),
        ) => Some(wish),
        _ => None,
    });
    wishes.collect()
}

#[test]
fn a_list_is_left_after_what_will_happen_was_said() {
    use waxwing_core::mime::{OpenedEmail, Unsubscribe};
    let way = |way| OpenedEmail { unsubscribe: Some(way), ..OpenedEmail::default() };
    let mut state = reading(way(Unsubscribe::OneClick("https://list.example/leave?k=1".into())));
    assert!(press(&mut state, "Unsubscribe").is_empty(), "nothing is done yet");
    assert!(simulator(&state).find(crate::words::notices::will_be_asked("list.example")).is_ok());
    let wishes = press(&mut state, "Unsubscribe");
    assert!(matches!(wishes[..], [reader::Wish::Unsubscribe(EmailId(1))]), "{wishes:?}");
    state.update(Message::Reader(reader::Message::Unsubscribed(Ok(()))));
    assert!(simulator(&state).find(crate::words::notices::UNSUBSCRIBED).is_ok());

    let mut state = reading(way(Unsubscribe::Page("https://list.example/page".into())));
    press(&mut state, "Unsubscribe");
    let wishes = press(&mut state, "Unsubscribe");
    assert!(
        matches!(&wishes[..], [reader::Wish::Follow(page)] if page == "https://list.example/page"),
        "{wishes:?}"
    );
}

#[test]
fn what_is_odd_of_a_mail_stands_above_it_in_words() {
    use waxwing_core::mime::{Authentication, Invitation, Method, Moment, OpenedEmail, Pretence};
    let mut opened = OpenedEmail {
        pretences: vec![Pretence::AnswersElsewhere],
        authentication: Authentication::Fail,
        receipt_to: Some(waxwing_core::model::Address {
            name: "Ann".into(),
            address: "ann@x.example".into(),
        }),
        invitation: Some(Invitation {
            method: Method::Cancel,
            summary: "Planning".into(),
            place: "Room 4".into(),
            start: Some(Moment { year: 2025, month: 2, day: 14, ..Moment::default() }),
            ..Invitation::default()
        }),
        ..OpenedEmail::default()
    };
    opened.email.reply_to =
        vec![waxwing_core::model::Address { name: String::new(), address: "eve@evil.test".into() }];
    opened.marks.signed = true;
    opened.marks.form = true;
    let state = reading(opened);
    let mut ui = simulator(&state);
    use crate::words::notices as say;
    for words in [
        say::answers_elsewhere("eve@evil.test").as_str(),
        say::NOT_AUTHENTIC,
        say::SIGNED,
        say::CANCELLED,
        "Planning",
        "14 Feb 2025",
        "Room 4",
        say::receipt("Ann <ann@x.example>").as_str(),
        say::FORM,
    ] {
        assert!(ui.find(words).is_ok(), "{words}");
    }
    let plain = reading(OpenedEmail::default());
    assert!(simulator(&plain).find(say::SIGNED).is_err());
}

#[test]
fn a_file_is_shown_above_the_mail_and_escape_closes_it_first() {
    let mut state = reading(waxwing_core::mime::OpenedEmail::default());
    let wishes = press(&mut state, "Beds and lists.pdf");
    let [reader::Wish::File(reader::FileAsk::Preview(place, _))] = &wishes[..] else { panic!("{wishes:?}") };
    assert_eq!(place.email, EmailId(1));
    let loaded = reader::OnFile::Loaded(place.clone(), reader::Preview::Text("the notes".into()));
    state.update(Message::Reader(reader::Message::File(loaded)));
    assert!(simulator(&state).find("the notes").is_ok());
    assert!(matches!(
        &press(&mut state, crate::words::SAVE_AS)[..],
        [reader::Wish::File(reader::FileAsk::Save(_, name))] if name == "Beds and lists.pdf"
    ));
    state.update(Message::Act(Act::Back));
    assert!(simulator(&state).find("the notes").is_err());
    assert_eq!(state.reader.wanted(), Some(EmailId(1)), "the mail stays open");
}
