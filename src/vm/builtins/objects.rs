//! The functions of the object blocks. Entries keep the order they came in.

use super::want::object;
use super::{Builtin, Call};
use crate::vm::fault::Interrupt;
use crate::vm::heap::Entries;
use crate::vm::value::Value;

pub(super) const FUNCTIONS: &[(&str, Builtin)] = &[
    ("objects_create", objects_create),
    ("objects_get", objects_get),
    ("objects_set", objects_set),
    ("objects_keys", objects_keys),
    ("objects_merge", objects_merge),
];

/// Fields are the keys, arguments the values; an empty socket makes no entry.
fn objects_create(call: &mut Call<'_>) -> Result<Value, Interrupt> {
    let mut entries = Entries::with_capacity(call.args.len());
    for (key, value) in call.fields.iter().zip(call.args) {
        if !matches!(value, Value::Undefined) {
            entries.insert(key.clone(), *value);
        }
    }
    Ok(call.heap.object(entries)?)
}

/// OBJECT, KEY. Undefined has no entries and answers undefined, so that what an
/// event doesn't bring can be asked for at any depth.
fn objects_get(call: &mut Call<'_>) -> Result<Value, Interrupt> {
    if matches!(call.arg(0), Value::Undefined | Value::Null) {
        return Ok(Value::Undefined);
    }
    let object = object(call, 0, "OBJECT")?;
    let key = call.string(1)?;
    Ok(call.heap.entries(object).get(key.as_str()).copied().unwrap_or(Value::Undefined))
}

/// OBJECT, KEY, VALUE.
fn objects_set(call: &mut Call<'_>) -> Result<Value, Interrupt> {
    let object = object(call, 0, "OBJECT")?;
    let key = call.string(1)?;
    call.heap.set_entry(object, &key, call.arg(2))?;
    Ok(Value::Undefined)
}

fn objects_keys(call: &mut Call<'_>) -> Result<Value, Interrupt> {
    let object = object(call, 0, "OBJECT")?;
    let keys: Vec<Box<str>> = call.heap.entries(object).keys().cloned().collect();
    let mut items = Vec::with_capacity(keys.len());
    for key in keys {
        items.push(call.heap.text(&key)?);
    }
    Ok(call.heap.list(items)?)
}

/// A, B: B's entries win, in the places that A gave them.
fn objects_merge(call: &mut Call<'_>) -> Result<Value, Interrupt> {
    let (a, b) = (object(call, 0, "A")?, object(call, 1, "B")?);
    let mut entries = call.heap.entries(a).clone();
    entries.extend(call.heap.entries(b).iter().map(|(key, value)| (key.clone(), *value)));
    Ok(call.heap.object(entries)?)
}
