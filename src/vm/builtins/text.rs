//! The functions of the text blocks.

use super::Builtin;

pub(super) const FUNCTIONS: &[(&str, Builtin)] = &[];
