//! Roots that are trusted for one run (`--ca FILE`).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
const END: &str = "-----END CERTIFICATE-----";

/// The certificates of a PEM text (RFC 7468) as DER; `None` if there is none or one is damaged.
pub fn from_pem(text: &str) -> Option<Vec<Vec<u8>>> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((_, after)) = rest.split_once(BEGIN) {
        let (inside, next) = after.split_once(END)?;
        let compact: String = inside.chars().filter(|c| !c.is_whitespace()).collect();
        found.push(STANDARD.decode(compact).ok().filter(|der| !der.is_empty())?);
        rest = next;
    }
    (!found.is_empty()).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_certificate_of_the_file_is_read() {
        let text = format!("about\n{BEGIN}\r\nAQID\r\nBAU=\r\n{END}\n{BEGIN}\nBgcI\n{END}\n");
        assert_eq!(from_pem(&text), Some(vec![vec![1, 2, 3, 4, 5], vec![6, 7, 8]]));
    }

    #[test]
    fn a_damaged_file_gives_nothing_rather_than_half() {
        assert_eq!(from_pem(""), None);
        assert_eq!(from_pem(&format!("{BEGIN}\nAQID\n{END}\n{BEGIN}\n!!\n{END}")), None);
        assert_eq!(from_pem(&format!("{BEGIN}\nAQID\n")), None);
        assert_eq!(from_pem(&format!("{BEGIN}\n{END}\n")), None);
    }
}
