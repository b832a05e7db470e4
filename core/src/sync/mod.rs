//! Decisions of the sync: what to ask next, what an answer changes. Pure: no socket, no store, no clock.

pub mod excerpt;
pub mod folder;
pub mod identity;
pub mod intents;
pub mod pace;
pub mod plan;
pub mod roles;
pub mod threads;
