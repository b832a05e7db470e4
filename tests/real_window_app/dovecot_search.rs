//! A search, typed like a person does it.

use waxwing_tests::desk;
use waxwing_tests::picture::{Area, Colour, Picture};
use waxwing_tests::window::Start;

use super::{SOON, agrees, profile, server};

/// Behind words that were sought, in light colours.
const MARK: Colour = [0xF8, 0xE6, 0xA8];

/// The list below the head of a search.
fn found() -> Area {
    Area::new(217..585, 140..800)
}

fn marked(picture: &Picture) -> bool {
    picture.count(&found(), MARK, 6) > 100
}

#[test]
fn what_is_typed_is_found_and_escape_brings_the_list_back() {
    let (server, user) = server(12);
    let mut client = server.second_client(&user);
    let (_directory, profile) = profile();
    let window = Start::new(&profile).trusting(&server.authority_file()).open();
    desk::sign_in(&window, &server, &user);
    desk::settled_list(&window);
    let before = desk::heads(&window.pixels());
    let full = window.pixels().ink(&found());

    window.keys(&["slash"]);
    // Single keys are letters here, and archive nothing.
    window.type_text("e#");
    window.keys(&["BackSpace", "BackSpace"]);
    window.type_text("07");
    desk::until(&window, SOON, "what was found", |now| marked(now) && now.ink(&found()) < full / 3);
    assert!(!desk::has_toast(&window.pixels()));
    window.picture("9-search");

    // Into the list, and away with it.
    window.keys(&["Return"]);
    desk::until(&window, SOON, "its text", |now| now.ink(&desk::mail()) > 2_000);
    agrees(&mut client, "Mail 07", "INBOX", "\\Seen");
    window.keys(&["e"]);
    desk::until(&window, SOON, "toast", desk::has_toast);
    agrees(&mut client, "Mail 07", "Archive", "\\Seen");
    window.keys(&["ctrl+z"]);
    agrees(&mut client, "Mail 07", "INBOX", "\\Seen");
    desk::until(&window, SOON, "it is found again", marked);

    window.keys(&["Escape"]);
    desk::until(&window, SOON, "the list", |now| !marked(now) && desk::rows(now) >= 10);
    // Mail 07 has been read meanwhile.
    let same =
        |now: &Picture| before.iter().zip(desk::heads(now)).filter(|(before, now)| *before == now).count();
    desk::until(&window, SOON, "the rows as they were", |now| same(now) >= 9);
    window.picture("9-search-closed");
}
