//! Signing, submitting, and following a transaction into a block.

use crate::{account_of, refusals, Call, Client, Keypair, QueryError, SubmitError};
use codec::Decode;
use ergon_primitives::{Balance, BlockNumber, JobId};
use std::time::Duration;
use subxt::{
	client::OnlineClientAtBlockImpl,
	config::substrate::{SubstrateConfig, SubstrateExtrinsicParamsBuilder},
	error::{
		BackendError, DispatchError, ExtrinsicError, RpcError as BackendRpcError, TransactionEventsError,
	},
	extrinsics::ExtrinsicEvents,
	rpcs::{Error as RpcError, UserError},
	tx::{TransactionInBlock, TransactionProgress, TransactionStatus},
};

/// For how many blocks a transaction may be included after it was signed. A power of two, as the chain keeps it.
const MORTALITY: u64 = 64;
/// How long inclusion is waited for: longer than [`MORTALITY`] blocks of 3 s.
const INCLUSION_TIMEOUT: Duration = Duration::from_secs(300);

type AtBlock = OnlineClientAtBlockImpl<SubstrateConfig>;

/// A call that is in a best block and succeeded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Included {
	/// The block's number.
	pub block: BlockNumber,
	/// The block's hash.
	pub block_hash: [u8; 32],
	/// The extrinsic's hash.
	pub extrinsic: [u8; 32],
	/// The transaction fee that the signer paid, tip included; `None` for a call that is free of it.
	pub fee: Option<Balance>,
	/// The number of the job that it created.
	pub job: Option<JobId>,
}

impl Client {
	/// Signs a call, submits it, and waits until it is in a best block. Concurrent submissions with one key get
	/// consecutive nonces. Signing again after [`SubmitError::is_retryable`] is the caller's decision.
	pub async fn submit(&self, call: Call, signer: &Keypair) -> Result<Included, SubmitError> {
		let progress = {
			let _turn = self.inner.signing.lock().await;
			self.sign_and_hand_over(&call, signer).await?
		};
		match tokio::time::timeout(INCLUSION_TIMEOUT, self.follow(&call, signer, progress)).await {
			Ok(included) => included,
			Err(_) => Err(not_included(
				&call,
				signer,
				format!("no block took it within {} s", INCLUSION_TIMEOUT.as_secs()),
			)),
		}
	}

	async fn sign_and_hand_over(
		&self,
		call: &Call,
		signer: &Keypair,
	) -> Result<TransactionProgress<SubstrateConfig, AtBlock>, SubmitError> {
		let url = &self.inner.url;
		let what = call.to_string();
		let at = self.at_best(&what).await?;
		// Counts what is in the pool, which the state does not.
		let nonce = self
			.inner
			.methods
			.system_account_next_index(&account_of(signer))
			.await
			.map_err(|e| QueryError::of_rpc("system_accountNextIndex", url, e))?;
		let params = SubstrateExtrinsicParamsBuilder::<SubstrateConfig>::new()
			.nonce(nonce)
			.mortal_from_unchecked(MORTALITY, at.block_number(), at.block_hash())
			.build();
		let incompatible =
			|e: ExtrinsicError| SubmitError::Incompatible { call: what.clone(), reason: e.to_string() };
		let payload = call.payload();
		let transaction = at
			.tx()
			.create_signable_offline(&payload, params)
			.map_err(incompatible)?
			.sign(signer)
			.map_err(incompatible)?;
		transaction.submit_and_watch().await.map_err(|e| match e {
			ExtrinsicError::ErrorSubmittingTransaction(BackendError::Rpc(BackendRpcError::ClientError(
				RpcError::User(e),
			))) => refused(call, signer, &e),
			ExtrinsicError::ErrorSubmittingTransaction(BackendError::Rpc(BackendRpcError::ClientError(
				e,
			))) => QueryError::of_rpc(&what, url, e).into(),
			other => QueryError::of_subxt(&what, url, other).into(),
		})
	}

	async fn follow(
		&self,
		call: &Call,
		signer: &Keypair,
		mut progress: TransactionProgress<SubstrateConfig, AtBlock>,
	) -> Result<Included, SubmitError> {
		let what = call.to_string();
		while let Some(status) = progress.next().await {
			let status = status.map_err(|e| QueryError::of_subxt(&what, &self.inner.url, e))?;
			match status {
				TransactionStatus::Validated
				| TransactionStatus::Broadcasted
				| TransactionStatus::NoLongerInBestBlock => {},
				TransactionStatus::InBestBlock(place) | TransactionStatus::InFinalizedBlock(place) => {
					return self.outcome(call, &place).await;
				},
				TransactionStatus::Error { message }
				| TransactionStatus::Invalid { message }
				| TransactionStatus::Dropped { message } => return Err(not_included(call, signer, message)),
			}
		}
		Err(QueryError::Connection {
			what,
			url: self.inner.url.clone(),
			reason: "the node ended the subscription to the transaction".to_owned(),
		}
		.into())
	}

	async fn outcome(
		&self,
		call: &Call,
		place: &TransactionInBlock<SubstrateConfig, AtBlock>,
	) -> Result<Included, SubmitError> {
		let what = call.to_string();
		let unreadable = |e| SubmitError::from(QueryError::of_subxt(&what, &self.inner.url, e));
		let events = place.wait_for_success().await.map_err(|e| match e {
			TransactionEventsError::ExtrinsicFailed(error) => failed(call, &error),
			other => unreadable(other),
		})?;
		let hash = place.block_hash();
		let header = self
			.inner
			.methods
			.chain_get_header(Some(hash))
			.await
			.map_err(|e| QueryError::of_rpc("chain_getHeader", &self.inner.url, e))?;
		Ok(Included {
			block: header.and_then(|header| u32::try_from(header.number).ok()).unwrap_or_default(),
			block_hash: hash.0,
			extrinsic: place.extrinsic_hash().0,
			fee: find(&events, "TransactionPayment", "TransactionFeePaid", |mut fields| {
				// Who paid, the actual fee, the tip in it.
				<(crate::AccountId, Balance)>::decode(&mut fields).ok().map(|(_, fee)| fee)
			}),
			job: find(&events, "Jobs", "Submitted", |mut fields| JobId::decode(&mut fields).ok()),
		})
	}
}

/// The first event of a name that can be read; an event that cannot be is skipped, the call is in the block anyhow.
fn find<T>(
	events: &ExtrinsicEvents<SubstrateConfig>,
	pallet: &str,
	name: &str,
	read: impl Fn(&[u8]) -> Option<T>,
) -> Option<T> {
	events
		.iter()
		.filter_map(Result::ok)
		.find(|event| event.pallet_name() == pallet && event.event_name() == name)
		.and_then(|event| read(event.field_bytes()))
}

fn not_included(call: &Call, signer: &Keypair, reason: String) -> SubmitError {
	SubmitError::NotIncluded { call: call.to_string(), signer: account_of(signer).to_string(), reason }
}

/// A dispatch error in the words of the chain's metadata.
fn failed(call: &Call, error: &DispatchError) -> SubmitError {
	let call = call.to_string();
	let of = |pallet: &str, error: String, docs: String| SubmitError::Failed {
		call: call.clone(),
		pallet: pallet.to_owned(),
		error,
		docs,
	};
	match error {
		DispatchError::Module(module) => match module.details() {
			Ok(details) => {
				let docs = details.variant.docs.join(" ").trim().to_owned();
				of(details.pallet.name(), details.variant.name.clone(), docs)
			},
			Err(e) => of("Unknown", module.details_string(), e.to_string()),
		},
		DispatchError::Token(e) => of("Token", format!("{e:?}"), e.to_string()),
		DispatchError::Arithmetic(e) => of("Arithmetic", format!("{e:?}"), e.to_string()),
		DispatchError::Transactional(e) => of("Transactional", format!("{e:?}"), e.to_string()),
		other => of("System", format!("{other:?}"), other.to_string()),
	}
}

/// A refusal by the pool, with what to do about it.
fn refused(call: &Call, signer: &Keypair, error: &UserError) -> SubmitError {
	let data = error.data.as_ref().map(|data| data.get().trim_matches('"').to_owned()).unwrap_or_default();
	let reason = if data.is_empty() { error.message.clone() } else { format!("{}: {data}", error.message) };
	let (advice, retryable) = refusals::advice(error.code, &reason);
	SubmitError::Refused {
		call: call.to_string(),
		signer: account_of(signer).to_string(),
		reason,
		advice,
		retryable,
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn token_errors_should_be_named() {
		let error =
			failed(&Call::ProviderPause, &DispatchError::Token(subxt::error::TokenError::FundsUnavailable));
		assert_eq!(
			error.to_string(),
			"Providers.pause failed: Token.FundsUnavailable: Funds are unavailable."
		);
	}
}
