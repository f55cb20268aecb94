//! What always happens or never does: conditions that are constant, loops and functions
//! that never end, blocks that never run.
//!
//! Only what holds for every event is claimed; where a function is called that might
//! change something, nothing is.

use super::around::is_loop;
use super::model::{Block, BlockIndex, Extra, Graph, Procedure, ProcedureIndex};
use crate::block::Runner;
use crate::diag::{Diagnostic, Sentence, say};
use crate::number::number_of_text;
use crate::source::Source;
use std::cmp::Ordering;

/// Blocks that give the same whenever their inputs do, and change nothing.
const PURE: [&str; 8] = [
    "variables_get",
    "math_number",
    "text",
    "logic_boolean",
    "logic_compare",
    "logic_negate",
    "logic_operation",
    "math_arithmetic",
];

pub(super) fn check(graph: &Graph<'_>, source: &Source, diagnostics: &mut Vec<Diagnostic>) {
    let ends_run = graph.blocks.iter().any(|block| block.kind.function == "trigger_result");
    let called = graph.blocks.iter().map(|block| match &block.extra {
        Extra::Call { name, .. } if !block.disabled => graph.procedure(name),
        _ => None,
    });
    let called = called.collect();
    let mut checker = Checker { graph, source, diagnostics, called, ends_run };
    for block in graph.blocks.iter().filter(|block| !block.disabled) {
        match block.kind.function.as_str() {
            "controls_if" | "controls_ifelse" => checker.branches(block),
            "logic_ternary" => {
                checker.condition(
                    block,
                    "IF",
                    say!(": `ELSE` never counts"),
                    say!(": `THEN` never counts"),
                );
            }
            "procedures_ifreturn" => {
                let never = say!(": the function is never left here");
                if checker.condition(block, "CONDITION", say!(""), never) == Some(true) {
                    checker.never_below(block, &say!("the function is always left above"));
                }
            }
            "controls_whileUntil" => checker.while_until(block),
            "math_arithmetic" if block.field("OP") == "DIVIDE" => checker.divisor(block, "B"),
            "math_modulo" => checker.divisor(block, "DIVISOR"),
            _ => {}
        }
    }
    let mut is_called = vec![false; graph.procedures.len()];
    for procedure in checker.called.iter().flatten() {
        is_called[procedure.0 as usize] = true;
    }
    for (index, procedure) in (0..).map(ProcedureIndex).zip(&graph.procedures) {
        checker.procedure(index, procedure, is_called[index.0 as usize]);
    }
}

struct Checker<'c, 'a> {
    graph: &'c Graph<'a>,
    source: &'c Source,
    diagnostics: &'c mut Vec<Diagnostic>,
    /// The procedure that each block calls.
    called: Vec<Option<ProcedureIndex>>,
    /// Whether a block of the flow ends its run.
    ends_run: bool,
}

/// A value that is known before any event.
#[derive(PartialEq)]
enum Constant<'b> {
    Null,
    Bool(bool),
    Number(f64),
    Text(&'b str),
}

impl Constant<'_> {
    /// Source: JavaScript's `ToBoolean`.
    fn holds(&self) -> bool {
        match self {
            Self::Null => false,
            Self::Bool(value) => *value,
            Self::Number(number) => *number != 0.0 && !number.is_nan(),
            Self::Text(text) => !text.is_empty(),
        }
    }
}

impl Checker<'_, '_> {
    fn warn(&mut self, block: &Block<'_>, code: &'static str, message: Sentence, hint: Sentence) {
        let place = block.place(self.source.root());
        self.diagnostics.push(Diagnostic::warning(code, message, hint).at(place));
    }

    /// `if`, `else if` ... `else`.
    fn branches(&mut self, block: &Block<'_>) {
        for (at, condition) in block.sockets.iter().enumerate().filter(|(_, s)| !s.statement) {
            let number = condition.name.trim_start_matches("IF");
            let more = block.sockets.len() > at + 2;
            let when_true = if more { say!(": the branches after it never run") } else { say!("") };
            let when_false = say!(": `DO{number}` never runs", number);
            let known = self.condition(block, &condition.name, when_true, when_false);
            if known == Some(true) {
                // The rest is never reached; one word about that is enough.
                return;
            }
        }
    }

    /// Warns of a condition that is always the same; `when_true` and `when_false` say what
    /// comes of it. Gives what is known of it.
    fn condition(
        &mut self,
        block: &Block<'_>,
        socket: &str,
        when_true: Sentence,
        when_false: Sentence,
    ) -> Option<bool> {
        let child = self.graph.plugged(block, socket)?;
        let known = constant(self.graph, child)?.holds();
        let outcome = if known { when_true } else { when_false };
        self.warn(
            self.graph.block(child),
            "constant-condition",
            say!("the condition is always {known}{outcome}", known = truth(known), outcome),
            say!("compare with a variable or an input, or delete what is never run"),
        );
        Some(known)
    }

    fn while_until(&mut self, block: &Block<'_>) {
        let Some(child) = self.graph.plugged(block, "BOOL") else { return };
        let goes_on_when = block.field("MODE") != "UNTIL";
        let body = self.graph.plugged(block, "DO");
        let known = constant(self.graph, child).map(|constant| constant.holds() == goes_on_when);
        match known {
            Some(false) => {
                let always = truth(!goes_on_when);
                self.warn(
                    self.graph.block(child),
                    "constant-condition",
                    say!("the condition is always {always}: `DO` is never run", always),
                    say!("compare with a variable or an input, or delete what is never run"),
                );
            }
            Some(true) => {
                let inside = self.inside(body);
                if !inside.leaves {
                    self.warn(
                        block,
                        "endless-loop",
                        say!(
                            "the loop never ends: its condition never changes and nothing leaves it"
                        ),
                        say!("put a block that leaves the loop into it, or change the condition"),
                    );
                    self.never_below(block, &say!("the loop above never ends"));
                }
            }
            None => self.unchanged(block, child, body),
        }
    }

    /// A loop that waits for a variable which nothing in it sets.
    fn unchanged(&mut self, block: &Block<'_>, condition: BlockIndex, body: Option<BlockIndex>) {
        let asked = self.inside(Some(condition));
        let inside = self.inside(body);
        if !asked.pure || asked.read.is_empty() || inside.leaves || inside.calls || inside.mutates {
            return;
        }
        if asked.read.iter().any(|variable| inside.written.contains(variable)) {
            return;
        }
        let mut names: Vec<_> = asked.read.iter().collect();
        names.sort();
        let names = names.into_iter().map(|name| say!("`{name}`", name));
        let names = names.reduce(|names, name| say!("{names} and {name}", names, name));
        let names = names.unwrap_or_default();
        self.warn(
            block,
            "endless-loop",
            say!("once begun, the loop never ends: nothing in it changes {names}", names),
            say!("set it in the loop, or put a block that leaves the loop into it"),
        );
    }

    fn never_below(&mut self, block: &Block<'_>, why: &Sentence) {
        let Some(first) = self.graph.stack(block.next).next() else { return };
        let below = self.graph.block(first);
        self.warn(
            below,
            "unreachable-blocks",
            say!("the blocks from `{block}` on never run: {why}", block = below.kind.name, why),
            say!("move them up, or delete them"),
        );
    }

    fn divisor(&mut self, block: &Block<'_>, socket: &str) {
        let Some(child) = self.graph.plugged(block, socket) else { return };
        if constant(self.graph, child) == Some(Constant::Number(0.0)) {
            self.warn(
                self.graph.block(child),
                "division-by-zero",
                say!("the divisor is always 0: the result is no number, or infinite"),
                say!("divide by something else"),
            );
        }
    }

    fn inside(&self, first: Option<BlockIndex>) -> Inside {
        Inside::of(self.graph, first, self.ends_run)
    }

    fn procedure(&mut self, index: ProcedureIndex, procedure: &Procedure, is_called: bool) {
        let graph = self.graph;
        let definition = graph.block(procedure.block);
        if definition.disabled {
            return;
        }
        let name = procedure.name.as_str();
        if !is_called {
            self.warn(
                definition,
                "unused-function",
                say!("function `{name}` is never called", name),
                say!("call it, or delete it"),
            );
            return;
        }
        let body = self.inside(graph.plugged(definition, "STACK"));
        if body.returns {
            return;
        }
        let mut always = Vec::new();
        for statement in graph.stack(definition.socket("STACK").and_then(|s| s.block)) {
            evaluated(graph, statement, &mut always);
        }
        if let Some(value) = graph.plugged(definition, "RETURN") {
            evaluated(graph, value, &mut always);
        }
        if let Some(call) =
            always.into_iter().find(|block| self.called[block.0 as usize] == Some(index))
        {
            self.warn(
                graph.block(call),
                "endless-recursion",
                say!("function `{name}` always calls itself: it never ends", name),
                say!("call it under a condition, or return before"),
            );
        }
    }
}

fn truth(value: bool) -> Sentence {
    if value { say!("true") } else { say!("false") }
}

/// What a block's value is, when that is known before any event.
fn constant<'g>(graph: &'g Graph<'_>, index: BlockIndex) -> Option<Constant<'g>> {
    let block = graph.block(index);
    let input = |socket: &str| constant(graph, graph.plugged(block, socket)?);
    Some(match block.kind.function.as_str() {
        "logic_boolean" => Constant::Bool(block.field("BOOL") == "TRUE"),
        "logic_null" => Constant::Null,
        "math_number" => Constant::Number(number_of_text(block.field("NUM"))),
        "text" => Constant::Text(block.field("TEXT")),
        "logic_negate" => Constant::Bool(!input("BOOL")?.holds()),
        "logic_operation" => {
            // One side may decide.
            let decides = block.field("OP") == "OR";
            let [a, b] = ["A", "B"].map(|side| input(side).map(|side| side.holds()));
            match (a, b) {
                (Some(side), _) | (_, Some(side)) if side == decides => Constant::Bool(decides),
                (Some(_), Some(_)) => Constant::Bool(!decides),
                _ => return None,
            }
        }
        "logic_compare" => {
            let order = match (input("A")?, input("B")?) {
                (Constant::Number(a), Constant::Number(b)) => a.partial_cmp(&b),
                (Constant::Text(a), Constant::Text(b)) => {
                    Some(a.encode_utf16().cmp(b.encode_utf16()))
                }
                (Constant::Bool(a), Constant::Bool(b)) => Some(a.cmp(&b)),
                // What is of two kinds is converted: the machine knows how.
                _ => return None,
            };
            Constant::Bool(match block.field("OP") {
                "EQ" => order == Some(Ordering::Equal),
                "NEQ" => order != Some(Ordering::Equal),
                "LT" => order == Some(Ordering::Less),
                "LTE" => matches!(order, Some(Ordering::Less | Ordering::Equal)),
                "GT" => order == Some(Ordering::Greater),
                _ => matches!(order, Some(Ordering::Greater | Ordering::Equal)),
            })
        }
        _ => return None,
    })
}

/// Adds the blocks that are evaluated whenever this one is: no bodies, no other sides.
fn evaluated(graph: &Graph<'_>, index: BlockIndex, into: &mut Vec<BlockIndex>) {
    let block = graph.block(index);
    into.push(index);
    let first_only = matches!(
        block.kind.function.as_str(),
        "controls_if"
            | "controls_ifelse"
            | "logic_ternary"
            | "logic_operation"
            | "logic_default"
            | "lists_map"
            | "lists_filter"
            | "lists_find"
            | "lists_any_all"
            | "lists_reduce"
    );
    let values = block.sockets.iter().filter(|socket| !socket.statement);
    for socket in values.take(if first_only { 1 } else { usize::MAX }) {
        if let Some(child) = graph.plugged(block, &socket.name) {
            evaluated(graph, child, into);
        }
    }
}

/// What the blocks of a body, or of an expression, may do.
#[derive(Default)]
#[expect(clippy::struct_excessive_bools, reason = "questions of their own")]
struct Inside {
    /// The loop around them may be left: by *break*, by a return, by the end of the run.
    leaves: bool,
    /// The function around them may be left, or the run ended.
    returns: bool,
    /// A function is called, or a block whose body is not ours.
    calls: bool,
    /// A list or an object may be changed.
    mutates: bool,
    /// There is nothing but [`PURE`] blocks.
    pure: bool,
    /// Names of the variables read and written, in lower case.
    read: Vec<String>,
    written: Vec<String>,
}

impl Inside {
    fn of(graph: &Graph<'_>, first: Option<BlockIndex>, ends_run: bool) -> Self {
        let mut inside = Self { pure: true, ..Self::default() };
        let mut waiting: Vec<(BlockIndex, bool)> =
            first.map(|index| (index, false)).into_iter().collect();
        while let Some((index, in_inner_loop)) = waiting.pop() {
            let block = graph.block(index);
            waiting.extend(block.next.map(|next| (next, in_inner_loop)));
            if block.disabled {
                continue;
            }
            for socket in &block.sockets {
                let inner = in_inner_loop || (socket.statement && is_loop(block));
                waiting.extend(socket.block.map(|child| (child, inner)));
            }
            let function = block.kind.function.as_str();
            let is_call = matches!(block.extra, Extra::Call { .. });
            let returns = matches!(function, "procedures_ifreturn" | "trigger_result")
                || (is_call && ends_run);
            let breaks = function == "controls_flow_statements"
                && block.field("FLOW") == "BREAK"
                && !in_inner_loop;
            inside.returns |= returns;
            inside.leaves |= returns || breaks;
            inside.calls |= is_call || !matches!(block.kind.runner, Runner::Builtin);
            inside.mutates |= function.starts_with("lists_") || function.starts_with("objects_");
            inside.pure &= PURE.contains(&function);
            let names = block.variables.iter().map(|v| &graph.variables[v.0 as usize].name);
            let list =
                if function == "variables_get" { &mut inside.read } else { &mut inside.written };
            for name in names.map(|name| name.to_lowercase()) {
                if !list.contains(&name) {
                    list.push(name);
                }
            }
        }
        inside
    }
}
