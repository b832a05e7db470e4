//! A thread that lays out and paints, so that the window never waits for a mail.
//!
//! It holds the mails that are open, and lets go of those that are not (`Request::Keep`). A mail that brings the engine down is told of, and so is the next one shown; one that takes for
//! ever is left behind with its thread (`Worker::begin_anew`).

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, Sender, channel};

use iced::Rectangle;
use iced::advanced::image::Handle;
use iced::futures::channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};

use super::page::{Link, Look, Page, Pictures, Sought};
use crate::widget::Strip;

/// Layout goes deep: tables in tables.
const STACK: usize = 64 << 20;
/// Height of a strip, in logical pixels.
pub const STRIP: f32 = 512.0;

/// A mail's page, by a number of the window's choice. Later ones are larger.
pub type Number = u64;

/// What can be asked.
pub enum Request {
    /// Lay out a mail.
    Open {
        page: Number,
        html: String,
        look: Look,
        pictures: Pictures,
    },
    /// Paint one strip, counted from the top.
    Strip {
        page: Number,
        strip: usize,
    },
    /// What is at a place.
    Look {
        page: Number,
        x: f32,
        y: f32,
    },
    SelectFrom {
        page: Number,
        x: f32,
        y: f32,
    },
    SelectTo {
        page: Number,
        x: f32,
        y: f32,
    },
    /// Give the text that is selected.
    Copy {
        page: Number,
    },
    /// Where that stands.
    Find {
        page: Number,
        sought: Sought,
    },
    /// Whatever is none of these pages is closed, and goes.
    Keep {
        pages: Vec<Number>,
    },
}

/// Most mails that are held, whoever forgets to close some: the oldest go first.
const MOST_PAGES: usize = 12;

/// What is answered.
#[derive(Clone, Debug)]
pub enum Answer {
    /// Its turn has come: it is being laid out.
    Begun {
        page: Number,
    },
    /// It is laid out, so high (logical pixels).
    LaidOut {
        page: Number,
        height: f32,
    },
    Painted {
        page: Number,
        strip: usize,
        tile: Strip,
    },
    /// The link at the place that was last asked about.
    At {
        page: Number,
        link: Option<Link>,
    },
    /// The selection is another one: what was painted no longer holds.
    Selected {
        page: Number,
    },
    Copied {
        page: Number,
        text: String,
    },
    /// Where it stands, from top to bottom.
    Found {
        page: Number,
        sought: Sought,
        places: Vec<Vec<Rectangle>>,
    },
    /// It can't be shown like this.
    Failed {
        page: Number,
    },
}

/// The thread, as long as something holds this.
pub struct Worker {
    requests: Sender<Request>,
    answers: UnboundedSender<Answer>,
}

impl Worker {
    /// Starts it; its answers come out of the second.
    pub fn start() -> (Self, UnboundedReceiver<Answer>) {
        let (answers, received) = unbounded();
        (Self { requests: thread(answers.clone()), answers }, received)
    }

    /// Asks for something. What is about a page that is no longer there is passed over.
    pub fn ask(&self, request: Request) {
        // Without a thread there is no answer, as when it takes for ever.
        let _ = self.requests.send(request);
    }

    /// Leaves a thread that doesn't answer to itself and starts another.
    pub fn begin_anew(&mut self) {
        self.requests = thread(self.answers.clone());
    }
}

fn thread(answers: UnboundedSender<Answer>) -> Sender<Request> {
    let (requests, received) = channel();
    let started = std::thread::Builder::new()
        .name("waxwing-html".into())
        .stack_size(STACK)
        .spawn(move || run(&received, &answers));
    if let Err(error) = started {
        tracing::error!(%error, "no thread for the HTML of mails");
    }
    requests
}

fn run(requests: &Receiver<Request>, answers: &UnboundedSender<Answer>) {
    let mut open: Vec<(Number, Page)> = Vec::new();
    while let Ok(request) = requests.recv() {
        // Of what was asked meanwhile, only what is about mails that are still open matters.
        let waiting: Vec<Request> = std::iter::once(request).chain(requests.try_iter()).collect();
        let last = waiting.iter().enumerate().rev().find_map(|(place, request)| match request {
            Request::Keep { pages } => Some((place, pages.clone())),
            _ => None,
        });
        for (place, request) in waiting.into_iter().enumerate() {
            let is_closed = |(keep, pages): &(usize, Vec<Number>)| {
                place < *keep && !matches!(request, Request::Keep { .. }) && !pages.contains(&request.page())
            };
            if last.as_ref().is_some_and(is_closed) {
                continue;
            }
            let page = request.page();
            if matches!(request, Request::Open { .. })
                && answers.unbounded_send(Answer::Begun { page }).is_err()
            {
                return;
            }
            let answer = catch_unwind(AssertUnwindSafe(|| answer(request, &mut open)));
            let answer = answer.unwrap_or_else(|_| {
                open.retain(|(number, _)| *number != page);
                Some(Answer::Failed { page })
            });
            if answer.is_some_and(|answer| answers.unbounded_send(answer).is_err()) {
                return;
            }
        }
    }
}

impl std::fmt::Debug for Request {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // What is in a mail reaches no log.
        write!(f, "Request(page {})", self.page())
    }
}

impl Request {
    fn page(&self) -> Number {
        match self {
            Self::Open { page, .. }
            | Self::Strip { page, .. }
            | Self::Look { page, .. }
            | Self::SelectFrom { page, .. }
            | Self::SelectTo { page, .. }
            | Self::Copy { page }
            | Self::Find { page, .. } => *page,
            // About all of them.
            Self::Keep { .. } => 0,
        }
    }
}

fn answer(request: Request, open: &mut Vec<(Number, Page)>) -> Option<Answer> {
    let request = match request {
        Request::Open { page, html, look, pictures } => {
            open.retain(|(number, _)| *number != page);
            if open.len() >= MOST_PAGES {
                open.remove(0);
            }
            let laid_out = Page::new(&html, &look, pictures);
            let height = laid_out.height();
            open.push((page, laid_out));
            return Some(Answer::LaidOut { page, height });
        }
        Request::Keep { pages } => {
            open.retain(|(number, _)| pages.contains(number));
            return None;
        }
        request => request,
    };
    let wanted = request.page();
    let (page, laid_out) = open.iter_mut().find(|(page, _)| *page == wanted)?;
    let page = *page;
    match request {
        Request::Open { .. } | Request::Keep { .. } => None,
        Request::Strip { strip, .. } => {
            let top = place(strip);
            let height = (laid_out.height() - top).min(STRIP);
            let (width, height, pixels) = (height > 0.0).then(|| laid_out.strip(top, height))?;
            let size = laid_out.logical(width, height);
            let image = Handle::from_rgba(width, height, pixels);
            Some(Answer::Painted { page, strip, tile: Strip { image, size } })
        }
        Request::Look { x, y, .. } => Some(Answer::At { page, link: laid_out.link_at(x, y) }),
        Request::SelectFrom { x, y, .. } => {
            let had = laid_out.selected().is_some();
            laid_out.select_from(x, y);
            had.then_some(Answer::Selected { page })
        }
        Request::SelectTo { x, y, .. } => laid_out.select_to(x, y).then_some(Answer::Selected { page }),
        Request::Find { sought, .. } => {
            let places = laid_out.find(&sought);
            Some(Answer::Found { page, sought, places })
        }
        Request::Copy { .. } => laid_out.selected().map(|text| Answer::Copied { page, text }),
    }
}

/// Where a strip begins.
pub fn place(strip: usize) -> f32 {
    // Far below what an f32 counts exactly.
    f32::from(u16::try_from(strip).unwrap_or(u16::MAX)) * STRIP
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use iced::futures::StreamExt as _;
    use iced::futures::executor::block_on;

    use super::super::page::Rgb;
    use super::*;

    fn open(page: Number, html: &str) -> Request {
        let grey = Rgb(0, 0, 0);
        let look = Look {
            width: 300.0,
            scale: 2.0,
            text: grey,
            muted: grey,
            link: grey,
            ground: Rgb(255, 255, 255),
            fold: Rgb(230, 230, 230),
            is_dark: false,
            zoom: 1.0,
            folds: true,
        };
        Request::Open { page, html: html.into(), look, pictures: Arc::new(|_| None) }
    }

    /// The next answer that says more than that a page's turn has come.
    fn next(answers: &mut UnboundedReceiver<Answer>) -> Option<Answer> {
        loop {
            match block_on(answers.next()) {
                Some(Answer::Begun { .. }) => {}
                answer => return answer,
            }
        }
    }

    #[test]
    fn several_mails_are_held_and_what_is_closed_goes() {
        let (worker, mut answers) = Worker::start();
        for page in 1..=3 {
            worker.ask(open(page, "<p>x</p>"));
        }
        for page in 1..=3 {
            assert!(matches!(next(&mut answers), Some(Answer::LaidOut { page: it, .. }) if it == page));
        }
        worker.ask(Request::Keep { pages: vec![1, 3] });
        worker.ask(Request::Strip { page: 2, strip: 0 });
        worker.ask(Request::Strip { page: 1, strip: 0 });
        assert!(matches!(next(&mut answers), Some(Answer::Painted { page: 1, .. })), "the second is gone");
        worker.ask(Request::Strip { page: 3, strip: 0 });
        assert!(matches!(next(&mut answers), Some(Answer::Painted { page: 3, .. })));
        for page in 4..=40 {
            worker.ask(open(page, "<p>x</p>"));
        }
        worker.ask(Request::Strip { page: 1, strip: 0 });
        worker.ask(Request::Strip { page: 40, strip: 0 });
        let last = std::iter::from_fn(|| next(&mut answers)).find(|it| matches!(it, Answer::Painted { .. }));
        assert!(matches!(last, Some(Answer::Painted { page: 40, .. })), "they have bounds");
    }

    #[test]
    fn a_page_is_laid_out_painted_and_read() {
        let (worker, mut answers) = Worker::start();
        worker.ask(open(1, "<p><a href=\"https://example.org/\">Hello</a></p>"));
        let Some(Answer::LaidOut { page: 1, height }) = next(&mut answers) else { panic!("laid out") };
        worker.ask(Request::Strip { page: 1, strip: 7 });
        worker.ask(Request::Strip { page: 1, strip: 0 });
        let Some(Answer::Painted { strip: 0, tile, .. }) = next(&mut answers) else { panic!("painted") };
        assert!((tile.size.width - 300.0).abs() < 1.0 && (tile.size.height - height).abs() < 1.0);
        worker.ask(Request::SelectFrom { page: 1, x: 1.0, y: height / 2.0 });
        worker.ask(Request::SelectTo { page: 1, x: 30.0, y: height / 2.0 });
        assert!(matches!(next(&mut answers), Some(Answer::Selected { page: 1 })));
        worker.ask(Request::Copy { page: 1 });
        let Some(Answer::Copied { text, .. }) = next(&mut answers) else { panic!("copied") };
        assert!("Hello".starts_with(&text), "{text:?}");
    }

    #[test]
    fn what_is_about_an_earlier_page_is_passed_over_and_a_new_thread_goes_on() {
        let (mut worker, mut answers) = Worker::start();
        worker.ask(open(1, "<p>one</p>"));
        assert!(matches!(next(&mut answers), Some(Answer::LaidOut { page: 1, .. })));
        worker.begin_anew();
        worker.ask(Request::Strip { page: 1, strip: 0 });
        worker.ask(open(2, "<p>two</p>"));
        assert!(matches!(next(&mut answers), Some(Answer::LaidOut { page: 2, .. })));
    }

    #[test]
    fn a_mail_that_brings_the_engine_down_is_told_of_and_the_next_is_shown() {
        let (worker, mut answers) = Worker::start();
        let Request::Open { html, look, .. } = open(1, "<img src=\"waxwing-part:1\" alt=\"x\">") else {
            panic!()
        };
        let pictures: Pictures = Arc::new(|_| panic!("as an engine would"));
        worker.ask(Request::Open { page: 1, html, look, pictures });
        assert!(matches!(next(&mut answers), Some(Answer::Failed { page: 1 })));
        worker.ask(open(2, "<p>two</p>"));
        assert!(matches!(next(&mut answers), Some(Answer::LaidOut { page: 2, .. })));
    }
}
