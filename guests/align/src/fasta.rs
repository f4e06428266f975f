//! Reads FASTA.

use crate::blosum;
use alloc::{format, string::String, vec::Vec};

/// The longest query, in residues.
const MAX_QUERY: usize = 10_000;
/// The longest protein of the database: longer than any that is known.
const MAX_SUBJECT: usize = 100_000;

pub struct Record {
	pub name: String,
	/// As numbers of [`blosum::LETTERS`].
	pub residues: Vec<u8>,
}

/// Reads all records; the error says which line is wrong.
pub fn parse(input: &[u8]) -> Result<Vec<Record>, String> {
	let mut records: Vec<Record> = Vec::new();
	for (index, line) in input.split(|byte| *byte == b'\n').enumerate() {
		let at = |why: &str| format!("line {}: {why}", index + 1);
		let line = line.trim_ascii();
		if let Some(name) = line.strip_prefix(b">") {
			check_last(&records)?;
			let name = String::from_utf8_lossy(name.trim_ascii()).into_owned();
			records.push(Record { name, residues: Vec::new() });
			continue;
		}
		if line.is_empty() {
			continue;
		}
		let most = if records.len() == 1 { MAX_QUERY } else { MAX_SUBJECT };
		let Some(record) = records.last_mut() else {
			return Err(at("a record begins with '>' and a name"));
		};
		for byte in line.iter().filter(|byte| !byte.is_ascii_whitespace()) {
			let residue = blosum::number(*byte)
				.ok_or_else(|| at(&format!("'{}' is not an amino acid", byte.escape_ascii())))?;
			record.residues.push(residue);
		}
		if record.residues.len() > most {
			return Err(at(&format!("'{}' is too long: at most {most} residues", record.name)));
		}
	}
	check_last(&records)?;
	Ok(records)
}

fn check_last(records: &[Record]) -> Result<(), String> {
	match records.last() {
		Some(record) if record.residues.is_empty() => {
			Err(format!("record {} ('{}') is empty", records.len(), record.name))
		},
		_ => Ok(()),
	}
}
