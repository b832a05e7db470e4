//! What was typed, step by step, to be taken back and done again.

use super::marks::Piece;

/// Most that is kept, in bytes of text: a step holds all of it.
const MOST: usize = 8 << 20;

/// What kind of change a step is. Letters typed one after another are one step, up to the end of a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// A letter; whether it belongs to a word.
    Letter(bool),
    Erasing,
    /// Anything else: stands by itself.
    Other,
}

/// The steps before and after the text as it is.
#[derive(Clone, Debug, Default)]
pub struct History {
    past: Vec<Piece>,
    future: Vec<Piece>,
    last: Option<Step>,
}

impl History {
    /// Something is about to be done to this.
    pub fn before(&mut self, piece: Piece, step: Step) {
        self.future.clear();
        let goes_on = match (self.last, step) {
            (Some(Step::Letter(was_word)), Step::Letter(is_word)) => was_word || !is_word,
            (Some(Step::Erasing), Step::Erasing) => true,
            _ => false,
        };
        self.last = Some(step);
        if !goes_on && self.past.last() != Some(&piece) {
            self.past.push(piece);
            self.forget();
        }
    }

    /// The cursor went elsewhere: what is typed now is another step.
    pub fn moved(&mut self) {
        self.last = None;
    }

    /// The text as it was before the last step.
    pub fn undo(&mut self, now: Piece) -> Option<Piece> {
        let before = self.past.pop()?;
        self.future.push(now);
        self.last = None;
        Some(before)
    }

    /// The text as it was before that was taken back.
    pub fn redo(&mut self, now: Piece) -> Option<Piece> {
        let after = self.future.pop()?;
        self.past.push(now);
        self.last = None;
        Some(after)
    }

    fn forget(&mut self) {
        let mut bytes: usize = self.past.iter().map(|piece| piece.text.len()).sum();
        while bytes > MOST && self.past.len() > 1 {
            bytes -= self.past.remove(0).text.len();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A text one types at the end of.
    struct Typed {
        history: History,
        now: Piece,
    }

    impl Typed {
        fn new() -> Self {
            Self { history: History::default(), now: Piece::default() }
        }

        fn letters(&mut self, text: &str) {
            for letter in text.chars() {
                self.history.before(self.now.clone(), Step::Letter(letter.is_alphanumeric()));
                let end = self.now.text.len();
                self.now = self.now.with(end..end, &letter.to_string());
            }
        }

        fn erase(&mut self) {
            self.history.before(self.now.clone(), Step::Erasing);
            let end = self.now.text.len();
            self.now = self.now.with(end - 1..end, "");
        }

        fn undo(&mut self) -> &str {
            if let Some(before) = self.history.undo(self.now.clone()) {
                self.now = before;
            }
            &self.now.text
        }

        fn redo(&mut self) -> &str {
            if let Some(after) = self.history.redo(self.now.clone()) {
                self.now = after;
            }
            &self.now.text
        }
    }

    #[test]
    fn words_go_one_by_one_and_come_back() {
        let mut typed = Typed::new();
        typed.letters("one two, three");
        assert_eq!(typed.undo(), "one two, ");
        assert_eq!(typed.undo(), "one ");
        assert_eq!(typed.redo(), "one two, ");
        assert_eq!(typed.redo(), "one two, three");
        assert_eq!(typed.redo(), "one two, three", "there is no more");
        for _ in 0..3 {
            typed.undo();
        }
        assert_eq!((typed.now.text.as_str(), typed.now.at), ("", 0));
        assert_eq!(typed.undo(), "");
    }

    #[test]
    fn what_is_typed_after_an_undo_is_the_only_future() {
        let mut typed = Typed::new();
        typed.letters("one two");
        typed.undo();
        typed.letters("three");
        assert_eq!(typed.redo(), "one three");
        assert_eq!(typed.undo(), "one ");
    }

    #[test]
    fn erasing_is_a_step_and_so_is_what_is_typed_elsewhere() {
        let mut typed = Typed::new();
        typed.letters("word");
        typed.erase();
        typed.erase();
        typed.letters("n");
        assert_eq!(typed.undo(), "wo");
        assert_eq!(typed.undo(), "word");
        typed.letters("s");
        typed.history.moved();
        typed.letters("t");
        assert_eq!(typed.undo(), "words");
    }

    #[test]
    fn a_large_text_takes_no_more_than_there_is_room_for() {
        let mut history = History::default();
        let large = |number: usize| Piece::new(format!("{number}{}", "x".repeat(1 << 20)), 0, 0);
        for number in 0..50 {
            history.before(large(number), Step::Other);
        }
        let mut steps = 0;
        while history.undo(Piece::default()).is_some() {
            steps += 1;
        }
        assert!((4..=8).contains(&steps), "{steps}");
    }
}
