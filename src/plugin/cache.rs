//! Compiled libraries, kept on disk: compiling takes a second, loading a millisecond.
//!
//! In the user's own cache folder, which nobody else may write to: what lies there is
//! machine code that is run as it is.

use std::fmt::Write;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::PathBuf;
use wasmtime::Engine;
use wasmtime::component::Component;

/// The component of this file: what was kept of it, else what `compile` gives.
pub(super) fn compiled(
    engine: &Engine,
    bytes: &[u8],
    compile: impl FnOnce() -> wasmtime::Result<Component>,
) -> wasmtime::Result<Component> {
    let Some(kept) = place(engine, bytes) else { return compile() };
    if kept.is_file() {
        // SAFETY: the folder is the user's own and closed to others, and the name holds the
        // digest of the library and the engine's settings: this is what we wrote ourselves.
        #[expect(unsafe_code, reason = "machine code that was kept can't be checked")]
        let component = unsafe { Component::deserialize_file(engine, &kept) };
        if let Ok(component) = component {
            return Ok(component);
        }
    }
    let component = compile()?;
    // Without it the next start is slower, and that is all.
    if let Err(error) = keep(&component, &kept) {
        tracing::debug!(%error, "plugin: the compiled library was not kept");
    }
    Ok(component)
}

fn keep(component: &Component, kept: &PathBuf) -> wasmtime::Result<()> {
    let machine_code = component.serialize()?;
    let beside = kept.with_extension(format!("{}.new", std::process::id()));
    std::fs::write(&beside, machine_code)?;
    std::fs::rename(&beside, kept)?;
    Ok(())
}

/// Where a library is kept; none without a folder that is ours alone.
fn place(engine: &Engine, bytes: &[u8]) -> Option<PathBuf> {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    // Source: the XDG base directory specification.
    let base = set("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .or_else(|| Some(PathBuf::from(set("HOME")?).join(".cache")))?;
    let folder = base.join("blockcast").join("libraries");
    if !folder.is_dir() {
        make(&folder).ok()?;
    }
    if !is_ours_alone(&folder) {
        return None;
    }
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, bytes);
    let mut settings = DefaultHasher::new();
    engine.precompile_compatibility_hash().hash(&mut settings);
    env!("CARGO_PKG_VERSION").hash(&mut settings);
    let mut name = String::new();
    for byte in digest.as_ref() {
        let _ = write!(name, "{byte:02x}");
    }
    let _ = write!(name, "-{:016x}.compiled", settings.finish());
    Some(folder.join(name))
}

#[cfg(unix)]
fn make(folder: &PathBuf) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

#[cfg(unix)]
fn is_ours_alone(folder: &PathBuf) -> bool {
    use std::os::unix::fs::MetadataExt;
    let Ok(data) = std::fs::symlink_metadata(folder) else { return false };
    // Nobody but its owner can have made this file's folder, and only we own this process's.
    let ours = std::fs::metadata("/proc/self").map_or(data.uid(), |own| own.uid());
    data.is_dir() && data.mode() & 0o022 == 0 && data.uid() == ours
}

#[cfg(not(unix))]
fn make(folder: &PathBuf) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)
}

#[cfg(not(unix))]
fn is_ours_alone(_: &PathBuf) -> bool {
    true
}
