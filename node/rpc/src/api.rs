use crate::{BlobStatus, Blobs, Error, Holders, Spread};
use ergon_primitives::{
	views::{Duty, JobView, ProviderView, Quote},
	BlobId, JobId, JobSpec,
};
use jsonrpsee::proc_macros::rpc;
use sp_runtime::AccountId32;

/// The market and its blobs. All answers about the market are those of the best block.
///
/// What reads disk or runs the runtime does so on threads for blocking work; what waits for the network waits within a bound.
#[rpc(server, namespace = "compute")]
pub trait Compute {
	/// Stores a blob of at most 10 MiB, given in base64 (the standard alphabet, with padding), and returns its CID. With `job` it
	/// is kept for as long as the chain has that job; only over connections that may call unsafe methods, which those of this
	/// machine are.
	#[method(name = "putBlob", with_extensions)]
	async fn put_blob(&self, base64: String, job: Option<JobId>) -> Result<BlobId, Error>;

	/// The bytes of a blob of at most 10 MiB in base64, or `null` if nobody has it. It is fetched if it is not here, for at most
	/// `timeoutSeconds` (20; at most 60).
	#[method(name = "getBlob")]
	async fn get_blob(
		&self,
		cid: String,
		#[argument(rename = "timeoutSeconds")] timeout: Option<u64>,
	) -> Result<Option<String>, Error>;

	/// Whether this node has a blob, whole.
	#[method(name = "hasBlob", blocking)]
	fn has_blob(&self, cid: String) -> Result<bool, Error>;

	/// Where and how large blobs can be put and had, and what is here.
	#[method(name = "blobs", blocking)]
	fn blobs(&self) -> Result<Blobs, Error>;

	/// How much of a blob is here: for progress bars.
	#[method(name = "blobStatus", blocking)]
	fn blob_status(&self, cid: String) -> Result<BlobStatus, Error>;

	/// Who has a blob. Peers are asked for at most `timeoutSeconds` (20; at most 60).
	#[method(name = "findBlob")]
	async fn find_blob(
		&self,
		cid: String,
		#[argument(rename = "timeoutSeconds")] timeout: Option<u64>,
	) -> Result<Holders, Error>;

	/// Makes peers fetch and keep a blob of this node for a job, if none has it yet, and says how many have it.
	#[method(name = "spreadBlob")]
	async fn spread_blob(&self, cid: String, job: JobId) -> Result<Spread, Error>;

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
