//! The claims of planted shards: what every honest provider will say, computed here before the job exists.

use crate::{
	context::Context,
	engines::{AnyEngine, EngineName},
	material::Material,
	tasks::{run_task, Blobs, Order},
};
use anyhow::{bail, Result};
use ergon_client::Client;
use ergon_executor_core::{claim, Engine};
use ergon_primitives::{Claim, JobId, Moment};

/// Two times that no program gives the same answers to which looks at the clock: 2026 and 2031, to odd milliseconds.
const TIMES: [Moment; 2] = [1_767_225_600_123, 1_924_992_111_777];

/// The claims of these shards. Each is run as the job that is expected and as another one, at another time: what comes
/// out differently depends on what nobody can know before the job exists.
pub async fn claims(
	context: &Context,
	client: &Client,
	order: &Order,
	material: &Material,
	shards: &[u32],
) -> Result<Vec<Claim>> {
	let engine = AnyEngine::new(EngineName::Wasmtime)?;
	let have = material.uploads.iter().map(|upload| (upload.id, upload.bytes.clone())).collect();
	let mut blobs = Blobs::new(have, Some(client.clone()));
	let prepared = engine.prepare(blobs.get(context, order.program, "program").await?)?;
	let worlds = [(order.job, TIMES[0]), (sibling(order.job), TIMES[1])]
		.map(|(job, time)| Order { job, time, ..order.clone() });
	let mut claims = Vec::new();
	for shard in shards {
		let start = shard.saturating_mul(order.shard_size);
		let tasks = start..start.saturating_add(order.shard_size).min(order.tasks);
		let mut said = Vec::new();
		for world in &worlds {
			let mut outcomes = Vec::new();
			for task in tasks.clone() {
				outcomes.push(run_task(context, &engine, &prepared, world, task, &mut blobs).await?.outcome);
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
	use super::*;

	#[test]
	fn a_sibling_should_be_another_number_of_the_same_length() {
		for (job, other) in [(0, 1), (9, 8), (10, 11), (99, 98), (1_234, 1_235)] {
			assert_eq!(sibling(JobId(job)), JobId(other));
			assert_eq!(job.to_string().len(), other.to_string().len());
		}
	}
}
