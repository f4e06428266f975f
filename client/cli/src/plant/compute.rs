//! The claims of planted shards: what every honest provider will say, computed here before the job exists.

use crate::{
	context::Context,
	engines::{AnyEngine, EngineName},
	tasks::{run_task, Blobs, Order},
};
use anyhow::{bail, Result};
use ergon_executor_core::{claim, Engine};
use ergon_primitives::{Claim, JobId, Moment};

/// Two times that no program gives the same answers to which looks at the clock: 2026 and 2031, to odd milliseconds.
const TIMES: [Moment; 2] = [1_767_225_600_123, 1_924_992_111_777];

/// The claims of these shards. Each is run as the job that is expected and as another one, at another time: what comes
/// out differently depends on what nobody can know before the job exists.
pub async fn claims(
	context: &Context,
	order: &Order,
	blobs: &mut Blobs,
	shards: &[u32],
) -> Result<Vec<Claim>> {
	let engine = AnyEngine::new(EngineName::Wasmtime)?;
	let prepared = engine.prepare(&blobs.get(context, order.program, "program").await?)?;
	let worlds = [(order.job, TIMES[0]), (sibling(order.job), TIMES[1])].map(|(job, time)| Order {
		job,
		time,
		..order.clone()
	});
	let mut claims = Vec::new();
	for shard in shards {
		let start = shard.saturating_mul(order.shard_size);
		let tasks = start..start.saturating_add(order.shard_size).min(order.tasks);
		let mut said = Vec::new();
		for world in &worlds {
			let mut outcomes = Vec::new();
			for task in tasks.clone() {
				outcomes.push(run_task(context, &engine, &prepared, world, task, blobs).await?.outcome);
			}
			said.push(claim(&outcomes).0);
		}
		match said[..] {
			[first, second] if first == second => claims.push(first),
			_ => bail!(
				"--plant: what the program computes in shard {shard} depends on the clock, on random numbers or on ERGON_JOB, which \
				 nobody knows before the job exists; leave --plant out (audits by other providers go on)"
			),
		}
	}
	Ok(claims)
}

/// Another number of as many digits: a program that reads its job's number is charged for each of them.
fn sibling(job: JobId) -> JobId {
	match job.0 % 10 {
		9 => JobId(job.0 - 1),
		_ => JobId(job.0.saturating_add(1)),
	}
}

#[cfg(test)]
mod tests {
	#![allow(clippy::unwrap_used)] // A failed unwrap is a failed test.

	use super::*;
	use crate::{cli::Cli, material::Source};
	use clap::Parser;
	use ergon_executor_core::{merkle, Outcome};
	use ergon_primitives::{BlobId, Fuel, Input, Limits};

	/// A program that writes 8 bytes, which `fill` puts at address 32.
	fn program(import: &str, fill: &str) -> Vec<u8> {
		let text = format!(
			r#"(module
				{import}
				(import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
				(memory (export "memory") 1)
				(func (export "_start")
					{fill}
					(i32.store (i32.const 0) (i32.const 32))
					(i32.store (i32.const 4) (i32.const 8))
					(drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 12)))))"#
		);
		wat::parse_str(text).unwrap()
	}

	fn import(name: &str, parameters: &str) -> String {
		format!(
			r#"(import "wasi_snapshot_preview1" "{name}" (func $call (param {parameters}) (result i32)))"#
		)
	}

	/// What is said of shards 0 and 2 of five tasks in shards of two.
	async fn said(module: &[u8]) -> Result<Vec<Claim>> {
		let context = Context::new(Cli::parse_from(["ergon", "market"]).global);
		let order = Order {
			job: JobId(9),
			time: 0,
			tasks: 5,
			shard_size: 2,
			limits: Limits { fuel: Fuel(10_000_000), memory: 1 << 20, output: 64 },
			args: Vec::new(),
			program: BlobId::of(module),
			input: Input::Single(BlobId::of(b"")),
		};
		let have = [(order.program, module.to_vec()), (order.input.blob(), Vec::new())];
		let have = have.into_iter().map(|(id, bytes)| (id, Source::Bytes(bytes))).collect();
		claims(&context, &order, &mut Blobs::new(have, None), &[0, 2]).await
	}

	#[tokio::test]
	async fn claims_should_be_those_of_a_provider() {
		let module = program("", "(i64.store (i32.const 32) (i64.const 7))");
		let claims = said(&module).await.unwrap();
		let fuel = |claim: &Claim| match claim {
			Claim::Computed { fuel, .. } => fuel.0,
			Claim::Unavailable => 0,
		};
		assert_eq!(fuel(&claims[0]), 2 * fuel(&claims[1]), "the last shard has one task");
		let output = 7u64.to_le_bytes();
		let outcome = Outcome::Exited {
			code: 0,
			output: BlobId::of(&output),
			output_len: 8,
			fuel: Fuel(fuel(&claims[1])),
		};
		assert_eq!(claims[1], claim(&[outcome]).0);
		assert!(matches!(claims[1], Claim::Computed { root, .. } if root == merkle::root(&[outcome])));
		// What every provider refuses is known, too.
		assert_eq!(said(b"no module").await.unwrap().len(), 2);
	}

	#[tokio::test]
	async fn programs_that_use_clock_random_numbers_or_their_job_should_be_refused() {
		let clock = program(
			&import("clock_time_get", "i32 i64 i32"),
			"(drop (call $call (i32.const 0) (i64.const 0) (i32.const 32)))",
		);
		let random =
			program(&import("random_get", "i32 i32"), "(drop (call $call (i32.const 32) (i32.const 8)))");
		// The variables' text begins at 24: "ERGON_JOB=9".
		let job =
			program(&import("environ_get", "i32 i32"), "(drop (call $call (i32.const 64) (i32.const 24)))");
		for module in [clock, random, job] {
			let error = said(&module).await.unwrap_err().to_string();
			assert!(error.contains("--plant") && error.contains("ERGON_JOB"), "{error}");
		}
		// Asked for and not used: the same wherever it runs.
		let unused =
			program(&import("random_get", "i32 i32"), "(drop (call $call (i32.const 128) (i32.const 8)))");
		assert!(said(&unused).await.is_ok());
	}

	#[test]
	fn a_sibling_should_be_another_number_of_the_same_length() {
		for (job, other) in [(0, 1), (9, 8), (10, 11), (99, 98), (1_234, 1_235)] {
			assert_eq!(sibling(JobId(job)), JobId(other));
			assert_eq!(job.to_string().len(), other.to_string().len());
		}
	}
}
