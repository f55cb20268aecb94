//! Without the feature `native`: everything is interpreted.

use super::fault::Interrupt;
use super::image::Image;
use super::state::State;
use std::sync::Arc;

/// Machine code, of which there is none.
#[derive(Debug)]
pub(super) struct Code;

/// The machine code of a program: none.
#[derive(Debug, Default)]
pub(super) struct Native {}

/// Makes the compiler ready: there is none.
pub fn wake() {}

impl Native {
    #[expect(clippy::unused_self, reason = "where there is code, it is asked for it")]
    pub(super) fn code(&self, _: &Arc<Image>) -> Option<Code> {
        None
    }

    /// Compiles nothing.
    pub(super) fn prepare(_: &Arc<Image>) {}
}

impl State {
    /// Takes what steps [`quick`](super::quick) can take.
    pub(super) fn advance(
        &mut self,
        image: &Arc<Image>,
        _: &mut Option<Code>,
        pause: u64,
    ) -> Result<(), Interrupt> {
        self.quick(image, pause, |_| false)
    }
}
