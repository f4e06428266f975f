//! What is written as JSON is read back the same, and says what the documents promise.
#![cfg(feature = "serde")]
// A test may stop at the first surprise.
#![allow(clippy::unwrap_used)]

mod common;

use codec::{Decode, Encode};
use common::{any_economics, any_spec, any_timing, info, spec};
use ergon_primitives::{
	attestation::Terms,
	job::MAX_KNOWN,
	provider::Reputation,
	views::{Duty, JobState, JobView, Market, Progress, ProviderView, ShardRecord, ShardView},
	BlobId, BlobLimits, Claim, Fuel, JobId, JobSpec, Operator, Phase, Price, ProviderInfo, ProviderStatus,
	Region, Replica, ReplicaState, Reveal, ShardAttestation, ShardIndex, ShardKey, SpecError, Stake, Trust,
	Verdict,
};
use proptest::prelude::*;
use serde::{de::DeserializeOwned, Serialize};
use serde_json::{from_value, json, to_value, Value};
use std::fmt::Debug;

/// Through JSON text and back, and through SCALE and back.
fn round_trip<T: Serialize + DeserializeOwned + Encode + Decode + PartialEq + Debug>(value: &T) -> Value {
	let text = serde_json::to_string(value).unwrap();
	assert_eq!(&serde_json::from_str::<T>(&text).unwrap(), value);
	assert_eq!(&T::decode(&mut &value.encode()[..]).unwrap(), value);
	to_value(value).unwrap()
}

fn refused<T: DeserializeOwned + Debug>(value: Value) -> String {
	from_value::<T>(value).unwrap_err().to_string()
}

fn attestation() -> ShardAttestation<String> {
	let claim = Claim::Computed { root: [1; 32], fuel: Fuel(2), outcomes: BlobId::of(b"outcomes") };
	let replica = |n: u8, state| Replica { provider: format!("p{n}"), ask: Price(7), lock: u128::MAX, state };
	let replicas = vec![
		replica(0, ReplicaState::Assigned),
		replica(1, ReplicaState::Committed([3; 32])),
		replica(2, ReplicaState::Revealed(claim)),
		replica(3, ReplicaState::Absent),
		replica(4, ReplicaState::Silent),
	];
	ShardAttestation {
		terms: Terms {
			quorum: 2,
			max_replicas: 5,
			commit_window: 3,
			reveal_window: 4,
			fuel_limit: Fuel(5),
			value: u128::MAX,
		},
		phase: Phase::Waiting { missing: 1 },
		trust: 50,
		replicas: replicas.try_into().unwrap(),
	}
}

#[test]
fn spec_should_read_as_documented() {
	let mut spec = spec();
	spec.requirements.region = Some(Region(*b"DE"));
	spec.args = ergon_primitives::job::args_from(&["--größe", "5"]).unwrap();
	spec.tip = u128::MAX;
	let value = round_trip(&spec);
	assert_eq!(value["program"], BlobId::of(b"program").to_string());
	assert_eq!(value["input"], json!({ "single": BlobId::of(b"input").to_string() }));
	assert_eq!(value["max_price"], "1000");
	assert_eq!(value["tip"], u128::MAX.to_string());
	assert_eq!(value["requirements"]["region"], "DE");
	assert_eq!(value["args"], json!(["--größe", "5"]));
	assert_eq!(value["limits"]["fuel"], 1_000_000_000);

	// Left out, the region is any, the policy replicates, and no answer is known.
	let mut short = to_value(common::spec()).unwrap();
	short["requirements"].as_object_mut().unwrap().remove("region");
	short["policy"].as_object_mut().unwrap().remove("adaptive");
	short.as_object_mut().unwrap().remove("known");
	assert_eq!(from_value::<JobSpec>(short).unwrap(), common::spec());
}

#[test]
fn known_answers_should_be_hashes() {
	let mut spec = spec();
	spec.policy.adaptive = true;
	spec.known = vec![[0xab; 32], [1; 32]].try_into().unwrap();
	let mut value = round_trip(&spec);
	let hash = format!("0x{}", "ab".repeat(32));
	assert_eq!(value["policy"], json!({ "quorum": 2, "max_replicas": 5, "adaptive": true }));
	assert_eq!(value["known"], json!([hash, format!("0x{}", "01".repeat(32))]));
	value["known"] = json!(vec![hash; MAX_KNOWN as usize + 1]);
	assert!(refused::<JobSpec>(value.clone()).contains(&format!("known: at most {MAX_KNOWN} hashes")));
	value["known"] = json!(["0xab"]);
	assert!(refused::<JobSpec>(value).contains("32 bytes in hexadecimal"));
}

#[test]
fn providers_should_read_as_documented() {
	let view = ProviderView {
		stash: "stash".to_string(),
		worker: "worker".into(),
		operator: Operator::Of("operator".into()),
		info: info(),
		status: ProviderStatus::Suspended { until: 9 },
		bond: 1,
		locked: u128::MAX,
		unbonding: None,
		busy: 2,
		reputation: Reputation { alone: 3, faults: 4, ..Reputation::default() },
		earned: 5,
	};
	let value = round_trip(&view);
	assert_eq!(value["operator"], json!({ "of": "operator" }));
	assert_eq!(value["status"], json!({ "suspended": { "until": 9 } }));
	assert_eq!(value["reputation"]["alone"], 3);
	assert_eq!(value["reputation"]["faults"], 4);
	assert_eq!(round_trip(&Operator::<String>::Itself), "itself");
	assert_eq!(round_trip(&Operator::Claimed("a".to_string())), json!({ "claimed": "a" }));
	assert_eq!(round_trip(&ProviderStatus::Online), "online");
	for conduct in common::CONDUCTS {
		round_trip(&conduct);
	}
	let trust = Trust { one_in: 10, lock: u128::MAX };
	assert_eq!(round_trip(&trust), json!({ "one_in": 10, "lock": u128::MAX.to_string() }));
	assert_eq!(round_trip(&Stake::Late), "late");
}

#[test]
fn amounts_should_be_digits_or_whole_numbers() {
	assert_eq!(
		from_value::<Price>(json!("340282366920938463463374607431768211455")).unwrap(),
		Price(u128::MAX)
	);
	assert_eq!(from_value::<Price>(json!("0")).unwrap(), Price(0));
	assert_eq!(from_value::<Price>(json!(12)).unwrap(), Price(12));
	for value in [
		json!("340282366920938463463374607431768211456"),
		json!("-1"),
		json!("+1"),
		json!(-1),
		json!(1.5),
		json!(1e30),
		json!(""),
		json!(" 1"),
		json!("1e3"),
		json!("0x10"),
		json!("1_000"),
		json!(null),
		json!([1]),
	] {
		let error = refused::<Price>(value.clone());
		assert!(error.contains("plancks"), "{value}: {error}");
	}
}

#[test]
fn hashes_should_be_hexadecimal() {
	let reveal = Reveal {
		key: ShardKey { job: JobId(1), shard: ShardIndex(2) },
		claim: Claim::Unavailable,
		salt: [0xab; 32],
	};
	let mut value = round_trip(&reveal);
	assert_eq!(value["salt"], format!("0x{}", "ab".repeat(32)));
	assert_eq!(value["claim"], "unavailable");
	assert_eq!(value["key"], json!({ "job": 1, "shard": 2 }));
	value["salt"] = json!("ab".repeat(32));
	assert_eq!(from_value::<Reveal>(value.clone()).unwrap(), reveal);
	for salt in
		["ab".repeat(31), "ab".repeat(33), "xy".repeat(32), format!("0x0x{}", "ab".repeat(32)), "0x".into()]
	{
		value["salt"] = json!(salt);
		assert!(refused::<Reveal>(value.clone()).contains("32 bytes in hexadecimal"));
	}
}

#[test]
fn regions_should_be_two_bytes() {
	assert_eq!(from_value::<Region>(json!("DE")).unwrap(), Region(*b"DE"));
	for value in [json!(""), json!("D"), json!("DEU"), json!("日")] {
		assert!(refused::<Region>(value).contains("two letters"));
	}
}

#[test]
fn provider_should_read_as_documented() {
	let mut offer = info();
	let address = b"/dns/a.example/tcp/1".to_vec();
	offer.addresses = vec![address.try_into().unwrap()].try_into().unwrap();
	let mut value = round_trip(&offer);
	assert_eq!(value["addresses"], json!(["/dns/a.example/tcp/1"]));
	assert_eq!(value["ask"], "1000");
	assert_eq!(value["profiles"], json!([1]));
	value["addresses"] = json!(["x".repeat(129)]);
	assert!(refused::<ProviderInfo>(value.clone()).contains("at most 4, of at most 128 bytes"));
	value["addresses"] = json!(["", "", "", "", ""]);
	assert!(refused::<ProviderInfo>(value).contains("at most 4, of at most 128 bytes"));
}

#[test]
fn views_should_survive_the_way() {
	let verdict = Verdict::Agreed { root: [1; 32], fuel: Fuel(2), outcomes: BlobId::of(b"outcomes") };
	let record = ShardRecord {
		verdict,
		at: 5,
		paid: u128::MAX,
		compensated: u128::MAX - 1,
		providers: vec!["p0".to_string(), "p2".into()].try_into().unwrap(),
	};
	let value = round_trip(&ShardView::Closed(record));
	assert_eq!(value["closed"]["verdict"]["agreed"]["fuel"], 2);
	assert_eq!(value["closed"]["compensated"], (u128::MAX - 1).to_string());
	let open = round_trip(&ShardView::Open(attestation()));
	assert_eq!(open["open"]["trust"], 50);
	assert_eq!(open["open"]["terms"]["value"], u128::MAX.to_string());
	for (phase, text) in [
		(Phase::Waiting { missing: 1 }, json!({ "waiting": { "missing": 1 } })),
		(Phase::Committing { until: 2 }, json!({ "committing": { "until": 2 } })),
		(Phase::Revealing { until: 3 }, json!({ "revealing": { "until": 3 } })),
		(Phase::Deciding, json!("deciding")),
	] {
		assert_eq!(round_trip(&phase), text);
	}
	assert_eq!(round_trip(&ShardView::<String>::Queued), "queued");
	for verdict in [Verdict::Unavailable, Verdict::NoQuorum, Verdict::Expired, Verdict::Cancelled] {
		round_trip(&verdict);
		assert!(verdict.reason().starts_with("refunded"));
	}
	for state in [JobState::Queued, JobState::Working, JobState::Finished { prune_at: 9 }] {
		let view = JobView {
			id: JobId(u64::MAX),
			owner: "owner".to_string(),
			spec: spec(),
			submitted_at: 1,
			submitted_time: 2,
			state,
			progress: Progress { held: u128::MAX, ..Progress::default() },
			deposit: 1,
		};
		assert_eq!(round_trip(&view)["progress"]["held"], u128::MAX.to_string());
	}
}

#[test]
fn duty_should_name_its_own_tasks_and_replica() {
	let duty = Duty {
		key: ShardKey { job: JobId(1), shard: ShardIndex(2) },
		attestation: attestation(),
		spec: spec(),
		submitted_time: 3,
		provider: "p1".to_string(),
	};
	round_trip(&duty);
	assert_eq!(duty.tasks(), 8..10);
	assert_eq!(duty.own().map(|replica| replica.state), Some(ReplicaState::Committed([3; 32])));
	let stranger = Duty { provider: "p9".to_string(), ..duty };
	assert_eq!(stranger.own(), None);
}

#[test]
fn refusals_should_be_words() {
	assert_eq!(round_trip(&SpecError::DeadlineTooSoon), "deadlineTooSoon");
	assert_eq!(round_trip(&SpecError::Tasks), "tasks");
	assert_eq!(round_trip(&SpecError::Adaptive), "adaptive");
	assert_eq!(round_trip(&SpecError::Known), "known");
	assert_eq!(round_trip(&SpecError::Hint), "hint");
}

proptest! {
	#[test]
	fn any_spec_survives_the_way(spec in any_spec()) {
		round_trip(&spec);
	}

	#[test]
	fn any_market_survives_the_way(economics in any_economics(), timing in any_timing(), min_bond: u128, jobs: u64, max_blob: u64) {
		let blobs = BlobLimits { max_blob, ..BlobLimits::default() };
		round_trip(&Market { block: 1, economics, timing, blobs, min_bond, available: 2, jobs });
	}
}
