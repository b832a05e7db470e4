//! The screens: plain state in, plain actions out.

pub mod composer;
pub mod mailbox;
pub mod reader;
pub mod settings;
pub mod setup;
