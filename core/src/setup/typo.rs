//! A domain that is nearly one that many people have: `gmial.com`.

use super::providers;

/// Domains that are worth a question. Short names are not: one letter more or less leads to somebody else's.
const WELL_KNOWN: [&str; 41] = [
    "gmail.com",
    "googlemail.com",
    "outlook.com",
    "outlook.de",
    "outlook.fr",
    "hotmail.com",
    "hotmail.co.uk",
    "hotmail.de",
    "hotmail.fr",
    "hotmail.it",
    "live.com",
    "yahoo.com",
    "yahoo.co.uk",
    "yahoo.de",
    "yahoo.fr",
    "yahoo.it",
    "yahoo.es",
    "yahoo.co.in",
    "yahoo.com.br",
    "icloud.com",
    "aol.com",
    "gmx.net",
    "gmx.com",
    "t-online.de",
    "freenet.de",
    "posteo.de",
    "mailbox.org",
    "fastmail.com",
    "proton.me",
    "protonmail.com",
    "tutanota.com",
    "yandex.ru",
    "orange.fr",
    "wanadoo.fr",
    "laposte.net",
    "comcast.net",
    "verizon.net",
    "libero.it",
    "bluewin.ch",
    "btinternet.com",
    "rediffmail.com",
];

/// Names that belong to one provider, whatever stands after them.
const BRANDS: [(&str, &str); 3] =
    [("gmail", "gmail.com"), ("googlemail", "googlemail.com"), ("icloud", "icloud.com")];

/// The well-known domain that was probably meant. Never for one that is known itself.
pub fn did_you_mean(domain: &str) -> Option<&'static str> {
    if providers::is_known(domain) || WELL_KNOWN.contains(&domain) {
        return None;
    }
    let Some((name, ending)) = domain.split_once('.') else {
        // The ending was forgotten.
        let meant = |known: &&&str| known.split_once('.').is_some_and(|(name, _)| name == domain);
        return WELL_KNOWN.iter().find(meant).copied();
    };
    if let Some((_, meant)) = BRANDS.iter().find(|(brand, _)| *brand == name) {
        return Some(meant);
    }
    let distance = |known: &&'static str| {
        let (known_name, known_ending) = known.split_once('.')?;
        let (in_name, in_ending) = (edits(name, known_name), edits(ending, known_ending));
        // A wrong letter in a short name, or in a country's ending, makes the name of somebody else.
        let most_in_name = match known_name.chars().count() {
            0..=4 => 0,
            5 => 1,
            _ => 2,
        };
        let most_in_ending = if known_ending.len() > 2 { 1 } else { 0 };
        let is_near = in_name <= most_in_name && in_ending <= most_in_ending && in_name + in_ending <= 2;
        is_near.then_some((in_name + in_ending, *known))
    };
    WELL_KNOWN.iter().filter_map(distance).min_by_key(|(edits, _)| *edits).map(|(_, known)| known)
}

/// How many letters are wrong, missing, too many, or have changed places with their neighbour (Damerau and Levenshtein, each
/// place edited once).
fn edits(one: &str, other: &str) -> usize {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    // Far apart whatever the letters; and nothing long is compared.
    if one.len().abs_diff(other.len()) > 2 || one.len() > 40 {
        return usize::MAX / 4;
    }
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=other.len()).collect();
    for (row, letter) in one.iter().enumerate() {
        let mut line = vec![row + 1];
        for (column, its) in other.iter().enumerate() {
            let at = |line: &[usize], place: usize| line.get(place).copied().unwrap_or(usize::MAX / 4);
            let replaced = at(&above, column) + usize::from(letter != its);
            let mut least = replaced.min(at(&above, column + 1) + 1).min(at(&line, column) + 1);
            let swapped = row > 0
                && column > 0
                && one.get(row - 1) == Some(its)
                && other.get(column - 1) == Some(letter);
            if swapped {
                least = least.min(at(&before, column - 1) + 1);
            }
            line.push(least);
        }
        before = std::mem::replace(&mut above, line);
    }
    above.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usual_slips_are_seen() {
        for (typed, meant) in [
            ("gmial.com", "gmail.com"),
            ("gamil.com", "gmail.com"),
            ("gmal.com", "gmail.com"),
            ("gmaill.com", "gmail.com"),
            ("gnail.com", "gmail.com"),
            ("gmail.con", "gmail.com"),
            ("gmail.co", "gmail.com"),
            ("gmail.de", "gmail.com"),
            ("gmial.con", "gmail.com"),
            ("gmail", "gmail.com"),
            ("hotmial.com", "hotmail.com"),
            ("hotmal.co.uk", "hotmail.co.uk"),
            ("hotnial.com", "hotmail.com"),
            ("outlok.com", "outlook.com"),
            ("outllook.de", "outlook.de"),
            ("yaho.com", "yahoo.com"),
            ("yhaoo.fr", "yahoo.fr"),
            ("icoud.com", "icloud.com"),
            ("aol.con", "aol.com"),
            ("t-onlin.de", "t-online.de"),
            ("protonmial.com", "protonmail.com"),
        ] {
            assert_eq!(did_you_mean(typed), Some(meant), "{typed}");
        }
    }

    #[test]
    fn domains_of_others_are_left_alone() {
        for typed in [
            "gmx.de",
            "gmx.at",
            "gmx.ch",
            "gmx.li",
            "gmx.it",
            "web.de",
            "wp.pl",
            "me.com",
            "mac.com",
            "aol.de",
            "mail.com",
            "email.com",
            "ymail.com",
            "gmx.us",
            "live.de",
            "qq.com",
            "163.com",
            "126.com",
            "free.fr",
            "example.org",
            "uni-mainz.de",
            "posteo.net",
            "mail.de",
            "web.com",
            "wob.de",
            "aon.at",
            "live.org",
            "five.com",
            "love.com",
            "gmd.net",
            "al.com",
            "ao.com",
            "outlook.es",
            "hotmail.be",
            "yahoo.at",
            "tutanota.de",
            "a.b",
            "x",
            "",
        ] {
            assert_eq!(did_you_mean(typed), None, "{typed}");
        }
    }

    #[test]
    fn nobody_well_known_is_taken_for_another() {
        for known in WELL_KNOWN {
            assert_eq!(did_you_mean(known), None, "{known}");
        }
    }

    #[test]
    fn edits_are_counted() {
        assert_eq!(edits("gmail", "gmail"), 0);
        assert_eq!(edits("gmial", "gmail"), 1);
        assert_eq!(edits("gmil", "gmail"), 1);
        assert_eq!(edits("gmaail", "gmail"), 1);
        assert_eq!(edits("gnoil", "gmail"), 2);
        assert_eq!(edits("", "ab"), 2);
        assert!(edits("abcdef", "ab") > 100);
    }
}
