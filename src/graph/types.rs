//! What kinds of values variables, parameters and procedures hold, as far as blocks tell.
//!
//! A variable holds whatever any block puts into it, whenever that runs: nothing is
//! claimed that some order of events could belie.

use super::around::Around;
use super::connect::{fits, output, types};
use super::model::{Block, BlockIndex, Extra, Graph, VariableIndex};
use crate::block::Check;
use crate::diag::{Diagnostic, say};
use crate::source::Source;
use smallvec::{SmallVec, smallvec};

/// Passes after which nothing more is inferred. Types go through one procedure or variable
/// a pass at least; who needs more is no person's flow.
const PASSES_MAX: usize = 32;

/// What is known of a value.
#[derive(Clone, Debug, PartialEq)]
enum Known<'n> {
    /// Nothing was ever put there.
    Never,
    /// Values of these types only.
    Types(SmallVec<[&'n str; 2]>),
    /// Something whose type can't be known.
    Any,
}

impl<'n> Known<'n> {
    fn of(check: Option<&'n Check>) -> Self {
        let names = check.and_then(Option::as_ref);
        names.map_or(Self::Any, |names| Self::Types(names.iter().map(String::as_str).collect()))
    }

    fn one(name: &'n str) -> Self {
        Self::Types(smallvec![name])
    }

    /// Adds what else may be there; whether that is news.
    fn add(&mut self, other: &Self) -> bool {
        match (&mut *self, other) {
            (Self::Any, _) | (_, Self::Never) => false,
            (_, Self::Any) | (Self::Never, _) => {
                *self = other.clone();
                true
            }
            (Self::Types(known), Self::Types(names)) => {
                let before = known.len();
                for name in names {
                    if !known.contains(name) {
                        known.push(name);
                    }
                }
                known.len() > before
            }
        }
    }
}

/// Warns where a value whose type was inferred goes into a socket that it can't fit: there
/// it is converted as JavaScript converts it.
pub(super) fn check(
    graph: &Graph<'_>,
    around: &[Around],
    source: &Source,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let Some(given) = infer(graph, around) else { return };
    for block in graph.blocks.iter().filter(|block| !block.disabled) {
        for socket in &block.sockets {
            let Some(child_index) = graph.plugged(block, &socket.name) else { continue };
            let child = graph.block(child_index);
            let Some(wanted) = block.kind.socket(&socket.name).map(|socket| &socket.check) else {
                continue;
            };
            let what = match (&child.extra, child.variable()) {
                (Extra::Call { name, .. }, _) => say!("`{name}` gives", name),
                (_, Some(variable)) if child.kind.function == "variables_get" => {
                    say!("`{name}` holds", name = graph.variables[variable.0 as usize].name)
                }
                _ if chooses(child).is_some() => say!("`{name}` gives", name = child.kind.name),
                _ => continue,
            };
            let Known::Types(given) = &given[child_index.0 as usize] else { continue };
            let given = Some(given.iter().map(|name| (*name).to_owned()).collect());
            // Everything is true or false in a condition.
            let is_condition = wanted.as_ref().is_some_and(|names| names == &["Boolean"]);
            if !is_condition && !fits(&given, wanted) {
                let message = say!(
                    "{what} {given}, and `{socket}` of `{block}` wants {wanted}",
                    what,
                    given = types(&given),
                    socket = socket.name,
                    block = block.kind.name,
                    wanted = types(wanted),
                );
                let hint = say!("convert it first, or plug in something else");
                let problem = Diagnostic::warning("doubtful-type", message, hint);
                diagnostics.push(problem.at(child.place(source.root())));
            }
        }
    }
}

/// The sockets of which a block gives one.
fn chooses(block: &Block<'_>) -> Option<[&'static str; 2]> {
    match block.kind.function.as_str() {
        "logic_ternary" => Some(["THEN", "ELSE"]),
        "logic_default" => Some(["VALUE", "ELSE"]),
        _ => None,
    }
}

/// What is known of each block's value; none when that takes too long.
fn infer<'a>(graph: &Graph<'a>, around: &[Around]) -> Option<Vec<Known<'a>>> {
    let lower: Vec<String> = graph.variables.iter().map(|v| v.name.to_lowercase()).collect();
    let parameters: Vec<Vec<String>> = graph
        .procedures
        .iter()
        .map(|procedure| procedure.parameters.iter().map(|name| name.to_lowercase()).collect())
        .collect();
    let mut inference = Inference {
        graph,
        around,
        given: vec![Known::Never; graph.blocks.len()],
        variables: vec![Known::Never; graph.variables.len()],
        passed: parameters.iter().map(|names| vec![Known::Never; names.len()]).collect(),
        returned: vec![Known::Never; graph.procedures.len()],
        lower,
        parameters,
    };
    (0..PASSES_MAX).find(|_| !inference.pass()).map(|_| inference.given)
}

struct Inference<'g, 'a> {
    graph: &'g Graph<'a>,
    around: &'g [Around],
    /// Of each block's value.
    given: Vec<Known<'a>>,
    /// Of each variable.
    variables: Vec<Known<'a>>,
    /// Of each procedure's parameters.
    passed: Vec<Vec<Known<'a>>>,
    /// Of each procedure's result.
    returned: Vec<Known<'a>>,
    /// Names of variables and of parameters, in lower case.
    lower: Vec<String>,
    parameters: Vec<Vec<String>>,
}

impl<'a> Inference<'_, 'a> {
    /// Goes over all blocks once; whether there was news.
    fn pass(&mut self) -> bool {
        let graph = self.graph;
        let mut news = false;
        // What is plugged in stands behind what it is plugged into.
        for number in (0..graph.blocks.len()).rev() {
            let block = &graph.blocks[number];
            if block.disabled {
                continue;
            }
            self.given[number] = self.value(number, block);
            news |= self.effects(number, block);
        }
        news
    }

    fn value(&self, number: usize, block: &Block<'a>) -> Known<'a> {
        if let Extra::Call { name, .. } = &block.extra {
            let procedure = self.graph.procedure(name);
            return procedure.map_or(Known::Any, |p| self.returned[p.0 as usize].clone());
        }
        if let (Some(variable), "variables_get") = (block.variable(), &*block.kind.function) {
            return match self.parameter(number, variable) {
                Some((procedure, at)) => self.passed[procedure][at].clone(),
                None => self.variables[variable.0 as usize].clone(),
            };
        }
        if let Some(sockets) = chooses(block) {
            let mut known = Known::Never;
            for socket in sockets {
                known.add(&self.plugged(block, socket));
            }
            return known;
        }
        Known::of(output(block))
    }

    /// What a block puts into variables, parameters and results.
    fn effects(&mut self, number: usize, block: &Block<'a>) -> bool {
        let graph = self.graph;
        let mut news = false;
        let written = match block.kind.function.as_str() {
            "variables_get" => Known::Never,
            "variables_set" => self.plugged(block, "VALUE"),
            "controls_for" => Known::one("Number"),
            "math_change" if self.plugged(block, "DELTA") == Known::one("Number") => {
                Known::one("Number")
            }
            "text_append" => Known::one("String"),
            _ => Known::Any,
        };
        for variable in &block.variables {
            news |= match self.parameter(number, *variable) {
                Some((procedure, at)) => self.passed[procedure][at].add(&written),
                None => self.variables[variable.0 as usize].add(&written),
            };
        }
        if let Extra::Call { name, parameters } = &block.extra
            && let Some(procedure) = graph.procedure(name).map(|p| p.0 as usize)
        {
            let same = graph.procedures[procedure].parameters == *parameters;
            for at in 0..self.passed[procedure].len() {
                // A call that doesn't fit the definition gives what nobody sees here.
                let argument =
                    if same { self.plugged(block, &format!("ARG{at}")) } else { Known::Any };
                news |= self.passed[procedure][at].add(&argument);
            }
        }
        let returns = match (&block.extra, self.around[number].procedure) {
            (Extra::Definition(Some(procedure)), _) => Some((*procedure, "RETURN")),
            (_, Some(procedure)) if block.kind.function == "procedures_ifreturn" => {
                Some((procedure, "VALUE"))
            }
            _ => None,
        };
        if let Some((procedure, socket)) = returns {
            let value = self.plugged(block, socket);
            news |= self.returned[procedure.0 as usize].add(&value);
        }
        news
    }

    /// What is in a socket; of an empty one nothing is claimed.
    fn plugged(&self, block: &Block<'_>, socket: &str) -> Known<'a> {
        let child = self.graph.plugged(block, socket);
        child.map_or(Known::Any, |BlockIndex(child)| self.given[child as usize].clone())
    }

    /// The procedure and the place among its parameters that a variable means here.
    fn parameter(&self, number: usize, variable: VariableIndex) -> Option<(usize, usize)> {
        let procedure = self.around[number].procedure?.0 as usize;
        let name = &self.lower[variable.0 as usize];
        let at = self.parameters[procedure].iter().position(|parameter| parameter == name)?;
        Some((procedure, at))
    }
}
