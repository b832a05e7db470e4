//! From a letter typed into the search field to what was found on the screen, without a screen: `typed_to_painted DIRECTORY`
//! with a store of `store-figures search-small MAILS DIRECTORY`.
//!
//! Build it with `cargo build --release --workspace --examples`. It asserts nothing.
#![allow(
    clippy::expect_used,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    clippy::print_stdout,
    reason = "a program for people at a terminal"
)]

use std::path::Path;
use std::time::{Duration, Instant};

use iced::{Size, mouse, window};
use iced_test::core::clipboard::Null;
use iced_test::core::renderer::{Headless, Style};
use iced_test::runtime::user_interface::{Cache, UserInterface};
use waxwing_core::Reader;
use waxwing_core::model::ListQuery;
use waxwing_core::store::Store;
use waxwing_desktop::screen::mailbox::search::OnSearch;
use waxwing_desktop::screen::mailbox::{self, Action, Answer, Ask, Message, State};
use waxwing_desktop::theme;
use waxwing_desktop::words::dates::Now;

const SIZE: Size = Size::new(1280.0, 800.0);

fn main() {
    let directory = std::env::args().nth(1).expect("a directory with a store");
    let store = Store::open(Path::new(&directory)).expect("the store");
    let reader = store.reader();
    let (mut state, first) = State::new(SIZE, Now::read(), None);
    for action in first {
        carry_out(&mut state, &reader, action);
    }
    let page = reader.page(ListQuery::AllInboxes, 0, 1_000).expect("a page");
    let words: Vec<String> = page
        .rows
        .iter()
        .step_by(25)
        .filter_map(|row| row.subject.split(' ').next().map(str::to_owned))
        .collect();
    state.update(Message::Search(OnSearch::Open));
    let mut screen = Screen::new();
    screen.paint(&state);
    let (mut asked, mut painted, mut both) = (Vec::new(), Vec::new(), Vec::new());
    for word in &words {
        for (place, letter) in word.char_indices() {
            let typed = word.get(..place + letter.len_utf8()).unwrap_or_default().to_owned();
            let began = Instant::now();
            let actions = state.update(Message::Search(OnSearch::Typed(typed)));
            for action in actions {
                carry_out(&mut state, &reader, action);
            }
            let found = began.elapsed();
            screen.paint(&state);
            asked.push(found);
            painted.push(began.elapsed().saturating_sub(found));
            both.push(began.elapsed());
        }
    }
    println!("{} letters of {} words", both.len(), words.len());
    for (name, times) in [("asked and read", asked), ("laid out and painted", painted), ("both", both)] {
        println!("{name:22} {}", spread(times));
    }
}

/// Plays the part of the app.
fn carry_out(state: &mut State, reader: &Reader, action: Action) {
    let Action::Read(ask) = action else { return };
    let answer = match ask {
        Ask::Found { words, scope, count, number } => {
            Answer::Found(number, reader.search(&words, scope, 0, count).expect("what is found"))
        }
        Ask::Coverage(scope) => Answer::Coverage(scope, reader.coverage(scope).expect("the coverage")),
        Ask::Overview => {
            let accounts = reader.accounts().expect("accounts");
            let mailboxes =
                accounts.iter().flat_map(|account| reader.mailboxes(account.id).expect("mailboxes"));
            Answer::Overview(accounts.clone(), mailboxes.collect())
        }
        _ => return,
    };
    for action in state.update(Message::Answered(answer)) {
        carry_out(state, reader, action);
    }
}

/// A window that is none.
struct Screen {
    renderer: iced::Renderer,
    cache: Option<Cache>,
}

impl Screen {
    fn new() -> Self {
        let fonts = theme::FONTS.into_iter().map(Into::into).collect();
        let settings = iced::Settings { fonts, ..iced::Settings::default() };
        // It is what loads the fonts.
        let _: iced_test::Simulator<'_, ()> =
            iced_test::Simulator::with_settings(settings, iced::widget::space());
        let renderer = <iced::Renderer as Headless>::new(theme::REGULAR, 16.0.into(), Some("tiny-skia"));
        let renderer = iced::futures::executor::block_on(renderer).expect("a painter");
        Self { renderer, cache: Some(Cache::default()) }
    }

    fn paint(&mut self, state: &State) {
        let look = theme::light_theme();
        let cache = self.cache.take().unwrap_or_default();
        let mut ui = UserInterface::build(mailbox::view(state), SIZE, cache, &mut self.renderer);
        let redraw = iced::Event::Window(window::Event::RedrawRequested(Instant::now()));
        let nowhere = mouse::Cursor::Unavailable;
        let _ = ui.update(&[redraw], nowhere, &mut self.renderer, &mut Null, &mut Vec::new());
        let ink = Style { text_color: theme::of(&look).text.0 };
        ui.draw(&mut self.renderer, &look, &ink, nowhere);
        let size = Size::new(SIZE.width as u32, SIZE.height as u32);
        let _ = self.renderer.screenshot(size, 1.0, theme::of(&look).canvas.0);
        self.cache = Some(ui.into_cache());
    }
}

fn spread(mut times: Vec<Duration>) -> String {
    times.sort_unstable();
    let at = |part: f64| {
        let place = ((times.len() as f64 * part) as usize).min(times.len().saturating_sub(1));
        times.get(place).map_or(0.0, |time| time.as_secs_f64() * 1e3)
    };
    format!(
        "median {:.2} ms, p95 {:.2} ms, p99 {:.2} ms, longest {:.2} ms",
        at(0.5),
        at(0.95),
        at(0.99),
        at(1.0)
    )
}
