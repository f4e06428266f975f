//! Finds the proteins of a database that are related to a query, and shows how: Smith–Waterman local alignment with
//! affine gaps under BLOSUM62.
//!
//! Reads FASTA: the first record is the query, the others are the database.
//! `align [--hits N] [--open COST] [--extend COST]`; a gap of n residues costs `open + n × extend`.

#![no_std]
#![cfg_attr(target_arch = "wasm32", no_main)]

extern crate alloc;

mod blosum;
mod fasta;
mod report;
mod smith_waterman;

use alloc::{
	format,
	string::{String, ToString},
	vec::Vec,
};
use ergon_guest_wasi::{args, command, complain, read_to_end, write_stdout};
use smith_waterman::{Aligner, Gaps};

/// What is wrong with what was given.
const BAD_INPUT: i32 = 2;

command!(run);

fn run() -> i32 {
	match Options::parse(&args()).and_then(|options| search(&read_to_end(), &options)) {
		Ok(report) if write_stdout(report.as_bytes()) => 0,
		Ok(_) => 1,
		Err(why) => {
			complain!("align: {why}");
			BAD_INPUT
		},
	}
}

struct Options {
	hits: usize,
	gaps: Gaps,
}

impl Options {
	fn parse(args: &[String]) -> Result<Self, String> {
		let mut options = Self { hits: 10, gaps: Gaps { open: 11, extend: 1 } };
		let mut words = args.iter().map(String::as_str);
		while let Some(word) = words.next() {
			let mut number = |least: i32, most: i32| {
				let given = words.next().unwrap_or("nothing");
				given
					.parse()
					.ok()
					.filter(|number| (least..=most).contains(number))
					.ok_or_else(|| format!("{word} takes a number from {least} to {most}, not {given}"))
			};
			match word {
				"--hits" => options.hits = number(0, 1_000)? as usize,
				"--open" => options.gaps.open = number(0, 100)?,
				"--extend" => options.gaps.extend = number(1, 100)?,
				_ => return Err(format!("unknown argument '{word}'; use --hits, --open, --extend")),
			}
		}
		Ok(options)
	}
}

fn search(input: &[u8], options: &Options) -> Result<String, String> {
	let records = fasta::parse(input)?;
	let (query, subjects) = records.split_first().ok_or("there is no query: the input is empty")?;
	if subjects.is_empty() {
		return Err("there are no subjects behind the query".to_string());
	}
	let mut aligner = Aligner::new(&query.residues, options.gaps);
	let mut hits: Vec<_> = subjects
		.iter()
		.map(|subject| (aligner.best(&subject.residues), subject))
		.filter(|(end, _)| end.score > 0)
		.collect();
	// The sort is stable: equal scores stay in the order of the database.
	hits.sort_by_key(|(end, _)| -end.score);
	hits.truncate(options.hits);
	let shown: Vec<_> = hits
		.into_iter()
		.map(|(end, subject)| (subject, aligner.alignment(&subject.residues, &end)))
		.collect();
	Ok(report::report(query, subjects, &options.gaps, &shown))
}
