//! `ergon run`: the whole path in one command, or here with `--local`.

use crate::{
	context::{included_json, Context},
	engines::EngineName,
	failure::Usage,
	local,
	material::{InputOptions, JobOptions, Material, OutputOptions, ShapeOptions, TermOptions},
	order,
	plant::{self, Exposer, PlantOptions},
	result,
	sink::Sink,
	watch,
};
use anyhow::{bail, Result};
use clap::Args;
use ergon_client::account_of;
use serde_json::json;

#[derive(Debug, Args)]
pub struct RunArgs {
	/// The program: a WebAssembly file (a WASI preview 1 command), or the name of a blob. With --as-job it may be left
	/// out: the job's own.
	#[arg(value_name = "PROGRAM", required_unless_present = "as_job")]
	program: Option<String>,
	#[command(flatten)]
	outputs: OutputOptions,
	/// Run on this machine instead of the market; signs and pays nothing. Clocks start at 0 without --as-job.
	#[arg(long)]
	local: bool,
	/// With --local: in this job's context (its id, time, limits, arguments and tasks, and its program and input where
	/// none are given), so that output and result are the same to the bit; compares them with the chain's verdict.
	#[arg(long, value_name = "ID", requires = "local")]
	as_job: Option<u64>,
	/// With --local: which engine runs it. Both give the same outputs, results and fuel.
	#[arg(long, value_name = "ENGINE", requires = "local", default_value = "wasmtime")]
	engine: EngineName,
	#[command(flatten)]
	inputs: InputOptions,
	#[command(flatten)]
	shape: ShapeOptions,
	#[command(flatten)]
	terms: TermOptions,
	#[command(flatten)]
	plant: PlantOptions,
}

pub async fn run(context: &Context, args: RunArgs) -> Result<()> {
	let RunArgs { program, outputs, local, as_job, engine, inputs, shape, terms, plant } = args;
	if local {
		if plant.plant.is_some() {
			bail!(Usage("--plant is for a job on the market; --local has none".into()));
		}
		if !inputs.hints.is_empty() {
			bail!(Usage("--hint is for a job on the market; --local has none".into()));
		}
		return local::run(context, program, inputs, shape, as_job, engine, outputs).await;
	}
	// clap requires one where --as-job is not, and --as-job requires --local.
	let program = program.unwrap_or_default();
	let signer = context.signer()?;
	let material = Material::gather(&program, &inputs, &shape)?;
	let sink = Sink::open(outputs.output.as_deref(), outputs.output_dir.as_deref(), context.json)?;
	let options = JobOptions { program, inputs, shape, terms };

	let mut client = context.connect().await?;
	let mut offer = order::prepare(&client, &options, &material).await?;
	let planted = plant::plant(context, &client, &signer, &plant, &mut offer, &material).await?;
	let submitted = order::place(context, &client, &signer, &offer, &material).await?;
	let (mut exposer, plant_file) = match planted.map(|planted| planted.submitted(context, submitted.id)) {
		Some((planting, path)) => (Some(Exposer::new(planting, signer.clone())), Some(path)),
		None => (None, None),
	};
	let view = watch::follow(&mut client, submitted.id, exposer.as_mut()).await?;
	context.say(result::cost(&view));
	let report = watch::or_interrupted(submitted.id, result::collect(context, &client, &view, sink)).await?;
	context.say(report.describe());
	let json = json!({
		"job": submitted.id,
		"submission": included_json(&submitted.included, &account_of(&signer)),
		"quote": offer.quote,
		"plant_file": plant_file,
		"view": view,
		"result": report.json(),
	});
	context.give_json(&json)?;
	report.into_result(&format!("job {}", submitted.id))
}
