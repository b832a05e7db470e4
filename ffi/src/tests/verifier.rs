//! The caller's own verifier.

use std::ffi::c_void;
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

use waxwing_demo::serve::Server;

use super::caller::*;
use crate::client::waxwing_client_open;
use crate::event::WAXWING_EVENT_DONE;
use crate::secrets::{waxwing_reply, waxwing_reply_status};
use crate::status::{WAXWING_E_ARGUMENT, WAXWING_E_TRUST, WAXWING_OK};
use crate::text::{waxwing_bytes, waxwing_str};
use crate::verifier::waxwing_tls_verifier;

/// What the verifier was asked: whose certificate it is to be, the certificates, and where the answer goes.
type Asked = (String, Vec<Vec<u8>>, waxwing_reply);

extern "C" fn verify(
    user_data: *mut c_void,
    host: waxwing_str,
    chain_der: *const waxwing_bytes,
    chain_len: usize,
    _ocsp: waxwing_bytes,
    reply: waxwing_reply,
) {
    // SAFETY: it is what was given when the client was opened.
    let asked = unsafe { &*user_data.cast::<Mutex<Sender<Asked>>>() };
    let chain = (0..chain_len)
        // SAFETY: the library's promise, which is being tested.
        .map(|index| unsafe { (*chain_der.add(index)).read("chain").unwrap().to_vec() })
        .collect();
    asked.lock().unwrap().send((text(host), chain, reply)).unwrap();
}

/// A client whose verifier says that, from another thread; and what it is asked.
fn verified_as(status: i32) -> (Caller, JoinHandle<Vec<Asked>>) {
    let (sender, asked): (_, Receiver<Asked>) = channel();
    let sender: &'static Mutex<Sender<Asked>> = Box::leak(Box::new(Mutex::new(sender)));
    let verifier = waxwing_tls_verifier {
        struct_size: u32::try_from(size_of::<waxwing_tls_verifier>()).unwrap(),
        verify: Some(verify),
        user_data: std::ptr::from_ref(sender).cast_mut().cast(),
        free: None,
    };
    let caller = Caller::open_with(|options| options.verifier = &raw const verifier);
    let client = caller.client as usize;
    let answering = std::thread::spawn(move || {
        let asked = asked.recv_timeout(std::time::Duration::from_secs(30));
        waxwing_reply_status(given(client as *const _), asked.as_ref().map_or(0, |asked| asked.2), status);
        asked.into_iter().collect()
    });
    (caller, answering)
}

#[test]
fn whom_the_callers_verifier_trusts_is_spoken_to() {
    let server: Server = served(1);
    let (caller, asked) = verified_as(WAXWING_OK);
    // One connection, so that it is asked once: what follows resumes its session.
    assert_eq!(caller.add(&server, PASSWORD).kind, WAXWING_EVENT_DONE);
    let asked = asked.join().unwrap();
    assert_eq!(asked[0].0, "localhost");
    assert!(!asked[0].1.is_empty() && asked[0].1.iter().all(|der| der[0] == 0x30), "certificates, DER");
}

#[test]
fn whom_the_callers_verifier_refuses_gets_no_password() {
    let server = served(1);
    let (caller, asked) = verified_as(WAXWING_E_TRUST);
    assert_eq!(caller.add(&server, PASSWORD).status, WAXWING_E_TRUST);
    assert_eq!(asked.join().unwrap().len(), 1);
    server.store().with(|store| assert!(store.journal.commands.is_empty()));
}

#[test]
fn a_verifier_without_its_function_is_told_by_its_name() {
    let verifier = waxwing_tls_verifier {
        struct_size: u32::try_from(size_of::<waxwing_tls_verifier>()).unwrap(),
        verify: None,
        user_data: std::ptr::null_mut(),
        free: None,
    };
    let log: &'static Mutex<Vec<String>> = Box::leak(Box::default());
    let data_dir = tempfile::tempdir().unwrap();
    let mut options = options(data_dir.path().to_str().unwrap(), log);
    options.verifier = &raw const verifier;
    let mut client = std::ptr::null_mut();
    let opened = waxwing_client_open(given(&raw const options), out(&raw mut client), std::ptr::null_mut());
    assert_eq!((opened, client.is_null()), (WAXWING_E_ARGUMENT, true));
}
