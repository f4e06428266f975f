//! What nodes of this chain say to each other about blobs, to the byte.
//!
//! | protocol | request (SCALE) | answer |
//! |---|---|---|
//! | `/{genesis}/blobs/get/1` | [`Get`]: 34 bytes | [`Answer`]: one byte, then the block if there is one |
//! | `/{genesis}/blobs/keep/1` | [`Keep`]: 41 bytes | [`Kept`]: one byte |

use bytes::Bytes;
use codec::{Decode, Encode};
use ergon_primitives::{BlobId, JobId};

/// The largest block that is sent or taken, in bytes: what the IPFS world takes too. Our own have at most 1 MiB.
pub(crate) const MAX_BLOCK: usize = 2 << 20;

/// The most bytes of an answer.
pub(crate) const MAX_ANSWER: u64 = MAX_BLOCK as u64 + 1;

/// The most bytes of a request; what is longer is refused unread.
pub(crate) const MAX_REQUEST: u64 = 64;

/// The protocol by which blocks are asked for. `genesis` is the hash of the chain's first block.
pub(crate) fn get_protocol(genesis: &[u8]) -> String {
	protocol(genesis, "get")
}

/// The protocol by which a blob is given into the care of others.
pub(crate) fn keep_protocol(genesis: &[u8]) -> String {
	protocol(genesis, "keep")
}

fn protocol(genesis: &[u8], name: &str) -> String {
	let genesis: String = genesis.iter().map(|byte| format!("{byte:02x}")).collect();
	format!("/{genesis}/blobs/{name}/1")
}

/// A question about one block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub(crate) enum Get {
	/// Is it there?
	#[codec(index = 0)]
	Have(BlobId),
	/// Send it.
	#[codec(index = 1)]
	Block(BlobId),
}

/// How much of a blob a node has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Presence {
	/// Nothing.
	None,
	/// Some of it: it can give blocks.
	Some,
	/// All of it.
	Whole,
}

/// The answer to a [`Get`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
	/// To [`Get::Have`].
	Presence(Presence),
	/// To [`Get::Block`]: it is not there.
	Nothing,
	/// To either: ask again later; too much is asked of this node, or by this peer.
	Busy,
	/// To [`Get::Block`]: its bytes.
	Block(Bytes),
}

impl Answer {
	/// As it travels.
	pub(crate) fn encode(self) -> Vec<u8> {
		match self {
			Self::Presence(Presence::None) => vec![0],
			Self::Presence(Presence::Some) => vec![1],
			Self::Presence(Presence::Whole) => vec![2],
			Self::Nothing => vec![3],
			Self::Busy => vec![4],
			Self::Block(block) => {
				let mut bytes = Vec::with_capacity(block.len().saturating_add(1));
				bytes.push(5);
				bytes.extend_from_slice(&block);
				bytes
			},
		}
	}

	/// `None` if it is no answer. The block is not copied.
	pub(crate) fn decode(bytes: Vec<u8>) -> Option<Self> {
		let answer = match (*bytes.first()?, bytes.len()) {
			(0, 1) => Self::Presence(Presence::None),
			(1, 1) => Self::Presence(Presence::Some),
			(2, 1) => Self::Presence(Presence::Whole),
			(3, 1) => Self::Nothing,
			(4, 1) => Self::Busy,
			(5, _) => Self::Block(Bytes::from(bytes).slice(1..)),
			_ => return None,
		};
		Some(answer)
	}
}

/// The wish that another node keep a blob as long as the chain has the job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub(crate) struct Keep {
	/// Which job.
	pub job: JobId,
	/// Which blob.
	pub blob: BlobId,
}

/// The answer to a [`Keep`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub(crate) enum Kept {
	/// It holds the blob whole, and keeps it.
	#[codec(index = 0)]
	Held,
	/// It fetches the blob and keeps it then.
	#[codec(index = 1)]
	Will,
	/// It does neither: the chain has no such job, or there is no room, or this peer asks too much.
	#[codec(index = 2)]
	No,
}

#[cfg(test)]
mod tests {
	#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]
	use super::*;

	#[test]
	fn answers_travel() {
		let all = [
			Answer::Presence(Presence::None),
			Answer::Presence(Presence::Some),
			Answer::Presence(Presence::Whole),
			Answer::Nothing,
			Answer::Busy,
			Answer::Block(Bytes::new()),
			Answer::Block(Bytes::from_static(b"x")),
			Answer::Block(Bytes::from(vec![7; MAX_BLOCK])),
		];
		for answer in all {
			let bytes = answer.clone().encode();
			assert!(bytes.len() as u64 <= MAX_ANSWER);
			assert_eq!(Answer::decode(bytes).unwrap(), answer);
		}
	}

	#[test]
	fn what_is_no_answer_is_refused() {
		for bytes in [vec![], vec![6], vec![0, 0], vec![3, 1], vec![255; 9]] {
			assert_eq!(Answer::decode(bytes), None);
		}
	}

	#[test]
	fn questions_fit_the_bound_and_names_are_of_the_chain() {
		let id = BlobId::of(b"x");
		assert_eq!(Get::Block(id).encode().len(), 34);
		assert_eq!(Keep { job: JobId(u64::MAX), blob: id }.encode().len(), 41);
		assert_eq!(get_protocol(&[0xab, 1]), "/ab01/blobs/get/1");
		assert_eq!(keep_protocol(&[0xab, 1]), "/ab01/blobs/keep/1");
	}
}
