//! Handing a finished mail to a submission server (RFC 6409), over links of `net`: trust is decided there and nowhere else.
//!
//! `message` makes a mail fit to be sent and reads from it who gets it; `opening` is what STARTTLS needs said in the clear;
//! `submission` is the conversation. Replies, addresses and envelope commands are lettre's. What is secret, and the mail
//! itself, is written past it (`wire`): it keeps copies of what it writes, and it can't say whether the end of a mail left.

mod message;
mod opening;
mod submission;
mod wire;

pub use message::{Envelope, completed, envelope, without_bcc};
pub use submission::{Offered, Refused, Sender, Submission, Verdict, greet};
