//! The command line.

use sc_cli::{
	ChainInfoCmd, CheckBlockCmd, ExportBlocksCmd, ExportChainSpecCmd, ImportBlocksCmd, KeySubcommand,
	PurgeChainCmd, RevertCmd, RunCmd,
};

/// All of it.
#[derive(Debug, clap::Parser)]
pub struct Cli {
	/// One of the tools, instead of running the node.
	#[command(subcommand)]
	pub subcommand: Option<Subcommand>,

	/// What every Substrate node takes.
	#[clap(flatten)]
	pub run: RunCmd,

	/// What the blob store takes.
	#[clap(flatten)]
	pub blobs: BlobArgs,
}

/// How blobs are kept.
#[derive(Clone, Debug, clap::Args)]
pub struct BlobArgs {
	/// How much disk space blobs may take, in GiB; uploads beyond it are refused.
	#[arg(long, value_name = "GIB", default_value_t = 50, value_parser = clap::value_parser!(u64).range(1..=1_048_576))]
	pub blobs_quota: u64,
}

impl BlobArgs {
	/// In bytes.
	pub fn quota_bytes(&self) -> u64 {
		self.blobs_quota.saturating_mul(1 << 30)
	}
}

/// The tools.
#[derive(Debug, clap::Subcommand)]
pub enum Subcommand {
	/// Make and look at keys.
	#[command(subcommand)]
	Key(KeySubcommand),

	/// Write a chain specification.
	ExportChainSpec(ExportChainSpecCmd),

	/// Execute a block again and check it.
	CheckBlock(CheckBlockCmd),

	/// Write blocks to a file.
	ExportBlocks(ExportBlocksCmd),

	/// Read blocks from a file.
	ImportBlocks(ImportBlocksCmd),

	/// Delete the database of a chain.
	PurgeChain(PurgeChainCmd),

	/// Take blocks back that are not final.
	Revert(RevertCmd),

	/// Say what the database holds.
	ChainInfo(ChainInfoCmd),

	/// Measure pallets on this machine.
	#[cfg(feature = "runtime-benchmarks")]
	#[command(subcommand)]
	Benchmark(Box<frame_benchmarking_cli::BenchmarkCmd>),
}
