//! Which part of a blob a `Range` header asks for.

/// What to send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
	/// All of it, with status 200.
	Whole,
	/// The bytes from `start` up to but without `end`, with status 206; never empty.
	Part {
		/// The first byte, from 0.
		start: u64,
		/// Behind the last byte; at most the size.
		end: u64,
	},
}

/// Why there is no such part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RangeError {
	/// Not the form `bytes=FIRST-LAST`, `bytes=FIRST-` or `bytes=-LENGTH`.
	Syntax,
	/// The blob ends before it begins.
	OutOfBounds,
}

/// Reads a `Range` header for something of `size` bytes.
///
/// Another unit than bytes is passed over, as RFC 9110 asks; so is a list of several ranges: whoever sends one must be ready
/// for the whole, and a server that obeys lists can be made to send the same bytes many times.
pub(crate) fn wanted(header: Option<&str>, size: u64) -> Result<Wanted, RangeError> {
	let Some((unit, ranges)) = header.and_then(|header| header.split_once('=')) else {
		return header.map_or(Ok(Wanted::Whole), |_| Err(RangeError::Syntax));
	};
	if !unit.trim().eq_ignore_ascii_case("bytes") || ranges.contains(',') {
		return Ok(Wanted::Whole);
	}
	let (first, last) = ranges.trim().split_once('-').ok_or(RangeError::Syntax)?;
	let (start, end) = match (number(first)?, number(last)?) {
		(None, None) => return Err(RangeError::Syntax),
		(None, Some(length)) => (size.saturating_sub(length), size),
		(Some(start), None) => (start, size),
		(Some(start), Some(last)) if start <= last => (start, size.min(last.saturating_add(1))),
		_ => return Err(RangeError::Syntax),
	};
	match start < end {
		true => Ok(Wanted::Part { start, end }),
		false => Err(RangeError::OutOfBounds),
	}
}

/// A number of any length; what 64 bits do not hold lies behind every blob's end.
fn number(text: &str) -> Result<Option<u64>, RangeError> {
	match text {
		"" => Ok(None),
		_ if text.bytes().all(|byte| byte.is_ascii_digit()) => Ok(Some(text.parse().unwrap_or(u64::MAX))),
		_ => Err(RangeError::Syntax),
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	fn part(header: &str, size: u64) -> Result<(u64, u64), RangeError> {
		match wanted(Some(header), size)? {
			Wanted::Part { start, end } => Ok((start, end)),
			Wanted::Whole => panic!("{header} is a part"),
		}
	}

	#[test]
	fn range_should_be_clamped_to_the_blob() {
		for (header, expected) in [
			("bytes=0-0", (0, 1)),
			("bytes=0-9", (0, 10)),
			("bytes=0-99999", (0, 10)),
			("bytes=3-", (3, 10)),
			("bytes=9-9", (9, 10)),
			("bytes=-1", (9, 10)),
			("bytes=-10", (0, 10)),
			("bytes=-11", (0, 10)),
			("BYTES=2-3", (2, 4)),
			("bytes=5-99999999999999999999999999999999", (5, 10)),
			("bytes=0-18446744073709551615", (0, 10)),
		] {
			assert_eq!(part(header, 10), Ok(expected), "{header}");
		}
	}

	#[test]
	fn range_behind_the_end_should_be_out_of_bounds() {
		for (header, size) in [
			("bytes=10-", 10),
			("bytes=10-20", 10),
			("bytes=18446744073709551615-", 10),
			("bytes=99999999999999999999999999-", 10),
			("bytes=-0", 10),
			("bytes=0-", 0),
			("bytes=-5", 0),
		] {
			assert_eq!(wanted(Some(header), size), Err(RangeError::OutOfBounds), "{header}");
		}
	}

	#[test]
	fn malformed_range_should_be_told_apart() {
		for header in [
			"",
			"bytes",
			"bytes=",
			"bytes=-",
			"bytes=5",
			"bytes=5-3",
			"bytes=a-b",
			"bytes=1-2-3",
			"bytes=+1-2",
			"bytes=--5",
			"bytes=0x1-",
			"bytes=1 -2",
			"bytes=\u{661}-",
		] {
			assert_eq!(wanted(Some(header), 10), Err(RangeError::Syntax), "{header:?}");
		}
	}

	#[test]
	fn lists_and_other_units_should_be_answered_whole() {
		for header in ["bytes=0-1,3-4", "bytes=0-,0-,0-,0-", "items=0-1", "=0-1"] {
			assert_eq!(wanted(Some(header), 10), Ok(Wanted::Whole), "{header}");
		}
		assert_eq!(wanted(None, 10), Ok(Wanted::Whole));
	}
}
