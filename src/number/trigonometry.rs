//! Sine, cosine and tangent of radians, and the angle of two sides, to the last bit as V8's
//! JavaScript gives them.
//!
//! Source: fdlibm (Sun Microsystems, 1993), which V8's `base/ieee754` follows: its
//! polynomials, and the order of its roundings.

use super::bits::{high_word, polynomial, short};
use super::reduction::{Reduced, reduce};
use std::f64::consts::{FRAC_PI_2, FRAC_PI_4};

/// Of `sin x` in powers of `x²`, behind its first term, `x`.
const SINE: [f64; 6] = [
    -0.166_666_666_666_666_32,
    0.008_333_333_333_322_49,
    -0.000_198_412_698_298_579_5,
    2.755_731_370_707_006_8e-6,
    -2.505_076_025_340_686_3e-8,
    1.589_690_995_211_55e-10,
];
/// Of `cos x` in powers of `x²`, behind its first two.
const COSINE: [f64; 6] = [
    0.041_666_666_666_666_6,
    -0.001_388_888_888_887_411,
    2.480_158_728_947_673e-5,
    -2.755_731_435_139_066_3e-7,
    2.087_572_321_298_175e-9,
    -1.135_964_755_778_819_5e-11,
];

/// Of `tan x` in powers of `x`: of `x³`; of `x⁵`, `x⁹` and so on; of those between.
const TANGENT_FIRST: f64 = 0.333_333_333_333_334_1;
const TANGENT: [[f64; 6]; 2] = [
    [
        0.133_333_333_333_201_24,
        0.021_869_488_294_859_542,
        0.003_592_079_107_591_312_4,
        0.000_588_041_240_820_264_1,
        7.817_944_429_395_571e-5,
        -1.855_863_748_552_754_6e-5,
    ],
    [
        0.053_968_253_976_226_05,
        0.008_863_239_823_599_3,
        0.001_456_209_454_325_290_3,
        0.000_246_463_134_818_469_9,
        7.140_724_913_826_082e-5,
        2.590_730_518_636_337e-5,
    ],
];
/// What π/4 is more than its double.
const QUARTER_PI_REST: f64 = 3.061_616_997_868_383e-17;

/// High words of the places where the way of computing changes.
mod word {
    pub(super) const TWO_TO_MINUS_28: u32 = 0x3E30_0000;
    pub(super) const TWO_TO_MINUS_27: u32 = 0x3E40_0000;
    pub(super) const POINT_3: u32 = 0x3FD3_3333;
    pub(super) const POINT_6744: u32 = 0x3FE5_9428;
    pub(super) const POINT_78125: u32 = 0x3FE9_0000;
    pub(super) const QUARTER_PI: u32 = 0x3FE9_21FB;
}

/// `Math.sin`.
pub fn sin(x: f64) -> f64 {
    if !x.is_finite() {
        return f64::NAN;
    }
    if high_word(x.abs()) <= word::QUARTER_PI {
        return sine(x, None);
    }
    let Reduced { quarter, high, low } = reduce(x);
    match quarter {
        0 => sine(high, Some(low)),
        1 => cosine(high, low),
        2 => -sine(high, Some(low)),
        _ => -cosine(high, low),
    }
}

/// `Math.cos`.
pub fn cos(x: f64) -> f64 {
    if !x.is_finite() {
        return f64::NAN;
    }
    if high_word(x.abs()) <= word::QUARTER_PI {
        return cosine(x, 0.0);
    }
    let Reduced { quarter, high, low } = reduce(x);
    match quarter {
        0 => cosine(high, low),
        1 => -sine(high, Some(low)),
        2 => -cosine(high, low),
        _ => sine(high, Some(low)),
    }
}

/// `Math.tan`.
pub fn tan(x: f64) -> f64 {
    if !x.is_finite() {
        return f64::NAN;
    }
    if high_word(x.abs()) <= word::QUARTER_PI {
        return tangent(x, 0.0, false);
    }
    let Reduced { quarter, high, low } = reduce(x);
    tangent(high, low, quarter % 2 == 1)
}

/// `Math.atan2`: fdlibm's, of which crate libm takes the limit for steep angles later.
pub fn atan2(y: f64, x: f64) -> f64 {
    /// High words apart, which is 60 powers of two and a little.
    const STEEP: u32 = 61 << 20;
    let is_steep = high_word(y.abs()).saturating_sub(high_word(x.abs())) >= STEEP;
    if is_steep && x < 0.0 && y.is_finite() {
        return FRAC_PI_2.copysign(y);
    }
    libm::atan2(y, x)
}

/// The sine of `x + tail`, which is within π/4 of 0.
fn sine(x: f64, tail: Option<f64>) -> f64 {
    if high_word(x.abs()) < word::TWO_TO_MINUS_27 {
        return x;
    }
    let square = x * x;
    let cube = square * x;
    let [first, rest @ ..] = SINE;
    let rest = polynomial(square, rest);
    match tail {
        None => x + cube * (first + square * rest),
        Some(tail) => x - ((square * (0.5 * tail - cube * rest) - tail) - cube * first),
    }
}

/// The cosine of `x + tail`, which is within π/4 of 0.
fn cosine(x: f64, tail: f64) -> f64 {
    let size = high_word(x.abs());
    if size < word::TWO_TO_MINUS_27 {
        return 1.0;
    }
    let square = x * x;
    let rest = square * polynomial(square, COSINE);
    if size < word::POINT_3 {
        return 1.0 - (0.5 * square - (square * rest - x * tail));
    }
    // About x/4, of so few bits that 1 less this is exact.
    let part = if size > word::POINT_78125 {
        0.281_25
    } else {
        f64::from_bits(u64::from(size - (2 << 20)) << 32)
    };
    let half = 0.5 * square - part;
    (1.0 - part) - (half - (square * rest - x * tail))
}

/// The tangent of `x + tail`, which is within π/4 of 0; its cotangent, negative, if asked.
fn tangent(x: f64, tail: f64, is_inverse: bool) -> f64 {
    let size = high_word(x.abs());
    if size < word::TWO_TO_MINUS_28 {
        return if is_inverse { minus_inverse(x, tail) } else { x };
    }
    // Near π/4 it is computed from what is missing to it.
    let is_near_1 = size >= word::POINT_6744;
    let sign = 1_f64.copysign(x);
    let (x, tail) = if is_near_1 {
        ((FRAC_PI_4 - sign * x) + (QUARTER_PI_REST - sign * tail), 0.0)
    } else {
        (x, tail)
    };
    let square = x * x;
    let fourth = square * square;
    let series = polynomial(fourth, TANGENT[0]) + square * polynomial(fourth, TANGENT[1]);
    let cube = square * x;
    let rest = (tail + square * (cube * series + tail)) + TANGENT_FIRST * cube;
    let sum = x + rest;
    if is_near_1 {
        let one = if is_inverse { -1.0 } else { 1.0 };
        return sign * (one - 2.0 * (x - (sum * sum / (sum + one) - rest)));
    }
    if is_inverse { minus_inverse(x, rest) } else { sum }
}

/// `-1 / (x + rest)`, of which `x` is the greater, with more digits than a division gives.
fn minus_inverse(x: f64, rest: f64) -> f64 {
    let sum = x + rest;
    let high = short(sum);
    let low = rest - (high - x);
    let inverse = -1.0 / sum;
    let inverse_high = short(inverse);
    let error = 1.0 + inverse_high * high;
    inverse_high + inverse * (error + inverse_high * low)
}
