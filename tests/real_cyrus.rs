//! The conversation of `server_suite` with Cyrus, and what only Cyrus does.

use waxwing_tests::cyrus::Cyrus;
use waxwing_tests::real_server::RealServer as _;

use crate::server_suite::every_server_test;

every_server_test!(Cyrus::start());

#[test]
fn the_ground_holds() {
    let cyrus = Cyrus::start();
    let mut second = cyrus.second_client();
    println!("{:?}", second.capabilities());
    for command in [
        "LIST \"\" *",
        "NAMESPACE",
        "STATUS INBOX (MESSAGES UIDNEXT UIDVALIDITY UNSEEN HIGHESTMODSEQ)",
        "SELECT INBOX",
        "LSUB \"\" *",
    ] {
        let reply = second.run(command).unwrap();
        for line in reply.untagged {
            println!("* {}", String::from_utf8_lossy(&line));
        }
        println!("{}", reply.status);
    }
}
