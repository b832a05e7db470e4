use std::path::PathBuf;

use iced::keyboard::key::Named;
use iced::widget::text_editor::{Action as Edited, Edit};
use jiff::tz::TimeZone;
use waxwing_core::error::{Error, ErrorKind};

use super::people::OnPeople;
use super::*;
use crate::stage::Stage;
use crate::theme;
use crate::words::writing as words;

const ADA: AccountId = AccountId(1);
const WORK: AccountId = AccountId(2);
const WINDOW: Size = Size::new(760.0, 600.0);

fn identity(name: &str, address: &str, signature: &str) -> Identity {
    Identity {
        name: name.into(),
        address: address.into(),
        signature: signature.into(),
        ..Identity::default()
    }
}

fn senders() -> Vec<Sender> {
    vec![
        Sender { account: ADA, identity: identity("Ada Keller", "ada@example.org", "Ada") },
        Sender {
            account: WORK,
            identity: identity("Ada Keller", "ada@workshop.test", "Ada Keller, Workshop"),
        },
    ]
}

/// 12:04 on a Saturday, where the clock is that of Greenwich.
fn now() -> Now {
    Now::at(Instant(1_785_585_840_000), TimeZone::UTC)
}

fn start(composition: Composition) -> Start {
    let senders = senders();
    let composition = Composition { from: senders[0].in_full(), writing: Writing::Markdown, ..composition };
    Start {
        draft: None,
        account: ADA,
        senders,
        composition,
        relation: Relation::None,
        files: Vec::new(),
        trouble: None,
    }
}

fn new() -> State {
    State::new(Id::new("composer"), start(Composition::default()), WINDOW, now()).0
}

/// One that is ready to be sent.
fn ready() -> State {
    let composition = Composition {
        to: "Mira Lindqvist <mira@lindqvist.example>".into(),
        subject: "Cabin".into(),
        text: "Wonderful.\n".into(),
        ..Composition::default()
    };
    State::new(Id::new("composer"), start(composition), WINDOW, now()).0
}

fn type_text(state: &mut State, text: &str) -> Vec<Action> {
    text.chars().flat_map(|letter| state.update(Message::Text(Edited::Edit(Edit::Insert(letter))))).collect()
}

fn commands(actions: &[Action]) -> Vec<&Command> {
    actions
        .iter()
        .filter_map(|action| if let Action::Do(_, command) = action { Some(&**command) } else { None })
        .collect()
}

fn saved(state: &mut State, draft: i64) -> Vec<Action> {
    let changes = state.keeping.unwrap();
    state.update(Message::Finished(Asked::Save(changes), Ok(Done::Draft(DraftId(draft)))))
}

fn wants_save(actions: &[Action]) -> bool {
    actions.iter().any(|action| matches!(action, Action::SaveAfter(_)))
}

#[test]
fn what_is_typed_is_kept_within_two_seconds_and_never_twice_at_once() {
    let mut state = new();
    let actions = type_text(&mut state, "Hi");
    let waits: Vec<_> = actions
        .iter()
        .filter_map(|it| if let Action::SaveAfter(time) = it { Some(*time) } else { None })
        .collect();
    assert_eq!(waits.len(), 1, "one look for all letters");
    assert!(waits[0] < Duration::from_secs(2));
    let first = state.update(Message::SaveDue);
    assert!(
        matches!(commands(&first)[..], [Command::SaveDraft { draft: None, composition, .. }] if composition.text == "Hi")
    );
    // Typed while the engine is at it: it must not make a second draft.
    assert!(wants_save(&type_text(&mut state, "!")));
    assert!(commands(&state.update(Message::SaveDue)).is_empty());
    assert!(saved(&mut state, 7).is_empty());
    assert!(state.is_unsaved());
    assert!(wants_save(&type_text(&mut state, "?")), "what came in between is kept by the next look");
    let next = state.update(Message::SaveDue);
    assert!(
        matches!(commands(&next)[..], [Command::SaveDraft { draft: Some(DraftId(7)), composition, .. }] if composition.text == "Hi!?")
    );
    saved(&mut state, 7);
    assert!(!state.is_unsaved());
    assert_eq!(state.saved, Saved::At(now().instant()));
}

#[test]
fn what_can_not_be_kept_is_said_and_tried_again() {
    let mut state = new();
    type_text(&mut state, "Hi");
    state.update(Message::SaveDue);
    let failed = state.update(Message::Finished(Asked::Save(2), Err(Error::new(ErrorKind::DiskFull))));
    assert!(wants_save(&failed));
    assert!(matches!(&state.saved, Saved::Failed(why) if !why.is_empty()));
    // Closing does not lose it without a word: it is tried, and only then the window goes.
    assert_eq!(commands(&state.update(Message::Close)).len(), 1);
    let failed = state.update(Message::Finished(Asked::Save(2), Err(Error::new(ErrorKind::DiskFull))));
    assert!(!failed.iter().any(|action| matches!(action, Action::Leave { .. })));
    assert!(matches!(state.update(Message::Close)[..], [Action::Leave { discarded: None }]));
}

#[test]
fn sending_gives_the_engine_everything_first() {
    let mut state = ready();
    type_text(&mut state, "x");
    let first = state.update(Message::Send);
    assert!(matches!(commands(&first)[..], [Command::SaveDraft { .. }]));
    let sent = saved(&mut state, 7);
    assert!(matches!(sent[..], [Action::Send(DraftId(7), SendTime::After(HOLD))]), "{sent:?}");
    assert!(state.update(Message::Send).is_empty(), "once");
    let left = state.update(Message::Handed(Ok(())));
    assert!(matches!(left[..], [Action::Leave { discarded: None }]));
}

#[test]
fn a_mail_that_is_refused_at_once_stays_with_the_reason() {
    let mut state = ready();
    state.update(Message::Send);
    saved(&mut state, 7);
    let refused = state.update(Message::Handed(Err(Error::new(ErrorKind::InvalidInput))));
    assert!(refused.is_empty());
    assert!(state.trouble.as_ref().is_some_and(|why| why.starts_with("Not sent: ")));
    assert!(!state.is_leaving());
    assert_eq!(state.update(Message::Send).len(), 1, "it can be sent again");
}

#[test]
fn nobody_and_nonsense_are_said_at_the_field() {
    let mut state = new();
    let asked = state.update(Message::Send);
    assert!(matches!(asked[..], [Action::Focus("to")]));
    assert_eq!(state.problem_of(Field::To).as_deref(), Some(words::NOBODY));
    state.update(Message::People(Field::To, OnPeople::Typed("berg@exmaple,".into())));
    assert_eq!(state.problem_of(Field::To), None, "not before it is to be sent");
    assert!(matches!(state.update(Message::Send)[..], [Action::Focus("to")]));
    assert_eq!(state.problem_of(Field::To), Some(words::no_address("berg@exmaple")));
    assert!(commands(&state.update(Message::Send)).is_empty());
}

#[test]
fn a_mail_without_a_subject_is_sent_when_it_is_said_twice() {
    let mut state = new();
    state.update(Message::People(Field::To, OnPeople::Typed("a@example.org".into())));
    type_text(&mut state, "Hi");
    assert!(matches!(state.update(Message::Send)[..], [Action::Focus(SUBJECT_FIELD)]));
    assert!(state.has_no_subject());
    let second = state.update(Message::Send);
    assert!(
        matches!(commands(&second)[..], [Command::SaveDraft { composition, .. }] if composition.to == "a@example.org")
    );
}

#[test]
fn a_forgotten_attachment_is_asked_about_once() {
    let mut state = ready();
    type_text(&mut state, "See the attached ticket. ");
    assert!(commands(&state.update(Message::Send)).is_empty());
    assert_eq!(state.forgotten(), Some(true));
    assert_eq!(commands(&state.update(Message::SendAnyway)).len(), 1);
    // With a file there is nothing to be asked.
    let mut state = ready();
    type_text(&mut state, "See the attached ticket. ");
    state.files = vec![file(1, "ticket.pdf", 1_000)];
    assert_eq!(commands(&state.update(Message::Send)).len(), 1);
    assert_eq!(state.forgotten(), None);
}

fn file(id: i64, name: &str, size: u64) -> DraftFile {
    DraftFile {
        id: DraftFileId(id),
        name: name.into(),
        media_type: "application/pdf".into(),
        size,
        content_id: String::new(),
    }
}

#[test]
fn a_file_makes_a_draft_and_the_mail_waits_for_it() {
    let mut state = ready();
    let octets = NewFile::Octets {
        name: "a.pdf".into(),
        media_type: "application/pdf".into(),
        content_id: String::new(),
        octets: waxwing_core::Message(vec![1]),
    };
    let first = state.update(Message::FileRead(octets));
    assert!(matches!(commands(&first)[..], [Command::SaveDraft { draft: None, .. }]));
    assert!(state.update(Message::Send).is_empty(), "first it is kept");
    let added = saved(&mut state, 7);
    assert!(matches!(commands(&added)[..], [Command::AddFile { draft: DraftId(7), .. }]), "{added:?}");
    let done =
        state.update(Message::Finished(Asked::AddFile("a.pdf".into()), Ok(Done::DraftFile(DraftFileId(1)))));
    assert!(matches!(done[..], [Action::ReadFiles(DraftId(7)), Action::Send(DraftId(7), _)]), "{done:?}");
}

#[test]
fn a_file_that_fails_is_named_and_nothing_is_sent_without_it() {
    let mut state = ready();
    let read = state.update(Message::Dropped(PathBuf::from("/tmp/a.pdf")));
    assert!(matches!(&read[..], [Action::Read(paths)] if paths.len() == 1));
    state.update(Message::FileRead(NewFile::Mail(EmailId(3))));
    saved(&mut state, 7);
    assert!(state.update(Message::Send).is_empty());
    let failed =
        state.update(Message::Finished(Asked::AddFile("a.pdf".into()), Err(Error::new(ErrorKind::Offline))));
    assert!(failed.is_empty());
    assert!(state.trouble.as_ref().is_some_and(|why| why.contains("a.pdf")));
}

#[test]
fn closing_keeps_the_mail_and_an_empty_window_just_goes() {
    assert!(matches!(new().update(Message::Close)[..], [Action::Leave { discarded: None }]));
    let mut state = new();
    type_text(&mut state, "Hi");
    assert!(matches!(commands(&state.update(Message::Close))[..], [Command::SaveDraft { .. }]));
    let closed = saved(&mut state, 7);
    assert!(matches!(commands(&closed)[..], [Command::CloseDraft { draft: DraftId(7) }]));
    let left = state.update(Message::Finished(Asked::Close, Ok(Done::Nothing)));
    assert!(matches!(left[..], [Action::Leave { discarded: None }]));
}

#[test]
fn what_nobody_wrote_a_word_of_leaves_no_draft() {
    let forward = Start { files: vec![NewFile::Mail(EmailId(3))], ..start(Composition::default()) };
    let (mut state, begun) = State::new(Id::new("a"), forward.clone(), WINDOW, now());
    assert_eq!(commands(&begun).len(), 1, "the file needs a draft");
    saved(&mut state, 7);
    state.update(Message::Finished(Asked::AddFile("x".into()), Ok(Done::DraftFile(DraftFileId(1)))));
    assert!(matches!(
        commands(&state.update(Message::Close))[..],
        [Command::DiscardDraft { draft: DraftId(7) }]
    ));
    let (mut state, _) = State::new(Id::new("a"), forward, WINDOW, now());
    saved(&mut state, 7);
    state.update(Message::Finished(Asked::AddFile("x".into()), Ok(Done::DraftFile(DraftFileId(1)))));
    type_text(&mut state, "x");
    state.update(Message::Close);
    assert!(matches!(commands(&saved(&mut state, 7))[..], [Command::CloseDraft { .. }]), "a word is kept");
}

#[test]
fn discarding_says_what_can_be_brought_back() {
    let mut state = ready();
    type_text(&mut state, "x");
    state.update(Message::SaveDue);
    saved(&mut state, 7);
    let discarded = state.update(Message::Discard);
    assert!(matches!(commands(&discarded)[..], [Command::DiscardDraft { draft: DraftId(7) }]));
    let left = state.update(Message::Finished(Asked::Discard, Ok(Done::Nothing)));
    assert!(matches!(left[..], [Action::Leave { discarded: Some(DraftId(7)) }]));
}

#[test]
fn another_sender_is_another_account_with_its_signature() {
    let mut state = new();
    state.set_text("Hi\n\n-- \nAda");
    state.update(Message::From(1));
    let composition = state.composition();
    assert_eq!((state.account, composition.from.as_str()), (WORK, "Ada Keller <ada@workshop.test>"));
    assert_eq!(composition.text, "Hi\n\n-- \nAda Keller, Workshop");
    assert_eq!(state.sender(), Some(&senders()[1]));
}

#[test]
fn a_time_is_read_and_what_is_none_is_said() {
    let mut state = ready();
    for (typed, problem) in [
        ("soon", words::TIME_UNREAD),
        ("2026-01-01 08:00", words::TIME_PAST),
        ("2031-01-01 08:00", words::TIME_FAR),
    ] {
        state.update(Message::TimeTyped(typed.into()));
        state.update(Message::TimeDone);
        assert_eq!(state.menu, Some(Menu::Later(typed.into(), Some(problem))));
    }
    state.update(Message::TimeTyped("18:30".into()));
    state.update(Message::TimeDone);
    let sent = saved(&mut state, 7);
    let then = now().parse("2026-08-01 18:30").unwrap();
    assert!(matches!(sent[..], [Action::Send(_, SendTime::At(at))] if at == then), "{sent:?}");
}

#[test]
fn an_answer_keeps_what_it_quotes_folded_and_sends_it() {
    let composition = Composition {
        to: "mira@lindqvist.example".into(),
        subject: "Re: Cabin".into(),
        text: "\n\n-- \nAda\n\nOn 9 July, Mira wrote:\n> one\n> two\n".into(),
        ..Composition::default()
    };
    let (mut state, actions) = State::new(Id::new("a"), start(composition), WINDOW, now());
    assert!(matches!(actions.last(), Some(Action::Focus(TEXT_FIELD))));
    type_text(&mut state, "Yes!");
    assert_eq!(state.composition().text, "Yes!\n\n-- \nAda\n\nOn 9 July, Mira wrote:\n> one\n> two\n");
    state.update(Message::Unfold);
    assert_eq!(state.folded, "");
    assert!(state.text.text().ends_with("> two\n"));
}

// What it looks like.

fn all_states() -> Vec<(&'static str, State)> {
    let mut answer = ready();
    answer.subject = "Re: Cabin in August: dates and keys".into();
    answer.to = People::of(
        "Mira Lindqvist <mira@lindqvist.example>, Jonas Weber <jonas@weber.example>, berg@exmaple",
    );
    answer.set_text("Wonderful, then the **10th** it is. I bring the *big pan* and the lantern.\n\n- tents\n- `kettle`\n\nSee the attached [ticket](https://rail.example) for my train.\n\n-- \nAda");
    answer.folded = "On 9 July, Mira Lindqvist wrote:\n> one\n> two".into();
    answer.saved = Saved::At(now().instant());
    answer.forgets = true;
    let mut files = ready();
    files.copies = (true, true);
    files.files = vec![
        file(1, "Beds and lists.pdf", 184_000),
        file(2, "A name that goes on and on and on and on.pdf", 30_000_000),
    ];
    files.told.too_large = true;
    let mut wrong = new();
    wrong.update(Message::Send);
    wrong.trouble = Some(words::not_sent("The server did not take it. The server says: “no”"));
    let mut later = ready();
    later.menu = Some(Menu::Later("soon".into(), Some(words::TIME_UNREAD)));
    let mut from = ready();
    from.menu = Some(Menu::From);
    let mut found = new();
    found.update(Message::People(Field::To, OnPeople::Typed("an".into())));
    let contact = |name: &str, address: &str| waxwing_core::model::Contact {
        name: name.into(),
        address: address.into(),
    };
    found.to.proposed = vec![contact("Ann Lee", "ann@example.org"), contact("", "anna@example.org")];
    vec![
        ("answer", answer),
        ("files", files),
        ("wrong", wrong),
        ("later", later),
        ("from", from),
        ("found", found),
        ("new", new()),
    ]
}

#[test]
fn every_state_is_pictured_in_both_themes_and_nothing_is_cut_off() {
    for (name, mut state) in all_states() {
        for (size, called) in [(Size::new(760.0, 600.0), "wide"), (Size::new(480.0, 600.0), "narrow")] {
            state.update(Message::Resized(size));
            for (look, theme) in [("light", theme::light_theme()), ("dark", theme::dark_theme())] {
                let mut stage = Stage::new(view(&state), size);
                stage.picture(&format!("composer-{name}-{called}-{look}"), &theme, 1.0);
            }
        }
    }
}

#[test]
fn the_fields_come_in_their_order_by_tab() {
    let state = ready();
    let mut stage = Stage::new(view(&state), WINDOW);
    stage.focus(Field::To.id());
    assert!(stage.is_at(Field::To.id()));
    let mut seen = Vec::new();
    for _ in 0..4 {
        stage.tab();
        for field in [SUBJECT_FIELD, TEXT_FIELD] {
            if stage.is_at(field) {
                seen.push(field);
            }
        }
    }
    assert_eq!(seen, [SUBJECT_FIELD, TEXT_FIELD]);
}

#[test]
fn keys_of_a_field_of_people_work_in_it() {
    let mut state = ready();
    let mut stage = Stage::new(view(&state), WINDOW);
    stage.focus(Field::To.id());
    stage.key(Named::Backspace);
    let messages = std::mem::take(&mut stage.messages);
    drop(stage);
    assert!(matches!(messages[..], [Message::People(Field::To, OnPeople::Erase)]), "{messages:?}");
    for message in messages {
        state.update(message);
    }
    assert_eq!(state.to.chosen, Some(0));
}
