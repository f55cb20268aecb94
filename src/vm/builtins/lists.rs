//! The functions of the list blocks, and what texts have in common with lists
//! (`indexOf`, `slice`). Items are counted as the flow says.

use super::length::length_of;
use super::places::{exact, is_place, property, set, set_stray, stray};
use super::random::{drawn, scaled};
use super::text::{part, place, plus_one, text_of};
use super::{Builtin, Call, wants_list};
use crate::diag::say;
use crate::vm::coerce::{self, Shown, number, strictly_equal};
use crate::vm::fault::{Fault, Interrupt};
use crate::vm::heap::CELL_BYTES;
use crate::vm::value::{TextBuffer, TextView, Value};
use std::cmp::Ordering;

pub(super) const FUNCTIONS: &[(&str, Builtin)] = &[
    ("lists_create_empty", lists_create_with),
    ("lists_create_with", lists_create_with),
    ("lists_repeat", lists_repeat),
    ("lists_reverse", lists_reverse),
    ("lists_indexOf", index_of),
    ("text_indexOf", index_of),
    ("lists_getIndex", lists_get_index),
    ("lists_setIndex", lists_set_index),
    ("lists_getSublist", lists_get_sublist),
    ("text_getSubstring", text_get_substring),
    ("lists_sort", lists_sort),
    ("lists_split", lists_split),
    ("lists_push", lists_push),
    ("lists_walked", lists_walked),
    ("value_with_members", value_with_members),
    ("lists_random_place", lists_random_place),
];

fn lists_create_with(call: &mut Call<'_>) -> Result<Value, Interrupt> {
    Ok(call.heap.list(call.args.to_vec())?)
}

/// Appends to a list that a block is making, and gives it. No block is named so.
fn lists_push(call: &mut Call<'_>) -> Result<Value, Interrupt> {
    let (list, item) = (call.list(0, "LIST")?, call.arg(1));
    call.heap.change_list(list, 1, |items| items.push(item))?;
    Ok(Value::List(list))
}

/// The argument, if it has items to go over one by one. No block is named so.
fn lists_walked(call: &mut Call<'_>) -> Result<Value, Interrupt> {
    match call.arg(0) {
        value @ (Value::List(_) | Value::Text(_) | Value::Object(_)) => Ok(value),
        other => Err(wants_list("LIST", other).into()),
    }
}

/// The argument, if it has members at all. No block is named so.
fn value_with_members(call: &mut Call<'_>) -> Result<Value, Interrupt> {
    match call.arg(0) {
        nothing @ (Value::Undefined | Value::Null | Value::Hole) => Err(Fault::kind(
            say!("the block wants a text or a list and got {kind}", kind = nothing.kind()),
            say!("put one in, or set the variable first"),
        )
        .into()),
        value => Ok(value),
    }
}

/// LIST. Where `lists_setIndex` sets a random item: drawn before its value is evaluated, which
/// may draw as well. No block is named so.
fn lists_random_place(call: &mut Call<'_>) -> Result<Value, Interrupt> {
    let Some(len) = length_of(call, 0)? else { return Ok(Value::Number(f64::NAN)) };
    let place = scaled(call.random()?, len);
    #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
    let place = place as f64;
    Ok(Value::Number(place))
}

/// All items are the same one; a fraction of an item counts as one.
fn lists_repeat(call: &mut Call<'_>) -> Result<Value, Interrupt> {
    let (item, count) = (call.arg(0), call.number(1)?.ceil());
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "`as` saturates, and NaN becomes 0"
    )]
    let count = count.max(0.0) as usize;
    // Asked before the list is made, so that a huge one is an error and not an abort.
    call.heap.check_room(count.saturating_mul(size_of::<Value>()))?;
    Ok(call.heap.list(vec![item; count])?)
}

fn lists_reverse(call: &mut Call<'_>) -> Result<Value, Interrupt> {
    let list = call.list(0, "LIST")?;
    let items = call.heap.items(list).iter().rev().copied().collect();
    Ok(call.heap.list(items)?)
}

/// `indexOf`, which lists and texts have both: in a list compared with `===` (NaN is
/// never found, lists by identity), in a text searched as a text.
fn index_of(call: &mut Call<'_>) -> Result<Value, Interrupt> {
    if let Value::Text(text) = call.arg(0) {
        return super::text::index_of(call, text);
    }
    let Value::List(list) = call.arg(0) else {
        return Err(wants_text_or_list("VALUE", call.arg(0)).into());
    };
    let wanted = call.arg(1);
    let items = call.heap.items(list);
    call.heap.spend(items.len() * 4)?;
    let heap = &*call.heap;
    let is_last = call.field(0) == "LAST";
    let is_it = |item: &Value| !matches!(item, Value::Hole) && strictly_equal(heap, *item, wanted);
    let found = match wanted {
        Value::Text(wanted) => heap.find_text(items, wanted, is_last),
        _ if is_last => items.iter().rposition(is_it),
        _ => items.iter().position(is_it),
    };
    Ok(place(found, call.one_based))
}

/// Where `splice` begins: negative places count from the end, the whole part counts.
fn splice_start(at: f64, len: usize) -> usize {
    super::text::slice_bounds(at, f64::INFINITY, len).0
}

/// AT as the generated code has it: from 0, or for `FROM_END` from the end on.
fn at(call: &mut Call<'_>, index: usize) -> Result<f64, Fault> {
    if (call.field(1), call.one_based) == ("FROM_END", false) {
        return plus_one(call, index);
    }
    let at = call.number(index)?;
    Ok(match (call.field(1), call.one_based) {
        ("FROM_END", _) | (_, false) => at,
        (_, true) => at - 1.0,
    })
}

fn lists_get_index(call: &mut Call<'_>) -> Result<Value, Interrupt> {
    let removes = call.field(0) != "GET";
    if call.field(1) == "RANDOM" && !removes {
        return drawn(call);
    }
    if let (Value::Text(text), false) = (call.arg(0), removes) {
        // A text's units can be got like a list's items.
        let Some(index) = got(call, text.len(), false)? else { return Ok(Value::Undefined) };
        return Ok(call.heap.part(text, index, index + 1)?);
    }
    let slices = matches!(call.field(1), "LAST" | "FROM_END");
    if let (Value::Bool(_) | Value::Number(_), false, false) = (call.arg(0), removes, slices) {
        return Ok(Value::Undefined);
    }
    let list = call.list(0, "VALUE")?;
    let len = call.heap.items(list).len();
    let Some(index) = got(call, len, removes)? else {
        let by_place = call.field(1) == "FROM_START" && !removes;
        let first = if call.one_based { 1.0 } else { 0.0 };
        let stray = || stray(call.heap, list, call.arg(1), first);
        return if by_place { Ok(stray()?) } else { Ok(Value::Undefined) };
    };
    let item = call.heap.items(list)[index].filled();
    if removes {
        // What lies behind moves up.
        call.heap.charge(len - index);
        call.heap.change_list(list, 0, |items| items.remove(index))?;
    }
    Ok(item)
}

/// The place that WHERE and AT mean in a list of `len` items, if there is one.
///
/// Removing is `splice`, which takes any number; getting is `list[at]`, which doesn't.
fn got(call: &mut Call<'_>, len: usize, removes: bool) -> Result<Option<usize>, Interrupt> {
    let spliced = |at: f64| Some(splice_start(at, len)).filter(|start| *start < len);
    Ok(match call.field(1) {
        "FIRST" => (len > 0).then_some(0),
        "LAST" => len.checked_sub(1),
        "RANDOM" => {
            let drawn = scaled(call.random()?, len);
            (len > 0).then_some(drawn)
        }
        "FROM_END" => spliced(-at(call, 1)?),
        _ if removes => spliced(at(call, 1)?),
        _ if !call.one_based => exact(property(call.heap, call.arg(1))?, len),
        _ => exact(at(call, 1)?, len),
    })
}

fn lists_set_index(call: &mut Call<'_>) -> Result<Value, Interrupt> {
    let sets = call.field(0) != "INSERT";
    if let (Value::Bool(_) | Value::Number(_) | Value::Text(_), true) = (call.arg(0), sets) {
        return Ok(Value::Undefined);
    }
    let list = call.list(0, "LIST")?;
    let len = call.heap.items(list).len();
    let value = call.arg(2);
    let inserts = call.field(0) == "INSERT";
    #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
    let len_number = len as f64;
    let at = match call.field(1) {
        "FIRST" => 0.0,
        "LAST" if inserts => len_number,
        "LAST" => len_number - 1.0,
        "RANDOM" => call.number(1)?,
        "FROM_END" => len_number - at(call, 1)?,
        _ if !inserts && !call.one_based => property(call.heap, call.arg(1))?,
        _ => at(call, 1)?,
    };
    if inserts {
        let at = splice_start(at, len);
        call.heap.charge(len - at);
        call.heap.change_list(list, 1, |items| items.insert(at, value))?;
    } else if is_place(at) {
        set(call.heap, list, at, value)?;
    } else {
        let key = match call.field(1) {
            "FROM_START" if !call.one_based => call.arg(1),
            _ => Value::Number(at),
        };
        set_stray(call.heap, list, (key, 0.0), value)?;
    }
    Ok(Value::Undefined)
}

fn lists_get_sublist(call: &mut Call<'_>) -> Result<Value, Interrupt> {
    sliced(call, "LIST")
}

/// `slice`, which lists and texts have both.
fn sliced(call: &mut Call<'_>, socket: &str) -> Result<Value, Interrupt> {
    if let Value::Text(text) = call.arg(0) {
        let (from, to) = part(call, text.len())?;
        return Ok(call.heap.part(text, from, to)?);
    }
    let Value::List(list) = call.arg(0) else {
        return Err(wants_text_or_list(socket, call.arg(0)).into());
    };
    let len = call.heap.items(list).len();
    let (from, to) = part(call, len)?;
    let items = call.heap.items(list)[from..to].to_vec();
    Ok(call.heap.list(items)?)
}

/// As [`sliced`]; all of it, from the first to the last, is the value itself.
fn text_get_substring(call: &mut Call<'_>) -> Result<Value, Interrupt> {
    if (call.field(0), call.field(1)) == ("FIRST", "LAST") {
        return Ok(call.arg(0));
    }
    sliced(call, "STRING")
}

/// Something else in a socket for texts and lists.
#[cold]
fn wants_text_or_list(socket: &str, got: Value) -> Fault {
    Fault::kind(
        say!("`{socket}` wants a text or a list and got {kind}", socket, kind = got.kind()),
        say!("put a text or a list into `{socket}`", socket),
    )
}

/// A sorted copy; undefined comes last. Stable, where V8's order of items that
/// compare equal comes from a comparison that contradicts itself.
fn lists_sort(call: &mut Call<'_>) -> Result<Value, Interrupt> {
    let list = call.list(0, "LIST")?;
    let descending = call.field(1) == "-1";
    let (mut items, last): (Vec<Value>, Vec<Value>) = call
        .heap
        .items(list)
        .iter()
        .partition(|item| !matches!(item, Value::Undefined | Value::Hole));
    // A comparison is a few units, and there are about n log n.
    call.heap.spend(items.len() * 4 * (items.len().max(1).ilog2() as usize + 1))?;
    let directed = |order: Ordering| if descending { order.reverse() } else { order };
    if call.field(0) == "NUMERIC" {
        let mut keyed = Vec::with_capacity(items.len());
        for item in items {
            keyed.push((number(call.heap, item)?, item));
        }
        // `Number(a) - Number(b)`, in which NaN counts as equal.
        let order = |(a, _): &(f64, Value), (b, _): &(f64, Value)| {
            directed(a.partial_cmp(b).unwrap_or(Ordering::Equal))
        };
        if keyed.iter().any(|(key, _)| key.is_nan()) {
            super::sorting::sort(&mut keyed, order);
        } else {
            keyed.sort_by(order);
        }
        items = keyed.into_iter().map(|(_, item)| item).collect();
    } else {
        let ignores_case = call.field(0) == "IGNORE_CASE";
        let mut keyed = Vec::with_capacity(items.len());
        for item in items {
            let shown = coerce::text(call.heap, item)?;
            let buffer = if ignores_case {
                TextBuffer::from_text(&shown.to_str(call.heap).to_lowercase())
            } else {
                shown.view_in(call.heap).to_buffer()
            };
            keyed.push((buffer, item));
        }
        keyed.sort_by(|(a, _), (b, _)| directed(a.view(a.len()).order(b.view(b.len()))));
        items = keyed.into_iter().map(|(_, item)| item).collect();
    }
    items.extend(last);
    Ok(call.heap.list(items)?)
}

fn lists_split(call: &mut Call<'_>) -> Result<Value, Interrupt> {
    let delimiter = call.shown(1)?;
    let has_delimiter = !matches!(call.arg(1), Value::Undefined);
    if call.field(0) == "JOIN" {
        let list = call.list(0, "INPUT")?;
        // Without a delimiter `join` takes a comma, and `split` does nothing.
        let comma = TextBuffer::from_text(",");
        let delimiter = if has_delimiter { delimiter } else { Shown::Made(comma) };
        let separator: Vec<u16> = delimiter.view_in(call.heap).units().collect();
        let mut units = Vec::new();
        coerce::join(call.heap, list, &separator, &mut units)?;
        return Ok(call.heap.text_units(units)?);
    }
    let text = text_of(call, 0, "INPUT")?;
    let delimiter = has_delimiter.then(|| delimiter.view_in(call.heap));
    let (view, gap) = (call.heap.view(text), delimiter.map_or(0, TextView::len));
    call.heap.spend(view.len())?;
    // Each part will be a text of its own.
    let part_bytes = CELL_BYTES + size_of::<Value>();
    // Where each but the last one ends.
    let mut ends = Vec::new();
    match delimiter {
        None => {}
        Some(_) if gap == 0 => {
            if view.is_empty() {
                return Ok(call.heap.list(Vec::new())?);
            }
            call.heap.check_room(view.len().saturating_mul(part_bytes))?;
            ends.extend(1..view.len());
        }
        Some(delimiter) => {
            for at in view.find_all(delimiter) {
                ends.push(at);
                call.heap.check_room(ends.len().saturating_mul(part_bytes))?;
            }
        }
    }
    let mut items = Vec::with_capacity(ends.len() + 1);
    let mut from = 0;
    for end in ends.into_iter().chain([text.len()]) {
        items.push(call.heap.part(text, from, end)?);
        from = end + gap;
    }
    Ok(call.heap.list(items)?)
}
