//! Parameters of a part's fields (RFC 2045, 2231), for the names of files: as mailers write them.

use super::{charset, encoded_words};

/// Most pieces that a value is put together from.
const MOST_PIECES: usize = 1_000;

/// A parameter as it stands; its name is in lower case.
struct Parameter {
    name: String,
    value: Vec<u8>,
}

/// The value of a parameter of a field, decoded; the form that tells its charset is believed before the plain one.
pub(super) fn value(field: &[u8], name: &str) -> Option<String> {
    let parameters = parameters(field);
    let named = |wanted: &str| parameters.iter().find(|parameter| parameter.name == wanted);
    if let Some(extended) = named(&format!("{name}*")) {
        return Some(extended_text(&extended.value));
    }
    if let Some(text) = in_pieces(&parameters, name) {
        return Some(text);
    }
    named(name).map(|plain| encoded_words::decoded(&plain.value))
}

/// `name*0`, `name*1*` …, in whichever order they stand.
fn in_pieces(parameters: &[Parameter], name: &str) -> Option<String> {
    let mut pieces: Vec<(u32, bool, &[u8])> = parameters
        .iter()
        .filter_map(|parameter| {
            let number = parameter.name.strip_prefix(name)?.strip_prefix('*')?;
            let (number, is_extended) =
                number.strip_suffix('*').map_or((number, false), |number| (number, true));
            Some((number.parse().ok()?, is_extended, parameter.value.as_slice()))
        })
        .take(MOST_PIECES)
        .collect();
    pieces.sort_by_key(|(number, ..)| *number);
    let (_, is_extended, first) = *pieces.first()?;
    let (charset, rest) = if is_extended { told_charset(first) } else { (None, first) };
    let mut octets = Vec::new();
    for (place, (_, is_extended, piece)) in pieces.iter().enumerate() {
        let piece = if place == 0 { rest } else { piece };
        match is_extended {
            true => octets.extend(unescaped(piece)),
            false => octets.extend_from_slice(piece),
        }
    }
    if charset.is_none() && !pieces.iter().any(|(_, is_extended, _)| *is_extended) {
        return Some(encoded_words::decoded(&octets));
    }
    Some(charset::decoded(&octets, charset.as_deref()).into_owned())
}

fn extended_text(value: &[u8]) -> String {
    let (charset, rest) = told_charset(value);
    charset::decoded(&unescaped(rest), charset.as_deref()).into_owned()
}

/// `charset'language'rest`
fn told_charset(value: &[u8]) -> (Option<String>, &[u8]) {
    let mut pieces = value.splitn(3, |octet| *octet == b'\'');
    match (pieces.next(), pieces.next(), pieces.next()) {
        (Some(charset), Some(_), Some(rest)) => (Some(String::from_utf8_lossy(charset).into_owned()), rest),
        _ => (None, value),
    }
}

/// `%FC` is an octet, and all else as it stands.
pub(super) fn unescaped(value: &[u8]) -> Vec<u8> {
    let mut octets = Vec::with_capacity(value.len());
    let mut rest = value;
    while let Some((octet, behind)) = rest.split_first() {
        rest = behind;
        let digits = behind.get(..2).filter(|digits| digits.iter().all(u8::is_ascii_hexdigit));
        let digits = digits.and_then(|digits| std::str::from_utf8(digits).ok());
        match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(escaped) if *octet == b'%' => {
                octets.push(escaped);
                rest = behind.get(2..).unwrap_or_default();
            }
            _ => octets.push(*octet),
        }
    }
    octets
}

fn parameters(field: &[u8]) -> Vec<Parameter> {
    let mut found = Vec::new();
    let mut rest = field;
    while let Some(place) = next_semicolon(rest) {
        rest = rest.get(place + 1..).unwrap_or_default();
        let Some(equals) = rest.iter().position(|octet| matches!(octet, b'=' | b';')) else { break };
        let (name, from) = rest.split_at(equals);
        let Some(after) = from.strip_prefix(b"=") else { continue };
        let name = String::from_utf8_lossy(name.trim_ascii()).to_ascii_lowercase();
        let after = after.trim_ascii_start();
        let value = match after.strip_prefix(b"\"") {
            Some(inside) => quoted(inside),
            None => {
                let length = after.iter().position(|octet| *octet == b';').unwrap_or(after.len());
                unfolded(after.get(..length).unwrap_or_default().trim_ascii())
            }
        };
        found.push(Parameter { name, value });
        rest = after;
        if found.len() >= MOST_PIECES {
            break;
        }
    }
    found
}

/// The next `;` outside quotes.
fn next_semicolon(field: &[u8]) -> Option<usize> {
    let (mut is_quoted, mut is_escaped) = (false, false);
    field.iter().position(|octet| {
        let was_escaped = std::mem::take(&mut is_escaped);
        match octet {
            b'"' if !was_escaped => is_quoted = !is_quoted,
            b'\\' if is_quoted && !was_escaped => is_escaped = true,
            b';' => return !is_quoted,
            _ => {}
        }
        false
    })
}

/// Up to the closing quote. A stroke takes its meaning from a quote or a stroke alone: others are of a path.
fn quoted(inside: &[u8]) -> Vec<u8> {
    let mut value = Vec::new();
    let mut octets = inside.iter().copied().peekable();
    while let Some(octet) = octets.next() {
        match octet {
            b'"' => break,
            b'\\' => value.push(octets.next_if(|next| matches!(next, b'"' | b'\\')).unwrap_or(b'\\')),
            octet => value.push(octet),
        }
    }
    unfolded(&value)
}

/// Without the line ends of folding (RFC 5322 section 2.2.3).
fn unfolded(value: &[u8]) -> Vec<u8> {
    value.iter().copied().filter(|octet| !matches!(octet, b'\r' | b'\n')).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_are_found_in_all_their_forms() {
        let name = |field: &str| value(field.as_bytes(), "filename");
        assert_eq!(name("attachment; filename=a.pdf").as_deref(), Some("a.pdf"));
        assert_eq!(
            name("attachment; FileName = \"a;\\\"b\\\".pdf\" ; size=1").as_deref(),
            Some("a;\"b\".pdf")
        );
        assert_eq!(name("attachment; filename=my file.pdf; x=y").as_deref(), Some("my file.pdf"));
        assert_eq!(name("attachment; filename=\"C:\\new\\a.pdf\"").as_deref(), Some("C:\\new\\a.pdf"));
        assert_eq!(name("attachment; filename*=utf-8''%C3%BC.pdf; filename=u.pdf").as_deref(), Some("ü.pdf"));
        assert_eq!(name("attachment; filename*1=b; filename*0=a").as_deref(), Some("ab"));
        assert_eq!(name("attachment; filename=\"never ends").as_deref(), Some("never ends"));
        assert_eq!(name("attachment; x=\"; filename=y\""), None);
        assert_eq!(name("attachment"), None);
    }

    proptest! {
        #[test]
        fn any_field_has_a_name_or_none(field in prop::collection::vec(prop::sample::select(b"; filename*0='%C3\"\\=?q utf-8\r\n\xff".to_vec()), 0..120)) {
            let mut whole = b"attachment; filename".to_vec();
            whole.extend(field);
            let _ = value(&whole, "filename");
        }
    }
}
