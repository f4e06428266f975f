//! The validator's binary: makes and checks blocks, stores blobs, answers JSON-RPC.

mod chain_spec;
mod cli;
mod command;
mod rpc;
mod service;

fn main() -> sc_cli::Result<()> {
	command::run()
}
