//! The functions of the lists blocks.

use super::Builtin;

pub(super) const FUNCTIONS: &[(&str, Builtin)] = &[];
