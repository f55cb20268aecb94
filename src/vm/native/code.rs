//! A program's machine code: made by Cranelift, kept as long as somebody runs it.

use super::super::value::Value;
use super::context::{Addresses, Context};
use super::depth::Depth;
use super::emit::{Calls, Emitter};
use super::facts::{Facts, Held, Learned};
use super::unit::{Unit, units};
use crate::limits;
use crate::program::{Instruction, Label, Program, Slot, Stack};
use cranelift_codegen::ir::{AbiParam, Signature, types};
use cranelift_codegen::isa::{CallConv, OwnedTargetIsa};
use cranelift_codegen::settings::{self, Configurable};
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext};
use cranelift_jit::{JITBuilder, JITModule};
use cranelift_module::{FuncId, Linkage, Module, default_libcall_names};
use std::collections::BTreeMap;
use std::fmt;
use std::mem::ManuallyDrop;
use std::sync::OnceLock;

/// A unit's machine code: the run's context, its frame, where to enter, and the steps taken
/// before. It gives the tag of a value, whose contents the context has, or that it was left.
///
/// Other units are given the contents and the steps too, in registers of their own: in memory,
/// each call would wait for what the one before it wrote.
pub(super) type UnitCode =
    unsafe extern "C" fn(*mut Context, base: *mut Value, entry: u32, steps: u64) -> u64;

/// A place where machine code can be entered.
pub(super) struct Entry {
    pub(super) function: UnitCode,
    /// Which of the unit's entries it is.
    pub(super) number: u32,
    /// The slots that are then in registers, by their number in the unit.
    pub(super) held: Held,
}

/// The machine code of a program.
pub(in crate::vm) struct Code {
    /// Freed when nobody runs it any more.
    module: ManuallyDrop<JITModule>,
    /// For each instruction where it can be entered.
    entries: Vec<Option<Entry>>,
    /// For each instruction the slots of its frame.
    frames: Vec<u32>,
    pub(super) depth: Depth,
    /// Which of the program's codes it is, from 1.
    pub(super) version: u32,
}

// SAFETY: once it is made, the module is not looked at until it is freed, by the one who
// drops the last `Code`; its machine code keeps nothing of a run.
#[expect(unsafe_code, reason = "the module holds pointers, to memory that is its own")]
unsafe impl Send for Code {}
// SAFETY: as above.
#[expect(unsafe_code, reason = "the module holds pointers, to memory that is its own")]
unsafe impl Sync for Code {}

impl Code {
    /// Compiles a loop that nobody runs: the compiler's own pages are then in memory, which
    /// takes longer than compiling a flow.
    pub(super) fn wake() {
        let (count, limit) = (Slot::local(0), Slot::local(1));
        let program = bare(vec![
            Instruction::RepeatNext { count, limit, exit: Label(3) },
            Instruction::Item { to: limit, list: count, at: limit },
            Instruction::Jump { label: Label(0) },
            Instruction::End,
        ]);
        Self::compile(&program, &Learned::default(), Care::Much, 1);
    }

    /// Compiles a program; none if it can't be, and then the interpreter runs it.
    pub(super) fn compile(
        program: &Program,
        learned: &Learned,
        care: Care,
        version: u32,
    ) -> Option<Self> {
        if program.code.len() > limits::NATIVE_INSTRUCTIONS {
            return None;
        }
        let units = units(program)?;
        let addresses = Addresses::find()?;
        let isa = isa(care)?;
        let mut module = JITModule::new(JITBuilder::with_isa(isa, default_libcall_names()));
        match define(&mut module, program, learned, &units, &addresses) {
            Ok(entries) => Some(Self::link(module, program, &units, entries, version)),
            Err(error) => {
                tracing::debug!(%error, "vm: a flow was not compiled to machine code");
                free(module);
                None
            }
        }
    }

    fn link(
        module: JITModule,
        program: &Program,
        units: &[Unit],
        made: Made,
        version: u32,
    ) -> Self {
        let mut entries: Vec<Option<Entry>> = program.code.iter().map(|_| None).collect();
        for (function, places) in made.functions {
            let address = module.get_finalized_function(function);
            // SAFETY: the function was defined with this signature.
            #[expect(unsafe_code, reason = "an address becomes a function")]
            let function = unsafe { std::mem::transmute::<*const u8, UnitCode>(address) };
            for (number, (place, held)) in (0..).zip(places) {
                entries[place] = Some(Entry { function, number, held });
            }
        }
        let mut frames = vec![program.frame; program.code.len()];
        for unit in units {
            frames[unit.code.clone()].fill(unit.frame);
        }
        let depth = made.depth;
        Self { module: ManuallyDrop::new(module), entries, frames, depth, version }
    }

    /// Where machine code can be entered for the instruction at `at`.
    pub(super) fn entry(&self, at: usize) -> Option<&Entry> {
        self.entries.get(at)?.as_ref()
    }

    /// Whether machine code can be entered at this instruction.
    #[inline]
    pub(in crate::vm) fn is_entry(&self, at: usize) -> bool {
        self.entries.get(at).is_some_and(Option::is_some)
    }

    /// Steps that machine code may take before it looks whether to pause.
    pub(super) fn margin(&self) -> u64 {
        // A call that isn't made counts two instructions of the called one beside its own.
        self.frames.len() as u64 + 3
    }

    pub(super) fn frames(&self) -> *const u32 {
        self.frames.as_ptr()
    }

    /// Slots of the frame of the instruction at `at`.
    pub(super) fn frame(&self, at: usize) -> u32 {
        self.frames.get(at).copied().unwrap_or(0)
    }
}

impl Drop for Code {
    fn drop(&mut self) {
        // SAFETY: it is taken once, here.
        #[expect(unsafe_code, reason = "freeing takes the module by value")]
        let module = unsafe { ManuallyDrop::take(&mut self.module) };
        free(module);
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Code of {} instructions", self.frames.len())
    }
}

fn free(module: JITModule) {
    // SAFETY: machine code is entered only by who holds the `Code`, and that is gone.
    #[expect(unsafe_code, reason = "the module can't know that nobody runs its code")]
    unsafe {
        module.free_memory();
    }
}

/// A program of one stack and a frame of two slots: no variables, no constants.
pub(super) fn bare(code: Vec<Instruction>) -> Program {
    Program {
        source_map: vec![0; code.len()],
        code,
        blocks: Vec::new(),
        variables: Vec::new(),
        constants: Vec::new(),
        sites: Vec::new(),
        procedures: Vec::new(),
        stacks: vec![Stack { entry: Label(0), hat: None }],
        frame: 2,
        faults: Vec::new(),
        one_based: true,
    }
}

/// How much care is taken of machine code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Care {
    /// Of a large program it is there in half the time.
    Little,
    /// It runs up to a sixth faster.
    Much,
}

/// What was made of a program.
struct Made {
    /// The functions, with the places where each can be entered and what is then in registers.
    functions: Vec<(FuncId, Vec<(usize, Held)>)>,
    depth: Depth,
}

fn define(
    module: &mut JITModule,
    program: &Program,
    learned: &Learned,
    units: &[Unit],
    addresses: &Addresses,
) -> Result<Made, Box<cranelift_module::ModuleError>> {
    let convention = module.isa().default_call_conv();
    let [i64, i32, f64] = [types::I64, types::I32, types::F64];
    let of = |parameters: &[_], results: &[_]| {
        let mut signature = Signature::new(convention);
        signature.params.extend(parameters.iter().map(|kind| AbiParam::new(*kind)));
        signature.returns.extend(results.iter().map(|kind| AbiParam::new(*kind)));
        signature
    };
    debug_assert!(matches!(convention, CallConv::SystemV | CallConv::AppleAarch64));
    let signature = of(&[i64, i64, i32, i64], &[i64, f64, i64]);
    let mut functions = BTreeMap::new();
    for unit in units {
        let name = format!("unit{}", unit.code.start);
        let function = module.declare_function(&name, Linkage::Local, &signature)?;
        functions.insert(unit.code.start, function);
    }
    let mut made = Made { functions: Vec::new(), depth: Depth::of(program, units) };
    let mut builder = FunctionBuilderContext::new();
    let mut context = module.make_context();
    for unit in units {
        let facts = Facts::of(program, learned, unit);
        let entries = facts.entries();
        if entries.is_empty() {
            continue;
        }
        context.func.signature = signature.clone();
        let references = functions
            .iter()
            .map(|(at, function)| (*at, module.declare_func_in_func(*function, &mut context.func)))
            .collect();
        let mut b = FunctionBuilder::new(&mut context.func, &mut builder);
        let calls = Calls {
            instruction: b.import_signature(of(&[i64, i64, i64, i64], &[i64])),
            unwind: b.import_signature(of(&[i64, i64, i64], &[])),
            truth: b.import_signature(of(&[i64], &[types::I8])),
            two_numbers: b.import_signature(of(&[f64, f64], &[f64])),
            units: references,
            looks_at_stack: made.depth.looks_at_stack(),
        };
        let b = Emitter::unit(b, &facts, addresses, calls, &entries);
        b.finalize(module.target_config());
        module.define_function(functions[&unit.code.start], &mut context)?;
        let layout = context.compiled_code().and_then(|code| code.buffer.frame_layout());
        // The address to return to and the frame's own beside what Cranelift says.
        let frame = layout.map_or(0, |layout| layout.frame_to_fp_offset as usize);
        made.depth.note(frame + 2 * size_of::<usize>());
        module.clear_context(&mut context);
        let entries = entries.into_iter().map(|at| (at, facts.held(at)));
        made.functions.push((functions[&unit.code.start], entries.collect()));
    }
    module.finalize_definitions()?;
    Ok(made)
}

/// This machine's instruction set; none if Cranelift can't write for it.
fn isa(care: Care) -> Option<OwnedTargetIsa> {
    static LITTLE: OnceLock<Option<OwnedTargetIsa>> = OnceLock::new();
    static MUCH: OnceLock<Option<OwnedTargetIsa>> = OnceLock::new();
    let (made, level) = match care {
        Care::Little => (&LITTLE, "none"),
        Care::Much => (&MUCH, "speed"),
    };
    let make = || {
        let mut flags = settings::builder();
        flags.set("opt_level", level).ok()?;
        // Nobody unwinds through machine code.
        flags.set("unwind_info", "false").ok()?;
        flags.set("enable_verifier", if cfg!(debug_assertions) { "true" } else { "false" }).ok()?;
        let flags = settings::Flags::new(flags);
        // Where our functions are called otherwise, they would have to be written otherwise.
        let isa = cranelift_native::builder().ok()?.finish(flags).ok()?;
        let known = matches!(isa.default_call_conv(), CallConv::SystemV | CallConv::AppleAarch64);
        (known && cfg!(target_pointer_width = "64")).then_some(isa)
    };
    made.get_or_init(make).clone()
}
