//! `ergon run --local`: the same program within the same limits on this machine.

use crate::{
	context::Context,
	engines::{AnyEngine, EngineName},
	failure::Usage,
	material::{InputOptions, LimitOptions, Material, OutputOptions, ShapeOptions, Source},
	result::{record, Report},
	show,
	sink::Sink,
	tasks::{run_task, Blobs, Order},
	watch::no_such_job,
};
use anyhow::{bail, Context as _, Result};
use ergon_client::{
	verify::{output_of, Settled},
	AccountId, Client,
};
use ergon_executor_core::{claim, Engine, Execution, Outcome};
use ergon_primitives::{
	views::{JobState, JobView},
	BlobId, Claim, JobId, ShardIndex,
};
use serde_json::{json, Value};
use std::collections::BTreeMap;

/// Of how many tasks standard error is shown.
const TALKING_TASKS: u32 = 8;

pub async fn run(
	context: &Context,
	program: Option<String>,
	inputs: InputOptions,
	shape: ShapeOptions,
	as_job: Option<u64>,
	engine: EngineName,
	outputs: OutputOptions,
) -> Result<()> {
	let sink = Sink::open(outputs.output.as_deref(), outputs.output_dir.as_deref(), context.json)?;
	let (order, blobs, chain) = match as_job {
		None => {
			let material = Material::gather(&program.unwrap_or_default(), &inputs, &shape)?;
			let order = Order {
				job: JobId(0),
				time: 0,
				tasks: material.tasks,
				shard_size: shape.shard_size(material.tasks),
				limits: shape.limits(),
				args: shape.args()?.into_iter().map(Vec::from).collect(),
				program: material.program,
				input: material.input,
			};
			check(&order)?;
			(order, Blobs::of(&material, None), None)
		},
		Some(id) => {
			let client = context.connect().await?;
			let view = client.job(JobId(id)).await?.with_context(|| no_such_job(JobId(id)))?;
			let material = own_material(program, &inputs, &view)?;
			let order = Order {
				job: view.id,
				time: view.submitted_time,
				tasks: view.spec.tasks,
				shard_size: view.spec.shard_size,
				limits: view.spec.limits,
				args: view.spec.args.iter().map(|arg| arg.to_vec()).collect(),
				program: view.spec.program,
				input: view.spec.input,
			};
			(order, Blobs::new(material, Some(client.clone())), Some((client, view)))
		},
	};
	run_all(context, order, blobs, chain, engine, sink).await
}

/// Refuses what no job could be.
fn check(order: &Order) -> Result<()> {
	use ergon_primitives::{job, SpecError};
	let refused = if !(1..=job::MAX_TASKS).contains(&order.tasks) {
		SpecError::Tasks
	} else if !(1..=order.tasks).contains(&order.shard_size) {
		SpecError::ShardSize
	} else if !(1..=job::MAX_FUEL.0).contains(&order.limits.fuel.0) {
		SpecError::Fuel
	} else if !(job::MIN_MEMORY..=job::MAX_MEMORY).contains(&order.limits.memory) {
		SpecError::Memory
	} else if order.limits.output > job::MAX_OUTPUT {
		SpecError::Output
	} else {
		return Ok(());
	};
	Err(refused).context("the tasks cannot be run")
}

/// What was given as files for a job that the chain has: it must be the job's own.
fn own_material(
	program: Option<String>,
	inputs: &InputOptions,
	view: &JobView<AccountId>,
) -> Result<BTreeMap<BlobId, Source>> {
	let any_input = !(inputs.input.is_empty() && inputs.inputs.is_empty() && inputs.manifest.is_none());
	let spec = &view.spec;
	let shape = ShapeOptions {
		tasks: any_input.then_some(spec.tasks),
		shard_size: None,
		limits: LimitOptions {
			args: Vec::new(),
			fuel: spec.limits.fuel,
			memory: spec.limits.memory,
			output_limit: spec.limits.output,
		},
	};
	let named = program.unwrap_or_else(|| spec.program.to_string());
	// Not checked: that a program is refused is a result that can be repeated, too.
	let material = Material::read(&named, inputs, &shape)?;
	if material.program != spec.program {
		bail!(Usage(format!(
			"{named} is {}, the program of job {} is {}; leave it out to fetch the job's own",
			material.program, view.id, spec.program
		)));
	}
	if any_input && material.input != spec.input {
		bail!(Usage(format!(
			"the inputs given are {}, the input of job {} is {}; leave them out to fetch the job's own",
			material.input.blob(),
			view.id,
			spec.input.blob()
		)));
	}
	Ok(material.sources())
}

async fn run_all(
	context: &Context,
	order: Order,
	mut blobs: Blobs,
	chain: Option<(Client, JobView<AccountId>)>,
	engine: EngineName,
	mut sink: Sink,
) -> Result<()> {
	let engine = AnyEngine::new(engine)?;
	let prepared = engine.prepare(&blobs.get(context, order.program, "program").await?)?;
	let mut report = Report::default();
	let mut shards = Vec::new();
	let mut differs = Vec::new();
	let mut gaps = false;
	for shard in 0..order.tasks.div_ceil(order.shard_size) {
		let start = shard.saturating_mul(order.shard_size);
		let mut outcomes = Vec::new();
		for task in start..start.saturating_add(order.shard_size).min(order.tasks) {
			let execution = run_task(context, &engine, &prepared, &order, task, &mut blobs).await?;
			if task < TALKING_TASKS {
				say_stderr(context, &order, task, &execution);
			}
			report.add(task, &execution.outcome);
			gaps |= output_of(&execution.outcome).is_none();
			if output_of(&execution.outcome).is_some() && !(gaps && sink.joins()) {
				sink.put(task, &execution.output)?;
			}
			outcomes.push(execution.outcome);
		}
		let said = match &chain {
			Some((client, view)) => on_chain(client, view, shard).await?,
			None => None,
		};
		let json = shard_json(shard, &outcomes, said);
		if json["equal"] == false {
			differs.push(shard);
		}
		shards.push(json);
	}
	let written = if gaps && sink.joins() { Vec::new() } else { sink.finish()? };
	for shard in &shards {
		context.say(shard_line(shard));
	}
	let mut json = report.json();
	json["job"] = json!(chain.as_ref().map(|(_, view)| view.id));
	json["shards"] = Value::Array(shards);
	json["complete"] = json!(!gaps);
	json["written"] = json!(written);
	context.give_json(&json)?;
	if !differs.is_empty() {
		bail!("the result of shard {differs:?} of job {} differs from the chain's verdict: this machine or the quorum computed something else", order.job);
	}
	report.into_result("the local run")
}

/// What the program said beside its output, for who debugs it.
fn say_stderr(context: &Context, order: &Order, task: u32, execution: &Execution) {
	if execution.stderr.is_empty() {
		return;
	}
	let text = String::from_utf8_lossy(&execution.stderr);
	if order.tasks > 1 {
		context.say(format!("task {task} says:"));
	}
	context.say(text.trim_end());
}

/// What the chain says of a shard that has its verdict.
async fn on_chain(client: &Client, view: &JobView<AccountId>, shard: u32) -> Result<Option<Settled>> {
	let open = !matches!(view.state, JobState::Finished { .. });
	if open
		&& !matches!(
			client.shard(view.id, ShardIndex(shard)).await?,
			Some(ergon_primitives::views::ShardView::Closed(_))
		) {
		return Ok(None);
	}
	Ok(Settled::of(&record(client, view, shard).await?.verdict))
}

/// A shard's result here, and whether the chain's is the same.
fn shard_json(shard: u32, outcomes: &[Outcome], chain: Option<Settled>) -> Value {
	let (claim, _) = claim(outcomes);
	let Claim::Computed { root, fuel, outcomes } = claim else {
		return json!({ "shard": shard });
	};
	let here = Settled { root, fuel, outcomes };
	let fields = |settled: &Settled| json!({ "root": show::hash(&settled.root), "fuel": settled.fuel, "outcomes": settled.outcomes });
	let mut json = fields(&here);
	json["shard"] = json!(shard);
	json["chain"] = chain.as_ref().map_or(Value::Null, fields);
	json["equal"] = chain.map_or(Value::Null, |said| json!(said == here));
	json
}

fn shard_line(shard: &Value) -> String {
	let verdict = match shard["equal"].as_bool() {
		Some(true) => ", the same as the chain's verdict",
		Some(false) => ", NOT the chain's verdict",
		None => "",
	};
	format!(
		"shard {}: root {}, {} fuel{verdict}",
		shard["shard"],
		shard["root"].as_str().unwrap_or_default(),
		shard["fuel"]
	)
}

#[cfg(test)]
mod tests {
	use super::*;
	use ergon_primitives::Fuel;

	#[test]
	fn a_shard_should_be_compared_with_the_chain() {
		let outcomes = [Outcome::OutOfFuel { fuel: Fuel(5) }];
		let alone = shard_json(2, &outcomes, None);
		assert_eq!(alone["shard"], 2);
		assert_eq!(alone["fuel"], 5);
		assert!(alone["equal"].is_null() && alone["chain"].is_null());
		let root = ergon_executor_core::merkle::root(&outcomes);
		assert_eq!(alone["root"], show::hash(&root));
		let blob = BlobId::of(&codec::Encode::encode(&outcomes.to_vec()));
		let same = Settled { root, fuel: Fuel(5), outcomes: blob };
		assert_eq!(shard_json(2, &outcomes, Some(same))["equal"], true);
		let other = Settled { fuel: Fuel(6), ..same };
		assert_eq!(shard_json(2, &outcomes, Some(other))["equal"], false);
	}
}
