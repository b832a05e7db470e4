//! Signing in in the browser, with a real Dovecot that looks at the tokens itself (JSON Web Tokens, RFC 7519).

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use hmac::{Hmac, Mac as _};
use sha2::Sha256;
use waxwing_core::model::{AccountId, AccountState, BrowserWay, ListQuery, Role};
use waxwing_core::{Command, Done, Event};
use waxwing_tests::dovecot::{Dovecot, Options};
use waxwing_tests::engine::{EngineRun, Login};
use waxwing_tests::generated::Mail;
use waxwing_tests::process::within;
use waxwing_tests::provider::{Provider, visit};

const USER: &str = "ada@example.test";
const KEY: &[u8] = b"known to the provider and the server";

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

fn token(number: usize, lives: u32) -> String {
    let part = |json: String| URL_SAFE_NO_PAD.encode(json);
    let head = part("{\"alg\":\"HS256\",\"typ\":\"JWT\"}".into());
    let now = now();
    let claims = part(format!(
        "{{\"sub\":\"{USER}\",\"iat\":{now},\"exp\":{},\"jti\":\"{number}\"}}",
        now + u64::from(lives)
    ));
    let mut signature = Hmac::<Sha256>::new_from_slice(KEY).unwrap();
    signature.update(format!("{head}.{claims}").as_bytes());
    format!("{head}.{claims}.{}", URL_SAFE_NO_PAD.encode(signature.finalize().into_bytes()))
}

/// A Dovecot that takes those, by that mechanism; and the directory of its keys.
fn dovecot(mechanism: &str) -> (Dovecot, tempfile::TempDir) {
    let place = tempfile::Builder::new().prefix("waxwing-tokens-").tempdir().unwrap();
    fs::set_permissions(place.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let keys = place.path().join("keys").join("default").join("HS256");
    fs::create_dir_all(&keys).unwrap();
    fs::write(keys.join("default"), STANDARD.encode(KEY)).unwrap();
    let settings = place.path().join("oauth2.conf");
    let dictionary = format!("fs:posix:prefix={}/keys/", place.path().display());
    let lines = [
        "introspection_mode = local".to_owned(),
        format!("local_validation_key_dict = {dictionary}"),
        "username_attribute = sub".to_owned(),
    ];
    fs::write(&settings, lines.join("\n") + "\n").unwrap();
    let settings = vec![
        format!("auth_mechanisms = plain {mechanism}"),
        format!(
            "passdb {{\n  driver = oauth2\n  mechanisms = {mechanism}\n  args = {}\n}}",
            settings.display()
        ),
    ];
    (Dovecot::start_with(Options { settings, ..Options::default() }), place)
}

fn added(run: &EngineRun, provider: &Provider, login: &Login) -> AccountId {
    let (config, client) = (login.config(), Box::new(provider.client(BrowserWay::Loopback)));
    let ticket = run.submit(Command::AddAccountInBrowser { config, client });
    let page = run.wait_for("a page", |event| matches!(event, Event::SignInPage { .. }));
    let Event::SignInPage { url, .. } = page else { panic!("{page:?}") };
    assert_eq!(visit(&provider.agree(&url)).0, 200);
    match run.finished(ticket) {
        Ok(Done::Account(account)) => account,
        other => panic!("{other:?}"),
    }
}

#[test]
fn dovecot_takes_the_tokens_and_they_are_renewed_when_they_end() {
    for mechanism in ["oauthbearer", "xoauth2"] {
        let (server, _place) = dovecot(mechanism);
        let user = server.user(USER, "a password that nobody uses");
        server.seed(&user, "INBOX", [Mail::short("Hello", "In the browser.")]);
        let provider = Provider::making(token);
        // Shorter than what is kept in reserve: each is renewed before it is used again.
        provider.with(|known| known.lives = 30);
        let login = Login::to(&server, &user);
        let run = EngineRun::start(vec![server.authority(), provider.authority()]);
        let account = added(&run, &provider, &login);
        run.wait_until_complete(account);
        let inbox = run.role(account, Role::Inbox);
        let page = run.reader().page(ListQuery::Mailbox(inbox), 0, 9).unwrap();
        assert_eq!(page.rows[0].subject, "Hello", "{mechanism}");
        let renewed = || provider.with(|known| known.asked.get("refresh_token").copied().unwrap_or(0));
        assert!(renewed() > 0, "{mechanism}");
        let run = run.reopened();
        run.wait_until("it signs in again", |_| Ok(run.status(account).state == AccountState::Online));
        let log = server.log();
        assert!(!log.contains("a password that nobody uses"));
        assert!(within(std::time::Duration::from_secs(5), || server.sign_ins(USER) >= 2), "{}", server.log());
        assert!(log.to_lowercase().contains(&format!("method={mechanism}")), "{mechanism}: {log}");
    }
}
