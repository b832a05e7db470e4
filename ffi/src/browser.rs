//! Signing in in the browser (OAuth 2).

use std::mem::MaybeUninit;

use waxwing_core::model::{BrowserWay, OAuthClient, OAuthEndpoints, Secret, SecretKind};
use waxwing_core::{Command, Ticket};

use crate::accounts::{config_of, request, waxwing_account_config};
use crate::client::{Purpose, waxwing_client, waxwing_request};
use crate::guard::{self, Fault, Misuse, Sized32};
use crate::ids::{account_id, waxwing_account_id};
use crate::status::waxwing_status;
use crate::text::{waxwing_bytes, waxwing_str};

/// How a sign-in in the browser comes back.
pub type waxwing_browser_way = i32;
/// To a port of this device that is open for that time alone; for desktops.
pub const WAXWING_BROWSER_LOOPBACK: waxwing_browser_way = 0;
/// To `redirect`, an address of the app's own; hand it to `waxwing_account_oauth_redirect`.
pub const WAXWING_BROWSER_APP: waxwing_browser_way = 1;
/// Not at all: the person types a code, at another device perhaps (RFC 8628).
pub const WAXWING_BROWSER_DEVICE: waxwing_browser_way = 2;

/// As which program a sign-in in the browser takes place. Zero it, set `struct_size`, then what is known.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct waxwing_oauth_client {
    pub struct_size: u32,
    pub way: waxwing_browser_way,
    /// The id that the provider gave to the app.
    pub client_id: waxwing_str,
    /// What some providers give beside it; none, with most.
    pub client_secret: waxwing_bytes,
    /// With WAXWING_BROWSER_APP: where the browser comes back to, as the provider knows it.
    pub redirect: waxwing_str,
    /// Where the person agrees (https). "": as the library's table has it for the account's server, and the three below too.
    pub authorize_url: waxwing_str,
    /// Where tokens are had (https).
    pub token_url: waxwing_str,
    /// Where a sign-in by a code begins (https); "": there is none.
    pub device_url: waxwing_str,
    /// What is asked for, separated by spaces.
    pub scopes: waxwing_str,
}

// SAFETY: it begins with its size, and is valid where all its bytes are zero.
unsafe impl Sized32 for waxwing_oauth_client {
    const FIRST: usize = size_of::<Self>();
}

/// # Safety
/// Its texts live during the call.
unsafe fn client_of(oauth: waxwing_oauth_client) -> Result<OAuthClient, Fault> {
    // SAFETY: the caller's promise.
    let (id, secret, redirect) = unsafe {
        (
            oauth.client_id.read("oauth.client_id")?,
            oauth.client_secret.read("oauth.client_secret")?,
            oauth.redirect.read("oauth.redirect")?,
        )
    };
    // SAFETY: as above.
    let (authorize, token, device, scopes) = unsafe {
        (
            oauth.authorize_url.read("oauth.authorize_url")?,
            oauth.token_url.read("oauth.token_url")?,
            oauth.device_url.read("oauth.device_url")?,
            oauth.scopes.read("oauth.scopes")?,
        )
    };
    if id.is_empty() {
        return Err(Misuse::of("oauth.client_id", "is empty").into());
    }
    let secret =
        std::str::from_utf8(secret).map_err(|_| Misuse::of("oauth.client_secret", "is not UTF-8"))?;
    let way = match oauth.way {
        WAXWING_BROWSER_LOOPBACK => BrowserWay::Loopback,
        WAXWING_BROWSER_APP if redirect.is_empty() => {
            return Err(Misuse::of("oauth.redirect", "is empty").into());
        }
        WAXWING_BROWSER_APP => BrowserWay::App(redirect.to_owned()),
        WAXWING_BROWSER_DEVICE => BrowserWay::Device,
        _ => return Err(Misuse::of("oauth.way", "is no WAXWING_BROWSER_").into()),
    };
    if authorize.is_empty() != token.is_empty() {
        return Err(Misuse::of("oauth.token_url", "goes with authorize_url").into());
    }
    let endpoints = (!authorize.is_empty()).then(|| OAuthEndpoints {
        issuer: String::new(),
        authorize: authorize.to_owned(),
        token: token.to_owned(),
        device: Some(device.to_owned()).filter(|device| !device.is_empty()),
        scopes: scopes.split_whitespace().map(str::to_owned).collect(),
    });
    let secret = (!secret.is_empty()).then(|| Secret::new(secret));
    Ok(OAuthClient { endpoints, id: id.to_owned(), secret, way })
}

/// As `waxwing_account_add_password`, but the person signs in in the browser (OAuth 2 with PKCE): SIGN_IN_URL says which page to
/// open. The secret store gets what new access tokens are had by without the person. Final: DONE with `account`, or FAILED:
/// E_CANCELLED where the person refused, E_ARGUMENT where it isn't known where that server's people sign in.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn waxwing_account_add_oauth(
    client: MaybeUninit<&waxwing_client>,
    config: MaybeUninit<&waxwing_account_config>,
    oauth: MaybeUninit<&waxwing_oauth_client>,
    out_request: MaybeUninit<&mut waxwing_request>,
) -> waxwing_status {
    request(client, "waxwing_account_add_oauth", out_request, Purpose::Plain, || {
        // SAFETY: the caller's promise: structs as long as they say, whose texts live during the call.
        let (config, oauth) = unsafe { (guard::sized(config, "config")?, guard::sized(oauth, "oauth")?) };
        // SAFETY: as above.
        let (config, client) = unsafe { (config_of(config, SecretKind::Grant)?, client_of(oauth)?) };
        Ok(Command::AddAccountInBrowser { config, client: Box::new(client) })
    })
}

/// Lets the person of an account sign in in the browser again, after E_AUTH as a rule, or for the first time. `oauth` NULL: as the
/// program it was done as before. What the account had is replaced only when the server took the new one. Final: SYNC_DONE when it
/// signed in and is in step; FAILED with E_AUTH where the server doesn't take it: the browser may have been signed in as somebody
/// else.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn waxwing_account_sign_in_oauth(
    client: MaybeUninit<&waxwing_client>,
    account: waxwing_account_id,
    oauth: *const waxwing_oauth_client,
    out_request: MaybeUninit<&mut waxwing_request>,
) -> waxwing_status {
    request(client, "waxwing_account_sign_in_oauth", out_request, Purpose::Plain, || {
        let account = account_id(account)?;
        // SAFETY: the caller's promise: NULL or a struct as long as it says, whose texts live during the call.
        let oauth = unsafe { oauth.as_ref() };
        let client = match oauth {
            None => None,
            // SAFETY: as above.
            Some(oauth) => {
                Some(Box::new(unsafe { client_of(guard::sized(MaybeUninit::new(oauth), "oauth")?)? }))
            }
        };
        Ok(Command::SignInInBrowser { account, client })
    })
}

/// The app was called with the address that the browser was to come back to, by the sign-in `request`. An address that isn't its
/// end is passed over. Returns at once. Final: DONE, or FAILED with E_NOT_FOUND: no such sign-in waits.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn waxwing_account_oauth_redirect(
    client: MaybeUninit<&waxwing_client>,
    sign_in: waxwing_request,
    redirect_url: waxwing_str,
    out_request: MaybeUninit<&mut waxwing_request>,
) -> waxwing_status {
    request(client, "waxwing_account_oauth_redirect", out_request, Purpose::Plain, || {
        // SAFETY: the caller's promise: text that lives during the call.
        let url = Secret::new(unsafe { redirect_url.read("redirect_url")? });
        Ok(Command::BrowserReturned { ticket: Ticket(sign_in), url })
    })
}
