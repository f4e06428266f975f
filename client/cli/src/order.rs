//! From material to a submitted job: the spec, its price, the check of the account, the uploads, the signature.

use crate::{
	context::Context,
	material::{JobOptions, Material, Source, Upload},
	meter::Meter,
	places, show,
};
use anyhow::{bail, Context as _, Result};
use ergon_client::{account_of, Call, Client, Included, Keypair, Put};
use ergon_primitives::{
	money::UNIT,
	views::{Market, Quote},
	JobId, JobSpec, Price, Requirements, PROFILE_1,
};

/// A price that no sane provider asks, to find the lowest that any does.
const ANY_PRICE: Price = Price(1_000 * UNIT);

/// The ceiling where none is given, as a multiple of the lowest ask: replacements should fit as well.
const USUAL_CEILING: u128 = 3;

/// An order that the chain would accept now, and what it costs.
pub struct Offer {
	pub spec: JobSpec,
	pub quote: Quote,
	pub market: Market,
}

/// Makes the spec and has it quoted. Everything that the chain would refuse is refused here.
pub async fn prepare(client: &Client, options: &JobOptions, material: &Material) -> Result<Offer> {
	let market = client.market().await?;
	material.fits(&market.blobs)?;
	let (shape, terms) = (&options.shape, &options.terms);
	let mut spec = JobSpec {
		program: material.program,
		input: material.input,
		tasks: material.tasks,
		shard_size: shape.shard_size(material.tasks),
		limits: shape.limits(),
		args: shape.args()?,
		policy: terms.policy(),
		max_price: terms.max_price.unwrap_or(ANY_PRICE),
		deadline: 0,
		requirements: Requirements { profile: PROFILE_1, min_speed: terms.min_speed, region: terms.region },
		tip: terms.tip,
		known: Default::default(),
		hints: places::hints(&options.inputs.hints)?,
	};
	let blocks = terms.deadline_in.unwrap_or_else(|| {
		let least = spec.least_duration(&market.timing);
		// Below the farthest by a little, since blocks go by until the order is included.
		least.saturating_mul(3).max(100).min(market.timing.max_duration.saturating_sub(20)).max(least)
	});
	spec.deadline = market.block.saturating_add(blocks);
	spec.check(market.block, &market.economics, &market.timing).context("the order cannot be accepted")?;
	let mut quote = quoted(client, &spec).await?;
	if terms.max_price.is_none() {
		let Some(lowest) = quote.lowest_ask else {
			bail!("no provider fits now, so there is no price to go by: set --max-price, or ask for less --memory or --min-speed or no --region");
		};
		spec.max_price = Price(lowest.0.saturating_mul(USUAL_CEILING));
		quote = quoted(client, &spec).await?;
	}
	Ok(Offer { spec, quote, market })
}

/// The quote of an order that the chain must accept.
pub async fn quoted(client: &Client, spec: &JobSpec) -> Result<Quote> {
	client.quote(spec).await?.context("the order cannot be accepted")
}

impl Offer {
	/// The price and what it is made of, for people.
	pub fn describe(&self) -> String {
		let Self { spec, quote, market } = self;
		let millis = market.timing.block_millis;
		format!(
			"at most {} for {} in {}, {} providers each{}, at up to {} a Gfuel; a deposit of {} comes back later\n\
			fitting providers: {}{}; a shard may take {}; refunded if not settled in {}",
			show::amount(quote.budget),
			show::count(spec.tasks, "task"),
			show::count(quote.shards, "shard"),
			spec.policy.quorum,
			if spec.policy.adaptive { " or one with a good record, which is cheaper" } else { "" },
			show::amount(spec.max_price.0),
			show::amount(quote.deposit),
			quote.fitting,
			quote.lowest_ask.map(|ask| format!(", the cheapest asks {}", show::amount(ask.0))).unwrap_or_default(),
			show::blocks(quote.commit_window, millis),
			show::blocks(spec.deadline.saturating_sub(market.block), millis),
		)
	}

	/// What may go wrong although the chain accepts it.
	pub fn warning(&self) -> Option<String> {
		let quorum = u32::from(self.spec.policy.quorum);
		(self.quote.fitting < quorum).then(|| {
			format!(
				"warning: {} of the providers looked at fit now, {quorum} must agree: without more before the deadline the job is refunded; a higher --max-price, less --memory or a lower --min-speed admits more",
				self.quote.fitting
			)
		})
	}
}

/// A job that was submitted.
pub struct Submitted {
	pub id: JobId,
	pub included: Included,
}

/// Shows the price, checks that the account can pay it, uploads what the node does not have, and submits.
pub async fn place(
	context: &Context,
	client: &Client,
	signer: &Keypair,
	offer: &Offer,
	material: &Material,
) -> Result<Submitted> {
	context.say(offer.describe());
	if let Some(warning) = offer.warning() {
		context.say(warning);
	}
	let account = account_of(signer);
	let needed = offer.quote.budget.saturating_add(offer.quote.deposit);
	let free = client.balance(&account).await?.free;
	if free <= needed {
		bail!(
			"the balance of {account} is too small: {} free, the job holds {} ({} budget and {} deposit) and a transaction fee; send it tokens, or lower --fuel, --tasks, --quorum or --max-price",
			show::amount(free),
			show::amount(needed),
			show::amount(offer.quote.budget),
			show::amount(offer.quote.deposit)
		);
	}
	for upload in &material.uploads {
		self::upload(context, client, upload).await?;
	}
	let included = context.submit(client, Call::JobSubmit(offer.spec.clone()), signer).await?;
	let Some(id) = included.job else {
		bail!(
			"the order was included in block {} without a job's number; the node is of another release",
			included.block
		);
	};
	context.say(format!("job {id} submitted in block {}", included.block));
	Ok(Submitted { id, included })
}

/// Gives the node what it does not have.
async fn upload(context: &Context, client: &Client, upload: &Upload) -> Result<()> {
	if client.has_blob(upload.id).await? {
		return Ok(());
	}
	let uploading = || format!("uploading {}", upload.what);
	let meter = Meter::new(context, uploading());
	let put = Put { job: None, progress: meter.transfer() };
	match &upload.source {
		Source::Bytes(bytes) => {
			client.put_blob_with(bytes.clone().into(), &put).await.with_context(uploading)?;
		},
		Source::File(path) => {
			let (id, _) = client.put_blob_file(path, &put).await.with_context(uploading)?;
			if id != upload.id {
				bail!("{} was changed while it was being uploaded; nothing was submitted", upload.what);
			}
		},
	}
	drop((put, meter));
	context.say(format!("uploaded {} as {}", upload.what, upload.id));
	Ok(())
}
