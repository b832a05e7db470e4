//! From an address to settings: what was typed, who is known, what a domain publishes, and which of it comes first.
//!
//! Nothing here asks anybody: `engine/discovery.rs` does, and brings the answers.

pub mod address;
pub mod autoconfig;
mod oauth;
pub mod providers;
pub mod score;
pub mod typo;

pub use address::{MailAddress, host_name};
pub use oauth::endpoints;
