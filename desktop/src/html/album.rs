//! The pictures of one mail, made fit to be painted: of a kind that is known, of bounded size, the right way up.

use std::collections::HashMap;
use std::io::Cursor;
use std::sync::{Mutex, PoisonError};

use blitz_traits::net::Bytes;
use image::ImageFormat;

use super::page::Pictures;
use crate::picture::Bounds;

/// Larger pictures are made smaller, so that they take no more memory than is seen.
const BOUNDS: Bounds = Bounds { most_to_decode: 160 << 20, longest: 2_048 };
/// Most pixels of all pictures of a mail as they are painted.
const MOST_PIXELS: u64 = 24_000_000;

/// The pictures, each made ready once.
pub(super) struct Album {
    pictures: Pictures,
    ready: Mutex<Ready>,
}

#[derive(Default)]
struct Ready {
    pictures: HashMap<String, Option<Bytes>>,
    pixels: u64,
}

impl Album {
    pub(super) fn new(pictures: Pictures) -> Self {
        Self { pictures, ready: Mutex::default() }
    }

    /// The picture of that address, if there is one that can be painted.
    pub(super) fn picture(&self, address: &str) -> Option<Bytes> {
        let address = usual_address(address);
        let mut ready = self.ready.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(picture) = ready.pictures.get(&address) {
            return picture.clone();
        }
        let picture = (self.pictures)(&address).and_then(|octets| {
            let (picture, pixels) = fit(octets)?;
            let is_affordable = ready.pixels + pixels <= MOST_PIXELS;
            ready.pixels += if is_affordable { pixels } else { 0 };
            is_affordable.then_some(picture)
        });
        ready.pictures.insert(address, picture.clone());
        picture
    }
}

/// An address as a browser writes it, by which the layout engine asks.
pub fn usual_address(address: &str) -> String {
    url::Url::parse(address).map_or_else(|_| address.to_owned(), String::from)
}

/// The picture as it is to be painted, and its pixels.
fn fit(octets: Vec<u8>) -> Option<(Bytes, u64)> {
    let shape = BOUNDS.look_at(&octets)?;
    let pixels = |width: u32, height: u32| u64::from(width) * u64::from(height);
    if BOUNDS.fits(shape) {
        return Some((Bytes::from(octets), pixels(shape.width, shape.height)));
    }
    let picture = BOUNDS.decode(&octets)?;
    drop(octets);
    let mut written = Cursor::new(Vec::new());
    let rgba = picture.into_rgba8();
    let count = pixels(rgba.width(), rgba.height());
    rgba.write_to(&mut written, ImageFormat::Png).ok()?;
    Some((Bytes::from(written.into_inner()), count))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::picture::tests::{bomb, lying, png};

    fn size(octets: &[u8]) -> (u32, u32) {
        let shape = BOUNDS.look_at(octets).unwrap();
        (shape.width, shape.height)
    }

    #[test]
    fn pictures_larger_than_is_seen_are_made_smaller() {
        let (small, _) = fit(png(300, 20)).unwrap();
        assert_eq!(size(&small), (300, 20));
        let (large, pixels) = fit(png(8_192, 1_024)).unwrap();
        assert_eq!((size(&large), pixels), ((2_048, 256), 2_048 * 256));
    }

    #[test]
    fn a_picture_that_lies_on_its_side_is_put_upright() {
        let (picture, _) = fit(lying()).unwrap();
        assert_eq!(size(&picture), (20, 40));
    }

    #[test]
    fn what_is_no_picture_or_a_bomb_is_left_out() {
        assert!(fit(b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>".to_vec()).is_none());
        assert!(fit(Vec::new()).is_none());
        assert!(fit(bomb()).is_none());
    }

    #[test]
    fn each_is_made_ready_once_and_all_of_them_have_bounds() {
        let asked = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&asked);
        let octets = png(2_000, 2_000);
        let album = Album::new(Arc::new(move |_| {
            count.fetch_add(1, Ordering::Relaxed);
            Some(octets.clone())
        }));
        assert!(
            album.picture("https://a.example").is_some() && album.picture("https://a.example/").is_some()
        );
        assert_eq!(asked.load(Ordering::Relaxed), 1, "both are one address");
        let shown =
            (0..20).filter(|number| album.picture(&format!("waxwing-part:{number}")).is_some()).count();
        assert_eq!(shown, 5, "with the first one, 24 million pixels");
    }
}
