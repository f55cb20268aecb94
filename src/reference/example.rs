//! An example in full: Blockly's JSON of the short form that definition files have.

use crate::block::{Definition, Definitions, Example, FieldKind, Mutation, Outcome};
use serde_json::{Map, Value as Json, json};

/// The flow that an example stands for, ready to run: its value is what the flow answers.
pub fn flow(definitions: &Definitions, example: &Example) -> Json {
    let mut full = Full { definitions, variables: Vec::new() };
    let blocks: Vec<Json> = example.blocks.iter().map(|block| full.block(block)).collect();
    let gives = matches!(example.outcome, Outcome::Gives(_));
    let mut stacks: Vec<Vec<Json>> = Vec::new();
    for block in blocks {
        let is_value = gives && full.is_value(&block);
        let below = full.shape(&block, |kind| kind.shape.previous.is_some()) || is_value;
        let answer = json!({"type": "trigger_result", "inputs": {"VALUE": {"block": block}}});
        let block = if is_value { answer } else { block };
        match stacks.last_mut() {
            Some(stack) if below => stack.push(block),
            _ => stacks.push(vec![block]),
        }
    }
    let tops: Vec<Json> = stacks.into_iter().filter_map(joined).collect();
    let variables: Vec<Json> =
        full.variables.iter().map(|name| json!({"name": name, "id": name})).collect();
    json!({
        "workspace": {
            "blocks": {"languageVersion": 0, "blocks": tops},
            "variables": variables,
        }
    })
}

/// The example's blocks in full, one below the other, for showing them.
pub(super) fn blocks(definitions: &Definitions, example: &Example) -> Vec<Json> {
    let mut full = Full { definitions, variables: Vec::new() };
    example.blocks.iter().map(|block| full.block(block)).collect()
}

/// Statements below one another, each inside of the one above.
fn joined(blocks: Vec<Json>) -> Option<Json> {
    let mut below: Option<Json> = None;
    for mut block in blocks.into_iter().rev() {
        if let Some(next) = below.take() {
            block["next"] = json!({"block": next});
        }
        below = Some(block);
    }
    below
}

struct Full<'d> {
    definitions: &'d Definitions,
    /// Names of variables that were met; their ids are the same.
    variables: Vec<String>,
}

impl Full<'_> {
    fn shape(&self, block: &Json, says: impl Fn(&Definition) -> bool) -> bool {
        self.definitions.get(kind(block)).is_some_and(says)
    }

    fn is_value(&self, block: &Json) -> bool {
        block["extraState"]["returnResult"] == true
            || self.shape(block, |kind| kind.shape.output.is_some())
    }

    fn variable(&mut self, name: &str) {
        if !self.variables.iter().any(|known| known == name) {
            self.variables.push(name.to_owned());
        }
    }

    /// A block, or what stands for one.
    fn block(&mut self, short: &Json) -> Json {
        match short {
            Json::Number(number) => json!({"type": "math_number", "fields": {"NUM": number}}),
            Json::String(text) => json!({"type": "text", "fields": {"TEXT": text}}),
            Json::Bool(value) => {
                let value = if *value { "TRUE" } else { "FALSE" };
                json!({"type": "logic_boolean", "fields": {"BOOL": value}})
            }
            Json::Null => json!({"type": "logic_null"}),
            Json::Array(items) if items.is_empty() => json!({"type": "lists_create_empty"}),
            Json::Array(items) => {
                let inputs: Map<String, Json> = items
                    .iter()
                    .enumerate()
                    .map(|(n, item)| (format!("ADD{n}"), json!({"block": self.block(item)})))
                    .collect();
                let count = items.len();
                json!({
                    "type": "lists_create_with",
                    "extraState": {"itemCount": count},
                    "inputs": inputs
                })
            }
            Json::Object(entries) if entries.contains_key("type") => self.written(short),
            Json::Object(entries) => {
                let (mut fields, mut inputs) = (Map::new(), Map::new());
                for (n, (key, value)) in entries.iter().enumerate() {
                    fields.insert(format!("KEY{n}"), key.as_str().into());
                    inputs.insert(format!("VALUE{n}"), json!({"block": self.block(value)}));
                }
                let count = entries.len();
                json!({
                    "type": "objects_create",
                    "extraState": {"itemCount": count},
                    "fields": fields,
                    "inputs": inputs
                })
            }
        }
    }

    /// A block with its type.
    fn written(&mut self, short: &Json) -> Json {
        let definition = self.definitions.get(kind(short));
        let mut block = json!({"type": kind(short)});
        let is_variable = |name: &str| {
            let mut fields = definition.into_iter().flat_map(Definition::fields);
            fields.any(|field| field.name == name && field.kind == FieldKind::Variable)
        };
        for (name, value) in short["fields"].as_object().into_iter().flatten() {
            block["fields"][name] = match value.as_str().filter(|_| is_variable(name)) {
                Some(variable) => {
                    self.variable(variable);
                    json!({"id": variable})
                }
                None => value.clone(),
            };
        }
        for (name, value) in short["inputs"].as_object().into_iter().flatten() {
            let is_stack =
                definition.and_then(|kind| kind.socket(name)).is_some_and(|s| s.statement);
            let inner = match value.as_array().filter(|_| is_stack) {
                Some(stack) => joined(stack.iter().map(|short| self.block(short)).collect()),
                None => Some(self.block(value)),
            };
            if let Some(inner) = inner {
                block["inputs"][name] = json!({"block": inner});
            }
        }
        for parameter in short["extraState"]["params"].as_array().into_iter().flatten() {
            if let Some(id) = parameter["id"].as_str() {
                self.variable(id);
            }
        }
        let extra = short.get("extraState").cloned().or_else(|| counted(definition?, short));
        if let Some(extra) = extra {
            block["extraState"] = extra;
        }
        block
    }
}

fn kind(block: &Json) -> &str {
    block["type"].as_str().unwrap_or_default()
}

/// The extra state of a block that has as many sockets as there are inputs.
fn counted(definition: &Definition, short: &Json) -> Option<Json> {
    let inputs = short["inputs"].as_object()?;
    let count = |stem: &str| {
        inputs.keys().filter(|name| name.strip_prefix(stem).is_some_and(is_number)).count()
    };
    match definition.mutation.as_ref()? {
        Mutation::Items { input, .. } => Some(json!({"itemCount": count(input)})),
        Mutation::Pairs { .. } => Some(json!({"itemCount": count("VALUE")})),
        Mutation::If => {
            let has_else = inputs.contains_key("ELSE");
            Some(json!({"elseIfCount": count("IF").saturating_sub(1), "hasElse": has_else}))
        }
        _ => None,
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}
