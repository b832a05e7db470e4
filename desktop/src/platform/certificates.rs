//! Roots that are trusted for one run (`--ca FILE`).

/// The certificates of a PEM text (RFC 7468) as DER; `None` if there is none or one is damaged.
pub fn from_pem(text: &str) -> Option<Vec<Vec<u8>>> {
    let found = waxwing_core::roots_of_pem(text.as_bytes()).ok()?;
    (!found.is_empty() && found.iter().all(|der| !der.is_empty())).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
    const END: &str = "-----END CERTIFICATE-----";

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
