//! Which JSON-RPC methods the node answers besides those that every Substrate node has.

use crate::service::{Block, FullBackend, FullClient, FullPool, FullSelectChain};
use ergon_node_rpc::{BlobAccess, Compute, ComputeServer};
use ergon_runtime::{BlockNumber, Hash};
use jsonrpsee::RpcModule;
use sc_consensus_babe::BabeWorkerHandle;
use sc_consensus_babe_rpc::{Babe, BabeApiServer};
use sc_consensus_grandpa::{
	FinalityProofProvider, GrandpaJustificationStream, SharedAuthoritySet, SharedVoterState,
};
use sc_consensus_grandpa_rpc::{Grandpa, GrandpaApiServer};
use sc_rpc::SubscriptionTaskExecutor;
use sp_keystore::KeystorePtr;
use std::sync::Arc;

/// What the methods are answered from.
#[derive(Clone)]
pub struct Deps {
	/// The chain.
	pub client: Arc<FullClient>,
	/// Transactions that wait.
	pub pool: Arc<FullPool>,
	/// Which chain is the best.
	pub select_chain: FullSelectChain,
	/// The validator's keys.
	pub keystore: KeystorePtr,
	/// Epochs.
	pub babe: BabeWorkerHandle<Block>,
	/// Who finalises.
	pub authority_set: SharedAuthoritySet<Hash, BlockNumber>,
	/// How far the current round is.
	pub voter_state: SharedVoterState,
	/// Proofs of finality as they come.
	pub justifications: GrandpaJustificationStream<Block>,
	/// Blobs, here and elsewhere.
	pub blobs: Arc<BlobAccess>,
	/// Proofs of finality of old blocks.
	pub finality_proofs: Arc<FinalityProofProvider<FullBackend, Block>>,
}

/// All methods.
pub fn create(
	deps: Deps,
	executor: SubscriptionTaskExecutor,
) -> Result<RpcModule<()>, Box<dyn std::error::Error + Send + Sync>> {
	use pallet_transaction_payment_rpc::{TransactionPayment, TransactionPaymentApiServer};
	use substrate_frame_rpc_system::{System, SystemApiServer};

	let Deps {
		client,
		pool,
		select_chain,
		keystore,
		babe,
		authority_set,
		voter_state,
		justifications,
		blobs,
		finality_proofs,
	} = deps;
	let mut module = RpcModule::new(());
	module.merge(System::new(client.clone(), pool).into_rpc())?;
	module.merge(TransactionPayment::new(client.clone()).into_rpc())?;
	module.merge(Compute::<_, Block>::new(client.clone(), blobs).into_rpc())?;
	module.merge(Babe::new(client.clone(), babe, keystore, select_chain).into_rpc())?;
	module.merge(
		Grandpa::new(executor, authority_set, voter_state, justifications, finality_proofs).into_rpc(),
	)?;
	Ok(module)
}
