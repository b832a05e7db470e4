//! Where secrets are kept, for callers without a store of their own.

use super::caller::*;
use crate::event::WAXWING_EVENT_DONE;
use crate::places::*;
use crate::status::*;

/// Place and state of the file.
fn state(caller: &Caller) -> (i32, i32) {
    let (mut place, mut keyring, mut file) = (-1, -1, -1);
    let (client, status) = (caller.client(), WAXWING_OK);
    let asked = waxwing_secrets_state(client, out(&raw mut place), out(&raw mut keyring), out(&raw mut file));
    assert_eq!(asked, status);
    assert!((WAXWING_SECRETS_UNKNOWN..=WAXWING_SECRETS_ABSENT).contains(&keyring));
    (place, file)
}

fn keep(caller: &Caller, place: i32, passphrase: &str) -> i32 {
    let passphrase = bytes(passphrase.as_bytes());
    caller.answer(caller.asked(|out| waxwing_secrets_keep(caller.client(), place, passphrase, out))).status
}

#[test]
fn a_caller_without_a_store_says_where_secrets_are_kept() {
    let server = served(1);
    let caller = Caller::open(Some(&server));
    assert_eq!(state(&caller), (WAXWING_SECRETS_KEYRING, WAXWING_SECRETS_ABSENT));
    assert_eq!(keep(&caller, WAXWING_SECRETS_FILE, "open sesame"), WAXWING_OK);
    assert_eq!(state(&caller), (WAXWING_SECRETS_FILE, WAXWING_SECRETS_OPEN));
    assert_eq!(caller.add(&server, PASSWORD).kind, WAXWING_EVENT_DONE);
    let change = |old: &str, new: &str| {
        let (old, new) = (bytes(old.as_bytes()), bytes(new.as_bytes()));
        let asked = caller.asked(|out| waxwing_secrets_change_passphrase(caller.client(), old, new, out));
        caller.answer(asked).status
    };
    assert_eq!(change("wrong", "close sesame"), 700, "E_SECRET");
    assert_eq!(change("open sesame", "close sesame"), WAXWING_OK);
    assert_eq!(keep(&caller, WAXWING_SECRETS_FILE, "open sesame"), 700, "E_SECRET");
    assert_eq!(keep(&caller, WAXWING_SECRETS_SESSION, ""), WAXWING_OK);
    assert_eq!(state(&caller), (WAXWING_SECRETS_SESSION, WAXWING_SECRETS_ABSENT));

    let mut number = 0;
    for (place, passphrase) in
        [(3, ""), (-1, ""), (WAXWING_SECRETS_SESSION, "x"), (WAXWING_SECRETS_FILE, "\u{0}")]
    {
        let asked =
            waxwing_secrets_keep(caller.client(), place, bytes(passphrase.as_bytes()), out(&raw mut number));
        if passphrase == "\u{0}" {
            assert_eq!(asked, WAXWING_OK, "a passphrase may hold anything");
            continue;
        }
        assert_eq!((asked, number), (WAXWING_E_ARGUMENT, 0), "{place}");
    }
    let ill_formed =
        waxwing_secrets_keep(caller.client(), WAXWING_SECRETS_FILE, bytes(b"\xff"), out(&raw mut number));
    assert_eq!(ill_formed, WAXWING_E_ARGUMENT);
}
