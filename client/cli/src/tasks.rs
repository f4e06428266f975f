//! Running an order's tasks on this machine, exactly as providers do.

use crate::{
	context::Context,
	engines::{AnyEngine, AnyProgram},
	material::Material,
	result::fetch,
};
use anyhow::{Context as _, Result};
use ergon_client::Client;
use ergon_executor_core::{manifest_entry, Engine, Execution, Outcome, Prepared, TaskContext};
use ergon_primitives::{BlobId, Input, JobId, Limits, Moment, TaskIndex};
use std::collections::BTreeMap;

/// All that decides the tasks' outcomes.
#[derive(Clone)]
pub struct Order {
	pub job: JobId,
	pub time: Moment,
	pub tasks: u32,
	pub shard_size: u32,
	pub limits: Limits,
	pub args: Vec<Vec<u8>>,
	pub program: BlobId,
	pub input: Input,
}

/// Blobs from files, and from the node where there is one.
pub struct Blobs {
	have: BTreeMap<BlobId, Vec<u8>>,
	client: Option<Client>,
}

impl Blobs {
	/// What was read from files, and a client if there is one already.
	pub fn new(have: BTreeMap<BlobId, Vec<u8>>, client: Option<Client>) -> Self {
		Self { have, client }
	}

	/// An order's files.
	pub fn of(material: Material, client: Option<Client>) -> Self {
		Self::new(material.uploads.into_iter().map(|upload| (upload.id, upload.bytes)).collect(), client)
	}

	/// The bytes of a blob.
	pub async fn get(&mut self, context: &Context, id: BlobId, what: &str) -> Result<&[u8]> {
		if !self.have.contains_key(&id) {
			if self.client.is_none() {
				self.client = Some(
					context.connect().await.with_context(|| format!("the {what} {id} is not a file here"))?,
				);
			}
			let client = self.client.as_ref().context("a client was just connected")?;
			let bytes = fetch(client, id, what).await?;
			self.have.insert(id, bytes);
		}
		Ok(self.have.get(&id).map(Vec::as_slice).unwrap_or_default())
	}
}

/// Runs one task as a provider would.
pub async fn run_task(
	context: &Context,
	engine: &AnyEngine,
	prepared: &Prepared<AnyProgram>,
	order: &Order,
	task: u32,
	blobs: &mut Blobs,
) -> Result<Execution> {
	let program = match prepared {
		Prepared::Ready(program) => program,
		Prepared::Refused(reason) => {
			return Ok(Execution::without_run(Outcome::InvalidModule { reason: *reason }))
		},
	};
	let input = match order.input {
		Input::Single(id) => id,
		Input::Manifest(id) => match manifest_entry(blobs.get(context, id, "manifest").await?, task) {
			Some(id) => id,
			None => return Ok(Execution::without_run(Outcome::InvalidInput)),
		},
	};
	let task_context = TaskContext {
		job: order.job,
		task: TaskIndex(task),
		tasks: order.tasks,
		time: order.time,
		args: order.args.clone(),
		limits: order.limits,
	};
	let input = blobs.get(context, input, "input").await?;
	Ok(engine.run(program, &task_context, input)?)
}
