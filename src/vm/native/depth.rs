//! How deep machine code calls itself: what calls take of the thread's stack and of the slots.

use super::unit::Unit;
use crate::limits;
use crate::program::{Instruction, Program};

/// What a call of machine code by machine code takes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Depth {
    /// Bytes of the stack, at least.
    least: usize,
    /// Bytes of the stack, at most.
    most: usize,
    /// Slots from its caller's frame to its own, at least.
    advance: usize,
}

impl Depth {
    /// That of a program of which no unit was compiled yet.
    pub(super) fn of(program: &Program, units: &[Unit]) -> Self {
        // Nobody calls a stack, so it is no more than the one at the bottom.
        let procedures = units.iter().filter(|unit| unit.is_procedure);
        let places = procedures.flat_map(|unit| &program.code[unit.code.clone()]);
        let advances = places.filter_map(|instruction| match instruction {
            Instruction::Call { arguments, .. } => Some(arguments.index() as usize),
            _ => None,
        });
        let advance = advances.min().unwrap_or(1);
        Self { least: limits::NATIVE_STACK, most: 1, advance }
    }

    /// Notes the bytes that a call of one unit takes.
    pub(super) fn note(&mut self, bytes: usize) {
        self.least = self.least.min(bytes);
        self.most = self.most.max(bytes);
    }

    /// Whether calls must look at the stack: where one takes no slots, these don't show how deep
    /// it is.
    pub(super) fn looks_at_stack(self) -> bool {
        self.advance == 0
    }

    /// Bytes of the thread's stack that may be taken for so many calls, or fewer.
    pub(super) fn stack(self, calls: usize) -> usize {
        limits::NATIVE_STACK.min(calls.saturating_mul(self.least))
    }

    /// Up to which slot the frames of so many calls lie, or of fewer, when the one that is entered
    /// begins at `base`.
    pub(super) fn reach(self, base: usize, calls: usize) -> usize {
        if self.looks_at_stack() {
            return usize::MAX;
        }
        match calls.min(limits::NATIVE_STACK / self.most) {
            0 => 0,
            // The first may take none, when it is a stack's.
            calls => (calls - 1).saturating_mul(self.advance).saturating_add(base),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_calls_fit_into_the_slots_than_are_left_and_than_the_stack_holds() {
        let depth = |advance| {
            let mut depth = Depth { least: limits::NATIVE_STACK, most: 1, advance };
            depth.note(100);
            depth.note(400);
            depth
        };
        for advance in 1..5 {
            // The first begins where its caller does, each further one so many slots behind.
            let fit = |calls| 1 + (depth(advance).reach(100, calls) - 100) / advance;
            assert_eq!(fit(1), 1);
            assert_eq!(fit(10), 10);
            assert_eq!(fit(usize::MAX), limits::NATIVE_STACK / 400);
        }
        assert_eq!(depth(1).reach(100, 0), 0);
        assert_eq!(depth(0).reach(100, 1), usize::MAX);
        assert!(depth(0).looks_at_stack());
        assert_eq!(depth(0).stack(10), 1000);
        assert_eq!(depth(0).stack(usize::MAX), limits::NATIVE_STACK);
    }
}
