//! The runtime on which a command waits for the network, the store and the clock.

use super::{Exit, print};
use tokio::runtime::Builder;

/// Does the work on this thread.
pub(super) fn wait<T>(work: impl Future<Output = T>) -> Result<T, Exit> {
    wait_on(&mut Builder::new_current_thread(), work)
}

/// Does the work on the threads that `builder` says.
pub(super) fn wait_on<T>(builder: &mut Builder, work: impl Future<Output = T>) -> Result<T, Exit> {
    match builder.enable_all().build() {
        Ok(runtime) => Ok(runtime.block_on(work)),
        Err(error) => {
            print::error(format_args!("error: the system gave no threads: {error}"));
            Err(Exit::Failed)
        }
    }
}
