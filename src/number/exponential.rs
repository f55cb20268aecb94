//! `e^x` and the natural logarithm, to the last bit as V8's JavaScript gives them.
//!
//! Source: fdlibm (Sun Microsystems, 1993), which V8's `base/ieee754` follows: its
//! polynomials and the order of its roundings. Where V8 departs from it, it says so here.

use super::bits::{exponent_of, high_word, polynomial, two_to};
use std::f64::consts::{E, LOG2_E};

/// ln 2 in a part of 33 bits, so that small multiples are exact, and the rest.
const LN_2_PARTS: (f64, f64) = (0.693_147_180_369_123_8, 1.908_214_929_270_587_7e-10);
/// Of `x (e^x + 1) / (e^x - 1)` in powers of `x²`, behind its first term, 2.
pub(super) const EXP: [f64; 5] = [
    0.166_666_666_666_666_02,
    -0.002_777_777_777_701_559_3,
    6.613_756_321_437_934e-5,
    -1.653_390_220_546_525_2e-6,
    4.138_136_797_057_238_5e-8,
];
const EXP_MAX: f64 = 709.782_712_893_384;
const EXP_MIN: f64 = -745.133_219_101_941_1;
/// Of `ln((1 + s) / (1 - s)) / s - 2` in powers of `s²`, every other one.
const LN_ODD: [f64; 4] = [
    0.666_666_666_666_673_5,
    0.285_714_287_436_623_9,
    0.181_835_721_616_180_5,
    0.147_981_986_051_165_86,
];
const LN_EVEN: [f64; 3] =
    [0.399_999_999_994_094_2, 0.222_221_984_321_497_84, 0.153_138_376_992_093_73];

/// High words of the places where the way of computing changes.
mod word {
    pub(super) const TWO_TO_MINUS_28: u32 = 0x3E30_0000;
    pub(super) const HALF_LN_2: u32 = 0x3FD6_2E42;
    pub(super) const ONE_AND_A_HALF_LN_2: u32 = 0x3FF0_A2B2;
    /// Bits behind the point.
    pub(super) const FRACTION: u32 = 0x000F_FFFF;
}

/// `Math.exp`.
pub fn exp(x: f64) -> f64 {
    if x.is_nan() {
        return f64::NAN;
    }
    if x > EXP_MAX {
        return f64::INFINITY;
    }
    if x < EXP_MIN {
        return 0.0;
    }
    // V8's own: fdlibm's last digit would be wrong.
    if x == 1.0 {
        return E;
    }
    let size = high_word(x.abs());
    if size < word::TWO_TO_MINUS_28 {
        return 1.0 + x;
    }
    let times = if size <= word::HALF_LN_2 {
        0.0
    } else if size < word::ONE_AND_A_HALF_LN_2 {
        1_f64.copysign(x)
    } else {
        (LOG2_E * x + 0.5_f64.copysign(x)).trunc()
    };
    let high = x - times * LN_2_PARTS.0;
    let low = times * LN_2_PARTS.1;
    let rest = high - low;
    let square = rest * rest;
    let shift = rest - square * polynomial(square, EXP);
    if times == 0.0 {
        return 1.0 - ((rest * shift) / (shift - 2.0) - rest);
    }
    let result = 1.0 - ((low - (rest * shift) / (2.0 - shift)) - high);
    #[expect(clippy::cast_possible_truncation, reason = "a whole number from -1075 to 1024")]
    scaled(result, times as i32)
}

/// `number · 2^exponent`, rounded once; of numbers near 1.
fn scaled(number: f64, exponent: i32) -> f64 {
    if exponent > 1023 {
        number * 2.0 * two_to(exponent - 1)
    } else if exponent >= -1021 {
        number * two_to(exponent)
    } else {
        number * two_to(exponent + 1000) * two_to(-1000)
    }
}

/// `Math.log`.
pub fn ln(x: f64) -> f64 {
    if x == 0.0 {
        return f64::NEG_INFINITY;
    }
    if x.is_nan() || x < 0.0 {
        return f64::NAN;
    }
    if x == f64::INFINITY {
        return x;
    }
    let (x, shift) = if x < f64::MIN_POSITIVE { (x * two_to(54), -54) } else { (x, 0) };
    // x = 2^times · (1 + over), from the half of √2 to √2.
    let fraction = high_word(x) & word::FRACTION;
    let is_upper = fraction + 0x9_5F64 > word::FRACTION;
    let times = f64::from(exponent_of(x) + shift + i32::from(is_upper));
    let bits = x.to_bits() & ((1 << 52) - 1);
    let exponent: u64 = if is_upper { 0x3FE } else { 0x3FF };
    let over = f64::from_bits(bits | exponent << 52) - 1.0;
    let (high, low) = (times * LN_2_PARTS.0, times * LN_2_PARTS.1);
    let is_near_1 = word::FRACTION & (2 + fraction) < 3;
    if is_near_1 {
        if over == 0.0 {
            return if times == 0.0 { 0.0 } else { high + low };
        }
        let rest = over * over * (0.5 - 0.333_333_333_333_333_3 * over);
        return if times == 0.0 { over - rest } else { high - ((rest - low) - over) };
    }
    let ratio = over / (2.0 + over);
    let square = ratio * ratio;
    let fourth = square * square;
    let series = square * polynomial(fourth, LN_ODD) + fourth * polynomial(fourth, LN_EVEN);
    let is_far = (0x6_147A..=0x6_B851).contains(&fraction);
    if is_far {
        let half = 0.5 * over * over;
        let rest = ratio * (half + series);
        if times == 0.0 { over - (half - rest) } else { high - ((half - (rest + low)) - over) }
    } else {
        let rest = ratio * (over - series);
        if times == 0.0 { over - rest } else { high - ((rest - low) - over) }
    }
}
