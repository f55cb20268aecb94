//! Flows of real blocks with mistakes: the checker says something of each, in words.
#![no_main]

use arbitrary::Unstructured;
use blockcast::{graph, source::Source};
use blockcast_fuzz::{BLOCKS, Taste, flow};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = flow(&mut Unstructured::new(bytes), &BLOCKS, Taste::Wild) else { return };
    let Ok(source) = Source::parse(text, Some("flow.json")) else { panic!("it is JSON") };
    let reading = graph::parse(BLOCKS.definitions(), &source);
    for diagnostic in &reading.diagnostics {
        assert!(!diagnostic.to_string().is_empty());
    }
});
