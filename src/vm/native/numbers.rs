//! Machine code for calculating, comparing and counting.

use super::blame::Blame;
use super::emit::Emitter;
use super::facts::{Kind, Known, State, whole};
use super::unit::{Comparison, Relation, Single, body, comparison, length, single};
use crate::program::{Instruction as I, Slot};
use cranelift_codegen::ir::condcodes::{FloatCC, IntCC};
use cranelift_codegen::ir::{InstBuilder, Value, types};

impl Relation {
    fn of_wholes(self) -> IntCC {
        match self {
            Self::Equal => IntCC::Equal,
            Self::NotEqual => IntCC::NotEqual,
            Self::Less => IntCC::SignedLessThan,
            Self::LessOrEqual => IntCC::SignedLessThanOrEqual,
            Self::Greater => IntCC::SignedGreaterThan,
            Self::GreaterOrEqual => IntCC::SignedGreaterThanOrEqual,
        }
    }

    fn of_numbers(self) -> FloatCC {
        match self {
            Self::Equal => FloatCC::Equal,
            Self::NotEqual => FloatCC::NotEqual,
            Self::Less => FloatCC::LessThan,
            Self::LessOrEqual => FloatCC::LessThanOrEqual,
            Self::Greater => FloatCC::GreaterThan,
            Self::GreaterOrEqual => FloatCC::GreaterThanOrEqual,
        }
    }
}

impl Emitter<'_, '_> {
    /// An instruction that works on numbers only; whether the block is ended.
    #[expect(clippy::too_many_lines, reason = "one arm an instruction: a table")]
    pub(super) fn calculation(&mut self, at: usize, instruction: I, after: State) -> bool {
        match instruction {
            I::Add { to, a, b }
            | I::Subtract { to, a, b }
            | I::Multiply { to, a, b }
            | I::Modulo { to, a, b }
            | I::Divide { to, a, b }
            | I::Power { to, a, b } => {
                self.expect(at, &[a, b]);
                let kind = self.facts.written(at, &self.state);
                let value = match kind {
                    Kind::Whole => self.calculate_whole(at, instruction, a, b),
                    _ => self.calculate(instruction, a, b),
                };
                self.define(self.facts.slots.number(to), kind, value);
                self.finish(after)
            }
            I::Change { variable, delta } => {
                self.expect(at, &[variable, delta]);
                let kind = self.facts.written(at, &self.state);
                let sum = I::Add { to: variable, a: variable, b: delta };
                let value = match kind {
                    Kind::Whole => self.calculate_whole(at, sum, variable, delta),
                    _ => self.calculate(sum, variable, delta),
                };
                self.define(self.facts.slots.number(variable), kind, value);
                self.finish(after)
            }
            I::Builtin { .. } if let Some((of, to)) = length(self.facts.program, at) => {
                let value = self.length(at, of);
                self.define(self.facts.slots.number(to), Kind::Whole, value);
                self.finish(after)
            }
            I::Builtin { .. } => {
                let Some((single, argument, to)) = single(self.facts.program, at) else {
                    unreachable!("other functions are called")
                };
                self.expect(at, &[argument]);
                let number = self.as_kind(argument, Kind::Number);
                let value = match single {
                    Single::Root => self.b.ins().sqrt(number),
                    Single::Absolute => self.b.ins().fabs(number),
                    Single::Negative => self.b.ins().fneg(number),
                };
                self.define(self.facts.slots.number(to), Kind::Number, value);
                self.finish(after)
            }
            I::Equal { to, .. }
            | I::NotEqual { to, .. }
            | I::Less { to, .. }
            | I::LessOrEqual { to, .. }
            | I::Greater { to, .. }
            | I::GreaterOrEqual { to, .. } => {
                let holds = self.expect_compared(at, instruction);
                self.define(self.facts.slots.number(to), Kind::Bool, holds);
                self.finish(after)
            }
            I::UnlessEqual { label, .. }
            | I::UnlessNotEqual { label, .. }
            | I::UnlessLess { label, .. }
            | I::UnlessLessOrEqual { label, .. }
            | I::UnlessGreater { label, .. }
            | I::UnlessGreaterOrEqual { label, .. } => {
                let holds = self.expect_compared(at, instruction);
                self.finish(after);
                self.branch(at, holds, at + 1, label.0 as usize);
                true
            }
            I::Not { to, a } => {
                let holds = self.truth(a);
                let value = self.b.ins().icmp_imm_s(IntCC::Equal, holds, 0);
                self.define(self.facts.slots.number(to), Kind::Bool, value);
                self.finish(after)
            }
            I::RepeatNext { count, limit, exit } => {
                self.expect(at, &[count, limit]);
                let kind = self.facts.written(at, &self.state);
                let now = if kind == Kind::Whole {
                    let count = self.as_kind(count, Kind::Whole);
                    let now = self.b.ins().iadd_imm_s(count, 1);
                    // It was below the limit, or is the first.
                    if self.facts.kind(&self.state, limit) != Kind::Whole {
                        let small = self.is_small(now);
                        self.guard(small, at, Blame::Fraction);
                    }
                    now
                } else {
                    let count = self.as_kind(count, Kind::Number);
                    let one = self.b.ins().f64const(1.0);
                    self.b.ins().fadd(count, one)
                };
                let within = self.compared((now, kind), Relation::Less, limit);
                self.define(self.facts.slots.number(count), kind, now);
                self.finish(after);
                self.branch(at, within, at + 1, exit.0 as usize);
                true
            }
            I::ForStart { start, end, step } => {
                self.expect(at, &[start, end, step]);
                let kind = self.facts.written(at, &self.state);
                let down = self.compare(Comparison { a: start, is: Relation::Greater, b: end });
                let size = self.as_kind(step, kind);
                let value = if kind == Kind::Whole {
                    let size = self.b.ins().iabs(size);
                    let less = self.b.ins().ineg(size);
                    self.b.ins().select(down, less, size)
                } else {
                    let size = self.b.ins().fabs(size);
                    let less = self.b.ins().fneg(size);
                    self.b.ins().select(down, less, size)
                };
                self.define(self.facts.slots.number(step), kind, value);
                self.finish(after)
            }
            I::ForTest { variable, end, step } => {
                self.expect(at, &[variable, end, step]);
                let kind = self.facts.kind(&self.state, variable);
                let now = self.as_kind(variable, kind);
                let within = self.within((now, kind), end, step);
                self.finish(after);
                self.branch(at, within, at + 2, at + 1);
                true
            }
            I::ForNext { variable, end, step } => {
                self.expect(at, &[variable, end, step]);
                let kind = self.facts.written(at, &self.state);
                let sum = I::Add { to: variable, a: variable, b: step };
                let now = match kind {
                    Kind::Whole if self.facts.counts_to_known_end(at) => {
                        let [now, step] = [variable, step].map(|it| self.as_kind(it, kind));
                        self.b.ins().iadd(now, step)
                    }
                    Kind::Whole => self.calculate_whole(at, sum, variable, step),
                    _ => self.calculate(sum, variable, step),
                };
                let within = self.within((now, kind), end, step);
                self.define(self.facts.slots.number(variable), kind, now);
                self.finish(after);
                self.branch(at, within, body(self.facts.program, at), at + 2);
                true
            }
            other => unreachable!("{other:?} is none that calculates"),
        }
    }

    /// Makes sure that these hold numbers, in registers; else out.
    pub(super) fn expect(&mut self, at: usize, operands: &[Slot]) {
        for slot in operands {
            let number = self.facts.slots.number(*slot);
            if self.facts.constant(number).is_some() {
                continue;
            }
            if self.state[number].kind == Kind::Bool {
                // No number; it leaves there.
                if self.state[number].dirty {
                    self.flush(number);
                }
                self.set_state(number, Known::MEMORY);
            }
            if self.state[number].kind == Kind::Memory {
                let value = self.guarded(number, at, Blame::Operand);
                self.define(number, Kind::Number, value);
                self.set_state(number, Known { kind: Kind::Number, dirty: false });
            }
        }
    }

    /// An operand's value, which is a number, as this kind of number.
    pub(super) fn as_kind(&mut self, slot: Slot, kind: Kind) -> Value {
        if let Some(value) = self.facts.known_number(slot) {
            return match (kind, whole(value)) {
                (Kind::Whole, Some(whole)) => self.b.ins().iconst(types::I64, whole),
                _ => self.b.ins().f64const(value),
            };
        }
        self.in_register(self.facts.slots.number(slot), kind)
    }

    fn calculate(&mut self, instruction: I, a: Slot, b: Slot) -> Value {
        let a = self.as_kind(a, Kind::Number);
        let b = self.as_kind(b, Kind::Number);
        let function = match instruction {
            I::Add { .. } => return self.b.ins().fadd(a, b),
            I::Subtract { .. } => return self.b.ins().fsub(a, b),
            I::Multiply { .. } => return self.b.ins().fmul(a, b),
            I::Divide { .. } => return self.b.ins().fdiv(a, b),
            I::Power { .. } => self.addresses.power,
            _ => self.addresses.remainder,
        };
        let function = self.b.ins().iconst(types::I64, function);
        let call = self.b.ins().call_indirect(self.calls.two_numbers, function, &[a, b]);
        self.b.inst_results(call)[0]
    }

    /// Whole numbers; leaves when the result is none, or too large.
    fn calculate_whole(&mut self, at: usize, instruction: I, a: Slot, b: Slot) -> Value {
        let divisor = self.facts.known_number(b).and_then(whole);
        let divisor = divisor.and_then(|by| u64::try_from(by).ok());
        let a = self.as_kind(a, Kind::Whole);
        let b = self.as_kind(b, Kind::Whole);
        let value = match instruction {
            I::Add { .. } => self.b.ins().iadd(a, b),
            I::Subtract { .. } => self.b.ins().isub(a, b),
            I::Multiply { .. } => return self.multiply_whole(at, a, b),
            _ => {
                // From something negative it may be -0; by 0 it is NaN.
                let right = self.b.ins().icmp_imm_s(IntCC::SignedGreaterThanOrEqual, a, 0);
                if let Some(by @ 2..) = divisor {
                    self.guard(right, at, Blame::Fraction);
                    return self.remainder_by(a, by);
                }
                let some = self.b.ins().icmp_imm_s(IntCC::SignedGreaterThan, b, 0);
                let both = self.b.ins().band(right, some);
                self.guard(both, at, Blame::Fraction);
                return self.b.ins().urem(a, b);
            }
        };
        let small = self.is_small(value);
        self.guard(small, at, Blame::Fraction);
        value
    }

    /// The product of whole numbers; out when it is none, or too large.
    fn multiply_whole(&mut self, at: usize, a: Value, b: Value) -> Value {
        self.way();
        // Both from 0 to 2^26: then it is neither too large nor -0.
        let either = self.b.ins().bor(a, b);
        let is_near = self.b.ins().icmp_imm_u(IntCC::UnsignedLessThan, either, 1 << 26);
        let [near, far] = self.fork(is_near);
        let done = self.b.create_block();
        let answer = self.b.append_block_param(done, types::I64);
        self.b.set_cold_block(far);
        self.b.switch_to_block(far);
        let (product, over) = self.b.ins().smul_overflow(a, b);
        self.guard_not(over, at, Blame::Fraction);
        self.not_minus_zero(at, product, (a, b));
        let small = self.is_small(product);
        self.guard(small, at, Blame::Fraction);
        self.b.ins().jump(done, &[product.into()]);
        self.b.switch_to_block(near);
        let product = self.b.ins().imul(a, b);
        self.b.ins().jump(done, &[product.into()]);
        self.b.seal_block(done);
        self.b.switch_to_block(done);
        answer
    }

    /// What is left of `a`, which is not negative, when it is divided by a known number from 2:
    /// two products are done sooner than a division.
    fn remainder_by(&mut self, a: Value, by: u64) -> Value {
        let (factor, shift) = reciprocal(by);
        let factor = self.b.ins().iconst(types::I64, factor.cast_signed());
        let high = self.b.ins().umulhi(a, factor);
        let quotient = self.b.ins().ushr_imm_s(high, i64::from(shift));
        let by = self.b.ins().iconst(types::I64, by.cast_signed());
        let whole_part = self.b.ins().imul(quotient, by);
        self.b.ins().isub(a, whole_part)
    }

    /// Leaves when a product is -0: when it is 0, one factor was and the other is negative.
    fn not_minus_zero(&mut self, at: usize, product: Value, (a, b): (Value, Value)) {
        let [zero, done] = std::array::from_fn(|_| self.b.create_block());
        self.way();
        self.b.ins().brif(product, done, &[], zero, &[]);
        self.b.seal_block(zero);
        self.b.set_cold_block(zero);
        self.b.switch_to_block(zero);
        let either = self.b.ins().bor(a, b);
        let negative = self.b.ins().icmp_imm_s(IntCC::SignedLessThan, either, 0);
        self.guard_not(negative, at, Blame::Fraction);
        self.b.ins().jump(done, &[]);
        self.b.seal_block(done);
        self.b.switch_to_block(done);
    }

    // ---- comparing

    /// Whether what an instruction compares is so; out if it is no numbers.
    fn expect_compared(&mut self, at: usize, instruction: I) -> Value {
        let Some(comparison) = comparison(instruction) else {
            unreachable!("{instruction:?} compares nothing")
        };
        self.expect(at, &[comparison.a, comparison.b]);
        self.compare(comparison)
    }

    /// Whether numbers that are in registers are so.
    pub(super) fn compare(&mut self, Comparison { a, is, b }: Comparison) -> Value {
        let kind = self.facts.kind(&self.state, a);
        let value = self.as_kind(a, kind);
        self.compared((value, kind), is, b)
    }

    /// Compares a value with an operand.
    fn compared(&mut self, (a, kind): (Value, Kind), is: Relation, b: Slot) -> Value {
        if (kind, self.facts.kind(&self.state, b)) == (Kind::Whole, Kind::Whole) {
            let b = self.as_kind(b, Kind::Whole);
            return self.b.ins().icmp(is.of_wholes(), a, b);
        }
        let a = if kind == Kind::Whole { self.b.ins().fcvt_from_sint(types::F64, a) } else { a };
        let b = self.as_kind(b, Kind::Number);
        self.b.ins().fcmp(is.of_numbers(), a, b)
    }

    /// Whether a loop's variable has not passed its end.
    fn within(&mut self, now: (Value, Kind), end: Slot, step: Slot) -> Value {
        if let Some(step) = self.facts.known_number(step) {
            let is = if step >= 0.0 { Relation::LessOrEqual } else { Relation::GreaterOrEqual };
            return self.compared(now, is, end);
        }
        let below = self.compared(now, Relation::LessOrEqual, end);
        let above = self.compared(now, Relation::GreaterOrEqual, end);
        let up = if self.facts.kind(&self.state, step) == Kind::Whole {
            let step = self.as_kind(step, Kind::Whole);
            self.b.ins().icmp_imm_s(IntCC::SignedGreaterThanOrEqual, step, 0)
        } else {
            let step = self.as_kind(step, Kind::Number);
            let zero = self.b.ins().f64const(0.0);
            self.b.ins().fcmp(FloatCC::GreaterThanOrEqual, step, zero)
        };
        self.b.ins().select(up, below, above)
    }
}

/// A factor and a shift: the high half of their product with a whole number from 0 to 2^53,
/// shifted, is the whole part of that number divided by `by`, which is at least 2.
///
/// The factor times `by` is 2^(64 + shift) and at most `by` more; so much times 2^53 is less than
/// 2^(64 + shift), and what it adds to the quotient doesn't reach the next whole number.
///
/// Source: Granlund and Montgomery, "Division by Invariant Integers using Multiplication".
fn reciprocal(by: u64) -> (u64, u32) {
    let shift = by.next_power_of_two().trailing_zeros().saturating_sub(10);
    let factor = (1_u128 << (64 + shift)) / u128::from(by) + 1;
    (u64::try_from(factor).expect("2^shift is less than `by`"), shift)
}

#[cfg(test)]
mod tests {
    use super::reciprocal;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(65_536))]

        #[test]
        fn the_product_with_a_reciprocal_divides(
            (whole, by) in (0..=53_u32, 1..=53_u32).prop_flat_map(|(a, b)| {
                (0..=1_u64 << a, 2..=1_u64 << b)
            }),
            near in 0..3_u64,
        ) {
            let (factor, shift) = reciprocal(by);
            // Where it would be off by one first: around a multiple.
            let multiple = (whole / by * by).saturating_sub(near);
            for whole in [whole, multiple, whole / by * by, 1 << 53, (1 << 53) - near] {
                let high = (u128::from(whole) * u128::from(factor)) >> 64;
                prop_assert_eq!(u64::try_from(high).unwrap() >> shift, whole / by);
            }
        }
    }
}
