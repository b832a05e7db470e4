//! The caller's own check of a server's chain of certificates.

use std::ffi::c_void;
use std::sync::{Arc, Mutex, PoisonError};

use waxwing_core::ChainVerifier;

use crate::guard::{self, Fault, Misuse, Sized32};
use crate::herald::UserData;
use crate::secrets::{Replies, waxwing_reply};
use crate::text::{Texts, waxwing_bytes, waxwing_str};

/// A platform's check of a chain of certificates: SecTrust, X509TrustManager. It answers for the chain alone: that the
/// certificate is for this host, for servers and valid now is checked beside it, so it can never switch that off. Zero it,
/// set `struct_size`, then `verify`. It runs on threads of the library, one at a time.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct waxwing_tls_verifier {
    pub struct_size: u32,
    /// Whether an authority that is trusted stands behind the first of these certificates (DER, `chain_len` of them), which
    /// says it is `host`; `ocsp` is the OCSP answer that came along, may be empty. All of it is gone after the call. Answer with
    /// `waxwing_reply_status`: WAXWING_OK, or any other status where none does. A connection waits for it.
    pub verify: Option<
        extern "C" fn(
            user_data: *mut c_void,
            host: waxwing_str,
            chain_der: *const waxwing_bytes,
            chain_len: usize,
            ocsp: waxwing_bytes,
            reply: waxwing_reply,
        ),
    >,
    pub user_data: *mut c_void,
    /// Called once, after the last callback; not when opening the client fails. NULL: none.
    pub free: Option<extern "C" fn(user_data: *mut c_void)>,
}

// SAFETY: it begins with its size, and is valid where all its bytes are zero.
unsafe impl Sized32 for waxwing_tls_verifier {
    const FIRST: usize = size_of::<Self>();
}

/// The caller's verifier.
struct Theirs {
    verifier: waxwing_tls_verifier,
    user_data: Arc<UserData>,
    replies: Arc<Replies>,
    /// One call at a time.
    turn: Mutex<()>,
}

// SAFETY: its function may be called from any thread, as the contract says.
unsafe impl Send for Theirs {}
// SAFETY: as above.
unsafe impl Sync for Theirs {}

impl ChainVerifier for Theirs {
    fn is_trusted(&self, host: &str, chain: &[&[u8]], ocsp: &[u8]) -> bool {
        let Some(verify) = self.verifier.verify else { return false };
        let reply = self.replies.ask();
        {
            let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
            let mut texts = Texts::default();
            let chain: Vec<waxwing_bytes> = chain.iter().map(|der| waxwing_bytes::of(der)).collect();
            let (host, ocsp) = (texts.keep(host), waxwing_bytes::of(ocsp));
            verify(self.user_data.pointer(), host, chain.as_ptr(), chain.len(), ocsp, reply);
        }
        self.replies.is_well(reply)
    }
}

/// What the options say of it, and whose data it has.
pub(crate) type Verifier = (Arc<dyn ChainVerifier>, Arc<UserData>);

/// # Safety
/// `verifier` is NULL or as long as it says, and its function may be called until its `free` is.
pub(crate) unsafe fn verifier(
    verifier: *const waxwing_tls_verifier,
    replies: &Arc<Replies>,
) -> Result<Option<Verifier>, Fault> {
    if verifier.is_null() {
        return Ok(None);
    }
    // SAFETY: the caller's promise; a reference that may be dangling is never made of it.
    let verifier = unsafe { guard::sized(std::mem::MaybeUninit::new(&*verifier), "options.verifier")? };
    if verifier.verify.is_none() {
        return Err(Misuse::of("options.verifier.verify", "is NULL").into());
    }
    let user_data = Arc::new(UserData::new(verifier.user_data, verifier.free));
    let (kept, replies) = (Arc::clone(&user_data), Arc::clone(replies));
    Ok(Some((Arc::new(Theirs { verifier, user_data, replies, turn: Mutex::default() }), kept)))
}
