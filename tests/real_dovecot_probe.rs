//! The conversation of `probe_suite` with Dovecot.

use waxwing_tests::real_server::DovecotServer;

use crate::probe_suite::every_probe_test;

every_probe_test!(DovecotServer::start());
