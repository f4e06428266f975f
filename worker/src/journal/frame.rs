//! How records lie in the file: header, then for each record its length (4 bytes, little-endian), the first 8 bytes of
//! the SHA-256 of its bytes, and its bytes in SCALE.

use super::record::Record;
use crate::duty::Account32;
use codec::{DecodeAll, Encode};
use sha2::{Digest, Sha256};

const MAGIC: &[u8; 8] = b"ERGONJ1\n";
const HEADER: usize = 8 + 32 + 32;
const PREFIX: usize = 4 + 8;
/// No record is longer: a length above it is damage.
const MAX_RECORD: usize = 512;
/// The most bytes that one record takes in the file.
pub(super) const MAX_FRAME: usize = PREFIX + MAX_RECORD;

/// The first bytes of the file: what it is, whose, and on which chain.
pub(super) fn header(genesis: &[u8; 32], worker: &Account32) -> Vec<u8> {
	[MAGIC.as_slice(), genesis, worker].concat()
}

/// The bytes of one record in the file.
pub(super) fn encode(record: &Record) -> Vec<u8> {
	let bytes = record.encode();
	debug_assert!(bytes.len() <= MAX_RECORD, "records have a bounded encoding");
	let len = u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_le_bytes();
	[len.as_slice(), &checksum(&bytes), &bytes].concat()
}

fn checksum(bytes: &[u8]) -> [u8; 8] {
	let mut sum = [0; 8];
	sum.copy_from_slice(&Sha256::digest(bytes)[..8]);
	sum
}

/// What a file holds.
pub(super) struct Read {
	/// Every whole record, in order.
	pub records: Vec<Record>,
	/// How many bytes at the end are no record.
	pub torn: u64,
	/// Whether something is wrong that a crash in the middle of a write does not explain: a wrong header, or whole
	/// records behind bytes that are none.
	pub damaged: bool,
}

/// Reads a file whose header should be this.
pub(super) fn read(file: &[u8], header: &[u8]) -> Read {
	let mut read = Read { records: Vec::new(), torn: 0, damaged: false };
	if !file.starts_with(header) {
		read.damaged = true;
	}
	// Behind a broken header there may still be records, and a salt that is needed. Those of another chain or key do
	// no harm: they match no duty.
	let mut rest = file.get(HEADER..).unwrap_or_default();
	while !rest.is_empty() {
		if let Some((record, len)) = first(rest) {
			if read.torn > 0 {
				read.damaged = true;
				read.torn = 0;
			}
			read.records.push(record);
			rest = &rest[len..];
		} else {
			read.torn += 1;
			rest = &rest[1..];
		}
	}
	read
}

/// The record at the start of these bytes and its length in the file, if there is a whole one.
fn first(bytes: &[u8]) -> Option<(Record, usize)> {
	let len = u32::from_le_bytes(bytes.get(..4)?.try_into().ok()?) as usize;
	if len == 0 || len > MAX_RECORD {
		return None;
	}
	let sum = bytes.get(4..PREFIX)?;
	let body = bytes.get(PREFIX..PREFIX + len)?;
	if checksum(body) != sum {
		return None;
	}
	Record::decode_all(&mut &body[..]).ok().map(|record| (record, PREFIX + len))
}
