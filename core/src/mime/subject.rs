//! Subjects of answers: what programs of all languages put before a subject, once.

/// How answers begin, in lower case.
const ANSWERS: &[&str] = &[
    "re",
    "aw",
    "antw",
    "antwort",
    "sv",
    "vs",
    "vast",
    "odp",
    "ynt",
    "cevap",
    "res",
    "resp",
    "ref",
    "rif",
    "bls",
    "atb",
    "vá",
    "vál",
    "r\u{e9}",
    "réf",
    "rép",
    "ответ",
    "отв",
    "на",
    "від",
    "відп",
    "απ",
    "απάντηση",
    "σχετ",
    "odpověď",
    "回复",
    "回覆",
    "答复",
    "答覆",
    "返信",
    "답장",
    "회신",
    "رد",
    "תגובה",
    "השב",
    "ha",
    "reply",
    "trả lời",
];
/// How mail begins that was passed on.
const FORWARDS: &[&str] = &[
    "fwd",
    "fw",
    "wg",
    "tr",
    "rv",
    "enc",
    "doorst",
    "vb",
    "vl",
    "vid",
    "vidb",
    "pd",
    "ilt",
    "i̇lt",
    "yml",
    "fs",
    "továbbítás",
    "tov",
    "перес",
    "пересл",
    "переслано",
    "прд",
    "πρθ",
    "转发",
    "轉寄",
    "轉發",
    "転送",
    "전달",
    "إعادة توجيه",
    "הועבר",
    "fwd.",
    "forward",
    "chuyển tiếp",
];
/// Single letters are taken for what Italian programs write only in capitals.
const LETTERS: [(&str, Kind); 2] = [("R", Kind::Answer), ("I", Kind::Forward)];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Answer,
    Forward,
}

/// The subject of an answer.
pub(super) fn of_answer(subject: &str) -> String {
    begun("Re: ", subject, Kind::Answer)
}

/// The subject of a mail that is passed on.
pub(super) fn of_forward(subject: &str) -> String {
    begun("Fwd: ", subject, Kind::Forward)
}

/// Whether it says that it answers or passes something on.
pub(super) fn is_of_another(subject: &str) -> bool {
    prefix(subject.trim_start()).is_some()
}

fn begun(prefix: &str, subject: &str, kind: Kind) -> String {
    let subject = without(subject.trim(), kind);
    // What a list put before it: `[list] Re: subject`.
    let listed = subject.strip_prefix('[').and_then(|rest| rest.split_once(']'));
    if let Some((list, rest)) = listed {
        let bare = without(rest.trim_start(), kind);
        if bare.len() < rest.trim_start().len() {
            return format!("{prefix}[{list}] {bare}");
        }
    }
    format!("{prefix}{subject}")
}

fn without(subject: &str, kind: Kind) -> &str {
    let mut rest = subject;
    while let Some((found, behind)) = prefix(rest)
        && found == kind
    {
        rest = behind;
    }
    rest
}

/// What a subject begins with, and what is behind: `Re: `, `RE[2]: `, `Antw (3) : `.
fn prefix(subject: &str) -> Option<(Kind, &str)> {
    const LONGEST: usize = 40;
    let end = subject.char_indices().take(LONGEST).find(|(_, c)| matches!(c, ':' | '：'))?;
    let (word, behind) = (subject.get(..end.0)?, subject.get(end.0 + end.1.len_utf8()..)?);
    let word = word.trim();
    let counted = [('[', ']'), ('(', ')')].iter().find_map(|(open, close)| {
        let (word, count) = word.strip_suffix(*close)?.rsplit_once(*open)?;
        (!count.is_empty() && count.bytes().all(|c| c.is_ascii_digit())).then(|| word.trim_end())
    });
    // `Re^2:` of programs of old.
    let counted = counted.or_else(|| {
        let (word, count) = word.rsplit_once(['^', '*'])?;
        count.bytes().all(|c| c.is_ascii_digit()).then_some(word)
    });
    let word = counted.unwrap_or(word);
    let lower = word.to_lowercase();
    let kind = if ANSWERS.contains(&lower.as_str()) {
        Kind::Answer
    } else if FORWARDS.contains(&lower.as_str()) {
        Kind::Forward
    } else {
        LETTERS.iter().find(|(letter, _)| *letter == word)?.1
    };
    Some((kind, behind.trim_start()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_language_doubles_what_is_put_before_a_subject() {
        for subject in [
            "Plans",
            "Re: Plans",
            "RE: Plans",
            "re:Plans",
            "AW: Plans",
            "SV: Plans",
            "VS: Plans",
            "Antw: Plans",
            "Odp: Plans",
            "Re[2]: Plans",
            "Re (3): Plans",
            "Re: AW: RE: Plans",
            "Re : Plans",
            "Rép: Plans",
            "回复：Plans",
            "Ответ: Plans",
            "ΑΠ: Plans",
            "YNT: Plans",
            "R: Plans",
            "Re^2: Plans",
            "RES: Plans",
        ] {
            assert_eq!(of_answer(subject), "Re: Plans", "{subject}");
        }
        for subject in [
            "Plans",
            "Fwd: Plans",
            "FW: Plans",
            "WG: Plans",
            "TR: Plans",
            "RV: Plans",
            "Fwd: WG: Plans",
            "转发: Plans",
            "I: Plans",
            "Doorst: Plans",
            "PD: Plans",
        ] {
            assert_eq!(of_forward(subject), "Fwd: Plans", "{subject}");
        }
    }

    #[test]
    fn what_else_stands_before_a_colon_stays() {
        assert_eq!(of_answer("Fwd: Plans"), "Re: Fwd: Plans");
        assert_eq!(of_forward("Re: Plans"), "Fwd: Re: Plans");
        assert_eq!(of_answer("[list] Re: Plans"), "Re: [list] Plans");
        assert_eq!(of_answer("[list] Plans"), "Re: [list] Plans");
        assert_eq!(of_answer("Reading: list"), "Re: Reading: list");
        assert_eq!(of_answer("i: x, r: y"), "Re: i: x, r: y");
        assert_eq!(of_answer(""), "Re: ");
        assert_eq!(of_answer("12:30"), "Re: 12:30");
    }
}
