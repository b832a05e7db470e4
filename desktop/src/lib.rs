//! The Waxwing window.
