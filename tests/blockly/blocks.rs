//! Single blocks as Blockly writes them down, and statements below one another.

use serde_json::{Map, Value as Json, json};

/// The variable that nothing is put into.
pub(super) const UNSET: &str = "unset";

/// Statements below one another.
pub(super) fn chain(statements: Vec<Json>) -> Json {
    statements
        .into_iter()
        .rev()
        .reduce(|below, mut above| {
            above["next"] = json!({"block": below});
            above
        })
        .unwrap_or(Json::Null)
}

/// The block that gives a value of `odd_values.json`.
///
/// # Panics
/// It names a number that there is none of.
pub(super) fn block_of(value: &Json) -> Json {
    match value {
        Json::Null => null(),
        Json::Bool(truth) => {
            let option = if *truth { "TRUE" } else { "FALSE" };
            json!({"type": "logic_boolean", "fields": {"BOOL": option}})
        }
        Json::Number(number) => json!({"type": "math_number", "fields": {"NUM": number}}),
        Json::String(text) => json!({"type": "text", "fields": {"TEXT": text}}),
        Json::Array(items) => list(items.iter().map(block_of).collect()),
        Json::Object(special) => match special.get("number").and_then(Json::as_str) {
            Some("-0") => single("NEG", &block_of(&json!(0))),
            Some("NaN") => single("ROOT", &block_of(&json!(-1))),
            Some("Infinity") => infinity(),
            Some("-Infinity") => single("NEG", &infinity()),
            Some(other) => panic!("odd_values.json: there is no number `{other}`"),
            None => get(UNSET),
        },
    }
}

pub(super) fn null() -> Json {
    json!({"type": "logic_null"})
}

fn infinity() -> Json {
    json!({"type": "math_constant", "fields": {"CONSTANT": "INFINITY"}})
}

fn single(op: &str, of: &Json) -> Json {
    json!({"type": "math_single", "fields": {"OP": op}, "inputs": {"NUM": {"block": of}}})
}

/// A sum or quotient: shows of what type a value is, and which zero.
pub(super) fn calculated(op: &str, a: &Json, b: &Json) -> Json {
    json!({
        "type": "math_arithmetic",
        "fields": {"OP": op},
        "inputs": {"A": {"block": a}, "B": {"block": b}},
    })
}

pub(super) fn list(items: Vec<Json>) -> Json {
    let count = items.len();
    let inputs: Map<String, Json> = (0..)
        .zip(items)
        .map(|(n, item): (usize, Json)| (format!("ADD{n}"), json!({"block": item})))
        .collect();
    json!({"type": "lists_create_with", "extraState": {"itemCount": count}, "inputs": inputs})
}

pub(super) fn set(variable: &str, value: &Json) -> Json {
    json!({
        "type": "variables_set",
        "fields": {"VAR": {"id": variable}},
        "inputs": {"VALUE": {"block": value}},
    })
}

pub(super) fn get(variable: &str) -> Json {
    json!({"type": "variables_get", "fields": {"VAR": {"id": variable}}})
}

pub(super) fn first_of(variable: &str) -> Json {
    json!({
        "type": "lists_getIndex",
        "fields": {"MODE": "GET", "WHERE": "FIRST"},
        "inputs": {"VALUE": {"block": get(variable)}},
    })
}

pub(super) fn print(value: &Json) -> Json {
    json!({"type": "text_print", "inputs": {"TEXT": {"block": value}}})
}
