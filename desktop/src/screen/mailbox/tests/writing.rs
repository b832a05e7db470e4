use waxwing_core::mime::{Composition, How};
use waxwing_core::model::{AccountId, Draft, DraftId, DraftState, Instant, Relation, SendTime};

use super::*;
use crate::screen::composer::{HOLD, Then, Write};
use crate::screen::mailbox::Waiting;
use crate::words::writing as words;

fn draft(id: i64, subject: &str, state: DraftState, is_closed: bool) -> Draft {
    Draft {
        id: DraftId(id),
        account: AccountId(1),
        composition: Composition { subject: subject.into(), ..Composition::default() },
        relation: Relation::None,
        files: Vec::new(),
        changed: Instant(id),
        state,
        is_closed,
        email: None,
    }
}

fn writes(actions: &[Action]) -> Vec<&Write> {
    actions
        .iter()
        .filter_map(|action| if let Action::Write(write) = action { Some(write) } else { None })
        .collect()
}

#[test]
fn keys_begin_a_mail_or_an_answer_to_the_one_that_is_open() {
    let mut state = window(WIDE);
    assert_eq!(writes(&state.update(typed("c"))), [&Write::New(None)]);
    assert!(writes(&state.update(typed("r"))).is_empty(), "there is nothing to answer");
    state.update(typed("j"));
    for (key, how) in [("r", How::Reply), ("a", How::ReplyAll), ("f", How::ForwardInline)] {
        assert_eq!(writes(&state.update(typed(key))), [&Write::Answer(EmailId(1), how)], "{key}");
    }
    state.update(named(Named::ArrowDown, Modifiers::SHIFT));
    assert!(writes(&state.update(typed("r"))).is_empty(), "two mails aren't answered at once");
}

#[test]
fn a_mail_that_is_sent_can_be_taken_back_as_long_as_it_waits() {
    let mut state = window(WIDE);
    let told = state.update(Message::Sending(Ticket(70), SendTime::After(HOLD)));
    let toast = state.toast.clone().unwrap();
    assert_eq!((toast.text.as_str(), toast.undo), ("Sending in 10 s", true));
    assert!(
        told.iter().any(|action| matches!(action, Action::After(HOLD, _))),
        "as long as it may be undone"
    );
    let undo = state.update(typed("z"));
    assert!(matches!(commands(&undo)[..], [Command::Undo { operation: Ticket(70) }]));
}

#[test]
fn a_draft_that_was_thrown_away_comes_back() {
    let mut state = window(WIDE);
    state.update(Message::Discarded(DraftId(7)));
    assert_eq!(state.toast.as_ref().unwrap().text, words::DISCARDED);
    assert_eq!(writes(&state.update(typed("z"))), [&Write::Restore(DraftId(7))]);
}

#[test]
fn what_was_left_by_a_crash_is_offered_once() {
    let mut state = window(WIDE);
    let drafts = vec![
        draft(1, "Left", DraftState::Writing, false),
        draft(2, "Closed", DraftState::Writing, true),
        draft(3, "Sent", DraftState::Sending(Ticket(9)), false),
    ];
    state.update(Message::Answered(Answer::Drafts(drafts.clone(), Vec::new())));
    assert!(simulator(&state).find("You were writing “Left”").is_ok());
    let mut ui = simulator(&state);
    ui.click(words::GO_ON).unwrap();
    let pressed: Vec<Message> = ui.into_messages().collect();
    for message in pressed {
        assert_eq!(writes(&state.update(message)), [&Write::Draft(DraftId(1))]);
    }
    // What is written in a window of this run is not offered.
    state.update(Message::Answered(Answer::Drafts(drafts, Vec::new())));
    assert!(state.left.is_empty());
}

#[test]
fn what_waits_to_be_sent_is_listed_and_can_be_taken_back() {
    let mut state = window(WIDE);
    let waiting = Waiting {
        draft: draft(3, "Invoice", DraftState::Sending(Ticket(9)), true),
        ticket: Ticket(9),
        change: None,
    };
    assert!(simulator(&state).find(words::OUTBOX).is_err(), "an empty one isn't there");
    state.update(Message::Answered(Answer::Drafts(Vec::new(), vec![waiting])));
    simulator(&state).click(words::OUTBOX).unwrap();
    state.update(Message::ShowOutbox);
    assert!(simulator(&state).find("Invoice").is_ok());
    let mut ui = simulator(&state);
    ui.click(crate::words::EDIT).unwrap();
    let pressed: Vec<Message> = ui.into_messages().collect();
    let back = Write::Back { ticket: Ticket(9), draft: DraftId(3), then: Then::Edit };
    let done: Vec<Action> = pressed.into_iter().flat_map(|message| state.update(message)).collect();
    assert_eq!(writes(&done), [&back]);
    assert_eq!(state.overlay, None);
}
