//! Any bytes: admission answers, and what it lets through is what it says.
#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| ergon_conformance::oracle::admits(data));
