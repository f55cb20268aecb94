//! How a block reads: its words, fields and sockets, with the blocks that are in them.
//!
//! Source: Blockly's messages: `%1` in `message0` is the first of `args0`.

use crate::block::{Definition, Definitions, Mutation};
use serde::Serialize;
use serde_json::Value as Json;

/// A block as it reads.
#[derive(Clone, Debug, Serialize)]
pub struct Look {
    /// Its type.
    #[serde(rename = "type")]
    pub kind: String,
    /// The number of its category in the palette.
    #[serde(skip)]
    pub category: usize,
    /// Whether it stands in a socket.
    #[serde(skip)]
    pub is_value: bool,
    /// Its lines.
    pub rows: Vec<Vec<Piece>>,
}

/// A piece of a block's line.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Piece {
    /// A word printed on it.
    Word(String),
    /// What a field holds.
    Field(String),
    /// An empty socket, by its name.
    Socket(String),
    /// The block in a socket.
    Value(Look),
    /// The statements inside; empty ones by the socket's name.
    Stack(String, Vec<Look>),
}

/// How `block`, in Blockly's JSON, reads.
pub fn look(definitions: &Definitions, block: &Json) -> Look {
    let kind = block["type"].as_str().unwrap_or_default();
    let mut found = Look {
        kind: kind.to_owned(),
        category: 0,
        is_value: block["extraState"]["returnResult"] == true,
        rows: Vec::new(),
    };
    for (number, category) in definitions.palette().iter().enumerate() {
        let Some(entry) = category.blocks().iter().find(|entry| entry["type"] == kind) else {
            continue;
        };
        let Some(definition) = definitions.get(kind) else { continue };
        found.category = number;
        found.is_value |= definition.shape.output.is_some();
        found.rows = Reader { definitions, definition, entry, block }.rows();
    }
    found
}

struct Reader<'a> {
    definitions: &'a Definitions,
    definition: &'a Definition,
    entry: &'a Json,
    block: &'a Json,
}

impl Reader<'_> {
    fn rows(&self) -> Vec<Vec<Piece>> {
        let extra = &self.block["extraState"];
        let count = |most: u32| {
            extra["itemCount"].as_u64().unwrap_or_else(|| self.named().max(most.into()))
        };
        match &self.definition.mutation {
            Some(Mutation::Items { input, count: most }) => {
                let mut row = self.words_before();
                row.extend((0..count(*most)).map(|n| self.value(&format!("{input}{n}"))));
                vec![row]
            }
            Some(Mutation::Pairs { count: most }) => {
                let mut row = self.words_before();
                for n in 0..count(*most) {
                    let key = self.block["fields"][format!("KEY{n}")].as_str().unwrap_or("key");
                    row.push(Piece::Field(key.to_owned()));
                    row.push(Piece::Word("=".to_owned()));
                    row.push(self.value(&format!("VALUE{n}")));
                }
                vec![row]
            }
            Some(Mutation::If) => self.conditions(),
            Some(Mutation::ProcedureCall) => vec![self.call()],
            Some(Mutation::ProcedureDefinition) => {
                let mut rows = self.messages();
                let names = extra["params"].as_array().into_iter().flatten();
                let names: Vec<&str> = names.filter_map(|name| name["name"].as_str()).collect();
                if let (Some(row), false) = (rows.first_mut(), names.is_empty()) {
                    row.push(Piece::Word(format!("with: {}", names.join(", "))));
                }
                rows
            }
            Some(Mutation::ReturnResult) => {
                let mut rows = self.messages();
                let ticked = if extra["returnResult"] == true { "☑" } else { "☐" };
                rows.push(vec![
                    Piece::Word("return result".to_owned()),
                    Piece::Field(ticked.to_owned()),
                ]);
                rows
            }
            Some(Mutation::IfReturn) | None => self.messages(),
        }
    }

    /// The number of inputs that are there: none of them is left out.
    fn named(&self) -> u64 {
        self.block["inputs"].as_object().map_or(0, |inputs| inputs.len() as u64)
    }

    fn words_before(&self) -> Vec<Piece> {
        let message = self.entry["message0"].as_str().unwrap_or_default();
        let words = message.split('%').next().unwrap_or_default().trim();
        vec![Piece::Word(words.to_owned())]
    }

    fn conditions(&self) -> Vec<Vec<Piece>> {
        let extra = &self.block["extraState"];
        let mut rows = Vec::new();
        for n in 0..=extra["elseIfCount"].as_u64().unwrap_or(0) {
            let word = if n == 0 { "if" } else { "else if" };
            rows.push(vec![Piece::Word(word.to_owned()), self.value(&format!("IF{n}"))]);
            rows.push(vec![Piece::Word("do".to_owned()), self.stack(&format!("DO{n}"))]);
        }
        if extra["hasElse"] == true {
            rows.push(vec![Piece::Word("else".to_owned()), self.stack("ELSE")]);
        }
        rows
    }

    fn call(&self) -> Vec<Piece> {
        let extra = &self.block["extraState"];
        let name = extra["name"].as_str().unwrap_or("do something");
        let mut row = vec![Piece::Word("do".to_owned()), Piece::Field(name.to_owned())];
        for (n, parameter) in extra["params"].as_array().into_iter().flatten().enumerate() {
            let name = parameter.as_str().or(parameter["name"].as_str()).unwrap_or_default();
            let word = if n == 0 { format!("with: {name}") } else { name.to_owned() };
            row.push(Piece::Word(word));
            row.push(self.value(&format!("ARG{n}")));
        }
        row
    }

    fn messages(&self) -> Vec<Vec<Piece>> {
        let mut rows = Vec::new();
        for line in 0.. {
            let Some(message) = self.entry[format!("message{line}")].as_str() else { break };
            let args = &self.entry[format!("args{line}")];
            let mut row = Vec::new();
            let mut rest = message;
            while let Some(at) = rest.find('%') {
                let digits = rest[at + 1..].bytes().take_while(u8::is_ascii_digit).count();
                let number: usize = rest[at + 1..at + 1 + digits].parse().unwrap_or(0);
                words(&mut row, &rest[..at]);
                match number.checked_sub(1) {
                    Some(index) => row.extend(self.argument(&args[index])),
                    None => words(&mut row, "%"),
                }
                rest = &rest[at + 1 + digits..];
            }
            words(&mut row, rest);
            rows.push(row);
        }
        rows
    }

    fn argument(&self, arg: &Json) -> Option<Piece> {
        let name = arg["name"].as_str().unwrap_or_default();
        match arg["type"].as_str()? {
            "input_value" => {
                let when = self.definition.socket(name).and_then(|socket| socket.when.as_ref());
                let there = when.is_none_or(|when| when.values.contains(&self.field(&when.field)));
                there.then(|| self.value(name))
            }
            "input_statement" => Some(self.stack(name)),
            "field_dropdown" => {
                let value = self.field(name);
                let options = arg["options"].as_array().into_iter().flatten();
                let label = options.clone().find(|pair| pair[1] == value.as_str());
                let label = label.and_then(|pair| pair[0].as_str()).unwrap_or(&value);
                Some(Piece::Field(label.to_owned()))
            }
            "field_checkbox" => {
                Some(Piece::Field(if self.field(name) == "TRUE" { "☑" } else { "☐" }.to_owned()))
            }
            kind if kind.starts_with("field_") => Some(Piece::Field(self.field(name))),
            _ => None,
        }
    }

    /// What a field holds: what the block says, or what a new block has.
    fn field(&self, name: &str) -> String {
        let stated = &self.block["fields"][name];
        let stated = if stated.is_object() { &stated["id"] } else { stated };
        if let Some(text) = shown(stated) {
            return text;
        }
        for line in 0.. {
            if self.entry.get(format!("message{line}")).is_none() {
                break;
            }
            let mut args = self.entry[format!("args{line}")].as_array().into_iter().flatten();
            let Some(arg) = args.find(|arg| arg["name"] == name) else { continue };
            let first = &arg["options"][0][1];
            let kept = ["text", "value", "variable", "colour", "checked"];
            return kept
                .iter()
                .find_map(|key| shown(&arg[*key]))
                .or(shown(first))
                .unwrap_or_default();
        }
        String::new()
    }

    fn value(&self, name: &str) -> Piece {
        match self.block["inputs"][name].get("block") {
            Some(block) => Piece::Value(look(self.definitions, block)),
            None => Piece::Socket(name.to_owned()),
        }
    }

    fn stack(&self, name: &str) -> Piece {
        let mut blocks = Vec::new();
        let mut next = self.block["inputs"][name].get("block");
        while let Some(block) = next {
            blocks.push(look(self.definitions, block));
            next = block["next"].get("block");
        }
        Piece::Stack(name.to_owned(), blocks)
    }
}

fn shown(value: &Json) -> Option<String> {
    match value {
        Json::String(text) => Some(text.clone()),
        Json::Number(number) => Some(number.to_string()),
        Json::Bool(value) => Some(if *value { "TRUE" } else { "FALSE" }.to_owned()),
        Json::Null | Json::Array(_) | Json::Object(_) => None,
    }
}

fn words(row: &mut Vec<Piece>, text: &str) {
    let text = text.trim();
    if !text.is_empty() {
        row.push(Piece::Word(text.to_owned()));
    }
}
