//! A message's number in the store, and which messages wait for which.

/// A message's number in the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageKey(pub i64);

/// Which messages wait for which. Those of one lane never wait for another's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lane {
    /// To named devices.
    Named,
    /// To an audience, of which nothing is known yet or which fits one page.
    Audience,
    /// To an audience of more than a page.
    Broad,
}

impl Lane {
    /// All of them, the most urgent first.
    pub const ALL: [Self; 3] = [Self::Named, Self::Audience, Self::Broad];

    pub(super) fn number(self) -> i64 {
        match self {
            Self::Named => 0,
            Self::Audience => 1,
            Self::Broad => 2,
        }
    }

    pub(super) fn from_number(number: i64) -> Self {
        match number {
            0 => Self::Named,
            2 => Self::Broad,
            _ => Self::Audience,
        }
    }
}
