//! Waxwing's window.
//!
//! A screen has State, Message, Action, update and view and knows nothing of the engine; `app` alone does.
//! `screen/mailbox` is the place to begin reading.
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::cast_possible_truncation
    )
)]

//APP pub mod app;
pub mod icon;
//APP pub mod news;
//APP pub mod platform;
pub mod screen;
pub mod theme;
pub mod ui;
pub mod widget;
pub mod words;
