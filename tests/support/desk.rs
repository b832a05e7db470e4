//! The window as a person sees it: where its rows are, whether one is unread, how one signs in.

use std::time::{Duration, Instant};

use crate::dovecot::{Dovecot, User};
use crate::picture::{Area, Colour, Picture};
use crate::process::within;
use crate::window::Window;

/// Where the list stands in a window with three panes, and how high a row is.
const LIST: (u32, u32) = (217, 585);
const FIRST_ROW: u32 = 53;
const ROW: u32 = 66;
/// The dot of unread mail and other things that call, in light colours.
pub const WAX: Colour = [0xB5, 0x43, 0x2B];
/// The colour of what acts.
const ACCENT: Colour = [0x1F, 0x6B, 0x67];
/// The star, and the ink of text.
const STAR: Colour = [0xA8, 0x6F, 0x00];
const TEXT: Colour = [0x1E, 0x1C, 0x19];
/// The colour of the toast.
const TOAST: Colour = TEXT;

/// The list: the part of the window where its rows are.
pub fn list() -> Area {
    Area::new(LIST.0..LIST.1, FIRST_ROW..800)
}

/// Sender and subject of the first ten rows, without the scroll bar and the clip at their right end. The line below them
/// comes later, when the mail has been fetched; the bar may move while the rows don't; and a clip drawn again may differ
/// from itself by the shade of a pixel.
pub fn heads(picture: &Picture) -> Vec<Vec<Colour>> {
    let head = |place| Area::new(LIST.0..LIST.1 - 36, row(place).y.start..row(place).y.start + 46);
    (0..10).map(|place| picture.colours(&head(place))).collect()
}

/// The row at that place from the top, counted from 0, while the list is scrolled to its top.
pub fn row(place: u32) -> Area {
    let top = FIRST_ROW + place * ROW;
    Area::new(LIST.0..LIST.1, top..top + ROW)
}

/// The mail beside the list, below its toolbar.
pub fn mail() -> Area {
    Area::new(LIST.1 + 2..1280, FIRST_ROW..800)
}

/// The inboxes' counts in the sidebar.
pub fn side() -> Area {
    Area::new(160..210, 56..186)
}

/// Clicks on that row.
pub fn click_row(window: &Window, place: u32) {
    let row = row(place);
    window.click((row.x.start + row.x.end) / 2, (row.y.start + row.y.end) / 2);
}

/// Whether the row has the dot of unread mail.
pub fn is_unread(picture: &Picture, place: u32) -> bool {
    let row = row(place);
    picture.count(&Area::new(row.x.start..row.x.start + 26, row.y), WAX, 12) > 20
}

/// Whether the row has a star.
pub fn is_starred(picture: &Picture, place: u32) -> bool {
    let row = row(place);
    picture.count(&Area::new(row.x.end - 50..row.x.end, row.y), STAR, 24) > 20
}

/// How many rows there are to be seen, from the top on.
pub fn rows(picture: &Picture) -> u32 {
    (0..11).take_while(|place| has_text(picture, *place)).count() as u32
}

fn has_text(picture: &Picture, place: u32) -> bool {
    let row = row(place);
    // The sender's line alone: the lines below may be empty.
    let line = Area::new(row.x.start + 26..row.x.end - 60, row.y.start + 4..row.y.start + 26);
    picture.count(&line, TEXT, 90) > 20
}

/// Whether the dark line at the bottom is there.
pub fn has_toast(picture: &Picture) -> bool {
    picture.count(&Area::new(LIST.0..LIST.1, 740..800), TOAST, 2) > 5_000
}

/// Waits until the picture is as wanted; how long that took, or a panic with a picture of what is there instead.
pub fn until(window: &Window, limit: Duration, what: &str, wanted: impl Fn(&Picture) -> bool) -> Duration {
    let start = Instant::now();
    if within(limit, || wanted(&window.pixels())) {
        return start.elapsed();
    }
    let name: String =
        what.chars().map(|letter| if letter.is_alphanumeric() { letter } else { '-' }).collect();
    let picture = window.picture(&format!("failed-{name}"));
    panic!("not within {limit:?}: {what}; see {}\n{}", picture.display(), window.errors());
}

/// Waits until nothing has changed on the screen for a quarter of a second.
pub fn settled(window: &Window) {
    rests(window, &Area::new(0..1280, 0..800));
}

/// Waits until nothing has changed in the list for a quarter of a second.
pub fn settled_list(window: &Window) {
    rests(window, &list());
}

fn rests(window: &Window, area: &Area) {
    let mut before = window.pixels().colours(area);
    let mut pauses = [250, 500, 750, 1000].into_iter().cycle();
    let still = within(Duration::from_secs(20), || {
        // Of these one at least is not in step with the caret of a field, which changes each half second, however long
        // the picture itself takes.
        std::thread::sleep(Duration::from_millis(pauses.next().unwrap_or(250)));
        let now = window.pixels().colours(area);
        let rests = before == now;
        before = now;
        rests
    });
    assert!(still, "the window never rests");
}

/// Clicks on Undo in the dark line at the bottom.
pub fn click_undo(window: &Window) {
    until(window, Duration::from_secs(5), "toast", has_toast);
    window.click(500, 765);
}

/// Whether a primary button is there, in light colours, beside how far the steps are and the ring of a field.
pub fn has_primary(picture: &Picture) -> bool {
    picture.count(&Area::new(380..900, 60..790), ACCENT, 2) > 5_600
}

/// From the welcome to the form, and all of it filled in, with keys alone. Nothing is to be found out about the address, so that
/// the server is typed.
pub fn fill_in(window: &Window, server: &str, user: &User, password: &str) {
    let press = |keys: &[&str]| {
        settled(window);
        window.keys(keys);
        settled(window);
    };
    press(&["Return"]);
    window.type_text("Ann");
    press(&["Tab"]);
    window.type_text(&user.name);
    press(&["Return"]);
    until(window, Duration::from_secs(20), "the end of the search", has_primary);
    // There is no such domain, or no network: the verb before the primary one leads to the servers, of which the first has
    // the focus then.
    press(&["shift+Tab"]);
    press(&["Return"]);
    window.type_text(server);
    // Port, two ways of encryption, the same of the other server, and its port.
    for _ in 0..8 {
        press(&["Tab"]);
    }
    window.type_text(password);
    settled(window);
}

/// Signs in from the welcome on. How long it takes until the first row is there.
pub fn sign_in(window: &Window, server: &Dovecot, user: &User) -> Duration {
    let address = format!("{}:{}", server.host(), server.port());
    fill_in(window, &address, user, &user.password);
    window.keys(&["Return"]);
    until(window, Duration::from_secs(30), "rows after sign-in", |picture| rows(picture) > 0)
}
