//! What `try_state` checks: one function for each invariant of the crate's documentation.

use ergon_primitives::{job::MAX_REPLICAS, Phase, ReplicaState, ShardAttestation, ShardKey};
use ergon_traits::Providers;
use frame_support::{ensure, sp_runtime::TryRuntimeError};

use crate::{machine, Agenda, Config, NextDue, Pallet, Shards};

impl<T: Config> Pallet<T> {
	/// Checks every invariant.
	pub fn do_try_state() -> Result<(), TryRuntimeError> {
		for (key, shard) in Shards::<T>::iter() {
			Self::check_replicas(&shard)?;
			Self::check_phase(&shard)?;
			Self::check_quorum(&shard)?;
			Self::check_trust(&shard)?;
			Self::check_order(&shard)?;
			Self::check_has_duties(key, &shard)?;
			Self::check_is_scheduled(key, &shard)?;
		}
		Self::check_agenda()
	}

	/// No provider is twice in a shard, replicas are at most `max_replicas`, and the terms are possible.
	fn check_replicas(shard: &ShardAttestation<T::AccountId>) -> Result<(), TryRuntimeError> {
		let terms = &shard.terms;
		ensure!(
			terms.quorum >= 1
				&& terms.quorum <= terms.max_replicas
				&& u32::from(terms.max_replicas) <= MAX_REPLICAS,
			"attestation: impossible terms"
		);
		ensure!(
			shard.replicas.len() <= usize::from(terms.max_replicas),
			"attestation: more replicas than the terms allow"
		);
		for (place, replica) in shard.replicas.iter().enumerate() {
			let mut before = shard.replicas.iter().take(place);
			ensure!(
				!before.any(|other| other.provider == replica.provider),
				"attestation: a provider is twice in a shard"
			);
		}
		Ok(())
	}

	/// The phase fits the replicas.
	fn check_phase(shard: &ShardAttestation<T::AccountId>) -> Result<(), TryRuntimeError> {
		let any =
			|wanted: fn(&ReplicaState) -> bool| shard.replicas.iter().any(|replica| wanted(&replica.state));
		let assigned = any(|state| matches!(state, ReplicaState::Assigned));
		let committed = any(|state| matches!(state, ReplicaState::Committed(_)));
		match shard.phase {
			Phase::Committing { .. } => ensure!(assigned, "attestation: committing, and nobody is to commit"),
			Phase::Revealing { .. } => {
				ensure!(!assigned, "attestation: revealing, and somebody is to commit");
				ensure!(committed, "attestation: revealing, and nobody is to reveal");
			},
			Phase::Waiting { missing } => {
				let total = shard.replicas.len().saturating_add(usize::from(missing));
				ensure!(!assigned, "attestation: waiting, and somebody is to commit");
				ensure!(missing > 0, "attestation: waiting for nobody");
				ensure!(
					total <= usize::from(shard.terms.max_replicas),
					"attestation: waiting for more than the terms allow"
				);
			},
			Phase::Deciding => {
				ensure!(shard.trust > 0, "attestation: deciding, and nobody works alone");
				ensure!(committed, "attestation: deciding before there is a commitment");
			},
		}
		Ok(())
	}

	/// No group of equal claims can grow beyond the quorum.
	fn check_quorum(shard: &ShardAttestation<T::AccountId>) -> Result<(), TryRuntimeError> {
		ensure!(
			machine::largest_possible_group(shard) <= usize::from(shard.terms.quorum),
			"attestation: more could agree than are paid for"
		);
		Ok(())
	}

	/// Whoever works alone does: nobody else was ever drawn, it can be audited and replaced, and is to be heard yet.
	fn check_trust(shard: &ShardAttestation<T::AccountId>) -> Result<(), TryRuntimeError> {
		if shard.trust == 0 {
			return Ok(());
		}
		let terms = &shard.terms;
		ensure!(shard.trust >= 2, "attestation: trust in one that is always audited");
		ensure!(
			terms.quorum >= 2 && terms.quorum < terms.max_replicas,
			"attestation: trust in one that cannot be audited"
		);
		ensure!(shard.replicas.len() == 1, "attestation: trust, and not one replica");
		ensure!(
			shard.replicas.iter().all(|replica| {
				matches!(replica.state, ReplicaState::Assigned | ReplicaState::Committed(_))
			}),
			"attestation: trust in one that is heard or out"
		);
		ensure!(!matches!(shard.phase, Phase::Waiting { .. }), "attestation: trust, and waiting for others");
		Ok(())
	}

	/// Before reveals begin, whoever has a commitment was drawn after everyone that has revealed.
	fn check_order(shard: &ShardAttestation<T::AccountId>) -> Result<(), TryRuntimeError> {
		if matches!(shard.phase, Phase::Revealing { .. }) {
			return Ok(());
		}
		let states = || shard.replicas.iter().map(|replica| &replica.state);
		let committed = states().position(|state| matches!(state, ReplicaState::Committed(_)));
		let mut after = states().skip(committed.unwrap_or(usize::MAX));
		ensure!(
			!after.any(|state| matches!(state, ReplicaState::Revealed(_))),
			"attestation: one that is to reveal was drawn before one that has"
		);
		Ok(())
	}

	/// Who is engaged has a duty, who is not has none. That nobody has a duty in a shard without a replica in it, only a
	/// walk over all providers could tell.
	fn check_has_duties(
		key: ShardKey,
		shard: &ShardAttestation<T::AccountId>,
	) -> Result<(), TryRuntimeError> {
		for replica in &shard.replicas {
			ensure!(
				T::Providers::duties_of(&replica.provider).contains(&key) == replica.state.is_engaged(),
				"attestation: duty and engagement differ"
			);
		}
		Ok(())
	}

	/// A phase with an end is in the agenda at its end.
	fn check_is_scheduled(
		key: ShardKey,
		shard: &ShardAttestation<T::AccountId>,
	) -> Result<(), TryRuntimeError> {
		if let Some(until) = machine::deadline(shard) {
			ensure!(Agenda::<T>::contains_key(until, key), "attestation: a deadline is not in the agenda");
		}
		Ok(())
	}

	/// The agenda has nothing but the ends of phases, and nothing before the cursor.
	fn check_agenda() -> Result<(), TryRuntimeError> {
		let cursor = NextDue::<T>::get();
		for (due, key, ()) in Agenda::<T>::iter() {
			let deadline = Shards::<T>::get(key).and_then(|shard| machine::deadline(&shard));
			ensure!(deadline == Some(due), "attestation: the agenda has an entry that is no deadline");
			ensure!(due >= cursor, "attestation: the agenda has an entry that was passed over");
		}
		Ok(())
	}
}
