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

/// Whether it is a host of a provider that the table knows, whatever it is for, written in lower case. Their certificates are
/// good: one that isn't is somebody else's, and no person is asked to believe it.
pub fn is_host_of_provider(host: &str) -> bool {
    providers::has_host(host)
}

/// The page of a provider for what its people have to do there before they sign in, as the table has it.
pub fn help_page(host: &str, port: u16) -> Option<&'static str> {
    providers::of_server(host, port)?.help_page()
}

/// Where people of that server for reading mail sign in in the browser, as the table has it.
pub fn endpoints_of_server(host: &str, port: u16) -> Option<crate::model::OAuthEndpoints> {
    providers::of_server(host, port)?.oauth()
}

/// Whether a host is one of those who take the tokens that are given out at that address (of OAuth 2), as the table has it.
pub fn takes_tokens_from(address: &str, host: &str) -> bool {
    oauth::issuer_at(address).is_some_and(|issuer| providers::takes_tokens_of(issuer, host))
}

/// Whether tokens of an issuer that the table knows are given out at that address (of OAuth 2).
pub fn gives_out_tokens(address: &str) -> bool {
    oauth::issuer_at(address).is_some()
}

/// Whether there is an issuer whose tokens both take, as the table has it.
pub fn take_the_same_tokens(one: &str, other: &str) -> bool {
    oauth::issuers().any(|issuer| [one, other].iter().all(|host| providers::takes_tokens_of(issuer, host)))
}
