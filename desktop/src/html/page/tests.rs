//! Mails as they are laid out and painted.

use std::sync::{Arc, Mutex};

use super::*;

pub(crate) fn look() -> Look {
    Look {
        width: 600.0,
        scale: 1.0,
        text: Rgb(20, 20, 20),
        muted: Rgb(110, 110, 110),
        link: Rgb(32, 104, 100),
        ground: Rgb(255, 255, 255),
        is_dark: false,
    }
}

fn nothing() -> Pictures {
    Arc::new(|_| None)
}

fn page(html: &str) -> Page {
    Page::new(html, &look(), nothing())
}

/// The colour in the middle of a place.
fn colour(page: &mut Page, x: f32, y: f32) -> (u8, u8, u8) {
    let (width, _, pixels) = page.strip(y, 1.0);
    let at = 4 * (x as usize).min(width as usize - 1);
    (pixels[at], pixels[at + 1], pixels[at + 2])
}

#[test]
fn a_mail_is_as_high_as_what_is_in_it_and_painted_from_any_place() {
    let mut page = page(
        "<div style=\"height: 700px; background-color: #ff0000\"></div><div style=\"height: 50px; \
         background-color: #0000ff\"></div>",
    );
    assert!((page.height() - 750.0).abs() < 1.0, "{}", page.height());
    assert_eq!(colour(&mut page, 300.0, 10.0), (255, 0, 0));
    assert_eq!(colour(&mut page, 300.0, 690.0), (255, 0, 0));
    assert_eq!(colour(&mut page, 300.0, 720.0), (0, 0, 255));
}

#[test]
fn text_is_set_in_the_colour_of_the_theme_and_wraps() {
    let narrow = page(&"word ".repeat(200));
    let mut wide = Page::new(&"word ".repeat(200), &Look { width: 1200.0, ..look() }, nothing());
    assert!(narrow.height() > wide.height() * 1.5);
    let (_, _, pixels) = wide.strip(0.0, 20.0);
    let dark = pixels.chunks(4).filter(|pixel| pixel[0] < 90).count();
    assert!(dark > 200, "{dark} pixels of text");
}

#[test]
fn tables_of_the_time_before_style_sheets_stand_as_they_were_meant() {
    let mut page = page(
        "<table width=\"400\" align=\"center\" cellpadding=\"10\" cellspacing=\"0\" bgcolor=\"ff0000\"><tr>\
         <td bgcolor=\"#0f0\" width=\"200\" height=\"40\">a</td><td bgcolor=\"blue\" height=\"40\">b</td></tr></table>",
    );
    assert_eq!(
        colour(&mut page, 90.0, 5.0),
        (255, 255, 255),
        "in the middle, so that there is room at its side"
    );
    assert_eq!(colour(&mut page, 104.0, 4.0), (0, 255, 0));
    assert_eq!(colour(&mut page, 480.0, 4.0), (0, 0, 255));
}

#[test]
fn a_picture_that_is_not_shown_leaves_its_words() {
    let mut with = page("<img alt=\"Our shop\" width=\"200\" height=\"40\">");
    assert!(with.height() > 15.0, "{}", with.height());
    let (_, _, pixels) = with.strip(0.0, 20.0);
    assert!(pixels.chunks(4).filter(|pixel| pixel[0] < 180).count() > 50, "words are seen");
    assert!(page("<img alt=\"\" width=\"200\" height=\"40\">").height() < 3.0, "none without words");
}

#[test]
fn pictures_come_from_the_mail_and_nothing_else_is_asked_for() {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&asked);
    let pictures: Pictures = Arc::new(move |address| {
        seen.lock().unwrap().push(address.to_owned());
        None
    });
    let _ = Page::new(
        "<img src=\"waxwing-part:1\" alt=\"x\"><a href=\"https://example.org/\">x</a>",
        &look(),
        pictures,
    );
    assert_eq!(*asked.lock().unwrap(), ["waxwing-part:1"]);
}

#[test]
fn a_link_is_found_where_it_stands() {
    let page = page("<p>Before</p><p><a href=\"https://example.org/x\"><b>the link</b></a> after</p>");
    let found: Vec<f32> = (0..120_u8)
        .map(f32::from)
        .filter(|y| page.link_at(20.0, *y).as_deref() == Some("https://example.org/x"))
        .collect();
    assert!(found.len() > 10, "{found:?}");
    assert_eq!(page.link_at(580.0, found[0]), None, "beside it is none");
}

#[test]
fn text_is_selected_across_paragraphs() {
    let mut page = page("<p>One two</p><table><tr><td>three</td></tr></table><p>four five</p>");
    page.select_from(1.0, 2.0);
    assert!(page.select_to(40.0, page.height() - 24.0));
    let text = page.selected().unwrap();
    for word in ["two", "three", "four"] {
        assert!(text.contains(word), "{text:?}");
    }
}

#[test]
fn bug_the_engine_ends_at_an_address_that_is_none() {
    for address in ["http://[", "https://%", "", "mailto:"] {
        let page = page(&format!("<p><a href=\"{address}\">x</a></p>"));
        assert!(page.height() > 10.0);
    }
}

#[test]
fn nested_tables_of_two_hundred_are_laid_out() {
    let run = || {
        let html = "<table><tr><td>".repeat(66) + "deep" + &"</td></tr></table>".repeat(66);
        page(&html).height()
    };
    let thread = std::thread::Builder::new().stack_size(64 << 20).spawn(run).unwrap();
    assert!(thread.join().unwrap() > 10.0);
}
