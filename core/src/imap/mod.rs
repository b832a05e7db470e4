//! The IMAP session: bytes and moments in, bytes and facts out. No socket, no clock, no randomness.

mod capability;
pub mod ops;
mod quirks;
mod sasl;
mod session;
mod uid_set;

pub use capability::{Capabilities, Capability};
pub use ops::{Answer, Op};
pub use quirks::{Quirks, Server};
pub use session::{CloseReason, Credentials, Fact, IdleRenewal, OpId, Session, SessionOptions};
pub use uid_set::UidSet;

/// A UID (RFC 9051 section 2.3.1.1). Never 0.
pub type Uid = u32;
