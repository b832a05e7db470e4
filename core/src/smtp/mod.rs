//! Handing a finished mail to a submission server (RFC 6409), over links of `net`: trust is decided there and nowhere else.
//!
//! `message` makes a mail fit to be sent and reads from it who gets it; `opening` is what STARTTLS needs said in the clear;
//! `submission` is the conversation, of which `offers` knows what the server can and `refusal` what it means by no. Addresses and
//! envelope commands are lettre's. Its connections aren't used: they keep copies of what they write, secrets among it, can't
//! say whether the end of a mail left, and take a reply too many for the answer to what is said next.

mod message;
mod offers;
mod opening;
mod refusal;
mod reply;
mod submission;
mod wire;

pub use message::{Envelope, completed, envelope};
pub use refusal::{SendFault, send_fault};
pub use submission::{Offered, Refused, Sender, Submission, Verdict, greet};
