//! Serves the sample mail until it is stopped: `cargo run -p waxwing-demo --example serve -- CA-FILE PASSWORD`.
//! Prints the port; the CA's certificate goes to CA-FILE. Both users have the same password.

use std::time::{SystemTime, UNIX_EPOCH};
use std::{env, fs, io, thread};

use waxwing_demo::model::Dialect;
use waxwing_demo::sample::{SECOND_USER, USER, sample_mailstore};
use waxwing_demo::serve::{Server, ServerOptions};

fn main() -> io::Result<()> {
    let [ca_file, password] = &env::args().skip(1).collect::<Vec<_>>()[..] else {
        return Err(io::Error::other("usage: serve CA-FILE PASSWORD"));
    };
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_err(io::Error::other)?;
    let now = i64::try_from(now.as_millis()).map_err(io::Error::other)?;
    let server = Server::start(ServerOptions {
        mailstore: sample_mailstore(now),
        dialect: Dialect::full(),
        users: [USER, SECOND_USER].map(|user| (user.to_owned(), password.clone())).to_vec(),
    })?;
    fs::write(ca_file, server.ca_pem())?;
    println!("{USER} and {SECOND_USER} on localhost:{}, CA in {ca_file}", server.port());
    loop {
        thread::park();
    }
}
