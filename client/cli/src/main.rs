//! `ergon`: the command line of the compute market.
//!
//! What a command gives back goes to standard output (as one JSON value with `--json`), what it says meanwhile to
//! standard error. Exit codes are in [`failure`].

mod account;
mod blob;
mod cli;
mod context;
mod engines;
mod failure;
mod fetch;
mod job;
mod key;
mod local;
mod market;
mod material;
mod meter;
mod not_had;
mod offer;
mod order;
mod places;
mod plant;
mod program;
mod provider;
mod result;
mod run;
mod shards;
mod show;
mod sink;
mod tasks;
mod values;
mod watch;

use clap::Parser;
use cli::{Cli, Command};
use context::Context;
use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
	let Cli { global, command } = Cli::parse();
	tracing_subscriber::fmt()
		.with_env_filter(tracing_subscriber::EnvFilter::from_default_env())
		.with_writer(std::io::stderr)
		.init();
	let context = Context::new(global);
	let done = match command {
		Command::Run(args) => run::run(&context, args).await,
		Command::Job(command) => job::run(&context, command).await,
		Command::Quote(options) => market::quote(&context, options).await,
		Command::Market => market::market(&context).await,
		Command::Program(command) => program::run(&context, command),
		Command::Blob(command) => blob::run(&context, command).await,
		Command::Provider(command) => provider::run(&context, command).await,
		Command::Key(command) => key::run(&context, command),
		Command::Account(command) => account::run(&context, command).await,
	};
	match done {
		Ok(()) => ExitCode::SUCCESS,
		Err(error) => failure::report(&error, context.json),
	}
}
