use crate::Error;
use ergon_primitives::{
	views::{Duty, JobView, ProviderView, Quote},
	BlobId, JobId, JobSpec,
};
use jsonrpsee::proc_macros::rpc;
use sp_runtime::AccountId32;

/// The market and its blobs. All answers about the market are those of the best block.
///
/// Every method runs on a thread for blocking work: each reads disk or runs the runtime.
#[rpc(server, namespace = "compute")]
pub trait Compute {
	/// Stores a blob of at most 10 MiB, given in base64 (the standard alphabet, with padding), and returns its CID.
	#[method(name = "putBlob", blocking)]
	fn put_blob(&self, base64: String) -> Result<BlobId, Error>;

	/// The bytes of a blob in base64, or `null` if this node does not have it.
	#[method(name = "getBlob", blocking)]
	fn get_blob(&self, cid: String) -> Result<Option<String>, Error>;

	/// Whether this node has a blob.
	#[method(name = "hasBlob", blocking)]
	fn has_blob(&self, cid: String) -> Result<bool, Error>;

	/// What a job would cost if it were submitted now.
	#[method(name = "quote", blocking)]
	fn quote(&self, spec: JobSpec) -> Result<Quote, Error>;

	/// A job, or `null` if there never was one of that number or it is pruned.
	#[method(name = "job", blocking)]
	fn job(&self, id: JobId) -> Result<Option<JobView<AccountId32>>, Error>;

	/// The open duties of a worker key.
	#[method(name = "assignments", blocking)]
	fn assignments(&self, worker: AccountId32) -> Result<Vec<Duty<AccountId32>>, Error>;

	/// A provider by its stash, or `null`.
	#[method(name = "provider", blocking)]
	fn provider(&self, stash: AccountId32) -> Result<Option<ProviderView<AccountId32>>, Error>;
}
