//! What differs between two flows, block by block: for people who compare versions.
//!
//! Blocks are the same by their ids. A block has moved when it hangs in another stack, or
//! stands in another order there; what was only pushed down by a new one above has not.

mod read;

pub use read::Place;
use read::{Known, Tree};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// What differs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Diff {
    /// Whether nothing differs.
    pub same: bool,
    /// Blocks that are new.
    pub added: Vec<Stood>,
    /// Blocks that are gone.
    pub removed: Vec<Stood>,
    /// Blocks that are something else now.
    pub changed: Vec<BlockChange>,
    /// Blocks that stand elsewhere.
    pub moved: Vec<Moved>,
    /// Variables that are new, gone or renamed.
    pub variables: Vec<Renamed>,
}

/// A block that is only in one of the two.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Stood {
    /// Its id.
    pub block: String,
    /// Its type.
    #[serde(rename = "type")]
    pub kind: String,
    /// Where it stands there.
    pub at: Place,
}

/// A block that is something else now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BlockChange {
    /// Its id.
    pub block: String,
    /// Its type now.
    #[serde(rename = "type")]
    pub kind: String,
    /// What changed.
    pub changes: Vec<Change>,
}

/// One thing that changed about a block.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Change {
    /// `type`, `field`, `extraState`, `disabled`, `collapsed`, `comment` or `shadow`.
    pub what: String,
    /// The field's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What it was.
    pub from: Json,
    /// What it is.
    pub to: Json,
}

/// A block that stands elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Moved {
    /// Its id.
    pub block: String,
    /// Its type.
    #[serde(rename = "type")]
    pub kind: String,
    /// Where it stood.
    pub from: Place,
    /// Where it stands; the same place when only the order is another.
    pub to: Place,
}

/// A variable that is new, gone or renamed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Renamed {
    /// Its id.
    pub id: String,
    /// Its name; null when it is new.
    pub from: Option<String>,
    /// Its name now; null when it is gone.
    pub to: Option<String>,
}

/// What differs between two flow files or workspaces. One that can't be read has no blocks.
pub fn diff(from: &str, to: &str) -> Diff {
    let (from, to) = (Tree::read(from), Tree::read(to));
    let mut diff = Diff::default();
    for (id, block) in &to.blocks {
        match from.blocks.get(id) {
            None => diff.added.push(stood(id, block, &to)),
            Some(before) => {
                let changes = changes(before, block);
                if !changes.is_empty() {
                    let (block, kind) = (id.clone(), block.kind.clone());
                    diff.changed.push(BlockChange { block, kind, changes });
                }
            }
        }
    }
    let gone = from.blocks.iter().filter(|(id, _)| !to.blocks.contains_key(*id));
    diff.removed = gone.map(|(id, block)| stood(id, block, &from)).collect();
    diff.moved = moved(&from, &to);
    for (id, name) in &from.variables {
        let now = to.variables.get(id);
        if now != Some(name) {
            let renamed = Renamed { id: id.clone(), from: Some(name.clone()), to: now.cloned() };
            diff.variables.push(renamed);
        }
    }
    for (id, name) in to.variables.iter().filter(|(id, _)| !from.variables.contains_key(*id)) {
        diff.variables.push(Renamed { id: id.clone(), from: None, to: Some(name.clone()) });
    }
    diff.same = diff.added.is_empty()
        && diff.removed.is_empty()
        && diff.changed.is_empty()
        && diff.moved.is_empty()
        && diff.variables.is_empty();
    diff
}

fn stood(id: &str, block: &Known, tree: &Tree) -> Stood {
    let at = tree.stacks[block.stack].place.clone();
    Stood { block: id.to_owned(), kind: block.kind.clone(), at }
}

fn changes(before: &Known, now: &Known) -> Vec<Change> {
    let mut changes = Vec::new();
    let mut compare = |what: &str, name: Option<&str>, from: &Json, to: &Json| {
        if from != to {
            let name = name.map(str::to_owned);
            changes.push(Change {
                what: what.to_owned(),
                name,
                from: from.clone(),
                to: to.clone(),
            });
        }
    };
    compare("type", None, &before.kind.clone().into(), &now.kind.clone().into());
    for (name, value) in &now.fields {
        compare("field", Some(name), before.fields.get(name).unwrap_or(&Json::Null), value);
    }
    for (name, value) in before.fields.iter().filter(|(name, _)| !now.fields.contains_key(*name)) {
        compare("field", Some(name), value, &Json::Null);
    }
    compare("extraState", None, &before.extra, &now.extra);
    compare("disabled", None, &before.disabled.into(), &now.disabled.into());
    compare("collapsed", None, &before.collapsed.into(), &now.collapsed.into());
    compare("comment", None, &before.comment, &now.comment);
    compare("shadow", None, &before.shadow.into(), &now.shadow.into());
    changes
}

/// Blocks of both that stand elsewhere, in the order of `to`.
fn moved(from: &Tree, to: &Tree) -> Vec<Moved> {
    let mut moved = Vec::new();
    // The stack of `from` that each of `to` is: by its place, those on the workspace by the
    // first block that they have in common and no other stack has taken.
    let mut taken = vec![false; from.stacks.len()];
    for stack in &to.stacks {
        let was = |id: &String| from.blocks.get(id).map(|block| block.stack);
        let same = if stack.place.parent.is_some() {
            from.stacks.iter().position(|earlier| earlier.place == stack.place)
        } else {
            let mut earlier = stack.blocks.iter().filter_map(was);
            earlier.find(|n| !taken[*n] && from.stacks[*n].place.parent.is_none())
        };
        if let Some(number) = same {
            taken[number] = true;
        }
        let order: BTreeMap<&String, usize> = same
            .map(|number| from.stacks[number].blocks.iter().zip(0..).collect())
            .unwrap_or_default();
        let places: Vec<usize> =
            stack.blocks.iter().filter_map(|id| order.get(id).copied()).collect();
        let stayed = longest_rising(&places);
        for id in stack.blocks.iter().filter(|id| was(id).is_some()) {
            if order.get(id).is_some_and(|place| stayed.contains(place)) {
                continue;
            }
            let (before, now) = (&from.blocks[id], &to.blocks[id]);
            moved.push(Moved {
                block: id.clone(),
                kind: now.kind.clone(),
                from: from.stacks[before.stack].place.clone(),
                to: stack.place.clone(),
            });
        }
    }
    moved
}

/// The longest part of `numbers` that rises, others left out: what kept its order.
fn longest_rising(numbers: &[usize]) -> Vec<usize> {
    // For each length the smallest number that such a part ends with, as its place here.
    let mut ends: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = vec![None; numbers.len()];
    for (place, number) in numbers.iter().enumerate() {
        let length = ends.partition_point(|end| numbers[*end] < *number);
        before[place] = length.checked_sub(1).map(|shorter| ends[shorter]);
        if length == ends.len() {
            ends.push(place);
        } else {
            ends[length] = place;
        }
    }
    std::iter::successors(ends.last().copied(), |place| before[*place])
        .map(|place| numbers[place])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{diff, longest_rising};
    use serde_json::{Value, json};

    fn flow(blocks: &Value) -> String {
        json!({"workspace": {"blocks": {"languageVersion": 0, "blocks": blocks}}}).to_string()
    }

    /// Blocks below one another.
    fn stack(ids: &[&str]) -> Value {
        let mut below = Value::Null;
        for id in ids.iter().rev() {
            let next = if below.is_null() { json!({}) } else { json!({"next": {"block": below}}) };
            below = json!({"type": "text_print", "id": id});
            below.as_object_mut().unwrap().extend(next.as_object().unwrap().clone());
        }
        below
    }

    #[test]
    fn a_block_put_between_two_moves_neither() {
        let found =
            diff(&flow(&json!([stack(&["a", "b"])])), &flow(&json!([stack(&["a", "x", "b"])])));
        assert_eq!(found.added.iter().map(|one| one.block.as_str()).collect::<Vec<_>>(), ["x"]);
        assert!(found.moved.is_empty() && found.removed.is_empty(), "{found:?}");
    }

    #[test]
    fn what_changed_its_order_or_its_stack_has_moved() {
        let moved = |from: &Value, to: &Value| -> Vec<String> {
            diff(&flow(from), &flow(to)).moved.into_iter().map(|one| one.block).collect()
        };
        let abc = json!([stack(&["a", "b", "c"])]);
        assert_eq!(moved(&abc, &json!([stack(&["c", "a", "b"])])), ["c"]);
        assert_eq!(moved(&abc, &json!([stack(&["a", "b"]), stack(&["c"])])), ["c"]);
        assert_eq!(moved(&abc, &json!([stack(&["x"]), stack(&["a", "b", "c"])])), [""; 0]);
        let inside = json!([{"type": "controls_if", "id": "if",
            "inputs": {"DO0": {"block": stack(&["a"])}}}, stack(&["b", "c"])]);
        assert_eq!(moved(&abc, &inside), ["a"]);
    }

    #[test]
    fn a_field_a_comment_and_a_variable_are_told() {
        let from = json!({"blocks": {"blocks": [{"type": "text", "id": "t", "fields": {"TEXT": "a"}}]},
            "variables": [{"name": "n", "id": "v"}, {"name": "old", "id": "w"}]});
        let to = json!({"blocks": {"blocks": [{"type": "text", "id": "t", "x": 9,
            "fields": {"TEXT": "b"}, "icons": {"comment": {"text": "why"}}}]},
            "variables": [{"name": "total", "id": "v"}]});
        let found = serde_json::to_value(diff(&from.to_string(), &to.to_string())).unwrap();
        assert_eq!(
            found["changed"][0]["changes"],
            json!([{"what": "field", "name": "TEXT", "from": "a", "to": "b"},
                {"what": "comment", "from": null, "to": "why"}])
        );
        assert_eq!(
            found["variables"],
            json!([{"id": "v", "from": "n", "to": "total"}, {"id": "w", "from": "old", "to": null}])
        );
    }

    #[test]
    fn nothing_differs_from_itself_and_deep_ones_are_read() {
        let ids: Vec<String> = (0..5_000).map(|n| n.to_string()).collect();
        let mut text = String::new();
        for id in &ids {
            text += r#"{"type":"text_print","id":""#;
            text += id;
            text += r#"","next":{"block":"#;
        }
        text += r#"{"type":"text_print","id":"last"}"#;
        text += &"}}".repeat(ids.len());
        let text = format!(r#"{{"blocks":{{"blocks":[{text}]}}}}"#);
        assert!(diff(&text, &text).same);
        assert_eq!(diff("no JSON", &text).added.len(), 5_001);
    }

    #[test]
    fn the_longest_rising_part_is_found() {
        let mut found = longest_rising(&[3, 1, 2, 5, 4]);
        found.sort_unstable();
        assert_eq!(found, [1, 2, 4]);
    }
}
