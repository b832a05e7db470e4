//! Lists of conversations, the one that is open, and tags.

use waxwing_core::model::{EmailRow, Keyword};

use super::*;
use crate::screen::reader::{self, conversation};
use crate::widget::Happened;
use crate::words;

/// A window whose list shows the sample conversations.
fn conversations() -> State {
    let mut state = window(WIDE);
    let actions = state.update(Message::Act(Act::Conversations));
    assert!(matches!(
        actions.as_slice(),
        [Action::Read(Ask::List { query: ListQuery::InboxConversations, .. })]
    ));
    give_conversations(&mut state);
    state
}

fn give_conversations(state: &mut State) {
    give_rows(state, fixture::conversations());
}

fn give_rows(state: &mut State, rows: Vec<EmailRow>) -> Vec<Action> {
    let ids = rows.iter().map(|row| row.id).collect();
    let page = Page { total: rows.len(), rows, first: 0 };
    state.update(Message::Answered(Answer::List(state.query(), ids, page)))
}

/// Opens the first conversation, of twelve mails, of which the one before the last and the last are unread.
fn open_first(state: &mut State) -> Vec<Action> {
    let actions = state.update(typed("j"));
    assert!(actions.iter().any(|action| matches!(action, Action::Read(Ask::Thread(EmailId(1))))));
    state.update(Message::Answered(Answer::Thread(EmailId(1), fixture::thread(EmailId(1)))))
}

fn wanted(state: &State) -> Option<i64> {
    state.reader.wanted().map(|id| id.0)
}

fn whole(actions: &[Action]) -> Vec<(&Command, ListQuery)> {
    fn of(action: &Action) -> Option<(&Command, ListQuery)> {
        match action {
            Action::DoToWhole(query, command, _) => Some((command, *query)),
            _ => None,
        }
    }
    actions.iter().filter_map(of).collect()
}

#[test]
fn the_switch_is_seen_in_the_head_of_mailboxes_and_nowhere_else() {
    let mut state = window(WIDE);
    let has_switch = |state: &State| {
        let switch = iced_test::selector::id(super::super::CONVERSATIONS_SWITCH);
        Simulator::with_size(Default::default(), WIDE, view(state)).find(switch).is_ok()
    };
    assert!(has_switch(&state));
    state.update(Message::Go(ListQuery::Starred));
    assert!(!has_switch(&state));
    give_list(&mut state);
    state.update(Message::Go(ListQuery::Mailbox(MailboxId(4))));
    give_list(&mut state);
    let actions = state.update(Message::Act(Act::Conversations));
    let query = ListQuery::Conversations(MailboxId(4));
    assert!(matches!(actions.as_slice(), [Action::Read(Ask::List { query: it, .. })] if *it == query));
    // It is remembered from place to place.
    give_conversations(&mut state);
    let actions = state.update(Message::Go(ListQuery::AllInboxes));
    let query = ListQuery::InboxConversations;
    assert!(
        actions
            .iter()
            .any(|action| matches!(action, Action::Read(Ask::List { query: it, .. }) if *it == query))
    );
}

#[test]
fn how_mail_is_shown_is_as_it_was_left_at_the_next_start() {
    let mut state = conversations();
    state.update(Message::Act(Act::Zoom(reader::Zoom::In)));
    let kept = state.kept(crate::kept::Kept::default());
    assert!(kept.conversations && kept.zoom == Some(125), "{kept:?}");
    let (next, first) = State::kept_as(&kept, WIDE, fixture::now(), None);
    assert!(matches!(
        first.as_slice(),
        [
            Action::Read(Ask::Overview),
            Action::Read(Ask::List { query: ListQuery::InboxConversations, .. }),
            Action::Read(Ask::Drafts)
        ]
    ));
    assert_eq!(next.kept(crate::kept::Kept::default()), kept);
}

#[test]
fn a_conversation_opens_at_its_newest_unread_mail_and_each_line_opens_another() {
    let mut state = conversations();
    let actions = open_first(&mut state);
    assert!(
        matches!(actions.as_slice(), [Action::Read(Ask::Email(EmailId(909)))]),
        "the mail of the row is the newest unread one, and is open already; the other unread one is opened too: {actions:?}"
    );
    assert_eq!(wanted(&state), Some(1));
    let actions = state.update(typed("["));
    assert_eq!(wanted(&state), Some(910));
    assert!(actions.iter().any(|action| matches!(action, Action::Read(Ask::Email(EmailId(910))))));
    state.update(typed("]"));
    assert_eq!(wanted(&state), Some(1));
    let open = conversation::Message::Open(EmailId(902));
    state.update(Message::Reader(reader::Message::Conversation(open)));
    assert_eq!(wanted(&state), Some(902));
    // The list was read again: what is open is the person's to say.
    let actions = give_rows(&mut state, fixture::conversations());
    assert!(actions.iter().any(|action| matches!(action, Action::Read(Ask::Thread(EmailId(1))))));
    state.update(Message::Answered(Answer::Thread(EmailId(1), fixture::thread(EmailId(1)))));
    assert_eq!(wanted(&state), Some(902));
}

#[test]
fn a_read_conversation_opens_at_its_newest_mail_wherever_that_lies() {
    let mut state = conversations();
    state.update(typed("j"));
    let mut mails = fixture::thread(EmailId(1));
    for mail in &mut mails {
        mail.flags = FlagBits::SEEN;
    }
    // It was answered: that lies in Sent.
    let answer = EmailRow { mailbox: MailboxId(3), ..fixture::row(77) };
    mails.push(answer);
    state.update(Message::Answered(Answer::Thread(EmailId(1), mails)));
    assert_eq!(wanted(&state), Some(77));
    assert_eq!(state.stack.items().last().unwrap().place, "Sent");
    assert_eq!(state.stack.items()[0].place, "");
}

#[test]
fn a_mail_that_comes_into_the_open_conversation_closes_nothing() {
    let mut state = conversations();
    open_first(&mut state);
    let mut rows = fixture::conversations();
    let newer = EmailRow { id: EmailId(500), ..rows[0].clone() };
    rows[0] = newer.clone();
    let actions = give_rows(&mut state, rows);
    assert_eq!((current(&state), wanted(&state)), (Some(500), Some(1)));
    assert!(actions.iter().any(|action| matches!(action, Action::Read(Ask::Thread(EmailId(500))))));
    let mut mails = fixture::thread(EmailId(1));
    mails.push(newer);
    state.update(Message::Answered(Answer::Thread(EmailId(500), mails)));
    assert_eq!(state.stack.items().len(), 13);
    assert_eq!(wanted(&state), Some(1), "what is read stays open");
}

#[test]
fn what_is_done_to_a_conversation_is_done_to_all_its_mails_that_lie_here_with_one_undo() {
    let mut state = conversations();
    open_first(&mut state);
    let actions = state.update(typed("e"));
    assert!(matches!(
        whole(&actions)[..],
        [(Command::Archive { emails }, ListQuery::InboxConversations)] if *emails == [EmailId(1)]
    ));
    assert_eq!(current(&state), Some(2), "it goes on to the next");
    let emails: Vec<EmailId> = (1..=9).map(EmailId).collect();
    let change = actions.into_iter().find_map(|action| match action {
        Action::DoToWhole(_, _, change) => Some(change),
        _ => None,
    });
    let archive = Box::new(Command::Archive { emails });
    let actions = state.update(Message::Whole(archive, change.unwrap()));
    submit(&mut state, actions, 70);
    assert_eq!(state.toast.clone().unwrap().text, "Archived 9 messages");
    let undo = state.update(typed("z"));
    assert!(matches!(commands(&undo)[..], [Command::Undo { operation: Ticket(70) }]));
    // Flags and the bin as well.
    let actions = state.update(typed("s"));
    assert!(matches!(whole(&actions)[..], [(Command::SetFlags { .. }, _)]));
    let actions = state.update(typed("#"));
    assert!(matches!(whole(&actions)[..], [(Command::Trash { .. }, _)]));
}

#[test]
fn the_question_before_deleting_a_conversation_for_ever_counts_its_mails() {
    let mut state = conversations();
    open_first(&mut state);
    let actions = state.update(named(Named::Delete, Modifiers::SHIFT));
    assert!(
        matches!(&actions[..], [Action::FindWhole(ListQuery::InboxConversations, ids)] if *ids == [EmailId(1)])
    );
    assert_eq!(state.overlay, None, "nothing is asked before it is known how many there are");
    let mails: Vec<EmailId> = (1..=9).map(EmailId).collect();
    state.update(Message::WholeToDelete(mails.clone()));
    assert_eq!(state.overlay, Some(Overlay::Delete(mails.clone())));
    let actions = state.update(Message::DeleteConfirmed);
    assert!(matches!(commands(&actions)[..], [Command::DeleteForever { emails }] if *emails == mails));
}

#[test]
fn where_it_cannot_be_read_which_mails_a_conversation_has_that_is_said_and_its_row_comes_back() {
    let mut state = conversations();
    open_first(&mut state);
    state.update(typed("e"));
    assert!(state.list.row_of(EmailId(1)).is_none() || state.list.id(0) != Some(EmailId(1)));
    let actions = state.update(Message::WholeUnknown(Error::new(ErrorKind::StorageFailed)));
    assert!(actions.iter().any(|action| matches!(action, Action::Read(Ask::List { .. }))));
    assert!(state.toast.is_some());
    give_conversations(&mut state);
    assert_eq!(state.list.id(0), Some(EmailId(1)));
}

/// The mails that are open, the one with the focus first.
fn open(state: &State) -> Vec<i64> {
    state.open_ids().iter().map(|id| id.0).collect()
}

fn say(state: &mut State, id: i64, message: reader::Message) -> Vec<Action> {
    let message =
        if wanted(state) == Some(id) { message } else { reader::Message::Of(EmailId(id), Box::new(message)) };
    state.update(Message::Reader(message))
}

fn happened(state: &mut State, id: i64, happened: Happened) -> Vec<Action> {
    say(state, id, reader::Message::Page(reader::OnPage::Page(happened)))
}

/// Gives each open mail what the store has of it.
fn give_open(state: &mut State) {
    for id in open(state) {
        let row = fixture::thread(EmailId(1)).into_iter().find(|row| row.id.0 == id).unwrap();
        let mail = Box::new(Ok(fixture::email(row).into()));
        state.update(Message::Answered(Answer::Email(EmailId(id), mail)));
    }
}

/// What is to come after a while.
fn later(actions: Vec<Action>) -> Message {
    actions
        .into_iter()
        .find_map(|action| match action {
            Action::After(_, message) => Some(message),
            _ => None,
        })
        .unwrap()
}

#[test]
fn only_mails_that_are_to_be_seen_for_a_second_are_read() {
    let mut state = conversations();
    open_first(&mut state);
    give_open(&mut state);
    assert_eq!(open(&state), [1, 909]);
    let generation = state.generation;
    assert!(state.update(Message::LookedAt(generation)).is_empty(), "it may be far below what is seen");
    let looked = later(happened(&mut state, 909, Happened::Seen(true)));
    let left = later(happened(&mut state, 1, Happened::Seen(true)));
    let _ = happened(&mut state, 1, Happened::Seen(false));
    let _ = happened(&mut state, 1, Happened::Seen(true));
    let actions = state.update(looked.clone());
    assert!(
        matches!(commands(&actions)[..], [Command::SetFlags { emails, .. }] if *emails == [EmailId(909)])
    );
    assert!(whole(&actions).is_empty());
    assert!(state.update(looked).is_empty(), "once");
    assert!(state.update(left).is_empty(), "it went out of sight in between");
    assert_eq!(wanted(&state), Some(1), "being looked at gives no focus");
}

#[test]
fn a_mail_that_is_open_alone_is_read_after_a_second() {
    let mut state = conversations();
    state.update(typed("j"));
    let generation = state.generation;
    let actions = state.update(Message::LookedAt(generation));
    assert!(matches!(commands(&actions)[..], [Command::SetFlags { emails, .. }] if *emails == [EmailId(1)]));
    assert!(whole(&actions).is_empty());
}

#[test]
fn several_mails_are_open_each_is_closed_by_itself_and_the_last_one_stays() {
    let mut state = conversations();
    open_first(&mut state);
    give_open(&mut state);
    let line = |id| Message::Reader(reader::Message::Conversation(conversation::Message::Open(EmailId(id))));
    let actions = state.update(line(902));
    assert!(actions.iter().any(|action| matches!(action, Action::ShowOpen)));
    assert_eq!(open(&state), [902, 909, 1]);
    {
        let mut screen = Simulator::with_size(Default::default(), WIDE, view(&state));
        assert!(screen.find("2 more mails").is_ok(), "of the six lines between two open mails");
    }
    let close = |state: &mut State, id| {
        say(state, id, reader::Message::Conversation(conversation::Message::Close(EmailId(id))))
    };
    close(&mut state, 909);
    assert_eq!(open(&state), [902, 1]);
    close(&mut state, 902);
    assert_eq!(open(&state), [1], "the next newer one has the focus");
    close(&mut state, 1);
    assert_eq!(open(&state), [1]);
    // Not more and more.
    for id in 900..911 {
        state.update(line(id));
    }
    let open = open(&state);
    assert_eq!((open.len(), open[0]), (8, 910));
}

#[test]
fn what_is_done_in_an_open_mail_gives_it_the_focus_and_what_is_looked_for_goes_along() {
    let mut state = conversations();
    open_first(&mut state);
    give_open(&mut state);
    state.update(Message::Act(Act::Find));
    let actions = happened(&mut state, 909, Happened::At(iced::Point::ORIGIN));
    assert!(actions.len() == 1 && wanted(&state) == Some(1), "the mouse alone changes nothing");
    say(&mut state, 909, reader::Message::Details);
    assert_eq!(wanted(&state), Some(909));
    let mut screen = Simulator::with_size(Default::default(), WIDE, view(&state));
    assert!(screen.find(words::finds_in_mail_of("Jonas Weber").as_str()).is_ok());
}

#[test]
fn pages_of_mails_that_are_closed_are_let_go() {
    let mut state = conversations();
    open_first(&mut state);
    give_open(&mut state);
    for id in [1, 909] {
        let actions = happened(&mut state, id, Happened::Room(500.0));
        assert!(actions.iter().any(|action| matches!(action, Action::Page(reader::Wish::LayOut { .. }))));
    }
    let pages = state.pages();
    assert_eq!(pages.len(), 2);
    let keeps = |actions: &[Action]| {
        actions.iter().find_map(|action| match action {
            Action::Page(reader::Wish::Ask(crate::html::Request::Keep { pages })) => Some(pages.clone()),
            _ => None,
        })
    };
    let close = reader::Message::Conversation(conversation::Message::Close(EmailId(909)));
    assert_eq!(keeps(&say(&mut state, 909, close)), Some(vec![pages[0]]));
    assert_eq!(keeps(&state.update(typed("j"))), Some(Vec::new()), "another conversation is opened");
}

#[test]
fn a_mail_that_takes_for_ever_costs_the_others_nothing_but_time() {
    let mut state = conversations();
    open_first(&mut state);
    give_open(&mut state);
    happened(&mut state, 1, Happened::Room(500.0));
    happened(&mut state, 909, Happened::Room(500.0));
    let [slow, other] = state.pages()[..] else { panic!() };
    let painted = |state: &mut State, message| state.update(Message::Reader(reader::Message::Page(message)));
    use crate::html::Answer::Begun;
    painted(&mut state, reader::OnPage::Painted(Begun { page: slow }));
    painted(&mut state, reader::OnPage::Late(slow));
    let actions = painted(&mut state, reader::OnPage::Late(slow));
    assert!(actions.iter().any(|action| matches!(action, Action::Page(reader::Wish::BeginAnew))));
    assert!(
        actions
            .iter()
            .any(|action| matches!(action, Action::Page(reader::Wish::LayOut { page, .. }) if *page > other))
    );
    assert_eq!(state.pages().len(), 1, "the slow one is text");
}

#[test]
fn a_conversation_is_split_from_the_open_mail_on_and_several_are_joined() {
    let mut state = conversations();
    open_first(&mut state);
    state.update(typed("["));
    let actions = state.update(typed("|"));
    assert!(matches!(
        commands(&actions)[..],
        [Command::SplitConversation { emails }] if *emails == [EmailId(910), EmailId(1)]
    ));
    submit(&mut state, actions, 71);
    assert_eq!(state.toast.clone().unwrap().text, "Split off 2 messages");
    assert!(commands(&state.update(typed("&"))).is_empty(), "one alone is nothing to join");
    state.update(named(Named::ArrowDown, Modifiers::SHIFT));
    let actions = state.update(typed("&"));
    assert!(matches!(
        commands(&actions)[..],
        [Command::JoinConversations { emails }] if *emails == [EmailId(1), EmailId(2)]
    ));
}

#[test]
fn nothing_is_split_or_joined_where_single_mails_are_listed() {
    let mut state = window(WIDE);
    state.update(typed("j"));
    state.update(named(Named::ArrowDown, Modifiers::SHIFT));
    assert!(commands(&state.update(typed("&"))).is_empty());
    assert!(commands(&state.update(typed("|"))).is_empty());
}

#[test]
fn unread_is_what_the_conversation_is_and_n_finds_it() {
    let mut state = conversations();
    let model = rows::RowModel::new(state.list.row(0).unwrap(), &state.now);
    assert_eq!((model.mails, model.unread), (12, true));
    assert_eq!(model.sender, "Mira … Ada, Noor");
    assert!(model.label().contains("12 mails"), "{}", model.label());
    // The second has an unread mail by its flags, but says it is read.
    assert!(!rows::RowModel::new(&conversation_of(2, 3, 0), &state.now).unread);
    state.update(typed("n"));
    assert_eq!(current(&state), Some(1));
}

fn conversation_of(id: i64, mails: u64, unread: u64) -> EmailRow {
    let conversation = waxwing_core::model::Conversation { mails, unread, authors: Vec::new() };
    EmailRow { flags: FlagBits::NONE, conversation: Some(conversation), ..fixture::row(id) }
}

// Tags.

fn keyword(name: &str) -> Keyword {
    Keyword::new(name).unwrap()
}

/// A window with tags, whose first mail is open and has the tag Family.
fn tagged() -> State {
    let mut state = window(WIDE);
    state.update(Message::Answered(Answer::Tags(fixture::tags())));
    let mut rows = fixture::rows();
    rows[0].keywords = fixture::keywords(&["Family", "NonJunk"]);
    give_rows(&mut state, rows);
    state.update(typed("j"));
    state
}

fn tag_commands(actions: &[Action]) -> Vec<(Vec<i64>, Vec<&str>, Vec<&str>)> {
    commands(actions)
        .into_iter()
        .filter_map(|command| match command {
            Command::SetKeywords { emails, add, remove } => Some((
                emails.iter().map(|id| id.0).collect(),
                add.iter().map(Keyword::name).collect(),
                remove.iter().map(Keyword::name).collect(),
            )),
            _ => None,
        })
        .collect()
}

#[test]
fn t_opens_a_menu_in_which_typing_finds_a_tag_and_enter_puts_it_on_and_off() {
    let mut state = tagged();
    let actions = state.update(typed("t"));
    assert!(matches!(actions.as_slice(), [Action::Focus(FIND_FIELD)]));
    state.update(Message::Filter("tri".into()));
    let names: Vec<String> = state.tag_entries("tri").into_iter().map(|entry| entry.name).collect();
    assert_eq!(names, ["Trip 2026", "tri"], "what was typed may be a new one");
    let actions = state.update(Message::ToggleChosenTag);
    assert_eq!(tag_commands(&actions), [(vec![1], vec!["Trip_2026"], vec![])]);
    assert_eq!(state.overlay, None);
    submit(&mut state, actions, 70);
    assert_eq!(state.toast.clone().unwrap().text, "Tagged 1 message");
    // It is seen at once, and taken off by the same way.
    assert!(state.list.row(0).unwrap().keywords.contains(&keyword("Trip_2026")));
    state.update(typed("t"));
    state.update(Message::Filter("trip 2026".into()));
    let entries = state.tag_entries("trip 2026");
    assert_eq!((entries.len(), entries[0].is_on), (1, true));
    let actions = state.update(Message::ToggleChosenTag);
    assert_eq!(tag_commands(&actions), [(vec![1], vec![], vec!["Trip_2026"])]);
}

#[test]
fn a_new_tag_is_offered_unless_no_tag_can_be_called_so() {
    let mut state = tagged();
    state.update(typed("t"));
    let entries = state.tag_entries("Köln");
    assert_eq!((entries.len(), entries[0].is_new, entries[0].keyword.name()), (1, true, "K&APY-ln"));
    assert!(state.tag_entries("$MDNSent").is_empty());
    assert_eq!(state.tag_entries("IMPORTANT").len(), 1);
    // Before anybody made one the usual ones are offered.
    state.update(Message::Answered(Answer::Tags(Vec::new())));
    assert_eq!(state.tag_entries("").len(), 5);
    state.update(Message::FilterStep(Step::Down));
    assert_eq!(state.overlay, Some(Overlay::Tag { filter: String::new(), chosen: 1 }));
}

#[test]
fn the_cross_of_a_tag_takes_it_off_the_open_mail() {
    let mut state = tagged();
    let mail = fixture::email(state.list.row(0).unwrap().clone());
    state.update(Message::Answered(Answer::Email(EmailId(1), Box::new(Ok(mail.into())))));
    {
        let mut screen = Simulator::with_size(Default::default(), WIDE, view(&state));
        assert!(screen.find("Family").is_ok());
        assert!(screen.find("NonJunk").is_err(), "signs between programs aren't shown");
    }
    let untag = reader::Message::Untag(keyword("Family"));
    let actions = state.update(Message::Reader(untag));
    assert_eq!(tag_commands(&actions), [(vec![1], vec![], vec!["Family"])]);
    assert_eq!(state.reader.email().unwrap().row.keywords, [keyword("NonJunk")]);
}

#[test]
fn tags_are_places_of_the_sidebar() {
    let mut state = tagged();
    let tag = fixture::tags()[1].id;
    let actions = state.update(Message::Go(ListQuery::Tagged(tag)));
    assert!(
        matches!(actions.as_slice(), [Action::Read(Ask::List { query: ListQuery::Tagged(it), .. })] if *it == tag)
    );
    // No mail has it any more: its place still says what it was.
    state.update(Message::Answered(Answer::Tags(Vec::new())));
    give_rows(&mut state, Vec::new());
    let mut screen = Simulator::with_size(Default::default(), WIDE, view(&state));
    assert!(screen.find("Family").is_ok());
    assert!(screen.find(words::EMPTY_TAGGED_NEXT).is_ok());
}

#[test]
fn a_row_shows_two_tags_and_counts_the_rest() {
    let mut state = tagged();
    let mut rows = fixture::rows();
    rows[1].keywords = fixture::keywords(&["$label1", "Family", "Trip_2026", "$Forwarded", "NonJunk"]);
    let model = rows::RowModel::new(&rows[1], &state.now);
    assert!(
        model.label().ends_with("tagged Important, tagged Family, tagged Trip 2026"),
        "{}",
        model.label()
    );
    give_rows(&mut state, rows);
    let mut screen = Simulator::with_size(Default::default(), WIDE, view(&state));
    assert!(screen.find("+1").is_ok());
}

#[test]
fn tags_of_conversations_go_to_all_their_mails() {
    let mut state = conversations();
    open_first(&mut state);
    state.update(typed("t"));
    let actions = state.update(Message::ToggleTag(keyword("Family")));
    assert!(matches!(whole(&actions)[..], [(Command::SetKeywords { .. }, ListQuery::InboxConversations)]));
}
