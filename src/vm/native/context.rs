//! What machine code and the machine know of one another while it runs: one struct, and
//! the functions that it calls.

use super::super::coerce;
use super::super::heap::layout::{CELL_BYTES_OF_CODE, ListLayout, list_layout};
use super::super::image::Image;
use super::super::state::{Frame, State};
use super::super::value::Value;
use crate::number;
use crate::program::Instruction;

/// The state of a run while machine code has it. Machine code knows the places of its fields.
#[repr(C)]
pub(super) struct Context {
    /// The first slot.
    pub(super) slots: *mut Value,
    /// Behind the last slot in which machine code's frames may lie.
    pub(super) slots_end: *mut Value,
    /// The heap's cells.
    pub(super) cells: *mut u8,
    pub(super) steps: u64,
    /// From so many steps on the interpreter looks up.
    pub(super) pause: u64,
    /// Machine code that has taken the thread's stack down to here calls no other, if it looks.
    pub(super) stack_min: u64,
    /// Where the interpreter goes on.
    pub(super) next: u64,
    /// Where the frame that runs begins.
    pub(super) base: *mut Value,
    /// A [`Blame`](super::blame::Blame), by its code.
    pub(super) blame: u64,
    /// The contents of the value that a unit gave.
    pub(super) given: u64,
    /// What registers hold where the unit is entered.
    pub(super) held: *const u64,
    pub(super) run: *mut State,
    pub(super) image: *const Image,
    /// For each instruction the slots of its frame.
    pub(super) frames: *const u32,
    /// Calls that were open when machine code was left, the innermost first.
    pub(super) unwound: Vec<Frame>,
}

/// Addresses of our functions, and where things are in our structs.
pub(super) struct Addresses {
    pub(super) instruction: i64,
    pub(super) unwind: i64,
    pub(super) truth: i64,
    pub(super) power: i64,
    pub(super) remainder: i64,
    pub(super) cell_bytes: i64,
    pub(super) list: ListLayout,
}

impl Addresses {
    /// None where lists don't lie in memory as is expected.
    pub(super) fn find() -> Option<Self> {
        let address = |function: *const ()| function.addr().cast_signed() as i64;
        Some(Self {
            instruction: address(instruction as *const ()),
            unwind: address(unwind as *const ()),
            truth: address(truth as *const ()),
            power: address(power as *const ()),
            remainder: address(remainder as *const ()),
            cell_bytes: CELL_BYTES_OF_CODE,
            list: list_layout()?,
        })
    }
}

/// Does one instruction as the interpreter does, and gives the steps taken then; -1 when
/// the interpreter must do it itself, since it asks for something or fails.
///
/// # Safety
/// `context` is the one of the run, whose state nobody else has.
#[expect(unsafe_code, reason = "called by machine code with the run's own context")]
unsafe extern "C" fn instruction(
    context: *mut Context,
    at: usize,
    base: *mut Value,
    steps: u64,
) -> i64 {
    // SAFETY: the caller's promise; no other reference to these is alive while machine code
    // runs.
    let (context, run, image, base, frame) = unsafe {
        let (run, image) = (&mut *(*context).run, &*(*context).image);
        let base = base.offset_from((*context).slots).unsigned_abs();
        let frame = *(*context).frames.add(at);
        (&mut *context, run, image, base, frame)
    };
    run.next = at;
    run.base = base;
    run.top = base + frame as usize;
    run.steps = steps;
    let done = run.one(image).is_ok();
    context.cells = run.heap.cells();
    if !done {
        return -1;
    }
    context.next = run.next as u64;
    i64::try_from(run.steps).unwrap_or(i64::MAX)
}

/// Keeps the frame of a caller whose call was left for the interpreter.
///
/// # Safety
/// As for [`instruction`]; `at` is a call.
#[expect(unsafe_code, reason = "called by machine code with the run's own context")]
unsafe extern "C" fn unwind(context: *mut Context, at: usize, base: *mut Value) {
    // SAFETY: the caller's promise.
    let (context, image, base, frame) = unsafe {
        let image = &*(*context).image;
        let base = base.offset_from((*context).slots).unsigned_abs();
        let frame = *(*context).frames.add(at);
        (&mut *context, image, base, frame)
    };
    if let Instruction::Call { to, .. } = image.program.code[at] {
        let back = u32::try_from(at + 1).unwrap_or(u32::MAX);
        context.unwound.push(Frame { back, base, top: base + frame as usize, to });
    }
}

/// Whether a value counts as true.
///
/// # Safety
/// `value` is one of the run's slots.
#[expect(unsafe_code, reason = "called by machine code with one of the run's slots")]
unsafe extern "C" fn truth(value: *const Value) -> u8 {
    // SAFETY: the caller's promise.
    u8::from(coerce::truthy(unsafe { *value }))
}

extern "C" fn power(base: f64, exponent: f64) -> f64 {
    number::power(base, exponent)
}

extern "C" fn remainder(a: f64, b: f64) -> f64 {
    coerce::remainder(a, b)
}
