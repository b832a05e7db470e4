//! What the tests stand on: real servers, a second client, generated mail, a screen, an engine at work.
//!
//! Everything here starts what it needs by itself and ends it again, also when a test panics.
#![forbid(unsafe_code)]
// A test ends loudly at the first thing that isn't as it should be.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation
)]

pub mod authority;
pub mod child;
pub mod comparison;
pub mod conversation;
pub mod courier;
pub mod cyrus;
pub mod desk;
pub mod dovecot;
pub mod engine;
pub mod forgetful;
pub mod generated;
pub mod keyring;
pub mod large;
pub mod model;
pub mod pages;
pub mod peer;
pub mod picture;
pub mod postfix;
pub mod probe;
pub mod process;
pub mod provider;
pub mod real_server;
pub mod relay;
pub mod repository;
pub mod second_client;
pub mod source;
pub mod store;
pub mod typing;
pub mod unpacked;
pub mod window;
