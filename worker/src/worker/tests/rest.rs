//! A provider that rests after a fault, and a replica whose audit is being decided.

use super::{fake::Pool, *};
use ergon_primitives::{Phase, ProviderStatus};

/// A worker whose provider rests until block 120; block 100 is the best.
fn resting(auto_resume: bool) -> (Fake, Running, TempDir) {
	let fake = Fake::new();
	fake.state().status = ProviderStatus::Suspended { until: 120 };
	let folder = tempfile::tempdir().unwrap();
	let worker = start_with(&fake, Words::default(), &folder, auto_resume);
	(fake, worker, folder)
}

/// Blocks one by one, each looked at.
async fn blocks(fake: &Fake, count: u32) {
	for _ in 0..count {
		fake.advance(1);
		sleep(Duration::from_millis(10)).await;
	}
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rest_that_is_over_should_be_ended_once() {
	let (fake, worker, _folder) = resting(true);
	eventually("seen", || worker.metrics.rest.get() == 20).await;
	blocks(&fake, 19).await;
	assert_eq!(fake.resumes(), 0, "not before it is over");
	blocks(&fake, 1).await;
	eventually("resumed", || fake.state().status == ProviderStatus::Online).await;
	blocks(&fake, 30).await;
	assert_eq!(fake.resumes(), 1);
	assert_eq!(worker.metrics.streak.get(), 3);
	worker.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rest_should_be_left_to_the_stash_if_told_so() {
	let (fake, worker, _folder) = resting(false);
	blocks(&fake, 40).await;
	assert_eq!(fake.resumes(), 0);
	worker.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resume_that_the_chain_refuses_should_be_tried_seldom() {
	let (fake, worker, _folder) = resting(true);
	fake.state().pool = Pool::RefusesBatchesAnd(0);
	blocks(&fake, 20).await;
	eventually("tried", || fake.resumes() == 1).await;
	blocks(&fake, 60).await;
	let tries = fake.resumes();
	assert!((2..=5).contains(&tries), "{tries} tries in 60 blocks");
	fake.state().pool = Pool::Open;
	blocks(&fake, 64).await;
	eventually("resumed", || fake.state().status == ProviderStatus::Online).await;
	worker.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resume_that_nobody_includes_should_not_hold_up_a_commitment() {
	let (fake, worker, _folder) = resting(true);
	fake.state().pool = Pool::Swallows;
	blocks(&fake, 20).await;
	eventually("sent", || fake.resumes() == 1).await;
	fake.state().pool = Pool::Open;
	let (program, input) = (fake.put(b"echo"), fake.put(b"hello"));
	let key = fake.draw(1, program, Input::Single(input), 1);
	fake.advance(1);
	revealed(&fake, key).await;
	worker.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_should_resume_from_state() {
	let (fake, worker, folder) = resting(true);
	eventually("seen", || worker.metrics.rest.get() == 20).await;
	worker.kill().await;
	fake.advance(100);
	let worker = start(&fake, &Words::default(), &folder);
	eventually("resumed", || fake.state().status == ProviderStatus::Online).await;
	worker.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_its_audit_is_decided_a_replica_should_wait_and_ask_for_nothing_more() {
	let (fake, key, folder) = one(b"echo");
	fake.state().others_committed = false;
	let worker = start(&fake, &Words::default(), &folder);
	eventually("committed", || matches!(fake.own(key), ReplicaState::Committed(_))).await;
	fake.state().duties[0].attestation.phase = Phase::Deciding;
	let asked = fake.state().asked;
	let sent = fake.state().sent.len();
	blocks(&fake, 20).await;
	assert_eq!(fake.state().sent.len(), sent, "nothing is sent");
	assert!(fake.state().asked <= asked + 3, "the provider is looked at from time to time only");
	// Trusted: it may reveal. Audited, it would wait for the others in the same way.
	fake.state().duties[0].attestation.phase = Phase::Revealing { until: 200 };
	fake.advance(1);
	revealed(&fake, key).await;
	assert_eq!(fake.commitments(key).len(), 1);
	worker.end().await;
}
