//! A push service that says anything: an answer, an error, the end of the connection, but never
//! a panic.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| blockcast::deliver::http2_hears(bytes));
