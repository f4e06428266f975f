//! Providers: what each kind of them says of a shard, and when. Functions of what it can see; the world carries them out.

use crate::{
	dice::Dice,
	truth::{conspiracy, guess, lie, truth},
};
use ergon_primitives::{Claim, JobSpec, Phase, ReplicaState, ShardAttestation, ShardKey};
use ergon_runtime::AccountId;

/// How a provider behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Behaviour {
	/// Does the work and says what came out, in time.
	Honest,
	/// Honest, but loses its line now and then before it has committed.
	Flaky,
	/// Takes work, and mostly does nothing.
	Absent,
	/// Does the work, commits, and then often keeps its claim back.
	Silent,
	/// Does no work: says that it could not be had, or guesses.
	Lazy,
	/// Does no work: bills the most for a result of its own making.
	Liar,
	/// Does no work: repeats the commitments and the claims of others.
	Copier,
	/// Does no work: says what its accomplices say, and bills the most.
	Colluder,
	/// Honest until it may work alone: then it lies.
	Sleeper,
}

impl Behaviour {
	/// All of them.
	pub const ALL: [Self; 9] = [
		Self::Honest,
		Self::Flaky,
		Self::Absent,
		Self::Silent,
		Self::Lazy,
		Self::Liar,
		Self::Copier,
		Self::Colluder,
		Self::Sleeper,
	];
}

/// What a provider has decided to do about a shard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plan {
	/// Nothing.
	Stay,
	/// To say this.
	Say {
		/// What.
		claim: Claim,
		/// With this salt.
		salt: [u8; 32],
		/// Whether it did the work.
		worked: bool,
		/// Whether it will reveal it.
		reveals: bool,
		/// If it works alone: it is audited one time in so many. Else 0.
		alone: u16,
	},
	/// To replay a commitment of another, and then what that one reveals.
	Replay {
		/// The commitment.
		commitment: [u8; 32],
	},
}

impl Plan {
	/// Whether it did the work.
	pub fn worked(&self) -> bool {
		matches!(self, Self::Say { worked: true, .. })
	}
}

impl Behaviour {
	/// What it decides when it has been drawn.
	pub fn decide(
		self,
		dice: &mut Dice,
		spec: &JobSpec,
		key: ShardKey,
		shard: &ShardAttestation<AccountId>,
	) -> Plan {
		let salt = dice.bytes32();
		let alone = shard.trust;
		let honest = Plan::Say { claim: truth(spec, key), salt, worked: true, reveals: true, alone };
		let made_up = |claim| Plan::Say { claim, salt, worked: false, reveals: true, alone };
		match self {
			Self::Honest => honest,
			Self::Flaky if dice.percent(10) => Plan::Stay,
			Self::Flaky => honest,
			Self::Absent if dice.percent(70) => Plan::Stay,
			Self::Absent => honest,
			Self::Silent => {
				let reveals = dice.percent(50);
				Plan::Say { claim: truth(spec, key), salt, worked: true, reveals, alone }
			},
			Self::Lazy if dice.percent(50) => made_up(Claim::Unavailable),
			Self::Lazy => made_up(guess(spec, key, salt[0])),
			Self::Liar => made_up(lie(spec, key, salt)),
			Self::Copier => copy(shard).unwrap_or_else(|| made_up(guess(spec, key, salt[0]))).with_salt(salt),
			Self::Colluder => made_up(conspiracy(spec, key)),
			Self::Sleeper if shard.trust > 0 => made_up(lie(spec, key, salt)),
			Self::Sleeper => honest,
		}
	}
}

impl Plan {
	fn with_salt(self, salt: [u8; 32]) -> Self {
		match self {
			Self::Say { claim, worked, reveals, alone, .. } => {
				Self::Say { claim, salt, worked, reveals, alone }
			},
			other => other,
		}
	}
}

/// What there is to copy: a claim if one is revealed, else a commitment.
fn copy(shard: &ShardAttestation<AccountId>) -> Option<Plan> {
	let states = || shard.replicas.iter().map(|replica| replica.state);
	let revealed = states().find_map(|state| match state {
		ReplicaState::Revealed(claim) => {
			Some(Plan::Say { claim, salt: [0; 32], worked: false, reveals: true, alone: 0 })
		},
		_ => None,
	});
	revealed.or_else(|| {
		states().find_map(|state| match state {
			ReplicaState::Committed(commitment) => Some(Plan::Replay { commitment }),
			_ => None,
		})
	})
}

/// What a replica must do now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
	/// Commit, by this block.
	Commit(u32),
	/// Reveal, by this block.
	Reveal(u32),
}

/// What `provider` must do now for the shard, if anything.
pub fn due(shard: &ShardAttestation<AccountId>, provider: &AccountId) -> Option<Due> {
	let own = shard.replicas.iter().find(|replica| replica.provider == *provider)?;
	match (shard.phase, own.state) {
		(Phase::Committing { until }, ReplicaState::Assigned) => Some(Due::Commit(until)),
		(Phase::Revealing { until }, ReplicaState::Committed(_)) => Some(Due::Reveal(until)),
		_ => None,
	}
}
