//! Running an order's tasks on this machine, exactly as providers do.

use crate::{
	context::Context,
	engines::{AnyEngine, AnyProgram},
	fetch::{fetch, Nodes},
	material::{read_file, Material, Source},
	meter::Meter,
};
use anyhow::{Context as _, Result};
use ergon_client::Client;
use ergon_executor_core::{manifest_entry, Engine, Execution, Outcome, Prepared, TaskContext};
use ergon_primitives::{BlobId, Input, JobId, Limits, Moment, TaskIndex, MAX_BLOB};
use std::{collections::BTreeMap, sync::Arc};

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

/// Blobs from files, from stores, and from the nodes where there are any.
pub struct Blobs {
	have: BTreeMap<BlobId, Source>,
	held: BTreeMap<BlobId, Arc<Vec<u8>>>,
	/// The file that was read last: many tasks read the same.
	last: Option<(BlobId, Arc<Vec<u8>>)>,
	client: Option<Client>,
}

impl Blobs {
	/// What there is here, and a client if there is one already.
	pub fn new(have: BTreeMap<BlobId, Source>, client: Option<Client>) -> Self {
		Self { have, held: BTreeMap::new(), last: None, client }
	}

	/// An order's files.
	pub fn of(material: &Material, client: Option<Client>) -> Self {
		Self::new(material.sources(), client)
	}

	/// The bytes of a blob.
	pub async fn get(&mut self, context: &Context, id: BlobId, what: &str) -> Result<Arc<Vec<u8>>> {
		if let Some(bytes) = self.held.get(&id) {
			return Ok(bytes.clone());
		}
		let bytes = match self.have.remove(&id) {
			Some(Source::Bytes(bytes)) => Arc::new(bytes),
			Some(Source::File(path)) => {
				let held = self.last.take().filter(|(last, _)| *last == id);
				let bytes = match held {
					Some((_, bytes)) => bytes,
					None => Arc::new(read_file(&path, what)?),
				};
				self.have.insert(id, Source::File(path));
				self.last = Some((id, bytes.clone()));
				return Ok(bytes);
			},
			None => {
				let nodes = Nodes::new(context, self.client.as_ref());
				let meter = Meter::new(context, format!("fetching the {what}"));
				let fetched = fetch(&nodes, id, what, MAX_BLOB, &meter).await;
				Arc::new(fetched.with_context(|| format!("the {what} {id} is not a file here"))?.0)
			},
		};
		self.held.insert(id, bytes.clone());
		Ok(bytes)
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
		Input::Manifest(id) => match manifest_entry(&blobs.get(context, id, "manifest").await?, task) {
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
	Ok(engine.run(program, &task_context, &input)?)
}
