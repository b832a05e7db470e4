//! Whom a mail is to go to, as people type and paste it: `Ann <ann@example.org>; bob@example.org`, lines, groups.

use core::net::{Ipv4Addr, Ipv6Addr};

/// Longest name, in bytes: what a line of a header can hold (RFC 5322 section 2.1.1).
const LONGEST_NAME: usize = 900;

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

impl Recipient {
    /// How it is written in a list; what is no address as it was typed.
    pub fn written(&self) -> String {
        if self.is_valid { mailbox(&self.name, &self.address) } else { self.typed.clone() }
    }
}

/// A name and an address as one mailbox of a list: `"Lee, Ann" <ann@example.org>`.
pub fn mailbox(name: &str, address: &str) -> String {
    let name = clean(name);
    if name.is_empty() {
        return address.to_owned();
    }
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_' | '\'') || !c.is_ascii();
    if name.chars().all(is_plain) {
        return format!("{name} <{address}>");
    }
    format!("\"{}\" <{address}>", name.replace('\\', "\\\\").replace('"', "\\\""))
}

/// Everybody in a list, in order, each address once. What is no address is there all the same, for people to see.
pub fn read(list: &str) -> Vec<Recipient> {
    let mut known = std::collections::HashSet::new();
    let people = pieces(list).into_iter().map(recipient);
    people.filter(|one| !one.is_valid || known.insert(one.address.to_lowercase())).collect()
}

/// What a character does to a list, beside standing in it.
#[derive(Default)]
struct Place {
    is_quoted: bool,
    is_escaped: bool,
    comments: usize,
    is_angle: bool,
}

impl Place {
    /// Takes the next character; whether it stands free: in no quotes, comments or angle brackets.
    fn step(&mut self, c: char) -> bool {
        if std::mem::take(&mut self.is_escaped) {
            return false;
        }
        match c {
            '\\' if self.is_quoted || self.comments > 0 => self.is_escaped = true,
            '"' if self.comments == 0 => self.is_quoted = !self.is_quoted,
            _ if self.is_quoted => {}
            '(' => self.comments += 1,
            ')' => self.comments = self.comments.saturating_sub(1),
            _ if self.comments > 0 => {}
            '<' => self.is_angle = true,
            '>' => self.is_angle = false,
            _ => return !self.is_angle,
        }
        false
    }
}

/// What stands between commas, semicolons and line ends that are in no quotes, comments or angle brackets. The name of a
/// group is left out.
fn pieces(list: &str) -> Vec<&str> {
    // Where each begins and ends, and whether a comma ended it.
    let mut found: Vec<(usize, usize, bool)> = Vec::new();
    let (mut begin, mut place) = (0, Place::default());
    for (at, c) in list.char_indices() {
        // A line that ends, ends whatever was forgotten to be closed.
        if matches!(c, '\n' | '\r') {
            found.push((begin, at, false));
            (begin, place) = (at + 1, Place::default());
            continue;
        }
        if !place.step(c) {
            continue;
        }
        let before = || list.get(begin..at).unwrap_or_default();
        match c {
            ',' | ';' => {
                found.push((begin, at, c == ','));
                begin = at + 1;
            }
            // Columns of a table: a name and an address belong together, two addresses don't.
            '\t' if before().contains('@') => {
                found.push((begin, at, false));
                begin = at + 1;
            }
            ':' if !before().contains('@') && !before().trim().eq_ignore_ascii_case("mailto") => {
                begin = at + 1;
            }
            _ => {}
        }
    }
    found.push((begin, list.len(), false));
    whole_names(list, &found)
}

/// `Lee, Ann <ann@example.org>` is one: nobody put quotes around its comma.
fn whole_names<'a>(list: &'a str, found: &[(usize, usize, bool)]) -> Vec<&'a str> {
    let mut pieces = Vec::new();
    // Where a name may have begun, and what it is in pieces.
    let mut begun: Option<usize> = None;
    let mut waiting: Vec<&str> = Vec::new();
    for (begin, end, is_comma) in found {
        let piece = list.get(*begin..*end).unwrap_or_default().trim();
        let is_name = !piece.is_empty() && !piece.contains(['@', '<', '"', '(']);
        if is_name && *is_comma {
            begun.get_or_insert(*begin);
            waiting.push(piece);
            continue;
        }
        let has_name = piece.find('<').is_some_and(|place| place > 0) && !piece.starts_with('"');
        match begun.take() {
            Some(first) if has_name => {
                waiting.clear();
                pieces.push(list.get(first..*end).unwrap_or_default().trim());
            }
            _ => {
                pieces.append(&mut waiting);
                pieces.push(piece);
            }
        }
    }
    pieces.append(&mut waiting);
    pieces.retain(|piece| !piece.is_empty());
    pieces
}

fn recipient(typed: &str) -> Recipient {
    let none = || Recipient { typed: typed.to_owned(), ..Recipient::default() };
    if typed.chars().any(|c| c.is_control() && c != '\t') {
        return none();
    }
    // What address books put around names to keep them in their direction.
    let visible: String = typed.chars().filter(|c| *c == '\t' || !super::is_unseen(*c)).collect();
    let plain = match visible.get(..7) {
        Some(scheme) if scheme.eq_ignore_ascii_case("mailto:") => visible.get(7..).unwrap_or_default(),
        _ => &visible,
    };
    let Some((name, address)) = divided(plain) else { return none() };
    match on_the_wire(&address) {
        Some(address) if name.len() <= LONGEST_NAME => {
            Recipient { name, address, typed: typed.to_owned(), is_valid: true }
        }
        _ => Recipient { name, address, ..none() },
    }
}

/// The name and the address of one mailbox (RFC 5322 section 3.4), and of what people make of it.
fn divided(plain: &str) -> Option<(String, String)> {
    let (mut name, mut address, mut comment) = (String::new(), None::<String>, String::new());
    let (mut place, mut is_over) = (Place::default(), false);
    for c in plain.chars() {
        let (was_quoted, was_escaped, depth) = (place.is_quoted, place.is_escaped, place.comments);
        let was_angle = place.is_angle;
        place.step(c);
        if depth > 0 || place.comments > 0 {
            let is_mark = !was_escaped && (c == '(' && depth == 0 || c == ')' && place.comments == 0);
            if !is_mark && !place.is_escaped && !is_over {
                comment.push(c);
            }
        } else if c == '<' && !was_quoted {
            if was_angle || address.is_some() {
                return None;
            }
            address = Some(String::new());
        } else if c == '>' && was_angle && !was_quoted {
            is_over = true;
        } else if let Some(address) = address.as_mut() {
            if is_over && !c.is_whitespace() {
                return None;
            }
            address.push(c);
        } else {
            name.push(c);
        }
    }
    if place.is_quoted || place.is_angle || place.comments > 0 {
        return None;
    }
    match address {
        Some(address) => {
            let shown = clean(&unquoted(&name));
            let name = if shown.is_empty() { clean(&comment) } else { shown };
            Some((name, address.trim().to_owned()))
        }
        None => without_brackets(name.trim())
            .map(|(name, address)| (if name.is_empty() { clean(&comment) } else { name }, address)),
    }
}

/// `ann@example.org`, or a name before it.
fn without_brackets(plain: &str) -> Option<(String, String)> {
    let begins = if plain.ends_with(']') { plain.rfind('[') } else { Some(plain.len()) };
    let end_of_local = plain.get(..begins?)?.rfind('@')?;
    let local_begins = if plain.get(..end_of_local)?.ends_with('"') {
        // The quote that belongs to it: one that is not escaped.
        let inside = plain.get(..end_of_local.checked_sub(1)?)?;
        let mut quotes = inside.rmatch_indices('"').map(|(place, _)| place);
        let strokes = |place: usize| {
            inside.get(..place).map_or(0, |before| before.len() - before.trim_end_matches('\\').len())
        };
        quotes.find(|place| strokes(*place) % 2 == 0)?
    } else {
        plain.get(..end_of_local)?.rfind(char::is_whitespace).map_or(0, |place| {
            place + plain.get(place..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8)
        })
    };
    let (name, address) = plain.split_at_checked(local_begins)?;
    let is_apart = name.is_empty() || name.ends_with(char::is_whitespace);
    (is_apart && !name.contains('@')).then(|| (clean(&unquoted(name)), address.to_owned()))
}

/// Without quotes and what escapes in them.
fn unquoted(text: &str) -> String {
    let (mut plain, mut is_quoted, mut is_escaped) = (String::with_capacity(text.len()), false, false);
    for c in text.chars() {
        match c {
            _ if std::mem::take(&mut is_escaped) => plain.push(c),
            '\\' if is_quoted => is_escaped = true,
            '"' => is_quoted = !is_quoted,
            c => plain.push(c),
        }
    }
    plain
}

/// One line with single blanks, without what is never seen. What was copied from a header is decoded; nothing is left that
/// whoever reads the header would decode.
fn clean(text: &str) -> String {
    let mut line = one_line(text);
    for _ in 0..3 {
        if !line.contains("=?") {
            return line;
        }
        line = one_line(&super::encoded_words::decoded(line.as_bytes()));
    }
    line.replace("=?", "= ?")
}

fn one_line(text: &str) -> String {
    let words = text.split(|c: char| c.is_whitespace() || c.is_control());
    let words = words.map(|word| word.chars().filter(|c| !super::is_unseen(*c)).collect::<String>());
    words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// The address in the form that servers take, if it is one (RFC 5321 section 4.1.2, RFC 6531).
fn on_the_wire(address: &str) -> Option<String> {
    let end_of_local = match address.ends_with(']') {
        true => address.get(..address.rfind('[')?)?.rfind('@')?,
        false => address.rfind('@')?,
    };
    let (local, domain) = (address.get(..end_of_local)?, address.get(end_of_local + 1..)?);
    let local = local_part(local)?;
    let domain = domain_part(domain)?;
    (local.len() <= 64 && domain.len() <= 253).then(|| format!("{local}@{domain}"))
}

fn local_part(local: &str) -> Option<String> {
    let may_be = |c: char| !c.is_control() && !c.is_whitespace() && !"()<>[]:;@\\,\"".contains(c);
    let is_plain = |local: &str| {
        !local.is_empty()
            && local.chars().all(may_be)
            && !local.starts_with('.')
            && !local.ends_with('.')
            && !local.contains("..")
    };
    if is_plain(local) {
        return Some(local.to_owned());
    }
    let inside = local.strip_prefix('"')?.strip_suffix('"')?;
    let (mut text, mut is_escaped) = (String::new(), false);
    for c in inside.chars() {
        match c {
            _ if c.is_control() || (c.is_whitespace() && c != ' ') => return None,
            _ if std::mem::take(&mut is_escaped) => text.push(c),
            '\\' => is_escaped = true,
            '"' => return None,
            c => text.push(c),
        }
    }
    if is_escaped {
        return None;
    }
    // The quotes mean nothing where they aren't needed.
    Some(match is_plain(&text) {
        true => text,
        false => format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")),
    })
}

fn domain_part(domain: &str) -> Option<String> {
    if let Some(literal) = domain.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        let is_sixth = |rest: &str| rest.parse::<Ipv6Addr>().is_ok();
        let is_literal = literal.parse::<Ipv4Addr>().is_ok()
            || literal.get(..5).is_some_and(|tag| tag.eq_ignore_ascii_case("IPv6:"))
                && literal.get(5..).is_some_and(is_sixth);
        return is_literal.then(|| domain.to_owned());
    }
    let domain = idna::domain_to_ascii_strict(domain).ok()?;
    let mut labels = domain.split('.');
    let is_named =
        labels.next_back().is_some_and(|last| !last.is_empty() && !last.bytes().all(|c| c.is_ascii_digit()));
    let mut before = labels.peekable();
    (is_named && before.peek().is_some() && before.all(|label| !label.is_empty())).then_some(domain)
}

#[cfg(test)]
mod tests;
