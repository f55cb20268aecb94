//! The one Rhai engine: which functions there are, which bounds hold.

use super::body::{Script, watch};
use super::{Parameters, ScriptError};
use crate::limits;
use crate::number::number_text;
use rhai::packages::{
    ArithmeticPackage, BasicArrayPackage, BasicFnPackage, BasicIteratorPackage, BasicMapPackage,
    BasicMathPackage, BasicStringPackage, LogicPackage, MoreStringPackage, Package,
};
use rhai::{Dynamic, Engine, ImmutableString, Scope};
use std::sync::{Arc, OnceLock};

/// Compiles scripts.
#[derive(Debug, Default)]
pub struct Scripts {
    /// Made with the first script: many flows have none.
    engine: OnceLock<Arc<Engine>>,
}

impl Scripts {
    /// Compiles a script that sees these parameters.
    ///
    /// # Errors
    /// It isn't Rhai, or names a variable that isn't there.
    pub fn compile(&self, source: &str, parameters: Parameters) -> Result<Script, ScriptError> {
        if source.len() > limits::SCRIPT_BYTES_MAX {
            let (bytes, bytes_max) = (source.len(), limits::SCRIPT_BYTES_MAX);
            let message = format!("it has {bytes} bytes; scripts have at most {bytes_max}");
            return Err(ScriptError { message });
        }
        let mut scope = Scope::new();
        let fields = parameters.fields.iter().map(|(_, name, _)| name);
        for name in parameters.inputs.iter().chain(fields) {
            scope.push_dynamic(name.as_str(), Dynamic::UNIT);
        }
        let engine = self.engine.get_or_init(|| Arc::new(engine()));
        let tree = engine.compile_with_scope(&scope, source).map_err(|error| {
            let message = match error.position().line() {
                Some(line) => {
                    let column = error.position().position().unwrap_or(1);
                    format!(
                        "line {line}, column {column}: {}",
                        plain(&error.err_type().to_string())
                    )
                }
                None => plain(&error.err_type().to_string()),
            };
            ScriptError { message }
        })?;
        Ok(Script::new(Arc::clone(engine), tree, parameters))
    }
}

/// As the rest of the project writes messages: lower case, no final period.
fn plain(message: &str) -> String {
    let message = message.trim_end_matches('.');
    let mut letters = message.chars();
    match letters.next() {
        Some(first) if letters.clone().next().is_some_and(char::is_lowercase) => {
            first.to_lowercase().chain(letters).collect()
        }
        _ => message.to_owned(),
    }
}

fn engine() -> Engine {
    // Raw: without output and without what the standard package brings. `sleep` and `exit`
    // are in the language's core package, which is left out for that reason.
    let mut engine = Engine::new_raw();
    ArithmeticPackage::new().register_into_engine(&mut engine);
    LogicPackage::new().register_into_engine(&mut engine);
    BasicMathPackage::new().register_into_engine(&mut engine);
    BasicStringPackage::new().register_into_engine(&mut engine);
    MoreStringPackage::new().register_into_engine(&mut engine);
    BasicIteratorPackage::new().register_into_engine(&mut engine);
    BasicArrayPackage::new().register_into_engine(&mut engine);
    BasicMapPackage::new().register_into_engine(&mut engine);
    BasicFnPackage::new().register_into_engine(&mut engine);
    // Numbers are shown as blocks show them: 1, not 1.0.
    engine
        .register_fn("to_string", number_text)
        .register_fn("print", number_text)
        .register_fn("+", |text: ImmutableString, number: f64| text + number_text(number))
        .register_fn("+", |number: f64, text: ImmutableString| {
            format!("{}{text}", number_text(number))
        })
        .register_fn("+=", |text: &mut ImmutableString, number: f64| *text += number_text(number));
    engine
        .disable_symbol("eval")
        .disable_symbol("print")
        .disable_symbol("debug")
        .set_strict_variables(true)
        .set_max_strings_interned(64)
        .set_max_string_size(limits::SCRIPT_TEXT_BYTES_MAX)
        .set_max_array_size(limits::SCRIPT_ITEMS_MAX)
        .set_max_map_size(limits::SCRIPT_ITEMS_MAX)
        .set_max_variables(limits::SCRIPT_VARIABLES_MAX)
        .set_max_functions(limits::SCRIPT_FUNCTIONS_MAX)
        .set_max_call_levels(limits::SCRIPT_CALLS_MAX)
        .set_max_expr_depths(limits::SCRIPT_NESTING_MAX, limits::SCRIPT_NESTING_MAX);
    engine.on_progress(watch);
    engine
}
