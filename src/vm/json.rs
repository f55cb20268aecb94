//! Values in and out as JSON: what events bring and what publishing sends.

use super::date::date_text;
use super::fault::Fault;
use super::heap::{Entries, Heap};
use super::value::Value;
use crate::limits;
use serde_json::{Map, Number, Value as Json};

/// A value as JSON, as `JSON.stringify` would write it.
///
/// Undefined, NaN and the infinities become null, a date its ISO 8601 text; an
/// entry that is undefined is left out. Whole numbers are written without a point.
///
/// # Errors
/// Nesting deeper than [`limits::VALUE_NESTING_MAX`]: a list that contains itself. The
/// memory limit: lists that contain one another many times are far longer written out.
pub fn to_json(heap: &Heap, value: Value) -> Result<Json, Fault> {
    nested_to_json(heap, value, 0, &mut 0)
}

/// `bytes` counts what the JSON takes so far.
fn nested_to_json(
    heap: &Heap,
    value: Value,
    depth: usize,
    bytes: &mut usize,
) -> Result<Json, Fault> {
    if depth > limits::VALUE_NESTING_MAX {
        return Err(Fault::too_deep(limits::VALUE_NESTING_MAX));
    }
    *bytes += size_of::<Json>();
    heap.spend(size_of::<Json>())?;
    if let Value::Text(text) = value {
        *bytes += text.len();
    }
    heap.check_room(*bytes)?;
    Ok(match value {
        Value::Undefined | Value::Null | Value::Hole => Json::Null,
        Value::Bool(value) => Json::Bool(value),
        Value::Number(number) => number_to_json(number),
        Value::Date(ms) => Json::String(date_text(ms)),
        Value::Text(text) => Json::String(heap.str(text).into_owned()),
        Value::List(list) => {
            let items = heap.items(list).iter();
            Json::Array(
                items
                    .map(|item| nested_to_json(heap, *item, depth + 1, bytes))
                    .collect::<Result<_, _>>()?,
            )
        }
        Value::Object(object) => {
            let mut map = Map::new();
            for (key, value) in heap.entries(object).iter() {
                if !matches!(value, Value::Undefined) {
                    *bytes += key.len();
                    let value = nested_to_json(heap, *value, depth + 1, bytes)?;
                    map.insert(key.to_string(), value);
                }
            }
            Json::Object(map)
        }
    })
}

/// A number as JSON: whole ones without a point, what JSON can't say as null.
pub fn number_to_json(number: f64) -> Json {
    // 2^53: up to here every whole double is an exact integer.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if number.fract() == 0.0 && number.abs() <= EXACT {
        #[expect(clippy::cast_possible_truncation, reason = "whole, and at most 2^53")]
        return Json::Number((number as i64).into());
    }
    Number::from_f64(number).map_or(Json::Null, Json::Number)
}

/// JSON as a value in `heap`.
///
/// # Errors
/// The memory limit. JSON's own nesting is bounded where it is read.
pub fn from_json(heap: &mut Heap, json: &Json) -> Result<Value, Fault> {
    Ok(match json {
        Json::Null => Value::Null,
        Json::Bool(value) => Value::Bool(*value),
        Json::Number(number) => Value::Number(number.as_f64().unwrap_or(f64::NAN)),
        Json::String(text) => heap.text(text)?,
        Json::Array(items) => {
            let items: Vec<Value> =
                items.iter().map(|item| from_json(heap, item)).collect::<Result<_, _>>()?;
            heap.list(items)?
        }
        Json::Object(map) => {
            let mut entries = Entries::with_capacity(map.len());
            for (key, value) in map {
                entries.insert(key.as_str().into(), from_json(heap, value)?);
            }
            heap.object(entries)?
        }
    })
}
