//! What kinds of values variables and procedures hold, as far as blocks tell.

use super::connect::{fits, output, types};
use super::model::{Block, Extra, Graph};
use super::parse::place_of;
use crate::block::Check;
use crate::diag::Diagnostic;
use crate::source::Source;

/// What is known of a variable's values.
#[derive(Clone, Debug, PartialEq)]
enum Known {
    /// Nothing was ever put in.
    Never,
    /// Values of these types only.
    Types(Vec<String>),
    /// Something whose type can't be known.
    Any,
}

impl Known {
    fn add(&mut self, check: &Check) {
        match (&mut *self, check) {
            (Self::Any, _) => {}
            (_, None) => *self = Self::Any,
            (Self::Never, Some(names)) => *self = Self::Types(names.clone()),
            (Self::Types(known), Some(names)) => {
                for name in names {
                    if !known.contains(name) {
                        known.push(name.clone());
                    }
                }
            }
        }
    }
}

/// Warns where a variable or a procedure's result goes into a socket that none of
/// its values fits: there the value is converted as JavaScript converts it.
pub(super) fn check(graph: &Graph<'_>, source: &Source, diagnostics: &mut Vec<Diagnostic>) {
    let variables = variables(graph);
    for block in graph.blocks.iter().filter(|block| !block.disabled) {
        for socket in &block.sockets {
            let Some(child) = socket.block.map(|child| graph.block(child)) else { continue };
            let Some(wanted) = block.kind.socket(&socket.name).map(|socket| &socket.check) else {
                continue;
            };
            let (what, given) = match (&child.extra, child.variable()) {
                (Extra::Call { name, .. }, _) => (format!("`{name}` gives"), returned(graph, name)),
                (_, Some(variable)) if child.kind.name.starts_with("variables_get") => {
                    let name = &graph.variables[variable.0 as usize].name;
                    let given = match &variables[variable.0 as usize] {
                        Known::Types(names) if !is_parameter(graph, name) => Some(names.clone()),
                        _ => None,
                    };
                    (format!("`{name}` holds"), given)
                }
                _ => continue,
            };
            // Everything is true or false in a condition.
            let is_condition = wanted.as_ref().is_some_and(|names| names == &["Boolean"]);
            if !is_condition && !fits(&given, wanted) {
                let place = place_of(child, source.root());
                diagnostics.push(
                    Diagnostic::warning(
                        "doubtful-type",
                        format!(
                            "{what} {}, and `{}` of `{}` wants {}",
                            types(&given),
                            socket.name,
                            block.kind.name,
                            types(wanted)
                        ),
                        "convert it first, or plug in something else",
                    )
                    .at(place),
                );
            }
        }
    }
}

fn is_parameter(graph: &Graph<'_>, name: &str) -> bool {
    let name = name.to_lowercase();
    graph.procedures.iter().flat_map(|p| &p.parameters).any(|p| p.to_lowercase() == name)
}

/// What blocks put into each variable.
fn variables(graph: &Graph<'_>) -> Vec<Known> {
    let mut known = vec![Known::Never; graph.variables.len()];
    for block in &graph.blocks {
        if block.variables.is_empty() {
            continue;
        }
        let check = match block.kind.function.as_str() {
            "variables_get" => continue,
            "variables_set" => value(graph, block, "VALUE"),
            "math_change" | "controls_for" => Some(vec!["Number".to_owned()]),
            "text_append" => Some(vec!["String".to_owned()]),
            _ => None,
        };
        for variable in &block.variables {
            known[variable.0 as usize].add(&check);
        }
    }
    known
}

/// What a procedure gives.
fn returned(graph: &Graph<'_>, name: &str) -> Check {
    let procedure = graph.procedure(name)?;
    let definition = graph.block(graph.procedures[procedure.0 as usize].block);
    // An early return may give something else.
    let early = graph.blocks.iter().any(|block| block.kind.function == "procedures_ifreturn");
    if early { None } else { value(graph, definition, "RETURN") }
}

/// The type of what is plugged into a socket; any when it is not plain.
fn value(graph: &Graph<'_>, block: &Block<'_>, socket: &str) -> Check {
    let child = graph.block(block.socket(socket)?.block?);
    if child.variable().is_some() || child.disabled { None } else { output(child).flatten() }
}
