//! What a library says of its blocks, as a definition file.

use super::world::wit::{Block, Description, Kind, Value};
use crate::limits;
use serde_json::{Map, Value as Json, json};

/// The definition file, and the blocks' functions in order.
///
/// # Errors
/// Too many blocks. Whatever else is wrong is found when the file is read as any other.
pub(super) fn describe(description: &Description) -> Result<(String, Vec<String>), String> {
    if description.blocks.len() > limits::LIBRARY_BLOCKS_MAX {
        let (count, most) = (description.blocks.len(), limits::LIBRARY_BLOCKS_MAX);
        return Err(format!("the library has {count} blocks, more than {most}"));
    }
    let functions = description.blocks.iter().map(|block| function(&block.name)).collect();
    let blocks: Vec<Json> = description.blocks.iter().map(block).collect();
    let file = json!({
        "category": {"name": description.category, "colour": description.colour},
        "blocks": blocks,
    });
    Ok((format!("{file:#}"), functions))
}

/// Told apart from built-in functions by the colon, which no Rust name has.
fn function(name: &str) -> String {
    format!("wasm:{name}")
}

fn block(block: &Block) -> Json {
    let (mut args, mut inputs) = (Vec::new(), Map::new());
    for input in &block.inputs {
        let mut arg = json!({"type": "input_value", "name": input.name});
        if let Some(check) = check(input.kind) {
            arg["check"] = check.into();
        }
        args.push(arg);
        let mut own = Map::new();
        own.insert("default".into(), value(&input.default));
        if let Some(shadow) = shadow(&input.default) {
            own.insert("shadow".into(), shadow);
        }
        inputs.insert(input.name.clone(), own.into());
    }
    let mut entry = json!({
        "type": block.name,
        "message0": block.message,
        "args0": args,
        "inputsInline": true,
        "tooltip": block.doc,
        "blockcast": {
            "run": "wasm",
            "function": function(&block.name),
            "inputs": inputs,
            "doc": block.doc,
        },
    });
    if let Some(output) = block.output {
        entry["output"] = check(output).map_or(Json::Null, Json::from);
    } else {
        entry["previousStatement"] = Json::Null;
        entry["nextStatement"] = Json::Null;
    }
    entry
}

/// A kind as Blockly's connection checks name it; none for any.
fn check(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::Any => None,
        Kind::Boolean => Some("Boolean"),
        Kind::Number => Some("Number"),
        Kind::Text => Some("String"),
        Kind::List => Some("Array"),
        Kind::Object => Some("Object"),
        Kind::Date => Some("Date"),
    }
}

/// A default as a definition file has it. What is no JSON is null.
fn value(value: &Value) -> Json {
    match value {
        Value::Nothing => Json::Null,
        Value::Boolean(value) => (*value).into(),
        Value::Number(number) | Value::Date(number) => crate::vm::json::number_to_json(*number),
        Value::Text(text) => text.as_str().into(),
        Value::Json(text) => serde_json::from_str(text).unwrap_or(Json::Null),
    }
}

/// The block that a new block has in a socket with this default.
fn shadow(value: &Value) -> Option<Json> {
    Some(match value {
        Value::Number(number) => json!({"type": "math_number", "fields": {"NUM": number}}),
        Value::Text(text) => json!({"type": "text", "fields": {"TEXT": text}}),
        Value::Boolean(value) => {
            let value = if *value { "TRUE" } else { "FALSE" };
            json!({"type": "logic_boolean", "fields": {"BOOL": value}})
        }
        Value::Nothing | Value::Date(_) | Value::Json(_) => return None,
    })
}
