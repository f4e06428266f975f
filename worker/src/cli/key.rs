//! `ergon-worker key`.

use super::{KeyArgs, Place};
use clap::{Args, Subcommand};
use ergon_client::{account_of, generate_key, Keypair};
use serde_json::json;
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(super) enum Key {
	/// Make a key, write it to a new file that only you can read, and print its address
	Generate(Generate),
	/// Print the address and the public key; never the secret
	Show(Show),
}

#[derive(Debug, Args)]
pub(super) struct Generate {
	#[command(flatten)]
	place: Place,
	/// The file to write; an existing one is never overwritten [default: worker.key in the data folder]
	#[arg(long, value_name = "FILE")]
	file: Option<PathBuf>,
	/// Print the secret phrase as well, to be written down
	#[arg(long)]
	show_secret: bool,
	/// Print JSON
	#[arg(long)]
	json: bool,
}

#[derive(Debug, Args)]
pub(super) struct Show {
	#[command(flatten)]
	key: KeyArgs,
	#[command(flatten)]
	place: Place,
	/// Print JSON
	#[arg(long)]
	json: bool,
}

impl Key {
	pub(super) fn execute(self) -> anyhow::Result<()> {
		match self {
			Self::Generate(command) => {
				let path = command.file.clone().unwrap_or_else(|| command.place.key_file());
				let (key, phrase) = generate_key(&path)?;
				let mut lines = lines(&key);
				lines.push(("file", path.display().to_string()));
				if command.show_secret {
					lines.push(("phrase", phrase));
				}
				print(&lines, command.json);
			},
			Self::Show(command) => print(&lines(&command.key.read(&command.place)?), command.json),
		}
		Ok(())
	}
}

fn lines(key: &Keypair) -> Vec<(&'static str, String)> {
	let account = account_of(key);
	vec![("address", account.to_string()), ("public key", format!("0x{}", hex::encode(account.0)))]
}

fn print(lines: &[(&str, String)], as_json: bool) {
	if as_json {
		let object: serde_json::Map<_, _> =
			lines.iter().map(|(name, value)| (name.replace(' ', "_"), json!(value))).collect();
		println!("{}", serde_json::Value::Object(object));
	} else {
		for (name, value) in lines {
			println!("{name:<12}{value}");
		}
	}
}
