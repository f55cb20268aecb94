//! Reads one entry of a definition file: Blockly's keys and the `blockcast` object.

use super::definition::{
    Argument, Check, Definition, EventHat, Field, FieldKind, Mutation, Runner, Shape, Socket, When,
};
use super::documentation::Docs;
use super::told;
use super::written::Written;
use crate::diag::{Diagnostic, Sentence, nearest};
use crate::source::{Item, Source};
use std::sync::Arc;

/// What can run a block.
const RUNNERS: [&str; 3] = ["builtin", "script", "wasm"];
/// What a block can do to the outside.
const EFFECTS: [&str; 8] =
    ["print", "prompt", "random", "publish", "status", "cancel", "time", "respond"];
/// Keys of the `blockcast` object.
const KEYS: [&str; 17] = [
    "run",
    "function",
    "script",
    "scriptField",
    "core",
    "effects",
    "inputs",
    "mutation",
    "statementWhen",
    "event",
    "doc",
    "synonyms",
    "arguments",
    "result",
    "errors",
    "differs",
    "example",
];

/// Reads one entry; problems are pushed with their places. A `bundled` one must tell
/// all that its page has.
///
/// `None` when too little is known to go on.
pub(super) fn read_entry(
    source: &Arc<Source>,
    item: Item<'_>,
    category: &str,
    bundled: bool,
    problems: &mut Vec<Diagnostic>,
) -> Option<Definition> {
    let mut reader = Reader { problems };
    let name = reader.text(item, "type")?.to_owned();
    let Some(own) = item.get("blockcast") else {
        reader.bad(
            item,
            format!("block `{name}` has no `blockcast` object"),
            "add \"blockcast\": {\"run\": \"builtin\", \"function\": \"...\", \"doc\": \"...\"}",
        );
        return None;
    };
    reader.known_keys(own, &KEYS);
    reader.one_of(own, "run", &RUNNERS, "unknown-runner");
    for effect in own.get("effects").into_iter().flat_map(Item::items) {
        if !effect.text().is_some_and(|effect| EFFECTS.contains(&effect)) {
            let known = EFFECTS.join("`, `");
            reader.bad(effect, "unknown effect", format!("effects are `{known}`"));
        }
    }
    let doc = own.get("doc").and_then(Item::text).unwrap_or_default();
    if doc.trim().is_empty() {
        let hint = "say in `blockcast.doc` what it does, for its author";
        reader.bad(own, format!("block `{name}` has no documentation"), hint);
    }
    let arguments = reader.arguments(item, own);
    let runner = reader.runner(own, &arguments)?;
    let function = match &runner {
        Runner::Builtin | Runner::Wasm => {
            own.get("function").and_then(Item::text).unwrap_or(&name).to_owned()
        }
        // Told apart from built-in functions by the colon, which no Rust name has.
        Runner::Script(_) | Runner::ScriptField(_) => format!("script:{name}"),
    };
    let definition = Definition {
        category: category.to_owned(),
        arguments,
        shape: reader.shape(item),
        mutation: own.get("mutation").and_then(|mutation| reader.mutation(mutation)),
        statement_when: own.get("statementWhen").and_then(|when| reader.when(when)),
        function,
        runner,
        effects: own
            .get("effects")
            .into_iter()
            .flat_map(Item::items)
            .filter_map(|effect| effect.text().map(str::to_owned))
            .collect(),
        event: own.get("event").and_then(|event| reader.event(event)),
        doc: doc.to_owned(),
        docs: Docs::of(Written::of(source, own)),
        name,
    };
    told::check(&definition, own, bundled, problems);
    Some(definition)
}

struct Reader<'a> {
    problems: &'a mut Vec<Diagnostic>,
}

impl Reader<'_> {
    fn bad(&mut self, item: Item<'_>, message: impl Into<Sentence>, hint: impl Into<Sentence>) {
        self.problems.push(Diagnostic::error("bad-definition", message, hint).at(item.place()));
    }

    fn text<'a>(&mut self, item: Item<'a>, key: &str) -> Option<&'a str> {
        let text = item.get(key).and_then(Item::text).filter(|text| !text.is_empty());
        if text.is_none() {
            self.bad(item, format!("`{key}` is missing"), format!("add \"{key}\": \"...\""));
        }
        text
    }

    fn known_keys(&mut self, own: Item<'_>, keys: &[&str]) {
        for (key, value) in own.entries() {
            if !keys.contains(&key) {
                let hint = nearest(key, keys.iter().copied()).map_or_else(
                    || format!("leave it out; known are `{}`", keys.join("`, `")),
                    |near| format!("did you mean `{near}`?"),
                );
                self.bad(value, format!("unknown key `{key}`"), hint);
            }
        }
    }

    fn one_of(&mut self, item: Item<'_>, key: &str, known: &[&str], code: &'static str) {
        let Some(value) = self.text(item, key) else { return };
        if !known.contains(&value) {
            let hint = format!("write one of `{}`", known.join("`, `"));
            let place = item.get(key).unwrap_or(item).place();
            let message = format!("`{key}` is `{value}`, which nothing is called");
            self.problems.push(Diagnostic::error(code, message, hint).at(place));
        }
    }

    /// What the function is written in.
    fn runner(&mut self, own: Item<'_>, arguments: &[Argument]) -> Option<Runner> {
        let run = own.get("run").and_then(Item::text)?;
        let (script, field) = (own.get("script"), own.get("scriptField"));
        for key in [script, field].into_iter().flatten().filter(|_| run != "script") {
            self.bad(key, format!("`run` is `{run}`, not `script`"), "write \"run\": \"script\"");
        }
        match run {
            "builtin" => return Some(Runner::Builtin),
            "wasm" => return Some(Runner::Wasm),
            "script" => {}
            _ => return None,
        }
        match (script, field) {
            (Some(script), None) => {
                let lines: Option<Vec<&str>> = script.items().map(Item::text).collect();
                let text = script.text().map(str::to_owned);
                let lines = lines.filter(|_| script.is_list()).map(|lines| lines.join("\n"));
                let text = text.or(lines);
                if text.is_none() {
                    let hint = "write the script as a text, or as a list of its lines";
                    self.bad(script, "`script` is no text", hint);
                }
                text.map(Runner::Script)
            }
            (None, Some(field)) => {
                let name = field.text().unwrap_or_default();
                let is_field = arguments.iter().any(
                    |argument| matches!(argument, Argument::Field(field) if field.name == name),
                );
                if !is_field {
                    let hint = "name the field that holds the script";
                    self.bad(field, format!("the block has no field `{name}`"), hint);
                }
                Some(Runner::ScriptField(name.to_owned()))
            }
            _ => {
                let hint = "add \"script\": [\"...\"] for all blocks of the type, or \"scriptField\": \
                            \"NAME\" for one on each block";
                self.bad(own, "a script block has one of `script` and `scriptField`", hint);
                None
            }
        }
    }

    /// Fields and sockets of `message0`/`args0`, `message1`/`args1` and so on.
    fn arguments(&mut self, item: Item<'_>, own: Item<'_>) -> Vec<Argument> {
        let mut arguments: Vec<Argument> = Vec::new();
        for line in 0.. {
            let message = item.get(&format!("message{line}"));
            let args = item.get(&format!("args{line}"));
            let Some(message) = message else {
                if let Some(args) = args {
                    let hint = format!("add \"message{line}\"");
                    self.bad(args, "arguments without a message", hint);
                }
                break;
            };
            let items: Vec<Item<'_>> = args.into_iter().flat_map(Item::items).collect();
            self.places(message, items.len());
            for arg in items {
                if let Some(argument) = self.argument(arg, own) {
                    arguments.push(argument);
                }
            }
        }
        self.unique_names(item, &arguments);
        if let Some(inputs) = own.get("inputs") {
            for (name, value) in inputs.entries() {
                let known = arguments
                    .iter()
                    .any(|a| matches!(a, Argument::Socket(socket) if socket.name == name));
                if !known {
                    let hint = "name it as in `args`, or leave it out";
                    self.bad(value, format!("the block has no input `{name}`"), hint);
                }
            }
        }
        arguments
    }

    fn unique_names(&mut self, item: Item<'_>, arguments: &[Argument]) {
        let mut names: Vec<&str> = Vec::new();
        for argument in arguments {
            let name = match argument {
                Argument::Field(field) => &field.name,
                Argument::Socket(socket) => &socket.name,
            };
            if names.contains(&name.as_str()) {
                let hint = "give each field and input a name of its own";
                self.bad(item, format!("two arguments are named `{name}`"), hint);
            }
            names.push(name);
        }
    }

    /// Every `%n` of a message must have its argument, and every argument its `%n`.
    fn places(&mut self, message: Item<'_>, count: usize) {
        let text = message.text().unwrap_or_default();
        let mut used = vec![0_usize; count];
        let mut rest = text;
        while let Some(at) = rest.find('%') {
            rest = &rest[at + 1..];
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            let Ok(number) = rest[..digits].parse::<usize>() else { continue };
            match number.checked_sub(1).and_then(|index| used.get_mut(index)) {
                Some(uses) => *uses += 1,
                None => self.bad(
                    message,
                    format!("`%{number}` has no argument"),
                    format!("there are {count} arguments; add one or mend the number"),
                ),
            }
        }
        for (index, uses) in used.into_iter().enumerate() {
            if uses != 1 {
                let number = index + 1;
                let message_text = format!("argument {number} stands {uses} times in the message");
                self.bad(message, message_text, format!("write `%{number}` once"));
            }
        }
    }

    fn argument(&mut self, arg: Item<'_>, own: Item<'_>) -> Option<Argument> {
        let kind = self.text(arg, "type")?;
        match kind {
            "input_dummy" | "input_end_row" | "field_label" | "field_image" => return None,
            _ => {}
        }
        let name = self.text(arg, "name")?.to_owned();
        let statement = kind == "input_statement";
        if statement || kind == "input_value" {
            let inputs = own.get("inputs").and_then(|inputs| inputs.get(&name));
            return Some(Argument::Socket(Socket {
                statement,
                check: check(arg.get("check")),
                default: inputs.and_then(|i| i.get("default")).and_then(Item::to_json),
                when: inputs.and_then(|i| i.get("when")).and_then(|when| self.when(when)),
                name,
            }));
        }
        let kind = match kind {
            "field_number" => {
                FieldKind::Number(arg.get("value").and_then(Item::number_value).unwrap_or(0.0))
            }
            "field_dropdown" => FieldKind::Dropdown(self.options(arg)),
            "field_checkbox" => {
                FieldKind::Checkbox(arg.get("checked").and_then(Item::bool).unwrap_or(false))
            }
            "field_variable" => FieldKind::Variable,
            // Fields of plug-ins (colour, date, multi-line text) keep their value as text.
            other if other.starts_with("field_") => {
                let text = ["text", "value", "colour"].into_iter().find_map(|key| arg.get(key));
                FieldKind::Text(text.and_then(Item::text).unwrap_or_default().to_owned())
            }
            other => {
                let hint = "use `input_value`, `input_statement`, `input_dummy` or a `field_...`";
                self.bad(arg, format!("unknown kind of argument `{other}`"), hint);
                return None;
            }
        };
        Some(Argument::Field(Field { name, kind }))
    }

    fn options(&mut self, arg: Item<'_>) -> Vec<String> {
        let options: Vec<String> = arg
            .get("options")
            .into_iter()
            .flat_map(Item::items)
            .filter_map(|pair| pair.items().nth(1).and_then(Item::text).map(str::to_owned))
            .collect();
        if options.is_empty() {
            let hint = "add \"options\": [[\"label\", \"VALUE\"], ...]";
            self.bad(arg, "a dropdown without options", hint);
        }
        options
    }

    fn when(&mut self, when: Item<'_>) -> Option<When> {
        let Some((field, values)) = when.entries().next() else {
            self.bad(when, "an empty condition", "write {\"FIELD\": [\"VALUE\", ...]}");
            return None;
        };
        let values = values.items().filter_map(Item::text).map(str::to_owned).collect();
        Some(When { field: field.to_owned(), values })
    }

    fn shape(&mut self, item: Item<'_>) -> Shape {
        let shape = Shape {
            output: item.get("output").map(|output| check(Some(output))),
            previous: item.get("previousStatement").map(|previous| check(Some(previous))),
            next: item.get("nextStatement").map(|next| check(Some(next))),
        };
        if shape.output.is_some() && (shape.previous.is_some() || shape.next.is_some()) {
            let hint = "leave out `output`, or `previousStatement` and `nextStatement`";
            self.bad(item, "a block is either a value or a statement", hint);
        }
        shape
    }

    fn mutation(&mut self, item: Item<'_>) -> Option<Mutation> {
        const COUNT: f64 = 0.0;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "`as` saturates, and a count is small"
        )]
        let count = item.get("count").and_then(Item::number_value).unwrap_or(COUNT) as u32;
        Some(match self.text(item, "kind")? {
            "if" => Mutation::If,
            "items" => Mutation::Items { input: self.text(item, "input")?.to_owned(), count },
            "pairs" => Mutation::Pairs { count },
            "procedureDefinition" => Mutation::ProcedureDefinition,
            "procedureCall" => Mutation::ProcedureCall,
            "ifReturn" => Mutation::IfReturn,
            "returnResult" => Mutation::ReturnResult,
            other => {
                let hint = "use `items`, `pairs` or `returnResult`, or leave `mutation` out";
                self.bad(item, format!("unknown mutation `{other}`"), hint);
                return None;
            }
        })
    }

    fn event(&mut self, item: Item<'_>) -> Option<EventHat> {
        let kind = self.text(item, "type")?.to_owned();
        let name_fields = match item.get("nameField") {
            Some(field) if field.is_list() => field.items().filter_map(Item::text).collect(),
            field => field.and_then(Item::text).into_iter().collect::<Vec<_>>(),
        };
        let name_fields = name_fields.into_iter().map(str::to_owned).collect();
        Some(EventHat { kind, name_fields })
    }
}

/// `null` for any, one type's name, or a list of them.
fn check(item: Option<Item<'_>>) -> Check {
    let item = item?;
    if let Some(one) = item.text() {
        return Some(vec![one.to_owned()]);
    }
    item.is_list().then(|| item.items().filter_map(Item::text).map(str::to_owned).collect())
}
