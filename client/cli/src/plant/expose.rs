//! Exposes known answers while a job is followed: from state at each block, each once, none before its shard's lone
//! replica has committed.

use super::file;
use crate::{context::Context, failure::Usage};
use anyhow::{bail, Result};
use ergon_client::{
	exposure, AccountId, Call, Client, Exposure, Keypair, KnownAnswer, Planting, SubmitError,
};
use ergon_primitives::{views::JobView, ShardKey};
use futures::future::join_all;
use std::path::Path;

/// How often an answer is exposed whose call failed: the shard may have gone on, or the account may be empty.
const TRIES: u32 = 3;

/// One answer that is not dealt with yet.
struct Pending {
	answer: KnownAnswer,
	tries: u32,
}

/// Exposes the answers of one job.
pub struct Exposer {
	planting: Planting,
	pending: Vec<Pending>,
	signer: Keypair,
	checked: bool,
}

impl Exposer {
	/// For answers that were just planted.
	pub fn new(planting: Planting, signer: Keypair) -> Self {
		let pending = planting.answers.iter().cloned().map(|answer| Pending { answer, tries: 0 }).collect();
		Self { planting, pending, signer, checked: false }
	}

	/// For the answers in a file; the key must be their owner's.
	pub fn of_file(context: &Context, path: &Path) -> Result<Self> {
		let planting = file::read(path)?;
		let signer = context.signer()?;
		let account = ergon_client::account_of(&signer);
		if account != planting.owner {
			bail!(Usage(format!(
				"the known answers in {} are {}'s, the key is {account}'s; sign with the owner's --key",
				path.display(),
				planting.owner
			)));
		}
		Ok(Self::new(planting, signer))
	}

	/// Looks at the job's planted shards, and exposes what it is time for; returns what to say about it. The job goes on
	/// whatever becomes of it, so only what ends the following is an error.
	pub async fn look(&mut self, client: &Client, view: &JobView<AccountId>) -> Result<Vec<String>> {
		if !self.checked {
			self.checked = true;
			if let Err(why) = self.planting.check(&client.genesis(), view) {
				self.pending.clear();
				return Ok(vec![format!("warning: {why}")]);
			}
		}
		let mut steps = Vec::new();
		for pending in &self.pending {
			let shard = client.shard(view.id, pending.answer.shard).await?;
			// Not there at the moment: the block may have been replaced.
			steps.push(shard.map_or(Exposure::Wait, |shard| exposure(&shard)));
		}
		let mut due = Vec::new();
		for (pending, step) in std::mem::take(&mut self.pending).into_iter().zip(steps) {
			match step {
				Exposure::Wait => self.pending.push(pending),
				Exposure::Now => due.push(pending),
				Exposure::Useless => {},
			}
		}
		let signer = &self.signer;
		// All at once: the next block may be the last in which they are of use.
		let calls = due.iter().map(|pending| {
			let KnownAnswer { shard, claim, salt } = pending.answer;
			let key = ShardKey { job: view.id, shard };
			client.submit(Call::JobExpose { key, claim, salt }, signer)
		});
		let results = join_all(calls).await;
		let mut said = Vec::new();
		for (mut pending, result) in due.into_iter().zip(results) {
			let shard = pending.answer.shard;
			pending.tries += 1;
			match result {
				Ok(_) => said.push(format!("shard {shard}: its known answer is exposed")),
				Err(error) => {
					let again = pending.tries < TRIES && !is_late(&error);
					said.push(format!("shard {shard}: its known answer was not exposed: {error}"));
					if again {
						self.pending.push(pending);
					}
				},
			}
		}
		Ok(said)
	}
}

/// Whether the shard went on before the call was included: nothing is lost but the audit.
fn is_late(error: &SubmitError) -> bool {
	matches!(error, SubmitError::Failed { error, .. } if error == "NotAlone" || error == "NoSuchJob")
}
