//! Signing in in the browser, as a person meets it.

use waxwing_core::error::{CLIENT_UNKNOWN, Error, ErrorKind};
use waxwing_core::event::{CheckState, CheckStep};
use waxwing_core::model::{BrowserWay, Hint, HintKind, KeyringState, OAuthClient, Proposal, SignInMethod};
use waxwing_core::{Command, Done, Event, Ticket};

use super::super::pictures::*;
use super::super::*;
use crate::stage::Stage;
use crate::words::setup as texts;

fn seen(state: &State, words: &str) -> bool {
    Stage::new(view(state), WIDE).has(words)
}

fn has_field(state: &State, id: &'static str) -> bool {
    let mut stage = Stage::new(view(state), WIDE);
    stage.focus(id);
    stage.focus_order().1.is_some()
}

fn press(state: &mut State) -> Option<Action> {
    state.update(Message::SignIn(OnSignIn::SignIn))
}

fn end(state: &mut State, outcome: Result<Done, Error>) -> Option<Action> {
    state.update(Message::News(Event::Finished { ticket: Ticket(2), outcome }))
}

/// As which program, and how, an account is to be added.
fn asked(action: Option<Action>) -> OAuthClient {
    let Some(Action::Do(Asked::Account, Command::AddAccountInBrowser { client, .. })) = action else {
        panic!("{action:?}")
    };
    *client
}

#[test]
fn a_provider_that_knows_the_program_needs_one_click_and_no_password() {
    let mut state = known(by_browser());
    assert!(seen(&state, texts::CONTINUE_IN_BROWSER) && !has_field(&state, PASSWORD_FIELD));
    assert!(!has_field(&state, CLIENT_FIELD), "nobody is asked for what is known");
    assert!(!Stage::new(view(&state), WIDE).texts().iter().any(|text| text.contains("The password is kept")));
    let client = asked(press(&mut state));
    assert_eq!((client.id.as_str(), client.way), ("waxwing-of-tests", BrowserWay::Loopback));
    assert!(client.endpoints.is_some_and(|page| page.issuer == "login.microsoftonline.com"));
}

#[test]
fn the_page_is_opened_and_the_window_comes_forward_when_the_person_is_back() {
    let mut state = known(by_browser());
    let _ = press(&mut state);
    let _ = state.update(Message::Submitted(Asked::Account, Ticket(2)));
    let page = |ticket| {
        let url = "https://login.microsoftonline.com/x".to_owned();
        Message::News(Event::SignInPage { ticket: Ticket(ticket), url, code: None })
    };
    assert!(state.update(page(7)).is_none(), "a page of something else");
    let opened = state.update(page(2));
    assert!(matches!(&opened, Some(Action::Open(url)) if url.ends_with("/x")), "{opened:?}");
    assert!(seen(&state, texts::GO_ON_IN_BROWSER));
    let again = state.update(Message::Browser(OnBrowser::Open));
    assert!(matches!(again, Some(Action::Open(_))));
    let copied = state.update(Message::Browser(OnBrowser::Copy));
    assert!(matches!(copied, Some(Action::Copy(text)) if text.ends_with("/x")));
    let check = |step, state| Message::News(Event::AccountCheck { ticket: Ticket(2), step, state });
    let back = state.update(check(CheckStep::Incoming, CheckState::Begun));
    assert!(matches!(back, Some(Action::Raise)), "{back:?}");
    assert!(!seen(&state, texts::GO_ON_IN_BROWSER) && seen(&state, texts::CHECKING));
    assert!(state.update(check(CheckStep::Incoming, CheckState::Passed(0))).is_none(), "once");
    assert!(matches!(end(&mut state, Ok(Done::Nothing)), Some(Action::Leave)));
}

#[test]
fn a_program_that_is_not_known_is_asked_for_by_its_id_where_there_is_no_other_way() {
    let only = Proposal { sign_in: vec![SignInMethod::Browser], ..by_browser() };
    let mut state = found(places(KeyringState::Usable), discovery(vec![only]));
    assert!(has_field(&state, CLIENT_FIELD) && !has_field(&state, PASSWORD_FIELD));
    assert!(matches!(press(&mut state), Some(Action::Focus(CLIENT_FIELD))));
    assert!(seen(&state, texts::CLIENT_MISSING));
    let _ = state.update(Message::Browser(OnBrowser::Id(" 123-abc ".into())));
    let _ = state.update(Message::Browser(OnBrowser::Secret(Secret::new("s3"))));
    let client = asked(press(&mut state));
    assert_eq!((client.id.as_str(), client.secret.as_ref().map(Secret::reveal)), ("123-abc", Some("s3")));
}

#[test]
fn where_both_can_be_done_the_easier_one_comes_first_and_the_other_is_a_click_away() {
    let mut state = found(places(KeyringState::Usable), discovery(vec![by_browser()]));
    assert!(has_field(&state, PASSWORD_FIELD) && seen(&state, texts::BROWSER_INSTEAD), "no id is known");
    let _ = state.update(Message::SignIn(OnSignIn::Way(SignInMethod::Browser)));
    assert!(has_field(&state, CLIENT_FIELD) && seen(&state, texts::APP_PASSWORD_INSTEAD));
    let hint = Hint { kind: HintKind::AppPassword, page: Some("https://example.org/apps".into()) };
    let mut state = known(Proposal { hint: Some(hint), ..by_browser() });
    assert!(seen(&state, texts::APP_PASSWORD_INSTEAD) && !seen(&state, texts::APP_PASSWORD_FIRST));
    let chosen = state.update(Message::SignIn(OnSignIn::Way(SignInMethod::AppPassword)));
    assert!(matches!(chosen, Some(Action::Focus(PASSWORD_FIELD))));
    assert!(has_field(&state, PASSWORD_FIELD) && !seen(&state, texts::CONTINUE_IN_BROWSER));
    assert!(seen(&state, texts::APP_PASSWORD_FIRST));
}

#[test]
fn a_browser_that_does_not_open_leaves_the_way_by_a_code() {
    let mut state = away(None);
    let canceled = state.update(Message::Browser(OnBrowser::ByCode));
    assert!(matches!(canceled, Some(Action::Submit(Command::Cancel { ticket: Ticket(2) }))), "{canceled:?}");
    let client = asked(end(&mut state, Err(Error::new(ErrorKind::Canceled))));
    assert_eq!(client.way, BrowserWay::Device);
    let _ = state.update(Message::Submitted(Asked::Account, Ticket(3)));
    let (url, code) = ("https://microsoft.com/devicelogin".into(), Some("WDJB-MJHT".into()));
    let shown = state.update(Message::News(Event::SignInPage { ticket: Ticket(3), url, code }));
    assert!(matches!(shown, Some(Action::Focus(NEXT))), "the code is read before its page covers it");
    assert!(seen(&state, "WDJB-MJHT") && seen(&state, "https://microsoft.com/devicelogin"));
    let copied = state.update(Message::Browser(OnBrowser::Copy));
    assert!(matches!(copied, Some(Action::Copy(text)) if text == "WDJB-MJHT"));
    let google = Proposal { oauth: waxwing_core::setup::endpoints("google"), ..by_browser() };
    let mut state = known(google);
    let _ = press(&mut state);
    let _ = state.update(Message::Submitted(Asked::Account, Ticket(2)));
    let (url, code) = ("https://accounts.google.com/x".into(), None);
    let _ = state.update(Message::News(Event::SignInPage { ticket: Ticket(2), url, code }));
    assert!(!seen(&state, texts::BY_CODE), "there is none for mail");
}

#[test]
fn stopping_it_leads_back_to_the_button() {
    let mut state = away(None);
    let stopped = state.update(Message::Back);
    assert!(matches!(stopped, Some(Action::Submit(Command::Cancel { ticket: Ticket(2) }))));
    assert!(matches!(end(&mut state, Err(Error::new(ErrorKind::Canceled))), Some(Action::Focus(NEXT))));
    assert!(seen(&state, texts::CONTINUE_IN_BROWSER) && !seen(&state, texts::GO_ON_IN_BROWSER));
}

#[test]
fn an_id_that_the_provider_does_not_know_is_typed_anew() {
    let mut state = away(None);
    let end = end(&mut state, Err(Error::note(ErrorKind::InvalidInput, CLIENT_UNKNOWN)));
    assert!(matches!(end, Some(Action::Focus(CLIENT_FIELD))));
    assert!(seen(&state, texts::CLIENT_UNKNOWN) && has_field(&state, CLIENT_FIELD));
    let _ = state.update(Message::Browser(OnBrowser::Id("mine".into())));
    assert_eq!(asked(press(&mut state)).id, "mine");
}

#[test]
fn a_password_that_is_no_use_leads_to_the_browser() {
    let mut state = filled(by_browser());
    state.settings.as_mut().unwrap().browser.has_id("waxwing-of-tests");
    let _ = state.update(Message::SignIn(OnSignIn::Way(SignInMethod::AppPassword)));
    let _ = press(&mut state);
    let _ = state.update(Message::Submitted(Asked::Account, Ticket(2)));
    let error = Error::server(ErrorKind::BrowserSignInNeeded, "Basic authentication is off");
    let _ = end(&mut state, Err(error));
    assert!(seen(&state, texts::CONTINUE_IN_BROWSER));
    let goes_on = state.update(Message::SignIn(OnSignIn::Do(Verb::Way(SignInMethod::Browser))));
    assert_eq!(asked(goes_on).id, "waxwing-of-tests", "one click");
}

#[test]
fn an_account_that_signed_in_in_the_browser_does_so_again_as_the_same_program() {
    let mut state = again_by_browser();
    assert!(seen(&state, texts::AGREE_AGAIN) && seen(&state, texts::CONTINUE_IN_BROWSER));
    assert!(!has_field(&state, CLIENT_FIELD) && !has_field(&state, PASSWORD_FIELD));
    let action = press(&mut state);
    let Some(Action::Do(Asked::Account, Command::SignInInBrowser { account, client: None })) = action else {
        panic!("{action:?}")
    };
    let _ = state.update(Message::Submitted(Asked::Account, Ticket(2)));
    let (url, code) = ("https://login.microsoftonline.com/x".into(), None);
    let _ = state.update(Message::News(Event::SignInPage { ticket: Ticket(2), url, code }));
    let changed = state.update(Message::News(Event::AccountChanged { account }));
    assert!(changed.is_none(), "how it was before says nothing about what the person is doing: {changed:?}");
}
