//! The compiler: stacks, procedures, and what all of it shares.
//!
//! Values are compiled in [`values`](super::values), what decides where a run
//! goes on in [`control`](super::control).

use super::constants::{Constant, Constants, u32_of};
use super::instruction::{Instruction, Label, SiteIndex, Slot};
use super::{BlockName, CallSite, Hat, KnownFault, Program, Routine, Stack};
use crate::graph::{Block, BlockIndex, Checked, Extra, ProcedureIndex};

/// Block functions that are compiled to instructions instead of a call.
const INSTRUCTIONS: [&str; 35] = [
    "controls_flow_statements",
    "controls_for",
    "controls_forEach",
    "controls_if",
    "controls_ifelse",
    "controls_repeat",
    "controls_repeat_ext",
    "controls_whileUntil",
    "lists_any_all",
    "lists_filter",
    "lists_find",
    "lists_map",
    "lists_reduce",
    "logic_boolean",
    "logic_compare",
    "logic_default",
    "logic_negate",
    "logic_null",
    "logic_operation",
    "logic_ternary",
    "math_arithmetic",
    "math_change",
    "math_modulo",
    "math_number",
    "procedures_callnoreturn",
    "procedures_callreturn",
    "procedures_defnoreturn",
    "procedures_defreturn",
    "procedures_ifreturn",
    "text",
    "text_append",
    "trigger_data",
    "trigger_result",
    "variables_get",
    "variables_set",
];

/// Whether blocks of this function are compiled to instructions. `hat` is one for
/// blocks that only begin a stack. All other functions are built-in calls.
pub fn is_instruction(name: &str) -> bool {
    name == HAT || INSTRUCTIONS.contains(&name)
}

/// The function of blocks that only begin a stack.
const HAT: &str = "hat";

/// Compiles a flow.
pub fn compile(graph: &Checked<'_>) -> Program {
    let has_calls = has_calls(graph);
    let mut compiler = Compiler {
        graph,
        has_calls,
        code: Vec::new(),
        source_map: Vec::new(),
        constants: Constants::default(),
        sites: Vec::new(),
        faults: Vec::new(),
        parameters: Vec::new(),
        in_procedure: false,
        temporaries: 0,
        frame: 0,
        loops: Vec::new(),
        misplaced: None,
        block: 0,
    };
    let mut stacks: Vec<Stack> = graph.tops.iter().filter_map(|top| compiler.top(*top)).collect();
    let frame = compiler.frame;
    let procedures = (0..graph.procedures.len())
        .map(|number| compiler.procedure(ProcedureIndex(u32_of(number))))
        .collect();
    if let Some(entry) = compiler.misplaced {
        // Source: JavaScript, where a misplaced `break` is an error of the whole text.
        for stack in &mut stacks {
            stack.entry = entry;
        }
    }
    Program {
        code: compiler.code,
        source_map: compiler.source_map,
        blocks: graph
            .blocks
            .iter()
            .map(|block| BlockName {
                id: (*block.id).into(),
                kind: block.kind.name.as_str().into(),
                is_value: is_value(block),
            })
            .collect(),
        variables: graph.variables.iter().map(|variable| variable.name.clone()).collect(),
        constants: compiler.constants.finish(),
        sites: compiler.sites,
        procedures,
        stacks,
        frame,
        faults: compiler.faults,
        one_based: graph.one_based,
    }
}

/// For each block whether a procedure is called in it: only that can change
/// variables while an expression is evaluated.
fn has_calls(graph: &Checked<'_>) -> Vec<bool> {
    let mut has_calls: Vec<bool> =
        graph.blocks.iter().map(|block| matches!(block.extra, Extra::Call { .. })).collect();
    // A parent stands before its children.
    for index in (0..graph.blocks.len()).rev() {
        if let (true, Some(parent)) = (has_calls[index], graph.blocks[index].parent) {
            has_calls[parent.0 as usize] = true;
        }
    }
    has_calls
}

pub(super) struct Compiler<'g, 'a> {
    pub(super) graph: &'g Checked<'a>,
    pub(super) has_calls: Vec<bool>,
    code: Vec<Instruction>,
    source_map: Vec<u32>,
    constants: Constants,
    sites: Vec<CallSite>,
    faults: Vec<KnownFault>,
    /// Parameters of the procedure being compiled, lower case, with their slots.
    pub(super) parameters: Vec<(String, Slot)>,
    pub(super) in_procedure: bool,
    /// Slots of the frame in use now.
    temporaries: u32,
    /// Slots of the frame ever in use.
    frame: u32,
    pub(super) loops: Vec<Loop>,
    /// Where the run fails because of a misplaced *break*.
    pub(super) misplaced: Option<Label>,
    /// The block being compiled.
    block: u32,
}

/// A loop being compiled: the jumps that leave it and those that go on with it.
#[derive(Default)]
pub(super) struct Loop {
    pub(super) breaks: Vec<usize>,
    pub(super) continues: Vec<usize>,
}

impl<'a> Compiler<'_, 'a> {
    fn top(&mut self, top: BlockIndex) -> Option<Stack> {
        let block = self.graph.block(top);
        if matches!(block.extra, Extra::Definition(_)) {
            return None;
        }
        let entry = self.here();
        self.temporaries = 0;
        let mut hat = None;
        if let Some(event) = &block.kind.event {
            if block.disabled {
                return None;
            }
            let names: Vec<&str> = event.name_fields.iter().map(|name| block.field(name)).collect();
            let name = names.join(" ");
            hat = Some(Hat { event: event.clone(), name, block: (*block.id).into() });
            self.stack(block.next);
        } else if block.kind.shape.output.is_some() && is_value(block) {
            // A stray value is evaluated, for what it does on the way.
            if !block.disabled {
                self.value(top);
            }
        } else {
            self.stack(Some(top));
        }
        self.emit(Instruction::End);
        Some(Stack { entry, hat })
    }

    fn procedure(&mut self, index: ProcedureIndex) -> Routine {
        let procedure = &self.graph.procedures[index.0 as usize];
        let block = self.graph.block(procedure.block);
        self.block = procedure.block.0;
        let entry = self.here();
        let count = u32_of(procedure.parameters.len());
        // Of two parameters with one name the last wins, as in JavaScript.
        self.parameters = (0..count)
            .map(|n| (procedure.parameters[n as usize].to_lowercase(), Slot::local(n)))
            .rev()
            .collect();
        (self.temporaries, self.frame, self.in_procedure) = (count, count, true);
        self.stack(block.socket("STACK").and_then(|socket| socket.block));
        self.block = procedure.block.0;
        let returned = block.socket("RETURN").and_then(|socket| socket.block);
        let value = match returned.filter(|value| !self.graph.block(*value).disabled) {
            Some(value) => self.value(value),
            None => self.constant(Constant::Undefined),
        };
        self.emit(Instruction::Return { value });
        let frame = self.frame;
        (self.parameters, self.in_procedure) = (Vec::new(), false);
        let parameters = procedure.parameters.clone();
        Routine { name: procedure.name.clone(), parameters, entry, frame }
    }

    /// Compiles `first` and the statements below it.
    pub(super) fn stack(&mut self, first: Option<BlockIndex>) {
        let graph = self.graph;
        for index in graph.stack(first) {
            let kept = self.temporaries;
            self.at(index);
            self.statement(graph.block(index), index);
            self.temporaries = kept;
        }
    }

    fn statement(&mut self, block: &Block<'a>, index: BlockIndex) {
        match block.kind.function.as_str() {
            "controls_if" | "controls_ifelse" => self.branches(block, index),
            "controls_repeat" | "controls_repeat_ext" => self.repeat(block, index),
            "controls_whileUntil" => self.while_until(block, index),
            "controls_for" => self.count_through(block, index),
            "controls_forEach" => self.each(block, index),
            "controls_flow_statements" => self.leave(block),
            "procedures_callnoreturn" => {
                let to = self.temporary();
                self.call(block, to);
            }
            "procedures_ifreturn" => self.return_if(block),
            "trigger_result" => {
                let value = self.input(block, "VALUE");
                self.emit(Instruction::Stop { value });
            }
            "variables_set" => {
                let to = self.variable(block);
                self.input_into(block, "VALUE", to);
            }
            "lists_setIndex" if self.is_plain_set(block) => {
                let (list, at) = (self.input(block, "LIST"), self.input(block, "AT"));
                let value = self.input(block, "TO");
                self.emit(match self.known_place(at) {
                    Some(place) => Instruction::SetItemAt { list, place, value },
                    None => Instruction::SetItem { list, at, value },
                });
            }
            "math_change" => self.change(block),
            "text_append" => {
                let variable = self.variable(block);
                let text = self.read_before(block, "TEXT", variable);
                let value = self.input(block, "TEXT");
                self.emit(Instruction::Append { variable: text, value });
                self.append_joined(block);
                self.write_after(variable, text);
            }
            HAT => {}
            _ => {
                let to = self.temporary();
                self.builtin(block, to);
            }
        }
    }

    /// Joining values and appending that to a text is one instruction: nobody else sees the
    /// joined text.
    fn append_joined(&mut self, block: &Block<'a>) {
        // What is joined last may be one of two values.
        let value = self.plugged(block, "TEXT").map(|child| self.graph.block(child));
        if value.is_none_or(|value| value.kind.function != "text_join") {
            return;
        }
        let [
            ..,
            Instruction::Builtin { site, arguments, to },
            Instruction::Append { variable, value },
        ] = self.code[..]
        else {
            return;
        };
        let joined = &self.sites[site.0 as usize];
        if to == value && &*joined.function == "text_join" && joined.arguments > 1 {
            let count = joined.arguments;
            self.code.truncate(self.code.len() - 2);
            self.source_map.truncate(self.code.len());
            self.emit(Instruction::AppendJoined { variable, values: arguments, count });
        }
    }

    /// What was emitted since then.
    pub(super) fn since(&self, label: Label) -> &[Instruction] {
        &self.code[label.0 as usize..]
    }

    /// The number in a slot, if it is a constant's.
    pub(super) fn number_in(&self, slot: Slot) -> Option<f64> {
        let constants = u32_of(self.graph.variables.len()) + 1;
        if slot.is_local() {
            None
        } else {
            self.constants.number_at(slot.index().checked_sub(constants)?)
        }
    }

    /// The place in a list, counted from 0, that a constant means.
    pub(super) fn known_place(&self, at: Slot) -> Option<u32> {
        let first = if self.graph.one_based { 1.0 } else { 0.0 };
        let place = self.number_in(at)? - first;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "`as` saturates, and what changed by it is compared"
        )]
        let whole = place as u32;
        (f64::from(whole) == place && whole < u32::MAX).then_some(whole)
    }

    /// Setting by a place counted from the start: the one way of many that loops use.
    /// When a function is called on the way, operands are copied, by the plain call.
    fn is_plain_set(&self, block: &Block<'_>) -> bool {
        let calls = |socket: &str| {
            self.plugged(block, socket).is_some_and(|child| self.has_calls[child.0 as usize])
        };
        (block.field("MODE"), block.field("WHERE")) == ("SET", "FROM_START")
            && !calls("AT")
            && !calls("TO")
    }

    // ---- what all parts share

    /// The place of the next instruction.
    pub(super) fn here(&self) -> Label {
        Label(u32_of(self.code.len()))
    }

    /// Says that what follows comes from this block.
    pub(super) fn at(&mut self, block: BlockIndex) -> u32 {
        std::mem::replace(&mut self.block, block.0)
    }

    /// Goes back to the block that [`Compiler::at`] answered.
    pub(super) fn back_at(&mut self, block: u32) {
        self.block = block;
    }

    /// Adds an instruction; gives its number, for [`Compiler::land`].
    pub(super) fn emit(&mut self, instruction: Instruction) -> usize {
        self.code.push(instruction);
        self.source_map.push(self.block);
        self.code.len() - 1
    }

    /// Lets the jump at `from` end here.
    pub(super) fn land(&mut self, from: usize) {
        let here = self.here();
        match &mut self.code[from] {
            Instruction::Jump { label }
            | Instruction::JumpIf { label, .. }
            | Instruction::JumpUnless { label, .. }
            | Instruction::UnlessEqual { label, .. }
            | Instruction::UnlessNotEqual { label, .. }
            | Instruction::UnlessLess { label, .. }
            | Instruction::UnlessLessOrEqual { label, .. }
            | Instruction::UnlessGreater { label, .. }
            | Instruction::UnlessGreaterOrEqual { label, .. }
            | Instruction::RepeatNext { exit: label, .. } => *label = here,
            other => unreachable!("{other:?} is no jump"),
        }
    }

    /// A jump whose end is not known yet.
    pub(super) fn jump(&mut self) -> usize {
        self.emit(Instruction::Jump { label: Label(0) })
    }

    /// A slot of the frame, free until the statement ends.
    pub(super) fn temporary(&mut self) -> Slot {
        self.temporaries(1)
    }

    /// `count` slots of the frame, one behind the other.
    pub(super) fn temporaries(&mut self, count: u32) -> Slot {
        let slot = Slot::local(self.temporaries);
        self.temporaries += count;
        self.frame = self.frame.max(self.temporaries);
        slot
    }

    /// Slots in use, for [`Compiler::release`].
    pub(super) fn mark(&self) -> u32 {
        self.temporaries
    }

    /// Frees what was taken since [`Compiler::mark`].
    pub(super) fn release(&mut self, mark: u32) {
        self.temporaries = mark;
    }

    /// The slot of the event's data.
    pub(super) fn event(&self) -> Slot {
        Slot::fixed(u32_of(self.graph.variables.len()))
    }

    /// The slot of a constant.
    pub(super) fn constant(&mut self, constant: Constant) -> Slot {
        let number = self.constants.keep(constant);
        Slot::fixed(u32_of(self.graph.variables.len()) + 1 + number)
    }

    /// The slot of a block's variable: a parameter of that name, else the global.
    pub(super) fn variable(&self, block: &Block<'_>) -> Slot {
        self.variable_at(block, 0)
    }

    /// As [`Compiler::variable`], of the variable field `number` among several.
    pub(super) fn variable_at(&self, block: &Block<'_>, number: usize) -> Slot {
        let Some(variable) = block.variables.get(number) else { return self.event() };
        let name = self.graph.variables[variable.0 as usize].name.to_lowercase();
        let parameter = self.parameters.iter().find(|(parameter, _)| *parameter == name);
        parameter.map_or(Slot::fixed(variable.0), |(_, slot)| *slot)
    }

    /// Whether a slot holds a variable or a parameter, which blocks can read by name.
    pub(super) fn is_variable(&self, slot: Slot) -> bool {
        !slot.is_local() || slot.index() < u32_of(self.parameters.len())
    }

    /// Adds a call site.
    pub(super) fn site(&mut self, site: CallSite) -> SiteIndex {
        self.sites.push(site);
        SiteIndex(u32_of(self.sites.len() - 1))
    }

    /// Adds an instruction that ends the run with an error.
    pub(super) fn fail(&mut self, fault: KnownFault) -> Label {
        let label = self.here();
        self.faults.push(fault);
        self.emit(Instruction::Fail { fault: u32_of(self.faults.len() - 1) });
        label
    }
}

/// Whether a block stands for a value in this flow.
pub(super) fn is_value(block: &Block<'_>) -> bool {
    match (&block.extra, &block.kind.statement_when) {
        (Extra::ReturnsResult, _) => true,
        (_, Some(when)) => !when.values.iter().any(|value| value == block.field(&when.field)),
        (_, None) => block.kind.shape.output.is_some(),
    }
}
