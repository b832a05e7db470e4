//! LOGIN (RFC 9051 section 6.2.3): a command, no mechanism; for servers that offer nothing else.

use zeroize::Zeroizing;

use super::joined;
use crate::imap::session::Credentials;
use crate::wire::codec::Parts;

/// The command. What a quoted string can't hold goes as a literal.
pub(in crate::imap) fn login(tag: &str, credentials: &Credentials, free_literals: bool) -> Parts {
    let mut parts: Parts = vec![format!("{tag} LOGIN").into_bytes()];
    for argument in [credentials.user_name.as_str(), credentials.secret.reveal()] {
        let size = argument.len();
        if argument.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
            let mut quoted = Zeroizing::new(String::with_capacity(2 * size));
            for character in argument.chars() {
                if matches!(character, '"' | '\\') {
                    quoted.push('\\');
                }
                quoted.push(character);
            }
            extend_last(&mut parts, &[b" \"", quoted.as_bytes(), b"\""]);
        } else if free_literals {
            extend_last(&mut parts, &[format!(" {{{size}+}}\r\n").as_bytes(), argument.as_bytes()]);
        } else {
            extend_last(&mut parts, &[format!(" {{{size}}}\r\n").as_bytes()]);
            parts.push(argument.as_bytes().to_vec());
        }
    }
    extend_last(&mut parts, &[b"\r\n"]);
    parts
}

/// Adds to the last part, leaving no copy of it behind.
fn extend_last(parts: &mut Parts, pieces: &[&[u8]]) {
    let Some(last) = parts.last_mut() else { return };
    let old = Zeroizing::new(std::mem::take(last));
    let mut whole: Vec<&[u8]> = vec![&old];
    whole.extend(pieces);
    *last = std::mem::take(&mut *joined(&whole));
}
