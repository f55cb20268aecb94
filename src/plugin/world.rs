//! The world of `schemas/block-library.wit`, as Rust.

wasmtime::component::bindgen!({ path: "schemas/block-library.wit", world: "block-library" });

pub(super) use exports::blockcast::blocks::library as wit;
