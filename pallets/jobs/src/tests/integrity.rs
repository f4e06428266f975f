use super::*;
use frame_support::{traits::Hooks, weights::Weight};

#[test]
fn integrity_test_should_pass_for_a_sound_configuration() {
	execute(Jobs::integrity_test);
}

#[test]
#[should_panic(expected = "must be at most the block's weight")]
fn integrity_test_should_refuse_more_than_a_block() {
	execute(|| {
		HookWeight::set(&Weight::MAX);
		Jobs::integrity_test();
	});
}

#[test]
#[should_panic(expected = "must hold")]
fn integrity_test_should_refuse_a_share_too_small_for_a_draw() {
	execute(|| {
		HookWeight::set(&Jobs::serve_weight());
		Jobs::integrity_test();
	});
}

#[test]
#[should_panic(expected = "Timing.draw_delay")]
fn integrity_test_should_refuse_draws_with_randomness_that_was_known() {
	execute(|| {
		let mut timing = TheTiming::get();
		timing.draw_delay = 1;
		TheTiming::set(&timing);
		Jobs::integrity_test();
	});
}
