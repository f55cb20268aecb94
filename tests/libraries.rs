//! `tests/libraries/`: block libraries in Rust are built as an author would build them, put
//! into a folder, and the cases are run with it by `blockcast test`. Without their cache,
//! then with it.

use crate::harness::{blockcast, root};
use libtest_mimic::{Failed, Trial};
use std::path::{Path, PathBuf};
use std::process::Command;

pub(crate) fn trials() -> Vec<Trial> {
    vec![Trial::test("libraries/are_built_from_rust_and_run", build_and_run)]
}

fn build_and_run() -> Result<(), Failed> {
    let target = root().join("target/libraries");
    let blocks = target.join("blocks");
    std::fs::create_dir_all(&blocks)?;
    for name in ["geo", "faulty"] {
        build(name, &target)?;
        let file = format!("{name}.wasm");
        let built = target.join("wasm32-unknown-unknown/release").join(&file);
        std::fs::copy(built, blocks.join(&file))?;
    }
    let cache = target.join("cache");
    let _ = std::fs::remove_dir_all(&cache);
    for run in ["compiled anew", "from the cache"] {
        let accept = std::env::var_os("BLOCKCAST_ACCEPT").map(|_| "--accept");
        let output = blockcast()
            .env("XDG_CACHE_HOME", &cache)
            .arg("test")
            .args(accept)
            .arg(root().join("tests/libraries/cases"))
            .arg("--blocks")
            .arg(&blocks)
            .output()?;
        if !output.status.success() {
            let printed = String::from_utf8_lossy(&output.stdout).into_owned()
                + &*String::from_utf8_lossy(&output.stderr);
            return Err(format!("{run}:\n{printed}").into());
        }
        let kept = std::fs::read_dir(cache.join("blockcast/libraries"))?.count();
        if kept != 2 {
            return Err(format!("{run}: {kept} compiled libraries are kept, not 2").into());
        }
    }
    ends_in_time(&blocks, &cache)
}

/// A library that never ends is stopped when the run's time is over.
fn ends_in_time(blocks: &Path, cache: &Path) -> Result<(), Failed> {
    let output = blockcast()
        .env("XDG_CACHE_HOME", cache)
        .args(["run", "--dry-run", "--timeout-ms", "50", "--blocks"])
        .arg(blocks)
        .arg(root().join("tests/libraries/cases/faulty_loop-at_the_block/flow.json"))
        .output()?;
    let told = String::from_utf8_lossy(&output.stderr);
    if output.status.success() || !told.contains("error[time-limit]") {
        return Err(format!("not stopped in time:\n{told}").into());
    }
    Ok(())
}

fn build(name: &str, target: &Path) -> Result<(), Failed> {
    let manifest: PathBuf = root().join("tests/libraries").join(name).join("Cargo.toml");
    let output = Command::new(env!("CARGO"))
        .args(["build", "--release", "--locked", "--quiet", "--target", "wasm32-unknown-unknown"])
        .arg("--manifest-path")
        .arg(manifest)
        .arg("--target-dir")
        .arg(target)
        .output()?;
    if output.status.success() {
        return Ok(());
    }
    let printed = String::from_utf8_lossy(&output.stderr).into_owned();
    Err(format!("{name} can't be built (`make test` adds what it needs):\n{printed}").into())
}
