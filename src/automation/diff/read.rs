//! A workspace as a flat table of blocks and stacks, for comparing.

use crate::source::{Item, Source};
use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

/// Where a block stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Place {
    /// The block that its stack hangs in; null on the workspace.
    pub parent: Option<String>,
    /// The input of that block.
    pub input: Option<String>,
}

/// A workspace.
#[derive(Default)]
pub(super) struct Tree {
    /// Blocks by id, in the order of the file.
    pub(super) blocks: IndexMap<String, Known>,
    pub(super) stacks: Vec<Stack>,
    /// Names of variables by id.
    pub(super) variables: IndexMap<String, String>,
}

/// What is compared of a block.
pub(super) struct Known {
    pub(super) kind: String,
    pub(super) fields: IndexMap<String, Json>,
    pub(super) extra: Json,
    pub(super) disabled: bool,
    pub(super) collapsed: bool,
    pub(super) comment: Json,
    pub(super) shadow: bool,
    /// The number of the stack it is in.
    pub(super) stack: usize,
}

/// Blocks below one another; a value is alone in one.
pub(super) struct Stack {
    pub(super) place: Place,
    pub(super) blocks: Vec<String>,
}

impl Tree {
    pub(super) fn read(text: &str) -> Self {
        let mut tree = Self::default();
        let Ok(source) = Source::parse(text.as_bytes().to_vec(), None) else { return tree };
        let root = source.root();
        let workspace = root.get("workspace").unwrap_or(root);
        for variable in workspace.get("variables").into_iter().flat_map(Item::items) {
            let text = |key| variable.get(key).and_then(Item::text).unwrap_or_default().to_owned();
            tree.variables.insert(text("id"), text("name"));
        }
        let tops = workspace.get("blocks").and_then(|blocks| blocks.get("blocks"));
        let tops: Vec<Item<'_>> = tops.into_iter().flat_map(Item::items).collect();
        // The next to be read last: nothing recurses on what a person nests.
        let mut waiting: Vec<(Item<'_>, Place, bool)> =
            tops.into_iter().rev().map(|top| (top, Place::default(), false)).collect();
        while let Some((first, place, shadow)) = waiting.pop() {
            tree.stack(first, place, shadow, &mut waiting);
        }
        tree
    }

    /// Reads a stack; what hangs in its blocks is added to `waiting`.
    fn stack<'a>(
        &mut self,
        first: Item<'a>,
        place: Place,
        shadow: bool,
        waiting: &mut Vec<(Item<'a>, Place, bool)>,
    ) {
        let number = self.stacks.len();
        self.stacks.push(Stack { place, blocks: Vec::new() });
        let mut inside = Vec::new();
        let mut next = Some((first, shadow));
        while let Some((item, shadow)) = next {
            let id = item.get("id").and_then(Item::text).map_or_else(|| item.path(), str::to_owned);
            for (input, state) in item.get("inputs").into_iter().flat_map(Item::entries) {
                let Some((child, shadow)) = plugged(state) else { continue };
                let place = Place { parent: Some(id.clone()), input: Some(input.to_owned()) };
                inside.push((child, place, shadow));
            }
            self.stacks[number].blocks.push(id.clone());
            self.blocks.insert(id, Known { stack: number, shadow, ..known(item) });
            next = item.get("next").and_then(plugged);
        }
        waiting.extend(inside.into_iter().rev());
    }
}

/// What is in a connection, and whether it came with the palette.
fn plugged(state: Item<'_>) -> Option<(Item<'_>, bool)> {
    let block = state.get("block").map(|block| (block, false));
    block.or_else(|| state.get("shadow").map(|shadow| (shadow, true)))
}

fn known(item: Item<'_>) -> Known {
    let json = |item: Option<Item<'_>>| item.and_then(Item::to_json).unwrap_or_default();
    let reasons = item.get("disabledReasons").is_some_and(|list| list.items().next().is_some());
    let fields = item.get("fields").into_iter().flat_map(Item::entries);
    let comment = item.get("icons").and_then(|icons| icons.get("comment"));
    Known {
        kind: item.get("type").and_then(Item::text).unwrap_or_default().to_owned(),
        fields: fields.map(|(name, value)| (name.to_owned(), json(Some(value)))).collect(),
        extra: json(item.get("extraState")),
        disabled: reasons || item.get("enabled").and_then(Item::bool) == Some(false),
        collapsed: item.get("collapsed").and_then(Item::bool) == Some(true),
        comment: json(comment.and_then(|comment| comment.get("text"))),
        shadow: false,
        stack: 0,
    }
}
