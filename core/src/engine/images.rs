//! Pictures of a mail that lie on the network, fetched because the person said so.
//!
//! Over https alone, without cookies, a referrer, or anything else that tells of the person; what is no picture is thrown away.
//! No address of the person's own network is asked: a stranger wrote where to ask.

use std::collections::HashMap;
use std::time::Duration;

use futures_util::stream::{self, StreamExt};
use tokio::time::{Instant, timeout_at};

use crate::error::{Error, ErrorKind};
use crate::net::Trust;
use crate::net::http::{self, Https};

/// Pictures of one mail, and octets of all of them.
const MOST: usize = 200;
const MOST_OCTETS: usize = 32 << 20;
/// Asked at a time.
const AT_ONCE: usize = 6;
/// How long one may take, and all of them.
const PATIENCE: Duration = Duration::from_secs(15);
const OVERALL: Duration = Duration::from_secs(30);

/// Those of the addresses that gave a picture in time.
///
/// # Errors
/// The first one, where none did.
pub(super) async fn fetch(addresses: Vec<String>, trust: &Trust) -> Result<HashMap<String, Vec<u8>>, Error> {
    let trust = &trust.for_strangers();
    let until = Instant::now() + OVERALL;
    let ask = |address: String| async move { (picture(&address, trust).await, address) };
    let mut answers =
        std::pin::pin!(stream::iter(addresses.into_iter().take(MOST)).map(ask).buffer_unordered(AT_ONCE));
    let (mut images, mut size, mut failed) = (HashMap::new(), 0, None);
    while let Ok(Some((picture, address))) = timeout_at(until, answers.next()).await {
        match picture {
            Ok(picture) if size + picture.len() <= MOST_OCTETS => {
                size += picture.len();
                images.insert(address, picture);
            }
            Ok(_) => {}
            Err(error) => failed = failed.or(Some(error)),
        }
    }
    match failed {
        Some(error) if images.is_empty() => Err(error),
        _ => Ok(images),
    }
}

async fn picture(address: &str, trust: &Trust) -> Result<Vec<u8>, Error> {
    let reply = http::get_image(&Https::parse(address)?, trust, PATIENCE).await?;
    if reply.status != 200 || !is_picture(&reply.body) {
        return Err(Error::note(ErrorKind::NotFound, "there is no picture at its address"));
    }
    Ok(reply.body.to_vec())
}

/// Whether it begins as a picture of a kind that is shown: PNG, JPEG, GIF, WebP. Whatever the server calls it.
fn is_picture(octets: &[u8]) -> bool {
    let begins = |beginning: &[u8]| octets.starts_with(beginning);
    let is_webp = begins(b"RIFF") && octets.get(8..12) == Some(b"WEBP");
    begins(b"\x89PNG\r\n\x1a\n") || begins(b"\xff\xd8\xff") || begins(b"GIF8") || is_webp
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_known_by_their_first_octets() {
        assert!(
            is_picture(b"GIF89a...") && is_picture(b"RIFF1234WEBPVP8 ") && is_picture(b"\xff\xd8\xff\xe0")
        );
        assert!(!is_picture(b"<svg xmlns=") && !is_picture(b"<html>") && !is_picture(b"RIFF1234WAVE"));
        assert!(!is_picture(b""));
    }
}
