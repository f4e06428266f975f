//! Providers outside their duties: they come and go, change what they offer, and rest after faults.

use crate::{
	chain::Fate,
	client::LEAST_ASK,
	world::{account, Machine, Role, World, OTHERS},
};
use ergon_primitives::{
	provider::{Operator, Region},
	Price, ProviderInfo, ProviderStatus, PROFILE_1,
};
use ergon_runtime::{AccountId, Balance, Runtime, UNIT};
use pallet_providers::{Call, Provider};

/// The bonds that providers begin with: from this to three times of it.
const BOND: Balance = 120 * UNIT;

impl World {
	/// Every machine may do something about itself.
	pub fn live(&mut self) {
		for index in 0..self.machines.len() {
			let Some(machine) = self.machines.get(index).cloned() else { return };
			match self.chain.with(|| pallet_providers::Providers::<Runtime>::get(&machine.stash)) {
				None if self.dice.percent(20) => self.register(index),
				None => {},
				Some(provider) => self.live_one(index, &machine, provider),
			}
		}
	}

	fn live_one(&mut self, index: usize, machine: &Machine, provider: Provider<AccountId>) {
		let stash = &machine.stash;
		match provider.status {
			ProviderStatus::Suspended { until } if self.dice.percent(30) => {
				self.resume(stash, &provider.worker, until)
			},
			ProviderStatus::Paused if self.dice.percent(30) => {
				self.send(stash, Call::<Runtime>::resume {});
				// Slashed below the least bond, perhaps.
				self.send(stash, Call::<Runtime>::bond_more { amount: 20 * UNIT });
			},
			_ => {},
		}
		if !self.dice.permille(30) {
			return;
		}
		let call = match self.dice.below(11) {
			0 => Call::pause {},
			1 => Call::resume {},
			2 => Call::unbond { amount: self.dice.below(100).into() },
			3 => Call::unbond { amount: Balance::from(self.dice.below(100)) * UNIT },
			4 => Call::withdraw {},
			5 => Call::bond_more { amount: Balance::from(self.dice.below(60)) * UNIT },
			6 => Call::update { info: self.offer() },
			7 => Call::set_worker { worker: self.next_key(index) },
			8 => {
				let operator = self.dice.percent(70).then(|| self.operator());
				Call::set_operator { operator }
			},
			9 => return self.confirm(stash, &provider),
			_ => Call::deregister {},
		};
		self.send(stash, call);
	}

	/// Registers a machine, or one that has left anew.
	pub fn register(&mut self, index: usize) {
		let worker = self.next_key(index);
		let bond = BOND + Balance::from(self.dice.below(240)) * UNIT;
		let info = self.offer();
		let Some(stash) = self.machines.get(index).map(|machine| machine.stash.clone()) else { return };
		self.send(&stash, Call::<Runtime>::register { bond, worker, info });
	}

	/// The machine itself ends its rest. Before it is over, that does not get into a block.
	fn resume(&mut self, stash: &AccountId, worker: &AccountId, until: u32) {
		let over = self.chain.number() >= until;
		let fate = self.send(worker, Call::<Runtime>::resume {});
		assert!(over || fate.is_refused(), "a suspended provider resumed before its time: {fate:?}");
		if over && matches!(fate, Fate::Refused(_)) {
			self.send(stash, Call::<Runtime>::bond_more { amount: 50 * UNIT });
		}
	}

	/// Whoever is said to be a provider's operator agrees, or somebody else tries.
	fn confirm(&mut self, stash: &AccountId, provider: &Provider<AccountId>) {
		let claimed = match &provider.operator {
			Operator::Claimed(operator) => operator.clone(),
			_ => self.operator(),
		};
		let right = matches!(provider.operator, Operator::Claimed(_));
		let fate = self.send(&claimed, Call::<Runtime>::confirm_operator { stash: stash.clone() });
		assert!(
			fate.is_done() == right || fate.is_full(),
			"an operator is who was named and agrees: {fate:?}"
		);
	}

	/// What a provider may offer.
	fn offer(&mut self) -> ProviderInfo {
		ProviderInfo {
			slots: self.dice.range(1, 6) as u16,
			ask: Price(LEAST_ASK + Balance::from(self.dice.below(LEAST_ASK as u64))),
			memory: 1_024,
			profiles: vec![PROFILE_1].try_into().unwrap(),
			speed: 1_000,
			region: Region::UNSAID,
			addresses: Default::default(),
		}
	}

	fn operator(&mut self) -> AccountId {
		account(Role::Operator, self.dice.below(OTHERS.into()) as u32, 0)
	}

	/// A key that was never used.
	fn next_key(&mut self, index: usize) -> AccountId {
		let Some(machine) = self.machines.get_mut(index) else { return account(Role::Outsider, 0, 0) };
		machine.keys += 1;
		account(Role::Worker, index as u32, machine.keys)
	}
}
