//! List blocks beyond Blockly's that look at whole lists.

use super::want::{count, finite};
use super::{Builtin, Call, wants_list};
use crate::diag::say;
use crate::limits;
use crate::vm::coerce::{self, strictly_equal};
use crate::vm::fault::{Fault, Interrupt};
use crate::vm::heap::{CELL_BYTES, Heap};
use crate::vm::value::{ListRef, Value};
use indexmap::IndexMap;
use std::hash::{DefaultHasher, Hash, Hasher};

pub(super) const FUNCTIONS: &[(&str, Builtin)] = &[
    ("lists_concat", lists_concat),
    ("lists_contains", lists_contains),
    ("lists_flatten", lists_flatten),
    ("lists_join", lists_join),
    ("lists_range", lists_range),
    ("lists_unique", lists_unique),
    ("lists_zip", lists_zip),
];

/// Any number of lists.
fn lists_concat(call: &mut Call<'_>) -> Result<Value, Interrupt> {
    let mut lists = Vec::with_capacity(call.args.len());
    for (number, arg) in call.args.iter().enumerate() {
        match arg {
            Value::List(list) => lists.push(*list),
            other => return Err(wants_list(&format!("ADD{number}"), *other).into()),
        }
    }
    let len: usize = lists.iter().map(|list| call.heap.items(*list).len()).sum();
    call.heap.check_room(len.saturating_mul(size_of::<Value>()))?;
    let mut items = Vec::with_capacity(len);
    for list in lists {
        items.extend_from_slice(call.heap.items(list));
    }
    Ok(call.heap.list(items)?)
}

/// LIST, ITEM. Compared as `lists_indexOf` does it.
fn lists_contains(call: &mut Call<'_>) -> Result<Value, Interrupt> {
    let (list, wanted) = (call.list(0, "LIST")?, call.arg(1));
    let items = call.heap.items(list);
    call.heap.spend(items.len() * 4)?;
    let mut items = items.iter();
    Ok(Value::Bool(
        items.any(|item| !matches!(item, Value::Hole) && strictly_equal(call.heap, *item, wanted)),
    ))
}

/// LIST; DEPTH.
fn lists_flatten(call: &mut Call<'_>) -> Result<Value, Interrupt> {
    let list = call.list(0, "LIST")?;
    let depth = if call.field(0) == "ALL" { limits::VALUE_NESTING_MAX } else { 1 };
    let mut items = Vec::new();
    flatten(call.heap, list, depth, call.field(0) == "ALL", &mut items)?;
    Ok(call.heap.list(items)?)
}

fn flatten(
    heap: &Heap,
    list: ListRef,
    depth: usize,
    all: bool,
    into: &mut Vec<Value>,
) -> Result<(), Fault> {
    // Lists that hold one another many times have no end, even with no item in them.
    heap.spend(16)?;
    for item in heap.items(list) {
        match item {
            Value::List(inner) if depth > 0 => flatten(heap, *inner, depth - 1, all, into)?,
            Value::List(_) if all => return Err(Fault::too_deep(limits::VALUE_NESTING_MAX)),
            Value::Hole => {}
            item => {
                if into.len() == into.capacity() {
                    // What it grows to stands beside the old one for a moment.
                    heap.check_room(into.capacity().max(4) * 3 * size_of::<Value>())?;
                }
                into.push(*item);
            }
        }
    }
    Ok(())
}

/// LIST, SEPARATOR, LAST.
fn lists_join(call: &mut Call<'_>) -> Result<Value, Interrupt> {
    let list = call.list(0, "LIST")?;
    let (separator, last) = (call.shown(1)?, call.shown(2)?);
    let items: Vec<Value> = call.heap.items(list).to_vec();
    let shown: Vec<Value> = items
        .into_iter()
        .filter(|item| !matches!(item, Value::Undefined | Value::Null | Value::Hole))
        .collect();
    let mut units: Vec<u16> = Vec::new();
    for (place, item) in shown.iter().enumerate() {
        let text = coerce::text(call.heap, *item)?;
        let before = if place + 1 == shown.len() { &last } else { &separator };
        let (text, before) = (text.view_in(call.heap), before.view_in(call.heap));
        // Growing, old and new stand beside one another.
        call.heap.check_room((units.len() + text.len() + before.len()).saturating_mul(6))?;
        if place > 0 {
            units.extend(before.units());
        }
        units.extend(text.units());
    }
    Ok(call.heap.text_units(units)?)
}

/// FROM, TO, STEP.
fn lists_range(call: &mut Call<'_>) -> Result<Value, Interrupt> {
    let (from, to) = (finite(call, 0, "FROM")?, finite(call, 1, "TO")?);
    let size = finite(call, 2, "STEP")?.abs();
    if size == 0.0 {
        return Err(Fault::new(
            "endless-range",
            say!("a range in steps of 0 has no end"),
            say!("put another number than 0 into `STEP`"),
        )
        .into());
    }
    let step = if from > to { -size } else { size };
    // What is lost by rounding, as in 0.3 / 0.1, doesn't cost the last number.
    let steps = ((to - from) / step) * (1.0 + 4.0 * f64::EPSILON);
    let len = count(steps.floor()).saturating_add(1);
    call.heap.check_room(len.saturating_mul(size_of::<Value>()))?;
    let within = |number: f64| if from > to { number.max(to) } else { number.min(to) };
    #[expect(clippy::cast_precision_loss, reason = "the memory limit is far below 2^53")]
    let items = (0..len).map(|n| Value::Number(within(from + n as f64 * step))).collect();
    Ok(call.heap.list(items)?)
}

/// LIST. As JavaScript's `Set`: by `===`, but that NaN is itself.
fn lists_unique(call: &mut Call<'_>) -> Result<Value, Interrupt> {
    let list = call.list(0, "LIST")?;
    let items = call.heap.items(list);
    call.heap.check_room(items.len().saturating_mul(80))?;
    let mut seen: IndexMap<u64, Vec<Value>> = IndexMap::new();
    let mut unique = Vec::new();
    for item in items.iter().filter(|item| !matches!(item, Value::Hole)) {
        call.heap.spend(if let Value::Text(text) = item { text.len() } else { 16 })?;
        let alike = seen.entry(hash(call.heap, *item)).or_default();
        if !alike.iter().any(|known| same(call.heap, *known, *item)) {
            alike.push(*item);
            unique.push(*item);
        }
    }
    Ok(call.heap.list(unique)?)
}

fn same(heap: &Heap, a: Value, b: Value) -> bool {
    let is_nan = |value: Value| matches!(value, Value::Number(number) if number.is_nan());
    strictly_equal(heap, a, b) || (is_nan(a) && is_nan(b))
}

/// Equal for what is [`same`].
fn hash(heap: &Heap, value: Value) -> u64 {
    let mut hasher = DefaultHasher::new();
    match value {
        Value::Undefined | Value::Hole => 0_u8.hash(&mut hasher),
        Value::Null => 1_u8.hash(&mut hasher),
        Value::Bool(value) => value.hash(&mut hasher),
        Value::Number(number) if number.is_nan() => 2_u8.hash(&mut hasher),
        // Adding 0 makes one zero of two.
        Value::Number(number) | Value::Date(number) => (number + 0.0).to_bits().hash(&mut hasher),
        Value::Text(text) => {
            for unit in heap.view(text).units() {
                unit.hash(&mut hasher);
            }
        }
        Value::List(list) => list.hash(&mut hasher),
        Value::Object(object) => object.hash(&mut hasher),
    }
    hasher.finish()
}

/// A, B: pairs, as many as the shorter list has items.
fn lists_zip(call: &mut Call<'_>) -> Result<Value, Interrupt> {
    let (a, b) = (call.list(0, "A")?, call.list(1, "B")?);
    let len = call.heap.items(a).len().min(call.heap.items(b).len());
    call.heap.check_room(len.saturating_mul(CELL_BYTES + 3 * size_of::<Value>()))?;
    let mut pairs = Vec::with_capacity(len);
    for at in 0..len {
        let pair = [a, b].map(|list| call.heap.items(list)[at].filled());
        pairs.push(call.heap.list(pair.to_vec())?);
    }
    Ok(call.heap.list(pairs)?)
}
