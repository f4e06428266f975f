//! The signatures, until the bodies come.
#![allow(clippy::unimplemented, unused_variables, missing_docs)]
use crate::*;
use bytes::Bytes;
use ergon_primitives::BlobId;
use std::{path::Path, sync::Arc};

#[derive(Clone, Debug)]
pub struct BlobStore {}
#[derive(Debug)]
pub struct BlobWriter {}
#[derive(Debug)]
pub struct BlobReader {}
#[derive(Clone, Debug)]
pub struct Partial {}
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
	pub have: u64,
	pub total: Option<u64>,
}
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Offered {
	Stored,
	Whole,
	Known,
}
type R<T> = Result<T, BlobError>;
impl BlobStore {
	pub fn open(path: impl AsRef<Path>, options: Options) -> R<Self> {
		unimplemented!()
	}
	pub fn options(&self) -> &Options {
		unimplemented!()
	}
	pub fn set_references(&self, references: Arc<dyn References>) {
		unimplemented!()
	}
	pub fn writer(&self, hold: Hold) -> R<BlobWriter> {
		unimplemented!()
	}
	pub fn put(&self, bytes: &[u8], hold: Hold) -> R<BlobId> {
		unimplemented!()
	}
	pub fn put_named(&self, expected: BlobId, bytes: &[u8], hold: Hold) -> R<()> {
		unimplemented!()
	}
	pub fn stat(&self, id: &BlobId) -> R<Option<Stat>> {
		unimplemented!()
	}
	pub fn has(&self, id: &BlobId) -> bool {
		unimplemented!()
	}
	pub fn get(&self, id: &BlobId) -> R<Option<Vec<u8>>> {
		unimplemented!()
	}
	pub fn reader(&self, id: &BlobId) -> R<Option<BlobReader>> {
		unimplemented!()
	}
	pub fn block(&self, id: &BlobId) -> R<Option<Bytes>> {
		unimplemented!()
	}
	pub fn has_block(&self, id: &BlobId) -> bool {
		unimplemented!()
	}
	pub fn partial(&self, root: BlobId, hold: Hold, max: u64) -> R<Partial> {
		unimplemented!()
	}
	pub fn hold(&self, id: &BlobId, hold: Hold) -> R<bool> {
		unimplemented!()
	}
	pub fn is_public(&self, id: &BlobId) -> bool {
		unimplemented!()
	}
	pub fn sweep(&self) -> R<Swept> {
		unimplemented!()
	}
	pub fn events(&self) -> async_channel::Receiver<Event> {
		unimplemented!()
	}
	pub fn roots(&self) -> Vec<BlobId> {
		unimplemented!()
	}
	pub fn usage(&self) -> Usage {
		unimplemented!()
	}
	pub fn counters(&self) -> &Counters {
		unimplemented!()
	}
}
impl BlobWriter {
	pub fn size(&self) -> u64 {
		unimplemented!()
	}
	pub fn write(&mut self, bytes: &[u8]) -> R<()> {
		unimplemented!()
	}
	pub fn finish(self) -> R<BlobId> {
		unimplemented!()
	}
	pub fn finish_as(self, expected: BlobId) -> R<()> {
		unimplemented!()
	}
}
impl BlobReader {
	pub fn size(&self) -> u64 {
		unimplemented!()
	}
	pub fn read(&mut self, offset: u64, max: usize) -> R<Bytes> {
		unimplemented!()
	}
}
impl Partial {
	pub fn wanted(&self, max: usize) -> Vec<BlobId> {
		unimplemented!()
	}
	pub fn offer(&self, id: &BlobId, bytes: &[u8]) -> R<Offered> {
		unimplemented!()
	}
	pub fn progress(&self) -> Progress {
		unimplemented!()
	}
	pub fn is_whole(&self) -> bool {
		unimplemented!()
	}
	pub fn finish(&self) -> R<()> {
		unimplemented!()
	}
}
