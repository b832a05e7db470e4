//! Where the words of a search stand in a text, so that they can be shown.
//!
//! Words are the same as in the index (`mime::words`): case and accents count as little there, and scripts without blanks
//! are met at any place.

use std::ops::Range;

use unicode_normalization::char::is_combining_mark;

use super::words::{LONGEST_WORD, asked_words, folded, is_lone_letter, is_part, is_unspaced};

/// Texts longer than this are shown, not looked through: a row shows a line.
const MOST_TEXT: usize = 1 << 20;

/// Where these words stand in a text, in octets: in their order, none touching another. Each is a word, several that must
/// follow each other, or, with a `*` at its end, the beginning of one.
pub fn places(text: &str, sought: &[String]) -> Vec<Range<usize>> {
    let sought: Vec<Sought> = sought.iter().filter_map(|words| Sought::read(words)).collect();
    if sought.is_empty() || text.len() > MOST_TEXT {
        return Vec::new();
    }
    let words = words_of(text);
    let mut found: Vec<Range<usize>> = Vec::new();
    for at in 0..words.len() {
        found.extend(sought.iter().filter_map(|sought| sought.at(words.get(at..)?)));
    }
    found.sort_unstable_by_key(|place| (place.start, place.end));
    let mut apart: Vec<Range<usize>> = Vec::with_capacity(found.len());
    for place in found {
        match apart.last_mut() {
            Some(last) if place.start <= last.end => last.end = last.end.max(place.end),
            _ => apart.push(place),
        }
    }
    apart
}

/// Words in sequence.
struct Sought {
    words: Vec<String>,
    is_beginning: bool,
}

impl Sought {
    fn read(text: &str) -> Option<Self> {
        let words = asked_words(text);
        let is_beginning = text.ends_with('*') || words.last().is_some_and(|word| is_lone_letter(word));
        (!words.is_empty()).then_some(Self { words, is_beginning })
    }

    /// Where it stands, if it does at the beginning of these words.
    fn at(&self, words: &[Word]) -> Option<Range<usize>> {
        let (last, before) = self.words.split_last()?;
        let (first, end) = (words.first()?, words.get(before.len())?);
        let follows = before.iter().zip(words).all(|(sought, word)| word.is(sought));
        if !follows {
            return None;
        }
        if end.is(last) {
            return Some(first.start()..end.end());
        }
        let length = last.chars().count();
        (self.is_beginning && end.begins_with(last))
            .then(|| first.start()..end.letters.get(length - 1).map_or(end.end(), |letter| letter.end))
    }
}

/// A letter as the index has it, and where it stands in the text. Letters that folding made of one stand at its place.
#[derive(Clone, Copy)]
struct Letter {
    letter: char,
    start: usize,
    end: usize,
}

/// A word as the index has it: a pair of letters in scripts without blanks.
struct Word {
    letters: Vec<Letter>,
    /// It stands for the whole word, of which the index knows the beginning.
    whole_end: usize,
}

impl Word {
    fn of(letters: &[Letter]) -> Self {
        let whole_end = letters.last().map_or(0, |letter| letter.end);
        Self { letters: letters.iter().copied().take(LONGEST_WORD).collect(), whole_end }
    }

    fn start(&self) -> usize {
        self.letters.first().map_or(0, |letter| letter.start)
    }

    fn end(&self) -> usize {
        self.whole_end
    }

    fn is(&self, word: &str) -> bool {
        self.letters.iter().map(|letter| letter.letter).eq(word.chars())
    }

    fn begins_with(&self, word: &str) -> bool {
        let mut letters = self.letters.iter();
        word.chars().all(|sought| letters.next().is_some_and(|letter| letter.letter == sought))
    }
}

/// The words of a text as the index divides them.
fn words_of(text: &str) -> Vec<Word> {
    let (mut words, mut run) = (Vec::new(), Vec::new());
    let mut letters = text.char_indices().peekable();
    while let Some((start, first)) = letters.next() {
        // What belongs to one letter is folded with it.
        while letters.next_if(|(_, next)| goes_with(*next)).is_some() {}
        let end = letters.peek().map_or(text.len(), |(end, _)| *end);
        if !is_part(first) {
            end_run(&mut run, &mut words);
            continue;
        }
        for letter in folded(text.get(start..end).unwrap_or_default()).chars() {
            let splits =
                run.last().is_some_and(|last: &Letter| is_unspaced(last.letter) != is_unspaced(letter));
            if splits || !is_part(letter) {
                end_run(&mut run, &mut words);
            }
            if is_part(letter) {
                run.push(Letter { letter, start, end });
            }
        }
    }
    end_run(&mut run, &mut words);
    words
}

/// Marks, the halves of Korean syllables, and the half-wide voicing of kana.
fn goes_with(letter: char) -> bool {
    is_combining_mark(letter) || matches!(letter, '\u{1160}'..='\u{11ff}' | '\u{ff9e}' | '\u{ff9f}')
}

fn end_run(run: &mut Vec<Letter>, words: &mut Vec<Word>) {
    if run.first().is_some_and(|first| is_unspaced(first.letter)) {
        words.extend(run.windows(2).map(Word::of));
        words.extend(run.last().map(|last| Word::of(&[*last])));
    } else if !run.is_empty() {
        words.push(Word::of(run));
    }
    run.clear();
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The text with what is found in brackets.
    fn shown(text: &str, sought: &[&str]) -> String {
        let sought: Vec<String> = sought.iter().map(|words| (*words).to_owned()).collect();
        let mut shown = String::new();
        let mut after = 0;
        for place in places(text, &sought) {
            shown.push_str(&text[after..place.start]);
            shown.push('[');
            shown.push_str(&text[place.clone()]);
            shown.push(']');
            after = place.end;
        }
        shown.push_str(&text[after..]);
        shown
    }

    #[test]
    fn words_stand_out_whatever_their_case_and_accents() {
        assert_eq!(shown("Grüße aus Łódź, GRUSSE!", &["grusse", "lodz"]), "[Grüße] aus [Łódź], [GRUSSE]!");
        assert_eq!(
            shown("re\u{301}sume\u{301} and resume", &["résumé"]),
            "[re\u{301}sume\u{301}] and [resume]"
        );
        assert_eq!(shown("party and art", &["art"]), "party and [art]", "a word, not any letters");
        assert_eq!(shown("ﬁnal ＡＢＣ", &["final", "abc"]), "[ﬁnal] [ＡＢＣ]");
    }

    #[test]
    fn a_beginning_stands_out_as_far_as_it_was_typed() {
        assert_eq!(shown("Meetings of the meeting", &["meet*"]), "[Meet]ings of the [meet]ing");
        assert_eq!(shown("Straßen", &["strass*"]), "[Straß]en");
        assert_eq!(shown("ada@example.org", &["ada@exam*"]), "[ada@exam]ple.org");
    }

    #[test]
    fn words_in_sequence_stand_out_together() {
        assert_eq!(shown("an Alle: hier alle an", &["an alle"]), "[an Alle]: hier alle an");
        assert_eq!(shown("report-2024_final.PDF", &["report 2024", "pdf"]), "[report-2024]_final.[PDF]");
        assert_eq!(shown("one two three", &["one two", "two three"]), "[one two three]");
    }

    #[test]
    fn scripts_without_blanks_are_met_in_the_middle() {
        assert_eq!(shown("Re: 会議の時間", &["時間"]), "Re: 会議の[時間]");
        assert_eq!(shown("日本語です", &["本語で"]), "日[本語で]す");
        assert_eq!(shown("日本語", &["本"]), "日[本]語");
        assert_eq!(shown("데이터를 봅니다", &["데이터"]), "[데이터]를 봅니다");
        assert_eq!(shown("ﾃﾞｰﾀ", &["デー"]), "[ﾃﾞｰ]ﾀ");
        assert_eq!(shown("第3回", &["3"]), "第[3]回");
    }

    #[test]
    fn nothing_sought_or_nothing_there_is_nothing_found() {
        assert_eq!(places("text", &[]), [] as [Range<usize>; 0]);
        assert_eq!(places("text", &[String::new(), "*".into(), "-".into()]), [] as [Range<usize>; 0]);
        assert_eq!(places("", &["text".into()]), [] as [Range<usize>; 0]);
    }

    proptest::proptest! {
        #[test]
        fn whatever_is_found_lies_in_the_text(text in "\\PC{0,60}", sought in "\\PC{0,12}") {
            let found = places(&text, &[sought.clone(), format!("{sought}*")]);
            let mut after = 0;
            for place in found {
                proptest::prop_assert!(place.start >= after && place.start < place.end);
                proptest::prop_assert!(text.get(place.clone()).is_some());
                after = place.end;
            }
        }

        /// What the index would find stands out somewhere.
        #[test]
        fn a_text_is_found_in_itself(text in "[a-zA-Zäöß日本語が 0-9.-]{1,20}") {
            let words = asked_words(&text);
            proptest::prop_assume!(!words.is_empty());
            proptest::prop_assert!(!places(&text, std::slice::from_ref(&text)).is_empty(), "{words:?}");
        }
    }
}
