//! What stands in a block's fields, as lenient as Blockly's own loader.
//!
//! Source: measured on Blockly: a number as text is read, a bad one is 0, an
//! unknown option is the first one, an unknown field is ignored.

use super::model::Block;
use super::names::Names;
use super::shape::count_of;
use crate::block::{Field, FieldKind, Mutation};
use crate::diag::{Diagnostic, Place, nearest, say};
use crate::number::{number_of_text, number_text};
use crate::source::Item;

/// Reads the fields of `block` in the order of its definition.
pub(super) fn read(
    block: &mut Block<'_>,
    item: Item<'_>,
    names: &mut Names,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let state = item.get("fields");
    let get = |name: &str| state.and_then(|fields| fields.get(name));
    let mut pairs: Vec<String> = Vec::new();
    if let Some(Mutation::Pairs { count }) = &block.kind.mutation {
        let stated = item.get("extraState").and_then(|extra| extra.get("itemCount"));
        for n in 0..stated.map_or(Some(*count), count_of).unwrap_or(0) {
            let name = format!("KEY{n}");
            block.fields.push(get(&name).and_then(as_text).unwrap_or_default().into());
            pairs.push(name);
        }
    } else {
        let kind = block.kind;
        block.fields.reserve_exact(kind.fields().count());
        for field in kind.fields() {
            let text = match field.kind {
                FieldKind::Variable => {
                    block.variables.push(names.variable(get(&field.name)));
                    String::new()
                }
                _ => field_text(block, field, get(&field.name), diagnostics),
            };
            block.fields.push(text.into());
        }
    }
    for (name, value) in state.into_iter().flat_map(Item::entries) {
        let fields = block.kind.fields().map(|field| field.name.as_str());
        let has_pairs = matches!(block.kind.mutation, Some(Mutation::Pairs { .. }));
        let fields = fields.filter(|_| !has_pairs).chain(pairs.iter().map(String::as_str));
        if !fields.clone().any(|field| field == name) {
            let known: Vec<&str> = fields.collect();
            let hint = nearest(name, known.iter().copied()).map_or_else(
                || {
                    if known.is_empty() {
                        say!("it has no fields; leave it out")
                    } else {
                        say!("its fields are: {fields}", fields = known.join(", "))
                    }
                },
                |near| say!("did you mean `{near}`? As it stands it is ignored", near),
            );
            let message = say!("`{block}` has no field `{name}`", block = block.kind.name, name);
            diagnostics
                .push(Diagnostic::warning("unknown-field", message, hint).at(at(block, value)));
        }
    }
}

fn field_text(
    block: &Block<'_>,
    field: &Field,
    value: Option<Item<'_>>,
    diagnostics: &mut Vec<Diagnostic>,
) -> String {
    match &field.kind {
        FieldKind::Variable => String::new(),
        FieldKind::Text(default) => value.and_then(as_text).unwrap_or_else(|| default.clone()),
        FieldKind::Checkbox(default) => {
            let checked = value.map_or(*default, |value| {
                value.bool() == Some(true)
                    || value.text().is_some_and(|text| text.eq_ignore_ascii_case("true"))
            });
            if checked { "TRUE" } else { "FALSE" }.to_owned()
        }
        FieldKind::Number(default) => {
            let Some(value) = value else { return number_text(*default) };
            let number = value
                .number_value()
                .or_else(|| value.text().map(number_of_text))
                .filter(|number| !number.is_nan());
            if number.is_none() {
                let message =
                    say!("`{value}` is no number", value = as_text(value).unwrap_or_default());
                let hint = say!("write a number; as it stands it is 0");
                diagnostics
                    .push(Diagnostic::warning("bad-number", message, hint).at(at(block, value)));
            }
            number_text(number.unwrap_or(0.0))
        }
        FieldKind::Dropdown(options) => {
            let first = options.first().map_or("", String::as_str);
            let Some(value) = value else { return first.to_owned() };
            let text = as_text(value).unwrap_or_default();
            if options.contains(&text) {
                return text;
            }
            let hint = nearest(&text, options.iter().map(String::as_str)).map_or_else(
                || {
                    say!(
                        "options are `{options}`; as it stands it is the first",
                        options = options.join("`, `")
                    )
                },
                |near| say!("did you mean `{near}`? As it stands it is `{first}`", near, first),
            );
            let message = say!("`{field}` has no option `{text}`", field = field.name, text);
            diagnostics
                .push(Diagnostic::warning("unknown-option", message, hint).at(at(block, value)));
            first.to_owned()
        }
    }
}

/// The block's place, at one of its fields.
fn at(block: &Block<'_>, value: Item<'_>) -> Place {
    let own = value.place();
    Place { path: own.path.clone(), line: own.line, ..block.place(value) }
}

fn as_text(value: Item<'_>) -> Option<String> {
    if let Some(text) = value.text() {
        return Some(text.to_owned());
    }
    if let Some(number) = value.number_value() {
        return Some(number_text(number));
    }
    value.bool().map(|value| if value { "TRUE" } else { "FALSE" }.to_owned())
}
