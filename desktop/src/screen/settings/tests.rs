//! The page of accounts, and its pictures in `target/screens/settings-*.png`.

use iced::Size;
use iced::keyboard::key::Named;
use waxwing_core::model::{
    AccountState, ChosenPlace, FileState, Instant, KeyringState, Pin, Secret, SecretPlace, Security,
    SubmissionServer,
};
use waxwing_core::{Command, Done, ErrorKind};

use super::*;
use crate::screen::mailbox::fixture;
use crate::stage::{Stage, cut_off, renderer};
use crate::theme;
use crate::words::{settings as texts, setup};

const WIDE: Size = Size::new(860.0, 620.0);

fn places(chosen: ChosenPlace, keyring: KeyringState, file: FileState) -> Option<SecretPlaces> {
    Some(SecretPlaces { chosen, keyring, file })
}

fn shown() -> State {
    let mut accounts = fixture::accounts();
    accounts[0].config.submission =
        Some(SubmissionServer { host: "smtp.example.org".into(), port: 465, security: Security::Tls });
    accounts[1].state = AccountState::SignInNeeded;
    let pin = Pin {
        host: "mail.workshop.test".into(),
        port: 993,
        key: [0xA7; 32],
        since: Instant(fixture::NOW),
        subject: "CN=mail".into(),
        is_lasting: true,
    };
    let mut state = State::new(WIDE, fixture::now());
    let usable = places(ChosenPlace::Keyring, KeyringState::Usable, FileState::None);
    let _ = state.update(Message::Read(accounts, vec![pin], usable));
    state
}

fn seen(state: &State, words: &str) -> bool {
    Stage::new(view(state), WIDE).has(words)
}

fn end(state: &mut State, asked: Asked, outcome: Result<Done, Error>) -> Option<Action> {
    let _ = state.update(Message::Submitted(asked, Ticket(1)));
    state.update(Message::News(Event::Finished { ticket: Ticket(1), outcome }))
}

fn scenes() -> Vec<(&'static str, State)> {
    let (mut edit, mut remove, mut file) = (shown(), shown(), shown());
    let _ = edit.update(Message::Edit(AccountId(1)));
    remove.accounts[0].waiting = 3;
    let _ = remove.update(Message::Remove(AccountId(1)));
    let _ = file.update(Message::Secrets(OnSecrets::Choose(ChosenPlace::File)));
    let _ = file.update(Message::Secrets(OnSecrets::UseFile));
    // All that may be wrong at once, and names that are long.
    let mut trouble = shown();
    let long = "hildegard.von-der-weiden@verwaltungsgemeinschaft-niederunterwaldhausen.beispielstadt.example";
    trouble.accounts[0].state = AccountState::Failed;
    trouble.accounts[0].error = Some(Error::new(ErrorKind::StorageFailed));
    trouble.accounts[1].state = AccountState::TrustNeeded;
    trouble.accounts[1].config.address = long.into();
    trouble.secrets.places = places(ChosenPlace::File, KeyringState::Usable, FileState::Locked);
    let mut refused = shown();
    let _ = refused.update(Message::Edit(AccountId(1)));
    let _ = refused.update(Message::SmtpPort("25".into()));
    let _ = refused.update(Message::Save);
    let mut none = State::new(WIDE, fixture::now());
    let _ = none.update(Message::Read(Vec::new(), Vec::new(), None));
    vec![
        ("accounts", shown()),
        ("edit", edit),
        ("refused", refused),
        ("remove", remove),
        ("file", file),
        ("trouble", trouble),
        ("none", none),
    ]
}

#[test]
fn every_page_is_painted_nothing_is_cut_off_and_all_is_reached_by_tab() {
    let sizes = [("860", 860.0, 620.0, 1.0), ("800", 800.0, 600.0, 1.0), ("800x2", 400.0, 300.0, 2.0)];
    for (label, width, height, scale) in sizes {
        for (name, mut state) in scenes() {
            let size = Size::new(width, height);
            let _ = state.update(Message::Resized(size));
            let mut stage = Stage::new(view(&state), size);
            assert_eq!(cut_off(view(&state), size, &renderer()), [""; 0], "{name} at {label}");
            assert!(stage.is_read_by_keys(), "{name} at {label}");
            stage.picture(&format!("settings-{name}-{label}-light"), &theme::light_theme(), scale);
            stage.picture(&format!("settings-{name}-{label}-dark"), &theme::dark_theme(), scale);
            let count = stage.focus_order().0.len();
            for place in 0..count {
                stage.tab();
                assert_eq!(stage.focus_order().1, Some(place), "{name} at {label}");
                assert!(stage.shows_focus(), "{name} at {label}: place {place} is out of sight");
                stage.key(Named::Enter);
            }
            assert_eq!(stage.messages.len(), count, "{name} at {label}: {:?}", stage.messages);
        }
    }
}

#[test]
fn accounts_stand_there_with_how_they_are_and_what_can_be_done() {
    let mut state = shown();
    for words in ["ada@example.org", "Connected", "ada@workshop.test", "Waits for a password"] {
        assert!(seen(&state, words), "{words}");
    }
    let action = state.update(Message::SignInAgain(AccountId(2)));
    assert!(matches!(action, Some(Action::SignInAgain(AccountId(2)))));
    assert!(matches!(state.update(Message::Add), Some(Action::Add)));
    assert!(matches!(state.update(Message::Back), Some(Action::Leave)));
}

#[test]
fn removing_says_what_goes_and_what_stays_and_asks_once() {
    let mut state = shown();
    let action = state.update(Message::Remove(AccountId(1)));
    assert!(matches!(action, Some(Action::Focus(CANCEL))), "keeping it is the default: {action:?}");
    assert!(seen(&state, texts::REMOVE_LOCAL) && seen(&state, texts::REMOVE_KEEPS));
    assert!(!seen(&state, texts::REMOVE_WAITING), "nothing waits");
    assert!(matches!(state.update(Message::Enter), Some(Action::Focus(ADD))), "Enter removes nothing");
    assert!(state.update(Message::RemoveConfirmed).is_none(), "not without the question");
    let _ = state.update(Message::Remove(AccountId(1)));
    let action = state.update(Message::RemoveConfirmed);
    assert!(
        matches!(action, Some(Action::Do(Asked::Change, Command::RemoveAccount { account: AccountId(1) }))),
        "{action:?}"
    );
    assert!(state.update(Message::RemoveConfirmed).is_none(), "once");
    assert!(matches!(end(&mut state, Asked::Change, Ok(Done::Nothing)), Some(Action::Read)));
    let _ = state.update(Message::Read(Vec::new(), Vec::new(), None));
    assert!(matches!(state.update(Message::Back), Some(Action::LeaveForGood)), "to the welcome");
}

#[test]
fn the_server_for_sending_can_be_changed_and_taken_away() {
    let mut state = shown();
    let _ = state.update(Message::Edit(AccountId(1)));
    assert!(seen(&state, "smtp.example.org") && seen(&state, "imap.example.org, port 993, TLS"));
    let _ = state.update(Message::SmtpPort("25".into()));
    assert!(matches!(state.update(Message::Save), Some(Action::Focus(SMTP_PORT_FIELD))));
    assert!(seen(&state, setup::PORT_25));
    let _ = state.update(Message::SmtpPort("465".into()));
    let _ = state.update(Message::SmtpSecurity(Security::StartTls));
    let action = state.update(Message::Enter);
    let Some(Action::Do(_, Command::SetSubmission { server: Some(server), .. })) = action else {
        panic!("{action:?}")
    };
    assert_eq!((server.port, server.security), (587, Security::StartTls));
    let _ = end(&mut state, Asked::Change, Ok(Done::Nothing));
    let _ = state.update(Message::Edit(AccountId(1)));
    let _ = state.update(Message::SmtpHost(String::new()));
    let action = state.update(Message::Save);
    assert!(matches!(action, Some(Action::Do(_, Command::SetSubmission { server: None, .. }))), "{action:?}");
}

#[test]
fn a_trusted_key_is_listed_and_let_go() {
    let mut state = shown();
    assert!(seen(&state, "mail.workshop.test:993") && seen(&state, "since 9 Aug 2026"));
    let action = state.update(Message::Unpin("mail.workshop.test".into(), 993));
    assert!(matches!(action, Some(Action::Do(_, Command::Unpin { port: 993, .. }))), "{action:?}");
    let _ = end(&mut state, Asked::Change, Ok(Done::Nothing));
    let _ = state.update(Message::Read(fixture::accounts(), Vec::new(), None));
    assert!(seen(&state, texts::NO_KEYS));
}

#[test]
fn passwords_move_to_the_place_that_is_chosen() {
    let mut state = shown();
    let choose = |place| Message::Secrets(OnSecrets::Choose(place));
    let action = state.update(choose(ChosenPlace::Session));
    assert!(
        matches!(action, Some(Action::Do(_, Command::KeepSecrets { place: SecretPlace::Session }))),
        "{action:?}"
    );
    assert!(state.update(choose(ChosenPlace::Keyring)).is_none(), "one change at a time");
    let _ = end(&mut state, Asked::Secrets, Ok(Done::Nothing));
    let action = state.update(choose(ChosenPlace::File));
    assert!(matches!(action, Some(Action::Focus(PASSPHRASE_FIELD))), "{action:?}");
    let _ = state.update(Message::Secrets(OnSecrets::Passphrase(Secret::new("one"))));
    let _ = state.update(Message::Secrets(OnSecrets::Again(Secret::new("other"))));
    assert!(matches!(state.update(Message::Secrets(OnSecrets::UseFile)), Some(Action::Focus(AGAIN_FIELD))));
    let _ = state.update(Message::Secrets(OnSecrets::Again(Secret::new("one"))));
    let action = state.update(Message::Secrets(OnSecrets::UseFile));
    assert!(
        matches!(&action, Some(Action::Do(_, Command::KeepSecrets { place: SecretPlace::File { passphrase } }))
            if passphrase.reveal() == "one"),
        "{action:?}"
    );
    let _ = end(&mut state, Asked::Secrets, Err(Error::new(ErrorKind::VaultLocked)));
    assert!(seen(&state, setup::PASSPHRASE_WRONG));
}

#[test]
fn what_stands_in_the_way_of_passwords_is_said() {
    for (stand, words) in [
        (places(ChosenPlace::Keyring, KeyringState::Locked, FileState::None), texts::KEYRING_LOCKED),
        (places(ChosenPlace::Keyring, KeyringState::Absent, FileState::None), texts::KEYRING_ABSENT),
        (places(ChosenPlace::File, KeyringState::Unknown, FileState::Locked), texts::FILE_LOCKED),
        (places(ChosenPlace::File, KeyringState::Unknown, FileState::Damaged), texts::FILE_DAMAGED),
    ] {
        let mut state = State::new(WIDE, fixture::now());
        let _ = state.update(Message::Read(fixture::accounts(), Vec::new(), stand));
        assert!(seen(&state, words), "{words}");
    }
}
