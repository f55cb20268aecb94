//! A compiled script as the body of a block.

use super::convert::{from_script, to_script};
use super::{FieldShape, Parameters};
use crate::clock::Deadline;
use crate::diag::{Sentence, say};
use crate::limits;
use crate::number::number_of_text;
use crate::vm::builtins::Call;
use crate::vm::{Allowance, Body, Fault, Value};
use rhai::{AST, Dynamic, Engine, EvalAltResult, Scope};
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// A script ready to run; shared by all runs.
#[derive(Debug)]
pub struct Script {
    engine: Arc<Engine>,
    tree: AST,
    parameters: Parameters,
}

/// What the script that runs on this thread may use, and what it has used.
#[derive(Clone, Copy, Default)]
struct Watched {
    steps: u64,
    used: u64,
    deadline: Option<Deadline>,
}

thread_local! {
    static WATCHED: Cell<Watched> = const { Cell::new(Watched { steps: 0, used: 0, deadline: None }) };
}

/// Why a script was ended from outside.
const STEPS: &str = "steps";
const TIME: &str = "time";
/// Operations between two looks at the clock.
const LOOK_EVERY: u64 = 1 << 6;

/// Called by the engine at each operation; a value ends the script.
pub(super) fn watch(operations: u64) -> Option<Dynamic> {
    let mut watched = WATCHED.get();
    watched.used = operations;
    WATCHED.set(watched);
    if operations > watched.steps {
        return Some(STEPS.into());
    }
    let looks = operations.is_multiple_of(LOOK_EVERY);
    (looks && watched.deadline.is_some_and(Deadline::is_over)).then(|| TIME.into())
}

impl Script {
    pub(super) fn new(engine: Arc<Engine>, tree: AST, parameters: Parameters) -> Self {
        Self { engine, tree, parameters }
    }

    fn scope(&self, call: &Call<'_>) -> Result<Scope<'static>, Fault> {
        let mut scope = Scope::new();
        for (index, name) in self.parameters.inputs.iter().enumerate() {
            scope.push_dynamic(name.as_str(), to_script(call.heap, call.arg(index))?);
        }
        for (index, name, shape) in &self.parameters.fields {
            let text = call.field(*index);
            let value = match shape {
                FieldShape::Text => text.into(),
                FieldShape::Number => number_of_text(text).into(),
                FieldShape::Checkbox => (text == "TRUE").into(),
            };
            scope.push_dynamic(name.as_str(), value);
        }
        Ok(scope)
    }
}

impl Body for Script {
    fn call(&self, call: &mut Call<'_>, allowance: &mut Allowance<'_>) -> Result<Value, Fault> {
        let mut scope = self.scope(call)?;
        let (steps, deadline) = (allowance.steps, allowance.deadline);
        WATCHED.set(Watched { steps, used: 0, deadline });
        // Rhai recurses on what a script nests, so it gets room that is known to be enough.
        let answer = stacker::maybe_grow(limits::SCRIPT_STACK, limits::RUN_THREAD_STACK, || {
            // A bug in the language must not take other runs with it.
            catch_unwind(AssertUnwindSafe(|| {
                let value = self.engine.eval_ast_with_scope::<Dynamic>(&mut scope, &self.tree);
                let value = value.map_err(|error| fault(&error))?;
                from_script(call.heap, value)
            }))
        });
        allowance.steps = steps.saturating_sub(WATCHED.get().used);
        answer.unwrap_or_else(|_| {
            Err(Fault::new(
                "script-error",
                say!("the script language failed at this script"),
                say!("write it another way, and report it, with the script"),
            ))
        })
    }
}

fn fault(error: &EvalAltResult) -> Fault {
    let position = error.position();
    let mut inner = error.unwrap_inner();
    while let EvalAltResult::ErrorInFunctionCall(_, _, error, _) = inner {
        inner = error;
    }
    let position = if inner.position().is_none() { position } else { inner.position() };
    // In front of what is wrong stands where.
    let placed = |what: Sentence| match (position.line(), position.position()) {
        (Some(line), Some(column)) => {
            say!("line {line}, column {column}: {what}", line, column, what)
        }
        (Some(line), None) => say!("line {line}: {what}", line, what),
        (None, _) => what,
    };
    let (code, what, hint): (_, Sentence, _) = match inner {
        EvalAltResult::ErrorTerminated(why, _) => {
            let is_time = why.clone().into_string().is_ok_and(|why| why == TIME);
            let mut fault = if is_time { Fault::out_of_time() } else { Fault::out_of_steps() };
            fault.message = placed(fault.message.clone());
            return fault;
        }
        // `throw "..."`: the script's own words.
        EvalAltResult::ErrorRuntime(thrown, _) => (
            "script-error",
            thrown.to_string().into(),
            say!("the script says this itself, with `throw`"),
        ),
        EvalAltResult::ErrorStackOverflow(_) => (
            "call-limit",
            say!("the script's functions call one another too deep"),
            say!("look for a function that calls itself without end"),
        ),
        EvalAltResult::ErrorDataTooLarge(what, _) => (
            "script-limit",
            say!("a value of the script grew too large ({kind})", kind = what.to_lowercase()),
            say!("keep less in one value, or look for one that grows without end"),
        ),
        EvalAltResult::ErrorTooManyVariables(_) => (
            "script-limit",
            say!("the script has more than {most} variables", most = limits::SCRIPT_VARIABLES_MAX),
            say!("keep values in a list or an object map"),
        ),
        EvalAltResult::ErrorFunctionNotFound(signature, _) if signature.contains(" (") => (
            "script-error",
            say!(
                "there is no `{signature}`",
                signature = signature.replace("f64", "number").replace("()", "nothing")
            ),
            say!("look at what the values are; an empty input is `()`"),
        ),
        EvalAltResult::ErrorIndexingType(..) | EvalAltResult::ErrorFor(_) => (
            "script-error",
            message(inner).into(),
            say!("a block's numbers are floating-point: write `n.to_int()` for a place or a range"),
        ),
        other => ("script-error", message(other).into(), say!("mend the script at this place")),
    };
    Fault::new(code, placed(what), hint)
}

/// The error's own words, without its place.
fn message(error: &EvalAltResult) -> String {
    let text = error.to_string();
    match text.rfind(" (line ") {
        Some(at) => text[..at].to_owned(),
        None => text,
    }
}
