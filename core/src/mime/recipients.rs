//! Whom a mail is to go to, as people type and paste it: `Ann <ann@example.org>; bob@example.org`, lines, groups.

use mail_parser::{HeaderValue, MessageParser};

/// Somebody that a mail is to go to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recipient {
    /// The display name; may be empty.
    pub name: String,
    /// As it goes over the wire: an international domain in its ASCII form (RFC 5890).
    pub address: String,
    /// What was typed.
    pub typed: String,
    /// Whether it is an address that mail can be sent to.
    pub is_valid: bool,
}

/// Everybody in a list, in order, each address once. What is no address is there all the same, for people to see.
pub fn read(list: &str) -> Vec<Recipient> {
    let mut people: Vec<Recipient> = Vec::new();
    for piece in pieces(list) {
        let one = recipient(piece);
        let is_twice = people
            .iter()
            .any(|other| other.is_valid && one.is_valid && other.address.eq_ignore_ascii_case(&one.address));
        if !is_twice {
            people.push(one);
        }
    }
    people
}

/// What stands between commas, semicolons and line ends that are in no quotes, comments or angle brackets. The name of a
/// group is left out.
fn pieces(list: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let (mut begin, mut is_quoted, mut is_escaped, mut comments, mut is_angle) =
        (0, false, false, 0_usize, false);
    let mut take = |begin: usize, end: usize| {
        let piece = list.get(begin..end).unwrap_or_default().trim();
        if !piece.is_empty() {
            pieces.push(piece);
        }
    };
    for (place, c) in list.char_indices() {
        if std::mem::take(&mut is_escaped) {
            continue;
        }
        match c {
            '\\' if is_quoted || comments > 0 => is_escaped = true,
            // A line that ends, ends whatever was forgotten to be closed.
            '\n' | '\r' => {
                take(begin, place);
                (begin, is_quoted, comments, is_angle) = (place + 1, false, 0, false);
            }
            '"' if comments == 0 => is_quoted = !is_quoted,
            _ if is_quoted => {}
            '(' => comments += 1,
            ')' => comments = comments.saturating_sub(1),
            _ if comments > 0 => {}
            '<' => is_angle = true,
            '>' => is_angle = false,
            ',' | ';' if !is_angle => {
                take(begin, place);
                begin = place + 1;
            }
            ':' if !is_angle && !list.get(begin..place).unwrap_or_default().contains('@') => {
                let word = list.get(begin..place).unwrap_or_default().trim();
                if !word.eq_ignore_ascii_case("mailto") {
                    begin = place + 1;
                }
            }
            _ => {}
        }
    }
    take(begin, list.len());
    pieces
}

fn recipient(typed: &str) -> Recipient {
    let plain = match typed.get(..7) {
        Some(scheme) if scheme.eq_ignore_ascii_case("mailto:") => typed.get(7..).unwrap_or_default(),
        _ => typed,
    };
    let none = || Recipient { typed: typed.to_owned(), ..Recipient::default() };
    if plain.chars().any(super::is_unseen) {
        return none();
    }
    let parsed = super::guard::unless_it_panics(|| {
        let header = format!("To: {plain}\r\n\r\n");
        let message = MessageParser::new().with_address_headers().parse_headers(header.as_bytes())?;
        match message.header("To") {
            Some(HeaderValue::Address(list)) => {
                let first = list.first()?;
                let (name, address) = (first.name().unwrap_or_default(), first.address().unwrap_or_default());
                (list.iter().count() == 1).then(|| (name.trim().to_owned(), address.trim().to_owned()))
            }
            _ => None,
        }
    });
    let Some((name, address)) = parsed.flatten() else { return none() };
    // The library takes the quotes of a local part away (RFC 5321 section 4.1.2), without which it would be another.
    let address = match address.rsplit_once('@') {
        Some((local, domain)) if plain.contains("\"@") => {
            format!("\"{}\"@{domain}", local.replace('\\', "\\\\").replace('"', "\\\""))
        }
        _ => address,
    };
    match on_the_wire(&address) {
        Some(address) => Recipient { name, address, typed: typed.to_owned(), is_valid: true },
        None => Recipient { name, address, ..none() },
    }
}

/// The address in the form that servers take, if it is one (RFC 5321 section 4.1.2, RFC 6531).
fn on_the_wire(address: &str) -> Option<String> {
    let (local, domain) = address.rsplit_once('@')?;
    let is_quoted = local.len() >= 2 && local.starts_with('"') && local.ends_with('"');
    let may_be = |c: char| !c.is_control() && !c.is_whitespace() && !"()<>[]:;@\\,\"".contains(c);
    let is_local = (1..=64).contains(&local.len())
        && (is_quoted
            || (local.chars().all(may_be)
                && !local.starts_with('.')
                && !local.ends_with('.')
                && !local.contains("..")));
    let is_literal = domain.starts_with('[') && domain.ends_with(']') && domain.is_ascii();
    let domain = if is_literal { domain.to_owned() } else { idna::domain_to_ascii_strict(domain).ok()? };
    let has_end =
        is_literal || domain.split('.').count() >= 2 && domain.split('.').all(|label| !label.is_empty());
    (is_local && has_end && domain.len() <= 253).then(|| format!("{local}@{domain}"))
}

#[cfg(test)]
mod tests;
