//! The length of what has one.

use super::Call;
use crate::diag::say;
use crate::vm::fault::Fault;
use crate::vm::value::Value;

/// The length of an argument, if it is something that has one.
///
/// # Errors
/// It is null or undefined.
pub(super) fn length_of(call: &Call<'_>, index: usize) -> Result<Option<usize>, Fault> {
    match call.arg(index) {
        Value::Text(text) => Ok(Some(text.len())),
        Value::List(list) => Ok(Some(call.heap.items(list).len())),
        Value::Undefined | Value::Null => Err(nothing(call, index)),
        _ => Ok(None),
    }
}

/// JavaScript's `TypeError`: a property of null or undefined.
fn nothing(call: &Call<'_>, index: usize) -> Fault {
    Fault::kind(
        say!("a length was asked of {kind}", kind = call.arg(index).kind()),
        say!("check first that there is a value, or set the variable before"),
    )
}
