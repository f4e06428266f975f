//! Generated programs: both engines end alike.
#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| ergon_conformance::oracle::agrees(data));
