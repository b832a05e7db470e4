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
        fold: Rgb(230, 230, 230),
        is_dark: false,
        zoom: 1.0,
        folds: true,
    }
}

fn letters(letters: &str) -> Sought {
    Sought::Letters(letters.into())
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
        .filter(|y| {
            page.link_at(20.0, *y)
                .is_some_and(|link| link.address == "https://example.org/x" && !link.is_false)
        })
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

#[test]
fn a_link_whose_text_names_another_host_is_known() {
    let page = page("<a href=\"https://evil.example/x\">www.bank.example</a>");
    assert!(page.link_at(20.0, 8.0).unwrap().is_false);
}

#[test]
fn a_mail_shown_twice_as_large_is_as_wide_and_higher() {
    let html = "word ".repeat(200) + "<a href=\"https://example.org/\">end</a>";
    let usual = page(&html);
    let look = Look { zoom: 2.0, ..look() };
    let mut large = Page::new(&html, &look, nothing());
    assert!(large.height() > usual.height() * 3.0, "{} {}", large.height(), usual.height());
    let (width, rows, _) = large.strip(0.0, 100.0);
    assert_eq!((width, rows), (600, 100));
    let last = large.find(&letters("end")).remove(0).remove(0);
    assert!(large.link_at(last.x + 5.0, last.y + 10.0).is_some(), "{last:?}");
    large.select_from(last.x + 1.0, last.y + 10.0);
    assert!(large.select_to(last.x + last.width, last.y + 10.0));
}

#[test]
fn words_are_found_where_they_stand_in_order_and_in_any_case() {
    let page = page(
        "<table><tr><td>Grüße <b>an</b> alle</td><td>x</td></tr></table><p>and GRÜSSE, grüße</p><style>.grüße{}</style>",
    );
    let found = page.find(&letters("grüße"));
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[0][0].y < found[1][0].y && found[0][0].width > 20.0);
    assert_eq!(page.find(&letters("an alle")).len(), 1, "across what is bold");
    assert!(page.find(&letters("nowhere")).is_empty() && page.find(&letters("")).is_empty());
}

#[test]
fn what_is_found_covers_the_letters_painted_there() {
    let mut page = page("<p style=\"padding: 30px 50px\">iiiii <b>MMMMM</b> iiiii</p>");
    let at = page.find(&letters("mmmmm")).remove(0).remove(0);
    let (width, _, pixels) = page.strip(at.y, at.height);
    let dark = |from: f32, to: f32| {
        let inside = |place: usize| (from..to).contains(&((place % width as usize) as f32));
        pixels.chunks(4).enumerate().filter(|(place, pixel)| pixel[0] < 128 && inside(*place)).count()
    };
    assert!(dark(at.x, at.x + at.width) > 4 * dark(at.x + at.width + 4.0, at.x + 2.0 * at.width + 4.0));
}

#[test]
fn what_is_quoted_at_the_end_is_folded_and_what_stands_between_is_not() {
    let long = "an earlier word ".repeat(30);
    let folded = |html: &str| Page::new(html, &look(), nothing()).find(&letters("earlier")).is_empty();
    let open = |html: &str| {
        !Page::new(html, &Look { folds: false, ..look() }, nothing()).find(&letters("earlier")).is_empty()
    };
    let at_the_end =
        format!("<p>Yes.</p><div class=\"gmail_quote\">On Monday: <blockquote>{long}</blockquote></div>");
    assert!(folded(&at_the_end) && open(&at_the_end));
    let text = super::super::of_text(&format!("Yes.\n\n> {long}\n> > {long}\n"), "");
    assert!(folded(&text) && open(&text));
    assert!(!folded(&format!("<blockquote>{long}</blockquote><p>I agree.</p>")), "answers stand below");
    assert!(!folded(&format!("<blockquote>{long}</blockquote>")), "there is nothing else");
    assert!(!folded("<p>Yes.</p><blockquote>an earlier word</blockquote>"), "short");
    let page = Page::new(&at_the_end, &look(), nothing());
    let dots = page.find(&letters("•••")).remove(0).remove(0);
    assert_eq!(page.link_at(dots.x + 3.0, dots.y + 6.0).unwrap().address, FOLD);
}

#[test]
fn text_is_set_as_it_was_written() {
    let page = page(&super::super::of_text("one\ntwo   three\n\nsee https://example.org/x", ""));
    let find = |word: &str| page.find(&letters(word)).remove(0).remove(0);
    assert!(find("two").y > find("one").y + 10.0, "lines are kept");
    assert!(find("three").x > find("two").x + find("two").width + 8.0, "blanks are kept");
    assert!(page.link_at(find("example").x, find("example").y + 8.0).is_some());
}

/// The leftmost and the rightmost place of a page's first line that isn't white.
fn ink(html: &str) -> (f32, f32) {
    let mut page = page(html);
    let (width, _, pixels) = page.strip(0.0, 18.0);
    let dark = pixels.chunks(4).enumerate().filter(|(_, pixel)| pixel[0] < 160);
    let places: Vec<usize> = dark.map(|(place, _)| place % width as usize).collect();
    (*places.iter().min().unwrap() as f32, *places.iter().max().unwrap() as f32)
}

#[test]
fn marks_of_a_list_written_from_right_to_left_stand_at_its_right() {
    let (left, right) = ink("<ul dir=\"rtl\" style=\"margin:0\"><li>\u{5d0}\u{5d1}\u{5d2}</li></ul>");
    assert!(left > 400.0 && right > 520.0, "{left} {right}");
}

#[test]
fn a_picture_that_did_not_come_leaves_its_words() {
    let html = "<img src=\"https://shop.example\" alt=\"Our shop\" width=\"200\" height=\"40\">";
    let red = || {
        let mut written = std::io::Cursor::new(Vec::new());
        let red = image::RgbImage::from_pixel(200, 40, image::Rgb([250, 0, 0]));
        red.write_to(&mut written, image::ImageFormat::Png).unwrap();
        written.into_inner()
    };
    let mut with =
        Page::new(html, &look(), Arc::new(move |address| (address == "https://shop.example/").then(&red)));
    assert_eq!(colour(&mut with, 150.0, 20.0), (250, 0, 0));
    let without = page(html);
    assert_eq!(without.find(&letters("our shop")).len(), 1);
}

#[test]
fn a_table_stands_in_the_middle_of_a_cell_that_is_aligned_so_and_a_style_moves_text_alone() {
    let table = "<table width=\"100\" bgcolor=\"red\"><tr><td>x</td></tr></table>";
    let mut page = page(&format!(
        "<div align=\"center\">{table}</div><div align=\"right\"><p>{table}</p></div>\
         <div style=\"text-align: center\">{table}</div>"
    ));
    let red = |page: &mut Page, x: f32| {
        let ground = (0..u16::try_from(page.height() as u32).unwrap()).map(f32::from);
        let places: Vec<f32> = ground.filter(|y| colour(page, x, *y) == (255, 0, 0)).collect();
        !places.is_empty()
    };
    assert!(red(&mut page, 252.0) && red(&mut page, 590.0) && red(&mut page, 3.0));
}

#[test]
fn borders_of_a_row_are_seen() {
    let mut page = page(
        "<table width=\"100%\" style=\"border-collapse:collapse\"><tr style=\"border-bottom:4px solid #ff0000\">\
         <td height=\"30\">x</td></tr></table>",
    );
    let height = page.height();
    assert_eq!(colour(&mut page, 300.0, height - 2.0), (255, 0, 0));
}

#[test]
fn a_mail_of_megabytes_is_cut_and_says_so() {
    let page = page(&"<p>some words of a mail</p>".repeat(60_000));
    assert!(!page.find(&letters("left out here")).is_empty() || page.height() >= TALLEST);
    assert!(within(&"<p>x</p>".repeat(200_000)).ends_with("left out here.</p>"));
    assert!(within(&format!("{}<table", "x".repeat(LARGEST - 3))).contains("left out here"));
}

#[test]
fn words_of_a_search_are_found_as_the_search_finds_them() {
    let page = page("<p>Müller and the mullers, Muller</p>");
    assert_eq!(page.find(&Sought::Words(vec!["muller".into()])).len(), 2);
    assert_eq!(page.find(&Sought::Words(vec!["muller*".into()])).len(), 3);
}

/// What a folded mail in plain text still shows of these words.
fn shown_of<'a>(text: &str, subject: &str, words: &[&'a str]) -> Vec<&'a str> {
    let page = page(&super::super::of_text(text, subject));
    words.iter().copied().filter(|word| !page.find(&letters(word)).is_empty()).collect()
}

#[test]
fn bug_the_line_that_introduces_what_is_folded_stayed_behind() {
    let long = "> an earlier word\n".repeat(20);
    let introduced = format!("Yes.\n\nAm 03.01.22 um 12:30 schrieb Ada Kestrel:\n\n{long}");
    assert_eq!(shown_of(&introduced, "", &["Yes.", "Kestrel", "earlier", "•••"]), ["Yes.", "•••"]);
    let outlook = "From: Ada Kestrel\nSent: Monday\nTo: Jonas\nSubject: Keys\n\n".to_owned()
        + &"an earlier word ".repeat(20);
    let answered = format!("Yes.\n\n-----Original Message-----\n{outlook}");
    assert_eq!(shown_of(&answered, "RE: Keys", &["Yes.", "Original", "earlier"]), ["Yes."]);
    assert_eq!(
        shown_of(&answered, "FW: Keys", &["Yes.", "Original", "earlier"]).len(),
        3,
        "it is what was sent"
    );
    assert_eq!(shown_of(&outlook, "RE: Keys", &["earlier"]).len(), 1, "there is nothing else");
}

/// Each way to put up to five pieces of a mail one after another: what the person says is always to be seen, a quote only where
/// nothing of theirs follows it is folded, and its introduction with it.
#[test]
fn words_of_the_person_are_never_folded_however_they_answer() {
    let quote = "> quotedword of an earlier mail, long enough to be put away\n".repeat(5);
    let pieces = [
        "ownword said here\n",
        "ownword: On 3 May 2022 Mira wrote:\n",
        "On Mon, Jan 3, 2022 at 12:30 PM Mira <mira@example.org> wrote:\n",
        quote.as_str(),
        "\n",
    ];
    for length in 1..=4_u32 {
        for number in 0..pieces.len().pow(length) {
            let places = (0..length).map(|at| number / pieces.len().pow(at) % pieces.len());
            let places: Vec<usize> = places.collect();
            let text: String = places.iter().map(|place| pieces[*place]).collect();
            let page = page(&super::super::of_text(&text, ""));
            let own = places.iter().filter(|place| **place < 2).count();
            assert_eq!(page.find(&letters("ownword")).len(), own, "{text}");
            // An introduction with nothing quoted below it is as good as said.
            let said = places.iter().rposition(|place| *place < 2);
            let last_quote = places.iter().rposition(|place| *place == 3);
            if let (Some(said), Some(quote)) = (said, last_quote)
                && quote < said
            {
                let quotes = places.iter().filter(|place| **place == 3).count();
                assert_eq!(page.find(&letters("quotedword")).len(), 5 * quotes, "answered below: {text}");
            }
        }
    }
}
