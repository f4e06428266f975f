//! From a duty to a claim: fetch, execute, upload.

pub mod execute;
pub mod fence;
pub mod fetch;
pub mod link;
pub mod report;

pub use execute::Programs;
pub use fence::Fenced;
pub use fetch::{Fetcher, Places, Wanted};
pub use link::{Halt, Link, Stop, StopHandle};

use crate::{
	chain::{Chain, Terms},
	duty::{give_up_at, Duty},
	keep::Shelf,
	metrics::Metrics,
};
use ergon_executor_core::{claim, manifest_entry, Engine, Outcome, Prepared, TaskContext};
use ergon_primitives::{BlobId, BlockNumber, Claim, Input, Phase, TaskIndex};
use execute::{run_task, Fault};
use std::sync::Arc;

/// What every shard is worked with.
pub struct Tools<C, E: Engine> {
	/// The connection to the node.
	pub link: Link<C>,
	/// What runs tasks.
	pub engine: E,
	/// Programs that are ready to run.
	pub programs: Programs<E::Program>,
	/// The share of the commit window in percent after which a blob that nobody has is given up.
	pub patience: u8,
	/// Where blobs may be besides the node.
	pub places: Arc<dyn Places>,
	/// Results, should the node lose them.
	pub shelf: Shelf,
	/// What is counted.
	pub metrics: Metrics,
}

/// What came of a shard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Done {
	/// What is to be committed to.
	pub claim: Claim,
	/// Whether the node has confirmed that it holds all outputs, and the list of them.
	pub stored: bool,
}

/// Where a task reads from.
enum Source {
	/// The same for all.
	Shared(Arc<[u8]>),
	/// Each its own, by this manifest.
	Manifest(Vec<u8>),
}

/// Works on a duty until there is something to commit to.
///
/// The order of the steps is part of what replicas agree on: a program that is refused makes every outcome
/// `InvalidModule` without a look at any input, and a missing blob makes the whole shard unavailable.
pub async fn work<C, E>(tools: &Tools<C, E>, duty: &Duty, terms: Terms, stop: &Stop) -> Result<Done, Halt>
where
	C: Chain,
	E: Fenced + Send + Sync + 'static,
	E::Program: Send + Sync + 'static,
{
	let give_up = give_up(duty, tools.patience);
	let tasks = duty.tasks();
	let window = terms.block_time.saturating_mul(duty.attestation.terms.commit_window);
	let engine = Arc::new(tools.engine.within(fence::fence(window), stop));
	let blob = duty.spec.program;
	let job = duty.key.job;
	let fetcher = Fetcher { link: &tools.link, places: &*tools.places, metrics: &tools.metrics, stop };
	let fetch = |id, limit| {
		fetcher.blob(Wanted {
			id,
			job,
			limit,
			hints: &duty.spec.hints,
			give_up,
			block_time: terms.block_time,
		})
	};
	let fetch_program = || fetch(blob, terms.blobs.max_program);
	let mut stored = true;
	let program = tools.programs.get(blob, &engine, fetch_program, stop).await?;
	let mut outcomes = Vec::new();
	if let Prepared::Refused(reason) = &*program {
		tracing::info!(shard = %duty.key, program = %blob, %reason, "the program is refused");
		outcomes.resize(tasks.len(), Outcome::InvalidModule { reason: *reason });
	} else {
		let fetch = |blob| fetch(blob, terms.blobs.max_blob);
		let source = match duty.spec.input {
			Input::Single(blob) => Source::Shared(fetch(blob).await?.into()),
			Input::Manifest(blob) => Source::Manifest(fetch(blob).await?),
		};
		for task in tasks {
			let input = match &source {
				Source::Shared(input) => input.clone(),
				Source::Manifest(manifest) => match manifest_entry(manifest, task) {
					Some(blob) => fetch(blob).await?.into(),
					None => {
						outcomes.push(Outcome::InvalidInput);
						continue;
					},
				},
			};
			let context = context(duty, TaskIndex(task));
			let execution = run_task(engine.clone(), program.clone(), context, input, stop).await?;
			debug_stderr(duty, task, &execution.stderr);
			tools.metrics.fuel.inc_by(execution.outcome.fuel().0);
			if let Some(blob) = execution.outcome.output() {
				stored &= report::upload(tools, job, blob, execution.output.into(), stop).await?;
			}
			outcomes.push(execution.outcome);
		}
	}
	if outcomes.is_empty() {
		return Err(Halt::Fault(Fault::NoTasks));
	}
	let (claim, bytes) = claim(&outcomes);
	stored &= report::upload(tools, job, BlobId::of(&bytes), bytes.into(), stop).await?;
	Ok(Done { claim, stored })
}

/// When to stop asking for a blob that nobody has.
fn give_up(duty: &Duty, patience: u8) -> BlockNumber {
	match duty.attestation.phase {
		Phase::Committing { until } => give_up_at(until, duty.attestation.terms.commit_window, patience),
		// Not worked on in any other phase.
		Phase::Waiting { .. } | Phase::Revealing { .. } | Phase::Deciding => BlockNumber::MAX,
	}
}

fn context(duty: &Duty, task: TaskIndex) -> TaskContext {
	TaskContext {
		job: duty.key.job,
		task,
		tasks: duty.spec.tasks,
		time: duty.submitted_time,
		args: duty.spec.args.iter().map(|arg| arg.to_vec()).collect(),
		limits: duty.spec.limits,
	}
}

/// Shows the start of what a program wrote to its standard error. It is a stranger's text: escaped and bounded.
fn debug_stderr(duty: &Duty, task: u32, stderr: &[u8]) {
	const SHOWN: usize = 1024;
	if !stderr.is_empty() {
		let text = String::from_utf8_lossy(&stderr[..stderr.len().min(SHOWN)]);
		tracing::debug!(shard = %duty.key, task, stderr = ?text, "the program wrote to its standard error");
	}
}
