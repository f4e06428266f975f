//! What an order is made of: program and inputs from files or by name, checked before anything is uploaded.

use crate::{failure::Usage, places, values};
use anyhow::{bail, Context as _, Result};
use clap::Args;
use ergon_executor_core::{admit, encode_manifest, inspect::looks_like, manifest_entry, Rejected};
use ergon_primitives::{
	job::{args_from, MAX_ARGS, MAX_ARG_BYTES, MAX_SHARDS},
	Balance, BlobHasher, BlobId, BlobLimits, Fuel, Hint, Input, Limits, Policy, Price, Region, MAX_BLOB,
};
use std::{
	collections::BTreeMap,
	fs::File,
	io::Read,
	path::{Path, PathBuf},
};

/// The most bytes of a file that has to be looked into.
const MAX_READ: u64 = MAX_BLOB;

/// What to run, on what, within which limits, verified how, at which price.
#[derive(Debug, Args)]
pub struct JobOptions {
	/// The program: a WebAssembly file (a WASI preview 1 command), or the name of a blob.
	#[arg(value_name = "PROGRAM")]
	pub program: String,
	#[command(flatten)]
	pub inputs: InputOptions,
	#[command(flatten)]
	pub shape: ShapeOptions,
	#[command(flatten)]
	pub terms: TermOptions,
}

/// What tasks read.
#[derive(Debug, Args)]
#[command(next_help_heading = "Inputs")]
pub struct InputOptions {
	/// The input: a file or the name of a blob. One is read by every task; several make a task for each. Without any,
	/// tasks read nothing.
	#[arg(long = "input", value_name = "FILE|CID")]
	pub input: Vec<String>,
	/// Several inputs at once, as by --input for each.
	#[arg(long, value_name = "FILE|CID", num_args = 1..)]
	pub inputs: Vec<String>,
	/// A ready manifest (SCALE `Vec<BlobId>`) in a file or blob, whose entry i is the input of task i; needs --tasks.
	#[arg(long, value_name = "FILE|CID", conflicts_with_all = ["input", "inputs"], requires = "tasks")]
	pub manifest: Option<String>,
	/// Where blobs of the job can be had besides the network of nodes: https://, s3://, gs:// or az://, with {cid} where the
	/// name of whichever blob is wanted stands, or CID=URL for one. Stands on chain for everybody to read; providers that
	/// lack a blob look there without credentials, and take only the bytes that have its name. At most 4.
	#[arg(long = "hint", value_name = "URL|CID=URL", value_parser = places::hint)]
	pub hints: Vec<Hint>,
}

/// Tasks, arguments, limits.
#[derive(Debug, Args)]
#[command(next_help_heading = "Tasks and limits")]
pub struct ShapeOptions {
	/// How many tasks; each finds its number in ERGON_TASK. As many as inputs where there are several, else 1.
	#[arg(long, value_name = "N", allow_negative_numbers = true)]
	pub tasks: Option<u32>,
	/// How many consecutive tasks one provider runs as one piece. The smallest possible, usually 1, unless said.
	#[arg(long, value_name = "N", allow_negative_numbers = true)]
	pub shard_size: Option<u32>,
	#[command(flatten)]
	pub limits: LimitOptions,
}

/// What a task is told, and what it may use.
#[derive(Debug, Args)]
#[command(next_help_heading = "Tasks and limits")]
pub struct LimitOptions {
	/// An argument for the program; repeat it for more.
	#[arg(long = "arg", value_name = "A", allow_hyphen_values = true)]
	pub args: Vec<String>,
	/// The most fuel for one task.
	#[arg(long, value_name = "FUEL", value_parser = values::fuel, default_value = "10G", allow_negative_numbers = true)]
	pub fuel: Fuel,
	/// The most memory for one task.
	#[arg(long, value_name = "SIZE", value_parser = values::size, default_value = "64M", allow_negative_numbers = true)]
	pub memory: u64,
	/// The most output of one task.
	#[arg(long, value_name = "SIZE", value_parser = values::small_size, default_value = "1M", allow_negative_numbers = true)]
	pub output_limit: u32,
}

/// Verification, price, deadline, requirements.
#[derive(Debug, Args)]
#[command(next_help_heading = "Terms")]
pub struct TermOptions {
	/// Let a provider with a long record of agreement work alone, audited at random: it does not know which of its shards
	/// are before it has committed, and its bond makes good what lies could cost until one is found. Costs about one
	/// provider instead of --quorum many; what is audited costs as much as without. Needs a --quorum of at least 2 and
	/// more --max-replicas.
	#[arg(long)]
	pub adaptive: bool,
	/// How many providers must compute the same.
	#[arg(long, value_name = "N", default_value_t = 2, allow_negative_numbers = true)]
	pub quorum: u8,
	/// The most providers to be drawn for a shard, replacements included.
	#[arg(long, value_name = "N", default_value_t = 5, allow_negative_numbers = true)]
	pub max_replicas: u8,
	/// The most that a provider may ask for a Gfuel. Three times the lowest ask that fits now, unless said.
	#[arg(long, value_name = "PRICE", value_parser = values::price, allow_negative_numbers = true)]
	pub max_price: Option<Price>,
	/// Blocks from now until what is not settled is refunded. Three times the least that is needed, unless said.
	#[arg(long, value_name = "BLOCKS", allow_negative_numbers = true)]
	pub deadline_in: Option<u32>,
	/// The least speed of a provider in Mfuel a second; decides how long it may take.
	#[arg(long, value_name = "MFUEL/S", default_value_t = 50, allow_negative_numbers = true)]
	pub min_speed: u32,
	/// Only providers of this country.
	#[arg(long, value_name = "XX", value_parser = values::region)]
	pub region: Option<Region>,
	/// On top for each shard, shared by the providers that agreed.
	#[arg(long, value_name = "AMOUNT", value_parser = values::amount, default_value = "0", allow_negative_numbers = true)]
	pub tip: Balance,
}

impl LimitOptions {
	pub fn limits(&self) -> Limits {
		Limits { fuel: self.fuel, memory: self.memory, output: self.output_limit }
	}

	/// The arguments within the chain's bounds.
	pub fn args(&self) -> Result<ergon_primitives::job::Args> {
		let bounds = format!("--arg: at most {MAX_ARGS}, of at most {MAX_ARG_BYTES} bytes each");
		Ok(args_from(&self.args).ok_or(Usage(bounds))?)
	}
}

impl ShapeOptions {
	pub fn limits(&self) -> Limits {
		self.limits.limits()
	}

	/// The arguments within the chain's bounds.
	pub fn args(&self) -> Result<ergon_primitives::job::Args> {
		self.limits.args()
	}

	/// The size given, else the least with which the job has not too many shards.
	pub fn shard_size(&self, tasks: u32) -> u32 {
		self.shard_size.unwrap_or(tasks.div_ceil(MAX_SHARDS).max(1))
	}
}

impl TermOptions {
	pub fn policy(&self) -> Policy {
		Policy { quorum: self.quorum, max_replicas: self.max_replicas, adaptive: self.adaptive }
	}
}

/// Where bytes are.
#[derive(Clone, Debug)]
pub enum Source {
	/// Here.
	Bytes(Vec<u8>),
	/// In a file, which may be large.
	File(PathBuf),
}

/// Bytes that the node must have before the order.
#[derive(Clone, Debug)]
pub struct Upload {
	/// What it is, for messages.
	pub what: String,
	/// Its name.
	pub id: BlobId,
	/// Its length.
	pub len: u64,
	/// The bytes.
	pub source: Source,
}

impl Upload {
	fn of(what: impl Into<String>, bytes: Vec<u8>) -> Self {
		let (id, len) = (BlobId::of(&bytes), bytes.len() as u64);
		Self { what: what.into(), id, len, source: Source::Bytes(bytes) }
	}

	/// The bytes, if they are small enough to be here.
	fn bytes(&self) -> Option<&[u8]> {
		match &self.source {
			Source::Bytes(bytes) => Some(bytes),
			Source::File(_) => None,
		}
	}
}

/// An order's blobs.
pub struct Material {
	pub program: BlobId,
	pub input: Input,
	pub tasks: u32,
	pub uploads: Vec<Upload>,
}

/// How a file is read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reading {
	/// Whole: it is looked into.
	Whole,
	/// Only its name is needed.
	Name,
}

impl Material {
	/// Refuses what the market does not move.
	pub fn fits(&self, limits: &BlobLimits) -> Result<()> {
		for upload in &self.uploads {
			let (limit, why) = match upload.id == self.program {
				true => (limits.max_program, "programs"),
				false => (limits.max_blob, "inputs"),
			};
			if upload.len > limit {
				bail!(
					"{} has {} bytes, the market takes {why} of at most {limit} ({}); nothing was uploaded",
					upload.what,
					upload.len,
					crate::meter::size(limit)
				);
			}
		}
		Ok(())
	}

	/// What there is here, by name.
	pub fn sources(&self) -> BTreeMap<BlobId, Source> {
		self.uploads.iter().map(|upload| (upload.id, upload.source.clone())).collect()
	}

	/// Reads everything that is here as files, and refuses a program that every provider would refuse.
	pub fn gather(program: &str, inputs: &InputOptions, shape: &ShapeOptions) -> Result<Self> {
		let material = Self::read(program, inputs, shape)?;
		if let Some(upload) = material.uploads.iter().find(|upload| upload.id == material.program) {
			check_program(upload, shape.limits.memory)?;
		}
		Ok(material)
	}

	/// Reads everything that is here as files.
	pub fn read(program: &str, inputs: &InputOptions, shape: &ShapeOptions) -> Result<Self> {
		let mut uploads = Vec::new();
		let program = take(program, "program", Reading::Whole, &mut uploads)?;
		let (input, tasks) = take_inputs(inputs, shape.tasks, &mut uploads)?;
		Ok(Self { program, input, tasks, uploads })
	}
}

/// Refuses a module that every provider would refuse.
fn check_program(upload: &Upload, memory: u64) -> Result<()> {
	let refused = |why: String| {
		anyhow::anyhow!(
			"{} is not a program that can be run: {why}; `ergon program inspect` says what is in it",
			upload.what
		)
	};
	let Some(bytes) = upload.bytes() else { return Ok(()) };
	let admitted = admit(bytes).map_err(|rejected| refused(why_rejected(bytes, &rejected)))?;
	admitted.fits(memory).map_err(|refusal| {
		let initial = admitted.initial_memory;
		refused(format!("{refusal} (it begins with {initial} bytes, --memory is {memory})"))
	})
}

/// Why a module is refused, and what it seems to be that was given instead of one.
pub fn why_rejected(bytes: &[u8], rejected: &Rejected) -> String {
	match looks_like(bytes) {
		Some(what) => format!("{rejected}; it looks like {what}"),
		None => rejected.to_string(),
	}
}

fn take_inputs(
	options: &InputOptions,
	tasks: Option<u32>,
	uploads: &mut Vec<Upload>,
) -> Result<(Input, u32)> {
	if let Some(manifest) = &options.manifest {
		let already = uploads.len();
		let id = take(manifest, "manifest", Reading::Whole, uploads)?;
		let tasks = tasks.unwrap_or(1);
		if let Some(upload) = uploads.get(already) {
			let last = tasks.saturating_sub(1);
			if upload.bytes().is_none_or(|bytes| manifest_entry(bytes, last).is_none()) {
				bail!("{} is not a manifest with an input for each of {tasks} tasks: it must be the SCALE encoding of Vec<BlobId> with at least as many entries; lower --tasks or complete it", upload.what);
			}
		}
		return Ok((Input::Manifest(id), tasks));
	}
	let mut given = options.input.iter().chain(&options.inputs);
	match (given.next(), options.input.len().saturating_add(options.inputs.len())) {
		(None, _) => {
			let empty = Upload::of("the empty input", Vec::new());
			let input = Input::Single(empty.id);
			uploads.push(empty);
			Ok((input, tasks.unwrap_or(1)))
		},
		(Some(only), 1) => {
			Ok((Input::Single(take(only, "input", Reading::Name, uploads)?), tasks.unwrap_or(1)))
		},
		(Some(first), count) => {
			// One for each task, no fewer: a task without would fail, and be paid for; no more: they would be ignored.
			let count = u32::try_from(count).unwrap_or(u32::MAX);
			if tasks.is_some_and(|tasks| tasks != count) {
				let tasks = tasks.unwrap_or_default();
				bail!(Usage(format!(
					"{count} inputs for {tasks} tasks: give one --input that all tasks read, or as many inputs as --tasks"
				)));
			}
			let ids = std::iter::once(first)
				.chain(given)
				.map(|input| take(input, "input", Reading::Name, uploads))
				.collect::<Result<Vec<_>>>()?;
			let manifest = Upload::of(format!("the manifest of {count} inputs"), encode_manifest(&ids));
			let input = Input::Manifest(manifest.id);
			uploads.push(manifest);
			Ok((input, count))
		},
	}
}

/// A file to be uploaded, or the name of a blob that the node has.
fn take(text: &str, what: &str, reading: Reading, uploads: &mut Vec<Upload>) -> Result<BlobId> {
	let path = Path::new(text);
	if !path.exists() {
		return text.parse().map_err(|_| {
			Usage(format!("{what} '{text}': neither a file nor the name of a blob (bafk… or bafy…)")).into()
		});
	}
	let named = format!("{what} {text}");
	let upload = match reading {
		Reading::Whole => Upload::of(named, read_file(path, what)?),
		Reading::Name => {
			let (id, len) = name_file(path, what)?;
			Upload { what: named, id, len, source: Source::File(path.to_owned()) }
		},
	};
	let id = upload.id;
	if uploads.iter().all(|known| known.id != id) {
		uploads.push(upload);
	}
	Ok(id)
}

/// Reads a file that has to be looked into.
pub fn read_file(path: &Path, what: &str) -> Result<Vec<u8>> {
	let reading = || format!("reading the {what} {}", path.display());
	let mut bytes = Vec::new();
	// Never more than one byte too many, whatever the file is.
	File::open(path)
		.and_then(|file| file.take(MAX_READ + 1).read_to_end(&mut bytes))
		.with_context(reading)?;
	if bytes.len() as u64 > MAX_READ {
		bail!(
			"the {what} {} is larger than {}, the most that is read here",
			path.display(),
			crate::meter::size(MAX_READ)
		);
	}
	Ok(bytes)
}

/// Name and length of a file of any size.
pub fn name_file(path: &Path, what: &str) -> Result<(BlobId, u64)> {
	let reading = || format!("reading the {what} {}", path.display());
	let mut file = File::open(path).with_context(reading)?;
	let mut hasher = BlobHasher::new();
	let mut len = 0u64;
	let mut piece = vec![0; 256 << 10];
	loop {
		let read = file.read(&mut piece).with_context(reading)?;
		if read == 0 {
			return Ok((hasher.finish(), len));
		}
		hasher.update(&piece[..read]);
		len = len.saturating_add(read as u64);
	}
}

/// A path that `--output` or `--output-dir` name.
#[derive(Debug, Args)]
pub struct OutputOptions {
	/// Write all outputs, in task order, to this file; - is standard output.
	#[arg(long, short, value_name = "FILE")]
	pub output: Option<PathBuf>,
	/// Write each task's output to a file of its own in this folder.
	#[arg(long, value_name = "DIR", conflicts_with = "output")]
	pub output_dir: Option<PathBuf>,
}

#[cfg(test)]
mod tests {
	#![allow(clippy::unwrap_used)] // A failed unwrap is a failed test.

	use super::*;
	use clap::Parser;
	use std::fs;

	#[derive(Parser)]
	struct Words {
		#[command(flatten)]
		options: JobOptions,
	}

	fn gather(words: &[&str]) -> Result<Material> {
		let words = Words::try_parse_from([&["ergon"], words].concat())?;
		Material::gather(&words.options.program, &words.options.inputs, &words.options.shape)
	}

	/// `_start` and a memory of one page, by hand.
	const IDLE: &[u8] = b"\0asm\x01\0\0\0\x01\x04\x01\x60\0\0\x03\x02\x01\0\x05\x03\x01\0\x01\
		\x07\x13\x02\x06_start\0\0\x06memory\x02\0\x0a\x04\x01\x02\0\x0b";

	struct Files(tempfile::TempDir);

	impl Files {
		fn new() -> Self {
			Self(tempfile::tempdir().unwrap())
		}

		fn add(&self, name: &str, bytes: &[u8]) -> String {
			let path = self.0.path().join(name);
			fs::write(&path, bytes).unwrap();
			path.display().to_string()
		}
	}

	#[test]
	fn one_input_should_be_read_by_all_and_several_make_tasks() {
		let files = Files::new();
		let (program, a, b) = (files.add("p.wasm", IDLE), files.add("a", b"a"), files.add("b", b"b"));
		let one = gather(&[&program, "--input", &a, "--tasks", "3"]).unwrap();
		assert_eq!((one.input, one.tasks), (Input::Single(BlobId::of(b"a")), 3));
		let two = gather(&[&program, "--inputs", &a, &b, "--input", &a]).unwrap();
		let manifest = encode_manifest(&[BlobId::of(b"a"), BlobId::of(b"a"), BlobId::of(b"b")]);
		assert_eq!((two.input, two.tasks), (Input::Manifest(BlobId::of(&manifest)), 3));
		assert_eq!(two.uploads.len(), 4, "the program, two inputs once each, the manifest");
		let none = gather(&[&program]).unwrap();
		assert_eq!((none.input, none.tasks), (Input::Single(BlobId::of(b"")), 1));
		let named =
			gather(&[&BlobId::of(IDLE).to_string(), "--input", &BlobId::of(b"a").to_string()]).unwrap();
		assert!(named.uploads.is_empty());
	}

	#[test]
	fn wrong_numbers_of_inputs_should_be_refused() {
		let files = Files::new();
		let (program, a, b) = (files.add("p.wasm", IDLE), files.add("a", b"a"), files.add("b", b"b"));
		let error = gather(&[&program, "--inputs", &a, &b, "--tasks", "3"]).err().unwrap();
		assert_eq!(crate::failure::code(&error), 2);
		assert!(error.to_string().contains("2 inputs for 3 tasks"), "{error}");
		let short = files.add("short", &encode_manifest(&[BlobId::of(b"a")]));
		for manifest in [&short, &a] {
			let error =
				gather(&[&program, "--manifest", manifest, "--tasks", "2"]).err().unwrap().to_string();
			assert!(error.contains("each of 2 tasks"), "{error}");
		}
		assert!(gather(&[&program, "--manifest", &short, "--tasks", "1"]).is_ok());
	}

	#[test]
	fn what_is_no_program_should_be_refused_by_name() {
		let files = Files::new();
		let error = gather(&[&files.add("script", b"#!/bin/sh")]).err().unwrap().to_string();
		assert!(error.contains("script") && error.contains("WebAssembly"), "{error}");
		let error = gather(&[&files.add("empty.wasm", &IDLE[..8])]).err().unwrap().to_string();
		assert!(error.contains("_start"), "{error}");
		let program = files.add("p.wasm", IDLE);
		let error = gather(&[&program, "--memory", "1K"]).err().unwrap().to_string();
		assert!(error.contains("--memory is 1024"), "{error}");
		let error = gather(&["no-such-file.wasm"]).err().unwrap().to_string();
		assert!(error.contains("neither a file"), "{error}");
	}

	#[test]
	fn what_the_market_does_not_move_should_be_refused_before_an_upload() {
		let files = Files::new();
		let (program, input) = (files.add("p.wasm", IDLE), files.add("input", &[7; 2000]));
		let material = gather(&[&program, "--input", &input]).unwrap();
		let limits = |max_program, max_blob| BlobLimits { max_program, max_blob };
		let size = IDLE.len() as u64;
		assert!(material.fits(&limits(size, 2000)).is_ok());
		let error = material.fits(&limits(size - 1, 2000)).unwrap_err().to_string();
		assert!(error.contains("p.wasm") && error.contains("programs"), "{error}");
		let error = material.fits(&limits(size, 1999)).unwrap_err().to_string();
		assert!(error.contains("input") && error.contains("1999"), "{error}");
	}

	#[test]
	fn oversized_arguments_should_be_refused() {
		let long = "x".repeat(MAX_ARG_BYTES as usize + 1);
		let words = Words::parse_from(["ergon", "p", "--arg", "-v", "--arg", &long]);
		assert!(words.options.shape.args().is_err());
	}

	#[test]
	fn a_file_should_be_named_as_its_bytes_are() {
		let files = Files::new();
		for len in [0, 1, (1 << 20) + 1, 3 << 20] {
			let bytes = vec![5; len];
			let path = files.add("file", &bytes);
			assert_eq!(name_file(Path::new(&path), "blob").unwrap(), (BlobId::of(&bytes), len as u64));
		}
		assert!(name_file(Path::new("/no/such/file"), "blob").is_err());
	}

	#[test]
	fn shards_should_never_be_too_many_by_default() {
		let shape = Words::parse_from(["ergon", "p"]).options.shape;
		assert_eq!((shape.shard_size(1), shape.shard_size(MAX_SHARDS), shape.shard_size(0)), (1, 1, 1));
		assert_eq!(shape.shard_size(MAX_SHARDS + 1), 2);
		assert_eq!(shape.shard_size(1_000_000), 100);
	}
}
