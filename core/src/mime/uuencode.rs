//! Files in the midst of a text, as mails had them before MIME (POSIX uuencode).

/// A file that stood in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct File {
    pub(super) name: String,
    pub(super) content: Vec<u8>,
}

/// Most files of one text.
const MOST_FILES: usize = 100;

/// Takes the files out of a text; `None`: it has none. What isn't whole stays text.
pub(super) fn without_files(text: &str) -> Option<(String, Vec<File>)> {
    if !text.starts_with("begin ") && !text.contains("\nbegin ") {
        return None;
    }
    let mut rest = String::with_capacity(text.len());
    let mut files = Vec::new();
    let mut lines = text.split_inclusive('\n');
    while let Some(line) = lines.next() {
        if files.len() < MOST_FILES
            && let Some(name) = name(line)
            && let Some((content, count)) = content(lines.clone())
        {
            files.push(File { name: name.to_owned(), content });
            lines.by_ref().take(count).for_each(drop);
        } else {
            rest.push_str(line);
        }
    }
    (!files.is_empty()).then_some((rest, files))
}

/// `begin 644 name`
fn name(line: &str) -> Option<&str> {
    let (mode, name) = line.trim_end().strip_prefix("begin ")?.split_once(' ')?;
    let is_mode = (3..=4).contains(&mode.len()) && mode.bytes().all(|octet| (b'0'..=b'7').contains(&octet));
    (is_mode && !name.trim().is_empty()).then_some(name)
}

/// The content up to `end`, and how many lines that are.
fn content<'a>(lines: impl Iterator<Item = &'a str>) -> Option<(Vec<u8>, usize)> {
    let mut content = Vec::new();
    for (count, line) in (1..).zip(lines) {
        let line = line.trim_end_matches(['\r', '\n']);
        match line {
            "end" => return Some((content, count)),
            "`" | " " | "" => {}
            line => add_line(line.as_bytes(), &mut content)?,
        }
    }
    None
}

/// A line: how many octets, then four letters for each three. Blanks at its end may be lost.
fn add_line(line: &[u8], content: &mut Vec<u8>) -> Option<()> {
    let bits = |octet: u8| (b' '..=b'`').contains(&octet).then(|| (octet - b' ') & 63);
    let (length, letters) = line.split_first()?;
    let length = usize::from(bits(*length)?);
    let wanted = length.div_ceil(3) * 4;
    // One letter more is a sum that some programs add.
    if letters.len() > wanted + 1 || letters.len() + 4 < wanted {
        return None;
    }
    let end = content.len() + length;
    for four in letters.chunks(4).take(length.div_ceil(3)) {
        let mut word = 0_u32;
        for place in 0..4 {
            word = word << 6 | u32::from(bits(four.get(place).copied().unwrap_or(b' '))?);
        }
        let [_, octets @ ..] = word.to_be_bytes();
        content.extend(octets);
    }
    content.resize(end, 0);
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_taken_out_of_a_text() {
        let text = "see:\nbegin 644 cat.txt\n#0V%T\n`\nend\nbye\n";
        let (rest, files) = without_files(text).unwrap();
        assert_eq!(rest, "see:\nbye\n");
        assert_eq!(files, [File { name: "cat.txt".into(), content: b"Cat".to_vec() }]);
    }

    #[test]
    fn what_isnt_whole_stays_text() {
        for text in [
            "begin 644 cat.txt\n#0V%T\n",
            "begin 644 cat.txt\nwords, not code: they are longer than told\nend\n",
            "begin here and end there\nend\n",
            "beginning",
        ] {
            assert_eq!(without_files(text), None, "{text}");
        }
    }
}
