//! `ergon blob`: bytes by their names.

use crate::{context::Context, material::read_file, result::fetch_within, sink, values};
use anyhow::Result;
use clap::Subcommand;
use ergon_primitives::BlobId;
use serde_json::json;
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub enum BlobCommand {
	/// Store a file at the node and print its name.
	Put {
		/// The file.
		file: PathBuf,
	},
	/// Fetch a blob, check it against its name, and write it.
	Get {
		/// The blob.
		#[arg(value_parser = values::blob)]
		id: BlobId,
		/// Where to write it; standard output without.
		#[arg(long, short, value_name = "FILE")]
		output: Option<PathBuf>,
	},
	/// Print a file's name; needs no node.
	Id {
		/// The file.
		file: PathBuf,
	},
}

pub async fn run(context: &Context, command: BlobCommand) -> Result<()> {
	match command {
		BlobCommand::Put { file } => {
			let bytes = read_file(&file, "blob")?;
			let length = bytes.len();
			let id = context.connect().await?.put_blob(bytes).await?;
			context.give(&json!({ "blob": id, "length": length }), || id.to_string())
		},
		BlobCommand::Get { id, output } => {
			let mut sink = sink::Sink::open(output.as_deref(), None, context.json)?;
			let bytes = fetch_within(&context.connect().await?, id, "blob", 1).await?;
			let length = bytes.len();
			sink.put(0, &bytes)?;
			let written = sink.finish()?;
			context.give_json(&json!({ "blob": id, "length": length, "written": written }))
		},
		BlobCommand::Id { file } => {
			let bytes = read_file(&file, "blob")?;
			let id = BlobId::of(&bytes);
			context.give(&json!({ "blob": id, "length": bytes.len() }), || id.to_string())
		},
	}
}
