//! What an answer quotes at its end, folded away while one writes.

/// The text without the quotation that it ends with, and that with the line that introduces it. Where something stands below the
/// quotation, or nothing above it, nothing is folded.
pub(super) fn fold(text: &str) -> (String, String) {
    let whole = || (text.to_owned(), String::new());
    let lines: Vec<&str> = text.trim_end().split('\n').collect();
    let is_quote = |line: &&str| line.starts_with('>');
    let quoted = lines.iter().rev().take_while(|line| is_quote(line) || line.trim().is_empty());
    let quotes = quoted.clone().filter(|line| is_quote(line)).count();
    if quotes == 0 {
        return whole();
    }
    // Empty lines above the first quoted one are not of it.
    let length =
        quoted.clone().enumerate().filter(|(_, line)| is_quote(line)).map(|(place, _)| place + 1).max();
    let mut begin = lines.len() - length.unwrap_or_default();
    let blank = |place: usize| lines.get(place).is_some_and(|line| line.trim().is_empty());
    // The line that says who wrote it, right above, or with an empty one between; it may be two lines long.
    let mut above = begin;
    while above > 0 && blank(above - 1) && begin - above < 1 {
        above -= 1;
    }
    let introduces = |place: usize| lines.get(place).is_some_and(|line| line.trim_end().ends_with(':'));
    if above > 0 && introduces(above - 1) {
        begin = above - 1;
        if begin > 0 && !blank(begin - 1) && lines.get(begin - 1).is_some_and(|line| line.starts_with("On "))
        {
            begin -= 1;
        }
    }
    let (own, folded) = (lines.get(..begin).unwrap_or_default(), lines.get(begin..).unwrap_or_default());
    if begin == 0 {
        return whole();
    }
    // One empty line above is what keeps them apart.
    let own = own.join("\n");
    (own.strip_suffix('\n').unwrap_or(&own).to_owned(), folded.join("\n"))
}

/// The text with what was folded away, a line apart.
pub(super) fn whole(own: &str, folded: &str) -> String {
    if folded.is_empty() {
        return own.to_owned();
    }
    let apart = if own.is_empty() || own.ends_with('\n') { "\n" } else { "\n\n" };
    format!("{own}{apart}{folded}\n")
}

/// The line that introduces it, and how many lines there are.
pub(super) fn described(folded: &str) -> (String, usize) {
    let introduction: Vec<&str> = folded.lines().take_while(|line| !line.starts_with('>')).collect();
    let lines = folded.lines().filter(|line| line.starts_with('>')).count();
    (introduction.join(" ").trim().to_owned(), lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quotation_at_the_end_is_folded_with_who_wrote_it() {
        let text = "\n\n-- \nAda\n\nOn 9 July, Mira wrote:\n> one\n>\n> two\n";
        let (own, folded) = fold(text);
        assert_eq!(own, "\n\n-- \nAda");
        assert_eq!(folded, "On 9 July, Mira wrote:\n> one\n>\n> two");
        assert_eq!(described(&folded), ("On 9 July, Mira wrote:".into(), 3));
        assert_eq!(whole(&own, &folded), text, "nothing is lost");
    }

    #[test]
    fn what_is_written_above_goes_before_it_and_folds_again() {
        let (_, folded) = fold("\n\nOn 9 July wrote:\n\n> one\n");
        assert_eq!(folded, "On 9 July wrote:\n\n> one");
        let written = whole("Thanks!", &folded);
        assert_eq!(written, "Thanks!\n\nOn 9 July wrote:\n\n> one\n");
        assert_eq!(fold(&written), ("Thanks!".into(), folded));
    }

    #[test]
    fn what_has_words_below_or_nothing_above_stays() {
        for text in ["Hello\n\n> one\n\nmine", "no quote", "> one\n> two", "", "On x wrote:\n> a"] {
            assert_eq!(fold(text), (text.to_owned(), String::new()));
        }
    }

    #[test]
    fn an_introduction_of_two_lines_goes_along() {
        let (own, folded) =
            fold("mine\n\nOn Thursday, the ninth of July,\nMira <mira@example.org> wrote:\n> a");
        assert_eq!(own, "mine");
        assert!(folded.starts_with("On Thursday"), "{folded}");
    }
}
