//! What a definition tells its author beside the look: arguments, result, errors, an
//! example. How it becomes a page is in [`reference`](crate::reference).

use super::written::Written;
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
