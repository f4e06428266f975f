//! `--plant`: known answers for an adaptive job, to audit whoever works alone.
//!
//! Before the order is signed, some of its shards are run here; the order carries commitments to their claims, the file
//! has what opens them. [`expose`] shows each to the chain when the shard's lone replica has committed.

mod compute;
pub mod expose;
mod file;

pub use expose::Exposer;
pub use file::default_path;

use crate::{
	context::Context,
	failure::Usage,
	material::Material,
	order::{self, Offer},
	tasks::{Blobs, Order},
};
use anyhow::{bail, Context as _, Result};
use clap::Args;
use ergon_client::{account_of, Client, Keypair, KnownAnswer, Planting};
use ergon_primitives::{job::MAX_KNOWN, JobId, ShardIndex};
use std::path::PathBuf;

/// What to plant, and where it is noted.
#[derive(Debug, Args)]
#[command(next_help_heading = "Terms")]
pub struct PlantOptions {
	/// With --adaptive: run N random shards here first (twice each), at most 16, and have a provider that works alone on
	/// one of them and says something else audited by others. Nobody can tell the shards before it has committed. What
	/// was computed is kept in a file that only you can read, and used while `ergon run` or `ergon job watch` follows the
	/// job. For programs whose output does not depend on the clock, on random numbers or on ERGON_JOB, which nobody knows
	/// before the job exists; others are refused.
	#[arg(long, value_name = "N", requires = "adaptive", value_parser = clap::value_parser!(u32).range(1..=i64::from(MAX_KNOWN)), allow_negative_numbers = true)]
	pub plant: Option<u32>,
	/// Where the known answers are kept [default: ergon-known-<job>.json in the current folder]. An existing file is
	/// never overwritten.
	#[arg(long, value_name = "FILE", requires = "plant")]
	pub plant_file: Option<PathBuf>,
}

/// Known answers in an order that is not submitted yet, and in their file.
pub struct Planted {
	planting: Planting,
	/// The file, and whether it takes the job's number into its name.
	path: PathBuf,
	to_be_named: bool,
}

/// Plants into the offer what the options ask for, and writes the file.
pub async fn plant(
	context: &Context,
	client: &Client,
	signer: &Keypair,
	options: &PlantOptions,
	offer: &mut Offer,
	material: &Material,
) -> Result<Option<Planted>> {
	let Some(count) = options.plant else { return Ok(None) };
	let spec = &offer.spec;
	if count > spec.shards() {
		bail!(Usage(format!("--plant {count}: the job has {} shards", spec.shards())));
	}
	let expected = JobId(offer.market.jobs);
	let order = Order {
		job: expected,
		time: 0,
		tasks: spec.tasks,
		shard_size: spec.shard_size,
		limits: spec.limits,
		args: spec.args.iter().map(|arg| arg.to_vec()).collect(),
		program: spec.program,
		input: spec.input,
	};
	let shards = pick(count, spec.shards())?;
	context.say(format!("running {count} of {} shards here, twice each, to plant them", spec.shards()));
	let mut blobs = Blobs::of(material, Some(client.clone()));
	let claims = compute::claims(context, &order, &mut blobs, &shards).await?;
	let salted = |(shard, claim)| Ok(KnownAnswer { shard: ShardIndex(shard), claim, salt: random()? });
	let planting = Planting {
		genesis: client.genesis(),
		owner: account_of(signer),
		program: spec.program,
		expected,
		job: None,
		answers: shards.into_iter().zip(claims).map(salted).collect::<Result<_>>()?,
	};
	let path = options.plant_file.clone().unwrap_or_else(|| file::unnamed_path(&planting));
	file::create(&path, &planting)?;
	context.say(format!("the known answers are in {}", path.display()));
	let known = planting.commitments().try_into().ok();
	offer.spec.known = known.context("--plant is within the bound of known answers")?;
	// Their records cost a deposit, too.
	offer.quote = order::quoted(client, &offer.spec).await?;
	Ok(Some(Planted { planting, path, to_be_named: options.plant_file.is_none() }))
}

impl Planted {
	/// Notes the job's number in the file; gives answers and file.
	pub fn submitted(mut self, context: &Context, job: JobId) -> (Planting, PathBuf) {
		self.planting.job = Some(job);
		let path = if self.to_be_named { file::default_path(job) } else { self.path.clone() };
		// All that is needed was written before the submission: the answers are used as they are if this fails.
		match file::replace(&self.path, &path, &self.planting) {
			Ok(()) => {
				if self.to_be_named {
					context.say(format!("the known answers are now in {}", path.display()));
				}
				(self.planting, path)
			},
			Err(error) => {
				context.say(format!("the known answers stay in {}: {error:#}", self.path.display()));
				(self.planting, self.path)
			},
		}
	}
}

/// So many different ones of `0..of`, in ascending order.
fn pick(count: u32, of: u32) -> Result<Vec<u32>> {
	// Floyd's way: each set is as likely as each other, and no more is drawn than is used.
	let mut chosen = std::collections::BTreeSet::new();
	for last in of.saturating_sub(count)..of {
		let drawn = below(last.saturating_add(1))?;
		if !chosen.insert(drawn) {
			chosen.insert(last);
		}
	}
	Ok(chosen.into_iter().collect())
}

/// A random number below `bound`; as good as uniform, 128 bits against 32.
fn below(bound: u32) -> Result<u32> {
	let number = u128::from_le_bytes(random()?);
	Ok((number % u128::from(bound.max(1))) as u32)
}

/// Bytes that nobody can guess.
fn random<const N: usize>() -> Result<[u8; N]> {
	let mut bytes = [0; N];
	getrandom::fill(&mut bytes).map_err(|e| {
		anyhow::anyhow!("the operating system gives no randomness ({e}); nothing can be planted safely")
	})?;
	Ok(bytes)
}

#[cfg(test)]
mod tests {
	#![allow(clippy::unwrap_used)] // A failed unwrap is a failed test.

	use super::*;

	#[test]
	fn picks_should_be_different_shards_of_the_job_and_all_of_them_likely() {
		let mut seen = [0u32; 6];
		for _ in 0..600 {
			let picked = pick(2, 6).unwrap();
			assert!(picked.len() == 2 && picked[0] < picked[1] && picked[1] < 6, "{picked:?}");
			for shard in picked {
				seen[shard as usize] += 1;
			}
		}
		// 200 each on average; less than 100 would be some nine standard deviations off.
		assert!(seen.iter().all(|times| *times > 100), "{seen:?}");
		assert_eq!(pick(3, 3).unwrap(), [0, 1, 2]);
		assert_eq!(pick(1, 1).unwrap(), [0]);
	}
}
