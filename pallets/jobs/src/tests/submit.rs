use super::*;
use crate::{Deadlines, Error, Lane, Rank, Turn, Turns, Waiting};
use codec::Encode;
use ergon_primitives::{job::args_from, views::JobState, Hint, Policy, Ppm, Region, SpecError};
use frame_support::{assert_noop, assert_ok};
use sp_runtime::DispatchError;

fn refused(change: impl FnOnce(&mut JobSpec), error: Error<Test>) {
	let mut spec = spec();
	change(&mut spec);
	assert_noop!(Jobs::submit(RuntimeOrigin::signed(ADA), spec), error);
}

#[test]
fn submit_should_hold_budget_and_deposit_and_queue_the_job() {
	execute(|| {
		to_block(5);
		let spec = JobSpec { tip: 7, ..spec_of(3) };
		let deposit = 100 + spec.encoded_size() as Balance + 3 * 10;
		let id = submit(ADA, spec.clone());
		assert_eq!(id, JobId(0));
		let budget = 3 * (210 + 7);
		assert_eq!(held(HoldReason::JobBudget, ADA), budget);
		assert_eq!(held(HoldReason::JobDeposit, ADA), deposit);
		assert_eq!(free(ADA), RICH - budget - deposit);
		let job = crate::Jobs::<Test>::get(id).unwrap();
		assert_eq!((job.owner, job.submitted_at, job.submitted_time), (ADA, 5, 15_000));
		assert_eq!(job.spec, spec);
		let standing = crate::Standings::<Test>::get(id).unwrap();
		assert_eq!(standing.state, JobState::Queued);
		assert_eq!(standing.progress, Progress { queued: 3, held: budget, ..Default::default() });
		assert!(Deadlines::<Test>::contains_key(spec.deadline, id));
		let rank = Rank::by_tip(7, id);
		assert_eq!(Waiting::<Test>::iter().collect::<Vec<_>>(), [((Lane::Orders, ADA), rank, 7)]);
		assert_eq!(Turns::<Test>::iter().collect::<Vec<_>>(), [(Lane::Orders, Turn::new(0, rank), ADA)]);
		assert_eq!(events(), [Event::Submitted { job: id, owner: ADA, budget, deposit }]);
	});
}

#[test]
fn submit_should_count_numbers_up_and_hold_for_each() {
	execute(|| {
		assert_eq!(
			(submit(ADA, spec()), submit(BOB, spec()), submit(ADA, spec())),
			(JobId(0), JobId(1), JobId(2))
		);
		assert_eq!(held(HoldReason::JobBudget, ADA), 420);
		assert_eq!(held(HoldReason::JobBudget, BOB), 210);
	});
}

#[test]
fn submit_should_name_the_field_that_cannot_be_accepted() {
	execute(|| {
		refused(|s| s.tasks = 0, Error::Tasks);
		refused(|s| s.tasks = 1_000_001, Error::Tasks);
		refused(|s| s.shard_size = 0, Error::ShardSize);
		refused(|s| s.shard_size = 2, Error::ShardSize);
		refused(|s| s.tasks = 10_001, Error::TooManyShards);
		refused(|s| s.limits.fuel = Fuel(0), Error::Fuel);
		refused(|s| s.limits.fuel = Fuel(u64::MAX), Error::Fuel);
		refused(|s| s.limits.memory = 0, Error::Memory);
		refused(|s| s.limits.memory = u64::MAX, Error::Memory);
		refused(|s| s.limits.output = u32::MAX, Error::Output);
		refused(|s| s.args = args_from(&["a\0b"]).unwrap(), Error::Args);
		refused(|s| s.policy.quorum = 0, Error::Quorum);
		refused(|s| s.policy = Policy { quorum: 3, max_replicas: 2, adaptive: false }, Error::MaxReplicas);
		refused(|s| s.policy.max_replicas = 9, Error::MaxReplicas);
		let adaptive = |quorum| Policy { quorum, max_replicas: 2, adaptive: true };
		refused(|s| s.policy = adaptive(1), Error::Adaptive);
		refused(|s| s.policy = adaptive(2), Error::Adaptive);
		refused(|s| s.known = vec![[1; 32]].try_into().unwrap(), Error::Known);
		refused(|s| s.max_price = Price(0), Error::Price);
		refused(|s| s.requirements.profile = 2, Error::Profile);
		refused(|s| s.requirements.min_speed = 0, Error::Speed);
		refused(|s| s.requirements.region = Some(Region(*b"d1")), Error::Region);
		refused(|s| s.max_price = Price(u128::MAX), Error::BudgetOverflow);
		refused(|s| s.tip = u128::MAX, Error::BudgetOverflow);
		refused(|s| s.deadline = 1, Error::DeadlinePast);
		refused(|s| s.deadline = 0, Error::DeadlinePast);
		refused(|s| s.deadline = 2, Error::DeadlineTooSoon);
		refused(|s| s.deadline = u32::MAX, Error::DeadlineTooFar);
		assert_eq!(free(ADA), RICH);
	});
}

#[test]
fn submit_should_have_an_error_for_each_of_the_spec() {
	use SpecError::*;
	let all = [
		Tasks,
		ShardSize,
		TooManyShards,
		Fuel,
		Memory,
		Output,
		Args,
		Quorum,
		MaxReplicas,
		Price,
		Profile,
		Speed,
		Region,
		BudgetOverflow,
		DeadlinePast,
		DeadlineTooSoon,
		DeadlineTooFar,
		Adaptive,
		Known,
		Hint,
	];
	for error in all {
		// The names are the same, so that every layer tells the client the same.
		assert_eq!(format!("{:?}", Error::<Test>::from(error)), format!("{error:?}"));
	}
}

#[test]
fn submit_should_accept_the_earliest_and_the_farthest_deadline_and_none_beyond() {
	execute(|| {
		// Draw delay 2, commit window 10 + 1, reveal window 5, and one more.
		let earliest = 1 + 2 + 11 + 5 + 1;
		refused(|s| s.deadline = earliest - 1, Error::DeadlineTooSoon);
		submit(ADA, JobSpec { deadline: earliest, ..spec() });
		refused(|s| s.deadline = 1_002, Error::DeadlineTooFar);
		submit(ADA, JobSpec { deadline: 1_001, ..spec() });
		// What is accepted with the earliest deadline can indeed be drawn.
		to_block(3);
		assert_eq!(opened(), [key(JobId(0), 0), key(JobId(1), 0)]);
	});
}

#[test]
fn submit_should_need_budget_deposit_and_existential_deposit_and_not_a_planck_more() {
	execute(|| {
		let cost = 210 + 110 + spec().encoded_size() as Balance;
		Balances::force_set_balance(RuntimeOrigin::root(), EVE, cost + ED - 1).unwrap();
		assert_noop!(Jobs::submit(RuntimeOrigin::signed(EVE), spec()), Error::<Test>::InsufficientBalance);
		// An account that does not exist.
		assert_noop!(Jobs::submit(RuntimeOrigin::signed(1_234), spec()), Error::<Test>::InsufficientBalance);
		Balances::force_set_balance(RuntimeOrigin::root(), EVE, cost + ED).unwrap();
		assert_ok!(Jobs::submit(RuntimeOrigin::signed(EVE), spec()));
		assert_eq!(free(EVE), ED);
	});
}

#[test]
fn submit_should_refuse_a_deposit_that_overflows_by_itself_or_with_the_budget() {
	execute(|| {
		let mut economics = TheEconomics::get();
		economics.deposit_per_byte = u128::MAX / 2;
		TheEconomics::set(&economics);
		refused(|_| (), Error::BudgetOverflow);
		economics.deposit_per_byte = 0;
		economics.deposit_base = u128::MAX - 100;
		TheEconomics::set(&economics);
		refused(|_| (), Error::InsufficientBalance);
	});
}

#[test]
fn submit_should_need_a_signature() {
	execute(|| {
		assert_noop!(Jobs::submit(RuntimeOrigin::none(), spec()), DispatchError::BadOrigin);
		assert_noop!(Jobs::submit(RuntimeOrigin::root(), spec()), DispatchError::BadOrigin);
	});
}

#[test]
fn submit_should_freeze_the_terms_that_were_quoted() {
	execute(|| {
		let id = submit(ADA, spec());
		let mut economics = TheEconomics::get();
		economics.fee = Ppm::ONE;
		economics.least_pay = 1_000;
		TheEconomics::set(&economics);
		let mut timing = TheTiming::get();
		(timing.commit_base, timing.reveal_window) = (900, 900);
		TheTiming::set(&timing);
		to_block(3);
		assert_eq!(opened(), [key(id, 0)]);
		close(key(id, 0), agreed(ergon_primitives::money::GFUEL));
		let progress = progress(id);
		assert_eq!(progress.fees, Ppm::percent(5).of(progress.paid));
	});
}

#[test]
fn submit_should_hold_a_deposit_for_each_known_answer() {
	execute(|| {
		let spec = JobSpec { known: vec![[1; 32]; 3].try_into().unwrap(), ..adaptive() };
		submit(ADA, spec.clone());
		assert_eq!(held(HoldReason::JobDeposit, ADA), 100 + spec.encoded_size() as Balance + (1 + 3) * 10);
	});
}

#[test]
fn submit_should_take_hints_that_the_deposit_pays_for() {
	execute(|| {
		let bytes = spec().encoded_size();
		let hint = Hint::new(None, "https://gateway.example/ipfs/{cid}").unwrap();
		let spec = JobSpec { hints: vec![hint.clone(); 4].try_into().unwrap(), ..spec() };
		let id = submit(ADA, spec.clone());
		let held = held(HoldReason::JobDeposit, ADA);
		assert_eq!(held, 100 + (bytes + 4 * hint.encoded_size()) as Balance + 10);
		assert_eq!(Jobs::order(id), Some((spec.clone(), 3_000)));

		let nowhere = Hint { blob: None, url: b"http://10.0.0.1/{cid}".to_vec().try_into().unwrap() };
		let refused = JobSpec { hints: vec![hint, nowhere].try_into().unwrap(), ..spec };
		assert_noop!(Jobs::submit(RuntimeOrigin::signed(ADA), refused), Error::<Test>::Hint);
	});
}

#[test]
fn submit_should_hold_the_least_pay_where_the_work_costs_less() {
	execute(|| {
		let economics = ergon_primitives::money::Economics { least_pay: 300, ..TheEconomics::get() };
		TheEconomics::set(&economics);
		submit(ADA, spec());
		assert_eq!(held(HoldReason::JobBudget, ADA), 2 * 300 + 2 * 15);
	});
}

#[test]
fn what_is_frozen_should_pay_as_the_market_did() {
	execute(|| {
		for (least_pay, price, tip) in [(1, 100, 0), (40, 3, 7), (1_000, 100, 50)] {
			let economics = ergon_primitives::money::Economics { least_pay, ..TheEconomics::get() };
			TheEconomics::set(&economics);
			let id = submit(ADA, JobSpec { max_price: Price(price), tip, shard_size: 3, ..spec_of(7) });
			let job = crate::Jobs::<Test>::get(id).unwrap();
			for shard in (0..3).map(ShardIndex) {
				assert_eq!(Some(job.terms(shard).value), job.spec.replica_value(&economics, shard));
				assert_eq!(Some(job.shard_budget(shard)), job.spec.shard_budget(&economics, shard));
				let (ask, fuel) = (Price(price / 2 + 1), Fuel(123_456_789));
				assert_eq!(Some(job.pay(ask, fuel)), economics.pay(ask, fuel));
			}
		}
	});
}
