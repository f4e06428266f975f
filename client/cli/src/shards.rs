//! How a shard stands, as a line and as JSON: who holds it, whether it was one provider's word or a quorum's, who was
//! replaced and who paid for that.

use crate::show;
use ergon_client::AccountId;
use ergon_primitives::{
	views::{ShardRecord, ShardView},
	Phase, Policy, ReplicaState, ShardAttestation, Verdict,
};
use serde_json::{json, Value};

/// On whose word a settled shard rests: `alone` where fewer than a quorum were needed, which only an adaptive job allows;
/// nothing where it did not settle.
fn verified(policy: &Policy, record: &ShardRecord<AccountId>) -> Option<&'static str> {
	match record.verdict {
		Verdict::Agreed { .. } if record.providers.len() < usize::from(policy.quorum) => Some("alone"),
		Verdict::Agreed { .. } => Some("replicated"),
		_ => None,
	}
}

/// The same for an open one, as far as it is decided.
fn mode(open: &ShardAttestation<AccountId>) -> &'static str {
	if open.trust > 0 {
		"alone"
	} else {
		"replicated"
	}
}

/// Those that failed and were, or are to be, replaced.
fn replaced(open: &ShardAttestation<AccountId>) -> Vec<AccountId> {
	let failed = open.replicas.iter().filter(|replica| !replica.state.is_engaged());
	failed.map(|replica| replica.provider).collect()
}

/// A shard, as JSON.
pub fn json(policy: &Policy, index: u32, shard: &ShardView<AccountId>) -> Value {
	match shard {
		ShardView::Queued => json!({ "shard": index, "reason": null, "state": shard }),
		ShardView::Open(open) => json!({
			"shard": index,
			"reason": null,
			"state": shard,
			"mode": mode(open),
			"replaced": replaced(open),
		}),
		ShardView::Closed(record) => closed_json(policy, index, record),
	}
}

/// A closed shard, as JSON.
pub fn closed_json(policy: &Policy, index: u32, record: &ShardRecord<AccountId>) -> Value {
	json!({
		"shard": index,
		"reason": record.verdict.reason(),
		"verified": verified(policy, record),
		"record": record,
	})
}

/// A shard, for people.
pub fn line(policy: &Policy, shard: &ShardView<AccountId>) -> String {
	match shard {
		ShardView::Queued => "queued".to_owned(),
		ShardView::Open(open) => open_line(open),
		ShardView::Closed(record) => closed_line(policy, record),
	}
}

fn open_line(open: &ShardAttestation<AccountId>) -> String {
	let phase = match open.phase {
		Phase::Waiting { missing } => format!("waiting for {} more", show::count(missing, "provider")),
		Phase::Committing { until } => format!("committing until block {until}"),
		Phase::Deciding => "about to be audited or trusted".to_owned(),
		Phase::Revealing { until } => format!("revealing until block {until}"),
	};
	let alone = match open.trust {
		0 => String::new(),
		one_in => format!(", one provider alone, audited 1 time in {one_in}"),
	};
	let replicas: Vec<_> = open
		.replicas
		.iter()
		.map(|replica| {
			let state = match replica.state {
				ReplicaState::Assigned => "working",
				ReplicaState::Committed(_) => "committed",
				ReplicaState::Revealed(_) => "revealed",
				ReplicaState::Absent => "absent, replaced",
				ReplicaState::Silent => "silent, replaced",
			};
			format!("{} {state}", replica.provider)
		})
		.collect();
	format!("{phase}{alone}: {}", replicas.join("; "))
}

fn closed_line(policy: &Policy, record: &ShardRecord<AccountId>) -> String {
	let how = match verified(policy, record) {
		Some("alone") => "settled: one provider alone, with leave for its record",
		Some(_) => "settled: a quorum of equal results",
		None => record.verdict.reason(),
	};
	let compensated = match record.compensated {
		0 => String::new(),
		amount => {
			format!("; replacements were paid {} by those that had failed", show::amount(amount))
		},
	};
	format!(
		"{how} at block {}; paid {} to {}{compensated}",
		record.at,
		show::amount(record.paid),
		show::count(record.providers.len() as u64, "provider")
	)
}

#[cfg(test)]
mod tests {
	#![allow(clippy::unwrap_used)] // A failed unwrap is a failed test.

	use super::*;
	use ergon_primitives::{
		attestation::{Replica, Terms},
		BlobId, Fuel, Price,
	};

	const POLICY: Policy = Policy { quorum: 2, max_replicas: 4, adaptive: true };

	fn record(verdict: Verdict, providers: u8, compensated: u128) -> ShardRecord<AccountId> {
		let providers: Vec<_> = (0..providers).map(|n| AccountId::from([n; 32])).collect();
		ShardRecord { verdict, at: 9, paid: 7, compensated, providers: providers.try_into().unwrap() }
	}

	fn agreed() -> Verdict {
		Verdict::Agreed { root: [1; 32], fuel: Fuel(5), outcomes: BlobId::of(b"x") }
	}

	#[test]
	fn a_verdict_should_tell_one_word_from_a_quorum_s() {
		let alone = closed_json(&POLICY, 0, &record(agreed(), 1, 0));
		assert_eq!(alone["verified"], "alone");
		assert!(line(&POLICY, &ShardView::Closed(record(agreed(), 1, 0))).contains("alone"));
		let both = closed_json(&POLICY, 0, &record(agreed(), 2, 0));
		assert_eq!(both["verified"], "replicated");
		assert!(!line(&POLICY, &ShardView::Closed(record(agreed(), 2, 0))).contains("failed"));
		let paid = line(&POLICY, &ShardView::Closed(record(agreed(), 2, 1_500_000_000_000)));
		assert!(paid.contains("paid 1.5 ERG by those that had failed"), "{paid}");
		let one_of_one = Policy { quorum: 1, ..POLICY };
		assert_eq!(closed_json(&one_of_one, 0, &record(agreed(), 1, 0))["verified"], "replicated");
	}

	#[test]
	fn a_refunded_shard_should_say_why() {
		let json = closed_json(&POLICY, 0, &record(Verdict::Expired, 0, 0));
		assert!(json["reason"].as_str().unwrap().contains("no provider"), "{json}");
		assert!(json["verified"].is_null());
		assert_eq!(json["record"]["verdict"], "expired");
		assert_eq!((&json["record"]["paid"], &json["record"]["compensated"]), (&json!("7"), &json!("0")));
	}

	#[test]
	fn an_open_shard_should_name_the_replaced_and_whether_one_works_alone() {
		let replica =
			|n: u8, state| Replica { provider: AccountId::from([n; 32]), ask: Price(1), lock: 1, state };
		let terms = Terms {
			quorum: 2,
			max_replicas: 4,
			commit_window: 9,
			reveal_window: 9,
			fuel_limit: Fuel(9),
			value: 1,
		};
		let absent = replica(1, ReplicaState::Absent);
		let working = replica(2, ReplicaState::Assigned);
		let mut open = ShardAttestation {
			terms,
			phase: Phase::Committing { until: 30 },
			trust: 0,
			replicas: vec![absent.clone(), working].try_into().unwrap(),
		};
		let shown = json(&POLICY, 3, &ShardView::Open(open.clone()));
		assert_eq!(shown["replaced"], json!([absent.provider]));
		assert_eq!((&shown["mode"], &shown["shard"]), (&json!("replicated"), &json!(3)));
		assert!(line(&POLICY, &ShardView::Open(open.clone())).contains("absent, replaced"));
		open.trust = 12;
		open.phase = Phase::Deciding;
		let said = line(&POLICY, &ShardView::Open(open));
		assert!(said.contains("audited 1 time in 12"), "{said}");
	}
}
