//! The second tier: machine code for runs that take long, by Cranelift.
//!
//! A run begins in the interpreter. Once it has taken [`limits::NATIVE_AFTER`] steps, its
//! program is compiled, for this run and all that follow, and the interpreter hands over
//! where a procedure or a loop begins. That is done in haste, since the run waits; what is used
//! often is compiled again, with care, beside the runs. What is live is compiled before. Machine
//! code counts the same steps and leaves the same values in the same slots; it can be left at
//! every instruction, and is whenever something is not as expected. So all that can fail, ask or
//! pause stays in one place: the interpreter. Graph, program and effects know nothing of this.

mod blame;
mod calls;
mod code;
mod context;
mod depth;
mod emit;
mod facts;
mod generic;
mod items;
mod leave;
mod numbers;
mod slots;
mod unit;
mod worker;

pub(super) use code::Code;
use code::{Care, Entry};

use super::fault::Interrupt;
use super::image::Image;
use super::state::State;
use super::value::Value;
use crate::limits;
use crate::program::{Program, Slot};
use blame::Blame;
use context::Context;
use emit::LEFT;
use facts::Learned;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The machine code of a program, and what was learned about it.
#[derive(Debug, Default)]
pub(super) struct Native {
    /// How often there was new code: small runs, which never have any, ask often.
    version: AtomicU32,
    tier: Mutex<Tier>,
}

#[derive(Debug, Default)]
struct Tier {
    code: Option<Arc<Code>>,
    learned: Learned,
    /// Times that machine code was left for something unexpected since it was compiled.
    surprises: u32,
    /// Times that compiling began.
    compiled: u32,
    /// It is being compiled, by a run or beside them.
    at_work: bool,
    /// How often a run or a slice of one began with machine code.
    uses: u32,
    /// It is worth all care.
    is_hot: bool,
}

/// Makes the compiler ready, so that the first flow that takes long doesn't wait for it.
pub fn wake() {
    Code::wake();
}

impl Native {
    /// The code there is. What is used often is compiled once more, with care, beside the runs.
    pub(super) fn code(&self, image: &Arc<Image>) -> Option<Arc<Code>> {
        if self.version() == 0 {
            return None;
        }
        let mut tier = self.tier();
        tier.uses = tier.uses.saturating_add(1);
        let is_due = tier.uses >= limits::NATIVE_USES && !tier.at_work;
        if is_due && tier.care(&image.program) == Care::Little {
            tier.is_hot = true;
            tier.begin();
            tier.at_work = worker::hand_over(image);
        }
        tier.code.clone()
    }

    fn version(&self) -> u32 {
        self.version.load(Ordering::Acquire)
    }

    fn tier(&self) -> MutexGuard<'_, Tier> {
        // A tier is whole between any two of its changes.
        self.tier.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Compiles the program with what is known of it now.
    fn compile(&self, program: &Program) {
        let tier = self.tier();
        let (learned, care) = (tier.learned.clone(), tier.care(program));
        drop(tier);
        let version = self.version() + 1;
        let code = Code::compile(program, &learned, care, version).map(Arc::new);
        let mut tier = self.tier();
        tier.at_work = false;
        if code.is_some() {
            tier.code = code;
            self.version.store(version, Ordering::Release);
        }
    }

    /// Compiles the program beside the runs before one of them waits for it, if something in it
    /// repeats.
    pub(super) fn prepare(image: &Arc<Image>) {
        let mut tier = image.native.tier();
        if tier.compiled > 0 || !unit::repeats(&image.program) {
            return;
        }
        // Nobody waits for it.
        tier.is_hot = true;
        tier.begin();
        drop(tier);
        if !worker::hand_over(image) {
            // The first long run does it.
            *image.native.tier() = Tier::default();
        }
    }
}

impl Tier {
    /// How much care the code is worth: of a small program all, since it costs little.
    fn care(&self, program: &Program) -> Care {
        let is_small = program.code.len() <= limits::NATIVE_SMALL;
        if self.is_hot || is_small { Care::Much } else { Care::Little }
    }

    /// Notes that it is being compiled.
    fn begin(&mut self) {
        (self.surprises, self.at_work) = (0, true);
        self.compiled += 1;
    }
}

impl State {
    /// Takes what steps machine code or [`quick`](super::quick) can take.
    ///
    /// # Errors
    /// As [`State::quick`].
    pub(super) fn advance(
        &mut self,
        image: &Arc<Image>,
        code: &mut Option<Arc<Code>>,
        pause: u64,
    ) -> Result<(), Interrupt> {
        loop {
            let Some(native) = code else {
                let look_at = self.limits.native_after;
                self.quick(image, pause.min(look_at), |_| false)?;
                if self.steps < look_at || self.steps >= pause {
                    return Ok(());
                }
                *code = self.compiled(image);
                continue;
            };
            self.enter(image, native, pause);
            let before = self.steps;
            self.quick(image, pause, |at| native.is_entry(at))?;
            let stays = self.steps == before || !native.is_entry(self.next);
            if native.version != image.native.version() {
                *code = image.native.code(image);
            }
            if stays || self.steps >= pause {
                return Ok(());
            }
        }
    }

    /// The program's machine code, compiled now if nobody did. While somebody does, the run goes
    /// on without.
    fn compiled(&mut self, image: &Arc<Image>) -> Option<Arc<Code>> {
        let mut tier = image.native.tier();
        if tier.compiled == 0 {
            self.learn_from_slots(image, &mut tier.learned);
            tier.begin();
            drop(tier);
            image.native.compile(&image.program);
            tier = image.native.tier();
        }
        if tier.code.is_none() {
            self.limits.native_after =
                if tier.at_work { self.steps + limits::NATIVE_LOOK } else { u64::MAX };
        }
        tier.code.clone()
    }

    /// Operands that hold no numbers now will hold none later. A slot of the frame that several
    /// instructions set says nothing: it may hold what another one left.
    fn learn_from_slots(&self, image: &Image, learned: &mut Learned) {
        let program = &image.program;
        let is_other = |slot: Slot| {
            let value = self.slots.get(slot.address(self.base));
            value.is_some_and(|value| !matches!(value, Value::Number(_) | Value::Undefined))
        };
        for unit in unit::units(program).unwrap_or_default() {
            let here = unit.code.contains(&self.next);
            let slots = unit::Slots::of(program, &unit);
            let mut set = vec![0; slots.count()];
            for at in unit.code.clone() {
                unit::writes(program, slots, at, |slot| set[slot] += 1);
            }
            for at in unit.code {
                let operands = unit::numbers(program, at).into_iter();
                let mut told = operands
                    .filter(|slot| !slot.is_local() || here && set[slots.number(*slot)] == 1);
                if told.any(is_other) {
                    learned.generic.insert(at);
                }
            }
        }
    }

    /// Runs machine code from where the run is, if it can be entered there.
    #[expect(unsafe_code, reason = "machine code is called by its address")]
    pub(super) fn enter(&mut self, image: &Arc<Image>, code: &Code, pause: u64) {
        let Some(entry) = code.entry(self.next) else { return };
        let pause = pause.saturating_sub(code.margin());
        if self.steps >= pause {
            return;
        }
        let Some(held) = self.held(entry, code.frame(self.next)) else {
            return self.learn(image, Blame::Slots);
        };
        let open = self.frames.len();
        let calls = self.limits.calls.saturating_sub(open);
        let stack = code.depth.stack(calls);
        let reach = code.depth.reach(self.base, calls);
        let run: *mut Self = self;
        // SAFETY: `run` is this state, whose only user is machine code until it returns:
        // everything below is reached by that pointer. The pointers stay valid, since machine
        // code changes no length of what they point into, and tells of cells that moved.
        let (mut context, base) = unsafe {
            let slots = (*run).slots.as_mut_ptr();
            let context = Context {
                slots,
                slots_end: slots.add((*run).slots.len().min(reach)),
                cells: (*run).heap.cells(),
                steps: (*run).steps,
                pause,
                stack_min: 0,
                next: 0,
                base: slots,
                blame: 0,
                given: 0,
                held: held.as_ptr(),
                run,
                image: Arc::as_ptr(image),
                frames: code.frames(),
                unwound: Vec::new(),
            };
            (context, slots.add((*run).base))
        };
        // Machine code's part of the stack begins somewhat below.
        context.stack_min = (&raw const context).addr().saturating_sub(stack) as u64;
        // SAFETY: the function was compiled with this signature from this program; it is
        // entered at the base of a frame of the unit, which lies within the slots.
        let tag = unsafe { (entry.function)(&raw mut context, base, entry.number, self.steps) };
        self.steps = context.steps;
        if tag != LEFT.cast_unsigned() {
            // SAFETY: a tag and contents that were read from a slot, or made as those are.
            let value = unsafe { std::mem::transmute::<[u64; 2], Value>([tag, context.given]) };
            // The frame that was entered is the interpreter's own.
            self.return_value(value);
            return;
        }
        // SAFETY: both point into the slots.
        self.base = unsafe { context.base.offset_from(context.slots) }.unsigned_abs();
        self.next = usize::try_from(context.next).unwrap_or(usize::MAX);
        self.top = self.base + code.frame(self.next) as usize;
        self.frames.extend(context.unwound.into_iter().rev());
        let blame = Blame::of(context.blame);
        if blame != Blame::Nothing {
            self.learn(image, blame);
        }
    }

    /// What registers hold where machine code is entered; none if a slot's value is of another
    /// kind than expected.
    fn held(&self, entry: &Entry, frame: u32) -> Option<Vec<u64>> {
        let frame = frame as usize;
        let value = |slot: usize| match slot.checked_sub(frame) {
            None => self.slots[self.base + slot],
            Some(fixed) => self.slots[fixed],
        };
        entry.held.iter().map(|(slot, kind)| facts::held(value(*slot), *kind)).collect()
    }

    /// Keeps what was not as expected; compiles anew once that happened often enough.
    fn learn(&self, image: &Arc<Image>, blame: Blame) {
        let (at, mut tier) = (self.next, image.native.tier());
        match blame {
            Blame::Nothing => {}
            Blame::Operand => {
                tier.learned.generic.insert(at);
            }
            Blame::Fraction => {
                tier.learned.fractions.insert(at);
            }
            Blame::Result => {
                tier.learned.results.insert(at - 1);
            }
            Blame::Item => {
                tier.learned.results.insert(at);
            }
            // All that hold no number here, not only the first that was looked at.
            Blame::Slots => {
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
        let often = tier.surprises >= limits::NATIVE_SURPRISES;
        if often && !tier.at_work && tier.compiled <= limits::NATIVE_COMPILED {
            tier.begin();
            drop(tier);
            image.native.compile(&image.program);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Deadline;
    use crate::program::{Instruction, Label, Slot};
    use crate::vm::Limits;
    use std::time::Duration;

    /// A loop, which is left at its end, and some more.
    fn image(instructions: usize) -> Arc<Image> {
        let slots = [Slot::local(0), Slot::local(1)];
        let mut code = vec![Instruction::Move { to: slots[0], from: slots[1] }; instructions - 3];
        let exit = Label(u32::try_from(instructions - 1).unwrap());
        code.push(Instruction::RepeatNext { count: slots[0], limit: slots[1], exit });
        code.extend([Instruction::Jump { label: Label(0) }, Instruction::End]);
        Arc::new(Image::new(code::bare(code), |_, _| None))
    }

    #[test]
    fn what_is_used_often_is_compiled_again_beside_the_runs() {
        let image = image(limits::NATIVE_SMALL + 1);
        image.native.tier().begin();
        image.native.compile(&image.program);
        for _ in 1..limits::NATIVE_USES {
            assert_eq!(image.native.code(&image).map(|code| code.version), Some(1));
        }
        assert!(!image.native.tier().is_hot, "not used often enough yet");
        let patience = Deadline::after(Duration::from_secs(30)).unwrap();
        while image.native.code(&image).is_none_or(|code| code.version < 2) {
            assert!(!patience.is_over(), "it never was compiled again");
            std::thread::yield_now();
        }
        assert_eq!(image.native.tier().care(&image.program), Care::Much);
    }

    #[test]
    fn an_item_that_often_was_no_number_is_taken_for_none_any_more() {
        let [list, item] = [Slot::local(0), Slot::local(1)];
        let code = vec![
            Instruction::ItemAt { to: item, list, place: 0 },
            Instruction::Add { to: item, a: item, b: item },
            Instruction::Jump { label: Label(0) },
        ];
        let image = Arc::new(Image::new(code::bare(code), |_, _| None));
        image.native.tier().begin();
        image.native.compile(&image.program);
        let mut state = State::before(&image, Limits::default());
        let base = state.base;
        state.slots[base] = state.heap.list(vec![Value::Bool(true)]).unwrap();
        let mut enter = |place| {
            let code = image.native.code(&image).unwrap();
            state.next = 0;
            state.enter(&image, &code, u64::MAX);
            assert_eq!((state.next, code.version), place);
        };
        for _ in 0..limits::NATIVE_SURPRISES {
            enter((0, 1));
        }
        // Now it goes to its slot, and adding finds that it is no number.
        enter((1, 2));
    }

    #[test]
    fn what_is_small_is_compiled_with_care_at_once() {
        let image = image(limits::NATIVE_SMALL);
        assert_eq!(image.native.tier().care(&image.program), Care::Much);
    }
}
