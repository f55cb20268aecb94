//! The functions of the logic blocks that are no instructions.

use super::{Builtin, Call};
use crate::vm::fault::Interrupt;
use crate::vm::value::Value;

pub(super) const FUNCTIONS: &[(&str, Builtin)] =
    &[("logic_is_nothing", logic_is_nothing), ("logic_type_of", logic_type_of)];

#[expect(clippy::unnecessary_wraps, reason = "what functions answer")]
fn logic_is_nothing(call: &mut Call<'_>) -> Result<Value, Interrupt> {
    Ok(Value::Bool(matches!(call.arg(0).filled(), Value::Undefined | Value::Null)))
}

fn logic_type_of(call: &mut Call<'_>) -> Result<Value, Interrupt> {
    let name = match call.arg(0) {
        Value::Undefined | Value::Hole => "undefined",
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::Date(_) => "date",
        Value::Text(_) => "text",
        Value::List(_) => "list",
        Value::Object(_) => "object",
    };
    Ok(call.heap.text(name)?)
}
