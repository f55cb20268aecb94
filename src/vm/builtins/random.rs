//! One of many, drawn with the run's own chance.

use super::Call;
use super::length::length_of;
use crate::vm::fault::Interrupt;
use crate::vm::value::Value;

/// `list[Math.floor(Math.random() * list.length)]`, also of a text: one of what there is,
/// undefined when there is nothing.
pub(super) fn drawn(call: &mut Call<'_>) -> Result<Value, Interrupt> {
    let random = call.random()?;
    let place = scaled(random, length_of(call, 0)?.unwrap_or_default());
    match call.arg(0) {
        Value::List(list) => {
            let item = call.heap.items(list).get(place).copied();
            Ok(item.unwrap_or(Value::Undefined).filled())
        }
        Value::Text(text) if place < text.len() => Ok(call.heap.part(text, place, place + 1)?),
        _ => Ok(Value::Undefined),
    }
}

/// A place below `count`, drawn with a number from 0 to 1.
pub(super) fn scaled(random: f64, count: usize) -> usize {
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "counts are far below 2^53"
    )]
    let place = (random * count as f64) as usize;
    place.min(count.saturating_sub(1))
}
