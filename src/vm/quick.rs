//! The short way: instructions that meet numbers only, with the machine's state in
//! local variables.
//!
//! Each does what [`steps`](super::steps) says it does; what meets anything else, can
//! fail, or leaves the frame is left to that.

use super::coerce;
use super::machine::Machine;
use super::value::Value;
use crate::program::Instruction as I;
use std::cmp::Ordering;

impl Machine {
    /// Runs until an instruction needs more than numbers and jumps. That one is not
    /// counted yet.
    #[expect(clippy::too_many_lines, reason = "one arm an instruction: a table")]
    pub(super) fn quick(&mut self, code: &[I], pause: u64) {
        let (base, slots) = (self.base, &mut self.slots[..]);
        let (mut next, mut steps) = (self.next, self.steps);
        macro_rules! number {
            ($slot:expr) => {
                match slots[$slot.address(base)] {
                    Value::Number(number) => number,
                    _ => break,
                }
            };
        }
        macro_rules! set {
            ($slot:expr, $value:expr) => {{
                let value = $value;
                slots[$slot.address(base)] = value;
            }};
        }
        macro_rules! calculate {
            ($to:expr, $a:expr, $op:tt, $b:expr) => {
                set!($to, Value::Number(number!($a) $op number!($b)))
            };
        }
        macro_rules! compare {
            ($to:expr, $a:expr, $op:tt, $b:expr) => {
                set!($to, Value::Bool(number!($a) $op number!($b)))
            };
        }
        macro_rules! jump_unless {
            ($a:expr, $op:tt, $b:expr, $label:expr) => {{
                let holds = number!($a) $op number!($b);
                if !holds {
                    next = $label.0 as usize;
                    steps += 1;
                    continue;
                }
            }};
        }
        while steps < pause {
            let Some(instruction) = code.get(next) else { break };
            match *instruction {
                I::Move { to, from } => set!(to, slots[from.address(base)]),
                I::Add { to, a, b } => calculate!(to, a, +, b),
                I::Subtract { to, a, b } => calculate!(to, a, -, b),
                I::Multiply { to, a, b } => calculate!(to, a, *, b),
                I::Divide { to, a, b } => calculate!(to, a, /, b),
                I::Modulo { to, a, b } => calculate!(to, a, %, b),
                I::Equal { to, a, b } => compare!(to, a, ==, b),
                I::NotEqual { to, a, b } => compare!(to, a, !=, b),
                I::Less { to, a, b } => compare!(to, a, <, b),
                I::LessOrEqual { to, a, b } => compare!(to, a, <=, b),
                I::Greater { to, a, b } => compare!(to, a, >, b),
                I::GreaterOrEqual { to, a, b } => compare!(to, a, >=, b),
                I::UnlessEqual { a, b, label } => jump_unless!(a, ==, b, label),
                I::UnlessNotEqual { a, b, label } => jump_unless!(a, !=, b, label),
                I::UnlessLess { a, b, label } => jump_unless!(a, <, b, label),
                I::UnlessLessOrEqual { a, b, label } => jump_unless!(a, <=, b, label),
                I::UnlessGreater { a, b, label } => jump_unless!(a, >, b, label),
                I::UnlessGreaterOrEqual { a, b, label } => jump_unless!(a, >=, b, label),
                I::Not { to, a } => set!(to, Value::Bool(!coerce::truthy(slots[a.address(base)]))),
                I::Jump { label } => {
                    next = label.0 as usize;
                    steps += 1;
                    continue;
                }
                I::JumpIf { condition, label } => {
                    if coerce::truthy(slots[condition.address(base)]) {
                        next = label.0 as usize;
                        steps += 1;
                        continue;
                    }
                }
                I::JumpUnless { condition, label } => {
                    if !coerce::truthy(slots[condition.address(base)]) {
                        next = label.0 as usize;
                        steps += 1;
                        continue;
                    }
                }
                I::RepeatNext { count, limit, exit } => {
                    let limit = number!(limit);
                    let now = number!(count) + 1.0;
                    set!(count, Value::Number(now));
                    // Not `now >= limit`: a limit that is no number is no reason to go on.
                    if !matches!(now.partial_cmp(&limit), Some(Ordering::Less)) {
                        next = exit.0 as usize;
                        steps += 1;
                        continue;
                    }
                }
                I::ForTest { variable, end, step } => {
                    let (now, end, step) = (number!(variable), number!(end), number!(step));
                    if if step >= 0.0 { now <= end } else { now >= end } {
                        next += 1;
                    }
                }
                I::Change { variable, delta } => {
                    set!(variable, Value::Number(number!(variable) + number!(delta)));
                }
                I::Power { .. }
                | I::ForStart { .. }
                | I::EachStart { .. }
                | I::EachNext { .. }
                | I::Item { .. }
                | I::SetItem { .. }
                | I::Append { .. }
                | I::Builtin { .. }
                | I::Call { .. }
                | I::Return { .. }
                | I::End
                | I::Stop { .. }
                | I::Fail { .. } => break,
            }
            next += 1;
            steps += 1;
        }
        (self.next, self.steps) = (next, steps);
    }
}
