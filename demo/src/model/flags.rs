//! The flags and keywords of a mail (RFC 9051 section 2.3.2).

use std::fmt;

/// System flags and keywords, in the order they were set. Compared without regard to case.
#[derive(Clone, Debug, Default)]
pub struct Flags(Vec<String>);

impl Flags {
    /// No flags.
    pub fn none() -> Self {
        Self::default()
    }

    pub fn has(&self, flag: &str) -> bool {
        self.0.iter().any(|own| own.eq_ignore_ascii_case(flag))
    }

    pub fn add(&mut self, flag: &str) {
        if !self.has(flag) {
            self.0.push(flag.to_owned());
        }
    }

    pub fn remove(&mut self, flag: &str) {
        self.0.retain(|own| !own.eq_ignore_ascii_case(flag));
    }

    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

impl<'a> FromIterator<&'a str> for Flags {
    fn from_iter<T: IntoIterator<Item = &'a str>>(flags: T) -> Self {
        let mut set = Self::default();
        for flag in flags {
            set.add(flag);
        }
        set
    }
}

impl<'a, const N: usize> From<[&'a str; N]> for Flags {
    fn from(flags: [&'a str; N]) -> Self {
        flags.into_iter().collect()
    }
}

impl PartialEq for Flags {
    /// The same flags, in whatever order and case.
    fn eq(&self, other: &Self) -> bool {
        self.0.len() == other.0.len() && self.0.iter().all(|flag| other.has(flag))
    }
}

impl fmt::Display for Flags {
    /// As on the wire: `(\Seen $Forwarded)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "({})", self.0.join(" "))
    }
}
