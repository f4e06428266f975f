//! Generated modules: what admission writes into them leaves them valid.
#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| ergon_conformance::oracle::instruments(data));
