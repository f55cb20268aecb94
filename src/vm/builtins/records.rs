//! The functions of blocks for lists of objects: sorting and grouping by an entry.

use super::{Builtin, Call};
use crate::diag::say;
use crate::vm::coerce::{self, number};
use crate::vm::fault::{Fault, Interrupt};
use crate::vm::heap::Entries;
use crate::vm::value::{TextBuffer, Value};
use indexmap::IndexMap;
use std::cmp::Ordering;

pub(super) const FUNCTIONS: &[(&str, Builtin)] =
    &[("lists_sort_by_key", lists_sort_by_key), ("lists_group_by", lists_group_by)];

/// The items of LIST, each with its entry by the name in KEY: undefined where an item is
/// null or undefined, or has no such entry.
fn keyed(call: &Call<'_>) -> Result<Vec<(Value, Value)>, Fault> {
    let list = call.list(0, "LIST")?;
    let key = call.string(1)?;
    let items = call.heap.items(list);
    call.heap.check_room(items.len().saturating_mul(2 * size_of::<Value>()))?;
    // Looked up and sorted or grouped: about n log n.
    call.heap.spend(items.len() * 8 * (items.len().max(1).ilog2() as usize + 1))?;
    let mut keyed = Vec::with_capacity(items.len());
    for (place, item) in items.iter().enumerate() {
        let value = match item {
            Value::Object(object) => call.heap.entries(*object).get(key.as_str()).copied(),
            Value::Undefined | Value::Null | Value::Hole => None,
            other => {
                let place = place + usize::from(call.one_based);
                return Err(Fault::kind(
                    say!(
                        "`LIST` wants objects, and its item {place} is {kind}",
                        place,
                        kind = other.kind()
                    ),
                    say!(
                        "make objects of the items with the block `collect`, or leave the others out"
                    ),
                ));
            }
        };
        keyed.push((value.unwrap_or(Value::Undefined), item.filled()));
    }
    Ok(keyed)
}

/// LIST, KEY; TYPE, DIRECTION.
fn lists_sort_by_key(call: &mut Call<'_>) -> Result<Value, Interrupt> {
    let keyed = keyed(call)?;
    let descending = call.field(1) == "-1";
    let directed = |order: Ordering| if descending { order.reverse() } else { order };
    let len = keyed.len();
    let is_there = |value: &Value| !matches!(value, Value::Undefined | Value::Null);
    let mut last = Vec::new();
    let mut items: Vec<Value>;
    if call.field(0) == "NUMERIC" {
        let mut known: Vec<(f64, Value)> = Vec::with_capacity(len);
        for (key, item) in keyed {
            let number = if is_there(&key) { number(call.heap, key)? } else { f64::NAN };
            if number.is_nan() {
                last.push(item);
            } else {
                known.push((number + 0.0, item));
            }
        }
        known.sort_by(|(a, _), (b, _)| directed(a.total_cmp(b)));
        items = known.into_iter().map(|(_, item)| item).collect();
    } else {
        let ignores_case = call.field(0) == "IGNORE_CASE";
        let mut known: Vec<(TextBuffer, Value)> = Vec::with_capacity(len);
        let mut bytes = 0_usize;
        for (key, item) in keyed {
            if !is_there(&key) {
                last.push(item);
                continue;
            }
            let shown = coerce::text(call.heap, key)?;
            bytes += size_of::<TextBuffer>() + 2 * shown.view_in(call.heap).len();
            call.heap.check_room(bytes)?;
            let buffer = if ignores_case {
                TextBuffer::from_text(&shown.to_str(call.heap).to_lowercase())
            } else {
                shown.view_in(call.heap).to_buffer()
            };
            known.push((buffer, item));
        }
        known.sort_by(|(a, _), (b, _)| directed(a.view(a.len()).order(b.view(b.len()))));
        items = known.into_iter().map(|(_, item)| item).collect();
    }
    items.extend(last);
    Ok(call.heap.list(items)?)
}

/// LIST, KEY.
fn lists_group_by(call: &mut Call<'_>) -> Result<Value, Interrupt> {
    let keyed = keyed(call)?;
    let mut groups: IndexMap<Box<str>, Vec<Value>> = IndexMap::new();
    let mut bytes = keyed.len().saturating_mul(3 * size_of::<Value>());
    for (key, item) in keyed {
        let name = match key {
            Value::Undefined | Value::Null => String::new(),
            key => coerce::text(call.heap, key)?.to_str(call.heap).into_owned(),
        };
        if let Some(group) = groups.get_mut(name.as_str()) {
            group.push(item);
        } else {
            bytes = bytes.saturating_add(name.len() + 64);
            call.heap.check_room(bytes)?;
            groups.insert(name.into(), vec![item]);
        }
    }
    let mut entries = Entries::with_capacity(groups.len());
    for (name, items) in groups {
        let items = call.heap.list(items)?;
        entries.insert(name, items);
    }
    Ok(call.heap.object(entries)?)
}
