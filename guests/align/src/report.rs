//! What a person reads.

use crate::{
	blosum,
	fasta::Record,
	smith_waterman::{Alignment, Column, Gaps},
};
use alloc::string::String;
use core::fmt::Write;

/// Columns of an alignment in a line.
const WIDTH: usize = 60;

struct Counts {
	identical: usize,
	/// Pairs with a score above zero.
	alike: usize,
	gaps: usize,
}

fn counts(columns: &[Column]) -> Counts {
	let mut counts = Counts { identical: 0, alike: 0, gaps: 0 };
	for column in columns {
		match column {
			(Some(a), Some(b)) => {
				counts.identical += usize::from(a == b);
				counts.alike += usize::from(alike(*a, *b));
			},
			_ => counts.gaps += 1,
		}
	}
	counts
}

fn alike(a: u8, b: u8) -> bool {
	blosum::row(a).get(usize::from(b)).is_some_and(|score| *score > 0)
}

pub fn report(query: &Record, subjects: &[Record], gaps: &Gaps, hits: &[(&Record, Alignment)]) -> String {
	let mut text = String::new();
	// Writing to a string cannot fail.
	let _ = write_report(&mut text, query, subjects, gaps, hits);
	text
}

fn write_report(
	text: &mut String,
	query: &Record,
	subjects: &[Record],
	gaps: &Gaps,
	hits: &[(&Record, Alignment)],
) -> core::fmt::Result {
	let residues: usize = subjects.iter().map(|subject| subject.residues.len()).sum();
	writeln!(text, "query     {} ({} residues)", query.name, query.residues.len())?;
	writeln!(text, "database  {} proteins, {residues} residues", subjects.len())?;
	writeln!(text, "scoring   BLOSUM62, a gap costs {} and {} a residue\n", gaps.open, gaps.extend)?;
	writeln!(text, "rank  score  identity  protein")?;
	for (rank, (subject, alignment)) in hits.iter().enumerate() {
		let share = percent(counts(&alignment.columns).identical, alignment.columns.len());
		writeln!(text, "{:4}  {:5}  {share:6} %  {}", rank + 1, alignment.score, subject.name)?;
	}
	for (rank, (subject, alignment)) in hits.iter().enumerate() {
		writeln!(text, "\n{}. {} ({} residues)", rank + 1, subject.name, subject.residues.len())?;
		write_alignment(text, alignment)?;
	}
	Ok(())
}

fn percent(part: usize, whole: usize) -> usize {
	(part * 100 + whole / 2).checked_div(whole).unwrap_or(0)
}

fn write_alignment(text: &mut String, alignment: &Alignment) -> core::fmt::Result {
	let columns = &alignment.columns;
	if columns.is_empty() {
		return writeln!(text, "score {}; too large an alignment to be shown", alignment.score);
	}
	let counts = counts(columns);
	writeln!(
		text,
		"score {}, identity {}/{} ({} %), alike {} ({} %), gaps {}",
		alignment.score,
		counts.identical,
		columns.len(),
		percent(counts.identical, columns.len()),
		counts.alike,
		percent(counts.alike, columns.len()),
		counts.gaps
	)?;
	let (mut query, mut subject) = (alignment.query, alignment.subject);
	for line in columns.chunks(WIDTH) {
		let (from_query, from_subject) = (query + 1, subject + 1);
		query += line.iter().filter(|(residue, _)| residue.is_some()).count();
		subject += line.iter().filter(|(_, residue)| residue.is_some()).count();
		let row = |side: fn(&Column) -> Option<u8>| -> String {
			line.iter().map(|column| side(column).map_or('-', blosum::letter)).collect()
		};
		let middle: String = line
			.iter()
			.map(|column| match column {
				(Some(a), Some(b)) if a == b => blosum::letter(*a),
				(Some(a), Some(b)) if alike(*a, *b) => '+',
				_ => ' ',
			})
			.collect();
		writeln!(text, "\nquery   {from_query:6} {} {query}", row(|column| column.0))?;
		writeln!(text, "               {}", middle.trim_end())?;
		writeln!(text, "subject {from_subject:6} {} {subject}", row(|column| column.1))?;
	}
	Ok(())
}
