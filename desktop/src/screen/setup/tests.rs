//! What a person meets on the way to an account.

use std::collections::HashSet;

use waxwing_core::error::{CertificateFault, Error, ErrorKind, NetworkFault, SignInFault};
use waxwing_core::event::{CheckState, CheckStep};
use waxwing_core::model::{
    ChosenPlace, Hint, HintKind, KeyringState, Proposal, Secret, SecretPlace, SecretPlaces, SettingsSource,
    SignInMethod, SourceState, TrustDecision,
};
use waxwing_core::{Command, Done, Event, Ticket};

use super::pictures::*;
use super::*;
use crate::screen::mailbox::fixture;
use crate::stage::Stage;
use crate::words::{self, setup as texts};

fn seen(state: &State, words: &str) -> bool {
    Stage::new(view(state), WIDE).has(words)
}

fn says(state: &State, part: &str) -> bool {
    Stage::new(view(state), WIDE).texts().iter().any(|text| text.contains(part))
}

fn has_field(state: &State, id: &'static str) -> bool {
    let mut stage = Stage::new(view(state), WIDE);
    stage.focus(id);
    stage.focus_order().1.is_some()
}

fn end(state: &mut State, ticket: u64, outcome: Result<Done, Error>) -> Option<Action> {
    state.update(Message::News(Event::Finished { ticket: Ticket(ticket), outcome }))
}

fn in_keyring() -> String {
    texts::kept(texts::PASSWORD, Some(ChosenPlace::Keyring))
}

fn sign_in(state: &mut State) -> Option<Action> {
    state.update(Message::SignIn(OnSignIn::SignIn))
}

#[test]
fn the_first_screen_has_one_primary_button_and_no_server_words() {
    let state = State::new(None, WIDE, fixture::now(), None);
    assert!(seen(&state, words::ADD_ACCOUNT) && seen(&state, words::LOOK_AROUND));
    let mut stage = Stage::new(view(&state), WIDE);
    assert_eq!(stage.focus_order().0.len(), 2, "one thing to do, and one to look around");
    assert!(!says(&state, "IMAP") && !says(&state, "server:") && !seen(&state, words::PASSWORD));
}

#[test]
fn three_fields_lead_from_the_welcome_to_the_account_and_no_server_words_are_met() {
    let mut state = State::new(places(KeyringState::Usable), WIDE, fixture::now(), None);
    let mut fields = HashSet::new();
    let mut look = |state: &State| {
        for word in ["IMAP", "SMTP", "STARTTLS", "993", "Port"] {
            assert!(!says(state, word), "{word}");
        }
        let all =
            [NAME_FIELD, ADDRESS_FIELD, PASSWORD_FIELD, USER_FIELD, IMAP_FIELD, SMTP_FIELD, PASSPHRASE_FIELD];
        fields.extend(all.into_iter().filter(|field| has_field(state, field)));
    };
    look(&state);
    let _ = state.update(Message::Enter);
    let _ = state.update(Message::Person(OnPerson::Name(" Ada ".into())));
    let _ = state.update(Message::Person(OnPerson::Address(" ada@example.org ".into())));
    look(&state);
    let Some(Action::Do(Asked::Discovery, Command::Discover { address })) = state.update(Message::Enter)
    else {
        panic!("it looks for settings")
    };
    assert_eq!(address, "ada@example.org");
    let _ = state.update(Message::Submitted(Asked::Discovery, Ticket(1)));
    look(&state);
    let action = end(&mut state, 1, Ok(Done::Discovered(Box::new(discovery(vec![proposal()])))));
    assert!(matches!(action, Some(Action::Focus(PASSWORD_FIELD))), "{action:?}");
    look(&state);
    let _ = state.update(Message::SignIn(OnSignIn::Password(Secret::new("secret"))));
    let Some(Action::Do(Asked::Account, Command::AddAccount { config, secret })) = sign_in(&mut state) else {
        panic!("it signs in")
    };
    assert_eq!((config.imap_host.as_str(), config.display_name.as_str()), ("imap.example.org", "Ada"));
    assert_eq!((config.user_name.as_str(), secret.reveal()), ("", "secret"), "the engine tries both names");
    assert_eq!(config.submission.map(|smtp| smtp.host).as_deref(), Some("smtp.example.org"));
    let _ = state.update(Message::Submitted(Asked::Account, Ticket(2)));
    assert!(sign_in(&mut state).is_none(), "one sign-in at a time");
    look(&state);
    let done = end(&mut state, 2, Ok(Done::Account(waxwing_core::model::AccountId(1))));
    assert!(matches!(done, Some(Action::Leave)), "{done:?}");
    assert_eq!(fields.len(), 3, "{fields:?}");
}

#[test]
fn every_source_is_a_line_that_ticks() {
    let mut state = searching();
    for source in SettingsSource::ALL {
        assert!(seen(&state, &texts::source(source, "example.org")), "{source:?}");
    }
    let state_of = |state: &State, words: &str| {
        Stage::new(view(state), WIDE).texts().iter().filter(|text| *text == words).count()
    };
    assert_eq!(state_of(&state, "found"), 0);
    let heard = |source, found| Event::DiscoveryProgress { ticket: Ticket(1), source, state: found };
    let _ = state.update(Message::News(heard(SettingsSource::Srv, SourceState::Found)));
    let _ = state.update(Message::News(heard(SettingsSource::Table, SourceState::Nothing)));
    assert_eq!((state_of(&state, "found"), state_of(&state, "not in the list")), (1, 1));
}

#[test]
fn stop_ends_the_search_and_leads_to_the_form() {
    let mut state = searching();
    let action = state.update(Message::Lookup(OnLookup::Stop));
    assert!(matches!(action, Some(Action::Submit(Command::Cancel { ticket: Ticket(1) }))), "{action:?}");
    let action = end(&mut state, 1, Err(Error::new(ErrorKind::Canceled)));
    assert!(matches!(action, Some(Action::Focus(IMAP_FIELD))), "{action:?}");
    assert!(has_field(&state, SMTP_FIELD) && has_field(&state, PASSWORD_FIELD));
}

#[test]
fn what_was_found_before_stop_is_offered() {
    let mut state = searching();
    let _ = state.update(Message::Lookup(OnLookup::Stop));
    let action = end(&mut state, 1, Ok(Done::Discovered(Box::new(discovery(vec![proposal()])))));
    assert!(matches!(action, Some(Action::Focus(PASSWORD_FIELD))), "{action:?}");
    assert_eq!(state.step, Step::SignIn);
}

#[test]
fn enter_in_the_middle_of_a_search_changes_nothing() {
    let mut state = searching();
    assert!(state.update(Message::Enter).is_none() && state.step == Step::Lookup);
}

#[test]
fn going_back_from_a_search_gives_it_up_and_its_answer_comes_too_late() {
    let mut state = searching();
    let action = state.update(Message::Back);
    assert!(matches!(action, Some(Action::Submit(Command::Cancel { .. }))), "{action:?}");
    assert!(end(&mut state, 1, Ok(Done::Discovered(Box::new(discovery(vec![proposal()]))))).is_none());
    assert_eq!(state.step, Step::Person);
    assert!(seen(&state, "ada@example.org") && seen(&state, "Ada Kestrel"), "what was typed stays");
}

#[test]
fn a_typo_is_mended_with_one_click() {
    let mut typo = discovery(Vec::new());
    typo.did_you_mean = Some("ada@gmail.com".into());
    let mut state = found(None, typo.clone());
    assert!(seen(&state, "Did you mean ada@gmail.com?"));
    let action = state.update(Message::Person(OnPerson::Take));
    let Some(Action::Do(_, Command::Discover { address })) = action else { panic!("{action:?}") };
    assert_eq!(address, "ada@gmail.com");
    let mut state = found(None, typo);
    let _ = state.update(Message::Person(OnPerson::Keep));
    assert!(state.step == Step::Lookup && seen(&state, texts::BY_HAND));
}

#[test]
fn addresses_of_all_scripts_are_looked_up_and_what_is_none_is_said_at_the_field() {
    for address in ["päivi@müller.example", "用户@例子.测试", "ada@localhost", "a b@example.org"] {
        let mut state = person(None);
        let _ = state.update(Message::Person(OnPerson::Address(address.into())));
        let action = state.update(Message::Person(OnPerson::Continue));
        assert!(matches!(action, Some(Action::Do(Asked::Discovery, _))), "{address}: {action:?}");
    }
    for address in ["", "ada", "ada@", "@example.org", "ada@exa mple.org", "ada@.org"] {
        let mut state = person(None);
        let _ = state.update(Message::Person(OnPerson::Address(address.into())));
        let action = state.update(Message::Person(OnPerson::Continue));
        assert!(matches!(action, Some(Action::Focus(ADDRESS_FIELD))), "{address}: {action:?}");
        assert!(seen(&state, words::ADDRESS_INCOMPLETE), "{address}");
    }
    // What only the engine knows to be none.
    let mut state = searching();
    let action = end(&mut state, 1, Err(Error::new(ErrorKind::InvalidInput)));
    assert!(matches!(action, Some(Action::Focus(ADDRESS_FIELD))), "{action:?}");
    assert!(seen(&state, words::ADDRESS_INCOMPLETE));
}

#[test]
fn a_stranger_s_host_gets_no_password_before_it_is_confirmed() {
    let stranger = Proposal { needs_confirming: true, ..proposal() };
    let mut state = found(places(KeyringState::Usable), discovery(vec![stranger]));
    assert!(says(&state, "Is imap.example.org your provider?") && !has_field(&state, PASSWORD_FIELD));
    assert!(state.update(Message::Enter).is_none(), "Enter does not confirm it");
    let _ = state.update(Message::SignIn(OnSignIn::Password(Secret::new("secret"))));
    assert!(sign_in(&mut state).is_none(), "nothing is sent");
    let _ = state.update(Message::SignIn(OnSignIn::Confirm));
    assert!(has_field(&state, PASSWORD_FIELD));
    assert!(matches!(sign_in(&mut state), Some(Action::Do(Asked::Account, Command::AddAccount { .. }))));
}

#[test]
fn the_checks_tick_and_stop_ends_them() {
    let mut state = trying(proposal());
    check(&mut state, CheckStep::Incoming, CheckState::Begun);
    assert!(seen(&state, texts::CHECKING) && seen(&state, texts::OUTGOING));
    check(&mut state, CheckStep::Incoming, CheckState::Passed(0));
    check(&mut state, CheckStep::Mailboxes, CheckState::Passed(12));
    assert!(seen(&state, "imap.example.org") && seen(&state, "12 mailboxes"));
    let action = state.update(Message::Back);
    assert!(matches!(action, Some(Action::Submit(Command::Cancel { ticket: Ticket(2) }))), "{action:?}");
    let _ = end(&mut state, 2, Err(Error::new(ErrorKind::Canceled)));
    assert!(state.step == Step::SignIn && seen(&state, words::SIGN_IN) && !state.is_checking());
}

#[test]
fn where_sending_alone_fails_mail_can_be_read_now() {
    let error = Error::server(ErrorKind::LoginRefused, "5.7.8 no");
    let mut state = refused(proposal(), CheckStep::Outgoing, error);
    assert!(seen(&state, texts::SENDING_FAILED) && says(&state, "The server says: “5.7.8 no”"));
    let action = state.update(Message::SignIn(OnSignIn::Do(Verb::ReadNow)));
    let Some(Action::Do(Asked::Account, Command::AddAccount { config, .. })) = action else {
        panic!("{action:?}")
    };
    assert_eq!(config.submission, None);
    // Tried once more from the form it is meant to send again.
    let _ = state.update(Message::Submitted(Asked::Account, Ticket(3)));
    let _ = end(&mut state, 3, Err(Error::new(ErrorKind::TimedOut)));
    let Some(Action::Do(_, Command::AddAccount { config, .. })) = sign_in(&mut state) else {
        panic!("again")
    };
    assert!(config.submission.is_some());
}

#[test]
fn who_adds_an_account_twice_is_told_that_it_is_here() {
    let error = Error::note(ErrorKind::WrongState, waxwing_core::error::ALREADY_HERE);
    let mut state = trying(proposal());
    let _ = end(&mut state, 2, Err(error));
    assert!(seen(&state, "ada@example.org is here already"));
    assert!(!seen(&state, words::TRY_AGAIN), "which would change nothing");
    let action = state.update(Message::SignIn(OnSignIn::Do(Verb::OtherAddress)));
    assert!(matches!(action, Some(Action::Focus(ADDRESS_FIELD))), "{action:?}");
}

#[test]
fn every_failure_has_its_own_text_and_a_next_click() {
    let mut titles = HashSet::new();
    for (name, state) in scenes() {
        let Some(failure) = state.settings.as_ref().and_then(|settings| settings.failure.as_ref()) else {
            continue;
        };
        let settings = state.settings.as_ref().unwrap();
        let words = failure.words(settings);
        let is_again = matches!(state.purpose, Purpose::Again(_));
        assert!(is_again || titles.insert(words.title.clone()), "{name}: {}", words.title);
        assert!(!words.advice.is_empty() && seen(&state, &words.title), "{name}");
        for verb in failure.verbs(settings, is_again) {
            assert!(failure.wait > 0 || seen(&state, &verb.words()), "{name}: {verb:?}");
        }
    }
    assert!(titles.len() >= 15, "{}", titles.len());
}

#[test]
fn a_closed_port_leads_to_the_servers_and_without_a_network_there_is_only_another_try() {
    let (servers, again) = (texts::EDIT_SETTINGS, words::TRY_AGAIN);
    for (fault, first, has_servers) in
        [(NetworkFault::Refused { port: 993 }, servers, true), (NetworkFault::NoNetwork, again, false)]
    {
        let state = refused(proposal(), CheckStep::Incoming, Error::network(ErrorKind::Offline, fault));
        let settings = state.settings.as_ref().unwrap();
        let verbs = settings.failure.as_ref().unwrap().verbs(settings, false);
        assert_eq!(verbs.first().map(Verb::words).as_deref(), Some(first), "{fault:?}");
        assert!(seen(&state, again), "{fault:?}");
        assert_eq!(seen(&state, servers), has_servers, "{fault:?}");
    }
}

#[test]
fn a_server_that_wants_a_pause_gets_it_and_the_time_is_seen() {
    let error =
        Error::sign_in(SignInFault::TryLater, "slow down").retried_in(std::time::Duration::from_secs(2));
    let mut state = refused(proposal(), CheckStep::Incoming, error);
    assert!(seen(&state, "Try again in 0:02"));
    assert!(sign_in(&mut state).is_none(), "Enter does not get around it");
    let pause = state.generation;
    assert!(matches!(state.update(Message::Second(pause)), Some(Action::InASecond(_))));
    assert!(seen(&state, "Try again in 0:01"));
    assert!(state.update(Message::Second(pause + 1)).is_none(), "a second of another pause");
    assert!(matches!(state.update(Message::Second(pause)), Some(Action::Focus(NEXT))));
    assert!(matches!(sign_in(&mut state), Some(Action::Do(Asked::Account, _))));
}

#[test]
fn an_app_password_is_called_so_and_its_spaces_do_not_matter() {
    let page = Some("https://example.org/apps".to_owned());
    let app = Proposal {
        sign_in: vec![SignInMethod::Browser, SignInMethod::AppPassword],
        hint: Some(Hint { kind: HintKind::AppPassword, page: page.clone() }),
        ..proposal()
    };
    let mut state = found(places(KeyringState::Usable), discovery(vec![app]));
    assert!(seen(&state, texts::APP_PASSWORD) && seen(&state, texts::APP_PASSWORD_PAGE));
    let verb = Verb::OpenPage(HintKind::AppPassword, page.clone().unwrap());
    let action = state.update(Message::SignIn(OnSignIn::Do(verb)));
    assert!(matches!(action, Some(Action::Open(opened)) if Some(&opened) == page.as_ref()));
    let _ = state.update(Message::SignIn(OnSignIn::Password(Secret::new("abcd efgh "))));
    let Some(Action::Do(_, Command::AddAccount { secret, .. })) = sign_in(&mut state) else { panic!("sent") };
    assert_eq!(secret.reveal(), "abcdefgh");
    // A usual password keeps its spaces.
    let mut state = filled(proposal());
    let _ = state.update(Message::SignIn(OnSignIn::Password(Secret::new("a b"))));
    let Some(Action::Do(_, Command::AddAccount { secret, .. })) = sign_in(&mut state) else { panic!("sent") };
    assert_eq!(secret.reveal(), "a b");
}

#[test]
fn the_other_form_of_a_user_name_is_one_click_away() {
    let odd = Proposal { user_names: vec!["ada".into(), "ada@example.org".into()], ..proposal() };
    let mut state = refused(odd, CheckStep::Incoming, Error::new(ErrorKind::LoginRefused));
    assert!(seen(&state, "Sign in as ada@example.org"));
    let action = state.update(Message::SignIn(OnSignIn::Do(Verb::As("ada@example.org".into()))));
    let Some(Action::Do(_, Command::AddAccount { config, .. })) = action else { panic!("{action:?}") };
    assert_eq!(config.user_name, "ada@example.org");
}

#[test]
fn port_143_without_starttls_never_reaches_the_engine() {
    let mut state = filled(proposal());
    let _ = state.update(Message::SignIn(OnSignIn::Edit));
    let _ = state.update(Message::SignIn(OnSignIn::Typed(ServerEdit::ImapPort("143".into()))));
    let action = sign_in(&mut state);
    assert!(matches!(action, Some(Action::Focus(IMAP_PORT_FIELD))), "{action:?}");
    assert!(seen(&state, texts::PORT_NEEDS_START_TLS));
}

#[test]
fn a_certificate_is_shown_whole_and_going_back_is_the_default() {
    let mut state = untrusted(false, CertificateFault::WrongHost);
    for words in ["For another name", "mx4.hoster.test", "R11, Let’s Encrypt", "20 Jul 2026 – 18 Oct 2026"]
    {
        assert!(seen(&state, words), "{words}");
    }
    assert!(!seen(&state, texts::TRUST_KEY) && !seen(&state, words::SIGN_IN), "nothing here signs in");
    let again = state.update(Message::Questions(Vec::new()));
    assert!(matches!(again, Some(Action::Focus(GO_BACK))), "{again:?}");
    let _ = state.update(Message::Enter);
    assert!(state.step == Step::SignIn && !state.is_checking(), "Enter goes back");
    assert_eq!(state.password.reveal(), "twelve chars", "what was typed stays");
}

#[test]
fn a_key_is_trusted_behind_a_further_click_and_then_it_is_tried_again() {
    let mut state = untrusted(true, CertificateFault::SelfSigned);
    let trust = || Message::Certificate(OnCertificate::Trust(TrustDecision::Pin));
    assert!(state.update(trust()).is_none(), "not from the first page");
    let action = state.update(Message::Certificate(OnCertificate::Decide));
    assert!(matches!(action, Some(Action::Focus(GO_BACK))), "{action:?}");
    assert!(seen(&state, texts::TRUST_ALWAYS) && seen(&state, texts::TRUST_FOR_RUN));
    let action = state.update(trust());
    let Some(Action::Do(Asked::Trust, Command::DecideTrust { question, decision })) = action else {
        panic!("{action:?}")
    };
    assert_eq!((question, decision), (waxwing_core::model::QuestionId(5), TrustDecision::Pin));
    let _ = state.update(Message::Submitted(Asked::Trust, Ticket(4)));
    let action = end(&mut state, 4, Ok(Done::Nothing));
    assert!(matches!(action, Some(Action::Do(Asked::Account, Command::AddAccount { .. }))), "{action:?}");
}

#[test]
fn a_key_that_changed_and_one_that_must_not_be_believed_can_not_be_trusted() {
    for (may_pin, fault) in [
        (true, CertificateFault::PinChanged),
        (false, CertificateFault::SelfSigned),
        (false, CertificateFault::Revoked),
    ] {
        let mut state = untrusted(may_pin, fault);
        assert!(!seen(&state, texts::TRUST_KEY), "{fault:?}");
        let _ = state.update(Message::Certificate(OnCertificate::Decide));
        assert!(!seen(&state, texts::TRUST_ALWAYS), "{fault:?}");
        assert!(state.update(Message::Certificate(OnCertificate::Trust(TrustDecision::Pin))).is_none());
    }
}

#[test]
fn where_the_password_is_kept_is_said_and_asked_without_a_keyring() {
    let at = |places| found(places, discovery(vec![proposal()]));
    assert!(seen(&at(places(KeyringState::Usable)), &in_keyring()));
    let mut state = at(places(KeyringState::Absent));
    assert!(says(&state, texts::KEYRING_ABSENT) && !seen(&state, texts::LOOK_AGAIN));
    let _ = state.update(Message::SignIn(OnSignIn::Password(Secret::new("secret"))));
    let _ = state.update(Message::Keeping(OnPlace::Choose(ChosenPlace::File)));
    let action = sign_in(&mut state);
    assert!(matches!(action, Some(Action::Focus(PASSPHRASE_FIELD))), "{action:?}");
    let _ = state.update(Message::Keeping(OnPlace::Passphrase(Secret::new("long one"))));
    let action = sign_in(&mut state);
    assert!(matches!(action, Some(Action::Focus(AGAIN_FIELD))), "a slip would lock it: {action:?}");
    let _ = state.update(Message::Keeping(OnPlace::Again(Secret::new("long one"))));
    let action = sign_in(&mut state);
    let Some(Action::Do(Asked::Place, Command::KeepSecrets { place: SecretPlace::File { passphrase } })) =
        action
    else {
        panic!("{action:?}")
    };
    assert_eq!(passphrase.reveal(), "long one");
    let _ = state.update(Message::Submitted(Asked::Place, Ticket(6)));
    let action = end(&mut state, 6, Ok(Done::Nothing));
    assert!(matches!(action, Some(Action::Do(Asked::Account, _))), "then it signs in: {action:?}");
}

#[test]
fn a_locked_keyring_can_be_looked_at_again() {
    let mut state = found(places(KeyringState::Locked), discovery(vec![proposal()]));
    assert!(says(&state, texts::KEYRING_LOCKED));
    let action = state.update(Message::Keeping(OnPlace::Look));
    assert!(
        matches!(action, Some(Action::Do(Asked::Look, Command::KeepSecrets { place: SecretPlace::Keyring }))),
        "{action:?}"
    );
    let _ = state.update(Message::Submitted(Asked::Look, Ticket(6)));
    assert!(matches!(end(&mut state, 6, Err(Error::new(ErrorKind::VaultLocked))), Some(Action::Places)));
    assert!(seen(&state, texts::STILL_LOCKED));
    let usable = places(KeyringState::Usable).map(|places| SecretPlaces { ..places });
    let _ = state.update(Message::Places(usable));
    assert!(seen(&state, &in_keyring()));
}

#[test]
fn signing_in_again_is_the_last_step_alone() {
    let (_, mut state) = scenes().into_iter().find(|(name, _)| *name == "again-password").unwrap();
    assert!(state.step == Step::SignIn && !seen(&state, words::EDIT));
    let _ = state.update(Message::SignIn(OnSignIn::Password(Secret::new("new"))));
    let action = sign_in(&mut state);
    let Some(Action::Do(Asked::Account, Command::SignIn { account, secret })) = action else {
        panic!("{action:?}")
    };
    assert_eq!((account.0, secret.reveal()), (1, "new"));
    let _ = state.update(Message::Submitted(Asked::Account, Ticket(8)));
    let changed = state.update(Message::News(Event::AccountChanged { account }));
    assert!(matches!(changed, Some(Action::Account)), "{changed:?}");
    let online = Box::new(fixture::account(1, "ada@example.org"));
    assert!(
        matches!(state.update(Message::Account(online)), Some(Action::Leave)),
        "not only once all is synced"
    );
    let _ = state.update(Message::Back);
}

#[test]
fn an_answer_to_something_else_changes_nothing() {
    let mut state = trying(proposal());
    assert!(end(&mut state, 9, Err(Error::new(ErrorKind::LoginRefused))).is_none());
    assert!(state.is_checking());
}

#[test]
fn a_demo_that_does_not_start_says_so() {
    let mut state = State::new(None, WIDE, fixture::now(), None);
    assert!(matches!(state.update(Message::Demo), Some(Action::Demo)));
    let _ = state.update(Message::DemoFailed("No demo today.".into()));
    assert!(seen(&state, "No demo today."));
}
