//! `tests/cli/NAME.txt`: a command line, then everything it prints, then its exit code.

use crate::harness::{blockcast, compare, entries, name};
use libtest_mimic::{Failed, Trial};
use std::fmt::Write;
use std::path::Path;

pub(crate) fn trials() -> Vec<Trial> {
    entries("cli")
        .into_iter()
        .map(|file| Trial::test(format!("cli/{}", name(&file)), move || check(&file)))
        .collect()
}

fn check(file: &Path) -> Result<(), Failed> {
    let text = std::fs::read_to_string(file)?;
    let command = text.lines().next().and_then(|line| line.strip_prefix("$ blockcast"));
    let command = command.ok_or("the first line must be `$ blockcast ...`")?;
    let output = blockcast().args(command.split_whitespace()).output()?;
    let mut printed = format!("$ blockcast{command}\n");
    for (name, bytes) in [("stdout", &output.stdout), ("stderr", &output.stderr)] {
        if !bytes.is_empty() {
            let text = masked(&String::from_utf8_lossy(bytes));
            let _ = write!(printed, "--- {name}\n{text}");
        }
    }
    let code = output.status.code().ok_or("killed by a signal")?;
    let _ = writeln!(printed, "--- exit code {code}");
    compare(file, &printed)
}

/// What differs from run to run: how long it took.
fn masked(text: &str) -> String {
    let mut masked = text.to_owned();
    for before in ["\"elapsed_us\":", " failed in "] {
        if let Some(at) = masked.find(before) {
            let from = at + before.len();
            let digits = masked[from..].bytes().take_while(u8::is_ascii_digit).count();
            masked.replace_range(from..from + digits, "0");
        }
    }
    masked
}
