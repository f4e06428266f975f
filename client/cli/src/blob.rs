//! `ergon blob`: bytes by their names.

use crate::{
	context::Context,
	fetch::{Nodes, Wanted},
	material::name_file,
	meter::{size, Meter},
	not_had::{peers, word},
	places, sink, values,
};
use anyhow::{Context as _, Result};
use clap::{Args, Subcommand};
use ergon_client::{BlobStatus, Found, Put};
use ergon_locations::Store;
use ergon_primitives::{BlobId, JobId};
use serde_json::json;
use std::{path::PathBuf, time::Duration};

const EXAMPLES: &str = "\
Examples:
  Store a file, get it at another node, say who else has it:
    ergon blob put film.raw
    ergon --node ws://other:9944 blob get bafybei… --output film.raw
    ergon blob find bafybei…
  Store it at a node on another machine, which takes it from accounts that it knows:
    ergon --node wss://node.example --key @~/client.key blob put film.raw

A blob's name (CID) is that of `ipfs add --cid-version=1 --chunker=size-1048576`: what has that name is that file, from
whomever it comes. A blob that no job on the chain names is kept for about an hour, longer where there is room.";

#[derive(Debug, Subcommand)]
#[command(after_help = EXAMPLES)]
pub enum BlobCommand {
	/// Store a file at the node and print its name.
	Put(PutArgs),
	/// Fetch a blob from any of the nodes, check it against its name, and write it.
	Get(GetArgs),
	/// Say how much of a blob each node has; none of them fetches it for that.
	Info {
		/// The blob.
		#[arg(value_parser = values::blob)]
		id: BlobId,
	},
	/// Ask the node's peers, and whoever has announced it, who has a blob.
	Find {
		/// The blob.
		#[arg(value_parser = values::blob)]
		id: BlobId,
		/// How long to wait for answers.
		#[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=40))]
		timeout: u64,
	},
	/// Print a file's name; needs no node.
	Id {
		/// The file.
		file: PathBuf,
	},
}

#[derive(Debug, Args)]
pub struct PutArgs {
	/// The file.
	file: PathBuf,
	/// The job that it belongs to: it is kept as long as the chain has that job. From the job's owner and from providers.
	#[arg(long, value_name = "ID")]
	job: Option<u64>,
	/// Put it into a store of yours instead of the node: s3://, gs://, az:// or file://, with {cid} where its name should
	/// stand, or a folder. Repeat it for more; credentials come from the environment.
	#[arg(long = "to", value_name = "URL", value_parser = places::store, conflicts_with = "job")]
	to: Vec<Store>,
}

#[derive(Debug, Args)]
pub struct GetArgs {
	/// The blob.
	#[arg(value_parser = values::blob)]
	id: BlobId,
	/// Where to write it, whole or not at all; standard output without.
	#[arg(long, short, value_name = "FILE")]
	output: Option<PathBuf>,
	/// How long each node may search the network for it.
	#[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=600))]
	timeout: u64,
	/// Give up on a larger one.
	#[arg(long, value_name = "SIZE", value_parser = values::size, default_value = "256M")]
	limit: u64,
}

pub async fn run(context: &Context, command: BlobCommand) -> Result<()> {
	match command {
		BlobCommand::Put(args) => put(context, args).await,
		BlobCommand::Get(args) => get(context, args).await,
		BlobCommand::Info { id } => info(context, id).await,
		BlobCommand::Find { id, timeout } => find(context, id, Duration::from_secs(timeout)).await,
		BlobCommand::Id { file } => {
			let (id, length) = name_file(&file, "blob")?;
			context.give(&json!({ "blob": id, "length": length }), || id.to_string())
		},
	}
}

async fn put(context: &Context, args: PutArgs) -> Result<()> {
	let PutArgs { file, job, to } = args;
	if !to.is_empty() {
		let (id, length) = places::put(&to, &file).await?;
		return context.give(&json!({ "blob": id, "length": length }), || id.to_string());
	}
	// A file that cannot be read is the first thing to be said.
	let (id, length) = name_file(&file, "blob")?;
	let client = context.connect().await?;
	let meter = Meter::new(context, "storing");
	let put = Put { job: job.map(JobId), progress: meter.transfer() };
	client.put_blob_file(&file, &put).await.with_context(|| format!("storing {}", file.display()))?;
	drop((put, meter));
	context.give(&json!({ "blob": id, "length": length, "node": client.url() }), || id.to_string())
}

async fn get(context: &Context, args: GetArgs) -> Result<()> {
	let GetArgs { id, output, timeout, limit } = args;
	let mut sink = sink::Sink::open(output.as_deref(), None, context.json)?;
	let nodes = Nodes::new(context, None);
	let meter = Meter::new(context, "fetching");
	let patience = Duration::from_secs(timeout);
	let progress = meter.transfer();
	let wanted = Wanted { id, what: "blob", limit, patience, rounds: 1, progress };
	let from = match sink.part() {
		Some(file) => nodes.get(&wanted, file).await?,
		None => {
			// What goes on from here cannot be taken back: only checked bytes do.
			let mut file = tempfile::tempfile().context("making a temporary file")?;
			let from = nodes.get(&wanted, &mut file).await?;
			sink.copy(&mut file)?;
			from
		},
	};
	drop((wanted, meter));
	let written = sink.finish()?;
	if output.is_some() {
		let network = if from.found == Some(Found::Network) { ", which got it from others" } else { "" };
		context.say(format!("{} from {}{network}", size(from.size), from.whom));
	}
	context.give_json(&json!({ "blob": id, "length": from.size, "from": from.json(), "written": written }))
}

async fn info(context: &Context, id: BlobId) -> Result<()> {
	let mut nodes = Vec::new();
	let mut lines = Vec::new();
	for (url, client) in context.connect_all().await? {
		let status = match client {
			Ok(client) => client.blob_status(id).await.map_err(anyhow::Error::from),
			Err(error) => Err(error.into()),
		};
		match status {
			Ok(status) => {
				lines.push(format!("{url}: {}", describe(&status)));
				nodes.push(json!({ "node": url, "status": status }));
			},
			Err(error) => {
				lines.push(format!("{url}: {error}"));
				nodes.push(json!({ "node": url, "error": error.to_string() }));
			},
		}
	}
	context.give(&json!({ "blob": id, "nodes": nodes }), || lines.join("\n"))
}

fn describe(status: &BlobStatus) -> String {
	let fetching = if status.fetching { ", and is fetching it" } else { "" };
	match (status.here, status.total) {
		(true, _) => format!("has it, {}", size(status.have)),
		(false, Some(total)) => format!("has {} of {}{fetching}", size(status.have), size(total)),
		(false, None) if status.have > 0 => format!("has {} of it{fetching}", size(status.have)),
		(false, None) => format!("does not have it{fetching}"),
	}
}

async fn find(context: &Context, id: BlobId, within: Duration) -> Result<()> {
	let client = context.connect().await?;
	let holders = client.find_blob(id, within).await?;
	let listed = holders.peers.iter().map(|peer| json!({ "peer": peer.peer, "answer": word(peer.has) }));
	let json = json!({ "blob": id, "node": client.url(), "here": holders.here, "peers": listed.collect::<Vec<_>>() });
	context.give(&json, || {
		let here = if holders.here { "has it" } else { "does not have it" };
		format!("{} {here}; {}", client.url(), peers(&holders.peers))
	})
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn what_a_node_has_should_be_said_in_words() {
		let status = |here, have, total, fetching| describe(&BlobStatus { here, have, total, fetching });
		assert_eq!(status(true, 1 << 20, Some(1 << 20), false), "has it, 1 MiB");
		assert_eq!(status(false, 0, None, false), "does not have it");
		assert_eq!(status(false, 1 << 20, Some(2 << 20), true), "has 1 MiB of 2 MiB, and is fetching it");
	}
}
