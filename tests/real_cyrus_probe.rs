//! The conversation of `probe_suite` with Cyrus.

use waxwing_tests::cyrus::Cyrus;

use crate::probe_suite::every_probe_test;

every_probe_test!(Cyrus::start());
