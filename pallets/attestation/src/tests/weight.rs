//! What calls and hooks declare.

use crate::{mock::*, *};
use frame_support::dispatch::GetDispatchInfo;

#[test]
fn nothing_should_weigh_nothing() {
	type Info = <Test as Config>::WeightInfo;
	for weight in [
		Info::check_duty(0),
		Info::commit(0),
		Info::reveal(0),
		Info::open(0),
		Info::discharge(),
		Info::close(),
		Info::hook_base(),
		Info::hook_block(),
		Info::hook_deadline(),
	] {
		assert!(weight.all_gt(Weight::zero()), "{weight}");
	}
}

#[test]
fn declared_weight_should_include_the_neighbours() {
	let declared = |n: u32| {
		let reveals = (0..n).map(|shard| Reveal { key: key(shard), claim: computed(1), salt: [0; 32] });
		reveals_call(reveals.collect()).get_dispatch_info().call_weight
	};
	let each = declared(2) - declared(1);
	let neighbours = FakeProviders::discharge_weight() * 7 + FakeShards::close_weight();
	assert!(each.all_gt(neighbours), "{each} of {neighbours}");
	let trait_weight = <Attestation as ergon_traits::Attestation<_>>::abandon_weight();
	assert!(trait_weight.all_gt(FakeProviders::discharge_weight() * 7));
}

#[test]
fn actual_weight_should_be_of_what_was_done() {
	run(|| {
		let key = open(0, &[1, 2], 2);
		commit_all(key, &[(1, computed(1)), (2, computed(1))]);
		let used = |provider| {
			let sent = send(worker_of(provider), reveal_call(key, provider, computed(1)));
			sent.unwrap().actual_weight.unwrap()
		};
		let (first, last) = (used(1), used(2));
		// The last closes the shard with two discharges.
		assert_eq!(last - first, Attestation::settle_weight(2, true));
		let declared = reveal_call(key, 1, computed(1)).get_dispatch_info().call_weight;
		assert!(last.all_lt(declared));
	});
}
