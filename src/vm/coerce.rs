//! How one kind of value turns into another, exactly as JavaScript does it.
//!
//! Source: ECMAScript (`ToNumber`, `ToString`, `IsLooselyEqual`, `Number::toString`),
//! which is what Blockly's generated programs run on.

use super::date::date_text;
use super::fault::Fault;
use super::heap::Heap;
use super::value::{ListRef, Text, TextBuffer, TextView, Value};
use crate::limits;
use crate::number::{number_of_text, with_number_text};
use smallvec::{SmallVec, smallvec};
use std::borrow::Cow;
use std::cmp::Ordering;

/// The remainder of `a / b`, with the sign of `a`.
#[inline]
pub fn remainder(a: f64, b: f64) -> f64 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "`as` saturates, and what changed by it is compared"
    )]
    let (whole_a, whole_b) = (a as u32, b as u32);
    // Whole numbers from 0 are what nearly all flows divide; -0 stays -0 by the other way.
    if f64::from(whole_a) == a && f64::from(whole_b) == b && whole_b > 0 && a.is_sign_positive() {
        return f64::from(whole_a % whole_b);
    }
    a % b
}

/// Whether a condition holds: false for false, 0, NaN, "", null and undefined.
pub fn truthy(value: Value) -> bool {
    match value {
        Value::Undefined | Value::Null | Value::Hole => false,
        Value::Bool(value) => value,
        Value::Number(number) => number != 0.0 && !number.is_nan(),
        Value::Text(text) => !text.is_empty(),
        Value::Date(_) | Value::List(_) | Value::Object(_) => true,
    }
}

/// The value as a number; NaN when it has none.
pub fn number(heap: &Heap, value: Value) -> Result<f64, Fault> {
    Ok(match value {
        Value::Number(number) | Value::Date(number) => number,
        Value::Undefined | Value::Hole | Value::Object(_) => f64::NAN,
        Value::Null => 0.0,
        Value::Bool(value) => f64::from(u8::from(value)),
        Value::Text(text) => {
            heap.spend(text.len())?;
            number_of_text(&heap.str(text))
        }
        Value::List(_) => number_of_text(&text(heap, value)?.view_in(heap).to_str()),
    })
}

/// A value's text: one in the heap, or one made for the occasion.
pub enum Shown {
    /// It was a text.
    Heap(Text),
    /// It was something else.
    Made(TextBuffer),
}

impl Shown {
    /// Its units.
    pub fn view_in<'a>(&'a self, heap: &'a Heap) -> TextView<'a> {
        match self {
            Self::Heap(text) => heap.view(*text),
            Self::Made(buffer) => buffer.view(buffer.len()),
        }
    }

    /// As Rust's text; a lone surrogate becomes U+FFFD.
    pub fn to_str<'a>(&'a self, heap: &'a Heap) -> Cow<'a, str> {
        self.view_in(heap).to_str()
    }

    /// The text in the heap, put there if need be.
    pub fn into_text(self, heap: &mut Heap) -> Result<Text, Fault> {
        match self {
            Self::Heap(text) => Ok(text),
            Self::Made(buffer) => match heap.text_buffer(buffer)? {
                Value::Text(text) => Ok(text),
                other => unreachable!("a new text is a text, not {}", other.kind().english()),
            },
        }
    }
}

/// `String(value)`: what printing it shows.
///
/// # Errors
/// A list or object nested too deep to show, or longer than the memory limit.
pub fn text(heap: &Heap, value: Value) -> Result<Shown, Fault> {
    let made = match value {
        Value::Text(text) => return Ok(Shown::Heap(text)),
        Value::Number(number) => {
            return Ok(Shown::Made(with_number_text(number, TextBuffer::from_text)));
        }
        Value::Undefined | Value::Hole => "undefined".into(),
        Value::Null => "null".into(),
        Value::Bool(value) => if value { "true" } else { "false" }.into(),
        Value::Date(ms) => date_text(ms),
        Value::Object(_) => super::json::to_json(heap, value)?.to_string(),
        Value::List(list) => {
            let mut units = Vec::new();
            join(heap, list, &[u16::from(b',')], &mut units)?;
            return Ok(Shown::Made(TextBuffer::from_units(units)));
        }
    };
    Ok(Shown::Made(TextBuffer::from_text(&made)))
}

/// `Array.join`: items as texts, null and undefined as nothing; so is a list within itself.
///
/// # Errors
/// Lists nested deeper than [`limits::JOINED_NESTING_MAX`], or a text beyond the
/// memory limit.
pub fn join(
    heap: &Heap,
    list: ListRef,
    separator: &[u16],
    into: &mut Vec<u16>,
) -> Result<(), Fault> {
    const COMMA: &[u16] = &[b',' as u16];
    // The lists that are being joined, outermost first, and the place in each.
    let mut within: SmallVec<[(ListRef, usize); 4]> = smallvec![(list, 0)];
    while let Some((list, place)) = within.last_mut() {
        let Some(item) = heap.items(*list).get(*place) else {
            within.pop();
            continue;
        };
        let is_first = *place == 0;
        *place += 1;
        heap.spend(16)?;
        if !is_first {
            let separator = if within.len() == 1 { separator } else { COMMA };
            room_for(heap, into, separator.len())?;
            into.extend_from_slice(separator);
        }
        match item {
            Value::Undefined | Value::Null | Value::Hole => {}
            Value::List(inner) => {
                heap.charge(within.len() / 16);
                if within.len() > limits::JOINED_NESTING_MAX {
                    return Err(Fault::joined_too_deep(limits::JOINED_NESTING_MAX));
                }
                if within.iter().all(|(outer, _)| outer != inner) {
                    within.push((*inner, 0));
                }
            }
            Value::Bool(_)
            | Value::Number(_)
            | Value::Date(_)
            | Value::Text(_)
            | Value::Object(_) => {
                let shown = text(heap, *item)?;
                let view = shown.view_in(heap);
                room_for(heap, into, view.len())?;
                into.extend(view.units());
            }
        }
    }
    Ok(())
}

/// Whether the heap has room for what `into` takes when it grows by `more`, and beside it
/// for the text that is then made of it.
fn room_for(heap: &Heap, into: &Vec<u16>, more: usize) -> Result<(), Fault> {
    let len = into.len() + more;
    let capacity = into.capacity();
    let grown = if len > capacity { len.max(capacity * 2) } else { capacity };
    heap.check_room(grown * size_of::<u16>() + len)
}

/// `a == b`: loose, as `logic_compare` and Blockly's generator have it.
pub fn loosely_equal(heap: &Heap, a: Value, b: Value) -> Result<bool, Fault> {
    Ok(match (a.filled(), b.filled()) {
        (Value::Undefined | Value::Null, Value::Undefined | Value::Null) => true,
        (Value::Undefined | Value::Null, _) | (_, Value::Undefined | Value::Null) => false,
        (Value::Text(a), Value::Text(b)) => same_text(heap, a, b),
        (Value::List(a), Value::List(b)) => a == b,
        (Value::Object(a), Value::Object(b)) => a == b,
        (Value::List(_), Value::Object(_)) | (Value::Object(_), Value::List(_)) => false,
        // Dates are values here, not references: two of the same moment are equal.
        (Value::Date(a), Value::Date(b)) => a == b,
        (a @ (Value::List(_) | Value::Object(_) | Value::Date(_)), Value::Text(b)) => {
            text(heap, a)?.view_in(heap).same(heap.view(b))
        }
        (Value::Text(a), b @ (Value::List(_) | Value::Object(_) | Value::Date(_))) => {
            text(heap, b)?.view_in(heap).same(heap.view(a))
        }
        (a, b) => number(heap, a)? == number(heap, b)?,
    })
}

fn same_text(heap: &Heap, a: Text, b: Text) -> bool {
    if a.len() != b.len() {
        return false;
    }
    heap.charge(a.len() / 16);
    heap.is_same(a, b)
}

/// `a === b`: what `lists_indexOf` uses.
pub fn strictly_equal(heap: &Heap, a: Value, b: Value) -> bool {
    match (a.filled(), b.filled()) {
        (Value::Undefined, Value::Undefined) | (Value::Null, Value::Null) => true,
        (Value::Bool(a), Value::Bool(b)) => a == b,
        (Value::Number(a), Value::Number(b)) | (Value::Date(a), Value::Date(b)) => a == b,
        (Value::Text(a), Value::Text(b)) => same_text(heap, a, b),
        (Value::List(a), Value::List(b)) => a == b,
        (Value::Object(a), Value::Object(b)) => a == b,
        _ => false,
    }
}

/// How `a` stands to `b` for `<`, `<=`, `>` and `>=`; none when either is not a number.
pub fn order(heap: &Heap, a: Value, b: Value) -> Result<Option<Ordering>, Fault> {
    let is_textual = |value: Value| matches!(value, Value::Text(_) | Value::List(_));
    if is_textual(a) && is_textual(b) {
        let (a, b) = (text(heap, a)?, text(heap, b)?);
        let (a, b) = (a.view_in(heap), b.view_in(heap));
        heap.charge(a.len().min(b.len()) / 16);
        return Ok(Some(a.order(b)));
    }
    Ok(number(heap, a)?.partial_cmp(&number(heap, b)?))
}

/// `a + b`: numbers are added, and as soon as one side is a text or list, joined.
pub fn add(heap: &mut Heap, a: Value, b: Value) -> Result<Value, Fault> {
    let joins = |value: Value| {
        matches!(value, Value::Text(_) | Value::List(_) | Value::Object(_) | Value::Date(_))
    };
    if joins(a) || joins(b) {
        let a = text(heap, a)?.into_text(heap)?;
        let b = text(heap, b)?.into_text(heap)?;
        return heap.append(a, b);
    }
    Ok(Value::Number(number(heap, a)? + number(heap, b)?))
}
