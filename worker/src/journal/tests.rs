use super::*;
use ergon_primitives::{BlobId, Fuel, JobId, ShardIndex, ShardKey};
use proptest::prelude::*;
use tempfile::TempDir;

const GENESIS: [u8; 32] = [1; 32];
const WORKER: Account32 = [2; 32];

fn id(job: u64) -> DutyId {
	DutyId { key: ShardKey { job: JobId(job), shard: ShardIndex(3) }, provider: [4; 32], order: [5; 32] }
}

fn claim(n: u8) -> Claim {
	Claim::Computed { root: [n; 32], fuel: Fuel(n.into()), outcomes: BlobId::of(&[n]) }
}

fn open(folder: &TempDir) -> (Lock, Journal, Vec<Notice>) {
	let lock = Lock::take(folder.path()).unwrap();
	let (journal, notices) = Journal::open(&lock, &GENESIS, &WORKER).unwrap();
	(lock, journal, notices)
}

fn file(folder: &TempDir) -> PathBuf {
	file_of(folder.path(), &GENESIS)
}

/// A folder with a journal of three promises.
fn three() -> TempDir {
	let folder = tempfile::tempdir().unwrap();
	let (_lock, mut journal, _) = open(&folder);
	for n in 0..3 {
		journal.computed(id(n.into()), claim(n), [n; 32], 10).unwrap();
	}
	folder
}

#[test]
fn what_was_written_should_be_there_after_a_restart() {
	let folder = three();
	let before = {
		let (_lock, mut journal, notices) = open(&folder);
		assert_eq!(notices, []);
		journal.advance(&[(id(0), Stage::Committed), (id(1), Stage::Committed)], 20).unwrap();
		journal.advance(&[(id(1), Stage::Revealed)], 30).unwrap();
		journal.prune(&[id(2)]).unwrap();
		journal.entries().clone()
	};
	let (_lock, journal, notices) = open(&folder);
	assert_eq!(notices, []);
	assert_eq!(*journal.entries(), before);
	assert_eq!(
		journal.entries()[&id(0)],
		Entry { claim: claim(0), salt: [0; 32], stage: Stage::Committed, stored: false, seen: 20 }
	);
	assert_eq!(journal.entries()[&id(1)].stage, Stage::Revealed);
	assert_eq!(journal.entries().len(), 2);
	assert_eq!(Journal::peek(folder.path(), &GENESIS, &WORKER).unwrap(), before);
	assert!(Journal::peek(folder.path(), &[9; 32], &WORKER).unwrap().is_empty());
}

/// What an earlier release wrote, byte for byte: a worker that is updated must find its promises.
#[test]
fn a_journal_of_an_earlier_release_should_stay_readable() {
	let claim = Claim::Computed { root: [6; 32], fuel: Fuel(0x0102), outcomes: BlobId::of(b"x") };
	let key = [&7u64.to_le_bytes()[..], &3u32.to_le_bytes()].concat();
	let id_bytes = [&key[..], &[4; 32], &[5; 32]].concat();
	let computed_bytes = [
		&[0][..],
		&id_bytes,
		&[0],
		&[6; 32],
		&0x0102u64.to_le_bytes(),
		&claim_blob(b"x"),
		&[9; 32],
		&10u32.to_le_bytes(),
	]
	.concat();
	let advanced_bytes = [&[1][..], &id_bytes, &[1], &20u32.to_le_bytes()].concat();
	let framed = |bytes: &[u8]| {
		let sum: [u8; 32] =
			sha2::Digest::finalize(sha2::Digest::chain_update(sha2::Sha256::default(), bytes)).into();
		[&(bytes.len() as u32).to_le_bytes()[..], &sum[..8], bytes].concat()
	};
	let header = [&b"ERGONJ1\n"[..], &GENESIS, &WORKER].concat();
	let whole = [header, framed(&computed_bytes), framed(&advanced_bytes)].concat();

	let folder = tempfile::tempdir().unwrap();
	fs::write(file(&folder), &whole).unwrap();
	let (_lock, journal, notices) = open(&folder);
	assert_eq!(notices, []);
	let expected = Entry { claim, salt: [9; 32], stage: Stage::Committed, stored: false, seen: 20 };
	assert_eq!(journal.entries().iter().collect::<Vec<_>>(), [(&id(7), &expected)]);
}

/// A blob's name on the wire: the codec's index and the digest.
fn claim_blob(bytes: &[u8]) -> Vec<u8> {
	let digest: [u8; 32] =
		sha2::Digest::finalize(sha2::Digest::chain_update(sha2::Sha256::default(), bytes)).into();
	[&[0][..], &digest].concat()
}

#[test]
fn what_the_node_has_confirmed_should_be_known_after_a_restart_and_a_compaction() {
	let folder = three();
	{
		let (_lock, mut journal, _) = open(&folder);
		journal.stored(&[id(1), id(9)]).unwrap();
		let len = journal.len;
		journal.stored(&[id(1)]).unwrap();
		assert_eq!(journal.len, len, "said once");
		write_whole(&journal.path, &journal.header, &journal.entries).unwrap();
	}
	let (_lock, journal, notices) = open(&folder);
	assert_eq!(notices, []);
	let stored: Vec<_> = (0..3).map(|n| journal.entries()[&id(n)].stored).collect();
	assert_eq!(stored, [false, true, false]);
}

#[test]
fn a_second_result_should_be_refused_and_change_nothing() {
	let folder = three();
	let (_lock, mut journal, _) = open(&folder);
	assert!(matches!(journal.computed(id(1), claim(9), [9; 32], 11), Err(JournalError::Taken(_))));
	assert_eq!(journal.entries()[&id(1)].claim, claim(1));
	drop((_lock, journal));
	assert_eq!(open(&folder).1.entries()[&id(1)].salt, [1; 32]);
}

#[test]
fn a_torn_tail_of_any_length_should_be_cut_off() {
	let whole = fs::read(file(&three())).unwrap();
	let record = (whole.len() - 72) / 3;
	for cut in 1..record {
		let folder = three();
		fs::write(file(&folder), &whole[..whole.len() - cut]).unwrap();
		let (lock, mut journal, notices) = open(&folder);
		assert_eq!(notices, [Notice::Torn { bytes: (record - cut) as u64 }]);
		assert_eq!(journal.entries().keys().copied().collect::<Vec<_>>(), [id(0), id(1)]);
		// And the journal works on.
		journal.computed(id(2), claim(7), [7; 32], 12).unwrap();
		drop((lock, journal));
		let (_lock, journal, notices) = open(&folder);
		assert_eq!(notices, []);
		assert_eq!(journal.entries()[&id(2)].claim, claim(7));
	}
}

#[test]
fn damage_in_the_middle_should_lose_one_record_be_reported_and_keep_the_file() {
	let whole = fs::read(file(&three())).unwrap();
	let record = (whole.len() - 72) / 3;
	for place in [72, 72 + record, 72 + record + 5, 72 + 2 * record - 1] {
		let folder = three();
		let mut bytes = whole.clone();
		bytes[place] ^= 0x40;
		fs::write(file(&folder), &bytes).unwrap();
		let (lock, journal, notices) = open(&folder);
		let [Notice::Damaged { kept }] = &notices[..] else { panic!("{notices:?}") };
		assert_eq!(fs::read(kept).unwrap(), bytes);
		assert_eq!(journal.entries().len(), 2, "byte {place}");
		drop((lock, journal));
		assert_eq!(open(&folder).2, [], "repaired");
	}
}

#[test]
fn a_broken_header_should_not_cost_the_salts() {
	let folder = three();
	let mut bytes = fs::read(file(&folder)).unwrap();
	bytes[0] = b'X';
	fs::write(file(&folder), &bytes).unwrap();
	let (_lock, journal, notices) = open(&folder);
	assert!(matches!(&notices[..], [Notice::Damaged { .. }]), "{notices:?}");
	assert_eq!(journal.entries().len(), 3);
}

#[test]
fn an_empty_file_should_be_reported_and_started_anew() {
	let folder = tempfile::tempdir().unwrap();
	fs::write(file(&folder), b"").unwrap();
	let (lock, journal, notices) = open(&folder);
	assert!(matches!(&notices[..], [Notice::Damaged { .. }]), "{notices:?}");
	assert!(journal.entries().is_empty());
	drop((lock, journal));
	assert_eq!(open(&folder).2, []);
}

#[test]
fn two_workers_should_not_share_a_folder() {
	let folder = tempfile::tempdir().unwrap();
	let lock = Lock::take(folder.path()).unwrap();
	let error = Lock::take(folder.path()).unwrap_err();
	assert!(matches!(error, JournalError::Locked(_)));
	assert!(error.to_string().contains("another ergon-worker"), "{error}");
	drop(lock);
	Lock::take(folder.path()).unwrap();
}

#[test]
fn the_journal_of_another_chain_should_be_set_aside_and_come_back() {
	let folder = three();
	let lock = Lock::take(folder.path()).unwrap();
	let (mut other, notices) = Journal::open(&lock, &[8; 32], &WORKER).unwrap();
	assert_eq!(notices, [Notice::Foreign { path: file(&folder) }]);
	assert!(other.entries().is_empty());
	other.computed(id(0), claim(5), [5; 32], 1).unwrap();
	drop(other);
	let (first, notices) = Journal::open(&lock, &GENESIS, &WORKER).unwrap();
	assert!(matches!(&notices[..], [Notice::Foreign { .. }]));
	assert_eq!(first.entries().len(), 3);
	assert_eq!(first.entries()[&id(0)].claim, claim(0));
}

#[cfg(unix)]
#[test]
fn salts_should_be_readable_by_their_owner_alone() {
	use std::os::unix::fs::PermissionsExt;
	let folder = tempfile::tempdir().unwrap();
	let path = folder.path().join("data/key");
	Lock::take(&path).unwrap();
	assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o700);
}

#[test]
fn a_folder_that_cannot_be_made_should_be_named() {
	let folder = tempfile::tempdir().unwrap();
	let path = folder.path().join("file");
	fs::write(&path, "").unwrap();
	let error = Lock::take(&path.join("below")).unwrap_err().to_string();
	assert!(error.contains("below"), "{error}");
}

#[test]
fn history_should_be_compacted_away() {
	let folder = tempfile::tempdir().unwrap();
	let (_lock, mut journal, _) = open(&folder);
	journal.computed(id(0), claim(0), [0; 32], 1).unwrap();
	// What 10,000 shards leave behind, written at once.
	for batch in 0..100 {
		let records: Vec<_> = (0..100)
			.map(|n| Record::Computed { id: id(1 + batch * 100 + n), claim: claim(1), salt: [1; 32], at: 1 })
			.collect();
		journal.append(&records).unwrap();
		let ids: Vec<_> = (0..100).map(|n| id(1 + batch * 100 + n)).collect();
		journal.prune(&ids).unwrap();
	}
	assert!(journal.len < COMPACT_AT + 100 * frame::MAX_FRAME as u64, "{}", journal.len);
	assert_eq!(fs::metadata(file(&folder)).unwrap().len(), journal.len);
	journal.advance(&[(id(0), Stage::Committed)], 2).unwrap();
	drop((_lock, journal));
	let (_lock, journal, notices) = open(&folder);
	assert_eq!((notices, journal.entries().len()), (vec![], 1));
	assert_eq!(journal.entries()[&id(0)].stage, Stage::Committed);
}

proptest! {
	#[test]
	fn any_bytes_should_be_opened_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
		let folder = tempfile::tempdir().unwrap();
		fs::write(file(&folder), &bytes).unwrap();
		let (_lock, mut journal, _) = open(&folder);
		journal.computed(id(0), claim(0), [0; 32], 1).unwrap();
	}

	#[test]
	fn any_damage_should_never_invent_a_promise(place in 0usize..700, bit in 0u8..8) {
		let folder = three();
		let mut bytes = fs::read(file(&folder)).unwrap();
		let place = place % bytes.len();
		bytes[place] ^= 1 << bit;
		fs::write(file(&folder), &bytes).unwrap();
		let (_lock, journal, notices) = open(&folder);
		prop_assert!(!notices.is_empty());
		for (found, entry) in journal.entries() {
			let n = found.key.job.0 as u8;
			prop_assert_eq!(*found, id(n.into()));
			prop_assert_eq!((entry.claim, entry.salt), (claim(n), [n; 32]));
		}
	}
}
