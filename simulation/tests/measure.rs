//! A quick look whether Sybils get as many wrong results accepted as theory says. `scripts/simulate.sh` measures it well.

// A failing test may panic.
#![allow(clippy::unwrap_used)]

use ergon_simulation::measure::{measure, Verification};

/// Far more than luck does.
const DEVIATIONS: f64 = 5.0;

#[test]
fn a_quorum_should_let_through_what_theory_says() {
	for verification in [Verification::TwoOfTwo, Verification::TwoOfThree, Verification::ThreeOfThree] {
		for sybils in [10, 20, 33] {
			let measured = measure(verification, sybils, 400, 1);
			println!("{measured}");
			assert!(measured.deviation().abs() < DEVIATIONS, "{measured:?}: {}", measured.deviation());
		}
	}
}

#[test]
fn lying_alone_should_lose_money() {
	for sybils in [10, 33] {
		let measured = measure(Verification::Adaptive, sybils, 2_500, 1);
		println!("{measured}");
		assert!(measured.lies > 20, "{measured:?}");
		// Few are found, each by a lot of its own: about as many more or fewer as the root of that.
		let (found, expected) = (measured.found(), measured.found_by_theory());
		assert!((found - expected).abs() < DEVIATIONS * expected.sqrt(), "{measured:?}");
		assert!(measured.rate() < measured.verification.theory(sybils), "{measured:?}");
		assert!(measured.profit < 0.0, "{measured:?}");
	}
}
