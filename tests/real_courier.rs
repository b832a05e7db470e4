//! The conversation of `server_suite` with Courier, and what only Courier does.

use waxwing_tests::courier::Courier;
use waxwing_tests::real_server::RealServer as _;

use crate::server_suite::every_server_test;

every_server_test!(Courier::start());

#[test]
fn the_ground_holds() {
    let courier = Courier::start();
    let mut second = courier.second_client();
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
