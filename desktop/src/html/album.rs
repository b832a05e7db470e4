//! The pictures of one mail, made fit to be painted: of a kind that is known, of bounded size, the right way up.

use std::collections::HashMap;
use std::io::Cursor;
use std::sync::{Mutex, PoisonError};

use blitz_traits::net::Bytes;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits, metadata::Orientation};

use super::page::Pictures;

/// Longest side of a picture as it is painted; larger ones are made smaller, so that they take no more memory than is seen.
const LONGEST: u32 = 2_048;
/// Longest side that is looked at at all, and most memory to decode one picture, in octets.
const LONGEST_SIDE: u32 = 65_535;
const MOST_TO_DECODE: u64 = 160 << 20;
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
    let (width, height, orientation) = looked_at(&octets)?;
    let pixels = |width: u32, height: u32| u64::from(width) * u64::from(height);
    let is_small = width <= LONGEST && height <= LONGEST;
    if is_small && orientation == Orientation::NoTransforms {
        return Some((Bytes::from(octets), pixels(width, height)));
    }
    let mut picture = DynamicImage::from_decoder(reader(&octets)?.into_decoder().ok()?).ok()?;
    drop(octets);
    if !is_small {
        picture = picture.thumbnail(LONGEST, LONGEST);
    }
    picture.apply_orientation(orientation);
    let mut written = Cursor::new(Vec::new());
    let rgba = picture.into_rgba8();
    let count = pixels(rgba.width(), rgba.height());
    rgba.write_to(&mut written, ImageFormat::Png).ok()?;
    Some((Bytes::from(written.into_inner()), count))
}

fn reader(octets: &[u8]) -> Option<ImageReader<Cursor<&[u8]>>> {
    let mut reader = ImageReader::new(Cursor::new(octets)).with_guessed_format().ok()?;
    let mut limits = Limits::default();
    limits.max_image_width = Some(LONGEST_SIDE);
    limits.max_image_height = Some(LONGEST_SIDE);
    limits.max_alloc = Some(MOST_TO_DECODE);
    reader.limits(limits);
    Some(reader)
}

/// Width, height and which way it lies; `None` where it is none, or too large.
fn looked_at(octets: &[u8]) -> Option<(u32, u32, Orientation)> {
    let mut decoder = reader(octets)?.into_decoder().ok()?;
    let (width, height) = decoder.dimensions();
    let is_possible = (1..=LONGEST_SIDE).contains(&width)
        && (1..=LONGEST_SIDE).contains(&height)
        && decoder.total_bytes() <= MOST_TO_DECODE;
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    is_possible.then_some((width, height, orientation))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use image::{Rgb, RgbImage};

    use super::*;

    fn png(width: u32, height: u32) -> Vec<u8> {
        let mut written = Cursor::new(Vec::new());
        RgbImage::from_pixel(width, height, Rgb([200, 10, 10]))
            .write_to(&mut written, ImageFormat::Png)
            .unwrap();
        written.into_inner()
    }

    fn size(octets: &[u8]) -> (u32, u32) {
        let (width, height, _) = looked_at(octets).unwrap();
        (width, height)
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
        let mut jpeg = Cursor::new(Vec::new());
        RgbImage::from_pixel(40, 20, Rgb([9, 9, 9])).write_to(&mut jpeg, ImageFormat::Jpeg).unwrap();
        let jpeg = jpeg.into_inner();
        // Exif 2.32: an IFD with Orientation (274) of 6, to be turned by a quarter.
        let exif = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";
        let length = u16::try_from(exif.len() + 2).unwrap().to_be_bytes();
        let turned = [&jpeg[..2], b"\xff\xe1", &length, exif, &jpeg[2..]].concat();
        let (picture, _) = fit(turned).unwrap();
        assert_eq!(size(&picture), (20, 40));
    }

    #[test]
    fn what_is_no_picture_or_a_bomb_is_left_out() {
        assert!(fit(b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>".to_vec()).is_none());
        assert!(fit(Vec::new()).is_none());
        let mut bomb = png(8, 8);
        // 60,000 by 60,000, as its header says.
        bomb[16..24].copy_from_slice(&[0, 0, 0xea, 0x60, 0, 0, 0xea, 0x60]);
        let crc = crc(&bomb[12..29]);
        bomb[29..33].copy_from_slice(&crc);
        assert!(fit(bomb).is_none());
    }

    /// The checksum of a PNG chunk (ISO 3309).
    fn crc(octets: &[u8]) -> [u8; 4] {
        let step = |crc: u32, octet: &u8| {
            (0..8).fold(crc ^ u32::from(*octet), |crc, _| {
                if crc & 1 == 1 { 0xedb8_8320 ^ (crc >> 1) } else { crc >> 1 }
            })
        };
        (!octets.iter().fold(!0, step)).to_be_bytes()
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
