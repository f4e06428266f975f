//! One node: dag-pb outside, UnixFS inside.

use super::{DagError, MAX_LEAF, MAX_NODE, MAX_WIDTH};
use ergon_primitives::{BlobId, Codec};

/// A link to a child.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link {
	/// The child.
	pub id: BlobId,
	/// The blob's bytes in it or below it: at least one.
	pub content: u64,
	/// Its own bytes and those of all blocks below it.
	pub cumulative: u64,
}

/// A node: its children in the order of the blob's bytes, at least one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
	/// The children.
	pub links: Vec<Link>,
	/// The blob's bytes below it: the sum of the links'.
	pub content: u64,
	/// Its own bytes and those of all blocks below it, as the links say.
	pub cumulative: u64,
}

/// Reads a node. Its numbers agree with each other; whether its children agree with it only they can tell.
pub fn decode(block: &[u8]) -> Result<Node, DagError> {
	if block.len() > MAX_NODE {
		return Err(DagError::Width);
	}
	let mut hashes = Vec::new();
	let mut file = None;
	let mut fields = Fields(block);
	while let Some((number, value)) = fields.next()? {
		match (number, value) {
			(2, Value::Bytes(link)) => {
				if hashes.len() == MAX_WIDTH {
					return Err(DagError::Width);
				}
				hashes.push(read_link(link)?);
			},
			(1, Value::Bytes(data)) if file.is_none() => file = Some(read_file(data)?),
			_ => return Err(DagError::Malformed("an unknown or repeated field")),
		}
	}
	let file = file.ok_or(DagError::Malformed("no UnixFS message"))?;
	join(block.len() as u64, &hashes, &file)
}

/// Puts the two halves of a node together: the links, and the sizes of their content.
fn join(own: u64, hashes: &[(BlobId, u64)], file: &File) -> Result<Node, DagError> {
	if hashes.is_empty() {
		return Err(DagError::Malformed("no links"));
	}
	if hashes.len() != file.parts.len() {
		return Err(DagError::Sizes);
	}
	let (mut content, mut cumulative) = (0u64, own);
	let mut links = Vec::with_capacity(hashes.len());
	for (&(id, below), &part) in hashes.iter().zip(&file.parts) {
		match id.codec {
			Codec::Raw if part == 0 || part > MAX_LEAF => return Err(DagError::LeafSize),
			Codec::Raw if part != below => return Err(DagError::Sizes),
			// A node has bytes of its own beside the content below it.
			Codec::DagPb if part == 0 || below <= part => return Err(DagError::Sizes),
			_ => {},
		}
		content = content.checked_add(part).ok_or(DagError::Sizes)?;
		cumulative = cumulative.checked_add(below).ok_or(DagError::Sizes)?;
		links.push(Link { id, content: part, cumulative: below });
	}
	if content != file.size {
		return Err(DagError::Sizes);
	}
	Ok(Node { links, content, cumulative })
}

/// A link: whom it names, and how many bytes of blocks it stands for.
fn read_link(bytes: &[u8]) -> Result<(BlobId, u64), DagError> {
	let (mut id, mut name, mut size) = (None, false, None);
	let mut fields = Fields(bytes);
	while let Some((number, value)) = fields.next()? {
		match (number, value) {
			(1, Value::Bytes(cid)) if id.is_none() => {
				id = Some(BlobId::from_cid(cid).map_err(|_| DagError::Link)?);
			},
			// The parts of a file have no names.
			(2, Value::Bytes([])) if !name => name = true,
			(3, Value::Number(n)) if size.is_none() => size = Some(n),
			_ => return Err(DagError::Malformed("an unknown or repeated field of a link")),
		}
	}
	match (id, size) {
		(Some(id), Some(size)) => Ok((id, size)),
		_ => Err(DagError::Malformed("a link without name or size")),
	}
}

/// What UnixFS says of a file: how many bytes it has, and how many are below each link.
struct File {
	size: u64,
	parts: Vec<u64>,
}

fn read_file(bytes: &[u8]) -> Result<File, DagError> {
	/// UnixFS's number of files.
	const FILE: u64 = 2;
	let (mut kind, mut size, mut parts) = (None, None, Vec::new());
	let mut fields = Fields(bytes);
	while let Some((number, value)) = fields.next()? {
		match (number, value) {
			(1, Value::Number(n)) if kind.is_none() => kind = Some(n),
			(2, Value::Bytes([])) => {},
			(2, Value::Bytes(_)) => return Err(DagError::Inline),
			(3, Value::Number(n)) if size.is_none() => size = Some(n),
			(4, Value::Number(_)) if parts.len() == MAX_WIDTH => return Err(DagError::Width),
			(4, Value::Number(n)) => parts.push(n),
			_ => return Err(DagError::Malformed("an unknown or repeated field of UnixFS")),
		}
	}
	match (kind, size) {
		(Some(FILE), Some(size)) => Ok(File { size, parts }),
		(Some(FILE), None) => Err(DagError::Malformed("a file without size")),
		(Some(other), _) => Err(DagError::NotAFile(other)),
		(None, _) => Err(DagError::Malformed("UnixFS without a type")),
	}
}

/// A protobuf value of the two wire types that occur here.
enum Value<'a> {
	Number(u64),
	Bytes(&'a [u8]),
}

/// The fields of a protobuf message, one after the other.
struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
	/// The next field's number and value.
	fn next(&mut self) -> Result<Option<(u64, Value<'a>)>, DagError> {
		if self.0.is_empty() {
			return Ok(None);
		}
		let key = self.varint()?;
		let value = match key & 7 {
			0 => Value::Number(self.varint()?),
			2 => {
				let length = usize::try_from(self.varint()?).unwrap_or(usize::MAX);
				let (bytes, rest) =
					self.0.split_at_checked(length).ok_or(DagError::Malformed("a field past the end"))?;
				self.0 = rest;
				Value::Bytes(bytes)
			},
			_ => return Err(DagError::Malformed("an unknown wire type")),
		};
		Ok(Some((key >> 3, value)))
	}

	/// A number in its shortest form, at most 63 bits.
	fn varint(&mut self) -> Result<u64, DagError> {
		let mut value = 0;
		for (i, &byte) in self.0.iter().take(9).enumerate() {
			value |= u64::from(byte & 0x7f) << (7 * i);
			if byte & 0x80 == 0 {
				if byte == 0 && i > 0 {
					return Err(DagError::Malformed("a number longer than it need be"));
				}
				self.0 = &self.0[i + 1..];
				return Ok(value);
			}
		}
		Err(DagError::Malformed("a number without end"))
	}
}
