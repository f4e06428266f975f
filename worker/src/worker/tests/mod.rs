mod fake;
mod fetching;
mod keeping;
mod rest;

use super::*;
use crate::pipeline::{
	fetch::{Nowhere, Places, Search},
	Fetcher, Halt, Link, Wanted,
};
use codec::Decode;
use ergon_executor_core::{encode_manifest, merkle, Outcome, Refusal};
use ergon_executor_wasmtime::Wasmtime;
use ergon_primitives::{BlobId, Claim, Fuel, Input, JobId, ReplicaState, ShardKey};
use fake::{Fake, InProcess, Pool, Words, WINDOW};
use std::sync::atomic::Ordering;
use tempfile::TempDir;
use tokio::task::JoinHandle;

const WORKER: Account32 = [6; 32];
type Account32 = [u8; 32];

/// A running worker.
struct Running {
	handle: JoinHandle<Result<(), JournalError>>,
	stop: StopHandle,
	metrics: Metrics,
}

impl Running {
	/// As `kill -9` does: at whatever it is waiting for, with no word.
	async fn kill(self) {
		self.handle.abort();
		let _ = self.handle.await;
	}

	async fn end(self) {
		self.stop.stop();
		self.handle.await.unwrap().unwrap();
	}
}

fn start(fake: &Fake, engine: &Words, folder: &TempDir) -> Running {
	start_with(fake, engine.clone(), folder, true)
}

fn start_with<E>(fake: &Fake, engine: E, folder: &TempDir, auto_resume: bool) -> Running
where
	E: Fenced + Send + Sync + 'static,
	E::Program: Send + Sync + 'static,
{
	start_among(fake, engine, folder, auto_resume, Arc::new(Nowhere))
}

fn start_among<E>(
	fake: &Fake,
	engine: E,
	folder: &TempDir,
	auto_resume: bool,
	places: Arc<dyn Places>,
) -> Running
where
	E: Fenced + Send + Sync + 'static,
	E::Program: Send + Sync + 'static,
{
	let settings = Settings {
		slots: 2,
		patience: 60,
		pace: Pace {
			first: Duration::from_millis(2),
			cap: Duration::from_millis(10),
			request: Duration::from_secs(2),
		},
		quiet: Duration::from_millis(50),
		grace: Duration::from_millis(300),
		programs: 2,
		auto_resume,
	};
	let metrics = Metrics::new().unwrap();
	let lock = Lock::take(folder.path()).unwrap();
	let shelf = Shelf::open(&folder.path().join("outputs"), 1 << 20).unwrap();
	let worker = Worker::new(
		fake.clone(),
		engine,
		Account::from(WORKER),
		lock,
		settings,
		metrics.clone(),
		shelf,
		places,
	);
	let (stop, heard) = StopHandle::new();
	Running { handle: tokio::spawn(worker.run(heard)), stop, metrics }
}

async fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
	for _ in 0..4000 {
		if holds() {
			return;
		}
		sleep(Duration::from_millis(5)).await;
	}
	panic!("never: {what}");
}

/// Waits until the worker's replica is revealed, and returns the claim.
async fn revealed(fake: &Fake, key: ShardKey) -> Claim {
	eventually("revealed", || matches!(fake.own(key), ReplicaState::Revealed(_))).await;
	let ReplicaState::Revealed(claim) = fake.own(key) else { panic!("just seen") };
	claim
}

/// The outcomes that a claim names, from the node's store, checked against the claim.
fn outcomes(fake: &Fake, claim: Claim) -> Vec<Outcome> {
	let Claim::Computed { root, fuel, outcomes } = claim else { panic!("{claim:?}") };
	let bytes = fake.state().blobs[&outcomes].clone();
	let decoded = Vec::<Outcome>::decode(&mut &bytes[..]).unwrap();
	assert_eq!(merkle::root(&decoded), root);
	assert_eq!(decoded.iter().map(|outcome| outcome.fuel().0).sum::<u64>(), fuel.0);
	decoded
}

fn exited(input: &[u8], fuel: u64) -> Outcome {
	Outcome::Exited { code: 0, output: BlobId::of(input), output_len: input.len() as u32, fuel: Fuel(fuel) }
}

/// A chain with one echo job drawn.
fn one(program: &[u8]) -> (Fake, ShardKey, TempDir) {
	let fake = Fake::new();
	let (program, input) = (fake.put(program), fake.put(b"hello"));
	let key = fake.draw(1, program, Input::Single(input), 1);
	(fake, key, tempfile::tempdir().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_duty_should_be_run_stored_committed_and_revealed() {
	let (fake, key, folder) = one(b"echo");
	let worker = start(&fake, &Words::default(), &folder);
	let claim = revealed(&fake, key).await;
	assert_eq!(outcomes(&fake, claim), [exited(b"hello", 10)]);
	assert_eq!(fake.commitments(key).len(), 1);
	assert_eq!(fake.reveals(key).len(), 1);
	assert_eq!(worker.metrics.shards_with("computed"), 1);
	assert_eq!(worker.metrics.fuel.get(), 10);
	worker.end().await;
}

/// Copies up to 64 bytes from standard input to standard output.
const COPY: &str = r#"(module
	(import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
	(import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
	(memory (export "memory") 1)
	(func (export "_start")
		(i32.store (i32.const 0) (i32.const 16))
		(i32.store (i32.const 4) (i32.const 64))
		(drop (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 4)))
		(drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))))"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_real_program_should_run_on_the_real_engine() {
	let (fake, key, folder) = one(&wat::parse_str(COPY).unwrap());
	let worker = start_with(&fake, InProcess(Wasmtime::new().unwrap()), &folder, true);
	let claim = revealed(&fake, key).await;
	let [Outcome::Exited { code: 0, output, output_len: 5, fuel }] = outcomes(&fake, claim)[..] else {
		panic!("{:?}", outcomes(&fake, claim))
	};
	assert_eq!(fake.state().blobs[&output], b"hello");
	assert!(fuel.0 > 0);
	worker.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tasks_of_a_manifest_should_each_read_their_own_and_share_a_prepared_program() {
	let fake = Fake::new();
	let inputs: Vec<_> = (0..3u8).map(|n| fake.put(&[n])).collect();
	let manifest = fake.put(&encode_manifest(&inputs));
	let program = fake.put(b"echo");
	let first = fake.draw(1, program, Input::Manifest(manifest), 3);
	let second = fake.draw(2, program, Input::Manifest(manifest), 4);
	let engine = Words::default();
	let folder = tempfile::tempdir().unwrap();
	let worker = start(&fake, &engine, &folder);
	let expected: Vec<_> = (0..3u8).map(|n| exited(&[n], 10 + u64::from(n))).collect();
	assert_eq!(outcomes(&fake, revealed(&fake, first).await), expected);
	let longer = outcomes(&fake, revealed(&fake, second).await);
	assert_eq!(longer[..3], expected);
	assert_eq!(longer[3], Outcome::InvalidInput, "the manifest is shorter than the job");
	assert_eq!(engine.prepared.load(Ordering::SeqCst), 1);
	worker.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_programs_and_manifests_should_have_outcomes_that_all_can_agree_on() {
	let fake = Fake::new();
	let (echo, refused) = (fake.put(b"echo"), fake.put(b"refused"));
	let nonsense = fake.put(b"this is no manifest");
	let missing = BlobId::of(b"nobody has this");
	let manifest = fake.draw(1, echo, Input::Manifest(nonsense), 2);
	let module = fake.draw(2, refused, Input::Single(missing), 2);
	let folder = tempfile::tempdir().unwrap();
	let worker = start(&fake, &Words::default(), &folder);
	assert_eq!(outcomes(&fake, revealed(&fake, manifest).await), [Outcome::InvalidInput; 2]);
	let invalid = Outcome::InvalidModule { reason: Refusal::NotWasm };
	assert_eq!(outcomes(&fake, revealed(&fake, module).await), [invalid; 2]);
	worker.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_blob_that_nobody_has_should_be_claimed_unavailable_but_not_early() {
	let fake = Fake::new();
	let program = fake.put(b"echo");
	let key = fake.draw(1, program, Input::Single(BlobId::of(b"nobody has this")), 1);
	let folder = tempfile::tempdir().unwrap();
	let worker = start(&fake, &Words::default(), &folder);
	fake.advance(WINDOW * 6 / 10 - 1);
	sleep(Duration::from_millis(200)).await;
	assert_eq!(fake.own(key), ReplicaState::Assigned, "there is still time for someone to bring it");
	fake.advance(1);
	assert_eq!(revealed(&fake, key).await, Claim::Unavailable);
	assert_eq!(worker.metrics.shards_with("unavailable"), 1);
	worker.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_pause_between_tries_should_not_outlast_the_time_to_claim() {
	let fake = Fake::new();
	let hour = Duration::from_secs(3_600);
	let (end, link) = Link::new(Pace { first: hour, cap: hour, request: hour });
	let (_stop, heard) = StopHandle::new();
	end.set(Some(fake));
	let fetching = tokio::spawn(async move {
		let metrics = Metrics::new().unwrap();
		let fetcher = Fetcher { link: &link, places: &Nowhere, metrics: &metrics, stop: &heard };
		let (id, hints) = (BlobId::of(b"nobody"), Default::default());
		let wanted =
			Wanted { id, job: JobId(1), limit: 9, hints: &hints, give_up: 7, block_time: Duration::ZERO };
		fetcher.blob(wanted).await
	});
	end.best(6);
	sleep(Duration::from_millis(100)).await;
	assert!(!fetching.is_finished(), "there is still time for someone to bring it");
	end.best(7);
	assert!(matches!(fetching.await.unwrap(), Err(Halt::Unavailable(_))));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_blob_that_comes_late_should_be_used() {
	let fake = Fake::new();
	let program = fake.put(b"echo");
	let key = fake.draw(1, program, Input::Single(BlobId::of(b"late")), 1);
	let folder = tempfile::tempdir().unwrap();
	let worker = start(&fake, &Words::default(), &folder);
	sleep(Duration::from_millis(50)).await;
	fake.put(b"late");
	assert_eq!(outcomes(&fake, revealed(&fake, key).await), [exited(b"late", 10)]);
	worker.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_fails_should_never_become_a_claim() {
	let (fake, key, folder) = one(b"echo");
	fake.state().store_fails = true;
	let worker = start(&fake, &Words::default(), &folder);
	fake.advance(WINDOW - 2);
	sleep(Duration::from_millis(200)).await;
	assert_eq!(fake.commitments(key).len(), 0);
	fake.state().store_fails = false;
	assert_eq!(outcomes(&fake, revealed(&fake, key).await).len(), 1);
	worker.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fault_of_this_machine_should_be_retried_once_and_then_abstained_from() {
	// What met its fence once would meet it again, and the time for it is over.
	for (word, runs) in [(&b"fault"[..], 2), (b"panic", 2), (b"late", 1)] {
		let (fake, key, folder) = one(word);
		let engine = Words::default();
		let worker = start(&fake, &engine, &folder);
		eventually("abstained", || worker.metrics.shards_with("fault") == 1).await;
		fake.advance(1);
		sleep(Duration::from_millis(100)).await;
		assert_eq!(engine.runs.load(Ordering::SeqCst), runs);
		assert_eq!(fake.commitments(key).len(), 0);
		worker.end().await;
	}
	let (fake, key, folder) = one(b"once");
	let worker = start(&fake, &Words::default(), &folder);
	assert_eq!(outcomes(&fake, revealed(&fake, key).await).len(), 1);
	worker.end().await;
}

/// Kills a worker once `reached` holds, starts another whose engine computes something else, and lets it finish: all
/// that was ever committed must be one thing, and what is revealed must open it.
async fn killed_when(
	program: &[u8],
	pool: Pool,
	others: bool,
	reached: impl Fn(&Fake, &Words, ShardKey) -> bool,
) {
	let (fake, key, folder) = one(program);
	fake.state().pool = pool;
	fake.state().others_committed = others;
	let engine = Words::default();
	let first = start(&fake, &engine, &folder);
	eventually("the moment to kill", || reached(&fake, &engine, key)).await;
	first.kill().await;
	{
		let mut state = fake.state();
		state.pool = Pool::Open;
		state.others_committed = true;
		for duty in &mut state.duties {
			if matches!(duty.own().unwrap().state, ReplicaState::Committed(_)) {
				duty.attestation.phase = ergon_primitives::Phase::Revealing { until: 200 };
			}
		}
	}
	let other = Words { bias: 1000, gate: engine.gate.clone(), ..Words::default() };
	engine.gate.store(true, Ordering::SeqCst);
	let second = start(&fake, &other, &folder);
	let claim = revealed(&fake, key).await;
	let commitments = fake.commitments(key);
	assert!(commitments.windows(2).all(|pair| pair[0] == pair[1]), "{commitments:?}");
	let reveal = *fake.reveals(key).last().unwrap();
	let opened = ergon_primitives::commitment(&[1; 32], &key, &fake::STASH, &reveal.claim, &reveal.salt);
	assert_eq!(commitments[0], opened);
	assert_eq!(reveal.claim, claim);
	second.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_while_computing_it_should_compute_again() {
	killed_when(b"gate", Pool::Open, true, |_, engine, _| engine.runs.load(Ordering::SeqCst) == 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_while_committing_it_should_commit_to_the_same() {
	killed_when(b"echo", Pool::Swallows, true, |fake, _, key| fake.commitments(key).len() == 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_after_committing_it_should_reveal_the_same() {
	let committed = |fake: &Fake, _: &Words, key| matches!(fake.own(key), ReplicaState::Committed(_));
	killed_when(b"echo", Pool::Open, false, committed).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_while_revealing_it_should_reveal_again() {
	let (fake, key, folder) = one(b"echo");
	let first = start(&fake, &Words::default(), &folder);
	revealed(&fake, key).await;
	first.kill().await;
	// The block with the reveal is not part of the chain any more.
	let [commitment] = fake.commitments(key)[..] else { panic!("one commitment") };
	fake.state().duties[0].attestation.replicas[0].state = ReplicaState::Committed(commitment);
	let second = start(&fake, &Words { bias: 1000, ..Words::default() }, &folder);
	revealed(&fake, key).await;
	let reveals = fake.reveals(key);
	assert!(reveals.len() == 2 && reveals[0] == reveals[1]);
	second.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_its_journal_it_should_not_touch_a_committed_shard() {
	let (fake, key, folder) = one(b"echo");
	fake.state().others_committed = false;
	let first = start(&fake, &Words::default(), &folder);
	eventually("committed", || matches!(fake.own(key), ReplicaState::Committed(_))).await;
	first.kill().await;
	fake.state().duties[0].attestation.phase = ergon_primitives::Phase::Revealing { until: 200 };
	let sent = fake.state().sent.len();
	let elsewhere = tempfile::tempdir().unwrap();
	let engine = Words::default();
	let second = start(&fake, &engine, &elsewhere);
	fake.advance(1);
	sleep(Duration::from_millis(200)).await;
	assert_eq!((fake.state().sent.len(), engine.runs.load(Ordering::SeqCst)), (sent, 0));
	second.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_connection_should_be_made_again_while_work_goes_on() {
	let (fake, key, folder) = one(b"gate");
	let engine = Words::default();
	let worker = start(&fake, &engine, &folder);
	eventually("running", || engine.runs.load(Ordering::SeqCst) == 1).await;
	fake.state().reachable = false;
	fake.disconnect();
	eventually("disconnected", || worker.metrics.connected.get() == 0).await;
	engine.gate.store(true, Ordering::SeqCst);
	sleep(Duration::from_millis(50)).await;
	fake.state().reachable = true;
	assert_eq!(outcomes(&fake, revealed(&fake, key).await).len(), 1);
	assert_eq!(worker.metrics.reconnects.get(), 1);
	assert_eq!(engine.runs.load(Ordering::SeqCst), 1, "not computed again");
	worker.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_chain_at_the_same_address_should_get_a_journal_of_its_own() {
	let (fake, key, folder) = one(b"echo");
	let worker = start(&fake, &Words::default(), &folder);
	revealed(&fake, key).await;
	{
		let mut state = fake.state();
		state.genesis = [2; 32];
		let duty = &mut state.duties[0];
		duty.attestation.phase = ergon_primitives::Phase::Committing { until: 200 };
		duty.attestation.replicas[0].state = ReplicaState::Assigned;
	}
	fake.disconnect();
	revealed(&fake, key).await;
	let commitments = fake.commitments(key);
	assert_eq!(commitments.len(), 2);
	assert_ne!(commitments[0], commitments[1]);
	let journals = std::fs::read_dir(folder.path()).unwrap().filter(|entry| {
		entry.as_ref().unwrap().path().extension().is_some_and(|extension| extension == "journal")
	});
	assert_eq!(journals.count(), 2);
	worker.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn work_that_nobody_waits_for_should_be_thrown_away_and_free_its_slot_when_it_ends() {
	let (fake, key, folder) = one(b"gate");
	let engine = Words::default();
	let worker = start(&fake, &engine, &folder);
	eventually("running", || engine.runs.load(Ordering::SeqCst) == 1).await;
	fake.state().duties.clear();
	fake.advance(1);
	sleep(Duration::from_millis(100)).await;
	assert_eq!(worker.metrics.running.get(), 1);
	engine.gate.store(true, Ordering::SeqCst);
	eventually("a free slot", || worker.metrics.running.get() == 0).await;
	assert_eq!(worker.metrics.shards_with("stopped"), 1);
	assert_eq!(fake.commitments(key).len(), 0);
	worker.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_refused_shard_should_not_take_the_others_down() {
	let fake = Fake::new();
	let (program, input) = (fake.put(b"gate"), fake.put(b"hello"));
	let good = fake.draw(1, program, Input::Single(input), 1);
	let bad = fake.draw(2, program, Input::Single(input), 1);
	fake.state().pool = Pool::RefusesBatchesAnd(2);
	let engine = Words::default();
	let folder = tempfile::tempdir().unwrap();
	let worker = start(&fake, &engine, &folder);
	eventually("both running", || engine.runs.load(Ordering::SeqCst) == 2).await;
	engine.gate.store(true, Ordering::SeqCst);
	revealed(&fake, good).await;
	assert_eq!(fake.own(bad), ReplicaState::Assigned);
	fake.state().pool = Pool::Open;
	for _ in 0..20 {
		fake.advance(1);
		sleep(Duration::from_millis(10)).await;
	}
	revealed(&fake, bad).await;
	worker.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ordered_end_should_keep_open_promises_first() {
	let (fake, key, folder) = one(b"echo");
	fake.state().others_committed = false;
	let worker = start(&fake, &Words::default(), &folder);
	eventually("committed", || matches!(fake.own(key), ReplicaState::Committed(_))).await;
	worker.stop.stop();
	sleep(Duration::from_millis(50)).await;
	fake.draw(2, BlobId::of(b"echo"), Input::Single(BlobId::of(b"hello")), 1);
	fake.state().duties[0].attestation.phase = ergon_primitives::Phase::Revealing { until: 200 };
	fake.advance(1);
	revealed(&fake, key).await;
	worker.handle.await.unwrap().unwrap();
	assert_eq!(fake.state().duties[1].own().unwrap().state, ReplicaState::Assigned, "no new work");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ordered_end_should_be_bounded_and_wait_for_no_thread() {
	let (fake, key, folder) = one(b"echo");
	fake.state().pool = Pool::Swallows;
	let worker = start(&fake, &Words::default(), &folder);
	eventually("sent", || fake.commitments(key).len() == 1).await;
	let before = Instant::now();
	worker.end().await;
	assert!(before.elapsed() < Duration::from_secs(5));
	// And without a node at all.
	fake.state().reachable = false;
	let worker = start(&fake, &Words::default(), &folder);
	worker.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_no_provider_has_should_be_waited_for() {
	let fake = Fake::new();
	fake.state().registered = false;
	let folder = tempfile::tempdir().unwrap();
	let worker = start(&fake, &Words::default(), &folder);
	sleep(Duration::from_millis(50)).await;
	fake.state().registered = true;
	let (program, input) = (fake.put(b"echo"), fake.put(b"hello"));
	let key = fake.draw(1, program, Input::Single(input), 1);
	fake.advance(1);
	revealed(&fake, key).await;
	worker.end().await;
}
