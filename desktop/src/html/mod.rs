//! The HTML of a mail, laid out and painted in this process.
//!
//! What comes here has been through `waxwing_core::mime`: nothing in it runs, asks or loads. `page` holds one mail, laid out for
//! one width; `text` writes plain text
//! as such a page, in which `attribution` knows who introduces a quote; `album` its pictures, `fold` puts away what is quoted
//! at the end; `normalise` writes what the layout engine (blitz) does otherwise than mail expects; `worker` does all of it on a
//! thread of its own, so that a mail that takes long, or brings the engine down, costs that mail its looks and nothing else.

mod album;
mod attribution;
mod fold;
mod fonts;
mod normalise;
mod page;
mod text;
mod worker;

pub use album::usual_address;
pub use page::{FOLD, Link, Look, Page, Pictures, Rgb, Sought};
pub use text::{of_text, shown_of};
pub use worker::{Answer, Number, Request, STRIP, Worker, place};
