//! A program as text, one instruction a line with its block, for people and goldens.

use super::{Constant, Instruction, Label, Program, Slot};
use std::fmt;

impl fmt::Display for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (instruction, block)) in self.code.iter().zip(&self.source_map).enumerate() {
            for stack in self.stacks.iter().filter(|s| s.entry.0 as usize == index) {
                match &stack.hat {
                    Some(hat) => writeln!(f, "on {} {}:", hat.event.kind, hat.name)?,
                    None => writeln!(f, "stack:")?,
                }
            }
            for procedure in self.procedures.iter().filter(|p| p.entry.0 as usize == index) {
                writeln!(f, "function {} (frame {}):", procedure.name, procedure.frame)?;
            }
            let text = self.instruction(*instruction);
            let id = &self.blocks[*block as usize].id;
            writeln!(f, "{index:5}  {text:<44} ; {id}")?;
        }
        Ok(())
    }
}

impl Program {
    fn slot(&self, slot: Slot) -> String {
        let index = slot.index() as usize;
        if slot.is_local() {
            return format!("t{index}");
        }
        let variables = self.variables.len();
        if index < variables {
            return self.variables[index].clone();
        }
        if index == variables {
            return "event".into();
        }
        self.constant_text(index - variables - 1)
    }

    fn constant_text(&self, index: usize) -> String {
        match &self.constants[index] {
            Constant::Text(text) => format!("{text:?}"),
            Constant::Number(bits) => crate::number::number_text(f64::from_bits(*bits)),
            Constant::Bool(value) => value.to_string(),
            Constant::Undefined => "undefined".into(),
            Constant::Null => "null".into(),
        }
    }

    #[expect(clippy::too_many_lines, reason = "one arm an instruction: a table")]
    fn instruction(&self, instruction: Instruction) -> String {
        use Instruction as I;
        let s = |slot| self.slot(slot);
        let binary = |to, a, op: &str, b| format!("{} = {} {op} {}", s(to), s(a), s(b));
        let unless = |a, op: &str, b, label: Label| {
            format!("jump {} unless {} {op} {}", label.0, s(a), s(b))
        };
        match instruction {
            I::Move { to, from } => format!("{} = {}", s(to), s(from)),
            I::Add { to, a, b } => binary(to, a, "+", b),
            I::Subtract { to, a, b } => binary(to, a, "-", b),
            I::Multiply { to, a, b } => binary(to, a, "*", b),
            I::Divide { to, a, b } => binary(to, a, "/", b),
            I::Power { to, a, b } => binary(to, a, "**", b),
            I::Modulo { to, a, b } => binary(to, a, "%", b),
            I::Equal { to, a, b } => binary(to, a, "==", b),
            I::NotEqual { to, a, b } => binary(to, a, "!=", b),
            I::Less { to, a, b } => binary(to, a, "<", b),
            I::LessOrEqual { to, a, b } => binary(to, a, "<=", b),
            I::Greater { to, a, b } => binary(to, a, ">", b),
            I::GreaterOrEqual { to, a, b } => binary(to, a, ">=", b),
            I::UnlessEqual { a, b, label } => unless(a, "==", b, label),
            I::UnlessNotEqual { a, b, label } => unless(a, "!=", b, label),
            I::UnlessLess { a, b, label } => unless(a, "<", b, label),
            I::UnlessLessOrEqual { a, b, label } => unless(a, "<=", b, label),
            I::UnlessGreater { a, b, label } => unless(a, ">", b, label),
            I::UnlessGreaterOrEqual { a, b, label } => unless(a, ">=", b, label),
            I::Not { to, a } => format!("{} = not {}", s(to), s(a)),
            I::Jump { label } => format!("jump {}", label.0),
            I::JumpIf { condition, label } => format!("jump {} if {}", label.0, s(condition)),
            I::JumpUnless { condition, label } => {
                format!("jump {} unless {}", label.0, s(condition))
            }
            I::RepeatNext { count, limit, exit } => {
                format!("count {} below {} or jump {}", s(count), s(limit), exit.0)
            }
            I::ForStart { start, end, step } => {
                format!("step {} from {} to {}", s(step), s(start), s(end))
            }
            I::ForTest { variable, end, step } => {
                format!("skip unless {} passed {} by {}", s(variable), s(end), s(step))
            }
            I::ForNext { variable, end, step } => {
                format!("{} = {} + {}, skip if past {}", s(variable), s(variable), s(step), s(end))
            }
            I::EachStart { list, state, .. } => format!("walk {} in {}", s(list), s(state)),
            I::EachNext { state, list, to } => {
                format!("{} = next of {} in {}, skip", s(to), s(list), s(state))
            }
            I::Item { to, list, at } => format!("{} = {}[{}]", s(to), s(list), s(at)),
            I::ItemAt { to, list, place } => format!("{} = {}[place {place}]", s(to), s(list)),
            I::SetItemAt { list, place, value } => {
                format!("{}[place {place}] = {}", s(list), s(value))
            }
            I::SetItem { list, at, value } => format!("{}[{}] = {}", s(list), s(at), s(value)),
            I::Append { variable, value } => format!("{} append {}", s(variable), s(value)),
            I::AppendJoined { variable, values, count } => {
                format!("{} append {} .. {count}", s(variable), s(values))
            }
            I::Change { variable, delta } => format!("{} change by {}", s(variable), s(delta)),
            I::Builtin { site, arguments, to } => {
                let site = &self.sites[site.0 as usize];
                let (name, count) = (&site.function, site.arguments);
                format!("{} = {name}({} .. {count})", s(to), s(arguments))
            }
            I::Call { procedure, arguments, to } => {
                let name = &self.procedures[procedure as usize].name;
                format!("{} = call {name}({} ..)", s(to), s(arguments))
            }
            I::Return { value } => format!("return {}", s(value)),
            I::End => "end".into(),
            I::Stop { value } => format!("stop with {}", s(value)),
            I::Fail { fault } => format!("fail {}", self.faults[fault as usize].code),
        }
    }
}
