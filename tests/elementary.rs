//! Sine, cosine, tangent and their inverses, `e^x`, logarithm and powers against Node's
//! JavaScript, bit for bit: values of every size, and those where the way of computing changes.
//!
//! `BLOCKCAST_NUMBERS` and `BLOCKCAST_SEED` change how many and which.

use crate::harness::{root, setting};
use blockcast::number;
use libtest_mimic::{Failed, Trial};
use std::f64::consts;
use std::io::{Read, Write};
use std::process::{Command, Stdio};

/// A function's name, and what it is here.
type Function = (&'static str, fn(f64, f64) -> f64);

/// In the order of `elementary.mjs`.
const FUNCTIONS: [Function; 11] = [
    ("sin(x)", |x, _| number::sin(x)),
    ("cos(x)", |x, _| number::cos(x)),
    ("tan(x)", |x, _| number::tan(x)),
    ("exp(x)", |x, _| number::exp(x)),
    ("log(x)", |x, _| number::ln(x)),
    ("log(x) / LN10", |x, _| number::ln(x) / consts::LN_10),
    ("asin(x)", |x, _| libm::asin(x)),
    ("acos(x)", |x, _| libm::acos(x)),
    ("atan(x)", |x, _| libm::atan(x)),
    ("atan2(y, x)", |x, y| number::atan2(y, x)),
    ("x ** y", number::power),
];

#[rustfmt::skip]
const SPECIAL: [f64; 36] = [
    0.0, 1.0, 0.5, 2.0, 3.0, 10.0, 0.1, 1.5, 90.0, 1e3, 1e15, 1e21, 1e22, 1e300, f64::MAX, f64::MIN_POSITIVE,
    5e-324, 2.2e-308, 1e-300, 1e-8, 1e-7, f64::EPSILON, f64::INFINITY, f64::NAN, consts::PI, consts::FRAC_PI_2,
    consts::FRAC_PI_4, consts::E, consts::LN_2, 709.0, 709.782_712_893_384, 745.133_219_101_941_1, 4_503_599_627_370_497.5,
    9_007_199_254_740_993.0, 6_381_956_970_095_103e-16, 0.999_999_999_999_999_9,
];

pub(crate) fn trials() -> Vec<Trial> {
    vec![Trial::test("elementary/functions_give_the_bits_of_node", same_bits)]
}

/// Marsaglia's xorshift: numbers that are the same everywhere.
struct Draws(u64);

impl Draws {
    fn bits(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    #[expect(clippy::cast_possible_truncation, reason = "a remainder below `count`")]
    fn below(&mut self, count: u64) -> u32 {
        (self.bits() % count) as u32
    }

    /// From 0 to 1.
    fn unit(&mut self) -> f64 {
        f64::from(self.below(1 << 32)) / f64::from(u32::MAX)
    }

    /// A number as flows have them, or as only a test thinks of them.
    fn number(&mut self) -> f64 {
        let sign = if self.below(2) == 0 { 1.0 } else { -1.0 };
        sign * match self.below(12) {
            0 => SPECIAL[self.below(36) as usize],
            1 => f64::from_bits(self.bits()),
            2 => f64::from_bits(self.bits() & ((1 << 52) - 1)),
            3 => f64::from(self.below(1000)),
            4 => f64::from(self.below(1_000_000)) / 1000.0,
            5 => f64::from(self.below(3600)) / 180.0 * consts::PI,
            // A few steps beside a multiple of π/4.
            6 => {
                let near = f64::from(self.below(1 << 22)) * consts::FRAC_PI_4;
                f64::from_bits((near.to_bits() + u64::from(self.below(9))).saturating_sub(4))
            }
            7 => 1.0 + (self.unit() - 0.5) * f64::from(self.below(40)).exp2().recip(),
            8 => self.unit() * 4.0,
            9 => self.unit() * 1500.0 - 750.0,
            10 => f64::from(self.below(1 << 30)) * self.unit(),
            _ => self.unit() * (f64::from(self.below(400)) - 200.0).exp2(),
        }
    }

    /// A base and an exponent whose power is rarely too large or too small.
    fn pair(&mut self) -> (f64, f64) {
        let x = self.number();
        let y = match self.below(4) {
            0 => self.number(),
            1 => f64::from(self.below(41)) - 20.0,
            2 => self.unit() * 20.0 - 10.0,
            _ => (self.unit() * 2.0 - 1.0) * 1075.0 / x.abs().log2(),
        };
        (x, y)
    }
}

fn same_bits() -> Result<(), Failed> {
    let count = setting("BLOCKCAST_NUMBERS", 50_000);
    let mut draws = Draws(setting("BLOCKCAST_SEED", 1) | 1 << 63);
    let pairs: Vec<(f64, f64)> = (0..count).map(|_| draws.pair()).collect();
    let theirs = ask_node(&pairs);
    assert_eq!(theirs.len(), pairs.len() * FUNCTIONS.len(), "answers of Node");
    let mut different = Vec::new();
    for ((x, y), results) in pairs.iter().zip(theirs.chunks(FUNCTIONS.len())) {
        for ((name, function), theirs) in FUNCTIONS.iter().zip(results) {
            let ours = function(*x, *y);
            if ours.to_bits() != theirs.to_bits() && !(ours.is_nan() && theirs.is_nan()) {
                different.push(format!(
                    "{name} of x = {x:e}, y = {y:e}: Node {theirs:e}, here {ours:e}"
                ));
            }
        }
    }
    if different.is_empty() {
        return Ok(());
    }
    let shown = different[..different.len().min(20)].join("\n");
    Err(format!("{} of {count} pairs and 11 functions differ:\n{shown}", different.len()).into())
}

fn ask_node(pairs: &[(f64, f64)]) -> Vec<f64> {
    let mut node = Command::new("node")
        .arg("tests/blockly/elementary.mjs")
        .current_dir(root())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("node runs");
    let bytes: Vec<u8> =
        pairs.iter().flat_map(|(x, y)| [x.to_le_bytes(), y.to_le_bytes()]).flatten().collect();
    // It reads to the end before it writes, so neither waits for the other.
    node.stdin.take().unwrap().write_all(&bytes).unwrap();
    let mut answer = Vec::new();
    node.stdout.take().unwrap().read_to_end(&mut answer).unwrap();
    assert!(node.wait().unwrap().success(), "elementary.mjs failed");
    answer.as_chunks::<8>().0.iter().map(|bytes| f64::from_le_bytes(*bytes)).collect()
}
