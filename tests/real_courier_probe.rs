//! The conversation of `probe_suite` with Courier.

use waxwing_tests::courier::Courier;

use crate::probe_suite::every_probe_test;

every_probe_test!(Courier::start());
