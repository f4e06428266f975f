//! The validator's binary: makes and checks blocks, stores blobs, answers JSON-RPC.

#![allow(clippy::result_large_err, reason = "the SDK's error is that large, and its interfaces ask for it")]

mod blobs;
mod chain_spec;
mod cli;
mod command;
mod network;
mod rpc;
mod service;

fn main() -> sc_cli::Result<()> {
	command::run()
}
