//! Random flows of real blocks, made from the fuzzer's bytes: each choice takes some.

use arbitrary::{Result, Unstructured};
use blockcast::block::{Argument, Definition, Field, FieldKind, Mutation, Socket};
use blockcast::flow::BlockSet;
use serde_json::{Map, Value as Json, json};

/// Variables; two of them are one at run time.
const VARIABLES: [&str; 5] = ["a", "b", "A", "list", "text"];
/// Procedures, defined or not.
const PROCEDURES: [&str; 3] = ["f", "g", "F"];
const TEXTS: [&str; 12] =
    ["", "a", "abc", "12", "-1.5", " a b ", "é😀", "\u{d7ff}", "[1,{}]", "(a|b)*", "NaN", "\n"];
const NUMBERS: [f64; 12] =
    [0.0, 1.0, 2.0, -1.0, 0.5, 3.0, 10.0, 1e9, -1e300, 1e-300, 255.0, 4_294_967_296.0];
/// Blocks within blocks.
const DEPTH_MAX: usize = 12;

/// What kind of flow is made.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Taste {
    /// One that is wrong in many ways.
    Wild,
    /// One that runs, or nearly so.
    Sound,
}

/// A flow's text.
///
/// # Errors
/// The fuzzer's bytes are used up.
pub fn flow(bytes: &mut Unstructured<'_>, blocks: &BlockSet, taste: Taste) -> Result<Vec<u8>> {
    let kinds: Vec<&Definition> = blocks.definitions().iter().collect();
    let mut maker = Maker { bytes, kinds, taste, count: 0 };
    let mut tops = Vec::new();
    for _ in 0..maker.bytes.int_in_range(1..=4)? {
        let mut top = maker.stack(0, 6)?;
        top["x"] = json!(0);
        top["y"] = json!(tops.len() * 100);
        tops.push(top);
    }
    let variables = VARIABLES.map(|name| json!({ "name": name, "id": name }));
    let flow = json!({
        "options": { "oneBasedIndex": maker.bytes.ratio(3, 4)? },
        "workspace": {
            "blocks": { "languageVersion": 0, "blocks": tops },
            "variables": variables,
        },
    });
    Ok(flow.to_string().into_bytes())
}

struct Maker<'m, 'u, 'd> {
    bytes: &'m mut Unstructured<'u>,
    kinds: Vec<&'d Definition>,
    taste: Taste,
    count: usize,
}

impl Maker<'_, '_, '_> {
    fn wild(&mut self) -> Result<bool> {
        Ok(self.taste == Taste::Wild && self.bytes.ratio(1, 24)?)
    }

    /// A statement with others below it.
    fn stack(&mut self, depth: usize, most: usize) -> Result<Json> {
        let mut statements = Vec::new();
        for _ in 0..self.bytes.int_in_range(1..=most)? {
            statements.push(self.statement(depth)?);
        }
        let mut below: Option<Json> = None;
        for mut statement in statements.into_iter().rev() {
            if let Some(below) = below {
                statement["next"] = json!({ "block": below });
            }
            below = Some(statement);
        }
        Ok(below.unwrap_or_default())
    }

    fn statement(&mut self, depth: usize) -> Result<Json> {
        let of_kind = |kind: &&Definition| kind.shape.output.is_none();
        let kinds: Vec<_> = self.kinds.iter().copied().filter(of_kind).collect();
        let kind = *self.bytes.choose(&kinds)?;
        self.block(kind, depth)
    }

    fn value(&mut self, check: Option<&[String]>, depth: usize) -> Result<Json> {
        let deep = depth >= DEPTH_MAX || self.bytes.is_empty();
        let any = self.wild()?;
        let fits = |kind: &&Definition| {
            let Some(output) = &kind.shape.output else { return any };
            let plain = kind.sockets().next().is_none();
            let shared = match (output, check) {
                (Some(names), Some(wanted)) => names.iter().any(|name| wanted.contains(name)),
                _ => true,
            };
            (any || shared) && (!deep || plain)
        };
        let kinds: Vec<_> = self.kinds.iter().copied().filter(fits).collect();
        let kind = *self.bytes.choose(&kinds)?;
        self.block(kind, depth)
    }

    fn block(&mut self, kind: &Definition, depth: usize) -> Result<Json> {
        self.count += 1;
        let (mut fields, mut inputs) = (Map::new(), Map::new());
        for argument in &kind.arguments {
            match argument {
                Argument::Field(field) => {
                    let value = self.field(field)?;
                    fields.insert(field.name.clone(), value);
                }
                Argument::Socket(socket) => self.plug(socket, &socket.name, depth, &mut inputs)?,
            }
        }
        let mut block = json!({ "type": kind.name, "id": format!("b{}", self.count) });
        self.mutate(kind, depth, &mut block, &mut fields, &mut inputs)?;
        if !fields.is_empty() {
            block["fields"] = fields.into();
        }
        if !inputs.is_empty() {
            block["inputs"] = inputs.into();
        }
        if self.bytes.ratio(1, 32)? {
            block["disabledReasons"] = json!(["MANUALLY_DISABLED"]);
        }
        if self.wild()? {
            let key = *self.bytes.choose(&["id", "type", "fields", "inputs", "next", "extra"])?;
            block[key] = self.nonsense()?;
        }
        Ok(block)
    }

    fn plug(
        &mut self,
        socket: &Socket,
        name: &str,
        depth: usize,
        inputs: &mut Map<String, Json>,
    ) -> Result<()> {
        // Blocks whose sockets are counted seem to have none, so they are chosen at any depth.
        let is_deep = depth > DEPTH_MAX || (socket.statement && depth == DEPTH_MAX);
        if self.bytes.ratio(1, 16)? || is_deep {
            return Ok(());
        }
        let child = if socket.statement {
            self.stack(depth + 1, 2)?
        } else {
            self.value(socket.check.as_deref(), depth + 1)?
        };
        inputs.insert(name.to_owned(), json!({ "block": child }));
        Ok(())
    }

    fn field(&mut self, field: &Field) -> Result<Json> {
        if self.wild()? {
            return self.nonsense();
        }
        Ok(match &field.kind {
            FieldKind::Text(_) if field.name == "NAME" => json!(self.bytes.choose(&PROCEDURES)?),
            FieldKind::Text(text) if text.len() > 12 => json!(text),
            FieldKind::Text(_) => json!(self.bytes.choose(&TEXTS)?),
            FieldKind::Number(_) => json!(self.bytes.choose(&NUMBERS)?),
            FieldKind::Dropdown(options) => json!(self.bytes.choose(options)?),
            FieldKind::Checkbox(_) => json!(self.bytes.arbitrary::<bool>()?),
            FieldKind::Variable => json!({ "id": self.bytes.choose(&VARIABLES)? }),
        })
    }

    fn mutate(
        &mut self,
        kind: &Definition,
        depth: usize,
        block: &mut Json,
        fields: &mut Map<String, Json>,
        inputs: &mut Map<String, Json>,
    ) -> Result<()> {
        let items = |maker: &mut Self, stem: &str, count: u32, inputs: &mut _| -> Result<()> {
            for n in 0..count {
                let name = format!("{stem}{n}");
                if let Some(socket) = kind.socket(&name).cloned() {
                    maker.plug(&socket, &name, depth, inputs)?;
                }
            }
            Ok(())
        };
        match &kind.mutation {
            None | Some(Mutation::IfReturn) => return Ok(()),
            Some(Mutation::If) => {
                let (more, has_else) =
                    (self.bytes.int_in_range(0..=2_u32)?, self.bytes.arbitrary::<bool>()?);
                block["extraState"] = json!({ "elseIfCount": more, "hasElse": has_else });
                items(self, "IF", more + 1, inputs)?;
                items(self, "DO", more + 1, inputs)?;
            }
            Some(Mutation::Items { input, .. }) => {
                inputs.clear();
                let count = self.bytes.int_in_range(0..=4)?;
                block["extraState"] = json!({ "itemCount": count });
                items(self, input, count, inputs)?;
            }
            Some(Mutation::Pairs { .. }) => {
                let count: u32 = self.bytes.int_in_range(0..=3)?;
                block["extraState"] = json!({ "itemCount": count });
                for n in 0..count {
                    fields.insert(format!("KEY{n}"), json!(self.bytes.choose(&TEXTS)?));
                }
                items(self, "VALUE", count, inputs)?;
            }
            Some(Mutation::ProcedureDefinition) => {
                let parameters: Vec<_> = self
                    .parameters()?
                    .iter()
                    .map(|name| json!({ "name": name, "id": name }))
                    .collect();
                block["extraState"] = json!({ "params": parameters });
            }
            Some(Mutation::ProcedureCall) => {
                let parameters = self.parameters()?;
                block["extraState"] =
                    json!({ "name": self.bytes.choose(&PROCEDURES)?, "params": parameters });
                // As in `plug`.
                let arguments = if depth < DEPTH_MAX { parameters.len() } else { 0 };
                for n in 0..arguments {
                    let value = self.value(None, depth + 1)?;
                    inputs.insert(format!("ARG{n}"), json!({ "block": value }));
                }
            }
            Some(Mutation::ReturnResult) => {
                block["extraState"] = json!({ "returnResult": self.bytes.ratio(1, 4)? });
            }
        }
        if self.wild()? {
            block["extraState"] = self.nonsense()?;
        }
        Ok(())
    }

    fn parameters(&mut self) -> Result<&'static [&'static str]> {
        Ok(&VARIABLES[..self.bytes.int_in_range(0..=2)?])
    }

    fn nonsense(&mut self) -> Result<Json> {
        Ok(match self.bytes.int_in_range(0..=6)? {
            0 => Json::Null,
            1 => json!(self.bytes.arbitrary::<f64>()?),
            2 => json!(self.bytes.arbitrary::<&str>()?),
            3 => json!([self.bytes.arbitrary::<i32>()?, {}]),
            4 => json!({ "block": { "type": "text" }, "shadow": [] }),
            5 => json!("<mutation items=\"3\" at=\"true\"></mutation>"),
            _ => json!(self.bytes.arbitrary::<bool>()?),
        })
    }
}
