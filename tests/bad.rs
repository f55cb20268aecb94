//! `tests/bad/NAME/`: a broken flow (and perhaps a folder `blocks`), and all that
//! `blockcast check` prints about it.

use crate::harness::{blockcast, compare, entries, name};
use libtest_mimic::{Failed, Trial};
use std::path::Path;

pub(crate) fn trials() -> Vec<Trial> {
    entries("bad")
        .into_iter()
        .map(|folder| Trial::test(format!("bad/{}", name(&folder)), move || check(&folder)))
        .collect()
}

fn check(folder: &Path) -> Result<(), Failed> {
    let mut command = blockcast();
    command.current_dir(folder).args(["check", "flow.json"]);
    if folder.join("blocks").is_dir() {
        command.args(["--blocks", "blocks"]);
    }
    let output = command.output()?;
    let printed = format!(
        "{}{}exit code: {}\n",
        String::from_utf8_lossy(&output.stderr),
        String::from_utf8_lossy(&output.stdout),
        output.status.code().ok_or("killed by a signal")?
    );
    compare(&folder.join("expected.txt"), &printed)
}
