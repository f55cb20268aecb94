//! Units of a program: a stack of top blocks or a procedure, each compiled to one
//! function. What they read, write and go to; which slots are still wanted where.

use crate::program::{Instruction as I, Program, Slot, Written};
use std::ops::Range;

/// A stack or a procedure.
#[derive(Clone, Debug)]
pub(super) struct Unit {
    /// Its instructions.
    pub(super) code: Range<usize>,
    /// Slots of its frame.
    pub(super) frame: u32,
    /// Whether it can be called; a stack is run once, so only its loops are worth compiling.
    pub(super) is_procedure: bool,
}

/// The units of a program, in order of their code; none when they are not apart from
/// one another.
pub(super) fn units(program: &Program) -> Option<Vec<Unit>> {
    let stacks = program.stacks.iter().map(|stack| (stack.entry.0, program.frame, false));
    let procedures = program.procedures.iter();
    let procedures = procedures.map(|routine| (routine.entry.0, routine.frame, true));
    let mut entries: Vec<(u32, u32, bool)> = stacks.chain(procedures).collect();
    entries.sort_unstable();
    entries.dedup();
    let ends = entries.iter().skip(1).map(|(entry, ..)| *entry as usize);
    let ends: Vec<usize> = ends.chain([program.code.len()]).collect();
    let unit = |((entry, frame, is_procedure), end): ((u32, u32, bool), usize)| Unit {
        code: entry as usize..end,
        frame,
        is_procedure,
    };
    let units: Vec<Unit> = entries.into_iter().zip(ends).map(unit).collect();
    let closed = units.iter().all(|unit| {
        unit.code.clone().all(|at| next(program, at).into_iter().all(|to| unit.code.contains(&to)))
    });
    closed.then_some(units)
}

/// Whether something in the program may be run more than once: only that is worth compiling.
pub(super) fn repeats(program: &Program) -> bool {
    let back = |at: usize| next(program, at).into_iter().any(|to| to <= at);
    !program.procedures.is_empty() || (0..program.code.len()).any(back)
}

/// Where the machine may go after the instruction at `at`; nowhere when it leaves the unit.
pub(super) fn next(program: &Program, at: usize) -> Vec<usize> {
    match program.code[at] {
        I::Jump { label } => vec![label.0 as usize],
        I::UnlessEqual { label, .. }
        | I::UnlessNotEqual { label, .. }
        | I::UnlessLess { label, .. }
        | I::UnlessLessOrEqual { label, .. }
        | I::UnlessGreater { label, .. }
        | I::UnlessGreaterOrEqual { label, .. }
        | I::JumpIf { label, .. }
        | I::JumpUnless { label, .. } => vec![at + 1, label.0 as usize],
        I::RepeatNext { exit, .. } => vec![at + 1, exit.0 as usize],
        I::ForTest { .. } | I::EachNext { .. } => vec![at + 1, at + 2],
        I::ForNext { .. } => vec![body(program, at), at + 2],
        I::Return { .. } | I::End | I::Stop { .. } | I::Fail { .. } => Vec::new(),
        _ => vec![at + 1],
    }
}

/// Where the loop whose [`I::ForNext`] stands at `at` goes on.
pub(super) fn body(program: &Program, at: usize) -> usize {
    match program.code.get(at + 1) {
        Some(I::Jump { label }) => label.0 as usize,
        _ => at + 2,
    }
}

/// The slots of a unit, numbered: those of the frame, then the fixed ones.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slots {
    pub(super) frame: usize,
    /// Variables and the event: what a unit shares with others.
    pub(super) shared: usize,
    /// With the constants.
    pub(super) fixed: usize,
}

impl Slots {
    pub(super) fn of(program: &Program, unit: &Unit) -> Self {
        let shared = program.variables.len() + 1;
        Self { frame: unit.frame as usize, shared, fixed: shared + program.constants.len() }
    }

    pub(super) fn number(self, slot: Slot) -> usize {
        if slot.is_local() { slot.index() as usize } else { self.frame + slot.index() as usize }
    }

    pub(super) fn count(self) -> usize {
        self.frame + self.fixed
    }

    /// Numbers of the slots that other units see.
    pub(super) fn shared(self) -> Range<usize> {
        self.frame..self.frame + self.shared
    }

    /// Numbers of the slots that a call whose frame begins at `arguments` covers.
    pub(super) fn covered(self, arguments: Slot) -> Range<usize> {
        arguments.index() as usize..self.frame
    }

    pub(super) fn is_constant(self, number: usize) -> bool {
        number >= self.frame + self.shared
    }
}

/// The slots whose values the instruction at `at` needs, by number.
pub(super) fn reads(program: &Program, slots: Slots, at: usize, mut see: impl FnMut(usize)) {
    let mut slot = |slot: Slot| see(slots.number(slot));
    match program.code[at] {
        I::Move { from: a, .. } | I::Not { a, .. } | I::ItemAt { list: a, .. } => slot(a),
        I::Add { a, b, .. }
        | I::Subtract { a, b, .. }
        | I::Multiply { a, b, .. }
        | I::Divide { a, b, .. }
        | I::Power { a, b, .. }
        | I::Modulo { a, b, .. }
        | I::Equal { a, b, .. }
        | I::NotEqual { a, b, .. }
        | I::Less { a, b, .. }
        | I::LessOrEqual { a, b, .. }
        | I::Greater { a, b, .. }
        | I::GreaterOrEqual { a, b, .. }
        | I::UnlessEqual { a, b, .. }
        | I::UnlessNotEqual { a, b, .. }
        | I::UnlessLess { a, b, .. }
        | I::UnlessLessOrEqual { a, b, .. }
        | I::UnlessGreater { a, b, .. }
        | I::UnlessGreaterOrEqual { a, b, .. }
        | I::RepeatNext { count: a, limit: b, .. }
        | I::Item { list: a, at: b, .. }
        | I::SetItemAt { list: a, value: b, .. }
        | I::Append { variable: a, value: b }
        | I::Change { variable: a, delta: b } => {
            slot(a);
            slot(b);
        }
        I::JumpIf { condition, .. } | I::JumpUnless { condition, .. } => slot(condition),
        I::ForStart { start: a, end: b, step: c }
        | I::ForTest { variable: a, end: b, step: c }
        | I::ForNext { variable: a, end: b, step: c }
        | I::SetItem { list: a, at: b, value: c } => {
            slot(a);
            slot(b);
            slot(c);
        }
        I::EachStart { list, .. } => slot(list),
        I::EachNext { state, list, .. } => {
            slot(list);
            (0..4).for_each(|more| slot(state.after(more)));
        }
        I::AppendJoined { variable, values, count } => {
            slot(variable);
            (0..count).for_each(|more| slot(values.after(more)));
        }
        I::Builtin { site, arguments, .. } => {
            let count = program.sites[site.0 as usize].arguments;
            (0..count).for_each(|more| slot(arguments.after(more)));
        }
        I::Call { arguments, .. } => {
            slots.covered(arguments).chain(slots.shared()).for_each(see);
        }
        I::Return { value } | I::Stop { value } => {
            slot(value);
            slots.shared().for_each(see);
        }
        I::End | I::Fail { .. } => slots.shared().for_each(see),
        I::Jump { .. } => {}
    }
}

/// The slots that the instruction at `at` may set, by number; a call also those of its frame
/// and the shared ones.
pub(super) fn writes(program: &Program, slots: Slots, at: usize, mut see: impl FnMut(usize)) {
    let mut slot = |slot: Slot| see(slots.number(slot));
    match program.code[at].written() {
        Written::Nothing => {}
        Written::Value(to) | Written::Changed(to) => slot(to),
        Written::Walk(state) => (0..4).for_each(|more| slot(state.after(more))),
        Written::Item { to, state } => {
            slot(to);
            slot(state.after(1));
        }
        Written::Called { arguments, to } => {
            slot(to);
            slots.covered(arguments).chain(slots.shared()).for_each(see);
        }
    }
}

/// How two numbers are to each other.
#[derive(Clone, Copy, Debug)]
pub(super) enum Relation {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// What an instruction compares.
#[derive(Clone, Copy, Debug)]
pub(super) struct Comparison {
    pub(super) a: Slot,
    pub(super) is: Relation,
    pub(super) b: Slot,
}

/// What an instruction compares, whatever comes of it.
pub(super) fn comparison(instruction: I) -> Option<Comparison> {
    let (a, is, b) = match instruction {
        I::Equal { a, b, .. } | I::UnlessEqual { a, b, .. } => (a, Relation::Equal, b),
        I::NotEqual { a, b, .. } | I::UnlessNotEqual { a, b, .. } => (a, Relation::NotEqual, b),
        I::Less { a, b, .. } | I::UnlessLess { a, b, .. } => (a, Relation::Less, b),
        I::LessOrEqual { a, b, .. } | I::UnlessLessOrEqual { a, b, .. } => {
            (a, Relation::LessOrEqual, b)
        }
        I::Greater { a, b, .. } | I::UnlessGreater { a, b, .. } => (a, Relation::Greater, b),
        I::GreaterOrEqual { a, b, .. } | I::UnlessGreaterOrEqual { a, b, .. } => {
            (a, Relation::GreaterOrEqual, b)
        }
        _ => return None,
    };
    Some(Comparison { a, is, b })
}

/// Whether nothing but the [`I::ForNext`] at `at` sets its loop's variable while the loop is run.
pub(super) fn counts_alone(program: &Program, slots: Slots, at: usize, variable: Slot) -> bool {
    let (variable, body) = (slots.number(variable), body(program, at));
    let mut is_alone = body <= at;
    for within in body..at {
        writes(program, slots, within, |slot| is_alone &= slot != variable);
    }
    is_alone
}

/// The list or text whose length the instruction at `at` takes, and where it goes.
pub(super) fn length(program: &Program, at: usize) -> Option<(Slot, Slot)> {
    let I::Builtin { site, arguments, to } = program.code[at] else { return None };
    let function = &*program.sites[site.0 as usize].function;
    matches!(function, "lists_length" | "text_length").then_some((arguments, to))
}

/// A function of one number that machine code has an instruction for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Single {
    Root,
    Absolute,
    Negative,
}

/// The function of one number that the instruction at `at` is, with its argument.
pub(super) fn single(program: &Program, at: usize) -> Option<(Single, Slot, Slot)> {
    let I::Builtin { site, arguments, to } = program.code[at] else { return None };
    let site = &program.sites[site.0 as usize];
    let single = match (&*site.function, &**site.fields.first()?) {
        ("math_single", "ROOT") => Single::Root,
        ("math_single", "ABS") => Single::Absolute,
        ("math_single", "NEG") => Single::Negative,
        _ => return None,
    };
    Some((single, arguments, to))
}

/// The operands that the machine code of the instruction at `at` wants as numbers.
pub(super) fn numbers(program: &Program, at: usize) -> Vec<Slot> {
    if let Some((_, argument, _)) = single(program, at) {
        return vec![argument];
    }
    match program.code[at] {
        I::Add { a, b, .. }
        | I::Subtract { a, b, .. }
        | I::Multiply { a, b, .. }
        | I::Divide { a, b, .. }
        | I::Power { a, b, .. }
        | I::Modulo { a, b, .. }
        | I::Equal { a, b, .. }
        | I::NotEqual { a, b, .. }
        | I::Less { a, b, .. }
        | I::LessOrEqual { a, b, .. }
        | I::Greater { a, b, .. }
        | I::GreaterOrEqual { a, b, .. }
        | I::UnlessEqual { a, b, .. }
        | I::UnlessNotEqual { a, b, .. }
        | I::UnlessLess { a, b, .. }
        | I::UnlessLessOrEqual { a, b, .. }
        | I::UnlessGreater { a, b, .. }
        | I::UnlessGreaterOrEqual { a, b, .. }
        | I::RepeatNext { count: a, limit: b, .. }
        | I::Change { variable: a, delta: b } => vec![a, b],
        I::ForStart { start: a, end: b, step: c }
        | I::ForTest { variable: a, end: b, step: c }
        | I::ForNext { variable: a, end: b, step: c } => vec![a, b, c],
        I::Item { at, .. } | I::SetItem { at, .. } => vec![at],
        I::EachNext { state, .. } => vec![state.after(1), state.after(2)],
        I::Move { .. }
        | I::Not { .. }
        | I::Jump { .. }
        | I::JumpIf { .. }
        | I::JumpUnless { .. }
        | I::EachStart { .. }
        | I::ItemAt { .. }
        | I::SetItemAt { .. }
        | I::Append { .. }
        | I::AppendJoined { .. }
        | I::Builtin { .. }
        | I::Call { .. }
        | I::Return { .. }
        | I::End
        | I::Stop { .. }
        | I::Fail { .. } => Vec::new(),
    }
}

/// For each instruction of a unit the slots whose values are still wanted behind it.
pub(super) struct Wanted {
    words: usize,
    first: usize,
    bits: Vec<u64>,
}

impl Wanted {
    pub(super) fn of(program: &Program, unit: &Unit, slots: Slots) -> Self {
        let words = slots.count().div_ceil(64);
        let mut wanted =
            Self { words, first: unit.code.start, bits: vec![0; words * unit.code.len()] };
        let mut changed = true;
        // Code is nearly in order of running: a pass a level of nested loops.
        while changed {
            changed = false;
            for at in unit.code.clone().rev() {
                for to in next(program, at) {
                    let before = wanted.before(program, slots, to);
                    let row = (at - wanted.first) * words;
                    for (bits, before) in wanted.bits[row..row + words].iter_mut().zip(before) {
                        changed |= *bits | before != *bits;
                        *bits |= before;
                    }
                }
            }
        }
        wanted
    }

    /// What is wanted before the instruction at `at`.
    fn before(&self, program: &Program, slots: Slots, at: usize) -> Vec<u64> {
        let row = (at - self.first) * self.words;
        let mut bits = self.bits[row..row + self.words].to_vec();
        // What a call may set, it need not: what is shared stays wanted.
        if !matches!(program.code[at], I::EachNext { .. }) {
            writes(program, slots, at, |slot| bits[slot / 64] &= !(1 << (slot % 64)));
        }
        reads(program, slots, at, |slot| bits[slot / 64] |= 1 << (slot % 64));
        bits
    }

    /// Whether a slot's value is wanted behind the instruction at `at`.
    pub(super) fn behind(&self, at: usize, slot: usize) -> bool {
        let row = (at - self.first) * self.words;
        self.bits[row + slot / 64] & (1 << (slot % 64)) != 0
    }

    /// Whether a slot's value is wanted by the instruction at `at` or behind it.
    pub(super) fn at(&self, program: &Program, slots: Slots, at: usize) -> Vec<bool> {
        let bits = self.before(program, slots, at);
        (0..slots.count()).map(|slot| bits[slot / 64] & (1 << (slot % 64)) != 0).collect()
    }
}
