//! Values into a script and back.
//!
//! Numbers go in as floating-point ones, as all numbers of blocks are; nothing (null and
//! undefined) as `()`; a date as its milliseconds since 1970. Lists and objects are
//! copied, so a script changes nothing but what it gives back. Source: the types of the
//! Rhai book.

use crate::diag::say;
use crate::limits;
use crate::vm::heap::{Entries, Heap};
use crate::vm::{Fault, Value};
use rhai::{Array, Dynamic, Map};

/// A value of a block as one of a script.
///
/// # Errors
/// Lists and objects nested too deep: one that contains itself.
pub(super) fn to_script(heap: &Heap, value: Value) -> Result<Dynamic, Fault> {
    nested_to_script(heap, value, 0)
}

fn nested_to_script(heap: &Heap, value: Value, depth: usize) -> Result<Dynamic, Fault> {
    if depth > limits::SCRIPT_VALUE_NESTING_MAX {
        return Err(Fault::too_deep(limits::SCRIPT_VALUE_NESTING_MAX));
    }
    Ok(match value {
        Value::Undefined | Value::Null | Value::Hole => Dynamic::UNIT,
        Value::Bool(value) => value.into(),
        Value::Number(number) | Value::Date(number) => number.into(),
        Value::Text(text) => {
            heap.charge(text.len());
            heap.str(text).as_ref().into()
        }
        Value::List(list) => {
            let items = heap.items(list);
            let size = items.len();
            if size > limits::SCRIPT_ITEMS_MAX {
                return Err(too_many(size));
            }
            heap.charge(size * size_of::<Dynamic>());
            let items = items.iter().map(|item| nested_to_script(heap, *item, depth + 1));
            items.collect::<Result<Array, Fault>>()?.into()
        }
        Value::Object(object) => {
            let entries = heap.entries(object);
            let size = entries.len();
            if size > limits::SCRIPT_ITEMS_MAX {
                return Err(too_many(size));
            }
            heap.charge(size * size_of::<(Box<str>, Dynamic)>());
            let entries = entries
                .iter()
                .map(|(key, value)| Ok((key.into(), nested_to_script(heap, *value, depth + 1)?)));
            entries.collect::<Result<Map, Fault>>()?.into()
        }
    })
}

fn too_many(size: usize) -> Fault {
    let most = limits::SCRIPT_ITEMS_MAX;
    Fault::new(
        "script-limit",
        say!(
            "a list or object of {size} items was given to a script, which takes {most}",
            size,
            most
        ),
        say!("give it a part of the list"),
    )
}

/// A value of a script as one of a block.
///
/// # Errors
/// A kind that blocks don't know (such as a function), the memory limit, or lists and
/// objects nested too deep.
pub(super) fn from_script(heap: &mut Heap, value: Dynamic) -> Result<Value, Fault> {
    nested_from_script(heap, value, 0)
}

fn nested_from_script(heap: &mut Heap, value: Dynamic, depth: usize) -> Result<Value, Fault> {
    if depth > limits::SCRIPT_VALUE_NESTING_MAX {
        return Err(Fault::too_deep(limits::SCRIPT_VALUE_NESTING_MAX));
    }
    // What a closure took with it is shared.
    let value = value.flatten();
    if value.is_unit() {
        return Ok(Value::Null);
    }
    if let Ok(number) = value.as_float() {
        return Ok(Value::Number(number));
    }
    if let Ok(whole) = value.as_int() {
        #[expect(clippy::cast_precision_loss, reason = "blocks' numbers are doubles")]
        return Ok(Value::Number(whole as f64));
    }
    if let Ok(value) = value.as_bool() {
        return Ok(Value::Bool(value));
    }
    if let Ok(letter) = value.as_char() {
        return heap.text(letter.encode_utf8(&mut [0; 4]));
    }
    if value.is_string() {
        let text = value.into_immutable_string().unwrap_or_default();
        return heap.text(&text);
    }
    if value.is_array() {
        let items = value.into_array().unwrap_or_default();
        let items = items.into_iter().map(|item| nested_from_script(heap, item, depth + 1));
        let items = items.collect::<Result<Vec<Value>, Fault>>()?;
        return heap.list(items);
    }
    if value.is_map() {
        let mut entries = Entries::new();
        for (key, value) in value.try_cast::<Map>().unwrap_or_default() {
            entries.insert(key.as_str().into(), nested_from_script(heap, value, depth + 1)?);
        }
        return heap.object(entries);
    }
    Err(Fault::kind(
        say!(
            "the script gave a value of type {kind}, which blocks don't know",
            kind = value.type_name()
        ),
        say!("give a number, a text, true or false, a list or an object map"),
    ))
}
