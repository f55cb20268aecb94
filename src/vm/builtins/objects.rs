//! The functions of the object blocks. Entries keep the order they came in.

use super::want::object;
use super::{Builtin, Call};
use crate::diag::say;
use crate::vm::coerce;
use crate::vm::fault::{Fault, Interrupt};
use crate::vm::heap::{CELL_BYTES, Entries};
use crate::vm::value::Value;

pub(super) const FUNCTIONS: &[(&str, Builtin)] = &[
    ("objects_create", objects_create),
    ("objects_get", objects_get),
    ("objects_set", objects_set),
    ("objects_keys", objects_keys),
    ("objects_merge", objects_merge),
    ("objects_has", objects_has),
    ("objects_remove", objects_remove),
    ("objects_values", objects_values),
    ("objects_entries", objects_entries),
    ("objects_from_entries", objects_from_entries),
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
    let keys: Vec<Box<str>> = call.heap.entries(object).keys().map(Box::from).collect();
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
    entries.extend(call.heap.entries(b).iter().map(|(key, value)| (key.into(), *value)));
    Ok(call.heap.object(entries)?)
}

/// OBJECT, KEY. Nothing has no entries, as for [`objects_get`].
fn objects_has(call: &mut Call<'_>) -> Result<Value, Interrupt> {
    if matches!(call.arg(0), Value::Undefined | Value::Null) {
        return Ok(Value::Bool(false));
    }
    let object = object(call, 0, "OBJECT")?;
    let key = call.string(1)?;
    let entry = call.heap.entries(object).get(key.as_str());
    Ok(Value::Bool(entry.is_some_and(|value| !matches!(value, Value::Undefined))))
}

/// OBJECT, KEY.
fn objects_remove(call: &mut Call<'_>) -> Result<Value, Interrupt> {
    let object = object(call, 0, "OBJECT")?;
    let key = call.string(1)?;
    call.heap.remove_entry(object, &key);
    Ok(Value::Undefined)
}

fn objects_values(call: &mut Call<'_>) -> Result<Value, Interrupt> {
    let object = object(call, 0, "OBJECT")?;
    let values = call.heap.entries(object).values().copied().collect();
    Ok(call.heap.list(values)?)
}

/// A list of lists of two: name and value.
fn objects_entries(call: &mut Call<'_>) -> Result<Value, Interrupt> {
    let object = object(call, 0, "OBJECT")?;
    let entries = call.heap.entries(object);
    let bytes: usize = entries.keys().map(|key| key.len() + 2 * CELL_BYTES + 64).sum();
    call.heap.check_room(bytes)?;
    let entries: Vec<(Box<str>, Value)> =
        entries.iter().map(|(key, value)| (key.into(), *value)).collect();
    let mut pairs = Vec::with_capacity(entries.len());
    for (key, value) in entries {
        let key = call.heap.text(&key)?;
        pairs.push(call.heap.list(vec![key, value])?);
    }
    Ok(call.heap.list(pairs)?)
}

/// LIST of pairs; of two with one name the last wins, in the place of the first.
fn objects_from_entries(call: &mut Call<'_>) -> Result<Value, Interrupt> {
    let list = call.list(0, "LIST")?;
    let mut entries = Entries::new();
    let mut bytes = 0_usize;
    for (place, item) in call.heap.items(list).iter().enumerate() {
        let pair = match item {
            Value::List(pair) => call.heap.items(*pair),
            _ => &[],
        };
        let [key, value] = *pair else {
            let place = place + usize::from(call.one_based);
            return Err(Fault::kind(
                say!("item {place} of `LIST` is no pair of a name and a value", place),
                say!("make each item a list of two: the name and the value"),
            )
            .into());
        };
        let key = coerce::text(call.heap, key)?.to_str(call.heap).into_owned();
        bytes = bytes.saturating_add(key.len() + 64);
        call.heap.check_room(bytes)?;
        entries.insert(key.into(), value.filled());
    }
    Ok(call.heap.object(entries)?)
}
