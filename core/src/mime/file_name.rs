//! File names of attachments: a stranger's words, made safe to create a file with (SAFETY.md 16).

use super::is_unseen;

/// Longest file name in bytes: the limit of every common file system.
const LONGEST: usize = 255;
/// Longest ending that is kept as one when a name is cut.
const LONGEST_EXTENSION: usize = 32;

/// A name that is one path component, holds no control or bidi character, is at most 255 bytes long with its
/// extension kept, and never empty.
pub(super) fn safe(given: Option<&str>, media_type: &str, number: usize) -> String {
    let name = given.map(cleaned).unwrap_or_default();
    let name =
        if name.is_empty() { format!("attachment-{number}.{}", extension_of(media_type)) } else { name };
    shortened(if is_device(&name) { format!("_{name}") } else { name })
}

fn cleaned(given: &str) -> String {
    // A path from the sender's disk is of no use: its last component is the name.
    let last = given.rsplit(['/', '\\']).find(|part| !part.trim().is_empty()).unwrap_or_default();
    let name: String = super::header::line(last)
        .chars()
        .map(|character| match character {
            '<' | '>' | ':' | '"' | '|' | '?' | '*' | char::REPLACEMENT_CHARACTER => '_',
            other => other,
        })
        .filter(|character| !is_unseen(*character))
        .collect();
    // A leading dot hides a file, a trailing one vanishes on Windows and would change the extension there.
    name.trim_matches(|character: char| character == '.' || character.is_whitespace()).to_owned()
}

/// Names that open a device on Windows, with any extension.
fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().trim_end().to_ascii_uppercase();
    match stem.as_str() {
        "CON" | "PRN" | "AUX" | "NUL" => true,
        other => {
            let digit = other.strip_prefix("COM").or_else(|| other.strip_prefix("LPT"));
            digit.is_some_and(|digit| digit.len() == 1 && digit.bytes().all(|octet| octet.is_ascii_digit()))
        }
    }
}

fn shortened(name: String) -> String {
    if name.len() <= LONGEST {
        return name;
    }
    let (stem, extension) = match name.rsplit_once('.') {
        Some((stem, extension)) if extension.len() <= LONGEST_EXTENSION => (stem, format!(".{extension}")),
        _ => (name.as_str(), String::new()),
    };
    let mut length = LONGEST - extension.len();
    while !stem.is_char_boundary(length.min(stem.len())) {
        length -= 1;
    }
    format!("{}{extension}", stem.get(..length).unwrap_or(stem))
}

fn extension_of(media_type: &str) -> &'static str {
    match media_type {
        "application/pdf" => "pdf",
        "application/zip" => "zip",
        "application/pgp-signature" => "asc",
        "application/pkcs7-signature" | "application/x-pkcs7-signature" => "p7s",
        "application/ms-tnef" | "application/vnd.ms-tnef" => "dat",
        "audio/mpeg" => "mp3",
        "image/gif" => "gif",
        "image/jpeg" | "image/jpg" => "jpg",
        "image/png" => "png",
        "image/svg+xml" => "svg",
        "image/webp" => "webp",
        "message/rfc822" | "message/global" => "eml",
        "text/calendar" => "ics",
        "text/csv" => "csv",
        "text/html" => "html",
        "text/vcard" | "text/x-vcard" => "vcf",
        "video/mp4" => "mp4",
        other if other.starts_with("text/") || other.starts_with("message/") => "txt",
        _ => "bin",
    }
}

/// What a file is, by the end of its name.
pub(super) fn type_of(name: &str) -> &'static str {
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension).to_ascii_lowercase();
    match extension.as_str() {
        "pdf" => "application/pdf",
        "zip" => "application/zip",
        "doc" => "application/msword",
        "docx" => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "xls" => "application/vnd.ms-excel",
        "xlsx" => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "mp3" => "audio/mpeg",
        "gif" => "image/gif",
        "jpg" | "jpeg" => "image/jpeg",
        "png" => "image/png",
        "svg" => "image/svg+xml",
        "webp" => "image/webp",
        "eml" => "message/rfc822",
        "ics" => "text/calendar",
        "csv" => "text/csv",
        "html" | "htm" => "text/html",
        "txt" | "log" => "text/plain",
        "vcf" => "text/vcard",
        "mp4" => "video/mp4",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn becomes(given: &str, wanted: &str) {
        assert_eq!(safe(Some(given), "application/pdf", 1), wanted);
    }

    #[test]
    fn a_name_is_one_component() {
        becomes("../../etc/passwd", "passwd");
        becomes(r"D:\mail\eve\bill.pdf", "bill.pdf");
        becomes("/", "attachment-1.pdf");
        becomes("..", "attachment-1.pdf");
        becomes("a/..", "attachment-1.pdf");
        becomes("con.pdf", "_con.pdf");
        becomes("COM7", "_COM7");
        becomes("bill.pdf. .", "bill.pdf");
        becomes(".profile", "profile");
        becomes("a:b?.pdf", "a_b_.pdf");
    }

    #[test]
    fn nothing_unseen_stays() {
        becomes("bill\u{202e}fdp.exe", "billfdp.exe");
        becomes("a\0b\r\n c.pdf", "ab c.pdf");
        becomes("\u{200f}\u{feff}", "attachment-1.pdf");
    }

    #[test]
    fn a_long_name_keeps_its_extension() {
        let name = safe(Some(&format!("{}.docx", "ü".repeat(400))), "application/pdf", 1);
        assert!(name.len() <= LONGEST && name.len() > LONGEST - 4, "{}", name.len());
        assert!(name.ends_with("ü.docx"));
        assert!(safe(Some(&"字".repeat(400)), "x/y", 1).len() <= LONGEST);
        assert!(safe(Some(&format!("a.{}", "b".repeat(400))), "x/y", 1).len() <= LONGEST);
    }

    #[test]
    fn no_name_is_made_from_the_type() {
        assert_eq!(safe(None, "image/png", 3), "attachment-3.png");
        assert_eq!(safe(Some("  "), "x/y", 2), "attachment-2.bin");
    }
}
