//! Places in lists: what `list[at]` means, to whom it gives an item and to whom what was set
//! where no list has a place.

use super::wants_list;
use crate::vm::coerce::{self, number};
use crate::vm::fault::Fault;
use crate::vm::heap::Heap;
use crate::vm::value::{ListRef, Value};

/// A whole number that is a place in a list of `len` items.
#[inline]
pub(in crate::vm) fn exact(at: f64, len: usize) -> Option<usize> {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "`as` saturates, and what changed by it is compared"
    )]
    // 32 bits: the processor has no quick way to 64 without a sign.
    let index = at as u32;
    ((index as usize) < len && f64::from(index) == at).then_some(index as usize)
}

/// The place that a value names as a key, when nothing is calculated with it: `list[null]` is
/// no item, and `list["1"]` is one. NaN for what is no place.
pub(super) fn property(heap: &Heap, at: Value) -> Result<f64, Fault> {
    if let Value::Number(at) = at {
        return Ok(at);
    }
    let shown = coerce::text(heap, at)?;
    let key = shown.to_str(heap);
    let place = crate::number::number_of_text(&key);
    Ok(if crate::number::number_text(place) == key { place } else { f64::NAN })
}

/// The item of `list` (or unit of a text) at `at`, counted from the start; undefined
/// where there is none. What `lists_getIndex` does in its plainest form.
pub(in crate::vm) fn item(
    heap: &mut Heap,
    list: Value,
    at: Value,
    one_based: bool,
) -> Result<Value, Fault> {
    let first = if one_based { 1.0 } else { 0.0 };
    let place = match at {
        Value::Number(at) => at,
        other if !one_based => property(heap, other)?,
        other => number(heap, other)?,
    };
    match list {
        Value::List(list) => {
            let items = heap.items(list);
            match exact(place - first, items.len()) {
                Some(index) => Ok(items[index].filled()),
                None => stray(heap, list, at, first),
            }
        }
        Value::Text(text) => match exact(place - first, text.len()) {
            Some(index) => heap.part(text, index, index + 1),
            None => Ok(Value::Undefined),
        },
        // What has no items has no item, as in JavaScript.
        Value::Bool(_) | Value::Number(_) => Ok(Value::Undefined),
        other => Err(wants_list("VALUE", other)),
    }
}

/// `list[at] = value`, counted from the start. What `lists_setIndex` does in its
/// plainest form.
pub(in crate::vm) fn set_item(
    heap: &mut Heap,
    list: Value,
    at: Value,
    value: Value,
    one_based: bool,
) -> Result<(), Fault> {
    let first = if one_based { 1.0 } else { 0.0 };
    let place = match at {
        Value::Number(at) => at,
        other if !one_based => property(heap, other)?,
        other => number(heap, other)?,
    };
    match list {
        Value::List(list) if is_place(place - first) => set(heap, list, place - first, value),
        Value::List(list) => set_stray(heap, list, (at, first), value),
        // Nothing comes of setting an item where there are none, as in JavaScript.
        Value::Bool(_) | Value::Number(_) | Value::Text(_) => Ok(()),
        other => Err(wants_list("LIST", other)),
    }
}

/// Whether a number counted from 0 is a place that a list can have.
pub(super) fn is_place(at: f64) -> bool {
    at.fract() == 0.0 && at >= 0.0 && at < f64::from(u32::MAX)
}

/// The name that JavaScript gives to what is no place: `list[at - first]`.
fn key(heap: &Heap, at: Value, first: f64) -> Result<String, Fault> {
    let at = if first == 0.0 { at } else { Value::Number(number(heap, at)? - first) };
    Ok(coerce::text(heap, at)?.to_str(heap).into_owned())
}

/// What was set where no list has a place.
pub(super) fn stray(heap: &Heap, list: ListRef, at: Value, first: f64) -> Result<Value, Fault> {
    match heap.strays_of(list) {
        None => Ok(Value::Undefined),
        Some(_) => Ok(heap.stray(list, &key(heap, at, first)?)),
    }
}

/// `list[at - first] = value` where that is no place: a property in JavaScript.
pub(super) fn set_stray(
    heap: &mut Heap,
    list: ListRef,
    (at, first): (Value, f64),
    value: Value,
) -> Result<(), Fault> {
    let key = key(heap, at, first)?;
    // That one would cut the list, or fail.
    if key == "length" { Ok(()) } else { heap.set_stray(list, &key, value) }
}

/// `list[at] = value`, at a place: beyond the end there will be holes.
pub(super) fn set(heap: &mut Heap, list: ListRef, at: f64, value: Value) -> Result<(), Fault> {
    let len = heap.items(list).len();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "in range by the condition"
    )]
    let at = at as usize;
    let more = (at + 1).saturating_sub(len);
    heap.change_list(list, more, |items| {
        if at >= items.len() {
            items.resize(at + 1, Value::Hole);
        }
        items[at] = value;
    })
}
