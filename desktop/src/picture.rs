//! Pictures of strangers, decoded within bounds: of a kind that is known by its first octets, no larger than is affordable, and
//! the right way up.

use std::io::Cursor;

use image::{DynamicImage, ImageDecoder, ImageReader, Limits, metadata::Orientation};

/// Longest side that is looked at at all, in pixels.
const LONGEST_SIDE: u32 = 65_535;

/// What a picture may cost.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Most memory to decode it, in octets.
    pub most_to_decode: u64,
    /// Longest side of what comes out, in pixels: larger pictures are made smaller.
    pub longest: u32,
}

/// What is known of a picture before it is decoded: pixels across and down as they are stored, and which way it lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    pub width: u32,
    pub height: u32,
    pub orientation: Orientation,
}

impl Bounds {
    /// The shape of a picture; `None` where it is none, or would take too much.
    pub fn look_at(self, octets: &[u8]) -> Option<Shape> {
        let mut decoder = self.reader(octets)?.into_decoder().ok()?;
        let (width, height) = decoder.dimensions();
        let is_possible = (1..=LONGEST_SIDE).contains(&width)
            && (1..=LONGEST_SIDE).contains(&height)
            && decoder.total_bytes() <= self.most_to_decode;
        let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
        is_possible.then_some(Shape { width, height, orientation })
    }

    /// Whether a picture of that shape can stay as it is.
    pub fn fits(self, shape: Shape) -> bool {
        self.is_small(shape) && shape.orientation == Orientation::NoTransforms
    }

    fn is_small(self, shape: Shape) -> bool {
        shape.width <= self.longest && shape.height <= self.longest
    }

    /// The picture, upright and no larger than is wanted; `None` as for `look_at`.
    pub fn decode(self, octets: &[u8]) -> Option<DynamicImage> {
        let shape = self.look_at(octets)?;
        let mut picture = DynamicImage::from_decoder(self.reader(octets)?.into_decoder().ok()?).ok()?;
        if !self.is_small(shape) {
            picture = picture.thumbnail(self.longest, self.longest);
        }
        picture.apply_orientation(shape.orientation);
        Some(picture)
    }

    fn reader(self, octets: &[u8]) -> Option<ImageReader<Cursor<&[u8]>>> {
        let mut reader = ImageReader::new(Cursor::new(octets)).with_guessed_format().ok()?;
        let mut limits = Limits::default();
        limits.max_image_width = Some(LONGEST_SIDE);
        limits.max_image_height = Some(LONGEST_SIDE);
        limits.max_alloc = Some(self.most_to_decode);
        reader.limits(limits);
        Some(reader)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use image::{ImageFormat, Rgb, RgbImage};

    use super::*;

    const BOUNDS: Bounds = Bounds { most_to_decode: 64 << 20, longest: 1_600 };

    pub(crate) fn png(width: u32, height: u32) -> Vec<u8> {
        let mut written = Cursor::new(Vec::new());
        RgbImage::from_pixel(width, height, Rgb([200, 10, 10]))
            .write_to(&mut written, ImageFormat::Png)
            .unwrap();
        written.into_inner()
    }

    /// A JPEG of 40 by 20 whose Exif says that it is to be turned by a quarter.
    pub(crate) fn lying() -> Vec<u8> {
        let mut jpeg = Cursor::new(Vec::new());
        RgbImage::from_pixel(40, 20, Rgb([9, 9, 9])).write_to(&mut jpeg, ImageFormat::Jpeg).unwrap();
        let jpeg = jpeg.into_inner();
        // Exif 2.32: an IFD with Orientation (274) of 6, to be turned by a quarter.
        let exif = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";
        let length = u16::try_from(exif.len() + 2).unwrap().to_be_bytes();
        [&jpeg[..2], b"\xff\xe1", &length, exif, &jpeg[2..]].concat()
    }

    /// A PNG whose header says 60,000 by 60,000.
    pub(crate) fn bomb() -> Vec<u8> {
        let mut bomb = png(8, 8);
        bomb[16..24].copy_from_slice(&[0, 0, 0xea, 0x60, 0, 0, 0xea, 0x60]);
        let crc = crc(&bomb[12..29]);
        bomb[29..33].copy_from_slice(&crc);
        bomb
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
    fn bug_a_photo_taken_upright_is_shown_upright_in_the_preview_of_a_file() {
        let picture = BOUNDS.decode(&lying()).unwrap();
        assert_eq!((picture.width(), picture.height()), (20, 40));
    }

    #[test]
    fn what_is_no_picture_or_would_take_too_much_is_not_decoded() {
        assert!(BOUNDS.decode(&bomb()).is_none());
        assert!(BOUNDS.decode(&png(2_000, 10)).is_some_and(|picture| picture.width() == 1_600));
        for octets in
            [&b""[..], b"\x89PNG\r\n\x1a\n", b"GIF89a", b"\xff\xd8\xff", b"RIFF\0\0\0\0WEBP", b"<svg/>"]
        {
            assert!(BOUNDS.decode(octets).is_none());
        }
    }
}
