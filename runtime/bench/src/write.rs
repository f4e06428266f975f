//! From measurements to a file of weights.

use anyhow::Result;
use frame_benchmarking::{Analysis, BenchmarkResult, BenchmarkSelector};
use frame_support::traits::StorageInfo;
use std::{collections::BTreeMap, fmt::Write};

use crate::measure::{Effort, Measured};

/// What the head of a file says.
pub struct Origin<'a> {
	/// The command that made it.
	pub command: &'a str,
	/// The machine.
	pub machine: &'a str,
	/// The day.
	pub date: &'a str,
	/// How thoroughly.
	pub effort: Effort,
}

/// A benchmark that contains another: a step of a hook cannot be measured but by the whole hook that does it, nor what follows
/// from a call but by the whole call. Its weight is what it takes beyond that other.
struct Beyond {
	name: &'static str,
	other: &'static str,
	/// How much of the other's component.
	at: u32,
	/// Whether it reads and writes all that the other does. Where not, it left that out of its count by itself.
	accesses: bool,
}

const fn beyond(name: &'static str, other: &'static str, at: u32, accesses: bool) -> Beyond {
	Beyond { name, other, at, accesses }
}

const BEYOND: [Beyond; 15] = [
	beyond("next_phase", "commit", 1, false),
	beyond("glance", "on_initialize_base", 0, false),
	beyond("commit_last", "commit", 1, false),
	beyond("verdict", "reveal", 1, false),
	beyond("faults", "verdict", 2, true),
	beyond("hook_block", "hook_base", 0, false),
	beyond("hook_deadline", "hook_base", 0, false),
	beyond("hook_verdict", "hook_base", 0, false),
	beyond("turn", "on_initialize_base", 0, false),
	beyond("draw", "on_initialize_base", 0, false),
	beyond("look", "look", 0, false),
	beyond("decide", "on_initialize_base", 0, false),
	beyond("expire_job", "on_initialize_base", 0, false),
	beyond("expire_shard", "on_initialize_base", 0, false),
	beyond("prune_job", "on_idle_base", 0, false),
];

/// What a benchmark takes without its components: in all, or beyond the other that it contains.
struct Base {
	time: u128,
	reads: u128,
	writes: u128,
}

fn base(measured: &Measured, all: &[Measured]) -> Result<Base> {
	let own = at(measured, 0)?;
	let Some(beyond) = BEYOND.iter().find(|beyond| beyond.name == measured.name) else { return Ok(own) };
	let Some(other) = all.iter().find(|other| other.name == beyond.other) else { return Ok(own) };
	let mut less = at(other, beyond.at)?;
	if !beyond.accesses {
		(less.reads, less.writes) = (0, 0);
	}
	Ok(Base {
		time: own.time.saturating_sub(less.time),
		reads: own.reads.saturating_sub(less.reads),
		writes: own.writes.saturating_sub(less.writes),
	})
}

/// What a benchmark takes with so much of its components.
fn at(measured: &Measured, component: u32) -> Result<Base> {
	let sum = |of: Analysis| {
		of.slopes
			.iter()
			.fold(of.base, |sum, slope| sum.saturating_add(slope.saturating_mul(component.into())))
	};
	Ok(Base {
		time: sum(Analysis::min_squares_iqr(&measured.times, BenchmarkSelector::ExtrinsicTime)?),
		reads: sum(Analysis::min_squares_iqr(&measured.accesses, BenchmarkSelector::Reads)?),
		writes: sum(Analysis::min_squares_iqr(&measured.accesses, BenchmarkSelector::Writes)?),
	})
}

/// The file of a pallet's weights.
pub fn file(pallet: &str, origin: &Origin, storage: &[StorageInfo], all: &[Measured]) -> Result<String> {
	let Origin { command, machine, date, effort: Effort { steps, repeat } } = origin;
	let mut out = format!(
		"//! Weights of `{pallet}`, measured. **Generated**: do not edit.\n//!\n//! By `{command}`, {date}, on {machine}:\n//! the \
		 runtime's WebAssembly, {steps} steps of each component, {repeat} runs at each.\n\n#![cfg_attr(rustfmt, \
		 rustfmt_skip)]\n#![allow(clippy::unnecessary_cast)] // Some slopes are small.\n\nuse core::marker::PhantomData;\nuse \
		 frame_support::{{traits::Get, weights::Weight}};\n\n/// Measured weights.\npub struct \
		 WeightInfo<T>(PhantomData<T>);\n\nimpl<T: frame_system::Config> {pallet}::WeightInfo for WeightInfo<T> {{\n"
	);
	for measured in all {
		function(&mut out, storage, measured, base(measured, all)?)?;
	}
	out.push_str("}\n");
	Ok(out)
}

fn function(out: &mut String, storage: &[StorageInfo], measured: &Measured, base: Base) -> Result<()> {
	let Measured { name, components, times, accesses } = measured;
	let time = Analysis::min_squares_iqr(times, BenchmarkSelector::ExtrinsicTime)?;
	let reads = Analysis::min_squares_iqr(accesses, BenchmarkSelector::Reads)?;
	let writes = Analysis::min_squares_iqr(accesses, BenchmarkSelector::Writes)?;
	for line in items(storage, accesses) {
		writeln!(out, "\t/// {line}")?;
	}
	for (component, low, high) in components {
		writeln!(out, "\t/// `{component}` from {low} to {high}.")?;
	}
	let used = |index: usize| {
		[&time, &reads, &writes].into_iter().any(|of| of.slopes.get(index).is_some_and(|slope| *slope > 0))
	};
	let parameters: Vec<_> = (components.iter().enumerate())
		.map(|(index, (component, ..))| format!("{}{component}: u32", if used(index) { "" } else { "_" }))
		.collect();
	writeln!(out, "\tfn {name}({}) -> Weight {{", parameters.join(", "))?;
	writeln!(out, "\t\tWeight::from_parts({}, 0)", grouped(base.time))?;
	for (slope, component) in time.slopes.iter().zip(&time.names).filter(|(slope, _)| **slope > 0) {
		writeln!(
			out,
			"\t\t\t.saturating_add(Weight::from_parts({}, 0).saturating_mul({component}.into()))",
			grouped(*slope)
		)?;
	}
	for (of, base, kind) in [(&reads, base.reads, "reads"), (&writes, base.writes, "writes")] {
		if base > 0 {
			writeln!(out, "\t\t\t.saturating_add(T::DbWeight::get().{kind}({base}))")?;
		}
		for (slope, component) in of.slopes.iter().zip(&of.names).filter(|(slope, _)| **slope > 0) {
			writeln!(
				out,
				"\t\t\t.saturating_add(T::DbWeight::get().{kind}({slope}_u64.saturating_mul({component}.into())))"
			)?;
		}
	}
	out.push_str("\t}\n");
	Ok(())
}

/// The items that were read and written, at most so often: at the point where it was the most.
fn items(storage: &[StorageInfo], accesses: &[BenchmarkResult]) -> Vec<String> {
	let Some(most) = accesses.iter().max_by_key(|point| point.reads.saturating_add(point.writes)) else {
		return Vec::new();
	};
	let mut counts = BTreeMap::<String, (u32, u32)>::new();
	for (key, reads, writes, whitelisted) in &most.keys {
		if *whitelisted {
			continue;
		}
		let known = storage.iter().find(|info| key.starts_with(&info.prefix));
		let name = known.map_or_else(
			|| "another item".into(),
			|info| {
				let text = String::from_utf8_lossy;
				format!("`{}::{}`", text(&info.pallet_name), text(&info.storage_name))
			},
		);
		let count = counts.entry(name).or_default();
		*count = (count.0 + reads, count.1 + writes);
	}
	counts
		.into_iter()
		.map(|(name, (reads, writes))| format!("{name}: {reads} read, {writes} written."))
		.collect()
}

/// A number with its digits in threes.
fn grouped(number: u128) -> String {
	let digits = number.to_string();
	let mut out = String::new();
	for (index, digit) in digits.chars().enumerate() {
		if index > 0 && (digits.len() - index).is_multiple_of(3) {
			out.push('_');
		}
		out.push(digit);
	}
	out
}
