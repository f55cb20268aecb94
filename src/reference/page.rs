//! What the page of one block tells, as data: what a definition says and what follows
//! from it, such as the kinds of values that a socket takes.

use super::example;
use super::look::{Look, look};
use crate::block::{
    Category, Check, Definition, Definitions, Example, FieldKind, Mutation, Outcome, Socket, When,
};
use serde::Serialize;
use serde_json::{Value as Json, json};

/// The page of a block type.
#[derive(Clone, Debug, Serialize)]
pub struct Page<'d> {
    /// The type.
    #[serde(rename = "type")]
    pub name: &'d str,
    /// Its category in the palette.
    pub category: &'d str,
    /// How it goes together with others.
    pub kind: Kind,
    /// What it does.
    pub doc: &'d str,
    /// Its inputs and fields.
    pub arguments: Vec<Argument<'d>>,
    /// What kind of value it gives; none of a statement.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gives: Option<String>,
    /// What that value is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result: Option<&'d str>,
    /// The errors that end a run at it: code, and when.
    pub errors: Vec<(&'d str, &'d str)>,
    /// What it does to the outside.
    pub effects: &'d [String],
    /// Where it differs from the JavaScript that Blockly generates.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub differs: Option<&'d str>,
    /// Blocks that show it, and what comes of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub example: Option<Shown<'d>>,
    /// How it reads.
    #[serde(skip)]
    pub look: Look,
}

/// How a block goes together with others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// It stands in a socket.
    Value,
    /// It stands below and above others.
    Statement,
    /// It stands below others, and nothing below it.
    Last,
    /// It stands on top.
    Top,
}

impl Kind {
    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Value => "a value: it goes into a socket of another block",
            Self::Statement => "a statement: it goes below another block",
            Self::Last => "a statement with nothing below it",
            Self::Top => "on top: it begins a stack of blocks",
        }
    }
}

/// An input or a field.
#[derive(Clone, Debug, Serialize)]
pub struct Argument<'d> {
    /// Its name.
    pub name: String,
    /// What it takes: `number`, `text or list`, `blocks`, `one of: ...`.
    pub takes: String,
    /// What it is when nothing is in it, as JSON; none of a field, or if it is not given then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub empty: Option<&'d Json>,
    /// What holds for a new block's field.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new: Option<String>,
    /// When it is there: `WHERE is from start or from end`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub only: Option<String>,
    /// What it is for; empty if its author didn't say.
    pub doc: &'d str,
}

/// An example, in full.
#[derive(Clone, Debug, Serialize)]
pub struct Shown<'d> {
    /// The flow, as a file has it.
    pub flow: Json,
    /// The event that comes in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event: Option<&'d Json>,
    /// What comes of it: `gives`, `prints`, `publishes` or `responds`.
    #[serde(flatten)]
    pub outcome: Json,
    /// How its blocks read.
    #[serde(skip)]
    pub blocks: Vec<Look>,
    /// The same as data.
    #[serde(skip)]
    pub came: &'d Outcome,
}

impl<'d> Page<'d> {
    /// The page of `definition`, one of `definitions`.
    pub fn new(definitions: &'d Definitions, definition: &'d Definition) -> Self {
        let docs = &definition.docs;
        let shape = &definition.shape;
        let entry = definitions
            .palette()
            .iter()
            .flat_map(Category::blocks)
            .find(|entry| entry["type"] == definition.name.as_str());
        let optional = definition.mutation == Some(Mutation::ReturnResult);
        let told = |output: &Check| {
            let words = takes(output);
            if definition.statement_when.is_some() { format!("{words}, or nothing") } else { words }
        };
        Self {
            name: &definition.name,
            category: &definition.category,
            kind: match shape {
                _ if shape.output.is_some() => Kind::Value,
                _ if shape.previous.is_none() => Kind::Top,
                _ if shape.next.is_none() => Kind::Last,
                _ => Kind::Statement,
            },
            doc: &definition.doc,
            arguments: definition
                .arguments_told()
                .into_iter()
                .map(|name| argument(definition, entry, name))
                .collect(),
            gives: match &shape.output {
                Some(output) => Some(told(output)),
                None => optional.then(|| "object, when *return result* is ticked".to_owned()),
            },
            result: docs.result.as_deref(),
            errors: docs.errors.iter().map(|(code, when)| (&**code, &**when)).collect(),
            effects: &definition.effects,
            differs: docs.differs.as_deref(),
            example: docs.example.as_ref().map(|example| shown(definitions, example)),
            look: look(definitions, &json!({"type": definition.name})),
        }
    }
}

fn shown<'d>(definitions: &'d Definitions, written: &'d Example) -> Shown<'d> {
    Shown {
        flow: example::flow(definitions, written),
        event: written.event.as_ref(),
        outcome: match &written.outcome {
            Outcome::Gives(value) => json!({ "gives": value }),
            Outcome::Prints(lines) => json!({ "prints": lines }),
            Outcome::Publishes(messages) => json!({ "publishes": messages }),
            Outcome::Responds(response) => json!({ "responds": response }),
        },
        blocks: example::blocks(definitions, written)
            .iter()
            .map(|block| look(definitions, block))
            .collect(),
        came: &written.outcome,
    }
}

fn argument<'d>(definition: &'d Definition, entry: Option<&'d Json>, name: String) -> Argument<'d> {
    let doc = definition.docs.arguments.get(&name).map_or("", String::as_str);
    let field = definition.fields().find(|field| field.name == name);
    let socket = definition.sockets().find(|socket| socket.name == name);
    let only = |when: &When| {
        let labels = labels(entry, &when.field);
        let values = when.values.iter().map(|value| {
            labels.iter().find(|(_, known)| known == value).map_or(&**value, |(label, _)| label)
        });
        let values: Vec<&str> = values.collect();
        format!("{} is *{}*", when.field, values.join("* or *"))
    };
    let (takes, new) = match (field, socket) {
        (Some(field), _) => of_field(&field.kind, arg(entry, &name), &labels(entry, &name)),
        (None, Some(Socket { statement: true, .. })) => ("blocks".to_owned(), None),
        (None, Some(socket)) => (takes(&socket.check), None),
        // ELSE of an *if*; the arguments of a function.
        (None, None) if name == "ELSE" => ("blocks".to_owned(), None),
        (None, None) => (takes(&None), None),
    };
    Argument {
        empty: socket.and_then(|socket| socket.default.as_ref()),
        only: socket.and_then(|socket| socket.when.as_ref()).map(only),
        takes,
        new,
        doc,
        name,
    }
}

fn of_field(
    kind: &FieldKind,
    arg: Option<&Json>,
    labels: &[(&str, &str)],
) -> (String, Option<String>) {
    match kind {
        FieldKind::Text(text) => ("a text on the block".to_owned(), Some(format!("`{text}`"))),
        FieldKind::Variable => ("a variable".to_owned(), None),
        FieldKind::Checkbox(ticked) => {
            let new = if *ticked { "ticked" } else { "not ticked" };
            ("ticked or not".to_owned(), Some(new.to_owned()))
        }
        FieldKind::Number(_) => {
            let bound = |key: &str| arg.and_then(|arg| arg.get(key)).map(Json::to_string);
            let whole = bound("precision").is_some_and(|precision| precision == "1");
            let mut takes = format!("a {}number on the block", if whole { "whole " } else { "" });
            match (bound("min"), bound("max")) {
                (Some(min), Some(max)) => takes.extend([", ", &min, " to ", &max]),
                (Some(min), None) => takes.extend([", ", &min, " or more"]),
                (None, Some(max)) => takes.extend([", ", &max, " or less"]),
                (None, None) => {}
            }
            (takes, bound("value"))
        }
        FieldKind::Dropdown(options) => {
            let label = |value: &String| {
                let label = labels.iter().find(|(_, known)| known == value);
                label.map_or_else(|| value.clone(), |(label, _)| (*label).to_owned())
            };
            let labels: Vec<String> = options.iter().map(label).collect();
            (format!("one of: *{}*", labels.join("*, *")), None)
        }
    }
}

/// What an argument's Blockly half says.
fn arg<'e>(entry: Option<&'e Json>, name: &str) -> Option<&'e Json> {
    let keys = entry?.as_object()?.iter().filter(|(key, _)| key.starts_with("args"));
    keys.flat_map(|(_, args)| args.as_array().into_iter().flatten()).find(|arg| arg["name"] == name)
}

/// A dropdown's options: what is shown, and what is stored.
fn labels<'e>(entry: Option<&'e Json>, name: &str) -> Vec<(&'e str, &'e str)> {
    let options = arg(entry, name).and_then(|arg| arg["options"].as_array());
    let pairs = options.into_iter().flatten();
    pairs.filter_map(|pair| Some((pair[0].as_str()?, pair[1].as_str()?))).collect()
}

/// The kinds of values that a check lets in.
fn takes(check: &Check) -> String {
    let Some(names) = check else { return "any value".to_owned() };
    let words: Vec<&str> = names
        .iter()
        .map(|name| match name.as_str() {
            "Number" => "number",
            "String" => "text",
            "Boolean" => "true or false",
            "Array" => "list",
            "Object" => "object",
            "Date" => "date",
            "Colour" => "colour",
            other => other,
        })
        .collect();
    words.join(" or ")
}
