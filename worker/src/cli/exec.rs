//! `ergon-worker exec`: what the worker starts for its own use.

use crate::sandbox::child::{self, Birth};
use clap::Args;
use std::process::ExitCode;

#[derive(Debug, Args)]
pub(super) struct Exec {
	/// The process that started it
	#[arg(long, value_name = "PID")]
	parent: u32,
	/// Go on where this machine's kernel cannot confine it
	#[arg(long)]
	insecure_sandbox: bool,
}

impl Exec {
	pub(super) fn execute(self) -> ExitCode {
		child::main(Birth { parent: self.parent, insecure: self.insecure_sandbox })
	}
}
