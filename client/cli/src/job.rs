//! `ergon job`: orders.

use crate::{
	context::{included_json, Context},
	failure::NoResult,
	material::{JobOptions, Material, OutputOptions},
	order, places,
	plant::{self, Exposer, PlantOptions},
	result, shards, show,
	sink::Sink,
	values, watch,
};
use anyhow::{bail, Context as _, Result};
use clap::{Args, Subcommand};
use ergon_client::{account_of, AccountId, Call, Client, PAGE};
use ergon_primitives::{
	views::{JobState, JobView},
	JobId, JobSpec, ShardIndex,
};
use serde_json::json;
use std::path::PathBuf;

/// The most shards that `show` lists unasked.
const SHOWN_SHARDS: u32 = 32;
/// The most pages that `list --owner` looks through.
const SEARCHED_PAGES: u32 = 1_000;

#[derive(Debug, Subcommand)]
pub enum JobCommand {
	/// Upload, quote, submit; does not wait for the result.
	Submit(Box<SubmitArgs>),
	/// Follow a job to its end.
	#[command(visible_alias = "wait")]
	Watch {
		/// The job.
		id: u64,
		/// Expose the known answers in this file, which --plant made, each once its shard's lone provider has committed; signs
		/// with the job owner's key. While nobody watches, none is exposed and the job goes on without them.
		#[arg(long, value_name = "FILE")]
		plant_file: Option<PathBuf>,
	},
	/// Show a job and its shards.
	Show {
		/// The job.
		id: u64,
		/// All shards, also of a job with more than 32.
		#[arg(long)]
		all: bool,
	},
	/// List jobs, the latest last.
	List {
		/// From this number on; without, the latest ones.
		#[arg(long, value_name = "ID")]
		from: Option<u64>,
		/// Only this account's.
		#[arg(long, value_name = "ACCOUNT", value_parser = values::account)]
		owner: Option<AccountId>,
		/// How many at most.
		#[arg(long, value_name = "N", default_value_t = 20)]
		limit: u32,
	},
	/// Take an order back before anything was drawn for it.
	Cancel {
		/// The job.
		id: u64,
	},
	/// Fetch a finished job's outputs, verify them against the chain, write them.
	Result {
		/// The job.
		id: u64,
		#[command(flatten)]
		outputs: OutputOptions,
	},
}

/// An order, and what is planted in it.
#[derive(Debug, Args)]
pub struct SubmitArgs {
	#[command(flatten)]
	options: JobOptions,
	#[command(flatten)]
	plant: PlantOptions,
}

pub async fn run(context: &Context, command: JobCommand) -> Result<()> {
	match command {
		JobCommand::Submit(args) => submit(context, *args).await,
		JobCommand::Watch { id, plant_file } => watch_job(context, JobId(id), plant_file).await,
		JobCommand::Show { id, all } => show_job(context, JobId(id), all).await,
		JobCommand::List { from, owner, limit } => list(context, from, owner, limit).await,
		JobCommand::Cancel { id } => cancel(context, JobId(id)).await,
		JobCommand::Result { id, outputs } => fetch_result(context, JobId(id), outputs).await,
	}
}

async fn find(client: &Client, id: JobId) -> Result<JobView<AccountId>> {
	client.job(id).await?.with_context(|| watch::no_such_job(id))
}

async fn submit(context: &Context, args: SubmitArgs) -> Result<()> {
	let SubmitArgs { options, plant } = args;
	let signer = context.signer()?;
	let material = Material::gather(&options.program, &options.inputs, &options.shape)?;
	let client = context.connect().await?;
	let mut offer = order::prepare(&client, &options, &material).await?;
	let planted = plant::plant(context, &client, &signer, &plant, &mut offer, &material).await?;
	let submitted = order::place(context, &client, &signer, &offer, &material).await?;
	let plant_file = planted.map(|planted| planted.submitted(context, submitted.id).1);
	let mut json = included_json(&submitted.included, &account_of(&signer));
	json["plant_file"] = json!(plant_file);
	json["quote"] = serde_json::to_value(&offer.quote)?;
	context.give(&json, || submitted.id.to_string())?;
	let exposing = plant_file.map_or(String::new(), |path| format!(" --plant-file {}", path.display()));
	context.say(format!(
		"to watch it: ergon job watch {0}{exposing}; its result: ergon job result {0} --output FILE",
		submitted.id
	));
	Ok(())
}

async fn watch_job(context: &Context, id: JobId, plant_file: Option<PathBuf>) -> Result<()> {
	let mut exposer = plant_file.as_deref().map(|path| Exposer::of_file(context, path)).transpose()?;
	let mut client = context.connect().await?;
	find(&client, id).await?;
	let usual = plant::default_path(id);
	if exposer.is_none() && usual.exists() {
		context.say(format!(
			"{0} has known answers for this job, which are not exposed now; with --plant-file {0} they are",
			usual.display()
		));
	}
	let view = watch::follow(&mut client, id, exposer.as_mut()).await?;
	context.give(&serde_json::to_value(&view)?, || result::cost(&view))?;
	if view.progress.failed > 0 {
		bail!(NoResult(format!(
			"{} of job {id} ended without a result; the reasons: ergon job show {id}",
			show::count(view.progress.failed, "shard")
		)));
	}
	Ok(())
}

async fn show_job(context: &Context, id: JobId, all: bool) -> Result<()> {
	let client = context.connect().await?;
	let view = find(&client, id).await?;
	let shown = if all { view.spec.shards() } else { view.spec.shards().min(SHOWN_SHARDS) };
	let mut listed = Vec::new();
	let mut lines = Vec::new();
	for index in 0..shown {
		let Some(shard) = client.shard(id, ShardIndex(index)).await? else { break };
		lines.push(format!("shard {index}: {}", shards::line(&view.spec.policy, &shard)));
		listed.push(shards::json(&view.spec.policy, index, &shard));
	}
	let json = json!({ "job": view, "shards": listed, "shard_count": view.spec.shards() });
	context.give(&json, || {
		let hidden = view.spec.shards().saturating_sub(shown);
		let more = if hidden > 0 { format!("\n… and {hidden} more: --all") } else { String::new() };
		format!("{}\n{}{more}", describe(&view), lines.join("\n"))
	})
}

fn describe(view: &JobView<AccountId>) -> String {
	let spec = &view.spec;
	let args: Vec<_> = spec.args.iter().map(|arg| String::from_utf8_lossy(arg)).collect();
	let state = match view.state {
		JobState::Queued => "queued".to_owned(),
		JobState::Working => "working".to_owned(),
		JobState::Finished { prune_at } => format!("finished, pruned at block {prune_at}"),
	};
	let mut lines = vec![
		format!("job {} of {}, submitted in block {}: {state}", view.id, view.owner, view.submitted_at),
		format!("program  {} {}", spec.program, args.join(" ")).trim_end().to_owned(),
		format!("input    {}", spec.input.blob()),
	];
	lines.extend(places::describe(&spec.hints));
	lines.extend([
		format!("tasks    {} in {}", spec.tasks, show::count(spec.shards(), "shard")),
		format!(
			"limits   {}, {} MiB, {} bytes of output for a task",
			show::fuel(spec.limits.fuel),
			spec.memory_mib(),
			spec.limits.output
		),
		format!(
			"terms    {} of at most {} providers agree{}, up to {} a Gfuel, until block {}",
			spec.policy.quorum,
			spec.policy.max_replicas,
			adaptive(spec),
			show::amount(spec.max_price.0),
			spec.deadline
		),
		format!("shards   {}", watch::line(&view.progress)),
		format!(
			"money    paid {}, fees {}, refunded {}, held {}, deposit {}",
			show::amount(view.progress.paid),
			show::amount(view.progress.fees),
			show::amount(view.progress.refunded),
			show::amount(view.progress.held),
			show::amount(view.deposit)
		),
	]);
	lines.join("\n")
}

/// What an adaptive order allows beside.
fn adaptive(spec: &JobSpec) -> String {
	match (spec.policy.adaptive, spec.known.len()) {
		(false, _) => String::new(),
		(true, 0) => ", or one with a good record alone".to_owned(),
		(true, known) => {
			format!(
				", or one with a good record alone ({} planted)",
				show::count(known as u64, "known answer")
			)
		},
	}
}

async fn list(context: &Context, from: Option<u64>, owner: Option<AccountId>, limit: u32) -> Result<()> {
	let client = context.connect().await?;
	let latest = match owner {
		// Whose the latest are is not known before they are seen: from the first on.
		Some(_) => 0,
		None => client.market().await?.jobs.saturating_sub(limit.into()),
	};
	let mut next = JobId(from.unwrap_or(latest));
	let mut found: Vec<JobView<AccountId>> = Vec::new();
	for _ in 0..SEARCHED_PAGES {
		if found.len() >= limit as usize {
			break;
		}
		let page = client.jobs(next, PAGE).await?;
		let Some(last) = page.last() else { break };
		if last.id < next {
			break;
		}
		next = last.id.next();
		found.extend(page.into_iter().filter(|view| owner.is_none_or(|owner| view.owner == owner)));
	}
	found.truncate(limit as usize);
	context.give(&serde_json::to_value(&found)?, || {
		if found.is_empty() {
			return "no jobs".to_owned();
		}
		found
			.iter()
			.map(|view| {
				let state = match view.state {
					JobState::Queued => "queued",
					JobState::Working => "working",
					JobState::Finished { .. } => "finished",
				};
				format!("{:>6}  {}  {state:8}  {}", view.id.0, view.owner, watch::line(&view.progress))
			})
			.collect::<Vec<_>>()
			.join("\n")
	})
}

async fn cancel(context: &Context, id: JobId) -> Result<()> {
	let signer = context.signer()?;
	let account = account_of(&signer);
	let client = context.connect().await?;
	let view = find(&client, id).await?;
	if view.owner != account {
		bail!("job {id} belongs to {}, the key is {account}'s; sign with the owner's --key", view.owner);
	}
	let included = context.submit(&client, Call::JobCancel(id), &signer).await?;
	context.tell(&included, &account, &format!("job {id} cancelled; its budget is free again"))
}

async fn fetch_result(context: &Context, id: JobId, outputs: OutputOptions) -> Result<()> {
	let sink = Sink::open(outputs.output.as_deref(), outputs.output_dir.as_deref(), context.json)?;
	let client = context.connect().await?;
	let view = find(&client, id).await?;
	if !matches!(view.state, JobState::Finished { .. }) {
		bail!(
			"job {id} is not finished ({}); watch it with: ergon job watch {id}",
			watch::line(&view.progress)
		);
	}
	let report = result::collect(context, &client, &view, sink).await?;
	context.say(result::cost(&view));
	context.say(report.describe());
	context.give_json(&json!({ "job": id, "view": view, "result": report.json() }))?;
	report.into_result(&format!("job {id}"))
}
