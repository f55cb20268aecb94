//! Reads a flow file: the envelope, the blocks, and how they hang together.
//!
//! Walks the source with a list of what is still to be read instead of
//! recursion. Shapes are in [`shape`](super::shape), fields in
//! [`fields`](super::fields), connections in [`connect`](super::connect).

use super::connect::Link;
use super::model::{Block, BlockIndex, Extra, Graph};
use super::names::Names;
use super::{Reading, check, connect, fields, shape};
use crate::block::{Definition, Definitions};
use crate::diag::{Diagnostic, Place, Sentence, nearest, say};
use crate::limits;
use crate::source::{Item, Source};
use indexmap::IndexMap;
use std::borrow::Cow;
use std::collections::BTreeSet;

/// Keys of the envelope.
const ENVELOPE: [&str; 5] = ["$schema", "name", "description", "options", "workspace"];
/// Keys of a block's state. Source: Blockly's `serialization.blocks.State`.
const STATE: [&str; 20] = [
    "type",
    "id",
    "x",
    "y",
    "fields",
    "inputs",
    "next",
    "extraState",
    "disabledReasons",
    "enabled",
    "icons",
    "collapsed",
    "inline",
    "deletable",
    "movable",
    "editable",
    "data",
    "comment",
    "shadow",
    "movableReasons",
];

/// Reads a flow, or a bare workspace, and says everything that is wrong with it.
pub fn parse<'a>(definitions: &'a Definitions, source: &Source) -> Reading<'a> {
    let root = source.root();
    let mut parser = Parser {
        definitions,
        graph: Graph { one_based: true, ..Graph::default() },
        diagnostics: Vec::new(),
        names: Names::default(),
        ids: BTreeSet::new(),
        copies: IndexMap::new(),
        waiting: Vec::new(),
        models: None,
    };
    if let Some(workspace) = parser.envelope(root) {
        parser.workspace(workspace);
    }
    let Parser { mut graph, mut diagnostics, names, .. } = parser;
    names.finish(&mut graph);
    // What is doubtful in a broken flow may follow from what is broken in it.
    if !diagnostics.iter().any(Diagnostic::is_error) {
        check::check(&graph, source, &mut diagnostics);
    }
    diagnostics.sort_by_key(|diagnostic| diagnostic.place.line);
    Reading { graph, diagnostics }
}

struct Parser<'a, 's> {
    definitions: &'a Definitions,
    graph: Graph<'a>,
    diagnostics: Vec<Diagnostic>,
    names: Names,
    ids: BTreeSet<Cow<'s, str>>,
    /// How often an id that was taken was asked for.
    copies: IndexMap<String, usize>,
    waiting: Vec<Waiting<'s>>,
    /// The workspace's `procedures`.
    models: Option<Item<'s>>,
}

/// A block still to be read, and where it goes.
struct Waiting<'s> {
    item: Item<'s>,
    link: Link,
    shadow: bool,
    depth: usize,
}

impl<'a, 's> Parser<'a, 's> {
    /// Reads the envelope; gives the workspace in it.
    fn envelope(&mut self, root: Item<'s>) -> Option<Item<'s>> {
        if !root.is_object() {
            self.error(
                root,
                "not-a-flow",
                say!("a flow is an object and this is {kind}", kind = root.kind()),
                say!("save the workspace with Blockly's JSON serialization"),
            );
            return None;
        }
        let Some(workspace) = root.get("workspace") else {
            if root.get("blocks").is_none() && root.entries().next().is_some() {
                let found: Vec<&str> = root.entries().map(|(key, _)| key).collect();
                let hint = found
                    .iter()
                    .find(|key| nearest(key, ["workspace", "blocks"]).is_some())
                    .map_or_else(
                        || say!("put Blockly's workspace under `workspace`"),
                        |key| say!("did you mean `workspace` instead of `{key}`?", key),
                    );
                self.error(
                    root,
                    "not-a-flow",
                    say!("there is neither `workspace` nor `blocks`"),
                    hint,
                );
                return None;
            }
            return Some(root);
        };
        for (key, value) in root.entries() {
            if !ENVELOPE.contains(&key) {
                let hint = nearest(key, ENVELOPE).map_or_else(
                    || say!("leave it out"),
                    |near| say!("did you mean `{near}`?", near),
                );
                self.warning(value, "unknown-key", say!("a flow has no `{key}`", key), hint);
            }
        }
        self.graph.name = root.get("name").and_then(Item::text).map(str::to_owned);
        for (key, value) in root.get("options").into_iter().flat_map(Item::entries) {
            match (key, value.bool()) {
                ("oneBasedIndex", Some(one_based)) => self.graph.one_based = one_based,
                ("oneBasedIndex", None) => self.error(
                    value,
                    "bad-option",
                    say!("`oneBasedIndex` is {kind}", kind = value.kind()),
                    say!("write true or false"),
                ),
                _ => self.warning(
                    value,
                    "unknown-key",
                    say!("there is no option `{key}`", key),
                    say!("the one option is `oneBasedIndex`"),
                ),
            }
        }
        Some(workspace)
    }

    fn workspace(&mut self, workspace: Item<'s>) {
        for item in workspace.get("variables").into_iter().flat_map(Item::items) {
            let text = |key| item.get(key).and_then(Item::text);
            match (text("name"), text("id")) {
                (Some(name), Some(id)) => self.names.declare(name, id, item),
                (_, _) => self.error(
                    item,
                    "bad-variable",
                    say!("a variable needs a `name` and an `id`"),
                    say!("write {\"name\": \"total\", \"id\": \"v1\"}"),
                ),
            }
        }
        self.models = workspace.get("procedures");
        let blocks = workspace.get("blocks").and_then(|blocks| blocks.get("blocks"));
        let mut tops: Vec<(f64, Item<'s>)> =
            blocks.into_iter().flat_map(Item::items).map(|item| (height(item), item)).collect();
        // Source: Blockly's `getTopBlocks(true)`: by y, leaning a little to the left.
        tops.sort_by(|a, b| a.0.total_cmp(&b.0));
        for (_, item) in tops {
            self.waiting.push(Waiting { item, link: Link::Top, shadow: false, depth: 0 });
            while let Some(waiting) = self.waiting.pop() {
                self.block(&waiting);
            }
        }
        if self.graph.blocks.is_empty() && !self.diagnostics.iter().any(Diagnostic::is_error) {
            self.warning(
                workspace,
                "empty-flow",
                say!("the flow has no blocks"),
                say!("add a block to it"),
            );
        }
    }

    fn block(&mut self, waiting: &Waiting<'s>) {
        let item = waiting.item;
        if waiting.depth > limits::BLOCK_NESTING_MAX {
            let levels = limits::BLOCK_NESTING_MAX;
            self.error(
                item,
                "nesting-limit",
                say!("blocks are nested deeper than {levels} levels", levels),
                say!("move the inner blocks into a function, or keep parts in variables"),
            );
            return;
        }
        if self.graph.blocks.len() >= limits::BLOCKS_MAX {
            if !self.diagnostics.iter().any(|d| d.code == "block-limit") {
                let message =
                    say!("the flow has more than {most} blocks", most = limits::BLOCKS_MAX);
                self.error(item, "block-limit", message, say!("split it into several flows"));
            }
            return;
        }
        let Some(kind) = self.definition(item) else {
            self.children_of_unknown(waiting);
            return;
        };
        let index = BlockIndex(u32::try_from(self.graph.blocks.len()).unwrap_or(u32::MAX));
        let id = self.unique_id(item);
        let mut block = Block {
            id,
            kind,
            item: item.number(),
            fields: Vec::new(),
            variables: Vec::new(),
            sockets: Vec::new(),
            next: None,
            parent: None,
            disabled: is_disabled(item),
            shadow: waiting.shadow,
            extra: Extra::None,
        };
        let diagnostics = &mut self.diagnostics;
        fields::read(&mut block, item, &mut self.names, diagnostics);
        shape::apply(&mut block, item, diagnostics);
        connect::check_link(&self.graph, &block, waiting.link, item, diagnostics);
        self.names.procedure(&mut block, index, item, self.models);
        self.children(&block, index, waiting);
        self.graph.blocks.push(block);
        connect::link(&mut self.graph, index, waiting.link);
        self.state_keys(item);
    }

    /// Says which keys of a block's state nobody knows.
    fn state_keys(&mut self, item: Item<'s>) {
        for (key, value) in item.entries().filter(|(key, _)| !STATE.contains(key)) {
            let hint = nearest(key, STATE)
                .map_or_else(|| say!("leave it out"), |near| say!("did you mean `{near}`?", near));
            let id = item.get("id").and_then(Item::text).map(str::to_owned);
            let place = Place { block: id, ..value.place() };
            let message = say!("a block has no `{key}`", key);
            self.diagnostics.push(Diagnostic::warning("unknown-key", message, hint).at(place));
        }
    }

    fn definition(&mut self, item: Item<'s>) -> Option<&'a Definition> {
        let Some(name) = item.get("type").and_then(Item::text) else {
            self.error(
                item,
                "bad-block",
                say!("a block without a `type`"),
                say!("add its \"type\""),
            );
            return None;
        };
        let definition = self.definitions.get(name);
        if definition.is_none() {
            let known = self.definitions.iter().map(|known| known.name.as_str());
            let hint = nearest(name, known).map_or_else(
                || {
                    say!(
                        "load the folder it is defined in with `--blocks DIR`, or delete the block"
                    )
                },
                |near| say!("did you mean `{near}`?", near),
            );
            let id = item.get("id").and_then(Item::text).map(str::to_owned);
            let place = Place { block: id, ..item.place() };
            let message = say!("there is no block type `{name}`", name);
            self.diagnostics.push(Diagnostic::error("unknown-block", message, hint).at(place));
        }
        definition
    }

    fn unique_id(&mut self, item: Item<'s>) -> Box<str> {
        let given = item.get("id").and_then(Item::text).unwrap_or("block");
        let mut id = Cow::Borrowed(given);
        if self.ids.contains(&id) {
            // Counted on, not from the beginning: thousands may have no id at all.
            let copies = self.copies.entry(given.to_owned()).or_insert(1);
            while self.ids.contains(&id) {
                *copies += 1;
                id = format!("{given}~{copies}").into();
            }
        }
        let kept = id.as_ref().into();
        self.ids.insert(id);
        kept
    }

    /// Puts what is plugged into `block` on the list, the statement below it last,
    /// so that a stack of any height is read at one depth.
    fn children(&mut self, block: &Block<'_>, index: BlockIndex, waiting: &Waiting<'s>) {
        let from = self.waiting.len();
        let item = waiting.item;
        for (name, input) in item.get("inputs").into_iter().flat_map(Item::entries) {
            let Some(socket) = block.sockets.iter().position(|s| *s.name == *name) else {
                let known = block.sockets.iter().map(|s| &*s.name);
                let names: Vec<&str> = known.clone().collect();
                let hint = nearest(name, known).map_or_else(
                    || {
                        if names.is_empty() {
                            say!("it takes no inputs; leave it out")
                        } else {
                            say!("its inputs are: {inputs}", inputs = names.join(", "))
                        }
                    },
                    |near| say!("did you mean `{near}`?", near),
                );
                let message =
                    say!("`{block}` has no input `{name}`", block = block.kind.name, name);
                let place = block.place(item);
                let place = Place { path: Some(input.path()), line: input.place().line, ..place };
                self.diagnostics.push(Diagnostic::error("unknown-input", message, hint).at(place));
                continue;
            };
            let link = Link::Socket { parent: index, socket };
            self.child(input, link, block.shadow, waiting.depth + 1);
        }
        if let Some(next) = item.get("next") {
            self.child(next, Link::Next { parent: index }, block.shadow, waiting.depth);
        }
        self.waiting[from..].reverse();
    }

    /// The real block of a connection, else its shadow.
    fn child(&mut self, connection: Item<'s>, link: Link, under_shadow: bool, depth: usize) {
        if let Some(item) = connection.get("block") {
            if under_shadow {
                self.error(
                    item,
                    "block-under-shadow",
                    say!("a block is plugged into a shadow block"),
                    say!("make the outer one a block as well, or the inner one a shadow"),
                );
            }
            self.waiting.push(Waiting { item, link, shadow: false, depth });
        } else if let Some(item) = connection.get("shadow") {
            self.waiting.push(Waiting { item, link, shadow: true, depth });
        }
    }

    /// What hangs on a block of unknown type is read for its own problems.
    fn children_of_unknown(&mut self, waiting: &Waiting<'s>) {
        let inputs = waiting.item.get("inputs").into_iter().flat_map(Item::entries);
        let next = waiting.item.get("next").map(|next| ("next", next));
        let connections: Vec<Item<'s>> = inputs.chain(next).map(|(_, item)| item).collect();
        for connection in connections {
            self.child(connection, Link::Nowhere, false, waiting.depth + 1);
        }
    }

    fn error(&mut self, item: Item<'_>, code: &'static str, what: Sentence, hint: Sentence) {
        self.diagnostics.push(Diagnostic::error(code, what, hint).at(item.place()));
    }

    fn warning(&mut self, item: Item<'_>, code: &'static str, what: Sentence, hint: Sentence) {
        self.diagnostics.push(Diagnostic::warning(code, what, hint).at(item.place()));
    }
}

fn height(item: Item<'_>) -> f64 {
    let at = |key| item.get(key).and_then(Item::number_value).unwrap_or(0.0);
    at("y") + at("x") * 3_f64.to_radians().sin()
}

/// `disabledReasons` since 2024, `enabled: false` before.
fn is_disabled(item: Item<'_>) -> bool {
    item.get("disabledReasons").is_some_and(|reasons| reasons.items().next().is_some())
        || item.get("enabled").and_then(Item::bool) == Some(false)
}
