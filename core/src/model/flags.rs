//! Flags of a mail: the system flags and well-known keywords as bits, all other keywords by name.

use std::ops::{BitAnd, BitOr, BitOrAssign, Not};

use super::Keyword;

/// A set of flags that have a bit. The numbers are those of the C ABI.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct FlagBits(pub u32);

impl FlagBits {
    /// No flag.
    pub const NONE: Self = Self(0);
    /// `\Seen`
    pub const SEEN: Self = Self(1);
    /// `\Answered`
    pub const ANSWERED: Self = Self(2);
    /// `\Flagged`: the star
    pub const FLAGGED: Self = Self(4);
    /// `\Deleted`
    pub const DELETED: Self = Self(8);
    /// `\Draft`
    pub const DRAFT: Self = Self(16);
    /// `$Forwarded`
    pub const FORWARDED: Self = Self(32);
    /// `$Junk`
    pub const JUNK: Self = Self(64);

    /// The flags of RFC 9051; the others are keywords.
    pub const SYSTEM: Self = Self(31);

    /// Every flag with its bit and its name on the wire.
    pub const NAMES: [(Self, &'static str); 7] = [
        (Self::SEEN, "\\Seen"),
        (Self::ANSWERED, "\\Answered"),
        (Self::FLAGGED, "\\Flagged"),
        (Self::DELETED, "\\Deleted"),
        (Self::DRAFT, "\\Draft"),
        (Self::FORWARDED, "$Forwarded"),
        (Self::JUNK, "$Junk"),
    ];

    /// Whether all of `other` are in this set.
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether this set is empty.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// This set with `add` set and `remove` cleared.
    #[must_use]
    pub const fn changed(self, add: Self, remove: Self) -> Self {
        Self((self.0 | add.0) & !remove.0)
    }
}

impl BitOr for FlagBits {
    type Output = Self;
    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl BitOrAssign for FlagBits {
    fn bitor_assign(&mut self, other: Self) {
        self.0 |= other.0;
    }
}

impl BitAnd for FlagBits {
    type Output = Self;
    fn bitand(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
}

impl Not for FlagBits {
    type Output = Self;
    fn not(self) -> Self {
        Self(!self.0)
    }
}

/// All flags of one mail as the server has them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Flags {
    /// Those with a bit.
    pub bits: FlagBits,
    /// The other keywords, sorted, each once. `\Recent` and `\*` are not kept.
    pub keywords: Vec<Box<str>>,
}

impl Flags {
    /// Whether it has that keyword, in any case.
    pub fn has_keyword(&self, keyword: &Keyword) -> bool {
        self.keywords.iter().any(|known| keyword.is(known))
    }

    /// Adds and takes away keywords. One that is there keeps its spelling.
    pub fn change_keywords(&mut self, add: &[Keyword], remove: &[Keyword]) {
        for keyword in add {
            if !self.has_keyword(keyword) {
                self.insert(keyword.name());
            }
        }
        self.keywords.retain(|known| !remove.iter().any(|keyword| keyword.is(known)));
    }

    /// Adds one flag by its name on the wire, in any case.
    pub fn insert(&mut self, name: &str) {
        if let Some((bit, _)) = FlagBits::NAMES.iter().find(|(_, known)| known.eq_ignore_ascii_case(name)) {
            self.bits |= *bit;
        } else if !name.starts_with('\\')
            && !name.is_empty()
            && let Err(place) = self.keywords.binary_search_by(|known| known.as_ref().cmp(name))
        {
            self.keywords.insert(place, Box::from(name));
        }
    }
}
