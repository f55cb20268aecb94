//! What the elementary functions beside this file are made of: the parts of a double, and
//! polynomials.

/// Sign, exponent and the first 20 bits behind the point.
pub(super) fn high_word(number: f64) -> u32 {
    let [_, _, _, _, a, b, c, d] = number.to_bits().to_le_bytes();
    u32::from_le_bytes([a, b, c, d])
}

/// The number with its last 32 bits cleared: two of these multiply without rounding, nearly.
pub(super) fn short(number: f64) -> f64 {
    f64::from_bits(number.to_bits() & !0xFFFF_FFFF)
}

/// The power of two that the number lies at or above; for subnormal numbers, -1023.
pub(super) fn exponent_of(number: f64) -> i32 {
    let biased = high_word(number.abs()) >> 20;
    biased.cast_signed() - 1023
}

/// `2^exponent`, of exponents from -1022 to 1023.
pub(super) fn two_to(exponent: i32) -> f64 {
    let biased = u64::try_from(exponent + 1023).unwrap_or_default();
    f64::from_bits(biased << 52)
}

/// `c[0] + x (c[1] + x (c[2] + …))`, rounded in this order.
pub(super) fn polynomial<const N: usize>(x: f64, coefficients: [f64; N]) -> f64 {
    coefficients.iter().rev().fold(0.0, |sum, coefficient| coefficient + x * sum)
}
