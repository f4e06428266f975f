//! Random histories: whatever happens in whatever order, every planck is accounted for, nothing stays held, and nothing
//! stays in state.

use super::*;
use ergon_primitives::{money::GFUEL, Phase, Policy};
use ergon_traits::Attestation;
use proptest::prelude::*;

/// One thing that happens.
#[derive(Clone, Debug)]
enum Step {
	Submit {
		owner: AccountId,
		tasks: u32,
		shard_size: u32,
		quorum: u8,
		adaptive: bool,
		price: Balance,
		tip: Balance,
		life: u32,
	},
	Cancel {
		job: u64,
	},
	Close {
		which: usize,
		how: u8,
		fuel: u64,
	},
	Request {
		which: usize,
		missing: u8,
	},
	/// A fault: so many values of a replica, and a planck more or less.
	Fine {
		which: usize,
		values: u128,
		more: u128,
	},
	CommitAlone {
		which: usize,
	},
	Blocks {
		count: u32,
		hook: u64,
		random: bool,
	},
}

fn step() -> impl Strategy<Value = Step> {
	prop_oneof![
		3 => (1..=2u64, 1..40u32, 1..10u32, 1..=3u8, any::<bool>(), 1..200u128, 0..50u128, 20..80u32).prop_map(
			|(owner, tasks, shard_size, quorum, adaptive, price, tip, life)| Step::Submit {
				owner, tasks, shard_size: shard_size.min(tasks), quorum, adaptive, price, tip, life
			}
		),
		1 => (0..20u64).prop_map(|job| Step::Cancel { job }),
		4 => (any::<usize>(), 0..5u8, 0..=GFUEL).prop_map(|(which, how, fuel)| Step::Close { which, how, fuel }),
		1 => (any::<usize>(), 1..=2u8).prop_map(|(which, missing)| Step::Request { which, missing }),
		2 => (any::<usize>(), 0..3u128, 0..9u128).prop_map(|(which, values, more)| Step::Fine { which, values, more }),
		2 => any::<usize>().prop_map(|which| Step::CommitAlone { which }),
		3 => (1..15u32, 4..20u64, prop::bool::weighted(0.8))
			.prop_map(|(count, hook, random)| Step::Blocks { count, hook, random }),
	]
}

/// Does it; what came into the pot.
fn run(step: Step) -> Balance {
	let open = FakeAttestation::open_keys();
	match step {
		Step::Submit { owner, tasks, shard_size, quorum, adaptive, price, tip, life } => {
			let adaptive = adaptive && quorum > 1;
			let spec = JobSpec {
				tasks,
				shard_size,
				policy: Policy { quorum, max_replicas: 7, adaptive },
				max_price: Price(price),
				tip,
				deadline: System::block_number() + life,
				..spec()
			};
			// May be refused for want of money or time; then nothing may have changed.
			let _ = Jobs::submit(RuntimeOrigin::signed(owner), spec);
		},
		Step::Cancel { job } => {
			let _ = Jobs::cancel(RuntimeOrigin::signed(ADA), JobId(job));
		},
		Step::Close { which, how, fuel } if !open.is_empty() => {
			let key = open[which % open.len()];
			let limit = crate::Jobs::<Test>::get(key.job).unwrap().spec.shard_fuel(key.shard);
			let verdict = match how {
				0 => Verdict::Unavailable,
				1 => Verdict::NoQuorum,
				_ => agreed(fuel.min(limit.0)),
			};
			// As many replacements as there were faults that paid for one.
			let value = crate::Jobs::<Test>::get(key.job).unwrap().terms(key.shard).value;
			let fines = crate::Fines::<Test>::get(key.job, key.shard).unwrap_or(0);
			close_with(key, verdict, (fines / value) as usize);
		},
		Step::Request { which, missing } if !open.is_empty() => {
			let key = open[which % open.len()];
			request(key, missing);
		},
		Step::Fine { which, values, more } if !open.is_empty() => {
			let key = open[which % open.len()];
			let amount = values * crate::Jobs::<Test>::get(key.job).unwrap().terms(key.shard).value + more;
			fine(key, amount);
			return amount;
		},
		Step::CommitAlone { which } if !open.is_empty() => {
			let key = open[which % open.len()];
			let shard = FakeAttestation::get(key).unwrap();
			if shard.trust > 0 && matches!(shard.phase, Phase::Committing { .. }) {
				FakeAttestation::commit_alone(key);
				<Pallet<Test> as Shards<AccountId>>::decide(key);
			}
		},
		Step::Close { .. } | Step::Request { .. } | Step::Fine { .. } | Step::CommitAlone { .. } => (),
		Step::Blocks { count, hook, random } => {
			HasRandomness::set(&random);
			HookWeight::set(&Jobs::serve_weight().saturating_mul(hook));
			to_block(System::block_number() + count);
		},
	}
	0
}

proptest! {
	#![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..Default::default() })]

	#[test]
	fn money_should_be_conserved_in_any_history(steps in prop::collection::vec(step(), 1..60)) {
		externalities().execute_with(|| {
			to_block(1);
			Trusted::set(&vec![(11, 2), (13, 3)]);
			let mut issuance = Balances::total_issuance();
			let owned = |who| free(who) + Balances::total_balance_on_hold(&who);
			for step in steps {
				issuance += run(step);
				check();
				assert_eq!(Balances::total_issuance(), issuance);
				let everyone = [ADA, BOB, EVE, FEES, FINES, TREASURY].into_iter().chain(PROVIDERS.map(|(who, _)| who));
				assert_eq!(everyone.map(owned).sum::<Balance>(), issuance);
			}
			// Past every deadline and retention.
			HookWeight::set(&Jobs::serve_weight().saturating_mul(100));
			to_block(System::block_number() + 150);
			check();
			assert_eq!(crate::Jobs::<Test>::iter_keys().count(), 0);
			assert_eq!(engaged(), 0);
			for who in [ADA, BOB] {
				assert_eq!(Balances::total_balance_on_hold(&who), 0);
			}
		});
	}
}
