//! Attachments, made when they are needed: small, and whole enough to be opened.

/// One page of text as PDF 1.4, in Helvetica.
pub(super) fn pdf(title: &str, lines: &[&str]) -> Vec<u8> {
    let escaped = |text: &str| text.replace('\\', "\\\\").replace('(', "\\(").replace(')', "\\)");
    let mut page = format!("BT /F1 20 Tf 72 760 Td ({}) Tj /F1 12 Tf 0 -36 Td 18 TL\n", escaped(title));
    for line in lines {
        page.push_str(&format!("({}) Tj T*\n", escaped(line)));
    }
    page.push_str("ET");
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R \
         /Resources << /Font << /F1 5 0 R >> >> >>"
            .to_owned(),
        format!("<< /Length {} >>\nstream\n{page}\nendstream", page.len()),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_owned(),
    ];
    let mut file = "%PDF-1.4\n".to_owned();
    let mut table = "0000000000 65535 f \n".to_owned();
    for (number, object) in objects.iter().enumerate() {
        table.push_str(&format!("{:010} 00000 n \n", file.len()));
        file.push_str(&format!("{} 0 obj\n{object}\nendobj\n", number + 1));
    }
    let start = file.len();
    let count = objects.len() + 1;
    file.push_str(&format!(
        "xref\n0 {count}\n{table}trailer\n<< /Size {count} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n"
    ));
    file.into_bytes()
}

/// A cabin by a lake under a sky; `hour` (0 to 3) changes the light.
pub(super) fn cabin_png(width: u32, height: u32, hour: usize) -> Vec<u8> {
    const SKIES: [[u8; 3]; 4] = [[150, 190, 220], [120, 170, 215], [235, 180, 130], [60, 70, 110]];
    let sky = SKIES[hour % SKIES.len()];
    let dim = |colour: [u8; 3]| if hour % SKIES.len() == 3 { colour.map(|part| part / 2) } else { colour };
    let (wall, roof, door) = (dim([150, 60, 45]), dim([70, 60, 60]), dim([240, 230, 210]));
    let (forest, lake) = (dim([50, 95, 70]), dim([80, 130, 160]));
    png(width, height, |x, y| {
        // In thousandths of the picture.
        let (x, y) = (x * 1000 / width, y * 1000 / height);
        let tops = 480 - (x * 7 % 90);
        if (560..640).contains(&x) && (600..740).contains(&y) {
            door
        } else if (480..760).contains(&x) && (540..740).contains(&y) {
            wall
        } else if (380..540).contains(&y) && x.abs_diff(620) < (y - 360) {
            roof
        } else if y > 740 {
            if (x + y * 3) % 97 < 6 { sky } else { lake }
        } else if y > tops {
            forest
        } else {
            let lighter = u8::try_from(y / 12).unwrap_or(u8::MAX);
            sky.map(|part| part.saturating_add(lighter))
        }
    })
}

/// A picture as PNG, true colour, not compressed.
pub(super) fn png(width: u32, height: u32, colour: impl Fn(u32, u32) -> [u8; 3]) -> Vec<u8> {
    let mut lines = Vec::new();
    for y in 0..height {
        lines.push(0);
        for x in 0..width {
            lines.extend(colour(x, y));
        }
    }
    let mut header = [width.to_be_bytes(), height.to_be_bytes()].concat();
    header.extend([8, 2, 0, 0, 0]);
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    chunk(&mut file, b"IHDR", &header);
    chunk(&mut file, b"IDAT", &stored_zlib(&lines));
    chunk(&mut file, b"IEND", b"");
    file
}

fn chunk(file: &mut Vec<u8>, kind: &[u8], content: &[u8]) {
    let length = u32::try_from(content.len()).unwrap_or(0);
    let named = [kind, content].concat();
    file.extend(length.to_be_bytes());
    file.extend(&named);
    file.extend(crc32(&named).to_be_bytes());
}

/// zlib's form without compression (RFC 1950, RFC 1951 section 3.2.4).
fn stored_zlib(octets: &[u8]) -> Vec<u8> {
    let mut file = vec![0x78, 0x01];
    let blocks = octets.chunks(65_535).count();
    for (index, block) in octets.chunks(65_535).enumerate() {
        let length = u16::try_from(block.len()).unwrap_or(u16::MAX);
        file.push(u8::from(index + 1 == blocks));
        file.extend(length.to_le_bytes());
        file.extend((!length).to_le_bytes());
        file.extend(block);
    }
    let (mut low, mut high) = (1_u32, 0_u32);
    for octet in octets {
        low = (low + u32::from(*octet)) % 65_521;
        high = (high + low) % 65_521;
    }
    file.extend((high << 16 | low).to_be_bytes());
    file
}

/// A ZIP archive of stored files.
pub(super) fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let (mut archive, mut directory) = (Vec::new(), Vec::new());
    for (name, content) in files {
        let size = u32::try_from(content.len()).unwrap_or(0).to_le_bytes();
        let name_length = u16::try_from(name.len()).unwrap_or(0).to_le_bytes();
        let offset = u32::try_from(archive.len()).unwrap_or(0).to_le_bytes();
        // Version 2.0, no flags, stored, 1 January 2026 at midnight.
        let mut common = vec![20, 0, 0, 0, 0, 0, 0, 0, 0x21, 0x5c];
        common.extend(crc32(content).to_le_bytes());
        common.extend([size, size].concat());
        common.extend(name_length);
        common.extend([0, 0]);
        archive.extend(b"PK\x03\x04");
        archive.extend(&common);
        archive.extend(name.bytes());
        archive.extend(*content);
        directory.extend(b"PK\x01\x02\x14\x00");
        directory.extend(&common);
        directory.extend([0; 10]);
        directory.extend(offset);
        directory.extend(name.bytes());
    }
    let count = u16::try_from(files.len()).unwrap_or(0).to_le_bytes();
    let start = u32::try_from(archive.len()).unwrap_or(0).to_le_bytes();
    let length = u32::try_from(directory.len()).unwrap_or(0).to_le_bytes();
    archive.extend(directory);
    archive.extend(b"PK\x05\x06\0\0\0\0");
    archive.extend([count, count].concat());
    archive.extend([length, start].concat());
    archive.extend([0, 0]);
    archive
}

/// The checksum of PNG and ZIP.
fn crc32(octets: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for octet in octets {
        crc ^= u32::from(*octet);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ 0xEDB8_8320 } else { crc >> 1 };
        }
    }
    !crc
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_the_one_everybody_uses() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
    }

    #[test]
    fn files_begin_and_end_as_their_kinds_do() {
        assert!(pdf("A (b)", &["c"]).ends_with(b"%%EOF\n"));
        let picture = cabin_png(40, 30, 1);
        assert!(picture.starts_with(b"\x89PNG") && picture.ends_with(b"IEND\xae\x42\x60\x82"));
        assert!(zip(&[("a.txt", b"a")]).starts_with(b"PK\x03\x04"));
    }
}
