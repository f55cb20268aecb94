//! The shape of a block file and of its words in other languages, as editors are told it by
//! `schemas/block.schema.json` and `schemas/words.schema.json`.
//!
//! Block files are read by [`load`](super::load), which knows where everything stands.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value as Json};
use std::collections::BTreeMap;

/// A file of block definitions: one category of the palette.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct BlockFile {
    /// The category; several files may name the same.
    pub category: CategoryFile,
    /// The blocks, in palette order.
    pub blocks: Vec<BlockEntry>,
}

/// A category of the palette.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct CategoryFile {
    /// What the author sees.
    pub name: String,
    /// `#rrggbb`.
    pub colour: String,
}

/// What stands on blocks in another language: the file `words/LANGUAGE.json` (`de`, `es`, `uk` or
/// `zh`) beside the block files. What it doesn't say stays English.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct WordsFile {
    /// Names of categories, by their names in English.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub categories: Option<BTreeMap<String, String>>,
    /// The words of blocks, by type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blocks: Option<BTreeMap<String, WordsEntry>>,
}

/// The words of a block.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct WordsEntry {
    /// What it says when the pointer rests on it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tooltip: Option<String>,
    /// Labels of dropdowns: by field, by value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub options: Option<BTreeMap<String, BTreeMap<String, String>>>,
    /// What a new block has in its text fields, its variables and its shadow texts: by field or
    /// input.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub texts: Option<BTreeMap<String, String>>,
    /// `message0`, `message1`, ...: with the same places (`%1`) as in English, in any order.
    #[serde(flatten)]
    pub messages: BTreeMap<String, String>,
}

/// A block: Blockly's JSON definition and the `blockcast` object.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct BlockEntry {
    /// Its type, unique among all blocks.
    #[serde(rename = "type")]
    pub kind: String,
    /// What blockcast needs to know beside Blockly.
    pub blockcast: OwnKeys,
    /// Blockly's own keys: `message0`, `args0`, `output`, `previousStatement`, ...
    #[serde(flatten)]
    pub blockly: Map<String, Json>,
}

/// The `blockcast` object of a definition.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(deny_unknown_fields)]
pub struct OwnKeys {
    /// What runs it: `builtin`, `script` (Rhai) or `wasm` (a library of this folder).
    pub run: String,
    /// The function that runs it; the block's type when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub function: Option<String>,
    /// For `script`: its text, or a list of its lines. Inputs and fields are variables, by
    /// their names in small letters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub script: Option<Json>,
    /// For `script`, instead: the field that holds each block's own script.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub script_field: Option<String>,
    /// Blockly has a block of this type, whose look the editor keeps.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub core: Option<bool>,
    /// What it does to the outside: `print`, `prompt`, `random`, `time`, `publish`,
    /// `status`, `cancel`, `respond`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub effects: Option<Vec<String>>,
    /// Its inputs by name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inputs: Option<BTreeMap<String, InputKeys>>,
    /// How `extraState` changes its shape: `kind` and what belongs to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mutation: Option<Map<String, Json>>,
    /// Field values that turn a value block into a statement.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub statement_when: Option<BTreeMap<String, Vec<String>>>,
    /// For hats: `type` of the event, and `nameField`, the field with its name (or a list of
    /// fields, whose texts are joined by a space).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event: Option<Map<String, Json>>,
    /// What it does, for its author.
    pub doc: String,
    /// Other words that authors look for it by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub synonyms: Option<Vec<String>>,
    /// A sentence for each input and field, by name; of repeated ones (`ADD0`, `ADD1`) for
    /// the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub arguments: Option<IndexMap<String, String>>,
    /// What its value is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result: Option<String>,
    /// The errors that end a run at it, by code: when they do. Not the run's limits, which any
    /// block can reach.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub errors: Option<IndexMap<String, String>>,
    /// Where it differs from the JavaScript that Blockly generates for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub differs: Option<String>,
    /// Blocks that show it, and what comes of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub example: Option<ExampleKeys>,
}

/// An example. What comes of it is one of `gives`, `prints`, `publishes` and `responds`.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ExampleKeys {
    /// Blocks, one below the other, as `{"type", "fields", "inputs", "extraState"}`. In a socket
    /// a block stands without `block` around it; a number, text, true, false, null, list or
    /// object stands for the block that makes it, a list in a socket for statements for blocks
    /// below one another. Variables go by their names.
    pub blocks: Vec<Json>,
    /// The event that comes in, as in an event file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event: Option<Map<String, Json>>,
    /// The block's value, or what the flow answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gives: Option<Json>,
    /// The lines that are printed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prints: Option<Vec<String>>,
    /// The messages that are published, each `{channel, body}`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub publishes: Option<Vec<Map<String, Json>>>,
    /// What is answered to an HTTP request: `{status, headers, body}`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub responds: Option<Map<String, Json>>,
}

/// What is said of an input.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct InputKeys {
    /// The value it has when nothing is in it; without one it is not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default: Option<Json>,
    /// The shadow block in the palette, as Blockly saves it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shadow: Option<Map<String, Json>>,
    /// Field values for which it exists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub when: Option<BTreeMap<String, Vec<String>>>,
}
