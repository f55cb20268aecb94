//! Powers, to the last bit as V8's JavaScript gives them.
//!
//! Source: fdlibm (Sun Microsystems, 1993), which V8's `base/ieee754` follows but for one
//! step: see [`two_to_sum`].

use super::bits::{exponent_of, high_word, polynomial, short, two_to};
use super::exponential::EXP;
use std::f64::consts::{LN_2, LOG2_E};

/// ln 2 in a part of 24 bits, so that products with it are exact, and the rest.
const LN_2_PARTS: (f64, f64) = (0.693_147_182_464_599_6, -1.904_654_299_957_768e-9);
/// 1 / ln 2, likewise.
const LOG2_E_PARTS: (f64, f64) = (1.442_695_021_629_333_5, 1.925_962_991_126_617_5e-8);
/// 2 / (3 ln 2), whole and likewise.
const TWO_THIRDS: f64 = 0.961_796_693_925_975_6;
const TWO_THIRDS_PARTS: (f64, f64) = (0.961_796_700_954_437_3, -7.028_461_650_952_758e-9);
/// log2 of 1.5, likewise.
const LOG2_1_5_PARTS: (f64, f64) = (0.584_962_487_220_764_2, 1.350_039_202_129_749e-8);
/// Of `3/2 (ln((1 + s) / (1 - s)) - 2s - 2/3 s³)` in powers of `s²`.
const LN: [f64; 6] = [
    0.599_999_999_999_994_6,
    0.428_571_428_578_550_2,
    0.333_333_329_818_377_43,
    0.272_728_123_808_534,
    0.230_660_745_775_561_75,
    0.206_975_017_800_338_42,
];
/// How far behind 2¹⁰²⁴ a product may lie that still rounds to a finite number.
const OVERFLOW_SLACK: f64 = 8.008_566_259_537_294e-17;

/// High words of the places where the way of computing changes.
mod word {
    pub(super) const HALF: u32 = 0x3FE0_0000;
    pub(super) const BELOW_ONE: u32 = 0x3FEF_FFFF;
    pub(super) const ONE: u32 = 0x3FF0_0000;
    pub(super) const TWO_TO_31: u32 = 0x41E0_0000;
    pub(super) const TWO_TO_64: u32 = 0x43F0_0000;
    /// Bits behind the point, and those of √(3/2) and √3 among them.
    pub(super) const FRACTION: u32 = 0x000F_FFFF;
    pub(super) const ROOT_1_5: u32 = 0x0003_988E;
    pub(super) const ROOT_3: u32 = 0x000B_B67A;
}

/// `high + low`, the first of few enough bits for exact products.
#[derive(Clone, Copy)]
struct Sum {
    high: f64,
    low: f64,
}

impl Sum {
    /// `a + b`, of which `a` is the greater.
    fn of(a: f64, b: f64) -> Self {
        let high = short(a + b);
        Self { high, low: b - (high - a) }
    }
}

/// `Math.pow`, which knows no answer where IEEE 754 says 1.
pub fn power(base: f64, exponent: f64) -> f64 {
    if let Some(known) = without_logarithm(base, exponent) {
        return known;
    }
    let sign = if base < 0.0 && is_odd(exponent) { -1.0 } else { 1.0 };
    let size = high_word(base.abs());
    let exponent_size = high_word(exponent.abs());
    let logarithm = if exponent_size > word::TWO_TO_31 {
        let is_one = (word::BELOW_ONE..=word::ONE).contains(&size);
        if exponent_size > word::TWO_TO_64 || !is_one {
            let grows = (base.abs() > 1.0) == (exponent > 0.0);
            return if grows { sign * f64::INFINITY } else { sign * 0.0 };
        }
        log2_near_1(base.abs())
    } else {
        log2(base.abs())
    };
    let exponent_high = short(exponent);
    let low = (exponent - exponent_high) * logarithm.high + exponent * logarithm.low;
    let high = exponent_high * logarithm.high;
    let product = low + high;
    let result = if product > 1024.0 || product == 1024.0 && low + OVERFLOW_SLACK > product - high {
        f64::INFINITY
    } else if product < -1075.0 || product == -1075.0 && low <= product - high {
        0.0
    } else {
        two_to_sum(Sum { high, low })
    };
    sign * result
}

/// What JavaScript says about zeros, ones, infinities and NaN; and the simplest exponents.
fn without_logarithm(base: f64, exponent: f64) -> Option<f64> {
    if exponent == 0.0 {
        return Some(1.0);
    }
    let size = base.abs();
    if base.is_nan() || exponent.is_nan() || size == 1.0 && exponent.is_infinite() {
        return Some(f64::NAN);
    }
    if exponent.is_infinite() {
        return Some(if (size > 1.0) == (exponent > 0.0) { f64::INFINITY } else { 0.0 });
    }
    if exponent == 1.0 {
        return Some(base);
    }
    if exponent == -1.0 {
        return Some(1.0 / base);
    }
    if exponent == 2.0 {
        return Some(base * base);
    }
    if exponent == 0.5 && base.is_sign_positive() {
        return Some(base.sqrt());
    }
    let is_whole = exponent.fract() == 0.0;
    if size == 0.0 || size == 1.0 || size.is_infinite() {
        let result = if exponent < 0.0 { 1.0 / size } else { size };
        return Some(match base.is_sign_negative() {
            true if base == -1.0 && !is_whole => f64::NAN,
            true if is_odd(exponent) => -result,
            _ => result,
        });
    }
    (base < 0.0 && !is_whole).then_some(f64::NAN)
}

fn is_odd(number: f64) -> bool {
    (number % 2.0).abs() == 1.0
}

/// log2 of a number that differs from 1 by 2⁻²⁰ at most.
fn log2_near_1(x: f64) -> Sum {
    let over = x - 1.0;
    let series = (over * over) * (0.5 - over * (0.333_333_333_333_333_3 - over * 0.25));
    let high = LOG2_E_PARTS.0 * over;
    Sum::of(high, over * LOG2_E_PARTS.1 - series * LOG2_E)
}

/// log2 of a positive number.
fn log2(x: f64) -> Sum {
    let (x, shift) = if x < f64::MIN_POSITIVE { (x * two_to(53), -53) } else { (x, 0) };
    // x = 2^times · x', from √3/2 to √3, and which of 1 and 1.5 is near x'.
    let fraction = high_word(x) & word::FRACTION;
    let is_by_1_5 = fraction > word::ROOT_1_5 && fraction < word::ROOT_3;
    let is_upper = fraction >= word::ROOT_3;
    let times = f64::from(exponent_of(x) + shift + i32::from(is_upper));
    let bits = x.to_bits() & ((1 << 52) - 1);
    let biased: u64 = if is_upper { 0x3FE } else { 0x3FF };
    let x = f64::from_bits(bits | biased << 52);
    let (near, near_log2) = if is_by_1_5 { (1.5, LOG2_1_5_PARTS) } else { (1.0, (0.0, 0.0)) };

    // ratio = (x - near) / (x + near)
    let above = x - near;
    let inverse = 1.0 / (x + near);
    let whole_ratio = above * inverse;
    let ratio_high = short(whole_ratio);
    let half_up = (high_word(x) >> 1 | 0x2000_0000) + 0x0008_0000 + (u32::from(is_by_1_5) << 18);
    let total_high = f64::from_bits(u64::from(half_up) << 32);
    let total_low = x - (total_high - near);
    let ratio_low = inverse * ((above - ratio_high * total_high) - ratio_high * total_low);

    // ln x' = 2/3 ratio (3 + ratio² + series)
    let square = whole_ratio * whole_ratio;
    let mut series = square * square * polynomial(square, LN);
    series += ratio_low * (ratio_high + whole_ratio);
    let square_high = ratio_high * ratio_high;
    let factor_high = short(3.0 + square_high + series);
    let factor_low = series - ((factor_high - 3.0) - square_high);
    let product =
        Sum::of(ratio_high * factor_high, ratio_low * factor_high + factor_low * whole_ratio);

    let scaled_high = TWO_THIRDS_PARTS.0 * product.high;
    let scaled_low = TWO_THIRDS_PARTS.1 * product.high + product.low * TWO_THIRDS + near_log2.1;
    let high = short(((scaled_high + scaled_low) + near_log2.0) + times);
    Sum { high, low: scaled_low - (((high - times) - near_log2.0) - scaled_high) }
}

/// `2^(high + low)`, of sums from -1075 to 1024.
fn two_to_sum(Sum { mut high, low }: Sum) -> f64 {
    let sum = low + high;
    let whole = if high_word(sum.abs()) > word::HALF {
        (sum.abs() + 0.5).floor().copysign(sum)
    } else {
        0.0
    };
    high -= whole;
    let rest = short(low + high);
    let natural_high = rest * LN_2_PARTS.0;
    let natural_low = (low - (rest - high)) * LN_2 + rest * LN_2_PARTS.1;
    let natural = natural_high + natural_low;
    let lost = natural_low - (natural - natural_high);
    let square = natural * natural;
    let shift = natural - square * polynomial(square, EXP);
    // fdlibm subtracts the second term from the quotient; V8 from the divisor. That is why
    // 10^-5 gives 0.000009999999999999999.
    let series = (natural * shift) / ((shift - 2.0) - (lost + natural * lost));
    let result = 1.0 - (series - natural);
    #[expect(clippy::cast_possible_truncation, reason = "a whole number from -1075 to 1024")]
    let whole = whole as i32;
    if exponent_of(result) + whole > -1023 {
        // Not by a factor: there is none of 2^1024.
        let added = i64::from(whole).cast_unsigned() << 52;
        return f64::from_bits(result.to_bits().wrapping_add(added));
    }
    result * two_to(whole + 200) * two_to(-200)
}
