//! Whether a definition tells its author all that a block's page needs, and nothing of what
//! there isn't.

use super::definition::{Definition, Mutation};
use crate::diag::{Diagnostic, nearest};
use crate::source::Item;

/// Whether an example has all that it needs.
fn is_whole(example: Item<'_>) -> bool {
    let outcomes = ["gives", "prints", "publishes", "responds"];
    example.get("blocks").is_some_and(|blocks| blocks.items().next().is_some())
        && outcomes.iter().any(|outcome| example.get(outcome).is_some())
}

/// What is told of arguments that there aren't; and, of a bundled block, what is not told.
pub(super) fn check(
    definition: &Definition,
    own: Item<'_>,
    bundled: bool,
    problems: &mut Vec<Diagnostic>,
) {
    let wanted = definition.arguments_told();
    let example = own.get("example");
    if let Some(example) = example.filter(|example| !is_whole(*example)) {
        let hint =
            "write {\"blocks\": [...]} with one of `gives`, `prints`, `publishes` and `responds`";
        problems.push(bad(example, "an example has blocks, and what comes of them", hint));
    }
    for (name, sentence) in own.get("arguments").into_iter().flat_map(Item::entries) {
        if !wanted.iter().any(|wanted| wanted == name) {
            let hint = nearest(name, wanted.iter().map(String::as_str)).map_or_else(
                || format!("tell of `{}`", wanted.join("`, `")),
                |near| format!("did you mean `{near}`?"),
            );
            problems.push(bad(sentence, &format!("there is no argument `{name}`"), &hint));
        }
    }
    if !bundled {
        return;
    }
    let name = &definition.name;
    let told = own.get("arguments");
    for argument in &wanted {
        let sentence = told.and_then(|told| told.get(argument)).and_then(Item::text);
        if sentence.is_none_or(|sentence| sentence.trim().is_empty()) {
            let message = format!("block `{name}` doesn't tell what `{argument}` is");
            problems.push(bad(own, &message, "add it to `blockcast.arguments`"));
        }
    }
    let has_value =
        definition.shape.output.is_some() || definition.mutation == Some(Mutation::ReturnResult);
    if example.is_none() {
        let message = format!("block `{name}` has no example");
        problems.push(bad(own, &message, "add `blockcast.example`"));
    }
    if has_value != own.get("result").and_then(Item::text).is_some() {
        let message = format!("block `{name}` tells no result, or one that it hasn't");
        problems.push(bad(own, &message, "say in `blockcast.result` what its value is"));
    }
}

fn bad(item: Item<'_>, message: &str, hint: &str) -> Diagnostic {
    Diagnostic::error("bad-definition", message, hint).at(item.place())
}
