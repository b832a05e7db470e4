//! The page of accounts, and its pictures in `target/screens/settings-*.png`.

use std::sync::Arc;

use iced::Size;
use iced::keyboard::key::Named;
use waxwing_core::error::{ALREADY_HERE, CertificateFault};
use waxwing_core::event::{CheckState, CheckStep};
use waxwing_core::model::{
    AccountConfig, AccountState, ChosenPlace, FileState, Instant, KeyringState, Pin, QuestionId, Secret,
    SecretPlace, Security, SubmissionServer, TrustDecision,
};
use waxwing_core::{Command, Done, ErrorKind};

use super::*;
use crate::screen::mailbox::fixture;
use crate::screen::setup::{OnCertificate, SMTP_PORT_FIELD, ServerEdit, pictures};
use crate::stage::{Stage, cut_off, renderer};
use crate::theme;
use crate::words::{self, settings as texts, setup};

const WIDE: Size = Size::new(860.0, 620.0);

fn places(chosen: ChosenPlace, keyring: KeyringState, file: FileState) -> Option<SecretPlaces> {
    Some(SecretPlaces { chosen, keyring, file })
}

fn read(accounts: Vec<AccountStatus>, pins: Vec<Pin>, places: Option<SecretPlaces>) -> Message {
    Message::Read(Box::new(Known { accounts, pins, places, ..Known::default() }))
}

/// With these senders besides.
fn with_senders(senders: &[&str]) -> Message {
    let image_senders = senders.iter().map(|sender| (*sender).to_owned()).collect();
    let places = places(ChosenPlace::Keyring, KeyringState::Usable, FileState::None);
    Message::Read(Box::new(Known {
        accounts: fixture::accounts(),
        places,
        image_senders,
        ..Known::default()
    }))
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
    let _ = state.update(read(accounts, vec![pin], usable));
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
    type_in(&mut refused, ServerEdit::SmtpPort("25".into()));
    let _ = refused.update(Message::OnEdit(OnEdit::Save));
    let mut none = State::new(WIDE, fixture::now());
    let _ = none.update(read(Vec::new(), Vec::new(), None));
    let mut elsewhere = shown();
    let _ = elsewhere.update(Message::Edit(AccountId(1)));
    type_in(&mut elsewhere, ServerEdit::ImapHost("mail.example.org".into()));
    let mut deciding = untrusted();
    let _ = deciding.update(Message::OnEdit(OnEdit::Certificate(OnCertificate::Decide)));
    let mut senders = shown();
    let long = format!("{}@{}.example", "news".repeat(12), "shop".repeat(12));
    let _ = senders.update(with_senders(&["ann@shop.example", &long]));
    let _ = senders.update(Message::Sender { sender: "zoe@news.example".into(), always: false });
    let _ = end(&mut senders, Asked::Change, Ok(Done::Nothing));
    vec![
        ("accounts", shown()),
        ("senders", senders),
        ("edit", edit),
        ("edit-elsewhere", elsewhere),
        ("edit-trying", trying()),
        ("edit-failed", failed()),
        ("edit-certificate", untrusted()),
        ("edit-certificate-trust", deciding),
        ("remove", remove),
        ("file", file),
        ("refused", refused),
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
    let _ = state.update(read(Vec::new(), Vec::new(), None));
    assert!(matches!(state.update(Message::Back), Some(Action::LeaveForGood)), "to the welcome");
}

fn type_in(state: &mut State, edit: ServerEdit) {
    let _ = state.update(Message::OnEdit(OnEdit::Typed(edit)));
}

fn save(state: &mut State) -> Option<Action> {
    state.update(Message::OnEdit(OnEdit::Save))
}

/// The settings that the engine is asked to try.
fn asked(action: Option<Action>) -> AccountConfig {
    match action {
        Some(Action::Do(Asked::Edit, Command::EditAccount { account: AccountId(1), config })) => config,
        other => panic!("{other:?}"),
    }
}

fn heard(state: &mut State, step: CheckStep, check: CheckState) {
    let _ = state.update(Message::News(Event::AccountCheck { ticket: Ticket(1), step, state: check }));
}

/// An account whose server for reading is another one now, and being tried.
fn trying() -> State {
    let mut state = shown();
    let _ = state.update(Message::Edit(AccountId(1)));
    type_in(&mut state, ServerEdit::ImapHost("mail.example.org".into()));
    let _ = save(&mut state);
    let _ = state.update(Message::Submitted(Asked::Edit, Ticket(1)));
    heard(&mut state, CheckStep::Incoming, CheckState::Passed(0));
    heard(&mut state, CheckStep::Mailboxes, CheckState::Begun);
    state
}

fn failed() -> State {
    let mut state = trying();
    let error = Error::server(ErrorKind::LoginRefused, "Invalid credentials for ada@example.org");
    heard(&mut state, CheckStep::Incoming, CheckState::Failed(error.clone()));
    let _ = end(&mut state, Asked::Edit, Err(error));
    state
}

fn untrusted() -> State {
    let mut state = trying();
    let facts = Arc::new(pictures::facts());
    let detail = Error::certificate(CertificateFault::SelfSigned, Some(Arc::clone(&facts)));
    heard(&mut state, CheckStep::Incoming, CheckState::Failed(detail.clone()));
    let action = end(&mut state, Asked::Edit, Err(detail));
    assert!(matches!(action, Some(Action::Questions)), "{action:?}");
    let question = TrustQuestion {
        id: QuestionId(3),
        account: None,
        host: "mail.example.org".into(),
        port: 993,
        fault: CertificateFault::SelfSigned,
        facts,
        leaf: Arc::from([0u8; 0]),
        may_pin: true,
    };
    let _ = state.update(Message::Questions(vec![question]));
    state
}

#[test]
fn the_form_shows_what_is_set_and_asks_for_what_is_typed() {
    let mut state = shown();
    let before = state.accounts[0].config.clone();
    let _ = state.update(Message::Edit(AccountId(1)));
    for words in ["imap.example.org", "smtp.example.org", "993", "465", before.user_name.as_str()] {
        assert!(seen(&state, words), "{words}");
    }
    assert!(!seen(&state, texts::ELSEWHERE), "nothing is another yet");
    type_in(&mut state, ServerEdit::SmtpPort("25".into()));
    assert!(matches!(save(&mut state), Some(Action::Focus(SMTP_PORT_FIELD))));
    assert!(seen(&state, setup::PORT_25));
    type_in(&mut state, ServerEdit::SmtpPort("465".into()));
    type_in(&mut state, ServerEdit::SmtpSecurity(Security::StartTls));
    let _ = state.update(Message::OnEdit(OnEdit::Name(" Ada Lovelace ".into())));
    assert!(!seen(&state, texts::ELSEWHERE), "mail is read where it was");
    type_in(&mut state, ServerEdit::ImapHost("mail.example.org".into()));
    type_in(&mut state, ServerEdit::UserName("ada".into()));
    assert!(seen(&state, texts::ELSEWHERE), "who goes elsewhere is told what follows");
    let config = asked(state.update(Message::Enter));
    assert_eq!((config.display_name.as_str(), config.address.as_str()), ("Ada Lovelace", "ada@example.org"));
    assert_eq!((config.imap_host.as_str(), config.user_name.as_str()), ("mail.example.org", "ada"));
    let smtp = config.submission.unwrap();
    assert_eq!((smtp.port, smtp.security), (587, Security::StartTls));
    assert!(save(&mut state).is_none(), "once");
}

#[test]
fn a_name_alone_closes_the_page_at_once() {
    let mut state = shown();
    let before = state.accounts[0].config.clone();
    let _ = state.update(Message::Edit(AccountId(1)));
    let _ = state.update(Message::OnEdit(OnEdit::Name("Ada Lovelace".into())));
    let config = asked(save(&mut state));
    assert_eq!(config, AccountConfig { display_name: "Ada Lovelace".into(), ..before });
    assert!(matches!(end(&mut state, Asked::Edit, Ok(Done::Nothing)), Some(Action::Read)));
    assert!(seen(&state, texts::ACCOUNTS), "back among the accounts");
}

#[test]
fn the_server_for_sending_can_be_taken_away() {
    let mut state = shown();
    let _ = state.update(Message::Edit(AccountId(1)));
    type_in(&mut state, ServerEdit::SmtpHost(String::new()));
    assert_eq!(asked(save(&mut state)).submission, None);
}

#[test]
fn what_is_tried_is_told_step_by_step_and_can_be_stopped() {
    let mut state = trying();
    for words in [setup::MAILBOXES, setup::LISTING, setup::STOP, texts::TRYING] {
        assert!(seen(&state, words), "{words}");
    }
    assert!(!seen(&state, setup::OUTGOING), "nothing is new about sending");
    assert!(!seen(&state, texts::SAVE), "once");
    type_in(&mut state, ServerEdit::ImapHost("other.example.org".into()));
    let action = state.update(Message::Back);
    assert!(
        matches!(action, Some(Action::Submit(Command::Cancel { ticket: Ticket(1) }))),
        "it ends by the engine's word: {action:?}"
    );
    let _ = end(&mut state, Asked::Edit, Err(Error::new(ErrorKind::Canceled)));
    assert!(seen(&state, "mail.example.org") && seen(&state, texts::SAVE), "what was typed stays");
    assert!(!seen(&state, setup::LISTING) && !seen(&state, texts::AS_IT_WAS), "nothing failed");
}

#[test]
fn a_failure_says_what_to_do_and_keeps_what_was_typed() {
    let mut state = failed();
    for words in [texts::AS_IT_WAS, texts::PASSWORD_KEPT, "mail.example.org", texts::SAVE] {
        assert!(seen(&state, words), "{words}");
    }
    assert!(seen(&state, &crate::words::server_says("Invalid credentials for ada@example.org")));
    // Sending: the words are about that server.
    type_in(&mut state, ServerEdit::SmtpHost("out.example.org".into()));
    let _ = save(&mut state);
    assert!(!seen(&state, texts::AS_IT_WAS), "while it is tried again");
    let _ = state.update(Message::Submitted(Asked::Edit, Ticket(1)));
    let error = Error::new(ErrorKind::Offline);
    heard(&mut state, CheckStep::Outgoing, CheckState::Failed(error.clone()));
    let _ = end(&mut state, Asked::Edit, Err(error));
    assert!(seen(&state, "out.example.org can’t be reached"));
    // One that is here.
    let _ = save(&mut state);
    let _ = end(&mut state, Asked::Edit, Err(Error::note(ErrorKind::WrongState, ALREADY_HERE)));
    assert!(seen(&state, "ada@example.org is here already"));
    assert!(matches!(state.update(Message::Back), Some(Action::Focus(ADD))));
    let _ = state.update(Message::Edit(AccountId(1)));
    assert!(!seen(&state, "ada@example.org is here already") && seen(&state, "imap.example.org"));
}

#[test]
fn a_certificate_that_proves_nothing_is_shown_and_believed_only_after_two_questions() {
    let mut state = untrusted();
    assert!(seen(&state, setup::TRUST_KEY) && !seen(&state, setup::TRUST_ALWAYS));
    assert!(matches!(state.update(Message::Enter), Some(Action::Focus(_))), "Enter believes nothing");
    assert!(
        seen(&state, "mail.example.org") && seen(&state, texts::SAVE),
        "back at the form, as it was typed"
    );
    let mut state = untrusted();
    let on = |message| Message::OnEdit(OnEdit::Certificate(message));
    assert!(state.update(on(OnCertificate::Trust(TrustDecision::Pin))).is_none(), "not from the first page");
    let _ = state.update(on(OnCertificate::Decide));
    assert!(seen(&state, setup::TRUST_ALWAYS));
    let action = state.update(on(OnCertificate::Trust(TrustDecision::Pin)));
    assert!(
        matches!(
            action,
            Some(Action::Do(
                Asked::Trust,
                Command::DecideTrust { question: QuestionId(3), decision: TrustDecision::Pin }
            ))
        ),
        "{action:?}"
    );
    assert_eq!(asked(end(&mut state, Asked::Trust, Ok(Done::Nothing))).imap_host, "mail.example.org");
}

#[test]
fn a_trusted_key_is_listed_and_let_go() {
    let mut state = shown();
    assert!(seen(&state, "mail.workshop.test:993") && seen(&state, "since 9 Aug 2026"));
    let action = state.update(Message::Unpin("mail.workshop.test".into(), 993));
    assert!(matches!(action, Some(Action::Do(_, Command::Unpin { port: 993, .. }))), "{action:?}");
    let _ = end(&mut state, Asked::Change, Ok(Done::Nothing));
    let _ = state.update(read(fixture::accounts(), Vec::new(), None));
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
        let _ = state.update(read(fixture::accounts(), Vec::new(), stand));
        assert!(seen(&state, words), "{words}");
    }
}

#[test]
fn senders_whose_pictures_are_fetched_are_removed_and_put_back_in_their_place() {
    let mut state = shown();
    assert!(seen(&state, texts::NO_SENDERS), "it says what it is for");
    let _ = state.update(with_senders(&["ann@shop.example", "bob@news.example"]));
    assert!(seen(&state, texts::SENDERS_HINT) && seen(&state, "ann@shop.example"));
    let sender = |always| Message::Sender { sender: "ann@shop.example".into(), always };
    let action = state.update(sender(false));
    assert!(
        matches!(&action, Some(Action::Do(_, Command::ShowImagesOf { sender, always: false })) if sender == "ann@shop.example"),
        "{action:?}"
    );
    assert!(state.update(sender(false)).is_none(), "once");
    assert!(matches!(end(&mut state, Asked::Change, Ok(Done::Nothing)), Some(Action::Read)));
    let _ = state.update(with_senders(&["bob@news.example"]));
    assert!(seen(&state, &texts::sender_removed("ann@shop.example")) && seen(&state, words::UNDO));
    let action = state.update(sender(true));
    assert!(matches!(action, Some(Action::Do(_, Command::ShowImagesOf { always: true, .. }))), "{action:?}");
    let _ = end(&mut state, Asked::Change, Ok(Done::Nothing));
    let _ = state.update(with_senders(&["ann@shop.example", "bob@news.example"]));
    assert!(seen(&state, "ann@shop.example") && !seen(&state, words::UNDO));
}

#[test]
fn a_sender_that_could_not_be_removed_stays_and_the_reason_is_said() {
    let mut state = shown();
    let _ = state.update(with_senders(&["ann@shop.example"]));
    let _ = state.update(Message::Sender { sender: "ann@shop.example".into(), always: false });
    let _ = end(&mut state, Asked::Change, Err(Error::new(ErrorKind::DiskFull)));
    let _ = state.update(with_senders(&["ann@shop.example"]));
    assert!(seen(&state, "ann@shop.example") && !seen(&state, words::UNDO));
    assert!(state.failure.is_some());
}

// As whom one writes, and texts that are kept.

fn writing(message: OnWriting) -> Message {
    Message::Writing(message)
}

fn with_writers() -> State {
    let identity = |name: &str, address: &str| Identity {
        name: name.into(),
        address: address.into(),
        ..Identity::default()
    };
    let ada = AccountId(1);
    let template = Template {
        id: waxwing_core::model::TemplateId(4),
        name: "Directions".into(),
        subject: String::new(),
        text: "Left at the mill.".into(),
    };
    let mut state = shown();
    let known = Known {
        accounts: fixture::accounts(),
        identities: vec![(ada, vec![identity("Ada", "ada@example.org"), identity("", "info@example.org")])],
        templates: vec![template],
        ..Known::default()
    };
    let _ = state.update(Message::Read(Box::new(known)));
    state
}

fn type_signature(state: &mut State, text: &str) {
    use iced::widget::text_editor::{Action, Edit};
    let paste = Action::Edit(Edit::Paste(Arc::new(text.to_owned())));
    let _ = state.update(writing(OnWriting::Text(paste)));
}

#[test]
fn a_signature_is_given_to_one_of_the_addresses_and_the_others_stay() {
    let mut state = with_writers();
    let _ = state.update(writing(OnWriting::Open(AccountId(1))));
    assert!(seen(&state, "info@example.org · no signature"));
    let _ = state.update(writing(OnWriting::EditIdentity(AccountId(1), 1)));
    let _ = state.update(writing(OnWriting::Name("Office".into())));
    type_signature(&mut state, "The office\n");
    let Some(Action::Do(Asked::Change, Command::SetIdentities { account, identities })) =
        state.update(writing(OnWriting::Save))
    else {
        panic!("it is saved")
    };
    assert_eq!(account, AccountId(1));
    let of = |place: usize| {
        let one: &Identity = &identities[place];
        (one.name.as_str(), one.address.as_str(), one.signature.as_str())
    };
    assert_eq!(of(0), ("Ada", "ada@example.org", ""));
    assert_eq!(of(1), ("Office", "info@example.org", "The office"));
}

#[test]
fn what_is_no_address_is_said_and_the_last_one_can_not_go() {
    let mut state = with_writers();
    let _ = state.update(writing(OnWriting::EditIdentity(AccountId(1), 2)));
    let _ = state.update(writing(OnWriting::Address("ada@example, x".into())));
    assert!(matches!(state.update(writing(OnWriting::Save)), Some(Action::Focus(_))));
    assert!(seen(&state, words::ADDRESS_INCOMPLETE));
    let mut state = with_writers();
    state.identities[0].1.truncate(1);
    assert!(state.update(writing(OnWriting::RemoveIdentity(AccountId(1), 0))).is_none());
}

#[test]
fn a_text_is_kept_under_a_name() {
    let mut state = with_writers();
    assert!(seen(&state, "Directions"));
    let _ = state.update(writing(OnWriting::EditTemplate(None)));
    type_signature(&mut state, "Dear all,");
    let _ = state.update(writing(OnWriting::Save));
    assert!(seen(&state, texts::TEMPLATE_NAMELESS));
    let _ = state.update(writing(OnWriting::Name("Greeting".into())));
    let saved = state.update(writing(OnWriting::Save));
    assert!(
        matches!(saved, Some(Action::Do(_, Command::SaveTemplate { id: None, name, text, .. })) if name == "Greeting" && text == "Dear all,")
    );
}

#[test]
fn the_pages_of_who_writes_are_pictured() {
    let mut writers = with_writers();
    let _ = writers.update(writing(OnWriting::Open(AccountId(1))));
    let mut identity = with_writers();
    let _ = identity.update(writing(OnWriting::EditIdentity(AccountId(1), 0)));
    type_signature(&mut identity, "Ada Keller\nMill Lane 4");
    let mut template = with_writers();
    let _ = template.update(writing(OnWriting::EditTemplate(Some(waxwing_core::model::TemplateId(4)))));
    for (name, state) in [("writers", writers), ("identity", identity), ("template", template)] {
        for (look, theme) in [("light", theme::light_theme()), ("dark", theme::dark_theme())] {
            Stage::new(view(&state), WIDE).picture(&format!("settings-{name}-{look}"), &theme, 1.0);
        }
    }
}
