//! Every test that spans crates, as one program. Modules named `real_dovecot…` need Dovecot, `real_cyrus` and
//! `real_courier` those servers, unpacked, and root, as does `real_postfix`, as does `real_dovecot_full_disk`; those named `real_window…` need a
//! screen (Xvfb): `check` leaves out what has no ground, and says so.
#![forbid(unsafe_code)]
// A test ends loudly at the first thing that isn't as it should be.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation
)]

mod abi;
mod accounts;
mod answers;
mod browser;
mod certificates;
mod conversations;
mod device_limits;
mod draft_store;
mod drafts;
mod edited_accounts;
mod engine_run;
mod forgetful_disk;
mod generated_mail;
mod labels;
mod layers;
mod leaving_lists;
mod life;
mod mailbox_operations;
mod model_server;
mod odd_servers;
mod partial_mail;
mod probe_suite;
mod real_browser;
mod real_courier;
mod real_courier_probe;
mod real_cyrus;
mod real_cyrus_probe;
mod real_dovecot_browser;
mod real_dovecot_faults;
mod real_dovecot_full_disk;
mod real_dovecot_ground;
mod real_dovecot_mailboxes;
mod real_dovecot_parts;
mod real_dovecot_probe;
mod real_dovecot_search;
mod real_dovecot_session;
mod real_dovecot_suite;
mod real_dovecot_sync;
mod real_keyring;
mod real_postfix;
mod real_window_app;
mod real_window_ground;
mod relay;
mod remote_images;
mod repository;
mod search;
mod secrets;
mod sending;
mod sent_languages;
mod sent_once;
mod server_suite;
mod session_suite;
mod setup;
mod simulation;
mod start_tls;
mod submission;
mod sync_now;
mod tags;
mod trust;
mod web;
mod writers;
