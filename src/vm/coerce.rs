//! How one kind of value turns into another, exactly as JavaScript does it.
//!
//! Source: ECMAScript (`ToNumber`, `ToString`, `IsLooselyEqual`, `Number::toString`),
//! which is what Blockly's generated programs run on.

use super::fault::Fault;
use super::heap::Heap;
use super::value::{Text, TextBuffer, TextView, Value};
use crate::limits;
use std::borrow::Cow;
use std::cmp::Ordering;

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
        Value::Text(text) => number_of_text(&heap.str(text)),
        Value::List(_) => number_of_text(&text(heap, value)?.view_in(heap).to_str()),
    })
}

/// `ToNumber` of a text: trimmed, "" is 0, hex, octal and binary known, else NaN.
pub fn number_of_text(text: &str) -> f64 {
    let text = text.trim_matches(is_space);
    if text.is_empty() {
        return 0.0;
    }
    let radix = |digits: &str, radix| {
        let mut value = 0.0;
        for digit in digits.chars() {
            let Some(digit) = digit.to_digit(radix) else { return f64::NAN };
            value = value * f64::from(radix) + f64::from(digit);
        }
        if digits.is_empty() { f64::NAN } else { value }
    };
    match text.as_bytes() {
        [b'0', b'x' | b'X', ..] => return radix(&text[2..], 16),
        [b'0', b'o' | b'O', ..] => return radix(&text[2..], 8),
        [b'0', b'b' | b'B', ..] => return radix(&text[2..], 2),
        _ => {}
    }
    match text {
        "Infinity" | "+Infinity" => f64::INFINITY,
        "-Infinity" => f64::NEG_INFINITY,
        // Rust also reads `inf` and `nan`, which JavaScript doesn't.
        decimal if decimal.bytes().all(|b| b.is_ascii_digit() || b"+-.eE".contains(&b)) => {
            decimal.parse().unwrap_or(f64::NAN)
        }
        _ => f64::NAN,
    }
}

/// JavaScript's white space and line ends (so U+FEFF, but not U+0085).
pub fn is_space(c: char) -> bool {
    (c.is_whitespace() && c != '\u{85}') || c == '\u{feff}'
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
                other => unreachable!("a new text is a text, not {}", other.kind()),
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
        Value::Undefined | Value::Hole => "undefined".into(),
        Value::Null => "null".into(),
        Value::Bool(value) => if value { "true" } else { "false" }.into(),
        Value::Number(number) => number_text(number),
        Value::Date(ms) => date_text(ms),
        Value::Object(_) => super::json::to_json(heap, value)?.to_string(),
        Value::List(_) => {
            let mut units = Vec::new();
            join(heap, value, &[u16::from(b',')], 0, &mut units)?;
            return Ok(Shown::Made(TextBuffer::from_units(units)));
        }
    };
    Ok(Shown::Made(TextBuffer::from_text(&made)))
}

/// `Array.join`: items as texts, null and undefined as nothing.
///
/// # Errors
/// Lists nested deeper than [`limits::VALUE_NESTING_MAX`], or a text longer than
/// [`limits::TEXT_UNITS_MAX`].
pub fn join(
    heap: &Heap,
    list: Value,
    separator: &[u16],
    depth: usize,
    into: &mut Vec<u16>,
) -> Result<(), Fault> {
    let Value::List(list) = list else { unreachable!("only lists are joined") };
    if depth >= limits::VALUE_NESTING_MAX {
        return Err(too_deep());
    }
    for (index, item) in heap.items(list).iter().enumerate() {
        if index > 0 {
            into.extend_from_slice(separator);
        }
        match item {
            Value::Undefined | Value::Null | Value::Hole => {}
            Value::List(_) => join(heap, *item, &[u16::from(b',')], depth + 1, into)?,
            Value::Bool(_)
            | Value::Number(_)
            | Value::Date(_)
            | Value::Text(_)
            | Value::Object(_) => into.extend(text(heap, *item)?.view_in(heap).units()),
        }
        if into.len() > limits::TEXT_UNITS_MAX {
            let units = limits::TEXT_UNITS_MAX;
            return Err(Fault::new(
                Fault::MEMORY,
                format!("the list's text is longer than {units} units"),
                "join a shorter list",
            ));
        }
    }
    Ok(())
}

pub(super) fn too_deep() -> Fault {
    Fault::new(
        "value-nesting",
        format!("lists and objects are nested deeper than {} levels", limits::VALUE_NESTING_MAX),
        "look for a list or object that contains itself",
    )
}

/// A date as ISO 8601 in UTC with milliseconds, as `Date.toISOString` gives it.
///
/// "Invalid Date" outside of the years a date can hold.
pub fn date_text(ms: f64) -> String {
    #[expect(clippy::cast_possible_truncation, reason = "a date's milliseconds are whole")]
    let moment = jiff::Timestamp::from_millisecond(ms as i64);
    match moment {
        Ok(moment) if ms.is_finite() => moment.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string(),
        _ => "Invalid Date".into(),
    }
}

/// `Number::toString`: the shortest digits that read back as the same number.
pub fn number_text(number: f64) -> String {
    if number.is_nan() {
        return "NaN".into();
    }
    if number.is_infinite() {
        return if number > 0.0 { "Infinity" } else { "-Infinity" }.into();
    }
    if number == 0.0 {
        return "0".into();
    }
    if number.fract() == 0.0 && number.abs() < 1e15 {
        #[expect(clippy::cast_possible_truncation, reason = "whole, and below 2^53")]
        return (number as i64).to_string();
    }
    // `{:e}` prints the shortest digits that read back, as d.ddde±x.
    let scientific = format!("{:e}", number.abs());
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let digits = mantissa.replace('.', "");
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let sign = if number < 0.0 { "-" } else { "" };
    let count = i32::try_from(digits.len()).unwrap_or(i32::MAX);
    let zeros = |n: i32| "0".repeat(usize::try_from(n).unwrap_or(0));
    let split = |at: i32| digits.split_at(usize::try_from(at).unwrap_or(0));
    match exponent + 1 {
        point if (count..=21).contains(&point) => format!("{sign}{digits}{}", zeros(point - count)),
        point if (1..=21).contains(&point) => {
            let (whole, fraction) = split(point);
            format!("{sign}{whole}.{fraction}")
        }
        point if (-5..=0).contains(&point) => format!("{sign}0.{}{digits}", zeros(-point)),
        _ => {
            let (first, rest) = split(1);
            let dot = if rest.is_empty() { "" } else { "." };
            let plus = if exponent > 0 { "+" } else { "" };
            format!("{sign}{first}{dot}{rest}e{plus}{exponent}")
        }
    }
}

/// `a == b`: loose, as `logic_compare` and Blockly's generator have it.
pub fn loosely_equal(heap: &Heap, a: Value, b: Value) -> Result<bool, Fault> {
    Ok(match (a.filled(), b.filled()) {
        (Value::Undefined | Value::Null, Value::Undefined | Value::Null) => true,
        (Value::Undefined | Value::Null, _) | (_, Value::Undefined | Value::Null) => false,
        (Value::Text(a), Value::Text(b)) => heap.view(a).same(heap.view(b)),
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

/// `a === b`: what `lists_indexOf` uses.
pub fn strictly_equal(heap: &Heap, a: Value, b: Value) -> bool {
    match (a.filled(), b.filled()) {
        (Value::Undefined, Value::Undefined) | (Value::Null, Value::Null) => true,
        (Value::Bool(a), Value::Bool(b)) => a == b,
        (Value::Number(a), Value::Number(b)) | (Value::Date(a), Value::Date(b)) => a == b,
        (Value::Text(a), Value::Text(b)) => heap.view(a).same(heap.view(b)),
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
        return Ok(Some(a.view_in(heap).order(b.view_in(heap))));
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_javascript_writes_them() {
        for (number, text) in [
            (0.0, "0"),
            (-0.0, "0"),
            (1.0, "1"),
            (-2.5, "-2.5"),
            (0.1 + 0.2, "0.30000000000000004"),
            (1e21, "1e+21"),
            (1.5e21, "1.5e+21"),
            (123_456_789_012_345_680_000.0, "123456789012345680000"),
            (1e-6, "0.000001"),
            (1.25e-7, "1.25e-7"),
            (5e-324, "5e-324"),
            (1.797_693_134_862_315_7e308, "1.7976931348623157e+308"),
            (9_007_199_254_740_993.0, "9007199254740992"),
            (f64::NAN, "NaN"),
            (f64::NEG_INFINITY, "-Infinity"),
        ] {
            assert_eq!(number_text(number), text);
        }
    }

    #[test]
    fn texts_are_read_as_javascript_reads_them() {
        for (text, number) in [
            ("", 0.0),
            (" \u{feff}12\n", 12.0),
            ("0x1F", 31.0),
            ("0b101", 5.0),
            ("1e3", 1000.0),
            (".5", 0.5),
            ("5.", 5.0),
            ("-Infinity", f64::NEG_INFINITY),
        ] {
            assert_eq!(number_of_text(text), number, "{text:?}");
        }
        for text in ["12px", "inf", "nan", "0x", "1e", "--1", "\u{85}1", "1_000", "-0x10"] {
            assert!(number_of_text(text).is_nan(), "{text:?}");
        }
    }

    #[test]
    fn dates_are_written_in_utc_with_milliseconds() {
        assert_eq!(date_text(0.0), "1970-01-01T00:00:00.000Z");
        assert_eq!(date_text(1_795_472_949_601.0), "2026-11-23T22:29:09.601Z");
        assert_eq!(date_text(f64::NAN), "Invalid Date");
    }
}
