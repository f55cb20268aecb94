//! The functions of the text blocks. Places count UTF-16 units, as in JavaScript.

use super::length::length_of;
use super::random::drawn;
use super::{Builtin, Call};
use crate::diag::say;
use crate::number::{is_space, number_of_text, with_number_text};
use crate::program::BY_FUNCTION;
use crate::vm::coerce;
use crate::vm::fault::{Fault, Interrupt};
use crate::vm::heap::{Heap, NUMBER_UNITS_MAX};
use crate::vm::value::{Ascii, Text, TextBuffer, TextView, Value};
use serde_json::Value as Json;
use std::borrow::Cow;

pub(super) const FUNCTIONS: &[(&str, Builtin)] = &[
    ("text_join", text_join),
    ("text_length", length),
    ("lists_length", length),
    ("text_isEmpty", is_empty),
    ("lists_isEmpty", is_empty),
    ("text_charAt", text_char_at),
    ("text_changeCase", text_change_case),
    ("text_trim", text_trim),
    ("text_count", text_count),
    ("text_replace", text_replace),
    ("text_reverse", text_reverse),
    ("text_print", text_print),
    ("text_prompt_ext", text_prompt_ext),
    ("text_prompt", text_prompt),
];

/// One and two items are `String(item)`; from three on null and undefined are empty.
fn text_join(call: &mut Call<'_>) -> Result<Value, Interrupt> {
    if let [a, b] = *call.args {
        let a = coerce::text(call.heap, a)?.into_text(call.heap)?;
        let b = coerce::text(call.heap, b)?.into_text(call.heap)?;
        return Ok(call.heap.append(a, b)?);
    }
    let buffer = joined(call.heap, call.args)?;
    Ok(call.heap.text_buffer(buffer)?)
}

/// What is joined gets room for so many units beforehand at most: more may be over the limit.
const ROOM_MAX: usize = 4096;

/// What `text_join` makes of one value, or of three and more.
pub(in crate::vm) fn joined(heap: &Heap, values: &[Value]) -> Result<TextBuffer, Fault> {
    if let Some(text) = short(heap, values) {
        return Ok(TextBuffer::Ascii(text));
    }
    let many = values.len() > 2;
    let mut units = Vec::new();
    // In one piece, when all goes well.
    let lengths = values.iter().map(|value| match value {
        Value::Text(text) => text.len(),
        Value::Number(_) => NUMBER_UNITS_MAX,
        _ => 0,
    });
    let mut ascii = Ascii::with_capacity(lengths.sum::<usize>().min(ROOM_MAX));
    for arg in values {
        heap.check_room(ascii.len() + units.len() * 2)?;
        let mut add = |view: TextView<'_>| match view {
            TextView::Ascii(bytes) if units.is_empty() => ascii.extend_from_slice(bytes),
            view => {
                units.extend(std::mem::take(&mut ascii).iter().map(|byte| u16::from(*byte)));
                units.extend(view.units());
            }
        };
        match *arg {
            Value::Undefined | Value::Null if many => {}
            Value::Text(text) => add(heap.view(text)),
            Value::Number(number) => {
                with_number_text(number, |text| add(TextView::Ascii(text.as_bytes())));
            }
            other => add(coerce::text(heap, other)?.view_in(heap)),
        }
    }
    Ok(if units.is_empty() { TextBuffer::Ascii(ascii) } else { TextBuffer::Wide(units) })
}

/// Texts of at most so many units are joined in place, and only then get their memory.
const SHORT: usize = 64;

/// As [`joined`], of a few ASCII texts and numbers; none when it is not that.
fn short(heap: &Heap, values: &[Value]) -> Option<Ascii> {
    let (mut all, mut len) = ([0; SHORT], 0);
    let mut add = |bytes: &[u8]| {
        all.get_mut(len..len + bytes.len())?.copy_from_slice(bytes);
        len += bytes.len();
        Some(())
    };
    for value in values {
        match *value {
            Value::Text(text) => match heap.view(text) {
                TextView::Ascii(bytes) => add(bytes)?,
                TextView::Wide(_) => return None,
            },
            Value::Number(number) => with_number_text(number, |text| add(text.as_bytes()))?,
            Value::Undefined | Value::Null if values.len() > 2 => {}
            _ => return None,
        }
    }
    Some(Ascii::from_slice(&all[..len]))
}

/// `.length`: of a text or list; undefined of anything else but null and undefined.
fn length(call: &mut Call<'_>) -> Result<Value, Interrupt> {
    #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
    Ok(length_of(call, 0)?.map_or(Value::Undefined, |length| Value::Number(length as f64)))
}

/// `!value.length`: what has no length is empty.
fn is_empty(call: &mut Call<'_>) -> Result<Value, Interrupt> {
    Ok(Value::Bool(match length(call)? {
        Value::Number(length) => length == 0.0,
        _ => true,
    }))
}

/// The argument as a text; anything else has none of a text's methods.
pub(super) fn text_of(call: &Call<'_>, index: usize, socket: &str) -> Result<Text, Fault> {
    match call.arg(index) {
        Value::Text(text) => Ok(text),
        other => Err(Fault::kind(
            say!("`{socket}` wants a text and got {kind}", socket, kind = other.kind()),
            say!("convert it with the block `create text with`"),
        )),
    }
}

/// The place of the second argument in a text.
pub(super) fn index_of(call: &Call<'_>, text: Text) -> Result<Value, Interrupt> {
    let needle = call.shown(1)?;
    let (text, needle) = (call.heap.view(text), needle.view_in(call.heap));
    call.heap.spend(text.len())?;
    let found = match call.field(0) {
        "LAST" => text.find_last(needle),
        _ => text.find(needle, 0),
    };
    Ok(place(found, call.one_based))
}

/// A place as an author counts it: none is 0, or -1 when counted from 0.
pub(super) fn place(found: Option<usize>, one_based: bool) -> Value {
    #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
    let index = found.map_or(-1.0, |index| index as f64);
    Value::Number(if one_based { index + 1.0 } else { index })
}

fn text_char_at(call: &mut Call<'_>) -> Result<Value, Interrupt> {
    if call.field(0) == "RANDOM" {
        // `text[place]`, which is undefined where there is nothing.
        return drawn(call);
    }
    if let (Value::List(list), "LAST") = (call.arg(0), call.field(0)) {
        // `slice(-1)`, which lists have, too.
        let last = call.heap.items(list).last().copied();
        return Ok(call.heap.list(last.into_iter().collect())?);
    }
    let text = text_of(call, 0, "VALUE")?;
    let len = text.len();
    let at = match call.field(0) {
        "FIRST" => slot(0.0, len),
        // `slice(-1)`, which gives what there is.
        "LAST" => len.checked_sub(1),
        "FROM_END" => {
            let from_end = if call.one_based { call.number(1)? } else { plus_one(call, 1)? };
            let (from, _) = slice_bounds(-from_end, f64::INFINITY, len);
            (from < len).then_some(from)
        }
        _ => slot(call.number(1)? - if call.one_based { 1.0 } else { 0.0 }, len),
    };
    let (from, to) = at.map_or((0, 0), |at| (at, at + 1));
    Ok(call.heap.part(text, from, to)?)
}

/// `charAt`: the whole part of `index`, if it is a place.
fn slot(index: f64, len: usize) -> Option<usize> {
    let index = if index.is_nan() { 0.0 } else { index.trunc() };
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "in range by the condition"
    )]
    (index >= 0.0 && index < len as f64).then_some(index as usize)
}

/// `slice(from, to)`: negative places count from the end.
pub(super) fn slice_bounds(from: f64, to: f64, len: usize) -> (usize, usize) {
    let bound = |place: f64| {
        let place = if place.is_nan() { 0.0 } else { place.trunc() };
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "`as` saturates, and lengths are far below 2^53"
        )]
        let bound = if place < 0.0 {
            (len as f64 + place).max(0.0) as usize
        } else {
            (place as usize).min(len)
        };
        bound
    };
    let from = bound(from);
    (from, bound(to).max(from))
}

/// The places that `WHERE1`, `AT1`, `WHERE2`, `AT2` mean, as Blockly gives them to `slice`.
pub(super) fn part(call: &mut Call<'_>, len: usize) -> Result<(usize, usize), Fault> {
    let shift = if call.one_based { 1.0 } else { 0.0 };
    let by_function = call.field(2) == BY_FUNCTION;
    #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
    let len_number = len as f64;
    let from = match call.field(0) {
        "FROM_END" if by_function => len_number - 1.0 - (call.number(1)? - shift),
        "FROM_END" if call.one_based => len_number - call.number(1)?,
        "FROM_END" => len_number - plus_one(call, 1)?,
        "FIRST" => 0.0,
        _ => call.number(1)? - shift,
    };
    let to = match (call.field(1), call.arg(2)) {
        ("FROM_END", _) => len_number - (call.number(2)? - shift),
        ("LAST", _) => len_number,
        // `slice(from, undefined)` goes to the end.
        (_, Value::Undefined) if call.one_based && !by_function => len_number,
        _ if call.one_based => call.number(2)?,
        _ => plus_one(call, 2)?,
    };
    Ok(slice_bounds(from, to, len))
}

/// `argument + 1` as a number: 21 for the text `2`, as Blockly's program has it.
pub(super) fn plus_one(call: &mut Call<'_>, index: usize) -> Result<f64, Fault> {
    let sum = coerce::add(call.heap, call.arg(index), Value::Number(1.0))?;
    coerce::number(call.heap, sum)
}

fn text_change_case(call: &mut Call<'_>) -> Result<Value, Interrupt> {
    let mode = call.field(0);
    if let (Value::Text(text), "LOWERCASE" | "UPPERCASE") = (call.arg(0), mode) {
        let is_lower = mode == "LOWERCASE";
        if let Some(word) = call.heap.word(text) {
            let changed = if is_lower { word.lowercase() } else { word.uppercase() };
            return Ok(call.heap.word_text(changed)?);
        }
        if let TextView::Ascii(bytes) = call.heap.view(text) {
            let changed =
                if is_lower { bytes.to_ascii_lowercase() } else { bytes.to_ascii_uppercase() };
            let changed = TextBuffer::Ascii(Ascii::from(changed));
            return Ok(call.heap.text_buffer(changed)?);
        }
    }
    let text = text_of(call, 0, "TEXT")?;
    let text = call.heap.str(text).into_owned();
    let changed = match mode {
        "LOWERCASE" => text.to_lowercase(),
        "TITLECASE" => title_case(&text),
        _ => text.to_uppercase(),
    };
    Ok(call.heap.text(&changed)?)
}

/// The first character of each run without spaces in capitals, the rest small.
fn title_case(text: &str) -> String {
    let mut changed = String::with_capacity(text.len());
    for run in text.split_inclusive(is_space) {
        let mut rest = run.chars();
        match rest.next() {
            Some(first) if !is_space(first) => {
                changed.extend(first.to_uppercase());
                changed.push_str(&rest.as_str().to_lowercase());
            }
            _ => changed.push_str(run),
        }
    }
    changed
}

fn text_trim(call: &mut Call<'_>) -> Result<Value, Interrupt> {
    let text = text_of(call, 0, "TEXT")?;
    let view = call.heap.view(text);
    let is_space = |unit: u16| char::from_u32(unit.into()).is_some_and(is_space);
    let left = match call.field(0) {
        "RIGHT" => 0,
        _ => view.units().take_while(|unit| is_space(*unit)).count(),
    };
    let right = match call.field(0) {
        "LEFT" => 0,
        _ => view.units().rev().take_while(|unit| is_space(*unit)).count(),
    };
    let right = (view.len() - right).max(left);
    Ok(call.heap.part(text, left, right)?)
}

/// Without overlaps; an empty needle stands between all units and at both ends.
fn text_count(call: &mut Call<'_>) -> Result<Value, Interrupt> {
    // `needle.length === 0` is asked first, of whatever there is.
    let needle_length = length_of(call, 0)?;
    if needle_length == Some(0) {
        #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
        return Ok(Value::Number(
            length_of(call, 1)?.map_or(f64::NAN, |length| length as f64 + 1.0),
        ));
    }
    let (needle, text) = (call.shown(0)?, text_of(call, 1, "TEXT")?);
    let (needle, text) = (needle.view_in(call.heap), call.heap.view(text));
    call.heap.spend(text.len())?;
    let mut count = 0_u32;
    if needle.is_empty() {
        // A list that shows as nothing: `split` cuts between all units.
        count = u32::try_from(text.len()).unwrap_or(u32::MAX).saturating_sub(1);
    } else {
        let mut from = 0;
        while let Some(at) = text.find(needle, from) {
            count += 1;
            from = at + needle.len();
        }
    }
    Ok(Value::Number(count.into()))
}

/// `$$`, `$&`, `` $` `` and `$'` in the replacement mean what they mean in JavaScript.
fn text_replace(call: &mut Call<'_>) -> Result<Value, Interrupt> {
    let needle = text_of(call, 0, "FROM")?;
    let (to, text) = (call.shown(1)?, text_of(call, 2, "TEXT")?);
    let (needle, to) = (call.heap.view(needle), to.view_in(call.heap));
    let text = call.heap.view(text);
    call.heap.spend(text.len())?;
    let mut units = Vec::with_capacity(text.len());
    let mut from = 0;
    while let Some(at) = text.find(needle, from) {
        units.extend(text.slice(from, at).units());
        replacement(&mut units, to, text, at, needle.len());
        from = at + needle.len();
        if needle.is_empty() {
            if at == text.len() {
                break;
            }
            units.push(text.unit(at));
            from = at + 1;
        }
        call.heap.check_room(units.len() * 2)?;
    }
    if from <= text.len() {
        units.extend(text.slice(from, text.len()).units());
    }
    Ok(call.heap.text_units(units)?)
}

fn replacement(units: &mut Vec<u16>, to: TextView<'_>, text: TextView<'_>, at: usize, len: usize) {
    let dollar = u16::from(b'$');
    let mut index = 0;
    while index < to.len() {
        let unit = to.unit(index);
        let next = (unit == dollar && index + 1 < to.len()).then(|| to.unit(index + 1));
        index += 2;
        match next.and_then(|next| char::from_u32(next.into())) {
            Some('$') => units.push(dollar),
            Some('&') => units.extend(text.slice(at, at + len).units()),
            Some('`') => units.extend(text.slice(0, at).units()),
            Some('\'') => units.extend(text.slice(at + len, text.len()).units()),
            _ => {
                units.push(unit);
                index -= 1;
            }
        }
    }
}

fn text_reverse(call: &mut Call<'_>) -> Result<Value, Interrupt> {
    let text = text_of(call, 0, "TEXT")?;
    let units = call.heap.view(text).units().rev().collect();
    Ok(call.heap.text_units(units)?)
}

fn text_print(call: &mut Call<'_>) -> Result<Value, Interrupt> {
    call.console.print(call.string(0)?)?;
    Ok(Value::Undefined)
}

fn text_prompt_ext(call: &mut Call<'_>) -> Result<Value, Interrupt> {
    let asked = call.shown(0)?;
    let answer = call.console.answer(asked.view_in(call.heap));
    prompted(call.heap, answer, call.field(0) == "NUMBER")
}

fn text_prompt(call: &mut Call<'_>) -> Result<Value, Interrupt> {
    let asked = TextBuffer::from_text(call.field(1));
    let answer = call.console.answer(asked.view(asked.len()));
    prompted(call.heap, answer, call.field(0) == "NUMBER")
}

/// What a prompt gives: a text, or the number in it. A cancelled one gives null, which as a
/// number is 0.
fn prompted(heap: &mut Heap, answer: Option<&Json>, is_number: bool) -> Result<Value, Interrupt> {
    let text = match answer {
        None => return Ok(if is_number { Value::Number(0.0) } else { Value::Null }),
        Some(Json::String(text)) => Cow::Borrowed(text),
        Some(other) => Cow::Owned(other.to_string()),
    };
    Ok(if is_number { Value::Number(number_of_text(&text)) } else { heap.text(&text)? })
}
