//! The thread that compiles programs before a run waits for them.

use super::super::image::Image;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, OnceLock};

/// Hands a program over to be compiled; false when there is no such thread.
pub(super) fn hand_over(image: &Arc<Image>) -> bool {
    static LINE: OnceLock<Option<Sender<Arc<Image>>>> = OnceLock::new();
    let begin = || {
        let (line, programs) = channel::<Arc<Image>>();
        let work = move || {
            for image in programs {
                // Without machine code a flow runs as well, only slower.
                if catch_unwind(AssertUnwindSafe(|| image.native.compile(&image.program))).is_err()
                {
                    tracing::error!(
                        "vm: compiling a flow to machine code failed; please report it"
                    );
                }
            }
        };
        let thread = std::thread::Builder::new().name("blockcast-compiler".into());
        thread.spawn(work).ok().map(|_| line)
    };
    let line = LINE.get_or_init(begin).as_ref();
    line.is_some_and(|line| line.send(Arc::clone(image)).is_ok())
}
