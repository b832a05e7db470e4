//! Waxwing's mail core: an IMAPS session, a local store and the sync between them, behind one door.
//!
//! Requests are [`Command`]s given to an [`Engine`]; every answer and every piece of news is an [`Event`].
//! What is on this device is read through a [`Reader`], which never waits for the network.
//! Read `command`, `event`, `error` and `model` first: they are the whole vocabulary.
#![forbid(unsafe_code)]
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

pub mod command;
pub mod error;
pub mod event;
pub mod model;

pub mod engine;
pub mod imap;
pub mod manual;
pub mod mime;
pub mod net;
pub mod oauth;
pub mod setup;
mod sign_in;
pub mod smtp;
pub mod store;
pub mod sync;
pub mod vault;
pub mod wire;

pub use command::{Command, Message, Ticket};
pub use engine::{Engine, EngineOptions, EventStream};
pub use error::{Error, ErrorKind};
pub use event::{CheckState, CheckStep, Done, Event};
pub use net::{ChainVerifier, roots_of_pem};
pub use store::{Images, PartReader, Reader, Snapshot, search_words};
