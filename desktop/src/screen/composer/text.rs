//! The text of a mail in its editor, with all that was done to it.

use iced::widget::text_editor::{Action, Content, Cursor, Edit, Motion, Position};

use super::history::{History, Step};
use super::marks::{self, Mark, Piece};

/// A text one writes, its cursor, and its steps.
#[derive(Debug, Default)]
pub struct Text {
    content: Content,
    history: History,
}

impl Text {
    /// The cursor is at the beginning.
    pub fn of(text: &str) -> Self {
        Self { content: Content::with_text(&with_line_feeds(text)), history: History::default() }
    }

    pub fn content(&self) -> &Content {
        &self.content
    }

    pub fn text(&self) -> String {
        with_line_feeds(&self.content.text())
    }

    /// What the person does in the editor. Says whether the text is another one now.
    pub fn perform(&mut self, action: Action) -> bool {
        let Action::Edit(edit) = action else {
            if !matches!(action, Action::Scroll { .. }) {
                self.history.moved();
            }
            self.content.perform(action);
            return false;
        };
        let before = self.piece();
        let step = match &edit {
            Edit::Insert(letter) => Step::Letter(letter.is_alphanumeric()),
            Edit::Enter => Step::Letter(false),
            Edit::Backspace | Edit::Delete => Step::Erasing,
            _ => Step::Other,
        };
        if edit == Edit::Enter
            && let Some(after) = marks::enter(&before)
        {
            self.change_to(before, &after);
            return true;
        }
        self.history.before(before, step);
        let edit = match edit {
            Edit::Paste(text) => Edit::Paste(with_line_feeds(&text).into()),
            edit => edit,
        };
        self.content.perform(Action::Edit(edit));
        true
    }

    pub fn toggle(&mut self, mark: Mark) {
        let before = self.piece();
        let after = marks::toggle(&before, mark);
        self.change_to(before, &after);
    }

    /// Puts that in the place of what is selected.
    pub fn insert(&mut self, text: &str) {
        self.perform(Action::Edit(Edit::Paste(text.to_owned().into())));
    }

    /// Makes it another text, which can be taken back.
    pub fn replace(&mut self, text: &str) {
        let before = self.piece();
        let text = with_line_feeds(text);
        let boundary = |at: usize| text.floor_char_boundary(at.min(text.len()));
        let after = Piece::new(text.clone(), boundary(before.at), boundary(before.at));
        self.change_to(before, &after);
    }

    pub fn undo(&mut self) -> bool {
        let before = self.history.undo(self.piece());
        before.map(|before| self.put(&before)).is_some()
    }

    pub fn redo(&mut self) -> bool {
        let after = self.history.redo(self.piece());
        after.map(|after| self.put(&after)).is_some()
    }

    /// The text with its cursor.
    pub fn piece(&self) -> Piece {
        let text = self.text();
        let cursor = self.content.cursor();
        let at = offset(&text, cursor.position);
        let anchor = cursor.selection.map_or(at, |selection| offset(&text, selection));
        Piece { text, at, anchor }
    }

    fn change_to(&mut self, before: Piece, after: &Piece) {
        if before.text != after.text {
            self.history.before(before, Step::Other);
        }
        self.put(after);
    }

    /// Makes it that text, touching no more of the editor's than what is another: it stays where it is scrolled.
    fn put(&mut self, piece: &Piece) {
        let now = self.text();
        let (old, new) = difference(&now, &piece.text);
        if !old.is_empty() || !new.is_empty() {
            self.select(&now, old.start, old.end);
            let edit = if new.is_empty() { Edit::Delete } else { Edit::Paste(new.to_owned().into()) };
            self.content.perform(Action::Edit(edit));
        }
        self.select(&piece.text, piece.anchor, piece.at);
    }

    fn select(&mut self, text: &str, anchor: usize, at: usize) {
        // Any motion lets go of what is selected, which a place alone doesn't.
        self.content.perform(Action::Move(Motion::Left));
        let selection = (anchor != at).then(|| position(text, anchor));
        self.content.move_to(Cursor { position: position(text, at), selection });
    }

    /// Puts the cursor at the beginning.
    pub fn begin_at_top(&mut self) {
        let text = self.text();
        self.select(&text, 0, 0);
    }
}

fn with_line_feeds(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n")
}

/// What of one text stands in the place of what of the other.
fn difference<'a>(now: &str, then: &'a str) -> (std::ops::Range<usize>, &'a str) {
    let same = now.bytes().zip(then.bytes()).take_while(|(a, b)| a == b).count();
    let mut begin = same;
    while !now.is_char_boundary(begin) || !then.is_char_boundary(begin) {
        begin -= 1;
    }
    let rest = |text: &str| text.len() - begin;
    let most = rest(now).min(rest(then));
    let mut end = now.bytes().rev().zip(then.bytes().rev()).take(most).take_while(|(a, b)| a == b).count();
    while !now.is_char_boundary(now.len() - end) || !then.is_char_boundary(then.len() - end) {
        end -= 1;
    }
    (begin..now.len() - end, then.get(begin..then.len() - end).unwrap_or_default())
}

fn offset(text: &str, position: Position) -> usize {
    let mut start = 0;
    for (number, line) in text.split('\n').enumerate() {
        if number == position.line {
            return start + position.column.min(line.len());
        }
        start += line.len() + 1;
    }
    text.len()
}

fn position(text: &str, offset: usize) -> Position {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.matches('\n').count();
    let column = before.len() - before.rfind('\n').map_or(0, |place| place + 1);
    Position { line, column }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(text: &mut Text, letters: &str) {
        for letter in letters.chars() {
            let edit = if letter == '\n' { Edit::Enter } else { Edit::Insert(letter) };
            text.perform(Action::Edit(edit));
        }
    }

    #[test]
    fn what_is_typed_is_undone_and_done_again_with_its_marks() {
        let mut text = Text::of("");
        typed(&mut text, "Grüße an dich");
        text.toggle(Mark::Bold);
        assert_eq!(text.text(), "Grüße an **dich**");
        assert!(text.undo());
        assert_eq!(text.text(), "Grüße an dich");
        assert!(text.undo() && text.undo());
        assert_eq!(text.text(), "Grüße ");
        assert!(text.redo() && text.redo() && text.redo());
        assert_eq!(text.text(), "Grüße an **dich**");
        assert!(!text.redo());
        typed(&mut text, "!");
        assert_eq!(text.text(), "Grüße an **dich!**", "the cursor is where it was");
    }

    #[test]
    fn enter_goes_on_with_a_list() {
        let mut text = Text::of("");
        typed(&mut text, "- one\ntwo\n\nend");
        assert_eq!(text.text(), "- one\n- two\nend");
    }

    #[test]
    fn a_selection_gets_a_mark_and_keeps_it() {
        let mut text = Text::of("one two\nthree");
        text.perform(Action::SelectAll);
        text.toggle(Mark::Quote);
        assert_eq!(text.text(), "> one two\n> three");
        text.toggle(Mark::Quote);
        assert_eq!(text.text(), "one two\nthree");
        text.insert("x");
        assert_eq!(text.text(), "x");
    }

    #[test]
    fn line_ends_of_other_systems_are_line_feeds() {
        let mut text = Text::of("a\r\nb\rc");
        assert_eq!(text.text(), "a\nb\nc");
        text.insert("1\r\n2");
        assert_eq!(text.text(), "1\n2a\nb\nc");
        assert_eq!(text.piece().at, 3);
    }

    #[test]
    fn places_are_found_in_letters_of_several_bytes() {
        let text = "aü\n\nöb";
        for at in (0..=text.len()).filter(|at| text.is_char_boundary(*at)) {
            assert_eq!(offset(text, position(text, at)), at);
        }
        assert_eq!(difference("aäb", "aüb"), (1..3, "ü"));
        assert_eq!(difference("aaa", "aa"), (2..3, ""));
        assert_eq!(difference("x", "x"), (1..1, ""));
    }

    #[test]
    fn another_text_can_be_taken_back() {
        let mut text = Text::of("mine\n\n-- \nAda");
        text.replace("mine\n\n-- \nWork");
        assert_eq!(text.text(), "mine\n\n-- \nWork");
        text.undo();
        assert_eq!(text.text(), "mine\n\n-- \nAda");
    }
}
