//! The second tier: machine code for runs that take long, by Cranelift.
//!
//! A run begins in the interpreter. Once it has taken [`limits::NATIVE_AFTER`] steps, its
//! program is compiled, for this run and all that follow, and the interpreter hands over
//! where a procedure or a loop begins. Machine code counts the same steps and leaves the
//! same values in the same slots; it can be left at every instruction, and is whenever
//! something is not as expected. So all that can fail, ask or pause stays in one place:
//! the interpreter. Graph, program and effects know nothing of this.

mod code;
mod context;
mod emit;
mod facts;
mod items;
mod leave;
mod numbers;
mod slots;
mod unit;

pub(super) use code::Code;

use super::image::Image;
use super::machine::Machine;
use super::value::Value;
use crate::limits;
use context::Context;
use emit::{Blame, LEFT};
use facts::Learned;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// The machine code of a program, and what was learned about it.
#[derive(Debug, Default)]
pub(super) struct Native {
    /// Whether there is code: small runs, which never have any, ask often.
    has_code: AtomicBool,
    tier: Mutex<Tier>,
}

#[derive(Debug, Default)]
struct Tier {
    code: Option<Arc<Code>>,
    learned: Learned,
    /// Times that machine code was left for something unexpected since it was compiled.
    surprises: u32,
    compiled: u32,
}

/// Makes the compiler ready, so that the first flow that takes long doesn't wait for it.
pub fn wake() {
    Code::wake();
}

impl Native {
    /// The code there is.
    pub(super) fn code(&self) -> Option<Arc<Code>> {
        if self.has_code.load(Ordering::Acquire) { self.tier().code.clone() } else { None }
    }

    fn tier(&self) -> std::sync::MutexGuard<'_, Tier> {
        // A tier is whole between any two of its changes.
        self.tier.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Machine {
    /// Takes what steps machine code or [`quick`](super::quick) can take.
    pub(super) fn advance(&mut self, image: &Image, code: &mut Option<Arc<Code>>, pause: u64) {
        loop {
            let Some(native) = code else {
                let compile_at = self.limits.native_after;
                self.quick(&image.program, pause.min(compile_at), |_| false);
                if self.steps < compile_at || self.steps >= pause {
                    return;
                }
                *code = self.compile(image);
                if code.is_none() {
                    self.limits.native_after = u64::MAX;
                }
                continue;
            };
            let newer = self.enter(image, native, pause);
            let before = self.steps;
            self.quick(&image.program, pause, |at| native.is_entry(at));
            let stays = self.steps == before || !native.is_entry(self.next);
            *code = newer.or_else(|| code.take());
            if stays || self.steps >= pause {
                return;
            }
        }
    }

    /// Compiles the program that runs, unless somebody did.
    pub(super) fn compile(&self, image: &Image) -> Option<Arc<Code>> {
        let mut tier = image.native.tier();
        if tier.compiled == 0 {
            tier.compiled = 1;
            self.learn_from_slots(image, &mut tier.learned);
            tier.code = Code::compile(&image.program, &tier.learned).map(Arc::new);
            image.native.has_code.store(tier.code.is_some(), Ordering::Release);
        }
        tier.code.clone()
    }

    /// Operands that hold no numbers now will hold none later.
    fn learn_from_slots(&self, image: &Image, learned: &mut Learned) {
        let program = &image.program;
        let is_other = |slot: crate::program::Slot| {
            let value = self.slots.get(slot.address(self.base));
            value.is_some_and(|value| !matches!(value, Value::Number(_) | Value::Undefined))
        };
        for unit in unit::units(program).unwrap_or_default() {
            let here = unit.code.contains(&self.next);
            for at in unit.code {
                let operands = unit::numbers(program, at);
                let mut seen = operands.into_iter().filter(|slot| here || !slot.is_local());
                if seen.any(is_other) {
                    learned.generic.insert(at);
                }
            }
        }
    }

    /// Runs machine code from where the run is, if it can be entered there. Gives code to go on
    /// with when it was compiled anew.
    #[expect(unsafe_code, reason = "machine code is called by its address")]
    pub(super) fn enter(&mut self, image: &Image, code: &Code, pause: u64) -> Option<Arc<Code>> {
        let (function, entry) = code.entry(self.next)?;
        let pause = pause.checked_sub(code.margin()).filter(|pause| self.steps < *pause)?;
        let open = self.frames.len();
        let depth_max = self.limits.calls.saturating_sub(open).min(code.depth_max());
        let machine: *mut Self = self;
        // SAFETY: `machine` is this one, whose only user is machine code until it returns:
        // everything below is reached by that pointer. The pointers stay valid, since machine
        // code changes no length of what they point into, and tells of cells that moved.
        let (mut context, base) = unsafe {
            let slots = (*machine).slots.as_mut_ptr();
            let context = Context {
                slots,
                slots_end: slots.add((*machine).slots.len()),
                cells: (*machine).heap.cells(),
                steps: (*machine).steps,
                pause,
                depth_max: depth_max as u64,
                next: 0,
                base: slots,
                blame: 0,
                machine,
                image,
                frames: code.frames(),
                unwound: Vec::new(),
            };
            (context, slots.add((*machine).base))
        };
        // SAFETY: the function was compiled with this signature from this program; it is
        // entered at the base of a frame of the unit, which lies within the slots.
        let [tag, contents] = unsafe {
            let given = function(&raw mut context, base, 0, entry);
            [given.tag, given.contents]
        };
        self.steps = context.steps;
        if tag != LEFT.cast_unsigned() {
            // SAFETY: a tag and contents that were read from a slot, or made as those are.
            let value = unsafe { std::mem::transmute::<[u64; 2], Value>([tag, contents]) };
            // The frame that was entered is the interpreter's own.
            self.return_value(value);
            return None;
        }
        // SAFETY: both point into the slots.
        self.base = unsafe { context.base.offset_from(context.slots) }.unsigned_abs();
        self.next = usize::try_from(context.next).unwrap_or(usize::MAX);
        self.top = self.base + code.frame(self.next) as usize;
        self.frames.extend(context.unwound.into_iter().rev());
        match Blame::of(context.blame) {
            Blame::Nothing => None,
            blame => self.learn(image, blame),
        }
    }

    /// Keeps what was not as expected; compiles anew once that happened often enough.
    fn learn(&self, image: &Image, blame: Blame) -> Option<Arc<Code>> {
        let (at, mut tier) = (self.next, image.native.tier());
        match blame {
            Blame::Nothing => {}
            Blame::Operand => {
                tier.learned.generic.insert(at);
            }
            Blame::Fraction => {
                tier.learned.fractions.insert(at);
            }
            // All that hold no number here, not only the first that was looked at.
            Blame::Slot(_) => {
                let frame = self.slots[self.base..self.top].iter();
                let fixed = self.slots[..image.fixed.len()].iter();
                for (slot, value) in frame.chain(fixed).enumerate() {
                    if !matches!(value, Value::Number(number) if facts::whole(*number).is_some()) {
                        tier.learned.doubtful.insert((at, slot));
                    }
                }
            }
        }
        tier.surprises += 1;
        if tier.surprises < limits::NATIVE_SURPRISES || tier.compiled > limits::NATIVE_COMPILED {
            return None;
        }
        tier.surprises = 0;
        tier.compiled += 1;
        tier.code = Code::compile(&image.program, &tier.learned).map(Arc::new);
        tier.code.clone()
    }
}
