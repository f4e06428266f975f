//! Smith–Waterman with affine gaps, after Gotoh (1982): first the score of every pair in little memory, then, for the
//! few that are shown, the way back.

use crate::blosum;
use alloc::vec::Vec;

/// An alignment is only traced where the table for it has at most this many cells (a byte each).
const MAX_CELLS: usize = 1 << 26;
/// Lower than any score, and far from overflow.
const NEVER: i32 = i32::MIN / 2;

/// A gap of n residues costs `open + n × extend`.
#[derive(Clone, Copy)]
pub struct Gaps {
	pub open: i32,
	pub extend: i32,
}

/// Where a best alignment ends: behind these residues.
#[derive(Clone, Copy, Default)]
pub struct End {
	pub score: i32,
	pub query: usize,
	pub subject: usize,
}

/// One column of an alignment; `None` is a gap.
pub type Column = (Option<u8>, Option<u8>);

pub struct Alignment {
	pub score: i32,
	/// Where it starts, counted from 0.
	pub query: usize,
	pub subject: usize,
	/// Empty where it is too large to be traced.
	pub columns: Vec<Column>,
}

/// One cell of the row above.
#[derive(Clone, Copy)]
struct Cell {
	/// The best that ends here.
	best: i32,
	/// The best that ends here with a gap in the subject's direction.
	gap: i32,
}

/// How the best of a cell came about.
const STOP: u8 = 0;
const PAIR: u8 = 1;
const UP: u8 = 2;
const LEFT: u8 = 3;
/// Set where the gap that ends here was already open before.
const UP_LONGER: u8 = 4;
const LEFT_LONGER: u8 = 8;

pub struct Aligner<'a> {
	query: &'a [u8],
	gaps: Gaps,
	row: Vec<Cell>,
	trace: Vec<u8>,
}

impl<'a> Aligner<'a> {
	pub fn new(query: &'a [u8], gaps: Gaps) -> Self {
		Self { query, gaps, row: Vec::new(), trace: Vec::new() }
	}

	/// The best local alignment with a subject: its score, and where it ends first.
	pub fn best(&mut self, subject: &[u8]) -> End {
		self.fill(self.query.len(), subject, |_, _| {})
	}

	/// Fills the table row by row (a row for each residue of the subject), and tells of each cell how it came about.
	fn fill(&mut self, columns: usize, subject: &[u8], mut told: impl FnMut(usize, u8)) -> End {
		let (first, longer) = (self.gaps.open + self.gaps.extend, self.gaps.extend);
		let query = &self.query[..columns];
		self.row.clear();
		self.row.resize(columns, Cell { best: 0, gap: NEVER });
		let mut end = End::default();
		for (y, residue) in subject.iter().enumerate() {
			let scores = blosum::row(*residue);
			let (mut diagonal, mut left, mut left_gap) = (0, 0, NEVER);
			for (x, (cell, other)) in self.row.iter_mut().zip(query).enumerate() {
				let (mut way, mut best) = (STOP, 0);
				let pair = diagonal + i32::from(scores[usize::from(*other) % scores.len()]);
				if pair > best {
					(way, best) = (PAIR, pair);
				}
				let (up_opened, up_kept) = (cell.best - first, cell.gap - longer);
				let up = up_opened.max(up_kept);
				let (left_opened, left_kept) = (left - first, left_gap - longer);
				left_gap = left_opened.max(left_kept);
				if up > best {
					(way, best) = (UP, up);
				}
				if left_gap > best {
					(way, best) = (LEFT, left_gap);
				}
				way |= if up_kept > up_opened { UP_LONGER } else { 0 };
				way |= if left_kept > left_opened { LEFT_LONGER } else { 0 };
				told(y * columns + x, way);
				diagonal = cell.best;
				*cell = Cell { best, gap: up };
				left = best;
				if best > end.score {
					end = End { score: best, query: x + 1, subject: y + 1 };
				}
			}
		}
		end
	}

	/// The alignment that ends there.
	pub fn alignment(&mut self, subject: &[u8], end: &End) -> Alignment {
		let width = end.query;
		let mut alignment =
			Alignment { score: end.score, query: end.query, subject: end.subject, columns: Vec::new() };
		if width.saturating_mul(end.subject) > MAX_CELLS {
			return alignment;
		}
		let mut trace = core::mem::take(&mut self.trace);
		trace.clear();
		trace.resize(width * end.subject, STOP);
		self.fill(width, &subject[..end.subject], |cell, way| trace[cell] = way);

		let (mut x, mut y, mut gap) = (end.query, end.subject, STOP);
		while x > 0 && y > 0 {
			let cell = trace[(y - 1) * width + x - 1];
			let way = if gap == STOP { cell & 3 } else { gap };
			match way {
				PAIR => {
					(x, y) = (x - 1, y - 1);
					alignment.columns.push((Some(self.query[x]), Some(subject[y])));
				},
				UP => {
					gap = if cell & UP_LONGER != 0 { UP } else { STOP };
					y -= 1;
					alignment.columns.push((None, Some(subject[y])));
				},
				LEFT => {
					gap = if cell & LEFT_LONGER != 0 { LEFT } else { STOP };
					x -= 1;
					alignment.columns.push((Some(self.query[x]), None));
				},
				_ => break,
			}
		}
		self.trace = trace;
		alignment.columns.reverse();
		(alignment.query, alignment.subject) = (x, y);
		alignment
	}
}
