//! The mailbox to look around in: a server in this process, over loopback TLS, with sample mail.

use std::any::Any;
use std::collections::VecDeque;
use std::hash::{BuildHasher, RandomState};
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use waxwing_core::model::{AccountConfig, Secret, SecretKind, Security, SubmissionServer};
use waxwing_demo::model::Dialect;
use waxwing_demo::sample::{SECOND_USER, USER, sample_mailstore};
use waxwing_demo::serve::{Server, ServerOptions};

use crate::words;

/// A running demo server and all that is needed to sign in to it.
#[derive(Clone)]
pub struct Demo {
    /// A folder of its own that goes when the demo does.
    pub data_dir: PathBuf,
    /// The demo server's own root, as DER.
    pub extra_roots: Vec<Vec<u8>>,
    /// Those not yet added, in the order of the sidebar.
    pub accounts: VecDeque<(AccountConfig, Secret)>,
    /// Ends the server, and removes the folder, when the last clone is dropped.
    pub guard: Arc<dyn Any + Send + Sync>,
}

/// Starts the demo server; says in plain words why it can't.
pub fn demo_profile() -> Result<Demo, String> {
    start().map_err(|error| {
        tracing::error!(%error, "the demo server did not start");
        words::DEMO_MISSING.into()
    })
}

fn start() -> io::Result<Demo> {
    let now = jiff::Timestamp::now().as_millisecond();
    // Anybody on this computer can reach the port: the password is another one each time.
    let password =
        format!("{:016x}{:016x}", RandomState::new().hash_one(now), RandomState::new().hash_one(now));
    let users = [USER, SECOND_USER];
    let server = Server::start(ServerOptions {
        mailstore: sample_mailstore(now),
        dialect: Dialect::full(),
        users: users.map(|user| (user.to_owned(), password.clone())).to_vec(),
    })?;
    let folder = tempfile::Builder::new().prefix("waxwing-demo-").tempdir()?;
    let accounts = users.map(|user| {
        let config = AccountConfig {
            address: user.to_owned(),
            display_name: words::DEMO_NAME.to_owned(),
            user_name: user.to_owned(),
            imap_host: "localhost".to_owned(),
            imap_port: server.port(),
            imap_security: Security::Tls,
            secret_kind: SecretKind::Password,
            submission: Some(SubmissionServer {
                host: "localhost".to_owned(),
                port: server.submission_port(),
                security: Security::Tls,
            }),
        };
        (config, Secret::new(password.as_str()))
    });
    Ok(Demo {
        data_dir: folder.path().join("mail"),
        extra_roots: vec![server.ca_der().to_vec()],
        accounts: accounts.into(),
        guard: Arc::new((server, folder)),
    })
}
