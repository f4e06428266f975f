//! `ergon market` and `ergon quote`.

use crate::{
	context::Context,
	material::{JobOptions, Material},
	order, show,
};
use anyhow::Result;
use serde_json::json;

pub async fn market(context: &Context) -> Result<()> {
	let market = context.connect().await?.market().await?;
	context.give(&serde_json::to_value(&market)?, || {
		let (economics, timing) = (&market.economics, &market.timing);
		let percent = |share: ergon_primitives::Ppm| format!("{} %", f64::from(share.parts()) / 10_000.0);
		let blocks = |number| show::blocks(number, timing.block_millis);
		[
			format!(
				"block {}: {} jobs so far, {} providers available",
				market.block, market.jobs, market.available
			),
			format!("least bond            {}", show::amount(market.min_bond)),
			format!("protocol fee          {} of what providers are paid", percent(economics.fee)),
			format!(
				"locked for a shard    {} % of its pay, {} % where results are revealed already, at least {} and what a replacement can cost",
				economics.lock_percent,
				economics.late_percent,
				show::amount(economics.min_lock)
			),
			format!("least pay             {} for each provider of a shard", show::amount(economics.least_pay)),
			format!(
				"lost of it for        absence {}, silence {}, a wrong result {}, false unavailability {}",
				percent(economics.loss_absent),
				percent(economics.loss_silent),
				percent(economics.loss_dissent),
				percent(economics.loss_false_unavailable)
			),
			format!(
				"deposit for a job     {}, {} a byte, {} a shard",
				show::amount(economics.deposit_base),
				show::amount(economics.deposit_per_byte),
				show::amount(economics.deposit_per_shard)
			),
			format!(
				"rest after a fault    {}, doubled by each further one up to {}",
				blocks(timing.cool_down),
				blocks(timing.max_cool_down)
			),
			format!("results are kept for  {}", blocks(timing.retention)),
			format!("unbonding takes       {}", blocks(timing.unbonding)),
			format!("a job lasts at most   {}", blocks(timing.max_duration)),
		]
		.join("\n")
	})
}

pub async fn quote(context: &Context, options: JobOptions) -> Result<()> {
	let material = Material::gather(&options.program, &options.inputs, &options.shape)?;
	let client = context.connect().await?;
	let offer = order::prepare(&client, &options, &material).await?;
	if let Some(warning) = offer.warning() {
		context.say(warning);
	}
	let json = json!({ "quote": offer.quote, "spec": offer.spec, "block": offer.market.block });
	context.give(&json, || offer.describe())
}
