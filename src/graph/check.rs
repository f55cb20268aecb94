//! Everything that can be known to be doubtful before a flow is run.

use super::around::{Around, LOOPS, around};
use super::model::{Block, BlockIndex, Extra, Graph};
use super::{reach, types};
use crate::block::Mutation;
use crate::diag::{Diagnostic, Sentence, nearest, say};
use crate::source::Source;

/// Blocks whose variables hold items while their expression is evaluated.
const WALKS: [&str; 5] =
    ["lists_map", "lists_filter", "lists_find", "lists_any_all", "lists_reduce"];

/// Pushes a warning for everything doubtful in a graph whose shape is sound.
pub(super) fn check(graph: &Graph<'_>, source: &Source, diagnostics: &mut Vec<Diagnostic>) {
    let around = around(graph);
    let mut checker = Checker { graph, source, diagnostics };
    checker.surroundings(&around);
    checker.blocks();
    checker.variables();
    checker.stacks();
    reach::check(graph, source, checker.diagnostics);
    types::check(graph, &around, source, checker.diagnostics);
}

struct Checker<'c, 'a> {
    graph: &'c Graph<'a>,
    source: &'c Source,
    diagnostics: &'c mut Vec<Diagnostic>,
}

impl Checker<'_, '_> {
    fn warn(&mut self, block: &Block<'_>, code: &'static str, message: Sentence, hint: Sentence) {
        let place = block.place(self.source.root());
        self.diagnostics.push(Diagnostic::warning(code, message, hint).at(place));
    }

    /// *break* outside of loops and *return* outside of procedures.
    fn surroundings(&mut self, around: &[Around]) {
        for (index, block) in self.graph.indexed() {
            let here = around[index.0 as usize];
            if block.disabled {
                continue;
            }
            if block.kind.function == "controls_flow_statements" && !here.in_loop {
                self.warn(
                    block,
                    "break-outside-loop",
                    say!(
                        "the loop is left where there is no loop: the flow stops before it begins"
                    ),
                    say!("move the block into a loop, or delete it"),
                );
            }
            if block.kind.mutation == Some(Mutation::IfReturn) && here.procedure.is_none() {
                self.warn(
                    block,
                    "return-outside-function",
                    say!("a function is left where there is none: the stack ends here"),
                    say!("move the block into a function, or delete it"),
                );
            }
        }
    }

    /// Empty sockets and calls of what is not there.
    fn blocks(&mut self) {
        let graph = self.graph;
        for block in graph.blocks.iter().filter(|block| !block.disabled) {
            for socket in &block.sockets {
                let empty = socket.block.is_none_or(|child| graph.block(child).disabled);
                let default = block.kind.socket(&socket.name).and_then(|s| s.default.as_ref());
                if let (true, Some(default)) = (empty, default) {
                    let (socket, kind) = (&socket.name, &block.kind.name);
                    self.warn(
                        block,
                        "missing-input",
                        say!(
                            "nothing is plugged into `{socket}` of `{block}`",
                            socket,
                            block = kind
                        ),
                        say!("plug a block in; as it stands it is {default}", default),
                    );
                }
            }
            if let Extra::Call { name, parameters } = &block.extra {
                self.call(block, name, parameters);
            }
        }
    }

    fn call(&mut self, block: &Block<'_>, name: &str, parameters: &[String]) {
        let graph = self.graph;
        let Some(procedure) = graph.procedure(name) else {
            let known = graph.procedures.iter().map(|procedure| procedure.name.as_str());
            let hint = nearest(name, known).map_or_else(
                || say!("define it, or delete the call; as it stands the run fails here"),
                |near| say!("did you mean `{near}`? As it stands the run fails here", near),
            );
            self.warn(
                block,
                "unknown-procedure",
                say!("there is no function `{name}`", name),
                hint,
            );
            return;
        };
        let wanted = &graph.procedures[procedure.0 as usize].parameters;
        if wanted != parameters {
            let list = |names: &[String]| match names {
                [] => say!("none"),
                names => format!("`{}`", names.join("`, `")).into(),
            };
            self.warn(
                block,
                "procedure-parameters",
                say!(
                    "the call gives {given} and `{name}` takes {wanted}",
                    given = list(parameters),
                    name,
                    wanted = list(wanted),
                ),
                say!("delete the call and drag it in again; what is missing is null"),
            );
        }
    }

    /// Variables read but never set, set but never read, or not used at all.
    fn variables(&mut self) {
        let graph = self.graph;
        let mut reads: Vec<Option<BlockIndex>> = vec![None; graph.variables.len()];
        let mut writes = reads.clone();
        let blocks = graph.indexed().filter(|(_, block)| !block.disabled);
        let used = blocks.flat_map(|(index, block)| {
            block.variables.iter().map(move |variable| (index, block, variable.0 as usize))
        });
        for (index, block, variable) in used {
            let reads_it = block.kind.function == "variables_get";
            let list = if reads_it { &mut reads } else { &mut writes };
            list[variable].get_or_insert(index);
            if matches!(block.kind.function.as_str(), "math_change" | "text_append") {
                // Changing is reading, too.
                reads[variable].get_or_insert(index);
            }
        }
        let parameter = |name: &str| {
            let name = name.to_lowercase();
            graph.procedures.iter().flat_map(|p| &p.parameters).any(|p| p.to_lowercase() == name)
        };
        for (number, variable) in graph.variables.iter().enumerate() {
            let name = &variable.name;
            match (reads[number], writes[number]) {
                (Some(_), Some(_)) => {}
                _ if parameter(name) => {}
                (Some(read), None) => {
                    let others = graph.variables.iter().enumerate();
                    let set = others
                        .filter(|(other, _)| writes[*other].is_some())
                        .map(|(_, other)| other.name.as_str());
                    let hint = nearest(name, set).map_or_else(
                        || say!("add a block `set {name} to` before this one", name),
                        |near| {
                            say!(
                                "did you mean `{near}`? Or add a block `set {name} to`",
                                near,
                                name
                            )
                        },
                    );
                    let message = say!("variable `{name}` is never set", name);
                    self.warn(graph.block(read), "never-set-variable", message, hint);
                }
                (None, Some(write)) => {
                    let block = graph.block(write);
                    let function = block.kind.function.as_str();
                    if !LOOPS.contains(&function) && !WALKS.contains(&function) {
                        let message = say!("variable `{name}` is set and never read", name);
                        let hint = say!("use it, or delete the block that sets it");
                        self.warn(block, "unused-variable", message, hint);
                    }
                }
                (None, None) => {
                    if let Some(item) = variable.item {
                        let place = self.source.root().numbered(item).place();
                        let message = say!("variable `{name}` is not used by any block", name);
                        let problem = Diagnostic::warning(
                            "unused-variable",
                            message,
                            say!("delete the variable, or use it"),
                        );
                        self.diagnostics.push(problem.at(place));
                    }
                }
            }
        }
    }

    /// Stacks that no event starts.
    fn stacks(&mut self) {
        let graph = self.graph;
        let hats = |index: &&BlockIndex| graph.block(**index).kind.event.is_some();
        if !graph.tops.iter().any(|index| hats(&index)) {
            return;
        }
        for index in &graph.tops {
            let block = graph.block(*index);
            let definition = matches!(block.extra, Extra::Definition(_));
            if block.kind.event.is_none() && !definition && !block.disabled {
                self.warn(
                    block,
                    "unreachable-stack",
                    say!("no event starts the blocks from `{block}` on", block = block.kind.name),
                    say!("put them below a trigger, or delete them"),
                );
            }
        }
    }
}
