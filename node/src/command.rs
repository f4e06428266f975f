//! From the command line to what is run.

use crate::{
	chain_spec,
	cli::{Cli, Subcommand},
	service::{self, Block},
};
use clap::{CommandFactory, FromArgMatches};
use sc_chain_spec::ChainType;
use sc_cli::{Result, SubstrateCli};
use sc_network::config::NetworkBackendType;
use sc_service::{Configuration, PartialComponents};

/// The default of the largest request and response, in MiB: a 10 MiB blob in base64, with room.
const RPC_MAX_MIB: &str = "32";

impl SubstrateCli for Cli {
	fn impl_name() -> String {
		"Ergon Node".into()
	}

	fn impl_version() -> String {
		env!("SUBSTRATE_CLI_IMPL_VERSION").into()
	}

	fn description() -> String {
		env!("CARGO_PKG_DESCRIPTION").into()
	}

	fn author() -> String {
		env!("CARGO_PKG_AUTHORS").into()
	}

	fn support_url() -> String {
		concat!(env!("CARGO_PKG_REPOSITORY"), "/issues").into()
	}

	fn copyright_start_year() -> i32 {
		2026
	}

	fn load_spec(&self, id: &str) -> std::result::Result<Box<dyn sc_service::ChainSpec>, String> {
		Ok(Box::new(chain_spec::load(id)?))
	}

	fn from_iter<I>(iter: I) -> Self
	where
		I: IntoIterator,
		I::Item: Into<std::ffi::OsString> + Clone,
	{
		let command = Self::setup_command(<Self as CommandFactory>::command())
			.mut_arg("rpc_max_request_size", |arg| arg.default_value(RPC_MAX_MIB))
			.mut_arg("rpc_max_response_size", |arg| arg.default_value(RPC_MAX_MIB));
		let matches = command.try_get_matches_from(iter).unwrap_or_else(|e| e.exit());
		Self::from_arg_matches(&matches).unwrap_or_else(|e| e.exit())
	}
}

/// Does what the command line says.
pub fn run() -> Result<()> {
	let cli = <Cli as SubstrateCli>::from_args();
	match &cli.subcommand {
		None => run_node(cli),
		Some(Subcommand::Key(cmd)) => cmd.run(&cli),
		Some(Subcommand::ExportChainSpec(cmd)) => {
			let spec = cli.load_spec(&cmd.chain)?;
			cmd.run(spec)
		},
		Some(Subcommand::CheckBlock(cmd)) => cli.create_runner(cmd)?.async_run(|config| {
			let PartialComponents { client, task_manager, import_queue, .. } = service::new_partial(&config)?;
			Ok((cmd.run(client, import_queue), task_manager))
		}),
		Some(Subcommand::ExportBlocks(cmd)) => cli.create_runner(cmd)?.async_run(|config| {
			let PartialComponents { client, task_manager, .. } = service::new_partial(&config)?;
			Ok((cmd.run(client, config.database), task_manager))
		}),
		Some(Subcommand::ImportBlocks(cmd)) => cli.create_runner(cmd)?.async_run(|config| {
			let PartialComponents { client, task_manager, import_queue, .. } = service::new_partial(&config)?;
			Ok((cmd.run(client, import_queue), task_manager))
		}),
		Some(Subcommand::PurgeChain(cmd)) => {
			cli.create_runner(cmd)?.sync_run(|config| cmd.run(config.database))
		},
		Some(Subcommand::Revert(cmd)) => cli.create_runner(cmd)?.async_run(|config| {
			let PartialComponents { client, task_manager, backend, .. } = service::new_partial(&config)?;
			let consensus = Box::new(service::revert_consensus);
			Ok((cmd.run(client, backend, Some(consensus)), task_manager))
		}),
		Some(Subcommand::ChainInfo(cmd)) => {
			cli.create_runner(cmd)?.sync_run(|config| cmd.run::<Block>(&config))
		},
		#[cfg(feature = "runtime-benchmarks")]
		Some(Subcommand::Benchmark(cmd)) => benchmark(&cli, cmd),
	}
}

fn run_node(mut cli: Cli) -> Result<()> {
	// A public network's validator must keep its node key, by which others find it, and is refused without one. On a local
	// chain nobody depends on the key: it is made where it is missing.
	let chain = cli.run.shared_params.chain_id(cli.run.shared_params.is_dev());
	if matches!(cli.load_spec(&chain)?.chain_type(), ChainType::Development | ChainType::Local) {
		cli.run.network_params.node_key_params.unsafe_force_node_key_generation = true;
	}
	let runner = cli.create_runner(&cli.run)?;
	let blobs = cli.blobs;
	runner.run_node_until_exit(|config: Configuration| async move {
		if !matches!(config.network.network_backend, NetworkBackendType::Litep2p) {
			return Err(sc_cli::Error::Input("--network-backend: this node speaks litep2p only".into()));
		}
		service::new_full(config, &blobs).map_err(sc_cli::Error::Service)
	})
}

#[cfg(feature = "runtime-benchmarks")]
fn benchmark(cli: &Cli, cmd: &frame_benchmarking_cli::BenchmarkCmd) -> Result<()> {
	use frame_benchmarking_cli::{BenchmarkCmd, SUBSTRATE_REFERENCE_HARDWARE};

	let runner = cli.create_runner(cmd)?;
	runner.sync_run(|config| match cmd {
		BenchmarkCmd::Pallet(cmd) => {
			cmd.run_with_spec::<sp_runtime::traits::HashingFor<Block>, ()>(Some(config.chain_spec))
		},
		BenchmarkCmd::Machine(cmd) => cmd.run(&config, SUBSTRATE_REFERENCE_HARDWARE.clone()),
		_ => Err("benchmark: this node measures `pallet` and `machine`".into()),
	})
}
