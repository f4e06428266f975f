//! What `ergon-worker status` says of the provider, and of how far a replica is watched. Pure.

use crate::{
	duty::{Duty, Provider},
	rest::blocks_left,
};
use ergon_primitives::{money::Economics, BlockNumber, ProviderStatus, Stake};
use serde_json::{json, Value};

/// Whether anybody looks at what the worker does for a shard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Watched {
	/// Others compute it too.
	Replicated,
	/// It works alone, and is audited one time in so many: which, nobody knows before it has committed.
	Alone { one_in: u16 },
	/// It began alone, and is audited.
	Audited,
}

impl Watched {
	/// How the worker's replica of a shard is watched. That it began alone is told by its lock: an ordinary one is never
	/// as large, and so large a late one is never the first.
	pub(super) fn of(duty: &Duty, economics: &Economics) -> Self {
		let (spec, attestation) = (&duty.spec, &duty.attestation);
		if attestation.trust > 0 {
			return Self::Alone { one_in: attestation.trust };
		}
		let first = attestation.replicas.first().filter(|first| first.provider == duty.provider);
		let began_alone = first.filter(|_| spec.policy.adaptive).is_some_and(|own| {
			let fuel = spec.shard_fuel(duty.key.shard);
			let tip = spec.tip_share();
			let ordinary = economics.lock(Stake::Ordinary, own.ask, spec.max_price, fuel, tip);
			ordinary.is_some_and(|lock| own.lock > lock)
		});
		match began_alone {
			true => Self::Audited,
			false => Self::Replicated,
		}
	}

	/// For a table.
	pub(super) fn text(&self) -> String {
		match self {
			Self::Replicated => "replicated".to_owned(),
			Self::Alone { one_in } => format!("alone, 1 in {one_in}"),
			Self::Audited => "being audited".to_owned(),
		}
	}

	/// For programs.
	pub(super) fn json(&self) -> Value {
		match self {
			Self::Replicated => json!({ "mode": "replicated", "one_in": null }),
			Self::Alone { one_in } => json!({ "mode": "alone", "one_in": one_in }),
			Self::Audited => json!({ "mode": "audited", "one_in": null }),
		}
	}
}

/// The provider, for people.
pub(super) fn describe(provider: Option<&Provider>, now: BlockNumber) -> Vec<String> {
	let Some(provider) = provider else {
		return vec![
			"no provider has this worker key; register one: ergon provider register --help".to_owned()
		];
	};
	let record = &provider.reputation;
	let status = match provider.status {
		ProviderStatus::Online => "online".to_owned(),
		ProviderStatus::Paused => "paused until `ergon provider resume`".to_owned(),
		ProviderStatus::Suspended { until } => match until.saturating_sub(now) {
			0 => "suspended after a fault; the rest is over, a running worker resumes it".to_owned(),
			left => format!("suspended after a fault: {left} blocks of rest left, until block {until}"),
		},
	};
	vec![
		format!("provider {}: {status}", provider.stash),
		format!(
			"record: {} agreed, {} of them since the last fault, {} alone; {} absent, {} silent, {} dissented",
			record.agreed, record.streak, record.alone, record.absent, record.silent, record.dissented
		),
	]
}

/// The provider, for programs.
pub(super) fn json(provider: Option<&Provider>, now: BlockNumber) -> Value {
	provider.map_or(Value::Null, |provider| {
		json!({
			"stash": provider.stash,
			"status": provider.status,
			"rest_blocks": blocks_left(provider.status, now),
			"streak": provider.reputation.streak,
			"reputation": provider.reputation,
		})
	})
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::duty::Account;
	use ergon_primitives::{
		attestation::{Replica, ShardAttestation, Terms},
		provider::{ProviderInfo, Reputation},
		samples::ECONOMICS,
		BlobId, Fuel, Input, JobId, JobSpec, Limits, Operator, Phase, Policy, Price, Region, ReplicaState,
		Requirements, ShardIndex, ShardKey,
	};

	/// A duty that pays 10 at most.
	fn duty(trust: u16, lock: u128, adaptive: bool) -> Duty {
		let (me, blob, fuel) = (Account::from([1; 32]), BlobId::of(b""), Fuel(1_000_000_000));
		let own = Replica { provider: me, ask: Price(10), lock, state: ReplicaState::Assigned };
		Duty {
			key: ShardKey { job: JobId(1), shard: ShardIndex(0) },
			attestation: ShardAttestation {
				terms: Terms {
					quorum: 2,
					max_replicas: 4,
					commit_window: 9,
					reveal_window: 9,
					fuel_limit: fuel,
					value: 10,
				},
				phase: Phase::Deciding,
				trust,
				replicas: vec![own].try_into().unwrap(),
			},
			spec: JobSpec {
				program: blob,
				input: Input::Single(blob),
				tasks: 1,
				shard_size: 1,
				limits: Limits { fuel, memory: 1 << 20, output: 1 },
				args: Default::default(),
				policy: Policy { quorum: 2, max_replicas: 4, adaptive },
				max_price: Price(10),
				deadline: 100,
				requirements: Requirements { profile: 1, min_speed: 1, region: None },
				tip: 0,
				known: Default::default(),
				hints: Default::default(),
			},
			submitted_time: 0,
			provider: me,
		}
	}

	#[test]
	fn a_replica_should_know_how_it_is_watched() {
		let watched = |trust, lock, adaptive| Watched::of(&duty(trust, lock, adaptive), &ECONOMICS);
		assert_eq!(watched(12, 240, true), Watched::Alone { one_in: 12 });
		assert_eq!(watched(0, 240, true), Watched::Audited);
		assert_eq!(watched(0, 20, true), Watched::Replicated, "its lock is an ordinary one");
		assert_eq!(watched(0, 240, false), Watched::Replicated, "the job is not adaptive");
		let mut second = duty(0, 240, true);
		second.provider = Account::from([2; 32]);
		assert_eq!(Watched::of(&second, &ECONOMICS), Watched::Replicated);
	}

	#[test]
	fn a_rest_should_be_told_with_what_is_left_of_it() {
		let mut provider = Provider {
			stash: Account::from([1; 32]),
			worker: Account::from([2; 32]),
			operator: Operator::Itself,
			info: ProviderInfo {
				slots: 1,
				ask: Price(1),
				memory: 1,
				profiles: Default::default(),
				speed: 1,
				region: Region::UNSAID,
				addresses: Default::default(),
			},
			status: ProviderStatus::Suspended { until: 50 },
			bond: 1,
			locked: 0,
			unbonding: None,
			busy: 0,
			reputation: Reputation { streak: 4, ..Default::default() },
			earned: 0,
		};
		let said = describe(Some(&provider), 40).join("\n");
		assert!(said.contains("10 blocks of rest left") && said.contains("4 of them since"), "{said}");
		assert_eq!(json(Some(&provider), 40)["rest_blocks"], 10);
		assert!(describe(Some(&provider), 50).join("\n").contains("the rest is over"));
		provider.status = ProviderStatus::Online;
		assert!(json(Some(&provider), 40)["rest_blocks"].is_null());
		assert!(json(None, 40).is_null());
	}
}
