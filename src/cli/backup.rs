//! `blockcast backup` and `blockcast verify`: a copy of the data, and whether it is sound.
//! Both work beside a running server.

use super::{Exit, print};
use crate::store;
use std::path::PathBuf;

/// Copy the data into one file, beside a running server
///
/// The copy is of one moment, and is verified. To go back to it, stop the server and put it into
/// an empty data folder as `blockcast.db`.
#[derive(clap::Args)]
pub(super) struct BackupArgs {
    /// The new file; an existing one is never replaced
    file: PathBuf,
    /// The data folder
    #[arg(long, value_name = "DIR", default_value = "data", env = "BLOCKCAST_DATA")]
    data: PathBuf,
}

/// Check that the data, or a backup, is sound
///
/// Looks at every page of the file, every reference between rows, and what must always be so.
#[derive(clap::Args)]
pub(super) struct VerifyArgs {
    /// A data folder, also one that a server runs on, or a file made by `backup`
    #[arg(default_value = "data")]
    path: PathBuf,
}

/// Makes a backup.
pub(super) fn back_up(args: &BackupArgs) -> Exit {
    match store::back_up(&args.data, &args.file) {
        Ok(bytes) => {
            let file = args.file.display();
            print::line(format_args!("{file}: {bytes} bytes, verified"));
            Exit::Done
        }
        Err(error) => {
            print::error(format_args!("error: {error}"));
            Exit::Failed
        }
    }
}

/// Verifies a folder or a file.
pub(super) fn verify(args: &VerifyArgs) -> Exit {
    match store::verify(&args.path) {
        Ok(problems) if problems.is_empty() => {
            print::line(format_args!("{}: sound", args.path.display()));
            Exit::Done
        }
        Ok(problems) => {
            for problem in problems {
                print::error(format_args!("error: {problem}"));
            }
            print::error("the data is not sound; stop the server and go back to a backup");
            Exit::Failed
        }
        Err(error) => {
            print::error(format_args!("error: {error}"));
            Exit::Failed
        }
    }
}
