//! Writes a PNG.

use crate::tile::Picture;
use alloc::vec::Vec;
use miniz_oxide::deflate::compress_to_vec_zlib;

/// Bytes of a pixel.
const PIXEL: usize = 3;
/// How hard the data are compressed, from 0 to 10.
const LEVEL: u8 = 6;

/// The picture as a PNG file.
pub fn encode(picture: &Picture) -> Vec<u8> {
	let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
	let mut header = Vec::new();
	header.extend(picture.width.to_be_bytes());
	header.extend(picture.height.to_be_bytes());
	// 8 bits, red green blue, and the only compression, filtering and order of rows that we write.
	header.extend([8, 2, 0, 0, 0]);
	chunk(&mut file, b"IHDR", &header);
	chunk(&mut file, b"IDAT", &compress_to_vec_zlib(&filtered(picture), LEVEL));
	chunk(&mut file, b"IEND", &[]);
	file
}

fn chunk(file: &mut Vec<u8>, kind: &[u8; 4], data: &[u8]) {
	file.extend((data.len() as u32).to_be_bytes());
	let start = file.len();
	file.extend(kind);
	file.extend(data);
	let sum = crc(&file[start..]);
	file.extend(sum.to_be_bytes());
}

/// Each row as the difference from what its neighbours foretell (the filter called Paeth), which compresses better.
fn filtered(picture: &Picture) -> Vec<u8> {
	let line = picture.width as usize * PIXEL;
	let mut out = Vec::with_capacity(picture.pixels.len() + picture.height as usize);
	for (y, row) in picture.pixels.chunks_exact(line).enumerate() {
		let above = y.checked_sub(1).map(|y| &picture.pixels[y * line..(y + 1) * line]);
		out.push(4);
		for (i, byte) in row.iter().enumerate() {
			let left = i.checked_sub(PIXEL);
			let a = left.map_or(0, |i| row[i]);
			let b = above.map_or(0, |above| above[i]);
			let c = above.zip(left).map_or(0, |(above, i)| above[i]);
			out.push(byte.wrapping_sub(foretold(a, b, c)));
		}
	}
	out
}

/// Of the bytes to the left, above and above left, the one nearest to `a + b - c`.
fn foretold(a: u8, b: u8, c: u8) -> u8 {
	let guess = i32::from(a) + i32::from(b) - i32::from(c);
	let far = |byte: u8| (guess - i32::from(byte)).abs();
	if far(a) <= far(b) && far(a) <= far(c) {
		a
	} else if far(b) <= far(c) {
		b
	} else {
		c
	}
}

/// The check sum of a chunk: CRC-32.
fn crc(bytes: &[u8]) -> u32 {
	const TABLE: [u32; 256] = {
		let mut table = [0; 256];
		let mut n = 0;
		while n < 256 {
			let mut value = n as u32;
			let mut bit = 0;
			while bit < 8 {
				value = if value & 1 == 1 { 0xedb8_8320 ^ (value >> 1) } else { value >> 1 };
				bit += 1;
			}
			table[n] = value;
			n += 1;
		}
		table
	};
	!bytes.iter().fold(!0, |sum, byte| TABLE[((sum ^ u32::from(*byte)) & 0xff) as usize] ^ (sum >> 8))
}
