//! Radians less a multiple of π/2, in two doubles: what sine, cosine and tangent begin with.
//!
//! Source: fdlibm's `rem_pio2`; for large numbers, the method of Payne and Hanek (1983).

use super::bits::{exponent_of, high_word, two_to};
use std::f64::consts::{FRAC_2_PI, FRAC_PI_2};

/// π/2 in parts of 33 bits; each with what is left after it, in 53 bits.
const HALF_PI: [(f64, f64); 3] = [
    (1.570_796_326_734_125_6, 6.077_100_506_506_192e-11),
    (6.077_100_506_303_966e-11, 2.022_266_248_795_950_6e-21),
    (2.022_266_248_711_166_5e-21, 8.478_427_660_368_9e-32),
];
/// π/2 in parts of 24 bits.
const HALF_PI_DIGITS: [f64; 5] = [
    1.570_796_251_296_997,
    7.549_789_415_861_596e-8,
    5.390_302_529_957_765e-15,
    3.282_003_415_807_913e-22,
    1.270_655_753_080_676e-29,
];
/// 2/π behind the point, 24 bits a digit.
#[rustfmt::skip]
#[expect(clippy::unreadable_literal, reason = "digits of one number")]
const TWO_OVER_PI: [u64; 66] = [
    0xA2F983, 0x6E4E44, 0x1529FC, 0x2757D1, 0xF534DD, 0xC0DB62, 0x95993C, 0x439041, 0xFE5163,
    0xABDEBB, 0xC561B7, 0x246E3A, 0x424DD2, 0xE00649, 0x2EEA09, 0xD1921C, 0xFE1DEB, 0x1CB129,
    0xA73EE8, 0x8235F5, 0x2EBB44, 0x84E99C, 0x7026B4, 0x5F7E41, 0x3991D6, 0x398353, 0x39F49C,
    0x845F8B, 0xBDF928, 0x3B1FF8, 0x97FFDE, 0x05980F, 0xEF2F11, 0x8B5A0A, 0x6D1F6D, 0x367ECF,
    0x27CB09, 0xB74F46, 0x3F669E, 0x5FEA2D, 0x7527BA, 0xC7EBE5, 0xF17B3D, 0x0739F7, 0x8A5292,
    0xEA6BFB, 0x5FB11F, 0x8D5D08, 0x560330, 0x46FC7B, 0x6BABF0, 0xCFBC20, 0x9AF436, 0x1DA9E3,
    0x91615E, 0xE61B08, 0x659985, 0x5F14A0, 0x68408D, 0xFFD880, 0x4D7327, 0x310606, 0x1556CA,
    0x73A8C9, 0x60E27B, 0xC08C6B,
];
/// High words of the places where the way of computing changes.
mod word {
    pub(super) const HALF_PI: u32 = 0x3FF9_21FB;
    pub(super) const THREE_QUARTERS_PI: u32 = 0x4002_D97C;
    pub(super) const TWO_TO_19_HALF_PI: u32 = 0x4139_21FB;
}

/// A number less a multiple of π/2: what is left is `high + low`.
pub(super) struct Reduced {
    /// How often π/2 was taken away, modulo 4.
    pub(super) quarter: u8,
    pub(super) high: f64,
    pub(super) low: f64,
}

/// For finite `x` beyond π/4.
pub(super) fn reduce(x: f64) -> Reduced {
    let size = high_word(x.abs());
    let (count, high, low) = if size < word::THREE_QUARTERS_PI {
        let (high, low) = once_less(x.abs(), size);
        (1, high, low)
    } else if size <= word::TWO_TO_19_HALF_PI {
        less_multiple(x.abs(), size)
    } else {
        reduce_large(x.abs())
    };
    let quarter = |count: u32| (count % 4).to_le_bytes()[0];
    if x.is_sign_negative() {
        Reduced { quarter: quarter(count.wrapping_neg()), high: -high, low: -low }
    } else {
        Reduced { quarter: quarter(count), high, low }
    }
}

/// `x - π/2`.
fn once_less(x: f64, size: u32) -> (f64, f64) {
    let mut less = x - HALF_PI[0].0;
    let mut rest = HALF_PI[0].1;
    if size == word::HALF_PI {
        less -= HALF_PI[1].0;
        rest = HALF_PI[1].1;
    }
    let high = less - rest;
    (high, (less - high) - rest)
}

/// `x` less the nearest multiple of π/2, for which three times 33 bits of it are enough.
fn less_multiple(x: f64, size: u32) -> (u32, f64, f64) {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between 1 and 2^19"
    )]
    let count = (x * FRAC_2_PI + 0.5) as u32;
    let times = f64::from(count);
    let mut less = x - times * HALF_PI[0].0;
    let mut rest = times * HALF_PI[0].1;
    let mut high = less - rest;
    let is_near = count >= 32 || size == high_word(times * FRAC_PI_2);
    // How many bits the number lost: the more, the more of π/2 is needed.
    let lost = |high: f64| (size >> 20).saturating_sub(high_word(high.abs()) >> 20);
    for (step, bits) in [(1, 16), (2, 49)] {
        if !is_near || lost(high) <= bits {
            break;
        }
        let before = less;
        let taken = times * HALF_PI[step].0;
        less = before - taken;
        rest = times * HALF_PI[step].1 - ((before - less) - taken);
        high = less - rest;
    }
    (count, high, (less - high) - rest)
}

/// Bits of a digit.
const DIGIT: u32 = 24;
const DIGIT_MASK: u64 = (1 << DIGIT) - 1;
/// Digits behind the first that say enough, unless some of them are 0.
const DIGITS_MIN: usize = 4;
/// More than any double needs: none is nearer than 2⁻⁶¹ to a multiple of π/2.
const DIGITS: usize = 16;

/// `x · 2/π` less its whole part, digit by digit: `Σ digits[i] · 2^(point - 24 i)`.
struct Product {
    digits: [u64; DIGITS],
    /// Digits behind the first that are known.
    count: usize,
    point: i32,
}

/// `x` less the nearest multiple of π/2, for any finite `x`: the method of Payne and Hanek.
fn reduce_large(x: f64) -> (u32, f64, f64) {
    let mut count = DIGITS_MIN;
    loop {
        let mut product = Product::of(x, count);
        let (whole, is_above) = product.less_whole();
        let leading = &product.digits[..=count - DIGITS_MIN];
        if leading.iter().all(|digit| *digit == 0) {
            let known = &product.digits[leading.len()..=count];
            count += 1 + known.iter().take_while(|digit| **digit == 0).count();
            continue;
        }
        let (high, low) = product.times_half_pi();
        return if is_above { (whole, -high, -low) } else { (whole, high, low) };
    }
}

impl Product {
    /// Leaves out digits that only add multiples of 8, and those too small to matter.
    fn of(x: f64, count: usize) -> Self {
        let bits = x.to_bits();
        let mantissa = bits & ((1 << 52) - 1) | 1 << 52;
        // The number in digits of its own, the first of which is full.
        let factors =
            [mantissa >> (53 - DIGIT), mantissa >> 5 & DIGIT_MASK, mantissa << 19 & DIGIT_MASK];
        let exponent = exponent_of(x) - 23;
        let skipped = usize::try_from((exponent - 3) / 24).unwrap_or_default();
        let mut digits = [0; DIGITS];
        for (index, digit) in digits.iter_mut().enumerate().take(count + 1) {
            let terms = factors.iter().enumerate().filter_map(|(at, factor)| {
                let other = (skipped + index).checked_sub(at)?;
                Some(factor * TWO_OVER_PI[other])
            });
            *digit = terms.sum();
        }
        for index in (1..=count).rev() {
            digits[index - 1] += digits[index] >> DIGIT;
            digits[index] &= DIGIT_MASK;
        }
        let skipped = i32::try_from(skipped).unwrap_or_default();
        Self { digits, count, point: exponent - 24 * (skipped + 1) }
    }

    /// Takes the nearest whole number away and gives it, modulo 8; whether it was above,
    /// so that what is left is negative. The digits are then of its absolute value.
    fn less_whole(&mut self) -> (u32, bool) {
        let digits = &mut self.digits[..=self.count];
        // The digit that the binary point is in or before, and its bits behind the point.
        let (mut whole, first, bits) = if let Ok(point) = u32::try_from(self.point) {
            let whole = (digits[0] << point) + (digits[1] >> (DIGIT - point));
            digits[0] = 0;
            (whole, 1, DIGIT - point)
        } else {
            let bits = self.point.unsigned_abs();
            (digits[0] >> bits, 0, bits)
        };
        digits[first] &= (1 << bits) - 1;
        let is_above = digits[first] >> (bits - 1) == 1;
        if is_above {
            whole += 1;
            let mut carry = 1;
            for index in (first..digits.len()).rev() {
                let bits = if index == first { bits } else { DIGIT };
                let complement = ((1 << bits) - 1 - digits[index]) + carry;
                digits[index] = complement & ((1 << bits) - 1);
                carry = complement >> bits;
            }
        }
        (u32::from((whole % 8).to_le_bytes()[0]), is_above)
    }

    /// The product by π/2, in two doubles.
    fn times_half_pi(&self) -> (f64, f64) {
        let mut parts = Vec::with_capacity(DIGITS + 1);
        let mut push = |digit: u64, exponent: i32| {
            if !parts.is_empty() || digit != 0 {
                #[expect(clippy::cast_precision_loss, reason = "a digit has 24 bits")]
                parts.push(digit as f64 * two_to(exponent));
            }
        };
        push(self.digits[0] >> DIGIT, self.point + 24);
        push(self.digits[0] & DIGIT_MASK, self.point);
        let mut exponent = self.point;
        for digit in &self.digits[1..=self.count] {
            exponent -= 24;
            push(*digit, exponent);
        }
        let sums: Vec<f64> = (0..parts.len())
            .map(|place| {
                let pairs = HALF_PI_DIGITS.iter().zip(parts[..=place].iter().rev());
                pairs.fold(0.0, |sum, (half_pi, part)| sum + half_pi * part)
            })
            .collect();
        let high = sums.iter().rev().fold(0.0, |sum, next| sum + next);
        let low = sums[1..].iter().fold(sums[0] - high, |sum, next| sum + next);
        (high, low)
    }
}
