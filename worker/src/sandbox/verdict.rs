//! Whether an answer can be one at all. A child that was taken over can lie about a task; it should not be able to say
//! what contradicts itself, or to make the parent hold or upload more than the job allows.

use ergon_executor_core::{host::MAX_STDERR, Execution, Outcome, Refusal, TaskContext};
use ergon_primitives::BlobId;

/// What is impossible about an execution, if anything.
pub fn impossible(execution: &Execution, context: &TaskContext) -> Option<&'static str> {
	let Execution { outcome, output, stderr } = execution;
	let limits = &context.limits;
	let whole = match outcome {
		Outcome::Exited { output: blob, output_len, .. } => {
			*output_len <= limits.output
				&& output.len() == *output_len as usize
				&& *blob == BlobId::of(output)
		},
		_ => output.is_empty(),
	};
	let possible = !matches!(outcome, Outcome::InvalidInput | Outcome::InvalidModule { .. })
		|| matches!(outcome, Outcome::InvalidModule { reason: Refusal::MemoryAboveLimit });
	match () {
		() if !possible => Some("a task cannot end like that once it runs"),
		() if !whole => Some("the output is not the one that the outcome names"),
		() if outcome.fuel() > limits.fuel => Some("more fuel than the limit"),
		() if matches!(outcome, Outcome::OutOfFuel { fuel } if *fuel != limits.fuel) => {
			Some("out of fuel before the limit")
		},
		() if stderr.len() > MAX_STDERR => Some("more on standard error than is kept"),
		() => None,
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use ergon_executor_core::TrapKind;
	use ergon_primitives::{Fuel, JobId, Limits, TaskIndex};

	#[test]
	fn only_what_a_task_can_end_in_should_be_possible() {
		let context = TaskContext {
			job: JobId(0),
			task: TaskIndex(0),
			tasks: 1,
			time: 0,
			args: Vec::new(),
			limits: Limits { fuel: Fuel(10), memory: 1 << 20, output: 3 },
		};
		let check = |outcome, output: &[u8], stderr| {
			let execution = Execution { outcome, output: output.to_vec(), stderr: vec![0; stderr] };
			impossible(&execution, &context).is_none()
		};
		let exited = |of: &[u8], output_len, fuel| Outcome::Exited {
			code: 0,
			output: BlobId::of(of),
			output_len,
			fuel: Fuel(fuel),
		};
		assert!(check(exited(b"abc", 3, 10), b"abc", MAX_STDERR));
		assert!(check(Outcome::OutOfFuel { fuel: Fuel(10) }, b"", 0));
		assert!(check(Outcome::InvalidModule { reason: Refusal::MemoryAboveLimit }, b"", 0));
		assert!(!check(exited(b"abc", 3, 11), b"abc", 0), "fuel");
		assert!(!check(exited(b"abc", 3, 1), b"abd", 0), "another blob");
		assert!(!check(exited(b"ab", 3, 1), b"ab", 0), "another length");
		assert!(!check(exited(b"abcd", 4, 1), b"abcd", 0), "too much");
		assert!(!check(exited(b"", 0, 1), b"", MAX_STDERR + 1), "standard error");
		assert!(!check(Outcome::OutOfFuel { fuel: Fuel(9) }, b"", 0), "out of fuel early");
		assert!(
			!check(Outcome::Trapped { kind: TrapKind::Unreachable, fuel: Fuel(1) }, b"x", 0),
			"output of a trap"
		);
		assert!(!check(Outcome::InvalidInput, b"", 0));
		assert!(!check(Outcome::InvalidModule { reason: Refusal::NotWasm }, b"", 0));
	}
}
