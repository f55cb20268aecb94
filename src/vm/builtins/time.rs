//! The functions of the time blocks.

use super::Builtin;

pub(super) const FUNCTIONS: &[(&str, Builtin)] = &[];
