//! The model server for one user, and the login that an engine needs for it.

use waxwing_demo::model::{Dialect, Mailstore};
use waxwing_demo::serve::{Server, ServerOptions};

use crate::engine::Login;

/// Who has mail there.
pub const USER: &str = "ada@example.org";
/// What that user signs in with.
pub const PASSWORD: &str = "correct horse";

/// Serves this mail to `USER`.
pub fn serve(mailstore: Mailstore, dialect: Dialect) -> (Server, Login) {
    let users = vec![(USER.to_owned(), PASSWORD.to_owned())];
    let server = Server::start(ServerOptions { mailstore, dialect, users }).expect("the model server starts");
    let login = Login {
        host: "localhost".to_owned(),
        port: server.port(),
        user: USER.to_owned(),
        password: PASSWORD.to_owned(),
        authority: server.ca_der().to_vec(),
    };
    (server, login)
}
