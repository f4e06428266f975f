//! Results that can be had: before their reveal, and as long as the chain refers to them.

use super::*;
use crate::{
	chain::ShardEnd,
	keep::{margin, SWEEP_EVERY},
	plan::KEEP,
};
use ergon_client::Spread;
use ergon_primitives::Phase;

const ALONE: Spread = Spread { peers: 3, others: 0 };
const ELSEWHERE: Spread = Spread { peers: 3, others: 1 };

fn list(claim: Claim) -> BlobId {
	let Claim::Computed { outcomes, .. } = claim else { panic!("{claim:?}") };
	outcomes
}

/// A shard that a quorum agrees on by this worker's reveal: never seen as revealed, and no duty any more.
async fn agreed(fake: &Fake, key: ShardKey) -> Claim {
	eventually("over", || fake.state().ended.contains_key(&key)).await;
	fake.reveals(key).last().unwrap().claim
}

#[tokio::test(flavor = "multi_thread")]
async fn a_result_should_be_spread_when_all_have_committed_and_revealed_when_another_holds_it() {
	let (fake, key, folder) = one(b"echo");
	fake.state().spread = ALONE;
	fake.state().others_committed = false;
	let worker = start(&fake, &Words::default(), &folder);
	eventually("committed", || matches!(fake.own(key), ReplicaState::Committed(_))).await;
	sleep(Duration::from_millis(100)).await;
	assert_eq!(fake.state().spreads, [], "while others may still copy it, nobody is told its name");
	let stored = fake.state().stored.clone();
	assert!(
		stored.len() == 2 && stored.iter().all(|(_, job)| *job == key.job),
		"kept for the job: {stored:?}"
	);
	fake.state().duties[0].attestation.phase = Phase::Revealing { until: 130 };
	fake.advance(1);
	eventually("asked again", || fake.state().spreads.len() > 6).await;
	assert_eq!(fake.reveals(key).len(), 0, "nobody else holds it");
	fake.state().spread = ELSEWHERE;
	let claim = revealed(&fake, key).await;
	let spreads = fake.state().spreads.clone();
	assert!(spreads.iter().all(|(_, revealing)| *revealing));
	for blob in [list(claim), BlobId::of(b"hello")] {
		assert!(spreads.iter().any(|(id, _)| *id == blob), "list and outputs");
	}
	assert_eq!(worker.metrics.blobs_with("unspread"), 0);
	worker.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reveal_should_never_miss_its_deadline_for_want_of_a_holder() {
	let (fake, key, folder) = one(b"echo");
	fake.state().spread = ALONE;
	let worker = start(&fake, &Words::default(), &folder);
	eventually("committed", || matches!(fake.own(key), ReplicaState::Committed(_))).await;
	let Phase::Revealing { until } = fake.state().duties[0].attestation.phase else { panic!() };
	let now = fake.state().block;
	fake.advance(until - margin(20) - 1 - now);
	sleep(Duration::from_millis(200)).await;
	assert_eq!(fake.reveals(key).len(), 0);
	fake.advance(1);
	revealed(&fake, key).await;
	assert_eq!(worker.metrics.blobs_with("unspread"), 1);
	worker.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_node_did_not_take_should_be_offered_again_before_the_reveal() {
	let (fake, key, folder) = one(b"echo");
	fake.state().store_full = true;
	let worker = start(&fake, &Words::default(), &folder);
	eventually("committed", || matches!(fake.own(key), ReplicaState::Committed(_))).await;
	sleep(Duration::from_millis(100)).await;
	assert_eq!(fake.reveals(key).len(), 0, "the node does not have it");
	worker.kill().await;
	// Also after a restart: the journal does not say that the node has it.
	let engine = Words { bias: 1000, ..Words::default() };
	let worker = start(&fake, &engine, &folder);
	fake.state().store_full = false;
	let claim = revealed(&fake, key).await;
	assert_eq!(outcomes(&fake, claim), [exited(b"hello", 10)]);
	assert_eq!(engine.runs.load(Ordering::SeqCst), 0, "from this machine's disk");
	worker.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_has_any_more_should_be_computed_again() {
	let (fake, key, folder) = one(b"echo");
	fake.state().others_committed = false;
	let worker = start(&fake, &Words::default(), &folder);
	eventually("committed", || matches!(fake.own(key), ReplicaState::Committed(_))).await;
	worker.kill().await;
	let stored: Vec<_> = fake.state().stored.drain(..).collect();
	let input = fake.state().blobs[&BlobId::of(b"hello")].clone();
	for (id, _) in &stored {
		fake.state().blobs.remove(id);
	}
	std::fs::remove_dir_all(folder.path().join("outputs")).unwrap();
	// The output is the input, which the client has put there.
	fake.put(&input);
	fake.state().duties[0].attestation.phase = Phase::Revealing { until: 200 };
	let engine = Words::default();
	let worker = start(&fake, &engine, &folder);
	let claim = revealed(&fake, key).await;
	assert_eq!(engine.runs.load(Ordering::SeqCst), 1);
	assert_eq!(outcomes(&fake, claim), [exited(b"hello", 10)]);
	assert_eq!(fake.commitments(key).len(), 1);
	worker.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_node_loses_should_be_given_to_it_again_while_the_chain_refers_to_it() {
	let (fake, key, folder) = one(b"echo");
	fake.state().closes = true;
	let worker = start(&fake, &Words::default(), &folder);
	let claim = agreed(&fake, key).await;
	fake.advance(KEEP + 2);
	sleep(Duration::from_millis(100)).await;
	// Now and then.
	fake.state().blobs.remove(&list(claim));
	fake.advance(SWEEP_EVERY);
	eventually("there again", || fake.state().blobs.contains_key(&list(claim))).await;
	// When the node comes back.
	fake.state().blobs.remove(&BlobId::of(b"hello"));
	fake.disconnect();
	eventually("there again", || fake.state().blobs.contains_key(&BlobId::of(b"hello"))).await;
	worker.kill().await;
	// After a restart.
	fake.state().blobs.remove(&list(claim));
	let worker = start(&fake, &Words::default(), &folder);
	eventually("there again", || fake.state().blobs.contains_key(&list(claim))).await;
	eventually("counted", || worker.metrics.blobs_with("restored") == 1).await;
	worker.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_chain_does_not_refer_to_any_more_should_be_forgotten() {
	for end in [ShardEnd::Gone, ShardEnd::Failed, ShardEnd::Agreed(BlobId::of(b"another result"))] {
		let (fake, key, folder) = one(b"echo");
		fake.state().closes = true;
		let worker = start(&fake, &Words::default(), &folder);
		let claim = agreed(&fake, key).await;
		fake.state().ended.insert(key, end);
		fake.advance(SWEEP_EVERY + 1);
		sleep(Duration::from_millis(100)).await;
		fake.advance(KEEP + 2);
		sleep(Duration::from_millis(100)).await;
		fake.state().blobs.remove(&list(claim));
		fake.disconnect();
		sleep(Duration::from_millis(100)).await;
		assert!(!fake.state().blobs.contains_key(&list(claim)));
		worker.end().await;
		let entries = crate::journal::Journal::peek(folder.path(), &[1; 32], &WORKER).unwrap();
		assert!(entries.is_empty(), "{end:?}: {entries:?}");
	}
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_shard_s_result_should_not_be_searched_for_in_the_network() {
	let (fake, key, folder) = one(b"echo");
	fake.state().store_full = true;
	fake.state().others_committed = false;
	let worker = start(&fake, &Words::default(), &folder);
	eventually("committed", || matches!(fake.own(key), ReplicaState::Committed(_))).await;
	worker.kill().await;
	std::fs::remove_dir_all(folder.path().join("outputs")).unwrap();
	let engine = Words::default();
	let worker = start(&fake, &engine, &folder);
	eventually("computed again", || engine.runs.load(Ordering::SeqCst) > 0).await;
	assert_eq!(fake.state().searched, [], "who asks for it tells its name");
	worker.end().await;
}
