//! Script blocks: bodies written in Rhai.
//!
//! A script sees the block's inputs and fields as variables and gives a value. It has no
//! file, no network, no clock and no output, and nothing of another run. What it may use
//! is bounded by the run and by [`limits`](crate::limits).

mod body;
mod convert;
mod engine;
#[cfg(test)]
mod tests;

pub use body::Script;
pub use engine::Scripts;

use crate::block::{Argument, Definition, FieldKind};

/// A script that can't be compiled.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ScriptError {
    /// What is wrong, with its line and column in the script.
    pub message: String,
}

/// What a script sees of a block: the names of its variables, inputs first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameters {
    inputs: Vec<String>,
    fields: Vec<(usize, String, FieldShape)>,
}

/// What a field's text means to a script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum FieldShape {
    Text,
    Number,
    Checkbox,
}

impl Parameters {
    /// The inputs and fields of a block type, by their names in small letters. Its own
    /// script and variable fields are left out.
    pub fn of(definition: &Definition, script_field: Option<&str>) -> Self {
        let sockets = definition.sockets().filter(|socket| !socket.statement);
        let fields = definition.fields().enumerate().filter_map(|(index, field)| {
            let shape = match field.kind {
                FieldKind::Number(_) => FieldShape::Number,
                FieldKind::Checkbox(_) => FieldShape::Checkbox,
                FieldKind::Text(_) | FieldKind::Dropdown(_) => FieldShape::Text,
                FieldKind::Variable => return None,
            };
            (Some(field.name.as_str()) != script_field)
                .then(|| (index, field.name.to_lowercase(), shape))
        });
        Self {
            inputs: sockets.map(|socket| socket.name.to_lowercase()).collect(),
            fields: fields.collect(),
        }
    }

    /// A block's input or field that no script could name, if there is one.
    pub fn unspeakable(definition: &Definition) -> Option<&str> {
        let is_name = |name: &&str| {
            let name = name.as_bytes();
            name.first().is_some_and(u8::is_ascii_alphabetic)
                && name.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
        };
        let names = definition.arguments.iter().map(|argument| match argument {
            Argument::Field(field) => field.name.as_str(),
            Argument::Socket(socket) => socket.name.as_str(),
        });
        names.into_iter().find(|name| !is_name(name))
    }
}
