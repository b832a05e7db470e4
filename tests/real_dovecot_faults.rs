//! The core against a real server when things go wrong.
