//! Any bytes are a flow or an error, whatever they are.
#![no_main]

use blockcast::flow;
use blockcast_fuzz::BLOCKS;

libfuzzer_sys::fuzz_target!(|text: &[u8]| {
    if let Err(error) = flow::open(&BLOCKS, text.to_vec(), Some("flow.json")) {
        assert!(error.0.iter().any(|problem| problem.is_error()), "an error without a reason");
    }
});
