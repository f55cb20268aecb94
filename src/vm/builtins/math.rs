//! The functions of the math blocks.

use super::Builtin;

pub(super) const FUNCTIONS: &[(&str, Builtin)] = &[];
