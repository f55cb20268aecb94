//! Text blocks beyond Blockly's: padding, and asking what a text has in it.

use super::want::{count, finite, plain};
use super::{Builtin, Call};
use crate::diag::say;
use crate::limits;
use crate::vm::fault::{Fault, Interrupt};
use crate::vm::value::Value;

pub(super) const FUNCTIONS: &[(&str, Builtin)] =
    &[("text_contains", text_contains), ("text_pad", text_pad)];

/// TEXT, PART; WHERE.
fn text_contains(call: &mut Call<'_>) -> Result<Value, Interrupt> {
    let (text, part) = (plain(call, 0, "TEXT")?, plain(call, 1, "PART")?);
    let (text, part) = (text.view_in(call.heap), part.view_in(call.heap));
    let Some(last) = text.len().checked_sub(part.len()) else { return Ok(Value::Bool(false)) };
    Ok(Value::Bool(match call.field(0) {
        "STARTS" => text.slice(0, part.len()).same(part),
        "ENDS" => text.slice(last, text.len()).same(part),
        _ => text.find(part, 0).is_some(),
    }))
}

/// TEXT, LENGTH, WITH; SIDE. Source: ECMAScript, `padStart` and `padEnd`.
fn text_pad(call: &mut Call<'_>) -> Result<Value, Interrupt> {
    let (text, length) = (plain(call, 0, "TEXT")?, count(finite(call, 1, "LENGTH")?));
    let with = plain(call, 2, "WITH")?;
    let (text, with) = (text.view_in(call.heap), with.view_in(call.heap));
    let missing = length.saturating_sub(text.len());
    if missing == 0 || with.is_empty() {
        let buffer = text.to_buffer();
        return Ok(call.heap.text_buffer(buffer)?);
    }
    if length > limits::TEXT_UNITS_MAX {
        return Err(Fault::new(
            "text-too-long",
            say!("a text can't be {length} characters long", length),
            say!("pad it to less"),
        )
        .into());
    }
    call.heap.check_room(length.saturating_mul(2))?;
    let left = if call.field(0) == "RIGHT" { 0 } else { missing };
    let filling = |count: usize| (0..count).map(|at| with.unit(at % with.len()));
    let mut units = Vec::with_capacity(length);
    units.extend(filling(left));
    units.extend(text.units());
    units.extend(filling(missing - left));
    Ok(call.heap.text_units(units)?)
}
