//! Mails as Waxwing paints them beside the same mails in a browser: those that programs write which send newsletters and
//! receipts (`tests/rendered`). Pictures of both lie in `target/screens/rendered` afterwards, ours on the left.

use std::collections::HashMap;
use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use image::{GrayImage, ImageFormat, Rgb, RgbImage, RgbaImage, imageops};
use waxwing_core::mime::{self, Wanted};
use waxwing_desktop::html::{Look, Page};
use waxwing_desktop::theme;
use waxwing_tests::repository::root;

const WIDTH: u32 = 640;
/// Higher than any of them.
const TALLEST: u32 = 2_400;
/// Both are set in it, so that letters are compared and not fonts.
const FONT: &str = "<style>* { font-family: 'Noto Sans' !important; }</style>";
/// Structural similarity from which on two pictures are alike, and how many of the mails have to be.
const ALIKE: f64 = 0.85;
const MOST_UNLIKE: usize = 4;

#[test]
fn mails_look_as_in_a_browser() {
    let ground = tempfile::tempdir().unwrap();
    let mails = written(ground.path());
    assert!(mails.len() >= 20, "{}", mails.len());
    let screens = screens();
    let mut unlike = Vec::new();
    for mail in &mails {
        let name = mail.file_stem().unwrap().to_string_lossy().into_owned();
        let html = fs::read_to_string(mail).unwrap();
        let ours = ours(&html);
        let theirs = theirs(&html, ground.path(), ours.height());
        beside(&ours, &theirs).save(screens.join(format!("{name}.png"))).unwrap();
        let similarity = similarity(&ours, &theirs);
        println!("{similarity:.3} {name}");
        if similarity < ALIKE {
            unlike.push((name, similarity));
        }
    }
    assert!(unlike.len() <= MOST_UNLIKE, "of {} mails these look otherwise: {unlike:?}", mails.len());
}

/// The mails as files of HTML.
fn written(directory: &Path) -> Vec<PathBuf> {
    let home = std::env::var_os("HOME").map(PathBuf::from).unwrap_or_default();
    let cache = std::env::var_os("XDG_CACHE_HOME").map_or_else(|| home.join(".cache"), PathBuf::from);
    let script = root().join("tests/rendered/write.mjs");
    let status = Command::new("node").arg(script).arg(directory).arg(cache.join("waxwing/rendered")).status();
    assert!(status.unwrap().success(), "tests/rendered/write.mjs writes the mails");
    let files = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let mut mails: Vec<PathBuf> =
        files.filter(|file| file.extension().is_some_and(|end| end == "html")).collect();
    mails.sort();
    mails
}

fn screens() -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    let screens = target.join("screens/rendered");
    fs::create_dir_all(&screens).unwrap();
    screens
}

/// As the reader paints it, its pictures fetched.
fn ours(html: &str) -> RgbImage {
    let mail = format!("Subject: x\r\nContent-Type: text/html; charset=utf-8\r\n\r\n{html}");
    let wanted = Wanted { html: true, remote_images: true, ..Wanted::default() };
    let opened = mime::open(mail.as_bytes(), wanted);
    let look = Look::of(&theme::light_theme(), 640.0, 1.0);
    let mut page = Page::new(&format!("{FONT}{}", opened.html), &look, Arc::new(picture));
    let height = page.height();
    let (width, height, pixels) = page.strip(0.0, height.min(2_400.0));
    assert_eq!(width, WIDTH);
    image::DynamicImage::from(RgbaImage::from_raw(width, height, pixels).unwrap()).into_rgb8()
}

/// As the browser shows it.
fn theirs(html: &str, directory: &Path, height: u32) -> RgbImage {
    let mut html = html.replace("</head>", &format!("{FONT}</head>"));
    let mut files = HashMap::new();
    for address in html.split('"').filter(|piece| piece.starts_with("https://img.example/")) {
        let file = directory.join(format!("{}.png", files.len()));
        fs::write(&file, picture(address).unwrap()).unwrap();
        files.insert(address.to_owned(), file);
    }
    for (address, file) in &files {
        html = html.replace(&format!("\"{address}\""), &format!("\"{}\"", file.display()));
    }
    let (page, shot) = (directory.join("page.htm"), directory.join("page.png"));
    fs::write(&page, html).unwrap();
    let _ = fs::remove_file(&shot);
    let status = Command::new("chromium")
        .args([
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--hide-scrollbars",
            "--force-device-scale-factor=1",
        ])
        .arg(format!("--user-data-dir={}", directory.join("profile").display()))
        // A window has a smallest height.
        .arg(format!("--window-size={WIDTH},{}", height.clamp(600, TALLEST)))
        .arg(format!("--screenshot={}", shot.display()))
        .arg(format!("file://{}", page.display()))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    assert!(status.unwrap().success(), "the browser takes a picture");
    let picture = image::open(&shot).unwrap().into_rgb8();
    imageops::crop_imm(&picture, 0, 0, WIDTH, height.min(picture.height())).to_image()
}

/// A picture of `https://img.example/WIDTHxHEIGHT/COLOUR.png`.
fn picture(address: &str) -> Option<Vec<u8>> {
    let rest = address.strip_prefix("https://img.example/")?.strip_suffix(".png")?;
    let (size, colour) = rest.split_once('/')?;
    let (width, height) = size.split_once('x')?;
    let colour = u32::from_str_radix(colour, 16).ok()?.to_be_bytes();
    let image = RgbImage::from_pixel(
        width.parse().ok()?,
        height.parse().ok()?,
        Rgb([colour[1], colour[2], colour[3]]),
    );
    let mut octets = Cursor::new(Vec::new());
    image.write_to(&mut octets, ImageFormat::Png).ok()?;
    Some(octets.into_inner())
}

fn beside(one: &RgbImage, other: &RgbImage) -> RgbImage {
    let mut both = RgbImage::from_pixel(2 * WIDTH + 20, one.height().max(other.height()), Rgb([255, 0, 255]));
    imageops::replace(&mut both, one, 0, 0);
    imageops::replace(&mut both, other, i64::from(WIDTH) + 20, 0);
    both
}

/// In grey, half as large, on white as far as the higher one goes.
fn prepared(picture: &RgbImage, height: u32) -> GrayImage {
    let mut whole = RgbImage::from_pixel(WIDTH, height, Rgb([255; 3]));
    imageops::replace(&mut whole, picture, 0, 0);
    let grey = image::DynamicImage::from(whole).into_luma8();
    imageops::resize(&grey, WIDTH / 2, height / 2, imageops::FilterType::Triangle)
}

/// Structural similarity (Wang et al. 2004), the mean over windows of 8 by 8.
fn similarity(one: &RgbImage, other: &RgbImage) -> f64 {
    const SIDE: u32 = 8;
    const C1: f64 = 0.01 * 255.0 * 0.01 * 255.0;
    const C2: f64 = 0.03 * 255.0 * 0.03 * 255.0;
    let height = one.height().max(other.height());
    let (one, other) = (prepared(one, height), prepared(other, height));
    let (mut sum, mut count) = (0.0, 0.0);
    for top in (0..=one.height().saturating_sub(SIDE)).step_by(4) {
        for left in (0..=one.width() - SIDE).step_by(4) {
            let pixels = |picture: &GrayImage| -> Vec<f64> {
                let all = (0..SIDE * SIDE).map(|place| (left + place % SIDE, top + place / SIDE));
                all.map(|(x, y)| f64::from(picture.get_pixel(x, y).0[0])).collect()
            };
            let (a, b) = (pixels(&one), pixels(&other));
            let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
            let (mean_a, mean_b) = (mean(&a), mean(&b));
            let spread = |a: &[f64], mean_a: f64, b: &[f64], mean_b: f64| {
                let products = a.iter().zip(b).map(|(a, b)| (a - mean_a) * (b - mean_b));
                products.sum::<f64>() / (a.len() - 1) as f64
            };
            let (var_a, var_b) = (spread(&a, mean_a, &a, mean_a), spread(&b, mean_b, &b, mean_b));
            let both = spread(&a, mean_a, &b, mean_b);
            sum += ((2.0 * mean_a * mean_b + C1) * (2.0 * both + C2))
                / ((mean_a * mean_a + mean_b * mean_b + C1) * (var_a + var_b + C2));
            count += 1.0;
        }
    }
    sum / count
}
