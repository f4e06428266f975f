//! Clients at work: orders, cancellations, and the answers that they know already.

use crate::{
	client::{any_shard, order, plain, LEAST_ASK},
	truth::{lie, truth, Kind},
	world::World,
};
use ergon_primitives::{known_answer, Claim, JobId, JobSpec, Price, ShardIndex, ShardKey};
use ergon_runtime::{AccountId, Runtime, System};
use pallet_jobs::Call;

/// An answer that a client has put into its order.
#[derive(Clone, Copy, Debug)]
pub struct Known {
	/// Of which shard.
	pub shard: ShardIndex,
	/// What it must be: the truth, or what a client says that cheats.
	pub claim: Claim,
	/// What hides it.
	pub salt: [u8; 32],
}

impl World {
	/// Clients order, cancel and expose.
	pub fn order(&mut self) {
		for client in self.clients.clone() {
			if self.ledger.unfinished() < self.enough && self.dice.percent(12) {
				let (now, number) = (self.chain.number(), self.number());
				let spec = order(&mut self.dice, now, number);
				self.submit(&client, spec);
			}
		}
		match self.dice.below(60) {
			0 => self.order_much_of_little(),
			1 => self.order_of_itself(),
			2..=5 => self.cancel(),
			_ => {},
		}
		if self.dice.percent(40) {
			self.expose();
		}
	}

	/// Submits an order, with known answers if it can have some.
	fn submit(&mut self, owner: &AccountId, mut spec: JobSpec) {
		let job = self.chain.with(pallet_jobs::NextJob::<Runtime>::get);
		let mut known = Vec::new();
		if spec.policy.adaptive && spec.shards() > 0 && self.dice.percent(50) {
			known = self.plant(owner, job, &mut spec);
		}
		if self.send(owner, Call::<Runtime>::submit { spec }).is_done() && !known.is_empty() {
			self.known.insert(job, known);
		}
	}

	/// Puts answers into an order: most of them right.
	fn plant(&mut self, owner: &AccountId, job: JobId, spec: &mut JobSpec) -> Vec<Known> {
		let genesis = self.chain.with(|| System::block_hash(0)).into();
		let mut planted = Vec::new();
		for _ in 0..self.dice.range(1, 4) {
			let shard = any_shard(&mut self.dice, spec);
			let key = ShardKey { job, shard };
			let claim = match self.dice.percent(80) {
				true => truth(spec, key),
				false => lie(spec, key, self.dice.bytes32()),
			};
			let salt = self.dice.bytes32();
			let hash = known_answer(&genesis, owner, &spec.program, shard, &claim, &salt);
			if spec.known.try_push(hash).is_ok() {
				planted.push(Known { shard, claim, salt });
			}
		}
		planted
	}

	/// Many small jobs at once.
	fn order_much_of_little(&mut self) {
		let Some(client) = self.dice.pick(&self.clients).cloned() else { return };
		for _ in 0..self.dice.range(5, 20) {
			let (deadline, number) = (self.chain.number() + 60, self.number());
			self.submit(&client, plain(Kind::Ordinary, number, deadline));
		}
	}

	/// A provider orders at its own ask, hoping to be drawn for it.
	fn order_of_itself(&mut self) {
		let Some(machine) = self.dice.pick(&self.machines).cloned() else { return };
		let provider = self.chain.with(|| pallet_providers::Providers::<Runtime>::get(&machine.stash));
		let ask = provider.map_or(Price(LEAST_ASK), |provider| provider.info.ask);
		let (deadline, number) = (self.chain.number() + 60, self.number());
		let spec = JobSpec { max_price: ask, ..plain(Kind::Ordinary, number, deadline) };
		self.submit(&machine.stash, spec);
	}

	/// Somebody takes back an order, its own or not.
	fn cancel(&mut self) {
		let Some(client) = self.dice.pick(&self.clients).cloned() else { return };
		let job = self.recent_job();
		self.send(&client, Call::<Runtime>::cancel { job });
	}

	/// Somebody exposes an answer: now or never, rightly or not.
	fn expose(&mut self) {
		let jobs: Vec<JobId> = self.known.keys().copied().collect();
		let Some(job) = self.dice.pick(&jobs).copied() else { return };
		let Some(Known { shard, claim, salt }) =
			self.known.get(&job).and_then(|known| self.dice.pick(known)).copied()
		else {
			return;
		};
		let owner = self.chain.with(|| pallet_jobs::Jobs::<Runtime>::get(job)).map(|job| job.owner);
		let stranger = self.dice.percent(10).then(|| self.dice.pick(&self.clients).cloned()).flatten();
		let Some(who) = stranger.or(owner) else { return };
		let salt = if self.dice.percent(10) { self.dice.bytes32() } else { salt };
		let key = ShardKey { job, shard };
		self.send(&who, Call::<Runtime>::expose { key, claim, salt });
	}

	/// One of the last jobs.
	pub fn recent_job(&mut self) -> JobId {
		let next = self.chain.with(pallet_jobs::NextJob::<Runtime>::get).0;
		JobId(next.saturating_sub(self.dice.below(10)))
	}

	fn number(&mut self) -> u64 {
		self.orders += 1;
		self.orders
	}
}
