//! What blocks beyond Blockly's want of their arguments. Where JavaScript quietly goes on
//! with NaN or "undefined", these say what is missing.

use super::Call;
use crate::diag::say;
use crate::number::{is_space, number_of_text};
use crate::vm::coerce::{self, Shown};
use crate::vm::fault::Fault;
use crate::vm::value::{ObjectRef, Value};

/// A number that is one: a number or a text that reads as one, neither NaN nor infinite.
pub(super) fn finite(call: &Call<'_>, index: usize, socket: &str) -> Result<f64, Fault> {
    let number = match call.arg(index) {
        Value::Number(number) => number,
        Value::Text(text) => {
            let text = call.heap.str(text);
            if text.trim_matches(is_space).is_empty() { f64::NAN } else { number_of_text(&text) }
        }
        other => {
            return Err(Fault::kind(
                say!("`{socket}` wants a number and got {kind}", socket, kind = other.kind()),
                say!(
                    "put a number into `{socket}`, or say with `or else` what it is without",
                    socket
                ),
            ));
        }
    };
    if number.is_finite() {
        return Ok(number);
    }
    let shown = call.string(index)?;
    let shown: String = shown.chars().take(40).collect();
    Err(Fault::kind(
        say!("`{socket}` wants a number and got `{shown}`", socket, shown),
        say!(
            "turn a text into a number with the block `number from text`, which has an answer for \
         texts that are none"
        ),
    ))
}

/// A text, or what shows plainly as one: a number, true or false, a date.
pub(super) fn plain(call: &Call<'_>, index: usize, socket: &str) -> Result<Shown, Fault> {
    match call.arg(index) {
        value @ (Value::Text(_) | Value::Number(_) | Value::Bool(_) | Value::Date(_)) => {
            coerce::text(call.heap, value)
        }
        other => Err(Fault::kind(
            say!("`{socket}` wants a text and got {kind}", socket, kind = other.kind()),
            say!(
                "convert it with the block `create text with`, or say with `or else` what it is \
             without"
            ),
        )),
    }
}

/// As [`plain`], as Rust's text.
pub(super) fn plain_string(call: &Call<'_>, index: usize, socket: &str) -> Result<String, Fault> {
    Ok(plain(call, index, socket)?.to_str(call.heap).into_owned())
}

/// An object.
pub(super) fn object(call: &Call<'_>, index: usize, socket: &str) -> Result<ObjectRef, Fault> {
    match call.arg(index) {
        Value::Object(object) => Ok(object),
        other => Err(Fault::kind(
            say!("`{socket}` wants an object and got {kind}", socket, kind = other.kind()),
            say!("build one with the block `create object`"),
        )),
    }
}

/// A number as a count of things: what is below zero is none, fractions are cut.
pub(super) fn count(number: f64) -> usize {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "`as` saturates, and NaN becomes 0"
    )]
    let count = number.max(0.0) as usize;
    count
}
