//! What calls and hooks declare.

use crate::{mock::*, *};
use ergon_primitives::job::MAX_REPLICAS;
use frame_support::{dispatch::GetDispatchInfo, traits::Hooks};

type Info = <Test as Config>::WeightInfo;

#[test]
fn nothing_should_weigh_nothing() {
	for weight in [
		Info::check_commits(0),
		Info::check_reveals(0),
		Info::commit(0),
		Info::next_phase(),
		Info::commit_last(),
		Info::reveal(0),
		Info::verdict(0),
		Info::back(1),
		Info::faults(1),
		Info::hook_base(),
		Info::hook_block(),
		Info::hook_deadline(),
		Info::hook_verdict(0),
	] {
		assert!(weight.all_gt(Weight::zero()), "{weight}");
	}
}

#[test]
fn declared_weight_should_be_of_the_most_that_can_follow() {
	let reveals = (0..5).map(|shard| Reveal { key: key(shard), claim: computed(1), salt: [0; 32] });
	let declared = reveals_call(reveals.collect()).get_dispatch_info().call_weight;
	let most = Info::verdict(1) + Info::back(1) + Info::faults(MAX_REPLICAS - 1);
	assert!(most.all_gt(Info::verdict(MAX_REPLICAS) + Info::back(MAX_REPLICAS)));
	assert_eq!(declared, Info::reveal(5) + most * 5);
	let commits = (0..5).map(|shard| (key(shard), [0; 32])).collect();
	let declared = commits_call(commits).get_dispatch_info().call_weight;
	assert_eq!(declared, Info::commit(5) + Info::commit_last() * 5);
}

/// What a call cost in the end.
fn used(provider: AccountId, call: RuntimeCall) -> Weight {
	send(worker_of(provider), call).unwrap().actual_weight.unwrap()
}

#[test]
fn actual_weight_should_be_of_what_was_done() {
	run(|| {
		let key = open(0, &[1, 2], 3);
		let commit = |provider| used(provider, commit_call(key, provider, computed(1)));
		assert_eq!(commit(1), Info::commit(1));
		assert_eq!(commit(2), Info::commit(1) + Info::next_phase());
		let reveal = |provider| used(provider, reveal_call(key, provider, computed(1)));
		assert_eq!(reveal(1), Info::reveal(1));
		// Provider 2 can be drawn again, 1 could be all the time.
		assert_eq!(reveal(2), Info::reveal(1) + Info::verdict(2) + Info::back(1));
	});
}

#[test]
fn actual_weight_should_count_whoever_was_at_fault() {
	run(|| {
		// One is absent, one lies, two agree.
		let key = open(0, &[1, 2], 4);
		commit(key, 1, computed(1));
		to_block(2 + COMMIT_WINDOW);
		extend(key, &[3]);
		commit(key, 3, computed(2));
		reveal(key, 1, computed(1));
		reveal(key, 3, computed(2));
		extend(key, &[4]);
		commit(key, 4, computed(1));
		let used = used(4, reveal_call(key, 4, computed(1)));
		assert_eq!(used, Info::reveal(1) + Info::verdict(2) + Info::back(1) + Info::faults(2));
	});
}

#[test]
fn actual_weight_should_be_of_each_of_a_batch() {
	run(|| {
		// One that closes, one that asks for more, one that stays.
		let keys = [open(0, &[1], 1), open(1, &[1, 2], 3), open(2, &[1, 2], 3)];
		keys.iter().for_each(|key| commit(*key, 1, computed(1)));
		keys[1..].iter().for_each(|key| commit(*key, 2, computed(2)));
		reveal(keys[1], 2, computed(2));
		let one = |key: &ShardKey| Reveal { key: *key, claim: computed(1), salt: salt(*key, 1) };
		let used = used(1, reveals_call(keys.iter().map(one).collect()));
		assert_eq!(used, Info::reveal(3) + Info::verdict(1) + Info::commit_last());
	});
}

#[test]
fn hook_should_cost_what_it_did() {
	run(|| {
		let due = 2 + COMMIT_WINDOW;
		// One that asks for another, one that closes.
		open(0, &[1, 2], 4);
		open(1, &[1, 2], 2);
		to_block(due - 1);
		System::set_block_number(due.into());
		let used = Attestation::on_initialize(due.into());
		let blocks = Info::hook_base() + Info::hook_block();
		assert_eq!(used, blocks + Info::hook_deadline() + Info::hook_verdict(2));
	});
}
