//! Where blobs of an order can be had besides the network of nodes. A hint is advice: what comes from it counts only if its
//! hash is the blob's name, and a job whose hints are wrong is worked on without them.

use crate::BlobId;
use bounded_collections::{BoundedVec, ConstU32};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// The most hints in a job.
pub const MAX_HINTS: u32 = 4;
/// The most bytes in a hint's URL.
pub const MAX_URL_BYTES: u32 = 256;
/// What stands in a URL for the CID of whichever blob is wanted.
pub const CID_IN_URL: &str = "{cid}";
/// What a URL may begin with. Not `http`, whose bytes anybody on the way can read and delay, and not `file`, which is
/// another file on each machine.
pub const SCHEMES: [&str; 4] = ["https", "s3", "gs", "az"];

/// Hints of one order.
pub type Hints = BoundedVec<Hint, ConstU32<MAX_HINTS>>;

/// One place where blobs of an order can be had.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Hint {
	/// The blob that is there. `None`: all of the order's, the entries of its manifest too; then the URL has
	/// [`CID_IN_URL`] in it.
	#[cfg_attr(feature = "serde", serde(default))]
	pub blob: Option<BlobId>,
	/// Where: one of [`SCHEMES`] in lower case, `://`, a host or bucket, and more, all in printable ASCII without spaces.
	#[cfg_attr(feature = "serde", serde(with = "crate::text::url"))]
	pub url: BoundedVec<u8, ConstU32<MAX_URL_BYTES>>,
}

impl Hint {
	/// A hint that an order may have; `None` for any other.
	pub fn new(blob: Option<BlobId>, url: &str) -> Option<Self> {
		let hint = Self { blob, url: url.as_bytes().to_vec().try_into().ok()? };
		hint.is_valid().then_some(hint)
	}

	/// Whether an order may have it.
	pub fn is_valid(&self) -> bool {
		let Some(url) = self.url() else { return false };
		let Some((scheme, rest)) = url.split_once("://") else { return false };
		SCHEMES.contains(&scheme)
			&& (rest.starts_with(|first: char| first.is_ascii_alphanumeric()) || rest.starts_with(CID_IN_URL))
			&& url.bytes().all(|byte| byte.is_ascii_graphic())
			&& (self.blob.is_some() || url.contains(CID_IN_URL))
	}

	/// The URL as text; `None` where it is not UTF-8, which no order can have.
	pub fn url(&self) -> Option<&str> {
		core::str::from_utf8(&self.url).ok()
	}
}
