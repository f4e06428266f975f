//! What can be submitted, and how it is encoded: pallet and call are looked up by name in the chain's metadata, the
//! names of the fields are compared with it, and the arguments are our own types' SCALE encoding.

use crate::AccountId;
use codec::{Compact, Encode};
use ergon_primitives::{attestation::Reveal, Balance, Claim, JobId, JobSpec, ProviderInfo, ShardKey};
use subxt::{
	ext::{
		scale_encode::{EncodeAsFields, Error as EncodeError},
		scale_type_resolver::{FieldIter, TypeResolver},
	},
	tx::Payload,
	utils::MultiAddress,
};

/// A call, to be signed and submitted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Call {
	/// Becomes a provider. Signed by the stash.
	ProviderRegister {
		/// What is held as its bond.
		bond: Balance,
		/// The key that commits and reveals for it.
		worker: AccountId,
		/// What it offers.
		info: ProviderInfo,
	},
	/// Changes what a provider offers.
	ProviderUpdate {
		/// What it offers from now on.
		info: ProviderInfo,
	},
	/// Adds to a provider's bond.
	ProviderBondMore {
		/// How much.
		amount: Balance,
	},
	/// Starts to take out a part of the bond.
	ProviderUnbond {
		/// How much.
		amount: Balance,
	},
	/// Takes out what has finished unbonding.
	ProviderWithdraw,
	/// Takes no new work.
	ProviderPause,
	/// Takes work again: after a pause at once, after a suspension when its rest is over. Signed by the stash, or, free of
	/// fee, by the worker.
	ProviderResume,
	/// Ceases to be a provider.
	ProviderDeregister,
	/// Replaces the worker key.
	ProviderSetWorker {
		/// The new one.
		worker: AccountId,
	},
	/// Says who runs the provider; counts when that account has confirmed it. Signed by the stash.
	ProviderSetOperator {
		/// Who; nobody means the stash itself.
		operator: Option<AccountId>,
	},
	/// Agrees to be the operator that a provider has named. Signed by that account.
	ProviderConfirmOperator {
		/// The provider's stash.
		provider: AccountId,
	},
	/// Orders a job.
	JobSubmit(JobSpec),
	/// Takes an order back before anything was drawn for it.
	JobCancel(JobId),
	/// Shows a known answer of the job once the shard's lone replica has committed. Signed by the job's owner.
	JobExpose {
		/// The shard.
		key: ShardKey,
		/// What its claim must be.
		claim: Claim,
		/// What hid it in the order.
		salt: [u8; 32],
	},
	/// Commits to claims. Signed by the worker key.
	Commit(Vec<(ShardKey, [u8; 32])>),
	/// Opens commitments. Signed by the worker key.
	Reveal(Vec<Reveal>),
	/// Sends tokens; refuses to empty the sender's account.
	Transfer {
		/// To whom.
		to: AccountId,
		/// How much.
		amount: Balance,
	},
}

impl Call {
	/// Pallet, call, and the names of its fields as this client knows them.
	fn form(&self) -> (&'static str, &'static str, &'static [&'static str]) {
		match self {
			Self::ProviderRegister { .. } => ("Providers", "register", &["bond", "worker", "info"]),
			Self::ProviderUpdate { .. } => ("Providers", "update", &["info"]),
			Self::ProviderBondMore { .. } => ("Providers", "bond_more", &["amount"]),
			Self::ProviderUnbond { .. } => ("Providers", "unbond", &["amount"]),
			Self::ProviderWithdraw => ("Providers", "withdraw", &[]),
			Self::ProviderPause => ("Providers", "pause", &[]),
			Self::ProviderResume => ("Providers", "resume", &[]),
			Self::ProviderDeregister => ("Providers", "deregister", &[]),
			Self::ProviderSetWorker { .. } => ("Providers", "set_worker", &["worker"]),
			Self::ProviderSetOperator { .. } => ("Providers", "set_operator", &["operator"]),
			Self::ProviderConfirmOperator { .. } => ("Providers", "confirm_operator", &["provider"]),
			Self::JobSubmit(_) => ("Jobs", "submit", &["spec"]),
			Self::JobCancel(_) => ("Jobs", "cancel", &["job"]),
			Self::JobExpose { .. } => ("Jobs", "expose", &["key", "claim", "salt"]),
			Self::Commit(_) => ("Attestation", "commit", &["commits"]),
			Self::Reveal(_) => ("Attestation", "reveal", &["reveals"]),
			Self::Transfer { .. } => ("Balances", "transfer_keep_alive", &["dest", "value"]),
		}
	}

	/// The arguments.
	fn arguments(&self) -> Vec<u8> {
		match self {
			Self::ProviderRegister { bond, worker, info } => (bond, worker, info).encode(),
			Self::ProviderUpdate { info } => info.encode(),
			Self::ProviderBondMore { amount } | Self::ProviderUnbond { amount } => amount.encode(),
			Self::ProviderWithdraw
			| Self::ProviderPause
			| Self::ProviderResume
			| Self::ProviderDeregister => Vec::new(),
			Self::ProviderSetWorker { worker } => worker.encode(),
			Self::ProviderSetOperator { operator } => operator.encode(),
			Self::ProviderConfirmOperator { provider } => provider.encode(),
			Self::JobSubmit(spec) => spec.encode(),
			Self::JobCancel(job) => job.encode(),
			Self::JobExpose { key, claim, salt } => (key, claim, salt).encode(),
			Self::Commit(commits) => commits.encode(),
			Self::Reveal(reveals) => reveals.encode(),
			Self::Transfer { to, amount } => {
				(MultiAddress::<AccountId, u32>::Id(*to), Compact(*amount)).encode()
			},
		}
	}

	/// What subxt signs.
	pub(crate) fn payload(&self) -> Encoded {
		let (pallet, call, names) = self.form();
		Encoded { pallet, call, fields: Fields { names, bytes: self.arguments() } }
	}
}

impl std::fmt::Display for Call {
	/// Its name on the chain.
	fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
		let (pallet, call, _) = self.form();
		write!(f, "{pallet}.{call}")
	}
}

/// An encoded call, to be placed behind the indices that the metadata gives its names.
pub(crate) struct Encoded {
	pallet: &'static str,
	call: &'static str,
	fields: Fields,
}

/// A call's arguments.
pub(crate) struct Fields {
	names: &'static [&'static str],
	bytes: Vec<u8>,
}

impl Payload for Encoded {
	type CallData = Fields;

	fn pallet_name(&self) -> &str {
		self.pallet
	}

	fn call_name(&self) -> &str {
		self.call
	}

	fn call_data(&self) -> &Fields {
		&self.fields
	}
}

impl EncodeAsFields for Fields {
	fn encode_as_fields_to<R: TypeResolver>(
		&self,
		fields: &mut dyn FieldIter<'_, R::TypeId>,
		_types: &R,
		out: &mut Vec<u8>,
	) -> Result<(), EncodeError> {
		// Bytes laid out for other fields would be signed as something that nobody meant.
		let same = fields.len() == self.names.len()
			&& fields.zip(self.names).all(|(field, name)| field.name == Some(*name));
		if !same {
			return Err(EncodeError::custom_str("the call's fields are not those that this client knows"));
		}
		out.extend_from_slice(&self.bytes);
		Ok(())
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use ergon_primitives::{JobId, ShardIndex};

	#[test]
	fn arguments_should_lie_one_behind_the_other_as_the_chain_declares_them() {
		let [a, b] = [AccountId::from([1; 32]), AccountId::from([2; 32])];
		assert_eq!(Call::ProviderSetOperator { operator: None }.arguments(), [0]);
		let named = Call::ProviderSetOperator { operator: Some(a) }.arguments();
		assert_eq!(named, [&[1][..], &[1; 32]].concat());
		assert_eq!(Call::ProviderConfirmOperator { provider: b }.arguments(), [2; 32]);
		let key = ShardKey { job: JobId(7), shard: ShardIndex(1) };
		let exposed = Call::JobExpose { key, claim: Claim::Unavailable, salt: [3; 32] };
		let expected = [&7u64.to_le_bytes()[..], &1u32.to_le_bytes(), &[1], &[3; 32]].concat();
		assert_eq!(exposed.arguments(), expected);
		assert_eq!(exposed.to_string(), "Jobs.expose");
	}
}
