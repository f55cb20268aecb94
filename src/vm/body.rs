//! What runs a block that is written neither here nor in Blockly: a script, or a
//! function of a WebAssembly library.
//!
//! The machine knows such a body by this trait only. What it may use in one call comes
//! with the call, and counts as the run's own.

use super::builtins::Call;
use super::fault::Fault;
use super::value::Value;
use crate::clock::Deadline;
use crate::diag::say;
use std::any::Any;
use std::fmt;

/// The body of a block.
pub trait Body: Send + Sync {
    /// Runs it for one block.
    ///
    /// It may be called a second time for the same block when memory ran out, and must
    /// not depend on what earlier calls left behind.
    ///
    /// # Errors
    /// What the body itself says went wrong, a limit, or a value that can't cross.
    fn call(&self, call: &mut Call<'_>, allowance: &mut Allowance<'_>) -> Result<Value, Fault>;
}

impl fmt::Debug for dyn Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Body")
    }
}

/// What a body may use, and what it may keep until the run ends.
#[derive(Debug)]
pub struct Allowance<'a> {
    /// Steps the run has left; the body takes off what it used.
    pub steps: u64,
    /// When the run must have ended.
    pub deadline: Option<Deadline>,
    /// What bodies keep for this run, such as an instance of a library.
    pub kept: &'a mut Kept,
}

/// What bodies keep for one run, each by a key of its own. A run that is copied starts
/// without it.
#[derive(Default)]
pub struct Kept(Vec<(u64, Box<dyn Any + Send + Sync>)>);

impl Kept {
    /// What was kept under `key`, made now if it is the first time.
    ///
    /// # Errors
    /// It couldn't be made.
    pub fn get_or_make<T: Any + Send + Sync>(
        &mut self,
        key: u64,
        make: impl FnOnce() -> Result<T, Fault>,
    ) -> Result<&mut T, Fault> {
        let known = self.0.iter().position(|(kept, what)| *kept == key && what.is::<T>());
        let index = if let Some(index) = known {
            index
        } else {
            self.0.push((key, Box::new(make()?)));
            self.0.len() - 1
        };
        self.0[index].1.downcast_mut().ok_or_else(|| {
            Fault::new(
                "internal",
                say!("a kept instance is of another type"),
                say!("please report this"),
            )
        })
    }

    /// Forgets everything.
    pub(super) fn forget_all(&mut self) {
        self.0.clear();
    }

    /// Forgets what was kept under `key`: it can't be used again.
    pub fn forget(&mut self, key: u64) {
        self.0.retain(|(kept, _)| *kept != key);
    }
}

impl Clone for Kept {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl fmt::Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Kept({})", self.0.len())
    }
}
