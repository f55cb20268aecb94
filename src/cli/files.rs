//! Reading what a command was pointed at, and saying what is wrong with it.

use super::{Exit, print};
use crate::diag::Diagnostic;
use crate::flow::BlockSet;
use std::path::{Path, PathBuf};

/// Flags of commands that know blocks.
#[derive(clap::Args)]
pub(super) struct Blocks {
    /// A folder with block definitions of your own; may be given several times
    #[arg(long = "blocks", value_name = "DIR")]
    folders: Vec<PathBuf>,
}

impl Blocks {
    /// Loads the bundled blocks and the author's.
    ///
    /// # Errors
    /// Problems in the author's folders were printed.
    pub(super) fn load(&self) -> Result<BlockSet, Exit> {
        let (blocks, problems) = self.load_all();
        for problem in &problems {
            print::error(problem);
        }
        if problems.iter().any(Diagnostic::is_error) { Err(Exit::Invalid) } else { Ok(blocks) }
    }

    /// The same, with the problems unprinted.
    pub(super) fn load_all(&self) -> (BlockSet, Vec<Diagnostic>) {
        BlockSet::load(&self.folders)
    }
}

/// Reads a file, `-` being standard input.
pub(super) fn read(file: &Path) -> Result<Vec<u8>, Box<Diagnostic>> {
    let read = if file == Path::new("-") {
        let mut text = Vec::new();
        std::io::Read::read_to_end(&mut std::io::stdin().lock(), &mut text).map(|_| text)
    } else {
        std::fs::read(file)
    };
    read.map_err(|error| {
        Box::new(
            Diagnostic::error(
                "unreadable",
                format!("the file can't be read: {error}"),
                "check the path and its permissions",
            )
            .in_file(&file.display().to_string()),
        )
    })
}

/// The settings file that the environment names: a command that works on a data folder itself
/// must deliver as its server would.
pub(super) fn settings_file() -> Option<PathBuf> {
    std::env::var_os("BLOCKCAST_CONFIG").map(PathBuf::from)
}
