//! The page of the mail that is open, as far as it is painted: its HTML, or its text set like it.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use iced::widget::container;
use iced::{Element, Fill, Rectangle};

use crate::html::{self, Answer, FOLD, Link, Number, Request, STRIP, Sought};
use crate::theme;
use crate::ui;
use crate::widget::{Happened, Strip, paper};

/// Longer than any mail should take. One that does is shown as text.
const PATIENCE: Duration = Duration::from_secs(3);
/// Free around the light card on which a mail lies that brings colours of its own.
const CARD_PADDING: f32 = 16.0;

/// The page within what scrolls.
pub const PAGE: &str = "page";

/// Waits for its turn so often before it counts as late: others are laid out first.
const TURNS: u8 = 8;
/// Strips so far out of sight are let go, and painted again when one comes back.
const NEAR: usize = 4;

/// Pages are told apart by it.
static PAGES: AtomicU64 = AtomicU64::new(1);

/// What is to be shown of a mail.
#[derive(Debug, Default)]
pub struct Source {
    /// Fit to be shown.
    pub html: String,
    /// Pictures that are part of the mail, by the address they have in the HTML.
    pub parts: HashMap<String, Vec<u8>>,
    /// Its pictures on the network.
    pub remote: Remote,
    /// It was made from plain text.
    pub is_text: bool,
}

impl Source {
    /// The plain text of a mail with that subject, set as a page.
    pub fn of_text(text: &str, subject: &str) -> Self {
        let html = if text.trim().is_empty() { String::new() } else { html::of_text(text, subject) };
        Self { html, is_text: true, ..Self::default() }
    }

    /// Whether it says what colours it has, so that those of a dark theme would not fit.
    pub fn has_colours(&self) -> bool {
        !self.is_text && ["color", "background"].iter().any(|word| self.html.contains(word))
    }
}

/// What of a mail lies on the network.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Remote {
    /// Pictures that would be shown.
    pub images: usize,
    /// They were asked for, and are part of the page as far as they came.
    pub is_shown: bool,
    /// They are to be fetched unasked: the person said so of this sender.
    pub is_always: bool,
    /// Who would be told that the mail was opened.
    pub trackers: Vec<String>,
}

/// The page of it.
pub(super) struct Shown {
    page: Number,
    /// Tells it apart from others on the screen, however often it is laid out.
    number: u64,
    has_begun: bool,
    /// It was asked for, and isn't laid out.
    is_waited_for: bool,
    turns: u8,
    /// How many times it was said that it is waited for, and not yet that the time is over.
    waits: u8,
    is_seen: bool,
    source: Arc<Source>,
    /// Looked for once: the page is drawn often.
    has_colours: bool,
    room: f32,
    zoom: f32,
    /// What is quoted at the end is put away.
    folds: bool,
    /// `None` until it was laid out.
    height: Option<f32>,
    strips: Vec<Option<Strip>>,
    asked: HashSet<usize>,
    in_sight: (usize, usize),
    link: Option<Link>,
    /// What is looked for in it, where that stands, and which of the places was gone to.
    sought: Sought,
    places: Vec<Vec<Rectangle>>,
    place: usize,
    is_failed: bool,
}

/// What `app` is to do about it.
#[derive(Debug)]
pub enum Wish {
    LayOut {
        page: Number,
        source: Arc<Source>,
        width: f32,
        zoom: f32,
        folds: bool,
    },
    Ask(Request),
    /// After that time, say `Late`.
    Wait(Duration, Number),
    /// Lay out with another thread.
    BeginAnew,
    Follow(String),
    /// Ask before this one is followed: its text names another host.
    Doubt(String),
    Copy(String),
    /// Something with a file of the mail.
    File(super::FileAsk),
    /// Ask to be taken off the mailing list the mail is from.
    Unsubscribe(waxwing_core::model::EmailId),
    /// Bring a place of the page into sight, so far below its top.
    Reveal(f32),
}

/// What can happen to it.
#[derive(Clone, Debug)]
pub enum Message {
    Page(Happened),
    Painted(Answer),
    /// It is time to give up on a page that isn't there.
    Late(Number),
    /// The theme or the pixels of the screen are others.
    LookChanged,
}

impl Shown {
    pub(super) fn new(source: Arc<Source>, zoom: f32) -> Self {
        Self {
            page: 0,
            number: PAGES.fetch_add(1, Ordering::Relaxed),
            has_begun: false,
            is_waited_for: false,
            turns: 0,
            waits: 0,
            is_seen: false,
            has_colours: source.has_colours(),
            source,
            room: 0.0,
            zoom,
            folds: true,
            height: None,
            strips: Vec::new(),
            asked: HashSet::new(),
            in_sight: (0, 0),
            link: None,
            sought: Sought::Nothing,
            places: Vec::new(),
            place: 0,
            is_failed: false,
        }
    }

    pub(super) fn is_of(&self, source: &Source) -> bool {
        self.source.html == source.html
            && self.source.parts.len() == source.parts.len()
            && self.source.remote == source.remote
    }

    /// Whether it is shown like this, and not as text.
    pub(super) fn is_shown(&self) -> bool {
        !self.is_failed
    }

    /// Nothing is in it.
    pub(super) fn is_empty(&self) -> bool {
        self.source.html.is_empty()
    }

    pub(super) fn remote(&self) -> &Remote {
        &self.source.remote
    }

    /// The link that the mouse is on.
    pub(super) fn link(&self) -> Option<&Link> {
        self.link.as_ref()
    }

    /// Shows it so much larger than usual.
    pub(super) fn zoom(&mut self, zoom: f32) -> Vec<Wish> {
        self.zoom = zoom;
        self.lay_out()
    }

    /// Looks for something; for nothing: marks nothing any more.
    pub(super) fn find(&mut self, sought: Sought) -> Vec<Wish> {
        if sought == self.sought {
            return Vec::new();
        }
        (self.sought, self.place) = (sought, 0);
        // What was put away may hold it.
        if self.folds && !self.sought.is_nothing() {
            self.folds = false;
            return self.lay_out();
        }
        self.ask_for_places()
    }

    fn ask_for_places(&mut self) -> Vec<Wish> {
        self.places.clear();
        if self.sought.is_nothing() || self.height.is_none() {
            return Vec::new();
        }
        vec![Wish::Ask(Request::Find { page: self.page, sought: self.sought.clone() })]
    }

    /// How many places were found, and which of them, from 0, was gone to.
    pub(super) fn found(&self) -> (usize, usize) {
        (self.places.len(), self.place)
    }

    /// To the next place, or to the one before.
    pub(super) fn go_on(&mut self, forward: bool) -> Vec<Wish> {
        let count = self.places.len().max(1);
        self.place = if forward { self.place + 1 } else { self.place + count - 1 } % count;
        self.reveal()
    }

    fn reveal(&self) -> Vec<Wish> {
        let top = self.places.get(self.place).and_then(|place| place.first()).map(|part| part.y);
        top.map(Wish::Reveal).into_iter().collect()
    }

    pub(super) fn update(&mut self, message: Message) -> Vec<Wish> {
        match message {
            Message::Page(happened) => self.happened(happened),
            Message::Painted(answer) => self.answered(answer),
            Message::Late(page) if page == self.page && self.is_waited_for && self.waits > 0 => self.late(),
            Message::Late(_) => Vec::new(),
            Message::LookChanged => self.lay_out(),
        }
    }

    /// Nothing came in time: its fault, unless its turn hasn't come, or came a moment ago.
    fn late(&mut self) -> Vec<Wish> {
        self.waits -= 1;
        if self.waits > 0 {
            return Vec::new();
        }
        self.turns += 1;
        if !self.has_begun && self.turns < TURNS {
            self.waits = 1;
            return vec![Wish::Wait(PATIENCE, self.page)];
        }
        (self.is_failed, self.is_waited_for) = (true, false);
        vec![Wish::BeginAnew]
    }

    /// The page as the thread that paints knows it, while there is one.
    pub(super) fn page(&self) -> Option<Number> {
        (self.page > 0 && !self.is_failed).then_some(self.page)
    }

    /// Whether it is to be seen now.
    pub(super) fn is_seen(&self) -> bool {
        self.is_seen
    }

    fn lay_out(&mut self) -> Vec<Wish> {
        if self.room < 1.0 || self.is_failed {
            return Vec::new();
        }
        self.page = PAGES.fetch_add(1, Ordering::Relaxed);
        self.asked.clear();
        (self.has_begun, self.is_waited_for) = (false, true);
        (self.turns, self.waits) = (0, 1);
        let (page, source) = (self.page, Arc::clone(&self.source));
        let (width, zoom, folds) = (self.room, self.zoom, self.folds);
        vec![Wish::LayOut { page, source, width, zoom, folds }, Wish::Wait(PATIENCE, page)]
    }

    fn happened(&mut self, happened: Happened) -> Vec<Wish> {
        let page = self.page;
        let ask = |request| vec![Wish::Ask(request)];
        match happened {
            Happened::Room(room) => {
                self.room = room;
                self.lay_out()
            }
            Happened::InSight(first, end) => {
                self.in_sight = (first, end);
                self.let_go();
                self.paint()
            }
            Happened::Seen(is_seen) => {
                self.is_seen = is_seen;
                Vec::new()
            }
            Happened::At(at) => ask(Request::Look { page, x: at.x, y: at.y }),
            Happened::Pressed(at) => ask(Request::SelectFrom { page, x: at.x, y: at.y }),
            Happened::Dragged(at) => ask(Request::SelectTo { page, x: at.x, y: at.y }),
            Happened::Clicked(_) => self.clicked(),
            Happened::Copy => ask(Request::Copy { page }),
        }
    }

    fn clicked(&mut self) -> Vec<Wish> {
        match self.link.clone() {
            Some(link) if link.address == FOLD => {
                self.folds = !self.folds;
                self.lay_out()
            }
            Some(link) if link.is_false => vec![Wish::Doubt(link.address)],
            Some(link) => vec![Wish::Follow(link.address)],
            None => Vec::new(),
        }
    }

    fn answered(&mut self, answer: Answer) -> Vec<Wish> {
        match answer {
            Answer::Begun { page } if page == self.page => {
                self.has_begun = true;
                self.waits += 1;
                vec![Wish::Wait(PATIENCE, page)]
            }
            Answer::LaidOut { page, height } if page == self.page => {
                self.is_waited_for = false;
                self.height = Some(height);
                let count = (height / STRIP).ceil().max(1.0);
                // What was painted for another width is shown until there is something better.
                #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
                self.strips.resize(count as usize, None);
                let mut wishes = self.paint();
                wishes.extend(self.ask_for_places());
                wishes
            }
            Answer::Painted { page, strip, tile } if page == self.page => {
                if let Some(slot) = self.strips.get_mut(strip) {
                    *slot = Some(tile);
                }
                Vec::new()
            }
            Answer::At { page, link } if page == self.page => {
                self.link = link;
                Vec::new()
            }
            Answer::Selected { page } if page == self.page => {
                self.asked.clear();
                let (first, end) = self.in_sight;
                let out_of_sight = |(place, _): &(usize, &mut Option<Strip>)| *place < first || *place >= end;
                self.strips.iter_mut().enumerate().filter(out_of_sight).for_each(|(_, strip)| *strip = None);
                self.paint()
            }
            Answer::Found { page, sought, places } if page == self.page && sought == self.sought => {
                self.places = places;
                self.place = self.place.min(self.places.len().saturating_sub(1));
                // A mail that was searched for is read from its beginning.
                if matches!(self.sought, Sought::Letters(_)) { self.reveal() } else { Vec::new() }
            }
            Answer::Copied { page, text } if page == self.page => vec![Wish::Copy(text)],
            Answer::Failed { page } if page == self.page => {
                (self.is_failed, self.is_waited_for) = (true, false);
                Vec::new()
            }
            _ => Vec::new(),
        }
    }

    /// What was painted far from what is in sight is not kept.
    fn let_go(&mut self) {
        let near = self.in_sight.0.saturating_sub(NEAR)..self.in_sight.1.saturating_add(NEAR);
        self.asked.retain(|strip| near.contains(strip));
        let far = self.strips.iter_mut().enumerate().filter(|(place, _)| !near.contains(place));
        far.for_each(|(_, strip)| *strip = None);
    }

    /// Asks for what is in sight and wasn't asked for.
    fn paint(&mut self) -> Vec<Wish> {
        if self.height.is_none() {
            return Vec::new();
        }
        let page = self.page;
        let wanted = self.in_sight.0..self.in_sight.1.min(self.strips.len());
        let new = wanted.filter(|strip| self.asked.insert(*strip));
        new.map(|strip| Wish::Ask(Request::Strip { page, strip })).collect()
    }

    /// The page, on a light card where the theme is dark and it has colours of its own.
    /// `has_focus`: it is the one that is scrolled to what was found in it.
    pub(super) fn view(&self, has_focus: bool) -> Element<'_, Message> {
        let page = paper(self.height.unwrap_or(1.0), STRIP, &self.strips, Message::Page)
            .number(self.number)
            .over_link(self.link.is_some())
            .marks(&self.places, self.place);
        let has_colours = self.has_colours;
        let page = container(page).width(Fill).style(move |theme| {
            if has_colours && theme::is_dark(theme) {
                ui::light_card(theme)
            } else {
                container::Style::default()
            }
        });
        let page = if has_focus { page.id(PAGE) } else { page };
        page.padding(if has_colours { [CARD_PADDING, CARD_PADDING] } else { [0.0, 0.0] }).into()
    }
}

#[cfg(test)]
mod tests {
    use iced::{Point, Size};

    use super::*;

    fn shown() -> Shown {
        Shown::new(Arc::new(Source { html: "<p>x</p>".into(), ..Source::default() }), 1.0)
    }

    /// Laid out for a room, so high.
    fn laid_out(height: f32) -> (Shown, Number) {
        let mut shown = shown();
        let wishes = shown.update(Message::Page(Happened::Room(600.0)));
        let [Wish::LayOut { page, width, .. }, Wish::Wait(..)] = &wishes[..] else { panic!("{wishes:?}") };
        assert!((width - 600.0).abs() < 0.1);
        let page = *page;
        let _ = shown.update(Message::Painted(Answer::LaidOut { page, height }));
        (shown, page)
    }

    fn strips(wishes: &[Wish]) -> Vec<usize> {
        let strip = |wish: &Wish| match wish {
            Wish::Ask(Request::Strip { strip, .. }) => *strip,
            other => panic!("{other:?}"),
        };
        wishes.iter().map(strip).collect()
    }

    fn paint(shown: &mut Shown, page: Number, strip: usize) {
        let image = iced::advanced::image::Handle::from_rgba(1, 1, vec![0; 4]);
        let tile = Strip { image, size: Size::new(1.0, 1.0) };
        let _ = shown.update(Message::Painted(Answer::Painted { page, strip, tile }));
    }

    #[test]
    fn what_is_in_sight_is_asked_for_once() {
        let (mut shown, _) = laid_out(STRIP * 10.0);
        assert_eq!(strips(&shown.update(Message::Page(Happened::InSight(0, 3)))), [0, 1, 2]);
        assert_eq!(strips(&shown.update(Message::Page(Happened::InSight(1, 4)))), [3]);
        assert_eq!(strips(&shown.update(Message::Page(Happened::InSight(8, 12)))), [8, 9]);
    }

    #[test]
    fn what_was_painted_far_from_what_is_in_sight_is_let_go() {
        let (mut shown, page) = laid_out(STRIP * 40.0);
        let _ = shown.update(Message::Page(Happened::InSight(0, 3)));
        (0..3).for_each(|strip| paint(&mut shown, page, strip));
        let _ = shown.update(Message::Page(Happened::InSight(6, 9)));
        assert!(shown.strips[2].is_some() && shown.strips[1].is_none());
        assert_eq!(
            strips(&shown.update(Message::Page(Happened::InSight(0, 3)))),
            [0, 1],
            "it is painted again"
        );
    }

    #[test]
    fn another_width_or_theme_is_laid_out_anew_and_answers_to_the_old_one_are_too_late() {
        let (mut shown, old) = laid_out(100.0);
        let wishes = shown.update(Message::LookChanged);
        assert!(matches!(&wishes[0], Wish::LayOut { page, .. } if *page != old));
        let _ = shown.update(Message::Painted(Answer::LaidOut { page: old, height: 9_000.0 }));
        assert_eq!(shown.height, Some(100.0));
        let _ = shown.update(Message::Painted(Answer::Failed { page: old }));
        assert!(shown.is_shown());
    }

    #[test]
    fn a_mail_that_takes_too_long_or_fails_is_shown_as_text() {
        let mut late = shown();
        let wishes = late.update(Message::Page(Happened::Room(600.0)));
        let Some(Wish::Wait(_, page)) = wishes.last() else { panic!("{wishes:?}") };
        let page = *page;
        assert!(matches!(late.update(Message::Late(page))[..], [Wish::Wait(..)]), "its turn hasn't come");
        assert!(matches!(late.update(Message::Painted(Answer::Begun { page }))[..], [Wish::Wait(..)]));
        assert!(late.update(Message::Late(page)).is_empty(), "it came a moment ago");
        assert!(matches!(late.update(Message::Late(page))[..], [Wish::BeginAnew]));
        assert!(late.update(Message::LookChanged).is_empty(), "it is not tried again");
        assert!(!late.is_shown());
        let (mut in_time, page) = laid_out(100.0);
        assert!(in_time.update(Message::Late(page)).is_empty() && in_time.is_shown());
        let _ = in_time.update(Message::Painted(Answer::Failed { page }));
        assert!(!in_time.is_shown());
    }

    #[test]
    fn a_link_is_seen_before_it_is_followed() {
        let (mut shown, page) = laid_out(100.0);
        let at = Point::new(5.0, 5.0);
        assert!(shown.update(Message::Page(Happened::Clicked(at))).is_empty(), "nothing is there");
        let asked = shown.update(Message::Page(Happened::At(at)));
        assert!(matches!(&asked[..], [Wish::Ask(Request::Look { .. })]));
        let link = Link { address: "https://example.org/".into(), is_false: false };
        let _ = shown.update(Message::Painted(Answer::At { page, link: Some(link.clone()) }));
        assert_eq!(shown.link(), Some(&link));
        let followed = shown.update(Message::Page(Happened::Clicked(at)));
        assert!(matches!(&followed[..], [Wish::Follow(address)] if address == "https://example.org/"));
        let link = Some(Link { is_false: true, ..link });
        let _ = shown.update(Message::Painted(Answer::At { page, link }));
        let doubted = shown.update(Message::Page(Happened::Clicked(at)));
        assert!(matches!(&doubted[..], [Wish::Doubt(address)] if address == "https://example.org/"));
    }

    #[test]
    fn what_is_folded_opens_with_a_click_and_where_something_is_looked_for() {
        let (mut shown, page) = laid_out(100.0);
        let link = Some(Link { address: FOLD.into(), is_false: false });
        let _ = shown.update(Message::Painted(Answer::At { page, link }));
        let at = Point::new(5.0, 5.0);
        let wishes = shown.update(Message::Page(Happened::Clicked(at)));
        assert!(matches!(&wishes[0], Wish::LayOut { folds: false, .. }), "{wishes:?}");
        let (mut shown, _) = laid_out(100.0);
        let wishes = shown.find(Sought::Letters("x".into()));
        let Wish::LayOut { folds: false, page, .. } = wishes[0] else { panic!("{wishes:?}") };
        let asked = shown.update(Message::Painted(Answer::LaidOut { page, height: 120.0 }));
        assert!(matches!(&asked[..], [Wish::Ask(Request::Find { .. })]), "{asked:?}");
    }

    #[test]
    fn one_goes_from_place_to_place_and_round() {
        let (mut shown, _) = laid_out(100.0);
        let sought = Sought::Letters("x".into());
        let Wish::LayOut { page, .. } = shown.find(sought.clone())[0] else { panic!() };
        let _ = shown.update(Message::Painted(Answer::LaidOut { page, height: 900.0 }));
        let place = |y: u8| vec![Rectangle { y: f32::from(y), ..Rectangle::default() }];
        let places = vec![place(10), place(50), place(90)];
        let wishes = shown.update(Message::Painted(Answer::Found { page, sought, places }));
        assert!(matches!(wishes[..], [Wish::Reveal(10.0)]));
        assert!(matches!(shown.go_on(false)[..], [Wish::Reveal(90.0)]));
        assert!(matches!(shown.go_on(true)[..], [Wish::Reveal(10.0)]));
        assert!(matches!(shown.go_on(true)[..], [Wish::Reveal(50.0)]));
        assert_eq!(shown.found(), (3, 1));
        assert!(shown.find(Sought::Nothing).is_empty() && shown.found().0 == 0);
    }

    #[test]
    fn what_is_selected_is_painted_anew_where_it_is_in_sight_and_copied() {
        let (mut shown, page) = laid_out(STRIP * 4.0);
        let _ = shown.update(Message::Page(Happened::InSight(0, 4)));
        (0..4).for_each(|strip| paint(&mut shown, page, strip));
        let _ = shown.update(Message::Page(Happened::InSight(0, 2)));
        assert_eq!(strips(&shown.update(Message::Painted(Answer::Selected { page }))), [0, 1]);
        assert!(
            shown.strips[0].is_some() && shown.strips[3].is_none(),
            "nothing flickers, nothing old is left"
        );
        let copied = shown.update(Message::Painted(Answer::Copied { page, text: "x".into() }));
        assert!(matches!(&copied[..], [Wish::Copy(text)] if text == "x"));
    }

    #[test]
    fn colours_of_a_mail_are_known() {
        let source = |html: &str| Source { html: html.into(), ..Source::default() };
        assert!(source("<p style=\"color: red\">x</p>").has_colours());
        assert!(source("<td bgcolor=\"#fff\">x</td>").has_colours());
        assert!(!source("<p>x</p>").has_colours());
        assert!(!Source::of_text("the color of money", "").has_colours());
    }
}
