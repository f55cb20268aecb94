//! What one entry of `blocks/*.json` says, once it has been read and checked.
//!
//! Source for the Blockly half: Blockly's JSON block definitions.

use super::documentation::Docs;

/// A block type: its look, what it takes, what runs it.
#[derive(Clone, Debug)]
pub struct Definition {
    /// The type's name, as workspaces have it.
    pub name: String,
    /// The category it stands in.
    pub category: String,
    /// Fields and sockets, in the order of the block's messages.
    pub arguments: Vec<Argument>,
    /// How it connects.
    pub shape: Shape,
    /// How extra state changes its shape.
    pub mutation: Option<Mutation>,
    /// Field values that turn a value block into a statement.
    pub statement_when: Option<When>,
    /// The function or instruction that runs it; the type's own name when not said.
    pub function: String,
    /// What that function is written in.
    pub runner: Runner,
    /// What it does to the outside.
    pub effects: Vec<String>,
    /// For hats: the events that start the stack below.
    pub event: Option<EventHat>,
    /// What it does, for its author.
    pub doc: String,
    /// What else its page tells.
    pub docs: Docs,
}

impl Definition {
    /// What is said of the socket `name`; of a repeated one (`ADD7`) what is said of
    /// the first (`ADD0`), and of `ELSE` what is said of `DO0`.
    pub fn socket(&self, name: &str) -> Option<&Socket> {
        let stem = name.trim_end_matches(|c: char| c.is_ascii_digit());
        let stem = if stem == "ELSE" { "DO" } else { stem };
        let exact = self.sockets().find(|socket| socket.name == name);
        exact.or_else(|| self.sockets().find(|socket| socket.name.strip_suffix('0') == Some(stem)))
    }

    /// The names of a block's inputs and fields, in order, repeated ones once.
    pub fn arguments_told(&self) -> Vec<String> {
        let all: Vec<&str> = self
            .arguments
            .iter()
            .map(|argument| match argument {
                Argument::Field(field) => field.name.as_str(),
                Argument::Socket(socket) => socket.name.as_str(),
            })
            .collect();
        let repeats = |name: &str| {
            let stem = name.trim_end_matches(|c: char| c.is_ascii_digit());
            let first = format!("{stem}0");
            stem.len() < name.len() && name != first && all.contains(&first.as_str())
        };
        let mut told: Vec<String> =
            all.iter().filter(|name| !repeats(name)).map(|name| (*name).to_owned()).collect();
        match self.mutation {
            Some(Mutation::If) => told.push("ELSE".to_owned()),
            Some(Mutation::ProcedureCall) => told.push("ARG0".to_owned()),
            _ => {}
        }
        told
    }

    /// Value and statement sockets, in order.
    pub fn sockets(&self) -> impl Iterator<Item = &Socket> {
        self.arguments.iter().filter_map(|argument| match argument {
            Argument::Socket(socket) => Some(socket),
            Argument::Field(_) => None,
        })
    }

    /// Fields, in order.
    pub fn fields(&self) -> impl Iterator<Item = &Field> + Clone {
        self.arguments.iter().filter_map(|argument| match argument {
            Argument::Field(field) => Some(field),
            Argument::Socket(_) => None,
        })
    }
}

/// What a block's function is written in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Runner {
    /// Rust, in blockcast itself; or it is compiled to instructions.
    Builtin,
    /// Rhai, the same for all blocks of the type: the script.
    Script(String),
    /// Rhai, on each block: the name of the field with the script.
    ScriptField(String),
    /// WebAssembly, in a library beside the definition.
    Wasm,
}

/// Something in a block's messages that holds a value.
#[derive(Clone, Debug)]
pub enum Argument {
    /// Edited on the block itself.
    Field(Field),
    /// Where other blocks go.
    Socket(Socket),
}

/// A field.
#[derive(Clone, Debug)]
pub struct Field {
    /// Its name in a block's `fields`.
    pub name: String,
    /// What it holds.
    pub kind: FieldKind,
}

/// What a field holds.
#[derive(Clone, Debug, PartialEq)]
pub enum FieldKind {
    /// Any text, with the text a new block has.
    Text(String),
    /// A number, with the number a new block has.
    Number(f64),
    /// One of these, by what is stored; the first is a new block's.
    Dropdown(Vec<String>),
    /// `TRUE` or `FALSE`; whether a new block's is checked.
    Checkbox(bool),
    /// A variable.
    Variable,
}

/// A value or statement input.
#[derive(Clone, Debug)]
pub struct Socket {
    /// Its name in a block's `inputs`.
    pub name: String,
    /// Whether it holds a stack of statements instead of a value.
    pub statement: bool,
    /// Types it takes; `None` for any.
    pub check: Check,
    /// The value it has when nothing is in it, as JSON; `None` for undefined.
    pub default: Option<serde_json::Value>,
    /// The field values for which it exists.
    pub when: Option<When>,
}

/// Types that may be plugged together; `None` for any.
///
/// Source: Blockly's connection checks: two fit when either is any or they share a name.
pub type Check = Option<Vec<String>>;

/// A condition on a field of the same block.
#[derive(Clone, Debug)]
pub struct When {
    /// The field's name.
    pub field: String,
    /// Its values for which the condition holds.
    pub values: Vec<String>,
}

/// How a block connects.
#[derive(Clone, Debug, Default)]
pub struct Shape {
    /// Set for a value block.
    pub output: Option<Check>,
    /// Set when another statement can stand above.
    pub previous: Option<Check>,
    /// Set when another statement can stand below.
    pub next: Option<Check>,
}

/// How a block's extra state changes its shape. Source: Blockly's mutators.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mutation {
    /// `elseIfCount`, `hasElse`: IF0, DO0, IF1, ..., ELSE.
    If,
    /// `itemCount`: `<input>0`, `<input>1`, ..., this many without extra state.
    Items {
        /// The sockets' name without the number.
        input: String,
        /// Sockets of a block without extra state.
        count: u32,
    },
    /// `itemCount` pairs of a field `KEY<n>` and a socket `VALUE<n>`.
    Pairs {
        /// Pairs of a block without extra state.
        count: u32,
    },
    /// `params`, `hasStatements`.
    ProcedureDefinition,
    /// `name`, `params`: sockets ARG0, ARG1, ...
    ProcedureCall,
    /// Whether there is a socket VALUE depends on the definition around it.
    IfReturn,
    /// `returnResult`: a value block when true, else a statement.
    ReturnResult,
}

/// The events that a hat block waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventHat {
    /// The event's `type`.
    pub kind: String,
    /// The fields that hold the event's `name`, which are joined by a space; without any,
    /// every name will do.
    pub name_fields: Vec<String>,
}
