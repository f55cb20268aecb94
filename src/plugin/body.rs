//! A library's function as the body of a block.

use super::world::wit::Value as Crossing;
use super::world::{BlockLibrary, BlockLibraryPre};
use crate::clock::Deadline;
use crate::diag::say;
use crate::limits;
use crate::vm::builtins::Call;
use crate::vm::heap::Heap;
use crate::vm::{Allowance, Body, Fault, Value, json};
use std::sync::Arc;
use wasmtime::{Store, StoreLimits, StoreLimitsBuilder, Trap};

/// What an instance carries on our side: nothing but its limits.
pub(super) struct State {
    limits: StoreLimits,
}

/// One block of a library.
pub(super) struct Function {
    library: Arc<BlockLibraryPre<State>>,
    number: u32,
}

/// An instance that a run has in use.
struct Instance {
    store: Store<State>,
    exports: BlockLibrary,
}

/// A new instance that may take so many steps, until the deadline.
pub(super) fn start(
    library: &BlockLibraryPre<State>,
    steps: u64,
    deadline: Option<Deadline>,
) -> wasmtime::Result<(Store<State>, BlockLibrary)> {
    let limits = StoreLimitsBuilder::new()
        .memory_size(limits::LIBRARY_MEMORY)
        .trap_on_grow_failure(true)
        .build();
    let mut store = Store::new(library.engine(), State { limits });
    store.limiter(|state| &mut state.limits);
    allow(&mut store, steps, deadline)?;
    let exports = library.instantiate(&mut store)?;
    Ok((store, exports))
}

fn allow(
    store: &mut Store<State>,
    steps: u64,
    deadline: Option<Deadline>,
) -> wasmtime::Result<u64> {
    let fuel = steps.saturating_mul(limits::LIBRARY_WORK_OF_A_STEP);
    store.set_fuel(fuel)?;
    let ticks = deadline.map(|deadline| {
        let left = u64::try_from(deadline.left().as_millis()).unwrap_or(u64::MAX);
        left / limits::LIBRARY_TICK_MS + 1
    });
    // Without a deadline: a century, in ticks.
    store.set_epoch_deadline(ticks.unwrap_or(1 << 40));
    Ok(fuel)
}

impl Function {
    pub(super) fn new(library: Arc<BlockLibraryPre<State>>, number: u32) -> Self {
        Self { library, number }
    }

    /// Under what its instances are kept in a run: one for all blocks of the library.
    fn key(&self) -> u64 {
        Arc::as_ptr(&self.library) as usize as u64
    }
}

impl Body for Function {
    fn call(&self, call: &mut Call<'_>, allowance: &mut Allowance<'_>) -> Result<Value, Fault> {
        let mut inputs = Vec::with_capacity(call.args.len());
        for value in call.args {
            inputs.push(to_library(call.heap, *value)?);
        }
        let (steps, deadline) = (allowance.steps, allowance.deadline);
        let instance = allowance.kept.get_or_make(self.key(), || {
            let (store, exports) =
                start(&self.library, steps, deadline).map_err(|error| fault(&error))?;
            Ok(Instance { store, exports })
        })?;
        let store = &mut instance.store;
        let fuel = allow(store, steps, deadline).map_err(|error| fault(&error))?;
        let library = instance.exports.blockcast_blocks_library();
        let answer = library.call_call(&mut *store, self.number, &inputs);
        let used = fuel.saturating_sub(store.get_fuel().unwrap_or(0));
        allowance.steps = steps.saturating_sub(used / limits::LIBRARY_WORK_OF_A_STEP);
        match answer {
            Ok(Ok(value)) => from_library(call.heap, value),
            Ok(Err(message)) => {
                Err(Fault::new("library-error", message, say!("the library says this itself")))
            }
            Err(error) => {
                // What trapped can't be called again.
                allowance.kept.forget(self.key());
                Err(fault(&error))
            }
        }
    }
}

/// Why a library was stopped.
fn fault(error: &wasmtime::Error) -> Fault {
    match error.downcast_ref::<Trap>() {
        Some(Trap::OutOfFuel) => Fault::out_of_steps(),
        Some(Trap::Interrupt) => Fault::out_of_time(),
        Some(Trap::StackOverflow) => Fault::new(
            "call-limit",
            say!("the library's functions call one another too deep"),
            say!("give the block less, or mend the library"),
        ),
        Some(trap) => Fault::new(
            "library-trap",
            say!("the library failed: {trap}", trap),
            say!("look at what the block was given, or mend the library"),
        ),
        None => Fault::new(
            "library-trap",
            say!("the library failed: {trap}", trap = format!("{error:#}")),
            say!("look at what the block was given, or mend the library"),
        ),
    }
}

fn to_library(heap: &Heap, value: Value) -> Result<Crossing, Fault> {
    Ok(match value {
        Value::Undefined | Value::Null | Value::Hole => Crossing::Nothing,
        Value::Bool(value) => Crossing::Boolean(value),
        Value::Number(number) => Crossing::Number(number),
        Value::Date(ms) => Crossing::Date(ms),
        Value::Text(text) => {
            heap.charge(text.len());
            Crossing::Text(heap.str(text).into_owned())
        }
        Value::List(_) | Value::Object(_) => {
            Crossing::Json(json::to_json(heap, value)?.to_string())
        }
    })
}

fn from_library(heap: &mut Heap, value: Crossing) -> Result<Value, Fault> {
    Ok(match value {
        Crossing::Nothing => Value::Null,
        Crossing::Boolean(value) => Value::Bool(value),
        Crossing::Number(number) => Value::Number(number),
        Crossing::Date(ms) => Value::Date(ms),
        Crossing::Text(text) => heap.text(&text)?,
        Crossing::Json(text) => {
            let json = serde_json::from_str(&text).map_err(|error| {
                Fault::new(
                    "library-error",
                    say!("the library gave JSON that can't be read: {error}", error),
                    say!("mend the library"),
                )
            })?;
            json::from_json(heap, &json)?
        }
    })
}
