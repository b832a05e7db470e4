//! Every step and every failure as a state to look at, and what holds for all of them: nothing is cut off, and the
//! keyboard is enough. Painted into `target/screens/setup-*.png`.

use std::sync::Arc;
use std::time::Duration;

use iced::Size;
use iced::keyboard::key::Named;
use waxwing_core::error::{
    AGREED_AS_ANOTHER, CLIENT_UNKNOWN, CertificateFault, Error, ErrorKind, NOBODY_CAME_BACK, NOT_AGREED,
    NetworkFault, SignInFault,
};
use waxwing_core::event::{CheckState, CheckStep};
use waxwing_core::model::{
    AccountState, CertificateFacts, ChosenPlace, Discovery, FileState, Hint, HintKind, Instant, KeyringState,
    Obstacle, Proposal, QuestionId, Secret, SecretKind, SecretPlaces, Security, SettingsSource, SignInMethod,
    SourceState, SubmissionServer, TrustQuestion,
};
use waxwing_core::setup::endpoints;
use waxwing_core::{Done, Event, Ticket};

use super::*;
use crate::screen::mailbox::fixture;
use crate::stage::{Stage, cut_off, renderer};
use crate::theme;

pub(super) const WIDE: Size = Size::new(860.0, 620.0);

pub(super) fn places(keyring: KeyringState) -> Option<SecretPlaces> {
    Some(SecretPlaces { chosen: ChosenPlace::Keyring, keyring, file: FileState::None })
}

pub(super) fn proposal() -> Proposal {
    Proposal {
        provider: "Example Mail".into(),
        source: SettingsSource::Autoconfig,
        imap_host: "imap.example.org".into(),
        imap_port: 993,
        imap_security: Security::Tls,
        submission: Some(SubmissionServer {
            host: "smtp.example.org".into(),
            port: 465,
            security: Security::Tls,
        }),
        user_names: vec!["ada@example.org".into(), "ada".into()],
        sign_in: vec![SignInMethod::Password],
        oauth: None,
        needs_confirming: false,
        is_tls_verified: true,
        hint: None,
    }
}

pub(super) fn discovery(proposals: Vec<Proposal>) -> Discovery {
    Discovery {
        address: "ada@example.org".into(),
        shown: "ada@example.org".into(),
        provider: String::new(),
        proposals,
        did_you_mean: None,
        obstacle: None,
    }
}

pub(crate) fn facts() -> CertificateFacts {
    CertificateFacts {
        subject: "CN=mx4.hoster.test".into(),
        issuer: "R11, Let’s Encrypt".into(),
        names: vec!["mx4.hoster.test".into()],
        not_before: Instant(fixture::NOW - 20 * 86_400_000),
        not_after: Instant(fixture::NOW + 70 * 86_400_000),
        sha256: vec!["3F"; 32].join(":"),
        key_sha256: [7; 32],
    }
}

pub(super) fn question(may_pin: bool, fault: CertificateFault) -> TrustQuestion {
    TrustQuestion {
        id: QuestionId(5),
        account: None,
        host: "imap.example.org".into(),
        port: 993,
        fault,
        facts: Arc::new(facts()),
        leaf: Arc::from([].as_slice()),
        may_pin,
    }
}

pub(super) fn person(places: Option<SecretPlaces>) -> State {
    let mut state = State::new(places, WIDE, fixture::now(), None);
    let _ = state.update(Message::Begin);
    let _ = state.update(Message::Person(OnPerson::Name("Ada Kestrel".into())));
    let _ = state.update(Message::Person(OnPerson::Address("ada@example.org".into())));
    state
}

pub(super) fn searching() -> State {
    let mut state = person(places(KeyringState::Usable));
    let _ = state.update(Message::Person(OnPerson::Continue));
    let _ = state.update(Message::Submitted(Asked::Discovery, Ticket(1)));
    state
}

pub(super) fn found(places: Option<SecretPlaces>, discovery: Discovery) -> State {
    let mut state = searching();
    state.keeping = Keeping::new(places);
    let outcome = Ok(Done::Discovered(Box::new(discovery)));
    let _ = state.update(Message::News(Event::Finished { ticket: Ticket(1), outcome }));
    state
}

/// At the sign-in, with a password.
pub(super) fn filled(proposal: Proposal) -> State {
    let mut state = found(places(KeyringState::Usable), discovery(vec![proposal]));
    let _ = state.update(Message::SignIn(OnSignIn::Password(Secret::new("twelve chars"))));
    state
}

/// While the sign-in is under way.
pub(super) fn trying(proposal: Proposal) -> State {
    let mut state = filled(proposal);
    let _ = state.update(Message::SignIn(OnSignIn::SignIn));
    let _ = state.update(Message::Submitted(Asked::Account, Ticket(2)));
    state
}

/// A provider whose people sign in in the browser, or with an app password.
pub(super) fn by_browser() -> Proposal {
    Proposal {
        provider: "Outlook".into(),
        source: SettingsSource::Table,
        sign_in: vec![SignInMethod::Browser, SignInMethod::AppPassword],
        oauth: endpoints("microsoft"),
        ..proposal()
    }
}

/// At the sign-in of a provider that knows the program.
pub(super) fn known(proposal: Proposal) -> State {
    let mut state = found(places(KeyringState::Usable), discovery(vec![proposal]));
    state.settings.as_mut().unwrap().browser.has_id("waxwing-of-tests");
    state
}

/// While the person is in the browser, perhaps with a code to type there.
pub(super) fn away(code: Option<&str>) -> State {
    let mut state = known(by_browser());
    let _ = state.update(Message::SignIn(OnSignIn::SignIn));
    let _ = state.update(Message::Submitted(Asked::Account, Ticket(2)));
    let url = "https://login.microsoftonline.com/common/oauth2/v2.0/authorize?client_id=waxwing-of-tests";
    let url = if code.is_some() { "https://microsoft.com/devicelogin" } else { url };
    let code = code.map(str::to_owned);
    let _ = state.update(Message::News(Event::SignInPage { ticket: Ticket(2), url: url.into(), code }));
    state
}

/// Back from there, with nothing.
pub(super) fn back_with(error: Error) -> State {
    let mut state = away(None);
    let _ = state.update(Message::News(Event::Finished { ticket: Ticket(2), outcome: Err(error) }));
    state
}

pub(super) fn check(state: &mut State, step: CheckStep, how: CheckState) {
    let _ = state.update(Message::News(Event::AccountCheck { ticket: Ticket(2), step, state: how }));
}

/// After it failed at that step.
pub(super) fn refused(proposal: Proposal, step: CheckStep, error: Error) -> State {
    let mut state = trying(proposal);
    if step == CheckStep::Outgoing {
        check(&mut state, CheckStep::Incoming, CheckState::Passed(0));
        check(&mut state, CheckStep::Mailboxes, CheckState::Passed(12));
    }
    check(&mut state, step, CheckState::Failed(error.clone()));
    let _ = state.update(Message::News(Event::Finished { ticket: Ticket(2), outcome: Err(error) }));
    state
}

pub(super) fn untrusted(may_pin: bool, fault: CertificateFault) -> State {
    let error = Error::certificate(fault, Some(Arc::new(facts())));
    let mut state = refused(proposal(), CheckStep::Incoming, error);
    let _ = state.update(Message::Questions(vec![question(may_pin, fault)]));
    state
}

fn ended(obstacle: Option<Obstacle>) -> State {
    let mut state = searching();
    for source in SettingsSource::ALL {
        let nothing = SourceState::Nothing;
        let heard = Event::DiscoveryProgress { ticket: Ticket(1), source, state: nothing };
        let _ = state.update(Message::News(heard));
    }
    let outcome = Ok(Done::Discovered(Box::new(Discovery { obstacle, ..discovery(Vec::new()) })));
    let _ = state.update(Message::News(Event::Finished { ticket: Ticket(1), outcome }));
    state
}

fn again(trouble: AccountState, error: Error) -> State {
    let mut account = fixture::account(1, "ada@example.org");
    (account.state, account.error) = (trouble, Some(error));
    let questions =
        [TrustQuestion { account: Some(account.id), ..question(true, CertificateFault::SelfSigned) }];
    State::again(account, &questions, places(KeyringState::Usable), WIDE, fixture::now())
}

/// An account whose provider takes back what was agreed to.
pub(super) fn again_by_browser() -> State {
    let mut account = fixture::account(1, "ada@outlook.com");
    account.config.secret_kind = SecretKind::Grant;
    (account.config.imap_host, account.config.imap_port) = ("outlook.office365.com".into(), 993);
    account.state = AccountState::SignInNeeded;
    account.error = Some(Error::server(ErrorKind::BrowserSignInNeeded, "The token was revoked."));
    State::again(account, &[], places(KeyringState::Usable), WIDE, fixture::now())
}

fn failures() -> Vec<(&'static str, State)> {
    let at = |error| refused(proposal(), CheckStep::Incoming, error);
    let kind = |kind| at(Error::new(kind));
    let hint = |kind| Proposal {
        sign_in: vec![SignInMethod::AppPassword],
        hint: Some(Hint { kind, page: Some("https://example.org/apps".into()) }),
        ..proposal()
    };
    let because = |fault, said| at(Error::sign_in(fault, said));
    let sending = Error::server(ErrorKind::LoginRefused, "5.7.8 Authentication credentials invalid");
    vec![
        ("password", at(Error::server(ErrorKind::LoginRefused, "Invalid credentials (Failure)"))),
        (
            "app-password",
            refused(
                hint(HintKind::AppPassword),
                CheckStep::Incoming,
                Error::server(ErrorKind::AppPasswordNeeded, "Application-specific password required"),
            ),
        ),
        ("browser", kind(ErrorKind::BrowserSignInNeeded)),
        ("browser-not-agreed", back_with(Error::note(ErrorKind::Canceled, NOT_AGREED))),
        ("browser-unknown-id", back_with(Error::note(ErrorKind::InvalidInput, CLIENT_UNKNOWN))),
        ("browser-another", back_with(Error::note(ErrorKind::LoginRefused, AGREED_AS_ANOTHER))),
        ("browser-nobody", back_with(Error::note(ErrorKind::TimedOut, NOBODY_CAME_BACK))),
        (
            "imap-off",
            refused(
                hint(HintKind::SwitchOn),
                CheckStep::Incoming,
                Error::sign_in(SignInFault::ImapOff, "IMAP access is disabled for this account."),
            ),
        ),
        ("locked", because(SignInFault::Locked, "Account locked.")),
        (
            "pause",
            at(Error::sign_in(SignInFault::TryLater, "Too many attempts.")
                .retried_in(Duration::from_secs(75))),
        ),
        ("expired", because(SignInFault::PasswordExpired, "Password expired.")),
        ("visit", because(SignInFault::WebVisitNeeded, "Please log in via your web browser.")),
        ("admin", because(SignInFault::AdminNeeded, "Needs admin approval.")),
        ("offline", kind(ErrorKind::Offline)),
        ("no-network", at(Error::network(ErrorKind::Offline, NetworkFault::NoNetwork))),
        ("closed-port", at(Error::network(ErrorKind::Offline, NetworkFault::Refused { port: 993 }))),
        ("name", kind(ErrorKind::NameNotResolved)),
        ("timeout", kind(ErrorKind::TimedOut)),
        ("tls", kind(ErrorKind::TlsFailed)),
        ("protocol", kind(ErrorKind::ProtocolBroken)),
        ("vault", kind(ErrorKind::VaultFailed)),
        ("sending", refused(proposal(), CheckStep::Outgoing, sending)),
    ]
}

fn certificates() -> Vec<(&'static str, State)> {
    let mut deciding = untrusted(true, CertificateFault::SelfSigned);
    let _ = deciding.update(Message::Certificate(OnCertificate::Decide));
    vec![
        ("certificate-host", untrusted(false, CertificateFault::WrongHost)),
        ("certificate-self", untrusted(true, CertificateFault::SelfSigned)),
        ("certificate-expired", untrusted(true, CertificateFault::Expired)),
        ("certificate-clock", untrusted(true, CertificateFault::NotYetValid)),
        ("certificate-changed", untrusted(false, CertificateFault::PinChanged)),
        ("certificate-trust", deciding),
    ]
}

/// Every picture's name and state.
pub(super) fn scenes() -> Vec<(&'static str, State)> {
    let mut typo = discovery(Vec::new());
    typo.did_you_mean = Some("ada.kestrel@gmail.com".into());
    let mut search = searching();
    for (source, state) in [
        (SettingsSource::Table, SourceState::Nothing),
        (SettingsSource::Autoconfig, SourceState::Found),
        (SettingsSource::WellKnown, SourceState::Unreached),
        (SettingsSource::Ispdb, SourceState::Asking),
        (SettingsSource::Srv, SourceState::Found),
    ] {
        let _ = search.update(Message::News(Event::DiscoveryProgress { ticket: Ticket(1), source, state }));
    }
    let mut address = person(places(KeyringState::Usable));
    let _ = address.update(Message::Person(OnPerson::Address("ada".into())));
    let _ = address.update(Message::Person(OnPerson::Continue));
    let mut checking = trying(proposal());
    check(&mut checking, CheckStep::Incoming, CheckState::Passed(0));
    check(&mut checking, CheckStep::Mailboxes, CheckState::Begun);
    let mut hand = ended(None);
    let _ = hand.update(Message::Lookup(OnLookup::ByHand));
    let _ =
        hand.update(Message::SignIn(OnSignIn::Typed(ServerEdit::ImapHost("imap.example.org:143".into()))));
    let _ = hand.update(Message::SignIn(OnSignIn::Typed(ServerEdit::SmtpHost("smtp.example.org".into()))));
    let _ = hand.update(Message::SignIn(OnSignIn::SignIn));
    let stranger = Proposal {
        imap_host: "mail.hosting-company-with-a-long-name.example".into(),
        source: SettingsSource::Srv,
        needs_confirming: true,
        ..proposal()
    };
    let app = Proposal {
        sign_in: vec![SignInMethod::AppPassword],
        source: SettingsSource::Table,
        hint: Some(Hint { kind: HintKind::AppPassword, page: Some("https://example.org/apps".into()) }),
        ..proposal()
    };
    let browser = Proposal { sign_in: vec![SignInMethod::Browser], ..proposal() };
    let mut without_id = filled(by_browser());
    let _ = without_id.update(Message::SignIn(OnSignIn::Way(SignInMethod::Browser)));
    let _ = without_id.update(Message::SignIn(OnSignIn::SignIn));
    let mut file = found(places(KeyringState::Absent), discovery(vec![proposal()]));
    let _ = file.update(Message::Keeping(OnPlace::Choose(ChosenPlace::File)));
    let _ = file.update(Message::SignIn(OnSignIn::Password(Secret::new("x"))));
    let _ = file.update(Message::SignIn(OnSignIn::SignIn));
    let mut all = vec![
        ("welcome", State::new(None, WIDE, fixture::now(), None)),
        ("person", person(None)),
        ("person-address", address),
        ("person-typo", found(None, typo)),
        ("lookup", search),
        ("lookup-nothing", ended(None)),
        ("lookup-no-imap", ended(Some(Obstacle::NoImap))),
        ("lookup-pop", ended(Some(Obstacle::PopOnly))),
        ("lookup-domain", ended(Some(Obstacle::NoSuchDomain))),
        ("lookup-offline", ended(Some(Obstacle::Offline))),
        ("lookup-portal", ended(Some(Obstacle::CaptivePortal))),
        ("signin", filled(proposal())),
        ("signin-checking", checking),
        ("signin-hand", hand),
        ("signin-confirm", found(None, discovery(vec![stranger]))),
        ("signin-app", filled(app)),
        ("signin-browser-only", filled(browser)),
        ("signin-browser", known(by_browser())),
        ("signin-browser-id", without_id),
        ("browser-open", away(None)),
        ("browser-code", away(Some("WDJB-MJHT"))),
        ("signin-keyring-locked", found(places(KeyringState::Locked), discovery(vec![proposal()]))),
        ("signin-file", file),
        (
            "again-password",
            again(AccountState::SignInNeeded, Error::server(ErrorKind::LoginRefused, "Invalid credentials")),
        ),
        ("again-browser", again_by_browser()),
        (
            "again-certificate",
            again(
                AccountState::TrustNeeded,
                Error::certificate(CertificateFault::SelfSigned, Some(Arc::new(facts()))),
            ),
        ),
    ];
    all.extend(failures());
    all.extend(certificates());
    all
}

/// Sizes in logical pixels, with the pixels to each: the second two are those of text at 200 %.
const SIZES: [(&str, f32, f32, f32); 5] = [
    ("860", 860.0, 620.0, 1.0),
    ("800", 800.0, 600.0, 1.0),
    ("860x2", 430.0, 310.0, 2.0),
    ("800x2", 400.0, 300.0, 2.0),
    ("480", 480.0, 700.0, 1.0),
];

#[test]
fn every_step_and_failure_is_painted_and_nothing_is_cut_off() {
    let painter = renderer();
    for (label, width, height, scale) in SIZES {
        for (name, mut state) in scenes() {
            let size = Size::new(width, height);
            let _ = state.update(Message::Resized(size));
            let mut stage = Stage::new(view(&state), size);
            let lost = cut_off(view(&state), size, &painter);
            assert!(lost.is_empty(), "{name} at {label}: {lost:#?}");
            assert!(stage.is_read_by_keys(), "{name} at {label}");
            stage.focus(state.first_focus());
            stage.picture(&format!("setup-{name}-{label}-light"), &theme::light_theme(), scale);
            if label != "480" {
                stage.picture(&format!("setup-{name}-{label}-dark"), &theme::dark_theme(), scale);
            }
        }
    }
}

#[test]
fn everything_is_reached_by_tab_and_seen_with_its_ring() {
    for (label, width, height, _) in SIZES {
        for (name, mut state) in scenes() {
            let size = Size::new(width, height);
            let _ = state.update(Message::Resized(size));
            let mut stage = Stage::new(view(&state), size);
            let count = stage.focus_order().0.len();
            assert!(count > 0, "{name}: there is something to press");
            for place in 0..count {
                stage.tab();
                assert_eq!(stage.focus_order().1, Some(place), "{name} at {label}");
                assert!(stage.shows_focus(), "{name} at {label}: place {place} is out of sight");
            }
        }
    }
}

#[test]
fn every_button_is_pressed_by_enter() {
    for (name, state) in scenes() {
        let mut stage = Stage::new(view(&state), WIDE);
        let count = stage.focus_order().0.len();
        for _ in 0..count {
            stage.tab();
            stage.key(Named::Enter);
        }
        // A field's Enter is the step's primary action, so that each of them says something.
        assert_eq!(stage.messages.len(), count, "{name}: {:?}", stage.messages);
    }
}
