//! Numbers as JavaScript reads and writes them, and the functions of them of which
//! implementations differ in the last digit.
//!
//! Source: ECMAScript, `StringToNumber` and `Number::toString`; for the functions, see there.

mod bits;
mod exponential;
mod power;
mod reduction;
mod trigonometry;

pub use exponential::{exp, ln};
pub use power::power;
pub use trigonometry::{atan2, cos, sin, tan};

/// `ToNumber` of a text: trimmed, "" is 0, hex, octal and binary known, else NaN.
pub fn number_of_text(text: &str) -> f64 {
    if let Some(number) = short_number(text) {
        return number;
    }
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

/// A decimal of at most fifteen digits without an exponent, which most are.
///
/// Its digits and the power of ten below them are exact as doubles, so that dividing one by
/// the other rounds once, as reading must (Clinger, "How to Read Floating Point Numbers
/// Accurately").
fn short_number(text: &str) -> Option<f64> {
    let (is_negative, digits) = match text.as_bytes() {
        [b'-', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    if !(1..=16).contains(&digits.len()) {
        return None;
    }
    let (mut whole, mut power, mut point) = (0_u64, 1_u64, None);
    for (at, digit) in digits.iter().enumerate() {
        match digit {
            b'0'..=b'9' => whole = whole * 10 + u64::from(digit - b'0'),
            b'.' if point.is_none() => point = Some(at),
            _ => return None,
        }
        if point.is_some_and(|point| point < at) {
            power *= 10;
        }
    }
    // Sixteen are allowed with a point among them, which alone is no number.
    if digits.len() - usize::from(point.is_some()) > 15 || digits == b"." {
        return None;
    }
    #[expect(clippy::cast_precision_loss, reason = "at most fifteen digits are below 2^53")]
    let number = whole as f64 / power as f64;
    Some(if is_negative { -number } else { number })
}

/// JavaScript's white space and line ends (so U+FEFF, but not U+0085).
pub fn is_space(c: char) -> bool {
    (c.is_whitespace() && c != '\u{85}') || c == '\u{feff}'
}

/// `Number::toString`: the shortest digits that read back as the same number.
pub fn with_number_text<R>(number: f64, shown: impl FnOnce(&str) -> R) -> R {
    if number.fract() == 0.0 && number.abs() < 1e15 {
        // Most numbers are whole, and this is several times as fast.
        #[expect(clippy::cast_possible_truncation, reason = "whole, and below 2^53")]
        return shown(itoa::Buffer::new().format(number as i64));
    }
    if let Some((digits, places)) = short_decimal(number) {
        let mut text = Decimal::new();
        return shown(text.write(number < 0.0, digits, places));
    }
    shown(ryu_js::Buffer::new().format(number))
}

/// The digits of a number of few decimal places, and how many places these are.
///
/// Of at most fifteen digits no two different texts read as the same number (the precision of
/// IEEE 754 doubles), so what reads back is the shortest there is.
fn short_decimal(number: f64) -> Option<(u64, usize)> {
    let size = number.abs();
    // Below, JavaScript writes with an exponent, and above there are more than fifteen digits.
    if !(1e-3..1e10).contains(&size) {
        return None;
    }
    [10.0, 100.0, 1000.0].into_iter().zip(1..).find_map(|(power, places)| {
        let digits = (size * power).round();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "from 0 and below 2^53"
        )]
        let whole = digits as u64;
        #[expect(clippy::cast_precision_loss, reason = "below 2^53")]
        let is_it = whole as f64 / power == size;
        is_it.then_some((whole, places))
    })
}

/// Room for the text of a short decimal: a sign, ten digits, a point and three places.
struct Decimal([u8; 16]);

impl Decimal {
    fn new() -> Self {
        Self([b'0'; 16])
    }

    fn write(&mut self, is_negative: bool, mut digits: u64, places: usize) -> &str {
        let mut from = self.0.len();
        let mut written = 0;
        while digits > 0 || written <= places {
            if written == places {
                from -= 1;
                self.0[from] = b'.';
            }
            from -= 1;
            self.0[from] = b'0' + u8::try_from(digits % 10).unwrap_or_default();
            digits /= 10;
            written += 1;
        }
        if is_negative {
            from -= 1;
            self.0[from] = b'-';
        }
        str::from_utf8(&self.0[from..]).unwrap_or_default()
    }
}

/// As [`with_number_text`], kept.
pub fn number_text(number: f64) -> String {
    with_number_text(number, str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

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

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(65_536))]

        #[test]
        fn short_decimals_are_written_as_by_the_long_way(whole in -20_000_000_000_000_i64..20_000_000_000_000, places in 0..6) {
            #[expect(clippy::cast_precision_loss, reason = "below 2^53")]
            let number = whole as f64 / 10_f64.powi(places);
            for number in [number, number.next_up(), number.next_down()] {
                let long = ryu_js::Buffer::new().format(number).to_owned();
                prop_assert_eq!(number_text(number), long);
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(65_536))]

        #[test]
        fn short_decimals_are_read_as_by_the_long_way(text in "-?[0-9]{0,12}[.]?[0-9]{0,6}") {
            let is_short = text.bytes().filter(u8::is_ascii_digit).count() <= 15;
            let long = text.parse().ok().filter(|_| is_short).map(f64::to_bits);
            prop_assert_eq!(short_number(&text).map(f64::to_bits), long);
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
}
