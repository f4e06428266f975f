//! The signature of an upload to a node that is not on this machine.

use crate::{account_of, Keypair};
use codec::Encode;
use ergon_primitives::{BlobId, JobId};
use sha2::{Digest, Sha256};

/// What the signed digest begins with.
const DOMAIN: &[u8] = b"ergon/blobs/put/1";
/// For how many seconds a signature is good: nodes take at most ten minutes.
pub(super) const LIFETIME: u64 = 300;

/// What an upload is signed over: only this chain, this blob, this job, until then, once.
fn digest(genesis: &[u8; 32], blob: &BlobId, job: Option<JobId>, expires: u64, nonce: &[u8; 16]) -> [u8; 32] {
	let mut hasher = Sha256::new();
	hasher.update(DOMAIN);
	hasher.update(genesis);
	hasher.update(blob.encode());
	hasher.update(job.encode());
	hasher.update(expires.to_le_bytes());
	hasher.update(nonce);
	hasher.finalize().into()
}

/// The value of the header `Authorization`.
pub(super) fn authorization(
	key: &Keypair,
	genesis: &[u8; 32],
	blob: &BlobId,
	job: Option<JobId>,
	expires: u64,
	nonce: [u8; 16],
) -> String {
	let signature = key.sign(&digest(genesis, blob, job, expires, &nonce));
	format!(
		"Ergon account={},expires={expires},nonce={},signature={}",
		account_of(key),
		hex::encode(nonce),
		hex::encode(signature.0)
	)
}

#[cfg(test)]
mod tests {
	#![allow(clippy::unwrap_used)] // A failed unwrap is a failed test.

	use super::*;
	use subxt_signer::sr25519::{verify, Signature};

	#[test]
	fn a_signature_should_be_over_all_that_the_node_checks() {
		let key = crate::keypair_from_suri("//Alice").unwrap();
		let (blob, job, nonce) = (BlobId::of(b"x"), Some(JobId(7)), [9; 16]);
		let header = authorization(&key, &[1; 32], &blob, job, 1_000, nonce);
		let rest = header.strip_prefix("Ergon account=").unwrap();
		let fields: Vec<_> = rest.split(',').collect();
		assert_eq!(fields[0], "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY");
		assert_eq!(fields[1..3], ["expires=1000", "nonce=09090909090909090909090909090909"]);
		let signature = hex::decode(fields[3].strip_prefix("signature=").unwrap()).unwrap();
		let signature = Signature(signature.try_into().unwrap());
		// As the contract spells it out.
		let mut message = b"ergon/blobs/put/1".to_vec();
		message.extend([1; 32]);
		message.push(0);
		message.extend(blob.digest);
		message.push(1);
		message.extend(7u64.to_le_bytes());
		message.extend(1_000u64.to_le_bytes());
		message.extend(nonce);
		assert!(verify(&signature, Sha256::digest(&message), &key.public_key()));
		assert!(!verify(&signature, digest(&[2; 32], &blob, job, 1_000, &nonce), &key.public_key()));
		assert!(!verify(&signature, digest(&[1; 32], &blob, None, 1_000, &nonce), &key.public_key()));
	}
}
