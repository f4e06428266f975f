//! Reads: the runtime's `ComputeApi` at the node's best block.

use crate::{AccountId, Client, QueryError};
use codec::{DecodeAll, Encode};
use ergon_primitives::{
	views::{Duty, JobView, Market, ProviderView, Quote, ShardView},
	JobId, JobSpec, ShardIndex, SpecError,
};

/// The most entries that one listing returns; ask again from the last one for more.
pub const PAGE: u32 = 100;

impl Client {
	/// The market's parameters and size.
	pub async fn market(&self) -> Result<Market, QueryError> {
		self.ask("market", ()).await
	}

	/// What a job would cost if it were submitted now, or which field stands in its way.
	pub async fn quote(&self, spec: &JobSpec) -> Result<Result<Quote, SpecError>, QueryError> {
		self.ask("quote", spec).await
	}

	/// A job, until it is pruned.
	pub async fn job(&self, id: JobId) -> Result<Option<JobView<AccountId>>, QueryError> {
		self.ask("job", id).await
	}

	/// Jobs with a number of at least `from`, in order; at most `limit`, and never more than [`PAGE`].
	pub async fn jobs(&self, from: JobId, limit: u32) -> Result<Vec<JobView<AccountId>>, QueryError> {
		self.ask("jobs", (from, limit.min(PAGE))).await
	}

	/// A shard of a job, until it is pruned.
	pub async fn shard(
		&self,
		id: JobId,
		shard: ShardIndex,
	) -> Result<Option<ShardView<AccountId>>, QueryError> {
		self.ask("shard", (id, shard)).await
	}

	/// A provider by its stash.
	pub async fn provider(&self, stash: &AccountId) -> Result<Option<ProviderView<AccountId>>, QueryError> {
		self.ask("provider", stash).await
	}

	/// Providers after `after` in the chain's own order; at most `limit`, and never more than [`PAGE`].
	pub async fn providers(
		&self,
		after: Option<&AccountId>,
		limit: u32,
	) -> Result<Vec<ProviderView<AccountId>>, QueryError> {
		self.ask("providers", (after, limit.min(PAGE))).await
	}

	/// The stash of the provider that a worker key works for.
	pub async fn provider_of(&self, worker: &AccountId) -> Result<Option<AccountId>, QueryError> {
		self.ask("provider_of", worker).await
	}

	/// The open duties of a worker key.
	pub async fn assignments(&self, worker: &AccountId) -> Result<Vec<Duty<AccountId>>, QueryError> {
		self.ask("assignments", worker).await
	}

	/// Calls a method of `ComputeApi`; without a block hash the node answers at its best block.
	async fn ask<T: DecodeAll>(&self, method: &str, arguments: impl Encode) -> Result<T, QueryError> {
		let url = &self.inner.url;
		let function = format!("ComputeApi_{method}");
		let answer = self
			.inner
			.methods
			.state_call(&function, Some(&arguments.encode()), None)
			.await
			.map_err(|e| QueryError::of_rpc(&function, url, e))?;
		T::decode_all(&mut answer.as_slice()).map_err(|e| QueryError::Decode {
			what: function,
			url: url.clone(),
			reason: e.to_string(),
		})
	}
}
