//! The file of golden cases: read, and written with new figures.

use ergon_executor_core::{merkle, Outcome, TaskContext};
use ergon_primitives::{BlobId, Fuel, JobId, Limits, TaskIndex};
use std::{fs, path::PathBuf};
use toml_edit::{value, ArrayOfTables, DocumentMut, Table};

/// The file, with all that people wrote into it.
pub struct Golden(DocumentMut);

/// A program and its cases.
pub struct Program {
	pub name: String,
	pub language: String,
	pub module: Vec<u8>,
	pub cases: Vec<Case>,
}

/// One run.
pub struct Case {
	pub name: String,
	pub context: TaskContext,
	pub input: Vec<u8>,
	/// How it must end; nothing where that was not yet blessed.
	pub figures: Option<Figures>,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Figures {
	/// In words.
	pub outcome: String,
	pub fuel: u64,
	/// The name of the output's blob, if there is an output.
	pub output: Option<String>,
	/// The Merkle root over the outcome alone: what would be attested to.
	pub result: String,
}

fn folder() -> PathBuf {
	PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("golden")
}

fn read(path: &str) -> Vec<u8> {
	let path = folder().join(path);
	fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn text<'a>(table: &'a Table, key: &str) -> Option<&'a str> {
	table.get(key)?.as_str()
}

fn number(table: &Table, key: &str) -> Option<u64> {
	table.get(key)?.as_integer()?.try_into().ok()
}

fn tables<'a>(table: &'a Table, key: &str) -> &'a ArrayOfTables {
	table.get(key).and_then(|item| item.as_array_of_tables()).unwrap_or_else(|| panic!("no {key}"))
}

impl Golden {
	/// The file as it is checked in.
	pub fn read() -> Self {
		Self(String::from_utf8(read("golden.toml")).unwrap().parse().unwrap())
	}

	/// All programs.
	pub fn programs(&self) -> Vec<Program> {
		tables(&self.0, "program")
			.iter()
			.map(|program| {
				let name = text(program, "name").unwrap().to_owned();
				Program {
					module: read(&format!("wasm/{name}.wasm")),
					language: text(program, "language").unwrap().to_owned(),
					cases: tables(program, "case").iter().map(Case::read).collect(),
					name,
				}
			})
			.collect()
	}

	/// Notes how a run ended.
	pub fn bless(&mut self, program: &str, case: &str, figures: &Figures) {
		let named = |table: &Table, name: &str| text(table, "name") == Some(name);
		let programs = self.0["program"].as_array_of_tables_mut().unwrap();
		let program = programs.iter_mut().find(|table| named(table, program)).unwrap();
		let cases = program["case"].as_array_of_tables_mut().unwrap();
		let case = cases.iter_mut().find(|table| named(table, case)).unwrap();
		case["outcome"] = value(&figures.outcome);
		case["fuel"] = value(i64::try_from(figures.fuel).unwrap());
		match &figures.output {
			Some(output) => case["output"] = value(output),
			None => drop(case.remove("output")),
		}
		case["result"] = value(&figures.result);
	}

	/// Writes the file.
	pub fn write(&self) {
		fs::write(folder().join("golden.toml"), self.0.to_string()).unwrap();
	}
}

impl Case {
	fn read(case: &Table) -> Self {
		let args = case.get("args").and_then(|args| args.as_array());
		Self {
			name: text(case, "name").unwrap().to_owned(),
			context: TaskContext {
				job: JobId(7),
				task: TaskIndex(0),
				tasks: 1,
				time: 1_700_000_000_000,
				args: args
					.into_iter()
					.flatten()
					.map(|arg| arg.as_str().unwrap().as_bytes().to_vec())
					.collect(),
				limits: Limits {
					fuel: Fuel(number(case, "fuel-limit").unwrap_or(1_000_000_000)),
					memory: number(case, "memory-limit").unwrap_or(64 << 20),
					output: number(case, "output-limit").unwrap_or(1 << 20).try_into().unwrap(),
				},
			},
			input: match (text(case, "input"), text(case, "input-file")) {
				(Some(input), _) => input.as_bytes().to_vec(),
				(None, Some(path)) => read(path),
				(None, None) => Vec::new(),
			},
			figures: Figures::read(case),
		}
	}
}

impl Figures {
	/// What an outcome comes to.
	pub fn of(outcome: &Outcome) -> Self {
		let in_words = match outcome {
			Outcome::Exited { code, .. } => format!("exited with code {code}"),
			Outcome::Trapped { kind, .. } => format!("trapped: {kind}"),
			Outcome::OutOfFuel { .. } => "out of fuel".to_owned(),
			Outcome::OutputTooLarge { .. } => "output too large".to_owned(),
			Outcome::InvalidModule { reason } => format!("refused: {reason:?}"),
			Outcome::InvalidInput => "invalid input".to_owned(),
		};
		Self {
			outcome: in_words,
			fuel: outcome.fuel().0,
			output: outcome.output().as_ref().map(BlobId::to_string),
			result: hex::encode(merkle::root(&[*outcome])),
		}
	}

	fn read(case: &Table) -> Option<Self> {
		Some(Self {
			outcome: text(case, "outcome")?.to_owned(),
			fuel: number(case, "fuel")?,
			output: text(case, "output").map(str::to_owned),
			result: text(case, "result")?.to_owned(),
		})
	}
}
