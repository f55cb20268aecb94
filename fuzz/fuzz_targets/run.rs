//! Flows that run: they end, within their limits, and by machine code as by the interpreter.
#![no_main]

use arbitrary::Unstructured;
use blockcast::flow::open;
use blockcast_fuzz::{BLOCKS, LIMITS, Taste, flow, run};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = flow(&mut Unstructured::new(bytes), &BLOCKS, Taste::Sound) else { return };
    let Ok(opened) = open(&BLOCKS, text, None) else { return };
    let report = run(&opened, u64::MAX);
    assert!(report.steps <= LIMITS.steps, "{} steps", report.steps);
    for native_after in [0, 500] {
        let again = run(&opened, native_after);
        assert_eq!(report.prints, again.prints);
        assert_eq!(report.publishes, again.publishes);
        assert_eq!(report.error, again.error);
        assert_eq!(report.steps, again.steps);
    }
});
