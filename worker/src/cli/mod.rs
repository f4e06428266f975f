//! The command line.

mod exec;
mod key;
mod measure;
mod places;
mod run;
mod sandbox;
mod standing;
mod status;

use clap::{Args, Parser, Subcommand};
use ergon_client::{BlobsAt, KeyFileError, KeySource, Keypair};
use std::{env, path::PathBuf, process::ExitCode};

/// The most slots that a provider can register, and so the most that make sense here.
const MAX_SLOTS: u16 = ergon_primitives::provider::MAX_SLOTS;

/// Sells this machine's idle cores: runs the shards that the Ergon chain assigns to this worker's key.
#[derive(Debug, Parser)]
#[command(
	name = "ergon-worker",
	version,
	after_long_help = "\
To join as a provider:
  ergon-worker key generate     makes this worker's key and prints its address
  ergon-worker benchmark        prints the speed to register
  ergon provider register --worker ADDRESS --speed SPEED ...
                                with your stash's key, which holds the bond and is
                                paid; it never has to be on this machine
  ergon-worker run              keep it running, for example as a systemd service

The worker's key signs commitments and reveals, free of fee, and moves no money.
Everything that the worker promises is in its data folder before it is promised:
keep that folder, and never run two workers with one key.

Logs go to standard error. RUST_LOG sets what is shown, for example
RUST_LOG=ergon_worker=debug."
)]
struct Cli {
	#[command(subcommand)]
	command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
	/// Work: follow assignments, run them, commit, reveal; until it is told to stop
	Run(run::Run),
	/// Make or show the worker's key
	#[command(subcommand)]
	Key(key::Key),
	/// Measure this machine's speed on one slot: the figure for `ergon provider register --speed`
	Benchmark(measure::Benchmark),
	/// Show the provider (its record, a rest after a fault), the open duties, and what the journal says of them
	Status(status::Status),
	/// Compile and run one program for the worker, confined; started by it, and of no use to anybody else
	#[command(hide = true)]
	Exec(exec::Exec),
}

/// Where things are.
#[derive(Clone, Debug, Args)]
struct Place {
	/// The folder for key and journal; made if it is not there
	#[arg(long, value_name = "DIR", env = "ERGON_WORKER_DATA", default_value_os_t = default_data())]
	data: PathBuf,
}

/// The worker's key.
#[derive(Clone, Debug, Args)]
struct KeyArgs {
	/// The worker's key: @FILE, or the secret itself (a phrase, 0x and 64 digits, //Name for a development key).
	/// Other users of the machine can see a secret on the command line: use it for development only
	#[arg(
		long,
		value_name = "SURI|@FILE",
		env = "ERGON_WORKER_KEY",
		hide_env_values = true,
		conflicts_with = "key_file"
	)]
	key: Option<String>,
	/// A file with the worker's key in one line [default: worker.key in the data folder]
	#[arg(long, value_name = "FILE")]
	key_file: Option<PathBuf>,
}

impl KeyArgs {
	fn read(&self, place: &Place) -> Result<Keypair, KeyFileError> {
		let source = self.source(place);
		let key = source.read()?;
		if let Some(path) = source.exposed() {
			tracing::warn!(path = %path.display(), "other users of this machine can read the key file: chmod 600 it");
		}
		Ok(key)
	}

	fn source(&self, place: &Place) -> KeySource {
		match (&self.key, &self.key_file) {
			(Some(key), _) => KeySource::of(key),
			(None, Some(path)) => KeySource::File(path.clone()),
			(None, None) => KeySource::File(place.key_file()),
		}
	}
}

impl Place {
	fn key_file(&self) -> PathBuf {
		self.data.join("worker.key")
	}

	/// The folder of a key's journal.
	fn journal(&self, account: &crate::duty::Account) -> PathBuf {
		self.data.join(account.to_string())
	}
}

/// A node.
#[derive(Clone, Debug, Args)]
struct NodeArgs {
	/// The node's WebSocket
	#[arg(long, value_name = "URL", env = "ERGON_NODE", default_value = "ws://127.0.0.1:9944", value_parser = node_url)]
	node: String,
	/// Where the node's blobs are reached over HTTP; `off` for JSON-RPC alone, which takes small ones only. Needed where
	/// the node is on another machine and does not listen on all addresses (its --blobs-http)
	/// [default: where the node says]
	#[arg(long, value_name = "URL|off", env = "ERGON_BLOBS", value_parser = blobs_at)]
	blobs: Option<BlobsAt>,
}

fn blobs_at(text: &str) -> Result<BlobsAt, String> {
	match text == "off" || text.starts_with("http://") || text.starts_with("https://") {
		true => Ok(BlobsAt::of(text)),
		false => {
			Err("expected http://HOST:PORT, https://HOST[:PORT] or off, for example http://127.0.0.1:9955"
				.into())
		},
	}
}

fn node_url(text: &str) -> Result<String, String> {
	let host = text.strip_prefix("ws://").or_else(|| text.strip_prefix("wss://"));
	match host {
		Some(host) if !host.is_empty() && !host.starts_with('/') => Ok(text.to_owned()),
		_ => Err("expected ws://HOST:PORT or wss://HOST[:PORT], for example ws://127.0.0.1:9944".into()),
	}
}

/// The data folder of this user.
fn default_data() -> PathBuf {
	let absolute = |name| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
	absolute("XDG_DATA_HOME")
		.or_else(|| absolute("HOME").map(|home| home.join(".local/share")))
		.unwrap_or_else(|| ".".into())
		.join("ergon-worker")
}

/// Runs the command line; what goes wrong is said on standard error in one line.
pub fn main() -> ExitCode {
	let cli = Cli::parse();
	// A child speaks to its parent alone.
	if let Command::Exec(exec) = cli.command {
		return exec.execute();
	}
	log();
	let result = match cli.command {
		Command::Exec(_) => Ok(()),
		Command::Run(run) => run.execute(),
		Command::Key(key) => key.execute(),
		Command::Benchmark(benchmark) => benchmark.execute(),
		Command::Status(status) => status.execute(),
	};
	match result {
		Ok(()) => ExitCode::SUCCESS,
		Err(error) => {
			eprintln!("error: {error:#}");
			ExitCode::FAILURE
		},
	}
}

fn log() {
	use std::io::IsTerminal;
	use tracing_subscriber::EnvFilter;
	let filter =
		EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn,ergon_worker=info"));
	tracing_subscriber::fmt()
		.with_env_filter(filter)
		.with_writer(std::io::stderr)
		.with_ansi(std::io::stderr().is_terminal())
		.with_target(false)
		.init();
}

#[cfg(test)]
mod tests {
	use super::*;
	use clap::CommandFactory;

	#[test]
	fn the_command_line_should_be_consistent() {
		Cli::command().debug_assert();
	}

	#[test]
	fn a_node_should_be_a_websocket() {
		for good in ["ws://127.0.0.1:9944", "wss://node.example"] {
			assert_eq!(node_url(good).as_deref(), Ok(good));
		}
		for bad in ["", "127.0.0.1:9944", "http://x", "ws://", "wss:///x"] {
			assert!(node_url(bad).is_err(), "{bad}");
		}
	}
}
