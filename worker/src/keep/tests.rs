use super::*;
use crate::plan::Due;
use ergon_primitives::{attestation::Reveal, Fuel, JobId, ShardIndex, ShardKey};

fn id(job: u64) -> DutyId {
	DutyId { key: ShardKey { job: JobId(job), shard: ShardIndex(0) }, provider: [0; 32], order: [0; 32] }
}

fn plan(claim: Claim, until: BlockNumber) -> Plan {
	let what = Reveal { key: id(1).key, claim, salt: [0; 32] };
	Plan { reveals: vec![Due { id: id(1), until, what }], ..Plan::default() }
}

fn computed() -> Claim {
	Claim::Computed { root: [1; 32], fuel: Fuel(1), outcomes: BlobId::of(b"list") }
}

fn securing(keeper: &mut Keeper) {
	keeper.securing(id(1), StopHandle::new().0);
}

#[test]
fn a_reveal_should_wait_until_its_result_is_secured() {
	let mut keeper = Keeper::default();
	let look = |keeper: &mut Keeper, now| {
		let mut plan = plan(computed(), 100);
		let care = keeper.hold_back(&mut plan, &[], now);
		(plan.reveals.len(), care)
	};
	let begun = Care { secure: vec![(id(1), BlobId::of(b"list"))], ..Care::default() };
	assert_eq!(look(&mut keeper, 10), (0, begun));
	securing(&mut keeper);
	assert_eq!(look(&mut keeper, 11), (0, Care::default()));
	keeper.secured(id(1), Secured::Lost(BlobId::of(b"x")));
	assert_eq!(look(&mut keeper, 12), (0, Care { redo: vec![id(1)], ..Care::default() }));
	keeper.redone(id(1));
	assert_eq!(look(&mut keeper, 13).1.secure.len(), 1);
	securing(&mut keeper);
	keeper.secured(id(1), Secured::Yes);
	assert_eq!(look(&mut keeper, 14), (1, Care::default()));
}

#[test]
fn near_its_deadline_a_reveal_should_go_whatever_is_known() {
	let mut keeper = Keeper::default();
	securing(&mut keeper);
	// A window that is not known has the least margin.
	for (now, sent, said) in [(97, 0, 0), (98, 1, 1), (99, 1, 0)] {
		let mut plan = plan(computed(), 100);
		let care = keeper.hold_back(&mut plan, &[], now);
		assert_eq!((plan.reveals.len(), care.overdue.len()), (sent, said), "at {now}");
	}
	assert_eq!([0, 3, 8, 20, 500].map(margin), [2, 2, 4, 10, 10]);
}

#[test]
fn a_claim_without_blobs_should_not_wait_and_what_is_over_be_forgotten() {
	let mut keeper = Keeper::default();
	let mut unavailable = plan(Claim::Unavailable, 100);
	assert_eq!(keeper.hold_back(&mut unavailable, &[], 10), Care::default());
	assert_eq!(unavailable.reveals.len(), 1);
	securing(&mut keeper);
	keeper.hold_back(&mut Plan::default(), &[], 10);
	assert!(keeper.custody.is_empty());
	// A word that comes too late changes nothing.
	keeper.secured(id(1), Secured::Yes);
	assert!(keeper.custody.is_empty());
}

#[test]
fn a_result_s_blobs_should_be_named_once_each() {
	let exited = |output: &[u8]| Outcome::Exited {
		code: 0,
		output: BlobId::of(output),
		output_len: output.len() as u32,
		fuel: Fuel(1),
	};
	let outcomes = [exited(b"a"), Outcome::OutOfFuel { fuel: Fuel(1) }, exited(b"b"), exited(b"a")];
	let (_, bytes) = ergon_executor_core::claim(&outcomes);
	let list = BlobId::of(&bytes);
	assert_eq!(blobs_of(list, &bytes), Some(vec![list, BlobId::of(b"a"), BlobId::of(b"b")]));
	assert_eq!(blobs_of(list, b"nonsense"), None);
}
