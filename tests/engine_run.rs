//! What an engine's tests stand on, as far as it needs no server.

use waxwing_core::model::Secret;
use waxwing_core::vault::Vault;
use waxwing_tests::engine::{EngineRun, MemoryVault};

#[test]
fn an_engine_without_accounts_starts_ends_and_opens_again() {
    let run = EngineRun::start(Vec::new());
    assert!(run.reader().accounts().unwrap().is_empty());
    let directory = run.data_dir();
    let run = run.reopened();
    assert_eq!(run.data_dir(), directory);
    assert!(run.reader().accounts().unwrap().is_empty());
}

#[test]
fn clones_of_a_vault_share_their_secrets() {
    let vault = MemoryVault::default();
    let clone = vault.clone();
    vault.set("imap", &Secret::new("secret")).unwrap();
    assert_eq!(clone.get("imap").unwrap().unwrap().reveal(), "secret");
    clone.delete("imap").unwrap();
    assert!(vault.is_empty());
    assert!(vault.get("imap").unwrap().is_none());
}
