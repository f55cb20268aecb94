//! Why machine code was left where it was, and how a guard tells it.

/// What was not as expected where machine code was left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Blame {
    Nothing,
    /// An operand is no number.
    Operand,
    /// The result is no whole number.
    Fraction,
    /// A procedure gave no number; its call stands before the place that was left.
    Result,
    /// The item is no number.
    Item,
    /// A slot holds no number where a loop begins.
    Slots,
}

impl Blame {
    fn code(self) -> i64 {
        match self {
            Self::Nothing => 0,
            Self::Operand => 1,
            Self::Fraction => 2,
            Self::Result => 3,
            Self::Item => 4,
            Self::Slots => 5,
        }
    }

    /// What this code says.
    pub(super) fn of(code: u64) -> Self {
        match code {
            0 => Self::Nothing,
            1 => Self::Operand,
            2 => Self::Fraction,
            3 => Self::Result,
            4 => Self::Item,
            _ => Self::Slots,
        }
    }
}

/// Bits of the instruction's number and of the pending steps in what a guard tells.
pub(super) const PLACE_BITS: i64 = 20;

/// Where a guard stands, the steps that were not yet counted there, and what it blames.
pub(super) fn packed(at: usize, pending: i64, blame: Blame) -> i64 {
    let at = i64::try_from(at).expect("code is bounded");
    at | pending << PLACE_BITS | blame.code() << (2 * PLACE_BITS)
}
