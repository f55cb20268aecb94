//! Functions that belong to no other category. Comparing, negating and the
//! ternary are instructions.

use super::Builtin;

pub(super) const FUNCTIONS: &[(&str, Builtin)] = &[];
