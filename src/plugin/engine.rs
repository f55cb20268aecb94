//! The one WebAssembly engine, and opening a library with it.

use super::body::{Function, State, start};
use super::cache;
use super::describe::describe;
use super::library::{Library, bad};
use super::world::BlockLibraryPre;
use crate::diag::Diagnostic;
use crate::limits;
use crate::vm::Body;
use std::path::Path;
use std::sync::{Arc, LazyLock};
use std::time::Duration;
use wasmtime::component::{Component, Linker};
use wasmtime::{Config, Engine, InstanceAllocationStrategy, PoolingAllocationConfig};

/// Made when the first library is opened: it reserves address space and starts a thread.
static ENGINE: LazyLock<Result<Engine, String>> =
    LazyLock::new(|| engine().map_err(|error| format!("{error:#}")));

fn engine() -> wasmtime::Result<Engine> {
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(limits::LIBRARY_INSTANCES)
        .total_core_instances(limits::LIBRARY_INSTANCES * 4)
        .total_memories(limits::LIBRARY_INSTANCES)
        .total_tables(limits::LIBRARY_INSTANCES * 4)
        .max_memory_size(limits::LIBRARY_MEMORY);
    let mut config = Config::new();
    config
        .allocation_strategy(InstanceAllocationStrategy::Pooling(pool))
        .consume_fuel(true)
        .epoch_interruption(true)
        .max_wasm_stack(limits::LIBRARY_STACK)
        // The same result on every machine, bit by bit.
        .cranelift_nan_canonicalization(true)
        .wasm_relaxed_simd(false)
        .wasm_backtrace_max_frames(None);
    let engine = Engine::new(&config)?;
    let ticking = engine.weak();
    std::thread::Builder::new().name("library-clock".into()).spawn(move || {
        while let Some(engine) = ticking.upgrade() {
            engine.increment_epoch();
            drop(engine);
            #[expect(clippy::disallowed_methods, reason = "this thread is a clock's hand")]
            std::thread::sleep(Duration::from_millis(limits::LIBRARY_TICK_MS));
        }
    })?;
    Ok(engine)
}

/// Opens a library: compiles it (or takes what was kept), and asks for its blocks.
pub(super) fn open(file: &Path) -> Result<Library, Box<Diagnostic>> {
    let hint = "make it from the world in schemas/block-library.wit";
    let size = std::fs::metadata(file).map(|data| data.len());
    if size.is_ok_and(|size| size > limits::LIBRARY_BYTES_MAX) {
        let message = format!("the library is larger than {} bytes", limits::LIBRARY_BYTES_MAX);
        return Err(bad(file, message, "leave out what blocks don't need"));
    }
    let bytes = std::fs::read(file).map_err(|error| {
        bad(file, format!("the library can't be read: {error}"), "check its permissions")
    })?;
    if !bytes.starts_with(b"\0asm") {
        return Err(bad(file, "the file isn't WebAssembly", hint));
    }
    let engine = ENGINE.as_ref().map_err(|error| {
        bad(file, format!("no WebAssembly on this machine: {error}"), "take the file away")
    })?;
    let wrong = |what: &str, error: wasmtime::Error| bad(file, format!("{what}: {error:#}"), hint);
    let component = cache::compiled(engine, &bytes, || {
        let component = component_of(&bytes)?;
        Component::from_binary(engine, &component)
    })
    .map_err(|error| wrong("the library can't be compiled", error))?;
    let pre = Linker::<State>::new(engine)
        .instantiate_pre(&component)
        .and_then(BlockLibraryPre::new)
        .map_err(|error| wrong("the library doesn't fit", error))?;
    let (mut store, instance) = start(&pre, limits::LIBRARY_DESCRIBE_STEPS, None)
        .map_err(|error| wrong("the library can't be started", error))?;
    let description = instance
        .blockcast_blocks_library()
        .call_describe(&mut store)
        .map_err(|error| wrong("the library can't say which blocks it has", error))?;
    let (definitions, functions) =
        describe(&description).map_err(|message| bad(file, message, hint))?;
    let pre = Arc::new(pre);
    let bodies = functions
        .into_iter()
        .zip(0_u32..)
        .map(|(name, number)| {
            (name, Arc::new(Function::new(Arc::clone(&pre), number)) as Arc<dyn Body>)
        })
        .collect();
    Ok(Library { file: file.display().to_string(), definitions, bodies })
}

/// A component as it is, or one made of a module that carries its types.
fn component_of(bytes: &[u8]) -> wasmtime::Result<Vec<u8>> {
    // Source: the binary format: a module's version is 1 and its layer 0.
    if bytes.get(4..8) != Some(&[1, 0, 0, 0]) {
        return Ok(bytes.to_vec());
    }
    let encoded = wit_component::ComponentEncoder::default()
        .module(bytes)
        .and_then(|encoder| encoder.validate(true).encode());
    encoded.map_err(|error| wasmtime::format_err!("{error:#}"))
}
