//! Whatever providers do and whatever is done to them, the state stays whole.

use crate::{mock::*, Providers};
use ergon_primitives::{Conduct, ProviderInfo};
use ergon_traits::Providers as _;
use proptest::prelude::*;

/// One thing that can happen to one of a few providers; most of them can fail, and are then without effect.
#[derive(Clone, Debug)]
enum Step {
	Register(u64),
	Update(u16),
	BondMore(u128),
	Unbond(u128),
	Withdraw,
	Pause,
	Resume,
	Deregister,
	SetWorker(u64),
	Draw(u64),
	Discharge(Conduct),
	Blocks(u32),
}

fn step() -> impl Strategy<Value = Step> {
	let conduct = prop_oneof![
		Just(Conduct::Agreed),
		Just(Conduct::Released),
		Just(Conduct::Absent),
		Just(Conduct::Silent),
		Just(Conduct::Dissented),
		Just(Conduct::FalselyUnavailable),
	];
	prop_oneof![
		4 => (900..2_000u64).prop_map(Step::Register),
		2 => (0..4u16).prop_map(Step::Update),
		1 => (0..500u128).prop_map(Step::BondMore),
		2 => (0..900u128).prop_map(Step::Unbond),
		1 => Just(Step::Withdraw),
		1 => Just(Step::Pause),
		2 => Just(Step::Resume),
		1 => Just(Step::Deregister),
		1 => (1_000..1_008u64).prop_map(Step::SetWorker),
		6 => any::<u64>().prop_map(Step::Draw),
		5 => conduct.prop_map(Step::Discharge),
		1 => (1..40u32).prop_map(Step::Blocks),
	]
}

/// What is open: who holds which lock.
type Open = Vec<(AccountId, u128)>;

fn take(who: AccountId, step: Step, open: &mut Open) {
	let signed = RuntimeOrigin::signed(who);
	let _ = match step {
		Step::Register(bond) => Market::register(signed, bond.into(), worker(who), info(who.into())),
		Step::Update(slots) => Market::update(signed, ProviderInfo { slots, ..info(who.into()) }),
		Step::BondMore(amount) => Market::bond_more(signed, amount),
		Step::Unbond(amount) => Market::unbond(signed, amount),
		Step::Withdraw => Market::withdraw(signed),
		Step::Pause => Market::pause(signed),
		Step::Resume => Market::resume(signed),
		Step::Deregister => Market::deregister(signed),
		Step::SetWorker(key) => Market::set_worker(signed, key),
		Step::Draw(number) => {
			let mut seed = [0; 32];
			seed[..8].copy_from_slice(&number.to_le_bytes());
			let mut wanted = wanted();
			wanted.shard_fuel.0 *= 10 + number % 40;
			if let Some(offers) = Market::draw(seed, &wanted, 2, &[who]) {
				for offer in offers {
					Market::engage(&offer).unwrap();
					open.push((offer.provider, offer.lock));
				}
			}
			Ok(())
		},
		Step::Discharge(conduct) => {
			if let Some(at) = open.iter().position(|(provider, _)| *provider == who) {
				let (provider, lock) = open.remove(at);
				assert!(discharge(provider, lock, conduct) <= lock);
			}
			Ok(())
		},
		Step::Blocks(blocks) => {
			System::set_block_number(System::block_number() + blocks);
			Ok(())
		},
	};
}

proptest! {
	#![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..Default::default() })]

	#[test]
	fn state_should_be_whole_after_every_step(steps in prop::collection::vec((1..=6u64, step()), 1..120)) {
		ExtBuilder::default().build_and_execute(|| {
			let mut open = Open::new();
			for (who, step) in steps {
				take(who, step, &mut open);
				Market::do_try_state().unwrap();
				for (stash, provider) in Providers::<Test>::iter() {
					let own = open.iter().filter(|(provider, _)| *provider == stash);
					assert_eq!(usize::from(provider.busy), own.clone().count());
					assert_eq!(provider.locked, own.map(|(_, lock)| lock).sum::<u128>());
				}
			}
		});
	}
}

#[test]
fn last_should_take_the_place_of_who_leaves() {
	ExtBuilder::default().provider(1, 7).provider(2, 7).provider(3, 7).build_and_execute(|| {
		Market::pause(RuntimeOrigin::signed(1)).unwrap();
		assert_eq!((record(3).place, record(2).place, record(1).place), (Some(0), Some(1), None));
		// The last itself.
		Market::pause(RuntimeOrigin::signed(2)).unwrap();
		assert_eq!((record(3).place, record(2).place), (Some(0), None));
		Market::pause(RuntimeOrigin::signed(3)).unwrap();
		assert_eq!(Market::available(), 0);
		Market::resume(RuntimeOrigin::signed(2)).unwrap();
		assert_eq!(record(2).place, Some(0));
	});
}
