//! What a definition tells its author beside the look: arguments, result, errors, an
//! example. How it becomes a page is in [`reference`](crate::reference).

use super::definition::{Argument, Definition, Mutation};
use super::written::Written;
use crate::diag::{Diagnostic, nearest};
use crate::source::Item;
use indexmap::IndexMap;
use serde_json::Value as Json;
use std::ops::Deref;
use std::sync::OnceLock;

/// A block's [`Documentation`], read when it is first looked at.
#[derive(Clone, Debug)]
pub struct Docs {
    /// The `blockcast` object.
    own: Written,
    read: OnceLock<Documentation>,
}

impl Docs {
    pub(super) fn of(own: Written) -> Self {
        Self { own, read: OnceLock::new() }
    }
}

impl Deref for Docs {
    type Target = Documentation;

    fn deref(&self) -> &Documentation {
        self.read.get_or_init(|| read(self.own.item()))
    }
}

/// What a block's page tells beside its paragraph. Bundled blocks have all of it.
#[derive(Clone, Debug, Default)]
pub struct Documentation {
    /// A sentence for each input and field, by name; of repeated ones (`ADD0`, `ADD1`) for
    /// the first.
    pub arguments: IndexMap<String, String>,
    /// What its value is.
    pub result: Option<String>,
    /// The errors that end a run at it, by code, each with when it does. Those that any
    /// block can have (the run's limits) are left out.
    pub errors: IndexMap<String, String>,
    /// Where it differs from the JavaScript that Blockly generates for it.
    pub differs: Option<String>,
    /// Blocks that show it, and what comes of them.
    pub example: Option<Example>,
}

/// An example in the short form that definition files have.
#[derive(Clone, Debug)]
pub struct Example {
    /// The blocks, one below the other.
    pub blocks: Vec<Json>,
    /// The event that comes in, as in an event file.
    pub event: Option<Json>,
    /// What comes of them.
    pub outcome: Outcome,
}

/// What comes of an example.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// Its block's value, or what the flow answers.
    Gives(Json),
    /// The lines that it prints.
    Prints(Vec<String>),
    /// The messages that it publishes, each `{channel, body}`.
    Publishes(Vec<Json>),
    /// What it answers to an HTTP request: `{status, headers, body}`.
    Responds(Json),
}

/// The names of a block's inputs and fields, in order, repeated ones once.
pub fn arguments_told(definition: &Definition) -> Vec<String> {
    let all: Vec<&str> = definition
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
    match definition.mutation {
        Some(Mutation::If) => told.push("ELSE".to_owned()),
        Some(Mutation::ProcedureCall) => told.push("ARG0".to_owned()),
        _ => {}
    }
    told
}

/// Reads the documentation out of the `blockcast` object `own`.
fn read(own: Item<'_>) -> Documentation {
    let text = |key| own.get(key).and_then(Item::text).map(str::to_owned);
    let sentences = |key| {
        let entries = own.get(key).into_iter().flat_map(Item::entries);
        entries
            .filter_map(|(name, sentence)| Some((name.to_owned(), sentence.text()?.to_owned())))
            .collect()
    };
    Documentation {
        arguments: sentences("arguments"),
        result: text("result"),
        errors: sentences("errors"),
        differs: text("differs"),
        example: own.get("example").and_then(example),
    }
}

fn example(item: Item<'_>) -> Option<Example> {
    let blocks: Vec<Json> =
        item.get("blocks").into_iter().flat_map(Item::items).filter_map(Item::to_json).collect();
    let lines = |item: Item<'_>| item.items().filter_map(Item::text).map(str::to_owned).collect();
    let outcome = if let Some(value) = item.get("gives") {
        value.to_json().map(Outcome::Gives)
    } else if let Some(prints) = item.get("prints") {
        Some(Outcome::Prints(lines(prints)))
    } else if let Some(response) = item.get("responds") {
        response.to_json().map(Outcome::Responds)
    } else {
        item.get("publishes").map(|messages| {
            Outcome::Publishes(messages.items().filter_map(Item::to_json).collect())
        })
    };
    Some(Example { blocks, event: item.get("event").and_then(Item::to_json), outcome: outcome? })
}

/// Whether an example has all that it needs.
fn is_whole(example: Item<'_>) -> bool {
    let outcomes = ["gives", "prints", "publishes", "responds"];
    example.get("blocks").is_some_and(|blocks| blocks.items().next().is_some())
        && outcomes.iter().any(|outcome| example.get(outcome).is_some())
}

/// What is told of arguments that there aren't; and, of a bundled block, what is not told.
pub(super) fn check(
    definition: &Definition,
    own: Item<'_>,
    bundled: bool,
    problems: &mut Vec<Diagnostic>,
) {
    let wanted = arguments_told(definition);
    let example = own.get("example");
    if let Some(example) = example.filter(|example| !is_whole(*example)) {
        let hint =
            "write {\"blocks\": [...]} with one of `gives`, `prints`, `publishes` and `responds`";
        problems.push(bad(example, "an example has blocks, and what comes of them", hint));
    }
    for (name, sentence) in own.get("arguments").into_iter().flat_map(Item::entries) {
        if !wanted.iter().any(|wanted| wanted == name) {
            let hint = nearest(name, wanted.iter().map(String::as_str)).map_or_else(
                || format!("tell of `{}`", wanted.join("`, `")),
                |near| format!("did you mean `{near}`?"),
            );
            problems.push(bad(sentence, &format!("there is no argument `{name}`"), &hint));
        }
    }
    if !bundled {
        return;
    }
    let name = &definition.name;
    let told = own.get("arguments");
    for argument in &wanted {
        let sentence = told.and_then(|told| told.get(argument)).and_then(Item::text);
        if sentence.is_none_or(|sentence| sentence.trim().is_empty()) {
            let message = format!("block `{name}` doesn't tell what `{argument}` is");
            problems.push(bad(own, &message, "add it to `blockcast.arguments`"));
        }
    }
    let has_value =
        definition.shape.output.is_some() || definition.mutation == Some(Mutation::ReturnResult);
    if example.is_none() {
        let message = format!("block `{name}` has no example");
        problems.push(bad(own, &message, "add `blockcast.example`"));
    }
    if has_value != own.get("result").and_then(Item::text).is_some() {
        let message = format!("block `{name}` tells no result, or one that it hasn't");
        problems.push(bad(own, &message, "say in `blockcast.result` what its value is"));
    }
}

fn bad(item: Item<'_>, message: &str, hint: &str) -> Diagnostic {
    Diagnostic::error("bad-definition", message, hint).at(item.place())
}
