//! `ergon program`: what providers will say of a program, before anything is paid for.

use crate::{
	context::Context,
	engines::{AnyEngine, EngineName},
	material::{read_file, why_rejected, LimitOptions},
	show,
};
use anyhow::{anyhow, bail, Context as _, Result};
use clap::{Args, Subcommand};
use ergon_executor_core::{
	admission::MAX_MODULE,
	admit, claim,
	inspect::{inspect, looks_like, stack_use, Inspection, StackUse},
	Admitted, Engine, Execution, Prepared, Rejected, TaskContext,
};
use ergon_primitives::{BlobId, Claim, JobId, TaskIndex};
use serde_json::{json, Value};
use std::{
	fs::File,
	io::Read,
	path::{Path, PathBuf},
};

#[derive(Debug, Subcommand)]
pub enum ProgramCommand {
	/// Say whether providers run a program, why not and what to change, what it consists of, and what it costs on an input.
	Inspect(InspectArgs),
}

#[derive(Debug, Args)]
pub struct InspectArgs {
	/// The program: a WebAssembly file (a WASI preview 1 command).
	#[arg(value_name = "FILE")]
	file: PathBuf,
	/// Run it on this input too, and say how it ends; /dev/null is an empty one.
	#[arg(long, value_name = "FILE")]
	input: Option<PathBuf>,
	/// Which engine runs it. Both give the same outcome and fuel.
	#[arg(long, value_name = "ENGINE", default_value = "wasmtime")]
	engine: EngineName,
	#[command(flatten)]
	limits: LimitOptions,
}

pub fn run(context: &Context, command: ProgramCommand) -> Result<()> {
	let ProgramCommand::Inspect(args) = command;
	let module = read_module(&args.file)?;
	let input = args.input.as_deref().map(|path| read_file(path, "input")).transpose()?;
	let report = Report::of(&args, module, input)?;
	context.give(&report.json(), || report.text())?;
	report.into_result()
}

/// Reads a program, also one that is too large to be one: what is in it is what is asked for.
fn read_module(path: &Path) -> Result<Vec<u8>> {
	let reading = || format!("reading the program {}", path.display());
	let mut bytes = Vec::new();
	// Never much more than the largest module, whatever the file is.
	let limit = 4 * MAX_MODULE as u64;
	File::open(path).and_then(|file| file.take(limit + 1).read_to_end(&mut bytes)).with_context(reading)?;
	if bytes.len() as u64 > limit {
		bail!("{} has more than {limit} bytes; a program has at most {MAX_MODULE}", path.display());
	}
	Ok(bytes)
}

/// All that can be said of a program.
struct Report {
	file: String,
	blob: BlobId,
	found: Inspection,
	looks_like: Option<&'static str>,
	admitted: Result<Instrumented, Rejected>,
	/// Why it was refused, for people.
	why: Option<String>,
	ran: Option<Execution>,
}

/// What admission made of a program.
struct Instrumented {
	admitted: Admitted,
	stack: Option<StackUse>,
}

impl Report {
	fn of(args: &InspectArgs, module: Vec<u8>, input: Option<Vec<u8>>) -> Result<Self> {
		let limits = args.limits.limits();
		let admitted = admit(&module).and_then(|admitted| {
			admitted.fits(limits.memory).map_err(|reason| Rejected {
				reason,
				detail: format!(
					"it begins with {} bytes, --memory is {}",
					admitted.initial_memory, limits.memory
				),
			})?;
			Ok(Instrumented { stack: stack_use(&admitted.module), admitted })
		});
		let ran = match (&admitted, input) {
			(Ok(_), Some(input)) => Some(execute(args, &module, &input)?),
			_ => None,
		};
		Ok(Self {
			file: args.file.display().to_string(),
			blob: BlobId::of(&module),
			found: inspect(&module),
			looks_like: looks_like(&module),
			why: admitted.as_ref().err().map(|rejected| why_rejected(&module, rejected)),
			admitted,
			ran,
		})
	}

	fn json(&self) -> Value {
		let found = &self.found;
		let bounds = |bounds: &ergon_executor_core::inspect::Bounds| json!({ "initial": bounds.initial, "maximum": bounds.maximum });
		json!({
			"file": self.file,
			"blob": self.blob,
			"admitted": self.admitted.is_ok(),
			"refusal": self.admitted.as_ref().err().map(|rejected| json!({
				"reason": rejected.reason,
				"advice": rejected.reason.advice(),
				"detail": rejected.detail,
				"looks_like": self.looks_like,
			})),
			"module": {
				"bytes": found.size,
				"readable": found.complete,
				"functions": found.functions,
				"code_bytes": found.code,
				"longest_function_bytes": found.longest,
				"data_bytes": found.data,
				"custom_bytes": found.custom,
				"imports": found.imports,
				"exports": found.exports,
				"memories": found.memories.iter().map(bounds).collect::<Vec<_>>(),
				"tables": found.tables.iter().map(bounds).collect::<Vec<_>>(),
			},
			"instrumented": self.admitted.as_ref().ok().map(|Instrumented { admitted, stack }| json!({
				"bytes": admitted.module.len(),
				"start_fuel": admitted.start_fuel,
				"fixed_stack_units": stack.map(|stack| stack.fixed),
				"counted_functions": stack.map(|stack| stack.counted),
			})),
			"run": self.ran.as_ref().map(|ran| json!({
				"outcome": ran.outcome,
				"fuel": ran.outcome.fuel(),
				"result": result_of(ran),
				"stderr": String::from_utf8_lossy(&ran.stderr),
			})),
		})
	}

	fn text(&self) -> String {
		let found = &self.found;
		let mut lines = vec![match &self.why {
			None => format!("{}: providers run it", self.file),
			Some(why) => format!("{}: refused: {why}", self.file),
		}];
		let mut say = |name: &str, text: String| lines.push(format!("{name:<13} {text}"));
		say("name", self.blob.to_string());
		if *found == (Inspection { size: found.size, ..Inspection::default() }) {
			// Nothing of it is WebAssembly.
			say("size", format!("{} bytes", found.size));
			return lines.join("\n");
		}
		let unread = if found.complete { "" } else { ", as far as it can be read" };
		say(
			"size",
			format!(
				"{} bytes{unread}: {} of code in {} (the longest {}), {} of data, {} of names and debug information",
				found.size,
				found.code,
				show::count(found.functions, "function"),
				found.longest,
				found.data,
				found.custom
			),
		);
		say("imports", list(&found.imports));
		for memory in &found.memories {
			let most =
				memory.maximum.map_or("what the job allows".into(), |maximum| format!("{maximum} bytes"));
			say("memory", format!("{} bytes at the start, grows to {most}", memory.initial));
		}
		for table in &found.tables {
			let most = table.maximum.map_or("what the profile allows".into(), |maximum| maximum.to_string());
			say("table", format!("{} entries at the start, grows to {most}", table.initial));
		}
		if let Ok(Instrumented { admitted, stack }) = &self.admitted {
			// Custom sections stay behind, so the rest is what grew.
			let before = found.size.saturating_sub(found.custom).max(1);
			say(
				"instrumented",
				format!(
					"{} bytes, {:.2} times what it was without names",
					admitted.module.len(),
					admitted.module.len() as f64 / before as f64
				),
			);
			say(
				"start",
				format!("{} to make an instance", show::fuel(ergon_primitives::Fuel(admitted.start_fuel))),
			);
			if let Some(stack) = stack {
				say(
					"stack",
					format!(
						"{} units of 8 bytes from the start; {} of {} count their calls, because they may call themselves",
						stack.fixed,
						stack.counted,
						show::count(found.functions, "function")
					),
				);
			}
		}
		if let Some(ran) = &self.ran {
			say("run", ran.outcome.to_string());
			if let Some(result) = result_of(ran) {
				say("result", result);
			}
			if !ran.stderr.is_empty() {
				say("says", String::from_utf8_lossy(&ran.stderr).trim_end().to_owned());
			}
		}
		for hint in self.hints() {
			say("hint", hint);
		}
		lines.join("\n")
	}

	/// What would make the program smaller or cheaper, where that is plain to see.
	fn hints(&self) -> Vec<String> {
		let found = &self.found;
		let mut hints = Vec::new();
		if found.custom > found.size / 10 {
			hints.push("a good part of it is names and debug information: strip it (`-s`, `-Wl,--strip-all`, `strip = true`, `-fstrip`)".into());
		}
		if let Ok(Instrumented { admitted, .. }) = &self.admitted {
			// Sixteen megabytes: what some toolchains set aside for the stack alone.
			if admitted.initial_memory >= 16 << 20 {
				hints.push("each task pays for the memory that it begins with; set less aside for the stack (`-Wl,-z,stack-size=…`, `--stack …`)".into());
			}
		}
		hints
	}

	fn into_result(self) -> Result<()> {
		match self.why {
			None => Ok(()),
			// Why was said in the report.
			Some(_) => Err(anyhow!("{} is not a program that can be run", self.file)),
		}
	}
}

fn list(names: &[String]) -> String {
	if names.is_empty() {
		"none".into()
	} else {
		names.join(", ")
	}
}

/// What a provider would attest to, were this task a shard.
fn result_of(ran: &Execution) -> Option<String> {
	match claim(&[ran.outcome]).0 {
		Claim::Computed { root, .. } => Some(show::hash(&root)),
		_ => None,
	}
}

/// Runs a program as the only task of a job.
fn execute(args: &InspectArgs, module: &[u8], input: &[u8]) -> Result<Execution> {
	let engine = AnyEngine::new(args.engine)?;
	let context = TaskContext {
		job: JobId(0),
		task: TaskIndex(0),
		tasks: 1,
		time: 0,
		args: args.limits.args()?.into_iter().map(Vec::from).collect(),
		limits: args.limits.limits(),
	};
	match engine.prepare(module)? {
		Prepared::Ready(program) => Ok(engine.run(&program, &context, input)?),
		// Admission was asked before, and says the same each time.
		Prepared::Refused(reason) => bail!("admission changed its mind: {reason}"),
	}
}
