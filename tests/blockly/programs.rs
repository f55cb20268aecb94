//! Random programs over every core block, made from a tape of numbers: each choice
//! takes the next one, and 0 is always the simplest. So a shorter tape of smaller
//! numbers is a simpler program, which is how a failing one is made small.

use super::blocks::{chain, get, print};
use super::oracle::{Described, Field, Input};
use super::shapes::shape;
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeMap;

/// Variables: a name, and what is usually kept in it. `x` and `X` are one at run time.
const VARIABLES: [(&str, Kind); 9] = [
    ("n", Kind::Number),
    ("m", Kind::Number),
    ("s", Kind::String),
    ("t", Kind::String),
    ("l", Kind::Array),
    ("k", Kind::Array),
    ("b", Kind::Boolean),
    ("x", Kind::Any),
    ("X", Kind::Any),
];

#[rustfmt::skip]
const NUMBERS: [f64; 24] = [
    0.0, 1.0, 2.0, 3.0, -1.0, 0.5, 4.0, -2.0, 10.0, 1.5, -2.5, 0.1, 0.2, 100.0, 7.0, -0.5, 90.0,
    1e-7, 2.5, 12.0, -3.0, 1e21, 123_456.789, 5e-324,
];

#[rustfmt::skip]
const TEXTS: [&str; 28] = [
    "", "a", "b", "abc", "12", " ", "a b", "a,b,c", "hello World", "A", "aa", "-3.5", "é", "😀", "a😀é",
    "0x1f", "1e3", "$&", "$$", "  x \t", "ß", "ΑΣ ΣΑ", "İ", "true", "null", "\u{feff}x\u{a0}", "ab,,", "B a",
];

/// What a socket wants or an output gives, as Blockly's checks name it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    Number,
    String,
    Boolean,
    Array,
    Colour,
    Any,
}

const KINDS: [Kind; 5] = [Kind::Number, Kind::String, Kind::Boolean, Kind::Array, Kind::Colour];

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Number => "Number",
            Self::String => "String",
            Self::Boolean => "Boolean",
            Self::Array => "Array",
            Self::Colour => "Colour",
            Self::Any => "",
        }
    }
}

struct Procedure {
    name: String,
    parameters: Vec<usize>,
    returns: bool,
}

/// Makes one program.
pub(super) struct Programs<'a> {
    registry: &'a [Described],
    tape: std::slice::Iter<'a, u16>,
    procedures: Vec<Procedure>,
    /// In a definition: whether it returns a value.
    definition: Option<bool>,
    loops: usize,
    /// What was made, and how often: `type`, `type.FIELD=option` and `type+mutation`.
    pub(super) made: BTreeMap<String, usize>,
}

impl<'a> Programs<'a> {
    pub(super) fn new(registry: &'a [Described], tape: &'a [u16]) -> Self {
        let tape = tape.iter();
        let made = BTreeMap::new();
        Self { registry, tape, procedures: Vec::new(), definition: None, loops: 0, made }
    }

    /// A workspace, and whether items are counted from 1.
    pub(super) fn workspace(&mut self) -> (Json, bool) {
        let one_based = !self.chance(3);
        let mut tops = vec![self.beginning()];
        for number in 0..self.choice(3) {
            let definition = self.definition(number);
            tops.push(definition);
        }
        if let Some(stack) = self.stack(8, 3) {
            tops.push(stack);
        }
        if self.chance(8) {
            let value = self.value(Kind::Any, 3);
            tops.push(value);
        }
        tops.push(Self::ending());
        for (place, top) in tops.iter_mut().enumerate() {
            top["x"] = json!(0);
            top["y"] = json!(place * 100);
        }
        let variables: Vec<Json> = (0..VARIABLES.len())
            .map(|number| json!({"name": VARIABLES[number].0, "id": id(number)}))
            .collect();
        (
            json!({"blocks": {"languageVersion": 0, "blocks": tops}, "variables": variables}),
            one_based,
        )
    }

    /// The next number, below `count`; 0 when the tape is at its end.
    fn choice(&mut self, count: usize) -> usize {
        self.tape.next().map_or(0, |number| usize::from(*number) % count)
    }

    /// True once in `one_in` times.
    fn chance(&mut self, one_in: usize) -> bool {
        self.choice(one_in) == one_in - 1
    }

    fn note(&mut self, made: impl Into<String>) {
        *self.made.entry(made.into()).or_default() += 1;
    }

    fn over(&self) -> bool {
        self.tape.len() == 0
    }

    /// Gives some variables something to hold.
    fn beginning(&mut self) -> Json {
        let mut statements = Vec::new();
        for (number, (_, kind)) in VARIABLES.iter().enumerate().take(7) {
            if !self.over() && !self.chance(6) {
                let value = self.value(*kind, 1);
                statements.push(self.set(number, &value));
            }
        }
        if statements.is_empty() {
            statements.push(json!({"type": "text_print"}));
        }
        chain(statements)
    }

    /// Prints every variable.
    fn ending() -> Json {
        let prints = (0..VARIABLES.len() - 1).map(|number| print(&get(&id(number))));
        chain(prints.collect())
    }

    fn set(&mut self, variable: usize, value: &Json) -> Json {
        let dynamic = self.chance(6);
        let kind = if dynamic { "variables_set_dynamic" } else { "variables_set" };
        self.note(kind);
        json!({
            "type": kind,
            "fields": {"VAR": {"id": id(variable)}},
            "inputs": {"VALUE": {"block": value}},
        })
    }

    fn definition(&mut self, number: usize) -> Json {
        let returns = !self.chance(2);
        let parameters: Vec<usize> =
            (0..self.choice(3)).map(|_| self.choice(VARIABLES.len() - 1)).collect();
        let mut unique = parameters.clone();
        unique.dedup();
        let kind = if returns { "procedures_defreturn" } else { "procedures_defnoreturn" };
        self.note(kind);
        self.note(format!("{kind}+parameters={}", unique.len()));
        let name = format!("f{number}");
        self.definition = Some(returns);
        let body = self.stack(4, 2);
        let mut inputs = Map::new();
        if let Some(body) = body {
            inputs.insert("STACK".into(), json!({"block": body}));
        }
        if returns && !self.chance(8) {
            inputs.insert("RETURN".into(), json!({"block": self.value(Kind::Any, 2)}));
        }
        self.definition = None;
        let params: Vec<Json> =
            unique.iter().map(|n| json!({"name": VARIABLES[*n].0, "id": id(*n)})).collect();
        self.procedures.push(Procedure { name: name.clone(), parameters: unique, returns });
        json!({"type": kind, "fields": {"NAME": name}, "extraState": {"params": params}, "inputs": inputs})
    }

    /// Up to `most` statements below one another.
    fn stack(&mut self, most: usize, depth: usize) -> Option<Json> {
        let count = 1 + self.choice(most);
        let mut statements = Vec::new();
        for _ in 0..count {
            if self.over() {
                break;
            }
            let statement = self.statement(depth);
            let ends = statement["type"] == "controls_flow_statements";
            statements.push(statement);
            if ends {
                break;
            }
        }
        if statements.is_empty() { None } else { Some(chain(statements)) }
    }

    fn statement(&mut self, depth: usize) -> Json {
        if self.chance(3) || (depth == 0 && self.chance(2)) {
            let value = self.value(Kind::Any, 3);
            self.note("text_print");
            return print(&value);
        }
        if self.chance(4) {
            let variable = self.choice(VARIABLES.len());
            let value = self.value(VARIABLES[variable].1, 3);
            return self.set(variable, &value);
        }
        let registry = self.registry;
        let possible: Vec<&Described> = registry
            .iter()
            .filter(|block| block.statement || block.kind == "lists_getIndex")
            .filter(|block| depth > 0 || block.inputs.iter().all(|input| !input.statement))
            .filter(|block| match block.kind.as_str() {
                "controls_flow_statements" => self.loops > 0,
                "procedures_ifreturn" => self.definition.is_some(),
                "procedures_callnoreturn" => self.procedures.iter().any(|p| !p.returns),
                _ => true,
            })
            .collect();
        let block = possible[self.choice(possible.len())];
        let is_loop = block.kind.starts_with("controls_") && !block.kind.starts_with("controls_if");
        self.loops += usize::from(is_loop);
        let made = self.block(block, Kind::Any, depth.saturating_sub(1), false);
        self.loops -= usize::from(is_loop);
        made
    }

    /// A block that fits a socket of this kind.
    fn value(&mut self, kind: Kind, depth: usize) -> Json {
        let kind = if kind == Kind::Any { KINDS[self.choice(KINDS.len())] } else { kind };
        if depth == 0 || self.over() || self.chance(4) {
            return self.leaf(kind);
        }
        let untyped = self.chance(12);
        let registry = self.registry;
        let possible: Vec<&Described> = registry
            .iter()
            .filter(|block| match (&block.output, block.kind.as_str()) {
                (Some(_), "procedures_callreturn") => self.procedures.iter().any(|p| p.returns),
                (Some(_), "lists_split") => matches!(kind, Kind::Array | Kind::String),
                (Some(_), "math_on_list") => matches!(kind, Kind::Array | Kind::Number),
                (Some(_), "text_prompt" | "text_prompt_ext") => {
                    matches!(kind, Kind::String | Kind::Number)
                }
                (Some(output), _) => match &output.check {
                    None => {
                        untyped || matches!(block.kind.as_str(), "logic_ternary" | "lists_getIndex")
                    }
                    Some(check) => check.iter().any(|name| name == kind.name()),
                },
                (None, _) => false,
            })
            .collect();
        let block = possible[self.choice(possible.len())];
        self.block(block, kind, depth - 1, true)
    }

    /// A literal, or a variable that should hold such a thing.
    fn leaf(&mut self, kind: Kind) -> Json {
        if self.chance(3) {
            let fitting: Vec<usize> = (0..VARIABLES.len())
                .filter(|n| VARIABLES[*n].1 == kind || kind == Kind::Any)
                .collect();
            let any = fitting.is_empty() || self.chance(10);
            let variable = if any {
                self.choice(VARIABLES.len())
            } else {
                fitting[self.choice(fitting.len())]
            };
            let name = if self.chance(5) { "variables_get_dynamic" } else { "variables_get" };
            self.note(name);
            return json!({"type": name, "fields": {"VAR": {"id": id(variable)}}});
        }
        match kind {
            Kind::Number | Kind::Any => {
                self.note("math_number");
                let number = NUMBERS[self.choice(NUMBERS.len())];
                json!({"type": "math_number", "fields": {"NUM": number}})
            }
            Kind::String => {
                self.note("text");
                json!({"type": "text", "fields": {"TEXT": TEXTS[self.choice(TEXTS.len())]}})
            }
            Kind::Boolean => {
                let option = ["FALSE", "TRUE"][self.choice(2)];
                self.note("logic_boolean");
                self.note(format!("logic_boolean.BOOL={option}"));
                json!({"type": "logic_boolean", "fields": {"BOOL": option}})
            }
            Kind::Array => {
                let count = self.choice(5);
                self.note("lists_create_with");
                let mut inputs = Map::new();
                let kind = KINDS[self.choice(2)];
                for n in 0..count {
                    inputs.insert(format!("ADD{n}"), json!({"block": self.leaf(kind)}));
                }
                json!({"type": "lists_create_with", "extraState": {"itemCount": count}, "inputs": inputs})
            }
            Kind::Colour => {
                let picker = self.registry.iter().find(|block| block.kind == "colour_picker");
                let colours = picker.and_then(|block| block.fields[0].options.as_ref()).unwrap();
                let colour = &colours[self.choice(colours.len())];
                self.note("colour_picker");
                self.note(format!("colour_picker.COLOUR={colour}"));
                json!({"type": "colour_picker", "fields": {"COLOUR": colour}})
            }
        }
    }

    /// A block of this type with random fields, mutation and sockets; `wanted` is what its
    /// output must be, as far as its fields decide that.
    #[expect(clippy::too_many_lines, reason = "one arm a mutation: a table")]
    fn block(&mut self, block: &Described, wanted: Kind, depth: usize, is_value: bool) -> Json {
        let kind = block.kind.as_str();
        self.note(kind);
        let mut fields = Map::new();
        for field in &block.fields {
            let value = self.field(kind, field, wanted, is_value);
            if let (Some(_), Some(text)) = (&field.options, value.as_str()) {
                self.note(format!("{kind}.{}={text}", field.name));
            }
            fields.insert(field.name.clone(), value);
        }
        let (mut sockets, mut state) = shape(block, &fields);
        match kind {
            "controls_if" => {
                let (more, has_else) = (self.choice(3), self.chance(2));
                for n in 1..=more {
                    sockets.push(Input::value(format!("IF{n}"), Some("Boolean")));
                    sockets.push(Input::statements(format!("DO{n}")));
                }
                if has_else {
                    sockets.push(Input::statements("ELSE".into()));
                }
                self.note(format!("controls_if+elseif={more},else={has_else}"));
                if more > 0 || has_else {
                    state = json!({"elseIfCount": more, "hasElse": has_else});
                }
            }
            "lists_create_with" | "text_join" => {
                let count = self.choice(6);
                sockets = (0..count).map(|n| Input::value(format!("ADD{n}"), None)).collect();
                self.note(format!("{kind}+items={count}"));
                state = json!({"itemCount": count});
            }
            "lists_getIndex" => {
                self.note(format!("{kind}+statement={}", !is_value));
                if !is_value {
                    state = json!({"isStatement": true});
                }
            }
            "math_number_property" if fields["PROPERTY"] == "DIVISIBLE_BY" => {
                self.note(format!("{kind}+divisor"));
            }
            "procedures_ifreturn" => {
                let returns = self.definition == Some(true);
                self.note(format!("{kind}+value={returns}"));
                if !returns {
                    sockets.truncate(1);
                }
                state = json!(format!("<mutation value=\"{}\"></mutation>", u8::from(returns)));
            }
            "procedures_callreturn" | "procedures_callnoreturn" => {
                let fitting: Vec<usize> = (0..self.procedures.len())
                    .filter(|n| self.procedures[*n].returns == (kind == "procedures_callreturn"))
                    .collect();
                let procedure = fitting[self.choice(fitting.len())];
                // A call can be older than its definition: an argument less or more.
                let change = self.choice(16);
                let procedure = &self.procedures[procedure];
                let mut names: Vec<&str> =
                    procedure.parameters.iter().map(|n| VARIABLES[*n].0).collect();
                let expected = names.len();
                match change {
                    14 => names.truncate(names.len().saturating_sub(1)),
                    15 => names.push("more"),
                    _ => {}
                }
                let name = procedure.name.clone();
                let difference = names.len().cmp(&expected) as i8;
                self.note(format!("{kind}+arguments={difference:+}"));
                sockets = (0..names.len()).map(|n| Input::value(format!("ARG{n}"), None)).collect();
                state = json!({"name": name, "params": names});
            }
            _ => {}
        }
        let mut inputs = Map::new();
        for socket in sockets {
            if let Some(plugged) = self.plugged(kind, &socket, depth) {
                inputs.insert(socket.name, plugged);
            }
        }
        let mut made = json!({"type": kind, "fields": fields, "inputs": inputs});
        if !state.is_null() {
            made["extraState"] = state;
        }
        self.decorate(&mut made);
        made
    }

    fn field(&mut self, kind: &str, field: &Field, wanted: Kind, is_value: bool) -> Json {
        let Some(options) = &field.options else {
            return match field.kind.as_str() {
                "variable" => json!({"id": id(self.variable_for(kind))}),
                "number" => json!(NUMBERS[self.choice(6)]),
                _ => json!(TEXTS[self.choice(TEXTS.len())]),
            };
        };
        let fits = |option: &str| match (kind, field.name.as_str()) {
            ("lists_getIndex", "MODE") => (option == "REMOVE") != is_value,
            ("lists_split", _) => (option == "JOIN") == (wanted == Kind::String),
            ("math_on_list", _) => (option == "MODE") == (wanted == Kind::Array),
            ("text_prompt" | "text_prompt_ext", "TYPE") => {
                (option == "NUMBER") == (wanted == Kind::Number)
            }
            _ => true,
        };
        let possible: Vec<&String> = options.iter().filter(|option| fits(option)).collect();
        json!(possible[self.choice(possible.len())])
    }

    /// A variable that makes sense in this block's field; now and then any.
    fn variable_for(&mut self, kind: &str) -> usize {
        if self.chance(6) {
            return self.choice(VARIABLES.len());
        }
        match kind {
            "math_change" | "controls_for" => self.choice(2),
            "text_append" => 2 + self.choice(2),
            _ => 7,
        }
    }

    fn plugged(&mut self, kind: &str, socket: &Input, depth: usize) -> Option<Json> {
        if socket.statement {
            return self.stack(3, depth).map(|block| json!({"block": block}));
        }
        if self.chance(15) {
            self.note("socket+empty");
            return None;
        }
        // What decides how long a program takes stays small.
        let small = matches!(kind, "lists_repeat" | "controls_repeat_ext")
            && matches!(socket.name.as_str(), "NUM" | "TIMES");
        if small && !self.chance(4) {
            let number = self.choice(5);
            return Some(json!({"block": {"type": "math_number", "fields": {"NUM": number}}}));
        }
        let kind = match &socket.check {
            None => Kind::Any,
            Some(names) => {
                let name = names[self.choice(names.len())].clone();
                *KINDS.iter().find(|kind| kind.name() == name).unwrap_or(&Kind::Any)
            }
        };
        if self.chance(10) && matches!(kind, Kind::Number | Kind::String) {
            let shadow = match kind {
                Kind::Number => {
                    json!({"type": "math_number", "fields": {"NUM": NUMBERS[self.choice(9)]}})
                }
                _ => json!({"type": "text", "fields": {"TEXT": TEXTS[self.choice(9)]}}),
            };
            if self.chance(2) {
                self.note("socket+block_above_shadow");
                let block = self.value(kind, depth);
                return Some(json!({"shadow": shadow, "block": block}));
            }
            self.note("socket+shadow");
            return Some(json!({"shadow": shadow}));
        }
        Some(json!({"block": self.value(kind, depth)}))
    }

    /// What changes how a block looks, and now and then disables it.
    fn decorate(&mut self, block: &mut Json) {
        match self.choice(60) {
            57 => {
                self.note("block+disabled");
                block["disabledReasons"] = json!(["MANUALLY_DISABLED"]);
            }
            58 => block["collapsed"] = json!(true),
            59 => block["icons"] = json!({"comment": {"text": "why"}}),
            _ => {}
        }
    }
}

fn id(variable: usize) -> String {
    format!("v{variable}")
}
