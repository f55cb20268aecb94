//! The functions of the math and colour blocks.
//!
//! Source: the JavaScript that Blockly generates, constant by constant.

use super::random::{drawn, scaled};
use super::text::text_of;
use super::{Builtin, Call};
use crate::number::{atan2, cos, exp, ln, power, sin, tan};
use crate::vm::coerce::{add, number, order};
use crate::vm::fault::{Fault, Interrupt};
use crate::vm::value::{ListRef, ObjectRef, Value};
use indexmap::IndexMap;
use std::cmp::Ordering;
use std::f64::consts;

pub(super) const FUNCTIONS: &[(&str, Builtin)] = &[
    ("math_single", math_single),
    ("math_trig", math_trig),
    ("math_constant", math_constant),
    ("math_number_property", math_number_property),
    ("math_round", math_round),
    ("math_on_list", math_on_list),
    ("math_constrain", math_constrain),
    ("math_random_int", math_random_int),
    ("math_random_float", math_random_float),
    ("math_atan2", math_atan2),
    ("colour_picker", colour_picker),
    ("colour_random", colour_random),
    ("colour_rgb", colour_rgb),
    ("colour_blend", colour_blend),
];

#[expect(clippy::unnecessary_wraps, reason = "what functions answer")]
fn value(number: f64) -> Result<Value, Interrupt> {
    Ok(Value::Number(number))
}

fn math_single(call: &mut Call<'_>) -> Result<Value, Interrupt> {
    let number = call.number(0)?;
    value(match call.field(0) {
        "ABS" => number.abs(),
        "NEG" => -number,
        "LN" => ln(number),
        // Not `log10`: Blockly divides, and 1000 gives 2.9999999999999996.
        "LOG10" => ln(number) / consts::LN_10,
        "EXP" => exp(number),
        "POW10" => power(10.0, number),
        _ => number.sqrt(),
    })
}

fn math_trig(call: &mut Call<'_>) -> Result<Value, Interrupt> {
    let number = call.number(0)?;
    let radians = number / 180.0 * consts::PI;
    let degrees = |radians: f64| radians / consts::PI * 180.0;
    value(match call.field(0) {
        "COS" => cos(radians),
        "TAN" => tan(radians),
        "ASIN" => degrees(libm::asin(number)),
        "ACOS" => degrees(libm::acos(number)),
        "ATAN" => degrees(libm::atan(number)),
        _ => sin(radians),
    })
}

fn math_constant(call: &mut Call<'_>) -> Result<Value, Interrupt> {
    value(match call.field(0) {
        "E" => consts::E,
        "GOLDEN_RATIO" => f64::midpoint(1.0, 5_f64.sqrt()),
        "SQRT2" => consts::SQRT_2,
        "SQRT1_2" => consts::FRAC_1_SQRT_2,
        "INFINITY" => f64::INFINITY,
        _ => consts::PI,
    })
}

fn math_number_property(call: &mut Call<'_>) -> Result<Value, Interrupt> {
    let number = call.number(0)?;
    Ok(Value::Bool(match call.field(0) {
        // -3 % 2 is -1: a negative odd number is not odd.
        "ODD" => number % 2.0 == 1.0,
        "PRIME" => is_prime(call, number)?,
        "WHOLE" => number % 1.0 == 0.0,
        "POSITIVE" => number > 0.0,
        "NEGATIVE" => number < 0.0,
        "DIVISIBLE_BY" => number % call.number(1)? == 0.0,
        _ => number % 2.0 == 0.0,
    }))
}

fn is_prime(call: &Call<'_>, number: f64) -> Result<bool, Fault> {
    if number == 2.0 || number == 3.0 {
        return Ok(true);
    }
    if number.is_nan()
        || number <= 1.0
        || number % 1.0 != 0.0
        || number % 2.0 == 0.0
        || number % 3.0 == 0.0
    {
        return Ok(false);
    }
    let root = number.sqrt();
    // Odd numbers above 2^53 don't exist, so this ends.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "below 2^27")]
    call.heap.spend(root as usize)?;
    let mut candidate = 6.0;
    while candidate <= root + 1.0 {
        if number % (candidate - 1.0) == 0.0 || number % (candidate + 1.0) == 0.0 {
            return Ok(false);
        }
        candidate += 6.0;
    }
    Ok(true)
}

fn math_round(call: &mut Call<'_>) -> Result<Value, Interrupt> {
    let number = call.number(0)?;
    value(match call.field(0) {
        "ROUNDUP" => number.ceil(),
        "ROUNDDOWN" => number.floor(),
        _ => round(number),
    })
}

/// `Math.round`: halves go up; what rounds to zero keeps its sign.
fn round(number: f64) -> f64 {
    let floor = number.floor();
    let rounded = if number - floor >= 0.5 { floor + 1.0 } else { floor };
    if rounded == 0.0 { 0_f64.copysign(number) } else { rounded }
}

fn math_on_list(call: &mut Call<'_>) -> Result<Value, Interrupt> {
    if call.field(0) == "RANDOM" {
        return drawn(call);
    }
    if let Some(known) = of_no_list(call)? {
        return Ok(known);
    }
    let list = call.list(0, "LIST")?;
    let count = call.heap.items(list).len();
    call.heap.spend(count * if call.field(0) == "MEDIAN" { 64 } else { 8 })?;
    #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
    let count_number = count as f64;
    match call.field(0) {
        "MIN" => extreme(call, f64::INFINITY, min),
        "MAX" => extreme(call, f64::NEG_INFINITY, max),
        "AVERAGE" => {
            let sum = sum(call, Some(Value::Number(0.0)))?;
            value(number(call.heap, sum)? / count_number)
        }
        "MEDIAN" => Ok(median(numbers_only(call)?)),
        "MODE" => modes(call, list),
        "STD_DEV" => {
            if count == 0 {
                return Ok(Value::Null);
            }
            let sum = sum(call, None)?;
            let mean = number(call.heap, sum)? / count_number;
            let mut variance = 0.0;
            for index in 0..count {
                let item = call.heap.items(list)[index].filled();
                variance += (number(call.heap, item)? - mean).powi(2);
            }
            value((variance / count_number).sqrt())
        }
        _ => Ok(sum(call, Some(Value::Number(0.0)))?),
    }
}

/// What Blockly's program makes of something that is no list, where it doesn't fail:
/// `Math.min.apply(null, null)`, and loops up to a `length` that may be undefined.
fn of_no_list(call: &mut Call<'_>) -> Result<Option<Value>, Interrupt> {
    Ok(match (call.field(0), call.arg(0)) {
        ("MIN", Value::Undefined | Value::Null) => Some(Value::Number(f64::INFINITY)),
        ("MAX", Value::Undefined | Value::Null) => Some(Value::Number(f64::NEG_INFINITY)),
        ("STD_DEV", Value::Bool(_) | Value::Number(_)) => Some(Value::Null),
        ("STD_DEV", Value::Text(text)) if text.is_empty() => Some(Value::Null),
        ("MODE", Value::Bool(_) | Value::Number(_)) => Some(call.heap.list(Vec::new())?),
        ("MODE", Value::Text(text)) => {
            let items: Result<Vec<Value>, Fault> =
                (0..text.len()).map(|at| call.heap.part(text, at, at + 1)).collect();
            let Value::List(list) = call.heap.list(items?)? else { return Ok(None) };
            Some(modes(call, list)?)
        }
        _ => None,
    })
}

/// With `+`, which joins texts, from a value on or else from the first item: Blockly's program for
/// the deviation gives `reduce` none to begin with.
fn sum(call: &mut Call<'_>, from: Option<Value>) -> Result<Value, Fault> {
    let list = call.list(0, "LIST")?;
    let mut sum = from;
    for index in 0..call.heap.items(list).len() {
        let item = call.heap.items(list)[index];
        // `reduce` passes over holes.
        if !matches!(item, Value::Hole) {
            sum = Some(match sum {
                Some(sum) => add(call.heap, sum, item)?,
                None => item,
            });
        }
    }
    Ok(sum.unwrap_or(Value::Undefined))
}

fn extreme(call: &mut Call<'_>, from: f64, of: fn(f64, f64) -> f64) -> Result<Value, Interrupt> {
    let list = call.list(0, "LIST")?;
    let mut best = from;
    for item in call.heap.items(list) {
        best = of(best, number(call.heap, item.filled())?);
    }
    value(best)
}

fn numbers_only(call: &mut Call<'_>) -> Result<Vec<f64>, Fault> {
    let list = call.list(0, "LIST")?;
    let numbers = call.heap.items(list).iter().filter_map(|item| match item {
        Value::Number(number) => Some(*number),
        _ => None,
    });
    Ok(numbers.collect())
}

fn median(mut numbers: Vec<f64>) -> Value {
    if numbers.is_empty() {
        return Value::Null;
    }
    // Source: Blockly sorts with `b - a`, for which NaN is equal to everything.
    super::sorting::sort(&mut numbers, |a, b| b.partial_cmp(a).unwrap_or(Ordering::Equal));
    let middle = numbers.len() / 2;
    Value::Number(if numbers.len().is_multiple_of(2) {
        f64::midpoint(numbers[middle - 1], numbers[middle])
    } else {
        numbers[middle]
    })
}

/// The items that stand most often, in order of their first place.
fn modes(call: &mut Call<'_>, list: ListRef) -> Result<Value, Interrupt> {
    let mut counts: IndexMap<Same, (Value, usize)> = IndexMap::new();
    for (place, item) in call.heap.items(list).iter().enumerate() {
        let item = item.filled();
        call.heap.spend(if let Value::Text(text) = item { text.len() } else { 8 })?;
        counts.entry(Same::of(call, item, place)).or_insert((item, 0)).1 += 1;
    }
    let most = counts.values().map(|(_, count)| *count).max().unwrap_or(0);
    let modes = counts.into_values().filter(|(_, count)| *count == most).map(|(item, _)| item);
    let modes: Vec<Value> = modes.collect();
    Ok(call.heap.list(modes)?)
}

/// What two items have in common when they are `===`.
#[derive(PartialEq, Eq, Hash)]
enum Same {
    Undefined,
    Null,
    Bool(bool),
    Number(u64),
    Date(u64),
    Text(Box<[u16]>),
    /// NaN, which equals nothing: its place.
    Nothing(usize),
    List(ListRef),
    Object(ObjectRef),
}

impl Same {
    fn of(call: &Call<'_>, item: Value, place: usize) -> Self {
        match item {
            Value::Undefined | Value::Hole => Self::Undefined,
            Value::Null => Self::Null,
            Value::Bool(value) => Self::Bool(value),
            Value::Number(number) | Value::Date(number) if number.is_nan() => Self::Nothing(place),
            // Adding 0 makes one zero of two.
            Value::Number(number) => Self::Number((number + 0.0).to_bits()),
            Value::Date(ms) => Self::Date((ms + 0.0).to_bits()),
            Value::Text(text) => Self::Text(call.heap.view(text).units().collect()),
            Value::List(list) => Self::List(list),
            Value::Object(object) => Self::Object(object),
        }
    }
}

fn math_constrain(call: &mut Call<'_>) -> Result<Value, Interrupt> {
    let (number, low, high) = (call.number(0)?, call.number(1)?, call.number(2)?);
    value(min(max(number, low), high))
}

/// `Math.min`: NaN if one is; -0 is less than 0 (Rust's own leaves that open).
pub(super) fn min(a: f64, b: f64) -> f64 {
    let is_a = a.is_nan() || a < b || (a == b && a.is_sign_negative());
    if is_a { a } else { b }
}

/// `Math.max`: NaN if one is; 0 is more than -0.
pub(super) fn max(a: f64, b: f64) -> f64 {
    let is_a = a.is_nan() || a > b || (a == b && a.is_sign_positive());
    if is_a { a } else { b }
}

fn math_random_int(call: &mut Call<'_>) -> Result<Value, Interrupt> {
    let (mut a, mut b) = (call.arg(0), call.arg(1));
    if order(call.heap, a, b)?.is_some_and(Ordering::is_gt) {
        (a, b) = (b, a);
    }
    // `Math.floor(Math.random() * (b - a + 1) + a)`, whose last `+` joins texts.
    let size = number(call.heap, b)? - number(call.heap, a)? + 1.0;
    let random = call.random()?;
    let drawn = add(call.heap, Value::Number(random * size), a)?;
    value(number(call.heap, drawn)?.floor())
}

fn math_random_float(call: &mut Call<'_>) -> Result<Value, Interrupt> {
    value(call.random()?)
}

fn math_atan2(call: &mut Call<'_>) -> Result<Value, Interrupt> {
    let (x, y) = (call.number(0)?, call.number(1)?);
    value(atan2(y, x) / consts::PI * 180.0)
}

// ---- colours

fn colour_picker(call: &mut Call<'_>) -> Result<Value, Interrupt> {
    let colour = call.field(0).to_owned();
    Ok(call.heap.text(&colour)?)
}

fn colour_random(call: &mut Call<'_>) -> Result<Value, Interrupt> {
    let number = scaled(call.random()?, 1 << 24);
    Ok(call.heap.text(&format!("#{number:06x}"))?)
}

fn colour_rgb(call: &mut Call<'_>) -> Result<Value, Interrupt> {
    let mut parts = [0_u8; 3];
    for (index, part) in parts.iter_mut().enumerate() {
        *part = byte(round(max(min(call.number(index)?, 100.0), 0.0) * 2.55));
    }
    let [red, green, blue] = parts;
    Ok(call.heap.text(&format!("#{red:02x}{green:02x}{blue:02x}"))?)
}

/// Each pair of digits is read by `parseInt`, so that what is no colour mixes as it does
/// in Blockly's program.
fn colour_blend(call: &mut Call<'_>) -> Result<Value, Interrupt> {
    let a = text_of(call, 0, "COLOUR1")?;
    let a = call.heap.str(a).into_owned();
    let b = text_of(call, 1, "COLOUR2")?;
    let b = call.heap.str(b).into_owned();
    let ratio = max(min(call.number(2)?, 1.0), 0.0);
    let mut blended = "#".to_owned();
    for at in [1, 3, 5] {
        let mixed = round(hex_at(&a, at) * (1.0 - ratio) + hex_at(&b, at) * ratio);
        #[expect(clippy::cast_possible_truncation, reason = "between -255 and 255; NaN becomes 0")]
        let mixed = mixed as i32;
        let sign = if mixed < 0 { "-" } else { "" };
        let padded = format!("0{sign}{:x}", mixed.unsigned_abs());
        blended.push_str(&padded[padded.len() - 2..]);
    }
    Ok(call.heap.text(&blended)?)
}

/// `parseInt(text.substring(at, at + 2), 16)`.
fn hex_at(text: &str, at: usize) -> f64 {
    let units = text.encode_utf16().skip(at).take(2);
    let pair: String =
        units.map(|unit| char::from_u32(unit.into()).unwrap_or('\u{fffd}')).collect();
    let digits = pair.trim_start_matches(crate::number::is_space);
    let (sign, digits) = match digits.strip_prefix('-') {
        Some(digits) => (-1.0, digits),
        None => (1.0, digits.strip_prefix('+').unwrap_or(digits)),
    };
    let end = digits.find(|c: char| !c.is_ascii_hexdigit()).unwrap_or(digits.len());
    let is_prefix = digits.eq_ignore_ascii_case("0x");
    match u8::from_str_radix(&digits[..end], 16) {
        Ok(number) if !is_prefix => sign * f64::from(number),
        _ => f64::NAN,
    }
}

fn byte(number: f64) -> u8 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "`as` saturates, and NaN becomes 0"
    )]
    let byte = number as u8;
    byte
}
