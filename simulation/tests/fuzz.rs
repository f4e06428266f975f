//! What the fuzz target `calls` does, on a few inputs.

// A failing test may panic.
#![allow(clippy::unwrap_used)]

use ergon_simulation::{fuzz, Dice};

#[test]
fn any_bytes_should_be_a_run_that_holds() {
	fuzz(&[]);
	fuzz(&[0; 64]);
	fuzz(&[0xff; 4_096]);
	let mut dice = Dice::Seeded(7);
	for _ in 0..6 {
		let bytes: Vec<u8> = (0..64).flat_map(|_| dice.bytes32()).collect();
		fuzz(&bytes);
	}
}
