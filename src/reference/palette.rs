//! The palette as editors get it: every entry as it was written, with what an editor would
//! otherwise have to work out of it.

use super::{PATH, encoded};
use crate::block::{Definition, Definitions};
use crate::language::Language;
use serde_json::{Value as Json, json};

/// The palette: categories in order, each with its entries, in the words of a language; a
/// category's `label` is its name there. An entry's `helpUrl` leads to its page, unless it has
/// one of its own; its `blockcast` object tells besides what was written there: `label`, the
/// English words on the block; `output`, the types of a value (`[]` for any) or null; `hat`, the
/// event that a hat waits for; `synonyms`, always a list.
pub fn palette(definitions: &Definitions, language: Language) -> Json {
    let words = definitions.words(language);
    let categories = definitions.palette().iter().map(|category| {
        let mut blocks = category.blocks().to_vec();
        for entry in &mut blocks {
            complete(entry, definitions);
            words.put_on(entry);
        }
        let (name, colour) = (&category.name, &category.colour);
        json!({ "name": name, "label": words.category(name), "colour": colour, "blocks": blocks })
    });
    json!({ "categories": categories.collect::<Vec<_>>() })
}

/// Adds to an entry what an editor is told besides.
fn complete(entry: &mut Json, definitions: &Definitions) {
    let name = entry["type"].as_str().unwrap_or_default();
    let page = format!("{PATH}/{}", encoded(name, '%'));
    let label = label(entry);
    let told = definitions.get(name).map(told);
    let Some(entry) = entry.as_object_mut() else { return };
    entry.entry("helpUrl").or_insert(page.into());
    let Some(own) = entry.get_mut("blockcast").and_then(Json::as_object_mut) else { return };
    own.insert("label".into(), label.into());
    own.entry("synonyms").or_insert(json!([]));
    for (key, value) in told.into_iter().flatten() {
        own.insert(key.into(), value);
    }
}

fn told(definition: &Definition) -> [(&'static str, Json); 2] {
    let output = definition.shape.output.as_ref();
    let output = output.map(|check| json!(check.clone().unwrap_or_default()));
    let hat = definition.event.as_ref();
    let hat = hat.map(|event| json!({"type": event.kind, "nameFields": event.name_fields}));
    [("output", output.unwrap_or_default()), ("hat", hat.unwrap_or_default())]
}

/// The words on a block, with `…` for what is filled in.
fn label(entry: &Json) -> String {
    let mut label = String::new();
    for line in 0.. {
        let Some(message) = entry[format!("message{line}")].as_str() else { break };
        for word in message.split_whitespace() {
            let is_place =
                word.strip_prefix('%').is_some_and(|n| n.bytes().all(|b| b.is_ascii_digit()));
            let word = if is_place { "…" } else { word };
            if is_place && label.ends_with('…') {
                continue;
            }
            if !label.is_empty() {
                label.push(' ');
            }
            label.push_str(word);
        }
    }
    if label.is_empty() { entry["type"].as_str().unwrap_or_default().to_owned() } else { label }
}

#[cfg(test)]
mod tests {
    use super::label;
    use serde_json::json;

    #[test]
    fn a_label_is_what_is_printed_on_the_block() {
        let entry = json!({"message0": "get %2 of %1 or else %3", "message1": "%1 done"});
        assert_eq!(label(&entry), "get … of … or else … done");
        assert_eq!(label(&json!({"type": "a", "message0": ""})), "a");
    }
}
