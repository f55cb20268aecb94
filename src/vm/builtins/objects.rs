//! The functions of the objects blocks.

use super::Builtin;

pub(super) const FUNCTIONS: &[(&str, Builtin)] = &[];
