//! What a definition tells its author beside the look: arguments, result, errors, an
//! example. How it becomes a page is in [`reference`](crate::reference).

use super::definition::{Argument, Definition, Mutation};
use crate::diag::{Diagnostic, nearest};
use crate::source::Item;
use indexmap::IndexMap;
use serde_json::Value as Json;

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
pub(super) fn read(own: Item<'_>, problems: &mut Vec<Diagnostic>) -> Documentation {
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
        example: own.get("example").and_then(|item| example(item, problems)),
    }
}

fn example(item: Item<'_>, problems: &mut Vec<Diagnostic>) -> Option<Example> {
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
    let (Some(outcome), false) = (outcome, blocks.is_empty()) else {
        let hint =
            "write {\"blocks\": [...]} with one of `gives`, `prints`, `publishes` and `responds`";
        problems.push(bad(item, "an example has blocks, and what comes of them", hint));
        return None;
    };
    Some(Example { blocks, event: item.get("event").and_then(Item::to_json), outcome })
}

/// What is told of arguments that there aren't; and, of a bundled block, what is not told.
pub(super) fn check(
    definition: &Definition,
    own: Item<'_>,
    bundled: bool,
    problems: &mut Vec<Diagnostic>,
) {
    let docs = &definition.docs;
    let wanted = arguments_told(definition);
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
    for argument in &wanted {
        if docs.arguments.get(argument).is_none_or(|sentence| sentence.trim().is_empty()) {
            let message = format!("block `{name}` doesn't tell what `{argument}` is");
            problems.push(bad(own, &message, "add it to `blockcast.arguments`"));
        }
    }
    let has_value =
        definition.shape.output.is_some() || definition.mutation == Some(Mutation::ReturnResult);
    if docs.example.is_none() {
        let message = format!("block `{name}` has no example");
        problems.push(bad(own, &message, "add `blockcast.example`"));
    }
    if has_value != docs.result.is_some() {
        let message = format!("block `{name}` tells no result, or one that it hasn't");
        problems.push(bad(own, &message, "say in `blockcast.result` what its value is"));
    }
}

fn bad(item: Item<'_>, message: &str, hint: &str) -> Diagnostic {
    Diagnostic::error("bad-definition", message, hint).at(item.place())
}
