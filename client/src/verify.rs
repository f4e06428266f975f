//! Checks what the market hands back against what the chain says of it.
//!
//! The chain keeps, for each settled shard, the Merkle root over its outcomes, their fuel, and the name of the blob that
//! lists them. From these follow the outcomes, and from each outcome the name and length of its output: whoever fetched
//! the bytes, and from whomever, can prove that they are what the quorum computed.

use codec::DecodeAll;
use ergon_executor_core::{merkle, Outcome};
use ergon_primitives::{BlobId, Fuel, TaskIndex, Verdict};

/// What the chain says of a settled shard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settled {
	/// The Merkle root over the outcomes.
	pub root: [u8; 32],
	/// All the fuel that they used.
	pub fuel: Fuel,
	/// The blob that lists them.
	pub outcomes: BlobId,
}

impl Settled {
	/// What a verdict says, if it is one that settles.
	pub fn of(verdict: &Verdict) -> Option<Self> {
		match *verdict {
			Verdict::Agreed { root, fuel, outcomes } => Some(Self { root, fuel, outcomes }),
			_ => None,
		}
	}
}

/// Why bytes are not what the chain says.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
	/// Another blob.
	#[error("the outcomes' blob is {got}, the chain says {expected}; fetch it from another node")]
	OutcomesName {
		/// What the chain says.
		expected: BlobId,
		/// What the bytes are.
		got: BlobId,
	},
	/// The blob is no list of outcomes: the quorum agreed on nonsense.
	#[error("the outcomes' blob {blob} is not a list of outcomes: {reason}")]
	OutcomesForm {
		/// The blob.
		blob: BlobId,
		/// What did not fit.
		reason: String,
	},
	/// Not one outcome a task.
	#[error("the shard has {expected} tasks, its list of outcomes {got}")]
	Count {
		/// Tasks.
		expected: usize,
		/// Outcomes.
		got: usize,
	},
	/// The outcomes have another Merkle root.
	#[error("the outcomes' Merkle root is 0x{}, the chain says 0x{}", hex::encode(.got), hex::encode(.expected))]
	Root {
		/// What the chain says.
		expected: [u8; 32],
		/// What the outcomes have.
		got: [u8; 32],
	},
	/// The outcomes used other fuel than was paid for.
	#[error("the outcomes used {got} fuel, the chain says {expected}")]
	Fuel {
		/// What the chain says.
		expected: Fuel,
		/// Their sum.
		got: Fuel,
	},
	/// Not the bytes that the outcome names.
	#[error("the output of task {task} is {got} with {got_len} bytes, its outcome says {expected} with {expected_len}; fetch it from another node")]
	Output {
		/// The task.
		task: TaskIndex,
		/// What the outcome says.
		expected: BlobId,
		/// What the outcome says.
		expected_len: u32,
		/// What the bytes are.
		got: BlobId,
		/// How many they are.
		got_len: usize,
	},
	/// An output is missing.
	#[error("the output of task {task} is missing")]
	Missing {
		/// The task.
		task: TaskIndex,
	},
}

/// One task's proven end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskResult {
	/// The task.
	pub task: TaskIndex,
	/// How it ended.
	pub outcome: Outcome,
	/// What it wrote; `None` where the outcome has no output.
	pub output: Option<Vec<u8>>,
}

/// Checks the fetched list of outcomes of a shard with `tasks` tasks against the chain: its name, its form, its Merkle
/// root and its fuel.
pub fn outcomes(settled: &Settled, tasks: usize, blob: &[u8]) -> Result<Vec<Outcome>, VerifyError> {
	let got = BlobId::of(blob);
	if got != settled.outcomes {
		return Err(VerifyError::OutcomesName { expected: settled.outcomes, got });
	}
	let outcomes = Vec::<Outcome>::decode_all(&mut &*blob)
		.map_err(|e| VerifyError::OutcomesForm { blob: got, reason: e.to_string() })?;
	if outcomes.len() != tasks {
		return Err(VerifyError::Count { expected: tasks, got: outcomes.len() });
	}
	let root = merkle::root(&outcomes);
	if root != settled.root {
		return Err(VerifyError::Root { expected: settled.root, got: root });
	}
	let fuel = outcomes.iter().map(Outcome::fuel).sum::<Fuel>();
	if fuel != settled.fuel {
		return Err(VerifyError::Fuel { expected: settled.fuel, got: fuel });
	}
	Ok(outcomes)
}

/// The blob and length of what a task wrote; `None` where its end has no output.
pub fn output_of(outcome: &Outcome) -> Option<(BlobId, u32)> {
	match outcome {
		Outcome::Exited { output, output_len, .. } => Some((*output, *output_len)),
		_ => None,
	}
}

/// Checks a fetched output against its proven outcome.
pub fn output(task: TaskIndex, expected: (BlobId, u32), bytes: &[u8]) -> Result<(), VerifyError> {
	let got = BlobId::of(bytes);
	if got == expected.0 && u32::try_from(bytes.len()) == Ok(expected.1) {
		return Ok(());
	}
	Err(VerifyError::Output {
		task,
		expected: expected.0,
		expected_len: expected.1,
		got,
		got_len: bytes.len(),
	})
}

/// Checks a whole shard at once: `first` is its first task, `outputs` what was fetched for each task that has an output,
/// in task order. Gives the results in task order.
pub fn shard(
	settled: &Settled,
	first: TaskIndex,
	tasks: usize,
	blob: &[u8],
	outputs: impl IntoIterator<Item = Vec<u8>>,
) -> Result<Vec<TaskResult>, VerifyError> {
	let mut outputs = outputs.into_iter();
	(first.0..)
		.map(TaskIndex)
		.zip(self::outcomes(settled, tasks, blob)?)
		.map(|(task, outcome)| {
			let bytes = match output_of(&outcome) {
				Some(expected) => {
					let bytes = outputs.next().ok_or(VerifyError::Missing { task })?;
					output(task, expected, &bytes)?;
					Some(bytes)
				},
				None => None,
			};
			Ok(TaskResult { task, outcome, output: bytes })
		})
		.collect()
}

#[cfg(test)]
mod tests {
	#![allow(clippy::unwrap_used)] // A failed unwrap is a failed test.

	use super::*;
	use codec::Encode;
	use ergon_primitives::Claim;

	fn exited(output: &[u8], fuel: u64) -> Outcome {
		Outcome::Exited {
			code: 0,
			output: BlobId::of(output),
			output_len: output.len() as u32,
			fuel: Fuel(fuel),
		}
	}

	fn settle(outcomes: &[Outcome]) -> (Settled, Vec<u8>) {
		let (claim, blob) = ergon_executor_core::claim(outcomes);
		let Claim::Computed { root, fuel, outcomes } = claim else { panic!("computed") };
		(Settled { root, fuel, outcomes }, blob)
	}

	#[test]
	fn honest_shard_should_give_outputs_in_task_order() {
		let all = [exited(b"one", 5), Outcome::OutOfFuel { fuel: Fuel(9) }, exited(b"two", 7)];
		let (settled, blob) = settle(&all);
		assert_eq!(settled.fuel, Fuel(21));
		let results = shard(&settled, TaskIndex(4), 3, &blob, [b"one".to_vec(), b"two".to_vec()]).unwrap();
		assert_eq!(results.iter().map(|r| r.task.0).collect::<Vec<_>>(), [4, 5, 6]);
		assert_eq!(results[0].output.as_deref(), Some(&b"one"[..]));
		assert_eq!(results[1].output, None);
		assert_eq!(results[2].output.as_deref(), Some(&b"two"[..]));
	}

	#[test]
	fn tampered_outcomes_should_be_refused() {
		let (settled, blob) = settle(&[exited(b"one", 5)]);
		let (_, other) = settle(&[exited(b"won", 5)]);
		assert!(matches!(outcomes(&settled, 1, &other), Err(VerifyError::OutcomesName { .. })));
		// A chain record that names the other blob still has the root of the first.
		let swapped = Settled { outcomes: BlobId::of(&other), ..settled };
		assert!(matches!(outcomes(&swapped, 1, &other), Err(VerifyError::Root { .. })));
		assert!(matches!(outcomes(&settled, 2, &blob), Err(VerifyError::Count { expected: 2, got: 1 })));
		let cheap = Settled { fuel: Fuel(4), ..settled };
		assert!(matches!(outcomes(&cheap, 1, &blob), Err(VerifyError::Fuel { .. })));
	}

	#[test]
	fn a_blob_that_lists_no_outcomes_should_be_refused() {
		for blob in [&b""[..], b"\x04", b"nonsense", &[vec![1u8; 3]].encode()] {
			let (settled, _) = settle(&[exited(b"one", 5)]);
			let settled = Settled { outcomes: BlobId::of(blob), ..settled };
			assert!(matches!(outcomes(&settled, 1, blob), Err(VerifyError::OutcomesForm { .. })), "{blob:?}");
		}
		// Bytes behind a whole list are no part of it.
		let (settled, mut blob) = settle(&[exited(b"one", 5)]);
		blob.push(0);
		let settled = Settled { outcomes: BlobId::of(&blob), ..settled };
		assert!(matches!(outcomes(&settled, 1, &blob), Err(VerifyError::OutcomesForm { .. })));
	}

	#[test]
	fn tampered_and_missing_outputs_should_be_refused() {
		let (settled, blob) = settle(&[exited(b"one", 5)]);
		let check = |outputs: Vec<Vec<u8>>| shard(&settled, TaskIndex(0), 1, &blob, outputs);
		assert!(matches!(check(vec![b"0ne".to_vec()]), Err(VerifyError::Output { .. })));
		assert!(matches!(check(vec![b"one ".to_vec()]), Err(VerifyError::Output { got_len: 4, .. })));
		assert_eq!(check(vec![]), Err(VerifyError::Missing { task: TaskIndex(0) }));
		assert!(check(vec![b"one".to_vec()]).is_ok());
		// The right bytes under a wrong length.
		let wrong = output(TaskIndex(0), (BlobId::of(b"one"), 4), b"one");
		assert!(matches!(wrong, Err(VerifyError::Output { expected_len: 4, got_len: 3, .. })));
	}

	#[test]
	fn only_agreed_verdicts_should_settle() {
		let (settled, _) = settle(&[exited(b"one", 5)]);
		let Settled { root, fuel, outcomes } = settled;
		assert_eq!(Settled::of(&Verdict::Agreed { root, fuel, outcomes }), Some(settled));
		for verdict in [Verdict::Unavailable, Verdict::NoQuorum, Verdict::Expired, Verdict::Cancelled] {
			assert_eq!(Settled::of(&verdict), None);
		}
	}
}
