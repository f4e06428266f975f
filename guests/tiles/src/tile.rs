//! Tiles: which part of a picture a task renders, their bytes, and how they become a picture again.
//!
//! A tile is `TILE`, six little-endian 32-bit numbers (the picture's width and height, then the tile's left, top, width and
//! height), and its pixels row by row in red, green, blue.

use alloc::{format, string::String, vec, vec::Vec};

const MAGIC: &[u8; 4] = b"TILE";
/// Bytes before the pixels.
const HEADER: usize = 28;
/// The most pixels of a picture that is put together: 16384².
const MAX_PIXELS: u64 = 1 << 28;

/// A rectangle of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Area {
	pub x: u32,
	pub y: u32,
	pub width: u32,
	pub height: u32,
}

impl Area {
	pub fn pixels(&self) -> usize {
		self.width as usize * self.height as usize
	}
}

/// A whole picture.
pub struct Picture {
	pub width: u32,
	pub height: u32,
	/// Row by row in red, green, blue.
	pub pixels: Vec<u8>,
}

/// The part of a picture that a task renders. The tasks form a grid as square as their number allows, and cover the
/// picture exactly.
pub fn area(width: u32, height: u32, task: u32, tasks: u32) -> Result<Area, String> {
	if task >= tasks {
		return Err(format!("there is no task {task} of {tasks}"));
	}
	let columns =
		(1..=tasks).take_while(|n| n.saturating_mul(*n) <= tasks).filter(|n| tasks.is_multiple_of(*n)).last();
	let columns = columns.unwrap_or(1);
	let rows = tasks / columns;
	if columns > width || rows > height {
		return Err(format!("{width} × {height} pixels cannot be cut into {columns} × {rows} tiles"));
	}
	let cut =
		|size: u32, part: u32, parts: u32| (u64::from(size) * u64::from(part) / u64::from(parts)) as u32;
	let (column, row) = (task % columns, task / columns);
	let (x, y) = (cut(width, column, columns), cut(height, row, rows));
	Ok(Area { x, y, width: cut(width, column + 1, columns) - x, height: cut(height, row + 1, rows) - y })
}

/// A tile's first bytes.
pub fn header(width: u32, height: u32, area: &Area) -> Vec<u8> {
	let mut bytes = MAGIC.to_vec();
	for number in [width, height, area.x, area.y, area.width, area.height] {
		bytes.extend(number.to_le_bytes());
	}
	bytes
}

/// Puts tiles together; they must cover the picture exactly.
pub fn assemble(mut tiles: &[u8]) -> Result<Picture, String> {
	let mut picture: Option<Picture> = None;
	let mut covered = Vec::new();
	let mut number = 0;
	while !tiles.is_empty() {
		number += 1;
		let at = |why: &str| format!("tile {number}: {why}");
		let (numbers, rest) = read_header(tiles).ok_or_else(|| at("does not begin as a tile does"))?;
		let [width, height, x, y, w, h] = numbers;
		let area = Area { x, y, width: w, height: h };
		if u64::from(width) * u64::from(height) > MAX_PIXELS {
			return Err(at("is of too large a picture"));
		}
		let inside = |start: u32, size: u32, whole: u32| {
			size > 0 && start.checked_add(size).is_some_and(|end| end <= whole)
		};
		if !inside(x, w, width) || !inside(y, h, height) {
			return Err(at("lies outside of its picture"));
		}
		let pixels = rest.get(..area.pixels() * 3).ok_or_else(|| at("is cut off"))?;
		tiles = &rest[pixels.len()..];
		let whole = picture.get_or_insert_with(|| {
			covered = vec![false; width as usize * height as usize];
			Picture { width, height, pixels: vec![0; width as usize * height as usize * 3] }
		});
		if (whole.width, whole.height) != (width, height) {
			return Err(at("is of another picture than the first"));
		}
		for (row, line) in pixels.chunks_exact(w as usize * 3).enumerate() {
			let start = (y as usize + row) * width as usize + x as usize;
			let cells = &mut covered[start..start + w as usize];
			if cells.iter().any(|cell| *cell) {
				return Err(at("lies over another"));
			}
			cells.fill(true);
			whole.pixels[start * 3..start * 3 + line.len()].copy_from_slice(line);
		}
	}
	let picture = picture.ok_or("there are no tiles")?;
	match covered.iter().filter(|cell| !**cell).count() {
		0 => Ok(picture),
		missing => Err(format!("{missing} pixels are missing: give all tiles of the picture")),
	}
}

fn read_header(bytes: &[u8]) -> Option<([u32; 6], &[u8])> {
	let numbers = bytes.get(..HEADER)?.strip_prefix(MAGIC)?;
	let mut read = [0; 6];
	for (number, four) in read.iter_mut().zip(numbers.chunks_exact(4)) {
		*number = u32::from_le_bytes(four.try_into().ok()?);
	}
	Some((read, &bytes[HEADER..]))
}
