//! Pictures on the clipboard, which iced's own doesn't know.

use std::io::Cursor;

use image::ImageFormat;

/// Larger pictures are not taken, in bytes of their pixels.
const MOST: usize = 256 << 20;

/// The picture that was copied, as PNG. Another program is asked for it, which may take its time.
pub fn picture() -> Option<Vec<u8>> {
    let picture = arboard::Clipboard::new().ok()?.get_image().ok()?;
    let (width, height) = (u32::try_from(picture.width).ok()?, u32::try_from(picture.height).ok()?);
    if picture.bytes.len() > MOST {
        return None;
    }
    let pixels = image::RgbaImage::from_raw(width, height, picture.bytes.into_owned())?;
    let mut png = Cursor::new(Vec::new());
    pixels.write_to(&mut png, ImageFormat::Png).ok()?;
    Some(png.into_inner())
}
