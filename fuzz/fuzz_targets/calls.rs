//! Any sequence of calls to the runtime's market, by anybody: every invariant holds after each block, and all comes to an end.
#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| ergon_simulation::fuzz(data));
