//! The words of the command line.

use crate::{
	account::AccountCommand, blob::BlobCommand, job::JobCommand, key::KeyCommand, material::JobOptions,
	places::StoreOptions, program::ProgramCommand, provider, run::RunArgs,
};
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  Is it a program that providers run, what is in it, what does it cost on an input?
    ergon program inspect stats.wasm --input text.txt
  What does it cost, and who would do it?
    ergon quote stats.wasm --input text.txt --fuel 5G --max-price 0.5
  Run a program on strangers' machines, two of which must agree, and get a verified result:
    ergon --key @~/client.key run stats.wasm --input text.txt --output result.txt
  Many tasks over one input, four in a shard, outputs joined in task order:
    ergon --key @~/client.key run tiles.wasm --input scene.txt --tasks 16 --shard-size 4 --output tiles.bin
  One task for each input, one file for each output:
    ergon --key @~/client.key run convert.wasm --inputs a.raw b.raw c.raw --output-dir out/
  Try it on this machine first; repeat a job of the chain to the bit:
    ergon run --local stats.wasm --input text.txt
    ergon run --local stats.wasm --input text.txt --as-job 7
  Cheaper: one provider with a good record, audited at random; four of the shards are computed here first, to check it:
    ergon --key @~/client.key run stats.wasm --inputs a b c d e f g h --adaptive --plant 4 --output-dir out/
  Sell this machine's cores (its speed is what `ergon-worker benchmark` says):
    ergon --key @~/stash.key provider register --bond 1000 --worker 5F… --ask 0.2 --speed 800 --slots 4

  Any node that has them will do for a result; the second is asked when the first has not, or is away:
    ergon --node ws://127.0.0.1:9944 --node wss://other.example job result 7 --output result.txt

Units:
  amounts  1.5 is ERG, 1500000p is plancks (1 ERG = 10^12 plancks); prices are for a Gfuel (10^9 fuel)
  fuel     10G, 500M, 1.5T or a plain number
  sizes    64M, 1G (powers of 1024) or a plain number of bytes

Exit codes:
  0    done
  1    failed or refused; what was refused changed nothing
  2    the command line is wrong
  3    the job, or a task of it, ended without a result
  4    the node cannot be reached, or is not an Ergon node
  130  interrupted; a submitted job goes on";

/// Buys and sells verified compute on an Ergon chain.
#[derive(Debug, Parser)]
#[command(
	name = "ergon",
	version,
	about,
	long_about = "Buys and sells verified compute on an Ergon chain: every task is run by several strangers, compared, and paid \
		for only where they agree.",
	after_long_help = EXAMPLES,
	after_help = "`ergon --help` shows examples, units and exit codes.",
	arg_required_else_help = true,
	max_term_width = 110
)]
pub struct Cli {
	#[command(flatten)]
	pub global: Global,
	#[command(subcommand)]
	pub command: Command,
}

/// What every command understands.
#[derive(Debug, Args)]
#[command(next_help_heading = "Global options")]
pub struct Global {
	/// The node to talk to. Give it several times (in ERGON_NODE: with commas) to have others to turn to: the first that
	/// answers is used, and blobs are looked for at all of them.
	#[arg(
		long,
		global = true,
		env = "ERGON_NODE",
		value_name = "URL",
		value_delimiter = ',',
		default_value = "ws://127.0.0.1:9944"
	)]
	pub node: Vec<String>,
	/// Where the first node's blobs are reached over HTTP, for example through a tunnel or a proxy; `off` for JSON-RPC
	/// alone, which takes small blobs only. Where the node says, unless this does.
	#[arg(long, global = true, env = "ERGON_BLOBS", value_name = "URL|off")]
	pub blobs: Option<String>,
	/// The key that signs: a phrase, 0x and a seed, //Name on a development chain, or @FILE that holds one of these.
	#[arg(long, global = true, env = "ERGON_KEY", hide_env_values = true, value_name = "SURI|@FILE")]
	pub key: Option<String>,
	/// A file that holds the key; goes before --key.
	#[arg(long, global = true, value_name = "FILE")]
	pub key_file: Option<PathBuf>,
	/// Print one JSON value on standard output; amounts are strings of plancks.
	#[arg(long, global = true)]
	pub json: bool,
	/// Say nothing but results and errors.
	#[arg(long, short, global = true)]
	pub quiet: bool,
	#[command(flatten)]
	pub stores: StoreOptions,
}

#[derive(Debug, Subcommand)]
pub enum Command {
	/// Run a program on the market (or here, with --local) and write its verified output.
	Run(RunArgs),
	/// Submit, watch, list and cancel jobs; fetch their results.
	#[command(subcommand)]
	Job(JobCommand),
	/// Say what a job would cost and how many providers fit; nothing is uploaded or signed.
	Quote(JobOptions),
	/// Show the market's parameters and size.
	Market,
	/// Look at programs before anything is paid for; needs no node.
	#[command(subcommand)]
	Program(ProgramCommand),
	/// Put, get, name and find blobs.
	#[command(subcommand)]
	Blob(BlobCommand),
	/// Offer a machine, change and withdraw the offer, look at others.
	#[command(subcommand)]
	Provider(provider::ProviderCommand),
	/// Make and show keys.
	#[command(subcommand)]
	Key(KeyCommand),
	/// Balances and transfers.
	#[command(subcommand)]
	Account(AccountCommand),
}

#[cfg(test)]
mod tests {
	use super::*;
	use clap::CommandFactory;

	#[test]
	fn words_should_be_consistent() {
		Cli::command().debug_assert();
	}

	#[test]
	fn help_should_teach_units_and_exit_codes() {
		let help = Cli::command().render_long_help().to_string();
		for part in ["ergon run --local", "1500000p", "3    the job", "ERGON_NODE"] {
			assert!(help.contains(part), "{part}");
		}
	}
}
