//! `ergon key`: keys in files.

use crate::{context::Context, failure::Usage};
use anyhow::Result;
use clap::Subcommand;
use ergon_client::{account_of, generate_key, Keypair};
use serde_json::{json, Value};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub enum KeyCommand {
	/// Make a key, write it to a new file that only you can read, and print its address.
	Generate {
		/// The file to write; an existing one is never overwritten.
		#[arg(long, value_name = "FILE")]
		file: PathBuf,
		/// Print the secret phrase as well, to be written down.
		#[arg(long)]
		show_secret: bool,
	},
	/// Print the address and the public key of --key or --key-file; never the secret.
	Show,
}

pub fn run(context: &Context, command: KeyCommand) -> Result<()> {
	match command {
		KeyCommand::Generate { file, show_secret } => {
			let (pair, phrase) = generate_key(&file).map_err(|e| Usage(e.to_string()))?;
			let mut fields = fields(&pair);
			fields.push(("file", file.display().to_string()));
			if show_secret {
				fields.push(("phrase", phrase));
			}
			give(context, &fields)
		},
		KeyCommand::Show => give(context, &fields(&context.signer()?)),
	}
}

fn fields(pair: &Keypair) -> Vec<(&'static str, String)> {
	let account = account_of(pair);
	vec![("address", account.to_string()), ("public_key", format!("0x{}", hex::encode(account.0)))]
}

fn give(context: &Context, fields: &[(&str, String)]) -> Result<()> {
	let json: Value = fields.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
	context.give(&json, || {
		let lines = fields.iter().map(|(name, value)| format!("{:<12}{value}", name.replace('_', " ")));
		lines.collect::<Vec<_>>().join("\n")
	})
}
