//! What `try_state` checks: one function for each invariant of the crate's documentation.

use ergon_primitives::{job::MAX_REPLICAS, Phase, ReplicaState, ShardAttestation, ShardKey};
use frame_support::{ensure, sp_runtime::TryRuntimeError};

use crate::{machine, Agenda, Config, Duties, NextDue, Pallet, Shards};

impl<T: Config> Pallet<T> {
	/// Checks every invariant.
	pub(crate) fn do_try_state() -> Result<(), TryRuntimeError> {
		for (key, shard) in Shards::<T>::iter() {
			Self::check_replicas(&shard)?;
			Self::check_phase(&shard)?;
			Self::check_quorum(&shard)?;
			Self::check_has_duties(key, &shard)?;
			Self::check_is_scheduled(key, &shard)?;
		}
		Self::check_agenda()?;
		Self::check_duties()
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

	/// Who is engaged has a duty, who is not has none.
	fn check_has_duties(
		key: ShardKey,
		shard: &ShardAttestation<T::AccountId>,
	) -> Result<(), TryRuntimeError> {
		for replica in &shard.replicas {
			ensure!(
				Duties::<T>::contains_key(&replica.provider, key) == replica.state.is_engaged(),
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

	/// No duty without a replica. That each is engaged, [`Self::check_has_duties`] sees.
	fn check_duties() -> Result<(), TryRuntimeError> {
		for (provider, key, ()) in Duties::<T>::iter() {
			let drawn = Shards::<T>::get(key)
				.is_some_and(|shard| shard.replicas.iter().any(|replica| replica.provider == provider));
			ensure!(drawn, "attestation: a duty without its replica");
		}
		Ok(())
	}
}
