//! Decisions of the sync: what to ask next, what an answer changes. Pure: time is an argument.
