//! What is known of each slot's value at each place: which hold numbers, and are kept in
//! registers, and which of those memory doesn't have yet.
//!
//! Nothing here is a promise: where a kind is expected and not met, the machine code leaves
//! for the interpreter, and the place is learned.

use super::super::value::Value;
use super::unit::{
    Slots, Unit, Wanted, counts_alone, length, next, numbers, reads, single, writes,
};
use crate::program::{Constant, Instruction as I, Program, Slot};
use cranelift_codegen::ir::{Type, types};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// Whole numbers up to here are kept as such: each has a double of its own.
pub(super) const WHOLE_MAX: i64 = 1 << 53;

/// Where a slot's value is, and what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// In memory; anything.
    Memory,
    /// In a register: a whole number, at most [`WHOLE_MAX`] from 0, and not -0.
    Whole,
    /// In a register: a number.
    Number,
    /// In a register: true or false.
    Bool,
}

impl Kind {
    /// The type of the register that keeps such a value.
    pub(super) fn register(self) -> Type {
        match self {
            Self::Number => types::F64,
            Self::Whole => types::I64,
            Self::Bool => types::I8,
            Self::Memory => unreachable!("what is in memory has no register"),
        }
    }
}

/// What is known of a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Known {
    pub(super) kind: Kind,
    /// Memory has an older value.
    pub(super) dirty: bool,
}

impl Known {
    pub(super) const MEMORY: Self = Self { kind: Kind::Memory, dirty: false };

    pub(super) fn new(kind: Kind) -> Self {
        Self { kind, dirty: kind != Kind::Memory }
    }

    fn meet(self, other: Self) -> Self {
        let kind = match (self.kind, other.kind) {
            (a, b) if a == b => a,
            (Kind::Whole, Kind::Number) | (Kind::Number, Kind::Whole) => Kind::Number,
            _ => return Self::MEMORY,
        };
        Self { kind, dirty: self.dirty || other.dirty }
    }
}

/// What is known of each slot, by number.
pub(super) type State = Vec<Known>;

/// Slots that are in registers, by number.
pub(super) type Held = Vec<(usize, Kind)>;

/// What machine code that had to leave has taught.
#[derive(Clone, Debug, Default)]
pub(super) struct Learned {
    /// Instructions whose operands are no numbers: the interpreter's function does them.
    pub(super) generic: BTreeSet<usize>,
    /// Instructions whose result is no whole number.
    pub(super) fractions: BTreeSet<usize>,
    /// Calls and items that give no number.
    pub(super) results: BTreeSet<usize>,
    /// Slots, by number, that hold no number where a loop begins.
    pub(super) doubtful: BTreeSet<(usize, usize)>,
}

/// A unit with all that is known of it.
pub(super) struct Facts<'p> {
    pub(super) program: &'p Program,
    pub(super) learned: &'p Learned,
    pub(super) unit: Unit,
    pub(super) slots: Slots,
    pub(super) wanted: Wanted,
    /// Where blocks of straight code begin.
    pub(super) leaders: BTreeSet<usize>,
    /// Where loops begin, with their code.
    pub(super) loops: BTreeMap<usize, Range<usize>>,
    /// What is known where a block begins; blocks that are never reached have none.
    pub(super) known: BTreeMap<usize, State>,
}

impl<'p> Facts<'p> {
    pub(super) fn of(program: &'p Program, learned: &'p Learned, unit: &Unit) -> Self {
        let slots = Slots::of(program, unit);
        let wanted = Wanted::of(program, unit, slots);
        let mut leaders = BTreeSet::from([unit.code.start]);
        let mut loops = BTreeMap::<usize, Range<usize>>::new();
        for at in unit.code.clone() {
            let next = next(program, at);
            // A jump to what is behind it ends a block as any other.
            if next != [at + 1] || matches!(program.code[at], I::Jump { .. }) {
                leaders.insert(at + 1);
                leaders.extend(&next);
            }
            for to in next.into_iter().filter(|to| *to <= at) {
                loops.entry(to).or_insert(to..at + 1).end = at + 1;
            }
        }
        leaders.remove(&unit.code.end);
        let known = BTreeMap::new();
        let unit = unit.clone();
        let mut facts = Self { program, learned, unit, slots, wanted, leaders, loops, known };
        facts.find();
        facts
    }

    fn find(&mut self) {
        let counted = self.counted();
        let start = self.unit.code.start;
        self.known.insert(start, vec![Known::MEMORY; self.slots.count()]);
        let mut waiting = BTreeSet::from([start]);
        while let Some(leader) = waiting.pop_first() {
            let mut state = self.known[&leader].clone();
            let last = self.last(leader);
            for at in leader..=last {
                self.pass(at, &mut state);
            }
            for to in next(self.program, last) {
                let wanted = self.wanted.at(self.program, self.slots, to);
                let arriving = state.iter().enumerate().map(|(slot, known)| {
                    let counts = counted.get(&to).is_some_and(|slots| slots.contains(&slot));
                    match known.kind {
                        _ if !wanted[slot] => Known::MEMORY,
                        Kind::Memory if counts => Known { kind: Kind::Number, dirty: false },
                        _ => *known,
                    }
                });
                let met: State = match self.known.get(&to) {
                    None => arriving.collect(),
                    Some(there) => there.iter().zip(arriving).map(|(a, b)| a.meet(b)).collect(),
                };
                if self.known.get(&to) != Some(&met) {
                    self.known.insert(to, met);
                    waiting.insert(to);
                }
            }
        }
    }

    /// For each loop the slots that it uses as numbers before it sets them: these are
    /// expected to hold one when it begins.
    fn counted(&self) -> BTreeMap<usize, BTreeSet<usize>> {
        let of = |(header, code): (&usize, &Range<usize>)| {
            let slots = self.used_first(*header, code).into_iter();
            (
                *header,
                slots.filter(|slot| !self.learned.doubtful.contains(&(*header, *slot))).collect(),
            )
        };
        self.loops.iter().map(of).collect()
    }

    fn used_first(&self, header: usize, code: &Range<usize>) -> BTreeSet<usize> {
        let mut used = vec![BTreeSet::new(); code.len()];
        let mut changed = true;
        while changed {
            changed = false;
            for at in code.clone().rev() {
                let mut here = BTreeSet::new();
                for to in next(self.program, at).into_iter().filter(|to| code.contains(to)) {
                    here.extend(&used[to - code.start]);
                }
                writes(self.program, self.slots, at, |slot| {
                    here.remove(&slot);
                });
                if !self.learned.generic.contains(&at) {
                    let numbers = numbers(self.program, at).into_iter();
                    let numbers = numbers.map(|slot| self.slots.number(slot));
                    here.extend(numbers.filter(|slot| !self.slots.is_constant(*slot)));
                }
                changed |= here != used[at - code.start];
                used[at - code.start] = here;
            }
        }
        used.swap_remove(header - code.start)
    }

    /// Whether the block that begins at `leader` is worth machine code.
    pub(super) fn is_compiled(&self, leader: usize) -> bool {
        let is_reached = self.known.contains_key(&leader);
        let repeats = || self.loops.values().any(|code| code.contains(&leader));
        is_reached && (self.unit.is_procedure || repeats())
    }

    /// Where machine code can be entered: at a procedure's beginning, and where loops begin.
    pub(super) fn entries(&self) -> Vec<usize> {
        let start = self.unit.code.start;
        let loops = self.loops.keys().copied().filter(|at| *at != start || !self.unit.is_procedure);
        let procedure = self.unit.is_procedure.then_some(start);
        procedure.into_iter().chain(loops.filter(|at| self.is_compiled(*at))).collect()
    }

    /// The slots that are in registers where the block at `at` begins.
    pub(super) fn held(&self, at: usize) -> Held {
        let known = self.known[&at].iter().enumerate();
        known.filter(|(_, it)| it.kind != Kind::Memory).map(|(slot, it)| (slot, it.kind)).collect()
    }

    /// The last instruction of the block that begins at `leader`.
    pub(super) fn last(&self, leader: usize) -> usize {
        let next = self.leaders.range(leader + 1..).next();
        next.map_or(self.unit.code.end, |next| *next) - 1
    }

    /// What is known of a slot that is about to be read.
    pub(super) fn kind(&self, state: &State, slot: Slot) -> Kind {
        let number = self.slots.number(slot);
        match self.constant(number) {
            Some(Constant::Number(bits)) if whole(f64::from_bits(*bits)).is_some() => Kind::Whole,
            Some(Constant::Number(_)) => Kind::Number,
            Some(_) => Kind::Memory,
            None => state[number].kind,
        }
    }

    /// The constant that a slot holds.
    pub(super) fn constant(&self, number: usize) -> Option<&'p Constant> {
        let behind = self.slots.frame + self.slots.shared;
        self.program.constants.get(number.checked_sub(behind)?)
    }

    /// The number that a slot holds, if it is a constant's.
    pub(super) fn known_number(&self, slot: Slot) -> Option<f64> {
        match self.constant(self.slots.number(slot))? {
            Constant::Number(bits) => Some(f64::from_bits(*bits)),
            Constant::Undefined | Constant::Null | Constant::Bool(_) | Constant::Text(_) => None,
        }
    }

    /// Whether the interpreter's function must do the instruction at `at`.
    pub(super) fn is_generic(&self, at: usize, state: &State) -> bool {
        let instruction = self.program.code[at];
        let in_register = |slot: &Slot| self.kind(state, *slot) != Kind::Memory;
        if self.learned.generic.contains(&at) {
            return true;
        }
        match instruction {
            I::Append { .. } | I::AppendJoined { .. } => return true,
            I::Builtin { .. } => match length(self.program, at) {
                Some((of, _)) => return in_register(&of),
                None if single(self.program, at).is_none() => return true,
                None => {}
            },
            I::EachStart { .. } => return true,
            I::Item { list, .. }
            | I::ItemAt { list, .. }
            | I::SetItem { list, .. }
            | I::SetItemAt { list, .. }
                if in_register(&list) =>
            {
                return true;
            }
            I::EachNext { state: walk, list, .. } if in_register(&walk) || in_register(&list) => {
                return true;
            }
            _ => {}
        }
        numbers(self.program, at).into_iter().any(|slot| {
            let constant = self.constant(self.slots.number(slot));
            constant.is_some_and(|constant| !matches!(constant, Constant::Number(_)))
        })
    }

    /// What is known behind the instruction at `at`, from what is known before it.
    pub(super) fn pass(&self, at: usize, state: &mut State) {
        if self.is_generic(at, state) {
            for known in state.iter_mut() {
                known.dirty = false;
            }
            writes(self.program, self.slots, at, |slot| state[slot] = Known::MEMORY);
        } else {
            let instruction = self.program.code[at];
            for slot in numbers(self.program, at) {
                let number = self.slots.number(slot);
                if !self.slots.is_constant(number)
                    && matches!(state[number].kind, Kind::Memory | Kind::Bool)
                {
                    state[number] = Known { kind: Kind::Number, dirty: false };
                }
            }
            let written = self.written(at, state);
            match instruction {
                // The place reached; the item stays in memory.
                I::EachNext { state: walk, to, .. } => {
                    state[self.slots.number(to)] = Known::MEMORY;
                    state[self.slots.number(walk.after(1))] = Known::new(written);
                }
                I::Call { arguments, to, .. } => {
                    let set = self.slots.covered(arguments).chain(self.slots.shared());
                    set.for_each(|slot| state[slot] = Known::MEMORY);
                    state[self.slots.number(to)] = self.result(at);
                }
                _ => writes(self.program, self.slots, at, |slot| state[slot] = Known::new(written)),
            }
        }
        for (slot, known) in state.iter_mut().enumerate() {
            if known.kind != Kind::Memory && !self.wanted.behind(at, slot) {
                *known = Known::MEMORY;
            }
        }
    }

    /// What is known of what the call at `at` gives: a number, as long as there was none else.
    pub(super) fn result(&self, at: usize) -> Known {
        let kind = if self.learned.results.contains(&at) { Kind::Memory } else { Kind::Number };
        Known::new(kind)
    }

    /// Whether the loop that goes on at `at` counts to an end that is known, by a step that is, so
    /// that its variable stays a whole number that can be kept as one.
    pub(super) fn counts_to_known_end(&self, at: usize) -> bool {
        let I::ForNext { variable, end, step } = self.program.code[at] else { return false };
        let known = |slot, most: u64| {
            let number = self.known_number(slot).and_then(whole);
            number.is_some_and(|number| number.unsigned_abs() <= most)
        };
        // Where the body begins the variable has not passed the end.
        known(end, 1 << 52)
            && known(step, 1 << 32)
            && counts_alone(self.program, self.slots, at, variable)
    }

    /// Whether what the item at `at` gives to a slot is taken for a number: that is what the code
    /// behind it looks for there, and nothing else was found.
    fn awaits_number(&self, at: usize, slot: Slot) -> bool {
        let number = self.slots.number(slot);
        let mut straight = (at + 1..self.unit.code.end).take_while(|at| !self.leaders.contains(at));
        let user = straight.find(|next| {
            let mut is_used = false;
            let mut see = |slot| is_used |= slot == number;
            reads(self.program, self.slots, *next, &mut see);
            writes(self.program, self.slots, *next, see);
            is_used
        });
        user.is_some_and(|user| {
            let mut taken = numbers(self.program, user).into_iter();
            taken.any(|slot| self.slots.number(slot) == number)
                && !self.learned.generic.contains(&user)
                && !self.learned.results.contains(&at)
        })
    }

    /// What the instruction at `at` makes, once its operands are as they are to be.
    pub(super) fn written(&self, at: usize, state: &State) -> Kind {
        let sum = |slots: &[Slot]| {
            let whole = slots.iter().all(|slot| self.kind(state, *slot) == Kind::Whole);
            if whole && !self.learned.fractions.contains(&at) { Kind::Whole } else { Kind::Number }
        };
        match self.program.code[at] {
            I::Move { from, .. } => self.kind(state, from),
            I::Item { to, .. } | I::ItemAt { to, .. } if self.awaits_number(at, to) => Kind::Number,
            I::Add { a, b, .. }
            | I::Subtract { a, b, .. }
            | I::Multiply { a, b, .. }
            | I::Modulo { a, b, .. }
            | I::Change { variable: a, delta: b } => sum(&[a, b]),
            I::RepeatNext { count, .. } => sum(&[count]),
            I::ForNext { variable, step, .. } => sum(&[variable, step]),
            I::ForStart { step, .. } => sum(&[step]),
            I::EachNext { state: walk, .. } => sum(&[walk.after(1)]),
            I::Builtin { .. } if length(self.program, at).is_some() => Kind::Whole,
            I::Divide { .. } | I::Power { .. } | I::Builtin { .. } => Kind::Number,
            I::Equal { .. }
            | I::NotEqual { .. }
            | I::Less { .. }
            | I::LessOrEqual { .. }
            | I::Greater { .. }
            | I::GreaterOrEqual { .. }
            | I::Not { .. } => Kind::Bool,
            _ => Kind::Memory,
        }
    }
}

/// What a register of this kind holds for a value; none if it isn't of this kind.
pub(super) fn held(value: Value, kind: Kind) -> Option<u64> {
    match (value, kind) {
        (Value::Bool(value), Kind::Bool) => Some(u64::from(value)),
        (Value::Number(number), Kind::Number) => Some(number.to_bits()),
        (Value::Number(number), Kind::Whole) => whole(number).map(i64::cast_unsigned),
        _ => None,
    }
}

/// The whole number that a double is, if it can be kept as one.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "`as` saturates, and what changed by it is compared"
)]
pub(super) fn whole(number: f64) -> Option<i64> {
    let whole = number as i64;
    let same = (whole as f64).to_bits() == number.to_bits();
    (same && whole.abs() <= WHOLE_MAX).then_some(whole)
}
