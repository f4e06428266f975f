//! Who tries what is not theirs: it changes nothing.

use crate::{
	machine::due,
	truth::{lie, Kind},
	world::{account, Machine, Role, World, OTHERS},
};
use codec::Encode;
use ergon_primitives::{Reveal, ShardKey};
use ergon_runtime::{AccountId, Attestation, Runtime, RuntimeCall};
use ergon_traits::Attestation as _;
use pallet_attestation::Call;

impl World {
	/// A few attempts on shards that were drawn lately.
	pub fn intrude(&mut self) {
		for _ in 0..self.dice.below(4) {
			let keys: Vec<ShardKey> = self.lately.iter().copied().collect();
			let Some(key) = self.dice.pick(&keys).copied() else { return };
			self.intrude_on(key);
		}
	}

	fn intrude_on(&mut self, key: ShardKey) {
		let who = self.somebody(key);
		let call = self.attempt(key);
		let before = self.chain.with(|| picture(key));
		match self.dice.below(3) {
			// In a wrapper, it gets into a block if its sender can pay.
			0 => {
				let calls = vec![call];
				self.send(&who, pallet_utility::Call::<Runtime>::batch { calls });
			},
			_ => {
				let fate = self.send(&who, call);
				let duty = !matches!(fate, crate::chain::Fate::Failed(_));
				assert!(duty && fate.is_refused(), "an outsider's duty was let into a block: {fate:?}");
			},
		}
		assert_eq!(before, self.chain.with(|| picture(key)), "an outsider changed a shard or a provider");
		self.meddle(&who);
	}

	/// Somebody that owes nothing for the shard now.
	fn somebody(&mut self, key: ShardKey) -> AccountId {
		let outsider = account(Role::Outsider, self.dice.below(OTHERS.into()) as u32, 0);
		match self.dice.below(3) {
			0 => outsider,
			1 => account(Role::Outsider, 1_000, 0),
			_ => {
				let machines = self.machines.clone();
				let idle = |machine: &Machine| {
					Attestation::get(key).is_none_or(|shard| due(&shard, &machine.stash).is_none())
				};
				match self.dice.pick(&machines) {
					Some(machine) if self.chain.with(|| idle(machine)) => self.worker(machine),
					_ => outsider,
				}
			},
		}
	}

	/// A commitment or a reveal out of thin air.
	fn attempt(&mut self, key: ShardKey) -> RuntimeCall {
		let (random, salt) = (self.dice.bytes32(), self.dice.bytes32());
		if self.dice.percent(50) {
			return Call::<Runtime>::commit { commits: vec![(key, random)].try_into().unwrap() }.into();
		}
		let claim = lie(&crate::client::plain(Kind::Ordinary, 0, 0), key, random);
		Call::<Runtime>::reveal { reveals: vec![Reveal { key, claim, salt }].try_into().unwrap() }.into()
	}

	/// Calls on what belongs to others.
	fn meddle(&mut self, who: &AccountId) {
		let job = self.recent_job();
		let Some(stash) = self.dice.pick(&self.machines).map(|machine| machine.stash.clone()) else { return };
		let call: RuntimeCall = match self.dice.below(12) {
			0 => pallet_jobs::Call::<Runtime>::cancel { job }.into(),
			1 => pallet_providers::Call::<Runtime>::confirm_operator { stash }.into(),
			2 => pallet_providers::Call::<Runtime>::deregister {}.into(),
			3 => pallet_providers::Call::<Runtime>::withdraw {}.into(),
			_ => return,
		};
		let fate = self.send(who, call);
		assert!(!fate.is_done(), "an outsider did what only another may: {fate:?}");
	}
}

/// What nobody but those concerned may change: a shard, and the duties and bonds of all that were drawn for it.
fn picture(key: ShardKey) -> Vec<u8> {
	let shard = Attestation::get(key);
	let drawn = shard.iter().flat_map(|shard| shard.replicas.iter().map(|replica| &replica.provider));
	let providers: Vec<_> = drawn
		.map(|who| {
			let duties = <ergon_runtime::Providers as ergon_traits::Providers<AccountId>>::duties_of(who);
			let record = pallet_providers::Providers::<Runtime>::get(who);
			let held = ergon_runtime::System::account(who).data;
			(duties, record, held)
		})
		.collect();
	(&shard, providers).encode()
}
