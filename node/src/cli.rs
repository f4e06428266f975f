//! The command line.

mod blobs;

pub use blobs::BlobArgs;

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
