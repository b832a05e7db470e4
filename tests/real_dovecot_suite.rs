//! The conversation of `server_suite` with Dovecot: everything that speeds a sync up, Maildirs behind it.

use waxwing_tests::real_server::DovecotServer;

use crate::server_suite::every_server_test;

every_server_test!(DovecotServer::start());
