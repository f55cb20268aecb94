//! All blocks there are, with what runs each: ours, scripts, and libraries.

use crate::block::{self, Bodies, Definition, Definitions, Runner};
use crate::diag::{Diagnostic, say};
use crate::graph::Checked;
use crate::script::{Parameters, Scripts};
use crate::source::Source;
use crate::vm::{Body, builtins};
use crate::{plugin, program};
use indexmap::IndexMap;
use std::path::PathBuf;
use std::sync::Arc;

/// Block definitions and their bodies.
#[derive(Debug, Default)]
pub struct BlockSet {
    definitions: Definitions,
    found: Found,
}

/// What can run a block, as far as it is not one of ours.
#[derive(Debug, Default)]
struct Found {
    scripts: Scripts,
    /// By function.
    bodies: IndexMap<String, Arc<dyn Body>>,
}

impl Bodies for Found {
    fn knows(&self, definition: &Definition) -> bool {
        let function = definition.function.as_str();
        match definition.runner {
            Runner::Builtin => {
                program::is_instruction(function) || builtins::find(function).is_some()
            }
            Runner::Wasm => self.bodies.contains_key(function),
            Runner::Script(_) | Runner::ScriptField(_) => true,
        }
    }

    fn prepare(&mut self, definition: &Definition) -> Result<(), String> {
        let (Runner::Script(_) | Runner::ScriptField(_)) = &definition.runner else {
            return Ok(());
        };
        if let Some(name) = Parameters::unspeakable(definition) {
            return Err(format!(
                "a script can't name `{name}`: a letter, then letters, digits and `_`"
            ));
        }
        if let Runner::Script(script) = &definition.runner {
            let parameters = Parameters::of(definition, None);
            let script = self.scripts.compile(script, parameters).map_err(|e| e.to_string())?;
            self.bodies.insert(definition.function.clone(), Arc::new(script));
        }
        Ok(())
    }
}

/// The bodies of one flow's blocks: those of all flows, and the scripts on its own blocks.
pub(super) struct FlowBodies<'a> {
    set: &'a BlockSet,
    own: IndexMap<(String, String), Arc<dyn Body>>,
}

impl BlockSet {
    /// Loads the bundled blocks and those of the author's folders.
    ///
    /// What has a problem is left out; everything else is there.
    pub fn load(folders: &[PathBuf]) -> (Self, Vec<Diagnostic>) {
        let mut found = Found::default();
        let (libraries, mut problems) = plugin::load(folders);
        let mut files = Vec::new();
        for library in libraries {
            files.push((library.file, library.definitions));
            for (function, body) in library.bodies {
                // Of two blocks by one name the first is kept, as among definitions.
                found.bodies.entry(function).or_insert(body);
            }
        }
        let (definitions, others) = block::load(folders, files, &mut found);
        problems.extend(others);
        (Self { definitions, found }, problems)
    }

    /// The definitions.
    pub fn definitions(&self) -> &Definitions {
        &self.definitions
    }

    /// Compiles the scripts that stand on a flow's blocks.
    ///
    /// # Errors
    /// What is wrong with them, each at its block.
    pub(super) fn bodies(
        &self,
        graph: &Checked<'_>,
        source: &Source,
    ) -> Result<FlowBodies<'_>, Vec<Diagnostic>> {
        let mut own: IndexMap<(String, String), Arc<dyn Body>> = IndexMap::new();
        let mut problems = Vec::new();
        for block in &graph.blocks {
            let Runner::ScriptField(field) = &block.kind.runner else { continue };
            let key = (block.kind.function.clone(), block.field(field).to_owned());
            if own.contains_key(&key) {
                continue;
            }
            let parameters = Parameters::of(block.kind, Some(field));
            match self.found.scripts.compile(&key.1, parameters) {
                Ok(script) => {
                    own.insert(key, Arc::new(script));
                }
                Err(error) => problems.push(
                    Diagnostic::error(
                        "bad-script",
                        say!("the script can't be read: {error}", error),
                        say!("mend it there; inputs and fields are variables, by their names in small \
                         letters"),
                    )
                    .at(block.place(source.root())),
                ),
            }
        }
        if problems.is_empty() { Ok(FlowBodies { set: self, own }) } else { Err(problems) }
    }
}

impl FlowBodies<'_> {
    /// The body of a call of `function` on a block with these fields.
    pub(super) fn find(&self, function: &str, fields: &[Box<str>]) -> Option<Arc<dyn Body>> {
        if let Some(body) = self.set.found.bodies.get(function) {
            return Some(Arc::clone(body));
        }
        let kind = self.set.definitions.iter().find(|kind| kind.function == function)?;
        let Runner::ScriptField(name) = &kind.runner else { return None };
        let index = kind.fields().position(|field| field.name == *name)?;
        let script = fields.get(index)?;
        self.own.get(&(function.to_owned(), script.to_string())).cloned()
    }
}
