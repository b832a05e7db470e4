//! The search above the list.

use waxwing_core::Done;
use waxwing_core::model::{Coverage, Found, SavedSearch, SavedSearchId, SearchScope};

use super::super::search::{OnSearch, SEARCH_FIELD, Server};
use super::*;

fn search(message: OnSearch) -> Message {
    Message::Search(message)
}

/// What the store is asked to find.
fn sought(actions: &[Action]) -> Option<(String, SearchScope, usize, u64)> {
    actions.iter().find_map(|action| match action {
        Action::Read(Ask::Found { words, scope, count, number }) => {
            Some((words.to_string(), *scope, *count, *number))
        }
        _ => None,
    })
}

fn find(rows: Vec<waxwing_core::model::EmailRow>, total: usize, is_all: bool, number: u64) -> Message {
    Message::Answered(Answer::Found(number, Found { rows, first: 0, total, is_all }))
}

/// Types a text into the search of a window, and lets the store find these of the sample mail.
fn seek(state: &mut State, text: &str, found: &[usize]) -> Vec<Action> {
    state.update(typed("/"));
    let actions = state.update(search(OnSearch::Typed(text.into())));
    let (_, scope, _, number) = sought(&actions).expect("the store is asked");
    let all = fixture::rows();
    let rows = found.iter().map(|place| all[*place].clone()).collect();
    let actions = state.update(find(rows, found.len(), true, number));
    let coverage = Coverage { mails: 12_031, ..Coverage::default() };
    state.update(Message::Answered(Answer::Coverage(scope, coverage)));
    actions
}

#[test]
fn a_search_asks_at_each_letter_and_only_the_newest_answer_counts() {
    let mut state = window(WIDE);
    let actions = state.update(typed("/"));
    assert!(matches!(actions[..], [Action::Focus(SEARCH_FIELD)]));
    let first = state.update(search(OnSearch::Typed("m".into())));
    let (words, scope, _, number) = sought(&first).unwrap();
    assert_eq!((words.as_str(), scope), ("m", SearchScope::Inboxes));
    let second = state.update(search(OnSearch::Typed("mi".into())));
    assert_eq!(sought(&second), None, "one question is under way");
    let third = state.update(find(fixture::rows(), 114, true, number));
    let (words, _, _, newest) = sought(&third).expect("the newest text is asked for now");
    assert_eq!(words, "mi");
    assert!(state.list.is_empty(), "what was found for less text isn't shown");
    let row = fixture::rows().remove(0);
    assert_eq!(sought(&state.update(find(vec![row], 1, true, newest))), None);
    assert_eq!((state.list.total(), state.list.id(0)), (1, Some(EmailId(1))));
    assert_eq!(state.search_words(), ["mi*"]);
}

#[test]
fn escape_brings_back_the_list_as_it_stood() {
    let mut state = window(WIDE);
    state.update(Message::Scrolled(1_000.0, 748.0));
    state.update(Message::Clicked(crate::widget::Click { index: 17, extend: false, toggle: false }));
    let (current, scroll) = (current(&state), state.list.scroll);
    seek(&mut state, "apples", &[5]);
    assert_eq!((state.list.total(), state.list.scroll), (1, 0.0));
    let actions = state.update(search(OnSearch::Close));
    assert!(actions.iter().any(|action| matches!(action, Action::Read(Ask::List { .. }))));
    assert_eq!((state.list.current().map(|id| id.0), state.list.scroll), (current, scroll));
    assert!(state.list.total() > 100 && state.search.is_none());
    assert_eq!(state.reader.wanted().map(|id| id.0), current);
    assert_eq!(state.search_words(), [] as [String; 0]);
}

#[test]
fn what_was_found_is_read_moved_and_brought_back_like_any_list() {
    let mut state = window(WIDE);
    seek(&mut state, "the", &[0, 2, 5]);
    let actions = state.update(search(OnSearch::ToFound));
    assert!(actions.iter().any(|action| matches!(action, Action::Unfocus)));
    assert_eq!(current(&state), Some(1));
    state.update(typed("j"));
    let actions = state.update(typed("e"));
    assert!(matches!(commands(&actions)[..], [Command::Archive { emails }] if *emails == [EmailId(3)]));
    assert_eq!((state.list.total(), current(&state)), (2, Some(6)), "it left the inbox, which is searched");
    submit(&mut state, actions, 70);
    let undo = state.update(typed("z"));
    assert!(matches!(commands(&undo)[..], [Command::Undo { operation: Ticket(70) }]));
    assert!(sought(&undo).is_some(), "the search is made again");
    // Everywhere it is found where it went, too.
    state.update(search(OnSearch::Everywhere(true)));
    assert_eq!(state.search_scope(), SearchScope::Everywhere);
    let all = fixture::rows();
    let number = state.search_number;
    state.update(find(vec![all[0].clone(), all[2].clone()], 2, true, number));
    let total = state.list.total();
    state.update(typed("e"));
    assert_eq!(state.list.total(), total);
}

#[test]
fn new_mail_and_changes_are_looked_for_again() {
    let mut state = window(WIDE);
    seek(&mut state, "apples", &[5]);
    let changed = Event::FolderChanged { mailbox: MailboxId(1), version: 9 };
    let (words, ..) = sought(&state.update(Message::News(changed))).unwrap();
    assert_eq!(words, "apples");
}

#[test]
fn more_is_read_as_the_end_comes_near() {
    let mut state = window(WIDE);
    state.update(typed("/"));
    let actions = state.update(search(OnSearch::Typed("minutes".into())));
    let (_, _, count, number) = sought(&actions).unwrap();
    let rows = |count: usize| (1..=i64::try_from(count).unwrap()).map(fixture::row).collect::<Vec<_>>();
    assert_eq!(sought(&state.update(find(rows(count), count + 250, false, number))), None);
    assert_eq!(sought(&state.update(Message::Scrolled(100.0, 748.0))), None, "the end is far");
    let actions = state.update(Message::Scrolled(18_000.0, 748.0));
    let (_, _, more, _) = sought(&actions).unwrap();
    assert_eq!(more, 2 * count);
    let actions = state.update(find(rows(count + 250), count + 250, true, number));
    assert_eq!(sought(&actions), None);
    assert_eq!(state.list.total(), count + 250);
}

#[test]
fn the_line_below_the_field_says_how_far_the_search_can_be_trusted() {
    let mut state = window(WIDE);
    seek(&mut state, "apples", &[5]);
    assert!(simulator(&state).find("All 12,031 mails searched").is_ok());
    assert!(simulator(&state).find("1 found").is_ok());
    let coverage = Coverage { mails: 12_031, without_body: 3_000, ..Coverage::default() };
    state.update(Message::Answered(Answer::Coverage(SearchScope::Inboxes, coverage)));
    assert!(simulator(&state).find("Bodies of 3,000 mails are not here yet").is_ok());
    let mut ui = simulator(&state);
    ui.click(crate::words::search::SEARCH_SERVER).unwrap();
    let messages: Vec<_> = ui.into_messages().collect();
    let asked = messages.into_iter().flat_map(|message| state.update(message)).collect::<Vec<_>>();
    let [Action::AskServer(Command::SearchServer { text, scope: SearchScope::Inboxes }, number)] = &asked[..]
    else {
        panic!("{asked:?}")
    };
    assert_eq!(text, "apples");
    state.update(search(OnSearch::Asked(*number, Ticket(80))));
    let actions =
        state.update(Message::News(Event::SearchProgress { ticket: Ticket(80), done: 1, total: 2 }));
    let (.., number) = sought(&actions).expect("what one mailbox gave is shown");
    state.update(find(fixture::rows().into_iter().take(2).collect(), 2, true, number));
    assert!(simulator(&state).find("Searching on the server: 1 of 2 mailboxes").is_ok());
    let done = Ok(Done::Searched { found: 4, is_all: true });
    let actions = state.update(Message::News(Event::Finished { ticket: Ticket(80), outcome: done }));
    assert!(sought(&actions).is_some(), "what the server found is found here now");
    assert!(simulator(&state).find(crate::words::search::SERVER_ASKED).is_ok());
}

#[test]
fn a_search_of_the_server_ends_when_something_else_is_typed() {
    let mut state = window(WIDE);
    seek(&mut state, "apples", &[5]);
    let asked = state.update(search(OnSearch::AskServer));
    let [Action::AskServer(_, number)] = asked[..] else { panic!("{asked:?}") };
    let late = state.update(search(OnSearch::Typed("apple pie".into())));
    assert!(commands(&late).is_empty(), "it has no ticket yet");
    let actions = state.update(search(OnSearch::Asked(number, Ticket(80))));
    assert!(matches!(commands(&actions)[..], [Command::Cancel { ticket: Ticket(80) }]));
    let asked = state.update(search(OnSearch::AskServer));
    let [Action::AskServer(_, number)] = asked[..] else { panic!("{asked:?}") };
    state.update(search(OnSearch::Asked(number, Ticket(81))));
    let actions = state.update(search(OnSearch::Close));
    assert!(matches!(commands(&actions)[..], [Command::Cancel { ticket: Ticket(81) }]));
}

#[test]
fn a_server_that_can_not_be_searched_is_said_so() {
    let mut state = window(WIDE);
    seek(&mut state, "apples", &[5]);
    let asked = state.update(search(OnSearch::AskServer));
    let [Action::AskServer(_, number)] = asked[..] else { panic!("{asked:?}") };
    state.update(search(OnSearch::Asked(number, Ticket(80))));
    let outcome = Err(Error::new(ErrorKind::Offline));
    state.update(Message::News(Event::Finished { ticket: Ticket(80), outcome }));
    assert!(matches!(state.search.as_ref().map(|search| &search.server), Some(Server::Failed(_))));
    assert!(simulator(&state).find(crate::words::search::SERVER_NOT_ASKED).is_ok());
}

#[test]
fn an_empty_field_says_what_can_be_typed_and_nothing_found_what_next() {
    let mut state = window(WIDE);
    state.update(typed("/"));
    let mut ui = simulator(&state);
    ui.click("has:attachment").unwrap();
    let pressed: Vec<Message> = ui.into_messages().collect();
    let actions: Vec<Action> = pressed.into_iter().flat_map(|message| state.update(message)).collect();
    assert_eq!(sought(&actions).map(|(words, ..)| words).as_deref(), Some("has:attachment"));
    assert!(actions.iter().any(|action| matches!(action, Action::Focus(SEARCH_FIELD))));
    let number = state.search_number;
    state.update(find(Vec::new(), 0, true, number));
    let mut ui = simulator(&state);
    assert!(ui.find(crate::words::search::NOTHING_FOUND).is_ok());
    ui.click(crate::words::search::SEARCH_EVERYWHERE).unwrap();
    let pressed: Vec<Message> = ui.into_messages().collect();
    let actions: Vec<Action> = pressed.into_iter().flat_map(|message| state.update(message)).collect();
    assert_eq!(sought(&actions).map(|(_, scope, ..)| scope), Some(SearchScope::Everywhere));
}

#[test]
fn no_single_key_gets_past_the_search_field() {
    let mut state = window(WIDE);
    seek(&mut state, "apples", &[5]);
    let keys: Vec<Key> = single_keys()
        .into_iter()
        .filter(|key| !matches!(key, Key::Named(Named::ArrowDown | Named::Enter)))
        .collect();
    let mut ui = simulator(&state);
    ui.click(iced_test::selector::id(SEARCH_FIELD)).unwrap();
    assert_eq!(left_over(&mut ui, &keys), 0);
    let messages: Vec<Message> = ui.into_messages().collect();
    let acts =
        |message: &Message| !matches!(message, Message::Search(OnSearch::Typed(_)) | Message::Scrolled(..));
    assert!(!messages.iter().any(acts), "{messages:?}");
}

#[test]
fn searches_that_are_kept_are_folders() {
    let mut state = window(WIDE);
    state.update(Message::Answered(Answer::Saved(Vec::new())));
    seek(&mut state, "subject:apples", &[5]);
    state.update(search(OnSearch::Save));
    state.update(search(OnSearch::Name("Apples".into())));
    let actions = state.update(search(OnSearch::NameDone));
    let [Command::SaveSearch { name, text, scope }] = commands(&actions)[..] else { panic!("{actions:?}") };
    assert_eq!((name.as_str(), text.as_str(), *scope), ("Apples", "subject:apples", SearchScope::Inboxes));
    let actions = state.update(Message::News(Event::SearchesChanged));
    assert!(matches!(actions[..], [Action::Read(Ask::Saved)]));
    let saved = SavedSearch {
        id: SavedSearchId(3),
        name: "Apples".into(),
        text: "subject:apples".into(),
        scope: SearchScope::Inboxes,
    };
    state.update(Message::Answered(Answer::Saved(vec![saved])));
    assert_eq!(state.search.as_ref().and_then(|search| search.saved), Some(SavedSearchId(3)));
    state.update(Message::Go(ListQuery::Mailbox(MailboxId(4))));
    assert!(state.search.is_none());

    let mut ui = simulator(&state);
    ui.click("Apples").unwrap();
    let pressed: Vec<Message> = ui.into_messages().collect();
    let actions: Vec<Action> = pressed.into_iter().flat_map(|message| state.update(message)).collect();
    assert!(!actions.iter().any(|action| matches!(action, Action::Focus(_))), "it is opened to read");
    let (words, scope, ..) = sought(&actions).unwrap();
    assert_eq!((words.as_str(), scope), ("subject:apples", SearchScope::Inboxes));
    assert_eq!(state.place, ListQuery::AllInboxes);

    state.update(search(OnSearch::Save));
    state.update(search(OnSearch::Name("Fruit".into())));
    let actions = state.update(search(OnSearch::NameDone));
    assert!(
        matches!(commands(&actions)[..], [Command::RenameSearch { id: SavedSearchId(3), name }] if name == "Fruit")
    );
    let actions = state.update(search(OnSearch::Delete));
    assert!(matches!(commands(&actions)[..], [Command::DeleteSearch { id: SavedSearchId(3) }]));
    // Another text is another search.
    state.update(search(OnSearch::Typed("subject:pears".into())));
    assert_eq!(state.search.as_ref().and_then(|search| search.saved), None);
}

#[test]
fn searching_fits_into_every_window() {
    for width in [480.0, 800.0, 1280.0] {
        let mut state = window(Size::new(width, 700.0));
        seek(&mut state, "apples", &[5]);
        let coverage = Coverage { mails: 12_031, without_body: 3_000, ..Coverage::default() };
        state.update(Message::Answered(Answer::Coverage(SearchScope::Inboxes, coverage)));
        let mut ui = simulator(&state);
        for words in ["1 found", crate::words::search::SEARCH_SERVER, crate::words::search::SAVE] {
            let bounds = ui.find(words).unwrap().bounds();
            assert!(bounds.x >= 0.0 && bounds.x + bounds.width <= width, "{words} at {width}: {bounds:?}");
        }
    }
}
