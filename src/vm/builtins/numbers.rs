//! Numbers for people: written with decimals and separators, read back, rounded.

use super::want::{finite, plain_string};
use super::{Builtin, Call};
use crate::diag::say;
use crate::limits;
use crate::number::is_space;
use crate::vm::fault::{Fault, Interrupt};
use crate::vm::value::Value;

pub(super) const FUNCTIONS: &[(&str, Builtin)] = &[
    ("text_format_number", text_format_number),
    ("text_parse_number", text_parse_number),
    ("math_round_to", math_round_to),
    ("math_min_max", math_min_max),
];

/// The digits of `number`, which is not negative, with `decimals` decimals: of its exact
/// value, halves up. Source: ECMAScript, `Number.prototype.toFixed`, without its end at 1e21.
fn fixed(number: f64, decimals: usize) -> String {
    // A double that is not halfway differs from it within 17 digits, so 21 more tell.
    let long = format!("{:.*}", decimals + 21, number);
    let cut = long.len() - 21;
    let rounds_up = long.as_bytes()[cut] >= b'5';
    let mut digits: Vec<u8> = long.as_bytes()[..cut].to_vec();
    if digits.last() == Some(&b'.') {
        digits.pop();
    }
    let mut carry = rounds_up;
    for digit in digits.iter_mut().rev().filter(|digit| **digit != b'.') {
        if !carry {
            break;
        }
        carry = *digit == b'9';
        *digit = if carry { b'0' } else { *digit + 1 };
    }
    if carry {
        digits.insert(0, b'1');
    }
    digits.into_iter().map(char::from).collect()
}

/// NUMBER; DECIMALS, GROUP, MARK.
fn text_format_number(call: &mut Call<'_>) -> Result<Value, Interrupt> {
    let number = finite(call, 0, "NUMBER")?;
    let decimals = crate::number::number_of_text(call.field(0));
    if decimals.fract() != 0.0 || !(0.0..=f64::from(limits::DECIMALS_MAX)).contains(&decimals) {
        return Err(wrong_decimals(call.field(0), "0").into());
    }
    let group = match call.field(1) {
        "COMMA" => ",",
        "POINT" => ".",
        "SPACE" => "\u{202f}",
        "APOSTROPHE" => "’",
        _ => "",
    };
    let mark = if call.field(2) == "COMMA" { "," } else { "." };
    let digits = fixed(number.abs(), super::want::count(decimals));
    let (whole, fraction) = digits.split_once('.').unwrap_or((&digits, ""));
    let is_zero = digits.bytes().all(|b| matches!(b, b'0' | b'.'));
    let mut text = String::new();
    if number < 0.0 && !is_zero {
        text.push('-');
    }
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            text.push_str(group);
        }
        text.push(digit);
    }
    if !fraction.is_empty() {
        text.push_str(mark);
        text.push_str(fraction);
    }
    Ok(call.heap.text(&text)?)
}

fn wrong_decimals(got: &str, least: &str) -> Fault {
    Fault::new(
        "bad-decimals",
        say!("a number can't have `{got}` decimals", got),
        say!("write a whole number from {least} to {most}", least, most = limits::DECIMALS_MAX),
    )
}

/// TEXT, DEFAULT; MARK.
fn text_parse_number(call: &mut Call<'_>) -> Result<Value, Interrupt> {
    let number = match call.arg(0) {
        Value::Number(number) => Some(number),
        Value::Text(_) => {
            let mark = if call.field(0) == "COMMA" { ',' } else { '.' };
            parsed(&plain_string(call, 0, "TEXT")?, mark)
        }
        _ => None,
    };
    let number = number.filter(|number| number.is_finite());
    Ok(number.map_or(call.arg(1), Value::Number))
}

/// A number as people write it: a sign, digits (in groups of three, if in groups), decimals
/// behind `mark`, an exponent. Nothing else may stand beside it.
fn parsed(text: &str, mark: char) -> Option<f64> {
    let text = text.trim_matches(is_space);
    let minus = text.strip_prefix(['-', '\u{2212}']);
    let unsigned = minus.or(text.strip_prefix('+')).unwrap_or(text);
    let (number, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((number, exponent)) => (number, Some(exponent)),
        None => (unsigned, None),
    };
    let (whole, fraction) = number.split_once(mark).unwrap_or((number, ""));
    let digits_only = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let is_group =
        |c: char| (matches!(c, '.' | ',') && c != mark) || "'’ \u{a0}\u{202f}".contains(c);
    let mut plain = String::new();
    let mut separator = None;
    for (place, part) in whole.split(is_group).enumerate() {
        let rest =
            &whole[plain.len() + separator.map_or(0, char::len_utf8) * place.saturating_sub(1)..];
        let this = rest.chars().next().filter(|_| place > 0);
        let right = if place == 0 {
            part.len() <= 3 || part.len() == whole.len()
        } else {
            part.len() == 3 && *separator.get_or_insert(this?) == this?
        };
        if !right || !digits_only(part) {
            return None;
        }
        plain.push_str(part);
    }
    if whole.starts_with(is_group) || !digits_only(fraction) || (plain.len() + fraction.len()) == 0
    {
        return None;
    }
    let exponent = match exponent {
        None => 0,
        Some(text) if !digits_only(text.trim_start_matches(['+', '-'])) => return None,
        Some(text) => text.parse::<i32>().ok()?,
    };
    let number: f64 = format!("0{plain}.{fraction}0e{exponent}").parse().ok()?;
    Some(if minus.is_some() { -number } else { number })
}

/// NUMBER, DECIMALS.
fn math_round_to(call: &mut Call<'_>) -> Result<Value, Interrupt> {
    let number = call.number(0)?;
    let decimals = finite(call, 1, "DECIMALS")?;
    let most = f64::from(limits::DECIMALS_MAX);
    if decimals.fract() != 0.0 || decimals.abs() > most {
        return Err(wrong_decimals(&call.string(1)?, &format!("-{most}")).into());
    }
    if !number.is_finite() {
        return Ok(Value::Number(number));
    }
    let text = if decimals >= 0.0 {
        fixed(number.abs(), super::want::count(decimals))
    } else {
        // To tens, hundreds and so on: of the whole digits, written out.
        let zeros = super::want::count(-decimals);
        let mut digits = fixed(number.abs().trunc(), 0);
        let half = digits.len().checked_sub(zeros);
        let up = half.is_some_and(|at| digits.as_bytes()[at] >= b'5');
        digits.truncate(half.unwrap_or(0));
        let kept: f64 = if digits.is_empty() { 0.0 } else { digits.parse().unwrap_or(f64::NAN) };
        format!("{:.0}e{zeros}", kept + f64::from(u8::from(up)))
    };
    let rounded: f64 = text.parse().unwrap_or(f64::NAN);
    Ok(Value::Number(if number < 0.0 && rounded != 0.0 { -rounded } else { rounded }))
}

/// A, B; OP. NaN if one is, as `Math.min` and `Math.max`.
fn math_min_max(call: &mut Call<'_>) -> Result<Value, Interrupt> {
    let (a, b) = (call.number(0)?, call.number(1)?);
    Ok(Value::Number(match call.field(0) {
        "MAX" => super::math::max(a, b),
        _ => super::math::min(a, b),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_those_of_the_exact_value_and_halves_go_up() {
        for (number, decimals, text) in [
            (0.125, 2, "0.13"),
            (2.5, 0, "3"),
            (1.005, 2, "1.00"),
            (9.995, 2, "9.99"),
            (99.5, 0, "100"),
            (0.000_000_5, 6, "0.000000"),
            (0.999, 2, "1.00"),
            (1e21, 2, "1000000000000000000000.00"),
            (0.1, 20, "0.10000000000000000555"),
            (0.0, 3, "0.000"),
        ] {
            assert_eq!(fixed(number, decimals), text, "{number}");
        }
    }

    #[test]
    fn numbers_are_read_as_people_write_them() {
        for (text, mark, number) in [
            ("1,234,567.5", '.', Some(1_234_567.5)),
            ("1.234,5", ',', Some(1234.5)),
            ("1 234", '.', Some(1234.0)),
            ("1\u{202f}234\u{202f}567", '.', Some(1_234_567.0)),
            ("\u{2212}12", '.', Some(-12.0)),
            ("+.5", '.', Some(0.5)),
            ("5.", '.', Some(5.0)),
            ("1e3", '.', Some(1000.0)),
            ("1E-2", '.', Some(0.01)),
            ("1234567", '.', Some(1_234_567.0)),
            ("1,23", '.', None),
            ("1,234 567", '.', None),
            ("1,234.567.8", '.', None),
            ("12,34,567", '.', None),
            (",123", '.', None),
            ("1234,567", '.', None),
            ("", '.', None),
            ("-", '.', None),
            (".", '.', None),
            ("12 €", '.', None),
            ("1e", '.', None),
            ("1e--2", '.', None),
            ("0x10", '.', None),
        ] {
            assert_eq!(parsed(text, mark), number, "{text:?}");
        }
    }
}
