//! What is fetched when, and what is kept.

/// What the device is connected by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Network {
    /// By nothing.
    None,
    /// By something that is paid for by use, or slow.
    Metered,
    /// By something that may be used at will.
    #[default]
    Free,
}

/// Of which mails the bodies are fetched without being asked for. Lists are always whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Keep {
    /// Of all.
    #[default]
    Everything,
    /// Of none.
    Headers,
    /// Of those that arrived within so many days.
    LastDays(u32),
}

impl Keep {
    /// As the store has it.
    pub(crate) fn number(self) -> i64 {
        match self {
            Self::Everything => 0,
            Self::Headers | Self::LastDays(0) => -1,
            Self::LastDays(days) => days.into(),
        }
    }

    pub(crate) fn from_number(number: i64) -> Self {
        match u32::try_from(number) {
            Ok(0) => Self::Everything,
            Ok(days) => Self::LastDays(days),
            Err(_) => Self::Headers,
        }
    }
}
