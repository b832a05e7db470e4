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

pub mod app;
pub mod clients;
pub mod demo;
pub mod html;
pub mod icon;
pub mod kept;
pub mod news;
pub mod picture;
pub mod platform;
pub mod screen;
#[cfg(test)]
pub(crate) mod stage;
pub mod theme;
pub mod ui;
pub mod widget;
pub mod words;
