//! What all trials share: the binary, the folders, and comparing with a file.

pub(crate) mod server;
pub(crate) mod simulator;
pub(crate) mod stream;

use libtest_mimic::Failed;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The repository's root.
pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The real binary, run from the repository's root without blockcast's variables.
pub(crate) fn blockcast() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_blockcast"));
    command.current_dir(root());
    for (name, _) in std::env::vars() {
        if name.starts_with("BLOCKCAST_") {
            command.env_remove(name);
        }
    }
    command
}

/// The entries of a folder below `tests/`, in order of their names.
pub(crate) fn entries(folder: &str) -> Vec<PathBuf> {
    let folder = root().join("tests").join(folder);
    let mut entries: Vec<PathBuf> = std::fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.unwrap().path())
        .collect();
    entries.sort();
    entries
}

/// The last part of a path, without its extension.
pub(crate) fn name(path: &Path) -> String {
    path.file_stem().unwrap().to_string_lossy().into_owned()
}

/// Compares a text with a file; with `BLOCKCAST_ACCEPT=1` writes the file instead.
pub(crate) fn compare(file: &Path, actual: &str) -> Result<(), Failed> {
    if std::env::var_os("BLOCKCAST_ACCEPT").is_some() {
        std::fs::write(file, actual)?;
        return Ok(());
    }
    let expected = std::fs::read_to_string(file).unwrap_or_default();
    if expected == actual {
        return Ok(());
    }
    let shown = file.strip_prefix(root()).unwrap_or(file).display();
    Err(format!(
        "{shown} differs (`make accept` writes it anew):\n{}",
        line_diff(&expected, actual)
    )
    .into())
}

fn line_diff(expected: &str, actual: &str) -> String {
    let (expected, actual): (Vec<_>, Vec<_>) =
        (expected.lines().collect(), actual.lines().collect());
    let same = expected.iter().zip(&actual).take_while(|(a, b)| a == b).count();
    let line = |lines: &[&str]| {
        let shown = lines.get(same..).unwrap_or_default().iter().take(12);
        shown.map(|line| ["    ", line, "\n"].concat()).collect::<String>()
    };
    format!(
        "from line {} on\n  expected:\n{}  actual:\n{}",
        same + 1,
        line(&expected),
        line(&actual)
    )
}

/// A whole number from the environment.
pub(crate) fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().map_or(default, |text| {
        text.parse().unwrap_or_else(|_| panic!("{name} must be a whole number and is `{text}`"))
    })
}
