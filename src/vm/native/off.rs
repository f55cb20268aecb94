//! Without the feature `native`: everything is interpreted.

use super::image::Image;
use super::machine::Machine;

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
    pub(super) fn code(&self) -> Option<Code> {
        None
    }
}

impl Machine {
    /// Takes what steps [`quick`](super::quick) can take.
    pub(super) fn advance(&mut self, image: &Image, _: &mut Option<Code>, pause: u64) {
        self.quick(&image.program, pause, |_| false);
    }
}
