//! Constants, each kept once.

use indexmap::IndexSet;

/// A value known before the run.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Constant {
    /// What nothing was put into.
    Undefined,
    /// Nothing, said on purpose.
    Null,
    /// True or false.
    Bool(bool),
    /// A double, by its bits, so that -0 and 0 stay two.
    Number(u64),
    /// A text.
    Text(Box<str>),
}

impl Constant {
    /// A number.
    pub fn number(number: f64) -> Self {
        Self::Number(number.to_bits())
    }
}

/// The constants met so far.
#[derive(Default)]
pub(super) struct Constants(IndexSet<Constant>);

impl Constants {
    /// The number of a constant.
    pub(super) fn keep(&mut self, constant: Constant) -> u32 {
        u32_of(self.0.insert_full(constant).0)
    }

    /// The number that the constant of this number is.
    pub(super) fn number_at(&self, index: u32) -> Option<f64> {
        match self.0.get_index(index as usize)? {
            Constant::Number(bits) => Some(f64::from_bits(*bits)),
            Constant::Undefined | Constant::Null | Constant::Bool(_) | Constant::Text(_) => None,
        }
    }

    /// The constants in order of their numbers.
    pub(super) fn finish(self) -> Vec<Constant> {
        self.0.into_iter().collect()
    }
}

/// Blocks and instructions are numbered in 32 bits; the limit on blocks is far below.
pub(super) fn u32_of(index: usize) -> u32 {
    u32::try_from(index).expect("the limit on blocks is far below 2^31")
}
