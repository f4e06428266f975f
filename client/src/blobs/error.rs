//! What can go wrong with a blob.

use super::{route::NoGateway, Holder};
use crate::QueryError;
use ergon_primitives::BlobId;
use std::{io, path::PathBuf};

/// Why a blob was not stored or fetched.
#[derive(Debug, thiserror::Error)]
pub enum BlobError {
	/// Larger than is taken, by the node or by whoever asked for it.
	#[error("the blob has {}more than {limit} bytes, the most that is taken here", .len.map(|len| format!("{len} bytes, ")).unwrap_or_default())]
	TooLarge {
		/// Its length, where it is known.
		len: Option<u64>,
		/// The limit.
		limit: u64,
	},
	/// Too large for JSON-RPC, and there is no way to the node's HTTP.
	#[error("the blob has more than {limit} bytes, the most that goes over JSON-RPC, and over HTTP it cannot go: {why}; start the node with --blobs-http, or say where that is reached: --blobs URL (ERGON_BLOBS)")]
	NeedsHttp {
		/// The most bytes over JSON-RPC.
		limit: u64,
		/// Why there is no way.
		why: NoGateway,
	},
	/// A node that is not on this machine takes uploads only with a signature.
	#[error("{gateway} takes blobs of more than {limit} bytes only from accounts that it knows: give a key with which the upload is signed")]
	NeedsKey {
		/// Where it was to go.
		gateway: String,
		/// The most bytes without a signature, over JSON-RPC.
		limit: u64,
	},
	/// The node does not have it, and nobody that it asked in the time that it was given.
	#[error("{} does not have the blob {}, and could not get it{}", .0.url, .0.id, .0.why())]
	Missing(Box<Missing>),
	/// The node says that it stored something else.
	#[error("{url} stored the blob as {got} instead of {expected}; do not trust that node")]
	WrongName {
		/// The node.
		url: String,
		/// What the bytes are called.
		expected: BlobId,
		/// What the node answered.
		got: String,
	},
	/// The node sent other bytes than asked for.
	#[error("{url} answered for blob {id} with bytes that are not it; do not trust that node")]
	WrongBytes {
		/// The node.
		url: String,
		/// The blob.
		id: BlobId,
	},
	/// The node answered with an error over HTTP.
	#[error("{what}: {url} answered with an error: {reason} ({status})")]
	Refused {
		/// What was asked.
		what: String,
		/// The node's HTTP.
		url: String,
		/// HTTP's code.
		status: u16,
		/// The node's words.
		reason: String,
	},
	/// The node's HTTP cannot be reached, went away, or was silent too long, more often than is worth trying.
	#[error("{what}: no connection to {url}: {reason}; check that the node runs, and that its --blobs-http is reached there")]
	Gateway {
		/// What was asked.
		what: String,
		/// The node's HTTP.
		url: String,
		/// What the network said.
		reason: String,
	},
	/// A file here could not be read or written.
	#[error("{action} {path}: {source}")]
	File {
		/// What was tried.
		action: &'static str,
		/// On what.
		path: PathBuf,
		/// What came of it.
		source: io::Error,
	},
	/// Whatever was to take the bytes did not.
	#[error("writing the blob down: {0}")]
	Write(#[source] io::Error),
	/// The operating system gives no randomness, which a signature needs.
	#[error("the operating system gives no randomness ({0}); an upload cannot be signed")]
	Randomness(getrandom::Error),
	/// The node could not be asked, or refused.
	#[error(transparent)]
	Query(#[from] QueryError),
}

impl BlobError {
	/// Whether connecting again may help.
	pub fn is_connection(&self) -> bool {
		match self {
			Self::Query(e) => e.is_connection(),
			Self::Gateway { .. } => true,
			_ => false,
		}
	}

	/// Whether the node's JSON-RPC connection is gone, and not its HTTP alone.
	pub fn is_node_lost(&self) -> bool {
		matches!(self, Self::Query(e) if e.is_connection())
	}
}

/// A blob that could not be had, and who was asked for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
	/// The blob.
	pub id: BlobId,
	/// The node that was asked.
	pub url: String,
	/// What the node said of the others that it asked; empty where it did not say.
	pub asked: Vec<Holder>,
	/// How far the node came before its time was over; `None` where it ended for another reason.
	pub deadline: Option<Partial>,
}

/// A part of a blob.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Partial {
	/// Bytes that the node has of it.
	pub have: u64,
	/// Its length, where the node knows it.
	pub total: Option<u64>,
}

impl Missing {
	fn why(&self) -> String {
		match (self.deadline, self.asked.len()) {
			(Some(Partial { have, total: Some(total) }), _) => {
				format!(" in time: {have} of {total} bytes came; ask again to go on from there")
			},
			(Some(Partial { have, .. }), _) if have > 0 => {
				format!(" in time: {have} bytes came; ask again to go on from there")
			},
			(_, 0) => " from anybody".to_owned(),
			(_, asked) => format!(" from any of the {asked} that it asked"),
		}
	}
}
